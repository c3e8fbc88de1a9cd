//! tantivy as its own examples use it: `en_stem` on title and body, positions,
//! stored; a day and a path beside them. The yardstick for all that morgue
//! does otherwise.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query, QueryParser, RegexQuery};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::snippet::SnippetGenerator;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::tokenizer::{
    LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer, Token, TokenFilter, TokenStream,
    Tokenizer,
};
use tantivy::{Index, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, doc};

/// Memory for segments in building, as morgue's own default.
const MEMORY_BYTES: usize = 512 << 20;

fn schema() -> (Schema, [Field; 4]) {
    let mut builder = Schema::builder();
    let text = TextOptions::default().set_stored().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("en_stem")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let fields = [
        builder.add_text_field("title", text.clone()),
        builder.add_text_field("body", text),
        builder.add_i64_field("day", FAST | STORED),
        builder.add_text_field("path", STORED),
    ];
    (builder.build(), fields)
}

/// tantivy's `en_stem`, made of tantivy's own parts and the stemmer it uses;
/// morgue builds tantivy without it.
fn register(index: &Index) {
    let analyzer = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(40))
        .filter(LowerCaser)
        .filter(Stem)
        .build();
    index.tokenizers().register("en_stem", analyzer);
}

#[derive(Clone)]
struct Stem;

#[derive(Clone)]
struct StemTokenizer<T>(T);

struct StemStream<T> {
    tail: T,
    stemmer: frostem::Stemmer,
}

impl TokenFilter for Stem {
    type Tokenizer<T: Tokenizer> = StemTokenizer<T>;

    fn transform<T: Tokenizer>(self, tokenizer: T) -> StemTokenizer<T> {
        StemTokenizer(tokenizer)
    }
}

impl<T: Tokenizer> Tokenizer for StemTokenizer<T> {
    type TokenStream<'a> = StemStream<T::TokenStream<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        StemStream {
            tail: self.0.token_stream(text),
            stemmer: frostem::Stemmer::new(frostem::Algorithm::English),
        }
    }
}

impl<T: TokenStream> TokenStream for StemStream<T> {
    fn advance(&mut self) -> bool {
        if !self.tail.advance() {
            return false;
        }
        let stem = self.stemmer.stem(&self.tail.token().text);
        if stem != self.tail.token().text {
            let stem = stem.into_owned();
            self.tail.token_mut().text = stem;
        }
        true
    }

    fn token(&self) -> &Token {
        self.tail.token()
    }

    fn token_mut(&mut self) -> &mut Token {
        self.tail.token_mut()
    }
}

/// Indexes JSON lines with two threads.
pub fn index(folder: &Path, lines: &Path) -> tantivy::Result<()> {
    std::fs::create_dir_all(folder)?;
    let (schema, [title, body, day, path]) = schema();
    let settings = IndexSettings {
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(1),
        }),
        ..IndexSettings::default()
    };
    let index = Index::builder()
        .schema(schema)
        .settings(settings)
        .create_in_dir(folder)?;
    register(&index);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
    let mut writer = index.writer_with_num_threads(threads, MEMORY_BYTES)?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for line in BufReader::with_capacity(1 << 20, File::open(lines)?).lines() {
        let value: serde_json::Value = serde_json::from_str(&line?)
            .map_err(|e| tantivy::TantivyError::InvalidArgument(e.to_string()))?;
        let mut document = doc!(
            title => text(&value["title"]),
            body => text(&value["body"]),
            path => text(&value["path"]),
        );
        if let Ok(date) = text(&value["published"]).parse::<jiff::civil::Date>() {
            document.add_i64(day, days(date));
        }
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()
}

/// Merges all segments into one.
pub fn merge(folder: &Path) -> tantivy::Result<()> {
    let index = Index::open_in_dir(folder)?;
    register(&index);
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        let mut writer: IndexWriter = index.writer(MEMORY_BYTES)?;
        writer.merge(&segments).wait()?;
        writer.wait_merging_threads()?;
    }
    Ok(())
}

fn days(date: jiff::civil::Date) -> i64 {
    i64::from((date - jiff::civil::date(1970, 1, 1)).get_days())
}

/// An opened index.
pub struct Stock {
    searcher: Searcher,
    parser: QueryParser,
    fields: [Field; 4],
}

impl Stock {
    pub fn open(folder: &Path) -> tantivy::Result<Self> {
        let index = Index::open_in_dir(folder)?;
        register(&index);
        let (_, fields) = schema();
        let mut parser = QueryParser::for_index(&index, vec![fields[1], fields[0]]);
        parser.set_conjunction_by_default();
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            searcher: reader.searcher(),
            parser,
            fields,
        })
    }

    /// Reads a query; `abc*` on its own is a prefix, `year:2003` at the end
    /// bounds the days.
    pub fn query(&self, text: &str) -> tantivy::Result<Box<dyn Query>> {
        if let Some((words, year)) = text.split_once(" year:") {
            let year: i16 = year.parse().unwrap_or(2000);
            let (from, until) = (
                days(jiff::civil::date(year, 1, 1)),
                days(jiff::civil::date(year, 12, 31)),
            );
            let range = self
                .parser
                .parse_query(&format!("day:[{from} TO {until}]"))?;
            let words = self.parser.parse_query(words)?;
            return Ok(Box::new(BooleanQuery::new(vec![
                (Occur::Must, words),
                (Occur::Must, range),
            ])));
        }
        match text.strip_suffix('*') {
            Some(prefix) => {
                let of = |field| RegexQuery::from_pattern(&format!("{prefix}.*"), field);
                Ok(Box::new(BooleanQuery::new(vec![
                    (Occur::Should, Box::new(of(self.fields[1])?)),
                    (Occur::Should, Box::new(of(self.fields[0])?)),
                ])))
            }
            None => Ok(self.parser.parse_query(text)?),
        }
    }

    /// The ten best hits; with `count` also how many there are.
    pub fn top(&self, query: &dyn Query, count: bool) -> tantivy::Result<usize> {
        let top = TopDocs::with_limit(10).order_by_score();
        match count {
            true => Ok(self.searcher.search(query, &(top, Count))?.1),
            false => Ok(self.searcher.search(query, &top)?.len()),
        }
    }

    /// Prints the ten best hits with snippets.
    pub fn print(&self, text: &str) -> tantivy::Result<()> {
        let query = self.query(text)?;
        let top = TopDocs::with_limit(10).order_by_score();
        let (hits, total) = self.searcher.search(&query, &(top, Count))?;
        let snippets = SnippetGenerator::create(&self.searcher, &*query, self.fields[1])?;
        for (score, address) in hits {
            let document: TantivyDocument = self.searcher.doc(address)?;
            let value = |field| {
                let value = document.get_first(field);
                value
                    .and_then(|value| value.as_str())
                    .unwrap_or_default()
                    .to_owned()
            };
            println!(
                "{score:.2} {} {}\n{}",
                value(self.fields[0]),
                value(self.fields[3]),
                snippets.snippet(&value(self.fields[1])).to_html()
            );
        }
        println!("{total}");
        Ok(())
    }
}
