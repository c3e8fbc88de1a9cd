//! The query language: text to syntax tree, with errors that point at the
//! place. Knows nothing of an index.

pub mod tree;
