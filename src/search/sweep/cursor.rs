//! A posting list read from front to back, a window at a time.

use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, TERMINATED};

use super::super::part::Part;
use super::super::request::SearchError;
use super::window::{Counts, Mask, WIDTH};

/// Where in a posting list reading has come to.
pub(super) struct Cursor {
    blocks: BlockSegmentPostings,
    /// Place in the block; at its end only where the list is at its end too.
    at: usize,
    /// How many times an occurrence counts.
    weight: f32,
}

impl Cursor {
    /// The start of a list; without `counted` only documents are decoded.
    pub(super) fn new(
        part: &Part<'_>,
        field: Field,
        info: &TermInfo,
        weight: f32,
        counted: bool,
    ) -> Result<Self, SearchError> {
        let option = match counted {
            true => IndexRecordOption::WithFreqs,
            false => IndexRecordOption::Basic,
        };
        let index = part.index(field)?;
        Ok(Self {
            blocks: index.read_block_postings_from_terminfo(info, option)?,
            at: 0,
            weight,
        })
    }

    /// Length of the list.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.blocks.doc_freq())
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
            None => {}
            Some(&last) if last >= target => {
                self.at += docs[self.at..].partition_point(|&doc| doc < target);
            }
            Some(_) => self.at = self.blocks.seek(target),
        }
    }

    /// Hands the rest of each block that reaches into the window on: documents
    /// and frequencies, those without frequencies decoded being empty.
    #[inline(always)]
    fn each_run(&mut self, base: DocId, mut each: impl FnMut(&[DocId], &[u32])) {
        let end = base.saturating_add(WIDTH as DocId);
        self.seek(base);
        loop {
            let docs = self.blocks.docs();
            let Some(&last) = docs.last() else { return };
            let until = match last < end {
                true => docs.len(),
                false => self.at + docs[self.at..].partition_point(|&doc| doc < end),
            };
            let freqs = self.blocks.freqs();
            each(
                &docs[self.at..until],
                freqs.get(self.at..until).unwrap_or(&[]),
            );
            if until < docs.len() {
                self.at = until;
                return;
            }
            self.blocks.advance();
            self.at = 0;
        }
    }

    /// Adds the window's documents to a set.
    pub(super) fn fill(&mut self, base: DocId, mask: &mut Mask) {
        self.each_run(base, |docs, _| {
            for &doc in docs {
                mask.set((doc - base) as usize);
            }
        });
    }

    /// Adds the window's documents to a set and their occurrences to counts.
    pub(super) fn count(&mut self, base: DocId, mask: &mut Mask, counts: &mut Counts) {
        let weight = self.weight;
        self.each_run(base, |docs, freqs| {
            for (&doc, &freq) in docs.iter().zip(freqs) {
                let offset = (doc - base) as usize;
                mask.set(offset);
                counts.add(offset, weight * freq as f32);
            }
        });
    }

    /// As [`Self::count`], for documents `within` a set only: worth it where
    /// they are few and the list is long.
    pub(super) fn probe(
        &mut self,
        base: DocId,
        within: &Mask,
        mask: &mut Mask,
        counts: Option<&mut Counts>,
    ) {
        let mut counts = counts;
        within.each(|offset| {
            let doc = base + offset as DocId;
            self.seek(doc);
            if self.doc() == doc {
                mask.set(offset);
                if let Some(counts) = &mut counts {
                    counts.add(offset, self.weight * self.blocks.freq(self.at) as f32);
                }
            }
        });
    }
}
