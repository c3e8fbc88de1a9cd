//! Writing: readings of files go in, commits come out.
//!
//! A *reading* is one pass over one file. Its articles bear its number; when
//! it is finished, one batch deletes the number of the reading it replaces and
//! adds the file's hidden document. A commit names the readings under way, so
//! that searches keep to the old ones and a killed run loses nothing.
//!
//! An error of tantivy's writer is final (it would go on to lose durable
//! data): the writer is dropped and the run ends; the next one goes on from
//! the last commit.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::Field;
use tantivy::{IndexWriter, TantivyDocument, TantivyError, Term};

use super::beside::Means;
use super::builders::Builders;
use super::catalogue::{Catalogue, FileEntry};
use super::directory::Refusal;
use super::disk;
use super::document::{FileState, Notes, Prepared, Queued, article_id, file_document};
use super::folder::{self, Index};
use super::gate::Gate;
use super::generation::{self, Versions};
use super::keeping;
use super::lock::WriteLock;
use super::merge_check::{CheckedMerges, Found};
use super::merging::Merging;
use super::payload::{Payload, Root, encode_path};
use super::schema::{Fields, schema};
use super::snapshot::{Figures, Snapshot};
use crate::article::ArticleId;
use crate::error::{Error, Skip};

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// Threads that build segments, 1 to 64.
    pub threads: usize,
    /// Memory for segments being built, all threads together, in bytes.
    pub memory_bytes: usize,
    /// Build a new generation from nothing, to be used once it is whole.
    pub rebuild: bool,
    /// Merge segments at the end into as few as may be.
    pub merge: bool,
}

/// Text waiting to be built into segments, at most.
const QUEUE_BYTES: usize = 32 << 20;

/// Documents are queued together, up to this many …
const LOT: usize = 32;

/// … or once they hold this much text.
const LOT_BYTES: usize = 256 << 10;

/// Articles enter the queue after this long, full or not.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often a run that waits for merges looks whether it is interrupted.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Less is refused by tantivy, and leaves too many segments behind.
const LEAST_BYTES_PER_THREAD: usize = 15 << 20;

/// Segments that are built at a time, at most.
const MOST_THREADS: usize = 64;

/// A reading under way.
pub struct Reading {
    number: u64,
    key: Arc<[u8]>,
    replaces: Option<u64>,
    ids: HashSet<[u8; 16]>,
    articles: u64,
    /// Member and position of the record counted last.
    place: (Option<String>, u64),
    /// Rejections and skips, to be filled by the caller.
    pub notes: Notes,
}

impl Reading {
    /// Counts the next place in `members` of the file and returns its ordinal, from 1.
    pub fn count(&mut self, members: Option<&str>) -> u64 {
        if self.place.0.as_deref() != members {
            self.place = (members.map(str::to_owned), 0);
        }
        self.place.1 += 1;
        self.place.1
    }

    /// A reading of the file `key` that goes into no index.
    pub fn detached(key: Arc<[u8]>) -> Self {
        Self::new(0, key, None)
    }

    fn new(number: u64, key: Arc<[u8]>, replaces: Option<u64>) -> Self {
        Self {
            number,
            key,
            replaces,
            ids: HashSet::new(),
            articles: 0,
            place: (None, 0),
            notes: Notes::default(),
        }
    }

    /// Bytes of the file's absolute path.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// Articles identified so far.
    pub fn articles(&self) -> u64 {
        self.articles
    }

    /// Gives the next article of the file its id and its ordinal. Articles
    /// must come in the order of the file.
    pub fn identify(&mut self, members: Option<&str>, own_id: Option<&str>) -> (ArticleId, u64) {
        let ordinal = self.count(members);
        self.articles += 1;
        let mut salt = 0;
        loop {
            let id = article_id(&self.key, members, own_id, ordinal, salt);
            if self.ids.insert(id.0) {
                return (id, ordinal);
            }
            salt += 1;
        }
    }
}

/// The one writer of an index; holds its lock.
pub struct Writer {
    folder: PathBuf,
    /// `None` until the index exists.
    generation: Option<PathBuf>,
    is_published: bool,
    fields: Fields,
    options: WriterOptions,
    tantivy: Option<Engine>,
    /// What the system refused to the writer first.
    refusal: Refusal,
    /// Damage that merging came upon.
    damage: Found,
    gate: Arc<Gate>,
    is_dead: bool,
    payload: Payload,
    /// Readings that the next commit removes.
    replaced: Vec<u64>,
    under_way: BTreeSet<u64>,
    snapshot: Option<Snapshot>,
    catalogue: Arc<Catalogue>,
    is_dirty: bool,
    /// Documents to be queued together, and their weight.
    lot: (Vec<TantivyDocument>, usize),
    _lock: WriteLock,
}

impl Writer {
    /// Takes the lock of the index in `folder`, which is made if need be, and
    /// reads what it holds. Nothing else is written before the first change.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`], [`Error::Version`], [`Error::Damaged`], [`Error::Io`].
    pub fn open(folder: &Path, options: WriterOptions) -> Result<Self, Error> {
        disk::create_folder(folder).map_err(|source| Error::Io {
            action: "create",
            path: folder.to_owned(),
            source,
        })?;
        let lock = WriteLock::take(folder)?;
        // A rebuild is the way out of an index that cannot be opened.
        let current = match generation::current(folder) {
            Err(_) if options.rebuild => None,
            other => other?,
        };
        generation::sweep(folder);
        let mut writer = Self {
            folder: folder.to_owned(),
            generation: None,
            is_published: false,
            fields: schema().1,
            options,
            tantivy: None,
            refusal: Refusal::default(),
            damage: Found::default(),
            gate: Gate::new(QUEUE_BYTES),
            is_dead: false,
            payload: Payload::default(),
            replaced: Vec::new(),
            under_way: BTreeSet::new(),
            snapshot: None,
            catalogue: Arc::new(Catalogue::default()),
            is_dirty: false,
            lot: (Vec::new(), 0),
            _lock: lock,
        };
        let Some(current) = current else {
            return Ok(writer);
        };
        if options.rebuild {
            check_room(folder, &current)?;
            // The PATHs are known even where the schema is an older one.
            if let Some(payload) = generation::payload(&current) {
                writer.payload.roots = payload.roots;
                writer.payload.forgotten = payload.forgotten;
            }
            return Ok(writer);
        }
        let index = Index::open(folder)?;
        writer.payload = index.payload()?;
        if generation::named(folder).ok().flatten().as_ref() != Some(&current) {
            generation::publish(folder, &current)?;
        }
        writer.is_published = true;
        writer.generation = Some(current);
        let snapshot = index.snapshot()?;
        writer.catalogue = Arc::new(Catalogue::read(&snapshot, folder)?);
        writer.snapshot = Some(snapshot);
        // What a killed run left half read goes first.
        for reading in std::mem::take(&mut writer.payload.unfinished) {
            writer.delete(reading);
        }
        Ok(writer)
    }

    /// What the index held when it was opened.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue)
    }

    /// The commit the index was opened at; `None` for a new index.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Field handles, for [`Prepared::new`].
    pub fn fields(&self) -> Fields {
        self.fields
    }

    /// PATHs read so far.
    pub fn roots(&self) -> &[Root] {
        &self.payload.roots
    }

    /// Paths below them that are not read.
    pub fn forgotten(&self) -> &[String] {
        &self.payload.forgotten
    }

    /// Replaces the list of PATHs, and of paths below them that are not read.
    pub fn set_roots(&mut self, roots: Vec<Root>, forgotten: &[PathBuf]) {
        let forgotten: Vec<String> = forgotten
            .iter()
            .map(|path| encode_path(path.as_os_str().as_bytes()))
            .collect();
        let payload = &mut self.payload;
        if roots != payload.roots || forgotten != payload.forgotten {
            (payload.roots, payload.forgotten) = (roots, forgotten);
            self.is_dirty = true;
        }
    }

    /// Begins a reading of the file `key`, to replace an older one.
    pub fn begin(&mut self, key: Arc<[u8]>, replaces: Option<u64>) -> Reading {
        let number = self.payload.next_reading;
        self.payload.next_reading += 1;
        self.under_way.insert(number);
        Reading::new(number, key, replaces)
    }

    /// Adds an article of a reading under way; returns its id. Articles of
    /// one reading must come in the order of the file.
    ///
    /// # Errors
    ///
    /// [`Error::Tantivy`]: the writer is gone, the run must end.
    pub fn add(&mut self, reading: &mut Reading, article: Prepared) -> Result<ArticleId, Error> {
        let (id, ordinal) = reading.identify(article.members.as_deref(), article.own_id.as_deref());
        let mut document = article.document;
        document.add_u64(self.fields.reading, reading.number);
        document.add_u64(self.fields.order, id.order());
        document.add_u64(self.fields.id_tail, u64::from(id.tail()));
        document.add_u64(self.fields.ordinal, ordinal);
        self.queue(document, article.weight)?;
        Ok(id)
    }

    /// Ends a reading: from the next commit on it stands for its file.
    ///
    /// # Errors
    ///
    /// [`Error::Tantivy`]: the writer is gone, the run must end.
    pub fn finish(
        &mut self,
        reading: Reading,
        state: &FileState,
        skip: Option<&Skip>,
    ) -> Result<(), Error> {
        let document = file_document(
            &self.fields,
            reading.number,
            &reading.key,
            state,
            reading.articles,
            skip,
            &reading.notes,
        );
        if let Some(old) = reading.replaces {
            self.delete(old);
        }
        self.queue(document, 0)?;
        self.under_way.remove(&reading.number);
        Ok(())
    }

    /// Removes a file with its articles.
    pub fn remove(&mut self, entry: &FileEntry) {
        self.delete(entry.reading);
    }

    /// Removes every reading whose articles are not all there, and articles
    /// that belong to no reading. Returns the path of each, if it has one, and
    /// the articles found.
    pub(super) fn forget_incomplete(&mut self) -> Result<Vec<(Option<String>, u64)>, Error> {
        let Some(snapshot) = self.snapshot.clone() else {
            return Ok(Vec::new());
        };
        let mut found: BTreeMap<u64, u64> = snapshot
            .count_readings()
            .map_err(|e| folder::damaged(&self.folder, &e))?
            .into_iter()
            .collect();
        let catalogue = self.catalogue();
        let mut forgotten = Vec::new();
        for (key, entry) in catalogue.iter() {
            let articles = found.remove(&entry.reading).unwrap_or(0);
            if articles != entry.articles {
                self.delete(entry.reading);
                let path = String::from_utf8_lossy(key).into_owned();
                forgotten.push((Some(path), articles));
            }
        }
        forgotten.sort();
        for (reading, articles) in found {
            self.delete(reading);
            forgotten.push((None, articles));
        }
        Ok(forgotten)
    }

    /// Removes the readings that hold articles with these ids; returns their paths.
    pub(super) fn forget_files_of(&mut self, ids: &BTreeSet<&str>) -> Result<Vec<String>, Error> {
        let Some(snapshot) = self.snapshot.clone() else {
            return Ok(Vec::new());
        };
        let mut readings = BTreeSet::new();
        for id in ids {
            let found = folder::guarded(&self.folder, || {
                let found = snapshot.readings_of(id);
                found.map_err(|e| folder::damaged(&self.folder, &e))
            })?;
            readings.extend(found);
        }
        let catalogue = self.catalogue();
        let mut paths = Vec::new();
        for (key, entry) in catalogue.iter() {
            if readings.contains(&entry.reading) {
                self.delete(entry.reading);
                paths.push(String::from_utf8_lossy(key).into_owned());
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Removes a reading with the next commit.
    fn delete(&mut self, reading: u64) {
        self.is_dirty = true;
        self.replaced.push(reading);
    }

    /// Whether there is anything to commit.
    pub fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// Makes everything so far durable.
    ///
    /// # Errors
    ///
    /// [`Error::Tantivy`]: the writer is gone, the run must end; the last
    /// commit stands.
    pub fn commit(&mut self) -> Result<(), Error> {
        self.send_lot()?;
        let payload = Payload {
            next_reading: self.payload.next_reading,
            unfinished: self.under_way.iter().copied().collect(),
            versions: Some(Versions::OURS),
            roots: self.payload.roots.clone(),
            forgotten: self.payload.forgotten.clone(),
        };
        let payload = serde_json::to_string(&payload).unwrap_or_default();
        let (reading, replaced) = (self.fields.reading, std::mem::take(&mut self.replaced));
        let committed = self.engine()?.commit(&payload, reading, replaced);
        if let Err(source) = committed {
            return Err(self.failed(source));
        }
        if !self.is_published && !self.options.rebuild {
            self.publish()?;
        }
        self.is_dirty = false;
        Ok(())
    }

    fn publish(&mut self) -> Result<(), Error> {
        if let Some(generation) = &self.generation {
            generation::publish(&self.folder, generation)?;
            self.is_published = true;
        }
        Ok(())
    }

    /// Commits what is left, waits for merges, and puts a rebuilt index into use.
    ///
    /// # Errors
    ///
    /// As [`Writer::commit`]; [`Error::Damaged`] where what earlier runs wrote
    /// proved damaged, after everything else has been done.
    pub fn close(self) -> Result<(), Error> {
        self.close_unless(&AtomicBool::new(false))
    }

    /// As [`Writer::close`]; merges are given up once the run is interrupted.
    ///
    /// # Errors
    ///
    /// As [`Writer::close`].
    pub fn close_unless(mut self, interrupted: &AtomicBool) -> Result<(), Error> {
        let is_new = self.generation.is_none();
        if self.options.merge {
            self.engine()?.merging.merge_all();
        }
        // Merges are chosen after a commit.
        if self.is_dirty || is_new || self.options.merge {
            self.commit()?;
        }
        let Some(engine) = self.tantivy.take() else {
            // The run before may have been killed before it made them.
            if let (Some(snapshot), Some(generation)) = (&self.snapshot, &self.generation) {
                keeping::keep(snapshot, generation, self.means(interrupted));
            }
            return Ok(());
        };
        if let Err(source) = engine.wait_unless(interrupted) {
            return Err(self.failed(source));
        }
        // A merge that was refused loses nothing, and is told of all the same.
        let refused = self.refusal.take();
        if refused.is_some() {
            // Opened again, the index is cleared of what the merge had written.
            self.engine()?;
            self.tantivy = None;
        }
        if !self.is_published {
            self.publish()?;
            generation::sweep(&self.folder);
        }
        self.end(interrupted)?;
        refused.map_or(Ok(()), Err)
    }

    /// Ends a run that was interrupted: what it has done is committed, save
    /// that a rebuild is given up. Merges under way are given up, too.
    ///
    /// # Errors
    ///
    /// As [`Writer::close`].
    pub fn stop(mut self) -> Result<(), Error> {
        if self.options.rebuild || !self.is_dirty {
            return Ok(());
        }
        self.commit()?;
        self.tantivy = None;
        self.end(&AtomicBool::new(true))
    }

    /// What is left to do once nothing more will be written.
    fn end(self, interrupted: &AtomicBool) -> Result<(), Error> {
        // Sums are counted again where they are missing.
        if let Ok(index) = Index::open(&self.folder)
            && let Ok((opstamp, _)) = index.commit()
            && let Ok(snapshot) = index.snapshot()
            && let Ok(figures) = Figures::count(&snapshot)
        {
            figures.keep(index.generation(), opstamp);
            keeping::keep(&snapshot, index.generation(), self.means(interrupted));
        }
        match self.damage.get() {
            Some(detail) => Err(folder::damaged(&self.folder, &detail)),
            None => Ok(()),
        }
    }

    /// What lists beside segments may be made with.
    fn means<'a>(&self, interrupted: &'a AtomicBool) -> Means<'a> {
        Means {
            threads: self.options.threads,
            memory_bytes: self.options.memory_bytes,
            interrupted,
        }
    }

    /// What writes, opened at the first change.
    fn engine(&mut self) -> Result<&mut Engine, Error> {
        if self.tantivy.is_none() {
            if self.is_dead {
                return Err(folder::damaged(
                    &self.folder,
                    &"the writer had failed before",
                ));
            }
            let generation = match &self.generation {
                Some(generation) => generation.clone(),
                None => {
                    let generation = generation::create(&self.folder)?;
                    self.generation = Some(generation.clone());
                    generation
                }
            };
            remove_temporaries(&self.folder);
            remove_temporaries(&generation);
            let (index, fields, refusal) = folder::open_for_writing(&self.folder, &generation)?;
            self.refusal = refusal;
            let (engine, damage) = Engine::open(&index, &self.options).map_err(|source| {
                self.refusal.take().unwrap_or(Error::Tantivy {
                    path: self.folder.clone(),
                    source,
                })
            })?;
            self.fields = fields;
            self.damage = damage;
            self.tantivy = Some(engine);
        }
        match &mut self.tantivy {
            Some(engine) => Ok(engine),
            None => Err(folder::damaged(
                &self.folder,
                &"the writer could not be opened",
            )),
        }
    }

    fn queue(&mut self, document: TantivyDocument, weight: usize) -> Result<(), Error> {
        self.is_dirty = true;
        let (documents, bytes) = &mut self.lot;
        documents.push(document);
        *bytes += weight;
        match documents.len() >= LOT || *bytes >= LOT_BYTES {
            true => self.send_lot(),
            false => Ok(()),
        }
    }

    fn send_lot(&mut self) -> Result<(), Error> {
        let (documents, bytes) = std::mem::take(&mut self.lot);
        if documents.is_empty() {
            return Ok(());
        }
        // Threads that have died free nothing; the next call tells.
        let (has_failed, asked) = (self.engine()?.builders.failure(), Instant::now());
        let permit = self.gate.enter(bytes, move || {
            has_failed() || asked.elapsed() > LONGEST_WAIT
        });
        let queued = Queued {
            documents,
            _permit: permit,
        };
        match self.engine()?.builders.add(queued) {
            Ok(()) => Ok(()),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn failed(&mut self, source: TantivyError) -> Error {
        self.is_dead = true;
        // Its threads end here; what stopped them is known by then.
        self.tantivy = None;
        self.refusal.take().unwrap_or(Error::Tantivy {
            path: self.folder.clone(),
            source,
        })
    }
}

/// The threads that build segments, and tantivy's writer, which commits,
/// deletes and merges them.
struct Engine {
    // Before the writer, whose lock it needs until its threads have ended.
    builders: Builders,
    writer: IndexWriter,
    merging: Merging,
}

impl Engine {
    fn open(index: &tantivy::Index, options: &WriterOptions) -> tantivy::Result<(Self, Found)> {
        let threads = options.threads.clamp(1, MOST_THREADS);
        let bytes = (options.memory_bytes / threads).max(LEAST_BYTES_PER_THREAD);
        // Its own threads are never given a document. One merge at a time: it
        // shares the processors with the reading that goes on.
        let writer: IndexWriter = index.writer_with_options(
            IndexWriterOptions::builder()
                .num_worker_threads(1)
                .memory_budget_per_thread(LEAST_BYTES_PER_THREAD)
                .num_merge_threads(1)
                .build(),
        )?;
        let merging = Merging::default();
        let policy = CheckedMerges::new(merging.clone(), index)?;
        let damage = policy.found();
        writer.set_merge_policy(Box::new(policy));
        // A run killed between writing deletions and `meta.json` leaves files
        // that would make every later commit fail.
        writer.garbage_collect_files().wait()?;
        let builders = Builders::new(index, threads, bytes);
        let engine = Self {
            builders,
            writer,
            merging,
        };
        Ok((engine, damage))
    }

    /// Waits until nothing is merged any more, or the run is interrupted: then what is
    /// under way is lost, and nothing else.
    fn wait_unless(self, interrupted: &AtomicBool) -> tantivy::Result<()> {
        let Self {
            builders, writer, ..
        } = self;
        drop(builders);
        let (ended, has_ended) = std::sync::mpsc::channel();
        std::thread::Builder::new().spawn(move || ended.send(writer.wait_merging_threads()))?;
        while !interrupted.load(Ordering::Relaxed) {
            match has_ended.recv_timeout(LOOK_AGAIN) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(TantivyError::ErrorInThread("merging".to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Commits what was built, less the readings it replaces.
    ///
    /// Deletions come last of all: a segment that is added knows only of those
    /// that follow, and may hold articles of a reading given up since.
    fn commit(&mut self, payload: &str, field: Field, replaced: Vec<u64>) -> tantivy::Result<()> {
        for segment in self.builders.finish()? {
            self.writer.add_segment(segment)?;
        }
        for reading in replaced {
            self.writer
                .delete_term(Term::from_field_u64(field, reading));
        }
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(payload);
        prepared.commit()?;
        Ok(())
    }
}

/// Whether there is room for a second index: one as large as the one in use,
/// and as much again while its segments are merged.
fn check_room(folder: &Path, current: &Path) -> Result<(), Error> {
    let Ok(system) = rustix::fs::statvfs(folder) else {
        return Ok(());
    };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let needed = super::overview::size_of(current).saturating_mul(2);
    match needed <= free {
        true => Ok(()),
        false => Err(Error::NoRoom {
            path: folder.to_owned(),
            needed,
            free,
        }),
    }
}

/// Temporaries that a killed run left behind; nobody else would remove them.
fn remove_temporaries(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if is_temporary(&entry.file_name().to_string_lossy()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether a file is named as those are that are yet to be given their name.
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with(".tmp") || name.ends_with(".tmp")
}
