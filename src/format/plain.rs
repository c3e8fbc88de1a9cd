//! Reads plain text, one article a file. A first line that looks like a
//! headline is the title; a text that starts with its lead keeps all of it and
//! gets a derived title. Mail-like headers and front matter are read, and so are a
//! byline, a day and fields (`Section: Local`) that stand around the headline.
//!
//! Folders speak where they can be trusted: one named as a newspaper section
//! gives the section, one named `AaronPressman` the byline.

use std::borrow::Cow;

use crate::article::{Article, Provenance, Title};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::dates::{self, Order, Stamp};

use super::fields::Slot;
use super::{Claim, Format, Head, Options, Parsed, credits, fields, front_matter, prose};

mod sidecar;

/// The reader of plain text.
pub struct Plain;

impl Format for Plain {
    fn name(&self) -> &'static str {
        "text"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        if head.is_binary() {
            return Claim::No;
        }
        let extension = hint.extension();
        let named = matches!(extension.as_str(), "txt" | "text" | "asc" | "story");
        // `tag_example.com,0000_story 7` has a dot but no extension.
        let bare = extension.is_empty()
            || extension.len() > 8
            || extension.bytes().all(|b| b.is_ascii_digit())
            || !extension.bytes().all(|b| b.is_ascii_alphanumeric());
        let sent = hint.media_type.as_deref() == Some("text/plain");
        if hint.file_name().eq_ignore_ascii_case("robots.txt") || !(named || bare || sent) {
            return Claim::No;
        }
        let text = head.text();
        if prose::is_tabular(text) {
            return Claim::No;
        }
        match prose::looks_like_prose(text) {
            true if named || sent => Claim::Likely,
            true => Claim::Name,
            false if named => Claim::Name,
            false => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let decoded = record.decoded(options.encoding);
        if sidecar::is_sidecar(&record.hint, &decoded.text) {
            emit(Parsed::Skipped(Skip::Sidecar));
            return Ok(());
        }
        let text = match record.hint.extension() == "story" {
            // Highlights of the page stand below a text, each under its mark.
            true => Cow::from(decoded.text.replace("\n@highlight\n", "\n")),
            false => decoded.text,
        };
        let mut article = read(&text, &record.hint, options.date_order);
        article.origin.encoding = Some(decoded.encoding);
        if fields::is_empty(&article) {
            return Err(Reason::NoText);
        }
        emit(Parsed::Article(Box::new(article)));
        Ok(())
    }
}

/// Reads a decoded text as an article; `order` is that of days of numbers alone.
pub fn read(text: &str, hint: &Hint, order: Option<Order>) -> Article {
    let mut article = Article::default();
    read_into(&mut article, text, hint, order);
    sidecar::apply(hint, &mut article);
    fields::complete(&mut article, hint);
    article
}

/// Reads a decoded text into an article, of which a title may be known. What
/// the article then lacks is left to be completed.
pub fn read_into(article: &mut Article, text: &str, hint: &Hint, order: Option<Order>) {
    let text = match memchr::memchr(b'\r', text.as_bytes()) {
        Some(_) => Cow::from(text.replace("\r\n", "\n")),
        None => Cow::from(text),
    };
    let head = front_matter::split(&text).or_else(|| front_matter::split_headers(&text));
    let text = match &head {
        Some((pairs, rest)) => {
            front_matter::apply(pairs, article, order);
            rest
        }
        None => &*text,
    };
    let cleaned = prose::clean(text);
    let mut rest = cleaned.as_str();
    if article.title.is_none() {
        // Who wrote it and when may stand above the headline or the lead.
        rest = take_credits(rest, article, order);
        let headline = prose::split_headline(rest).or_else(|| split_credited(rest, order));
        if let Some((headline, after)) = headline {
            article.title = Some(Title::stated(as_typed(text, headline)));
            rest = after;
        }
    }
    if article.title.is_some() {
        rest = take_credits(rest, article, order);
    }
    let paragraphs = prose::paragraphs(rest);
    article.body = paragraphs.join("\n\n");
    let folder = hint.name.rsplit('/').nth(1).unwrap_or_default();
    if article.section.is_none() && fields::is_section(folder) {
        article.section = Some(folder.to_lowercase());
    }
    if article.bylines.is_empty() {
        article.bylines.extend(author_folder(folder));
    }
}

/// Takes a line into an article if it is a byline, a day or a field and
/// nothing else, and the article has no such part yet; else `false`.
pub fn take_credit(line: &str, article: &mut Article, order: Option<Order>) -> bool {
    if article.bylines.is_empty() && (credits::is_byline(line) || credits::is_signed(line)) {
        article.bylines = credits::names(line);
        return true;
    }
    if article.published.is_none()
        && let Some(stamp) = day_alone(line, order)
    {
        article.published = Some(fields::published(stamp, Provenance::Metadata));
        return true;
    }
    take_field(line, article, order)
}

/// A headline with the blanks its typist set, if they are few.
fn as_typed<'a>(text: &'a str, headline: &'a str) -> &'a str {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.filter(|line| {
        !line.contains("   ")
            && !line.contains(|c: char| c.is_control())
            && line.split_whitespace().eq(headline.split_whitespace())
    })
    .unwrap_or(headline)
}

/// A first line as the headline for the byline or the day below it, where it
/// would not do alone: one of few words with the credits right below.
fn split_credited(cleaned: &str, order: Option<Order>) -> Option<(&str, &str)> {
    let text = cleaned.trim_start_matches('\n');
    let (first, rest) = text.split_once('\n')?;
    let below = rest.lines().next()?.trim();
    let is_credited = credits::is_byline(below) || day_alone(below, order).is_some();
    let headline = first.trim();
    let may_be = headline.len() <= 200
        && !prose::ends_sentence(headline)
        && headline.starts_with(|c: char| !c.is_lowercase())
        && headline.chars().any(char::is_alphabetic);
    (is_credited && may_be).then_some((headline, rest))
}

/// Takes lines that say who wrote a text, when and for whom from its
/// beginning: bylines, days, and such fields as articles have (`Section: Local`).
fn take_credits<'a>(text: &'a str, article: &mut Article, order: Option<Order>) -> &'a str {
    const MOST_LINES: usize = 6;
    let mut rest = text;
    for _ in 0..MOST_LINES {
        let below = rest.trim_start_matches('\n');
        let (line, after) = below.split_once('\n').unwrap_or((below, ""));
        if !take_credit(line.trim(), article, order) {
            break;
        }
        rest = after;
    }
    rest
}

/// The day of a line that holds nothing else.
fn day_alone(line: &str, order: Option<Order>) -> Option<Stamp> {
    let has_digit = line.bytes().any(|b| b.is_ascii_digit()) || !line.is_ascii();
    (line.len() <= 80 && has_digit).then(|| dates::parse_in(line, order))?
}

/// Puts a line such as `Section: Local` into an article that has no such part
/// yet; `false` for other lines and for values that cannot be read.
fn take_field(line: &str, article: &mut Article, order: Option<Order>) -> bool {
    const LONGEST: usize = 120;
    if line.len() > LONGEST {
        return false;
    }
    let Some((name, value)) = line.split_once(": ") else {
        return false;
    };
    let Some((slot, _)) = fields::slot(name) else {
        return false;
    };
    let is_missing = match slot {
        Slot::Published => article.published.is_none() && fields::date_in(value, order).is_some(),
        Slot::Byline => article.bylines.is_empty() && !prose::ends_sentence(value),
        Slot::Section => article.section.is_none() && !prose::ends_sentence(value),
        Slot::Publisher => article.publisher.is_none() && !prose::ends_sentence(value),
        Slot::Url => article.url.is_none() && fields::address(value).is_some(),
        _ => false,
    };
    match slot {
        _ if !is_missing => {}
        Slot::Published => fields::put_date(article, &fields::one_line(value), order),
        _ => fields::put(article, slot, value),
    }
    is_missing
}

/// The person a folder such as `AaronPressman` is named after: two to four
/// capitalised parts, none of them a word that folders of news are named with.
fn author_folder(folder: &str) -> Option<String> {
    const NO_NAMES: &[&str] = &[
        "All",
        "Archive",
        "Archives",
        "Article",
        "Articles",
        "Asia",
        "Associated",
        "Back",
        "Blog",
        "Breaking",
        "Bulk",
        "Business",
        "City",
        "Clean",
        "Common",
        "Corpus",
        "Crawl",
        "Daily",
        "Data",
        "Dataset",
        "Document",
        "Documents",
        "Down",
        "East",
        "English",
        "Entertainment",
        "Europe",
        "Evening",
        "Export",
        "Exports",
        "Fake",
        "Feed",
        "Feeds",
        "File",
        "Files",
        "Final",
        "Financial",
        "Free",
        "French",
        "Full",
        "German",
        "Global",
        "Gold",
        "Good",
        "Great",
        "Guardian",
        "Gulf",
        "Health",
        "Herald",
        "High",
        "Home",
        "House",
        "In",
        "Issue",
        "Issues",
        "Journal",
        "Latest",
        "Letters",
        "Local",
        "Long",
        "Los",
        "Magazine",
        "Mail",
        "Main",
        "Market",
        "Markets",
        "Media",
        "Morning",
        "Movie",
        "My",
        "National",
        "New",
        "News",
        "Newspaper",
        "Newswire",
        "North",
        "Of",
        "Old",
        "Old",
        "Online",
        "Open",
        "Opinion",
        "Original",
        "Other",
        "Page",
        "Pages",
        "Part",
        "Plain",
        "Politics",
        "Post",
        "Posts",
        "Press",
        "Program",
        "Project",
        "Public",
        "Raw",
        "Real",
        "Record",
        "Red",
        "Release",
        "Releases",
        "Report",
        "Reports",
        "Reuters",
        "Sample",
        "Samples",
        "San",
        "Saved",
        "Science",
        "Section",
        "Sections",
        "Set",
        "Short",
        "Social",
        "Source",
        "South",
        "Special",
        "Sport",
        "Sports",
        "Standard",
        "Star",
        "State",
        "Stories",
        "Story",
        "Sub",
        "Sun",
        "Sunday",
        "Tech",
        "Technology",
        "Telegraph",
        "Test",
        "Text",
        "Texts",
        "The",
        "Time",
        "Times",
        "To",
        "Top",
        "Train",
        "Training",
        "Tribune",
        "True",
        "Twitter",
        "United",
        "Up",
        "Use",
        "User",
        "Users",
        "Video",
        "Voice",
        "Wall",
        "Weather",
        "Web",
        "Week",
        "Weekly",
        "West",
        "White",
        "Wire",
        "World",
        "Year",
        "You",
        "Your",
    ];
    if !folder.starts_with(|c: char| c.is_uppercase()) || folder.len() > 40 {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    for c in folder.chars() {
        if !(c.is_alphabetic() || matches!(c, '\'' | '-')) {
            return None;
        }
        let starts = c.is_uppercase()
            && parts
                .last()
                .is_none_or(|part| part.ends_with(char::is_lowercase));
        match parts.last_mut() {
            Some(part) if !starts => part.push(c),
            _ => parts.push(c.to_string()),
        }
    }
    // `KevinMcCarthy` is two names, and `McCain` one.
    while let Some(at) = parts
        .iter()
        .position(|part| matches!(part.as_str(), "Mc" | "Mac" | "De" | "Di" | "Le"))
    {
        let Some(tail) = (at + 1 < parts.len()).then(|| parts.remove(at + 1)) else {
            break;
        };
        parts[at].push_str(&tail);
    }
    let is_name = |part: &String| {
        part.len() >= 2
            && part.ends_with(char::is_lowercase)
            && !NO_NAMES.contains(&part.as_str())
            // A second capital only after an apostrophe or hyphen, or as in McCoy.
            && part.chars().skip(1).filter(|c| c.is_uppercase()).count() <= 1
    };
    ((2..=4).contains(&parts.len()) && parts.iter().all(is_name)).then(|| parts.join(" "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::{articles, read as parse, reasons};

    fn one(name: &str, text: &str) -> Article {
        let mut all = articles(&Plain, name, text.as_bytes());
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn a_short_first_line_set_off_by_a_blank_one_is_the_title() {
        let article = one(
            "news/sport/001.txt",
            "Harbour side win at last\n\nThey won on Sunday.\n\nThe coach wept.\n",
        );
        assert_eq!(
            article.title,
            Some(Title::stated("Harbour side win at last"))
        );
        assert_eq!(article.body, "They won on Sunday.\n\nThe coach wept.");
        assert_eq!(article.section.as_deref(), Some("sport"));
    }

    #[test]
    fn text_that_starts_with_its_lead_keeps_all_of_it_and_gets_a_derived_title() {
        let lead = "The ferry company said on Monday that it would run eleven boats a day between the two islands, \
                    as it did before the storm.";
        let article = one("a.txt", &format!("{lead}\nTickets stay as they are.\n"));
        assert_eq!(article.body, format!("{lead}\n\nTickets stay as they are."));
        assert_eq!(
            article.title,
            Some(Title::derived(
                "The ferry company said on Monday that it would run eleven boats a day between the two islands, as…"
            ))
        );
    }

    #[test]
    fn lines_broken_at_a_margin_become_paragraphs() {
        let text = "RIVER FALLS\n\n   The river fell by two metres in the night, the water board\n\
                    said on Friday, and the lower road to the mill is open again\nfor carts.\n   \
                    A second bridge will be tested in the course of next week by\nthe county.\n";
        let article = one("a.txt", text);
        assert_eq!(
            article.body,
            "The river fell by two metres in the night, the water board said on Friday, and the lower road to the \
             mill is open again for carts.\n\nA second bridge will be tested in the course of next week by the county."
        );
    }

    #[test]
    fn mail_like_headers_are_read() {
        let text = "Title: Talks resume\nDate: 21 Nov 2020\nBy: Jane Roe and Ali Khan\nSection: World\n\nThey met in the hall.\n";
        let article = one("a.txt", text);
        assert_eq!(article.title, Some(Title::stated("Talks resume")));
        assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
        assert_eq!(article.bylines, ["Jane Roe", "Ali Khan"]);
        assert_eq!(article.section.as_deref(), Some("World"));
        assert_eq!(article.body, "They met in the hall.");
    }

    #[test]
    fn a_byline_and_a_date_below_the_headline_are_taken() {
        let text = "Talks resume\n\nBy Jane Roe\n\nNovember 21, 2020\n\nThey met in the hall.\n";
        let article = one("a.txt", text);
        assert_eq!(article.bylines, ["Jane Roe"]);
        assert_eq!(article.published.unwrap().provenance, Provenance::Metadata);
        assert_eq!(article.body, "They met in the hall.");
    }

    #[test]
    fn credits_right_below_the_headline_are_taken_without_blank_lines() {
        let text = "Talks resume\nBy Jane Roe and Ali Khan\nNovember 21, 2020\nSection: World\n\n\
                    DOHA — They met in the hall.\n";
        let article = one("a.txt", text);
        assert_eq!(article.title, Some(Title::stated("Talks resume")));
        assert_eq!(article.bylines, ["Jane Roe", "Ali Khan"]);
        assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
        assert_eq!(article.section.as_deref(), Some("World"));
        assert_eq!(article.body, "DOHA — They met in the hall.");
    }

    #[test]
    fn a_byline_or_a_day_above_the_text_is_no_headline() {
        let lead = "DOHA, Nov 21 (Gulf Wire) - The envoys met again on Saturday.";
        let article = one("a.txt", &format!("By JANE ROE\n\n{lead}\n"));
        assert_eq!(article.title, Some(Title::derived(lead)));
        assert_eq!(article.bylines, ["JANE ROE"]);
        assert_eq!(article.body, lead);
        let article = one(
            "a.txt",
            "21 November 2020\nTalks resume\n\nThey met in the hall.\n",
        );
        assert_eq!(article.title, Some(Title::stated("Talks resume")));
        assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
        let article = one(
            "a.txt",
            "Gespräche gehen weiter\n\nVon Astrid Holm\n\nSie trafen sich im Saal.\n",
        );
        assert_eq!(article.bylines, ["Astrid Holm"]);
    }

    #[test]
    fn a_sentence_with_a_colon_below_the_headline_stays_in_the_text() {
        let text = "Talks resume\n\nSource: the ministry said so on Friday.\n\nDate: to be told\n";
        let article = one("a.txt", text);
        assert_eq!(
            article.body,
            "Source: the ministry said so on Friday.\n\nDate: to be told"
        );
    }

    #[test]
    fn a_path_gives_the_day_and_a_dateline_only_with_a_year_from_the_path() {
        let text = "DOHA, Nov 21 (Gulf Wire) - The envoys met again on Saturday.\n";
        let by = |name| {
            one(name, text)
                .published
                .map(|p| (p.day.to_string(), p.provenance))
        };
        assert_eq!(
            by("17May2007Roe5.txt"),
            Some(("2007-05-17".to_owned(), Provenance::Path))
        );
        assert_eq!(
            by("wire/2020/a.txt"),
            Some(("2020-11-21".to_owned(), Provenance::Dateline))
        );
        assert_eq!(by("wire/a.txt"), None);
    }

    #[test]
    fn folders_name_authors_only_where_they_look_like_people() {
        let folders = [
            ("AaronPressman", Some("Aaron Pressman")),
            ("LynneO'Donnell", Some("Lynne O'Donnell")),
            ("KevinMcCarthy", Some("Kevin McCarthy")),
            ("TanEeLyn", Some("Tan Ee Lyn")),
            ("PressReleases", None),
            ("McCain", None),
            ("C50train", None),
            ("BBC", None),
            ("world", None),
        ];
        let named: Vec<_> = folders
            .iter()
            .map(|(folder, _)| (*folder, author_folder(folder)))
            .collect();
        let expected: Vec<_> = folders
            .iter()
            .map(|(f, name)| (*f, name.map(str::to_owned)))
            .collect();
        assert_eq!(named, expected);
    }

    #[test]
    fn stories_keep_their_highlights_without_the_marks() {
        let text = "(GW) -- The ferry sank off Doha on Monday.\n\nAll were saved.\n\n@highlight\n\nFerry sinks\n\n\
                    @highlight\n\nAll saved\n";
        let hint = Hint::named("0a1b.story");
        assert_eq!(
            Plain.claims(&hint, &Head::new(text.as_bytes())),
            Claim::Likely
        );
        assert_eq!(
            one("0a1b.story", text).body,
            "(GW) -- The ferry sank off Doha on Monday.\n\nAll were saved.\n\nFerry sinks\n\nAll saved"
        );
    }

    #[test]
    fn a_lone_headline_is_an_article_and_nothing_is_none() {
        assert_eq!(one("a.txt", "Prices rise in the north\n").body, "");
        assert_eq!(reasons(&Plain, "a.txt", b" \n\n"), ["no text"]);
    }

    #[test]
    fn metadata_beside_a_text_is_no_article() {
        let meta =
            b"Jane Roe\nhttps://example.org/a\npolitics\n2017-06-26\n873\n775\n321\n0\n4.08\n";
        let parts = parse(&Plain, "x/62-meta.txt", meta);
        assert!(matches!(parts.as_slice(), [Parsed::Skipped(Skip::Sidecar)]));
    }
}
