//! A file of a segment as it is read while segments are merged: nearly all of
//! it, nearly from one end to the other. Were it mapped, a merge would hold in
//! memory all it has read so far, gigabytes in a large archive; here it holds
//! what it is about to read.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tantivy::HasLen;
use tantivy::directory::error::OpenReadError;
use tantivy::directory::{FileHandle, MmapDirectory, OwnedBytes};

use super::pieces::PiecesFile;

/// Bytes that are read at once where one piece follows another.
const AHEAD: usize = if cfg!(test) { 1 << 10 } else { 256 << 10 };

/// Bytes that may be passed over between two such pieces.
const GAP: usize = AHEAD / 64;

/// What is longer is mapped, for as long as it is held: texts are handed over
/// a whole file at a time.
const LARGE: usize = if cfg!(test) { 8 << 10 } else { 16 << 20 };

/// See above.
pub(super) struct StreamedFile {
    file: PiecesFile,
    last: Mutex<Last>,
}

/// What was read last.
struct Last {
    /// Where what was asked for ends.
    end: usize,
    /// What was read beyond it, and where that begins.
    ahead: OwnedBytes,
    start: usize,
}

impl StreamedFile {
    /// Opens `path` in `folder`, which `maps` can map.
    pub(super) fn open(
        maps: &MmapDirectory,
        folder: &Path,
        path: &Path,
    ) -> Result<Self, OpenReadError> {
        Ok(Self {
            file: PiecesFile::open(maps, folder, path)?,
            last: Mutex::new(Last {
                end: 0,
                ahead: OwnedBytes::empty(),
                start: 0,
            }),
        })
    }

    fn read_on(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let follows = range.start >= last.end && range.start - last.end <= GAP;
        last.end = range.end;
        let held = last.start..last.start + last.ahead.len();
        if held.start <= range.start && range.end <= held.end {
            let (from, to) = (range.start - held.start, range.end - held.start);
            return Ok(last.ahead.slice(from..to));
        }
        if !follows || range.len() >= AHEAD {
            return self.file.read(range);
        }
        let end = self.file.len().min(range.start + AHEAD);
        last.ahead = self.file.read(range.start..end)?;
        last.start = range.start;
        Ok(last.ahead.slice(0..range.len()))
    }
}

impl FileHandle for StreamedFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.file.check(&range)?;
        if range.len() <= LARGE {
            return self.read_on(range);
        }
        match self.file.map() {
            Some(map) => map.read_bytes(range),
            None => self.file.read(range),
        }
    }
}

impl HasLen for StreamedFile {
    fn len(&self) -> usize {
        self.file.len()
    }
}

impl fmt::Debug for StreamedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamedFile({:?})", self.file)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LENGTH: usize = 20_000;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_asked_for_in_whatever_order_is_what_the_file_holds(
            asked in proptest::collection::vec((0..LENGTH, 0..2_000usize, 0..20usize), 1..60),
            whole in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let content: Vec<u8> = (0..LENGTH).map(|n| ((n * 7) >> 3) as u8).collect();
            std::fs::write(folder.path().join("a.pos"), &content).unwrap();
            let maps = MmapDirectory::open(folder.path()).unwrap();
            let file = StreamedFile::open(&maps, folder.path(), Path::new("a.pos")).unwrap();
            if whole {
                let all = file.read_bytes(0..LENGTH).unwrap();
                prop_assert_eq!(all.as_slice(), &content[..]);
            }
            for (start, length, following) in asked {
                let mut start = start;
                // Each of them leads to others that follow it closely.
                for _ in 0..=following {
                    let end = LENGTH.min(start + length);
                    let read = file.read_bytes(start..end).unwrap();
                    prop_assert_eq!(read.as_slice(), &content[start..end]);
                    start = LENGTH.min(end + length % 20);
                }
            }
            prop_assert!(file.read_bytes(0..LENGTH + 1).is_err());
        }
    }

    #[test]
    fn what_follows_closely_is_there_already() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pos");
        std::fs::write(&path, vec![1; LENGTH]).unwrap();
        let maps = MmapDirectory::open(folder.path()).unwrap();
        let file = StreamedFile::open(&maps, folder.path(), Path::new("a.pos")).unwrap();
        file.read_bytes(0..10).unwrap();
        std::fs::write(&path, vec![2; LENGTH]).unwrap();
        assert_eq!(file.read_bytes(12..20).unwrap().as_slice(), [1; 8]);
        assert_eq!(
            file.read_bytes(AHEAD..AHEAD + 8).unwrap().as_slice(),
            [2; 8]
        );
    }
}
