//! Which words of a dictionary are inflections of a word: those with the same
//! English Snowball stem. The index holds surface words only, so a query word
//! is stemmed and the dictionary is scanned where words of that stem can lie.

use std::io;

use rust_stemmers::{Algorithm, Stemmer};
use tantivy_fst::Automaton;

use super::dictionary::Dictionary;

/// What takes a word's endings off.
pub(crate) fn stemmer() -> Stemmer {
    Stemmer::create(Algorithm::English)
}

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
        Self::of_stem(&stemmer().stem(word))
    }

    /// Those of a stem.
    pub(crate) fn of_stem(stem: &str) -> Self {
        Self {
            stemmer: stemmer(),
            stem: stem.to_owned(),
        }
    }

    /// The stem they share.
    pub(crate) fn stem(&self) -> &str {
        &self.stem
    }

    /// Whether `word` is one of them.
    pub(crate) fn contains(&self, word: &str) -> bool {
        word.len() <= self.stem.len() + MAX_ENDING && self.stemmer.stem(word) == self.stem
    }

    /// Calls `each` with the words of a dictionary, led by `lead`, that end like
    /// inflections, and their numbers: few of them are none.
    pub(crate) fn each_candidate<E: From<io::Error>>(
        &self,
        dictionary: &Dictionary,
        lead: &str,
        mut each: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        for prefix in self.prefixes() {
            let from = format!("{lead}{prefix}");
            let endings = Endings::behind(&from, self);
            dictionary.each(from.as_bytes(), &endings, &mut each)?;
        }
        Ok(())
    }

    /// Whether an inflection may lack most of the stem.
    fn has_odd_prefix(&self) -> bool {
        let stem = self.stem.as_str();
        stem.len() == 3 && stem.ends_with("ie") && stem.is_char_boundary(1)
    }

    /// Prefixes of which every inflection has one; none is a prefix of another.
    ///
    /// Snowball changes the letters a stem ends with only in a few ways: a
    /// final `e` is restored or `y` turned to `i`, `-ability` becomes `-abl`,
    /// and `dying` becomes `die`.
    fn prefixes(&self) -> Vec<String> {
        let stem = self.stem.as_str();
        let with = |cut: usize, endings: &[&str]| -> Vec<String> {
            let base = &stem[..stem.len() - cut];
            endings.iter().map(|e| format!("{base}{e}")).collect()
        };
        if self.has_odd_prefix() {
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

/// What the endings that Snowball takes off consist of: `-izations` is `iz`, `at`,
/// `ion`, `s`. In pieces, for a further ending may have taken the last letter of
/// one, and the stem may keep the first letters of another.
const PIECES: [&str; 23] = [
    "al", "anc", "enc", "er", "ic", "abl", "ibl", "abil", "ibil", "ant", "ment", "ent", "ism",
    "at", "it", "ous", "iv", "iz", "ion", "or", "ful", "ness", "ing",
];

/// Pieces of one letter.
const LETTERS: &[u8] = b"'sedyil";

/// A set of places in the pieces, which are thought of one behind another: that
/// all letters of a piece up to there were read.
type Places = u128;

/// The places that fit a byte, where pieces begin and where they end: so a byte
/// takes one step in all pieces at once.
const FITTING: [Places; 128] = {
    let mut fitting = [0; 128];
    let (mut piece, mut place) = (0, 0);
    while piece < PIECES.len() + LETTERS.len() {
        let (letters, mut at) = (letters_of(piece), 0);
        while at < letters.len() {
            fitting[letters[at] as usize] |= 1 << place;
            (at, place) = (at + 1, place + 1);
        }
        piece += 1;
    }
    fitting
};
const FIRST: Places = borders(false);
const LAST: Places = borders(true);

const fn letters_of(piece: usize) -> &'static [u8] {
    match piece < PIECES.len() {
        true => PIECES[piece].as_bytes(),
        false => LETTERS.split_at(piece - PIECES.len()).1.split_at(1).0,
    }
}

const fn borders(are_last: bool) -> Places {
    let (mut borders, mut piece, mut place) = (0, 0, 0);
    while piece < PIECES.len() + LETTERS.len() {
        let length = letters_of(piece).len();
        borders |= 1 << if are_last { place + length - 1 } else { place };
        (piece, place) = (piece + 1, place + length);
    }
    borders
}

/// Recognises what may stand behind a prefix in an inflection: [`PIECES`],
/// [`LETTERS`], and a letter doubled as in `hopping`. It keeps a scan to the few
/// branches of a dictionary on which inflections can lie, where most words that
/// start as the stem does are others.
struct Endings {
    /// Bytes up to where the ending begins.
    skipped: usize,
    /// The last of them.
    last: Option<u8>,
    /// Whether anything may follow.
    is_open: bool,
}

/// An ending as far as it was read.
#[derive(Clone, Copy)]
struct Ending {
    skipped: usize,
    length: usize,
    /// The byte read last.
    last: Option<u8>,
    /// Where in pieces it may have come to.
    places: Places,
    /// Whether it may end here, and another piece begin.
    is_border: bool,
}

/// Bytes of the longest ending behind a prefix, which may lack letters of the
/// stem.
const LONGEST: usize = MAX_ENDING + 2;

impl Endings {
    /// Of the keys that start with `from`: a prefix of [`Inflections::prefixes`],
    /// perhaps led by more.
    fn behind(from: &str, inflections: &Inflections) -> Self {
        Self {
            skipped: from.len(),
            last: from.bytes().last(),
            // `dying` is `die`.
            is_open: inflections.has_odd_prefix(),
        }
    }
}

impl Automaton for Endings {
    type State = Option<Ending>;

    fn start(&self) -> Option<Ending> {
        Some(Ending {
            skipped: 0,
            length: 0,
            last: self.last,
            places: 0,
            is_border: true,
        })
    }

    fn is_match(&self, state: &Option<Ending>) -> bool {
        state.is_some_and(|ending| {
            ending.skipped == self.skipped && (self.is_open || ending.is_border)
        })
    }

    fn can_match(&self, state: &Option<Ending>) -> bool {
        state.is_some()
    }

    fn accept(&self, state: &Option<Ending>, byte: u8) -> Option<Ending> {
        let mut ending = (*state)?;
        if ending.skipped < self.skipped {
            ending.skipped += 1;
            return Some(ending);
        }
        if self.is_open {
            return Some(ending);
        }
        if ending.length == LONGEST {
            return None;
        }
        let is_doubled = ending.is_border && ending.last == Some(byte);
        let starts = if ending.is_border { FIRST } else { 0 };
        let fitting = FITTING.get(usize::from(byte)).copied().unwrap_or(0);
        ending.places = (ending.places << 1 & !FIRST | starts) & fitting;
        ending.is_border = is_doubled || ending.places & LAST != 0;
        ending.last = Some(byte);
        ending.length += 1;
        (ending.is_border || ending.places != 0).then_some(ending)
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
        let stemmer = stemmer();
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

    fn has_known_ending(inflections: &Inflections, word: &str) -> bool {
        inflections.prefixes().iter().any(|prefix| {
            let endings = Endings::behind(prefix, inflections);
            let mut state = endings.start();
            for &byte in word.as_bytes() {
                state = endings.accept(&state, byte);
            }
            word.starts_with(prefix.as_str()) && endings.is_match(&state)
        })
    }

    #[test]
    fn the_endings_are_those_of_every_inflection() {
        let mut words: Vec<String> = Vec::new();
        for base in BASES {
            let last = base.chars().next_back().unwrap_or('x');
            for ending in ENDINGS {
                for further in ["", "s", "ly", "ness", "ed", "ing", "al", "er", "y", "'s"] {
                    words.push(format!("{base}{ending}{further}"));
                    words.push(format!("{base}{last}{ending}{further}"));
                    words.push(format!("{}{ending}{further}", &base[..base.len() - 1]));
                }
            }
        }
        // And words that no language has: endings behind every letter.
        for letter in 'a'..='z' {
            for ending in ENDINGS {
                for start in ["bar", "o", "str", "cosm", "beaut", "general"] {
                    words.push(format!("{start}{letter}{ending}"));
                    words.push(format!("{start}{letter}{letter}{ending}"));
                    words.push(format!("{start}{ending}{letter}"));
                }
            }
        }
        for word in &words {
            let inflections = Inflections::of(word);
            // What no scan would come upon is no matter here.
            let is_scanned = inflections.contains(word)
                && inflections
                    .prefixes()
                    .iter()
                    .any(|p| word.starts_with(p.as_str()));
            assert!(
                !is_scanned || has_known_ending(&inflections, word),
                "{word} is of {}",
                inflections.stem
            );
        }
    }

    #[test]
    fn other_words_that_start_as_a_stem_does_are_passed_over() {
        let plan = Inflections::of("plan");
        for word in ["plan", "plans", "planned", "planning", "planner's"] {
            assert!(has_known_ending(&plan, word), "{word}");
        }
        for word in ["plank", "planet", "plantain", "planck", "planx", "plan9"] {
            assert!(!has_known_ending(&plan, word), "{word}");
        }
    }

    #[test]
    fn inflections_share_their_stem_and_strangers_do_not() {
        let elections = Inflections::of("elections");
        assert!(elections.contains("election") && elections.contains("elections"));
        assert!(!elections.contains("electrons"));
    }
}
