//! `morgue entities`: the people, organisations and places most named in the
//! matching articles, or those named together with one of them.

use std::io::Write;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::numbers::{counted, grouped};
use super::question::{self, CountForm, QuestionArgs};
use super::terminal::Paged;
use super::{Common, Failure, Outcome};
use crate::article::EntityKind;
use crate::output::{clean, rows::Rows};
use crate::search::{self, Named, NamedOptions};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// People.
    Person,
    /// Companies, parties, clubs, agencies and other organisations.
    Org,
    /// Countries, cities, rivers and other places.
    Place,
}

#[derive(Args)]
pub(super) struct EntitiesArgs {
    #[command(flatten)]
    question: QuestionArgs,
    /// Only names of this kind: person, org, place; may be repeated
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<KindArg>,
    /// Only names that stand in one article with NAME, the most strongly tied first
    ///
    /// NAME is a whole name, or words of one. Ranked by log-likelihood ratio:
    /// names that stand in every article anyway do not lead the list.
    #[arg(long, value_name = "NAME")]
    with: Option<String>,
    /// Show at most N names, up to 100000 [default: 20]
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, hide_default_value = true, value_parser = clap::value_parser!(u64).range(0..=search::MAX_LIMIT as u64))]
    limit: u64,
    /// Show every name
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Form of the output: text, jsonl, csv, tsv [default: text]
    #[arg(
        long,
        value_name = "FORM",
        default_value = "text",
        hide_default_value = true
    )]
    format: CountForm,
}

pub(super) fn run(args: &EntitiesArgs, common: &Common) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let question = args.question.ask(common)?;
    let kinds = args.kind.iter().map(|kind| match kind {
        KindArg::Person => EntityKind::Person,
        KindArg::Org => EntityKind::Org,
        KindArg::Place => EntityKind::Place,
    });
    let options = NamedOptions {
        kinds: kinds.collect(),
        with: args.with.as_deref(),
        limit: match args.all {
            true => usize::MAX,
            false => args.limit as usize,
        },
    };
    let named = search::named(&question.snapshot, &question.request, &options)
        .map_err(|error| question::failure(error, &question.text, common))?;
    if let (Some(with), Some((meant, articles))) = (&args.with, &named.with) {
        match meant.as_slice() {
            [] => common.note(&format!("no matching article names `{with}`")),
            [one] if one == with => {}
            meant => common.note(&format!(
                "`{with}` was taken for {}, in {}",
                some_of(meant),
                counted(*articles, "article")
            )),
        }
    }
    let mut out = Paged::new(common);
    match args.format.rows() {
        None => print_text(&mut out, &named)?,
        Some(form) => {
            let columns: &[&str] = match args.with {
                Some(_) => &["rank", "name", "kind", "articles", "score"],
                None => &["rank", "name", "kind", "articles"],
            };
            let rows = Rows::begin(&mut out, form, "entity", columns)?;
            let mut begin = json!({"schema": 1, "query": question.text});
            if let Some((meant, _)) = &named.with {
                begin["with"] = json!(meant);
            }
            rows.aside(&mut out, "begin", begin)?;
            for (place, name) in named.names.iter().enumerate() {
                let mut cells = vec![
                    json!(place + 1),
                    json!(name.name),
                    json!(name.kind.name()),
                    json!(name.articles),
                ];
                if let Some(score) = name.score {
                    cells.push(json!((score * 1000.0).round() / 1000.0));
                }
                rows.row(&mut out, cells)?;
            }
            let elapsed = (started.elapsed().as_secs_f64() * 1e5).round() / 100.0;
            let mut summary = json!({
                "total": named.total, "distinct": named.distinct,
                "returned": named.names.len(), "elapsed_ms": elapsed
            });
            if let Some((_, articles)) = &named.with {
                summary["with_articles"] = Value::from(*articles);
            }
            rows.aside(&mut out, "summary", summary)?;
        }
    }
    out.finish()?;
    let shown = named.names.len() as u64;
    if args.format == CountForm::Text && shown < named.distinct && shown > 0 && !common.quiet {
        say!(
            "{} of {} names; -n N shows more",
            grouped(shown),
            grouped(named.distinct)
        );
    }
    Ok(match named.names.is_empty() {
        true => Outcome::Lacking,
        false => Outcome::Found,
    })
}

/// The first of several names.
fn some_of(names: &[String]) -> String {
    const MOST: usize = 5;
    let mut text = names
        .iter()
        .take(MOST)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}

fn print_text(out: &mut impl Write, named: &Named) -> Result<(), Failure> {
    let wide = named
        .names
        .iter()
        .map(|name| grouped(name.articles).len())
        .max()
        .unwrap_or(1);
    for name in &named.names {
        writeln!(
            out,
            "{:>wide$}  {:<6}  {}",
            grouped(name.articles),
            name.kind.name(),
            clean::line(&name.name)
        )?;
    }
    Ok(())
}
