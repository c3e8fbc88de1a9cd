//! Trains the chain: forward-backward, AdaGrad, feature dropout. One thread,
//! no clock, no library functions whose last bit may differ: the same data
//! give the same weights.

use morgue::enrich::entities::features::Features;
use morgue::enrich::entities::lexicon::Lexicon;
use morgue::enrich::entities::model::{LABELS, may_follow};
use morgue::enrich::entities::runs::Run;
use morgue::enrich::entities::tagger::{Labeller, Walker};
use morgue::enrich::entities::tokens::{Token, Tokens};

use crate::text::{Dice, Document, labels};

/// Eight lanes for seven labels.
pub type Lanes = [f32; 8];

/// Training data as runs of words with numbered features.
pub struct Instances {
    /// The hash of each feature, sorted; its number is its place.
    pub hashes: Vec<u64>,
    /// How often each occurs.
    pub counts: Vec<u32>,
    features: Vec<u32>,
    /// Where each word's features end.
    ends: Vec<u32>,
    gold: Vec<u8>,
    /// Where each run's words end, and its weight.
    runs: Vec<(u32, f32)>,
}

/// A feature seen less often is left out.
const LEAST: u32 = 2;

struct Collector {
    gold: Vec<u8>,
    doubtful: Vec<bool>,
    hashes: Vec<u64>,
    ends: Vec<u32>,
    labels: Vec<u8>,
    runs: Vec<(u32, f32)>,
    weight: f32,
    dice: Dice,
}

impl Labeller for Collector {
    fn label(&mut self, _tokens: &Tokens, run: Run, features: &Features, labels: &mut Vec<u8>) {
        labels.clear();
        if self.doubtful[run.start as usize] {
            labels.resize((run.end - run.start) as usize, 0);
            return;
        }
        labels.extend_from_slice(&self.gold[run.start as usize..run.end as usize]);
        make_valid(labels);
        let base = self.hashes.len() as u32;
        self.hashes.extend_from_slice(features.all());
        self.ends.extend(features.ends.iter().map(|end| end + base));
        self.labels.extend_from_slice(labels);
        self.runs.push((self.ends.len() as u32, self.weight));
        // The memory of an article will not always be right, nor there.
        for label in labels.iter_mut() {
            if self.dice.percent(8) {
                *label = 0;
            }
        }
    }
}

/// Names that a run cuts are none.
fn make_valid(labels: &mut [u8]) {
    let mut before = 0u8;
    for at in 0..labels.len() {
        if !may_follow(before, labels[at]) {
            labels[at] = 0;
            let mut back = at;
            while back > 0 && !may_follow(labels[back - 1], labels[back]) {
                back -= 1;
                labels[back] = 0;
            }
        }
        before = labels[at];
    }
    let mut back = labels.len();
    while back > 0 && !may_follow(labels[back - 1], labels.get(back).copied().unwrap_or(0)) {
        back -= 1;
        labels[back] = 0;
    }
}

impl Instances {
    /// Goes through the documents as the tagger would.
    pub fn of(documents: &[Document], lexicon: &Lexicon) -> Self {
        let mut walker = Walker::default();
        let mut tokens = Tokens::default();
        let mut collector = Collector {
            gold: Vec::new(),
            doubtful: Vec::new(),
            hashes: Vec::new(),
            ends: Vec::new(),
            labels: Vec::new(),
            runs: Vec::new(),
            weight: 1.0,
            dice: Dice::new(7),
        };
        let (mut names, mut unfit, mut all_tokens) = (0, 0, 0);
        for document in documents {
            let rendered = document.render(true);
            tokens.cut(&rendered.text);
            let (gold, lost) = labels(&tokens, &rendered.gold);
            all_tokens += tokens.tokens.len();
            names += rendered.gold.len();
            unfit += lost;
            collector.gold = gold;
            let is_doubtful = |token: &Token| {
                let start = token.start as usize;
                rendered.doubtful.iter().any(|range| range.contains(&start))
            };
            collector.doubtful = tokens.tokens.iter().map(is_doubtful).collect();
            collector.weight = document.weight;
            walker.begin(&[&tokens], lexicon);
            walker.walk(
                &rendered.text,
                &tokens,
                lexicon,
                &mut collector,
                &mut |_| {},
            );
        }
        let kept = collector
            .labels
            .iter()
            .filter(|&&label| label != 0 && (label - 1) % 2 == 0)
            .count();
        eprintln!(
            "{} tokens, {} in {} runs; {names} names, {unfit} not on tokens, {kept} in runs; {} features",
            all_tokens,
            collector.ends.len(),
            collector.runs.len(),
            collector.hashes.len(),
        );
        Self::numbered(collector)
    }

    fn numbered(collector: Collector) -> Self {
        let mut sorted = collector.hashes.clone();
        sorted.sort_unstable();
        let (mut hashes, mut counts) = (Vec::new(), Vec::new());
        for same in sorted.chunk_by(|a, b| a == b) {
            if same.len() as u32 >= LEAST {
                hashes.push(same[0]);
                counts.push(same.len() as u32);
            }
        }
        drop(sorted);
        eprintln!("{} distinct features", hashes.len());
        let mut instances = Self {
            hashes,
            counts,
            features: Vec::new(),
            ends: Vec::new(),
            gold: collector.labels,
            runs: collector.runs,
        };
        instances.renumber(&collector.hashes, &collector.ends);
        instances
    }

    fn renumber(&mut self, hashes: &[u64], ends: &[u32]) {
        let index = Index::new(&self.hashes);
        let mut from = 0;
        for &end in ends {
            for &hash in &hashes[from..end as usize] {
                if let Some(number) = index.get(&self.hashes, hash) {
                    self.features.push(number);
                }
            }
            self.ends.push(self.features.len() as u32);
            from = end as usize;
        }
    }

    /// Keeps some of the features, given by their numbers in order.
    pub fn restrict(&mut self, kept: &[u32]) {
        let mut numbers = vec![u32::MAX; self.hashes.len()];
        for (new, &old) in kept.iter().enumerate() {
            numbers[old as usize] = new as u32;
        }
        self.hashes = kept.iter().map(|&old| self.hashes[old as usize]).collect();
        self.counts = kept.iter().map(|&old| self.counts[old as usize]).collect();
        let mut features = Vec::new();
        let mut from = 0;
        for end in &mut self.ends {
            features.extend(
                self.features[from..*end as usize]
                    .iter()
                    .map(|&old| numbers[old as usize])
                    .filter(|&new| new != u32::MAX),
            );
            from = *end as usize;
            *end = features.len() as u32;
        }
        self.features = features;
    }
}

/// Finds a sorted hash's place.
struct Index {
    starts: Vec<u32>,
}

impl Index {
    const BITS: u32 = 20;

    fn new(hashes: &[u64]) -> Self {
        let starts = (0..=1u64 << Self::BITS)
            .map(|top| hashes.partition_point(|&hash| hash >> (64 - Self::BITS) < top) as u32)
            .collect();
        Self { starts }
    }

    fn get(&self, hashes: &[u64], hash: u64) -> Option<u32> {
        let top = (hash >> (64 - Self::BITS)) as usize;
        let (start, end) = (self.starts[top], self.starts[top + 1]);
        let within = hashes[start as usize..end as usize]
            .binary_search(&hash)
            .ok()?;
        Some(start + within as u32)
    }
}

/// Trained weights, by feature number.
#[derive(Clone)]
pub struct Weights {
    pub rows: Vec<Lanes>,
    pub transitions: [[f32; LABELS]; LABELS],
}

impl Weights {
    fn add(&mut self, other: &Self) {
        let all = self.rows.as_flattened_mut().iter_mut();
        let all = all.chain(self.transitions.as_flattened_mut());
        let others = other.rows.as_flattened().iter();
        let others = others.chain(other.transitions.as_flattened());
        all.zip(others).for_each(|(sum, value)| *sum += value);
    }

    fn divide(&mut self, by: f32) {
        let all = self.rows.as_flattened_mut().iter_mut();
        let all = all.chain(self.transitions.as_flattened_mut());
        all.for_each(|sum| *sum /= by);
    }
}

const RATE: f32 = 0.05;

/// Times in a pass that weights are taken into their mean.
const STOPS: usize = 16;

/// e to the power of x, the same on every machine.
fn exp(x: f32) -> f32 {
    let x = x.clamp(-80.0, 80.0);
    let scaled = x * std::f32::consts::LOG2_E;
    let whole = scaled.floor();
    let f = (scaled - whole) * std::f32::consts::LN_2;
    let p = 1.0
        + f * (1.0
            + f * (0.5 + f * (1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0 + f / 720.0)))));
    p * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

/// What one run's passes need.
#[derive(Default)]
struct Lattice {
    potentials: Vec<Lanes>,
    forward: Vec<Lanes>,
    backward: Vec<Lanes>,
    active: Vec<u32>,
    ends: Vec<u32>,
    dropped: u64,
}

/// Trains from nothing.
pub fn train(instances: &Instances, epochs: usize, dropped: u64, seed: u64) -> Weights {
    let weights = Weights {
        rows: vec![[0.0; 8]; instances.hashes.len()],
        transitions: [[0.0; LABELS]; LABELS],
    };
    resume(instances, weights, epochs, dropped, 0, seed)
}

/// Goes on training. Of a word's features `dropped` in 256 are left out at each
/// visit. The weights given back are the mean of those passed through in the
/// last `mean` epochs, which settles what the dropout shakes; 0 gives the last.
/// `seed` decides the order and what is left out.
pub fn resume(
    instances: &Instances,
    mut weights: Weights,
    epochs: usize,
    dropped: u64,
    mean: usize,
    seed: u64,
) -> Weights {
    let mut sums: Option<Weights> = None;
    let mut summed = 0.0;
    let stretch = instances.runs.len() / STOPS + 1;
    let mut squares = vec![[1e-4f32; 8]; instances.hashes.len()];
    let mut step_squares = [[1e-4f32; LABELS]; LABELS];
    let mut order: Vec<u32> = (0..instances.runs.len() as u32).collect();
    let mut dice = Dice::new(seed);
    let mut lattice = Lattice {
        dropped,
        ..Lattice::default()
    };
    for epoch in 0..epochs {
        for at in (1..order.len()).rev() {
            order.swap(at, dice.below(at + 1));
        }
        let mut loss = 0.0f64;
        for (number, &run) in order.iter().enumerate() {
            loss += f64::from(visit(
                instances,
                run as usize,
                &mut weights,
                &mut squares,
                &mut step_squares,
                &mut dice,
                &mut lattice,
            ));
            if epoch + mean >= epochs && (number + 1) % stretch == 0 {
                match &mut sums {
                    Some(sums) => sums.add(&weights),
                    None => sums = Some(weights.clone()),
                }
                summed += 1.0;
            }
        }
        eprintln!(
            "epoch {}: loss {:.4} a run",
            epoch + 1,
            loss / order.len() as f64
        );
    }
    match sums {
        Some(mut sums) => {
            sums.divide(summed);
            sums
        }
        None => weights,
    }
}

/// One step of descent on one run; gives its loss.
fn visit(
    instances: &Instances,
    run: usize,
    weights: &mut Weights,
    squares: &mut [Lanes],
    step_squares: &mut [[f32; LABELS]; LABELS],
    dice: &mut Dice,
    lattice: &mut Lattice,
) -> f32 {
    let (end, weight) = instances.runs[run];
    let start = if run == 0 {
        0
    } else {
        instances.runs[run - 1].0
    };
    let (start, end) = (start as usize, end as usize);
    let length = end - start;
    let dropped = lattice.dropped;
    let scale = 256.0 / (256 - dropped) as f32;
    lattice.active.clear();
    lattice.ends.clear();
    lattice.potentials.clear();
    let (mut chance, mut left) = (0u64, 0);
    for word in start..end {
        let from = if word == 0 {
            0
        } else {
            instances.ends[word - 1]
        } as usize;
        let mut sum: Lanes = [0.0; 8];
        for &feature in &instances.features[from..instances.ends[word] as usize] {
            if left == 0 {
                (chance, left) = (dice.next(), 8);
            }
            let keep = chance & 255 >= dropped;
            chance >>= 8;
            left -= 1;
            if keep {
                lattice.active.push(feature);
                let row = &weights.rows[feature as usize];
                for lane in 0..8 {
                    sum[lane] += row[lane];
                }
            }
        }
        let most = sum[..LABELS]
            .iter()
            .fold(f32::MIN, |most, &value| most.max(value * scale));
        for value in &mut sum[..LABELS] {
            *value = exp(*value * scale - most);
        }
        lattice.potentials.push(sum);
        lattice.ends.push(lattice.active.len() as u32);
    }
    let mut steps = [[0.0f32; LABELS]; LABELS];
    for from in 0..LABELS {
        for to in 0..LABELS {
            if may_follow(from as u8, to as u8) {
                steps[from][to] = exp(weights.transitions[from][to]);
            }
        }
    }
    pass(
        &lattice.potentials,
        &steps,
        &mut lattice.forward,
        &mut lattice.backward,
    );
    let mut step_gradient = [[0.0f32; LABELS]; LABELS];
    let mut loss = 0.0;
    let mut from = 0;
    for word in 0..length {
        let mut share: Lanes = [0.0; 8];
        let mut total = 0.0;
        for label in 0..LABELS {
            share[label] = lattice.forward[word][label] * lattice.backward[word][label];
            total += share[label];
        }
        let gold = usize::from(instances.gold[start + word]);
        for value in &mut share[..LABELS] {
            *value /= total;
        }
        loss += 1.0 - share[gold];
        share[gold] -= 1.0;
        let gradient = share.map(|value| value * weight * scale);
        for &feature in &lattice.active[from..lattice.ends[word] as usize] {
            let row = &mut weights.rows[feature as usize];
            let square = &mut squares[feature as usize];
            for lane in 0..8 {
                square[lane] += gradient[lane] * gradient[lane];
                row[lane] -= RATE * gradient[lane] / square[lane].sqrt();
            }
        }
        from = lattice.ends[word] as usize;
    }
    // Steps between words, and from and to the outside at the edges.
    for word in 0..=length {
        let before: Lanes = if word == 0 {
            edge()
        } else {
            lattice.forward[word - 1]
        };
        let after: Lanes = if word == length {
            edge()
        } else {
            let mut after = lattice.backward[word];
            for label in 0..LABELS {
                after[label] *= lattice.potentials[word][label];
            }
            after
        };
        let mut total = 0.0;
        let mut share = [[0.0f32; LABELS]; LABELS];
        for from in 0..LABELS {
            for to in 0..LABELS {
                share[from][to] = before[from] * steps[from][to] * after[to];
                total += share[from][to];
            }
        }
        let gold = |at: usize| usize::from(instances.gold[start + at]);
        let gold_from = if word == 0 { 0 } else { gold(word - 1) };
        let gold_to = if word == length { 0 } else { gold(word) };
        for from in 0..LABELS {
            for to in 0..LABELS {
                step_gradient[from][to] += share[from][to] / total;
            }
        }
        step_gradient[gold_from][gold_to] -= 1.0;
    }
    for from in 0..LABELS {
        for to in 0..LABELS {
            let gradient = step_gradient[from][to] * weight;
            step_squares[from][to] += gradient * gradient;
            weights.transitions[from][to] -= RATE * gradient / step_squares[from][to].sqrt();
        }
    }
    loss
}

fn edge() -> Lanes {
    let mut lanes = [0.0; 8];
    lanes[0] = 1.0;
    lanes
}

/// Forward and backward sums, each word's scaled to one. `forward` holds the
/// word's own potential, `backward` does not.
fn pass(
    potentials: &[Lanes],
    steps: &[[f32; LABELS]; LABELS],
    forward: &mut Vec<Lanes>,
    backward: &mut Vec<Lanes>,
) {
    let scaled = |mut lanes: Lanes| {
        let total: f32 = lanes[..LABELS].iter().sum();
        lanes[..LABELS].iter_mut().for_each(|value| *value /= total);
        lanes
    };
    forward.clear();
    let mut before = edge();
    for potential in potentials {
        let mut next: Lanes = [0.0; 8];
        for from in 0..LABELS {
            for to in 0..LABELS {
                next[to] += before[from] * steps[from][to];
            }
        }
        for label in 0..LABELS {
            next[label] *= potential[label];
        }
        before = scaled(next);
        forward.push(before);
    }
    backward.clear();
    backward.resize(potentials.len(), [0.0; 8]);
    let mut after = edge();
    for word in (0..potentials.len()).rev() {
        let mut sums: Lanes = [0.0; 8];
        for from in 0..LABELS {
            for to in 0..LABELS {
                sums[from] += steps[from][to] * after[to];
            }
        }
        backward[word] = scaled(sums);
        after = backward[word];
        for label in 0..LABELS {
            after[label] *= potentials[word][label];
        }
    }
}
