//! Reads the teletype messages of news agencies: IPTC 7901 and its American
//! sister ANPA 1312. A message runs from SOH to EOT; STX opens its text, ETX
//! closes it. A file may hold many. Layout: IPTC 7901 recommendation; ANPA
//! 1312 with its typesetting signs `^` (new element), `<` and `=` (end of line).
//! The day stands in the last line: `131137 GMT Nov 13`, `AP-WF-11-13-13 1509GMT`.

use std::io::{BufRead, Read};
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::article::{Article, Provenance, Published};
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::{charset, dates};

use super::agency::{self, set_title};
use super::{Claim, Format, Head, Options, Parsed, credits, fields, prose};

/// The reader of teletype messages.
pub struct Iptc;

const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const EOT: u8 = 0x04;
const SYN: u8 = 0x16;

impl Format for Iptc {
    fn name(&self) -> &'static str {
        "iptc"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        let head = head.bytes();
        let lead = |b: &u8| b.is_ascii_whitespace() || matches!(*b, 0 | SYN | 0x7F | EOT);
        let Some(start) = head.iter().position(|b| !lead(b)) else {
            return Claim::No;
        };
        // The text opens soon after the header, which is printable.
        let header = &head[start..head.len().min(start + 1024)];
        let text = memchr::memchr(STX, header).filter(|at| *at < 512);
        let printable = |at: usize| {
            let bytes = &header[1..at];
            bytes
                .iter()
                .filter(|b| b.is_ascii_graphic() || **b == b' ')
                .count()
                * 10
                >= bytes.len() * 6
        };
        match text {
            Some(at) if header[0] == SOH && at > 1 && printable(at) => Claim::Certain,
            _ => Claim::No,
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
        let mut message: Vec<u8> = Vec::new();
        let mut too_large = false;
        loop {
            let mut limited = Read::take(&mut *input, max_record_bytes.saturating_add(1));
            let read = limited
                .read_until(EOT, &mut message)
                .map_err(|e| Reason::of(&e))?;
            if message.len() as u64 > max_record_bytes {
                too_large = true;
                message.clear();
                continue;
            }
            if too_large {
                too_large = false;
                message.clear();
                let limit = max_record_bytes;
                if each(Err(Reason::TooLarge { limit })).is_break() {
                    return Ok(());
                }
            }
            // Messages that lost their end are told by the next one's start.
            let parts = message.split(|b| *b == SOH);
            for part in parts.filter(|part| part.iter().any(u8::is_ascii_alphanumeric)) {
                if each(Ok(Record::whole(part.to_vec(), Arc::clone(hint)))).is_break() {
                    return Ok(());
                }
            }
            if read == 0 {
                return Ok(());
            }
            message.clear();
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let bytes = &record.bytes;
        let bytes = bytes.strip_prefix(&[SOH]).unwrap_or(bytes);
        let bytes = bytes.strip_suffix(&[EOT]).unwrap_or(bytes);
        let decoded = charset::decode(bytes, &["iso-8859-1"], options.encoding);
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

/// Reads one message without its outer signs.
fn read(message: &str) -> Article {
    let message = message.replace("\r\n", "\n").replace('\r', "\n");
    let (header, text) = message
        .split_once(char::from(STX))
        .unwrap_or(("", &message));
    let (text, trailer) = text.split_once(char::from(ETX)).unwrap_or((text, ""));
    let text = text.trim_start_matches(char::from(STX));
    let mut article = Article::default();
    let is_anpa = header.contains(['\u{11}', '\u{12}', '\u{13}', '\u{14}', '\u{1F}'])
        || text
            .lines()
            .filter(|line| line.trim_start().starts_with('^'))
            .count()
            >= 2;
    if is_anpa {
        read_anpa(&mut article, header, text);
    } else {
        read_7901(&mut article, header, text);
    }
    article.published = day_of_7901(trailer)
        .or_else(|| day_of_7901(text))
        .or_else(|| day_of_anpa(&message));
    article.publisher = credits::agency_in_dateline(&article.body);
    let signed = trailer.trim_start().starts_with("AP-") || text.contains("^AP-");
    if is_anpa && article.publisher.is_none() && signed {
        article.publisher = Some("AP".to_owned());
    }
    article
}

fn read_7901(article: &mut Article, header: &str, text: &str) {
    // Below the first line of the header stand the keywords.
    let keywords = header
        .lines()
        .skip(1)
        .map(clean)
        .find(|line| !line.is_empty());
    article.section = keywords.and_then(|line| agency::section(line.split('/')));
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .iter()
        .take(10)
        .position(|line| line.trim_end().ends_with('='));
    let mut rest = text.to_owned();
    if let Some(end) = end {
        let mut headline: Vec<String> = Vec::new();
        for line in &lines[..=end] {
            let line = clean(line.trim_end().trim_end_matches('='));
            if line.is_empty() || is_rubric(&line) {
                continue;
            }
            if is_credit(&line) {
                article.bylines = credits::authors(&line);
            } else {
                headline.push(line);
            }
        }
        set_title(article, &headline.join(" "));
        rest = lines[end + 1..].join("\n");
    }
    let (copy, notes) = split_notes(&rest);
    let mut cleaned = copy.to_owned();
    if end.is_none() {
        // Keywords may stand above a headline that no sign closes.
        if let Some((first, after)) = cleaned.trim_start().split_once('\n')
            && !first.contains(' ')
            && first.contains(['-', '/'])
            && after.starts_with(|c: char| !c.is_whitespace())
        {
            article.section = article
                .section
                .take()
                .or_else(|| agency::section(first.split('/')));
            cleaned = after.to_owned();
        }
        if let Some((title, after)) = prose::split_headline(&cleaned) {
            set_title(article, title);
            cleaned = after.to_owned();
        }
    }
    let mut paragraphs = copy_7901(&cleaned);
    if let Some(last) = paragraphs.last()
        && credits::is_sign_off(last)
        && paragraphs.len() > 1
    {
        paragraphs.pop();
    }
    article.body = paragraphs.join("\n\n");
    if article.bylines.is_empty() {
        article.bylines = credits::reporters(notes);
    }
}

/// Paragraphs of copy typed at a margin of 69 signs: blank lines and indents
/// part them. Rows of tables, told by their gaps, keep their lines.
fn copy_7901(copy: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let (mut open, mut row_before, mut width) = (false, false, 0);
    for line in copy.lines() {
        let line: String = line
            .chars()
            .filter(|c| !c.is_control() || *c == '\t')
            .collect();
        let bare = line.trim();
        if bare.is_empty() {
            open = false;
            continue;
        }
        let is_row = bare.contains("   ") || bare.contains('\t');
        let indented = line.starts_with("  ") && width > 0;
        let words = fields::one_line(bare);
        match paragraphs.last_mut() {
            Some(last) if open && (is_row || row_before || !indented && width < 40) => {
                last.push('\n');
                last.push_str(&words);
            }
            Some(last) if open && !indented => {
                last.push(' ');
                last.push_str(&words);
            }
            _ => paragraphs.push(words),
        }
        (open, row_before, width) = (true, is_row, bare.chars().count());
    }
    paragraphs
}

/// A word above the headline on what the message is: `EXTRA`, `1ST LEAD`.
fn is_rubric(line: &str) -> bool {
    let shouted = !line.contains(char::is_lowercase);
    let known = [
        "LEAD",
        "EXTRA",
        "REFILE",
        "URGENT",
        "FLASH",
        "CORRECTED",
        "CORRECTION",
        "UPDATE",
        "ROUNDUP",
        "FEATURE",
        "SUMMARY",
        "PREVIEW",
        "ADVISORY",
        "NEWS ALERT",
        "BACKGROUND",
        "INTERVIEW",
        "EILMELDUNG",
        "ZUSAMMENFASSUNG",
    ];
    shouted && line.chars().count() <= 30 && known.iter().any(|word| line.contains(word))
        || shouted && line.chars().count() <= 12 && line.split_whitespace().count() <= 2
}

fn is_credit(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["by ", "von ", "par ", "por ", "di "]
        .iter()
        .any(|by| lower.starts_with(by))
        && line.chars().count() <= 80
}

/// Parts the copy from the notes that are not for print.
fn split_notes(text: &str) -> (&str, &str) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let lower = bare.to_lowercase();
        let is_heading = bare.starts_with("# ")
            && ["notebook", "notizblock", "notes", "libreta"]
                .iter()
                .any(|word| lower.contains(word));
        if is_heading || bare == "* * * *" {
            return text.split_at(at);
        }
        at += line.len();
    }
    (text, "")
}

fn clean(line: &str) -> String {
    let plain: String = line
        .chars()
        .filter(|c| !c.is_control() || *c == '\t')
        .collect();
    fields::one_line(&plain)
}

fn read_anpa(article: &mut Article, header: &str, text: &str) {
    article.section = category(header);
    let mut slug = String::new();
    let mut lines = text.lines().peekable();
    if let Some(first) = lines.next_if(|line| is_slug(line)) {
        slug = clean(
            first
                .trim_start_matches('^')
                .trim_end()
                .trim_end_matches(['<', '=']),
        );
        let (words, count) = slug.rsplit_once(',').unwrap_or((&slug, ""));
        if count.bytes().all(|b| b.is_ascii_digit()) {
            slug = words.to_owned();
        }
    }
    // Header lines open with a caret, the copy with a tab.
    let mut heads: Vec<String> = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with('^')) {
        heads.push(clean(
            line.trim_end()
                .trim_start_matches('^')
                .trim_end_matches(['<', '=']),
        ));
        // What goes on in the next line has lost its end sign.
        while !line.trim_end().ends_with(['<', '='])
            && let Some(more) =
                lines.next_if(|next| !next.starts_with(['^', '\t']) && !next.trim().is_empty())
        {
            if let Some(last) = heads.last_mut() {
                last.push(' ');
                last.push_str(&clean(more.trim_end_matches(['<', '='])));
            }
        }
    }
    for head in &heads {
        let is_note = [
            "AP Photo",
            "Eds:",
            "Eds.",
            "Eds.:",
            "With ",
            "For use",
            "APNewsNow",
        ]
        .iter()
        .any(|sign| head.starts_with(sign));
        if is_credit(head) {
            article.bylines = credits::authors(head);
        } else if !is_note && !credits::is_outlet(head) {
            set_title(article, head);
        }
    }
    let rest: Vec<&str> = lines.collect();
    article.body = anpa_copy(&rest);
    set_title(article, slug.trim_end_matches(','));
}

/// Whether the first line of a text is its slug: `BC-US--Lake Dam,127<`.
fn is_slug(line: &str) -> bool {
    let bare = line
        .trim_start_matches('^')
        .trim_end()
        .trim_end_matches(['<', '='])
        .trim_end();
    let count = bare.rsplit_once(',').map(|(_, count)| count);
    let counted = count.is_some_and(|count| count.bytes().all(|b| b.is_ascii_digit()));
    let edition = ["BC-", "AM-", "PM-", "AP-"]
        .iter()
        .any(|start| bare.starts_with(start));
    !line.starts_with('\t') && (counted || edition || !line.starts_with('^'))
}

/// Paragraphs of ANPA copy. A tab or blanks open one; rows that end in `<`
/// stay on lines of their own.
fn anpa_copy(lines: &[&str]) -> String {
    let mut copy = String::new();
    let mut row_before = false;
    for line in lines {
        let bare = clean(line);
        let is_trailer = bare.starts_with("^AP-") || TRAILER.is_match(&bare);
        let bare = bare.trim_start_matches('^');
        let is_rule = bare.chars().all(|c| c == '_' || c == '-');
        if is_trailer || bare.starts_with("END<") || bare == "END" || bare.is_empty() || is_rule {
            continue;
        }
        let is_row = bare.ends_with('<');
        let words = bare.trim_end_matches(['<', '=']).trim_end();
        let opens = line.starts_with(['\t', '^']) || line.starts_with("  ");
        if !copy.is_empty() {
            copy.push_str(match (row_before && is_row, opens || row_before) {
                (true, _) => "\n",
                (false, true) => "\n\n",
                (false, false) => " ",
            });
        }
        copy.push_str(words);
        row_before = is_row;
    }
    // Typewriters' quotes and dashes.
    copy.replace("``", "“")
        .replace("''", "”")
        .replace(" _ ", " — ")
}

/// The category letter of ANPA 1312, which follows the priority.
fn category(header: &str) -> Option<String> {
    let line = header.lines().nth(1)?;
    let signs = line.split(|c: char| c.is_control()).next()?;
    let letter = signs.split_whitespace().nth(1)?;
    let name = match letter {
        "a" => "domestic",
        "e" => "entertainment",
        "f" => "financial",
        "i" => "international",
        "k" => "commentary",
        "l" => "lifestyle",
        "n" => "state and regional",
        "o" => "weather",
        "p" => "politics",
        "q" | "s" => "sports",
        "t" => "travel",
        "v" => "advisories",
        "w" => "washington",
        _ => return None,
    };
    Some(name.to_owned())
}

#[allow(clippy::expect_used)] // Patterns of this program's own.
static TRAILER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(\d\d)-(\d\d)-(\d\d) (\d\d)(\d\d)\s?(?:GMT|E[SD]T|Z)").expect("a sound pattern")
});

#[allow(clippy::expect_used)]
static DAY_7901: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:^|[^0-9])(\d\d)(\d\d)(\d\d)\s*(?:[A-Z]{1,4}\s+)?([A-Za-z]{3,9})\.?\s+(\d{4}|\d\d)\b",
    )
    .expect("a sound pattern")
});

fn day_of_anpa(message: &str) -> Option<Published> {
    let found = TRAILER.captures_iter(message).last()?;
    let year = full_year(&found[3])?;
    let text = format!(
        "{year}-{}-{} {}:{}",
        &found[1], &found[2], &found[4], &found[5]
    );
    Some(fields::published(
        dates::parse(&text)?,
        Provenance::Metadata,
    ))
}

/// `131137 GMT Nov 13`: the 13th, 11:37, in November 2013.
fn day_of_7901(trailer: &str) -> Option<Published> {
    let found = DAY_7901.captures_iter(trailer).last()?;
    let year = full_year(&found[5])?;
    let text = format!(
        "{} {} {year} {}:{}",
        &found[1], &found[4], &found[2], &found[3]
    );
    Some(fields::published(
        dates::parse(&text)?,
        Provenance::Metadata,
    ))
}

/// A year of two digits: teletypes ran from the sixties on.
fn full_year(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    Some(match year {
        0..=59 => 2000 + year,
        60..=99 => 1900 + year,
        _ => year,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::articles;

    const DPA: &[u8] = b"\x01eca062 4 i 211 ccccb   gwa 061\r\n\r\nLake-politics/talks/\r\n\x02EXTRA\nLake talks could\nfail, mayor says\nBy gwa correspondents =\r\n\r\n   Lakeside (gwa) - Talks between the two towns on the dam could fail,\r\nthe mayor said on Wednesday, after a night without\r\nsleep or coffee.\r\n\r\n   \"One can't yet say,\" he told H\xE9l\xE8ne Roe.\r\n\r\n# gwa NOTEBOOK\r\n\r\n* * * *\r\nThe following information is not for publication\r\n- Reporting by: Ann Roe in Doha, Bo\r\n  Li in Lakeside\r\n- Editing by: X\r\n\r\ngwa a b\r\n\x03131137 GMT Nov 13 \r\n\x7f\n\x04";

    const ANPA: &[u8] = b"\x16\x16\x01W2870\x1f_lake\nr i\x13\x11 BC-LT--Lake     11-13 1049\n\x02^BC-LT--Lake Dam,466<\n^For the lake, mirrors can hurt <\n^AP Photo XNP101<\n^Eds: With AP Photos.<\n^By ANN ROE and BO LI=\n^Associated Press=\n\t   LAKESIDE (AP) _ The ``dam'' broke. \n \n\t   Rows:<\n\t   Oslo;1<\n\t   Bergen;2<\n^END<\n\n\t   \x03AP-WF-11-13-13 1509GMT<\n\x0c\n\x04\x16\x16\x01W2871\x1f_lake\nb a\x13\x11 BC-US--Alert 06-29 0358\n\x02\x02BC-US--Alert,17<\n\t   HONOLULU (AP) _ Short.\n\t   ^AP-WF-06-29-17 2350GMT<\n\x04";

    #[test]
    fn a_message_of_iptc_7901_gives_all_its_parts() {
        let story = &articles(&Iptc, "a", DPA)[0];
        assert_eq!(
            story.title.as_ref().unwrap().text,
            "Lake talks could fail, mayor says"
        );
        assert_eq!(
            story.body,
            "Lakeside (gwa) - Talks between the two towns on the dam could fail, the mayor said on Wednesday, after a night without sleep or coffee.\n\n\"One can't yet say,\" he told Hélène Roe."
        );
        assert_eq!(story.published.unwrap().day.to_string(), "2013-11-13");
        assert_eq!(story.bylines, ["Ann Roe", "Bo Li"]);
        assert_eq!(
            (story.publisher.as_deref(), story.section.as_deref()),
            (Some("gwa"), Some("Lake-politics, talks"))
        );
    }

    #[test]
    fn anpa_messages_of_one_file_are_articles_each() {
        let stories = articles(&Iptc, "a.tst", ANPA);
        assert_eq!(stories.len(), 2);
        let story = &stories[0];
        assert_eq!(
            story.title.as_ref().unwrap().text,
            "For the lake, mirrors can hurt"
        );
        assert_eq!(
            story.body,
            "LAKESIDE (AP) — The “dam” broke.\n\nRows:\nOslo;1\nBergen;2"
        );
        assert_eq!(story.bylines, ["ANN ROE", "BO LI"]);
        assert_eq!(story.published.unwrap().day.to_string(), "2013-11-13");
        assert_eq!(
            (story.publisher.as_deref(), story.section.as_deref()),
            (Some("AP"), Some("international"))
        );
        assert_eq!(stories[1].title.as_ref().unwrap().text, "BC-US--Alert");
        assert_eq!(stories[1].published.unwrap().day.to_string(), "2017-06-29");
    }

    #[test]
    fn messages_without_closing_signs_are_read_as_well() {
        let message = b"\x16\x16\x01EFE0012 3 POL 210 LAGO\r\n\x02\r\nLAGO-GOBIERNO\r\nEl alcalde anuncia una reforma\r\n\r\n   Lago, 5 ene (Lago).- El alcalde anunci\xf3 hoy una reforma fiscal que\r\nentrar\xe1 en vigor.\r\n\r\nOslo      1    2\r\nBergen    3    4\r\n\r\nabc/def\r\n\x03\x03LAG 051011 GMT ENE 10\r\n\x04";
        let story = &articles(&Iptc, "a", message)[0];
        assert_eq!(
            story.title.as_ref().unwrap().text,
            "El alcalde anuncia una reforma"
        );
        assert_eq!(
            story.body,
            "Lago, 5 ene (Lago).- El alcalde anunció hoy una reforma fiscal que entrará en vigor.\n\nOslo 1 2\nBergen 3 4"
        );
        assert_eq!(story.published.unwrap().day.to_string(), "2010-01-05");
        assert_eq!(story.section.as_deref(), Some("LAGO-GOBIERNO"));
    }

    #[test]
    fn only_messages_are_claimed() {
        let claim = |bytes: &[u8]| Iptc.claims(&Hint::default(), &Head::new(bytes));
        assert_eq!((claim(DPA), claim(ANPA)), (Claim::Certain, Claim::Certain));
        assert_eq!(claim(b"plain text\x02"), Claim::No);
        assert_eq!(claim(b"\x01\x00\x00\x02\x9f\x00"), Claim::No);
    }
}
