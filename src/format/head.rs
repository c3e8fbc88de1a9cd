//! The first bytes of a file as formats look at them: what several of them ask
//! (its text, whether it is one, its root element) is found once.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::text::charset;
use crate::text::xml::{self, Element};

/// The first [`HEAD_BYTES`](super::HEAD_BYTES) of a file at most, in the
/// file's own encoding (a BOM, NULs or bad bytes may occur), cut anywhere.
pub struct Head<'a> {
    bytes: &'a [u8],
    is_binary: OnceCell<bool>,
    text: OnceCell<Cow<'a, str>>,
    root: OnceCell<Option<Element>>,
}

impl<'a> Head<'a> {
    /// The head that `bytes` are.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_binary: OnceCell::new(),
            text: OnceCell::new(),
            root: OnceCell::new(),
        }
    }

    /// The bytes themselves.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether nothing is there, or no text in any encoding.
    pub fn is_binary(&self) -> bool {
        *self
            .is_binary
            .get_or_init(|| self.bytes.is_empty() || charset::looks_binary(self.bytes))
    }

    /// The bytes decoded, as they are or as their own markup declares.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| {
            let declared = match self.starts_with_markup() {
                true => charset::declared_in_markup(self.bytes),
                false => None,
            };
            let declared: Vec<&str> = declared.as_deref().into_iter().collect();
            charset::decode(self.bytes, &declared, None).text
        })
    }

    /// The root element, or an element named as the document type declares
    /// the root; `None` where there is no markup.
    pub fn root(&self) -> Option<&Element> {
        self.root
            .get_or_init(|| {
                self.starts_with_markup()
                    .then(|| xml::root_of(self.text()))
                    .flatten()
            })
            .as_ref()
    }

    /// Whether the first sign is that of a tag, in whichever encoding.
    fn starts_with_markup(&self) -> bool {
        let is_mark = |byte: &&u8| {
            byte.is_ascii_whitespace() || matches!(**byte, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF)
        };
        self.bytes.iter().find(|byte| !is_mark(byte)) == Some(&b'<')
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_known_in_any_encoding_and_only_where_markup_starts() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><nitf id='7'><he";
        let wide: Vec<u8> = [0xFE, 0xFF]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        let marked = format!(" \n\u{FEFF}{text}");
        for bytes in [text.as_bytes(), &wide, marked.as_bytes()] {
            let head = Head::new(bytes);
            let root = head.root().unwrap();
            assert_eq!((root.name(), root.attribute("id")), ("nitf", Some("7")));
        }
        assert_eq!(Head::new(b"plain <b>text</b>").root(), None);
    }

    #[test]
    fn only_markup_declares_how_it_is_decoded() {
        let page = "<meta charset=koi8-r>\u{CF}\u{F0}\u{E8}".chars();
        let page: Vec<u8> = page.map(|c| c as u8).collect();
        assert!(Head::new(&page).text().ends_with("оПХ"));
        assert!(
            !Head::new(&[b"\"", &page[..]].concat())
                .text()
                .contains("оПХ")
        );
        assert!(Head::new(b"").is_binary());
    }
}
