//! `morgue timeline`: matching articles per day, week, month, quarter or year.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::numbers::{counted, grouped};
use super::question::{self, CountForm, QuestionArgs};
use super::terminal::{self, Paged};
use super::{Common, Failure, Outcome};
use crate::error::Error;
use crate::output::{chart, rows::Rows, svg};
use crate::search::{self, Bin, Period, Timeline};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum By {
    /// What fits the span of days found: about 60 bars at most.
    #[default]
    Auto,
    /// Days.
    Day,
    /// ISO weeks, Monday to Sunday.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Years.
    Year,
}

#[derive(Args)]
pub(super) struct TimelineArgs {
    #[command(flatten)]
    question: QuestionArgs,
    /// Length of the periods [default: auto]
    #[arg(
        long,
        value_name = "PERIOD",
        default_value = "auto",
        hide_default_value = true
    )]
    by: By,
    /// Show which part of all the articles of each period match, not how many
    #[arg(long)]
    normalize: bool,
    /// Form of the output: text, jsonl, csv, tsv [default: text]
    #[arg(
        long,
        value_name = "FORM",
        default_value = "text",
        hide_default_value = true
    )]
    format: CountForm,
    /// Draw the timeline into FILE as an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Columns of bars where stdout is no terminal.
const PLAIN_BAR_COLUMNS: usize = 40;

pub(super) fn run(args: &TimelineArgs, common: &Common) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let question = args.question.ask(common)?;
    let period = match args.by {
        By::Auto => None,
        By::Day => Some(Period::Day),
        By::Week => Some(Period::Week),
        By::Month => Some(Period::Month),
        By::Quarter => Some(Period::Quarter),
        By::Year => Some(Period::Year),
    };
    let timeline = search::timeline(
        &question.snapshot,
        &question.request,
        period,
        args.normalize,
    )
    .map_err(|error| question::failure(error, &question.text, common))?;
    let mut out = Paged::new(common);
    match args.format.rows() {
        None => print_text(&mut out, args, &timeline)?,
        Some(form) => {
            let columns: &[&str] = match args.normalize {
                true => &["period", "from", "until", "articles", "of", "share"],
                false => &["period", "from", "until", "articles"],
            };
            let rows = Rows::begin(&mut out, form, "period", columns)?;
            rows.aside(
                &mut out,
                "begin",
                json!({"schema": 1, "query": question.text, "by": timeline.period.name()}),
            )?;
            for bin in &timeline.bins {
                rows.row(&mut out, cells(&timeline, bin, args.normalize))?;
            }
            let elapsed = (started.elapsed().as_secs_f64() * 1e5).round() / 100.0;
            rows.aside(
                &mut out,
                "summary",
                json!({
                    "total": timeline.total, "undated": timeline.undated,
                    "periods": timeline.bins.len(), "elapsed_ms": elapsed
                }),
            )?;
        }
    }
    out.finish()?;
    if let Some(path) = &args.svg {
        let title = match args.question.is_empty() {
            true => "All articles",
            false => &question.text,
        };
        let picture = svg::timeline(&timeline, title, args.normalize);
        std::fs::write(path, picture).map_err(|source| Error::Io {
            action: "write",
            path: path.clone(),
            source,
        })?;
    }
    if timeline.undated > 0 {
        common.note(&format!(
            "{} without a date {} not in it",
            counted(timeline.undated, "article"),
            if timeline.undated == 1 { "is" } else { "are" }
        ));
    }
    Ok(match timeline.total {
        0 => Outcome::Lacking,
        _ => Outcome::Found,
    })
}

fn cells(timeline: &Timeline, bin: &Bin, normalize: bool) -> Vec<Value> {
    let mut cells = vec![
        json!(timeline.period.label(bin.from)),
        json!(bin.from.to_string()),
        json!(bin.until.to_string()),
        json!(bin.articles),
    ];
    if normalize {
        cells.push(json!(bin.of));
        cells.push(json!((bin.share() * 1e6).round() / 1e6));
    }
    cells
}

/// A line a period: its name, what was counted, a bar.
fn print_text(
    out: &mut impl Write,
    args: &TimelineArgs,
    timeline: &Timeline,
) -> Result<(), Failure> {
    let shown = |bin: &Bin| match args.normalize {
        true => format!("{:.1} %", bin.share() * 100.0),
        false => grouped(bin.articles),
    };
    let height = |bin: &Bin| match args.normalize {
        true => bin.share(),
        false => bin.articles as f64,
    };
    let most = timeline.bins.iter().map(height).fold(0.0, f64::max);
    let wide = timeline.bins.iter().map(|bin| shown(bin).len()).max();
    let wide = wide.unwrap_or(1);
    let label_wide = timeline
        .bins
        .first()
        .map_or(4, |bin| timeline.period.label(bin.from).len());
    let columns = terminal::size().map_or(PLAIN_BAR_COLUMNS, |(width, _)| {
        width.saturating_sub(label_wide + wide + 4).max(10)
    });
    for bin in &timeline.bins {
        let label = timeline.period.label(bin.from);
        let line = format!(
            "{label}  {:>wide$}  {}",
            shown(bin),
            chart::bar(height(bin), most, columns)
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
