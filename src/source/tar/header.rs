//! One header block: which member follows, and how many bytes of it.

/// Bytes of a block; headers are one, and members end at a multiple.
pub(super) const BLOCK: usize = 512;

/// A header block whose checksum fits.
#[derive(Debug)]
pub(super) struct Header {
    /// The name's bytes, with the prefix that long ones are divided into.
    pub(super) name: Vec<u8>,
    /// Bytes of the member in the archive.
    pub(super) size: u64,
    /// The type flag.
    pub(super) kind: u8,
    /// Places of data in a sparse member of the old GNU form: offset, length.
    pub(super) places: Vec<(u64, u64)>,
    /// Whether a block of further places follows.
    pub(super) sparse_goes_on: bool,
    /// Size of a sparse member with its holes, old GNU form.
    pub(super) real_size: u64,
}

impl Header {
    /// `None` if the block is no header: its checksum or its size is none.
    pub(super) fn read(block: &[u8; BLOCK]) -> Option<Self> {
        let stated = octal(&block[148..156])?;
        let sum = |signed: bool| -> i64 {
            let value = |byte: u8| match signed {
                true => i64::from(byte.cast_signed()),
                false => i64::from(byte),
            };
            let all: i64 = block.iter().map(|&byte| value(byte)).sum();
            let field: i64 = block[148..156].iter().map(|&byte| value(byte)).sum();
            all - field + 8 * i64::from(b' ')
        };
        let stated = i64::try_from(stated).ok()?;
        // Some old programs summed signed bytes.
        if stated == 0 || (stated != sum(false) && stated != sum(true)) {
            return None;
        }
        let kind = block[156];
        let is_posix = &block[257..263] == b"ustar\0";
        let is_gnu = &block[257..263] == b"ustar ";
        let mut name = until_nul(&block[..100]).to_vec();
        if is_posix {
            // star uses the end of the prefix for times.
            let prefix = if &block[508..512] == b"tar\0" {
                &block[345..476]
            } else {
                &block[345..500]
            };
            let prefix = until_nul(prefix);
            if !prefix.is_empty() {
                name = [prefix, b"/", &name].concat();
            }
        }
        let size = number(&block[124..136])?;
        let is_sparse = is_gnu && kind == b'S';
        Some(Self {
            name,
            size,
            kind,
            places: match is_sparse {
                true => places(&block[386..482]),
                false => Vec::new(),
            },
            sparse_goes_on: is_sparse && block[482] != 0,
            real_size: match is_sparse {
                true => number(&block[483..495]).unwrap_or(0),
                false => 0,
            },
        })
    }

    /// Whether it says something of members that follow, and is none itself.
    pub(super) fn is_extension(&self) -> bool {
        matches!(
            self.kind,
            b'x' | b'X' | b'g' | b'L' | b'K' | b'V' | b'A' | b'E' | b'I' | b'N'
        )
    }

    /// Whether it is a directory, perhaps with a list of what was in it.
    pub(super) fn is_folder(&self) -> bool {
        matches!(self.kind, b'5' | b'D') || self.name.ends_with(b"/")
    }
}

/// Offset of the first header in `window`: at a multiple of the block size, or
/// anywhere if it bears the mark of a header.
pub(super) fn find(window: &[u8]) -> Option<usize> {
    let is_header = |at: usize| {
        window
            .get(at..)
            .and_then(<[u8]>::first_chunk::<BLOCK>)
            .is_some_and(|block| Header::read(block).is_some())
    };
    let aligned = (0..window.len()).step_by(BLOCK).find(|&at| is_header(at));
    let marked = memchr::memmem::find_iter(window, b"ustar")
        .filter_map(|mark| mark.checked_sub(257))
        .find(|&at| is_header(at));
    aligned.into_iter().chain(marked).min()
}

/// Offsets and lengths, 12 bytes each, until an empty one.
pub(super) fn places(bytes: &[u8]) -> Vec<(u64, u64)> {
    bytes
        .chunks_exact(24)
        .take_while(|place| place[0] != 0)
        .map_while(|place| Some((number(&place[..12])?, number(&place[12..])?)))
        .collect()
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    &bytes[..end]
}

/// A number in octal digits, or big-endian behind a set first bit.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 == 0 {
        return octal(field);
    }
    // The next bit is the sign, and sizes below zero are none.
    if first & 0x40 != 0 {
        return None;
    }
    rest.iter()
        .try_fold(u64::from(first & 0x3f), |value, &byte| {
            (value >> 56 == 0).then_some(value << 8 | u64::from(byte))
        })
}

/// Octal digits between blanks, zeros and NULs; nothing at all is 0.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_start();
    let digits = digits
        .iter()
        .position(|byte| matches!(byte, 0 | b' '))
        .map_or(digits, |end| &digits[..end]);
    digits.iter().try_fold(0u64, |value, &byte| {
        let digit = matches!(byte, b'0'..=b'7').then(|| u64::from(byte - b'0'))?;
        value.checked_mul(8)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"00000001750\0"), Some(1000));
        assert_eq!(number(b"       1750 "), Some(1000));
        assert_eq!(number(&[0; 12]), Some(0));
        assert_eq!(
            number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0x54, 0x0b, 0xe4, 0]),
            Some(10_000_000_000)
        );
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(b"12345679\0\0\0\0"), None);
    }
}
