//! One commit of the index, frozen for reading.

use tantivy::schema::Value;
use tantivy::{DocAddress, Searcher, TantivyDocument};

use super::schema::Fields;
use super::stored::{Meta, StoredArticle};

/// Sums over the live articles of a commit: what ranking needs. They leave
/// out deleted and unfinished documents, so that an index's history does not
/// change its answers. Lengths are as quantised in the field norms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Live articles.
    pub articles: u64,
    /// Words in their stated titles.
    pub title_words: u64,
    /// Words in their bodies.
    pub body_words: u64,
}

/// One commit, and how to read it.
#[derive(Clone)]
pub struct Snapshot {
    /// tantivy's view of it. Holds hidden documents of files too.
    pub searcher: Searcher,
    /// Field handles.
    pub fields: Fields,
    /// Readings that were under way at the commit: their documents (live in
    /// tantivy's view) must be left out of every answer. Sorted; mostly empty.
    pub unfinished: Vec<u64>,
    /// Sums for ranking.
    pub figures: Figures,
}

impl Snapshot {
    /// Reads an article from the document store.
    ///
    /// # Errors
    ///
    /// What tantivy finds wrong with the store.
    pub fn article(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let text = |field| {
            document
                .get_first(field)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let meta = text(self.fields.meta).unwrap_or_default();
        let meta: Meta = serde_json::from_str(&meta)
            .map_err(|e| tantivy::TantivyError::InternalError(format!("stored article: {e}")))?;
        let mut id = text(self.fields.id).unwrap_or_default();
        id.truncate(crate::article::ArticleId::PRINTED);
        Ok(StoredArticle {
            id,
            title: text(self.fields.title),
            body: text(self.fields.body).unwrap_or_default(),
            meta,
        })
    }
}
