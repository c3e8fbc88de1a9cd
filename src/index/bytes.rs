//! Reads the numbers that tantivy's files are made of, from bytes that may be
//! damaged.

use std::io;

/// Bytes that are read from their start on.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(malformed)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> io::Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> io::Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> io::Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of seven bits a byte, the lowest first; the highest bit marks the last.
    pub(super) fn vint(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.u8()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 != 0 {
                return Ok(number);
            }
        }
        Err(malformed())
    }

    pub(super) fn number(&mut self) -> io::Result<u32> {
        u32::try_from(self.vint()?).map_err(|_| malformed())
    }

    pub(super) fn length(&mut self) -> io::Result<usize> {
        usize::try_from(self.vint()?).map_err(|_| malformed())
    }
}

pub(super) fn malformed() -> io::Error {
    io::ErrorKind::InvalidData.into()
}
