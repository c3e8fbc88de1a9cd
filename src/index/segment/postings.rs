//! Gathers where the words of one field stand and writes them as the posting
//! lists of a segment.
//!
//! While documents come in, the words of a text are only numbered and noted
//! one after the other: four bytes a word, written in order. What follows is a
//! counting sort by word at the end, in parts, so that it needs little memory.
//! Chains that grow word by word, scattered over all memory, cost several
//! times as much.

use std::io;

use tantivy::DocId;
use tantivy::postings::FieldSerializer;

use super::vocabulary::{Batch, Vocabulary};

/// In the notes: the position of the next word follows, for it is not the one
/// after the last.
const JUMP: u32 = u32::MAX;

/// Occurrences that are sorted at once in any case, save that one word's go
/// together.
const PART: usize = if cfg!(test) { 100 } else { 4 << 20 };

/// Parts at most, about: all notes are read once for each.
const MOST_PARTS: usize = 8;

/// Stands for the place of a word whose occurrences are sorted in another part.
const ELSEWHERE: u32 = u32::MAX;

/// The notes of one field.
pub(super) struct Postings {
    vocabulary: Vocabulary,
    has_positions: bool,
    notes: Vec<u32>,
    /// Words not noted yet, with their positions.
    batch: Batch<u32>,
    /// Documents that hold the field, and where their notes end.
    documents: Vec<(DocId, u32)>,
    /// Words in all documents.
    tokens: u64,
    // Of the document under way:
    /// Words so far.
    words: u32,
    /// Position of the first word of the value under way.
    base: u32,
    /// Position after the last word of this value or those before it.
    end: u32,
    /// The position a word has where nothing is noted.
    next: u32,
}

/// Where a word stands: its document and its position, in 32 bits each. As one
/// number, so that room for many is had from the system without being filled.
fn place(document: DocId, position: u32) -> u64 {
    u64::from(document) << 32 | u64::from(position)
}

fn document_of(place: u64) -> DocId {
    (place >> 32) as DocId
}

impl Postings {
    pub(super) fn new(has_positions: bool) -> Self {
        Self {
            vocabulary: Vocabulary::default(),
            has_positions,
            notes: Vec::new(),
            batch: Batch::default(),
            documents: Vec::new(),
            tokens: 0,
            words: 0,
            base: 0,
            end: 0,
            next: 0,
        }
    }

    /// Takes a word at a position within the value under way.
    #[inline]
    pub(super) fn word(&mut self, word: &[u8], position: u32) {
        if self.batch.is_full() {
            self.note();
        }
        self.vocabulary
            .wait(word, self.base + position, &mut self.batch);
        self.end = self.end.max(self.base + position + 1);
        self.words += 1;
    }

    /// Notes the words that were taken.
    fn note(&mut self) {
        let (notes, next) = (&mut self.notes, &mut self.next);
        match self.has_positions {
            true => self
                .vocabulary
                .numbers(&mut self.batch, |number, position| {
                    if position != *next {
                        notes.extend([JUMP, position]);
                    }
                    *next = position + 1;
                    notes.push(number);
                }),
            false => self
                .vocabulary
                .numbers(&mut self.batch, |number, _| notes.push(number)),
        }
    }

    /// Ends a value; the next one of the same document lies one position apart.
    pub(super) fn end_value(&mut self) {
        self.base = self.end + 1;
        self.end = self.base;
    }

    /// Ends a document; returns how many words of it there were.
    pub(super) fn end_document(&mut self, document: DocId) -> u32 {
        self.note();
        let words = std::mem::take(&mut self.words);
        (self.base, self.end, self.next) = (0, 0, 0);
        if words > 0 {
            self.documents.push((document, self.notes.len() as u32));
            self.tokens += u64::from(words);
        }
        words
    }

    /// Words in all documents.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Bytes of memory in use, with what writing will need.
    pub(super) fn memory(&self) -> usize {
        self.vocabulary.memory()
            + self.vocabulary.len() * 16
            // What is set aside and not written to takes no memory yet.
            + self.notes.len() * 4
            + self.documents.len() * 8
            + self.notes.len().min(self.part()) * 8
    }

    /// Occurrences that are sorted at once.
    fn part(&self) -> usize {
        PART.max(self.notes.len() / MOST_PARTS)
    }

    /// Whether as much again as the largest document has room: places are
    /// counted in 32 bits.
    pub(super) fn is_full(&self) -> bool {
        const RESERVE: usize = 512 << 20;
        self.notes.len() > u32::MAX as usize - RESERVE || self.vocabulary.room() < RESERVE
    }

    /// Calls back with every word's number and [`place`], in order of text.
    fn each(&self, mut each: impl FnMut(u32, u64)) {
        let mut start = 0;
        for &(document, end) in &self.documents {
            let mut position = 0;
            let mut notes = self.notes[start..end as usize].iter();
            while let Some(&note) = notes.next() {
                if note == JUMP {
                    position = notes.next().copied().unwrap_or_default();
                    continue;
                }
                each(note, place(document, position));
                position += 1;
            }
            start = end as usize;
        }
    }

    /// Writes the posting lists, in order of the words.
    pub(super) fn write(&self, to: &mut FieldSerializer<'_>) -> io::Result<()> {
        let sorted = self.sorted();
        // Where the occurrences of each word start, and where the last ends.
        let mut counts = vec![0_usize; sorted.len()];
        self.each(|number, _| counts[number as usize] += 1);
        let mut starts = vec![0_usize; sorted.len() + 1];
        for (rank, &number) in sorted.iter().enumerate() {
            starts[rank + 1] = starts[rank] + counts[number as usize];
        }
        drop(counts);
        let mut occurrences = Vec::new();
        let mut places = vec![ELSEWHERE; sorted.len()];
        let mut deltas = Vec::new();
        let (mut first, part) = (0, self.part());
        while first < sorted.len() {
            let from = starts[first];
            let within = starts[first + 1..].partition_point(|&end| end - from <= part);
            let last = first + within.max(1);
            if occurrences.len() < starts[last] - from {
                drop(std::mem::take(&mut occurrences));
                occurrences = vec![0; starts[last] - from];
            }
            for rank in first..last {
                places[sorted[rank] as usize] = (starts[rank] - from) as u32;
            }
            self.each(|number, occurrence| {
                let place = &mut places[number as usize];
                if let Some(free) = occurrences.get_mut(*place as usize) {
                    *free = occurrence;
                    *place += 1;
                }
            });
            for rank in first..last {
                places[sorted[rank] as usize] = ELSEWHERE;
            }
            for rank in first..last {
                let list = &occurrences[starts[rank] - from..starts[rank + 1] - from];
                let word = self.vocabulary.word(sorted[rank]);
                self.write_list(to, word, list, &mut deltas)?;
            }
            first = last;
        }
        Ok(())
    }

    fn write_list(
        &self,
        to: &mut FieldSerializer<'_>,
        word: &[u8],
        list: &[u64],
        deltas: &mut Vec<u32>,
    ) -> io::Result<()> {
        let by_document = || list.chunk_by(|one, next| document_of(*one) == document_of(*next));
        let documents = match self.has_positions {
            true => by_document().count() as u32,
            // Needed for scores only.
            false => 0,
        };
        to.new_term(word, documents, self.has_positions)?;
        for within in by_document() {
            let Some(&first) = within.first() else {
                continue;
            };
            deltas.clear();
            if self.has_positions {
                let mut before = 0;
                deltas.extend(within.iter().map(|&place| {
                    let position = place as u32;
                    let delta = position - before;
                    before = position;
                    delta
                }));
            }
            to.write_doc(document_of(first), deltas.len() as u32, deltas);
        }
        to.close_term()
    }

    /// The numbers of all words, in order of their bytes.
    fn sorted(&self) -> Vec<u32> {
        let mut keys: Vec<(u64, u32)> = (0..self.vocabulary.len() as u32)
            .map(|number| {
                let word = self.vocabulary.word(number);
                let mut head = [0; 8];
                let length = word.len().min(8);
                head[..length].copy_from_slice(&word[..length]);
                (u64::from_be_bytes(head), number)
            })
            .collect();
        keys.sort_unstable_by(|one, other| {
            one.0.cmp(&other.0).then_with(|| {
                self.vocabulary
                    .word(one.1)
                    .cmp(self.vocabulary.word(other.1))
            })
        });
        keys.into_iter().map(|(_, number)| number).collect()
    }
}
