//! Removes what is gone from the archive, unless a disk only looks to be.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::comparison::Walked;
use super::options::{Observer, Options};
use super::plan;
use super::report::Report;
use super::target::Target;
use crate::error::Error;
use crate::index::payload::{Root, decode_path};
use crate::index::{Catalogue, FileEntry};

/// Removes what is gone below each root, unless that is not wanted or the root
/// looks unplugged; returns the numbers of the roots where it stays.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one run, each owned elsewhere"
)]
pub(super) fn remove_gone(
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
            remove(target, key, entry, observer, report);
        }
    }
    Ok(kept)
}

/// Whether a device with files of a known PATH is missing among those `seen`:
/// one that came back may bear another number.
pub(super) fn lacks_device(known: &Root, seen: &BTreeSet<u64>) -> bool {
    let has_gone = known.devices.iter().any(|device| !seen.contains(device));
    has_gone && seen.len() < known.devices.len()
}

/// Removes all that lies below PATHs that are no more.
pub(super) fn remove_lost(
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
            remove(target, key, entry, observer, report);
        }
    }
    Ok(())
}

/// Removes one file, and says so.
fn remove(
    target: &mut Target,
    key: &[u8],
    entry: &FileEntry,
    observer: &dyn Observer,
    report: &mut Report,
) {
    target.remove(entry);
    let path = Path::new(std::ffi::OsStr::from_bytes(key));
    observer.changed(path, entry.articles, 0);
    report.removed += entry.articles;
}
