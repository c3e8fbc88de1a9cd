//! lz4 frames, as `lz4` writes them, and those of its old form. Blocks of 64
//! KiB to 8 MiB, linked or not, checksums held against their blocks and texts.
//!
//! An own reader of some hundred lines: the usual crate takes a file that is
//! cut between two blocks for a whole one.
//!
//! Format: "LZ4 Frame Format Description" 1.6.3 and "LZ4 Block Format".

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use super::compress::visit_stream;
use super::{Container, Input, Limits, Member};
use crate::error::Reason;
use crate::record::Hint;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const OLD_MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// How far back a match may reach.
const WINDOW_BYTES: usize = 64 * 1024;

/// Largest text of a block in the old form.
const OLD_BLOCK_BYTES: usize = 8 << 20;

/// lz4 frames.
pub(super) struct Lz4;

impl Container for Lz4 {
    fn name(&self) -> &'static str {
        "lz4"
    }

    fn claims(&self, _hint: &Hint, head: &[u8]) -> bool {
        head.starts_with(&MAGIC) || head.starts_with(&OLD_MAGIC)
    }

    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: &mut dyn FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let suffixes = [(".lz4", ""), (".tlz4", ".tar")];
        visit_stream(self, &suffixes, input, hint, limits, each, |input| {
            Ok(Box::new(Lz4Reader {
                source: input,
                frame: None,
                text: Vec::new(),
                at: 0,
            }))
        })
    }
}

struct Frame {
    is_old: bool,
    is_linked: bool,
    has_block_sums: bool,
    block_bytes: usize,
    /// Checksum of the text so far, if it will be told.
    sum: Option<Xxh32>,
}

struct Lz4Reader<R> {
    source: R,
    frame: Option<Frame>,
    /// The window, then the current block.
    text: Vec<u8>,
    /// What of `text` has been given.
    at: usize,
}

fn bad(detail: &str) -> io::Error {
    io::Error::other(detail.to_owned())
}

impl<R: BufRead> Lz4Reader<R> {
    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.source.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Reads the next frame's header; `None` at the end.
    fn header(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(None);
            }
            let magic = self.number()?.to_le_bytes();
            match magic {
                MAGIC => return self.descriptor().map(Some),
                OLD_MAGIC => {
                    return Ok(Some(Frame {
                        is_old: true,
                        is_linked: false,
                        has_block_sums: false,
                        block_bytes: OLD_BLOCK_BYTES,
                        sum: None,
                    }));
                }
                [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                    let length = u64::from(self.number()?);
                    let skipped = io::copy(&mut (&mut self.source).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                _ => return Err(bad("no frame where one should start")),
            }
        }
    }

    fn descriptor(&mut self) -> io::Result<Frame> {
        let mut bytes = vec![0; 2];
        self.source.read_exact(&mut bytes)?;
        let flags = bytes[0];
        if flags >> 6 != 1 {
            return Err(bad("unknown version"));
        }
        let has_size = flags & 8 != 0;
        let has_dictionary = flags & 1 != 0;
        let more = 8 * usize::from(has_size) + 4 * usize::from(has_dictionary);
        bytes.resize(2 + more, 0);
        self.source.read_exact(&mut bytes[2..])?;
        let mut check = [0];
        self.source.read_exact(&mut check)?;
        if (Xxh32::of(&bytes) >> 8) as u8 != check[0] {
            return Err(bad("checksum of a header does not fit"));
        }
        if has_dictionary {
            return Err(bad("needs a dictionary"));
        }
        let block_bytes = match bytes[1] >> 4 & 7 {
            size @ 4..=7 => 1 << (8 + 2 * size),
            _ => return Err(bad("unknown block size")),
        };
        Ok(Frame {
            is_old: false,
            is_linked: flags & 0x20 == 0,
            has_block_sums: flags & 0x10 != 0,
            block_bytes,
            sum: (flags & 4 != 0).then(Xxh32::default),
        })
    }

    /// Appends the next block's text, of a next frame where one ends; false
    /// at the end of the last.
    fn block(&mut self) -> io::Result<bool> {
        let Some(frame) = &self.frame else {
            self.frame = self.header()?;
            self.text.clear();
            self.at = 0;
            return Ok(self.frame.is_some());
        };
        let (is_old, has_sums, most) = (frame.is_old, frame.has_block_sums, frame.block_bytes);
        if is_old && self.source.fill_buf()?.is_empty() {
            self.frame = None;
            return Ok(true);
        }
        let size = self.number()?;
        if is_old && size.to_le_bytes() == OLD_MAGIC {
            return Ok(true);
        }
        if size == 0 && !is_old {
            let sum = self.frame.take().and_then(|frame| frame.sum);
            if let Some(sum) = sum
                && self.number()? != sum.finish()
            {
                return Err(bad("checksum does not fit"));
            }
            return Ok(true);
        }
        let is_plain = !is_old && size >> 31 == 1;
        let length = (size & 0x7fff_ffff) as usize;
        // The old form's blocks may grow a little where they cannot shrink.
        if length > most + if is_old { most / 200 + 64 } else { 0 } {
            return Err(bad("block larger than it may be"));
        }
        let mut packed = Vec::new();
        (&mut self.source)
            .take(length as u64)
            .read_to_end(&mut packed)?;
        if packed.len() < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if has_sums && self.number()? != Xxh32::of(&packed) {
            return Err(bad("checksum of a block does not fit"));
        }
        let Some(frame) = &mut self.frame else {
            return Ok(false);
        };
        let kept = match frame.is_linked {
            true => self.text.len().min(WINDOW_BYTES),
            false => 0,
        };
        self.text.drain(..self.text.len() - kept);
        self.at = kept;
        match is_plain {
            true => self.text.extend_from_slice(&packed),
            false => expand(&packed, &mut self.text, kept + most)
                .ok_or_else(|| bad("bad compressed data"))?,
        }
        if let Some(sum) = &mut frame.sum {
            sum.update(&self.text[kept..]);
        }
        Ok(true)
    }
}

impl<R: BufRead> Read for Lz4Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            if !self.block()? {
                return Ok(0);
            }
        }
        let given = (&self.text[self.at..]).read(out)?;
        self.at += given;
        Ok(given)
    }
}

/// Appends the text of a block to `out`, which may grow to `most` bytes;
/// `None` if the block is damaged.
fn expand(packed: &[u8], out: &mut Vec<u8>, most: usize) -> Option<()> {
    let mut rest = packed;
    while let Some((&token, after)) = rest.split_first() {
        rest = after;
        let literals = length(usize::from(token >> 4), &mut rest)?;
        let (text, after) = rest.split_at_checked(literals)?;
        if out.len() + literals > most {
            return None;
        }
        out.extend_from_slice(text);
        rest = after;
        if rest.is_empty() {
            return Some(());
        }
        let (offset, after) = rest.split_first_chunk()?;
        rest = after;
        let offset = usize::from(u16::from_le_bytes(*offset));
        let matched = length(usize::from(token & 15), &mut rest)?.checked_add(4)?;
        let start = out.len().checked_sub(offset).filter(|_| offset > 0)?;
        if out.len().checked_add(matched)? > most {
            return None;
        }
        if offset >= matched {
            out.extend_from_within(start..start + matched);
        } else {
            for at in start..start + matched {
                out.push(out[at]);
            }
        }
    }
    None
}

/// A length of four bits that goes on in bytes while they are full.
fn length(start: usize, rest: &mut &[u8]) -> Option<usize> {
    let mut length = start;
    if start == 15 {
        loop {
            let (&byte, after) = rest.split_first()?;
            *rest = after;
            length = length.checked_add(usize::from(byte))?;
            if byte != 255 {
                break;
            }
        }
    }
    Some(length)
}

/// The checksum of lz4 frames, XXH32 with seed 0.
struct Xxh32 {
    lanes: [u32; 4],
    waiting: Vec<u8>,
    total: u64,
}

const PRIMES: [u32; 5] = [
    2_654_435_761,
    2_246_822_519,
    3_266_489_917,
    668_265_263,
    374_761_393,
];

impl Default for Xxh32 {
    fn default() -> Self {
        let [first, second, ..] = PRIMES;
        Self {
            lanes: [
                first.wrapping_add(second),
                second,
                0,
                0u32.wrapping_sub(first),
            ],
            waiting: Vec::new(),
            total: 0,
        }
    }
}

impl Xxh32 {
    fn of(bytes: &[u8]) -> u32 {
        let mut sum = Self::default();
        sum.update(bytes);
        sum.finish()
    }

    fn update(&mut self, mut bytes: &[u8]) {
        self.total += bytes.len() as u64;
        if !self.waiting.is_empty() {
            let some = bytes.len().min(16 - self.waiting.len());
            self.waiting.extend_from_slice(&bytes[..some]);
            bytes = &bytes[some..];
            if self.waiting.len() < 16 {
                return;
            }
            let stripe = std::mem::take(&mut self.waiting);
            self.stripe(&stripe);
        }
        let mut stripes = bytes.chunks_exact(16);
        for stripe in &mut stripes {
            self.stripe(stripe);
        }
        self.waiting.extend_from_slice(stripes.remainder());
    }

    fn stripe(&mut self, stripe: &[u8]) {
        for (lane, word) in self.lanes.iter_mut().zip(words(stripe)) {
            *lane = lane
                .wrapping_add(word.wrapping_mul(PRIMES[1]))
                .rotate_left(13)
                .wrapping_mul(PRIMES[0]);
        }
    }

    fn finish(&self) -> u32 {
        let [a, b, c, d] = self.lanes;
        let mut sum = match self.total {
            0..16 => PRIMES[4],
            _ => a
                .rotate_left(1)
                .wrapping_add(b.rotate_left(7))
                .wrapping_add(c.rotate_left(12))
                .wrapping_add(d.rotate_left(18)),
        };
        sum = sum.wrapping_add(self.total as u32);
        for word in words(&self.waiting) {
            sum = sum
                .wrapping_add(word.wrapping_mul(PRIMES[2]))
                .rotate_left(17)
                .wrapping_mul(PRIMES[3]);
        }
        for &byte in self.waiting.chunks_exact(4).remainder() {
            sum = sum
                .wrapping_add(u32::from(byte).wrapping_mul(PRIMES[4]))
                .rotate_left(11)
                .wrapping_mul(PRIMES[0]);
        }
        sum = (sum ^ sum >> 15).wrapping_mul(PRIMES[1]);
        sum = (sum ^ sum >> 13).wrapping_mul(PRIMES[2]);
        sum ^ sum >> 16
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| u32::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::super::testing::listed;
    use super::*;

    /// A frame with every checksum around blocks that are packed already.
    fn frame(blocks: &[(&[u8], bool)], text: &[u8]) -> Vec<u8> {
        let descriptor = [0x54, 0x40];
        let mut bytes = MAGIC.to_vec();
        bytes.extend(descriptor);
        bytes.push((Xxh32::of(&descriptor) >> 8) as u8);
        for (block, is_plain) in blocks {
            let size = block.len() as u32 | u32::from(*is_plain) << 31;
            bytes.extend(size.to_le_bytes());
            bytes.extend(*block);
            bytes.extend(Xxh32::of(block).to_le_bytes());
        }
        bytes.extend([0; 4]);
        bytes.extend(Xxh32::of(text).to_le_bytes());
        bytes
    }

    #[test]
    fn the_checksum_is_xxh32() {
        assert_eq!(Xxh32::of(b""), 0x02cc_5d05);
        assert_eq!(Xxh32::of(b"a"), 0x550d_7456);
        assert_eq!(
            Xxh32::of(b"Nobody inspects the spammish repetition"),
            0xe229_3b2f
        );
    }

    #[test]
    fn frames_of_linked_blocks_are_read_one_after_another() {
        // Three literals, a match of seven that overlaps itself; then a match
        // that reaches into the block before.
        let first = [0x33, b'a', b'b', b'c', 3, 0, 0x10, b'd'];
        let second = [0x00, 11, 0, 0x10, b'!'];
        let one = frame(&[(&first, false), (&second, false)], b"abcabcabcadabca!");
        let two = frame(&[(b" and more", true)], b" and more");
        let all = [
            one.clone(),
            vec![0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9],
            two,
        ]
        .concat();
        assert_eq!(listed("a.lz4", &all), [": abcabcabcadabca! and more"]);
        let cut = &one[..7 + 4 + first.len() + 4];
        assert_eq!(
            listed("a.lz4", cut),
            [": abcabcabcad", " ! broken lz4: ends too early"]
        );
        let mut flipped = one;
        flipped[12] ^= 1;
        assert_eq!(
            listed("a.lz4", &flipped),
            [": ", " ! broken lz4: checksum of a block does not fit"]
        );
    }

    #[test]
    fn matches_that_reach_nowhere_are_broken() {
        let mut out = Vec::new();
        assert_eq!(expand(&[0x10, b'a', 2, 0, 0x10, b'b'], &mut out, 100), None);
        assert_eq!(expand(&[0x1f, b'a', 1, 0, 255, 255], &mut out, 100), None);
        assert_eq!(
            expand(&[0x1f, b'a', 1, 0, 255, 0, 0x10, b'b'], &mut out, 100),
            None
        );
    }
}
