//! The segments built here against those that tantivy builds of the same documents.

use proptest::prelude::*;
use tantivy::postings::Postings as _;
use tantivy::schema::{IndexRecordOption, TantivyDocument};
use tantivy::{DocSet, Index, SegmentReader, TERMINATED};

use super::SegmentBuilder;
use crate::index::schema::{Fields, schema};
use crate::index::tokenizer;

fn index_in_memory() -> (Index, Fields) {
    let (schema, fields) = schema();
    let index = Index::create_in_ram(schema);
    tokenizer::register(&index);
    (index, fields)
}

/// Every posting of a segment, spelt out.
fn postings_of(segment: &SegmentReader) -> Vec<String> {
    let mut all = Vec::new();
    for (field, entry) in segment.schema().fields() {
        if !entry.is_indexed() {
            continue;
        }
        let name = entry.name();
        let inverted = segment.inverted_index(field).unwrap();
        all.push(format!("{name} {}", inverted.total_num_tokens()));
        if entry.has_fieldnorms() {
            let norms = segment.get_fieldnorms_reader(field).unwrap();
            let norms: Vec<u32> = (0..segment.max_doc()).map(|d| norms.fieldnorm(d)).collect();
            all.push(format!("{name} {norms:?}"));
        }
        let mut terms = inverted.terms().stream().unwrap();
        while terms.advance() {
            let (term, info) = (terms.key().to_vec(), terms.value().clone());
            let mut postings = inverted
                .read_postings_from_terminfo(&info, IndexRecordOption::WithFreqsAndPositions)
                .unwrap();
            let term = String::from_utf8_lossy(&term).into_owned();
            all.push(format!("{name} {term:?} {}", info.doc_freq));
            let mut positions = Vec::new();
            while postings.doc() != TERMINATED {
                positions.clear();
                if entry.field_type().index_record_option()
                    == Some(IndexRecordOption::WithFreqsAndPositions)
                {
                    postings.positions(&mut positions);
                }
                all.push(format!("{} {positions:?}", postings.doc()));
                postings.advance();
            }
        }
    }
    all
}

fn built(documents: &[TantivyDocument], index: &Index) -> SegmentReader {
    let mut builder = SegmentBuilder::new(index).unwrap();
    for document in documents {
        builder.add(document).unwrap();
    }
    let meta = builder.finish().unwrap();
    let mut writer: tantivy::IndexWriter = index.writer_with_num_threads(1, 15 << 20).unwrap();
    writer.add_segment(meta).unwrap();
    writer.commit().unwrap();
    let searcher = index.reader().unwrap().searcher();
    searcher.segment_reader(0).clone()
}

fn built_by_tantivy(documents: &[TantivyDocument], index: &Index) -> SegmentReader {
    let mut writer = index.writer_with_num_threads(1, 15 << 20).unwrap();
    for document in documents {
        writer.add_document(document.clone()).unwrap();
    }
    writer.commit().unwrap();
    let searcher = index.reader().unwrap().searcher();
    searcher.segment_reader(0).clone()
}

fn same(documents: &[TantivyDocument]) {
    let ((ours, _), (theirs, _)) = (index_in_memory(), index_in_memory());
    let (one, other) = (
        built(documents, &ours),
        built_by_tantivy(documents, &theirs),
    );
    assert_eq!(one.max_doc(), other.max_doc());
    assert_eq!(postings_of(&one), postings_of(&other));
    let stores = (
        one.get_store_reader(1).unwrap(),
        other.get_store_reader(1).unwrap(),
    );
    let orders = [&one, &other].map(|segment| segment.fast_fields().u64("order").unwrap());
    let names = [&one, &other].map(|segment| segment.fast_fields().str("names").unwrap());
    assert_eq!(names[0].is_some(), names[1].is_some());
    for document in 0..one.max_doc() {
        let stored: [TantivyDocument; 2] = [
            stores.0.get(document).unwrap(),
            stores.1.get(document).unwrap(),
        ];
        assert_eq!(stored[0], stored[1]);
        assert_eq!(orders[0].first(document), orders[1].first(document));
        let [ours, theirs] = [&names[0], &names[1]].map(|column| {
            let Some(column) = column else {
                return Vec::new();
            };
            column
                .term_ords(document)
                .map(|ord| {
                    let mut name = String::new();
                    column.ord_to_str(ord, &mut name).unwrap();
                    name
                })
                .collect()
        });
        assert_eq!(ours, theirs);
    }
}

fn document(fields: &Fields, number: u64, parts: &[String]) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    document.add_u64(fields.kind, 1);
    document.add_u64(fields.reading, number / 3);
    document.add_u64(fields.order, number * 7);
    document.add_u64(fields.id_tail, number % 5);
    for (at, part) in parts.iter().enumerate() {
        match at % 6 {
            0 => document.add_text(fields.body, part),
            1 => document.add_text(fields.title, part),
            2 => document.add_text(fields.entities, format!("p{part}\np{part} b\nl{part}")),
            3 => document.add_text(fields.byline, part),
            4 => document.add_text(fields.language, part),
            _ => document.add_text(fields.names, part),
        }
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn segments_are_those_that_tantivy_builds(
        texts in proptest::collection::vec(
            proptest::collection::vec("([a-d]{1,2}|[Ee]lectoral-commission|4,500|日本語| |\n|\\.){0,30}", 0..14),
            1..25,
        )
    ) {
        let (_, fields) = index_in_memory();
        let documents: Vec<TantivyDocument> = texts
            .iter()
            .enumerate()
            .map(|(number, parts)| document(&fields, number as u64, parts))
            .collect();
        same(&documents);
    }
}

#[test]
fn lists_of_many_blocks_and_values_without_words_are_written_alike() {
    let (_, fields) = index_in_memory();
    let documents: Vec<TantivyDocument> = (0..700_u64)
        .map(|number| {
            let body = format!(
                "the talks {} of the {}",
                number % 7,
                "word ".repeat((number % 150) as usize)
            );
            let parts = [
                body,
                String::new(),
                "Mike Pompeo".to_owned(),
                " ".to_owned(),
                String::new(),
            ];
            document(&fields, number, &parts)
        })
        .collect();
    same(&documents);
}
