//! What there is to do: the files below the PATHs, held against what the
//! index has read, and what of that is gone.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::conveyor::Reading;
use crate::error::Error;
use crate::index::document::FileState;
use crate::index::payload::{Root, encode_path};
use crate::index::{Catalogue, FileEntry};
use crate::source::walk::{Stamp, absolute_key};

/// A file to be read.
#[derive(Debug)]
pub struct Job {
    /// Absolute path.
    pub path: Arc<PathBuf>,
    /// Bytes of the absolute path.
    pub key: Arc<[u8]>,
    /// Its state when it was found.
    pub state: FileState,
    /// What the index holds of it.
    pub before: Option<FileEntry>,
    /// How it is read.
    pub reading: Arc<Reading>,
}

/// A file modified less than this before it was read may change again without
/// its times showing it, on file systems that round them.
const RACY: Duration = Duration::from_secs(2);

/// The state of a file, read with `options`.
pub fn state_of(stamp: impl Into<Stamp>, options: u64) -> FileState {
    let stamp = stamp.into();
    FileState {
        size: stamp.size,
        mtime: stamp.mtime,
        ctime: stamp.ctime,
        options,
        digest: None,
    }
}

/// How long the times of a file cannot be relied on yet; `None` where they can.
/// More than [`RACY`] for times that lie ahead.
fn racy_for(state: &FileState) -> Option<Duration> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let settled = i128::from(state.mtime) + RACY.as_nanos() as i128;
    let left = settled - now.map_or(0, |now| now.as_nanos() as i128);
    (left > 0).then(|| Duration::from_nanos(left.try_into().unwrap_or(u64::MAX)))
}

/// Whether a file was modified so lately that its times cannot be relied on.
pub fn is_racy(state: &FileState) -> bool {
    racy_for(state).is_some()
}

/// Waits until the times of a large file can be relied on. Smaller ones are
/// held against a [`digest`] in later runs; of a large one, which may be a film that is
/// not read at all, each of those runs would have to read every byte.
pub fn let_settle(state: &FileState) {
    const LARGE: u64 = 256 << 20;
    if let Some(left) = racy_for(state).filter(|left| state.size >= LARGE && *left <= RACY) {
        std::thread::sleep(left);
    }
}

/// 64 bits of the content of a file; `None` if it cannot be read.
pub fn digest(path: &Path) -> Option<u64> {
    let (file, _) = crate::source::walk::open_regular(path).ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).ok()?;
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    Some(u64::from_le_bytes(first))
}

/// Whether what the index holds of a file is what the file holds.
pub fn is_unchanged(before: &FileEntry, now: &FileState, path: &Path) -> bool {
    let same = before.state.size == now.size
        && before.state.mtime == now.mtime
        && before.state.ctime == now.ctime
        && before.state.options == now.options;
    same && before
        .state
        .digest
        .is_none_or(|held| digest(path) == Some(held))
}

/// The PATHs of a run, made absolute, each with its `way` of being read.
///
/// # Errors
///
/// [`Error::Io`] for a PATH that does not exist or cannot be looked at.
pub fn roots(
    paths: &[PathBuf],
    way: impl Fn(&Path) -> Option<serde_json::Value>,
) -> Result<Vec<(PathBuf, Root)>, Error> {
    let mut roots: Vec<(PathBuf, Root)> = Vec::new();
    for path in paths {
        let key = absolute_key(path);
        let metadata = std::fs::metadata(path).map_err(|source| Error::Io {
            action: "read",
            path: path.clone(),
            source,
        })?;
        roots.push((
            key.clone(),
            Root {
                path: encode_path(key.as_os_str().as_bytes()),
                device: metadata.dev(),
                devices: Vec::new(),
                way: way(&key),
            },
        ));
    }
    Ok(roots)
}

/// Tells below which of many PATHs a file lies, the deepest of several, without
/// asking each.
pub struct Below(HashMap<Box<[u8]>, usize>);

impl Below {
    /// For PATHs by their bytes.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let numbered = paths.into_iter().enumerate();
        Self(numbered.map(|(n, path)| (Box::from(path), n)).collect())
    }

    /// For the PATHs of a run.
    pub fn of(roots: &[(PathBuf, Root)]) -> Self {
        Self::new(roots.iter().map(|(path, _)| path.as_os_str().as_bytes()))
    }

    /// Number of the PATH that `key` is or lies below.
    pub fn number(&self, key: &[u8]) -> Option<usize> {
        Path::new(std::ffi::OsStr::from_bytes(key))
            .ancestors()
            .find_map(|above| self.0.get(above.as_os_str().as_bytes()).copied())
    }
}

/// Files of the catalogue below each of the `roots` that are no more, in order,
/// given at which places of it files were `seen` by the walk. Existence decides,
/// not the walk: a file left out by a pattern, or below a folder that could not
/// be listed, is not gone.
pub fn gone<'a>(
    catalogue: &'a Catalogue,
    roots: &[(PathBuf, Root)],
    seen: impl Fn(usize) -> bool,
) -> Vec<Vec<(&'a [u8], &'a FileEntry)>> {
    let below = Below::of(roots);
    let mut listed = HashMap::new();
    let mut gone: Vec<Vec<_>> = roots.iter().map(|_| Vec::new()).collect();
    for (place, (key, entry)) in catalogue.iter().enumerate() {
        if !seen(place)
            && let Some(number) = below.number(key)
            && is_gone(key, &roots[number].0, &mut listed)
        {
            gone[number].push((key, entry));
        }
    }
    gone
}

/// Whether the path `key` is `root` or lies below it.
pub fn is_below(key: &[u8], root: &[u8]) -> bool {
    key.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/") || root.ends_with(b"/"))
}

/// A file is gone if the nearest folder above it that still exists, at or
/// below `root`, can be listed and lacks the name.
fn is_gone(key: &[u8], root: &Path, listed: &mut HashMap<PathBuf, Listing>) -> bool {
    let path = Path::new(std::ffi::OsStr::from_bytes(key));
    match std::fs::symlink_metadata(path) {
        Ok(metadata) => return metadata.is_dir(),
        Err(e) if is_absence(&e) => {}
        Err(_) => return false,
    }
    for folder in path.ancestors().skip(1) {
        if !folder.starts_with(root) {
            return false;
        }
        let listing = match listed.get(folder) {
            Some(&listing) => listing,
            None => {
                let listing = match std::fs::read_dir(folder) {
                    Ok(mut entries) => match entries.all(|entry| entry.is_ok()) {
                        true => Listing::Whole,
                        false => Listing::Refused,
                    },
                    Err(e) if is_absence(&e) => Listing::Absent,
                    Err(_) => Listing::Refused,
                };
                listed.insert(folder.to_owned(), listing);
                listing
            }
        };
        match listing {
            Listing::Whole => return true,
            Listing::Refused => return false,
            Listing::Absent => {}
        }
    }
    false
}

/// What came of listing a folder; asked once a folder, for many files of one
/// may be gone.
#[derive(Clone, Copy, Debug)]
enum Listing {
    Whole,
    Refused,
    Absent,
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_large_file_are_waited_for() {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let written = |size, ago: i64| FileState {
            size,
            mtime: now.as_nanos() as i64 - ago * 1_000_000,
            ctime: 0,
            options: 1,
            digest: None,
        };
        let is_racy_after = |state: FileState| {
            let_settle(&state);
            is_racy(&state)
        };
        assert!(!is_racy_after(written(1 << 30, 1_800)));
        assert!(is_racy_after(written(1 << 10, 0)));
        // A clock that is ahead is not waited for.
        assert!(is_racy_after(written(1 << 30, -3_600_000)));
    }

    #[test]
    fn a_path_is_below_itself_and_its_folders_only() {
        assert!(is_below(b"/news/a", b"/news"));
        assert!(is_below(b"/news", b"/news"));
        assert!(is_below(b"/news", b"/"));
        assert!(!is_below(b"/newsroom/a", b"/news"));
    }

    #[test]
    fn a_file_is_found_below_the_one_path_that_holds_it() {
        let below = Below::new([&b"/news"[..], b"/old/a.txt"]);
        assert_eq!(below.number(b"/news/deep/b.txt"), Some(0));
        assert_eq!(below.number(b"/old/a.txt"), Some(1));
        assert_eq!(below.number(b"/newsroom/b.txt"), None);
        assert_eq!(below.number(b"/old/c.txt"), None);
        assert_eq!(Below::new([&b"/"[..]]).number(b"/a"), Some(0));
    }
}
