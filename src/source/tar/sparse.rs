//! Members with holes: the archive holds the data, and a map of where it
//! belongs. The holes are given as zeros and are charged like any expansion.

use std::io::{self, BufRead, Read};

use super::KIND;
use super::header::{BLOCK, Header, places};
use crate::error::Reason;
use crate::source::Input;

/// Pieces of data of one member, at most.
pub(super) const MAX_PLACES: usize = 1 << 20;

/// Where the data of a member belongs.
#[derive(Debug)]
pub(super) struct Sparse {
    /// Offset and length of each piece, in order and apart.
    places: Vec<(u64, u64)>,
    /// Bytes with the holes.
    size: u64,
}

impl Sparse {
    /// A map whose pieces come in order; the end of the last is the size where
    /// none is known.
    ///
    /// # Errors
    ///
    /// [`Reason::Broken`] for pieces that overlap or are too many.
    pub(super) fn new(places: Vec<(u64, u64)>, size: Option<u64>) -> Result<Self, Reason> {
        let mut end = 0u64;
        for &(offset, bytes) in &places {
            let fits = offset >= end;
            end = offset
                .checked_add(bytes)
                .filter(|_| fits && places.len() < MAX_PLACES)
                .ok_or_else(broken)?;
        }
        Ok(Self {
            places,
            size: size.unwrap_or(end).max(end),
        })
    }

    /// The map of a header in the old GNU form, which may go on.
    pub(super) fn of_header(header: &Header) -> Result<Self, Reason> {
        Self::new(header.places.clone(), Some(header.real_size))
    }

    /// Adds a block of further pieces; whether another one follows.
    pub(super) fn take_block(&mut self, block: &[u8; BLOCK]) -> Result<bool, Reason> {
        let mut all = std::mem::take(&mut self.places);
        all.extend(places(&block[..504]));
        *self = Self::new(all, Some(self.size))?;
        Ok(block[504] != 0)
    }

    /// Reads the map that a member begins with: numbers, a line each, up to
    /// the end of a block.
    pub(super) fn of_data(
        input: &mut Input<'_>,
        left: &mut u64,
        at: &mut u64,
        size: Option<u64>,
    ) -> Result<Self, Reason> {
        let mut lines = Lines {
            input,
            left,
            at,
            taken: 0,
        };
        let count = lines.number()?;
        let count = usize::try_from(count)
            .ok()
            .filter(|&count| count < MAX_PLACES)
            .ok_or_else(broken)?;
        let mut places = Vec::new();
        for _ in 0..count {
            let offset = lines.number()?;
            places.push((offset, lines.number()?));
        }
        lines.finish()?;
        Self::new(places, size)
    }

    /// The member with its holes.
    pub(super) fn fill<R: Read>(self, data: R) -> Filled<R> {
        Filled {
            data,
            places: self.places.into_iter(),
            place: (0, 0),
            at: 0,
            size: self.size,
        }
    }
}

fn broken() -> Reason {
    Reason::Broken {
        kind: KIND,
        detail: "bad map of a sparse member".to_owned(),
    }
}

/// The map at the start of a member's data.
struct Lines<'a, 'i> {
    input: &'a mut Input<'i>,
    left: &'a mut u64,
    at: &'a mut u64,
    taken: usize,
}

impl Lines<'_, '_> {
    fn byte(&mut self) -> Result<u8, Reason> {
        if *self.left == 0 {
            return Err(broken());
        }
        let buffer = self.input.fill_buf().map_err(|e| Reason::of(&e))?;
        let byte = *buffer.first().ok_or_else(broken)?;
        self.input.consume(1);
        *self.left -= 1;
        *self.at += 1;
        self.taken += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u64, Reason> {
        let mut value = 0u64;
        let mut is_start = true;
        loop {
            match self.byte()? {
                // Lines that say something of the map itself.
                b'#' if is_start => while self.byte()? != b'\n' {},
                digit @ b'0'..=b'9' => {
                    value = value
                        .checked_mul(10)
                        .and_then(|value| value.checked_add(u64::from(digit - b'0')))
                        .ok_or_else(broken)?;
                    is_start = false;
                }
                b'\n' => return Ok(value),
                _ => return Err(broken()),
            }
        }
    }

    fn finish(&mut self) -> Result<(), Reason> {
        while !self.taken.is_multiple_of(BLOCK) {
            self.byte()?;
        }
        Ok(())
    }
}

/// A member with its holes as zeros.
pub(super) struct Filled<R> {
    data: R,
    places: std::vec::IntoIter<(u64, u64)>,
    /// What is left of the current piece.
    place: (u64, u64),
    at: u64,
    size: u64,
}

impl<R: Read> Read for Filled<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.place.1 == 0 {
            match self.places.next() {
                Some(place) => self.place = place,
                None => break,
            }
        }
        let (offset, bytes) = self.place;
        let (end, is_data) = match bytes {
            0 => (self.size, false),
            _ if self.at < offset => (offset, false),
            _ => (offset + bytes, true),
        };
        let most = usize::try_from(end - self.at).map_or(out.len(), |most| most.min(out.len()));
        let out = &mut out[..most];
        let given = if is_data {
            let given = self.data.read(out)?;
            if given == 0 && !out.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.place = (offset + given as u64, bytes - given as u64);
            given
        } else {
            out.fill(0);
            out.len()
        };
        self.at += given as u64;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(places: &[(u64, u64)], size: u64, data: &[u8]) -> Vec<u8> {
        let map = Sparse::new(places.to_vec(), Some(size)).unwrap();
        let mut out = Vec::new();
        map.fill(data).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn holes_become_zeros() {
        assert_eq!(
            filled(&[(2, 3), (7, 1), (9, 0)], 10, b"abcd"),
            b"\0\0abc\0\0d\0\0"
        );
        assert_eq!(filled(&[], 3, b""), b"\0\0\0");
        assert_eq!(filled(&[(0, 2)], 2, b"ab"), b"ab");
    }

    #[test]
    fn pieces_that_overlap_are_refused() {
        assert_eq!(
            Sparse::new(vec![(5, 5), (0, 2)], None).unwrap_err(),
            broken()
        );
        assert_eq!(
            Sparse::new(vec![(u64::MAX, 5)], None).unwrap_err(),
            broken()
        );
    }
}
