//! Keeps lists beside the segments of a commit: makes those that are missing, and
//! removes those of segments that are no more.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::Ordering;

use super::beside::{Kind, Made, Means, is_name, name_of, write};
use super::champions::making as champions;
use super::disk;
use super::snapshot::Snapshot;

/// Documents below which a segment is searched as fast without.
const LEAST_DOCUMENTS: u32 = if cfg!(test) { 1024 } else { 1 << 15 };

/// Sees to it that the lists of a commit are there, and no others. They can be made
/// again at any time, so what fails only costs time.
pub(super) fn keep(snapshot: &Snapshot, generation: &Path, means: Means<'_>) {
    let segments = snapshot.segments.iter().enumerate();
    let large = segments.filter(|(_, segment)| segment.max_doc() >= LEAST_DOCUMENTS);
    let named = large.flat_map(|(number, segment)| {
        Kind::ALL.map(|kind| (number, kind, name_of(segment.segment_id(), kind)))
    });
    let named: Vec<(usize, Kind, String)> = named.collect();
    for entry in fs::read_dir(generation).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_past = |name: &str| is_name(name) && named.iter().all(|(_, _, one)| one != name);
        if name.to_str().is_some_and(is_past) {
            let _ = fs::remove_file(entry.path());
        }
    }
    for (number, kind, name) in named {
        if snapshot.beside(number, kind).is_some() || means.interrupted.load(Ordering::Relaxed) {
            continue;
        }
        // Where a segment is damaged, whoever searches it will be told.
        let made = catch_unwind(AssertUnwindSafe(|| make(snapshot, number, kind, means)));
        if let Ok(Ok(Some(made))) = made {
            let documents = snapshot.segments[number].max_doc();
            let _ = disk::put(generation, &name, |to| write(kind, documents, made, to));
        }
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
