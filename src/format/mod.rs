//! Bytes to articles. Each format is a room of its own behind [`Format`] and
//! one line in [`FORMATS`]; [`detect`] chooses by content first and by name
//! second.
//!
//! # How to add a format
//!
//! 1. Write `src/format/x.rs` with a unit struct that implements [`Format`]:
//!    its name, what it claims, how a record becomes an article, and, where a
//!    file holds many or is large, how it is cut. Nothing is known elsewhere of
//!    what a file looks like; what several formats need lies in [`fields`]
//!    (names, dates, titles) and [`prose`] (paragraphs, bylines, datelines).
//! 2. Add its `mod` line and one line in [`FORMATS`], before what is less
//!    specific: among equal claims the first wins.
//! 3. Put a sample of your own into `corpus/`, tests beside the code, a row
//!    into the README's table, and the format into a target of `tests/fuzz`.
//!
//! [`VERSION`] is raised only where files already read may be read otherwise.
//!
//! ```
//! use morgue::article::{Article, Title};
//! use morgue::error::Reason;
//! use morgue::format::{Claim, Format, Head, Options, Parsed, fields};
//! use morgue::record::{Hint, Record};
//! use morgue::text::charset;
//!
//! /// A headline, a line of `====`, the text.
//! struct Telegram;
//!
//! impl Format for Telegram {
//!     fn name(&self) -> &'static str {
//!         "telegram"
//!     }
//!
//!     fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
//!         match hint.extension() == "tgm" && head.bytes().is_ascii() {
//!             true => Claim::Likely,
//!             false => Claim::No,
//!         }
//!     }
//!
//!     fn parse(
//!         &self,
//!         record: &Record,
//!         options: &Options,
//!         emit: &mut dyn FnMut(Parsed),
//!     ) -> Result<(), Reason> {
//!         let decoded = charset::decode(&record.bytes, &[], options.encoding);
//!         let (title, body) = decoded.text.split_once("\n====\n").ok_or(Reason::NoText)?;
//!         let mut article = Article {
//!             title: Some(Title::stated(title.to_owned())),
//!             body: body.trim().to_owned(),
//!             ..Article::default()
//!         };
//!         article.origin.encoding = Some(decoded.encoding);
//!         fields::complete(&mut article, &record.hint);
//!         emit(Parsed::Article(Box::new(article)));
//!         Ok(())
//!     }
//! }
//!
//! let hint = std::sync::Arc::new(Hint::named("ferry.tgm"));
//! let record = Record::whole(b"Ferry sinks\n====\nAll were saved.\n".to_vec(), hint);
//! let mut bodies = Vec::new();
//! Telegram.parse(&record, &Options::default(), &mut |part| {
//!     if let Parsed::Article(article) = part {
//!         bodies.push(article.body);
//!     }
//! })?;
//! assert_eq!(bodies, ["All were saved."]);
//! # Ok::<(), Reason>(())
//! ```

pub mod agency;
mod alto;
mod collection;
pub mod credits;
mod csv;
mod document;
mod docx;
mod epub;
mod exports;
mod feed;
pub mod fields;
mod front_matter;
mod head;
pub mod html;
mod iptc;
mod json;
mod json_feed;
mod lines;
mod mail;
mod markdown;
mod mets;
mod newsml;
mod newsml_g2;
mod newsxml;
mod ninjs;
mod nitf;
mod odt;
mod pam;
mod pdf;
mod plain;
pub mod prose;
mod reuters;
mod rtf;
mod tei;

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::article::Article;
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record, read_whole};
use crate::text::dates::Order;

pub use head::Head;

/// How sure a format is that a file is its own. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// Not its own.
    No,
    /// Only the name (or media type) says so, and the content does not speak against it.
    Name,
    /// The content looks like it, though other formats may look so too.
    Likely,
    /// The content says so beyond doubt.
    Certain,
}

/// What parsing a record brings forth, in the order of the source.
#[derive(Clone, Debug)]
pub enum Parsed {
    /// An article.
    Article(Box<Article>),
    /// Something that is rightly no article.
    Skipped(Skip),
    /// A part that should have been an article and could not be read.
    Rejected(Reason),
}

/// How users told morgue to read, apart from what files say themselves. Part
/// of the digest that decides whether a file must be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Options {
    /// Names of JSON and CSV fields: `(article field, source field)`, from `--map`.
    pub map: Vec<(String, String)>,
    /// Charset that overrules every other, from `--encoding`.
    #[serde(with = "by_label")]
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// How days of numbers are written where a file does not show it, from
    /// `--date-order`.
    pub date_order: Option<Order>,
}

/// A charset as its label.
mod by_label {
    use encoding_rs::Encoding;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Charset = Option<&'static Encoding>;

    pub(super) fn serialize<S: Serializer>(charset: &Charset, to: S) -> Result<S::Ok, S::Error> {
        charset.map(Encoding::name).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Charset, D::Error> {
        let label = Option::<String>::deserialize(from)?;
        Ok(label.and_then(|label| Encoding::for_label(label.as_bytes())))
    }
}

/// A reader of one format. Implementations are stateless.
pub trait Format: Sync {
    /// Short stable name, printed by `inspect`: `text`, `json`, `nitf`, …
    fn name(&self) -> &'static str;

    /// Whether the file is of this format.
    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim;

    /// Cuts a file into records without reading them: the cheap, sequential
    /// part, run on a reader thread. Large files must not be held in memory
    /// where the format allows to cut them. A record that cannot be cut is
    /// handed to `each` as a reason and costs only itself; `Err` gives up the
    /// rest of the file. Stops early when `each` breaks.
    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        _options: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let bytes = read_whole(input, max_record_bytes)?;
        let _ = each(Ok(Record::whole(bytes, Arc::clone(hint))));
        Ok(())
    }

    /// Reads a record: the expensive part, run on the workers. `Err` rejects
    /// the record; what was emitted before stays.
    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason>;
}

/// Changes whenever a format may read the same file otherwise: files read by
/// an older one are read again.
pub const VERSION: u32 = 9;

/// Bytes of a file that [`detect`] and [`Format::claims`] look at.
pub const HEAD_BYTES: usize = 8 * 1024;

/// Every format, most specific first: among equal claims the first wins.
pub static FORMATS: &[&dyn Format] = &[
    &docx::Docx,
    &odt::Odt,
    &epub::Epub,
    &rtf::Rtf,
    &pdf::Pdf,
    &reuters::Reuters,
    &html::Html,
    &iptc::Iptc,
    &nitf::Nitf,
    &newsml::NewsMl,
    &newsml_g2::NewsMlG2,
    &tei::Tei,
    &pam::Pam,
    &alto::Alto,
    &mets::Mets,
    &ninjs::Ninjs,
    &feed::Feed,
    &json_feed::JsonFeed,
    &json::Json,
    &newsxml::NewsXml,
    &mail::Mail,
    &markdown::Markdown,
    &csv::Csv,
    &collection::Collection,
    &exports::Exports,
    &plain::Plain,
];

/// The format of a file, by the strongest claim; `None` where no format
/// claims it.
pub fn detect(hint: &Hint, head: &[u8]) -> Option<&'static dyn Format> {
    let head = Head::new(head);
    let mut best: Option<(&'static dyn Format, Claim)> = None;
    for &format in FORMATS {
        let claim = format.claims(hint, &head);
        if claim > best.map_or(Claim::No, |(_, best)| best) {
            best = Some((format, claim));
        }
        if claim == Claim::Certain {
            break;
        }
    }
    best.map(|(format, _)| format)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;

    /// Everything a format makes of a file, in order; reasons of cutting and
    /// parsing included.
    pub(crate) fn read(format: &dyn Format, name: &str, bytes: &[u8]) -> Vec<Parsed> {
        read_with(format, name, bytes, &Options::default())
    }

    /// The same with options.
    pub(crate) fn read_with(
        format: &dyn Format,
        name: &str,
        bytes: &[u8],
        options: &Options,
    ) -> Vec<Parsed> {
        let hint = Arc::new(Hint::named(name));
        let mut parsed = Vec::new();
        let mut late = Vec::new();
        let cut = format.cut(&mut &*bytes, &hint, options, 1 << 20, &mut |record| {
            let result = record
                .and_then(|record| format.parse(&record, options, &mut |part| parsed.push(part)));
            if let Err(reason) = result {
                parsed.push(Parsed::Rejected(reason));
            }
            ControlFlow::Continue(())
        });
        late.extend(cut.err().map(Parsed::Rejected));
        parsed.extend(late);
        parsed
    }

    /// The articles of a file.
    pub(crate) fn articles(format: &dyn Format, name: &str, bytes: &[u8]) -> Vec<Article> {
        read(format, name, bytes)
            .into_iter()
            .filter_map(|part| match part {
                Parsed::Article(article) => Some(*article),
                _ => None,
            })
            .collect()
    }

    /// The reasons of what was rejected.
    pub(crate) fn reasons(format: &dyn Format, name: &str, bytes: &[u8]) -> Vec<String> {
        read(format, name, bytes)
            .into_iter()
            .filter_map(|part| match part {
                Parsed::Rejected(reason) => Some(reason.to_string()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn content_decides_before_the_name() {
        let kinds = [
            (
                "a.txt",
                "Prices rose\n\nThey rose again on Monday, traders in the city said.\n",
            ),
            (
                "LICENSE",
                "Permission is granted to anyone who obtains a copy of this text to read it.\n",
            ),
            (
                "a.txt",
                "{\"title\": \"Prices rose\", \"body\": \"They rose again.\"}\n",
            ),
            ("a.dat", "<REUTERS TOPICS=\"NO\" NEWID=\"1\">"),
            (
                "a.py",
                "import os\n\n# This file is code, and code is no article at all.\n",
            ),
            ("a.png", "\u{89}PNG\r\n"),
            ("Makefile", "all:\n\tcc -o $@ $<\n"),
        ];
        let names: Vec<_> = kinds
            .iter()
            .map(|(name, text)| detect(&Hint::named(*name), text.as_bytes()).map(Format::name))
            .collect();
        assert_eq!(
            names,
            [
                Some("text"),
                Some("text"),
                Some("json"),
                Some("reuters"),
                None,
                None,
                None
            ]
        );
    }
}
