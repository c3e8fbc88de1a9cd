//! One commit of the index, frozen for reading.

use std::collections::HashMap;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};
use tantivy::columnar::Column;
use tantivy::directory::{CompositeFile, FileSlice};
use tantivy::index::SegmentComponent;
use tantivy::postings::{Postings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::alive::Alive;
use super::beside::{self, Kind, NamedLists};
use super::dictionary::Dictionary;
use super::directory::ReadDirectory;
use super::disk;
use super::document::digest;
use super::lists::{ListFiles, Lists};
use super::schema::{Fields, KIND_ARTICLE};
use super::store::{Document, Store};
use super::stored::{Meta, StoredArticle};
use crate::article::ArticleId;

/// Sums over the live articles of a commit: what ranking needs. They leave
/// out deleted and unfinished documents, so that an index's history does not
/// change its answers. Lengths are as quantised in the field norms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Live articles.
    pub articles: u64,
    /// Words in their stated titles.
    pub title_words: u64,
    /// Words in their bodies.
    pub body_words: u64,
}

/// [`Figures`] beside the commit they were counted for, with a digest of both.
#[derive(Serialize, Deserialize)]
struct Kept {
    opstamp: u64,
    #[serde(flatten)]
    figures: Figures,
    check: String,
}

impl Kept {
    fn digest(opstamp: u64, figures: Figures) -> String {
        let Figures {
            articles,
            title_words,
            body_words,
        } = figures;
        let text = format!("{opstamp} {articles} {title_words} {body_words}");
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }
}

pub(super) const FIGURES: &str = "figures.json";

impl Figures {
    /// The sums kept for the commit `opstamp`, if they are of that commit and
    /// as they were written.
    pub(super) fn read(generation: &Path, opstamp: u64) -> Option<Self> {
        let kept = Self::kept(generation).ok()??;
        (kept.opstamp == opstamp).then_some(kept.figures)
    }

    /// Whether what is kept, for whichever commit, is as it was written.
    pub(super) fn are_sound(generation: &Path) -> bool {
        Self::kept(generation).is_ok()
    }

    /// `None` where nothing is kept.
    fn kept(generation: &Path) -> std::io::Result<Option<Kept>> {
        let text = match std::fs::read(generation.join(FIGURES)) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let kept: Kept = serde_json::from_slice(&text)?;
        match kept.check == Kept::digest(kept.opstamp, kept.figures) {
            true => Ok(Some(kept)),
            false => Err(std::io::ErrorKind::InvalidData.into()),
        }
    }

    /// Keeps the sums. They can always be counted again, so failing to write
    /// them only costs time.
    pub(super) fn keep(self, generation: &Path, opstamp: u64) {
        let Ok(text) = serde_json::to_vec(&Kept {
            opstamp,
            figures: self,
            check: Kept::digest(opstamp, self),
        }) else {
            return;
        };
        let _ = disk::put(generation, FIGURES, |to| to.write_all(&text));
    }

    /// Counts the sums afresh: one pass over the articles' field norms.
    pub(super) fn count(snapshot: &Snapshot) -> tantivy::Result<Self> {
        let mut figures = Self::default();
        for segment in snapshot.segments.iter() {
            let titles = segment.get_fieldnorms_reader(snapshot.fields.title)?;
            let bodies = segment.get_fieldnorms_reader(snapshot.fields.body)?;
            snapshot.each_article(segment, |doc| {
                figures.articles += 1;
                figures.title_words += u64::from(titles.fieldnorm(doc));
                figures.body_words += u64::from(bodies.fieldnorm(doc));
            })?;
        }
        Ok(figures)
    }
}

/// One commit, and how to read it.
#[derive(Clone)]
pub struct Snapshot {
    /// Its segments. They hold hidden documents of files too.
    pub segments: Arc<[SegmentReader]>,
    /// Field handles.
    pub fields: Fields,
    /// Readings that were under way at the commit: their documents (live in
    /// tantivy's view) must be left out of every answer. Sorted; mostly empty.
    pub unfinished: Vec<u64>,
    /// Sums for ranking.
    pub figures: Figures,
    /// What else is read of each segment.
    opened: Arc<[Opened]>,
    /// Where lists beside segments lie; `None` for an index in memory.
    directory: Option<ReadDirectory>,
}

/// What of a segment is not always needed. The files are opened beforehand, for a
/// later commit may remove their names; save those of lists beside a segment, without which
/// a search does.
struct Opened {
    /// `None` where no document is deleted.
    alive: Option<Alive>,
    stored: FileSlice,
    store: OnceLock<Store>,
    postings: FileSlice,
    positions: FileSlice,
    lists: OnceLock<ListFiles>,
    terms: FileSlice,
    dictionaries: Mutex<Vec<(Field, Arc<Dictionary>)>>,
    /// Digests of the stored articles.
    digests: OnceLock<Column<u64>>,
    ids: OnceLock<Ids>,
    beside: [OnceLock<Option<NamedLists>>; Kind::ALL.len()],
}

/// What `cell` holds, opened if it is asked for first.
pub(crate) fn opened<T, E>(
    cell: &OnceLock<T>,
    open: impl FnOnce() -> Result<T, E>,
) -> Result<&T, E> {
    if let Some(held) = cell.get() {
        return Ok(held);
    }
    let read = open()?;
    Ok(cell.get_or_init(|| read))
}

/// The ids of a segment's articles, as far as they are printed. A column that no
/// document of a segment fills does not exist.
#[derive(Clone)]
pub(crate) struct Ids {
    orders: Option<Column<u64>>,
    tails: Option<Column<u64>>,
}

impl Ids {
    pub(super) fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        Ok(Self {
            orders: fast.column_opt("order")?,
            tails: fast.column_opt("id_tail")?,
        })
    }

    /// The first 64 bits of an article's id.
    pub(crate) fn order(&self, doc: DocId) -> Option<u64> {
        self.orders.as_ref()?.first(doc)
    }

    /// An article's id.
    pub(crate) fn of(&self, doc: DocId) -> Option<ArticleId> {
        let tail = self.tails.as_ref()?.first(doc)?;
        Some(ArticleId::of(self.order(doc)?, u16::try_from(tail).ok()?))
    }
}

impl Opened {
    fn new(segment: &SegmentReader) -> tantivy::Result<Self> {
        let alive = match segment.has_deletes() {
            true => {
                let file = segment.open_read(SegmentComponent::Delete)?;
                Some(Alive::open(&file, segment.max_doc())?)
            }
            false => None,
        };
        Ok(Self {
            alive,
            stored: segment.open_read(SegmentComponent::Store)?,
            store: OnceLock::new(),
            postings: segment.open_read(SegmentComponent::Postings)?,
            positions: segment.open_read(SegmentComponent::Positions)?,
            lists: OnceLock::new(),
            terms: segment.open_read(SegmentComponent::Terms)?,
            dictionaries: Mutex::default(),
            digests: OnceLock::new(),
            ids: OnceLock::new(),
            beside: Default::default(),
        })
    }
}

impl Snapshot {
    /// The commit of these segments, yet without [`Figures`].
    ///
    /// # Errors
    ///
    /// That a segment's document store cannot be opened.
    pub fn new(
        segments: impl Into<Arc<[SegmentReader]>>,
        fields: Fields,
        unfinished: Vec<u64>,
    ) -> tantivy::Result<Self> {
        let segments = segments.into();
        Ok(Self {
            opened: segments.iter().map(Opened::new).collect::<Result<_, _>>()?,
            segments,
            fields,
            unfinished,
            figures: Figures::default(),
            directory: None,
        })
    }

    /// The same with the lists that lie beside its segments.
    pub(super) fn with_beside(self, directory: &ReadDirectory) -> Self {
        Self {
            directory: Some(directory.clone()),
            ..self
        }
    }

    /// The lists of a kind beside a segment, by its number, where there are any.
    pub(crate) fn beside(&self, segment: usize, kind: Kind) -> Option<&NamedLists> {
        let read = || {
            let segment = &self.segments[segment];
            let name = beside::name_of(segment.segment_id(), kind);
            let file = self.directory.as_ref()?.beside(Path::new(&name))?;
            // Those that cannot be read are as good as none.
            NamedLists::open(&file, kind, segment.max_doc()).ok()
        };
        let held = &self.opened[segment].beside[kind as usize];
        held.get_or_init(read).as_ref()
    }

    /// Takes what was made for a segment for its lists.
    #[cfg(test)]
    pub(super) fn give(&self, segment: usize, kind: Kind, lists: Vec<beside::Made>) {
        let documents = self.segments[segment].max_doc();
        let mut made = Vec::new();
        let _ = beside::write(kind, documents, lists, &mut made);
        let made = NamedLists::open(&FileSlice::from(made), kind, documents);
        let _ = self.opened[segment].beside[kind as usize].set(made.ok());
    }

    /// The documents of a segment, by its number, that are not deleted; `None` where
    /// none is.
    pub(crate) fn alive(&self, segment: usize) -> Option<&Alive> {
        self.opened[segment].alive.as_ref()
    }

    /// The digest that was stored of an article.
    fn digest_of(&self, address: DocAddress) -> tantivy::Result<Option<u64>> {
        let segment = address.segment_ord as usize;
        let fast = self.segments[segment].fast_fields();
        let digests = opened(&self.opened[segment].digests, || fast.u64("digest"))?;
        Ok(digests.first(address.doc_id))
    }

    /// The ids of a segment's articles, by its number.
    pub(crate) fn ids(&self, segment: usize) -> tantivy::Result<&Ids> {
        opened(&self.opened[segment].ids, || {
            Ids::open(&self.segments[segment])
        })
    }

    /// An article's id, as far as it is printed.
    pub(crate) fn id_of(&self, address: DocAddress) -> tantivy::Result<ArticleId> {
        let ids = self.ids(address.segment_ord as usize)?;
        Ok(ids.of(address.doc_id).unwrap_or_default())
    }

    /// The posting lists of a field in a segment, by its number.
    pub(crate) fn lists(&self, segment: usize, field: Field) -> io::Result<Lists> {
        let held = &self.opened[segment];
        let lists = opened(&held.lists, || {
            ListFiles::open(&held.postings, &held.positions)
        })?;
        Ok(lists.of(field, self.segments[segment].schema()))
    }

    /// The words of a field in a segment, by its number; `None` where it has none.
    pub(crate) fn dictionary(
        &self,
        segment: usize,
        field: Field,
    ) -> io::Result<Option<Arc<Dictionary>>> {
        let of_segment = &self.opened[segment];
        let held = of_segment.dictionaries.lock();
        let mut held = held.unwrap_or_else(PoisonError::into_inner);
        if let Some((_, dictionary)) = held.iter().find(|(of, _)| *of == field) {
            return Ok(Some(Arc::clone(dictionary)));
        }
        let all = CompositeFile::open(&of_segment.terms)?;
        let Some(file) = all.open_read(field) else {
            return Ok(None);
        };
        let dictionary = Arc::new(Dictionary::open(&file)?);
        held.push((field, Arc::clone(&dictionary)));
        Ok(Some(dictionary))
    }

    /// What `read` makes of a stored document.
    pub(super) fn document<T>(
        &self,
        address: DocAddress,
        read: impl FnOnce(&Document<'_>) -> T,
    ) -> io::Result<T> {
        let held = &self.opened[address.segment_ord as usize];
        let store = opened(&held.store, || Store::open(&held.stored))?;
        store.read(address.doc_id, read)
    }

    /// Reads an article from the document store and holds it against its digest.
    ///
    /// # Errors
    ///
    /// What is wrong with the store, or that the article is not as it was stored.
    pub fn article(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let expected = self.digest_of(address)?;
        let id = self.id_of(address)?;
        self.document(address, |document| {
            let text = |field| document.text(field);
            let (title, body) = (text(self.fields.title), text(self.fields.body));
            let body = body.unwrap_or_default();
            let meta = text(self.fields.meta).unwrap_or_default();
            if expected != Some(digest(title, body, meta)) {
                let message = "a stored article is not as it was stored".to_owned();
                return Err(tantivy::TantivyError::InternalError(message));
            }
            let mut meta: Meta = serde_json::from_str(meta).map_err(|e| {
                tantivy::TantivyError::InternalError(format!("stored article: {e}"))
            })?;
            meta.ordinal = document.number(self.fields.ordinal).unwrap_or(1);
            Ok(StoredArticle {
                id: id.to_string(),
                title: title.map(str::to_owned),
                body: body.to_owned(),
                meta,
            })
        })?
    }

    /// Live, finished articles whose id starts with `prefix`, at most `most`.
    ///
    /// # Errors
    ///
    /// What tantivy finds wrong with a segment.
    pub fn find_id(&self, prefix: &str, most: usize) -> tantivy::Result<Vec<DocAddress>> {
        let mut found = Vec::new();
        if prefix.is_empty() {
            return Ok(found);
        }
        let Some(ids) = ArticleId::starting(&prefix.to_ascii_lowercase()) else {
            return Ok(found);
        };
        for (segment_ord, segment) in self.segments.iter().enumerate() {
            let inverted = segment.inverted_index(self.fields.order)?;
            self.each_list_of_ids(segment, &ids, |list| {
                let mut postings =
                    inverted.read_postings_from_terminfo(list, IndexRecordOption::Basic)?;
                let mut doc = postings.doc();
                while doc != TERMINATED {
                    let address = DocAddress::new(segment_ord as u32, doc);
                    if ids.contains(&self.id_of(address)?) && self.is_shown(segment, doc)? {
                        found.push(address);
                    }
                    doc = postings.advance();
                }
                Ok(found.len() < most)
            })?;
        }
        found.truncate(most);
        Ok(found)
    }

    /// Calls `each` with the posting lists of [`Fields::order`] that hold the
    /// ids of a range, in order, until it returns `false`. They may hold others,
    /// which differ in their tails alone.
    pub(crate) fn each_list_of_ids(
        &self,
        segment: &SegmentReader,
        ids: &RangeInclusive<ArticleId>,
        mut each: impl FnMut(&TermInfo) -> tantivy::Result<bool>,
    ) -> tantivy::Result<()> {
        let inverted = segment.inverted_index(self.fields.order)?;
        let [first, last] = [ids.start(), ids.end()].map(|id| id.order().to_be_bytes());
        let mut terms = inverted.terms().range().ge(first).le(last).into_stream()?;
        while terms.advance() && each(terms.value())? {}
        Ok(())
    }

    /// Readings of the live articles whose id starts with `prefix`.
    pub(super) fn readings_of(&self, prefix: &str) -> tantivy::Result<Vec<u64>> {
        let mut readings = Vec::new();
        for address in self.find_id(prefix, usize::MAX)? {
            let segment = &self.segments[address.segment_ord as usize];
            readings.extend(segment.fast_fields().u64("reading")?.first(address.doc_id));
        }
        Ok(readings)
    }

    /// Whether a document is neither deleted nor of an unfinished reading.
    fn is_shown(&self, segment: &SegmentReader, doc: u32) -> tantivy::Result<bool> {
        if segment.is_deleted(doc) {
            return Ok(false);
        }
        if self.unfinished.is_empty() {
            return Ok(true);
        }
        let reading = segment.fast_fields().u64("reading")?.first(doc);
        Ok(reading.is_none_or(|reading| self.unfinished.binary_search(&reading).is_err()))
    }

    /// Live articles of each finished reading that has any.
    pub(super) fn count_readings(&self) -> tantivy::Result<HashMap<u64, u64>> {
        let mut counts = HashMap::new();
        for segment in self.segments.iter() {
            let readings = segment.fast_fields().u64("reading")?;
            self.each_article(segment, |doc| {
                *counts.entry(readings.first(doc).unwrap_or(0)).or_default() += 1;
            })?;
        }
        Ok(counts)
    }

    /// Calls `each` with every live, finished article of a segment, in order.
    ///
    /// # Errors
    ///
    /// What tantivy finds wrong with the segment.
    pub fn each_article(
        &self,
        segment: &SegmentReader,
        mut each: impl FnMut(u32),
    ) -> tantivy::Result<()> {
        let term = Term::from_field_u64(self.fields.kind, KIND_ARTICLE);
        let inverted = segment.inverted_index(self.fields.kind)?;
        let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
            return Ok(());
        };
        debug_assert!(postings.term_freq() >= 1);
        let reading = match self.unfinished.is_empty() {
            true => None,
            false => Some(segment.fast_fields().u64("reading")?),
        };
        let mut doc = postings.doc();
        while doc != TERMINATED {
            let is_unfinished = reading
                .as_ref()
                .and_then(|column| column.first(doc))
                .is_some_and(|reading| self.unfinished.binary_search(&reading).is_ok());
            if !segment.is_deleted(doc) && !is_unfinished {
                each(doc);
            }
            doc = postings.advance();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tantivy::TantivyDocument;

    use super::super::schema::schema;
    use super::super::tokenizer;
    use super::*;

    #[test]
    fn an_article_that_is_not_as_it_was_stored_is_refused() {
        let (schema, fields) = schema();
        let index = tantivy::Index::create_in_ram(schema);
        tokenizer::register(&index);
        let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
        let meta = serde_json::to_string(&Meta::default()).unwrap();
        for stored in ["The council met.", "The council let."] {
            let mut document = TantivyDocument::new();
            document.add_u64(fields.kind, KIND_ARTICLE);
            document.add_u64(fields.order, 0);
            document.add_u64(fields.id_tail, 0);
            document.add_text(fields.body, stored);
            document.add_text(fields.meta, &meta);
            document.add_u64(fields.digest, digest(None, "The council met.", &meta));
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        let snapshot = Snapshot::new(searcher.segment_readers(), fields, Vec::new()).unwrap();
        let read = |doc| snapshot.article(DocAddress::new(0, doc));
        assert_eq!(read(0).unwrap().body, "The council met.");
        let refused = read(1).unwrap_err().to_string();
        assert!(refused.contains("not as it was stored"), "{refused}");
    }
}
