//! Alternatives of which only the best matches are wanted: the longest lists are not
//! read through, but looked into where a document can be among the best.
//!
//! Those leaves are left for later that together give less than what is to be reached:
//! a document that stands in none of the others is not among the best, unless it is a
//! champion of some leaf, of which all are known beforehand. What stands in the others
//! is held against the most that those left for later can add, before these are read
//! from the shortest on.

use tantivy::{DocId, TERMINATED};

use super::super::bm25::LengthBytes;
use super::prospects::{MOST_LEAVES, SLACK};
use super::tree::Node;
use super::window::{Mask, in_window};
use super::{Candidate, Ground, Scoring, leaf_score};

/// So many postings of a list are read as soon as one document is weighed and, if it
/// can be among the best, looked for in the list.
const WEIGHING: u64 = if cfg!(test) { 1 } else { 12 };

/// From so many documents on, those in which a word occurs often enough are picked out
/// all together.
const MANY: u64 = if cfg!(test) { 4 } else { 32 };

/// The alternatives of a query, each a leaf, the shortest first.
pub(super) struct Alternatives<'a> {
    nodes: Vec<Node<'a>>,
    /// For each the number of its leaf among those that are scored.
    numbers: Vec<usize>,
    /// Whether anything is known of what cannot be among the best.
    is_bounded: bool,
    /// For each whether it is left for later.
    is_late: [bool; MOST_LEAVES],
}

impl<'a> Alternatives<'a> {
    /// The alternatives that a query consists of, if only the top is wanted; gives it
    /// back where it is another.
    pub(super) fn of(root: Node<'a>, scoring: &Scoring<'_>) -> Result<Self, Node<'a>> {
        let mut any = match root.only() {
            Node::Or(any) => any,
            root => return Err(root),
        };
        any.sort_by_key(Node::cost);
        let number = |node: &Node<'_>| {
            let leaf = node.leaf()?;
            scoring.scored.iter().position(|one| one.number == leaf)
        };
        let numbers: Option<Vec<usize>> = any.iter().map(number).collect();
        let numbers = numbers.filter(|numbers| {
            let mut all = numbers.clone();
            all.sort_unstable();
            scoring.is_top && scoring.are_weighed() && all.into_iter().eq(0..scoring.scored.len())
        });
        match numbers {
            Some(numbers) => Ok(Self {
                nodes: any,
                numbers,
                is_bounded: false,
                is_late: [false; MOST_LEAVES],
            }),
            None => Err(Node::Or(any)),
        }
    }

    /// Chooses what is left for later. No document from `from` on and before the one
    /// returned can be among the best.
    pub(super) fn next(&mut self, from: DocId, scoring: &mut Scoring<'_>) -> DocId {
        scoring.best.tighten();
        let prospects = &mut scoring.prospects;
        self.is_bounded = prospects.raise(scoring.best.bar());
        let mut late = 0;
        let mut next = match self.is_bounded {
            true => prospects.next_above(from),
            false => TERMINATED,
        };
        // The longest first.
        for (place, node) in self.nodes.iter().enumerate().rev() {
            let leaf = 1 << self.numbers[place];
            self.is_late[place] = self.is_bounded && !prospects.suffice(late | leaf);
            match self.is_late[place] {
                true => late |= leaf,
                false => next = next.min(node.next()),
            }
        }
        next
    }

    /// The window's documents that can be among the best; [`Self::next`] has just been
    /// asked for it.
    pub(super) fn window(
        &mut self,
        base: DocId,
        scoring: &mut Scoring<'_>,
        ground: &Ground<'_>,
        documents: u64,
    ) -> Mask {
        let mut found = Mask::NONE;
        let mut known = 0u32;
        for (place, node) in self.nodes.iter_mut().enumerate() {
            if !self.is_late[place] {
                let number = self.numbers[place];
                let tally = &mut scoring.tallies[scoring.scored[number].number];
                node.tally(base, None, tally, documents);
                found.or(&tally.valid);
                known |= 1 << number;
            }
        }
        if !self.is_bounded {
            return found;
        }
        scoring.prospects.look_at(base);
        scoring.prospects.add_above(&mut found);
        scoring.narrow(&mut found, known);
        for (place, node) in self.nodes.iter_mut().enumerate() {
            if !self.is_late[place] {
                continue;
            }
            if found.is_empty() {
                break;
            }
            let here = in_window(node.cost(), documents);
            let count = u64::from(found.about_len());
            if here > count * WEIGHING {
                scoring.weigh(base, &mut found, count, known, ground);
            }
            let number = self.numbers[place];
            let tally = &mut scoring.tallies[scoring.scored[number].number];
            node.tally(base, Some(&found), tally, documents);
            known |= 1 << number;
            scoring.narrow(&mut found, known);
        }
        found
    }
}

impl Scoring<'_> {
    /// Keeps those of `found` in which enough leaves stand to be among the best, of
    /// which those are known that are in `known`, as bits.
    pub(super) fn narrow(&mut self, found: &mut Mask, known: u32) {
        let leaves = self.scored.iter().enumerate();
        let valid = leaves.map(|(number, leaf)| {
            let is_known = known & (1 << number) != 0;
            is_known.then(|| &self.tallies[leaf.number].valid)
        });
        self.prospects.narrow(found, valid);
    }

    /// Raises the bar to what champions of the leaves score at least, which all match.
    pub(super) fn expect_champions(&mut self, ground: &Ground<'_>) {
        let wanted = self.best.wanted();
        let mut scores: Vec<(DocId, f64)> = Vec::new();
        for leaf in &self.scored {
            let above = leaf.standing.above.iter();
            let admitted = above.filter(|above| ground.admits(above.doc));
            scores.extend(admitted.take(wanted).map(|above| {
                let norm = ground.lengths.norm(leaf.norms, above.doc);
                let score = leaf_score(leaf.weight, above.count, norm);
                (above.doc, score * SLACK)
            }));
        }
        scores.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        scores.dedup_by_key(|&mut (doc, _)| doc);
        let mut scores: Vec<f64> = scores.into_iter().map(|(_, score)| score).collect();
        self.best.expect(&mut scores);
    }

    /// Keeps those of `found`, about so many, that can be among the best by what the
    /// leaves in `known` give and the others can give.
    fn weigh(
        &mut self,
        base: DocId,
        found: &mut Mask,
        count: u64,
        known: u32,
        ground: &Ground<'_>,
    ) {
        let needed = self.prospects.floor() - self.prospects.most(!known);
        // Titles are taken for empty: that tells almost as much, and sooner.
        let length = |doc| LengthBytes {
            body: ground.length(doc),
            title: 0,
        };
        let only = known.trailing_zeros() as usize;
        match self.scored.get(only) {
            Some(only) if known.count_ones() == 1 => {
                let tally = &self.tallies[only.number];
                let longest = longest_for_one(needed, only.weight);
                let least = (f64::from(only.norms.base / longest) * SLACK).ceil();
                // Mostly an article need not be looked at to tell that it is too long.
                if count >= MANY && least > 1.0 {
                    found.and(&tally.counts.at_least(least as u32));
                }
                self.candidates.of(base, found, length);
                found.keep(&self.candidates.0, |offset, lengths| {
                    longest * tally.counts.of(offset) as f32 >= only.norms.of(lengths)
                });
            }
            _ => {
                self.candidates.of(base, found, length);
                found.keep(&self.candidates.0, |offset, lengths| {
                    let mut given = 0.0;
                    for (number, leaf) in self.scored.iter().enumerate() {
                        let tally = &self.tallies[leaf.number];
                        if known & (1 << number) != 0 && tally.valid.has(offset) {
                            let norm = leaf.norms.of(lengths);
                            given += leaf_score(leaf.weight, tally.counts.of(offset), norm);
                        }
                    }
                    given >= needed
                });
            }
        }
        self.prospects.add_above(found);
    }
}

/// What one occurrence may be weighed against at most for a leaf to give so much;
/// nothing where none can.
fn longest_for_one(needed: f64, weight: f32) -> f32 {
    // 1 / (1 + norm) >= share
    let share = (needed / f64::from(weight)).clamp(f64::MIN_POSITIVE, 1.0);
    ((1.0 - share) / share / SLACK) as f32
}

impl Mask {
    /// Keeps those of the set, whose members these are, that pass.
    #[inline(always)]
    fn keep(&mut self, members: &[Candidate], passes: impl Fn(usize, LengthBytes) -> bool) {
        *self = Self::NONE;
        for &Candidate { offset, lengths } in members {
            let offset = usize::from(offset);
            self.set_if(offset, passes(offset, lengths));
        }
    }
}
