//! What documents of word processors share, in whichever format they are
//! saved: paragraphs with their styles and a few properties, and how an article
//! comes of them. The text is read as plain text is; styles and properties tell
//! what that leaves open.

use crate::article::{Article, Provenance, Published, Title};
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::dates::{self, Order};
use crate::text::xml::Fault;

use super::{Options, Parsed, agency, credits, fields, plain};

/// A document as its writer sees it.
#[derive(Debug, Default)]
pub struct Document {
    /// The first paragraphs, among which the title is.
    head: Vec<Paragraph>,
    /// Those behind them, a line each: of a large file they are too many to be
    /// held one by one.
    rest: String,
    /// Footnotes and endnotes, a line each.
    notes: String,
    /// The title among its properties.
    pub title: Option<String>,
    /// Its first author.
    pub author: Option<String>,
    /// When it was made.
    pub created: Option<String>,
    /// Its language, as the properties say.
    pub language: Option<String>,
}

/// A paragraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph {
    /// Its text; lines that were broken by hand end in `\n`.
    pub text: String,
    /// What its style makes of it.
    pub rank: Rank,
}

impl Paragraph {
    /// Whether anything stands in it.
    pub fn is_said(&self) -> bool {
        !self.text.trim().is_empty()
    }
}

/// What a paragraph is by its style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rank {
    /// Running text.
    #[default]
    Text,
    /// A heading of the first level.
    Heading,
    /// The title of the document.
    Title,
}

impl Rank {
    /// What the name of a style says, as word processors name it in English or
    /// an editorial template does.
    pub fn of_style(name: &str) -> Self {
        let name: String = name
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        match name.as_str() {
            "title" | "headline" | "doctitle" | "articletitle" => Self::Title,
            "heading1" | "heading" | "h1" => Self::Heading,
            _ => Self::Text,
        }
    }
}

/// A row of a table, as the cells of it come.
#[derive(Debug, Default)]
pub struct Row(Vec<Vec<Paragraph>>);

impl Row {
    /// Adds a cell.
    pub fn push(&mut self, cell: Vec<Paragraph>) {
        self.0
            .push(cell.into_iter().filter(Paragraph::is_said).collect());
    }

    /// The row as one line where each cell holds a line at most: figures are
    /// set so. Where cells hold more the table only arranges text, and each
    /// is read by itself.
    pub fn into_paragraphs(self) -> Vec<Paragraph> {
        let is_line = |cell: &Vec<Paragraph>| {
            cell.len() <= 1 && cell.iter().all(|line| line.rank == Rank::Text)
        };
        if self.0.len() < 2 || !self.0.iter().all(is_line) {
            return self.0.into_iter().flatten().collect();
        }
        let cells = self
            .0
            .iter()
            .flatten()
            .map(|line| fields::one_line(&line.text));
        let text = cells.collect::<Vec<_>>().join(" ");
        let is_empty = text.is_empty();
        let row = Paragraph {
            text,
            rank: Rank::Text,
        };
        (!is_empty).then_some(row).into_iter().collect()
    }
}

/// Hands a document on as an article; what was lost of it to a fault of its XML
/// is told beside.
///
/// # Errors
///
/// The fault, or [`Reason::NoText`] where there is no text.
pub fn emit(
    document: Document,
    record: &Record,
    options: &Options,
    encoding: impl Into<Option<&'static str>>,
    fault: Option<Fault>,
    emit: &mut dyn FnMut(Parsed),
) -> Result<(), Reason> {
    let is_empty = document.is_empty();
    if !is_empty {
        let mut article = document.into_article(&record.hint, options.date_order);
        article.origin.encoding = encoding.into();
        emit(Parsed::Article(Box::new(article)));
    }
    match fault {
        Some(fault) if fault.loses_text() => Err(agency::reason(&fault)),
        _ if is_empty => Err(Reason::NoText),
        _ => Ok(()),
    }
}

/// Paragraphs of a document that are held as such.
const HEAD_PARAGRAPHS: usize = 64;

/// Paragraphs above a title that may be a letterhead, a day or a kicker.
const MOST_ABOVE: usize = 6;

impl Document {
    /// Adds a paragraph; empty ones, too, part those around them.
    pub fn push(&mut self, paragraph: Paragraph) {
        if self.head.len() < HEAD_PARAGRAPHS {
            self.head.push(paragraph);
        } else if !paragraph.text.is_empty() || !self.rest.ends_with("\n\n") {
            self.rest.push_str(&paragraph.text);
            self.rest.push('\n');
        }
    }

    /// Adds several paragraphs.
    pub fn extend(&mut self, paragraphs: impl IntoIterator<Item = Paragraph>) {
        for paragraph in paragraphs {
            self.push(paragraph);
        }
    }

    /// Adds a note, which is read behind the text.
    pub fn note(&mut self, note: &str) {
        let note = fields::one_line(note);
        if !note.is_empty() {
            self.notes.push_str("\n\n");
            self.notes.push_str(&note);
        }
    }

    /// Whether nothing is said in it.
    fn is_empty(&self) -> bool {
        !self.head.iter().any(Paragraph::is_said) && self.rest.trim().is_empty()
    }

    /// The article that the document holds, completed; `order` is that of days of numbers
    /// alone.
    pub fn into_article(mut self, hint: &Hint, order: Option<Order>) -> Article {
        let mut article = Article::default();
        let mut above = self.take_title(&mut article);
        if article.title.is_none() {
            above = self.take_contacts();
        }
        let mut text = String::new();
        for paragraph in std::mem::take(&mut self.head) {
            text.push_str(&paragraph.text);
            text.push('\n');
        }
        text.push_str(&std::mem::take(&mut self.rest));
        let mut kept = Vec::new();
        for line in above {
            if !plain::take_credit(&line, &mut article, order) {
                kept.push(line);
            }
        }
        plain::read_into(&mut article, &text, hint, order);
        if article.bylines.is_empty() {
            let author = self.author.as_deref().map(fields::one_line);
            let person = author.filter(|name| credits::looks_like_person(name));
            article.bylines.extend(person);
        }
        if article.language.is_none() {
            article.language = self.language.as_deref().and_then(fields::language);
        }
        fields::complete(&mut article, hint);
        if article.published.is_none()
            && let Some(made) = self.created.as_deref().and_then(agency::published)
        {
            // A dateline prints no year; for want of any day that of making
            // stands in, as the change of a page does.
            let dateline = dates::from_dateline(&article.body, Some(made.day.year()));
            article.published = Some(match dateline {
                Some(day) => Published {
                    day,
                    time: None,
                    provenance: Provenance::Dateline,
                },
                None => made,
            });
        }
        // What stood above the title is no start of the text: a dateline is
        // looked for behind it.
        kept.push(std::mem::take(&mut article.body));
        article.body = kept.join("\n\n") + &self.notes;
        article.body.truncate(article.body.trim_end().len());
        let blank = article.body.len() - article.body.trim_start().len();
        article.body.drain(..blank);
        article
    }

    /// Takes the lines at the top of a press release that say whom to ask.
    fn take_contacts(&mut self) -> Vec<String> {
        let (mut end, mut said) = (0, 0);
        for (at, paragraph) in self.head.iter().enumerate() {
            let line = paragraph.text.trim();
            if !line.is_empty() {
                if said >= MOST_ABOVE || !is_contact(line) {
                    break;
                }
                said += 1;
                end = at + 1;
            }
        }
        let contacts = self.head.drain(..end);
        contacts
            .map(|paragraph| fields::one_line(&paragraph.text))
            .filter(|line| !line.is_empty())
            .collect()
    }

    /// Takes the title out of the document and puts it into the article: a
    /// paragraph in the style of a title, else the property unless it is a
    /// placeholder, else a first heading. Gives the lines above it.
    fn take_title(&mut self, article: &mut Article) -> Vec<String> {
        self.drop_kickers();
        let is_said = |paragraph: &&Paragraph| paragraph.is_said();
        let first_of = |rank: Rank, most: usize| {
            let said = self.head.iter().enumerate();
            let mut said = said.filter(|(_, paragraph)| is_said(paragraph)).take(most);
            said.find(|(_, paragraph)| paragraph.rank == rank)
                .map(|(at, _)| at)
        };
        let property = self
            .title
            .as_deref()
            .map(fields::one_line)
            .filter(|title| !is_placeholder(title))
            // What a word processor cuts from the text by itself.
            .filter(|title| {
                let mut said = self.head.iter().filter(is_said);
                said.next().is_none_or(|first| {
                    let first = fields::one_line(&first.text);
                    first.len() == title.len() || !first.starts_with(title.as_str())
                })
            });
        let styled = first_of(Rank::Title, MOST_ABOVE + 1);
        let printed = property.as_ref().and_then(|title| {
            let mut said = self.head.iter().take(2 * MOST_ABOVE);
            said.position(|paragraph| agency::same_words(&paragraph.text, title))
        });
        let heading = || first_of(Rank::Heading, 1);
        let (at, title) = match (styled, property) {
            (Some(at), _) => (Some(at), None),
            (None, Some(title)) => (printed, Some(title)),
            (None, None) => (heading(), None),
        };
        let title = title.or_else(|| Some(self.head.get(at?)?.text.clone()));
        let Some(title) = title.map(|title| fields::one_line(&title)) else {
            return Vec::new();
        };
        article.title = Some(Title::stated(title));
        let Some(at) = at else {
            return Vec::new();
        };
        let mut above: Vec<Paragraph> = self.head.drain(..=at).collect();
        above.pop();
        above
            .iter()
            .map(|paragraph| fields::one_line(&paragraph.text))
            .filter(|line| !line.is_empty())
            .collect()
    }

    /// Drops the lines at the top that say what kind of text this is.
    fn drop_kickers(&mut self) {
        let mut looked_at = 0;
        self.head.retain(|paragraph| {
            if looked_at >= MOST_ABOVE || !paragraph.is_said() {
                return true;
            }
            looked_at += 1;
            !is_kicker(&paragraph.text)
        });
    }
}

/// Whether a line says whom to ask: a label that says so, or little but an
/// address or a number.
fn is_contact(line: &str) -> bool {
    const LABELS: &[&str] = &[
        "contact",
        "contacts",
        "media contact",
        "media contacts",
        "press contact",
        "kontakt",
        "pressekontakt",
        "ansprechpartner",
        "tel",
        "tel.",
        "phone",
        "telephone",
        "fax",
        "mobile",
        "email",
        "e-mail",
    ];
    const STARTS: &[&str] = &[
        "for more information",
        "for further information",
        "for media enquiries",
        "for media inquiries",
    ];
    if line.len() > 160 {
        return false;
    }
    let lower = line.to_lowercase();
    let label = lower.split(':').next().unwrap_or_default().trim();
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    LABELS.contains(&label)
        || STARTS.iter().any(|start| lower.starts_with(start))
        || line.contains('@') && line.split_whitespace().count() <= 6
        || digits >= 7 && letters <= digits
        || digits >= 7 && lower.starts_with("contact ")
}

/// Whether a title is none that anybody gave: empty, a number, the name of a
/// file or what programs write by themselves.
fn is_placeholder(title: &str) -> bool {
    const NONE: &[&str] = &[
        "",
        "untitled",
        "untitled document",
        "unnamed",
        "no title",
        "title",
        "titel",
        "titre",
        "document",
        "dokument",
        "documento",
        "word document",
        "microsoft word document",
        "microsoft word",
        "new document",
        "blank",
        "template",
        "draft",
        "normal",
        "letterhead",
        "unbenannt",
        "ohne titel",
        "sans titre",
        "sin título",
        "powerpoint presentation",
    ];
    const FILES: &[&str] = &[
        ".doc", ".docx", ".docm", ".dot", ".dotx", ".odt", ".rtf", ".wpd", ".pages", ".txt",
        ".pdf", ".indd", ".qxd",
    ];
    let lower = title.to_lowercase();
    let bare = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | '_' | '-'));
    NONE.contains(&bare)
        || lower.starts_with("microsoft word - ")
        || FILES.iter().any(|file| lower.ends_with(file))
        || is_kicker(title)
}

/// Whether a line says no more than that this is a press release.
fn is_kicker(line: &str) -> bool {
    const KICKERS: &[&str] = &[
        "press release",
        "news release",
        "media release",
        "press statement",
        "for immediate release",
        "press release for immediate release",
        "news release for immediate release",
        "for immediate release press release",
        "pressemitteilung",
        "presseinformation",
        "medienmitteilung",
        "communiqué de presse",
        "comunicado de prensa",
        "nota de prensa",
        "comunicato stampa",
        "comunicado de imprensa",
        "persbericht",
        "pressmeddelande",
        "pressemeddelelse",
        "pressemelding",
        "lehdistötiedote",
    ];
    if line.len() > 80 {
        return false;
    }
    let words: Vec<String> = line
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    KICKERS.contains(&words.join(" ").as_str())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn document(lines: &[(&str, Rank)]) -> Document {
        let paragraphs = lines.iter().map(|(text, rank)| Paragraph {
            text: (*text).to_owned(),
            rank: *rank,
        });
        let mut document = Document::default();
        document.extend(paragraphs);
        document
    }

    fn told(document: Document) -> String {
        let article = document.into_article(&Hint::named("releases/a.docx"), None);
        let title = article.title.unwrap();
        format!(
            "{}{} | {} | {} | {}",
            if title.derived { "~" } else { "" },
            title.text,
            article
                .published
                .map(|p| p.day.to_string())
                .unwrap_or_default(),
            article.bylines.join(", "),
            article.body.replace("\n\n", " / "),
        )
    }

    const LEAD: &str = "The harbour board said on Monday that the old crane would be sold.";

    #[test]
    fn a_styled_title_wins_and_what_stands_above_it_is_credits_or_text() {
        let read = document(&[
            ("PRESS RELEASE", Rank::Text),
            ("Harbour Board of Wendmouth", Rank::Text),
            ("", Rank::Text),
            ("21 November 2020", Rank::Text),
            ("Crane to be sold", Rank::Title),
            ("By Jane Roe", Rank::Text),
            (LEAD, Rank::Text),
        ]);
        let read = Document {
            title: Some("Template of the board".to_owned()),
            ..read
        };
        assert_eq!(
            told(read),
            format!(
                "Crane to be sold | 2020-11-21 | Jane Roe | Harbour Board of Wendmouth / {LEAD}"
            )
        );
    }

    #[test]
    fn a_property_is_the_title_unless_it_is_a_placeholder_or_cut_from_the_text() {
        let with = |title: &str| {
            told(Document {
                title: Some(title.to_owned()),
                ..document(&[
                    ("Crane to be sold", Rank::Text),
                    ("", Rank::Text),
                    (LEAD, Rank::Text),
                ])
            })
        };
        assert_eq!(
            with("Crane to be SOLD"),
            format!("Crane to be SOLD |  |  | {LEAD}")
        );
        assert_eq!(
            with("Sale of a crane"),
            format!("Sale of a crane |  |  | Crane to be sold / {LEAD}")
        );
        for placeholder in [
            "",
            "Document1",
            "Microsoft Word - crane_v3.doc",
            "crane final.docx",
            "untitled",
            "Press Release",
            "Crane to",
            "Dokument 2",
        ] {
            assert_eq!(
                with(placeholder),
                format!("Crane to be sold |  |  | {LEAD}"),
                "{placeholder}"
            );
        }
    }

    #[test]
    fn whom_to_ask_is_no_headline() {
        let read = document(&[
            ("FOR IMMEDIATE RELEASE", Rank::Text),
            ("", Rank::Text),
            ("Contact: Jane Roe", Rank::Text),
            ("press@quay.example", Rank::Text),
            ("(555) 010-9922", Rank::Text),
            ("2020-11-20", Rank::Text),
            ("", Rank::Text),
            ("Crane to be sold", Rank::Text),
            ("", Rank::Text),
            (LEAD, Rank::Text),
        ]);
        assert_eq!(
            told(read),
            format!(
                "Crane to be sold | 2020-11-20 |  | Contact: Jane Roe / press@quay.example / (555) 010-9922 / {LEAD}"
            )
        );
        for line in [
            "Contact lenses recalled",
            "Phone makers merge",
            "In 2020, 1,234,567 cranes were sold by the town",
        ] {
            assert!(!is_contact(line), "{line}");
        }
    }

    #[test]
    fn only_a_heading_that_comes_first_is_the_title() {
        let read = document(&[("Crane", Rank::Heading), (LEAD, Rank::Text)]);
        assert_eq!(told(read), format!("Crane |  |  | {LEAD}"));
        let read = document(&[(LEAD, Rank::Text), ("Crane", Rank::Heading)]);
        assert_eq!(told(read), format!("~{} |  |  | {LEAD} / Crane", LEAD));
    }

    #[test]
    fn authors_and_days_of_making_stand_in_for_what_the_text_does_not_say() {
        let made = |lines: &[(&str, Rank)], author: &str| {
            told(Document {
                author: Some(author.to_owned()),
                created: Some("2020-11-23T09:30:00Z".to_owned()),
                ..document(lines)
            })
        };
        let bare: &[(&str, Rank)] = &[("Crane", Rank::Title), (LEAD, Rank::Text)];
        assert_eq!(
            made(bare, "Ali Khan"),
            format!("Crane | 2020-11-23 | Ali Khan | {LEAD}")
        );
        assert_eq!(
            made(bare, "Administrator"),
            format!("Crane | 2020-11-23 |  | {LEAD}")
        );
        let line = format!("WENDMOUTH, Nov 21 (Gulf Wire) - {LEAD}");
        let dated: &[(&str, Rank)] = &[
            ("Crane", Rank::Title),
            ("By Jane Roe", Rank::Text),
            (&line, Rank::Text),
        ];
        assert_eq!(
            made(dated, "Ali Khan"),
            format!("Crane | 2020-11-21 | Jane Roe | {line}")
        );
    }
}
