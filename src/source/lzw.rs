//! Files of the Unix program `compress`, `.Z`: Lempel-Ziv-Welch with codes of
//! 9 to 16 bits, lowest bits first. Codes come in groups of eight; when the
//! dictionary is cleared, the rest of a group is filler.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use super::compress::visit_stream;
use super::{Container, Input, Limits, Member};
use crate::error::Reason;
use crate::record::Hint;

/// Files of `compress`.
pub(super) struct Compress;

impl Container for Compress {
    fn name(&self) -> &'static str {
        "compress"
    }

    fn claims(&self, _hint: &Hint, head: &[u8]) -> bool {
        matches!(head, [0x1f, 0x9d, flags, ..] if flags & 0x60 == 0 && (9..=16).contains(&(flags & 0x1f)))
    }

    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: &mut dyn FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let suffixes = [(".z", ""), (".taz", ".tar"), (".tz", ".tar")];
        visit_stream(self, &suffixes, input, hint, limits, each, |input| {
            Ok(Box::new(LzwReader::new(input)?))
        })
    }
}

fn bad_code() -> io::Error {
    io::Error::other("bad code")
}

/// The code that clears the dictionary, where there is one.
const CLEAR: u16 = 256;

const LEAST_WIDTH: u32 = 9;

struct LzwReader<R> {
    source: R,
    most_width: u32,
    can_clear: bool,
    width: u32,
    /// Bits read but not used, lowest first.
    bits: u32,
    ready: u32,
    /// Bytes read at the current width.
    taken: u32,
    /// What each code from 257 on stands for: that of another one and a byte.
    prefixes: Vec<u16>,
    suffixes: Vec<u8>,
    /// Next code to be defined.
    free: usize,
    before: Option<u16>,
    first: u8,
    is_broken: bool,
    /// Text of a code, last byte first.
    text: Vec<u8>,
}

impl<R: BufRead> LzwReader<R> {
    fn new(mut source: R) -> io::Result<Self> {
        let mut head = [0; 3];
        source.read_exact(&mut head)?;
        let most_width = u32::from(head[2] & 0x1f);
        let can_clear = head[2] & 0x80 != 0;
        Ok(Self {
            source,
            most_width,
            can_clear,
            width: LEAST_WIDTH,
            bits: 0,
            ready: 0,
            taken: 0,
            prefixes: vec![0; 1 << most_width],
            suffixes: vec![0; 1 << most_width],
            free: 256 + usize::from(can_clear),
            before: None,
            first: 0,
            is_broken: false,
            text: Vec::new(),
        })
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.source.fill_buf()?.first().copied();
        if byte.is_some() {
            self.source.consume(1);
            self.taken += 1;
        }
        Ok(byte)
    }

    /// The next code; `None` at the end, where fewer bits may remain.
    fn code(&mut self) -> io::Result<Option<u16>> {
        while self.ready < self.width {
            let Some(byte) = self.byte()? else {
                return Ok(None);
            };
            self.bits |= u32::from(byte) << self.ready;
            self.ready += 8;
        }
        let code = self.bits & ((1 << self.width) - 1);
        self.bits >>= self.width;
        self.ready -= self.width;
        Ok(u16::try_from(code).ok())
    }

    fn clear(&mut self) -> io::Result<()> {
        while !self.taken.is_multiple_of(self.width) {
            if self.byte()?.is_none() {
                break;
            }
        }
        self.bits = 0;
        self.ready = 0;
        self.taken = 0;
        self.width = LEAST_WIDTH;
        self.free = 257;
        self.before = None;
        Ok(())
    }

    /// Puts the text of the next code into `text`; false at the end.
    fn expand(&mut self) -> io::Result<bool> {
        if self.is_broken {
            return Err(bad_code());
        }
        let code = loop {
            match self.code()? {
                None => return Ok(false),
                Some(CLEAR) if self.can_clear => self.clear()?,
                Some(code) => break code,
            }
        };
        let mut at = usize::from(code);
        if at >= self.free || (at >= 256 && self.before.is_none()) {
            // Only the code that is about to be defined may come early.
            let Some(before) = self.before.filter(|_| at == self.free) else {
                self.is_broken = true;
                return Err(bad_code());
            };
            self.text.push(self.first);
            at = usize::from(before);
        }
        while at >= 256 {
            self.text.push(self.suffixes[at]);
            at = usize::from(self.prefixes[at]);
        }
        self.first = at as u8;
        self.text.push(self.first);
        let most = 1 << self.most_width;
        if let Some(before) = self.before
            && self.free < most
        {
            self.prefixes[self.free] = before;
            self.suffixes[self.free] = self.first;
            self.free += 1;
        }
        if self.free >= 1 << self.width && self.width < self.most_width {
            self.width += 1;
            self.taken = 0;
        }
        self.before = Some(code);
        Ok(true)
    }
}

impl<R: BufRead> Read for LzwReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut given = 0;
        while given < out.len() {
            if self.text.is_empty() {
                match self.expand() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) if given == 0 => return Err(error),
                    // The error comes again when more is asked for.
                    Err(_) => break,
                }
            }
            while given < out.len()
                && let Some(byte) = self.text.pop()
            {
                out[given] = byte;
                given += 1;
            }
        }
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::listed;

    /// Codes of 9 bits behind the magic.
    fn packed(codes: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0x1f, 0x9d, 0x90];
        let (mut bits, mut ready) = (0u32, 0);
        for code in codes {
            bits |= code << ready;
            ready += 9;
            while ready >= 8 {
                bytes.push(bits as u8);
                bits >>= 8;
                ready -= 8;
            }
        }
        bytes.push(bits as u8);
        bytes
    }

    #[test]
    fn codes_stand_for_what_came_before() {
        // `a`, then twice the code that is about to be defined.
        assert_eq!(
            listed("a.txt.Z", &packed(&[97, 257, 258, 98])),
            [": aaaaaab"]
        );
        assert_eq!(listed("a.Z", &packed(&[])), [": "]);
    }

    #[test]
    fn clearing_passes_over_the_rest_of_a_group() {
        // A group of eight codes takes nine bytes.
        let group = [97, 98, 256, 0, 0, 0, 0, 0, 99, 100];
        assert_eq!(listed("a.Z", &packed(&group)), [": abcd"]);
    }

    #[test]
    fn codes_of_nothing_are_broken() {
        assert_eq!(
            listed("a.Z", &packed(&[97, 300])),
            [": a", " ! broken compress: bad code"]
        );
    }
}
