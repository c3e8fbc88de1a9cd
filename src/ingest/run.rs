//! A run of `morgue index`: what is new or changed is read, what is gone is
//! removed, and both are committed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{SendTimeoutError, Sender};

use super::alone;
use super::arrivals::{MOST_LOST, receive};
use super::comparison::{Borders, Comparison, Known, Seen, Walked, WayOfRun};
use super::conveyor::Shared;
use super::options::{Observer, Options};
use super::plan::{self, Job};
use super::removal::{lacks_device, remove_gone, remove_lost};
use super::report::Report;
use super::roots::{existing_roots, held_below, merge_roots, no_path, of_run, shown, unplugged};
use super::target::Target;
use super::ways::{self, Way};
use crate::error::Error;
use crate::index::document::Notes;
use crate::index::journal::{InFlight, Journal, Struck};
use crate::index::payload::{Root, decode_path, path_of};
use crate::index::{Catalogue, Index, Snapshot, Writer, WriterOptions};
use crate::source::walk::{self, Neighbours, absolute_key};

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
        observer.closing();
        target.close(interrupted)?;
        report.interrupted = interrupted.load(Ordering::Relaxed);
        if options.merge && !options.dry_run {
            let index = Index::open(folder)?;
            report.segments = Some(index.snapshot()?.segments.len() as u64);
        }
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
    if Index::open(folder).is_err_and(|e| matches!(e, Error::NoIndex { .. })) {
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
            merge: false,
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
