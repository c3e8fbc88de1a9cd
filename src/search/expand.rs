//! What a pattern of the query stands for: the words of the index that fit
//! it, with their posting lists in every segment.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use regex::Regex;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;
use tantivy_fst::automaton::AlwaysMatch;

use super::edits::Near;
use super::request::{Note, SearchError};
use crate::index::inflect::Inflections;
use crate::index::snapshot::Snapshot;
use crate::query::tree::{Pattern, Span};

/// Most words one pattern stands for; the most frequent are kept.
const MAX_WORDS: usize = 4096;

/// Largest compiled regular expression in bytes: keeps absurd repetitions out.
const REGEX_BYTES: usize = 1 << 20;

/// A text of the index in which words are looked up. Words of entities carry
/// their kind's letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slot {
    /// The field.
    pub(crate) field: Field,
    /// What leads every word there.
    pub(crate) letter: Option<char>,
}

impl Slot {
    /// What leads every word there, as text.
    pub(crate) fn lead(&self) -> String {
        self.letter.map(String::from).unwrap_or_default()
    }
}

/// One posting list of a group.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// Index into the slots the group was expanded for.
    pub(crate) slot: usize,
    /// Index into [`Group::words`].
    pub(crate) word: usize,
    /// Where it lies.
    pub(crate) info: TermInfo,
}

/// The words a pattern stands for; scored as if they were one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// What the words have in common, where a pattern stands for those of one stem.
    pub(crate) stem: Option<String>,
    /// Surface words without any letter, ascending.
    pub(crate) words: Vec<String>,
    /// For each segment its lists.
    pub(crate) segments: Vec<Vec<List>>,
}

/// The lists of words that fit, as they are come upon: thousands, where a pattern is
/// short.
#[derive(Default)]
struct Found {
    /// The words one behind another.
    words: String,
    lists: Vec<FoundList>,
}

struct FoundList {
    /// Where its word stands.
    word: Range<usize>,
    segment: usize,
    slot: usize,
    info: TermInfo,
}

impl Found {
    fn add(&mut self, word: &str, segment: usize, slot: usize, info: TermInfo) {
        let start = self.words.len();
        self.words.push_str(word);
        self.lists.push(FoundList {
            word: start..self.words.len(),
            segment,
            slot,
            info,
        });
    }

    /// The words, ascending, each with its lists in the order of segments and slots.
    fn by_word(&mut self) -> Vec<(&str, &[FoundList])> {
        let Self { words, lists } = self;
        let word = |list: &FoundList| &words[list.word.clone()];
        // Each dictionary gave its words in order, which this way of sorting makes use
        // of.
        lists.sort_by(|one, other| word(one).cmp(word(other)));
        let same = lists.chunk_by(|one, other| word(one) == word(other));
        same.map(|lists| (word(&lists[0]), lists)).collect()
    }
}

/// Decides which words fit a pattern, and where to look for them.
enum Matcher {
    Exact(String),
    Inflected(Inflections),
    Wildcard { prefix: String, pattern: Vec<char> },
    Fuzzy { word: String, edits: u8 },
    Regex { prefix: String, regex: Regex },
}

/// Why an expression of a query cannot be used.
fn bad_regex(error: &regex::Error, span: Span) -> SearchError {
    let (message, hint) = match error {
        regex::Error::CompiledTooBig(_) => (
            "the regular expression repeats too much",
            "ask for fewer repetitions: `/a{3}/`, `/a+/`",
        ),
        _ => (
            "the regular expression is malformed",
            "to search the text, put quotes around it",
        ),
    };
    SearchError::Query {
        span,
        message: message.to_owned(),
        hint,
    }
}

impl Matcher {
    fn new(pattern: &Pattern, span: Span) -> Result<Self, SearchError> {
        Ok(match pattern {
            Pattern::Exact(word) => Self::Exact(word.clone()),
            Pattern::Inflected(word) => Self::Inflected(Inflections::of(word)),
            Pattern::Wildcard(text) => Self::Wildcard {
                prefix: text
                    .chars()
                    .take_while(|c| !matches!(c, '*' | '?'))
                    .collect(),
                pattern: text.chars().collect(),
            },
            Pattern::Fuzzy { word, edits } => Self::Fuzzy {
                word: word.clone(),
                edits: *edits,
            },
            Pattern::Regex(text) => {
                let regex = regex::RegexBuilder::new(&format!(r"\A(?:{text})\z"))
                    .size_limit(REGEX_BYTES)
                    .dfa_size_limit(REGEX_BYTES)
                    .build()
                    .map_err(|error| bad_regex(&error, span))?;
                Self::Regex {
                    prefix: literal_prefix(text),
                    regex,
                }
            }
        })
    }

    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Exact(exact) => word == exact,
            Self::Inflected(inflections) => inflections.contains(word),
            // Only words that start so come here.
            Self::Wildcard { pattern, .. } if is_prefix(pattern) => true,
            Self::Wildcard { pattern, .. } => wildcard_fits(pattern, word),
            // Its automaton takes no others.
            Self::Fuzzy { .. } => true,
            Self::Regex { regex, .. } => regex.is_match(word),
        }
    }
}

/// Looks up what `pattern` stands for in the given slots.
///
/// # Errors
///
/// A malformed or too large regular expression; what tantivy finds wrong with
/// its dictionaries.
pub(crate) fn expand(
    snapshot: &Snapshot,
    slots: &[Slot],
    pattern: &Pattern,
    span: Span,
    notes: &mut Vec<Note>,
) -> Result<Group, SearchError> {
    let matcher = Matcher::new(pattern, span)?;
    let mut found = Found::default();
    // Few words end like inflections, and each stands in most dictionaries: to
    // stem it anew in every one takes longer than to remember it.
    let mut judged: BTreeMap<String, bool> = BTreeMap::new();
    let is_inflected = matches!(matcher, Matcher::Inflected(_));
    let segments = snapshot.segments.len();
    for segment in 0..segments {
        for (slot, place) in slots.iter().enumerate() {
            let Some(dictionary) = snapshot.dictionary(segment, place.field)? else {
                continue;
            };
            let letter = place.lead();
            let mut look = |key: &[u8], number: u64| {
                let Some(word) = word_of(key, &letter) else {
                    return Ok(());
                };
                let fits = match judged.get(word) {
                    Some(&fits) => fits,
                    None => {
                        let fits = matcher.fits(word);
                        if is_inflected {
                            judged.insert(word.to_owned(), fits);
                        }
                        fits
                    }
                };
                if fits {
                    found.add(word, segment, slot, dictionary.info(number)?);
                }
                Ok::<_, SearchError>(())
            };
            match &matcher {
                Matcher::Exact(word) => {
                    let key = format!("{letter}{word}");
                    if let Some(number) = dictionary.find(key.as_bytes()) {
                        look(key.as_bytes(), number)?;
                    }
                }
                Matcher::Fuzzy { word, edits } => {
                    let near = Near::new(&letter, word, *edits);
                    dictionary.each(letter.as_bytes(), &near, look)?;
                }
                Matcher::Inflected(inflections) => {
                    inflections.each_candidate(&dictionary, &letter, look)?;
                }
                Matcher::Wildcard { prefix, .. } | Matcher::Regex { prefix, .. } => {
                    let from = format!("{letter}{prefix}");
                    dictionary.each(from.as_bytes(), &AlwaysMatch, look)?;
                }
            }
        }
    }
    let mut words = found.by_word();
    if words.len() > MAX_WORDS {
        notes.push(Note::Cut {
            span,
            kept: MAX_WORDS,
            found: words.len(),
        });
        keep_most_frequent(&mut words);
    }
    let mut group = Group {
        stem: match &matcher {
            Matcher::Inflected(inflections) => Some(inflections.stem().to_owned()),
            _ => None,
        },
        words: Vec::with_capacity(words.len()),
        segments: vec![Vec::new(); segments],
    };
    for (word, lists) in words {
        let number = group.words.len();
        for list in lists {
            group.segments[list.segment].push(List {
                slot: list.slot,
                word: number,
                info: list.info.clone(),
            });
        }
        group.words.push(word.to_owned());
    }
    Ok(group)
}

/// Keeps the [`MAX_WORDS`] words that stand in most articles, deleted ones too; of
/// equals the first.
fn keep_most_frequent(words: &mut Vec<(&str, &[FoundList])>) {
    let articles = |lists: &[FoundList]| -> u64 {
        let counts = lists.iter().map(|list| u64::from(list.info.doc_freq));
        counts.sum()
    };
    words.sort_by_cached_key(|&(_, lists)| Reverse(articles(lists)));
    words.truncate(MAX_WORDS);
    words.sort_unstable_by_key(|&(word, _)| word);
}

/// A dictionary's key as a word, its letter taken off.
fn word_of<'a>(key: &'a [u8], letter: &str) -> Option<&'a str> {
    std::str::from_utf8(key).ok()?.strip_prefix(letter)
}

/// The letters every match of a regular expression starts with.
fn literal_prefix(pattern: &str) -> String {
    // An alternative anywhere may start otherwise.
    if pattern.contains('|') || pattern.contains("(?") {
        return String::new();
    }
    let mut prefix = String::new();
    for c in pattern.chars() {
        if c.is_alphanumeric() {
            prefix.push(c);
            continue;
        }
        if matches!(c, '?' | '*' | '{') {
            prefix.pop();
        }
        break;
    }
    prefix
}

/// Whether a pattern has no `?` and no `*` but the one at its end.
fn is_prefix(pattern: &[char]) -> bool {
    let first = pattern.iter().position(|c| matches!(c, '*' | '?'));
    first.is_some_and(|at| at + 1 == pattern.len() && pattern[at] == '*')
}

/// Whether a word fits a pattern of letters, `?` and `*`.
fn wildcard_fits(pattern: &[char], word: &str) -> bool {
    // The classic greedy walk: on a mismatch the last `*` takes one letter more.
    let word: Vec<char> = word.chars().collect();
    let (mut p, mut w) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while w < word.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, w));
                p += 1;
            }
            Some(&c) if c == '?' || c == word[w] => {
                p += 1;
                w += 1;
            }
            _ => {
                let Some((star_p, star_w)) = star else {
                    return false;
                };
                p = star_p + 1;
                w = star_w + 1;
                star = Some((star_p, w));
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_any_letters_or_one() {
        let fits = |pattern: &str, word| wildcard_fits(&pattern.chars().collect::<Vec<_>>(), word);
        assert!(fits("climat*", "climate") && fits("climat*", "climat"));
        assert!(fits("wom?n", "woman") && !fits("wom?n", "womn"));
        assert!(fits("co*op*n", "cooperation") && !fits("co*op*n", "coop"));
    }

    #[test]
    fn the_literal_start_of_a_regular_expression_is_found() {
        assert_eq!(literal_prefix("colou?r"), "colo");
        assert_eq!(literal_prefix("abc+"), "abc");
        assert_eq!(literal_prefix("abc|x"), "");
        assert_eq!(literal_prefix("[ab]c"), "");
    }
}
