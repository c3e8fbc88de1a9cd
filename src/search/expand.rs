//! What a pattern of the query stands for: the words of the index that fit
//! it, with their posting lists in every segment.

use std::collections::BTreeMap;

use regex::Regex;
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::{SegmentReader, Term};

use super::inflect::Inflections;
use super::request::{Note, SearchError};
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
    /// Surface words without any letter, ascending.
    pub(crate) words: Vec<String>,
    /// For each segment its lists.
    pub(crate) segments: Vec<Vec<List>>,
}

/// A word that fits.
#[derive(Default)]
struct Entry {
    /// In how many articles, deleted ones too.
    articles: u64,
    /// Segment, slot and place of each list.
    lists: Vec<(usize, usize, TermInfo)>,
}

/// Decides which words fit a pattern, and where to look for them.
enum Matcher {
    Exact(String),
    Inflected(Inflections),
    Wildcard {
        prefix: String,
        pattern: Vec<char>,
    },
    Fuzzy {
        word: Vec<char>,
        text: String,
        edits: u8,
    },
    Regex {
        prefix: String,
        regex: Regex,
    },
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
                word: word.chars().collect(),
                text: word.clone(),
                edits: (*edits).min(2),
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
            Self::Wildcard { pattern, .. } => wildcard_fits(pattern, word),
            Self::Fuzzy {
                word: asked, edits, ..
            } => edits_within(asked, word, usize::from(*edits)),
            Self::Regex { regex, .. } => regex.is_match(word),
        }
    }

    /// Prefixes of which every fitting word has one.
    fn prefixes(&self) -> Vec<String> {
        match self {
            Self::Exact(word) => vec![word.clone()],
            Self::Inflected(inflections) => inflections.prefixes(),
            Self::Wildcard { prefix, .. } | Self::Regex { prefix, .. } => vec![prefix.clone()],
            Self::Fuzzy { .. } => vec![String::new()],
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
    segments: &[SegmentReader],
    slots: &[Slot],
    pattern: &Pattern,
    span: Span,
    notes: &mut Vec<Note>,
) -> Result<Group, SearchError> {
    let matcher = Matcher::new(pattern, span)?;
    let mut words: BTreeMap<String, Entry> = BTreeMap::new();
    for (segment, reader) in segments.iter().enumerate() {
        for (slot, place) in slots.iter().enumerate() {
            let index = reader.inverted_index(place.field)?;
            let dictionary = index.terms();
            let mut letter = String::new();
            letter.extend(place.letter);
            let mut keep = |word: &str, info: &TermInfo| {
                let entry = match words.get_mut(word) {
                    Some(entry) => entry,
                    None => words.entry(word.to_owned()).or_default(),
                };
                entry.articles += u64::from(info.doc_freq);
                entry.lists.push((segment, slot, info.clone()));
            };
            if let Matcher::Exact(word) = &matcher {
                if let Some(info) = dictionary.get(format!("{letter}{word}"))? {
                    keep(word, &info);
                }
                continue;
            }
            if let Matcher::Fuzzy { text, edits, .. } = &matcher {
                let term = Term::from_field_text(place.field, &format!("{letter}{text}"));
                let automaton = FuzzyTermQuery::new(term, *edits, true).automaton()?;
                let mut stream = dictionary.search(automaton).into_stream()?;
                while let Some((key, info)) = stream.next() {
                    if let Some(word) = word_of(key, &letter).filter(|word| matcher.fits(word)) {
                        keep(word, info);
                    }
                }
                continue;
            }
            for prefix in matcher.prefixes() {
                let from = format!("{letter}{prefix}");
                let mut stream = match after_prefix(from.as_bytes()) {
                    Some(end) => dictionary.range().ge(&from).lt(end).into_stream()?,
                    None => dictionary.range().ge(&from).into_stream()?,
                };
                while let Some((key, info)) = stream.next() {
                    if let Some(word) = word_of(key, &letter).filter(|word| matcher.fits(word)) {
                        keep(word, info);
                    }
                }
            }
        }
    }
    if words.len() > MAX_WORDS {
        let mut frequencies: Vec<(u64, &String)> = words
            .iter()
            .map(|(word, entry)| (entry.articles, word))
            .collect();
        frequencies.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        notes.push(Note::Cut {
            span,
            kept: MAX_WORDS,
            found: words.len(),
        });
        let dropped: Vec<String> = frequencies[MAX_WORDS..]
            .iter()
            .map(|(_, w)| (*w).clone())
            .collect();
        for word in dropped {
            words.remove(&word);
        }
    }
    let mut group = Group {
        words: Vec::with_capacity(words.len()),
        segments: vec![Vec::new(); segments.len()],
    };
    for (word, entry) in words {
        let number = group.words.len();
        for (segment, slot, info) in entry.lists {
            group.segments[segment].push(List {
                slot,
                word: number,
                info,
            });
        }
        group.words.push(word);
    }
    Ok(group)
}

/// A dictionary's key as a word, its letter taken off.
fn word_of<'a>(key: &'a [u8], letter: &str) -> Option<&'a str> {
    std::str::from_utf8(key).ok()?.strip_prefix(letter)
}

/// The first key after all those that start with `prefix`; `None` where
/// there is no end.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
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

/// Whether `word` can be made of `asked` by at most `edits` insertions,
/// deletions, replacements and swaps of neighbours.
pub(crate) fn edits_within(asked: &[char], word: &str, edits: usize) -> bool {
    let word: Vec<char> = word.chars().collect();
    if asked.len().abs_diff(word.len()) > edits {
        return false;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=word.len()).collect();
    for (i, a) in asked.iter().enumerate() {
        let mut row = Vec::with_capacity(word.len() + 1);
        row.push(i + 1);
        for (j, w) in word.iter().enumerate() {
            let mut cost = (last[j] + usize::from(a != w))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == word[j - 1] && asked[i - 1] == *w {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().is_some_and(|&cost| cost <= edits)
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
    fn a_swap_of_neighbours_is_one_edit() {
        let within = |a: &str, b, n| edits_within(&a.chars().collect::<Vec<_>>(), b, n);
        assert!(within("wolf", "wofl", 1) && !within("wolf", "wolves", 2));
        assert!(
            within("wolf", "golf", 1) && within("wolf", "olf", 1) && within("wolf", "woolf", 1)
        );
        assert!(!within("wolf", "golfs", 1) && within("wolf", "golfs", 2));
    }

    #[test]
    fn the_literal_start_of_a_regular_expression_is_found() {
        assert_eq!(literal_prefix("colou?r"), "colo");
        assert_eq!(literal_prefix("abc+"), "abc");
        assert_eq!(literal_prefix("abc|x"), "");
        assert_eq!(literal_prefix("[ab]c"), "");
    }

    #[test]
    fn the_end_of_a_prefix_is_the_next_key() {
        assert_eq!(after_prefix(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(after_prefix(b"a\xff"), Some(b"b".to_vec()));
        assert_eq!(after_prefix(b""), None);
    }
}
