//! Chooses the passages of a text that best show why it matched: those that
//! hold most of the different words asked for, weighed by how much each tells;
//! several short ones where they show more than one long one.

use std::ops::Range;

use super::border::{back, forward, left_border, right_border};
use super::highlight::Place;
use crate::text::sentences;

/// Most passages of a snippet.
const MOST_PASSAGES: usize = 3;

/// A passage shorter than this, in characters, tells nothing.
const SHORTEST_PASSAGE: usize = 40;

/// Longest sentence of context, in characters.
const LONGEST_SENTENCE: usize = 1_000;

/// What a word tells that the passage holds already, as a share.
const REPEATED: f64 = 0.02;

/// How many repeated words count.
const REPEATS: usize = 5;

/// Places of one text and how much each leaf tells.
pub(crate) struct Evidence<'a> {
    text: &'a str,
    places: &'a [Place],
    weights: Vec<f64>,
    /// Characters before each place, and up to its end.
    chars: Vec<(usize, usize)>,
}

/// The best stretch of places for some leaves.
struct Best {
    /// First and last place, as indices.
    places: Range<usize>,
    /// Weight of the leaves that were asked for.
    gain: f64,
}

impl<'a> Evidence<'a> {
    /// `places` must ascend.
    pub(crate) fn new(text: &'a str, places: &'a [Place], weights: Vec<f64>) -> Self {
        let (mut at, mut count) = (0, 0);
        let chars = places
            .iter()
            .map(|place| {
                count += text[at..place.start].chars().count();
                at = place.start;
                (count, count + text[place.start..place.end].chars().count())
            })
            .collect();
        Self {
            text,
            places,
            weights,
            chars,
        }
    }

    /// Passages of at most `max_chars` characters together with the marks
    /// around them; ascending, apart from one another. Empty without places.
    pub(crate) fn passages(&self, max_chars: usize) -> Vec<Range<usize>> {
        if self.places.is_empty() {
            return Vec::new();
        }
        let held: f64 = self.distinct(0..self.places.len(), &[]);
        let mut best: (f64, Vec<Range<usize>>) = (0.0, Vec::new());
        for count in 1..=MOST_PASSAGES {
            // Every passage may need a mark at either end.
            let room = max_chars.saturating_sub(4 + 3 * (count - 1)) / count;
            if count > 1 && room < SHORTEST_PASSAGE {
                break;
            }
            let (gain, cores) = self.cores(count, room);
            if gain > best.0 + 1e-9 || best.1.is_empty() {
                best = (gain, self.grown(&cores, room));
            }
            if best.0 + 1e-9 >= held {
                break;
            }
        }
        best.1
    }

    /// Whole sentences around the best place, `around` on either side.
    pub(crate) fn sentences(&self, around: usize) -> Option<Range<usize>> {
        let best = self.best(LONGEST_SENTENCE / 2, &[])?;
        let core = self.bytes(&best.places);
        Some(with_sentences(self.text, core, around))
    }

    /// Up to `count` stretches of at most `room` characters that hold most
    /// together, and what they hold.
    fn cores(&self, count: usize, room: usize) -> (f64, Vec<Range<usize>>) {
        let mut covered = vec![false; self.weights.len()];
        let (mut gain, mut cores) = (0.0, Vec::new());
        for _ in 0..count {
            let Some(widest) = self.best(room, &covered) else {
                break;
            };
            // A tighter stretch that holds as much leaves room for its sentences.
            let best = match self.best(room / 2, &covered) {
                Some(tight) if tight.gain + 1e-9 >= widest.gain => tight,
                _ => widest,
            };
            gain += best.gain;
            for place in &self.places[best.places.clone()] {
                covered[place.leaf] = true;
            }
            cores.push(self.bytes(&best.places));
        }
        (gain, cores)
    }

    /// Weight of the leaves of some places that are not covered yet.
    fn distinct(&self, places: Range<usize>, covered: &[bool]) -> f64 {
        let mut seen = vec![false; self.weights.len()];
        let mut sum = 0.0;
        for place in &self.places[places] {
            let is_new = !seen[place.leaf] && !covered.get(place.leaf).is_some_and(|&c| c);
            if is_new {
                sum += self.weights[place.leaf];
            }
            seen[place.leaf] = true;
        }
        sum
    }

    /// The stretch of at most `room` characters that holds most of what is
    /// not covered; the first of equals. A place longer than that stands alone.
    fn best(&self, room: usize, covered: &[bool]) -> Option<Best> {
        let is_covered = |leaf: usize| covered.get(leaf).is_some_and(|&c| c);
        let mut counts = vec![0usize; self.weights.len()];
        let (mut gain, mut repeats) = (0.0, 0usize);
        let mut best: Option<(f64, Best)> = None;
        let mut end = 0;
        for start in 0..self.places.len() {
            let from = self.chars[start].0;
            while end < self.places.len()
                && (end <= start || self.chars[end].1.saturating_sub(from) <= room)
            {
                let leaf = self.places[end].leaf;
                if counts[leaf] == 0 && !is_covered(leaf) {
                    gain += self.weights[leaf];
                } else {
                    repeats += 1;
                }
                counts[leaf] += 1;
                end += 1;
            }
            if gain > 0.0 {
                let worth = gain * (1.0 + REPEATED * repeats.min(REPEATS) as f64);
                if best
                    .as_ref()
                    .is_none_or(|(before, _)| worth > before + 1e-9)
                {
                    let found = Best {
                        places: start..end,
                        gain,
                    };
                    best = Some((worth, found));
                }
            }
            let leaf = self.places[start].leaf;
            counts[leaf] -= 1;
            if counts[leaf] == 0 && !is_covered(leaf) {
                gain -= self.weights[leaf];
            } else {
                repeats = repeats.saturating_sub(1);
            }
        }
        best.map(|(_, best)| best)
    }

    fn bytes(&self, places: &Range<usize>) -> Range<usize> {
        let held = &self.places[places.clone()];
        let start = held.first().map_or(0, |place| place.start);
        let end = held.iter().map(|place| place.end).max().unwrap_or(start);
        start..end
    }

    /// Cores grown to passages of at most `room` characters each.
    fn grown(&self, cores: &[Range<usize>], room: usize) -> Vec<Range<usize>> {
        let mut passages: Vec<Range<usize>> = cores
            .iter()
            .map(|core| grow(self.text, core, room))
            .collect();
        passages.sort_by_key(|passage| passage.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for passage in passages {
            match apart.last_mut() {
                // What only blanks part is one passage.
                Some(last)
                    if passage.start <= last.end
                        || self.text[last.end..passage.start].trim().is_empty() =>
                {
                    last.end = last.end.max(passage.end);
                }
                _ => apart.push(passage),
            }
        }
        apart
    }
}

/// The start of a text, at most `max_chars` characters of it.
pub(crate) fn lead(text: &str, max_chars: usize) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    let room = max_chars.saturating_sub(2);
    let end = right_end(text, start, start, room);
    start..end
}

/// The first `count` sentences of a text.
pub(crate) fn first_sentences(text: &str, count: usize) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    with_sentences(text, start..start, count.saturating_sub(1))
}

/// Widens a stretch to whole sentences, and `around` more on either side.
fn with_sentences(text: &str, core: Range<usize>, around: usize) -> Range<usize> {
    let reach = LONGEST_SENTENCE * (around + 1);
    let far = back(text, core.start, reach);
    let before = sentences::starts(text, far..core.start + 1);
    let start = match before.len().checked_sub(around + 1) {
        Some(at) => before[at],
        None => left_border(text, far, core.start),
    };
    let far = forward(text, core.end, reach);
    let from = match core.is_empty() {
        true => forward(text, core.end, 1).min(far),
        false => core.end,
    };
    let after = sentences::starts(text, from..far);
    let end = match after.get(around) {
        Some(&next) => next,
        None => right_border(text, far, core.end),
    };
    start..text[..end].trim_end().len().max(start)
}

/// A core with what stands around it, `room` characters in all: from the
/// start of its sentence if that is near, to the end of one if that is near.
fn grow(text: &str, core: &Range<usize>, room: usize) -> Range<usize> {
    let held = text[core.clone()].chars().count();
    let Some(spare) = room.checked_sub(held) else {
        return core.start..forward(text, core.start, room);
    };
    let far = back(text, core.start, spare * 2 / 3);
    let mut start = match sentences::starts(text, far..core.start + 1).last() {
        Some(&start) => start,
        None => left_border(text, back(text, core.start, spare / 3), core.start),
    };
    let used = text[start..core.start].chars().count();
    let end = right_end(text, start, core.end, spare - used);
    if end == text.trim_end().len() {
        // Nothing more to the right: show more to the left.
        let left = room.saturating_sub(text[start..end].chars().count());
        let far = back(text, start, left);
        start = match sentences::starts(text, far..start + 1).first() {
            Some(&first) => first,
            None => left_border(text, far, start),
        };
    }
    start..end
}

/// Where a passage ends that holds the text up to `from` and may go on for
/// `room` characters: behind a sentence if that wastes little, else a word.
fn right_end(text: &str, start: usize, from: usize, room: usize) -> usize {
    let far = forward(text, from, room);
    let whole = text.trim_end().len();
    if far >= whole {
        return whole.max(from);
    }
    // A sentence that ends in the second half of the passage.
    let middle = from.max(forward(
        text,
        start,
        text[start..far].chars().count() * 3 / 5,
    ));
    let next = sentences::starts(text, middle..far + 1);
    match next.last() {
        Some(&next) if next > from => text[..next].trim_end().len().max(from),
        _ => right_border(text, far, from),
    }
}
