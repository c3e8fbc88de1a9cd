//! Puts matches in order: by score or day, ties by day and id, never by where
//! an article happens to lie in the index.

use std::cmp::Ordering;

use tantivy::DocAddress;

use super::matching::Match;
use super::part::Part;
use super::request::{Recency, SearchError, Sort};
use crate::index::document::day_number;

/// Half-lives after which scores fade no further.
const OLDEST_HALF_LIVES: f64 = 10.0;

/// A match and all it is ordered by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) score: f64,
    /// This and what follows may be left out where the score alone decides.
    pub(crate) day: Option<i64>,
    pub(crate) order: u64,
    pub(crate) address: DocAddress,
}

impl Ranked {
    /// The order of hits; `Less` comes first.
    pub(crate) fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        // `None` is less than any day, so undated articles come last.
        let newest = || other.day.cmp(&self.day);
        let oldest = || match (self.day, other.day) {
            (Some(one), Some(two)) => one.cmp(&two),
            (one, two) => two.is_some().cmp(&one.is_some()),
        };
        let score = || other.score.total_cmp(&self.score);
        let by_sort = match sort {
            Sort::Relevance => score().then_with(newest),
            Sort::Newest => newest().then_with(score),
            Sort::Oldest => oldest().then_with(score),
        };
        by_sort
            .then_with(|| self.order.cmp(&other.order))
            .then_with(|| self.address.cmp(&other.address))
    }
}

/// The factor by which an article's score has faded.
pub(crate) fn fading(recency: &Recency, day: Option<i64>) -> f64 {
    let today = day_number(recency.today);
    let half_lives = match day {
        Some(day) if recency.half_life_days > 0.0 => {
            today.saturating_sub(day).max(0) as f64 / recency.half_life_days
        }
        _ => OLDEST_HALF_LIVES,
    };
    0.5f64.powf(half_lives.min(OLDEST_HALF_LIVES))
}

/// The first `wanted` of all matches, in order.
///
/// # Errors
///
/// That what they are ordered by cannot be read.
pub(crate) fn first(
    parts: &[Part<'_>],
    matches: &[Vec<Match>],
    sort: Sort,
    recency: Option<&Recency>,
    wanted: usize,
) -> Result<Vec<Ranked>, SearchError> {
    let total: usize = matches.iter().map(Vec::len).sum();
    if wanted == 0 || total == 0 {
        return Ok(Vec::new());
    }
    let is_by_score = sort == Sort::Relevance && recency.is_none();
    let bar = (is_by_score && wanted < total).then(|| nth_score(matches, wanted));
    let mut all: Vec<Ranked> = Vec::new();
    for (segment, found) in matches.iter().enumerate() {
        let found = found.iter();
        let of_bar = found.filter(|&&(_, score)| bar.is_none_or(|bar| score >= bar));
        all.extend(of_bar.map(|&(doc, score)| Ranked {
            score,
            day: None,
            order: 0,
            address: DocAddress::new(segment as u32, doc),
        }));
    }
    // Days and ids lie in columns of their own, a page of the disk for each
    // article: they are read only where they decide.
    let read = |ranked: &mut Ranked| -> Result<(), SearchError> {
        let part = &parts[ranked.address.segment_ord as usize];
        ranked.day = part.day_of(ranked.address.doc_id)?;
        ranked.order = part.order_of(ranked.address.doc_id)?;
        Ok(())
    };
    if is_by_score {
        all.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
        let equals = all.chunk_by_mut(|a, b| a.score.total_cmp(&b.score).is_eq());
        let tied = equals.filter(|equals| equals.len() > 1);
        tied.flatten().try_for_each(read)?;
    } else {
        all.iter_mut().try_for_each(read)?;
    }
    if let Some(recency) = recency {
        for ranked in &mut all {
            ranked.score *= fading(recency, ranked.day);
        }
    }
    if wanted < all.len() {
        all.select_nth_unstable_by(wanted - 1, |a, b| a.compare(b, sort));
        all.truncate(wanted);
    }
    all.sort_unstable_by(|a, b| a.compare(b, sort));
    Ok(all)
}

/// The `wanted`-th best score.
fn nth_score(matches: &[Vec<Match>], wanted: usize) -> f64 {
    let mut scores: Vec<f64> = matches.iter().flatten().map(|&(_, score)| score).collect();
    let (_, nth, _) = scores.select_nth_unstable_by(wanted - 1, |a, b| b.total_cmp(a));
    *nth
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(score: f64, day: Option<i64>, order: u64) -> Ranked {
        Ranked {
            score,
            day,
            order,
            address: DocAddress::new(0, 0),
        }
    }

    #[test]
    fn ties_go_to_the_newest_then_the_lowest_id_and_undated_come_last() {
        let best = ranked(2.0, None, 9);
        let new = ranked(1.0, Some(5), 8);
        let old_low = ranked(1.0, Some(-4), 1);
        let old_high = ranked(1.0, Some(-4), 7);
        let undated = ranked(1.0, None, 0);
        let mut all = [undated, old_high, best, new, old_low];
        all.sort_by(|a, b| a.compare(b, Sort::Relevance));
        assert_eq!(all, [best, new, old_low, old_high, undated]);
        all.sort_by(|a, b| a.compare(b, Sort::Oldest));
        assert_eq!(all, [old_low, old_high, new, best, undated]);
        all.sort_by(|a, b| a.compare(b, Sort::Newest));
        assert_eq!(all, [new, old_low, old_high, best, undated]);
    }

    #[test]
    fn a_score_halves_with_each_half_life_up_to_ten() {
        let recency = Recency {
            half_life_days: 30.0,
            today: jiff::civil::date(1970, 3, 2),
        };
        assert_eq!(fading(&recency, Some(60)), 1.0);
        assert_eq!(fading(&recency, Some(70)), 1.0);
        assert_eq!(fading(&recency, Some(0)), 0.25);
        assert_eq!(fading(&recency, None), fading(&recency, Some(-9999)));
    }
}
