//! When segments are merged, and that no damage is merged along: a merge
//! reads without looking at checksums and would give what it read a new,
//! valid one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::merge_policy::{MergeCandidate, MergePolicy};

use super::folder::files_of;

/// What was found damaged, for the run to report at its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Found(Arc<Mutex<Option<String>>>);

impl Found {
    /// The first damage, if there is any.
    pub(super) fn get(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Another policy's merges, of segments whose checksums hold. Segments that
/// this run has written itself are taken as they are.
#[derive(Debug)]
pub(super) struct CheckedMerges<P> {
    policy: P,
    index: tantivy::Index,
    /// Segments of earlier runs not looked at yet.
    unchecked: Mutex<HashSet<SegmentId>>,
    damaged: Mutex<HashSet<SegmentId>>,
    found: Found,
}

impl<P: MergePolicy> CheckedMerges<P> {
    /// Wraps `policy` for an index just opened.
    pub(super) fn new(policy: P, index: &tantivy::Index) -> tantivy::Result<Self> {
        let unchecked = index.searchable_segment_ids()?.into_iter().collect();
        Ok(Self {
            policy,
            index: index.clone(),
            unchecked: Mutex::new(unchecked),
            damaged: Mutex::default(),
            found: Found::default(),
        })
    }

    /// Where damage will be told.
    pub(super) fn found(&self) -> Found {
        self.found.clone()
    }

    /// Whether a segment may be merged.
    fn is_sound(&self, segment: &SegmentMeta) -> bool {
        let mut unchecked = self
            .unchecked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !unchecked.remove(&segment.id()) {
            return true;
        }
        for name in files_of(segment) {
            let detail = match self.index.directory().validate_checksum(&name) {
                Ok(true) => continue,
                Ok(false) => "its checksum does not hold".to_owned(),
                Err(e) => e.to_string(),
            };
            let mut found = self.found.0.lock().unwrap_or_else(PoisonError::into_inner);
            found.get_or_insert(format!("file {}: {detail}", name.display()));
            return false;
        }
        true
    }
}

impl<P: MergePolicy> MergePolicy for CheckedMerges<P> {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let sound: Vec<SegmentMeta> = segments
                .iter()
                .filter(|segment| !damaged.contains(&segment.id()))
                .cloned()
                .collect();
            let candidates = self.policy.compute_merge_candidates(&sound);
            let chosen: HashSet<SegmentId> = candidates
                .iter()
                .flat_map(|candidate| candidate.0.iter().copied())
                .collect();
            let broken: Vec<SegmentId> = sound
                .iter()
                .filter(|segment| chosen.contains(&segment.id()) && !self.is_sound(segment))
                .map(SegmentMeta::id)
                .collect();
            if broken.is_empty() {
                return candidates;
            }
            damaged.extend(broken);
        }
    }
}
