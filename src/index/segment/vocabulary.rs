//! Numbers the words of one field in the order in which they first occur.
//!
//! Nearly every token is looked up here, so what one look-up touches is kept
//! small: a word of up to [`INLINE`] bytes lies whole in its slot of 16 bytes,
//! and an open table of such slots answers from one cache line. Words are
//! looked up a [`Batch`] at a time, so that waiting for one line of memory
//! overlaps with waiting for the others.

use std::hash::{BuildHasher, RandomState};

/// Longest word that lies in a slot, in bytes.
const INLINE: usize = 11;

/// Length byte of a word that does not: its slot holds a hash instead.
const LONG: u32 = 0xff;

/// Slots at first.
const FIRST_SLOTS: usize = 1 << 10;

/// Words and their numbers, counted from 0.
pub(super) struct Vocabulary {
    /// Of a short word its first eight bytes, then three more, its length
    /// plus one and in the upper half its number. Of a long one its hash, a
    /// second hash, [`LONG`] and its number. A slot whose length byte is 0 is free.
    slots: Vec<[u64; 2]>,
    /// All words one after the other.
    bytes: Vec<u8>,
    /// Where each word ends in `bytes`.
    ends: Vec<u32>,
    /// Drawn anew for each table, so that nobody can choose words that meet.
    seeds: [u64; 2],
}

/// What stands for a word in its slot: see [`Vocabulary::slots`].
#[derive(Clone, Copy)]
struct Key {
    first: u64,
    second: u32,
}

impl Key {
    fn is_long(self) -> bool {
        self.second >> 24 == LONG
    }

    /// The bytes of a short word, and how many of them it has.
    fn word(self) -> ([u8; INLINE + 1], usize) {
        let mut bytes = [0; INLINE + 1];
        bytes[..8].copy_from_slice(&self.first.to_le_bytes());
        bytes[8..].copy_from_slice(&self.second.to_le_bytes());
        (bytes, (self.second >> 24) as usize - 1)
    }
}

/// Words that wait to be looked up together, each with something to go by.
pub(super) struct Batch<T> {
    waiting: Vec<Waiting<T>>,
    /// The slots where their look-ups begin.
    slots: [[u64; 2]; BATCH],
    /// The bytes of the long ones.
    long: Vec<u8>,
}

struct Waiting<T> {
    key: Key,
    hash: u64,
    /// Where the bytes of a long word end.
    end: usize,
    with: T,
}

/// Words in a batch at most.
const BATCH: usize = 32;

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self {
            waiting: Vec::with_capacity(BATCH),
            slots: [[0; 2]; BATCH],
            long: Vec::new(),
        }
    }
}

impl<T> Batch<T> {
    /// Whether it must be looked up before another word is added.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= BATCH
    }
}

fn four(bytes: &[u8]) -> u64 {
    match bytes {
        [a, b, c, d, ..] => u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => 0,
    }
}

fn eight(bytes: &[u8]) -> u64 {
    four(bytes) | four(&bytes[4..]) << 32
}

fn up_to_three(bytes: &[u8]) -> u64 {
    let mut all = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        all |= u64::from(byte) << (8 * at);
    }
    all
}

/// Mixes two halves so that every bit of either reaches every bit of the result.
fn mix(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

/// So many free slots. They are written to: a slot is read before it is filled,
/// and a page of memory that is first read and then written costs two faults
/// and an interrupt of every other processor.
fn free(slots: usize) -> Vec<[u64; 2]> {
    vec![[1, 0]; slots]
}

impl Default for Vocabulary {
    fn default() -> Self {
        let random = RandomState::new();
        Self {
            slots: free(FIRST_SLOTS),
            bytes: Vec::new(),
            ends: Vec::new(),
            // Odd, lest a factor of 0 make all words meet.
            seeds: [random.hash_one(1) | 1, random.hash_one(2) | 1],
        }
    }
}

impl Vocabulary {
    /// Words so far.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The word of a number given out before.
    pub(super) fn word(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = match number {
            0 => 0,
            _ => self.ends[number - 1] as usize,
        };
        &self.bytes[start..self.ends[number] as usize]
    }

    /// Bytes of memory in use.
    pub(super) fn memory(&self) -> usize {
        self.slots.len() * 16 + self.bytes.capacity() + self.ends.capacity() * 4
    }

    /// Room left for words, in bytes: their places are counted in 32 bits.
    pub(super) fn room(&self) -> usize {
        (u32::MAX as usize).saturating_sub(self.bytes.len())
    }

    /// Adds a word to a batch that is not full.
    pub(super) fn wait<T>(&self, word: &[u8], with: T, batch: &mut Batch<T>) {
        let key = self.key(word);
        if key.is_long() {
            batch.long.extend_from_slice(word);
        }
        batch.waiting.push(Waiting {
            key,
            hash: self.hash(key),
            end: batch.long.len(),
            with,
        });
    }

    /// Empties a batch and calls back with each word's number, a new one where
    /// it had none, in the order in which they were added.
    pub(super) fn numbers<T>(&mut self, batch: &mut Batch<T>, mut each: impl FnMut(u32, T)) {
        let mask = self.slots.len() - 1;
        for (waiting, slot) in batch.waiting.iter().zip(&mut batch.slots) {
            *slot = self.slots[waiting.hash as usize & mask];
        }
        let mut start = 0;
        for (waiting, slot) in batch.waiting.drain(..).zip(&batch.slots) {
            let Waiting {
                key,
                hash,
                end,
                with,
            } = waiting;
            // What was found at once still holds if words came in since.
            let number = if key.is_long() {
                let word = &batch.long[start..end];
                start = end;
                self.number(word, key, hash)
            } else if slot[0] == key.first && slot[1] as u32 == key.second {
                (slot[1] >> 32) as u32
            } else {
                let (word, length) = key.word();
                self.number(&word[..length], key, hash)
            };
            each(number, with);
        }
        batch.long.clear();
    }

    /// The number of a word, a new one where it has none.
    fn number(&mut self, word: &[u8], key: Key, hash: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let [first, second] = self.slots[at];
            if first == key.first && second as u32 == key.second {
                let number = (second >> 32) as u32;
                if !key.is_long() || self.word(number) == word {
                    return number;
                }
            } else if second == 0 {
                return self.add(word, key, at);
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, word: &[u8], key: Key, at: usize) -> u32 {
        let number = self.ends.len() as u32;
        self.bytes.extend_from_slice(word);
        self.ends.push(self.bytes.len() as u32);
        self.slots[at] = [key.first, u64::from(number) << 32 | u64::from(key.second)];
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let old = std::mem::replace(&mut self.slots, free(mask + 1));
        for slot in old.into_iter().filter(|slot| slot[1] != 0) {
            let key = Key {
                first: slot[0],
                second: slot[1] as u32,
            };
            let mut at = self.hash(key) as usize & mask;
            while self.slots[at][1] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }

    fn hash(&self, key: Key) -> u64 {
        mix(
            key.first ^ self.seeds[0],
            u64::from(key.second) ^ self.seeds[1],
        )
    }

    fn key(&self, word: &[u8]) -> Key {
        let length = word.len();
        let (first, rest) = match length {
            0..4 => (up_to_three(word), 0),
            // The two halves overlap; what stands in both is shifted out.
            4..8 => {
                let last = four(&word[length - 4..]) >> (8 * (8 - length));
                (four(word) | last << 32, 0)
            }
            8..=INLINE => (eight(word), up_to_three(&word[8..])),
            _ => return self.long_key(word),
        };
        Key {
            first,
            second: rest as u32 | (length as u32 + 1) << 24,
        }
    }

    fn long_key(&self, word: &[u8]) -> Key {
        let mut hash = mix(word.len() as u64 ^ self.seeds[0], self.seeds[1]);
        let (eights, rest) = word.as_chunks::<8>();
        for part in eights {
            hash = mix(hash ^ u64::from_le_bytes(*part), self.seeds[0]);
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash = mix(hash ^ u64::from_le_bytes(last), self.seeds[1]);
        Key {
            first: hash,
            second: (mix(hash, self.seeds[0]) as u32) >> 8 | LONG << 24,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn words_are_numbered_as_a_map_would(
            words in proptest::collection::vec("[a-c\u{0}é]{0,14}|[ab]{250,255}", 0..3000),
            size in 1..=BATCH,
        ) {
            let (mut vocabulary, mut map) = (Vocabulary::default(), HashMap::new());
            let (mut batch, mut found) = (Batch::default(), Vec::new());
            for words in words.chunks(size) {
                for word in words {
                    vocabulary.wait(word.as_bytes(), word, &mut batch);
                }
                prop_assert_eq!(batch.is_full(), words.len() == BATCH);
                vocabulary.numbers(&mut batch, |number, word| found.push((number, word)));
            }
            prop_assert_eq!(found.len(), words.len());
            for (word, (number, of)) in words.iter().zip(found) {
                let next = map.len() as u32;
                prop_assert_eq!(of, word);
                prop_assert_eq!(number, *map.entry(word).or_insert(next));
                prop_assert_eq!(vocabulary.word(number), word.as_bytes());
            }
            prop_assert_eq!(vocabulary.len(), map.len());
        }
    }
}
