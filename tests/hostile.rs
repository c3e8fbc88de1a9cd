//! Archives from strangers: whatever a file holds or claims, a run ends in
//! time and in little memory, names it, and reads its neighbours.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::util::{Scratch, zipped};

/// Processor time and memory that one file may cost. A busy machine makes a run
/// last longer, and not dearer.
const MOST_TIME: Duration = Duration::from_secs(10);
const MOST_KIB: u64 = 1 << 20;

/// Processor time that a run over a whole set may cost.
const SET_TIME: Duration = Duration::from_secs(120);

/// A run that lasts this long hangs.
const HANGS: Duration = Duration::from_secs(240);

const NEIGHBOUR: &str = "Harbour closed\n\nThe harbour was closed on Monday, said the quokka.\n";

/// How a run went.
struct Watched {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    /// Processor time seen.
    elapsed: Duration,
    /// Largest resident size seen.
    peak_kib: u64,
}

/// Runs the program, ends it if it hangs, and watches its time and memory where
/// the system shows them.
fn watched(scratch: &Scratch, args: &[&str]) -> Watched {
    let started = Instant::now();
    let mut child = scratch
        .command(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let reader = |stream: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.unwrap().read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let stdout = reader(
        child
            .stdout
            .take()
            .map(|s| Box::new(s) as Box<dyn Read + Send>),
    );
    let stderr = reader(
        child
            .stderr
            .take()
            .map(|s| Box::new(s) as Box<dyn Read + Send>),
    );
    let status_file = format!("/proc/{}/status", child.id());
    let stat_file = format!("/proc/{}/stat", child.id());
    let mut peak_kib = 0;
    let mut elapsed = Duration::ZERO;
    let code = loop {
        let status = std::fs::read_to_string(&status_file).unwrap_or_default();
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak_kib.max(peak.unwrap_or(0));
        let stat = std::fs::read_to_string(&stat_file).unwrap_or_default();
        let ticks: u64 = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_ascii_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        elapsed = elapsed.max(Duration::from_millis(10 * ticks));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if started.elapsed() > HANGS {
            child.kill().unwrap();
            break child.wait().unwrap().code();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Watched {
        code,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
        elapsed,
        peak_kib,
    }
}

/// What is wrong with how a run went, if anything is.
fn fault(run: &Watched) -> Option<String> {
    if !matches!(run.code, Some(0 | 1)) {
        return Some(format!("ended with {:?}: {}", run.code, run.stderr));
    }
    if run.elapsed > MOST_TIME {
        return Some(format!("took {:?}", run.elapsed));
    }
    if run.peak_kib > MOST_KIB {
        return Some(format!("took {} KiB", run.peak_kib));
    }
    None
}

/// Reads a folder with `inspect` and with `index`, and returns the lines of
/// the former.
fn read(scratch: &Scratch) -> Vec<Value> {
    scratch.write("in/neighbour.txt", NEIGHBOUR);
    let seen = watched(scratch, &["inspect", "in"]);
    assert_eq!(fault(&seen), None);
    let indexed = watched(scratch, &["index", "--memory", "64", "in"]);
    assert_eq!(fault(&indexed), None);
    assert_eq!(scratch.ids("quokka").len(), 1, "{}", indexed.stderr);
    seen.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// `file: reason` of what was rejected or skipped.
fn named(lines: &[Value]) -> Vec<String> {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    lines
        .iter()
        .filter(|line| line["type"] != "article")
        .map(|line| format!("{}: {}", text(line, "path"), text(line, "reason")))
        .collect()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn bombs_end_at_their_caps() {
    let scratch = Scratch::new();
    // Not so monotonous that the ratio gives it away before its length does.
    let mut long = vec![b' '; 300 << 20];
    for (number, piece) in long.chunks_mut(2048).enumerate() {
        piece[..8].copy_from_slice(format!("{number:08}").as_bytes());
    }
    let long = gz(&long);
    scratch.write("in/a.txt.gz", &long);
    scratch.write("in/b.txt.gz.gz", gz(&long));
    scratch.write("in/c.zip", zipped(&[("bomb.txt", &vec![b'x'; 100 << 20])]));
    let mut sparse = tar::Header::new_gnu();
    sparse.set_path("bomb.txt").unwrap();
    sparse.set_entry_type(tar::EntryType::GNUSparse);
    sparse.set_size(0);
    let gnu = sparse.as_gnu_mut().unwrap();
    gnu.realsize = *b"77777777777\0";
    sparse.set_cksum();
    scratch.write("in/d.tar", sparse.as_bytes());
    let lines = read(&scratch);
    assert_eq!(
        named(&lines),
        [
            "in/a.txt.gz: too large",
            "in/b.txt.gz.gz: too large",
            "in/c.zip: expands too far",
            "in/d.tar: txt",
        ]
    );
}

#[test]
fn documents_end_at_the_caps_of_what_they_hold() {
    let scratch = Scratch::new();
    let paragraph = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    let document = |kind: &str, body: &str| {
        format!("{kind}<w:document xmlns:w='urn:w'><w:body>{body}</w:body></w:document>")
    };
    let numbat = NEIGHBOUR.replace("quokka", "numbat");
    let word = |name: &str, content: &str| {
        scratch.write(
            &format!("in/{name}"),
            zipped(&[("word/document.xml", content.as_bytes())]),
        );
    };
    // A paragraph of megabytes, and one beyond what a record may be.
    let long = "was closed on Monday ".repeat(100_000);
    word("a.docx", &document("", &paragraph(&long)));
    word("b.docx", &document("", &paragraph(&long.repeat(35))));
    let entities: String = (1..40)
        .map(|n| format!("<!ENTITY e{n} \"&e{0};&e{0};\">", n - 1))
        .collect();
    let kind = format!("<!DOCTYPE x [<!ENTITY e0 \"lol\">{entities}]>");
    word(
        "c.docx",
        &document(&kind, &paragraph(&format!("&e39;{numbat}"))),
    );
    let nested = "<w:tbl><w:tr><w:tc>".repeat(50_000);
    word("d.docx", &document("", &(nested + &paragraph(&numbat))));
    let groups = "{".repeat(1_000_000);
    scratch.write("in/e.rtf", format!("{{\\rtf1 {numbat}\\par {groups}"));
    scratch.write(
        "in/f.rtf",
        format!(
            "{{\\rtf1 {numbat}\\par\\intbl {}}}",
            "a\\cell ".repeat(300_000)
        ),
    );
    scratch.write(
        "in/g.rtf",
        format!("{{\\rtf1 {numbat}\\par\\bin2147483647 }}"),
    );
    let lines = read(&scratch);
    assert_eq!(
        named(&lines),
        [
            "in/b.docx: too large",
            "in/d.docx: too deep",
            "in/e.rtf: too deep",
            "in/g.rtf: malformed rtf",
        ]
    );
    assert_eq!(scratch.ids("numbat").len(), 4);
}

#[test]
fn boxes_in_boxes_are_opened_to_a_bounded_depth() {
    let scratch = Scratch::new();
    let mut inner = NEIGHBOUR.replace("quokka", "numbat").into_bytes();
    for level in 0..4 {
        inner = zipped(&[(if level == 0 { "a.txt" } else { "a.zip" }, &inner)]);
    }
    scratch.write("in/four.zip", &inner);
    scratch.write("in/five.zip", zipped(&[("a.zip", &inner)]));
    let mut streams = gz(b"text");
    for _ in 0..20 {
        streams = gz(&streams);
    }
    scratch.write("in/streams.gz", streams);
    let lines = read(&scratch);
    assert_eq!(
        named(&lines),
        ["in/five.zip: too deep", "in/streams.gz: too deep"]
    );
    assert_eq!(scratch.ids("numbat").len(), 1);
}

#[test]
fn members_beside_a_broken_one_are_read() {
    let scratch = Scratch::new();
    let text = |word: &str| NEIGHBOUR.replace("quokka", word).into_bytes();
    let mut tar = tarred(&[
        ("a.txt", &text("numbat")),
        ("b.txt", &text("bandicoot")),
        ("c.txt", &text("potoroo")),
    ]);
    tar[1024 + 3] ^= 0xff;
    scratch.write("in/a.tar", tar);
    let lines = read(&scratch);
    assert_eq!(named(&lines), ["in/a.tar: broken tar"]);
    assert_eq!(scratch.ids("numbat").len(), 1);
    assert_eq!(scratch.ids("potoroo").len(), 1);
}

#[test]
fn lengths_that_lie_and_lines_without_end_are_survived() {
    let scratch = Scratch::new();
    let record = |length: &str, body: &str| {
        format!(
            "WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://a.example/b.txt\r\n\
             Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}\r\n\r\n"
        )
    };
    let numbat = NEIGHBOUR.replace("quokka", "numbat");
    let potoroo = NEIGHBOUR.replace("quokka", "potoroo");
    let lying = record("99999999999999", &numbat) + &record("7", &potoroo);
    scratch.write("in/a.warc", lying);
    scratch.write("in/line.json", format!("[{}", "1,".repeat(20 << 20)));
    scratch.write("in/deep.json", "[".repeat(1 << 20));
    scratch.write("in/line.txt", "word".repeat(20 << 20));
    scratch.write(
        "in/header.warc",
        format!("WARC/1.0\r\n{}", "x".repeat(10 << 20)),
    );
    let lines = read(&scratch);
    assert_eq!(scratch.ids("numbat").len(), 1, "{:?}", named(&lines));
    assert_eq!(scratch.ids("potoroo").len(), 1);
}

#[test]
fn only_regular_files_are_opened_and_any_name_will_do() {
    use std::os::unix::ffi::OsStrExt;
    let scratch = Scratch::new();
    scratch.write("in/x.txt", NEIGHBOUR.replace("quokka", "numbat"));
    let folder = scratch.path().join("in");
    let made = |kind: rustix::fs::FileType, name: &str| {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, folder.join(name), kind, mode, 0)
    };
    made(rustix::fs::FileType::Fifo, "pipe.txt").unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.txt")).unwrap();
    std::os::unix::fs::symlink(".", folder.join("loop")).unwrap();
    let _listening = std::os::unix::net::UnixListener::bind(folder.join("socket.txt")).unwrap();
    let bytes = b"in/caf\xe9 \x1b[31m.txt";
    let name = scratch.path().join(std::ffi::OsStr::from_bytes(bytes));
    std::fs::write(name, NEIGHBOUR.replace("quokka", "potoroo")).unwrap();
    let lines = read(&scratch);
    assert_eq!(named(&lines), Vec::<String>::new());
    assert_eq!(scratch.ids("numbat").len(), 1);
    assert_eq!(scratch.ids("potoroo").len(), 1);
    // Links that lead in a circle are named, and end.
    let followed = watched(&scratch, &["inspect", "--follow", "in"]);
    assert_eq!(fault(&followed), None);
    assert!(
        followed.stdout.contains("its links lead back"),
        "{}",
        followed.stdout
    );
}

#[test]
fn files_that_vanish_or_shrink_meanwhile_end_no_run() {
    let scratch = Scratch::new();
    for number in 0..400 {
        scratch.write(
            &format!("in/{number}.txt"),
            NEIGHBOUR.replace("quokka", "numbat"),
        );
    }
    let folder = scratch.path().join("in");
    let remover = std::thread::spawn(move || {
        for number in (0..400).rev() {
            let path = folder.join(format!("{number}.txt"));
            match number % 2 {
                0 => std::fs::remove_file(path).unwrap(),
                _ => std::fs::write(path, "Cut").unwrap(),
            }
        }
    });
    read(&scratch);
    remover.join().unwrap();
    read(&scratch);
    assert!(scratch.ids("numbat").is_empty());
}

/// Every file below `folder`.
fn files(folder: &Path, all: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, all),
            false => all.push(path),
        }
    }
}

#[test]
#[ignore = "reads the hostile sets of MORGUE_TEST_DATA, each file by itself"]
fn every_hostile_file_ends_as_articles_or_by_name() {
    let data = std::env::var_os("MORGUE_TEST_DATA").expect("MORGUE_TEST_DATA names the data");
    let scratch = Scratch::new();
    let mut all = Vec::new();
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("hostile-") && path.is_dir() {
            files(&path, &mut all);
        }
    }
    assert!(!all.is_empty(), "no hostile sets in MORGUE_TEST_DATA");
    all.sort();
    let mut faults = Vec::new();
    for path in &all {
        let shown = path.to_string_lossy().into_owned();
        let run = watched(&scratch, &["inspect", &shown]);
        let silent = run
            .stdout
            .is_empty()
            .then(|| "ended without a word".to_owned());
        if let Some(fault) = fault(&run).or(silent) {
            faults.push(format!("{shown}: {fault}"));
        }
    }
    assert_eq!(faults, Vec::<String>::new(), "of {} files", all.len());
}

#[test]
#[ignore = "indexes the hostile sets of MORGUE_TEST_DATA"]
fn every_hostile_set_is_indexed_in_bounds_and_no_file_of_it_is_lost_without_a_word() {
    let mut sets: Vec<std::path::PathBuf> = std::fs::read_dir(crate::util::test_data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("hostile-")
        })
        .collect();
    assert!(!sets.is_empty(), "no hostile sets in MORGUE_TEST_DATA");
    sets.sort();
    for set in &sets {
        let scratch = Scratch::new();
        scratch.write("in/a-neighbour.txt", NEIGHBOUR);
        scratch.write("in/z-neighbour.txt", NEIGHBOUR.replace("quokka", "numbat"));
        crate::util::copy(set, &scratch.path().join("in/set"));
        let run = watched(&scratch, &["index", "--hidden", "in"]);
        let shown = set.display();
        assert!(matches!(run.code, Some(0 | 1)), "{shown}: {}", run.stderr);
        assert!(run.elapsed < SET_TIME, "{shown}: {:?}", run.elapsed);
        assert!(run.peak_kib < MOST_KIB, "{shown}: {} KiB", run.peak_kib);
        for word in ["quokka", "numbat"] {
            assert_eq!(scratch.ids(word).len(), 1, "{shown}: {word}");
        }
        scratch.ok(&["verify", "--deep"]);
        // Each file holds articles, or is named with a reason, or is known as
        // no article.
        let paths = |args: &[&str]| -> std::collections::BTreeSet<String> {
            let run = watched(&scratch, args);
            let lines = run.stdout.lines();
            let lines = lines.map(|line| match serde_json::from_str::<Value>(line) {
                Ok(line) => line["path"].as_str().unwrap_or_default().to_owned(),
                Err(_) => line.to_owned(),
            });
            lines.collect()
        };
        let mut named = paths(&["search", "--all", "--format", "paths", "*"]);
        named.extend(paths(&["info", "--rejected", "--json"]));
        let mut all = Vec::new();
        files(&scratch.path().join("in"), &mut all);
        for path in &all {
            let path = path.strip_prefix(scratch.path()).unwrap();
            let path = path.to_string_lossy().into_owned();
            if !named.contains(&path) {
                let skipped = watched(&scratch, &["inspect", &path]).stdout;
                assert!(skipped.contains("\"skipped\""), "{path}: {skipped}");
            }
        }
        println!(
            "{shown}: {} files, {:?} of processor time, {} MiB",
            all.len(),
            run.elapsed,
            run.peak_kib >> 10
        );
    }
}
