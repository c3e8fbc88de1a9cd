//! Labels by a model for news that nobody has labelled, where the article
//! bears them out: so the next model learns from names that the corpora lack.
//!
//! A sentence is learnt from only if the model is sure of it, that is finds
//! the same names when it is somewhat bolder and somewhat shyer. What the
//! article tells goes before what the model says: a name is of one kind
//! throughout, a surname is the person's whose full name stands in the
//! article, initials in brackets are those of the organisation before them.

use std::collections::BTreeMap;
use std::path::Path;

use morgue::article::EntityKind;
use morgue::enrich::entities::hashing::fold;
use morgue::enrich::entities::tagger::{Knowledge, Manner, Tagger};
use morgue::enrich::entities::tokens::{Case, Tokens};

use crate::Outcome;
use crate::text::{Document, Name, Sentence, Word};

/// By how much the model is made bolder and shyer.
const DOUBT: i32 = 25;

/// Texts of Wikinews, each with its title as the first paragraph.
pub fn wikinews(data: &Path) -> Outcome<Vec<String>> {
    let mut all = Vec::new();
    for year in ["2019", "2020"] {
        let mut rows = csv::Reader::from_path(data.join(format!("wikinews/wikinews_{year}.csv")))?;
        for row in rows.records() {
            let row = row?;
            all.push(format!("{}\n\n{}", &row[2], &row[3]).replace('\u{a0}', " "));
        }
    }
    Ok(all)
}

/// A name: tokens `start..end`.
type Found = (usize, usize, EntityKind);

/// The texts as documents with the model's labels.
pub fn labelled(texts: &[String], knowledge: &Knowledge, weight: f32) -> Vec<Document> {
    let mut tagger = Tagger::default();
    texts
        .iter()
        .map(|text| document(text, knowledge, weight, &mut tagger))
        .collect()
}

fn document(text: &str, knowledge: &Knowledge, weight: f32, tagger: &mut Tagger) -> Document {
    let mut tokens = Tokens::default();
    tokens.cut(text);
    let mut find = |caution: i32| -> Vec<Found> {
        let mut found = Vec::new();
        tagger.tag(
            knowledge,
            &[(text, &tokens, Manner { caution })],
            &mut |_, span| {
                let at = |byte: usize| {
                    tokens
                        .tokens
                        .partition_point(|token| (token.end as usize) <= byte)
                };
                found.push((at(span.start), at(span.end - 1) + 1, span.kind));
            },
        );
        found
    };
    let (bold, shy) = (find(-DOUBT), find(DOUBT));
    let evidence = Evidence::of(text, &tokens, &find(0));
    let (bold, shy) = (evidence.heard(bold), evidence.heard(shy));
    let mut document = Document {
        weight,
        ..Document::default()
    };
    let mut before = 0;
    for sentence in &tokens.sentences {
        let (start, end) = (sentence.start as usize, sentence.end as usize);
        let within = |all: &[Found]| -> Vec<Found> {
            let from = all.partition_point(|name| name.0 < start);
            all[from..]
                .iter()
                .take_while(|name| name.0 < end)
                .copied()
                .collect()
        };
        let names = within(&bold);
        let gap = |number: usize| {
            let from = if number == 0 {
                0
            } else {
                tokens.tokens[number - 1].end as usize
            };
            &text[from..tokens.tokens[number].start as usize]
        };
        let doubtful = names != within(&shy) || sentence.case != Case::Running && before > 0;
        document.sentences.push(Sentence {
            words: (start..end)
                .map(|number| {
                    let token = &tokens.tokens[number];
                    Word {
                        text: text[token.start as usize..token.end as usize].to_owned(),
                        glued: number > start && gap(number).is_empty(),
                    }
                })
                .collect(),
            names: names
                .iter()
                .map(|&(from, to, kind)| Name {
                    start: from - start,
                    end: to - start,
                    kind,
                })
                .collect(),
            paragraph: start < end && gap(start).contains("\n\n"),
            doubtful,
        });
        before = end;
    }
    document
        .sentences
        .retain(|sentence| !sentence.words.is_empty());
    document
}

/// What an article tells of its names.
struct Evidence<'a> {
    words: Vec<&'a str>,
    kinds: BTreeMap<String, EntityKind>,
}

impl<'a> Evidence<'a> {
    fn of(text: &'a str, tokens: &Tokens, found: &[Found]) -> Self {
        let words: Vec<&str> = tokens
            .tokens
            .iter()
            .map(|token| &text[token.start as usize..token.end as usize])
            .collect();
        let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
        let place = |kind| EntityKind::ALL.iter().position(|&k| k == kind).unwrap_or(0);
        for &(start, end, kind) in found {
            counts
                .entry(fold(&words[start..end].join(" ")))
                .or_default()[place(kind)] += 1;
        }
        let mut kinds = BTreeMap::new();
        for (name, count) in &counts {
            let all: usize = count.iter().sum();
            let most = (0..3).max_by_key(|&kind| count[kind]).unwrap_or(0);
            if all >= 2 && count[most] * 3 >= all * 2 {
                kinds.insert(name.clone(), EntityKind::ALL[most]);
            }
        }
        for &(start, end, kind) in found {
            if kind == EntityKind::Person && end - start > 1 {
                let last = fold(words[end - 1]);
                if last.len() > 2 {
                    kinds.insert(last, EntityKind::Person);
                }
            }
            let opens = words.get(end) == Some(&"(") && words.get(end + 2) == Some(&")");
            if kind == EntityKind::Org && end - start > 1 && opens {
                let initials: String = words[start..end]
                    .iter()
                    .filter_map(|word| word.chars().next().filter(|c| c.is_uppercase()))
                    .collect();
                if words[end + 1] == initials {
                    kinds.insert(fold(&initials), EntityKind::Org);
                }
            }
        }
        Self { words, kinds }
    }

    /// The names with the kinds that the article bears out.
    fn heard(&self, mut found: Vec<Found>) -> Vec<Found> {
        for name in &mut found {
            let words = fold(&self.words[name.0..name.1].join(" "));
            if let Some(&kind) = self.kinds.get(&words) {
                name.2 = kind;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use morgue::enrich::entities::tokens::Token;

    #[test]
    fn what_an_article_tells_of_its_names_goes_before_single_mentions() {
        use EntityKind::{Org, Person, Place};
        let text = "Ada Birk of the World Mango Board (WMB) spoke. WMB denied it. \
                    Birk left Dorn. Dorn is far. Dorn fell.";
        let mut tokens = Tokens::default();
        tokens.cut(text);
        let at = |word: &str, nth: usize| {
            let is_it = |token: &Token| &text[token.start as usize..token.end as usize] == word;
            let mut places = (0..tokens.tokens.len()).filter(|&n| is_it(&tokens.tokens[n]));
            places.nth(nth).unwrap()
        };
        let one = |word: &str, nth, kind| (at(word, nth), at(word, nth) + 1, kind);
        let found = [
            (at("Ada", 0), at("Birk", 0) + 1, Person),
            (at("World", 0), at("Board", 0) + 1, Org),
            one("WMB", 0, Place),
            one("WMB", 1, Person),
            one("Birk", 1, Place),
            one("Dorn", 0, Person),
            one("Dorn", 1, Place),
            one("Dorn", 2, Place),
        ];
        let heard = Evidence::of(text, &tokens, &found).heard(found.to_vec());
        let kinds: Vec<_> = heard.iter().map(|name| name.2).collect();
        assert_eq!(kinds, [Person, Org, Org, Org, Person, Place, Place, Place]);
    }
}
