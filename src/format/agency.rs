//! What the formats of news agencies share: running copy from marked-up or
//! typed text, credits, subjects, and the way an XML file becomes articles and
//! remarks on what was lost.

use crate::article::{Article, EntityKind, Provenance, Published, Title};
use crate::error::{Reason, Skip};
use crate::record::Record;
use crate::text::xml::{self, Document, Element, Fault, Flow, Node};
use crate::text::{dates, markup};

use super::{Options, Parsed, fields, prose};

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
    for part in found {
        match part {
            Parsed::Article(article) if fields::is_empty(&article) => {
                emit(Parsed::Rejected(Reason::NoText));
            }
            Parsed::Article(mut article) => {
                article.origin.encoding = Some(encoding);
                if article.publisher.is_none() {
                    article.publisher = agency_in_dateline(&article.body);
                }
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

/// Running text of marked-up copy, without the elements that `skip` names.
/// Copy typed with indents and line ends inside one element keeps its
/// paragraphs; lines broken at a margin are joined.
pub fn copy(element: &Element, skip: &dyn Fn(&Element) -> bool) -> String {
    let mut element = element.clone();
    part_typed_text(&mut element);
    let mut flow = Flow::default();
    flow.element(&element, skip);
    let text = join_broken_lines(&flow.finish());
    // Some write the tags of their copy as text.
    if markup::looks_like_html(&text) {
        return html_copy(&element.text());
    }
    // Others escape their references twice.
    if text.contains('&') {
        return markup::decode_entities(&text);
    }
    text
}

/// Running text of HTML that came as a text.
pub fn html_copy(html: &str) -> String {
    let bare = html.trim_start();
    let bare = match bare.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest),
        None => bare,
    };
    let document = xml::parse(&format!("<div>{bare}</div>"));
    match document.roots.as_slice() {
        [root] if document.fault.is_none() => {
            let mut root = root.clone();
            part_typed_text(&mut root);
            let mut flow = Flow::default();
            flow.element(&root, &is_furniture);
            join_broken_lines(&flow.finish())
        }
        _ => markup::to_text(bare),
    }
}

/// Running text of a text without markup.
pub fn plain_copy(text: &str) -> String {
    if markup::looks_like_html(text) {
        return html_copy(text);
    }
    prose::paragraphs(&prose::clean(text)).join("\n\n")
}

/// Elements of XHTML that stand around the text: pictures, navigation, and a
/// header that repeats the headline.
pub fn is_furniture(element: &Element) -> bool {
    let class = element.attribute("class").unwrap_or_default();
    match element.name() {
        "figure" | "nav" | "media" | "img" | "button" | "form" => true,
        "header" => element
            .descendants()
            .any(|inner| matches!(inner.name(), "h1" | "h2")),
        _ => matches!(class, "dat" | "slugline"),
    }
}

/// Replaces text that was typed with line ends and indents by paragraphs.
fn part_typed_text(element: &mut Element) {
    let mut children = Vec::with_capacity(element.children.len());
    for node in element.children.drain(..) {
        match node {
            Node::Text(text) if is_typed(&text) => {
                // A byline of its own line is a paragraph.
                let lines = text
                    .lines()
                    .map(|line| match prose::is_byline(line.trim()) {
                        true => format!("{line}\n\n"),
                        false => format!("{line}\n"),
                    });
                let text: String = lines.collect();
                for paragraph in prose::paragraphs(&prose::clean(&text)) {
                    children.push(Node::Element(Element::new(
                        "p",
                        vec![Node::Text(paragraph)],
                    )));
                }
            }
            Node::Element(mut inner) => {
                part_typed_text(&mut inner);
                children.push(Node::Element(inner));
            }
            text => children.push(text),
        }
    }
    element.children = children;
}

/// Whether lines start now at the margin and now a little to the right: a
/// typist's paragraphs. Indents of XML written for reading are all alike.
fn is_typed(text: &str) -> bool {
    let (mut at_margin, mut indented) = (0, 0);
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let bare = line.trim_start();
        match line.len() - bare.len() {
            0 => at_margin += 1,
            2..=8 => indented += 1,
            1 if line.starts_with('\t') => indented += 1,
            _ => {}
        }
    }
    at_margin >= 2 && indented >= 1
}

/// Joins the lines of paragraphs that were broken at a margin. Rows of tables
/// and verses stay: their lines rarely go on in small letters.
fn join_broken_lines(text: &str) -> String {
    let (mut full, mut goes_on, mut all, mut longest) = (0, 0, 0, 0);
    let pairs = || {
        text.split("\n\n").flat_map(|paragraph| {
            let lines: Vec<&str> = paragraph.lines().collect();
            lines
                .windows(2)
                .map(|pair| (pair[0].chars().count(), pair[1]))
                .collect::<Vec<_>>()
        })
    };
    for (width, _) in pairs() {
        longest = longest.max(width);
    }
    for (width, next) in pairs() {
        all += 1;
        full += usize::from(width * 10 >= longest * 7);
        goes_on += usize::from(next.starts_with(char::is_lowercase));
    }
    let is_broken =
        all >= 3 && (30..=90).contains(&longest) && full * 10 >= all * 7 && goes_on * 10 >= all * 4;
    if !is_broken {
        return text.to_owned();
    }
    let joined: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "))
        .collect();
    joined.join("\n\n")
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
/// its start.
pub fn drop_repeats(article: &mut Article) {
    let mut paragraphs: Vec<&str> = article.body.split("\n\n").collect();
    let before = paragraphs.len();
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
        .position(|line| prose::is_byline(line));
    if let Some(at) = credit
        && paragraphs.len() > 1
    {
        let names = authors(paragraphs[at]);
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
            .map(|line| closing_credit(line))
            .unwrap_or_default();
    }
    if paragraphs.len() < before {
        article.body = paragraphs.join("\n\n");
    }
}

/// The people in `(Reporting by A and B; Editing by C)`.
fn closing_credit(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('(').trim_end_matches(')');
    let names = inner
        .strip_prefix("Reporting by ")
        .or_else(|| inner.strip_prefix("Writing by "));
    names
        .and_then(|names| names.split(';').next())
        .map(authors)
        .unwrap_or_default()
}

/// The people behind `Reporting by:` in notes to editors.
pub fn reporters(notes: &str) -> Vec<String> {
    let mut lines = notes.lines().map(str::trim_end).peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_start_matches(['-', ' ']);
        let signs = [
            "Reporting by:",
            "Autor:",
            "Autorin:",
            "Autor/in:",
            "Autoren:",
            "Por:",
        ];
        let Some(names) = signs.iter().find_map(|sign| bare.strip_prefix(sign)) else {
            continue;
        };
        let mut names = names.to_owned();
        while let Some(more) = lines.next_if(|next| next.starts_with("  ")) {
            names.push(' ');
            names.push_str(more.trim());
        }
        // Telephone numbers and addresses follow a name.
        let people: Vec<String> = names
            .split(',')
            .filter(|part| !part.contains(['@', '+', '<']) && part.chars().any(char::is_alphabetic))
            .map(str::to_owned)
            .collect();
        return people.iter().flat_map(|names| authors(names)).collect();
    }
    Vec::new()
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

/// The people in a byline: agencies, desks and job titles left out, `in
/// Vienna` and `/TT` cut off.
pub fn authors(line: &str) -> Vec<String> {
    let line = fields::one_line(line);
    let lower = line.to_lowercase();
    let by = [
        "av ",
        "af ",
        "door ",
        "text: ",
        "written by ",
        "reporting by ",
    ]
    .into_iter()
    .find(|by| lower.starts_with(by) && line.is_char_boundary(by.len()));
    let line = by.map_or(line.as_str(), |by| &line[by.len()..]);
    prose::bylines(line)
        .iter()
        .flat_map(|names| joined_names(names))
        .filter_map(|name| {
            let name = name.split(" in ").next().unwrap_or(name);
            let name = name.split(['/', '(']).next().unwrap_or(name).trim();
            let name = name.trim_start_matches(['_', '*', '-', ' ']);
            (!is_outlet(name) && name.chars().any(char::is_alphabetic)).then(|| name.to_owned())
        })
        .collect()
}

/// The people in an element that the source marks as a person: no name is
/// taken for an agency's.
pub fn people(line: &str) -> Vec<String> {
    let line = fields::one_line(line);
    prose::bylines(&line)
        .iter()
        .flat_map(|names| joined_names(names))
        .map(str::to_owned)
        .collect()
}

/// Names joined by the word for `and` of another language.
fn joined_names(names: &str) -> Vec<&str> {
    let words = [
        " et ", " und ", " y ", " och ", " og ", " en ", " ja ", " e ",
    ];
    let split = words.iter().find_map(|and| {
        let parts: Vec<&str> = names.split(and).collect();
        let are_names = parts.len() > 1 && parts.iter().all(|part| looks_like_person(part));
        are_names.then_some(parts)
    });
    split.unwrap_or_else(|| vec![names])
}

/// Whether a name is that of an agency, a paper, a desk or a job.
pub fn is_outlet(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "press",
        "news",
        "agency",
        "agence",
        "agencia",
        "agentur",
        "reuters",
        "ap",
        "afp",
        "dpa",
        "ansa",
        "efe",
        "tass",
        "xinhua",
        "kyodo",
        "pa",
        "aap",
        "ntb",
        "tt",
        "stt",
        "ritzau",
        "upi",
        "apa",
        "sda",
        "ats",
        "belga",
        "anp",
        "lusa",
        "bloomberg",
        "network",
        "wire",
        "writer",
        "writers",
        "reporter",
        "reporters",
        "correspondent",
        "correspondents",
        "editor",
        "editors",
        "staff",
        "media",
        "times",
        "journal",
        "inc",
        "ltd",
        "gmbh",
        "corp",
        "tv",
        "radio",
        "database",
        "bureau",
        "newsroom",
        "desk",
        "newsdesk",
        "redaktion",
        "redaction",
        "rédaction",
        "kontributor",
        "korrespondent",
    ];
    let lower = name.to_lowercase();
    lower.starts_with("the ")
        || lower.contains('@')
        || lower
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| WORDS.contains(&word))
}

/// Whether a name can be that of a person: two to five words in capitals.
pub fn looks_like_person(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let capital = |word: &&str| {
        word.starts_with(char::is_uppercase)
            || matches!(
                *word,
                "de" | "van" | "von" | "der" | "al" | "bin" | "di" | "da" | "la" | "del"
            )
    };
    (2..=5).contains(&words.len())
        && words.iter().all(capital)
        && !name.contains(|c: char| c.is_ascii_digit() || matches!(c, ',' | '&'))
        && !is_outlet(name)
}

/// A publisher's name without a copyright notice around it.
pub fn outlet(text: &str) -> Option<String> {
    let line = fields::one_line(text);
    let mut name = line.as_str();
    for sign in ["Copyright", "(c)", "(C)", "©", "Copyright"] {
        name = name.strip_prefix(sign).unwrap_or(name).trim_start();
    }
    name =
        name.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | ',' | '-' | '–'));
    let lower = name.to_lowercase();
    if let Some(at) = lower
        .find("all rights")
        .filter(|at| name.is_char_boundary(*at))
    {
        name = &name[..at];
    }
    let name = name.trim_matches(['.', ',', ' ', '–', '-', '/']);
    name.chars()
        .any(char::is_alphabetic)
        .then(|| name.to_owned())
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

/// The agency in the dateline of a text: `BERLIN (dpa) - …`.
pub fn agency_in_dateline(body: &str) -> Option<String> {
    let head: String = body.chars().take(120).collect();
    let (before, rest) = head.split_once('(')?;
    let (name, after) = rest.split_once(')')?;
    let ends = after.trim_start().starts_with(['-', '–', '—', '_', ':']);
    let short =
        (2..=30).contains(&name.len()) && name.chars().all(|c| c.is_alphabetic() || c == ' ');
    let opens = before.trim().is_empty() || before.trim().starts_with(char::is_uppercase);
    (ends && short && opens).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bylines_keep_people_and_leave_their_employers_out() {
        let lines = [
            ("By Ann Roe, Lake Press", vec!["Ann Roe"]),
            ("Von Otto Beispiel, dpa", vec!["Otto Beispiel"]),
            (
                "Ann Roe in Vienna, Bo Li in Geneva and Cy Poe in New York",
                vec!["Ann Roe", "Bo Li", "Cy Poe"],
            ),
            ("Staff Reporter", vec![]),
            ("Karl Foto/TT", vec!["Karl Foto"]),
            ("The Lake Database", vec![]),
        ];
        for (line, names) in lines {
            assert_eq!(authors(line), names, "{line}");
        }
    }

    #[test]
    fn copyright_lines_are_cut_to_the_name() {
        assert_eq!(
            outlet("The Lake Press. All rights reserved").as_deref(),
            Some("The Lake Press")
        );
        assert_eq!(outlet("© 2024 GWA").as_deref(), Some("GWA"));
        assert_eq!(outlet("2024"), None);
    }

    #[test]
    fn typed_copy_keeps_its_paragraphs_and_broken_lines_join() {
        let typed = "<p>First line of the story goes on to the\nmargin and over it\n    A second paragraph begins further right and\nends here.</p>";
        assert_eq!(
            copy(&xml::parse(typed).roots[0], &|_| false),
            "First line of the story goes on to the margin and over it\n\nA second paragraph begins further right and ends here."
        );
        let broken = "<p>The first line of it was broken<br/>by a machine that only counts<br/>signs and does not ever know<br/>what they are good for.</p>";
        assert_eq!(
            copy(&xml::parse(broken).roots[0], &|_| false),
            "The first line of it was broken by a machine that only counts signs and does not ever know what they are good for."
        );
        let table = "<table><tr><td>Oslo and its islands in the fjord</td><td>1</td></tr><tr><td>Bergen and its islands in the sea</td><td>2</td></tr><tr><td>Tromso and the islands around the town</td><td>3</td></tr><tr><td>Bodo</td></tr></table>";
        assert_eq!(
            copy(&xml::parse(table).roots[0], &|_| false)
                .lines()
                .count(),
            4
        );
    }

    #[test]
    fn html_in_text_is_read_as_html() {
        assert_eq!(html_copy("<p>A<br>B</p><p>C &amp; D</p>"), "A\nB\n\nC & D");
        assert_eq!(
            copy(
                &xml::parse(
                    "<content>&lt;p&gt;A &amp;amp; B&lt;/p&gt;&lt;p&gt;C&lt;/p&gt;</content>"
                )
                .roots[0],
                &|_| false
            ),
            "A & B\n\nC"
        );
    }

    #[test]
    fn subject_codes_have_names() {
        assert_eq!(topic("subj:15054000"), Some("sport"));
        assert_eq!(topic("20001071"), None);
        assert_eq!(topic("11"), None);
    }

    #[test]
    fn the_agency_stands_in_the_dateline() {
        assert_eq!(
            agency_in_dateline("Selfoss, Iceland (Gulf Wire) - Farmers").as_deref(),
            Some("Gulf Wire")
        );
        assert_eq!(agency_in_dateline("He (she) said so"), None);
    }
}
