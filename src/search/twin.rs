//! The plain twin of `sweep`, for tests: evaluates a plan on a segment
//! leaving nothing out, every article that matches with its score, by the
//! simplest means. What a sweep finds has to be the same.
//!
//! Scores of leaves are `f32` and are added up as `f64`, which holds such sums
//! without rounding: the order of adding does not show.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED};

use super::bm25::{self, Lengths};
use super::expand::Group;
use super::filters::BoundTest;
use super::matching::{AllNorms, Match};
use super::part::Part;
use super::plan::{Clause, Leaf, Plan};
use super::positions::{Expression, Interval};
use super::request::SearchError;
use crate::index::snapshot::Snapshot;

/// Every match of a plan, segment by segment, found the plain way.
pub(crate) fn evaluate(
    snapshot: &Snapshot,
    parts: &[Part<'_>],
    plan: &Plan,
) -> Result<Vec<Vec<Match>>, SearchError> {
    let norms = AllNorms::new(snapshot);
    parts
        .iter()
        .enumerate()
        .map(|(segment, part)| {
            Matching::new(snapshot, part, segment, plan, &norms)?.matches(&plan.root)
        })
        .collect()
}

/// A plan at work on one segment.
pub(crate) struct Matching<'a> {
    part: &'a Part<'a>,
    segment: usize,
    plan: &'a Plan,
    lengths: Lengths,
    norms: &'a AllNorms,
}

impl<'a> Matching<'a> {
    pub(crate) fn new(
        snapshot: &Snapshot,
        part: &'a Part<'a>,
        segment: usize,
        plan: &'a Plan,
        norms: &'a AllNorms,
    ) -> Result<Self, SearchError> {
        Ok(Self {
            part,
            segment,
            plan,
            lengths: Lengths::of(part, snapshot)?,
            norms,
        })
    }

    /// Every live article that fits a clause, ascending.
    pub(crate) fn matches(&self, clause: &Clause) -> Result<Vec<Match>, SearchError> {
        match clause {
            Clause::All => Ok(unscored(self.part.articles()?)),
            Clause::Leaf(number) => self.leaf(&self.plan.leaves[*number]),
            Clause::Lists(segments) => {
                let mut docs = Vec::new();
                for (field, info) in &segments[self.segment] {
                    docs.extend(self.part.docs(*field, info)?);
                }
                if segments[self.segment].len() > 1 {
                    docs.sort();
                    docs.dedup();
                }
                self.keep_live(&mut docs);
                Ok(unscored(docs))
            }
            Clause::Or(any) => {
                let mut all = Vec::new();
                for one in any {
                    all.extend(self.matches(one)?);
                }
                // Runs that ascend already are merged, not sorted anew.
                all.sort_by_key(|&(doc, _)| doc);
                all.dedup_by(|next, kept| {
                    let same = next.0 == kept.0;
                    if same {
                        kept.1 += next.1;
                    }
                    same
                });
                Ok(all)
            }
            Clause::And { must, not, tests } => {
                let mut found = match must.split_first() {
                    None => unscored(self.part.articles()?),
                    Some((first, others)) => {
                        let mut found = self.matches(first)?;
                        for other in others {
                            if found.is_empty() {
                                break;
                            }
                            found = intersect(&found, &self.matches(other)?);
                        }
                        found
                    }
                };
                for test in tests {
                    let test = BoundTest::new(test, self.part)?;
                    found.retain(|&(doc, _)| test.passes(doc));
                }
                for clause in not {
                    if found.is_empty() {
                        break;
                    }
                    subtract(&mut found, &self.matches(clause)?);
                }
                Ok(found)
            }
        }
    }

    fn keep_live(&self, docs: &mut Vec<DocId>) {
        if self.part.has_dead() {
            docs.retain(|&doc| self.part.is_live(doc));
        }
    }

    fn leaf(&self, leaf: &Leaf) -> Result<Vec<Match>, SearchError> {
        let counts = match &leaf.expression {
            Some(expression) => self.count_expression(leaf, expression)?,
            None => self.count_words(leaf)?,
        };
        let norms = self.norms.of(leaf.length);
        let score = |(doc, count)| {
            let norm = self.lengths.norm(norms, doc);
            (doc, f64::from(bm25::score(leaf.weight, count, norm)))
        };
        Ok(counts
            .into_iter()
            .filter(|&(doc, _)| self.part.is_live(doc))
            .map(score)
            .collect())
    }

    /// Weighted occurrences of a group's words in each document.
    fn count_words(&self, leaf: &Leaf) -> Result<Vec<(DocId, u32)>, SearchError> {
        let mut counts = Vec::new();
        for group in &leaf.groups {
            for list in &group.segments[self.segment] {
                let weight = leaf.counts[list.slot];
                self.part
                    .postings(leaf.slots[list.slot].field, &list.info, |doc, count| {
                        counts.push((doc, weight * count));
                    })?;
            }
        }
        add_up(&mut counts);
        Ok(counts)
    }

    /// Weighted occurrences of an expression in each document.
    fn count_expression(
        &self,
        leaf: &Leaf,
        expression: &Expression,
    ) -> Result<Vec<(DocId, u32)>, SearchError> {
        let mut counts = Vec::new();
        for slot in 0..leaf.slots.len() {
            let candidates = self.candidates(leaf, slot, expression)?;
            if candidates.is_empty() {
                continue;
            }
            let mut places = Places::new(self.part, self.segment, leaf, slot)?;
            for doc in candidates {
                let found = places.find(expression, doc).len();
                if found > 0 {
                    counts.push((doc, leaf.counts[slot] * found as u32));
                }
            }
        }
        add_up(&mut counts);
        Ok(counts)
    }

    /// Documents in which the expression's words occur together in one slot.
    fn candidates(
        &self,
        leaf: &Leaf,
        slot: usize,
        expression: &Expression,
    ) -> Result<Vec<DocId>, SearchError> {
        match expression {
            Expression::Word(group) => self.docs_of_group(leaf, slot, &leaf.groups[*group]),
            Expression::Phrase { groups, .. } | Expression::Name(groups) => {
                // The rarest first: the others only thin it out.
                let mut order = groups.clone();
                order.sort_by_key(|&group| self.postings_of_group(slot, &leaf.groups[group]));
                order.dedup();
                let mut found: Option<Vec<DocId>> = None;
                for group in order {
                    if found.as_ref().is_some_and(Vec::is_empty) {
                        break;
                    }
                    let docs = self.docs_of_group(leaf, slot, &leaf.groups[group])?;
                    found = Some(match found {
                        None => docs,
                        Some(before) => intersect_docs(&before, &docs),
                    });
                }
                Ok(found.unwrap_or_default())
            }
            Expression::Near { left, right, .. } => Ok(intersect_docs(
                &self.candidates(leaf, slot, left)?,
                &self.candidates(leaf, slot, right)?,
            )),
            Expression::Or(any) => {
                let mut docs = Vec::new();
                for one in any {
                    docs.extend(self.candidates(leaf, slot, one)?);
                }
                docs.sort();
                docs.dedup();
                Ok(docs)
            }
        }
    }

    fn postings_of_group(&self, slot: usize, group: &Group) -> u64 {
        group.segments[self.segment]
            .iter()
            .filter(|list| list.slot == slot)
            .map(|list| u64::from(list.info.doc_freq))
            .sum()
    }

    fn docs_of_group(
        &self,
        leaf: &Leaf,
        slot: usize,
        group: &Group,
    ) -> Result<Vec<DocId>, SearchError> {
        let mut docs = Vec::new();
        let mut lists = 0;
        for list in group.segments[self.segment]
            .iter()
            .filter(|list| list.slot == slot)
        {
            docs.extend(self.part.docs(leaf.slots[slot].field, &list.info)?);
            lists += 1;
        }
        if lists > 1 {
            docs.sort();
            docs.dedup();
        }
        Ok(docs)
    }
}

/// Where each group of a leaf stands in one text of a document.
struct Places {
    /// For each group its cursors.
    cursors: Vec<Vec<SegmentPostings>>,
    /// For each group its positions in the document last looked at.
    positions: Vec<Vec<u32>>,
}

impl Places {
    fn new(part: &Part<'_>, segment: usize, leaf: &Leaf, slot: usize) -> Result<Self, SearchError> {
        let index = part.reader.inverted_index(leaf.slots[slot].field)?;
        let mut cursors = Vec::with_capacity(leaf.groups.len());
        for group in &leaf.groups {
            let mut of_group = Vec::new();
            for list in group.segments[segment]
                .iter()
                .filter(|list| list.slot == slot)
            {
                of_group.push(index.read_postings_from_terminfo(
                    &list.info,
                    IndexRecordOption::WithFreqsAndPositions,
                )?);
            }
            cursors.push(of_group);
        }
        Ok(Self {
            positions: vec![Vec::new(); cursors.len()],
            cursors,
        })
    }

    /// Where the expression stands in `doc`; documents must be asked for in
    /// ascending order.
    fn find(&mut self, expression: &Expression, doc: DocId) -> Vec<Interval> {
        for (cursors, positions) in self.cursors.iter_mut().zip(&mut self.positions) {
            positions.clear();
            let mut lists = 0;
            for cursor in cursors {
                if seek(cursor, doc) == doc && doc != TERMINATED {
                    cursor.append_positions_with_offset(0, positions);
                    lists += 1;
                }
            }
            if lists > 1 {
                positions.sort_unstable();
                positions.dedup();
            }
        }
        expression.find(&self.positions)
    }
}

/// Moves a cursor to the first document at or after `target`; tantivy's own
/// `seek` must not be asked to go back.
fn seek(cursor: &mut impl DocSet, target: DocId) -> DocId {
    match cursor.doc() {
        doc if doc >= target => doc,
        _ => cursor.seek(target),
    }
}

fn unscored(docs: Vec<DocId>) -> Vec<Match> {
    docs.into_iter().map(|doc| (doc, 0.0)).collect()
}

/// Adds up the counts of each document.
fn add_up(counts: &mut Vec<(DocId, u32)>) {
    counts.sort_by_key(|&(doc, _)| doc);
    counts.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

/// What both hold, scores added.
fn intersect(one: &[Match], other: &[Match]) -> Vec<Match> {
    let (small, large) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let mut both = Vec::with_capacity(small.len());
    let mut rest = large;
    for &(doc, score) in small {
        rest = &rest[skip_below(rest, doc, |&(doc, _)| doc)..];
        match rest.first() {
            None => break,
            Some(&(found, more)) if found == doc => both.push((doc, score + more)),
            Some(_) => {}
        }
    }
    both
}

fn intersect_docs(one: &[DocId], other: &[DocId]) -> Vec<DocId> {
    let (small, large) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let mut both = Vec::with_capacity(small.len());
    let mut rest = large;
    for &doc in small {
        rest = &rest[skip_below(rest, doc, |&doc| doc)..];
        match rest.first() {
            None => break,
            Some(&found) if found == doc => both.push(doc),
            Some(_) => {}
        }
    }
    both
}

/// Takes away what `others` holds.
fn subtract(found: &mut Vec<Match>, others: &[Match]) {
    let mut rest = others;
    found.retain(|&(doc, _)| {
        rest = &rest[skip_below(rest, doc, |&(doc, _)| doc)..];
        rest.first().is_none_or(|&(other, _)| other != doc)
    });
}

/// How many items at the start lie below `doc`: found by doubling steps, so
/// that a short list does not walk all of a long one.
fn skip_below<T>(items: &[T], doc: DocId, key: impl Fn(&T) -> DocId) -> usize {
    let mut step = 1;
    while step < items.len() && key(&items[step]) < doc {
        step *= 2;
    }
    let from = step / 2;
    let until = items.len().min(step + 1);
    from + items[from..until].partition_point(|item| key(item) < doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intersections_and_differences_keep_what_they_should() {
        let one: Vec<Match> = (0..100).map(|doc| (doc * 2, 1.0)).collect();
        let other: Vec<Match> = (0..10).map(|doc| (doc * 9, 0.5)).collect();
        assert_eq!(
            intersect(&one, &other),
            [(0, 1.5), (18, 1.5), (36, 1.5), (54, 1.5), (72, 1.5)]
        );
        let mut left = other.clone();
        subtract(&mut left, &one);
        assert_eq!(left, [(9, 0.5), (27, 0.5), (45, 0.5), (63, 0.5), (81, 0.5)]);
        assert_eq!(intersect_docs(&[1, 5, 9], &[2, 5, 9, 11]), [5, 9]);
    }
}
