//! Checking an index: every file against its checksum, the commit against its
//! second copy, the counts of files against the articles found, and on
//! request every stored article against its digest. Mending drops what is
//! damaged, so that the next run reads it again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tantivy::TantivyDocument;
use tantivy::schema::Value;

use super::catalogue::Catalogue;
use super::directory::{KeptMeta, META, meta_is_sound};
use super::document::digest;
use super::folder::{self, Index};
use super::lock::WriteLock;
use super::snapshot::{Figures, Snapshot};
use super::writer::{Writer, WriterOptions};
use crate::error::Error;

/// What was checked and what was found wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Segment files whose checksum was computed.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Articles counted, or with `deep` read.
    pub articles: u64,
    /// What is wrong, each on one line.
    pub damage: Vec<Damage>,
    /// Files that belong to nothing: harmless, removed by `--repair`.
    pub strays: Vec<PathBuf>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum Damage {
    /// A file of a segment is missing or not as it was written.
    File {
        /// Its name.
        name: String,
        /// How it fails.
        detail: String,
    },
    /// `meta.json` is not as it was written.
    Meta {
        /// How it fails.
        detail: String,
    },
    /// The index cannot be opened or counted.
    Unreadable {
        /// What tantivy says.
        detail: String,
    },
    /// A file of the archive has other articles in the index than were read.
    Counts {
        /// Its path.
        path: String,
        /// Articles that were read.
        read: u64,
        /// Articles that are there.
        found: u64,
    },
    /// Articles that belong to no file.
    Orphans {
        /// How many.
        articles: u64,
    },
    /// Two articles with one id.
    Doubles {
        /// How many too many.
        articles: u64,
    },
    /// The sums for ranking are wrong.
    Figures,
    /// A stored article is not as it was written.
    Article {
        /// Its id, if it can be read.
        id: String,
    },
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { name, detail } => write!(f, "file {name}: {detail}"),
            Self::Meta { detail } => write!(f, "meta.json: {detail}"),
            Self::Unreadable { detail } => write!(f, "cannot be read: {detail}"),
            Self::Counts { path, read, found } => {
                write!(f, "{path}: {read} articles were read, {found} are there")
            }
            Self::Orphans { articles } => write!(f, "{articles} articles belong to no file"),
            Self::Doubles { articles } => write!(f, "{articles} articles share an id with another"),
            Self::Figures => write!(f, "figures.json: sums for ranking are wrong"),
            Self::Article { id } => write!(f, "article {id}: not as it was stored"),
        }
    }
}

/// Checks the index in `folder`. Nothing is written.
///
/// # Errors
///
/// [`Error::NoIndex`], [`Error::Version`], [`Error::Io`]; damage is in the findings.
pub fn verify(folder: &Path, deep: bool) -> Result<Findings, Error> {
    let generation = folder::current(folder)?.ok_or_else(|| Error::NoIndex {
        path: folder.to_owned(),
    })?;
    let mut findings = Findings::default();
    if meta_is_sound(&generation) == Some(false) {
        findings.damage.push(Damage::Meta {
            detail: "not as it was written".to_owned(),
        });
        return Ok(findings);
    }
    let index = match Index::open(folder) {
        Err(error @ Error::Damaged { .. }) => {
            findings.damage.push(Damage::Unreadable {
                detail: error.to_string(),
            });
            check_files_unopened(&generation, &mut findings);
            return Ok(findings);
        }
        other => other?,
    };
    let names = index.segment_files()?;
    for name in &names {
        check_file(&index, &generation, name, &mut findings);
    }
    find_strays(folder, &generation, &names, &mut findings);
    // What a damaged file says cannot be counted on.
    if findings.damage.is_empty() {
        let counted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            count(&index, deep, &mut findings)
        }));
        match counted {
            Ok(Ok(())) => {}
            Ok(Err(error)) => findings.damage.push(Damage::Unreadable {
                detail: error.to_string(),
            }),
            Err(_) => findings.damage.push(Damage::Unreadable {
                detail: "reading it panicked".to_owned(),
            }),
        }
    }
    Ok(findings)
}

fn check_file(index: &Index, generation: &Path, name: &Path, findings: &mut Findings) {
    let detail = match index.checksum_holds(name) {
        Ok(true) => {
            findings.files += 1;
            findings.bytes +=
                std::fs::metadata(generation.join(name)).map_or(0, |metadata| metadata.len());
            return;
        }
        Ok(false) => "its checksum does not hold".to_owned(),
        Err(detail) => detail,
    };
    findings.damage.push(Damage::File {
        name: name.display().to_string(),
        detail,
    });
}

/// Where the index does not open, the files that its commit names still tell
/// which of them is at fault.
fn check_files_unopened(generation: &Path, findings: &mut Findings) {
    let Some(kept) = KeptMeta::read(generation) else {
        return;
    };
    let Ok(meta) = serde_json::from_slice::<serde_json::Value>(kept.content()) else {
        return;
    };
    for id in segment_ids(&meta) {
        let has_store = generation.join(format!("{id}.store")).is_file();
        if !has_store {
            findings.damage.push(Damage::File {
                name: format!("{id}.store"),
                detail: "it is missing".to_owned(),
            });
        }
    }
}

/// Ids of the segments in a `meta.json`, as they begin their files' names.
fn segment_ids(meta: &serde_json::Value) -> Vec<String> {
    meta["segments"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|segment| Some(segment["segment_id"].as_str()?.replace('-', "")))
        .collect()
}

fn find_strays(
    folder: &Path,
    generation: &Path,
    names: &BTreeSet<PathBuf>,
    findings: &mut Findings,
) {
    let known = [
        META,
        "meta.kept",
        "morgue.json",
        "figures.json",
        ".managed.json",
    ];
    for entry in std::fs::read_dir(generation)
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = PathBuf::from(entry.file_name());
        let is_known = name
            .to_str()
            .is_some_and(|name| known.contains(&name) || name.ends_with(".lock"));
        if !is_known && !names.contains(&name) {
            findings.strays.push(entry.path());
        }
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if folder::is_generation(&path) && path != generation {
            findings.strays.push(path);
        }
    }
    findings.strays.sort();
}

fn count(index: &Index, deep: bool, findings: &mut Findings) -> Result<(), Error> {
    let snapshot = index.snapshot()?;
    let catalogue = Catalogue::read(&snapshot, index.folder())?;
    let per_reading = count_readings(&snapshot, deep, findings)
        .map_err(|e| folder::damaged(index.folder(), &e))?;
    let mut known = HashSet::new();
    for (key, entry) in catalogue.iter() {
        known.insert(entry.reading);
        let found = per_reading.get(&entry.reading).copied().unwrap_or(0);
        if found != entry.articles {
            let path = String::from_utf8_lossy(key).into_owned();
            findings.damage.push(Damage::Counts {
                path,
                read: entry.articles,
                found,
            });
        }
    }
    let orphans: u64 = per_reading
        .iter()
        .filter(|(reading, _)| !known.contains(reading))
        .map(|(_, articles)| articles)
        .sum();
    if orphans > 0 {
        findings.damage.push(Damage::Orphans { articles: orphans });
    }
    let figures = Figures::count(&snapshot).map_err(|e| folder::damaged(index.folder(), &e))?;
    if figures != snapshot.figures {
        findings.damage.push(Damage::Figures);
    }
    Ok(())
}

/// Counts the articles of each reading; with `deep`, reads every one of them.
fn count_readings(
    snapshot: &Snapshot,
    deep: bool,
    findings: &mut Findings,
) -> tantivy::Result<HashMap<u64, u64>> {
    let mut per_reading: HashMap<u64, u64> = HashMap::new();
    let mut ids: HashSet<u64> = HashSet::new();
    let mut doubles = 0;
    for segment in snapshot.searcher.segment_readers() {
        let mut docs = Vec::new();
        snapshot.each_article(segment, |doc| docs.push(doc))?;
        if docs.is_empty() {
            continue;
        }
        let readings = segment.fast_fields().u64("reading")?;
        let orders = segment.fast_fields().u64("order")?;
        let digests = segment.fast_fields().u64("digest")?;
        let store = segment.get_store_reader(1)?;
        for doc in docs {
            findings.articles += 1;
            *per_reading
                .entry(readings.first(doc).unwrap_or(0))
                .or_default() += 1;
            doubles += u64::from(!ids.insert(orders.first(doc).unwrap_or(0)));
            if !deep {
                continue;
            }
            let stored: Result<TantivyDocument, _> = store.get(doc);
            let Ok(stored) = stored else {
                findings.damage.push(Damage::Article {
                    id: format!("(document {doc})"),
                });
                continue;
            };
            let text = |field| stored.get_first(field).and_then(|value| value.as_str());
            let body = text(snapshot.fields.body).unwrap_or_default();
            let meta = text(snapshot.fields.meta).unwrap_or_default();
            if digests.first(doc) != Some(digest(text(snapshot.fields.title), body, meta)) {
                let id = text(snapshot.fields.id).unwrap_or("(no id)").to_owned();
                findings.damage.push(Damage::Article { id });
            }
        }
    }
    if doubles > 0 {
        findings.damage.push(Damage::Doubles { articles: doubles });
    }
    Ok(per_reading)
}

/// What mending did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repairs {
    /// What was done, each on one line.
    pub steps: Vec<String>,
    /// Whether the archive must be read again to have everything back.
    pub must_read: bool,
}

/// Mends what `findings` name: restores `meta.json` from its copy, drops
/// damaged segments, forgets files whose articles are not all there. The
/// caller then reads the archive again.
///
/// # Errors
///
/// [`Error::Locked`]; [`Error::Damaged`] where nothing is left to mend.
pub fn repair(folder: &Path, findings: &Findings) -> Result<Repairs, Error> {
    let mut repairs = Repairs::default();
    let generation = folder::current(folder)?.ok_or_else(|| Error::NoIndex {
        path: folder.to_owned(),
    })?;
    {
        let _lock = WriteLock::take(folder)?;
        restore_meta(folder, &generation, findings, &mut repairs)?;
        drop_segments(folder, &generation, findings, &mut repairs)?;
    }
    let mut writer = Writer::open(
        folder,
        WriterOptions {
            threads: 1,
            memory_bytes: 64 << 20,
            rebuild: false,
        },
    )?;
    let forgotten = writer.forget_incomplete()?;
    if forgotten > 0 {
        repairs.steps.push(format!(
            "forgot {forgotten} files whose articles are not all there"
        ));
        repairs.must_read = true;
    }
    writer.close()?;
    for stray in &findings.strays {
        let removed = if stray.is_dir() {
            std::fs::remove_dir_all(stray)
        } else {
            std::fs::remove_file(stray)
        };
        if removed.is_ok() {
            repairs.steps.push(format!("removed {}", stray.display()));
        }
    }
    Ok(repairs)
}

fn restore_meta(
    folder: &Path,
    generation: &Path,
    findings: &Findings,
    repairs: &mut Repairs,
) -> Result<(), Error> {
    if !findings
        .damage
        .iter()
        .any(|damage| matches!(damage, Damage::Meta { .. }))
    {
        return Ok(());
    }
    let kept = KeptMeta::read(generation)
        .ok_or_else(|| folder::damaged(folder, &"neither `meta.json` nor its copy can be read"))?;
    write_meta(generation, kept.content())?;
    repairs
        .steps
        .push("restored meta.json from its copy".to_owned());
    Ok(())
}

fn write_meta(generation: &Path, content: &[u8]) -> Result<(), Error> {
    folder::write_durably(generation, META, content).map_err(|source| Error::Io {
        action: "write",
        path: generation.join(META),
        source,
    })
}

/// Takes segments with a damaged file out of the commit.
fn drop_segments(
    folder: &Path,
    generation: &Path,
    findings: &Findings,
    repairs: &mut Repairs,
) -> Result<(), Error> {
    let mut damaged: BTreeSet<String> = findings
        .damage
        .iter()
        .filter_map(|damage| match damage {
            Damage::File { name, .. } => Some(name.split('.').next()?.to_owned()),
            _ => None,
        })
        .collect();
    let unreadable = findings
        .damage
        .iter()
        .any(|damage| matches!(damage, Damage::Unreadable { .. }));
    let path = generation.join(META);
    let text = std::fs::read(&path).map_err(|source| Error::Io {
        action: "read",
        path,
        source,
    })?;
    let mut meta: serde_json::Value = serde_json::from_slice(&text)
        .map_err(|e| folder::damaged(folder, &format!("`meta.json`: {e}")))?;
    if unreadable && damaged.is_empty() {
        // Nothing tells which segment is at fault: all are read again.
        damaged.extend(segment_ids(&meta));
    }
    if damaged.is_empty() {
        return Ok(());
    }
    if let Some(segments) = meta["segments"].as_array_mut() {
        segments.retain(|segment| {
            let id = segment["segment_id"]
                .as_str()
                .unwrap_or_default()
                .replace('-', "");
            let is_damaged = damaged.contains(&id);
            if is_damaged {
                repairs
                    .steps
                    .push(format!("dropped the damaged segment {id}"));
                repairs.must_read = true;
            }
            !is_damaged
        });
    }
    let text = serde_json::to_vec(&meta).unwrap_or_default();
    KeptMeta::keep(generation, &text).map_err(|source| Error::Io {
        action: "write",
        path: generation.to_owned(),
        source,
    })?;
    write_meta(generation, &text)
}
