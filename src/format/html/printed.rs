//! What a page prints around its headline for people alone, without any name
//! or tag that says what it is: a date, a byline.

use super::date;
use super::paragraphs::Block;
use crate::text::dates::{Order, Stamp};

/// Longest line that can be a date or a byline, in characters.
const LONGEST: usize = 120;

/// Blocks above the headline that are looked at.
const ABOVE: usize = 4;

/// Blocks below the headline that are looked at.
const BELOW: usize = 10;

/// The short lines around the headline, those below it first.
fn lines<'a>(blocks: &'a [Block], title: Option<&str>) -> impl Iterator<Item = &'a str> {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let title = title.map(letters).unwrap_or_default();
    let at = blocks.iter().position(|block| {
        block.text.len() <= 400 && title.len() >= 4 && letters(&block.text) == title
    });
    let (above, below) = match at {
        Some(at) => (&blocks[at.saturating_sub(ABOVE)..at], &blocks[at + 1..]),
        None => (&blocks[..0], blocks),
    };
    below
        .iter()
        .take(BELOW)
        .chain(above.iter().rev())
        .map(|block| block.text.as_str())
        .filter(|text| text.chars().count() <= LONGEST)
}

/// A date printed around the headline.
pub fn date(blocks: &[Block], title: Option<&str>, order: Option<Order>) -> Option<Stamp> {
    lines(blocks, title).find_map(|line| {
        let lower = line.to_lowercase();
        // Of another day, or of the whole site.
        let other = [
            "©",
            "copyright",
            "updated",
            "aktualisiert",
            "modified",
            "http",
            "since ",
            "seit ",
        ];
        if other.iter().any(|word| lower.contains(word)) {
            return None;
        }
        date::within(line, order)
    })
}

/// A byline printed around the headline: `By Jane Roe`, `Von Jana Rot`.
pub fn byline<'a>(blocks: &'a [Block], title: Option<&str>) -> Option<&'a str> {
    const STARTS: &[&str] = &[
        "By ",
        "BY ",
        "by ",
        "Von ",
        "VON ",
        "Par ",
        "PAR ",
        "Por ",
        "POR ",
        "Door ",
        "Author: ",
        "Autor: ",
        "Autorin: ",
        "Written by ",
        "Posted by ",
        "Text: ",
    ];
    lines(blocks, title)
        .filter(|line| line.chars().count() <= 80)
        .find(|line| {
            STARTS.iter().any(|start| {
                line.strip_prefix(start).is_some_and(|rest| {
                    rest.starts_with(char::is_uppercase)
                        && (2..=9).contains(&rest.split_whitespace().count())
                })
            })
        })
}
