//! Archives in the shapes that people have: what `inspect` makes of whole
//! files, and how it names what it does not read.

use serde_json::Value;

use crate::util::{Scratch, corpus};

/// A line for everything that `inspect` finds below a path: where it lies, its
/// title (`~` before a derived one), day, bylines and number of words, or why
/// it is no article.
fn read(scratch: &Scratch, path: &str) -> String {
    let ran = scratch.run(&["inspect", "--no-entities", path]);
    assert!(ran.code <= 1, "{ran:?}");
    let mut told = String::new();
    for line in ran.stdout.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let mut place = text("path");
        for (sign, part) in [("!", text("member")), ("#", value["ordinal"].to_string())] {
            if !part.is_empty() && part != "null" {
                place = format!("{place}{sign}{part}");
            }
        }
        let rest = match text("type").as_str() {
            "article" => {
                let bylines: Vec<&str> = value["byline"]
                    .as_array()
                    .map(|names| names.iter().filter_map(Value::as_str).collect())
                    .unwrap_or_default();
                let derived = if text("title_from") == "derived" {
                    "~"
                } else {
                    ""
                };
                format!(
                    "{} | {derived}{} | {} | {} | {} words",
                    text("format"),
                    text("title"),
                    text("published"),
                    bylines.join(", "),
                    text("body").split_whitespace().count()
                )
            }
            kind if text("message").is_empty() => format!("{kind}: {}", text("reason")),
            kind => format!("{kind}: {}", text("message")),
        };
        told.push_str(&format!("{place} | {rest}\n"));
    }
    told
}

#[test]
fn tables_without_a_header_are_articles_or_say_how_to_name_their_columns() {
    let scratch = Scratch::new();
    scratch.write(
        "t/news.tsv",
        "N1\tnews\tnewsworld\tFerry sold to a line in Doha\tThe ferry that lay idle for a year was sold on Monday. Its owners said so.\thttps://x.example/2019/11/05/ferry\t[{\"Label\": \"Doha\"}]\t[]\n\
         N2\tsports\tcycling\tClimber wins again in the hills\t\thttps://x.example/climber\t[]\t[]\n\
         N3\thealth\tmedical\tNurses vote to \"strike\" again\tNurses in four towns voted for a strike on Sunday, unions said. Talks go on.\thttps://x.example/nurses\t[]\t[]\n",
    );
    scratch.write(
        "t/sentences.tsv",
        (1..12)
            .map(|at| format!("{at}\tThe ferry that lay idle was sold on day {at} of the month.\n"))
            .collect::<String>(),
    );
    scratch.write(
        "t/train.csv",
        "\"3\",\"Ferry sold to line\",\"Gulf Wire - The ferry, idle for a year, was sold on Monday.\"\r\n\
         \"3\",\"Bank holds rates\",\"Gulf Wire - The \"\"bank\"\" kept its rate where it was on Friday.\"\r\n\
         \"1\",\"Dam opens at last\",\"Gulf Wire - Water flowed through the gates of the dam.\"\r\n",
    );
    assert_eq!(
        read(&scratch, "t"),
        "t/news.tsv#1 | csv | Ferry sold to a line in Doha | 2019-11-05 |  | 16 words\n\
         t/news.tsv#2 | csv | Climber wins again in the hills |  |  | 0 words\n\
         t/news.tsv#3 | csv | Nurses vote to \"strike\" again |  |  | 15 words\n\
         t/sentences.tsv | rejected: no column is known as an article's title or text; name one of `1 (1), 2 (The ferry that lay idle…)` with --map title=…,body=…\n\
         t/train.csv#1 | csv | Ferry sold to line |  |  | 13 words\n\
         t/train.csv#2 | csv | Bank holds rates |  |  | 13 words\n\
         t/train.csv#3 | csv | Dam opens at last |  |  | 11 words\n"
    );
    let ran = scratch.ok(&[
        "inspect",
        "--no-entities",
        "--map",
        "body=2",
        "t/sentences.tsv",
    ]);
    assert_eq!(ran.stdout.lines().count(), 11);
}

#[test]
fn editions_and_exports_of_the_sample_archive_are_read() {
    let scratch = Scratch::new();
    for folder in ["export", "pam", "tei"] {
        crate::util::copy(
            &corpus().join(folder),
            &scratch.path().join("c").join(folder),
        );
    }
    assert_eq!(
        read(&scratch, "c"),
        "c/export/wendmouth-courier.txt#1 | export | Town hall bees make their first honey | 2009-05-18 | MARTHA QUILL | 97 words\n\
         c/export/wendmouth-courier.txt#2 | export | Tram line 4 runs again after nine years | 2011-09-02 | MARTHA QUILL, OSWIN TARRANT | 101 words\n\
         c/export/wendmouth-courier.txt#3 | export | Observatory finds the piano it never ordered | 2013-11-12 | OSWIN TARRANT | 79 words\n\
         c/pam/lake-weekly-2007-09-03.xml#1 | pam | The village that lends out its bread | 2007-09-03 | Bettina Marl | 74 words\n\
         c/tei/wendmouth-advertiser-1887-10-22.xml#1 | tei | Opening of the covered market | 1887-10-22 |  | 61 words\n\
         c/tei/wendmouth-advertiser-1887-10-22.xml#2 | tei | A balloon over the observatory | 1887-10-22 |  | 34 words\n\
         c/tei/wendmouth-advertiser-1887-10-22.xml#3 | tei | ~TARRANT'S umbrellas, silk and gingham, at the new market, stall nine. | 1887-10-22 |  | 11 words\n"
    );
}
