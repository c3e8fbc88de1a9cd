//! What has been read: the hidden documents of files, gathered in one scan.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use tantivy::postings::Postings;
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{DocAddress, DocSet, TERMINATED, Term};

use super::document::{FileState, Notes};
use super::folder::{damaged, guarded};
use super::schema::KIND_FILE;
use super::snapshot::Snapshot;
use crate::error::Error;

/// Every file that the index holds a reading of, by its key: the bytes of its
/// absolute path.
#[derive(Debug, Default)]
pub struct Catalogue {
    folder: PathBuf,
    files: HashMap<Box<[u8]>, FileEntry>,
}

/// The reading of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Number of the reading.
    pub reading: u64,
    /// State of the file when it was read.
    pub state: FileState,
    /// Articles it holds.
    pub articles: u64,
    /// Documents of it that were rejected.
    pub rejected: u64,
    /// Where its hidden document lies.
    document: DocAddress,
}

impl Catalogue {
    /// Scans the hidden documents of a commit of the index in `folder`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn read(snapshot: &Snapshot, folder: &Path) -> Result<Self, Error> {
        let files = guarded(folder, || scan(snapshot).map_err(|e| damaged(folder, &e)))?;
        Ok(Self {
            folder: folder.to_owned(),
            files,
        })
    }

    /// The reading of a file.
    pub fn get(&self, key: &[u8]) -> Option<&FileEntry> {
        self.files.get(key)
    }

    /// Every file, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &FileEntry)> {
        self.files.iter().map(|(key, entry)| (&**key, entry))
    }

    /// Files with rejections among the readings that `is_counted`, in the order
    /// in which their documents are stored: neighbours are read together.
    pub fn with_rejections(&self, is_counted: impl Fn(u64) -> bool) -> Vec<(&[u8], &FileEntry)> {
        let mut files: Vec<_> = self
            .iter()
            .filter(|(_, entry)| entry.rejected > 0 && is_counted(entry.reading))
            .collect();
        files.sort_unstable_by_key(|(_, entry)| entry.document);
        files
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file was read.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The rejections and skips kept for a file.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn notes(&self, snapshot: &Snapshot, entry: &FileEntry) -> Result<Notes, Error> {
        let document = guarded(&self.folder, || {
            let document = snapshot.document(entry.document);
            document.map_err(|e| damaged(&self.folder, &e))
        })?;
        let text = document
            .get_first(snapshot.fields.file_notes)
            .and_then(|value| value.as_str());
        Ok(text
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default())
    }

    /// Files that are no articles as a whole, counted by why, among the
    /// readings that `is_counted`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn skipped(
        &self,
        snapshot: &Snapshot,
        is_counted: impl Fn(u64) -> bool,
    ) -> Result<BTreeMap<String, u64>, Error> {
        guarded(&self.folder, || {
            count_skipped(snapshot, is_counted).map_err(|e| damaged(&self.folder, &e))
        })
    }
}

fn scan(snapshot: &Snapshot) -> tantivy::Result<HashMap<Box<[u8]>, FileEntry>> {
    let mut files = HashMap::new();
    let term = Term::from_field_u64(snapshot.fields.kind, KIND_FILE);
    for (segment_ord, segment) in snapshot.segments.iter().enumerate() {
        let inverted = segment.inverted_index(snapshot.fields.kind)?;
        let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
            continue;
        };
        debug_assert!(postings.term_freq() >= 1);
        let fast = segment.fast_fields();
        let Some(paths) = fast.bytes("file_path")? else {
            continue;
        };
        let (readings, sizes, options) = (
            fast.u64("reading")?,
            fast.u64("file_size")?,
            fast.u64("file_options")?,
        );
        let (mtimes, ctimes) = (fast.i64("file_mtime")?, fast.i64("file_ctime")?);
        let (articles, rejected) = (fast.u64("file_articles")?, fast.u64("file_rejected")?);
        // A column that no document of the segment fills does not exist.
        let digests = fast.u64("file_digest").ok();
        let mut found = Vec::new();
        let mut doc = postings.doc();
        while doc != TERMINATED {
            if !segment.is_deleted(doc)
                && let Some(path) = paths.term_ords(doc).next()
            {
                let state = FileState {
                    size: sizes.first(doc).unwrap_or(0),
                    mtime: mtimes.first(doc).unwrap_or(0),
                    ctime: ctimes.first(doc).unwrap_or(0),
                    options: options.first(doc).unwrap_or(0),
                    digest: digests.as_ref().and_then(|digests| digests.first(doc)),
                };
                let entry = FileEntry {
                    reading: readings.first(doc).unwrap_or(0),
                    state,
                    articles: articles.first(doc).unwrap_or(0),
                    rejected: rejected.first(doc).unwrap_or(0),
                    document: DocAddress::new(segment_ord as u32, doc),
                };
                found.push((path, entry));
            }
            doc = postings.advance();
        }
        // Paths come out of their dictionary fastest in its own order.
        found.sort_unstable_by_key(|&(path, _)| path);
        files.reserve(found.len());
        let ords: Vec<u64> = found.iter().map(|&(path, _)| path).collect();
        let mut entries = found.iter().map(|&(_, entry)| entry);
        paths.dictionary().sorted_ords_to_term_cb(&ords, |path| {
            if let Some(entry) = entries.next() {
                files.insert(Box::from(path), entry);
            }
        })?;
    }
    Ok(files)
}

fn count_skipped(
    snapshot: &Snapshot,
    is_counted: impl Fn(u64) -> bool,
) -> tantivy::Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for segment in snapshot.segments.iter() {
        let Some(names) = segment.fast_fields().str("file_skipped")? else {
            continue;
        };
        let readings = segment.fast_fields().u64("reading")?;
        let mut by_ord = vec![0u64; names.num_terms()];
        for doc in segment.doc_ids_alive() {
            if let Some(ord) = names.term_ords(doc).next()
                && readings.first(doc).is_some_and(&is_counted)
                && let Some(count) = by_ord.get_mut(ord as usize)
            {
                *count += 1;
            }
        }
        for (ord, count) in by_ord
            .into_iter()
            .enumerate()
            .filter(|&(_, count)| count > 0)
        {
            let mut name = String::new();
            names.ord_to_str(ord as u64, &mut name)?;
            *counts.entry(name).or_default() += count;
        }
    }
    Ok(counts)
}
