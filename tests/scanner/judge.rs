//! Decides from the words alone whether an article matches a query: by trying
//! every place, with none of the index's shortcuts.

use std::collections::HashMap;

use morgue::article::EntityKind;
use morgue::query::tree::{Kind, Node, Pattern, Scope};
use rust_stemmers::{Algorithm, Stemmer};

use super::archive::{Archive, Article, Text};

pub struct Judge<'a> {
    archive: &'a Archive,
    /// For each pattern which words of the vocabulary fit it.
    fitting: HashMap<Pattern, Vec<bool>>,
}

/// First and last position.
type Place = (u32, u32);

impl<'a> Judge<'a> {
    pub fn new(archive: &'a Archive) -> Self {
        Self {
            archive,
            fitting: HashMap::new(),
        }
    }

    pub fn matches(&mut self, query: &Node, article: &Article) -> bool {
        let contains = |text: &str, pattern: &str| {
            let lower = text.to_ascii_lowercase();
            let mut rest = lower.as_str();
            pattern
                .to_ascii_lowercase()
                .split('*')
                .all(|piece| match rest.find(piece) {
                    Some(at) => {
                        rest = &rest[at + piece.len()..];
                        true
                    }
                    None => false,
                })
        };
        match &query.kind {
            Kind::All => true,
            Kind::And(all) => all.iter().all(|one| self.matches(one, article)),
            Kind::Or(any) => any.iter().any(|one| self.matches(one, article)),
            Kind::Not(inner) => !self.matches(inner, article),
            Kind::Boost(inner, _) => self.matches(inner, article),
            Kind::HasDate => article.day.is_some(),
            Kind::HasEntity => !article.names.is_empty(),
            Kind::Days(range) => article.day.is_some_and(|day| {
                range.from.is_none_or(|from| from <= day)
                    && range.until.is_none_or(|until| day <= until)
            }),
            Kind::Language(code) => article.language.as_ref() == Some(code),
            Kind::Id(start) => article.id.starts_with(start),
            Kind::Name { kind, name } => article
                .names
                .iter()
                .any(|(of, _, folded)| folded == name && kind.is_none_or(|kind| kind.name() == of)),
            Kind::Path(part) => contains(&article.path, part) || contains(&article.full_path, part),
            Kind::Url(part) => article
                .url
                .as_deref()
                .is_some_and(|url| contains(url, part)),
            Kind::Site(site) => article.url.as_deref().is_some_and(|url| {
                let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
                let host = rest.split(['/', '?', '#', ':']).next().unwrap_or("");
                let host = host.to_ascii_lowercase();
                host == *site || host.ends_with(&format!(".{site}"))
            }),
            Kind::Word { .. } | Kind::Phrase { .. } | Kind::Near { .. } => {
                texts(scope(query), article)
                    .into_iter()
                    .any(|text| !self.places(query, text).is_empty())
            }
        }
    }

    /// Every place at which the query stands in a text.
    fn places(&mut self, query: &Node, text: &Text) -> Vec<Place> {
        match &query.kind {
            Kind::Word { pattern, .. } => self.of_pattern(pattern, text),
            Kind::Phrase { parts, slop, .. } => {
                let reach = parts.len() as u32 - 1 + slop;
                let mut found = self.of_pattern(&parts[0], text);
                for part in &parts[1..] {
                    let places = self.of_pattern(part, text);
                    let mut longer = Vec::new();
                    for &(first, last) in &found {
                        for &(at, _) in &places {
                            if at > last && at - first <= reach {
                                longer.push((first, at));
                            }
                        }
                    }
                    longer.sort_unstable();
                    longer.dedup();
                    found = longer;
                }
                found
            }
            Kind::Near {
                left,
                right,
                distance,
                ordered,
            } => {
                let (left, right) = (self.places(left, text), self.places(right, text));
                let reach = u32::from(*distance);
                let mut found = Vec::new();
                for a in &left {
                    for b in &right {
                        if b.0 > a.1 && b.0 - a.1 <= reach {
                            found.push((a.0, b.1));
                        }
                        if !ordered && a.0 > b.1 && a.0 - b.1 <= reach {
                            found.push((b.0, a.1));
                        }
                    }
                }
                found.sort_unstable();
                found.dedup();
                found
            }
            Kind::Or(any) => any.iter().flat_map(|one| self.places(one, text)).collect(),
            Kind::Boost(inner, _) => self.places(inner, text),
            _ => Vec::new(),
        }
    }

    fn of_pattern(&mut self, pattern: &Pattern, text: &Text) -> Vec<Place> {
        if !self.fitting.contains_key(pattern) {
            let fitting = fitting(pattern, &self.archive.words);
            self.fitting.insert(pattern.clone(), fitting);
        }
        let fitting = &self.fitting[pattern];
        text.iter()
            .filter(|&&(_, word)| fitting[word])
            .map(|&(at, _)| (at, at))
            .collect()
    }
}

fn scope(query: &Node) -> Scope {
    match &query.kind {
        Kind::Word { scope, .. } | Kind::Phrase { scope, .. } => *scope,
        Kind::Near { left, .. } => scope_of_inner(left),
        _ => Scope::Text,
    }
}

fn scope_of_inner(node: &Node) -> Scope {
    match &node.kind {
        Kind::Or(any) => scope(&any[0]),
        Kind::Boost(inner, _) => scope(inner),
        _ => scope(node),
    }
}

fn texts(scope: Scope, article: &Article) -> Vec<&Text> {
    let of_kind = |wanted: Option<EntityKind>| {
        article
            .names
            .iter()
            .filter(|(kind, ..)| wanted.is_none_or(|wanted| wanted.name() == kind))
            .map(|(_, words, _)| words)
            .collect()
    };
    match scope {
        Scope::Text => vec![&article.title, &article.body],
        Scope::Title => vec![&article.title],
        Scope::Body => vec![&article.body],
        Scope::Byline => vec![&article.byline],
        Scope::Source => vec![&article.publisher],
        Scope::Section => vec![&article.section],
        Scope::Entity(kind) => of_kind(kind),
    }
}

/// Which words fit a pattern.
fn fitting(pattern: &Pattern, words: &[String]) -> Vec<bool> {
    let all = |fits: &dyn Fn(&str) -> bool| words.iter().map(|word| fits(word)).collect();
    let whole = |regex: String| regex::Regex::new(&format!("^(?:{regex})$")).unwrap();
    match pattern {
        Pattern::Exact(exact) => all(&|word| word == exact),
        Pattern::Inflected(asked) => {
            let english = Stemmer::create(Algorithm::English);
            let stem = english.stem(asked).into_owned();
            all(&|word| english.stem(word) == stem)
        }
        Pattern::Wildcard(text) => {
            let regex: String = text
                .chars()
                .map(|c| match c {
                    '*' => ".*".to_owned(),
                    '?' => ".".to_owned(),
                    c => regex::escape(&c.to_string()),
                })
                .collect();
            let regex = whole(regex);
            all(&|word| regex.is_match(word))
        }
        Pattern::Regex(text) => {
            let regex = whole(text.clone());
            all(&|word| regex.is_match(word))
        }
        Pattern::Fuzzy { word: asked, edits } => {
            let asked: Vec<char> = asked.chars().collect();
            all(&|word| {
                let word: Vec<char> = word.chars().collect();
                asked.len().abs_diff(word.len()) <= usize::from(*edits)
                    && is_near(&asked, &word, *edits)
            })
        }
    }
}

/// Whether one word can be turned into the other, by trying every edit.
fn is_near(one: &[char], other: &[char], edits: u8) -> bool {
    match (one, other) {
        ([a, one_rest @ ..], [b, other_rest @ ..]) if a == b && edits == 0 => {
            is_near(one_rest, other_rest, 0)
        }
        ([], []) => true,
        _ if edits == 0 => false,
        _ => {
            let is_same = !one.is_empty() && !other.is_empty() && one[0] == other[0];
            let is_swap =
                one.len() > 1 && other.len() > 1 && one[0] == other[1] && one[1] == other[0];
            is_same && is_near(&one[1..], &other[1..], edits)
                || !one.is_empty() && is_near(&one[1..], other, edits - 1)
                || !other.is_empty() && is_near(one, &other[1..], edits - 1)
                || !one.is_empty()
                    && !other.is_empty()
                    && is_near(&one[1..], &other[1..], edits - 1)
                || is_swap && is_near(&one[2..], &other[2..], edits - 1)
        }
    }
}
