//! Reads books in EPUB 2 and 3, newspapers and magazines among them: an article
//! a page of the reading order, through the reader of web pages. What a page does
//! not say of itself is taken from the book: the title from its table of contents,
//! day, author, publication and language from its metadata. Pages that only lead
//! to others are skipped.

mod book;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::article::{Article, Provenance, Published, Title};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Parts, Record, read_whole};
use crate::text::charset;
use crate::text::dates::Order;
use crate::text::xml::{self, Element, Fault, Node};

use super::{Claim, Format, Head, Options, Parsed, agency, fields, html};
use book::Book;

/// The reader of EPUB.
pub struct Epub;

const MEDIA_TYPE: &str = "application/epub+zip";

/// What a book says of one of its pages.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Facts {
    /// Why the page is not read.
    skip: Option<Unread>,
    label: Option<String>,
    section: Option<String>,
    book: Option<String>,
    publisher: Option<String>,
    published: Option<Published>,
    authors: Vec<String>,
    language: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Unread {
    Navigation,
    Encrypted,
}

impl Format for Epub {
    fn name(&self) -> &'static str {
        "epub"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let is_handed_on = hint.media_type.as_deref() == Some(MEDIA_TYPE);
        match is_handed_on && Parts::are_in(head.bytes()) {
            true => Claim::Certain,
            false => Claim::No,
        }
    }

    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        _options: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let bytes = read_whole(input, max_record_bytes)?;
        let parts: HashMap<&str, &[u8]> = Parts::read(&bytes)
            .ok_or(Reason::NoText)?
            .into_iter()
            .collect();
        let book = Book::read(&parts).unwrap_or_else(|| Book {
            pages: every_page(&parts),
            ..Book::default()
        });
        let encrypted = encrypted(&parts);
        for page in &book.pages {
            let Some(content) = parts.get(page.as_str()) else {
                let missing = Reason::Malformed {
                    kind: "epub",
                    detail: format!("its page `{page}` is missing"),
                };
                if is_page(page) && each(Err(missing)).is_break() {
                    break;
                }
                continue;
            };
            if content.is_empty() {
                continue;
            }
            let label = book.labels.get(page);
            let facts = Facts {
                skip: match (encrypted.contains(page), book.navigation.contains(page)) {
                    (true, _) => Some(Unread::Encrypted),
                    (false, true) => Some(Unread::Navigation),
                    (false, false) => None,
                },
                label: label.map(|label| label.text.clone()),
                section: label.and_then(|label| label.section.clone()),
                book: book.title.clone(),
                publisher: book.publisher.clone(),
                published: book.published,
                authors: book.authors.clone(),
                language: book.language.clone(),
            };
            let record = Record {
                bytes: content.to_vec(),
                hint: Arc::clone(hint),
                preamble: serde_json::to_vec(&facts).unwrap_or_default().into(),
            };
            if each(Ok(record)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let facts: Facts = serde_json::from_slice(&record.preamble).unwrap_or_default();
        if let Some(unread) = facts.skip {
            emit(Parsed::Skipped(match unread {
                Unread::Navigation => Skip::Navigation,
                Unread::Encrypted => Skip::Encrypted,
            }));
            return Ok(());
        }
        let declared = charset::declared_in_markup(&record.bytes);
        let labels: Vec<&str> = declared.iter().map(String::as_str).collect();
        let decoded = charset::decode(&record.bytes, &labels, options.encoding);
        match read(&decoded.text, facts, &record.hint, options.date_order) {
            Some(mut article) => {
                article.origin.encoding = Some(decoded.encoding);
                emit(Parsed::Article(Box::new(article)));
            }
            None => emit(Parsed::Skipped(Skip::Navigation)),
        }
        Ok(())
    }
}

/// Reads a page; `None` where it holds no text of its own.
fn read(page: &str, facts: Facts, hint: &Hint, order: Option<Order>) -> Option<Article> {
    let tree = xml::parse(page);
    if leads_on(&tree) {
        return None;
    }
    let is_cut = tree.fault.as_ref().is_some_and(Fault::loses_text);
    let page = match is_cut {
        true => Cow::Borrowed(page),
        false => Cow::Owned(as_html(&tree)),
    };
    let hint = Hint {
        url: source_of(&tree),
        ..hint.clone()
    };
    let mut article = html::read(&page, &hint, order)?;
    let kept = article.body.split("\n\n");
    let kept = kept.filter(|paragraph| !paragraph.starts_with(DOWNLOADED));
    article.body = kept.collect::<Vec<_>>().join("\n\n");
    if article.body.trim().is_empty() {
        return None;
    }
    let heading = heading(&tree);
    let stated = article.title.take().filter(|title| {
        let is_of_book = facts
            .book
            .as_ref()
            .is_some_and(|book| agency::same_words(book, &title.text));
        !title.derived && !is_of_book && !is_placeholder(&title.text)
    });
    let label = facts.label.filter(|label| !label.trim().is_empty());
    article.title = match (heading, stated, label) {
        (Some(heading), Some(stated), _) if agency::same_words(&heading, &stated.text) => {
            Some(stated)
        }
        (_, _, Some(label)) => Some(Title::stated(fields::one_line(&label))),
        (Some(heading), _, None) => Some(Title::stated(heading)),
        (None, stated, None) => stated,
    };
    drop_headings(&mut article, &tree);
    if article
        .published
        .is_none_or(|known| known.provenance > Provenance::Feed)
    {
        let of_book = facts.published.map(|published| Published {
            provenance: Provenance::Feed,
            ..published
        });
        article.published = of_book.or(article.published);
    }
    if article.bylines.is_empty() {
        article.bylines = facts.authors;
    }
    article.publisher = article.publisher.or(facts.publisher);
    article.section = article.section.or(facts.section);
    article.language = article.language.or(facts.language);
    fields::complete(&mut article, &hint);
    Some(article)
}

/// A page of XHTML as HTML: to a reader of that an element which XML closes in
/// its own tag stays open. Bars that lead to other pages are left out.
fn as_html(tree: &xml::Document) -> String {
    let mut html = String::new();
    for root in &tree.roots {
        write(root, &mut html);
    }
    html
}

fn write(element: &Element, html: &mut String) {
    let name = element.name();
    if matches!(name, "script" | "style") || is_bar(element) {
        return;
    }
    html.push('<');
    html.push_str(name);
    for (name, value) in element.attributes() {
        html.push(' ');
        html.push_str(name);
        html.push_str("=\"");
        escape(value, html);
        html.push('"');
    }
    html.push('>');
    if VOID.contains(&name) {
        return;
    }
    for node in &element.children {
        match node {
            Node::Element(inner) => write(inner, html),
            Node::Text(text) => escape(text, html),
        }
    }
    html.push_str("</");
    html.push_str(name);
    html.push('>');
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

/// Whether an element is one that calibre sets around the articles it fetches.
fn is_bar(element: &Element) -> bool {
    element
        .attribute("class")
        .is_some_and(|class| class.starts_with("calibre_navbar"))
}

/// Elements that have no end in HTML.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Pages for want of a reading order.
fn every_page(parts: &HashMap<&str, &[u8]>) -> Vec<String> {
    let names = parts.keys().filter(|name| is_page(name));
    let mut pages: Vec<String> = names.map(|name| (*name).to_owned()).collect();
    pages.sort_unstable();
    pages
}

fn is_page(name: &str) -> bool {
    let extension = name.rsplit('.').next().unwrap_or_default();
    matches!(
        extension.to_ascii_lowercase().as_str(),
        "html" | "xhtml" | "htm" | "xht"
    )
}

/// The parts that cannot be read without a key. Fonts are scrambled in books
/// that otherwise lie open.
fn encrypted(parts: &HashMap<&str, &[u8]>) -> HashSet<String> {
    let Some(content) = parts.get("META-INF/encryption.xml") else {
        return HashSet::new();
    };
    let (document, _) = xml::parse_bytes(content, None, None);
    let all = document.roots.iter().flat_map(Element::descendants);
    all.filter(|inner| inner.is("CipherReference"))
        .filter_map(|inner| inner.attribute("URI").map(str::to_owned))
        .collect()
}

/// The body of a page.
fn body(tree: &xml::Document) -> Option<&Element> {
    tree.roots.iter().find_map(|root| match root.is("body") {
        true => Some(root),
        false => root.child("body"),
    })
}

/// Whether a page says that it is a cover or the like, or is made of links.
fn leads_on(tree: &xml::Document) -> bool {
    let Some(body) = body(tree) else {
        return false;
    };
    let is_no_text = |element: &Element| {
        let role = element.attribute("epub:type").unwrap_or_default();
        role.split(' ').any(|role| book::NO_TEXT.contains(&role))
    };
    if is_no_text(body) || body.elements().count() == 1 && body.elements().any(is_no_text) {
        return true;
    }
    let (mut all, mut linked) = (0, 0);
    letters(body, false, &mut all, &mut linked);
    linked * 2 > all
}

/// Counts the letters of an element, and those of them that are linked.
fn letters(element: &Element, is_link: bool, all: &mut usize, linked: &mut usize) {
    let is_link = is_link || element.is("a") && element.attribute("href").is_some();
    for node in &element.children {
        match node {
            Node::Element(inner) => letters(inner, is_link, all, linked),
            Node::Text(text) => {
                let count = text.chars().filter(|c| c.is_alphanumeric()).count();
                *all += count;
                *linked += if is_link { count } else { 0 };
            }
        }
    }
}

/// Drops the headings at the top of a text that its title says already, and
/// the number of a chapter.
fn drop_headings(article: &mut Article, tree: &xml::Document) {
    let Some(title) = article.title.as_ref().map(|title| title.text.clone()) else {
        return;
    };
    let headings: Vec<String> = headings(tree).take(MOST_HEADINGS).collect();
    let is_said = |paragraph: &str| {
        let is_heading = headings.iter().any(|heading| heading == paragraph);
        is_heading && is_number(paragraph) || agency::same_words(paragraph, &title)
    };
    let mut rest = article.body.as_str();
    for _ in 0..MOST_HEADINGS {
        match rest.split_once("\n\n") {
            Some((first, after)) if is_said(first) => rest = after,
            _ => break,
        }
    }
    article.body = rest.to_owned();
}

/// Whether a heading is no more than the number of a chapter.
fn is_number(heading: &str) -> bool {
    heading
        .chars()
        .all(|c| c.is_ascii_digit() || "IVXLC.".contains(c))
}

/// Headings of a page that are looked at.
const MOST_HEADINGS: usize = 3;

/// The first heading of a page, the lines of one that is broken joined.
fn heading(tree: &xml::Document) -> Option<String> {
    headings(tree).find(|line| line.chars().any(char::is_alphabetic) && !is_number(line))
}

fn headings(tree: &xml::Document) -> impl Iterator<Item = String> {
    let all = body(tree).into_iter().flat_map(Element::descendants);
    all.filter(|inner| matches!(inner.name(), "h1" | "h2" | "h3"))
        .map(|heading| fields::one_line(&heading.line()))
}

/// The address that a page was made from, which calibre notes at its end.
fn source_of(tree: &xml::Document) -> Option<String> {
    let is_note = |inner: &&Element| {
        inner.attribute("rel") == Some("calibre-downloaded-from")
            || inner.is("p")
                && matches!(inner.children.first(),
                Some(Node::Text(text)) if text.trim_start().starts_with("This article was downloaded by"))
    };
    let note = body(tree)?.descendants().filter(is_note).last()?;
    let own = note.attribute("href");
    let links = note
        .descendants()
        .filter_map(|inner| inner.attribute("href"));
    own.into_iter().chain(links).find_map(fields::address)
}

/// What calibre writes below the articles that it fetches.
const DOWNLOADED: &str = "This article was downloaded by calibre";

/// Whether a title is one that programs write.
fn is_placeholder(title: &str) -> bool {
    let lower = title.to_lowercase();
    matches!(
        lower.as_str(),
        "unknown" | "untitled" | "cover" | "index" | "title" | "page"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
