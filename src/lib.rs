//! morgue: full-text search over news archives.
//!
//! The rooms, in the order in which articles flow through them:
//!
//! | room | what it is responsible for |
//! |---|---|
//! | [`locator`] | where in an archive something lies |
//! | [`record`] | raw bytes on their way to becoming articles |
//! | [`source`] | files to members: walking folders, decompressing, unpacking; the registry [`source::CONTAINERS`] |
//! | [`mod@format`] | bytes to articles; the registry [`format::FORMATS`] |
//! | [`article`] | the noun every room shares |
//! | [`enrich`] | from an article to a richer one: what its source does not state but its text tells |
//! | [`ingest`] | the conveyor: readers, batches bounded in bytes, workers, one writer |
//! | [`index`] | the index on disk; the only room besides `search` that knows tantivy |
//! | [`query`] | the query language: text to syntax tree, with errors that point at the place |
//! | [`search`] | a syntax tree to ranked hits, snippets, counts and timelines |
//! | [`output`] | answers as text and as data |
//! | [`cli`] | one file per command |
//! | [`text`] | charsets, markup, dates and words; knows nothing of the rest |
//! | [`error`] | what stops a run, and what costs one document |
//!
//! Imports go down only: `cli` knows `output`, `search` and `ingest`; those know `index`, `source`, `format` and
//! `enrich`; everybody may know `article`, `record`, `error`, `locator` and `text`. `source` and `format` never meet but in
//! `ingest::read`.
//!
//! # How to add a format
//!
//! 1. Write `src/format/x.rs` with a unit struct and implement [`format::Format`] for it. `name` is what `morgue inspect`
//!    prints. `claims` looks at the first [`format::HEAD_BYTES`] of a file and says how sure it is
//!    ([`format::Claim`]): `Certain` only where no other format can look so. `parse` gets one record and calls `emit` for each
//!    article, skip or rejection in it, in the order of the source; decode bytes with [`text::charset`], read dates with
//!    [`text::dates`]. Where a file may hold many articles, also write `cut`, which finds the borders of records cheaply and
//!    hands them on one by one: parsing then runs on all cores.
//! 2. Add one line to [`format::FORMATS`], before every format that claims less surely.
//! 3. Raise [`format::VERSION`], so that files which an older morgue skipped are read again.
//! 4. Put a sample into `corpus/` and a row into the README's table. Write unit tests beside the code.
//!
//! Nothing else needs to know: threads, limits, ids, rejections, indexing and the command line follow from the trait. A
//! container is added the same way: [`source::Container`], [`source::CONTAINERS`].
//!
//! # A search in the library
//!
//! ```no_run
//! use morgue::{index::Index, query, search};
//!
//! let snapshot = Index::open("index".as_ref())?.snapshot()?;
//! let today = || jiff::Zoned::now().date();
//! let parsed = query::parse("ceasefire talks", &query::Options { today, any: false })?;
//! for hit in search::search(&snapshot, &search::Request::new(parsed.root))?.hits {
//!     println!("{:.2} {}", hit.score, hit.article.shown_title().unwrap_or("(untitled)"));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod article;
pub mod cli;
pub mod enrich;
pub mod error;
pub mod format;
pub mod index;
pub mod ingest;
pub mod locator;
pub mod output;
pub mod query;
pub mod record;
pub mod search;
pub mod source;
pub mod text;
