//! Reading a text for a few words only: most others are told by their first
//! two letters and passed without being folded or copied.

use super::{DIGIT, MAX_WORD_BYTES, Words, class, is_ascii_word};

/// The first letters of wanted words: most words of a text are told by them
/// to be others, before anything is folded or copied.
#[derive(Clone, Debug)]
pub struct Starts {
    /// One bit for each pair of first and second letter.
    bits: [u64; (LETTERS * LETTERS).div_ceil(64)],
}

/// ASCII letters without case, digits, and "no letter".
const LETTERS: usize = 37;

fn letter_number(byte: u8) -> Option<usize> {
    match byte {
        b'0'..=b'9' => Some(usize::from(byte - b'0') + 1),
        b'a'..=b'z' => Some(usize::from(byte - b'a') + 11),
        b'A'..=b'Z' => Some(usize::from(byte - b'A') + 11),
        _ => None,
    }
}

/// How many ASCII letters and digits a text begins with: eight are looked at
/// together, for most words are no longer.
fn word_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(eight) = bytes[length..].first_chunk() {
        let others = others(u64::from_le_bytes(*eight));
        if others != 0 {
            return length + others.trailing_zeros() as usize / 8;
        }
        length += eight.len();
    }
    let rest = bytes[length..].iter();
    length + rest.take_while(|&&byte| is_ascii_word(byte)).count()
}

/// The highest bit of each byte that is no ASCII letter or digit.
fn others(bytes: u64) -> u64 {
    const fn eight(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    const HIGHEST: u64 = eight(0x80);
    // The highest bit of each byte that is at least `first`; no sum reaches the next.
    let at_least = |bytes: u64, first: u8| bytes + eight(0x80 - first);
    let ascii = bytes & !HIGHEST;
    let lower = ascii | eight(0x20);
    let letters = at_least(lower, b'a') & !at_least(lower, b'z' + 1);
    let digits = at_least(ascii, b'0') & !at_least(ascii, b'9' + 1);
    (!(letters | digits) | bytes) & HIGHEST
}

impl Default for Starts {
    fn default() -> Self {
        Self {
            bits: [0; (LETTERS * LETTERS).div_ceil(64)],
        }
    }
}

impl Starts {
    /// The bit of a word; `None` where its start is not plain ASCII: such
    /// words are never skipped.
    fn bit(first: u8, second: Option<u8>) -> Option<usize> {
        let second = match second {
            None => 0,
            Some(byte) => letter_number(byte)?,
        };
        Some(letter_number(first)? * LETTERS + second)
    }

    /// Wants a folded word.
    pub fn add(&mut self, word: &str) {
        let bytes = word.as_bytes();
        if let Some(&first) = bytes.first()
            && let Some(bit) = Self::bit(first, bytes.get(1).copied())
        {
            self.bits[bit / 64] |= 1 << (bit % 64);
        }
    }

    fn may_want(&self, first: u8, second: Option<u8>) -> bool {
        Self::bit(first, second).is_none_or(|bit| self.bits[bit / 64] & (1 << (bit % 64)) != 0)
    }
}

impl Words<'_> {
    /// Goes on to the next word that may be wanted, counting those it passes;
    /// `false` at the end.
    pub fn advance_to(&mut self, starts: &Starts) -> bool {
        if self.pair.is_none() {
            self.skip_plain(starts);
        }
        self.advance()
    }

    /// Passes words of plain ASCII that cannot be wanted. Whatever has rules
    /// of its own (stops, commas, apostrophes, accents) is left to be read.
    fn skip_plain(&mut self, starts: &Starts) {
        let bytes = self.text.as_bytes();
        let (mut at, mut passed) = (self.next, 0u32);
        loop {
            while bytes
                .get(at)
                .is_some_and(|&byte| byte < 0x80 && !is_ascii_word(byte))
            {
                at += 1;
            }
            let start = at;
            at += word_length(&bytes[at..]);
            let word = &bytes[start..at];
            let (Some(&first), Some(&last)) = (word.first(), word.last()) else {
                break;
            };
            let is_plain = word.len() < MAX_WORD_BYTES
                && match bytes.get(at) {
                    Some(b'.' | b',') => word.len() > 1 && class(last) != DIGIT,
                    Some(b'\'') => false,
                    Some(&byte) => byte < 0x80,
                    None => true,
                };
            if !is_plain || starts.may_want(first, word.get(1).copied()) {
                at = start;
                break;
            }
            passed += 1;
        }
        self.next = at;
        self.position = self.position.wrapping_add(passed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_where_its_first_other_byte_stands() {
        for byte in 0..=255 {
            for before in 0..20 {
                for after in 0..9 {
                    let text = [vec![b'a'; before], vec![byte], vec![b'0'; after]].concat();
                    let expected = match byte.is_ascii_alphanumeric() {
                        true => text.len(),
                        false => before,
                    };
                    assert_eq!(word_length(&text), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn skipping_passes_no_wanted_word_and_keeps_its_place() {
        let text = "The U.S. envoy's 4,500 men, O'Brien and a man; caf\u{e9} manes. Men's 2.5 東京都 a, man,men";
        let mut all = Words::new(text);
        let mut plain = Vec::new();
        while all.advance() {
            plain.push((all.word().to_owned(), all.range(), all.position()));
        }
        for wanted in [
            "men", "man", "a", "us", "4500", "cafe", "京都", "s", "2.5", "envoy",
        ] {
            let mut starts = Starts::default();
            starts.add(wanted);
            let mut words = Words::new(text);
            let mut found = Vec::new();
            while words.advance_to(&starts) {
                if words.word() == wanted {
                    found.push((wanted.to_owned(), words.range(), words.position()));
                }
            }
            let expected: Vec<_> = plain
                .iter()
                .filter(|(word, ..)| word == wanted)
                .cloned()
                .collect();
            assert_eq!(found, expected);
        }
    }
}
