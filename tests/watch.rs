//! `morgue watch`: an index that follows its archive.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::deaths::{FAULTS, archive, assert_named, story};
use crate::remembered::{MAP, mapped, odd};
use crate::util::Scratch;

struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(scratch: &Scratch, args: &[&str]) -> Self {
        Self::of(&mut scratch.command(&[&["watch", "--debounce", "50"], args].concat()))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // The day and the time come first.
                let text = line.splitn(3, ' ').nth(2).unwrap_or_default().to_owned();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    #[track_caller]
    fn expect(&self, line: &str) {
        let asked = Instant::now();
        let mut seen = Vec::new();
        while let Ok(found) = self
            .lines
            .recv_timeout(Duration::from_secs(30).saturating_sub(asked.elapsed()))
        {
            if found == line {
                return;
            }
            seen.push(found);
        }
        panic!("`{line}` did not come, but {seen:?}");
    }

    fn interrupt(mut self) -> (Option<i32>, Duration) {
        let sent = Instant::now();
        let pid = self.child.id().to_string();
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), sent.elapsed())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const STORY: &str = "Ferry runs aground\n\nThe ferry ran aground off Marstrand on Monday.\n";

#[test]
fn a_watched_folder_is_followed_with_one_line_a_change_and_ends_when_told_to() {
    let scratch = Scratch::new();
    scratch.write_old("news/one.txt", STORY);
    let watch = Watch::start(&scratch, &["news"]);
    watch.expect("added news/one.txt (1 article)");
    scratch.write("news/deep/two.txt", STORY.replace("ferry", "barge"));
    watch.expect("added news/deep/two.txt (1 article)");
    assert_eq!(scratch.ids("barge").len(), 1);
    scratch.write("news/one.txt", STORY.replace("ferry", "trawler"));
    watch.expect("replaced news/one.txt (1 article)");
    assert_eq!(scratch.ids("trawler").len(), 1);
    scratch.write("news/broken.json", "{\"title\": ");
    let mut broken = String::from("rejected news/broken.json: malformed json: ");
    broken.push_str("EOF while parsing a value at line 1 column 9");
    watch.expect(&broken);
    // An editor's own files, and links, are not looked at.
    scratch.write("news/.one.txt.swp", STORY);
    scratch.write("away/four.txt", STORY);
    let link = scratch.path().join("news/four.txt");
    std::os::unix::fs::symlink(scratch.path().join("away/four.txt"), link).unwrap();
    // A file that is put in place by a rename, as careful programs do.
    scratch.write("three.tmp", STORY.replace("ferry", "cutter"));
    let target = scratch.path().join("news/deep/three.txt");
    std::fs::rename(scratch.path().join("three.tmp"), target).unwrap();
    watch.expect("added news/deep/three.txt (1 article)");
    std::fs::remove_dir_all(scratch.path().join("news/deep")).unwrap();
    watch.expect("removed news/deep/two.txt (1 article)");
    let (code, took) = watch.interrupt();
    assert_eq!(code, Some(130));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(scratch.ids("*").len(), 1);
    scratch.ok(&["verify", "--deep"]);
}

#[test]
fn a_full_pass_finds_what_no_notice_told_of() {
    let scratch = Scratch::new();
    scratch.write_old("news/one.txt", STORY);
    scratch.write_old("elsewhere/two.txt", STORY.replace("ferry", "barge"));
    let watch = Watch::start(&scratch, &["--full-pass", "1", "--follow", "news"]);
    watch.expect("added news/one.txt (1 article)");
    let link = scratch.path().join("news/link");
    std::os::unix::fs::symlink(scratch.path().join("elsewhere"), link).unwrap();
    watch.expect("added news/link/two.txt (1 article)");
    // Nothing is told of files behind a link.
    scratch.write("elsewhere/three.txt", STORY.replace("ferry", "cutter"));
    watch.expect("added news/link/three.txt (1 article)");
}

#[test]
fn a_watched_folder_that_does_not_exist_is_an_error() {
    let scratch = Scratch::new();
    let ran = scratch.run(&["watch", "nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("morgue: cannot "), "{ran:?}");
}

#[test]
fn watching_goes_on_behind_a_record_that_hangs() {
    let scratch = archive("@@hang@@");
    let args = ["watch", "--record-time", "1", "--debounce", "50", "news"];
    let watch = Watch::of(scratch.command(&args).env(FAULTS, "1"));
    watch.expect("added news/c.jsonl (2 articles)");
    // The same process starts anew, without the thread that hangs.
    let is_lost = |thread: std::io::Result<std::fs::DirEntry>| {
        let name = std::fs::read_to_string(thread.unwrap().path().join("comm"));
        name.is_ok_and(|name| name.starts_with("parse-"))
    };
    let tasks = format!("/proc/{}/task", watch.child.id());
    let mut looks = 0;
    while std::fs::read_dir(&tasks).unwrap().any(is_lost) {
        std::thread::sleep(Duration::from_millis(100));
        looks += 1;
        assert!(looks < 600, "the thread that hangs goes on");
    }
    scratch.write("news/d.jsonl", story("bilby", ""));
    watch.expect("added news/d.jsonl (1 article)");
    watch.interrupt();
    assert_named(&scratch, "took longer than 1 s of processor time");
}

#[test]
fn watching_reads_as_before_and_leaves_out_what_was_forgotten() {
    let scratch = mapped(&["news", "news/old"]);
    scratch.run(&["index", "--map", MAP, "news"]);
    scratch.ok(&["forget", "news/old"]);
    scratch.write("news/5.json", odd("bilby"));
    let watch = Watch::start(&scratch, &["news"]);
    watch.expect("added news/5.json (1 article)");
    scratch.write("news/old/6.json", odd("wombat"));
    scratch.write("news/7.json", odd("potoroo"));
    watch.expect("added news/7.json (1 article)");
    watch.interrupt();
    assert_eq!(scratch.ids("wombat").len(), 0);
    for word in ["quokka", "bilby", "potoroo"] {
        assert_eq!(scratch.ids(word).len(), 1, "{word}");
    }
}
