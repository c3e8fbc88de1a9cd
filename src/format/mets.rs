//! METS, the records that libraries keep beside their scanned pages. A record
//! is no article: it is skipped by kind, and read by the pages beside it for
//! the newspaper's name, the day of the issue and the numbers of its pages. So
//! are the lists of batches and reels, and MODS records. Layout: METS and MODS
//! of the Library of Congress, with the profiles of the National Digital Newspaper Program.

use jiff::civil::Date;

use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::dates;
use crate::text::xml::{self, Document, Element};

use super::{Claim, Format, Head, Options, Parsed, fields};

/// The reader that skips library records.
pub struct Mets;

impl Format for Mets {
    fn name(&self) -> &'static str {
        "mets"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        let Some(root) = head.root() else {
            return Claim::No;
        };
        let space = root.namespace().unwrap_or_default();
        let is_batch = root.is("batch") && space.contains("loc.gov/ndnp");
        match root.name() {
            "mets" | "modsCollection" => Claim::Certain,
            "mods" | "premis" => Claim::Likely,
            _ if is_batch => Claim::Certain,
            _ => Claim::No,
        }
    }

    fn parse(
        &self,
        _record: &Record,
        _options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        emit(Parsed::Skipped(Skip::Sidecar));
        Ok(())
    }
}

/// What a record tells of an issue.
pub struct Issue {
    /// The newspaper's name, with its place where the record gives it.
    pub newspaper: Option<String>,
    /// The day of the issue.
    pub day: Option<Date>,
    /// File names with the number of the page they hold.
    pages: Vec<(String, String)>,
}

impl Issue {
    /// The number of the page that a file holds.
    pub fn page_of(&self, file_name: &str) -> Option<String> {
        let (_, number) = self.pages.iter().find(|(name, _)| name == file_name)?;
        Some(number.clone())
    }
}

/// The issue that the page of `hint` belongs to, from the record beside it.
pub fn beside(hint: &Hint) -> Option<Issue> {
    let load = &hint.beside.as_ref()?.0;
    let folder = hint.name.rsplit('/').nth(1).unwrap_or_default();
    let stem = hint.file_name().split('.').next().unwrap_or_default();
    // `00001.alto.xml`, `gazette_0001.xml`
    let series = stem
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end_matches(['_', '-']);
    let names = [
        "mets.xml".to_owned(),
        "METS.xml".to_owned(),
        format!("{folder}.xml"),
        format!("{folder}_1.xml"),
        format!("{folder}_mets.xml"),
        format!("{folder}-mets.xml"),
        format!("{folder}-METS.xml"),
        format!("{folder}_METS.xml"),
        format!("{folder}.mets.xml"),
        format!("{series}_mets.xml"),
        format!("{series}-METS.xml"),
    ];
    names
        .iter()
        .filter(|name| name.as_str() != hint.file_name())
        .filter_map(|name| load(name))
        .find_map(|bytes| read(&xml::parse_bytes(&bytes, None, None).0))
}

/// Reads a record; `None` if it is none of a newspaper's issue.
fn read(document: &Document) -> Option<Issue> {
    let root = document.roots.iter().find(|root| root.is("mets"))?;
    let label = root.attribute("LABEL").map(fields::one_line);
    let issued = root.descendants().filter(|inner| {
        matches!(inner.name(), "dateIssued" | "issued")
            || inner.is("date") && inner.prefix() == "dc"
    });
    let day = issued
        .filter_map(|date| dates::parse(&date.line()))
        .map(|stamp| stamp.day)
        .next()
        .or_else(|| label.as_deref().and_then(day_in));
    let titled = root
        .find("titleInfo")
        .and_then(|info| info.child("title"))
        .map(Element::line);
    // A reel's record is named by a number and describes test targets.
    let is_named = |name: &String| name.chars().filter(|c| c.is_alphabetic()).count() > 2;
    let is_issue = day.is_some();
    let newspaper = label
        .map(|label| without_day(&label))
        .filter(is_named)
        .or(titled.filter(|_| is_issue))
        .filter(is_named);
    is_issue.then(|| Issue {
        newspaper,
        day,
        pages: pages(root),
    })
}

fn day_in(label: &str) -> Option<Date> {
    let parts = label.split([',', ';']).map(str::trim);
    parts
        .rev()
        .find_map(dates::parse)
        .map(|stamp| stamp.day)
        .or_else(|| dates::from_path(label))
}

/// A label without the day at its end.
fn without_day(label: &str) -> String {
    match label.rsplit_once([',', ';']) {
        Some((name, end)) if dates::parse(end).is_some() => name.trim().to_owned(),
        _ => label.trim().to_owned(),
    }
}

/// The files of each page of the structural map, with the page's number: as
/// the page's own description states it, else as it is counted.
fn pages(root: &Element) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let files: Vec<(&str, &str)> = root
        .descendants()
        .filter(|inner| inner.is("file"))
        .filter_map(|file| {
            let address = file.child("FLocat")?.attribute("href")?;
            Some((file.attribute("ID")?, address.rsplit('/').next()?))
        })
        .collect();
    let is_page = |div: &&Element| {
        let kind = div
            .attribute("TYPE")
            .unwrap_or_default()
            .to_ascii_lowercase();
        div.is("div") && kind.rsplit(':').next() == Some("page")
    };
    for (at, div) in root.descendants().filter(is_page).enumerate() {
        let described = div.attribute("DMDID").and_then(|ids| {
            let id = ids.split_whitespace().next()?;
            let section = root
                .all("dmdSec")
                .find(|section| section.attribute("ID") == Some(id))?;
            let start = section
                .descendants()
                .find(|inner| inner.is("start"))?
                .line();
            (!start.is_empty()).then_some(start)
        });
        let number = described
            .or_else(|| div.attribute("ORDERLABEL").map(str::to_owned))
            .or_else(|| div.attribute("ORDER").map(str::to_owned))
            .unwrap_or_else(|| (at + 1).to_string());
        for pointer in div
            .descendants()
            .filter(|inner| matches!(inner.name(), "fptr" | "area"))
        {
            let file = pointer
                .attribute("FILEID")
                .and_then(|id| files.iter().find(|(known, _)| *known == id));
            if let Some((_, name)) = file {
                pages.push(((*name).to_owned(), number.clone()));
            }
        }
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::read as read_all;

    #[test]
    fn records_are_skipped_as_sidecars() {
        let records: [&[u8]; 3] = [
            b"<?xml version='1.0'?><mets xmlns='http://www.loc.gov/METS/'/>",
            b"<batch xmlns='http://www.loc.gov/ndnp'/>",
            b"<mods:modsCollection xmlns:mods='http://www.loc.gov/mods/v3'/>",
        ];
        for record in records {
            assert_eq!(
                Mets.claims(&Hint::default(), &Head::new(record)),
                Claim::Certain
            );
            assert!(matches!(
                read_all(&Mets, "a.xml", record)[..],
                [Parsed::Skipped(Skip::Sidecar)]
            ));
        }
    }

    #[test]
    fn a_reels_record_tells_of_no_issue() {
        let reel = xml::parse(
            "<mets LABEL='00295876384'><titleInfo><title>Scanner target</title></titleInfo></mets>",
        );
        assert!(read(&reel).is_none());
    }

    #[test]
    fn pages_are_numbered_as_they_are_described() {
        let issue = xml::parse(
            "<mets LABEL='Gazette, 1878-01-03'><dmdSec ID='d'><mods><part><extent><start>7</start></extent></part></mods></dmdSec>\
             <fileSec><file ID='f'><FLocat href='./0011.xml'/></file></fileSec><structMap><div TYPE='np:page' DMDID='d'><fptr FILEID='f'/></div></structMap></mets>",
        );
        let issue = read(&issue);
        let told = issue.map(|issue| {
            (
                issue.newspaper.clone(),
                issue.day.map(|d| d.to_string()),
                issue.page_of("0011.xml"),
            )
        });
        assert_eq!(
            told,
            Some((
                Some("Gazette".to_owned()),
                Some("1878-01-03".to_owned()),
                Some("7".to_owned())
            ))
        );
    }
}
