//! Finds what ended a run. What was being read when a run died is read again
//! by a child of the program, one part at a time: where the child dies too,
//! that part is to blame, and the others are cleared.
//!
//! The child is told what to read as one JSON object on its standard input. It
//! says on its standard output what it is about to do, a line each: `c 3 17`,
//! it cuts part 17 of the file of the suspect 3; `p 3 17`, it parses that part.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::beside::hint_of;
use super::conveyor::{PARSE_STACK_BYTES, Reading};
use super::deadline::{self, Standing, Thread, Watch, lock};
use super::read::{self, Found};
use super::ways::Way;
use super::work::{Outcome, Work};
use crate::index::document::Prepared;
use crate::index::journal::{InFlight, Phase, Strike};
use crate::index::schema::schema;
use crate::source::{Input, walk};

/// The hidden command of the program that is the child.
pub const COMMAND: &str = "read-alone";

/// What a child is told.
#[derive(Serialize, Deserialize)]
struct Order {
    reading: Reading,
    /// Seconds of processor time for a part; 0 for no limit.
    seconds: u64,
    suspects: Vec<InFlight>,
}

/// First line of a child that knows what it is.
const HELLO: &str = "reading alone";

/// Exit code of a child in which something took too long.
const TOO_SLOW: u8 = 77;

/// Address space that a child may take.
const MOST_BYTES: u64 = 4 << 30;

/// Signals that say nothing of what was read: somebody wants an end.
const FROM_OUTSIDE: [i32; 5] = [
    signal_hook::consts::SIGHUP,
    signal_hook::consts::SIGINT,
    signal_hook::consts::SIGQUIT,
    signal_hook::consts::SIGPIPE,
    signal_hook::consts::SIGTERM,
];

/// How a child ended.
enum Ended {
    /// It has read everything.
    Well,
    /// In a way that tells nothing.
    Unknown,
    /// At a part: the number of the first suspect of its file, what was done,
    /// the part's number, and the limit where it was too slow.
    At(usize, Phase, u64, Option<u64>),
}

/// Has children of `program` read the `suspects`, and returns those parts that
/// end them, or take longer than `record_time`.
pub(super) fn culprits(
    program: &Path,
    mut suspects: Vec<InFlight>,
    way: &Way,
    record_time: Option<Duration>,
    interrupted: &AtomicBool,
) -> Vec<Strike> {
    let order = |suspects: &[InFlight]| Order {
        reading: way.reading.clone(),
        seconds: record_time.map_or(0, |time| time.as_secs()),
        suspects: suspects.to_vec(),
    };
    // Those of one file are read in one pass over it.
    suspects.sort();
    let mut strikes = Vec::new();
    while !suspects.is_empty() && !interrupted.load(Ordering::Relaxed) {
        let Ok(Ended::At(at, phase, number, slow)) = read_by_child(program, &order(&suspects))
        else {
            break;
        };
        let only = suspects[at].only(phase, number);
        // A child that was killed may have been killed for another's sake.
        let again = read_by_child(program, &order(std::slice::from_ref(&only)));
        if matches!(again, Ok(Ended::At(0, p, n, _)) if (p, n) == (phase, number)) {
            strikes.push(Strike::new(only, way.digest(), slow));
        }
        let file = suspects[at].key();
        suspects.drain(..at);
        suspects.retain_mut(|left| {
            let is_of_file = left.key() == file;
            if is_of_file {
                left.first = left.first.max(number + 1);
            }
            !is_of_file || phase == Phase::Parse && left.first <= left.last
        });
    }
    strikes
}

fn read_by_child(program: &Path, order: &Order) -> io::Result<Ended> {
    let mut child = Command::new(program)
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let told = serde_json::to_vec(order)?;
    if let Some(mut input) = child.stdin.take() {
        // A child that does not listen has ended.
        let _ = input.write_all(&told);
    }
    let mut is_ours = false;
    let mut last = None;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            match is_ours {
                false if line == HELLO => is_ours = true,
                false => break,
                true => last = step(&line),
            }
        }
    }
    if !is_ours {
        let _ = child.kill();
    }
    let status = child.wait()?;
    let among = order.suspects.len();
    Ok(match (last, verdict(status)) {
        (_, Some(Verdict::Well)) if is_ours => Ended::Well,
        (Some((at, phase, number)), Some(Verdict::Slow)) if at < among => {
            Ended::At(at, phase, number, Some(order.seconds))
        }
        (Some((at, phase, number)), Some(Verdict::Dead)) if at < among => {
            Ended::At(at, phase, number, None)
        }
        _ => Ended::Unknown,
    })
}

enum Verdict {
    Well,
    Slow,
    Dead,
}

fn verdict(status: ExitStatus) -> Option<Verdict> {
    match (status.code(), status.signal()) {
        (Some(0), _) => Some(Verdict::Well),
        (Some(code), _) if code == i32::from(TOO_SLOW) => Some(Verdict::Slow),
        (_, Some(signal)) if !FROM_OUTSIDE.contains(&signal) => Some(Verdict::Dead),
        _ => None,
    }
}

fn step(line: &str) -> Option<(usize, Phase, u64)> {
    let mut words = line.split(' ');
    let phase = match words.next()? {
        "c" => Phase::Cut,
        "p" => Phase::Parse,
        _ => return None,
    };
    Some((
        words.next()?.parse().ok()?,
        phase,
        words.next()?.parse().ok()?,
    ))
}

/// Is the child: reads what `input` tells and says so on `output`. Returns
/// the exit code.
pub fn read_alone(mut input: impl Read, output: impl Write + Send) -> u8 {
    bound();
    let mut text = Vec::new();
    let order = input
        .read_to_end(&mut text)
        .ok()
        .and_then(|_| serde_json::from_slice::<Order>(&text).ok());
    let Some(order) = order else {
        return 2;
    };
    let watch = Watch::new((order.seconds > 0).then(|| Duration::from_secs(order.seconds)));
    let Ok(_ending) = watch.start() else {
        return 2;
    };
    // On a stack like the one it was read on.
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new()
            .stack_size(PARSE_STACK_BYTES)
            .spawn_scoped(scope, move || read_all(&order, &watch, output));
        match reader.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(Ok(()))) => 0,
            _ => 2,
        }
    })
}

/// Ends with the run it serves, takes a bounded share of memory, and leaves no
/// image of it behind.
fn bound() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    for (resource, most) in [(Resource::As, MOST_BYTES), (Resource::Core, 0)] {
        let mut limit = getrlimit(resource);
        limit.current = Some(limit.current.map_or(most, |now| now.min(most)));
        let _ = setrlimit(resource, limit);
    }
}

/// What the child is at, for the watch.
#[derive(Default)]
struct Now {
    step: AtomicU64,
    file: Mutex<Option<(Thread, Option<File>)>>,
}

impl deadline::Work for Now {
    fn standing(&self) -> Option<Standing> {
        let file = lock(&self.file);
        let (thread, handle) = file.as_ref()?;
        Some(Standing {
            step: self.step.load(Ordering::Relaxed),
            thread: *thread,
            place: deadline::place(handle.as_ref()),
        })
    }

    fn give_up(self: Arc<Self>, _: u64) -> bool {
        std::process::exit(i32::from(TOO_SLOW));
    }
}

fn read_all(order: &Order, watch: &Watch, mut output: impl Write) -> io::Result<()> {
    let now = Arc::new(Now::default());
    watch.add(Arc::clone(&now) as Arc<dyn deadline::Work>);
    writeln!(output, "{HELLO}")?;
    let mut begin = 0;
    for suspects in order.suspects.chunk_by(|one, next| one.key() == next.key()) {
        let at = begin;
        begin += suspects.len();
        let path = Arc::new(PathBuf::from(OsString::from_vec(suspects[0].key())));
        let last = suspects.iter().map(|suspect| suspect.last).max();
        let Ok((file, _)) = walk::open_regular(&path) else {
            continue;
        };
        *lock(&now.file) = Some((Thread::current(), file.try_clone().ok()));
        let mut say = |what: &str, number: u64| {
            now.step.fetch_add(1, Ordering::Relaxed);
            writeln!(output, "{what} {at} {number}").and_then(|()| output.flush())
        };
        say("c", 0)?;
        let mut number = 0;
        let mut said = Ok(());
        let (input, hint) = (Input::file(file), hint_of(&path, &Arc::default()));
        // A panic costs a run one record, and is no reason to strike it.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            read::cut(input, hint, &order.reading, &mut |cut| {
                let is_suspect = suspects.iter().any(|suspect| {
                    suspect.phase == Phase::Parse
                        && (suspect.first..=suspect.last).contains(&number)
                });
                if let Found::Record {
                    format,
                    record,
                    alone,
                } = &cut.found
                    && is_suspect
                {
                    said = say("p", number);
                    if said.is_err() {
                        return ControlFlow::Break(());
                    }
                    let work = Work {
                        parse: &order.reading.parse,
                        enrich: &order.reading.enrich,
                    };
                    for outcome in work.read(&path, &cut.members, *format, record, *alone) {
                        if let Outcome::Article(article, alone) = outcome {
                            drop(Prepared::new(&schema().1, *article, alone));
                        }
                    }
                }
                number += 1;
                said = say("c", number);
                match said.is_ok() && last.is_some_and(|last| number <= last) {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            });
        }));
        said?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_child_tell_the_part_and_nothing_else_does() {
        assert_eq!(step("p 3 17"), Some((3, Phase::Parse, 17)));
        assert_eq!(step("c 0 0"), Some((0, Phase::Cut, 0)));
        assert_eq!(step("running 1 test"), None);
        assert_eq!(step("p 3"), None);
    }

    #[test]
    fn a_program_that_is_no_child_of_ours_blames_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "Text").unwrap();
        let state = super::super::plan::state_of(&path.metadata().unwrap(), 1);
        let key = path.as_os_str().as_encoded_bytes();
        let suspect = InFlight::new(key, &state, Phase::Parse, 0, 0);
        for program in ["/bin/sh", "/bin/cat", "/nowhere/program"] {
            let found = culprits(
                Path::new(program),
                vec![suspect.clone()],
                &Way::default(),
                None,
                &AtomicBool::new(false),
            );
            assert_eq!(found, [], "{program}");
        }
    }

    #[test]
    fn a_child_reads_every_suspect_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let story = |n: u32| format!("{{\"title\":\"Story {n}\",\"text\":\"The council met.\"}}\n");
        std::fs::write(&path, story(1) + &story(2) + &story(3)).unwrap();
        let state = super::super::plan::state_of(&path.metadata().unwrap(), 1);
        let key = path.as_os_str().as_encoded_bytes();
        let part = |number| InFlight::new(key, &state, Phase::Parse, number, number);
        let order = Order {
            reading: Reading::default(),
            seconds: 0,
            suspects: vec![part(0), part(2)],
        };
        let mut output = Vec::new();
        let now = Watch::new(None);
        read_all(&order, &now, &mut output).unwrap();
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "reading alone\nc 0 0\np 0 0\nc 0 1\nc 0 2\np 0 2\nc 0 3\n"
        );
    }
}
