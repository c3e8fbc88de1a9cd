//! How the files below each PATH are found and read: as it was asked for when
//! the PATH was read, and remembered in the index since; and what below them
//! was told to be forgotten.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::conveyor::Reading;
use super::plan::Below;
use crate::enrich;
use crate::format;
use crate::index::payload::{Root, decode_path};
use crate::source::walk::WalkOptions;

/// How the files below a PATH are found and read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Way {
    /// Which files to look at.
    pub walk: WalkOptions,
    /// How to read them.
    pub reading: Reading,
}

impl Way {
    /// The way of a known PATH.
    pub fn of(root: &Root) -> Self {
        let way = root.way.as_ref();
        way.and_then(|way| serde_json::from_value(way.clone()).ok())
            .unwrap_or_default()
    }

    /// As it is remembered; nothing is for the default.
    pub(super) fn kept(&self) -> Option<serde_json::Value> {
        let is_default = *self == Self::default();
        (!is_default).then(|| serde_json::to_value(self).unwrap_or_default())
    }

    /// Digest of all that decides how a file is read; never 0.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let Reading {
            limits,
            parse,
            enrich,
        } = &self.reading;
        let format::Options {
            map,
            encoding,
            date_order,
        } = parse;
        (limits, map, encoding, enrich).hash(&mut hasher);
        (format::VERSION, enrich::VERSION).hash(&mut hasher);
        // Where none is asked for, files count as read as they were before there was one.
        if let Some(order) = date_order {
            order.hash(&mut hasher);
        }
        hasher.finish().max(1)
    }
}

/// The way in which the `known` PATHs have `path` read.
pub fn remembered(known: &[Root], path: &Path) -> Way {
    nearest(known, path).map(Way::of).unwrap_or_default()
}

/// The known PATH that `path` is or lies below, the deepest of several.
pub(super) fn nearest<'a>(known: &'a [Root], path: &Path) -> Option<&'a Root> {
    let paths: Vec<Vec<u8>> = known.iter().map(|root| decode_path(&root.path)).collect();
    let below = Below::new(paths.iter().map(Vec::as_slice));
    below
        .number(path.as_os_str().as_bytes())
        .map(|number| &known[number])
}

/// Drops PATHs that lie below another and are read in its way, unless what
/// lies between was told to be forgotten.
pub(super) fn fold(mut roots: Vec<(PathBuf, Root)>, forgotten: &[PathBuf]) -> Vec<(PathBuf, Root)> {
    // By components: `/a/c` must follow `/a`, not `/a-b`.
    roots.sort_by(|a, b| a.0.cmp(&b.0));
    roots.dedup_by(|later, earlier| later.0 == earlier.0);
    let mut kept: HashMap<PathBuf, Option<serde_json::Value>> = HashMap::new();
    roots.retain(|(path, root)| {
        let above = path.ancestors().find_map(|above| {
            let is_forgotten = forgotten.iter().any(|path| path == above);
            match kept.get(above) {
                _ if is_forgotten => Some(None),
                Some(way) => Some(Some(way.clone())),
                None => None,
            }
        });
        let is_covered = above == Some(Some(root.way.clone()));
        if !is_covered {
            kept.insert(path.clone(), root.way.clone());
        }
        !is_covered
    });
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(path: &str, map: Option<&str>) -> (PathBuf, Root) {
        let mut way = Way::default();
        way.reading.parse.map = map
            .map(|name| ("title".to_owned(), name.to_owned()))
            .into_iter()
            .collect();
        let root = Root {
            path: path.to_owned(),
            device: 1,
            devices: Vec::new(),
            way: way.kept(),
        };
        (PathBuf::from(path), root)
    }

    fn folded(roots: Vec<(PathBuf, Root)>, forgotten: &[&str]) -> Vec<String> {
        let forgotten: Vec<PathBuf> = forgotten.iter().map(PathBuf::from).collect();
        let paths = fold(roots, &forgotten).into_iter();
        paths.map(|(path, _)| path.display().to_string()).collect()
    }

    #[test]
    fn a_path_below_another_is_kept_only_where_it_is_read_otherwise_or_was_forgotten() {
        let all = || {
            vec![
                root("/a/b", None),
                root("/a/c", Some("x")),
                root("/a", None),
                root("/a/c/d", Some("x")),
                root("/a/c/e", None),
                root("/a-b", None),
                root("/a/z", None),
            ]
        };
        assert_eq!(folded(all(), &[]), ["/a", "/a/c", "/a/c/e", "/a-b"]);
        assert_eq!(
            folded(all(), &["/a/z", "/a/c/d"]),
            ["/a", "/a/c", "/a/c/d", "/a/c/e", "/a/z", "/a-b"]
        );
    }

    #[test]
    fn a_way_comes_back_and_the_default_is_not_kept() {
        let mut way = Way::default();
        assert_eq!(way.kept(), None);
        way.walk = WalkOptions::new(true, false, &["*.json".to_owned()]).unwrap();
        way.reading.parse.encoding = Some(encoding_rs::WINDOWS_1251);
        way.reading.limits.nesting = 9;
        let kept = Root {
            path: "/a".to_owned(),
            device: 1,
            devices: Vec::new(),
            way: way.kept(),
        };
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(Way::of(&serde_json::from_str(&text).unwrap()), way);
        let known = [kept];
        assert_eq!(remembered(&known, Path::new("/a/b.txt")), way);
        assert_eq!(remembered(&known, Path::new("/ab")), Way::default());
    }
}
