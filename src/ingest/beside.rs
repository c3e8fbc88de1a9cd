//! What lies beside a record and may say something of it: files in its folder,
//! small members that a container held before it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::record::{Beside, Hint};
use crate::source::{self, Input};

/// Largest file that is loaded because it lies beside a record's own.
const MOST_BESIDE_BYTES: u64 = 32 << 20;

/// What a file is known by before it is opened.
pub fn hint_of(path: &Path, folders: &Arc<Folders>) -> Hint {
    let folder = path.parent().map(Path::to_owned);
    let folders = Arc::clone(folders);
    let beside = move |name: &str| {
        let path = folder.as_ref().filter(|_| is_near(name))?.join(name);
        if !folders.may_hold(&path) {
            return None;
        }
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

/// What lies in the folders that were asked for last. Every plain text is
/// asked for five files beside it, of which mostly there is none: to list a
/// folder once is far cheaper than to open them one by one, if many are.
#[derive(Default)]
pub struct Folders {
    /// The latest ones last.
    asked: Mutex<VecDeque<Folder>>,
    hasher: RandomState,
}

struct Folder {
    path: PathBuf,
    /// How often it was asked for.
    times: usize,
    /// Hashes of the names in it; `None` where it is not listed, for they are
    /// too many or it cannot be.
    names: Option<HashSet<u64>>,
}

/// Folders that are remembered: neighbours, and those beside them.
const FOLDERS: usize = 8;

/// Names in a folder that are remembered.
const MOST_NAMES: usize = if cfg!(test) { 20 } else { 1 << 16 };

/// A folder is listed once it is asked for so often: for one text alone the
/// files are opened, however large its folder is.
const OFTEN: usize = if cfg!(test) { 2 } else { 32 };

impl Folders {
    /// Whether there may be a file of this path.
    fn may_hold(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return true;
        };
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.iter().any(|known| known.path == folder) {
            if asked.len() >= FOLDERS {
                asked.pop_front();
            }
            asked.push_back(Folder {
                path: folder.to_owned(),
                times: 0,
                names: None,
            });
        }
        let known = asked.iter_mut().rev().find(|known| known.path == folder);
        known.is_none_or(|known| {
            known.times += 1;
            if known.times == OFTEN {
                known.names = self.list(folder);
            }
            let names = known.names.as_ref();
            names.is_none_or(|names| names.contains(&self.hasher.hash_one(name)))
        })
    }

    fn list(&self, folder: &Path) -> Option<HashSet<u64>> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Some(HashSet::new());
            }
            Err(_) => return None,
        };
        let mut names = HashSet::new();
        for entry in entries {
            if names.len() >= MOST_NAMES {
                return None;
            }
            names.insert(self.hasher.hash_one(entry.ok()?.file_name()));
        }
        Some(names)
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
pub(super) struct Kept(Arc<Mutex<KeptMembers>>);

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
    pub(super) fn see(&self, hint: &mut Hint, input: &mut Input<'_>) {
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

    #[test]
    fn files_beside_are_loaded_from_listed_and_from_large_folders() {
        for others in [0, MOST_NAMES] {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join("texts");
            std::fs::create_dir(&folder).unwrap();
            std::fs::create_dir(root.path().join("meta")).unwrap();
            std::fs::write(folder.join("1-meta.txt"), "near").unwrap();
            std::fs::write(root.path().join("meta/1.txt"), "far").unwrap();
            for other in 0..others {
                std::fs::write(folder.join(format!("{other} other")), "").unwrap();
            }
            let folders = Arc::default();
            for _ in 0..2 {
                let hint = hint_of(&folder.join("1.txt"), &folders);
                assert_eq!(asked(&hint, "1-meta.txt").as_deref(), Some(&b"near"[..]));
                assert_eq!(asked(&hint, "../meta/1.txt").as_deref(), Some(&b"far"[..]));
                for other in ["2-meta.txt", "../texts", "../none/1.txt", "../meta"] {
                    assert_eq!(asked(&hint, other), None, "{other}");
                }
            }
        }
    }

    #[test]
    fn the_folders_asked_for_last_are_remembered() {
        let root = tempfile::tempdir().unwrap();
        let folders = Folders::default();
        for number in 0..FOLDERS + 3 {
            let folder = root.path().join(number.to_string());
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("x"), "").unwrap();
            assert!(folders.may_hold(&folder.join("x")));
            assert!(!folders.may_hold(&folder.join("y")));
        }
        assert_eq!(folders.asked.lock().unwrap().len(), FOLDERS);
    }
}
