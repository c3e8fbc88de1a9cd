//! Pages of wikis in the XML that MediaWiki exports: Wikinews and its kin. Of a
//! page's versions the last is read, without templates, notes and tables;
//! talk, redirects and other pages about pages are left out.

use crate::article::{Article, Title};
use crate::format::{agency, fields};
use crate::text::markup;
use crate::text::xml::Element;

/// Whether an element is a page of a wiki.
pub fn is_page(element: &Element) -> bool {
    element.is("page") && element.child("title").is_some() && element.child("revision").is_some()
}

/// Reads a page; `None` where it is no article.
pub fn read(page: &Element) -> Option<Article> {
    let is_article = page.child("ns").is_none_or(|space| space.line() == "0");
    if !is_article || page.child("redirect").is_some() {
        return None;
    }
    let written = page.all("revision").next_back()?.child("text")?.text();
    // The day of a version is that of an edit; a story prints its own.
    let day = written.split("{{").find_map(|template| {
        let (name, day) = template.split_once('|')?;
        let is_date = name.trim().eq_ignore_ascii_case("date");
        let day = day.split(['|', '}']).next().filter(|_| is_date)?;
        agency::published(day)
    });
    let article = Article {
        title: page.child("title").map(|title| Title::stated(title.line())),
        body: fields::running_text(&plain(&written)),
        published: day,
        own_id: page.child("id").map(Element::line),
        ..Article::default()
    };
    (!article.body.is_empty()).then_some(article)
}

/// Text without a wiki's marks.
fn plain(written: &str) -> String {
    let mut text = String::new();
    // Templates and tables that are open: they leave no text.
    let mut hidden = 0usize;
    let mut rest = written;
    while let Some(at) = rest.find(['{', '}', '[', '|', '<', '\'']) {
        if hidden == 0 {
            text.push_str(&rest[..at]);
        }
        rest = &rest[at..];
        let length = mark(rest, &mut hidden, &mut text);
        rest = &rest[length..];
    }
    if hidden == 0 {
        text.push_str(rest);
    }
    let lines: Vec<&str> = text.lines().map(line).collect();
    markup::decode_entities(&lines.join("\n"))
}

/// Bytes of the mark that a text starts with; what it leaves is added to `text`.
fn mark(rest: &str, hidden: &mut usize, text: &mut String) -> usize {
    let until = |sign: &str| rest.find(sign).map_or(rest.len(), |at| at + sign.len());
    let starts = |sign: &str| rest.starts_with(sign);
    if starts("{{") || starts("{|") {
        *hidden += 1;
        return 2;
    }
    if *hidden > 0 {
        let closes = starts("}}") || starts("|}");
        *hidden -= usize::from(closes);
        return if closes { 2 } else { 1 };
    }
    if starts("<!--") {
        return until("-->");
    }
    if starts("<ref") {
        let tag = until(">");
        return if rest[..tag].ends_with("/>") {
            tag
        } else {
            until("</ref>")
        };
    }
    if starts("[[") {
        let end = until("]]");
        let link = rest[2..end].trim_end_matches(']');
        let space = link.split(':').next().unwrap_or_default().to_lowercase();
        if matches!(space.as_str(), "file" | "image" | "category") {
            // A picture's caption may hold links: it ends with its line.
            return rest.find('\n').unwrap_or(rest.len());
        }
        text.push_str(link.rsplit('|').next().unwrap_or(link));
        return end;
    }
    if starts("[http") {
        let end = until("]");
        let label = rest[..end].trim_end_matches(']').split_once(' ');
        text.push_str(label.map_or("", |(_, label)| label));
        return end;
    }
    if starts("''") {
        return rest.len() - rest.trim_start_matches('\'').len();
    }
    text.push_str(&rest[..1]);
    1
}

/// A line without the signs of a heading or a list.
fn line(line: &str) -> &str {
    let bare = line.trim();
    let heading = bare
        .strip_prefix("==")
        .and_then(|inner| inner.strip_suffix("=="));
    match heading {
        Some(heading) => heading.trim_matches(['=', ' ']),
        None => bare.trim_start_matches(['*', ':', '#']).trim(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::text::xml;

    #[test]
    fn pages_are_articles_and_their_marks_are_gone() {
        let dump = "<mediawiki><page><title>Crane sold</title><ns>0</ns><id>7</id><revision><text>old</text></revision>\
            <revision><timestamp>2020-01-01T00:00:00Z</timestamp><text>{{date|March 4, 2012}}{{w|x {{y}}}}\n\
            The '''harbour''' [[Board of Wendmouth|board]] of [[Wendmouth]] sold it.&lt;ref&gt;x&lt;/ref&gt;\n\n== Bids ==\n\n* [http://x.example Three] came.\n\
            [[File:a.jpg|thumb|A [[crane]].]]\n[[Category:News]]</text></revision></page>\
            <page><title>Talk:Crane</title><ns>1</ns><revision><text>Hm hm hm hm hm.</text></revision></page></mediawiki>";
        let document = xml::parse(dump);
        let pages: Vec<Option<Article>> = document.roots[0].all("page").map(read).collect();
        let article = pages[0].as_ref().unwrap();
        assert_eq!(article.title, Some(Title::stated("Crane sold")));
        assert_eq!(article.published.unwrap().day.to_string(), "2012-03-04");
        assert_eq!(
            article.body,
            "The harbour board of Wendmouth sold it.\n\nBids\n\nThree came."
        );
        assert_eq!(pages[1], None);
    }

    #[test]
    fn marks_that_are_left_open_end_with_the_text() {
        let read = [
            "a {{b",
            "a [[b",
            "a <ref",
            "a [http://b",
            "a ''b",
            "{| x |} é'",
        ]
        .map(plain);
        assert_eq!(
            read,
            ["a ", "a b", "a ", "a ", "a b", "é'"].map(|text| text.trim().to_owned())
        );
    }
}
