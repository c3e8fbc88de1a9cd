//! Title, byline, publisher, section, language and address of a page's
//! article: JSON-LD first, then Open Graph and other meta tags, then what the
//! page prints.

use super::json_ld::Linked;
use super::page::{Head, Signs};
use crate::format::fields;
use crate::text::{dates, markup};

const TITLES: &[&str] = &[
    "og:title",
    "parsely-title",
    "sailthru.title",
    "twitter:title",
    "dc.title",
    "dc:title",
    "dcterms.title",
    "citation_title",
    "headline",
    "hdl",
    "article.headline",
    "title",
    "weibo:article:title",
    "eprints.title",
    "fulltitle",
];

const SITES: &[&str] = &[
    "og:site_name",
    "application-name",
    "dc.publisher",
    "dc:publisher",
    "dcterms.publisher",
    "publisher",
    "source",
    "cre",
    "citation_journal_title",
    "article:publisher",
    "copyright",
    "twitter:site",
    "apple-mobile-web-app-title",
];

const AUTHORS: &[&str] = &[
    "author",
    "article:author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "byl",
    "byline",
    "dc.creator",
    "dc:creator",
    "dcterms.creator",
    "dc.contributor",
    "citation_author",
    "creator",
    "og:author",
    "og:article:author",
    "twitter:data1",
    "weibo:article:author",
    "cxenseparse:author",
    "shareaholic:article_author_name",
    "rbauthors",
    "authors",
];

const SECTIONS: &[&str] = &[
    "article:section",
    "og:article:section",
    "parsely-section",
    "sailthru.section",
    "section",
    "articlesection",
    "cg",
    "category",
    "dc.subject",
    "news_category",
    "cxenseparse:recs:category",
    "rubrik",
    "article.section",
];

/// Signs that part a headline from the name of its site.
const PARTS: &[&str] = &[
    " | ", " - ", " – ", " — ", " :: ", " » ", " « ", " · ", " • ", " › ", " / ", " ~ ", " : ",
    "|", " > ", " -- ",
];

/// Longest headline, in bytes; what is longer is a text by mistake.
const LONGEST_TITLE: usize = 1_000;

/// The headline of a page.
pub fn title(head: &Head, signs: &Signs, linked: Option<&Linked>) -> Option<String> {
    let site = site(head, linked);
    let printed: Vec<&str> = signs
        .headings
        .iter()
        .map(|heading| heading.text.as_str())
        .collect();
    let stated = linked
        .filter(|linked| linked.is_article)
        .and_then(|linked| linked.headline.clone());
    // Some cut it to a length; the page prints it whole.
    let whole = |headline: &str| -> String {
        let cut = headline.trim_end_matches(['.', '…', '\u{FFFD}', ' ']);
        let is_cut = |printed: &&str| {
            printed.len() > headline.len() && cut.len() >= 20 && printed.starts_with(cut)
        };
        printed
            .iter()
            .copied()
            .find(is_cut)
            .unwrap_or(headline)
            .to_owned()
    };
    let candidates = stated.into_iter().chain(
        TITLES
            .iter()
            .filter_map(|name| head.meta(&[name]).map(str::to_owned)),
    );
    for candidate in candidates {
        let candidate = whole(&one_line(&candidate));
        let without = without_site(&candidate, site.as_deref(), &printed);
        let is_site = site
            .as_deref()
            .is_some_and(|site| letters(site) == letters(&without));
        let is_long = without.len() > LONGEST_TITLE;
        if letters(&without).chars().count() >= 3 && !is_site && !is_long {
            return Some(without);
        }
    }
    let headings: Vec<_> = signs
        .headings
        .iter()
        .filter(|heading| heading.text.len() <= LONGEST_TITLE)
        .collect();
    let own: Vec<_> = headings
        .iter()
        .copied()
        .filter(|heading| heading.level == 1)
        .collect();
    let window = without_site(&one_line(&head.title), site.as_deref(), &printed);
    let agrees = |text: &str| {
        let (text, window) = (letters(text), letters(&head.title));
        text.len() >= 6 && window.contains(&text)
    };
    // The longest, as the name of the site stands in the window's title too.
    let agreeing = headings
        .iter()
        .filter(|heading| agrees(&heading.text))
        .max_by_key(|heading| (heading.text.len(), std::cmp::Reverse(heading.level)));
    if let Some(heading) = agreeing {
        return Some(heading.text.clone());
    }
    if let Some(heading) = headings.iter().find(|heading| heading.named) {
        return Some(heading.text.clone());
    }
    if let [heading] = own.as_slice()
        && heading.text.split_whitespace().count() >= 3
    {
        return Some(heading.text.clone());
    }
    if letters(&window).chars().count() >= 2 && window.len() <= LONGEST_TITLE {
        return Some(window);
    }
    own.first().map(|heading| heading.text.clone())
}

fn one_line(text: &str) -> String {
    let decoded = markup::decode_entities(text);
    if markup::looks_like_html(&decoded) {
        return fields::one_line(&markup::to_text(&decoded));
    }
    fields::one_line(&decoded)
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A title without the name of its site at either end: a part that is the
/// site's name, or the one that is not printed as a heading while the other is.
fn without_site(title: &str, site: Option<&str>, printed: &[&str]) -> String {
    let mut title = title;
    for heading in printed.iter().filter(|heading| heading.contains(' ')) {
        let after = title.strip_prefix(heading).map(str::trim_start);
        if after.is_some_and(|after| {
            after.starts_with(['|', '-', '–', '—', ':', '»', '«', '·', '•', '›', '/', '~'])
        }) {
            return (*heading).to_owned();
        }
    }
    for _ in 0..3 {
        let Some(shorter) = cut(title, site, printed) else {
            break;
        };
        title = shorter;
    }
    title.to_owned()
}

fn cut<'a>(title: &'a str, site: Option<&str>, printed: &[&str]) -> Option<&'a str> {
    let site = site.map(letters).filter(|site| !site.is_empty());
    let is_printed = |part: &str| {
        let part = letters(part);
        part.len() >= 6 && printed.iter().any(|heading| letters(heading) == part)
    };
    let whole_is_printed = is_printed(title);
    for sign in PARTS {
        let ends = [title.rfind(sign), title.find(sign)];
        for (number, at) in ends.into_iter().enumerate() {
            let Some(at) = at else { continue };
            let (before, after) = (title[..at].trim(), title[at + sign.len()..].trim());
            let (kept, gone) = if number == 0 {
                (before, after)
            } else {
                (after, before)
            };
            if kept.is_empty() || gone.is_empty() {
                continue;
            }
            let gone_letters = letters(gone);
            let is_site = site.as_ref().is_some_and(|site| {
                gone_letters == *site
                    || gone_letters.len() >= 4 && site.contains(&gone_letters)
                    || site.len() >= 4
                        && gone_letters.contains(site.as_str())
                        && gone.split_whitespace().count() <= 6
            });
            let is_host = gone.contains('.') && !gone.contains(' ') && gone.len() <= 40;
            if is_site || is_host || is_printed(kept) && !whole_is_printed {
                return Some(kept);
            }
            // A bar hardly ever belongs to a headline.
            let is_bar = sign.contains(['|', '»', '«', '·', '›']) && number == 0;
            if is_bar
                && kept.split_whitespace().count() >= 4
                && gone.split_whitespace().count() <= 4
                && !whole_is_printed
            {
                return Some(kept);
            }
        }
    }
    None
}

/// The name of the site.
fn site(head: &Head, linked: Option<&Linked>) -> Option<String> {
    head.meta(&["og:site_name"])
        .map(str::to_owned)
        .or_else(|| linked?.publisher.clone())
        .or_else(|| head.meta(&["application-name"]).map(str::to_owned))
}

/// Newspaper, agency or site.
pub fn publisher(head: &Head, linked: Option<&Linked>) -> Option<String> {
    let stated = linked.and_then(|linked| linked.publisher.clone());
    stated
        .into_iter()
        .chain(
            SITES
                .iter()
                .filter_map(|name| head.meta(&[name]).map(one_line)),
        )
        .map(|name| name.trim_start_matches('@').to_owned())
        .find(|name| !name.is_empty() && !name.contains("://") && name.chars().count() <= 100)
}

/// Authors, one entry a person.
pub fn bylines(head: &Head, signs: &Signs, linked: Option<&Linked>) -> Vec<String> {
    let site = publisher(head, linked);
    let names = |texts: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for text in texts {
            for name in authors(text) {
                let known = names.iter().any(|other| letters(other) == letters(&name));
                if !known && site.as_deref() != Some(name.as_str()) && names.len() < 20 {
                    names.push(name);
                }
            }
        }
        names
    };
    if let Some(linked) = linked {
        let names = names(&mut linked.authors.iter().map(String::as_str));
        if !names.is_empty() {
            return names;
        }
    }
    for name in AUTHORS {
        let names = names(&mut head.all(name));
        if !names.is_empty() {
            return names;
        }
    }
    for trust in [2, 1] {
        let mut credits = signs.credits.iter().filter(|(known, _)| *known == trust);
        let found = match trust {
            2 => names(&mut credits.take(6).map(|(_, text)| text.as_str())),
            _ => credits
                .find_map(|(_, text)| {
                    Some(names(&mut [text.as_str()].into_iter())).filter(|names| !names.is_empty())
                })
                .unwrap_or_default(),
        };
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// What follows names in print and is none.
const ENDS: &[&str] = &[
    " on ",
    " am ",
    " | ",
    " • ",
    "•",
    " · ",
    " – ",
    " / ",
    "@",
    " (",
    " updated",
    " published",
    " posted",
    ", updated",
    " follow",
    " contributor",
    " min read",
    " minutes",
    " at ",
];

/// Where a date begins in a byline: `Jane Roe May 20`.
fn date_at(line: &str) -> Option<usize> {
    let mut at = 0;
    let words: Vec<(usize, &str)> = line
        .split(' ')
        .map(|word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        })
        .collect();
    let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    words.windows(2).find_map(|pair| {
        let [(start, word), (_, next)] = pair else {
            return None;
        };
        let is_date = dates::parse(&format!("1 {word} 2000")).is_some() && number(next)
            || number(word) && word.len() <= 3;
        is_date.then_some(start.saturating_sub(1))
    })
}

/// The names in a text that should hold nothing else.
pub fn authors(text: &str) -> Vec<String> {
    let line = one_line(text);
    let lower = line.to_lowercase();
    // What stands around the names in print.
    let starts = [
        "written by",
        "posted by",
        "published by",
        "author:",
        "autor:",
        "text:",
        "story by",
        "reported by",
        "geschrieben von",
        "ein artikel von",
        "von:",
        "por:",
        "par:",
        "by:",
    ];
    let line = starts
        .iter()
        .find(|start| lower.starts_with(*start))
        .and_then(|start| line.get(start.len()..))
        .unwrap_or(&line)
        .trim();
    let lower = line.to_ascii_lowercase();
    let end = ENDS
        .iter()
        .filter_map(|sign| lower.find(sign))
        .filter(|at| *at > 0)
        .chain(date_at(line))
        .min()
        .unwrap_or(line.len());
    fields::names(line[..end].trim())
        .into_iter()
        .map(|name| {
            let name = name.trim_start_matches(['@', '-', '–', '—', ':']).trim();
            let glued = name
                .strip_prefix("By")
                .filter(|rest| rest.starts_with(char::is_uppercase) && rest.contains(' '));
            glued.unwrap_or(name).to_owned()
        })
        .filter(|name| is_name(name))
        .collect()
}

fn is_name(name: &str) -> bool {
    const NO_NAMES: &[&str] = &[
        "admin",
        "administrator",
        "staff",
        "editor",
        "author",
        "unknown",
        "none",
        "null",
        "guest",
        "byline",
        "by",
        "user",
    ];
    let words = name.split_whitespace().count();
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    (1..=7).contains(&words)
        && name.chars().count() <= 80
        && digits <= 3
        && !name
            .split(' ')
            .any(|word| word.bytes().all(|b| b.is_ascii_digit()))
        && !name.contains("://")
        && !name.contains(['{', '}', '<', '>'])
        && !name.contains(".com")
        && !NO_NAMES.contains(&name.to_lowercase().as_str())
}

/// The section a page files its article under.
pub fn section(head: &Head, signs: &Signs, linked: Option<&Linked>) -> Option<String> {
    let stated = linked.and_then(|linked| linked.section.clone());
    stated
        .into_iter()
        .chain(
            SECTIONS
                .iter()
                .filter_map(|name| head.meta(&[name]).map(one_line)),
        )
        .chain(signs.section.clone())
        .find(|section| {
            !section.is_empty() && section.chars().count() <= 120 && !section.contains("://")
        })
}

/// The language a page declares.
pub fn language(head: &Head, linked: Option<&Linked>) -> Option<String> {
    head.language
        .as_deref()
        .into_iter()
        .chain(linked.and_then(|linked| linked.language.as_deref()))
        .chain(head.meta(&[
            "og:locale",
            "content-language",
            "language",
            "dc.language",
            "dc:language",
            "dcterms.language",
        ]))
        .find_map(fields::language)
}

/// The canonical address.
pub fn address(head: &Head, linked: Option<&Linked>) -> Option<String> {
    head.canonical
        .as_deref()
        .into_iter()
        .chain(head.meta(&["og:url", "twitter:url", "dc.identifier", "parsely-link"]))
        .find_map(fields::address)
        .or_else(|| linked?.url.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_goes_from_either_end_of_a_title() {
        let titles = [
            (
                "Ferry sinks - The Wire",
                Some("The Wire"),
                vec![],
                "Ferry sinks",
            ),
            (
                "The Wire | Ferry sinks",
                Some("The Wire"),
                vec![],
                "Ferry sinks",
            ),
            (
                "Ferry sinks - Sea - Harbour News",
                None,
                vec!["Ferry sinks"],
                "Ferry sinks",
            ),
            (
                "Ferry - an obituary",
                None,
                vec!["Ferry - an obituary"],
                "Ferry - an obituary",
            ),
            (
                "Ferry sinks off Gotland | Harbour News",
                None,
                vec![],
                "Ferry sinks off Gotland",
            ),
            (
                "Ferry sinks :: harbour.example",
                None,
                vec![],
                "Ferry sinks",
            ),
        ];
        for (title, site, printed, expected) in titles {
            assert_eq!(without_site(title, site, &printed), expected, "{title}");
        }
    }

    #[test]
    fn names_are_freed_of_what_stands_around_them() {
        let texts = [
            ("By Jane Roe and Ali Khan", vec!["Jane Roe", "Ali Khan"]),
            ("Posted by Jane Roe on May 3, 2021", vec!["Jane Roe"]),
            ("https://example.org/people/jane", vec![]),
            ("admin", vec![]),
            ("By Jane Roe May 20", vec!["Jane Roe"]),
            ("ByJane Roe@janeroe Oct 31", vec!["Jane Roe"]),
            ("October 14", vec![]),
            ("4 minutes", vec![]),
        ];
        for (text, names) in texts {
            assert_eq!(authors(text), names, "{text}");
        }
    }
}
