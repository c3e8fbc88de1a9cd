//! Running again: what is new, changed, gone, half read.

use crate::faults::Numbers;
use crate::util::{Ran, Scratch};

const STORY: &str =
    "Ferry runs aground\n\nThe ferry ran aground off Marstrand on Monday, officials said.\n";

fn archive() -> Scratch {
    let scratch = Scratch::new();
    scratch.write_old("news/one.txt", STORY);
    scratch.write_old(
        "news/two.txt",
        "Bank holds rates\n\nThe bank held its rates on Tuesday.\n",
    );
    scratch.write_old(
        "news/deep/three.txt",
        "Cod quota cut\n\nMinisters cut the cod quota by a tenth.\n",
    );
    scratch
}

fn counts(report: &serde_json::Value) -> [u64; 5] {
    ["articles", "new", "replaced", "removed", "unchanged"]
        .map(|name| report[name].as_u64().unwrap())
}

/// Every file of the index but its lock, with its content.
fn state(scratch: &Scratch) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    fn gather(folder: &std::path::Path, all: &mut Vec<(std::path::PathBuf, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, all);
            } else if path.file_name().unwrap() != "lock" {
                all.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut all = Vec::new();
    gather(&scratch.path().join("index"), &mut all);
    all.sort();
    all
}

#[test]
fn a_second_run_over_an_unchanged_archive_writes_nothing() {
    let scratch = archive();
    assert_eq!(counts(&scratch.index_json(&["news"])), [3, 3, 0, 0, 0]);
    let before = state(&scratch);
    assert_eq!(counts(&scratch.index_json(&["news"])), [0, 0, 0, 0, 3]);
    assert_eq!(state(&scratch), before);
}

#[test]
fn among_many_files_those_that_changed_came_or_went_are_told_from_the_others() {
    let scratch = Scratch::new();
    let name = |number: u32| format!("news/{:02}/{number:04}.txt", number % 7);
    let write = |number: u32, word: &str| {
        scratch.write_old(&name(number), format!("Ferry {number}\n\nIt ran {word}.\n"));
    };
    // Those of the second run lie between those of the first.
    for number in (0..1400).step_by(2) {
        write(number, "aground");
    }
    scratch.write_old("news/03/picture.dat", "\0\u{1}\u{2}");
    assert_eq!(counts(&scratch.index_json(&["news"])), [700, 700, 0, 0, 0]);
    for number in (1..1400).step_by(4) {
        write(number, "ashore");
    }
    for number in (0..1400).step_by(100) {
        write(number, "away, and back again");
    }
    for number in (50..1400).step_by(100) {
        std::fs::remove_file(scratch.path().join(name(number))).unwrap();
    }
    let report = scratch.index_json(&["news"]);
    assert_eq!(counts(&report), [364, 350, 14, 14, 672]);
    assert_eq!(report["skipped"], serde_json::json!({"dat": 1}));
    let report = scratch.index_json(&["news"]);
    assert_eq!(counts(&report), [0, 0, 0, 0, 1036]);
    assert_eq!(report["skipped"], serde_json::json!({"dat": 1}));
    assert_eq!(scratch.ids("back").len(), 14);
}

#[test]
fn a_file_indexed_right_after_it_was_written_counts_as_unchanged_if_it_is() {
    let scratch = Scratch::new();
    scratch.write("news/one.txt", STORY);
    scratch.index_json(&["news"]);
    let before = state(&scratch);
    assert_eq!(counts(&scratch.index_json(&["news"])), [0, 0, 0, 0, 1]);
    assert_eq!(state(&scratch), before);
}

#[test]
fn a_change_that_keeps_size_and_time_is_seen_if_it_came_right_after_reading() {
    let scratch = Scratch::new();
    let path = scratch.write("news/one.txt", STORY);
    scratch.index_json(&["news"]);
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, STORY.replace("Monday", "Sunday")).unwrap();
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    assert_eq!(counts(&scratch.index_json(&["news"])), [1, 0, 1, 0, 0]);
    assert_eq!(scratch.ids("sunday").len(), 1);
}

#[test]
fn a_file_from_the_future_is_read_again_when_it_changes_and_only_then() {
    // As where a clock was set back.
    let scratch = Scratch::new();
    let future = std::time::SystemTime::now() + std::time::Duration::from_secs(1_000_000_000);
    let write = |content: &str| {
        let path = scratch.write("news/one.txt", content);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(future).unwrap();
    };
    write(STORY);
    scratch.index_json(&["news"]);
    assert_eq!(counts(&scratch.index_json(&["news"])), [0, 0, 0, 0, 1]);
    write(&STORY.replace("Monday", "Sunday"));
    assert_eq!(counts(&scratch.index_json(&["news"])), [1, 0, 1, 0, 0]);
    assert_eq!(counts(&scratch.index_json(&["news"])), [0, 0, 0, 0, 1]);
    assert_eq!(scratch.ids("sunday").len(), 1);
}

#[test]
fn exactly_what_was_touched_deleted_and_added_changes() {
    let scratch = archive();
    scratch.index_json(&["news"]);
    let kept = scratch.ids("cod");
    scratch.write(
        "news/one.txt",
        "Ferry refloated\n\nThe ferry was refloated on Friday.\n",
    );
    std::fs::remove_file(scratch.path().join("news/two.txt")).unwrap();
    scratch.write(
        "news/four.txt",
        "Recount ordered\n\nA judge ordered a recount in Marlow County.\n",
    );
    assert_eq!(counts(&scratch.index_json(&["news"])), [2, 1, 1, 1, 1]);
    assert_eq!(scratch.ids("aground").len(), 0);
    assert_eq!(scratch.ids("refloated").len(), 1);
    assert_eq!(scratch.ids("bank").len(), 0);
    assert_eq!(scratch.ids("recount").len(), 1);
    assert_eq!(scratch.ids("cod"), kept);
    assert_eq!(scratch.ids("*").len(), 3);
}

#[test]
fn a_folder_read_through_two_paths_is_read_once() {
    let scratch = archive();
    assert_eq!(
        counts(&scratch.index_json(&["news", "news/deep", "./news/../news/one.txt"])),
        [3, 3, 0, 0, 0]
    );
}

#[test]
fn an_empty_path_that_held_articles_removes_nothing_without_prune() {
    let scratch = archive();
    scratch.index_json(&["news"]);
    std::fs::remove_dir_all(scratch.path().join("news")).unwrap();
    std::fs::create_dir(scratch.path().join("news")).unwrap();
    let ran = scratch.run(&["index", "news"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("--prune"), "{ran:?}");
    assert_eq!(scratch.ids("*").len(), 3);
    assert_eq!(
        counts(&scratch.index_json(&["--prune", "news"])),
        [0, 0, 0, 3, 0]
    );
    assert_eq!(scratch.ids("*").len(), 0);
}

#[test]
fn a_path_that_does_not_exist_is_an_error_and_removes_nothing() {
    let scratch = archive();
    scratch.index_json(&["news"]);
    std::fs::rename(scratch.path().join("news"), scratch.path().join("away")).unwrap();
    let ran: Ran = scratch.run(&["index", "news"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr,
        "morgue: cannot read `news`: No such file or directory (os error 2)\n"
    );
    assert_eq!(scratch.ids("*").len(), 3);
}

#[test]
fn files_left_out_by_a_pattern_are_not_gone() {
    let scratch = archive();
    scratch.index_json(&["news"]);
    assert_eq!(
        counts(&scratch.index_json(&["--glob", "one.txt", "news"])),
        [0, 0, 0, 0, 1]
    );
    assert_eq!(scratch.ids("*").len(), 3);
}

#[test]
fn without_a_path_the_known_ones_are_brought_up_to_date() {
    let scratch = archive();
    scratch.index_json(&["news"]);
    scratch.write(
        "news/four.txt",
        "Recount ordered\n\nA judge ordered a recount.\n",
    );
    assert_eq!(counts(&scratch.index_json(&[])), [1, 1, 0, 0, 3]);
}

#[test]
fn forgetting_a_path_drops_what_lies_below_it() {
    let scratch = archive();
    scratch.index_json(&["news"]);
    scratch.ok(&["forget", "news/deep"]);
    assert_eq!(scratch.ids("*").len(), 2);
    assert_eq!(scratch.run(&["forget", "news/deep"]).code, 1);
}

#[test]
fn a_rebuild_holds_the_same_articles_and_leaves_one_generation() {
    let scratch = archive();
    scratch.index_json(&["news"]);
    let before = scratch.ids("*");
    scratch.ok(&["index", "--rebuild"]);
    assert_eq!(scratch.ids("*"), before);
    let generations: Vec<_> = std::fs::read_dir(scratch.path().join("index"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    assert_eq!(generations, [scratch.path().join("index/g2")]);
}

#[test]
fn merging_leaves_one_part_that_answers_as_before() {
    let scratch = Scratch::new();
    for day in 1..=4 {
        let story = |n: u64| {
            format!("{{\"title\":\"Day {day}, story {n}\",\"text\":\"The ferry sank {n} times.\"}}")
        };
        let lines: Vec<String> = (0..day * 3).map(story).collect();
        scratch.write_old(&format!("news/{day}.jsonl"), lines.join("\n"));
        scratch.ok(&["index", "news"]);
    }
    std::fs::remove_file(scratch.path().join("news/2.jsonl")).unwrap();
    scratch.ok(&["index", "news"]);
    let segments = || {
        let info = scratch.ok(&["info", "--json"]).stdout;
        let info: serde_json::Value = serde_json::from_str(&info).unwrap();
        info["segments"].as_u64().unwrap()
    };
    let found = || {
        let ran = scratch.ok(&["search", "--all", "--format", "tsv", "ferry OR \"story 2\""]);
        ran.stdout
    };
    let before = found();
    assert_eq!(before.lines().count(), 1 + 24);
    assert!(segments() > 1);
    let merged = scratch.index_json(&["--merge", "news"]);
    assert_eq!(counts(&merged), [0, 0, 0, 0, 24]);
    assert_eq!(merged["segments"], 1);
    assert_eq!((segments(), found()), (1, before.clone()));
    // There is nothing left to do, and what comes next is added as ever.
    let told = scratch.ok(&["index", "--merge"]).stderr;
    assert!(told.ends_with("the index is in 1 part\n"), "{told}");
    scratch.write_old(
        "news/5.jsonl",
        "{\"title\":\"Day 5\",\"text\":\"No ship.\"}",
    );
    scratch.ok(&["index"]);
    assert_eq!((segments(), scratch.ids("*").len()), (2, 25));
    scratch.ok(&["verify"]);
}

#[test]
fn a_dry_run_reports_what_it_would_do_and_writes_nothing() {
    let scratch = archive();
    assert_eq!(
        counts(&scratch.index_json(&["--dry-run", "news"])),
        [3, 3, 0, 0, 0]
    );
    assert!(!scratch.path().join("index").exists());
}

#[test]
fn rejections_of_unchanged_files_still_count() {
    let scratch = archive();
    scratch.write_old("news/broken.json", "{\"title\": ");
    assert_eq!(scratch.run(&["index", "news"]).code, 1);
    let again = scratch.run(&["index", "news"]);
    assert_eq!(again.code, 1);
    assert!(
        again.stderr.contains("rejected 1: malformed json 1"),
        "{again:?}"
    );
    let listed = scratch.ok(&["info", "--rejected"]);
    assert!(
        listed
            .stdout
            .starts_with("news/broken.json: malformed json"),
        "{listed:?}"
    );
}

#[test]
fn any_number_of_threads_gives_the_same_ids() {
    let scratch = archive();
    let lines: Vec<String> = (0..500)
        .map(|n| format!("{{\"title\":\"Story {n}\",\"text\":\"Body of story number {n}.\"}}"))
        .collect();
    scratch.write_old("news/many.jsonl", lines.join("\n"));
    let mut all = Vec::new();
    for threads in ["1", "2", "7"] {
        scratch.ok(&["--index", threads, "index", "-j", threads, "news"]);
        let ran = scratch.ok(&[
            "--index", threads, "search", "--all", "--format", "ids", "*",
        ]);
        all.push(ran.stdout);
    }
    assert_eq!(all[0].lines().count(), 503);
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

/// Writes `files` files of `each` stories out of a small vocabulary, so that
/// words, phrases and lengths repeat and scores tie.
fn write_stories(scratch: &Scratch, files: u64, each: u64) {
    let mut numbers = Numbers(0x0dd);
    let word = |number: u64| {
        const SYLLABLES: [&str; 12] = [
            "ba", "co", "du", "fe", "gi", "lo", "mu", "ne", "ri", "sa", "to", "vu",
        ];
        let syllable = |n: u64| SYLLABLES[(n % 12) as usize];
        format!(
            "{}{}{}",
            syllable(number),
            syllable(number / 12),
            syllable(number / 5)
        )
    };
    for file in 0..files {
        let lines: Vec<String> = (0..each)
            .map(|_| {
                // Low numbers are frequent.
                let mut words = |count: u64| {
                    let words: Vec<String> = (0..count)
                        .map(|_| {
                            let below = 1 + numbers.below(600);
                            word(numbers.below(below))
                        })
                        .collect();
                    words.join(" ")
                };
                let (title, body) = (words(5), words(60));
                let day = 1 + numbers.below(28);
                format!(
                    "{{\"title\":\"{title}\",\"text\":\"{body}.\",\"date\":\"2019-03-{day:02}\"}}"
                )
            })
            .collect();
        scratch.write_old(
            &format!("news/{:02}/{file}.jsonl", file % 7),
            lines.join("\n"),
        );
    }
}

/// The top 100 of `queries` queries with their scores.
fn top(scratch: &Scratch, index: &str, queries: &str) -> String {
    use std::io::Write;
    let mut child = scratch
        .command(&[
            "--index", index, "search", "--format", "trec", "--limit", "100", "-",
        ])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let queries = queries.to_owned();
    let asking = std::thread::spawn(move || input.write_all(queries.as_bytes()));
    let output = child.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Indexes the same archive with other numbers of threads, in another order,
/// in several runs, and again, and compares ids and answers.
fn same_whatever_the_way(files: u64, each: u64, queries: u64) {
    let scratch = Scratch::new();
    write_stories(&scratch, files, each);
    let mut numbers = Numbers(0xa5c);
    let vocabulary: Vec<String> = std::fs::read_to_string(scratch.path().join("news/00/0.jsonl"))
        .unwrap()
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() == 6)
        .map(str::to_owned)
        .collect();
    let asked: String = (0..queries)
        .map(|n| {
            let mut word = || &vocabulary[numbers.below(vocabulary.len() as u64) as usize];
            match n % 4 {
                0 => format!("{}\n", word()),
                1 => format!("{} {}\n", word(), word()),
                2 => format!("{} OR {} OR {}\n", word(), word(), word()),
                _ => format!("{} -{}\n", word(), word()),
            }
        })
        .collect();
    let everything = |index: &str| {
        let ran = scratch.ok(&[
            "--index", index, "search", "--all", "--sort", "newest", "--format", "ids", "*",
        ]);
        ran.stdout
    };
    scratch.ok(&["--index", "one", "index", "-j", "1", "news"]);
    let (ids, answers) = (everything("one"), top(&scratch, "one", &asked));
    assert_eq!(ids.lines().count() as u64, files * each);
    assert!(answers.lines().count() as u64 > queries);
    for threads in ["2", "5"] {
        scratch.ok(&["--index", threads, "index", "-j", threads, "news"]);
    }
    // Every file by itself, shuffled, in two runs.
    let mut list: Vec<String> = (0..files)
        .map(|file| format!("news/{:02}/{file}.jsonl\n", file % 7))
        .collect();
    for at in (1..list.len()).rev() {
        list.swap(at, numbers.below(at as u64 + 1) as usize);
    }
    let (some, rest) = list.split_at(list.len() / 3);
    for half in [rest, some] {
        scratch.write("list", half.concat());
        scratch.ok(&["--index", "list-wise", "index", "--files-from", "list"]);
    }
    // Again, after some files were other ones for a while.
    scratch.ok(&["--index", "again", "index", "news"]);
    for file in 0..files.min(3) {
        let name = format!("news/{:02}/{file}.jsonl", file % 7);
        let content = std::fs::read(scratch.path().join(&name)).unwrap();
        scratch.write_old(&name, "{\"title\":\"Other\",\"text\":\"Something else.\"}");
        scratch.ok(&["--index", "again", "index", "news"]);
        scratch.write_old(&name, content);
    }
    scratch.ok(&["--index", "again", "index", "news"]);
    let ran = scratch.ok(&["--index", "again", "index", "--json", "news"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(counts(&report), [0, 0, 0, 0, files * each]);
    for index in ["2", "5", "list-wise", "again"] {
        assert!(everything(index) == ids, "{index}: other ids");
        let now = top(&scratch, index, &asked);
        let other = now
            .lines()
            .zip(answers.lines())
            .find(|(now, then)| now != then);
        assert!(now == answers, "{index}: {other:?}");
    }
    scratch.ok(&["--index", "again", "verify", "--deep"]);
}

#[test]
fn the_same_archive_gives_the_same_ids_and_answers_whatever_the_way() {
    same_whatever_the_way(20, 40, 40);
}

#[test]
#[ignore = "takes a minute: 10,000 articles"]
fn ten_thousand_articles_give_the_same_ids_and_answers_whatever_the_way() {
    same_whatever_the_way(100, 100, 200);
}
