//! tantivy's folder as morgue needs it: for searches with few looks at the disk
//! and no writing; for writing with a second, checked copy of `meta.json`, the
//! one file of an index that tantivy itself has no checksum of, with durable
//! commits, and with a memory of what the system refused first.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tantivy::HasLen;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, FileSlice, Lock, MmapDirectory,
    OwnedBytes, TerminatingWrite, WatchCallback, WatchHandle, WritePtr,
};

use super::beside;
use super::disk::{self, Operation};
use super::pieces::PiecesFile;
use super::streamed::StreamedFile;
use crate::error::Error;

/// The file that lists the segments of a commit.
pub(super) const META: &str = "meta.json";

/// The second copy of [`META`], with digests.
pub(super) const KEPT: &str = "meta.kept";

/// tantivy's list of the files it may remove. morgue derives it from the
/// folder instead: a list can be damaged and costs a sync for each file.
const MANAGED: &str = ".managed.json";

/// A folder of segments for searches: nothing in it is ever written or locked.
///
/// tantivy's lock keeps a writer from collecting files between a reader's look
/// at `meta.json` and its opening of the files. A reader here that loses this
/// race sees a missing file and opens again.
#[derive(Clone, Debug)]
pub(super) struct ReadDirectory {
    maps: MmapDirectory,
    folder: PathBuf,
    /// Files that stay open while a commit is being opened: the check of a file
    /// and the reading of it then share one map.
    held: Arc<Mutex<HashMap<PathBuf, Arc<dyn FileHandle>>>>,
}

impl ReadDirectory {
    pub(super) fn open(
        folder: &Path,
    ) -> Result<Self, tantivy::directory::error::OpenDirectoryError> {
        Ok(Self {
            maps: MmapDirectory::open(folder)?,
            folder: folder.to_owned(),
            held: Arc::default(),
        })
    }

    /// A file that lies beside those of tantivy, if it is there.
    pub(super) fn beside(&self, path: &Path) -> Option<FileSlice> {
        self.maps.open_read(path).ok()
    }

    /// Lets go of the files that nobody reads.
    pub(super) fn release(&self) {
        self.held().clear();
    }

    fn held(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<dyn FileHandle>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Directory for ReadDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        if let Some(file) = self.held().get(path) {
            return Ok(Arc::clone(file));
        }
        let is_read_all_over = path
            .extension()
            .is_some_and(|kind| READ_ALL_OVER.iter().any(|one| kind == *one));
        let file: Arc<dyn FileHandle> = match is_read_all_over {
            true => self.maps.get_file_handle(path)?,
            false => Arc::new(ReadFile::open(self, path)?),
        };
        self.held().insert(path.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError {
            io_error: Arc::new(io::ErrorKind::ReadOnlyFilesystem.into()),
            filepath: path.to_owned(),
        })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.maps.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let refused = io::ErrorKind::ReadOnlyFilesystem.into();
        Err(OpenWriteError::wrap_io_error(refused, path.to_owned()))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(MANAGED) {
            return Err(OpenReadError::FileDoesNotExist(path.to_owned()));
        }
        self.maps.atomic_read(path)
    }

    /// What tantivy writes when it is told of the schema goes nowhere.
    fn atomic_write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

/// Kinds of files, by their extension, of which every search reads large parts:
/// they are mapped at once.
const READ_ALL_OVER: [&str; 3] = ["term", "fast", "fieldnorm"];

/// Bytes at the end of a file that are read when it is opened: tables of
/// contents and checksums stand there.
const TAIL_BYTES: usize = 512;

/// Up to this many bytes a system call costs less than touching a new part of
/// a map, which the kernel fills 16 pages at a time and takes down again.
const PIECE_BYTES: usize = 16 << 10;

/// After this many pieces a file is mapped: whoever reads on and on would pay
/// for each of them.
const MOST_PIECES: usize = 64;

/// A file of a segment. What is small is read; the file is mapped once a large
/// part is asked for, or many small ones.
struct ReadFile {
    file: PiecesFile,
    tail: OwnedBytes,
    pieces: AtomicUsize,
    map: OnceLock<Arc<dyn FileHandle>>,
}

impl ReadFile {
    fn open(directory: &ReadDirectory, path: &Path) -> Result<Self, OpenReadError> {
        let file = PiecesFile::open(&directory.maps, &directory.folder, path)?;
        let tail = file
            .read(file.len().saturating_sub(TAIL_BYTES)..file.len())
            .map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))?;
        Ok(Self {
            file,
            tail,
            pieces: AtomicUsize::new(0),
            map: OnceLock::new(),
        })
    }
}

impl FileHandle for ReadFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.file.check(&range)?;
        let tail_at = self.file.len() - self.tail.len();
        if range.start >= tail_at {
            return Ok(self.tail.slice(range.start - tail_at..range.end - tail_at));
        }
        let is_piece =
            range.len() <= PIECE_BYTES && self.pieces.fetch_add(1, Ordering::Relaxed) < MOST_PIECES;
        if is_piece {
            return self.file.read(range);
        }
        if let Some(map) = self.map.get() {
            return map.read_bytes(range);
        }
        match self.file.map() {
            Some(map) => self.map.get_or_init(|| map).read_bytes(range),
            None => self.file.read(range),
        }
    }
}

impl HasLen for ReadFile {
    fn len(&self) -> usize {
        self.file.len()
    }
}

impl fmt::Debug for ReadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadFile({:?})", self.file)
    }
}

/// What the system refused first. What builds and merges segments reports
/// that it failed, and not always of which file.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusal(Arc<Mutex<Option<(Operation, PathBuf, io::Error)>>>);

impl Refusal {
    /// Remembers the error in `result`, unless there was one before.
    fn note(&self, operation: Operation, path: &Path, error: &io::Error) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_none() {
            let copy = match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(error.kind(), error.to_string()),
            };
            *first = Some((operation, path.to_owned(), copy));
        }
    }

    /// The first refusal as an error for people; it is then forgotten.
    pub(super) fn take(&self) -> Option<Error> {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.take().map(|(operation, path, source)| Error::Io {
            action: operation.verb(),
            path,
            source,
        })
    }
}

/// A folder that keeps a second copy of [`META`] and makes each commit durable,
/// its name in the folder included. Its files are read as [`StreamedFile`]s.
#[derive(Clone, Debug)]
pub struct WriteDirectory {
    inner: MmapDirectory,
    folder: PathBuf,
    refusal: Refusal,
}

impl WriteDirectory {
    /// Opens `folder` for writing.
    ///
    /// # Errors
    ///
    /// What tantivy says of the folder.
    pub fn open(folder: &Path) -> Result<Self, tantivy::directory::error::OpenDirectoryError> {
        Ok(Self {
            inner: MmapDirectory::open(folder)?,
            folder: folder.to_owned(),
            refusal: Refusal::default(),
        })
    }

    /// What the system refuses in this folder from now on.
    pub(super) fn refusal(&self) -> Refusal {
        self.refusal.clone()
    }

    fn point(&self, operation: Operation, path: &Path) -> io::Result<()> {
        let path = self.folder.join(path);
        disk::point(operation, &path)
            .inspect_err(|error| self.refusal.note(operation, &path, error))
    }

    fn note(&self, operation: Operation, path: &Path, error: &io::Error) {
        self.refusal.note(operation, &self.folder.join(path), error);
    }
}

impl Directory for WriteDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.point(Operation::Read, path)
            .map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))?;
        match StreamedFile::open(&self.inner, &self.folder, path) {
            Ok(file) => Ok(Arc::new(file)),
            Err(error) => {
                if let OpenReadError::IoError { io_error, .. } = &error {
                    self.note(Operation::Read, path, io_error);
                }
                Err(error)
            }
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        disk::point(Operation::Remove, &self.folder.join(path)).map_err(|error| {
            DeleteError::IoError {
                io_error: Arc::new(error),
                filepath: path.to_owned(),
            }
        })?;
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let wrap = |error| OpenWriteError::wrap_io_error(error, path.to_owned());
        self.point(Operation::Create, path).map_err(wrap)?;
        let file = self.inner.open_write(path).inspect_err(|error| {
            if let OpenWriteError::IoError { io_error, .. } = error {
                self.note(Operation::Create, path, io_error);
            }
        })?;
        let file = file.into_inner().map_err(|e| wrap(e.into_error()))?;
        Ok(BufWriter::new(Box::new(Written {
            inner: file,
            path: self.folder.join(path),
            refusal: self.refusal.clone(),
            waiting: Vec::with_capacity(WRITTEN_BYTES),
        })))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(MANAGED) {
            return self.managed(path);
        }
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(MANAGED) {
            return Ok(());
        }
        if path == Path::new(META) {
            KeptMeta::keep(&self.folder, data)
                .inspect_err(|error| self.note(Operation::Write, Path::new(KEPT), error))?;
        }
        // tantivy's own way leaves a file that nobody else may read.
        disk::replace(&self.folder, &path.to_string_lossy(), data)
            .inspect_err(|error| self.note(Operation::Write, path, error))
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.point(Operation::Sync, Path::new(""))?;
        self.inner
            .sync_directory()
            .inspect_err(|error| self.note(Operation::Sync, Path::new(""), error))
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}

impl WriteDirectory {
    /// What tantivy is to take for [`MANAGED`]: every file of a segment that
    /// lies in the folder, so that none is ever left behind.
    fn managed(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let wrap = |error| OpenReadError::wrap_io_error(error, path.to_owned());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(wrap)? {
            let name = entry.map_err(wrap)?.file_name();
            if let Some(name) = name.to_str().filter(|name| is_of_segment(name)) {
                names.push(name.to_owned());
            }
        }
        names.push(META.to_owned());
        Ok(serde_json::to_vec(&names).unwrap_or_default())
    }
}

/// Whether a file is named as tantivy names the files of a segment: 32
/// hexadecimal digits, a dot, and more. It removes those of its own that no commit
/// needs, and so must not know of lists beside them.
pub(super) fn is_of_segment(name: &str) -> bool {
    let is_id = |id: &str| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.split_once('.').is_some_and(|(id, _)| is_id(id)) && !beside::is_name(name)
}

/// A file being written, whose first refusal is remembered.
struct Written {
    inner: Box<dyn TerminatingWrite + Send + Sync>,
    path: PathBuf,
    refusal: Refusal,
    /// What is not written yet, less than [`WRITTEN_BYTES`].
    waiting: Vec<u8>,
}

/// Bytes that are written at a time. What is written at once the system keeps in
/// large pieces, where it can, and a search that touches a map of the file gets
/// all of such a piece; tantivy's own 8 KiB make each touch one of 64 KiB, page by
/// page.
const WRITTEN_BYTES: usize = 1 << 20;

impl Written {
    fn tried<T>(
        &mut self,
        operation: Operation,
        carry_out: impl FnOnce(&mut (dyn TerminatingWrite + Send + Sync)) -> io::Result<T>,
    ) -> io::Result<T> {
        disk::point(operation, &self.path)
            .and_then(|()| carry_out(&mut *self.inner))
            .inspect_err(|error| {
                // The buffer above asks again by itself.
                if error.kind() != io::ErrorKind::Interrupted {
                    self.refusal.note(operation, &self.path, error);
                }
            })
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.tried(Operation::Write, |file| file.write_all(&waiting))?;
        self.waiting = waiting;
        self.waiting.clear();
        Ok(())
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(WRITTEN_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == WRITTEN_BYTES {
            self.write_waiting()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_waiting()?;
        self.inner.flush()
    }
}

impl TerminatingWrite for Written {
    fn terminate_ref(&mut self, token: AntiCallToken) -> io::Result<()> {
        self.write_waiting()?;
        self.tried(Operation::Sync, |file| file.terminate_ref(token))
    }
}

/// The second copy of [`META`]: one line with the digests of the content that
/// follows and of the content before it, then the content. It is written
/// first, so a kill between the two writes leaves a [`META`] it still knows.
pub(super) struct KeptMeta {
    digests: [String; 2],
    content: Vec<u8>,
}

impl KeptMeta {
    pub(super) fn keep(folder: &Path, content: &[u8]) -> io::Result<()> {
        let before = std::fs::read(folder.join(META))
            .map(|old| digest(&old))
            .unwrap_or_default();
        let mut bytes = format!("{} {before}\n", digest(content)).into_bytes();
        bytes.extend_from_slice(content);
        disk::replace(folder, KEPT, &bytes)
    }

    /// Whether the copy is the same as `meta`: then neither can be damaged, and
    /// no digest need be taken.
    fn is_same(folder: &Path, meta: &[u8]) -> bool {
        let copy = std::fs::read(folder.join(KEPT)).unwrap_or_default();
        let line = copy.iter().position(|&byte| byte == b'\n');
        line.is_some_and(|line| copy[line + 1..] == *meta)
    }

    /// Reads the copy; `None` where there is none or it is itself damaged.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let bytes = std::fs::read(folder.join(KEPT)).ok()?;
        let line = bytes.iter().position(|&byte| byte == b'\n')?;
        let (now, before) = std::str::from_utf8(&bytes[..line]).ok()?.split_once(' ')?;
        let content = bytes[line + 1..].to_vec();
        (digest(&content) == now).then(|| Self {
            digests: [now.to_owned(), before.to_owned()],
            content,
        })
    }

    /// Whether `meta` is a content the copy vouches for.
    pub(super) fn knows(&self, meta: &[u8]) -> bool {
        self.content == meta || self.digests.contains(&digest(meta))
    }

    /// The copy itself.
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }
}

/// How [`META`] stands beside its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Soundness {
    /// As it was written.
    Sound,
    /// Not as it was written, says the copy.
    Altered,
    /// The copy is missing or damaged itself.
    Unvouched,
    /// It is not there.
    Missing,
}

/// Looks whether [`META`] is as it was written, and what is written there. A
/// run under way may commit between the looks at the two files, so that the
/// first look can mislead.
pub(super) fn soundness(generation: &Path) -> (Soundness, Vec<u8>) {
    const LOOKS: usize = 25;
    let mut found = (Soundness::Missing, Vec::new());
    for look in 0..LOOKS {
        if look > 0 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        found = match std::fs::read(generation.join(META)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => (Soundness::Missing, Vec::new()),
            Err(_) => (Soundness::Altered, Vec::new()),
            Ok(meta) if KeptMeta::is_same(generation, &meta) => return (Soundness::Sound, meta),
            Ok(meta) => match KeptMeta::read(generation) {
                None => (Soundness::Unvouched, meta),
                Some(kept) if kept.knows(&meta) => return (Soundness::Sound, meta),
                Some(_) => (Soundness::Altered, meta),
            },
        };
    }
    found
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_as_segments_are_taken_for_such() {
        assert!(is_of_segment("0123456789abcdef0123456789abcdef.store"));
        assert!(is_of_segment("0123456789abcdef0123456789abcdef.17.del"));
        assert!(!is_of_segment("0123456789abcdef0123456789abcdef.champions"));
        assert!(!is_of_segment("meta.json"));
        assert!(!is_of_segment("figures.json"));
        assert!(!is_of_segment(".tmpAb3"));
    }

    #[test]
    fn a_file_reads_the_same_in_pieces_mapped_and_after_its_name_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..200_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
        for is_gone in [false, true] {
            std::fs::write(folder.path().join("a.idx"), &content).unwrap();
            let directory = ReadDirectory::open(folder.path()).unwrap();
            let file = directory.get_file_handle(Path::new("a.idx")).unwrap();
            if is_gone {
                std::fs::remove_file(folder.path().join("a.idx")).unwrap();
            }
            let wholes = [0..content.len(), 5..150_000];
            let pieces = (0..2 * MOST_PIECES).map(|n| n * 1000..n * 1000 + 999);
            let ends = [content.len() - 9..content.len(), 7..7];
            for range in pieces.chain(wholes).chain(ends) {
                let read = file.read_bytes(range.clone()).unwrap();
                assert_eq!(read.as_slice(), &content[range]);
            }
            assert!(file.read_bytes(0..content.len() + 1).is_err());
        }
    }

    #[test]
    fn a_file_written_in_odd_parts_holds_them_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let directory = WriteDirectory::open(folder.path()).unwrap();
        let content: Vec<u8> = (0..4 * WRITTEN_BYTES as u32 + 11)
            .map(|n| ((n * 7) >> 3) as u8)
            .collect();
        let mut file = directory.open_write(Path::new("a.store")).unwrap();
        let mut rest = content.as_slice();
        for size in [1, WRITTEN_BYTES - 2, WRITTEN_BYTES + 1, usize::MAX] {
            let (part, others) = rest.split_at(size.min(rest.len()));
            file.write_all(part).unwrap();
            rest = others;
        }
        file.terminate().unwrap();
        let written = std::fs::read(folder.path().join("a.store")).unwrap();
        assert!(written == content);
    }

    #[test]
    fn a_copy_vouches_for_the_content_and_the_one_before_it_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &[u8]| std::fs::write(folder.path().join(META), text).unwrap();
        assert_eq!(soundness(folder.path()).0, Soundness::Missing);
        write(b"one");
        assert_eq!(soundness(folder.path()).0, Soundness::Unvouched);
        KeptMeta::keep(folder.path(), b"two").unwrap();
        assert_eq!(soundness(folder.path()).0, Soundness::Sound);
        write(b"two");
        assert_eq!(soundness(folder.path()).0, Soundness::Sound);
        write(b"twp");
        assert_eq!(soundness(folder.path()).0, Soundness::Altered);
    }
}
