//! Keeps streams that expand without end away from memory. A stream is decoded
//! only once it is known how long it becomes; those that the library decodes by
//! itself, before anybody can ask, are looked for in the raw file.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;

use crate::error::Reason;

/// Bytes that one stream may become.
const MOST_BYTES: usize = 64 << 20;

/// Bytes that all streams may become which hold the structure of a file.
const MOST_STRUCTURE: usize = 256 << 20;

/// Bytes of a stream of structure that cannot be looked into: of all ways to
/// write one, none makes more than a thousand bytes of one.
const MOST_UNSEEN: usize = 256 << 10;

/// Bytes in which the dictionary before a stream is looked for.
const MOST_DICTIONARY: usize = 8 << 10;

/// Looks at the streams of a file in which others lie or that say where things
/// are.
///
/// # Errors
///
/// [`Reason::TooLarge`] where they become too much.
pub fn check(file: &[u8]) -> Result<(), Reason> {
    const TOO_LARGE: Reason = Reason::TooLarge {
        limit: MOST_STRUCTURE as u64,
    };
    let is_encrypted = memchr::memmem::find(file, b"/Encrypt").is_some();
    let mut all = 0;
    for at in memchr::memmem::find_iter(file, b"stream") {
        let before = &file[at.saturating_sub(MOST_DICTIONARY)..at];
        if before.ends_with(b"end") {
            continue;
        }
        let start = memchr::memmem::rfind(before, b"obj").unwrap_or(0);
        let dictionary = &before[start..];
        if !holds_structure(dictionary) {
            continue;
        }
        let data = &file[at + b"stream".len()..];
        let line = usize::from(data.first() == Some(&b'\r'));
        let line = line + usize::from(data.get(line) == Some(&b'\n'));
        let data = &data[line..];
        let names = |name: &str| memchr::memmem::find(dictionary, name.as_bytes()).is_some();
        let is_readable = names("/FlateDecode") && !names("/LZW") && !names("#");
        let filters = memchr::memmem::find_iter(dictionary, b"Decode").count()
            - memchr::memmem::find_iter(dictionary, b"/DecodeParms").count();
        if is_readable && filters == 1 && (!is_encrypted || names("/XRef")) {
            all += inflated(data, MOST_BYTES).ok_or(TOO_LARGE)?;
        } else {
            let unseen = memchr::memmem::find(data, b"endstream").unwrap_or(data.len());
            if unseen > MOST_UNSEEN && (filters > 0 || names("/F")) {
                return Err(TOO_LARGE);
            }
        }
        if all > MOST_STRUCTURE {
            return Err(TOO_LARGE);
        }
    }
    Ok(())
}

/// Whether a stream may be one of objects or of references, by what its
/// dictionary must have for that.
fn holds_structure(dictionary: &[u8]) -> bool {
    let has_key = |key: &[u8]| {
        memchr::memmem::find_iter(dictionary, key).any(|at| {
            let next = dictionary.get(at + key.len());
            next.is_none_or(|byte| !byte.is_ascii_alphanumeric())
        })
    };
    has_key(b"/First") || has_key(b"/W") || dictionary.contains(&b'#')
}

/// Bytes that a deflated stream becomes, headed as zlib does or not; `None`
/// beyond `most`.
fn inflated(data: &[u8], most: usize) -> Option<usize> {
    let mut count = 0;
    inflate(data, |more| {
        count += more.len();
        count <= most
    });
    (count <= most).then_some(count)
}

/// Hands what a deflated stream becomes to `each`, as far as it can be read and
/// until that has enough.
fn inflate(data: &[u8], mut each: impl FnMut(&[u8]) -> bool) {
    let is_zlib = matches!(data, [first, second, ..]
        if first & 0xf == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0);
    let mut decoder = Decompress::new(is_zlib);
    let mut block = vec![0; 32 << 10];
    loop {
        let (read, written) = (decoder.total_in() as usize, decoder.total_out());
        let rest = data.get(read..).unwrap_or_default();
        let status = decoder.decompress(rest, &mut block, FlushDecompress::None);
        let more = (decoder.total_out() - written) as usize;
        let goes_on = each(block.get(..more).unwrap_or_default());
        let stands = more == 0 && decoder.total_in() as usize == read;
        if !goes_on || stands || !matches!(status, Ok(Status::Ok | Status::BufError)) {
            return;
        }
    }
}

/// What a stream holds; `None` where that is too much or cannot be read.
pub fn decoded<'a>(stream: &Stream<'a>) -> Option<Cow<'a, [u8]>> {
    let plain = stream.filters().len() == 1 && !stream.dict().contains_key("DecodeParms");
    if plain && stream.filters().first() == Some(&Filter::FlateDecode) {
        let mut data = Vec::new();
        inflate(&stream.raw_data(), |more| {
            data.extend_from_slice(more);
            data.len() <= MOST_BYTES
        });
        return (data.len() <= MOST_BYTES).then_some(Cow::Owned(data));
    }
    match fits(stream) {
        true => stream.decoded_data().ok(),
        false => None,
    }
}

/// Whether a stream becomes no more than may be held.
pub fn fits(stream: &Stream<'_>) -> bool {
    let filters = stream.filters();
    let mut expanding = filters.iter().filter(|filter| {
        matches!(
            filter,
            Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode
        )
    });
    let raw = stream.raw_data();
    match (expanding.next(), expanding.next()) {
        (None, _) => true,
        (Some(Filter::FlateDecode), None) if filters.len() == 1 => {
            raw.len() < MOST_BYTES / 1100 || inflated(&raw, MOST_BYTES).is_some()
        }
        (Some(Filter::RunLengthDecode), None) => raw.len() <= MOST_BYTES / 64,
        (Some(Filter::LzwDecode), None) if filters.len() == 1 => {
            raw.len() <= MOST_BYTES / 4096 || unpacked(&raw) <= MOST_BYTES
        }
        // Written as text first, or twice.
        (Some(_), None) => raw.len() <= MOST_UNSEEN,
        (Some(_), Some(_)) => raw.len() <= 1 << 10,
    }
}

/// Bytes that a stream packed with LZW becomes at most.
fn unpacked(data: &[u8]) -> usize {
    let mut bits = data
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1)));
    // As many bytes as each word stands for.
    let mut words: Vec<usize> = vec![1; 258];
    let (mut width, mut last, mut count) = (9, None, 0_usize);
    loop {
        let mut code = 0;
        for _ in 0..width {
            let Some(bit) = bits.next() else {
                return count;
            };
            code = code << 1 | bit;
        }
        match code {
            256 => {
                words.truncate(258);
                (width, last) = (9, None);
                continue;
            }
            257 => return count,
            _ => {}
        }
        if let Some(last) = last {
            words.push(last + 1);
        }
        let length = words.get(code).copied().unwrap_or(1);
        count = count.saturating_add(length);
        last = Some(length);
        width = match words.len() {
            0..=510 => 9,
            511..=1022 => 10,
            1023..=2046 => 11,
            _ => 12,
        };
        if words.len() > 1 << 16 {
            return usize::MAX;
        }
    }
}
