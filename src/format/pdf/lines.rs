//! Words put together to lines.

use super::columns::usual_size;
use super::direction;
use super::words::{GAP, Word};

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its words, parted by blanks.
    pub text: String,
    /// Where it starts and ends.
    pub left: f64,
    /// Where it ends.
    pub right: f64,
    /// How far down its baseline lies.
    pub baseline: f64,
    /// The size of its largest font that sets more than a letter or two.
    pub size: f64,
    /// Whether all of it is bold.
    pub is_bold: bool,
    /// Whether wide gaps part it, as they do cells of a table.
    pub is_row: bool,
    /// How wide its first word is.
    pub first_word: f64,
}

/// The lines of a block, from top to bottom, on a page that was mirrored or not.
pub fn lines(words: Vec<Word>, is_mirrored: bool) -> Vec<Line> {
    let usual = usual_size(&words);
    let (initials, words): (Vec<Word>, Vec<Word>) =
        words.into_iter().partition(|word| is_initial(word, usual));
    let (mut words, small): (Vec<Word>, Vec<Word>) = words
        .into_iter()
        .partition(|word| word.size >= 0.85 * usual);
    let mut rows = rows(&mut words);
    // Raised and lowered figures belong to the line they stand in.
    let mut rest = Vec::new();
    for word in small {
        let middle = word.baseline - 0.3 * word.size;
        let row = rows.iter_mut().find(|row| {
            let reach = usual;
            row.first().is_some_and(|first| {
                first.top() - 0.1 * usual < middle && middle < first.bottom() + 0.1 * usual
            }) && row
                .iter()
                .any(|other| other.left - reach < word.right && word.left < other.right + reach)
        });
        match row {
            Some(row) => row.push(word),
            None => rest.push(word),
        }
    }
    rows.extend(self::rows(&mut rest));
    let mut lines: Vec<Line> = rows
        .into_iter()
        .filter_map(|row| line(row, is_mirrored))
        .collect();
    lines.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    for initial in initials {
        let beside = lines.iter_mut().find(|line| {
            line.baseline > initial.top()
                && line.baseline < initial.bottom()
                && line.left > initial.left
                && line.left - initial.right < 2.0 * usual
        });
        match beside {
            Some(line) => {
                line.text.insert_str(0, &initial.text);
                line.left = initial.left;
            }
            None => lines.extend(line(vec![initial], is_mirrored)),
        }
    }
    lines.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    lines
}

/// Whether a word is a large letter that a text starts with.
fn is_initial(word: &Word, usual: f64) -> bool {
    let mut letters = word.text.chars().filter(|c| c.is_alphanumeric());
    word.size > 1.7 * usual
        && word.text.chars().count() <= 2
        && letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_none()
}

/// Words that stand on one level.
fn rows(words: &mut Vec<Word>) -> Vec<Vec<Word>> {
    words.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut rows: Vec<Vec<Word>> = Vec::new();
    for word in words.drain(..) {
        let level = rows.last().and_then(|row| row.first());
        let is_level = level
            .is_some_and(|first| word.baseline - first.baseline < 0.35 * word.size.min(first.size));
        match rows.last_mut() {
            Some(row) if is_level => row.push(word),
            _ => rows.push(vec![word]),
        }
    }
    rows
}

fn line(mut words: Vec<Word>, is_mirrored: bool) -> Option<Line> {
    words.sort_by(|a, b| a.left.total_cmp(&b.left));
    // Words set twice, a little apart, to look bold.
    words.dedup_by(|next, last| {
        next.text == last.text && next.left - last.left < 0.5 * (last.right - last.left)
    });
    let first = words.first()?;
    let size = words
        .iter()
        .filter(|word| word.text.len() > 2)
        .chain([first])
        .map(|word| word.size)
        .fold(0.0, f64::max);
    let mut line = Line {
        text: String::new(),
        left: first.left,
        right: first.right,
        baseline: words
            .iter()
            .max_by(|a, b| a.size.total_cmp(&b.size))
            .map_or(first.baseline, |word| word.baseline),
        size,
        is_bold: words.iter().all(|word| word.is_bold),
        is_row: false,
        first_word: first.right - first.left,
    };
    let mut gaps = Vec::new();
    let mut whole: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        let Some(last) = whole.last_mut() else {
            whole.push(word);
            continue;
        };
        let gap = word.left - line.right;
        line.right = line.right.max(word.right);
        gaps.push(gap);
        if last.is_ended || gap > 0.8 * GAP * size || gap < -0.5 * size {
            whole.push(word);
        } else {
            direction::append(last, word, is_mirrored);
        }
    }
    line.is_row = is_row(&gaps, size);
    direction::reorder(&mut whole, is_mirrored);
    for word in &whole {
        if !line.text.is_empty() {
            line.text.push(' ');
        }
        line.text.push_str(&word.text);
    }
    Some(line)
}

/// Whether gaps part cells: some are wide and others are not, as they are in a
/// line that was spread to both margins.
fn is_row(gaps: &[f64], size: f64) -> bool {
    let widest = gaps.iter().copied().fold(0.0, f64::max);
    let narrowest = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    match gaps.len() {
        0 => false,
        1 => widest > 4.0 * size,
        _ => widest > 2.0 * size && widest > 2.5 * narrowest.max(0.0),
    }
}
