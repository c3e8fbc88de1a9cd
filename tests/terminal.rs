//! What articles, file names and errors hold never steers a terminal.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;

use crate::util::Scratch;

/// Everything that acts on a terminal or turns text around.
const EVIL: &str =
    "E\u{1b}]0;owned\u{7}V\u{1b}[31mI\u{9b}2J\u{90}q\u{9c}L\u{202e}x\u{2066}y\u{7f}\u{8}\r\u{0}end";

fn archive() -> Scratch {
    let scratch = Scratch::new();
    let evil: String = EVIL.chars().filter(|&c| c != '\0').collect();
    let article = serde_json::json!({
        "title": format!("Harbour title {evil}"),
        "text": format!("The harbour {evil} was closed. Officials said the harbour {evil} reopens on Monday."),
        "author": evil, "source": evil, "section": evil, "language": "en",
        "url": format!("https://example.org/{evil}"), "date": "2020-11-21",
        "id": evil,
    });
    let name = format!("news/{}/story-{evil}.json", evil.replace('/', "_"));
    scratch.write(&name, article.to_string());
    scratch.write(
        "news/plain.txt",
        format!("Plain {evil} headline\n\nThe harbour {evil} closed again, {evil} said.\n"),
    );
    scratch.write(&format!("news/bad-{evil}.json"), format!("{{\"{evil}"));
    scratch.write(&format!("news/picture.{evil}"), "\u{1}\u{2}");
    let mut raw = b"news/raw-\x1b[31m\x9b31m\xff".to_vec();
    raw.extend(b".txt");
    let path = scratch.path().join(OsString::from_vec(raw));
    std::fs::write(path, "Raw headline\n\nThe harbour of bytes.\n").unwrap();
    scratch
}

/// Takes out the sequences morgue itself uses: SGR numbers, and OSC 8 links
/// with an address of printable ASCII.
fn without_own_styles(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let own = tail
            .strip_prefix("\u{1b}[")
            .and_then(|sgr| {
                let end = sgr.find(|c: char| !c.is_ascii_digit() && c != ';')?;
                sgr[end..].starts_with('m').then(|| 2 + end + 1)
            })
            .or_else(|| {
                let link = tail.strip_prefix("\u{1b}]8;;")?;
                let end = link.find(|c: char| !c.is_ascii_graphic())?;
                link[end..].starts_with("\u{1b}\\").then(|| 5 + end + 2)
            });
        match own {
            Some(length) => rest = &tail[length..],
            None => {
                out.push('\u{1b}');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[track_caller]
fn assert_harmless(what: &str, bytes: &[u8], has_pty: bool) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|e| panic!("{what}: {e}"));
    let text = match has_pty {
        // The terminal's own line breaks.
        true => text.replace("\r\n", "\n"),
        false => text,
    };
    // Tabs part the cells of a row.
    let is_parted = what.contains("\"tsv\"");
    for c in without_own_styles(&text).chars() {
        let is_harmful = c != '\n' && !(c == '\t' && is_parted) && c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
        assert!(!is_harmful, "{what} prints {c:?}: {text:?}");
    }
}

/// Commands that print what the archive holds, and errors that repeat what
/// they were given.
fn commands(id: &str) -> Vec<Vec<String>> {
    let evil: String = EVIL.chars().filter(|&c| c != '\0').collect();
    let mut all: Vec<Vec<String>> = [
        "search harbour",
        "search harbour --format jsonl",
        "search harbour --format csv",
        "search harbour --format tsv",
        "search harbour --format trec",
        "search harbour --explain",
        "index --verbose news",
        "index --json news",
        "inspect news",
        "info",
        "info --json",
        "info --rejected",
        "info --rejected --json",
        "verify --deep",
    ]
    .map(|line| line.split(' ').map(str::to_owned).collect())
    .into();
    all.push(vec!["show".to_owned(), id.to_owned()]);
    all.push(vec!["show".to_owned(), "--json".to_owned(), id.to_owned()]);
    for words in [
        vec!["search", "(", &evil],
        vec!["search", &evil],
        vec!["search", "title:", &evil, "NEAR/x"],
        vec!["show", &evil],
        vec!["index", &evil],
        vec!["index", "--glob", &evil, "news"],
        vec!["inspect", &evil],
        vec!["info", &evil],
        vec![&evil],
        vec!["search", "--format", &evil, "x"],
        vec!["--index", &evil, "info"],
        vec!["--index", &evil, "search", "x"],
        vec!["forget", &evil],
    ] {
        all.push(words.into_iter().map(str::to_owned).collect());
    }
    all
}

#[test]
fn no_command_prints_a_control_character_even_when_styled() {
    let scratch = archive();
    scratch.run(&["index", "news"]);
    let id = scratch.ids("harbour").remove(0);
    for words in commands(&id) {
        let styled = ["--color", "always", "--hyperlink", "always"];
        let words: Vec<&str> = styled
            .into_iter()
            .chain(words.iter().map(String::as_str))
            .collect();
        let output = scratch.command(&words).output().unwrap();
        let what = format!("{words:?}");
        assert!(output.status.code().is_some_and(|code| code <= 2), "{what}");
        assert_harmless(&what, &output.stdout, false);
        assert_harmless(&what, &output.stderr, false);
    }
}

#[test]
fn no_control_character_reaches_a_real_terminal() {
    let has_script = std::process::Command::new("script")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !has_script.is_ok_and(|status| status.success()) {
        println!("NOT RUN: there is no `script` to make a terminal with");
        return;
    }
    let scratch = archive();
    scratch.run(&["index", "news"]);
    let id = scratch.ids("harbour").remove(0);
    let mut all = commands(&id);
    all.push(
        ["search", "harbour", "--format", "paths"]
            .map(str::to_owned)
            .into(),
    );
    // A progress bar moves the cursor, which is its business.
    all.retain(|words| words[0] != "index" && words[0] != "--index");
    let quoted = |word: &str| format!("'{}'", word.replace('\'', r"'\''"));
    for words in all {
        let line: Vec<String> = std::iter::once(env!("CARGO_BIN_EXE_morgue"))
            .chain(words.iter().map(String::as_str))
            .map(quoted)
            .collect();
        let output = std::process::Command::new("script")
            .args(["-q", "-e", "-c", &line.join(" "), "/dev/null"])
            .current_dir(scratch.path())
            .env("PAGER", "cat")
            .env("TERM", "xterm-256color")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_harmless(&format!("{words:?} on a terminal"), &output.stdout, true);
    }
}
