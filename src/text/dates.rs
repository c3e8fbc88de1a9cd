//! Days as news sources print them. Reads an explicit list of forms and
//! nothing else: a text with a word or a number it cannot place is no date.
//!
//! The day is taken as printed and never shifted by a time zone. What could
//! be two days (`03/04/2020`) is none, and so is a year before
//! [`FIRST_YEAR`] or after the next one.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

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
/// names of thirteen languages are known.
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
        if c.is_ascii_digit() {
            let (mut value, mut digits) = (0u64, 0);
            while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
                value = value.saturating_mul(10).saturating_add(digit.into());
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

/// Takes the time of day and its zone out of the tokens. `None` if what stands
/// there as a time is none; `Some(None)` without one.
fn take_time(tokens: &mut Vec<Token>) -> Option<Option<Time>> {
    // `20201121T101500`
    if let [
        Number { digits: 8, .. },
        Word(t),
        Number { value, digits },
        ..,
    ] = tokens.as_slice()
        && t == "t"
        && matches!(digits, 4 | 6)
    {
        let value = if *digits == 4 { value * 100 } else { *value };
        let time = clock(value / 10_000, value / 100 % 100, value % 100)?;
        drop_zone(tokens, 3);
        tokens.truncate(1);
        return Some(Some(time));
    }
    // `20201121101500`, `202011211015`
    if let [Number { value, digits }] = tokens.as_slice()
        && matches!(digits, 12 | 14)
    {
        let value = if *digits == 12 { value * 100 } else { *value };
        let time = clock(value / 10_000 % 100, value / 100 % 100, value % 100)?;
        *tokens = vec![Number {
            value: value / 1_000_000,
            digits: 8,
        }];
        return Some(Some(time));
    }
    let Some((start, end, hour, minute, second)) = find_clock(tokens) else {
        return Some(None);
    };
    let (end, hour) = half_day(tokens, end, hour)?;
    let time = clock(hour, minute, second)?;
    drop_zone(tokens, end);
    tokens.drain(start..end);
    Some(Some(time))
}

fn clock(hour: u64, minute: u64, second: u64) -> Option<Time> {
    // A leap second, and midnight at the day's end, are kept on their day.
    let (hour, minute, second) = match (hour, minute, second) {
        (24, 0, 0) => (23, 59, 59),
        (hour, minute, 60) => (hour, minute, 59),
        other => other,
    };
    Time::new(
        hour.try_into().ok()?,
        minute.try_into().ok()?,
        second.try_into().ok()?,
        0,
    )
    .ok()
}

/// Where a time of day stands among the tokens, and its numbers.
fn find_clock(tokens: &[Token]) -> Option<(usize, usize, u64, u64, u64)> {
    for (at, token) in tokens.iter().enumerate() {
        let Number {
            value: hour,
            digits: 1..=2,
        } = token
        else {
            continue;
        };
        match &tokens[at + 1..] {
            [
                Sign(':'),
                Number {
                    value: minute,
                    digits: 2,
                },
                rest @ ..,
            ] => {
                let [
                    Sign(':'),
                    Number {
                        value: second,
                        digits: 2,
                    },
                    rest @ ..,
                ] = rest
                else {
                    return Some((at, at + 3, *hour, *minute, 0));
                };
                let fraction = matches!(rest, [Sign('.' | ','), Number { .. }, ..]);
                let end = at + if fraction { 7 } else { 5 };
                return Some((at, end, *hour, *minute, *second));
            }
            // `17h30`, `17.30 Uhr`, `5.13pm`
            [
                Word(h),
                Number {
                    value: minute,
                    digits: 2,
                },
                ..,
            ] if h == "h" => {
                return Some((at, at + 3, *hour, *minute, 0));
            }
            [
                Sign('.'),
                Number {
                    value: minute,
                    digits: 2,
                },
                rest @ ..,
            ] if opens_with_hour_word(rest) => {
                return Some((at, at + 3, *hour, *minute, 0));
            }
            [Blank, Word(w), ..] | [Word(w), ..] if is_hour_word(w) || w == "p" || w == "a" => {
                return Some((at, at + 1, *hour, 0, 0));
            }
            _ => {}
        }
    }
    None
}

fn opens_with_hour_word(tokens: &[Token]) -> bool {
    matches!(tokens, [Blank, Word(w), ..] | [Word(w), ..] if is_hour_word(w))
}

fn is_hour_word(word: &str) -> bool {
    matches!(word, "uhr" | "am" | "pm" | "h" | "hrs")
}

/// Reads `am`, `p.m.` after a time: where it ends, and the hour of 24.
fn half_day(tokens: &[Token], end: usize, hour: u64) -> Option<(usize, u64)> {
    let blank = usize::from(tokens.get(end) == Some(&Blank));
    let at = end + blank;
    let (letter, length) = match tokens.get(at..).unwrap_or_default() {
        [Word(w), ..] if w == "am" || w == "pm" => (&w[..1], 1),
        [Word(w), Sign('.'), Word(m), Sign('.'), ..] if m == "m" => (w.as_str(), 4),
        [Word(w), Sign('.'), Word(m), ..] if m == "m" => (w.as_str(), 3),
        [Word(w), ..] if is_hour_word(w) => return Some((at + 1, hour)),
        _ => return Some((end, hour)),
    };
    let hour = match (letter, hour) {
        ("a", 12) => 0,
        ("a", 0..12) => hour,
        ("p", 12) => 12,
        ("p", 0..12) => hour + 12,
        // `17:13 pm` is written by programs; its hour is plain.
        ("p", 13..24) => hour,
        _ => return None,
    };
    Some((at + length, hour))
}

/// Drops a zone that begins at a token: `Z`, `+01:00`, `-0500`, `(CET)`.
fn drop_zone(tokens: &mut Vec<Token>, at: usize) {
    let mut end = at;
    if tokens.get(end) == Some(&Blank) {
        end += 1;
    }
    if let Some(Word(word)) = tokens.get(end)
        && is_zone(word)
    {
        end += 1;
    }
    if let (Some(Sign('+' | '-' | '−')), Some(Number { digits, .. })) =
        (tokens.get(end), tokens.get(end + 1))
    {
        if let (1..=2, Some(Sign(':')), Some(Number { .. })) =
            (digits, tokens.get(end + 2), tokens.get(end + 3))
        {
            end += 4;
        } else if *digits == 4 || end + 2 == tokens.len() {
            end += 2;
        }
    }
    // `[Europe/Paris]`, `(Central European Time)`
    let after = end + usize::from(tokens.get(end) == Some(&Blank));
    if let Some(Sign(open @ ('[' | '('))) = tokens.get(after) {
        let close = if *open == '[' { ']' } else { ')' };
        if tokens.last() == Some(&Sign(close)) {
            end = tokens.len();
        }
    }
    tokens.drain(at.min(end)..end);
}

fn is_zone(word: &str) -> bool {
    const ZONES: &[&str] = &[
        "z", "ut", "utc", "gmt", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "akst",
        "akdt", "hst", "cet", "cest", "met", "mest", "mez", "mesz", "bst", "ist", "wet", "west",
        "eet", "eest", "msk", "jst", "kst", "hkt", "sgt", "aest", "aedt", "acst", "awst", "nzst",
        "nzdt", "sast", "eat", "wat", "cat", "brt", "art", "et", "ct", "mt", "pt", "wib", "npt",
    ];
    ZONES.contains(&word)
}

/// Words that may stand around a date and say nothing of the day.
fn is_filler(word: &str) -> bool {
    const FILLERS: &[&str] = &[
        "published",
        "posted",
        "updated",
        "modified",
        "last",
        "first",
        "date",
        "on",
        "at",
        "of",
        "the",
        "de",
        "del",
        "den",
        "der",
        "le",
        "el",
        "il",
        "am",
        "um",
        "a",
        "as",
        "vom",
        "op",
        "alle",
        "ore",
        "las",
        "t",
        "publie",
        "mis",
        "jour",
        "stand",
        "veroffentlicht",
        "eastern",
        "time",
        "el",
        "dia",
        "d",
        "kl",
        "st",
        "nd",
        "rd",
        "th",
        "er",
        "re",
        "o",
        "г",
        "года",
        "publicado",
        "em",
        "en",
        "aktualisiert",
        "et",
        "since",
    ];
    FILLERS.contains(&word) || is_zone(word) || is_weekday(word)
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
                | '·',
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

/// Days written inside a path, in its order.
fn days_within(path: &str) -> impl Iterator<Item = Date> {
    let bytes = path.as_bytes();
    let starts = (0..bytes.len()).filter(move |&at| {
        let class = |b: u8| (b.is_ascii_digit(), b.is_ascii_alphabetic());
        bytes[at].is_ascii_alphanumeric() && (at == 0 || class(bytes[at - 1]) != class(bytes[at]))
    });
    let mut taken = 0;
    starts
        .filter_map(move |at| {
            if at < taken {
                return None;
            }
            let (day, length) = day_at(path.get(at..)?)?;
            taken = at + length;
            Some(day)
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// The day a text starts with, and how many bytes it takes.
fn day_at(text: &str) -> Option<(Date, usize)> {
    let run = |from: usize, digits: bool| {
        text.as_bytes()[from..]
            .iter()
            .take_while(|b| {
                if digits {
                    b.is_ascii_digit()
                } else {
                    b.is_ascii_alphabetic()
                }
            })
            .count()
    };
    let number = |from: usize, length: usize| text.get(from..from + length)?.parse::<u32>().ok();
    let sign = |at: usize| {
        let sign = *text.as_bytes().get(at)?;
        matches!(sign, b'-' | b'_' | b'/' | b'.').then_some(sign)
    };
    let head = run(0, true);
    match head {
        8 | 12 | 14 => {
            let year = number(0, 4)?;
            // Eight digits are an identifier more often than a day before 1800,
            // and part of a hash if a letter follows.
            let hash = run(head, false);
            if hash > 0 && !(hash == 1 && text[head..].starts_with(['T', 't'])) {
                return None;
            }
            let day = sound(i16::try_from(year).ok()?, number(4, 2)?, number(6, 2)?)?;
            (year >= 1800).then_some((day, head))
        }
        4 if run(4, false) >= 3 => {
            // `2007May17`
            let word = run(4, false);
            let days = run(4 + word, true);
            if !(1..=2).contains(&days) {
                return None;
            }
            let month = month(&text[4..4 + word])?;
            let day = sound(
                number(0, 4)?.try_into().ok()?,
                month,
                number(4 + word, days)?,
            )?;
            Some((day, 4 + word + days))
        }
        4 => {
            // `2020-11-21`, `2020/11/21`, `2020/nov/21`, `2020/1121`
            let first = sign(4)?;
            let (digits, letters) = (run(5, true), run(5, false));
            let year = i16::try_from(number(0, 4)?).ok()?;
            if digits == 4 && first == b'/' {
                return Some((sound(year, number(5, 2)?, number(7, 2)?)?, 9));
            }
            let (month, middle) = match (digits, letters) {
                (1..=2, _) if digits == 2 || first == b'/' => (number(5, digits)?, digits),
                (0, 3..) => (month(&text[5..5 + letters])?, letters),
                _ => return None,
            };
            let second = sign(5 + middle)?;
            let days = run(6 + middle, true);
            let same = second == first || first == b'/';
            if !same || !(days == 2 || days == 1 && second == b'/') {
                return None;
            }
            Some((
                sound(year, month, number(6 + middle, days)?)?,
                6 + middle + days,
            ))
        }
        1..=2 => {
            // `17May2007`, `17-May-2007`, `21-11-2020`
            let first = sign(head);
            let from = head + usize::from(first.is_some());
            let (digits, letters) = (run(from, true), run(from, false));
            let middle = digits.max(letters);
            let second = sign(from + middle);
            let year_at = from + middle + usize::from(second.is_some());
            if second != first || run(year_at, true) != 4 {
                return None;
            }
            let year = i16::try_from(number(year_at, 4)?).ok()?;
            let day = if letters >= 3 {
                sound(year, month(&text[from..from + letters])?, number(0, head)?)?
            } else if digits == 2 && head == 2 && first.is_some_and(|s| s != b'/') {
                match (number(0, 2)?, number(from, 2)?) {
                    (day @ 13.., month) | (month, day @ 13..) => sound(year, month, day)?,
                    (day, month) if day == month => sound(year, month, day)?,
                    _ => return None,
                }
            } else {
                return None;
            };
            Some((day, year_at + 4))
        }
        0 => {
            // `May-17-2007`, `Nov_21_2020`
            let letters = run(0, false);
            let first = sign(letters)?;
            let days = run(letters + 1, true);
            let second = sign(letters + 1 + days)?;
            let year_at = letters + 2 + days;
            if letters < 3 || first != second || !(1..=2).contains(&days) || run(year_at, true) != 4
            {
                return None;
            }
            let month = month(&text[..letters])?;
            let year = i16::try_from(number(year_at, 4)?).ok()?;
            Some((sound(year, month, number(letters + 1, days)?)?, year_at + 4))
        }
        _ => None,
    }
}

/// The month a word names, in any of the languages of [`MONTHS`]; a full stop
/// may end it.
fn month(word: &str) -> Option<u32> {
    let word = fold(word.trim_end_matches('.'));
    if word.len() < 3 {
        return None;
    }
    let at = MONTHS
        .iter()
        .position(|names| names.split(' ').any(|name| name == word))?;
    u32::try_from(at + 1).ok()
}

/// Names and abbreviations of the months, folded: English, German, French,
/// Spanish, Portuguese, Italian, Dutch, Scandinavian, Polish, Czech, Russian,
/// Turkish, Indonesian.
#[rustfmt::skip]
const MONTHS: [&str; 12] = [
    "january jan januar janner janvier janv enero ene janeiro gennaio gen januari stycznia ledna января янв ocak",
    "february feb februar febr fevrier fevr fev febrero fevereiro febbraio februari lutego unora февраля фев subat",
    "march mar marz mrz maerz mars marzo marco maart mrt marts marca brezna марта мар mart maret",
    "april apr avril avr abril abr aprile kwietnia dubna апреля апр nisan",
    "may mai mayo maio maggio mag mei maj maja kvetna мая mayis",
    "june jun juni juin junio junho giugno giu czerwca cervna июня июн haziran",
    "july jul juli juillet juil julio julho luglio lug lipca cervence июля июл temmuz",
    "august aug aout agosto ago augustus augusti sierpnia srpna августа авг agustos agustus",
    "september sep sept septembre septiembre setiembre setembro set settembre wrzesnia zari сентября сен eylul",
    "october oct oktober okt octobre octubre outubro out ottobre ott pazdziernika rijna октября окт ekim",
    "november nov novembre noviembre novembro listopada listopadu ноября ноя kasim",
    "december dec dezember dez decembre diciembre dic dezembro dicembre desember des grudnia prosince декабря дек aralik",
];

fn is_weekday(word: &str) -> bool {
    #[rustfmt::skip]
    const DAYS: &str = "monday mon tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri \
        saturday sat sunday sun montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa \
        sonntag so lundi lun mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim lunes martes \
        miercoles mie jueves jue viernes vie sabado sab domingo dom segunda terca quarta quinta sexta feira seg \
        ter qua qui sex lunedi martedi mercoledi giovedi gio venerdi sabato domenica maandag dinsdag woensdag \
        donderdag vrijdag zaterdag zondag ma wo vr za zo mandag tirsdag onsdag torsdag fredag lordag sondag \
        mandag tisdag lordag";
    DAYS.split_whitespace().any(|day| day == word)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn every_listed_form_gives_its_printed_day_and_time() {
        let noon = Some(time(10, 15, 0, 0));
        let evening = Some(time(17, 13, 0, 0));
        let day = date(2020, 11, 21);
        let forms = [
            ("2020-11-21", None),
            ("2020-11-21T10:15:00Z", noon),
            ("2020-11-21T10:15:00.123456+09:00", noon),
            ("2020-11-21T10:15:00+0000[UTC]", noon),
            ("2020-11-21 10:15:00 -0500", noon),
            ("2020-11-21 10:15", noon),
            ("2020/11/21 10:15:00", noon),
            ("20201121", None),
            ("20201121T101500Z", noon),
            ("20201121T101500+0100", noon),
            ("20201121101500", noon),
            ("Sat, 21 Nov 2020 10:15:00 GMT", noon),
            ("Sat, 21 Nov 2020 10:15:00 +0530 (IST)", noon),
            ("Saturday, 21-Nov-20 10:15:00 GMT", noon),
            ("21 Nov 20 10:15 EST", noon),
            ("Sat Nov 21 10:15:00 2020", noon),
            ("Sat Nov 21 10:15:00 UTC 2020", noon),
            ("Nov. 21, 2020 at 5:13 p.m. EST", evening),
            ("Nov 21, 2020 5:13 PM ET", evening),
            ("5:13 p.m. Nov. 21, 2020", evening),
            ("November 21st, 2020", None),
            ("Published: 21 November 2020", None),
            ("21Nov2020", None),
            ("21-NOV-2020 10:15:00.79", noon),
            ("11/21/2020", None),
            ("21/11/2020 - 10:15", noon),
            ("21.11.2020, 17.13 Uhr", evening),
            ("Samstag, 21. November 2020", None),
            ("samedi 21 novembre 2020 à 17h13", evening),
            ("21 de noviembre de 2020", None),
            ("21 de novembro de 2020 10:15", noon),
            ("sabato 21 novembre 2020", None),
            ("zaterdag 21 november 2020", None),
            ("21 listopada 2020", None),
            ("21 ноября 2020 г.", None),
            ("2020年11月21日", None),
        ];
        let read: Vec<_> = forms.iter().map(|(form, _)| (*form, parse(form))).collect();
        let expected: Vec<_> = forms
            .iter()
            .map(|(form, time)| (*form, Some(Stamp { day, time: *time })))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn what_may_be_two_days_or_none_is_no_date() {
        let forms = [
            "",
            "2020",
            "November 2020",
            "03/04/2020",
            "03-04-2020",
            "01/04/63",
            "2020-13-01",
            "2020-02-30",
            "1599-12-31",
            "9999-01-01",
            "0000-00-00",
            "25:10",
            "yesterday",
            "2020-11-21T25:00:00Z",
            "Version 2020-11-21",
            "May 1 - May 3, 2020",
            "12 monkeys 1995",
            "1970",
            "123456789",
            "2020-11-21-7",
        ];
        let read: Vec<_> = forms.iter().map(|form| parse(form)).collect();
        assert_eq!(read, vec![None; forms.len()]);
    }

    #[test]
    fn the_day_is_never_shifted_by_a_zone() {
        let late = parse("2020-11-21T23:59:00-11:00").unwrap();
        assert_eq!(late.day, date(2020, 11, 21));
    }

    #[test]
    fn epochs_are_told_apart_by_size() {
        let day = date(2016, 9, 19);
        let stamp = Some(Stamp {
            day,
            time: Some(time(0, 0, 0, 0)),
        });
        assert_eq!(from_epoch(1_474_243_200.0), stamp);
        assert_eq!(from_epoch(1_474_243_200_000.0), stamp);
        assert_eq!(from_epoch(0.0), None);
        assert_eq!(from_epoch(f64::NAN), None);
        assert_eq!(from_epoch(1e300), None);
    }

    #[test]
    fn paths_give_days_but_not_from_unrelated_digits() {
        let day = Some(date(2020, 11, 21));
        let paths = [
            ("news/2020/11/21/a.txt", day),
            ("news/2020-11-21-talks.txt", day),
            ("a_20201121.txt", day),
            ("2020/nov/21/x", day),
            ("backup-2019-01-01/21Nov2020Smith5.txt", day),
            ("x/21-Nov-2020.txt", day),
            ("x/Nov-21-2020.txt", day),
            ("x/2020/1121/a.txt", day),
            ("x/21-11-2020.txt", day),
            ("x/03-04-2020.txt", None),
            ("article-120201121.txt", None),
            ("reut2-003.sgm", None),
            ("20123456.txt", None),
            ("a20201121f3.txt", None),
            ("afp20201121.txt", day),
            ("1987/02/story.txt", None),
            ("v2020.11.21.7z", day),
            ("été/ü.txt", None),
        ];
        let read: Vec<_> = paths
            .iter()
            .map(|(path, _)| (*path, from_path(path)))
            .collect();
        assert_eq!(read, paths.to_vec());
        assert_eq!(from_url("https://example.org/2020/11/21/a?d=20190101"), day);
        assert_eq!(from_url("https://20201121.example.org"), None);
        assert_eq!(year_from_path("news/1987/a.txt"), Some(1987));
        assert_eq!(year_from_path("news/a/1987"), None);
    }

    #[test]
    fn datelines_need_a_year_from_somewhere() {
        let lines = [
            "DOHA, Nov 21 (Gulf Wire) - Talks began.",
            "LONDON, April 3 - Prices rose.",
            "NEW YORK, N.Y., March 3 — Stocks fell.",
            "BRUSSELS, 3 April (Wire) - It rained.",
            "Talks began, Nov 21 - he said.",
            "DOHA (Gulf Wire) - Talks began, Nov 21 - he said.",
        ];
        let with = |year| {
            lines
                .iter()
                .map(|l| from_dateline(l, year))
                .collect::<Vec<_>>()
        };
        let y = 2020;
        assert_eq!(
            with(Some(y)),
            [
                Some(date(y, 11, 21)),
                Some(date(y, 4, 3)),
                Some(date(y, 3, 3)),
                Some(date(y, 4, 3)),
                None,
                None
            ]
        );
        assert_eq!(with(None), vec![None; lines.len()]);
        let stated = from_dateline("TRENTON, Feb. 12, 2010 — A law passed.", None);
        assert_eq!(stated, Some(date(2010, 2, 12)));
    }
}
