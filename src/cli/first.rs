//! `morgue first`: the earliest article that matches, over all or of each
//! source.

use std::time::Instant;

use clap::{Args, ValueEnum};

use super::hits::{self, HitArgs};
use super::question::{self, QuestionArgs};
use super::{Common, Failure, Outcome};
use crate::query::tree::{DayRange, Kind, Node};
use crate::search::{self, Request, Sort};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Per {
    /// The earliest article of each publisher.
    Source,
}

#[derive(Args)]
pub(super) struct FirstArgs {
    #[command(flatten)]
    question: QuestionArgs,
    /// The earliest article of each: `source` for each publisher
    #[arg(long, value_name = "WHAT")]
    per: Option<Per>,
    /// Show the first N, up to 100000 [default: 1; with --per all]
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=search::MAX_LIMIT as u64))]
    limit: Option<u64>,
    #[command(flatten)]
    hits: HitArgs,
}

pub(super) fn run(args: &FirstArgs, common: &Common) -> Result<Outcome, Failure> {
    if args.question.is_empty() {
        return Err(Failure::usage(
            "no query: the first article about what?",
            "add words, as in `morgue first ceasefire talks`",
        ));
    }
    let started = Instant::now();
    let printer = args.hits.printer(common)?;
    let question = args.question.ask(common)?;
    let limit = args.limit.map(|limit| limit as usize);
    // Only dated articles can be the first.
    let span = question.request.query.span;
    let dated = Node {
        kind: Kind::Days(DayRange::default()),
        span,
    };
    let request = Request {
        query: Node {
            kind: Kind::And(vec![question.request.query.clone(), dated]),
            span,
        },
        sort: Sort::Oldest,
        limit: match args.per {
            Some(Per::Source) => limit,
            None => Some(limit.unwrap_or(1)),
        },
        articles: printer.needs_articles(),
        snippet: args.hits.snippet(printer.as_ref()),
        ..question.request
    };
    let page = match args.per {
        Some(Per::Source) => search::earliest_per_source(&question.snapshot, &request),
        None => search::search(&question.snapshot, &request),
    }
    .map_err(|error| question::failure(error, &question.text, common))?;
    hits::print(printer, common, &question.text, "oldest", &page, started)
}
