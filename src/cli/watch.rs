//! `morgue watch`: keeps an index fresh while files come, change and go.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Args;
use notify::{EventKind, RecursiveMode, Watcher};

use super::index::{ReadingArgs, TimeArgs, WalkArgs, program, recovery, way};
use super::machine::cores;
use super::numbers::counted;
use super::{Common, Failure, Outcome};
use crate::error::{Error, Rejection};
use crate::index::Index;
use crate::ingest::{self, Observer, Options, Way};
use crate::output::{clean, paths};
use crate::source::walk::{WalkOptions, absolute_key};

#[derive(Args)]
pub(super) struct WatchArgs {
    /// Folders of articles to keep up with
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Wait for this long without a change before reading, in milliseconds [default: 500]
    #[arg(long, value_name = "MS", default_value_t = 500, hide_default_value = true, value_parser = clap::value_parser!(u64).range(10..=600_000))]
    debounce: u64,
    /// Look at every file this often, whatever was noticed, in seconds [default: 600]
    ///
    /// Network file systems and full queues lose notices; a pass finds what they lost.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..))]
    full_pass: u64,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    time: TimeArgs,
}

/// One line on stderr for each file that changes, printed once it is committed.
struct Log {
    is_quiet: bool,
    waiting: Mutex<Vec<String>>,
}

impl Observer for Log {
    fn found(&self, _: u64, _: u64) {}

    fn read(&self, _: u64, _: u64, _: u64) {}

    fn rejected(&self, rejection: &Rejection) {
        self.wait(format!(
            "rejected {}: {}",
            paths::located(&rejection.locator),
            rejection.reason
        ));
    }

    fn recovered(&self, suspects: u64, struck: u64) {
        self.line(&recovery(suspects, struck));
    }

    fn changed(&self, path: &Path, before: u64, now: u64) {
        let what = match (before, now) {
            (0, 0) => return,
            (_, 0) => "removed",
            (0, _) => "added",
            _ => "replaced",
        };
        let path = paths::shown(path);
        self.wait(format!(
            "{what} {} ({})",
            path.display(),
            counted(before.max(now), "article")
        ));
    }
}

impl Log {
    fn wait(&self, text: String) {
        if let Ok(mut waiting) = self.waiting.lock() {
            waiting.push(text);
        }
    }

    /// Prints what waited for the commit that has come, or forgets it.
    fn settle(&self, is_committed: bool) {
        let waiting = self
            .waiting
            .lock()
            .map(|mut lines| std::mem::take(&mut *lines));
        if is_committed {
            for text in waiting.unwrap_or_default() {
                self.line(&text);
            }
        }
    }

    fn line(&self, text: &str) {
        if !self.is_quiet {
            let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S");
            say!("{now} {}", clean::line(text));
        }
    }
}

pub(super) fn run(args: &WatchArgs, common: &Common) -> Result<Outcome, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let signal = Arc::new(AtomicUsize::new(0));
    for number in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_default(number, Arc::clone(&interrupted))?;
        signal_hook::flag::register_usize(number, Arc::clone(&signal), number as usize)?;
        signal_hook::flag::register(number, Arc::clone(&interrupted))?;
    }
    let index = absolute_key(&common.index);
    let (sender, notices) = std::sync::mpsc::channel();
    let cannot_watch = |path: &Path, e: notify::Error| Error::Io {
        action: "watch",
        path: path.to_owned(),
        source: std::io::Error::other(e.to_string()),
    };
    let mut watcher =
        notify::recommended_watcher(sender).map_err(|e| cannot_watch(Path::new("."), e))?;
    for path in &args.paths {
        watcher
            .watch(path, RecursiveMode::Recursive)
            .map_err(|e| cannot_watch(path, e))?;
    }
    let log = Log {
        is_quiet: common.quiet,
        waiting: Mutex::default(),
    };
    let mut options = Options {
        paths: args.paths.clone(),
        threads: cores(),
        memory_bytes: 256 << 20,
        rebuild: false,
        merge: false,
        dry_run: false,
        prune: None,
        way: way(&args.walk, &args.reading, false)?,
        is_named: true,
        record_time: args.time.limit(),
        retry: false,
        program: program(),
    };
    let walks: Vec<(PathBuf, WalkOptions)> = args
        .paths
        .iter()
        .map(|path| absolute_key(path))
        .map(|path| {
            let way = options.way.clone();
            let walk = way.unwrap_or_else(|| remembered(common, &path)).walk;
            (path, walk)
        })
        .collect();
    let mut changed: BTreeSet<PathBuf> = BTreeSet::new();
    let mut full_pass_due = true;
    let mut mounted = mounts();
    let mut last_pass = Instant::now();
    loop {
        if interrupted.load(Ordering::Relaxed) {
            let number = i32::try_from(signal.load(Ordering::Relaxed))
                .unwrap_or(signal_hook::consts::SIGINT);
            log.line("stopped");
            return Ok(Outcome::Interrupted(number));
        }
        if full_pass_due || !changed.is_empty() {
            // What a disk took with it was not removed; a full pass can tell.
            let now = mounts();
            full_pass_due |= now != mounted;
            mounted = now;
            // A folder that lost its last file is no unplugged disk, unless
            // it is one that we were told to watch.
            options.prune = (!full_pass_due).then_some(true);
            options.is_named = full_pass_due;
            options.paths = match full_pass_due {
                true => args.paths.clone(),
                false => nearest(&changed, &args.paths),
            };
            let indexed = ingest::index(&common.index, &options, &log, &interrupted);
            log.settle(indexed.is_ok());
            match indexed {
                // Where that fails, it goes on with what it has lost.
                Ok(report) if report.lost > 0 => log.line(&start_anew().to_string()),
                Ok(_) => {}
                // Another run is at work; try again with the next notice or pass.
                Err(error @ Error::Locked { .. }) => {
                    log.line(&error.to_string());
                    std::thread::sleep(Duration::from_secs(1));
                    continue;
                }
                // A file vanished between its notice and our look.
                Err(Error::Io { action: "read", .. }) if !full_pass_due => {}
                Err(error) => return Err(error.into()),
            }
            changed.clear();
            if std::mem::take(&mut full_pass_due) {
                last_pass = Instant::now();
            }
        }
        gather(
            &notices,
            args,
            &walks,
            &index,
            &mut changed,
            &mut full_pass_due,
            &interrupted,
        );
        full_pass_due |= last_pass.elapsed() >= Duration::from_secs(args.full_pass);
    }
}

/// What is mounted, where the system tells.
fn mounts() -> Option<Vec<u8>> {
    std::fs::read("/proc/self/mountinfo").ok()
}

/// How the index remembers to read a path.
fn remembered(common: &Common, path: &Path) -> Way {
    let payload = Index::open(&common.index).and_then(|index| index.payload());
    let roots = payload.map(|payload| payload.roots).unwrap_or_default();
    ingest::ways::remembered(&roots, path)
}

/// Takes the place of this process, and with it of threads that do not end.
/// Returns only what keeps it from that.
fn start_anew() -> Error {
    let program = program().unwrap_or_default();
    Error::Io {
        action: "start",
        source: std::process::Command::new(&program)
            .args(std::env::args_os().skip(1))
            .exec(),
        path: program,
    }
}

/// Waits for notices until none has come for the debounce time, or nothing at
/// all has come for a moment.
fn gather(
    notices: &std::sync::mpsc::Receiver<notify::Result<notify::Event>>,
    args: &WatchArgs,
    walks: &[(PathBuf, WalkOptions)],
    index: &Path,
    changed: &mut BTreeSet<PathBuf>,
    full_pass_due: &mut bool,
    interrupted: &AtomicBool,
) {
    /// Changes without a pause are read after this long all the same.
    const LONGEST_WAIT: Duration = Duration::from_secs(10);
    let started = Instant::now();
    let mut wait = Duration::from_millis(200);
    while let Ok(notice) = notices.recv_timeout(wait) {
        match notice {
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => continue,
            Ok(event) => {
                *full_pass_due |= event.need_rescan();
                *full_pass_due |= event.paths.iter().any(|path| args.paths.contains(path));
                let looked_at = event
                    .paths
                    .into_iter()
                    .map(|path| absolute_key(&path))
                    .filter(|path| !path.starts_with(index))
                    .filter(|path| walks.iter().any(|(root, walk)| walk.reaches(root, path)));
                let before = changed.len();
                changed.extend(looked_at);
                // Patterns are matched from the watched folder down.
                let has_patterns = walks.iter().any(|(_, walk)| walk.has_patterns());
                *full_pass_due |= changed.len() > before && has_patterns;
            }
            Err(_) => *full_pass_due = true,
        }
        wait = Duration::from_millis(args.debounce);
        if interrupted.load(Ordering::Relaxed) || started.elapsed() > LONGEST_WAIT {
            break;
        }
    }
}

/// What to look at for these changes: each path or, where it is gone, the
/// nearest folder that is left, never above the watched ones.
fn nearest(changed: &BTreeSet<PathBuf>, roots: &[PathBuf]) -> Vec<PathBuf> {
    let roots: Vec<PathBuf> = roots.iter().map(|root| absolute_key(root)).collect();
    let mut paths = BTreeSet::new();
    for path in changed {
        let path = absolute_key(path);
        let Some(root) = roots.iter().find(|root| path.starts_with(root)) else {
            continue;
        };
        let found = path
            .ancestors()
            .take_while(|above| above.starts_with(root))
            .find(|above| above.exists());
        paths.insert(found.unwrap_or(root).to_owned());
    }
    paths.into_iter().collect()
}
