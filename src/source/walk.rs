//! Finding files: every regular file below a PATH, sorted, a few at a time,
//! and opening them without being held up by what is no file.

use std::collections::VecDeque;
use std::ffi::{CStr, OsStr};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::ops::{ControlFlow, Range};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rustix::fs::{AtFlags, Stat, statat};
use walkdir::{DirEntry, WalkDir};

use crate::error::{Reason, Rejection, Stage};
use crate::locator::Locator;

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
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// Its path, as joined to the root it was found below.
    pub path: &'a Path,
    /// What tells whether it has changed; of the file itself where a link was
    /// followed.
    pub stamp: Stamp,
}

/// What tells whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Device it lies on.
    pub device: u64,
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime: i64,
    /// Change time, nanoseconds since 1970.
    pub ctime: i64,
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            size: metadata.size(),
            mtime: nanos(metadata.mtime(), metadata.mtime_nsec()),
            ctime: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl From<&Stat> for Stamp {
    fn from(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            size: stat.st_size.cast_unsigned(),
            mtime: nanos(stat.st_mtime, stat.st_mtime_nsec.cast_signed()),
            ctime: nanos(stat.st_ctime, stat.st_ctime_nsec.cast_signed()),
        }
    }
}

fn nanos(seconds: i64, nanos: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

/// Files that come one behind the other. A folder that cannot be listed is an
/// `Err` among them.
pub type Neighbours<'a> = dyn Iterator<Item = Result<Found<'a>, Rejection>> + 'a;

/// Walks over every regular file at or below `root`, in the order of their
/// bytes, folder by folder. A root that is a link is followed; others are only
/// with [`WalkOptions::new`]'s `follow`. The folder `index` and what is in it
/// is left out.
///
/// The files come in groups, some of which are looked at by other threads at a
/// time. What `look` makes of a group goes to `each`, in order and on the
/// calling thread, until it breaks.
pub fn walk<T: Send>(
    root: &Path,
    options: &WalkOptions,
    index: &Path,
    look: impl Fn(&mut Neighbours<'_>) -> T + Sync,
    mut each: impl FnMut(T) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let index = std::fs::metadata(index)
        .ok()
        .map(|metadata| (metadata.dev(), metadata.ino()));
    let mut entries = WalkDir::new(root)
        .follow_links(options.asked.follow)
        .follow_root_links(true)
        // As by name within a folder, without cutting the name out each time.
        .sort_by(|one, other| one.path().as_os_str().cmp(other.path().as_os_str()))
        .into_iter()
        .filter_entry(|entry| is_entered(entry, options, index));
    let look = |group: Group| look(&mut group.files(root, options));
    // The first are few: readers wait for them, and mostly there are no more.
    let first = Group::list(root, &mut entries, FEW);
    let are_all = first.listed.len() < FEW;
    each(look(first))?;
    if are_all {
        return ControlFlow::Continue(());
    }
    rayon::in_place_scope(|scope| {
        let mut looked_at: VecDeque<Receiver<T>> = VecDeque::new();
        let mut together = FEW;
        loop {
            together = TOGETHER.min(together * 2);
            let group = Group::list(root, &mut entries, together);
            let is_end = group.listed.is_empty();
            if !is_end {
                let (sender, receiver) = sync_channel(1);
                let look = &look;
                // Nobody waits for it any more once `each` has broken.
                scope.spawn(move |_| drop(sender.send(look(group))));
                looked_at.push_back(receiver);
            }
            while let Some(oldest) = looked_at.front() {
                let is_waited_for = is_end || looked_at.len() > AHEAD;
                let found = match is_waited_for {
                    true => oldest.recv().ok(),
                    false => oldest.try_recv().ok(),
                };
                let Some(found) = found else {
                    break;
                };
                looked_at.pop_front();
                each(found)?;
            }
            if is_end {
                return ControlFlow::Continue(());
            }
        }
    })
}

/// Files of a group, at most: asking for the metadata of a file is most of a
/// walk, and the processors share it.
const TOGETHER: usize = 512;

/// Files of the first group.
const FEW: usize = 32;

/// Groups that are looked at, or were and wait for those before them, at most.
const AHEAD: usize = 16;

/// What lies side by side in folders, as it was listed.
struct Group {
    /// The paths, each ended by a NUL: an allocation each would be made on one
    /// thread and given back on another.
    paths: Vec<u8>,
    listed: Vec<Listed>,
}

/// One of a [`Group`].
enum Listed {
    /// What was a regular file.
    File {
        /// Where its path lies among all paths.
        path: Range<usize>,
        /// Where in them its name begins.
        name: usize,
        /// Whether it is a link that is followed.
        is_link: bool,
    },
    Problem(Box<Rejection>),
}

/// From how many files of a folder on it is opened, which spares the system
/// its path for each of them.
const MANY_BESIDE: usize = 4;

impl Group {
    /// Takes the next `most` of `entries` that are files, or problems.
    fn list(
        root: &Path,
        entries: &mut impl Iterator<Item = walkdir::Result<DirEntry>>,
        most: usize,
    ) -> Self {
        let mut group = Self {
            paths: Vec::new(),
            listed: Vec::with_capacity(most),
        };
        while group.listed.len() < most
            && let Some(entry) = entries.next()
        {
            let listed = match entry {
                Ok(entry) => group.file(&entry),
                Err(error) => Some(Listed::Problem(Box::new(problem(root, &error)))),
            };
            group.listed.extend(listed);
        }
        group
    }

    fn file(&mut self, entry: &DirEntry) -> Option<Listed> {
        let is_root_link = entry.depth() == 0 && entry.path_is_symlink();
        if !entry.file_type().is_file() && !is_root_link {
            return None;
        }
        let path = entry.path().as_os_str().as_bytes();
        let start = self.paths.len();
        self.paths.extend_from_slice(path);
        self.paths.push(0);
        Some(Listed::File {
            path: start..start + path.len(),
            name: start + path.len() - name_of(path).len(),
            is_link: entry.path_is_symlink(),
        })
    }

    /// The files that are still there and fit.
    fn files<'a>(
        &'a self,
        root: &'a Path,
        options: &'a WalkOptions,
    ) -> impl Iterator<Item = Result<Found<'a>, Rejection>> {
        let neighbours = self
            .listed
            .chunk_by(|one, other| self.are_beside(one, other));
        neighbours.flat_map(move |neighbours| {
            let folder = match neighbours {
                [Listed::File { path, name, .. }, ..] if neighbours.len() >= MANY_BESIDE => {
                    File::open(self.path(path.start..*name)).ok()
                }
                _ => None,
            };
            let files = neighbours.iter();
            files.filter_map(move |listed| self.look_at(listed, folder.as_ref(), root, options))
        })
    }

    /// Whether two lie in the same folder.
    fn are_beside(&self, one: &Listed, other: &Listed) -> bool {
        let folder = |listed: &Listed| match listed {
            Listed::File { path, name, .. } => Some(&self.paths[path.start..*name]),
            Listed::Problem(_) => None,
        };
        folder(one).is_some_and(|one| !one.is_empty() && folder(other) == Some(one))
    }

    fn path(&self, range: Range<usize>) -> &Path {
        Path::new(OsStr::from_bytes(&self.paths[range]))
    }

    /// Asks for the metadata of a file in `folder`, if that is open.
    fn look_at(
        &self,
        listed: &Listed,
        folder: Option<&File>,
        root: &Path,
        options: &WalkOptions,
    ) -> Option<Result<Found<'_>, Rejection>> {
        let (range, name, is_link) = match listed {
            Listed::File {
                path,
                name,
                is_link,
            } => (path.clone(), *name, *is_link),
            Listed::Problem(rejection) => return Some(Err((**rejection).clone())),
        };
        let path = self.path(range.clone());
        if !options.fits(root, path) {
            return None;
        }
        let flags = match is_link {
            true => AtFlags::empty(),
            false => AtFlags::SYMLINK_NOFOLLOW,
        };
        // There is a NUL behind each path.
        let from = |start: usize| CStr::from_bytes_until_nul(&self.paths[start..]).ok();
        let stat = match folder {
            Some(folder) => statat(folder, from(name)?, flags),
            None => statat(rustix::fs::CWD, from(range.start)?, flags),
        };
        match stat.map_err(io::Error::from) {
            Ok(stat) => rustix::fs::FileType::from_raw_mode(stat.st_mode)
                .is_file()
                .then(|| {
                    Ok(Found {
                        path,
                        stamp: Stamp::from(&stat),
                    })
                }),
            // It vanished since its folder was listed.
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => Some(Err(rejection(path, Reason::of(&e)))),
        }
    }
}

/// The name at the end of a path, without looking at all of it.
fn name_of(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |at| &path[at + 1..])
}

fn is_entered(entry: &DirEntry, options: &WalkOptions, index: Option<(u64, u64)>) -> bool {
    let is_root = entry.depth() == 0;
    let is_hidden = name_of(entry.path().as_os_str().as_bytes()).starts_with(b".");
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
        let below = |path: &Path| {
            path.strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned()
        };
        let look = |files: &mut Neighbours<'_>| -> Vec<String> {
            files
                .map(|found| match found {
                    Ok(found) => below(found.path),
                    Err(rejection) => format!("{} !", below(&rejection.locator.path)),
                })
                .collect()
        };
        let mut all = Vec::new();
        let _ = walk(root, options, &root.join("index"), look, |found| {
            all.extend(found);
            ControlFlow::Continue(())
        });
        all
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
    fn many_files_come_in_order_though_several_threads_look_at_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        for number in 0..3 * TOGETHER {
            // Folders of one file and of many.
            let name = format!("{:03}/{number:05}.txt", number * number / 20_000);
            let path = folder.path().join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
            names.push(name);
        }
        assert_eq!(found(folder.path(), &WalkOptions::default()), names);
        let mut groups = 0;
        let options = WalkOptions::default();
        let no_index = Path::new("");
        let broken = walk(
            folder.path(),
            &options,
            no_index,
            |files| files.count(),
            |_| {
                groups += 1;
                match groups {
                    2 => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                }
            },
        );
        assert!(broken.is_break());
        assert_eq!(groups, 2);
    }

    #[test]
    fn a_file_is_known_by_the_same_stamp_whichever_way_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..2 * MANY_BESIDE {
            // Some by themselves, some beside others.
            let name = format!("{}/{number}.txt", number.min(MANY_BESIDE));
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x".repeat(number)).unwrap();
        }
        let no_index = Path::new("");
        let look = |files: &mut Neighbours<'_>| {
            for found in files {
                let found = found.unwrap();
                let expected = Stamp::from(&std::fs::metadata(found.path).unwrap());
                assert_eq!(found.stamp, expected);
            }
        };
        let options = WalkOptions::default();
        let _ = walk(folder.path(), &options, no_index, look, |()| {
            ControlFlow::Continue(())
        });
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
