//! What each command prints and how it exits.

use crate::util::{Scratch, copy, corpus};

/// A scratch folder with the sample archive's plain texts, indexed.
fn indexed() -> Scratch {
    let scratch = Scratch::new();
    copy(&corpus().join("text"), &scratch.path().join("text"));
    scratch.ok(&["--quiet", "index", "text"]);
    scratch
}

#[test]
fn a_timeline_counts_periods_and_sets_undated_articles_apart() {
    let scratch = indexed();
    let ran = scratch.ok(&["timeline", "heron", "--by", "year", "--format", "csv"]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "period,from,until,articles");
    assert_eq!(lines[1], "1996,1996-01-01,1996-12-31,3");
    assert_eq!(lines[2], "1997,1997-01-01,1997-12-31,1");
    let ran = scratch.ok(&["timeline", "--by", "quarter", "--normalize", "ceasefire"]);
    assert!(ran.stdout.starts_with("2020-Q3  "), "{}", ran.stdout);
    let all = scratch.ok(&["timeline", "--format", "jsonl"]);
    let summary: serde_json::Value =
        serde_json::from_str(all.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(summary["undated"], 1);
    let none = scratch.run(&["timeline", "nosuchword"]);
    assert_eq!((none.code, none.stdout.as_str()), (1, ""));
}

#[test]
fn a_timeline_is_drawn_as_a_picture() {
    let scratch = indexed();
    scratch.ok(&["timeline", "heron", "--svg", "heron.svg"]);
    let picture = std::fs::read_to_string(scratch.path().join("heron.svg")).unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains("<title>heron</title>"));
}

#[test]
fn the_first_article_is_the_earliest_that_matches() {
    let scratch = indexed();
    let ran = scratch.ok(&["first", "heron", "--format", "paths"]);
    assert_eq!(ran.stdout, "text/1996/01/29/heron.txt\n");
    let ran = scratch.ok(&["first", "heron", "--per", "source", "--format", "csv"]);
    let mut publishers: Vec<&str> = ran
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(4).unwrap())
        .collect();
    let listed = publishers.len();
    publishers.sort_unstable();
    publishers.dedup();
    assert_eq!(publishers.len(), listed, "{}", ran.stdout);
    let ran = scratch.run(&["first"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr,
        "morgue: no query: the first article about what?\nhint: add words, as in `morgue first ceasefire talks`\n"
    );
}

#[test]
fn a_bad_query_is_told_before_an_index_is_looked_for() {
    let scratch = Scratch::new();
    scratch.write("news/a.txt", "Prices rose.\n\nThey rose again on Monday.\n");
    for arguments in [
        &["search", "\"x"][..],
        &["search", "--in", "news", "\"x"],
        &["timeline", "\"x"],
    ] {
        let ran = scratch.run(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.stderr.starts_with("morgue: unclosed quote\n"),
            "{ran:?}"
        );
        assert!(!scratch.path().join("index").exists(), "{arguments:?}");
    }
}

#[test]
fn similar_articles_are_of_the_same_story() {
    let scratch = indexed();
    let id = scratch.ids("path:2020-11-21-doha-envoy.txt")[0].clone();
    let ran = scratch.ok(&["similar", &id, "-n", "2", "--format", "paths"]);
    let mut paths: Vec<&str> = ran.stdout.lines().collect();
    paths.sort_unstable();
    // Two other papers ran the same story with small edits.
    assert_eq!(
        paths,
        [
            "text/2020/11/22/doha.txt",
            "text/harbour-gazette/2020-11-21-envoy-doha.txt"
        ]
    );
    let ran = scratch.run(&["similar", "zzzz"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn names_are_counted_in_articles_and_follow_query_aliases_and_hide_list() {
    let scratch = Scratch::new();
    scratch.write(
        "news.jsonl",
        concat!(
            "{\"title\":\"a\",\"text\":\"talks\",\"entities\":[{\"name\":\"IMF\",\"kind\":\"org\"},{\"name\":\"Ann Lee\",\"kind\":\"person\"}]}\n",
            "{\"title\":\"b\",\"text\":\"talks\",\"entities\":[{\"name\":\"International Monetary Fund\",\"kind\":\"org\"},{\"name\":\"Monday\",\"kind\":\"person\"}]}\n",
            "{\"title\":\"c\",\"text\":\"other\",\"entities\":[{\"name\":\"Doha\",\"kind\":\"place\"}]}\n",
        ),
    );
    scratch.ok(&["--quiet", "index", "--no-entities", "news.jsonl"]);
    std::fs::write(
        scratch.path().join("index/aliases.tsv"),
        "International Monetary Fund\tIMF\n",
    )
    .unwrap();
    std::fs::write(scratch.path().join("index/hidden.txt"), "Monday\n").unwrap();
    let ran = scratch.ok(&["entities", "talks"]);
    assert_eq!(
        ran.stdout,
        "2  org     International Monetary Fund\n1  person  Ann Lee\n"
    );
    let ran = scratch.ok(&["entities", "--kind", "place", "--format", "tsv"]);
    assert_eq!(
        ran.stdout,
        "rank\tname\tkind\tarticles\n1\tDoha\tplace\t1\n"
    );
    assert_eq!(scratch.ids("org:imf").len(), 2);
    let ran = scratch.ok(&[
        "search",
        "talks",
        "--sort",
        "newest",
        "--facet",
        "org,person",
        "--format",
        "jsonl",
    ]);
    let of = |record: &str, field: &str| -> Vec<serde_json::Value> {
        let lines = ran.stdout.lines();
        lines
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .filter(|line| line["type"] == record)
            .map(|line| line[field].clone())
            .collect()
    };
    let names = |entities: serde_json::Value| -> Vec<String> {
        let entities = entities.as_array().cloned().unwrap_or_default();
        let name = |entity: serde_json::Value| entity["name"].as_str().unwrap().to_owned();
        entities.into_iter().map(name).collect()
    };
    let mut named: Vec<_> = of("hit", "entities").into_iter().map(names).collect();
    named.sort();
    let fund = "International Monetary Fund";
    assert_eq!(named, [vec![fund], vec![fund, "Ann Lee"]]);
    assert_eq!(
        of("facet", "values"),
        [
            serde_json::json!([{"value": fund, "articles": 2}]),
            serde_json::json!([{"value": "Ann Lee", "articles": 1}]),
        ]
    );
    assert_eq!(of("facet", "without"), [0, 1]);
    let ran = scratch.run(&["entities", "nosuchword"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
}

#[test]
fn notes_that_cannot_be_written_end_no_command() {
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let scratch = indexed();
    scratch.write("archive/broken.json", "{\"title\": ");
    let run = |args: &[&str]| {
        let stderr = std::fs::File::options().write(true).open(full).unwrap();
        let ran = scratch.command(args).stderr(stderr).output().unwrap();
        (
            ran.status.code(),
            String::from_utf8_lossy(&ran.stdout).lines().count(),
        )
    };
    assert_eq!(run(&["index", "archive"]), (Some(1), 0));
    assert_eq!(run(&["timeline", "*"]).0, Some(0));
    assert_eq!(run(&["search", "nosuchword"]), (Some(1), 0));
    assert_eq!(run(&["search", "(unclosed"]), (Some(2), 0));
}

#[test]
fn relative_dates_count_in_the_zone_that_is_named() {
    if !std::path::Path::new("/usr/share/zoneinfo/Pacific/Kiritimati").exists() {
        return;
    }
    let scratch = indexed();
    // A day and an hour apart: never the same day.
    let zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago"];
    let [east, west] = zones.map(|zone| {
        let mut command = scratch.command(&["search", "since:today", "--explain"]);
        crate::util::Ran::of(command.env("TZ", zone)).stderr
    });
    assert_ne!(east, west);
}
