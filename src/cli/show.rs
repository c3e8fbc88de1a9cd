//! `morgue show`: whole articles by id.

use std::io::Write;

use clap::Args;
use serde_json::{Map, Value, json};

use super::terminal::Paged;
use super::{Common, Failure, Outcome, write_json};
use crate::error::Error;
use crate::index::{Index, Snapshot, StoredArticle};
use crate::output::{clean, paths};

#[derive(Args)]
pub(super) struct ShowArgs {
    /// Ids as `morgue search` prints them; the start of one is enough if it is unique
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Print JSON lines, one article a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ShowArgs, common: &Common) -> Result<Outcome, Failure> {
    let index = Index::open(&common.index)?;
    let snapshot = index.snapshot()?;
    let mut out = Paged::new(common);
    let mut missing = 0;
    for (number, id) in args.ids.iter().enumerate() {
        let Some(article) = find(&snapshot, common, id)? else {
            missing += 1;
            say!("morgue: no article has the id `{}`", clean::line(id));
            continue;
        };
        match args.json {
            true => write_json(&mut out, &json_of(&article))?,
            false => {
                if number > 0 {
                    out.write_all(b"\n\n")?;
                }
                write_text(&mut out, &article)?;
            }
        }
    }
    out.finish()?;
    Ok(if missing == args.ids.len() {
        Outcome::Lacking
    } else {
        Outcome::Found
    })
}

/// The article of an id or of the start of one.
pub(super) fn find(
    snapshot: &Snapshot,
    common: &Common,
    id: &str,
) -> Result<Option<StoredArticle>, Failure> {
    let damaged = |e: &dyn std::fmt::Display| Error::Damaged {
        path: common.index.clone(),
        detail: e.to_string(),
    };
    let found = snapshot.find_id(id, 2).map_err(|e| damaged(&e))?;
    match found.as_slice() {
        [] => Ok(None),
        [address] => Ok(Some(snapshot.article(*address).map_err(|e| damaged(&e))?)),
        _ => Err(Error::UnknownId {
            message: format!("the id `{id}` is the start of several"),
        }
        .into()),
    }
}

fn write_text(out: &mut impl Write, article: &StoredArticle) -> Result<(), Failure> {
    let meta = &article.meta;
    let mut row = |name: &str, value: Option<String>| match value {
        Some(value) => writeln!(out, "{name:<10} {}", clean::line(&value)),
        None => Ok(()),
    };
    row("title", article.shown_title().map(str::to_owned))?;
    row(
        "published",
        meta.published.map(|published| {
            let time = published
                .time
                .map(|time| format!(" {time}"))
                .unwrap_or_default();
            format!("{}{time} ({})", published.day, published.provenance.name())
        }),
    )?;
    row(
        "byline",
        (!meta.bylines.is_empty()).then(|| meta.bylines.join(", ")),
    )?;
    row("publisher", meta.publisher.clone())?;
    row("section", meta.section.clone())?;
    row("language", meta.language.clone())?;
    row("url", meta.url.clone())?;
    let mut place = paths::shown(&paths::decoded(&meta.path))
        .to_string_lossy()
        .into_owned();
    for member in &meta.members {
        place.push('!');
        place.push_str(member);
    }
    if !meta.alone {
        place.push_str(&format!("#{}", meta.ordinal));
    }
    row("file", Some(place))?;
    let names: Vec<String> = meta
        .entities
        .iter()
        .map(|entity| format!("{} ({})", entity.name, entity.kind.name()))
        .collect();
    row("entities", (!names.is_empty()).then(|| names.join(", ")))?;
    row("id", Some(article.id.clone()))?;
    writeln!(out, "\n{}", clean::lines(article.body.trim_end()))?;
    Ok(())
}

fn json_of(article: &StoredArticle) -> Map<String, Value> {
    let meta = &article.meta;
    let mut line = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            line.insert(key.to_owned(), value);
        }
    };
    put("type", Some(json!("article")));
    put("id", Some(json!(article.id)));
    put("title", article.shown_title().map(|title| json!(title)));
    put(
        "title_from",
        article.shown_title().map(|_| {
            json!(if article.title.is_some() {
                "source"
            } else {
                "derived"
            })
        }),
    );
    put("body", Some(json!(article.body)));
    put(
        "published",
        meta.published
            .map(|published| json!(published.day.to_string())),
    );
    put(
        "time",
        meta.published
            .and_then(|published| published.time)
            .map(|time| json!(time.to_string())),
    );
    put(
        "published_from",
        meta.published
            .map(|published| json!(published.provenance.name())),
    );
    put(
        "byline",
        (!meta.bylines.is_empty()).then(|| json!(meta.bylines)),
    );
    put("publisher", meta.publisher.as_ref().map(|text| json!(text)));
    put("section", meta.section.as_ref().map(|text| json!(text)));
    put("language", meta.language.as_ref().map(|text| json!(text)));
    put("url", meta.url.as_ref().map(|text| json!(text)));
    put(
        "path",
        Some(paths::json(&paths::shown(&paths::decoded(&meta.path)))),
    );
    put(
        "member",
        (!meta.members.is_empty()).then(|| json!(meta.members.join("!"))),
    );
    put("ordinal", Some(json!(meta.ordinal)));
    put("format", Some(json!(meta.format)));
    put("encoding", meta.encoding.as_ref().map(|text| json!(text)));
    put(
        "entities",
        (!meta.entities.is_empty()).then(|| json!(meta.entities)),
    );
    line
}
