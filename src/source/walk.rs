//! Finding files: every regular file below the PATHs, sorted, one at a time,
//! and opening them without being held up by what is no file.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use walkdir::{DirEntry, WalkDir};

use crate::error::{Reason, Rejection, Stage};
use crate::record::Locator;

/// Which files to look at.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "Asked", try_from = "Asked")]
pub struct WalkOptions {
    asked: Asked,
    /// Files must fit one of these, if there are any …
    only: Option<GlobSet>,
    /// … and none of these.
    except: Option<GlobSet>,
}

/// What was asked for, as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Hidden files and folders too.
    pub hidden: bool,
    /// Follow links.
    pub follow: bool,
    /// Patterns that choose files.
    pub globs: Vec<String>,
}

impl From<WalkOptions> for Asked {
    fn from(options: WalkOptions) -> Self {
        options.asked
    }
}

impl TryFrom<Asked> for WalkOptions {
    type Error = String;

    fn try_from(asked: Asked) -> Result<Self, String> {
        Self::new(asked.hidden, asked.follow, &asked.globs)
    }
}

impl PartialEq for WalkOptions {
    fn eq(&self, other: &Self) -> bool {
        self.asked == other.asked
    }
}

impl Eq for WalkOptions {}

impl WalkOptions {
    /// What was asked for.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Options from their command-line form: patterns without a `/` are held
    /// against file names, others against the path below the root; a leading
    /// `!` leaves files out.
    ///
    /// # Errors
    ///
    /// What is wrong with a pattern, for people.
    pub fn new(hidden: bool, follow: bool, globs: &[String]) -> Result<Self, String> {
        let (mut only, mut except) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let (mut has_only, mut has_except) = (false, false);
        for pattern in globs {
            let (set, has, text) = match pattern.strip_prefix('!') {
                Some(text) => (&mut except, &mut has_except, text),
                None => (&mut only, &mut has_only, pattern.as_str()),
            };
            let anywhere = match text.contains('/') {
                true => text.trim_start_matches('/').to_owned(),
                false => format!("**/{text}"),
            };
            let glob = GlobBuilder::new(&anywhere).literal_separator(true).build();
            set.add(
                glob.map_err(|e| format!("the pattern `{pattern}` is malformed: {}", e.kind()))?,
            );
            *has = true;
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|e| e.to_string());
        Ok(Self {
            asked: Asked {
                hidden,
                follow,
                globs: globs.to_vec(),
            },
            only: if has_only { Some(build(only)?) } else { None },
            except: if has_except {
                Some(build(except)?)
            } else {
                None
            },
        })
    }

    /// Whether a walk from `root` comes to `path`, patterns aside.
    pub fn reaches(&self, root: &Path, path: &Path) -> bool {
        use std::os::unix::ffi::OsStrExt as _;
        let Ok(below) = path.strip_prefix(root) else {
            return false;
        };
        let mut above = root.to_owned();
        below.components().all(|component| {
            above.push(component);
            let is_hidden = component.as_os_str().as_bytes().starts_with(b".");
            (self.asked.hidden || !is_hidden) && (self.asked.follow || !above.is_symlink())
        })
    }

    /// Whether files are chosen by patterns.
    pub fn has_patterns(&self) -> bool {
        self.only.is_some() || self.except.is_some()
    }

    fn fits(&self, root: &Path, path: &Path) -> bool {
        if !self.has_patterns() {
            return true;
        }
        let below = match path.strip_prefix(root) {
            Ok(below) if !below.as_os_str().is_empty() => below,
            _ => path.file_name().map_or(path, Path::new),
        };
        self.only.as_ref().is_none_or(|set| set.is_match(below))
            && self.except.as_ref().is_none_or(|set| !set.is_match(below))
    }
}

/// A regular file.
#[derive(Debug)]
pub struct Found {
    /// Its path, as joined to the root it was found below.
    pub path: PathBuf,
    /// Its metadata; of the file itself where a link was followed.
    pub metadata: Metadata,
}

/// Every regular file at or below `roots`, in the order of their bytes,
/// folder by folder. A root that is a link is followed; others are only with
/// [`WalkOptions::new`]'s `follow`. The folder `index` and what is in it is
/// left out. A folder that cannot be listed is an `Err` and the walk goes on.
pub fn walk<'a>(
    roots: &'a [PathBuf],
    options: &'a WalkOptions,
    index: &Path,
) -> impl Iterator<Item = Result<Found, Rejection>> + 'a {
    let index = std::fs::metadata(index)
        .ok()
        .map(|metadata| (metadata.dev(), metadata.ino()));
    roots.iter().flat_map(move |root| {
        let entries = WalkDir::new(root)
            .follow_links(options.asked.follow)
            .follow_root_links(true)
            // As by name within a folder, without cutting the name out each time.
            .sort_by(|one, other| one.path().as_os_str().cmp(other.path().as_os_str()))
            .into_iter()
            .filter_entry(move |entry| is_entered(entry, options, index));
        LookedAt {
            entries,
            look: move |entry| match entry {
                Ok(entry) => file_of(root, &entry, options),
                Err(error) => Some(Err(problem(root, &error))),
            },
            together: FEW,
            ready: Vec::new().into_iter(),
        }
    })
}

/// Entries that are looked at together, at most: asking for the metadata of a
/// file is most of a walk, and the processors share it.
const TOGETHER: usize = 1024;

/// So many are looked at by one of them.
const FEW: usize = 32;

/// What there is of interest among entries, in their order.
struct LookedAt<I, F, T> {
    entries: I,
    look: F,
    /// Entries of the next step: few at first, for readers wait for them.
    together: usize,
    ready: std::vec::IntoIter<T>,
}

impl<I, F, T> Iterator for LookedAt<I, F, T>
where
    I: Iterator,
    I::Item: Send,
    F: Fn(I::Item) -> Option<T> + Sync,
    T: Send,
{
    type Item = T;

    fn next(&mut self) -> Option<T> {
        loop {
            if let Some(found) = self.ready.next() {
                return Some(found);
            }
            let entries: Vec<I::Item> = self.entries.by_ref().take(self.together).collect();
            self.together = TOGETHER.min(self.together * 2);
            if entries.is_empty() {
                return None;
            }
            let found: Vec<T> = match entries.len() {
                0..=FEW => entries.into_iter().filter_map(&self.look).collect(),
                _ => {
                    let entries = entries.into_par_iter().with_min_len(FEW);
                    entries.filter_map(&self.look).collect()
                }
            };
            self.ready = found.into_iter();
        }
    }
}

fn is_entered(entry: &DirEntry, options: &WalkOptions, index: Option<(u64, u64)>) -> bool {
    let is_root = entry.depth() == 0;
    let is_hidden = std::os::unix::ffi::OsStrExt::as_bytes(entry.file_name()).starts_with(b".");
    if !is_root && is_hidden && !options.asked.hidden {
        return false;
    }
    let is_index = entry.file_type().is_dir()
        && index.is_some()
        && entry
            .metadata()
            .ok()
            .map(|metadata| (metadata.dev(), metadata.ino()))
            == index;
    !is_index
}

fn file_of(
    root: &Path,
    entry: &DirEntry,
    options: &WalkOptions,
) -> Option<Result<Found, Rejection>> {
    let is_root_link = entry.depth() == 0 && entry.path_is_symlink();
    if !entry.file_type().is_file() && !is_root_link || !options.fits(root, entry.path()) {
        return None;
    }
    let metadata = match is_root_link {
        true => std::fs::metadata(entry.path()),
        false => entry.metadata().map_err(io::Error::from),
    };
    match metadata {
        Ok(metadata) => metadata.is_file().then(|| {
            Ok(Found {
                path: entry.path().to_owned(),
                metadata,
            })
        }),
        // It vanished since its folder was listed.
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => Some(Err(rejection(entry.path(), Reason::of(&e)))),
    }
}

fn problem(root: &Path, error: &walkdir::Error) -> Rejection {
    let detail = match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => format!("its links lead back to {}", ancestor.display()),
        (None, Some(error)) => error.to_string(),
        (None, None) => error.to_string(),
    };
    rejection(error.path().unwrap_or(root), Reason::Unreadable { detail })
}

fn rejection(path: &Path, reason: Reason) -> Rejection {
    Rejection {
        locator: Locator::file(absolute_key(path)),
        stage: Stage::Read,
        reason,
    }
}

/// The absolute form of a path under which the index knows a file: `.` and
/// `..` are folded, links are not resolved.
pub fn absolute_key(path: &Path) -> PathBuf {
    let mut key = match path.is_absolute() {
        true => PathBuf::new(),
        false => std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
    };
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                key.pop();
            }
            other => key.push(other),
        }
    }
    key
}

/// Opens a regular file for reading. What is no regular file by the time it
/// is opened is refused, and never waited for.
///
/// # Errors
///
/// What the system says; `InvalidInput` for what is no regular file.
pub fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    // Without this flag, opening a fifo would block until somebody writes.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nonblocking)
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    Ok((file, metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &Path, options: &WalkOptions) -> Vec<String> {
        let roots = [root.to_owned()];
        let below = |path: &Path| {
            path.strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned()
        };
        walk(&roots, options, &root.join("index"))
            .map(|found| match found {
                Ok(found) => below(&found.path),
                Err(rejection) => format!("{} !", below(&rejection.locator.path)),
            })
            .collect()
    }

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.txt",
            "a/2.txt",
            "a/1.json",
            ".hidden/x.txt",
            "index/meta.json",
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::os::unix::fs::symlink(folder.path().join("b.txt"), folder.path().join("link.txt"))
            .unwrap();
        folder
    }

    #[test]
    fn files_come_sorted_without_hidden_ones_links_and_the_index() {
        let folder = tree();
        assert_eq!(
            found(folder.path(), &WalkOptions::default()),
            ["a/1.json", "a/2.txt", "b.txt"]
        );
    }

    #[test]
    fn hidden_files_and_links_come_when_asked_for() {
        let folder = tree();
        let options = WalkOptions::new(true, true, &[]).unwrap();
        assert_eq!(
            found(folder.path(), &options),
            [".hidden/x.txt", "a/1.json", "a/2.txt", "b.txt", "link.txt"]
        );
    }

    #[test]
    fn patterns_choose_by_name_or_by_path_and_leave_out() {
        let folder = tree();
        let with = |globs: &[&str]| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            found(
                folder.path(),
                &WalkOptions::new(false, false, &globs).unwrap(),
            )
        };
        assert_eq!(with(&["*.txt"]), ["a/2.txt", "b.txt"]);
        assert_eq!(with(&["a/*"]), ["a/1.json", "a/2.txt"]);
        assert_eq!(with(&["!*.json"]), ["a/2.txt", "b.txt"]);
        assert!(WalkOptions::new(false, false, &["[".to_owned()]).is_err());
    }

    #[test]
    fn a_loop_of_links_is_named_and_the_walk_goes_on() {
        let folder = tree();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
        let options = WalkOptions::new(false, true, &[]).unwrap();
        assert_eq!(
            found(folder.path(), &options),
            ["a/1.json", "a/2.txt", "a/loop !", "b.txt", "link.txt"]
        );
    }

    #[test]
    fn a_fifo_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert_eq!(
            open_regular(&path).unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
        assert!(found(folder.path(), &WalkOptions::default()).is_empty());
    }

    #[test]
    fn keys_are_absolute_and_folded() {
        assert_eq!(
            absolute_key(Path::new("/news/./a/../b.txt")),
            Path::new("/news/b.txt")
        );
        assert!(absolute_key(Path::new("x")).is_absolute());
    }
}
