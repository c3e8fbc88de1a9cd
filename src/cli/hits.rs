//! How hits are printed: the flags every command has that prints any, and the
//! printing.

use std::time::Instant;

use clap::Args;

use super::terminal::{self, Paged};
use super::{Common, Failure, Outcome};
use crate::output::{Answered, Asked, FIELDS, PRINTERS, Printer, Style, printer};
use crate::search::{Page, SnippetOptions};

#[derive(Args, Debug)]
pub(super) struct HitArgs {
    /// Form of the output: text, jsonl, csv, tsv, ids, paths, trec [default: text]
    #[arg(long, value_name = "FORM", default_value = FORM, hide_default_value = true, value_parser = form)]
    pub(super) format: String,
    /// Fields to print, for jsonl, csv and tsv
    ///
    /// Any of rank, score, id, title, published, time, byline, publisher,
    /// section, language, path, member, ordinal, url, entities, snippet, body.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', value_parser = field)]
    fields: Vec<String>,
    /// End lines with a NUL, for ids and paths
    #[arg(short = '0', long)]
    null: bool,
    /// Longest snippet in characters [default: 240]
    #[arg(long, value_name = "CHARS", default_value_t = SNIPPET_LENGTH, hide_default_value = true, value_parser = clap::value_parser!(u64).range(20..=100_000))]
    snippet_length: u64,
    /// Whole sentences of context around the best match, instead of a snippet
    #[arg(short = 'C', long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=100))]
    context: Option<u64>,
    /// Leave snippets out
    #[arg(long)]
    no_snippet: bool,
}

const FORM: &str = "text";
const SNIPPET_LENGTH: u64 = 240;

impl Default for HitArgs {
    fn default() -> Self {
        Self {
            format: FORM.to_owned(),
            fields: Vec::new(),
            null: false,
            snippet_length: SNIPPET_LENGTH,
            context: None,
            no_snippet: false,
        }
    }
}

fn form(text: &str) -> Result<String, String> {
    match PRINTERS.iter().any(|(name, _)| *name == text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "the forms are {}",
            PRINTERS
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", ")
        )),
    }
}

fn field(text: &str) -> Result<String, String> {
    match FIELDS.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("the fields are {}", FIELDS.join(", "))),
    }
}

impl HitArgs {
    /// The form asked for.
    pub(super) fn printer(&self, common: &Common) -> Result<Box<dyn Printer>, Failure> {
        let style = Style {
            is_styled: common.is_styled(),
            width: terminal::size().map(|(width, _)| width),
            has_links: terminal::has_links(common),
            fields: self.fields.clone(),
            has_nul: self.null,
        };
        printer(&self.format, &style).ok_or_else(|| {
            Failure::usage(
                format!("there is no form `{}`", self.format),
                "see `morgue search --help`",
            )
        })
    }

    /// How snippets are cut; `None` where they are not wanted or not shown.
    pub(super) fn snippet(&self, printer: &dyn Printer) -> Option<SnippetOptions> {
        (!self.no_snippet && printer.needs_snippets()).then_some(SnippetOptions {
            max_chars: self.snippet_length as usize,
            sentences: self.context.map(|sentences| sentences as usize),
        })
    }
}

/// Prints a page of hits and tells whether there were any.
pub(super) fn print(
    mut printer: Box<dyn Printer>,
    common: &Common,
    query: &str,
    sort: &str,
    page: &Page,
    started: Instant,
) -> Result<Outcome, Failure> {
    let index = common.index.display().to_string();
    let asked = Asked {
        id: None,
        query,
        index: &index,
        sort,
    };
    let mut out = Paged::new(common);
    printer.begin(&mut out, &asked)?;
    for hit in &page.hits {
        printer.hit(&mut out, &asked, hit)?;
    }
    let answered = Answered {
        total: page.total,
        returned: page.hits.len() as u64,
        elapsed: started.elapsed(),
        facets: &page.facets,
        added: page.added(),
    };
    printer.end(&mut out, &asked, &answered)?;
    out.finish()?;
    Ok(match page.hits.is_empty() {
        true => Outcome::Lacking,
        false => Outcome::Found,
    })
}
