//! Entities of whole articles through the program: spans and kinds, gathered
//! names, and how well names are found in labelled news.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::util::Scratch;

/// The article that `inspect --text` reads from a text.
fn inspected(scratch: &Scratch, text: &str, more: &[&str]) -> Value {
    let mut child = scratch
        .command(&[&["inspect", "--text"], more].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(article: &Value) -> Vec<String> {
    let entities = article["entities"].as_array().cloned().unwrap_or_default();
    entities
        .iter()
        .map(|entity| {
            format!(
                "{} {} {}",
                entity["kind"].as_str().unwrap(),
                entity["count"],
                entity["name"].as_str().unwrap()
            )
        })
        .collect()
}

const REPORT: &str = "Envoy Meets Herring Board\n\n\
    LONDON - President Olga Marchetti of Brazil met James Whitfield, the chairman of the Bank of \
    England, in London on Monday. Marchetti said Brazil and the United States would sign the \
    accord. Mr. Whitfield flew to Brussels, where the European Union is meeting. The U.S. and \
    Britain welcomed it, and the EU did too.\n";

#[test]
fn names_of_an_article_are_gathered_under_one_form() {
    let scratch = Scratch::new();
    let found = names(&inspected(&scratch, REPORT, &[]));
    for expected in [
        "person 2 Olga Marchetti",
        "person 2 James Whitfield",
        "place 2 United States",
        "org 2 European Union",
        "place 2 Brazil",
    ] {
        assert!(
            found.iter().any(|name| name == expected),
            "{expected}: {found:?}"
        );
    }
}

#[test]
fn mentions_are_byte_ranges_of_the_printed_text() {
    let scratch = Scratch::new();
    let text = format!("{REPORT}\nÉlodie Laurent of São Paulo agreed with Whitfield’s aide.\n");
    let article = inspected(&scratch, &text, &[]);
    let mut seen = 0;
    for entity in article["entities"].as_array().unwrap() {
        let mentions = entity["mentions"].as_array().unwrap();
        assert_eq!(mentions.len() as u64, entity["count"].as_u64().unwrap());
        for mention in mentions {
            let text = article[mention["field"].as_str().unwrap()]
                .as_str()
                .unwrap();
            let (start, end) = (
                mention["start"].as_u64().unwrap(),
                mention["end"].as_u64().unwrap(),
            );
            let words = &text[start as usize..end as usize];
            assert!(words.chars().any(char::is_uppercase), "{words}");
            assert!(!words.ends_with("'s") && !words.ends_with('’'), "{words}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{article}");
}

#[test]
fn only_english_is_tagged_and_only_when_wanted() {
    let scratch = Scratch::new();
    assert!(names(&inspected(&scratch, REPORT, &["--no-entities"])).is_empty());
    let german = "Der Vorsitzende Karl Brandt traf am Montag in Bremen den Minister Otto Lange. Die \
        Verhandlungen über die Fangquoten wurden vertagt, weil sich die Seiten nicht einigen \
        konnten, sagte Brandt nach dem Treffen.";
    let article = inspected(&scratch, german, &[]);
    assert_eq!(article["language"], "de");
    assert!(names(&article).is_empty());
    assert_eq!(inspected(&scratch, REPORT, &[])["language"], "en");
}

#[test]
fn text_without_capitals_names_nobody() {
    let scratch = Scratch::new();
    assert!(names(&inspected(&scratch, &REPORT.to_lowercase(), &[])).is_empty());
}

fn data() -> PathBuf {
    let folder = std::env::var_os("MORGUE_TEST_DATA");
    PathBuf::from(folder.expect("MORGUE_TEST_DATA must name the folder of test data"))
}

/// A labelled text: names as byte ranges and kinds.
struct Labelled {
    text: String,
    names: Vec<(usize, usize, String)>,
}

/// Articles of a corpus in Universal NER's form, sentences parted by blanks.
fn universal(path: &str) -> Vec<Labelled> {
    let file = std::fs::read_to_string(data().join(path)).unwrap();
    let mut all: Vec<Labelled> = Vec::new();
    let mut at = 0;
    for line in file.lines() {
        if line.starts_with("# newdoc") {
            all.push(Labelled {
                text: String::new(),
                names: Vec::new(),
            });
        } else if let Some(text) = line.strip_prefix("# text = ") {
            let article = &mut all.last_mut().unwrap().text;
            if !article.is_empty() {
                article.push(' ');
            }
            at = article.len();
            article.push_str(text);
        } else if !line.starts_with('#') && !line.is_empty() {
            let fields: Vec<&str> = line.split('\t').collect();
            let article = all.last_mut().unwrap();
            let start = at + article.text[at..].find(fields[1]).unwrap();
            at = start + fields[1].len();
            let is_article = fields[1].eq_ignore_ascii_case("the");
            if let Some(kind) = fields[2].strip_prefix("B-") {
                article.names.push((
                    if is_article { usize::MAX } else { start },
                    at,
                    kind.to_owned(),
                ));
            } else if fields[2].starts_with("I-") && !matches!(fields[1], "'s" | "’s") {
                let last = article.names.last_mut().unwrap();
                (last.0, last.1) = (last.0.min(start), at);
            }
        }
    }
    all
}

#[test]
#[ignore = "scores the tagger on labelled news; needs MORGUE_TEST_DATA"]
fn names_in_whole_raw_texts_are_found_as_people_label_them() {
    let scratch = Scratch::new();
    let labelled = universal("ner-uner-pud/en_pud-ud-test.iob2");
    let (mut right, mut found, mut gold) = (0, 0, 0);
    let kinds: BTreeMap<&str, &str> = [("PER", "person"), ("ORG", "org"), ("LOC", "place")].into();
    // One file a text, read in one run.
    for (number, article) in labelled.iter().enumerate() {
        scratch.write(&format!("pud/{number:04}.txt"), &article.text);
    }
    let ran = scratch.run(&["inspect", "pud"]);
    let articles: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(articles.len(), labelled.len());
    for (article, labelled) in articles.iter().zip(&labelled) {
        let body = article["body"].as_str().unwrap();
        gold += labelled.names.len();
        for entity in article["entities"].as_array().into_iter().flatten() {
            for mention in entity["mentions"].as_array().unwrap() {
                let (start, end) = (
                    mention["start"].as_u64().unwrap(),
                    mention["end"].as_u64().unwrap(),
                );
                if mention["field"] != "body" {
                    continue;
                }
                found += 1;
                let same = labelled.names.iter().any(|(from, to, kind)| {
                    labelled.text.get(*from..*to) == body.get(start as usize..end as usize)
                        && start.abs_diff(*from as u64) < 8
                        && kinds[kind.as_str()] == entity["kind"]
                });
                right += usize::from(same);
            }
        }
    }
    let f1 = 200.0 * right as f64 / (found + gold) as f64;
    eprintln!(
        "UNER PUD through inspect: F1 {f1:.1} ({right} right of {found} found and {gold} labelled)"
    );
    assert!(f1 >= 70.0, "{f1}");
}

#[test]
#[ignore = "compares with the tags of a newswire; needs MORGUE_TEST_DATA"]
fn tags_that_a_newswire_gives_are_found_in_its_text() {
    let scratch = Scratch::new();
    let folder = data().join("reuters-21578");
    let mut shares: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let args = ["inspect", "--no-entities", folder.to_str().unwrap()];
    let tagged = scratch.run(&args).stdout;
    let found = scratch.run(&[args[0], args[2]]).stdout;
    for (tagged, found) in tagged.lines().zip(found.lines()) {
        let tagged: Value = serde_json::from_str(tagged).unwrap();
        let found: Value = serde_json::from_str(found).unwrap();
        let body = tagged["body"].as_str().unwrap_or_default();
        for tag in tagged["entities"].as_array().into_iter().flatten() {
            let (kind, name) = (tag["kind"].as_str().unwrap(), tag["name"].as_str().unwrap());
            // Tags of people are surnames; those of short forms stand in other words.
            if !body.contains(name) || kind == "org" {
                continue;
            }
            let share = shares
                .entry(if kind == "person" { "people" } else { "places" })
                .or_default();
            share.1 += 1;
            let named = found["entities"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|entity| {
                    entity["name"].as_str().unwrap().contains(name)
                        && entity["mentions"]
                            .as_array()
                            .is_some_and(|all| !all.is_empty())
                });
            share.0 += usize::from(named);
        }
    }
    for (list, (named, all)) in &shares {
        let percent = 100.0 * *named as f64 / *all as f64;
        eprintln!(
            "{list}: {named} of {all} tags that stand in the text are found ({percent:.1} %)"
        );
        assert!(percent >= 80.0);
    }
}
