//! Finds the people, organisations and places that an article names.
//!
//! [`tokens`] cuts a text, [`runs`] tells where names can stand, [`features`]
//! describes the words there with the help of [`lexicon`] and [`memory`],
//! [`model`] decides, and [`tagger`] does all this for an article. [`find`] and
//! [`merge`] gather what is found under the names of an article's entities.

mod abbreviations;
pub mod features;
pub mod find;
pub mod hashing;
pub mod lexicon;
pub mod memory;
pub mod merge;
pub mod model;
pub mod runs;
pub mod surface;
pub mod tagger;
pub mod tokens;
