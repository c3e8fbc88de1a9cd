//! Records that hang or end the program: given up, or passed over once found,
//! and everything else is read.

use std::process::Stdio;
use std::time::Duration;

use crate::faults::{Numbers, write_file};
use crate::util::{Ran, Scratch};

/// Set where records may ask for faults.
pub const FAULTS: &str = "MORGUE_TEST_FAULTS";

/// A story; one that holds `fault` asks the program under test for it.
pub fn story(word: &str, fault: &str) -> String {
    format!(
        "{{\"title\":\"Harbour closed\",\"text\":\"It was closed, said the {word}. {fault}\"}}\n"
    )
}

/// Files of three stories each, of which one story of `b.jsonl` asks for `fault`.
pub fn archive(fault: &str) -> Scratch {
    let scratch = Scratch::new();
    let three = |word: &str| story(&format!("{word}1"), "") + &story(&format!("{word}2"), "");
    scratch.write_old("news/a.jsonl", three("quokka"));
    scratch.write_old(
        "news/b.jsonl",
        story("numbat1", "") + &story("wombat", fault) + &story("numbat2", ""),
    );
    scratch.write_old("news/c.jsonl", three("potoroo"));
    scratch
}

/// Runs the program so that records may ask for faults.
fn run(scratch: &Scratch, args: &[&str]) -> Ran {
    Ran::of(scratch.command(args).env(FAULTS, "1"))
}

/// Everything but the story that asks for a fault is found, and that is named.
pub fn assert_named(scratch: &Scratch, reason: &str) {
    for word in ["quokka1", "quokka2", "numbat1", "numbat2", "potoroo1"] {
        assert_eq!(scratch.ids(word).len(), 1, "{word}");
    }
    assert_eq!(scratch.ids("wombat").len(), 0);
    let rejected = scratch.ok(&["info", "--rejected"]).stdout;
    assert_eq!(rejected, format!("news/b.jsonl#2: {reason}\n"));
}

#[test]
fn a_record_that_hangs_is_given_up_by_name_and_the_run_goes_on() {
    for threads in ["1", "3"] {
        let scratch = archive("@@hang@@");
        let index = ["index", "-j", threads, "--record-time", "1", "news"];
        let ran = run(&scratch, &index);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("rejected 1: too slow 1"), "{ran:?}");
        assert_named(&scratch, "took longer than 1 s of processor time");
        // It stands for its file: the next run does not try again.
        let again = run(&scratch, &["index", "news"]);
        assert!(again.stderr.contains("6 unchanged"), "{again:?}");
        scratch.ok(&["verify", "--deep"]);
    }
}

#[test]
fn records_that_hang_on_every_thread_are_all_given_up() {
    let scratch = archive("@@hang@@");
    let hanging = |name: &str| story(name, "@@hang@@");
    scratch.write_old(
        "news/d.jsonl",
        hanging("d1") + &hanging("d2") + &story("bilby", ""),
    );
    scratch.write_old("news/0.jsonl", hanging("e1"));
    let ran = run(
        &scratch,
        &["index", "-j", "2", "--record-time", "1", "news"],
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("rejected 4: too slow 4"), "{ran:?}");
    assert_eq!(scratch.ids("bilby").len(), 1);
}

#[test]
fn inspect_gives_up_what_hangs_and_goes_on_behind_it() {
    let scratch = archive("@@hang@@");
    scratch.write_old("news/d@@hang@@.jsonl", story("bilby", ""));
    let ran = run(&scratch, &["inspect", "--record-time", "1", "news"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let lines: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let seen: Vec<String> = lines
        .iter()
        .map(|line| {
            let path = line["path"].as_str().unwrap();
            let said = line["body"].as_str().or(line["message"].as_str()).unwrap();
            format!("{path} {} {said}", line["ordinal"])
        })
        .collect();
    let said = |word: &str| format!("It was closed, said the {word}.");
    let slow = "took longer than 1 s of processor time";
    assert_eq!(
        seen,
        [
            format!("news/a.jsonl 1 {}", said("quokka1")),
            format!("news/a.jsonl 2 {}", said("quokka2")),
            format!("news/b.jsonl 1 {}", said("numbat1")),
            format!("news/b.jsonl 2 {slow}"),
            format!("news/b.jsonl 3 {}", said("numbat2")),
            format!("news/c.jsonl 1 {}", said("potoroo1")),
            format!("news/c.jsonl 2 {}", said("potoroo2")),
            format!("news/d@@hang@@.jsonl null {slow}"),
        ]
    );
}

/// A run dies of the record; the next one finds it, names it and completes.
fn dies_once(fault: &str, index: &[&str]) -> Scratch {
    let scratch = archive(fault);
    let died = run(&scratch, index);
    assert_eq!(died.code, -1, "{died:?}");
    let next = run(&scratch, index);
    assert_eq!(next.code, 1, "{next:?}");
    assert!(
        next.stderr.contains("1 of them is passed over from now on"),
        "{next:?}"
    );
    assert!(
        next.stderr.contains("rejected 1: ended the program 1"),
        "{next:?}"
    );
    assert_named(&scratch, "ended the program when it was read");
    scratch
}

#[test]
fn a_record_that_ends_a_run_is_passed_over_by_the_next_until_it_changes_or_is_asked_for() {
    let scratch = dies_once("@@overflow@@", &["index", "news"]);
    // It stays so, also for a rebuild, which reads everything again.
    for index in [&["index", "news"][..], &["index", "--rebuild", "news"]] {
        let ran = run(&scratch, index);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_named(&scratch, "ended the program when it was read");
    }
    assert_eq!(run(&scratch, &["index", "--retry"]).code, -1);
    assert_eq!(run(&scratch, &["index"]).code, 1);
    assert_named(&scratch, "ended the program when it was read");
    scratch.write_old("news/b.jsonl", story("wombat", "without a fault"));
    run(&scratch, &["index"]);
    assert_eq!(scratch.ids("wombat").len(), 1);
    assert_eq!(scratch.ok(&["info", "--rejected"]).stdout, "");
    scratch.ok(&["verify", "--deep"]);
}

#[test]
fn a_record_that_aborts_is_found_whatever_runs_beside_it() {
    dies_once("@@abort@@", &["index", "-j", "4", "news"]);
}

#[test]
fn a_file_that_cannot_be_cut_is_given_up_or_passed_over_as_a_whole() {
    for (fault, reason) in [
        ("@@hang@@", "took longer than 1 s of processor time"),
        ("@@abort@@", "ended the program when it was read"),
    ] {
        let scratch = archive("");
        let name = format!("news/bad{fault}.jsonl");
        scratch.write_old(&name, story("bilby", ""));
        let index = ["index", "-j", "1", "--record-time", "1", "news"];
        if fault == "@@abort@@" {
            assert_eq!(run(&scratch, &index).code, -1);
        }
        let ran = run(&scratch, &index);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_eq!(scratch.ids("*").len(), 7);
        let rejected = scratch.ok(&["info", "--rejected"]).stdout;
        assert_eq!(rejected, format!("{name}: {reason}\n"));
        scratch.ok(&["verify", "--deep"]);
    }
}

#[test]
fn a_record_that_takes_all_memory_is_found() {
    // The run itself is bounded from outside, as by a system that is full.
    let scratch = archive("@@eat@@");
    let binary = env!("CARGO_BIN_EXE_morgue");
    let script = format!("ulimit -v 3000000; exec {binary} index news");
    let mut command = std::process::Command::new("bash");
    command.args(["-c", &script]).current_dir(scratch.path());
    command.env(FAULTS, "1").stdin(Stdio::null());
    let status = command.stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), None);
    assert_eq!(run(&scratch, &["index", "news"]).code, 1);
    assert_named(&scratch, "ended the program when it was read");
}

#[test]
fn a_run_that_somebody_kills_costs_no_record_its_place() {
    let scratch = Scratch::new();
    let mut numbers = Numbers(0xacce);
    for file in 0..20 {
        write_file(&scratch, file, 0);
    }
    // One more story hangs for as long as records may ask for faults, so that
    // no run ends before it is killed.
    scratch.write("news/hangs.jsonl", story("bilby", "@@hang@@"));
    let seats = scratch.path().join("index/in-flight");
    let is_noted = |seat: std::io::Result<std::fs::DirEntry>| {
        seat.is_ok_and(|seat| seat.metadata().is_ok_and(|of| of.len() > 0))
    };
    for _ in 0..8 {
        let mut child = scratch
            .command(&["index", "--rebuild", "--record-time", "600", "news"])
            .env(FAULTS, "1")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !std::fs::read_dir(&seats).is_ok_and(|mut seats| seats.any(is_noted)) {
            assert!(child.try_wait().unwrap().is_none(), "the run has ended");
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(numbers.below(300)));
        child.kill().unwrap();
        child.wait().unwrap();
        let stderr = scratch.ok(&["index", "--rebuild", "news"]).stderr;
        assert!(stderr.contains("none of them is to blame"), "{stderr}");
    }
    assert_eq!(scratch.ids("*").len(), 20 * 60 + 1);
    assert!(!scratch.path().join("index/struck.json").exists());
    assert!(!scratch.path().join("index/in-flight").exists());
}
