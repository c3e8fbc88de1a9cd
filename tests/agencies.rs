//! What becomes of every file of the public collections of agency formats.
//! The collections lie outside the project, in the folder that
//! `MORGUE_TEST_DATA` names; the tests that need it are run on request:
//! `MORGUE_TEST_DATA=… cargo test -- --ignored agencies --nocapture`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::util::Scratch;

/// Articles, skips and rejections of a collection.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    articles: usize,
    skipped: BTreeMap<String, usize>,
    rejected: BTreeMap<String, usize>,
}

fn data() -> PathBuf {
    let folder = std::env::var_os("MORGUE_TEST_DATA");
    PathBuf::from(
        folder.expect("MORGUE_TEST_DATA names no folder: set it to the one with the test data"),
    )
}

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Reads a folder with `morgue inspect`, prints a row for each thing found and
/// counts them.
fn table(scratch: &Scratch, folder: &Path) -> (Totals, Vec<Value>) {
    let ran = scratch.run(&["inspect", &folder.to_string_lossy()]);
    assert!(ran.code <= 1, "{}", ran.stderr);
    let mut totals = Totals::default();
    let mut lines = Vec::new();
    for line in ran.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let path = text(&line, "path");
        let name = path
            .strip_prefix(&*folder.to_string_lossy())
            .unwrap_or(path);
        let reason = text(&line, "reason").to_owned();
        let place = match line.get("ordinal") {
            Some(ordinal) => format!("{name}#{ordinal}"),
            None => name.to_owned(),
        };
        match text(&line, "type") {
            "article" => {
                totals.articles += 1;
                let title = text(&line, "title");
                let sign = if text(&line, "title_from") == "derived" {
                    " (derived)"
                } else {
                    ""
                };
                println!(
                    "{place} | {} | {} | {title}{sign} | {} words",
                    text(&line, "format"),
                    text(&line, "published"),
                    text(&line, "body").split_whitespace().count()
                );
            }
            kind => {
                println!("{place} | {kind} | {reason}");
                let counts = if kind == "skipped" {
                    &mut totals.skipped
                } else {
                    &mut totals.rejected
                };
                *counts.entry(reason).or_default() += 1;
            }
        }
        lines.push(line);
    }
    println!("{totals:?}\n");
    (totals, lines)
}

/// Whether a line is no article, or one whose text is free of markup.
fn is_sound(line: &Value) -> bool {
    let clean = |text: &str| {
        !["</", "&amp;", "\u{FFFD}"]
            .iter()
            .any(|sign| text.contains(sign))
    };
    text(line, "type") != "article" || clean(text(line, "body")) && clean(text(line, "title"))
}

/// Articles that a reader of agency formats found, by its name.
fn by_format(lines: &[Value]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in lines.iter().filter(|line| text(line, "type") == "article") {
        let format = text(line, "format");
        if [
            "alto",
            "iptc",
            "newsml",
            "newsml-g2",
            "ninjs",
            "nitf",
            "xml",
        ]
        .contains(&format)
        {
            assert!(is_sound(line), "{line}");
            *counts.entry(format).or_default() += 1;
        }
    }
    counts
}

#[test]
#[ignore = "reads the collections in MORGUE_TEST_DATA"]
fn every_text_item_of_the_agencies_is_an_article() {
    let scratch = Scratch::new();
    let (totals, lines) = table(&scratch, &data().join("wire-superdesk"));
    let formats = [
        ("iptc", 9),
        ("newsml", 1),
        ("newsml-g2", 13),
        ("ninjs", 4),
        ("nitf", 10),
        ("xml", 1),
    ];
    assert_eq!(by_format(&lines), BTreeMap::from(formats));
    assert_eq!(
        (
            totals.skipped["media item"],
            totals.skipped["reference item"]
        ),
        (7, 2)
    );
    // Two files that tell a test server what to answer.
    assert_eq!(totals.rejected, BTreeMap::from([("no text".to_owned(), 2)]));

    let (totals, lines) = table(&scratch, &data().join("iptc-ninjs"));
    assert_eq!(
        by_format(&lines),
        BTreeMap::from([("newsml", 2), ("ninjs", 11)])
    );
    let skipped = [
        ("media item", 7),
        ("planning item", 16),
        ("reference item", 1),
    ];
    assert_eq!(
        totals.skipped,
        skipped.map(|(name, count)| (name.to_owned(), count)).into()
    );
    assert!(totals.rejected.is_empty());

    let (totals, lines) = table(&scratch, &data().join("iptc-newsml-g2"));
    assert_eq!(by_format(&lines), BTreeMap::from([("newsml-g2", 5)]));
    let skipped = [
        ("media item", 2),
        ("planning item", 3),
        ("reference item", 5),
    ];
    assert_eq!(
        totals.skipped,
        skipped.map(|(name, count)| (name.to_owned(), count)).into()
    );
    // Listings whose text is left out.
    assert_eq!(totals.rejected, BTreeMap::from([("no text".to_owned(), 3)]));
}

#[test]
#[ignore = "reads the collections in MORGUE_TEST_DATA"]
fn scanned_pages_are_read_and_their_records_skipped() {
    let scratch = Scratch::new();
    let archive = data().join("newspaper-alto.tar.zst");
    let unpacked = Command::new("tar")
        .args(["--zstd", "-xf"])
        .arg(&archive)
        .current_dir(scratch.path())
        .status()
        .unwrap();
    assert!(unpacked.success());
    let (totals, lines) = table(&scratch, &scratch.path().join("newspaper-alto"));
    assert_eq!(totals.articles, 23);
    assert_eq!(totals.skipped.keys().collect::<Vec<_>>(), ["sidecar"]);
    assert!(totals.rejected.is_empty());
    let dated = lines
        .iter()
        .filter(|line| text(line, "published_from") == "metadata")
        .count();
    assert_eq!(dated, 17);
}

#[test]
#[ignore = "reads the collections in MORGUE_TEST_DATA"]
fn hostile_xml_ends_as_articles_skips_or_named_rejections() {
    let scratch = Scratch::new();
    let (totals, _) = table(&scratch, &data().join("hostile-xml"));
    assert!(!totals.rejected.contains_key("reader failed"), "{totals:?}");
    assert!(!totals.rejected.contains_key("too slow"), "{totals:?}");
}
