//! A file of an index of which pieces are read, and which can be mapped as a
//! whole: what the files of a search and those of a merge have in common.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::error::OpenReadError;
use tantivy::directory::{Directory, FileHandle, MmapDirectory, OwnedBytes};

/// See above.
#[derive(Debug)]
pub(super) struct PiecesFile {
    file: File,
    length: usize,
    maps: MmapDirectory,
    path: PathBuf,
}

impl PiecesFile {
    /// Opens `path` in `folder`, which `maps` can map.
    pub(super) fn open(
        maps: &MmapDirectory,
        folder: &Path,
        path: &Path,
    ) -> Result<Self, OpenReadError> {
        let wrap = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
            _ => OpenReadError::wrap_io_error(error, path.to_owned()),
        };
        let file = File::open(folder.join(path)).map_err(wrap)?;
        let length = file.metadata().map_err(wrap)?.len() as usize;
        Ok(Self {
            file,
            length,
            maps: maps.clone(),
            path: path.to_owned(),
        })
    }

    /// Its bytes.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether a range lies within it.
    ///
    /// # Errors
    ///
    /// That it does not.
    pub(super) fn check(&self, range: &Range<usize>) -> io::Result<()> {
        match range.start <= range.end && range.end <= self.length {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Reads a range.
    pub(super) fn read(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let mut bytes = vec![0; range.len()];
        self.file.read_exact_at(&mut bytes, range.start as u64)?;
        Ok(OwnedBytes::new(bytes))
    }

    /// Maps it; `None` where a later commit has removed the name: the file
    /// itself is still there and can be read.
    pub(super) fn map(&self) -> Option<Arc<dyn FileHandle>> {
        let map = self.maps.get_file_handle(&self.path).ok();
        map.filter(|map| map.len() == self.length)
    }
}
