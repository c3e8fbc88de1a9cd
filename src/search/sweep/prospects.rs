//! Which documents can be among the best at all, judged without their scores.

use tantivy::{DocId, TERMINATED};

use super::super::bm25::Norms;
use super::champions::Standing;
use super::window::{Mask, WIDTH};

/// More leaves than these are not weighed against one another.
pub(super) const MOST_LEAVES: usize = 6;

/// A document that some leaf fits best of all, and the most that each can give to it.
#[derive(Clone, Copy)]
struct Above {
    doc: DocId,
    most: [f64; MOST_LEAVES],
}

/// Bounds for one plan; they rise with the score to be reached.
pub(super) struct Prospects {
    /// The most that each scored leaf can give in the segment, save to its champions.
    most: Vec<f64>,
    /// Documents to which some leaf can give more, ascending.
    above: Vec<Above>,
    /// Those of the window that can reach the score, by their offsets.
    here: Vec<(usize, [f64; MOST_LEAVES])>,
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
pub(super) const SLACK: f64 = 1.0 - 1e-5;

impl Prospects {
    pub(super) fn new() -> Self {
        Self {
            most: Vec::new(),
            above: Vec::new(),
            here: Vec::new(),
            bar: f64::NAN,
            sets: Vec::new(),
            needed: [0.0; 256],
            least: 0,
            able: Box::new([0; WIDTH]),
        }
    }

    /// Takes up what each scored leaf can give in a segment, of [`MOST_LEAVES`] at most.
    pub(super) fn enter<'s>(&mut self, standings: impl Iterator<Item = &'s Standing>) {
        self.bar = f64::NAN;
        self.most.clear();
        self.above.clear();
        let mut places: Vec<(DocId, u16, u16)> = Vec::new();
        let standings: Vec<&Standing> = standings.take(MOST_LEAVES).collect();
        for (leaf, standing) in standings.iter().enumerate() {
            self.most.push(standing.most);
            let above = standing.above.iter().enumerate();
            places.extend(above.map(|(place, one)| (one.doc, leaf as u16, place as u16)));
        }
        places.sort_unstable();
        let mut usual = [0.0; MOST_LEAVES];
        usual[..self.most.len()].copy_from_slice(&self.most);
        for of_doc in places.chunk_by(|a, b| a.0 == b.0) {
            let mut most = usual;
            for &(_, leaf, place) in of_doc {
                let standing = standings[usize::from(leaf)];
                most[usize::from(leaf)] = standing.above[usize::from(place)].most;
            }
            let doc = of_doc[0].0;
            self.above.push(Above { doc, most });
        }
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

    /// Takes up the score to be reached; whether any bounds follow from it.
    pub(super) fn raise(&mut self, bar: f64) -> bool {
        if bar <= 0.0 {
            return false;
        }
        if self.bar != bar {
            self.bar = bar;
            self.sets = self.smallest_sets(bar * SLACK);
        }
        true
    }

    /// The score that was last raised to, less what rounding may take.
    pub(super) fn floor(&self) -> f64 {
        self.bar * SLACK
    }

    /// Whether a document that stands in none but these leaves, as bits, can reach the
    /// bar that was last raised, if none of them fits it best of all.
    pub(super) fn suffice(&self, leaves: u32) -> bool {
        self.most(leaves) >= self.floor()
    }

    /// The most that leaves, as bits, can give together to a document that none of them
    /// fits best of all.
    pub(super) fn most(&self, leaves: u32) -> f64 {
        let most = self.most.iter().enumerate();
        let most = most.filter(|&(leaf, _)| leaves & (1 << leaf) != 0);
        most.map(|(_, most)| most).sum()
    }

    /// The first document from one on that some leaf fits best of all.
    pub(super) fn next_above(&self, from: DocId) -> DocId {
        let next = self.above.partition_point(|above| above.doc < from);
        self.above.get(next).map_or(TERMINATED, |above| above.doc)
    }

    /// Takes up the documents of a window that some leaf fits best of all.
    pub(super) fn look_at(&mut self, base: DocId) {
        self.here.clear();
        let from = self.above.partition_point(|above| above.doc < base);
        let until = base.saturating_add(WIDTH as DocId);
        for above in self.above[from..]
            .iter()
            .take_while(|above| above.doc < until)
        {
            self.here.push(((above.doc - base) as usize, above.most));
        }
    }

    /// Adds those taken up that can yet reach the bar.
    pub(super) fn add_above(&self, mask: &mut Mask) {
        self.here.iter().for_each(|&(offset, _)| mask.set(offset));
    }

    /// Keeps those of `found`, the window looked at, in which enough leaves stand to
    /// reach the bar that was last raised. Leaves that are not known may stand in any.
    pub(super) fn narrow<'m>(
        &mut self,
        found: &mut Mask,
        leaves: impl Iterator<Item = Option<&'m Mask>>,
    ) {
        let mut known = [None; MOST_LEAVES];
        known
            .iter_mut()
            .zip(leaves)
            .for_each(|(known, leaf)| *known = leaf);
        let bar = self.floor();
        self.here.retain(|&(offset, most)| {
            let stands = |leaf: &Option<&Mask>| leaf.is_none_or(|leaf| leaf.has(offset));
            let of_leaves = known.iter().zip(most).filter(|(leaf, _)| stands(leaf));
            found.has(offset) && of_leaves.map(|(_, most)| most).sum::<f64>() >= bar
        });
        let in_set = |set: u32| {
            let leaves = known.iter().enumerate();
            leaves.filter_map(move |(number, leaf)| leaf.filter(|_| set & (1 << number) != 0))
        };
        match self.sets[..] {
            [set] => in_set(set).for_each(|leaf| found.and(leaf)),
            ref sets => {
                let mut able = Mask::NONE;
                for &set in sets {
                    able.or_common(found, in_set(set));
                }
                *found = able;
            }
        }
        self.add_above(found);
    }

    fn smallest_sets(&self, bar: f64) -> Vec<u32> {
        let mut sets: Vec<u32> = (1..1u32 << self.most.len())
            .filter(|&set| self.most(set) >= bar)
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
    use super::super::champions;
    use super::*;

    fn standing(most: f64, above: &[(DocId, f64)]) -> Standing {
        let above = above.iter().map(|&(doc, most)| champions::BoundedChampion {
            doc,
            count: 1,
            most,
        });
        Standing {
            most,
            above: above.collect(),
        }
    }

    fn entered(most: &[f64]) -> Prospects {
        let mut prospects = Prospects::new();
        let standings: Vec<Standing> = most.iter().map(|&most| standing(most, &[])).collect();
        prospects.enter(standings.iter());
        prospects
    }

    #[test]
    fn the_smallest_sets_that_reach_a_score_are_found() {
        let mut prospects = entered(&[5.0, 4.0, 1.0]);
        assert_eq!(prospects.smallest_sets(4.5), [0b001, 0b110]);
        assert_eq!(prospects.smallest_sets(9.0), [0b011]);
        assert_eq!(prospects.smallest_sets(11.0), [0u32; 0]);
        assert!(prospects.raise(4.5));
        assert!(prospects.suffice(0b110) && !prospects.suffice(0b100));
        assert!(!prospects.raise(-1.0));
    }

    fn mask(offsets: &[usize]) -> Mask {
        let mut mask = Mask::NONE;
        offsets.iter().for_each(|&offset| mask.set(offset));
        mask
    }

    #[test]
    fn documents_that_lack_the_leaves_to_reach_a_score_are_left_out() {
        let mut prospects = entered(&[5.0, 4.0]);
        let (one, two) = (mask(&[1, 2]), mask(&[2, 3]));
        let mut able = |bar, leaves: [Option<&Mask>; 2]| {
            let mut found = mask(&[1, 2, 3]);
            prospects.raise(bar);
            prospects.look_at(0);
            prospects.narrow(&mut found, leaves.into_iter());
            found
        };
        let both = [Some(&one), Some(&two)];
        assert_eq!(able(3.0, both), mask(&[1, 2, 3]));
        assert_eq!(able(4.5, both), mask(&[1, 2]));
        assert_eq!(able(8.0, both), mask(&[2]));
        assert_eq!(able(9.5, both), Mask::NONE);
        // The second may stand in any.
        assert_eq!(able(3.0, [Some(&one), None]), mask(&[1, 2, 3]));
        assert_eq!(able(8.0, [Some(&one), None]), mask(&[1, 2]));
    }

    #[test]
    fn documents_that_a_leaf_fits_best_of_all_have_bounds_of_their_own() {
        let mut prospects = Prospects::new();
        let (base, width) = (WIDTH as DocId, WIDTH as DocId);
        let first = [(base + 7, 6.0), (base - 1, 9.0), (base + 1, 8.0)];
        let second = [(base + 7, 4.0), (base + width, 9.0)];
        prospects.enter([standing(3.0, &first), standing(2.0, &second)].iter());
        assert!(prospects.raise(7.0));
        assert_eq!(prospects.next_above(0), base - 1);
        assert_eq!(prospects.next_above(base + 8), base + width);
        let (one, two) = (mask(&[1, 2, 7]), mask(&[2, 7]));
        prospects.look_at(base);
        let mut found = mask(&[1, 2, 3]);
        prospects.add_above(&mut found);
        assert_eq!(found, mask(&[1, 2, 3, 7]));
        prospects.narrow(&mut found, [Some(&one), Some(&two)].into_iter());
        assert_eq!(found, mask(&[1, 7]));
    }
}
