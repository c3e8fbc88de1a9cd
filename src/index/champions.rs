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
//! file     := magic:4 version:u32 documents:u32 average:f32 lists:u32 key* list*
//!             digest:8
//! key      := hash-of-stem:u64 at:u64             ascending, `at` from the first list
//! list     := digest:8 postings:u64 documents:u32 champions:u32 champion*
//! champion := document:u32 count:u32 reach:f32    falling reach
//! ```
//!
//! A list's digest is over its stem, `average` and what follows.
//!
//! `count` is how often the stem's words occur, those in the title
//! [`TITLE_WEIGHT`]-fold. `reach` is that by how long the article is against the
//! segment's `average`, which is what a score grows with. `postings` are those of
//! all words and of both texts: where a search counts others, the list is of
//! another stemmer.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tantivy::directory::{FileSlice, OwnedBytes};
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::bytes::{Bytes, malformed};
use super::disk;
use super::inflect::{Inflections, stemmer};
use super::snapshot::Snapshot;

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

const HEAD_BYTES: usize = 20;
const KEY_BYTES: usize = 16;
const DIGEST_BYTES: usize = 8;
const CHAMPION_BYTES: usize = 12;

/// Documents below which a segment is searched as fast without.
const LEAST_DOCUMENTS: u32 = if cfg!(test) { 1024 } else { 1 << 15 };

/// Postings below which a stem is.
const LEAST_POSTINGS: u64 = if cfg!(test) { 64 } else { 1 << 13 };

/// A stem none of whose words has this share of the postings is left out: words
/// that are looked at for nothing cost time, too.
const LEAST_SHARE: u64 = 8;

/// Champions of a stem, at most. A page of hits takes ten, conditions take some
/// more.
const MOST: usize = if cfg!(test) { 24 } else { 256 };

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

/// What making them may take.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) threads: usize,
    pub(super) memory_bytes: usize,
    /// Ends it before it is done.
    pub(super) interrupted: &'a AtomicBool,
}

/// Makes what is missing of the champion lists of a commit and removes those of
/// segments that are no more. They can be made again at any time, so what fails only
/// costs time.
pub(super) fn keep(snapshot: &Snapshot, generation: &Path, means: Means<'_>) {
    let segments = snapshot.segments.iter().enumerate();
    let large = segments.filter(|(_, segment)| segment.max_doc() >= LEAST_DOCUMENTS);
    let named: Vec<(usize, String)> = large
        .map(|(number, segment)| (number, name_of(segment.segment_id())))
        .collect();
    for entry in fs::read_dir(generation).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_past = |name: &str| is_name(name) && named.iter().all(|(_, one)| one != name);
        if name.to_str().is_some_and(is_past) {
            let _ = fs::remove_file(entry.path());
        }
    }
    for (number, name) in named {
        if snapshot.champions(number).is_some() {
            continue;
        }
        // Where a segment is damaged, whoever searches it will be told.
        let made = catch_unwind(AssertUnwindSafe(|| make(snapshot, number, means)));
        if let Ok(Ok(Some(made))) = made {
            let _ = disk::put(generation, &name, &made);
        }
    }
}

/// A champion list as it is written, and the hash of its stem.
struct Written {
    hash: u64,
    bytes: Vec<u8>,
}

/// A posting list, and how many times an occurrence in it counts.
struct List {
    field: Field,
    info: TermInfo,
    weight: u32,
}

/// Makes the champion lists of a segment, by its number, as they are written;
/// `None` where that was interrupted.
///
/// # Errors
///
/// What is wrong with the segment.
pub(super) fn make(
    snapshot: &Snapshot,
    number: usize,
    means: Means<'_>,
) -> tantivy::Result<Option<Vec<u8>>> {
    let segment = &snapshot.segments[number];
    let documents = segment.max_doc() as usize;
    let lengths = Lengths::of(segment, snapshot)?;
    let stems = frequent_stems(snapshot, number)?;
    // Each thread counts in all documents.
    let for_each = documents * size_of::<u32>();
    let threads = (means.memory_bytes / for_each.max(1)).clamp(1, means.threads.max(1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(io::Error::other)?;
    let list_of = |counts: &mut Vec<u32>, stem: &String| {
        if means.interrupted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let lists = lists_of(snapshot, number, stem)?;
        if postings(&lists) < LEAST_POSTINGS {
            return Ok(None);
        }
        counts.resize(documents, 0);
        let list = champions(segment, lists, &lengths, counts)?;
        Ok(Some(Written::new(stem, &list)))
    };
    let made: tantivy::Result<Vec<Written>> = pool.install(|| {
        let made = stems.par_iter().map_init(Vec::new, list_of);
        made.filter_map(Result::transpose).collect()
    });
    let mut made = made?;
    if means.interrupted.load(Ordering::Relaxed) {
        return Ok(None);
    }
    made.sort_unstable_by_key(|list| list.hash);
    Ok(Some(file(segment.max_doc(), lengths.average, &made)))
}

/// A file of lists, which come in the order of their hashes.
fn file(documents: u32, average: f32, lists: &[Written]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    let head = [VERSION, documents, average.to_bits(), lists.len() as u32];
    file.extend(head.iter().flat_map(|number| number.to_le_bytes()));
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

/// How long the documents of a segment are.
struct Lengths {
    average: f32,
    /// For each document what a weighted occurrence in it is worth.
    factors: Vec<f32>,
}

impl Lengths {
    fn of(segment: &SegmentReader, snapshot: &Snapshot) -> tantivy::Result<Self> {
        let bodies = segment.get_fieldnorms_reader(snapshot.fields.body)?;
        let titles = segment.get_fieldnorms_reader(snapshot.fields.title)?;
        let of_title = TITLE_WEIGHT as f32;
        let length = |doc| bodies.fieldnorm(doc) as f32 + of_title * titles.fieldnorm(doc) as f32;
        let lengths: Vec<f32> = (0..segment.max_doc()).map(length).collect();
        // The hidden documents of files have none.
        let articles = lengths.iter().filter(|&&length| length > 0.0);
        let (count, sum) = articles.fold((0u32, 0.0), |(count, sum), &length| {
            (count + 1, sum + f64::from(length))
        });
        let average = (sum / f64::from(count.max(1))).max(1e-9) as f32;
        let factor = |length| 1.0 / (1.0 - B + B * length / average);
        Ok(Self {
            average,
            factors: lengths.into_iter().map(factor).collect(),
        })
    }
}

/// The texts that champions are judged by, and how many times an occurrence counts.
fn texts(snapshot: &Snapshot) -> [(Field, u32); 2] {
    [
        (snapshot.fields.body, 1),
        (snapshot.fields.title, TITLE_WEIGHT),
    ]
}

/// The stems that may occur often enough in a segment.
fn frequent_stems(snapshot: &Snapshot, number: usize) -> io::Result<BTreeSet<String>> {
    let stemmer = stemmer();
    let mut stems = BTreeSet::new();
    for (field, _) in texts(snapshot) {
        let Some(words) = snapshot.dictionary(number, field)? else {
            continue;
        };
        for word in 0..words.len() {
            if u64::from(words.info(word)?.doc_freq) < LEAST_POSTINGS / LEAST_SHARE {
                continue;
            }
            if let Ok(word) = std::str::from_utf8(&words.word(word)?) {
                stems.insert(stemmer.stem(word).into_owned());
            }
        }
    }
    Ok(stems)
}

/// The lists of all words of a stem in a segment, as a search finds them.
fn lists_of(snapshot: &Snapshot, number: usize, stem: &str) -> io::Result<Vec<List>> {
    let inflections = Inflections::of_stem(stem);
    let mut lists = Vec::new();
    for (field, weight) in texts(snapshot) {
        let Some(words) = snapshot.dictionary(number, field)? else {
            continue;
        };
        inflections.each_candidate(&words, "", |word, number| {
            if std::str::from_utf8(word).is_ok_and(|word| inflections.contains(word)) {
                let info = words.info(number)?;
                lists.push(List {
                    field,
                    info,
                    weight,
                });
            }
            Ok::<_, io::Error>(())
        })?;
    }
    Ok(lists)
}

fn postings(lists: &[List]) -> u64 {
    lists.iter().map(|list| u64::from(list.info.doc_freq)).sum()
}

/// The champions of the words of some lists. `counts`, one for each document, are all
/// nothing before and after.
fn champions(
    segment: &SegmentReader,
    mut lists: Vec<List>,
    lengths: &Lengths,
    counts: &mut [u32],
) -> tantivy::Result<ChampionList> {
    let mut best = Best::default();
    let mut documents = 0;
    let mut close = |doc: DocId, count: u32| {
        documents += 1;
        best.offer(Champion {
            doc,
            count,
            reach: count as f32 * lengths.factors[doc as usize],
        });
    };
    // The longest comes last, so that of most documents all is known as they come by.
    lists.sort_by_key(|list| list.info.doc_freq);
    let mut others = Vec::new();
    for (number, list) in lists.iter().enumerate() {
        let is_last = number + 1 == lists.len();
        let inverted = segment.inverted_index(list.field)?;
        let with = IndexRecordOption::WithFreqs;
        let mut blocks = inverted.read_block_postings_from_terminfo(&list.info, with)?;
        while !blocks.docs().is_empty() {
            for (&doc, &freq) in blocks.docs().iter().zip(blocks.freqs()) {
                let count = &mut counts[doc as usize];
                let sum = count.saturating_add(freq.saturating_mul(list.weight));
                if is_last {
                    *count = 0;
                    close(doc, sum);
                } else {
                    if *count == 0 {
                        others.push(doc);
                    }
                    *count = sum;
                }
            }
            blocks.advance();
        }
    }
    for doc in others {
        let count = std::mem::take(&mut counts[doc as usize]);
        if count > 0 {
            close(doc, count);
        }
    }
    Ok(ChampionList {
        average: lengths.average,
        postings: postings(&lists),
        documents,
        champions: best.into_champions(),
    })
}

/// The best that were offered.
#[derive(Default)]
struct Best {
    kept: Vec<Champion>,
    /// What a document must reach.
    bar: f32,
}

impl Best {
    #[inline(always)]
    fn offer(&mut self, champion: Champion) {
        if champion.reach >= self.bar {
            self.kept.push(champion);
            if self.kept.len() == 4 * MOST {
                self.tighten();
            }
        }
    }

    fn tighten(&mut self) {
        if self.kept.len() > MOST {
            let (_, last, _) = self.kept.select_nth_unstable_by(MOST - 1, better);
            self.bar = last.reach;
            self.kept.truncate(MOST);
        }
    }

    fn into_champions(mut self) -> Vec<Champion> {
        self.tighten();
        self.kept.sort_unstable_by(better);
        self.kept
    }
}

fn better(one: &Champion, other: &Champion) -> std::cmp::Ordering {
    let by_reach = other.reach.total_cmp(&one.reach);
    by_reach.then(one.doc.cmp(&other.doc))
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
            let found = opened(&bytes[..length]).ok();
            let found = found.and_then(|champions| champions.of("elect"));
            assert!(found.is_none_or(|found| found == list), "{length}");
        }
    }

    #[test]
    fn the_best_of_many_are_kept_and_come_best_first() {
        let mut best = Best::default();
        for doc in 0..10_000u32 {
            best.offer(Champion {
                doc,
                count: 1,
                reach: (doc * 7919 % 5000) as f32,
            });
        }
        let kept: Vec<f32> = best.into_champions().iter().map(|c| c.reach).collect();
        let expected = (0..MOST).map(|place| 4999.0 - (place / 2) as f32);
        assert_eq!(kept, expected.collect::<Vec<_>>());
    }
}
