//! Fonts as far as text is read by them: which characters a code stands for and
//! how far its glyph reaches.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use hayro_cmap::BfString;
use hayro_font::{CMapResolverFn, FontCache, FontGlyph, FontQuery, FontResolverFn, StandardFont};
use hayro_syntax::object::{Array, Dict, Name, ObjectIdentifier, Stream};

use unicode_normalization::UnicodeNormalization;

use super::guard;
use crate::text::charset;

/// Codes of a font whose characters are remembered.
const MOST_CODES: usize = 1 << 16;

/// The fonts of a document.
pub struct Fonts<'a> {
    cache: FontCache<'a>,
    programs: FontResolverFn,
    maps: CMapResolverFn,
    known: HashMap<ObjectIdentifier, Option<Rc<Font<'a>>>>,
    stand_in: Option<Rc<Font<'a>>>,
}

impl Default for Fonts<'_> {
    fn default() -> Self {
        Self {
            cache: FontCache::new(),
            programs: Arc::new(|query| {
                Some(match query {
                    FontQuery::Standard(font) => font.get_font_data(),
                    FontQuery::Fallback(query) => query.pick_standard_font().get_font_data(),
                })
            }),
            maps: Arc::new(hayro_cmap::load_embedded),
            known: HashMap::new(),
            stand_in: None,
        }
    }
}

impl<'a> Fonts<'a> {
    /// The font that a dictionary describes; a usual one where it cannot be
    /// read; `None` where its codes say nothing without it.
    pub fn font(&mut self, dict: &Dict<'a>) -> Option<Rc<Font<'a>>> {
        let id = dict.obj_id();
        if let Some(known) = id.and_then(|id| self.known.get(&id)) {
            return known.clone();
        }
        let font = self.read(dict).or_else(|| {
            let is_composite = dict
                .get::<Name<'_>>("Subtype")
                .is_some_and(|kind| kind.as_ref() == b"Type0");
            (!is_composite).then(|| self.stand_in()).flatten()
        });
        if let Some(id) = id {
            self.known.insert(id, font.clone());
        }
        font
    }

    /// A font for text that names none which there is.
    pub fn stand_in(&mut self) -> Option<Rc<Font<'a>>> {
        if self.stand_in.is_none() {
            let font = self
                .cache
                .standard_font(StandardFont::Helvetica, &self.programs)?;
            self.stand_in = Some(Rc::new(Font::new(font, false, 1.0)));
        }
        self.stand_in.clone()
    }

    fn read(&self, dict: &Dict<'a>) -> Option<Rc<Font<'a>>> {
        let descendant = dict
            .get::<Array<'_>>("DescendantFonts")
            .and_then(|fonts| fonts.iter::<Dict<'_>>().next());
        let descriptor = [Some(dict), descendant.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|font| font.get::<Dict<'_>>("FontDescriptor"))
            .unwrap_or_default();
        let streams = [
            dict.get::<Stream<'_>>("ToUnicode"),
            dict.get::<Stream<'_>>("Encoding"),
            descendant
                .as_ref()
                .and_then(|font| font.get::<Stream<'_>>("CIDToGIDMap")),
            descriptor.get::<Stream<'_>>("FontFile"),
            descriptor.get::<Stream<'_>>("FontFile2"),
            descriptor.get::<Stream<'_>>("FontFile3"),
        ];
        if !streams.iter().flatten().all(guard::fits) {
            return None;
        }
        let font = self.cache.font(dict, &self.programs, &self.maps)?;
        let name = dict.get::<Name<'_>>("BaseFont");
        let is_bold = name.is_some_and(|name| {
            let name = name.as_str().to_ascii_lowercase();
            ["bold", "black", "heavy"]
                .iter()
                .any(|weight| name.contains(weight))
        });
        Some(Rc::new(Font::new(font, is_bold, height(dict))))
    }
}

/// Height of the glyphs of a font at size 1: fonts of drawings are of any size.
fn height(dict: &Dict<'_>) -> f64 {
    let is_drawn = dict
        .get::<Name<'_>>("Subtype")
        .is_some_and(|kind| kind.as_ref() == b"Type3");
    let measures = || {
        let [.., d, _, _] = dict.get::<[f64; 6]>("FontMatrix")?;
        let [_, bottom, _, top] = dict.get::<[f64; 4]>("FontBBox")?;
        Some((top - bottom).abs() * d.abs() / 1.2)
    };
    match is_drawn {
        true => measures().filter(|height| (0.01..100.0).contains(height)),
        false => None,
    }
    .unwrap_or(1.0)
}

/// A font.
pub struct Font<'a> {
    font: hayro_font::Font<'a>,
    /// Whether its name says that it is bold.
    pub is_bold: bool,
    /// Height of its glyphs at size 1.
    pub height: f64,
    codes: std::cell::RefCell<HashMap<u32, Rc<str>>>,
}

/// A code of a string.
pub struct Code {
    /// The characters it stands for; none where that is not known.
    pub text: Rc<str>,
    /// How far it reaches to the right and up, at size 1.
    pub advance: (f64, f64),
    /// Bytes it is written with.
    pub length: usize,
    /// Whether it is that of the blank, which may be widened.
    pub is_blank: bool,
}

impl<'a> Font<'a> {
    fn new(font: hayro_font::Font<'a>, is_bold: bool, height: f64) -> Self {
        Self {
            font,
            is_bold,
            height,
            codes: std::cell::RefCell::default(),
        }
    }

    /// The code that a string goes on with at a place, which is inside it.
    pub fn code(&self, bytes: &[u8], at: usize) -> Code {
        let (code, length) = self.font.read_code(bytes, at);
        let advance = self.font.code_advance(code);
        let per_em = f64::from(hayro_font::UNITS_PER_EM);
        Code {
            text: self.text(code),
            advance: (advance.x / per_em, advance.y / per_em),
            length: length.max(1),
            is_blank: length == 1 && code == u32::from(b' '),
        }
    }

    fn text(&self, code: u32) -> Rc<str> {
        if let Some(known) = self.codes.borrow().get(&code) {
            return Rc::clone(known);
        }
        let glyph = self.font.map_code(code);
        let text = match self.font.glyph(glyph, code) {
            FontGlyph::Outline(glyph) => glyph.as_unicode(),
            FontGlyph::Type3(glyph) => glyph.as_unicode(),
        };
        let text: Rc<str> = match text {
            Some(BfString::Char(c)) => spelled(c.encode_utf8(&mut [0; 4])),
            Some(BfString::String(text)) => spelled(&text),
            None => Rc::from(""),
        };
        let mut codes = self.codes.borrow_mut();
        if codes.len() < MOST_CODES {
            codes.insert(code, Rc::clone(&text));
        }
        text
    }
}

/// Characters as they are written: ligatures in letters, no control characters
/// and none that only a font knows.
fn spelled(text: &str) -> Rc<str> {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return Rc::from(text);
    }
    let mut spelled = String::new();
    for c in text.chars() {
        let letters = match c {
            'ﬀ' => "ff",
            'ﬁ' => "fi",
            'ﬂ' => "fl",
            'ﬃ' => "ffi",
            'ﬄ' => "ffl",
            'ﬅ' | 'ﬆ' => "st",
            '\t' | '\n' | '\r' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{3000}' => " ",
            '\u{FFFD}' | '\u{FEFF}' | '\u{E000}'..='\u{F8FF}' | '\u{200B}'..='\u{200F}' => "",
            // Meant as Windows has them.
            '\u{80}'..='\u{9F}' => {
                spelled.extend(charset::windows_1252(c));
                continue;
            }
            c if c.is_control() => "",
            // Forms that letters take in a word.
            '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => {
                spelled.extend(std::iter::once(c).nfkc());
                continue;
            }
            c => {
                spelled.push(c);
                continue;
            }
        };
        spelled.push_str(letters);
    }
    Rc::from(spelled)
}
