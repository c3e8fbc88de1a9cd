//! What a book says of itself: its parts in reading order, its metadata, its
//! table of contents. Layout: EPUB 3.3 and OPF 2.0.1; NCX as in Z39.86.

use std::collections::{HashMap, HashSet};

use crate::article::Published;
use crate::format::{agency, credits, fields};
use crate::text::xml::{self, Element};

/// A book, or an issue of a periodical.
#[derive(Debug, Default)]
pub struct Book {
    /// Paths of its pages in reading order, each once.
    pub pages: Vec<String>,
    /// Those that only lead to others.
    pub navigation: HashSet<String>,
    /// What the table of contents calls a page, and the part it lies in.
    pub labels: HashMap<String, Label>,
    /// Its title.
    pub title: Option<String>,
    /// The periodical, the publisher or, for want of both, the title.
    pub publisher: Option<String>,
    /// The day it was published.
    pub published: Option<Published>,
    /// People who wrote it.
    pub authors: Vec<String>,
    /// Its language.
    pub language: Option<String>,
}

/// An entry of the table of contents.
#[derive(Clone, Debug, Default)]
pub struct Label {
    /// What it says.
    pub text: String,
    /// What the entry around it says; only in periodicals.
    pub section: Option<String>,
}

/// Roles of pages that hold no text of an article.
pub const NO_TEXT: &[&str] = &[
    "cover",
    "title-page",
    "titlepage",
    "halftitlepage",
    "toc",
    "loi",
    "lot",
    "copyright-page",
    "masthead",
    "other.masthead",
];

/// Longest title, name or label, in bytes: each is kept with every page.
const LONGEST: usize = 1_000;

/// Most authors.
const MOST_AUTHORS: usize = 20;

/// Levels of a table of contents that are followed.
const MAX_LEVELS: usize = 16;

impl Book {
    /// Reads what the parts say: `None` where no package document is among them.
    pub fn read(parts: &HashMap<&str, &[u8]>) -> Option<Self> {
        let named = parts.get("META-INF/container.xml").and_then(|container| {
            let (container, _) = xml::parse_bytes(container, None, None);
            let file = container.roots.first()?.at("rootfiles/rootfile")?;
            file.attribute("full-path").map(str::to_owned)
        });
        let path = named
            .filter(|path| parts.contains_key(path.as_str()))
            .or_else(|| {
                let packages = parts.keys().filter(|name| name.ends_with(".opf"));
                packages.min().map(|name| (*name).to_owned())
            })?;
        let (package, _) = xml::parse_bytes(parts.get(path.as_str())?, None, None);
        let package = package.roots.first()?;
        let mut book = Self::default();
        let is_periodical = package
            .child("metadata")
            .is_some_and(|metadata| book.metadata(metadata));
        book.spine(package, &path, parts, is_periodical);
        Some(book)
    }

    /// Takes the metadata; whether they are those of a periodical.
    fn metadata(&mut self, metadata: &Element) -> bool {
        // In the first version they lie in an element of their own.
        let metadata = metadata.child("dc-metadata").unwrap_or(metadata);
        let all = |name: &'static str| {
            let found = metadata.descendants().filter(move |inner| inner.is(name));
            found.map(Element::line).filter(|line| is_said(line))
        };
        let meta = |name: &str| {
            metadata
                .all("meta")
                .find(|meta| meta.attribute("name") == Some(name))
                .and_then(|meta| meta.attribute("content"))
        };
        let kind = meta("calibre:publication_type").unwrap_or_default();
        let title = all("title").next().unwrap_or_default();
        let (name, day) = issue(&title);
        let is_news = |subject: String| {
            let subject = subject.to_lowercase();
            ["news", "newspaper", "magazine", "periodical"].contains(&subject.as_str())
        };
        let is_periodical = kind.starts_with("periodical")
            || day.is_some()
            || all("type").chain(all("subject")).any(is_news);
        let is_program = |name: &str| name.to_lowercase().starts_with("calibre");
        let house = all("publisher").find(|name| !is_program(name));
        self.publisher = match is_periodical {
            true => Some(name.to_owned()),
            false => house.or_else(|| Some(name.to_owned())),
        }
        .filter(|name| !name.is_empty());
        let dates = metadata.all("date");
        let stated = dates
            .filter(|date| {
                let event = date.attribute("event").unwrap_or("publication");
                event.contains("publication") || event == "issued"
            })
            .find_map(|date| agency::published(&date.line()));
        self.published = day.or(stated);
        let creators = metadata
            .all("creator")
            .filter(|creator| creator.attribute("role").is_none_or(|role| role == "aut"));
        self.authors = creators
            .flat_map(|creator| credits::authors(&creator.line()))
            .filter(|name| credits::looks_like_person(name) && !is_program(name))
            .filter(|name| is_said(name))
            .take(MOST_AUTHORS)
            .collect();
        self.language = all("language").find_map(|code| fields::language(&code));
        self.title = Some(title).filter(|title| !title.is_empty());
        is_periodical
    }

    /// Takes the pages in order, and what the table of contents says of them.
    fn spine(
        &mut self,
        package: &Element,
        path: &str,
        parts: &HashMap<&str, &[u8]>,
        is_periodical: bool,
    ) {
        let items = || {
            package
                .child("manifest")
                .into_iter()
                .flat_map(|list| list.all("item"))
        };
        let file = |item: &Element| item.attribute("href").map(|href| resolve(path, href));
        let by_id: HashMap<&str, &Element> = items()
            .filter_map(|item| Some((item.attribute("id")?, item)))
            .collect();
        let is_nav = |item: &Element| {
            let properties = item.attribute("properties").unwrap_or_default();
            properties.split(' ').any(|property| property == "nav")
        };
        let spine = package.child("spine");
        let mut seen = HashSet::new();
        for reference in spine.into_iter().flat_map(|spine| spine.all("itemref")) {
            let item = reference.attribute("idref").and_then(|id| by_id.get(id));
            let Some((item, page)) = item.and_then(|item| Some((item, file(item)?))) else {
                continue;
            };
            if is_nav(item) {
                self.navigation.insert(page.clone());
            }
            if seen.insert(page.clone()) {
                self.pages.push(page);
            }
        }
        for reference in package
            .child("guide")
            .into_iter()
            .flat_map(|guide| guide.all("reference"))
        {
            let kind = reference.attribute("type").unwrap_or_default();
            if let Some(href) = reference
                .attribute("href")
                .filter(|_| NO_TEXT.contains(&kind))
            {
                self.navigation.insert(resolve(path, href));
            }
        }
        let is_ncx =
            |item: &&Element| item.attribute("media-type") == Some("application/x-dtbncx+xml");
        let contents = spine
            .and_then(|spine| by_id.get(spine.attribute("toc")?).copied())
            .or_else(|| items().find(is_ncx))
            .or_else(|| items().find(|item| is_nav(item)));
        let Some(contents) = contents.and_then(file) else {
            return;
        };
        let Some(content) = parts.get(contents.as_str()) else {
            return;
        };
        let (document, _) = xml::parse_bytes(content, None, None);
        let mut reading = Contents {
            path: &contents,
            is_periodical,
            book: self,
        };
        for root in &document.roots {
            if let Some(map) = root.child("navMap") {
                reading.points(map, None, 0);
            } else {
                let lists = root.descendants().filter(|inner| inner.is("nav"));
                for list in lists {
                    reading.list(list);
                }
            }
        }
    }
}

/// Reads a table of contents into a book.
struct Contents<'b> {
    /// Where it lies.
    path: &'b str,
    is_periodical: bool,
    book: &'b mut Book,
}

impl Contents<'_> {
    /// Entries of an NCX.
    fn points(&mut self, around: &Element, section: Option<&str>, level: usize) {
        for point in around.all("navPoint").filter(|_| level < MAX_LEVELS) {
            let text = point
                .child("navLabel")
                .map(Element::line)
                .unwrap_or_default();
            let target = point
                .child("content")
                .and_then(|content| content.attribute("src"));
            let below = point.all("navPoint").filter_map(|inner| {
                inner
                    .child("content")
                    .and_then(|content| content.attribute("src"))
            });
            self.entry(&text, target, section, below.collect());
            // The issue itself may be the outermost entry.
            let is_issue = point.attribute("class") == Some("periodical");
            let name = Some(text.as_str()).filter(|_| !is_issue);
            self.points(point, name, level + 1);
        }
    }

    /// A list of EPUB 3: of contents, or of landmarks.
    fn list(&mut self, list: &Element) {
        match list
            .attribute("epub:type")
            .or_else(|| list.attribute("role"))
        {
            Some("landmarks") => {
                for link in list.descendants().filter(|inner| inner.is("a")) {
                    let kind = link.attribute("epub:type").unwrap_or_default();
                    if let Some(href) = link.attribute("href").filter(|_| NO_TEXT.contains(&kind)) {
                        let page = resolve(self.path, href);
                        self.book.navigation.insert(page);
                    }
                }
            }
            Some("page-list") => {}
            _ => {
                for list in list.all("ol") {
                    self.items(list, None, 0);
                }
            }
        }
    }

    fn items(&mut self, list: &Element, section: Option<&str>, level: usize) {
        for item in list.all("li").filter(|_| level < MAX_LEVELS) {
            let label = item.child("a").or_else(|| item.child("span"));
            let text = label.map(Element::line).unwrap_or_default();
            let target = label.and_then(|label| label.attribute("href"));
            let inner = item.all("ol").flat_map(|list| list.all("li"));
            let below = inner.filter_map(|item| item.child("a")?.attribute("href"));
            self.entry(&text, target, section, below.collect());
            for list in item.all("ol") {
                self.items(list, Some(&text), level + 1);
            }
        }
    }

    fn entry(&mut self, text: &str, target: Option<&str>, section: Option<&str>, below: Vec<&str>) {
        let Some(target) = target else {
            return;
        };
        let text = Some(text).filter(|text| is_said(text)).unwrap_or_default();
        let page = resolve(self.path, target);
        let leads_on = below.iter().any(|other| resolve(self.path, other) != page);
        if self.is_periodical && leads_on {
            // The list of a section's articles.
            self.book.navigation.insert(page);
            return;
        }
        let section = section.filter(|name| self.is_periodical && is_said(name));
        self.book.labels.entry(page).or_insert_with(|| Label {
            text: text.to_owned(),
            section: section.map(str::to_owned),
        });
    }
}

/// Whether a line says something, and not too much.
fn is_said(line: &str) -> bool {
    !line.is_empty() && line.len() <= LONGEST
}

/// The name of a periodical and the day of the issue, in `Lake Weekly [Mon, 23
/// Nov 2020]` or `Lake Weekly - 23 November 2020`.
fn issue(title: &str) -> (&str, Option<Published>) {
    let bracketed = title
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once(" ["));
    let parted = || {
        title
            .rsplit_once(" - ")
            .or_else(|| title.rsplit_once(" – "))
    };
    let comma = || title.split_once(", ");
    for (name, day) in [bracketed, parted(), comma()].into_iter().flatten() {
        if let Some(day) = agency::published(day) {
            return (name.trim(), Some(day));
        }
    }
    (title, None)
}

/// The path of what `href` names in a file at `from`, within the package.
fn resolve(from: &str, href: &str) -> String {
    let href = href.split('#').next().unwrap_or_default();
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let href = decoded(href);
    for part in href.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// An address without its percent signs.
fn decoded(href: &str) -> String {
    let mut bytes = Vec::with_capacity(href.len());
    let mut rest = href.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |at: usize| char::from(after.get(at).copied()?).to_digit(16);
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_resolved_within_the_package() {
        assert_eq!(
            resolve("OEBPS/toc.ncx", "text/a%20b.html#x"),
            "OEBPS/text/a b.html"
        );
        assert_eq!(resolve("OEBPS/nav/toc.xhtml", "../../../a.html"), "a.html");
        assert_eq!(resolve("content.opf", "./%zz/a.html"), "%zz/a.html");
    }

    #[test]
    fn an_issue_is_parted_into_the_periodical_and_its_day() {
        let told = |title: &str| {
            let (name, day) = issue(title);
            format!(
                "{name}|{}",
                day.map(|day| day.day.to_string()).unwrap_or_default()
            )
        };
        assert_eq!(
            told("Lake Weekly [Mon, 23 Nov 2020]"),
            "Lake Weekly|2020-11-23"
        );
        assert_eq!(
            told("Lake Weekly - 23 November 2020"),
            "Lake Weekly|2020-11-23"
        );
        assert_eq!(
            told("Lake Weekly, November 23, 2020"),
            "Lake Weekly|2020-11-23"
        );
        assert_eq!(
            told("Reports - a collection [2]"),
            "Reports - a collection [2]|"
        );
    }
}
