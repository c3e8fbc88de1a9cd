//! Bytes to text. Decides which encoding a text is in and decodes it: what
//! the bytes prove comes before what an envelope says, and what an envelope
//! says before what can be guessed.
//!
//! In order: a byte order mark; the zero bytes of UTF-16 and UTF-32; valid
//! UTF-8 with characters beyond ASCII (which a declared single-byte charset
//! does not overrule); the declared charset, if the bytes fit it; UTF-8 with a
//! few bad bytes; a guess from letter frequencies. No text is ever refused:
//! what does not fit becomes U+FFFD.

mod wide;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, MACINTOSH, SHIFT_JIS, UTF_8,
    UTF_16BE, UTF_16LE, WINDOWS_1252, X_MAC_CYRILLIC,
};
use oem_cp::code_table::DECODING_TABLE_CP_MAP;
use oem_cp::code_table_type::TableType;

use wide::{byte_order_mark, wide};

/// A decoded text and how it was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Lower-case name, WHATWG's where there is one: `utf-8`, `windows-1252`,
    /// `utf-32le`, `ibm437`. Plain ASCII counts as `utf-8`.
    pub encoding: &'static str,
    /// Whether some bytes did not fit and were replaced by U+FFFD.
    pub replaced: bool,
}

/// An encoding: those of the WHATWG standard, and those it leaves out.
#[derive(Clone, Copy)]
enum Charset {
    Standard(&'static Encoding),
    /// A DOS code page, by its place in [`OEM_PAGES`].
    Oem(usize),
    Utf32 {
        big_endian: bool,
    },
    Iso2022Kr,
}

/// A charset found once, for texts that are decoded piece by piece.
#[derive(Clone, Copy)]
pub struct Known(Charset);

impl Known {
    /// The charset of a label, if anybody knows it.
    pub fn of_label(label: &str) -> Option<Self> {
        resolve(label).map(Self)
    }

    /// The charset of the WHATWG standard.
    pub fn of(encoding: &'static Encoding) -> Self {
        Self(Charset::Standard(encoding))
    }

    /// A piece of text in it.
    pub fn decode(self, bytes: &[u8]) -> Decoded<'_> {
        decode_as(bytes, self.0)
    }
}

/// DOS code pages that WHATWG does not know.
const OEM_PAGES: &[(u16, &str)] = &[
    (437, "ibm437"),
    (720, "ibm720"),
    (737, "ibm737"),
    (775, "ibm775"),
    (850, "ibm850"),
    (852, "ibm852"),
    (855, "ibm855"),
    (857, "ibm857"),
    (858, "ibm858"),
    (860, "ibm860"),
    (861, "ibm861"),
    (862, "ibm862"),
    (863, "ibm863"),
    (864, "ibm864"),
    (865, "ibm865"),
    (869, "ibm869"),
];

/// Bytes that the guess looks at, from the first that is not ASCII.
const GUESS_BYTES: usize = 256 * 1024;

/// Decodes a text. `declared` holds charset labels in order of trust (HTTP,
/// then XML declaration or meta tag); unknown labels are passed over. `forced`
/// overrules everything, even a byte order mark.
pub fn decode<'a>(
    bytes: &'a [u8],
    declared: &[&str],
    forced: Option<&'static Encoding>,
) -> Decoded<'a> {
    if let Some(encoding) = forced {
        let (text, replaced) = encoding.decode_with_bom_removal(bytes);
        return Decoded {
            text,
            encoding: standard_name(encoding),
            replaced,
        };
    }
    if let Some((charset, mark)) = byte_order_mark(bytes) {
        return decode_as(&bytes[mark..], charset);
    }
    // Most news is plain ASCII, and every format asks this of every file.
    if is_plain_ascii(bytes)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Decoded {
            text: Cow::Borrowed(text),
            encoding: standard_name(UTF_8),
            replaced: false,
        };
    }
    if let Some(charset) = wide(bytes) {
        return decode_as(bytes, charset);
    }
    let known: Vec<Charset> = declared
        .iter()
        .filter_map(|label| resolve(label))
        .filter(|charset| is_byte_wise(*charset))
        .collect();

    let shape = Utf8Shape::of(bytes);
    if shape.is_ascii() {
        if let Some(charset) = escaped(bytes, &known) {
            return decode_as(bytes, charset);
        }
        return decode_as(bytes, Charset::Standard(UTF_8));
    }
    // Two-byte sequences are also pairs of East Asian bytes: a few of them
    // prove nothing against a declared multi-byte charset.
    let few_pairs = shape.longer == 0 && shape.valid < 10;
    let declared_pairs = known.first().is_some_and(|charset| is_east_asian(*charset));
    if shape.bad == 0 && !(few_pairs && declared_pairs) {
        return decode_as(bytes, Charset::Standard(UTF_8));
    }
    // Single-byte text that holds twenty UTF-8 sequences for each stray byte
    // does not exist, whatever it declares.
    if shape.valid >= 20 && shape.mostly_valid() {
        return decode_as(bytes, Charset::Standard(UTF_8));
    }
    for charset in known {
        let decoded = decode_as(bytes, charset);
        if !decoded.replaced || few_replaced(&decoded.text) {
            return decoded;
        }
    }
    if shape.mostly_valid() {
        return decode_as(bytes, Charset::Standard(UTF_8));
    }
    decode_as(bytes, guess(bytes))
}

/// Whether all bytes are printed ASCII, blanks and line ends: text in which
/// no other encoding can hide.
fn is_plain_ascii(bytes: &[u8]) -> bool {
    // Blocks without an early end are checked many bytes at a time.
    bytes.chunks(256).all(|block| {
        block.iter().fold(true, |plain, &byte| {
            plain & (matches!(byte, 0x20..0x7f) | matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
        })
    })
}

/// The encoding of a label, for what must be decoded by itself (MIME words,
/// parts of messages); `None` for labels nobody knows.
pub fn decode_labelled(bytes: &[u8], label: &str) -> Option<String> {
    Some(decode_as(bytes, resolve(label)?).text.into_owned())
}

/// Whether a file is no text in any encoding: a picture, a program, a
/// compressed stream. `head` is its first bytes, cut anywhere.
pub fn looks_binary(head: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[
        b"GIF8",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"%PDF-",
        b"{\\rtf",
        b"%!PS",
        b"PK\x03\x04",
        b"\x7fELF",
        b"MZ\x90",
        b"\xd0\xcf\x11\xe0",
        b"SQLite format",
        b"wOFF",
        b"OggS",
        b"ID3",
    ];
    if MAGIC.iter().any(|magic| head.starts_with(magic)) {
        return true;
    }
    if is_plain_ascii(head) || byte_order_mark(head).is_some() || wide(head).is_some() {
        return false;
    }
    let zeros = memchr::memchr_iter(0, head).count();
    let controls = head
        .iter()
        .filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
        .count();
    // Wire copy carries control bytes around each story, and old files a zero
    // or two. Compressed bytes are a tenth controls and half beyond ASCII.
    let compressed = controls * 20 > head.len() && non_ascii(head) * 4 > head.len();
    zeros * 100 > head.len() || controls * 5 > head.len() || compressed
}

/// The charset a page declares in its first bytes: an XML declaration or a
/// `<meta>` element.
pub fn declared_in_markup(head: &[u8]) -> Option<String> {
    let head = &head[..head.len().min(4096)];
    let lower = head.to_ascii_lowercase();
    let start = lower.iter().position(|b| !b.is_ascii_whitespace())?;
    if lower[start..].starts_with(b"<?xml") {
        let end = memchr::memmem::find(&lower, b"?>").unwrap_or(lower.len());
        if let Some(at) = memchr::memmem::find(&lower[..end], b"encoding") {
            return label_after(&lower[at + b"encoding".len()..end]);
        }
    }
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&lower[from..], b"<meta") {
        let tag = &lower[from + at..];
        let tag = &tag[..memchr::memchr(b'>', tag).unwrap_or(tag.len())];
        if let Some(charset) = memchr::memmem::find(tag, b"charset")
            && let Some(label) = label_after(&tag[charset + b"charset".len()..])
        {
            return Some(label);
        }
        from += at + b"<meta".len();
    }
    None
}

/// The value after an equals sign, quoted or not.
fn label_after(rest: &[u8]) -> Option<String> {
    let mut bytes = rest.iter().copied().skip_while(u8::is_ascii_whitespace);
    if bytes.next()? != b'=' {
        return None;
    }
    let label: String = bytes
        .skip_while(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\''))
        .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b';' | b'>' | b'/'))
        .map(char::from)
        .collect();
    (!label.is_empty()).then_some(label)
}

/// How well bytes fit UTF-8.
#[derive(Default)]
struct Utf8Shape {
    /// Sequences beyond ASCII.
    valid: usize,
    /// Those of three and four bytes.
    longer: usize,
    /// Runs of bytes that are no sequence.
    bad: usize,
}

impl Utf8Shape {
    fn of(bytes: &[u8]) -> Self {
        let mut shape = Self::default();
        for chunk in bytes.utf8_chunks() {
            let text = chunk.valid();
            if !text.is_ascii() {
                for c in text.chars().filter(|c| !c.is_ascii()) {
                    shape.valid += 1;
                    shape.longer += usize::from(c.len_utf8() > 2);
                }
            }
            shape.bad += usize::from(!chunk.invalid().is_empty());
        }
        shape
    }

    fn is_ascii(&self) -> bool {
        self.valid == 0 && self.bad == 0
    }

    fn mostly_valid(&self) -> bool {
        self.valid >= self.bad * 99
    }
}

/// Encodings that hide in ASCII behind escape sequences.
fn escaped(bytes: &[u8], known: &[Charset]) -> Option<Charset> {
    memchr::memchr(0x1B, bytes)?;
    if memchr::memmem::find(bytes, b"\x1b$)C").is_some() {
        return Some(Charset::Iso2022Kr);
    }
    let japanese = [b"\x1b$B".as_slice(), b"\x1b$@", b"\x1b(J"];
    let declared = known
        .iter()
        .any(|c| matches!(c, Charset::Standard(e) if *e == ISO_2022_JP));
    (declared
        || japanese
            .iter()
            .any(|escape| memchr::memmem::find(bytes, escape).is_some()))
    .then_some(Charset::Standard(ISO_2022_JP))
}

/// A page that could be read far enough to see its label is not in UTF-16.
fn is_byte_wise(charset: Charset) -> bool {
    !matches!(charset, Charset::Utf32 { .. })
        && !matches!(charset, Charset::Standard(e) if e == UTF_16LE || e == UTF_16BE)
}

fn is_east_asian(charset: Charset) -> bool {
    matches!(charset, Charset::Standard(e)
        if [SHIFT_JIS, EUC_JP, EUC_KR, GBK, GB18030, BIG5].contains(&e))
}

/// Whether a declared charset fits although some bytes do not: at most one in
/// fifty characters beyond ASCII, or a single one.
fn few_replaced(text: &str) -> bool {
    let (mut replaced, mut others) = (0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        if c == '\u{FFFD}' {
            replaced += 1;
        } else {
            others += 1;
        }
    }
    replaced * 50 <= others
}

/// The encoding of a label as people write them: `IBM855`, `cp855`,
/// `MacCyrillic`, `UTF_8`, `csISOLatin1`.
fn resolve(label: &str) -> Option<Charset> {
    let label = label.trim();
    let dashed = label.replace('_', "-");
    for label in [label, dashed.as_str()] {
        if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
            return Some(Charset::Standard(encoding));
        }
    }
    let plain: String = label
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let standard = match plain.as_str() {
        "utf8" | "utf8mb4" | "usascii" | "ansix341968" => UTF_8,
        "latin1" | "iso88591" | "ansi" | "cp1252" | "iso885915latin9" => WINDOWS_1252,
        "maccyrillic" | "xmaccyrillic" => X_MAC_CYRILLIC,
        "macroman" | "applemacintosh" => MACINTOSH,
        "cp932" | "ms932" | "xsjis" | "sjis" | "mskanji" => SHIFT_JIS,
        "cp936" | "gb2312" | "euccn" | "xgbk" => GBK,
        "cp949" | "uhc" | "ksc5601" | "ksx1001" => EUC_KR,
        "cp950" | "big5hkscs" => BIG5,
        "eucjp" => EUC_JP,
        "euckr" => EUC_KR,
        "iso2022kr" | "csiso2022kr" => return Some(Charset::Iso2022Kr),
        "utf32" | "utf32le" | "ucs4" => return Some(Charset::Utf32 { big_endian: false }),
        "utf32be" => return Some(Charset::Utf32 { big_endian: true }),
        _ => {
            let digits = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let prefix = &plain[..plain.len() - digits.len()];
            let is_page = [
                "", "ibm", "cp", "windows", "dos", "oem", "csibm", "cspc", "pc", "codepage",
            ]
            .contains(&prefix);
            let page: u16 = digits.parse().ok().filter(|_| is_page)?;
            if let Some(at) = OEM_PAGES.iter().position(|(known, _)| *known == page) {
                return Some(Charset::Oem(at));
            }
            let windows = format!("windows-{page}");
            return Encoding::for_label_no_replacement(windows.as_bytes()).map(Charset::Standard);
        }
    };
    Some(Charset::Standard(standard))
}

fn decode_as(bytes: &[u8], charset: Charset) -> Decoded<'_> {
    match charset {
        Charset::Standard(encoding) => {
            let (text, replaced) = encoding.decode_without_bom_handling(bytes);
            Decoded {
                text,
                encoding: standard_name(encoding),
                replaced,
            }
        }
        Charset::Oem(at) => {
            let (page, name) = OEM_PAGES[at];
            let text = match DECODING_TABLE_CP_MAP.get(&page) {
                Some(TableType::Complete(table)) => bytes
                    .iter()
                    .map(|&b| oem_char(b, |at| Some(table[at])))
                    .collect(),
                Some(TableType::Incomplete(table)) => {
                    bytes.iter().map(|&b| oem_char(b, |at| table[at])).collect()
                }
                None => String::from_utf8_lossy(bytes).into_owned(),
            };
            owned(text, name)
        }
        Charset::Utf32 { big_endian } => {
            let mut text = String::with_capacity(bytes.len() / 4);
            for quad in bytes.chunks(4) {
                let number = quad.try_into().ok().map(|quad: [u8; 4]| {
                    if big_endian {
                        u32::from_be_bytes(quad)
                    } else {
                        u32::from_le_bytes(quad)
                    }
                });
                text.push(number.and_then(char::from_u32).unwrap_or('\u{FFFD}'));
            }
            owned(text, if big_endian { "utf-32be" } else { "utf-32le" })
        }
        Charset::Iso2022Kr => owned(iso_2022_kr(bytes), "iso-2022-kr"),
    }
}

fn oem_char(byte: u8, upper: impl Fn(usize) -> Option<char>) -> char {
    if byte < 0x80 {
        char::from(byte)
    } else {
        upper(usize::from(byte) - 0x80).unwrap_or('\u{FFFD}')
    }
}

fn owned(text: String, encoding: &'static str) -> Decoded<'static> {
    Decoded {
        replaced: text.contains('\u{FFFD}'),
        text: Cow::Owned(text),
        encoding,
    }
}

/// Between shift-out and shift-in, pairs of EUC-KR without their high bits.
fn iso_2022_kr(bytes: &[u8]) -> String {
    let mut shifted = false;
    let mut euc = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            0x0E => shifted = true,
            0x0F => shifted = false,
            0x21..=0x7E if shifted => euc.push(byte | 0x80),
            _ => euc.push(byte),
        }
    }
    let text = EUC_KR.decode_without_bom_handling(&euc).0;
    text.replace("\u{1b}$)C", "")
}

/// The likeliest encoding by letter frequencies.
fn guess(bytes: &[u8]) -> Charset {
    let start = bytes
        .iter()
        .position(|b| !b.is_ascii())
        .unwrap_or(0)
        .saturating_sub(16);
    let sample = &bytes[start..bytes.len().min(start + GUESS_BYTES)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let mut guessed = Charset::Standard(detector.guess(None, Utf8Detection::Deny));
    // Letter frequencies say nothing of a lone pound sign or a pair of quotes.
    let western = decode_as(sample, Charset::Standard(WINDOWS_1252)).text;
    let has_letters = western.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
    if !has_letters && !western.contains(|c: char| c.is_control() && !c.is_ascii()) {
        guessed = Charset::Standard(WINDOWS_1252);
    }
    // The guesser knows neither DOS nor Macintosh pages, where bytes that are
    // signs elsewhere are letters.
    let mut best = (guessed, odd_letters(sample, guessed));
    if best.1 * 5 > non_ascii(sample) {
        let dos = |page: &str| OEM_PAGES.iter().position(|(_, name)| *name == page);
        let others = ["ibm850", "ibm852"]
            .into_iter()
            .filter_map(dos)
            .map(Charset::Oem)
            .chain([Charset::Standard(MACINTOSH)]);
        for other in others {
            let odd = odd_letters(sample, other);
            if odd * 2 < best.1 {
                best = (other, odd);
            }
        }
    }
    best.0
}

fn non_ascii(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| !b.is_ascii()).count()
}

/// Characters beyond ASCII that are misplaced: a sign or a capital between small
/// letters. Right single quotes and soft hyphens do stand there.
fn odd_letters(bytes: &[u8], charset: Charset) -> usize {
    let text = decode_as(bytes, charset).text;
    let mut before = [' ', ' '];
    let mut odd = 0;
    for c in text.chars() {
        let [first, middle] = before;
        let framed = first.is_lowercase() && (c.is_lowercase() || middle == '\u{FFFD}');
        let fits = middle.is_ascii()
            || middle.is_lowercase()
            || (middle.is_alphabetic() && !middle.is_uppercase())
            || matches!(middle, '\u{2019}' | '\u{AD}' | '\u{2013}' | '\u{2014}');
        odd += usize::from(framed && !fits);
        before = [middle, c];
    }
    odd
}

/// Lower-case names of the WHATWG encodings.
fn standard_name(encoding: &'static Encoding) -> &'static str {
    const NAMES: &[&str] = &[
        "utf-8",
        "ibm866",
        "iso-8859-2",
        "iso-8859-3",
        "iso-8859-4",
        "iso-8859-5",
        "iso-8859-6",
        "iso-8859-7",
        "iso-8859-8",
        "iso-8859-8-i",
        "iso-8859-10",
        "iso-8859-13",
        "iso-8859-14",
        "iso-8859-15",
        "iso-8859-16",
        "koi8-r",
        "koi8-u",
        "macintosh",
        "windows-874",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "windows-1253",
        "windows-1254",
        "windows-1255",
        "windows-1256",
        "windows-1257",
        "windows-1258",
        "x-mac-cyrillic",
        "gbk",
        "gb18030",
        "big5",
        "euc-jp",
        "iso-2022-jp",
        "shift_jis",
        "euc-kr",
        "replacement",
        "utf-16be",
        "utf-16le",
        "x-user-defined",
    ];
    NAMES
        .iter()
        .copied()
        .find(|name| name.eq_ignore_ascii_case(encoding.name()))
        .unwrap_or(encoding.name())
}

/// The character that a control character is in windows-1252: what pages and
/// fonts mean by it. `None` where it is none there either.
pub fn windows_1252(c: char) -> Option<char> {
    let byte = [u8::try_from(u32::from(c)).ok()?];
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(&byte);
    text.chars().next().filter(|c| !c.is_control())
}

#[cfg(test)]
mod tests;
