//! Tokens of XML that may be ill-formed: a tag that never ends, a value
//! without quotes, a section that is cut off cost themselves and nothing that
//! follows. Runs in linear time and never fails.

use std::borrow::Cow;

use crate::text::markup;

/// A piece of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A start tag.
    Start(Tag<'a>),
    /// An end tag, by its name.
    End(&'a str),
    /// Text with its references.
    Text(&'a str),
    /// The inside of a CDATA section.
    Cdata(&'a str),
    /// The inside of a document type declaration.
    Doctype(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Its name with the prefix.
    pub name: &'a str,
    /// What stands between the name and the end.
    pub attributes: &'a str,
    /// Whether it is `<x/>`.
    pub empty: bool,
}

/// Longest tag in which a `>` in quotes is no end.
const MAX_TAG: usize = 64 * 1024;

/// Hands out tokens; comments and processing instructions are left out.
pub struct Scan<'a> {
    text: &'a str,
    /// First byte not yet handed out.
    at: usize,
}

impl<'a> Scan<'a> {
    /// The tokens of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where the next token starts.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes on from another place, which must be the border of a token.
    pub fn go(&mut self, at: usize) {
        self.at = at;
    }

    /// Skips to behind `end`, or to the end of the text.
    fn behind(&mut self, from: usize, end: &str) -> &'a str {
        let inside = &self.text[from..];
        let found = memchr::memmem::find(inside.as_bytes(), end.as_bytes());
        self.at = found.map_or(self.text.len(), |at| from + at + end.len());
        &inside[..found.unwrap_or(inside.len())]
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                return None;
            }
            let start = self.at;
            if !starts_markup(rest) {
                let end = 1 + next_markup(rest.get(1..).unwrap_or_default());
                // The first character may be longer than a byte.
                let end = (end..=rest.len())
                    .find(|at| rest.is_char_boundary(*at))
                    .unwrap_or(rest.len());
                self.at += end;
                return Some(Token::Text(&rest[..end]));
            }
            if rest.starts_with("<!--") {
                self.behind(start + 4, "-->");
            } else if rest.starts_with("<![CDATA[") {
                return Some(Token::Cdata(self.behind(start + 9, "]]>")));
            } else if rest.starts_with("<?") {
                self.behind(start + 2, ">");
            } else if rest.starts_with("<!") {
                let subset = rest
                    .find(['[', '>'])
                    .filter(|at| rest[*at..].starts_with('['));
                let inside = match subset {
                    Some(_) => self.behind(start + 2, "]"),
                    None => "",
                };
                if subset.is_none() || !rest[self.at - start..].trim_start().starts_with('>') {
                    self.behind(start + 2, ">");
                } else {
                    self.behind(self.at, ">");
                }
                return Some(Token::Doctype(inside));
            } else {
                let end = tag_end(rest);
                let inside = &rest[1..end.unwrap_or(rest.len())];
                self.at = end.map_or(self.text.len(), |end| start + end + 1);
                if let Some(name) = inside.strip_prefix('/') {
                    return Some(Token::End(name.trim()));
                }
                let empty = inside.ends_with('/');
                let inside = inside.strip_suffix('/').unwrap_or(inside);
                let (name, attributes) = inside
                    .find(char::is_whitespace)
                    .map_or((inside, ""), |at| inside.split_at(at));
                return Some(Token::Start(Tag {
                    name,
                    attributes,
                    empty,
                }));
            }
        }
    }
}

/// Whether a text starts with markup rather than a stray `<`.
fn starts_markup(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'<')
        && bytes.next().is_some_and(|byte| {
            byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?' | b'_') || byte >= 0x80
        })
}

fn next_markup(text: &str) -> usize {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'<', &text.as_bytes()[from..]) {
        if starts_markup(&text[from + at..]) {
            return from + at;
        }
        from += at + 1;
    }
    text.len()
}

/// Where the tag that a text starts with has its `>`. One inside a quoted
/// value does not count, unless the quote never closes.
fn tag_end(text: &str) -> Option<usize> {
    let bytes = &text.as_bytes()[..text.len().min(MAX_TAG)];
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        match (byte, quote) {
            (b'>', None) => return Some(at),
            (b'"' | b'\'', None) if bytes[..at].trim_ascii_end().ends_with(b"=") => {
                quote = Some(byte);
            }
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    memchr::memchr(b'>', text.as_bytes())
}

impl<'a> Tag<'a> {
    /// The attributes in their order, references decoded.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        let mut rest = self.attributes.trim();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = rest
                .find(|c: char| c == '=' || c.is_whitespace())
                .unwrap_or(rest.len());
            let name = &rest[..end];
            rest = rest[end..].trim_start();
            let Some(value) = rest.strip_prefix('=') else {
                return Some((name, Cow::Borrowed("")));
            };
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (value, after) = match quote {
                Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                None => value
                    .find(char::is_whitespace)
                    .map_or((value, ""), |at| value.split_at(at)),
            };
            rest = after.trim_start();
            let value = match value.contains('&') {
                true => Cow::Owned(markup::decode_entities(value)),
                false => Cow::Borrowed(value),
            };
            Some((name, value))
        })
    }

    /// The value of an attribute, by its name in any case.
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// References that a document declares for itself.
#[derive(Default)]
pub struct Declared(Vec<(String, String)>);

/// References a document may declare, and bytes of one: they are a way to
/// make a small file large.
const MAX_DECLARED: usize = 64;
const MAX_DECLARED_BYTES: usize = 256;

impl Declared {
    /// Reads the declarations of a document type.
    pub fn read(&mut self, doctype: &str) {
        for declaration in doctype.split("<!ENTITY").skip(1) {
            let mut parts = declaration.trim_start().splitn(2, char::is_whitespace);
            let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
                continue;
            };
            let value = value.trim_start();
            let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                continue;
            };
            let value = value[1..].split(quote).next().unwrap_or_default();
            if self.0.len() < MAX_DECLARED && value.len() <= MAX_DECLARED_BYTES {
                self.0.push((format!("&{name};"), value.to_owned()));
            }
        }
    }

    /// A text with its references decoded, declared ones once and not again
    /// inside themselves.
    pub fn decode(&self, text: &str) -> String {
        if self.0.is_empty() || !text.contains('&') {
            return markup::decode_entities(text);
        }
        let mut replaced = text.to_owned();
        for (reference, value) in &self.0 {
            replaced = replaced.replace(reference, value);
            if replaced.len() > text.len() + 64 * 1024 {
                return markup::decode_entities(text);
            }
        }
        markup::decode_entities(&replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        Scan::new(text)
            .map(|token| match token {
                Token::Start(tag) => format!("<{}>", tag.name),
                Token::End(name) => format!("</{name}>"),
                Token::Text(text) => text.to_owned(),
                Token::Cdata(text) => format!("[{text}]"),
                Token::Doctype(text) => format!("!{text}"),
            })
            .collect()
    }

    #[test]
    fn markup_is_told_from_stray_signs() {
        assert_eq!(
            tokens("<?xml?><!-- <a> --><a b='>'>5 < 6<![CDATA[<b>]]></a><c/>ü"),
            ["<a>", "5 < 6", "[<b>]", "</a>", "<c>", "ü"]
        );
    }

    #[test]
    fn what_is_cut_off_costs_only_itself() {
        assert_eq!(tokens("<a>x<![CDATA[y"), ["<a>", "x", "[y]"]);
        assert_eq!(tokens("<a b=\"x><c>y</c>"), ["<a>", "<c>", "y", "</c>"]);
        assert_eq!(tokens("<a>x</a"), ["<a>", "x", "</a>"]);
    }

    #[test]
    fn attributes_need_no_quotes() {
        let Some(Token::Start(tag)) = Scan::new("<a b=1 c='2 &amp; 3' d E = \"4\"/>").next() else {
            unreachable!("a tag");
        };
        let read: Vec<_> = tag.attributes().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(read, ["b=1", "c=2 & 3", "d=", "E=4"]);
        assert_eq!(tag.attribute("e").as_deref(), Some("4"));
    }

    #[test]
    fn declared_references_expand_once() {
        let mut declared = Declared::default();
        let text = "<!DOCTYPE a [<!ENTITY x \"&x;&x;y\">]><a>&x;</a>";
        let tokens: Vec<_> = Scan::new(text).collect();
        let [Token::Doctype(inside), ..] = tokens[..] else {
            unreachable!("a doctype");
        };
        declared.read(inside);
        assert_eq!(declared.decode("&x;&amp;"), "&x;&x;y&");
    }
}
