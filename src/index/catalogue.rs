//! What has been read: the hidden documents of files, gathered in one scan and
//! kept in the order of their keys, as a walk comes to them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use tantivy::columnar::Column;
use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::document::{FileState, Notes};
use super::folder::{damaged, guarded};
use super::schema::{Fields, KIND_FILE};
use super::snapshot::Snapshot;
use crate::error::Error;

/// Every file that the index holds a reading of, by its key: the bytes of its
/// absolute path. Files have places, from 0, in the order of their keys.
#[derive(Debug, Default)]
pub struct Catalogue {
    folder: PathBuf,
    parts: Vec<Part>,
    /// For each place the part that holds the file, and its number there.
    order: Vec<(u32, u32)>,
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
    /// Why it is no article as a whole, by its number in the segment.
    skip: Option<u32>,
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
        guarded(folder, || {
            let segments = snapshot.segments.par_iter().enumerate();
            let parts = segments
                .map(|(number, segment)| Part::read(snapshot.fields, number as u32, segment))
                .collect::<Result<Vec<Part>, _>>()
                .map_err(|e| damaged(folder, &e))?;
            Ok(Self::of(parts, folder))
        })
    }

    fn of(parts: Vec<Part>, folder: &Path) -> Self {
        let parted = parts.iter().zip(0..);
        let mut order: Vec<(u32, u32)> = parted
            .flat_map(|(part, number)| (0..part.files.len() as u32).map(move |file| (number, file)))
            .collect();
        if parts.len() > 1 {
            // Each part is in order already, which this sort makes use of.
            let key = |&(part, file): &(u32, u32)| parts[part as usize].key(file);
            order.sort_by(|one, other| key(one).cmp(key(other)));
        }
        Self {
            folder: folder.to_owned(),
            parts,
            order,
        }
    }

    /// The reading of a file.
    pub fn get(&self, key: &[u8]) -> Option<&FileEntry> {
        self.find(key, &mut 0).map(|place| self.at(place))
    }

    /// The place of a file. `near` is where it may be, and is set to where the
    /// next one may be: files mostly come in the order of the catalogue.
    pub fn find(&self, key: &[u8], near: &mut usize) -> Option<usize> {
        let compare = |&(part, file): &(u32, u32)| self.parts[part as usize].key(file).cmp(key);
        let place = match self.order.get(*near).map(compare) {
            Some(Ordering::Equal) => *near,
            _ => self.order.binary_search_by(compare).ok()?,
        };
        *near = place + 1;
        Some(place)
    }

    /// The reading of the file at a place given by [`Catalogue::find`].
    pub fn at(&self, place: usize) -> &FileEntry {
        let (part, file) = self.order[place];
        &self.parts[part as usize].files[file as usize].entry
    }

    /// Every file, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &FileEntry)> {
        self.order.iter().map(|&(part, file)| {
            let part = &self.parts[part as usize];
            (part.key(file), &part.files[file as usize].entry)
        })
    }

    /// Files with rejections among those at places that count, in the order
    /// in which their documents are stored: neighbours are read together.
    pub fn with_rejections(&self, is_counted: impl Fn(usize) -> bool) -> Vec<(&[u8], &FileEntry)> {
        let mut files: Vec<_> = self
            .iter()
            .enumerate()
            .filter(|&(place, (_, entry))| entry.rejected > 0 && is_counted(place))
            .map(|(_, file)| file)
            .collect();
        files.sort_unstable_by_key(|(_, entry)| entry.document);
        files
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether no file was read.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The rejections and skips kept for a file.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn notes(&self, snapshot: &Snapshot, entry: &FileEntry) -> Result<Notes, Error> {
        guarded(&self.folder, || {
            let notes = snapshot.document(entry.document, |document| {
                let text = document.text(snapshot.fields.file_notes);
                text.and_then(|text| serde_json::from_str(text).ok())
            });
            let notes = notes.map_err(|e| damaged(&self.folder, &e))?;
            Ok(notes.unwrap_or_default())
        })
    }

    /// Files that are no articles as a whole, counted by why, among those at
    /// places that count.
    pub fn skipped(&self, is_counted: impl Fn(usize) -> bool) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for (place, &(part, file)) in self.order.iter().enumerate() {
            let part = &self.parts[part as usize];
            if let Some(skip) = part.files[file as usize].entry.skip
                && let Some(name) = part.skips.get(skip as usize)
                && is_counted(place)
            {
                *counts.entry(name).or_default() += 1;
            }
        }
        let counts = counts.into_iter();
        counts.map(|(name, count)| (name.clone(), count)).collect()
    }
}

/// The files of one segment, in the order of their keys.
#[derive(Debug, Default)]
struct Part {
    /// The keys, one behind the other: an allocation each would take longer than
    /// all that is done with them.
    keys: Vec<u8>,
    files: Vec<File>,
    /// Names of skips.
    skips: Vec<String>,
}

/// A file of a segment.
#[derive(Debug)]
struct File {
    /// Where its key lies among all keys.
    key: Range<usize>,
    entry: FileEntry,
}

impl Part {
    fn key(&self, file: u32) -> &[u8] {
        &self.keys[self.files[file as usize].key.clone()]
    }

    fn read(fields: Fields, segment_ord: u32, segment: &SegmentReader) -> tantivy::Result<Self> {
        let mut part = Self::default();
        let fast = segment.fast_fields();
        let Some(paths) = fast.bytes("file_path")? else {
            return Ok(part);
        };
        let mut found = live_files(fields, segment, paths.ords())?;
        // Paths come out of their dictionary fastest in its own order.
        found.sort_unstable();
        let ords: Vec<u64> = found.iter().map(|&(path, _)| path).collect();
        let mut docs = found.into_iter().map(|(_, doc)| doc);
        part.files.reserve_exact(docs.len());
        paths.dictionary().sorted_ords_to_term_cb(&ords, |path| {
            let start = part.keys.len();
            part.keys.extend_from_slice(path);
            part.files.extend(docs.next().map(|doc| File {
                key: start..part.keys.len(),
                entry: FileEntry::of(DocAddress::new(segment_ord, doc)),
            }));
        })?;
        let (readings, options) = (fast.u64("reading")?, fast.u64("file_options")?);
        let (sizes, mtimes) = (fast.u64("file_size")?, fast.i64("file_mtime")?);
        let (ctimes, articles) = (fast.i64("file_ctime")?, fast.u64("file_articles")?);
        let rejected = fast.u64("file_rejected")?;
        // A column that no document of the segment fills does not exist.
        let digests = fast.u64("file_digest").ok();
        let skips = fast.str("file_skipped")?;
        for files in part.files.chunks_mut(AT_ONCE) {
            let docs = files.iter().map(|file| file.entry.document.doc_id);
            let docs: Vec<DocId> = docs.collect();
            let mut rows = Rows { files, docs: &docs };
            rows.fill(&readings, |entry, reading| entry.reading = reading);
            rows.fill(&sizes, |entry, size| entry.state.size = size);
            rows.fill(&mtimes, |entry, mtime| entry.state.mtime = mtime);
            rows.fill(&ctimes, |entry, ctime| entry.state.ctime = ctime);
            rows.fill(&options, |entry, options| entry.state.options = options);
            rows.fill(&articles, |entry, articles| entry.articles = articles);
            rows.fill(&rejected, |entry, rejected| entry.rejected = rejected);
            if let Some(digests) = &digests {
                rows.fill(digests, |entry, digest| entry.state.digest = Some(digest));
            }
            if let Some(skips) = &skips {
                rows.fill(skips.ords(), |entry, skip| entry.skip = Some(skip as u32));
            }
        }
        if let Some(skips) = &skips {
            part.skips.resize(skips.num_terms(), String::new());
            for (ord, name) in part.skips.iter_mut().enumerate() {
                skips.ord_to_str(ord as u64, name)?;
            }
        }
        Ok(part)
    }
}

impl FileEntry {
    /// Of which nothing is known but its document.
    fn of(document: DocAddress) -> Self {
        Self {
            reading: 0,
            state: FileState::default(),
            articles: 0,
            rejected: 0,
            skip: None,
            document,
        }
    }
}

/// Files of which a column is read at once: it is quickest at that.
const AT_ONCE: usize = 512;

/// Some files and their documents.
struct Rows<'a> {
    files: &'a mut [File],
    docs: &'a [DocId],
}

impl Rows<'_> {
    /// Sets what a column says of each file of which it says anything.
    fn fill<T>(&mut self, column: &Column<T>, set: impl Fn(&mut FileEntry, T))
    where
        T: Copy + PartialOrd + std::fmt::Debug + Send + Sync + 'static,
    {
        let mut values = [None; AT_ONCE];
        column.first_vals(self.docs, &mut values[..self.docs.len()]);
        for (file, value) in self.files.iter_mut().zip(values) {
            if let Some(value) = value {
                set(&mut file.entry, value);
            }
        }
    }
}

/// The hidden documents of files in a segment, each behind its value in `paths`.
fn live_files(
    fields: Fields,
    segment: &SegmentReader,
    paths: &Column<u64>,
) -> tantivy::Result<Vec<(u64, DocId)>> {
    let term = Term::from_field_u64(fields.kind, KIND_FILE);
    let inverted = segment.inverted_index(fields.kind)?;
    let mut found = Vec::new();
    if let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? {
        debug_assert!(postings.term_freq() >= 1);
        // More than there can be would be damage.
        found.reserve_exact(postings.size_hint().min(segment.max_doc()) as usize);
        let mut doc = postings.doc();
        while doc != TERMINATED {
            if !segment.is_deleted(doc)
                && let Some(path) = paths.first(doc)
            {
                found.push((path, doc));
            }
            doc = postings.advance();
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::{Index, Writer, WriterOptions};
    use super::*;
    use crate::error::Skip;

    const OPTIONS: WriterOptions = WriterOptions {
        threads: 1,
        memory_bytes: 15 << 20,
        rebuild: false,
        merge: false,
    };

    /// The files of an index in which a run each has read `runs`: sizes that
    /// stand for the files' keys, and why they were skipped.
    fn catalogue(folder: &Path, runs: &[&[(&str, u64, Option<Skip>)]]) -> Catalogue {
        for run in runs {
            let mut writer = Writer::open(folder, OPTIONS).unwrap();
            let known = writer.catalogue();
            for (key, size, skip) in *run {
                let before = known.get(str::as_bytes(key)).map(|entry| entry.reading);
                let reading = writer.begin(str::as_bytes(key).into(), before);
                let state = FileState {
                    size: *size,
                    digest: (*size == 3).then_some(33),
                    ..FileState::default()
                };
                writer.finish(reading, &state, skip.as_ref()).unwrap();
            }
            writer.close().unwrap();
        }
        let snapshot = Index::open(folder).unwrap().snapshot().unwrap();
        assert_eq!(snapshot.segments.len(), runs.len());
        Catalogue::read(&snapshot, folder).unwrap()
    }

    #[test]
    fn files_of_several_segments_stand_in_the_order_of_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let first = [
            ("/b/2", 2, None),
            ("/a", 1, None),
            ("/d", 4, None),
            ("/b/1", 6, None),
            ("/e", 7, None),
        ];
        let second = [("/c", 3, None), ("/d", 5, None), ("/b-", 0, None)];
        let catalogue = catalogue(folder.path(), &[&first, &second]);
        let found = catalogue.iter().map(|(key, entry)| {
            let key = String::from_utf8(key.to_vec()).unwrap();
            (key, entry.state.size, entry.state.digest)
        });
        let found: Vec<_> = found.collect();
        let expected = [
            ("/a", 1, None),
            ("/b-", 0, None),
            ("/b/1", 6, None),
            ("/b/2", 2, None),
            ("/c", 3, Some(33)),
            ("/d", 5, None),
            ("/e", 7, None),
        ];
        assert_eq!(
            found,
            expected.map(|(key, size, digest)| (key.to_owned(), size, digest))
        );
    }

    #[test]
    fn a_file_is_found_wherever_it_is_looked_for_first() {
        let folder = tempfile::tempdir().unwrap();
        let files = [("/a", 1, None), ("/b", 2, None), ("/c", 3, None)];
        let catalogue = catalogue(folder.path(), &[&files[..1], &files[1..]]);
        for near in 0..=4 {
            for (place, (key, size, _)) in files.iter().enumerate() {
                let mut near = near;
                assert_eq!(catalogue.find(str::as_bytes(key), &mut near), Some(place));
                assert_eq!(near, place + 1);
                assert_eq!(catalogue.at(place).state.size, *size);
            }
            for missing in ["", "/", "/aa", "/d"] {
                assert_eq!(catalogue.find(str::as_bytes(missing), &mut { near }), None);
            }
        }
        assert_eq!(Catalogue::default().get(b"/a"), None);
    }

    #[test]
    fn skips_of_several_segments_are_counted_together_where_they_count() {
        let folder = tempfile::tempdir().unwrap();
        let kind = || Some(Skip::Kind("png".to_owned()));
        let first = [("/a", 1, kind()), ("/d", 4, Some(Skip::Empty))];
        let second = [("/b", 2, None), ("/c", 3, kind())];
        let catalogue = catalogue(folder.path(), &[&first, &second]);
        let counted = |places: &[usize]| -> Vec<u64> {
            let counts = catalogue.skipped(|place| places.contains(&place));
            let skips = [Skip::Kind("png".to_owned()), Skip::Empty];
            let counts = skips.map(|skip| counts.get(&skip.name()).copied().unwrap_or(0));
            counts.to_vec()
        };
        assert_eq!(counted(&[0, 1, 2, 3]), [2, 1]);
        assert_eq!(counted(&[1, 2]), [1, 0]);
        assert!(catalogue.skipped(|_| false).is_empty());
    }
}
