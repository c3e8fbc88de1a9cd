//! The PATHs of a run: those that are asked for, those that the index knows,
//! and what becomes of the latter.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::options::Options;
use super::{plan, ways};
use crate::error::Error;
use crate::index::Catalogue;
use crate::index::payload::{Root, path_of};
use crate::source::walk::absolute_key;

pub(super) fn no_path() -> Error {
    Error::Usage {
        message: "no PATH was given, and the index knows none".to_owned(),
        hint: Some("name the folder of articles: `morgue index PATH…`".to_owned()),
    }
}

pub(super) fn shown(root: &Root) -> String {
    path_of(&root.path).display().to_string()
}

/// The paths of known roots that are still there, and the other roots, save
/// those below one that is there: it tells what became of them.
pub(super) fn existing_roots(known: &[Root]) -> (Vec<PathBuf>, Vec<&Root>) {
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
pub(super) fn held_below(folder: &Path, roots: &[(PathBuf, Root)]) -> Vec<u64> {
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
pub(super) fn unplugged(path: &str) -> Error {
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
pub(super) fn merge_roots(
    known: &[Root],
    now: &[(PathBuf, Root)],
    forgotten: &[PathBuf],
) -> Vec<Root> {
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
pub(super) fn of_run(
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
