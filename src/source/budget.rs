//! How far a file may expand: the caps, and the account that everything read
//! from one file, nested containers included, is charged to.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use crate::error::Reason;

/// Caps on what an archive may expand to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of one record, and of one member that must be held in memory.
    pub record_bytes: u64,
    /// Bytes of one member after decompression.
    pub member_bytes: u64,
    /// Bytes one file may expand to in all, those of every level added up.
    pub total_bytes: u64,
    /// Members of one file in all, nested ones included.
    pub members: u64,
    /// Levels of containers in containers.
    pub nesting: u32,
    /// Expansion allowed beyond the first [`Limits::RATIO_FREE_BYTES`] of a
    /// member, and beyond [`Limits::RATIO_FREE_TOTAL_BYTES`] of a whole file.
    pub ratio: u64,
}

impl Limits {
    /// Expanded bytes of a member that no ratio is held against.
    pub const RATIO_FREE_BYTES: u64 = 64 << 20;

    /// Expanded bytes of a whole file that no ratio is held against: room for
    /// some bombs that cost only themselves.
    pub const RATIO_FREE_TOTAL_BYTES: u64 = 1 << 30;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: 64 << 20,
            member_bytes: 64 << 30,
            total_bytes: 1 << 40,
            members: 10_000_000,
            nesting: 4,
            ratio: 200,
        }
    }
}

/// What one file has cost so far. It travels with the inputs that are made
/// from the file.
#[derive(Debug)]
pub(super) struct Budget {
    /// Size of the file; `None` where it is not known.
    file_bytes: Option<u64>,
    expanded: Cell<u64>,
    members: Cell<u64>,
}

impl Budget {
    /// The budget of a file of that size, or of a stream of unknown size.
    pub(super) fn new(file_bytes: Option<u64>) -> Rc<Self> {
        Rc::new(Self {
            file_bytes,
            expanded: Cell::new(0),
            members: Cell::new(0),
        })
    }

    /// Counts one more member.
    ///
    /// # Errors
    ///
    /// [`Reason::TooMany`], or why the file may not expand any further.
    pub(super) fn admit(&self, limits: &Limits) -> Result<(), Reason> {
        self.members.set(self.members.get().saturating_add(1));
        if self.members.get() > limits.members {
            return Err(Reason::TooMany {
                limit: limits.members,
            });
        }
        self.expand(0, limits)
    }

    fn expand(&self, bytes: u64, limits: &Limits) -> Result<(), Reason> {
        let expanded = self.expanded.get().saturating_add(bytes);
        self.expanded.set(expanded);
        if expanded > limits.total_bytes {
            return Err(Reason::TooLarge {
                limit: limits.total_bytes,
            });
        }
        let fair = self.file_bytes.map(|b| b.saturating_mul(limits.ratio));
        if expanded > Limits::RATIO_FREE_TOTAL_BYTES && fair.is_some_and(|fair| expanded > fair) {
            return Err(Reason::Ratio {
                limit: limits.ratio,
            });
        }
        Ok(())
    }
}

/// The account of one member that expands.
pub(super) struct Meter {
    limits: Limits,
    budget: Rc<Budget>,
    taken: Rc<Cell<u64>>,
    given: u64,
}

impl Meter {
    /// An account for what is expanded from the bytes that `taken` counts.
    pub(super) fn new(limits: &Limits, budget: &Rc<Budget>, taken: Rc<Cell<u64>>) -> Self {
        Self {
            limits: *limits,
            budget: Rc::clone(budget),
            taken,
            given: 0,
        }
    }

    /// Charges bytes that were expanded.
    ///
    /// # Errors
    ///
    /// The cap that they exceed.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Reason> {
        let limits = &self.limits;
        self.given = self.given.saturating_add(bytes);
        if self.given > limits.member_bytes {
            return Err(Reason::TooLarge {
                limit: limits.member_bytes,
            });
        }
        let fair = self.taken.get().saturating_mul(limits.ratio);
        if self.given > Limits::RATIO_FREE_BYTES && self.given > fair {
            return Err(Reason::Ratio {
                limit: limits.ratio,
            });
        }
        self.budget.expand(bytes, limits)
    }
}

/// Counts the bytes that a decoder takes from its input.
pub(super) struct Taking<R> {
    inner: R,
    taken: Rc<Cell<u64>>,
}

impl<R> Taking<R> {
    /// A reader of `inner`, and its count.
    pub(super) fn new(inner: R) -> (Self, Rc<Cell<u64>>) {
        let taken = Rc::new(Cell::new(0));
        let counted = Rc::clone(&taken);
        (Self { inner, taken }, counted)
    }
}

impl<R: BufRead> Read for Taking<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.taken.set(self.taken.get() + read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Taking<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.taken.set(self.taken.get() + bytes as u64);
        self.inner.consume(bytes);
    }
}

/// What a decoder gives, charged to a meter, its errors made into reasons. One
/// that failed is not asked again: some go on in a state they never meant.
pub(super) struct Metered<R> {
    decoder: R,
    kind: &'static str,
    meter: Meter,
    failed: Option<Reason>,
}

impl<R> Metered<R> {
    /// `kind` is named in [`Reason::Broken`].
    pub(super) fn new(decoder: R, kind: &'static str, meter: Meter) -> Self {
        Self {
            decoder,
            kind,
            meter,
            failed: None,
        }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = &self.failed {
            return Err(io::Error::other(reason.clone()));
        }
        let read = match self.decoder.read(out) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Err(e),
            other => other.map_err(|e| broken(self.kind, e)),
        };
        let read = read.and_then(|read| {
            self.meter.charge(read as u64).map_err(io::Error::other)?;
            Ok(read)
        });
        read.inspect_err(|e| self.failed = Some(Reason::of(e)))
    }
}

/// A decoder's error as [`Reason::Broken`], unless it passes on a reason from below.
pub(super) fn broken(kind: &'static str, error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::Interrupted
        || error.get_ref().is_some_and(|e| e.is::<Reason>())
    {
        return error;
    }
    let detail = match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends too early".to_owned(),
        _ => error.to_string(),
    };
    io::Error::other(Reason::Broken { kind, detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails, and must not be asked again.
    struct Failing(bool);

    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            assert!(!self.0, "asked again");
            self.0 = true;
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    #[test]
    fn a_decoder_that_failed_is_not_asked_again() {
        let budget = Budget::new(None);
        let meter = Meter::new(&Limits::default(), &budget, Rc::new(Cell::new(0)));
        let mut metered = Metered::new(Failing(false), "bzip2", meter);
        let reasons = [(); 2].map(|()| {
            let error = metered.read(&mut [0; 8]).err();
            error.map(|error| Reason::of(&error))
        });
        assert!(matches!(
            &reasons[0],
            Some(Reason::Broken { kind: "bzip2", .. })
        ));
        assert_eq!(reasons[0], reasons[1]);
    }
}
