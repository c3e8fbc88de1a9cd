//! Mending an index: names and copies are restored, damaged segments dropped,
//! files whose articles are not all there forgotten. The caller then reads
//! the archive again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::catalogue::Catalogue;
use super::directory::{KEPT, KeptMeta, META};
use super::disk;
use super::folder::{self, Index};
use super::generation::{self, CURRENT, VERSIONS, Versions};
use super::lock::WriteLock;
use super::snapshot::FIGURES;
use super::verify::{Damage, Findings};
use super::writer::{Writer, WriterOptions};
use crate::error::Error;

/// What mending did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repairs {
    /// What was done, each on one line.
    pub steps: Vec<String>,
    /// Whether the archive must be read again to have everything back.
    pub must_read: bool,
}

impl Repairs {
    fn did(&mut self, step: impl Into<String>) {
        self.steps.push(step.into());
    }
}

/// Articles by file, as far as the index can still tell; to be held against
/// what is there after mending. Files are named by the bytes of their paths.
pub fn articles_by_file(folder: &Path) -> BTreeMap<Vec<u8>, u64> {
    let catalogue = Index::open(folder)
        .and_then(|index| Catalogue::read(&index.snapshot_as_it_is()?, folder))
        .unwrap_or_default();
    catalogue
        .iter()
        .filter(|(_, entry)| entry.articles > 0)
        .map(|(key, entry)| (key.to_vec(), entry.articles))
        .collect()
}

/// How files were read, by the digest that the index keeps of it; 0 for files
/// that are to be read again anyway.
pub fn options_in_use(folder: &Path) -> BTreeSet<u64> {
    let catalogue = Index::open(folder)
        .and_then(|index| Catalogue::read(&index.snapshot_as_it_is()?, folder))
        .unwrap_or_default();
    let options = catalogue.iter().map(|(_, entry)| entry.state.options);
    options.filter(|&options| options != 0).collect()
}

/// Mends what `findings` name. The caller then reads the archive again.
///
/// # Errors
///
/// [`Error::Locked`]; [`Error::Damaged`] where nothing is left to mend.
pub fn repair(folder: &Path, findings: &Findings) -> Result<Repairs, Error> {
    let mut repairs = Repairs::default();
    {
        let _lock = WriteLock::take(folder)?;
        let generation = generation::current(folder)?.ok_or_else(|| Error::NoIndex {
            path: folder.to_owned(),
        })?;
        let io = |name: &str| {
            let path = generation.join(name);
            move |source| Error::Io {
                action: "write",
                path,
                source,
            }
        };
        for damage in &findings.damage {
            match damage {
                Damage::Current { .. } => {
                    generation::publish(folder, &generation)?;
                    repairs.did(format!("restored {CURRENT}"));
                }
                Damage::Versions { .. } => {
                    restore_versions(folder, &generation)?;
                    repairs.did(format!("restored {VERSIONS}"));
                }
                Damage::Meta { .. } => {
                    let kept = KeptMeta::read(&generation).ok_or_else(|| {
                        folder::damaged(folder, &"neither `meta.json` nor its copy can be read")
                    })?;
                    disk::replace(&generation, META, kept.content()).map_err(io(META))?;
                    repairs.did(format!("restored {META} from its copy"));
                }
                Damage::Copy => {
                    let meta = std::fs::read(generation.join(META)).map_err(io(META))?;
                    KeptMeta::keep(&generation, &meta).map_err(io(KEPT))?;
                    repairs.did(format!("made a new copy of {META}"));
                }
                Damage::Figures => {
                    let _ = std::fs::remove_file(generation.join(FIGURES));
                    repairs.did(format!("removed {FIGURES}; sums are counted again"));
                }
                Damage::Beside { name } => {
                    let _ = std::fs::remove_file(generation.join(name));
                    repairs.did(format!("removed {name}; it is made again"));
                }
                _ => {}
            }
        }
        // What these kept from being seen is looked at afresh.
        let is_first = |damage: &Damage| {
            matches!(
                damage,
                Damage::Current { .. } | Damage::Versions { .. } | Damage::Meta { .. }
            )
        };
        if findings.damage.iter().any(is_first) {
            return Ok(repairs);
        }
        drop_segments(folder, &generation, findings, &mut repairs)?;
        for stray in &findings.strays {
            let removed = match stray.is_dir() {
                true => std::fs::remove_dir_all(stray),
                false => std::fs::remove_file(stray),
            };
            match removed {
                Ok(()) => repairs.did(format!("removed the stray {}", stray.display())),
                Err(e) => repairs.did(format!("cannot remove the stray {}: {e}", stray.display())),
            }
        }
    }
    let mut writer = Writer::open(
        folder,
        WriterOptions {
            threads: 1,
            memory_bytes: 256 << 20,
            rebuild: false,
            merge: false,
        },
    )?;
    for (path, articles) in writer.forget_incomplete()? {
        repairs.did(match path {
            Some(path) => format!("forgot {path}: its articles are not all there"),
            None => format!("dropped {articles} articles that belonged to no file"),
        });
        repairs.must_read = true;
    }
    let damaged = findings.damage.iter();
    let ids: BTreeSet<&str> = damaged
        .filter_map(|damage| match damage {
            Damage::Article { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    for path in writer.forget_files_of(&ids)? {
        repairs.did(format!("forgot {path}: an article of it is damaged"));
        repairs.must_read = true;
    }
    writer.close()?;
    Ok(repairs)
}

/// The versions are in each commit, too.
fn restore_versions(folder: &Path, generation: &Path) -> Result<(), Error> {
    let versions = generation::payload(generation).and_then(|payload| payload.versions);
    match versions {
        Some(versions) if versions == Versions::OURS => {
            generation::write_versions(generation, versions).map_err(|source| Error::Io {
                action: "write",
                path: generation.join(VERSIONS),
                source,
            })
        }
        _ => Err(folder::damaged(
            folder,
            &format!("nothing tells what `{VERSIONS}` held"),
        )),
    }
}

/// Takes segments with a damaged file out of the commit.
fn drop_segments(
    folder: &Path,
    generation: &Path,
    findings: &Findings,
    repairs: &mut Repairs,
) -> Result<(), Error> {
    let mut damaged: BTreeSet<String> = BTreeSet::new();
    for damage in &findings.damage {
        if let Damage::File { name, .. } = damage {
            damaged.insert(name.split('.').next().unwrap_or(name).to_owned());
        }
    }
    let is_unreadable = |damage: &Damage| matches!(damage, Damage::Unreadable { .. });
    let unreadable = findings.damage.iter().any(is_unreadable);
    if damaged.is_empty() && !unreadable {
        return Ok(());
    }
    let mut meta = generation::meta(generation)
        .ok_or_else(|| folder::damaged(folder, &format!("`{META}` cannot be read")))?;
    if damaged.is_empty() {
        // Nothing tells which segment is at fault: all are read again.
        damaged.extend(generation::segment_ids(&meta));
    }
    if let Some(segments) = meta["segments"].as_array_mut() {
        segments.retain(|segment| {
            let id = segment["segment_id"].as_str().unwrap_or_default();
            let is_damaged = damaged.contains(&id.replace('-', ""));
            if is_damaged {
                let count = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
                let documents = count(&segment["max_doc"])
                    .saturating_sub(count(&segment["deletes"]["num_deleted_docs"]));
                repairs.did(format!(
                    "dropped the damaged segment {} with {documents} articles and files",
                    id.replace('-', "")
                ));
                repairs.must_read = true;
            }
            !is_damaged
        });
    }
    let text = serde_json::to_vec(&meta).unwrap_or_default();
    let write = |name, written: std::io::Result<()>| {
        written.map_err(|source| Error::Io {
            action: "write",
            path: generation.join(name),
            source,
        })
    };
    write(KEPT, KeptMeta::keep(generation, &text))?;
    write(META, disk::replace(generation, META, &text))?;
    // The sums are those of the segments that were.
    let _ = std::fs::remove_file(generation.join(FIGURES));
    Ok(())
}
