//! The charsets of RTF, by the numbers of code pages and of fonts.

use encoding_rs::Encoding;

use crate::text::charset::Known;

/// A charset of text in RTF.
#[derive(Clone, Copy)]
pub struct Charset {
    /// `None` for windows-1252.
    known: Option<Known>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A byte a character.
    Narrow,
    /// Some characters take two bytes, the second of which may be ASCII.
    Wide,
    /// Signs, no letters.
    Symbols,
}

impl Default for Charset {
    /// Windows' page of western languages.
    fn default() -> Self {
        Self {
            known: None,
            kind: Kind::Narrow,
        }
    }
}

impl Charset {
    /// One that the user wants for everything.
    pub fn forced(encoding: &'static Encoding) -> Self {
        Self {
            known: Some(Known::of(encoding)),
            kind: match encoding.is_single_byte() {
                true => Kind::Narrow,
                false => Kind::Wide,
            },
        }
    }

    /// The charset of a label; that of the west where nobody knows it.
    fn labelled(label: &str) -> Self {
        Self {
            known: Known::of_label(label),
            kind: match label {
                "shift_jis" | "gbk" | "euc-kr" | "big5" => Kind::Wide,
                _ => Kind::Narrow,
            },
        }
    }

    /// What `\mac`, `\pc` and `\pca` stand for.
    pub fn named(word: &str) -> Self {
        Self::labelled(match word {
            "mac" => "macintosh",
            "pc" => "cp437",
            _ => "cp850",
        })
    }

    /// The charset of a Windows code page; `None` for those without a charset of their own.
    pub fn of_page(page: i32) -> Option<Self> {
        Some(match page {
            932 => Self::labelled("shift_jis"),
            936 | 54936 => Self::labelled("gbk"),
            949 | 1361 => Self::labelled("euc-kr"),
            950 => Self::labelled("big5"),
            10000 => Self::labelled("macintosh"),
            10007 => Self::labelled("x-mac-cyrillic"),
            20866 => Self::labelled("koi8-r"),
            65001 => Self::labelled("utf-8"),
            42 => Self {
                known: None,
                kind: Kind::Symbols,
            },
            100..=1258 => Self::labelled(&format!("cp{page}")),
            _ => return None,
        })
    }

    /// The charset of a font by its `\fcharset`; `None` where it is the file's own.
    pub fn of_font(number: i32) -> Option<Self> {
        let page = match number {
            2 => 42,
            77 => 10000,
            128 => 932,
            129 => 949,
            130 => 1361,
            134 => 936,
            136 => 950,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 => 1255,
            178..=180 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            254 => 437,
            255 => 850,
            _ => return None,
        };
        Self::of_page(page)
    }

    /// Whether the second byte of a character may be ASCII.
    pub fn is_wide(self) -> bool {
        self.kind == Kind::Wide
    }

    /// Whether its bytes are no letters.
    pub fn is_symbols(self) -> bool {
        self.kind == Kind::Symbols
    }

    fn known(self) -> Known {
        self.known
            .unwrap_or_else(|| Known::of(encoding_rs::WINDOWS_1252))
    }

    /// Its name, as for all texts.
    pub fn name(self) -> &'static str {
        self.known().decode(&[]).encoding
    }

    /// Text in it. Of signs only the bullet is kept.
    pub fn decode(self, bytes: &[u8]) -> String {
        match self.is_symbols() {
            true => bytes
                .iter()
                .filter(|byte| **byte == 0xB7)
                .map(|_| '•')
                .collect(),
            false => self.known().decode(bytes).text.into_owned(),
        }
    }
}
