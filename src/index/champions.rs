//! Champion lists: for each stem that stands in many articles of a large segment,
//! the articles it fits best, best first, and in how many it stands. A search for
//! the one word ends once no article further down can be among its hits, where it
//! would have to read some hundred thousand postings; one for alternatives is spared
//! most of those of the longest lists, as no article but the champions fits a word
//! better than the last of them.
//!
//! ```text
//! content  := average:f32 postings:u64 documents:u32 champion*
//! champion := document:u32 count:u32 reach:f32    falling reach
//! ```
//!
//! Lists are named by their stems, see [`super::beside`].
//!
//! `count` is how often the stem's words occur, those in the title
//! [`TITLE_WEIGHT`]-fold. `reach` is that by how long the article is against the
//! segment's `average`, which is what a score grows with. `postings` are those of
//! all words and of both texts: where a search counts others, the list is of
//! another stemmer.

pub(crate) mod making;

use tantivy::DocId;

use super::beside::{Made, NamedLists};
use super::bytes::Bytes;

/// How much an article's length counts.
pub(crate) const B: f32 = 0.75;

/// How many times a word of the title counts. Chosen as a plain, robust value:
/// headlines are short and chosen with care.
pub(crate) const TITLE_WEIGHT: u32 = 2;

const CHAMPION_BYTES: usize = 12;

/// An article that a stem fits well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Champion {
    pub(crate) doc: DocId,
    /// Weighted occurrences in it.
    pub(crate) count: u32,
    /// The same by its length: `count / (1 - B + B * length / average)`.
    pub(crate) reach: f32,
}

/// The champions of a stem in one segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ChampionList {
    /// Mean weighted length of the segment's documents.
    pub(crate) average: f32,
    /// Postings of the stem's words in title and body, together.
    pub(crate) postings: u64,
    /// Documents that have one.
    pub(crate) documents: u32,
    /// The best, of falling reach; no other document's is above the last one's.
    pub(crate) champions: Vec<Champion>,
}

impl ChampionList {
    /// The champions of a stem, where they are among the lists of a segment.
    pub(crate) fn of(lists: &NamedLists, stem: &str) -> Option<Self> {
        let content = lists.of(stem)?;
        let mut content = Bytes(&content);
        let average = f32::from_bits(content.u32().ok()?);
        let (postings, documents) = (content.u64().ok()?, content.u32().ok()?);
        let champion = |bytes: &[u8; CHAMPION_BYTES]| {
            let mut bytes = Bytes(bytes);
            Some(Champion {
                doc: bytes.u32().ok()?,
                count: bytes.u32().ok()?,
                reach: f32::from_bits(bytes.u32().ok()?),
            })
        };
        let champions = content.0.as_chunks().0.iter().map(champion);
        Some(Self {
            average,
            postings,
            documents,
            champions: champions.collect::<Option<_>>()?,
        })
    }

    /// The list as it is kept.
    fn made(&self, stem: &str) -> Made {
        let mut content = self.average.to_le_bytes().to_vec();
        content.extend(self.postings.to_le_bytes());
        content.extend(self.documents.to_le_bytes());
        for champion in &self.champions {
            let numbers = [champion.doc, champion.count, champion.reach.to_bits()];
            content.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        Made::new(stem, content)
    }
}

#[cfg(test)]
mod tests {
    use tantivy::directory::FileSlice;

    use super::super::beside::{Kind, write};
    use super::*;

    #[test]
    fn champions_are_read_as_they_were_written() {
        let champion = |number: u32| Champion {
            doc: number * 7,
            count: 24 - number,
            reach: (24 - number) as f32 * 0.75,
        };
        let list = |length| ChampionList {
            average: 312.5,
            postings: 9000,
            documents: 8000,
            champions: (0..length).map(champion).collect(),
        };
        let lists = [("elect", list(24)), ("minist", list(0))];
        let made = lists.iter().map(|(stem, list)| list.made(stem)).collect();
        let mut bytes = Vec::new();
        write(Kind::Champions, 9000, made, &mut bytes).unwrap();
        let held = NamedLists::open(&FileSlice::from(bytes), Kind::Champions, 9000).unwrap();
        for (stem, list) in lists {
            assert_eq!(ChampionList::of(&held, stem), Some(list));
        }
    }
}
