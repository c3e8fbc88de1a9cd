//! A posting list as tantivy wrote it, decoded block by block.
//!
//! tantivy's own reader decodes frequencies wherever they are wanted at all,
//! and keeps to itself where in the positions a block's begin. Layout, of index
//! format 7:
//!
//! ```text
//! list     := [length-of-entries entries] block* rest?
//! entry    := last-document:u32 bits:u8 [bits-of-frequencies:u8
//!             [sum-of-frequencies:u32] bound:u16]
//! block    := 128 documents, 128 frequencies, packed in so many bits each
//! rest     := fewer documents, then their frequencies, as variable integers
//! ```
//!
//! Entries are there where there is a whole block. Documents are stored as
//! differences less one, frequencies less one; in the rest neither is less one.

use std::sync::atomic::{AtomicU64, Ordering};

use bitpacking::{BitPacker, BitPacker4x};
use tantivy::DocId;
use tantivy::directory::OwnedBytes;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;

use super::request::SearchError;
use crate::index::lists::Lists;

/// Documents of a whole block.
pub(super) const BLOCK: usize = 128;

/// Bytes of a whole block's numbers for each bit of one.
const BYTES_PER_BIT: usize = BLOCK / 8;

/// Documents in lists from which on reading them is worth a question to the
/// processor.
const LONG: u64 = if cfg!(test) { 512 } else { 1 << 16 };

/// Documents in all lists that were opened so far. A process that has read so
/// much goes on to read.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// Whether a list had better be read by who asks the processor first.
fn is_worth_asking(documents: u32) -> bool {
    let documents = u64::from(documents);
    let before = OPENED.fetch_add(documents, Ordering::Relaxed);
    // Tests read lists of either kind, whichever of them runs first.
    documents >= LONG || !cfg!(test) && before + documents >= LONG
}

/// A posting list, and where in it reading has come to.
pub(super) struct Blocks {
    bytes: OwnedBytes,
    /// Where it is worth it to ask the processor.
    packer: Option<BitPacker4x>,
    holds: IndexRecordOption,
    /// Documents of the whole list.
    len: u32,
    /// Documents from the block's first on.
    rest: u32,
    /// Where the entry of the next block lies.
    next_entry: usize,
    /// What the block's own entry says.
    entry: Entry,
    /// Where the block lies.
    at: usize,
    /// Where its frequencies lie.
    freqs_at: usize,
    /// The last document before the block.
    before: DocId,
    /// How many occurrences lie before the block.
    occurrences: u64,
    count: usize,
    docs: [DocId; BLOCK],
    has_freqs: bool,
    freqs: [u32; BLOCK],
}

/// What is known of a whole block beforehand.
#[derive(Clone, Copy, Default)]
struct Entry {
    last: DocId,
    doc_bits: u8,
    freq_bits: u8,
    occurrences: u32,
}

impl Blocks {
    /// The first block of a list.
    pub(super) fn new(lists: &Lists, info: &TermInfo) -> Result<Self, SearchError> {
        Ok(Self::of(lists.postings(info)?, info.doc_freq, lists.holds))
    }

    /// The first block of a list of so many documents, of which `bytes` are.
    pub(super) fn of(bytes: OwnedBytes, documents: u32, holds: IndexRecordOption) -> Self {
        let (mut entries_at, mut at) = (0, 0);
        if documents as usize >= BLOCK {
            let length = integer(&bytes, &mut entries_at) as usize;
            at = entries_at + length;
        }
        let mut blocks = Self {
            bytes,
            packer: is_worth_asking(documents).then(BitPacker4x::new),
            holds,
            len: documents,
            rest: documents,
            next_entry: entries_at,
            entry: Entry::default(),
            at,
            freqs_at: 0,
            before: 0,
            occurrences: 0,
            count: 0,
            docs: [0; BLOCK],
            has_freqs: false,
            freqs: [1; BLOCK],
        };
        blocks.enter();
        blocks.decode();
        blocks
    }

    /// Documents of the whole list.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// The block's documents; none at the list's end.
    #[inline(always)]
    pub(super) fn docs(&self) -> &[DocId] {
        &self.docs[..self.count]
    }

    /// The block's documents and how often the word occurs in each.
    #[inline(always)]
    pub(super) fn docs_and_freqs(&mut self) -> (&[DocId], &[u32]) {
        if !self.has_freqs {
            self.decode_freqs();
        }
        (&self.docs[..self.count], &self.freqs[..self.count])
    }

    /// How many occurrences lie before the block: where its positions begin.
    pub(super) fn occurrences_before(&self) -> u64 {
        self.occurrences
    }

    /// Goes on to the next block.
    pub(super) fn advance(&mut self) {
        self.leave();
        self.decode();
    }

    /// Goes on to the block with the first document at or after `target`.
    pub(super) fn seek(&mut self, target: DocId) {
        let is_whole = |blocks: &Self| blocks.rest as usize >= BLOCK;
        if is_whole(self) && self.entry.last < target {
            while is_whole(self) && self.entry.last < target {
                self.leave();
            }
            self.decode();
        }
        if !is_whole(self) && self.docs().last().is_some_and(|&last| last < target) {
            self.advance();
        }
    }

    /// Takes up the entry of the block reached.
    fn enter(&mut self) {
        if (self.rest as usize) < BLOCK {
            return;
        }
        let length = match self.holds {
            IndexRecordOption::Basic => 5,
            IndexRecordOption::WithFreqs => 8,
            IndexRecordOption::WithFreqsAndPositions => 12,
        };
        let bytes = &self.bytes[self.next_entry..self.next_entry + length];
        let number = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        self.next_entry += length;
        self.entry = Entry {
            last: number(0),
            // The highest bits tell of the encoding, which has long been one.
            doc_bits: bytes[4] & 0x1f,
            freq_bits: match self.holds {
                IndexRecordOption::Basic => 0,
                _ => bytes[5],
            },
            occurrences: match self.holds {
                IndexRecordOption::WithFreqsAndPositions => number(6),
                _ => 0,
            },
        };
    }

    /// Goes past the block without decoding the next one.
    fn leave(&mut self) {
        if (self.rest as usize) < BLOCK {
            self.rest = 0;
            return;
        }
        let bits = usize::from(self.entry.doc_bits) + usize::from(self.entry.freq_bits);
        self.at += bits * BYTES_PER_BIT;
        self.before = self.entry.last;
        self.occurrences += u64::from(self.entry.occurrences);
        self.rest -= BLOCK as u32;
        self.enter();
    }

    fn decode(&mut self) {
        self.has_freqs = self.holds == IndexRecordOption::Basic;
        self.count = (self.rest as usize).min(BLOCK);
        if self.count == BLOCK {
            let bits = self.entry.doc_bits;
            self.freqs_at = self.at + usize::from(bits) * BYTES_PER_BIT;
            let packed = &self.bytes[self.at..self.freqs_at];
            if let Some(packer) = &self.packer {
                let before = Some(self.before).filter(|&before| before > 0);
                packer.decompress_strictly_sorted(before, packed, &mut self.docs, bits);
                return;
            }
            unpack(packed, &mut self.docs);
            // The first document of a list is stored as it is.
            let mut doc = match self.before {
                0 => DocId::MAX,
                before => before,
            };
            for place in &mut self.docs {
                doc = doc.wrapping_add(*place).wrapping_add(1);
                *place = doc;
            }
            return;
        }
        let (mut at, mut doc) = (self.at, self.before);
        for place in &mut self.docs[..self.count] {
            doc = doc.wrapping_add(integer(&self.bytes, &mut at));
            *place = doc;
        }
        self.freqs_at = at;
    }

    #[inline(never)]
    fn decode_freqs(&mut self) {
        self.has_freqs = true;
        let mut at = self.freqs_at;
        if self.count < BLOCK {
            for place in &mut self.freqs[..self.count] {
                *place = integer(&self.bytes, &mut at);
            }
            return;
        }
        let bits = self.entry.freq_bits;
        let packed = &self.bytes[at..at + usize::from(bits) * BYTES_PER_BIT];
        match &self.packer {
            Some(packer) => _ = packer.decompress(packed, &mut self.freqs, bits),
            None => unpack(packed, &mut self.freqs),
        }
        let freqs = self.freqs.iter_mut();
        freqs.for_each(|freq| *freq = freq.wrapping_add(1));
    }
}

/// Numbers that lie side by side in what is packed.
const LANES: usize = 4;

/// Takes apart the numbers of a whole block, each of as many bits as there are
/// bytes for. They lie row by row, four numbers in a row; the rows of each of the
/// four make up one stream of bits, and their streams are woven word by word.
///
/// The crate `bitpacking` does the same three times as fast, and asks the processor
/// first what it can do, which takes 70 µs where a hypervisor answers.
fn unpack(packed: &[u8], numbers: &mut [u32; BLOCK]) {
    let bits = packed.len() / BYTES_PER_BIT;
    if bits == 0 {
        numbers.fill(0);
        return;
    }
    let mask = u32::MAX >> (u32::BITS as usize).saturating_sub(bits);
    let words = packed.as_chunks::<{ LANES * size_of::<u32>() }>().0;
    let row_of = |number: usize| {
        let words = words[number].as_chunks::<{ size_of::<u32>() }>().0;
        [0, 1, 2, 3].map(|lane| u32::from_le_bytes(words[lane]))
    };
    let rows = numbers.as_chunks_mut::<LANES>().0;
    let mut at = 0;
    for row in rows {
        let (word, shift) = (at / 32, at % 32);
        *row = row_of(word).map(|low| low >> shift);
        if shift + bits > 32 {
            let high = row_of(word + 1);
            for (number, high) in row.iter_mut().zip(high) {
                *number |= high << (32 - shift);
            }
        }
        for number in row {
            *number &= mask;
        }
        at += bits;
    }
}

/// Reads a list shorter than a block at once: calls `each` with every document
/// and how often the word occurs in it.
pub(super) fn each_of_short(
    lists: &Lists,
    info: &TermInfo,
    mut each: impl FnMut(DocId, u32),
) -> Result<(), SearchError> {
    let bytes = lists.postings(info)?;
    let (mut docs_at, mut doc) = (0, 0u32);
    let mut freqs_at = 0;
    let has_freqs = lists.holds != IndexRecordOption::Basic;
    if has_freqs {
        (0..info.doc_freq).for_each(|_| _ = integer(&bytes, &mut freqs_at));
    }
    for _ in 0..info.doc_freq {
        doc = doc.wrapping_add(integer(&bytes, &mut docs_at));
        let freq = match has_freqs {
            true => integer(&bytes, &mut freqs_at),
            false => 1,
        };
        each(doc, freq);
    }
    Ok(())
}

/// Reads a variable integer: seven bits a byte, the lowest first, the last
/// byte marked by its highest bit.
#[inline]
fn integer(bytes: &[u8], at: &mut usize) -> u32 {
    let (mut value, mut shift) = (0u32, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= u32::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 != 0 {
            return value;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::pairs::packing::PackedList;

    #[test]
    fn a_packed_list_is_read_as_one_of_tantivy_is() {
        let packer = BitPacker4x::new();
        for length in [0, 1, 127, 128, 129, 1000, 1024, 40_000] {
            // From the very first document on, or wide apart; once in most, or often.
            for (first, step) in [(0, 1), (0, 3), (5, 77), (1 << 20, 99_991)] {
                let postings = (0..length).map(|number| {
                    let often = if number % 97 == 0 {
                        300 + number
                    } else {
                        1 + number % 2
                    };
                    (first + number * step, often)
                });
                let postings: Vec<(u32, u32)> = postings.collect();
                let mut list = PackedList::new();
                for &(doc, freq) in &postings {
                    list.add(&packer, doc, freq);
                }
                assert_eq!(list.documents(), length);
                let mut bytes = Vec::new();
                list.finish(&mut bytes);
                let with = IndexRecordOption::WithFreqs;
                let mut blocks = Blocks::of(OwnedBytes::new(bytes), length, with);
                let mut read = Vec::new();
                while !blocks.docs().is_empty() {
                    let (docs, freqs) = blocks.docs_and_freqs();
                    read.extend(docs.iter().copied().zip(freqs.iter().copied()));
                    blocks.advance();
                }
                assert_eq!(read, postings, "{length} {first} {step}");
            }
        }
    }

    #[test]
    fn what_is_packed_comes_apart_as_it_was_put_together() {
        let packer = BitPacker4x::new();
        let mut state = 1u32;
        for bits in 0..=32u8 {
            let mut numbers = [0; BLOCK];
            for number in &mut numbers {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *number = state.checked_shr(32 - u32::from(bits)).unwrap_or(0);
            }
            let mut packed = [0; 4 * BLOCK];
            let length = packer.compress(&numbers, &mut packed, bits);
            let mut unpacked = [7; BLOCK];
            unpack(&packed[..length], &mut unpacked);
            assert_eq!(unpacked, numbers, "{bits}");
        }
    }
}
