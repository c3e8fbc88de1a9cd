//! The bytes of a web archive: where records start, and where they end
//! whatever their length says.

use super::super::Input;
use super::super::gzip::Damages;
use super::header::{self, Header};
use crate::error::Reason;

/// Bytes looked at in one go when a record is searched for.
const SEARCH_BYTES: usize = 64 * 1024;

/// Longest line that may be the header of an ARC record.
const MAX_LINE_BYTES: usize = 8 * 1024;

/// Longest header of a WARC record.
const MAX_HEADER_BYTES: usize = 1 << 20;

/// Which of the two forms an archive is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Warc,
    Arc,
}

impl Flavour {
    /// The form that a file with this head is in, if it is one.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let head = head.trim_ascii_start();
        if header::starts_warc(head) {
            return Some(Self::Warc);
        }
        let is_arc = head.starts_with(b"filedesc:") && header::arc_line(head).is_some();
        is_arc.then_some(Self::Arc)
    }

    /// Whether a record starts here.
    fn starts(self, bytes: &[u8]) -> bool {
        match self {
            Self::Warc => header::starts_warc(bytes),
            Self::Arc => header::arc_line(&bytes[..bytes.len().min(MAX_LINE_BYTES)]).is_some(),
        }
    }

    /// Where the first record in `bytes` starts; it starts a line.
    fn find(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Warc => memchr::memmem::find_iter(bytes, b"WARC/")
                .find(|&at| is_line_start(bytes, at) && self.starts(&bytes[at..])),
            Self::Arc => std::iter::once(0)
                .chain(memchr::memchr_iter(b'\n', bytes).map(|end| end + 1))
                .find(|&at| self.starts(&bytes[at..])),
        }
    }
}

fn is_line_start(bytes: &[u8], at: usize) -> bool {
    at == 0 || bytes[at - 1] == b'\n'
}

/// How the body of a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Where the next record starts, or the file ends.
    Border,
    /// Before its length is reached.
    Early,
    /// Beyond the cap; so many bytes are not held.
    TooLarge(u64),
}

/// An archive being read. A place that was damaged ends what can be looked at,
/// until it is taken note of.
pub(super) struct Stream<'i> {
    input: Input<'i>,
    at: u64,
    damages: Damages,
    /// Damages taken note of.
    noted: usize,
    flavour: Flavour,
}

impl<'i> Stream<'i> {
    /// Reads `input`, in which `damages` are noted as they are come across.
    pub(super) fn new(mut input: Input<'i>, damages: Damages) -> Self {
        let flavour = input
            .peek(MAX_LINE_BYTES)
            .ok()
            .and_then(Flavour::of)
            .unwrap_or(Flavour::Warc);
        Self {
            input,
            at: 0,
            damages,
            noted: 0,
            flavour,
        }
    }

    /// Offset of what comes next.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Up to `bytes` bytes that come next: fewer before the end, a damaged
    /// place or an error.
    fn peek(&mut self, bytes: usize) -> &[u8] {
        let ready = self.input.peek(bytes).unwrap_or_default();
        let sound = match self.damages.borrow().get(self.noted) {
            Some(damage) => damage.at.saturating_sub(self.at),
            None => u64::MAX,
        };
        let most = usize::try_from(sound).map_or(ready.len(), |sound| sound.min(ready.len()));
        &ready[..most]
    }

    /// Passes over bytes that were looked at.
    pub(super) fn consume(&mut self, bytes: usize) {
        std::io::BufRead::consume(&mut self.input, bytes);
        self.at += bytes as u64;
    }

    /// Passes over bytes that need not be looked at, as far as there are any.
    pub(super) fn pass(&mut self, mut bytes: u64) {
        while bytes > 0 {
            let ready = self.peek(SEARCH_BYTES).len();
            let passed = usize::try_from(bytes).map_or(ready, |bytes| bytes.min(ready));
            if passed == 0 {
                return;
            }
            self.consume(passed);
            bytes -= passed as u64;
        }
    }

    /// Passes over the lines between records, and the zeros of padding.
    pub(super) fn skip_blank(&mut self) {
        loop {
            let ready = self.peek(SEARCH_BYTES);
            let blank = ready
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n' | 0))
                .count();
            if blank == 0 {
                return;
            }
            self.consume(blank);
        }
    }

    /// Whether nothing follows, for whatever reason.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.peek(1).is_empty()
    }

    /// Why nothing follows, if that is not the end of the file.
    pub(super) fn error(&mut self) -> Option<Reason> {
        self.input.peek(1).err().map(|error| Reason::of(&error))
    }

    /// The damage that lies here.
    pub(super) fn take_damage(&mut self) -> Option<Reason> {
        // Damage is only noted when what lies behind it is read.
        let _ = self.input.peek(1);
        let damages = self.damages.borrow();
        let damage = damages.get(self.noted).filter(|d| d.at <= self.at)?;
        self.noted += 1;
        Some(damage.reason.clone())
    }

    /// The header of the record that starts here, passed over; `None` if none does.
    pub(super) fn header(&mut self) -> Option<Header> {
        let mut bytes = MAX_LINE_BYTES;
        let flavour = self.flavour;
        loop {
            let ready = self.peek(bytes);
            if !flavour.starts(ready) {
                return None;
            }
            let is_all = ready.len() < bytes || bytes >= MAX_HEADER_BYTES;
            let read = match flavour {
                Flavour::Warc => header::read_warc(ready),
                Flavour::Arc => header::read_arc(ready),
            };
            if let Some((header, length)) = read {
                self.consume(length);
                return Some(header);
            }
            if is_all {
                return None;
            }
            bytes *= 8;
        }
    }

    /// The body of a record of that length, not passed over, and how it ends.
    /// A length that does not lead to the start of another record, or to the
    /// end, is a lie: the body then ends where the next record starts.
    pub(super) fn body(&mut self, length: Option<u64>, cap: u64) -> (&[u8], End) {
        let cap = usize::try_from(cap).unwrap_or(usize::MAX);
        let stated = length.and_then(|length| usize::try_from(length).ok());
        let flavour = self.flavour;
        if let Some(stated) = stated.filter(|&stated| stated <= cap) {
            let ready = self.peek(stated.saturating_add(MAX_LINE_BYTES));
            if ready.len() >= stated && is_border(flavour, &ready[stated..]) {
                return (&self.peek(stated)[..stated], End::Border);
            }
        }
        // Look for the next record, in what is there already first.
        let mut window = stated
            .unwrap_or(0)
            .clamp(SEARCH_BYTES, cap.max(SEARCH_BYTES));
        let (held, end) = loop {
            let ready = self.peek(window);
            if let Some(next) = find_next(flavour, ready) {
                break (next, End::Border);
            }
            if ready.len() < window {
                // Some count the line end behind the body, and leave it out at the end.
                let is_early = length.is_some()
                    && stated.is_none_or(|stated| stated > ready.len().saturating_add(4));
                let end = if is_early { End::Early } else { End::Border };
                break (ready.len(), end);
            }
            if window > cap {
                let rest = length.unwrap_or(0).saturating_sub(window as u64);
                break (window, End::TooLarge(rest));
            }
            window = window
                .saturating_mul(2)
                .min(cap.saturating_add(MAX_LINE_BYTES));
        };
        (&self.peek(held)[..held], end)
    }

    /// Goes to the start of the next record; false if there is none before the
    /// end or the next damage.
    pub(super) fn find_record(&mut self) -> bool {
        let flavour = self.flavour;
        loop {
            let ready = self.peek(SEARCH_BYTES);
            if let Some(found) = flavour.find(ready) {
                self.consume(found);
                return true;
            }
            let length = ready.len();
            if length < SEARCH_BYTES {
                self.consume(length);
                return false;
            }
            // A record may start in the last line.
            self.consume(length - MAX_LINE_BYTES);
        }
    }
}

/// Whether a record may end here: nothing follows, or another record.
fn is_border(flavour: Flavour, rest: &[u8]) -> bool {
    let blank = rest
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n' | 0))
        .count();
    let rest = &rest[blank..];
    rest.is_empty() || flavour.starts(rest)
}

/// Where the next record starts, past the first byte and with a blank line or
/// at least a line end before it.
fn find_next(flavour: Flavour, bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = flavour.find(bytes.get(from..)?) {
        let at = from + found;
        if is_line_start(bytes, at) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}
