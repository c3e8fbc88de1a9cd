//! Where names can stand: runs of capitalised words with what may join them.
//! Only the words of runs are scored; they are about a fifth of a text.

use super::hashing::hash_word;
use super::tokens::{DIGIT, LOWER, SIGN, Sentence, Tokens, UPPER};

/// A run of tokens in one sentence that may hold names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First token.
    pub start: u32,
    /// Token after the last.
    pub end: u32,
}

/// Words of the longest run that is decoded as one; longer ones are cut.
pub const LONGEST_RUN: usize = 40;

/// Words in lower case that join two capitalised ones in names.
const CONNECTORS: [&str; 44] = [
    "of", "the", "de", "la", "le", "les", "du", "des", "del", "der", "den", "di", "da", "dos",
    "das", "do", "van", "von", "al", "el", "bin", "ibn", "ben", "abu", "bint", "and", "for", "on",
    "in", "at", "to", "und", "et", "y", "e", "sans", "without", "against", "'s", "ter", "ten",
    "zu", "av", "della",
];

/// Recognises the words that may join the parts of a name.
pub struct Connectors {
    slots: [u64; 256],
}

impl Default for Connectors {
    fn default() -> Self {
        let mut slots = [0; 256];
        for word in CONNECTORS.iter().copied().chain(["’s"]) {
            let hash = hash_word(word);
            let mut at = hash as usize & 255;
            while slots[at] != 0 {
                at = (at + 1) & 255;
            }
            slots[at] = hash;
        }
        Self { slots }
    }
}

impl Connectors {
    fn contains(&self, hash: u64) -> bool {
        let mut at = hash as usize & 255;
        while self.slots[at] != 0 {
            if self.slots[at] == hash {
                return true;
            }
            at = (at + 1) & 255;
        }
        false
    }

    /// Appends the runs of a sentence to `runs`.
    pub fn find(&self, text: &str, tokens: &Tokens, sentence: Sentence, runs: &mut Vec<Run>) {
        let all = &tokens.tokens[..sentence.end as usize];
        let mut at = sentence.start as usize;
        let mut free = at;
        while at < all.len() {
            if !is_capital(all[at].bits, all[at].capital) {
                at += 1;
                continue;
            }
            // A number before a name may belong to it: `20th Century`.
            let start = if at > free && all[at - 1].bits & DIGIT != 0 {
                at - 1
            } else {
                at
            };
            let mut end = at + 1;
            while end < all.len() && end - start < LONGEST_RUN {
                let token = &all[end];
                let more = |ahead: usize| {
                    all.get(end + ahead)
                        .is_some_and(|token| is_capital(token.bits, token.capital))
                };
                let joins = |ahead: usize| {
                    all.get(end + ahead).is_some_and(|token| {
                        self.contains(token.lower)
                            || token.bits & SIGN != 0
                                && is_joint(&text[token.start as usize..token.end as usize])
                    })
                };
                if is_capital(token.bits, token.capital)
                    || token.bits & DIGIT != 0 && token.bits & LOWER == 0
                {
                    end += 1;
                } else if joins(0) && more(1) {
                    end += 2;
                } else if joins(0) && joins(1) && more(2) {
                    end += 3;
                } else {
                    break;
                }
            }
            runs.push(Run {
                start: start as u32,
                end: end as u32,
            });
            (at, free) = (end, end);
        }
    }
}

fn is_capital(bits: u8, capital: bool) -> bool {
    // `eBay`, `al-Qaida` and `20th-Century` hold capitals too.
    capital || bits & (UPPER | SIGN) == UPPER
}

fn is_joint(sign: &str) -> bool {
    matches!(sign, "&" | "-" | "/" | "." | "'s" | "’s" | "'" | "’" | "+")
}
