//! The index folder: finding the generation in use, creating and swapping
//! generations, opening one for reading.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::index::SegmentComponent;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{IndexSettings, ReloadPolicy};

use super::directory::{ReadDirectory, WriteDirectory, meta_is_sound};
use super::payload::Payload;
use super::schema::{Fields, SCHEMA_VERSION, schema};
use super::snapshot::{Figures, Snapshot};
use super::tokenizer;
use crate::error::Error;
use crate::text::words;

/// Names the generation in use.
const CURRENT: &str = "CURRENT";

/// Holds the versions of a generation.
const VERSIONS: &str = "morgue.json";

/// The versions a generation was written with.
#[derive(Serialize, Deserialize)]
struct Versions {
    schema: u64,
    tokenizer: u64,
}

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
        if meta_is_sound(generation) == Some(false) {
            return Err(damaged(folder, &"`meta.json` is not as it was written"));
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
        payload(&self.folder, &self.tantivy)
    }

    /// Names of the files that the last commit's segments consist of.
    pub(super) fn segment_files(&self) -> Result<BTreeSet<PathBuf>, Error> {
        let meta = self
            .tantivy
            .load_metas()
            .map_err(|e| damaged(&self.folder, &e))?;
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

    /// Number of the last commit.
    pub(super) fn opstamp(&self) -> Result<u64, Error> {
        Ok(self
            .tantivy
            .load_metas()
            .map_err(|e| damaged(&self.folder, &e))?
            .opstamp)
    }

    /// The last commit, frozen.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where a file of it is missing or unreadable.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let reader = self
            .tantivy
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|e: tantivy::TantivyError| damaged(&self.folder, &e))?;
        let meta = self
            .tantivy
            .load_metas()
            .map_err(|e| damaged(&self.folder, &e))?;
        let payload = parse_payload(&self.folder, meta.payload.as_deref())?;
        let mut snapshot = Snapshot {
            searcher: reader.searcher(),
            fields: self.fields,
            unfinished: payload.unfinished,
            figures: Figures::default(),
        };
        snapshot.figures = match Figures::read(&self.generation, meta.opstamp) {
            Some(figures) => figures,
            None => Figures::count(&snapshot).map_err(|e| damaged(&self.folder, &e))?,
        };
        Ok(snapshot)
    }
}

/// The generation that `CURRENT` names; `None` where there is no index.
pub(super) fn current(folder: &Path) -> Result<Option<PathBuf>, Error> {
    let path = folder.join(CURRENT);
    match fs::read_to_string(&path) {
        Ok(name) => {
            let name = name.trim();
            let is_plain_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
            if !is_plain_name {
                return Err(Error::Damaged {
                    path: folder.to_owned(),
                    detail: format!("`{CURRENT}` names no generation"),
                });
            }
            Ok(Some(folder.join(name)))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => Ok(None),
        Err(source) => Err(Error::Io {
            action: "read",
            path,
            source,
        }),
    }
}

fn check_versions(folder: &Path, generation: &Path) -> Result<(), Error> {
    let path = generation.join(VERSIONS);
    let text = fs::read(&path).map_err(|e| Error::Damaged {
        path: folder.to_owned(),
        detail: format!("`{VERSIONS}`: {e}"),
    })?;
    let found: Versions = serde_json::from_slice(&text).map_err(|e| Error::Damaged {
        path: folder.to_owned(),
        detail: format!("`{VERSIONS}`: {e}"),
    })?;
    for (what, found, expected) in [
        ("schema", found.schema, SCHEMA_VERSION),
        ("tokenizer", found.tokenizer, words::VERSION),
    ] {
        if found != expected {
            return Err(Error::Version {
                path: folder.to_owned(),
                what,
                found,
                expected,
            });
        }
    }
    Ok(())
}

/// Opens the generation in use for writing.
pub(super) fn open_for_writing(
    folder: &Path,
    generation: &Path,
) -> Result<(tantivy::Index, Fields), Error> {
    check_versions(folder, generation)?;
    let directory = WriteDirectory::open(generation).map_err(|e| damaged(folder, &e))?;
    let index = tantivy::Index::open(directory).map_err(|e| damaged(folder, &e))?;
    tokenizer::register(&index);
    Ok((index, schema().1))
}

/// Makes an empty generation beside whatever is in use. It is not in use
/// before [`publish`].
pub(super) fn create(folder: &Path, beside: Option<&Path>) -> Result<PathBuf, Error> {
    let number = beside
        .and_then(|path| {
            path.file_name()?
                .to_str()?
                .strip_prefix('g')?
                .parse::<u64>()
                .ok()
        })
        .map_or(1, |number| number.saturating_add(1));
    let generation = folder.join(format!("g{number}"));
    let io = |action, source| Error::Io {
        action,
        path: generation.clone(),
        source,
    };
    fs::create_dir_all(&generation).map_err(|e| io("create", e))?;
    let (schema, _) = schema();
    let settings = IndexSettings {
        // Larger blocks save 2 % of the text and cost each hit four times the decoding.
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(1),
        }),
        docstore_blocksize: 16 * 1024,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    let directory = WriteDirectory::open(&generation).map_err(|e| damaged(folder, &e))?;
    tantivy::Index::create(directory, schema, settings).map_err(|source| Error::Tantivy {
        path: folder.to_owned(),
        source,
    })?;
    let versions = Versions {
        schema: SCHEMA_VERSION,
        tokenizer: words::VERSION,
    };
    let text = serde_json::to_vec(&versions).unwrap_or_default();
    write_durably(&generation, VERSIONS, &text).map_err(|e| io("write", e))?;
    Ok(generation)
}

/// Puts a generation into use with one rename.
pub(super) fn publish(folder: &Path, generation: &Path) -> Result<(), Error> {
    let name = generation
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    write_durably(folder, CURRENT, format!("{name}\n").as_bytes()).map_err(|source| Error::Io {
        action: "write",
        path: folder.join(CURRENT),
        source,
    })
}

/// Removes generations that are not in use: leftovers of a killed or failed
/// rebuild, or the one a rebuild replaced. Only under the write lock.
pub(super) fn sweep(folder: &Path) -> Result<(), Error> {
    let keep = current(folder)?;
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_generation(&path) && keep.as_ref() != Some(&path) {
            fs::remove_dir_all(&path).map_err(|source| Error::Io {
                action: "remove",
                path,
                source,
            })?;
        }
    }
    Ok(())
}

/// Whether a path is a folder named as generations are.
pub(super) fn is_generation(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_named_so = name
        .strip_prefix('g')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    is_named_so && path.is_dir()
}

/// Replaces a small file so that a crash leaves the old or the new one.
pub(super) fn write_durably(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = folder.join(format!("{name}.tmp"));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    sync_folder(folder)
}

/// Makes renames and new files in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn payload(folder: &Path, index: &tantivy::Index) -> Result<Payload, Error> {
    let meta = index.load_metas().map_err(|e| damaged(folder, &e))?;
    parse_payload(folder, meta.payload.as_deref())
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
