//! Many short posting lists as one. A pattern stands for thousands of words
//! most of which occur in a few documents: to ask each list in each window
//! would take longer than to read and sort all of them beforehand.

use tantivy::postings::TermInfo;
use tantivy::{DocId, TERMINATED};

use super::super::blocks::each_of_short;
use super::super::request::SearchError;
use super::window::{Counts, Mask, WIDTH};
use crate::index::lists::Lists;

/// Postings of many words, and where reading them has come to.
#[derive(Default)]
pub(super) struct Gathered {
    /// Documents, how often a word occurs in each, how many times that counts.
    postings: Vec<(DocId, u32, u32)>,
    at: usize,
}

impl Gathered {
    /// Adds a list shorter than a block.
    pub(super) fn add(
        &mut self,
        lists: &Lists,
        info: &TermInfo,
        weight: u32,
    ) -> Result<(), SearchError> {
        each_of_short(lists, info, |doc, freq| {
            self.postings.push((doc, freq, weight));
        })
    }

    /// Brings all that was added in order.
    pub(super) fn sort(&mut self) {
        self.postings.sort_unstable_by_key(|&(doc, _, _)| doc);
    }

    /// Postings in all.
    pub(super) fn len(&self) -> u64 {
        self.postings.len() as u64
    }

    /// The document reached; [`TERMINATED`] at the end.
    pub(super) fn doc(&self) -> DocId {
        let next = self.postings.get(self.at);
        next.map_or(TERMINATED, |&(doc, _, _)| doc)
    }

    /// Adds the window's documents to a set and their occurrences to counts.
    pub(super) fn count_and_fill(&mut self, base: DocId, mask: &mut Mask, counts: &mut Counts) {
        let rest = &self.postings[self.at..];
        let first = rest.partition_point(|&(doc, _, _)| doc < base);
        let end = base.saturating_add(WIDTH as DocId);
        let within = rest[first..].partition_point(|&(doc, _, _)| doc < end);
        for &(doc, freq, weight) in &rest[first..first + within] {
            let offset = (doc - base) as usize;
            mask.set(offset);
            counts.add(offset, freq, weight);
        }
        self.at += first + within;
    }
}
