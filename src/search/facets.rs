//! Counts matching articles by a property: exactly, over every match. Names
//! count under their canonical ones; hidden ones do not count.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use tantivy::columnar::{StrColumn, TermOrdHit};

use super::aliases::Aliases;
use super::matching::Match;
use super::part::Part;
use super::request::{Facet, FacetCounts, Request, SearchError};
use crate::article::EntityKind;
use crate::index::document::day_of;
use crate::index::tokenizer::kind_letter;

/// What an article's values of a facet are read from.
enum Origin {
    /// A column of whole values.
    Values(&'static str),
    /// Names that start with this letter.
    Names(char),
    /// The day of publication.
    Year,
}

fn origin(facet: Facet) -> Origin {
    let names = |kind| Origin::Names(kind_letter(kind));
    match facet {
        Facet::Source => Origin::Values("publisher"),
        Facet::Section => Origin::Values("section"),
        Facet::Byline => Origin::Values("byline"),
        Facet::Language => Origin::Values("language"),
        Facet::Person => names(EntityKind::Person),
        Facet::Org => names(EntityKind::Org),
        Facet::Place => names(EntityKind::Place),
        Facet::Year => Origin::Year,
    }
}

/// The counts a request asks for; `matches` are all that match, by segment.
pub(crate) fn count(
    parts: &[Part<'_>],
    matches: &[Vec<Match>],
    request: &Request,
) -> Result<Vec<FacetCounts>, SearchError> {
    request
        .facets
        .iter()
        .map(|&facet| {
            let mut tally = Tally::default();
            for (part, found) in parts.iter().zip(matches) {
                match origin(facet) {
                    Origin::Values(column) => tally.values(part, found, column)?,
                    Origin::Names(letter) => tally.names(part, found, letter, &request.aliases)?,
                    Origin::Year => tally.years(part, found)?,
                }
            }
            Ok(tally.finish(facet, request.facet_limit))
        })
        .collect()
}

#[derive(Default)]
struct Tally {
    counts: HashMap<String, u64>,
    without: u64,
}

impl Tally {
    fn values(
        &mut self,
        part: &Part<'_>,
        found: &[Match],
        column: &str,
    ) -> Result<(), SearchError> {
        let Some(column) = part.reader.fast_fields().str(column)? else {
            self.without += found.len() as u64;
            return Ok(());
        };
        let all = 0..column.num_terms() as u64;
        let (ordinals, counted) = self.articles(&column, found, all, Some);
        let mut counted = counted.into_iter();
        column
            .dictionary()
            .sorted_ords_to_term_cb(&ordinals, |value| {
                let value = String::from_utf8_lossy(value).into_owned();
                *self.counts.entry(value).or_default() += counted.next().unwrap_or(0);
            })?;
        Ok(())
    }

    /// As [`Self::values`], of names of one kind.
    fn names(
        &mut self,
        part: &Part<'_>,
        found: &[Match],
        letter: char,
        aliases: &Aliases,
    ) -> Result<(), SearchError> {
        let Some(column) = part.reader.fast_fields().str("names")? else {
            self.without += found.len() as u64;
            return Ok(());
        };
        let range = ordinals_of_letter(&column, letter)?;
        let (start, skip) = (range.start, letter.len_utf8());
        // The number under which each name counts: its own, or that of the
        // first met of those that are the same.
        let mut counts_as: Vec<Option<u64>> = range.clone().map(Some).collect();
        let mut shown: HashMap<u64, String> = HashMap::new();
        if !aliases.is_empty() {
            let mut first: HashMap<String, u64> = HashMap::new();
            let all: Vec<u64> = range.clone().collect();
            let mut ordinals = range.clone();
            column.dictionary().sorted_ords_to_term_cb(&all, |value| {
                let Some(ord) = ordinals.next() else { return };
                let value = String::from_utf8_lossy(value.get(skip..).unwrap_or_default());
                let name = aliases.canonical(&value);
                let number = *first.entry(name.to_owned()).or_insert(ord);
                counts_as[(ord - start) as usize] = (!aliases.is_hidden(name)).then_some(number);
                if name != value {
                    shown.insert(number, name.to_owned());
                }
            })?;
        }
        let counts_as = |ord: u64| counts_as[(ord - start) as usize];
        let (ordinals, counted) = self.articles(&column, found, range, counts_as);
        let mut counted = ordinals.clone().into_iter().zip(counted);
        column
            .dictionary()
            .sorted_ords_to_term_cb(&ordinals, |value| {
                let Some((ord, count)) = counted.next() else {
                    return;
                };
                let value = String::from_utf8_lossy(value.get(skip..).unwrap_or_default());
                let value = shown.remove(&ord).unwrap_or_else(|| value.into_owned());
                *self.counts.entry(value).or_default() += count;
            })?;
        Ok(())
    }

    /// Numbers in `range` that articles bear, ascending, and how many articles
    /// bear each, once `counts_as` has put one number for another or for none.
    fn articles(
        &mut self,
        column: &StrColumn,
        found: &[Match],
        range: Range<u64>,
        counts_as: impl Fn(u64) -> Option<u64>,
    ) -> (Vec<u64>, Vec<u64>) {
        let mut counts = vec![0u64; (range.end - range.start) as usize];
        let mut of_article: Vec<u64> = Vec::new();
        for &(doc, _) in found {
            of_article.clear();
            of_article.extend(
                column
                    .term_ords(doc)
                    .filter(|ord| range.contains(ord))
                    .filter_map(&counts_as),
            );
            of_article.sort_unstable();
            of_article.dedup();
            for ord in &of_article {
                counts[(ord - range.start) as usize] += 1;
            }
            self.without += u64::from(of_article.is_empty());
        }
        range.zip(counts).filter(|&(_, count)| count > 0).unzip()
    }

    fn years(&mut self, part: &Part<'_>, found: &[Match]) -> Result<(), SearchError> {
        let mut counts: HashMap<i16, u64> = HashMap::new();
        for &(doc, _) in found {
            match part.day_of(doc)?.and_then(day_of) {
                Some(day) => *counts.entry(day.year()).or_default() += 1,
                None => self.without += 1,
            }
        }
        for (year, count) in counts {
            *self.counts.entry(format!("{year:04}")).or_default() += count;
        }
        Ok(())
    }

    fn finish(self, facet: Facet, limit: usize) -> FacetCounts {
        let distinct = self.counts.len() as u64;
        let mut values: Vec<(String, u64)> = self.counts.into_iter().collect();
        values.sort_by(|one, other| (Reverse(one.1), &one.0).cmp(&(Reverse(other.1), &other.0)));
        values.truncate(limit);
        FacetCounts {
            facet,
            values,
            distinct,
            without: self.without,
        }
    }
}

/// Ordinals of the values that start with a letter of ASCII.
fn ordinals_of_letter(column: &StrColumn, letter: char) -> Result<Range<u64>, SearchError> {
    let all = column.num_terms() as u64;
    let place = |letter: u32| -> Result<u64, SearchError> {
        let key = char::from_u32(letter).unwrap_or(char::MAX).to_string();
        Ok(match column.dictionary().term_ord_or_next(key)? {
            TermOrdHit::Exact(ord) | TermOrdHit::Next(ord) => ord.min(all),
        })
    };
    let start = place(letter.into())?;
    Ok(start..place(u32::from(letter) + 1)?.max(start))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::search::run::search;
    use crate::search::testing::*;

    fn counts(facets: &[Facet], limit: usize) -> Vec<FacetCounts> {
        let mut index = TestIndex::new();
        for (number, (source, name, day)) in [
            (Some("Gulf Wire"), "Mike Pompeo", Some(0)),
            (Some("Post"), "Mike Pompeo", Some(-1)),
            (None, "Ann Lee", None),
            (Some("Gulf Wire"), "Bo Berg", Some(400)),
        ]
        .into_iter()
        .enumerate()
        {
            index.add(Draft {
                publisher: source.map(str::to_owned),
                day,
                byline: vec!["Ann Lee".into(), "Ann Lee".into()],
                entities: vec![
                    (EntityKind::Person, name.into()),
                    (EntityKind::Place, "Doha".into()),
                ],
                ..Draft::body("flood")
            });
            if number == 1 {
                index.snapshot();
            }
        }
        index.add(Draft {
            publisher: Some("Unasked".into()),
            ..Draft::body("fire")
        });
        let request = Request {
            facets: facets.to_vec(),
            facet_limit: limit,
            ..Request::new(word("flood"))
        };
        search(&index.snapshot(), &request).unwrap().facets
    }

    fn of(facet: Facet, values: &[(&str, u64)], distinct: u64, without: u64) -> FacetCounts {
        let values = values
            .iter()
            .map(|&(value, count)| (value.to_owned(), count))
            .collect();
        FacetCounts {
            facet,
            values,
            distinct,
            without,
        }
    }

    #[test]
    fn values_are_counted_over_all_matches_of_all_segments() {
        use Facet::*;
        assert_eq!(
            counts(&[Source, Byline, Person, Org, Place, Year], 2),
            [
                of(Source, &[("Gulf Wire", 2), ("Post", 1)], 2, 1),
                of(Byline, &[("Ann Lee", 4)], 1, 0),
                of(Person, &[("Mike Pompeo", 2), ("Ann Lee", 1)], 3, 0),
                of(Org, &[], 0, 4),
                of(Place, &[("Doha", 4)], 1, 0),
                of(Year, &[("1969", 1), ("1970", 1)], 3, 1),
            ]
        );
    }
}
