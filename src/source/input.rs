//! A file or member being read: a buffer whose head can be looked at, over a
//! file, a decoder or bytes in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;

use super::budget::Budget;
use crate::error::Reason;
use crate::record::read_whole;

/// A file or member being read: a buffered stream whose head can be looked at
/// without consuming it, and which may be seekable. What was read before an
/// error is handed out first; the error then holds a [`Reason`] and stays.
pub struct Input<'a> {
    /// `start..end` is read from `inner` and not yet consumed.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    inner: Inner<'a>,
    failed: Option<Reason>,
    budget: Rc<Budget>,
}

enum Inner<'a> {
    File(File),
    Stream(Box<dyn Read + 'a>),
    /// Needs no buffer: all of it is at hand.
    Bytes(Cursor<&'a [u8]>),
}

/// Something that can be read at any place: a file, or a member held in memory.
pub trait ReadSeek: BufRead + Seek {}
impl<T: BufRead + Seek> ReadSeek for T {}

const BUFFER_BYTES: usize = 64 * 1024;

/// Bytes of a buffer at first, where no more are asked for.
const FIRST_BYTES: usize = 4 << 10;

/// Least buffer: files whose size is said to be nothing are read too.
const LEAST_BUFFER_BYTES: usize = 1024;

impl<'a> Input<'a> {
    /// A file, read from its current place, which must be its start.
    pub fn file(file: File) -> Self {
        let bytes = file.metadata().ok().map(|m| m.len());
        let mut input = Self::new(Inner::File(file), Budget::new(bytes));
        // Most archives are many small files: one buffer, one read each. The
        // byte more lets that read see the end.
        let whole = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        if let Some(whole) = whole {
            let bytes = whole
                .saturating_add(1)
                .clamp(LEAST_BUFFER_BYTES, BUFFER_BYTES);
            input.buffer.reserve_exact(bytes);
        }
        input
    }

    /// A stream that can be read once.
    pub fn stream(stream: impl Read + 'a) -> Self {
        Self::new(Inner::Stream(Box::new(stream)), Budget::new(None))
    }

    /// A member of a container, charged to the budget of the container's file.
    pub(super) fn member(stream: impl Read + 'a, budget: &Rc<Budget>) -> Self {
        Self::new(Inner::Stream(Box::new(stream)), Rc::clone(budget))
    }

    /// A member that lies in memory.
    pub(super) fn bytes(bytes: &'a [u8], budget: &Rc<Budget>) -> Self {
        Self::new(Inner::Bytes(Cursor::new(bytes)), Rc::clone(budget))
    }

    fn new(inner: Inner<'a>, budget: Rc<Budget>) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            end: 0,
            inner,
            failed: None,
            budget,
        }
    }

    /// The account of the file this is read from.
    pub(super) fn budget(&self) -> Rc<Budget> {
        Rc::clone(&self.budget)
    }

    /// The next `bytes` bytes without consuming them, or all there are up to
    /// the end or to an error.
    ///
    /// # Errors
    ///
    /// What the stream gives, where it gives no byte before.
    pub fn peek(&mut self, bytes: usize) -> io::Result<&[u8]> {
        let is_at_hand = matches!(self.inner, Inner::Bytes(_));
        while !is_at_hand && self.end - self.start < bytes {
            match self.more(bytes) {
                Ok(0) => break,
                Err(e) if self.start == self.end => return Err(e),
                Err(_) => break,
                Ok(_) => {}
            }
        }
        let rest = match &mut self.inner {
            Inner::Bytes(all) => all.fill_buf()?,
            _ => &self.buffer[self.start..self.end],
        };
        Ok(&rest[..rest.len().min(bytes)])
    }

    /// Reads once into the buffer, which may grow up to `bytes` bytes.
    fn more(&mut self, bytes: usize) -> io::Result<usize> {
        if let Some(reason) = &self.failed {
            return Err(io::Error::other(reason.clone()));
        }
        if self.end == self.buffer.len() && self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            // Doubled and not made as large as asked: the size may be a lie.
            // Most members are small, and every byte of a buffer is cleared first.
            let first = match self.buffer.capacity() {
                0 => bytes.clamp(FIRST_BYTES, BUFFER_BYTES),
                reserved => reserved.min(BUFFER_BYTES),
            };
            let size = bytes.min(self.buffer.len() * 2).max(first);
            self.buffer.resize(size, 0);
        }
        let read = read_once(&mut self.inner, &mut self.buffer[self.end..]);
        let read = self.noted(read)?;
        self.end += read;
        Ok(read)
    }

    /// Keeps an error, so that it is given again whenever more is asked for.
    fn noted(&mut self, read: io::Result<usize>) -> io::Result<usize> {
        read.map_err(|e| {
            let reason = Reason::of(&e);
            self.failed = Some(reason.clone());
            io::Error::other(reason)
        })
    }

    /// The whole input from its start as something seekable: the file itself,
    /// or the member's bytes in memory.
    ///
    /// # Errors
    ///
    /// [`Reason::TooLarge`] where a member over `max_bytes` would have to be
    /// held; [`Reason::Unreadable`].
    pub fn seekable(mut self, max_bytes: u64) -> Result<Box<dyn ReadSeek + 'a>, Reason> {
        match self.inner {
            Inner::File(mut file) => {
                file.seek(SeekFrom::Start(0)).map_err(|e| Reason::of(&e))?;
                Ok(Box::new(BufReader::new(file)))
            }
            Inner::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes.into_inner()))),
            Inner::Stream(_) => Ok(Box::new(Cursor::new(read_whole(&mut self, max_bytes)?))),
        }
    }
}

fn read_once(inner: &mut Inner<'_>, out: &mut [u8]) -> io::Result<usize> {
    loop {
        let read = match inner {
            Inner::File(file) => file.read(out),
            Inner::Stream(stream) => stream.read(out),
            Inner::Bytes(bytes) => bytes.read(out),
        };
        match read {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let past_buffer = self.start == self.end && out.len() >= BUFFER_BYTES;
        if past_buffer && self.failed.is_none() {
            let read = read_once(&mut self.inner, out);
            return self.noted(read);
        }
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end && !matches!(self.inner, Inner::Bytes(_)) {
            // What goes on is read in larger pieces.
            if (1..BUFFER_BYTES).contains(&self.buffer.len()) && self.end == self.buffer.len() {
                let size = (self.end * 2).min(BUFFER_BYTES);
                self.buffer.resize(size, 0);
            }
            self.start = 0;
            self.end = 0;
            self.more(BUFFER_BYTES)?;
        }
        match &mut self.inner {
            Inner::Bytes(bytes) => bytes.fill_buf(),
            _ => Ok(&self.buffer[self.start..self.end]),
        }
    }

    fn consume(&mut self, bytes: usize) {
        match &mut self.inner {
            Inner::Bytes(all) => all.consume(bytes),
            _ => self.start = (self.start + bytes).min(self.end),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Gives its bytes in pieces of seven, then fails once, then ends.
    struct Failing<'a>(&'a [u8], bool);

    impl Read for Failing<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let some = out.len().min(7);
            if self.0.is_empty() && !self.1 {
                self.1 = true;
                return Err(io::Error::other(Reason::NoText));
            }
            self.0.read(&mut out[..some])
        }
    }

    #[test]
    fn a_peek_takes_nothing_away() {
        let text: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        let mut input = Input::stream(&text[..]);
        assert_eq!(input.peek(10).unwrap(), &text[..10]);
        assert_eq!(input.peek(150_000).unwrap(), &text[..150_000]);
        let mut first = [0; 100];
        input.read_exact(&mut first).unwrap();
        assert_eq!(input.peek(usize::MAX).unwrap(), &text[100..]);
        let mut rest = Vec::new();
        input.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, &text[100..]);
    }

    #[test]
    fn bytes_before_an_error_are_given_and_the_error_stays() {
        let text = b"twenty bytes of text";
        let mut input = Input::stream(Failing(text, false));
        assert_eq!(input.peek(100).unwrap(), text);
        let mut read = Vec::new();
        let error = input.read_to_end(&mut read).unwrap_err();
        assert_eq!(read, text);
        assert_eq!(Reason::of(&error), Reason::NoText);
        let again = input.read_to_end(&mut read).unwrap_err();
        assert_eq!(Reason::of(&again), Reason::NoText);
    }

    #[test]
    fn bytes_in_memory_are_peeked_read_and_sought() {
        let budget = Budget::new(None);
        let mut input = Input::bytes(b"some text", &budget);
        assert_eq!(input.peek(4).unwrap(), b"some");
        let mut first = [0; 5];
        input.read_exact(&mut first).unwrap();
        assert_eq!(input.peek(100).unwrap(), b"text");
        let mut whole = Vec::new();
        input.seekable(0).unwrap().read_to_end(&mut whole).unwrap();
        assert_eq!(whole, b"some text");
    }
}
