//! What an article has shown of its words: how they are written elsewhere in
//! it, and what they were taken for.

use super::hashing::hash_word;
use super::lexicon::{Lexicon, list};
use super::tokens::{Case, LOWER, SIGN, Tokens, UPPER};

/// How words are written in an article: sets of hashed words as bits, sized
/// by the article. A word may seem seen that is not, about once in sixteen.
#[derive(Default)]
pub struct Seen {
    lower: Vec<u64>,
    capital: Vec<u64>,
    upper: Vec<u64>,
    mask: usize,
}

impl Seen {
    /// Forgets all and makes room for an article of about `tokens` tokens.
    pub fn begin(&mut self, tokens: usize) {
        let bits = (tokens * 8).next_power_of_two().clamp(1 << 12, 1 << 22);
        self.mask = bits - 1;
        for set in [&mut self.lower, &mut self.capital, &mut self.upper] {
            set.clear();
            set.resize(bits / 64, 0);
        }
    }

    /// Takes in a text of the article.
    pub fn add(&mut self, tokens: &Tokens) {
        for sentence in &tokens.sentences {
            if matches!(sentence.case, Case::Upper | Case::Title) {
                continue;
            }
            let words = &tokens.tokens[sentence.start as usize..sentence.end as usize];
            for (number, token) in words.iter().enumerate() {
                let set = if token.bits & (LOWER | UPPER) == 0 || token.bits & SIGN != 0 {
                    continue;
                } else if !token.capital {
                    &mut self.lower
                } else if token.bits & LOWER == 0 {
                    &mut self.upper
                } else if number > 0 {
                    &mut self.capital
                } else {
                    continue;
                };
                let bit = token.lower as usize & self.mask;
                set[bit / 64] |= 1 << (bit % 64);
            }
        }
    }

    /// Bit 0: seen in lower case; 1: capitalised within a sentence; 2: in capitals.
    pub fn get(&self, lower: u64) -> u64 {
        let bit = lower as usize & self.mask;
        let has = |set: &[u64]| set.get(bit / 64).map_or(0, |bits| bits >> (bit % 64) & 1);
        has(&self.lower) | has(&self.capital) << 1 | has(&self.upper) << 2
    }
}

/// Bits of [`Company`].
pub mod company {
    /// Stands after a capitalised word within a sentence.
    pub const AFTER_CAPITAL: u8 = 1;
    /// Stands before a capitalised word.
    pub const BEFORE_CAPITAL: u8 = 1 << 1;
    /// Stands between words that are not capitalised.
    pub const ALONE: u8 = 1 << 2;
    /// Stands after a title or a common first name.
    pub const AFTER_FIRST: u8 = 1 << 3;
    /// Stands before a word that organisations' names end with.
    pub const BEFORE_ORG_WORD: u8 = 1 << 4;
    /// Stands after `in`, `at`, `near` or `from`.
    pub const AFTER_IN: u8 = 1 << 5;
    /// Stands before `said`, `says`, `told` or `added`.
    pub const BEFORE_SAID: u8 = 1 << 6;
    /// Stands after `the`.
    pub const AFTER_THE: u8 = 1 << 7;
}

/// The company that the capitalised words of an article keep in its running
/// text. A word may seem to keep another's company as well, about once in ten.
pub struct Company {
    slots: Vec<u8>,
    the: u64,
    prepositions: [u64; 4],
    verbs: [u64; 4],
}

impl Default for Company {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            the: hash_word("the"),
            prepositions: ["in", "at", "near", "from"].map(hash_word),
            verbs: ["said", "says", "told", "added"].map(hash_word),
        }
    }
}

impl Company {
    /// Forgets all and makes room for an article of about `tokens` tokens.
    pub fn begin(&mut self, tokens: usize) {
        self.slots.clear();
        let size = (tokens * 4).next_power_of_two().clamp(1 << 10, 1 << 21);
        self.slots.resize(size, 0);
    }

    /// Takes in a text of the article.
    pub fn add(&mut self, tokens: &Tokens, lexicon: &Lexicon) {
        let mask = self.slots.len() - 1;
        for sentence in &tokens.sentences {
            if sentence.case != Case::Running {
                continue;
            }
            let words = &tokens.tokens[sentence.start as usize..sentence.end as usize];
            for (at, pair) in words.windows(2).enumerate() {
                let [before, word] = pair else { continue };
                if !word.capital {
                    continue;
                }
                let after = words.get(at + 2);
                let mut bits = 0;
                if before.capital && at > 0 {
                    bits |= company::AFTER_CAPITAL;
                }
                if before.capital {
                    if lexicon.get(before.lower).lists & (list::TITLE | list::FIRST) != 0 {
                        bits |= company::AFTER_FIRST;
                    }
                } else if before.lower == self.the {
                    bits |= company::AFTER_THE;
                } else if self.prepositions.contains(&before.lower) {
                    bits |= company::AFTER_IN;
                }
                match after {
                    Some(after) if after.capital => {
                        bits |= company::BEFORE_CAPITAL;
                        if lexicon.get(after.lower).lists & list::ORG_WORD != 0 {
                            bits |= company::BEFORE_ORG_WORD;
                        }
                    }
                    Some(after) if self.verbs.contains(&after.lower) => {
                        bits |= company::BEFORE_SAID;
                    }
                    _ if !before.capital => bits |= company::ALONE,
                    _ => {}
                }
                self.slots[word.lower as usize & mask] |= bits;
            }
        }
    }

    /// Bits of [`company`] for a word.
    pub fn get(&self, lower: u64) -> u8 {
        let slot = lower as usize & self.slots.len().wrapping_sub(1);
        self.slots.get(slot).copied().unwrap_or(0)
    }
}

/// What the words of an article were last taken for.
pub struct Memory {
    slots: Vec<(u32, u16, u8)>,
    article: u16,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            slots: vec![(0, 0, 0); Self::SLOTS],
            article: 0,
        }
    }
}

impl Memory {
    const SLOTS: usize = 1 << 12;

    /// Forgets all.
    pub fn begin(&mut self) {
        self.article = self.article.wrapping_add(1);
        if self.article == 0 {
            self.slots.fill((0, 0, 0));
            self.article = 1;
        }
    }

    /// Remembers a word's label. A rarer word may be forgotten for it.
    pub fn set(&mut self, lower: u64, label: u8) {
        self.slots[lower as usize % Self::SLOTS] = ((lower >> 32) as u32, self.article, label);
    }

    /// One more than the word's last label; 0 if it has none.
    pub fn get(&self, lower: u64) -> u64 {
        let (check, article, label) = self.slots[lower as usize % Self::SLOTS];
        if article == self.article && check == (lower >> 32) as u32 {
            u64::from(label) + 1
        } else {
            0
        }
    }
}

/// Words by which a report of sports is known.
const SPORT_WORDS: [&str; 104] = [
    "match",
    "matches",
    "season",
    "league",
    "cup",
    "coach",
    "goal",
    "goals",
    "scored",
    "striker",
    "midfielder",
    "defender",
    "goalkeeper",
    "soccer",
    "football",
    "baseball",
    "basketball",
    "hockey",
    "tennis",
    "golf",
    "cricket",
    "rugby",
    "innings",
    "wicket",
    "wickets",
    "batsman",
    "bowler",
    "overs",
    "halftime",
    "quarterback",
    "touchdown",
    "touchdowns",
    "yards",
    "playoff",
    "playoffs",
    "semifinal",
    "semifinals",
    "semi-final",
    "quarterfinal",
    "quarter-final",
    "finals",
    "championship",
    "championships",
    "champion",
    "champions",
    "tournament",
    "seeded",
    "seed",
    "seeds",
    "sets",
    "grand",
    "prix",
    "lap",
    "laps",
    "race",
    "races",
    "relay",
    "metres",
    "medal",
    "medalist",
    "olympic",
    "olympics",
    "skiing",
    "slalom",
    "downhill",
    "runner-up",
    "standings",
    "tabulated",
    "pts",
    "pct",
    "gb",
    "homer",
    "homers",
    "inning",
    "pitcher",
    "shortstop",
    "outfielder",
    "rebounds",
    "nba",
    "nfl",
    "nhl",
    "mlb",
    "fifa",
    "uefa",
    "premier",
    "division",
    "club",
    "clubs",
    "squad",
    "player",
    "players",
    "team",
    "teams",
    "game",
    "games",
    "win",
    "defeat",
    "beat",
    "referee",
    "stadium",
    "athletics",
    "sprinter",
    "cyclist",
    "rider",
];

/// Tells reports of sports from others.
pub struct Sport {
    slots: [u64; 512],
}

impl Default for Sport {
    fn default() -> Self {
        let mut slots = [0; 512];
        for word in SPORT_WORDS {
            let hash = hash_word(word);
            let mut at = hash as usize & 511;
            while slots[at] != 0 {
                at = (at + 1) & 511;
            }
            slots[at] = hash;
        }
        Self { slots }
    }
}

impl Sport {
    /// Tokens of the text that are looked at.
    const SAMPLE: usize = 600;

    /// Whether a text reports sports: 0 no, 1 perhaps, 2 surely.
    pub fn level(&self, tokens: &Tokens) -> u8 {
        let sample = &tokens.tokens[..tokens.tokens.len().min(Self::SAMPLE)];
        let (mut words, mut hits) = (0, 0);
        for token in sample {
            words += usize::from(token.bits & SIGN == 0);
            let mut at = token.lower as usize & 511;
            while self.slots[at] != 0 {
                if self.slots[at] == token.lower {
                    hits += 1;
                    break;
                }
                at = (at + 1) & 511;
            }
        }
        if hits >= 3 && hits * 25 >= words {
            2
        } else if hits >= 2 && hits * 60 >= words {
            1
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::company::{
        AFTER_CAPITAL, AFTER_FIRST, AFTER_IN, AFTER_THE, ALONE, BEFORE_CAPITAL, BEFORE_ORG_WORD,
        BEFORE_SAID,
    };
    use super::*;
    use crate::enrich::entities::lexicon::Entry;

    #[test]
    fn words_are_known_by_the_company_they_keep() {
        let row = |word: &str, lists| {
            let entry = Entry {
                lists,
                ..Entry::default()
            };
            (word.to_owned(), entry)
        };
        let rows = [row("ada", list::FIRST), row("party", list::ORG_WORD)];
        let lexicon = Lexicon::of(&rows, &[]);
        let mut tokens = Tokens::default();
        tokens.cut("He met Ada Birk near Dorn on the day the Mango Party fell, and Birk said so.");
        let mut company = Company::default();
        company.begin(tokens.tokens.len());
        company.add(&tokens, &lexicon);
        let of = |word| company.get(hash_word(word));
        assert_eq!(of("Birk"), AFTER_CAPITAL | AFTER_FIRST | BEFORE_SAID);
        assert_eq!(of("Dorn"), AFTER_IN | ALONE);
        assert_eq!(of("Mango"), AFTER_THE | BEFORE_CAPITAL | BEFORE_ORG_WORD);
        company.begin(1);
        assert_eq!(company.get(hash_word("Birk")), 0);
    }
}
