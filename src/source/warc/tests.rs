use super::super::gzip::tests::gz;
use super::super::testing::{listed, listed_with};
use super::*;

const PAGE: &str = "<html><p>The harbour was closed.</p></html>";

fn http(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat()
}

fn record_of(kind: &str, path: &str, media_type: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://a.example/{path}\r\n\
         WARC-Date: 2019-03-02T10:00:00Z\r\nContent-Type: {media_type}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body, b"\r\n\r\n"].concat()
}

fn record(kind: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let media_type = "application/http; msgtype=response";
    record_of(kind, path, media_type, body.len(), body)
}

fn page(path: &str) -> Vec<u8> {
    let answer = http(
        "200 OK\r\nContent-Type: text/html; charset=UTF-8",
        PAGE.as_bytes(),
    );
    record("response", path, &answer)
}

fn shown(path: &str) -> String {
    format!("http://a.example/{path} [a.example/{path}] text/html UTF-8 2019-03-02: {PAGE}")
}

#[test]
fn answers_are_read_and_what_is_beside_them_is_named() {
    let all = [
        record("warcinfo", "", b"software: x"),
        record("request", "a.html", b"GET / HTTP/1.1\r\n\r\n"),
        page("a.html"),
        record("revisit", "a.html", &http("200 OK", b"")),
        record("response", "gone", &http("404 Not Found", b"<html>")),
        record(
            "response",
            "x.php",
            &http("200 OK\r\nContent-Type: image/png", b"\x89PNG"),
        ),
        record_of("resource", "b.txt", "text/plain", 3, b"one"),
        record_of("conversion", "c", "text/plain; charset=utf-8", 3, b"two"),
        record_of("metadata", "c", "application/warc-fields", 3, b"x:y"),
    ]
    .concat();
    let expected = [
        "http://a.example/ ~ envelope record".to_owned(),
        "http://a.example/a.html ~ envelope record".to_owned(),
        shown("a.html"),
        "http://a.example/a.html ~ revisit".to_owned(),
        "http://a.example/gone ~ http status 404".to_owned(),
        "http://a.example/x.php ~ png".to_owned(),
        "http://a.example/b.txt [a.example/b.txt] text/plain 2019-03-02: one".to_owned(),
        "http://a.example/c [a.example/c] text/plain utf-8 2019-03-02: two".to_owned(),
        "http://a.example/c ~ envelope record".to_owned(),
    ];
    assert_eq!(listed("a.warc", &all), expected);
    assert_eq!(listed("a.gz", &gz(&all)), expected);
}

#[test]
fn codings_are_undone_and_lies_about_them_are_seen_through() {
    let read = |headers: &str, body: &[u8]| {
        let answer = http(
            &format!("200 OK\r\nContent-Type: text/html\r\n{headers}"),
            body,
        );
        let lines = listed("a.warc", &record("response", "a.html", &answer));
        let text = lines[0].split_once(": ").unwrap().1.to_owned();
        (text, lines.get(1).cloned())
    };
    let plain = |text: &str| (text.to_owned(), None);
    let chunked = b"6\r\n<html>\r\n5;x=y\r\nhello\r\n0\r\n\r\n";
    assert_eq!(
        read("Transfer-Encoding: chunked", chunked),
        plain("<html>hello")
    );
    assert_eq!(
        read("Transfer-Encoding: chunked", &chunked[..20]),
        plain("<html>he")
    );
    assert_eq!(
        read("Transfer-Encoding: chunked", b"<html>as it is"),
        plain("<html>as it is")
    );
    let packed = gz(PAGE.as_bytes());
    assert_eq!(read("Content-Encoding: gzip", &packed), plain(PAGE));
    assert_eq!(read("Content-Encoding: gzip", PAGE.as_bytes()), plain(PAGE));
    assert_eq!(read("Content-Encoding: br", PAGE.as_bytes()), plain(PAGE));
    assert_eq!(
        read("Content-Encoding: deflate", PAGE.as_bytes()),
        plain(PAGE)
    );
    let long: String = (0..5000).map(|n| format!("{n} ")).collect();
    let packed = gz(long.as_bytes());
    let (text, reason) = read("Content-Encoding: gzip", &packed[..packed.len() / 2]);
    assert!(long.starts_with(&text) && !text.is_empty());
    assert_eq!(
        reason.unwrap(),
        "http://a.example/a.html ! broken gzip: ends too early"
    );
    let mut zlib = flate2::read::ZlibEncoder::new(PAGE.as_bytes(), flate2::Compression::fast());
    let mut deflated = Vec::new();
    zlib.read_to_end(&mut deflated).unwrap();
    assert_eq!(read("Content-Encoding: deflate", &deflated), plain(PAGE));
    let zstd = zstd::encode_all(PAGE.as_bytes(), 1).unwrap();
    assert_eq!(read("Content-Encoding: zstd", &zstd), plain(PAGE));
}

#[test]
fn a_length_that_lies_costs_nothing() {
    let answer = http(
        "200 OK\r\nContent-Type: text/html; charset=UTF-8",
        PAGE.as_bytes(),
    );
    for length in [0, 60, answer.len() + 30, answer.len() + 100_000, usize::MAX] {
        let lying = record_of("response", "b.html", "application/http", length, &answer);
        let all = [page("a.html"), lying, page("c.html")].concat();
        let lines: Vec<String> = listed("a.warc", &all)
            .iter()
            .map(|line| line.trim_end().to_owned())
            .collect();
        assert_eq!(
            lines,
            [shown("a.html"), shown("b.html"), shown("c.html")],
            "{length}"
        );
    }
}

#[test]
fn a_cut_file_gives_what_is_there() {
    let all = [page("a.html"), page("b.html")].concat();
    let lines = listed("a.warc", &all[..all.len() - 20]);
    assert_eq!(lines[0], shown("a.html"));
    assert!(shown("b.html").starts_with(&lines[1]), "{lines:?}");
    assert_eq!(
        lines[2],
        "http://a.example/b.html ! broken warc: ends too early"
    );
    assert_eq!(
        listed("a.warc", b"no archive at all"),
        ["! broken warc: no record where one should start"]
    );
}

#[test]
fn rubbish_between_records_is_passed_over_and_named() {
    let all = [page("a.html"), b"rubbish\n".to_vec(), page("b.html")].concat();
    let lines = listed("a.warc", &all);
    // It may have belonged to the record before it.
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with(&shown("a.html")));
    assert_eq!(lines[1], shown("b.html"));
    let headless = [b"WARC/1.0\r\n".to_vec(), vec![b'x'; 3 << 20]].concat();
    assert_eq!(
        listed("a.warc", &headless),
        ["! broken warc: no record where one should start"]
    );
    let all = [b"rubbish\n".to_vec(), page("b.html")].concat();
    assert_eq!(
        listed("a.warc", &all),
        [
            "(byte 0) ! broken warc: no record where one should start",
            &shown("b.html")
        ]
    );
}

#[test]
fn a_damaged_gzip_member_costs_its_record_only() {
    let members = [page("a.html"), page("b.html"), page("c.html")].map(|page| gz(&page));
    let mut all = members.concat();
    let middle = members[0].len() + members[1].len() / 2;
    all[middle] ^= 0xff;
    let lines = listed("a.warc.gz", &all);
    assert_eq!(lines.first(), Some(&shown("a.html")));
    assert_eq!(lines.last(), Some(&shown("c.html")));
    assert!(
        lines.iter().any(|line| line.contains("broken gzip")),
        "{lines:?}"
    );
}

#[test]
fn arc_files_are_read() {
    let answer = http(
        "200 OK\r\nContent-Type: text/html; charset=UTF-8",
        PAGE.as_bytes(),
    );
    let line = |path: &str, length: &str| {
        format!("http://a.example/{path} 10.0.0.1 20190302100000 text/html {length}\n").into_bytes()
    };
    let head = b"filedesc://a.arc 0.0.0.0 20190302100000 text/plain 76\n\
        1 0 Internet Archive\nURL IP-address Archive-date Content-type Archive-length\n\n";
    let all = [
        head.to_vec(),
        line("a b.html", &answer.len().to_string()),
        answer.clone(),
        b"\n".to_vec(),
        line("b.html", "-1"),
        answer.clone(),
        b"\n".to_vec(),
        line("c.html", "999999"),
        answer,
    ]
    .concat();
    let lines = listed("a.arc", &all);
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    assert_eq!(
        lines,
        [
            "filedesc://a.arc ~ envelope record",
            &shown("a b.html"),
            &shown("b.html"),
            &shown("c.html"),
            "http://a.example/c.html ! broken warc: ends too early",
        ]
    );
}

#[test]
fn a_record_beyond_the_cap_is_named_and_the_next_is_read() {
    let limits = Limits {
        record_bytes: 100_000,
        ..Limits::default()
    };
    let large = http("200 OK\r\nContent-Type: text/html", &vec![b'x'; 400_000]);
    let all = [record("response", "large.html", &large), page("b.html")].concat();
    assert_eq!(
        listed_with("a.warc", &all, &limits),
        [
            "http://a.example/large.html ! larger than 100000 bytes",
            &shown("b.html")
        ]
    );
}
