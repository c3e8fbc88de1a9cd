//! What is being read at this moment, noted where the next run finds it should
//! this one die; and what is no longer read because it ended a run.
//!
//! ```text
//! DIR/in-flight/<n>    a seat: what one thread reads; gone once a run has ended
//! DIR/struck.json      records that are passed over, each with its file's state
//! ```
//!
//! Notes are written once a batch and never synced: they must outlive the
//! process, not the machine. A note that cannot be written is left out.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::disk;
use super::document::FileState;
use super::payload::{decode_path, encode_path};
use crate::error::{Error, Reason};

/// The folder of seats in the index folder.
const SEATS: &str = "in-flight";

/// The list of what is passed over in the index folder.
const STRUCK: &str = "struck.json";

/// What is done with a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It is cut from the file.
    Cut,
    /// It is parsed and enriched.
    Parse,
}

/// Parts of a file, by their numbers in the order in which they are cut.
/// Ordered by file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InFlight {
    /// Absolute path of the file, as [`encode_path`] writes it.
    path: String,
    size: u64,
    mtime: i64,
    /// What is done with them.
    pub phase: Phase,
    /// Number of the first, from 0.
    pub first: u64,
    /// Number of the last that it may be.
    pub last: u64,
}

impl InFlight {
    /// The parts `first` to `last` of the file `key`.
    pub fn new(key: &[u8], state: &FileState, phase: Phase, first: u64, last: u64) -> Self {
        Self {
            path: encode_path(key),
            size: state.size,
            mtime: state.mtime,
            phase,
            first,
            last,
        }
    }

    /// One part of them, of which `phase` is done.
    pub fn only(&self, phase: Phase, number: u64) -> Self {
        Self {
            phase,
            first: number,
            last: number,
            ..self.clone()
        }
    }

    /// Bytes of the file's absolute path.
    pub fn key(&self) -> Vec<u8> {
        decode_path(&self.path)
    }

    /// Whether the file is still as it was.
    pub fn is_of(&self, state: &FileState) -> bool {
        (self.size, self.mtime) == (state.size, state.mtime)
    }
}

/// The notes of a run.
pub struct Journal {
    folder: PathBuf,
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    made: usize,
    free: Vec<Seat>,
}

/// The place where one thread notes what it reads.
pub struct Seat {
    file: File,
    text: Vec<u8>,
}

/// Digits of the length that a seat's notes begin with: a shorter note leaves
/// the end of a longer one behind it.
const LENGTH_DIGITS: usize = 10;

impl Journal {
    /// Notes in the index folder `folder`. Nothing is written before the first note.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.join(SEATS),
            seats: Mutex::default(),
        }
    }

    /// Replaces what is noted in `seat`, which is taken if there is none yet.
    pub fn note(&self, seat: &mut Option<Seat>, entries: &[InFlight]) {
        if entries.is_empty() {
            return;
        }
        if seat.is_none() {
            *seat = self.take();
        }
        if let Some(seat) = seat {
            seat.note(entries);
        }
    }

    /// Gives a seat back; what is noted there stands until it is taken again.
    pub fn free(&self, seat: Seat) {
        self.seats().free.push(seat);
    }

    fn seats(&self) -> std::sync::MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Seat> {
        let mut seats = self.seats();
        if let Some(seat) = seats.free.pop() {
            return Some(seat);
        }
        if seats.made == 0 {
            std::fs::create_dir_all(&self.folder).ok()?;
        }
        let file = File::create(self.folder.join(seats.made.to_string())).ok()?;
        seats.made += 1;
        Some(Seat {
            file,
            text: Vec::new(),
        })
    }

    /// What the run before was reading when it died; nothing if it ended.
    pub fn left(folder: &Path) -> Vec<InFlight> {
        let mut left = Vec::new();
        for entry in std::fs::read_dir(folder.join(SEATS)).into_iter().flatten() {
            let Ok(text) = entry.and_then(|entry| std::fs::read(entry.path())) else {
                continue;
            };
            let digits = text.get(..LENGTH_DIGITS);
            let length = digits
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| digits.parse::<usize>().ok());
            let notes = length.and_then(|length| text[LENGTH_DIGITS..].get(..length));
            for line in notes.unwrap_or_default().split(|&byte| byte == b'\n') {
                left.extend(serde_json::from_slice::<InFlight>(line));
            }
        }
        left
    }

    /// Forgets what was noted in the index folder `folder`.
    pub fn clear(folder: &Path) {
        let _ = std::fs::remove_dir_all(folder.join(SEATS));
    }
}

impl Seat {
    fn note(&mut self, entries: &[InFlight]) {
        self.text.clear();
        self.text.extend([b' '; LENGTH_DIGITS]);
        for entry in entries {
            if serde_json::to_writer(&mut self.text, entry).is_ok() {
                self.text.push(b'\n');
            }
        }
        let length = self.text.len() - LENGTH_DIGITS;
        let mut head = &mut self.text[..LENGTH_DIGITS];
        let _ = write!(head, "{length:0LENGTH_DIGITS$}");
        let _ = self.file.write_all_at(&self.text, 0);
    }
}

/// A part of a file that is not read any more, or all from it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    #[serde(flatten)]
    place: InFlight,
    /// Digest of the options and versions it was read with.
    options: u64,
    /// The limit in seconds, where it was not the end of the program but slow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slow: Option<u64>,
}

impl Strike {
    /// One part: it ended the program, or took longer than `slow` seconds.
    pub fn new(place: InFlight, options: u64, slow: Option<u64>) -> Self {
        Self {
            place,
            options,
            slow,
        }
    }

    /// Why it is not read.
    pub fn reason(&self) -> Reason {
        match self.slow {
            Some(seconds) => Reason::TooSlow { seconds },
            None => Reason::Deadly,
        }
    }
}

/// What is not read of one file.
#[derive(Default)]
pub struct Strikes(Vec<Strike>);

impl Strikes {
    /// Why the part `number` is not read, if it is not.
    pub fn at(&self, number: u64) -> Option<&Strike> {
        self.find(Phase::Parse, number)
    }

    /// Why nothing from `number` on is read, if that is so.
    pub fn rest_from(&self, number: u64) -> Option<&Strike> {
        self.find(Phase::Cut, number)
    }

    fn find(&self, phase: Phase, number: u64) -> Option<&Strike> {
        let mut strikes = self.0.iter();
        strikes.find(|strike| strike.place.phase == phase && strike.place.first == number)
    }
}

/// All that is not read any more.
#[derive(Debug, Default)]
pub struct Struck(HashMap<Vec<u8>, Vec<Strike>>);

impl Struck {
    /// What is struck in the index in `folder`. A list that cannot be read
    /// strikes nothing: the next death will.
    pub fn read(folder: &Path) -> Self {
        let text = std::fs::read(folder.join(STRUCK)).unwrap_or_default();
        let mut struck = Self::default();
        struck.extend(serde_json::from_slice::<Vec<Strike>>(&text).unwrap_or_default());
        struck
    }

    /// Adds to the list.
    pub fn extend(&mut self, strikes: Vec<Strike>) {
        for strike in strikes {
            self.0.entry(strike.place.key()).or_default().push(strike);
        }
    }

    /// Writes the list, once it has changed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let mut strikes: Vec<&Strike> = self.0.values().flatten().collect();
        strikes.sort_by(|a, b| (&a.place.path, a.place.first).cmp(&(&b.place.path, b.place.first)));
        let text = serde_json::to_vec(&strikes).unwrap_or_default();
        disk::replace(folder, STRUCK, &text).map_err(|source| Error::Io {
            action: "write",
            path: folder.join(STRUCK),
            source,
        })
    }

    /// Drops the strikes of the files whose keys do not fit.
    pub fn retain(&mut self, mut fits: impl FnMut(&[u8]) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|key, _| fits(key));
        self.0.len() != before
    }

    /// What is struck of the file `key` while it is in `state`.
    pub fn of(&self, key: &[u8], state: &FileState) -> Strikes {
        let strikes = self.0.get(key).into_iter().flatten();
        let holds = |strike: &&Strike| strike.place.is_of(state) && strike.options == state.options;
        Strikes(strikes.filter(holds).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: FileState = FileState {
        size: 7,
        mtime: 8,
        ctime: 9,
        options: 10,
        digest: None,
    };

    #[test]
    fn what_is_in_flight_is_read_again_after_a_death_and_shorter_notes_replace_longer_ones() {
        let folder = tempfile::tempdir().unwrap();
        let (long, short) = (
            InFlight::new(b"/news/a-long-name\xff.txt", &STATE, Phase::Cut, 0, 64),
            InFlight::new(b"/a", &STATE, Phase::Parse, 3, 4),
        );
        let journal = Journal::new(folder.path());
        let (mut one, mut other) = (None, None);
        assert_eq!(Journal::left(folder.path()), []);
        journal.note(&mut one, &[long.clone(), long.clone()]);
        journal.note(&mut other, std::slice::from_ref(&long));
        assert_eq!(Journal::left(folder.path()).len(), 3);
        journal.note(&mut one, std::slice::from_ref(&short));
        let mut left = Journal::left(folder.path());
        left.sort_by_key(|entry| entry.path.len());
        assert_eq!(left, [short, long]);
        Journal::clear(folder.path());
        assert_eq!(Journal::left(folder.path()), []);
    }

    #[test]
    fn a_struck_part_is_read_again_once_its_file_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let found = InFlight::new(b"/news/a.txt", &STATE, Phase::Parse, 0, 9);
        let mut struck = Struck::read(folder.path());
        struck.extend(vec![
            Strike::new(found.only(Phase::Parse, 3), STATE.options, None),
            Strike::new(found.only(Phase::Cut, 5), STATE.options, Some(2)),
        ]);
        struck.write(folder.path()).unwrap();
        let struck = Struck::read(folder.path());
        let strikes = struck.of(b"/news/a.txt", &STATE);
        assert_eq!(strikes.at(3).unwrap().reason(), Reason::Deadly);
        assert_eq!(
            strikes.rest_from(5).unwrap().reason(),
            Reason::TooSlow { seconds: 2 }
        );
        assert!(strikes.at(5).is_none() && strikes.rest_from(3).is_none());
        for changed in [
            FileState { mtime: 1, ..STATE },
            FileState {
                options: 1,
                ..STATE
            },
        ] {
            assert!(struck.of(b"/news/a.txt", &changed).at(3).is_none());
        }
    }
}
