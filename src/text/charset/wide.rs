//! Encodings of two and four bytes a character: by their byte order mark, or by
//! where their zero bytes lie.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::Charset;

pub(super) fn byte_order_mark(bytes: &[u8]) -> Option<(Charset, usize)> {
    // UTF-32LE's mark begins with UTF-16LE's.
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some((Charset::Standard(UTF_8), 3)),
        [0xFF, 0xFE, 0, 0, ..] => Some((Charset::Utf32 { big_endian: false }, 4)),
        [0, 0, 0xFE, 0xFF, ..] => Some((Charset::Utf32 { big_endian: true }, 4)),
        [0xFF, 0xFE, ..] => Some((Charset::Standard(UTF_16LE), 2)),
        [0xFE, 0xFF, ..] => Some((Charset::Standard(UTF_16BE), 2)),
        _ => None,
    }
}

/// UTF-16 and UTF-32 without a mark, from where their zero bytes lie.
pub(super) fn wide(bytes: &[u8]) -> Option<Charset> {
    let head = &bytes[..bytes.len().min(4096) / 4 * 4];
    if head.len() < 4 {
        return None;
    }
    let mut zeros = [0usize; 4];
    for quad in head.chunks_exact(4) {
        for (count, byte) in zeros.iter_mut().zip(quad) {
            *count += usize::from(*byte == 0);
        }
    }
    let quads = head.len() / 4;
    // Every character of UTF-32 has a zero first byte and hardly ever a third plane.
    if zeros[0] == quads && zeros[1] * 10 >= quads * 9 && zeros[3] * 10 < quads {
        return Some(Charset::Utf32 { big_endian: true });
    }
    if zeros[3] == quads && zeros[2] * 10 >= quads * 9 && zeros[0] * 10 < quads {
        return Some(Charset::Utf32 { big_endian: false });
    }
    let (high, low) = (zeros[0] + zeros[2], zeros[1] + zeros[3]);
    let pairs = quads * 2;
    // Scripts beyond Latin have their zeros in blanks, digits and line ends only.
    if high * 100 > pairs * 5 && low * 20 < high {
        return plausible_utf16(head, true).then_some(Charset::Standard(UTF_16BE));
    }
    if low * 100 > pairs * 5 && high * 20 < low {
        return plausible_utf16(head, false).then_some(Charset::Standard(UTF_16LE));
    }
    if bytes.len().is_multiple_of(2) && (high + low) * 20 < pairs {
        return [true, false]
            .into_iter()
            .find(|&big_endian| is_east_asian_utf16(head, big_endian))
            .map(|big_endian| Charset::Standard(if big_endian { UTF_16BE } else { UTF_16LE }));
    }
    None
}

fn units(bytes: &[u8], big_endian: bool) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(move |pair| {
        let pair = [pair[0], pair[1]];
        if big_endian {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    })
}

/// Text holds few control characters, few lone surrogates and no zeros;
/// binary tables of small numbers do.
fn plausible_utf16(bytes: &[u8], big_endian: bool) -> bool {
    let odd = units(bytes, big_endian)
        .filter(|&unit| match unit {
            0x09 | 0x0A | 0x0C | 0x0D => false,
            _ => unit < 0x20 || (0x7F..0xA0).contains(&unit) || (0xE000..0xF900).contains(&unit),
        })
        .count();
    odd * 50 < bytes.len() / 2
}

/// East Asian text without a blank: only its own characters, and its full
/// stop or comma among them, which no other encoding's bytes give by chance.
fn is_east_asian_utf16(bytes: &[u8], big_endian: bool) -> bool {
    let mut stops = 0;
    for unit in units(bytes, big_endian) {
        match unit {
            0x3001 | 0x3002 | 0xFF0C => stops += 1,
            0x0A | 0x0D | 0x20..0x7F | 0x2010..0x2030 => {}
            0x3000..0x3100 | 0x4E00..0xA000 | 0xAC00..0xD7B0 | 0xFF00..0xFFF0 => {}
            _ => return false,
        }
    }
    stops > 0
}
