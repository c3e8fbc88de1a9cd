//! Readers and workers: turns jobs into the articles of their files, in
//! parallel, each file's in order.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::plan::{self, Job};
use super::read::{self, Cut, Found};
use super::work::{Outcome, Work};
use crate::enrich;
use crate::error::{Reason, Skip, Stage};
use crate::format::{self, Format};
use crate::index::document::{FileState, Prepared};
use crate::index::gate::{Gate, Permit};
use crate::index::schema::Fields;
use crate::record::Record;
use crate::source::{Input, Limits, walk};

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Caps on containers and records.
    pub limits: Limits,
    /// How to parse records.
    pub parse: format::Options,
    /// What to add to articles.
    pub enrich: enrich::Options,
}

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
    Record {
        job: Arc<Job>,
        members: Arc<[Arc<str>]>,
        format: &'static dyn Format,
        record: Record,
        alone: bool,
    },
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

/// Starts `readers` threads that read the jobs of `jobs` until it is closed
/// or `stop` is set, and parses what they cut on `pool`. The returned channel
/// closes when all is done.
///
/// # Errors
///
/// Where the system gives no thread. Those already started end with `jobs`.
pub fn start<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    readers: usize,
    pool: &'scope rayon::ThreadPool,
    jobs: Receiver<Arc<Job>>,
    reading: &'scope Reading,
    fields: Fields,
    stop: &'scope Arc<AtomicBool>,
) -> io::Result<Receiver<Batch>> {
    let (sender, receiver) = crossbeam_channel::unbounded();
    let gate = Gate::new(IN_FLIGHT_BYTES);
    let reading = Arc::new(reading.clone());
    for number in 0..readers {
        let mut reader = Reader {
            number,
            next: 0,
            parts: Vec::new(),
            bytes: 0,
            gate: Arc::clone(&gate),
            pool,
            sender: sender.clone(),
            reading: Arc::clone(&reading),
            fields,
            stop: Arc::clone(stop),
        };
        let jobs = jobs.clone();
        let read_all = move || {
            for job in jobs {
                if reader.stop.load(Ordering::Relaxed) {
                    break;
                }
                reader.read(&job);
            }
            reader.flush();
        };
        std::thread::Builder::new()
            .name(format!("read-{number}"))
            .spawn_scoped(scope, read_all)?;
    }
    Ok(receiver)
}

struct Reader<'p> {
    number: usize,
    next: u64,
    parts: Vec<Part>,
    bytes: usize,
    gate: Arc<Gate>,
    pool: &'p rayon::ThreadPool,
    sender: Sender<Batch>,
    reading: Arc<Reading>,
    fields: Fields,
    stop: Arc<AtomicBool>,
}

impl Reader<'_> {
    fn read(&mut self, job: &Arc<Job>) {
        let (file, metadata) = match walk::open_regular(&job.path) {
            Ok(opened) => opened,
            Err(error) => {
                self.push(Part::Arrival(Arrival::Unopened(
                    Arc::clone(job),
                    Reason::of(&error),
                )));
                return;
            }
        };
        let state = plan::state_of(&metadata, job.state.options);
        self.push(Part::Arrival(Arrival::Begin(Arc::clone(job))));
        let reading = Arc::clone(&self.reading);
        let read = catch_unwind(AssertUnwindSafe(|| {
            read::cut(
                Input::file(file),
                read::hint_of(&job.path),
                &reading,
                &mut |cut| self.take(job, cut),
            )
        }));
        if read.is_err() {
            self.push(Part::Arrival(Arrival::Rejected(
                Arc::from([]),
                Stage::Read,
                Reason::Panicked,
                false,
            )));
        }
        let state = match settled(job, state) {
            Some(state) => state,
            // It changed under our hands: whatever was read, read it again.
            None => FileState {
                options: 0,
                ..state
            },
        };
        if !self.stop.load(Ordering::Relaxed) {
            self.push(Part::Arrival(Arrival::End(Arc::clone(job), state)));
        }
    }

    fn take(&mut self, job: &Arc<Job>, cut: Cut) -> ControlFlow<()> {
        let is_file = cut.members.is_empty();
        self.push(match cut.found {
            Found::Record {
                format,
                record,
                alone,
            } => Part::Record {
                job: Arc::clone(job),
                members: cut.members,
                format,
                record,
                alone,
            },
            Found::Rejected(reason) => {
                Part::Arrival(Arrival::Rejected(cut.members, Stage::Read, reason, false))
            }
            Found::Skipped(skip) => Part::Arrival(Arrival::Skipped(skip, is_file)),
        });
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn push(&mut self, part: Part) {
        self.bytes += PART_BYTES;
        if let Part::Record { record, .. } = &part {
            self.bytes += record.bytes.len();
        }
        self.parts.push(part);
        if self.bytes >= BATCH_BYTES || self.parts.len() >= BATCH_PARTS {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.parts.is_empty() {
            return;
        }
        let parts = std::mem::take(&mut self.parts);
        let stop = Arc::clone(&self.stop);
        let permit = self.gate.enter(std::mem::take(&mut self.bytes), move || {
            stop.load(Ordering::Relaxed)
        });
        let (reader, number) = (self.number, self.next);
        let stopped = Arc::clone(&self.stop);
        self.next += 1;
        let (sender, reading, fields) =
            (self.sender.clone(), Arc::clone(&self.reading), self.fields);
        self.pool.spawn(move || {
            // An interrupted run must end soon, and drops what is not written.
            let arrivals = match stopped.load(Ordering::Relaxed) {
                true => Vec::new(),
                false => work(parts, &reading, &fields),
            };
            // Nobody listens after a fatal error; the stage then just ends.
            let _ = sender.send(Batch {
                reader,
                number,
                arrivals,
                _permit: permit,
            });
        });
    }
}

/// Parses and enriches the records among `parts`.
fn work(parts: Vec<Part>, reading: &Reading, fields: &Fields) -> Vec<Arrival> {
    let work = Work {
        parse: &reading.parse,
        enrich: &reading.enrich,
    };
    let mut arrivals = Vec::with_capacity(parts.len());
    for part in parts {
        let (job, members, format, record, alone) = match part {
            Part::Arrival(arrival) => {
                arrivals.push(arrival);
                continue;
            }
            Part::Record {
                job,
                members,
                format,
                record,
                alone,
            } => (job, members, format, record, alone),
        };
        let outcomes = work.read(&job.path, &members, format, &record, alone);
        // What a file holds nothing beside needs no number.
        let has_place = !alone || outcomes.len() > 1;
        for outcome in outcomes {
            arrivals.push(match outcome {
                Outcome::Article(article, alone) => {
                    // A panic on a thread of the pool would end the process.
                    let prepared =
                        catch_unwind(AssertUnwindSafe(|| Prepared::new(fields, *article, alone)));
                    match prepared {
                        Ok(prepared) => Arrival::Article(Box::new(prepared)),
                        Err(_) => Arrival::Rejected(
                            Arc::clone(&members),
                            Stage::Write,
                            Reason::Panicked,
                            has_place,
                        ),
                    }
                }
                Outcome::Rejected(stage, reason) => {
                    Arrival::Rejected(Arc::clone(&members), stage, reason, has_place)
                }
                Outcome::Skipped(skip) => Arrival::Skipped(skip, alone && members.is_empty()),
            });
        }
    }
    arrivals
}

/// The state to remember for a file just read: `None` if it is another than
/// when it was opened.
fn settled(job: &Job, opened: FileState) -> Option<FileState> {
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
