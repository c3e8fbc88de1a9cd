//! Tables with a header row: CSV and TSV.

use std::io::{self, Write};

use super::fields::{COLUMNS, are_of_articles, plain};
use super::{Asked, Printer, Style, clean};
use crate::search::Hit;

pub(super) struct Table {
    delimiter: u8,
    fields: Vec<String>,
    has_header: bool,
}

impl Table {
    pub(super) fn new(style: &Style, delimiter: u8) -> Self {
        let fields = match style.fields.is_empty() {
            true => COLUMNS.map(str::to_owned).to_vec(),
            false => style.fields.clone(),
        };
        Self {
            delimiter,
            fields,
            has_header: false,
        }
    }

    fn row(&self, out: &mut dyn Write, cells: impl IntoIterator<Item = String>) -> io::Result<()> {
        row(out, self.delimiter, cells)
    }
}

/// Writes a row of cells: quoted as CSV, or parted by tabs.
pub(super) fn row(
    out: &mut dyn Write,
    delimiter: u8,
    cells: impl IntoIterator<Item = String>,
) -> io::Result<()> {
    if delimiter == b'\t' {
        // TSV knows no quotes: a cell is one line without tabs.
        let cells: Vec<_> = cells.into_iter().map(|cell| clean::line(&cell)).collect();
        return writeln!(out, "{}", cells.join("\t"));
    }
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    writer
        .write_record(cells.into_iter().map(|cell| clean::lines(&cell)))
        .map_err(io::Error::other)?;
    writer.flush()
}

impl Printer for Table {
    fn begin(&mut self, out: &mut dyn Write, asked: &Asked<'_>) -> io::Result<()> {
        if self.has_header {
            return Ok(());
        }
        self.has_header = true;
        let id = asked.id.map(|_| "query_id".to_owned());
        self.row(out, id.into_iter().chain(self.fields.iter().cloned()))
    }

    fn hit(&mut self, out: &mut dyn Write, asked: &Asked<'_>, hit: &Hit) -> io::Result<()> {
        let id = asked.id.map(str::to_owned);
        self.row(
            out,
            id.into_iter()
                .chain(self.fields.iter().map(|field| plain(hit, field))),
        )
    }

    fn needs_articles(&self) -> bool {
        are_of_articles(&self.fields)
    }

    fn needs_snippets(&self) -> bool {
        self.fields.iter().any(|field| field == "snippet")
    }
}
