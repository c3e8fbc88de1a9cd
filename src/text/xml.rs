//! XML as a tree, read the way archives need it: whatever is readable of a
//! broken file is read, and the fault is told beside it.
//!
//! Document type definitions are passed over and never expanded, so that no
//! entity can grow and no file is fetched: only character references and the
//! names that HTML knows stand for something. Depth, attributes and the number
//! of nodes are capped. Names are compared without their namespace prefix,
//! for agencies choose prefixes freely; the prefix is kept beside the name.

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use super::charset;
use super::markup::decode_entities;

mod flow;

pub use flow::{Flow, running_text};

/// Deepest nesting of elements that is followed.
pub const MAX_DEPTH: u32 = 256;

/// Most attributes that are kept of one element.
const MAX_ATTRIBUTES: usize = 1_000;

/// Most elements, texts and attributes of a document.
pub const MAX_NODES: u64 = 3_000_000;

/// How often a tag that is none is taken as text. Each time the reader starts
/// anew, so that the number must be bounded.
const MAX_RESTARTS: usize = 1_000;

/// An XML document, or as much of one as could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Its root elements: one in sound files, several where documents were
    /// written one after the other.
    pub roots: Vec<Element>,
    /// The name in its document type declaration, without a prefix.
    pub doctype: Option<String>,
    /// The first thing that was wrong with it.
    pub fault: Option<Fault>,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ends before its elements do.
    #[error("ends inside `{inside}`")]
    Cut {
        /// The innermost open element.
        inside: String,
    },
    /// Markup that ends nowhere; what follows is lost.
    #[error("{detail}, at byte {at}")]
    Syntax {
        /// What the reader said.
        detail: String,
        /// Byte of the decoded text.
        at: u64,
    },
    /// An end tag without its start; nothing is lost.
    #[error("stray end tag `{name}`")]
    Stray {
        /// Its name.
        name: String,
    },
    /// Deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than [`MAX_NODES`].
    #[error("more than {MAX_NODES} elements, texts and attributes")]
    TooMany,
}

impl Fault {
    /// Whether text behind the fault was not read.
    pub fn loses_text(&self) -> bool {
        !matches!(self, Self::Stray { .. })
    }
}

/// An element.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    /// Name as written, prefix included.
    name: Box<str>,
    attributes: Vec<(Box<str>, String)>,
    /// Its content, in order.
    pub children: Vec<Node>,
}

/// Something inside an element.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, references resolved, CDATA included.
    Text(String),
}

impl Element {
    /// An element without attributes.
    pub fn new(name: &str, children: Vec<Node>) -> Self {
        Self {
            name: name.into(),
            attributes: Vec::new(),
            children,
        }
    }

    /// Name without its prefix.
    pub fn name(&self) -> &str {
        local(&self.name)
    }

    /// Prefix of the name; empty without one.
    pub fn prefix(&self) -> &str {
        self.name.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// Whether the local name is this one.
    pub fn is(&self, name: &str) -> bool {
        self.name() == name
    }

    /// An attribute by its name as written, or without its prefix (`lang` finds
    /// `xml:lang`). Blank at both ends is taken off, empty values are none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let exact = self.attributes.iter().find(|(known, _)| **known == *name);
        let (_, value) = exact.or_else(|| {
            self.attributes
                .iter()
                .find(|(known, _)| !known.starts_with("xmlns:") && local(known) == name)
        })?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// The attributes, names as written.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes
            .iter()
            .map(|(name, value)| (&**name, value.as_str()))
    }

    /// The address that the element's own prefix, or the default namespace,
    /// is declared as in this very tag.
    pub fn namespace(&self) -> Option<&str> {
        match self.prefix() {
            "" => self.attribute("xmlns"),
            prefix => self.attribute(&format!("xmlns:{prefix}")),
        }
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl DoubleEndedIterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements of a name directly inside.
    pub fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Element> {
        self.elements().filter(move |element| element.is(name))
    }

    /// The first element of a name directly inside.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.is(name))
    }

    /// The first element at a path of names parted by `/`. Each step looks at
    /// all elements of its name before the next.
    pub fn at(&self, path: &str) -> Option<&Element> {
        match path.split_once('/') {
            None => self.child(path),
            Some((name, rest)) => self
                .elements()
                .filter(|element| element.is(name))
                .find_map(|element| element.at(rest)),
        }
    }

    /// Every element inside, at any depth, in order of the document.
    pub fn descendants(&self) -> Descendants<'_> {
        Descendants {
            open: vec![self.children.iter()],
        }
    }

    /// The first element of a name at any depth.
    pub fn find(&self, name: &str) -> Option<&Element> {
        self.descendants().find(|element| element.is(name))
    }

    /// All text inside, on one line.
    pub fn line(&self) -> String {
        let mut text = String::new();
        self.gather(&mut text);
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ")
    }

    /// The text of a child on one line, if it says anything.
    pub fn child_line(&self, name: &str) -> Option<String> {
        let line = self.child(name)?.line();
        (!line.is_empty()).then_some(line)
    }

    /// All text inside as it stands.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.gather(&mut text);
        text
    }

    fn gather(&self, text: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(part) => text.push_str(part),
                Node::Element(element) if matches!(element.name(), "br" | "p") => {
                    text.push('\n');
                    element.gather(text);
                }
                Node::Element(element) => element.gather(text),
            }
        }
    }

    /// Whether there is neither text nor an element inside.
    pub fn is_bare(&self) -> bool {
        self.children.iter().all(|node| match node {
            Node::Element(_) => false,
            Node::Text(text) => text.trim().is_empty(),
        })
    }
}

/// Iterates over the elements inside one, see [`Element::descendants`].
pub struct Descendants<'a> {
    open: Vec<std::slice::Iter<'a, Node>>,
}

impl<'a> Iterator for Descendants<'a> {
    type Item = &'a Element;

    fn next(&mut self) -> Option<&'a Element> {
        loop {
            match self.open.last_mut()?.next() {
                Some(Node::Element(element)) => {
                    self.open.push(element.children.iter());
                    return Some(element);
                }
                Some(Node::Text(_)) => {}
                None => {
                    self.open.pop();
                }
            }
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Reads a document. Never fails: what could not be read is told by
/// [`Document::fault`].
///
/// ```
/// # use morgue::text::xml;
/// let document = xml::parse("<n:note xmlns:n='x' day='1'>R&amp;D <b>costs</b></n:note>");
/// let note = &document.roots[0];
/// assert_eq!((note.name(), note.attribute("day")), ("note", Some("1")));
/// assert_eq!(note.line(), "R&D costs");
/// ```
pub fn parse(text: &str) -> Document {
    let mut builder = Builder::default();
    builder.read(text);
    builder.finish()
}

/// Decodes and reads a document: an envelope's charset, then its own
/// declaration, decide unless `forced` does. Gives the encoding's name too.
pub fn parse_bytes(
    bytes: &[u8],
    envelope: Option<&str>,
    forced: Option<&'static encoding_rs::Encoding>,
) -> (Document, &'static str) {
    let own = charset::declared_in_markup(bytes);
    let declared: Vec<&str> = envelope.into_iter().chain(own.as_deref()).collect();
    let decoded = charset::decode(bytes, &declared, forced);
    (parse(&decoded.text), decoded.encoding)
}

/// The root element's tag from the start of a text, cut anywhere. The
/// document type's name stands in where the head ends before the root. `None`
/// where the text is no XML.
pub fn root_of(text: &str) -> Option<Element> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let mut reader = reader_of(text);
    let mut doctype = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                return is_name(tag.name().as_ref()).then(|| element_of(&tag, &mut 0));
            }
            Ok(Event::DocType(declaration)) => {
                doctype = doctype_name(&declaration.into_inner());
            }
            Ok(Event::Text(text)) if !text.trim().is_empty() => return None,
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(Error::IllFormed(_)) => {}
            Err(Error::Syntax(SyntaxError::UnclosedDoctype)) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(0);
                let rest = text.get(at..).unwrap_or("").trim_start_matches("<!");
                doctype = rest.get("DOCTYPE".len()..).and_then(doctype_name);
                break;
            }
            Err(_) => break,
        }
    }
    doctype.map(|name| Element {
        name: name.into(),
        ..Element::default()
    })
}

fn reader_of(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.check_comments = false;
    reader
}

fn doctype_name(declaration: &str) -> Option<String> {
    let name = declaration
        .trim_start()
        .split(|c: char| c.is_whitespace() || matches!(c, '[' | '>'))
        .next()?;
    is_name(name).then(|| local(name).to_owned())
}

/// Whether a text can be the name of an element.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !name.contains(['<', '"', '\'', '&', '(', ')', ','])
}

fn element_of(tag: &BytesStart, nodes: &mut u64) -> Element {
    let mut attributes = Vec::new();
    let mut found = tag.html_attributes();
    for attribute in found.with_checks(false).flatten().take(MAX_ATTRIBUTES) {
        *nodes += 1;
        attributes.push((
            Box::from(attribute.key.as_ref()),
            decode_entities(&attribute.value),
        ));
    }
    Element {
        name: Box::from(tag.name().as_ref()),
        attributes,
        children: Vec::new(),
    }
}

/// Builds the tree from what the reader finds.
#[derive(Default)]
struct Builder {
    document: Document,
    open: Vec<Element>,
    nodes: u64,
}

impl Builder {
    fn read(&mut self, text: &str) {
        let mut base = 0;
        for _ in 0..=MAX_RESTARTS {
            match self.run(text, base) {
                Some(next) if next > base && text.is_char_boundary(next) => base = next,
                _ => return,
            }
        }
        self.note(Fault::Syntax {
            detail: format!("more than {MAX_RESTARTS} tags that are none"),
            at: base as u64,
        });
    }

    /// Reads on from a byte; gives the byte from which to read anew, if any.
    fn run(&mut self, text: &str, base: usize) -> Option<usize> {
        let mut reader = reader_of(text.get(base..)?);
        loop {
            if self.nodes > MAX_NODES {
                self.note(Fault::TooMany);
                return None;
            }
            let start = base + usize::try_from(reader.buffer_position()).ok()?;
            match reader.read_event() {
                Ok(Event::Eof) => return None,
                Ok(Event::Start(tag)) => {
                    if !is_name(tag.name().as_ref()) {
                        self.text("<");
                        return Some(start + 1);
                    }
                    if self.open.len() as u32 >= MAX_DEPTH {
                        self.note(Fault::TooDeep);
                        return None;
                    }
                    self.nodes += 1;
                    let element = element_of(&tag, &mut self.nodes);
                    self.open.push(element);
                }
                Ok(Event::Empty(tag)) => {
                    if !is_name(tag.name().as_ref()) {
                        self.text("<");
                        return Some(start + 1);
                    }
                    self.nodes += 1;
                    let element = element_of(&tag, &mut self.nodes);
                    self.put(element);
                }
                Ok(Event::End(tag)) => self.close(tag.name().as_ref()),
                Ok(Event::Text(part)) => self.text(&part),
                Ok(Event::CData(part)) => self.text(&part),
                Ok(Event::GeneralRef(name)) => {
                    let reference = format!("&{};", &*name);
                    self.text(&decode_entities(&reference));
                }
                Ok(Event::DocType(declaration)) => {
                    self.document.doctype = doctype_name(&declaration);
                }
                Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => {}
                Err(Error::Syntax(error)) => {
                    let at = base + usize::try_from(reader.error_position()).ok()?;
                    return self.mend(&error, text, at);
                }
                // Ill-formed is a remark: the reader goes on behind it. It
                // must have moved, or it would never end.
                Err(_) if base + usize::try_from(reader.buffer_position()).ok()? > start => {}
                Err(error) => {
                    self.note(Fault::Syntax {
                        detail: error.to_string(),
                        at: start as u64,
                    });
                    return None;
                }
            }
        }
    }

    /// What to do about markup that ends nowhere: gives the byte from which
    /// to read on.
    fn mend(&mut self, error: &SyntaxError, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let inner = rest.strip_prefix('<').unwrap_or(rest);
        let is_tag = inner.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '/'));
        let quoted = matches!(
            error,
            SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue
        );
        if matches!(error, SyntaxError::UnclosedTag) && !is_tag {
            self.text("<");
            return Some(at + 1);
        }
        self.note(Fault::Syntax {
            detail: error.to_string(),
            at: at as u64,
        });
        if let SyntaxError::UnclosedCData = error {
            self.text(rest.strip_prefix("<![CDATA[").unwrap_or(rest));
            return None;
        }
        if quoted && is_tag {
            // A quote left open swallows the rest: the tag ends at its first `>`.
            let end = rest.find('>')?;
            let name: &str = inner
                .split(|c: char| c.is_whitespace() || matches!(c, '/' | '>'))
                .next()
                .unwrap_or("");
            let closes = rest[..end].ends_with('/');
            if is_name(name) && (self.open.len() as u32) < MAX_DEPTH {
                self.nodes += 1;
                let element = Element {
                    name: name.into(),
                    ..Element::default()
                };
                if closes {
                    self.put(element);
                } else {
                    self.open.push(element);
                }
            }
            return Some(at + end + 1);
        }
        None
    }

    fn note(&mut self, fault: Fault) {
        // A loss outweighs a remark that came before it.
        match &self.document.fault {
            Some(known) if known.loses_text() || !fault.loses_text() => {}
            _ => self.document.fault = Some(fault),
        }
    }

    fn text(&mut self, part: &str) {
        let Some(parent) = self.open.last_mut() else {
            return;
        };
        let sound = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        if let Some(Node::Text(text)) = parent.children.last_mut() {
            text.extend(part.chars().filter(sound));
            return;
        }
        let text: String = part.chars().filter(sound).collect();
        if !text.is_empty() {
            self.nodes += 1;
            parent.children.push(Node::Text(text));
        }
    }

    fn put(&mut self, element: Element) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None => self.document.roots.push(element),
        }
    }

    fn close(&mut self, name: &str) {
        let name = name.trim_end();
        let Some(at) = self.open.iter().rposition(|open| &*open.name == name) else {
            self.note(Fault::Stray {
                name: name.to_owned(),
            });
            return;
        };
        while self.open.len() > at {
            if let Some(element) = self.open.pop() {
                self.put(element);
            }
        }
    }

    fn finish(mut self) -> Document {
        if let Some(inside) = self.open.last() {
            let inside = inside.name.to_string();
            self.note(Fault::Cut { inside });
        }
        while let Some(element) = self.open.pop() {
            self.put(element);
        }
        self.document
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let document = parse(text);
        document
            .roots
            .iter()
            .map(Element::line)
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn references_stand_for_characters_and_entities_of_a_dtd_for_nothing() {
        let text = "<!DOCTYPE a [<!ENTITY b 'bang'><!ENTITY c '&b;&b;'>]>\
            <a>AT&amp;T &#8211; caf&eacute; &#3;R&D &c;<![CDATA[ <x> & ]]></a>";
        let document = parse(text);
        assert_eq!(document.roots[0].line(), "AT&T – café R&D &c; <x> &");
        assert_eq!(document.doctype.as_deref(), Some("a"));
        assert_eq!(document.fault, None);
    }

    #[test]
    fn a_file_cut_anywhere_keeps_what_stands_before_the_cut() {
        let whole = "<?xml version=\"1.0\"?><a k=\"v\"><b>one</b><!-- c --><b>two<![CDATA[ three]]></b></a>";
        for end in 0..whole.len() {
            let document = parse(&whole[..end]);
            if end > whole.find("<b>").unwrap() + 6 {
                assert!(document.roots[0].line().starts_with("one"), "{end}");
                assert!(document.fault.unwrap().loses_text(), "{end}");
            }
        }
        assert_eq!(
            line(&whole[..whole.find("three").unwrap() + 3]),
            "onetwo thr"
        );
    }

    #[test]
    fn signs_that_open_no_tag_are_text() {
        assert_eq!(
            line("<a>5 < 6 and <= 7 <b>or</b> <<MLL> rose</a>"),
            "5 < 6 and <= 7 or < rose"
        );
        assert_eq!(line("<a>1 <"), "1 <");
    }

    #[test]
    fn crossed_and_stray_end_tags_lose_no_text() {
        let document = parse("<a><b>one<i>two</b> three</i> four</c></a>");
        assert_eq!(document.roots[0].line(), "onetwo three four");
        assert_eq!(
            document.fault,
            Some(Fault::Stray {
                name: "i".to_owned()
            })
        );
        assert!(!document.fault.unwrap().loses_text());
    }

    #[test]
    fn a_quote_left_open_costs_its_tag_alone() {
        let document = parse("<a><b k=\"v>one</b><b>two</b></a>");
        assert_eq!(document.roots[0].line(), "onetwo");
        assert!(document.fault.unwrap().loses_text());
    }

    #[test]
    fn depth_attributes_and_nodes_are_capped() {
        let deep = "<a>".repeat(100_000);
        assert_eq!(parse(&deep).fault, Some(Fault::TooDeep));
        let attributes: String = (0..50_000).map(|n| format!(" k{n}='v'")).collect();
        let wide = parse(&format!("<a{attributes}>x</a>"));
        assert_eq!(wide.roots[0].attributes().count(), MAX_ATTRIBUTES);
        assert_eq!(wide.roots[0].line(), "x");
        let many = format!("<a>{}</a>", "<b/>".repeat(MAX_NODES as usize + 10));
        assert_eq!(parse(&many).fault, Some(Fault::TooMany));
    }

    #[test]
    fn a_flood_of_tags_that_are_none_ends() {
        let document = parse(&format!("<a>{}></a>", "< ".repeat(200_000)));
        assert!(document.fault.unwrap().loses_text());
    }

    #[test]
    fn documents_one_after_the_other_are_all_read() {
        let document = parse("<?xml version='1.0'?><a>one</a>\n<?xml version='1.0'?><a>two</a>");
        assert_eq!(document.roots.len(), 2);
        assert_eq!(document.fault, None);
    }

    #[test]
    fn the_root_is_known_from_the_head() {
        let root = root_of(
            "\u{FEFF} <?xml version=\"1.0\"?><!-- <x> --><!DOCTYPE n:nitf SYSTEM 'x'>\
             <n:nitf xmlns:n=\"urn:n\" id='7'><he",
        );
        let root = root.unwrap();
        assert_eq!(
            (root.name(), root.attribute("id"), root.namespace()),
            ("nitf", Some("7"), Some("urn:n"))
        );
        let only_doctype = root_of("<!DOCTYPE nitf [ <!ENTITY a 'b'> ").unwrap();
        assert_eq!(only_doctype.name(), "nitf");
        assert_eq!(root_of("plain <b>text</b>"), None);
        assert_eq!(root_of("<3 news"), None);
    }

    #[test]
    fn a_declared_single_byte_charset_is_decoded() {
        let (document, encoding) = parse_bytes(
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xE9</a>",
            None,
            None,
        );
        assert_eq!(
            (document.roots[0].line().as_str(), encoding),
            ("café", "windows-1252")
        );
    }

    #[test]
    fn elements_are_found_by_path_and_depth() {
        let document = parse("<a><b/><b><c>x</c></b><d><e><c>y</c></e></d></a>");
        let root = &document.roots[0];
        assert_eq!(root.at("b/c").unwrap().line(), "x");
        assert_eq!(root.descendants().filter(|e| e.is("c")).count(), 2);
        assert_eq!(root.at("d/c"), None);
    }
}
