//! How many matching articles were published when: counts per day, folded
//! into calendar periods. Articles without a date are counted apart.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::request::{Request, SearchError};
use super::run::{Found, guarded};
use crate::index::document::{day_number, day_of};
use crate::index::snapshot::Snapshot;

/// A calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A day.
    Day,
    /// A week, Monday to Sunday (ISO 8601).
    Week,
    /// A month.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// A year.
    Year,
}

impl Period {
    /// Every period, shortest first.
    pub const ALL: [Self; 5] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// The name used on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The shortest period that cuts the days from `first` to `last` into at
    /// most about 60: what a screen shows at a glance.
    pub fn fitting(first: Date, last: Date) -> Self {
        let days = day_number(last) - day_number(first);
        match days {
            i64::MIN..=61 => Self::Day,
            62..=420 => Self::Week,
            421..=1830 => Self::Month,
            1831..=5480 => Self::Quarter,
            _ => Self::Year,
        }
    }

    /// First day of the period a day lies in.
    pub fn start(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let back = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(back.days()).unwrap_or(day)
            }
            Self::Month => day.first_of_month(),
            Self::Quarter => {
                let month = (day.month() - 1) / 3 * 3 + 1;
                Date::new(day.year(), month, 1).unwrap_or(day)
            }
            Self::Year => day.first_of_year(),
        }
    }

    /// First day of the next period; `None` at the end of the calendar.
    /// `start` is the first day of one.
    pub fn next(self, start: Date) -> Option<Date> {
        let span = match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        };
        start.checked_add(span).ok()
    }

    /// How people write the period that starts on a day: `2020-11-21`,
    /// `2020-W47`, `2020-11`, `2020-Q4`, `2020`.
    pub fn label(self, start: Date) -> String {
        match self {
            Self::Day => start.to_string(),
            Self::Week => {
                let week = start.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", start.year(), start.month()),
            Self::Quarter => format!("{:04}-Q{}", start.year(), (start.month() - 1) / 3 + 1),
            Self::Year => format!("{:04}", start.year()),
        }
    }
}

/// One period of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// Matching articles.
    pub articles: u64,
    /// All articles of the index in these days, matching or not; 0 unless
    /// asked for.
    pub of: u64,
}

impl Bin {
    /// Which part of all the period's articles match, 0 to 1; 0 where there
    /// are none.
    pub fn share(&self) -> f64 {
        match self.of {
            0 => 0.0,
            of => self.articles as f64 / of as f64,
        }
    }
}

/// Matching articles over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Length of the periods.
    pub period: Period,
    /// Every period from the first to the last with a matching article, empty
    /// ones too, in order.
    pub bins: Vec<Bin>,
    /// Matching articles without a date.
    pub undated: u64,
    /// All matching articles.
    pub total: u64,
}

/// Counts the articles that match by period: `period`, or the one that fits
/// the days found. With `normalize` all articles of each period are counted
/// as well, under the request's filter but whatever its query.
///
/// # Errors
///
/// As [`super::search`].
pub fn timeline(
    snapshot: &Snapshot,
    request: &Request,
    period: Option<Period>,
    normalize: bool,
) -> Result<Timeline, SearchError> {
    guarded(|| {
        let found = Found::new(snapshot, request)?;
        let (days, undated) = per_day(&found)?;
        let ends = days
            .first_key_value()
            .zip(days.last_key_value())
            .and_then(|((first, _), (last, _))| Some((day_of(*first)?, day_of(*last)?)));
        let period = period.unwrap_or_else(|| match ends {
            Some((first, last)) => Period::fitting(first, last),
            None => Period::Year,
        });
        let mut bins = ends.map_or_else(Vec::new, |(first, last)| empty_bins(period, first, last));
        fill(&mut bins, &days, |bin| &mut bin.articles);
        if normalize {
            let everything = Request {
                query: crate::query::tree::Node {
                    kind: crate::query::tree::Kind::All,
                    span: request.query.span,
                },
                ..request.clone()
            };
            let (all, _) = per_day(&Found::new(snapshot, &everything)?)?;
            fill(&mut bins, &all, |bin| &mut bin.of);
        }
        Ok(Timeline {
            period,
            bins,
            undated,
            total: found.total(),
        })
    })
}

/// Matches of each day, and those without one.
fn per_day(found: &Found<'_>) -> Result<(BTreeMap<i64, u64>, u64), SearchError> {
    let (mut days, mut undated) = (BTreeMap::new(), 0);
    for (part, matches) in found.parts.iter().zip(&found.matches) {
        for &(doc, _) in matches {
            match part.day_of(doc)? {
                Some(day) => *days.entry(day).or_default() += 1,
                None => undated += 1,
            }
        }
    }
    Ok((days, undated))
}

fn empty_bins(period: Period, first: Date, last: Date) -> Vec<Bin> {
    let mut bins = Vec::new();
    let mut from = period.start(first);
    while from <= last {
        let next = period.next(from);
        let until = next
            .and_then(|next| next.yesterday().ok())
            .unwrap_or(Date::MAX);
        bins.push(Bin {
            from,
            until,
            articles: 0,
            of: 0,
        });
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    bins
}

/// Adds the counts of days to the bins they lie in; days outside are left out.
fn fill(bins: &mut [Bin], days: &BTreeMap<i64, u64>, count: impl Fn(&mut Bin) -> &mut u64) {
    let mut days = days.iter().peekable();
    for bin in bins {
        let (from, until) = (day_number(bin.from), day_number(bin.until));
        while days.next_if(|&(&day, _)| day < from).is_some() {}
        while let Some((_, articles)) = days.next_if(|&(&day, _)| day <= until) {
            *count(bin) += articles;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::testing::*;
    use super::*;

    fn index() -> Snapshot {
        let mut index = TestIndex::new();
        for (day, body) in [
            (Some(date(2020, 1, 31)), "talks"),
            (Some(date(2020, 2, 1)), "talks"),
            (Some(date(2020, 2, 29)), "other"),
            (Some(date(2020, 4, 1)), "talks"),
            (None, "talks"),
        ] {
            index.add(Draft {
                day: day.map(day_number),
                ..Draft::body(body)
            });
        }
        index.snapshot()
    }

    fn labels(timeline: &Timeline) -> Vec<(String, u64, u64)> {
        let label = |bin: &Bin| (timeline.period.label(bin.from), bin.articles, bin.of);
        timeline.bins.iter().map(label).collect()
    }

    #[test]
    fn every_period_between_the_ends_is_there_and_undated_articles_are_apart() {
        let request = Request::new(word("talks"));
        let found = timeline(&index(), &request, Some(Period::Month), true).unwrap();
        let expected = [
            ("2020-01", 1, 1),
            ("2020-02", 1, 2),
            ("2020-03", 0, 0),
            ("2020-04", 1, 1),
        ];
        assert_eq!(
            labels(&found),
            expected.map(|(label, articles, of)| (label.to_owned(), articles, of))
        );
        assert_eq!((found.total, found.undated), (4, 1));
        let found = timeline(&index(), &request, Some(Period::Quarter), false).unwrap();
        assert_eq!(
            labels(&found),
            [("2020-Q1".to_owned(), 2, 0), ("2020-Q2".to_owned(), 1, 0)]
        );
    }

    #[test]
    fn nothing_found_is_an_empty_timeline() {
        let request = Request::new(word("nothing"));
        let found = timeline(&index(), &request, None, false).unwrap();
        assert_eq!((found.bins.len(), found.total), (0, 0));
    }

    #[test]
    fn periods_start_and_end_where_the_calendar_says() {
        let day = date(2021, 1, 2);
        let starts = Period::ALL.map(|period| period.label(period.start(day)));
        assert_eq!(
            starts,
            ["2021-01-02", "2020-W53", "2021-01", "2021-Q1", "2021"]
        );
        assert_eq!(Period::Week.start(day), date(2020, 12, 28));
        let bins = empty_bins(Period::Month, date(2020, 2, 10), date(2020, 3, 1));
        assert_eq!(
            bins.iter().map(|bin| bin.until).collect::<Vec<_>>(),
            [date(2020, 2, 29), date(2020, 3, 31)]
        );
    }

    #[test]
    fn the_period_fits_the_days() {
        let from = date(2000, 1, 1);
        let fitting = |until| Period::fitting(from, until);
        assert_eq!(fitting(date(2000, 2, 1)), Period::Day);
        assert_eq!(fitting(date(2000, 12, 31)), Period::Week);
        assert_eq!(fitting(date(2004, 1, 1)), Period::Month);
        assert_eq!(fitting(date(2012, 1, 1)), Period::Quarter);
        assert_eq!(fitting(date(2099, 1, 1)), Period::Year);
    }
}
