//! morgue: full-text search over news archives.

pub mod article;
pub mod enrich;
pub mod error;
pub mod format;
pub mod index;
pub mod ingest;
pub mod query;
pub mod record;
pub mod search;
pub mod source;
pub mod text;
