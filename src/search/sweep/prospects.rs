//! Which documents can be among the best at all, judged without their scores.

use super::super::bm25::Norms;
use super::window::{Mask, WIDTH};

/// More leaves than these are not weighed against one another.
const MOST_LEAVES: usize = 6;

/// Bounds for one plan; they rise with the score to be reached.
pub(super) struct Prospects {
    /// The most that each scored leaf can give in the segment.
    most: Vec<f64>,
    /// The score the bounds below were made for.
    bar: f64,
    /// Smallest sets of leaves that can reach it together, as bits.
    sets: Vec<u32>,
    /// For each byte of the body's length, how many occurrences of the only
    /// leaf reach it.
    needed: [f32; 256],
    /// The least of these.
    least: u32,
    /// Room for the documents of a window.
    able: Box<[u16; WIDTH]>,
}

/// Scores are rounded: bounds leave this much room.
const SLACK: f64 = 1.0 - 1e-5;

impl Prospects {
    pub(super) fn new() -> Self {
        Self {
            most: Vec::new(),
            bar: f64::NAN,
            sets: Vec::new(),
            needed: [0.0; 256],
            least: 0,
            able: Box::new([0; WIDTH]),
        }
    }

    /// Takes up the most that each scored leaf can give in a segment.
    pub(super) fn enter(&mut self, most: impl Iterator<Item = f64>) {
        self.bar = f64::NAN;
        self.most.clear();
        self.most.extend(most);
    }

    /// How many weighted occurrences of the only leaf reach `bar` at least,
    /// whatever the length of the body; the title's length, which raises the
    /// number, is left out.
    pub(super) fn least_count(&mut self, bar: f64, weight: f32, norms: &Norms) -> u32 {
        if self.bar != bar {
            self.bar = bar;
            // count / (count + norm) >= share
            let share = (bar * SLACK / f64::from(weight)).max(0.0);
            for (needed, body) in self.needed.iter_mut().zip(&norms.body) {
                *needed = match bar > 0.0 {
                    false => 0.0,
                    true if share >= 1.0 => f32::INFINITY,
                    true => (f64::from(norms.base + body) * share / (1.0 - share) * SLACK) as f32,
                };
            }
            let least = self.needed.iter().copied().fold(f32::INFINITY, f32::min);
            self.least = least.ceil() as u32;
        }
        self.least
    }

    /// How many weighted occurrences of the only leaf reach the bar that
    /// [`Self::least_count`] was asked for, for a byte of the body's length.
    #[inline(always)]
    pub(super) fn needed(&self, length: u8) -> f32 {
        self.needed[usize::from(length)]
    }

    /// Those of `found` in which the only leaf occurs often enough, for the byte of
    /// the body's length, to reach the bar that [`Self::least_count`] was asked for.
    #[inline(always)]
    pub(super) fn often_enough(
        &mut self,
        found: &Mask,
        count: impl Fn(usize) -> u32,
        length: impl Fn(usize) -> u8,
    ) -> &[u16] {
        let mut able = 0;
        found.each(|offset| {
            // Written in any case: half of them are able, and the processor would
            // guess wrong as often.
            self.able[able % WIDTH] = offset as u16;
            let needed = self.needed[usize::from(length(offset))];
            able += usize::from(count(offset) as f32 >= needed);
        });
        &self.able[..able]
    }

    /// Those of `found` in which enough leaves occur to reach `bar`.
    pub(super) fn among<'m>(
        &mut self,
        bar: f64,
        found: &Mask,
        leaves: impl Iterator<Item = &'m Mask> + Clone,
    ) -> Mask {
        if bar <= 0.0 || self.most.len() > MOST_LEAVES {
            return *found;
        }
        if self.bar != bar {
            self.bar = bar;
            self.sets = self.smallest_sets(bar * SLACK);
        }
        let mut able = Mask::NONE;
        for set in &self.sets {
            let mut all = *found;
            for (number, leaf) in leaves.clone().enumerate() {
                if set & (1 << number) != 0 {
                    all.and(leaf);
                }
            }
            able.or(&all);
        }
        able
    }

    fn smallest_sets(&self, bar: f64) -> Vec<u32> {
        let reaches = |set: u32| {
            let most = self.most.iter().enumerate();
            let sum: f64 = most
                .filter(|(number, _)| set & (1 << number) != 0)
                .map(|(_, most)| most)
                .sum();
            sum >= bar
        };
        let mut sets: Vec<u32> = (1..1u32 << self.most.len())
            .filter(|&set| reaches(set))
            .collect();
        sets.sort_by_key(|set| set.count_ones());
        let mut smallest: Vec<u32> = Vec::new();
        for set in sets {
            let holds = |small: &u32| small & set == *small;
            if !smallest.iter().any(holds) {
                smallest.push(set);
            }
        }
        smallest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_sets_that_reach_a_score_are_found() {
        let mut prospects = Prospects::new();
        prospects.enter([5.0, 4.0, 1.0].into_iter());
        assert_eq!(prospects.smallest_sets(4.5), [0b001, 0b110]);
        assert_eq!(prospects.smallest_sets(9.0), [0b011]);
        assert_eq!(prospects.smallest_sets(11.0), [0u32; 0]);
    }

    #[test]
    fn documents_that_lack_the_leaves_to_reach_a_score_are_left_out() {
        let mut prospects = Prospects::new();
        prospects.enter([5.0, 4.0].into_iter());
        let (mut one, mut two) = (Mask::NONE, Mask::NONE);
        one.set(1);
        one.set(2);
        two.set(2);
        two.set(3);
        let mut found = one;
        found.or(&two);
        let mut able = |bar| prospects.among(bar, &found, [&one, &two].into_iter()).len();
        assert_eq!((able(-1.0), able(3.0), able(4.5), able(8.0)), (3, 3, 2, 1));
    }
}
