//! Cuts a text into tokens and sentences in one pass over its bytes.
//!
//! A token is a word, a number or one sign. Acronyms, initials and common
//! abbreviations keep their full stops (`U.S.`, `J.`, `Corp.`), a possessive
//! `'s` is a token of its own, hyphens stay inside words. A sentence ends at
//! its mark, at a blank line, and at the end of a short line, as in tables.

use super::abbreviations::{LEADING, STARTERS, TRAILING};
use super::hashing::{hash_range, hash_word, load, packed};

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// What its characters are: [`UPPER`], [`LOWER`], …
    pub bits: u8,
    /// Whether it begins with an upper-case letter.
    pub capital: bool,
    /// Hash of the word without case and diacritics.
    pub lower: u64,
}

/// How the words of a sentence are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Case {
    /// Names are capitalised, other words are not.
    #[default]
    Running,
    /// ALL CAPITALS.
    Upper,
    /// Most Words Are Capitalised, as in Headlines.
    Title,
    /// A line of a table: many numbers.
    Table,
}

/// A sentence: a range of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// First token.
    pub start: u32,
    /// Token after the last.
    pub end: u32,
    /// How its words are written.
    pub case: Case,
}

/// Holds a letter in lower case.
pub const LOWER: u8 = 1;
/// Holds a letter in upper case.
pub const UPPER: u8 = 2;
/// Holds a digit.
pub const DIGIT: u8 = 4;
/// Is a sign, not a word.
pub const SIGN: u8 = 8;
/// Holds a full stop.
pub const STOP: u8 = 16;
/// Holds characters beyond ASCII.
pub const WIDE: u8 = 32;

const WORD: u8 = LOWER | UPPER | DIGIT;
const SPACE: u8 = 64;

const fn classes() -> [u8; 256] {
    let mut table = [SIGN; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = if b.is_ascii_lowercase() {
            LOWER
        } else if b.is_ascii_uppercase() {
            UPPER
        } else if b.is_ascii_digit() {
            DIGIT
        } else if b <= b' ' || b == 0x7f {
            SPACE
        } else if b >= 0x80 {
            WIDE
        } else {
            SIGN
        };
        byte += 1;
    }
    table
}

static CLASS: [u8; 256] = classes();

/// A text's tokens and sentences. Kept from text to text, so that no memory
/// is asked for anew.
#[derive(Debug, Default)]
pub struct Tokens {
    /// The tokens, in order.
    pub tokens: Vec<Token>,
    /// The sentences, in order.
    pub sentences: Vec<Sentence>,
}

/// What a full stop just passed means for the sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    None,
    Maybe,
    Sure,
}

impl Tokens {
    /// Cuts `text`, of which at most 4 GiB are read.
    pub fn cut(&mut self, text: &str) {
        self.tokens.clear();
        self.sentences.clear();
        let bytes = &text.as_bytes()[..text.len().min(u32::MAX as usize)];
        let (mut at, mut first, mut line) = (0, 0, 0);
        let mut end = End::None;
        let (mut spaced, mut broken) = (false, false);
        while at < bytes.len() {
            let byte = bytes[at];
            let class = CLASS[usize::from(byte)];
            if class == SPACE {
                if byte == b'\n' {
                    let rest = &bytes[at + 1..];
                    let blank = rest
                        .iter()
                        .position(|b| !matches!(b, b' ' | b'\t' | b'\r'))
                        .is_none_or(|next| rest[next] == b'\n');
                    broken |= blank || at - line < SHORT_LINE;
                    line = at + 1;
                }
                spaced = true;
                at += 1;
                continue;
            }
            if class == WIDE && !is_wide_word(text, at) {
                let length = text[at..].chars().next().map_or(1, char::len_utf8);
                let c = text[at..].chars().next().unwrap_or(' ');
                if c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}' {
                    spaced = true;
                    at += length;
                    continue;
                }
            }
            if class & (LOWER | UPPER) != 0 && !broken && (end == End::None || class == LOWER) {
                // Most words: letters up to a space that neither end nor begin a
                // sentence.
                let more = lower_letters(bytes, at + 1);
                let stop = at + 1 + more;
                if bytes.get(stop) == Some(&b' ') {
                    self.tokens.push(Token {
                        start: at as u32,
                        end: stop as u32,
                        bits: class | if more > 0 { LOWER } else { 0 },
                        capital: class == UPPER,
                        lower: hash_range(bytes, at, stop),
                    });
                    (spaced, end) = (true, End::None);
                    at = stop + 1;
                    continue;
                }
            }
            let (stop, bits, kept) =
                if class & WORD != 0 || (class == WIDE && is_wide_word(text, at)) {
                    word(text, bytes, at)
                } else {
                    (sign(text, bytes, at), SIGN, End::None)
                };
            let token = token(text, bytes, at, stop, bits);
            let begins = match end {
                _ if broken => true,
                End::None => false,
                End::Sure => spaced && bits & SIGN == 0 && (token.capital || bits & LOWER == 0),
                End::Maybe => {
                    spaced
                        && token.capital
                        && STARTERS.contains(&packed(&bytes[at..stop.min(at + 7)]))
                }
            };
            let opens = end == End::Sure && spaced && bits & SIGN != 0 && is_opening(text, at);
            if begins || opens {
                self.finish(&mut first);
            }
            if begins || opens || bits & SIGN == 0 {
                end = End::None;
            }
            if bits & SIGN != 0 {
                if matches!(byte, b'.' | b'!' | b'?') {
                    end = End::Sure;
                } else if !is_closing(text, at) {
                    end = End::None;
                }
            } else if kept != End::None {
                end = kept;
            }
            self.tokens.push(token);
            (spaced, broken) = (false, false);
            at = stop;
        }
        self.finish(&mut first);
    }

    /// Takes tokens and sentences as given: byte ranges into `text` and the
    /// numbers of the tokens that begin sentences.
    pub fn take(&mut self, text: &str, ranges: &[(u32, u32)], starts: &[u32]) {
        self.tokens.clear();
        self.sentences.clear();
        let (mut first, mut starts) = (0, starts.iter().peekable());
        for (number, &(start, end)) in ranges.iter().enumerate() {
            if starts.next_if(|&&begin| begin as usize <= number).is_some() {
                self.finish(&mut first);
            }
            let bytes = text.as_bytes();
            let mut bits = 0;
            for (at, c) in text[start as usize..end as usize].char_indices() {
                bits |= match c {
                    '.' if at > 0 => STOP,
                    c if c.is_ascii() => CLASS[c as usize] & WORD,
                    c => WIDE | wide_bits(c),
                };
            }
            if bits & WORD == 0 {
                bits = SIGN;
            }
            self.tokens
                .push(token(text, bytes, start as usize, end as usize, bits));
        }
        self.finish(&mut first);
    }

    fn finish(&mut self, first: &mut usize) {
        if *first < self.tokens.len() {
            self.sentences.push(Sentence {
                start: *first as u32,
                end: self.tokens.len() as u32,
                case: case_of(&self.tokens[*first..]),
            });
            *first = self.tokens.len();
        }
    }
}

/// Bytes below which a line is one of a table or list, or a headline, and no
/// part of wrapped text.
const SHORT_LINE: usize = 45;

fn token(text: &str, bytes: &[u8], start: usize, end: usize, bits: u8) -> Token {
    let wide = bits & WIDE != 0 && !text[start..end].is_ascii();
    let capital = if bytes[start] < 0x80 {
        bytes[start].is_ascii_uppercase()
    } else {
        text[start..].chars().next().is_some_and(char::is_uppercase)
    };
    Token {
        start: start as u32,
        end: end as u32,
        bits,
        capital,
        lower: if wide {
            hash_word(&text[start..end])
        } else {
            hash_range(bytes, start, end)
        },
    }
}

fn wide_bits(c: char) -> u8 {
    if c.is_uppercase() {
        UPPER
    } else if c.is_alphabetic() {
        LOWER
    } else if c.is_numeric() {
        DIGIT
    } else {
        0
    }
}

fn is_wide_word(text: &str, at: usize) -> bool {
    text.get(at..)
        .and_then(|rest| rest.chars().next())
        .is_some_and(|c| !c.is_ascii() && (c.is_alphanumeric() || is_mark(c)))
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}')
}

/// Whether a word goes on or begins at `at`.
fn is_word_at(text: &str, bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(&byte) if byte < 0x80 => CLASS[usize::from(byte)] & WORD != 0,
        Some(_) => is_wide_word(text, at),
        None => false,
    }
}

/// Reads a word: where it ends, what it holds, and what its last full stop means.
fn word(text: &str, bytes: &[u8], start: usize) -> (usize, u8, End) {
    let (mut at, mut bits) = (start, 0u8);
    // Letters or digits since the last joint.
    let mut run = 0;
    let mut kept = End::None;
    while at < bytes.len() {
        let byte = bytes[at];
        let class = CLASS[usize::from(byte)];
        if class & WORD != 0 {
            let more = lower_letters(bytes, at + 1);
            bits |= class | if more > 0 { LOWER } else { 0 };
            at += 1 + more;
            run += 1 + more;
            kept = End::None;
            continue;
        }
        let (joint, length) = match byte {
            b'\'' => (b'\'', 1),
            0x80.. => {
                let c = text[at..].chars().next().unwrap_or(' ');
                if c == '’' {
                    (b'\'', 3)
                } else if c.is_alphanumeric() || is_mark(c) {
                    bits |= WIDE | wide_bits(c);
                    at += c.len_utf8();
                    run += 1;
                    kept = End::None;
                    continue;
                } else {
                    break;
                }
            }
            byte => (byte, 1),
        };
        let before = bytes[at.saturating_sub(1)];
        let after = bytes.get(at + length).copied().unwrap_or(b' ');
        let goes_on = is_word_at(text, bytes, at + length);
        match joint {
            b'-' if goes_on => {}
            b'\'' if goes_on => {
                let is_possessive =
                    after | 0x20 == b's' && !is_word_at(text, bytes, at + length + 1);
                if is_possessive {
                    break;
                }
                bits |= if length > 1 { WIDE } else { 0 };
            }
            b',' if goes_on && before.is_ascii_digit() && after.is_ascii_digit() => {}
            b'&' if goes_on && before.is_ascii_uppercase() && after.is_ascii_uppercase() => {}
            b'.' if goes_on => {
                let is_inner = run == 1
                    || after.is_ascii_lowercase()
                    || (before.is_ascii_digit() && after.is_ascii_digit());
                if !is_inner {
                    break;
                }
                bits |= STOP;
            }
            b'.' => {
                let is_letter = run == 1 && !before.is_ascii_digit();
                let key = if at - start <= 8 {
                    load(bytes, start, at - start)
                } else {
                    0
                };
                let is_capital = bytes[start].is_ascii_uppercase();
                kept = if is_letter && (before.is_ascii_uppercase() || bits & STOP != 0) {
                    if bits & STOP != 0 {
                        End::Maybe
                    } else {
                        End::None
                    }
                } else if is_capital
                    && LEADING.contains(&key)
                    && bits & (DIGIT | STOP) == 0
                    && is_followed(bytes, at + 1)
                {
                    End::None
                } else if is_capital && TRAILING.contains(&key) {
                    End::Maybe
                } else {
                    break;
                };
                bits |= STOP;
                at += 1;
                if bytes.get(at) == Some(&b'-') && is_word_at(text, bytes, at + 1) {
                    run = 0;
                    continue;
                }
                break;
            }
            _ => break,
        }
        at += length;
        run = 0;
    }
    (at, bits, kept)
}

/// How many of the bytes from `at` on are letters in lower case, as far as
/// eight bytes at a time can tell.
#[inline]
fn lower_letters(bytes: &[u8], at: usize) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    let mut count = 0;
    for eight in bytes.get(at..).unwrap_or_default().chunks_exact(8) {
        let mut word = [0; 8];
        word.copy_from_slice(eight);
        let word = u64::from_le_bytes(word);
        let low = word & !HIGH;
        // The high bit of each byte tells whether it is one.
        let from_a = low + EACH * (0x80 - b'a' as u64);
        let beyond_z = low + EACH * (0x80 - (b'z' as u64 + 1));
        let others = !(from_a & !beyond_z & !word) & HIGH;
        let letters = others.trailing_zeros() as usize / 8;
        count += letters;
        if letters < 8 {
            break;
        }
    }
    count
}

/// Whether more of the line follows after one blank: `No. 5`, `Mr. Smith`.
fn is_followed(bytes: &[u8], at: usize) -> bool {
    bytes.get(at) == Some(&b' ')
        && bytes
            .get(at + 1)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
        || bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// Reads a sign: where it ends.
fn sign(text: &str, bytes: &[u8], at: usize) -> usize {
    let byte = bytes[at];
    let is_possessive = |length: usize| {
        bytes.get(at + length).is_some_and(|b| b | 0x20 == b's')
            && !is_word_at(text, bytes, at + length + 1)
            && at > 0
            && !CLASS[usize::from(bytes[at - 1])] & SPACE == SPACE
    };
    match byte {
        b'\'' if is_possessive(1) => at + 2,
        b'.' | b'-' | b'`' | b'\'' | b'*' | b'=' | b'_' => {
            let length = bytes[at..].iter().take_while(|&&b| b == byte).count();
            at + length
        }
        0x80.. => {
            let c = text[at..].chars().next().unwrap_or(' ');
            let length = c.len_utf8();
            if c == '’' && is_possessive(length) {
                at + length + 1
            } else {
                at + length
            }
        }
        _ => at + 1,
    }
}

fn is_opening(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_some_and(|c| {
        matches!(
            c,
            '"' | '“' | '‘' | '\'' | '`' | '(' | '[' | '«' | '-' | '–' | '—' | '•' | '*'
        )
    })
}

fn is_closing(text: &str, at: usize) -> bool {
    text[at..]
        .chars()
        .next()
        .is_some_and(|c| matches!(c, '"' | '”' | '’' | '\'' | ')' | ']' | '»'))
}

/// How the words of a sentence are written.
fn case_of(tokens: &[Token]) -> Case {
    let (mut words, mut capitals, mut uppers, mut numbers, mut long, mut long_capitals) =
        (0u32, 0u32, 0u32, 0u32, 0u32, 0u32);
    for token in tokens {
        // Without jumps, of which the processor would guess many wrong.
        let is_word = token.bits & (LOWER | UPPER) != 0;
        let is_long = is_word & (token.end - token.start > 3);
        words += u32::from(is_word);
        capitals += u32::from(is_word & token.capital);
        uppers += u32::from(is_word & (token.bits & LOWER == 0));
        long += u32::from(is_long);
        long_capitals += u32::from(is_long & token.capital);
        numbers += u32::from(!is_word & (token.bits & DIGIT != 0));
    }
    if numbers >= 2 && numbers * 3 >= words {
        Case::Table
    } else if words >= 2 && uppers * 5 >= words * 4 {
        Case::Upper
    } else if words >= 4 && capitals * 5 >= words * 3 && long_capitals * 10 >= long * 8 {
        Case::Title
    } else {
        Case::Running
    }
}

#[cfg(test)]
mod tests;
