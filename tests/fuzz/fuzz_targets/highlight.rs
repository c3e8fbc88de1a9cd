//! Matches of any query in any text are marked within a second by ranges that
//! rise and lie between characters. The first line of the input is the query,
//! the second the title, the rest the body.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use morgue::index::document::digest;
use morgue::index::schema::{KIND_ARTICLE, schema};
use morgue::index::{Figures, Snapshot, tokenizer};
use morgue::query::{Options, parse};
use morgue::search::{Request, SearchError, SnippetOptions, search};
use morgue_fuzz::{check_ranges, within_a_second};
use tantivy::directory::RamDirectory;
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, TantivyDocument};

static TOKENIZERS: LazyLock<TokenizerManager> = LazyLock::new(|| {
    let index = Index::create_in_ram(schema().0);
    tokenizer::register(&index);
    index.tokenizers().clone()
});

/// An index in memory that holds one article.
fn index_of(title: &str, body: &str) -> Snapshot {
    let (schema, fields) = schema();
    let mut writer = Index::builder()
        .schema(schema)
        .tokenizers(TOKENIZERS.clone())
        .single_segment_index_writer(RamDirectory::create(), 15 << 20)
        .expect("a writer");
    let mut document = TantivyDocument::new();
    document.add_u64(fields.kind, KIND_ARTICLE);
    document.add_u64(fields.reading, 1);
    document.add_u64(fields.order, 0);
    document.add_u64(fields.id_tail, 0);
    document.add_text(fields.title, title);
    document.add_text(fields.body, body);
    document.add_text(fields.meta, "{}");
    document.add_u64(fields.digest, digest(Some(title), body, "{}"));
    writer.add_document(document).expect("room in memory");
    let index = writer.finalize().expect("room in memory");
    let searcher = index.reader().expect("a reader").searcher();
    let mut snapshot = Snapshot::new(searcher.segment_readers(), fields, Vec::new())
        .expect("room in memory");
    snapshot.figures = Figures {
        articles: 1,
        title_words: 8,
        body_words: 100,
    };
    snapshot
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(3, '\n');
    let (Some(query), Some(title), Some(body)) = (lines.next(), lines.next(), lines.next()) else {
        return;
    };
    let options = Options {
        today: || jiff::civil::date(2021, 3, 31),
        any: true,
    };
    let Ok(parsed) = parse(query, &options) else {
        return;
    };
    let snapshot = index_of(title, body);
    let mut request = Request::new(parsed.root);
    for (max_chars, sentences) in [(240, None), (1 + data.len() % 97, None), (20, Some(1))] {
        request.snippet = Some(SnippetOptions {
            max_chars,
            sentences,
        });
        let page = match within_a_second(|| search(&snapshot, &request)) {
            Ok(page) => page,
            Err(SearchError::Query { .. }) => return,
            Err(error) => panic!("{query:?}: {error}"),
        };
        for hit in page.hits {
            check_ranges(title, &hit.title_highlights);
            let Some(snippet) = hit.snippet else { continue };
            check_ranges(&snippet.text, &snippet.highlights);
            assert!(!snippet.text.contains('\n') && snippet.text.trim() == snippet.text);
            if sentences.is_none() {
                assert!(snippet.text.chars().count() <= max_chars, "{snippet:?}");
            }
        }
    }
});
