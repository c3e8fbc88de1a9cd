//! What each construct of the query language finds and says, by the real
//! program: titles found, notes, errors with carets, exit codes.

use std::fmt::Write as _;

use crate::util::{Scratch, assert_golden};

const NEWS: &str = r##"{"title":"Ceasefire talks resume in Doha","text":"Envoys met in Doha on Monday. \"Don't panic,\" O'Brien told reporters at 12:30. The talks on a ceasefire go on until Friday.","date":"2019-04-13","author":"Ann Lee","source":"Gulf Wire","section":"World","language":"en","url":"https://www.gulf.example/world/doha-talks","entities":[{"name":"Doha","kind":"place"},{"name":"Mike Pompeo","kind":"person"}]}
{"title":"AT&T cuts prices","text":"AT&T said covid-19 had cost it a quarter of its sales. Panic is no plan and shareholders don't sell, it said.","date":"2020-05-02","source":"Harbour Post","section":"Business","language":"en"}
{"title":"Le musée rouvre","text":"Le musée de l’homme rouvre ses portes. Le climat et la climatologie sont au programme.","date":"2015-10-17","language":"fr","url":"https://culture.harbour.example/musee?salle=2"}
{"title":"Climate deal signed","text":"The climate agreement, a “green deal”, was signed on Saturday. Climatic change worries farmers. Elections follow.","date":"2019-11-30","language":"en"}
{"title":"Election recount in Marlow","text":"The election was close. A recount of the votes began and voters wait. The deal was off.","date":"2016-11-22","author":"Bo Berg","language":"en"}
{"title":"Flood and fire","text":"After the flood in the valley came the fire. Farmers saw their green fields burn. Deal or no deal, nobody would pay.","language":"en"}
"##;

/// Flags, then a query, parted by `::` where there are flags.
const CASES: &[&str] = &[
    "don't panic",
    "O'Brien",
    "12:30",
    "AT&T",
    "covid-19",
    "l'homme",
    "“green deal”",
    "\"deal green\"",
    "climat*",
    "titel:x",
    "(a OR",
    "",
    "   ",
    "elections",
    "=elections",
    "\"election was\"",
    "\"elections was\"",
    "talks NEAR/3 ceasefire",
    "talks PRE/3 ceasefire",
    "ceasefire PRE/3 talks",
    "title:(doha PRE/9 talks)",
    "flood W/4 valley",
    "flood W/3 fire",
    "body:\"flood fire\"~6",
    "body:\"flood fire\"~5",
    "body:\"flood fire\"~4",
    "\"fire flood\"~9",
    "(flood OR farmers) NEAR/2 (saw OR valley)",
    "\"climat* chang*\"",
    "eletcion~1",
    "eletcion~",
    "/clim.*ic/",
    "/cl(i/",
    "farmers /a[z/ OR recount",
    "/clim{2,1}/",
    "/(.{0,50}){50}(.{0,50}){50}/",
    "recount^2 OR doha",
    "wom?n OR vot?rs",
    "c*",
    "*x",
    "date:2019",
    "date:2019-04..2019-11",
    "date:2019-04-13",
    "date:>2019",
    "date:<=2016",
    "after:2019 before:2020",
    "until:2016",
    "date:2021..2019",
    "date:soon",
    "has:date",
    "NOT has:date",
    "has:colour",
    "title:doha",
    "headline:doha intitle:talks",
    "body:marlow",
    "by:lee",
    "author:\"ann lee\" OR byline:berg",
    "source:\"gulf wire\" OR publisher:harbour",
    "section:world",
    "lang:fr",
    "site:harbour.example",
    "url:doha-talks",
    "path:news.jsonl deal",
    "entity:doha",
    "place:doha",
    "person:=\"mike pompeo\"",
    "person:=mike",
    "talks and doha",
    "doha OR marlow AND recount",
    "-flood",
    "deal -flood",
    "NOT (flood OR doha)",
    "flood OR",
    "AND flood",
    "source:",
    "NOT",
    "deal NEAR/300 green",
    "\"unclosed",
    "https://www.gulf.example/world/?a=b",
    "What happened in the valley?",
    "*",
    "topic:doha",
    "Q&A: what",
    "deal | doha",
    "ceasefire AND (talks OR (fire flood))",
    "wolfram",
    "ceasfire talks",
    "--any::flood doha marlow -fire",
    "--any::recount deal date:2019",
    "--since 2019 --until 2019::*",
    "--since 2020 --until 2019::*",
    "--sort oldest::deal",
    "--sort newest::deal",
    "--count::deal",
    "--explain::climat* AND \"green deal\" -flood date:2019",
    "--explain --since 2019-05::(talks OR vote) ceasfire",
];

#[test]
fn every_construct_finds_and_says_what_the_golden_file_shows() {
    let scratch = Scratch::new();
    scratch.write_old("news.jsonl", NEWS);
    scratch.ok(&["index", "news.jsonl"]);
    let mut shown = String::new();
    for case in CASES {
        let (flags, query) = case.split_once("::").unwrap_or(("", case));
        let mut arguments = vec!["search", "--format", "tsv", "--fields", "title"];
        arguments.extend(flags.split_whitespace());
        arguments.extend(["--", query]);
        let ran = scratch.run(&arguments);
        let flags = match flags.is_empty() {
            true => String::new(),
            false => format!("{flags} "),
        };
        writeln!(shown, "$ {flags}{query}\nexit {}", ran.code).unwrap();
        for line in ran.stdout.lines().filter(|line| *line != "title") {
            writeln!(shown, "  {line}").unwrap();
        }
        shown.push_str(&ran.stderr);
        shown.push('\n');
    }
    assert_golden("language.txt", &shown);
}

#[test]
fn five_thousand_brackets_are_an_error_and_no_crash() {
    let scratch = Scratch::new();
    scratch.write_old("news.jsonl", NEWS);
    scratch.ok(&["index", "news.jsonl"]);
    for (query, message) in [
        (
            "(".repeat(5000) + "a" + &")".repeat(5000),
            "morgue: query of 10001 bytes is too long",
        ),
        (
            "(".repeat(2000) + "a" + &")".repeat(2000),
            "morgue: brackets nested too deep",
        ),
        ("a ".repeat(2000), "morgue: too many words"),
    ] {
        let ran = scratch.run(&["search", &query]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.starts_with(message), "{}", ran.stderr);
        assert!(ran.stderr.len() < 1000, "{}", ran.stderr);
    }
}
