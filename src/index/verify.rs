//! Checking an index: every file against its checksum, the commit against its
//! second copy, the counts of files against the articles found, and on
//! request every stored article against its digest and its columns. Nothing
//! is written here; see `repair`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tantivy::columnar::StrColumn;
use tantivy::index::SegmentComponent;
use tantivy::schema::IndexRecordOption;
use tantivy::{SegmentReader, Term};

use super::beside::{self, NamedLists};
use super::catalogue::Catalogue;
use super::directory::{KEPT, KeptMeta, META, Soundness, is_of_segment, soundness};
use super::document::{day_number, digest};
use super::folder::{self, Index, guarded};
use super::generation::{self, CURRENT, VERSIONS};
use super::lock::WriteLock;
use super::snapshot::{FIGURES, Figures, Ids, Snapshot};
use super::store::{Document, Store};
use super::stored::Meta;
use super::tokenizer::kind_letter;
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
    /// `CURRENT` does not name the generation in use.
    Current {
        /// How it fails.
        detail: String,
    },
    /// `morgue.json` is not as it was written.
    Versions {
        /// How it fails.
        detail: String,
    },
    /// `meta.json` is not as it was written.
    Meta {
        /// How it fails.
        detail: String,
    },
    /// The second copy of `meta.json` is not as it was written.
    Copy,
    /// A file of a segment is missing or not as it was written.
    File {
        /// Its name.
        name: String,
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
    /// Lists beside a segment are not as they were written.
    Beside {
        /// Their file.
        name: String,
    },
    /// A stored article is not as it was written.
    Article {
        /// Its id, if it can be read.
        id: String,
        /// How it fails.
        detail: &'static str,
    },
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Current { detail } => write!(f, "{CURRENT}: {detail}"),
            Self::Versions { detail } => write!(f, "{VERSIONS}: {detail}"),
            Self::Meta { detail } => write!(f, "{META}: {detail}"),
            Self::Copy => write!(f, "{KEPT}: missing, or not as it was written"),
            Self::File { name, detail } => write!(f, "file {name}: {detail}"),
            Self::Unreadable { detail } => write!(f, "cannot be read: {detail}"),
            Self::Counts { path, read, found } => {
                write!(f, "{path}: {read} articles were read, {found} are there")
            }
            Self::Orphans { articles } => write!(f, "{articles} articles belong to no file"),
            Self::Doubles { articles } => write!(f, "{articles} articles share an id with another"),
            Self::Figures => write!(f, "{FIGURES}: sums for ranking are wrong"),
            Self::Beside { name } => write!(f, "file {name}: its checksum does not hold"),
            Self::Article { id, detail } => write!(f, "article {id}: {detail}"),
        }
    }
}

/// Checks the index in `folder`. Nothing is written.
///
/// # Errors
///
/// [`Error::NoIndex`], [`Error::Version`], [`Error::Io`]; damage is in the findings.
pub fn verify(folder: &Path, deep: bool) -> Result<Findings, Error> {
    // A run under way takes files out of the commit that is being checked.
    const ATTEMPTS: usize = 5;
    let mut attempt = 1;
    loop {
        let before = Index::open(folder).and_then(|index| index.commit()).ok();
        let findings = look(folder, deep)?;
        let after = Index::open(folder).and_then(|index| index.commit()).ok();
        if findings.damage.is_empty() || before == after || attempt == ATTEMPTS {
            return Ok(findings);
        }
        attempt += 1;
    }
}

fn look(folder: &Path, deep: bool) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    let generation = match generation::current(folder) {
        Ok(Some(generation)) => generation,
        Ok(None) => {
            return Err(Error::NoIndex {
                path: folder.to_owned(),
            });
        }
        Err(Error::Damaged { detail, .. }) => {
            findings.damage.push(Damage::Current { detail });
            return Ok(findings);
        }
        Err(other) => return Err(other),
    };
    match generation::named(folder) {
        Ok(Some(_)) => {}
        Ok(None) => findings.damage.push(Damage::Current {
            detail: "it is missing".to_owned(),
        }),
        Err(_) => findings.damage.push(Damage::Current {
            detail: "it names no generation".to_owned(),
        }),
    }
    if let Err(error @ Error::Damaged { .. }) = generation::versions(folder, &generation) {
        findings.damage.push(Damage::Versions {
            detail: detail_of(error),
        });
        return Ok(findings);
    }
    match soundness(&generation).0 {
        Soundness::Sound if KeptMeta::read(&generation).is_some() => {}
        Soundness::Sound | Soundness::Unvouched => findings.damage.push(Damage::Copy),
        Soundness::Altered => findings.damage.push(Damage::Meta {
            detail: "not as it was written".to_owned(),
        }),
        Soundness::Missing => findings.damage.push(Damage::Meta {
            detail: "it is missing".to_owned(),
        }),
    }
    if matches!(findings.damage.last(), Some(Damage::Meta { .. })) {
        return Ok(findings);
    }
    let index = match Index::open(folder) {
        Err(error @ Error::Damaged { .. }) => {
            let detail = detail_of(error);
            findings.damage.push(match serde_json_sound(&generation) {
                true => Damage::Unreadable { detail },
                false => Damage::Meta { detail },
            });
            return Ok(findings);
        }
        other => other?,
    };
    let beside = index.files_beside()?;
    check_beside(&generation, &beside, &mut findings);
    let names = index.segment_files()?;
    let known_before = findings.damage.len();
    for name in &names {
        check_file(&index, &generation, name, &mut findings);
    }
    find_strays(folder, &generation, &(&names | &beside), &mut findings);
    // What a damaged file says cannot be counted on.
    if findings.damage.len() == known_before {
        let counted = guarded(folder, || count(&index, deep, &mut findings));
        if let Err(error) = counted {
            let broken = index.broken_segments()?;
            if broken.is_empty() {
                findings.damage.push(Damage::Unreadable {
                    detail: detail_of(error),
                });
            }
            let broken = broken.into_iter();
            let broken = broken.map(|(name, detail)| Damage::File { name, detail });
            findings.damage.extend(broken);
        }
    }
    Ok(findings)
}

fn detail_of(error: Error) -> String {
    match error {
        Error::Damaged { detail, .. } => detail,
        other => other.to_string(),
    }
}

/// Whether `meta.json` is at least JSON.
fn serde_json_sound(generation: &Path) -> bool {
    std::fs::read(generation.join(META))
        .is_ok_and(|text| serde_json::from_slice::<serde_json::Value>(&text).is_ok())
}

fn check_file(index: &Index, generation: &Path, name: &Path, findings: &mut Findings) {
    let checked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| index.checksum_holds(name)));
    let detail = match checked {
        Ok(Ok(true)) => {
            findings.files += 1;
            findings.bytes +=
                std::fs::metadata(generation.join(name)).map_or(0, |metadata| metadata.len());
            return;
        }
        Ok(Ok(false)) => "its checksum does not hold".to_owned(),
        Ok(Err(detail)) => detail,
        Err(_) => "it cannot be read".to_owned(),
    };
    findings.damage.push(Damage::File {
        name: name.display().to_string(),
        detail,
    });
}

/// Checks the lists beside segments that are there; those that are not are not missed.
fn check_beside(generation: &Path, names: &BTreeSet<PathBuf>, findings: &mut Findings) {
    let read = |name: &Path| {
        let mut file = File::open(generation.join(name))?;
        let length = file.metadata()?.len();
        let is_sound = NamedLists::is_sound(&mut file, length)?;
        Ok::<_, io::Error>((is_sound, length))
    };
    for name in names {
        match read(name) {
            Ok((true, length)) => {
                findings.files += 1;
                findings.bytes += length;
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            _ => findings.damage.push(Damage::Beside {
                name: name.display().to_string(),
            }),
        }
    }
}

/// Files that belong to no commit. While a run is writing they may be its own.
fn find_strays(
    folder: &Path,
    generation: &Path,
    names: &BTreeSet<PathBuf>,
    findings: &mut Findings,
) {
    if WriteLock::is_held(folder) {
        return;
    }
    const OURS: [&str; 4] = [META, KEPT, VERSIONS, FIGURES];
    let listed = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let name_of = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    for path in listed(generation) {
        let name = name_of(&path);
        let is_known = OURS.contains(&name.as_str())
            || name.ends_with(".lock")
            || names.contains(Path::new(&name));
        let is_ours = is_of_segment(&name) || beside::is_name(&name) || is_left_over(&name);
        if !is_known && is_ours {
            findings.strays.push(path);
        }
    }
    for path in listed(folder) {
        let is_other = generation::is_generation(&path) && path != generation;
        if is_other || is_left_over(&name_of(&path)) {
            findings.strays.push(path);
        }
    }
    findings.strays.sort();
}

/// Files that morgue or tantivy may have left behind; anything else is not ours
/// to judge.
fn is_left_over(name: &str) -> bool {
    super::writer::is_temporary(name) || name == ".managed.json"
}

fn count(index: &Index, deep: bool, findings: &mut Findings) -> Result<(), Error> {
    let damaged = |e: tantivy::TantivyError| folder::damaged(index.folder(), &e);
    let snapshot = index.snapshot()?;
    let catalogue = Catalogue::read(&snapshot, index.folder())?;
    let per_reading = count_readings(&snapshot, deep, findings).map_err(damaged)?;
    let mut known = HashSet::new();
    let entries: BTreeMap<_, _> = catalogue.iter().collect();
    for (key, entry) in entries {
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
    let figures = Figures::count(&snapshot).map_err(damaged)?;
    if figures != snapshot.figures || !Figures::are_sound(index.generation()) {
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
    for segment in snapshot.segments.iter() {
        let mut docs = Vec::new();
        snapshot.each_article(segment, |doc| docs.push(doc))?;
        if docs.is_empty() {
            continue;
        }
        let readings = segment.fast_fields().u64("reading")?;
        let orders = segment.fast_fields().u64("order")?;
        for &doc in &docs {
            findings.articles += 1;
            *per_reading
                .entry(readings.first(doc).unwrap_or(0))
                .or_default() += 1;
            doubles += u64::from(!ids.insert(orders.first(doc).unwrap_or(0)));
        }
        if deep {
            read_articles(snapshot, segment, &docs, findings)?;
        }
    }
    if doubles > 0 {
        findings.damage.push(Damage::Doubles { articles: doubles });
    }
    Ok(per_reading)
}

/// Reads stored articles and holds each against its digest, its id's term and
/// its columns.
fn read_articles(
    snapshot: &Snapshot,
    segment: &SegmentReader,
    docs: &[u32],
    findings: &mut Findings,
) -> tantivy::Result<()> {
    let columns = Columns::open(segment)?;
    let store = Store::open(&segment.open_read(SegmentComponent::Store)?)?;
    for &doc in docs {
        let read = store.read(doc, |stored| {
            let detail = columns.fault(snapshot, segment, doc, stored)?;
            let id = || {
                columns
                    .ids
                    .of(doc)
                    .map_or_else(|| "(no id)".to_owned(), |id| id.to_string())
            };
            Ok::<_, tantivy::TantivyError>(detail.map(|detail| (id(), detail)))
        });
        let wrong = match read {
            Err(_) => Some(("(unreadable)".to_owned(), "not as it was stored")),
            Ok(found) => found?,
        };
        if let Some((id, detail)) = wrong {
            findings.damage.push(Damage::Article { id, detail });
        }
    }
    Ok(())
}

/// What the columns of a segment say of an article.
struct Columns {
    digests: tantivy::columnar::Column<u64>,
    ids: Ids,
    /// A column that no document of a segment fills does not exist.
    days: Option<tantivy::columnar::Column<i64>>,
    names: Option<StrColumn>,
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        Ok(Self {
            digests: fast.u64("digest")?,
            ids: Ids::open(segment)?,
            days: fast.i64("day").ok(),
            names: fast.str("names")?,
        })
    }

    /// How a stored article disagrees with what the index says of it.
    fn fault(
        &self,
        snapshot: &Snapshot,
        segment: &SegmentReader,
        doc: u32,
        stored: &Document<'_>,
    ) -> tantivy::Result<Option<&'static str>> {
        let fields = &snapshot.fields;
        let text = |field| stored.text(field);
        let body = text(fields.body).unwrap_or_default();
        let meta = text(fields.meta).unwrap_or_default();
        if self.digests.first(doc) != Some(digest(text(fields.title), body, meta)) {
            return Ok(Some("not as it was stored"));
        }
        let Some(id) = self.ids.of(doc) else {
            return Ok(Some("it has no id"));
        };
        let ids = segment.inverted_index(fields.order)?;
        let term = Term::from_field_u64(fields.order, id.order());
        let mut is_found = false;
        if let Some(mut postings) = ids.read_postings(&term, IndexRecordOption::Basic)? {
            is_found = tantivy::DocSet::seek(&mut postings, doc) == doc;
        }
        if !is_found {
            return Ok(Some("its id does not lead to it"));
        }
        let Ok(meta) = serde_json::from_str::<Meta>(meta) else {
            return Ok(Some("what is stored of it cannot be read"));
        };
        let day = meta.published.map(|published| day_number(published.day));
        if self.days.as_ref().and_then(|days| days.first(doc)) != day {
            return Ok(Some("its day is not the one stored"));
        }
        let stated: BTreeSet<String> = meta
            .entities
            .iter()
            .map(|entity| format!("{}{}", kind_letter(entity.kind), entity.name))
            .collect();
        match self.names_of(doc)? == stated {
            true => Ok(None),
            false => Ok(Some("its names are not those stored")),
        }
    }

    fn names_of(&self, doc: u32) -> tantivy::Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        if let Some(names) = &self.names {
            for ord in names.term_ords(doc) {
                let mut name = String::new();
                names.ord_to_str(ord, &mut name)?;
                found.insert(name);
            }
        }
        Ok(found)
    }
}
