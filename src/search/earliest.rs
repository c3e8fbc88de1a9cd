//! The first articles of a story: the earliest that match, over all or for
//! each publisher.

use std::collections::HashMap;

use tantivy::DocAddress;

use super::rank::Ranked;
use super::request::{Hit, Page, Request, SearchError, Sort};
use super::run::{Found, article, guarded};
use crate::index::snapshot::Snapshot;

/// The earliest matching article of each publisher, earliest first; articles
/// without a publisher count as one, those without a date are left out.
/// `total` of the page is the number of publishers.
///
/// # Errors
///
/// As [`super::search`].
pub fn earliest_per_source(snapshot: &Snapshot, request: &Request) -> Result<Page, SearchError> {
    guarded(|| {
        let found = Found::new(snapshot, request)?;
        let mut first: HashMap<String, Ranked> = HashMap::new();
        for (segment, (part, matches)) in found.parts.iter().zip(&found.matches).enumerate() {
            let publishers = part.reader.fast_fields().str("publisher")?;
            let mut of_segment: HashMap<Option<u64>, Ranked> = HashMap::new();
            for &(doc, score) in matches {
                let Some(day) = part.day_of(doc)? else {
                    continue;
                };
                let ord = publishers
                    .as_ref()
                    .and_then(|column| column.term_ords(doc).next());
                let ranked = Ranked {
                    score,
                    day: Some(day),
                    order: part.order_of(doc)?,
                    address: DocAddress::new(segment as u32, doc),
                };
                keep_earlier(&mut of_segment, ord, ranked);
            }
            for (ord, ranked) in of_segment {
                let mut name = String::new();
                if let (Some(column), Some(ord)) = (&publishers, ord) {
                    column.ord_to_str(ord, &mut name)?;
                }
                keep_earlier(&mut first, name, ranked);
            }
        }
        let mut all: Vec<Ranked> = first.into_values().collect();
        all.sort_unstable_by(|a, b| a.compare(b, Sort::Oldest));
        let mut page = Page {
            total: all.len() as u64,
            ..Page::default()
        };
        let limit = request.limit.unwrap_or(usize::MAX);
        for (number, ranked) in all.into_iter().skip(request.offset).take(limit).enumerate() {
            page.hits.push(Hit {
                rank: (request.offset + number + 1) as u64,
                score: ranked.score,
                article: article(snapshot, &ranked, request)?,
                snippet: None,
                title_highlights: Vec::new(),
            });
        }
        Ok(page)
    })
}

fn keep_earlier<K: std::hash::Hash + Eq>(first: &mut HashMap<K, Ranked>, of: K, ranked: Ranked) {
    first
        .entry(of)
        .and_modify(|held| {
            if ranked.compare(held, Sort::Oldest).is_lt() {
                *held = ranked;
            }
        })
        .or_insert(ranked);
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn each_publisher_gives_its_earliest_dated_article() {
        let mut index = TestIndex::new();
        for (publisher, day) in [
            (Some("Wire"), Some(9)),
            (Some("Wire"), Some(3)),
            (Some("Post"), Some(5)),
            (None, Some(1)),
            (Some("Late"), None),
        ] {
            index.add(Draft {
                publisher: publisher.map(str::to_owned),
                day,
                ..Draft::body("ferry")
            });
        }
        let page = earliest_per_source(&index.snapshot(), &Request::new(word("ferry"))).unwrap();
        let names: Vec<_> = page
            .hits
            .iter()
            .map(|hit| hit.article.meta.publisher.as_deref())
            .collect();
        assert_eq!(names, [None, Some("Wire"), Some("Post")]);
        assert_eq!(page.total, 3);
    }
}
