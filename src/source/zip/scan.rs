//! Members of a zip without a directory, as a cut download is one: their own
//! headers are looked for, one after another.

use std::io::{Read, SeekFrom};
use std::ops::ControlFlow;

use super::directory::read_at;
use super::entry::{Entry, HEADER_BYTES};
use super::{Each, Reader, broken, decode};
use crate::error::Reason;
use crate::source::names::Names;
use crate::source::{Input, Member, ReadSeek};

/// Bytes looked at in one go.
const SEARCH_BYTES: u64 = 64 * 1024;

/// What a header with all its names takes, at most.
const MAX_HEADER_BYTES: u64 = HEADER_BYTES as u64 + 2 * 65_535;

impl Reader<'_, '_> {
    /// Hands on every member whose header is found, and ends with the reason
    /// why that was necessary.
    pub(super) fn by_headers(&mut self, each: Each<'_>) -> Result<(), Reason> {
        let mut names = Names::of_dos(true);
        let mut at = 0;
        while let Some(header_at) = find(self.file, at, &[b"PK\x03\x04"])? {
            let bytes = read_at(self.file, header_at, MAX_HEADER_BYTES)?;
            let header = Entry::of_header(&bytes, header_at);
            let Some((entry, length)) = header.filter(|(entry, _)| entry.is_plausible()) else {
                at = header_at + 4;
                continue;
            };
            entry.note_name(&mut names);
            let name = entry.name(&mut names);
            let data_at = header_at + length as u64;
            at = data_at;
            if entry.is_folder(&name) {
                continue;
            }
            self.budget.admit(self.limits)?;
            let is_end_known = !entry.is_described_behind() || entry.packed > 0;
            let left = self.length - data_at.min(self.length);
            let packed = if is_end_known {
                entry.packed.min(left)
            } else if entry.method == 0 {
                let marks: [&[u8]; 3] = [b"PK\x07\x08", b"PK\x03\x04", b"PK\x01\x02"];
                find(self.file, data_at, &marks)?.map_or(left, |end| end - data_at)
            } else {
                left
            };
            let flow = if let Some(skip) = entry.skip() {
                at = data_at + if is_end_known { packed } else { 0 };
                each(Member::Skipped { name, skip })
            } else {
                let (flow, taken) = self.found(&entry, name, (data_at, packed), each)?;
                at = data_at + taken;
                flow
            };
            if flow.is_break() {
                return Ok(());
            }
        }
        Err(match at {
            0 => broken("no member in it"),
            _ => broken("its directory is missing or damaged; members were looked for"),
        })
    }

    /// Hands on a member; with the bytes it takes, 0 where it is damaged.
    fn found(
        &mut self,
        entry: &Entry,
        name: String,
        (data_at, packed): (u64, u64),
        each: Each<'_>,
    ) -> Result<(ControlFlow<()>, u64), Reason> {
        self.file
            .seek(SeekFrom::Start(data_at))
            .map_err(|e| Reason::of(&e))?;
        let hint = crate::source::hint_of_member(self.hint, &name);
        let source = (&mut *self.file).take(packed);
        let (source, meter, taken) = decode::metered(source, self.limits, &self.budget);
        let has_sums = !entry.is_described_behind();
        let (mut stream, verdict) = match decode::open(source, entry, has_sums, meter) {
            Ok(opened) => opened,
            Err(reason) => return Ok((each(Member::Rejected { name, reason }), 0)),
        };
        let flow = each(Member::File {
            name: Some(name.clone()),
            hint,
            input: Input::member(&mut stream, &self.budget),
        });
        if flow.is_break() {
            return Ok((flow, 0));
        }
        // Only the end of its content tells where the next header is.
        if std::io::copy(&mut stream, &mut std::io::sink()).is_err() {
            return Ok((flow, 0));
        }
        let flow = match verdict.take() {
            Some(reason) => each(Member::Rejected { name, reason }),
            None => flow,
        };
        Ok((flow, taken.get()))
    }
}

/// Where the first of `marks` lies, from `at` on.
fn find(file: &mut dyn ReadSeek, mut at: u64, marks: &[&[u8]]) -> Result<Option<u64>, Reason> {
    loop {
        let window = read_at(file, at, SEARCH_BYTES)?;
        let found = marks
            .iter()
            .filter_map(|mark| memchr::memmem::find(&window, mark))
            .min();
        if let Some(found) = found {
            return Ok(Some(at + found as u64));
        }
        if (window.len() as u64) < SEARCH_BYTES {
            return Ok(None);
        }
        // A mark may lie across the end of what was looked at.
        at += SEARCH_BYTES - 3;
    }
}
