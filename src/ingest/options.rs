//! What a run is asked to do, and who is told how it goes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ways::Way;
use crate::error::Rejection;

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
    /// Merge the parts of the index at the end into as few as may be: searches
    /// are faster then, and a part once written takes half as long again.
    pub merge: bool,
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
    /// (see [`super::alone`]). Without it nothing is blamed.
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
    /// All is read; what is written is being finished and merged.
    fn closing(&self) {}
    /// A file's reading was replaced: articles it held before and holds now.
    fn changed(&self, _path: &Path, _before: u64, _now: u64) {}
}
