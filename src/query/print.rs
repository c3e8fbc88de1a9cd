//! A syntax tree as the query that yields it again.

use std::borrow::Cow;
use std::fmt::{self, Write};

use unicode_normalization::UnicodeNormalization;

use super::tree::{DayRange, Kind, Node, Pattern, Scope};
use crate::text::words::fold_piece;

impl Node {
    /// The query that yields this tree again where words side by side are
    /// joined by AND: folded words, resolved dates, every operator written.
    pub fn to_query(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_node(self, f, Place::Alone, false)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_pattern(self, f)
    }
}

/// As [`Node::to_query`], with brackets also where AND meets OR, for people.
pub(super) fn bracketed(node: &Node) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write_node(node, &mut out, Place::Alone, true);
    out
}

/// Where a node stands, and so whether it needs brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Nothing around it.
    Alone,
    /// Operand of OR.
    Or,
    /// Operand of AND.
    And,
    /// Left of NEAR.
    NearLeft,
    /// Right of NEAR.
    NearRight,
    /// Behind NOT, which a weight may follow.
    Not,
    /// Before a weight.
    Boost,
}

fn needs_brackets(kind: &Kind, place: Place, for_people: bool) -> bool {
    match kind {
        Kind::Or(_) => place > Place::Alone,
        Kind::And(_) => place > Place::Or || for_people && place == Place::Or,
        Kind::Near { .. } => place > Place::NearLeft || for_people && place > Place::Alone,
        Kind::Not(_) => place > Place::And,
        Kind::Boost(..) => matches!(place, Place::NearLeft | Place::NearRight | Place::Boost),
        _ => false,
    }
}

fn write_node(node: &Node, f: &mut impl Write, place: Place, for_people: bool) -> fmt::Result {
    let has_brackets = needs_brackets(&node.kind, place, for_people);
    if has_brackets {
        f.write_char('(')?;
    }
    match &node.kind {
        Kind::And(nodes) => write_list(nodes, f, " AND ", Place::And, for_people)?,
        Kind::Or(nodes) => write_list(nodes, f, " OR ", Place::Or, for_people)?,
        Kind::Near {
            left,
            right,
            distance,
            ordered,
        } => {
            write_node(left, f, Place::NearLeft, for_people)?;
            let name = if *ordered { "PRE" } else { "NEAR" };
            write!(f, " {name}/{distance} ")?;
            write_node(right, f, Place::NearRight, for_people)?;
        }
        Kind::Not(inner) => {
            f.write_str("NOT ")?;
            write_node(inner, f, Place::Not, for_people)?;
        }
        Kind::Boost(inner, factor) => {
            write_node(inner, f, Place::Boost, for_people)?;
            write!(f, "^{factor}")?;
        }
        kind => write_leaf(kind, f)?,
    }
    if has_brackets {
        f.write_char(')')?;
    }
    Ok(())
}

fn write_list(
    nodes: &[Node],
    f: &mut impl Write,
    between: &str,
    place: Place,
    for_people: bool,
) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        write_node(node, f, place, for_people)?;
    }
    Ok(())
}

fn write_leaf(kind: &Kind, f: &mut impl Write) -> fmt::Result {
    match kind {
        Kind::All => f.write_char('*'),
        Kind::Word { scope, pattern } => {
            write_scope(*scope, f)?;
            if matches!(pattern, Pattern::Exact(_)) && !matches!(scope, Scope::Entity(_)) {
                f.write_char('=')?;
            }
            write_pattern(pattern, f)
        }
        Kind::Phrase { scope, parts, slop } => {
            write_scope(*scope, f)?;
            f.write_char('"')?;
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    f.write_char(' ')?;
                }
                write_pattern(part, f)?;
            }
            f.write_char('"')?;
            // Without a number a `?` at the end might be a question mark.
            let ends_in_wildcard =
                matches!(parts.last(), Some(Pattern::Wildcard(text)) if text.ends_with('?'));
            if *slop > 0 || ends_in_wildcard {
                write!(f, "~{slop}")?;
            }
            Ok(())
        }
        Kind::Days(range) => write_days(range, f),
        Kind::HasDate => f.write_str("has:date"),
        Kind::HasEntity => f.write_str("has:entity"),
        Kind::Name { kind, name } => {
            write_scope(Scope::Entity(*kind), f)?;
            write!(f, "=\"{}\"", composed(name))
        }
        Kind::Language(code) => write!(f, "lang:{code}"),
        Kind::Id(id) => write!(f, "id:{id}"),
        Kind::Site(host) => write!(f, "site:{host}"),
        Kind::Path(text) => write_raw("path", text, f),
        Kind::Url(text) => write_raw("url", text, f),
        Kind::And(_) | Kind::Or(_) | Kind::Near { .. } | Kind::Not(_) | Kind::Boost(..) => Ok(()),
    }
}

fn write_scope(scope: Scope, f: &mut impl Write) -> fmt::Result {
    let name = match scope {
        Scope::Text => return Ok(()),
        Scope::Title => "title",
        Scope::Body => "body",
        Scope::Byline => "byline",
        Scope::Source => "source",
        Scope::Section => "section",
        Scope::Entity(None) => "entity",
        Scope::Entity(Some(kind)) => kind.name(),
    };
    write!(f, "{name}:")
}

/// Words in composed form, for folding takes some scripts' letters apart; but as
/// they are where composing also sorts their marks, which would be other words.
fn composed(words: &str) -> Cow<'_, str> {
    if words.is_ascii() {
        return Cow::Borrowed(words);
    }
    let composed: String = words.nfc().collect();
    match fold_piece(&composed) == words {
        true => Cow::Owned(composed),
        false => Cow::Borrowed(words),
    }
}

fn write_pattern(pattern: &Pattern, f: &mut impl Write) -> fmt::Result {
    match pattern {
        Pattern::Inflected(word) | Pattern::Exact(word) => f.write_str(&composed(word)),
        Pattern::Wildcard(text) => f.write_str(text),
        Pattern::Fuzzy { word, edits } => write!(f, "{}~{edits}", composed(word)),
        Pattern::Regex(text) => write!(f, "/{text}/"),
    }
}

fn write_days(range: &DayRange, f: &mut impl Write) -> fmt::Result {
    match (range.from, range.until) {
        (Some(from), Some(until)) if from == until => write!(f, "date:{from}"),
        (from, until) => {
            f.write_str("date:")?;
            if let Some(from) = from {
                write!(f, "{from}")?;
            }
            f.write_str("..")?;
            if let Some(until) = until {
                write!(f, "{until}")?;
            }
            Ok(())
        }
    }
}

/// Bare where nothing in it could be read otherwise.
fn write_raw(field: &str, text: &str, f: &mut impl Write) -> fmt::Result {
    let is_plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'*' | b'-'));
    // `url://x` would be an address to be looked for as text.
    if is_plain && !text.is_empty() && !text.starts_with("//") {
        write!(f, "{field}:{text}")
    } else {
        write!(f, "{field}:\"{text}\"")
    }
}
