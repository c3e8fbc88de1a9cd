//! Sweeps over the index in windows of documents: counts what matches,
//! exactly, and keeps the best without scoring every match.
//!
//! For each window every posting list of the query is read once, block by
//! block. That gives the set of documents that fit (clauses combine as sets)
//! and, in an array for each leaf, how often it occurs in them. Reading lists
//! is cheap and so done in full; what is spared are scores: once there are as
//! many matches as wanted, a document is scored only if what occurs in it can
//! bring it among them.
//!
//! Where there is much to read, the processors share the segments.
//!
//! `twin` is the plain form of this room and judges it: the same matches
//! with the same scores.

mod best;
mod cursor;
mod gathered;
mod located;
mod phrase;
mod prospects;
#[cfg(test)]
mod tests;
mod tree;
mod window;

use std::panic::resume_unwind;

use tantivy::{DocId, TERMINATED};

use super::bm25::{self, Lengths, Norms};
use super::matching::{AllNorms, Match};
use super::part::Part;
use super::plan::{Leaf, Plan};
use super::request::SearchError;
use crate::index::snapshot::Snapshot;
use best::Best;
use prospects::Prospects;
use tree::{Binding, Tally};
use window::{Mask, window_of};

/// What a sweep found.
pub(crate) struct Swept {
    /// How many articles match.
    pub(crate) total: u64,
    /// For each segment those that can be among the best, ascending, with
    /// their scores.
    pub(crate) matches: Vec<Vec<Match>>,
}

/// What a sweep is to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nothing: only the number of matches is wanted.
    Nothing,
    /// The best this many by score, and their equals.
    Best(usize),
    /// Every match with its score.
    All,
}

/// Sweeps over all segments.
pub(crate) fn sweep(
    snapshot: &Snapshot,
    parts: &[Part<'_>],
    plan: &Plan,
    keep: Keep,
) -> Result<Swept, SearchError> {
    let alone = |segments: &[usize]| of_segments(snapshot, parts, plan, keep, segments);
    if work(plan) < MUCH_WORK {
        let all: Vec<usize> = (0..parts.len()).collect();
        return alone(&all);
    }
    let (own, others) = shared(parts);
    let found: Vec<Result<Swept, SearchError>> = std::thread::scope(|scope| {
        let start = |share| {
            let thread = std::thread::Builder::new();
            // Where no thread can be had, this one does its work too.
            thread
                .spawn_scoped(scope, move || alone(share))
                .map_err(|_| share)
        };
        let others: Vec<_> = others.iter().map(|share| start(share.as_slice())).collect();
        let own = alone(&own);
        let others = others.into_iter().map(|thread| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(share) => alone(share),
        });
        std::iter::once(own).chain(others).collect()
    });
    let mut swept = Swept {
        total: 0,
        matches: vec![Vec::new(); parts.len()],
    };
    for found in found {
        let found = found?;
        swept.total += found.total;
        for (matches, found) in swept.matches.iter_mut().zip(found.matches) {
            if !found.is_empty() {
                *matches = found;
            }
        }
    }
    Ok(swept)
}

/// Postings from which on a sweep is shared among processors: about a third of
/// a millisecond's worth, against a twentieth of one for a thread.
const MUCH_WORK: u64 = if cfg!(test) { 64 } else { 1 << 18 };

/// What a posting costs whose positions are looked at.
const POSITIONS: u64 = 16;

/// What a sweep costs, in postings.
fn work(plan: &Plan) -> u64 {
    let of_leaf = |leaf: &Leaf| {
        let lists = leaf.groups.iter().flat_map(|group| &group.segments);
        let postings = lists.flatten().map(|list| u64::from(list.info.doc_freq));
        let each = if leaf.expression.is_some() {
            POSITIONS
        } else {
            1
        };
        postings.sum::<u64>() * each
    };
    plan.leaves.iter().map(of_leaf).sum()
}

/// The segments in as many shares as there are processors, of much the same
/// number of documents: one's own, and those of others.
fn shared(parts: &[Part<'_>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let documents = |segment: usize| parts[segment].reader.max_doc();
    let mut largest_first: Vec<usize> = (0..parts.len()).collect();
    largest_first.sort_by_key(|&segment| std::cmp::Reverse(documents(segment)));
    let mut shares = vec![(0, Vec::new()); processors.min(parts.len()).max(1)];
    for segment in largest_first {
        if let Some((size, share)) = shares.iter_mut().min_by_key(|(size, _)| *size) {
            *size += u64::from(documents(segment));
            share.push(segment);
        }
    }
    let mut shares = shares.into_iter().map(|(_, share)| share);
    (shares.next().unwrap_or_default(), shares.collect())
}

/// Sweeps over some segments.
fn of_segments(
    snapshot: &Snapshot,
    parts: &[Part<'_>],
    plan: &Plan,
    keep: Keep,
    segments: &[usize],
) -> Result<Swept, SearchError> {
    let norms = AllNorms::new(snapshot);
    let mut best = Best::new(match keep {
        Keep::Nothing => Some(0),
        Keep::Best(wanted) => Some(wanted),
        Keep::All => None,
    });
    let is_scored = !matches!(keep, Keep::Nothing | Keep::Best(0));
    let leaves = plan.leaves.iter().enumerate();
    let scored: Vec<Scored<'_>> = leaves
        .filter(|(_, leaf)| is_scored && !leaf.excluded)
        .map(|(number, leaf)| Scored {
            number,
            weight: leaf.weight,
            norms: norms.of(leaf.length),
        })
        .collect();
    let mut prospects = Prospects::new(scored.iter().map(|leaf| f64::from(leaf.weight)).collect());
    let mut tallies = tree::tallies(plan, is_scored);
    let mut total = 0;
    for &segment in segments {
        let binding = Binding {
            snapshot,
            part: &parts[segment],
            segment,
            plan,
            is_scored,
        };
        total += of_segment(&binding, &scored, &mut tallies, &mut prospects, &mut best)?;
    }
    Ok(Swept {
        total,
        matches: best.into_matches(parts.len()),
    })
}

fn of_segment(
    binding: &Binding<'_>,
    scored: &[Scored<'_>],
    tallies: &mut [Tally],
    prospects: &mut Prospects,
    best: &mut Best,
) -> Result<u64, SearchError> {
    let part = binding.part;
    let mut root = binding.bind(&binding.plan.root, false)?;
    let lengths = Lengths::of(part, binding.snapshot)?;
    let documents = u64::from(part.reader.max_doc());
    let has_dead = part.has_dead();
    let mut total = 0;
    let mut from: DocId = 0;
    loop {
        let next = root.next().max(from);
        if next >= TERMINATED || u64::from(next) >= documents {
            return Ok(total);
        }
        let base = window_of(next);
        let mut found = root.window(base, None, tallies, documents);
        if has_dead {
            found.retain(|offset| part.is_live(base + offset as DocId));
        }
        total += u64::from(found.len());
        if binding.is_scored {
            score(
                base,
                &found,
                binding.segment,
                scored,
                tallies,
                &lengths,
                prospects,
                best,
            );
        } else if best.bar() < f64::INFINITY {
            found.each(|offset| best.offer(0.0, binding.segment, base + offset as DocId));
        }
        for leaf in scored {
            tallies[leaf.number].reset();
        }
        from = base + window::WIDTH as DocId;
    }
}

/// A leaf that is scored.
struct Scored<'a> {
    number: usize,
    weight: f32,
    norms: &'a Norms,
}

/// Offers the window's matches, save those that cannot be among the best.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one sweep, each owned elsewhere"
)]
fn score(
    base: DocId,
    found: &Mask,
    segment: usize,
    scored: &[Scored<'_>],
    tallies: &[Tally],
    lengths: &Lengths,
    prospects: &mut Prospects,
    best: &mut Best,
) {
    if let [only] = scored {
        let tally = &tallies[only.number];
        let least = prospects.least_count(best.bar(), only.weight, only.norms);
        let mut found = *found;
        let mut offer = |offset: usize, count: u32| {
            let doc = base + offset as DocId;
            best.offer(leaf_score(only, count, lengths, doc), segment, doc);
        };
        if least == 0 {
            found.each(|offset| match tally.valid.has(offset) {
                true => offer(offset, tally.counts.of(offset)),
                false => offer(offset, 0),
            });
            return;
        }
        found.and(&tally.valid);
        if tally.is_dense {
            found.and(&tally.counts.at_least(least));
        }
        let bodies = lengths.body.as_ref();
        let length = |offset| bodies.map_or(0, |all| all.fieldnorm_id(base + offset as DocId));
        let count = |offset| tally.counts.of(offset);
        for &offset in prospects.often_enough(&found, count, length) {
            let offset = usize::from(offset);
            offer(offset, tally.counts.of(offset));
        }
        return;
    }
    let found = prospects.among(
        best.bar(),
        found,
        scored.iter().map(|leaf| &tallies[leaf.number].valid),
    );
    found.each(|offset| {
        let doc = base + offset as DocId;
        let mut score = 0.0;
        for leaf in scored {
            let tally = &tallies[leaf.number];
            if tally.valid.has(offset) {
                score += leaf_score(leaf, tally.counts.of(offset), lengths, doc);
            }
        }
        best.offer(score, segment, doc);
    });
}

#[inline(always)]
fn leaf_score(leaf: &Scored<'_>, count: u32, lengths: &Lengths, doc: DocId) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let norm = lengths.norm(leaf.norms, doc);
    f64::from(bm25::score(leaf.weight, count, norm))
}
