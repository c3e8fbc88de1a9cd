//! From a file to its records: the one place where containers and formats
//! meet. Opens, decompresses, unpacks, detects, cuts; reads nothing of what
//! the records say.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Reason, Skip};
use crate::format::{self, Format};
use crate::record::{Hint, Record};
use crate::source::{self, Input, Member};

use super::beside::Kept;
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
