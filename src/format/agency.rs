//! What the formats of news agencies share: running copy from marked-up or
//! typed text, credits, subjects, and the way an XML file becomes articles and
//! remarks on what was lost.

use crate::article::{Article, EntityKind, Provenance, Published, Title};
use crate::error::{Reason, Skip};
use crate::record::Record;
use crate::text::xml::{self, Document, Fault};
use crate::text::{dates, markup};

use super::{Options, Parsed, credits, fields};

mod copy;

pub use copy::{copy, html_copy, is_furniture, plain_copy};

/// Most subjects that are joined to a section.
const MOST_SUBJECTS: usize = 12;

/// Decodes and parses a record as XML and hands what `read` makes of it on,
/// completed. Text lost to a fault is rejected beside what was saved.
///
/// # Errors
///
/// The fault, or [`Reason::NoText`] where nothing came of the document.
pub fn read_xml(
    record: &Record,
    options: &Options,
    emit: &mut dyn FnMut(Parsed),
    read: &dyn Fn(&Document, &mut Vec<Parsed>),
) -> Result<(), Reason> {
    let (document, encoding) = xml::parse_bytes(
        &record.bytes,
        record.hint.charset.as_deref(),
        options.encoding,
    );
    let mut found = Vec::new();
    read(&document, &mut found);
    let is_empty = found.is_empty();
    let is_cut = document.fault.as_ref().is_some_and(Fault::loses_text);
    for part in found {
        match part {
            // Of a story cut in its head nothing is left to read.
            Parsed::Article(article) if is_cut && article.body.is_empty() => {}
            Parsed::Article(article) if fields::is_empty(&article) => {
                emit(Parsed::Rejected(Reason::NoText));
            }
            Parsed::Article(mut article) => {
                article.origin.encoding = Some(encoding);
                name_publisher(&mut article);
                fields::complete(&mut article, &record.hint);
                emit(Parsed::Article(article));
            }
            other => emit(other),
        }
    }
    match document.fault {
        Some(fault) if fault.loses_text() => Err(reason(&fault)),
        _ if is_empty => Err(Reason::NoText),
        _ => Ok(()),
    }
}

/// Takes the publisher's name from the dateline where the metadata give none,
/// or its address.
pub fn name_publisher(article: &mut Article) {
    let Some(name) = credits::agency_in_dateline(&article.body) else {
        return;
    };
    let is_its_address = |host: &String| {
        let bare: String = name.to_lowercase().split_whitespace().collect();
        host.contains('.') && !host.contains(' ') && host.to_lowercase().contains(&bare)
    };
    if article.publisher.as_ref().is_none_or(is_its_address) {
        article.publisher = Some(name);
    }
}

/// A fault of XML as a reason.
pub fn reason(fault: &Fault) -> Reason {
    match fault {
        Fault::TooDeep => Reason::TooDeep {
            limit: xml::MAX_DEPTH,
        },
        Fault::TooMany => Reason::TooMany {
            limit: xml::MAX_NODES,
        },
        other => Reason::Malformed {
            kind: "xml",
            detail: other.to_string(),
        },
    }
}

/// What an item of a kind is, by the names that NewsML, NewsML-G2 and ninjs
/// have for kinds; `None` for text, composites and kinds nobody knows.
pub fn skipped_kind(kind: &str) -> Option<Skip> {
    let kind = kind.to_ascii_lowercase();
    match kind.as_str() {
        "picture" | "photo" | "photograph" | "image" | "graphic" | "graphics" | "infographic"
        | "animation" | "video" | "audio" | "logo" | "icon" | "thumbnail" | "still"
        | "audiovisual" | "complexdata" | "illustration" | "multimedia" => Some(Skip::Media),
        "event" | "events" | "planning" | "newscoverage" | "coverage" | "newsevent" => {
            Some(Skip::Planning)
        }
        "concept" | "scheme" | "catalog" | "topicset" => Some(Skip::Concept),
        _ => None,
    }
}

/// A day and time from a metadata field.
pub fn published(text: &str) -> Option<Published> {
    let line = fields::one_line(text);
    let first = line.split([' ', 'T']).next().unwrap_or_default();
    let stamp = dates::parse(&line).or_else(|| dates::parse(first))?;
    Some(fields::published(stamp, Provenance::Metadata))
}

/// Sets a headline, if there is one and none is set yet.
pub fn set_title(article: &mut Article, text: &str) {
    if article.title.is_none() {
        let line = fields::one_line(&markup::decode_entities(text));
        if !line.is_empty() {
            article.title = Some(Title::stated(line));
        }
    }
}

/// Takes the headline and a byline out of the text where they are repeated at
/// its start, and the initials of its editors off its end.
pub fn drop_repeats(article: &mut Article) {
    let mut paragraphs: Vec<&str> = article.body.split("\n\n").collect();
    let before = paragraphs.len();
    if paragraphs.len() > 1
        && paragraphs
            .last()
            .is_some_and(|line| credits::is_sign_off(line))
    {
        paragraphs.pop();
    }
    if let Some(title) = &article.title
        && !title.derived
        && paragraphs.len() > 1
        && same_words(paragraphs[0], &title.text)
    {
        paragraphs.remove(0);
    }
    let credit = paragraphs
        .iter()
        .take(4)
        .position(|line| credits::is_byline(line));
    if let Some(at) = credit
        && paragraphs.len() > 1
    {
        let names = credits::authors(paragraphs[at]);
        let known = names
            .iter()
            .all(|name| article.bylines.iter().any(|b| same_words(b, name)));
        // A byline in the copy is better than the name of a desk.
        if known || !names.is_empty() {
            paragraphs.remove(at);
            if !known {
                article.bylines = names;
            }
        }
    }
    if article.bylines.is_empty() {
        article.bylines = paragraphs
            .last()
            .map(|line| credits::closing_credit(line))
            .unwrap_or_default();
    }
    if paragraphs.len() < before {
        article.body = paragraphs.join("\n\n");
    }
}

/// Whether two lines hold the same letters and digits.
pub fn same_words(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    letters(a) == letters(b)
}

/// Names joined to a section: each once, the first dozen.
pub fn section<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Option<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        let name = fields::one_line(name.as_ref());
        let told = name.chars().any(char::is_alphabetic) && name.len() <= 120;
        if told && !kept.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            kept.push(name);
        }
        if kept.len() == MOST_SUBJECTS {
            break;
        }
    }
    (!kept.is_empty()).then(|| kept.join(", "))
}

/// The name of the topic that an IPTC subject code of eight digits belongs to.
pub fn topic(code: &str) -> Option<&'static str> {
    const TOPICS: [&str; 17] = [
        "arts, culture and entertainment",
        "crime, law and justice",
        "disaster and accident",
        "economy, business and finance",
        "education",
        "environmental issue",
        "health",
        "human interest",
        "labour",
        "lifestyle and leisure",
        "politics",
        "religion and belief",
        "science and technology",
        "social issue",
        "sport",
        "unrest, conflicts and war",
        "weather",
    ];
    let digits = code.rsplit([':', '/']).next()?;
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let first: usize = digits[..2].parse().ok()?;
    TOPICS.get(first.checked_sub(1)?).copied()
}

/// Adds a name that the source's tags give.
pub fn add_name(article: &mut Article, name: &str, kind: EntityKind) {
    let line = fields::one_line(name);
    let bare = line
        .strip_suffix("'s")
        .or_else(|| line.strip_suffix("’s"))
        .unwrap_or(&line);
    if bare.chars().any(char::is_alphabetic) {
        fields::add_entity(article, bare, kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_codes_have_names() {
        assert_eq!(topic("subj:15054000"), Some("sport"));
        assert_eq!(topic("20001071"), None);
        assert_eq!(topic("11"), None);
    }
}
