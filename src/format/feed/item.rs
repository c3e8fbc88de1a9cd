//! From the elements of a feed to what they say: the feed's own facts, and an
//! article for each item.

use base64::Engine;

use crate::article::{Article, EntityKind, Provenance, Title};
use crate::error::{Reason, Skip};
use crate::format::fields;
use crate::format::{Parsed, credits};
use crate::record::Hint;

use super::elements::{Elements, child, unescaped};
use super::html;
use super::links::absolute;
use super::names::{Names, Space};
use super::scan::{Declared, Tag};

/// What a feed says of itself and so of all its items.
#[derive(Default)]
pub struct Channel {
    /// Its title.
    pub title: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// The address that others are relative to.
    pub base: Option<String>,
    /// Its own address, for feeds that state no other.
    pub own: Option<String>,
    /// Its authors, whom Atom's entries inherit.
    pub authors: Vec<String>,
    /// Names of those whom items call by the names they log in with.
    pub logins: Vec<(String, String)>,
}

/// What items of a feed have in common.
pub struct Context<'a> {
    /// The feed.
    pub channel: &'a Channel,
    /// Its prefixes.
    pub names: &'a Names,
    /// Its own references.
    pub declared: &'a Declared,
    /// What is known from outside.
    pub hint: &'a Hint,
    /// Whether items are addresses of a sitemap.
    pub sitemap: bool,
    /// Encoding of the text.
    pub encoding: &'static str,
}

/// How the inside of an element is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// HTML, escaped.
    Html,
    /// Markup as it stands.
    Inline,
    /// No markup.
    Plain,
    /// Bytes.
    Base64,
    /// Pictures and the like.
    NoText,
}

impl Mode {
    /// By the attributes of Atom's text constructs.
    fn of(tag: &Tag<'_>) -> Self {
        let kind = tag.attribute("type").map(|kind| kind.to_ascii_lowercase());
        let kind = kind.as_deref().unwrap_or_default();
        let mode = tag.attribute("mode").map(|mode| mode.to_ascii_lowercase());
        match (kind, mode.as_deref()) {
            (_, Some("base64")) => Self::Base64,
            (_, Some("xml")) => Self::Inline,
            ("xhtml" | "application/xhtml+xml", None) => Self::Inline,
            ("text" | "text/plain", None) => Self::Plain,
            ("application/octet-stream", None) => Self::Base64,
            (kind, _) if is_no_text(kind) => Self::NoText,
            _ => Self::Html,
        }
    }
}

fn is_no_text(kind: &str) -> bool {
    kind.contains('/')
        && !kind.starts_with("text/")
        && !kind.contains("html")
        && !kind.contains("xml")
}

/// What an item says, gathered before it is weighed.
#[derive(Default)]
struct Gathered {
    /// Candidates with their rank, the lowest best.
    titles: Vec<(u8, String)>,
    bodies: Vec<(u8, String)>,
    dates: Vec<(u8, String)>,
    links: Vec<(u8, String)>,
    authors: Vec<(u8, String)>,
    id: Option<String>,
    categories: Vec<String>,
    publisher: Option<String>,
    language: Option<String>,
    base: Option<String>,
    post_type: Option<String>,
    stocks: Vec<String>,
}

impl Context<'_> {
    /// Reads an item, given its start tag and its inside.
    pub fn item(&self, tag: &Tag<'_>, inside: &str) -> Parsed {
        let mut found = Gathered::default();
        self.attributes(tag, &mut found);
        let mut elements = Elements::new(inside);
        while let Some(tag) = elements.tag() {
            self.element(&tag, &mut elements, &mut found);
        }
        self.article(found)
    }

    /// Facts that RDF, Atom and CDF put into the start tag.
    fn attributes(&self, tag: &Tag<'_>, found: &mut Gathered) {
        for (name, value) in tag.attributes() {
            match name.to_ascii_lowercase().as_str() {
                "xml:lang" => found.language = Some(value.into_owned()),
                "xml:base" => found.base = Some(value.into_owned()),
                "rdf:about" | "about" => {
                    found.links.push((4, value.clone().into_owned()));
                    found.id = Some(value.into_owned());
                }
                "href" => found.links.push((3, value.into_owned())),
                "lastmod" => found.dates.push((8, value.into_owned())),
                _ => {}
            }
        }
    }

    fn element<'a>(&self, tag: &Tag<'a>, elements: &mut Elements<'a>, found: &mut Gathered) {
        let (space, name) = self.names.resolve(tag.name);
        let text = |elements: &mut Elements<'a>| {
            fields::one_line(&unescaped(elements.inside(tag), self.declared))
        };
        match (space, name.as_str()) {
            (Space::Core, "title") | (Space::News, "title") => {
                found.titles.push((0, self.title(tag, elements)));
            }
            (Space::Dublin, "title") => found.titles.push((1, self.title(tag, elements))),
            (Space::Media | Space::Podcast, "title") => {
                found.titles.push((2, self.title(tag, elements)));
            }
            (Space::Content, "encoded") => self.body(0, tag, elements, found),
            (Space::Core, "content" | "fullitem" | "fulltext") => {
                self.body(1, tag, elements, found)
            }
            (Space::Xhtml, "body" | "div") | (Space::Core, "body") => {
                let source = elements.inside(tag);
                found.bodies.push((2, html::paragraphs(source)));
            }
            (Space::Core, "description") => self.body(3, tag, elements, found),
            (Space::Core, "summary" | "abstract") => self.body(4, tag, elements, found),
            (Space::Excerpt, "encoded") | (Space::Dublin, "description" | "abstract") => {
                self.body(5, tag, elements, found);
            }
            (Space::Podcast, "summary") | (Space::Media, "description") => {
                self.body(6, tag, elements, found);
            }
            (Space::Podcast, "subtitle") => self.body(7, tag, elements, found),
            // The day on the paper's own clock, where that of the feed is Greenwich's.
            (Space::WordPress, "post_date") => found.dates.push((0, text(elements))),
            (Space::Core, "pubdate" | "published" | "issued")
            | (Space::News, "publication_date") => found.dates.push((1, text(elements))),
            (Space::Dublin, "date" | "issued") => found.dates.push((2, text(elements))),
            (Space::Core | Space::Dublin, "created") => found.dates.push((3, text(elements))),
            (Space::Core, "date") => found.dates.push((4, text(elements))),
            (Space::Core | Space::Dublin, "updated" | "modified" | "lastmod") => {
                found.dates.push((5, text(elements)));
            }
            (Space::Core, "link") => self.link(tag, elements, found),
            (Space::Core, "loc") => {
                let address = text(elements);
                found.id = Some(address.clone());
                found.links.push((0, address));
            }
            (Space::Core, "guid") => {
                let id = text(elements);
                let is_link = tag.attribute("ispermalink").is_none_or(|is| is != "false");
                if is_link {
                    found.links.push((2, id.clone()));
                }
                found.id = Some(id);
            }
            (Space::Core, "id") => {
                let id = text(elements);
                found.links.push((6, id.clone()));
                found.id = Some(id);
            }
            (Space::Core, "author") => {
                let source = elements.inside(tag);
                if let Some(name) = author(source, self.declared) {
                    found.authors.push((0, name));
                }
            }
            (Space::Dublin, "creator" | "author") => found.authors.push((1, text(elements))),
            (Space::Podcast, "author") => found.authors.push((2, text(elements))),
            (Space::Core, "category") => {
                let named = tag
                    .attribute("label")
                    .or_else(|| tag.attribute("term"))
                    .map(|name| fields::one_line(&name));
                let inside = html::line(&text(elements));
                let category = match inside.is_empty() {
                    true => named.unwrap_or_default(),
                    false => inside,
                };
                // Blogger tells by a category what an entry is.
                let scheme = tag.attribute("scheme").unwrap_or_default();
                if scheme.ends_with("schemas.google.com/g/2005#kind") {
                    let kind = category.rsplit('#').next().unwrap_or_default();
                    found.post_type = Some(kind.to_owned());
                    return;
                }
                // WordPress writes its tags as categories of another domain.
                let domain = tag.attribute("domain").unwrap_or_default();
                if !self.names.is_wordpress() || matches!(&*domain, "" | "category") {
                    found.categories.push(category);
                }
            }
            (Space::Dublin, "subject") | (Space::News, "genres") => {
                found.categories.push(text(elements));
            }
            (Space::Core, "source") => {
                let source = elements.inside(tag);
                let inner = child(source, "title", self.declared);
                let name =
                    inner.unwrap_or_else(|| fields::one_line(&unescaped(source, self.declared)));
                if !name.is_empty() && !name.contains('<') {
                    found.publisher = Some(html::line(&name));
                }
            }
            (Space::Dublin, "publisher") | (Space::News, "name") => {
                found.publisher = Some(text(elements));
            }
            (Space::Core | Space::Dublin | Space::News, "language") => {
                found.language = Some(text(elements));
            }
            (Space::News, "stock_tickers") => found.stocks.push(text(elements)),
            (Space::WordPress, "post_type") => found.post_type = Some(text(elements)),
            // Only their parts say something.
            (Space::News, "news" | "publication") | (Space::Media, "group") => {}
            // What is inside of anything else is no part of the item's own.
            _ => {
                elements.inside(tag);
            }
        }
    }

    fn title<'a>(&self, tag: &Tag<'a>, elements: &mut Elements<'a>) -> String {
        let source = elements.inside(tag);
        match Mode::of(tag) {
            Mode::Inline => html::line(source),
            Mode::Plain => fields::one_line(&unescaped(source, self.declared)),
            Mode::Base64 => html::line(&base64_text(source).unwrap_or_default()),
            Mode::Html | Mode::NoText => html::line(&unescaped(source, self.declared)),
        }
    }

    fn body<'a>(&self, rank: u8, tag: &Tag<'a>, elements: &mut Elements<'a>, found: &mut Gathered) {
        let source = elements.inside(tag);
        let text = match Mode::of(tag) {
            Mode::Inline => html::paragraphs(source),
            Mode::Plain => html::plain(&unescaped(source, self.declared)),
            Mode::Base64 => html::paragraphs(&base64_text(source).unwrap_or_default()),
            Mode::Html if self.names.is_wordpress() => {
                html::wordpress(&unescaped(source, self.declared))
            }
            Mode::Html => html::paragraphs(&unescaped(source, self.declared)),
            Mode::NoText => return,
        };
        found.bodies.push((rank, text));
    }

    fn link<'a>(&self, tag: &Tag<'a>, elements: &mut Elements<'a>, found: &mut Gathered) {
        let inside = unescaped(elements.inside(tag), self.declared);
        let Some(href) = tag.attribute("href") else {
            found.links.push((0, fields::one_line(&inside)));
            return;
        };
        let relation = tag.attribute("rel").unwrap_or_default();
        if matches!(&*relation, "" | "alternate") {
            let kind = tag.attribute("type").unwrap_or_default();
            let rank = u8::from(!(kind.is_empty() || kind.contains("html")));
            found.links.push((rank, href.into_owned()));
        }
    }

    /// Weighs what was gathered.
    fn article(&self, mut found: Gathered) -> Parsed {
        match found.post_type.as_deref() {
            Some("attachment") => return Parsed::Skipped(Skip::Media),
            Some(
                "comment"
                | "settings"
                | "template"
                | "nav_menu_item"
                | "revision"
                | "custom_css"
                | "wp_global_styles"
                | "wp_navigation"
                | "wp_template"
                | "wp_template_part"
                | "oembed_cache"
                | "customize_changeset"
                | "wp_block",
            ) => return Parsed::Skipped(Skip::Concept),
            _ => {}
        }
        let mut article = Article {
            title: best(found.titles).map(Title::stated),
            body: best(found.bodies).unwrap_or_default(),
            ..Article::default()
        };
        if fields::is_empty(&article) {
            return match self.sitemap {
                true => Parsed::Skipped(Skip::Concept),
                false => Parsed::Rejected(Reason::NoText),
            };
        }
        found.dates.sort_by_key(|(rank, _)| *rank);
        article.published = found
            .dates
            .iter()
            .find_map(|(_, text)| fields::date(text))
            .map(|stamp| fields::published(stamp, Provenance::Feed));
        let base = found
            .base
            .as_deref()
            .or(self.channel.base.as_deref())
            .or(self.channel.own.as_deref());
        found.links.sort_by_key(|(rank, _)| *rank);
        article.url = found
            .links
            .iter()
            .find_map(|(_, link)| absolute(link, found.base.as_deref(), base));
        article.own_id = found.id.filter(|id| !id.trim().is_empty());
        found.authors.retain(|(_, name)| !name.trim().is_empty());
        // Of several elements of the best kind each names one.
        let kind = found.authors.iter().map(|(rank, _)| *rank).min();
        for (rank, name) in &found.authors {
            if Some(*rank) == kind {
                let mut known = self.channel.logins.iter();
                let name = match known.find(|(login, _)| login == name) {
                    Some((_, full)) => full.clone(),
                    None => without_address(name),
                };
                fields::put(&mut article, fields::Slot::Byline, &name);
            }
        }
        if article.bylines.is_empty() {
            article.bylines.clone_from(&self.channel.authors);
        }
        let publisher = found.publisher.as_ref().or(self.channel.title.as_ref());
        article.publisher = publisher.filter(|name| !name.is_empty()).cloned();
        let mut categories: Vec<String> = Vec::new();
        for category in found.categories {
            let category = category.trim_matches([',', ' ']).to_owned();
            if !category.is_empty() && !categories.contains(&category) && categories.len() < 20 {
                categories.push(category);
            }
        }
        article.section = (!categories.is_empty()).then(|| categories.join(", "));
        let language = found.language.as_deref().and_then(fields::language);
        article.language =
            language.or_else(|| self.channel.language.as_deref().and_then(fields::language));
        for ticker in found.stocks.iter().flat_map(|line| line.split(',')) {
            fields::add_entity(&mut article, ticker, EntityKind::Org);
        }
        article.origin.encoding = Some(self.encoding);
        fields::complete(&mut article, self.hint);
        Parsed::Article(Box::new(article))
    }
}

/// The best of some candidates that is not empty, the first among equals.
fn best(candidates: Vec<(u8, String)>) -> Option<String> {
    candidates
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, text)| text)
}

/// Who an author element names: Atom's `name`, or RSS's text.
pub fn author(source: &str, declared: &Declared) -> Option<String> {
    if let Some(name) = child(source, "name", declared) {
        return Some(name);
    }
    let text = html::line(&unescaped(source, declared));
    let name = without_address(&text);
    (!name.is_empty() && !name.contains('<')).then_some(name)
}

/// A name without the mail address beside it: `desk@x.example (Jane Roe)`,
/// `Jane Roe <jane@x.example>`.
pub fn without_address(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let in_brackets = text
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(name, _)| name)
        .filter(|name| !name.contains('@'));
    let name = in_brackets.map_or_else(
        || {
            text.split_whitespace()
                .filter(|word| !word.contains('@') && !word.contains("://"))
                .collect::<Vec<_>>()
                .join(" ")
        },
        str::to_owned,
    );
    name.trim_matches(['"', '\'', '<', '>', '(', ')', ',', ' '])
        .to_owned()
}

fn base64_text(source: &str) -> Option<String> {
    let compact: String = source.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(compact)
        .ok()?;
    Some(
        crate::text::charset::decode(&bytes, &[], None)
            .text
            .into_owned(),
    )
}

/// Reads an element of the feed itself.
pub fn channel_element<'a>(
    tag: &Tag<'a>,
    elements: &mut Elements<'a>,
    names: &Names,
    declared: &Declared,
    channel: &mut Channel,
) {
    let (space, name) = names.resolve(tag.name);
    let line = |elements: &mut Elements<'a>| html::line(&unescaped(elements.inside(tag), declared));
    match (space, name.as_str()) {
        (Space::Core, "title") => {
            let title = line(elements);
            if channel.title.is_none() && !title.is_empty() {
                channel.title = Some(title);
            }
        }
        (Space::Dublin, "title") if channel.title.is_none() => {
            channel.title = Some(line(elements)).filter(|title| !title.is_empty());
        }
        (Space::Core | Space::Dublin, "language") => channel.language = Some(line(elements)),
        (Space::Core, "link") => {
            let inside = line(elements);
            let own = tag.attribute("rel").unwrap_or_default();
            let href = tag.attribute("href").map(std::borrow::Cow::into_owned);
            let address = fields::address(&href.unwrap_or(inside));
            match &*own {
                "" | "alternate" if channel.base.is_none() => channel.base = address,
                "self" => channel.own = address,
                _ => {}
            }
        }
        (Space::WordPress, "author") => {
            let source = elements.inside(tag);
            let part = |name| child(source, name, declared);
            if let (Some(login), Some(full)) = (part("author_login"), part("author_display_name")) {
                channel.logins.push((login, full));
            }
        }
        (Space::Core, "author") => {
            let name = author(elements.inside(tag), declared);
            channel
                .authors
                .extend(name.iter().flat_map(|name| credits::names(name)));
        }
        _ => {
            elements.inside(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_freed_of_mail_addresses() {
        let read = [
            "desk@x.example (Jane Roe)",
            "Jane Roe <jane@x.example>",
            "jane@x.example",
            "Jane Roe",
        ]
        .map(without_address);
        assert_eq!(read, ["Jane Roe", "Jane Roe", "", "Jane Roe"]);
    }
}
