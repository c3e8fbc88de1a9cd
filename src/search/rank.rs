//! Puts matches in order: by score or day, ties by day and id, never by where
//! an article happens to lie in the index.

use std::cmp::Ordering;

use tantivy::DocAddress;

use super::best::Best;
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
    /// This and the id's order may be left out where what comes before decides.
    pub(crate) day: Option<i64>,
    pub(crate) order: u64,
    pub(crate) address: DocAddress,
}

impl Ranked {
    /// The order of hits; `Less` comes first.
    pub(crate) fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        let day = || compare_days(self.day, other.day, sort);
        let score = || other.score.total_cmp(&self.score);
        let by_sort = match sort {
            Sort::Relevance => score().then_with(day),
            Sort::Newest | Sort::Oldest => day().then_with(score),
        };
        by_sort
            .then_with(|| self.order.cmp(&other.order))
            .then_with(|| self.address.cmp(&other.address))
    }
}

/// The order of days; undated articles come last.
fn compare_days(one: Option<i64>, other: Option<i64>, sort: Sort) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if sort == Sort::Oldest => one.cmp(&other),
        (Some(one), Some(other)) => other.cmp(&one),
        (one, other) => other.is_some().cmp(&one.is_some()),
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
/// Days and ids lie in columns of their own, a page of the disk for each article:
/// they are read only of those that may be among the first, save the days where they
/// decide first.
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
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let mut all = match (sort, recency) {
        (Sort::Relevance, None) => best_by_score(matches, wanted),
        (Sort::Relevance, Some(recency)) => {
            best_by_score(&faded(parts, matches, recency, wanted)?, wanted)
        }
        (Sort::Newest | Sort::Oldest, _) => first_by_day(parts, matches, sort, recency, wanted)?,
    };
    let is_as_good = |a: &Ranked, b: &Ranked| match sort {
        Sort::Relevance => a.score.total_cmp(&b.score).is_eq(),
        Sort::Newest | Sort::Oldest => a.day == b.day && a.score.total_cmp(&b.score).is_eq(),
    };
    all.sort_unstable_by(|a, b| a.compare(b, sort));
    let equals = all
        .chunk_by_mut(is_as_good)
        .filter(|equals| equals.len() > 1);
    for ranked in equals.flatten() {
        let part = &parts[ranked.address.segment_ord as usize];
        ranked.day = part.day_of(ranked.address.doc_id)?;
        ranked.order = part.order_of(ranked.address.doc_id)?;
    }
    all.sort_unstable_by(|a, b| a.compare(b, sort));
    all.truncate(wanted);
    Ok(all)
}

/// A match of which the score alone is known.
fn of_score(segment: usize, &(doc, score): &Match) -> Ranked {
    Ranked {
        score,
        day: None,
        order: 0,
        address: DocAddress::new(segment as u32, doc),
    }
}

/// Those of the best `wanted` scores, and their equals.
fn best_by_score(matches: &[Vec<Match>], wanted: usize) -> Vec<Ranked> {
    let total: usize = matches.iter().map(Vec::len).sum();
    let bar = (wanted < total).then(|| nth_score(matches, wanted));
    let mut all = Vec::new();
    for (segment, found) in matches.iter().enumerate() {
        let found = found.iter();
        let of_bar = found.filter(|&&(_, score)| bar.is_none_or(|bar| score >= bar));
        all.extend(of_bar.map(|found| of_score(segment, found)));
    }
    all
}

/// Those matches that can be among the best `wanted` once their scores have faded,
/// with what is left of these. They only fall by that: most need not be looked at.
fn faded(
    parts: &[Part<'_>],
    matches: &[Vec<Match>],
    recency: &Recency,
    wanted: usize,
) -> Result<Vec<Vec<Match>>, SearchError> {
    let mut best = Best::new(Some(wanted));
    for ((segment, found), part) in matches.iter().enumerate().zip(parts) {
        for &(doc, score) in found {
            if score >= best.bar() {
                best.offer(score * fading(recency, part.day_of(doc)?), segment, doc);
            }
        }
    }
    Ok(best.into_matches(matches.len()))
}

/// Those of the first `wanted` days, and what else is of the last of these days.
fn first_by_day(
    parts: &[Part<'_>],
    matches: &[Vec<Match>],
    sort: Sort,
    recency: Option<&Recency>,
    wanted: usize,
) -> Result<Vec<Ranked>, SearchError> {
    let mut days = Vec::with_capacity(matches.iter().map(Vec::len).sum());
    for (found, part) in matches.iter().zip(parts) {
        let column = part.days()?.as_ref();
        let day = |doc| column.and_then(|column| column.first(doc));
        days.extend(found.iter().map(|&(doc, _)| day(doc)));
    }
    let last = (wanted < days.len()).then(|| {
        let mut days = days.clone();
        let by_day = |a: &Option<i64>, b: &Option<i64>| compare_days(*a, *b, sort);
        let (_, last, _) = days.select_nth_unstable_by(wanted - 1, by_day);
        *last
    });
    let mut all = Vec::new();
    let found = matches.iter().enumerate();
    let found = found.flat_map(|(segment, found)| found.iter().map(move |one| (segment, one)));
    for ((segment, found), day) in found.zip(days) {
        if last.is_some_and(|last| compare_days(day, last, sort).is_gt()) {
            continue;
        }
        let mut ranked = of_score(segment, found);
        ranked.day = day;
        if let Some(recency) = recency {
            ranked.score *= fading(recency, day);
        }
        all.push(ranked);
    }
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
    use super::super::testing::{Draft, TestIndex};
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

    /// A number that looks drawn, below another.
    fn drawn(number: u64, below: u64) -> u64 {
        (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % below
    }

    #[test]
    fn the_first_are_those_that_come_first_where_all_is_read_beforehand() {
        let mut index = TestIndex::new();
        for number in 0..600 {
            let day = (drawn(number, 4) > 0).then(|| drawn(number + 7, 40) as i64 - 20);
            index.add(Draft {
                day,
                ..Draft::body("city")
            });
            if number == 250 {
                index.snapshot();
            }
        }
        let snapshot = index.snapshot();
        let parts = Part::all(&snapshot).unwrap();
        let scored = |part: &Part<'_>| {
            let docs = part.articles().unwrap().into_iter();
            let few_scores = |doc| drawn(u64::from(doc) + 3, 30) as f64;
            docs.map(|doc| (doc, few_scores(doc))).collect()
        };
        let matches: Vec<Vec<Match>> = parts.iter().map(scored).collect();
        let fading_away = Recency {
            half_life_days: 4.0,
            today: jiff::civil::date(1970, 1, 15),
        };
        for sort in [Sort::Relevance, Sort::Newest, Sort::Oldest] {
            for recency in [None, Some(&fading_away)] {
                let mut all: Vec<Ranked> = Vec::new();
                for (segment, found) in matches.iter().enumerate() {
                    for found in found {
                        let mut ranked = of_score(segment, found);
                        ranked.day = parts[segment].day_of(found.0).unwrap();
                        ranked.order = parts[segment].order_of(found.0).unwrap();
                        ranked.score *= recency.map_or(1.0, |of| fading(of, ranked.day));
                        all.push(ranked);
                    }
                }
                all.sort_by(|a, b| a.compare(b, sort));
                let places = |ranked: &[Ranked]| -> Vec<(f64, DocAddress)> {
                    ranked.iter().map(|one| (one.score, one.address)).collect()
                };
                for wanted in [0, 1, 2, 10, 77, 300, 599, 600, 900] {
                    let first = first(&parts, &matches, sort, recency, wanted).unwrap();
                    let expected = &all[..wanted.min(all.len())];
                    assert_eq!(places(&first), places(expected), "{sort:?} {wanted}");
                }
            }
        }
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
