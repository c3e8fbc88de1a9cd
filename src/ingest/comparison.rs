//! What the walk finds, held against what the index knows.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::conveyor::{Reading, Shared};
use super::plan::{self, Job};
use super::ways::Way;
use crate::error::Rejection;
use crate::index::Catalogue;
use crate::index::payload::Root;
use crate::source::walk::{Found, Neighbours};

/// What the walk saw.
#[derive(Default)]
pub(super) struct Walked {
    /// What became of each file of the catalogue, by its place there.
    pub(super) known: Vec<Known>,
    /// Regular files seen below each root, and the devices they lie on.
    pub(super) files: Vec<u64>,
    pub(super) devices: Vec<BTreeSet<u64>>,
    /// Threads lost to records that do not end.
    pub(super) lost: usize,
}

impl Walked {
    pub(super) fn is_seen(&self, place: usize) -> bool {
        self.known[place] != Known::Unseen
    }

    pub(super) fn is_unchanged(&self, place: usize) -> bool {
        self.known[place] == Known::Unchanged
    }
}

/// What became of a file that the index knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The walk did not come to it.
    Unseen,
    Changed,
    Unchanged,
}

/// What the walk saw of neighbouring files.
#[derive(Default)]
pub(super) struct Seen {
    /// Regular files, and the devices they lie on.
    pub(super) files: u64,
    pub(super) devices: BTreeSet<u64>,
    /// Places in the catalogue of those that it knows, and what became of them.
    pub(super) known: Vec<(usize, Known)>,
    pub(super) jobs: Vec<Job>,
    pub(super) problems: Vec<Rejection>,
}

/// How the files of a PATH are found and read.
pub(super) struct WayOfRun {
    pub(super) way: Way,
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
pub(super) struct Comparison<'a> {
    /// Number of the PATH.
    pub(super) number: usize,
    pub(super) way: &'a WayOfRun,
    pub(super) borders: &'a Borders,
    pub(super) catalogue: &'a Catalogue,
    /// Whether what was rejected is read again.
    pub(super) is_retried: bool,
    pub(super) shared: &'a Shared,
}

impl Comparison<'_> {
    pub(super) fn look(&self, files: &mut Neighbours<'_>) -> Seen {
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

/// Where the files of one PATH end and those of another begin, or such as are
/// not read.
pub(super) struct Borders {
    below: plan::Below,
    /// Whether anything ends within each PATH.
    within: Vec<bool>,
}

impl Borders {
    pub(super) fn new(roots: &[(PathBuf, Root)], forgotten: &[PathBuf]) -> Self {
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
