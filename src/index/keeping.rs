//! Keeps lists beside the segments of a commit: makes those that are missing, and
//! removes those of segments that are no more.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::Ordering;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::beside::{Kind, Made, Means, is_name, name_of, write};
use super::champions::making as champions;
use super::disk;
use super::pairs::making as pairs;
use super::snapshot::Snapshot;

/// Documents below which a segment is searched as fast without.
fn least_documents(kind: Kind) -> u32 {
    match kind {
        _ if cfg!(test) => 1024,
        Kind::Champions => 1 << 15,
        Kind::Pairs => 1 << 16,
    }
}

/// A file of lists of a segment, by its number.
struct Wanted {
    number: usize,
    kind: Kind,
    name: String,
}

/// Sees to it that the lists of a commit are there, and no others. They can be made
/// again at any time, so what fails only costs time.
pub(super) fn keep(snapshot: &Snapshot, generation: &Path, means: Means<'_>) {
    let segments = snapshot.segments.iter().enumerate();
    let wanted = segments.flat_map(|(number, segment)| {
        let kinds = Kind::ALL.into_iter();
        let worthwhile = kinds.filter(|&kind| segment.max_doc() >= least_documents(kind));
        worthwhile.map(move |kind| Wanted {
            number,
            kind,
            name: name_of(segment.segment_id(), kind),
        })
    });
    let mut missing: Vec<Wanted> = wanted.collect();
    for entry in fs::read_dir(generation).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_past = |name: &str| is_name(name) && missing.iter().all(|one| one.name != name);
        if name.to_str().is_some_and(is_past) {
            let _ = fs::remove_file(entry.path());
        }
    }
    missing.retain(|one| snapshot.beside(one.number, one.kind).is_none());
    // Champions of a segment are found by all threads, its pairs by one.
    let is_shared = |one: &Wanted| one.kind == Kind::Champions;
    let (shared, single): (Vec<Wanted>, Vec<Wanted>) = missing.into_iter().partition(is_shared);
    for one in &shared {
        complete(snapshot, generation, one, means);
    }
    if single.is_empty() {
        return;
    }
    let threads = means.threads.clamp(1, single.len());
    let share = Means {
        threads: 1,
        memory_bytes: means.memory_bytes / threads,
        ..means
    };
    let complete = |one: &Wanted| complete(snapshot, generation, one, share);
    if let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        pool.install(|| single.par_iter().for_each(complete));
    }
}

/// Makes a file of lists.
fn complete(snapshot: &Snapshot, generation: &Path, one: &Wanted, means: Means<'_>) {
    if means.interrupted.load(Ordering::Relaxed) {
        return;
    }
    // Where a segment is damaged, whoever searches it will be told.
    let made = AssertUnwindSafe(|| make(snapshot, one.number, one.kind, means));
    if let Ok(Ok(Some(made))) = catch_unwind(made) {
        let documents = snapshot.segments[one.number].max_doc();
        let written = |to: &mut dyn io::Write| write(one.kind, documents, made, to);
        let _ = disk::put(generation, &one.name, written);
    }
}

/// The lists of a kind of a segment, by its number; `None` where that was interrupted.
fn make(
    snapshot: &Snapshot,
    number: usize,
    kind: Kind,
    means: Means<'_>,
) -> tantivy::Result<Option<Vec<Made>>> {
    match kind {
        Kind::Champions => champions::make(snapshot, number, means),
        Kind::Pairs => pairs::make(snapshot, number, means),
    }
}

/// Gives lists to every segment of an index in memory, however small.
#[cfg(test)]
pub(crate) fn give(snapshot: &Snapshot) {
    let means = Means {
        threads: 2,
        memory_bytes: usize::MAX,
        interrupted: &std::sync::atomic::AtomicBool::new(false),
    };
    for number in 0..snapshot.segments.len() {
        for kind in Kind::ALL {
            let made = make(snapshot, number, kind, means).ok().flatten();
            snapshot.give(number, kind, made.unwrap_or_default());
        }
    }
}
