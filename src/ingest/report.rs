//! What a run did, for people and for scripts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// Counts of one run. Articles unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Written by this run: `new` and `replaced`.
    pub articles: u64,
    /// Not in the index before.
    pub new: u64,
    /// Read again because their file had changed.
    pub replaced: u64,
    /// Taken out because their file is gone or holds them no more.
    pub removed: u64,
    /// In files that had not changed.
    pub unchanged: u64,
    /// Files read by this run.
    pub files: u64,
    /// Bytes of those files, as they lie on disk.
    pub bytes: u64,
    /// Wall time.
    #[serde(rename = "elapsed_ms", serialize_with = "as_millis")]
    pub elapsed: Duration,
    /// Files and members that are no articles, by kind; those of unchanged
    /// files included.
    pub skipped: BTreeMap<String, u64>,
    /// Documents that could not be read, by reason; those of unchanged files
    /// included.
    pub rejected: BTreeMap<String, u64>,
    /// PATHs whose missing files were not taken for removed; see `--prune`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// Paths that stay out of the index until they are named again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<String>,
    /// Parts the index consists of after a run that was to merge them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<u64>,
    /// Whether the run was interrupted before its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Threads lost to records that do not end; they run until the program ends.
    #[serde(skip)]
    pub lost: usize,
    /// Whether what it did was given up, as an interrupted rebuild is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub given_up: bool,
}

fn as_millis<S: serde::Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

impl Report {
    /// Documents rejected in all.
    pub fn rejections(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Whether something went wrong that a script should hear of.
    pub fn has_problems(&self) -> bool {
        !self.rejected.is_empty() || !self.kept.is_empty()
    }

    /// Counts a file that was read: `before` articles stood for it, `now` do.
    pub(super) fn count_file(&mut self, bytes: u64, before: u64, now: u64) {
        self.files += 1;
        self.bytes += bytes;
        self.articles += now;
        self.replaced += before.min(now);
        self.new += now.saturating_sub(before);
        self.removed += before.saturating_sub(now);
    }

    pub(super) fn count<'a>(
        counts: &mut BTreeMap<String, u64>,
        more: impl IntoIterator<Item = (&'a String, &'a u64)>,
    ) {
        for (name, count) in more {
            *counts.entry(name.clone()).or_default() += count;
        }
    }
}
