//! The directory at the end of a zip: where it lies, what it lists, and which
//! of that cannot be true.

use std::io::{Read, SeekFrom};

use super::broken;
use super::entry::{ENTRY_BYTES, Entry, u16_at, u32_at, u64_at};
use crate::error::Reason;
use crate::source::ReadSeek;
use crate::source::names::Names;

/// Bytes at the end in which the end record is looked for: its own, the
/// longest comment, and some padding.
const TAIL_BYTES: u64 = 22 + 65_535 + 4096;

/// Bytes of the directory read in one go.
const PIECE_BYTES: usize = 256 * 1024;

/// A directory, read piece by piece.
#[derive(Debug)]
pub(super) struct Directory {
    start: u64,
    end: u64,
    /// Bytes before the archive.
    prefix: u64,
    /// Entries it is said to have.
    stated: u64,
    /// Whether `stated` may have lost its upper bits.
    is_small: bool,
    at: u64,
}

/// What is known of all entries before any is read.
pub(super) struct Survey {
    /// Offset of each member's header, and the entry's number; sorted.
    headers: Vec<(u64, u64)>,
    /// All names.
    pub(super) names: Names,
    /// What is wrong with the directory as a whole.
    pub(super) damage: Option<Reason>,
}

impl Survey {
    /// Whether an earlier entry lists the member at `place` already.
    pub(super) fn is_listed_before(&self, place: (u64, u64)) -> bool {
        let at = self.headers.partition_point(|&header| header < place);
        at > 0 && self.headers[at - 1].0 == place.0
    }

    /// Where headers are said to lie between `start` and `end`.
    pub(super) fn within(&self, start: u64, end: u64) -> &[(u64, u64)] {
        let from = self.headers.partition_point(|header| header.0 <= start);
        let to = self.headers.partition_point(|header| header.0 < end);
        self.headers.get(from..to).unwrap_or_default()
    }
}

impl Directory {
    /// The directory, by the record at the end of the file; `None` where no
    /// record leads to one.
    ///
    /// # Errors
    ///
    /// What the file gives.
    pub(super) fn find(file: &mut dyn ReadSeek, length: u64) -> Result<Option<Self>, Reason> {
        let tail_at = length.saturating_sub(TAIL_BYTES);
        let tail = read_at(file, tail_at, length - tail_at)?;
        let mut search = tail.len();
        while let Some(at) = memchr::memmem::rfind(&tail[..search], b"PK\x05\x06") {
            search = at;
            let record = &tail[at..];
            let comment = usize::from(u16_at(record, 20));
            if record.len() < 22 + comment {
                continue;
            }
            let record_at = tail_at + at as u64;
            if let Some(directory) = Self::of_record(file, record, record_at)? {
                return Ok(Some(directory));
            }
        }
        Ok(None)
    }

    fn of_record(
        file: &mut dyn ReadSeek,
        record: &[u8],
        record_at: u64,
    ) -> Result<Option<Self>, Reason> {
        let mut stated = u64::from(u16_at(record, 10));
        let mut size = u64::from(u32_at(record, 12));
        let mut start = u64::from(u32_at(record, 16));
        let mut end = record_at;
        let mut is_small = true;
        if let Some((at, wide)) = wide_record(file, record_at)? {
            is_small = false;
            stated = u64_at(&wide, 32);
            size = u64_at(&wide, 40);
            start = u64_at(&wide, 48);
            end = at;
        }
        if stated == 0 && size == 0 {
            return Ok(Some(Self::new(end, end, 0, 0, is_small)));
        }
        // Where it must end tells where it starts; its stated place is off by
        // what lies before the archive.
        for (at, prefix) in [
            (
                end.checked_sub(size),
                end.saturating_sub(size).checked_sub(start),
            ),
            (Some(start), Some(0)),
        ] {
            let (Some(at), Some(prefix)) = (at, prefix) else {
                continue;
            };
            if at < end && read_at(file, at, 4)?.starts_with(b"PK\x01\x02") {
                return Ok(Some(Self::new(at, end, prefix, stated, is_small)));
            }
        }
        Ok(None)
    }

    fn new(start: u64, end: u64, prefix: u64, stated: u64, is_small: bool) -> Self {
        Self {
            start,
            end,
            prefix,
            stated,
            is_small,
            at: start,
        }
    }

    /// Where it lies, and so where members end at the latest.
    pub(super) fn starts_at(&self) -> u64 {
        self.start
    }

    /// The next entries; none at the end, or where no further entry is.
    pub(super) fn batch(&mut self, file: &mut dyn ReadSeek) -> Result<Vec<Entry>, Reason> {
        let most = (self.end - self.at).min(PIECE_BYTES as u64);
        let bytes = read_at(file, self.at, most)?;
        let mut entries = Vec::new();
        let mut rest = &bytes[..];
        while let Some((entry, length)) = Entry::of_directory(rest, self.prefix) {
            entries.push(entry);
            self.at += length as u64;
            rest = &rest[length..];
        }
        Ok(entries)
    }

    /// Goes through all entries once, and back to the start.
    ///
    /// # Errors
    ///
    /// [`Reason::TooMany`] beyond `max_members`; what the file gives.
    pub(super) fn survey(
        &mut self,
        file: &mut dyn ReadSeek,
        max_members: u64,
    ) -> Result<Survey, Reason> {
        let mut headers = Vec::new();
        let mut names = None;
        loop {
            let batch = self.batch(file)?;
            if batch.is_empty() {
                break;
            }
            for entry in batch {
                let number = headers.len() as u64;
                if number >= max_members {
                    return Err(Reason::TooMany { limit: max_members });
                }
                headers.push((entry.header_at, number));
                entry.note_name(names.get_or_insert_with(|| Names::of_dos(entry.is_of_dos())));
            }
        }
        let found = headers.len() as u64;
        let is_complete = match self.is_small {
            true => found % 0x1_0000 == self.stated % 0x1_0000,
            false => found == self.stated,
        };
        headers.sort_unstable();
        self.at = self.start;
        Ok(Survey {
            headers,
            names: names.unwrap_or_default(),
            damage: (!is_complete).then(|| {
                broken(format!(
                    "its directory lists {found} members and says {}",
                    self.stated
                ))
            }),
        })
    }
}

/// The end record for large archives, before the usual one.
fn wide_record(file: &mut dyn ReadSeek, record_at: u64) -> Result<Option<(u64, Vec<u8>)>, Reason> {
    let Some(locator_at) = record_at.checked_sub(20) else {
        return Ok(None);
    };
    let locator = read_at(file, locator_at, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // At its stated place, or right before where something lies in front.
    for at in [Some(u64_at(&locator, 8)), locator_at.checked_sub(56)] {
        let Some(at) = at.filter(|&at| at < locator_at) else {
            continue;
        };
        let record = read_at(file, at, 56)?;
        if record.len() == 56 && record.starts_with(b"PK\x06\x06") {
            return Ok(Some((at, record)));
        }
    }
    Ok(None)
}

/// Up to `bytes` bytes from `at`; fewer at the end of the file.
pub(super) fn read_at(file: &mut dyn ReadSeek, at: u64, bytes: u64) -> Result<Vec<u8>, Reason> {
    let mut read = Vec::new();
    file.seek(SeekFrom::Start(at))
        .and_then(|_| file.take(bytes).read_to_end(&mut read))
        .map_err(|e| Reason::of(&e))?;
    Ok(read)
}

const _: () = assert!(PIECE_BYTES > ENTRY_BYTES + 3 * 65_535);
