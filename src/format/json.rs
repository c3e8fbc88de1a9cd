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

use crate::article::Article;
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::charset;

use super::fields::{self, Slot};
use super::{Claim, Format, Head, Options, Parsed};
use values::{lookup, put};

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
    "posts",
    "collection",
    "payload",
    "value",
    "values",
    "content",
    "fields",
    "_items",
    "newsItems",
];

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
        let is_named = matches!(extension.as_str(), "json" | "jsonl" | "ndjson")
            || matches!(
                hint.media_type.as_deref(),
                Some("application/json" | "application/x-ndjson")
            );
        if matches!(
            extension.as_str(),
            "ipynb" | "map" | "lock" | "geojson" | "topojson" | "webmanifest"
        ) {
            return Claim::No;
        }
        let mut signs = head.text().chars().filter(|c| !c.is_whitespace());
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
        _: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let mut head = Vec::new();
        Read::take(&mut *input, LOOK_AHEAD)
            .read_to_end(&mut head)
            .map_err(|e| Reason::of(&e))?;
        let encoding = charset::decode(&head, &[], None).encoding;
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
        let mode = cutter::Mode::of(&head[start..], &hint.extension());
        let mut whole = Cursor::new(head.split_off(start)).chain(input);
        cutter::cut(&mut whole, mode, hint, max_record_bytes, each)
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let declared: Vec<&str> = record.hint.charset.iter().map(String::as_str).collect();
        let decoded = charset::decode(&record.bytes, &declared, options.encoding);
        let reader = Reader {
            options,
            hint: &record.hint,
            encoding: decoded.encoding,
        };
        let mut found = 0usize;
        let mut values = serde_json::Deserializer::from_str(&decoded.text).into_iter::<Value>();
        let mut failure = None;
        for value in values.by_ref() {
            match value {
                Ok(value) => reader.walk(&value, MAX_WRAPPING, &mut |article| {
                    found += 1;
                    emit(Parsed::Article(article));
                }),
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
        if found == 0 {
            return Err(Reason::NoText);
        }
        Ok(())
    }
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
                // The title of a list is no article as long as the list has some.
                let article = self.article(object);
                let has_body = article
                    .as_ref()
                    .is_some_and(|article| !article.body.is_empty());
                let mut inside = 0usize;
                if !has_body && levels > 0 {
                    for name in WRAPPERS {
                        let Some(value @ (Value::Array(_) | Value::Object(_))) = object.get(*name)
                        else {
                            continue;
                        };
                        self.walk(value, levels - 1, &mut |article| {
                            inside += 1;
                            emit(article);
                        });
                    }
                }
                if let (Some(article), 0) = (article, inside) {
                    emit(Box::new(article));
                }
            }
            _ => {}
        }
    }

    /// Reads an object as an article; `None` if it has neither title nor text.
    fn article(&self, object: &Map<String, Value>) -> Option<Article> {
        let mut article = Article::default();
        let mut chosen: Vec<(Slot, usize, &Value)> = Vec::new();
        for (name, value) in object {
            if let Some((slot, rank)) = fields::slot(name) {
                chosen.push((slot, rank, value));
            }
        }
        // Best names last: what is put later replaces what was put before.
        chosen.sort_by_key(|(_, rank, _)| std::cmp::Reverse(*rank));
        let has_body = |article: &Article| !article.body.is_empty();
        for (slot, _, value) in &chosen {
            if *slot == Slot::Summary {
                put(&mut article, *slot, value);
            }
        }
        let summary = std::mem::take(&mut article.body);
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
        article.origin.encoding = Some(self.encoding);
        fields::complete(&mut article, self.hint);
        Some(article)
    }
}

#[cfg(test)]
mod tests;
