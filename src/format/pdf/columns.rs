//! The order in which the parts of a page are read. Strips of a page that share
//! a gutter are columns, read one after the other from the left; a line that
//! crosses the gutter, as a headline does, ends them. Columns of figures are
//! rows of a table instead, and read across.

use super::words::Word;

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
    let mut sizes: Vec<(f64, usize)> = words
        .iter()
        .map(|word| (word.size, word.text.len()))
        .collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = sizes.iter().map(|(_, length)| length).sum::<usize>() / 2;
    let mut passed = 0;
    for (size, length) in &sizes {
        passed += length;
        if passed >= half {
            return *size;
        }
    }
    1.0
}

/// Words between two levels that no word crosses.
struct Group {
    words: Vec<Word>,
    /// What they cover from left to right, gutters left out.
    covered: Vec<Stretch>,
    top: f64,
    bottom: f64,
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
            words,
        }
    }

    fn gutters(&self) -> usize {
        self.covered.len().saturating_sub(1)
    }

    /// What both cover, if the one below belongs to this.
    fn fits(&self, below: &Self, gutter: f64) -> Option<Vec<Stretch>> {
        let both = self.covered.iter().chain(&below.covered).copied();
        let joined = covered(both, gutter);
        let shares = joined.len() > 1;
        let is_near = below.top - self.bottom < 4.0 * gutter;
        let fits = match (self.gutters(), below.gutters()) {
            (0, 0) => !shares,
            // The end of a column, or a line of one above its neighbour.
            (0, _) | (_, 0) => shares && is_near,
            _ => shares,
        };
        fits.then_some(joined)
    }

    /// Whether it may head columns below those of another: one stretch, in
    /// larger type or apart from them.
    fn may_head(&self, above: &Self) -> bool {
        let (size, usual) = (usual_size(&self.words), usual_size(&above.words));
        self.gutters() == 0 && (size > 1.1 * usual || self.top - above.bottom > 0.6 * usual)
    }

    fn join(&mut self, below: Self, covered: Vec<Stretch>) {
        self.words.extend(below.words);
        self.covered = covered;
        self.bottom = self.bottom.max(below.bottom);
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
    let last = groups.last_mut();
    match last.and_then(|last| Some((last.fits(&tail, gutter)?, last))) {
        Some((covered, last)) => last.join(tail, covered),
        None => groups.push(tail),
    }
}

/// What words cover, the blanks between those of a line included: in a headline
/// these are as wide as a gutter.
fn stretches(words: &[Word]) -> Vec<Stretch> {
    let mut words: Vec<&Word> = words.iter().collect();
    words.sort_by(|a, b| {
        let level = a.baseline.total_cmp(&b.baseline);
        level.then(a.left.total_cmp(&b.left))
    });
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
        lines >= 3 && self.words * 2 >= lines * 5 && self.letters >= lines * 8
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
    let mut parted: Vec<(Vec<Word>, Measure)> = Vec::new();
    for column in columns {
        let measure = Measure::of(&column);
        match parted.last_mut() {
            Some((last, known))
                if !(known.is_text() && measure.is_text()) && known.is_level(&measure) =>
            {
                last.extend(column);
                *known = Measure::of(last);
            }
            _ => parted.push((column, measure)),
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
