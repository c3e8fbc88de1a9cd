//! Opening the index in use: for reading, and for writing.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::index::SegmentComponent;
use tantivy::{IndexMeta, ReloadPolicy};

use super::directory::{ReadDirectory, Refusal, Soundness, WriteDirectory, soundness};
use super::generation::{check_versions, current};
use super::payload::Payload;
use super::schema::{Fields, schema};
use super::snapshot::{Figures, Snapshot};
use super::tokenizer;
use crate::error::Error;

/// An index opened for reading.
pub struct Index {
    folder: PathBuf,
    generation: PathBuf,
    tantivy: tantivy::Index,
    fields: Fields,
}

impl Index {
    /// Opens the index in `folder` for reading. Nothing is written.
    ///
    /// # Errors
    ///
    /// [`Error::NoIndex`], [`Error::Version`], [`Error::Damaged`], [`Error::Io`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        // A rebuild may swap the generation between our two looks.
        let mut attempts = 0;
        loop {
            let generation = current(folder)?.ok_or_else(|| Error::NoIndex {
                path: folder.to_owned(),
            })?;
            match Self::open_generation(folder, &generation) {
                Err(_) if attempts < 5 && current(folder)?.as_ref() != Some(&generation) => {
                    attempts += 1
                }
                other => return other,
            }
        }
    }

    fn open_generation(folder: &Path, generation: &Path) -> Result<Self, Error> {
        check_versions(folder, generation)?;
        match soundness(generation) {
            Soundness::Altered => {
                return Err(damaged(folder, &"`meta.json` is not as it was written"));
            }
            Soundness::Missing => return Err(damaged(folder, &"`meta.json` is missing")),
            Soundness::Sound | Soundness::Unvouched => {}
        }
        let directory = MmapDirectory::open(generation).map_err(|e| damaged(folder, &e))?;
        let tantivy =
            tantivy::Index::open(ReadDirectory(directory)).map_err(|e| damaged(folder, &e))?;
        tokenizer::register(&tantivy);
        let (_, fields) = schema();
        Ok(Self {
            folder: folder.to_owned(),
            generation: generation.to_owned(),
            tantivy,
            fields,
        })
    }

    /// The index folder, as it was named.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the generation in use.
    pub fn generation(&self) -> &Path {
        &self.generation
    }

    /// What the last commit carries.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn payload(&self) -> Result<Payload, Error> {
        parse_payload(&self.folder, self.meta()?.payload.as_deref())
    }

    fn meta(&self) -> Result<IndexMeta, Error> {
        self.tantivy
            .load_metas()
            .map_err(|e| damaged(&self.folder, &e))
    }

    /// Names of the files that the last commit's segments consist of.
    pub(super) fn segment_files(&self) -> Result<BTreeSet<PathBuf>, Error> {
        let meta = self.meta()?;
        // tantivy lists every file a segment may have; one without deletions
        // has no file of them, and stores in the making belong to no commit.
        let without: BTreeSet<PathBuf> = meta
            .segments
            .iter()
            .filter(|segment| !segment.has_deletes())
            .map(|segment| segment.relative_path(SegmentComponent::Delete))
            .collect();
        let files = meta.list_segment_files().into_iter();
        let is_needed =
            |name: &PathBuf| !without.contains(name) && !name.to_string_lossy().ends_with(".temp");
        Ok(files.filter(is_needed).collect())
    }

    /// Whether a file's content fits the checksum at its end; `Err` says why
    /// that cannot be told.
    pub(super) fn checksum_holds(&self, name: &Path) -> Result<bool, String> {
        self.tantivy
            .directory()
            .validate_checksum(name)
            .map_err(|e| match e {
                OpenReadError::FileDoesNotExist(_) => "it is missing".to_owned(),
                other => other.to_string(),
            })
    }

    /// Segments of the last commit that cannot be opened, each by the name
    /// that begins its files' names, with what is wrong.
    pub(super) fn broken_segments(&self) -> Result<Vec<(String, String)>, Error> {
        let mut broken = Vec::new();
        for meta in self.meta()?.segments {
            let segment = self.tantivy.segment(meta.clone());
            let opened = catch_unwind(AssertUnwindSafe(|| {
                tantivy::SegmentReader::open(&segment).map(|_| ())
            }));
            let detail = match opened {
                Ok(Ok(())) => continue,
                Ok(Err(e)) => e.to_string(),
                Err(_) => "it cannot be opened".to_owned(),
            };
            broken.push((meta.id().uuid_string(), detail));
        }
        Ok(broken)
    }

    /// Number of the last commit, and what it consists of: equal for equal commits.
    pub(super) fn commit(&self) -> Result<(u64, BTreeSet<PathBuf>), Error> {
        Ok((self.meta()?.opstamp, self.segment_files()?))
    }

    /// The last commit, frozen.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where a file of it is missing or unreadable.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.frozen(|meta| self.check_some(meta))
    }

    /// As [`Index::snapshot`], for mending: what can be opened is not held
    /// against any checksum.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn snapshot_as_it_is(&self) -> Result<Snapshot, Error> {
        self.frozen(|_| Ok(()))
    }

    fn frozen(&self, check: impl Fn(&IndexMeta) -> Result<(), Error>) -> Result<Snapshot, Error> {
        // What a commit carries besides documents must be of the very commit
        // whose segments were opened, and a run may commit between two looks.
        const ATTEMPTS: u32 = 200;
        let mut before = self.meta()?;
        let mut attempt = 0;
        loop {
            let taken = guarded(&self.folder, || {
                check(&before)?;
                self.take(&before)
            });
            let after = self.meta()?;
            let is_settled = match &taken {
                Ok(_) => before.opstamp == after.opstamp && before.payload == after.payload,
                Err(_) => before.opstamp == after.opstamp && same_segments(&before, &after),
            };
            if is_settled || attempt == ATTEMPTS {
                return taken;
            }
            attempt += 1;
            before = after;
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// Holds what is cheap to read of a commit against its checksums: all of
    /// a small index, the small files of a larger one.
    fn check_some(&self, meta: &IndexMeta) -> Result<(), Error> {
        let mut left = CHECKED_BYTES;
        for component in CHECKED_FIRST {
            for segment in &meta.segments {
                if component == SegmentComponent::Delete && !segment.has_deletes() {
                    continue;
                }
                let name = segment.relative_path(component.clone());
                let detail = match std::fs::metadata(self.generation.join(&name)) {
                    Ok(metadata) if metadata.len() > left => continue,
                    Ok(metadata) => {
                        left -= metadata.len();
                        match self.checksum_holds(&name) {
                            Ok(true) => continue,
                            Ok(false) => "its checksum does not hold".to_owned(),
                            Err(detail) => detail,
                        }
                    }
                    Err(e) => e.to_string(),
                };
                let name = name.display();
                return Err(damaged(
                    &self.folder,
                    &format_args!("file {name}: {detail}"),
                ));
            }
        }
        Ok(())
    }

    fn take(&self, meta: &IndexMeta) -> Result<Snapshot, Error> {
        let damaged = |e: &dyn std::fmt::Display| damaged(&self.folder, e);
        let reader: tantivy::IndexReader = self
            .tantivy
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|e: tantivy::TantivyError| damaged(&e))?;
        let payload = parse_payload(&self.folder, meta.payload.as_deref())?;
        let mut snapshot = Snapshot::new(reader.searcher(), self.fields, payload.unfinished);
        snapshot.figures = match Figures::read(&self.generation, meta.opstamp) {
            Some(figures) => figures,
            None => Figures::count(&snapshot).map_err(|e| damaged(&e))?,
        };
        Ok(snapshot)
    }
}

/// Bytes that are held against their checksums whenever an index is opened: as
/// many as cost a fraction of a millisecond.
const CHECKED_BYTES: u64 = 768 << 10;

/// Kinds of files, those first in which damage is noticed least: what a damaged
/// list of deletions or a column says cannot be told from what a sound one
/// does. Stored articles have digests of their own.
const CHECKED_FIRST: [SegmentComponent; 7] = [
    SegmentComponent::Delete,
    SegmentComponent::FieldNorms,
    SegmentComponent::FastFields,
    SegmentComponent::Terms,
    SegmentComponent::Postings,
    SegmentComponent::Positions,
    SegmentComponent::Store,
];

/// Whether two commits consist of the same segments.
fn same_segments(one: &IndexMeta, other: &IndexMeta) -> bool {
    let of = |meta: &IndexMeta| {
        let segments = meta.segments.iter();
        segments
            .map(|segment| (segment.id(), segment.delete_opstamp()))
            .collect::<Vec<_>>()
    };
    of(one) == of(other)
}

/// Runs something that reads the index in `folder`. A panic in it means that
/// the files do not hold what they promise.
pub(super) fn guarded<T>(
    folder: &Path,
    read: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(damaged(folder, &"its files do not hold what they promise")))
}

/// Opens a generation for writing.
pub(super) fn open_for_writing(
    folder: &Path,
    generation: &Path,
) -> Result<(tantivy::Index, Fields, Refusal), Error> {
    check_versions(folder, generation)?;
    let directory = WriteDirectory::open(generation).map_err(|e| damaged(folder, &e))?;
    let refusal = directory.refusal();
    let index = tantivy::Index::open(directory)
        .map_err(|e| refusal.take().unwrap_or_else(|| damaged(folder, &e)))?;
    tokenizer::register(&index);
    Ok((index, schema().1, refusal))
}

fn parse_payload(folder: &Path, text: Option<&str>) -> Result<Payload, Error> {
    let Some(text) = text else {
        return Ok(Payload::default());
    };
    serde_json::from_str(text).map_err(|e| Error::Damaged {
        path: folder.to_owned(),
        detail: format!("payload of the last commit: {e}"),
    })
}

pub(super) fn damaged(folder: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Damaged {
        path: folder.to_owned(),
        detail: error.to_string(),
    }
}
