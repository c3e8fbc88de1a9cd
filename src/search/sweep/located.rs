//! Posting lists of a window: how often a word occurs in a document, and where.

use tantivy::DocId;
use tantivy::positions::PositionReader;
use tantivy::postings::TermInfo;

use super::super::request::SearchError;
use super::cursor::Cursor;
use super::window::{Mask, Ranks};
use crate::index::lists::Lists;

/// So many times as many documents as are looked at may lie between them for
/// positions to be read in one go, in steps of so many.
const DENSE: u32 = 8;
const AHEAD: u64 = 1024;

/// The documents of a word or a pair in the window, and how often it occurs in each.
pub(super) struct Counted {
    cursor: Cursor,
    /// The window's documents, as far as they were asked for.
    pub(super) mask: Mask,
    ranks: Ranks,
    /// For each of these documents how often the word occurs before it in the
    /// list, which is not known of pairs, and in it.
    places: Vec<(u64, u32)>,
}

/// A word's documents and positions.
pub(super) struct Located {
    pub(super) list: Counted,
    reader: PositionReader,
    /// Whether positions are read beyond those asked for.
    is_dense: bool,
    /// Occurrences of which `distances` are held.
    from: u64,
    /// Each position as its distance from the one before in the document.
    distances: Vec<u32>,
}

impl Counted {
    /// The start of a list.
    pub(super) fn new(cursor: Cursor) -> Self {
        Self {
            cursor,
            mask: Mask::NONE,
            ranks: Ranks::default(),
            places: Vec::new(),
        }
    }

    /// Length of the list.
    pub(super) fn len(&self) -> u64 {
        self.cursor.len()
    }

    /// The document reached.
    pub(super) fn doc(&self) -> DocId {
        self.cursor.doc()
    }

    /// Finds the window's documents, of those `within` a set at least.
    pub(super) fn enter(&mut self, base: DocId, within: Option<&Mask>, documents: u64) {
        let within = within.filter(|within| self.cursor.is_long_for(within.len(), documents));
        let (mask, places) = (&mut self.mask, &mut self.places);
        *mask = Mask::NONE;
        places.clear();
        self.cursor.locate(base, within, |offset, count, start| {
            mask.set(offset);
            places.push((start, count));
        });
        self.ranks.of(mask);
    }

    /// How often the word occurs before a document of the window in the list, and in
    /// it; `None` where it does not.
    #[inline(always)]
    fn place(&self, offset: usize) -> Option<(u64, u32)> {
        let has = self.mask.has(offset);
        has.then(|| self.places[self.ranks.rank(&self.mask, offset)])
    }

    /// How often the word occurs in a document of the window.
    #[inline(always)]
    pub(super) fn freq(&self, offset: usize) -> u32 {
        self.place(offset).map_or(0, |(_, count)| count)
    }
}

impl Located {
    /// The start of a list.
    pub(super) fn new(lists: &Lists, info: &TermInfo) -> Result<Self, SearchError> {
        Ok(Self {
            list: Counted::new(Cursor::new(lists, info, 1)?),
            reader: PositionReader::open(lists.positions(info)?)?,
            is_dense: false,
            from: 0,
            distances: Vec::new(),
        })
    }

    /// Tells which documents will be looked at.
    pub(super) fn prepare(&mut self, wanted: &Mask) {
        self.is_dense = wanted.len() * DENSE >= self.list.places.len() as u32;
    }

    /// The first position in a document of the window and the distances from
    /// each to the next; nothing where the word does not occur.
    #[inline(always)]
    pub(super) fn distances(&mut self, offset: usize) -> &[u32] {
        let Some((start, count)) = self.list.place(offset) else {
            return &[];
        };
        let end = start + u64::from(count);
        if start < self.from || end > self.from + self.distances.len() as u64 {
            self.read(start, end);
        }
        let at = (start - self.from) as usize;
        &self.distances[at..at + count as usize]
    }

    #[inline(never)]
    fn read(&mut self, start: u64, end: u64) {
        let last = self
            .list
            .places
            .last()
            .map_or(0, |&(at, n)| at + u64::from(n));
        let until = match self.is_dense {
            true => end.max(last.min(start + AHEAD)),
            false => end,
        };
        self.from = start;
        self.distances.resize((until - start) as usize, 0);
        self.reader.read(start, &mut self.distances);
    }

    /// Adds the positions in a document of the window.
    pub(super) fn positions(&mut self, offset: usize, positions: &mut Vec<u32>) {
        positions.extend(self.distances(offset).iter().scan(0, |at, &distance| {
            *at += distance;
            Some(*at)
        }));
    }
}
