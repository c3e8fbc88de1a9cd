//! Runs queries on a snapshot of the index: a syntax tree is lowered to a
//! plan, `sweep` evaluates the plan segment by segment, the matches are ranked,
//! and the first of them become hits with snippets.
//!
//! `request` is what callers see; no tantivy type leaves this room.

pub mod aliases;
mod best;
mod blocks;
mod bm25;
mod border;
mod earliest;
mod edits;
mod expand;
mod explain;
mod facets;
mod feedback;
mod filters;
mod highlight;
mod matching;
mod named;
mod occurrences;
mod part;
mod passage;
mod plan;
mod positions;
mod rank;
pub mod request;
mod run;
#[cfg(test)]
mod semantics;
mod similar;
mod snippet;
mod suggest;
mod sweep;
#[cfg(test)]
mod testing;
mod timeline;
#[cfg(test)]
mod twin;

pub use aliases::Aliases;
pub use earliest::earliest_per_source;
pub use explain::{Explained, PatternWords, explain};
pub use named::{Counted, Named, NamedOptions, named};
pub use request::{
    Facet, FacetCounts, Feedback, Filter, Hit, MAX_LIMIT, Note, Page, Recency, Request,
    SearchError, Snippet, SnippetOptions, Sort,
};
pub use run::{count, search};
pub use similar::similar;
pub use timeline::{Bin, Period, Timeline, timeline};
