//! Relevance feedback (RM3): the best hits of a query are taken for relevant,
//! and the words that tell them from other articles are added to it.
//!
//! The widened query keeps every hit of the plain one: it is `plain OR added
//! words`, and what the plain query excludes or demands of an article beside
//! its words (days, language, source, …) holds for the added words too.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::expand::{Slot, expand};
use super::plan::articles_with;
use super::request::{Feedback, Note, Request, SearchError, Sort};
use super::run::Found;
use crate::index::inflect::stemmer;
use crate::index::snapshot::Snapshot;
use crate::query::tree::{Kind, Node, Pattern, Scope};
use crate::search::bm25;
use crate::text::words::Words;

/// Bytes read of each article.
const MOST_BYTES: usize = 64 << 10;

/// Words whose frequency in the archive is looked up.
const CANDIDATES: usize = 400;

/// A word in more than this share of all articles tells nothing.
const COMMON: f64 = 0.5;

/// A query with the words of its best hits added.
pub(crate) struct Widened {
    /// The request to run instead.
    pub(crate) request: Request,
    /// Which words were added that were not asked for.
    pub(crate) note: Option<Note>,
}

/// A stem found in the best hits.
#[derive(Default)]
struct Candidate {
    /// How much of the best hits' text it makes up.
    share: f64,
    /// The words it stands for and how often each occurs.
    words: HashMap<String, u32>,
}

impl Candidate {
    /// The form that occurs most.
    fn word(&self) -> &str {
        self.words
            .iter()
            .max_by(|one, other| (one.1, other.0).cmp(&(other.1, one.0)))
            .map_or("", |(word, _)| word)
    }
}

/// The request to run instead of one that asks for feedback; `None` if none
/// is asked for, nothing is found or nothing is scored.
pub(crate) fn of(snapshot: &Snapshot, request: &Request) -> Result<Option<Widened>, SearchError> {
    match request.expand {
        Some(feedback) => widen(snapshot, request, feedback),
        None => Ok(None),
    }
}

fn widen(
    snapshot: &Snapshot,
    request: &Request,
    feedback: Feedback,
) -> Result<Option<Widened>, SearchError> {
    let plain = Request {
        limit: Some(feedback.articles),
        offset: 0,
        sort: Sort::Relevance,
        expand: None,
        total: false,
        facets: Vec::new(),
        ..request.clone()
    };
    let found = Found::of_hits(snapshot, &plain)?;
    let asked = found
        .plan
        .leaves
        .iter()
        .filter(|leaf| !leaf.excluded)
        .count();
    let hits = found.ranked(&plain)?;
    let scores: f64 = hits.iter().map(|hit| hit.score).sum();
    let is_useful = asked > 0 && scores > 0.0 && (0.0..1.0).contains(&feedback.original);
    if !is_useful {
        return Ok(None);
    }
    let mut candidates: HashMap<String, Candidate> = HashMap::new();
    for hit in &hits {
        let article = snapshot.article(hit.address)?;
        let title = article.title.as_deref().unwrap_or("");
        gather(&mut candidates, title, &article.body, hit.score / scores);
    }
    let chosen = choose(snapshot, &found, candidates, feedback.words)?;
    let total: f64 = chosen.iter().map(|(weight, _)| weight).sum();
    if chosen.is_empty() || total <= 0.0 {
        return Ok(None);
    }
    // Each word asked for keeps its weight of 1; together the added words
    // weigh as much as the share that the feedback leaves them.
    let scale = asked as f64 * (1.0 - feedback.original) / feedback.original.max(0.05) / total;
    let added = chosen
        .iter()
        .map(|(weight, word)| weighted(word, (weight * scale) as f32, &request.query))
        .collect();
    let added = Node {
        kind: Kind::Or(added),
        span: request.query.span,
    };
    let query = Node {
        kind: Kind::Or(vec![
            request.query.clone(),
            demanding(&request.query, added),
        ]),
        span: request.query.span,
    };
    let new: Vec<String> = chosen
        .into_iter()
        .map(|(_, word)| word)
        .filter(|word| !found.plan.asks_for(word))
        .collect();
    Ok(Some(Widened {
        request: Request {
            query,
            expand: None,
            ..request.clone()
        },
        note: (!new.is_empty()).then_some(Note::Added(new)),
    }))
}

fn weighted(word: &str, weight: f32, query: &Node) -> Node {
    let word = Node {
        kind: Kind::Word {
            scope: Scope::Text,
            pattern: Pattern::Inflected(word.to_owned()),
        },
        span: query.span,
    };
    Node {
        span: query.span,
        kind: Kind::Boost(Box::new(word), weight.max(f32::MIN_POSITIVE)),
    }
}

/// `added` together with what `query` demands of every article.
fn demanding(query: &Node, added: Node) -> Node {
    let mut all = vec![added];
    if let Kind::And(parts) = &query.kind {
        all.extend(parts.iter().filter(|part| is_demand(part)).cloned());
    }
    match all.len() {
        1 => all.remove(0),
        _ => Node {
            span: query.span,
            kind: Kind::And(all),
        },
    }
}

/// Whether a part of a query is about the article and not what it tells.
fn is_demand(node: &Node) -> bool {
    match &node.kind {
        kind if kind.is_condition() => true,
        Kind::Word { scope, .. } | Kind::Phrase { scope, .. } => {
            matches!(scope, Scope::Byline | Scope::Source | Scope::Section)
        }
        Kind::Boost(inner, _) => is_demand(inner),
        Kind::And(all) | Kind::Or(all) => all.iter().all(is_demand),
        _ => false,
    }
}

/// Adds the words of one hit, which has `share` of the trust.
fn gather(candidates: &mut HashMap<String, Candidate>, title: &str, body: &str, share: f64) {
    let mut end = body.len().min(MOST_BYTES);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut length = 0u32;
    for text in [title, &body[..end]] {
        let mut words = Words::new(text);
        while words.advance() {
            length += 1;
            match counts.get_mut(words.word()) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(words.word().to_owned(), 1);
                }
            }
        }
    }
    let english = stemmer();
    let mut of_stem: HashMap<String, u32> = HashMap::new();
    for (word, count) in counts {
        if !is_telling(&word) {
            continue;
        }
        let stem = english.stem(&word).into_owned();
        *of_stem.entry(stem.clone()).or_default() += count;
        *candidates
            .entry(stem)
            .or_default()
            .words
            .entry(word)
            .or_default() += count;
    }
    for (stem, count) in of_stem {
        candidates.entry(stem).or_default().share += share * f64::from(count) / f64::from(length);
    }
}

/// Whether a word can say what an article is about: not a number, not a
/// letter or two (pairs of unspaced letters are longer in bytes).
fn is_telling(word: &str) -> bool {
    word.len() > 2 && !word.starts_with(|c: char| c.is_numeric())
}

/// The `count` words with the greatest weight, greatest first.
fn choose(
    snapshot: &Snapshot,
    found: &Found<'_>,
    candidates: HashMap<String, Candidate>,
    count: usize,
) -> Result<Vec<(f64, String)>, SearchError> {
    let mut by_share: Vec<(f64, String)> = candidates
        .values()
        .map(|candidate| (candidate.share, candidate.word().to_owned()))
        .collect();
    by_share.sort_unstable_by(greatest_first);
    by_share.truncate(CANDIDATES);
    let fields = snapshot.fields;
    let slots = [fields.body, fields.title].map(|field| Slot {
        field,
        letter: None,
    });
    let articles = snapshot.figures.articles;
    let mut weighed = Vec::with_capacity(by_share.len());
    for (share, word) in by_share {
        let pattern = Pattern::Inflected(word.clone());
        let group = expand(
            snapshot,
            &slots,
            &pattern,
            Default::default(),
            &mut Vec::new(),
        )?;
        let frequency = articles_with(&group, &slots, articles, &found.parts)?;
        if frequency <= COMMON * articles as f64 {
            weighed.push((share * bm25::idf(articles, frequency), word));
        }
    }
    weighed.sort_unstable_by(greatest_first);
    weighed.truncate(count);
    Ok(weighed)
}

fn greatest_first(one: &(f64, String), other: &(f64, String)) -> Ordering {
    other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::search::run::search;
    use crate::search::testing::*;

    fn valley() -> Snapshot {
        let mut bodies = vec![
            "The flood came when the dam broke above Kibaoni.",
            "A flood and a broken dam; Kibaoni is under water.",
            "Repairs of the dam begin.",
        ];
        bodies.extend(["Nothing of the kind happened here."; 12]);
        TestIndex::of_bodies(&bodies)
    }

    /// Numbers of the hits, and the words added.
    fn widened(query: Node) -> (Vec<usize>, Vec<String>) {
        let request = Request {
            expand: Some(Feedback {
                words: 2,
                ..Feedback::default()
            }),
            ..Request::new(query)
        };
        let page = search(&valley(), &request).unwrap();
        let number = |id: &str| (0..20).find(|&n| id_of(n).to_string() == id).unwrap();
        let hits = page.hits.iter().map(|hit| number(&hit.article.id));
        (hits.collect(), page.added().to_vec())
    }

    #[test]
    fn words_of_the_best_hits_find_more_and_lose_nothing() {
        let (hits, added) = widened(word("flood"));
        assert_eq!(added, ["kibaoni"]);
        assert_eq!(hits, [0, 1]);
        let (hits, added) = widened(phrase("dam broke"));
        assert_eq!(added, ["above"]);
        assert_eq!(hits, [0]);
    }

    #[test]
    fn what_is_excluded_stays_out_however_well_added_words_fit() {
        let query = and(vec![word("repairs"), not(word("broken"))]);
        let (hits, _) = widened(query);
        assert_eq!(hits, [2]);
    }

    #[test]
    fn conditions_alone_are_not_widened() {
        assert_eq!(widened(node(Kind::HasDate)), (vec![], vec![]));
    }
}
