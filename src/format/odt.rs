//! Reads OpenDocument text (`odt`, templates), as LibreOffice and others write
//! it, packed or as one XML file (`fodt`): the running text as it stands after
//! all tracked changes, with notes and text boxes, without headers, footers,
//! comments and indexes. Layout: OpenDocument 1.3 part 3.

use std::collections::HashMap;

use crate::error::{Reason, Skip};
use crate::record::{Hint, Parts, Record};
use crate::text::xml::{self, Element, Node};

use super::document::{self, Document, Paragraph, Rank};
use super::{Claim, Format, Head, Options, Parsed};

/// The reader of OpenDocument text.
pub struct Odt;

const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.text";

impl Format for Odt {
    fn name(&self) -> &'static str {
        "odt"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let is_handed_on = hint.media_type.as_deref() == Some(MEDIA_TYPE);
        if is_handed_on && Parts::are_in(head.bytes()) {
            return Claim::Certain;
        }
        let is_flat = |root: &Element| {
            root.is("document")
                && root
                    .attribute("office:mimetype")
                    .is_some_and(|kind| kind.starts_with(MEDIA_TYPE))
        };
        match !Parts::are_in(head.bytes()) && head.root().is_some_and(is_flat) {
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
        let Some(parts) = Parts::read(&record.bytes) else {
            let (flat, encoding) = xml::parse_bytes(&record.bytes, None, options.encoding);
            return read(&flat, &flat, record, options, encoding, emit);
        };
        let part = |name: &str| {
            let found = parts.iter().find(|(known, _)| *known == name);
            found.map_or(&[][..], |(_, content)| content)
        };
        let is_encrypted = memchr::memmem::find(part("META-INF/manifest.xml"), b"encryption-data");
        if is_encrypted.is_some() {
            emit(Parsed::Skipped(Skip::Encrypted));
            return Ok(());
        }
        let (content, encoding) = xml::parse_bytes(part("content.xml"), None, None);
        let (meta, _) = xml::parse_bytes(part("meta.xml"), None, None);
        read(&content, &meta, record, options, encoding, emit)
    }
}

fn read(
    content: &xml::Document,
    meta: &xml::Document,
    record: &Record,
    options: &Options,
    encoding: &'static str,
    emit: &mut dyn FnMut(Parsed),
) -> Result<(), Reason> {
    let mut reader = Reader::default();
    for root in &content.roots {
        reader.styles(root);
        if let Some(text) = root.at("body/text") {
            reader.blocks(text);
        }
    }
    let mut document = Document::default();
    document.extend(reader.paragraphs);
    for note in &reader.notes {
        document.note(note);
    }
    if let Some(meta) = meta.roots.iter().find_map(|root| root.child("meta")) {
        let property = |name: &str| meta.child_line(name);
        document.title = property("title");
        document.author = property("initial-creator").or_else(|| property("creator"));
        document.created = property("creation-date").or_else(|| property("date"));
        document.language = property("language");
    }
    document::emit(
        document,
        record,
        options,
        encoding,
        content.fault.clone(),
        emit,
    )
}

/// Gathers the paragraphs of a text.
#[derive(Default)]
struct Reader {
    ranks: HashMap<String, Rank>,
    paragraphs: Vec<Paragraph>,
    notes: Vec<String>,
    /// The paragraph being read.
    line: String,
    /// Paragraphs of text boxes in it, which come behind it.
    boxed: Vec<Paragraph>,
}

impl Reader {
    /// Learns what the styles of this document alone are made from.
    fn styles(&mut self, root: &Element) {
        let own = root.child("automatic-styles").into_iter();
        for style in own.flat_map(|styles| styles.all("style")) {
            let names = (
                style.attribute("style:name"),
                style.attribute("style:parent-style-name"),
            );
            if let (Some(name), Some(parent)) = names {
                self.ranks.insert(name.to_owned(), rank_of(parent));
            }
        }
    }

    /// Reads what holds paragraphs, lists and tables.
    fn blocks(&mut self, element: &Element) {
        for inner in element.elements() {
            match inner.name() {
                "p" | "h" => self.paragraph(inner),
                "table" => self.table(inner),
                _ if is_silent(inner) => {}
                _ => self.blocks(inner),
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Element) {
        self.inline(paragraph);
        let style = paragraph.attribute("text:style-name").unwrap_or_default();
        let known = self.ranks.get(style).copied();
        let rank = match known.unwrap_or_else(|| rank_of(style)) {
            Rank::Text
                if paragraph.is("h") && paragraph.attribute("text:outline-level") == Some("1") =>
            {
                Rank::Heading
            }
            rank => rank,
        };
        let text = std::mem::take(&mut self.line);
        self.paragraphs.push(Paragraph { text, rank });
        self.paragraphs.append(&mut self.boxed);
    }

    /// Reads what is in a paragraph.
    fn inline(&mut self, element: &Element) {
        for node in &element.children {
            let inner = match node {
                // Line ends in the file are blanks.
                Node::Text(text) => {
                    let blank = |c: char| if c.is_ascii_whitespace() { ' ' } else { c };
                    self.line.extend(text.chars().map(blank));
                    continue;
                }
                Node::Element(inner) => inner,
            };
            match inner.name() {
                "s" => self.line.push(' '),
                "tab" => self.line.push('\t'),
                "line-break" => self.line.push('\n'),
                "note" => {
                    let note = inner.child("note-body").map(|body| self.apart(body));
                    let lines = note.into_iter().flatten().map(|paragraph| paragraph.text);
                    self.notes.push(lines.collect::<Vec<_>>().join(" "));
                }
                "text-box" | "custom-shape" | "rect" => {
                    let boxed = self.apart(inner);
                    let said = boxed.into_iter().filter(Paragraph::is_said);
                    self.boxed.extend(said);
                }
                _ if is_silent(inner) => {}
                _ => self.inline(inner),
            }
        }
    }

    /// Reads what stands beside the paragraph being read.
    fn apart(&mut self, element: &Element) -> Vec<Paragraph> {
        let mut reader = Self {
            ranks: std::mem::take(&mut self.ranks),
            ..Self::default()
        };
        reader.blocks(element);
        self.ranks = reader.ranks;
        self.notes.append(&mut reader.notes);
        reader.paragraphs
    }

    /// Reads a table: a line a row where its cells hold a line each, else cell
    /// by cell.
    fn table(&mut self, table: &Element) {
        for inner in table.elements() {
            match inner.name() {
                "table-row" => {
                    let mut cells = document::Row::default();
                    for cell in inner.all("table-cell") {
                        cells.push(self.apart(cell));
                    }
                    self.paragraphs.extend(cells.into_paragraphs());
                }
                "table-header-rows" | "table-rows" | "table-row-group" => self.table(inner),
                _ => {}
            }
        }
    }
}

/// What a style's name says; blanks and signs are written as numbers in it,
/// `Heading_20_1`.
fn rank_of(style: &str) -> Rank {
    Rank::of_style(&style.replace("_20_", " "))
}

/// Elements whose content is no running text.
fn is_silent(element: &Element) -> bool {
    const SILENT: &[&str] = &[
        "tracked-changes",
        "annotation",
        "annotation-end",
        "note-citation",
        "ruby-text",
        "table-of-content",
        "alphabetical-index",
        "illustration-index",
        "table-index",
        "object-index",
        "user-index",
        "bibliography",
        "forms",
        "sequence-decls",
        "variable-decls",
        "user-field-decls",
        "binary-data",
        "object",
        "event-listeners",
        "script",
        "toc-mark",
        "hidden-text",
        "hidden-paragraph",
    ];
    // What a picture is called and shows.
    element.prefix() == "svg" || SILENT.contains(&element.name())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
