//! Words a few edits away from a word: as an automaton over the bytes of a
//! dictionary, which keeps to those of its branches that can still come near.
//!
//! An edit is the insertion, deletion or replacement of a letter, or the swap of
//! two neighbours neither of which is edited again.

use tantivy_fst::Automaton;

/// Most edits that can be asked for.
pub(crate) const MOST_EDITS: u8 = 2;

/// Prefixes of the word that can be within reach of a prefix of another: those
/// at most [`MOST_EDITS`] letters longer or shorter.
const BAND: usize = 2 * MOST_EDITS as usize + 1;

/// Recognises the words at most some edits away from one.
pub(crate) struct Near {
    /// Bytes that every word of the dictionary is led by.
    lead: Vec<u8>,
    word: Vec<char>,
    edits: u8,
    /// Whether only words that start with the same letter are wanted.
    is_started_alike: bool,
}

/// What is known after some bytes.
#[derive(Clone, Copy)]
pub(crate) struct Reached {
    /// Bytes taken of the lead.
    lead: usize,
    /// Letters taken behind it.
    letters: usize,
    /// Edits that turn the prefix of the word which is `n - MOST_EDITS` letters
    /// longer than what was taken into it; for each `n`.
    row: [u8; BAND],
    /// The same one letter before.
    before: [u8; BAND],
    last: char,
    /// The letter whose bytes are being taken, and how many of them are left.
    partial: (u32, u8),
}

impl Near {
    /// Words at most `edits` away from `word`, each led by `lead`.
    pub(crate) fn new(lead: &str, word: &str, edits: u8) -> Self {
        Self {
            lead: lead.as_bytes().to_vec(),
            word: word.chars().collect(),
            edits: edits.min(MOST_EDITS),
            is_started_alike: false,
        }
    }

    /// Leaves out words that start with another letter.
    pub(crate) fn started_alike(self) -> Self {
        Self {
            is_started_alike: true,
            ..self
        }
    }

    /// How many letters of the word stand for place `n` of a row.
    fn prefix(letters: usize, n: usize) -> Option<usize> {
        (letters + n).checked_sub(usize::from(MOST_EDITS))
    }

    fn letter(&self, state: &Reached, letter: char) -> Reached {
        let letters = state.letters + 1;
        let too_many = self.edits + 1;
        let mut row = [too_many; BAND];
        let is_refused =
            self.is_started_alike && letters == 1 && self.word.first() != Some(&letter);
        for n in (0..BAND).filter(|_| !is_refused) {
            let Some(prefix) = Self::prefix(letters, n) else {
                continue;
            };
            if prefix > self.word.len() {
                break;
            }
            let mut fewest = too_many;
            if n + 1 < BAND {
                fewest = fewest.min(state.row[n + 1] + 1);
            }
            if let Some(at) = prefix.checked_sub(1) {
                let other = u8::from(self.word[at] != letter);
                fewest = fewest.min(state.row[n] + other);
                if n > 0 {
                    fewest = fewest.min(row[n - 1] + 1);
                }
                let is_swap = at > 0
                    && state.letters > 0
                    && self.word[at] == state.last
                    && self.word[at - 1] == letter;
                if is_swap {
                    fewest = fewest.min(state.before[n] + 1);
                }
            }
            row[n] = fewest.min(too_many);
        }
        Reached {
            lead: state.lead,
            letters,
            row,
            before: state.row,
            last: letter,
            partial: (0, 0),
        }
    }

    /// Nothing that starts so fits.
    fn lost(&self, state: &Reached) -> Reached {
        Reached {
            row: [self.edits + 1; BAND],
            before: [self.edits + 1; BAND],
            ..*state
        }
    }
}

impl Automaton for Near {
    type State = Reached;

    fn start(&self) -> Reached {
        let mut row = [self.edits + 1; BAND];
        for (n, edits) in row.iter_mut().enumerate() {
            if let Some(prefix) = Self::prefix(0, n)
                && prefix <= self.word.len()
            {
                *edits = u8::try_from(prefix).unwrap_or(u8::MAX).min(self.edits + 1);
            }
        }
        Reached {
            lead: 0,
            letters: 0,
            row,
            before: [self.edits + 1; BAND],
            last: '\0',
            partial: (0, 0),
        }
    }

    fn is_match(&self, state: &Reached) -> bool {
        let n = (self.word.len() + usize::from(MOST_EDITS)).checked_sub(state.letters);
        state.lead == self.lead.len()
            && state.partial.1 == 0
            && n.and_then(|n| state.row.get(n))
                .is_some_and(|&edits| edits <= self.edits)
    }

    fn can_match(&self, state: &Reached) -> bool {
        state.row.iter().any(|&edits| edits <= self.edits)
    }

    fn accept(&self, state: &Reached, byte: u8) -> Reached {
        if state.lead < self.lead.len() {
            return match self.lead[state.lead] == byte {
                true => Reached {
                    lead: state.lead + 1,
                    ..*state
                },
                false => self.lost(state),
            };
        }
        let (partial, left) = match (byte, state.partial) {
            (0..0x80, _) => return self.letter(state, char::from(byte)),
            (0x80..0xc0, (partial, left @ 1..)) => {
                (partial << 6 | u32::from(byte & 0x3f), left - 1)
            }
            (0x80..0xc0, _) => return self.lost(state),
            (0xc0..0xe0, _) => (u32::from(byte & 0x1f), 1),
            (0xe0..0xf0, _) => (u32::from(byte & 0x0f), 2),
            (0xf0.., _) => (u32::from(byte & 0x07), 3),
        };
        match left {
            0 => match char::from_u32(partial) {
                Some(letter) => self.letter(state, letter),
                None => self.lost(state),
            },
            _ => Reached {
                partial: (partial, left),
                ..*state
            },
        }
    }
}

/// Whether `word` is at most `edits` away from `asked`: by the full table, as
/// the textbooks have it.
#[cfg(test)]
pub(crate) fn edits_within(asked: &str, word: &str, edits: usize) -> bool {
    let (asked, word): (Vec<char>, Vec<char>) = (asked.chars().collect(), word.chars().collect());
    let mut table = vec![vec![0; word.len() + 1]; asked.len() + 1];
    for i in 0..=asked.len() {
        for j in 0..=word.len() {
            if i == 0 || j == 0 {
                table[i][j] = i + j;
                continue;
            }
            let other = usize::from(asked[i - 1] != word[j - 1]);
            let mut fewest = (table[i - 1][j - 1] + other)
                .min(table[i - 1][j] + 1)
                .min(table[i][j - 1] + 1);
            if i > 1 && j > 1 && asked[i - 1] == word[j - 2] && asked[i - 2] == word[j - 1] {
                fewest = fewest.min(table[i - 2][j - 2] + 1);
            }
            table[i][j] = fewest;
        }
    }
    table[asked.len()][word.len()] <= edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn takes(near: &Near, key: &str) -> bool {
        let mut state = near.start();
        for &byte in key.as_bytes() {
            if !near.can_match(&state) {
                return false;
            }
            state = near.accept(&state, byte);
        }
        near.is_match(&state)
    }

    #[test]
    fn a_swap_of_neighbours_is_one_edit() {
        let within = |a: &str, b, n| takes(&Near::new("", a, n), b);
        assert!(within("wolf", "wofl", 1) && !within("wolf", "wolves", 2));
        assert!(
            within("wolf", "golf", 1) && within("wolf", "olf", 1) && within("wolf", "woolf", 1)
        );
        assert!(!within("wolf", "golfs", 1) && within("wolf", "golfs", 2));
    }

    #[test]
    fn words_are_led_and_started_as_wanted() {
        let led = Near::new("p", "wolf", 1);
        assert!(takes(&led, "pwolf") && takes(&led, "pgolf") && takes(&led, "polf"));
        assert!(!takes(&led, "wolf") && !takes(&led, "owolf"));
        let alike = Near::new("p", "wolf", 1).started_alike();
        assert!(takes(&alike, "pwolf") && !takes(&alike, "pgolf") && !takes(&alike, "polf"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_automaton_takes_what_the_full_table_takes(
            asked in "[abc\u{e9}\u{4e2d}]{0,7}",
            word in "[abc\u{e9}\u{4e2d}]{0,8}",
            edits in 0..=MOST_EDITS,
        ) {
            let near = Near::new("", &asked, edits);
            prop_assert_eq!(takes(&near, &word), edits_within(&asked, &word, usize::from(edits)));
            let is_alike = asked.chars().next() == word.chars().next();
            let expected = edits_within(&asked, &word, usize::from(edits))
                && is_alike && !word.is_empty();
            if !word.is_empty() {
                prop_assert_eq!(takes(&near.started_alike(), &word), expected);
            }
        }
    }
}
