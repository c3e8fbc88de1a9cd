//! Damaged files of an index: found, never fatal, mended.

use crate::faults::{Numbers, write_file};
use crate::util::Scratch;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// An archive whose index has a file of each kind: two segments, one of them
/// with deletions.
fn archive() -> Scratch {
    let scratch = Scratch::new();
    for file in 0..8 {
        write_file(&scratch, file, 0);
    }
    scratch.ok(&["index", "-j", "1", "news"]);
    write_file(&scratch, 2, 1);
    scratch.ok(&["index", "news"]);
    scratch.ok(&["verify", "--deep"]);
    scratch
}

/// One file of the index of each kind, by kind.
fn one_of_each(scratch: &Scratch) -> Vec<(String, PathBuf)> {
    let index = scratch.path().join("index");
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(index.join("g1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| std::fs::metadata(path).unwrap().len() > 0)
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let kind = match name.split_once('.').unwrap() {
                (id, rest) if id.len() == 32 => rest.rsplit('.').next().unwrap().to_owned(),
                _ => name,
            };
            (kind, path)
        })
        .collect();
    found.push(("CURRENT".to_owned(), index.join("CURRENT")));
    found.sort();
    found.dedup_by(|later, earlier| later.0 == earlier.0);
    found
}

/// What a batch of queries finds, and how it ends. A search that hangs ends
/// with another code than morgue knows.
fn answers(scratch: &Scratch) -> (i32, Vec<String>, String) {
    const QUERIES: &str = "council\n\"reading 1 of it\"\nunique1x7x0 OR unique2x9x1\n\
                           story -unique0x1x0\nuniqu*\ncouncil NEAR/5 met\n";
    let mut child = std::process::Command::new("timeout")
        .args(["20", env!("CARGO_BIN_EXE_morgue")])
        .args([
            "search",
            "--format",
            "jsonl",
            "--fields",
            "id,title,snippet,score",
            "-",
        ])
        .current_dir(scratch.path())
        .env("XDG_CONFIG_HOME", scratch.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(QUERIES.as_bytes());
    let output = child.wait_with_output().unwrap();
    let hits = String::from_utf8_lossy(&output.stdout);
    let hits = hits.lines().filter(|line| line.contains("\"hit\""));
    (
        output.status.code().unwrap_or(-1),
        hits.map(str::to_owned).collect(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// What came of damaging one kind of file.
#[derive(Debug, Default)]
struct Tally {
    found: u64,
    refused: u64,
    silently_wrong: u64,
    harmless: u64,
}

/// Flips a bit of a file and cuts its end, each `each` times.
fn damage(scratch: &Scratch, path: &Path, each: u64, numbers: &mut Numbers) -> Tally {
    let sound = answers(scratch);
    assert_eq!(sound.0, 0, "{sound:?}");
    let content = std::fs::read(path).unwrap();
    let mut tally = Tally::default();
    for round in 0..each * 2 {
        let mut damaged = content.clone();
        let at = numbers.below(content.len() as u64) as usize;
        match round % 2 {
            0 => damaged[at] ^= 1 << numbers.below(8),
            _ => damaged.truncate(at),
        }
        std::fs::write(path, &damaged).unwrap();
        let what = format!("{} at {at} round {round}", path.display());
        let verified = scratch.run(&["verify", "--deep"]);
        assert!((0..=2).contains(&verified.code), "{what}: {verified:?}");
        let now = answers(scratch);
        assert!((0..=2).contains(&now.0), "{what}: {now:?}");
        if verified.code == 0 {
            // What verify does not see must not change any answer.
            assert_eq!((now.0, &now.1), (0, &sound.1), "{what}");
            tally.harmless += 1;
            continue;
        }
        tally.found += 1;
        if now.0 == 2 {
            tally.refused += 1;
            assert!(now.2.contains("`morgue verify`"), "{what}: {now:?}");
        } else if now.1 != sound.1 {
            tally.silently_wrong += 1;
        }
    }
    std::fs::write(path, &content).unwrap();
    let again = answers(scratch);
    assert_eq!((again.0, again.1), (0, sound.1));
    // All of an index of this size is held against its checksums when opened.
    assert_eq!(tally.silently_wrong, 0, "{}: {tally:?}", path.display());
    tally
}

fn damage_each_kind(each: u64, seed: u64) {
    let kinds = one_of_each(&archive()).len();
    assert!(kinds >= 12, "{kinds} kinds of files");
    // Two at a time, each in an archive of its own.
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                let scratch = archive();
                let mut numbers = Numbers(seed + half);
                let all = one_of_each(&scratch).into_iter().enumerate();
                for (_, (kind, path)) in all.filter(|(n, _)| *n as u64 % 2 == half) {
                    let tally = damage(&scratch, &path, each, &mut numbers);
                    println!("{kind}: {tally:?}");
                }
            });
        }
    });
}

#[test]
fn flipped_bits_and_cut_files_are_found_and_never_abort_a_search() {
    damage_each_kind(2, 0xdead);
}

#[test]
#[ignore = "takes minutes: 150 flips and 150 cuts of each kind of file"]
fn a_hundred_and_fifty_flips_and_cuts_of_each_kind_of_file_are_found() {
    damage_each_kind(150, 0xbeef);
}

#[test]
fn a_missing_file_of_any_kind_is_found_and_refused_or_harmless() {
    let scratch = archive();
    let sound = answers(&scratch);
    for (kind, path) in one_of_each(&scratch) {
        let away = scratch.path().join("away");
        std::fs::rename(&path, &away).unwrap();
        let verified = scratch.run(&["verify"]);
        let now = answers(&scratch);
        match kind.as_str() {
            // They can be done without.
            "CURRENT" | "meta.kept" => {
                assert_eq!(verified.code, 1, "{kind}: {verified:?}");
                assert_eq!(now.1, sound.1, "{kind}");
            }
            "figures.json" => assert_eq!((verified.code, &now.1), (0, &sound.1)),
            _ => {
                assert_eq!(verified.code, 1, "{kind}: {verified:?}");
                assert_eq!(now.0, 2, "{kind}: {now:?}");
                assert!(now.2.contains("`morgue verify`"), "{kind}: {now:?}");
            }
        }
        std::fs::rename(&away, &path).unwrap();
    }
}

#[test]
fn repair_brings_back_what_damage_took_and_says_what_it_did() {
    let scratch = archive();
    let before = scratch.ids("*");
    let kinds: Vec<String> = one_of_each(&scratch)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    for kind in kinds {
        // Repairs and merges change the names.
        let Some((_, path)) = one_of_each(&scratch).into_iter().find(|(k, _)| *k == kind) else {
            continue;
        };
        let mut content = std::fs::read(&path).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 0x10;
        std::fs::write(&path, content).unwrap();
        let found = scratch.run(&["verify"]);
        assert_eq!(found.code, 1, "{kind}: {found:?}");
        assert!(found.stdout.starts_with("damaged: "), "{kind}: {found:?}");
        let repaired = scratch.run(&["verify", "--repair"]);
        assert_eq!(repaired.code, 0, "{kind}: {repaired:?}");
        let did = [
            "restored",
            "dropped the damaged segment",
            "made a new copy",
            "removed",
        ];
        assert!(
            did.iter().any(|step| repaired.stderr.contains(step)),
            "{kind}: {repaired:?}"
        );
        assert!(
            repaired.stderr.contains("sound again"),
            "{kind}: {repaired:?}"
        );
        scratch.ok(&["verify", "--deep"]);
        assert_eq!(scratch.ids("*"), before, "{kind}");
    }
}

/// A file of a segment whose checksum fits it again: only who reads it notices
/// what was done to it. It ends in a line of JSON with the checksum, that
/// line's length and four bytes more.
fn with_checksum(content: Vec<u8>) -> Vec<u8> {
    let (content, magic) = content.split_last_chunk::<4>().unwrap();
    let (content, length) = content.split_last_chunk::<4>().unwrap();
    let (body, footer) = content.split_at(content.len() - u32::from_le_bytes(*length) as usize);
    let mut footer: serde_json::Value = serde_json::from_slice(footer).unwrap();
    let mut checksum = flate2::Crc::new();
    checksum.update(body);
    footer["crc"] = checksum.sum().into();
    let footer = footer.to_string().into_bytes();
    let length = (footer.len() as u32).to_le_bytes();
    [body, &footer, &length, magic].concat()
}

#[test]
fn ids_and_runs_are_printed_without_a_stored_article() {
    let scratch = archive();
    let ask = |form| scratch.run(&["search", "--all", "--format", form, "council"]);
    let (ids, runs) = (ask("ids"), ask("trec"));
    assert_eq!((ids.code, ids.stdout.lines().count()), (0, 480));
    for entry in std::fs::read_dir(scratch.path().join("index/g1")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "store") {
            let mut content = std::fs::read(&path).unwrap();
            content[..200].fill(0);
            std::fs::write(&path, with_checksum(content)).unwrap();
        }
    }
    assert_eq!(ask("jsonl").code, 2);
    assert_eq!(ask("ids").stdout, ids.stdout);
    assert_eq!(ask("trec").stdout, runs.stdout);
}

#[test]
fn repair_names_what_is_lost_for_good() {
    let scratch = archive();
    std::fs::remove_file(scratch.path().join("news/1.jsonl")).unwrap();
    for (kind, path) in one_of_each(&scratch) {
        if kind == "store" {
            let mut content = std::fs::read(&path).unwrap();
            content[20] ^= 1;
            std::fs::write(&path, content).unwrap();
        }
    }
    // Whichever segment was hit, every file that is still there comes back.
    let repaired = scratch.run(&["verify", "--repair"]);
    let is_lost = scratch.ids("unique1x7x0").is_empty();
    assert_eq!(repaired.code, i32::from(is_lost), "{repaired:?}");
    let lost = "lost 60 articles of news/1.jsonl";
    assert_eq!(repaired.stderr.contains(lost), is_lost, "{repaired:?}");
    assert_eq!(scratch.ids("*").len(), if is_lost { 420 } else { 480 });
    scratch.ok(&["verify", "--deep"]);
}

#[test]
fn strays_are_named_and_removed_and_files_of_others_are_left_alone() {
    let scratch = archive();
    let strays = [
        "index/g1/0123456789abcdef0123456789abcdef.store",
        "index/g1/.tmpAb12",
        "index/g1/meta.kept.tmp",
        "index/CURRENT.tmp",
        "index/g7/meta.json",
    ];
    for name in strays {
        scratch.write(name, "left over");
    }
    scratch.write("index/README", "not ours");
    let found = scratch.ok(&["verify"]);
    let named: Vec<&str> = found.stdout.lines().collect();
    assert_eq!(
        named,
        [
            "stray: index/CURRENT.tmp",
            "stray: index/g1/.tmpAb12",
            "stray: index/g1/0123456789abcdef0123456789abcdef.store",
            "stray: index/g1/meta.kept.tmp",
            "stray: index/g7",
        ]
    );
    scratch.ok(&["verify", "--repair"]);
    assert_eq!(scratch.ok(&["verify"]).stdout, "");
    assert!(scratch.path().join("index/README").exists());
    assert_eq!(scratch.ids("*").len(), 480);
}

#[test]
fn damage_is_not_merged_into_sound_segments() {
    let scratch = Scratch::new();
    for file in 0..4 {
        write_file(&scratch, file, 0);
        scratch.ok(&["index", "news"]);
    }
    let (_, path) = one_of_each(&scratch)
        .into_iter()
        .find(|(kind, _)| kind == "store")
        .unwrap();
    let mut content = std::fs::read(&path).unwrap();
    content[40] ^= 4;
    std::fs::write(&path, content).unwrap();
    let (mut files, mut is_told) = (4, false);
    // Sooner or later so many segments are merged.
    while !is_told && files < 30 {
        write_file(&scratch, files, 0);
        files += 1;
        let ran = scratch.run(&["index", "news"]);
        is_told = ran.code == 2 && ran.stderr.contains("its checksum does not hold");
        assert!(is_told || ran.code == 0, "{ran:?}");
        assert_eq!(scratch.run(&["verify"]).code, 1);
    }
    assert!(is_told);
    scratch.ok(&["verify", "--repair"]);
    assert_eq!(scratch.ids("*").len() as u64, files * 60);
    scratch.ok(&["verify", "--deep"]);
}
