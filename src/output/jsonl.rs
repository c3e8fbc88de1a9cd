//! JSON lines: a `begin`, a `hit` for each hit, facets, a `summary`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::fields::{USUAL, are_of_articles, value};
use super::{Answered, Asked, Printer, Style};
use crate::search::Hit;

/// Version of the objects' shape.
const SCHEMA: u32 = 1;

pub(super) struct Jsonl {
    fields: Vec<String>,
}

impl Jsonl {
    pub(super) fn new(style: &Style) -> Self {
        let fields = match style.fields.is_empty() {
            true => USUAL.map(str::to_owned).to_vec(),
            false => style.fields.clone(),
        };
        Self { fields }
    }

    fn line(
        &self,
        out: &mut dyn Write,
        kind: &str,
        asked: &Asked<'_>,
        rest: Map<String, Value>,
    ) -> io::Result<()> {
        let mut line = Map::new();
        line.insert("type".to_owned(), json!(kind));
        if let Some(id) = asked.id {
            line.insert("query_id".to_owned(), json!(id));
        }
        line.extend(rest);
        super::json::write(&mut &mut *out, &line)?;
        out.write_all(b"\n")
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

impl Printer for Jsonl {
    fn begin(&mut self, out: &mut dyn Write, asked: &Asked<'_>) -> io::Result<()> {
        let rest = json!({"schema": SCHEMA, "query": asked.query, "index": asked.index, "sort": asked.sort});
        self.line(out, "begin", asked, object(rest))
    }

    fn hit(&mut self, out: &mut dyn Write, asked: &Asked<'_>, hit: &Hit) -> io::Result<()> {
        let rest = self
            .fields
            .iter()
            .filter_map(|field| Some((field.clone(), value(hit, field)?)))
            .collect();
        self.line(out, "hit", asked, rest)
    }

    fn end(
        &mut self,
        out: &mut dyn Write,
        asked: &Asked<'_>,
        answered: &Answered<'_>,
    ) -> io::Result<()> {
        for counts in answered.facets {
            let values: Vec<_> = counts
                .values
                .iter()
                .map(|(value, articles)| json!({"value": value, "articles": articles}))
                .collect();
            let rest = json!({
                "field": counts.facet.name(), "distinct": counts.distinct, "without": counts.without, "values": values
            });
            self.line(out, "facet", asked, object(rest))?;
        }
        let elapsed = (answered.elapsed.as_secs_f64() * 1e5).round() / 100.0;
        let mut rest = object(
            json!({"total": answered.total, "returned": answered.returned, "elapsed_ms": elapsed}),
        );
        if !answered.added.is_empty() {
            rest.insert("added".to_owned(), json!(answered.added));
        }
        self.line(out, "summary", asked, rest)
    }

    fn failed(&mut self, out: &mut dyn Write, asked: &Asked<'_>, message: &str) -> io::Result<()> {
        self.line(
            out,
            "error",
            asked,
            object(json!({"query": asked.query, "message": message})),
        )
    }

    fn needs_articles(&self) -> bool {
        are_of_articles(&self.fields)
    }

    fn needs_total(&self) -> bool {
        true
    }

    fn needs_snippets(&self) -> bool {
        self.fields.iter().any(|field| field == "snippet")
    }
}
