//! Reads NITF, the News Industry Text Format of the IPTC (2.5 to 3.6): files of
//! their own, and stories inside NewsML, NewsML-G2 and ninjs. Layout: the
//! NITF documentation of the IPTC; the New York Times corpus's blocks
//! `lead_paragraph` and `full_text` hold the same words, so that the first is left out.

use crate::article::{Article, EntityKind};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::xml::{self, Element};

use super::agency::{self, set_title};
use super::{Claim, Format, Head, Options, Parsed, credits, fields};

/// The reader of NITF.
pub struct Nitf;

impl Format for Nitf {
    fn name(&self) -> &'static str {
        "nitf"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        match head.root() {
            Some(root) if root.name().eq_ignore_ascii_case("nitf") => Claim::Certain,
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
                let stories = root.descendants().filter(|inner| is_story(inner));
                let outer = Some(root).filter(|root| is_story(root));
                for story in outer.into_iter().chain(stories) {
                    found.push(item(story));
                }
            }
        })
    }
}

fn is_story(element: &Element) -> bool {
    element.name().eq_ignore_ascii_case("nitf")
}

/// What a `<nitf>` element of its own is.
fn item(story: &Element) -> Parsed {
    let mut article = read(story);
    let is_bare = article.body.is_empty();
    if is_bare && story.find("media").is_some() {
        return Parsed::Skipped(Skip::Media);
    }
    if is_bare && article.title.is_none() {
        // Advance notes move with a keyword and nothing else.
        let keyword = meta(story, &["anpa-keyword", "slugline", "keyword"]);
        let keyword = keyword.or_else(|| story.find("du-key")?.attribute("key"));
        set_title(&mut article, keyword.unwrap_or_default());
    }
    Parsed::Article(Box::new(article))
}

/// Reads a `<nitf>` element. Body and title are empty where it has none.
pub fn read(story: &Element) -> Article {
    let mut article = Article::default();
    let head = story.child("head");
    let body = story.child("body").unwrap_or(story);
    let body_head = body.child("body.head");
    titles(&mut article, head, body_head);
    credits(&mut article, story, body_head);
    dates(&mut article, story);
    subjects(&mut article, story, head);
    names(&mut article, story);
    article.language = [Some(story), head, Some(body), body.find("p")]
        .into_iter()
        .flatten()
        .find_map(|element| {
            let declared = element
                .attribute("xml:lang")
                .or_else(|| element.attribute("baselang"));
            fields::language(declared?)
        })
        .or_else(|| fields::language(meta(story, &["lang", "language"])?));
    let identifier = story
        .find("doc-id")
        .and_then(|id| id.attribute("id-string"));
    article.own_id = identifier.map(str::to_owned);
    article.url = story
        .find("pubdata")
        .and_then(|data| fields::address(data.attribute("ex-ref")?))
        .or_else(|| fields::address(identifier?));
    article.body = text(body);
    agency::drop_repeats(&mut article);
    article
}

fn titles(article: &mut Article, head: Option<&Element>, body_head: Option<&Element>) {
    let hedline = body_head.and_then(|head| head.child("hedline"));
    let lines = hedline.map(|hedline| {
        let first = hedline
            .all("hl1")
            .map(Element::line)
            .find(|line| !line.is_empty());
        let second = hedline
            .all("hl2")
            .map(Element::line)
            .find(|line| !line.is_empty());
        (first, second, hedline.line())
    });
    let title = || head.and_then(|head| head.child("title")).map(Element::line);
    match lines {
        Some((Some(first), _, _)) => set_title(article, &first),
        Some((None, second, whole)) => {
            // A headline of the second rank is better than a slug, not than a title.
            set_title(article, &title().unwrap_or_default());
            set_title(article, &second.unwrap_or(whole));
        }
        None => set_title(article, &title().unwrap_or_default()),
    }
}

fn credits(article: &mut Article, story: &Element, body_head: Option<&Element>) {
    let bylines: Vec<&Element> = body_head
        .map(|head| head.all("byline").collect())
        .unwrap_or_default();
    let is_second = |byline: &&&Element| {
        byline
            .attribute("class")
            .is_some_and(|class| class.starts_with("normalized"))
    };
    let printed: Vec<&&Element> = bylines.iter().filter(|byline| !is_second(byline)).collect();
    let used: Vec<&&Element> = if printed.is_empty() {
        bylines.iter().collect()
    } else {
        printed
    };
    for byline in used {
        let people: Vec<&Element> = byline
            .descendants()
            .filter(|inner| inner.is("person"))
            .collect();
        let names: Vec<String> = if people.is_empty() {
            credits::authors(&without(byline, "byttl"))
        } else {
            let named = people.into_iter().map(Element::line);
            named.flat_map(|line| credits::people(&line)).collect()
        };
        for name in names {
            if !article.bylines.contains(&name) {
                article.bylines.push(name);
            }
        }
    }
    let attribute = |element: &str, name: &str| {
        story
            .find(element)
            .and_then(|found| found.attribute(name))
            .map(str::to_owned)
    };
    let distributor = body_head
        .and_then(|head| head.child("distributor"))
        .map(Element::line);
    article.publisher = [
        attribute("pubdata", "name"),
        distributor,
        attribute("doc.copyright", "holder"),
        attribute("doc.rights", "owner"),
        attribute("doc-id", "regsrc"),
        attribute("from-src", "src-name"),
        attribute("rights.owner", "contact"),
    ]
    .into_iter()
    .flatten()
    .find_map(|name| credits::outlet(&name));
}

/// The text of an element without that of the elements of a name.
fn without(element: &Element, name: &str) -> String {
    let mut flow = xml::Flow::default();
    flow.element(element, &|inner| inner.is(name));
    flow.finish()
}

fn dates(article: &mut Article, story: &Element) {
    let norm = |name: &str, attribute: &str| {
        let mut found = story.descendants().filter(|element| element.is(name));
        found.find_map(|element| agency::published(element.attribute(attribute)?))
    };
    article.published = norm("pubdata", "date.publication")
        .or_else(|| norm("date.issue", "norm"))
        .or_else(|| norm("date.release", "norm"))
        .or_else(|| norm("story.date", "norm"))
        .or_else(|| printed_day(story))
        .or_else(|| norm("revision-history", "norm"));
}

/// A day printed in the dateline or in the elements that should hold a norm.
fn printed_day(story: &Element) -> Option<crate::article::Published> {
    ["date.issue", "date.release", "story.date"]
        .into_iter()
        .filter_map(|name| story.find(name))
        .find_map(|element| agency::published(&element.line()))
}

fn subjects(article: &mut Article, story: &Element, head: Option<&Element>) {
    let printed = story
        .find("pubdata")
        .and_then(|data| data.attribute("position.section"));
    let online = meta(story, &["online_sections", "section"]);
    if let Some(section) = printed.or(online) {
        article.section = agency::section(section.split(';'));
        if article.section.is_some() {
            return;
        }
    }
    let mut names: Vec<String> = Vec::new();
    let subjects = head.into_iter().flat_map(Element::descendants);
    for subject in subjects.filter(|element| element.is("tobject.subject")) {
        let parts = ["type", "matter", "detail"];
        let told: Vec<&str> = parts
            .iter()
            .filter_map(|part| subject.attribute(&format!("tobject.subject.{part}")))
            .collect();
        if told.is_empty() {
            let code = subject
                .attribute("tobject.subject.refnum")
                .and_then(agency::topic);
            names.extend(code.map(str::to_owned));
        }
        names.extend(told.into_iter().map(str::to_owned));
    }
    if names.is_empty() {
        let keywords = story.descendants().filter(|element| element.is("keyword"));
        names.extend(keywords.map(|keyword| match keyword.attribute("key") {
            Some(key) => key.to_owned(),
            None => keyword.line(),
        }));
    }
    article.section = agency::section(names);
}

/// The content of the first `<meta>` of one of these names.
fn meta<'a>(story: &'a Element, names: &[&str]) -> Option<&'a str> {
    story
        .child("head")?
        .all("meta")
        .filter(|meta| {
            let name = meta.attribute("name").unwrap_or_default();
            names.iter().any(|known| known.eq_ignore_ascii_case(name))
        })
        .find_map(|meta| meta.attribute("content"))
}

/// People, organisations and places marked in the head and in the text.
fn names(article: &mut Article, story: &Element) {
    let listed = story.find("identified-content");
    let content = story.find("body.content");
    for element in listed
        .into_iter()
        .chain(content)
        .flat_map(Element::descendants)
    {
        let kind = match element.name() {
            "person" => EntityKind::Person,
            "org" => EntityKind::Org,
            "location" | "city" | "country" | "state" | "region" => EntityKind::Place,
            _ => continue,
        };
        let has_parts = element.is("location") && element.elements().next().is_some();
        if !has_parts {
            let name = element.line();
            let named = if name.is_empty() {
                element.attribute("value").unwrap_or_default()
            } else {
                &name
            };
            agency::add_name(article, &given_first(named, kind), kind);
        }
    }
    for place in story.descendants().filter(|element| element.is("evloc")) {
        for part in ["city", "county-dist"] {
            if let Some(name) = place.attribute(part) {
                agency::add_name(article, name, EntityKind::Place);
            }
        }
    }
}

/// Indexers write the family name first.
fn given_first(name: &str, kind: EntityKind) -> String {
    match name.split_once(", ") {
        Some((family, given)) if kind == EntityKind::Person && !given.contains(',') => {
            format!("{given} {family}")
        }
        _ => name.to_owned(),
    }
}

fn text(body: &Element) -> String {
    let content = body.child("body.content");
    let has_full_text = body
        .descendants()
        .any(|element| element.attribute("class") == Some("full_text"));
    let skip = |element: &Element| match element.name() {
        "media" | "nitf-media" | "figure" => true,
        "block" => {
            let class = element.attribute("class").unwrap_or_default();
            has_full_text && class.ends_with("lead_paragraph")
        }
        "body.head" | "hedline" => true,
        _ => false,
    };
    let mut text = agency::copy(content.unwrap_or(body), &skip);
    if content.is_some()
        && let Some(tagline) = body
            .at("body.end/tagline")
            .map(|line| agency::copy(line, &skip))
        && tagline.contains(' ')
        && !text.is_empty()
    {
        text.push_str("\n\n");
        text.push_str(&tagline);
    }
    if text.is_empty()
        && let Some(lead) = body.at("body.head/abstract")
    {
        text = agency::copy(lead, &skip);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::{articles, read as read_all, reasons};

    const STORY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nitf SYSTEM "nitf-3-5.dtd">
<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/" change.date="October 10, 2006">
 <head><title>Slug-Tide</title>
  <tobject><tobject.subject tobject.subject.refnum="17004000" tobject.subject.type="Weather"/>
   <tobject.subject tobject.subject.refnum="15000000"/></tobject>
  <docdata><doc-id id-string="gw.7"/><date.issue norm="20020225T233000-0500"/><date.expire norm="20120101"/>
   <doc.copyright holder="Gulf Wire. All rights reserved." year="2002"/>
   <identified-content><person>Roe, Ann</person><location><city>Doha</city><country>Qatar</country></location></identified-content>
  </docdata></head>
 <body><body.head><hedline><hl1>Tides <em>turn</em></hl1><hl2>A second line</hl2></hedline>
   <byline>By <person>Ann Roe</person><byttl>Weather Editor</byttl></byline><abstract><p>Lead.</p></abstract></body.head>
  <body.content><media media-type="image"><media-caption>A picture.</media-caption></media>
   <p>The tide of <location>Norfolk's</location> shore
      turned &amp; ran&#8212;fast.</p><hl2>Why</hl2><ul><li>one</li><li>two</li></ul>
   <table><tr><th>High</th><th>Low</th></tr><tr><td>6</td><td>12</td></tr></table></body.content>
  <body.end><tagline>Bo Li helped.</tagline></body.end></body>
</nitf>"#;

    #[test]
    fn every_part_of_a_story_is_read() {
        let story = &articles(&Nitf, "a", STORY.as_bytes())[0];
        assert_eq!(story.title.as_ref().unwrap().text, "Tides turn");
        assert_eq!(
            story.body,
            "The tide of Norfolk's shore turned & ran—fast.\n\nWhy\n\none\ntwo\n\nHigh Low\n6 12\n\nBo Li helped."
        );
        assert_eq!(story.published.unwrap().day.to_string(), "2002-02-25");
        assert_eq!(story.bylines, ["Ann Roe"]);
        assert_eq!(story.publisher.as_deref(), Some("Gulf Wire"));
        assert_eq!(story.section.as_deref(), Some("Weather, sport"));
        assert_eq!(story.own_id.as_deref(), Some("gw.7"));
        let names: Vec<_> = story
            .entities
            .iter()
            .map(|e| (e.kind.name(), e.name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("person", "Ann Roe"),
                ("place", "Doha"),
                ("place", "Qatar"),
                ("place", "Norfolk")
            ]
        );
    }

    #[test]
    fn the_first_paragraph_is_read_once_where_blocks_repeat_it() {
        let story = br#"<nitf><head><pubdata date.publication="20070617T000000" name="Lake Times" position.section="a;b"
            ex-ref="http://lake.example/q?res=1"/></head><body><body.head><hedline><hl1>H</hl1></hedline>
            <byline class="print_byline">By ANN ROE</byline><byline class="normalized_byline">ROE, ANN</byline></body.head>
            <body.content><block class="lead_paragraph"><p>One.</p></block><block class="full_text"><p>One.</p><p>Two.</p></block>
            </body.content></body></nitf>"#;
        let story = &articles(&Nitf, "a.xml", story)[0];
        assert_eq!(story.body, "One.\n\nTwo.");
        assert_eq!(story.bylines, ["ANN ROE"]);
        assert_eq!(story.url.as_deref(), Some("http://lake.example/q?res=1"));
        assert_eq!(story.published.unwrap().day.to_string(), "2007-06-17");
    }

    #[test]
    fn a_story_cut_short_is_kept_and_told() {
        let cut = &STORY[..STORY.find("<ul>").unwrap()];
        assert_eq!(
            articles(&Nitf, "a", cut.as_bytes())[0].body,
            "The tide of Norfolk's shore turned & ran—fast.\n\nWhy"
        );
        assert_eq!(
            reasons(&Nitf, "a", cut.as_bytes()),
            ["malformed xml: ends inside `body.content`"]
        );
    }

    #[test]
    fn pictures_are_skipped_and_empty_stories_rejected() {
        let picture = b"<nitf><body><body.head><hedline><hl1>Sea</hl1></hedline></body.head><body.content><media/></body.content></body></nitf>";
        assert!(matches!(
            read_all(&Nitf, "a", picture)[..],
            [Parsed::Skipped(Skip::Media)]
        ));
        assert_eq!(
            reasons(&Nitf, "a", b"<nitf><head/><body/></nitf>"),
            ["no text"]
        );
    }

    #[test]
    fn declared_latin_1_is_decoded() {
        let story = b"<?xml version='1.0' encoding='iso-8859-1'?><nitf><body><body.head><hedline><hl1>\xA325 million</hl1></hedline></body.head></body></nitf>";
        assert_eq!(
            articles(&Nitf, "a", story)[0].title.as_ref().unwrap().text,
            "£25 million"
        );
    }
}
