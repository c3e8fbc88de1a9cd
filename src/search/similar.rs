//! Articles like a given one: its most telling words, weighed by how often it
//! uses them and how rare they are, become a query.

use std::collections::HashMap;

use tantivy::Term;

use super::part::Part;
use super::request::{Request, SearchError};
use super::run::guarded;
use crate::index::snapshot::Snapshot;
use crate::index::stored::StoredArticle;
use crate::query::tree::{Kind, Node, Pattern, Scope, Span};
use crate::text::words::Words;

/// Words taken from the article, the most telling first.
const MOST_WORDS: usize = 60;

/// Words of an article that are looked at: the start of a very long one tells
/// what it is about.
const MOST_TOKENS: usize = 20_000;

/// Weight of the least telling word taken, against 1 for the most telling:
/// lighter ones would not change the order of hits.
const LEAST_WEIGHT: f64 = 0.02;

/// The query that finds articles like `article`, itself left out; `None` if
/// it holds no word that other articles have.
///
/// # Errors
///
/// What is wrong with the index.
pub fn similar(
    snapshot: &Snapshot,
    article: &StoredArticle,
) -> Result<Option<Request>, SearchError> {
    guarded(|| {
        let mut counts: HashMap<String, f64> = HashMap::new();
        for (text, weight) in [
            (article.title.as_deref().unwrap_or_default(), 2.0),
            (article.body.as_str(), 1.0),
        ] {
            let mut words = Words::new(text);
            let mut seen = 0;
            while seen < MOST_TOKENS && words.advance() {
                seen += 1;
                *counts.entry(words.word().to_owned()).or_default() += weight;
            }
        }
        let articles = snapshot.figures.articles as f64;
        let parts = Part::all(snapshot)?;
        let mut telling = Vec::new();
        for (word, count) in counts {
            // One letter or a bare number rarely says what a text is about.
            if word.chars().count() < 2 || word.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let found = frequency(snapshot, &parts, &word)? as f64;
            // Words of this article alone find nothing else.
            if found > 1.0 {
                let idf = (1.0 + (articles - found + 0.5).max(0.0) / (found + 0.5)).ln();
                telling.push((word, (1.0 + count.ln()) * idf));
            }
        }
        telling.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        telling.truncate(MOST_WORDS);
        let Some(top) = telling.first().map(|(_, weight)| *weight) else {
            return Ok(None);
        };
        let node = |kind| Node {
            kind,
            span: Span::default(),
        };
        let mut any: Vec<Node> = Vec::new();
        for (word, weight) in telling {
            let share = weight / top;
            if share < LEAST_WEIGHT {
                break;
            }
            let word = node(Kind::Word {
                scope: Scope::Text,
                pattern: Pattern::Exact(word),
            });
            any.push(node(Kind::Boost(Box::new(word), share as f32)));
        }
        let any = match any.len() {
            1 => any.remove(0),
            _ => node(Kind::Or(any)),
        };
        let itself = node(Kind::Id(article.id.clone()));
        let query = node(Kind::And(vec![any, node(Kind::Not(Box::new(itself)))]));
        Ok(Some(Request::new(query)))
    })
}

/// In how many live articles a word stands in the body.
fn frequency(snapshot: &Snapshot, parts: &[Part<'_>], word: &str) -> Result<u64, SearchError> {
    let body = snapshot.fields.body;
    let mut found = 0;
    for part in parts {
        if let Some(info) = part.list(&Term::from_field_text(body, word))? {
            found += part.live_frequency(body, &info)?;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_most_alike_come_first_and_the_article_itself_never() {
        let mut index = TestIndex::new();
        index.add(Draft::body("the ferry sank in a storm off the coast"));
        index.add(Draft::body("the bank raised the rate"));
        index.add(Draft::body("a storm sank the ferry off the northern coast"));
        index.add(Draft::body("the storm passed the bank"));
        let snapshot = index.snapshot();
        let address = snapshot.find_id(&id_of(0).to_string(), 1).unwrap()[0];
        let article = snapshot.article(address).unwrap();
        let request = similar(&snapshot, &article).unwrap().unwrap();
        let ids = ids(&snapshot, &request);
        assert_eq!(ids[0], id_of(2).to_string());
        assert!(!ids.contains(&id_of(0).to_string()));
    }

    #[test]
    fn an_article_of_words_of_its_own_is_like_none() {
        let snapshot = TestIndex::of_bodies(&["xyzzy plugh", "other things"]);
        let address = snapshot.find_id(&id_of(0).to_string(), 1).unwrap()[0];
        let article = snapshot.article(address).unwrap();
        assert!(similar(&snapshot, &article).unwrap().is_none());
    }
}
