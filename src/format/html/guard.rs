//! Keeps pages away from the tree builder that it would choke on: html5ever
//! takes minutes for 100 KB of nested `<div>`, of misnested `<b><i>`, or for
//! one tag with 200,000 attributes. One linear scan over the markup tells.

use crate::text::markup;

/// Longest tag in bytes. Pages with pictures inside their markup come near.
const MOST_TAG_BYTES: usize = 1 << 20;

/// Most values a single tag may hold.
const MOST_ATTRIBUTES: usize = 10_000;

/// Deepest nesting of elements.
const MOST_DEPTH: usize = 512;

/// Most formatting elements open at once: each is built anew in every
/// paragraph below.
const MOST_FORMATTING: usize = 64;

/// Most formatting elements that end in another order than they started.
const MOST_MISNESTED: usize = 1_000;

/// Most tags of a page: a tree takes about a thousand bytes for each, copies included.
const MOST_TAGS: usize = 300_000;

/// Most different names of elements: pages have some dozens.
const MOST_NAMES: usize = 1_000;

/// Largest page in bytes that is built as a tree.
const MOST_BYTES: usize = 32 << 20;

/// Elements that never hold others, or that end by themselves.
const UNCOUNTED: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
    "optgroup", "colgroup", "html", "head", "body",
];

/// Drawings and formulas, whose markup is that of XML.
const FOREIGN: &[&str] = &["svg", "math"];

/// Elements of theirs that hold markup of pages.
const PAGES_INSIDE: &[&str] = &[
    "foreignobject",
    "desc",
    "annotation-xml",
    "mi",
    "mo",
    "mn",
    "ms",
    "mtext",
];

/// Elements that end a drawing they start or end in.
const BLOCKS_OF_PAGES: &[&str] = &[
    "div",
    "span",
    "table",
    "ul",
    "ol",
    "dl",
    "pre",
    "center",
    "blockquote",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "b",
    "big",
    "code",
    "em",
    "i",
    "nobr",
    "s",
    "small",
    "strike",
    "strong",
    "tt",
    "u",
    "ruby",
    "sub",
    "sup",
    "var",
    "menu",
    "listing",
];

/// Elements whose start is repeated where they are cut by a block.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Whether a page can be built as a tree in a time and a memory that grow
/// with its length.
pub fn is_sound(html: &str) -> bool {
    if html.len() > MOST_BYTES {
        return false;
    }
    let mut open = Open::default();
    let mut formatting: Vec<String> = Vec::new();
    let (mut depth, mut tags, mut misnested) = (0usize, 0usize, 0usize);
    // Drawings and formulas that are open.
    let mut drawings = 0usize;
    let mut sound = true;
    markup::each_tag(html, &mut |tag| {
        tags += 1;
        let is_long = tag.source.len() > 4 * MOST_ATTRIBUTES;
        if tags > MOST_TAGS
            || tag.source.len() > MOST_TAG_BYTES
            || is_long && attributes(tag.source) > MOST_ATTRIBUTES
        {
            sound = false;
            return false;
        }
        // `<o:p>` is no paragraph, and holds what follows.
        let start = 1 + usize::from(tag.closes);
        let is_bare = tag
            .source
            .as_bytes()
            .get(start..start + tag.name.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(tag.name.as_bytes()));
        if is_bare && UNCOUNTED.contains(&tag.name) {
            return true;
        }
        // Only in drawings and formulas does a slash end an element.
        let is_drawing = FOREIGN.contains(&tag.name);
        let is_foreign = drawings > 0 && !open.holds(PAGES_INSIDE);
        if is_foreign && !tag.closes && BLOCKS_OF_PAGES.contains(&tag.name) {
            for name in FOREIGN {
                depth -= std::mem::take(open.count(name));
            }
            drawings = 0;
        } else if tag.self_closed && (is_foreign || is_drawing) {
            return true;
        }
        let is_formatting = FORMATTING.contains(&tag.name);
        if tag.closes {
            let count = open.count(tag.name);
            if *count > 0 {
                *count -= 1;
                depth -= 1;
                drawings -= usize::from(is_drawing);
            }
            if is_formatting && let Some(at) = formatting.iter().rposition(|f| f == tag.name) {
                misnested += usize::from(at + 1 < formatting.len());
                formatting.remove(at);
            }
        } else {
            // A link ends the one before it.
            if tag.name == "a" && formatting.iter().any(|f| f == "a") {
                return true;
            }
            *open.count(tag.name) += 1;
            depth += 1;
            drawings += usize::from(is_drawing);
            if is_formatting {
                formatting.push(tag.name.to_owned());
            }
        }
        sound = depth <= MOST_DEPTH
            && open.0.len() <= MOST_NAMES
            && formatting.len() <= MOST_FORMATTING
            && misnested <= MOST_MISNESTED;
        sound
    });
    sound
}

/// How many elements of each name are open.
#[derive(Default)]
struct Open(Vec<(String, usize)>);

impl Open {
    fn count(&mut self, name: &str) -> &mut usize {
        let at = match self.0.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                self.0.push((name.to_owned(), 0));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    fn holds(&self, names: &[&str]) -> bool {
        let mut open = self.0.iter().filter(|(_, count)| *count > 0);
        open.any(|(name, _)| names.contains(&name.as_str()))
    }
}

/// About how many values a tag holds: blanks outside of quotes.
fn attributes(tag: &str) -> usize {
    let mut quote = None;
    let mut count = 0;
    let mut blank = false;
    for byte in tag.bytes() {
        match quote {
            Some(open) if open == byte => quote = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None => {}
        }
        let is_blank = quote.is_none() && (byte.is_ascii_whitespace() || byte == b'/');
        count += usize::from(blank && !is_blank);
        blank = is_blank;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_pages_are_told_apart() {
        let worst = [
            "<div>".repeat(50_000),
            "<b><i>".repeat(20_000),
            "<b><i></b></i>".repeat(20_000),
            format!("<p {}>", "a='b' ".repeat(200_000)),
            format!("<p a='{}'>", "x".repeat(2 << 20)),
            "<p><font color=red>".repeat(1_000),
            "<br>".repeat(400_000),
            "<div/>".repeat(50_000),
            "<x-a/>".repeat(50_000),
            "<o:p>".repeat(50_000),
            "<svg><div/><x-a/>".to_owned() + &"<x-a/>".repeat(50_000),
            "<svg><foreignObject>".to_owned() + &"<section/>".repeat(50_000),
        ];
        let names: String = (0..100_000).map(|n| format!("<a{n}>")).collect();
        for page in worst.into_iter().chain([names]) {
            assert!(!is_sound(&page), "{}", &page[..20]);
        }
    }

    #[test]
    fn common_slips_are_sound() {
        let pages = [
            "<p>a".repeat(5_000),
            "<li><a href=x>a".repeat(2_000),
            "</div>".repeat(2_000),
            "<tr><td><b>a</b>".repeat(2_000),
            "<script>".to_owned() + &"'<div>' + ".repeat(5_000) + "</script>",
            "<o:p></o:p>".repeat(2_000),
            format!("<svg>{}</svg>", "<path d='M0 0'/>".repeat(2_000)),
        ];
        for page in pages {
            assert!(is_sound(&page), "{}", &page[..20]);
        }
    }
}
