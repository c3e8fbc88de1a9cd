//! Reads documents of Microsoft Word and of whatever else writes Office Open
//! XML (`docx`, `docm`, templates): the running text as it stands after all
//! tracked changes, with notes and text boxes, without headers, footers and
//! comments. Layout: ECMA-376 part 1, chapter 17, transitional and strict.

use std::collections::HashMap;

use crate::error::Reason;
use crate::record::{Hint, Parts, Record};
use crate::text::xml::{self, Element, Node};

use super::document::{Document, Paragraph, Rank};
use super::{Claim, Format, Head, Options, Parsed, document};

/// The reader of Office Open XML.
pub struct Docx;

const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

impl Format for Docx {
    fn name(&self) -> &'static str {
        "docx"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let is_handed_on = hint.media_type.as_deref() == Some(MEDIA_TYPE);
        match is_handed_on && Parts::are_in(head.bytes()) {
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
        let parts = Parts::read(&record.bytes).ok_or(Reason::NoText)?;
        let part = |name: &str| {
            let found = parts.iter().find(|(known, _)| *known == name)?;
            Some(xml::parse_bytes(found.1, None, None).0)
        };
        let main = parts
            .iter()
            .find(|(name, _)| name.starts_with("word/document"))
            .ok_or(Reason::NoText)?;
        let mut reader = Reader {
            ranks: part("word/styles.xml").map_or_else(HashMap::new, |styles| ranks(&styles)),
            ..Reader::default()
        };
        let (text, encoding) = xml::parse_bytes(main.1, None, None);
        for body in text.roots.iter().filter_map(|root| root.child("body")) {
            reader.blocks(body);
        }
        reader.end_paragraph(Rank::Text);
        let mut document = Document::default();
        document.extend(reader.paragraphs);
        for (kind, notes) in [
            ("footnote", part("word/footnotes.xml")),
            ("endnote", part("word/endnotes.xml")),
        ] {
            for notes in notes.iter() {
                read_notes(notes, kind, &mut document);
            }
        }
        if let Some(core) = part("docProps/core.xml") {
            properties(&core, &mut document);
        }
        document::emit(document, record, options, encoding, text.fault, emit)
    }
}

/// Takes the properties that Dublin Core has names for.
fn properties(core: &xml::Document, document: &mut Document) {
    let property = |name: &str| core.roots.first()?.child_line(name);
    document.title = property("title");
    // Several are parted by semicolons.
    document.author =
        property("creator").map(|creator| creator.split(';').next().unwrap_or_default().to_owned());
    document.created = property("created").or_else(|| property("modified"));
    document.language = property("language");
}

/// What each paragraph style makes of a paragraph, by the style's id: Word
/// translates ids, and the names of styles but seldom.
fn ranks(styles: &xml::Document) -> HashMap<String, Rank> {
    /// Styles that a style is traced back through.
    const MOST_BASES: usize = 8;
    struct Style<'a> {
        rank: Rank,
        base: Option<&'a str>,
    }
    let mut known: HashMap<&str, Style> = HashMap::new();
    for style in styles.roots.iter().flat_map(|root| root.all("style")) {
        let value = |name: &str| style.child(name).and_then(|inner| inner.attribute("val"));
        if let Some(id) = style.attribute("styleId") {
            let rank = Rank::of_style(value("name").unwrap_or(id));
            let base = value("basedOn");
            known.insert(id, Style { rank, base });
        }
    }
    let mut ranks = HashMap::new();
    for id in known.keys() {
        let mut at = Some(*id);
        for _ in 0..MOST_BASES {
            let Some(style) = at.and_then(|id| known.get(id)) else {
                break;
            };
            if style.rank != Rank::Text {
                ranks.insert((*id).to_owned(), style.rank);
                break;
            }
            at = style.base;
        }
    }
    ranks
}

/// Adds the notes that are text, in order; lines that part notes from text are not.
fn read_notes(notes: &xml::Document, kind: &str, document: &mut Document) {
    for note in notes.roots.iter().flat_map(|root| root.all(kind)) {
        if note.attribute("type").is_none_or(|kind| kind == "normal") {
            let mut reader = Reader::default();
            reader.blocks(note);
            reader.end_paragraph(Rank::Text);
            let lines = reader
                .paragraphs
                .into_iter()
                .map(|paragraph| paragraph.text);
            document.note(&lines.collect::<Vec<_>>().join(" "));
        }
    }
}

/// Whether a property that is on or off is on.
fn is_on(properties: &Element, name: &str) -> bool {
    properties
        .child(name)
        .is_some_and(|on| !matches!(on.attribute("val"), Some("0" | "false" | "off" | "none")))
}

/// Gathers the paragraphs of a text.
#[derive(Default)]
struct Reader {
    ranks: HashMap<String, Rank>,
    paragraphs: Vec<Paragraph>,
    /// The paragraph being read.
    line: String,
    /// Paragraphs of text boxes in it, which come behind it.
    boxed: Vec<Paragraph>,
    /// Fields that are open, and whether what is being read is their code.
    fields: Vec<bool>,
    /// As many of them are in their code.
    codes: usize,
}

impl Reader {
    /// Reads what holds paragraphs and tables.
    fn blocks(&mut self, element: &Element) {
        for inner in element.elements() {
            match inner.name() {
                "p" => self.paragraph(inner),
                "tbl" => self.table(inner),
                "sdt" if is_contents(inner) => {}
                "AlternateContent" => self.alternative(inner, Self::blocks),
                "del" | "moveFrom" | "sectPr" | "sdtPr" | "sdtEndPr" => {}
                _ => self.blocks(inner),
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Element) {
        let properties = paragraph.child("pPr");
        let style = properties
            .and_then(|properties| properties.child("pStyle"))
            .and_then(|style| style.attribute("val"));
        if style.is_some_and(is_contents_style) {
            return;
        }
        self.runs(paragraph);
        // The end of a paragraph can be deleted alone: two become one.
        let is_joined = properties
            .and_then(|properties| properties.child("rPr"))
            .is_some_and(|mark| mark.child("del").is_some());
        if !is_joined {
            let rank = style.map_or(Rank::Text, |style| {
                let known = self.ranks.get(style).copied();
                known.unwrap_or_else(|| Rank::of_style(style))
            });
            self.end_paragraph(rank);
        }
    }

    fn end_paragraph(&mut self, rank: Rank) {
        let text = std::mem::take(&mut self.line);
        self.paragraphs.push(Paragraph { text, rank });
        self.paragraphs.append(&mut self.boxed);
    }

    /// Reads what is in a paragraph.
    fn runs(&mut self, element: &Element) {
        for inner in element.elements() {
            match inner.name() {
                "t" if self.codes == 0 => self.line.push_str(&inner.text()),
                "t" => {}
                "tab" | "ptab" => self.line.push('\t'),
                "br" | "cr" => self.line.push('\n'),
                "noBreakHyphen" => self.line.push('-'),
                "fldChar" => self.field(inner.attribute("fldCharType").unwrap_or_default()),
                "r" if inner.child("rPr").is_some_and(|rpr| is_on(rpr, "vanish")) => {
                    // Hidden text; a field may begin or end in it all the same.
                    let line = self.line.len();
                    self.runs(inner);
                    self.line.truncate(line);
                }
                // What was deleted, what only describes, and the reading of a
                // ruby, which would stand in the middle of its word.
                "del" | "moveFrom" | "delText" | "instrText" | "pPr" | "rPr" | "rt" => {}
                "AlternateContent" => self.alternative(inner, Self::runs),
                "txbxContent" => self.text_box(inner),
                _ => self.runs(inner),
            }
        }
    }

    /// A mark of a field: its code comes first, what it shows behind that.
    fn field(&mut self, mark: &str) {
        let was_code = match mark {
            "begin" => {
                self.fields.push(true);
                self.codes += 1;
                false
            }
            "separate" => self.fields.last_mut().is_some_and(std::mem::take),
            "end" => self.fields.pop().unwrap_or(false),
            _ => false,
        };
        self.codes -= usize::from(was_code);
    }

    /// Reads the first of the forms of a thing that gives text: they say the same.
    fn alternative(&mut self, element: &Element, read: fn(&mut Self, &Element)) {
        for form in element.elements() {
            let before = (self.line.len(), self.boxed.len(), self.paragraphs.len());
            read(self, form);
            if before != (self.line.len(), self.boxed.len(), self.paragraphs.len()) {
                break;
            }
        }
    }

    /// Reads a text box, which is anchored in the middle of a paragraph.
    fn text_box(&mut self, element: &Element) {
        let mut reader = Self {
            ranks: std::mem::take(&mut self.ranks),
            ..Self::default()
        };
        reader.blocks(element);
        let said = reader.paragraphs.into_iter().filter(Paragraph::is_said);
        self.boxed.extend(said);
        self.ranks = reader.ranks;
    }

    /// Reads a table: a line a row where its cells hold a line each, else cell
    /// by cell.
    fn table(&mut self, table: &Element) {
        let mut reader = Self {
            ranks: std::mem::take(&mut self.ranks),
            ..Self::default()
        };
        for row in rows(table) {
            let mut cells = document::Row::default();
            for cell in cells_of(row) {
                reader.blocks(cell);
                cells.push(std::mem::take(&mut reader.paragraphs));
            }
            self.paragraphs.extend(cells.into_paragraphs());
        }
        self.ranks = reader.ranks;
    }
}

/// The rows of a table, those in content controls included.
fn rows(table: &Element) -> impl Iterator<Item = &Element> {
    within(table, "tr")
}

fn cells_of(row: &Element) -> impl Iterator<Item = &Element> {
    within(row, "tc")
}

/// Elements of a name right inside one, or inside what only wraps them there.
fn within<'a>(element: &'a Element, name: &'static str) -> impl Iterator<Item = &'a Element> {
    let mut open = vec![element.children.iter()];
    std::iter::from_fn(move || {
        loop {
            match open.last_mut()?.next() {
                Some(Node::Element(inner)) if inner.is(name) => {
                    let properties = inner.child("trPr");
                    if properties.is_none_or(|properties| properties.child("del").is_none()) {
                        return Some(inner);
                    }
                }
                Some(Node::Element(inner))
                    if matches!(inner.name(), "sdt" | "sdtContent" | "ins" | "customXml") =>
                {
                    open.push(inner.children.iter());
                }
                Some(_) => {}
                None => {
                    open.pop();
                }
            }
        }
    })
}

/// Whether a content control is a table of contents.
fn is_contents(control: &Element) -> bool {
    control
        .at("sdtPr/docPartObj/docPartGallery")
        .and_then(|gallery| gallery.attribute("val"))
        .is_some_and(|gallery| gallery.eq_ignore_ascii_case("Table of Contents"))
}

/// Whether a style is that of an entry in a table of contents.
fn is_contents_style(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    lower
        .strip_prefix("toc")
        .is_some_and(|level| level.len() == 1 && level.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
