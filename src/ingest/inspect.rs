//! Reading without an index: what each file holds, in order, for `inspect`.
//!
//! A file is read by a thread of its own, so that a record that does not end
//! can be given up: it is rejected by name, and another thread goes on behind it.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::beside::{Folders, hint_of};
use super::conveyor::{PARSE_STACK_BYTES, Reading};
use super::deadline::{self, Ending, Standing, Thread, Watch, lock};
use super::read::{self, Cut, Found};
use super::work::{Outcome, Work};
use crate::article::Article;
use crate::error::{Reason, Rejection, Skip, Stage};
use crate::index::writer::Reading as Open;
use crate::locator::Locator;
use crate::record::Hint;
use crate::source::walk::absolute_key;
use crate::source::{Input, walk};

/// One thing found in a file.
pub enum Inspected {
    /// An article, with its id and ordinal.
    Article(Box<Article>),
    /// A document that was lost.
    Rejected(Rejection),
    /// Something that is no article.
    Skipped(Locator, Skip),
}

/// Things that may wait to be handed on.
const WAITING: usize = 64;

/// Reads files one after the other.
pub struct Inspector {
    reading: Arc<Reading>,
    folders: Arc<Folders>,
    watch: Arc<Watch>,
    _watching: Ending,
}

impl Inspector {
    /// Reads as `reading` says, a record in `record_time` at most.
    ///
    /// # Errors
    ///
    /// The system has no thread left.
    pub fn new(reading: Reading, record_time: Option<Duration>) -> io::Result<Self> {
        let watch = Watch::new(record_time);
        Ok(Self {
            reading: Arc::new(reading),
            folders: Arc::default(),
            _watching: watch.start()?,
            watch,
        })
    }

    /// Reads a file and hands on what is in it until `each` breaks.
    pub fn file(
        &self,
        path: &Path,
        each: &mut dyn FnMut(Inspected) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.read(absolute_key(path), Place::File, each)
    }

    /// The same for the standard input, which is one plain text.
    pub fn standard_input(
        &self,
        each: &mut dyn FnMut(Inspected) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.read(PathBuf::from("-"), Place::StandardInput, each)
    }

    fn read(
        &self,
        path: PathBuf,
        place: Place,
        each: &mut dyn FnMut(Inspected) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let key = Arc::from(path.as_os_str().as_bytes());
        let file = Arc::new(InspectedFile {
            path: Arc::new(path),
            place,
            reading: Arc::clone(&self.reading),
            folders: Arc::clone(&self.folders),
            seconds: self.watch.seconds(),
            open: Mutex::new(Open::detached(key)),
        });
        let mut passed = 0;
        loop {
            let (sender, found) = crossbeam_channel::bounded(WAITING);
            let turn = Arc::new(Turn {
                file: Arc::clone(&file),
                passed,
                sender,
                state: Mutex::default(),
            });
            let reader = Arc::clone(&turn);
            let started = std::thread::Builder::new()
                .name("inspect".to_owned())
                .stack_size(PARSE_STACK_BYTES)
                .spawn(move || reader.run());
            if let Err(error) = started {
                return each(file.rejected(Reason::of(&error)));
            }
            let watched = self.watch.add(Arc::clone(&turn) as Arc<dyn deadline::Work>);
            let end = hand_on(&found, each);
            self.watch.remove(watched);
            match end {
                End::Broken => return ControlFlow::Break(()),
                End::Whole => return ControlFlow::Continue(()),
                End::GivenUp(parts) => passed = parts,
            }
        }
    }
}

/// Where a file's bytes are.
#[derive(Clone, Copy)]
enum Place {
    File,
    StandardInput,
}

/// What is the same for all threads that read a file.
struct InspectedFile {
    path: Arc<PathBuf>,
    place: Place,
    reading: Arc<Reading>,
    folders: Arc<Folders>,
    seconds: u64,
    open: Mutex<Open>,
}

impl InspectedFile {
    /// The file lost as a whole, or what was left of it.
    fn rejected(&self, reason: Reason) -> Inspected {
        Inspected::Rejected(Rejection {
            locator: self.locator(&[]),
            stage: Stage::Read,
            reason,
        })
    }

    fn locator(&self, members: &[Arc<str>]) -> Locator {
        Locator {
            path: Arc::clone(&self.path),
            members: members.to_vec(),
            ordinal: None,
        }
    }
}

/// What comes from a thread that reads.
enum Message {
    Found(Inspected),
    /// It was given up; another one goes on behind so many parts.
    GivenUp(Inspected, Option<u64>),
    /// It is done.
    Whole,
}

/// How reading a file, or a part of it, ended.
enum End {
    Whole,
    GivenUp(u64),
    Broken,
}

fn hand_on(found: &Receiver<Message>, each: &mut dyn FnMut(Inspected) -> ControlFlow<()>) -> End {
    for message in found {
        let (found, end) = match message {
            Message::Found(found) => (found, None),
            Message::GivenUp(found, parts) => (found, Some(parts.map_or(End::Whole, End::GivenUp))),
            Message::Whole => return End::Whole,
        };
        match (each(found), end) {
            (ControlFlow::Break(()), _) => return End::Broken,
            (ControlFlow::Continue(()), Some(end)) => return end,
            (ControlFlow::Continue(()), None) => {}
        }
    }
    End::Whole
}

/// A thread's way through a file.
struct Turn {
    file: Arc<InspectedFile>,
    /// Parts that were seen to before.
    passed: u64,
    sender: Sender<Message>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `None` before it begins and once it has ended.
    thread: Option<Thread>,
    /// Shares its place with the handle that is read.
    handle: Option<File>,
    step: u64,
    /// Parts cut so far.
    parts: u64,
    /// The record that is parsed, if one is: its members, and whether it is
    /// all there is.
    parsed: Option<(Arc<[Arc<str>]>, bool)>,
}

impl Turn {
    fn run(&self) {
        let read = catch_unwind(AssertUnwindSafe(|| self.read()));
        let is_ours = lock(&self.state).thread.take().is_some();
        if is_ours && read.is_err() {
            let _ = self.send(self.file.rejected(Reason::Panicked));
        }
        let _ = self.sender.send(Message::Whole);
    }

    fn read(&self) {
        let file = &self.file;
        let begin = |handle| {
            let mut state = lock(&self.state);
            (state.thread, state.handle) = (Some(Thread::current()), handle);
        };
        let mut each = |cut| self.take(cut);
        match file.place {
            Place::File => match walk::open_regular(&file.path) {
                Ok((opened, _)) => {
                    begin(opened.try_clone().ok());
                    let hint = hint_of(&file.path, &file.folders);
                    read::cut(Input::file(opened), hint, &file.reading, &mut each);
                }
                Err(error) => {
                    let _ = self.send(file.rejected(Reason::of(&error)));
                }
            },
            Place::StandardInput => {
                begin(None);
                let hint = Hint {
                    media_type: Some("text/plain".to_owned()),
                    ..Hint::named("stdin.txt")
                };
                let input = Input::stream(io::stdin().lock());
                read::cut(input, hint, &file.reading, &mut each);
            }
        }
    }

    /// Hands on; breaks where nobody listens any more.
    fn send(&self, found: Inspected) -> ControlFlow<()> {
        match self.sender.send(Message::Found(found)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn take(&self, cut: Cut) -> ControlFlow<()> {
        let file = &self.file;
        {
            let mut state = lock(&self.state);
            if state.thread.is_none() {
                return ControlFlow::Break(());
            }
            state.step += 1;
            state.parts += 1;
            if state.parts <= self.passed {
                return ControlFlow::Continue(());
            }
            if let Found::Record { alone, .. } = &cut.found {
                state.parsed = Some((Arc::clone(&cut.members), *alone));
            }
        }
        let mut locator = file.locator(&cut.members);
        let (format, record, alone) = match cut.found {
            Found::Rejected(reason) => {
                let stage = Stage::Read;
                return self.send(Inspected::Rejected(Rejection {
                    locator,
                    stage,
                    reason,
                }));
            }
            Found::Skipped(skip) => return self.send(Inspected::Skipped(locator, skip)),
            Found::Record {
                format,
                record,
                alone,
            } => (format, record, alone),
        };
        let work = Work {
            parse: &file.reading.parse,
            enrich: &file.reading.enrich,
        };
        let outcomes = work.read(&file.path, &cut.members, format, &record, alone);
        {
            let mut state = lock(&self.state);
            if state.thread.is_none() {
                return ControlFlow::Break(());
            }
            state.step += 1;
            state.parsed = None;
        }
        let members = locator.member_path();
        let has_place = !alone || outcomes.len() > 1;
        for outcome in outcomes {
            self.send(match outcome {
                Outcome::Article(mut article, _) => {
                    let (id, ordinal) =
                        lock(&file.open).identify(members.as_deref(), article.own_id.as_deref());
                    article.id = id;
                    article.origin.locator.ordinal = Some(ordinal);
                    Inspected::Article(article)
                }
                Outcome::Rejected(stage, reason) => {
                    locator.ordinal = has_place.then(|| lock(&file.open).count(members.as_deref()));
                    Inspected::Rejected(Rejection {
                        locator: locator.clone(),
                        stage,
                        reason,
                    })
                }
                Outcome::Skipped(skip) => Inspected::Skipped(locator.clone(), skip),
            })?;
        }
        ControlFlow::Continue(())
    }
}

impl deadline::Work for Turn {
    fn standing(&self) -> Option<Standing> {
        let state = lock(&self.state);
        Some(Standing {
            step: state.step,
            thread: state.thread?,
            place: deadline::place(state.handle.as_ref()),
        })
    }

    fn give_up(self: Arc<Self>, step: u64) -> bool {
        let (parsed, parts) = {
            let mut state = lock(&self.state);
            if state.step != step || state.thread.take().is_none() {
                return false;
            }
            (state.parsed.take(), state.parts)
        };
        let file = &self.file;
        let reason = Reason::TooSlow {
            seconds: file.seconds,
        };
        let message = match parsed {
            Some((members, alone)) => {
                let mut locator = file.locator(&members);
                let members = locator.member_path();
                locator.ordinal = (!alone).then(|| lock(&file.open).count(members.as_deref()));
                let rejected = Inspected::Rejected(Rejection {
                    locator,
                    stage: Stage::Parse,
                    reason,
                });
                // The lost thread keeps the standard input.
                let goes_on = matches!(file.place, Place::File);
                Message::GivenUp(rejected, goes_on.then_some(parts))
            }
            // Cutting hangs, and would again.
            None => Message::GivenUp(file.rejected(reason), None),
        };
        let _ = self.sender.send(message);
        true
    }
}
