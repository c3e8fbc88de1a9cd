//! What a run leaves behind when the system refuses, or the process dies, at
//! any operation on a file of the index: the state before it or the state
//! after it, and an index that the next run brings up to date.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use super::options::{Observer, Options};
use super::run;
use crate::error::{Error, Rejection};
use crate::index::disk::faults::{Fault, IO, NO_SPACE, arm};
use crate::index::verify::verify;
use crate::index::{Index, Snapshot};

/// Set for a child that is to die: the number of operations to let pass, the
/// threads, the run, and the archive's folder, parted by commas.
const DIE: &str = "MORGUE_TEST_DIE";

/// What kind of run is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// There is no index yet.
    First,
    /// Files have changed, come and gone; enough segments for a merge.
    Update,
    /// The same, and all segments are merged.
    Merge,
    /// The index is built anew.
    Rebuild,
}

impl Kind {
    fn named(name: &str) -> Self {
        match name {
            "First" => Self::First,
            "Update" => Self::Update,
            "Merge" => Self::Merge,
            _ => Self::Rebuild,
        }
    }
}

/// Runs, with their threads, that the long tests disturb at every operation.
const DISTURBED: [(Kind, usize); 5] = [
    (Kind::First, 1),
    (Kind::Update, 1),
    (Kind::Update, 2),
    (Kind::Merge, 1),
    (Kind::Rebuild, 2),
];

struct Silent;

impl Observer for Silent {
    fn found(&self, _: u64, _: u64) {}
    fn read(&self, _: u64, _: u64, _: u64) {}
    fn rejected(&self, _: &Rejection) {}
}

fn index(archive: &Path, kind: Kind, threads: usize) -> Result<(), Error> {
    let options = Options {
        paths: vec![archive.join("news")],
        threads,
        memory_bytes: 64 << 20,
        rebuild: kind == Kind::Rebuild,
        merge: kind == Kind::Merge,
        dry_run: false,
        prune: None,
        way: None,
        is_named: true,
        record_time: None,
        retry: false,
        program: None,
    };
    let never = AtomicBool::new(false);
    // A test that starts a child at this moment may share the lock with it
    // until the child has become another program.
    for _ in 0..100 {
        match run::index(&archive.join("index"), &options, &Silent, &never) {
            Err(Error::Locked { .. }) => std::thread::sleep(Duration::from_millis(50)),
            other => return other.map(|_| ()),
        }
    }
    panic!("the lock is never free");
}

fn write(archive: &Path, file: usize, version: usize) {
    let folder = archive.join("news");
    std::fs::create_dir_all(&folder).unwrap();
    let lines: Vec<String> = (0..4)
        .map(|story| {
            format!(
                "{{\"title\":\"Story {story} of file {file}\",\"text\":\"The council met again, \
                 says version {version} of story {story}.\"}}"
            )
        })
        .collect();
    let path = folder.join(format!("{file}.jsonl"));
    std::fs::write(&path, lines.join("\n")).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(long_ago).unwrap();
}

/// Every article by its id; nothing where there is no index.
fn state(archive: &Path) -> BTreeMap<String, String> {
    let opened = Index::open(&archive.join("index"));
    if let Err(Error::NoIndex { .. }) = opened {
        return BTreeMap::new();
    }
    let snapshot: Snapshot = opened.unwrap().snapshot().unwrap();
    let mut articles = BTreeMap::new();
    for (number, segment) in snapshot.segments.iter().enumerate() {
        let mut docs = Vec::new();
        snapshot
            .each_article(segment, |doc| docs.push(doc))
            .unwrap();
        for doc in docs {
            let address = tantivy::DocAddress::new(number as u32, doc);
            let article = snapshot.article(address).unwrap();
            let before = articles.insert(article.id, article.body);
            assert_eq!(before, None, "an article is there twice");
        }
    }
    articles
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        match path.is_dir() {
            true => copy(&path, &to.join(target)),
            false => drop(std::fs::copy(&path, to.join(target)).unwrap()),
        }
    }
}

/// An archive with the index as it is before the disturbed run, and both states.
struct Stage {
    folder: tempfile::TempDir,
    old: BTreeMap<String, String>,
    new: BTreeMap<String, String>,
}

impl Stage {
    fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path();
        // One segment each, one less than are merged.
        for file in 0..5 {
            write(archive, file, 0);
            if kind != Kind::First {
                index(archive, Kind::Update, 1).unwrap();
            }
        }
        let old = state(archive);
        if kind != Kind::First {
            copy(&archive.join("index"), &archive.join("before"));
        }
        if matches!(kind, Kind::Update | Kind::Merge) {
            write(archive, 1, 1);
            write(archive, 2, 1);
            write(archive, 9, 1);
            std::fs::remove_file(archive.join("news/4.jsonl")).unwrap();
        }
        index(archive, kind, 1).unwrap();
        let new = state(archive);
        let stage = Self { folder, old, new };
        stage.reset();
        stage
    }

    fn archive(&self) -> &Path {
        self.folder.path()
    }

    fn reset(&self) {
        let index = self.archive().join("index");
        let _ = std::fs::remove_dir_all(&index);
        let before = self.archive().join("before");
        if before.exists() {
            copy(&before, &index);
        }
    }

    /// Looks at what a disturbed run left, and has the next run complete it.
    fn check(&self, what: &str, has_succeeded: bool) {
        let found = state(self.archive());
        if has_succeeded {
            assert_eq!(found, self.new, "{what}: a loss that was called a success");
        }
        assert!(
            found == self.old || found == self.new,
            "{what}: neither the old state nor the new one: {found:?}"
        );
        let next = index(self.archive(), Kind::Update, 2);
        assert!(next.is_ok(), "{what}: the next run failed: {next:?}");
        assert_eq!(
            state(self.archive()),
            self.new,
            "{what}: after the next run"
        );
        let findings = verify(&self.archive().join("index"), true).unwrap();
        assert!(findings.damage.is_empty(), "{what}: {findings:?}");
    }
}

/// Has `fault` strike at every `step`th operation; returns how many points
/// there were, and at how many of them the run failed.
fn refuse(kind: Kind, threads: usize, fault: Fault, step: usize) -> (usize, usize) {
    let stage = Stage::new(kind);
    let (mut points, mut failed) = (0, 0);
    for at in (0..).step_by(step) {
        stage.reset();
        let armed = arm(&stage.archive().join("index"), at, fault);
        let result = index(stage.archive(), kind, threads);
        let has_struck = armed.has_struck();
        drop(armed);
        let what = format!("{kind:?}, {threads} threads, {fault:?} at {at}: {result:?}");
        stage.check(&what, result.is_ok());
        if !has_struck {
            break;
        }
        points += 1;
        failed += usize::from(result.is_err());
    }
    (points, failed)
}

/// As [`refuse`], but the process dies.
fn die(kind: Kind, threads: usize, step: usize) -> usize {
    let stage = Stage::new(kind);
    let mut points = 0;
    for at in (0..).step_by(step) {
        stage.reset();
        let status = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "ingest::fault_tests::dies_where_it_is_told_to",
                "--ignored",
            ])
            .env(
                DIE,
                format!("{at},{threads},{kind:?},{}", stage.archive().display()),
            )
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let what = format!("{kind:?}, {threads} threads, death at {at}");
        stage.check(&what, status.success());
        if status.success() {
            break;
        }
        points += 1;
    }
    points
}

#[test]
#[ignore = "is run as a child of others, to die"]
fn dies_where_it_is_told_to() {
    let Ok(told) = std::env::var(DIE) else {
        return;
    };
    let mut parts = told.splitn(4, ',');
    let mut part = || parts.next().unwrap().to_owned();
    let (at, threads): (u64, usize) = (part().parse().unwrap(), part().parse().unwrap());
    let kind = Kind::named(&part());
    let archive = PathBuf::from(part());
    let _armed = arm(&archive.join("index"), at, Fault::Abort);
    index(&archive, kind, threads).unwrap();
}

#[test]
fn a_run_that_is_refused_something_leaves_the_old_state_or_the_new_one() {
    let full = Fault::Refuse {
        code: NO_SPACE,
        for_good: true,
    };
    let (points, failed) = refuse(Kind::Update, 1, full, 9);
    assert!(points > 3 && failed > 3, "{points} points, {failed} failed");
    let failing = Fault::Refuse {
        code: IO,
        for_good: false,
    };
    let (points, failed) = refuse(Kind::First, 2, failing, 11);
    assert!(points > 3 && failed > 3, "{points} points, {failed} failed");
}

#[test]
fn a_run_that_dies_leaves_the_old_state_or_the_new_one() {
    assert!(die(Kind::Update, 2, 13) > 3);
    assert!(die(Kind::Rebuild, 1, 23) > 2);
}

#[test]
fn a_full_disk_is_named_with_the_file_and_what_to_do() {
    let stage = Stage::new(Kind::Update);
    let fault = Fault::Refuse {
        code: NO_SPACE,
        for_good: true,
    };
    let _armed = arm(&stage.archive().join("index"), 4, fault);
    let error = index(stage.archive(), Kind::Update, 2).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("cannot ") && message.contains("No space left on device"),
        "{message}"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("make room")));
}

#[test]
#[ignore = "takes minutes: every operation, in every way"]
fn every_operation_may_be_refused_once_or_for_good() {
    for (kind, threads) in DISTURBED {
        for code in [NO_SPACE, IO] {
            for for_good in [false, true] {
                let (points, failed) = refuse(kind, threads, Fault::Refuse { code, for_good }, 1);
                println!(
                    "{kind:?}, {threads} threads, code {code}, for good {for_good}: \
                     {points} points, the run failed at {failed}"
                );
            }
        }
    }
}

#[test]
#[ignore = "takes minutes: a process for every operation"]
fn every_operation_may_be_the_last() {
    for (kind, threads) in DISTURBED {
        let points = die(kind, threads, 1);
        println!("{kind:?}, {threads} threads: died at {points} points");
    }
}
