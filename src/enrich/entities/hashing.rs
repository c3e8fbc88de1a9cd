//! Hashes of words, without regard to case and diacritics.

use unicode_normalization::UnicodeNormalization;

/// Up to eight bytes as a number, letters in lower case.
pub(super) const fn packed(word: &[u8]) -> u64 {
    let (mut value, mut at) = (0u64, 0);
    while at < word.len() && at < 8 {
        value |= ((word[at] | 0x20) as u64) << (8 * at);
        at += 1;
    }
    value
}

pub(super) const fn packed_all<const N: usize>(words: [&str; N]) -> [u64; N] {
    let (mut values, mut at) = ([0; N], 0);
    while at < N {
        values[at] = packed(words[at].as_bytes());
        at += 1;
    }
    values
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FACTOR: u64 = 0xff51_afd7_ed55_8ccd;

/// Spreads the bits of a number.
#[inline]
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(FACTOR);
    value ^ (value >> 29)
}

#[inline]
pub(super) fn load(bytes: &[u8], at: usize, length: usize) -> u64 {
    let word = match bytes.get(at..at + 8) {
        Some(eight) => {
            let mut word = [0; 8];
            word.copy_from_slice(eight);
            let mask = if length >= 8 {
                u64::MAX
            } else {
                (1u64 << (8 * length)) - 1
            };
            (u64::from_le_bytes(word) | 0x2020_2020_2020_2020) & mask
        }
        None => packed(&bytes[at..(at + length).min(bytes.len())]),
    };
    debug_assert!(length > 8 || at + length <= bytes.len());
    word
}

/// Hashes `bytes[start..end]` as if in lower case.
#[inline]
pub(super) fn hash_range(bytes: &[u8], start: usize, end: usize) -> u64 {
    let mut hash = SEED ^ (end - start) as u64;
    let mut at = start;
    while at < end {
        let length = (end - at).min(8);
        hash = (hash ^ load(bytes, at, length)).wrapping_mul(FACTOR);
        hash ^= hash >> 31;
        at += 8;
    }
    hash
}

/// A word without case and diacritics.
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfd() {
        match c {
            '\u{300}'..='\u{36f}' => {}
            '’' => folded.push('\''),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'ß' => folded.push_str("ss"),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Hash of a word without case and diacritics, as in [`Token::lower`](super::tokens::Token::lower).
pub fn hash_word(word: &str) -> u64 {
    if word.is_ascii() {
        return hash_range(word.as_bytes(), 0, word.len());
    }
    let folded = fold(word);
    hash_range(folded.as_bytes(), 0, folded.len())
}
