//! Reads gzip streams of any number of members (RFC 1952), as crawlers and log
//! rotations write them. A plain decoder stops after the first member and so
//! loses the rest without a word.

use std::cell::RefCell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::error::Reason;

/// What a damaged place of a stream is called.
const KIND: &str = "gzip";

/// Compressed bytes of a member kept for finding where the next one starts.
const HELD_BYTES: usize = 1 << 20;

/// Damaged places after which a stream is given up.
const MAX_DAMAGED: usize = 1000;

/// Put after what could be read of a damaged member, so that the next member
/// starts on a line of its own.
const SEAM: &[u8] = b"\r\n\r\n";

/// A place where members were damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// Offset in the decompressed stream up to which it is sound.
    pub(super) at: u64,
    /// What was found.
    pub(super) reason: Reason,
}

/// The damaged places of a stream, in order.
pub(super) type Damages = Rc<RefCell<Vec<Damage>>>;

enum State {
    /// Before a member's header.
    Header,
    Body,
    /// Behind a member's body.
    Trailer,
    /// After the last member.
    End,
}

/// A reader of all members. Zeros and other bytes after the last member are
/// passed over. Damage ends the stream with [`Reason::Broken`]; or, where
/// asked for, is noted and passed over.
pub(super) struct GzipReader<R> {
    source: Held<R>,
    state: State,
    members: u64,
    inflate: Decompress,
    crc: Crc,
    given: u64,
    damages: Option<Damages>,
    /// Bytes of [`SEAM`] still to be given.
    seam: &'static [u8],
}

impl<R: BufRead> GzipReader<R> {
    /// Stops at the first damaged place.
    pub(super) fn new(source: R) -> Self {
        Self {
            source: Held::new(source),
            state: State::Header,
            members: 0,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            given: 0,
            damages: None,
            seam: &[],
        }
    }

    /// Notes damaged places, puts two line ends there, and goes on with the
    /// next member that can be found.
    pub(super) fn mending(source: R) -> (Self, Damages) {
        let damages = Damages::default();
        let mut reader = Self::new(source);
        reader.damages = Some(Rc::clone(&damages));
        reader.source.keep = true;
        (reader, damages)
    }

    /// Reads up to the body of the next member; false where there is none.
    fn header(&mut self) -> io::Result<bool> {
        self.source.start();
        if self.members > 0 && !self.skip_zeros()? {
            return Ok(false);
        }
        let mut fixed = [0; 10];
        let length = self.source.read_up_to(&mut fixed)?;
        let is_padding = self.members > 0 && !fixed.starts_with(&[0x1f, 0x8b]);
        if is_padding && self.damages.is_none() {
            return Ok(false);
        }
        if length < fixed.len() && !is_padding {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !is_start(&fixed) {
            return Err(io::Error::other("no gzip header"));
        }
        let flags = fixed[3];
        if flags & 4 != 0 {
            let mut length = [0; 2];
            self.source.read_exact(&mut length)?;
            self.source.skip(usize::from(u16::from_le_bytes(length)))?;
        }
        // File name and comment.
        for flag in [8, 16] {
            if flags & flag != 0 {
                self.source.skip_zero_ended()?;
            }
        }
        if flags & 2 != 0 {
            self.source.skip(2)?;
        }
        self.inflate.reset(false);
        self.crc.reset();
        self.members += 1;
        Ok(true)
    }

    /// Passes over zeros after a member; whether anything follows.
    fn skip_zeros(&mut self) -> io::Result<bool> {
        loop {
            let bytes = self.source.fill_buf()?;
            let zeros = bytes.iter().take_while(|&&b| b == 0).count();
            let at_other = zeros < bytes.len();
            if zeros == 0 {
                return Ok(at_other);
            }
            self.source.consume(zeros);
        }
    }

    /// Passes over bytes up to something that looks like a member's start.
    fn find_member(&mut self) -> io::Result<bool> {
        let mut last = [0; 3];
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            for (i, &byte) in bytes.iter().enumerate() {
                let window = [last[0], last[1], last[2], byte];
                if is_start(&window) {
                    self.source.consume(i + 1);
                    self.source.put_back(&window);
                    return Ok(true);
                }
                last = [window[1], window[2], window[3]];
            }
            let passed = bytes.len();
            self.source.consume(passed);
        }
    }

    fn body(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let bytes = self.source.fill_buf()?;
            let at_end = bytes.is_empty();
            let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(bytes, out, FlushDecompress::None)
                .map_err(|_| io::Error::other("bad compressed data"))?;
            let taken = (self.inflate.total_in() - taken) as usize;
            let given = (self.inflate.total_out() - given) as usize;
            self.source.consume(taken);
            self.crc.update(&out[..given]);
            if status == Status::StreamEnd {
                self.state = State::Trailer;
                return Ok(given);
            }
            if given > 0 {
                return Ok(given);
            }
            if at_end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if taken == 0 {
                return Err(io::Error::other("bad compressed data"));
            }
        }
    }

    fn trailer(&mut self) -> io::Result<()> {
        let mut trailer = [0; 8];
        self.source.read_exact(&mut trailer)?;
        let [a, b, c, d, e, f, g, h] = trailer;
        let checksum = u32::from_le_bytes([a, b, c, d]);
        let length = u32::from_le_bytes([e, f, g, h]);
        if checksum != self.crc.sum() {
            return Err(io::Error::other("checksum does not fit"));
        }
        if length != self.crc.amount() {
            return Err(io::Error::other("length does not fit"));
        }
        Ok(())
    }

    /// Notes damage and looks for the next member; an error where damage is not
    /// to be passed over.
    fn damaged(&mut self, error: io::Error) -> io::Result<()> {
        let error = super::budget::broken(KIND, error);
        let Some(damages) = &self.damages else {
            return Err(error);
        };
        let reason = Reason::of(&error);
        let is_our_own = matches!(&reason, Reason::Broken { kind, .. } if *kind == KIND);
        if !is_our_own || damages.borrow().len() >= MAX_DAMAGED {
            return Err(error);
        }
        damages.borrow_mut().push(Damage {
            at: self.given,
            reason,
        });
        self.source.rewind();
        self.seam = SEAM;
        self.state = if self.find_member()? {
            State::Header
        } else {
            State::End
        };
        Ok(())
    }
}

/// Whether these are the first bytes of a gzip member.
pub(super) fn is_start(bytes: &[u8]) -> bool {
    matches!(bytes, [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0)
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.seam.is_empty() {
                let given = self.seam.read(out)?;
                self.given += given as u64;
                return Ok(given);
            }
            let step = match self.state {
                State::End => return Ok(0),
                State::Header => self.header().map(|found| {
                    self.state = if found { State::Body } else { State::End };
                    0
                }),
                State::Body => self.body(out),
                State::Trailer => self.trailer().map(|()| {
                    self.state = State::Header;
                    0
                }),
            };
            match step {
                Ok(0) => {}
                Ok(given) => {
                    self.given += given as u64;
                    return Ok(given);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => return Err(e),
                Err(e) => self.damaged(e)?,
            }
        }
    }
}

/// A source that remembers what was last consumed of a member, so that the
/// search for the next one can begin before the place where damage happened to
/// be noticed.
struct Held<R> {
    inner: R,
    keep: bool,
    /// Consumed since the member's start, at most the last [`HELD_BYTES`] of it.
    held: Vec<u8>,
    is_from_start: bool,
    /// `again[again_at..]` comes before what `inner` has.
    again: Vec<u8>,
    again_at: usize,
}

impl<R: BufRead> Held<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            keep: false,
            held: Vec::new(),
            is_from_start: true,
            again: Vec::new(),
            again_at: 0,
        }
    }

    /// A member starts here.
    fn start(&mut self) {
        self.held.clear();
        self.is_from_start = true;
    }

    /// Goes back as far as can be, but not to the member's first byte.
    fn rewind(&mut self) {
        let mut again = std::mem::take(&mut self.held);
        let skipped = usize::from(self.is_from_start && !again.is_empty());
        again.extend_from_slice(&self.again[self.again_at..]);
        self.again = again;
        self.again_at = skipped;
    }

    /// Puts bytes in front of what comes next.
    fn put_back(&mut self, bytes: &[u8]) {
        let rest = &self.again[self.again_at..];
        self.again = [bytes, rest].concat();
        self.again_at = 0;
    }

    fn read_up_to(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < out.len() {
            let read = self.read(&mut out[filled..])?;
            if read == 0 {
                break;
            }
            filled += read;
        }
        Ok(filled)
    }

    fn skip(&mut self, mut bytes: usize) -> io::Result<()> {
        while bytes > 0 {
            let some = self.fill_buf()?.len().min(bytes);
            if some == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.consume(some);
            bytes -= some;
        }
        Ok(())
    }

    fn skip_zero_ended(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.fill_buf()?;
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let end = bytes.iter().position(|&b| b == 0);
            let taken = end.map_or(bytes.len(), |end| end + 1);
            self.consume(taken);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn hold(&mut self, bytes: usize) {
        let Ok(buffer) = (if self.again_at < self.again.len() {
            Ok(&self.again[self.again_at..])
        } else {
            self.inner.fill_buf()
        }) else {
            return;
        };
        self.held
            .extend_from_slice(&buffer[..bytes.min(buffer.len())]);
        if self.held.len() > 2 * HELD_BYTES {
            self.held.drain(..self.held.len() - HELD_BYTES);
            self.is_from_start = false;
        }
    }
}

impl<R: BufRead> Read for Held<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Held<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.again_at < self.again.len() {
            return Ok(&self.again[self.again_at..]);
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        if self.keep {
            self.hold(bytes);
        }
        if self.again_at < self.again.len() {
            self.again_at += bytes;
        } else {
            self.inner.consume(bytes);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// One gzip member.
    pub(in crate::source) fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> (Vec<u8>, Option<Reason>) {
        let mut text = Vec::new();
        let result = GzipReader::new(bytes).read_to_end(&mut text);
        (text, result.err().map(|e| Reason::of(&e)))
    }

    fn mend(bytes: &[u8]) -> (Vec<u8>, Vec<Damage>) {
        let mut text = Vec::new();
        let (mut reader, damages) = GzipReader::mending(bytes);
        reader.read_to_end(&mut text).unwrap();
        let damages = damages.borrow().clone();
        (text, damages)
    }

    fn broken(detail: &str) -> Reason {
        Reason::Broken {
            kind: "gzip",
            detail: detail.to_owned(),
        }
    }

    /// Text that compresses badly, so that a member has a body of some length.
    fn noise(bytes: usize, mut seed: u32) -> Vec<u8> {
        std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        })
        .take(bytes)
        .collect()
    }

    #[test]
    fn every_member_is_read() {
        let stream = [gz(b"one "), gz(b""), gz(b"two")].concat();
        assert_eq!(read(&stream), (b"one two".to_vec(), None));
    }

    #[test]
    fn header_fields_are_passed_over() {
        let mut stream = vec![0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3];
        stream.extend(b"\x03\0abcname\0comment\0\0\0");
        stream.extend(&gz(b"text")[10..]);
        assert_eq!(read(&stream), (b"text".to_vec(), None));
    }

    #[test]
    fn zeros_and_other_bytes_after_the_last_member_are_passed_over() {
        let zeros = [gz(b"text"), vec![0; 100_000]].concat();
        assert_eq!(read(&zeros), (b"text".to_vec(), None));
        let garbage = [gz(b"text"), b"\0\0garbage".to_vec()].concat();
        assert_eq!(read(&garbage), (b"text".to_vec(), None));
    }

    #[test]
    fn zeros_between_members_are_passed_over() {
        let stream = [gz(b"one "), vec![0; 512], gz(b"two")].concat();
        assert_eq!(read(&stream), (b"one two".to_vec(), None));
    }

    #[test]
    fn a_cut_stream_gives_what_it_holds_and_then_the_reason() {
        let text = noise(100_000, 1);
        let stream = gz(&text);
        let (read, reason) = read(&stream[..50_000]);
        assert!(read.len() > 40_000 && text.starts_with(&read));
        assert_eq!(reason, Some(broken("ends too early")));
    }

    #[test]
    fn a_stream_without_its_trailer_is_cut() {
        let stream = gz(b"text");
        let cut = &stream[..stream.len() - 3];
        assert_eq!(
            read(cut),
            (b"text".to_vec(), Some(broken("ends too early")))
        );
    }

    #[test]
    fn a_wrong_checksum_is_told_after_the_text() {
        let mut stream = gz(b"text");
        let at = stream.len() - 8;
        stream[at] ^= 1;
        assert_eq!(
            read(&stream),
            (b"text".to_vec(), Some(broken("checksum does not fit")))
        );
    }

    #[test]
    fn mending_finds_the_member_after_a_cut_one() {
        let text = noise(3_000, 2);
        let stream = [
            gz(b"one"),
            gz(&text)[..1_500].to_vec(),
            gz(b"three"),
            gz(b"four"),
        ]
        .concat();
        let (mended, damages) = mend(&stream);
        assert!(mended.starts_with(b"one"));
        assert!(mended.ends_with(b"\r\n\r\nthreefour"));
        assert_eq!(damages.len(), 1);
    }

    #[test]
    fn mending_finds_members_after_garbage() {
        let stream = [gz(b"one"), b"garbage".to_vec(), gz(b"two")].concat();
        let (mended, damages) = mend(&stream);
        assert_eq!(mended, b"one\r\n\r\ntwo");
        assert_eq!(
            damages,
            [Damage {
                at: 3,
                reason: broken("no gzip header")
            }]
        );
    }

    #[test]
    fn mending_ends_where_there_is_nothing_but_starts() {
        let stream = [0x1f, 0x8b, 8, 0].repeat(5_000);
        let mut text = Vec::new();
        let (mut reader, damages) = GzipReader::mending(&stream[..]);
        assert!(reader.read_to_end(&mut text).is_err());
        assert_eq!(damages.borrow().len(), MAX_DAMAGED);
    }

    #[test]
    fn any_flipped_byte_costs_at_most_one_member() {
        let stream = [gz(b"first text"), gz(b"second text"), gz(b"third text")].concat();
        let first = gz(b"first text").len();
        let second = gz(b"second text").len();
        for at in first..first + second {
            let mut flipped = stream.clone();
            flipped[at] ^= 0xff;
            let (mended, _) = mend(&flipped);
            assert!(mended.starts_with(b"first text"), "byte {at}");
            assert!(mended.ends_with(b"third text"), "byte {at}");
        }
    }
}
