//! How mail writes what is not plain ASCII: quoted-printable, base64, encoded
//! words in headers, parameters in pieces. Reads what is well-formed and makes the best of
//! what is not; never fails.

use crate::text::charset;

/// Bytes of quoted-printable text. What is no escape stays as it is.
pub fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest[0] != b'=' {
            bytes.push(rest[0]);
            at += 1;
        } else if let Some(byte) = hex(rest.get(1), rest.get(2)) {
            bytes.push(byte);
            at += 3;
        } else {
            let blanks = rest[1..]
                .iter()
                .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
                .count();
            if rest.get(1 + blanks) == Some(&b'\n') {
                // A soft line break.
                at += blanks + 2;
            } else if 1 + blanks == rest.len() {
                at = text.len();
            } else {
                bytes.push(b'=');
                at += 1;
            }
        }
    }
    bytes
}

fn hex(high: Option<&u8>, low: Option<&u8>) -> Option<u8> {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Bytes of base64; other signs are passed over, and what is left of a group
/// at the end counts as far as it goes.
pub fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                // Padding ends a group; another may follow.
                (bits, held) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
    }
    bytes
}

/// A header's text with its encoded words (`=?utf-8?Q?caf=C3=A9?=`) decoded.
/// `raw` may hold 8-bit text, which breaks the rules and is frequent.
pub fn words(raw: &[u8]) -> String {
    let text = charset::decode(raw, &[], None).text;
    let mut decoded = String::with_capacity(text.len());
    // Words that follow each other belong together: a character may be cut in two.
    let mut open: Option<(String, Vec<u8>)> = None;
    let mut rest = &*text;
    while let Some(at) = rest.find("=?") {
        let Some((label, bytes, length)) = word(&rest[at..]) else {
            flush(&mut open, &mut decoded);
            decoded.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        };
        let between = &rest[..at];
        let joins = open.is_some() && between.trim().is_empty();
        if !joins {
            flush(&mut open, &mut decoded);
            decoded.push_str(between);
        }
        match &mut open {
            Some((held, all)) if held.eq_ignore_ascii_case(&label) => all.extend(bytes),
            _ => {
                flush(&mut open, &mut decoded);
                open = Some((label, bytes));
            }
        }
        rest = &rest[at + length..];
    }
    flush(&mut open, &mut decoded);
    decoded.push_str(rest);
    decoded
}

fn flush(open: &mut Option<(String, Vec<u8>)>, decoded: &mut String) {
    if let Some((label, bytes)) = open.take() {
        let text = charset::decode_labelled(&bytes, &label)
            .unwrap_or_else(|| charset::decode(&bytes, &[], None).text.into_owned());
        decoded.push_str(&text);
    }
}

/// The encoded word a text starts with: its charset, bytes and length.
fn word(text: &str) -> Option<(String, Vec<u8>, usize)> {
    let inside = text.strip_prefix("=?")?;
    let (label, rest) = inside.split_once('?')?;
    let (kind, rest) = rest.split_once('?')?;
    let end = rest.find("?=")?;
    let value = &rest[..end];
    if label.len() > 60 || value.len() > 4000 || label.contains(char::is_whitespace) {
        return None;
    }
    let bytes = match kind {
        "Q" | "q" => quoted_printable(value.replace('_', " ").as_bytes()),
        "B" | "b" => base64(value.as_bytes()),
        _ => return None,
    };
    // `utf-8*en` names a language too. Signs that should have been encoded and
    // are not were decoded with the rest of the header.
    let label = match value.is_ascii() {
        true => label.split('*').next().unwrap_or(label).to_owned(),
        false => "utf-8".to_owned(),
    };
    let length = 2 + label_length(inside) + 1 + kind.len() + 1 + end + 2;
    Some((label, bytes, length))
}

fn label_length(inside: &str) -> usize {
    inside.find('?').unwrap_or(inside.len())
}

/// A header that consists of a value and parameters, as `Content-Type`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Structured {
    /// The value, lower case.
    pub value: String,
    parameters: Vec<(String, String)>,
}

impl Structured {
    /// Reads `text/plain; charset="utf-8"`.
    pub fn read(text: &str) -> Self {
        let (value, mut rest) = text.split_once(';').unwrap_or((text, ""));
        let mut parameters = Vec::new();
        while let Some((name, after)) = rest.split_once('=') {
            let after = after.trim_start();
            let (value, after) = match after.strip_prefix('"') {
                Some(inner) => {
                    let (value, after) = inner.split_once('"').unwrap_or((inner, ""));
                    (value, after.split_once(';').map_or("", |(_, after)| after))
                }
                None => after.split_once(';').unwrap_or((after, "")),
            };
            let name = name.trim_matches(|c: char| c.is_whitespace() || c == ';');
            parameters.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            rest = after;
        }
        let value = value.split_whitespace().next().unwrap_or_default();
        Self {
            value: value.to_ascii_lowercase(),
            parameters,
        }
    }

    /// A parameter by its name in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let plain = self
            .parameters
            .iter()
            .find(|(known, _)| known == name || known.split('*').next() == Some(name))?;
        Some(plain.1.as_str()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_encodings_are_undone_as_far_as_they_go() {
        assert_eq!(
            quoted_printable(b"caf=C3=A9 =\r\nau =\nlait = 5=ZZ="),
            "café au lait = 5=ZZ".as_bytes()
        );
        assert_eq!(base64(b"Y2Fm\r\nw6k="), "café".as_bytes());
        assert_eq!(base64(b"Y2Fmw6"), b"caf\xC3");
        assert_eq!(base64(b"YQ==YmM="), b"abc");
    }

    #[test]
    fn encoded_words_are_joined_and_broken_ones_kept() {
        let read = [
            "=?utf-8?Q?caf=C3?= =?UTF-8?Q?=A9_noir?= x",
            "Re: =?iso-8859-1?B?Z3L832U=?= =?koi8-r?b?zcnS?=",
            "=?x?y?z =?utf-8?Q?a?=",
            "=?unknown-8bit?Q?a=E9?=",
            "=?windows-1252?Q?a’s_b?=",
        ]
        .map(|text| words(text.as_bytes()));
        assert_eq!(
            read,
            ["café noir x", "Re: grüßeмир", "=?x?y?z a", "aé", "a’s b"]
        );
        assert_eq!(words("Grüße".as_bytes()), "Grüße");
    }

    #[test]
    fn parameters_need_no_quotes() {
        let header =
            Structured::read("Text/Plain; charset=\"UTF-8\"; boundary=a=b ;format*0=flowed");
        assert_eq!(header.value, "text/plain");
        assert_eq!(header.parameter("charset"), Some("UTF-8"));
        assert_eq!(header.parameter("boundary"), Some("a=b"));
        assert_eq!(header.parameter("format"), Some("flowed"));
    }
}
