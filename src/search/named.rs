//! The people, organisations and places most named in the articles that match,
//! counted in articles, or ranked by how strongly they go together with one of
//! them.

use std::collections::HashMap;

use tantivy::columnar::StrColumn;

use super::aliases::{Aliases, key};
use super::matching::Match;
use super::part::Part;
use super::request::{Request, SearchError};
use super::run::{Found, guarded};
use crate::article::EntityKind;
use crate::index::snapshot::Snapshot;
use crate::index::tokenizer::kind_of_letter;

/// Which names to list.
#[derive(Clone, Debug)]
pub struct NamedOptions<'a> {
    /// Names of these kinds; empty for all.
    pub kinds: Vec<EntityKind>,
    /// Only names of articles that also name this one.
    pub with: Option<&'a str>,
    /// How many at most.
    pub limit: usize,
}

/// One name of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// The name.
    pub name: String,
    /// What it names.
    pub kind: EntityKind,
    /// Matching articles that name it; with [`NamedOptions::with`], those
    /// that name both.
    pub articles: u64,
    /// With [`NamedOptions::with`]: the log-likelihood ratio (Dunning 1993) of
    /// both occurring together against independence, over the matching
    /// articles; 0 where they meet no more often than by chance.
    pub score: Option<f64>,
}

/// The names of the matching articles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// Matching articles.
    pub total: u64,
    /// The names that [`NamedOptions::with`] was found to mean, and how many
    /// matching articles name any of them.
    pub with: Option<(Vec<String>, u64)>,
    /// How many names there are in all.
    pub distinct: u64,
    /// The first of them.
    pub names: Vec<Counted>,
}

/// Counts the names of the articles that match a request.
///
/// # Errors
///
/// As [`super::search`].
pub fn named(
    snapshot: &Snapshot,
    request: &Request,
    options: &NamedOptions<'_>,
) -> Result<Named, SearchError> {
    guarded(|| {
        let found = Found::new(snapshot, request)?;
        let aliases = request.aliases.as_ref();
        let mut tally = Tally::default();
        let mut columns = Vec::with_capacity(found.parts.len());
        for (part, matches) in found.parts.iter().zip(&found.matches) {
            columns.push(tally.learn(part, matches, aliases)?);
        }
        let targets = options.with.map(|with| tally.meant(with, aliases));
        let mut counts = vec![0u64; tally.names.len()];
        let mut together = vec![0u64; tally.names.len()];
        let mut with_articles = 0;
        let mut ids: Vec<u32> = Vec::new();
        for (column, matches) in columns.iter().zip(&found.matches) {
            let Some((column, id_of)) = column else {
                continue;
            };
            for &(doc, _) in matches {
                ids.clear();
                ids.extend(
                    column
                        .term_ords(doc)
                        .map(|ord| id_of[ord as usize])
                        .filter(|&id| id != UNUSED),
                );
                // Two of an article's names may be the same person.
                ids.sort_unstable();
                ids.dedup();
                for &id in &ids {
                    counts[id as usize] += 1;
                }
                let meets = targets
                    .as_ref()
                    .is_some_and(|targets| ids.iter().any(|id| targets.contains(id)));
                if meets {
                    with_articles += 1;
                    for &id in &ids {
                        together[id as usize] += 1;
                    }
                }
            }
        }
        let total = found.total();
        let mut names: Vec<Counted> = Vec::new();
        for (id, (kind, name)) in tally.names.into_iter().enumerate() {
            let is_target = targets
                .as_ref()
                .is_some_and(|targets| targets.contains(&(id as u32)));
            let is_wanted = options.kinds.is_empty() || options.kinds.contains(&kind);
            if is_target || !is_wanted || aliases.is_hidden(&name) {
                continue;
            }
            let (articles, score) = match targets {
                None => (counts[id], None),
                Some(_) => (
                    together[id],
                    Some(association(together[id], counts[id], with_articles, total)),
                ),
            };
            if articles > 0 {
                names.push(Counted {
                    name,
                    kind,
                    articles,
                    score,
                });
            }
        }
        names.sort_by(|a, b| {
            let by_score = b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0));
            by_score
                .then(b.articles.cmp(&a.articles))
                .then_with(|| a.name.cmp(&b.name))
                .then(a.kind.cmp(&b.kind))
        });
        let distinct = names.len() as u64;
        names.truncate(options.limit);
        let with = targets.map(|targets| {
            let mut meant: Vec<String> = Vec::new();
            meant.extend(targets.iter().filter_map(|id| tally.shown.get(id).cloned()));
            meant.dedup();
            (meant, with_articles)
        });
        Ok(Named {
            total,
            with,
            distinct,
            names,
        })
    })
}

/// No matching article of the segment bears the name.
const UNUSED: u32 = u32::MAX;

/// A segment's names, and the number each ordinal counts under.
type Known = Option<(StrColumn, Vec<u32>)>;

/// Names met so far; a name's number is its place.
#[derive(Default)]
struct Tally {
    names: Vec<(EntityKind, String)>,
    ids: HashMap<(EntityKind, String), u32>,
    /// Names of the targets, for showing them.
    shown: HashMap<u32, String>,
}

impl Tally {
    /// Numbers the names of a segment's matching articles.
    fn learn(
        &mut self,
        part: &Part<'_>,
        matches: &[Match],
        aliases: &Aliases,
    ) -> Result<Known, SearchError> {
        let Some(column) = part.reader.fast_fields().str("names")? else {
            return Ok(None);
        };
        let mut id_of = vec![UNUSED; column.num_terms()];
        let mut used = Vec::new();
        for &(doc, _) in matches {
            for ord in column.term_ords(doc) {
                let slot = &mut id_of[ord as usize];
                if *slot == UNUSED {
                    *slot = 0;
                    used.push(ord);
                }
            }
        }
        used.sort_unstable();
        let mut at = used.iter();
        column.dictionary().sorted_ords_to_term_cb(&used, |bytes| {
            let Some(&ord) = at.next() else { return };
            id_of[ord as usize] = self.number(bytes, aliases);
        })?;
        Ok(Some((column, id_of)))
    }

    fn number(&mut self, bytes: &[u8], aliases: &Aliases) -> u32 {
        let text = String::from_utf8_lossy(bytes);
        let mut chars = text.chars();
        let Some(kind) = chars.next().and_then(kind_of_letter) else {
            return UNUSED;
        };
        let name = aliases.canonical(chars.as_str()).to_owned();
        let names = &mut self.names;
        *self.ids.entry((kind, name)).or_insert_with_key(|named| {
            names.push(named.clone());
            (names.len() - 1) as u32
        })
    }

    /// The names somebody means: those that equal it, else those that hold
    /// its words one after another.
    fn meant(&mut self, with: &str, aliases: &Aliases) -> Vec<u32> {
        let wanted = key(aliases.canonical(with));
        let padded = format!(" {wanted} ");
        let (mut same, mut holding) = (Vec::new(), Vec::new());
        for (id, (_, name)) in self.names.iter().enumerate() {
            let name = key(name);
            if name == wanted {
                same.push(id as u32);
            } else if format!(" {name} ").contains(&padded) {
                holding.push(id as u32);
            }
        }
        let targets = if same.is_empty() { holding } else { same };
        for &id in &targets {
            self.shown.insert(id, self.names[id as usize].1.clone());
        }
        targets
    }
}

/// Dunning's log-likelihood ratio of two events over `total` articles, `both`
/// of them holding both; 0 where they meet no more often than by chance.
fn association(both: u64, one: u64, other: u64, total: u64) -> f64 {
    if total == 0 || (both as f64) * (total as f64) <= (one as f64) * (other as f64) {
        return 0.0;
    }
    let term = |count: u64| match count {
        0 => 0.0,
        _ => count as f64 * (count as f64).ln(),
    };
    let neither = (total + both).saturating_sub(one + other);
    let cells = term(both) + term(one - both) + term(other - both) + term(neither);
    let margins = term(one) + term(total - one) + term(other) + term(total - other);
    (2.0 * (cells - margins + term(total))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use EntityKind::{Org, Person, Place};

    fn index() -> Snapshot {
        let mut index = TestIndex::new();
        let articles: [(&str, &[(EntityKind, &str)]); 5] = [
            ("talks", &[(Person, "Ann Lee"), (Place, "Doha")]),
            (
                "talks",
                &[(Person, "Ann Lee"), (Person, "A. Lee"), (Org, "UN")],
            ),
            ("talks", &[(Place, "Doha"), (Org, "UN")]),
            ("other", &[(Place, "Doha"), (Person, "Omar Haddad")]),
            ("other", &[(Place, "Doha")]),
        ];
        for (number, (body, names)) in articles.into_iter().enumerate() {
            if number == 3 {
                index.snapshot();
            }
            index.add(Draft {
                entities: names
                    .iter()
                    .map(|(kind, name)| (*kind, (*name).to_owned()))
                    .collect(),
                ..Draft::body(body)
            });
        }
        index.delete(4);
        index.snapshot()
    }

    fn list(query: crate::query::tree::Node, options: &NamedOptions<'_>) -> Vec<(String, u64)> {
        let found = named(&index(), &Request::new(query), options).unwrap();
        found
            .names
            .into_iter()
            .map(|counted| (counted.name, counted.articles))
            .collect()
    }

    fn pairs(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
        expected
            .iter()
            .map(|(name, articles)| ((*name).to_owned(), *articles))
            .collect()
    }

    #[test]
    fn counts_follow_the_query_and_leave_removed_articles_out() {
        let mut options = NamedOptions {
            kinds: Vec::new(),
            with: None,
            limit: 10,
        };
        assert_eq!(
            list(word("talks"), &options),
            pairs(&[("Ann Lee", 2), ("Doha", 2), ("UN", 2), ("A. Lee", 1)])
        );
        options.kinds = vec![Place];
        let everything = node(crate::query::tree::Kind::All);
        assert_eq!(list(everything, &options), pairs(&[("Doha", 3)]));
    }

    #[test]
    fn those_named_together_rank_by_association_not_by_count() {
        let options = NamedOptions {
            kinds: Vec::new(),
            with: Some("lee"),
            limit: 10,
        };
        let everything = Request::new(node(crate::query::tree::Kind::All));
        let found = named(&index(), &everything, &options).unwrap();
        let names: Vec<&str> = found
            .names
            .iter()
            .map(|counted| counted.name.as_str())
            .collect();
        assert_eq!(found.with.unwrap().1, 2);
        assert_eq!(names, ["Doha", "UN"]);
        assert_eq!(association(1, 3, 2, 4), 0.0);
        assert!(association(2, 2, 2, 4) > association(2, 3, 2, 4));
    }
}
