//! Reads Rich Text Format, as Word, LibreOffice, TextEdit and many newsroom
//! systems write it: the running text as it is shown, with notes and text
//! boxes, without headers, footers, pictures, comments, hidden and deleted text. Layout:
//! Microsoft's RTF specification 1.9.1; text is decoded as the charset of
//! its font says.

mod charsets;
mod tokens;

use std::collections::HashMap;

use crate::error::Reason;
use crate::record::{Hint, Record};

use super::document::{self, Document, Paragraph, Rank, Row};
use super::{Claim, Format, Head, Options, Parsed};
use charsets::Charset;
use tokens::{Token, Tokens};

/// The reader of RTF.
pub struct Rtf;

/// Deepest nesting of groups that is followed.
const MAX_DEPTH: usize = 1_000;

/// Most lines that are held of a row of a table, and of text boxes.
const MOST_HELD: usize = 1_000;

/// Most fonts and styles that are remembered.
const MAX_NAMES: usize = 10_000;

impl Format for Rtf {
    fn name(&self) -> &'static str {
        "rtf"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        let bytes = head.bytes();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match bytes.trim_ascii_start().starts_with(b"{\\rtf") {
            true => Claim::Certain,
            false => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let mut reader = Reader::new(options.encoding.map(Charset::forced));
        let read = reader.read(&record.bytes);
        let encoding = reader.ansi.name();
        let document = reader.finish();
        // Text that was read stays, whatever comes of the rest.
        let told = document::emit(document, record, options, encoding, None, emit);
        match (told, read) {
            (_, Err(reason)) | (Err(reason), Ok(())) => Err(reason),
            (Ok(()), Ok(())) => Ok(()),
        }
    }
}

/// Where the text of a group goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Destination {
    /// The document.
    #[default]
    Body,
    /// A footnote or endnote.
    Note,
    /// A text box.
    Box,
    /// The document's title among its properties.
    Title,
    /// Its author.
    Author,
    /// The table of fonts: names of fonts.
    Fonts,
    /// The table of styles: names of styles.
    Styles,
    /// Properties: only some groups inside are read.
    Info,
    /// The moment when the document was made.
    Created,
    /// A drawing: only text boxes inside are read.
    Drawing,
    /// A text twice: only the second is read.
    Twice,
    /// Nowhere.
    Nowhere,
}

/// Groups whose text is not the document's.
const NOT_READ: &[&str] = &[
    "aftncn",
    "aftnsep",
    "aftnsepc",
    "annotation",
    "atnauthor",
    "atnid",
    "bkmkend",
    "bkmkstart",
    "colortbl",
    "datafield",
    "filetbl",
    "fldinst",
    "footer",
    "footerf",
    "footerl",
    "footerr",
    "ftncn",
    "ftnsep",
    "ftnsepc",
    "generator",
    "header",
    "headerf",
    "headerl",
    "headerr",
    "listoverridetable",
    "listtable",
    "listtext",
    "nonesttables",
    "nonshppict",
    "objdata",
    "pict",
    "pnseclvl",
    "pntext",
    "pntxta",
    "pntxtb",
    "private",
    "revtbl",
    "rsidtbl",
    "rxe",
    "shppict",
    "shprslt",
    "sp",
    "tc",
    "tcn",
    "template",
    "themedata",
    "txe",
    "xe",
];

/// What holds inside a group.
#[derive(Clone, Copy, Debug)]
struct State {
    destination: Destination,
    /// Characters that stand behind each `\u` for those who cannot read it.
    stand_ins: usize,
    font: i32,
    style: i32,
    is_hidden: bool,
    is_deleted: bool,
}

struct Reader {
    forced: Option<Charset>,
    /// Whether all that stands in the file unescaped is UTF-8: scripts write it
    /// so, whatever they declare.
    is_utf8: bool,
    /// The charset that the file declares for all fonts that name none.
    ansi: Charset,
    state: State,
    outer: Vec<State>,
    /// Whether a group was just opened, and whether behind `\*`.
    opened: bool,
    starred: bool,
    fonts: HashMap<i32, Charset>,
    styles: HashMap<i32, Rank>,
    default_font: i32,
    /// Bytes that wait for their charset, and for the rest of a character.
    waiting: Vec<u8>,
    /// Stand-ins to be passed over, and half of a character that takes two.
    passing: usize,
    high: Option<u16>,
    document: Document,
    line: String,
    outline: Option<i32>,
    /// The name of a font or style, the title, the author.
    name: String,
    /// The row and the cell of a table being read.
    row: Row,
    cell: Vec<Paragraph>,
    /// Lines in it.
    cells: usize,
    is_in_row: bool,
    /// Lines that a text box stands in, outermost first, and what boxes hold.
    interrupted: Vec<String>,
    boxed: Vec<Paragraph>,
    created: [i32; 5],
}

/// Something is wrong with the file.
fn malformed(detail: &str) -> Reason {
    Reason::Malformed {
        kind: "rtf",
        detail: detail.to_owned(),
    }
}

impl Reader {
    fn new(forced: Option<Charset>) -> Self {
        Self {
            forced,
            is_utf8: false,
            ansi: forced.unwrap_or_default(),
            state: State {
                destination: Destination::Body,
                stand_ins: 1,
                font: -1,
                style: 0,
                is_hidden: false,
                is_deleted: false,
            },
            outer: Vec::new(),
            opened: false,
            starred: false,
            fonts: HashMap::new(),
            styles: HashMap::new(),
            default_font: -1,
            waiting: Vec::new(),
            passing: 0,
            high: None,
            document: Document::default(),
            line: String::new(),
            outline: None,
            name: String::new(),
            row: Row::default(),
            cell: Vec::new(),
            cells: 0,
            is_in_row: false,
            interrupted: Vec::new(),
            boxed: Vec::new(),
            created: [0; 5],
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        self.is_utf8 = self.forced.is_none() && std::str::from_utf8(bytes).is_ok();
        let mut tokens = Tokens::new(bytes);
        while let Some(token) = tokens.next() {
            if self.passing > 0 && self.passes(token) {
                continue;
            }
            match token {
                Token::Open => {
                    self.flush();
                    self.passing = 0;
                    if self.outer.len() >= MAX_DEPTH {
                        return Err(Reason::TooDeep {
                            limit: MAX_DEPTH as u32,
                        });
                    }
                    self.outer.push(self.state);
                    self.opened = true;
                    self.starred = false;
                    continue;
                }
                Token::Close => {
                    self.flush();
                    self.passing = 0;
                    self.end_group();
                    if self.outer.is_empty() {
                        // What follows the document is none of it.
                        return Ok(());
                    }
                }
                Token::Sign(b'*') if self.opened => {
                    self.starred = true;
                    continue;
                }
                Token::Word("bin", Some(length)) => {
                    if !tokens.pass(usize::try_from(length).unwrap_or(0)) {
                        return Err(malformed("ends inside binary data"));
                    }
                }
                Token::Word(word, number) => self.word(word, number),
                Token::Sign(sign) => self.sign(sign),
                Token::Byte(byte) => self.byte(byte),
                Token::Text(text) => self.text(text),
            }
            self.opened = false;
        }
        // Some programs forget the last bracket.
        if self.outer.len() <= 1 {
            return Ok(());
        }
        Err(malformed("ends inside a group"))
    }

    /// Whether a token stands in for a character that was read already.
    fn passes(&mut self, token: Token<'_>) -> bool {
        match token {
            Token::Open | Token::Close => false,
            Token::Text(text) => {
                let passed = text.len().min(self.passing);
                self.passing -= passed;
                let rest = &text[passed..];
                if !rest.is_empty() {
                    self.text(rest);
                }
                true
            }
            // A whole character, however it is written.
            Token::Byte(_) | Token::Sign(_) => {
                self.passing -= 1;
                true
            }
            Token::Word("u" | "bin" | "uc" | "par" | "line" | "cell" | "row", _) => {
                self.passing = 0;
                false
            }
            Token::Word(..) => {
                self.passing -= 1;
                true
            }
        }
    }

    fn end_group(&mut self) {
        let inner = self.state.destination;
        if let Some(outer) = self.outer.pop() {
            self.state = outer;
        }
        if inner == self.state.destination || self.state.destination == Destination::Twice {
            if matches!(inner, Destination::Fonts | Destination::Styles) {
                self.name.clear();
            }
            return;
        }
        match inner {
            Destination::Title | Destination::Author => {
                let value = std::mem::take(&mut self.name);
                let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
                match inner {
                    Destination::Title => self.document.title = value,
                    _ => self.document.author = value,
                }
            }
            Destination::Created => {
                let [year, month, day, hour, minute] = self.created;
                self.document.created = Some(format!(
                    "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00"
                ));
            }
            Destination::Note => {
                let note = std::mem::take(&mut self.name);
                self.document.note(&note);
            }
            Destination::Box => self.end_box(),
            _ => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        if word == "u" {
            self.unicode(number.unwrap_or(0));
            return;
        }
        self.flush();
        let is_on = number != Some(0);
        if self.opened && self.destination(word) {
            return;
        }
        let number = number.unwrap_or(0);
        match word {
            "ansicpg" if self.forced.is_none() => {
                self.ansi = Charset::of_page(number).unwrap_or(self.ansi);
            }
            "mac" | "pc" | "pca" if self.forced.is_none() && self.outer.len() <= 1 => {
                self.ansi = Charset::named(word);
            }
            "deff" => {
                self.default_font = number;
                self.state.font = number;
            }
            "uc" => self.state.stand_ins = usize::try_from(number).unwrap_or(1).min(64),
            "f" => self.state.font = number,
            "s" => self.state.style = number,
            "fcharset" | "cpg" if self.state.destination == Destination::Fonts => {
                let charset = match word {
                    "cpg" => Charset::of_page(number),
                    _ => Charset::of_font(number),
                };
                if let Some(charset) = charset.filter(|_| self.fonts.len() < MAX_NAMES) {
                    self.fonts.insert(self.state.font, charset);
                }
            }
            "plain" => {
                self.state.font = self.default_font;
                self.state.is_hidden = false;
                self.state.is_deleted = false;
            }
            "pard" => {
                self.state.style = 0;
                if self.state.destination == Destination::Body {
                    self.outline = None;
                    self.is_in_row = false;
                }
            }
            "intbl" if self.state.destination == Destination::Body => self.is_in_row = true,
            "outlinelevel" => self.outline = Some(number),
            // `\htmlrtf` encloses what a mail's HTML says already.
            "v" | "htmlrtf" => self.state.is_hidden = is_on,
            "deleted" => self.state.is_deleted = is_on,
            "yr" | "mo" | "dy" | "hr" | "min" if self.state.destination == Destination::Created => {
                let at = ["yr", "mo", "dy", "hr", "min"]
                    .iter()
                    .position(|part| *part == word);
                if let Some(part) = at.and_then(|at| self.created.get_mut(at)) {
                    *part = number;
                }
            }
            "par" | "sect" | "page" => self.end_line(),
            "cell" => self.end_cell(),
            // A table in a cell is read as lines of the cell.
            "nestcell" => self.end_line(),
            "row" if self.state.destination == Destination::Body => self.end_row(),
            "line" | "lbr" => self.character('\n'),
            "tab" => self.character('\t'),
            "emdash" => self.character('—'),
            "endash" => self.character('–'),
            "lquote" => self.character('‘'),
            "rquote" => self.character('’'),
            "ldblquote" => self.character('“'),
            "rdblquote" => self.character('”'),
            "bullet" => self.character('•'),
            "emspace" | "enspace" | "qmspace" => self.character(' '),
            _ => {}
        }
    }

    /// Takes the first word of a group as what the group is for; `false` for
    /// words that do not say so.
    fn destination(&mut self, word: &str) -> bool {
        use Destination::{
            Author, Body, Box, Created, Drawing, Fonts, Info, Note, Nowhere, Styles, Title, Twice,
        };
        let around = self.state.destination;
        let is_read = matches!(around, Body | Note | Box);
        let destination = match (word, around) {
            (_, Nowhere) => Nowhere,
            ("fonttbl", Body) => Fonts,
            ("stylesheet", Body) => Styles,
            ("info", Body) => Info,
            ("title", Info) => Title,
            ("author", Info) => Author,
            ("creatim", Info) => Created,
            ("footnote", Body) => Note,
            ("shp" | "shpgrp" | "shpinst" | "do", _) if is_read => Drawing,
            ("shp" | "shpgrp" | "shpinst", Drawing) => Drawing,
            ("shptxt" | "dptxbxtext", Drawing) => Box,
            // A text twice, the second time in characters of Unicode.
            ("upr", _) if is_read || around == Info => Twice,
            ("ud", Twice) => self
                .outer
                .iter()
                .rev()
                .map(|state| state.destination)
                .find(|destination| *destination != Twice)
                .unwrap_or_default(),
            // Text that stands in its place: what a field shows, rows of a
            // table in a table.
            ("fldrslt" | "nesttableprops" | "field", _) if is_read => return true,
            (word, _) if NOT_READ.contains(&word) => Nowhere,
            (_, Fonts) if !self.starred => return false,
            (_, Styles) if !self.starred || matches!(word, "cs" | "ds" | "ts") => return false,
            _ if self.starred => Nowhere,
            (_, Info) => Nowhere,
            _ => return false,
        };
        self.state.destination = destination;
        match destination {
            Title | Author | Note => self.name.clear(),
            Box if around != Box => self.interrupted.push(std::mem::take(&mut self.line)),
            _ => {}
        }
        true
    }

    /// A character by its number in Unicode, or half of one.
    fn unicode(&mut self, number: i32) {
        self.flush();
        self.passing = self.state.stand_ins;
        let high = self.high.take();
        // Numbers over 32,767 are written as negative ones, and by some as they are.
        let number = match number {
            -0x8000..0 => number + 0x1_0000,
            _ => number,
        };
        let c = match (u16::try_from(number), high) {
            (Ok(high), _) if (0xD800..0xDC00).contains(&high) => {
                self.high = Some(high);
                return;
            }
            (Ok(low), Some(high)) if (0xDC00..0xE000).contains(&low) => {
                char::decode_utf16([high, low]).next().and_then(Result::ok)
            }
            // Signs of fonts that hold no letters; the bullet is the usual one.
            (Ok(0xF0B7), _) => Some('•'),
            (Ok(0xF000..0xF100), _) => None,
            _ => u32::try_from(number).ok().and_then(char::from_u32),
        };
        if let Some(c) = c.filter(|c| *c != '\0') {
            self.character(c);
        }
    }

    fn sign(&mut self, sign: u8) {
        // The second byte of a character of two can be any of these.
        if matches!(sign, b'\\' | b'{' | b'}') {
            self.text(&[sign]);
            return;
        }
        self.flush();
        match sign {
            b'~' => self.character('\u{A0}'),
            b'_' => self.character('-'),
            b'\r' | b'\n' => self.end_line(),
            b'\t' => self.character('\t'),
            _ => {}
        }
    }

    fn byte(&mut self, byte: u8) {
        self.high = None;
        self.waiting.push(byte);
    }

    fn text(&mut self, text: &[u8]) {
        self.high = None;
        if self.is_utf8 && !text.is_ascii() {
            self.flush();
            self.add(&String::from_utf8_lossy(text));
            return;
        }
        if text.is_ascii() && (self.waiting.is_empty() || !self.charset().is_wide()) {
            self.flush();
            if !self.charset().is_symbols() {
                self.add(&String::from_utf8_lossy(text));
            }
        } else {
            self.waiting.extend_from_slice(text);
        }
    }

    /// The charset of the text that comes.
    fn charset(&self) -> Charset {
        let own = self.fonts.get(&self.state.font).copied();
        self.forced.or(own).unwrap_or(self.ansi)
    }

    /// Decodes the bytes that wait.
    fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.waiting);
        let text = self.charset().decode(&bytes);
        self.add(&text);
        self.waiting = bytes;
        self.waiting.clear();
    }

    fn character(&mut self, c: char) {
        self.add(c.encode_utf8(&mut [0; 4]));
    }

    /// Adds text to where it goes.
    fn add(&mut self, text: &str) {
        if self.state.is_hidden || self.state.is_deleted {
            return;
        }
        match self.state.destination {
            Destination::Body | Destination::Box => self.line.push_str(text),
            Destination::Note | Destination::Title | Destination::Author => {
                self.name.push_str(text);
            }
            Destination::Styles | Destination::Fonts => {
                const LONGEST_NAME: usize = 200;
                for c in text.chars() {
                    if c == ';' {
                        self.end_name();
                    } else if self.name.len() < LONGEST_NAME {
                        self.name.push(c);
                    }
                }
            }
            _ => {}
        }
    }

    fn end_name(&mut self) {
        let rank = Rank::of_style(&self.name);
        let is_style = self.state.destination == Destination::Styles;
        if is_style && rank != Rank::Text && self.styles.len() < MAX_NAMES {
            self.styles.insert(self.state.style, rank);
        }
        self.name.clear();
    }

    fn paragraph(&mut self) -> Paragraph {
        let styled = self.styles.get(&self.state.style).copied();
        let rank = match styled {
            None if self.outline == Some(0) => Rank::Heading,
            styled => styled.unwrap_or_default(),
        };
        let text = std::mem::take(&mut self.line);
        Paragraph { text, rank }
    }

    fn end_line(&mut self) {
        match self.state.destination {
            Destination::Body => {
                let paragraph = self.paragraph();
                if self.is_in_row {
                    self.add_to_cell(paragraph);
                } else {
                    self.end_row();
                    self.document.push(paragraph);
                    self.document.extend(self.boxed.drain(..));
                }
            }
            Destination::Box => self.end_line_of_box(),
            Destination::Note => self.name.push(' '),
            _ => {}
        }
    }

    fn end_cell(&mut self) {
        if self.state.destination == Destination::Body {
            let paragraph = self.paragraph();
            self.add_to_cell(paragraph);
            self.row.push(std::mem::take(&mut self.cell));
        } else {
            self.end_line();
        }
    }

    /// Adds a line to the cell being read. A row that never ends is read in
    /// pieces.
    fn add_to_cell(&mut self, paragraph: Paragraph) {
        self.cell.push(paragraph);
        self.cells += 1;
        if self.cells > MOST_HELD {
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        if !self.cell.is_empty() {
            self.row.push(std::mem::take(&mut self.cell));
        }
        let row = std::mem::take(&mut self.row);
        self.document.extend(row.into_paragraphs());
        self.cells = 0;
    }

    fn end_box(&mut self) {
        self.end_line_of_box();
        self.line = self.interrupted.pop().unwrap_or_default();
    }

    fn end_line_of_box(&mut self) {
        let paragraph = self.paragraph();
        self.boxed
            .extend(Some(paragraph).filter(|paragraph| !paragraph.text.is_empty()));
        if self.boxed.len() > MOST_HELD {
            self.document.extend(self.boxed.drain(..));
        }
    }

    /// The document as far as it was read.
    fn finish(mut self) -> Document {
        self.flush();
        while let Some(line) = self.interrupted.pop() {
            self.end_line_of_box();
            self.line = line;
        }
        let last = self.paragraph();
        if self.is_in_row {
            self.cell.push(last);
            self.end_row();
        } else {
            self.end_row();
            self.document.push(last);
        }
        self.document.extend(self.boxed.drain(..));
        self.document
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
