//! What the commands that count or single out articles share with `search`:
//! reading the query, opening the index, and saying what is wrong with either.

use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::search::{FilterArgs, today};
use super::{Common, Failure};
use crate::error::Error;
use crate::index::{Index, Snapshot};
use crate::output::rows::Form;
use crate::query;
use crate::search::{Aliases, Request, SearchError};

/// A query and the conditions beside it.
#[derive(Args)]
pub(super) struct QuestionArgs {
    /// Which articles, in the query language; every article if left out
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Join words side by side by OR, for loose questions
    #[arg(long)]
    any: bool,
    #[command(flatten)]
    filter: FilterArgs,
}

/// How counts are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CountForm {
    /// For people.
    #[default]
    Text,
    /// JSON lines.
    Jsonl,
    /// Comma-separated values with a header row.
    Csv,
    /// Tab-separated values with a header row.
    Tsv,
}

impl CountForm {
    /// The form of rows; `None` for text.
    pub(super) fn rows(self) -> Option<Form> {
        match self {
            Self::Text => None,
            Self::Jsonl => Some(Form::Jsonl),
            Self::Csv => Some(Form::Csv),
            Self::Tsv => Some(Form::Tsv),
        }
    }
}

/// An opened index and what is asked of it.
pub(super) struct Question {
    /// The query as it was written.
    pub(super) text: String,
    /// The commit it is put to.
    pub(super) snapshot: Snapshot,
    /// What it asks.
    pub(super) request: Request,
}

impl QuestionArgs {
    /// Whether no query was given.
    pub(super) fn is_empty(&self) -> bool {
        self.query.is_empty()
    }

    /// Reads the query and opens the index.
    pub(super) fn ask(&self, common: &Common) -> Result<Question, Failure> {
        let text = match self.query.is_empty() {
            true => "*".to_owned(),
            false => self.query.join(" "),
        };
        let filter = self.filter.filter()?;
        let options = query::Options {
            today,
            any: self.any,
        };
        let parsed = query::parse(&text, &options)
            .map_err(|error| Failure::Rendered(error.render(&text)))?;
        for note in &parsed.notes {
            common.note(&note.to_string());
        }
        let snapshot = Index::open(&common.index)?.snapshot()?;
        let aliases = Aliases::read(&common.index)?;
        let root = aliases.widen(parsed.root);
        let request = Request {
            any: self.any,
            filter,
            aliases: Arc::new(aliases),
            ..Request::new(root)
        };
        Ok(Question {
            text,
            snapshot,
            request,
        })
    }
}

/// A search's error as the command's.
pub(super) fn failure(error: SearchError, text: &str, common: &Common) -> Failure {
    match error {
        SearchError::Query {
            span,
            message,
            hint,
        } => Failure::Rendered(query::point_at(text, span, &message, Some(hint))),
        error => Error::Damaged {
            path: common.index.clone(),
            detail: error.to_string(),
        }
        .into(),
    }
}
