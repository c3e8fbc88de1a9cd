//! From a file to its records: the one place where containers and formats
//! meet. Opens, decompresses, unpacks, detects, cuts; reads nothing of what
//! the records say.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Reason, Skip};
use crate::format::{self, Format};
use crate::record::{Beside, Hint, Record};
use crate::source::{self, Input, Member};

use super::conveyor::Reading;

/// What cutting a file brings forth, in the order of the file.
pub struct Cut {
    /// Members the record lies in, outermost first.
    pub members: Arc<[Arc<str>]>,
    /// What was found there.
    pub found: Found,
}

/// What lies at a place of a file.
pub enum Found {
    /// A record to be read with `format`.
    Record {
        /// Its reader.
        format: &'static dyn Format,
        /// Its bytes.
        record: Record,
        /// Whether its file or member was cut into no other record.
        alone: bool,
    },
    /// Nothing readable.
    Rejected(Reason),
    /// No document.
    Skipped(Skip),
}

/// Largest file that is loaded because it lies beside a record's own.
const MOST_BESIDE_BYTES: u64 = 32 << 20;

/// What a file is known by before it is opened.
pub fn hint_of(path: &Path) -> Hint {
    let folder = path.parent().map(Path::to_owned);
    let beside = move |name: &str| {
        let path = folder.as_ref().filter(|_| is_near(name))?.join(name);
        let (file, metadata) = source::walk::open_regular(&path).ok()?;
        if metadata.len() > MOST_BESIDE_BYTES {
            return None;
        }
        crate::record::read_whole(&mut Input::file(file), MOST_BESIDE_BYTES).ok()
    };
    Hint {
        name: path.to_string_lossy().into_owned(),
        beside: Some(Beside(Arc::new(beside))),
        ..Hint::default()
    }
}

/// Whether a name is that of a file in the same folder, or in one beside it:
/// metadata may fill a folder of its own.
fn is_near(name: &str) -> bool {
    let is_plain = |name: &str| !name.is_empty() && !name.contains('/') && name != "..";
    match name.strip_prefix("../") {
        Some(rest) => rest
            .split_once('/')
            .is_some_and(|(folder, name)| is_plain(folder) && is_plain(name)),
        None => is_plain(name),
    }
}

/// The small members of a container that were passed last: what they say of
/// others can be asked for once those come. A container is a stream, so what
/// comes behind a member is not known to it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<KeptMembers>>);

#[derive(Default)]
struct KeptMembers {
    by_name: HashMap<Arc<str>, Arc<[u8]>>,
    /// Their names, oldest first.
    names: VecDeque<Arc<str>>,
    /// Bytes of names and contents.
    bytes: usize,
}

/// Largest member that is kept for others.
const MOST_KEPT_BYTES: usize = 4 << 10;

/// Names and contents kept in all.
const MOST_KEPT_IN_ALL: usize = 4 << 20;

impl Kept {
    /// Keeps a member if it is small, and lets it ask for those before it.
    fn see(&self, hint: &mut Hint, input: &mut Input<'_>) {
        let (kept, name) = (self.clone(), hint.name.clone());
        hint.beside = Some(Beside(Arc::new(move |other| kept.load(&name, other))));
        let Ok(content) = input.peek(MOST_KEPT_BYTES + 1) else {
            return;
        };
        if content.len() > MOST_KEPT_BYTES {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name: Arc<str> = hint.name.as_str().into();
        kept.bytes += name.len() + content.len();
        if let Some(before) = kept.by_name.insert(Arc::clone(&name), content.into()) {
            kept.bytes -= name.len() + before.len();
        } else {
            kept.names.push_back(name);
        }
        while kept.bytes > MOST_KEPT_IN_ALL
            && let Some(name) = kept.names.pop_front()
            && let Some(content) = kept.by_name.remove(&name)
        {
            kept.bytes -= name.len() + content.len();
        }
    }

    /// The content of the member `other`, as it is named from the folder of `name`.
    fn load(&self, name: &str, other: &str) -> Option<Vec<u8>> {
        if !is_near(other) {
            return None;
        }
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = match other.strip_prefix("../") {
            Some(other) => format!("{}/{other}", folder.rsplit_once('/')?.0),
            None => format!("{folder}/{other}"),
        };
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_name
            .get(path.as_str())
            .map(|content| content.to_vec())
    }
}

/// Cuts an open file into records and hands each to `each` until it breaks.
pub fn cut(
    input: Input<'_>,
    hint: Hint,
    reading: &Reading,
    each: &mut dyn FnMut(Cut) -> ControlFlow<()>,
) {
    #[cfg(debug_assertions)]
    super::faults::strike(hint.name.as_bytes());
    let place = Place {
        members: Arc::from([]),
        record: None,
        depth: 0,
    };
    let _ = descend(input, hint, &place, reading, each);
}

/// Where in a file reading has come to.
struct Place {
    members: Arc<[Arc<str>]>,
    /// Name of the record of its container, where that has many: articles are
    /// then known by their number in the container, and all else by the name.
    record: Option<Arc<str>>,
    /// Levels of containers and compression around it.
    depth: u32,
}

impl Place {
    fn at(&self, found: Found) -> Cut {
        let members = match (&found, &self.record) {
            (Found::Rejected(_) | Found::Skipped(_), Some(record)) => self.below(record),
            _ => Arc::clone(&self.members),
        };
        Cut { members, found }
    }

    fn below(&self, name: &Arc<str>) -> Arc<[Arc<str>]> {
        self.members.iter().chain([name]).cloned().collect()
    }

    /// The place of a member; of the same file in other clothes where it has
    /// no name.
    fn member(&self, name: Option<&str>) -> Self {
        let Some(name) = name else {
            return Self {
                members: Arc::clone(&self.members),
                record: self.record.clone(),
                depth: self.depth + 1,
            };
        };
        let outer = match &self.record {
            Some(record) => self.below(record),
            None => Arc::clone(&self.members),
        };
        Self {
            members: outer.iter().cloned().chain([Arc::from(name)]).collect(),
            record: None,
            depth: self.depth + 1,
        }
    }

    /// The place of a record.
    fn record(&self, name: &str) -> Self {
        Self {
            record: Some(Arc::from(name)),
            ..self.member(None)
        }
    }
}

fn descend(
    mut input: Input<'_>,
    hint: Hint,
    place: &Place,
    reading: &Reading,
    each: &mut dyn FnMut(Cut) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let limits = &reading.limits;
    let head = match input.peek(format::HEAD_BYTES) {
        Ok(head) => head,
        Err(error) => return each(place.at(Found::Rejected(Reason::of(&error)))),
    };
    if head.is_empty() {
        return each(place.at(Found::Skipped(Skip::Empty)));
    }
    // What a Mac knows of a file, in a file of its own: `._story.txt`.
    const APPLE_DOUBLE: &[u8] = &[0, 5, 0x16, 7];
    if head.starts_with(APPLE_DOUBLE) {
        return each(place.at(Found::Skipped(Skip::Sidecar)));
    }
    if let Some(container) = source::container(&hint, head) {
        if place.depth >= limits.nesting {
            return each(place.at(Found::Rejected(Reason::TooDeep {
                limit: limits.nesting,
            })));
        }
        let mut flow = ControlFlow::Continue(());
        let mut is_empty = true;
        let kept = Kept::default();
        let beside = hint.beside.clone();
        let read = container.visit(input, &hint, limits, &mut |member| {
            is_empty = false;
            flow = match member {
                Member::Record { name, hint, input } => {
                    descend(input, hint, &place.record(&name), reading, each)
                }
                Member::Itself { skip } => each(place.at(Found::Skipped(skip))),
                Member::File {
                    name,
                    mut hint,
                    mut input,
                } => {
                    if name.is_some() {
                        kept.see(&mut hint, &mut input);
                    } else {
                        hint.beside = beside.clone();
                    }
                    descend(input, hint, &place.member(name.as_deref()), reading, each)
                }
                Member::Skipped { name, skip } => {
                    each(place.member(Some(&name)).at(Found::Skipped(skip)))
                }
                Member::Rejected { name, reason } => {
                    each(place.member(Some(&name)).at(Found::Rejected(reason)))
                }
            };
            flow
        });
        return match (flow, read) {
            (ControlFlow::Continue(()), Err(reason)) => each(place.at(Found::Rejected(reason))),
            (ControlFlow::Continue(()), Ok(())) if is_empty => {
                each(place.at(Found::Skipped(Skip::Empty)))
            }
            (flow, _) => flow,
        };
    }
    let Some(format) = format::detect(&hint, head) else {
        return each(place.at(Found::Skipped(Skip::Kind(hint.extension()))));
    };
    // One record is held back: only the next one, or the end, tells whether
    // it is alone.
    let mut held: Option<Result<Record, Reason>> = None;
    let mut alone = place.record.is_none();
    let found = |record: Result<Record, Reason>, alone| match record {
        Ok(record) => Found::Record {
            format,
            record,
            alone,
        },
        Err(reason) => Found::Rejected(reason),
    };
    let mut flow = ControlFlow::Continue(());
    let hint = Arc::new(Hint {
        opener: Some(source::opener(limits)),
        ..hint
    });
    let read = format.cut(
        &mut input,
        &hint,
        &reading.parse,
        limits.record_bytes,
        &mut |record| {
            if let Some(before) = held.replace(record) {
                alone = false;
                flow = each(place.at(found(before, false)));
            }
            flow
        },
    );
    if flow.is_break() {
        return flow;
    }
    let is_empty = held.is_none();
    if let Some(last) = held {
        each(place.at(found(last, alone)))?;
    }
    match read {
        Err(reason) => each(place.at(Found::Rejected(reason))),
        Ok(()) if is_empty => each(place.at(Found::Rejected(Reason::NoText))),
        Ok(()) => ControlFlow::Continue(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn see(kept: &Kept, name: &str, content: &[u8]) -> Hint {
        let mut hint = Hint::named(name);
        kept.see(&mut hint, &mut Input::stream(content));
        hint
    }

    fn asked(hint: &Hint, other: &str) -> Option<Vec<u8>> {
        (hint.beside.as_ref().unwrap().0)(other)
    }

    #[test]
    fn small_members_before_a_member_are_known_to_it() {
        let kept = Kept::default();
        see(&kept, "a.tar/meta/1.txt", b"far");
        see(&kept, "a.tar/texts/1-meta.txt", b"near");
        see(
            &kept,
            "a.tar/texts/2-meta.txt",
            &[b'x'; MOST_KEPT_BYTES + 1],
        );
        let text = see(&kept, "a.tar/texts/1.txt", b"text");
        see(&kept, "a.tar/texts/3-meta.txt", b"later");
        assert_eq!(asked(&text, "1-meta.txt").as_deref(), Some(&b"near"[..]));
        assert_eq!(asked(&text, "../meta/1.txt").as_deref(), Some(&b"far"[..]));
        for other in [
            "2-meta.txt",
            "../1-meta.txt",
            "../../meta/1.txt",
            "meta/1.txt",
            "..",
        ] {
            assert_eq!(asked(&text, other), None, "{other}");
        }
    }

    #[test]
    fn of_many_small_members_the_last_are_kept() {
        let kept = Kept::default();
        let most = MOST_KEPT_IN_ALL / MOST_KEPT_BYTES;
        for number in 0..most + 50 {
            see(&kept, &format!("a.zip/{number}"), &[b'x'; MOST_KEPT_BYTES]);
        }
        let last = see(&kept, "a.zip/last", b"");
        assert_eq!(asked(&last, "0"), None);
        assert!(asked(&last, &format!("{}", most + 49)).is_some());
        let held = kept.0.lock().unwrap();
        assert!(held.bytes <= MOST_KEPT_IN_ALL);
        assert_eq!(held.names.len(), held.by_name.len());
    }
}
