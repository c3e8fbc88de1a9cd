//! Phrases and proximity in a window: first the documents that hold all the
//! words, then of those each one's positions.

use tantivy::DocId;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;

use super::super::matching::Places;
use super::super::part::{Part, seek};
use super::super::plan::Leaf;
use super::super::positions::Expression;
use super::super::request::SearchError;
use super::cursor::Cursor;
use super::window::{Counts, Mask};

/// A leaf with an expression, at work on one segment.
pub(super) struct Phrase<'a> {
    expression: &'a Expression,
    texts: Vec<Text>,
    /// Postings of its rarest group.
    pub(super) cost: u64,
}

/// One text (title, body, …) that is looked through.
struct Text {
    /// For each group its lists.
    groups: Vec<Vec<Cursor>>,
    /// The window's documents of each group, as far as they were asked for.
    masks: Vec<Option<Mask>>,
    finder: Finder,
    /// How many times an occurrence counts.
    weight: f32,
}

enum Finder {
    /// Words side by side.
    Adjacent(Adjacent),
    /// Anything else.
    Any(Places),
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
            let field = leaf.slots[slot].field;
            let mut groups = Vec::with_capacity(leaf.groups.len());
            for group in &leaf.groups {
                let mut cursors = Vec::new();
                for list in group.segments[segment]
                    .iter()
                    .filter(|list| list.slot == slot)
                {
                    cursors.push(Cursor::new(part, field, &list.info, 1.0, false)?);
                }
                groups.push(cursors);
            }
            let size = |cursors: &Vec<Cursor>| cursors.iter().map(Cursor::len).sum::<u64>();
            let rarest = groups.iter().map(size).min().unwrap_or(0);
            cost += rarest;
            let finder = match expression {
                Expression::Phrase { groups, slop: 0 } => {
                    Finder::Adjacent(Adjacent::new(part, segment, leaf, slot, groups)?)
                }
                _ => Finder::Any(Places::new(part, segment, leaf, slot)?),
            };
            texts.push(Text {
                masks: vec![None; groups.len()],
                groups,
                finder,
                weight: leaf.counts[slot],
            });
        }
        Ok(Self {
            expression,
            texts,
            cost,
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
            text.masks.fill(None);
            let mut candidates = text.candidates(base, self.expression);
            if let Some(within) = within {
                candidates.and(within);
            }
            candidates.each(|offset| {
                let doc = base + offset as DocId;
                let found = match &mut text.finder {
                    Finder::Adjacent(adjacent) => adjacent.count(doc),
                    Finder::Any(places) => places.find(self.expression, doc).len(),
                };
                if found > 0 {
                    mask.set(offset);
                    if let Some(counts) = &mut counts {
                        counts.add(offset, text.weight * found as f32);
                    }
                }
            });
        }
    }
}

impl Text {
    fn next(&self, expression: &Expression) -> DocId {
        match expression {
            Expression::Word(group) => {
                let docs = self.groups[*group].iter().map(Cursor::doc);
                docs.min().unwrap_or(DocId::MAX)
            }
            Expression::Phrase { groups, .. } => {
                let next = |&group: &usize| self.next(&Expression::Word(group));
                groups.iter().map(next).max().unwrap_or(DocId::MAX)
            }
            Expression::Or(any) => {
                let next = |one| self.next(one);
                any.iter().map(next).min().unwrap_or(DocId::MAX)
            }
            Expression::Near { left, right, .. } => self.next(left).max(self.next(right)),
        }
    }

    /// Documents in which the words occur together.
    fn candidates(&mut self, base: DocId, expression: &Expression) -> Mask {
        match expression {
            Expression::Word(group) => self.documents(base, *group),
            Expression::Phrase { groups, .. } => {
                let mut order = groups.clone();
                order.sort_by_key(|&group| self.groups[group].iter().map(Cursor::len).sum::<u64>());
                let mut found: Option<Mask> = None;
                for group in order {
                    if found.as_ref().is_some_and(Mask::is_empty) {
                        break;
                    }
                    let docs = self.documents(base, group);
                    match &mut found {
                        None => found = Some(docs),
                        Some(found) => found.and(&docs),
                    }
                }
                found.unwrap_or(Mask::NONE)
            }
            Expression::Or(any) => {
                let mut found = Mask::NONE;
                for one in any {
                    found.or(&self.candidates(base, one));
                }
                found
            }
            Expression::Near { left, right, .. } => {
                let mut found = self.candidates(base, left);
                if !found.is_empty() {
                    found.and(&self.candidates(base, right));
                }
                found
            }
        }
    }

    fn documents(&mut self, base: DocId, group: usize) -> Mask {
        if let Some(mask) = &self.masks[group] {
            return *mask;
        }
        let mut mask = Mask::NONE;
        for cursor in &mut self.groups[group] {
            cursor.fill(base, &mut mask);
        }
        self.masks[group] = Some(mask);
        mask
    }
}

/// Counts where words stand side by side in one text.
struct Adjacent {
    /// For each word its place in the phrase and its lists, rarest first.
    words: Vec<(u32, Vec<SegmentPostings>)>,
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Adjacent {
    fn new(
        part: &Part<'_>,
        segment: usize,
        leaf: &Leaf,
        slot: usize,
        groups: &[usize],
    ) -> Result<Self, SearchError> {
        let index = part.index(leaf.slots[slot].field)?;
        let mut words = Vec::with_capacity(groups.len());
        for (place, &group) in groups.iter().enumerate() {
            let mut lists = Vec::new();
            let mut size = 0u64;
            for list in leaf.groups[group].segments[segment]
                .iter()
                .filter(|list| list.slot == slot)
            {
                size += u64::from(list.info.doc_freq);
                lists.push(index.read_postings_from_terminfo(
                    &list.info,
                    IndexRecordOption::WithFreqsAndPositions,
                )?);
            }
            words.push((size, (place as u32, lists)));
        }
        words.sort_by_key(|(size, _)| *size);
        Ok(Self {
            words: words.into_iter().map(|(_, word)| word).collect(),
            starts: Vec::new(),
            places: Vec::new(),
        })
    }

    /// Occurrences in `doc`; documents must be asked for in ascending order.
    fn count(&mut self, doc: DocId) -> usize {
        let Self {
            words,
            starts,
            places,
        } = self;
        for (number, (place, lists)) in words.iter_mut().enumerate() {
            places.clear();
            let mut found = 0;
            for list in lists {
                if seek(list, doc) == doc {
                    list.append_positions_with_offset(0, places);
                    found += 1;
                }
            }
            if found > 1 {
                places.sort_unstable();
                places.dedup();
            }
            if number == 0 {
                std::mem::swap(starts, places);
                starts.drain(..starts.partition_point(|at| at < place));
                starts.iter_mut().for_each(|at| *at -= *place);
            } else {
                keep_followed(starts, places, *place);
            }
            if starts.is_empty() {
                return 0;
            }
        }
        starts.len()
    }
}

/// Keeps the `starts` of which one of `places` lies exactly `ahead`; both ascend.
///
/// Which of the two lies first is as good as random: steps are counted, not
/// branched to.
fn keep_followed(starts: &mut Vec<u32>, places: &[u32], ahead: u32) {
    let (mut kept, mut start, mut place) = (0, 0, 0);
    while let (Some(&at), Some(&found)) = (starts.get(start), places.get(place)) {
        let wanted = at + ahead;
        starts[kept] = at;
        kept += usize::from(wanted == found);
        start += usize::from(wanted <= found);
        place += usize::from(wanted >= found);
    }
    starts.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_kept_where_the_word_lies_as_far_ahead_as_in_the_phrase() {
        let kept = |starts: &[u32], places: &[u32], ahead| {
            let mut starts = starts.to_vec();
            keep_followed(&mut starts, places, ahead);
            starts
        };
        assert_eq!(kept(&[0, 4, 9], &[1, 3, 10], 1), [0, 9]);
        assert_eq!(kept(&[0, 1, 2], &[2, 3], 2), [0, 1]);
        assert_eq!(kept(&[5, 6], &[0, 1, 2, 3], 1), [0u32; 0]);
        assert_eq!(kept(&[5], &[], 1), [0u32; 0]);
        assert_eq!(kept(&[], &[5], 1), [0u32; 0]);
    }
}
