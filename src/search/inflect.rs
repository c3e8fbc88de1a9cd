//! Which words of a dictionary are inflections of a word: those with the same
//! English Snowball stem. The index holds surface words only, so a query word
//! is stemmed and the dictionary is scanned where words of that stem can lie.

use rust_stemmers::{Algorithm, Stemmer};

/// Longest inflection: bytes beyond its stem. The longest chain of English
/// endings Snowball takes off is shorter.
const MAX_ENDING: usize = 12;

/// The words that share a stem.
pub(crate) struct Inflections {
    stemmer: Stemmer,
    stem: String,
}

impl Inflections {
    /// The inflections of a folded word.
    pub(crate) fn of(word: &str) -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let stem = stemmer.stem(word).into_owned();
        Self { stemmer, stem }
    }

    /// Whether `word` is one of them.
    pub(crate) fn contains(&self, word: &str) -> bool {
        word.len() <= self.stem.len() + MAX_ENDING && self.stemmer.stem(word) == self.stem
    }

    /// Prefixes of which every inflection has one; none is a prefix of another.
    ///
    /// Snowball changes the letters a stem ends with only in a few ways: a
    /// final `e` is restored or `y` turned to `i`, `-ability` becomes `-abl`,
    /// and `dying` becomes `die`.
    pub(crate) fn prefixes(&self) -> Vec<String> {
        let stem = self.stem.as_str();
        let with = |cut: usize, endings: &[&str]| -> Vec<String> {
            let base = &stem[..stem.len() - cut];
            endings.iter().map(|e| format!("{base}{e}")).collect()
        };
        if stem.len() == 3 && stem.ends_with("ie") && stem.is_char_boundary(1) {
            with(2, &[""])
        } else if stem.len() > 1 && stem.ends_with('e') {
            with(1, &["e", "ing", "y"])
        } else if stem.len() > 1 && stem.ends_with('i') {
            with(1, &["i", "y"])
        } else if stem.len() > 1 && stem.ends_with('y') {
            with(1, &["y", "ie"])
        } else if stem.len() > 2 && stem.ends_with("bl") {
            with(1, &["l", "ilit"])
        } else {
            with(0, &[""])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASES: &[&str] = &[
        "hope",
        "hop",
        "party",
        "sky",
        "possible",
        "able",
        "die",
        "lie",
        "tie",
        "run",
        "relate",
        "nation",
        "happy",
        "fly",
        "agree",
        "argue",
        "luxury",
        "general",
        "create",
        "oscillate",
        "elect",
        "government",
        "negotiate",
        "ceasefire",
        "study",
        "employ",
        "universe",
        "news",
        "howe",
        "succeed",
        "gentle",
        "idle",
        "early",
        "only",
        "sing",
        "bus",
        "gas",
        "kiss",
        "hypothesis",
        "geology",
        "electric",
        "responsible",
        "visible",
        "sensitive",
        "active",
        "rational",
        "condition",
        "valence",
        "hesitancy",
        "digitize",
        "conform",
        "radical",
        "different",
        "vile",
        "analogous",
        "vietnam",
        "predicate",
        "operate",
        "feudal",
        "decisive",
        "callous",
        "formal",
        "triplicate",
        "hope",
        "good",
        "revive",
        "allow",
        "infer",
        "adjust",
        "homolog",
        "communism",
        "homo",
        "bowdlerize",
        "control",
        "roll",
        "dye",
        "agile",
        "easy",
    ];
    const ENDINGS: &[&str] = &[
        "",
        "s",
        "es",
        "ed",
        "ing",
        "ings",
        "ly",
        "y",
        "ies",
        "ied",
        "ying",
        "iness",
        "ily",
        "ation",
        "ations",
        "ational",
        "ization",
        "izations",
        "izer",
        "ize",
        "ized",
        "izing",
        "ability",
        "abilities",
        "ibility",
        "ibly",
        "able",
        "ably",
        "al",
        "ally",
        "ality",
        "ive",
        "iveness",
        "ively",
        "ful",
        "fully",
        "fulness",
        "ous",
        "ously",
        "ousness",
        "ment",
        "ments",
        "ence",
        "ance",
        "ency",
        "ancy",
        "er",
        "ers",
        "or",
        "ors",
        "ator",
        "icate",
        "iciti",
        "ical",
        "ically",
        "ness",
        "nesses",
        "est",
        "'s",
        "ingly",
        "edly",
        "eedly",
        "li",
        "logi",
        "logy",
        "ogist",
        "ism",
        "isms",
        "ist",
        "ists",
        "ate",
        "ates",
        "ated",
        "ating",
        "ion",
        "ions",
        "ie",
        "e",
    ];

    #[test]
    fn the_scanned_prefixes_miss_no_word_that_a_full_scan_finds() {
        let mut words: Vec<String> = Vec::new();
        for base in BASES {
            let last = base.chars().next_back().unwrap_or('x');
            for ending in ENDINGS {
                words.push(format!("{base}{ending}"));
                words.push(format!("{base}{last}{ending}"));
                words.push(format!("{}{ending}", &base[..base.len() - 1]));
                words.push(format!("{}{ending}", &base[..base.len() - 2]));
            }
        }
        words.sort();
        words.dedup();
        let stemmer = Stemmer::create(Algorithm::English);
        let mut by_stem = std::collections::HashMap::<String, Vec<&str>>::new();
        for word in &words {
            let stem = stemmer.stem(word).into_owned();
            by_stem.entry(stem).or_default().push(word);
        }
        let mut missed = Vec::new();
        for (stem, same) in &by_stem {
            let inflections = Inflections::of(same[0]);
            assert_eq!(&inflections.stem, stem);
            let prefixes = inflections.prefixes();
            for word in same {
                // Only what follows English spelling has to be found.
                let found = prefixes.iter().any(|p| word.starts_with(p.as_str()))
                    && inflections.contains(word);
                if !found {
                    missed.push((stem.clone(), (*word).to_owned()));
                }
            }
        }
        missed.sort();
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn inflections_share_their_stem_and_strangers_do_not() {
        let elections = Inflections::of("elections");
        assert!(elections.contains("election") && elections.contains("elections"));
        assert!(!elections.contains("electrons"));
    }
}
