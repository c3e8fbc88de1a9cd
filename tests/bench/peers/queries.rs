//! Queries about generated articles, in classes that cost differently, and
//! how each peer is asked.

use super::articles::{Dice, Press, stem};

/// A query of one class.
#[derive(Clone, Debug)]
pub struct Query {
    pub class: Class,
    words: Vec<String>,
    year: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Rare,
    Frequent,
    Or,
    And,
    Phrase,
    Prefix,
    Dated,
}

impl Class {
    pub const ALL: [Self; 7] = [
        Self::Rare,
        Self::Frequent,
        Self::Or,
        Self::And,
        Self::Phrase,
        Self::Prefix,
        Self::Dated,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rare => "rare word",
            Self::Frequent => "frequent word",
            Self::Or => "OR of 2 or 3",
            Self::And => "AND of 2",
            Self::Phrase => "phrase of 2 or 3",
            Self::Prefix => "prefix",
            Self::Dated => "word in a year",
        }
    }
}

/// `each` queries of every class about an archive of `articles`.
pub fn queries(articles: u64, each: usize) -> Vec<Query> {
    let press = Press::new();
    let mut dice = Dice::new(4711);
    let mut all = Vec::new();
    for number in 0..each {
        for class in Class::ALL {
            let mut word = |from: u64, below: u64| {
                let mut text = String::new();
                stem(from + dice.below(below - from), &mut text);
                text
            };
            let words = match class {
                Class::Rare => vec![word(20_000, 200_000)],
                Class::Frequent | Class::Dated => vec![word(10, 400)],
                Class::Or => (0..2 + number % 2).map(|_| word(30, 2000)).collect(),
                Class::And => (0..2).map(|_| word(10, 400)).collect(),
                Class::Prefix => {
                    let mut start = word(9_000, 300_000);
                    start.truncate(4);
                    vec![start]
                }
                Class::Phrase => {
                    // Two or three words as they stand side by side somewhere.
                    let article = press.article(dice.below(articles));
                    let plain: Vec<&str> = article
                        .body
                        .split(' ')
                        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
                        .filter(|word| !word.is_empty() && !word.contains('\n'))
                        .collect();
                    let length = 2 + number % 2;
                    let at = dice.below((plain.len() - length) as u64) as usize;
                    let phrase = &plain[at..at + length];
                    phrase.iter().map(|word| word.to_lowercase()).collect()
                }
            };
            let year = 1990 + dice.below(34);
            all.push(Query { class, words, year });
        }
    }
    all
}

impl Query {
    pub fn for_morgue(&self) -> String {
        match self.class {
            Class::Or => self.words.join(" OR "),
            Class::Phrase => format!("\"{}\"", self.words.join(" ")),
            Class::Prefix => format!("{}*", self.words[0]),
            Class::Dated => format!("{} date:{}", self.words[0], self.year),
            _ => self.words.join(" "),
        }
    }

    pub fn for_stock(&self) -> String {
        match self.class {
            Class::Dated => format!("{} year:{}", self.words[0], self.year),
            _ => self.for_morgue(),
        }
    }

    /// The whole statement; `None` where it has no like (no dates are kept).
    pub fn for_fts5(&self) -> Option<String> {
        let quoted = |word: &String| format!("\"{word}\"");
        let words: Vec<String> = self.words.iter().map(quoted).collect();
        let matched = match self.class {
            Class::Or => words.join(" OR "),
            Class::Phrase => format!("\"{}\"", self.words.join(" ")),
            Class::Prefix => format!("{}*", self.words[0]),
            Class::Dated => return None,
            _ => words.join(" AND "),
        };
        Some(format!(
            "select rank, title, snippet(t, 1, '[', ']', '…', 30) from t where t match '{matched}' order by rank limit 10;"
        ))
    }

    pub fn for_xapian(&self) -> Option<String> {
        match self.class {
            Class::And => Some(self.words.join(" AND ")),
            Class::Prefix | Class::Dated => None,
            _ => Some(self.for_morgue()),
        }
    }

    pub fn for_recoll(&self) -> Option<String> {
        match self.class {
            Class::Dated => None,
            _ => Some(self.for_morgue()),
        }
    }

    /// A pattern for ripgrep, which can only look for one text or alternatives.
    pub fn for_ripgrep(&self) -> Option<String> {
        match self.class {
            Class::Or => Some(self.words.join("|")),
            Class::Phrase => Some(self.words.join(r"\s+")),
            Class::Rare | Class::Frequent | Class::Prefix => Some(format!(r"\b{}", self.words[0])),
            Class::And | Class::Dated => None,
        }
    }
}
