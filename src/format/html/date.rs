//! When a page was published: JSON-LD, meta tags, `<time>` and dates that the
//! page prints, in this order of trust.

use jiff::civil::Date;

use super::json_ld::Linked;
use super::page::{Head, Signs};
use crate::article::{Provenance, Published};
use crate::format::fields;
use crate::text::dates::{self, Order, Stamp};

/// Meta tags that state the moment of publication, most telling first.
const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "published_time",
    "published-date",
    "publication_date",
    "publicationdate",
    "publication-date",
    "article.published",
    "article_date_original",
    "article:post_date",
    "bt:pubdate",
    "cxenseparse:recs:publishtime",
    "cxense-parse:recs:publishtime",
    "vr:published_time",
    "rnews:datepublished",
    "originalpublicationdate",
    "dcsext.articlefirstpublished",
    "article-publish-date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.published",
    "dcterms.date",
    "dc.date",
    "dc:date",
    "dcterms.created",
    "dc.date.created",
    "dcterms.available",
    "citation_publication_date",
    "citation_date",
    "prism.publicationdate",
    "date_published",
    "timestamp",
    "time",
    "date",
    "datecreated",
    "displaydate",
    "created",
    "eprints.date",
    "issued",
    "weibo:article:create_at",
];

/// Meta tags that state another moment, for want of a better one.
const CHANGED: &[&str] = &[
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "lastmod",
    "dcterms.modified",
    "dc.date.modified",
    "revised",
    "modified_time",
];

/// The moment of publication and how it is known.
pub fn find(
    head: &Head,
    signs: &Signs,
    linked: Option<&Linked>,
    url: Option<&str>,
    order: Option<Order>,
) -> Option<Published> {
    let read = |text: &str| read(text, order);
    let stated = |stamp| Some(fields::published(stamp, Provenance::Metadata));
    if let Some(stamp) = linked.and_then(|linked| read(linked.published.as_deref()?)) {
        return stated(stamp);
    }
    for name in PUBLISHED {
        if let Some(stamp) = head.all(name).find_map(read) {
            return stated(stamp);
        }
    }
    let of_trust = |trust: u8| {
        signs
            .moments
            .iter()
            .filter(|moment| moment.trust >= trust)
            .find_map(|moment| read(&moment.value).or_else(|| within(&moment.value, order)))
    };
    if let Some(stamp) = of_trust(2) {
        return stated(stamp);
    }
    if let Some(day) = url.and_then(dates::from_url) {
        return Some(Published {
            day,
            time: None,
            provenance: Provenance::Url,
        });
    }
    of_trust(1).and_then(stated)
}

/// A moment other than that of publication, for want of it.
pub fn changed(head: &Head, linked: Option<&Linked>, order: Option<Order>) -> Option<Published> {
    linked
        .and_then(|linked| read(linked.changed.as_deref()?, order))
        .or_else(|| {
            CHANGED
                .iter()
                .find_map(|name| head.all(name).find_map(|text| read(text, order)))
        })
        .map(|stamp| fields::published(stamp, Provenance::Metadata))
}

/// The order of the page's country.
pub fn order(head: &Head) -> Option<Order> {
    let locale = head
        .language
        .as_deref()
        .or_else(|| head.meta(&["og:locale", "content-language"]))?
        .to_ascii_lowercase()
        .replace('_', "-");
    match locale.as_str() {
        "en-us" => Some(Order::MonthFirst),
        "en" => None,
        _ => Some(Order::DayFirst),
    }
}

/// Reads a text that is a date and little else.
fn read(text: &str, order: Option<Order>) -> Option<Stamp> {
    let text = text.trim();
    if text.len() > 120 {
        return None;
    }
    fields::date_in(text, order)
}

/// The first date printed within a line: `Posted on 3 May 2021 by Jane Roe`.
pub fn within(line: &str, order: Option<Order>) -> Option<Stamp> {
    const MOST_WORDS: usize = 60;
    const LONGEST: usize = 8;
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || matches!(c, '|' | '•' | '·' | '(' | ')' | '"'))
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .collect();
    for from in 0..words.len() {
        let is_start = words[from].starts_with(|c: char| c.is_alphanumeric());
        let has_digit = words[from..]
            .iter()
            .take(3)
            .any(|word| word.bytes().any(|b| b.is_ascii_digit()));
        if !is_start || !has_digit {
            continue;
        }
        for to in (from + 1..=words.len().min(from + LONGEST)).rev() {
            let window = words[from..to].join(" ");
            let window = window.trim_end_matches([',', '.', ';', ':', '-', '–', '—']);
            let has_year = window.len() >= 8 || window.contains(char::is_alphabetic);
            if !has_year || window.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            if let Some(stamp) = dates::parse_in(window, order) {
                return plausible(stamp.day).then_some(stamp);
            }
        }
    }
    None
}

/// Pages are younger than the web, give or take what they were scanned from.
fn plausible(day: Date) -> bool {
    day.year() >= 1900
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_found_within_a_line() {
        let lines = [
            ("Posted on 3 May 2021 by Jane Roe", Some("2021-05-03")),
            (
                "By Jane Roe | May 3rd, 2021 10:15 | 3 comments",
                Some("2021-05-03"),
            ),
            ("Von Jana Rot, 03.05.2021, 12:30 Uhr", Some("2021-05-03")),
            ("Version 3.11 of 12 programs", None),
            ("Chapter 12, page 2021", None),
        ];
        for (line, day) in lines {
            let found = within(line, None).map(|stamp| stamp.day.to_string());
            assert_eq!(found.as_deref(), day, "{line}");
        }
    }

    #[test]
    fn the_country_tells_day_from_month() {
        let day = |order| read("03/04/2020 10:15", order).map(|stamp| stamp.day.to_string());
        assert_eq!(day(Some(Order::DayFirst)).as_deref(), Some("2020-04-03"));
        assert_eq!(day(Some(Order::MonthFirst)).as_deref(), Some("2020-03-04"));
        assert_eq!(day(None), None);
    }
}
