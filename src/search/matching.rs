//! What every way of matching uses: matches and length norms.

use std::cell::OnceCell;

use tantivy::DocId;

use super::bm25::{Length, Norms};
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
