//! Readers and workers: turns jobs into the articles of their files, in
//! parallel, each file's in order.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::beside::{Folders, hint_of};
use super::deadline::{self, Ending, Standing, Thread, Watch, lock};
use super::plan::{self, Job};
use super::read::{self, Cut, Found};
use super::work::{Outcome, Work};
use crate::enrich;
use crate::error::{Reason, Skip, Stage};
use crate::format::{self, Format};
use crate::index::document::{FileState, Prepared};
use crate::index::gate::{Gate, Permit};
use crate::index::journal::{InFlight, Journal, Phase, Seat, Strikes, Struck};
use crate::index::schema::Fields;
use crate::record::Record;
use crate::source::{Input, Limits, walk};

/// How to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Caps on containers and records.
    pub limits: Limits,
    /// How to parse records.
    pub parse: format::Options,
    /// What to add to articles.
    pub enrich: enrich::Options,
}

/// Processor time of a record where nothing else is asked for. A program built
/// for its own tests takes twenty times as long.
pub const RECORD_TIME: Duration = match cfg!(debug_assertions) {
    true => Duration::from_secs(100),
    false => Duration::from_secs(5),
};

/// Stack of a thread that parses: parsers that recurse have caps that hold in
/// a quarter of it.
pub const PARSE_STACK_BYTES: usize = 8 << 20;

/// A batch is handed on once it holds this many bytes of records …
const BATCH_BYTES: usize = 1 << 20;

/// … or this many parts.
const BATCH_PARTS: usize = 64;

/// Bytes of records between the readers and the writing thread, at most,
/// save that one record larger than this passes alone.
const IN_FLIGHT_BYTES: usize = 32 << 20;

/// Weight of a part besides its bytes.
const PART_BYTES: usize = 512;

/// What arrives at the writing thread, in the order of each file.
pub enum Arrival {
    /// A file is being read; what follows from this reader is of it.
    Begin(Arc<Job>),
    /// An article of it.
    Article(Box<Prepared>),
    /// A document of it that was lost: members, stage, reason, and whether it
    /// had a place among the file's records.
    Rejected(Arc<[Arc<str>]>, Stage, Reason, bool),
    /// A part of it that is no article. The flag is set for the file as a whole.
    Skipped(Skip, bool),
    /// The file could not be opened.
    Unopened(Arc<Job>, Reason),
    /// The file is read. The state is as it was found before reading, marked
    /// where it cannot be relied on.
    End(Arc<Job>, FileState),
}

/// A numbered part of one reader's stream.
pub struct Batch {
    reader: usize,
    number: u64,
    arrivals: Vec<Arrival>,
    _permit: Option<Permit>,
}

enum Part {
    Arrival(Arrival),
    Record(CutRecord),
}

/// A record to be parsed.
struct CutRecord {
    job: Arc<Job>,
    /// Its place among all that was cut from its file.
    number: u64,
    members: Arc<[Arc<str>]>,
    format: &'static dyn Format,
    record: Record,
    alone: bool,
}

/// Puts each reader's batches back in order.
#[derive(Default)]
pub struct Sorter {
    readers: Vec<(u64, BTreeMap<u64, Batch>)>,
}

impl Sorter {
    /// Takes a batch and hands on what is now in order, with the reader's number.
    pub fn sort<E>(
        &mut self,
        batch: Batch,
        mut each: impl FnMut(usize, Arrival) -> Result<(), E>,
    ) -> Result<(), E> {
        let reader = batch.reader;
        if self.readers.len() <= reader {
            self.readers.resize_with(reader + 1, Default::default);
        }
        let (next, waiting) = &mut self.readers[reader];
        waiting.insert(batch.number, batch);
        while let Some(batch) = waiting.remove(next) {
            *next += 1;
            for arrival in batch.arrivals {
                each(reader, arrival)?;
            }
        }
        Ok(())
    }
}

/// What the threads of a run share.
pub(super) struct Shared {
    fields: Fields,
    stop: AtomicBool,
    watch: Arc<Watch>,
    journal: Option<Journal>,
    struck: Struck,
    gate: Arc<Gate>,
    folders: Arc<Folders>,
    threads: usize,
    pool: Mutex<Arc<rayon::ThreadPool>>,
    /// Batches that wait for a thread of the pool.
    waiting: (Sender<Arc<Task>>, Receiver<Arc<Task>>),
}

impl Shared {
    /// With `threads` that parse, a record in `record_time` at most. What is being read is noted in `journal`;
    /// what is `struck` is not read.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread.
    pub(super) fn new(
        fields: Fields,
        threads: usize,
        record_time: Option<Duration>,
        journal: Option<Journal>,
        struck: Struck,
    ) -> io::Result<Arc<Self>> {
        let threads = threads.max(1);
        Ok(Arc::new(Self {
            fields,
            stop: AtomicBool::new(false),
            watch: Watch::new(record_time),
            journal,
            struck,
            gate: Gate::new(IN_FLIGHT_BYTES),
            folders: Arc::default(),
            threads,
            pool: Mutex::new(pool(threads)?),
            waiting: crossbeam_channel::unbounded(),
        }))
    }

    /// Has every thread end soon.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether every thread is to end soon.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Threads that were lost to records that do not end.
    pub(super) fn lost(&self) -> usize {
        self.watch.lost()
    }

    /// Starts `readers` threads that read the jobs of `jobs` until it is closed
    /// or they are stopped, and has what they cut parsed. The returned channel
    /// closes when all is done; the watch over it ends with the other value.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread. Those already started end with `jobs`.
    pub(super) fn start(
        self: &Arc<Self>,
        readers: usize,
        jobs: &Receiver<Arc<Job>>,
    ) -> io::Result<(Receiver<Batch>, Ending)> {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let ending = self.watch.start()?;
        for number in 0..readers {
            let reader = Arc::new(Reader {
                number,
                jobs: jobs.clone(),
                shared: Arc::clone(self),
                state: Mutex::new(ReaderState {
                    sender: Some(sender.clone()),
                    ..ReaderState::default()
                }),
            });
            let watched = self
                .watch
                .add(Arc::clone(&reader) as Arc<dyn deadline::Work>);
            lock(&reader.state).watched = watched;
            std::thread::Builder::new()
                .name(format!("read-{number}"))
                .spawn(move || reader.run(0))?;
        }
        Ok((receiver, ending))
    }

    /// Has a batch worked on once a thread of the pool is free.
    fn call_worker(&self, task: Option<Arc<Task>>) {
        if let Some(task) = task {
            // Both ends are ours: it cannot be closed.
            let _ = self.waiting.0.send(task);
        }
        let waiting = self.waiting.1.clone();
        let pool = Arc::clone(&lock(&self.pool));
        pool.spawn(move || {
            if let Ok(task) = waiting.try_recv() {
                task.work();
            }
        });
    }

    /// Takes another pool for the one that has lost a thread.
    fn replace_pool(&self) -> io::Result<()> {
        *lock(&self.pool) = pool(self.threads)?;
        for _ in 0..self.waiting.1.len() {
            self.call_worker(None);
        }
        Ok(())
    }

    fn too_slow(&self) -> Reason {
        Reason::TooSlow {
            seconds: self.watch.seconds(),
        }
    }

    /// Parses and enriches a record.
    fn read(&self, cut: &CutRecord, arrivals: &mut Vec<Arrival>) {
        let CutRecord { job, members, .. } = cut;
        let work = Work {
            parse: &job.reading.parse,
            enrich: &job.reading.enrich,
        };
        let outcomes = work.read(&job.path, members, cut.format, &cut.record, cut.alone);
        // What a file holds nothing beside needs no number.
        let has_place = !cut.alone || outcomes.len() > 1;
        for outcome in outcomes {
            arrivals.push(match outcome {
                Outcome::Article(article, alone) => {
                    // A panic on a thread of the pool would end the process.
                    let prepared = catch_unwind(AssertUnwindSafe(|| {
                        Prepared::new(&self.fields, *article, alone)
                    }));
                    match prepared {
                        Ok(prepared) => Arrival::Article(Box::new(prepared)),
                        Err(_) => Arrival::Rejected(
                            Arc::clone(members),
                            Stage::Write,
                            Reason::Panicked,
                            has_place,
                        ),
                    }
                }
                Outcome::Rejected(stage, reason) => {
                    Arrival::Rejected(Arc::clone(members), stage, reason, has_place)
                }
                Outcome::Skipped(skip) => Arrival::Skipped(skip, cut.alone && members.is_empty()),
            });
        }
    }
}

fn pool(threads: usize) -> io::Result<Arc<rayon::ThreadPool>> {
    let built = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("parse-{number}"))
        .stack_size(PARSE_STACK_BYTES)
        .build();
    built.map(Arc::new).map_err(io::Error::other)
}

/// A thread that cuts files, and what another one needs to go on in its place.
struct Reader {
    number: usize,
    jobs: Receiver<Arc<Job>>,
    shared: Arc<Shared>,
    state: Mutex<ReaderState>,
}

#[derive(Default)]
struct ReaderState {
    /// Counts the threads that were lost: only the last one may go on.
    turn: u64,
    /// Counts files and what is cut from them.
    step: u64,
    sender: Option<Sender<Batch>>,
    /// Number of the next batch.
    next: u64,
    parts: Vec<Part>,
    bytes: usize,
    file: Option<OpenFile>,
    watched: u64,
    seat: Option<Seat>,
}

/// A file being cut.
struct OpenFile {
    job: Arc<Job>,
    /// As it was when it was opened.
    state: FileState,
    /// Shares its place with the handle that is read.
    handle: Option<File>,
    thread: Thread,
    /// Parts cut so far.
    cuts: u64,
}

impl Reader {
    /// Reads what there is to read; first ends a file that was given up.
    fn run(self: &Arc<Self>, turn: u64) {
        let given_up = lock(&self.state).file.take();
        if let Some(file) = given_up {
            let mut reader = lock(&self.state);
            self.reject(&mut reader, self.shared.too_slow());
            drop(reader);
            self.end(&file.job, file.state);
        }
        for job in &self.jobs {
            if self.shared.is_stopped() {
                break;
            }
            if !self.read(&job, turn) {
                return;
            }
        }
        let mut reader = lock(&self.state);
        self.flush(&mut reader);
        reader.sender = None;
        self.shared.watch.remove(reader.watched);
        if let (Some(journal), Some(seat)) = (&self.shared.journal, reader.seat.take()) {
            journal.free(seat);
        }
    }

    /// Reads a file; `false` if another thread has taken over.
    fn read(&self, job: &Arc<Job>, turn: u64) -> bool {
        let (file, metadata) = match walk::open_regular(&job.path) {
            Ok(opened) => opened,
            Err(error) => {
                let arrival = Arrival::Unopened(Arc::clone(job), Reason::of(&error));
                self.push(&mut lock(&self.state), Part::Arrival(arrival));
                return true;
            }
        };
        let state = plan::state_of(&metadata, job.state.options);
        let struck = self.shared.struck.of(&job.key, &state);
        {
            let mut reader = lock(&self.state);
            self.push(&mut reader, Part::Arrival(Arrival::Begin(Arc::clone(job))));
            reader.step += 1;
            reader.file = Some(OpenFile {
                job: Arc::clone(job),
                state,
                handle: file.try_clone().ok(),
                thread: Thread::current(),
                cuts: 0,
            });
            self.note(&mut reader);
            // What precedes its first record may be what cannot be read.
            if let Some(strike) = struck.rest_from(0) {
                self.reject(&mut reader, strike.reason());
            }
        }
        let reading = &job.reading;
        let read = catch_unwind(AssertUnwindSafe(|| {
            if struck.rest_from(0).is_none() {
                let (input, hint) = (Input::file(file), hint_of(&job.path, &self.shared.folders));
                read::cut(input, hint, reading, &mut |cut| {
                    self.take(job, cut, turn, &struck)
                });
            }
        }));
        {
            let mut reader = lock(&self.state);
            if reader.turn != turn {
                return false;
            }
            reader.file = None;
            if read.is_err() {
                self.reject(&mut reader, Reason::Panicked);
            }
        }
        self.end(job, state);
        true
    }

    /// Ends a file that was in `state` when it was opened.
    fn end(&self, job: &Arc<Job>, state: FileState) {
        let state = match settled(job, state) {
            Some(state) => state,
            // It changed under our hands: whatever was read, read it again.
            None => FileState {
                options: 0,
                ..state
            },
        };
        if !self.shared.is_stopped() {
            let end = Part::Arrival(Arrival::End(Arc::clone(job), state));
            self.push(&mut lock(&self.state), end);
        }
    }

    /// Rejects the rest of a file.
    fn reject(&self, reader: &mut ReaderState, reason: Reason) {
        let rejected = Arrival::Rejected(Arc::from([]), Stage::Read, reason, false);
        self.push(reader, Part::Arrival(rejected));
    }

    fn take(&self, job: &Arc<Job>, cut: Cut, turn: u64, struck: &Strikes) -> ControlFlow<()> {
        let mut reader = lock(&self.state);
        let is_ours = reader.turn == turn;
        let number = match &mut reader.file {
            Some(file) if is_ours => {
                file.cuts += 1;
                file.cuts - 1
            }
            _ => return ControlFlow::Break(()),
        };
        reader.step += 1;
        let is_file = cut.members.is_empty();
        let part = match cut.found {
            Found::Record {
                format,
                record,
                alone,
            } => match struck.at(number) {
                Some(strike) => Part::Arrival(Arrival::Rejected(
                    cut.members,
                    Stage::Parse,
                    strike.reason(),
                    !alone,
                )),
                None => Part::Record(CutRecord {
                    job: Arc::clone(job),
                    number,
                    members: cut.members,
                    format,
                    record,
                    alone,
                }),
            },
            Found::Rejected(reason) => {
                Part::Arrival(Arrival::Rejected(cut.members, Stage::Read, reason, false))
            }
            Found::Skipped(skip) => Part::Arrival(Arrival::Skipped(skip, is_file)),
        };
        self.push(&mut reader, part);
        if let Some(strike) = struck.rest_from(number + 1) {
            self.reject(&mut reader, strike.reason());
            return ControlFlow::Break(());
        }
        match self.shared.is_stopped() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn push(&self, reader: &mut ReaderState, part: Part) {
        reader.bytes += PART_BYTES;
        if let Part::Record(cut) = &part {
            reader.bytes += cut.record.bytes.len();
        }
        reader.parts.push(part);
        if reader.bytes >= BATCH_BYTES || reader.parts.len() >= BATCH_PARTS {
            self.flush(reader);
            self.note(reader);
        }
    }

    fn flush(&self, reader: &mut ReaderState) {
        if reader.parts.is_empty() {
            return;
        }
        let shared = &self.shared;
        let bytes = std::mem::take(&mut reader.bytes);
        let permit = shared.gate.enter(bytes, || shared.is_stopped());
        let task = Arc::new(Task {
            reader: self.number,
            number: reader.next,
            shared: Arc::clone(shared),
            state: Mutex::new(TaskState {
                parts: std::mem::take(&mut reader.parts).into_iter(),
                sender: reader.sender.clone(),
                permit,
                ..TaskState::default()
            }),
        });
        reader.next += 1;
        shared.call_worker(Some(task));
    }

    /// Notes what is about to be cut.
    fn note(&self, reader: &mut ReaderState) {
        let Some(journal) = &self.shared.journal else {
            return;
        };
        let Some(file) = &reader.file else {
            return;
        };
        let last = file.cuts + BATCH_PARTS as u64;
        let entry = InFlight::new(&file.job.key, &file.state, Phase::Cut, file.cuts, last);
        journal.note(&mut reader.seat, &[entry]);
    }
}

impl deadline::Work for Reader {
    fn standing(&self) -> Option<Standing> {
        // One that waits for room holds the lock, and costs nothing.
        let reader = self.state.try_lock().ok()?;
        let file = reader.file.as_ref()?;
        Some(Standing {
            step: reader.step,
            thread: file.thread,
            place: deadline::place(file.handle.as_ref()),
        })
    }

    fn give_up(self: Arc<Self>, step: u64) -> bool {
        let Ok(mut reader) = self.state.try_lock() else {
            return false;
        };
        if reader.step != step || reader.file.is_none() {
            return false;
        }
        reader.step += 1;
        reader.turn += 1;
        // What it was at stays noted: it may yet end the program.
        reader.seat = None;
        let turn = reader.turn;
        drop(reader);
        let next = Arc::clone(&self);
        let started = std::thread::Builder::new()
            .name(format!("read-{}", self.number))
            .spawn(move || next.run(turn));
        if started.is_err() {
            // Then the watch has no other time to watch.
            self.run(turn);
        }
        true
    }
}

/// A batch on its way through a worker, and what another one needs to go on
/// in its place.
struct Task {
    reader: usize,
    number: u64,
    shared: Arc<Shared>,
    state: Mutex<TaskState>,
}

#[derive(Default)]
struct TaskState {
    parts: std::vec::IntoIter<Part>,
    arrivals: Vec<Arrival>,
    /// Counts the records begun.
    step: u64,
    now: Option<Underway>,
    sender: Option<Sender<Batch>>,
    permit: Option<Permit>,
    watched: Option<u64>,
    seat: Option<Seat>,
}

/// A record being read.
struct Underway {
    thread: Thread,
    members: Arc<[Arc<str>]>,
    has_place: bool,
}

impl Task {
    /// Parses and enriches what is left of the batch, and hands it on.
    fn work(self: &Arc<Self>) {
        let mut found = Vec::new();
        let mut state = lock(&self.state);
        self.begin(&mut state);
        loop {
            // An interrupted run must end soon, and drops what is not written.
            let part = match self.shared.is_stopped() {
                true => None,
                false => state.parts.next(),
            };
            let cut = match part {
                Some(Part::Record(cut)) => cut,
                Some(Part::Arrival(arrival)) => {
                    state.arrivals.push(arrival);
                    continue;
                }
                None => break,
            };
            state.step += 1;
            let step = state.step;
            state.now = Some(Underway {
                thread: Thread::current(),
                members: Arc::clone(&cut.members),
                has_place: !cut.alone,
            });
            drop(state);
            self.shared.read(&cut, &mut found);
            drop(cut);
            state = lock(&self.state);
            if state.step != step {
                return;
            }
            state.now = None;
            state.arrivals.append(&mut found);
        }
        if let Some(watched) = state.watched.take() {
            self.shared.watch.remove(watched);
        }
        if let (Some(journal), Some(seat)) = (&self.shared.journal, state.seat.take()) {
            journal.free(seat);
        }
        if let Some(sender) = state.sender.take() {
            // Nobody listens after a fatal error; the stage then just ends.
            let _ = sender.send(Batch {
                reader: self.reader,
                number: self.number,
                arrivals: std::mem::take(&mut state.arrivals),
                _permit: state.permit.take(),
            });
        }
    }

    /// Has what is left watched, and noted.
    fn begin(self: &Arc<Self>, state: &mut TaskState) {
        if state.watched.is_none() {
            let work = Arc::clone(self) as Arc<dyn deadline::Work>;
            state.watched = Some(self.shared.watch.add(work));
        }
        let Some(journal) = &self.shared.journal else {
            return;
        };
        let mut entries: Vec<InFlight> = Vec::new();
        let mut last: Option<&Arc<Job>> = None;
        for part in state.parts.as_slice() {
            let Part::Record(cut) = part else {
                continue;
            };
            match (entries.last_mut(), last) {
                (Some(entry), Some(job)) if Arc::ptr_eq(job, &cut.job) => entry.last = cut.number,
                _ => entries.push(InFlight::new(
                    &cut.job.key,
                    &cut.job.state,
                    Phase::Parse,
                    cut.number,
                    cut.number,
                )),
            }
            last = Some(&cut.job);
        }
        journal.note(&mut state.seat, &entries);
    }
}

impl deadline::Work for Task {
    fn standing(&self) -> Option<Standing> {
        let state = self.state.try_lock().ok()?;
        let thread = state.now.as_ref()?.thread;
        Some(Standing {
            step: state.step,
            thread,
            place: 0,
        })
    }

    fn give_up(self: Arc<Self>, step: u64) -> bool {
        let mut state = lock(&self.state);
        let now = match state.step == step {
            true => state.now.take(),
            false => None,
        };
        let Some(now) = now else {
            return false;
        };
        state.step += 1;
        state.arrivals.push(Arrival::Rejected(
            now.members,
            Stage::Parse,
            self.shared.too_slow(),
            now.has_place,
        ));
        // What it was at stays noted: it may yet end the program.
        state.seat = None;
        drop(state);
        match self.shared.replace_pool() {
            Ok(()) => self.shared.call_worker(Some(self.clone())),
            // Then the watch has no other time to watch.
            Err(_) => self.work(),
        }
        true
    }
}

/// The state to remember for a file just read: `None` if it is another than
/// when it was opened.
fn settled(job: &Job, opened: FileState) -> Option<FileState> {
    plan::let_settle(&opened);
    let now = std::fs::metadata(&*job.path).ok()?;
    if plan::state_of(&now, opened.options) != opened {
        return None;
    }
    let digest = match plan::is_racy(&opened) {
        true => Some(plan::digest(&job.path)?),
        false => None,
    };
    Some(FileState { digest, ..opened })
}
