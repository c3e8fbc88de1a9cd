//! Reads saved web pages, one article a page: the running text without
//! navigation, cookie walls, share bars, related stories and comments, and
//! what the page says of it in JSON-LD, Open Graph, meta tags and in print.
//!
//! [`read`] serves whole pages from any envelope: files, web archives, parts of messages.
//! Pieces of HTML inside other formats are the business of
//! [`markup::to_text`]. A page that would choke the tree builder (see
//! [`guard`]) is read as [`markup::to_text`] does, in linear time.

mod body;
mod date;
mod guard;
mod json_ld;
mod lead;
mod metadata;
mod names;
mod page;
mod paragraphs;
mod printed;
mod prune;
mod site;

use dom_query::Document;

use crate::article::{Article, Provenance, Title};
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::dates::Order;
use crate::text::{charset, markup};

use super::{Claim, Format, Head, Options, Parsed, fields};

/// The reader of web pages.
pub struct Html;

/// Extensions of files that hold a page.
const EXTENSIONS: &[&str] = &[
    "html", "htm", "xhtml", "xht", "shtml", "phtml", "php", "asp", "aspx", "jsp", "cfm",
];

/// Media types of pages.
const MEDIA_TYPES: &[&str] = &[
    "text/html",
    "application/xhtml+xml",
    "application/vnd.wap.xhtml+xml",
];

/// Most of a page's head in bytes that is read where the page itself cannot be.
const MOST_HEAD_BYTES: usize = 256 << 10;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        if head.is_binary() {
            return Claim::No;
        }
        let named = EXTENSIONS.contains(&hint.extension().as_str())
            || hint
                .media_type
                .as_deref()
                .is_some_and(|kind| MEDIA_TYPES.contains(&kind));
        match (first_tag(head.text()).as_str(), named) {
            ("html" | "!doctype html", _) => Claim::Certain,
            ("head" | "body" | "title" | "meta", _) => Claim::Likely,
            (tag, true) if !tag.is_empty() => Claim::Likely,
            (_, true) => Claim::Name,
            _ => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let declared = charset::declared_in_markup(&record.bytes);
        let labels: Vec<&str> = record
            .hint
            .charset
            .iter()
            .chain(&declared)
            .map(String::as_str)
            .collect();
        let decoded = charset::decode(&record.bytes, &labels, options.encoding);
        let Some(mut article) = read(&decoded.text, &record.hint, options.date_order) else {
            return Err(Reason::NoText);
        };
        article.origin.encoding = Some(decoded.encoding);
        emit(Parsed::Article(Box::new(article)));
        Ok(())
    }
}

/// The first tag of a page in lower case, behind an XML declaration,
/// instructions and comments; `!doctype html` for that declaration.
fn first_tag(text: &str) -> String {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            rest = instruction.split_once('>').map_or("", |(_, after)| after);
        } else {
            break;
        }
    }
    let Some(tag) = rest.strip_prefix('<') else {
        return String::new();
    };
    let lower: String = tag.chars().take(40).flat_map(char::to_lowercase).collect();
    let mut words = lower.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    let name = words.next().unwrap_or_default();
    if name == "!doctype" && words.next() == Some("html") {
        return "!doctype html".to_owned();
    }
    name.to_owned()
}

/// Reads a page as an article; `None` where it holds no text. `order` is that of days of
/// numbers alone, if it is known; else the page's country tells.
///
/// ```
/// # use morgue::{format::html, record::Hint};
/// let page = "<title>Prices rise - The Wire</title><nav>Home</nav><h1>Prices rise</h1>\
///     <p>Prices rose again on Monday, traders in the city said. <a href=x>They</a> may rise further.</p>";
/// let article = html::read(page, &Hint::named("a.html"), None).unwrap();
/// assert_eq!(article.title.unwrap().text, "Prices rise");
/// assert_eq!(article.body, "Prices rose again on Monday, traders in the city said. They may rise further.");
/// ```
pub fn read(html: &str, hint: &Hint, order: Option<Order>) -> Option<Article> {
    let saved = saved_from(html).filter(|_| hint.url.is_none());
    let saved = saved.map(|address| Hint {
        url: Some(address),
        ..hint.clone()
    });
    let hint = saved.as_ref().unwrap_or(hint);
    let html = &*markup::with_ends(html, |name| name == "title" || prune::DEAD.contains(&name));
    let mut article = if guard::is_sound(html) {
        built(html, hint, order)
    } else {
        stripped(html, hint, order)
    };
    if article.body.trim().is_empty() {
        return None;
    }
    fields::complete(&mut article, hint);
    Some(article)
}

/// The address that browsers note above a page they save,
/// `<!-- saved from url=(0031)https://www.example.org/a.html -->`, and SingleFile
/// on a line of its own: `url: https://www.example.org/a.html`.
fn saved_from(html: &str) -> Option<String> {
    const BROWSER: &[u8] = b"saved from url=(";
    const SINGLE_FILE: &[u8] = b"Page saved with SingleFile";
    let head = &html.as_bytes()[..html.len().min(2048)];
    let behind = |mark: &[u8]| html.get(memchr::memmem::find(head, mark)? + mark.len()..);
    let rest = match behind(BROWSER) {
        Some(rest) => rest.split_once(')')?.1,
        None => behind(SINGLE_FILE)?.split_once("url: ")?.1,
    };
    let end = rest.find(|c: char| c.is_whitespace() || c == '<')?;
    fields::address(&rest[..end]).filter(|address| address.starts_with("http"))
}

/// Reads a page as a tree.
fn built(html: &str, hint: &Hint, order: Option<Order>) -> Article {
    let document = Document::from(html);
    let head = page::Head::of(&document);
    let order = order.or_else(|| date::order(&head));
    prune::before(&document);
    let signs = page::Signs::of(&document);
    let linked = linked(&head, &signs);
    let mut article = described(&head, &signs, linked.as_ref(), order, hint);
    prune::after(&document);
    let (blocks, marks) = body::blocks(&document);
    let title = article.title.as_ref().map(|title| title.text.as_str());
    if article.bylines.is_empty()
        && let Some(line) = printed::byline(&blocks, title)
    {
        article.bylines = metadata::authors(line);
    }
    if article.published.is_none() {
        article.published = printed::date(&blocks, title, order)
            .map(|stamp| fields::published(stamp, Provenance::Metadata))
            .or_else(|| date::changed(&head, linked.as_ref(), order));
    }
    let stated = linked.as_ref().and_then(|linked| linked.body.as_deref());
    let mut text = body::find(document, &blocks, &marks, stated, &|blocks| {
        paragraphs::clean(blocks, title, &article.bylines)
    });
    let mut descriptions: Vec<&str> = ["og:description", "description", "twitter:description"]
        .iter()
        .filter_map(|name| head.meta(&[name]))
        .collect();
    descriptions.extend(
        linked
            .as_ref()
            .and_then(|linked| linked.description.as_deref()),
    );
    lead::add(&mut text, &blocks, &descriptions, title);
    article.body = paragraphs::join(&text);
    if article.body.is_empty()
        && let Some(linked) = linked.filter(|linked| linked.is_article)
    {
        article.body = linked.body.or(linked.description).unwrap_or_default();
    }
    article
}

/// What the JSON-LD of a page says of its article.
fn linked(head: &page::Head, signs: &page::Signs) -> Option<json_ld::Linked> {
    let mut titles = vec![head.title.as_str()];
    titles.extend(head.meta(&["og:title"]));
    titles.extend(
        signs
            .headings
            .iter()
            .take(3)
            .map(|heading| heading.text.as_str()),
    );
    json_ld::read(&head.json_ld, &titles)
}

/// What a page says of its article, all but the text.
fn described(
    head: &page::Head,
    signs: &page::Signs,
    linked: Option<&json_ld::Linked>,
    order: Option<Order>,
    hint: &Hint,
) -> Article {
    let url =
        metadata::address(head, linked).or_else(|| hint.url.as_deref().and_then(fields::address));
    Article {
        title: metadata::title(head, signs, linked).map(Title::stated),
        published: date::find(head, signs, linked, url.as_deref(), order),
        bylines: metadata::bylines(head, signs, linked),
        publisher: metadata::publisher(head, linked),
        section: metadata::section(head, signs, linked),
        language: metadata::language(head, linked),
        url,
        ..Article::default()
    }
}

/// Reads a page that cannot be built as a tree: its head if that can be, and
/// all of its text.
fn stripped(html: &str, hint: &Hint, order: Option<Order>) -> Article {
    let mut most = html.len().min(MOST_HEAD_BYTES);
    while !html.is_char_boundary(most) {
        most -= 1;
    }
    let lower = html[..most].to_ascii_lowercase();
    let end = lower
        .find("</head")
        .or_else(|| lower.find("<body"))
        .unwrap_or(0);
    let (head, rest) = html.split_at(end);
    let mut article = Article::default();
    if !head.is_empty() && guard::is_sound(head) {
        let document = Document::from(head);
        let head = page::Head::of(&document);
        let signs = page::Signs::default();
        let linked = linked(&head, &signs);
        let order = order.or_else(|| date::order(&head));
        article = described(&head, &signs, linked.as_ref(), order, hint);
    }
    article.body = markup::to_text(rest);
    article
}

#[cfg(test)]
mod tests;
