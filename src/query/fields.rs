//! The fields a query can name: one table for the parser, for near misses,
//! for `--help` and for the README.

use super::tree::Scope;
use crate::article::EntityKind;

/// A field, as users know it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name, without the colon.
    pub name: &'static str,
    /// Other names of the same.
    pub aliases: &'static [&'static str],
    /// What it looks at, in one line.
    pub about: &'static str,
    /// A query that uses it.
    pub example: &'static str,
    /// What its values are.
    pub(super) target: Target,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Words, phrases and patterns in these texts.
    Words(Scope),
    /// Days, ranges and comparisons.
    Days(Days),
    /// The name of what an article must have.
    Has,
    /// A value of its own, taken as it is written.
    Raw(Raw),
}

/// How a field reads the day it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// The days named.
    On,
    /// From the first day named.
    From,
    /// To the day before the first day named.
    Before,
    /// To the last day named.
    Until,
}

/// Values that are not cut into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// `lang:`
    Language,
    /// `url:`
    Url,
    /// `site:`
    Site,
    /// `path:`
    Path,
    /// `id:`
    Id,
}

/// Every field, in the order in which help lists them.
pub const FIELDS: &[Field] = &[
    Field {
        name: "title",
        aliases: &["headline", "intitle"],
        about: "words of the headline",
        example: "title:ceasefire",
        target: Target::Words(Scope::Title),
    },
    Field {
        name: "body",
        aliases: &[],
        about: "words of the running text",
        example: "body:(talks NEAR/5 collapsed)",
        target: Target::Words(Scope::Body),
    },
    Field {
        name: "byline",
        aliases: &["by", "author"],
        about: "words of the authors' names",
        example: "by:\"jane doe\"",
        target: Target::Words(Scope::Byline),
    },
    Field {
        name: "source",
        aliases: &["publisher"],
        about: "words of the publisher's name",
        example: "source:reuters",
        target: Target::Words(Scope::Source),
    },
    Field {
        name: "section",
        aliases: &[],
        about: "words of the section and topics",
        example: "section:sport",
        target: Target::Words(Scope::Section),
    },
    Field {
        name: "entity",
        aliases: &[],
        about: "names of people, organisations and places",
        example: "entity:doha",
        target: Target::Words(Scope::Entity(None)),
    },
    Field {
        name: "person",
        aliases: &[],
        about: "names of people; = compares the whole name",
        example: "person:=\"Mike Pompeo\"",
        target: Target::Words(Scope::Entity(Some(EntityKind::Person))),
    },
    Field {
        name: "org",
        aliases: &[],
        about: "names of organisations",
        example: "org:\"world bank\"",
        target: Target::Words(Scope::Entity(Some(EntityKind::Org))),
    },
    Field {
        name: "place",
        aliases: &[],
        about: "names of places",
        example: "place:paris",
        target: Target::Words(Scope::Entity(Some(EntityKind::Place))),
    },
    Field {
        name: "date",
        aliases: &[],
        about: "published on these days: a day, month, year, range or comparison",
        example: "date:2019-04..2020",
        target: Target::Days(Days::On),
    },
    Field {
        name: "after",
        aliases: &["since"],
        about: "published on this day or later",
        example: "since:30d",
        target: Target::Days(Days::From),
    },
    Field {
        name: "before",
        aliases: &[],
        about: "published before this day",
        example: "before:2020-03",
        target: Target::Days(Days::Before),
    },
    Field {
        name: "until",
        aliases: &[],
        about: "published on this day or earlier",
        example: "until:yesterday",
        target: Target::Days(Days::Until),
    },
    Field {
        name: "has",
        aliases: &[],
        about: "articles that have a date (has:date) or name someone or something (has:entity)",
        example: "has:date",
        target: Target::Has,
    },
    Field {
        name: "lang",
        aliases: &[],
        about: "language, as a two-letter code",
        example: "lang:en",
        target: Target::Raw(Raw::Language),
    },
    Field {
        name: "site",
        aliases: &[],
        about: "host of the address, with its subdomains",
        example: "site:example.org",
        target: Target::Raw(Raw::Site),
    },
    Field {
        name: "url",
        aliases: &[],
        about: "part of the address; * stands for any text",
        example: "url:/politics/*/live",
        target: Target::Raw(Raw::Url),
    },
    Field {
        name: "path",
        aliases: &[],
        about: "part of the file's path; * stands for any text",
        example: "path:2019/*.xml",
        target: Target::Raw(Raw::Path),
    },
    Field {
        name: "id",
        aliases: &[],
        about: "the article's id or the start of it",
        example: "id:7f3k2m9q",
        target: Target::Raw(Raw::Id),
    },
];

/// The field of this name or alias, in any case.
pub(super) fn find(name: &str) -> Option<&'static Field> {
    FIELDS
        .iter()
        .find(|field| names(field).any(|known| known.eq_ignore_ascii_case(name)))
}

/// The known name that `name` is most likely a slip of.
pub(super) fn near_miss(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    FIELDS
        .iter()
        .flat_map(names)
        .find(|known| is_slip(name.as_bytes(), known.as_bytes()))
}

fn names(field: &'static Field) -> impl Iterator<Item = &'static str> {
    std::iter::once(field.name).chain(field.aliases.iter().copied())
}

/// Whether one letter too many, too few or wrong, or two neighbours swapped,
/// tell the names apart. Names below four letters are too close to other
/// words; so is another first letter (`late:` is not `date:`).
fn is_slip(typed: &[u8], known: &[u8]) -> bool {
    if known.len() < 4 || typed.len() < 3 {
        return false;
    }
    let same = typed.iter().zip(known).take_while(|(a, b)| a == b).count();
    let (typed, known) = (&typed[same..], &known[same..]);
    match (typed, known) {
        ([_, typed @ ..], _) if typed == known => true,
        (_, [_, known @ ..]) if typed == known => true,
        ([a, b, typed @ ..], [c, d, known @ ..]) if a == d && b == c && typed == known => true,
        ([_, typed @ ..], [_, known @ ..]) => same > 0 && typed == known,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique() {
        let mut all: Vec<_> = FIELDS.iter().flat_map(names).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn slips_of_one_letter_are_recognised() {
        let meant = [
            "titel", "tite", "titlee", "tidle", "Autor", "setcion", "befor",
        ]
        .map(near_miss);
        assert_eq!(
            meant,
            [
                "title", "title", "title", "title", "author", "section", "before"
            ]
            .map(Some)
        );
    }

    #[test]
    fn other_words_are_no_slips() {
        for word in [
            "late", "http", "https", "note", "bay", "its", "re", "q", "ratio", "entry",
        ] {
            assert_eq!(near_miss(word), None, "{word}");
        }
    }
}
