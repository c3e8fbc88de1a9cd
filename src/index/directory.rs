//! tantivy's folder as morgue needs it: for searches readable where nothing
//! may be written; for writing with a second, checked copy of `meta.json`, the
//! one file of an index that tantivy itself has no checksum of.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr,
};

/// A memory-mapped folder in which a lock that cannot be written counts as
/// taken. That lock only keeps a writer from collecting files between a
/// reader's look at `meta.json` and its opening of the files; a reader that
/// loses this race sees a missing file and opens again.
#[derive(Clone, Debug)]
pub struct ReadDirectory(pub MmapDirectory);

impl Directory for ReadDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.0.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.0.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.0.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.0.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.0.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.0.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.0.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        match self.0.acquire_lock(lock) {
            Err(LockError::IoError(_)) => Ok(DirectoryLock::from(Box::new(()))),
            other => other,
        }
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.0.watch(callback)
    }
}

/// The file that lists the segments of a commit.
pub(super) const META: &str = "meta.json";

/// The second copy of [`META`], with digests.
const KEPT: &str = "meta.kept";

/// A memory-mapped folder that keeps a second copy of [`META`] and makes
/// each commit durable, its name in the folder included.
#[derive(Clone, Debug)]
pub struct WriteDirectory {
    inner: MmapDirectory,
    folder: PathBuf,
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
        })
    }
}

impl Directory for WriteDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.inner.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(META) {
            KeptMeta::keep(&self.folder, data)?;
        }
        self.inner.atomic_write(path, data)?;
        self.inner.sync_directory()
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
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
        super::folder::write_durably(folder, KEPT, &bytes)
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
        self.digests.contains(&digest(meta))
    }

    /// The copy itself.
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Whether [`META`] is as it was written. `None` where nothing tells.
pub(super) fn meta_is_sound(generation: &Path) -> Option<bool> {
    let meta = std::fs::read(generation.join(META)).ok()?;
    Some(KeptMeta::read(generation)?.knows(&meta))
}
