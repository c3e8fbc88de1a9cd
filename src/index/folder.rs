//! Opening the index in use: for reading, and for writing.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tantivy::directory::Directory;
use tantivy::directory::error::OpenReadError;
use tantivy::index::{SegmentComponent, SegmentId, SegmentMeta};
use tantivy::{IndexSettings, SegmentReader};

use super::beside::{self, Kind};
use super::directory::{META, ReadDirectory, Refusal, Soundness, WriteDirectory, soundness};
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
    directory: ReadDirectory,
    tantivy: tantivy::Index,
    fields: Fields,
    /// `meta.json` when the index was opened, and what it says.
    seen: (Vec<u8>, Commit),
}

/// What `meta.json` says of a commit. The schema in it is passed over: the
/// version tells it, and reading it took most of the time.
#[derive(Clone)]
struct Commit {
    opstamp: u64,
    payload: Option<String>,
    segments: Vec<SegmentMeta>,
}

/// [`Commit`] as it is written.
#[derive(Deserialize)]
struct WrittenCommit {
    segments: Vec<WrittenSegment>,
    opstamp: u64,
    payload: Option<String>,
}

#[derive(Deserialize)]
struct WrittenSegment {
    segment_id: String,
    max_doc: u32,
    deletes: Option<WrittenDeletes>,
}

#[derive(Deserialize)]
struct WrittenDeletes {
    num_deleted_docs: u32,
    opstamp: u64,
}

impl Commit {
    fn parse(text: &[u8], tantivy: &tantivy::Index) -> Result<Self, String> {
        let written: WrittenCommit = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        let mut segments = Vec::with_capacity(written.segments.len());
        for segment in written.segments {
            let id = SegmentId::from_uuid_string(&segment.segment_id)
                .map_err(|_| "a segment without an id".to_owned())?;
            let meta = tantivy.new_segment_meta(id, segment.max_doc);
            segments.push(match segment.deletes {
                None => meta,
                Some(deletes) if deletes.num_deleted_docs > segment.max_doc => {
                    return Err("a segment with more deletions than documents".to_owned());
                }
                Some(deletes) => meta.with_delete_meta(deletes.num_deleted_docs, deletes.opstamp),
            });
        }
        Ok(Self {
            opstamp: written.opstamp,
            payload: written.payload,
            segments,
        })
    }

    /// Whether another commit consists of the same segments.
    fn is_same(&self, other: &Self) -> bool {
        let of = |commit: &Self| {
            let segments = commit.segments.iter();
            segments
                .map(|segment| (segment.id(), segment.delete_opstamp()))
                .collect::<Vec<_>>()
        };
        self.opstamp == other.opstamp && of(self) == of(other)
    }
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
        let (soundness, meta) = soundness(generation);
        match soundness {
            Soundness::Altered => {
                return Err(damaged(folder, &"`meta.json` is not as it was written"));
            }
            Soundness::Missing => return Err(damaged(folder, &"`meta.json` is missing")),
            Soundness::Sound | Soundness::Unvouched => {}
        }
        let directory = ReadDirectory::open(generation).map_err(|e| damaged(folder, &e))?;
        let (schema, fields) = schema();
        let tantivy = tantivy::Index::create(directory.clone(), schema, IndexSettings::default())
            .map_err(|e| damaged(folder, &e))?;
        let commit = Commit::parse(&meta, &tantivy).map_err(|e| unreadable(folder, &e))?;
        Ok(Self {
            folder: folder.to_owned(),
            generation: generation.to_owned(),
            directory,
            tantivy,
            fields,
            seen: (meta, commit),
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
        parse_payload(&self.folder, self.last_commit()?.payload.as_deref())
    }

    fn last_commit(&self) -> Result<Commit, Error> {
        let text =
            std::fs::read(self.generation.join(META)).map_err(|e| unreadable(&self.folder, &e))?;
        let (seen, commit) = &self.seen;
        if text == *seen {
            return Ok(commit.clone());
        }
        Commit::parse(&text, &self.tantivy).map_err(|e| unreadable(&self.folder, &e))
    }

    /// Names of the files that the last commit's segments consist of.
    pub(super) fn segment_files(&self) -> Result<BTreeSet<PathBuf>, Error> {
        let commit = self.last_commit()?;
        Ok(commit.segments.iter().flat_map(files_of).collect())
    }

    /// Names of the files of lists that the last commit's segments may have beside them.
    pub(super) fn files_beside(&self) -> Result<BTreeSet<PathBuf>, Error> {
        let segments = self.last_commit()?.segments.into_iter();
        let names = segments
            .flat_map(|segment| Kind::ALL.map(|kind| beside::name_of(segment.id(), kind).into()));
        Ok(names.collect())
    }

    /// Whether a file's content fits the checksum at its end; `Err` says why
    /// that cannot be told.
    pub(super) fn checksum_holds(&self, name: &Path) -> Result<bool, String> {
        let holds = self.compare_checksum(name);
        self.directory.release();
        holds
    }

    /// As [`Index::checksum_holds`]; the file stays open for who reads it next.
    fn compare_checksum(&self, name: &Path) -> Result<bool, String> {
        self.tantivy
            .directory()
            .validate_checksum(name)
            .map_err(|e| why_unread(&e))
    }

    /// Segments of the last commit that cannot be opened, each by the name
    /// that begins its files' names, with what is wrong.
    pub(super) fn broken_segments(&self) -> Result<Vec<(String, String)>, Error> {
        let mut broken = Vec::new();
        for meta in self.last_commit()?.segments {
            let segment = self.tantivy.segment(meta.clone());
            let opened = catch_unwind(AssertUnwindSafe(|| {
                SegmentReader::open(&segment).map(|_| ())
            }));
            let detail = match opened {
                Ok(Ok(())) => continue,
                Ok(Err(e)) => e.to_string(),
                Err(_) => "it cannot be opened".to_owned(),
            };
            broken.push((meta.id().uuid_string(), detail));
        }
        self.directory.release();
        Ok(broken)
    }

    /// Number of the last commit, and what it consists of: equal for equal commits.
    pub(super) fn commit(&self) -> Result<(u64, BTreeSet<PathBuf>), Error> {
        Ok((self.last_commit()?.opstamp, self.segment_files()?))
    }

    /// The last commit, frozen.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where a file of it is missing or unreadable.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.frozen(|commit| self.check_some(commit))
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

    fn frozen(&self, check: impl Fn(&Commit) -> Result<(), Error>) -> Result<Snapshot, Error> {
        const ATTEMPTS: u32 = 200;
        let mut attempt = 0;
        loop {
            let commit = self.last_commit()?;
            let taken = guarded(&self.folder, || {
                check(&commit)?;
                self.take(&commit)
            });
            self.directory.release();
            // A run may commit, and remove files, while they are being opened.
            let is_past = || {
                self.last_commit()
                    .is_ok_and(|later| !commit.is_same(&later))
            };
            if taken.is_ok() || attempt == ATTEMPTS || !is_past() {
                return taken;
            }
            attempt += 1;
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// Holds what is cheap to read of a commit against its checksums: all of
    /// a small index, the small files of a larger one.
    fn check_some(&self, commit: &Commit) -> Result<(), Error> {
        let wrong = |name: &Path, detail: &dyn std::fmt::Display| {
            let name = name.display();
            damaged(&self.folder, &format_args!("file {name}: {detail}"))
        };
        let mut files = Vec::new();
        for component in &COMPONENTS {
            let segments = commit.segments.iter();
            for name in segments.filter_map(|segment| file_of(segment, component)) {
                match self.directory.get_file_handle(&name) {
                    Ok(file) => files.push((name, file.len() as u64)),
                    Err(e) => return Err(wrong(&name, &why_unread(&e))),
                }
            }
        }
        let all = files.iter().map(|(_, length)| length).sum::<u64>();
        let mut left = match all <= SMALL_BYTES {
            true => SMALL_BYTES,
            false => CHECKED_BYTES,
        };
        for (name, length) in files {
            if length > left {
                continue;
            }
            left -= length;
            match self.compare_checksum(&name) {
                Ok(true) => {}
                Ok(false) => return Err(wrong(&name, &"its checksum does not hold")),
                Err(detail) => return Err(wrong(&name, &detail)),
            }
        }
        Ok(())
    }

    fn take(&self, commit: &Commit) -> Result<Snapshot, Error> {
        let damaged = |e: &dyn std::fmt::Display| damaged(&self.folder, e);
        let segments = commit.segments.iter();
        let segments: Vec<SegmentReader> = segments
            .map(|meta| SegmentReader::open(&self.tantivy.segment(meta.clone())))
            .collect::<Result<_, _>>()
            .map_err(|e| damaged(&e))?;
        let payload = parse_payload(&self.folder, commit.payload.as_deref())?;
        let snapshot =
            Snapshot::new(segments, self.fields, payload.unfinished).map_err(|e| damaged(&e))?;
        let mut snapshot = snapshot.with_beside(&self.directory);
        snapshot.figures = match Figures::read(&self.generation, commit.opstamp) {
            Some(figures) => figures,
            None => Figures::count(&snapshot).map_err(|e| damaged(&e))?,
        };
        Ok(snapshot)
    }
}

/// An index of so many bytes is held against its checksums whenever it is opened.
const SMALL_BYTES: u64 = 768 << 10;

/// Bytes of a larger one that are: as many as cost a small part of a search.
const CHECKED_BYTES: u64 = 256 << 10;

/// The kinds of files, those first in which damage is noticed least: what a damaged
/// list of deletions or a column says cannot be told from what a sound one
/// does. Stored articles have digests of their own.
const COMPONENTS: [SegmentComponent; 7] = [
    SegmentComponent::Delete,
    SegmentComponent::FieldNorms,
    SegmentComponent::FastFields,
    SegmentComponent::Terms,
    SegmentComponent::Postings,
    SegmentComponent::Positions,
    SegmentComponent::Store,
];

/// Names of the files of a segment.
pub(super) fn files_of(segment: &SegmentMeta) -> impl Iterator<Item = PathBuf> {
    let components = COMPONENTS.iter();
    components.filter_map(|component| file_of(segment, component))
}

/// The name of one of them; `None` where there is nothing for it to hold.
fn file_of(segment: &SegmentMeta, component: &SegmentComponent) -> Option<PathBuf> {
    let is_there = *component != SegmentComponent::Delete || segment.has_deletes();
    is_there.then(|| segment.relative_path(component.clone()))
}

/// Why a file cannot be read, for people.
fn why_unread(error: &OpenReadError) -> String {
    match error {
        OpenReadError::FileDoesNotExist(_) => "it is missing".to_owned(),
        other => other.to_string(),
    }
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

fn unreadable(folder: &Path, error: &dyn std::fmt::Display) -> Error {
    damaged(folder, &format_args!("`{META}`: {error}"))
}

pub(super) fn damaged(folder: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Damaged {
        path: folder.to_owned(),
        detail: error.to_string(),
    }
}
