//! How a query is taken apart: for each of its parts, how many articles match
//! it alone, which words its patterns stand for, and what was probably meant
//! by words that no article has.

use super::expand::Group;
use super::plan::{Leaf, Plan};
use super::request::{Request, SearchError};
use super::run::{Found, guarded};
use super::suggest;
use crate::index::snapshot::Snapshot;
use crate::query::tree::{Kind, Node, Pattern, Span};

/// A part of a query by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// How deep it lies: 0 for the query's own parts.
    pub depth: usize,
    /// The part as it was read.
    pub query: String,
    /// Where it stands.
    pub span: Span,
    /// Whether articles that match it are left out.
    pub is_excluded: bool,
    /// How many articles match it alone (an excluded part: how many it would
    /// leave out of all).
    pub articles: u64,
    /// The patterns in it; empty for what holds others.
    pub patterns: Vec<PatternWords>,
}

/// What one pattern stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternWords {
    /// The pattern as it is written.
    pub pattern: String,
    /// Words of the index that fit, ascending.
    pub words: Vec<String>,
    /// Where there are none: the nearest word of the index.
    pub meant: Option<String>,
}

/// Takes a request's query apart; conditions beside the query do not count.
///
/// # Errors
///
/// As `search`.
pub fn explain(snapshot: &Snapshot, request: &Request) -> Result<Vec<Explained>, SearchError> {
    guarded(|| {
        let mut all = Vec::new();
        match &request.query.kind {
            // The whole is what the search itself counts.
            Kind::And(parts) | Kind::Or(parts) => {
                for part in parts {
                    visit(snapshot, request, part, 0, &mut all)?;
                }
            }
            _ => visit(snapshot, request, &request.query, 0, &mut all)?,
        }
        Ok(all)
    })
}

fn visit(
    snapshot: &Snapshot,
    request: &Request,
    node: &Node,
    depth: usize,
    all: &mut Vec<Explained>,
) -> Result<(), SearchError> {
    let (inner, is_excluded) = match &node.kind {
        Kind::Not(inner) => (inner.as_ref(), true),
        _ => (node, false),
    };
    let alone = Request {
        any: request.any,
        ..Request::new(inner.clone())
    };
    let found = Found::new(snapshot, &alone)?;
    let parts = match &unweighted(inner).kind {
        Kind::And(parts) | Kind::Or(parts) => parts.as_slice(),
        _ => &[],
    };
    all.push(Explained {
        depth,
        query: inner.to_query(),
        span: node.span,
        is_excluded,
        articles: found.total(),
        patterns: match parts.is_empty() {
            true => patterns(inner, &found)?,
            false => Vec::new(),
        },
    });
    for part in parts {
        visit(snapshot, request, part, depth + 1, all)?;
    }
    Ok(())
}

fn unweighted(node: &Node) -> &Node {
    match &node.kind {
        Kind::Boost(inner, _) => unweighted(inner),
        _ => node,
    }
}

/// The patterns of a word, phrase or proximity with the words they stand for.
fn patterns(node: &Node, found: &Found<'_>) -> Result<Vec<PatternWords>, SearchError> {
    let mut written = Vec::new();
    gather(node, &mut written);
    let Plan { leaves, .. } = &found.plan;
    let groups: Vec<(&Leaf, &Group)> = leaves
        .iter()
        .flat_map(|leaf| leaf.groups.iter().map(move |group| (leaf, group)))
        .collect();
    let mut all = Vec::with_capacity(written.len());
    // Patterns are lowered in the order in which they stand.
    for (pattern, (leaf, group)) in written.into_iter().zip(groups) {
        let meant = match pattern {
            Pattern::Inflected(word) | Pattern::Exact(word) if group.words.is_empty() => {
                suggest::nearest(&found.parts, &leaf.slots, word)?
            }
            _ => None,
        };
        all.push(PatternWords {
            pattern: pattern.to_string(),
            words: group.words.clone(),
            meant,
        });
    }
    Ok(all)
}

fn gather<'n>(node: &'n Node, all: &mut Vec<&'n Pattern>) {
    match &node.kind {
        Kind::Word { pattern, .. } => all.push(pattern),
        Kind::Phrase { parts, .. } => all.extend(parts),
        Kind::Near { left, right, .. } => {
            gather(left, all);
            gather(right, all);
        }
        Kind::And(parts) | Kind::Or(parts) => parts.iter().for_each(|part| gather(part, all)),
        Kind::Not(inner) | Kind::Boost(inner, _) => gather(inner, all),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::search::testing::*;

    fn explained(query: Node) -> Vec<(usize, String, bool, u64, Vec<PatternWords>)> {
        let snapshot = TestIndex::of_bodies(&[
            "the ceasefire held",
            "the city voted, voters vote",
            "a ceasefire in the city",
        ]);
        explain(&snapshot, &Request::new(query))
            .unwrap()
            .into_iter()
            .map(|one| {
                (
                    one.depth,
                    one.query,
                    one.is_excluded,
                    one.articles,
                    one.patterns,
                )
            })
            .collect()
    }

    fn words(pattern: &str, words: &[&str], meant: Option<&str>) -> PatternWords {
        PatternWords {
            pattern: pattern.to_owned(),
            words: words.iter().map(|&word| word.to_owned()).collect(),
            meant: meant.map(str::to_owned),
        }
    }

    #[test]
    fn each_part_is_counted_alone_with_the_words_it_stands_for() {
        let query = and(vec![
            word("ceasfire"),
            or(vec![word("vot*"), phrase("the city")]),
            not(word("ceasefire")),
        ]);
        let phrase_words = vec![words("the", &["the"], None), words("city", &["city"], None)];
        assert_eq!(
            explained(query),
            [
                (
                    0,
                    "ceasfire".into(),
                    false,
                    0,
                    vec![words("ceasfire", &[], Some("ceasefire"))]
                ),
                (0, "vot* OR \"the city\"".into(), false, 2, vec![]),
                (
                    1,
                    "vot*".into(),
                    false,
                    1,
                    vec![words("vot*", &["vote", "voted", "voters"], None)]
                ),
                (1, "\"the city\"".into(), false, 2, phrase_words),
                (
                    0,
                    "ceasefire".into(),
                    true,
                    2,
                    vec![words("ceasefire", &["ceasefire"], None)]
                ),
            ]
        );
    }
}
