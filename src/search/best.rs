//! Keeps the best matches of a search, and knows below which score none can
//! be among them.

use tantivy::DocId;

use super::matching::Match;

/// The best so far, those of equal score included.
pub(super) struct Best {
    wanted: usize,
    kept: Vec<(f64, usize, DocId)>,
    /// How many are kept before the worst are dropped.
    room: usize,
    bar: f64,
}

impl Best {
    /// Keeps `wanted` matches at least; every match where that is `None`.
    pub(super) fn new(wanted: Option<usize>) -> Self {
        let wanted = wanted.unwrap_or(usize::MAX);
        Self {
            wanted,
            kept: Vec::new(),
            room: wanted.saturating_mul(2).max(32),
            bar: match wanted {
                0 => f64::INFINITY,
                _ => f64::NEG_INFINITY,
            },
        }
    }

    /// A match with a lower score than this is not among the best.
    #[inline(always)]
    pub(super) fn bar(&self) -> f64 {
        self.bar
    }

    /// Offers a match.
    #[inline(always)]
    pub(super) fn offer(&mut self, score: f64, segment: usize, doc: DocId) {
        if score < self.bar {
            return;
        }
        self.kept.push((score, segment, doc));
        if self.kept.len() >= self.room {
            self.tighten();
        }
    }

    /// Raises the bar to what is known beforehand: that so many matches, if there are as
    /// many as wanted, score so much at least.
    pub(super) fn expect(&mut self, scores: &mut [f64]) {
        if (1..=scores.len()).contains(&self.wanted) {
            let compare = |a: &f64, b: &f64| b.total_cmp(a);
            let (_, nth, _) = scores.select_nth_unstable_by(self.wanted - 1, compare);
            self.bar = self.bar.max(*nth);
        }
    }

    /// How many are kept at least.
    pub(super) fn wanted(&self) -> usize {
        self.wanted
    }

    /// Whether not every match is kept.
    pub(super) fn is_bounded(&self) -> bool {
        self.wanted < usize::MAX
    }

    /// Raises the bar as far as what was offered allows.
    pub(super) fn tighten(&mut self) {
        if self.kept.len() <= self.wanted {
            return;
        }
        let (_, nth, _) = self
            .kept
            .select_nth_unstable_by(self.wanted - 1, |a, b| b.0.total_cmp(&a.0));
        // More may be expected than has been offered.
        self.bar = self.bar.max(nth.0);
        self.kept.retain(|one| one.0 >= self.bar);
        // Many of equal score: all are kept, and looked through less often.
        self.room = self.room.max(self.kept.len() * 2);
    }

    /// What was kept, segment by segment, in order of documents.
    pub(super) fn into_matches(self, segments: usize) -> Vec<Vec<Match>> {
        let mut matches = vec![Vec::new(); segments];
        for (score, segment, doc) in self.kept {
            matches[segment].push((doc, score));
        }
        for of_segment in &mut matches {
            of_segment.sort_unstable_by_key(|&(doc, _)| doc);
        }
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_and_their_equals_are_kept() {
        let mut best = Best::new(Some(3));
        for doc in 0..1000u32 {
            best.offer(f64::from(doc % 500), 0, doc);
        }
        let docs: Vec<DocId> = best.into_matches(1)[0]
            .iter()
            .map(|found| found.0)
            .collect();
        for doc in [497, 498, 499, 997, 998, 999] {
            let among_three = [499, 999, 998, 498].contains(&doc);
            assert!(!among_three || docs.contains(&doc), "{doc} is missing");
        }
        assert!(docs.len() < 100);
    }

    #[test]
    fn what_is_expected_raises_the_bar() {
        let mut best = Best::new(Some(3));
        best.expect(&mut [9.0, 8.0]);
        assert_eq!(best.bar(), f64::NEG_INFINITY);
        best.expect(&mut [2.0, 9.0, 7.0, 8.0]);
        assert_eq!(best.bar(), 7.0);
        best.expect(&mut [1.0, 1.0, 1.0]);
        assert_eq!(best.bar(), 7.0);
        best.offer(6.5, 0, 1);
        best.offer(7.0, 0, 2);
        let mut later = Best::new(Some(1));
        (1..=5).for_each(|score| later.offer(f64::from(score), 0, score));
        later.expect(&mut [9.0]);
        later.tighten();
        assert_eq!(later.bar(), 9.0);
        assert_eq!(best.into_matches(1), [[(2, 7.0)]]);
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_wanted_and_all_where_all_is() {
        let mut none = Best::new(Some(0));
        none.offer(1.0, 0, 1);
        assert_eq!(none.into_matches(1), [[]]);
        let mut all = Best::new(None);
        (0..100).for_each(|doc| all.offer(0.0, 0, doc));
        assert_eq!(all.into_matches(1)[0].len(), 100);
    }
}
