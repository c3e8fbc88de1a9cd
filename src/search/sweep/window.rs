//! A window: the stretch of documents that is looked at in one step. Small
//! enough that what is counted in it stays in the nearest cache.

use tantivy::DocId;

/// Documents in a window.
pub(super) const WIDTH: usize = 4096;

const WORDS: usize = WIDTH / 64;

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

    #[inline(always)]
    pub(super) fn clear(&mut self, offset: usize) {
        self.0[(offset / 64) % WORDS] &= !(1 << (offset % 64));
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

    pub(super) fn and_not(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// Calls `each` with every offset in the set, ascending.
    #[inline(always)]
    pub(super) fn each(&self, mut each: impl FnMut(usize)) {
        for (number, &word) in self.0.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                each(number * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }

    /// Keeps the offsets that pass.
    pub(super) fn retain(&mut self, mut passes: impl FnMut(usize) -> bool) {
        let all = *self;
        all.each(|offset| {
            if !passes(offset) {
                self.clear(offset);
            }
        });
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

/// Weighted occurrences of each document of a window.
pub(super) struct Counts(Box<[f32; WIDTH]>);

impl Counts {
    pub(super) fn new() -> Self {
        Self(Box::new([0.0; WIDTH]))
    }

    #[inline(always)]
    pub(super) fn add(&mut self, offset: usize, count: f32) {
        self.0[offset % WIDTH] += count;
    }

    #[inline(always)]
    pub(super) fn of(&self, offset: usize) -> f32 {
        self.0[offset % WIDTH]
    }

    /// Sets what `touched` names back to nothing.
    pub(super) fn reset(&mut self, touched: &Mask) {
        match touched.len() {
            0 => {}
            1..300 => touched.each(|offset| self.0[offset % WIDTH] = 0.0),
            _ => self.0.fill(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
