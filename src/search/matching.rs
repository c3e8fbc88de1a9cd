//! What every way of matching uses: matches, length norms, and the places
//! where the words of an expression stand in a document.

use std::cell::OnceCell;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, TERMINATED};

use super::bm25::{Length, Norms};
use super::part::{Part, seek};
use super::plan::Leaf;
use super::positions::{Expression, Interval};
use super::request::SearchError;
use crate::index::snapshot::{Figures, Snapshot};

/// An article of the segment and its score.
pub(crate) type Match = (DocId, f64);

/// Length norms for each way of weighing lengths, made when first asked for.
pub(crate) struct AllNorms {
    figures: Figures,
    made: [OnceCell<Norms>; 4],
}

impl AllNorms {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Self {
            figures: snapshot.figures,
            made: Default::default(),
        }
    }

    pub(crate) fn of(&self, length: Length) -> &Norms {
        let place = match length {
            Length::Both => 0,
            Length::Title => 1,
            Length::Body => 2,
            Length::None => 3,
        };
        self.made[place].get_or_init(|| Norms::new(length, &self.figures))
    }
}

/// Where each group of a leaf stands in one text of a document.
pub(crate) struct Places {
    /// For each group its cursors.
    cursors: Vec<Vec<SegmentPostings>>,
    /// For each group its positions in the document last looked at.
    positions: Vec<Vec<u32>>,
}

impl Places {
    pub(crate) fn new(
        part: &Part<'_>,
        segment: usize,
        leaf: &Leaf,
        slot: usize,
    ) -> Result<Self, SearchError> {
        let index = part.index(leaf.slots[slot].field)?;
        let mut cursors = Vec::with_capacity(leaf.groups.len());
        for group in &leaf.groups {
            let mut of_group = Vec::new();
            for list in group.segments[segment]
                .iter()
                .filter(|list| list.slot == slot)
            {
                of_group.push(index.read_postings_from_terminfo(
                    &list.info,
                    IndexRecordOption::WithFreqsAndPositions,
                )?);
            }
            cursors.push(of_group);
        }
        Ok(Self {
            positions: vec![Vec::new(); cursors.len()],
            cursors,
        })
    }

    /// Where the expression stands in `doc`; documents must be asked for in
    /// ascending order.
    pub(crate) fn find(&mut self, expression: &Expression, doc: DocId) -> Vec<Interval> {
        for (cursors, positions) in self.cursors.iter_mut().zip(&mut self.positions) {
            positions.clear();
            let mut lists = 0;
            for cursor in cursors {
                if seek(cursor, doc) == doc && doc != TERMINATED {
                    cursor.append_positions_with_offset(0, positions);
                    lists += 1;
                }
            }
            if lists > 1 {
                positions.sort_unstable();
                positions.dedup();
            }
        }
        expression.find(&self.positions)
    }
}
