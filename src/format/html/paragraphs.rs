//! From a tree to running text: blocks in reading order, then without the
//! title above them and without what sites put between them (see
//! [`site`]).

use dom_query::{Element, NodeData, NodeRef};

use super::super::credits;
use super::names;
use super::site;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A paragraph, quotation, table row or piece of code.
    Paragraph,
    /// A heading.
    Heading,
    /// An item of a list.
    Item,
}

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Its words; line breaks are those of the page.
    pub text: String,
    /// Characters of it that are links.
    pub linked: usize,
}

impl Block {
    /// In characters.
    pub fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// Characters of sentences that are no links.
    pub fn weight(&self) -> usize {
        let length = self.length();
        let own = length.saturating_sub(self.linked);
        let counts = self.kind != Kind::Heading && !self.is_linked() && own >= 40;
        if counts { own } else { 0 }
    }

    /// Whether nearly all of it is links.
    pub fn is_linked(&self) -> bool {
        self.linked * 10 >= self.length() * 8
    }
}

/// A step of the walk through a tree.
enum Step<'a> {
    Enter(NodeRef<'a>),
    Leave {
        name: &'static str,
        is_block: bool,
        mark: Option<usize>,
    },
}

const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "tr",
    "caption",
    "figure",
    "figcaption",
    "form",
    "fieldset",
    "address",
    "center",
    "hr",
    "details",
    "summary",
    "body",
    "td",
    "th",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "nav",
    "hgroup",
];

const HIDDEN: &[&str] = &[
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "svg",
    "canvas",
    "object",
    "embed",
    "audio",
    "video",
    "select",
    "textarea",
    "button",
    "head",
    "title",
    "noframes",
    "figcaption",
];

/// An element that may hold the text: which blocks are its own.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// How well it is marked; 0 is best.
    pub rank: usize,
    /// Its first block.
    pub start: usize,
    /// The block behind its last.
    pub end: usize,
}

/// The blocks below a node, in reading order.
pub fn blocks(root: &NodeRef) -> Vec<Block> {
    marked_blocks(root, |_| None).0
}

/// The blocks below a node, and the elements to which `rank` gives one.
pub fn marked_blocks(
    root: &NodeRef,
    rank: impl Fn(&Element) -> Option<usize>,
) -> (Vec<Block>, Vec<Mark>) {
    let mut writer = Writer::default();
    let mut marks: Vec<Mark> = Vec::new();
    let mut steps = vec![Step::Enter(*root)];
    while let Some(step) = steps.pop() {
        let node = match step {
            Step::Enter(node) => node,
            Step::Leave {
                name,
                is_block,
                mark,
            } => {
                writer.leave(name, is_block);
                if let Some(mark) = mark {
                    marks[mark].end = writer.blocks.len();
                }
                continue;
            }
        };
        if node.is_text() {
            node.query(|inner| {
                if let NodeData::Text { contents } = &inner.data {
                    writer.text(contents);
                }
            });
            continue;
        }
        let Some(element) = node.element_ref() else {
            steps.extend(node.children_it(true).map(Step::Enter));
            continue;
        };
        let tag = &*element.name.local;
        if HIDDEN.contains(&tag) || is_caption(&element) {
            continue;
        }
        if tag == "br" {
            writer.line_break();
            continue;
        }
        let known = BLOCKS.iter().find(|name| **name == tag);
        let is_block = known.is_some();
        let name = match tag {
            "a" => "a",
            _ => known.copied().unwrap_or(""),
        };
        writer.enter(name, is_block);
        let mark = match rank(&element) {
            Some(rank) if matches!(tag, "div" | "article" | "section" | "main") => {
                let start = writer.blocks.len();
                marks.push(Mark {
                    rank,
                    start,
                    end: start,
                });
                Some(marks.len() - 1)
            }
            _ => None,
        };
        steps.push(Step::Leave {
            name,
            is_block,
            mark,
        });
        steps.extend(node.children_it(true).map(Step::Enter));
    }
    writer.flush();
    (writer.blocks, marks)
}

fn is_caption(element: &Element) -> bool {
    let meaning = names::meaning(element);
    meaning & names::CAPTION != 0 && meaning & names::NO_CAPTION == 0
}

#[derive(Default)]
struct Writer {
    blocks: Vec<Block>,
    text: String,
    linked: usize,
    links: usize,
    code: usize,
    items: usize,
    heading: bool,
    blank: bool,
}

impl Writer {
    fn enter(&mut self, name: &str, is_block: bool) {
        match name {
            "td" | "th" => {
                self.blank = true;
                return;
            }
            "a" => self.links += 1,
            _ => {}
        }
        if is_block {
            self.flush();
        }
        match name {
            "pre" => self.code += 1,
            "li" => self.items += 1,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading = true,
            _ => {}
        }
    }

    fn leave(&mut self, name: &str, is_block: bool) {
        match name {
            "td" | "th" => {
                self.blank = true;
                return;
            }
            "a" => self.links = self.links.saturating_sub(1),
            _ => {}
        }
        if is_block {
            self.flush();
        }
        match name {
            "pre" => self.code = self.code.saturating_sub(1),
            "li" => self.items = self.items.saturating_sub(1),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading = false,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if self.code > 0 && c == '\n' {
                self.line_break();
            } else if c.is_whitespace() {
                self.blank = true;
            } else if !c.is_control() && c != '\u{FEFF}' && c != '\u{AD}' {
                if self.blank && !self.text.is_empty() && !self.text.ends_with('\n') {
                    self.text.push(' ');
                }
                self.blank = false;
                self.text.push(c);
                self.linked += usize::from(self.links > 0);
            }
        }
    }

    fn line_break(&mut self) {
        self.blank = false;
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn flush(&mut self) {
        self.blank = false;
        let kind = match (self.heading, self.items > 0) {
            (true, _) => Kind::Heading,
            (_, true) => Kind::Item,
            _ => Kind::Paragraph,
        };
        // Two line breaks part paragraphs where a page knows no better.
        let whole = std::mem::take(&mut self.text);
        let linked = std::mem::take(&mut self.linked);
        let whole_length = whole.chars().count().max(1);
        for part in whole.split("\n\n") {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            self.blocks.push(Block {
                kind,
                linked: linked * part.chars().count() / whole_length,
                text: part.to_owned(),
            });
        }
    }
}

/// How much of some blocks reads as an article: characters of sentences that
/// are no links.
pub fn weight(blocks: &[Block]) -> usize {
    blocks.iter().map(Block::weight).sum()
}

/// The blocks that are running text, without a title that stands above them
/// and without the lines of the site.
pub fn clean(mut blocks: Vec<Block>, title: Option<&str>, bylines: &[String]) -> Vec<Block> {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let title = title.map(letters).unwrap_or_default();
    blocks.retain(|block| block.text.chars().any(char::is_alphanumeric));
    // What stands above the text: its title, its authors, its date; below a
    // lead too.
    let stands_above = |block: &Block| {
        if block.length() > 200 {
            return false;
        }
        let line = letters(&block.text);
        let is_title = !title.is_empty() && line == title;
        let mut unnamed = line.clone();
        for name in bylines {
            let name = letters(name);
            if !name.is_empty() {
                unnamed = unnamed.replacen(&name, "", 1);
            }
        }
        let is_byline = unnamed.len() < line.len() && unnamed.len() <= 12;
        // `CNN —` behind a byline and `Source: CNN` below a film.
        let house = block.text.rsplit("Source: ").next().unwrap_or_default();
        let house = house.trim_end_matches([' ', '-', '–', '—']);
        let is_house = block.length() < 30
            && house.starts_with(char::is_uppercase)
            && house.chars().all(char::is_alphanumeric)
            && credits::is_house(house, true);
        let is_date = block.text.len() < 60
            && super::date::within(&block.text, None).is_some()
            && block.text.split_whitespace().count() <= 8;
        is_title || is_byline || is_house || is_date || site::is_line(block)
    };
    let above = blocks
        .iter()
        .take_while(|block| stands_above(block))
        .count();
    blocks.drain(..above);
    let behind_lead = blocks
        .iter()
        .skip(1)
        .take_while(|block| stands_above(block));
    let behind_lead = behind_lead.count();
    if behind_lead > 0 {
        blocks.drain(1..=behind_lead);
    }
    site::cut_tail(&mut blocks);
    let keep: Vec<bool> = (0..blocks.len())
        .map(|at| !site::leads_away(&blocks, at))
        .collect();
    let mut at = 0;
    blocks.retain(|block| {
        at += 1;
        keep[at - 1] && !site::is_line(block) && !site::is_credit(block)
    });
    while blocks.last().is_some_and(|last| last.kind == Kind::Heading) && blocks.len() > 1 {
        blocks.pop();
    }
    blocks
}

/// Blocks as running text: paragraphs parted by blank lines, the items of a
/// list a line each.
pub fn join(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut before = None;
    for block in blocks {
        if let Some(before) = before {
            let same_list = before == Kind::Item && block.kind == Kind::Item;
            text.push_str(if same_list { "\n" } else { "\n\n" });
        }
        text.push_str(&block.text);
        before = Some(block.kind);
    }
    text
}
