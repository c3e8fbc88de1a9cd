//! Puts matches in order: by score or day, ties by day and id, never by where
//! an article happens to lie in the index.

use std::cmp::Ordering;

use tantivy::DocAddress;

use super::matching::Match;
use super::part::Part;
use super::request::{Recency, Sort};
use crate::index::document::day_number;

/// Half-lives after which scores fade no further.
const OLDEST_HALF_LIVES: f64 = 10.0;

/// A match and all it is ordered by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) score: f64,
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
pub(crate) fn first(
    parts: &[Part<'_>],
    matches: &[Vec<Match>],
    sort: Sort,
    recency: Option<&Recency>,
    wanted: usize,
) -> Vec<Ranked> {
    let total: usize = matches.iter().map(Vec::len).sum();
    if wanted == 0 || total == 0 {
        return Vec::new();
    }
    let ranked = |segment: usize, &(doc, score): &Match| {
        let part = &parts[segment];
        let day = part.day_of(doc);
        Ranked {
            score: score * recency.map_or(1.0, |recency| fading(recency, day)),
            day,
            order: part.order_of(doc),
            address: DocAddress::new(segment as u32, doc),
        }
    };
    // Days and ids are read only of matches that can be among the first.
    let bar = (sort == Sort::Relevance && recency.is_none() && wanted < total)
        .then(|| nth_score(matches, wanted));
    let mut all: Vec<Ranked> = Vec::new();
    for (segment, found) in matches.iter().enumerate() {
        all.extend(
            found
                .iter()
                .filter(|&&(_, score)| bar.is_none_or(|bar| score >= bar))
                .map(|found| ranked(segment, found)),
        );
    }
    if wanted < all.len() {
        all.select_nth_unstable_by(wanted - 1, |a, b| a.compare(b, sort));
        all.truncate(wanted);
    }
    all.sort_unstable_by(|a, b| a.compare(b, sort));
    all
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
