//! Finds the pairs of a segment: for some hundred documents at once, notes which of
//! the frequent words stands at each place of their texts, and goes through the
//! places once.

use std::cmp::Reverse;
use std::io;
use std::sync::atomic::Ordering;

use bitpacking::{BitPacker, BitPacker4x};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::positions::PositionReader;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Term};
use wide::u8x16;

use super::super::beside::{Made, Means};
use super::super::bytes::malformed;
use super::super::schema::KIND_ARTICLE;
use super::super::snapshot::Snapshot;
use super::name;
use super::packing::PackedList;

/// Words that are looked at. Each has a number that fits a byte; nothing is any other.
const MOST_WORDS: usize = 255;

/// Articles of which one at least holds a word that is looked at.
const ONE_OF: u32 = 8;

/// What looking for a phrase of two words costs without their list, in nanoseconds for
/// each document that holds both, and for each position in it.
const EACH_DOCUMENT: f32 = 10.0;
const EACH_POSITION: f32 = 1.0;

/// Pairs are kept where it costs so much or more for each article of the segment.
const WORTH: f32 = if cfg!(test) { 2.0 } else { 10.0 };

/// Documents that are gone through at once: what is known of them stays near to the
/// processor.
const WINDOW: DocId = 512;

/// More places than these in so many documents are none of real texts.
const MOST_PLACES: usize = 1 << 28;

/// Finds the pairs of a segment, by its number; `None` where that was interrupted.
///
/// # Errors
///
/// What is wrong with the segment.
pub(crate) fn make(
    snapshot: &Snapshot,
    number: usize,
    means: Means<'_>,
) -> tantivy::Result<Option<Vec<Made>>> {
    let documents = snapshot.segments[number].max_doc();
    let articles = articles(snapshot, number)?;
    let words = frequent_words(snapshot, number, articles)?;
    let mut pairs = Pairs::of(&words, articles);
    let texts = [snapshot.fields.body, snapshot.fields.title];
    // Titles go with bodies: most phrases are looked for in both.
    let windows = texts.map(|text| Window::new(snapshot, number, text, &words, &pairs));
    let [bodies, titles] = windows;
    let mut windows = [bodies?, titles?];
    for base in (0..documents).step_by(WINDOW as usize) {
        if means.interrupted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        for (text, window) in windows.iter_mut().enumerate() {
            window.fill(base)?;
            pairs.find(text, window);
        }
        pairs.keep_within(means.memory_bytes);
    }
    Ok(Some(pairs.into_made(texts, &words)))
}

/// How many articles a segment holds, deleted ones too: beside them lie documents of
/// their files.
fn articles(snapshot: &Snapshot, number: usize) -> io::Result<u32> {
    let term = Term::from_field_u64(snapshot.fields.kind, KIND_ARTICLE);
    let Some(kinds) = snapshot.dictionary(number, term.field())? else {
        return Ok(0);
    };
    let info = kinds.get(term.serialized_value_bytes())?;
    Ok(info.map_or(0, |info| info.doc_freq))
}

/// A word that stands in much of a segment.
struct Frequent {
    word: String,
    info: TermInfo,
}

impl Frequent {
    /// About how many positions are read for each of its documents.
    fn positions_each(&self) -> f32 {
        // Most take about a byte.
        self.info.positions_range.len() as f32 / self.info.doc_freq.max(1) as f32
    }
}

/// The words of bodies that are looked at, the most frequent first.
fn frequent_words(snapshot: &Snapshot, number: usize, articles: u32) -> io::Result<Vec<Frequent>> {
    let mut frequent = Vec::new();
    let Some(words) = snapshot.dictionary(number, snapshot.fields.body)? else {
        return Ok(frequent);
    };
    let least = articles.div_ceil(ONE_OF).max(1);
    words.each_frequent(u64::from(least), |word, info| {
        let word = word.to_owned();
        frequent.push(Frequent { word, info });
    })?;
    frequent.sort_by_key(|word| Reverse(word.info.doc_freq));
    frequent.truncate(MOST_WORDS);
    Ok(frequent)
}

/// The pairs of some words, by number, that a list is worth it for, and how much it is.
fn worthwhile(words: &[Frequent], articles: u32) -> Vec<([u8; 2], f32)> {
    let mut pairs = Vec::new();
    for (first, one) in (1..).zip(words) {
        for (second, other) in (1..).zip(words) {
            let both = one.info.doc_freq.min(other.info.doc_freq) as f32;
            let positions = one.positions_each() + other.positions_each();
            let cost = both * (EACH_DOCUMENT + EACH_POSITION * positions);
            let worth = cost / articles.max(1) as f32;
            if worth >= WORTH {
                pairs.push(([first, second], worth));
            }
        }
    }
    pairs
}

/// What reads the words of pairs in one of the texts.
fn readers(
    snapshot: &Snapshot,
    number: usize,
    text: Field,
    words: &[Frequent],
    pairs: &Pairs,
) -> tantivy::Result<Vec<Occurrences>> {
    let mut readers = Vec::new();
    let Some(dictionary) = snapshot.dictionary(number, text)? else {
        return Ok(readers);
    };
    for (word, frequent) in (1..).zip(words) {
        let is_in = |pair: &Kept| pair.words.contains(&word);
        if pairs.kept.iter().any(is_in)
            && let Some(info) = dictionary.get(frequent.word.as_bytes())?
        {
            readers.push(Occurrences::new(snapshot, number, text, word, &info)?);
        }
    }
    Ok(readers)
}

/// The postings and positions of a word in a text, read from front to back.
struct Occurrences {
    /// The word's number.
    word: u8,
    postings: BlockSegmentPostings,
    /// Place in the block.
    at: usize,
    positions: PositionReader,
    /// Occurrences before the next block.
    read: u64,
    /// Occurrences there can be.
    most: u64,
    /// Those of the block: each position as its distance from the one before in the
    /// document.
    distances: Vec<u32>,
    /// Those of `distances` that lie before the document at `at`.
    passed: usize,
}

impl Occurrences {
    fn new(
        snapshot: &Snapshot,
        number: usize,
        text: Field,
        word: u8,
        info: &TermInfo,
    ) -> tantivy::Result<Self> {
        let inverted = snapshot.segments[number].inverted_index(text)?;
        let with = IndexRecordOption::WithFreqs;
        let positions = snapshot.lists(number, text)?.positions(info)?;
        // So many are packed together, in a byte at least.
        let most = BitPacker4x::BLOCK_LEN as u64 * (positions.len() as u64 + 1);
        let mut occurrences = Self {
            word,
            postings: inverted.read_block_postings_from_terminfo(info, with)?,
            at: 0,
            positions: PositionReader::open(positions)?,
            read: 0,
            most,
            distances: Vec::new(),
            passed: 0,
        };
        occurrences.enter()?;
        Ok(occurrences)
    }

    /// Takes up a block.
    fn enter(&mut self) -> io::Result<()> {
        // Behind the last block, frequencies are those of it still.
        let block = self.postings.docs().iter().zip(self.postings.freqs());
        let count: u64 = block.map(|(_, &freq)| u64::from(freq)).sum();
        if self.read + count > self.most {
            return Err(malformed());
        }
        self.distances.resize(count as usize, 0);
        self.positions.read(self.read, &mut self.distances);
        self.read += count;
        (self.at, self.passed) = (0, 0);
        Ok(())
    }

    /// Calls `each` with the documents before `until` and the distances in each.
    fn each_until(&mut self, until: DocId, mut each: impl FnMut(DocId, &[u32])) -> io::Result<()> {
        loop {
            let docs = self.postings.docs();
            if docs.is_empty() {
                return Ok(());
            }
            for (&doc, &freq) in docs.iter().zip(self.postings.freqs()).skip(self.at) {
                if doc >= until {
                    return Ok(());
                }
                let end = self.passed + freq as usize;
                each(doc, &self.distances[self.passed..end]);
                self.passed = end;
                self.at += 1;
            }
            self.postings.advance();
            self.enter()?;
        }
    }
}

/// Which frequent words stand where in a text of some documents.
struct Window {
    readers: Vec<Occurrences>,
    base: DocId,
    /// How long the text of a document is.
    lengths: FieldNormReader,
    /// Words by number at each place, document after document.
    places: Vec<u8>,
    /// Where the places of each document begin, and where the last one's end.
    starts: Vec<usize>,
}

impl Window {
    fn new(
        snapshot: &Snapshot,
        number: usize,
        text: Field,
        words: &[Frequent],
        pairs: &Pairs,
    ) -> tantivy::Result<Self> {
        let segment = &snapshot.segments[number];
        let lengths = segment.get_fieldnorms_reader(text)?;
        if lengths.num_docs() != segment.max_doc() {
            return Err(malformed().into());
        }
        Ok(Self {
            readers: readers(snapshot, number, text, words, pairs)?,
            base: 0,
            lengths,
            places: Vec::new(),
            starts: Vec::new(),
        })
    }

    /// Takes up the documents from `base` on.
    fn fill(&mut self, base: DocId) -> io::Result<()> {
        self.base = base;
        let until = self.lengths.num_docs().min(base + WINDOW);
        let mut end = 0usize;
        self.starts.clear();
        self.starts.push(end);
        self.starts.extend((base..until).map(|doc| {
            end = end.saturating_add(places_within(self.lengths.fieldnorm_id(doc)));
            end
        }));
        if end > MOST_PLACES {
            return Err(malformed());
        }
        self.places.clear();
        self.places.resize(end, 0);
        let mut is_sound = true;
        for reader in &mut self.readers {
            let word = reader.word;
            reader.each_until(until, |doc, distances| {
                let offset = (doc - base) as usize;
                let mut at = self.starts[offset];
                for &distance in distances {
                    at += distance as usize;
                    if let Some(place) = self.places.get_mut(at) {
                        *place = word;
                    }
                }
                is_sound &= at < self.starts[offset + 1];
            })?;
        }
        is_sound.then_some(()).ok_or_else(malformed)
    }

    /// Each document that has places, with these.
    fn documents(&self) -> impl Iterator<Item = (DocId, &[u8])> {
        let bounds = self.starts.windows(2).zip(self.base..);
        let places = bounds.map(|(bounds, doc)| (doc, &self.places[bounds[0]..bounds[1]]));
        places.filter(|(_, places)| !places.is_empty())
    }
}

/// More than the places of a text whose length has this byte: every word has the place
/// after that of the one before.
fn places_within(length: u8) -> usize {
    match length {
        0 => 0,
        u8::MAX => usize::MAX,
        length => FieldNormReader::id_to_fieldnorm(length + 1) as usize + 1,
    }
}

/// Calls `each` with the numbers of every two words side by side.
#[inline(always)]
fn each_pair(places: &[u8], mut each: impl FnMut(u8, u8)) {
    let (mut at, last) = (0, places.len().saturating_sub(1));
    while at + STEP <= last {
        let (first, second) = (&places[at..], &places[at + 1..]);
        let mut both = !(others(first) | others(second));
        while both != 0 {
            let at = at + both.trailing_zeros() as usize;
            each(places[at], places[at + 1]);
            both &= both - 1;
        }
        at += STEP;
    }
    for pair in places[at..].windows(2).filter(|pair| !pair.contains(&0)) {
        each(pair[0], pair[1]);
    }
}

/// Places that are looked at together.
const STEP: usize = u64::BITS as usize;

/// Those of the first so many places at which no frequent word stands, as bits.
#[inline(always)]
fn others(places: &[u8]) -> u64 {
    let lanes = places[..STEP].as_chunks::<16>().0.iter().enumerate();
    let bits = lanes.map(|(number, lanes)| {
        let are_none = u8x16::new(*lanes).simd_eq(u8x16::ZERO).to_bitmask();
        u64::from(are_none) << (16 * number)
    });
    bits.fold(0, |all, bits| all | bits)
}

/// A pair whose lists are kept.
struct Kept {
    /// Numbers of its words.
    words: [u8; 2],
    /// What a phrase of the two costs without them.
    worth: f32,
    /// Of each text.
    lists: [PackedList; 2],
}

impl Kept {
    fn bytes(&self) -> usize {
        self.lists.iter().map(PackedList::bytes).sum()
    }
}

/// The pairs that were found so far.
struct Pairs {
    packer: BitPacker4x,
    kept: Vec<Kept>,
    /// For each two words where in `kept` they are, or behind all.
    numbers: Vec<u16>,
    /// For each of `kept`, and all other pairs together, how often it occurs in the
    /// document that is looked at.
    counts: Vec<u32>,
    /// Room for those that do.
    seen: Vec<u16>,
}

fn slot(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

impl Pairs {
    /// Those of some words that are worth it, yet found nowhere.
    fn of(words: &[Frequent], articles: u32) -> Self {
        let kept = worthwhile(words, articles).into_iter();
        let kept = kept.map(|(words, worth)| Kept {
            words,
            worth,
            lists: [PackedList::new(), PackedList::new()],
        });
        let mut pairs = Self {
            packer: BitPacker4x::new(),
            kept: kept.collect(),
            numbers: vec![0; 1 << 16],
            counts: Vec::new(),
            seen: Vec::new(),
        };
        pairs.number();
        pairs
    }

    /// Notes where in `kept` they are.
    fn number(&mut self) {
        let behind = self.kept.len();
        self.numbers.fill(behind as u16);
        for (number, one) in (0..).zip(&self.kept) {
            self.numbers[slot(one.words[0], one.words[1])] = number;
        }
        self.counts = vec![0; behind + 1];
        self.seen = vec![0; behind + 2];
    }

    /// Adds those of some documents, which come in order, in one of the texts.
    fn find(&mut self, text: usize, window: &Window) {
        for (doc, places) in window.documents() {
            let mut seen = 0;
            each_pair(places, |first, second| {
                let number = self.numbers[slot(first, second)];
                let count = &mut self.counts[usize::from(number)];
                // Written in any case: which pairs come is as good as random.
                self.seen[seen] = number;
                seen += usize::from(*count == 0);
                *count += 1;
            });
            for &number in &self.seen[..seen] {
                let number = usize::from(number);
                let count = std::mem::take(&mut self.counts[number]);
                if let Some(kept) = self.kept.get_mut(number) {
                    kept.lists[text].add(&self.packer, doc, count);
                }
            }
        }
    }

    /// Drops lists that are worth little for their size, should all take more than so
    /// much memory.
    fn keep_within(&mut self, bytes: usize) {
        let mut held: usize = self.kept.iter().map(Kept::bytes).sum();
        if held <= bytes / 2 {
            return;
        }
        let value = |one: &Kept| one.worth / one.bytes().max(1) as f32;
        self.kept
            .sort_by(|one, other| value(other).total_cmp(&value(one)));
        while held > bytes * 3 / 8
            && let Some(dropped) = self.kept.pop()
        {
            held -= dropped.bytes();
        }
        self.number();
    }

    fn into_made(self, texts: [Field; 2], words: &[Frequent]) -> Vec<Made> {
        let word = |number: u8| &words[usize::from(number) - 1].word;
        let made = self.kept.into_iter().flat_map(|Kept { words, lists, .. }| {
            let [first, second] = words.map(word);
            texts.into_iter().zip(lists).map(move |(text, list)| {
                let mut content = list.documents().to_le_bytes().to_vec();
                list.finish(&mut content);
                Made::new(&name(text, first, second), content)
            })
        });
        made.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::AtomicBool;

    use super::super::super::beside::Kind;
    use super::super::super::schema::schema;
    use super::super::super::tokenizer;
    use super::super::PairList;
    use super::*;

    const WORDS: [&str; 6] = ["the", "vote", "of", "city", "rare", "a"];

    /// Titles and bodies of some words.
    fn texts() -> Vec<[String; 2]> {
        let mut state = 7u32;
        let mut dice = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let text = |number: usize| {
            let mut text = |length: u32| {
                let word = |_| match dice(4000) {
                    0 => "rare",
                    other => WORDS[[0, 1, 2, 3, 5][other as usize % 5]],
                };
                (0..length).map(word).collect::<Vec<_>>().join(" ")
            };
            match number % 300 {
                0 => [String::new(), text(3000)],
                other => [text(other as u32 % 4), text(other as u32 * 7 % 33)],
            }
        };
        (0..1500).map(text).collect()
    }

    fn snapshot(texts: &[[String; 2]]) -> Snapshot {
        let (schema, fields) = schema();
        let index = tantivy::Index::create_in_ram(schema);
        tokenizer::register(&index);
        let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
        for [title, body] in texts {
            let mut document = tantivy::TantivyDocument::new();
            document.add_u64(fields.kind, KIND_ARTICLE);
            for (field, text) in [(fields.title, title), (fields.body, body)] {
                if !text.is_empty() {
                    document.add_text(field, text);
                }
            }
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        Snapshot::new(searcher.segment_readers(), fields, Vec::new()).unwrap()
    }

    /// In how many documents words of a text stand side by side.
    fn documents(texts: &[[String; 2]], which: usize) -> BTreeMap<(&str, &str), u32> {
        let mut found = BTreeMap::new();
        for text in texts {
            let words: Vec<&str> = text[which].split(' ').collect();
            let mut pairs: Vec<_> = words.windows(2).map(|pair| (pair[0], pair[1])).collect();
            pairs.sort_unstable();
            pairs.dedup();
            for pair in pairs {
                *found.entry(pair).or_default() += 1;
            }
        }
        found
    }

    #[test]
    fn frequent_pairs_are_kept_of_both_texts_or_of_none_whatever_the_memory() {
        let texts = texts();
        let expected = [documents(&texts, 0), documents(&texts, 1)];
        let mut kept = Vec::new();
        for memory_bytes in [usize::MAX, 20_000, 0] {
            let means = Means {
                threads: 1,
                memory_bytes,
                interrupted: &AtomicBool::new(false),
            };
            let snapshot = snapshot(&texts);
            let fields = snapshot.fields;
            let made = make(&snapshot, 0, means).unwrap().unwrap();
            snapshot.give(0, Kind::Pairs, made);
            let lists = snapshot.beside(0, Kind::Pairs).unwrap();
            let mut count = 0;
            for first in WORDS {
                for second in WORDS {
                    let of = |text| PairList::of(lists, text, first, second);
                    let found = [fields.title, fields.body].map(of);
                    let found = found.map(|list| list.map(|list| list.documents));
                    let often = expected.each_ref().map(|of| of.get(&(first, second)));
                    match found {
                        [Some(title), Some(body)] => {
                            assert_eq!([title, body], often.map(|often| *often.unwrap_or(&0)));
                            count += 1;
                        }
                        found => assert_eq!(found, [None, None]),
                    }
                }
            }
            kept.push(count);
        }
        // All but those of the rare word; then some; then none.
        assert_eq!((kept[0], kept[2]), (25, 0));
        assert!((1..25).contains(&kept[1]), "{kept:?}");
    }

    #[test]
    fn an_end_that_is_asked_for_leaves_no_half() {
        let means = Means {
            threads: 1,
            memory_bytes: usize::MAX,
            interrupted: &AtomicBool::new(true),
        };
        assert!(make(&snapshot(&texts()), 0, means).unwrap().is_none());
    }

    #[test]
    fn words_side_by_side_are_found_wherever_they_stand() {
        let mut state = 1u32;
        for length in 0..100 {
            let place = |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8 % 3
            };
            let places: Vec<u8> = (0..length).map(place).collect();
            let pairs = places.windows(2).map(|pair| (pair[0], pair[1]));
            let expected: Vec<_> = pairs.filter(|&(a, b)| a > 0 && b > 0).collect();
            let mut found = Vec::new();
            each_pair(&places, |first, second| found.push((first, second)));
            assert_eq!(found, expected, "{length}");
        }
    }
}
