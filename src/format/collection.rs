//! Reads files that hold many texts: test collections of the TREC kind, with a
//! `<DOC>` around each text; those of the SMART kind, with a line such as
//! `*TEXT 017 01/04/63 PAGE 020` above each; and corpora with one article a line.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::civil::Date;

use crate::article::{Article, Provenance, Published, Title};
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::dates::Stamp;
use crate::text::{charset, markup};

use super::{Claim, Format, Head, Options, Parsed, fields, lines, prose};

/// The reader of collections.
pub struct Collection;

/// How the texts of a file are parted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `<DOC>` … `</DOC>`.
    Trec,
    /// `*TEXT …` above each.
    Smart,
    /// One a line.
    Lines,
}

impl Kind {
    fn of(hint: &Hint, head: &[u8]) -> Option<Self> {
        let start = head.trim_ascii_start();
        let is_numbered = || memchr::memmem::find(start, b"<DOCNO>").is_some();
        if start.starts_with(b"<DOC>") && is_numbered() || is_story(start) {
            return Some(Self::Trec);
        }
        if is_mark(start) {
            return Some(Self::Smart);
        }
        let is_named = matches!(hint.extension().as_str(), "cor" | "lines");
        let is_prose = || prose::looks_like_prose(&charset::decode(head, &[], None).text);
        (is_named && is_prose()).then_some(Self::Lines)
    }

    /// Whether a line is the first of a text.
    fn starts(self, line: &[u8]) -> bool {
        match self {
            Self::Trec => is_document(line.trim_ascii_start()),
            Self::Smart => is_mark(line),
            Self::Lines => !line.trim_ascii().is_empty(),
        }
    }
}

/// Whether bytes start with the tag around a text.
fn is_document(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<DOC>") || is_story(bytes)
}

/// Whether bytes start as a text of Gigaword does: `<DOC id="…" type="story">`.
fn is_story(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<DOC id=\"") || bytes.starts_with(b"<DOC ID=\"")
}

/// Whether bytes start with the line above a text: a sign, a word, a number.
fn is_mark(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"*TEXT") else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    rest.len() < bytes.len() - 5 && rest.first().is_some_and(u8::is_ascii_digit)
}

impl Format for Collection {
    fn name(&self) -> &'static str {
        "collection"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        match Kind::of(hint, head.bytes()) {
            Some(Kind::Trec | Kind::Smart) => Claim::Certain,
            Some(Kind::Lines) => Claim::Likely,
            None => Claim::No,
        }
    }

    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        _: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let head = input.fill_buf().map_err(|e| Reason::of(&e))?;
        let kind = Kind::of(hint, head).unwrap_or(Kind::Lines);
        lines::cut(
            input,
            hint,
            max_record_bytes,
            |line| kind.starts(line),
            each,
        )
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let decoded = record.decoded(options.encoding);
        let text = decoded.text.trim_start();
        let mut article = if is_document(text.as_bytes()) {
            trec(text)
        } else if is_mark(text.as_bytes()) {
            smart(text)
        } else {
            Article {
                body: fields::running_text(text),
                ..Article::default()
            }
        };
        if fields::is_empty(&article) {
            return Err(Reason::NoText);
        }
        article.origin.encoding = Some(decoded.encoding);
        fields::complete(&mut article, &record.hint);
        emit(Parsed::Article(Box::new(article)));
        Ok(())
    }
}

/// Reads `*TEXT number month/day/year PAGE number` and the lines below it.
fn smart(text: &str) -> Article {
    let (mark, rest) = text.split_once('\n').unwrap_or((text, ""));
    let rest = rest.trim_end();
    let rest = rest.strip_suffix("*STOP").unwrap_or(rest);
    let mut words = mark.split_whitespace().skip(1);
    let own_id = words.next().map(str::to_owned);
    let published = words.next().and_then(american_day).map(|day| Published {
        day,
        time: None,
        provenance: Provenance::Metadata,
    });
    let cleaned = prose::clean(rest);
    let lines: Vec<&str> = cleaned.lines().collect();
    let full = lines.iter().filter(|line| !line.is_empty()).count();
    // A blank line after each line parts no paragraphs.
    let doubled = lines
        .windows(2)
        .all(|pair| pair[0].is_empty() || pair[1].is_empty());
    let body = match doubled && full > 2 {
        true => cleaned.split_whitespace().collect::<Vec<_>>().join(" "),
        false => prose::paragraphs(&cleaned).join("\n\n"),
    };
    Article {
        body,
        own_id,
        published,
        ..Article::default()
    }
}

/// `01/04/63` as the collections of the United States write it: the fourth of
/// January.
fn american_day(text: &str) -> Option<Date> {
    let mut numbers = text.split('/').map(|part| part.parse::<i16>().ok());
    let (month, day, year) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let year = if year < 100 { 1900 + year } else { year };
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Reads the elements of a `<DOC>`; newspapers call theirs differently.
fn trec(text: &str) -> Article {
    let mut article = Article::default();
    let all = |names: &[&str]| -> Vec<&str> {
        let mut found = Vec::new();
        for name in names {
            let mut rest = text;
            while let Some((inside, after)) = element(rest, name) {
                found.push(inside);
                rest = after;
            }
            if !found.is_empty() {
                break;
            }
        }
        found
    };
    let line = |names: &[&str]| -> Option<String> {
        let parts: Vec<String> = all(names)
            .iter()
            .map(|part| fields::one_line(&markup::to_text(part)))
            .filter(|part| !part.is_empty())
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    // `<DOC id="NYT_ENG_20100101.0001" type="story">`
    let named = text.split_once('>').map_or("", |(tag, _)| tag);
    let named = named
        .split('"')
        .nth(1)
        .filter(|_| is_story(text.as_bytes()));
    article.own_id = named.map(str::to_owned).or_else(|| line(&["DOCNO"]));
    // The Wall Street Journal marks the decks of its headlines with an `@`.
    article.title = line(&["HEADLINE", "HEAD", "HL", "TITLE", "H3", "TI"])
        .map(|title| Title::stated(title.replace(" @ ", " ")));
    article.published = line(&["DATE", "DATE_TIME", "PUB_DATE", "DD", "DATE1"])
        .and_then(|text| day(&text))
        .or_else(|| article.own_id.as_deref().and_then(day_of_name))
        .or_else(|| line(&["DATE_TIME", "DD"]).and_then(|text| american_stamp(&text)))
        .map(|stamp| fields::published(stamp, Provenance::Metadata));
    // The second of two tells for whom the author writes.
    let bylines: Vec<String> = all(&["BYLINE", "AUTHOR", "AU"])
        .iter()
        .map(|part| fields::one_line(&markup::to_text(part)))
        .collect();
    fields::put(&mut article, fields::Slot::Byline, &bylines.join(", "));
    article.publisher = line(&["SOURCE", "SO", "PUB"]);
    article.section = line(&["SECTION", "SE"]);
    let parts = match all(&["TEXT", "LP", "LEADPARA", "BODY"]) {
        // Everything but the numbers, where no element is called a text.
        parts if parts.is_empty() && article.title.is_none() => {
            let rest = text.split_once("</DOCNO>").map_or(text, |(_, rest)| rest);
            vec![rest]
        }
        parts => parts,
    };
    let paragraphs: Vec<String> = parts
        .iter()
        .map(|part| {
            // Paragraphs are marked, or indented, or set off by blank lines.
            match part.contains("<P>") || part.contains("<p>") {
                true => markup::to_text(part),
                false => {
                    let plain = markup::decode_entities(&without_tags(part));
                    prose::paragraphs(&prose::clean(&plain)).join("\n\n")
                }
            }
        })
        .filter(|part| !part.is_empty())
        .collect();
    article.body = paragraphs.join("\n\n");
    article
}

/// The day in a name such as `NYT_ENG_20100101.0001`, `APW19980601.0001` or
/// `WSJ870324-0001`.
fn day_of_name(name: &str) -> Option<Stamp> {
    let last = name.rsplit('_').next()?.trim();
    let (agency, rest) = last.split_at(last.find(|c: char| c.is_ascii_digit())?);
    let digits = rest.split(['.', '-']).next()?;
    match digits.len() {
        8 => fields::date(digits),
        6 if matches!(agency, "WSJ" | "AP") => fields::date(&format!("19{digits}")),
        _ => None,
    }
}

/// `03/24/87`, with a time behind it or not.
fn american_stamp(text: &str) -> Option<Stamp> {
    let day = american_day(text.split_whitespace().next()?)?;
    Some(Stamp { day, time: None })
}

/// The inside of the first element of that name and what follows it.
fn element<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (_, inside) = text.split_once(&format!("<{name}>"))?;
    inside.split_once(&format!("</{name}>"))
}

fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let inside = &rest[at + 1..];
        let is_tag = inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match inside.find('>').filter(|end| is_tag && *end < 200) {
            Some(end) => rest = &inside[end + 1..],
            None => {
                plain.push('<');
                rest = inside;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// A day, with the words newspapers put behind it: `January 4, 1990, Thursday, Home Edition`.
fn day(text: &str) -> Option<Stamp> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    fields::date(text)
        .or_else(|| fields::date(&parts.get(..3)?.join(", ")))
        .or_else(|| fields::date(&parts.get(..2)?.join(", ")))
        .or_else(|| {
            // `900104`, as news agencies number days.
            let digits = text.trim();
            let is_short = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
            is_short.then(|| fields::date(&format!("19{digits}")))?
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::articles;

    #[test]
    fn newspapers_and_agencies_number_their_texts_by_days() {
        let texts = [
            "<DOC>\n<DOCNO> WSJ870324-0001 </DOCNO>\n<HL> Ferry Is Sold:\n@  Owner Weeps</HL>\n<DD> 03/24/87</DD>\n\
             <TEXT>\nOne.\n</TEXT>\n</DOC>\n",
            "<DOC>\n<DOCNO> AP880212-0001 </DOCNO>\n<HEAD>Ferry Is Sold: Owner Weeps</HEAD>\n<BYLINE>By JANE ROE</BYLINE>\n\
             <BYLINE>Associated Press Writer</BYLINE>\n<TEXT>\nOne.\n</TEXT>\n</DOC>\n",
            "<DOC>\n<DOCNO> APW19980601.0001 </DOCNO>\n<HEADLINE>Ferry Is Sold: Owner Weeps</HEADLINE>\n\
             <DATE_TIME> 06/01/1998 00:01:00 </DATE_TIME>\n<TEXT>\nOne.\n</TEXT>\n</DOC>\n",
        ];
        let read = texts.map(|text| articles(&Collection, "a", text.as_bytes()).remove(0));
        let days = read
            .each_ref()
            .map(|a| a.published.as_ref().unwrap().day.to_string());
        assert_eq!(days, ["1987-03-24", "1988-02-12", "1998-06-01"]);
        assert_eq!(read[1].bylines, ["JANE ROE"]);
        for article in read {
            assert_eq!(
                article.title,
                Some(Title::stated("Ferry Is Sold: Owner Weeps"))
            );
        }
    }

    #[test]
    fn texts_below_marks_are_articles() {
        let file = "*TEXT 017 01/04/63 PAGE 020\n\n THE FERRY WAS SOLD . IT\n\nWAS OLD .\n\nIT SANK .\n\n*TEXT 018 01/11/63 PAGE 022\nTHEY MET .\n*STOP\n";
        let read: Vec<_> = articles(&Collection, "A.ALL", file.as_bytes())
            .into_iter()
            .map(|a| {
                (
                    a.own_id.unwrap(),
                    a.published.unwrap().day.to_string(),
                    a.body,
                )
            })
            .collect();
        let text = |text: &str| text.to_owned();
        assert_eq!(
            read,
            [
                (
                    text("017"),
                    text("1963-01-04"),
                    text("THE FERRY WAS SOLD . IT WAS OLD . IT SANK .")
                ),
                (text("018"), text("1963-01-11"), text("THEY MET ."))
            ]
        );
    }

    #[test]
    fn documents_of_a_collection_are_articles() {
        let file = "<DOC>\n<DOCNO> X900104-0001 </DOCNO>\n<DATE><P>January 4, 1990, Thursday, Home Edition</P></DATE>\n\
            <HEADLINE><P>FERRY SOLD</P></HEADLINE>\n<BYLINE>By JANE ROE</BYLINE>\n<TEXT>\n<P>\nIt was old &amp; slow.\n</P>\n<P>\nIt sank.\n</P>\n</TEXT>\n</DOC>\n\
            <DOC>\n<DOCNO>X2</DOCNO>\n<HEAD>B</HEAD>\n<TEXT>\n   They met.\n</TEXT>\n</DOC>\n";
        let read = articles(&Collection, "la010490", file.as_bytes());
        let [first, second] = read.as_slice() else {
            unreachable!("two articles");
        };
        assert_eq!(first.title, Some(Title::stated("FERRY SOLD")));
        assert_eq!(first.body, "It was old & slow.\n\nIt sank.");
        assert_eq!(first.published.unwrap().day.to_string(), "1990-01-04");
        assert_eq!(first.bylines, ["JANE ROE"]);
        assert_eq!(first.own_id.as_deref(), Some("X900104-0001"));
        assert_eq!(second.body, "They met.");
    }

    #[test]
    fn stories_of_gigaword_are_articles() {
        let file = "<DOC id=\"GW_ENG_20100101.0001\" type=\"story\" >\n<HEADLINE>\nFerry sold\n</HEADLINE>\n\
            <DATELINE>\nDOHA, Jan. 1\n</DATELINE>\n<TEXT>\n<P>\nIt was old\nand slow.\n</P>\n<P>\nIt sank.\n</P>\n</TEXT>\n</DOC>\n";
        let read = articles(&Collection, "gw_201001", file.as_bytes());
        assert_eq!(read[0].title, Some(Title::stated("Ferry sold")));
        assert_eq!(read[0].body, "It was old and slow.\n\nIt sank.");
        assert_eq!(read[0].published.unwrap().day.to_string(), "2010-01-01");
        assert_eq!(read[0].own_id.as_deref(), Some("GW_ENG_20100101.0001"));
    }

    #[test]
    fn each_line_of_a_corpus_is_an_article() {
        let file = "The ferry was sold on Monday. It was old and slow.\n\nThey met on Friday in the great hall.\n";
        let bodies: Vec<_> = articles(&Collection, "a.cor", file.as_bytes())
            .into_iter()
            .map(|article| article.body)
            .collect();
        assert_eq!(
            bodies,
            [
                "The ferry was sold on Monday. It was old and slow.",
                "They met on Friday in the great hall."
            ]
        );
    }
}
