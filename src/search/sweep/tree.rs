//! A plan's clauses at work on one segment, window by window.

use tantivy::{DocId, TERMINATED, Term};

use super::super::blocks::BLOCK;
use super::super::expand::List;
use super::super::filters::BoundTest;
use super::super::part::Part;
use super::super::plan::{Clause, Leaf, Plan};
use super::super::request::SearchError;
use super::cursor::Cursor;
use super::gathered::Gathered;
use super::phrase::Phrase;
use super::window::{Counts, Mask, WIDTH, in_window};
use crate::index::lists::Lists;
use crate::index::schema::KIND_ARTICLE;
use crate::index::snapshot::Snapshot;

/// What a leaf of the plan has in the window.
pub(super) struct Tally {
    /// Whether it is scored at all.
    pub(super) is_scored: bool,
    /// Where it counts for the score: an alternative that fails as a whole
    /// gives nothing.
    pub(super) valid: Mask,
    pub(super) counts: Counts,
    /// Whether so much was counted that it is best looked at all together.
    pub(super) is_dense: bool,
    /// Whether nothing was counted but in few documents or none, all of them valid.
    pub(super) is_sparse: bool,
}

impl Tally {
    /// Forgets the window.
    pub(super) fn reset(&mut self) {
        match self.is_sparse {
            true => self.valid.each_of_few(|offset| self.counts.forget(offset)),
            false => self.counts.reset(),
        }
        self.valid = Mask::NONE;
        self.is_dense = false;
        self.is_sparse = true;
    }
}

/// Empty tallies for all leaves.
pub(super) fn tallies(plan: &Plan, is_scored: bool) -> Vec<Tally> {
    let tally = |leaf: &Leaf| Tally {
        is_scored: is_scored && !leaf.excluded,
        valid: Mask::NONE,
        counts: Counts::new(),
        is_dense: false,
        is_sparse: true,
    };
    plan.leaves.iter().map(tally).collect()
}

/// So many short lists of one leaf are read beforehand.
const MANY: usize = if cfg!(test) { 2 } else { 8 };

/// From so many postings in a window on, the documents of words are gathered
/// from their counts all together.
const DENSE: u64 = if cfg!(test) { 8 } else { 768 };

/// Of so few documents of a window those are picked out that stand in a list.
const FEW: u32 = WIDTH as u32 / 16;

/// A clause bound to a segment.
pub(super) enum Node<'a> {
    /// Every article.
    All(Vec<Cursor>),
    Words {
        leaf: usize,
        cursors: Vec<Cursor>,
        /// Short lists, where they are many.
        gathered: Gathered,
        /// Postings in all.
        cost: u64,
    },
    Phrase {
        leaf: usize,
        phrase: Phrase<'a>,
    },
    Lists(Vec<Cursor>),
    And {
        must: Vec<Node<'a>>,
        tests: Vec<BoundTest<'a>>,
        not: Vec<Node<'a>>,
        /// Leaves below, if this is an alternative among others.
        restricts: Vec<usize>,
    },
    Or(Vec<Node<'a>>),
}

/// What clauses are bound to.
pub(super) struct Binding<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) part: &'a Part<'a>,
    pub(super) segment: usize,
    pub(super) plan: &'a Plan,
    /// Whether scores are wanted.
    pub(super) is_scored: bool,
}

impl<'a> Binding<'a> {
    /// Binds a clause; `is_alternative` tells whether it lies below an `Or`.
    pub(super) fn bind(
        &self,
        clause: &'a Clause,
        is_alternative: bool,
    ) -> Result<Node<'a>, SearchError> {
        Ok(match clause {
            Clause::All => Node::All(self.articles()?),
            Clause::Leaf(number) => self.leaf(*number)?,
            Clause::Lists(segments) => {
                let mut cursors = Vec::new();
                for (field, info) in &segments[self.segment] {
                    cursors.push(Cursor::new(&self.part.lists(*field)?, info, 0)?);
                }
                Node::Lists(cursors)
            }
            Clause::Or(any) => {
                let bound = any.iter().map(|one| self.bind(one, true));
                Node::Or(bound.collect::<Result<_, _>>()?)
            }
            Clause::And { must, not, tests } => {
                let bind = |all: &'a [Clause], is_alternative| {
                    let bound = all.iter().map(|one| self.bind(one, is_alternative));
                    bound.collect::<Result<Vec<_>, _>>()
                };
                let mut bound = bind(must, is_alternative)?;
                if bound.is_empty() {
                    bound.push(Node::All(self.articles()?));
                }
                // The fewest first; what must look at positions last.
                bound.sort_by_key(|node| (node.reads_positions(), node.cost()));
                let mut restricts = Vec::new();
                if is_alternative && self.is_scored {
                    clause_leaves(clause, &mut restricts);
                }
                Node::And {
                    must: bound,
                    tests: tests
                        .iter()
                        .map(|test| BoundTest::new(test, self.part))
                        .collect::<Result<_, _>>()?,
                    not: bind(not, false)?,
                    restricts,
                }
            }
        })
    }

    fn articles(&self) -> Result<Vec<Cursor>, SearchError> {
        let term = Term::from_field_u64(self.snapshot.fields.kind, KIND_ARTICLE);
        let info = self.part.list(&term)?;
        let lists = self.part.lists(term.field())?;
        info.iter()
            .map(|info| Cursor::new(&lists, info, 0))
            .collect()
    }

    fn leaf(&self, number: usize) -> Result<Node<'a>, SearchError> {
        let leaf = &self.plan.leaves[number];
        if let Some(expression) = &leaf.expression {
            return Ok(Node::Phrase {
                leaf: number,
                phrase: Phrase::new(self.part, self.segment, leaf, expression)?,
            });
        }
        let slots: Vec<Lists> = leaf
            .slots
            .iter()
            .map(|slot| self.part.lists(slot.field))
            .collect::<Result<_, _>>()?;
        let groups = leaf.groups.iter();
        let all = || {
            groups
                .clone()
                .flat_map(|group| &group.segments[self.segment])
        };
        let is_short = |list: &&List| (list.info.doc_freq as usize) < BLOCK;
        let are_gathered = all().filter(is_short).count() >= MANY;
        let mut cursors = Vec::new();
        let mut gathered = Gathered::default();
        for list in all() {
            let weight = leaf.counts[list.slot];
            match are_gathered && is_short(&list) {
                true => gathered.add(&slots[list.slot], &list.info, weight)?,
                false => cursors.push(Cursor::new(&slots[list.slot], &list.info, weight)?),
            }
        }
        gathered.sort();
        Ok(Node::Words {
            leaf: number,
            cost: cursors.iter().map(Cursor::len).sum::<u64>() + gathered.len(),
            cursors,
            gathered,
        })
    }
}

/// Leaves below a clause that may be scored.
fn clause_leaves(clause: &Clause, leaves: &mut Vec<usize>) {
    match clause {
        Clause::Leaf(number) => leaves.push(*number),
        Clause::And { must: all, .. } | Clause::Or(all) => {
            all.iter().for_each(|one| clause_leaves(one, leaves));
        }
        Clause::All | Clause::Lists(_) => {}
    }
}

impl<'a> Node<'a> {
    /// What alone decides which documents fit.
    pub(super) fn only(mut self) -> Self {
        match &mut self {
            Self::And {
                must, tests, not, ..
            } if must.len() == 1 && tests.is_empty() && not.is_empty() => must.remove(0),
            _ => self,
        }
    }

    /// The leaf it is.
    pub(super) fn leaf(&self) -> Option<usize> {
        match self {
            Self::Words { leaf, .. } | Self::Phrase { leaf, .. } => Some(*leaf),
            _ => None,
        }
    }

    /// About how many documents it may bring forth.
    pub(super) fn cost(&self) -> u64 {
        let lengths = |cursors: &[Cursor]| cursors.iter().map(Cursor::len).sum();
        match self {
            Self::All(cursors) | Self::Lists(cursors) => lengths(cursors),
            Self::Words { cost, .. } => *cost,
            Self::Phrase { phrase, .. } => phrase.cost,
            Self::And { must, .. } => must.iter().map(Self::cost).min().unwrap_or(0),
            Self::Or(any) => any.iter().map(Self::cost).sum(),
        }
    }

    /// Takes out the tests all documents must pass, where they are not better made
    /// before positions are read. A phrase that stands alone beside them, of a leaf
    /// that tests its documents itself, is what is left then.
    pub(super) fn without_tests(
        mut self,
        tests_itself: impl Fn(usize) -> bool,
    ) -> (Self, Vec<BoundTest<'a>>) {
        let Self::And {
            must, tests, not, ..
        } = &mut self
        else {
            return (self, Vec::new());
        };
        match &must[..] {
            [Self::Phrase { leaf, .. }] if not.is_empty() && tests_itself(*leaf) => {
                let tests = std::mem::take(tests);
                (must.remove(0), tests)
            }
            must if must.iter().any(Self::reads_positions) => (self, Vec::new()),
            _ => {
                let tests = std::mem::take(tests);
                (self, tests)
            }
        }
    }

    fn reads_positions(&self) -> bool {
        match self {
            Self::Phrase { phrase, .. } => phrase.reads_positions(),
            Self::And { must, .. } => must.iter().any(Self::reads_positions),
            Self::Or(any) => any.iter().any(Self::reads_positions),
            _ => false,
        }
    }

    /// No document before this one fits.
    pub(super) fn next(&self) -> DocId {
        let first = |cursors: &[Cursor]| {
            let docs = cursors.iter().map(Cursor::doc);
            docs.min().unwrap_or(TERMINATED)
        };
        match self {
            Self::All(cursors) | Self::Lists(cursors) => first(cursors),
            Self::Words {
                cursors, gathered, ..
            } => first(cursors).min(gathered.doc()),
            Self::Phrase { phrase, .. } => phrase.next(),
            Self::And { must, .. } => must.iter().map(Self::next).max().unwrap_or(TERMINATED),
            Self::Or(any) => any.iter().map(Self::next).min().unwrap_or(TERMINATED),
        }
    }

    /// Counts the leaf it is in the window's documents. Those outside `within` may or may
    /// not be told rightly.
    pub(super) fn tally(
        &mut self,
        base: DocId,
        within: Option<&Mask>,
        tally: &mut Tally,
        documents: u64,
    ) {
        let is_scored = tally.is_scored;
        let (found, counts) = (&mut tally.valid, &mut tally.counts);
        match self {
            Self::Words {
                cursors,
                gathered,
                cost,
                ..
            } => {
                let few = within.map(|within| (within, within.about_len()));
                let few = few.filter(|&(_, asked)| asked < FEW);
                let is_dense = in_window(*cost, documents) >= DENSE;
                for cursor in &mut *cursors {
                    match (few, is_scored) {
                        (Some((within, asked)), _) => {
                            let counts = is_scored.then_some(&mut *counts);
                            match cursor.is_long_for(asked, documents) {
                                true => cursor.probe(base, within, found, counts),
                                false => cursor.sift(base, within, found, counts),
                            }
                        }
                        (None, true) if is_dense => cursor.count(base, counts),
                        (None, true) => cursor.count_and_fill(base, found, counts),
                        (None, false) if is_dense => cursor.mark(base, counts),
                        (None, false) => cursor.fill(base, found),
                    }
                }
                tally.is_sparse = few.is_some() && gathered.len() == 0;
                gathered.count_and_fill(base, found, counts);
                if few.is_none() && is_dense {
                    found.or(&counts.at_least(1));
                    tally.is_dense = true;
                }
            }
            Self::Phrase { phrase, .. } => {
                phrase.count(base, within, found, is_scored.then_some(counts));
                // Nothing is counted where it is not scored.
                tally.is_sparse = !is_scored;
            }
            _ => {}
        }
    }

    /// The window's documents that fit. Those outside `within` may or may not
    /// be told rightly.
    pub(super) fn window(
        &mut self,
        base: DocId,
        within: Option<&Mask>,
        tallies: &mut [Tally],
        documents: u64,
    ) -> Mask {
        let mut found = Mask::NONE;
        match self {
            Self::All(cursors) | Self::Lists(cursors) => {
                for cursor in cursors {
                    cursor.fill(base, &mut found);
                }
            }
            Self::Words { leaf, .. } | Self::Phrase { leaf, .. } => {
                let leaf = *leaf;
                self.tally(base, within, &mut tallies[leaf], documents);
                let tally = &mut tallies[leaf];
                found = tally.valid;
                if !tally.is_scored {
                    tally.reset();
                }
            }
            Self::Or(any) => {
                for one in any {
                    found.or(&one.window(base, within, tallies, documents));
                }
            }
            Self::And {
                must,
                tests,
                not,
                restricts,
            } => {
                let mut so_far = within.copied();
                let mut is_tested = false;
                for (number, one) in must.iter_mut().enumerate() {
                    // Tests are cheaper than positions, and dearer than lists.
                    if one.reads_positions()
                        && number > 0
                        && !is_tested
                        && let Some(so_far) = &mut so_far
                    {
                        pass(base, tests, so_far);
                        is_tested = true;
                    }
                    if so_far.as_ref().is_some_and(Mask::is_empty) {
                        break;
                    }
                    let fits = one.window(base, so_far.as_ref(), tallies, documents);
                    match &mut so_far {
                        None => so_far = Some(fits),
                        Some(so_far) => so_far.and(&fits),
                    }
                }
                found = so_far.unwrap_or(Mask::NONE);
                if !is_tested {
                    pass(base, tests, &mut found);
                }
                for one in not {
                    if found.is_empty() {
                        break;
                    }
                    let excluded = one.window(base, Some(&found), tallies, documents);
                    found.and_not(&excluded);
                }
                for &leaf in &*restricts {
                    tallies[leaf].valid.and(&found);
                    tallies[leaf].is_sparse = false;
                }
            }
        }
        found
    }
}

fn pass(base: DocId, tests: &[BoundTest<'_>], mask: &mut Mask) {
    for test in tests {
        mask.retain(|offset| test.passes(base + offset as DocId));
    }
}
