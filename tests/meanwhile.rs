//! Reading an index while it is written, where nothing may be written, and
//! when it is rebuilt.

use std::io::{BufRead, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::deaths::{FAULTS, story};
use crate::util::{Ran, Scratch};

/// Writes file `file` of the archive: `stories` stories that all bear the
/// word of its version and the word of the file.
fn write_file(scratch: &Scratch, file: usize, version: usize, stories: usize) {
    let lines: Vec<String> = (0..stories)
        .map(|story| {
            format!(
                "{{\"title\":\"Story {story}\",\"text\":\"The council met. File{file} in version{version}.\"}}"
            )
        })
        .collect();
    scratch.write(&format!("news/{file}.jsonl"), lines.join("\n"));
}

/// Asks `searches` times while runs change the archive, and holds each answer
/// against what a whole commit may show.
fn search_while_indexing(searches: usize, files: usize, stories: usize) {
    let scratch = Scratch::new();
    for file in 0..files {
        write_file(&scratch, file, 0, stories);
    }
    scratch.ok(&["index", "news"]);
    let is_over = AtomicBool::new(false);
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let runs = done.load(Ordering::Relaxed) + 1;
                write_file(&scratch, runs % files, runs, stories);
                write_file(&scratch, (runs * 7 + 3) % files, runs, stories);
                scratch.ok(&["index", "news"]);
                done.store(runs, Ordering::Relaxed);
            }
        });
        // On a busy machine many searches may fit beside one run.
        let is_enough = |number| number >= searches && done.load(Ordering::Relaxed) >= 2;
        let mut number = 0;
        while !is_enough(number) && !writer.is_finished() {
            let file = number % files;
            let count = |query: &str| {
                let ran = scratch.run(&["search", "--count", query]);
                assert!(ran.code <= 1 && ran.stderr.is_empty(), "{query}: {ran:?}");
                ran.stdout.trim().parse::<usize>().unwrap()
            };
            // A file is there once and whole, in whichever version.
            let query = [format!("file{file}"), "council".to_owned()];
            let expected = [stories, stories * files];
            let which = number % 2;
            assert_eq!(count(&query[which]), expected[which], "search {number}");
            number += 1;
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        let runs = done.load(Ordering::Relaxed);
        println!("{number} searches during {runs} runs");
    });
    scratch.ok(&["verify", "--deep"]);
}

#[test]
fn searches_during_runs_see_whole_commits_and_never_fail() {
    search_while_indexing(60, 5, 40);
}

#[test]
#[ignore = "takes a minute: a thousand searches"]
fn a_thousand_searches_during_runs_see_whole_commits_and_never_fail() {
    search_while_indexing(1000, 8, 200);
}

#[test]
fn forgetting_during_a_run_waits_its_turn_and_costs_nothing_else() {
    let scratch = Scratch::new();
    for file in 0..30 {
        write_file(&scratch, file, 0, 40);
    }
    scratch.ok(&["index", "news"]);
    for file in 0..30 {
        write_file(&scratch, file, 1, 40);
    }
    // The run is under way for as long as one more story hangs.
    scratch.write("news/hangs.jsonl", story("bilby", "@@hang@@"));
    let mut child = scratch
        .command(&["index", "--record-time", "2", "news"])
        .env(FAULTS, "1")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let seats = scratch.path().join("index/in-flight");
    while !seats.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the run has ended");
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut refused = 0;
    while child.try_wait().unwrap().is_none() {
        let ran = scratch.run(&["forget", "news/3.jsonl"]);
        let is_locked = ran.stderr.contains("is being written by another run");
        assert!(ran.code <= 1 || is_locked, "{ran:?}");
        refused += usize::from(is_locked);
    }
    assert!(refused > 0, "no run was under way");
    scratch.run(&["forget", "news/3.jsonl"]);
    std::fs::remove_file(scratch.path().join("news/hangs.jsonl")).unwrap();
    scratch.ok(&["index", "news"]);
    assert_eq!(scratch.ids("file3").len(), 0);
    assert_eq!(scratch.ids("*").len(), 29 * 40);
    scratch.ok(&["verify", "--deep"]);
}

/// Runs the program as one who may write nothing here.
fn as_stranger(scratch: &Scratch, args: &[&str]) -> Ran {
    let is_root = std::fs::metadata("/proc/self")
        .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = scratch.command(args);
    if is_root {
        // Permissions hold nothing back from root: become nobody.
        let binary = scratch.path().join("morgue");
        // A copy of our own making might be open in a child that another test
        // has just started, and what is open for writing cannot be run.
        let mut copy = std::process::Command::new("cp");
        copy.arg(env!("CARGO_BIN_EXE_morgue")).arg(&binary);
        assert!(copy.status().unwrap().success());
        let mut stranger = std::process::Command::new("setpriv");
        stranger
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(binary)
            .args(args)
            .current_dir(scratch.path())
            .env("XDG_CONFIG_HOME", scratch.path())
            .env_remove("MORGUE_INDEX")
            .stdin(Stdio::null());
        command = stranger;
    }
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn set_writable(folder: &std::path::Path, is_writable: bool) {
    let of = |dir: bool| match (dir, is_writable) {
        (true, true) => 0o755,
        (true, false) => 0o555,
        (false, true) => 0o644,
        (false, false) => 0o444,
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => set_writable(&path, is_writable),
            false => std::fs::set_permissions(&path, PermissionsExt::from_mode(of(false))).unwrap(),
        }
    }
    std::fs::set_permissions(folder, PermissionsExt::from_mode(of(true))).unwrap();
}

#[test]
fn an_index_in_which_nothing_may_be_written_can_be_searched_and_verified() {
    let scratch = Scratch::new();
    write_file(&scratch, 1, 0, 20);
    scratch.ok(&["index", "news"]);
    let generation = scratch.path().join("index/g1");
    // As on media that were never written in place.
    for entry in std::fs::read_dir(&generation).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "lock")
        {
            std::fs::remove_file(path).unwrap();
        }
    }
    std::fs::set_permissions(scratch.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let as_it_was_written = as_stranger(&scratch, &["search", "--count", "council"]);
    assert_eq!(
        as_it_was_written.stdout.trim(),
        "20",
        "{as_it_was_written:?}"
    );
    set_writable(&scratch.path().join("index"), false);
    let found = as_stranger(&scratch, &["search", "--count", "council"]);
    let info = as_stranger(&scratch, &["info"]);
    let verified = as_stranger(&scratch, &["verify", "--deep"]);
    let refused = as_stranger(&scratch, &["index", "news"]);
    set_writable(&scratch.path().join("index"), true);
    assert_eq!((found.code, found.stdout.trim()), (0, "20"), "{found:?}");
    assert_eq!(info.code, 0, "{info:?}");
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.starts_with("morgue: cannot "), "{refused:?}");
}

#[test]
fn an_index_of_another_schema_asks_for_a_rebuild_which_reads_the_known_paths() {
    let scratch = Scratch::new();
    write_file(&scratch, 1, 0, 20);
    scratch.write(
        "more/2.txt",
        "Bank holds rates\n\nThe bank held its rates.\n",
    );
    scratch.ok(&["index", "news", "more"]);
    let path = scratch.path().join("index/g1/morgue.json");
    let check = &blake3::hash(b"99 1").to_hex()[..16];
    let text = format!("{{\"schema\":99,\"tokenizer\":1,\"check\":\"{check}\"}}");
    std::fs::write(path, text).unwrap();
    for args in [
        vec!["search", "council"],
        vec!["index", "news"],
        vec!["verify"],
    ] {
        let refused = scratch.run(&args);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused.stderr.contains("written with schema 99"),
            "{refused:?}"
        );
        assert!(
            refused.stderr.contains("morgue index --rebuild"),
            "{refused:?}"
        );
    }
    // One PATH is named, the other is known.
    scratch.ok(&["index", "--rebuild", "news"]);
    assert_eq!(scratch.ids("*").len(), 21);
    scratch.ok(&["verify", "--deep"]);
}

#[test]
fn a_rebuild_of_an_index_that_cannot_be_opened_is_the_way_out() {
    let scratch = Scratch::new();
    write_file(&scratch, 1, 0, 20);
    scratch.ok(&["index", "news"]);
    for name in ["g1/meta.json", "g1/meta.kept", "g1/morgue.json", "CURRENT"] {
        std::fs::write(scratch.path().join("index").join(name), "nonsense").unwrap();
    }
    assert_eq!(scratch.run(&["search", "council"]).code, 2);
    scratch.ok(&["index", "--rebuild", "news"]);
    assert_eq!(scratch.ids("council").len(), 20);
    scratch.ok(&["verify", "--deep"]);
}

#[test]
fn an_interrupted_rebuild_leaves_the_old_index_in_use() {
    let scratch = Scratch::new();
    for file in 0..20 {
        write_file(&scratch, file, 0, 300);
    }
    scratch.ok(&["index", "news"]);
    let before = scratch.ids("*");
    let mut child = scratch
        .command(&["index", "--rebuild"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !scratch.path().join("index/g2").exists() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!(scratch.ids("*"), before);
    if code == Some(130) {
        let current = std::fs::read_to_string(scratch.path().join("index/CURRENT")).unwrap();
        assert_eq!(current, "g1\n");
    }
    scratch.ok(&["index", "news"]);
    scratch.ok(&["verify", "--deep"]);
    let generations = std::fs::read_dir(scratch.path().join("index")).unwrap();
    let folders = generations.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(folders.count(), 1);
}

#[test]
fn a_rebuild_that_would_lose_an_unplugged_disk_is_refused() {
    let scratch = Scratch::new();
    write_file(&scratch, 1, 0, 20);
    scratch.write(
        "disk/2.txt",
        "Bank holds rates\n\nThe bank held its rates.\n",
    );
    scratch.ok(&["index", "news", "disk"]);
    std::fs::remove_file(scratch.path().join("disk/2.txt")).unwrap();
    let empty = scratch.run(&["index", "--rebuild"]);
    assert_eq!(empty.code, 2, "{empty:?}");
    assert!(empty.stderr.contains("--prune"), "{empty:?}");
    std::fs::remove_dir(scratch.path().join("disk")).unwrap();
    assert_eq!(scratch.run(&["index", "--rebuild"]).code, 2);
    assert_eq!(scratch.ids("*").len(), 21);
    scratch.ok(&["index", "--rebuild", "--prune"]);
    assert_eq!(scratch.ids("*").len(), 20);
    scratch.ok(&["index"]);
}

#[test]
fn a_waiting_run_goes_on_once_the_other_has_ended() {
    let scratch = Scratch::new();
    write_file(&scratch, 1, 0, 20);
    scratch.ok(&["index", "news"]);
    write_file(&scratch, 2, 0, 20);
    let holder = std::fs::File::options()
        .write(true)
        .open(scratch.path().join("index/lock"))
        .unwrap();
    rustix::fs::flock(&holder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let refused = scratch.run(&["index", "news"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("(process ") && refused.stderr.contains(", started 2"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("--wait"), "{refused:?}");
    let mut waiting = scratch
        .command(&["index", "--wait", "news"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = std::io::BufReader::new(waiting.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("waiting"), "{line}");
    drop(holder);
    // Read to the end: a full pipe would stop the run.
    stderr.read_to_string(&mut line).unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(0), "{line}");
    assert_eq!(scratch.ids("*").len(), 40);
}
