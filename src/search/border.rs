//! Steps through a text by characters, and the borders of words at which it
//! may be cut.

use unicode_normalization::char::is_combining_mark;

use crate::text::words::{is_part_of_word, is_unspaced};

/// Longest word that is not cut, in characters.
const LONGEST_WORD: usize = 60;

/// The byte `chars` characters before `at`, or the start.
pub(crate) fn back(text: &str, at: usize, chars: usize) -> usize {
    match chars.checked_sub(1) {
        None => at,
        Some(last) => text[..at]
            .char_indices()
            .rev()
            .nth(last)
            .map_or(0, |(byte, _)| byte),
    }
}

/// The byte `chars` characters behind `at`, or the end.
pub(crate) fn forward(text: &str, at: usize, chars: usize) -> usize {
    text[at..]
        .char_indices()
        .nth(chars)
        .map_or(text.len(), |(byte, _)| at + byte)
}

/// Whether a text may be cut at `at`, which is neither its start nor its end.
fn is_border(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text[..at].chars().next_back(), text[at..].chars().next())
    else {
        return true;
    };
    before.is_whitespace()
        || after.is_whitespace()
        || (is_unspaced(before) || is_unspaced(after)) && !is_combining_mark(after)
        || matches!(before, '—' | '–' | '…')
}

/// Whether no word lies on both sides of `at`: where signs without a blank run
/// on and on, a text is cut here rather than within a word.
fn parts_words(text: &str, at: usize) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(is_part_of_word);
    !(is_part(text[..at].chars().next_back()) && is_part(text[at..].chars().next()))
}

/// The first place from `at` on, not behind `until`, where a word starts.
pub(crate) fn left_border(text: &str, at: usize, until: usize) -> usize {
    let skip =
        |from: usize| from + (text[from..until].len() - text[from..until].trim_start().len());
    if at == 0 {
        return skip(0);
    }
    let mut places = text[at..until]
        .char_indices()
        .take(LONGEST_WORD)
        .map(|(offset, _)| at + offset);
    match places.clone().find(|&place| is_border(text, place)) {
        Some(place) => skip(place),
        // A word without an end: cut it.
        None if text[at..until].chars().count() > LONGEST_WORD => {
            places.find(|&place| parts_words(text, place)).unwrap_or(at)
        }
        None => until,
    }
}

/// The last place up to `at`, not before `from`, where a word ends.
pub(crate) fn right_border(text: &str, at: usize, from: usize) -> usize {
    if at >= text.len() {
        return text.trim_end().len().max(from);
    }
    let held = &text[from..at];
    let mut places = held
        .char_indices()
        .rev()
        .take(LONGEST_WORD)
        .map(|(offset, c)| from + offset + c.len_utf8());
    let end = match places.clone().find(|&place| is_border(text, place)) {
        Some(place) => place,
        None if held.chars().count() > LONGEST_WORD => {
            places.find(|&place| parts_words(text, place)).unwrap_or(at)
        }
        None => from,
    };
    text[..end].trim_end().len().max(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_count_characters_and_stop_at_the_ends() {
        assert_eq!(back("aéb", 4, 2), 1);
        assert_eq!(back("aéb", 4, 9), 0);
        assert_eq!(forward("aéb", 1, 1), 3);
        assert_eq!(forward("aéb", 1, 9), 4);
    }

    #[test]
    fn words_are_not_cut_unless_they_never_end() {
        let text = "the envoy met";
        assert_eq!(left_border(text, 5, 10), 10);
        assert_eq!(left_border(text, 3, 10), 4);
        assert_eq!(right_border(text, 12, 4), 9);
        let long = "x".repeat(300);
        assert_eq!(right_border(&long, 200, 0), 200);
        assert_eq!(left_border(&long, 100, 200), 100);
        let run = format!("{long}\u{201d}cities, the");
        assert_eq!(right_border(&run, 306, 0), 303);
        let run = format!("thecities\u{201d}{long}");
        assert_eq!(left_border(&run, 3, 200), 9);
        assert_eq!(right_border("東京都知事", 9, 0), 9);
    }
}
