//! The tokenizer: the same one cuts bodies, queries and snippets into folded
//! words.
//!
//! Words are runs of letters, digits and marks. Case, diacritics, ligatures
//! and width are folded away. Apostrophes, hyphens and other signs part words
//! (`O'Brien` is `o` `brien`), except that
//!
//! - a possessive `'s` belongs to its word and leaves no trace (`Doha's` is `doha`),
//! - letters parted by full stops are one word (`U.S.` is `us`),
//! - digits grouped by commas are one number (`4,500` is `4500`) and keep
//!   their decimal point (`2.5`).
//!
//! Soft hyphens and other invisible characters inside a word are dropped.
//! Scripts written without spaces (Han, Kana, Hangul, Thai, …) are cut into
//! overlapping pairs of letters. A word longer than [`MAX_WORD_BYTES`] is cut
//! into several at adjacent positions; nothing is lost.

mod starts;

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

pub use starts::Starts;

/// Changes whenever the same text may yield other words: part of the index's version.
pub const VERSION: u64 = 1;

/// Longest word in bytes of folded text.
pub const MAX_WORD_BYTES: usize = 255;

/// Cuts a text into folded words, one at a time and without allocating per word.
///
/// ```
/// use morgue::text::words::Words;
/// let mut words = Words::new("Doha's U.S. envoy, O'Brien");
/// let mut folded = Vec::new();
/// while words.advance() {
///     folded.push(words.word().to_owned());
/// }
/// assert_eq!(folded, ["doha", "us", "envoy", "o", "brien"]);
/// ```
pub struct Words<'a> {
    text: &'a str,
    /// Where reading goes on.
    next: usize,
    word: String,
    start: usize,
    end: usize,
    position: u32,
    /// The second half of a pair of unspaced letters: where it starts. While
    /// set, `next` lies behind the pair.
    pair: Option<usize>,
}

/// What a byte is to the tokenizer; bytes from 0x80 on are [`OTHER`].
const OTHER: u8 = 0;
const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 3;

const fn classes() -> [u8; 256] {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        classes[byte] = if b.is_ascii_lowercase() {
            LOWER
        } else if b.is_ascii_uppercase() {
            UPPER
        } else if b.is_ascii_digit() {
            DIGIT
        } else {
            OTHER
        };
        byte += 1;
    }
    classes
}

static CLASSES: [u8; 256] = classes();

#[inline(always)]
fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

fn is_ascii_word(byte: u8) -> bool {
    class(byte) != OTHER
}

/// Characters without width or meaning of their own inside a word.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{180e}' | '\u{fe00}'..='\u{fe0f}')
}

/// Scripts written without spaces between words.
pub fn is_unspaced(c: char) -> bool {
    matches!(c as u32,
        0x0E00..=0x0EFF | 0x0F00..=0x0FFF | 0x1000..=0x109F | 0x1780..=0x17FF // Thai, Lao, Tibetan, Burmese, Khmer
        | 0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF // Hangul
        | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F // Kana
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF) // Han
        && (c.is_alphanumeric() || is_combining_mark(c))
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Whether a character stands inside words: letters, digits, marks and what
/// is dropped among them.
pub fn is_part_of_word(c: char) -> bool {
    is_word_char(c) || is_invisible(c)
}

/// Appends the folded form of `c`: lower case, without diacritics, ligatures
/// taken apart. Marks are kept where they are letters of their script.
fn fold_char(c: char, out: &mut String) {
    if is_invisible(c) {
        return;
    }
    // Where every letter may be a word, one letter stays one; nor does a sign
    // inside a word become such a letter.
    if is_unspaced(c) {
        let mut composed = std::iter::once(c).nfkc();
        return match (composed.next(), composed.next()) {
            (Some(one), None) if is_unspaced(one) => out.push(one),
            _ => out.push(c),
        };
    }
    let mut holds_such = false;
    if c >= '\u{2E80}' {
        decompose_compatible(c, |part| holds_such |= is_unspaced(part));
    }
    if holds_such {
        return out.push(c);
    }
    decompose_compatible(c, |part| {
        if is_dropped_mark(part) {
            return;
        }
        for lower in part.to_lowercase() {
            match plain_letters(lower) {
                Some(letters) => out.push_str(letters),
                None if is_dropped_mark(lower) => {}
                None if is_word_char(lower) => out.push(lower),
                None => {}
            }
        }
    });
}

/// What stands for a small letter that has no plain one inside it.
fn plain_letters(lower: char) -> Option<&'static str> {
    Some(match lower {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ı' => "i",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ς' => "σ",
        _ => return None,
    })
}

/// Accents and vowel points that readers leave out: those of Latin, Greek
/// and Cyrillic, Hebrew points, Arabic vowel signs. Marks of other scripts are letters.
fn is_dropped_mark(c: char) -> bool {
    matches!(c as u32,
        0x0300..=0x036F | 0x0483..=0x0487 | 0x0591..=0x05C7 | 0x0610..=0x061A | 0x0640 | 0x064B..=0x065F | 0x0670
        | 0x06D6..=0x06ED | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

impl<'a> Words<'a> {
    /// Starts before the first word of `text`.
    pub fn new(text: &'a str) -> Self {
        Self::with_buffer(text, String::new())
    }

    /// As [`Words::new`], reusing a buffer that an earlier one gave back.
    pub fn with_buffer(text: &'a str, mut buffer: String) -> Self {
        buffer.clear();
        Self {
            text,
            next: 0,
            word: buffer,
            start: 0,
            end: 0,
            position: u32::MAX,
            pair: None,
        }
    }

    /// Gives the buffer back.
    pub fn into_buffer(self) -> String {
        self.word
    }

    /// Goes on to the next word; `false` at the end.
    pub fn advance(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        self.word.clear();
        if let Some(second) = self.pair.take()
            && self.advance_pair(second)
        {
            return true;
        }
        loop {
            let Some(&byte) = bytes.get(self.next) else {
                return false;
            };
            if is_ascii_word(byte) {
                break;
            }
            if byte < 0x80 {
                self.next += 1;
                continue;
            }
            let Some(c) = self.text[self.next..].chars().next() else {
                return false;
            };
            if is_unspaced(c) {
                if self.advance_pair(self.next) {
                    return true;
                }
                continue;
            }
            if is_word_char(c) && !is_invisible(c) {
                break;
            }
            self.next += c.len_utf8();
        }
        self.read_word();
        if self.word.is_empty() {
            // Nothing but dropped marks.
            return self.advance();
        }
        self.position = self.position.wrapping_add(1);
        true
    }

    /// The current word, folded.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Gives the current word away and takes a buffer for the next one.
    pub fn swap_word(&mut self, buffer: &mut String) {
        std::mem::swap(&mut self.word, buffer);
    }

    /// Bytes of the text the current word stands for. Ranges never go back,
    /// and overlap only between pairs of unspaced letters.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Number of the current word in its text, from 0.
    pub fn position(&self) -> u32 {
        self.position
    }

    fn read_word(&mut self) {
        let bytes = self.text.as_bytes();
        self.start = self.next;
        // Most words are plain ASCII letters.
        let longest = &bytes[self.start..bytes.len().min(self.start + MAX_WORD_BYTES)];
        let length = longest
            .iter()
            .position(|&byte| class(byte) == OTHER)
            .unwrap_or(longest.len());
        let at = self.start + length;
        self.word.push_str(&self.text[self.start..at]);
        self.word.make_ascii_lowercase();
        self.end = at;
        self.next = at;
        if self.word.len() >= MAX_WORD_BYTES {
            return;
        }
        match bytes.get(at) {
            Some(b'.') => self.after_stop(),
            Some(b',') => self.after_comma(),
            Some(b'\'') => self.after_apostrophe(1),
            Some(0xe2) if self.text[at..].starts_with('\u{2019}') => {
                self.after_apostrophe('\u{2019}'.len_utf8())
            }
            Some(&byte) if byte >= 0x80 => self.read_mixed(),
            _ => {}
        }
    }

    /// A word with letters beyond ASCII: character by character.
    fn read_mixed(&mut self) {
        let mut at = self.next;
        for c in self.text[at..].chars() {
            if is_unspaced(c) || !(is_word_char(c) || is_invisible(c)) {
                break;
            }
            let before = self.word.len();
            fold_char(c, &mut self.word);
            if self.word.len() > MAX_WORD_BYTES && before > 0 {
                self.word.truncate(before);
                break;
            }
            at += c.len_utf8();
            if !is_invisible(c) {
                self.end = at;
            }
        }
        if at == self.next {
            return;
        }
        self.next = at;
        let rest = &self.text[at..];
        if rest.starts_with('\'') {
            self.after_apostrophe(1);
        } else if rest.starts_with('\u{2019}') {
            self.after_apostrophe('\u{2019}'.len_utf8());
        }
    }

    /// Swallows a possessive `'s`.
    fn after_apostrophe(&mut self, apostrophe_bytes: usize) {
        let rest = &self.text[self.next + apostrophe_bytes..];
        let mut chars = rest.chars();
        if matches!(chars.next(), Some('s' | 'S'))
            && !chars
                .next()
                .is_some_and(|c| is_word_char(c) && !is_invisible(c))
        {
            self.next += apostrophe_bytes + 1;
            self.end = self.next;
        }
    }

    /// `U.S.` and `2.5`.
    fn after_stop(&mut self) {
        let bytes = self.text.as_bytes();
        let word = &bytes[self.start..self.next];
        if word.len() == 1 && class(word[0]) != DIGIT {
            let mut at = self.next;
            // Every further letter stands alone between stops.
            while let (Some(b'.'), Some(&letter)) = (bytes.get(at), bytes.get(at + 1)) {
                let is_letter = matches!(class(letter), LOWER | UPPER);
                if !is_letter
                    || bytes.get(at + 2).is_some_and(|&b| {
                        is_ascii_word(b) || b >= 0x80 && self.word_char_at(at + 2)
                    })
                {
                    break;
                }
                self.word.push(char::from(letter.to_ascii_lowercase()));
                at += 2;
            }
            if self.word.len() > 1 {
                if bytes.get(at) == Some(&b'.') {
                    at += 1;
                }
                self.end = at;
                self.next = at;
                match bytes.get(at) {
                    Some(b'\'') => self.after_apostrophe(1),
                    Some(0xe2) if self.text[at..].starts_with('\u{2019}') => {
                        self.after_apostrophe('\u{2019}'.len_utf8())
                    }
                    _ => {}
                }
            }
            return;
        }
        self.number_tail();
    }

    /// `4,500` and `1,250,000.75`.
    fn after_comma(&mut self) {
        let bytes = self.text.as_bytes();
        let all_digits = bytes[self.start..self.next]
            .iter()
            .all(|&b| class(b) == DIGIT);
        if !all_digits || self.next - self.start > 3 {
            return;
        }
        let mut at = self.next;
        while bytes.get(at) == Some(&b',')
            && bytes
                .get(at + 1..at + 4)
                .is_some_and(|group| group.iter().all(|&b| class(b) == DIGIT))
            && bytes.get(at + 4).is_none_or(|&b| class(b) != DIGIT)
        {
            self.word.push_str(&self.text[at + 1..at + 4]);
            at += 4;
        }
        if at > self.next {
            self.next = at;
            self.end = at;
            if bytes.get(at) == Some(&b'.') {
                self.number_tail();
            } else {
                self.letters_tail();
            }
        }
    }

    /// A decimal part behind digits: `.75`, `.5bn`.
    fn number_tail(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = self.next;
        let digits_before = at > self.start && class(bytes[at - 1]) == DIGIT;
        if !digits_before
            || !bytes[self.start..at]
                .iter()
                .all(|&b| class(b) == DIGIT || b == b',')
        {
            return;
        }
        while bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(|&b| class(b) == DIGIT)
        {
            let mut end = at + 1;
            while bytes.get(end).is_some_and(|&b| class(b) == DIGIT) {
                end += 1;
            }
            if self.word.len() + end - at > MAX_WORD_BYTES {
                break;
            }
            self.word.push_str(&self.text[at..end]);
            at = end;
        }
        if at > self.next {
            self.next = at;
            self.end = at;
            self.letters_tail();
        }
    }

    /// Letters that follow a number without a gap: `2.5bn`.
    fn letters_tail(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = self.next;
        while bytes.get(at).is_some_and(|&b| is_ascii_word(b)) && self.word.len() < MAX_WORD_BYTES {
            self.word.push(char::from(bytes[at].to_ascii_lowercase()));
            at += 1;
        }
        self.next = at;
        self.end = at;
    }

    fn word_char_at(&self, at: usize) -> bool {
        self.text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|c| is_word_char(c) && !is_invisible(c))
    }

    /// Reads the pair of unspaced letters that starts at `first`; a letter
    /// that stands alone is a word of its own. `false` if `first` ends a pair
    /// already read.
    fn advance_pair(&mut self, first: usize) -> bool {
        let mut chars = self.text[first..]
            .char_indices()
            .filter(|&(_, c)| !is_invisible(c));
        let Some((_, one)) = chars.next() else {
            self.next = self.text.len();
            return false;
        };
        let after_one = first + one.len_utf8();
        let is_second_half = first < self.next;
        // Marks belong to the letter before them.
        let mut end_of_one = after_one;
        let mut two = None;
        for (at, c) in chars {
            if is_combining_mark(c) && is_unspaced(c) {
                end_of_one = first + at + c.len_utf8();
                continue;
            }
            two = is_unspaced(c).then_some((first + at, c));
            break;
        }
        let Some((second, c)) = two else {
            self.next = self.next.max(end_of_one);
            if is_second_half {
                return false;
            }
            self.fold_range(first, end_of_one);
            return self.finish_pair(first, end_of_one);
        };
        let mut end = second + c.len_utf8();
        for mark in self.text[end..]
            .chars()
            .take_while(|&c| is_combining_mark(c) && is_unspaced(c))
        {
            end += mark.len_utf8();
        }
        self.fold_range(first, end);
        self.next = end;
        self.pair = Some(second);
        self.finish_pair(first, end)
    }

    fn fold_range(&mut self, start: usize, end: usize) {
        for c in self.text[start..end].chars() {
            fold_char(c, &mut self.word);
        }
        let mut keep = self.word.len().min(MAX_WORD_BYTES);
        while !self.word.is_char_boundary(keep) {
            keep -= 1;
        }
        self.word.truncate(keep);
    }

    fn finish_pair(&mut self, start: usize, end: usize) -> bool {
        self.start = start;
        self.end = end;
        if self.word.is_empty() {
            return false;
        }
        self.position = self.position.wrapping_add(1);
        true
    }
}

/// All words of a text, folded, in order.
pub fn folded(text: &str) -> Vec<String> {
    let mut words = Words::new(text);
    let mut all = Vec::new();
    while words.advance() {
        all.push(words.word().to_owned());
    }
    all
}

/// A piece of a pattern folded as words are, letter by letter, without being
/// cut: for wildcards and regular expressions, whose text is not whole words.
pub fn fold_piece(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if is_word_char(c) || is_invisible(c) {
            fold_char(c, &mut out);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(String, &str)> {
        let mut words = Words::new(text);
        let mut all = Vec::new();
        while words.advance() {
            all.push((words.word().to_owned(), &text[words.range()]));
        }
        all
    }

    #[test]
    fn case_and_diacritics_are_folded() {
        assert_eq!(
            folded("Émile ŁÓDŹ Straße naïve ﬁn Ａ１"),
            ["emile", "lodz", "strasse", "naive", "fin", "a1"]
        );
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        let letters = (0..=0x10FFFF).filter_map(char::from_u32);
        for c in letters.filter(|c| c.is_alphanumeric()) {
            for word in folded(&format!("{c} a{c}b ク{c}{c}")) {
                assert_eq!(folded(&word), [word.as_str()], "{c:?} {:x}", c as u32);
            }
        }
        assert_eq!(folded("Ǣ ǽ Ǿ İ ẞ"), ["ae", "ae", "o", "i", "ss"]);
    }

    #[test]
    fn decomposed_and_composed_text_yield_the_same_words() {
        assert_eq!(
            folded("cafe\u{301} re\u{301}sume\u{301}"),
            folded("café résumé")
        );
    }

    #[test]
    fn soft_hyphens_and_zero_width_characters_are_dropped_inside_words() {
        assert_eq!(
            cut("nego\u{ad}tia\u{200b}tors"),
            [("negotiators".to_owned(), "nego\u{ad}tia\u{200b}tors")]
        );
    }

    #[test]
    fn apostrophes_and_hyphens_part_words_and_possessives_vanish() {
        assert_eq!(
            folded("O'Brien l\u{2019}homme covid-19 AT&T"),
            ["o", "brien", "l", "homme", "covid", "19", "at", "t"]
        );
        assert_eq!(folded("don't"), ["don", "t"]);
        assert_eq!(
            cut("Doha's envoy"),
            [("doha".to_owned(), "Doha's"), ("envoy".to_owned(), "envoy")]
        );
        assert_eq!(folded("Zoë\u{2019}s U.S.'s"), ["zoe", "us"]);
    }

    #[test]
    fn letters_parted_by_stops_are_one_word() {
        assert_eq!(
            cut("the U.S. said"),
            [
                ("the".to_owned(), "the"),
                ("us".to_owned(), "U.S."),
                ("said".to_owned(), "said")
            ]
        );
        assert_eq!(
            folded("at 5 p.m. J.K. Rowling. A.Smith"),
            ["at", "5", "pm", "jk", "rowling", "a", "smith"]
        );
    }

    #[test]
    fn numbers_keep_their_decimals_and_lose_their_groups() {
        assert_eq!(
            folded("4,500 1,250,000.75 2.5bn 3.2.1 1,2 12:30 10,0000"),
            [
                "4500",
                "1250000.75",
                "2.5bn",
                "3.2.1",
                "1",
                "2",
                "12",
                "30",
                "10",
                "0000"
            ]
        );
    }

    #[test]
    fn unspaced_scripts_become_pairs() {
        assert_eq!(folded("東京都 はx"), ["東京", "京都", "は", "x"]);
        assert_eq!(cut("東京都")[1].1, "京都");
    }

    #[test]
    fn long_words_are_cut_and_nothing_is_lost() {
        let long = "x".repeat(600);
        assert_eq!(folded(&long).concat(), long);
        let accented = "é".repeat(600);
        assert_eq!(folded(&accented).concat(), "e".repeat(600));
    }

    #[test]
    fn other_scripts_keep_their_words() {
        assert_eq!(folded("Москва ሰላም हिन्दी"), ["москва", "ሰላም", "हिन्दी"]);
        assert_eq!(folded("سَلَام"), ["سلام"]);
    }
}
