//! Where names can stand: runs of capitalised words with what may join them.
//! Only the words of runs are scored; they are about a fifth of a text.

use super::hashing::hash_word;
use super::tokens::{Case, DIGIT, LOWER, SIGN, Sentence, Tokens, UPPER};

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

/// Words that begin sentences and alone are no name: a fifth of all the words
/// that would be scored.
const OPENERS: [&str; 88] = [
    "the",
    "a",
    "an",
    "i",
    "he",
    "she",
    "it",
    "we",
    "they",
    "you",
    "his",
    "her",
    "its",
    "our",
    "their",
    "my",
    "your",
    "this",
    "that",
    "these",
    "those",
    "there",
    "here",
    "in",
    "on",
    "at",
    "by",
    "for",
    "from",
    "with",
    "to",
    "of",
    "as",
    "but",
    "and",
    "or",
    "if",
    "when",
    "while",
    "after",
    "before",
    "since",
    "because",
    "although",
    "though",
    "however",
    "so",
    "then",
    "what",
    "who",
    "why",
    "how",
    "where",
    "which",
    "some",
    "many",
    "no",
    "not",
    "also",
    "both",
    "each",
    "every",
    "other",
    "another",
    "such",
    "under",
    "during",
    "until",
    "without",
    "according",
    "meanwhile",
    "now",
    "yet",
    "only",
    "more",
    "is",
    "are",
    "was",
    "were",
    "do",
    "did",
    "does",
    "has",
    "have",
    "had",
    "would",
    "let",
    "it's",
];

/// Words in capitals wherever they stand that alone are hardly ever a name.
const DAYS: [&str; 14] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "july",
    "september",
    "october",
    "november",
    "december",
];

/// A small set of words by their hashes.
struct Words {
    slots: [u64; 256],
}

impl Words {
    fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut slots = [0; 256];
        for word in words {
            let hash = hash_word(word);
            let mut at = hash as usize & 255;
            while slots[at] != 0 {
                at = (at + 1) & 255;
            }
            slots[at] = hash;
        }
        Self { slots }
    }

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
}

/// Finds the runs of sentences.
pub struct Runs {
    connectors: Words,
    openers: Words,
    days: Words,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            connectors: Words::of(CONNECTORS.into_iter().chain(["’s"])),
            openers: Words::of(OPENERS),
            days: Words::of(DAYS),
        }
    }
}

impl Runs {
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
                        self.connectors.contains(token.lower)
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
            let is_alone = end - start == 1;
            let opens = sentence.case == Case::Running
                // Neither `IT` nor `US`, but `I`.
                && (all[start].bits & LOWER != 0 || all[start].end - all[start].start == 1)
                && self.openers.contains(all[start].lower);
            if !(is_alone && (opens || self.days.contains(all[start].lower))) {
                runs.push(Run {
                    start: start as u32,
                    end: end as u32,
                });
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_joined_capitals_but_no_opener_or_day_alone() {
        let runs = |text: &'static str| {
            let (mut tokens, mut runs) = (Tokens::default(), Vec::new());
            tokens.cut(text);
            for &sentence in &tokens.sentences {
                Runs::default().find(text, &tokens, sentence, &mut runs);
            }
            let shown = |run: Run| {
                let words = &tokens.tokens[run.start as usize..run.end as usize];
                &text[words[0].start as usize..words[words.len() - 1].end as usize]
            };
            runs.into_iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(
            runs(
                "But she met on Monday, he said. The Hague paid in May. I know the Bank of Sundmark."
            ),
            ["The Hague", "May", "Bank of Sundmark"]
        );
        assert_eq!(runs("THE WHO TO TOUR"), ["THE WHO TO TOUR"]);
    }
}
