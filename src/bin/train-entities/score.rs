//! Scores a model on labelled data it was not trained on: a name counts when
//! its span and kind are exactly those of the labels.

use std::path::Path;

use morgue::article::EntityKind;
use morgue::enrich::entities::tagger::{Knowledge, Manner, Span, Tagger};
use morgue::enrich::entities::tokens::Tokens;
use serde_json::json;

use crate::text::{Document, Gold, Word};
use crate::{Outcome, corpora, gum};

/// The sets that are scored and never trained on.
fn sets(data: &Path) -> Outcome<Vec<(&'static str, Vec<Document>)>> {
    Ok(vec![
        (
            "UNER PUD",
            corpora::uner(&data.join("ner-uner-pud/en_pud-ud-test.iob2"))?,
        ),
        ("GUM news", gum::news(&data.join("ner-gum-news"))?),
        ("GMB tenth", corpora::gmb(data, 1.0)?.1),
    ])
}

#[derive(Default, Clone, Copy)]
struct Counts {
    right: usize,
    found: usize,
    gold: usize,
}

impl Counts {
    fn f1(self) -> f64 {
        100.0 * 2.0 * self.right as f64 / (self.found + self.gold).max(1) as f64
    }

    fn precision(self) -> f64 {
        100.0 * self.right as f64 / self.found.max(1) as f64
    }

    fn recall(self) -> f64 {
        100.0 * self.right as f64 / self.gold.max(1) as f64
    }
}

/// Takes a leading article and a trailing possessive off, as from the labels.
fn stripped(text: &str, span: Span) -> Gold {
    let (mut start, mut end) = (span.start, span.end);
    let name = &text[start..end];
    for article in ["the ", "The ", "THE "] {
        if name.len() > 4 && name.starts_with(article) {
            start += 4;
        }
    }
    for possessive in ["'s", "’s", "'S"] {
        if text[start..end].ends_with(possessive) {
            end -= possessive.len();
        }
    }
    Gold {
        start,
        end: start + text[start..end].trim_end().len(),
        kind: span.kind,
    }
}

/// How the texts are given to the tagger.
#[derive(Clone, Copy, PartialEq)]
enum How {
    /// As words and sentences.
    Given,
    /// As plain text.
    Raw,
    /// Each sentence as a headline, in a case.
    Upper,
    Title,
}

fn headline(document: &Document, how: How) -> Vec<Document> {
    let small = [
        "a", "an", "the", "of", "in", "on", "at", "to", "for", "and", "or", "but", "by", "as",
        "with", "from",
    ];
    let form = |word: &Word, first: bool| {
        let mut chars = word.text.chars();
        let text = match (how, chars.next()) {
            (How::Upper, _) => word.text.to_uppercase(),
            (_, Some(c)) if first || !small.contains(&word.text.as_str()) => {
                c.to_uppercase().chain(chars).collect()
            }
            _ => word.text.clone(),
        };
        Word {
            text,
            glued: word.glued,
        }
    };
    document
        .sentences
        .iter()
        .map(|sentence| {
            let mut sentence = sentence.clone();
            sentence.words = sentence
                .words
                .iter()
                .enumerate()
                .map(|(n, word)| form(word, n == 0))
                .collect();
            Document {
                sentences: vec![sentence],
                weight: 1.0,
            }
        })
        .collect()
}

/// Prints F1 by set and kind, on given words, on plain text, and as headlines.
pub fn report(
    data: &Path,
    lexicon: &Path,
    model: &Path,
    caution: i32,
    errors: bool,
    without: &[String],
) -> Outcome<()> {
    let begun = cpu();
    let (lexicon, model) = (std::fs::read(lexicon)?, std::fs::read(model)?);
    let knowledge = Knowledge::new(&lexicon, &model)?;
    println!(
        "lexicon {} bytes, model {} bytes, ready in {:.1} ms",
        lexicon.len(),
        model.len(),
        (cpu() - begun) * 1000.0
    );
    println!(
        "{:<12} {:<6} {:>6} {:>6} {:>6}   {:>6} {:>6} {:>6}",
        "set", "text", "F1", "P", "R", "person", "org", "place"
    );
    let left_out = corpora::left_out(data, without)?;
    let sets = if without.is_empty() {
        sets(data)?
    } else {
        left_out
            .iter()
            .map(|(name, documents)| (name.as_str(), documents.clone()))
            .collect()
    };
    for (name, documents) in sets {
        for (label, how) in [
            ("given", How::Given),
            ("raw", How::Raw),
            ("Title", How::Title),
            ("UPPER", How::Upper),
        ] {
            let documents = match how {
                How::Given | How::Raw => documents.clone(),
                _ => documents
                    .iter()
                    .flat_map(|document| headline(document, how))
                    .collect(),
            };
            let mut counts = [Counts::default(); 3];
            for document in &documents {
                score(
                    &knowledge,
                    document,
                    how,
                    caution,
                    &mut counts,
                    errors && how == How::Raw,
                );
            }
            let mut all = Counts::default();
            for counts in counts {
                all.right += counts.right;
                all.found += counts.found;
                all.gold += counts.gold;
            }
            println!(
                "{name:<12} {label:<6} {:>6.1} {:>6.1} {:>6.1}   {:>6.1} {:>6.1} {:>6.1}",
                all.f1(),
                all.precision(),
                all.recall(),
                counts[0].f1(),
                counts[1].f1(),
                counts[2].f1()
            );
        }
    }
    Ok(())
}

fn score(
    knowledge: &Knowledge,
    document: &Document,
    how: How,
    caution: i32,
    counts: &mut [Counts; 3],
    errors: bool,
) {
    let rendered = document.render(how != How::Given);
    let mut tokens = Tokens::default();
    if how == How::Given {
        tokens.take(&rendered.text, &rendered.words, &rendered.starts);
    } else {
        tokens.cut(&rendered.text);
    }
    let mut found = Vec::new();
    let manner = Manner { caution };
    Tagger::default().tag(
        knowledge,
        &[(&rendered.text, &tokens, manner)],
        &mut |_, span| {
            found.push(stripped(&rendered.text, span));
        },
    );
    found.sort();
    let mut gold = rendered.gold.clone();
    gold.sort();
    let kind = |kind: EntityKind| EntityKind::ALL.iter().position(|&k| k == kind).unwrap_or(0);
    for name in &found {
        counts[kind(name.kind)].found += 1;
        counts[kind(name.kind)].right += usize::from(gold.contains(name));
    }
    for name in &gold {
        counts[kind(name.kind)].gold += 1;
    }
    if errors {
        let show = |sign: &str, name: &Gold| {
            let text = &rendered.text;
            let mut from = name.start.saturating_sub(40);
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            let mut to = (name.end + 40).min(text.len());
            while !text.is_char_boundary(to) {
                to += 1;
            }
            println!(
                "{sign} {} [{}] {}",
                name.kind.name(),
                &text[name.start..name.end],
                text[from..to].replace('\n', " ")
            );
        };
        for name in &found {
            if !gold.contains(name) {
                show(cause(name, &gold, "+spurious").as_str(), name);
            }
        }
        for name in &gold {
            if !found.contains(name) {
                show(cause(name, &found, "-missed").as_str(), name);
            }
        }
    }
}

/// Why a name differs from others.
fn cause(name: &Gold, others: &[Gold], alone: &str) -> String {
    let beside = others
        .iter()
        .find(|other| other.start < name.end && name.start < other.end);
    match beside {
        Some(other) if (other.start, other.end) == (name.start, name.end) => {
            format!("{}kind:{}", &alone[..1], other.kind.name())
        }
        Some(other) => format!("{}border:{}", &alone[..1], other.kind.name()),
        None => alone.to_owned(),
    }
}

/// Prints the scored sets as JSON lines: `set`, `text`, `names`, `tokens`, `sentences`.
pub fn gold(data: &Path) -> Outcome<()> {
    for (set, documents) in sets(data)? {
        for document in documents {
            let rendered = document.render(true);
            let names: Vec<_> = rendered
                .gold
                .iter()
                .map(|name| json!([name.start, name.end, name.kind.name()]))
                .collect();
            println!(
                "{}",
                json!({"set": set, "text": rendered.text, "names": names, "tokens": rendered.words, "sentences": rendered.starts})
            );
        }
    }
    Ok(())
}

/// CPU time of this thread so far, in seconds.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

/// Times the embedded tagger on one thread.
pub fn time(path: &Path) -> Outcome<()> {
    let begun = cpu();
    let knowledge = Knowledge::embedded().ok_or("no model is embedded")?;
    let ready = cpu() - begun;
    let text = std::fs::read_to_string(path)?;
    let articles: Vec<&str> = text.split('\u{c}').collect();
    let (mut tagger, mut tokens) = (Tagger::default(), Tokens::default());
    let begun = cpu();
    let mut words = 0usize;
    for article in &articles {
        tokens.cut(article);
        words += tokens.tokens.len();
    }
    let cutting = cpu() - begun;
    let begun = cpu();
    let mut names = 0usize;
    for article in &articles {
        tokens.cut(article);
        tagger.tag(
            knowledge,
            &[(article, &tokens, Manner::default())],
            &mut |_, _| names += 1,
        );
    }
    let seconds = cpu() - begun;
    println!(
        "ready in {:.1} ms; {} articles, {:.1} MB, {words} tokens, {names} names in {seconds:.3} CPU-s (cutting {cutting:.3}): {:.1} MB/s",
        ready * 1000.0,
        articles.len(),
        text.len() as f64 / 1e6,
        text.len() as f64 / 1e6 / seconds
    );
    Ok(())
}
