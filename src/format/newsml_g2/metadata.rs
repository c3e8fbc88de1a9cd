//! What the metadata of a NewsML-G2 item tell: headline, day, people, publisher,
//! subjects. Concepts come as codes, addresses or literals, with names or without.

use crate::article::{Article, EntityKind};
use crate::text::xml::Element;

use super::super::agency::{self, set_title};
use super::super::credits;
use super::super::fields;

/// The last part of a code: `text` of `ninat:text`, or of an address that ends in it.
pub fn code(element: &Element) -> Option<&str> {
    let code = element
        .attribute("qcode")
        .or_else(|| element.attribute("uri"))
        .or_else(|| element.attribute("literal"))?;
    code.rsplit([':', '/', '#']).next()
}

fn type_of(element: &Element) -> &str {
    let kind = element
        .attribute("type")
        .or_else(|| element.attribute("typeuri"));
    kind.unwrap_or_default()
}

/// The name of a concept in the item's language, else its first; roles that
/// are short forms come last.
fn name_of(element: &Element, language: Option<&str>) -> Option<String> {
    let names: Vec<&Element> = element.all("name").filter(|name| !name.is_bare()).collect();
    let short = |name: &Element| {
        let role = name.attribute("role").unwrap_or_default();
        role.ends_with("short") || role.ends_with("mnemonic")
    };
    let spoken = |name: &Element| match (name.attribute("xml:lang"), language) {
        (Some(of), Some(wanted)) => fields::language(of) == fields::language(wanted),
        _ => false,
    };
    let rank = |name: &&&Element| (short(name), !spoken(name));
    names.iter().min_by_key(rank).map(|name| name.line())
}

/// Sets what an item's metadata, and the header of its message, tell.
pub fn describe(article: &mut Article, item: &Element, header: Option<&Element>) {
    let meta = item.child("itemMeta");
    let content = item.child("contentMeta");
    let own = item.attribute("xml:lang");
    let guid = item.attribute("guid");
    article.own_id = guid.map(str::to_owned);
    article.url = guid.and_then(fields::address);
    let spoken = content
        .and_then(|meta| meta.child("language"))
        .and_then(|tag| tag.attribute("tag"));
    article.language = spoken.or(own).and_then(fields::language);
    let day = |meta: Option<&Element>, name: &str| agency::published(&meta?.child(name)?.line());
    article.published = day(meta, "versionCreated")
        .or_else(|| day(meta, "firstCreated"))
        .or_else(|| day(content, "contentModified"))
        .or_else(|| day(content, "contentCreated"))
        .or_else(|| {
            let sent = header?
                .elements()
                .find(|inner| inner.name().eq_ignore_ascii_case("sent"))?;
            agency::published(&sent.line())
        });
    publisher(article, item, header);
    let Some(content) = content else {
        if let Some(title) = meta.and_then(|meta| meta.child("title")) {
            set_title(article, &title.line());
        }
        return;
    };
    headline(article, meta, content, spoken.or(own));
    bylines(article, item, content);
    subjects(article, item, content, own);
}

fn headline(
    article: &mut Article,
    meta: Option<&Element>,
    content: &Element,
    language: Option<&str>,
) {
    let mut headlines: Vec<&Element> = content
        .all("headline")
        .filter(|line| !line.is_bare())
        .collect();
    let rank = |line: &&Element| {
        let role = line
            .attribute("role")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_second = [
            "sub", "second", "short", "kicker", "over", "web", "alt", "deck",
        ]
        .iter()
        .any(|sign| role.contains(sign));
        let other_language = match (line.attribute("xml:lang"), language) {
            (Some(of), Some(wanted)) => fields::language(of) != fields::language(wanted),
            _ => false,
        };
        (is_second, other_language)
    };
    headlines.sort_by_key(rank);
    if let Some(line) = headlines.first() {
        set_title(article, &line.line());
    }
    if let Some(title) = meta.and_then(|meta| meta.child("title")) {
        set_title(article, &title.line());
    }
}

fn bylines(article: &mut Article, item: &Element, content: &Element) {
    let lines = content.all("by").map(Element::line);
    article.bylines = lines.flat_map(|line| credits::authors(&line)).collect();
    if article.bylines.is_empty() {
        let notes = item
            .at("itemMeta")
            .into_iter()
            .flat_map(|meta| meta.all("edNote"));
        let names = notes.map(|note| credits::reporters(&note.line()));
        article.bylines = names.flatten().collect();
    }
    if !article.bylines.is_empty() {
        return;
    }
    for creator in content.all("creator") {
        let role = creator
            .attribute("role")
            .unwrap_or_default()
            .to_ascii_lowercase();
        if role.contains("phot") || role.contains("source") {
            continue;
        }
        let name =
            name_of(creator, None).or_else(|| creator.attribute("literal").map(str::to_owned));
        if let Some(name) = name.filter(|name| credits::looks_like_person(name)) {
            article.bylines.extend(credits::authors(&name));
        }
    }
}

fn publisher(article: &mut Article, item: &Element, header: Option<&Element>) {
    let provider = item.at("itemMeta/provider");
    let holder = item.at("rightsInfo/copyrightHolder");
    let named = |element: Option<&Element>| element.and_then(|element| name_of(element, None));
    let literal = |element: Option<&Element>| element?.attribute("literal").map(str::to_owned);
    let coded = |element: Option<&Element>| {
        element?
            .attribute("qcode")?
            .rsplit(':')
            .next()
            .map(str::to_owned)
    };
    let hosted = |element: Option<&Element>| {
        let host = element?
            .attribute("uri")?
            .split_once("://")?
            .1
            .split('/')
            .next()?;
        Some(host.trim_start_matches("www.").to_owned())
    };
    let sender = || {
        let sender = header?
            .elements()
            .find(|inner| inner.name().eq_ignore_ascii_case("sender"))?;
        Some(sender.line())
    };
    let line = |name: &str| item.child("contentMeta")?.child_line(name);
    // An address stands in for a name, unless the item has one elsewhere.
    let is_address = |name: &String| name.contains('.') && !name.contains(' ');
    let provided = named(provider).or_else(|| literal(provider));
    article.publisher = provided
        .clone()
        .filter(|name| !is_address(name))
        .or_else(|| line("creditline").filter(|line| credits::outlet(line).is_some()))
        .or_else(|| named(holder))
        .or_else(|| coded(provider))
        .or_else(|| literal(holder))
        .or(provided)
        .or_else(|| hosted(provider))
        .or_else(|| hosted(holder))
        .or_else(sender)
        .and_then(|name| credits::outlet(&name));
}

/// The section, and the people, organisations and places the item is about.
fn subjects(article: &mut Article, item: &Element, content: &Element, language: Option<&str>) {
    let (mut sections, mut topics, mut coded) = (Vec::new(), Vec::new(), Vec::new());
    for subject in content.all("subject") {
        let concept = subject.child("mainConcept").unwrap_or(subject);
        let name = name_of(concept, language);
        let scheme = concept
            .attribute("qcode")
            .and_then(|code| code.split_once(':'))
            .map_or("", |(scheme, _)| scheme);
        let kind = type_of(subject);
        if let Some(kind) = entity_kind(kind, scheme) {
            let literal = || {
                subject
                    .attribute("literal")
                    .filter(|text| credits::looks_like_person(text))
                    .map(str::to_owned)
            };
            if let Some(name) = name.or_else(literal) {
                agency::add_name(article, &name, kind);
            }
            continue;
        }
        let code = concept
            .attribute("qcode")
            .or_else(|| concept.attribute("uri"))
            .unwrap_or_default();
        let is_title = |text: &&str| {
            article
                .title
                .as_ref()
                .is_some_and(|title| title.text == **text)
        };
        let literal = || {
            subject
                .attribute("literal")
                .filter(|text| text.contains(' '))
                .filter(|text| !is_title(text))
        };
        let Some(name) = name.or_else(|| literal().map(str::to_owned)) else {
            coded.extend(agency::topic(code));
            continue;
        };
        let is_section = ["category", "department", "section", "ressort"]
            .iter()
            .any(|sign| {
                kind.to_ascii_lowercase().contains(sign)
                    || scheme.to_ascii_lowercase().contains(sign)
            });
        if is_section {
            sections.push(name);
        } else if !kind.contains("event") {
            topics.push(name);
        }
    }
    let of = |names: Vec<String>| agency::section(names);
    let named = |parts: Vec<&Element>| {
        parts
            .into_iter()
            .filter_map(|part| name_of(part, language))
            .collect::<Vec<_>>()
    };
    let meta = item.child("itemMeta");
    article.section = of(sections).or_else(|| of(topics)).or_else(|| {
        let member = meta
            .map(|meta| named(meta.all("memberOf").collect()))
            .unwrap_or_default();
        of(member).or_else(|| agency::section(coded))
    });
    if article.section.is_none() {
        let service = meta
            .map(|meta| named(meta.all("service").take(1).collect()))
            .unwrap_or_default();
        let genre = named(content.all("genre").take(1).collect());
        article.section = of(service).or_else(|| of(genre));
    }
    for assert in item.all("assert") {
        let kind = if assert.child("personDetails").is_some() {
            EntityKind::Person
        } else if assert.child("organisationDetails").is_some() {
            EntityKind::Org
        } else if assert.child("geoAreaDetails").is_some() || assert.child("POIDetails").is_some() {
            EntityKind::Place
        } else {
            continue;
        };
        if let Some(name) = name_of(assert, language) {
            let known = article
                .entities
                .iter()
                .any(|entity| entity.kind == kind && entity.name == name);
            if !known {
                agency::add_name(article, &name, kind);
            }
        }
    }
}

/// The kind of name a subject's type, or the scheme of its code, stands for.
fn entity_kind(kind: &str, scheme: &str) -> Option<EntityKind> {
    let last = kind
        .rsplit([':', '/', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match last.as_str() {
        "person" | "player" | "official" | "pers" => return Some(EntityKind::Person),
        "organisation" | "organization" | "org" | "company" | "team" => {
            return Some(EntityKind::Org);
        }
        "geoarea" | "poi" | "location" | "place" | "country" | "city" => {
            return Some(EntityKind::Place);
        }
        // The type of places in the feeds of Reuters.
        "5" if kind.to_ascii_lowercase().starts_with("cpttype") => return Some(EntityKind::Place),
        _ => {}
    }
    match scheme.to_ascii_lowercase().as_str() {
        "pers" | "person" | "ppl" => Some(EntityKind::Person),
        "org" | "organisation" | "company" => Some(EntityKind::Org),
        "geo" | "geoloc" | "iso3166-1a2" | "iso3166-1a3" | "city" | "cntry" => {
            Some(EntityKind::Place)
        }
        _ => None,
    }
}
