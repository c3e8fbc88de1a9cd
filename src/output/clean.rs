//! Keeps what articles and file names contain from steering a terminal:
//! control characters and bidirectional overrides are shown, never sent.

/// Whether a character may act on a terminal or turn text around.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether a text is harmless and on one line as it is, as most are.
fn is_clean(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, ' '..='~') || !is_harmful(c))
}

/// `text` on one line: white space becomes blanks, anything harmful U+FFFD.
pub fn line(text: &str) -> String {
    if is_clean(text) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            c if is_harmful(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// As [`line`], but line breaks stay.
pub fn lines(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' => '\n',
            '\t' => ' ',
            c if is_harmful(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_c1_and_bidi_characters_never_pass() {
        assert_eq!(
            line("a\x1b[31mb\u{9b}c\u{202e}d\ne"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d e"
        );
        assert_eq!(lines("a\x07\nb"), "a\u{fffd}\nb");
    }
}
