//! One segment of the index, ready to be searched: which of its documents are
//! live articles, and the columns hits are ordered by.

use std::sync::{Arc, OnceLock};

use tantivy::columnar::Column;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;
#[cfg(test)]
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, SegmentReader, Term};

use super::blocks::Blocks;
use super::expand::{Group, Slot};
use super::request::SearchError;
use crate::index::beside::Kind;
use crate::index::champions::ChampionList;
use crate::index::dictionary::Dictionary;
use crate::index::lists::Lists;
use crate::index::pairs::PairList;
#[cfg(test)]
use crate::index::schema::KIND_ARTICLE;
use crate::index::snapshot::{Ids, Snapshot, opened};

/// A segment with what every search needs of it.
pub(crate) struct Part<'a> {
    pub(crate) reader: &'a SegmentReader,
    snapshot: &'a Snapshot,
    /// The segment's number in the snapshot.
    number: usize,
    /// Documents of unfinished readings, ascending; mostly empty.
    unfinished: Vec<DocId>,
    /// Days since 1970. This column is opened once it is asked for: most searches
    /// for words do not need it.
    days: OnceLock<Option<Column<i64>>>,
}

/// Postings for each document to be left out, from which on it is sooner looked up in
/// the lists than they are read.
const WORTH_LOOKING_UP: u64 = if cfg!(test) { 2 } else { 16 };

/// Documents of a segment for each posting, from which on postings are sorted
/// rather than marked in a set of all documents.
const SPARSE: usize = 256;

impl<'a> Part<'a> {
    /// Every segment of a snapshot.
    pub(crate) fn all(snapshot: &'a Snapshot) -> Result<Vec<Self>, SearchError> {
        snapshot
            .segments
            .iter()
            .enumerate()
            .map(|(number, reader)| Self::new(snapshot, number, reader))
            .collect()
    }

    fn new(
        snapshot: &'a Snapshot,
        number: usize,
        reader: &'a SegmentReader,
    ) -> Result<Self, SearchError> {
        let mut part = Self {
            reader,
            snapshot,
            number,
            unfinished: Vec::new(),
            days: OnceLock::new(),
        };
        for &reading in &snapshot.unfinished {
            let term = Term::from_field_u64(snapshot.fields.reading, reading);
            part.unfinished.extend(part.docs_of_term(&term)?);
        }
        part.unfinished.sort_unstable();
        Ok(part)
    }

    /// Whether some document of the segment must be left out.
    pub(crate) fn has_dead(&self) -> bool {
        self.reader.has_deletes() || !self.unfinished.is_empty()
    }

    /// Whether a document is neither deleted nor of an unfinished reading.
    pub(crate) fn is_live(&self, doc: DocId) -> bool {
        !self.reader.is_deleted(doc)
            && (self.unfinished.is_empty() || self.unfinished.binary_search(&doc).is_err())
    }

    /// All live articles, ascending.
    #[cfg(test)]
    pub(crate) fn articles(&self) -> Result<Vec<DocId>, SearchError> {
        self.documents_of_kind(KIND_ARTICLE)
    }

    /// All live documents of a kind, ascending.
    pub(crate) fn documents_of_kind(&self, kind: u64) -> Result<Vec<DocId>, SearchError> {
        let term = Term::from_field_u64(self.snapshot.fields.kind, kind);
        let mut docs = self.docs_of_term(&term)?;
        if self.has_dead() {
            docs.retain(|&doc| self.is_live(doc));
        }
        Ok(docs)
    }

    /// Documents with a term, dead ones too, ascending.
    fn docs_of_term(&self, term: &Term) -> Result<Vec<DocId>, SearchError> {
        match self.list(term)? {
            Some(info) => self.docs(term.field(), &info),
            None => Ok(Vec::new()),
        }
    }

    /// Documents of a posting list, dead ones too, ascending.
    pub(crate) fn docs(&self, field: Field, info: &TermInfo) -> Result<Vec<DocId>, SearchError> {
        let mut docs = Vec::with_capacity(info.doc_freq as usize);
        self.each_block(field, info, |block| docs.extend_from_slice(block))?;
        Ok(docs)
    }

    fn each_block(
        &self,
        field: Field,
        info: &TermInfo,
        mut each: impl FnMut(&[DocId]),
    ) -> Result<(), SearchError> {
        let mut blocks = Blocks::new(&self.lists(field)?, info)?;
        while !blocks.docs().is_empty() {
            each(blocks.docs());
            blocks.advance();
        }
        Ok(())
    }

    /// In how many live articles any of these terms occurs.
    pub(crate) fn live_union<'i>(
        &self,
        lists: impl Iterator<Item = (Field, &'i TermInfo)> + Clone,
    ) -> Result<usize, SearchError> {
        let postings: usize = lists.clone().map(|(_, info)| info.doc_freq as usize).sum();
        if postings * SPARSE < self.reader.max_doc() as usize {
            let mut docs = Vec::with_capacity(postings);
            for (field, info) in lists {
                self.each_block(field, info, |block| docs.extend_from_slice(block))?;
            }
            // Each list is in order already, which this way of sorting makes use of.
            docs.sort();
            docs.dedup();
            return Ok(docs.into_iter().filter(|&doc| self.is_live(doc)).count());
        }
        let mut set = vec![0u64; self.reader.max_doc() as usize / 64 + 1];
        for (field, info) in lists {
            self.each_block(field, info, |block| {
                for &doc in block {
                    if let Some(word) = set.get_mut(doc as usize / 64) {
                        *word |= 1 << (doc % 64);
                    }
                }
            })?;
        }
        self.keep_live(0, &mut set);
        Ok(set.iter().map(|word| word.count_ones() as usize).sum())
    }

    /// Takes those that must be left out from a set of documents, 64 a word, of which
    /// the first is `base`, a multiple of 64.
    pub(crate) fn keep_live(&self, base: DocId, set: &mut [u64]) {
        let first = base as usize / 64;
        if let Some(alive) = self.snapshot.alive(self.number) {
            for (number, word) in (first..).zip(&mut *set) {
                *word &= alive.word(number);
            }
        }
        let from = self.unfinished.partition_point(|&doc| doc < base);
        for &doc in &self.unfinished[from..] {
            match set.get_mut(doc as usize / 64 - first) {
                Some(word) => *word &= !(1 << (doc % 64)),
                None => break,
            }
        }
    }

    /// How many of the documents to be left out any of these terms occurs in; `None`
    /// where they are so many that the lists are sooner read.
    fn dead_union<'i>(
        &self,
        lists: impl Iterator<Item = (Field, &'i TermInfo)> + Clone,
    ) -> Result<Option<u64>, SearchError> {
        if !self.has_dead() {
            return Ok(Some(0));
        }
        let dead = match self.snapshot.alive(self.number) {
            Some(alive) if self.unfinished.is_empty() => alive.deleted(),
            _ => return Ok(None),
        };
        let postings: u64 = lists
            .clone()
            .map(|(_, info)| u64::from(info.doc_freq))
            .sum();
        let look_ups = (dead.len() * lists.clone().count()) as u64;
        if look_ups * WORTH_LOOKING_UP > postings {
            return Ok(None);
        }
        let mut is_in = vec![false; dead.len()];
        for (field, info) in lists {
            let mut blocks = Blocks::new(&self.lists(field)?, info)?;
            for (&doc, is_in) in dead.iter().zip(&mut is_in) {
                blocks.seek(doc);
                *is_in |= blocks.docs().binary_search(&doc).is_ok();
            }
        }
        Ok(Some(is_in.iter().filter(|&&is_in| is_in).count() as u64))
    }

    /// The words of a field; `None` where the segment has none.
    pub(crate) fn words(&self, field: Field) -> Result<Option<Arc<Dictionary>>, SearchError> {
        Ok(self.snapshot.dictionary(self.number, field)?)
    }

    /// Where a term occurs.
    pub(crate) fn list(&self, term: &Term) -> Result<Option<TermInfo>, SearchError> {
        match self.words(term.field())? {
            Some(words) => Ok(words.get(term.serialized_value_bytes())?),
            None => Ok(None),
        }
    }

    /// The champions of a group in title and body, dead ones too, where lists of its
    /// stem are kept and the segment is large.
    pub(crate) fn champions(&self, group: &Group, slots: &[Slot]) -> Option<ChampionList> {
        let fields = &self.snapshot.fields;
        let searched = slots.iter().map(|slot| slot.field);
        if !searched.eq([fields.body, fields.title]) {
            return None;
        }
        let stem = group.stem.as_deref()?;
        let kept = self.snapshot.beside(self.number, Kind::Champions)?;
        let kept = ChampionList::of(kept, stem)?;
        let lists = self.lists_of(group, slots);
        let postings = lists.map(|(_, info)| u64::from(info.doc_freq)).sum::<u64>();
        (kept.postings == postings).then_some(kept)
    }

    /// Where a word of a text stands behind another one in the segment, if that is kept.
    pub(crate) fn pair(&self, text: Field, first: &str, second: &str) -> Option<PairList> {
        let kept = self.snapshot.beside(self.number, Kind::Pairs)?;
        PairList::of(kept, text, first, second)
    }

    /// In how many live articles the words of a group stand of which these are the
    /// champions; `None` where too many are deleted to tell by them.
    pub(crate) fn live_documents(
        &self,
        kept: &ChampionList,
        group: &Group,
        slots: &[Slot],
    ) -> Result<Option<u64>, SearchError> {
        let dead = self.dead_union(self.lists_of(group, slots))?;
        Ok(dead.map(|dead| u64::from(kept.documents).saturating_sub(dead)))
    }

    /// The posting lists of a group.
    pub(crate) fn lists_of<'g>(
        &self,
        group: &'g Group,
        slots: &'g [Slot],
    ) -> impl Iterator<Item = (Field, &'g TermInfo)> + Clone {
        let lists = group.segments[self.number].iter();
        lists.map(|list| (slots[list.slot].field, &list.info))
    }

    /// The posting lists of a field as they lie in the index.
    pub(crate) fn lists(&self, field: Field) -> Result<Lists, SearchError> {
        Ok(self.snapshot.lists(self.number, field)?)
    }

    /// Documents of a posting list with how often the term occurs in each.
    #[cfg(test)]
    pub(crate) fn postings(
        &self,
        field: Field,
        info: &TermInfo,
        mut each: impl FnMut(DocId, u32),
    ) -> Result<(), SearchError> {
        let index = self.reader.inverted_index(field)?;
        let mut blocks =
            index.read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        while !blocks.docs().is_empty() {
            for (&doc, &count) in blocks.docs().iter().zip(blocks.freqs()) {
                each(doc, count);
            }
            blocks.advance();
        }
        Ok(())
    }

    /// In how many live articles a term occurs.
    pub(crate) fn live_frequency(&self, field: Field, info: &TermInfo) -> Result<u64, SearchError> {
        if let Some(dead) = self.dead_union(std::iter::once((field, info)))? {
            return Ok(u64::from(info.doc_freq).saturating_sub(dead));
        }
        let mut live = 0;
        self.each_block(field, info, |block| {
            live += block.iter().filter(|&&doc| self.is_live(doc)).count() as u64;
        })?;
        Ok(live)
    }

    /// Lengths of a text field; `None` for fields that keep none.
    pub(crate) fn lengths(&self, field: Field) -> Result<Option<FieldNormReader>, SearchError> {
        Ok(self.reader.fieldnorms_readers().get_field(field)?)
    }

    /// Days of publication.
    pub(crate) fn days(&self) -> Result<&Option<Column<i64>>, SearchError> {
        Ok(opened(&self.days, || {
            self.reader.fast_fields().column_opt("day")
        })?)
    }

    /// Day of publication.
    pub(crate) fn day_of(&self, doc: DocId) -> Result<Option<i64>, SearchError> {
        let days = self.days()?.as_ref();
        Ok(days.and_then(|column| column.first(doc)))
    }

    /// The ids of its articles.
    pub(crate) fn ids(&self) -> Result<&Ids, SearchError> {
        Ok(self.snapshot.ids(self.number)?)
    }

    /// The last tie-break.
    pub(crate) fn order_of(&self, doc: DocId) -> Result<u64, SearchError> {
        Ok(self.ids()?.order(doc).unwrap_or(0))
    }
}
