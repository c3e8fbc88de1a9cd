//! From an article to a richer one: what its source does not state but its
//! text tells. Each enrichment is a room of its own.

pub mod headline;

use crate::article::Article;

/// Which enrichments to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Find people, organisations and places in the text.
    pub entities: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { entities: true }
    }
}

/// Changes whenever the same article may be enriched otherwise.
pub const VERSION: u32 = 1;

/// Applies the enrichments.
pub fn enrich(_article: &mut Article, _options: &Options) {}
