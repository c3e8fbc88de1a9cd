//! The trained weights and the search for the best labels of a run.
//!
//! A label is O, or a place within a name of one of three kinds: its first
//! word, or one inside it. (Last words and names of one word as labels of their
//! own gain less than half a point of F1 and make the rows, which are what the
//! search waits for, twice as long.) The weights of a feature are seven small
//! integers in a row of their own, found by the feature's hash: it tells the
//! bucket and, by a check of 16 bits, which of the bucket's rows. Features the
//! table lacks weigh nothing. Checks lie apart from the rows, for every feature
//! asks for the former, a good part of them not for the latter.
//!
//! The file is a zstd stream: transitions, then per bucket how many rows it
//! holds, then the rows' checks, then their weights label by label.

use super::features::Features;
use super::lexicon::Damaged;
use crate::article::EntityKind;

/// Number of labels.
pub const LABELS: usize = 7;

/// The label of a word outside of names.
pub const OUTSIDE: u8 = 0;

/// A place within a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Part {
    /// The first word.
    Begin = 1,
    /// One that follows.
    Inside = 2,
}

/// The label of a place within a name of a kind.
pub fn label(kind: EntityKind, part: Part) -> u8 {
    let kind = match kind {
        EntityKind::Person => 0,
        EntityKind::Org => 1,
        EntityKind::Place => 2,
    };
    kind * 2 + part as u8
}

/// The kind and part a label stands for; `None` for [`OUTSIDE`].
pub fn meaning(label: u8) -> Option<(EntityKind, Part)> {
    let place = label.checked_sub(1)?;
    let kind = EntityKind::ALL.get(usize::from(place / 2))?;
    let part = match place % 2 {
        0 => Part::Begin,
        _ => Part::Inside,
    };
    Some((*kind, part))
}

/// Whether label `to` may follow label `from`.
pub fn may_follow(from: u8, to: u8) -> bool {
    match meaning(to) {
        Some((kind, Part::Inside)) => meaning(from).is_some_and(|(before, _)| before == kind),
        _ => true,
    }
}

/// Rows in a bucket.
pub const BUCKET_ROWS: usize = 4;

/// One in each of four lanes.
const LANES: u64 = 0x0001_0001_0001_0001;

/// A row's weights, and what fills it up to what is read at once.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Weights([i8; 8]);

/// Sums of weights, of which a word has fewer than a hundred.
type Sums = [i16; 8];

/// Trained weights.
pub struct Model {
    /// The checks of each bucket's rows, the first row's lowest.
    checks: Vec<u64>,
    /// The rows, those of a bucket together.
    rows: Vec<Weights>,
    shift: u32,
    transitions: [[i32; LABELS]; LABELS],
}

/// One feature's weights as the file holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Number of the bucket.
    pub bucket: u32,
    /// What tells it from other features of the bucket; never 0.
    pub check: u16,
    /// Weight of each label.
    pub weights: [i8; LABELS],
}

/// The bucket of a feature's hash among `1 << bits`.
#[inline]
pub fn bucket_of(hash: u64, bits: u32) -> u32 {
    (hash >> (64 - bits)) as u32
}

/// What tells a feature's hash from others in its bucket.
#[inline]
pub fn check_of(hash: u64) -> u16 {
    (hash >> 32) as u16 | 1
}

/// Writes a model in the form that [`Model::new`] reads. Rows must be sorted by bucket.
pub fn write(bits: u32, transitions: &[[i16; LABELS]; LABELS], rows: &[Row]) -> Vec<u8> {
    let mut out = vec![bits as u8];
    for value in transitions.as_flattened() {
        out.extend_from_slice(&value.to_le_bytes());
    }
    let mut counts = vec![0u8; 1 << bits];
    for row in rows {
        counts[row.bucket as usize] += 1;
    }
    out.extend_from_slice(&counts);
    for row in rows {
        out.extend_from_slice(&row.check.to_le_bytes());
    }
    for label in 0..LABELS {
        out.extend(rows.iter().map(|row| row.weights[label] as u8));
    }
    out
}

/// What the search for labels needs from run to run.
#[derive(Default)]
pub struct Decoding {
    scores: Vec<[i32; LABELS]>,
    back: Vec<[u8; LABELS]>,
    /// Rows of the features of a run's words, those of each together.
    rows: Vec<u32>,
    /// Where each word's rows end.
    ends: Vec<usize>,
}

/// Less than any sum of weights.
const NEVER: i32 = i32::MIN / 4;

impl Model {
    /// Reads a decompressed file.
    pub fn new(bytes: &[u8]) -> Result<Self, Damaged> {
        Self::read(bytes).ok_or(Damaged("model"))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (&bits, rest) = bytes.split_first()?;
        let bits = u32::from(bits);
        if !(1..=20).contains(&bits) {
            return None;
        }
        let (steps, rest) = rest.split_at_checked(LABELS * LABELS * 2)?;
        let mut transitions = [[NEVER; LABELS]; LABELS];
        for (at, value) in steps.chunks_exact(2).enumerate() {
            let (from, to) = (at / LABELS, at % LABELS);
            if may_follow(from as u8, to as u8) {
                transitions[from][to] = i32::from(i16::from_le_bytes([value[0], value[1]]));
            }
        }
        let (counts, rest) = rest.split_at_checked(1 << bits)?;
        let rows: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let (checks, weights) = rest.split_at_checked(rows * 2)?;
        if weights.len() != rows * LABELS {
            return None;
        }
        let buckets = 1 << bits;
        let mut model = Self {
            checks: vec![0; buckets],
            rows: vec![Weights([0; 8]); buckets * BUCKET_ROWS],
            shift: 64 - bits,
            transitions,
        };
        let mut row = 0;
        for (bucket, &count) in counts.iter().enumerate() {
            for place in 0..usize::from(count) {
                if place >= BUCKET_ROWS {
                    return None;
                }
                let own = &mut model.rows[bucket * BUCKET_ROWS + place];
                for (label, weight) in own.0[..LABELS].iter_mut().enumerate() {
                    *weight = weights[label * rows + row] as i8;
                }
                let check = u16::from_le_bytes([checks[row * 2], checks[row * 2 + 1]]);
                model.checks[bucket] |= u64::from(check) << (16 * place);
                row += 1;
            }
        }
        Some(model)
    }

    /// Finds the rows of a run's features, as far as they have one. All of the
    /// run's at once: each end of a loop costs a wait for what was asked for last.
    fn find(&self, features: &Features, state: &mut Decoding) {
        let Decoding { rows, ends, .. } = state;
        if rows.len() < features.all().len() {
            rows.resize(features.all().len(), 0);
        }
        ends.clear();
        let (mut found, mut from) = (0, 0);
        for &end in &features.ends {
            // No step waits for what another reads, so that the memory's latencies overlap.
            for &hash in &features.hashes[from..end as usize] {
                let bucket = (hash >> self.shift) as usize;
                // The lane that becomes zero is the row's place; the lowest one found is exact.
                let differs = self.checks[bucket] ^ u64::from(check_of(hash)).wrapping_mul(LANES);
                let zero = differs.wrapping_sub(LANES) & !differs & (LANES << 15);
                rows[found] = (bucket * BUCKET_ROWS) as u32 + zero.trailing_zeros() / 16;
                found += usize::from(zero != 0);
            }
            from = end as usize;
            ends.push(found);
        }
        // Asked for first, so that the memory fetches them side by side: the
        // sums alone would wait for one row after the other.
        let mut touched = 0;
        for &row in &rows[..found] {
            touched |= self.rows[row as usize].0[0];
        }
        std::hint::black_box(touched);
    }

    /// Sums of the weights of some rows. All lanes are summed, also those that
    /// stand for no label, and the function is not built into its caller, which
    /// uses fewer: so a row is added in two steps and not label by label.
    #[inline(never)]
    fn emission(&self, rows: &[u32]) -> Sums {
        let mut sums = [0; 8];
        for &row in rows {
            for (sum, &weight) in sums.iter_mut().zip(&self.rows[row as usize].0) {
                *sum += i16::from(weight);
            }
        }
        sums
    }

    /// Replaces `labels` by the best labels of a run. `caution` is added to
    /// every word's weight of standing outside of names.
    pub fn decode(
        &self,
        features: &Features,
        caution: i32,
        state: &mut Decoding,
        labels: &mut Vec<u8>,
    ) {
        let words = features.ends.len();
        labels.clear();
        state.scores.clear();
        state.back.clear();
        let mut from = 0;
        self.find(features, state);
        for number in 0..words {
            let end = state.ends[number];
            let sums = self.emission(&state.rows[from..end]);
            let mut emission = [0; LABELS];
            for (sum, own) in sums.iter().zip(&mut emission) {
                *own = i32::from(*sum);
            }
            emission[0] += caution;
            from = end;
            let mut scores = [NEVER; LABELS];
            let mut back = [0u8; LABELS];
            if number == 0 {
                for to in OPENING {
                    scores[to] = self.transitions[0][to] + emission[to];
                }
            } else {
                let before = &state.scores[number - 1];
                for to in OPENING {
                    for (from, so_far) in before.iter().enumerate() {
                        let score = so_far + self.transitions[from][to];
                        if score > scores[to] {
                            (scores[to], back[to]) = (score, from as u8);
                        }
                    }
                    scores[to] += emission[to];
                }
                for to in [2, 4, 6] {
                    for from in [to - 1, to] {
                        let score = before[from] + self.transitions[from][to];
                        if score > scores[to] {
                            (scores[to], back[to]) = (score, from as u8);
                        }
                    }
                    scores[to] += emission[to];
                }
            }
            state.scores.push(scores);
            state.back.push(back);
        }
        let Some(last) = state.scores.last() else {
            return;
        };
        let mut best = 0;
        for from in 1..LABELS {
            if last[from] + self.transitions[from][0] > last[best] + self.transitions[best][0] {
                best = from;
            }
        }
        labels.resize(words, OUTSIDE);
        for at in (0..words).rev() {
            labels[at] = best as u8;
            best = usize::from(state.back[at][best]);
        }
    }
}

/// Labels that may follow any.
const OPENING: [usize; 4] = [0, 1, 3, 5];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_by_kind_and_part() {
        assert_eq!(meaning(OUTSIDE), None);
        for kind in EntityKind::ALL {
            for part in [Part::Begin, Part::Inside] {
                assert_eq!(meaning(label(kind, part)), Some((kind, part)));
            }
        }
        let inside = label(EntityKind::Org, Part::Inside);
        for from in 0..LABELS as u8 {
            let is_org = meaning(from).is_some_and(|(kind, _)| kind == EntityKind::Org);
            assert_eq!(may_follow(from, inside), is_org);
            assert!(OPENING.iter().all(|&to| may_follow(from, to as u8)));
        }
    }

    #[test]
    fn the_best_labels_follow_the_weights() {
        let hash = 0x8123_4567_89ab_cdef;
        let mut weights = [0; LABELS];
        weights[usize::from(label(EntityKind::Place, Part::Begin))] = 50;
        let row = Row {
            bucket: bucket_of(hash, 4),
            check: check_of(hash),
            weights,
        };
        let model = Model::new(&write(4, &[[0; LABELS]; LABELS], &[row])).unwrap();
        let features = Features {
            hashes: vec![hash, 1 << 60],
            ends: vec![1, 2],
        };
        let mut labels = Vec::new();
        model.decode(&features, 0, &mut Decoding::default(), &mut labels);
        assert_eq!(labels, [5, 0]);
        model.decode(&features, 51, &mut Decoding::default(), &mut labels);
        assert_eq!(labels, [0, 0]);
    }
}
