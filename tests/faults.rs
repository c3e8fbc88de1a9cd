//! What a run leaves behind when it is killed, interrupted or starved.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::util::{Ran, Scratch};

/// Numbers that look random and are the same every time.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Writes file `file` of the archive in its `version`: 60 stories, each with
/// a word of its own.
pub fn write_file(scratch: &Scratch, file: u64, version: u64) {
    let lines: Vec<String> = (0..60)
        .map(|story| {
            format!(
                "{{\"title\":\"Story {story} of file {file}\",\"text\":\"The council met again. Reading {version} \
                 of it bears the word unique{file}x{story}x{version} and no other does.\"}}"
            )
        })
        .collect();
    scratch.write_old(&format!("news/{file}.jsonl"), lines.join("\n"));
}

fn start(scratch: &Scratch) -> std::process::Child {
    let mut command = scratch.command(&["index", "news"]);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills runs at random moments while files change, and holds the index that
/// the last run leaves against one that was never disturbed.
fn kill_and_resume(rounds: u64, files: u64, seed: u64) {
    let scratch = Scratch::new();
    let mut numbers = Numbers(seed);
    let mut versions = vec![0; files as usize];
    for file in 0..files {
        write_file(&scratch, file, 0);
    }
    let undisturbed = Instant::now();
    scratch.ok(&["--index", "timing", "index", "news"]);
    let longest = undisturbed.elapsed().as_millis() as u64 + 20;
    for round in 0..rounds {
        for _ in 0..3 {
            let file = numbers.below(files);
            versions[file as usize] += 1;
            write_file(&scratch, file, versions[file as usize]);
        }
        let mut child = start(&scratch);
        std::thread::sleep(Duration::from_millis(numbers.below(longest)));
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 10 != 9 && round + 1 != rounds {
            continue;
        }
        scratch.ok(&["index", "news"]);
        scratch.ok(&["verify", "--deep"]);
        let _ = std::fs::remove_dir_all(scratch.path().join("fresh"));
        scratch.ok(&["--index", "fresh", "index", "news"]);
        let fresh = scratch
            .ok(&[
                "--index", "fresh", "search", "--all", "--format", "ids", "*",
            ])
            .stdout;
        assert_eq!(scratch.ids("*").join("\n") + "\n", fresh, "round {round}");
        for file in 0..files {
            let story = numbers.below(60);
            let version = versions[file as usize];
            assert_eq!(
                scratch
                    .ids(&format!("unique{file}x{story}x{version}"))
                    .len(),
                1,
                "file {file}"
            );
            if version > 0 {
                assert_eq!(
                    scratch
                        .ids(&format!("unique{file}x{story}x{}", version - 1))
                        .len(),
                    0,
                    "file {file}"
                );
            }
        }
    }
}

#[test]
fn killed_runs_lose_nothing_and_the_next_one_goes_on() {
    kill_and_resume(12, 12, 0x5eed);
}

#[test]
#[ignore = "takes minutes: 300 rounds"]
fn three_hundred_killed_runs_lose_nothing() {
    kill_and_resume(300, 12, 0xfeed);
}

/// Interrupts runs at random moments with each signal, `each` times.
fn interrupt(each: u64, seed: u64) {
    let scratch = Scratch::new();
    let mut numbers = Numbers(seed);
    for file in 0..30 {
        write_file(&scratch, file, 0);
    }
    let undisturbed = Instant::now();
    scratch.ok(&["--index", "timing", "index", "news"]);
    let longest = undisturbed.elapsed().as_millis() as u64;
    let mut interrupted = 0;
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for _ in 0..each {
            let _ = std::fs::remove_dir_all(scratch.path().join("index"));
            let mut child = start(&scratch);
            std::thread::sleep(Duration::from_millis(10 + numbers.below(longest)));
            let sent = Instant::now();
            std::process::Command::new("kill")
                .args([&format!("-{signal}"), &child.id().to_string()])
                .status()
                .unwrap();
            let status = child.wait().unwrap();
            assert!(sent.elapsed() < Duration::from_secs(5));
            // The run may have ended before the signal came.
            assert!([Some(code), Some(0)].contains(&status.code()), "{status:?}");
            interrupted += u64::from(status.code() == Some(code));
            // What was committed is sound and made of whole files.
            if scratch.path().join("index/CURRENT").exists() {
                assert_eq!(scratch.ids("*").len() % 60, 0);
                scratch.ok(&["verify", "--deep"]);
            }
            scratch.ok(&["index", "news"]);
            assert_eq!(scratch.ids("*").len(), 1800);
            scratch.ok(&["verify", "--deep"]);
        }
    }
    println!("{interrupted} of {} runs were interrupted", each * 2);
}

#[test]
fn an_interrupted_run_commits_what_it_did_and_tells_by_its_code() {
    interrupt(2, 0xbead);
}

#[test]
#[ignore = "takes a minute: ten interruptions by each signal"]
fn ten_interruptions_by_each_signal_lose_nothing() {
    interrupt(10, 0xdead);
}

/// Starves runs of something, each to another degree, and then lets one run
/// to its end. `starve` is a shell's command that sets limit number `n`.
fn starve(limits: &[u64], starve: impl Fn(u64) -> String, tells: &str) {
    let scratch = Scratch::new();
    for file in 0..6 {
        write_file(&scratch, file, 0);
    }
    let binary = env!("CARGO_BIN_EXE_morgue");
    let mut failed = 0u64;
    for (number, &limit) in limits.iter().enumerate() {
        write_file(&scratch, 5, number as u64 + 1);
        let ran = shell(
            &scratch,
            &format!("{}; exec {binary} index news", starve(limit)),
        );
        let what = format!("limit {limit}: {ran:?}");
        // Where an allocation fails, the language itself says so and aborts.
        let is_abort = ran.code == -1 && !ran.stderr.is_empty();
        assert!((0..=2).contains(&ran.code) || is_abort, "{what}");
        failed += u64::from(is_abort);
        if ran.code == 2 {
            failed += 1;
            assert!(ran.stderr.starts_with("morgue: "), "{what}");
        }
        if ran.code == 0 {
            assert_eq!(scratch.ids("*").len(), 360, "{what}");
        }
    }
    println!("{tells}: {failed} of {} runs failed", limits.len());
    scratch.run(&["index", "news"]);
    assert_eq!(scratch.ids("*").len(), 360);
    scratch.ok(&["verify", "--deep"]);
}

#[test]
fn a_run_out_of_file_handles_says_so_and_the_next_one_completes() {
    let limits = [6, 8, 10, 12, 14, 18, 22, 26, 29, 32];
    starve(
        &limits,
        |limit| format!("ulimit -n {limit}"),
        "file handles",
    );
}

#[test]
fn a_run_out_of_memory_says_so_and_the_next_one_completes() {
    // In MiB of address space; a run takes more than the least of them.
    let limits = [200, 250, 300, 350, 400, 500, 600, 800, 1000, 1500];
    starve(
        &limits,
        |limit| format!("ulimit -v {}", limit << 10),
        "memory",
    );
}

/// What `script` prints and how it ends; -1 for a signal.
fn shell(scratch: &Scratch, script: &str) -> Ran {
    let mut command = std::process::Command::new("bash");
    command.args(["-c", script]).current_dir(scratch.path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
#[ignore = "needs the right to mount a file system"]
fn a_full_disk_costs_nothing_and_a_larger_one_lets_the_run_complete() {
    let scratch = Scratch::new();
    let disk = scratch.path().join("disk");
    let mount = |how: &str| shell(&scratch, &format!("mount {how} {}", disk.display()));
    let Some(_plugged) = mounted(&scratch, "disk") else {
        return;
    };
    for file in 0..3 {
        write_file(&scratch, file, 0);
    }
    let index = |scratch: &Scratch| scratch.run(&["--index", "disk/index", "index", "news"]);
    let count = |scratch: &Scratch| {
        let ran = scratch.run(&["--index", "disk/index", "search", "--count", "*"]);
        ran.stdout.trim().parse::<usize>().unwrap_or(0)
    };
    assert_eq!(index(&scratch).code, 0);
    assert_eq!(count(&scratch), 180);
    for (round, size) in ["500k", "700k", "900k"].into_iter().enumerate() {
        assert_eq!(mount(&format!("-o remount,size={size} tmpfs")).code, 0);
        let committed = count(&scratch);
        // More than fits.
        for file in 0..400 {
            write_file(&scratch, 1000 * (round as u64 + 1) + file, 0);
        }
        let full = index(&scratch);
        assert_eq!(full.code, 2, "{full:?}");
        assert!(full.stderr.contains("No space left on device"), "{full:?}");
        assert!(full.stderr.contains("hint: make room"), "{full:?}");
        assert_eq!(count(&scratch), committed, "round {round}");
        assert_eq!(mount("-o remount,size=200m tmpfs").code, 0);
        let grown = index(&scratch);
        assert_eq!(grown.code, 0, "{grown:?}");
        assert_eq!(count(&scratch), committed + 400 * 60);
        scratch.ok(&["--index", "disk/index", "verify", "--deep"]);
        // Small again for the next round.
        for file in 0..400 {
            let name = format!("news/{}.jsonl", 1000 * (round + 1) + file);
            std::fs::remove_file(scratch.path().join(name)).unwrap();
        }
        assert_eq!(index(&scratch).code, 0);
        let _ = std::fs::remove_dir_all(disk.join("index"));
        assert_eq!(index(&scratch).code, 0);
    }
}

/// Mounts an empty file system at `folder`, if that is allowed here.
fn mounted(scratch: &Scratch, folder: &str) -> Option<Unmount> {
    let disk = scratch.path().join(folder);
    std::fs::create_dir_all(&disk).unwrap();
    let ran = shell(
        scratch,
        &format!("mount -t tmpfs -o size=500k tmpfs {}", disk.display()),
    );
    if ran.code != 0 {
        let told = ran.stderr.trim();
        println!("NOT RUN: no file system can be mounted here: {told}");
        return None;
    }
    Some(Unmount(disk))
}

#[test]
#[ignore = "needs the right to mount a file system"]
fn an_unplugged_disk_keeps_its_articles_run_after_run() {
    let story = |word: &str| format!("Harbour closed\n\nIt was closed, said the {word}.\n");
    // The disk is the PATH itself, or lies somewhere below it.
    for disk in ["news", "news/deep/disk"] {
        let scratch = Scratch::new();
        let Some(plugged) = mounted(&scratch, disk) else {
            return;
        };
        scratch.write_old(&format!("{disk}/a.txt"), story("quokka"));
        if disk != "news" {
            scratch.write_old("news/b.txt", story("numbat"));
        }
        scratch.ok(&["index", "news"]);
        drop(plugged);
        // What lies in its place does not make it another archive.
        scratch.write_old(&format!("{disk}/stray.txt"), story("bilby"));
        for _ in 0..3 {
            let ran = scratch.run(&["index", "news"]);
            assert_eq!(ran.code, 1, "{ran:?}");
            assert!(ran.stderr.contains("kept what is missing below"), "{ran:?}");
            assert_eq!(scratch.ids("quokka").len(), 1);
        }
        if disk != "news" {
            let ran = scratch.run(&["index", "--rebuild"]);
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(
                ran.stderr.contains("would lose the articles below"),
                "{ran:?}"
            );
            assert_eq!(scratch.ids("quokka").len(), 1);
        }
        // Back again, on a device of another number, it is as it was.
        let plugged = mounted(&scratch, disk);
        scratch.write_old(&format!("{disk}/a.txt"), story("quokka"));
        scratch.run(&["index", "news"]);
        assert_eq!(scratch.ids("quokka").len(), 1);
        drop(plugged);
        scratch.run(&["index", "--prune", "news"]);
        assert_eq!(scratch.ids("quokka").len(), 0);
    }
}

struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}
