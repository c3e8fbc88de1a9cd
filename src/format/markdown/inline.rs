//! Markdown inside a paragraph: links, pictures, emphasis, code. Leaves HTML
//! as it is, for the reader of HTML to strip.

/// Stands for signs that are text and no markup, until the markup is gone.
const LESS: char = '\u{F8F0}';
const AMPERSAND: char = '\u{F8F1}';

/// A paragraph without Markdown's own markup; HTML in it is left.
pub fn to_html(text: &str) -> String {
    let text = without_directives(text);
    let signs: Vec<char> = text.chars().collect();
    let mut html = String::with_capacity(text.len());
    // What may be looked at ahead in all: brackets that never close must not
    // make a long line a slow one.
    let mut budget = signs.len() * 16 + MAX_LINK;
    let mut at = 0;
    while at < signs.len() {
        let c = signs[at];
        let next = signs.get(at + 1).copied();
        match c {
            '\\' if next.is_some_and(|next| next.is_ascii_punctuation()) => {
                push_text(&mut html, next.unwrap_or_default());
                at += 2;
            }
            '`' => at = code(&signs, at, &mut budget, &mut html),
            '!' if next == Some('[') => match link(&signs, at + 1, &mut budget) {
                // A picture's text describes what the reader does not see.
                Some(link) => at = link.end,
                None => {
                    html.push(c);
                    at += 1;
                }
            },
            '[' => match link(&signs, at, &mut budget) {
                Some(link) if link.footnote => at = link.end,
                Some(link) => {
                    let inner: String = signs[at + 1..link.text_end].iter().collect();
                    // Links hold emphasis and pictures, never links.
                    html.push_str(&to_html_inside(&inner));
                    at = link.end;
                }
                None => {
                    html.push(c);
                    at += 1;
                }
            },
            '*' | '_' | '~' => at = emphasis(&signs, at, &mut html),
            '<' => at = angle(&signs, at, &mut html),
            c => {
                html.push(c);
                at += 1;
            }
        }
    }
    html
}

/// The inside of a link: no deeper than one level.
fn to_html_inside(text: &str) -> String {
    match text.contains('[') && !text.contains("![") {
        true => text.to_owned(),
        false => to_html(text),
    }
}

/// Puts back what stood for text.
pub fn restore(text: &str) -> String {
    text.replace(LESS, "<").replace(AMPERSAND, "&")
}

fn push_text(html: &mut String, c: char) {
    html.push(match c {
        '<' => LESS,
        '&' => AMPERSAND,
        c => c,
    });
}

/// A code span: its text is no markup. Returns where to go on.
fn code(signs: &[char], at: usize, budget: &mut usize, html: &mut String) -> usize {
    let length = run(signs, at);
    let mut end = at + length;
    let limit = signs.len().min(end + *budget);
    while end < limit {
        *budget -= 1;
        if signs[end] != '`' {
            end += 1;
            continue;
        }
        let closing = run(signs, end);
        if closing == length {
            for c in &signs[at + length..end] {
                push_text(html, *c);
            }
            return end + closing;
        }
        end += closing;
    }
    html.extend(std::iter::repeat_n('`', length));
    at + length
}

fn run(signs: &[char], at: usize) -> usize {
    signs[at..].iter().take_while(|c| **c == signs[at]).count()
}

/// Where the parts of a link lie.
struct Link {
    text_end: usize,
    end: usize,
    footnote: bool,
}

/// Longest text or target of a link, in characters.
const MAX_LINK: usize = 2000;

/// The link that starts with the bracket at `at`: `[text](target)`,
/// `[text][label]`, `[^note]`.
fn link(signs: &[char], at: usize, budget: &mut usize) -> Option<Link> {
    let text_end = closing(signs, at, '[', ']', budget)?;
    let footnote = signs.get(at + 1) == Some(&'^');
    let end = match signs.get(text_end + 1) {
        _ if footnote => text_end + 1,
        Some('(') => closing(signs, text_end + 1, '(', ')', budget)? + 1,
        Some('[') => closing(signs, text_end + 1, '[', ']', budget)? + 1,
        _ => return None,
    };
    Some(Link {
        text_end,
        end,
        footnote,
    })
}

fn closing(
    signs: &[char],
    at: usize,
    open: char,
    close: char,
    budget: &mut usize,
) -> Option<usize> {
    let mut depth = 0usize;
    let mut escaped = false;
    for (end, &c) in signs
        .iter()
        .enumerate()
        .skip(at)
        .take(MAX_LINK.min(*budget))
    {
        *budget -= 1;
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == open => depth += 1,
            c if c == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(end);
                }
            }
            _ => {}
        }
    }
    None
}

/// Drops the signs of emphasis and keeps those that stand for themselves:
/// between blanks, and underscores inside words.
fn emphasis(signs: &[char], at: usize, html: &mut String) -> usize {
    let length = run(signs, at);
    let end = at + length;
    let before = at.checked_sub(1).map_or(' ', |at| signs[at]);
    let after = signs.get(end).copied().unwrap_or(' ');
    let alone = before.is_whitespace() && after.is_whitespace();
    let in_word = before.is_alphanumeric() && after.is_alphanumeric();
    let keeps = match signs[at] {
        '_' => alone || in_word,
        '~' => length != 2,
        _ => alone || (in_word && before.is_ascii_digit() && after.is_ascii_digit()),
    };
    if keeps {
        html.extend(std::iter::repeat_n(signs[at], length));
    }
    end
}

/// `<https://…>` is an address, `< 6` is text, and the rest is HTML.
fn angle(signs: &[char], at: usize, html: &mut String) -> usize {
    let inside: String = signs[at + 1..]
        .iter()
        .take(MAX_LINK)
        .take_while(|c| **c != '>' && !c.is_whitespace())
        .collect();
    let is_address = inside.contains("://") || (inside.contains('@') && !inside.contains('='));
    if is_address && !inside.contains(['<', '"']) {
        html.push_str(&inside);
        return at + 1 + inside.chars().count() + 1;
    }
    let is_tag = inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
    html.push(if is_tag { '<' } else { LESS });
    at + 1
}

/// Leaves out what site generators replace: `{% … %}`, `{{ … }}`.
fn without_directives(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let end = match rest.as_bytes().get(at + 1) {
            Some(b'%') => directive_end(&rest[at..], "%}"),
            Some(b'{') => directive_end(&rest[at..], "}}"),
            _ => None,
        };
        let after = end.map_or(at + 1, |end| at + end + 2);
        kept.push_str(&rest[..if end.is_some() { at } else { after }]);
        rest = &rest[after..];
    }
    kept.push_str(rest);
    kept
}

/// Longest of them, in bytes.
const MAX_DIRECTIVE: usize = 1000;

fn directive_end(text: &str, end: &str) -> Option<usize> {
    let bytes = &text.as_bytes()[..text.len().min(MAX_DIRECTIVE)];
    memchr::memmem::find(bytes, end.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_emphasis_leave_their_words() {
        let read = [
            "a [b *c*](d \"e\") f",
            "[![x](y)](z) a[^1] b",
            "**a** *b* _c_ ~~d~~ a_b 2*3",
            "`<b>` & \\<i> <https://x.example/>",
            "a {{< x >}} b {% y %} [c]",
        ]
        .map(|text| restore(&to_html(text)));
        assert_eq!(
            read,
            [
                "a b c f",
                " a b",
                "a b c d a_b 2*3",
                "<b> & <i> https://x.example/",
                "a  b  [c]"
            ]
        );
    }
}
