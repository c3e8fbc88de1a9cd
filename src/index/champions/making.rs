//! Makes champion lists: reads the lists of every frequent stem of a segment once,
//! and keeps the documents it reaches furthest in.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::Ordering;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader};

use super::super::beside::{Made, Means};
use super::super::inflect::{Inflections, stemmer};
use super::super::snapshot::Snapshot;
use super::{B, Champion, ChampionList, TITLE_WEIGHT};

/// Postings below which a stem is.
const LEAST_POSTINGS: u64 = if cfg!(test) { 64 } else { 1 << 11 };

/// A stem is looked at where some word of it has this share of [`LEAST_POSTINGS`] in
/// one text: most stems without one have too few in all.
const LEAST_SHARE: u64 = 8;

/// Champions of a stem: one for so many postings, within bounds. A page of hits takes
/// ten, conditions take some more.
const POSTINGS_EACH: u64 = 128;
const FEWEST: usize = if cfg!(test) { 24 } else { 32 };
const MOST: usize = if cfg!(test) { 24 } else { 256 };

/// A posting list, and how many times an occurrence in it counts.
struct List {
    field: Field,
    info: TermInfo,
    weight: u32,
}

/// Makes the champion lists of a segment, by its number; `None` where that was
/// interrupted.
///
/// # Errors
///
/// What is wrong with the segment.
pub(crate) fn make(
    snapshot: &Snapshot,
    number: usize,
    means: Means<'_>,
) -> tantivy::Result<Option<Vec<Made>>> {
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
        Ok(Some(list.made(stem)))
    };
    let made: tantivy::Result<Vec<Made>> = pool.install(|| {
        let made = stems.par_iter().map_init(Vec::new, list_of);
        made.filter_map(Result::transpose).collect()
    });
    let made = made?;
    let is_whole = !means.interrupted.load(Ordering::Relaxed);
    Ok(is_whole.then_some(made))
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
        words.each_frequent(LEAST_POSTINGS / LEAST_SHARE, |word, _| {
            stems.insert(stemmer.stem(word).into_owned());
        })?;
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
    let postings = postings(&lists);
    let mut best = Best::of(postings);
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
        postings,
        documents,
        champions: best.into_champions(),
    })
}

/// The best that were offered.
struct Best {
    wanted: usize,
    kept: Vec<Champion>,
    /// What a document must reach.
    bar: f32,
}

impl Best {
    /// Those of a stem with so many postings.
    fn of(postings: u64) -> Self {
        let wanted = usize::try_from(postings / POSTINGS_EACH).unwrap_or(MOST);
        Self {
            wanted: wanted.clamp(FEWEST, MOST),
            kept: Vec::new(),
            bar: 0.0,
        }
    }

    #[inline(always)]
    fn offer(&mut self, champion: Champion) {
        if champion.reach >= self.bar {
            self.kept.push(champion);
            if self.kept.len() == 4 * self.wanted {
                self.tighten();
            }
        }
    }

    fn tighten(&mut self) {
        if self.kept.len() > self.wanted {
            let (_, last, _) = self.kept.select_nth_unstable_by(self.wanted - 1, better);
            self.bar = last.reach;
            self.kept.truncate(self.wanted);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_many_are_kept_and_come_best_first() {
        let mut best = Best::of(10_000);
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
