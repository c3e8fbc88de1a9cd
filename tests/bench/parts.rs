//! Small benches of the parts that decide how fast morgue is: the tokenizer,
//! parsers of formats, the query parser, the enrichments.
//!
//! `cargo bench --bench parts`, or `cargo bench --bench parts -- tokenizer`.

// criterion's macros make functions without documentation.
#![allow(missing_docs)]

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use morgue::format::{self, Options};
use morgue::query;
use morgue::record::{Hint, Record};
use morgue::text::words::Words;

/// Generated articles; only some of what the file offers is used here.
#[path = "peers/articles.rs"]
#[allow(dead_code)]
mod articles;

use articles::Press;

fn tokenizer(criterion: &mut Criterion) {
    let press = Press::new();
    let text: String = (0..200).map(|n| press.article(n).body).collect();
    let accented = text.replace('e', "é");
    let mut group = criterion.benchmark_group("tokenizer");
    for (name, text) in [("ascii", &text), ("accented", &accented)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut words = Words::new(text);
                let mut bytes = 0;
                while words.advance() {
                    bytes += words.word().len();
                }
                bytes
            });
        });
    }
    group.finish();
}

/// The same articles in several formats.
fn samples() -> Vec<(&'static str, String)> {
    let press = Press::new();
    let all: Vec<_> = (0..200).map(|n| press.article(n)).collect();
    let lines = all.iter().map(|article| {
        let line = serde_json::json!({
            "title": article.title, "text": article.body, "date": article.date,
            "author": article.author, "source": article.source, "url": article.url,
        });
        format!("{line}\n")
    });
    let stories = all.iter().enumerate().map(|(n, article)| {
        format!(
            "<REUTERS TOPICS=\"YES\" NEWID=\"{n}\">\n<DATE>26-FEB-1987 15:01:01.79</DATE>\n<TEXT>&#2;\n<TITLE>{}</TITLE>\n<BODY>{}\n&#3;</BODY></TEXT>\n</REUTERS>\n",
            article.title, article.body
        )
    });
    vec![
        ("wire.jsonl", lines.collect()),
        (
            "wire.sgm",
            format!(
                "<!DOCTYPE lewis SYSTEM \"lewis.dtd\">\n{}",
                stories.collect::<String>()
            ),
        ),
        (
            "story.txt",
            format!("{}\n\n{}\n", all[7].title, all[7].body),
        ),
    ]
}

fn formats(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("format");
    for (name, text) in samples() {
        let hint = Arc::new(Hint::named(name));
        let Some(format) = format::detect(&hint, &text.as_bytes()[..text.len().min(8192)]) else {
            continue;
        };
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format.name(), |bencher| {
            bencher.iter(|| {
                let mut parsed = 0;
                let _ = format.cut(
                    &mut text.as_bytes(),
                    &hint,
                    &Options::default(),
                    1 << 26,
                    &mut |record: Result<Record, _>| {
                        if let Ok(record) = record {
                            let _ = format.parse(&record, &Options::default(), &mut |one| {
                                parsed += 1;
                                black_box(one);
                            });
                        }
                        ControlFlow::Continue(())
                    },
                );
                parsed
            });
        });
    }
    group.finish();
}

fn queries(criterion: &mut Criterion) {
    let options = query::Options {
        today: || jiff::civil::date(2026, 1, 1),
        any: false,
    };
    let mut group = criterion.benchmark_group("query");
    for (name, text) in [
        ("word", "ceasefire"),
        (
            "long",
            "(title:\"peace talks\" OR envoy NEAR/5 doha) -sport climat* date:2019..2021 \"green deal\"~2^2",
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| query::parse(black_box(text), &options).is_ok());
        });
    }
    group.finish();
}

criterion_group!(benches, tokenizer, formats, queries);
criterion_main!(benches);
