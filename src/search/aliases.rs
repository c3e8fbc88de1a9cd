//! What a newsroom knows of names that no text says: which names stand for one
//! and the same, and which are not worth listing. Two files in the index
//! folder hold it; they are applied to queries and counts, never written into
//! the index, so an edit counts at once.
//!
//! ```text
//! aliases.tsv   a line: the canonical name, then its other names, parted by tabs
//! hidden.txt    a line: a name that no list shows (queries still find it)
//! ```
//!
//! Empty lines and lines that start with `#` are left out. Names are compared
//! folded: case and diacritics do not matter.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::Path;

use crate::article::Entity;
use crate::error::Error;
use crate::query::tree::{Kind, Node, Pattern, Scope};
use crate::text::words::folded;

/// File of names that stand for the same.
pub const ALIASES: &str = "aliases.tsv";

/// File of names that are not listed.
pub const HIDDEN: &str = "hidden.txt";

/// Names that are the same, and names to hide.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    /// Groups of names; the first of each is canonical.
    groups: Vec<Vec<String>>,
    /// Group of each folded name.
    group_of: HashMap<String, usize>,
    hidden: HashSet<String>,
}

/// A name as names are compared.
pub(crate) fn key(name: &str) -> String {
    folded(name).join(" ")
}

impl Aliases {
    /// Reads both files of an index folder; a missing one holds nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if a file is there and cannot be read as text.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let text = |name: &str| {
            let path = folder.join(name);
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(text),
                Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    Ok(String::new())
                }
                Err(source) => Err(Error::Io {
                    action: "read",
                    path,
                    source,
                }),
            }
        };
        Ok(Self::parse(&text(ALIASES)?, &text(HIDDEN)?))
    }

    fn parse(aliases: &str, hidden: &str) -> Self {
        fn lines(text: &str) -> impl Iterator<Item = &str> {
            text.trim_start_matches('\u{feff}')
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
        }
        let mut all = Self::default();
        for line in lines(aliases) {
            let names: Vec<String> = line
                .split('\t')
                .map(str::trim)
                .filter(|name| !key(name).is_empty())
                .map(str::to_owned)
                .collect();
            for name in &names {
                // The first line that gives a name decides.
                all.group_of.entry(key(name)).or_insert(all.groups.len());
            }
            all.groups.push(names);
        }
        all.hidden = lines(hidden).map(key).collect();
        all
    }

    /// The name under which a name is counted and shown.
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        if self.groups.is_empty() {
            return name;
        }
        self.group_of
            .get(&key(name))
            .and_then(|&group| self.groups[group].first())
            .map_or(name, String::as_str)
    }

    /// Whether no name is the same as another and none is hidden.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.hidden.is_empty()
    }

    /// Whether lists leave a name out.
    pub fn is_hidden(&self, name: &str) -> bool {
        !self.hidden.is_empty() && self.hidden.contains(&key(name))
    }

    /// Gathers an article's names under their canonical ones and takes the
    /// hidden ones out.
    pub fn gather(&self, entities: &mut Vec<Entity>) {
        if self.is_empty() {
            return;
        }
        let mut gathered: Vec<Entity> = Vec::with_capacity(entities.len());
        for mut entity in entities.drain(..) {
            let name = self.canonical(&entity.name);
            if self.is_hidden(name) {
                continue;
            }
            let same = |other: &&mut Entity| other.kind == entity.kind && other.name == name;
            match gathered.iter_mut().find(same) {
                Some(other) => {
                    other.count += entity.count;
                    other.mentions.append(&mut entity.mentions);
                    other
                        .mentions
                        .sort_by_key(|mention| (mention.field as u8, mention.start));
                }
                None => {
                    entity.name = name.to_owned();
                    gathered.push(entity);
                }
            }
        }
        *entities = gathered;
    }

    /// A query in which a name that has others asks for all of them.
    #[must_use]
    pub fn widen(&self, node: Node) -> Node {
        if self.groups.is_empty() {
            return node;
        }
        let span = node.span;
        let widened = |node| Box::new(self.widen(node));
        let all = |nodes: Vec<Node>| nodes.into_iter().map(|node| self.widen(node)).collect();
        let kind = match node.kind {
            Kind::And(nodes) => Kind::And(all(nodes)),
            Kind::Or(nodes) => Kind::Or(all(nodes)),
            Kind::Not(inner) => Kind::Not(widened(*inner)),
            Kind::Boost(inner, factor) => Kind::Boost(widened(*inner), factor),
            Kind::Name { kind, name } => match self.others(&name) {
                Some(names) => {
                    let name = |name: &String| Kind::Name {
                        kind,
                        name: key(name),
                    };
                    any(names.iter().map(name), span)
                }
                None => Kind::Name { kind, name },
            },
            Kind::Word {
                scope: scope @ Scope::Entity(_),
                pattern: Pattern::Exact(word),
            } => match self.others(&word) {
                Some(names) => any(names.iter().filter_map(|name| words(scope, name)), span),
                None => Kind::Word {
                    scope,
                    pattern: Pattern::Exact(word),
                },
            },
            Kind::Phrase {
                scope: scope @ Scope::Entity(_),
                parts,
                slop: 0,
            } => match self.others(&plain(&parts).unwrap_or_default()) {
                Some(names) => any(names.iter().filter_map(|name| words(scope, name)), span),
                None => Kind::Phrase {
                    scope,
                    parts,
                    slop: 0,
                },
            },
            other => other,
        };
        Node { kind, span }
    }

    /// All names of the group a folded name belongs to.
    fn others(&self, name: &str) -> Option<&Vec<String>> {
        self.group_of.get(name).map(|&group| &self.groups[group])
    }
}

/// The words of a phrase without patterns, joined.
fn plain(parts: &[Pattern]) -> Option<String> {
    let words: Option<Vec<&str>> = parts
        .iter()
        .map(|part| match part {
            Pattern::Exact(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    Some(words?.join(" "))
}

/// A name as the word or phrase that finds it.
fn words(scope: Scope, name: &str) -> Option<Kind> {
    let mut parts: Vec<Pattern> = folded(name).into_iter().map(Pattern::Exact).collect();
    match parts.len() {
        0 => None,
        1 => parts.pop().map(|pattern| Kind::Word { scope, pattern }),
        _ => Some(Kind::Phrase {
            scope,
            parts,
            slop: 0,
        }),
    }
}

fn any(kinds: impl Iterator<Item = Kind>, span: crate::query::tree::Span) -> Kind {
    let mut nodes: Vec<Node> = kinds.map(|kind| Node { kind, span }).collect();
    match nodes.len() {
        1 => nodes.remove(0).kind,
        _ => Kind::Or(nodes),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::article::EntityKind;

    const FILE: &str =
        "# canonical\tothers\nInternational Monetary Fund\tIMF\tthe Fund\n\nMike Pompeo\tPompeo\n";

    #[test]
    fn other_names_count_under_the_canonical_one_in_any_case() {
        let aliases = Aliases::parse(FILE, "Monday\n# no\n");
        assert_eq!(aliases.canonical("Imf"), "International Monetary Fund");
        assert_eq!(aliases.canonical("World Bank"), "World Bank");
        assert!(aliases.is_hidden("MONDAY") && !aliases.is_hidden("no"));
    }

    #[test]
    fn an_articles_names_are_gathered_under_the_canonical_one() {
        let entity = |name: &str, kind, count| Entity {
            name: name.to_owned(),
            kind,
            count,
            mentions: Vec::new(),
        };
        let mut entities = vec![
            entity("IMF", EntityKind::Org, 2),
            entity("Monday", EntityKind::Person, 1),
            entity("Doha", EntityKind::Place, 1),
            entity("The Fund", EntityKind::Org, 3),
            entity("the Fund", EntityKind::Place, 1),
        ];
        Aliases::parse(FILE, "Monday\n").gather(&mut entities);
        let gathered = [
            entity("International Monetary Fund", EntityKind::Org, 5),
            entity("Doha", EntityKind::Place, 1),
            entity("International Monetary Fund", EntityKind::Place, 1),
        ];
        assert_eq!(entities, gathered);
    }

    #[test]
    fn a_query_for_one_name_finds_them_all() {
        let mut index = TestIndex::new();
        for name in ["IMF", "International Monetary Fund", "World Bank"] {
            index.add(Draft {
                entities: vec![(EntityKind::Org, name.to_owned())],
                ..Draft::body("money")
            });
        }
        let snapshot = index.snapshot();
        let aliases = Aliases::parse(FILE, "");
        let count = |query: Node| {
            let request = super::super::Request::new(aliases.widen(query));
            super::super::count(&snapshot, &request).unwrap()
        };
        let scope = Scope::Entity(Some(EntityKind::Org));
        assert_eq!(count(word_in(scope, "=imf")), 2);
        assert_eq!(count(phrase_in(scope, "international monetary fund", 0)), 2);
        assert_eq!(count(word_in(scope, "=monetary")), 1);
        let name = node(Kind::Name {
            kind: None,
            name: "imf".to_owned(),
        });
        assert_eq!(count(not(name)), 1);
    }
}
