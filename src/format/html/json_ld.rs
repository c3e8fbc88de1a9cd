//! JSON-LD: what a page tells search engines of its article. `NewsArticle` and
//! its relatives, alone, in arrays, in a `@graph`, or inside a `WebPage`; broken
//! JSON is mended or read piece by piece.

use serde_json::{Map, Value};

use crate::format::fields;
use crate::text::markup;

/// What the description of an article says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// `headline`, else `name`.
    pub headline: Option<String>,
    /// `datePublished`.
    pub published: Option<String>,
    /// `dateCreated` or `dateModified`.
    pub changed: Option<String>,
    /// Names of the authors.
    pub authors: Vec<String>,
    /// Name of the publisher.
    pub publisher: Option<String>,
    /// `articleSection`.
    pub section: Option<String>,
    /// `inLanguage`.
    pub language: Option<String>,
    /// `url` or `mainEntityOfPage`.
    pub url: Option<String>,
    /// `articleBody` as plain paragraphs.
    pub body: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// Whether the page calls it an article, not merely a page.
    pub is_article: bool,
}

/// Deepest object that is looked into.
const MOST_DEPTH: usize = 8;

/// The description that fits a page best: an article before a page, the one
/// that shares its headline with the page before others.
pub fn read(scripts: &[String], page_titles: &[&str]) -> Option<Linked> {
    let values: Vec<Value> = scripts.iter().flat_map(|script| parse(script)).collect();
    let mut found = Vec::new();
    for value in &values {
        collect(value, 0, &mut found);
    }
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let titles: Vec<String> = page_titles.iter().map(|title| plain(title)).collect();
    let articles = found.iter().filter(|(_, rank)| *rank == 2).count();
    let mut best: Option<(&Map<String, Value>, u8, u8)> = None;
    for (object, rank) in found {
        let headline = headline(object).map(|h| plain(&h)).unwrap_or_default();
        let same = headline.len() >= 8
            && titles.iter().any(|title| {
                title.contains(&headline) || !title.is_empty() && headline.contains(title.as_str())
            });
        // A page that lists many articles is none of them.
        if rank == 2 && articles > 2 && !same {
            continue;
        }
        let score = rank * 2 + u8::from(same);
        if best.is_none_or(|(_, _, known)| score > known) {
            best = Some((object, rank, score));
        }
    }
    let (object, rank, _) = best?;
    let mut linked = linked(object, rank == 2, &values);
    // Some put a description there, and the headline into the name.
    let printed = |text: &str| {
        let text = plain(text);
        text.len() >= 4 && titles.iter().any(|title| title.contains(&text))
    };
    if let (Some(headline), Some(name)) = (&linked.headline, first(object, &["name"]))
        && printed(&name)
        && !printed(headline)
    {
        linked.headline = Some(name);
    }
    Some(linked)
}

fn linked(object: &Map<String, Value>, is_article: bool, values: &[Value]) -> Linked {
    let publisher = object.get("publisher").and_then(|p| name_of(p, values));
    let body = text_of(object.get("articleBody")).map(|body| {
        let decoded = markup::decode_entities(&body);
        match markup::looks_like_html(&decoded) {
            true => markup::to_text(&decoded),
            false => fields::running_text(&decoded),
        }
    });
    Linked {
        headline: headline(object),
        published: first(object, &["datePublished"]),
        changed: first(object, &["dateCreated", "dateModified"]),
        authors: ["author", "creator"]
            .iter()
            .find_map(|key| object.get(*key))
            .map(|author| authors(author, publisher.as_deref(), values))
            .unwrap_or_default(),
        publisher,
        section: object.get("articleSection").and_then(section),
        language: object
            .get("inLanguage")
            .and_then(|language| text_of(Some(language)).or_else(|| name_of(language, values))),
        url: address(object.get("url")).or_else(|| address(object.get("mainEntityOfPage"))),
        body: body.filter(|body| !body.is_empty()),
        description: first(object, &["description"]),
        is_article,
    }
}

/// Objects that describe an article (2) or a page (1), outermost first.
fn collect<'a>(value: &'a Value, depth: usize, found: &mut Vec<(&'a Map<String, Value>, u8)>) {
    if depth > MOST_DEPTH || found.len() > 500 {
        return;
    }
    match value {
        Value::Array(values) => {
            for value in values {
                collect(value, depth + 1, found);
            }
        }
        Value::Object(object) => {
            let rank = kinds(object).map(rank).max().unwrap_or(0);
            let untyped = !object.contains_key("@type")
                && object.contains_key("headline")
                && object.contains_key("datePublished");
            let rank = if untyped { 2 } else { rank };
            if rank > 0 {
                found.push((object, rank));
            }
            for key in [
                "@graph",
                "mainEntity",
                "mainEntityOfPage",
                "hasPart",
                "itemReviewed",
            ] {
                if let Some(inner) = object.get(key) {
                    collect(inner, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}

fn kinds(object: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let kinds: Vec<&str> = match object.get("@type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    kinds.into_iter()
}

fn rank(kind: &str) -> u8 {
    let kind = kind.rsplit(['/', '#', ':']).next().unwrap_or(kind);
    match kind {
        "BlogPosting"
        | "LiveBlogPosting"
        | "SocialMediaPosting"
        | "DiscussionForumPosting"
        | "Report"
        | "CreativeWork"
        | "Review"
        | "Recipe"
        | "PressRelease" => 2,
        kind if kind.ends_with("Article") => 2,
        "WebPage" | "ItemPage" | "VideoObject" => 1,
        _ => 0,
    }
}

fn headline(object: &Map<String, Value>) -> Option<String> {
    first(object, &["headline", "name"])
}

fn first(object: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter()
        .find_map(|key| text_of(object.get(*key)))
        .map(|text| plain_line(&text))
        .filter(|text| !text.is_empty())
}

/// A value on one line, references decoded, markup taken out.
fn plain_line(text: &str) -> String {
    let decoded = markup::decode_entities(text);
    if markup::looks_like_html(&decoded) {
        return fields::one_line(&markup::to_text(&decoded));
    }
    fields::one_line(&decoded)
}

/// The text of a value: the first of several, the `@value` of an object.
fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(values) => values.iter().find_map(|value| text_of(Some(value))),
        Value::Object(object) => text_of(object.get("@value")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn section(value: &Value) -> Option<String> {
    let sections: Vec<String> = match value {
        Value::Array(values) => values
            .iter()
            .filter_map(|value| text_of(Some(value)))
            .take(3)
            .collect(),
        value => text_of(Some(value)).into_iter().collect(),
    };
    let line = plain_line(&sections.join(", "));
    (!line.is_empty() && line.chars().count() <= 120).then_some(line)
}

fn address(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => fields::address(text.trim()),
        Value::Object(object) => address(object.get("@id")).or_else(|| address(object.get("url"))),
        Value::Array(values) => values.iter().find_map(|value| address(Some(value))),
        _ => None,
    }
}

/// The name of a person or organisation; one given by `@id` is looked up.
fn name_of(value: &Value, values: &[Value]) -> Option<String> {
    let name = match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(several) => several.iter().find_map(|value| name_of(value, values)),
        Value::Object(object) => text_of(object.get("name")).or_else(|| {
            let id = object.get("@id")?.as_str()?;
            let known = values.iter().find_map(|value| by_id(value, id, 0))?;
            text_of(known.get("name"))
        }),
        _ => None,
    }?;
    let name = plain_line(&name);
    (!name.is_empty() && !name.contains("://")).then_some(name)
}

fn by_id<'a>(value: &'a Value, id: &str, depth: usize) -> Option<&'a Map<String, Value>> {
    if depth > MOST_DEPTH {
        return None;
    }
    match value {
        Value::Array(values) => values.iter().find_map(|value| by_id(value, id, depth + 1)),
        Value::Object(object) => {
            let is_it = object.get("@id").and_then(Value::as_str) == Some(id);
            if is_it && object.contains_key("name") {
                return Some(object);
            }
            ["@graph", "author", "publisher"]
                .iter()
                .filter_map(|key| object.get(*key))
                .find_map(|inner| by_id(inner, id, depth + 1))
        }
        _ => None,
    }
}

/// Names of authors. The house itself is none of them.
fn authors(value: &Value, publisher: Option<&str>, values: &[Value]) -> Vec<String> {
    let several = match value {
        Value::Array(several) => several.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut names = Vec::new();
    for author in several.iter().take(50) {
        let listed = match author {
            Value::Object(object) => match object.get("name") {
                Some(Value::Array(names)) => names.as_slice(),
                _ => std::slice::from_ref(author),
            },
            _ => std::slice::from_ref(author),
        };
        for name in listed {
            let Some(name) = name_of(name, values) else {
                continue;
            };
            if publisher != Some(name.as_str()) {
                names.push(name);
            }
        }
    }
    names
}

/// Every value of a script. What is not JSON is mended: comments, raw line
/// breaks in strings, commas before brackets, values one after the other.
fn parse(script: &str) -> Vec<Value> {
    let mut text = script.trim();
    for sign in ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["] {
        text = text.strip_prefix(sign).map_or(text, str::trim);
    }
    for sign in ["-->", "//]]>", "/*]]>*/", "]]>", ";"] {
        text = text.strip_suffix(sign).map_or(text, str::trim);
    }
    if text.is_empty() {
        return Vec::new();
    }
    if let Ok(value) = serde_json::from_str(text) {
        return vec![value];
    }
    let mended = mend(text);
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(&mended).into_iter::<Value>() {
        match value {
            Ok(value) => values.push(value),
            Err(_) => break,
        }
    }
    if values.is_empty() {
        values.extend(scrape(&mended));
    }
    values
}

fn mend(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => {
                mended.push(c);
                match chars.next() {
                    Some(next) if "\"\\/bfnrtu".contains(next) => mended.push(next),
                    Some(next) => {
                        mended.pop();
                        mended.push(next);
                    }
                    None => {}
                }
            }
            '"' => {
                quoted = !quoted;
                mended.push(c);
            }
            '\n' if quoted => mended.push_str("\\n"),
            c if quoted && c.is_control() => mended.push(' '),
            '/' if !quoted && chars.peek() == Some(&'*') => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            ']' | '}' if !quoted => {
                let kept = mended.trim_end().trim_end_matches(',').len();
                mended.truncate(kept);
                mended.push(c);
            }
            c => mended.push(c),
        }
    }
    mended
}

/// The fields of an article from JSON beyond mending, each by itself.
fn scrape(text: &str) -> Option<Value> {
    let mut object = Map::new();
    for key in [
        "@type",
        "headline",
        "datePublished",
        "dateModified",
        "articleSection",
        "inLanguage",
        "articleBody",
        "description",
    ] {
        if let Some(value) = string_after(text, key) {
            object.insert(key.to_owned(), Value::String(value));
        }
    }
    for key in ["author", "publisher"] {
        let at = text.find(&format!("\"{key}\""));
        let name =
            at.and_then(|at| string_after(text[at..].get(..400).unwrap_or(&text[at..]), "name"));
        if let Some(name) = name {
            object.insert(key.to_owned(), Value::String(name));
        }
    }
    let is_article = kinds(&object).any(|kind| rank(kind) == 2);
    (is_article && object.contains_key("headline")).then_some(Value::Object(object))
}

/// The string value that follows a key.
fn string_after(text: &str, key: &str) -> Option<String> {
    let at = text.find(&format!("\"{key}\""))? + key.len() + 2;
    let rest = text[at..].trim_start().strip_prefix(':')?.trim_start();
    let inner = rest.strip_prefix('"')?;
    let mut end = 0;
    let bytes = inner.as_bytes();
    while end < bytes.len() && bytes[end] != b'"' {
        end += 1 + usize::from(bytes[end] == b'\\');
    }
    let raw = inner.get(..end.min(inner.len()))?;
    serde_json::from_str(&format!("\"{raw}\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(script: &str) -> Linked {
        read(&[script.to_owned()], &[]).unwrap_or_default()
    }

    #[test]
    fn an_article_is_found_in_a_graph_with_its_author_by_id() {
        let linked = one(r##"{"@context": "https://schema.org", "@graph": [
            {"@type": "WebPage", "name": "The Wire", "datePublished": "1999-01-01"},
            {"@type": ["Article", "NewsArticle"], "headline": "Ferry &amp; tug collide", "author": {"@id": "#jr"},
             "datePublished": "2021-05-27T06:30:00+02:00", "publisher": {"@id": "#wire"}, "articleSection": ["Sea", "Ports"]},
            {"@type": "Person", "@id": "#jr", "name": "Jane Roe"},
            {"@type": "Organization", "@id": "#wire", "name": "The Wire"}]}"##);
        assert_eq!(linked.headline.as_deref(), Some("Ferry & tug collide"));
        assert_eq!(
            linked.published.as_deref(),
            Some("2021-05-27T06:30:00+02:00")
        );
        assert_eq!(linked.authors, ["Jane Roe"]);
        assert_eq!(linked.publisher.as_deref(), Some("The Wire"));
        assert_eq!(linked.section.as_deref(), Some("Sea, Ports"));
    }

    #[test]
    fn broken_json_is_mended_or_read_piece_by_piece() {
        let scripts = [
            "<!-- {\"@type\": \"NewsArticle\", \"headline\": \"Tide\nturns\", /* note */ \"datePublished\": \"2020-01-02\",} -->",
            "{\"@type\": \"NewsArticle\", \"headline\": \"Tide turns\", \"datePublished\": \"2020-01-02\", \"x\": oops}",
            "{\"@type\": \"NewsArticle\", \"headline\": \"Tide turns\", \"datePublished\": \"2020-01-02\"} {",
        ];
        for script in scripts {
            let linked = one(script);
            assert_eq!(linked.headline.as_deref(), Some("Tide turns"), "{script}");
            assert_eq!(linked.published.as_deref(), Some("2020-01-02"), "{script}");
        }
    }

    #[test]
    fn a_page_that_lists_articles_is_none_of_them() {
        let item =
            |n: u32| format!("{{\"@type\": \"NewsArticle\", \"headline\": \"Story number {n}\"}}");
        let list = format!("[{}, {}, {}, {}]", item(1), item(2), item(3), item(4));
        assert_eq!(read(std::slice::from_ref(&list), &["The front page"]), None);
        let own = read(&[list], &["Story number 3 | The Wire"]).unwrap();
        assert_eq!(own.headline.as_deref(), Some("Story number 3"));
    }
}
