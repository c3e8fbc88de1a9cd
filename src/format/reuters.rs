//! Reads Reuters-21578 SGML. A file holds about 1,000 stories: `cut` yields one
//! record per `<REUTERS>` element, `parse` turns it into an article. The files
//! are no XML: control references such as `&#3;` mark teletype breaks and are
//! dropped, stray bytes are taken as Latin-1. Layout: README of the
//! distribution, section VI.

use std::io::{BufRead, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use memchr::{memchr_iter, memmem};

use crate::article::{Article, EntityKind, Provenance, Title};
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::markup::decode_entities;
use crate::text::{charset, dates};

use super::{Claim, Format, Head, Options, Parsed, credits, fields, prose};

const OPEN: &[u8] = b"<REUTERS";
const CLOSE: &[u8] = b"</REUTERS>";

/// The reader of Reuters-21578 files.
pub struct Reuters;

impl Format for Reuters {
    fn name(&self) -> &'static str {
        "reuters"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        let head = head.bytes();
        let start = head
            .iter()
            .position(|b| !b.is_ascii_whitespace())
            .unwrap_or(0);
        let head = head[start..]
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(&head[start..]);
        if head.starts_with(b"<!DOCTYPE lewis") || head.starts_with(b"<REUTERS ") {
            Claim::Certain
        } else {
            Claim::No
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
        let mut story: Vec<u8> = Vec::new();
        let mut too_large = false;
        loop {
            let from = story.len();
            // A tag without an end is not held beyond the cap.
            let read = Read::take(&mut *input, max_record_bytes.saturating_add(1))
                .read_until(b'>', &mut story)
                .map_err(|e| Reason::of(&e))?;
            let ended = read == 0;
            if story.ends_with(CLOSE) || ended {
                let start = memmem::find(&story, OPEN);
                let next = match (too_large, start) {
                    (true, _) => Some(Err(Reason::TooLarge {
                        limit: max_record_bytes,
                    })),
                    (false, Some(start)) => {
                        Some(Ok(Record::whole(story.split_off(start), Arc::clone(hint))))
                    }
                    (false, None) => None,
                };
                if let Some(next) = next
                    && each(next).is_break()
                {
                    return Ok(());
                }
                if ended {
                    return Ok(());
                }
                story.clear();
                too_large = false;
            } else if story.len() as u64 > max_record_bytes {
                // Keep the tail, so that the end tag is still seen.
                too_large = true;
                let keep = story
                    .len()
                    .saturating_sub(CLOSE.len())
                    .max(from.min(story.len()));
                story.drain(..keep);
            }
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let decoded = charset::decode(&record.bytes, &["iso-8859-1"], options.encoding);
        let mut article = read(&decoded.text);
        article.origin.encoding = Some(decoded.encoding);
        if fields::is_empty(&article) {
            return Err(Reason::NoText);
        }
        fields::complete(&mut article, &record.hint);
        emit(Parsed::Article(Box::new(article)));
        Ok(())
    }
}

fn read(story: &str) -> Article {
    let tag_end = story.find('>').unwrap_or(story.len());
    let (tag, content) = story.split_at(tag_end);
    let mut article = Article {
        own_id: attribute(tag, "NEWID").map(str::to_owned),
        language: Some("en".to_owned()),
        publisher: Some("Reuters".to_owned()),
        ..Article::default()
    };
    // Some dates carry noise behind the day.
    article.published = element(content, DATE).and_then(|date| {
        let date = decode_entities(date);
        let stamp =
            dates::parse(&date).or_else(|| dates::parse(date.split_whitespace().next()?))?;
        Some(fields::published(stamp, Provenance::Metadata))
    });
    let topics: Vec<&str> = element(content, TOPICS).map(items).unwrap_or_default();
    if !topics.is_empty() {
        article.section = Some(topics.join(", "));
    }
    for (list, kind) in LISTS {
        for name in element(content, list).map(items).unwrap_or_default() {
            fields::add_entity(&mut article, &readable(name, kind), kind);
        }
    }
    // The text is the last element, and its own words may contain the tags above.
    let text = find(content, "<TEXT").map_or("", |at| &content[at..]);
    article.title = element(text, TITLE)
        .map(|title| fields::one_line(&plain(title)))
        .filter(|title| !title.is_empty())
        .map(Title::stated);
    if let Some(author) = element(text, AUTHOR) {
        let line = fields::one_line(&plain(author));
        article.bylines = credits::names(&line);
        article.bylines.retain(|name| !is_sign_off(name));
    }
    article.body = match element(text, BODY) {
        Some(body) => {
            let dateline = element(text, DATELINE).map(|line| fields::one_line(&plain(line)));
            with_dateline(dateline.as_deref().unwrap_or(""), paragraphs(&plain(body)))
        }
        None => unmarked(text),
    };
    article
}

/// Text of a story without marked parts: what remains beside its title, its
/// line breaks kept, for much of it is tables.
fn unmarked(text: &str) -> String {
    let mut rest = text.find('>').map_or("", |end| &text[end + 1..]).to_owned();
    for (open, close) in [TITLE, AUTHOR, DATELINE] {
        if let (Some(start), Some(end)) = (find(&rest, open), find(&rest, close))
            && start < end
        {
            rest.replace_range(start..end + close.len(), " ");
        }
    }
    let rest = rest.replace("</TEXT>", "").replace("</REUTERS>", "");
    let lines: Vec<String> = prose::clean(&plain(&rest))
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty() && !is_sign_off(line))
        .collect();
    lines.join("\n")
}

/// Paragraphs of a body: lines of 64 characters, the first of each paragraph indented.
fn paragraphs(body: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut fresh = true;
    for line in body.lines() {
        let mut words = line.split_whitespace().peekable();
        if words.peek().is_none() {
            fresh = true;
            continue;
        }
        if std::mem::take(&mut fresh) || line.starts_with("  ") {
            paragraphs.push(String::new());
        }
        let Some(paragraph) = paragraphs.last_mut() else {
            continue;
        };
        for word in words {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(word);
        }
    }
    if let Some(last) = paragraphs.last_mut() {
        // The sign-off has no indent of its own where the copy was re-typed.
        for end in [" Reuter", " REUTER"] {
            if let Some(kept) = last.strip_suffix(end).filter(|kept| kept.ends_with('.')) {
                *last = kept.to_owned();
            }
        }
    }
    paragraphs.retain(|paragraph| !is_sign_off(paragraph));
    paragraphs
}

fn is_sign_off(line: &str) -> bool {
    matches!(
        line.to_ascii_lowercase().as_str(),
        "reuter" | "reuters" | "reuter..."
    )
}

/// Puts the dateline back where it is printed: before the first paragraph.
fn with_dateline(dateline: &str, mut paragraphs: Vec<String>) -> String {
    if let Some(first) = paragraphs.first_mut()
        && !dateline.is_empty()
    {
        first.insert_str(0, &format!("{dateline} "));
    }
    paragraphs.join("\n\n")
}

/// The start tag and the end tag of an element.
type Tags = (&'static str, &'static str);

macro_rules! tags {
    ($name:literal) => {
        (concat!("<", $name, ">"), concat!("</", $name, ">"))
    };
}

const DATE: Tags = tags!("DATE");
const TOPICS: Tags = tags!("TOPICS");
const TITLE: Tags = tags!("TITLE");
const AUTHOR: Tags = tags!("AUTHOR");
const DATELINE: Tags = tags!("DATELINE");
const BODY: Tags = tags!("BODY");

/// The lists of names, and what they name.
const LISTS: [(Tags, EntityKind); 5] = [
    (tags!("PEOPLE"), EntityKind::Person),
    (tags!("ORGS"), EntityKind::Org),
    (tags!("EXCHANGES"), EntityKind::Org),
    (tags!("COMPANIES"), EntityKind::Org),
    (tags!("PLACES"), EntityKind::Place),
];

/// The content of the first element of a name.
fn element(text: &str, (open, close): Tags) -> Option<&str> {
    let rest = &text[find(text, open)? + open.len()..];
    // An element left open, as in a file cut short, holds the rest.
    let end = find(rest, close).or_else(|| find(rest, "</TEXT>"));
    Some(&rest[..end.unwrap_or(rest.len())])
}

/// As `str::find`, for what begins with `<`: most of which begin tags.
fn find(text: &str, what: &str) -> Option<usize> {
    let mut starts = memchr_iter(b'<', text.as_bytes());
    starts.find(|&at| text.as_bytes()[at..].starts_with(what.as_bytes()))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

/// The `<D>` items of a list.
fn items(list: &str) -> Vec<&str> {
    list.split("<D>")
        .skip(1)
        .filter_map(|item| item.split("</D>").next())
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect()
}

/// Text without references, control characters and teletype marks.
fn plain(text: &str) -> String {
    let mut plain = decode_entities(text);
    let is_clean = |byte| matches!(byte, b'\n' | b' '..=b'~');
    if !plain
        .bytes()
        .fold(true, |so_far, byte| so_far & is_clean(byte))
    {
        plain.retain(|c| !c.is_control() || c == '\n');
    }
    plain
}

/// A tag's name as people write it: `el-salvador` is El Salvador, `opec` OPEC.
fn readable(tag: &str, kind: EntityKind) -> String {
    let is_short_place = matches!(tag, "usa" | "uk" | "ussr" | "uae");
    if tag == "worldbank" {
        return "World Bank".to_owned();
    }
    let mut name = String::with_capacity(tag.len());
    for (at, part) in tag.split('-').filter(|part| !part.is_empty()).enumerate() {
        if at > 0 {
            name.push(' ');
        }
        let is_initials = kind == EntityKind::Org && at == 0 && part.len() <= 6;
        if is_short_place || is_initials {
            name.push_str(&part.to_uppercase());
        } else if at > 0 && matches!(part, "and" | "of" | "the" | "de") {
            name.push_str(part);
        } else {
            let mut letters = part.chars();
            name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            name.push_str(letters.as_str());
        }
    }
    name
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::articles;

    const STORY: &[u8] = b"<!DOCTYPE lewis SYSTEM \"lewis.dtd\">
<REUTERS TOPICS=\"YES\" NEWID=\"7\">
<DATE> 3-APR-1987 15:01:01.79</DATE>
<TOPICS><D>grain</D><D>wheat</D></TOPICS>
<PLACES><D>el-salvador</D><D>usa</D></PLACES>
<PEOPLE><D>james-baker</D></PEOPLE>
<ORGS><D>opec</D></ORGS>
<UNKNOWN>&#5;&#5; f0704 b\xFCr</UNKNOWN>
<TEXT>&#2;
<AUTHOR>    By Jane Roe, Reuters</AUTHOR>
<TITLE>MILLS &lt;MLL> BUY WHEAT</TITLE>
<DATELINE>    SAN SALVADOR, April 3 - </DATELINE><BODY>Mills bought wheat & rye
on Friday.
    A second lot is due.
 Reuter
&#3;</BODY></TEXT>
</REUTERS>
<REUTERS NEWID=\"8\">
<DATE>4-APR-1987</DATE>
<TEXT TYPE=\"BRIEF\">&#2;
******<TITLE>RATES HELD
</TITLE></TEXT>
</REUTERS>
<REUTERS NEWID=\"9\">
<DATE>5-APR-1987 605:12:19.12</DATE>
<TEXT TYPE=\"UNPROC\">&#2;
BANK RETURN
Reserves 1,025 vs 1,497
&#3;</TEXT>
</REUTERS>
";

    #[test]
    fn each_element_is_a_story_with_all_its_parts() {
        let stories = articles(&Reuters, "reut2-000.sgm", STORY);
        let story = &stories[0];
        assert_eq!(stories.len(), 3);
        assert_eq!(story.title, Some(Title::stated("MILLS <MLL> BUY WHEAT")));
        assert_eq!(
            story.body,
            "SAN SALVADOR, April 3 - Mills bought wheat & rye on Friday.\n\nA second lot is due."
        );
        assert_eq!(story.own_id.as_deref(), Some("7"));
        assert_eq!(story.section.as_deref(), Some("grain, wheat"));
        assert_eq!(story.bylines, ["Jane Roe"]);
        let names: Vec<_> = story
            .entities
            .iter()
            .map(|e| (e.kind.name(), e.name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("person", "James Baker"),
                ("org", "OPEC"),
                ("place", "El Salvador"),
                ("place", "USA")
            ]
        );
    }

    #[test]
    fn briefs_and_unmarked_stories_keep_their_words() {
        let stories = articles(&Reuters, "reut2-000.sgm", STORY);
        let read: Vec<_> = stories[1..]
            .iter()
            .map(|s| (s.title.clone().unwrap(), s.body.as_str()))
            .collect();
        assert_eq!(
            read,
            [
                (Title::stated("RATES HELD"), "******"),
                (
                    Title::derived("BANK RETURN"),
                    "BANK RETURN\nReserves 1,025 vs 1,497"
                ),
            ]
        );
    }

    #[test]
    fn the_day_is_read_even_from_a_damaged_date() {
        let days: Vec<_> = articles(&Reuters, "reut2-000.sgm", STORY)
            .iter()
            .map(|s| s.published.unwrap().day.to_string())
            .collect();
        assert_eq!(days, ["1987-04-03", "1987-04-04", "1987-04-05"]);
    }
}
