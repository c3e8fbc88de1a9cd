//! Zip archives, by their directory; by the headers of their members where
//! that is gone. Deflate, bzip2, xz, lzma, zstd and stored members; zip64;
//! anything in front, as in self-extracting ones.
//!
//! An own reader, because the directory may name a member twice, may lie about
//! where members lie and how long they are, or may be missing: what one reads
//! must not cost the others. The directory is read in pieces, so memory does
//! not grow with the number of members but by 16 bytes for each, which it
//! takes to tell members that lie one in another. Programs and spreadsheets, which
//! are zips inside, are no containers; texts and books are the business of
//! [`package`](super::package).
//!
//! Format: PKWARE's APPNOTE 6.3.10; names by Info-ZIP's extra field 0x7075.

mod decode;
mod directory;
mod entry;
mod scan;
#[cfg(test)]
mod tests;

use std::io::SeekFrom;
use std::ops::ControlFlow;
use std::rc::Rc;

use self::directory::Directory;
use self::entry::Entry;
use super::budget::Budget;
use super::{Container, Input, Limits, Member, ReadSeek};
use crate::error::{Reason, Skip};
use crate::record::Hint;

const KIND: &str = "zip";

/// Zip archives.
pub(super) struct Zip;

/// The name of the first member of an archive, if `head` is the start of one
/// without anything in front, and what follows the name.
pub(super) fn first_name(head: &[u8]) -> Option<(&[u8], &[u8])> {
    let entry = head.get(..entry::HEADER_BYTES)?;
    if !entry.starts_with(b"PK\x03\x04") {
        return None;
    }
    let name = usize::from(entry::u16_at(entry, 26));
    let extra = usize::from(entry::u16_at(entry, 28));
    let rest = head.get(entry::HEADER_BYTES..)?;
    let name = rest.get(..name)?;
    Some((name, rest.get(name.len() + extra..).unwrap_or_default()))
}

type Each<'e> = &'e mut dyn FnMut(Member<'_>) -> ControlFlow<()>;

/// Extensions of documents and programs that are zips inside.
const DOCUMENTS: &[&str] = &[
    "docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "pptx", "pptm", "ppsx", "odt", "ods",
    "odp", "odg", "ott", "epub", "jar", "war", "ear", "aar", "apk", "ipa", "xpi", "crx", "vsix",
    "whl", "egg", "nupkg", "kmz", "oxps", "xps", "sketch", "pages", "numbers", "key", "cbz",
];

/// Whether files of an extension are documents or programs that are zips inside.
pub(super) fn is_document(extension: &str) -> bool {
    DOCUMENTS.contains(&extension)
}

/// Names that the first member of such a file has.
const DOCUMENT_STARTS: &[&[u8]] = &[
    b"mimetype",
    b"[Content_Types].xml",
    b"_rels/",
    b"docProps/",
    b"word/",
    b"xl/",
    b"ppt/",
    b"META-INF/",
    b"AndroidManifest.xml",
];

impl Container for Zip {
    fn name(&self) -> &'static str {
        KIND
    }

    fn claims(&self, hint: &Hint, head: &[u8]) -> bool {
        let extension = hint.extension();
        if is_document(&extension) {
            return false;
        }
        let first = match head {
            [b'P', b'K', 7, 8, rest @ ..] | [b'P', b'K', b'0', b'0', rest @ ..] => rest,
            _ => head,
        };
        match first {
            [b'P', b'K', 3, 4, ..] => {
                let name = first.get(30..).unwrap_or_default();
                !DOCUMENT_STARTS.iter().any(|start| name.starts_with(start))
            }
            [b'P', b'K', 5, 6, ..] => true,
            // A program that may carry an archive.
            [b'M', b'Z', ..] => matches!(extension.as_str(), "exe" | "sfx" | "zip" | ""),
            _ => matches!(extension.as_str(), "zip" | "zipx" | "sfx"),
        }
    }

    fn visit(
        &self,
        mut input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        let is_program =
            input.peek(2).is_ok_and(|head| head.starts_with(b"MZ")) && hint.extension() != "zip";
        let budget = input.budget();
        let itself = Member::Itself {
            skip: Skip::Kind(hint.extension()),
        };
        let mut file = match input.seekable(limits.record_bytes) {
            Ok(file) => file,
            Err(Reason::TooLarge { .. }) if is_program => {
                let _ = each(itself);
                return Ok(());
            }
            Err(reason) => return Err(reason),
        };
        let mut reader = Reader {
            length: file.seek(SeekFrom::End(0)).map_err(|e| Reason::of(&e))?,
            file: &mut *file,
            budget,
            hint,
            limits,
        };
        match Directory::find(reader.file, reader.length)? {
            Some(directory) => reader.by_directory(directory, each),
            None if is_program => {
                let _ = each(itself);
                Ok(())
            }
            None => reader.by_headers(each),
        }
    }
}

struct Reader<'f, 'h> {
    file: &'f mut (dyn ReadSeek + 'f),
    length: u64,
    budget: Rc<Budget>,
    hint: &'h Hint,
    limits: &'h Limits,
}

/// Something is wrong with the archive.
fn broken(detail: impl Into<String>) -> Reason {
    Reason::Broken {
        kind: KIND,
        detail: detail.into(),
    }
}

impl Reader<'_, '_> {
    fn by_directory(&mut self, mut directory: Directory, each: Each<'_>) -> Result<(), Reason> {
        let mut survey = directory.survey(self.file, self.limits.members)?;
        let mut names = std::mem::take(&mut survey.names);
        let mut number = 0;
        loop {
            let batch = directory.batch(self.file)?;
            if batch.is_empty() {
                break;
            }
            for entry in batch {
                let name = entry.name(&mut names);
                let place = (entry.header_at, number);
                number += 1;
                if entry.is_folder(&name) {
                    continue;
                }
                self.budget.admit(self.limits)?;
                let fits = entry
                    .header_at
                    .checked_add(30)
                    .and_then(|start| start.checked_add(entry.packed))
                    .is_some_and(|end| {
                        end <= directory.starts_at()
                            && !survey.is_listed_before(place)
                            && !self.has_header(survey.within(entry.header_at, end))
                    });
                let flow = if let Some(skip) = entry.skip() {
                    each(Member::Skipped { name, skip })
                } else if fits {
                    self.member(&entry, name, each)
                } else {
                    let reason = broken("overlaps another member");
                    each(Member::Rejected { name, reason })
                };
                if flow.is_break() {
                    return Ok(());
                }
            }
        }
        match survey.damage {
            Some(reason) => Err(reason),
            None => Ok(()),
        }
    }

    /// Whether a header is where one is said to be: an entry that lies about
    /// its own place must not cost the member there.
    fn has_header(&mut self, said: &[(u64, u64)]) -> bool {
        const LOOKS: usize = 64;
        said.len() > LOOKS
            || said.iter().any(|&(at, _)| {
                directory::read_at(self.file, at, 4).is_ok_and(|mark| mark == b"PK\x03\x04")
            })
    }

    /// Hands on a member whose header lies where the directory says.
    fn member(&mut self, entry: &Entry, name: String, each: Each<'_>) -> ControlFlow<()> {
        let start = match entry.data_starts_at(self.file) {
            Ok(start) => start,
            Err(reason) => return each(Member::Rejected { name, reason }),
        };
        if entry.packed > self.length.saturating_sub(start) {
            let reason = super::body::cut_short(KIND);
            return each(Member::Rejected { name, reason });
        }
        if let Err(error) = self.file.seek(SeekFrom::Start(start)) {
            let reason = Reason::of(&error);
            return each(Member::Rejected { name, reason });
        }
        let packed = std::io::Read::take(&mut *self.file, entry.packed);
        let (packed, meter, _) = decode::metered(packed, self.limits, &self.budget);
        let (stream, verdict) = match decode::open(packed, entry, true, meter) {
            Ok(opened) => opened,
            Err(reason) => return each(Member::Rejected { name, reason }),
        };
        each(Member::File {
            name: Some(name.clone()),
            hint: super::hint_of_member(self.hint, &name),
            input: Input::member(stream, &self.budget),
        })?;
        // What could be read was read; that it is not what it should be is told
        // beside it.
        match verdict.take() {
            Some(reason) => each(Member::Rejected { name, reason }),
            None => ControlFlow::Continue(()),
        }
    }
}
