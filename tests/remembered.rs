//! How PATHs were read, and what was told to be forgotten: remembered.

use crate::util::Scratch;

/// An article whose fields only `--map` explains.
pub fn odd(word: &str) -> String {
    format!("{{\"naam\":\"Harbour closed\",\"stuk\":\"It was closed, said the {word}.\"}}")
}

pub const MAP: &str = "title=naam,body=stuk";

pub fn mapped(paths: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    for path in paths {
        scratch.write_old(&format!("{path}/1.json"), odd("quokka"));
        scratch.write_old(&format!("{path}/.2.json"), odd("numbat"));
    }
    scratch
}

#[test]
fn every_run_reads_a_path_with_the_flags_it_was_given_for() {
    let scratch = mapped(&["news", "more"]);
    scratch.run(&["index", "--map", MAP, "--hidden", "news"]);
    assert_eq!(scratch.ids("quokka").len(), 1);
    assert_eq!(scratch.ids("numbat").len(), 1);
    for index in [
        &["index"][..],
        &["index", "news"],
        &["index", "news/1.json"],
    ] {
        let ran = scratch.run(index);
        assert!(
            ran.stderr.contains("0 new, 0 replaced, 0 removed"),
            "{ran:?}"
        );
    }
    scratch.write_old("news/3.json", odd("bilby"));
    let found = scratch.run(&["search", "--in", "news", "--format", "ids", "bilby"]);
    assert_eq!(found.stdout.lines().count(), 1, "{found:?}");
    // Another PATH is read as it was asked for, which is with none.
    scratch.run(&["index", "more"]);
    assert_eq!(scratch.ids("quokka").len(), 1);
    let info = scratch.ok(&["info"]).stdout;
    let paths: Vec<&str> = info
        .lines()
        .filter(|line| line.starts_with("path "))
        .collect();
    let folder = scratch.path().canonicalize().unwrap();
    let folder = folder.display();
    assert_eq!(
        paths,
        [
            format!("path       {folder}/more"),
            format!("path       {folder}/news --hidden --map {MAP}"),
        ]
    );
    // A run with flags replaces them, and one that is told to drops them.
    scratch.run(&["index", "--map", MAP, "news"]);
    assert!(
        scratch
            .ok(&["info"])
            .stdout
            .contains(&format!("news --map {MAP}\n"))
    );
    scratch.run(&["index", "--forget-flags", "news"]);
    assert!(scratch.ok(&["info"]).stdout.contains("/news\n"));
    assert_eq!(scratch.ids("quokka").len(), 0);
}

#[test]
fn a_path_below_another_keeps_its_own_flags() {
    let scratch = mapped(&["news", "news/deep"]);
    scratch.run(&["index", "news"]);
    assert_eq!(scratch.ids("quokka").len(), 0);
    scratch.run(&["index", "--map", MAP, "news/deep"]);
    assert_eq!(scratch.ids("quokka").len(), 1);
    for index in [&["index"][..], &["index", "news"], &["index", "--rebuild"]] {
        scratch.run(index);
        assert_eq!(scratch.ids("quokka").len(), 1, "{index:?}");
        assert_eq!(scratch.run(&["verify", "--deep"]).code, 0);
    }
}

#[test]
fn what_was_forgotten_below_a_path_stays_out_until_it_is_named() {
    let scratch = Scratch::new();
    let story = |word: &str| format!("Harbour closed\n\nIt was closed, said the {word}.\n");
    scratch.write_old("news/a.txt", story("quokka"));
    scratch.write_old("news/old/b.txt", story("numbat"));
    scratch.write_old("news/old/deep/c.txt", story("bilby"));
    scratch.ok(&["index", "news"]);
    let told = scratch.ok(&["forget", "news/old"]).stderr;
    assert!(
        told.contains("news/old stays out until `morgue index` names it"),
        "{told}"
    );
    let count = || ["quokka", "numbat", "bilby"].map(|word| scratch.ids(word).len());
    for index in [&["index"][..], &["index", "news"], &["index", "--rebuild"]] {
        scratch.ok(index);
        assert_eq!(count(), [1, 0, 0], "{index:?}");
    }
    assert!(scratch.ok(&["info"]).stdout.contains("forgotten  "));
    // Something below it can be named by itself, and lasts.
    scratch.ok(&["index", "news/old/deep"]);
    assert_eq!(count(), [1, 0, 1]);
    scratch.ok(&["index", "news"]);
    assert_eq!(count(), [1, 0, 1]);
    scratch.ok(&["index", "news/old"]);
    assert_eq!(count(), [1, 1, 1]);
    assert!(!scratch.ok(&["info"]).stdout.contains("forgotten"));
    // The whole of a known PATH leaves nothing behind to remember.
    scratch.ok(&["forget", "news"]);
    assert!(!scratch.ok(&["info"]).stdout.contains("news"));
}
