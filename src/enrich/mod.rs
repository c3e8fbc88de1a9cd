//! From an article to a richer one: what its source does not state but its
//! text tells. Each enrichment is a room of its own.

pub mod entities;
pub mod headline;
pub mod language;

use crate::article::Article;
use language::Found;

/// Which enrichments to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(default)]
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
pub const VERSION: u32 = 3;

/// Applies the enrichments.
pub fn enrich(article: &mut Article, options: &Options) {
    let is_long = article.body.len() >= LONG_BODY;
    let text = match &article.title {
        Some(title) if !is_long && !title.derived => format!("{}. {}", title.text, article.body),
        _ => String::new(),
    };
    let text = if text.is_empty() {
        &article.body
    } else {
        &text
    };
    let found = language::detect(text, article.language.as_deref());
    let is_english = match (found, article.language.as_deref()) {
        (Found::English, _) => true,
        (Found::Other(_), _) => false,
        (Found::Unsure, Some(stated)) => language::is_english_code(stated),
        (Found::Unsure, None) => language::may_be_english(text),
    };
    if article.language.is_none() {
        article.language = match found {
            Found::English => Some("en".to_owned()),
            Found::Other(code) => Some(code.to_owned()),
            Found::Unsure => None,
        };
    }
    if options.entities && is_english {
        entities::find::find(article);
    }
}

/// Bytes from which a body alone tells its language.
const LONG_BODY: usize = 300;
