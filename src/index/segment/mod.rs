//! Builds a segment: documents go in, the files of tantivy's format come out.
//!
//! tantivy's own builder serves any schema; this one knows the fields of
//! [`super::schema`], cuts their texts without a detour over trait objects,
//! and gathers postings in the order of the text (see [`postings`]). The files
//! are the same, word for word, which a test holds against tantivy's builder.

mod postings;
mod store;
#[cfg(test)]
mod tests;
mod vocabulary;

use tantivy::directory::WritePtr;
use tantivy::fastfield::FastFieldsWriter;
use tantivy::fieldnorm::{FieldNormReaders, FieldNormsSerializer, FieldNormsWriter};
use tantivy::index::{Segment, SegmentComponent, SegmentMeta};
use tantivy::postings::InvertedIndexSerializer;
use tantivy::schema::document::{Document, Value};
use tantivy::schema::{Field, FieldType, IndexRecordOption};
use tantivy::tokenizer::{TokenStream, Tokenizer};
use tantivy::{DocId, Index, TantivyDocument};

use self::postings::Postings;
use self::store::StoreWriter;
use super::schema::{ENTITIES, WORDS};
use super::tokenizer::EntitiesTokenizer;
use crate::text::words::Words;

/// How the values of a field become words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Analysis {
    Words,
    Entities,
    /// The value is one word.
    Whole,
    Number,
}

/// A longer value is no term to tantivy.
const MOST_BYTES: usize = u16::MAX as usize - 5;

/// An indexed field.
struct Indexed {
    analysis: Analysis,
    has_norms: bool,
    postings: Postings,
}

/// A segment in the making.
pub(super) struct SegmentBuilder {
    segment: Segment,
    /// By number of the field; `None` where it is not indexed.
    fields: Vec<Option<Indexed>>,
    norms: FieldNormsWriter,
    fast: FastFieldsWriter,
    store: StoreWriter,
    documents: DocId,
    /// Fields of the document under way.
    touched: Vec<Field>,
    buffer: String,
    entities: EntitiesTokenizer,
}

impl SegmentBuilder {
    /// Begins a segment of `index`.
    pub(super) fn new(index: &Index) -> tantivy::Result<Self> {
        let segment = index.new_segment();
        let schema = index.schema();
        let settings = index.settings();
        let store = segment.open_write(SegmentComponent::Store)?;
        let store = StoreWriter::new(store, settings, &schema)?;
        Ok(Self {
            fields: schema
                .fields()
                .map(|(_, entry)| {
                    let record = entry.field_type().index_record_option()?;
                    let analysis = match entry.field_type() {
                        FieldType::Str(options) => {
                            match options.get_indexing_options()?.tokenizer() {
                                WORDS => Analysis::Words,
                                ENTITIES => Analysis::Entities,
                                _ => Analysis::Whole,
                            }
                        }
                        _ => Analysis::Number,
                    };
                    Some(Indexed {
                        analysis,
                        has_norms: entry.has_fieldnorms(),
                        postings: Postings::new(record == IndexRecordOption::WithFreqsAndPositions),
                    })
                })
                .collect(),
            norms: FieldNormsWriter::for_schema(&schema),
            fast: FastFieldsWriter::from_schema_and_tokenizer_manager(
                &schema,
                index.tokenizers().clone(),
            )?,
            store,
            documents: 0,
            touched: Vec::new(),
            buffer: String::new(),
            entities: EntitiesTokenizer::default(),
            segment,
        })
    }

    /// Adds a document.
    pub(super) fn add(&mut self, document: &TantivyDocument) -> tantivy::Result<()> {
        for (field, value) in document.iter_fields_and_values() {
            let Some(Some(indexed)) = self.fields.get_mut(field.field_id() as usize) else {
                continue;
            };
            if !self.touched.contains(&field) {
                self.touched.push(field);
            }
            let postings = &mut indexed.postings;
            let text = value.as_str().unwrap_or_default();
            match indexed.analysis {
                Analysis::Words => {
                    let mut words = Words::with_buffer(text, std::mem::take(&mut self.buffer));
                    while words.advance() {
                        postings.word(words.word().as_bytes(), words.position());
                    }
                    self.buffer = words.into_buffer();
                }
                Analysis::Entities => {
                    let mut words = self.entities.token_stream(text);
                    while words.advance() {
                        let token = words.token();
                        postings.word(token.text.as_bytes(), token.position as u32);
                    }
                }
                Analysis::Whole if text.len() <= MOST_BYTES => postings.word(text.as_bytes(), 0),
                Analysis::Whole => {}
                Analysis::Number => {
                    let number = value.as_u64().unwrap_or_default();
                    postings.word(&number.to_be_bytes(), 0);
                }
            }
            postings.end_value();
        }
        for field in self.touched.drain(..) {
            if let Some(Some(indexed)) = self.fields.get_mut(field.field_id() as usize) {
                let words = indexed.postings.end_document(self.documents);
                if indexed.has_norms {
                    self.norms.record(self.documents, field, words);
                }
            }
        }
        self.fast.add_document(document)?;
        self.store.add(document)?;
        self.documents += 1;
        Ok(())
    }

    /// Bytes of memory in use, with what writing will need.
    pub(super) fn memory(&self) -> usize {
        let postings = self.fields.iter().flatten();
        postings
            .map(|indexed| indexed.postings.memory())
            .sum::<usize>()
            + self.norms.mem_usage()
            + self.fast.mem_usage()
            + self.store.memory()
    }

    /// Whether no further document can be taken, whatever the memory.
    pub(super) fn is_full(&self) -> bool {
        let mut fields = self.fields.iter().flatten();
        fields.any(|indexed| indexed.postings.is_full())
    }

    /// Writes the segment.
    pub(super) fn finish(mut self) -> tantivy::Result<SegmentMeta> {
        self.norms.fill_up_to_max_doc(self.documents);
        let norms = self.segment.open_write(SegmentComponent::FieldNorms)?;
        self.norms
            .serialize(FieldNormsSerializer::from_write(norms)?, None)?;
        let norms = FieldNormReaders::open(self.segment.open_read(SegmentComponent::FieldNorms)?)?;
        let mut serializer = InvertedIndexSerializer::open(&self.segment)?;
        for (number, indexed) in self.fields.iter_mut().enumerate() {
            let field = Field::from_field_id(number as u32);
            // Taken, so that each field's memory is free before the next one needs some.
            let Some(indexed) = indexed.take() else {
                continue;
            };
            if indexed.postings.tokens() == 0 {
                continue;
            }
            let mut to =
                serializer.new_field(field, indexed.postings.tokens(), norms.get_field(field)?)?;
            indexed.postings.write(&mut to)?;
            to.close()?;
        }
        serializer.close()?;
        let mut fast: WritePtr = self.segment.open_write(SegmentComponent::FastFields)?;
        self.fast.serialize(&mut fast, None)?;
        tantivy::directory::TerminatingWrite::terminate(fast)?;
        self.store.close()?;
        let meta = self.segment.with_max_doc(self.documents).meta().clone();
        meta.untrack_temp_docstore();
        Ok(meta)
    }
}
