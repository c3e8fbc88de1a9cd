//! Days of two small numbers and a year (`3/4/2020`), of which only the custom
//! of a country or of a source tells what is the day and what the month.

use serde::{Deserialize, Serialize};

use super::{Stamp, parse};

/// Which of the numbers of a day comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Order {
    /// 31/12
    #[serde(rename = "dmy")]
    DayFirst,
    /// 12/31
    #[serde(rename = "mdy")]
    MonthFirst,
}

/// What a text shows of the order in which its source writes days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It can only be read in this order.
    Order(Order),
    /// It can be read in both.
    Either,
    /// Its day is not written so.
    Nothing,
}

impl Shown {
    /// What is shown by what was found before and by another date; `None` where
    /// one is written in one order and one in the other.
    pub fn with(self, next: Self) -> Option<Self> {
        match (self, next) {
            (Self::Order(one), Self::Order(other)) if one != other => None,
            (Self::Order(_), _) | (_, Self::Nothing) => Some(self),
            _ => Some(next),
        }
    }

    /// The order, where one is shown.
    pub fn order(self) -> Option<Order> {
        match self {
            Self::Order(order) => Some(order),
            Self::Either | Self::Nothing => None,
        }
    }
}

/// Reads what [`parse`] reads and, in an order that is known, days that could be two.
pub fn parse_in(text: &str, order: Option<Order>) -> Option<Stamp> {
    match order {
        Some(order) => order.parse(text),
        None => parse(text),
    }
}

impl Order {
    const ALL: [Self; 2] = [Self::DayFirst, Self::MonthFirst];

    /// The order by name, as it is remembered.
    pub fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
        }
    }

    /// The order of a [`name`](Self::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// The order as one byte among the facts that a record needs; 0 for none.
    pub fn sign(order: Option<Self>) -> u8 {
        match order {
            None => 0,
            Some(Self::DayFirst) => 1,
            Some(Self::MonthFirst) => 2,
        }
    }

    /// The order of a [`sign`](Self::sign).
    pub fn of_sign(sign: u8) -> Option<Self> {
        let is_its = |order: &Self| Self::sign(Some(*order)) == sign;
        Self::ALL.into_iter().find(is_its)
    }

    /// Reads what [`parse`] reads, and days that it does not read because they
    /// could be two in this order.
    pub fn parse(self, text: &str) -> Option<Stamp> {
        parse(text).or_else(|| {
            let ([first, second, year], rest) = numbers(text)?;
            let (day, month) = match self {
                Self::DayFirst => (first, second),
                Self::MonthFirst => (second, first),
            };
            parse(&format!("{day}.{month}.{year}{rest}"))
        })
    }
}

/// What a date shows of the order of its source.
pub fn shown(text: &str) -> Shown {
    let small = |number: &str| number.parse::<u8>().ok();
    let Some(([first, second, _], _)) = numbers(text) else {
        return Shown::Nothing;
    };
    match (small(first), small(second)) {
        (Some(13..=31), Some(1..=12)) => Shown::Order(Order::DayFirst),
        (Some(1..=12), Some(13..=31)) => Shown::Order(Order::MonthFirst),
        (Some(1..=12), Some(1..=12)) if first != second => Shown::Either,
        _ => Shown::Nothing,
    }
}

/// The three numbers that a text begins with, the last of them a year, and
/// what follows them.
fn numbers(text: &str) -> Option<([&str; 3], &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '/' && c != '-')
        .unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let mut parts = numbers.split(['/', '-']);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    let are_small = three[..2].iter().all(|part| (1..=2).contains(&part.len()));
    (parts.next().is_none() && are_small && three[2].len() == 4).then_some((three, rest))
}
