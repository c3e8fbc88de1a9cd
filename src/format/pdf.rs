//! Reads PDF, one article a file: the text of its pages in the order in which
//! they are read, scanned pages by the text that was recognised in them.
//! Pictures are never decoded. Files are taken apart by a library; what stands
//! where on a page, and what is title, column or paragraph, is found here.

use std::sync::Arc;

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf as File};

use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};

use super::document::{self, Document, Paragraph, Rank};
use super::{Claim, Format, Head, Options, Parsed, agency};

mod columns;
mod content;
mod direction;
mod fonts;
mod guard;
mod lines;
mod paragraphs;
mod properties;
mod running;
mod words;

use content::Budget;
use fonts::Fonts;
use lines::Line;
use paragraphs::Set;
use words::Word;

/// The reader of PDF.
pub struct Pdf;

/// What a file starts with, within so many bytes.
const SIGNATURE: &[u8] = b"%PDF-";
const SIGNATURE_WITHIN: usize = 1024;

/// Pages of a file that are read.
const MOST_PAGES: usize = 20_000;

impl Format for Pdf {
    fn name(&self) -> &'static str {
        "pdf"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let bytes = head.bytes();
        let near = bytes.get(..SIGNATURE_WITHIN).unwrap_or(bytes);
        let is_named =
            hint.extension() == "pdf" || hint.media_type.as_deref() == Some("application/pdf");
        match memchr::memmem::find(near, SIGNATURE) {
            Some(0) => Claim::Certain,
            // Printers put their own commands before it; a text that tells of
            // PDF is none.
            Some(_) if is_named => Claim::Certain,
            Some(_) if head.is_binary() => Claim::Likely,
            _ => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        guard::check(&record.bytes)?;
        let file = match File::new(Arc::new(record.bytes.clone())) {
            Ok(file) => file,
            Err(LoadPdfError::Decryption(
                DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
            )) => {
                emit(Parsed::Skipped(Skip::Encrypted));
                return Ok(());
            }
            Err(_) => return Err(broken("no pages are found in it")),
        };
        let mut budget = Budget::default();
        let text = read(&file, &mut budget);
        if text.paragraphs.is_empty() && text.has_pictures {
            emit(Parsed::Skipped(Skip::Scan));
            return Ok(());
        }
        let mut document = Document::default();
        properties::read(&file, &mut document);
        fill(&mut document, text.paragraphs);
        document::emit(document, record, options, None, None, emit)?;
        match budget.is_spent() || text.is_cut {
            true => Err(broken("more is in it than is read of one file")),
            false => Ok(()),
        }
    }
}

fn broken(detail: &str) -> Reason {
    Reason::Broken {
        kind: "pdf",
        detail: detail.to_owned(),
    }
}

/// What is read of the pages of a file.
struct Text {
    paragraphs: Vec<Set>,
    /// Whether there are pictures on them.
    has_pictures: bool,
    /// Whether there are more pages than are read.
    is_cut: bool,
}

fn read(file: &File, budget: &mut Budget) -> Text {
    let mut fonts = Fonts::default();
    let mut has_pictures = false;
    let mut pages = Vec::new();
    for page in file.pages().iter().take(MOST_PAGES) {
        let (words, pictures) = content::read(page, &mut fonts, budget);
        has_pictures |= pictures;
        pages.push(blocks(words));
        if budget.is_spent() {
            break;
        }
    }
    running::remove(&mut pages);
    let blocks: Vec<Vec<Line>> = pages.into_iter().flatten().collect();
    Text {
        paragraphs: paragraphs::paragraphs(&blocks),
        has_pictures,
        is_cut: file.pages().len() > MOST_PAGES,
    }
}

/// The lines of a page by blocks. What is set at right angles to most of it is
/// read behind the rest, unless it is but a note at the margin.
fn blocks(words: Vec<Word>) -> Vec<Vec<Line>> {
    const FEWEST_BYTES: usize = 200;
    let mut turned: [Vec<Word>; 4] = Default::default();
    for word in words {
        if let Some(words) = turned.get_mut(usize::from(word.turns)) {
            words.push(word);
        }
    }
    let length = |words: &[Word]| words.iter().map(|word| word.text.len()).sum::<usize>();
    turned.sort_by_key(|words| std::cmp::Reverse(length(words)));
    let mut blocks = Vec::new();
    for (at, mut words) in turned.into_iter().enumerate() {
        if !words.is_empty() && (at == 0 || length(&words) >= FEWEST_BYTES) {
            let is_mirrored = direction::mirror(&mut words);
            let parts = columns::blocks(words).into_iter();
            blocks.extend(parts.map(|words| lines::lines(words, is_mirrored)));
        }
    }
    blocks
}

/// Fills a document with paragraphs, the headline among them marked.
fn fill(document: &mut Document, paragraphs: Vec<Set>) {
    let sizes = paragraphs.iter().map(|set| (set.size, set.text.len()));
    let usual = words::usual_size(sizes);
    let headline = match is_printed(document.title.as_deref(), &paragraphs) {
        true => None,
        false => headline(&paragraphs, usual),
    };
    for (at, set) in paragraphs.into_iter().enumerate() {
        let rank = match headline == Some(at) {
            true => Rank::Title,
            false => Rank::Text,
        };
        document.push(Paragraph {
            text: set.text.replace('\u{AD}', ""),
            rank,
        });
        // Each is whole, however long its lines were.
        document.push(Paragraph::default());
    }
}

/// Paragraphs at the head of the first page that its headline is among.
const HEAD: usize = 6;

/// Whether a title of the properties stands at the head of the text, too.
fn is_printed(title: Option<&str>, paragraphs: &[Set]) -> bool {
    title.is_some_and(|title| {
        let mut head = paragraphs.iter().take(HEAD);
        head.any(|set| agency::same_words(&set.text, title))
    })
}

/// Which paragraph is the headline: the first of the largest type at the head.
fn headline(paragraphs: &[Set], usual: f64) -> Option<usize> {
    const LONGEST: usize = 300;
    let mut found: Option<(usize, f64)> = None;
    for (at, set) in paragraphs.iter().take(HEAD).enumerate() {
        let letters = set.text.chars().filter(|c| c.is_alphabetic()).count();
        let is_larger = found.is_none_or(|(_, size)| set.size > size * 1.05);
        let may_be = set.size > 1.15 * usual && set.text.len() <= LONGEST && letters >= 4;
        if may_be && is_larger {
            found = Some((at, set.size));
        }
    }
    found.map(|(at, _)| at)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
