//! What champion lists tell a sweep. A query of one word they answer: the best of a
//! segment are looked at from the first on, until none further down can be among the
//! hits; what they do not settle is swept. Of words among others they bound what each
//! can give to scores.

use tantivy::DocId;

use super::super::best::Best;
use super::super::bm25::{self, Lengths, Norms};
use super::super::expand::Group;
use super::super::filters::{BoundTest, Test};
use super::super::matching::Match;
use super::super::part::Part;
use super::super::plan::{Clause, Leaf, Plan};
use super::super::request::SearchError;
use super::{Ground, Keep, leaf_score, offer};
use crate::index::champions::{Champion, ChampionList};
use crate::index::snapshot::Snapshot;

/// Champions that are looked at before the next are held against the worst of the
/// best: most queries want ten.
const STEP: usize = if cfg!(test) { 4 } else { 12 };

/// Scores are rounded, as reaches are: bounds leave this much room.
const SLACK: f32 = 1.0 + 1e-4;

/// A query of one word.
pub(super) struct Single<'a> {
    leaf: &'a Leaf,
    group: &'a Group,
    tests: &'a [Test],
    /// How many hits are wanted.
    wanted: usize,
    /// Whether all matches must be counted.
    is_counted: bool,
    norms: Norms,
    /// Mean weighted length of all articles.
    average: f32,
}

/// What a leaf can give to scores in a segment. `average` is the mean weighted length
/// of all articles.
pub(super) fn standing(leaf: &Leaf, part: &Part<'_>, average: f32) -> Standing {
    let known = || {
        let list = part.champions(leaf.only_group()?, &leaf.slots)?;
        let is_whole = list.champions.len() == list.documents as usize;
        let last = list.champions.last()?.reach;
        let bound = |reach| bound(reach, &list, leaf.weight, average);
        let of_champion = |champion: &Champion| BoundedChampion {
            doc: champion.doc,
            count: champion.count,
            most: bound(champion.reach),
        };
        Some(Standing {
            most: match is_whole {
                true => 0.0,
                false => bound(last),
            },
            above: list.champions.iter().map(of_champion).collect(),
        })
    };
    known().unwrap_or_else(|| Standing::of(leaf.weight))
}

/// What a leaf can give to scores.
pub(super) struct Standing {
    /// The most it can give: its weight, or less where its champions are known.
    pub(super) most: f64,
    /// Its champions, best first, to which that does not apply.
    pub(super) above: Vec<BoundedChampion>,
}

/// A document that a leaf fits best of all.
pub(super) struct BoundedChampion {
    pub(super) doc: DocId,
    /// Weighted occurrences in it.
    pub(super) count: u32,
    /// The most that the leaf can give to it.
    pub(super) most: f64,
}

impl Standing {
    /// That of a leaf of which nothing is known but its weight.
    pub(super) fn of(weight: f32) -> Self {
        Self {
            most: f64::from(weight),
            above: Vec::new(),
        }
    }
}

/// What a document of no higher reach scores at most.
fn bound(reach: f32, list: &ChampionList, weight: f32, average: f32) -> f64 {
    // Where articles are longer elsewhere, those of the segment weigh more than their
    // reach tells, by so much at most.
    let stretch = (average / list.average).max(1.0);
    f64::from(bm25::saturated(weight, reach * stretch * SLACK) * SLACK)
}

impl<'a> Single<'a> {
    /// The word a plan consists of, if all that is kept of it may be had from its
    /// champions.
    pub(super) fn of(snapshot: &Snapshot, plan: &'a Plan, keep: Keep) -> Option<Self> {
        let wanted = keep.wanted()?;
        let (clause, tests) = match &plan.root {
            Clause::And { must, not, tests } if not.is_empty() => match &must[..] {
                [only] => (only, &tests[..]),
                _ => return None,
            },
            root => (root, &[][..]),
        };
        let Clause::Leaf(number) = clause else {
            return None;
        };
        let leaf = &plan.leaves[*number];
        let group = leaf.only_group()?;
        (!leaf.excluded).then(|| Self {
            leaf,
            group,
            tests,
            wanted,
            is_counted: !keep.is_top(),
            norms: Norms::new(leaf.length, &snapshot.figures),
            average: bm25::average(leaf.length, &snapshot.figures) as f32,
        })
    }

    /// What a segment holds of it: how many articles match, or were looked at, and
    /// those that can be among the best.
    pub(super) fn answer(
        &self,
        snapshot: &Snapshot,
        part: &Part<'_>,
    ) -> Result<Option<(u64, Vec<Match>)>, SearchError> {
        if self.is_counted && !self.tests.is_empty() {
            return Ok(None);
        }
        let Some(list) = part.champions(self.group, &self.leaf.slots) else {
            return Ok(None);
        };
        let mut total = 0;
        if self.is_counted {
            let live = part.live_documents(&list, self.group, &self.leaf.slots)?;
            let Some(live) = live else {
                return Ok(None);
            };
            total = live;
        }
        if self.wanted == 0 {
            return Ok(Some((total, Vec::new())));
        }
        let tests = self.tests.iter().map(|test| BoundTest::new(test, part));
        let ground = Ground {
            part,
            segment: 0,
            lengths: Lengths::of(part, snapshot)?,
            may_be_dead: part.has_dead(),
            tests: tests.collect::<Result<_, _>>()?,
        };
        let weight = self.leaf.weight;
        let bound = |reach| bound(reach, &list, weight, self.average);
        let mut best = Best::new(Some(self.wanted));
        let mut looked_at = 0;
        for champions in list.champions.chunks(STEP) {
            best.tighten();
            if best.bar() > bound(champions[0].reach) {
                break;
            }
            for champion in champions {
                let norm = ground.lengths.norm(&self.norms, champion.doc);
                let score = leaf_score(weight, champion.count, norm);
                looked_at += offer(&mut best, score, &ground, champion.doc);
            }
        }
        best.tighten();
        let last = list.champions.last().map_or(0.0, |last| last.reach);
        let is_whole = list.champions.len() == list.documents as usize;
        if !is_whole && best.bar() <= bound(last) {
            return Ok(None);
        }
        if !self.is_counted {
            total = looked_at;
        }
        let matches = best.into_matches(1).pop().unwrap_or_default();
        Ok(Some((total, matches)))
    }
}
