//! The order in which the parts of a page are read. Strips of a page that share
//! a gutter are columns, read one after the other from the left; a line that
//! crosses the gutter, as a headline does, ends them. Columns of figures are
//! rows of a table instead, and read across.

use super::words::{self, Word};

/// Columns in columns that are looked for.
const MAX_DEPTH: usize = 12;

/// Width of the narrowest gutter, in sizes of the usual font.
const GUTTER: f64 = 0.7;

/// A stretch from left to right.
type Stretch = (f64, f64);

/// Parts the words of a page into the blocks they are read in.
pub fn blocks(words: Vec<Word>) -> Vec<Vec<Word>> {
    let mut blocks = Vec::new();
    part(words, 0, &mut blocks);
    blocks
}

fn part(words: Vec<Word>, depth: usize, blocks: &mut Vec<Vec<Word>>) {
    if words.len() < 8 || depth >= MAX_DEPTH {
        blocks.push(words);
        return;
    }
    let gutter = GUTTER * usual_size(&words);
    // Words of neighbouring groups that are no columns are one block.
    let mut plain: Vec<Word> = Vec::new();
    for group in groups(strips(words), gutter) {
        let columns = columns(&group);
        if columns.len() < 2 {
            plain.extend(group.words);
            continue;
        }
        if !plain.is_empty() {
            blocks.push(std::mem::take(&mut plain));
        }
        for column in columns {
            part(column, depth + 1, blocks);
        }
    }
    if !plain.is_empty() {
        blocks.push(plain);
    }
}

/// The size of font that most characters are set in.
pub fn usual_size(words: &[Word]) -> f64 {
    words::usual_size(words.iter().map(|word| (word.size, word.text.len())))
}

/// Words between two levels that no word crosses.
struct Group {
    words: Vec<Word>,
    /// What they cover from left to right, gutters left out.
    covered: Vec<Stretch>,
    top: f64,
    bottom: f64,
    /// The usual size of its last strip.
    size: f64,
}

impl Group {
    fn of(words: Vec<Word>, gutter: f64) -> Self {
        Self {
            top: words.iter().map(Word::top).fold(f64::INFINITY, f64::min),
            bottom: words
                .iter()
                .map(Word::bottom)
                .fold(f64::NEG_INFINITY, f64::max),
            covered: covered(stretches(&words).into_iter(), gutter),
            size: usual_size(&words),
            words,
        }
    }

    fn left(&self) -> f64 {
        self.covered.first().map_or(0.0, |stretch| stretch.0)
    }

    fn gutters(&self) -> usize {
        self.covered.len().saturating_sub(1)
    }

    /// What both cover, if the one below belongs to this.
    fn fits(&self, below: &Self, gutter: f64) -> Option<Vec<Stretch>> {
        let both = self.covered.iter().chain(&below.covered).copied();
        let joined = covered(both, gutter);
        let is_near = below.top - self.bottom < 4.0 * gutter;
        let fits = match (self.gutters(), below.gutters()) {
            (0, 0) => joined.len() == 1,
            // The end of a column, or a line of one above its neighbour: it
            // crosses no gutter.
            (0, more) | (more, 0) => joined.len() == more + 1 && is_near,
            // A spread line of one column may seem to have gutters of its own.
            _ => {
                gutters(&joined).any(|at| self.has_gutter(at) && below.has_gutter(at))
                    || is_near && (self.holds(below, gutter) || below.holds(self, gutter))
            }
        };
        fits.then_some(joined)
    }

    /// Whether another lies in one of its columns.
    fn holds(&self, other: &Self, gutter: f64) -> bool {
        self.covered.iter().any(|(left, right)| {
            let mut inner = other.covered.iter();
            inner.all(|(l, r)| left - gutter < *l && *r < right + gutter)
        })
    }

    /// Whether a place lies in one of its gutters.
    fn has_gutter(&self, at: f64) -> bool {
        let pairs = self.covered.windows(2);
        pairs
            .filter_map(|pair| Some((pair.first()?.1, pair.last()?.0)))
            .any(|(left, right)| left <= at && at <= right)
    }

    /// Whether it may head columns below those of another: one stretch, in
    /// larger type or apart from them.
    fn may_head(&self, above: &Self) -> bool {
        let is_apart = self.top - above.bottom > 0.6 * above.size;
        self.gutters() == 0 && (self.is_larger(above) || is_apart)
    }

    fn is_larger(&self, above: &Self) -> bool {
        self.size > 1.1 * above.size
    }

    fn join(&mut self, below: Self, covered: Vec<Stretch>) {
        self.words.extend(below.words);
        self.covered = covered;
        self.bottom = self.bottom.max(below.bottom);
        self.size = below.size;
    }
}

/// Parts words at every level that none of them crosses.
fn strips(mut words: Vec<Word>) -> Vec<Vec<Word>> {
    words.sort_by(|a, b| a.top().total_cmp(&b.top()));
    let mut strips: Vec<Vec<Word>> = Vec::new();
    let mut bottom = f64::NEG_INFINITY;
    for word in words {
        // Descenders may reach into the line below.
        let low = word.baseline + 0.05 * word.size;
        match strips.last_mut() {
            Some(strip) if word.top() < bottom => strip.push(word),
            _ => strips.push(vec![word]),
        }
        let last = strips.last().map_or(0, Vec::len);
        bottom = if last == 1 { low } else { bottom.max(low) };
    }
    strips
}

/// Joins strips while they share gutters, or have none. A strip without one
/// below columns is the end of one of them, or a heading where columns follow.
fn groups(strips: Vec<Vec<Word>>, gutter: f64) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut below: Option<Group> = None;
    for words in strips {
        let next = Group::of(words, gutter);
        let mut above = below.take();
        if let Some(tail) = &mut above
            && tail.left() < next.left() + gutter
            && let Some(covered) = tail.fits(&next, gutter)
        {
            tail.join(next, covered);
            let is_heading = tail.gutters() > 0;
            match is_heading {
                true => groups.extend(above),
                false => below = above,
            }
            continue;
        }
        if let Some(tail) = above {
            settle(&mut groups, tail, gutter);
        }
        let last = groups.last_mut();
        match last.and_then(|last| Some((last.fits(&next, gutter)?, last))) {
            Some((_, last)) if last.gutters() > 0 && next.may_head(last) => below = Some(next),
            Some((covered, last)) => last.join(next, covered),
            None => groups.push(next),
        }
    }
    if let Some(tail) = below {
        settle(&mut groups, tail, gutter);
    }
    groups
}

/// Adds the end of a column to the columns above it.
fn settle(groups: &mut Vec<Group>, tail: Group, gutter: f64) {
    let last = groups.last_mut().filter(|last| !tail.is_larger(last));
    match last.and_then(|last| Some((last.fits(&tail, gutter)?, last))) {
        Some((covered, last)) => last.join(tail, covered),
        None => groups.push(tail),
    }
}

/// The middles of the gutters between stretches.
fn gutters(covered: &[Stretch]) -> impl Iterator<Item = f64> {
    let pairs = covered.windows(2);
    pairs.filter_map(|pair| Some((pair.first()?.1 + pair.last()?.0) / 2.0))
}

/// Words line by line, each from the left.
fn by_line(words: &[Word]) -> Vec<&Word> {
    let mut words: Vec<&Word> = words.iter().collect();
    words.sort_by(|a, b| {
        let level = a.baseline.total_cmp(&b.baseline);
        level.then(a.left.total_cmp(&b.left))
    });
    words
}

/// What words cover, the blanks between those of a line included: in a headline
/// these are as wide as a gutter.
fn stretches(words: &[Word]) -> Vec<Stretch> {
    let words = by_line(words);
    let mut stretches: Vec<Stretch> = Vec::with_capacity(words.len());
    let mut last: Option<&Word> = None;
    for word in words {
        let left = last.map_or(word.left, |last| {
            let gap = word.left - last.right;
            let is_next = last.baseline == word.baseline
                && (0.0..GUTTER * last.size.min(word.size)).contains(&gap);
            if is_next { last.right } else { word.left }
        });
        stretches.push((left, word.right));
        last = Some(word);
    }
    stretches
}

/// What stretches cover together, gaps narrower than `gutter` included.
fn covered(stretches: impl Iterator<Item = Stretch>, gutter: f64) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = stretches.collect();
    stretches.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut covered: Vec<Stretch> = Vec::new();
    for (left, right) in stretches {
        match covered.last_mut() {
            Some(last) if left - last.1 < gutter => last.1 = last.1.max(right),
            _ => covered.push((left, right)),
        }
    }
    covered
}

/// Lines of a column and how much is in them.
struct Measure {
    baselines: Vec<f64>,
    words: usize,
    letters: usize,
    size: f64,
}

impl Measure {
    fn of(words: &[Word]) -> Self {
        let size = usual_size(words);
        let mut baselines: Vec<f64> = words.iter().map(|word| word.baseline).collect();
        baselines.sort_by(f64::total_cmp);
        baselines.dedup_by(|next, last| (*next - *last).abs() < 0.4 * size);
        let letters = words
            .iter()
            .flat_map(|word| word.text.chars())
            .filter(|c| c.is_alphabetic())
            .count();
        Self {
            baselines,
            words: words.len(),
            letters,
            size,
        }
    }

    /// Whether it reads as text does: lines of several words, and of letters.
    fn is_text(&self) -> bool {
        let lines = self.baselines.len();
        self.words * 2 >= lines * 5 && self.letters >= lines * 8
    }

    /// Whether both are columns of text: one may be as short as its last lines.
    fn is_text_beside(&self, other: &Self) -> bool {
        let (one, other_one) = (self.baselines.len(), other.baselines.len());
        self.is_text() && other.is_text() && one.max(other_one) >= 3 && one.min(other_one) >= 2
    }

    /// Width of the narrowest gutter between both: gaps between words that lie
    /// one below the other by chance do so over few lines.
    fn narrowest(&self, other: &Self, usual_gap: f64) -> f64 {
        match self.baselines.len().min(other.baselines.len()) {
            0..4 => 2.0 * usual_gap,
            4..8 => 1.5 * usual_gap,
            _ => 0.0,
        }
    }

    /// Whether most of the lines stand beside lines of the other.
    fn is_level(&self, other: &Self) -> bool {
        let (few, many) = match self.baselines.len() <= other.baselines.len() {
            true => (self, other),
            false => (other, self),
        };
        let level = few.baselines.iter().filter(|baseline| {
            let at = many
                .baselines
                .partition_point(|other| *other < **baseline - 0.25 * few.size);
            many.baselines
                .get(at)
                .is_some_and(|other| (other - **baseline).abs() <= 0.25 * few.size)
        });
        level.count() * 5 >= few.baselines.len() * 3
    }
}

/// The gap between most words that stand side by side, or less.
fn usual_gap(words: &[Word]) -> f64 {
    let words = by_line(words);
    let pairs = words.windows(2).filter_map(|pair| match pair {
        [one, next] if one.baseline == next.baseline => Some(next.left - one.right),
        _ => None,
    });
    let mut gaps: Vec<f64> = pairs.filter(|gap| *gap > 0.0).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() * 3 / 5).copied().unwrap_or(0.0)
}

/// The columns of a group; one where it is none or a table.
fn columns(group: &Group) -> Vec<Vec<Word>> {
    if group.covered.len() < 2 {
        return Vec::new();
    }
    let mut columns: Vec<Vec<Word>> = group.covered.iter().map(|_| Vec::new()).collect();
    for word in &group.words {
        let at = group
            .covered
            .partition_point(|stretch| stretch.1 < word.left);
        if let Some(column) = columns.get_mut(at) {
            column.push(word.clone());
        }
    }
    let usual = usual_gap(&group.words);
    let mut parted: Vec<(Vec<Word>, Measure)> = Vec::new();
    // Where the column before ends.
    let mut end = f64::NEG_INFINITY;
    for (column, stretch) in columns.into_iter().zip(&group.covered) {
        let measure = Measure::of(&column);
        let gutter = stretch.0 - end;
        end = stretch.1;
        let Some((last, known)) = parted.last_mut() else {
            parted.push((column, measure));
            continue;
        };
        let is_column =
            known.is_text_beside(&measure) && gutter >= known.narrowest(&measure, usual);
        if is_column || !known.is_level(&measure) {
            parted.push((column, measure));
        } else {
            last.extend(column);
            *known = Measure::of(last);
        }
    }
    parted.into_iter().map(|(words, _)| words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of a font of size 10, eight points wide each at the places told.
    fn set(lines: &[(f64, f64, &str)]) -> Vec<Word> {
        let mut words = Vec::new();
        for (left, baseline, text) in lines {
            let mut left = *left;
            for word in text.split(' ') {
                let right = left + 5.0 * word.len() as f64;
                words.push(Word {
                    text: word.to_owned(),
                    left,
                    right,
                    baseline: *baseline,
                    size: 10.0,
                    is_bold: false,
                    is_ended: true,
                    turns: 0,
                });
                left = right + 3.0;
            }
        }
        words
    }

    fn told(words: Vec<Word>) -> Vec<String> {
        let text = |mut words: Vec<Word>| {
            words.sort_by(|a, b| {
                (a.baseline, a.left)
                    .partial_cmp(&(b.baseline, b.left))
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
            let words: Vec<String> = words.into_iter().map(|word| word.text).collect();
            words.join(" ")
        };
        blocks(words).into_iter().map(text).collect()
    }

    #[test]
    fn columns_below_a_headline_are_read_one_by_one() {
        let words = set(&[
            (
                0.0,
                20.0,
                "The headline runs over both of the columns below",
            ),
            (0.0, 50.0, "one two three four"),
            (130.0, 50.0, "seven eight nine ten"),
            (0.0, 62.0, "five six seven eight"),
            (130.0, 62.0, "eleven twelve again"),
            (0.0, 74.0, "and so on and on"),
            (130.0, 74.0, "and here it ends"),
        ]);
        assert_eq!(
            told(words),
            [
                "The headline runs over both of the columns below",
                "one two three four five six seven eight and so on and on",
                "seven eight nine ten eleven twelve again and here it ends",
            ]
        );
    }

    #[test]
    fn a_heading_in_one_column_parts_the_columns_above_from_those_below() {
        let mut words = set(&[
            (0.0, 20.0, "one two three four"),
            (130.0, 20.0, "seven eight nine ten"),
            (0.0, 32.0, "five six seven eight"),
            (130.0, 32.0, "eleven twelve again"),
            (0.0, 44.0, "and so on and on"),
            (130.0, 44.0, "and here it ends"),
            (0.0, 90.0, "late boats lie"),
            (130.0, 90.0, "in the mud, said"),
            (0.0, 102.0, "off the old quay"),
            (130.0, 102.0, "the keeper of the"),
            (0.0, 114.0, "and are not seen"),
            (130.0, 114.0, "lamp on Monday"),
        ]);
        let mut heading = set(&[(0.0, 70.0, "Late boats")]);
        for word in &mut heading {
            word.size = 16.0;
        }
        words.extend(heading);
        assert_eq!(
            told(words),
            [
                "one two three four five six seven eight and so on and on",
                "seven eight nine ten eleven twelve again and here it ends",
                "Late boats late boats lie off the old quay and are not seen",
                "in the mud, said the keeper of the lamp on Monday",
            ]
        );
    }

    #[test]
    fn gaps_that_lie_one_below_the_other_by_chance_are_no_gutter() {
        let mut words = set(&[
            (0.0, 20.0, "the boats lay dry"),
            (90.0, 20.0, "on a day in May"),
            (0.0, 32.0, "and so they said"),
            (88.0, 32.0, "it was no fault"),
            (0.0, 44.0, "of the table that"),
            (93.0, 44.0, "the office made"),
        ]);
        for word in &mut words {
            // As wide as the line is spread.
            word.right -= 6.0;
        }
        assert_eq!(told(words).len(), 1);
    }

    #[test]
    fn tables_are_read_across() {
        let words = set(&[
            (0.0, 20.0, "Town"),
            (130.0, 20.0, "Votes"),
            (0.0, 32.0, "Wendmouth"),
            (130.0, 32.0, "1200"),
            (0.0, 44.0, "Lake End"),
            (130.0, 44.0, "340"),
            (0.0, 56.0, "Quay Side"),
            (130.0, 56.0, "77"),
        ]);
        assert_eq!(
            told(words),
            ["Town Votes Wendmouth 1200 Lake End 340 Quay Side 77"]
        );
    }
}
