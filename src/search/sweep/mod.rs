//! Sweeps over the index in windows of documents: counts what matches,
//! exactly, and keeps the best without scoring every match.
//!
//! For each window the posting lists of the query are read once, block by
//! block. That gives the set of documents that fit (clauses combine as sets)
//! and, in an array for each leaf, how often it occurs in them. Reading lists
//! is cheap and so done in full; what is spared are scores: once there are as
//! many matches as wanted, a document is scored only if what occurs in it can
//! bring it among them.
//!
//! Where nobody asks how many documents match, more is spared: conditions are tried
//! and deleted documents told apart only where a score can be among the best, and
//! positions are read only where the rarest word or pair of a phrase occurs often
//! enough.
//!
//! A phrase of two very frequent words is a list like that of a word. A single word is
//! not swept at all where champion lists settle what is asked, and of alternatives the
//! longest lists are only looked into (`alternatives`).
//!
//! Where there is much to read, the processors share the documents.
//!
//! `twin` is the plain form of this room and judges it: the same matches
//! with the same scores.

mod alternatives;
mod champions;
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
use std::sync::OnceLock;

use tantivy::DocId;

use super::best::Best;
use super::bm25::{self, Length, LengthBytes, Lengths, Norms};
use super::filters::BoundTest;
use super::matching::{AllNorms, Match};
use super::part::Part;
use super::plan::{Clause, Leaf, Plan};
use super::request::SearchError;
use crate::index::snapshot::Snapshot;
use alternatives::Alternatives;
use champions::{Single, Standing};
use phrase::Phrase;
use prospects::{MOST_LEAVES, Prospects};
use tree::{Binding, Node, Tally};
use window::{Mask, window_of};

/// What a sweep found.
pub(crate) struct Swept {
    /// How many articles match; where only the top was to be kept, how many of them
    /// were looked at: as many as were to be kept at least, if there are.
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
    /// The same, and the others need not even be counted.
    Top(usize),
    /// Every match with its score.
    All,
}

impl Keep {
    /// How many matches are kept at least; every one where that is `None`.
    fn wanted(self) -> Option<usize> {
        match self {
            Self::Nothing => Some(0),
            Self::Best(wanted) | Self::Top(wanted) => Some(wanted),
            Self::All => None,
        }
    }

    /// Whether what cannot be among the best need not be counted.
    fn is_top(self) -> bool {
        matches!(self, Self::Top(wanted) if wanted > 0)
    }
}

/// Sweeps over all segments.
pub(crate) fn sweep(
    snapshot: &Snapshot,
    parts: &[Part<'_>],
    plan: &Plan,
    keep: Keep,
) -> Result<Swept, SearchError> {
    let mut swept = Swept {
        total: 0,
        matches: vec![Vec::new(); parts.len()],
    };
    let mut sizes: Vec<DocId> = parts.iter().map(|part| part.reader.max_doc()).collect();
    if let Some(single) = Single::of(snapshot, plan, keep) {
        for (segment, part) in parts.iter().enumerate() {
            if let Some((total, matches)) = single.answer(snapshot, part)? {
                swept.total += total;
                swept.matches[segment] = matches;
                sizes[segment] = 0;
            }
        }
    }
    for found in in_shares(snapshot, parts, plan, keep, &sizes) {
        let found = found?;
        swept.total += found.total;
        for (matches, found) in swept.matches.iter_mut().zip(found.matches) {
            // Shares come in the order of their documents.
            matches.extend(found);
        }
    }
    Ok(swept)
}

/// Sweeps over the first so many documents of each segment, in one share or more.
fn in_shares(
    snapshot: &Snapshot,
    parts: &[Part<'_>],
    plan: &Plan,
    keep: Keep,
    sizes: &[DocId],
) -> Vec<Result<Swept, SearchError>> {
    let alone = |share: &[Stretch]| of_stretches(snapshot, parts, plan, keep, share);
    let wanted = work(plan, keep, sizes) / WORTH_A_THREAD;
    let count = match wanted {
        0 | 1 => 1,
        _ => wanted.min(processors()),
    };
    let shares = shares(sizes, count);
    let Some((own, others)) = shares.split_first() else {
        return Vec::new();
    };
    if others.is_empty() {
        return vec![alone(own)];
    }
    std::thread::scope(|scope| {
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
    })
}

/// Processors there are for this process. The system is asked once: it reads files to
/// answer, which takes as long as a thread to start.
fn processors() -> u64 {
    static PROCESSORS: OnceLock<u64> = OnceLock::new();
    let ask = || std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    *PROCESSORS.get_or_init(ask)
}

/// Postings for each thread of a sweep, at least: about a quarter of a millisecond's
/// worth, against a twentieth of one and more for a thread to start.
const WORTH_A_THREAD: u64 = if cfg!(test) { 32 } else { 1 << 16 };

/// Documents of one segment that lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    segment: usize,
    from: DocId,
    until: DocId,
}

/// What a posting costs whose positions are looked at.
const POSITIONS: u64 = 16;

/// A posting of the longest list of alternatives costs so much less where only the top
/// is wanted.
const LOOKED_INTO: u64 = 3;

/// What a sweep over segments of these sizes costs, in postings.
fn work(plan: &Plan, keep: Keep, sizes: &[DocId]) -> u64 {
    let of_leaf = |leaf: &Leaf| {
        let lists = leaf.groups.iter().flat_map(|group| {
            let segments = group.segments.iter().zip(sizes);
            segments.filter(|&(_, &size)| size > 0)
        });
        let postings = lists.flat_map(|(lists, _)| lists);
        let postings = postings.map(|list| u64::from(list.info.doc_freq));
        let each = if leaf.expression.is_some() {
            POSITIONS
        } else {
            1
        };
        postings.sum::<u64>() * each
    };
    let of_leaves = plan.leaves.iter().map(of_leaf);
    let all: u64 = of_leaves.clone().sum();
    match keep.is_top() && are_alternatives(&plan.root) {
        true => all - of_leaves.max().unwrap_or(0) / LOOKED_INTO * (LOOKED_INTO - 1),
        false => all,
    }
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
    let mut scoring = Scoring::new(plan, keep, &norms);
    let mut total = 0;
    for stretch in share {
        let binding = Binding {
            snapshot,
            part: &parts[stretch.segment],
            segment: stretch.segment,
            plan,
            is_scored: scoring.is_scored,
        };
        total += of_stretch(&binding, stretch, &mut scoring)?;
    }
    Ok(Swept {
        total,
        matches: scoring.best.into_matches(parts.len()),
    })
}

fn of_stretch(
    binding: &Binding<'_>,
    stretch: &Stretch,
    scoring: &mut Scoring<'_>,
) -> Result<u64, SearchError> {
    let part = binding.part;
    let root = binding.bind(&binding.plan.root, false)?;
    // Cheaper for the few that are offered than for all that match.
    let (root, tests) = match scoring.is_top {
        true => root.without_tests(|leaf| scoring.is_only(leaf)),
        false => (root, Vec::new()),
    };
    scoring.enter(binding);
    let has_dead = part.has_dead();
    let ground = Ground {
        part,
        segment: stretch.segment,
        lengths: Lengths::of(part, binding.snapshot)?,
        may_be_dead: has_dead && scoring.is_top,
        tests,
    };
    let documents = u64::from(part.reader.max_doc());
    let mut root = Alternatives::of(root, scoring);
    if root.is_ok() {
        scoring.expect_champions(&ground);
    }
    let mut total = 0;
    let mut from = stretch.from;
    loop {
        let next = match &mut root {
            Ok(alternatives) => alternatives.next(from, scoring),
            Err(root) => root.next(),
        };
        let next = next.max(from);
        if next >= stretch.until {
            return Ok(total);
        }
        let base = window_of(next);
        let mut found = match &mut root {
            Ok(alternatives) => alternatives.window(base, scoring, &ground, documents),
            Err(Node::Phrase { leaf, phrase }) if scoring.is_only(*leaf) => {
                scoring.able(base, phrase, &ground)
            }
            Err(root) => root.window(base, None, &mut scoring.tallies, documents),
        };
        if has_dead && !ground.may_be_dead {
            part.keep_live(base, found.words());
        }
        if !scoring.is_top {
            total += u64::from(found.len());
        }
        if root.is_err() {
            scoring.bound(base, &mut found);
        }
        let offered = scoring.score(base, &found, &ground);
        if scoring.is_top {
            total += offered;
        }
        from = base + window::WIDTH as DocId;
    }
}

/// Whether a query consists of alternatives that are looked into.
fn are_alternatives(root: &Clause) -> bool {
    let any = match root {
        Clause::And { must, not, .. } if not.is_empty() => must.as_slice(),
        root => std::slice::from_ref(root),
    };
    let is_leaf = |clause: &Clause| matches!(clause, Clause::Leaf(_));
    matches!(any, [Clause::Or(any)] if any.len() <= MOST_LEAVES && any.iter().all(is_leaf))
}

/// Whether what matches may lack some leaf.
fn has_alternatives(clause: &Clause) -> bool {
    match clause {
        Clause::Or(_) => true,
        Clause::And { must, .. } => must.iter().any(has_alternatives),
        Clause::All | Clause::Leaf(_) | Clause::Lists(_) => false,
    }
}

/// A segment, as far as scores need it.
struct Ground<'a> {
    part: &'a Part<'a>,
    segment: usize,
    lengths: Lengths,
    /// Whether documents that are offered may be deleted or unfinished.
    may_be_dead: bool,
    /// What they have yet to pass.
    tests: Vec<BoundTest<'a>>,
}

impl Ground<'_> {
    /// Whether a document is one that may be found.
    #[inline(always)]
    fn admits(&self, doc: DocId) -> bool {
        (!self.may_be_dead || self.part.is_live(doc))
            && self.tests.iter().all(|test| test.passes(doc))
    }

    /// The byte of the length of a document's body.
    #[inline(always)]
    fn length(&self, doc: DocId) -> u8 {
        let bodies = self.lengths.body.as_ref();
        bodies.map_or(0, |bodies| bodies.fieldnorm_id(doc))
    }
}

/// A leaf that is scored.
struct Scored<'a> {
    number: usize,
    weight: f32,
    norms: &'a Norms,
    /// What it can give to scores in the segment.
    standing: Standing,
}

/// What is counted in a window, and the best that came of all so far.
struct Scoring<'a> {
    is_scored: bool,
    /// Whether what cannot be among the best need not be counted.
    is_top: bool,
    scored: Vec<Scored<'a>>,
    tallies: Vec<Tally>,
    prospects: Prospects,
    candidates: Candidates,
    best: Best,
}

impl<'a> Scoring<'a> {
    fn new(plan: &Plan, keep: Keep, norms: &'a AllNorms) -> Self {
        let wanted = keep.wanted();
        let is_scored = wanted != Some(0);
        let leaves = plan.leaves.iter().enumerate();
        let scored: Vec<Scored<'_>> = leaves
            .filter(|(_, leaf)| is_scored && !leaf.excluded)
            .map(|(number, leaf)| Scored {
                number,
                weight: leaf.weight,
                norms: norms.of(leaf.length),
                standing: Standing::of(leaf.weight),
            })
            .collect();
        Self {
            is_scored,
            is_top: keep.is_top(),
            prospects: Prospects::new(),
            candidates: Candidates::default(),
            scored,
            tallies: tree::tallies(plan, is_scored),
            best: Best::new(wanted),
        }
    }

    /// Takes up what is known of a segment.
    fn enter(&mut self, binding: &Binding<'_>) {
        if !self.are_weighed() {
            return;
        }
        let plan = binding.plan;
        let has_choice = has_alternatives(&plan.root);
        let average = bm25::average(Length::Both, &binding.snapshot.figures) as f32;
        for scored in &mut self.scored {
            scored.standing = match has_choice {
                true => champions::standing(&plan.leaves[scored.number], binding.part, average),
                false => Standing::of(scored.weight),
            };
        }
        let standings = self.scored.iter().map(|scored| &scored.standing);
        self.prospects.enter(standings);
    }

    /// Whether leaves are weighed against one another.
    fn are_weighed(&self) -> bool {
        (2..=MOST_LEAVES).contains(&self.scored.len()) && self.best.is_bounded()
    }

    /// Whether nothing but this leaf decides about the top.
    fn is_only(&self, leaf: usize) -> bool {
        self.is_top && matches!(&self.scored[..], [only] if only.number == leaf)
    }

    /// The window's documents with a phrase that is the only leaf, save those that
    /// cannot be among the best.
    fn able(&mut self, base: DocId, phrase: &mut Phrase<'_>, ground: &Ground<'_>) -> Mask {
        let mut found = Mask::NONE;
        let [only] = &self.scored[..] else {
            return found;
        };
        self.best.tighten();
        let prospects = &mut self.prospects;
        prospects.least_count(self.best.bar(), only.weight, only.norms);
        let tally = &mut self.tallies[only.number];
        let is_often_enough = |offset: usize, most: u32| {
            most as f32 >= prospects.needed(ground.length(base + offset as DocId))
        };
        let admits = |offset: usize| ground.admits(base + offset as DocId);
        let admits = (!ground.tests.is_empty()).then_some(admits);
        phrase.count_able(base, &mut found, &mut tally.counts, is_often_enough, admits);
        tally.valid = found;
        tally.is_dense = !phrase.reads_positions();
        tally.is_sparse = false;
        found
    }

    /// Leaves out those of the window's matches in which not enough leaves stand to be
    /// among the best.
    fn bound(&mut self, base: DocId, found: &mut Mask) {
        if self.are_weighed() && self.prospects.raise(self.best.bar()) {
            self.prospects.look_at(base);
            self.narrow(found, u32::MAX);
        }
    }

    /// Offers the window's matches, save those that cannot be among the best, and
    /// forgets the window; how many were offered.
    fn score(&mut self, base: DocId, found: &Mask, ground: &Ground<'_>) -> u64 {
        let offered = match &self.scored[..] {
            _ if !self.is_scored => 0,
            [_] => self.score_only(base, found, ground),
            _ => self.score_sum(base, found, ground),
        };
        for leaf in &self.scored {
            self.tallies[leaf.number].reset();
        }
        offered
    }

    fn score_only(&mut self, base: DocId, found: &Mask, ground: &Ground<'_>) -> u64 {
        let [only] = &self.scored[..] else { return 0 };
        let tally = &self.tallies[only.number];
        let bar = self.best.bar();
        let least = self.prospects.least_count(bar, only.weight, only.norms);
        let mut found = *found;
        let mut offered = 0;
        let mut offer_one = |offset: usize, count: u32| {
            let doc = base + offset as DocId;
            let score = leaf_score(only.weight, count, ground.lengths.norm(only.norms, doc));
            offered += offer(&mut self.best, score, ground, doc);
        };
        if least == 0 {
            found.each(|offset| match tally.valid.has(offset) {
                true => offer_one(offset, tally.counts.of(offset)),
                false => offer_one(offset, 0),
            });
            return offered;
        }
        found.and(&tally.valid);
        if tally.is_dense {
            found.and(&tally.counts.at_least(least));
        }
        let length = |offset| ground.length(base + offset as DocId);
        let count = |offset| tally.counts.of(offset);
        for &offset in self.prospects.often_enough(&found, count, length) {
            let offset = usize::from(offset);
            offer_one(offset, tally.counts.of(offset));
        }
        offered
    }

    fn score_sum(&mut self, base: DocId, found: &Mask, ground: &Ground<'_>) -> u64 {
        self.candidates
            .of(base, found, |doc| ground.lengths.bytes(doc));
        let mut offered = 0;
        for &Candidate { offset, lengths } in &self.candidates.0 {
            let offset = usize::from(offset);
            let mut score = 0.0;
            // Most leaves are weighed against the same length.
            let mut known: Option<(&Norms, f32)> = None;
            for leaf in &self.scored {
                let tally = &self.tallies[leaf.number];
                if !tally.valid.has(offset) {
                    continue;
                }
                let norm = match known {
                    Some((of, norm)) if std::ptr::eq(of, leaf.norms) => norm,
                    _ => leaf.norms.of(lengths),
                };
                known = Some((leaf.norms, norm));
                score += leaf_score(leaf.weight, tally.counts.of(offset), norm);
            }
            offered += offer(&mut self.best, score, ground, base + offset as DocId);
        }
        offered
    }
}

/// Documents of a window that are weighed, and how long they are.
#[derive(Default)]
struct Candidates(Vec<Candidate>);

struct Candidate {
    offset: u16,
    lengths: LengthBytes,
}

impl Candidates {
    /// Takes up a set. All lengths are fetched at once: they lie far apart, and where
    /// one was waited for after the other, that would take longer than all the rest.
    fn of(&mut self, base: DocId, set: &Mask, lengths: impl Fn(DocId) -> LengthBytes) {
        self.0.clear();
        set.each_of_few(|offset| {
            self.0.push(Candidate {
                offset: offset as u16,
                lengths: LengthBytes::default(),
            });
        });
        for candidate in &mut self.0 {
            candidate.lengths = lengths(base + DocId::from(candidate.offset));
        }
    }
}

/// Offers a document if it can be among the best; how many that were.
#[inline(always)]
fn offer(best: &mut Best, score: f64, ground: &Ground<'_>, doc: DocId) -> u64 {
    let is_fit = score >= best.bar() && ground.admits(doc);
    if is_fit {
        best.offer(score, ground.segment, doc);
    }
    u64::from(is_fit)
}

#[inline(always)]
fn leaf_score(weight: f32, count: u32, norm: f32) -> f64 {
    if count == 0 {
        return 0.0;
    }
    f64::from(bm25::score(weight, count, norm))
}
