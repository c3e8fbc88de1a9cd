//! A window: the stretch of documents that is looked at in one step. Small enough that
//! what is counted in it stays in the nearer caches, and large enough that what each
//! window costs beside its postings does not tell.

use tantivy::DocId;
use wide::u8x16;

/// Documents in a window. Tests have segments of several.
pub(super) const WIDTH: usize = if cfg!(test) { 4096 } else { 16384 };

const WORDS: usize = WIDTH / 64;

/// Words of a set that are looked at together.
const GROUP: usize = 8;

/// A set of documents of one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mask([u64; WORDS]);

impl Mask {
    pub(super) const NONE: Self = Self([0; WORDS]);

    /// Adds the document `offset` places into the window.
    #[inline(always)]
    pub(super) fn set(&mut self, offset: usize) {
        self.0[(offset / 64) % WORDS] |= 1 << (offset % 64);
    }

    /// The same, if that is so: without a branch to guess.
    #[inline(always)]
    pub(super) fn set_if(&mut self, offset: usize, is_in: bool) {
        self.0[(offset / 64) % WORDS] |= u64::from(is_in) << (offset % 64);
    }

    /// Adds all documents from one on.
    pub(super) fn set_run(&mut self, from: usize, length: usize) {
        for (number, word) in self.0.iter_mut().enumerate() {
            let first = from.saturating_sub(number * 64).min(64);
            let end = (from + length).saturating_sub(number * 64).min(64);
            // Bits below a place: all where it lies past the word.
            let below = |place: usize| 1u64.checked_shl(place as u32).map_or(!0, |bit| bit - 1);
            *word |= below(end) & !below(first);
        }
    }

    #[inline(always)]
    pub(super) fn has(&self, offset: usize) -> bool {
        self.0[(offset / 64) % WORDS] & (1 << (offset % 64)) != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().fold(0, |all, word| all | word) == 0
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// About how many there are: a quarter is counted.
    pub(super) fn about_len(&self) -> u32 {
        let words = self.0.as_chunks::<4>().0.iter();
        words.map(|words| words[0].count_ones()).sum::<u32>() * 4
    }

    pub(super) fn and(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    pub(super) fn or(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Adds what a set has in common with all of some others.
    pub(super) fn or_common<'m>(
        &mut self,
        first: &Self,
        mut others: impl Iterator<Item = &'m Self>,
    ) {
        // One or two at once, word by word: no set is copied.
        match (others.next(), others.next()) {
            (Some(second), Some(third)) => {
                let mut rest = *third;
                others.for_each(|other| rest.and(other));
                for (at, word) in self.0.iter_mut().enumerate() {
                    *word |= first.0[at] & second.0[at] & rest.0[at];
                }
            }
            (Some(second), None) => {
                for (at, word) in self.0.iter_mut().enumerate() {
                    *word |= first.0[at] & second.0[at];
                }
            }
            (None, _) => self.or(first),
        }
    }

    pub(super) fn and_not(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// The set, 64 documents a word.
    pub(super) fn words(&mut self) -> &mut [u64] {
        &mut self.0
    }

    /// Calls `each` with every offset in the set, ascending.
    #[inline(always)]
    pub(super) fn each(&self, each: impl FnMut(usize)) {
        each_bit(&self.0, 0, each);
    }

    /// The same: better for a set of few documents, worse for one of many.
    #[inline(always)]
    pub(super) fn each_of_few(&self, mut each: impl FnMut(usize)) {
        for (group, words) in self.0.as_chunks::<GROUP>().0.iter().enumerate() {
            if words.iter().fold(0, |all, word| all | word) != 0 {
                each_bit(words, group * GROUP * 64, &mut each);
            }
        }
    }

    /// Keeps the offsets that pass.
    pub(super) fn retain(&mut self, mut passes: impl FnMut(usize) -> bool) {
        for (number, word) in self.0.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                if !passes(number * 64 + rest.trailing_zeros() as usize) {
                    *word &= !(rest & rest.wrapping_neg());
                }
                rest &= rest - 1;
            }
        }
    }
}

#[inline(always)]
fn each_bit(words: &[u64], from: usize, mut each: impl FnMut(usize)) {
    for (number, &word) in words.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            each(from + number * 64 + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
}

/// How many documents of a set lie before each of them.
#[derive(Default)]
pub(super) struct Ranks(Vec<u16>);

impl Ranks {
    /// Counts for a set; to be done anew whenever it has changed.
    pub(super) fn of(&mut self, mask: &Mask) {
        self.0.clear();
        self.0.extend(mask.0.iter().scan(0, |before, word| {
            let first = *before;
            *before += word.count_ones() as u16;
            Some(first)
        }));
    }

    /// How many of the set lie before the document at `offset`.
    #[inline(always)]
    pub(super) fn rank(&self, mask: &Mask, offset: usize) -> usize {
        let number = (offset / 64) % WORDS;
        let before = mask.0[number] & ((1 << (offset % 64)) - 1);
        usize::from(self.0[number]) + before.count_ones() as usize
    }
}

/// First document of the window that `doc` lies in.
pub(super) fn window_of(doc: DocId) -> DocId {
    doc - doc % WIDTH as DocId
}

/// How many of so many postings in a segment of so many documents lie in a window, on
/// average.
pub(super) fn in_window(postings: u64, documents: u64) -> u64 {
    postings * WIDTH as u64 / documents.max(1)
}

/// Weighted occurrences of each document of a window. They are added up in
/// bytes, of which a processor compares many at once.
pub(super) struct Counts {
    low: Box<[u8; WIDTH]>,
    /// The counts of those documents for which a byte does not do; empty while
    /// there are none, as mostly: 64 KiB would be touched for nothing.
    high: Vec<u32>,
}

/// In a byte: the count stands elsewhere.
const FULL: u8 = u8::MAX;

impl Counts {
    pub(super) fn new() -> Self {
        Self {
            low: Box::new([0; WIDTH]),
            high: Vec::new(),
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, offset: usize, count: u32, weight: u32) {
        let low = &mut self.low[offset % WIDTH];
        let count = u64::from(count) * u64::from(weight);
        let sum = u64::from(*low).wrapping_add(count);
        if sum < u64::from(FULL) {
            *low = sum as u8;
        } else {
            self.add_high(offset, count);
        }
    }

    #[cold]
    #[inline(never)]
    fn add_high(&mut self, offset: usize, count: u64) {
        let sum = u64::from(self.of(offset)).saturating_add(count);
        self.low[offset % WIDTH] = FULL;
        self.high.resize(WIDTH, 0);
        self.high[offset % WIDTH] = u32::try_from(sum).unwrap_or(u32::MAX);
    }

    #[inline(always)]
    pub(super) fn of(&self, offset: usize) -> u32 {
        match self.low[offset % WIDTH] {
            FULL => self.of_high(offset),
            low => u32::from(low),
        }
    }

    #[cold]
    #[inline(never)]
    fn of_high(&self, offset: usize) -> u32 {
        self.high[offset % WIDTH]
    }

    /// The documents with `least` or more, where that is no more than a byte
    /// holds; else some more.
    #[inline(always)]
    pub(super) fn at_least(&self, least: u32) -> Mask {
        let least = u8x16::splat(least.min(u32::from(FULL)) as u8);
        let mut mask = Mask::NONE;
        for (word, counts) in mask.0.iter_mut().zip(self.low.as_chunks::<64>().0) {
            for (number, counts) in counts.as_chunks::<16>().0.iter().enumerate() {
                let reach = u8x16::new(*counts).simd_ge(least).to_bitmask();
                *word |= u64::from(reach) << (16 * number);
            }
        }
        mask
    }

    /// Sets one count back to nothing.
    #[inline(always)]
    pub(super) fn forget(&mut self, offset: usize) {
        self.low[offset % WIDTH] = 0;
    }

    /// Sets all counts back to nothing: sooner done than for each document that has
    /// one.
    pub(super) fn reset(&mut self) {
        self.low.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_documents_is_set_as_one_by_one() {
        for (from, length) in [(0, 1), (3, 61), (60, 4), (63, 130), (4000, 96), (0, WIDTH)] {
            let (mut run, mut single) = (Mask::NONE, Mask::NONE);
            run.set_run(from, length);
            (from..from + length).for_each(|offset| single.set(offset));
            assert_eq!(run, single, "{from} {length}");
        }
    }

    #[test]
    fn counts_are_kept_and_compared_beyond_what_a_byte_holds() {
        let mut counts = Counts::new();
        (0..WIDTH).for_each(|n| counts.add(n, n as u32 / 7, 1));
        counts.add(0, u32::MAX, 3);
        counts.add(0, 1, 1);
        counts.add(1, 127, 2);
        counts.add(1, 127, 2);
        assert_eq!((counts.of(0), counts.of(1)), (u32::MAX, 508));
        for least in [1, 2, 50, 254, 255] {
            let reach = counts.at_least(least);
            let one_by_one = |n: usize| reach.has(n) == (counts.of(n) >= least);
            assert!((0..WIDTH).all(one_by_one), "{least}");
        }
        counts.reset();
        assert!((0..WIDTH).all(|n| counts.of(n) == 0));
    }

    #[test]
    fn sets_hold_what_was_put_into_them() {
        let mut odd = Mask::NONE;
        let mut low = Mask::NONE;
        (0..WIDTH).filter(|n| n % 2 == 1).for_each(|n| odd.set(n));
        (0..100).for_each(|n| low.set(n));
        assert_eq!((odd.len(), low.len()), (2048, 100));
        let mut both = odd;
        both.and(&low);
        let mut seen = Vec::new();
        both.each(|offset| seen.push(offset));
        assert_eq!(seen, (0..50).map(|n| n * 2 + 1).collect::<Vec<_>>());
        both.retain(|offset| offset > 90);
        assert_eq!(both.len(), 5);
        odd.and_not(&low);
        assert_eq!(odd.len(), 1998);
        assert!(!odd.has(99) && odd.has(101) && Mask::NONE.is_empty());
    }
}
