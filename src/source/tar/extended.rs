//! What extension headers say of the next member: pax records, and long names
//! in the GNU form.

use super::sparse::{MAX_PLACES, Sparse};
use crate::error::Reason;

/// Bytes of one extension header that are looked at; the rest, as a giant
/// attribute has it, is passed over.
pub(super) const MAX_BYTES: u64 = 4 << 20;

/// What is known of a member besides its header.
#[derive(Clone, Debug, Default)]
pub(super) struct Extended {
    path: Option<Vec<u8>>,
    /// Name of a sparse member, whose path is made up.
    sparse_name: Option<Vec<u8>>,
    /// Bytes in the archive.
    pub(super) size: Option<u64>,
    /// Bytes with the holes.
    pub(super) real_size: Option<u64>,
    places: Vec<(u64, u64)>,
    offset: Option<u64>,
    is_sparse: bool,
    has_holes: bool,
    major: u64,
}

impl Extended {
    /// The member's name, if it is told here.
    pub(super) fn name(&self) -> Option<&[u8]> {
        self.sparse_name.as_deref().or(self.path.as_deref())
    }

    /// A name of any length, ended by a NUL.
    pub(super) fn take_long_name(&mut self, bytes: &[u8]) {
        let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
        self.path = Some(bytes[..end].to_vec());
    }

    /// pax records, `30 path=some/where\n`, as far as they are well formed.
    pub(super) fn take_records(&mut self, mut bytes: &[u8]) {
        while let Some((record, rest)) = split_record(bytes) {
            let at = memchr::memchr(b'=', record).unwrap_or(record.len());
            let (key, value) = record.split_at(at);
            self.take(key, value.get(1..).unwrap_or_default());
            bytes = rest;
        }
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        let number = || std::str::from_utf8(value).ok()?.trim().parse::<u64>().ok();
        match key {
            // An empty value takes back what a global header said.
            b"path" => self.path = (!value.is_empty()).then(|| value.to_vec()),
            b"size" => self.size = number(),
            b"GNU.sparse.name" => self.sparse_name = Some(value.to_vec()),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" | b"SCHILY.realsize" => {
                self.real_size = number();
            }
            b"GNU.sparse.major" => {
                self.is_sparse = true;
                self.major = number().unwrap_or(0);
            }
            b"GNU.sparse.numblocks" => self.is_sparse = true,
            b"GNU.sparse.offset" => self.offset = number(),
            b"GNU.sparse.numbytes" => {
                if let (Some(offset), Some(bytes)) = (self.offset.take(), number()) {
                    self.add(offset, bytes);
                }
            }
            b"GNU.sparse.map" => {
                let numbers = numbers(value, b',');
                for pair in numbers.chunks_exact(2) {
                    self.add(pair[0], pair[1]);
                }
            }
            b"SUN.holesdata" => {
                // Where holes end and data does, in turn.
                self.is_sparse = true;
                self.has_holes = true;
                let ends = numbers(value.trim_ascii(), b' ');
                for pair in ends.chunks(2) {
                    if let [start, end] = pair {
                        self.add(*start, end.saturating_sub(*start));
                    }
                }
                self.real_size = ends.last().copied();
            }
            _ => {}
        }
    }

    fn add(&mut self, offset: u64, bytes: u64) {
        self.is_sparse = true;
        if self.places.len() < MAX_PLACES {
            self.places.push((offset, bytes));
        }
    }

    /// Whether the member's data begins with the map of where it belongs.
    pub(super) fn map_is_in_data(&self) -> bool {
        self.is_sparse && self.major >= 1 && !self.has_holes
    }

    /// The map, if the records hold it.
    pub(super) fn sparse(&mut self) -> Result<Option<Sparse>, Reason> {
        if !self.is_sparse {
            return Ok(None);
        }
        let places = std::mem::take(&mut self.places);
        Sparse::new(places, self.real_size).map(Some)
    }
}

/// The first record without its length, and what follows.
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = memchr::memchr(b' ', bytes)?;
    let length: usize = std::str::from_utf8(&bytes[..blank]).ok()?.parse().ok()?;
    let record = bytes.get(blank + 1..length)?;
    let rest = &bytes[length..];
    Some((record.strip_suffix(b"\n").unwrap_or(record), rest))
}

fn numbers(text: &[u8], separator: u8) -> Vec<u64> {
    text.split(|&byte| byte == separator)
        .map_while(|digits| std::str::from_utf8(digits).ok()?.trim().parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_taken_as_far_as_they_are_well_formed() {
        let mut extended = Extended::default();
        extended.take_records(b"24 path=long/name/a.txt\n18 size=4294967296\n99 path=x\n");
        assert_eq!(extended.name(), Some(&b"long/name/a.txt"[..]));
        assert_eq!(extended.size, Some(4_294_967_296));
        extended.take_records(b"8 path=\n");
        assert_eq!(extended.name(), None);
        extended.take_records(b"3 x");
        extended.take_records(b"0 path=x\n");
        assert_eq!(extended.name(), None);
    }
}
