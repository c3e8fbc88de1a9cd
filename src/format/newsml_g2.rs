//! Reads NewsML-G2: news items alone, in a news message, or beside a package.
//! Each text item is an article, read from the best rendition it carries
//! inline: NITF, XHTML, or plain text; versions in several languages become
//! articles each. Pictures, events, plans, concepts, and packages that only
//! name their items are skipped by kind. Layout: NewsML-G2 guidelines and
//! specification of the IPTC, 2.0 to 2.35.

use crate::article::Article;
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::xml::Element;

use super::agency::{self, set_title};
use super::{Claim, Format, Head, Options, Parsed, fields, newsml, nitf};

mod metadata;

use metadata::{code, describe};

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

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        let Some(root) = head.root() else {
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
