//! The fields of a hit as data: one table for every form.

use serde_json::{Value, json};

use super::paths;
use crate::search::Hit;

/// Every field, in the order of JSON objects.
pub const FIELDS: [&str; 17] = [
    "rank",
    "score",
    "id",
    "title",
    "published",
    "time",
    "byline",
    "publisher",
    "section",
    "language",
    "path",
    "member",
    "ordinal",
    "url",
    "entities",
    "snippet",
    "body",
];

/// Those that are printed unless others are asked for.
pub(super) const USUAL: [&str; 16] = [
    "rank",
    "score",
    "id",
    "title",
    "published",
    "time",
    "byline",
    "publisher",
    "section",
    "language",
    "path",
    "member",
    "ordinal",
    "url",
    "entities",
    "snippet",
];

/// The columns of a table unless others are asked for.
pub(super) const COLUMNS: [&str; 9] = [
    "rank",
    "score",
    "id",
    "published",
    "publisher",
    "title",
    "path",
    "url",
    "snippet",
];

/// Whether any of these fields is read from the article itself.
pub(super) fn are_of_articles(fields: &[String]) -> bool {
    let is_known = |field: &String| matches!(field.as_str(), "rank" | "score" | "id");
    !fields.iter().all(is_known)
}

/// A field's value; `None` where the hit has none.
pub(super) fn value(hit: &Hit, field: &str) -> Option<Value> {
    let article = &hit.article;
    let meta = &article.meta;
    Some(match field {
        "rank" => json!(hit.rank),
        "score" => json!((hit.score * 10_000.0).round() / 10_000.0),
        "id" => json!(article.id),
        "title" => json!(article.shown_title()?),
        "published" => json!(meta.published?.day.to_string()),
        "time" => json!(meta.published?.time?.to_string()),
        "byline" if meta.bylines.is_empty() => return None,
        "byline" => json!(meta.bylines),
        "publisher" => json!(meta.publisher.as_ref()?),
        "section" => json!(meta.section.as_ref()?),
        "language" => json!(meta.language.as_ref()?),
        "path" => paths::json(&paths::shown(&paths::decoded(&meta.path))),
        "member" if meta.members.is_empty() => return None,
        "member" => json!(meta.members.join("!")),
        "ordinal" => json!(meta.ordinal),
        "url" => json!(meta.url.as_ref()?),
        "entities" if meta.entities.is_empty() => return None,
        "entities" => json!(meta.entities),
        "snippet" => {
            let snippet = hit.snippet.as_ref()?;
            let ranges: Vec<_> = snippet
                .highlights
                .iter()
                .map(|range| [range.start, range.end])
                .collect();
            json!({"text": snippet.text, "highlights": ranges})
        }
        "body" => json!(article.body),
        _ => return None,
    })
}

/// A field's value as plain text for a table.
pub(super) fn plain(hit: &Hit, field: &str) -> String {
    match value(hit, field) {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| item.as_str().or_else(|| item.get("name")?.as_str()))
            .collect::<Vec<_>>()
            .join("; "),
        Some(Value::Object(object)) => {
            let text = object.get("text").or_else(|| object.get("bytes"));
            text.and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        Some(other) => other.to_string(),
    }
}
