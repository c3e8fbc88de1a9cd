//! What is counted rather than found (names, periods) as data: JSON lines, or
//! a table with a header row.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::table;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line, led by its `type`.
    Jsonl,
    /// Comma-separated values with a header row.
    Csv,
    /// Tab-separated values with a header row.
    Tsv,
}

/// Writes rows of one kind one after another.
pub struct Rows<'a> {
    form: Form,
    kind: &'a str,
    columns: &'a [&'a str],
}

impl<'a> Rows<'a> {
    /// Rows of `kind` (the `type` of their objects) with `columns`; a table
    /// gets its header at once.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn begin(
        out: &mut dyn Write,
        form: Form,
        kind: &'a str,
        columns: &'a [&'a str],
    ) -> io::Result<Self> {
        let rows = Self {
            form,
            kind,
            columns,
        };
        if let Some(delimiter) = rows.delimiter() {
            let header = columns.iter().map(|&column| column.to_owned());
            table::row(out, delimiter, header)?;
        }
        Ok(rows)
    }

    fn delimiter(&self) -> Option<u8> {
        match self.form {
            Form::Jsonl => None,
            Form::Csv => Some(b','),
            Form::Tsv => Some(b'\t'),
        }
    }

    /// One row; values in the order of the columns, absent ones `Null`.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn row(&self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()> {
        match self.delimiter() {
            None => {
                let named = self
                    .columns
                    .iter()
                    .map(|&column| column.to_owned())
                    .zip(values)
                    .filter(|(_, value)| !value.is_null());
                object(out, self.kind, named.collect())
            }
            Some(delimiter) => table::row(out, delimiter, values.into_iter().map(plain)),
        }
    }

    /// An object that is no row, such as a summary: JSON lines only.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn aside(&self, out: &mut dyn Write, kind: &str, value: Value) -> io::Result<()> {
        match (self.form, value) {
            (Form::Jsonl, Value::Object(map)) => object(out, kind, map),
            _ => Ok(()),
        }
    }
}

fn object(out: &mut dyn Write, kind: &str, rest: Map<String, Value>) -> io::Result<()> {
    let mut line = Map::new();
    line.insert("type".to_owned(), Value::from(kind));
    line.extend(rest);
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

fn plain(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(form: Form) -> String {
        let mut out = Vec::new();
        let rows = Rows::begin(&mut out, form, "entity", &["name", "articles"]).unwrap();
        rows.row(&mut out, vec![json!("Lee, Ann"), json!(3)])
            .unwrap();
        rows.row(&mut out, vec![json!("UN"), Value::Null]).unwrap();
        rows.aside(&mut out, "summary", json!({"total": 4}))
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_are_objects_or_cells_and_absent_values_are_absent() {
        assert_eq!(
            written(Form::Jsonl),
            "{\"type\":\"entity\",\"name\":\"Lee, Ann\",\"articles\":3}\n\
             {\"type\":\"entity\",\"name\":\"UN\"}\n{\"type\":\"summary\",\"total\":4}\n"
        );
        assert_eq!(written(Form::Csv), "name,articles\n\"Lee, Ann\",3\nUN,\n");
        assert_eq!(written(Form::Tsv), "name\tarticles\nLee, Ann\t3\nUN\t\n");
    }
}
