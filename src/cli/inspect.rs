//! `morgue inspect`: what reading a file yields, as JSON lines.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::index::{ReadingArgs, TimeArgs, WalkArgs};
use super::{Failure, Outcome, stdout, write_json};
use crate::article::Article;
use crate::error::{Reason, Rejection};
use crate::ingest::inspect::{Inspected, Inspector};
use crate::locator::Locator;
use crate::output::paths;
use crate::source::walk::{self, Neighbours};

#[derive(Args)]
pub(super) struct InspectArgs {
    /// Files and folders to read
    #[arg(value_name = "PATH", required_unless_present = "text")]
    paths: Vec<PathBuf>,
    /// Read one plain text from stdin instead
    #[arg(long, conflicts_with = "paths")]
    text: bool,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    time: TimeArgs,
}

pub(super) fn run(args: &InspectArgs) -> Result<Outcome, Failure> {
    let inspector = Inspector::new(args.reading.reading(), args.time.limit())?;
    let mut out = stdout();
    let mut lost = 0u64;
    let mut failed = None;
    let mut each = |found: Inspected| {
        let line = match found {
            Inspected::Article(article) => article_json(&article),
            Inspected::Rejected(rejection) => {
                lost += 1;
                rejection_json(&rejection)
            }
            Inspected::Skipped(locator, skip) => {
                let mut line = located("skipped", &locator);
                line.insert("reason".to_owned(), json!(skip.name()));
                line
            }
        };
        match write_json(&mut out, &line) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                failed = Some(failure);
                ControlFlow::Break(())
            }
        }
    };
    if args.text {
        let _ = inspector.standard_input(&mut each);
    } else {
        let options = args.walk.options()?;
        for path in &args.paths {
            std::fs::symlink_metadata(path).map_err(|source| crate::error::Error::Io {
                action: "read",
                path: path.clone(),
                source,
            })?;
        }
        // No index is read here, so no folder of one is left out.
        let no_index = std::path::Path::new("");
        let look = |files: &mut Neighbours<'_>| -> Vec<Result<PathBuf, Rejection>> {
            files
                .map(|found| found.map(|found| found.path.to_owned()))
                .collect()
        };
        let mut inspect = |found: Vec<Result<PathBuf, Rejection>>| {
            found.into_iter().try_for_each(|found| match found {
                Ok(path) => inspector.file(&path, &mut each),
                Err(rejection) => each(Inspected::Rejected(rejection)),
            })
        };
        let _ = args
            .paths
            .iter()
            .try_for_each(|path| walk::walk(path, &options, no_index, look, &mut inspect));
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    out.flush()?;
    Ok(if lost > 0 {
        Outcome::Lacking
    } else {
        Outcome::Found
    })
}

fn located(kind: &str, locator: &Locator) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("type".to_owned(), json!(kind));
    line.insert("path".to_owned(), paths::json(&paths::shown(&locator.path)));
    if let Some(member) = locator.member_path() {
        line.insert("member".to_owned(), json!(member));
    }
    if let Some(ordinal) = locator.ordinal {
        line.insert("ordinal".to_owned(), json!(ordinal));
    }
    line
}

fn rejection_json(rejection: &Rejection) -> Map<String, Value> {
    let mut line = located("rejected", &rejection.locator);
    line.insert("stage".to_owned(), json!(rejection.stage));
    line.insert("reason".to_owned(), json!(rejection.reason.name()));
    let says_more = !matches!(rejection.reason, Reason::NoText | Reason::Changed);
    if says_more {
        line.insert("message".to_owned(), json!(rejection.reason.to_string()));
    }
    line
}

/// Every article carries the same keys in the same order; absent values are absent.
fn article_json(article: &Article) -> Map<String, Value> {
    let mut line = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            line.insert(key.to_owned(), value);
        }
    };
    put("type", Some(json!("article")));
    put("id", Some(json!(article.id.to_string())));
    put(
        "title",
        article.title.as_ref().map(|title| json!(title.text)),
    );
    put(
        "title_from",
        article
            .title
            .as_ref()
            .map(|title| json!(if title.derived { "derived" } else { "source" })),
    );
    put("body", Some(json!(article.body)));
    put(
        "published",
        article
            .published
            .map(|published| json!(published.day.to_string())),
    );
    put(
        "time",
        article
            .published
            .and_then(|published| published.time)
            .map(|time| json!(time.to_string())),
    );
    put(
        "published_from",
        article
            .published
            .map(|published| json!(published.provenance.name())),
    );
    put(
        "byline",
        (!article.bylines.is_empty()).then(|| json!(article.bylines)),
    );
    put(
        "publisher",
        article.publisher.as_ref().map(|text| json!(text)),
    );
    put("section", article.section.as_ref().map(|text| json!(text)));
    put(
        "language",
        article.language.as_ref().map(|text| json!(text)),
    );
    put("url", article.url.as_ref().map(|text| json!(text)));
    let locator = &article.origin.locator;
    put("path", Some(paths::json(&paths::shown(&locator.path))));
    put("member", locator.member_path().map(|member| json!(member)));
    put("ordinal", locator.ordinal.map(|ordinal| json!(ordinal)));
    put("format", Some(json!(article.origin.format)));
    put(
        "encoding",
        article.origin.encoding.map(|encoding| json!(encoding)),
    );
    put(
        "entities",
        (!article.entities.is_empty()).then(|| json!(article.entities)),
    );
    line
}
