//! Files and what they contain: walking folders, decompressing, unpacking.
//! Each container is a room of its own behind [`Container`] and one line in
//! [`CONTAINERS`]. Nothing is ever written to disk.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

pub mod walk;

use crate::error::{Reason, Skip};
use crate::record::{Hint, read_whole};

/// Caps on what an archive may expand to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Bytes of one record, and of one member that must be held in memory.
    pub record_bytes: u64,
    /// Bytes of one member after decompression.
    pub member_bytes: u64,
    /// Bytes one file may expand to in all.
    pub total_bytes: u64,
    /// Members of one file in all, nested ones included.
    pub members: u64,
    /// Levels of containers in containers.
    pub nesting: u32,
    /// Expansion allowed beyond the first [`Limits::RATIO_FREE_BYTES`].
    pub ratio: u64,
}

impl Limits {
    /// Expanded bytes that no ratio is held against.
    pub const RATIO_FREE_BYTES: u64 = 64 << 20;
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

/// A file or member being read: a buffered stream whose head can be looked at
/// without consuming it, and which may be seekable.
pub struct Input<'a> {
    buffer: Vec<u8>,
    at: usize,
    inner: Inner<'a>,
}

enum Inner<'a> {
    File(File),
    Stream(Box<dyn Read + 'a>),
}

/// Something that can be read at any place: a file, or a member held in memory.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

const BUFFER_BYTES: usize = 64 * 1024;

impl<'a> Input<'a> {
    /// A file, read from its current place, which must be its start.
    pub fn file(file: File) -> Self {
        Self {
            buffer: Vec::new(),
            at: 0,
            inner: Inner::File(file),
        }
    }

    /// A stream that can be read once.
    pub fn stream(stream: impl Read + 'a) -> Self {
        Self {
            buffer: Vec::new(),
            at: 0,
            inner: Inner::Stream(Box::new(stream)),
        }
    }

    /// The next `bytes` bytes, or all there are, without consuming them.
    ///
    /// # Errors
    ///
    /// What the stream gives.
    pub fn peek(&mut self, bytes: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.at < bytes {
            if self.more(bytes.max(BUFFER_BYTES))? == 0 {
                break;
            }
        }
        let end = self.buffer.len().min(self.at + bytes);
        Ok(&self.buffer[self.at..end])
    }

    /// Appends up to `bytes` bytes of the stream to the buffer.
    fn more(&mut self, bytes: usize) -> io::Result<usize> {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        let held = self.buffer.len();
        self.buffer.resize(held + bytes, 0);
        let read = loop {
            let read = match &mut self.inner {
                Inner::File(file) => file.read(&mut self.buffer[held..]),
                Inner::Stream(stream) => stream.read(&mut self.buffer[held..]),
            };
            match read {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(held + *read.as_ref().unwrap_or(&0));
        read
    }

    /// The whole input from its start as something seekable: the file itself,
    /// or the member's bytes in memory.
    ///
    /// # Errors
    ///
    /// [`Reason::TooLarge`] where a member over `max_bytes` would have to be
    /// held; [`Reason::Unreadable`].
    pub fn seekable(mut self, max_bytes: u64) -> Result<Box<dyn ReadSeek + 'a>, Reason> {
        if let Inner::File(mut file) = self.inner {
            file.seek(SeekFrom::Start(0)).map_err(|e| Reason::of(&e))?;
            return Ok(Box::new(io::BufReader::new(file)));
        }
        let bytes = read_whole(&mut self, max_bytes)?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() && out.len() >= BUFFER_BYTES {
            return match &mut self.inner {
                Inner::File(file) => file.read(out),
                Inner::Stream(stream) => stream.read(out),
            };
        }
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.buffer.len() {
            self.more(BUFFER_BYTES)?;
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
    }
}

/// What a container holds, one at a time.
pub enum Member<'a> {
    /// A file to be looked at in turn.
    File {
        /// Its name in the container, decoded to text; `None` for the content
        /// of a compressed stream, which is the same file in other clothes.
        name: Option<String>,
        /// What is known of it.
        hint: Hint,
        /// Its bytes.
        input: Input<'a>,
    },
    /// A member that is no document.
    Skipped {
        /// Its name.
        name: String,
        /// What it is.
        skip: Skip,
    },
    /// A member that could not be read.
    Rejected {
        /// Its name, or the best that can be said of where it lies.
        name: String,
        /// Why not.
        reason: Reason,
    },
}

/// A reader of one kind of container or compression. Implementations are stateless.
pub trait Container: Sync {
    /// Short stable name, used in reasons: `gzip`, `zip`, `tar`, `warc`, …
    fn name(&self) -> &'static str;

    /// Whether the file is one. `head` is its first bytes, at least 1 KiB if
    /// it has as many.
    fn claims(&self, hint: &Hint, head: &[u8]) -> bool;

    /// Hands each member to `each`, in order, until it breaks. A member that
    /// cannot be read costs only itself where the container allows to go on.
    ///
    /// # Errors
    ///
    /// The reason why the rest of the container cannot be read.
    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: &mut dyn FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> Result<(), Reason>;
}

/// Every container; the first that claims a file reads it.
pub static CONTAINERS: &[&dyn Container] = &[];

/// The container a file is, if it is one.
pub fn container(hint: &Hint, head: &[u8]) -> Option<&'static dyn Container> {
    CONTAINERS
        .iter()
        .copied()
        .find(|container| container.claims(hint, head))
}
