//! Which segments are merged, and when. Small ones, as daily runs leave them,
//! are merged early: that is cheap, and every search opens each segment. Large
//! ones, as the first reading of an archive writes them, are left side by side
//! until there are many, for writing them again costs half as much as indexing;
//! then some of them are merged while the run goes on, and what came of that
//! is large enough to be left alone. By request all are merged that fit together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::indexer::{MergeCandidate, MergePolicy};

/// Documents below which a segment is small.
const SMALL: u32 = 20_000;

/// As many small segments are merged.
const MANY_SMALL: usize = 6;

/// As many large segments are too many.
const MANY_LARGE: usize = 25;

/// Large segments that are merged at once, at most: that ends within a minute
/// or so, and leaves the others to the searches as they are.
const AT_ONCE: usize = 12;

/// Documents of a merged segment, at most. Merging maps the texts of one
/// segment at a time, and a run does not end before its merges.
const MOST_DOCUMENTS: u32 = 1_000_000;

/// The same where all that can be is merged by request.
const MOST_BY_REQUEST: u32 = 4_000_000;

/// A segment of more documents is not merged with others: it has been, or is
/// as large as if it had.
const LARGEST_MERGED: u32 = MOST_DOCUMENTS / 2;

/// Share of deleted documents from which on a segment is written anew.
const MOST_DELETED: f64 = 0.2;

/// The policy.
#[derive(Clone, Debug, Default)]
pub(super) struct Merging {
    /// Whether all that fits together is merged.
    all: Arc<AtomicBool>,
}

impl Merging {
    /// From now on all segments are merged into as few as may be.
    pub(super) fn merge_all(&self) {
        self.all.store(true, Ordering::Relaxed);
    }
}

impl MergePolicy for Merging {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        if self.all.load(Ordering::Relaxed) {
            return fewest(segments);
        }
        let (small, large): (Vec<&SegmentMeta>, Vec<&SegmentMeta>) = segments
            .iter()
            .partition(|segment| segment.max_doc() < SMALL);
        let (sparse, mut large): (Vec<&SegmentMeta>, Vec<&SegmentMeta>) =
            large.into_iter().partition(|segment| is_sparse(segment));
        large.retain(|segment| segment.num_docs() <= LARGEST_MERGED);
        let mut merges: Vec<Vec<&SegmentMeta>> = Vec::new();
        if small.iter().any(|segment| is_sparse(segment)) {
            merges.push(smallest(small, usize::MAX, MOST_DOCUMENTS));
        } else if small.len() >= MANY_SMALL {
            merges.push(alike(smallest(small, usize::MAX, MOST_DOCUMENTS)));
        }
        merges.extend(sparse.into_iter().map(|segment| vec![segment]));
        if large.len() >= MANY_LARGE {
            merges.push(smallest(large, AT_ONCE, MOST_DOCUMENTS));
        }
        merges
            .into_iter()
            // One by itself is worth it for what it no longer holds.
            .filter(|merge| merge.len() > 1 || merge.iter().any(|segment| is_sparse(segment)))
            .map(|merge| MergeCandidate(merge.iter().map(|segment| segment.id()).collect()))
            .collect()
    }
}

/// Merges after which there are few segments, each as large as one may become.
fn fewest(segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
    let mut rest: Vec<&SegmentMeta> = segments.iter().collect();
    let mut merges = Vec::new();
    while !rest.is_empty() {
        let fitting = smallest(rest.clone(), usize::MAX, MOST_BY_REQUEST);
        let chosen: Vec<SegmentId> = fitting.iter().map(|segment| segment.id()).collect();
        if chosen.is_empty() {
            break;
        }
        rest.retain(|segment| !chosen.contains(&segment.id()));
        if chosen.len() > 1 || fitting.iter().any(|segment| is_sparse(segment)) {
            merges.push(MergeCandidate(chosen));
        }
    }
    merges
}

/// The smallest segments: `most` of them, and what fits into one of so many
/// documents.
fn smallest(
    mut segments: Vec<&SegmentMeta>,
    most: usize,
    most_documents: u32,
) -> Vec<&SegmentMeta> {
    segments.sort_by_key(|segment| segment.num_docs());
    let mut documents = 0;
    let fitting = segments.iter().take(most).take_while(|segment| {
        documents += segment.num_docs();
        documents <= most_documents
    });
    let number = fitting.count();
    segments.truncate(number);
    segments
}

/// Of segments in ascending order those that are no larger than the smaller ones
/// together, about: else a large one is written again for a few documents.
fn alike(mut segments: Vec<&SegmentMeta>) -> Vec<&SegmentMeta> {
    let mut documents = 0;
    let larger = segments.iter().position(|segment| {
        let is_larger = documents > 0 && segment.num_docs() > 2 * documents;
        documents += segment.num_docs();
        is_larger
    });
    segments.truncate(larger.unwrap_or(segments.len()));
    segments
}

fn is_sparse(segment: &SegmentMeta) -> bool {
    f64::from(segment.num_deleted_docs()) > f64::from(segment.max_doc()) * MOST_DELETED
}

#[cfg(test)]
mod tests {
    use tantivy::Index;
    use tantivy::index::SegmentId;
    use tantivy::schema::Schema;

    use super::*;

    /// Segments that come and are merged.
    struct Simulated {
        index: Index,
        policy: Merging,
        segments: Vec<SegmentMeta>,
        /// Documents written again, and the most of them at once.
        written: u64,
        most_at_once: u32,
    }

    impl Simulated {
        fn new() -> Self {
            Self {
                index: Index::create_in_ram(Schema::builder().build()),
                policy: Merging::default(),
                segments: Vec::new(),
                written: 0,
                most_at_once: 0,
            }
        }

        /// Adds segments of these many documents and merges what is due.
        fn add(&mut self, documents: impl IntoIterator<Item = u32>) {
            for documents in documents {
                let meta = self.meta(documents);
                self.segments.push(meta);
            }
            loop {
                let merges = self.policy.compute_merge_candidates(&self.segments);
                if merges.is_empty() {
                    return;
                }
                for MergeCandidate(ids) in merges {
                    let (merged, others): (Vec<SegmentMeta>, Vec<SegmentMeta>) =
                        std::mem::take(&mut self.segments)
                            .into_iter()
                            .partition(|segment| ids.contains(&segment.id()));
                    assert_eq!(merged.len(), ids.len(), "a segment is merged twice");
                    let documents = merged.iter().map(SegmentMeta::num_docs).sum();
                    self.segments = others;
                    self.written += u64::from(documents);
                    self.most_at_once = self.most_at_once.max(documents);
                    let meta = self.meta(documents);
                    self.segments.push(meta);
                }
            }
        }

        fn meta(&self, documents: u32) -> SegmentMeta {
            self.index
                .new_segment_meta(SegmentId::generate_random(), documents)
        }

        fn delete(&mut self, number: usize, documents: u32) {
            let meta = self.segments[number].clone();
            self.segments[number] = meta.with_delete_meta(documents, 1);
        }

        fn sizes(&self) -> Vec<u32> {
            let mut sizes: Vec<u32> = self.segments.iter().map(SegmentMeta::num_docs).collect();
            sizes.sort_unstable();
            sizes
        }
    }

    #[test]
    fn the_first_reading_of_a_million_articles_merges_nothing() {
        let mut simulated = Simulated::new();
        simulated.add([42_000; 24]);
        assert_eq!(simulated.written, 0);
    }

    #[test]
    fn ten_million_articles_are_few_segments_and_few_are_merged_twice() {
        for documents in [25_000, 42_000, 90_000, 170_000, 400_000] {
            let mut simulated = Simulated::new();
            for _ in 0..10_000_000 / documents / 4 {
                simulated.add([documents; 4]);
                assert!(simulated.segments.len() <= MANY_LARGE + 20);
            }
            assert!(simulated.written <= 15_000_000, "{}", simulated.written);
            assert!(simulated.most_at_once <= MOST_DOCUMENTS);
        }
    }

    #[test]
    fn daily_runs_leave_few_segments() {
        let mut simulated = Simulated::new();
        simulated.add([90_000; 12]);
        let mut most = 0;
        for _ in 0..3_000 {
            simulated.add([300]);
            most = most.max(simulated.segments.len());
        }
        assert!(most <= 12 + MANY_SMALL + MANY_LARGE, "{most}");
        assert!(simulated.written <= 10 * 900_000, "{}", simulated.written);
    }

    #[test]
    fn by_request_all_that_fits_together_is_merged() {
        let mut simulated = Simulated::new();
        simulated.add([90_000, 300, 600_000, 400_000]);
        simulated.policy.merge_all();
        simulated.add([20]);
        assert_eq!(simulated.sizes(), [1_090_320]);
        simulated.add([3_000_000, 2_000_000]);
        assert_eq!(simulated.sizes(), [3_000_000, 3_090_320]);
        simulated.add([]);
        assert_eq!(simulated.written, 1_090_320 + 3_090_320);
    }

    #[test]
    fn a_larger_segment_is_not_written_again_for_a_few_documents() {
        let mut simulated = Simulated::new();
        simulated.add([15_000, 10, 20, 30, 40, 50]);
        assert_eq!(simulated.sizes(), [150, 15_000]);
    }

    #[test]
    fn a_segment_with_many_deletions_is_written_anew_and_no_other_with_it() {
        let mut simulated = Simulated::new();
        simulated.add([3_000_000, 50_000, 60_000]);
        simulated.delete(0, 600_000);
        simulated.delete(1, 10_001);
        simulated.add([]);
        assert_eq!(simulated.sizes(), [39_999, 60_000, 2_400_000]);
        assert_eq!(simulated.segments[0].num_deleted_docs(), 600_000);
        assert_eq!(simulated.written, 39_999);
    }

    #[test]
    fn small_segments_are_merged_at_six_or_with_many_deletions() {
        let mut simulated = Simulated::new();
        simulated.add([10, 20, 30, 40, 50]);
        assert_eq!(simulated.sizes(), [10, 20, 30, 40, 50]);
        simulated.delete(4, 20);
        simulated.add([]);
        assert_eq!(simulated.sizes(), [130]);
        simulated.add([1, 2, 3, 4]);
        assert_eq!(simulated.segments.len(), 5);
        simulated.add([5]);
        assert_eq!(simulated.sizes(), [15, 130]);
    }
}
