//! The ways to run a request: a page of hits or a count. Whatever a
//! damaged index makes fail inside is one error here, never a crash.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::facets;
use super::feedback;
use super::matching::Match;
use super::part::Part;
use super::plan::Plan;
use super::rank::{self, Ranked};
use super::request::{Hit, MAX_LIMIT, Page, Request, SearchError, Sort};
use super::snippet::Snippets;
use super::sweep::{Keep, sweep};
use crate::index::snapshot::Snapshot;
use crate::index::stored::StoredArticle;

/// A request lowered and evaluated.
pub(crate) struct Found<'a> {
    pub(crate) parts: Vec<Part<'a>>,
    pub(crate) plan: Plan,
    /// How many articles match, or were looked at.
    total: u64,
    /// For each segment its matches, ascending: all of them, or those that can
    /// be among the hits.
    pub(crate) matches: Vec<Vec<Match>>,
}

impl<'a> Found<'a> {
    /// Every article that matches.
    pub(crate) fn new(snapshot: &'a Snapshot, request: &Request) -> Result<Self, SearchError> {
        Self::keeping(snapshot, request, Keep::All)
    }

    /// The articles that match, as far as its hits and facets need them.
    pub(crate) fn of_hits(snapshot: &'a Snapshot, request: &Request) -> Result<Self, SearchError> {
        let needs_all = !request.facets.is_empty()
            || request.sort != Sort::Relevance
            || request.recency.is_some()
            || request.limit.is_none();
        let keep = match (needs_all, request.total) {
            (true, _) => Keep::All,
            (false, true) => Keep::Best(wanted(request)),
            (false, false) => Keep::Top(wanted(request)),
        };
        Self::keeping(snapshot, request, keep)
    }

    fn keeping(snapshot: &'a Snapshot, request: &Request, keep: Keep) -> Result<Self, SearchError> {
        let parts = Part::all(snapshot)?;
        let plan = Plan::new(snapshot, &parts, request)?;
        let swept = sweep(snapshot, &parts, &plan, keep)?;
        Ok(Self {
            parts,
            plan,
            total: swept.total,
            matches: swept.matches,
        })
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The hits a request asks for, in order.
    pub(crate) fn ranked(&self, request: &Request) -> Result<Vec<Ranked>, SearchError> {
        let mut all = rank::first(
            &self.parts,
            &self.matches,
            request.sort,
            request.recency.as_ref(),
            wanted(request),
        )?;
        all.drain(..request.offset.min(all.len()));
        Ok(all)
    }
}

/// How many of the first matches a request needs.
fn wanted(request: &Request) -> usize {
    let limit = request
        .limit
        .map_or(usize::MAX, |limit| limit.min(MAX_LIMIT));
    request.offset.saturating_add(limit)
}

/// Runs something that reads the index. A panic inside means that the files
/// do not hold what they promise.
pub(crate) fn guarded<T>(
    search: impl FnOnce() -> Result<T, SearchError>,
) -> Result<T, SearchError> {
    match catch_unwind(AssertUnwindSafe(search)) {
        Ok(result) => result,
        Err(panic) => Err(SearchError::Damaged {
            detail: panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a search failed")
                .to_owned(),
        }),
    }
}

/// Runs a request.
///
/// # Errors
///
/// Parts of the query that cannot be run, and what is wrong with the index.
pub fn search(snapshot: &Snapshot, request: &Request) -> Result<Page, SearchError> {
    guarded(|| {
        let widened = feedback::of(snapshot, request)?;
        let request = widened.as_ref().map_or(request, |widened| &widened.request);
        let found = Found::of_hits(snapshot, request)?;
        let mut page = Page {
            total: found.total(),
            ..Page::default()
        };
        let ranked = found.ranked(request)?;
        let shows_text = request.articles && !ranked.is_empty();
        let mut snippets = shows_text.then(|| Snippets::new(&found.plan, request.snippet));
        for (number, ranked) in ranked.into_iter().enumerate() {
            let article = article(snapshot, &ranked, request)?;
            page.hits.push(Hit {
                rank: (request.offset + number + 1) as u64,
                score: ranked.score,
                snippet: snippets.as_mut().and_then(|cut| cut.body(&article)),
                title_highlights: snippets
                    .as_mut()
                    .map_or_else(Vec::new, |cut| cut.title(&article)),
                article,
            });
        }
        page.facets = facets::count(&found.parts, &found.matches, request)?;
        page.notes = found.plan.notes;
        page.notes.extend(widened.and_then(|widened| widened.note));
        Ok(page)
    })
}

/// How many articles match, exactly.
///
/// # Errors
///
/// As [`search`].
pub fn count(snapshot: &Snapshot, request: &Request) -> Result<u64, SearchError> {
    guarded(|| {
        let widened = feedback::of(snapshot, request)?;
        let request = widened.as_ref().map_or(request, |widened| &widened.request);
        Ok(Found::keeping(snapshot, request, Keep::Nothing)?.total())
    })
}

/// The article of a hit, its names gathered as the request says; or its id alone.
pub(crate) fn article(
    snapshot: &Snapshot,
    ranked: &Ranked,
    request: &Request,
) -> Result<StoredArticle, SearchError> {
    if request.articles {
        let mut article = snapshot.article(ranked.address)?;
        request.aliases.gather(&mut article.meta.entities);
        return Ok(article);
    }
    Ok(StoredArticle {
        id: snapshot.id_of(ranked.address)?.to_string(),
        ..StoredArticle::default()
    })
}
