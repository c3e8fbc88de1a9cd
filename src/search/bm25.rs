//! How well an article fits a leaf of the query: BM25 over title and body
//! taken as one text, in which a word of the title counts [`TITLE_WEIGHT`]-fold.
//!
//! Occurrences are summed over the words of a group and over both texts
//! *before* saturation. Every figure counts live articles only, so that the
//! history of an index does not change its answers.

use tantivy::DocId;
use tantivy::fieldnorm::FieldNormReader;

use super::part::Part;
use super::request::SearchError;
pub(crate) use crate::index::champions::{B, TITLE_WEIGHT};
use crate::index::snapshot::{Figures, Snapshot};

/// Saturation of repeated words. News stories are long enough for a word's
/// second and third occurrence to tell: above the usual 1.2, it ranks the judged
/// collections better.
pub(crate) const K1: f32 = 1.5;

/// Against which length occurrences are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Title and body as one text.
    Both,
    /// The title alone.
    Title,
    /// The body alone.
    Body,
    /// None: short fields whose length says nothing.
    None,
}

/// The additive parts of BM25's length norm, by a field's quantised length.
pub(crate) struct Norms {
    /// Without any length.
    pub(crate) base: f32,
    /// For each byte of the body's length.
    pub(crate) body: [f32; 256],
    /// For each byte of the title's length.
    pub(crate) title: [f32; 256],
}

impl Norms {
    pub(crate) fn new(length: Length, figures: &Figures) -> Self {
        let average = average(length, figures);
        let (of_title, of_body) = weights(length);
        let (k1, b) = (f64::from(K1), f64::from(B));
        let table = |factor: f64| {
            let mut table = [0f32; 256];
            for (byte, entry) in (0u8..=255).zip(&mut table) {
                let words = f64::from(FieldNormReader::id_to_fieldnorm(byte));
                *entry = (k1 * b * factor * words / average) as f32;
            }
            table
        };
        Self {
            base: match length {
                Length::None => K1,
                _ => (k1 * (1.0 - b)) as f32,
            },
            body: table(of_body),
            title: table(of_title),
        }
    }

    /// What occurrences are weighed against in an article whose lengths have these
    /// bytes.
    #[inline(always)]
    pub(crate) fn of(&self, lengths: LengthBytes) -> f32 {
        self.base + self.body[usize::from(lengths.body)] + self.title[usize::from(lengths.title)]
    }
}

/// The quantised lengths of an article.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LengthBytes {
    pub(crate) body: u8,
    pub(crate) title: u8,
}

/// How many times a word of the title and one of the body count for a length.
fn weights(length: Length) -> (f64, f64) {
    match length {
        Length::Both => (f64::from(TITLE_WEIGHT), 1.0),
        Length::Title => (1.0, 0.0),
        Length::Body => (0.0, 1.0),
        Length::None => (0.0, 0.0),
    }
}

/// Mean length of the live articles, weighted.
pub(crate) fn average(length: Length, figures: &Figures) -> f64 {
    let (of_title, of_body) = weights(length);
    let words = of_body * figures.body_words as f64 + of_title * figures.title_words as f64;
    (words / figures.articles.max(1) as f64).max(1e-9)
}

/// Length norms of the documents of one segment.
pub(crate) struct Lengths {
    pub(crate) body: Option<FieldNormReader>,
    pub(crate) title: Option<FieldNormReader>,
}

impl Lengths {
    pub(crate) fn of(part: &Part<'_>, snapshot: &Snapshot) -> Result<Self, SearchError> {
        Ok(Self {
            body: part.lengths(snapshot.fields.body)?,
            title: part.lengths(snapshot.fields.title)?,
        })
    }

    /// What an article's occurrences are weighed against.
    #[inline]
    pub(crate) fn norm(&self, norms: &Norms, doc: DocId) -> f32 {
        norms.of(self.bytes(doc))
    }

    /// How long an article is.
    #[inline(always)]
    pub(crate) fn bytes(&self, doc: DocId) -> LengthBytes {
        let byte = |reader: &Option<FieldNormReader>| {
            reader.as_ref().map_or(0, |reader| reader.fieldnorm_id(doc))
        };
        LengthBytes {
            body: byte(&self.body),
            title: byte(&self.title),
        }
    }
}

/// The score of `count` weighted occurrences under a leaf's weight.
#[inline]
pub(crate) fn score(weight: f32, count: u32, norm: f32) -> f32 {
    score_of(weight, count as f32, norm)
}

#[inline(always)]
fn score_of(weight: f32, count: f32, norm: f32) -> f32 {
    weight * (count / (count + norm))
}

/// The score of occurrences that were weighed against the length: [`score`] without
/// its norm.
pub(crate) fn saturated(weight: f32, occurrences: f32) -> f32 {
    score_of(weight, occurrences, K1)
}

/// How much a word tells that occurs in `found` of `articles` articles.
pub(crate) fn idf(articles: u64, found: f64) -> f64 {
    let articles = articles as f64;
    let found = found.clamp(0.0, articles);
    (1.0 + (articles - found + 0.5) / (found + 0.5)).ln()
}

/// A leaf's weight: what a score is before saturation is multiplied in.
pub(crate) fn weight(idf: f64, boost: f32) -> f32 {
    (idf * f64::from(1.0 + K1) * f64::from(boost)) as f32
}
