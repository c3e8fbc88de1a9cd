//! Reads TEI, the Text Encoding Initiative's XML (P4 and P5): an article a
//! file, issues of digitised newspapers with a `<div type="article">` each, and
//! corpora of many texts. Layout: the TEI Guidelines, chapters 2 (header), 3
//! (elements of all texts) and 4 (text structure).

use crate::article::{Article, EntityKind, Published};
use crate::error::Reason;
use crate::record::Hint;
use crate::record::Record;
use crate::text::xml::{Element, Node};

use super::{Claim, Format, Head, Options, Parsed, agency, credits, fields};

/// The reader of TEI.
pub struct Tei;

/// Fewest words of a division beside articles that makes it one too: notices
/// and advertisements are, rules and page numbers are not.
const FEWEST_WORDS: usize = 4;

impl Format for Tei {
    fn name(&self) -> &'static str {
        "tei"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        match head.root().map(Element::name) {
            Some("TEI" | "TEI.2" | "teiCorpus" | "teiCorpus.2") => Claim::Certain,
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
                let mut articles = Vec::new();
                documents(root, &Context::default(), &mut articles);
                found.extend(articles.into_iter().map(|a| Parsed::Article(Box::new(a))));
            }
        })
    }
}

/// What holds for every article of a text unless it says otherwise.
#[derive(Clone, Default)]
struct Context {
    title: Option<String>,
    authors: Vec<String>,
    published: Option<Published>,
    publisher: Option<String>,
    section: Option<String>,
    language: Option<String>,
    own_id: Option<String>,
    url: Option<String>,
}

/// Reads each text of a document or a corpus of documents.
fn documents(element: &Element, around: &Context, found: &mut Vec<Article>) {
    let mut context = around.clone();
    if let Some(header) = element.child("teiHeader") {
        context.read(header);
    }
    context.language(element);
    for inner in element.elements() {
        match inner.name() {
            "TEI" | "TEI.2" => documents(inner, &context, found),
            "text" => texts(inner, &context, found),
            _ => {}
        }
    }
}

/// Reads a text, or the texts it gathers.
fn texts(text: &Element, around: &Context, found: &mut Vec<Article>) {
    let mut context = around.clone();
    context.language(text);
    if let Some(group) = text.child("group") {
        for inner in group.all("text") {
            texts(inner, &context, found);
        }
        return;
    }
    let body = text.child("body").unwrap_or(text);
    if !body.descendants().any(is_article) {
        context.language(body);
        found.push(context.whole(body));
        return;
    }
    // The header's title is the newspaper's.
    context.publisher = context.publisher.or(context.title.take());
    context.own_id = None;
    divisions(body, &context, found);
}

/// Reads the divisions below one that holds articles.
fn divisions(element: &Element, context: &Context, found: &mut Vec<Article>) {
    for inner in element.elements().filter(|inner| is_division(inner)) {
        let holds_articles = !is_article(inner) && inner.descendants().any(is_article);
        if holds_articles {
            let mut below = context.clone();
            below.language(inner);
            below.section = inner.child("head").map(line).or(below.section);
            below.published = day_of(inner).or(below.published);
            divisions(inner, &below, found);
        } else {
            let article = context.division(inner);
            let words = article.body.split_whitespace().take(FEWEST_WORDS).count();
            if words == FEWEST_WORDS || is_article(inner) && !fields::is_empty(&article) {
                found.push(article);
            }
        }
    }
}

/// `div`, and `div1` to `div7`.
fn is_division(element: &Element) -> bool {
    element.name().strip_prefix("div").is_some_and(|level| {
        level.is_empty() || level.len() == 1 && level.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Whether a division says that it is an article.
fn is_article(element: &Element) -> bool {
    const TYPES: &[&str] = &[
        "article",
        "artikel",
        "articolo",
        "articulo",
        "artículo",
        "artigo",
        "news",
        "newsitem",
        "story",
        "report",
        "editorial",
        "leader",
        "item",
    ];
    is_division(element)
        && element.attribute("type").is_some_and(|kind| {
            let kind = kind.to_lowercase();
            let word = kind.rsplit(['_', '-', ':', ' ', '.']).next();
            word.is_some_and(|word| TYPES.contains(&word))
        })
}

impl Context {
    fn language(&mut self, element: &Element) {
        let own = element
            .attribute("xml:lang")
            .or_else(|| element.attribute("lang"));
        self.language = own.and_then(fields::language).or(self.language.take());
    }

    /// Takes what a header says: of the source before the edition of it.
    fn read(&mut self, header: &Element) {
        let description = header.child("fileDesc");
        let source = description.and_then(|inner| inner.child("sourceDesc"));
        let edition = description.and_then(|inner| inner.child("titleStmt"));
        let publication = description.and_then(|inner| inner.child("publicationStmt"));
        let level = |wanted: &'static str| {
            source.and_then(|source| {
                let mut titles = source.descendants().filter(|inner| inner.is("title"));
                titles.find(|title| title.attribute("level") == Some(wanted))
            })
        };
        let main = edition.and_then(|edition| {
            let is_main = |title: &&Element| title.attribute("type") == Some("main");
            edition
                .all("title")
                .find(is_main)
                .or_else(|| edition.child("title"))
        });
        let article = source.and_then(|source| source.find("analytic"));
        let own = level("a").or_else(|| article.and_then(|inner| inner.child("title")));
        self.title = own.or(main).map(line).filter(|title| !title.is_empty());
        let journal = level("j")
            .or_else(|| level("m"))
            .or_else(|| source?.find("monogr")?.child("title"))
            .or_else(|| publication?.child("publisher"));
        self.publisher = journal
            .map(line)
            .filter(|name| !name.is_empty())
            .or(self.publisher.take());
        for place in [article, edition].into_iter().flatten() {
            if self.authors.is_empty() {
                self.authors = place.all("author").flat_map(people).collect();
            }
        }
        let created = header.find("creation");
        self.published = [source, created, publication]
            .into_iter()
            .flatten()
            .find_map(day_of)
            .or(self.published);
        let spoken = header.find("language");
        let spoken = spoken.and_then(|language| {
            language
                .attribute("ident")
                .or_else(|| language.attribute("id"))
        });
        self.language = spoken.and_then(fields::language).or(self.language.take());
        let identifiers = || header.descendants().filter(|inner| inner.is("idno"));
        self.url = identifiers().find_map(|inner| fields::address(&inner.line()));
        let is_name = |inner: &&Element| fields::address(&inner.line()).is_none();
        self.own_id = identifiers().find(is_name).map(Element::line);
    }

    /// A text that is one article.
    fn whole(&self, body: &Element) -> Article {
        let mut article = self.division(body);
        if let Some(title) = &self.title {
            let inside = article.title.take();
            agency::set_title(&mut article, title);
            let is_other = |head: &crate::article::Title| !agency::same_words(&head.text, title);
            if let Some(head) = inside.filter(is_other) {
                // Headings below the header's title are text.
                article.body = format!("{}\n\n{}", head.text, article.body)
                    .trim()
                    .to_owned();
            }
        }
        article.own_id = self.own_id.clone();
        article.url.clone_from(&self.url);
        agency::drop_repeats(&mut article);
        article
    }

    /// Reads a division as an article.
    fn division(&self, division: &Element) -> Article {
        let mut article = Article {
            published: day_of(division).or(self.published),
            publisher: self.publisher.clone(),
            section: self.section.clone(),
            own_id: division.attribute("xml:id").map(str::to_owned),
            ..Article::default()
        };
        let own = division.attribute("xml:lang").and_then(fields::language);
        article.language = own.or_else(|| self.language.clone());
        let is_main = |head: &&Element| head.attribute("type") == Some("main");
        let heading = division
            .all("head")
            .find(is_main)
            .or_else(|| division.child("head"));
        if let Some(heading) = heading {
            agency::set_title(&mut article, &line(heading));
        }
        let signed = |name: &str| division.descendants().find(|inner| inner.is(name));
        let signs = ["byline", "docAuthor"];
        article.bylines = signs
            .iter()
            .filter_map(|name| signed(name))
            .map(people)
            .next()
            .unwrap_or_default();
        if article.bylines.is_empty() {
            article.bylines.clone_from(&self.authors);
        }
        for inner in division.descendants() {
            if let Some(kind) = named(inner) {
                agency::add_name(&mut article, &inner.line(), kind);
            }
        }
        let skip = |inner: &Element| {
            heading.is_some_and(|heading| std::ptr::eq(heading, inner))
                || matches!(inner.name(), "byline" | "docAuthor")
        };
        let copy = plain(division, &skip);
        article.body = agency::copy(&copy, &|_| false);
        article
    }
}

/// The people in a byline or an author's element.
fn people(element: &Element) -> Vec<String> {
    let named: Vec<&Element> = element
        .descendants()
        .filter(|inner| inner.is("persName"))
        .collect();
    match named.as_slice() {
        [] => credits::authors(&line(element)),
        named => named
            .iter()
            .flat_map(|name| credits::people(&line(name)))
            .collect(),
    }
}

/// What an element's tag names.
fn named(element: &Element) -> Option<EntityKind> {
    match element.name() {
        "persName" => Some(EntityKind::Person),
        "orgName" => Some(EntityKind::Org),
        "placeName" | "geogName" => Some(EntityKind::Place),
        "name" | "rs" => fields::entity_kind(element.attribute("type")?),
        _ => None,
    }
}

/// The first day that an element or its dates are marked with or print.
fn day_of(element: &Element) -> Option<Published> {
    let marked = |element: &Element| {
        let day = ["when", "when-iso", "value", "notBefore", "from"]
            .into_iter()
            .find_map(|name| element.attribute(name));
        day.and_then(agency::published)
    };
    marked(element).or_else(|| {
        let is_text = matches!(element.name(), "div" | "body") || is_division(element);
        let mut dates = element.descendants().filter(|inner| match inner.name() {
            "docDate" => true,
            // Running text names other days than its own.
            "date" => !is_text,
            "dateline" => is_text,
            _ => false,
        });
        dates.find_map(|date| {
            let within = date.descendants().find_map(marked);
            marked(date)
                .or(within)
                .or_else(|| agency::published(&line(date)))
        })
    })
}

/// The words of an element on one line, those divided at line ends joined.
fn line(element: &Element) -> String {
    plain(element, &|_| false).line()
}

/// An element in the names that running copy has in HTML: lines of print are
/// joined, of two readings the corrected one stays, furniture of pages goes.
fn plain(element: &Element, skip: &dyn Fn(&Element) -> bool) -> Element {
    let mut children: Vec<Node> = Vec::new();
    let mut is_divided = false;
    for node in &element.children {
        let inner = match node {
            Node::Text(text) => {
                let text = match std::mem::take(&mut is_divided) {
                    true => text.trim_start(),
                    false => text,
                };
                children.push(Node::Text(text.to_owned()));
                continue;
            }
            Node::Element(inner) => inner,
        };
        match inner.name() {
            "fw" | "teiHeader" | "figDesc" | "gap" | "sic" | "orig" | "abbr" | "del"
            | "graphic"
                if element.is("choice") || !matches!(inner.name(), "sic" | "orig" | "abbr") => {}
            "lb" | "pb" | "cb" | "milestone" => {
                let last = children.last_mut();
                let text = last.and_then(|node| match node {
                    Node::Text(text) => Some(text),
                    Node::Element(_) => None,
                });
                match (inner.attribute("break"), text) {
                    (Some("no"), Some(text)) => {
                        let end = text
                            .trim_end()
                            .trim_end_matches(['-', '¬', '⸗', '\u{AD}'])
                            .len();
                        text.truncate(end);
                        is_divided = true;
                    }
                    _ => children.push(Node::Text(" ".to_owned())),
                }
            }
            _ if skip(inner) => {}
            _ => children.push(Node::Element(plain(inner, skip))),
        }
    }
    let name = match element.name() {
        "head" => "h2",
        "l" | "item" | "label" => "li",
        "row" => "tr",
        "cell" => "td",
        "ab" | "sp" | "lg" | "opener" | "closer" | "salute" | "signed" | "speaker" | "trailer"
        | "argument" | "epigraph" | "postscript" | "list" => "div",
        name if is_division(element) => match name {
            "div" => name,
            _ => "div",
        },
        name => name,
    };
    Element::new(name, children)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::detect;
    use crate::format::tests::{articles, reasons};

    const ISSUE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="de"><teiHeader><fileDesc>
 <titleStmt><title>Seeblatt, Nr. 12</title></titleStmt>
 <publicationStmt><publisher>Archiv am See</publisher><date when="2019-05-05"/></publicationStmt>
 <sourceDesc><biblStruct><monogr><title level="j">Das Seeblatt</title><imprint><date when="1887-10-17">17. Oktober 1887</date></imprint></monogr></biblStruct></sourceDesc>
</fileDesc></teiHeader>
<text><front><titlePage><docTitle>Das Seeblatt</docTitle></titlePage></front><body>
 <div type="section"><head>Handel</head>
  <div type="article" xml:id="a1"><head>Neue <lb/>Brücke</head><byline>Von <persName>Jana Rot</persName></byline>
   <p>Die Brü-<lb break="no"/>cke am Hafen wurde<lb/> am Montag <choice><sic>eröfnet</sic><corr>eröffnet</corr></choice>.</p><fw>12</fw>
   <p>In <placeName>Kiel</placeName> freut man sich.</p></div>
  <div type="article" xml:lang="en"><head type="sub">By cable</head><head type="main">Ferry sold</head><p>The ferry was sold.</p></div>
  <div type="advertisement"><p>Feinste Seife bei Otto Maß am Markt.</p></div>
 </div></body></text></TEI>"#;

    #[test]
    fn each_article_of_an_issue_is_one() {
        let read = articles(&Tei, "issue.xml", ISSUE.as_bytes());
        let [bridge, ferry, soap] = read.as_slice() else {
            unreachable!("three articles: {read:?}");
        };
        assert_eq!(bridge.title.as_ref().unwrap().text, "Neue Brücke");
        assert_eq!(
            bridge.body,
            "Die Brücke am Hafen wurde am Montag eröffnet.\n\nIn Kiel freut man sich."
        );
        assert_eq!(bridge.bylines, ["Jana Rot"]);
        assert_eq!(bridge.publisher.as_deref(), Some("Das Seeblatt"));
        assert_eq!(bridge.section.as_deref(), Some("Handel"));
        assert_eq!(bridge.published.unwrap().day.to_string(), "1887-10-17");
        assert_eq!(
            (bridge.language.as_deref(), bridge.own_id.as_deref()),
            (Some("de"), Some("a1"))
        );
        assert!(bridge.entities.iter().any(|name| name.name == "Kiel"));
        assert_eq!(ferry.title.as_ref().unwrap().text, "Ferry sold");
        assert_eq!(ferry.body, "By cable\n\nThe ferry was sold.");
        assert_eq!(ferry.language.as_deref(), Some("en"));
        assert_eq!(soap.body, "Feinste Seife bei Otto Maß am Markt.");
        assert!(soap.title.as_ref().unwrap().derived);
    }

    #[test]
    fn a_text_without_articles_is_one_and_a_corpus_holds_many() {
        let text = |title: &str| {
            format!(
                "<TEI><teiHeader><fileDesc><titleStmt><title>{title}</title><author>Jane Roe</author></titleStmt>\
                 <sourceDesc><bibl><title level='j'>Lake Herald</title>, <date when='1999-04-11'/>.</bibl></sourceDesc></fileDesc></teiHeader>\
                 <text><body><head>{title}</head><div><head>At sea</head><p>It sank.</p></div><div><p>They met on <date when='1998-01-01'>New Year</date>.</p></div></body></text></TEI>"
            )
        };
        let corpus = format!(
            "<teiCorpus xmlns='http://www.tei-c.org/ns/1.0'><teiHeader xml:lang='en'/>{}{}</teiCorpus>",
            text("Ferry sinks"),
            text("Dam opens")
        );
        let read = articles(&Tei, "corpus.xml", corpus.as_bytes());
        let told: Vec<_> = read
            .iter()
            .map(|article| {
                let title = &article.title.as_ref().unwrap().text;
                let day = article.published.unwrap().day;
                let publisher = article.publisher.as_deref().unwrap();
                format!(
                    "{title}; {day}; {}; {publisher}; {}",
                    article.bylines[0], article.body
                )
            })
            .collect();
        let rest = "1999-04-11; Jane Roe; Lake Herald; At sea\n\nIt sank.\n\nThey met on New Year.";
        assert_eq!(
            told,
            [format!("Ferry sinks; {rest}"), format!("Dam opens; {rest}")]
        );
    }

    #[test]
    fn only_its_roots_are_claimed_and_a_cut_file_is_told() {
        let name = |text: &str| detect(&Hint::named("a.xml"), text.as_bytes()).map(Format::name);
        assert_eq!(name(ISSUE), Some("tei"));
        assert_eq!(
            name("<?xml version='1.0'?><text><p>x</p></text>"),
            Some("xml")
        );
        let cut = &ISSUE[..ISSUE.find("<fw>").unwrap()];
        assert_eq!(
            reasons(&Tei, "a.xml", cut.as_bytes()),
            ["malformed xml: ends inside `div`"]
        );
    }
}
