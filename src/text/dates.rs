//! Days as news sources print them. Reads an explicit list of forms and
//! nothing else: a text with a word or a number it cannot place is no date.
//!
//! The day is taken as printed and never shifted by a time zone. What could
//! be two days (`03/04/2020`) is none where no [`Order`] is known, and so is a year before
//! [`FIRST_YEAR`] or after the next one.

mod clock;
mod names;
mod order;
mod paths;

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use clock::take_time;
use names::{is_filler, month};
pub use order::{Order, Shown, parse_in, shown};
use paths::days_within;

/// A printed day, with the local time if one stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The day.
    pub day: Date,
    /// The time as printed, to the second.
    pub time: Option<Time>,
}

/// The first year in which newspapers appeared, or nearly.
pub const FIRST_YEAR: i16 = 1600;

/// No date is longer, in bytes.
const MAX_BYTES: usize = 160;

static LAST_YEAR: LazyLock<i16> =
    LazyLock::new(|| Timestamp::now().to_zoned(TimeZone::UTC).year() + 1);

/// Reads a text that is a date and nothing but a date:
/// `2020-11-21T10:15:00Z`, `Sat, 21 Nov 2020 10:15:00 GMT`,
/// `26-FEB-1987 15:01:01.79`, `Nov. 21, 2020 at 5:13 p.m. EST`,
/// `21. November 2020`, `20201121T101500Z`, `2020年11月21日` and their like. Month
/// names of nineteen languages are known, and the digits of Arabic and Persian.
///
/// ```
/// # use morgue::text::dates::parse;
/// # use jiff::civil::{date, time};
/// let stamp = parse("26-FEB-1987 15:01:01.79").unwrap();
/// assert_eq!((stamp.day, stamp.time), (date(1987, 2, 26), Some(time(15, 1, 1, 0))));
/// assert_eq!(parse("03/04/2020"), None);
/// ```
pub fn parse(text: &str) -> Option<Stamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    let mut tokens = lex(text);
    let time = take_time(&mut tokens)?;
    Some(Stamp {
        day: read_day(&tokens)?,
        time,
    })
}

/// A moment counted from 1970 in seconds, or in milli-, micro- or nanoseconds
/// where the number is too large for seconds. The day is that of UTC. A number
/// on 1 January 1970 stands for "unknown" and gives `None`.
pub fn from_epoch(number: f64) -> Option<Stamp> {
    let size = number.abs();
    let seconds = match size {
        _ if !size.is_finite() => return None,
        _ if size < 1e11 => number,
        _ if size < 1e14 => number / 1e3,
        _ if size < 1e17 => number / 1e6,
        _ => number / 1e9,
    };
    if (0.0..86_400.0).contains(&seconds) {
        return None;
    }
    let moment = Timestamp::from_second(seconds.floor() as i64).ok()?;
    let local = moment.to_zoned(TimeZone::UTC).datetime();
    let day = local.date();
    if !(FIRST_YEAR..=*LAST_YEAR).contains(&day.year()) {
        return None;
    }
    Some(Stamp {
        day,
        time: Some(local.time()),
    })
}

/// The day in the path of a file: `2020/11/21`, `2020-11-21-…`, `20201121`,
/// `17May2007…`. The one nearest to the end counts; digits that belong to a
/// longer number never do.
pub fn from_path(path: &str) -> Option<Date> {
    days_within(path).last()
}

/// The day in the path of an address, as in
/// `https://example.org/2020/11/21/…`. The first one counts.
pub fn from_url(url: &str) -> Option<Date> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/')?.1;
    let path = path.split(['?', '#']).next().unwrap_or(path);
    days_within(&format!("/{path}")).next()
}

/// The year that a folder of the path is named after: `news/1987/a.txt`.
pub fn year_from_path(path: &str) -> Option<i16> {
    let (folders, _) = path.rsplit_once('/')?;
    folders
        .rsplit('/')
        .filter(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit()))
        .filter_map(|part| part.parse().ok())
        .find(|year| (FIRST_YEAR..=*LAST_YEAR).contains(year))
}

/// The day in the dateline that opens a text: `DOHA, Nov 21 (Gulf Wire) - …`.
/// Most datelines print no year; they give a day only if `year` is known.
pub fn from_dateline(text: &str, year: Option<i16>) -> Option<Date> {
    let head: String = text.trim_start().chars().take(120).collect();
    let (place, rest) = head.split_once(", ")?;
    let is_place = (2..=60).contains(&place.len())
        && place.chars().any(char::is_alphabetic)
        && !place.chars().any(|c| c.is_lowercase() || c.is_numeric());
    if !is_place {
        return None;
    }
    // `NEW YORK, N.Y., March 3` and `DOHA, Qatar, Nov 21`.
    let end = rest.find(['(', '—', '–', ':', '/']).into_iter();
    let end = end.chain(rest.find(" -")).min()?;
    let line = rest[..end].trim_end_matches(',');
    let month_at = line
        .split([' ', ','])
        .position(|word| month(word).is_some())?;
    let words: Vec<&str> = line.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let stated = words.iter().rev().take(3).any(|w| is_year(w));
    let month_at = month_at.min(words.len().checked_sub(2)?);
    let start = match month_at.checked_sub(1) {
        Some(before) if words[before].parse::<u8>().is_ok() => before,
        _ => month_at,
    };
    let mut date = words[start..].join(" ");
    if !stated {
        date.push_str(&format!(" {}", year?));
    }
    parse(&date).map(|stamp| stamp.day)
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

/// A day that exists and can have had a newspaper.
fn sound(year: i16, month: u32, day: u32) -> Option<Date> {
    if !(FIRST_YEAR..=*LAST_YEAR).contains(&year) {
        return None;
    }
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// A piece of a date.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number {
        value: u64,
        digits: usize,
    },
    Word(String),
    Sign(char),
    /// Blanks that stood between two others.
    Blank,
}

use Token::{Blank, Number, Sign, Word};

fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&c) = rest.peek() {
        if digit(c).is_some() {
            let (mut value, mut digits) = (0u64, 0);
            while let Some(digit) = rest.peek().and_then(|c| digit(*c)) {
                value = value.saturating_mul(10).saturating_add(digit);
                digits += 1;
                rest.next();
            }
            tokens.push(Number { value, digits });
        } else if let Some(unit) = east_asian_unit(c) {
            rest.next();
            tokens.push(Sign(unit));
        } else if c.is_alphabetic() {
            let mut word = String::new();
            while let Some(&c) = rest.peek() {
                if !(c.is_alphabetic() || is_combining_mark(c)) {
                    break;
                }
                word.push(c);
                rest.next();
            }
            tokens.push(Word(fold(&word)));
        } else {
            rest.next();
            if !c.is_whitespace() {
                tokens.push(Sign(c));
            } else if tokens.last() != Some(&Blank) {
                tokens.push(Blank);
            }
        }
    }
    tokens
}

/// The value of a digit as Europe, Arabia or Persia writes it.
fn digit(c: char) -> Option<u64> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6F0}'..='\u{6F9}' => '\u{6F0}',
        _ => return None,
    };
    Some(u64::from(u32::from(c) - u32::from(zero)))
}

/// `2020年11月21日` and `2020년 11월 21일` read as `2020-11-21`.
fn east_asian_unit(c: char) -> Option<char> {
    match c {
        '年' | '月' | '년' | '월' => Some('-'),
        '日' | '일' => Some(','),
        _ => None,
    }
}

/// Small letters without marks.
fn fold(word: &str) -> String {
    word.to_lowercase()
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| match c {
            'ł' => 'l',
            'ı' => 'i',
            c => c,
        })
        .collect()
}

/// The day that the tokens, freed of the time, print.
fn read_day(tokens: &[Token]) -> Option<Date> {
    let mut numbers: Vec<(u64, usize)> = Vec::new();
    let mut months: Vec<(u32, usize, &str)> = Vec::new();
    // The sign right behind each number but the last, for forms of numbers only.
    let mut signs: Vec<char> = Vec::new();
    for token in tokens {
        match token {
            Number { value, digits } => numbers.push((*value, *digits)),
            Word(word) => match month(word) {
                Some(month) => months.push((month, numbers.len(), word)),
                None if is_filler(word) => {}
                None => return None,
            },
            Sign(sign @ ('.' | '/' | '-')) if signs.len() < numbers.len() => signs.push(*sign),
            Sign(
                '.' | '/' | '-' | ',' | '(' | ')' | ':' | '|' | '\'' | '’' | '–' | '—' | 'º' | '°'
                | '·' | '،',
            ) => {}
            Sign(_) => return None,
            Blank => {}
        }
    }
    // `mar. 3 mars 2020`: the short Romance Tuesday looks like March.
    if months.len() == 2 && months[0].2 == "mar" {
        months.remove(0);
    }
    match (months.as_slice(), numbers.as_slice()) {
        ([], &[(value, 8)]) => sound(
            i16::try_from(value / 10_000).ok()?,
            (value / 100 % 100) as u32,
            (value % 100) as u32,
        ),
        ([], &[first, second, third]) => numeric_day(first, second, third, &signs),
        (&[(month, before, _)], &[first, second]) => {
            let (day, year) = match (first, second) {
                ((year, 4), (day, 1..=2)) if before > 0 => (day, year),
                ((day, 1..=2), (year, 4)) => (day, year),
                // RFC 822 and 850: `06-Nov-94`
                ((day, 1..=2), (year, 2)) if before == 1 => (day, century(year)),
                _ => return None,
            };
            sound(i16::try_from(year).ok()?, month, u32::try_from(day).ok()?)
        }
        _ => None,
    }
}

/// The years that two digits meant when they were still written.
fn century(year: u64) -> u64 {
    let this = u64::from(LAST_YEAR.unsigned_abs());
    if 2000 + year <= this {
        2000 + year
    } else {
        1900 + year
    }
}

/// A day of three numbers, as long as it can only be one day.
fn numeric_day(
    first: (u64, usize),
    second: (u64, usize),
    third: (u64, usize),
    signs: &[char],
) -> Option<Date> {
    let [sign, other, ..] = *signs else {
        return None;
    };
    if sign != other {
        return None;
    }
    let [a, b, c] = [first.0, second.0, third.0].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    match (first.1, second.1, third.1) {
        (4, 1..=2, 1..=2) => sound(i16::try_from(a).ok()?, b, c),
        (1..=2, 1..=2, 4) => {
            let year = i16::try_from(c).ok()?;
            match (a, b) {
                // Points part day and month in every country that writes them.
                _ if sign == '.' => sound(year, b, a),
                (1..=12, 13..) => sound(year, a, b),
                (13.., 1..=12) => sound(year, b, a),
                _ if a == b => sound(year, a, b),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
