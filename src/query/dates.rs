//! Days as users write them: `2019`, `2019-04`, `2019-04-13`, `7d`,
//! `last-month`, ranges and comparisons of those.
//!
//! A year, month or week stands for all its days. `7d`, `3w`, `6m` and `1y`
//! are the day that far back from today; alone behind `date:` they are the
//! days from then until today. Weeks start on Monday.

use jiff::civil::Date;
use jiff::{Span as Length, ToSpan};

use super::error::ErrorKind;
use super::fields::Days;
use super::tree::DayRange;

/// First and last day of what one value names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    first: Date,
    last: Date,
    /// Counted back from today: alone, it reaches until today.
    is_back: bool,
}

/// Reads the value of a date field.
pub(super) fn read(field: Days, text: &str, today: fn() -> Date) -> Result<DayRange, ErrorKind> {
    let text = text.trim();
    if field != Days::On && (text.contains("..") || text.starts_with(['<', '>'])) {
        return Err(ErrorKind::NotOneDate {
            text: text.to_owned(),
        });
    }
    match field {
        Days::On => on(text, today),
        Days::From => Ok(from(Some(period(text, today)?.first))),
        Days::Until => Ok(until(Some(period(text, today)?.last))),
        Days::Before => Ok(until(Some(day_before(period(text, today)?.first, text)?))),
    }
}

/// Whether a bare word looks like a range of dates that lacks its field.
pub(super) fn is_range_of_dates(text: &str, today: fn() -> Date) -> bool {
    text.split_once("..").is_some_and(|(from, until)| {
        (!from.is_empty() || !until.is_empty())
            && [from, until]
                .iter()
                .all(|end| end.is_empty() || end.len() >= 4 && period(end, today).is_ok())
    })
}

fn from(day: Option<Date>) -> DayRange {
    DayRange {
        from: day,
        until: None,
    }
}

fn until(day: Option<Date>) -> DayRange {
    DayRange {
        from: None,
        until: day,
    }
}

fn on(text: &str, today: fn() -> Date) -> Result<DayRange, ErrorKind> {
    if let Some(value) = text.strip_prefix(">=") {
        return Ok(from(Some(period(value.trim(), today)?.first)));
    }
    if let Some(value) = text.strip_prefix("<=") {
        return Ok(until(Some(period(value.trim(), today)?.last)));
    }
    if let Some(value) = text.strip_prefix('>') {
        let last = period(value.trim(), today)?.last;
        let next = last.tomorrow().map_err(|_| no_such_day(text))?;
        return Ok(from(Some(next)));
    }
    if let Some(value) = text.strip_prefix('<') {
        let first = period(value.trim(), today)?.first;
        return Ok(until(Some(day_before(first, text)?)));
    }
    let Some((start, end)) = text.split_once("..") else {
        let period = period(text, today)?;
        let last = if period.is_back { today() } else { period.last };
        return Ok(DayRange {
            from: Some(period.first),
            until: Some(last),
        });
    };
    if start.is_empty() && end.is_empty() {
        return Err(ErrorKind::RangeWithoutEnds);
    }
    let bound = |end: &str| match end {
        "" => Ok(None),
        end => period(end, today).map(Some),
    };
    let range = DayRange {
        from: bound(start)?.map(|period| period.first),
        until: bound(end)?.map(|period| period.last),
    };
    match range {
        DayRange {
            from: Some(first),
            until: Some(last),
        } if last < first => Err(ErrorKind::RangeBackwards { first, last }),
        range => Ok(range),
    }
}

fn period(text: &str, today: fn() -> Date) -> Result<Period, ErrorKind> {
    let lower = text.to_ascii_lowercase();
    if let Some(period) = named(&lower, today) {
        return period.ok_or_else(|| no_such_day(text));
    }
    if let Some(day) = counted_back(&lower, today) {
        let day = day.ok_or_else(|| no_such_day(text))?;
        return Ok(Period {
            first: day,
            last: day,
            is_back: true,
        });
    }
    printed(text)
}

/// `today`, `last-week` and their like. `None`: no such name; `Some(None)`:
/// beyond the calendar.
fn named(text: &str, today: fn() -> Date) -> Option<Option<Period>> {
    let (unit, back) = match text {
        "today" => return Some(days_of(Some(today()), Some(today()))),
        "yesterday" => {
            let day = today().yesterday().ok();
            return Some(days_of(day, day));
        }
        _ => match text.split_once('-')? {
            ("this", unit) => (unit, 0),
            ("last", unit) => (unit, 1),
            _ => return None,
        },
    };
    match unit {
        "week" => {
            let monday = today().weekday().to_monday_zero_offset();
            let first = sub(today(), (i32::from(monday) + 7 * back).days());
            Some(days_of(first, first.and_then(|first| add(first, 6.days()))))
        }
        "month" => {
            let first = sub(today().first_of_month(), back.months());
            Some(days_of(first, first.map(Date::last_of_month)))
        }
        "year" => {
            let first = sub(today().first_of_year(), back.years());
            Some(days_of(first, first.map(Date::last_of_year)))
        }
        _ => None,
    }
}

fn days_of(first: Option<Date>, last: Option<Date>) -> Option<Period> {
    Some(Period {
        first: first?,
        last: last?,
        is_back: false,
    })
}

/// `7d`, `3w`, `6m`, `1y`. `None`: something else; `Some(None)`: beyond the
/// calendar.
fn counted_back(text: &str, today: fn() -> Date) -> Option<Option<Date>> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let unit = text.get(digits.len()..)?;
    if !is_number || !matches!(unit, "d" | "w" | "m" | "y") {
        return None;
    }
    let Ok(count) = digits.parse::<i64>() else {
        return Some(None);
    };
    let length = match unit {
        "d" => Length::new().try_days(count),
        "w" => Length::new().try_weeks(count),
        "m" => Length::new().try_months(count),
        _ => Length::new().try_years(count),
    };
    Some(length.ok().and_then(|length| sub(today(), length)))
}

fn add(day: Date, length: Length) -> Option<Date> {
    day.checked_add(length).ok()
}

/// `None` also for years that cannot be written with four digits.
fn sub(day: Date, length: Length) -> Option<Date> {
    day.checked_sub(length).ok().filter(|day| day.year() >= 0)
}

fn day_before(day: Date, text: &str) -> Result<Date, ErrorKind> {
    sub(day, 1.day()).ok_or_else(|| no_such_day(text))
}

/// `2019`, `2019-04`, `2019-04-13`.
fn printed(text: &str) -> Result<Period, ErrorKind> {
    let unreadable = || ErrorKind::BadDate {
        text: text.to_owned(),
    };
    let mut parts = text.split('-');
    let year: i16 = number(parts.next(), 4).ok_or_else(unreadable)?;
    let month: Option<i8> = match parts.next() {
        Some(month) => Some(number(Some(month), 2).ok_or_else(unreadable)?),
        None => None,
    };
    let day: Option<i8> = match parts.next() {
        Some(day) => Some(number(Some(day), 2).ok_or_else(unreadable)?),
        None => None,
    };
    if parts.next().is_some() {
        return Err(unreadable());
    }
    let first =
        Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).map_err(|_| no_such_day(text))?;
    let last = match (month, day) {
        (_, Some(_)) => first,
        (Some(_), None) => first.last_of_month(),
        (None, None) => first.last_of_year(),
    };
    Ok(Period {
        first,
        last,
        is_back: false,
    })
}

/// A number of one digit up to `digits`, a year exactly of four.
fn number<T: std::str::FromStr>(text: Option<&str>, digits: usize) -> Option<T> {
    let text = text?;
    let fits = text.len() == digits || digits == 2 && text.len() == 1;
    (fits && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn no_such_day(text: &str) -> ErrorKind {
    ErrorKind::NoSuchDay {
        text: text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// A Wednesday.
    const TODAY: fn() -> Date = || date(2021, 3, 31);

    fn range(field: Days, text: &str) -> String {
        let range = read(field, text, TODAY).unwrap();
        let show = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        format!("{}..{}", show(range.from), show(range.until))
    }

    #[test]
    fn a_period_covers_all_its_days() {
        assert_eq!(range(Days::On, "2020"), "2020-01-01..2020-12-31");
        assert_eq!(range(Days::On, "2020-02"), "2020-02-01..2020-02-29");
        assert_eq!(range(Days::On, "2020-2-9"), "2020-02-09..2020-02-09");
        assert_eq!(range(Days::On, "2019..2020-02"), "2019-01-01..2020-02-29");
        assert_eq!(range(Days::On, "..2001"), "..2001-12-31");
        assert_eq!(range(Days::On, "2001.."), "2001-01-01..");
    }

    #[test]
    fn after_and_until_include_and_before_excludes() {
        assert_eq!(range(Days::From, "2019"), "2019-01-01..");
        assert_eq!(range(Days::Until, "2019"), "..2019-12-31");
        assert_eq!(range(Days::Before, "2019"), "..2018-12-31");
        assert_eq!(range(Days::Before, "2020-03"), "..2020-02-29");
    }

    #[test]
    fn comparisons_leave_out_or_take_in_the_whole_period() {
        assert_eq!(range(Days::On, ">2019"), "2020-01-01..");
        assert_eq!(range(Days::On, ">=2019"), "2019-01-01..");
        assert_eq!(range(Days::On, "<2019-04"), "..2019-03-31");
        assert_eq!(range(Days::On, "<=2019-04"), "..2019-04-30");
    }

    #[test]
    fn days_are_counted_back_from_today() {
        assert_eq!(range(Days::On, "7d"), "2021-03-24..2021-03-31");
        assert_eq!(range(Days::On, "1M"), "2021-02-28..2021-03-31");
        assert_eq!(range(Days::From, "3w"), "2021-03-10..");
        assert_eq!(range(Days::Before, "1y"), "..2020-03-30");
        assert_eq!(range(Days::Until, "7d"), "..2021-03-24");
        assert_eq!(range(Days::On, "30d..7d"), "2021-03-01..2021-03-24");
        assert_eq!(range(Days::On, ">7d"), "2021-03-25..");
    }

    #[test]
    fn names_of_days_and_periods_are_resolved() {
        assert_eq!(range(Days::On, "today"), "2021-03-31..2021-03-31");
        assert_eq!(range(Days::On, "Yesterday"), "2021-03-30..2021-03-30");
        assert_eq!(range(Days::On, "this-week"), "2021-03-29..2021-04-04");
        assert_eq!(range(Days::On, "last-week"), "2021-03-22..2021-03-28");
        assert_eq!(range(Days::On, "this-month"), "2021-03-01..2021-03-31");
        assert_eq!(range(Days::On, "last-month"), "2021-02-01..2021-02-28");
        assert_eq!(range(Days::On, "last-year"), "2020-01-01..2020-12-31");
        assert_eq!(
            range(Days::On, "last-year..today"),
            "2020-01-01..2021-03-31"
        );
    }

    #[test]
    fn what_is_no_date_is_an_error() {
        for (text, expected) in [
            ("04/13/2019", "`04/13/2019` is not a date"),
            ("april", "`april` is not a date"),
            ("19", "`19` is not a date"),
            ("2019-", "`2019-` is not a date"),
            ("2019-04-13-1", "`2019-04-13-1` is not a date"),
            ("２０１９", "`２０１９` is not a date"),
            ("2019...2020", "`.2020` is not a date"),
            ("2019-13", "there is no day `2019-13`"),
            ("2019-02-29", "there is no day `2019-02-29`"),
            (
                "99999999999999999999d",
                "there is no day `99999999999999999999d`",
            ),
            ("3000y", "there is no day `3000y`"),
            ("<0000", "there is no day `<0000`"),
            (">9999", "there is no day `>9999`"),
            ("..", "a range without a first and a last day"),
            (
                "2021..2019",
                "the range ends (2019-12-31) before it starts (2021-01-01)",
            ),
        ] {
            assert_eq!(
                read(Days::On, text, TODAY).unwrap_err().to_string(),
                expected,
                "{text}"
            );
        }
    }
}
