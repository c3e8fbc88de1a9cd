//! A run of `morgue index`: what is new or changed is read, what is gone is
//! removed, and both are committed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{SendTimeoutError, Sender};

use super::alone;
use super::conveyor::{self, Arrival, Reading, Shared, Sorter};
use super::plan::{self, Job};
use super::report::Report;
use super::target::Target;
use super::ways::{self, Way};
use crate::error::{Error, Rejection, Skip, Stage};
use crate::index::document::{FileState, Notes};
use crate::index::journal::{InFlight, Journal, Struck};
use crate::index::payload::{Root, decode_path, path_of};
use crate::index::writer::Reading as Open;
use crate::index::{Catalogue, Snapshot, Writer, WriterOptions};
use crate::record::Locator;
use crate::source::walk::{self, Found, Neighbours, absolute_key};

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders; empty for those the index knows.
    pub paths: Vec<PathBuf>,
    /// Threads that parse.
    pub threads: usize,
    /// Memory for segments being built, in bytes.
    pub memory_bytes: usize,
    /// Build a new index beside the old one and swap.
    pub rebuild: bool,
    /// Read, but write nothing.
    pub dry_run: bool,
    /// Remove articles whose file is gone: always, never, or (`None`) unless
    /// a PATH looks like an unplugged disk.
    pub prune: Option<bool>,
    /// How files are found and read: as asked for now, or (`None`) as it is
    /// remembered of each PATH.
    pub way: Option<Way>,
    /// Whether somebody named the PATHs: what was told to be forgotten is then
    /// read again where it is one of them.
    pub is_named: bool,
    /// Processor time that one record may take, if it is limited.
    pub record_time: Option<Duration>,
    /// Read again what was rejected, and what is no longer read since it ended
    /// a run.
    pub retry: bool,
    /// The program, whose children can read alone what may have ended a run
    /// (see [`alone`]). Without it nothing is blamed.
    pub program: Option<PathBuf>,
}

/// Told of a run's progress; on the calling thread unless said otherwise.
pub trait Observer: Sync {
    /// Files and bytes found so far that must be read. On the walking thread.
    fn found(&self, files: u64, bytes: u64);
    /// Files and bytes read so far, and articles written.
    fn read(&self, files: u64, bytes: u64, articles: u64);
    /// A document was rejected.
    fn rejected(&self, rejection: &Rejection);
    /// What ended the run before was looked for: parts of files that were being
    /// read when it died, and those of them that end the program or hang.
    fn recovered(&self, _suspects: u64, _struck: u64) {}
    /// A file's reading was replaced: articles it held before and holds now.
    fn changed(&self, _path: &Path, _before: u64, _now: u64) {}
}

/// Work since the last commit that a kill may cost, at most.
const COMMIT_EVERY: Duration = Duration::from_secs(60);

/// Threads that a run may lose to records that do not end. They keep memory and
/// a little of the processor.
const MOST_LOST: usize = 32;

/// How often a walk that waits for a reader looks whether it is to end.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Jobs waiting for a reader.
const JOBS_AHEAD: usize = 256;

/// Brings the index in `folder` up to date.
///
/// # Errors
///
/// What ends a run: see [`Error`]. What was committed before stays.
pub fn index(
    folder: &Path,
    options: &Options,
    observer: &dyn Observer,
    interrupted: &AtomicBool,
) -> Result<Report, Error> {
    let started = Instant::now();
    let mut target = Target::open(folder, options)?;
    let mut report = Report::default();
    let known: Vec<Root> = target.roots();
    let (known_paths, missing) = existing_roots(&known);
    let paths = match (options.paths.is_empty(), options.rebuild) {
        (true, _) if known.is_empty() => return Err(no_path()),
        (true, _) => known_paths,
        (false, false) => options.paths.clone(),
        // A rebuild must not lose what other runs have read.
        (false, true) => options.paths.iter().cloned().chain(known_paths).collect(),
    };
    let mut forgotten = target.forgotten();
    let roots = of_run(options, paths, &known, &mut forgotten)?;
    let mut held = Vec::new();
    // Known PATHs that are to be forgotten with all that was below them.
    let mut lost: Vec<&Root> = Vec::new();
    if options.paths.is_empty() || options.rebuild {
        match (missing.first(), options.prune, options.rebuild) {
            (_, Some(true), _) => lost = missing,
            (Some(first), _, true) => return Err(unplugged(&shown(first))),
            _ => report.kept = missing.iter().copied().map(shown).collect(),
        }
    }
    if options.rebuild {
        held = held_below(folder, &roots);
    }
    let catalogue = target.catalogue();
    let snapshot = target.snapshot();
    let struck = if options.dry_run {
        Struck::read(folder)
    } else {
        recover(folder, options, &roots, &catalogue, observer, interrupted)?
    };
    let walked = convey(
        &mut target,
        struck,
        options,
        &roots,
        &forgotten,
        &catalogue,
        folder,
        observer,
        interrupted,
        &mut report,
    );
    if !options.dry_run {
        Journal::clear(folder);
    }
    let walked = walked?;
    report.lost = walked.lost;
    report.interrupted = interrupted.load(Ordering::Relaxed) || walked.lost > MOST_LOST;
    report.given_up = report.interrupted && options.rebuild;
    if !report.interrupted && options.prune != Some(true) {
        let is_empty = |number: &usize| {
            let known = known.iter().find(|root| root.path == roots[*number].1.path);
            walked.files[*number] == 0
                || known.is_some_and(|known| lacks_device(known, &walked.devices[*number]))
        };
        let emptied = held
            .iter()
            .enumerate()
            .filter(|&(_, &articles)| articles > 0);
        if let Some(number) = emptied.map(|(number, _)| number).find(is_empty) {
            return Err(unplugged(&roots[number].0.display().to_string()));
        }
    }
    if !report.interrupted {
        let kept = remove_gone(
            &mut target,
            options,
            &roots,
            &known,
            &catalogue,
            &walked,
            observer,
            &mut report,
        )?;
        remove_lost(&mut target, &lost, &catalogue, observer, &mut report)?;
        let known: Vec<Root> = known
            .iter()
            .filter(|root| !lost.contains(root))
            .cloned()
            .collect();
        // What looks unplugged is to look so until it is back.
        let read = roots.iter().enumerate().map(|(number, (path, root))| {
            let known = known.iter().find(|known| known.path == root.path);
            match known.filter(|_| kept.contains(&number)) {
                Some(known) => (path.clone(), known.clone()),
                None => {
                    let devices = walked.devices[number].iter().copied().collect();
                    (
                        path.clone(),
                        Root {
                            devices,
                            ..root.clone()
                        },
                    )
                }
            }
        });
        let read: Vec<(PathBuf, Root)> = read.collect();
        target.set_roots(merge_roots(&known, &read, &forgotten), &forgotten);
        target.close()?;
    } else {
        target.stop()?;
    }
    if walked.lost > MOST_LOST {
        return Err(Error::TooManySlow { limit: MOST_LOST });
    }
    stand(&snapshot, &catalogue, &walked, &mut report)?;
    report.elapsed = started.elapsed();
    Ok(report)
}

/// What is not read any more, with what ended the run before, if it died.
fn recover(
    folder: &Path,
    options: &Options,
    roots: &[(PathBuf, Root)],
    catalogue: &Catalogue,
    observer: &dyn Observer,
    interrupted: &AtomicBool,
) -> Result<Struck, Error> {
    let mut struck = Struck::read(folder);
    let is_retried = |_: &[u8]| !options.retry;
    let mut is_changed = struck.retain(is_retried);
    let below = plan::Below::of(roots);
    let mut suspects: Vec<Vec<InFlight>> = roots.iter().map(|_| Vec::new()).collect();
    let ways: Vec<Way> = roots.iter().map(|(_, root)| Way::of(root)).collect();
    for suspect in Journal::left(folder) {
        let key = suspect.key();
        let path = Path::new(std::ffi::OsStr::from_bytes(&key));
        let (Some(number), Ok(metadata)) = (below.number(&key), std::fs::metadata(path)) else {
            continue;
        };
        // What has changed or was committed meanwhile is as good as new.
        let state = plan::state_of(&metadata, ways[number].digest());
        let before = catalogue.get(&key);
        if suspect.is_of(&state) && before.is_none_or(|entry| entry.state != state) {
            suspects[number].push(suspect);
        }
    }
    let number: usize = suspects.iter().map(Vec::len).sum();
    if let Some(program) = options.program.as_ref().filter(|_| number > 0) {
        let mut found = Vec::new();
        for (suspects, way) in suspects.into_iter().zip(&ways) {
            found.extend(alone::culprits(
                program,
                suspects,
                way,
                options.record_time,
                interrupted,
            ));
        }
        if !interrupted.load(Ordering::Relaxed) {
            observer.recovered(number as u64, found.len() as u64);
        }
        is_changed |= !found.is_empty();
        struck.extend(found);
    }
    if is_changed {
        struck.write(folder)?;
    }
    if !interrupted.load(Ordering::Relaxed) {
        Journal::clear(folder);
    }
    Ok(struck)
}

/// Drops everything below `paths` from the index.
///
/// # Errors
///
/// As [`index`].
pub fn forget(folder: &Path, paths: &[PathBuf], memory_bytes: usize) -> Result<Report, Error> {
    let started = Instant::now();
    if crate::index::Index::open(folder).is_err_and(|e| matches!(e, Error::NoIndex { .. })) {
        return Err(Error::NoIndex {
            path: folder.to_owned(),
        });
    }
    let mut writer = Writer::open(
        folder,
        WriterOptions {
            threads: 1,
            memory_bytes,
            rebuild: false,
        },
    )?;
    let catalogue = writer.catalogue();
    let mut report = Report::default();
    let keys: Vec<PathBuf> = paths.iter().map(|path| absolute_key(path)).collect();
    let below = plan::Below::new(keys.iter().map(|key| key.as_os_str().as_bytes()));
    for (key, entry) in catalogue.iter() {
        if below.number(key).is_some() {
            writer.remove(entry);
            report.removed += entry.articles;
            report.files += 1;
        }
    }
    let mut roots = writer.roots().to_vec();
    roots.retain(|root| below.number(&decode_path(&root.path)).is_none());
    let mut forgotten: Vec<PathBuf> = writer
        .forgotten()
        .iter()
        .map(|path| path_of(path))
        .collect();
    forgotten.retain(|path| below.number(path.as_os_str().as_bytes()).is_none());
    // The next run over what is around them is not to read them again.
    let around = keys
        .iter()
        .filter(|key| ways::nearest(&roots, key).is_some());
    let around: Vec<PathBuf> = around.cloned().collect();
    report.forgotten = around
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    forgotten.extend(around);
    forgotten.sort();
    forgotten.dedup();
    writer.set_roots(roots, &forgotten);
    writer.close()?;
    report.elapsed = started.elapsed();
    Ok(report)
}

/// What the walk saw.
#[derive(Default)]
struct Walked {
    /// What became of each file of the catalogue, by its place there.
    known: Vec<Known>,
    /// Regular files seen below each root, and the devices they lie on.
    files: Vec<u64>,
    devices: Vec<BTreeSet<u64>>,
    /// Threads lost to records that do not end.
    lost: usize,
}

impl Walked {
    fn is_seen(&self, place: usize) -> bool {
        self.known[place] != Known::Unseen
    }

    fn is_unchanged(&self, place: usize) -> bool {
        self.known[place] == Known::Unchanged
    }
}

/// What became of a file that the index knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// The walk did not come to it.
    Unseen,
    Changed,
    Unchanged,
}

/// What the walk saw of neighbouring files.
#[derive(Default)]
struct Seen {
    /// Regular files, and the devices they lie on.
    files: u64,
    devices: BTreeSet<u64>,
    /// Places in the catalogue of those that it knows, and what became of them.
    known: Vec<(usize, Known)>,
    jobs: Vec<Job>,
    problems: Vec<Rejection>,
}

/// Runs the conveyor to its end.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one run, each owned elsewhere"
)]
fn convey(
    target: &mut Target,
    struck: Struck,
    options: &Options,
    roots: &[(PathBuf, Root)],
    forgotten: &[PathBuf],
    catalogue: &Arc<Catalogue>,
    folder: &Path,
    observer: &dyn Observer,
    interrupted: &AtomicBool,
    report: &mut Report,
) -> Result<Walked, Error> {
    let no_thread = |source| Error::Io {
        action: "start a thread for",
        path: folder.to_owned(),
        source,
    };
    let journal = (!options.dry_run).then(|| Journal::new(folder));
    let shared = Shared::new(
        target.fields(),
        options.threads,
        options.record_time,
        journal,
        struck,
    )
    .map_err(no_thread)?;
    let ways = roots.iter().map(|(_, root)| Way::of(root));
    let ways: Vec<WayOfRun> = ways.map(WayOfRun::from).collect();
    let borders = Borders::new(roots, forgotten);
    let (job_sender, job_receiver) = crossbeam_channel::bounded(JOBS_AHEAD);
    let (problem_sender, problem_receiver) = crossbeam_channel::unbounded();
    let files_found = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let readers = options.threads.clamp(1, 4);
        let (batches, _watching) = shared.start(readers, &job_receiver).map_err(no_thread)?;
        // Only readers are to hold it: the walk ends with the last of them.
        drop(job_receiver);
        let walker = {
            let (shared, catalogue, files_found) = (&shared, Arc::clone(catalogue), &files_found);
            let walk_all = move || {
                let mut walked = Walked {
                    known: vec![Known::Unseen; catalogue.len()],
                    files: vec![0; roots.len()],
                    devices: vec![BTreeSet::new(); roots.len()],
                    ..Walked::default()
                };
                let mut bytes = 0;
                let each = roots.iter().zip(&ways).enumerate();
                for (number, ((root, _), way)) in each {
                    let comparison = Comparison {
                        number,
                        way,
                        borders: &borders,
                        catalogue: &catalogue,
                        is_retried: options.retry,
                        shared,
                    };
                    let look = |files: &mut Neighbours<'_>| comparison.look(files);
                    let walked_all = walk::walk(root, &way.way.walk, folder, look, |seen: Seen| {
                        walked.files[number] += seen.files;
                        walked.devices[number].extend(seen.devices);
                        for (place, became) in seen.known {
                            walked.known[place] = became;
                        }
                        for problem in seen.problems {
                            let _ = problem_sender.send(problem);
                        }
                        for job in seen.jobs {
                            bytes += job.state.size;
                            let files = files_found.fetch_add(1, Ordering::Relaxed) + 1;
                            observer.found(files, bytes);
                            hand_on(job, &job_sender, shared)?;
                        }
                        match shared.is_stopped() {
                            true => ControlFlow::Break(()),
                            false => ControlFlow::Continue(()),
                        }
                    });
                    if walked_all.is_break() {
                        break;
                    }
                }
                walked
            };
            std::thread::Builder::new()
                .name("walk".to_owned())
                .spawn_scoped(scope, walk_all)
                .map_err(|source| {
                    shared.stop();
                    no_thread(source)
                })?
        };
        let result = receive(
            target,
            &shared,
            &batches,
            &problem_receiver,
            observer,
            interrupted,
            report,
        );
        // Whatever the outcome, every stage must end before the scope does.
        shared.stop();
        drop(batches);
        match walker.join() {
            Ok(walked) => result.map(|()| Walked {
                lost: shared.lost(),
                ..walked
            }),
            // Files it did not come to must not count as gone.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// How the files of a PATH are found and read.
struct WayOfRun {
    way: Way,
    reading: Arc<Reading>,
    digest: u64,
}

impl From<Way> for WayOfRun {
    fn from(way: Way) -> Self {
        Self {
            reading: Arc::new(way.reading.clone()),
            digest: way.digest(),
            way,
        }
    }
}

/// Holds the files below one PATH of a run against the catalogue.
struct Comparison<'a> {
    /// Number of the PATH.
    number: usize,
    way: &'a WayOfRun,
    borders: &'a Borders,
    catalogue: &'a Catalogue,
    /// Whether what was rejected is read again.
    is_retried: bool,
    shared: &'a Shared,
}

impl Comparison<'_> {
    fn look(&self, files: &mut Neighbours<'_>) -> Seen {
        let mut seen = Seen::default();
        let mut near = 0;
        for found in files {
            if self.shared.is_stopped() {
                break;
            }
            match found {
                Ok(found) => self.compare(&found, &mut near, &mut seen),
                Err(rejection) => seen.problems.push(rejection),
            }
        }
        seen
    }

    /// `near` is as in [`Catalogue::find`].
    fn compare(&self, found: &Found<'_>, near: &mut usize, seen: &mut Seen) {
        seen.files += 1;
        seen.devices.insert(found.stamp.device);
        // Absolute and folded, as the root is.
        let key = found.path.as_os_str().as_bytes();
        if !self.borders.is_of(self.number, key) {
            return;
        }
        let state = plan::state_of(found.stamp, self.way.digest);
        let place = self.catalogue.find(key, near);
        let before = place.map(|place| *self.catalogue.at(place));
        let is_unchanged = before.is_some_and(|before| {
            let is_retried = self.is_retried && before.rejected > 0;
            !is_retried && plan::is_unchanged(&before, &state, found.path)
        });
        if let Some(place) = place {
            let became = match is_unchanged {
                true => Known::Unchanged,
                false => Known::Changed,
            };
            seen.known.push((place, became));
        }
        if !is_unchanged {
            seen.jobs.push(Job {
                path: Arc::new(found.path.to_owned()),
                key: Arc::from(key),
                state,
                before,
                reading: Arc::clone(&self.way.reading),
            });
        }
    }
}

/// Gives a job to the readers; breaks where they are to end.
fn hand_on(job: Job, readers: &Sender<Arc<Job>>, shared: &Shared) -> ControlFlow<()> {
    let mut job = Arc::new(job);
    // A reader that hangs takes none, and is not to hold us.
    while let Err(refused) = readers.send_timeout(job, LOOK_AGAIN) {
        match refused {
            SendTimeoutError::Timeout(back) if !shared.is_stopped() => job = back,
            _ => return ControlFlow::Break(()),
        }
    }
    ControlFlow::Continue(())
}

/// Writes what arrives until all is there or the run is interrupted.
fn receive(
    target: &mut Target,
    shared: &Shared,
    batches: &crossbeam_channel::Receiver<conveyor::Batch>,
    problems: &crossbeam_channel::Receiver<Rejection>,
    observer: &dyn Observer,
    interrupted: &AtomicBool,
    report: &mut Report,
) -> Result<(), Error> {
    let mut sorter = Sorter::default();
    let mut open: Vec<Option<OpenFile>> = Vec::new();
    let mut committed = Instant::now();
    loop {
        for rejection in problems.try_iter() {
            reject(report, observer, &rejection);
        }
        if interrupted.load(Ordering::Relaxed) || shared.lost() > MOST_LOST {
            return Ok(());
        }
        match batches.recv_timeout(Duration::from_millis(100)) {
            Ok(batch) => sorter.sort(batch, |reader, arrival| {
                if open.len() <= reader {
                    open.resize_with(reader + 1, || None);
                }
                arrive(target, &mut open[reader], arrival, observer, report)
            })?,
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => break,
        }
        observer.read(report.files, report.bytes, report.articles);
        if committed.elapsed() >= COMMIT_EVERY {
            target.commit()?;
            committed = Instant::now();
        }
    }
    for rejection in problems.try_iter() {
        reject(report, observer, &rejection);
    }
    Ok(())
}

/// A file whose articles are arriving.
struct OpenFile {
    reading: Open,
    skip: Option<Skip>,
}

fn arrive(
    target: &mut Target,
    open: &mut Option<OpenFile>,
    arrival: Arrival,
    observer: &dyn Observer,
    report: &mut Report,
) -> Result<(), Error> {
    match (arrival, open.as_mut()) {
        (Arrival::Begin(job), _) => {
            let reading = target.begin(&job);
            *open = Some(OpenFile {
                reading,
                skip: None,
            });
        }
        (Arrival::Unopened(job, reason), _) => {
            let rejection = Rejection {
                locator: Locator::file(job.path.as_path()),
                stage: Stage::Read,
                reason,
            };
            reject(report, observer, &rejection);
            // What the index holds of a file that cannot be opened stays; a
            // file it does not know is remembered with its rejection.
            if job.before.is_none() {
                let mut reading = target.begin(&job);
                reading.notes.reject(&rejection);
                target.finish(
                    reading,
                    &FileState {
                        options: 0,
                        ..job.state
                    },
                    None,
                )?;
            }
        }
        (Arrival::Article(article), Some(file)) => target.add(&mut file.reading, *article)?,
        (Arrival::Rejected(members, stage, reason, has_place), Some(file)) => {
            let joined = (!members.is_empty()).then(|| members.join("!"));
            let ordinal = has_place.then(|| file.reading.count(joined.as_deref()));
            let path = Arc::new(PathBuf::from(std::ffi::OsStr::from_bytes(
                file.reading.key(),
            )));
            let rejection = Rejection {
                locator: Locator {
                    path,
                    members: members.to_vec(),
                    ordinal,
                },
                stage,
                reason,
            };
            file.reading.notes.reject(&rejection);
            reject(report, observer, &rejection);
        }
        (Arrival::Skipped(skip, is_file), Some(file)) => {
            *report.skipped.entry(skip.name()).or_default() += 1;
            match is_file {
                true => file.skip = Some(skip),
                false => file.reading.notes.skip(&skip),
            }
        }
        (Arrival::End(job, state), Some(_)) => {
            if let Some(file) = open.take() {
                let before = job.before.map_or(0, |before| before.articles);
                report.count_file(state.size, before, file.reading.articles());
                observer.changed(&job.path, before, file.reading.articles());
                target.finish(file.reading, &state, file.skip.as_ref())?;
            }
        }
        // A reader sends nothing of a file before it has begun it.
        (_, None) => {}
    }
    Ok(())
}

fn reject(report: &mut Report, observer: &dyn Observer, rejection: &Rejection) {
    *report.rejected.entry(rejection.reason.name()).or_default() += 1;
    observer.rejected(rejection);
}

/// Removes what is gone below each root, unless that is not wanted or the root
/// looks unplugged; returns the numbers of the roots where it stays.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one run, each owned elsewhere"
)]
fn remove_gone(
    target: &mut Target,
    options: &Options,
    roots: &[(PathBuf, Root)],
    known: &[Root],
    catalogue: &Catalogue,
    walked: &Walked,
    observer: &dyn Observer,
    report: &mut Report,
) -> Result<Vec<usize>, Error> {
    let mut kept = Vec::new();
    let gone = plan::gone(catalogue, roots, |place| walked.is_seen(place));
    let below = plan::Below::of(roots);
    let known: HashMap<&str, &Root> = known
        .iter()
        .map(|root| (root.path.as_str(), root))
        .collect();
    for (number, ((path, root), gone)) in roots.iter().zip(gone).enumerate() {
        if gone.is_empty() {
            continue;
        }
        if options.prune == Some(false) {
            kept.push(number);
            continue;
        }
        let seen = &walked.devices[number];
        let before = known.get(root.path.as_str());
        let is_lacking = before.is_some_and(|before| lacks_device(before, seen));
        // Numbers of devices may change when a system starts: an archive of
        // which most is there is the same one.
        let moved = before.is_some_and(|before| before.device != root.device) && {
            let held = catalogue.iter().map(|(key, _)| below.number(key));
            gone.len() * 2 >= held.filter(|&of| of == Some(number)).count()
        };
        let is_empty = walked.files.get(number) == Some(&0);
        if (moved || is_empty || is_lacking) && options.prune.is_none() {
            kept.push(number);
            report.kept.push(path.display().to_string());
            continue;
        }
        for (key, entry) in gone {
            target.remove(entry);
            observer.changed(
                Path::new(std::ffi::OsStr::from_bytes(key)),
                entry.articles,
                0,
            );
            report.removed += entry.articles;
        }
    }
    Ok(kept)
}

/// Whether a device with files of a known PATH is missing among those `seen`:
/// one that came back may bear another number.
fn lacks_device(known: &Root, seen: &BTreeSet<u64>) -> bool {
    let has_gone = known.devices.iter().any(|device| !seen.contains(device));
    has_gone && seen.len() < known.devices.len()
}

/// Adds what stands of unchanged files to the report.
fn stand(
    snapshot: &Option<Snapshot>,
    catalogue: &Catalogue,
    walked: &Walked,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(snapshot) = snapshot else {
        return Ok(());
    };
    let is_unchanged = |place| walked.is_unchanged(place);
    let unchanged = catalogue.iter().enumerate();
    let unchanged = unchanged.filter(|&(place, _)| is_unchanged(place));
    report.unchanged = unchanged.map(|(_, (_, entry))| entry.articles).sum();
    for (_, entry) in catalogue.with_rejections(is_unchanged) {
        let notes: Notes = catalogue.notes(snapshot, entry)?;
        Report::count(&mut report.rejected, &notes.reasons);
    }
    let skipped = catalogue.skipped(is_unchanged);
    Report::count(&mut report.skipped, &skipped);
    Ok(())
}

/// Removes all that lies below PATHs that are no more.
fn remove_lost(
    target: &mut Target,
    lost: &[&Root],
    catalogue: &Catalogue,
    observer: &dyn Observer,
    report: &mut Report,
) -> Result<(), Error> {
    if lost.is_empty() {
        return Ok(());
    }
    let paths: Vec<Vec<u8>> = lost.iter().map(|root| decode_path(&root.path)).collect();
    let below = plan::Below::new(paths.iter().map(Vec::as_slice));
    for (key, entry) in catalogue.iter() {
        if below.number(key).is_some() {
            target.remove(entry);
            let path = Path::new(std::ffi::OsStr::from_bytes(key));
            observer.changed(path, entry.articles, 0);
            report.removed += entry.articles;
        }
    }
    Ok(())
}

fn no_path() -> Error {
    Error::Usage {
        message: "no PATH was given, and the index knows none".to_owned(),
        hint: Some("name the folder of articles: `morgue index PATH…`".to_owned()),
    }
}

fn shown(root: &Root) -> String {
    path_of(&root.path).display().to_string()
}

/// The paths of known roots that are still there, and the other roots, save
/// those below one that is there: it tells what became of them.
fn existing_roots(known: &[Root]) -> (Vec<PathBuf>, Vec<&Root>) {
    let (there, mut missing): (Vec<&Root>, Vec<&Root>) = known
        .iter()
        .partition(|root| std::fs::metadata(path_of(&root.path)).is_ok());
    let there: Vec<PathBuf> = there.into_iter().map(|root| path_of(&root.path)).collect();
    missing.retain(|root| {
        let path = path_of(&root.path);
        !there.iter().any(|above| path.starts_with(above))
    });
    (there, missing)
}

/// Articles that the index in use holds below each root; zeros where it
/// cannot be read, for then a rebuild is what mends it.
fn held_below(folder: &Path, roots: &[(PathBuf, Root)]) -> Vec<u64> {
    let catalogue = crate::index::Index::open(folder)
        .and_then(|index| Catalogue::read(&index.snapshot_as_it_is()?, folder))
        .unwrap_or_default();
    let below = plan::Below::of(roots);
    let mut held = vec![0; roots.len()];
    for (key, entry) in catalogue.iter() {
        if let Some(number) = below.number(key) {
            held[number] += entry.articles;
        }
    }
    held
}

/// A rebuild that would lose what lies on a disk that is not there.
fn unplugged(path: &str) -> Error {
    Error::Usage {
        message: format!(
            "a rebuild would lose the articles below `{path}`: it is missing or empty"
        ),
        hint: Some(
            "bring it back; or, if it is gone for good, add --prune or use `morgue forget` first"
                .to_owned(),
        ),
    }
}

/// The known roots with those of this run; a root below another is dropped
/// where that makes no difference.
fn merge_roots(known: &[Root], now: &[(PathBuf, Root)], forgotten: &[PathBuf]) -> Vec<Root> {
    let mut all = now.to_vec();
    let named: HashSet<&str> = now.iter().map(|(_, root)| root.path.as_str()).collect();
    let others = known
        .iter()
        .filter(|old| !named.contains(old.path.as_str()));
    all.extend(others.map(|old| (path_of(&old.path), old.clone())));
    let folded = ways::fold(all, forgotten).into_iter();
    folded.map(|(_, root)| root).collect()
}

/// The PATHs of a run, each with the way it is read; `forgotten` loses those
/// that somebody has named again.
fn of_run(
    options: &Options,
    mut paths: Vec<PathBuf>,
    known: &[Root],
    forgotten: &mut Vec<PathBuf>,
) -> Result<Vec<(PathBuf, Root)>, Error> {
    let given: Vec<PathBuf> = options
        .paths
        .iter()
        .map(|path| absolute_key(path))
        .collect();
    if options.is_named {
        forgotten.retain(|path| !given.contains(path));
    }
    // What is read in another way below a PATH goes on being read so.
    let given_below = plan::Below::new(given.iter().map(|path| path.as_os_str().as_bytes()));
    let nested = known.iter().map(|root| path_of(&root.path)).filter(|path| {
        let is_below = given_below.number(path.as_os_str().as_bytes()).is_some();
        is_below && !given.contains(path) && path.exists()
    });
    paths.extend(nested);
    let roots = plan::roots(&paths, |path| {
        let is_asked = given.is_empty() || given.iter().any(|given| given == path);
        let nearest = ways::nearest(known, path);
        match options.way.as_ref().filter(|_| is_asked) {
            Some(way) if options.is_named || nearest.is_none() => way.kept(),
            _ => nearest.and_then(|root| root.way.clone()),
        }
    })?;
    let mut roots = ways::fold(roots, forgotten);
    if !options.is_named {
        let around: Vec<PathBuf> = known
            .iter()
            .map(|root| path_of(&root.path))
            .chain(forgotten.clone())
            .collect();
        let below = plan::Below::new(around.iter().map(|path| path.as_os_str().as_bytes()));
        let is_read = |path: &Path| {
            let number = below.number(path.as_os_str().as_bytes());
            number.is_none_or(|number| number < known.len())
        };
        roots.retain(|(path, _)| is_read(path));
    }
    Ok(roots)
}

/// Where the files of one PATH end and those of another begin, or such as are
/// not read.
struct Borders {
    below: plan::Below,
    /// Whether anything ends within each PATH.
    within: Vec<bool>,
}

impl Borders {
    fn new(roots: &[(PathBuf, Root)], forgotten: &[PathBuf]) -> Self {
        let paths: Vec<&Path> = roots
            .iter()
            .map(|(path, _)| path.as_path())
            .chain(forgotten.iter().map(PathBuf::as_path))
            .collect();
        let ends_within = |root: &Path| {
            let mut others = paths.iter();
            others.any(|path| *path != root && path.starts_with(root))
        };
        Self {
            within: roots.iter().map(|(root, _)| ends_within(root)).collect(),
            below: plan::Below::new(paths.iter().map(|path| path.as_os_str().as_bytes())),
        }
    }

    /// Whether a file found below a PATH is read as one of its own.
    fn is_of(&self, root: usize, key: &[u8]) -> bool {
        !self.within.get(root).is_some_and(|&within| within) || self.below.number(key) == Some(root)
    }
}
