//! Reads what news databases give out as plain text, many articles a file:
//! LexisNexis with `1 of 20 DOCUMENTS` above each, Factiva with a code of two
//! letters before each field (`HD`, `PD`, `LP`, …), ProQuest with a rule of
//! underscores between documents and `Full text:` before each text; and what
//! blogs of Movable Type give out.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::article::{Article, Provenance, Title};
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::charset;
use crate::text::dates::Stamp;

use super::fields::Slot;
use super::{Claim, Format, Head, Options, Parsed, fields, lines, prose};

mod movable_type;

/// The reader of exports.
pub struct Exports;

/// The database that wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Database {
    Nexis,
    Factiva,
    ProQuest,
    MovableType,
}

impl Database {
    fn of(text: &str) -> Option<Self> {
        let mut filled = text.lines().filter(|line| !line.trim().is_empty());
        let first = filled.next()?;
        if is_nexis_mark(first) {
            return Some(Self::Nexis);
        }
        if is_rule(first) && text.lines().any(|line| line.starts_with("Full text:")) {
            return Some(Self::ProQuest);
        }
        if movable_type::is_post(text) {
            return Some(Self::MovableType);
        }
        let has = |wanted: &str| text.lines().any(|line| code(line) == Some(wanted));
        let is_factiva = code(first).is_some() && has("HD") && has("PD") && has("LP");
        is_factiva.then_some(Self::Factiva)
    }
}

/// Whether a line stands above a document of LexisNexis: `1 of 20 DOCUMENTS`.
fn is_nexis_mark(line: &str) -> bool {
    if !line.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    match words.as_slice() {
        [number, "of", all, "DOCUMENTS"] => is_number(number) && is_number(all),
        _ => false,
    }
}

/// Whether a line parts documents of ProQuest.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 40 && line.bytes().all(|byte| byte == b'_')
}

/// Codes of Factiva's fields.
const CODES: &[&str] = &[
    "SE", "HD", "BY", "CR", "WC", "PD", "ET", "SN", "SC", "ED", "PG", "VOL", "LA", "CY", "LP",
    "TD", "CX", "CT", "RF", "ART", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "CLM", "DLN",
    "NGC", "GC",
];

/// The code that a line begins with.
fn code(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let word = line.split([' ', '\t']).next()?;
    CODES.contains(&word).then_some(word)
}

/// Labels of LexisNexis above a text …
const ABOVE: &[&str] = &[
    "BYLINE",
    "SECTION",
    "LENGTH",
    "DATELINE",
    "HIGHLIGHT",
    "SOURCE",
    "SERIES",
    "HEADLINE",
    "TYPE",
];

/// … and below it. Any other word in capitals before a colon is text.
const BELOW: &[&str] = &[
    "LOAD-DATE",
    "LANGUAGE",
    "URL",
    "GRAPHIC",
    "PUBLICATION-TYPE",
    "PUB-TYPE",
    "DOCUMENT-TYPE",
    "JOURNAL-CODE",
    "ACC-NO",
    "ISSN",
    "SUBJECT",
    "ORGANIZATION",
    "PERSON",
    "GEOGRAPHIC",
    "COUNTRY",
    "CITY",
    "STATE",
    "COMPANY",
    "TICKER",
    "INDUSTRY",
    "CORRECTION",
    "CORRECTION-DATE",
    "NOTES",
    "DISTRIBUTION",
];

/// A label of LexisNexis before a field, and the field.
fn label(block: &str) -> Option<(&str, &str)> {
    let (name, value) = block.split_once(':')?;
    let is_label = ABOVE.contains(&name) || BELOW.contains(&name);
    is_label.then_some((name, value.trim()))
}

/// Labels of ProQuest's fields that concern an article, and those that may
/// follow its text.
const LABELS: &[&str] = &[
    "Title",
    "Author",
    "Publication title",
    "Publication date",
    "Publication info",
    "Publication year",
    "Section",
    "Language of publication",
    "Document URL",
    "ProQuest document ID",
    "Full text",
    "Abstract",
    "Subject",
    "Location",
    "People",
    "Company / organization",
    "Identifier / keyword",
    "Pages",
    "First page",
    "Number of pages",
    "Year",
    "Publisher",
    "Place of publication",
    "Country of publication",
    "Publication subject",
    "ISSN",
    "Source type",
    "Document type",
    "Document feature",
    "Links",
    "Credit",
    "Dateline",
    "Word count",
    "Copyright",
    "Last updated",
    "Database",
];

impl Format for Exports {
    fn name(&self) -> &'static str {
        "export"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let is_text = matches!(hint.extension().as_str(), "txt" | "text" | "");
        match is_text && !head.is_binary() && Database::of(head.text()).is_some() {
            true => Claim::Certain,
            false => Claim::No,
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
        let database = Database::of(&charset::decode(head, &[], None).text);
        // Of Factiva and Movable Type: whether the last line of an article lies behind.
        let mut is_over = true;
        let starts = |line: &mut Vec<u8>| {
            // What tells documents apart is ASCII in every charset of such files.
            let line = String::from_utf8_lossy(line);
            match database {
                Some(Database::Nexis) => is_nexis_mark(&line),
                Some(Database::ProQuest) => is_rule(&line),
                Some(Database::Factiva) => match code(&line) {
                    Some("AN") => {
                        is_over = true;
                        false
                    }
                    Some(_) => std::mem::take(&mut is_over),
                    None => false,
                },
                Some(Database::MovableType) if line.trim().is_empty() => false,
                Some(Database::MovableType) => {
                    let begins = is_over;
                    is_over = movable_type::is_end(&line);
                    begins
                }
                None => std::mem::take(&mut is_over),
            }
        };
        lines::cut(input, hint, max_record_bytes, starts, each)
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let decoded = record.decoded(options.encoding);
        let text = decoded.text.replace("\r\n", "\n");
        let mut article = match Database::of(&text) {
            Some(Database::Nexis) => nexis(&text),
            Some(Database::ProQuest) => proquest(&text),
            Some(Database::Factiva) => factiva(&text),
            Some(Database::MovableType) => movable_type::article(&text),
            // The rule below the last document, with a note of rights at most.
            None if text.lines().next().is_some_and(is_rule) => return Ok(()),
            None => return Err(Reason::NoText),
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

/// Lines without a blank one among them, each with its first line's indent.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let plain = line.trim();
        if plain.is_empty() {
            is_open = false;
        } else if let (true, Some((_, block))) = (is_open, blocks.last_mut()) {
            block.push('\n');
            block.push_str(plain);
        } else {
            blocks.push((line.len() - line.trim_start().len(), plain.to_owned()));
            is_open = true;
        }
    }
    blocks
}

/// Reads publication, day, headline, labelled fields, text, labelled fields.
fn nexis(text: &str) -> Article {
    /// Lines above the headline are centred.
    const CENTRED: usize = 8;
    let mut article = Article::default();
    let mut body: Vec<String> = Vec::new();
    let (mut title, mut is_headed) = (None, false);
    for (number, (indent, block)) in blocks(text).into_iter().skip(1).enumerate() {
        let line = fields::one_line(&block);
        if line.starts_with("Copyright ")
            && indent >= CENTRED
            && (title.is_some() || !body.is_empty())
        {
            break;
        }
        if let Some((name, value)) = label(&block) {
            let slot = match name {
                "BYLINE" => Some(Slot::Byline),
                "SECTION" => {
                    let section = value.split("; Pg.").next().unwrap_or(value);
                    fields::put(&mut article, Slot::Section, section);
                    None
                }
                "HEADLINE" => Some(Slot::Title),
                "LANGUAGE" => Some(Slot::Language),
                "URL" => Some(Slot::Url),
                _ => None,
            };
            if let Some(slot) = slot {
                fields::put(&mut article, slot, value);
            }
            is_headed = (is_headed || name == "LENGTH") && ABOVE.contains(&name);
            continue;
        }
        if number == 0 && indent >= CENTRED {
            article.publisher = Some(line);
        } else if article.published.is_none()
            && title.is_none()
            && let Some(stamp) = day(&line)
        {
            article.published = Some(fields::published(stamp, Provenance::Metadata));
        } else if is_headed {
            body.push(line);
        } else if title.is_none() && indent < CENTRED {
            title = Some(line);
        } else if title.is_some() && body.is_empty() && indent < CENTRED {
            // No length is given: what follows the headline is the text.
            body.push(line);
            is_headed = true;
        }
    }
    if article.title.is_none() {
        article.title = title.map(Title::stated);
    }
    article.body = body.join("\n\n");
    article
}

/// A day among the words of a line: `January 1, 2010 Friday 9:15 AM EST`.
fn day(line: &str) -> Option<Stamp> {
    let words: Vec<&str> = line.split_whitespace().take(6).collect();
    words
        .windows(3)
        .find_map(|three| fields::date(three.join(" ").trim_end_matches(',')))
}

/// Reads fields that begin with their code.
fn factiva(text: &str) -> Article {
    let mut article = Article::default();
    let mut body = String::new();
    let mut held: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        match (code(line), held.last_mut()) {
            (Some(code), _) => held.push((code, line[code.len()..].trim().to_owned())),
            (None, Some((_, value))) => {
                value.push('\n');
                value.push_str(line.trim());
            }
            (None, None) => {}
        }
    }
    for (code, value) in &held {
        let slot = match *code {
            "HD" => Slot::Title,
            "BY" => Slot::Byline,
            "PD" => Slot::Published,
            "SN" => Slot::Publisher,
            "SE" => Slot::Section,
            "LA" => Slot::Language,
            "AN" => {
                let own_id = value.trim_start_matches("Document").trim();
                article.own_id = (!own_id.is_empty()).then(|| own_id.to_owned());
                continue;
            }
            "LP" | "TD" => {
                body.push_str("\n\n");
                body.push_str(value);
                continue;
            }
            _ => continue,
        };
        fields::put(&mut article, slot, value);
    }
    article.body = prose::paragraphs(&prose::clean(&body)).join("\n\n");
    article
}

/// Reads fields that begin with their label, the text among them.
fn proquest(text: &str) -> Article {
    let mut article = Article::default();
    let mut held: Vec<(&str, String)> = Vec::new();
    for line in text
        .lines()
        .skip_while(|line| line.trim().is_empty() || is_rule(line))
    {
        let labelled = line
            .split_once(':')
            .filter(|(name, _)| LABELS.contains(name));
        match (labelled, held.last_mut()) {
            (Some((name, value)), _) => held.push((name, value.trim().to_owned())),
            (None, Some((_, value))) => {
                value.push('\n');
                value.push_str(line);
            }
            // `Document 1 of 20` and the title once more.
            (None, None) => {}
        }
    }
    for (name, value) in &held {
        let slot = match *name {
            "Title" => Slot::Title,
            "Author" => Slot::Byline,
            "Publication title" => Slot::Publisher,
            "Publication date" => Slot::Published,
            "Section" => Slot::Section,
            "Language of publication" => Slot::Language,
            "Document URL" => Slot::Url,
            "ProQuest document ID" => Slot::Id,
            "Full text" => Slot::Body,
            _ => continue,
        };
        fields::put(&mut article, slot, value);
    }
    article
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::detect;
    use crate::format::tests::articles;

    /// Title, day, byline, publisher and text of each article.
    fn read(name: &str, file: &str) -> Vec<[String; 5]> {
        let format = detect(&Hint::named(name), file.as_bytes()).unwrap();
        assert_eq!(format.name(), "export");
        articles(format, name, file.as_bytes())
            .into_iter()
            .map(|article| {
                [
                    article.title.unwrap().text,
                    article.published.unwrap().day.to_string(),
                    article.bylines.join("; "),
                    article.publisher.unwrap_or_default(),
                    article.body,
                ]
            })
            .collect()
    }

    #[test]
    fn posts_of_movable_type_are_articles_without_their_comments() {
        let post = |title: &str, rest: &str| {
            format!(
                "TITLE: {title}\nBASENAME: a_b\nAUTHOR: Jane Roe\nDATE: 03/04/2010 06:30:00 PM\nPRIMARY CATEGORY: Sea\n\
                 CATEGORY: Sea\nCATEGORY: Money\nSTATUS: Publish\n-----\nBODY:\n<p>It was old.</p>\n-----\n{rest}--------\n"
            )
        };
        let comment = "EXTENDED BODY:\n<p>It sank.</p>\n-----\nCOMMENT:\nAUTHOR: Ali\nDATE: 03/05/2010 06:30:00 PM\nNice.\n-----\n";
        let file = format!(
            "{}{}\n\n",
            post("Ferry sold", comment),
            post("Ferry raised", "")
        );
        let of = |title: &str, body: &str| {
            [title, "2010-03-04", "Jane Roe", "", body].map(str::to_owned)
        };
        assert_eq!(
            read("blog.txt", &file),
            [
                of("Ferry sold", "It was old.\n\nIt sank."),
                of("Ferry raised", "It was old.")
            ]
        );
        let sections = articles(&Exports, "blog.txt", file.as_bytes())
            .into_iter()
            .map(|a| a.section);
        assert_eq!(
            sections.collect::<Vec<_>>(),
            vec![Some("Sea, Money".to_owned()); 2]
        );
    }

    #[test]
    fn documents_of_lexisnexis_are_articles() {
        let file = "\n                               1 of 2 DOCUMENTS\n\n\n                              The Gulf Wire\n\n\
                            January 1, 2010 Friday\n                              Late Edition - Final\n\n\
            Ferry Sold\n\nBYLINE: By JANE ROE\n\nSECTION: Section A; Pg. 1\n\nLENGTH: 20 words\n\n\
            It was old\nand slow.\n\nDOHA: It sank.\n\nLOAD-DATE: January 2, 2010\n\nLANGUAGE: ENGLISH\n\n\
                           Copyright 2010 The Gulf Wire Company\n\n\
                                           2 of 2 DOCUMENTS\n\n                              The North Post (London)\n\n\
                            January 3, 2010 Sunday 9:15 AM GMT\n\nFerry raised\n\nLENGTH: 3 words\n\nThey raised it.\n";
        let expected = [
            [
                "Ferry Sold",
                "2010-01-01",
                "JANE ROE",
                "The Gulf Wire",
                "It was old and slow.\n\nDOHA: It sank.",
            ],
            [
                "Ferry raised",
                "2010-01-03",
                "",
                "The North Post (London)",
                "They raised it.",
            ],
        ];
        assert_eq!(
            read("a.txt", file),
            expected.map(|one| one.map(str::to_owned))
        );
    }

    #[test]
    fn documents_of_factiva_are_articles() {
        let file = "SE   News\nHD   Ferry Sold\nBY   By Jane Roe\nWC   20 words\nPD   1 January 2010\nSN   The Gulf Wire\n\
            LA   English\nLP   \nIt was old and slow.\n\nTD   \nIt sank.\n\nAN   Document GULF000020100101e6110001\n\n\
            HD   Ferry raised\nPD   3 January 2010\nSN   The North Post\nLP   They raised it.\nAN   Document NP1\n";
        let expected = [
            [
                "Ferry Sold",
                "2010-01-01",
                "Jane Roe",
                "The Gulf Wire",
                "It was old and slow.\n\nIt sank.",
            ],
            [
                "Ferry raised",
                "2010-01-03",
                "",
                "The North Post",
                "They raised it.",
            ],
        ];
        assert_eq!(
            read("a.txt", file),
            expected.map(|one| one.map(str::to_owned))
        );
    }

    #[test]
    fn documents_of_proquest_are_articles() {
        let rule = "_".repeat(60);
        let file = format!(
            "{rule}\n\nDocument 1 of 2\n\nFerry Sold\n\nAuthor: Roe, Jane\n\nPublication info: The Gulf Wire ; 01 Jan 2010: 1.\n\n\
             Full text: It was old and slow.\n\nIt sank.\n\nSubject: Ferries\n\nTitle: Ferry Sold\n\n\
             Publication title: The Gulf Wire\n\nPublication date: Jan 1, 2010\n\nProQuest document ID: 7\n\n{rule}\n\n\
             Document 2 of 2\n\nFull text: They raised it.\n\nTitle: Ferry raised\n\nPublication date: Jan 3, 2010\n\n{rule}\n\n\
             Contact us at the library\n"
        );
        let read = read("a.txt", &file);
        let bodies: Vec<_> = read.iter().map(|one| one[4].as_str()).collect();
        assert_eq!(
            bodies,
            ["It was old and slow.\n\nIt sank.", "They raised it."]
        );
        assert_eq!(read[0][0], "Ferry Sold");
        assert_eq!(read[0][1], "2010-01-01");
        assert_eq!(read[0][3], "The Gulf Wire");
        assert_eq!(read[1][1], "2010-01-03");
    }

    #[test]
    fn other_texts_are_none_of_these() {
        let texts = [
            "Ferry sold\n\nAN island was told of 1 of 2 DOCUMENTS.\n",
            "IN the hall they met.\n\nBY noon all was over.\n",
            "________________________________________\n\nA rule alone is no export.\n",
        ];
        for text in texts {
            assert_eq!(Database::of(text), None, "{text}");
        }
    }
}
