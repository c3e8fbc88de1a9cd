//! The block of fields at the head of a text: YAML between `---` lines, TOML
//! between `+++` lines, an object of JSON, and headers as in mail (`Title: …`). Reads
//! the plain part of YAML and TOML that article tools write: scalars, quoted
//! or folded, and lists.

use serde_json::{Map, Value};

use crate::article::Article;
use crate::text::dates::Order;

use super::fields::{self, Slot};

/// Fields of a head, in its order; a list gives one entry a value.
pub type Pairs = Vec<(String, Vec<String>)>;

/// Lines that a head may have.
const MAX_LINES: usize = 200;

/// Parts a text into its front matter and the rest; `None` without one.
pub fn split(text: &str) -> Option<(Pairs, &str)> {
    let text = text.trim_start_matches(['\n', '\r', '\u{FEFF}']);
    let (first, rest) = text.split_once('\n')?;
    let (fence, sign) = match first.trim_end() {
        "---" => ("---", ':'),
        "+++" => ("+++", '='),
        "{" => return split_object(text),
        _ => return None,
    };
    let mut pairs: Pairs = Vec::new();
    let mut at = 0;
    let mut folded = false;
    // A list that goes over several lines, as far as it was read.
    let mut open: Option<String> = None;
    for line in rest.split_inclusive('\n').take(MAX_LINES) {
        at += line.len();
        let line = line.trim_end();
        if let (Some(begun), Some((_, values))) = (&mut open, pairs.last_mut()) {
            begun.push_str(line.trim());
            if let Some(whole) = list(begun) {
                *values = whole;
                open = None;
            }
            continue;
        }
        if line == fence || (fence == "---" && line == "...") {
            return (!pairs.is_empty()).then(|| (pairs, &rest[at..]));
        }
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with('#') || (fence == "+++" && bare.starts_with('[')) {
            continue;
        }
        let indented = fence == "---" && bare.len() < line.len();
        if let Some(item) = bare.strip_prefix("- ").filter(|_| !folded)
            && let Some((_, values)) = pairs.last_mut()
        {
            values.push(scalar(item));
            continue;
        }
        if indented && let Some((_, values)) = pairs.last_mut() {
            // A folded or block text, or a map below a key: its values count.
            let value = match bare.split_once(": ") {
                Some((key, value)) if !folded && is_key(key) => scalar(value),
                _ => scalar(bare),
            };
            match values.last_mut() {
                Some(last) if folded => {
                    last.push('\n');
                    last.push_str(&value);
                }
                _ => values.push(value),
            }
            continue;
        }
        let (key, value) = bare.split_once(sign)?;
        if !is_key(key.trim()) {
            return None;
        }
        let value = value.trim();
        folded = matches!(value, "|" | ">" | "|-" | ">-" | "|+" | ">+");
        if value.starts_with('[') && list(value).is_none() {
            open = Some(value.to_owned());
        }
        let values = match value {
            "" => Vec::new(),
            _ if open.is_some() => Vec::new(),
            _ if folded => vec![String::new()],
            _ => list(value).unwrap_or_else(|| vec![scalar(value)]),
        };
        pairs.push((key.trim().trim_matches('"').to_owned(), values));
    }
    None
}

/// Parts a text into the object of JSON that it begins with and the rest.
fn split_object(text: &str) -> Option<(Pairs, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Map<String, Value>>();
    let object = values.next()?.ok()?;
    let rest = text[values.byte_offset()..].strip_prefix('\n')?;
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let pairs = object.iter().map(|(key, value)| {
        let values = match value {
            Value::Array(values) => values.iter().filter_map(one).collect(),
            value => one(value).into_iter().collect(),
        };
        (key.clone(), values)
    });
    (!rest.trim().is_empty()).then(|| (pairs.collect(), rest))
}

/// Parts a text into mail-like headers and the rest. At least one name must
/// be one that articles have, and a lone header must be a title: prose may start with
/// a word and a colon too.
pub fn split_headers(text: &str) -> Option<(Pairs, &str)> {
    let text = text.trim_start_matches(['\n', '\r', '\u{FEFF}']);
    let mut pairs: Pairs = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        let bare = line.trim_end();
        if bare.is_empty() {
            at += line.len();
            break;
        }
        if bare.starts_with([' ', '\t'])
            && let Some((_, values)) = pairs.last_mut()
        {
            if let Some(last) = values.last_mut() {
                last.push(' ');
                last.push_str(bare.trim());
            }
        } else if let Some((key, value)) = bare.split_once(':')
            && is_key(key)
            && (value.is_empty() || value.starts_with([' ', '\t']))
            && (pairs.len() < 2 || key.len() <= 20)
        {
            pairs.push((key.to_owned(), vec![value.trim().to_owned()]));
        } else {
            // Body right below the headers, without a blank line.
            break;
        }
        at += line.len();
    }
    let known = |key: &str| {
        matches!(
            fields::slot(key),
            Some((
                Slot::Title
                    | Slot::Published
                    | Slot::Byline
                    | Slot::Publisher
                    | Slot::Section
                    | Slot::Url,
                _
            ))
        )
    };
    let count = pairs.iter().filter(|(key, _)| known(key)).count();
    let titled = pairs
        .iter()
        .any(|(key, _)| matches!(fields::slot(key), Some((Slot::Title, _))));
    let ended = text[..at].ends_with("\n\n") || text[..at].ends_with("\n\r\n") || at == text.len();
    ((count >= 2 && count * 2 >= pairs.len()) || (titled && ended)).then(|| (pairs, &text[at..]))
}

fn is_key(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '"')
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b' ' | b'"' | b'.'))
}

/// A scalar without quotes and without a comment behind it.
fn scalar(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote)
            && let Some(end) = inner.rfind(quote)
        {
            let inner = &inner[..end];
            return match quote {
                '"' => inner
                    .replace("\\\"", "\"")
                    .replace("\\n", "\n")
                    .replace("\\\\", "\\"),
                _ => inner.replace("''", "'"),
            };
        }
    }
    value.split(" #").next().unwrap_or(value).trim().to_owned()
}

/// The values of `[a, "b, c"]`.
fn list(value: &str) -> Option<Vec<String>> {
    let inner = value.strip_prefix('[')?.strip_suffix(']')?;
    let mut values = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in inner.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (',', None) => {
                values.push(scalar(&inner[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    values.push(scalar(&inner[start..]));
    values.retain(|value| !value.is_empty());
    Some(values)
}

/// Puts the fields of a head into an article. Names of better rank win over
/// others of the same slot.
pub fn apply(pairs: &Pairs, article: &mut Article, order: Option<Order>) {
    let mut taken: Vec<(Slot, usize, &str, &[String])> = Vec::new();
    for (key, values) in pairs {
        let Some((slot, rank)) = fields::slot(key) else {
            continue;
        };
        match taken.iter_mut().find(|(other, ..)| *other == slot) {
            Some(held) if held.1 <= rank => {}
            Some(held) => *held = (slot, rank, key, values),
            None => taken.push((slot, rank, key, values)),
        }
    }
    for (slot, _, _, values) in taken {
        match slot {
            // Heads name parts, and never hold the text itself.
            Slot::Body | Slot::Summary => {}
            Slot::Byline | Slot::Names(_) => {
                for value in values {
                    fields::put(article, slot, value);
                }
            }
            Slot::Section => fields::put(article, slot, &values.join(", ")),
            Slot::Published => {
                if let Some(value) = values.first() {
                    fields::put_date(article, &fields::one_line(value), order);
                }
            }
            _ => {
                if let Some(value) = values.first() {
                    fields::put(article, slot, value);
                }
            }
        }
    }
}
