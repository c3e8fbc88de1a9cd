//! Elements of a feed with their insides, whether they end or not, and the
//! text that escaped markup stands for.

use std::collections::HashSet;

use super::names::local;
use super::scan::{Declared, Scan, Tag, Token};
use crate::format::fields;

/// Elements without an end that are looked for before all unknown ones are
/// taken to have none.
const MAX_UNENDED: usize = 64;

/// Elements of a piece of a feed, each with its inside.
pub struct Elements<'a> {
    text: &'a str,
    scan: Scan<'a>,
    unended: HashSet<&'a str>,
}

impl<'a> Elements<'a> {
    /// The elements of a text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            scan: Scan::new(text),
            unended: HashSet::new(),
        }
    }

    /// The next start tag; text between the elements is left out.
    pub fn tag(&mut self) -> Option<Tag<'a>> {
        self.scan.by_ref().find_map(|token| match token {
            Token::Start(tag) => Some(tag),
            _ => None,
        })
    }

    /// The inside of an item: up to its end tag, or to the next item where it
    /// has none.
    pub fn item(&mut self, tag: &Tag<'a>) -> &'a str {
        let start = self.scan.at();
        let mut end = start;
        if tag.empty {
            return "";
        }
        let own = local(tag.name);
        while let Some(token) = self.scan.next() {
            match token {
                Token::End(name) if local(name) == own => return &self.text[start..end],
                Token::Start(next) if local(next.name) == own => {
                    self.scan.go(end);
                    return &self.text[start..end];
                }
                _ => end = self.scan.at(),
            }
        }
        &self.text[start..end]
    }

    /// The source between a start tag, just read, and its end tag, behind
    /// which reading goes on. Without an end tag the next start or end tag
    /// ends it.
    pub fn inside(&mut self, tag: &Tag<'a>) -> &'a str {
        let start = self.scan.at();
        if tag.empty {
            return "";
        }
        let searched = !self.unended.contains(tag.name) && self.unended.len() < MAX_UNENDED;
        let (mut depth, mut at) = (1usize, start);
        while searched && let Some(token) = self.scan.next() {
            match token {
                Token::Start(inner) if inner.name == tag.name && !inner.empty => depth += 1,
                Token::End(name) if name.eq_ignore_ascii_case(tag.name) => {
                    depth -= 1;
                    if depth == 0 {
                        return &self.text[start..at];
                    }
                }
                _ => {}
            }
            at = self.scan.at();
        }
        if searched {
            self.unended.insert(tag.name);
        }
        self.scan.go(start);
        let mut end = start;
        while let Some(token) = self.scan.next() {
            if matches!(token, Token::Start(_) | Token::End(_)) {
                break;
            }
            end = self.scan.at();
        }
        self.scan.go(end);
        &self.text[start..end]
    }
}

/// The text that escaped markup stands for: references decoded, sections as
/// they are, stray tags kept.
pub fn unescaped(source: &str, declared: &Declared) -> String {
    let mut text = String::with_capacity(source.len());
    let mut scan = Scan::new(source);
    let mut start = 0;
    while let Some(token) = scan.next() {
        match token {
            Token::Text(piece) => text.push_str(&declared.decode(piece)),
            Token::Cdata(piece) => text.push_str(piece),
            Token::Start(_) | Token::End(_) => text.push_str(&source[start..scan.at()]),
            Token::Doctype(_) => {}
        }
        start = scan.at();
    }
    text
}

/// The inside of the first child of that local name, on one line.
pub fn child(source: &str, name: &str, declared: &Declared) -> Option<String> {
    let mut elements = Elements::new(source);
    while let Some(tag) = elements.tag() {
        if local(tag.name) == name {
            let text = unescaped(elements.inside(&tag), declared);
            return Some(fields::one_line(&text)).filter(|text| !text.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_without_an_end_hides_nothing() {
        let mut elements = Elements::new("<a>1<b>2</b><c>3</C><d>4<d>5</d></d>");
        let mut read = Vec::new();
        while let Some(tag) = elements.tag() {
            read.push((tag.name, elements.inside(&tag)));
        }
        assert_eq!(
            read,
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4<d>5</d>")]
        );
    }
}
