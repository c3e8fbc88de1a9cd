//! Dates as sources print them, and what is none.
#![allow(clippy::unwrap_used)]

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
        ("21 Kasım 2020 Cumartesi", None),
        ("субота, 21 листопада 2020", None),
        ("السبت 21 نوفمبر 2020", None),
        ("٢١ نوفمبر ٢٠٢٠", None),
        ("2020. november 21.", None),
        ("21 Νοεμβρίου 2020", None),
        ("21. marraskuuta 2020", None),
        ("21 noiembrie 2020, 10:15", noon),
        ("le 21ème novembre 2020", None),
    ];
    let read: Vec<_> = forms.iter().map(|(form, _)| (*form, parse(form))).collect();
    let expected: Vec<_> = forms
        .iter()
        .map(|(form, time)| (*form, Some(Stamp { day, time: *time })))
        .collect();
    assert_eq!(read, expected);
}

#[test]
fn names_of_months_are_folded_and_each_names_one_month() {
    let names: Vec<(&str, u32)> = names::MONTHS
        .iter()
        .zip(1..)
        .flat_map(|(names, number)| names.split(' ').map(move |name| (name, number)))
        .collect();
    let others: Vec<_> = names
        .iter()
        .filter(|(name, number)| month(name) != Some(*number) || fold(name) != *name)
        .collect();
    assert_eq!(others, Vec::<&(&str, u32)>::new());
}

#[test]
fn an_order_reads_days_that_could_be_two() {
    let read = |order: Order, text: &str| order.parse(text).map(|stamp| stamp.day);
    assert_eq!(
        read(Order::DayFirst, "03/04/2020 10:15"),
        Some(date(2020, 4, 3))
    );
    assert_eq!(read(Order::MonthFirst, "3-4-2020"), Some(date(2020, 3, 4)));
    // What can only be one day stays that day.
    assert_eq!(
        read(Order::MonthFirst, "21/11/2020"),
        Some(date(2020, 11, 21))
    );
    let shown = [
        "21/11/2020",
        "11/21/2020 5 PM",
        "3/4/2020",
        "3/3/2020",
        "3.4.2020",
    ]
    .map(shown);
    use Shown::{Either, Nothing, Order as Shows};
    assert_eq!(
        shown,
        [
            Shows(Order::DayFirst),
            Shows(Order::MonthFirst),
            Either,
            Nothing,
            Nothing
        ]
    );
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
