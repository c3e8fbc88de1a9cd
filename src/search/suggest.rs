//! "Did you mean": the word of the index nearest to one that no article has.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::expand::{Slot, edits_within};
use super::part::Part;
use super::request::SearchError;

/// Words shorter than this, in letters, have too many neighbours to guess.
const SHORTEST: usize = 4;

/// Words at least this long, in letters, may be two edits away.
const TWO_EDITS_FROM: usize = 6;

/// The word of these texts fewest edits away from `word`; of equals one with
/// the same first letter, then the one in most articles.
pub(crate) fn nearest(
    parts: &[Part<'_>],
    slots: &[Slot],
    word: &str,
) -> Result<Option<String>, SearchError> {
    let letters: Vec<char> = word.chars().collect();
    let most: u8 = match letters.len() {
        ..SHORTEST => return Ok(None),
        SHORTEST..TWO_EDITS_FROM => 1,
        _ => 2,
    };
    // A number is not a slip of another number.
    if letters.iter().any(|c| c.is_numeric()) {
        return Ok(None);
    }
    let mut found: HashMap<String, u64> = HashMap::new();
    for part in parts {
        for slot in slots {
            let letter = slot.letter.map(String::from).unwrap_or_default();
            let term = Term::from_field_text(slot.field, &format!("{letter}{word}"));
            let automaton = FuzzyTermQuery::new(term, most, true).automaton()?;
            let index = part.reader.inverted_index(slot.field)?;
            let mut stream = index.terms().search(automaton).into_stream()?;
            while let Some((key, info)) = stream.next() {
                let Some(near) = std::str::from_utf8(key)
                    .ok()
                    .and_then(|key| key.strip_prefix(letter.as_str()))
                else {
                    continue;
                };
                let live = part.live_frequency(slot.field, info)?;
                if live > 0 {
                    *found.entry(near.to_owned()).or_default() += live;
                }
            }
        }
    }
    let distance = |near: &str| (1..=2).find(|&edits| edits_within(&letters, near, edits));
    let best = found
        .into_iter()
        .filter_map(|(near, articles)| {
            let starts_otherwise = near.chars().next() != letters.first().copied();
            Some((
                distance(&near)?,
                starts_otherwise,
                u64::MAX - articles,
                near,
            ))
        })
        .min();
    Ok(best.map(|(.., near)| near))
}
