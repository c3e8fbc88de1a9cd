//! Values of fields, in any of the shapes that programs give them: text, number,
//! list, or an object with one telling field.

use serde_json::{Map, Value};

use crate::article::{Article, EntityKind, Provenance};

use super::super::fields::{self, Slot};

/// The value at a field name, or at a path of names parted by dots.
pub(super) fn lookup<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let mut names = path.split('.');
    let mut value = object.get(names.next()?)?;
    for name in names {
        value = match value {
            Value::Array(elements) => elements.get(name.parse::<usize>().ok()?)?,
            other => other.get(name)?,
        };
    }
    Some(value)
}

/// Puts a value into a slot of an article, as [`fields::put`] does a text.
pub(super) fn put(article: &mut Article, slot: Slot, value: &Value) {
    match slot {
        Slot::Published => {
            if let Value::Number(number) = value {
                // Day numbers such as 20201121 and epochs.
                let text = number.to_string();
                let stamp = fields::date(&text).or_else(|| {
                    number
                        .as_f64()
                        .filter(|n| n.abs() >= 1e8)
                        .and_then(crate::text::dates::from_epoch)
                });
                if let Some(stamp) = stamp {
                    article.published = Some(fields::published(stamp, Provenance::Metadata));
                }
            } else if let Some(text) = texts_of(value).first() {
                fields::put(article, slot, text);
            }
        }
        Slot::Byline => {
            let mut names = Vec::new();
            authors(value, &mut names);
            if !names.is_empty() {
                article.bylines = names;
            }
        }
        Slot::Section if are_numbers(value) => {}
        Slot::Section => {
            let texts = texts_of(value.get("primary_section").unwrap_or(value));
            // `News|Politics|EU` and lists alike.
            if !texts.is_empty() {
                fields::put(article, slot, &texts.join(", "));
            }
        }
        Slot::Body | Slot::Summary => {
            let mut parts = Vec::new();
            paragraphs(value, MAX_BLOCKS, &mut parts);
            let parts: Vec<String> = parts
                .iter()
                .map(|part| fields::running_text(part))
                .filter(|part| !part.is_empty())
                .collect();
            if !parts.is_empty() {
                article.body = parts.join("\n\n");
            }
        }
        Slot::Entities => entities(article, value, None),
        Slot::Names(kind) => entities(article, value, Some(kind)),
        Slot::Id => match value {
            Value::Number(number) => article.own_id = Some(number.to_string()),
            other => {
                if let Some(text) = text_of(other) {
                    fields::put(article, slot, &text);
                }
            }
        },
        _ => {
            if let Some(text) = texts_of(value).first() {
                fields::put(article, slot, text);
            }
        }
    }
}

/// Whether a value is a list of numbers: those of sections named elsewhere.
fn are_numbers(value: &Value) -> bool {
    let elements = value.as_array();
    elements.is_some_and(|elements| elements.iter().all(Value::is_number))
}

/// Puts what WordPress embeds beside a post: its authors, and the names of the
/// categories that it states by number.
pub(super) fn put_embedded(article: &mut Article, embedded: &Map<String, Value>) {
    if let (true, Some(value)) = (article.bylines.is_empty(), embedded.get("author")) {
        put(article, Slot::Byline, value);
    }
    if let (None, Some(Value::Array(terms))) = (&article.section, embedded.get("wp:term")) {
        let is_category = |term: &&Value| term.get("taxonomy").is_some_and(|t| t == "category");
        let terms = terms.iter().filter_map(Value::as_array).flatten();
        let names: Vec<Value> = terms.filter(is_category).cloned().collect();
        put(article, Slot::Section, &Value::Array(names));
    }
}

/// Blocks within blocks that are followed.
const MAX_BLOCKS: usize = 12;

/// Kinds of blocks that are no running text, or are told by fields of their own.
const APART: &[&str] = &[
    "title",
    "headline",
    "kicker",
    "byline",
    "author",
    "date",
    "image",
    "picture",
    "photo",
    "gallery",
    "video",
    "audio",
    "caption",
    "embed",
    "oembed",
    "oembed_response",
    "raw_html",
    "interstitial_link",
    "advertisement",
    "ad",
];

/// Fields in which blocks hold their text, the most telling first.
const HOLDERS: &[&str] = &[
    "content",
    "text",
    "value",
    "rendered",
    "main",
    "basic",
    "#text",
    "$t",
    "_",
    "plain",
    "html",
    "body",
    "data",
    "blocks",
    "children",
    "items",
    "content_elements",
    "contents",
    "paragraphs",
];

/// The paragraphs of a running text: a string, a list of them, or the blocks that
/// editors keep (`[{"type": "paragraph", "text": …}]`).
fn paragraphs(value: &Value, levels: usize, found: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.trim().is_empty() => found.push(text.clone()),
        Value::Array(elements) if !elements.is_empty() && elements.iter().all(is_inline) => {
            let parts = elements
                .iter()
                .filter_map(|part| part.get("text")?.as_str());
            found.push(parts.collect());
        }
        Value::Array(elements) if levels > 0 => {
            for element in elements {
                paragraphs(element, levels - 1, found);
            }
        }
        Value::Object(block) if levels > 0 => {
            if kind_of(value).is_some_and(|kind| APART.contains(&kind)) {
                return;
            }
            let before = found.len();
            for held in HOLDERS.iter().filter_map(|name| block.get(*name)) {
                paragraphs(held, levels - 1, found);
                if found.len() > before {
                    return;
                }
            }
        }
        _ => {}
    }
}

/// What a block says it is.
fn kind_of(block: &Value) -> Option<&str> {
    ["type", "_type"]
        .iter()
        .find_map(|name| block.get(*name)?.as_str())
}

/// Whether a value is a piece of a paragraph, of one style.
fn is_inline(value: &Value) -> bool {
    matches!(kind_of(value), Some("text" | "span"))
        && value.get("text").is_some_and(Value::is_string)
}

/// The text of a value: a string, a number, or the telling field of an object
/// (`{"rendered": …}`, `{"main": …}`).
fn text_of(value: &Value) -> Option<String> {
    const TELLING: &[&str] = &[
        "name",
        "main",
        "basic",
        "rendered",
        "text",
        "value",
        "#text",
        "$t",
        "_",
        "$date",
        "$numberLong",
        "original",
        "title",
        "label",
        "code",
        "plain",
        "html",
        "full_name",
        "fullname",
        "display_name",
        "domain",
    ];
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(object) => TELLING.iter().find_map(|name| match object.get(*name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(moment @ Value::Object(_)) if *name == "$date" => text_of(moment),
            _ => None,
        }),
        _ => None,
    }
}

fn texts_of(value: &Value) -> Vec<String> {
    let texts: Vec<String> = match value {
        Value::Array(elements) => elements.iter().filter_map(text_of).collect(),
        other => text_of(other).into_iter().collect(),
    };
    texts
        .iter()
        .map(|text| fields::one_line(text))
        .filter(|text| !text.is_empty())
        .collect()
}

fn authors(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| authors(element, names)),
        Value::Object(object) => {
            if let Some(by @ Value::Array(_)) = object.get("by") {
                return authors(by, names);
            }
            let part = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
            let full = format!("{} {}", part("firstname"), part("lastname"));
            match text_of(value) {
                Some(text) => names.extend(fields::names(&fields::one_line(&text))),
                None if full.len() > 1 => names.push(fields::one_line(&full)),
                None => {}
            }
        }
        other => {
            if let Some(text) = text_of(other) {
                names.extend(fields::names(&fields::one_line(&text)));
            }
        }
    }
}

/// Names in any of the usual shapes: strings, objects with a name and a kind,
/// pairs, and lists by kind.
fn entities(article: &mut Article, value: &Value, kind: Option<EntityKind>) {
    match value {
        Value::String(name) => {
            if let Some(kind) = kind {
                for name in name.split([',', ';', '|']) {
                    fields::add_entity(article, name, kind);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                match element {
                    // A name of its own may hold a comma.
                    Value::String(name) => {
                        if let Some(kind) = kind {
                            fields::add_entity(article, name, kind);
                        }
                    }
                    Value::Array(pair) => {
                        if let [Value::String(name), Value::String(label), ..] = pair.as_slice()
                            && let Some(kind) = kind.or_else(|| fields::entity_kind(label))
                        {
                            fields::add_entity(article, name, kind);
                        }
                    }
                    other => entities(article, other, kind),
                }
            }
        }
        Value::Object(object) => {
            let label = [
                "type",
                "kind",
                "label",
                "category",
                "entity_type",
                "tag",
                "entity_group",
            ]
            .iter()
            .find_map(|name| object.get(*name)?.as_str());
            let name = [
                "name", "text", "entity", "value", "word", "mention", "surface",
            ]
            .iter()
            .find_map(|name| object.get(*name)?.as_str());
            if let Some(name) = name {
                if let Some(kind) = label.and_then(fields::entity_kind).or(kind) {
                    fields::add_entity(article, name, kind);
                }
                return;
            }
            for (label, names) in object {
                if let Some(kind) = fields::entity_kind(label) {
                    entities(article, names, Some(kind));
                }
            }
        }
        _ => {}
    }
}
