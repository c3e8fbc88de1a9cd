//! Days inside the path of a file or of an address.

use jiff::civil::Date;

use super::names::month;
use super::sound;

/// Days written inside a path, in its order.
pub(super) fn days_within(path: &str) -> impl Iterator<Item = Date> {
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
        matches!(sign, b'-' | b'_' | b'/' | b'.' | b' ').then_some(sign)
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
            // `17May2007`, `17-May-2007`, `17 May 2007`, `21-11-2020`
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
