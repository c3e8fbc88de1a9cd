//! Reads PAM, the PRISM Aggregator Message in which magazines and newspapers
//! are handed to databases: `<pam:article>` with Dublin Core and PRISM metadata
//! and a body in XHTML, one or many a file. Layout: PRISM specification 2.0 and
//! 3.0, "The PRISM Aggregator Message Schema".

use crate::article::Article;
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::xml::Element;

use super::{Claim, Format, Head, Options, Parsed, agency, credits, fields};

/// The reader of PAM.
pub struct Pam;

impl Format for Pam {
    fn name(&self) -> &'static str {
        "pam"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        let Some(root) = head.root() else {
            return Claim::No;
        };
        let is_named = matches!(root.name(), "message" | "article");
        let is_pam = root.prefix() == "pam"
            || root
                .namespace()
                .is_some_and(|address| address.contains("/namespaces/pam/"));
        match is_named && is_pam {
            true => Claim::Certain,
            false => Claim::No,
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
                let inner: Vec<&Element> = root.descendants().filter(|e| e.is("article")).collect();
                let articles = match inner.as_slice() {
                    // A message may be its only article, the body beside the metadata.
                    [only] if only.find("body").is_none() => vec![root],
                    [] => vec![root],
                    all => all.to_vec(),
                };
                found.extend(
                    articles
                        .into_iter()
                        .map(|a| Parsed::Article(Box::new(read(a)))),
                );
            }
        })
    }
}

/// Reads an article's metadata and its text.
fn read(element: &Element) -> Article {
    let mut article = Article::default();
    let body = element.find("body");
    let mut metadata: Vec<&Element> = Vec::new();
    gather(element, &mut metadata);
    let all = |name: &'static str| {
        let named = metadata.iter().filter(move |inner| inner.is(name));
        named
            .map(|inner| inner.line())
            .filter(|line| !line.is_empty())
    };
    let first = |names: &[&'static str]| names.iter().find_map(|name| all(name).next());
    if let Some(title) = first(&["title"]) {
        agency::set_title(&mut article, &title);
    }
    article.bylines = all("creator")
        .flat_map(|name| credits::authors(&name))
        .collect();
    article.published = [
        "coverDate",
        "publicationDate",
        "onSaleDate",
        "date",
        "issued",
        "creationDate",
        "coverDisplayDate",
    ]
    .into_iter()
    .find_map(|name| all(name).find_map(|day| agency::published(&day)));
    article.publisher = first(&["publicationName", "publisher", "distributor"]);
    article.section = agency::section(
        all("section")
            .chain(all("subsection1"))
            .chain(all("channel"))
            .take(3),
    )
    .or_else(|| agency::section(all("subject")));
    article.language = first(&["language"])
        .or_else(|| element.attribute("xml:lang").map(str::to_owned))
        .and_then(|code| fields::language(&code));
    article.url = all("url")
        .chain(all("link"))
        .chain(all("identifier"))
        .find_map(|line| fields::address(&line));
    article.own_id = first(&["identifier", "doi"]);
    if let Some(body) = body {
        if article.bylines.is_empty() {
            let is_byline = |inner: &&Element| inner.attribute("class") == Some("byline");
            let line = body.descendants().find(is_byline).map(Element::line);
            article.bylines = line.map(|line| credits::authors(&line)).unwrap_or_default();
        }
        article.body = agency::copy(body, &|inner| {
            agency::is_furniture(inner)
                || inner.prefix() == "pam" && inner.is("media")
                || inner.attribute("class") == Some("byline")
        });
    }
    if article.body.is_empty() {
        article.body = first(&["description", "teaser"]).unwrap_or_default();
    }
    agency::drop_repeats(&mut article);
    article
}

/// The elements of Dublin Core and PRISM that tell of an article: not those of
/// the pictures in it.
fn gather<'a>(element: &'a Element, found: &mut Vec<&'a Element>) {
    for inner in element.elements() {
        match inner.name() {
            "body" | "media" => {}
            _ if matches!(inner.prefix(), "dc" | "prism" | "dcterms") => found.push(inner),
            _ => gather(inner, found),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::detect;
    use crate::format::tests::articles;

    fn told(article: &Article) -> String {
        format!(
            "{}; {}; {}; {}; {}; {}",
            article.title.as_ref().unwrap().text,
            article.published.unwrap().day,
            article.bylines.join(", "),
            article.publisher.as_deref().unwrap_or_default(),
            article.section.as_deref().unwrap_or_default(),
            article.body
        )
    }

    #[test]
    fn messages_with_many_articles_are_read_each() {
        let article = |title: &str| {
            format!(
                "<pam:article xml:lang='en-US'><head><dc:identifier>x-{title}</dc:identifier><dc:title>{title}</dc:title>\
                 <dc:creator>Jane Roe</dc:creator><dc:creator>Ali Khan</dc:creator><prism:publicationName>Lake Weekly</prism:publicationName>\
                 <prism:coverDate>2007-09-03</prism:coverDate><prism:section>Harbour</prism:section></head>\
                 <body><h1>{title}</h1><p class='byline'>By Jane Roe</p><p>It <em>sank</em> on Monday.</p>\
                 <pam:media><pam:mediaReference/><dc:title>A ferry</dc:title><pam:caption>A ferry</pam:caption></pam:media><p>All were saved.</p></body></pam:article>"
            )
        };
        let message = format!(
            "<?xml version='1.0'?><pam:message xmlns:pam='http://prismstandard.org/namespaces/pam/2.0/' xmlns='http://www.w3.org/1999/xhtml' \
             xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:prism='http://prismstandard.org/namespaces/basic/2.0/'>{}{}</pam:message>",
            article("Ferry sinks"),
            article("Ferry raised")
        );
        let format = detect(&Hint::named("a.xml"), message.as_bytes()).unwrap();
        assert_eq!(format.name(), "pam");
        let read: Vec<String> = articles(format, "a.xml", message.as_bytes())
            .iter()
            .map(told)
            .collect();
        let rest = "2007-09-03; Jane Roe, Ali Khan; Lake Weekly; Harbour; It sank on Monday.\n\nAll were saved.";
        assert_eq!(
            read,
            [
                format!("Ferry sinks; {rest}"),
                format!("Ferry raised; {rest}")
            ]
        );
    }

    #[test]
    fn a_body_may_stand_beside_the_metadata() {
        let message = "<pam:message xmlns:pam='http://prismstandard.org/namespaces/pam/2.2/'><xhtml:head><pam:article>\
            <dc:title>Ferry sinks</dc:title><prism:publicationDate>2009-01-02</prism:publicationDate><prism:publicationName>Lake Weekly</prism:publicationName>\
            </pam:article></xhtml:head><xhtml:body><p>It sank.</p></xhtml:body></pam:message>";
        let read = articles(&Pam, "a.xml", message.as_bytes());
        assert_eq!(
            told(&read[0]),
            "Ferry sinks; 2009-01-02; ; Lake Weekly; ; It sank."
        );
    }
}
