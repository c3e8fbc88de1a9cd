//! From a tree to running text: blocks in reading order, then without what
//! authors and sites put between them: captions, links to other stories,
//! credits, calls to subscribe.

use dom_query::{Element, NodeData, NodeRef};

use super::names;

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
    fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// Characters of sentences that are no links.
    pub fn weight(&self) -> usize {
        let length = self.length();
        let own = length.saturating_sub(self.linked);
        let counts = self.kind != Kind::Heading && !self.is_linked() && own >= 40;
        if counts { own } else { 0 }
    }

    fn is_linked(&self) -> bool {
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

/// Starts of lines that lead to other stories.
const LEADS_AWAY: &[&str] = &[
    "read more",
    "read also",
    "also read",
    "read next",
    "related:",
    "related stories",
    "related articles",
    "see also",
    "more:",
    "more on",
    "lesen sie auch",
    "lesen sie hier",
    "lesen sie mehr",
    "mehr zum thema",
    "mehr dazu",
    "auch interessant",
    "siehe auch",
    "weiterlesen",
    "lire aussi",
    "à lire",
    "lea también",
    "lee también",
    "puedes ver",
    "leia também",
    "leia mais",
    "leggi anche",
    "lees ook",
    "les også",
    "läs också",
    "watch:",
    "listen:",
    "click here",
    "hier geht",
    "photos:",
    "video:",
    "recommended",
    "don't miss",
    "you may also like",
    "lesetipp",
    "ähnliche beiträge",
    "related posts",
    "you might also",
    "zum thema",
    "voir aussi",
    "sur le même sujet",
];

/// Short lines that belong to the site.
const OF_THE_SITE: &[&str] = &[
    "advertisement",
    "anzeige",
    "werbung",
    "publicité",
    "publicidad",
    "advertisement - continue reading below",
    "share",
    "share this",
    "share this article",
    "story continues below advertisement",
    "article continues below advertisement",
    "continue reading",
    "continue reading below",
    "loading",
    "loading...",
    "loading…",
    "print",
    "email",
    "e-mail",
    "tweet",
    "facebook",
    "twitter",
    "whatsapp",
    "kommentare",
    "comments",
    "leave a comment",
    "kommentar schreiben",
    "teilen",
    "drucken",
    "share on facebook",
    "share on twitter",
    "pinterest",
    "linkedin",
    "reddit",
    "copy link",
    "link kopieren",
    "nach oben",
    "back to top",
    "top",
    "-",
    "|",
    "•",
    "skip to content",
    "zum inhalt springen",
    "tags:",
    "tags",
    "schlagwörter",
    "partager",
    "compartir",
    "compartilhar",
    "condividi",
];

/// Starts of lines that ask for something, in letters and digits only.
const ASKS: &[&str] = &[
    "sign up for",
    "sign up to",
    "subscribe to our",
    "subscribe now",
    "follow us on",
    "abonnieren sie",
    "abonniere unseren",
    "join our newsletter",
    "get the latest",
    "all rights reserved",
    "alle rechte vorbehalten",
    "tous droits réservés",
    "copyright ©",
    "©",
    "this website uses cookies",
    "this site uses cookies",
    "we use cookies",
    "wir verwenden cookies",
    "diese website verwendet",
    "by continuing to",
    "newsletter abonnieren",
    "jetzt newsletter",
    "follow him on",
    "follow her on",
    "folgen sie uns",
    "this article was originally published",
];

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
    // What stands above the text: its title, its authors, its date.
    let mut above = 0;
    while let Some(block) = blocks.get(above).filter(|block| block.length() <= 200) {
        let line = letters(&block.text);
        let is_title = !title.is_empty() && line == title;
        let is_credit = bylines.iter().any(|name| {
            let name = letters(name);
            !name.is_empty() && line.contains(&name) && line.len() <= name.len() + 12
        });
        let is_date = block.text.len() < 60
            && super::date::within(&block.text, None).is_some()
            && block.text.split_whitespace().count() <= 8;
        let goes = is_title || is_credit || is_date || is_of_the_site(block);
        if !goes {
            break;
        }
        above += 1;
    }
    blocks.drain(..above);
    let keep: Vec<bool> = (0..blocks.len())
        .map(|at| !leads_away(&blocks, at))
        .collect();
    let mut at = 0;
    blocks.retain(|block| {
        at += 1;
        keep[at - 1] && !is_of_the_site(block)
    });
    while blocks.last().is_some_and(|last| last.kind == Kind::Heading) && blocks.len() > 1 {
        blocks.pop();
    }
    blocks
}

fn is_of_the_site(block: &Block) -> bool {
    let length = block.length();
    if length > 220 {
        return false;
    }
    let lower = block.text.to_lowercase();
    let bare = lower.trim_matches([' ', '.', ':', '!', '\n']);
    OF_THE_SITE.contains(&lower.as_str())
        || OF_THE_SITE.contains(&bare)
        || ASKS.iter().any(|ask| lower.starts_with(ask))
}

/// Whether a block is a way to another story: links that say so, links among
/// links, or a heading above nothing but those.
fn leads_away(blocks: &[Block], at: usize) -> bool {
    let block = &blocks[at];
    let length = block.length();
    let lower = block.text.to_lowercase();
    let says_so = LEADS_AWAY.iter().any(|lead| lower.starts_with(lead));
    if says_so
        && length <= 250
        && (block.linked * 3 >= length || length <= 40 && block.kind != Kind::Paragraph)
    {
        return true;
    }
    if !block.is_linked() || block.kind == Kind::Heading {
        return false;
    }
    let beside = |other: Option<&Block>| {
        other.is_some_and(|other| other.is_linked() && other.kind != Kind::Heading)
    };
    let run = beside(at.checked_sub(1).and_then(|before| blocks.get(before)))
        || beside(blocks.get(at + 1));
    // A list of links at the end, or a linked headline by itself.
    run && block.kind == Kind::Item && length <= 200
        || run && length <= 150 && at + 3 >= blocks.len()
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
