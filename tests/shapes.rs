//! Archives in the shapes that people have: what `inspect` makes of whole
//! files, and how it names what it does not read.

use serde_json::Value;

use crate::util::{Scratch, corpus};

/// A line for everything that `inspect` finds below a path: where it lies, its
/// title (`~` before a derived one), day, bylines and number of words, or why
/// it is no article.
pub fn read(scratch: &Scratch, path: &str) -> String {
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
    for folder in ["export", "office", "pam", "tei"] {
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
         c/office/lake-weekly-2009-06-15.epub | skipped: navigation page\n\
         c/office/lake-weekly-2009-06-15.epub#1 | epub | Postman delivers on stilts | 2009-06-15 | Bettina Marl | 50 words\n\
         c/office/lake-weekly-2009-06-15.epub#2 | epub | Echo of the lake is late | 2009-06-15 | Hanne Torvik | 52 words\n\
         c/office/museum-whale.docx#1 | docx | Museum finds its whale is two whales | 2014-05-06 | Oswin Tarrant | 76 words\n\
         c/office/quay-bell.pdf#1 | pdf | Quay bell found under tulips | 2015-05-12 | Jory Penrith | 98 words\n\
         c/office/wendmouth-town-hall.rtf#1 | rtf | Town clock of Wendmouth to ring thirteen | 2013-03-05 | Bettina Marl | 69 words\n\
         c/pam/lake-weekly-2007-09-03.xml#1 | pam | The village that lends out its bread | 2007-09-03 | Bettina Marl | 74 words\n\
         c/tei/wendmouth-advertiser-1887-10-22.xml#1 | tei | Opening of the covered market | 1887-10-22 |  | 61 words\n\
         c/tei/wendmouth-advertiser-1887-10-22.xml#2 | tei | A balloon over the observatory | 1887-10-22 |  | 34 words\n\
         c/tei/wendmouth-advertiser-1887-10-22.xml#3 | tei | ~TARRANT'S umbrellas, silk and gingham, at the new market, stall nine. | 1887-10-22 |  | 11 words\n"
    );
}

/// A story of two paragraphs, the second with letters beyond ASCII.
const STORY: &str = "The harbour board said on Monday that the old crane would be sold. Three bids had come in.\r\n\r\n\
    \u{201C}We did not expect any,\u{201D} said the chairman of the caf\u{e9} below it, who keeps it open.\r\n";

#[test]
fn old_texts_are_dated_by_the_names_of_their_files() {
    let scratch = Scratch::new();
    let text = format!("Crane to be sold\r\n\r\nBy Jane Doe, Northline\r\n\r\n{STORY}");
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    for name in [
        "12-03-2003 board",
        "19990312_crane",
        "Herald 12 March 2003",
        "1998/Apr/17/x",
    ] {
        scratch.write(&format!("t/{name}.txt"), &latin[..]);
    }
    let rest = "text | Crane to be sold";
    assert_eq!(
        read(&scratch, "t"),
        format!(
            "t/12-03-2003 board.txt#1 | {rest} |  | Jane Doe | 35 words\n\
             t/1998/Apr/17/x.txt#1 | {rest} | 1998-04-17 | Jane Doe | 35 words\n\
             t/19990312_crane.txt#1 | {rest} | 1999-03-12 | Jane Doe | 35 words\n\
             t/Herald 12 March 2003.txt#1 | {rest} | 2003-03-12 | Jane Doe | 35 words\n"
        )
    );
}

#[test]
fn saved_pages_and_letters_with_enclosures_lose_nothing() {
    let scratch = Scratch::new();
    let page = format!(
        "<!DOCTYPE html>\n<!-- saved from url=(0045)https://herald.example/2012/03/04/crane-sold/ -->\n\
         <html><head><title>Crane to be sold | Lake Herald</title></head><body><nav><a href='/'>Home</a></nav>\
         <article><h1>Crane to be sold</h1><p>{STORY}</p><p>{STORY}</p></article></body></html>"
    );
    scratch.write("t/a/page.html", &page);
    scratch.write("t/a/page_files/x.css", "p{}");
    scratch.write(
        "t/b/page.mhtml",
        format!(
            "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://herald.example/crane\r\nSubject: Crane | Lake Herald\r\n\
             Date: Mon, 5 Mar 2012 10:00:00 -0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"B\"\r\n\r\n\
             --B\r\nContent-Type: text/html; charset=utf-8\r\nContent-Location: https://herald.example/crane\r\n\r\n{page}\r\n\
             --B\r\nContent-Type: image/png\r\n\r\nxyz\r\n--B--\r\n"
        ),
    );
    scratch.write(
        "t/c/letter.eml",
        "From: Jane Doe <jane@herald.example>\r\nSubject: Fwd: crane\r\nDate: Tue, 05 May 2009 10:11:12 +0200\r\n\
         Message-ID: <1@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n\
         --B\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n\
         --B\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\nSubject: crane\r\n\r\nIt will be sold on Monday.\r\n\
         --B\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nxyz\r\n--B--\r\n",
    );
    scratch.write(
        "t/d/_letter.eml",
        b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ",
    );
    assert_eq!(
        read(&scratch, "t"),
        "t/a/page.html#1 | html | Crane to be sold | 2012-03-04 |  | 70 words\n\
         t/a/page_files/x.css | skipped: css\n\
         t/b/page.mhtml#1 | mail | Crane to be sold | 2012-03-05 |  | 70 words\n\
         t/c/letter.eml#1 | mail | crane | 2009-05-05 | Jane Doe | 8 words\n\
         t/c/letter.eml | skipped: pdf\n\
         t/d/_letter.eml | skipped: sidecar\n"
    );
}

#[test]
fn answers_of_graphs_and_dumps_of_wikis_are_articles() {
    let scratch = Scratch::new();
    scratch.write(
        "t/graph.json",
        r#"{"data":{"articles":{"pageInfo":{"hasNextPage":false},"edges":[
            {"cursor":"a","node":{"headline":"Crane to be sold","body":"It will be sold.","publishedAt":"2012-03-04"}},
            {"cursor":"b","node":{"headline":"Crane sold","body":"It was sold.","publishedAt":"2012-03-05"}}]}}}"#,
    );
    scratch.write(
        "t/wiki.xml",
        "<mediawiki><siteinfo><sitename>Lake News</sitename></siteinfo><page><title>Crane to be sold</title><ns>0</ns><revision>\
         <timestamp>2020-01-01T00:00:00Z</timestamp><text>{{date|March 4, 2012}}\nThe [[harbour]] board will sell it.</text></revision></page></mediawiki>",
    );
    assert_eq!(
        read(&scratch, "t"),
        "t/graph.json#1 | json | Crane to be sold | 2012-03-04 |  | 4 words\n\
         t/graph.json#2 | json | Crane sold | 2012-03-05 |  | 3 words\n\
         t/wiki.xml#1 | xml | Crane to be sold | 2012-03-04 |  | 6 words\n"
    );
}

#[test]
fn days_that_could_be_two_are_read_in_the_order_asked_for() {
    let scratch = Scratch::new();
    let text = "The council met on the hill to talk about the new road to the harbour.";
    scratch.write_old(
        "news/a.csv",
        format!("title,text,date\nOne,\"{text}\",03/04/2019\n"),
    );
    // Its other row shows the order.
    scratch.write_old(
        "news/b.csv",
        format!("title,text,date\nTwo,\"{text}\",03/04/2019\nThree,\"{text}\",12/25/2019\n"),
    );
    scratch.write_old(
        "news/c.json",
        format!("[{{\"title\":\"Four\",\"text\":\"{text}\",\"date\":\"03/04/2019\"}}]"),
    );
    scratch.write_old(
        "news/d.txt",
        format!("Five at the harbour\n03/04/2019\n\n{text}\n"),
    );
    scratch.write_old(
        "news/e.txt",
        format!("Title: Six\nDate: 3/4/2019\n\n{text}\n"),
    );
    scratch.write_old(
        "news/f.html",
        format!(
            "<html lang=en><title>Seven</title><meta name=date content=03/04/2019>\
             <h1>Seven</h1><p>{text}<p>{text}"
        ),
    );
    // Too deep to be read as a tree.
    let nested = "<div>".repeat(5000);
    scratch.write_old(
        "news/f2.html",
        format!(
            "<head><title>Seven again</title><meta name=date content=03/04/2019></head>\
             <body>{nested}<p>{text}<p>{text}"
        ),
    );
    scratch.write_old(
        "news/g.rtf",
        format!(r"{{\rtf1\ansi {{\b Eight at the harbour}}\par 3/4/2019\par {text}\par}}"),
    );
    let days = |args: &[&str]| {
        let ran = scratch.ok(&[&["inspect", "--no-entities"], args, &["news"]].concat());
        let articles = ran.stdout.lines().map(|line| {
            let article: serde_json::Value = serde_json::from_str(line).unwrap();
            article["published"].as_str().unwrap_or("none").to_owned()
        });
        articles.collect::<Vec<_>>()
    };
    let [march, april] = ["2019-03-04", "2019-04-03"];
    let shown = [march, "2019-12-25"];
    let expected = |day| [[day].as_slice(), &shown, &[day; 6]].concat();
    assert_eq!(days(&[]), expected("none"));
    assert_eq!(days(&["--date-order", "dmy"]), expected(april));
    assert_eq!(days(&["--date-order", "mdy"]), expected(march));
    // It is remembered with the PATH.
    scratch.ok(&["index", "--date-order", "dmy", "news"]);
    scratch.ok(&["index"]);
    assert_eq!(scratch.ids("date:2019-04-03").len(), 7);
    let info = scratch.ok(&["info"]).stdout;
    assert!(info.contains("news --date-order dmy\n"), "{info}");
    assert_eq!(
        scratch.run(&["index", "--date-order", "ymd", "news"]).code,
        2
    );
}
