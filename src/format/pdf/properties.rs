//! What a PDF says of itself: its information dictionary, the metadata beside
//! it, its language.

use hayro_syntax::Pdf;
use hayro_syntax::object::{DateTime, Dict, Stream, String as Bytes};

use crate::format::document::Document;
use crate::format::fields;
use crate::text::xml::{self, Element};

use super::guard;

/// Puts the properties of a file into a document.
pub fn read(pdf: &Pdf, document: &mut Document) {
    let info = pdf.metadata();
    let line = |bytes: &Option<Box<[u8]>>| {
        let line = fields::one_line(&text(bytes.as_deref()?));
        (!line.is_empty()).then_some(line)
    };
    document.title = line(&info.title);
    // Several are parted by semicolons.
    document.author = line(&info.author).map(|names| {
        names
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    });
    document.created = info.creation_date.or(info.modification_date).map(day);
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let Some(catalog) = catalog else {
        return;
    };
    document.language = catalog
        .get::<Bytes<'_>>("Lang")
        .map(|language| text(language.as_bytes()));
    let is_told =
        document.title.is_some() && document.author.is_some() && document.created.is_some();
    if !is_told && let Some(stream) = catalog.get::<Stream<'_>>("Metadata") {
        let packet = guard::decoded(&stream).unwrap_or_default();
        metadata(&packet, document);
    }
}

/// Puts what a packet of XMP says into a document, where that lacks it.
fn metadata(packet: &[u8], document: &mut Document) {
    /// A packet that is longer holds pictures.
    const MOST_BYTES: usize = 1 << 20;
    if packet.is_empty() || packet.len() > MOST_BYTES {
        return;
    }
    let parsed = xml::parse_bytes(packet, None, None).0;
    for root in &parsed.roots {
        let value = |name: &str| {
            let line = fields::one_line(&item(root.find(name)?));
            (!line.is_empty()).then_some(line)
        };
        document.title = document.title.take().or_else(|| value("title"));
        document.author = document.author.take().or_else(|| value("creator"));
        document.created = document.created.take().or_else(|| value("CreateDate"));
    }
}

/// The first item of a list, or the value itself.
fn item(element: &Element) -> String {
    let mut at = element;
    for _ in 0..4 {
        match at.elements().next() {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at.text()
}

fn day(moment: DateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second
    )
}

/// A text string: UTF-16 or UTF-8 behind its mark, else the encoding that PDF
/// has for such.
pub fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, wide @ ..] => wide_text(wide, u16::from_be_bytes),
        [0xFF, 0xFE, wide @ ..] => wide_text(wide, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, text @ ..] => String::from_utf8_lossy(text).into_owned(),
        // Many write UTF-8 without any mark.
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| character(*byte)).collect(),
        },
    }
}

fn wide_text(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [one, other] => unit([*one, *other]),
        _ => 0,
    });
    let mut text = String::new();
    // Escapes enclose the names of languages.
    let mut is_escaped = false;
    for c in char::decode_utf16(units) {
        match c.unwrap_or(char::REPLACEMENT_CHARACTER) {
            '\u{1B}' => is_escaped = !is_escaped,
            c if !is_escaped => text.push(c),
            _ => {}
        }
    }
    text
}

/// A character of PDFDocEncoding.
fn character(byte: u8) -> char {
    const HIGH: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
    ];
    let high = usize::from(byte).checked_sub(0x80);
    high.and_then(|at| HIGH.get(at).copied())
        .unwrap_or(char::from(byte))
}
