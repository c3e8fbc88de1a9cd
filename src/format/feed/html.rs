//! HTML as feeds carry it, to plain paragraphs: escaped once or twice, with
//! blank lines for paragraphs, with WordPress's short codes.

use std::sync::LazyLock;

use regex::Regex;

use crate::format::{fields, prose};
use crate::text::markup;

/// Paragraphs of a text that is HTML, or plain text in HTML's place.
pub fn paragraphs(html: &str) -> String {
    let text = if has_blocks(html) {
        markup::to_text(html)
    } else if markup::looks_like_html(html) || html.contains('<') {
        markup::to_text(&blank_lines_as_paragraphs(html))
    } else {
        prose::paragraphs(&prose::clean(&markup::decode_entities(html))).join("\n\n")
    };
    // Some programs escape what was escaped already.
    if has_blocks(&text) || text.contains("</a>") || text.contains("<script") {
        return markup::to_text(&text);
    }
    text
}

/// The same as one line, for titles.
pub fn line(html: &str) -> String {
    let text = match html.contains('<') {
        true => markup::to_text(html),
        false => markup::decode_entities(html),
    };
    // A title about an element is all markup, and still a title.
    let text = match text.trim().is_empty() {
        true => markup::decode_entities(html),
        false => text,
    };
    fields::one_line(&text)
}

/// Text that is no HTML.
pub fn plain(text: &str) -> String {
    if markup::looks_like_html(text) || text.contains("<script") {
        return paragraphs(text);
    }
    prose::paragraphs(&prose::clean(text)).join("\n\n")
}

/// A WordPress post: blank lines part its paragraphs, whatever markup there
/// is, and short codes stand for what no reader sees.
pub fn wordpress(html: &str) -> String {
    // The rest of a post, and its next page, begin with a paragraph.
    let html = html
        .replace("<!--more-->", "\n\n")
        .replace("<!--nextpage-->", "\n\n");
    markup::to_text(&blank_lines_as_paragraphs(&without_short_codes(&html)))
}

fn has_blocks(html: &str) -> bool {
    static BLOCK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)<(p|br|div|li|h[1-6]|blockquote|td)[\s/>]").ok());
    BLOCK.as_ref().is_some_and(|block| block.is_match(html))
}

fn blank_lines_as_paragraphs(html: &str) -> String {
    static BLANK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\r?\n[ \t]*\r?\n").ok());
    match BLANK.as_ref() {
        Some(blank) => blank.replace_all(html, "\n<p>\n").into_owned(),
        None => html.to_owned(),
    }
}

/// Leaves out `[caption id="x"]`, `[/caption]` and `[contact_form]`, and keeps what
/// writers put in brackets: a code has an end, values or an underscore.
fn without_short_codes(text: &str) -> String {
    static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\[(/?)([a-z][a-z0-9_-]{1,40})((?:\s[^\[\]]{0,2000})?)\]").ok()
    });
    let Some(code) = CODE.as_ref() else {
        return text.to_owned();
    };
    let ended: std::collections::HashSet<&str> = code
        .captures_iter(text)
        .filter(|found| &found[1] == "/")
        .filter_map(|found| found.get(2).map(|name| name.as_str()))
        .collect();
    code.replace_all(text, |found: &regex::Captures<'_>| {
        let name = &found[2];
        let is_code = ended.contains(name)
            || found[3].contains('=')
            || name.contains('_')
            || matches!(name, "gallery" | "embed" | "more" | "nextpage");
        match is_code {
            true => String::new(),
            false => found[0].to_owned(),
        }
    })
    .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_part_paragraphs_where_no_markup_does() {
        assert_eq!(paragraphs("One <b>a</b>\nb.\n\nTwo."), "One a b.\n\nTwo.");
        assert_eq!(paragraphs("<p>One\n\nb.</p><p>Two.</p>"), "One b.\n\nTwo.");
        assert_eq!(paragraphs("One &amp; two."), "One & two.");
    }

    #[test]
    fn html_escaped_twice_is_read() {
        assert_eq!(
            paragraphs("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;"),
            "One.\n\nTwo."
        );
    }

    #[test]
    fn short_codes_are_left_out_and_brackets_kept() {
        let post = "[dropcap]T[/dropcap]hey [sic] met.\n<!--more-->\n[contact_form]\n\n[gallery ids=\"1\"]Late.";
        assert_eq!(wordpress(post), "They [sic] met.\n\nLate.");
    }

    #[test]
    fn a_title_about_an_element_is_kept() {
        assert_eq!(line("<em>Rates</em> &amp; more"), "Rates & more");
        assert_eq!(line("<iframe>"), "<iframe>");
    }
}
