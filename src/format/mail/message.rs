//! A message as its headers and parts. What is malformed is read as far as it
//! goes: a boundary that never ends, headers without a body.

use std::borrow::Cow;

use crate::record::Hint;

use super::coding::{self, Structured};

/// Levels of parts in parts that are followed.
const MAX_DEPTH: usize = 16;

/// Parts of a message that are looked at.
const MAX_PARTS: usize = 1000;

/// The headers of a message or part, raw.
pub struct Headers<'a>(Vec<(&'a [u8], Cow<'a, [u8]>)>);

impl<'a> Headers<'a> {
    /// Parts a message into its headers and what follows the blank line.
    pub fn split(bytes: &'a [u8]) -> (Self, &'a [u8]) {
        let mut headers: Vec<(&[u8], Cow<'_, [u8]>)> = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = &rest[..end];
            let bare = trim_line(line);
            if bare.is_empty() {
                rest = &rest[end..];
                break;
            }
            if bare[0] == b' ' || bare[0] == b'\t' {
                // Folded; before the first header it is nothing.
                if let Some((_, value)) = headers.last_mut() {
                    let value = value.to_mut();
                    value.push(b' ');
                    value.extend_from_slice(bare.trim_ascii());
                }
            } else if let Some(name) = header_name(bare) {
                let value = bare[name.len() + 1..].trim_ascii();
                headers.push((name, Cow::Borrowed(value)));
            } else {
                // The text starts without a blank line.
                break;
            }
            rest = &rest[end..];
        }
        (Self(headers), rest)
    }

    /// The value of the first header of that name.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        let found = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(&found.1)
    }

    /// The same as text, its encoded words decoded, on one line.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = coding::words(self.raw(name)?);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then_some(line)
    }

    fn structured(&self, name: &str) -> Structured {
        self.raw(name)
            .map(|raw| Structured::read(&String::from_utf8_lossy(raw)))
            .unwrap_or_default()
    }
}

/// The name a header line starts with.
pub fn header_name(line: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b':', line)?;
    let name = &line[..end];
    let is_name = (1..=76).contains(&end)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    is_name.then_some(name)
}

fn trim_line(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A part that holds text.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// Its bytes, transfer encoding undone.
    pub bytes: Vec<u8>,
    /// Its charset label.
    pub charset: Option<String>,
    /// Whether it is HTML.
    pub is_html: bool,
    /// Whether its lines are broken where a blank ends them only.
    pub flowed: bool,
    /// The address of a saved page.
    pub location: Option<String>,
}

/// What a message holds.
#[derive(Debug, Default)]
pub struct Body {
    /// Texts in order; of alternatives each.
    pub texts: Vec<Text>,
    /// Files sent along that are no text: the extension of each.
    pub attachments: Vec<String>,
    /// Documents sent along.
    pub documents: Vec<Document>,
}

/// A document that was sent along.
#[derive(Debug)]
pub struct Document {
    /// The name of its file; a stand-in where it has none.
    pub name: String,
    /// Its bytes, transfer encoding undone.
    pub bytes: Vec<u8>,
}

/// The extension that a document is read by, by that of its file or else by its
/// media type; `None` for files that hold no running text.
fn document_extension<'a>(extension: &'a str, media_type: &str) -> Option<&'a str> {
    const EXTENSIONS: &[&str] = &[
        "docx", "docm", "dotx", "odt", "ott", "fodt", "rtf", "epub", "pdf",
    ];
    const MEDIA_TYPES: &[(&str, &str)] = &[
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "docx",
        ),
        ("application/vnd.oasis.opendocument.text", "odt"),
        ("application/epub+zip", "epub"),
        ("application/pdf", "pdf"),
        ("application/x-pdf", "pdf"),
        ("application/rtf", "rtf"),
        ("text/rtf", "rtf"),
        ("application/x-rtf", "rtf"),
    ];
    if EXTENSIONS.contains(&extension) {
        return Some(extension);
    }
    let known = MEDIA_TYPES.iter().find(|(kind, _)| *kind == media_type);
    known.map(|(_, extension)| *extension)
}

impl Body {
    /// Reads the parts of a message.
    pub fn read(headers: &Headers<'_>, body: &[u8]) -> Self {
        let mut read = Self::default();
        read.add(headers, body, MAX_DEPTH);
        read
    }

    fn add(&mut self, headers: &Headers<'_>, body: &[u8], depth: usize) {
        let found = self.texts.len() + self.attachments.len() + self.documents.len();
        if found >= MAX_PARTS || depth == 0 {
            return;
        }
        let kind = headers.structured("content-type");
        let disposition = headers.structured("content-disposition");
        if let (true, Some(boundary)) = (
            kind.value.starts_with("multipart/"),
            kind.parameter("boundary"),
        ) {
            let before = self.attachments.len();
            for part in parts(body, boundary) {
                let (headers, body) = Headers::split(part);
                self.add(&headers, body, depth - 1);
            }
            if kind.value == "multipart/related" {
                // Pictures and styles of the page that they came with.
                self.attachments.truncate(before);
            }
            return;
        }
        let encoding = headers.structured("content-transfer-encoding").value;
        let undo = || match encoding.as_str() {
            "quoted-printable" => coding::quoted_printable(body),
            "base64" => coding::base64(body),
            _ => body.to_vec(),
        };
        match kind.value.as_str() {
            "message/rfc822" => {
                let whole = undo();
                let (headers, body) = Headers::split(&whole);
                self.add(&headers, body, depth - 1);
            }
            "" | "text/plain" | "text/html" | "text" | "application/xhtml+xml" => {
                self.texts.push(Text {
                    bytes: undo(),
                    charset: kind.parameter("charset").map(str::to_owned),
                    is_html: kind.value.contains("html"),
                    flowed: kind.parameter("format") == Some("flowed"),
                    location: headers.text("content-location"),
                });
            }
            // A boundary was promised and never told.
            value if value.starts_with("multipart/") => self.texts.push(Text {
                bytes: undo(),
                charset: None,
                is_html: false,
                flowed: false,
                location: None,
            }),
            value => {
                let name = disposition
                    .parameter("filename")
                    .or_else(|| kind.parameter("name"));
                let name = name.unwrap_or_default();
                let extension = Hint::named(name).extension();
                if let Some(read_by) = document_extension(&extension, value) {
                    self.documents.push(Document {
                        name: match extension == read_by {
                            true => name.to_owned(),
                            false => format!("attached.{read_by}"),
                        },
                        bytes: undo(),
                    });
                    return;
                }
                self.attachments.push(match extension.as_str() {
                    "" => value.rsplit('/').next().unwrap_or(value).to_owned(),
                    _ => extension,
                });
            }
        }
    }
}

/// The parts between boundary lines. The last one may lack its end.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at < body.len() {
        let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |end| at + end + 1);
        let line = body[at..end].trim_ascii_end();
        let after = line
            .strip_prefix(b"--")
            .and_then(|rest| rest.strip_prefix(boundary.as_bytes()));
        if let Some(after @ (b"" | b"--")) = after {
            if let Some(start) = start.take() {
                parts.push(&body[start..at]);
            }
            if after == b"--" || parts.len() >= MAX_PARTS {
                return parts;
            }
            start = Some(end);
        }
        at = end;
    }
    if let Some(start) = start {
        parts.push(&body[start..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_unfolded_and_end_at_the_first_line_that_is_none() {
        let (headers, rest) = Headers::split(b"Subject: a\r\n b\r\nX: y\r\n\r\ntext");
        assert_eq!(headers.text("subject").as_deref(), Some("a b"));
        assert_eq!(rest, b"text");
        let (headers, rest) = Headers::split(b"Subject: a\nThe text, at once");
        assert_eq!(headers.0.len(), 1);
        assert_eq!(rest, b"The text, at once");
    }

    #[test]
    fn parts_in_parts_are_found_and_files_named() {
        let message = b"Content-Type: multipart/mixed; boundary=\"a\"\n\nnot read\n--a\n\
            Content-Type: multipart/alternative; boundary=ab\n\n--ab\n\nplain\n--ab\n\
            Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\nPGI+\n--ab--\n--a\n\
            Content-Type: image/png\n\nxyz\n--a\nContent-Type: text/plain\nContent-Disposition: attachment; filename=story.txt\n\nAttached.\n--a\n\
            Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"Story.PDF\"\n\nxyz\n";
        let (headers, body) = Headers::split(message);
        let read = Body::read(&headers, body);
        let texts: Vec<_> = read
            .texts
            .iter()
            .map(|text| (String::from_utf8_lossy(&text.bytes), text.is_html))
            .collect();
        assert_eq!(
            texts,
            [
                ("plain\n".into(), false),
                ("<b>".into(), true),
                ("Attached.\n".into(), false)
            ]
        );
        assert_eq!(read.attachments, ["png"]);
        let documents: Vec<&str> = read.documents.iter().map(|d| d.name.as_str()).collect();
        assert_eq!(documents, ["Story.PDF"]);
    }
}
