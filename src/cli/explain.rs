//! Tells on stderr how a query was taken apart, and, where nothing was found,
//! which part was to blame and which words were probably meant.

use std::io::{self, IsTerminal};

use super::numbers::grouped;
use super::{Common, Failure};
use crate::error::Error;
use crate::index::Snapshot;
use crate::output::clean;
use crate::query::tree::{DayRange, Kind};
use crate::search::{self, Explained, PatternWords, Request};

/// Words of a pattern that are spelled out.
const WORDS_SHOWN: usize = 12;

/// What `--explain` prints.
pub(super) fn print(
    common: &Common,
    snapshot: &Snapshot,
    request: &Request,
    total: u64,
) -> Result<(), Failure> {
    let parts = explained(common, snapshot, request)?;
    say!("read as: {}", clean::line(&request.query.to_query()));
    if let Some(days) = request.filter.days {
        say!("days: {}", written(days));
    }
    let mut rows = rows(&parts);
    rows.push((total, "all of it".to_owned()));
    print_rows(&rows);
    say_what_was_meant(&parts);
    Ok(())
}

/// What is said where nothing was found: to people which part matches
/// nothing, and to everybody which word is in no article.
pub(super) fn nothing_found(
    common: &Common,
    snapshot: &Snapshot,
    request: &Request,
) -> Result<(), Failure> {
    if common.quiet {
        return Ok(());
    }
    let parts = explained(common, snapshot, request)?;
    if io::stderr().is_terminal() {
        let joined = match request.query.kind {
            Kind::And(_) => "no article matches all of it; alone match",
            _ => "nothing was found",
        };
        let days = match request.filter.days {
            Some(days) => format!(" (of all days; asked for were {})", written(days)),
            None => String::new(),
        };
        say!("morgue: {joined}{days}");
        print_rows(&rows(&parts));
    }
    say_what_was_meant(&parts);
    Ok(())
}

fn explained(
    common: &Common,
    snapshot: &Snapshot,
    request: &Request,
) -> Result<Vec<Explained>, Failure> {
    search::explain(snapshot, request).map_err(|error| {
        let damaged = Error::Damaged {
            path: common.index.clone(),
            detail: error.to_string(),
        };
        damaged.into()
    })
}

fn written(days: DayRange) -> String {
    let day = |day: Option<jiff::civil::Date>| day.map_or(String::new(), |day| day.to_string());
    format!("{}..{}", day(days.from), day(days.until))
}

/// A count and a text for each part.
fn rows(parts: &[Explained]) -> Vec<(u64, String)> {
    parts
        .iter()
        .map(|part| {
            let indent = "  ".repeat(part.depth);
            let not = if part.is_excluded { "NOT " } else { "" };
            let words: Vec<String> = part.patterns.iter().filter_map(spelled_out).collect();
            let words = match words.is_empty() {
                true => String::new(),
                false => format!(": {}", words.join("; ")),
            };
            (part.articles, format!("{indent}{not}{}{words}", part.query))
        })
        .collect()
}

/// The words a pattern stands for, where that is not just itself.
fn spelled_out(pattern: &PatternWords) -> Option<String> {
    let written = pattern.pattern.trim_start_matches('=');
    match pattern.words.as_slice() {
        [] => Some("no such word".to_owned()),
        [word] if word == written => None,
        words => {
            let mut text = words
                .iter()
                .take(WORDS_SHOWN)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            if words.len() > WORDS_SHOWN {
                text.push_str(&format!(" … {} words", grouped(words.len() as u64)));
            }
            Some(text)
        }
    }
}

fn print_rows(rows: &[(u64, String)]) {
    let wide = rows
        .iter()
        .map(|(count, _)| grouped(*count).len())
        .max()
        .unwrap_or(1);
    for (count, text) in rows {
        say!("  {:>wide$}  {}", grouped(*count), clean::line(text));
    }
}

fn say_what_was_meant(parts: &[Explained]) {
    let mut said: Vec<&str> = Vec::new();
    for pattern in parts.iter().flat_map(|part| &part.patterns) {
        let word = pattern.pattern.trim_start_matches('=');
        if let Some(meant) = &pattern.meant
            && !said.contains(&word)
        {
            said.push(word);
            say!(
                "morgue: `{}` is in no article; did you mean `{}`?",
                clean::line(word),
                clean::line(meant)
            );
        }
    }
}
