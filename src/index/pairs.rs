//! Pairs of words: for every two of the words that stand in much of a large segment, in
//! which articles they stand side by side, and how often. A phrase of such words would
//! be looked for in nearly every article, among dozens of places in each.
//!
//! ```text
//! content := documents:u32 list
//! ```
//!
//! The list is laid out as tantivy lays out those with frequencies. Lists are named by
//! the text's field and the two words, with spaces between them, see [`super::beside`].
//! The list of a pair that never occurs is empty; where a pair has none, nothing is known
//! of it.

pub(crate) mod making;
pub(crate) mod packing;

use tantivy::directory::OwnedBytes;
use tantivy::schema::Field;

use super::beside::NamedLists;
use super::bytes::Bytes;

/// Where one word stands behind another.
pub(crate) struct PairList {
    /// How many these are.
    pub(crate) documents: u32,
    /// Their posting list.
    pub(crate) postings: OwnedBytes,
}

impl PairList {
    /// Where in a text the second word stands behind the first, if that is among the
    /// lists of a segment.
    pub(crate) fn of(lists: &NamedLists, text: Field, first: &str, second: &str) -> Option<Self> {
        let content = lists.of(&name(text, first, second))?;
        let documents = Bytes(&content).u32().ok()?;
        Some(Self {
            documents,
            postings: content.slice(size_of::<u32>()..content.len()),
        })
    }
}

fn name(text: Field, first: &str, second: &str) -> String {
    format!("{} {first} {second}", text.field_id())
}
