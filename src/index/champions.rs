//! Champion lists: for each stem that stands in many articles of a large segment,
//! the articles it fits best, best first, and in how many it stands. A search for
//! the one word ends once no article further down can be among its hits, where it
//! would have to read some hundred thousand postings.
//!
//! They lie in a file beside those of the segment, which tantivy knows nothing
//! of: made at the end of a run from what the segment holds, and again where it
//! is missing. A segment never changes; documents that are deleted later are in
//! it to the end. Without the file, a search takes longer and finds the same.
//!
//! ```text
//! file     := magic:4 version:u32 documents:u32 average:f32 lists:u32 length:u64
//!             key* list* digest:8
//! key      := hash-of-stem:u64 at:u64             ascending, `at` from the first list
//! list     := digest:8 postings:u64 documents:u32 champions:u32 champion*
//! champion := document:u32 count:u32 reach:f32    falling reach
//! ```
//!
//! `length` is that of the file, which a crash may have cut short. A list's digest is
//! over its stem, `average` and what follows.
//!
//! `count` is how often the stem's words occur, those in the title
//! [`TITLE_WEIGHT`]-fold. `reach` is that by how long the article is against the
//! segment's `average`, which is what a score grows with. `postings` are those of
//! all words and of both texts: where a search counts others, the list is of
//! another stemmer.

pub(crate) mod making;

use std::io;

use tantivy::DocId;
use tantivy::directory::{FileSlice, OwnedBytes};
use tantivy::index::SegmentId;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::bytes::{Bytes, malformed};

/// How much an article's length counts.
pub(crate) const B: f32 = 0.75;

/// How many times a word of the title counts. Chosen as a plain, robust value:
/// headlines are short and chosen with care.
pub(crate) const TITLE_WEIGHT: u32 = 2;

/// How the files are named, behind the segment.
const SUFFIX: &str = ".champions";

const MAGIC: [u8; 4] = *b"mCha";

/// To be raised with the layout, and with what [`Champion::reach`] is made of.
const VERSION: u32 = 1;

const HEAD_BYTES: usize = 28;
const KEY_BYTES: usize = 16;
const DIGEST_BYTES: usize = 8;
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

/// The champion lists of a segment.
pub(crate) struct Champions {
    average: f32,
    keys: OwnedBytes,
    lists: OwnedBytes,
}

impl Champions {
    /// Opens what was written for a segment of so many documents.
    pub(super) fn open(file: &FileSlice, documents: u32) -> io::Result<Self> {
        let bytes = file.read_bytes()?;
        let mut head = Bytes(&bytes);
        if head.take(MAGIC.len())? != MAGIC || head.u32()? != VERSION || head.u32()? != documents {
            return Err(malformed());
        }
        let average = f32::from_bits(head.u32()?);
        let lists = head.u32()? as usize;
        if head.u64()? != bytes.len() as u64 {
            return Err(malformed());
        }
        head.take(lists.checked_mul(KEY_BYTES).ok_or_else(malformed)?)?;
        let of_lists = head.0.len().checked_sub(DIGEST_BYTES);
        let of_lists = of_lists.ok_or_else(malformed)?;
        let start = bytes.len() - head.0.len();
        Ok(Self {
            average,
            keys: bytes.slice(HEAD_BYTES..start),
            lists: bytes.slice(start..start + of_lists),
        })
    }

    /// Whether all of a file is as it was written.
    pub(super) fn is_sound(bytes: &[u8]) -> bool {
        let parts = bytes.split_last_chunk();
        parts.is_some_and(|(content, kept)| xxh3_64(content) == u64::from_le_bytes(*kept))
    }

    /// Those of a stem; `None` where there are none, or not as they were written.
    pub(crate) fn of(&self, stem: &str) -> Option<ChampionList> {
        let hash = hash(stem);
        let keys = self.keys.as_chunks::<KEY_BYTES>().0;
        let of_key = |key: &[u8; KEY_BYTES]| Bytes(key).u64().unwrap_or_default();
        let found = keys.binary_search_by_key(&hash, of_key).ok()?;
        let at = Bytes(&keys[found][8..]).u64().ok()?;
        let mut list = Bytes(self.lists.get(usize::try_from(at).ok()?..)?);
        let kept = list.u64().ok()?;
        let content = list.0;
        let (postings, documents) = (list.u64().ok()?, list.u32().ok()?);
        let count = list.u32().ok()? as usize;
        let bytes = list.take(count.checked_mul(CHAMPION_BYTES)?).ok()?;
        let length = content.len() - list.0.len();
        if digest_of_list(hash, self.average, &content[..length]) != kept {
            return None;
        }
        let champion = |bytes: &[u8; CHAMPION_BYTES]| {
            let mut bytes = Bytes(bytes);
            Some(Champion {
                doc: bytes.u32().ok()?,
                count: bytes.u32().ok()?,
                reach: f32::from_bits(bytes.u32().ok()?),
            })
        };
        let champions = bytes.as_chunks().0.iter().map(champion);
        Some(ChampionList {
            average: self.average,
            postings,
            documents,
            champions: champions.collect::<Option<_>>()?,
        })
    }
}

fn hash(stem: &str) -> u64 {
    xxh3_64(stem.as_bytes())
}

fn digest_of_list(stem: u64, average: f32, content: &[u8]) -> u64 {
    xxh3_64_with_seed(content, stem ^ u64::from(average.to_bits()))
}

/// The name of the file of a segment.
pub(super) fn name_of(segment: SegmentId) -> String {
    format!("{}{SUFFIX}", segment.uuid_string())
}

/// Whether a file is named as those are.
pub(super) fn is_name(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

/// A champion list as it is written, and the hash of its stem.
struct Written {
    hash: u64,
    bytes: Vec<u8>,
}

/// A file of lists, which come in the order of their hashes.
fn file(documents: u32, average: f32, lists: &[Written]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    let head = [VERSION, documents, average.to_bits(), lists.len() as u32];
    file.extend(head.iter().flat_map(|number| number.to_le_bytes()));
    let of_lists: usize = lists.iter().map(|list| KEY_BYTES + list.bytes.len()).sum();
    let length = HEAD_BYTES + of_lists + DIGEST_BYTES;
    file.extend((length as u64).to_le_bytes());
    let mut at = 0u64;
    for list in lists {
        file.extend(list.hash.to_le_bytes());
        file.extend(at.to_le_bytes());
        at += list.bytes.len() as u64;
    }
    lists.iter().for_each(|list| file.extend(&list.bytes));
    let of_all = xxh3_64(&file);
    file.extend(of_all.to_le_bytes());
    file
}

impl Written {
    fn new(stem: &str, list: &ChampionList) -> Self {
        let mut content = list.postings.to_le_bytes().to_vec();
        content.extend(list.documents.to_le_bytes());
        content.extend((list.champions.len() as u32).to_le_bytes());
        for champion in &list.champions {
            let numbers = [champion.doc, champion.count, champion.reach.to_bits()];
            content.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        let hash = hash(stem);
        let digest = digest_of_list(hash, list.average, &content);
        let mut bytes = digest.to_le_bytes().to_vec();
        bytes.extend(content);
        Self { hash, bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(seed: u32, length: u32) -> ChampionList {
        let champion = |number: u32| Champion {
            doc: seed * 1000 + number * 7,
            count: length - number,
            reach: (length - number) as f32 * 0.75,
        };
        ChampionList {
            average: 312.5,
            postings: u64::from(seed) * 9000,
            documents: seed * 8000,
            champions: (0..length).map(champion).collect(),
        }
    }

    fn of_lists(lists: &[(&str, ChampionList)]) -> Vec<u8> {
        let written = lists.iter().map(|(stem, list)| Written::new(stem, list));
        let mut written: Vec<Written> = written.collect();
        written.sort_by_key(|list| list.hash);
        file(100_000, 312.5, &written)
    }

    fn opened(bytes: &[u8]) -> io::Result<Champions> {
        Champions::open(&FileSlice::from(bytes.to_vec()), 100_000)
    }

    #[test]
    fn lists_are_read_as_they_were_written() {
        let lists = [
            ("elect", list(1, 24)),
            ("minist", list(2, 0)),
            ("zürich", list(3, 5)),
        ];
        let bytes = of_lists(&lists);
        assert!(Champions::is_sound(&bytes));
        let champions = opened(&bytes).unwrap();
        for (stem, list) in lists {
            assert_eq!(champions.of(stem), Some(list));
        }
        assert_eq!(champions.of("elector"), None);
        // Those of another segment.
        assert!(Champions::open(&FileSlice::from(bytes), 99_999).is_err());
        assert_eq!(opened(&of_lists(&[])).unwrap().of("elect"), None);
    }

    #[test]
    fn what_was_altered_is_as_good_as_not_there() {
        let list = list(1, 24);
        let bytes = of_lists(&[("elect", list.clone())]);
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(!Champions::is_sound(&altered), "{at}");
            let Ok(champions) = opened(&altered) else {
                continue;
            };
            assert!(
                champions.of("elect").is_none_or(|found| found == list),
                "{at}"
            );
        }
        for length in 0..bytes.len() {
            assert!(opened(&bytes[..length]).is_err(), "{length}");
        }
    }
}
