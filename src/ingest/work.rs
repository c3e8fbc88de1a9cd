//! From a record to articles: parsing and enriching, on a worker thread. A
//! panic costs the record and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use crate::article::{Article, Provenance, Published, Title};
use crate::enrich;
use crate::error::{Reason, Skip, Stage};
use crate::format::{Format, Options, Parsed};
use crate::record::Record;
use crate::text::dates;

/// What became of a part of a record.
pub enum Outcome {
    /// An article, enriched. The flag tells whether its file or member holds
    /// no other.
    Article(Box<Article>, bool),
    /// A document that was lost.
    Rejected(Stage, Reason),
    /// Rightly no article.
    Skipped(Skip),
}

/// How to work.
pub struct Work<'a> {
    /// How to parse.
    pub parse: &'a Options,
    /// Which enrichments to apply.
    pub enrich: &'a enrich::Options,
}

impl Work<'_> {
    /// Reads a record.
    pub fn read(
        &self,
        path: &Arc<PathBuf>,
        members: &Arc<[Arc<str>]>,
        format: &'static dyn Format,
        record: &Record,
        alone: bool,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        #[cfg(debug_assertions)]
        super::faults::strike(&record.bytes);
        let parsed = catch_unwind(AssertUnwindSafe(|| {
            format.parse(record, self.parse, &mut |parsed| {
                outcomes.push(match parsed {
                    Parsed::Article(article) => Outcome::Article(article, alone),
                    Parsed::Skipped(skip) => Outcome::Skipped(skip),
                    Parsed::Rejected(reason) => Outcome::Rejected(Stage::Parse, reason),
                });
            })
        }));
        match parsed {
            Ok(Ok(())) if outcomes.is_empty() => {
                outcomes.push(Outcome::Rejected(Stage::Parse, Reason::NoText))
            }
            Ok(Ok(())) => {}
            Ok(Err(reason)) => outcomes.push(Outcome::Rejected(Stage::Parse, reason)),
            Err(_) => outcomes.push(Outcome::Rejected(Stage::Parse, Reason::Panicked)),
        }
        let several = outcomes.len() > 1;
        for outcome in &mut outcomes {
            let Outcome::Article(article, alone) = outcome else {
                continue;
            };
            *alone &= !several;
            article.origin.format = format.name();
            article.origin.locator.path = Arc::clone(path);
            article.origin.locator.members = members.to_vec();
            let finished = catch_unwind(AssertUnwindSafe(|| self.finish(article, record)));
            match finished {
                Ok(true) => {}
                Ok(false) => *outcome = Outcome::Rejected(Stage::Parse, Reason::NoText),
                Err(_) => *outcome = Outcome::Rejected(Stage::Enrich, Reason::Panicked),
            }
        }
        outcomes
    }

    /// Adds what can be known of an article besides what its source states.
    /// `false` if there is neither title nor text in it.
    fn finish(&self, article: &mut Article, record: &Record) -> bool {
        article.title.take_if(|title| title.text.trim().is_empty());
        let has_body = !article.body.trim().is_empty();
        if !has_body && article.title.as_ref().is_none_or(|title| title.derived) {
            return false;
        }
        if article.title.is_none() {
            article.title = enrich::headline::derive(&article.body).map(Title::derived);
        }
        if article.url.is_none() {
            article.url.clone_from(&record.hint.url);
        }
        if article.own_id.is_none() {
            // Records of a crawl keep their ids when others come or go.
            article.own_id.clone_from(&record.hint.url);
        }
        if article.published.is_none() {
            article.published = published_elsewhere(article, record);
        }
        enrich::enrich(article, self.enrich);
        true
    }
}

/// The day an article was published as its address, path or crawler tell.
fn published_elsewhere(article: &Article, record: &Record) -> Option<Published> {
    let url = article
        .url
        .as_deref()
        .and_then(dates::from_url)
        .map(|day| (day, Provenance::Url));
    let path = || dates::from_path(&record.hint.name).map(|day| (day, Provenance::Path));
    let capture = || record.hint.captured.map(|day| (day, Provenance::Capture));
    let (day, provenance) = url.or_else(path).or_else(capture)?;
    Some(Published {
        day,
        time: None,
        provenance,
    })
}
