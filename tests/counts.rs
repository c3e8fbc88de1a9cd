//! What morgue makes of whole archives, beside what the archives say of
//! themselves. Read from the folder that `MORGUE_TEST_DATA` names; ignored
//! where it is not at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::util::test_data;

/// What `morgue inspect` prints of a path, as JSON values.
fn inspect(path: &Path) -> Vec<serde_json::Value> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_morgue"))
        .arg("inspect")
        .arg(path)
        .output()
        .expect("morgue runs");
    assert!(
        output.status.code().is_some_and(|code| code <= 1),
        "{}: {}",
        path.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("a JSON object a line"))
        .collect()
}

fn kind(value: &serde_json::Value) -> &str {
    value["type"].as_str().unwrap_or_default()
}

/// What was found in each file below a folder.
fn by_file(folder: &Path) -> BTreeMap<PathBuf, Vec<serde_json::Value>> {
    let mut files: BTreeMap<PathBuf, Vec<serde_json::Value>> = BTreeMap::new();
    for value in inspect(folder) {
        let path = value["path"].as_str().expect("a path that is UTF-8");
        files.entry(PathBuf::from(path)).or_default().push(value);
    }
    files
}

/// Whether a file tells of the archive and is no part of it; a member by its
/// own name.
fn is_aside(path: &str) -> bool {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    let lower = name.to_lowercase();
    ["readme", "license", "cat-descriptions", "feldman"]
        .iter()
        .any(|aside| lower.starts_with(aside))
}

fn count(found: &[serde_json::Value], wanted: &str) -> usize {
    found.iter().filter(|value| kind(value) == wanted).count()
}

/// Items a feed seems to hold, counted by the letters of their start tags.
fn naive_items(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes)
        .replace('\0', "")
        .to_lowercase();
    ["<item", "<entry", ":entry", "<url", "\"url\":"]
        .iter()
        .map(|sign| {
            text.match_indices(sign)
                .filter(|(at, _)| {
                    let next = text[at + sign.len()..].chars().next().unwrap_or(' ');
                    let before = text[..*at].rsplit('<').next().unwrap_or_default();
                    let closes = sign.starts_with(':') && before.starts_with('/');
                    !closes && (next.is_whitespace() || next == '>' || next == '/')
                })
                .count()
        })
        .max()
        .unwrap_or(0)
}

#[test]
#[ignore = "needs MORGUE_TEST_DATA"]
fn feeds_give_their_items() {
    let data = test_data();
    for set in ["feeds-real", "hostile-feeds"] {
        let (mut naive, mut articles, mut rejected, mut skipped) = (0, 0, 0, 0);
        for (path, found) in by_file(&data.join(set)) {
            if is_aside(&path.to_string_lossy()) {
                continue;
            }
            let items = naive_items(&std::fs::read(&path).expect("a file that can be read"));
            let (read, lost) = (count(&found, "article"), count(&found, "rejected"));
            if items != read + lost {
                println!(
                    "{}: {items} items, {read} articles, {lost} rejected",
                    path.display()
                );
            }
            for article in found.iter().filter(|value| kind(value) == "article") {
                let body = article["body"].as_str().unwrap_or_default();
                assert!(!body.contains("<script"), "{}: {body}", path.display());
            }
            naive += items;
            articles += read;
            rejected += lost;
            skipped += count(&found, "skipped");
        }
        println!(
            "{set}: {naive} items, {articles} articles, {rejected} rejected, {skipped} skipped"
        );
        assert!(articles + rejected > 0);
    }
}

/// Articles by folder, as the archive's own description counts them.
const COUNTS: &[(&str, usize)] = &[
    ("abc-news-2006", 2),
    ("bbc-news", 2225),
    ("fake-br", 1200),
    ("fnc-1", 904),
    ("lee-similarity", 350),
    ("masakhanews", 4284),
    ("news-json", 170),
    ("reuters-21578", 8000),
    ("reuters-c50", 2500),
    ("seed-article", 1),
    ("senate-press-releases", 5084),
    ("time", 423),
    ("wikinews", 295),
    ("ner-crossner", 0),
    ("ner-gmb", 0),
    ("ner-gum-news", 0),
    ("ner-uner-ewt", 0),
    ("ner-uner-pud", 0),
    ("ner-wikigold", 0),
];

#[test]
#[ignore = "needs MORGUE_TEST_DATA"]
fn each_folder_gives_the_articles_it_says() {
    let data = test_data();
    let mut wrong = Vec::new();
    for (folder, expected) in COUNTS {
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let mut articles = 0;
        for (path, found) in by_file(&data.join(folder)) {
            for value in found {
                let path = path.to_string_lossy();
                if is_aside(value["member"].as_str().unwrap_or(&path)) {
                    continue;
                }
                match kind(&value) {
                    "article" => articles += 1,
                    other => {
                        let reason = value["reason"].as_str().unwrap_or_default();
                        *reasons.entry(format!("{other}: {reason}")).or_default() += 1;
                    }
                }
            }
        }
        println!("{folder}: {articles} of {expected}; {reasons:?}");
        if articles != *expected {
            wrong.push(*folder);
        }
    }
    assert!(wrong.is_empty(), "not as counted: {wrong:?}");
}

#[test]
#[ignore = "needs MORGUE_TEST_DATA"]
fn json_that_must_parse_does_and_what_must_fail_is_named() {
    let data = test_data();
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for (path, found) in by_file(&data.join("hostile-json")) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for value in found {
            let reason = value["reason"].as_str().unwrap_or_default();
            let reason = reason.split(':').next().unwrap_or_default();
            let start = name.split('_').next().unwrap_or_default().to_owned();
            if start == "y" {
                assert!(!reason.contains("malformed"), "{name}: {reason}");
            }
            *ends
                .entry(format!("{start}: {} {reason}", kind(&value)))
                .or_default() += 1;
        }
    }
    println!("{ends:#?}");
}

#[test]
#[ignore = "needs MORGUE_TEST_DATA"]
fn strange_encodings_are_named_as_their_folders_are() {
    use morgue::text::charset::decode_labelled;
    let data = test_data();
    let (mut right, mut read, mut unread, mut wrong) = (0, 0, 0, Vec::new());
    for (path, found) in by_file(&data.join("hostile-encodings")) {
        let folder = path
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if folder == "None" {
            read += 1;
            right += usize::from(count(&found, "article") == 0);
            continue;
        }
        let encoding = found.iter().find_map(|value| value["encoding"].as_str());
        let Some(encoding) = encoding else {
            unread += 1;
            continue;
        };
        read += 1;
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let wide = folder.replace("_be", "be").replace('_', "-");
        let is_right = encoding.starts_with(&wide)
            || decode_labelled(&bytes, &folder) == decode_labelled(&bytes, encoding);
        right += usize::from(is_right);
        if !is_right {
            wrong.push(format!("{}: {encoding}", path.display()));
        }
    }
    println!("{right} of {read} as their folder says, {unread} are no articles; not: {wrong:#?}");
    assert!(right * 10 >= read * 9);
}
