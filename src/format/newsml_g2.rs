//! Reads NewsML-G2: news items alone, in a news message, or beside a package.
//! Each text item is an article, read from the best rendition it carries
//! inline: NITF, XHTML, or plain text; versions in several languages become
//! articles each. Pictures, events, plans, concepts, and packages that only
//! name their items are skipped by kind. Layout: NewsML-G2 guidelines and
//! specification of the IPTC, 2.0 to 2.35.

use crate::article::{Article, EntityKind};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::xml::{self, Element};

use super::agency::{self, set_title};
use super::{Claim, Format, Options, Parsed, fields, newsml, nitf};

/// The reader of NewsML-G2.
pub struct NewsMlG2;

/// Elements that are items, or parts of one that come as a file.
const ITEMS: &[&str] = &[
    "newsItem",
    "packageItem",
    "conceptItem",
    "knowledgeItem",
    "planningItem",
    "catalogItem",
];

impl Format for NewsMlG2 {
    fn name(&self) -> &'static str {
        "newsml-g2"
    }

    fn claims(&self, _hint: &Hint, head: &[u8]) -> Claim {
        let Some(root) = xml::root_of(head) else {
            return Claim::No;
        };
        let is_ours = root
            .namespace()
            .is_some_and(|space| space.contains("iptc.org/std/nar"));
        if is_ours || ITEMS.contains(&root.name()) || root.is("newsMessage") {
            return Claim::Certain;
        }
        match root.name() {
            "contentSet" | "groupSet" | "itemSet" | "conceptSet" => Claim::Likely,
            _ => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        agency::read_xml(record, options, emit, &|document, found| {
            for root in &document.roots {
                let mut items = Vec::new();
                outermost(root, &mut items);
                let header = root
                    .elements()
                    .find(|inner| inner.name().eq_ignore_ascii_case("header"));
                for item in &items {
                    read_item(item, header, found);
                }
                if items.is_empty() {
                    fragment(root, found);
                }
            }
        })
    }
}

/// The items in an element that lie in no other item.
fn outermost<'a>(element: &'a Element, items: &mut Vec<&'a Element>) {
    if ITEMS.contains(&element.name()) {
        items.push(element);
        return;
    }
    for inner in element.elements() {
        outermost(inner, items);
    }
}

/// A part of an item that came as a file of its own.
fn fragment(root: &Element, found: &mut Vec<Parsed>) {
    match root.name() {
        "contentSet" | "itemSet" => {
            let mut article = Article::default();
            if let Some(text) = best(root, None) {
                text.fill(&mut article);
                found.push(Parsed::Article(Box::new(article)));
            }
        }
        _ => found.push(Parsed::Skipped(Skip::Concept)),
    }
}

fn read_item(item: &Element, header: Option<&Element>, found: &mut Vec<Parsed>) {
    match item.name() {
        "planningItem" => return found.push(Parsed::Skipped(Skip::Planning)),
        "conceptItem" | "knowledgeItem" => {
            let is_event = item.find("eventDetails").is_some()
                || item
                    .at("concept/type")
                    .is_some_and(|kind| code(kind) == Some("event"));
            let skip = if is_event {
                Skip::Planning
            } else {
                Skip::Concept
            };
            return found.push(Parsed::Skipped(skip));
        }
        "catalogItem" => return found.push(Parsed::Skipped(Skip::Concept)),
        _ => {}
    }
    let class = item
        .at("itemMeta/itemClass")
        .and_then(code)
        .unwrap_or_default();
    if let Some(skip) = agency::skipped_kind(class) {
        return found.push(Parsed::Skipped(skip));
    }
    let mut article = Article::default();
    describe(&mut article, item, header);
    let content = item.child("contentSet");
    let texts = content
        .map(|content| texts(content, item.attribute("xml:lang")))
        .unwrap_or_default();
    if texts.is_empty() {
        if let Some(skip) = without_text(item, content) {
            return found.push(Parsed::Skipped(skip));
        }
        summarise(&mut article, item);
        return found.push(Parsed::Article(Box::new(article)));
    }
    for text in texts {
        let mut version = article.clone();
        text.fill(&mut version);
        if version.body.is_empty() {
            summarise(&mut version, item);
        }
        found.push(Parsed::Article(Box::new(version)));
    }
}

/// What an item without inline text is, if it is no article.
fn without_text(item: &Element, content: Option<&Element>) -> Option<Skip> {
    if item.is("packageItem") || item.child("groupSet").is_some() {
        return Some(Skip::Concept);
    }
    let content = content?;
    let inline = content.all("inlineXML").flat_map(Element::elements);
    for inner in inline {
        if matches!(
            inner.name(),
            "events" | "event" | "eventDetails" | "newsCoverageSet"
        ) {
            return Some(Skip::Planning);
        }
        if matches!(inner.name(), "concept" | "conceptSet") {
            return Some(Skip::Concept);
        }
    }
    let remote: Vec<&str> = content
        .all("remoteContent")
        .filter_map(|remote| remote.attribute("contenttype"))
        .collect();
    let is_media = |kind: &&str| {
        ["image/", "video/", "audio/"]
            .iter()
            .any(|start| kind.starts_with(start))
    };
    (!remote.is_empty() && remote.iter().all(is_media)).then_some(Skip::Media)
}

/// A rendition of an item's text.
struct Text<'a> {
    language: Option<&'a str>,
    story: Option<Article>,
    title: Option<String>,
    body: String,
}

impl Text<'_> {
    fn fill(self, article: &mut Article) {
        if let Some(language) = self.language.and_then(fields::language) {
            // An item in several languages has a headline for each.
            article.language = Some(language);
        }
        article.body = self.body;
        if let Some(story) = self.story {
            newsml::fill(article, story);
        }
        if let Some(title) = self.title {
            set_title(article, &title);
        }
        agency::drop_repeats(article);
    }
}

/// The renditions that become articles: the best of each language.
fn texts<'a>(content: &'a Element, own: Option<&'a str>) -> Vec<Text<'a>> {
    let mut languages: Vec<Option<&str>> = Vec::new();
    for part in content.elements() {
        let language = part.attribute("xml:lang").or(own);
        if matches!(part.name(), "inlineXML" | "inlineData") && !languages.contains(&language) {
            languages.push(language);
        }
    }
    let several = languages.len() > 1;
    languages
        .into_iter()
        .filter_map(|language| {
            let chosen = if several { language } else { None };
            let mut text = best_of(content, own, chosen)?;
            text.language = chosen;
            Some(text)
        })
        .collect()
}

fn best<'a>(content: &'a Element, language: Option<&'a str>) -> Option<Text<'a>> {
    best_of(content, None, language)
}

/// The rendition with the most text; marked-up ones before plain ones.
fn best_of<'a>(
    content: &'a Element,
    own: Option<&'a str>,
    language: Option<&'a str>,
) -> Option<Text<'a>> {
    let fits =
        |part: &&Element| language.is_none() || part.attribute("xml:lang").or(own) == language;
    let longest = |name: &'a str| {
        let parts = content
            .descendants()
            .filter(move |part| part.is(name))
            .filter(fits);
        let texts = parts
            .filter_map(rendition)
            .filter(|text| !text.body.is_empty() || text.title.is_some());
        // Of equally long ones the first.
        texts.reduce(|best, next| {
            if next.body.len() > best.body.len() {
                next
            } else {
                best
            }
        })
    };
    let marked = longest("inlineXML");
    match marked {
        Some(text) if !text.body.is_empty() => Some(text),
        other => longest("inlineData").or(other),
    }
}

fn rendition(part: &Element) -> Option<Text<'_>> {
    let kind = part.attribute("contenttype").unwrap_or_default();
    let coded = part.attribute("encoding").is_some() || kind.starts_with("image/");
    if coded {
        return None;
    }
    let mut text = Text {
        language: None,
        story: None,
        title: None,
        body: String::new(),
    };
    if let Some(story) = part
        .descendants()
        .find(|inner| inner.name().eq_ignore_ascii_case("nitf"))
    {
        let mut story = nitf::read(story);
        text.body = std::mem::take(&mut story.body);
        text.story = Some(story);
        return Some(text);
    }
    let is_structured = part.elements().any(|inner| {
        matches!(
            inner.name(),
            "events" | "event" | "concept" | "conceptSet" | "newsCoverageSet"
        )
    });
    if is_structured {
        return None;
    }
    if let Some(page) = part
        .descendants()
        .find(|inner| inner.name().eq_ignore_ascii_case("html"))
    {
        let body = page
            .elements()
            .find(|inner| inner.name().eq_ignore_ascii_case("body"))
            .unwrap_or(page);
        let headings = ["h1", "h2"];
        let heading = headings
            .iter()
            .find_map(|name| body.find(name))
            .map(Element::line);
        text.title = heading
            .or_else(|| page.at("head/title").map(Element::line))
            .filter(|line| !line.is_empty());
        text.body = agency::copy(body, &agency::is_furniture);
        return Some(text);
    }
    text.body = if part.elements().next().is_some() {
        agency::copy(part, &agency::is_furniture)
    } else {
        agency::plain_copy(&part.text())
    };
    Some(text)
}

/// A description stands in for a missing text.
fn summarise(article: &mut Article, item: &Element) {
    let Some(meta) = item.child("contentMeta") else {
        return;
    };
    let description = meta
        .all("description")
        .map(|text| agency::copy(text, &|_| false))
        .find(|text| !text.is_empty());
    article.body = description.unwrap_or_default();
    let slug = meta.child("slugline").map(Element::line);
    if article.body.is_empty() {
        set_title(article, &slug.unwrap_or_default());
    }
}

/// The last part of a code: `text` of `ninat:text`, or of an address that ends in it.
fn code(element: &Element) -> Option<&str> {
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

fn describe(article: &mut Article, item: &Element, header: Option<&Element>) {
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
    article.bylines = lines.flat_map(|line| agency::authors(&line)).collect();
    if article.bylines.is_empty() {
        let notes = item
            .at("itemMeta")
            .into_iter()
            .flat_map(|meta| meta.all("edNote"));
        let names = notes.map(|note| agency::reporters(&note.line()));
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
        if let Some(name) = name.filter(|name| agency::looks_like_person(name)) {
            article.bylines.push(name);
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
    let line = |name: &str| {
        let line = item.child("contentMeta")?.child(name)?.line();
        (!line.is_empty()).then_some(line)
    };
    // An address stands in for a name, unless the item has one elsewhere.
    let is_address = |name: &String| name.contains('.') && !name.contains(' ');
    let provided = named(provider).or_else(|| literal(provider));
    article.publisher = provided
        .clone()
        .filter(|name| !is_address(name))
        .or_else(|| line("creditline").filter(|line| agency::outlet(line).is_some()))
        .or_else(|| named(holder))
        .or_else(|| coded(provider))
        .or_else(|| literal(holder))
        .or(provided)
        .or_else(|| hosted(provider))
        .or_else(|| hosted(holder))
        .or_else(sender)
        .and_then(|name| agency::outlet(&name));
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
                    .filter(|text| agency::looks_like_person(text))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::{articles, read as read_all, reasons};

    fn item(class: &str, meta: &str, content: &str) -> String {
        format!(
            "<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/' guid='urn:gw:7' xml:lang='en-GB'><itemMeta>\
             <itemClass qcode='{class}'/><provider qcode='nprov:GW'><name>Gulf Wire</name></provider>\
             <versionCreated>2021-07-01T23:20:00-03:00</versionCreated><firstCreated>2021-06-30T14:02:00Z</firstCreated></itemMeta>\
             <contentMeta><language tag='en'/>{meta}</contentMeta><contentSet>{content}</contentSet></newsItem>"
        )
    }

    #[test]
    fn a_text_item_is_an_article_with_all_it_tells() {
        let meta = "<by>By Ann Roe</by><headline role='hl:subHeadline'>Second</headline><headline>First &quot;line&quot;</headline>\
            <subject type='cpnat:person' qcode='p:1'><name>Leïla Ben</name></subject><subject type='cpnat:geoArea'><name>Ashgar</name></subject>\
            <subject typeuri='http://cv.iptc.org/newscodes/cpnature/organisation'><name>United Nations</name></subject>\
            <subject qcode='medtop:16000000'><name xml:lang='de'>Krieg</name><name xml:lang='en'>war</name></subject>";
        let content = "<inlineXML contenttype='application/xhtml+xml'><html xmlns='http://www.w3.org/1999/xhtml'><head><title>t</title></head>\
            <body><header><h1>First line</h1></header><p>By Ann Roe</p><p>One.</p><figure><p>Picture.</p></figure><p>Two.</p></body></html></inlineXML>\
            <remoteContent contenttype='image/jpeg'/>";
        let story = &articles(&NewsMlG2, "a", item("ninat:text", meta, content).as_bytes())[0];
        assert_eq!(story.title.as_ref().unwrap().text, "First \"line\"");
        assert_eq!(story.body, "One.\n\nTwo.");
        assert_eq!(story.published.unwrap().day.to_string(), "2021-07-01");
        assert_eq!(
            (
                story.publisher.as_deref(),
                story.section.as_deref(),
                story.language.as_deref()
            ),
            (Some("Gulf Wire"), Some("war"), Some("en"))
        );
        assert_eq!(story.bylines, ["Ann Roe"]);
        let names: Vec<_> = story
            .entities
            .iter()
            .map(|e| (e.kind.name(), e.name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("person", "Leïla Ben"),
                ("place", "Ashgar"),
                ("org", "United Nations")
            ]
        );
    }

    #[test]
    fn items_in_messages_are_read_each_and_others_skipped_by_kind() {
        let text = item(
            "http://cv.iptc.org/newscodes/ninature/text",
            "<headline>H</headline>",
            "<inlineData contenttype='text/plain'>Plain\nwords here.</inlineData>",
        );
        let picture = item("ninat:picture", "<headline>P</headline>", "");
        let events = item(
            "ninat:composite",
            "",
            "<inlineXML><events><event><name>E</name></event></events></inlineXML>",
        );
        let message = format!(
            "<p:newsMessage xmlns:p='http://iptc.org/std/nar/2006-10-01/'><p:header/><p:itemSet>{text}{picture}{events}\
             <packageItem guid='x'><groupSet/></packageItem><planningItem/><conceptItem><concept><type qcode='cpnat:event'/></concept></conceptItem><knowledgeItem/></p:itemSet></p:newsMessage>"
        );
        let read: Vec<String> = read_all(&NewsMlG2, "a", message.as_bytes())
            .into_iter()
            .map(|part| match part {
                Parsed::Article(article) => article.body,
                Parsed::Skipped(skip) => skip.name(),
                Parsed::Rejected(reason) => reason.to_string(),
            })
            .collect();
        assert_eq!(
            read,
            [
                "Plain\n\nwords here.",
                "media item",
                "planning item",
                "reference item",
                "planning item",
                "planning item",
                "reference item"
            ]
        );
    }

    #[test]
    fn renditions_of_one_text_are_one_article_and_languages_are_several() {
        let same = "<inlineData>Words of a text, short.</inlineData><inlineXML><nitf><body><body.head><byline>By Bo Li</byline></body.head>\
            <body.content><p>Words of a text.</p></body.content></body></nitf></inlineXML>";
        let one = articles(
            &NewsMlG2,
            "a",
            item("ninat:text", "<headline>H</headline>", same).as_bytes(),
        );
        assert_eq!(
            (one.len(), one[0].body.as_str(), one[0].bylines.join(",")),
            (1, "Words of a text.", "Bo Li".to_owned())
        );
        let two = "<inlineXML xml:lang='en'><html><body><p>Words.</p></body></html></inlineXML><inlineXML xml:lang='de'><html><body><p>Worte.</p></body></html></inlineXML>";
        let both: Vec<_> = articles(
            &NewsMlG2,
            "a",
            item("ninat:text", "<headline>H</headline>", two).as_bytes(),
        )
        .into_iter()
        .map(|a| (a.language.unwrap(), a.body))
        .collect();
        assert_eq!(
            both,
            [
                ("en".to_owned(), "Words.".to_owned()),
                ("de".to_owned(), "Worte.".to_owned())
            ]
        );
    }

    #[test]
    fn a_description_stands_in_for_a_missing_text() {
        let story = &articles(
            &NewsMlG2,
            "a",
            item(
                "ninat:text",
                "<headline>H</headline><description>In short.</description>",
                "<inlineXML/>",
            )
            .as_bytes(),
        )[0];
        assert_eq!(story.body, "In short.");
        assert_eq!(
            reasons(&NewsMlG2, "a", item("ninat:text", "", "").as_bytes()),
            ["no text"]
        );
    }
}
