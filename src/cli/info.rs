//! `morgue info`: what is in the index, and what could not be read.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use serde_json::{Map, Value, json};

use super::numbers::{grouped, listed, size};
use super::{Common, Failure, Outcome, index, stdout, write_json};
use crate::index::payload::path_of;
use crate::index::{Catalogue, Index, Overview};
use crate::ingest::Way;
use crate::output::{clean, paths};

#[derive(Args)]
pub(super) struct InfoArgs {
    /// Print it as one JSON object; with --rejected as one a line
    #[arg(long)]
    json: bool,
    /// List the documents that could not be read, and why
    #[arg(long)]
    rejected: bool,
}

/// Publishers listed for people.
const MOST_LISTED: usize = 10;

pub(super) fn run(args: &InfoArgs, common: &Common) -> Result<Outcome, Failure> {
    let opened = Index::open(&common.index)?;
    let snapshot = opened.snapshot()?;
    let payload = opened.payload()?;
    let catalogue = Catalogue::read(&snapshot, &common.index)?;
    let mut out = stdout();
    if args.rejected {
        list_rejected(&mut out, args, &catalogue, &snapshot)?;
        out.flush()?;
        return Ok(Outcome::Found);
    }
    let overview = Overview::count(&opened, &snapshot)?;
    let rejected: u64 = catalogue.iter().map(|(_, entry)| entry.rejected).sum();
    let skipped = catalogue.skipped(|_| true);
    let files = catalogue.len() as u64 - skipped.values().sum::<u64>();
    if args.json {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("index", json!(common.index.display().to_string()));
        put("articles", json!(overview.articles));
        put("files", json!(files));
        if let (Some(first), Some(last)) = (overview.first_day, overview.last_day) {
            put("first_day", json!(first.to_string()));
            put("last_day", json!(last.to_string()));
        }
        put("undated", json!(overview.undated));
        put("languages", json!(named(&overview.languages)));
        put("formats", json!(overview.formats));
        put("sources", json!(named(&overview.publishers)));
        put("skipped", json!(skipped));
        put("rejected", json!(rejected));
        put("bytes", json!(overview.bytes));
        put("segments", json!(overview.segments));
        put("schema", json!(overview.schema));
        let roots = payload.roots.iter().map(|root| {
            let path = paths::json(&path_of(&root.path));
            json!({"path": path, "flags": index::flags(&Way::of(root))})
        });
        put("roots", roots.collect());
        let forgotten = payload.forgotten.iter();
        put(
            "forgotten",
            forgotten.map(|path| paths::json(&path_of(path))).collect(),
        );
        write_json(&mut out, &object)?;
        out.flush()?;
        return Ok(Outcome::Found);
    }
    let mut row = |name: &str, value: String| writeln!(out, "{name:<10} {}", clean::line(&value));
    row("index", common.index.display().to_string())?;
    row("articles", grouped(overview.articles))?;
    row("files", grouped(files))?;
    if let (Some(first), Some(last)) = (overview.first_day, overview.last_day) {
        row("days", format!("{first} to {last}"))?;
    }
    row("undated", grouped(overview.undated))?;
    row("languages", top(&overview.languages))?;
    row("formats", top(&overview.formats))?;
    row("sources", top(&overview.publishers))?;
    if !skipped.is_empty() {
        row("skipped", listed(&skipped))?;
    }
    row("rejected", grouped(rejected))?;
    row("size", size(overview.bytes))?;
    row("segments", grouped(overview.segments))?;
    row("schema", overview.schema.to_string())?;
    for root in &payload.roots {
        let path = path_of(&root.path).display().to_string();
        let flags = index::flags(&Way::of(root));
        row("path", [vec![path], flags].concat().join(" "))?;
    }
    for path in &payload.forgotten {
        row("forgotten", path_of(path).display().to_string())?;
    }
    out.flush()?;
    Ok(Outcome::Found)
}

fn named(counts: &BTreeMap<String, u64>) -> BTreeMap<&str, u64> {
    counts
        .iter()
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, count)| (name.as_str(), *count))
        .collect()
}

fn top(counts: &BTreeMap<String, u64>) -> String {
    let named = counts.keys().filter(|name| !name.is_empty()).count();
    let shown: BTreeMap<String, u64> = {
        let mut all: Vec<_> = counts.iter().filter(|(name, _)| !name.is_empty()).collect();
        all.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        all.into_iter()
            .take(MOST_LISTED)
            .map(|(name, count)| (name.clone(), *count))
            .collect()
    };
    let mut text = listed(&shown);
    if named > MOST_LISTED {
        text.push_str(&format!(", and {} more", named - MOST_LISTED));
    }
    if let Some(without) = counts.get("") {
        let parted = if text.is_empty() { "" } else { "; " };
        text.push_str(&format!("{parted}none {}", grouped(*without)));
    }
    text
}

fn list_rejected(
    out: &mut impl Write,
    args: &InfoArgs,
    catalogue: &Catalogue,
    snapshot: &crate::index::Snapshot,
) -> Result<(), Failure> {
    use std::os::unix::ffi::OsStrExt;
    let mut files = Vec::new();
    for (key, entry) in catalogue.with_rejections(|_| true) {
        files.push((key, catalogue.notes(snapshot, entry)?));
    }
    files.sort_unstable_by_key(|(key, _)| *key);
    for (key, notes) in files {
        let path = paths::shown(std::path::Path::new(std::ffi::OsStr::from_bytes(key)));
        let kept = notes.rejected.len() as u64;
        for note in &notes.rejected {
            if args.json {
                let mut line = Map::new();
                line.insert("type".to_owned(), json!("rejected"));
                line.insert("path".to_owned(), paths::json(&path));
                if !note.members.is_empty() {
                    line.insert("member".to_owned(), json!(note.members.join("!")));
                }
                if let Some(ordinal) = note.ordinal {
                    line.insert("ordinal".to_owned(), json!(ordinal));
                }
                line.insert("stage".to_owned(), json!(note.stage));
                line.insert("reason".to_owned(), json!(note.reason));
                line.insert("message".to_owned(), json!(note.message));
                write_json(out, &line)?;
                continue;
            }
            let mut place = path.to_string_lossy().into_owned();
            for member in &note.members {
                place.push('!');
                place.push_str(member);
            }
            if let Some(ordinal) = note.ordinal {
                place.push_str(&format!("#{ordinal}"));
            }
            writeln!(
                out,
                "{}",
                clean::line(&format!("{place}: {}", note.message))
            )?;
        }
        if !args.json && notes.rejections() > kept {
            let more = grouped(notes.rejections() - kept);
            writeln!(
                out,
                "{}",
                clean::line(&format!("{}: and {more} more", path.display()))
            )?;
        }
    }
    Ok(())
}
