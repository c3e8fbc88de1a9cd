//! "Did you mean": the word of the index nearest to one that no article has.

use std::collections::HashMap;

use super::edits::Near;
use super::expand::Slot;
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
    // A number is not a slip of another number.
    if word.chars().any(char::is_numeric) {
        return Ok(None);
    }
    let letters = word.chars().count();
    // The nearest first: what a scan comes by grows manifold with each edit, and
    // few words start alike.
    let near = |lead: &str, edits| Near::new(lead, word, edits);
    let one = |lead: &str| near(lead, 1);
    let two_alike = |lead: &str| near(lead, 2).started_alike();
    let two = |lead: &str| near(lead, 2);
    let circles: &[&dyn Fn(&str) -> Near] = match letters {
        ..SHORTEST => &[],
        SHORTEST..TWO_EDITS_FROM => &[&one],
        _ => &[&one, &two_alike, &two],
    };
    for circle in circles {
        let found = words_within(parts, slots, circle)?;
        let first = word.chars().next();
        let best = found.into_iter().min_by_key(|(near, articles)| {
            let starts_otherwise = near.chars().next() != first;
            (starts_otherwise, u64::MAX - articles, near.clone())
        });
        if let Some((near, _)) = best {
            return Ok(Some(near));
        }
    }
    Ok(None)
}

/// The words of these texts within a circle, and in how many live articles
/// each is.
fn words_within(
    parts: &[Part<'_>],
    slots: &[Slot],
    circle: &dyn Fn(&str) -> Near,
) -> Result<HashMap<String, u64>, SearchError> {
    let mut found: HashMap<String, u64> = HashMap::new();
    for part in parts {
        for slot in slots {
            let lead = slot.lead();
            let Some(words) = part.words(slot.field)? else {
                continue;
            };
            words.each(lead.as_bytes(), &circle(&lead), |key, number| {
                let Ok(near) = std::str::from_utf8(&key[lead.len()..]) else {
                    return Ok(());
                };
                let live = part.live_frequency(slot.field, &words.info(number)?)?;
                if live > 0 {
                    *found.entry(near.to_owned()).or_default() += live;
                }
                Ok::<_, SearchError>(())
            })?;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::testing::*;

    #[test]
    fn fewest_edits_come_first_then_the_same_first_letter_then_the_most_articles() {
        let snapshot = TestIndex::of_bodies(&[
            "harbour labour barbour",
            "labour arbours",
            "cedars cedars",
            "cellar",
            "cellar pillar",
        ]);
        let parts = Part::all(&snapshot).unwrap();
        let slots = [Slot {
            field: snapshot.fields.body,
            letter: None,
        }];
        let meant = |word| nearest(&parts, &slots, word).unwrap();
        // One edit, though another first letter, before two.
        assert_eq!(meant("farbour").as_deref(), Some("barbour"));
        assert_eq!(meant("arbour").as_deref(), Some("arbours"));
        // `labour` is in two articles and no nearer.
        assert_eq!(meant("harbours").as_deref(), Some("harbour"));
        // Two edits.
        assert_eq!(meant("cullars").as_deref(), Some("cellar"));
        assert_eq!(meant("pallor").as_deref(), Some("pillar"));
        assert_eq!(meant("zzzzzz"), None);
        assert_eq!(meant("lab"), None);
        assert_eq!(meant("cedar5"), None);
    }
}
