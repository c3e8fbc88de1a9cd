//! The index on disk: the only room besides `search` that knows tantivy.

pub mod schema;
pub mod snapshot;
pub mod stored;
