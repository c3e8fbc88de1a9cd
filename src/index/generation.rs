//! Generations: folders below the index folder, each a whole index. `CURRENT`
//! names the one in use, so that a rebuild beside it and the swap are one
//! rename.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::IndexSettings;
use tantivy::store::{Compressor, ZstdCompressor};

use super::directory::{KeptMeta, META, WriteDirectory};
use super::disk;
use super::payload::Payload;
use super::schema::{SCHEMA_VERSION, schema};
use crate::error::Error;
use crate::text::words;

/// Names the generation in use.
pub(super) const CURRENT: &str = "CURRENT";

/// Holds the versions of a generation.
pub(super) const VERSIONS: &str = "morgue.json";

/// The versions a generation was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Version of the schema.
    pub schema: u64,
    /// Version of the tokenizer.
    pub tokenizer: u64,
}

impl Versions {
    /// Those of this program.
    pub(super) const OURS: Self = Self {
        schema: SCHEMA_VERSION,
        tokenizer: words::VERSION,
    };

    fn check(self) -> String {
        let text = format!("{} {}", self.schema, self.tokenizer);
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// [`VERSIONS`] as it is stored: with a digest, for a flipped bit in a number
/// would make another number.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    versions: Versions,
    check: String,
}

/// The generation that `CURRENT` names; `None` where there is no `CURRENT`.
///
/// # Errors
///
/// [`Error::Damaged`] where it names none that is there; [`Error::Io`].
pub(super) fn named(folder: &Path) -> Result<Option<PathBuf>, Error> {
    let path = folder.join(CURRENT);
    let name = match fs::read(&path) {
        Ok(name) => name,
        Err(e) if is_absence(&e) => return Ok(None),
        Err(source) => {
            return Err(Error::Io {
                action: "read",
                path,
                source,
            });
        }
    };
    let name = String::from_utf8_lossy(&name);
    let generation = folder.join(name.trim());
    match is_generation(&generation) && !name.trim().contains('/') {
        true => Ok(Some(generation)),
        false => Err(Error::Damaged {
            path: folder.to_owned(),
            detail: format!("`{CURRENT}` names no generation"),
        }),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The generation in use; `None` where there is no index. Where `CURRENT` is
/// lost or damaged and one generation alone holds a commit, it is that one.
///
/// # Errors
///
/// [`Error::Damaged`] where nothing tells which it is; [`Error::Io`].
pub(super) fn current(folder: &Path) -> Result<Option<PathBuf>, Error> {
    let wrong = match named(folder) {
        Ok(Some(generation)) => return Ok(Some(generation)),
        Ok(None) => None,
        Err(error @ Error::Damaged { .. }) => Some(error),
        Err(other) => return Err(other),
    };
    let mut committed = all(folder).into_iter().filter(|path| has_commit(path));
    match (committed.next(), committed.next(), wrong) {
        (Some(only), None, _) => Ok(Some(only)),
        (_, _, Some(error)) => Err(error),
        (None, _, None) => Ok(None),
        (Some(_), Some(_), None) => Err(Error::Damaged {
            path: folder.to_owned(),
            detail: format!("`{CURRENT}` is missing"),
        }),
    }
}

/// Every generation, oldest first.
pub(super) fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(u64, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_generation(path))
        .filter_map(|path| Some((number(&path)?, path)))
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

fn number(path: &Path) -> Option<u64> {
    let digits = path.file_name()?.to_str()?.strip_prefix('g')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// Whether a path is a folder named as generations are.
pub(super) fn is_generation(path: &Path) -> bool {
    number(path).is_some() && path.is_dir()
}

/// The content of `meta.json`, or of its copy where that cannot be read.
pub(super) fn meta(generation: &Path) -> Option<serde_json::Value> {
    let read = fs::read(generation.join(META)).ok();
    read.and_then(|text| serde_json::from_slice(&text).ok())
        .or_else(|| serde_json::from_slice(KeptMeta::read(generation)?.content()).ok())
}

fn has_commit(generation: &Path) -> bool {
    meta(generation).is_some_and(|meta| meta["opstamp"].as_u64().is_some_and(|stamp| stamp > 0))
}

/// The payload of the last commit of a generation, whatever its schema.
pub(super) fn payload(generation: &Path) -> Option<Payload> {
    serde_json::from_str(meta(generation)?["payload"].as_str()?).ok()
}

/// Ids of the segments in a `meta.json`, as they begin their files' names.
pub(super) fn segment_ids(meta: &serde_json::Value) -> Vec<String> {
    meta["segments"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|segment| Some(segment["segment_id"].as_str()?.replace('-', "")))
        .collect()
}

/// The versions a generation was written with.
///
/// # Errors
///
/// [`Error::Damaged`] where nothing tells.
pub(super) fn versions(folder: &Path, generation: &Path) -> Result<Versions, Error> {
    let wrong = |detail: String| Error::Damaged {
        path: folder.to_owned(),
        detail: format!("`{VERSIONS}`: {detail}"),
    };
    let text = fs::read(generation.join(VERSIONS)).map_err(|e| wrong(e.to_string()))?;
    let stored: Stored = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
    match stored.check == stored.versions.check() {
        true => Ok(stored.versions),
        false => Err(wrong("not as it was written".to_owned())),
    }
}

/// Whether this program reads a generation.
///
/// # Errors
///
/// [`Error::Version`], [`Error::Damaged`].
pub(super) fn check_versions(folder: &Path, generation: &Path) -> Result<(), Error> {
    let found = versions(folder, generation)?;
    let ours = Versions::OURS;
    for (what, found, expected) in [
        ("schema", found.schema, ours.schema),
        ("tokenizer", found.tokenizer, ours.tokenizer),
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

/// Writes down the versions of this program.
pub(super) fn write_versions(generation: &Path, versions: Versions) -> io::Result<()> {
    let check = versions.check();
    let text = serde_json::to_vec(&Stored { versions, check }).unwrap_or_default();
    disk::replace(generation, VERSIONS, &text)
}

/// Makes an empty generation beside those that are there. It is not in use
/// before [`publish`].
///
/// # Errors
///
/// [`Error::Io`], [`Error::Tantivy`].
pub(super) fn create(folder: &Path) -> Result<PathBuf, Error> {
    let last = all(folder).last().and_then(|path| number(path));
    let generation = folder.join(format!("g{}", last.unwrap_or(0).saturating_add(1)));
    let io = |action, source| Error::Io {
        action,
        path: generation.clone(),
        source,
    };
    disk::create_folder(&generation).map_err(|e| io("create", e))?;
    let (schema, _) = schema();
    let settings = IndexSettings {
        // Larger blocks save 2 % of the text and cost each hit four times the decoding.
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(2),
        }),
        docstore_blocksize: 18 * 1024,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    let directory =
        WriteDirectory::open(&generation).map_err(|e| super::folder::damaged(folder, &e))?;
    let refusal = directory.refusal();
    tantivy::Index::create(directory, schema, settings).map_err(|source| {
        refusal.take().unwrap_or(Error::Tantivy {
            path: folder.to_owned(),
            source,
        })
    })?;
    write_versions(&generation, Versions::OURS).map_err(|e| io("write", e))?;
    Ok(generation)
}

/// Puts a generation into use with one rename.
///
/// # Errors
///
/// [`Error::Io`].
pub(super) fn publish(folder: &Path, generation: &Path) -> Result<(), Error> {
    let name = generation
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    disk::replace(folder, CURRENT, format!("{name}\n").as_bytes()).map_err(|source| Error::Io {
        action: "write",
        path: folder.join(CURRENT),
        source,
    })
}

/// Removes generations that are not in use: leftovers of a killed or failed
/// rebuild, or the one a rebuild replaced. Only under the write lock. What
/// cannot be removed stays; it takes room and nothing else.
pub(super) fn sweep(folder: &Path) {
    let Ok(keep) = current(folder) else {
        // Nothing tells which is the right one.
        return;
    };
    for path in all(folder) {
        if keep.as_ref() != Some(&path) && disk::point(disk::Operation::Remove, &path).is_ok() {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(folder: &Path, name: &str) -> PathBuf {
        let generation = folder.join(name);
        fs::create_dir(&generation).unwrap();
        fs::write(generation.join(META), br#"{"segments":[],"opstamp":7}"#).unwrap();
        generation
    }

    #[test]
    fn a_lost_or_damaged_current_is_no_loss_while_one_generation_alone_was_committed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(current(folder).unwrap(), None);
        let first = committed(folder, "g1");
        assert_eq!(current(folder).unwrap(), Some(first.clone()));
        fs::write(folder.join(CURRENT), "g\u{1}\n").unwrap();
        assert_eq!(current(folder).unwrap(), Some(first.clone()));
        let second = committed(folder, "g2");
        assert!(matches!(current(folder), Err(Error::Damaged { .. })));
        publish(folder, &second).unwrap();
        assert_eq!(current(folder).unwrap(), Some(second));
        sweep(folder);
        assert!(!first.exists());
    }

    #[test]
    fn a_generation_that_was_never_committed_is_no_index() {
        let folder = tempfile::tempdir().unwrap();
        let generation = create(folder.path()).unwrap();
        assert_eq!(current(folder.path()).unwrap(), None);
        sweep(folder.path());
        assert!(!generation.exists());
    }

    #[test]
    fn a_flipped_bit_in_the_versions_is_damage_and_no_other_version() {
        let folder = tempfile::tempdir().unwrap();
        write_versions(folder.path(), Versions::OURS).unwrap();
        check_versions(folder.path(), folder.path()).unwrap();
        let path = folder.path().join(VERSIONS);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("\"schema\":", "\"schema\":1", 1)).unwrap();
        assert!(matches!(
            check_versions(folder.path(), folder.path()),
            Err(Error::Damaged { .. })
        ));
    }
}
