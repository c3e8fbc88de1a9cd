//! morgue: full-text search over news archives.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod article;
pub mod cli;
pub mod enrich;
pub mod error;
pub mod format;
pub mod index;
pub mod ingest;
pub mod output;
pub mod query;
pub mod record;
pub mod search;
pub mod source;
pub mod text;
