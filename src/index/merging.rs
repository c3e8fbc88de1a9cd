//! Which segments are merged, and when. Small ones, as daily runs leave them,
//! are merged early: that is cheap, and every search opens each segment. Large
//! ones, as the first reading of an archive writes them, are left side by side
//! until there are many, for writing them again costs half as much as indexing.

use tantivy::index::SegmentMeta;
use tantivy::indexer::{LogMergePolicy, MergeCandidate, MergePolicy};

/// Documents below which a segment is small.
const SMALL: u32 = 20_000;

/// Small segments that are merged into one.
const MANY_SMALL: usize = 6;

/// Large segments of much the same size that are merged into one.
const MANY_LARGE: usize = 24;

/// A segment of more documents is not merged any more.
const MOST_DOCUMENTS: usize = 5_000_000;

/// Share of deleted documents from which on a segment is written anew.
const MOST_DELETED: f32 = 0.2;

/// The policy.
#[derive(Debug)]
pub(super) struct Merging {
    small: LogMergePolicy,
    large: LogMergePolicy,
}

impl Merging {
    pub(super) fn new() -> Self {
        let policy = |segments| {
            let mut policy = LogMergePolicy::default();
            policy.set_min_num_segments(segments);
            policy.set_del_docs_ratio_before_merge(MOST_DELETED);
            policy.set_max_docs_before_merge(MOST_DOCUMENTS);
            policy
        };
        let mut large = policy(MANY_LARGE);
        // What a run writes differs in size and is still of one level.
        large.set_level_log_size(2.0);
        Self {
            small: policy(MANY_SMALL),
            large,
        }
    }
}

impl MergePolicy for Merging {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let (small, large): (Vec<SegmentMeta>, Vec<SegmentMeta>) = segments
            .iter()
            .cloned()
            .partition(|segment| segment.max_doc() < SMALL);
        let mut candidates = self.small.compute_merge_candidates(&small);
        candidates.extend(self.large.compute_merge_candidates(&large));
        candidates
    }
}
