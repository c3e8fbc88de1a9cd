//! Phrases and proximity in a window: first the documents that hold all the
//! words, then of those each one's positions.

use tantivy::DocId;

use super::super::part::Part;
use super::super::plan::Leaf;
use super::super::positions::Expression;
use super::super::request::SearchError;
use super::located::Located;
use super::window::{Counts, Mask};

/// A leaf with an expression, at work on one segment.
pub(super) struct Phrase<'a> {
    expression: &'a Expression,
    texts: Vec<Text>,
    /// Documents of the segment.
    documents: u64,
    /// Postings of its rarest group.
    pub(super) cost: u64,
    /// Documents whose most occurrences were looked at, and those of them that were
    /// left out for these.
    bounded: u64,
    spared: u64,
}

/// After so many documents it shows whether bounds are worth their while: words such
/// as `of the` occur in all articles more often than the phrase does in any.
const TRIED: u64 = 1 << 14;

/// One text (title, body, …) that is looked through.
struct Text {
    groups: Vec<Group>,
    finder: Finder,
    /// How many times an occurrence counts.
    weight: u32,
}

/// The lists of a group's words.
struct Group(Vec<Located>);

impl Group {
    fn len(&self) -> u64 {
        self.0.iter().map(Located::len).sum()
    }

    fn next(&self) -> DocId {
        let docs = self.0.iter().map(Located::doc);
        docs.min().unwrap_or(DocId::MAX)
    }

    /// Where the words stand in a document, ascending.
    fn positions(&mut self, offset: usize, positions: &mut Vec<u32>) {
        positions.clear();
        let mut found = 0;
        for list in &mut self.0 {
            let before = positions.len();
            list.positions(offset, positions);
            found += usize::from(positions.len() > before);
        }
        if found > 1 {
            positions.sort_unstable();
            positions.dedup();
        }
    }
}

enum Finder {
    /// Words side by side.
    Adjacent(Adjacent),
    /// Anything else: for each group its positions in a document.
    Any(Vec<Vec<u32>>),
}

impl<'a> Phrase<'a> {
    pub(super) fn new(
        part: &Part<'_>,
        segment: usize,
        leaf: &'a Leaf,
        expression: &'a Expression,
    ) -> Result<Self, SearchError> {
        let mut texts = Vec::new();
        let mut cost = 0;
        for slot in 0..leaf.slots.len() {
            let lists = part.lists(leaf.slots[slot].field)?;
            let mut groups = Vec::with_capacity(leaf.groups.len());
            for group in &leaf.groups {
                let of_slot = group.segments[segment]
                    .iter()
                    .filter(|list| list.slot == slot)
                    .map(|list| Located::new(&lists, &list.info));
                groups.push(Group(of_slot.collect::<Result<_, _>>()?));
            }
            cost += groups.iter().map(Group::len).min().unwrap_or(0);
            let finder = match expression {
                Expression::Phrase {
                    groups: words,
                    slop: 0,
                } => Finder::Adjacent(Adjacent::new(words, &groups)),
                _ => Finder::Any(vec![Vec::new(); groups.len()]),
            };
            texts.push(Text {
                groups,
                finder,
                weight: leaf.counts[slot],
            });
        }
        Ok(Self {
            expression,
            texts,
            documents: u64::from(part.reader.max_doc()),
            cost,
            bounded: 0,
            spared: 0,
        })
    }

    /// No document before this one fits.
    pub(super) fn next(&self) -> DocId {
        let next = |text: &Text| text.next(self.expression);
        self.texts.iter().map(next).min().unwrap_or(DocId::MAX)
    }

    /// Adds the window's documents that fit, and how often. Those outside
    /// `within` may be left out.
    pub(super) fn count(
        &mut self,
        base: DocId,
        within: Option<&Mask>,
        mask: &mut Mask,
        mut counts: Option<&mut Counts>,
    ) {
        for text in &mut self.texts {
            let candidates = text.candidates(base, self.expression, within, self.documents);
            text.count(&candidates, self.expression, |offset, found, weight| {
                mask.set(offset);
                if let Some(counts) = &mut counts {
                    counts.add(offset, found, weight);
                }
            });
        }
    }

    /// As [`Self::count`], and leaves out documents that are not `able` with the most
    /// occurrences they can have: words side by side are no more than the rarest of
    /// them. No positions of theirs are read, nor of those that are not admitted.
    pub(super) fn count_able(
        &mut self,
        base: DocId,
        mask: &mut Mask,
        counts: &mut Counts,
        able: impl Fn(usize, u32) -> bool,
        admits: Option<impl Fn(usize) -> bool>,
    ) {
        let is_adjacent = |text: &Text| matches!(text.finder, Finder::Adjacent(_));
        let is_worth_it = self.bounded < TRIED || self.spared * 4 >= self.bounded;
        let is_bounded = is_worth_it && self.texts.iter().all(is_adjacent);
        let mut candidates = Vec::with_capacity(self.texts.len());
        let mut all = Mask::NONE;
        for text in &mut self.texts {
            let of_text = text.candidates(base, self.expression, None, self.documents);
            if is_bounded {
                of_text.each(|offset| counts.add(offset, text.most(offset), text.weight));
            }
            all.or(&of_text);
            candidates.push(of_text);
        }
        if is_bounded {
            let bounded = u64::from(all.len());
            all.retain(|offset| able(offset, counts.of(offset)));
            counts.reset();
            self.bounded += bounded;
            self.spared += bounded - u64::from(all.len());
        }
        if let Some(admits) = admits {
            all.retain(admits);
        }
        for (text, mut candidates) in self.texts.iter_mut().zip(candidates) {
            candidates.and(&all);
            text.count(&candidates, self.expression, |offset, found, weight| {
                mask.set(offset);
                counts.add(offset, found, weight);
            });
        }
    }
}

impl Text {
    fn next(&self, expression: &Expression) -> DocId {
        match expression {
            Expression::Word(group) => self.groups[*group].next(),
            Expression::Phrase { groups, .. } | Expression::Name(groups) => {
                let next = |&group: &usize| self.groups[group].next();
                groups.iter().map(next).max().unwrap_or(DocId::MAX)
            }
            Expression::Or(any) => {
                let next = |one| self.next(one);
                any.iter().map(next).min().unwrap_or(DocId::MAX)
            }
            Expression::Near { left, right, .. } => self.next(left).max(self.next(right)),
        }
    }

    /// Calls `each` with every candidate in which the expression holds, how often it
    /// does and how many times that counts.
    #[inline(always)]
    fn count(
        &mut self,
        candidates: &Mask,
        expression: &Expression,
        mut each: impl FnMut(usize, u32, u32),
    ) {
        if candidates.is_empty() {
            return;
        }
        for list in self.groups.iter_mut().flat_map(|group| &mut group.0) {
            list.prepare(candidates);
        }
        candidates.each(|offset| {
            let found = match &mut self.finder {
                Finder::Adjacent(adjacent) => adjacent.count(&mut self.groups, offset),
                Finder::Any(positions) => {
                    for (group, positions) in self.groups.iter_mut().zip(&mut *positions) {
                        group.positions(offset, positions);
                    }
                    expression.find(positions).len()
                }
            };
            if found > 0 {
                each(offset, found as u32, self.weight);
            }
        });
    }

    /// How often words side by side occur in a document at most.
    fn most(&self, offset: usize) -> u32 {
        let occurrences = |group: &Group| group.0.iter().map(|list| list.freq(offset)).sum();
        self.groups.iter().map(occurrences).min().unwrap_or(0)
    }

    /// Documents in which the words occur together, of those `within` a set
    /// only. A group is asked for no more than that takes, and lacks the others.
    fn candidates(
        &mut self,
        base: DocId,
        expression: &Expression,
        within: Option<&Mask>,
        documents: u64,
    ) -> Mask {
        match expression {
            Expression::Word(group) => self.documents(base, *group, within, documents),
            Expression::Phrase { groups, .. } | Expression::Name(groups) => {
                let mut order = groups.clone();
                order.sort_by_key(|&group| self.groups[group].len());
                let mut found = within.copied();
                for group in order {
                    found = Some(self.documents(base, group, found.as_ref(), documents));
                }
                found.unwrap_or(Mask::NONE)
            }
            Expression::Or(any) => {
                let mut found = Mask::NONE;
                for one in any {
                    found.or(&self.candidates(base, one, within, documents));
                }
                found
            }
            Expression::Near { left, right, .. } => {
                let found = self.candidates(base, left, within, documents);
                self.candidates(base, right, Some(&found), documents)
            }
        }
    }

    fn documents(
        &mut self,
        base: DocId,
        group: usize,
        within: Option<&Mask>,
        documents: u64,
    ) -> Mask {
        let mut found = Mask::NONE;
        for list in &mut self.groups[group].0 {
            list.enter(base, within, documents);
            found.or(&list.mask);
        }
        if let Some(within) = within {
            found.and(within);
        }
        found
    }
}

/// Documents whose words reach no further are counted by marking places.
const PLACES: usize = if cfg!(test) { 64 } else { 8192 };

/// Counts where words stand side by side in one text.
struct Adjacent {
    /// For each word its group and how many words follow it in the phrase;
    /// rarest first.
    words: Vec<(usize, u32)>,
    /// For each place at which the phrase's last word may stand, which of `words`
    /// was the last to allow for it. Numbers are above those used for the
    /// document before, so that nothing has to be cleared.
    marks: Vec<u32>,
    /// The highest number used.
    used: u32,
    ends: Vec<u32>,
    places: Vec<u32>,
}

impl Adjacent {
    fn new(words: &[usize], groups: &[Group]) -> Self {
        let mut words: Vec<(usize, u32)> = words.iter().rev().copied().zip(0..).collect();
        words.sort_by_key(|&(group, _)| groups[group].len());
        Self {
            words,
            marks: vec![0; PLACES],
            used: 0,
            ends: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Occurrences in a document of the window.
    fn count(&mut self, groups: &mut [Group], offset: usize) -> usize {
        let Some((&(rarest, after), others)) = self.words.split_first() else {
            return 0;
        };
        if self.used > u32::MAX - self.words.len() as u32 {
            self.marks.fill(0);
            self.used = 0;
        }
        self.used += 1;
        let (mut found, mut last) = (0, 0);
        for list in &mut groups[rarest].0 {
            let mut at = after;
            for &distance in list.distances(offset) {
                at += distance;
                let Some(mark) = self.marks.get_mut(at as usize) else {
                    return self.count_far(groups, offset);
                };
                found += usize::from(*mark != self.used);
                *mark = self.used;
            }
            last = last.max(at as usize);
        }
        let marks = &mut self.marks[..=last];
        for &(group, after) in others {
            if found == 0 {
                return 0;
            }
            found = 0;
            let allowed = self.used;
            self.used += 1;
            for list in &mut groups[group].0 {
                let mut at = after;
                for &distance in list.distances(offset) {
                    at += distance;
                    let Some(mark) = marks.get_mut(at as usize) else {
                        break;
                    };
                    // Whether a place is allowed is as good as random: no branch.
                    let is_allowed = *mark == allowed;
                    *mark += u32::from(is_allowed);
                    found += usize::from(is_allowed);
                }
            }
        }
        found
    }

    /// As [`Self::count`], wherever in the text the words stand.
    #[cold]
    fn count_far(&mut self, groups: &mut [Group], offset: usize) -> usize {
        let Self {
            words,
            ends,
            places,
            ..
        } = self;
        for (number, &(group, after)) in words.iter().enumerate() {
            groups[group].positions(offset, places);
            places.iter_mut().for_each(|at| *at += after);
            match number {
                0 => std::mem::swap(ends, places),
                _ => keep_common(ends, places),
            }
        }
        ends.len()
    }
}

/// Keeps the `ends` that are among `places`; both ascend.
///
/// Which of the two lies first is as good as random: steps are counted, not
/// branched to.
fn keep_common(ends: &mut Vec<u32>, places: &[u32]) {
    let (mut kept, mut end, mut place) = (0, 0, 0);
    while let (Some(&at), Some(&found)) = (ends.get(end), places.get(place)) {
        ends[kept] = at;
        kept += usize::from(at == found);
        end += usize::from(at <= found);
        place += usize::from(at >= found);
    }
    ends.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_lists_have_in_common_is_kept() {
        let kept = |ends: &[u32], places: &[u32]| {
            let mut ends = ends.to_vec();
            keep_common(&mut ends, places);
            ends
        };
        assert_eq!(kept(&[1, 5, 10], &[1, 3, 10]), [1, 10]);
        assert_eq!(kept(&[5, 6], &[0, 1, 2, 3]), [0u32; 0]);
        assert_eq!(kept(&[5], &[]), [0u32; 0]);
        assert_eq!(kept(&[], &[5]), [0u32; 0]);
    }
}
