//! A posting list read from front to back, a window at a time.

use std::ops::Range;

use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, TERMINATED};

use super::super::blocks::{BLOCK, Blocks};
use super::super::request::SearchError;
use super::window::{Counts, Mask, WIDTH, in_window};
use crate::index::lists::Lists;
use crate::index::pairs::PairList;

/// A list this many times as long as there are documents asked for, per
/// window, is asked for each of them rather than read through.
const PROBE: u64 = 32;

/// Where in a posting list reading has come to.
pub(super) struct Cursor {
    blocks: Blocks,
    /// Place in the block; at its end only where the list is at its end too.
    at: usize,
    /// How many times an occurrence counts.
    weight: u32,
}

impl Cursor {
    /// The start of a list.
    pub(super) fn new(lists: &Lists, info: &TermInfo, weight: u32) -> Result<Self, SearchError> {
        Ok(Self {
            blocks: Blocks::new(lists, info)?,
            at: 0,
            weight,
        })
    }

    /// The start of the list of a pair of words.
    pub(super) fn of_pair(pair: PairList, weight: u32) -> Self {
        let with = IndexRecordOption::WithFreqs;
        Self {
            blocks: Blocks::of(pair.postings, pair.documents, with),
            at: 0,
            weight,
        }
    }

    /// Length of the list.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.blocks.len())
    }

    /// The document reached; [`TERMINATED`] at the end.
    pub(super) fn doc(&self) -> DocId {
        self.blocks
            .docs()
            .get(self.at)
            .copied()
            .unwrap_or(TERMINATED)
    }

    /// Goes on to the first document at or after `target`.
    fn seek(&mut self, target: DocId) {
        let docs = self.blocks.docs();
        match docs.last() {
            None => return,
            Some(&last) if last >= target => {}
            Some(_) => {
                self.blocks.seek(target);
                self.at = 0;
            }
        }
        let docs = &self.blocks.docs()[self.at..];
        self.at += docs.partition_point(|&doc| doc < target);
    }

    /// Calls `each` with every block that reaches into the window and the
    /// places in it that do.
    #[inline(always)]
    fn each_block(&mut self, base: DocId, mut each: impl FnMut(&mut Blocks, Range<usize>)) {
        let end = base.saturating_add(WIDTH as DocId);
        // Most lists are short, and most of these have nothing in the window.
        if self.doc() >= end {
            return;
        }
        self.seek(base);
        loop {
            let docs = self.blocks.docs();
            let Some(&last) = docs.last() else { return };
            let length = docs.len();
            let until = match last < end {
                true => length,
                false => self.at + docs[self.at..].partition_point(|&doc| doc < end),
            };
            if until > self.at {
                each(&mut self.blocks, self.at..until);
            }
            if until < length {
                self.at = until;
                return;
            }
            self.blocks.advance();
            self.at = 0;
        }
    }

    /// Adds the window's documents to a set.
    pub(super) fn fill(&mut self, base: DocId, mask: &mut Mask) {
        self.each_block(base, |blocks, places| {
            let docs = &blocks.docs()[places];
            let from = (docs[0] - base) as usize;
            if (docs[docs.len() - 1] - docs[0]) as usize == docs.len() - 1 {
                return mask.set_run(from, docs.len());
            }
            for &doc in docs {
                mask.set((doc - base) as usize);
            }
        });
    }

    /// Adds the window's documents to counts, as if the word occurred once.
    pub(super) fn mark(&mut self, base: DocId, counts: &mut Counts) {
        self.each_block(base, |blocks, places| {
            for &doc in &blocks.docs()[places] {
                counts.add((doc - base) as usize, 1, 1);
            }
        });
    }

    /// Adds the occurrences in the window's documents to counts.
    pub(super) fn count(&mut self, base: DocId, counts: &mut Counts) {
        let weight = self.weight;
        self.each_freq(base, |offset, freq| counts.add(offset, freq, weight));
    }

    /// As [`Self::count`], and the documents to a set: better where they are few.
    pub(super) fn count_and_fill(&mut self, base: DocId, mask: &mut Mask, counts: &mut Counts) {
        let weight = self.weight;
        self.each_freq(base, |offset, freq| {
            mask.set(offset);
            counts.add(offset, freq, weight);
        });
    }

    /// Whether the list is so long, in a segment of so many documents, that it is best
    /// asked for each of the few that are wanted of a window.
    pub(super) fn is_long_for(&self, wanted: u32, documents: u64) -> bool {
        u64::from(wanted) * PROBE < in_window(self.len(), documents)
    }

    /// Adds the window's documents to a set, and the occurrences in them to counts; those
    /// outside `within` may be left out.
    pub(super) fn find(
        &mut self,
        base: DocId,
        within: Option<&Mask>,
        documents: u64,
        mask: &mut Mask,
        counts: Option<&mut Counts>,
    ) {
        match (within, counts) {
            (Some(within), counts) if self.is_long_for(within.len(), documents) => {
                self.probe(base, within, mask, counts);
            }
            (_, Some(counts)) => self.count_and_fill(base, mask, counts),
            (_, None) => self.fill(base, mask),
        }
    }

    /// As [`Self::count_and_fill`], for documents `within` a set only, with all of the
    /// list read: worth it where few of it are in the set.
    pub(super) fn sift(
        &mut self,
        base: DocId,
        within: &Mask,
        mask: &mut Mask,
        mut counts: Option<&mut Counts>,
    ) {
        let weight = self.weight;
        self.each_block(base, |blocks, places| {
            let mut wanted = [0u8; BLOCK];
            let mut count = 0;
            for (at, &doc) in blocks
                .docs()
                .iter()
                .enumerate()
                .take(places.end)
                .skip(places.start)
            {
                // Written in any case: no branch to guess.
                wanted[count % BLOCK] = at as u8;
                count += usize::from(within.has((doc - base) as usize));
            }
            for &at in &wanted[..count] {
                let at = usize::from(at);
                let offset = (blocks.docs()[at] - base) as usize;
                add_one(blocks, at, offset, weight, mask, counts.as_deref_mut());
            }
        });
    }

    #[inline(always)]
    fn each_freq(&mut self, base: DocId, mut each: impl FnMut(usize, u32)) {
        self.each_block(base, |blocks, places| {
            let (docs, freqs) = blocks.docs_and_freqs();
            for (&doc, &freq) in docs[places.clone()].iter().zip(&freqs[places]) {
                each((doc - base) as usize, freq);
            }
        });
    }

    /// As [`Self::count_and_fill`], for documents `within` a set only: worth it where
    /// they are few and the list is long.
    pub(super) fn probe(
        &mut self,
        base: DocId,
        within: &Mask,
        mask: &mut Mask,
        mut counts: Option<&mut Counts>,
    ) {
        let weight = self.weight;
        self.each_within(base, within, |blocks, at, offset| {
            add_one(blocks, at, offset, weight, mask, counts.as_deref_mut());
        });
    }

    /// Calls `each` with the block, place and offset of every document that is
    /// in a set of the window.
    #[inline(always)]
    fn each_within(
        &mut self,
        base: DocId,
        within: &Mask,
        mut each: impl FnMut(&mut Blocks, usize, usize),
    ) {
        within.each_of_few(|offset| {
            let doc = base + offset as DocId;
            self.seek(doc);
            if self.doc() == doc {
                each(&mut self.blocks, self.at, offset);
            }
        });
    }

    /// Calls `each` with every document of the window, how often the word
    /// occurs in it and how often before it in the list; of those `within` a set
    /// at least, if there is one.
    #[inline(always)]
    pub(super) fn locate(
        &mut self,
        base: DocId,
        within: Option<&Mask>,
        mut each: impl FnMut(usize, u32, u64),
    ) {
        let before = |blocks: &mut Blocks, at: usize| {
            let start = blocks.occurrences_before();
            let (_, freqs) = blocks.docs_and_freqs();
            start + freqs[..at].iter().map(|&freq| u64::from(freq)).sum::<u64>()
        };
        if let Some(within) = within {
            self.each_within(base, within, |blocks, at, offset| {
                let start = before(blocks, at);
                each(offset, blocks.docs_and_freqs().1[at], start);
            });
            return;
        }
        self.each_block(base, |blocks, places| {
            let mut start = before(blocks, places.start);
            let (docs, freqs) = blocks.docs_and_freqs();
            for (&doc, &freq) in docs[places.clone()].iter().zip(&freqs[places]) {
                each((doc - base) as usize, freq, start);
                start += u64::from(freq);
            }
        });
    }
}

/// Adds the document at a place of a block to a set, and the occurrences in it to counts:
/// frequencies are taken apart only where they are counted.
#[inline(always)]
fn add_one(
    blocks: &mut Blocks,
    at: usize,
    offset: usize,
    weight: u32,
    mask: &mut Mask,
    counts: Option<&mut Counts>,
) {
    mask.set(offset);
    if let Some(counts) = counts {
        let (_, freqs) = blocks.docs_and_freqs();
        counts.add(offset, freqs[at], weight);
    }
}
