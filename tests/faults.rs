//! What a run leaves behind when it is killed, interrupted or starved.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::util::Scratch;

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Writes file `file` of the archive in its `version`: 60 stories, each with
/// a word of its own.
fn write_file(scratch: &Scratch, file: u64, version: u64) {
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

#[test]
fn an_interrupted_run_commits_what_it_did_and_tells_by_its_code() {
    let scratch = Scratch::new();
    for file in 0..30 {
        write_file(&scratch, file, 0);
    }
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let _ = std::fs::remove_dir_all(scratch.path().join("index"));
        let mut child = start(&scratch);
        std::thread::sleep(Duration::from_millis(40));
        let sent = Instant::now();
        std::process::Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        let status = child.wait().unwrap();
        assert!(sent.elapsed() < Duration::from_secs(5));
        // The run may have ended before the signal came.
        assert!([Some(code), Some(0)].contains(&status.code()), "{status:?}");
        scratch.ok(&["index", "news"]);
        assert_eq!(scratch.ids("*").len(), 1800);
        scratch.ok(&["verify", "--deep"]);
    }
}

#[test]
fn a_second_writer_is_told_who_holds_the_index_and_searches_go_on() {
    let scratch = Scratch::new();
    write_file(&scratch, 1, 0);
    scratch.ok(&["index", "news"]);
    let holder = std::fs::File::options()
        .write(true)
        .open(scratch.path().join("index/lock"))
        .unwrap();
    rustix::fs::flock(&holder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let refused = scratch.run(&["index", "news"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .starts_with("morgue: index `index` is being written by another run (process "),
        "{refused:?}"
    );
    assert_eq!(scratch.ids("*").len(), 60);
}

#[test]
fn a_run_out_of_file_handles_says_so_and_the_next_one_completes() {
    let scratch = Scratch::new();
    for file in 0..6 {
        write_file(&scratch, file, 0);
    }
    let binary = env!("CARGO_BIN_EXE_morgue");
    for limit in ["8", "14", "20", "26", "32"] {
        let status = scratch_shell(
            &scratch,
            &format!("ulimit -n {limit}; exec {binary} index news"),
        );
        assert!(
            status.is_some_and(|code| code <= 2),
            "limit {limit}: {status:?}"
        );
    }
    scratch.run(&["index", "news"]);
    assert_eq!(scratch.ids("*").len(), 360);
    scratch.ok(&["verify", "--deep"]);
}

fn scratch_shell(scratch: &Scratch, script: &str) -> Option<i32> {
    let mut command = std::process::Command::new("bash");
    command.args(["-c", script]).current_dir(scratch.path());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .code()
}

#[test]
fn flipped_bits_and_cut_files_are_found_and_never_abort_a_search() {
    damage(3, 0xdead);
}

#[test]
#[ignore = "takes minutes: 150 flips and cuts of each kind of file"]
fn a_hundred_and_fifty_flips_and_cuts_of_each_kind_of_file_are_found() {
    damage(75, 0xbeef);
}

/// Flips a bit and cuts the end of each kind of file, `each` times.
fn damage(each: u64, seed: u64) {
    let scratch = Scratch::new();
    for file in 0..4 {
        write_file(&scratch, file, 0);
    }
    scratch.ok(&["index", "news"]);
    // A change leaves a file of deletions, too.
    write_file(&scratch, 2, 1);
    scratch.ok(&["index", "news"]);
    scratch.ok(&["verify", "--deep"]);
    let answers = |scratch: &Scratch| {
        [
            "council",
            "\"reading 1 of it\"",
            "unique1x7x0 OR unique2x9x1",
            "story -unique0x1x0",
        ]
        .map(|query| {
            scratch.run(&[
                "search",
                "--format",
                "jsonl",
                "--fields",
                "id,title,snippet",
                query,
            ])
        })
        .map(|ran| {
            (
                ran.code,
                ran.stdout
                    .lines()
                    .filter(|line| line.contains("\"hit\""))
                    .collect::<Vec<_>>()
                    .join("\n"),
            )
        })
    };
    let sound = answers(&scratch);
    let mut numbers = Numbers(seed);
    let generation = scratch.path().join("index/g1");
    let mut names: Vec<_> = std::fs::read_dir(&generation)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.retain(|path| {
        std::fs::metadata(path).unwrap().len() > 0 && !path.ends_with("figures.json")
    });
    names.sort();
    for path in names {
        let content = std::fs::read(&path).unwrap();
        for round in 0..each * 2 {
            let mut damaged = content.clone();
            let at = numbers.below(content.len() as u64) as usize;
            if round % 2 == 0 {
                damaged[at] ^= 1 << numbers.below(8);
            } else {
                damaged.truncate(at);
            }
            std::fs::write(&path, &damaged).unwrap();
            let found = scratch.run(&["verify", "--deep"]);
            let what = format!("{} at {at} round {round}", path.display());
            assert!((0..=2).contains(&found.code), "{what}: {found:?}");
            let now = answers(&scratch);
            assert!(
                now.iter().all(|(code, _)| (0..=2).contains(code)),
                "{what}: {now:?}"
            );
            // Damage that verify does not see must not change any answer.
            if found.code == 0 {
                assert_eq!(now, sound, "{what}");
            }
        }
        std::fs::write(&path, &content).unwrap();
    }
    assert_eq!(answers(&scratch), sound);
}

#[test]
fn repair_brings_back_what_damage_took() {
    let scratch = Scratch::new();
    for file in 0..4 {
        write_file(&scratch, file, 0);
    }
    scratch.ok(&["index", "news"]);
    let before = scratch.ids("*");
    let generation = scratch.path().join("index/g1");
    for extension in ["store", "pos", "term", "fast", "idx", "json"] {
        let path = std::fs::read_dir(&generation)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| {
                path.extension().is_some_and(|found| found == extension)
                    && (extension != "json" || path.ends_with("meta.json"))
            })
            .unwrap();
        let mut content = std::fs::read(&path).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 0x10;
        std::fs::write(&path, content).unwrap();
        assert_eq!(scratch.run(&["verify"]).code, 1, "{extension}");
        let repaired = scratch.run(&["verify", "--repair"]);
        assert_eq!(repaired.code, 0, "{extension}: {repaired:?}");
        scratch.ok(&["verify", "--deep"]);
        assert_eq!(scratch.ids("*"), before, "{extension}");
    }
}
