//! Where sentences start: enough to cut a passage so that it reads well.
//! Abbreviations and initials do not end a sentence; a blank line always does.

use std::ops::Range;

/// Abbreviations that are mostly followed by a capital within a sentence.
const ABBREVIATIONS: [&str; 52] = [
    "adm", "al", "apr", "aug", "bros", "brig", "capt", "cmdr", "co", "col", "corp", "dec", "dept",
    "dr", "est", "feb", "fr", "gen", "gov", "hon", "inc", "jan", "jr", "jul", "jun", "lt", "ltd",
    "maj", "mar", "messrs", "mr", "mrs", "ms", "mt", "no", "nos", "nov", "oct", "prof", "pvt",
    "rep", "reps", "rev", "sen", "sens", "sept", "sep", "sgt", "sr", "st", "supt", "vs",
];

/// Starts of sentences within `range`, ascending: bytes of `text` at which a
/// sentence's first character stands. The start of the text counts.
pub fn starts(text: &str, range: Range<usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = range.start;
    if at == 0 && !text.is_empty() {
        found.push(0);
    }
    // A start at the edge is told by the blank before it.
    at = text[..at].trim_end().len();
    let mut chars = text[at..].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let here = at + offset;
        if here >= range.end {
            break;
        }
        let start = if c.is_whitespace() {
            let (mut breaks, mut next) = (usize::from(c == '\n'), here + c.len_utf8());
            while let Some(&(offset, c)) = chars.peek().filter(|(_, c)| c.is_whitespace()) {
                breaks += usize::from(c == '\n');
                next = at + offset + c.len_utf8();
                chars.next();
            }
            (breaks > 1 || ends_at(text, here, next)).then_some(next)
        } else if matches!(c, '。' | '！' | '？' | '｡') {
            let mut next = here + c.len_utf8();
            while let Some(&(offset, c)) = chars.peek().filter(|(_, c)| is_closing(*c)) {
                next = at + offset + c.len_utf8();
                chars.next();
            }
            Some(next)
        } else {
            None
        };
        found.extend(
            start.filter(|&start| range.contains(&start) && start > 0 && start < text.len()),
        );
    }
    found.dedup();
    found
}

/// Signs that may stand between the end of a sentence and the blank.
fn is_closing(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '”' | '’' | '»' | ')' | ']' | '」' | '』' | '）'
    )
}

/// Whether a sentence ends before the white space from `end` to `next`.
fn ends_at(text: &str, end: usize, next: usize) -> bool {
    let before = text[..end].trim_end_matches(is_closing);
    let goes_on = text[next..]
        .chars()
        .find(|c| !is_closing(*c) && !matches!(c, '“' | '«' | '('))
        .is_some_and(char::is_lowercase);
    if goes_on {
        return false;
    }
    if before.ends_with(['!', '?', '…', '።', '।', '؟', '۔']) {
        return true;
    }
    let Some(rest) = before.strip_suffix('.') else {
        return false;
    };
    let word_start = rest
        .char_indices()
        .rev()
        .take(24)
        .take_while(|&(_, c)| !c.is_whitespace() && !matches!(c, '(' | '“' | '"' | '-' | '—'))
        .last()
        .map_or(rest.len(), |(at, _)| at);
    let word = &rest[word_start..];
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let has_stops = word.contains('.') && word.chars().all(|c| c == '.' || c.is_alphabetic());
    let lower = word.to_lowercase();
    !(is_initial || has_stops || ABBREVIATIONS.contains(&lower.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let mut bounds = starts(text, 0..text.len());
        bounds.push(text.len());
        bounds
            .windows(2)
            .map(|pair| text[pair[0]..pair[1]].trim())
            .collect()
    }

    #[test]
    fn stops_questions_and_blank_lines_part_sentences() {
        assert_eq!(
            cut("It sank. “Why?” he asked. \"No idea.\" Then\n\nDoha agreed\nto talk! 5 left."),
            [
                "It sank.",
                "“Why?” he asked.",
                "\"No idea.\"",
                "Then",
                "Doha agreed\nto talk!",
                "5 left."
            ]
        );
    }

    #[test]
    fn abbreviations_initials_and_small_letters_do_not() {
        assert_eq!(
            cut("Mr. J. K. Smith of the U.S. Senate met Gen. Lee vs. all approx. ten men."),
            ["Mr. J. K. Smith of the U.S. Senate met Gen. Lee vs. all approx. ten men."]
        );
    }

    #[test]
    fn full_width_stops_need_no_blank() {
        assert_eq!(
            cut("彗星が見えた。「また来る。」と言った。"),
            ["彗星が見えた。", "「また来る。」", "と言った。"]
        );
    }

    #[test]
    fn a_part_of_a_text_is_judged_with_what_stands_before_it() {
        let text = "One. Two. Three.";
        assert_eq!(starts(text, 5..16), [5, 10]);
        assert_eq!(starts(text, 6..10), [0usize; 0]);
        assert_eq!(starts("", 0..0), [0usize; 0]);
    }
}
