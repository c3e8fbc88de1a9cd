//! The index against a scanner that has none: both must find the same
//! articles for queries drawn at random over every operator.

mod archive;
mod draw;
mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use morgue::query::{Options, parse};

use crate::util::{Scratch, corpus, test_data};
use archive::Archive;
use draw::Draw;

/// Indexes `paths`, runs `count` queries in one batch, and compares.
fn compare(paths: &[PathBuf], count: usize, seed: u64) {
    let scratch = Scratch::new();
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let ran = scratch.run(&[&["index"], paths.as_slice()].concat());
    assert!(ran.code <= 1, "{ran:?}");
    let archive = Archive::read(&scratch, &paths);
    let mut draw = Draw::new(&archive, seed);
    let queries: Vec<String> = (0..count).map(|_| draw.query()).collect();
    let lines: Vec<String> = queries
        .iter()
        .enumerate()
        .map(|(number, query)| format!("{number}\t{query}\n"))
        .collect();
    for any in [false, true] {
        // Half the queries each way.
        let lines = lines
            .iter()
            .skip(usize::from(any))
            .step_by(2)
            .cloned()
            .collect::<String>();
        let file = scratch.write("queries.tsv", lines);
        let mut arguments = vec!["search", "--all", "--format", "trec", "--queries"];
        arguments.push(file.to_str().unwrap());
        if any {
            arguments.push("--any");
        }
        let ran = scratch.run(&arguments);
        assert!(ran.code <= 1, "{}", ran.stderr);
        let mut found: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for line in ran.stdout.lines() {
            let mut columns = line.split(' ');
            let number = columns.next().unwrap().parse().unwrap();
            assert!(
                found
                    .entry(number)
                    .or_default()
                    .insert(columns.nth(1).unwrap()),
                "found twice: {line}"
            );
        }
        let (mut hits, mut empty) = (0, 0);
        for (number, query) in queries.iter().enumerate().skip(usize::from(any)).step_by(2) {
            let options = Options {
                today: || jiff::civil::date(2020, 1, 1),
                any,
            };
            let tree = parse(query, &options).unwrap().root;
            let expected = archive.matching(&tree);
            let got = found.remove(&number).unwrap_or_default();
            assert_eq!(got, expected, "query {number}: {query}");
            hits += got.len();
            empty += usize::from(got.is_empty());
        }
        println!(
            "any {any}: {} articles, {hits} hits, {empty} of {} queries without any",
            archive.len(),
            count / 2
        );
        assert!(empty * 4 < count, "too many queries find nothing");
    }
}

#[test]
fn the_index_finds_what_a_scanner_finds_in_the_sample_archive() {
    compare(&[corpus()], 300, 7);
}

#[test]
#[ignore = "needs MORGUE_TEST_DATA"]
fn the_index_finds_what_a_scanner_finds_in_real_news() {
    let data = test_data();
    let paths = [
        "reuters-21578/reut2-000.sgm",
        "bbc-news/business",
        "bbc-news/politics",
        "news-json",
    ];
    compare(&paths.map(|path| data.join(path)), 1000, 11);
}
