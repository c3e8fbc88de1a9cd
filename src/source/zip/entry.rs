//! What a zip says of one member.

use std::io::SeekFrom;

use super::broken;
use crate::error::{Reason, Skip};
use crate::source::ReadSeek;
use crate::source::names::Names;

/// Size of a header in front of a member, without its name and extra fields.
pub(super) const HEADER_BYTES: usize = 30;

/// Size of a directory entry, likewise.
pub(super) const ENTRY_BYTES: usize = 46;

/// A member.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    raw_name: Vec<u8>,
    /// The name in UTF-8, if an extra field tells it.
    utf8_name: Option<String>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    /// Bytes in the archive.
    pub(super) packed: u64,
    /// Bytes of its content.
    pub(super) size: u64,
    /// Where its own header lies.
    pub(super) header_at: u64,
    /// System that made it, as its attributes are to be read.
    host: u8,
    attributes: u32,
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(&[a, b]) => u16::from_le_bytes([a, b]),
        _ => 0,
    }
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

impl Entry {
    /// An entry of the directory, at the start of `bytes`; `prefix` bytes lie
    /// before the archive. `None` if it is none, or is cut; else the entry and
    /// its length.
    pub(super) fn of_directory(bytes: &[u8], prefix: u64) -> Option<(Self, usize)> {
        if bytes.len() < ENTRY_BYTES || !bytes.starts_with(b"PK\x01\x02") {
            return None;
        }
        let name_end = ENTRY_BYTES + usize::from(u16_at(bytes, 28));
        let extra_end = name_end + usize::from(u16_at(bytes, 30));
        let length = extra_end + usize::from(u16_at(bytes, 32));
        if bytes.len() < length {
            return None;
        }
        let mut entry = Self {
            raw_name: bytes[ENTRY_BYTES..name_end].to_vec(),
            utf8_name: None,
            flags: u16_at(bytes, 8),
            method: u16_at(bytes, 10),
            checksum: u32_at(bytes, 16),
            packed: u64::from(u32_at(bytes, 20)),
            size: u64::from(u32_at(bytes, 24)),
            header_at: u64::from(u32_at(bytes, 42)),
            host: bytes[5],
            attributes: u32_at(bytes, 38),
        };
        entry.take_extra(&bytes[name_end..extra_end], true);
        entry.header_at = entry.header_at.saturating_add(prefix);
        Some((entry, length))
    }

    /// A member's own header at the start of `bytes`, which lies at `at`.
    /// `None` if it is none, or is cut; else the entry and its length.
    pub(super) fn of_header(bytes: &[u8], at: u64) -> Option<(Self, usize)> {
        if bytes.len() < HEADER_BYTES || !bytes.starts_with(b"PK\x03\x04") {
            return None;
        }
        let name_end = HEADER_BYTES + usize::from(u16_at(bytes, 26));
        let length = name_end + usize::from(u16_at(bytes, 28));
        if bytes.len() < length {
            return None;
        }
        let mut entry = Self {
            raw_name: bytes[HEADER_BYTES..name_end].to_vec(),
            utf8_name: None,
            flags: u16_at(bytes, 6),
            method: u16_at(bytes, 8),
            checksum: u32_at(bytes, 14),
            packed: u64::from(u32_at(bytes, 18)),
            size: u64::from(u32_at(bytes, 22)),
            header_at: at,
            host: 0,
            attributes: 0,
        };
        entry.take_extra(&bytes[name_end..length], false);
        Some((entry, length))
    }

    fn take_extra(&mut self, mut extra: &[u8], has_offset: bool) {
        while extra.len() >= 4 {
            let id = u16_at(extra, 0);
            let end = (4 + usize::from(u16_at(extra, 2))).min(extra.len());
            let field = &extra[4..end];
            match id {
                // zip64: only the values that do not fit their own place.
                1 => {
                    let mut rest = field;
                    let mut places = vec![&mut self.size, &mut self.packed];
                    if has_offset {
                        places.push(&mut self.header_at);
                    }
                    for place in places {
                        if *place == u64::from(u32::MAX) && rest.len() >= 8 {
                            *place = u64_at(rest, 0);
                            rest = &rest[8..];
                        }
                    }
                }
                // A name in UTF-8, and the checksum of the name it stands for.
                0x7075 if field.len() > 5 && field[0] == 1 => {
                    let mut crc = flate2::Crc::new();
                    crc.update(&self.raw_name);
                    if crc.sum() == u32_at(field, 1) {
                        self.utf8_name = std::str::from_utf8(&field[5..]).ok().map(str::to_owned);
                    }
                }
                _ => {}
            }
            extra = &extra[end..];
        }
    }

    /// Takes note of the name for the guess of its encoding.
    pub(super) fn note_name(&self, names: &mut Names) {
        if self.utf8_name.is_none() {
            names.note(&self.raw_name);
        }
    }

    /// Whether DOS or Windows made it.
    pub(super) fn is_of_dos(&self) -> bool {
        matches!(self.host, 0 | 6 | 10 | 11 | 14)
    }

    /// The name as text, its parts divided by `/`.
    pub(super) fn name(&self, names: &mut Names) -> String {
        if let Some(name) = &self.utf8_name {
            return name.clone();
        }
        let name = names.decode(&self.raw_name);
        match self.is_of_dos() && !name.contains('/') {
            true => name.replace('\\', "/"),
            false => name,
        }
    }

    fn mode(&self) -> Option<u32> {
        let is_unix = matches!(self.host, 3 | 19);
        is_unix.then_some((self.attributes >> 16) & 0o170_000)
    }

    /// Whether it is a folder.
    pub(super) fn is_folder(&self, name: &str) -> bool {
        let is_marked = self.is_of_dos() && self.attributes & 0x10 != 0 && self.size == 0;
        name.ends_with('/') && self.size == 0 || is_marked || self.mode() == Some(0o040_000)
    }

    /// Why it is no document, if it is none.
    pub(super) fn skip(&self) -> Option<Skip> {
        match self.mode() {
            Some(0o120_000) => return Some(Skip::Link),
            Some(0o010_000 | 0o020_000 | 0o060_000 | 0o140_000) => return Some(Skip::Special),
            _ => {}
        }
        let is_encrypted = self.flags & 1 != 0 || self.method == 99;
        is_encrypted.then_some(Skip::Encrypted)
    }

    /// Whether a header that was come across by its mark alone is one.
    pub(super) fn is_plausible(&self) -> bool {
        let is_known =
            super::decode::is_read(self.method) || matches!(self.method, 1..=6 | 9 | 97..=99);
        is_known && !self.raw_name.is_empty() && !self.raw_name.contains(&0)
    }

    /// Whether sizes and checksum stand behind the data, not before it.
    pub(super) fn is_described_behind(&self) -> bool {
        self.flags & 8 != 0
    }

    /// Where the data starts, by the member's own header.
    ///
    /// # Errors
    ///
    /// [`Reason::Broken`] if there is no header; what the file gives.
    pub(super) fn data_starts_at(&self, file: &mut dyn ReadSeek) -> Result<u64, Reason> {
        let mut header = [0; HEADER_BYTES];
        file.seek(SeekFrom::Start(self.header_at))
            .and_then(|_| file.read_exact(&mut header))
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => broken("no header at its place"),
                _ => Reason::of(&e),
            })?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(broken("no header at its place"));
        }
        let names = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        Ok(self.header_at + HEADER_BYTES as u64 + names)
    }
}
