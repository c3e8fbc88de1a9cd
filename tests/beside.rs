//! Lists beside a segment, of champions and of pairs of words: when they are made, what
//! becomes of them, and that nothing but time depends on them.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::util::Scratch;

/// Enough articles for lists to be kept of: the word in question stands in all, more
/// or less often.
const ARTICLES: usize = 66_000;

fn articles(range: std::ops::Range<usize>) -> String {
    let mut lines = String::new();
    for number in range {
        let mixed = number.wrapping_mul(2_654_435_761) >> 7;
        let body = "votes ".repeat(1 + mixed % 9) + &"on ".repeat(mixed / 9 % 23);
        let title = if mixed.is_multiple_of(5) {
            "Vote"
        } else {
            "Council"
        };
        let day = 1 + mixed % 28;
        writeln!(
            lines,
            r#"{{"title":"{title} {number}","body":"{body}","date":"2020-03-{day:02}"}}"#
        )
        .unwrap();
    }
    lines
}

/// The files of both kinds, by name.
fn lists(scratch: &Scratch) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(scratch.path().join("index/g1")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_ours = |path: &PathBuf| {
        let kind = path.extension().and_then(|kind| kind.to_str());
        matches!(kind, Some("champions" | "pairs"))
    };
    let mut ours: Vec<PathBuf> = paths.filter(is_ours).collect();
    ours.sort();
    ours
}

/// What is asked of them, in forms with a total and without.
fn answers(scratch: &Scratch) -> Vec<String> {
    let asked: [&[&str]; 9] = [
        &["search", "voting", "--count"],
        &["search", "voting", "--format", "trec"],
        &["search", "voting", "--format", "jsonl", "--limit", "20"],
        &["search", "voting", "--format", "ids", "--limit", "300"],
        &["search", "voting date:2020-03-05", "--format", "trec"],
        &["search", "voting NOT council", "--format", "trec"],
        &["search", "\"votes on\"", "--format", "trec"],
        &["search", "\"on on on\"", "--format", "trec"],
        &["search", "\"votes votes\" date:2020-03-05", "--count"],
    ];
    let timeless = |text: String| {
        let lines = text.lines().map(|line| match line.find("\"elapsed_ms\"") {
            Some(at) => line[..at].to_owned(),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    asked.map(|args| timeless(scratch.ok(args).stdout)).to_vec()
}

#[test]
fn lists_beside_a_segment_change_no_answer_and_are_made_again_where_they_are_missing() {
    let scratch = Scratch::new();
    scratch.write_old("archive/first.jsonl", articles(0..ARTICLES));
    let index = ["index", "archive", "--no-entities", "--threads", "1"];
    scratch.ok(&index);
    let made = lists(&scratch);
    assert_eq!(made.len(), 2, "one large segment has one file of each kind");
    let with = answers(&scratch);
    assert_eq!(with[0].trim(), ARTICLES.to_string());
    scratch.ok(&["verify", "--deep"]);

    for path in &made {
        let name = path.file_name().unwrap().to_str().unwrap();
        // Without them.
        let content = std::fs::read(path).unwrap();
        std::fs::remove_file(path).unwrap();
        assert_eq!(answers(&scratch), with);
        scratch.ok(&["verify"]);

        // Damaged: not used, told of, and repaired.
        let mut damaged = content.clone();
        damaged[40..].iter_mut().for_each(|byte| *byte ^= 0x11);
        std::fs::write(path, &damaged).unwrap();
        assert_eq!(answers(&scratch), with);
        let verified = scratch.run(&["verify"]);
        assert_eq!(verified.code, 1);
        let told = format!("{name}: its checksum does not hold");
        assert!(verified.stdout.contains(&told));
        scratch.ok(&["verify", "--repair"]);
        scratch.ok(&["verify", "--deep"]);
        assert_eq!(std::fs::read(path).unwrap(), content);

        // A run that changes nothing makes what is missing, or was left empty by a crash.
        for is_there in [false, true] {
            std::fs::remove_file(path).unwrap();
            if is_there {
                std::fs::write(path, "").unwrap();
            }
            scratch.ok(&index);
            assert_eq!(std::fs::read(path).unwrap(), content);
        }
        assert_eq!(answers(&scratch), with);
    }

    // Another segment, of which some is deleted again.
    scratch.write_old("archive/second.jsonl", articles(ARTICLES..ARTICLES + 500));
    scratch.ok(&index);
    let grown = answers(&scratch);
    assert_eq!(grown[0].trim(), (ARTICLES + 500).to_string());
    std::fs::remove_file(scratch.path().join("archive/second.jsonl")).unwrap();
    scratch.ok(&index);
    assert_eq!(answers(&scratch), with);

    // Merged into a new segment, the old one's go with it.
    scratch.write_old("archive/second.jsonl", articles(ARTICLES..ARTICLES + 500));
    scratch.ok(&index);
    scratch.ok(&["index", "--merge", "--no-entities"]);
    let merged = lists(&scratch);
    assert_eq!(merged.len(), 2);
    assert!(merged.iter().all(|path| !made.contains(path)));
    assert_eq!(answers(&scratch), grown);
    scratch.ok(&["verify", "--deep"]);
}
