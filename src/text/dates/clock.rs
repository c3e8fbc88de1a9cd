//! The time of day and its zone, wherever they stand in a date.

use jiff::civil::Time;

use super::Token::{self, Blank, Number, Sign, Word};

/// Takes the time of day and its zone out of the tokens. `None` if what stands
/// there as a time is none; `Some(None)` without one.
pub(super) fn take_time(tokens: &mut Vec<Token>) -> Option<Option<Time>> {
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

pub(super) fn is_zone(word: &str) -> bool {
    const ZONES: &[&str] = &[
        "z", "ut", "utc", "gmt", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "akst",
        "akdt", "hst", "cet", "cest", "met", "mest", "mez", "mesz", "bst", "ist", "wet", "west",
        "eet", "eest", "msk", "jst", "kst", "hkt", "sgt", "aest", "aedt", "acst", "awst", "nzst",
        "nzdt", "sast", "eat", "wat", "cat", "brt", "art", "et", "ct", "mt", "pt", "wib", "npt",
    ];
    ZONES.contains(&word)
}
