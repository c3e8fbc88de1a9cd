//! `morgue similar`: articles like a given one.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::hits::{self, HitArgs};
use super::question;
use super::show;
use super::{Common, Failure, Outcome};
use crate::error::Error;
use crate::index::Index;
use crate::search::{self, Aliases, Page, Request};

#[derive(Args)]
pub(super) struct SimilarArgs {
    /// Id as `morgue search` prints it; the start of one is enough if it is unique
    #[arg(value_name = "ID")]
    id: String,
    /// Show at most N articles, up to 100000 [default: 10]
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, hide_default_value = true, value_parser = clap::value_parser!(u64).range(0..=search::MAX_LIMIT as u64))]
    limit: u64,
    #[command(flatten)]
    hits: HitArgs,
}

pub(super) fn run(args: &SimilarArgs, common: &Common) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let printer = args.hits.printer(common)?;
    let snapshot = Index::open(&common.index)?.snapshot()?;
    let Some(article) = show::find(&snapshot, common, &args.id)? else {
        return Err(Error::UnknownId {
            message: format!("no article has the id `{}`", args.id),
        }
        .into());
    };
    let fail = |error| question::failure(error, &args.id, common);
    let page = match search::similar(&snapshot, &article).map_err(fail)? {
        Some(request) => {
            let request = Request {
                limit: Some(args.limit as usize),
                articles: printer.needs_articles(),
                snippet: args.hits.snippet(printer.as_ref()),
                aliases: Arc::new(Aliases::read(&common.index)?),
                ..request
            };
            search::search(&snapshot, &request).map_err(fail)?
        }
        None => Page::default(),
    };
    hits::print(printer, common, &article.id, "relevance", &page, started)
}
