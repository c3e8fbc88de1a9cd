//! Batches of queries, and that hits do not depend on how an index came about.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::util::{Scratch, corpus, test_data};

fn archive() -> Scratch {
    let scratch = Scratch::new();
    scratch.write_old(
        "news.jsonl",
        "{\"title\":\"Ferry runs aground\",\"text\":\"The ferry ran aground off Marstrand.\",\"date\":\"2020-01-02\"}\n\
         {\"title\":\"Bank holds rates\",\"text\":\"The bank held its rates.\",\"date\":\"2020-01-03\"}\n",
    );
    scratch.ok(&["index", "news.jsonl"]);
    scratch
}

/// Runs with lines on standard input; exit code, stdout, stderr.
fn piped(scratch: &Scratch, args: &[&str], input: &str) -> (i32, String, String) {
    let mut child = scratch
        .command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program answers while it still reads: neither may wait for the other.
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Forms that tell how many articles match look at every match, the others do not.
#[test]
fn hits_are_the_same_whether_or_not_all_are_counted() {
    let scratch = Scratch::new();
    scratch.ok(&["index", corpus().to_str().unwrap()]);
    let queries = [
        "the",
        "\"of the\"",
        "the date:2019..",
        "\"of the\" date:2019..",
        "police OR the",
        "government -the",
        "date:2019..2021",
        "person:smith",
        "the date:1950",
        "\"of the\" date:1950",
    ];
    for query in queries {
        for limit in ["1", "7"] {
            let run = |form: &str| {
                let args = ["search", "-n", limit, "--format", form, "--", query];
                scratch.run(&args)
            };
            let (counted, plain) = (run("jsonl"), run("ids"));
            let lines = counted.stdout.lines();
            let hits = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
            let ids: Vec<String> = hits
                .filter_map(|hit| Some(hit["id"].as_str()?.to_owned()))
                .collect();
            assert_eq!(plain.stdout.lines().collect::<Vec<_>>(), ids, "{query}");
            assert_eq!(plain.code, counted.code, "{query}");
            assert_eq!(plain.code == 0, !ids.is_empty(), "{query}");
        }
    }
}

#[test]
fn what_is_known_without_an_article_is_printed_as_with_it() {
    let scratch = archive();
    let columns = |form: &str, fields: &str| {
        let args = [
            "search",
            "--format",
            form,
            "--fields",
            fields,
            "ferry OR bank",
        ];
        scratch.ok(&args).stdout
    };
    for form in ["tsv", "csv"] {
        let alone = columns(form, "rank,score,id");
        let beside = columns(form, "rank,score,id,ordinal");
        let (alone, beside): (Vec<&str>, Vec<&str>) =
            (alone.lines().collect(), beside.lines().collect());
        assert!(alone.len() > 2 && alone.len() == beside.len());
        for (alone, beside) in alone.iter().zip(beside) {
            assert!(beside.starts_with(alone), "{alone} {beside}");
        }
    }
    let ids = scratch
        .ok(&["search", "--format", "ids", "ferry OR bank"])
        .stdout;
    let json = columns("jsonl", "id");
    let hits = json.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        Some(line["id"].as_str()?.to_owned())
    });
    assert_eq!(hits.collect::<Vec<_>>(), ids.lines().collect::<Vec<_>>());
}

#[test]
fn a_bad_query_is_reported_in_its_place_and_the_rest_go_on() {
    let scratch = archive();
    let input = "ferry\n(bank\n\nq7\tbank\nnone of these\n";
    let args = [
        "search",
        "-",
        "--format",
        "jsonl",
        "--fields",
        "rank,title",
        "--no-snippet",
    ];
    let (code, stdout, stderr) = piped(&scratch, &args, input);
    assert_eq!(code, 2);
    assert_eq!(stderr, "morgue: line 2: unclosed bracket\n");
    let lines: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|mut line: Value| {
            line.as_object_mut().unwrap().remove("elapsed_ms");
            line
        })
        .collect();
    let expected = serde_json::json!([
        {"type": "begin", "query_id": "1", "schema": 1, "query": "ferry", "index": "index", "sort": "relevance"},
        {"type": "hit", "query_id": "1", "rank": 1, "title": "Ferry runs aground"},
        {"type": "summary", "query_id": "1", "total": 1, "returned": 1},
        {"type": "error", "query_id": "2", "query": "(bank", "message": "unclosed bracket"},
        {"type": "begin", "query_id": "q7", "schema": 1, "query": "bank", "index": "index", "sort": "relevance"},
        {"type": "hit", "query_id": "q7", "rank": 1, "title": "Bank holds rates"},
        {"type": "summary", "query_id": "q7", "total": 1, "returned": 1},
        {"type": "begin", "query_id": "5", "schema": 1, "query": "none of these", "index": "index", "sort": "relevance"},
        {"type": "summary", "query_id": "5", "total": 0, "returned": 0},
    ]);
    assert_eq!(Value::Array(lines), expected);
}

#[test]
fn the_exit_code_of_a_batch_tells_whether_anything_was_found() {
    let scratch = archive();
    let run = |input| piped(&scratch, &["search", "-", "--format", "trec"], input).0;
    assert_eq!(run("ferry\nwolf\n"), 0);
    assert_eq!(run("wolf\nbear\n"), 1);
    assert_eq!(run("ferry\n\"wolf\n"), 2);
}

#[test]
fn a_batch_prints_runs_and_tables_with_the_ids_of_its_queries() {
    let scratch = archive();
    scratch.write("queries.txt", "a b\tferry\r\nbank OR ferry\n");
    let batch = |form| {
        let ran = scratch.ok(&[
            "search",
            "--queries",
            "queries.txt",
            "--format",
            form,
            "--fields",
            "rank,title",
        ]);
        ran.stdout
    };
    let run = batch("trec");
    let columns: Vec<Vec<&str>> = run.lines().map(|line| line.split(' ').collect()).collect();
    let kept: Vec<[&str; 4]> = columns
        .iter()
        .map(|line| [line[0], line[1], line[3], line[5]])
        .collect();
    assert_eq!(
        kept,
        [
            ["a_b", "Q0", "1", "morgue"],
            ["2", "Q0", "1", "morgue"],
            ["2", "Q0", "2", "morgue"]
        ]
    );
    assert_eq!(
        batch("tsv"),
        "query_id\trank\ttitle\na b\t1\tFerry runs aground\n2\t1\tBank holds rates\n2\t2\tFerry runs aground\n"
    );
    assert_eq!(
        batch("csv"),
        "query_id,rank,title\na b,1,Ferry runs aground\n2,1,Bank holds rates\n2,2,Ferry runs aground\n"
    );
}

#[test]
fn lines_end_with_nul_where_asked_for() {
    let scratch = archive();
    let ran = scratch.ok(&["search", "ferry", "--format", "paths", "-0"]);
    assert_eq!(ran.stdout, "news.jsonl\0");
    let ran = scratch.ok(&["search", "the", "--format", "ids", "-0"]);
    assert_eq!(ran.stdout.split_terminator('\0').count(), 2);
}

#[test]
fn the_first_hundred_are_the_same_whatever_threads_segments_and_deletions() {
    let scratch = Scratch::new();
    let line = |file: usize, number: usize| {
        let words = [
            "flood", "bank", "ferry", "vote", "city", "votes", "rates", "sea",
        ];
        let text: Vec<&str> = (0..3 + (number * 7 + file) % 20)
            .map(|at| words[(number * 31 + at * at + file * 5) % words.len()])
            .collect();
        let date = format!("2020-01-{:02}", 1 + (number + file) % 28);
        serde_json::json!({"title": format!("Story of the {}", text[0]), "text": text.join(" "), "date": date})
            .to_string()
            + "\n"
    };
    let file = |file: usize| {
        (0..120)
            .map(|number| line(file, number))
            .collect::<String>()
    };
    for number in 0..6 {
        scratch.write_old(&format!("news/{number}.jsonl"), file(number));
    }
    // A worn index: files came, changed, went and came back.
    for number in [2, 0, 5] {
        scratch.write_old(&format!("news/{number}.jsonl"), file(number + 40));
        scratch.run(&["--index", "worn", "index", "-j", "2", "news"]);
        std::fs::remove_file(scratch.path().join(format!("news/{number}.jsonl"))).unwrap();
        scratch.run(&["--index", "worn", "index", "-j", "1", "news"]);
        scratch.write_old(&format!("news/{number}.jsonl"), file(number));
        scratch.run(&["--index", "worn", "index", "-j", "3", "news"]);
    }
    for (index, threads) in [("one", "1"), ("four", "4")] {
        scratch.ok(&["--index", index, "index", "-j", threads, "news"]);
    }
    let queries = "flood\nbank rates\nvote OR sea OR ferry\n\"city votes\"\nvot* -bank\ntitle:flood\nsea NEAR/3 bank\n";
    for flags in [
        &["--any"][..],
        &["--expand"],
        &["--recency", "10"],
        &["--sort", "newest"],
    ] {
        let top = |index| {
            let args = [
                "--index", index, "search", "-", "-n", "100", "--format", "trec",
            ];
            piped(&scratch, &[&args, flags].concat(), queries).1
        };
        let fresh = top("one");
        assert!(fresh.lines().count() > 300, "{fresh}");
        assert_eq!(fresh, top("four"), "{flags:?}");
        assert_eq!(fresh, top("worn"), "{flags:?}");
    }
}

/// Queries of two public benchmarks, in the languages of other engines.
fn foreign_queries() -> Vec<String> {
    let data = test_data();
    let mut all = Vec::new();
    let game = data.join("queries-search-benchmark-game");
    for line in std::fs::read_to_string(game.join("queries.txt"))
        .unwrap()
        .lines()
    {
        let value: Value = serde_json::from_str(line).unwrap();
        all.push(value["query"].as_str().unwrap().to_owned());
    }
    for line in std::fs::read_to_string(game.join("commands.txt"))
        .unwrap()
        .lines()
    {
        all.extend(line.split_once('\t').map(|(_, query)| query.to_owned()));
    }
    for name in [
        "hiliteterms500.tasks",
        "wikimedium500.tasks",
        "wikinightly.tasks",
    ] {
        let text = std::fs::read(data.join("queries-luceneutil").join(name)).unwrap();
        for line in String::from_utf8_lossy(&text).lines() {
            all.extend(line.split_once(": ").map(|(_, query)| query.to_owned()));
        }
    }
    // The lists repeat themselves.
    let mut seen = std::collections::HashSet::new();
    all.retain(|query| !query.trim().is_empty() && seen.insert(query.clone()));
    all
}

#[test]
#[ignore = "needs MORGUE_TEST_DATA"]
fn every_query_of_two_benchmarks_runs_or_is_told_what_is_wrong() {
    let scratch = Scratch::new();
    let data = test_data();
    let (reuters, bbc) = (data.join("reuters-21578"), data.join("bbc-news"));
    scratch.run(&["index", reuters.to_str().unwrap(), bbc.to_str().unwrap()]);
    let queries = foreign_queries();
    let batch: String = queries
        .iter()
        .enumerate()
        .map(|(number, query)| format!("{number}\t{}\n", query.replace('\t', " ")))
        .collect();
    let (code, stdout, stderr) = piped(&scratch, &["search", "-", "--format", "jsonl"], &batch);
    assert!((0..=2).contains(&code), "{stderr}");
    let (mut answered, mut refused) = (0, 0);
    let mut slowest: Vec<(f64, String)> = Vec::new();
    for line in stdout.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        match value["type"].as_str().unwrap() {
            "summary" => {
                answered += 1;
                let number: usize = value["query_id"].as_str().unwrap().parse().unwrap();
                slowest.push((
                    value["elapsed_ms"].as_f64().unwrap(),
                    queries[number].clone(),
                ));
            }
            "error" => {
                refused += 1;
                assert!(!value["message"].as_str().unwrap().is_empty());
            }
            _ => {}
        }
    }
    assert_eq!(answered + refused, queries.len());
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{answered} queries answered, {refused} refused; the slowest:");
    for (milliseconds, query) in slowest.iter().take(5) {
        println!("{milliseconds:8.1} ms  {query}");
    }
}
