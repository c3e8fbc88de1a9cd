//! The name within a mention: without honorifics, articles and possessives,
//! in the case of running text, and known short forms in full.

use super::hashing::hash_word;
use super::lexicon::{Lexicon, list};
use crate::article::EntityKind;

/// Cuts a mention to the name in it: the range within `text`; empty if
/// nothing is left.
pub fn trim(text: &str, kind: EntityKind, lexicon: &Lexicon) -> std::ops::Range<usize> {
    let is_edge = |c: char| !(c.is_alphanumeric() || matches!(c, '(' | '+'));
    let mut start = text.len() - text.trim_start_matches(is_edge).len();
    let mut end = start
        + text[start..]
            .trim_end_matches(|c| is_edge(c) && !matches!(c, '.' | '!' | ')'))
            .len();
    for possessive in ["'s", "’s", "'S", "’S"] {
        if text[start..end].ends_with(possessive) {
            end -= possessive.len();
        }
    }
    loop {
        let name = &text[start..end];
        let Some((first, rest)) = name.split_once(|c: char| c.is_whitespace()) else {
            break;
        };
        let bare = first.trim_end_matches(['.', ',']);
        let is_article = bare.eq_ignore_ascii_case("the");
        let is_honorific = kind == EntityKind::Person
            && lexicon.get(hash_word(bare)).lists & (list::TITLE | list::FIRST | list::LAST)
                == list::TITLE;
        if !is_article && !is_honorific {
            break;
        }
        start = end - rest.trim_start().len();
    }
    // A full stop ends a sentence unless the name is abbreviated.
    if let Some(bare) = text[start..end].strip_suffix('.') {
        let last = bare.rsplit([' ', '.']).next().unwrap_or(bare);
        let keeps = last.chars().count() < 2
            || bare.contains('.') && last.len() < 3
            || is_abbreviation(last);
        if !keeps {
            end -= 1;
        }
    }
    start..end.max(start)
}

fn is_abbreviation(word: &str) -> bool {
    matches!(
        word,
        "Inc"
            | "Corp"
            | "Co"
            | "Cos"
            | "Ltd"
            | "Bros"
            | "Jr"
            | "Sr"
            | "St"
            | "Mt"
            | "Ft"
            | "Calif"
            | "Fla"
            | "Mass"
            | "Conn"
            | "Va"
    )
}

/// Whether a name has no letter in lower case and at least one word of several letters.
pub fn is_upper(name: &str) -> bool {
    let mut letters = 0;
    for c in name.chars() {
        if c.is_lowercase() {
            return false;
        }
        letters += usize::from(c.is_uppercase());
    }
    letters > 1
}

/// A name in capitals as running text would write it.
pub fn recased(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut first = true;
    for word in
        name.split_inclusive(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '.')))
    {
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let is_small = matches!(
            bare,
            "OF" | "THE"
                | "AND"
                | "FOR"
                | "DE"
                | "LA"
                | "AL"
                | "BIN"
                | "VON"
                | "VAN"
                | "DER"
                | "IN"
                | "ON"
        );
        let is_initials = bare.contains('.') || bare.chars().count() < 2;
        if is_initials {
            out.push_str(word);
        } else if is_small && !first {
            out.push_str(&word.to_lowercase());
        } else {
            let mut begins = true;
            for c in word.chars() {
                if begins {
                    out.push(c);
                } else {
                    out.extend(c.to_lowercase());
                }
                // `O'BRIEN` and `MCDONALD`, but not `ST JOHN'S`.
                begins = matches!(c, '\'' | '’') && !word.to_lowercase().trim_end().ends_with("'s");
            }
        }
        first = false;
    }
    out
}

/// Longest of the short forms in [`alias`], in bytes, and some full stops.
const LONGEST_ALIAS: usize = 32;

/// The full form of a well-known short one.
pub fn alias(name: &str, kind: EntityKind) -> Option<&'static str> {
    if kind == EntityKind::Person || name.len() > LONGEST_ALIAS {
        return None;
    }
    // In place: every mention of every article is looked at.
    let mut folded = [0; LONGEST_ALIAS];
    let mut length = 0;
    for byte in name.bytes().filter(|&byte| byte != b'.') {
        folded[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let folded = std::str::from_utf8(&folded[..length]).ok()?;
    let dotted = name.contains('.') || is_upper(name);
    Some(match (kind, folded) {
        (EntityKind::Place, "us" | "usa") if dotted => "United States",
        (EntityKind::Place, "america" | "united states of america") => "United States",
        (EntityKind::Place, "uk") if dotted => "United Kingdom",
        (EntityKind::Place, "britain" | "great britain") => "United Kingdom",
        (EntityKind::Place, "uae") if dotted => "United Arab Emirates",
        (EntityKind::Place, "emirates") => "United Arab Emirates",
        (EntityKind::Place, "ussr") => "Soviet Union",
        (EntityKind::Place, "holland") => "Netherlands",
        (EntityKind::Place, "drc" | "congo-kinshasa") => "Democratic Republic of Congo",
        (EntityKind::Place, "la") if name == "L.A." => "Los Angeles",
        (EntityKind::Org | EntityKind::Place, "un") if dotted => "United Nations",
        (EntityKind::Org | EntityKind::Place, "eu") if dotted => "European Union",
        (EntityKind::Org, "us") if dotted => "United States",
        (EntityKind::Org, "imf") => "International Monetary Fund",
        (EntityKind::Org, "wto") => "World Trade Organization",
        (EntityKind::Org, "fbi") => "Federal Bureau of Investigation",
        (EntityKind::Org, "cia") => "Central Intelligence Agency",
        (EntityKind::Org, "fed") => "Federal Reserve",
        _ => return None,
    })
}

/// The kind of a known short form's full name, where it differs.
pub fn alias_kind(full: &str, kind: EntityKind) -> EntityKind {
    match full {
        "United Nations" | "European Union" => EntityKind::Org,
        "United States" => EntityKind::Place,
        _ => kind,
    }
}

/// Legal suffixes: `Gorton Mills` and `Gorton Mills Ltd.` are one.
pub fn without_suffix(name: &str) -> &str {
    let mut name = name;
    while let Some((rest, last)) = name.rsplit_once(' ') {
        let last = last.trim_matches(['.', ',']);
        let is_suffix = matches!(
            last,
            "Inc"
                | "Corp"
                | "Co"
                | "Cos"
                | "Ltd"
                | "Limited"
                | "Plc"
                | "PLC"
                | "plc"
                | "LLC"
                | "AG"
                | "SA"
                | "NV"
                | "SpA"
                | "GmbH"
                | "AB"
                | "Bhd"
                | "Corporation"
                | "Incorporated"
                | "Company"
                | "&"
                | "KK"
                | "Oyj"
                | "LP"
                | "LLP"
                | "S.A"
                | "N.V"
                | "A.G"
                | "Pty"
                | "BV"
        );
        if !is_suffix {
            break;
        }
        name = rest.trim_end_matches(',');
    }
    name
}

/// The initials of a name's capitalised words; with those of small words too
/// if `all`.
pub fn initials(name: &str, all: bool) -> impl Iterator<Item = char> {
    name.split([' ', '-'])
        .filter_map(|word| word.chars().next())
        .filter(move |c| c.is_uppercase() || all && c.is_lowercase())
        .flat_map(char::to_uppercase)
}

/// A name of initials only, without its full stops.
pub fn acronym(name: &str) -> Option<String> {
    let is_acronym = name.bytes().all(|b| b == b'.' || b.is_ascii_uppercase());
    let letters = || name.chars().filter(|c| *c != '.');
    (is_acronym && (2..=6).contains(&letters().count())).then(|| letters().collect())
}
