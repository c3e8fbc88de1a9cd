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
//! Where there is much to read, the processors share the documents.
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

use tantivy::DocId;

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
    let alone = |share: &[Stretch]| of_stretches(snapshot, parts, plan, keep, share);
    let sizes: Vec<DocId> = parts.iter().map(|part| part.reader.max_doc()).collect();
    let wanted = work(plan) / WORTH_A_THREAD;
    let count = match wanted {
        0 | 1 => 1,
        _ => std::thread::available_parallelism()
            .map_or(1, |processors| wanted.min(processors.get() as u64)),
    };
    let shares = shares(&sizes, count);
    let Some((own, others)) = shares.split_first() else {
        return alone(&[]);
    };
    if others.is_empty() {
        return alone(own);
    }
    let found: Vec<Result<Swept, SearchError>> = std::thread::scope(|scope| {
        let start = |share| {
            let thread = std::thread::Builder::new();
            // Where no thread can be had, this one does its work too.
            thread
                .spawn_scoped(scope, move || alone(share))
                .map_err(|_| share)
        };
        let others: Vec<_> = others.iter().map(|share| start(share.as_slice())).collect();
        let own = alone(own);
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
            // Shares come in the order of their documents.
            matches.extend(found);
        }
    }
    Ok(swept)
}

/// Postings for each thread of a sweep, at least: about half a millisecond's
/// worth, against a twentieth of one and more for a thread to start.
const WORTH_A_THREAD: u64 = if cfg!(test) { 32 } else { 1 << 17 };

/// Documents of one segment that lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    segment: usize,
    from: DocId,
    until: DocId,
}

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

/// The documents of segments of these sizes in so many shares of much the same
/// size, in order; none of them empty.
fn shares(sizes: &[DocId], count: u64) -> Vec<Vec<Stretch>> {
    let all: u64 = sizes.iter().copied().map(u64::from).sum();
    let mut shares: Vec<Vec<Stretch>> = (0..count).map(|_| Vec::new()).collect();
    let mut before = 0;
    for (segment, &size) in sizes.iter().enumerate() {
        let size = u64::from(size);
        let mut from = 0;
        while from < size {
            let share = (before + from) * count / all;
            // A share ends where a window does.
            let end = (all * (share + 1)).div_ceil(count) - before;
            let until = end.next_multiple_of(window::WIDTH as u64).min(size);
            shares[share as usize].push(Stretch {
                segment,
                from: from as DocId,
                until: until as DocId,
            });
            from = until;
        }
        before += size;
    }
    shares.retain(|share| !share.is_empty());
    shares
}

/// Sweeps over some documents.
fn of_stretches(
    snapshot: &Snapshot,
    parts: &[Part<'_>],
    plan: &Plan,
    keep: Keep,
    share: &[Stretch],
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
    for stretch in share {
        let binding = Binding {
            snapshot,
            part: &parts[stretch.segment],
            segment: stretch.segment,
            plan,
            is_scored,
        };
        total += of_stretch(
            &binding,
            stretch,
            &scored,
            &mut tallies,
            &mut prospects,
            &mut best,
        )?;
    }
    Ok(Swept {
        total,
        matches: best.into_matches(parts.len()),
    })
}

fn of_stretch(
    binding: &Binding<'_>,
    stretch: &Stretch,
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
    let mut from = stretch.from;
    loop {
        let next = root.next().max(from);
        if next >= stretch.until {
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
