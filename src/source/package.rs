//! Texts and books that are zips inside: Office Open XML (`docx`),
//! OpenDocument (`odt`) and EPUB. To whoever walks an archive such a package is
//! one document, so its parts are handed on as one member, [`Parts`], and only
//! those that text is read from: pictures are never unpacked. What goes for the
//! members of a zip goes for parts, and together they are no larger than a
//! record may be.
//!
//! Formats: ECMA-376 part 2, OpenDocument 1.3 part 2, EPUB OCF 3.3. Documents
//! under a password lie in a compound file, MS-CFB, as MS-OFFCRYPTO says.

use std::io::{Read, SeekFrom};
use std::ops::ControlFlow;

use super::budget::Budget;
use super::{Container, Input, Limits, Member, ReadSeek, zip};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Opened, Parts, read_whole};

/// Packages of text.
pub(super) struct Package;

/// The kinds of packages that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Docx,
    Odt,
    Epub,
}

/// Extensions of word-processor documents in Office Open XML.
const DOCX: &[&str] = &["docx", "docm", "dotx", "dotm"];

/// What a compound file starts with.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

impl Container for Package {
    fn name(&self) -> &'static str {
        "package"
    }

    fn claims(&self, hint: &Hint, head: &[u8]) -> bool {
        kind(hint, head).is_some() || is_named_docx(hint) && head.starts_with(COMPOUND)
    }

    fn visit(
        &self,
        mut input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: &mut dyn FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let budget = input.budget();
        let head = input.peek(HEAD_BYTES).map_err(|e| Reason::of(&e))?;
        let other = Member::Itself {
            skip: Skip::Kind(hint.extension()),
        };
        let Some(kind) = kind(hint, head) else {
            let skip = match is_encrypted(&mut *input.seekable(limits.record_bytes)?) {
                true => Member::Itself {
                    skip: Skip::Encrypted,
                },
                false => other,
            };
            let _ = each(skip);
            return Ok(());
        };
        let mut taking = Taking {
            kind,
            most: limits.record_bytes,
            parts: Parts::default(),
            has_text: false,
            encrypted: false,
            rejected: Vec::new(),
        };
        let read = zip::Zip.visit(input, hint, limits, &mut |member| {
            taking.take(member);
            ControlFlow::Continue(())
        });
        let lost_text = !taking.rejected.is_empty() || read.is_err();
        for (name, reason) in taking.rejected {
            if each(Member::Rejected { name, reason }).is_break() {
                return Ok(());
            }
        }
        let flow = match (taking.has_text, taking.encrypted) {
            (true, _) => {
                let bytes = taking.parts.into_bytes();
                let hint = Hint {
                    media_type: Some(kind.media_type().to_owned()),
                    ..hint.clone()
                };
                each(Member::File {
                    name: None,
                    hint,
                    input: Input::bytes(&bytes, &budget),
                })
            }
            (false, true) => each(Member::Itself {
                skip: Skip::Encrypted,
            }),
            // A spreadsheet under another name, or any zip.
            (false, false) if !lost_text => each(other),
            (false, false) => ControlFlow::Continue(()),
        };
        match flow {
            ControlFlow::Break(()) => Ok(()),
            ControlFlow::Continue(()) => read,
        }
    }
}

/// Opens a package that lies in memory; gives nothing where it is none.
pub(super) fn opened(bytes: &[u8], hint: &Hint, limits: &Limits) -> Vec<Opened> {
    let mut found = Vec::new();
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    if !Package.claims(hint, head) {
        return found;
    }
    let budget = Budget::new(Some(bytes.len() as u64));
    let input = Input::bytes(bytes, &budget);
    let read = Package.visit(input, hint, limits, &mut |member| {
        found.push(match member {
            Member::File {
                hint, mut input, ..
            } => match read_whole(&mut input, limits.record_bytes) {
                Ok(parts) => Opened::Document(parts, hint),
                Err(reason) => Opened::Rejected(reason),
            },
            Member::Itself { skip } | Member::Skipped { skip, .. } => Opened::Skipped(skip),
            Member::Rejected { reason, .. } => Opened::Rejected(reason),
            Member::Record { .. } => return ControlFlow::Continue(()),
        });
        ControlFlow::Continue(())
    });
    found.extend(read.err().map(Opened::Rejected));
    found
}

/// Bytes of a package that are looked at to tell what it is.
const HEAD_BYTES: usize = 1024;

impl Kind {
    /// The media type that the parts are handed on under.
    fn media_type(self) -> &'static str {
        match self {
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Epub => "application/epub+zip",
        }
    }

    /// What a member is to a document of this kind.
    fn role(self, name: &str) -> Role {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        match (self, folder, file) {
            // SharePoint names it `document2.xml`.
            (Self::Docx, "word", _) if extension == "xml" && stem.starts_with("document") => {
                Role::Text
            }
            (Self::Docx, "word", "styles.xml" | "footnotes.xml" | "endnotes.xml")
            | (Self::Docx, "docProps", "core.xml")
            | (Self::Odt, "", "meta.xml")
            | (Self::Odt, "META-INF", "manifest.xml")
            | (Self::Epub, "META-INF", "container.xml" | "encryption.xml") => Role::Beside,
            (Self::Odt, "", "content.xml") => Role::Text,
            (_, "META-INF", _) => Role::None,
            (Self::Epub, ..) => match extension.to_ascii_lowercase().as_str() {
                "html" | "xhtml" | "htm" | "xht" | "xml" => Role::Text,
                "opf" | "ncx" => Role::Beside,
                _ => Role::None,
            },
            _ => Role::None,
        }
    }
}

/// What a part of a package holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Running text.
    Text,
    /// What is said of it.
    Beside,
    /// Nothing to read: pictures, fonts, settings.
    None,
}

fn is_named_docx(hint: &Hint) -> bool {
    DOCX.contains(&hint.extension().as_str())
}

/// What kind of package a file is, as far as its start and its name tell.
fn kind(hint: &Hint, head: &[u8]) -> Option<Kind> {
    let (first, content) = zip::first_name(head)?;
    if first == b"mimetype" {
        let is = |kind: &str| content.starts_with(kind.as_bytes());
        if is("application/epub+zip") {
            return Some(Kind::Epub);
        }
        if is("application/vnd.oasis.opendocument.text") {
            return Some(Kind::Odt);
        }
        if is("application/") {
            return None;
        }
    }
    match hint.extension().as_str() {
        "epub" => return Some(Kind::Epub),
        "odt" | "ott" => return Some(Kind::Odt),
        extension if DOCX.contains(&extension) => return Some(Kind::Docx),
        extension if zip::is_document(extension) => return None,
        _ => {}
    }
    let starts: [&[u8]; 4] = [b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/"];
    let is_office = starts.iter().any(|start| first.starts_with(start));
    is_office.then_some(Kind::Docx)
}

/// Gathers the parts that are read.
struct Taking {
    kind: Kind,
    /// Bytes that they may take in all.
    most: u64,
    parts: Parts,
    has_text: bool,
    encrypted: bool,
    rejected: Vec<(String, Reason)>,
}

impl Taking {
    fn take(&mut self, member: Member<'_>) {
        match member {
            Member::File {
                name: Some(name),
                mut input,
                ..
            } => {
                let role = self.kind.role(&name);
                if role != Role::None {
                    self.part(name, role, &mut input);
                }
            }
            Member::Rejected { name, reason } if self.kind.role(&name) != Role::None => {
                let is_told = self.rejected.last().is_some_and(|(told, _)| *told == name);
                if !is_told {
                    self.rejected.push((name, reason));
                }
            }
            Member::Skipped {
                name,
                skip: Skip::Encrypted,
            } => {
                self.encrypted |= self.kind.role(&name) == Role::Text;
            }
            _ => {}
        }
    }

    /// Adds a part, or as much of it as could be read.
    fn part(&mut self, name: String, role: Role, input: &mut Input<'_>) {
        let taken = (self.parts.len() + Parts::cost(&name, 0)) as u64;
        let left = self.most.saturating_sub(taken);
        let mut content = Vec::new();
        let read = input.take(left.saturating_add(1)).read_to_end(&mut content);
        let failed = match read {
            Ok(_) if content.len() as u64 > left => Some(Reason::TooLarge { limit: self.most }),
            Ok(_) => None,
            Err(error) => Some(Reason::of(&error)),
        };
        let is_kept = matches!(failed, None | Some(Reason::Broken { .. })) && !content.is_empty();
        if is_kept && content.len() as u64 <= left {
            self.parts.push(&name, &content);
            self.has_text |= role == Role::Text;
        } else if failed.is_some() && left >= Parts::cost("", 0) as u64 {
            // Its reader shall know that it is not missing, and was told of.
            self.parts.push(&name, b"");
        }
        self.rejected.extend(failed.map(|reason| (name, reason)));
    }
}

/// Whether a compound file holds a document under a password: its directory
/// names the stream that does.
fn is_encrypted(file: &mut dyn ReadSeek) -> bool {
    /// Sectors of the directory that are looked at; it has one or two.
    const LOOKS: usize = 4 * 4096;
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut header = [0; 52];
    if file.seek(SeekFrom::Start(0)).is_err() || file.read_exact(&mut header).is_err() {
        return false;
    }
    let shift = u32::from(header[30]).min(20);
    let sector = u64::from(u32::from_le_bytes([
        header[48], header[49], header[50], header[51],
    ]));
    let mut directory = Vec::new();
    file.seek(SeekFrom::Start((sector + 1) << shift)).is_ok()
        && file.take(LOOKS as u64).read_to_end(&mut directory).is_ok()
        && memchr::memmem::find(&directory, &name).is_some()
}

#[cfg(test)]
mod tests;
