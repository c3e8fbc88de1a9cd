//! The noun every room shares: one article, who and what it names, when it
//! was published and where it was read.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::locator::Locator;

/// One article as a reader of the archive would see it.
///
/// A format fills what its source states and leaves the rest at the default;
/// `id`, `origin` and the ordinal are set by the conveyor, which alone knows
/// where in the archive the article lay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Article {
    /// Identity derived from where the article lies; see [`ArticleId`].
    pub id: ArticleId,
    /// The headline, if the source has one or one could be derived.
    pub title: Option<Title>,
    /// Running text, paragraphs separated by one blank line (`\n\n`).
    pub body: String,
    /// Publication day and how it is known.
    pub published: Option<Published>,
    /// Authors, one entry a person, without a leading "By".
    pub bylines: Vec<String>,
    /// Newspaper, agency or site that published the article.
    pub publisher: Option<String>,
    /// Section, category or topics as the source names them.
    pub section: Option<String>,
    /// ISO 639-1 code in lower case, e.g. `en`.
    pub language: Option<String>,
    /// Canonical address.
    pub url: Option<String>,
    /// People, organisations and places named.
    pub entities: Vec<Entity>,
    /// The identifier the source itself gives the article (NEWID, guid,
    /// Message-ID, …), unique within one file in sound archives.
    pub own_id: Option<String>,
    /// Whether the text was recognised from a scanned page.
    pub scanned: bool,
    /// Where it was read and how.
    pub origin: Origin,
}

/// A headline and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// The words, on one line.
    pub text: String,
    /// `true` when the source has no headline and this is the start of its
    /// text: shown to people, never searched nor tagged.
    pub derived: bool,
}

impl Title {
    /// A headline stated by the source.
    pub fn stated(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            derived: false,
        }
    }

    /// A stand-in cut from the article's own text.
    pub fn derived(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            derived: true,
        }
    }
}

/// Where an article was read, and with which reader.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// File, members and ordinal.
    pub locator: Locator,
    /// Name of the format, as in `morgue inspect`.
    pub format: &'static str,
    /// Character encoding used to decode the text (WHATWG name, lower case).
    pub encoding: Option<&'static str>,
}

/// When an article was published: the calendar day printed in the paper,
/// never shifted by a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Day as printed.
    pub day: Date,
    /// Local time as printed, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// Where the day was read.
    pub provenance: Provenance,
}

/// Where a publication day was read, from most to least trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// A field of the article itself: a header, a meta tag, a date element.
    Metadata,
    /// The feed or envelope the article came in.
    Feed,
    /// The article's address.
    Url,
    /// The path of its file.
    Path,
    /// The dateline that opens its text.
    Dateline,
    /// The moment a crawler saved the page.
    Capture,
}

impl Provenance {
    /// The lower-case name printed by `inspect`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Feed => "feed",
            Self::Url => "url",
            Self::Path => "path",
            Self::Dateline => "dateline",
            Self::Capture => "capture",
        }
    }
}

/// Identity of an article: 128 bits derived from its file's key, its member
/// and its own id or ordinal, so that reading a file again replaces what it
/// held. Printed as 16 characters of base 32; see [`fmt::Display`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleId(pub [u8; 16]);

/// Digits of a printed id: no `i`, `l`, `o`, `u`, in ascending byte order, so
/// that printed ids sort as their bits do.
const ID_DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl ArticleId {
    /// Characters of a printed id.
    pub const PRINTED: usize = 16;

    /// The first 64 bits, the order in which equal hits are listed.
    pub fn order(self) -> u64 {
        (u128::from_be_bytes(self.0) >> 64) as u64
    }

    /// The 16 bits after [`Self::order`]: what else of it is printed.
    pub fn tail(self) -> u16 {
        (u128::from_be_bytes(self.0) >> 48) as u16
    }

    /// The id of which so much is known, its other bits 0.
    pub fn of(order: u64, tail: u16) -> Self {
        let bits = u128::from(order) << 64 | u128::from(tail) << 48;
        Self(bits.to_be_bytes())
    }

    /// The least and the greatest id whose printed form starts so, as far as it
    /// is printed; `None` where none does.
    pub fn starting(text: &str) -> Option<RangeInclusive<Self>> {
        if text.len() > Self::PRINTED {
            return None;
        }
        let bound = |others: u128| {
            let mut bits = 0;
            for place in 0..Self::PRINTED {
                let digit = match text.as_bytes().get(place) {
                    Some(digit) => ID_DIGITS.binary_search(digit).ok()? as u128,
                    None => others,
                };
                bits = bits << 5 | digit;
            }
            Some(Self((bits << 48).to_be_bytes()))
        };
        Some(bound(0)?..=bound(31)?)
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; Self::PRINTED];
        let (mut bits, mut held, mut next) = (0u32, 0u32, 0usize);
        for digit in &mut text {
            if held < 5 {
                bits = (bits << 8) | u32::from(self.0[next]);
                held += 8;
                next += 1;
            }
            held -= 5;
            *digit = ID_DIGITS[((bits >> held) & 31) as usize];
        }
        for digit in text {
            fmt::Write::write_char(f, char::from(digit))?;
        }
        Ok(())
    }
}

/// The kinds of names morgue tells apart.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// A human being.
    Person,
    /// A company, club, party, agency, or other organisation.
    #[default]
    Org,
    /// A country, city, river, or other place.
    Place,
}

impl EntityKind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Person, Self::Org, Self::Place];

    /// The name used in queries and JSON: `person`, `org`, `place`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Org => "org",
            Self::Place => "place",
        }
    }
}

/// Which of an article's texts a byte range points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The headline.
    Title,
    /// The running text.
    Body,
}

/// One place where a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mention {
    /// The text it stands in.
    pub field: Field,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// What the name was taken for at this place.
    #[serde(skip)]
    pub kind: EntityKind,
}

/// A name under which an article's mentions were gathered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Canonical form, e.g. `Mike Pompeo`.
    pub name: String,
    /// What it names.
    pub kind: EntityKind,
    /// How often it is named; at least 1.
    pub count: u32,
    /// Where it stands; empty for names that only the source's tags give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_ids_sort_as_their_bits_do() {
        let low = ArticleId([0x10; 16]);
        let high = ArticleId([0xf3; 16]);
        assert_eq!(low.to_string().len(), ArticleId::PRINTED);
        assert!(low.to_string() < high.to_string());
        assert_eq!(ArticleId([0; 16]).to_string(), "0".repeat(16));
        assert_eq!(ArticleId([0xff; 16]).to_string(), "z".repeat(16));
    }

    #[test]
    fn an_id_is_found_by_every_start_of_what_is_printed_of_it() {
        let bits: [u8; 16] = std::array::from_fn(|place| (place * 89 + 7) as u8);
        let kept = ArticleId::of(ArticleId(bits).order(), ArticleId(bits).tail());
        let printed = ArticleId(bits).to_string();
        assert_eq!(kept.to_string(), printed);
        for length in 1..=ArticleId::PRINTED {
            let range = ArticleId::starting(&printed[..length]).unwrap();
            assert!(range.contains(&kept), "{length}");
            let [least, greatest] = [range.start(), range.end()].map(ArticleId::to_string);
            assert!(
                least.starts_with(&printed[..length]) && least[length..].bytes().all(|b| b == b'0')
            );
            assert!(greatest[length..].bytes().all(|b| b == b'z'));
        }
        let none = ["u", "\u{e9}", "00000000000000000"];
        assert!(none.iter().all(|text| ArticleId::starting(text).is_none()));
    }
}
