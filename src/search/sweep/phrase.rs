//! Phrases and proximity in a window: first the documents that hold all the
//! words, then of those each one's positions. Where it is kept in which documents two
//! words stand side by side, that decides, or leaves fewer to look at.

use tantivy::DocId;

use super::super::part::Part;
use super::super::plan::Leaf;
use super::super::positions::Expression;
use super::super::request::SearchError;
use super::cursor::Cursor;
use super::located::{Counted, Located};
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
        self.0.iter().map(|list| list.list.len()).sum()
    }

    fn next(&self) -> DocId {
        let docs = self.0.iter().map(|list| list.list.doc());
        docs.min().unwrap_or(DocId::MAX)
    }

    /// Finds the documents of a window, of those `within` a set only. It is asked for no
    /// more than that takes, and lacks the others.
    fn enter(&mut self, base: DocId, within: Option<&Mask>, documents: u64) -> Mask {
        let mut found = Mask::NONE;
        for list in &mut self.0 {
            list.list.enter(base, within, documents);
            found.or(&list.list.mask);
        }
        if let Some(within) = within {
            found.and(within);
        }
        found
    }

    /// How often the words occur in a document.
    fn freq(&self, offset: usize) -> u32 {
        self.0.iter().map(|list| list.list.freq(offset)).sum()
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
    /// Two words, of which it is kept where they stand side by side.
    Pair(Box<Cursor>),
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
            let mut pairs = match expression {
                Expression::Phrase { groups, slop: 0 } => pairs_of(part, slot, leaf, groups),
                _ => Vec::new(),
            };
            if leaf.groups.len() == 2
                && let Some((_, cursor)) = pairs.pop()
            {
                cost += cursor.len();
                texts.push(Text {
                    groups: Vec::new(),
                    finder: Finder::Pair(Box::new(cursor)),
                    weight: leaf.counts[slot],
                });
                continue;
            }
            let lists = part.lists(leaf.slots[slot].field)?;
            let mut groups = Vec::with_capacity(leaf.groups.len());
            for group in &leaf.groups {
                let of_slot = group.segments[segment]
                    .iter()
                    .filter(|list| list.slot == slot)
                    .map(|list| Located::new(&lists, &list.info));
                groups.push(Group(of_slot.collect::<Result<_, _>>()?));
            }
            let of_pairs = pairs.iter().map(|(_, cursor)| cursor.len());
            let lengths = groups.iter().map(Group::len).chain(of_pairs);
            cost += lengths.min().unwrap_or(0);
            let finder = match expression {
                Expression::Phrase {
                    groups: words,
                    slop: 0,
                } => Finder::Adjacent(Adjacent::new(words, &groups, pairs)),
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

    /// Whether positions decide which documents fit.
    pub(super) fn reads_positions(&self) -> bool {
        !self.texts.iter().all(Text::is_pair)
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
            if let Finder::Pair(cursor) = &mut text.finder {
                cursor.find(base, within, self.documents, mask, counts.as_deref_mut());
                continue;
            }
            let candidates = text.candidates(base, self.expression, within, self.documents);
            text.enter_late(base, &candidates, self.documents);
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
    /// them. No positions of theirs are read, nor of those that are not admitted; save
    /// where of one text all is told by a list and of another is not.
    pub(super) fn count_able(
        &mut self,
        base: DocId,
        mask: &mut Mask,
        counts: &mut Counts,
        able: impl Fn(usize, u32) -> bool,
        admits: Option<impl Fn(usize) -> bool>,
    ) {
        if self.texts.iter().any(Text::is_pair) {
            return self.count(base, None, mask, Some(counts));
        }
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
            text.enter_late(base, &candidates, self.documents);
            text.count(&candidates, self.expression, |offset, found, weight| {
                mask.set(offset);
                counts.add(offset, found, weight);
            });
        }
    }
}

impl Text {
    fn is_pair(&self) -> bool {
        matches!(self.finder, Finder::Pair(_))
    }

    fn next(&self, expression: &Expression) -> DocId {
        if let Finder::Pair(cursor) = &self.finder {
            return cursor.doc();
        }
        let mut next = self.next_of(expression);
        if let Finder::Adjacent(adjacent) = &self.finder {
            let of_pairs = adjacent.pairs.iter().map(Counted::doc);
            next = of_pairs.fold(next, DocId::max);
        }
        next
    }

    fn next_of(&self, expression: &Expression) -> DocId {
        match expression {
            Expression::Word(group) => self.groups[*group].next(),
            Expression::Phrase { groups, .. } | Expression::Name(groups) => {
                let next = |&group: &usize| self.groups[group].next();
                groups.iter().map(next).max().unwrap_or(DocId::MAX)
            }
            Expression::Or(any) => {
                let next = |one| self.next_of(one);
                any.iter().map(next).min().unwrap_or(DocId::MAX)
            }
            Expression::Near { left, right, .. } => self.next_of(left).max(self.next_of(right)),
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
                // Told by its list alone.
                Finder::Pair(_) => 0,
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
        match &self.finder {
            Finder::Adjacent(adjacent) => {
                let freqs = adjacent.order.iter().map(|source| match *source {
                    Source::Pair(pair) => adjacent.pairs[pair].freq(offset),
                    Source::Group(group) => self.groups[group].freq(offset),
                });
                freqs.min().unwrap_or(0)
            }
            Finder::Pair(_) | Finder::Any(_) => u32::MAX,
        }
    }

    /// Looks candidates up in the lists of groups that were left out when these were
    /// found.
    fn enter_late(&mut self, base: DocId, candidates: &Mask, documents: u64) {
        let Finder::Adjacent(adjacent) = &self.finder else {
            return;
        };
        if candidates.is_empty() {
            return;
        }
        for &group in &adjacent.late {
            self.groups[group].enter(base, Some(candidates), documents);
        }
    }

    /// Documents in which the words occur together, of those `within` a set only.
    fn candidates(
        &mut self,
        base: DocId,
        expression: &Expression,
        within: Option<&Mask>,
        documents: u64,
    ) -> Mask {
        if let Finder::Adjacent(adjacent) = &mut self.finder {
            let mut found = within.copied();
            for source in &adjacent.order {
                let mut fits = match *source {
                    Source::Pair(pair) => {
                        let pair = &mut adjacent.pairs[pair];
                        pair.enter(base, found.as_ref(), documents);
                        pair.mask
                    }
                    Source::Group(group) => {
                        self.groups[group].enter(base, found.as_ref(), documents)
                    }
                };
                if let Some(found) = &found {
                    fits.and(found);
                }
                found = Some(fits);
            }
            return found.unwrap_or(Mask::NONE);
        }
        self.candidates_of(base, expression, within, documents)
    }

    fn candidates_of(
        &mut self,
        base: DocId,
        expression: &Expression,
        within: Option<&Mask>,
        documents: u64,
    ) -> Mask {
        match expression {
            Expression::Word(group) => self.groups[*group].enter(base, within, documents),
            Expression::Phrase { groups, .. } | Expression::Name(groups) => {
                let mut order = groups.clone();
                order.sort_by_key(|&group| self.groups[group].len());
                let mut found = within.copied();
                for group in order {
                    let fits = self.groups[group].enter(base, found.as_ref(), documents);
                    found = Some(fits);
                }
                found.unwrap_or(Mask::NONE)
            }
            Expression::Or(any) => {
                let mut found = Mask::NONE;
                for one in any {
                    found.or(&self.candidates_of(base, one, within, documents));
                }
                found
            }
            Expression::Near { left, right, .. } => {
                let found = self.candidates_of(base, left, within, documents);
                self.candidates_of(base, right, Some(&found), documents)
            }
        }
    }
}

/// The lists that are kept of two words of a phrase side by side, with the first one's
/// place in it.
fn pairs_of(part: &Part<'_>, slot: usize, leaf: &Leaf, groups: &[usize]) -> Vec<(usize, Cursor)> {
    let (text, weight) = (leaf.slots[slot].field, leaf.counts[slot]);
    let word = |group: usize| match &leaf.groups[group].words[..] {
        [word] => Some(word),
        _ => None,
    };
    let kept = groups.windows(2).enumerate().filter_map(|(place, pair)| {
        let list = part.pair(text, word(pair[0])?, word(pair[1])?)?;
        Some((place, Cursor::of_pair(list, weight)))
    });
    kept.collect()
}

/// Documents whose words reach no further are counted by marking places.
const PLACES: usize = if cfg!(test) { 64 } else { 8192 };

/// In what candidates are found.
enum Source {
    /// Where two words stand side by side.
    Pair(usize),
    /// A group of which that is not known.
    Group(usize),
}

/// Counts where words stand side by side in one text.
struct Adjacent {
    pairs: Vec<Counted>,
    /// Where candidates are found, the shortest lists first.
    order: Vec<Source>,
    /// Groups that are not among these: pairs tell more.
    late: Vec<usize>,
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
    fn new(words: &[usize], groups: &[Group], pairs: Vec<(usize, Cursor)>) -> Self {
        let (firsts, pairs): (Vec<usize>, Vec<Cursor>) = pairs.into_iter().unzip();
        let is_late = |place: &usize| {
            firsts
                .iter()
                .any(|first| place == first || *place == first + 1)
        };
        let (late, others): (Vec<usize>, Vec<usize>) = (0..words.len()).partition(is_late);
        let group = |place: usize| words[place];
        let mut order: Vec<Source> = (0..pairs.len()).map(Source::Pair).collect();
        order.extend(others.into_iter().map(|place| Source::Group(group(place))));
        order.sort_by_key(|source| match *source {
            Source::Pair(pair) => pairs[pair].len(),
            Source::Group(group) => groups[group].len(),
        });
        let late = late.into_iter().map(group).collect();
        let mut words: Vec<(usize, u32)> = words.iter().rev().copied().zip(0..).collect();
        words.sort_by_key(|&(group, _)| groups[group].len());
        Self {
            pairs: pairs.into_iter().map(Counted::new).collect(),
            order,
            late,
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
