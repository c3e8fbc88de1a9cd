//! Answers as text and as data. Each form is a room of its own behind
//! [`Printer`] and one line in [`PRINTERS`].

use std::io::{self, Write};
use std::time::Duration;

use crate::search::{FacetCounts, Hit};

pub mod chart;
pub mod clean;
mod fields;
pub mod json;
mod jsonl;
mod lines;
pub mod paths;
pub mod rows;
pub mod svg;
mod table;
mod text;

pub use fields::FIELDS;

/// How text for people looks.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Colour and bold.
    pub is_styled: bool,
    /// Columns to wrap at; `None` for one line a paragraph.
    pub width: Option<usize>,
    /// Link titles to their files (OSC 8).
    pub has_links: bool,
    /// Fields to print, in this order; empty for the form's own.
    pub fields: Vec<String>,
    /// End lines with NUL.
    pub has_nul: bool,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Id of the query in a batch: its own, or its line number.
    pub id: Option<&'a str>,
    /// Its text.
    pub query: &'a str,
    /// The index folder as it was named.
    pub index: &'a str,
    /// `relevance`, `newest`, `oldest`.
    pub sort: &'a str,
}

/// What came of it, besides the hits.
#[derive(Clone, Debug)]
pub struct Answered<'a> {
    /// Articles that match.
    pub total: u64,
    /// Hits printed.
    pub returned: u64,
    /// From the query's text to its answer.
    pub elapsed: Duration,
    /// Counts, if any were asked for.
    pub facets: &'a [FacetCounts],
    /// Words that were added to the query.
    pub added: &'a [String],
}

/// A form in which hits are printed.
pub trait Printer {
    /// Before the first hit of a query.
    fn begin(&mut self, _out: &mut dyn Write, _asked: &Asked<'_>) -> io::Result<()> {
        Ok(())
    }

    /// One hit.
    fn hit(&mut self, out: &mut dyn Write, asked: &Asked<'_>, hit: &Hit) -> io::Result<()>;

    /// After the last hit of a query.
    fn end(
        &mut self,
        _out: &mut dyn Write,
        _asked: &Asked<'_>,
        _answered: &Answered<'_>,
    ) -> io::Result<()> {
        Ok(())
    }

    /// In place of hits, for a query of a batch that cannot be read. `message`
    /// is one line.
    fn failed(
        &mut self,
        _out: &mut dyn Write,
        _asked: &Asked<'_>,
        _message: &str,
    ) -> io::Result<()> {
        Ok(())
    }

    /// Whether the form shows more of an article than its id.
    fn needs_articles(&self) -> bool {
        true
    }

    /// Whether the form shows how many articles match.
    fn needs_total(&self) -> bool {
        false
    }

    /// Whether the form shows snippets, titles and texts, so that they are worth making.
    fn needs_snippets(&self) -> bool {
        false
    }
}

/// A form's name and its maker.
pub type PrinterEntry = (&'static str, fn(&Style) -> Box<dyn Printer>);

/// Every form by its name on the command line.
pub static PRINTERS: &[PrinterEntry] = &[
    ("text", |style| Box::new(text::Text::new(style))),
    ("jsonl", |style| Box::new(jsonl::Jsonl::new(style))),
    ("csv", |style| Box::new(table::Table::new(style, b','))),
    ("tsv", |style| Box::new(table::Table::new(style, b'\t'))),
    ("ids", |style| Box::new(lines::Ids::new(style))),
    ("paths", |style| Box::new(lines::Paths::new(style))),
    ("trec", |_| Box::new(lines::Trec)),
];

/// The form of that name.
pub fn printer(name: &str, style: &Style) -> Option<Box<dyn Printer>> {
    PRINTERS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, make)| make(style))
}
