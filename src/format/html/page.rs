//! What a page says of its article outside the running text: the head's meta
//! tags, links and scripts, then headings, times and credits of its body.

use dom_query::{Document, Element, NodeRef, local_name};

use super::names;

/// What the head says, and the scripts of JSON-LD wherever they stand.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Language of the document element.
    pub language: Option<String>,
    /// The `<title>` on one line.
    pub title: String,
    /// Names (lower case) and contents of meta tags, in order.
    pub metas: Vec<(String, String)>,
    /// The canonical address.
    pub canonical: Option<String>,
    /// The text of each JSON-LD script.
    pub json_ld: Vec<String>,
}

/// Longest content of a meta tag that is kept, in bytes.
const MOST_META_BYTES: usize = 4096;

impl Head {
    /// Reads the head of a page.
    pub fn of(document: &Document) -> Self {
        let mut head = Self::default();
        for node in document.root().descendants_it() {
            let Some(element) = node.element_ref() else {
                continue;
            };
            match &*element.name.local {
                "html" if head.language.is_none() => {
                    head.language = names::value(&element, "lang")
                        .or_else(|| names::value(&element, "xml:lang"))
                        .map(str::to_owned);
                }
                "title" if head.title.is_empty() => head.title = names::line(&node),
                "meta" => head.add_meta(&element),
                "link" => {
                    let is_canonical = names::value(&element, "rel")
                        .is_some_and(|rel| rel.eq_ignore_ascii_case("canonical"));
                    if is_canonical && head.canonical.is_none() {
                        head.canonical = names::value(&element, "href").map(str::to_owned);
                    }
                }
                "script" => {
                    let is_linked = names::value(&element, "type")
                        .is_some_and(|kind| kind.to_ascii_lowercase().contains("ld+json"));
                    if is_linked && head.json_ld.len() < 50 {
                        head.json_ld.push(node.text().to_string());
                    }
                }
                _ => {}
            }
        }
        head
    }

    fn add_meta(&mut self, element: &Element) {
        let Some(content) = names::value(element, "content") else {
            return;
        };
        if content.len() > MOST_META_BYTES || self.metas.len() > 500 {
            return;
        }
        let content = content.split_whitespace().collect::<Vec<_>>().join(" ");
        for key in ["property", "name", "itemprop", "http-equiv"] {
            let Some(names) = names::value(element, key) else {
                continue;
            };
            // One tag may carry several names.
            for name in names.split_whitespace() {
                self.metas.push((name.to_lowercase(), content.clone()));
            }
        }
    }

    /// The content of the first of these meta tags that has any.
    pub fn meta(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            self.metas
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, content)| content.as_str())
        })
    }

    /// The contents of every meta tag of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.metas
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, content)| content.as_str())
    }
}

/// A heading of the body.
#[derive(Clone, Debug)]
pub struct Heading {
    /// 1 or 2.
    pub level: u8,
    /// Its words on one line.
    pub text: String,
    /// Whether its name says that it is the headline.
    pub named: bool,
}

/// A moment that the body prints.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The value for programs, else what is printed.
    pub value: String,
    /// How surely it is that of publication: 3 says so, 0 is any date.
    pub trust: u8,
}

/// What the body says beside its running text.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    /// Headings of the first two levels, in order.
    pub headings: Vec<Heading>,
    /// Dates, in order.
    pub moments: Vec<Moment>,
    /// Credits with their trust (2 marked as author, 1 named as a byline), in order.
    pub credits: Vec<(u8, String)>,
    /// A section that the markup names.
    pub section: Option<String>,
}

impl Signs {
    /// Reads the body of a page.
    pub fn of(document: &Document) -> Self {
        let mut signs = Self::default();
        let Some(body) = document.body() else {
            return signs;
        };
        for node in body.descendants_it() {
            if let Some(element) = node.element_ref() {
                signs.look_at(&node, &element);
            }
        }
        signs
    }

    fn look_at(&mut self, node: &NodeRef, element: &Element) {
        let tag = &*element.name.local;
        let prop = names::value(element, "itemprop").unwrap_or_default();
        let meaning = names::meaning(element);
        if matches!(tag, "h1" | "h2") && self.headings.len() < 40 {
            let text = names::line(node);
            if !text.is_empty() {
                self.headings.push(Heading {
                    level: if tag == "h1" { 1 } else { 2 },
                    named: prop.contains("headline") || meaning & names::HEADLINE != 0,
                    text,
                });
            }
        }
        if self.moments.len() < 60 {
            self.look_for_date(node, element, tag, prop, meaning);
        }
        if self.credits.len() < 30 {
            self.look_for_author(node, element, prop, meaning);
        }
        if prop == "articleSection" && self.section.is_none() {
            let text =
                names::value(element, "content").map_or_else(|| names::line(node), str::to_owned);
            self.section = Some(text).filter(|text| !text.is_empty() && text.len() < 120);
        }
    }

    fn look_for_date(
        &mut self,
        node: &NodeRef,
        element: &Element,
        tag: &str,
        prop: &str,
        meaning: u32,
    ) {
        let is_time = tag == "time";
        let marked = matches!(prop, "datePublished" | "dateCreated");
        let named = meaning & names::PUBLISHED != 0;
        let dated = named || meaning & names::DATED != 0;
        let other = prop == "dateModified" || meaning & names::OTHER_DATE != 0;
        if other || !(is_time || marked || dated) {
            return;
        }
        let value = names::value(element, "datetime")
            .or_else(|| names::value(element, "content"))
            .or_else(|| names::value(element, "data-datetime"))
            .map(str::to_owned);
        let value = match value {
            Some(value) => value,
            None => {
                if element_is_long(node) {
                    return;
                }
                names::line(node)
            }
        };
        if !value.bytes().any(|b| b.is_ascii_digit()) || beside_other(node) {
            return;
        }
        let is_pubdate = element
            .attr_ref(dom_query::LocalName::from("pubdate"))
            .is_some();
        let trust = match (marked || is_pubdate, is_time, named) {
            (true, _, _) => 3,
            (_, true, true) => 3,
            (_, true, false) | (_, false, true) => 2,
            _ => 1,
        };
        self.moments.push(Moment { value, trust });
    }

    fn look_for_author(&mut self, node: &NodeRef, element: &Element, prop: &str, meaning: u32) {
        let marked = matches!(prop, "author" | "creator" | "name")
            && (prop != "name" || inside_author(node))
            || names::value(element, "rel").is_some_and(|rel| rel == "author");
        let named = meaning & names::BYLINE != 0 && meaning & names::NO_BYLINE == 0;
        if !(marked || named) || element_is_long(node) || beside_other(node) {
            return;
        }
        let text = match names::value(element, "content") {
            Some(content) if marked => content.to_owned(),
            _ => names::line(node),
        };
        if text.chars().any(char::is_alphabetic) && text.chars().count() <= 150 {
            self.credits.push((1 + u8::from(marked), text));
        }
    }
}

/// Whether a node holds more than a line of text.
fn element_is_long(node: &NodeRef) -> bool {
    let mut length = 0;
    for child in node.descendants_it().take(60) {
        if child.is_text() {
            length += child.text().trim().len();
        }
    }
    length > 300
}

/// Whether a node stands in a part of the page that is about something else.
fn beside_other(node: &NodeRef) -> bool {
    node.ancestors_it(Some(12)).any(|above| {
        above.element_ref().is_some_and(|element| {
            matches!(&*element.name.local, "nav" | "footer" | "aside")
                || names::meaning(&element) & names::ELSEWHERE != 0
                    && element.name.local != local_name!("body")
        })
    })
}

fn inside_author(node: &NodeRef) -> bool {
    node.ancestors_it(Some(3)).any(|above| {
        above.element_ref().is_some_and(|element| {
            names::value(&element, "itemprop").is_some_and(|p| p == "author" || p == "creator")
        })
    })
}
