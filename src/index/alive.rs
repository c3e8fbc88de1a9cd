//! Which documents of a segment are not deleted, as tantivy wrote it: for who looks
//! at many at once. Layout:
//!
//! ```text
//! file := documents:u32 word*     64 documents each, the first in the lowest bit
//! ```

use std::io;
use std::sync::OnceLock;

use tantivy::DocId;
use tantivy::directory::{FileSlice, OwnedBytes};

use super::bytes::{Bytes, malformed};

/// The documents of a segment that has deleted ones.
pub(crate) struct Alive {
    words: OwnedBytes,
    documents: DocId,
    deleted: OnceLock<Vec<DocId>>,
}

impl Alive {
    /// Opens what was written for a segment of so many documents.
    pub(super) fn open(file: &FileSlice, documents: DocId) -> io::Result<Self> {
        let bytes = file.read_bytes()?;
        if Bytes(&bytes).u32()? != documents {
            return Err(malformed());
        }
        let words = bytes.slice(size_of::<u32>()..bytes.len());
        if words.len() != (documents as usize).div_ceil(64) * size_of::<u64>() {
            return Err(malformed());
        }
        Ok(Self {
            words,
            documents,
            deleted: OnceLock::new(),
        })
    }

    /// The documents from 64 times `number` on, as bits; none past the last.
    #[inline(always)]
    pub(crate) fn word(&self, number: usize) -> u64 {
        let words = self.words.as_chunks().0;
        words.get(number).copied().map_or(0, u64::from_le_bytes)
    }

    /// The deleted documents, ascending.
    pub(crate) fn deleted(&self) -> &[DocId] {
        self.deleted.get_or_init(|| {
            let words = self.words.as_chunks().0.iter();
            let mut deleted = Vec::new();
            for (first, word) in (0..).step_by(64).zip(words) {
                let mut rest = !u64::from_le_bytes(*word);
                while rest != 0 {
                    deleted.push(first + rest.trailing_zeros());
                    rest &= rest - 1;
                }
            }
            // The last word has room for more.
            deleted.truncate(deleted.partition_point(|&doc| doc < self.documents));
            deleted
        })
    }
}

#[cfg(test)]
mod tests {
    use tantivy::TantivyDocument;
    use tantivy::Term;
    use tantivy::index::SegmentComponent;

    use super::super::schema::schema;
    use super::super::tokenizer;
    use super::*;

    #[test]
    fn deleted_documents_are_those_tantivy_takes_for_deleted() {
        let (schema, fields) = schema();
        let index = tantivy::Index::create_in_ram(schema);
        tokenizer::register(&index);
        let mut writer: tantivy::IndexWriter =
            index.writer_with_num_threads(1, 15_000_000).unwrap();
        for number in 0..200 {
            let mut document = TantivyDocument::new();
            document.add_u64(fields.reading, number * number % 11);
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        writer.delete_term(Term::from_field_u64(fields.reading, 4));
        writer.delete_term(Term::from_field_u64(fields.reading, 9));
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        let segment = searcher.segment_reader(0);
        let file = segment.open_read(SegmentComponent::Delete).unwrap();
        assert!(Alive::open(&file, 199).is_err() && Alive::open(&file, 2000).is_err());
        let alive = Alive::open(&file, segment.max_doc()).unwrap();
        let expected: Vec<DocId> = (0..200).filter(|&doc| segment.is_deleted(doc)).collect();
        assert!(expected.len() > 50);
        assert_eq!(alive.deleted(), expected);
        for doc in 0..200 {
            let is_alive = alive.word(doc as usize / 64) & 1 << (doc % 64) != 0;
            assert_eq!(is_alive, !segment.is_deleted(doc), "{doc}");
        }
        assert_eq!(alive.word(4), 0);
    }
}
