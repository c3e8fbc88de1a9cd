//! Reads ninjs, the IPTC's news in JSON, 1.0 to 3.0, and the answers of agency
//! services that wrap it. Names are compared without case, for 3.0 renamed
//! `versioncreated` to `versionCreated` and lists replaced single fields
//! (`body_xhtml` became an entry of `bodies`). Pictures, events and plans are
//! skipped by kind; text items among the associations become articles of
//! their own. Layout: ninjs schemas of the IPTC.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::article::{Article, EntityKind};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::xml;

use super::agency::{self, set_title};
use super::json::Json;
use super::{Claim, Format, Head, Options, Parsed, credits, fields, newsml, nitf};

/// The reader of ninjs.
pub struct Ninjs;

/// Names that occur in ninjs and hardly anywhere else. Lower case.
const MARKS: &[&str] = &[
    "versioncreated",
    "pubstatus",
    "body_xhtml",
    "body_html",
    "body_text",
    "body_nitf",
    "description_text",
    "description_xhtml",
    "headlines",
    "bodies",
    "descriptions",
    "eventdetails",
    "representationtype",
    "copyrightholder",
    "copyrightnotice",
    "usageterms",
    "renditions",
    "slugline",
    "ednote",
    "contentcreated",
    "trustindicator",
];

/// Part of the addresses of its schemas. Lower case.
const SCHEMA: &[u8] = b"/ninjs/ninjs-schema";

/// Levels of wrappers that are followed.
const MAX_WRAPPING: usize = 6;

impl Format for Ninjs {
    fn name(&self) -> &'static str {
        "ninjs"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let text = head.text();
        if !text.trim_start().starts_with(['{', '[']) || Json.claims(hint, head) == Claim::No {
            return Claim::No;
        }
        let (mut is_named, mut marks) = (false, 0u32);
        for key in keys(text) {
            is_named |= key.eq_ignore_ascii_case("uri") || key.eq_ignore_ascii_case("guid");
            if let Some(mark) = MARKS.iter().position(|mark| key.eq_ignore_ascii_case(mark)) {
                marks |= 1 << mark;
            }
        }
        if says_so(text) || is_named && marks.count_ones() >= 2 {
            Claim::Likely
        } else {
            Claim::No
        }
    }

    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        options: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        Json.cut(input, hint, options, max_record_bytes, each)
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let decoded = record.decoded(options.encoding);
        let Ok(value) = serde_json::from_str::<Value>(&decoded.text) else {
            // The reader of JSON mends small faults and names the others.
            return Json.parse(record, options, emit);
        };
        let mut found = Vec::new();
        walk(&value, MAX_WRAPPING, &mut found);
        if found.is_empty() {
            return Json.parse(record, options, emit);
        }
        for part in found {
            match part {
                Parsed::Article(article) if fields::is_empty(&article) => {
                    emit(Parsed::Rejected(Reason::NoText));
                }
                Parsed::Article(mut article) => {
                    article.origin.encoding = Some(decoded.encoding);
                    agency::name_publisher(&mut article);
                    fields::complete(&mut article, &record.hint);
                    emit(Parsed::Article(article));
                }
                other => emit(other),
            }
        }
        Ok(())
    }
}

/// What stands in quotes before a colon, keys of objects among it.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    memchr::memchr_iter(b'"', text.as_bytes()).filter_map(|at| {
        let (key, rest) = text[at + 1..].split_once('"')?;
        rest.trim_start().starts_with(':').then_some(key)
    })
}

/// Whether a text names one of ninjs' schemas.
fn says_so(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'/', bytes).any(|at| {
        let address = bytes.get(at..at + SCHEMA.len());
        address.is_some_and(|address| address.eq_ignore_ascii_case(SCHEMA))
    })
}

/// A member of an object by its name without case.
fn get<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        let mut members = object.iter();
        members
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    get(object, name)?
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// Finds the items in a value, whatever is wrapped around them.
fn walk(value: &Value, levels: usize, found: &mut Vec<Parsed>) {
    match value {
        Value::Array(elements) if levels > 0 => {
            for element in elements {
                walk(element, levels - 1, found);
            }
        }
        Value::Object(object)
            if get(object, "$schema").is_some() && get(object, "properties").is_some() =>
        {
            found.push(Parsed::Skipped(Skip::Concept));
        }
        Value::Object(object) if is_item(object) => read_item(object, levels, found),
        Value::Object(object) if levels > 0 => {
            for value in object
                .values()
                .filter(|value| value.is_array() || value.is_object())
            {
                walk(value, levels - 1, found);
            }
        }
        _ => {}
    }
}

fn is_item(object: &Map<String, Value>) -> bool {
    let named = text(object, "uri")
        .or_else(|| text(object, "guid"))
        .is_some();
    let signs = [
        "type",
        "headline",
        "headlines",
        "title",
        "versioncreated",
        "bodies",
        "body_text",
        "body_xhtml",
        "body_html",
    ];
    named && signs.iter().any(|sign| get(object, sign).is_some())
}

fn read_item(object: &Map<String, Value>, levels: usize, found: &mut Vec<Parsed>) {
    let kind = text(object, "type").unwrap_or_default();
    if let Some(skip) = agency::skipped_kind(kind) {
        found.push(Parsed::Skipped(skip));
        return;
    }
    let body = best_body(object);
    let is_event = get(object, "eventdetails").is_some() && body.is_none();
    if is_event {
        found.push(Parsed::Skipped(Skip::Planning));
        return;
    }
    let inside = found.len();
    if levels > 0 {
        associated_texts(object, levels, found);
    }
    let has_more = found.len() > inside;
    if body.is_none() && kind.eq_ignore_ascii_case("composite") {
        // A package: its items are the articles, or lie elsewhere.
        if !has_more {
            found.push(Parsed::Skipped(Skip::Concept));
        }
        return;
    }
    let article = read(object, body);
    found.insert(inside, Parsed::Article(Box::new(article)));
}

/// Text items that come along whole.
fn associated_texts(object: &Map<String, Value>, levels: usize, found: &mut Vec<Parsed>) {
    let items: Vec<&Value> = match get(object, "associations") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(named)) => named.values().collect(),
        _ => return,
    };
    for item in items.into_iter().filter_map(Value::as_object) {
        let kind = text(item, "type").unwrap_or("text");
        if agency::skipped_kind(kind).is_none() && is_item(item) && best_body(item).is_some() {
            read_item(item, levels - 1, found);
        }
    }
}

fn read(object: &Map<String, Value>, body: Option<Body>) -> Article {
    let mut article = Article::default();
    let first = |names: &[&str]| names.iter().find_map(|name| text(object, name));
    set_title(&mut article, first(&["headline"]).unwrap_or_default());
    set_title(
        &mut article,
        &by_role(object, "headlines", &["main", "headline"]).unwrap_or_default(),
    );
    set_title(
        &mut article,
        first(&["title", "headline_text", "name"]).unwrap_or_default(),
    );
    article.own_id = first(&["uri", "guid"]).map(str::to_owned);
    article.url = first(&["url", "canonicalurl", "uri"]).and_then(fields::address);
    article.language = first(&["language", "lang"]).and_then(fields::language);
    article.published = [
        "versioncreated",
        "firstcreated",
        "contentcreated",
        "contentmodified",
        "published",
    ]
    .iter()
    .find_map(|name| agency::published(text(object, name)?));
    bylines(&mut article, object);
    publisher(&mut article, object);
    article.section = subjects(object);
    names(&mut article, object);
    match body {
        Some(body) => {
            article.body = body.text;
            if let Some(story) = body.story {
                newsml::fill(&mut article, story);
            }
            agency::drop_repeats(&mut article);
        }
        None => article.body = summary(object),
    }
    if article.body.is_empty() {
        set_title(&mut article, first(&["slugline"]).unwrap_or_default());
    }
    article
}

/// The value of the entry of a list that has one of the roles, else of its first.
fn by_role(object: &Map<String, Value>, list: &str, roles: &[&str]) -> Option<String> {
    let entries = get(object, list)?.as_array()?;
    let entries: Vec<&Map<String, Value>> = entries.iter().filter_map(Value::as_object).collect();
    let has_role = |entry: &&&Map<String, Value>| {
        text(entry, "role").is_some_and(|role| roles.contains(&role))
    };
    let chosen = entries.iter().find(has_role).or_else(|| entries.first())?;
    text(chosen, "value").map(str::to_owned)
}

/// A rendering of an item's text.
struct Body {
    text: String,
    story: Option<Article>,
    /// How good its form is; the lowest is best.
    rank: u8,
}

/// The best rendering: marked-up text before NITF before plain text, unless it
/// is much shorter than another, as where it holds the lead alone.
fn best_body(object: &Map<String, Value>) -> Option<Body> {
    let mut bodies: Vec<Body> = Vec::new();
    for (name, value) in object {
        let name = name.to_ascii_lowercase();
        if let (Some(form), Some(text)) = (name.strip_prefix("body_"), value.as_str()) {
            bodies.extend(rendering(form, "", text));
        }
    }
    let listed = get(object, "bodies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for entry in listed.filter_map(Value::as_object) {
        let form = text(entry, "role").unwrap_or_default();
        let kind = text(entry, "contenttype").unwrap_or_default();
        if let Some(value) = text(entry, "value") {
            bodies.extend(rendering(form, kind, value));
        }
    }
    if let Some(Value::String(body)) = get(object, "body") {
        bodies.extend(rendering("", "", body));
    }
    let longest = bodies.iter().map(|body| body.text.len()).max()?;
    bodies
        .into_iter()
        .filter(|body| body.text.len() * 10 >= longest * 6)
        .min_by_key(|body| body.rank)
}

fn rendering(form: &str, kind: &str, value: &str) -> Option<Body> {
    let (form, kind) = (form.to_ascii_lowercase(), kind.to_ascii_lowercase());
    let is_nitf = kind.contains("nitf") || form.contains("nitf") || value.contains("<nitf");
    let mut story = None;
    let (text, rank) = if is_nitf {
        let document = xml::parse(value);
        let is_story = |element: &&xml::Element| element.name().eq_ignore_ascii_case("nitf");
        let root = document.roots.first().and_then(|root| {
            Some(root)
                .filter(is_story)
                .or_else(|| root.descendants().find(is_story))
        });
        let text = match root.map(nitf::read) {
            Some(mut inner) => {
                let text = std::mem::take(&mut inner.body);
                story = Some(inner);
                text
            }
            // Blocks of the story alone.
            None => agency::html_copy(value),
        };
        (text, 2)
    } else if form.contains("html") || kind.contains("html") {
        let is_rich = form.starts_with("rich") || form.contains("styled");
        (agency::html_copy(value), u8::from(is_rich))
    } else if form.contains("text") || kind == "text/plain" || form.is_empty() {
        (agency::plain_copy(value), 3)
    } else if kind.contains("xml") || kind.contains("json") {
        // Markup of a single agency.
        return None;
    } else {
        (agency::plain_copy(value), 4)
    };
    (!text.is_empty()).then_some(Body { text, story, rank })
}

fn summary(object: &Map<String, Value>) -> String {
    let listed = by_role(object, "descriptions", &["text", "summary", "lead", "main"]);
    let single = [
        "description_text",
        "description_xhtml",
        "description_html",
        "description",
        "abstract",
    ];
    let value = listed.or_else(|| {
        single
            .iter()
            .find_map(|name| text(object, name))
            .map(str::to_owned)
    });
    value
        .map(|value| agency::plain_copy(&value))
        .unwrap_or_default()
}

fn bylines(article: &mut Article, object: &Map<String, Value>) {
    let line = text(object, "byline").or_else(|| text(object, "by"));
    let mut names = line.map(credits::authors).unwrap_or_default();
    if names.is_empty() {
        for list in ["authors", "author", "creators"] {
            let named = names_of(object, list)
                .into_iter()
                .filter(|name| credits::looks_like_person(name));
            names.extend(named);
        }
    }
    article.bylines = names;
}

fn publisher(article: &mut Article, object: &Map<String, Value>) {
    let named = |list: &str| names_of(object, list).into_iter().next();
    article.publisher = text(object, "source")
        .or_else(|| text(object, "provider"))
        .map(str::to_owned)
        .or_else(|| named("provider"))
        .or_else(|| text(object, "copyrightholder").map(str::to_owned))
        .or_else(|| named("infosources"))
        .or_else(|| named("infosource"))
        .or_else(|| {
            text(object, "copyrightnotice")
                .filter(|notice| notice.len() < 60)
                .map(str::to_owned)
        })
        .and_then(|name| credits::outlet(&name));
}

/// The names in a list of objects or texts, or of one such.
fn names_of(object: &Map<String, Value>, list: &str) -> Vec<String> {
    let entries: Vec<&Value> = match get(object, list) {
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(other) => vec![other],
        None => return Vec::new(),
    };
    entries
        .into_iter()
        .filter_map(|entry| match entry {
            Value::String(name) => Some(name.trim().to_owned()),
            Value::Object(entry) => text(entry, "name")
                .or_else(|| text(entry, "literal"))
                .map(str::to_owned),
            _ => None,
        })
        .filter(|name| !name.is_empty())
        .collect()
}

fn subjects(object: &Map<String, Value>) -> Option<String> {
    let mut names = Vec::new();
    let mut categories = Vec::new();
    for list in ["subject", "subjects"] {
        let entries = get(object, list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for entry in entries {
            let Value::Object(subject) = entry else {
                names.extend(entry.as_str().map(str::to_owned));
                continue;
            };
            let code = text(subject, "code")
                .or_else(|| text(subject, "uri"))
                .or_else(|| text(subject, "literal"));
            let named = text(subject, "name").map(str::to_owned);
            let Some(name) = named.or_else(|| agency::topic(code?).map(str::to_owned)) else {
                continue;
            };
            let is_category = text(subject, "rel") == Some("category")
                || names_of(subject, "rels")
                    .iter()
                    .any(|rel| rel == "category");
            if is_category {
                categories.push(name);
            } else {
                names.push(name);
            }
        }
    }
    agency::section(categories)
        .or_else(|| agency::section(names))
        .or_else(|| {
            let mut services = names_of(object, "service");
            services.extend(names_of(object, "services"));
            services.extend(names_of(object, "genres"));
            agency::section(services)
        })
}

fn names(article: &mut Article, object: &Map<String, Value>) {
    let lists = [
        ("person", EntityKind::Person),
        ("people", EntityKind::Person),
        ("persons", EntityKind::Person),
        ("organisation", EntityKind::Org),
        ("organisations", EntityKind::Org),
        ("organization", EntityKind::Org),
        ("organizations", EntityKind::Org),
        ("company", EntityKind::Org),
        ("place", EntityKind::Place),
        ("places", EntityKind::Place),
    ];
    for (list, kind) in lists {
        let Some(Value::Array(entries)) = get(object, list) else {
            continue;
        };
        for entry in entries.iter().filter_map(Value::as_object) {
            // The regions a place lies in are not named by the story.
            let is_ancestor = names_of(entry, "rels").iter().any(|rel| rel == "ancestor");
            if let Some(name) = text(entry, "name").filter(|_| !is_ancestor) {
                agency::add_name(article, name, kind);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::detect;
    use crate::format::tests::{articles, read as read_all};

    const OLD: &str = r#"{"uri":"http://gw.example/1","type":"text","versioncreated":"2013-07-09T23:37:00-05:00","pubstatus":"usable",
        "byline":"Ann Roe and Bo Li","headline":"Trial &amp; error","language":"en","source":"GW",
        "subject":[{"code":"02000000"},{"name":"courts"}],"person":[{"name":"Cy Poe"}],"place":[{"name":"Italy"}],
        "body_text":"One. Two.","body_xhtml":"<p>One.</p><p>Two.</p>",
        "associations":{"p":{"uri":"x","type":"picture","headline":"P"}}}"#;

    const NEW: &str = r#"[{"uri":"urn:gw:2","type":"text","versionCreated":"2021-05-26T13:40:18+02:00","pubStatus":"usable",
        "headlines":[{"role":"sub","value":"S"},{"role":"main","value":"Övning"}],"by":"Von Ann Roe, dpa","copyrightHolder":"TT",
        "bodies":[{"role":"text","contentType":"text/plain","value":"Övning\nEtt."},
        {"role":"html5","contentType":"text/html","value":"<html><head><title>t</title></head><body><article><h1>Övning</h1><p>Ett.</p></article></body></html>"}]},
        {"uri":"urn:gw:3","title":"Match","descriptions":[{"value":"D"}],"eventDetails":{}},
        {"uri":"urn:gw:4","type":"picture","headlines":[]}]"#;

    #[test]
    fn blocks_of_nitf_without_a_story_around_them_are_text() {
        let json = r#"{"uri":"urn:gw:5","type":"text","versioncreated":"2020-01-01T10:00:00Z","headline":"Talks",
            "body_nitf":"<block><p>They met.</p><p>They ate.</p></block>"}"#;
        let article = &articles(&Ninjs, "a.json", json.as_bytes())[0];
        assert_eq!(article.body, "They met.\n\nThey ate.");
    }

    #[test]
    fn both_generations_are_read_alike() {
        let old = &articles(&Ninjs, "a.json", OLD.as_bytes())[0];
        assert_eq!(
            (old.title.as_ref().unwrap().text.as_str(), old.body.as_str()),
            ("Trial & error", "One.\n\nTwo.")
        );
        assert_eq!(old.published.unwrap().day.to_string(), "2013-07-09");
        assert_eq!(old.bylines, ["Ann Roe", "Bo Li"]);
        assert_eq!(
            old.section.as_deref(),
            Some("crime, law and justice, courts")
        );
        assert_eq!(
            (old.url.as_deref(), old.publisher.as_deref()),
            (Some("http://gw.example/1"), Some("GW"))
        );
        let names: Vec<_> = old
            .entities
            .iter()
            .map(|e| (e.kind.name(), e.name.as_str()))
            .collect();
        assert_eq!(names, [("person", "Cy Poe"), ("place", "Italy")]);

        let new = &articles(&Ninjs, "a.json", NEW.as_bytes())[0];
        assert_eq!(
            (new.title.as_ref().unwrap().text.as_str(), new.body.as_str()),
            ("Övning", "Ett.")
        );
        assert_eq!(new.bylines, ["Ann Roe"]);
        assert_eq!(
            (new.own_id.as_deref(), new.publisher.as_deref()),
            (Some("urn:gw:2"), Some("TT"))
        );
    }

    #[test]
    fn events_and_pictures_are_skipped_by_kind() {
        let kinds: Vec<String> = read_all(&Ninjs, "a.json", NEW.as_bytes())
            .into_iter()
            .filter_map(|part| match part {
                Parsed::Skipped(skip) => Some(skip.name()),
                _ => None,
            })
            .collect();
        assert_eq!(kinds, ["planning item", "media item"]);
    }

    #[test]
    fn wrapped_items_and_packaged_texts_are_found() {
        let wrapped = format!(r#"{{"data":{{"items":[{{"meta":{{}},"item":{OLD}}}]}}}}"#);
        assert_eq!(articles(&Ninjs, "a", wrapped.as_bytes()).len(), 1);
        let package = format!(
            r#"{{"uri":"p","type":"composite","versioncreated":"2020-01-01","associations":{{"a":{OLD},"b":{OLD}}}}}"#
        );
        assert_eq!(articles(&Ninjs, "a", package.as_bytes()).len(), 2);
    }

    #[test]
    fn only_ninjs_is_claimed() {
        let name = |text: &str| detect(&Hint::named("a.json"), text.as_bytes()).map(Format::name);
        assert_eq!(name(OLD), Some("ninjs"));
        assert_eq!(name(NEW), Some("ninjs"));
        assert_eq!(
            name(r#"{"title":"A","uri":"b","body_html":"<p>c</p>"}"#),
            Some("json")
        );
    }
}
