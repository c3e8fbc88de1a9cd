//! Reads news in XML of a maker's own: the `newsitem` of the Reuters Corpus
//! (RCV1), `RBNews` of Ritzau, and any file whose elements are named as
//! articles usually are (`headline`, `body`, `pubDate`). An element is an
//! article if it has a text and a headline or a day; the text may be paragraphs
//! without an element around them. Dumps of wikis give their pages. Anything
//! else in XML is skipped. The names are those of [`fields`].

use crate::article::{Article, EntityKind};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::xml::{self, Element, Node};

use super::fields::{self, Slot};
use super::{Claim, Format, Head, Options, Parsed, agency, credits};

mod wiki;

/// The reader of other XML.
pub struct NewsXml;

/// Roots of XML that is no news, whatever its elements are called.
const NEVER: &[&str] = &[
    "html",
    "svg",
    "rss",
    "feed",
    "RDF",
    "opml",
    "urlset",
    "sitemapindex",
    "plist",
    "xsl",
    "stylesheet",
    "schema",
    "project",
    "kml",
    "gpx",
    "manifest",
    "Types",
    "wsdl",
    "definitions",
    "Envelope",
    "math",
    "smil",
];

/// Fewest words of a text that makes an element an article.
const FEWEST_WORDS: usize = 4;

/// Roots whose name alone tells that they are news.
const KNOWN: &[&str] = &["newsitem", "RBNews", "RBNewsList", "ArrayOfRBNews"];

impl Format for NewsXml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let Some(root) = head.root() else {
            return Claim::No;
        };
        if KNOWN.contains(&root.name()) {
            return Claim::Certain;
        }
        let never = NEVER
            .iter()
            .any(|name| root.name().eq_ignore_ascii_case(name));
        let starts = |b: &[u8]| b == b"<?xml";
        let declared = head.bytes().windows(5).take(64).any(starts)
            || hint.extension() == "xml"
            || hint
                .media_type
                .as_deref()
                .is_some_and(|kind| kind.ends_with("/xml"));
        if declared && !never {
            Claim::Name
        } else {
            Claim::No
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let (document, encoding) = xml::parse_bytes(
            &record.bytes,
            record.hint.charset.as_deref(),
            options.encoding,
        );
        let mut found = Vec::new();
        for root in &document.roots {
            articles(root, options, &mut found);
        }
        let is_known = document
            .roots
            .iter()
            .any(|root| KNOWN.contains(&root.name()));
        let is_empty = found.is_empty();
        for mut article in found {
            article.origin.encoding = Some(encoding);
            fields::complete(&mut article, &record.hint);
            emit(Parsed::Article(Box::new(article)));
        }
        match document.fault {
            Some(fault) if fault.loses_text() && (is_known || !is_empty) => {
                Err(agency::reason(&fault))
            }
            _ if is_empty && is_known => Err(Reason::NoText),
            _ if is_empty => {
                emit(Parsed::Skipped(Skip::Kind("xml".to_owned())));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Finds the outermost elements that are articles.
fn articles(element: &Element, options: &Options, found: &mut Vec<Article>) {
    if wiki::is_page(element) {
        found.extend(wiki::read(element));
        return;
    }
    if let Some(article) = read(element, options) {
        found.push(article);
        return;
    }
    for inner in element.elements() {
        articles(inner, options, found);
    }
}

/// Reads an element as an article, if it is one.
fn read(element: &Element, options: &Options) -> Option<Article> {
    let is_known = KNOWN.contains(&element.name());
    let mut article = Article::default();
    let mut chosen: Vec<(Slot, usize, &Element)> = Vec::new();
    for child in element.elements() {
        let mapped = options
            .map
            .iter()
            .find(|(_, source)| child.is(source))
            .and_then(|(target, _)| Some((fields::mapped_slot(target)?, 0)));
        if let Some((slot, rank)) = mapped.or_else(|| fields::slot(child.name())) {
            chosen.push((slot, rank, child));
        }
    }
    // Best names last: what is put later replaces what was put before.
    chosen.sort_by_key(|(_, rank, _)| std::cmp::Reverse(*rank));
    let mut summary = String::new();
    for (slot, _, child) in &chosen {
        match slot {
            Slot::Body => {
                let text = agency::copy(child, &agency::is_furniture);
                if !text.is_empty() {
                    article.body = text;
                }
            }
            Slot::Summary => summary = agency::copy(child, &agency::is_furniture),
            Slot::Title => {
                let line = child.line();
                if !line.is_empty() {
                    fields::put(&mut article, Slot::Title, &line);
                }
            }
            Slot::Byline => {
                let names = credits::authors(&child.line());
                if !names.is_empty() {
                    article.bylines = names;
                }
            }
            Slot::Published => {
                article.published = agency::published(&child.line()).or(article.published);
            }
            Slot::Names(_) | Slot::Entities => {}
            slot => fields::put(&mut article, *slot, &child.line()),
        }
    }
    attributes(&mut article, element);
    corpus_metadata(&mut article, element);
    if article.body.is_empty() && article.title.is_some() {
        article.body = loose_paragraphs(element);
    }
    if article.body.is_empty() {
        article.body = summary;
    }
    if element.is("newsitem")
        && let Some(headline) = element.child("headline").filter(|line| !line.is_bare())
    {
        // The corpus's titles put the country before the headline.
        fields::put(&mut article, Slot::Title, &headline.line());
    }
    if element.is("RBNews") {
        ritzau(&mut article, element);
    }
    let words = article.body.split_whitespace().take(FEWEST_WORDS).count();
    let wordless_script = !article.body.is_ascii() && article.body.chars().count() >= 10;
    let has_text = words >= FEWEST_WORDS || wordless_script;
    let is_news = has_text && (article.title.is_some() || article.published.is_some());
    let is_brief = is_known && !fields::is_empty(&article);
    (is_news || is_brief).then_some(article)
}

/// The paragraphs that stand beside a title, as in `<text><title/><p/><p/></text>`.
/// Sections of a longer text have titles too, and are no articles.
fn loose_paragraphs(element: &Element) -> String {
    let name = element.name().to_ascii_lowercase();
    if ![
        "text", "article", "story", "news", "item", "document", "doc",
    ]
    .contains(&name.as_str())
    {
        return String::new();
    }
    let paragraphs = element
        .elements()
        .filter(|child| matches!(child.name(), "p" | "P" | "para" | "paragraph"))
        .map(|child| Node::Element(Element::new("p", child.children.clone())));
    let copy = Element::new("div", paragraphs.collect());
    agency::copy(&copy, &agency::is_furniture)
}

/// What stands in the attributes of an article's element.
fn attributes(article: &mut Article, element: &Element) {
    let first = |names: &[&str]| names.iter().find_map(|name| element.attribute(name));
    if article.published.is_none() {
        article.published = first(&["date", "pubdate", "published"]).and_then(agency::published);
    }
    if article.language.is_none() {
        article.language = first(&["xml:lang", "lang", "language"]).and_then(fields::language);
    }
    if article.own_id.is_none() {
        article.own_id = first(&["itemid", "id", "guid"]).map(str::to_owned);
    }
}

/// The metadata block of the Reuters Corpus: topics, countries, Dublin Core.
fn corpus_metadata(article: &mut Article, element: &Element) {
    let Some(metadata) = element.child("metadata") else {
        return;
    };
    let mut topics = Vec::new();
    for codes in metadata.all("codes") {
        let class = codes.attribute("class").unwrap_or_default();
        let listed = codes.all("code").filter_map(|code| code.attribute("code"));
        if class.contains("topics") {
            topics.extend(listed.map(|code| match code {
                "CCAT" => "corporate",
                "ECAT" => "economics",
                "GCAT" => "government and social",
                "MCAT" => "markets",
                other => other,
            }));
        }
    }
    if article.section.is_none() {
        article.section = agency::section(topics);
    }
    for entry in metadata.all("dc") {
        let value = entry.attribute("value").unwrap_or_default();
        match entry.attribute("element").unwrap_or_default() {
            "dc.date.published" => {
                article.published = agency::published(value).or(article.published);
            }
            "dc.source" => article.publisher = credits::outlet(value).or(article.publisher.take()),
            "dc.publisher" if article.publisher.is_none() => {
                article.publisher = credits::outlet(value)
            }
            "dc.creator.location.country.name" => {
                agency::add_name(article, &in_capitals(value), EntityKind::Place);
            }
            _ => {}
        }
    }
}

/// `MEXICO` as it is written in running text; short names are initials.
fn in_capitals(name: &str) -> String {
    if name.len() <= 3 || name.contains(char::is_lowercase) {
        return name.to_owned();
    }
    let words = name.split_whitespace().map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter();
        first
            .chain(letters.flat_map(char::to_lowercase))
            .collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn ritzau(article: &mut Article, element: &Element) {
    if article.publisher.is_none() {
        let origin = element
            .child("origin")
            .map(|origin| origin.line().replace('/', ""));
        article.publisher = origin
            .and_then(|name| credits::outlet(&name))
            .or_else(|| Some("Ritzau".to_owned()));
    }
    article.language = article.language.take().or_else(|| Some("da".to_owned()));
    if let Some(id) = element
        .child("NewsID")
        .map(Element::line)
        .filter(|id| !id.is_empty())
    {
        article.own_id = Some(id);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::{articles as read_all, read as parts, reasons};

    #[test]
    fn a_story_of_the_reuters_corpus_is_read() {
        let xml = b"<?xml version='1.0' encoding='iso-8859-1' ?><newsitem itemid='2286' id='root' date='1996-08-20' xml:lang='en'>\
            <title>LAKE: Mills bring markets to life.</title><headline>Mills bring markets to life.</headline><byline>Ann Roe</byline>\
            <dateline>LAKE CITY 1996-08-20</dateline><text><p>Mills bought.</p>\n<p>Rye &amp; wheat rose.</p></text><copyright>(c) x</copyright>\
            <metadata><codes class='bip:topics:1.0'><code code='M11'><editdetail/></code><code code='MCAT'/></codes>\
            <dc element='dc.date.published' value='1996-08-21'/><dc element='dc.source' value='Reuters'/>\
            <dc element='dc.creator.location.country.name' value='MEXICO'/></metadata></newsitem>";
        let story = &read_all(&NewsXml, "2286newsML.xml", xml)[0];
        assert_eq!(
            story.title.as_ref().unwrap().text,
            "Mills bring markets to life."
        );
        assert_eq!(story.body, "Mills bought.\n\nRye & wheat rose.");
        assert_eq!(story.published.unwrap().day.to_string(), "1996-08-21");
        assert_eq!(
            (
                story.own_id.as_deref(),
                story.section.as_deref(),
                story.publisher.as_deref()
            ),
            (Some("2286"), Some("M11, markets"), Some("Reuters"))
        );
        assert_eq!(story.entities[0].name, "Mexico");
    }

    #[test]
    fn html_inside_a_content_element_is_read_as_such() {
        let xml = "<?xml version='1.0'?><RBNews xmlns:i='x'><NewsID>7</NewsID><PublishDate>2018-01-30T23:32:18.397</PublishDate><headline i:nil='true'/>\
            <origin>/lake/</origin><section>Udland</section><content>&lt;p&gt;Forskere p&#xE5; S&#248;en.&lt;/p&gt;&lt;p&gt;To.&lt;/p&gt;</content>\
            <byLine>Ann Roe</byLine></RBNews>";
        let story = &read_all(&NewsXml, "a.xml", xml.as_bytes())[0];
        assert_eq!(story.body, "Forskere på Søen.\n\nTo.");
        assert!(story.title.as_ref().unwrap().derived);
        assert_eq!(story.published.unwrap().day.to_string(), "2018-01-30");
        assert_eq!(
            (story.section.as_deref(), story.publisher.as_deref()),
            (Some("Udland"), Some("lake"))
        );
        assert_eq!(story.bylines, ["Ann Roe"]);
    }

    #[test]
    fn lists_of_articles_are_read_each_and_other_xml_is_skipped() {
        let list = b"<?xml version='1.0'?><list><story><headline>One</headline><body>Some words of text.</body></story>\
            <story><title>Two</title><content>More words of text.</content><pubDate>2020-02-03</pubDate></story></list>";
        assert_eq!(read_all(&NewsXml, "a.xml", list).len(), 2);
        let other = b"<?xml version='1.0'?><config><title>x</title><port>80</port></config>";
        assert!(
            matches!(&parts(&NewsXml, "a.xml", other)[..], [Parsed::Skipped(Skip::Kind(kind))] if kind == "xml")
        );
    }

    #[test]
    fn sections_of_a_longer_text_are_no_articles() {
        let journal = b"<?xml version='1.0'?><article><front><article-title>Cranes</article-title></front><body><p>One two three four.</p>\
            <sec><title>Methods</title><p>Five six seven eight.</p></sec></body></article>";
        assert!(read_all(&NewsXml, "a.xml", journal).is_empty());
    }

    #[test]
    fn paragraphs_beside_a_title_and_records_of_databases_are_read() {
        let scan = b"<?xml version='1.0'?><text><title>Ferry sold</title><p>It was old and slow.</p><p>It sank.</p></text>";
        let read = &read_all(&NewsXml, "ddd_010_a0001_ocr.xml", scan)[0];
        assert_eq!(read.title.as_ref().unwrap().text, "Ferry sold");
        assert_eq!(read.body, "It was old and slow.\n\nIt sank.");
        let record = b"<?xml version='1.0'?><Record><RecordTitle>Ferry sold</RecordTitle><Publication><Title>Lake Herald</Title></Publication>\
            <AlphaPubDate>Oct 17, 1887</AlphaPubDate><FullText>It was old and slow.</FullText></Record>";
        let read = &read_all(&NewsXml, "1.xml", record)[0];
        assert_eq!(read.title.as_ref().unwrap().text, "Ferry sold");
        assert_eq!(read.published.unwrap().day.to_string(), "1887-10-17");
        assert_eq!(read.publisher.as_deref(), Some("Lake Herald"));
    }

    #[test]
    fn a_known_story_cut_before_its_text_is_a_rejection() {
        assert_eq!(
            reasons(&NewsXml, "a.xml", b"<newsitem itemid='1'><te"),
            ["malformed xml: tag not closed: `>` not found before end of input, at byte 21"]
        );
    }
}
