//! One segment of the index, ready to be searched: which of its documents are
//! live articles, and the columns hits are ordered by.

use tantivy::columnar::Column;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, Term};

use super::request::SearchError;
#[cfg(test)]
use crate::index::schema::KIND_ARTICLE;
use crate::index::snapshot::Snapshot;

/// A segment with what every search needs of it.
pub(crate) struct Part<'a> {
    pub(crate) reader: &'a SegmentReader,
    snapshot: &'a Snapshot,
    /// Documents of unfinished readings, ascending; mostly empty.
    unfinished: Vec<DocId>,
    /// Days since 1970.
    pub(crate) day: Option<Column<i64>>,
    /// The last tie-break.
    pub(crate) order: Option<Column<u64>>,
}

impl<'a> Part<'a> {
    /// Every segment of a snapshot.
    pub(crate) fn all(snapshot: &'a Snapshot) -> Result<Vec<Self>, SearchError> {
        snapshot
            .segments
            .iter()
            .map(|reader| Self::new(snapshot, reader))
            .collect()
    }

    fn new(snapshot: &'a Snapshot, reader: &'a SegmentReader) -> Result<Self, SearchError> {
        let columns = reader.fast_fields();
        let mut part = Self {
            reader,
            snapshot,
            unfinished: Vec::new(),
            day: columns.column_opt::<i64>("day")?,
            order: columns.column_opt::<u64>("order")?,
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
        let index = self.reader.inverted_index(term.field())?;
        match index.get_term_info(term)? {
            Some(info) => self.docs(term.field(), &info),
            None => Ok(Vec::new()),
        }
    }

    /// Documents of a posting list, dead ones too, ascending.
    pub(crate) fn docs(&self, field: Field, info: &TermInfo) -> Result<Vec<DocId>, SearchError> {
        let index = self.reader.inverted_index(field)?;
        let mut blocks = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let mut docs = Vec::with_capacity(info.doc_freq as usize);
        while !blocks.docs().is_empty() {
            docs.extend_from_slice(blocks.docs());
            blocks.advance();
        }
        Ok(docs)
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
        if !self.has_dead() {
            return Ok(u64::from(info.doc_freq));
        }
        let docs = self.docs(field, info)?;
        Ok(docs.iter().filter(|&&doc| self.is_live(doc)).count() as u64)
    }

    /// Lengths of a text field; `None` for fields that keep none.
    pub(crate) fn lengths(&self, field: Field) -> Result<Option<FieldNormReader>, SearchError> {
        Ok(self.reader.fieldnorms_readers().get_field(field)?)
    }

    /// Day of publication.
    pub(crate) fn day_of(&self, doc: DocId) -> Option<i64> {
        self.day.as_ref().and_then(|column| column.first(doc))
    }

    /// The last tie-break.
    pub(crate) fn order_of(&self, doc: DocId) -> u64 {
        self.order
            .as_ref()
            .and_then(|column| column.first(doc))
            .unwrap_or(0)
    }
}

/// Moves a cursor to the first document at or after `target`; tantivy's own
/// `seek` must not be asked to go back.
pub(crate) fn seek(cursor: &mut impl DocSet, target: DocId) -> DocId {
    match cursor.doc() {
        doc if doc >= target => doc,
        _ => cursor.seek(target),
    }
}
