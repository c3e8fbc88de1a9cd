//! Reads ALTO, the pages of scanned newspapers: text recognised by machine,
//! word by word. A page is an article. Its blocks are read in the order the
//! file gives, words divided at a line's end are joined. The newspaper's name,
//! the day and the page's number come from the METS record that lies beside
//! the page, else from the path. Layout: ALTO 1 to 4 of the Library of Congress.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::article::{Article, Provenance, Published, Title};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::dates;
use crate::text::xml::{self, Element};

use super::mets::{self, Issue};
use super::{Claim, Format, Head, Options, Parsed, agency, fields, prose};

/// The reader of ALTO pages.
pub struct Alto;

impl Format for Alto {
    fn name(&self) -> &'static str {
        "alto"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        match head.root() {
            Some(root) if root.name().eq_ignore_ascii_case("alto") => Claim::Certain,
            _ => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let (document, encoding) = xml::parse_bytes(
            &record.bytes,
            record.hint.charset.as_deref(),
            options.encoding,
        );
        let mut found = 0;
        for root in document
            .roots
            .iter()
            .filter(|root| root.name().eq_ignore_ascii_case("alto"))
        {
            let issue = mets::beside(&record.hint);
            let pages: Vec<&Element> = root
                .descendants()
                .filter(|inner| inner.is("Page"))
                .collect();
            for page in pages {
                let mut article = read(root, page, issue.as_ref(), &record.hint);
                article.origin.encoding = Some(encoding);
                emit(Parsed::Article(Box::new(article)));
                found += 1;
            }
        }
        match document.fault {
            Some(fault) if fault.loses_text() => Err(agency::reason(&fault)),
            _ if found == 0 => {
                emit(Parsed::Skipped(Skip::Empty));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn read(root: &Element, page: &Element, issue: Option<&Issue>, hint: &Hint) -> Article {
    let image = root
        .at("Description/sourceImageInformation/fileName")
        .map(Element::line);
    let mut article = Article {
        body: text(root, page),
        scanned: true,
        ..Article::default()
    };
    article.language = language(page);
    let in_path = day_in_path(&hint.name).or_else(|| day_in_path(image.as_deref()?));
    let stated = issue.and_then(|issue| issue.day);
    let day = stated.map(|day| (day, Provenance::Metadata));
    article.published = day
        .or_else(|| in_path.map(|day| (day, Provenance::Path)))
        .map(|(day, provenance)| Published {
            day,
            time: None,
            provenance,
        });
    let number = issue
        .and_then(|issue| issue.page_of(hint.file_name()))
        .or_else(|| printed_number(page));
    if let Some(issue) = issue {
        article.publisher.clone_from(&issue.newspaper);
        let day = article.published.map(|published| published.day.to_string());
        let page = number.map(|number| format!("page {number}"));
        let parts: Vec<String> = [issue.newspaper.clone(), day, page]
            .into_iter()
            .flatten()
            .collect();
        if issue.newspaper.is_some() {
            article.title = Some(Title::stated(parts.join(", ")));
        }
    }
    if article.body.is_empty() && article.title.is_none() {
        // A blank page or a test target has nothing but its place.
        let place: Vec<&str> = hint.name.rsplit('/').take(2).collect();
        let place: Vec<&str> = place.into_iter().rev().collect();
        article.title = Some(Title::stated(format!("Blank page {}", place.join("/"))));
    }
    if article.title.is_none() {
        article.title = first_words(&article.body);
    }
    fields::complete(&mut article, hint);
    article
}

/// A stand-in for a missing title: the start of the first paragraph that holds
/// words and not the specks and rules of a page's margin.
fn first_words(body: &str) -> Option<Title> {
    let is_word = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() >= 3;
    let mut paragraphs = body.split("\n\n");
    let worded = paragraphs.find(|text| text.split_whitespace().filter(is_word).count() >= 3)?;
    prose::derived_title(worded)
}

/// The number printed on the page, `[3]` where it was counted.
fn printed_number(page: &Element) -> Option<String> {
    let number = page.attribute("PRINTED_IMG_NR")?;
    let number = number.trim_matches(['[', ']', ' ']);
    (!number.is_empty()).then(|| number.to_owned())
}

/// The language that most blocks declare.
fn language(page: &Element) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for block in page.descendants().filter(|inner| inner.is("TextBlock")) {
        let declared = block
            .attribute("LANG")
            .or_else(|| block.attribute("language"));
        if let Some(language) = declared {
            *counts.entry(language).or_default() += 1;
        }
    }
    let (language, _) = counts
        .into_iter()
        .max_by_key(|(language, count)| (*count, *language))?;
    fields::language(language)
}

/// The day in a path; `1887030301` is the first edition of 1887-03-03.
fn day_in_path(path: &str) -> Option<Date> {
    let edition = path.split('/').rev().find_map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        if digits.len() != 10 {
            return None;
        }
        dates::parse(&digits[..8]).map(|stamp| stamp.day)
    });
    edition.or_else(|| dates::from_path(path))
}

/// The text of a page, a paragraph for each block.
fn text(root: &Element, page: &Element) -> String {
    let mut blocks: Vec<&Element> = Vec::new();
    // Margins come first in the file, though the bottom one is read last.
    let mut spaces: Vec<&Element> = page.elements().collect();
    spaces.sort_by_key(|space| match space.name() {
        "TopMargin" => 0,
        "BottomMargin" => 2,
        _ => 1,
    });
    for space in spaces {
        let own = Some(space).filter(|space| space.is("TextBlock"));
        blocks.extend(
            own.into_iter()
                .chain(space.descendants().filter(|inner| inner.is("TextBlock"))),
        );
    }
    let mut words = Words::default();
    for block in in_reading_order(root, blocks) {
        words.block(block);
    }
    words.finish()
}

/// Blocks as the reading order of the page lists them, or as each names its
/// next (`IDNEXT`), else as they stand in the file.
fn in_reading_order<'a>(root: &'a Element, blocks: Vec<&'a Element>) -> Vec<&'a Element> {
    let places: HashMap<&str, usize> = blocks
        .iter()
        .enumerate()
        .filter_map(|(at, block)| Some((block.attribute("ID")?, at)))
        .collect();
    let listed = root
        .find("ReadingOrder")
        .into_iter()
        .flat_map(Element::descendants);
    let mut order: Vec<usize> = listed
        .filter_map(|entry| places.get(entry.attribute("REF")?).copied())
        .collect();
    order.extend(0..blocks.len());
    let mut taken = vec![false; blocks.len()];
    let mut ordered = Vec::with_capacity(blocks.len());
    for start in order {
        let mut at = start;
        while !taken[at] {
            taken[at] = true;
            ordered.push(blocks[at]);
            let next = blocks[at].attribute("IDNEXT").and_then(|id| places.get(id));
            match next {
                Some(next) => at = *next,
                None => break,
            }
        }
    }
    ordered
}

/// Gathers words into paragraphs.
#[derive(Default)]
struct Words {
    paragraphs: Vec<String>,
    /// The word that was divided at a line's end and has been written whole.
    whole: Option<String>,
    /// The last word was divided and its second part is to be joined to it.
    divided: bool,
}

impl Words {
    fn block(&mut self, block: &Element) {
        let lines: Vec<&Element> = block.all("TextLine").collect();
        let mut fresh = true;
        for (at, line) in lines.iter().enumerate() {
            let indented = is_indented(&lines, at);
            self.line(line, fresh || indented);
            fresh = false;
        }
    }

    fn line(&mut self, line: &Element, mut opens: bool) {
        let parts: Vec<&Element> = line.elements().collect();
        let last_word = parts.iter().rposition(|part| part.is("String"));
        for (at, part) in parts.iter().enumerate() {
            match part.name() {
                "HYP" => self.divided = self.whole.is_none(),
                "String" => {
                    let ends_line = Some(at) == last_word;
                    if self.word(part, opens, ends_line) {
                        opens = false;
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds a word; `false` if nothing was added.
    fn word(&mut self, word: &Element, opens: bool, ends_line: bool) -> bool {
        let content = word.attribute("CONTENT").unwrap_or_default();
        let whole = word.attribute("SUBS_CONTENT");
        let kind = word.attribute("SUBS_TYPE").unwrap_or_default();
        if let Some(expected) = self.whole.take()
            && kind == "HypPart2"
            && whole.is_none_or(|whole| whole == expected)
        {
            return false;
        }
        if kind == "HypPart1"
            && let Some(whole) = whole
        {
            self.put(whole, opens);
            self.whole = Some(whole.to_owned());
            return true;
        }
        if content.is_empty() {
            return false;
        }
        let stem = content
            .strip_suffix(['-', '\u{AD}', '¬', '⸗'])
            .filter(|stem| stem.ends_with(char::is_alphabetic));
        match stem {
            // Some write the sign into the word itself.
            Some(stem) if ends_line && kind != "Abbreviation" => {
                self.put(stem, opens);
                self.divided = true;
            }
            _ => self.put(content, opens),
        }
        true
    }

    fn put(&mut self, word: &str, opens: bool) {
        let joins = std::mem::take(&mut self.divided);
        match self.paragraphs.last_mut() {
            Some(last) if joins && word.starts_with(char::is_lowercase) => last.push_str(word),
            Some(last) if joins => {
                // A name after a dash, or the noise of a margin.
                last.push('-');
                last.push_str(word);
            }
            Some(last) if !opens => {
                last.push(' ');
                last.push_str(word);
            }
            _ => self.paragraphs.push(word.to_owned()),
        }
    }

    fn finish(self) -> String {
        self.paragraphs.join("\n\n")
    }
}

/// Whether a line begins to the right of both its neighbours by about a letter or
/// two: a new paragraph of a column.
fn is_indented(lines: &[&Element], at: usize) -> bool {
    let left = |at: usize| -> Option<f64> { lines.get(at)?.attribute("HPOS")?.parse().ok() };
    let number = |name: &str| -> Option<f64> { lines[at].attribute(name)?.parse().ok() };
    let (Some(own), Some(height)) = (left(at), number("HEIGHT")) else {
        return false;
    };
    let Some(before) = at.checked_sub(1).and_then(left) else {
        return false;
    };
    let by = own - before.min(left(at + 1).unwrap_or(before));
    let from_next = left(at + 1).map_or(by, |next| own - next);
    height > 0.0 && by >= height * 0.6 && from_next >= height * 0.6 && by <= height * 6.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::format::tests::articles;
    use crate::record::Beside;

    fn page(blocks: &str) -> String {
        format!(
            "<alto xmlns='http://www.loc.gov/standards/alto/ns-v2#'><Layout><Page ID='P1' PHYSICAL_IMG_NR='1'><PrintSpace>{blocks}</PrintSpace></Page></Layout></alto>"
        )
    }

    const DIVIDED: &str = "<TextBlock ID='a'><TextLine><String CONTENT='The'/><SP/><String CONTENT='head' SUBS_TYPE='HypPart1' SUBS_CONTENT='headmaster'/><HYP CONTENT='-'/></TextLine>\
        <TextLine><String CONTENT='master' SUBS_TYPE='HypPart2' SUBS_CONTENT='headmaster'/><SP/><String CONTENT='ran'/><SP/><String CONTENT='to'/><HYP CONTENT='-'/></TextLine>\
        <TextLine><String CONTENT='day'/><SP/><String CONTENT='yes-'/></TextLine><TextLine><String CONTENT='terday'/></TextLine></TextBlock>\
        <TextBlock ID='b'><TextLine><String CONTENT='Other'/></TextLine></TextBlock>";

    #[test]
    fn divided_words_are_joined_and_blocks_are_paragraphs() {
        let read = &articles(&Alto, "x/1887030302/0003.xml", page(DIVIDED).as_bytes())[0];
        assert_eq!(read.body, "The headmaster ran today yesterday\n\nOther");
        assert!(read.scanned);
        assert_eq!(read.published.unwrap().day.to_string(), "1887-03-03");
        assert_eq!(read.published.unwrap().provenance, Provenance::Path);
    }

    #[test]
    fn a_word_divided_between_blocks_is_written_once() {
        let blocks = "<TextBlock><TextLine><String CONTENT='tele' SUBS_TYPE='HypPart1' SUBS_CONTENT='telegram'/><HYP/></TextLine></TextBlock>\
            <TextBlock><TextLine><String CONTENT='gram' SUBS_TYPE='HypPart2' SUBS_CONTENT='telegram'/><SP/><String CONTENT='came'/></TextLine></TextBlock>";
        assert_eq!(
            articles(&Alto, "a.xml", page(blocks).as_bytes())[0].body,
            "telegram\n\ncame"
        );
    }

    #[test]
    fn blocks_follow_the_order_the_page_gives() {
        let block = |id: &str, next: &str| {
            format!(
                "<TextBlock ID='{id}' {next}><TextLine><String CONTENT='{id}'/></TextLine></TextBlock>"
            )
        };
        let chained =
            page(&(block("a", "IDNEXT='c'") + &block("b", "") + &block("c", "IDNEXT='a'")));
        assert_eq!(
            articles(&Alto, "a", chained.as_bytes())[0].body,
            "a\n\nc\n\nb"
        );
        let listed = page(&(block("a", "") + &block("b", ""))).replace("<Layout>", "<Layout><ReadingOrder><OrderedGroup><ElementRef REF='b'/><ElementRef REF='a'/></OrderedGroup></ReadingOrder>");
        assert_eq!(articles(&Alto, "a", listed.as_bytes())[0].body, "b\n\na");
    }

    #[test]
    fn an_indent_opens_a_paragraph_and_a_skewed_margin_does_not() {
        let line = |left: u32, word: &str| {
            format!("<TextLine HPOS='{left}' HEIGHT='10'><String CONTENT='{word}'/></TextLine>")
        };
        let lines = [(100, "a"), (102, "b"), (120, "c"), (105, "d"), (107, "e")]
            .map(|(left, word)| line(left, word));
        let block = format!("<TextBlock>{}</TextBlock>", lines.concat());
        assert_eq!(
            articles(&Alto, "a", page(&block).as_bytes())[0].body,
            "a b\n\nc d e"
        );
    }

    #[test]
    fn the_record_beside_names_paper_day_and_page() {
        let mets = "<mets xmlns='http://www.loc.gov/METS/' LABEL='Harbour Gazette (Cork), 1987-10-17'><fileSec><fileGrp><file ID='f2'><FLocat xlink:href='./0002.xml'/></file></fileGrp></fileSec>\
            <structMap><div TYPE='np:issue'><div TYPE='np:page'><fptr FILEID='f1'/></div><div TYPE='np:page'><fptr FILEID='f2'/></div></div></structMap></mets>";
        let hint = Hint {
            beside: Some(Beside(Arc::new(move |name: &str| {
                (name == "mets.xml").then(|| mets.as_bytes().to_vec())
            }))),
            ..Hint::named("hg/0002.xml")
        };
        let record = Record::whole(page(DIVIDED).into_bytes(), Arc::new(hint));
        let mut read = Vec::new();
        Alto.parse(&record, &Options::default(), &mut |part| read.push(part))
            .unwrap();
        let Parsed::Article(read) = &read[0] else {
            panic!("no article");
        };
        assert_eq!(
            read.title.as_ref().unwrap().text,
            "Harbour Gazette (Cork), 1987-10-17, page 2"
        );
        assert_eq!(read.publisher.as_deref(), Some("Harbour Gazette (Cork)"));
        assert_eq!(read.published.unwrap().provenance, Provenance::Metadata);
    }

    #[test]
    fn a_blank_page_is_an_article_that_says_so() {
        let read = &articles(&Alto, "reel/0001.xml", page("").as_bytes())[0];
        assert_eq!(
            read.title.as_ref().unwrap().text,
            "Blank page reel/0001.xml"
        );
    }
}
