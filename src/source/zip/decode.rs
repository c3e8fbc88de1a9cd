//! The content of a member: its decoder, its caps, and whether it is what the
//! zip says.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use bzip2::bufread::BzDecoder;
use flate2::bufread::DeflateDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

use super::entry::{Entry, u16_at};
use super::{KIND, broken};
use crate::error::Reason;
use crate::source::Limits;
use crate::source::budget::{Budget, Meter, Metered, Taking};
use crate::source::compress::{XZ_MEMORY_BYTES, ZSTD_WINDOW_LOG};

/// What is wrong with a member that could be read all the same; known once it
/// has been read to its end.
pub(super) type Verdict = Rc<RefCell<Option<Reason>>>;

/// Whether members of this method can be read.
pub(super) fn is_read(method: u16) -> bool {
    matches!(method, 0 | 8 | 12 | 14 | 20 | 93 | 95)
}

/// The content of a member that is packed in `packed`. Its size and checksum
/// are held against those of `entry`, unless they stand elsewhere.
///
/// # Errors
///
/// [`Reason::Broken`] for methods that are not read; a bad start.
pub(super) fn open<'a>(
    packed: Taking<impl BufRead + 'a>,
    entry: &Entry,
    has_sums: bool,
    meter: Meter,
) -> Result<(Checked<'a>, Verdict), Reason> {
    let decoder = decoder(packed, entry).map_err(|e| match Reason::of(&e) {
        Reason::Unreadable { detail } => broken(detail),
        reason => reason,
    })?;
    let verdict = Verdict::default();
    let checked = Checked {
        stream: Box::new(Metered::new(decoder, KIND, meter)),
        crc: flate2::Crc::new(),
        given: 0,
        stated: has_sums.then_some((entry.size, entry.checksum)),
        verdict: Rc::clone(&verdict),
    };
    Ok((checked, verdict))
}

fn decoder<'a>(
    mut packed: Taking<impl BufRead + 'a>,
    entry: &Entry,
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match entry.method {
        0 => Box::new(packed),
        8 => Box::new(DeflateDecoder::new(packed)),
        12 => Box::new(BzDecoder::new(packed)),
        14 => {
            // Version, length of the properties, properties; the decoder wants
            // them in front of the size, as in files of its own.
            let mut head = [0; 9];
            packed.read_exact(&mut head)?;
            if u16_at(&head, 2) != 5 {
                return Err(io::Error::other("bad lzma properties"));
            }
            let has_end_mark = entry.flags & 2 != 0;
            let size = match has_end_mark || entry.is_described_behind() {
                true => u64::MAX,
                false => entry.size,
            };
            let start = [&head[4..], &size.to_le_bytes()].concat();
            let stream = Stream::new_lzma_decoder(XZ_MEMORY_BYTES)?;
            let whole = BufReader::new(Cursor::new(start).chain(packed));
            Box::new(XzDecoder::new_stream(whole, stream))
        }
        20 | 93 => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?.single_frame();
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        95 => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES, CONCATENATED)?;
            Box::new(XzDecoder::new_stream(packed, stream))
        }
        method => {
            let name = match method {
                1 => " (shrink)",
                2..=5 => " (reduce)",
                6 => " (implode)",
                9 => " (deflate64)",
                97 => " (wavpack)",
                98 => " (ppmd)",
                _ => "",
            };
            return Err(io::Error::other(format!(
                "compression method {method}{name} is not read"
            )));
        }
    })
}

/// A member's content, held against its size and checksum.
pub(super) struct Checked<'a> {
    stream: Box<dyn Read + 'a>,
    crc: flate2::Crc,
    given: u64,
    stated: Option<(u64, u32)>,
    verdict: Verdict,
}

impl Read for Checked<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(out)?;
        self.given += read as u64;
        self.crc.update(&out[..read]);
        let Some((size, checksum)) = self.stated else {
            return Ok(read);
        };
        if self.given > size {
            return Err(io::Error::other(broken("holds more than it says")));
        }
        if read == 0 && !out.is_empty() {
            let problem = if self.given < size {
                Some("holds less than it says")
            } else if self.crc.sum() != checksum {
                Some("checksum does not fit")
            } else {
                None
            };
            *self.verdict.borrow_mut() = problem.map(broken);
        }
        Ok(read)
    }
}

/// The account of a member.
pub(super) fn metered<R: BufRead>(
    packed: R,
    limits: &Limits,
    budget: &Rc<Budget>,
) -> (Taking<R>, Meter, Rc<std::cell::Cell<u64>>) {
    let (taking, taken) = Taking::new(packed);
    let meter = Meter::new(limits, budget, Rc::clone(&taken));
    (taking, meter, taken)
}
