//! Reads JSON: one object, an array, JSON lines, and the wrappers that APIs and
//! search engines put around articles (`{"articles": […]}`, `{"hits": …}`).
//! Fields are known by their usual names ([`fields`]) and by `--map`.
//!
//! `cut` finds the borders of values by brackets and quotes alone, so that a
//! file of any size streams and a broken value costs only itself.

use std::io::{BufRead, Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::article::{Article, Provenance};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::charset;
use crate::text::dates::{self, Order, Shown};

use super::fields::{self, Slot};
use super::{Claim, Format, Head, Options, Parsed};
use values::{lookup, put, put_embedded};

mod cutter;
mod values;

/// The reader of JSON.
pub struct Json;

/// Names under which wrappers hold articles.
const WRAPPERS: &[&str] = &[
    "articles",
    "article",
    "items",
    "item",
    "docs",
    "documents",
    "document",
    "results",
    "result",
    "response",
    "data",
    "hits",
    "_source",
    "entries",
    "news",
    "stories",
    "story",
    "records",
    "record",
    "rows",
    "row",
    "posts",
    "collection",
    "payload",
    "value",
    "values",
    "content",
    "fields",
    "_items",
    "newsItems",
    "attributes",
    "db",
    "edges",
    "node",
    "nodes",
    "list",
];

/// What leads an article where many are sent to a search engine at once.
const ACTIONS: &[&str] = &["index", "create", "update", "delete"];

/// Wrappers in wrappers that are followed.
const MAX_WRAPPING: usize = 8;

/// Levels of nesting that the parser follows; the limit of `serde_json`.
const MAX_DEPTH: u32 = 128;

/// Head of a file that decides how it is cut.
const LOOK_AHEAD: u64 = 64 * 1024;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let extension = hint.extension();
        let is_named = matches!(extension.as_str(), "json" | "jsonl" | "ndjson" | "json-seq")
            || matches!(
                hint.media_type.as_deref(),
                Some("application/json" | "application/x-ndjson" | "application/json-seq")
            );
        if matches!(
            extension.as_str(),
            "ipynb" | "map" | "lock" | "geojson" | "topojson" | "webmanifest"
        ) {
            return Claim::No;
        }
        if matches!(extension.as_str(), "md" | "markdown") {
            // The fields above a text may be an object.
            return Claim::Name;
        }
        let is_blank = |c: &char| c.is_whitespace() || *c == cutter::RECORD_SEPARATOR.into();
        let mut signs = head.text().chars().filter(|c| !is_blank(c));
        let likely = match (signs.next(), signs.next()) {
            (Some('{'), Some('"' | '}')) => true,
            (Some('['), Some('{')) => true,
            (Some('['), Some('[' | '"' | ']' | '0'..='9')) => is_named,
            _ => false,
        };
        match (likely, is_named) {
            (true, _) => Claim::Likely,
            (false, true) => Claim::Name,
            (false, false) => Claim::No,
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
        let mut head = Vec::new();
        Read::take(&mut *input, LOOK_AHEAD)
            .read_to_end(&mut head)
            .map_err(|e| Reason::of(&e))?;
        let order = fields::order_of_days(&mut head, input, order)?;
        let preamble: Arc<[u8]> = match order.order().or(options.date_order) {
            Some(order) => Arc::from([Order::sign(Some(order))]),
            None => Arc::from([]),
        };
        let each = &mut |record: Result<Record, Reason>| {
            each(record.map(|record| Record {
                preamble: Arc::clone(&preamble),
                ..record
            }))
        };
        let encoding =
            charset::decode(&head[..head.len().min(LOOK_AHEAD as usize)], &[], None).encoding;
        let is_wide = encoding.starts_with("utf-16") || encoding.starts_with("utf-32");
        if is_wide {
            // Brackets are found by bytes; rare enough to be held and decoded.
            let mut rest = Cursor::new(head).chain(input);
            let bytes = crate::record::read_whole(&mut rest, max_record_bytes)?;
            let text = charset::decode(&bytes, &[], None).text.into_owned();
            let mode = cutter::Mode::of(text.as_bytes(), &hint.extension());
            return cutter::cut(
                &mut Cursor::new(text.into_bytes()),
                mode,
                hint,
                max_record_bytes,
                each,
            );
        }
        let start = if head.starts_with(b"\xEF\xBB\xBF") {
            3
        } else {
            0
        };
        let known = &head[start..head.len().min(LOOK_AHEAD as usize)];
        let mode = cutter::Mode::of(known, &hint.extension());
        let mut whole = Cursor::new(head.split_off(start)).chain(input);
        cutter::cut(&mut whole, mode, hint, max_record_bytes, each)
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let decoded = record.decoded(options.encoding);
        let reader = Reader {
            options,
            hint: &record.hint,
            encoding: decoded.encoding,
            order: record.preamble.first().copied().and_then(Order::of_sign),
        };
        let mut found = 0usize;
        let mut unknown = None;
        let mut values = serde_json::Deserializer::from_str(&decoded.text).into_iter::<Value>();
        let mut failure = None;
        for value in values.by_ref() {
            match value {
                Ok(value) if is_action(&value) => {
                    found += 1;
                    emit(Parsed::Skipped(Skip::Envelope));
                }
                Ok(value) => {
                    reader.walk(&value, MAX_WRAPPING, &mut |article| {
                        found += 1;
                        emit(Parsed::Article(article));
                    });
                    if found == 0 && unknown.is_none() {
                        unknown = names_of_text(&value);
                    }
                }
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        if let Some(error) = failure {
            let mended = (found == 0).then(|| cutter::mend(&decoded.text)).flatten();
            let Some(value) = mended else {
                return Err(reason(&error));
            };
            reader.walk(&value, MAX_WRAPPING, &mut |article| {
                found += 1;
                emit(Parsed::Article(article));
            });
        }
        match (found, unknown) {
            (0, Some(fields)) => Err(Reason::NoFields { fields }),
            (0, None) => Err(Reason::NoText),
            _ => Ok(()),
        }
    }
}

/// What the strings of a head that begin with a day show of the order in which
/// the file writes days; nothing where they differ.
fn order(head: &[u8]) -> Shown {
    const LONGEST: usize = 40;
    let mut found = Shown::Nothing;
    for slash in memchr::memchr_iter(b'/', head) {
        // `"14/11/2020 …"`, and as PHP writes it: `"14\/11\/2020"`.
        let before = &head[..slash];
        let before = before.strip_suffix(b"\\").unwrap_or(before);
        let digits = before.iter().rev().take(3);
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let start = before.len() - digits;
        if !(1..=2).contains(&digits) || !head[..start].ends_with(b"\"") {
            continue;
        }
        let value = &head[start..head.len().min(start + LONGEST)];
        let Some(end) = memchr::memchr(b'"', value) else {
            continue;
        };
        let value = String::from_utf8_lossy(&value[..end]).replace("\\/", "/");
        let Some(both) = found.with(dates::shown(&value)) else {
            return Shown::Nothing;
        };
        found = both;
    }
    found
}

/// The names of an object's fields, or of those of a list's first, if one of
/// them holds running text; `None` for what holds none.
fn names_of_text(value: &Value) -> Option<String> {
    const MOST: usize = 12;
    const FEWEST_WORDS: usize = 8;
    let first = value.as_array().and_then(|elements| elements.first());
    let object = first.unwrap_or(value).as_object()?;
    let is_text = |value: &Value| {
        let words = value.as_str().map(|text| text.split_whitespace().count());
        words.is_some_and(|words| words >= FEWEST_WORDS)
    };
    object.values().any(is_text).then(|| {
        let names: Vec<&str> = object.keys().take(MOST).map(String::as_str).collect();
        fields::one_line(&names.join(", "))
    })
}

fn reason(error: &serde_json::Error) -> Reason {
    let detail = error.to_string();
    if detail.starts_with("recursion limit") {
        return Reason::TooDeep { limit: MAX_DEPTH };
    }
    Reason::Malformed {
        kind: "json",
        detail,
    }
}

/// The value that a text holds, mended where a program wrote it with small faults.
pub(super) fn value(text: &str) -> Result<Value, Reason> {
    serde_json::from_str(text).or_else(|error| cutter::mend(text).ok_or_else(|| reason(&error)))
}

/// Turns values into articles.
struct Reader<'a> {
    options: &'a Options,
    hint: &'a Hint,
    encoding: &'static str,
    /// How the file writes days that could be two.
    order: Option<Order>,
}

impl Reader<'_> {
    /// Finds the articles in a value: itself, its elements, or what a wrapper holds.
    fn walk(&self, value: &Value, levels: usize, emit: &mut dyn FnMut(Box<Article>)) {
        match value {
            Value::Array(elements) if levels > 0 => {
                for element in elements {
                    self.walk(element, levels - 1, emit);
                }
            }
            Value::Object(object) => {
                let mut inside = 0usize;
                if levels > 0
                    && (columns(object, |row| self.walk(&row, 0, emit))
                        || rows(object, |row| self.walk(&row, 0, emit)))
                {
                    return;
                }
                // The title of a list is no article as long as the list has some.
                let article = self.article(object);
                let has_body = article
                    .as_ref()
                    .is_some_and(|article| !article.body.is_empty());
                if !has_body && levels > 0 {
                    for name in WRAPPERS {
                        let Some(value @ (Value::Array(_) | Value::Object(_))) = held(object, name)
                        else {
                            continue;
                        };
                        // What an article says beside the wrapper of its text is its own.
                        let shell = article.as_ref().filter(|_| value.is_object());
                        self.walk(value, levels - 1, &mut |mut article| {
                            inside += 1;
                            if let Some(shell) = shell {
                                fill(&mut article, shell);
                            }
                            emit(article);
                        });
                    }
                }
                match article {
                    Some(article) if inside == 0 => emit(Box::new(article)),
                    None if inside == 0 && levels > 0 => self.keyed(object, levels, emit),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Finds articles that an object holds under names of their own.
    fn keyed(
        &self,
        object: &Map<String, Value>,
        levels: usize,
        emit: &mut dyn FnMut(Box<Article>),
    ) {
        let is_list = |value: &Value| {
            let elements = value.as_array();
            elements.is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_object))
        };
        if !object
            .values()
            .all(|value| value.is_object() || is_list(value))
        {
            return;
        }
        for (key, value) in object {
            let day = fields::date(key).map(|stamp| fields::published(stamp, Provenance::Metadata));
            self.walk(value, levels - 1, &mut |mut article| {
                // Settings have titles too.
                if !article.body.is_empty() {
                    article.published = article.published.or(day);
                    emit(article);
                }
            });
        }
    }

    /// Reads an object as an article; `None` if it has neither title nor text.
    fn article(&self, object: &Map<String, Value>) -> Option<Article> {
        let mut article = Article::default();
        let mut chosen: Vec<(Slot, usize, &Value)> = Vec::new();
        for (name, value) in object {
            if let Some((slot, rank)) = fields::slot(name)
                && !(slot == Slot::Body && holds_articles(name, value))
            {
                chosen.push((slot, rank, value));
            }
        }
        // Best names last: what is put later replaces what was put before.
        chosen.sort_by_key(|(_, rank, _)| std::cmp::Reverse(*rank));
        let has_body = |article: &Article| !article.body.is_empty();
        // Of several summaries the longest stands in for the text.
        let mut summary = String::new();
        for (slot, _, value) in &chosen {
            if *slot == Slot::Summary {
                put(&mut article, *slot, value);
                let other = std::mem::take(&mut article.body);
                if other.len() >= summary.len() {
                    summary = other;
                }
            }
        }
        for (slot, _, value) in &chosen {
            if *slot != Slot::Summary {
                put(&mut article, *slot, value);
            }
        }
        for (target, source) in &self.options.map {
            if let (Some(slot), Some(value)) = (fields::mapped_slot(target), lookup(object, source))
            {
                put(&mut article, slot, value);
            }
        }
        if !has_body(&article) && article.title.is_some() {
            article.body = summary;
        }
        if fields::is_empty(&article) {
            return None;
        }
        if let (None, Some(order)) = (&article.published, self.order) {
            let mut days = chosen.iter().rev();
            let stamp = days.find_map(|(slot, _, value)| match slot {
                Slot::Published => order.parse(value.as_str()?),
                _ => None,
            });
            article.published = stamp.map(|stamp| fields::published(stamp, Provenance::Metadata));
        }
        if let Some(Value::Object(embedded)) = object.get("_embedded") {
            put_embedded(&mut article, embedded);
        }
        article.origin.encoding = Some(self.encoding);
        fields::complete(&mut article, self.hint);
        Some(article)
    }
}

/// What an object holds under the name of a wrapper, in capitals or not.
fn held<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        let mut fields = object.iter();
        let field = fields.find(|(other, _)| other.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value)
    })
}

/// Whether what is called like a text is a wrapper of articles with titles.
fn holds_articles(name: &str, value: &Value) -> bool {
    let is_titled = |value: &Value| {
        let names = value.as_object().into_iter().flat_map(Map::keys);
        let mut slots = names.filter_map(|name| fields::slot(name));
        slots.any(|(slot, _)| slot == Slot::Title)
    };
    WRAPPERS.contains(&name)
        && match value {
            Value::Array(elements) => !elements.is_empty() && elements.iter().all(is_titled),
            other => is_titled(other),
        }
}

/// Fills what an article lacks from another that stands for the same.
fn fill(article: &mut Article, from: &Article) {
    let is_stated = |article: &Article| article.title.as_ref().is_some_and(|title| !title.derived);
    if !is_stated(article) && is_stated(from) {
        article.title.clone_from(&from.title);
    }
    if article.bylines.is_empty() {
        article.bylines.clone_from(&from.bylines);
    }
    let lacks_date = |article: &Article| {
        let stated = article.published.as_ref().map(|date| date.provenance);
        stated != Some(Provenance::Metadata)
    };
    if lacks_date(article) && from.published.is_some() {
        article.published.clone_from(&from.published);
    }
    for (own, other) in [
        (&mut article.publisher, &from.publisher),
        (&mut article.section, &from.section),
        (&mut article.language, &from.language),
        (&mut article.url, &from.url),
        (&mut article.own_id, &from.own_id),
    ] {
        if own.is_none() {
            own.clone_from(other);
        }
    }
}

/// Hands on the rows of a table that is written column by column, as programs
/// for statistics do: `{"title": {"0": …}, "text": {"0": …}}`, or with lists.
/// Returns whether it is one.
fn columns(object: &Map<String, Value>, mut each: impl FnMut(Value)) -> bool {
    let of_slot = |wanted: Slot| {
        let columns = object.iter();
        let mut fits =
            columns.filter(|(name, _)| fields::slot(name).is_some_and(|s| s.0 == wanted));
        fits.next().map(|(_, column)| column)
    };
    let (Some(titles), Some(bodies)) = (of_slot(Slot::Title), of_slot(Slot::Body)) else {
        return false;
    };
    let row = |cell: &dyn Fn(&Value) -> Option<Value>| {
        let cells = object.iter();
        let cells = cells.filter_map(|(name, column)| Some((name.clone(), cell(column)?)));
        Value::Object(cells.collect())
    };
    match (titles, bodies) {
        (Value::Object(titles), Value::Object(bodies)) => {
            // Rows have numbers; names within are those of rendered text and the like.
            let is_row = |key: &String| {
                titles.contains_key(key) && key.bytes().all(|byte| byte.is_ascii_digit())
            };
            let is_column = !bodies.is_empty() && bodies.keys().all(is_row);
            if is_column {
                for key in bodies.keys() {
                    each(row(&|column| column.get(key).cloned()));
                }
            }
            is_column
        }
        // A list of one is how scrapers write a single value.
        (Value::Array(titles), Value::Array(bodies))
            if titles.len() == bodies.len() && bodies.len() > 1 =>
        {
            for number in 0..bodies.len() {
                each(row(&|column| column.get(number).cloned()));
            }
            true
        }
        _ => false,
    }
}

/// Hands on the rows of a table that is written as a list of names and lists of
/// values: `{"columns": ["title", "text"], "rows": [["…", "…"]]}`. Returns whether it
/// is one.
fn rows(object: &Map<String, Value>, mut each: impl FnMut(Value)) -> bool {
    let Some(Value::Array(columns)) = object.get("columns") else {
        return false;
    };
    let mut holders = ["rows", "data", "values"].iter();
    let Some(Value::Array(rows)) = holders.find_map(|name| object.get(*name)) else {
        return false;
    };
    let name = |column: &Value| match column {
        Value::String(name) => Some(name.clone()),
        other => Some(other.get("name")?.as_str()?.to_owned()),
    };
    let Some(names) = columns.iter().map(name).collect::<Option<Vec<String>>>() else {
        return false;
    };
    let is_table = !rows.is_empty() && rows.iter().all(Value::is_array);
    if is_table {
        for values in rows.iter().filter_map(Value::as_array) {
            let cells = names.iter().cloned().zip(values.iter().cloned());
            each(Value::Object(cells.collect()));
        }
    }
    is_table
}

/// Whether a value only tells a search engine what to do with the next one.
fn is_action(value: &Value) -> bool {
    let Value::Object(object) = value else {
        return false;
    };
    let mut names = object.iter();
    let (Some((name, Value::Object(about))), None) = (names.next(), names.next()) else {
        return false;
    };
    ACTIONS.contains(&name.as_str()) && about.keys().all(|name| name.starts_with('_'))
}

#[cfg(test)]
mod tests;
