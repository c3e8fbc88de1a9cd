//! The end of the conveyor: writes what arrives into the index, and counts it.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::conveyor::{self, Arrival, Shared, Sorter};
use super::options::Observer;
use super::report::Report;
use super::target::Target;
use crate::error::{Error, Rejection, Skip, Stage};
use crate::index::document::FileState;
use crate::index::writer::Reading as Open;
use crate::locator::Locator;

/// Work since the last commit that a kill may cost, at most.
const COMMIT_EVERY: Duration = Duration::from_secs(60);

/// Threads that a run may lose to records that do not end. They keep memory and
/// a little of the processor.
pub(super) const MOST_LOST: usize = 32;

/// Writes what arrives until all is there or the run is interrupted.
pub(super) fn receive(
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
