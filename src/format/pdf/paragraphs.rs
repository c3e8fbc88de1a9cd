//! Lines put together to paragraphs: by the space between them, by what is
//! indented, by lines that end early, by changes of type.

use super::lines::Line;

/// A paragraph as it is set.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// Its text on one line.
    pub text: String,
    /// The size of its font.
    pub size: f64,
    /// Whether all of it is bold.
    pub is_bold: bool,
    /// Whether its last line is full: it may go on in the next column.
    is_full: bool,
    /// Whether it starts further right than the column.
    is_indented: bool,
}

/// The paragraphs of blocks, in order.
pub fn paragraphs(blocks: &[Vec<Line>]) -> Vec<Set> {
    let mut paragraphs: Vec<Set> = Vec::new();
    for block in blocks {
        let mut more = of_block(block).into_iter();
        let Some(first) = more.next() else {
            continue;
        };
        match paragraphs.last_mut() {
            Some(last) if goes_on(last, &first) => {
                join(&mut last.text, &first.text);
                last.is_full = first.is_full;
            }
            _ => paragraphs.push(first),
        }
        paragraphs.extend(more);
    }
    paragraphs
}

/// Whether a paragraph at the end of a column goes on in the next.
fn goes_on(last: &Set, next: &Set) -> bool {
    let is_alike = is_same_size(last.size, next.size) && last.is_bold == next.is_bold;
    let is_open = !ends_sentence(&last.text);
    let is_divided = last.text.ends_with(['-', '\u{AD}', '‐']);
    let starts_small = next.text.starts_with(char::is_lowercase);
    is_alike && is_open && (starts_small || last.is_full && !next.is_indented && !is_divided)
}

fn is_same_size(one: f64, other: f64) -> bool {
    (one - other).abs() <= 0.08 * one.max(other)
}

fn ends_sentence(text: &str) -> bool {
    let bare = text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '“']);
    bare.ends_with(['.', '!', '?', ':', '…', '。'])
}

fn of_block(lines: &[Line]) -> Vec<Set> {
    let Some(first) = lines.first() else {
        return Vec::new();
    };
    let leading = leading(lines);
    let mut paragraphs: Vec<Set> = Vec::new();
    let mut last = first;
    let mut begun = 0;
    for (at, line) in lines.iter().enumerate() {
        let run = run_around(lines, at);
        let left = run
            .iter()
            .map(|line| line.left)
            .fold(f64::INFINITY, f64::min);
        let right = run
            .iter()
            .map(|line| line.right)
            .fold(f64::NEG_INFINITY, f64::max);
        let is_indented = line.left > left + 0.7 * line.size;
        // A line alone has no margin to reach.
        let is_full = run.len() >= 3 && line.right > right - 2.0 * line.size;
        let starts = at == 0 || {
            let down = line.baseline - last.baseline;
            let usual = leading.unwrap_or(1.3 * last.size).max(0.9 * last.size);
            let is_apart = down > usual * 1.22 + 0.5 && down > 1.05 * line.size;
            let was_indented = last.left > left + 0.7 * last.size;
            // What follows the middle of a sentence hangs below its first line.
            let is_open = last.right > right - 4.0 * last.size && !ends_sentence(&last.text);
            let steps_in =
                is_indented && !was_indented && !is_open && !is_centred(line, left, right);
            // Its first word had found room above.
            let had_room = right - last.right > line.first_word + 0.35 * line.size;
            let is_body = line.size < 1.3 * usual_of(lines);
            let is_short = had_room
                && is_body
                && (ends_sentence(&last.text)
                    || right - last.right > 0.35 * (right - left)
                        && !line.text.starts_with(char::is_lowercase));
            let is_set_apart = !is_same_size(line.size, last.size)
                || line.is_bold != last.is_bold && !line.text.starts_with(char::is_lowercase);
            // Where lines hang below the first, the margin is no indentation.
            let hangs = at - begun > 1 && was_indented && !is_indented;
            is_apart
                || down < -0.5 * line.size
                || is_set_apart
                || steps_in
                || is_short
                || hangs
                || line.is_row
                || last.is_row
                || is_item(&line.text) && (!is_open || line.text.starts_with(BULLETS))
        };
        match paragraphs.last_mut() {
            Some(open) if !starts => {
                join(&mut open.text, &line.text);
                open.is_full = is_full;
                open.is_bold &= line.is_bold;
            }
            _ => {
                begun = at;
                paragraphs.push(Set {
                    text: line.text.clone(),
                    size: line.size,
                    is_bold: line.is_bold,
                    is_full,
                    is_indented,
                });
            }
        }
        last = line;
    }
    paragraphs
}

/// Lines around one that its margins are taken from: those of its size next to
/// it.
fn run_around(lines: &[Line], at: usize) -> &[Line] {
    const MOST: usize = 12;
    let Some(line) = lines.get(at) else {
        return &[];
    };
    let is_alike = |other: &&Line| is_same_size(other.size, line.size);
    let before = lines.get(..at).unwrap_or_default();
    let after = lines.get(at..).unwrap_or_default();
    let up = before.iter().rev().take(MOST).take_while(is_alike).count();
    let down = after.iter().take(MOST).take_while(is_alike).count();
    lines.get(at - up..at + down).unwrap_or_default()
}

fn usual_of(lines: &[Line]) -> f64 {
    let mut sizes: Vec<f64> = lines.iter().map(|line| line.size).collect();
    let middle = sizes.len() / 2;
    sizes.select_nth_unstable_by(middle, f64::total_cmp);
    sizes.get(middle).copied().unwrap_or(1.0)
}

/// The usual distance of two lines; `None` where there are too few.
fn leading(lines: &[Line]) -> Option<f64> {
    let mut steps: Vec<f64> = lines
        .windows(2)
        .filter_map(|pair| match pair {
            [one, next] if is_same_size(one.size, next.size) => Some(next.baseline - one.baseline),
            _ => None,
        })
        .filter(|step| *step > 0.0)
        .collect();
    if steps.len() < 3 {
        return None;
    }
    steps.sort_by(f64::total_cmp);
    // Among short paragraphs half of the steps may be larger.
    steps.get(steps.len() * 2 / 5).copied()
}

fn is_centred(line: &Line, left: f64, right: f64) -> bool {
    let (before, after) = (line.left - left, right - line.right);
    before > 2.0 * line.size && (before - after).abs() < 0.15 * (right - left)
}

/// Signs that only items of a list start with.
const BULLETS: [char; 6] = ['•', '▪', '●', '◦', '■', '·'];

/// Whether a line is an item of a list.
fn is_item(text: &str) -> bool {
    let mut chars = text.chars();
    let is_sign = |c: char| BULLETS.contains(&c) || matches!(c, '–' | '—' | '-' | '*');
    chars.next().is_some_and(is_sign) && chars.next() == Some(' ')
}

/// Adds a line to a text; a word that was divided between them is whole again.
fn join(text: &mut String, line: &str) {
    const DIVIDERS: [char; 4] = ['-', '\u{AD}', '‐', '¬'];
    let first = line.chars().next();
    if text.ends_with(DIVIDERS) {
        let bare = text.trim_end_matches(DIVIDERS);
        let is_soft = text.ends_with(['\u{AD}', '¬']);
        let is_word = bare.ends_with(char::is_alphabetic);
        if is_word && (is_soft || first.is_some_and(char::is_lowercase)) {
            text.truncate(bare.len());
        } else if !is_word {
            text.push(' ');
        }
    } else if !text.ends_with(is_unspaced) || !first.is_some_and(is_unspaced) {
        text.push(' ');
    }
    text.push_str(line);
}

/// Whether a character is of a script that parts no words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of a font of size 10, each told with where it starts and ends and
    /// how far it lies below the one before.
    fn set(lines: &[(f64, f64, f64, &str)]) -> Vec<Line> {
        let mut baseline = 0.0;
        lines
            .iter()
            .map(|(left, right, down, text)| {
                baseline += down;
                Line {
                    text: (*text).to_owned(),
                    left: *left,
                    right: *right,
                    baseline,
                    size: 10.0,
                    is_bold: false,
                    is_row: false,
                    first_word: 15.0,
                }
            })
            .collect()
    }

    fn told(blocks: &[Vec<Line>]) -> Vec<String> {
        paragraphs(blocks).into_iter().map(|set| set.text).collect()
    }

    #[test]
    fn what_is_indented_starts_a_paragraph_and_what_hangs_does_not() {
        let indented = set(&[
            (0.0, 200.0, 0.0, "The boats lie dry, and"),
            (0.0, 120.0, 12.0, "nobody knows why."),
            (12.0, 200.0, 12.0, "The keeper rings a bell"),
            (0.0, 200.0, 12.0, "whenever that is so."),
        ]);
        assert_eq!(
            told(&[indented]),
            [
                "The boats lie dry, and nobody knows why.",
                "The keeper rings a bell whenever that is so."
            ]
        );
        let hanging = set(&[
            (0.0, 200.0, 0.0, "The boats lie dry, and"),
            (12.0, 200.0, 12.0, "nobody knows why, said"),
            (12.0, 100.0, 12.0, "the keeper"),
            (0.0, 200.0, 12.0, "She rings a bell."),
        ]);
        assert_eq!(
            told(&[hanging]),
            [
                "The boats lie dry, and nobody knows why, said the keeper",
                "She rings a bell."
            ]
        );
    }

    #[test]
    fn a_paragraph_goes_on_in_the_next_column_and_words_are_whole() {
        let first = set(&[
            (0.0, 200.0, 0.0, "The harbour-master of the"),
            (0.0, 200.0, 12.0, "old port says that the key-"),
        ]);
        // A byline above a column is no part of it.
        let byline = set(&[(0.0, 60.0, 0.0, "By Jane Roe")]);
        let second = set(&[
            (300.0, 490.0, 0.0, "hole is Anglo-"),
            (300.0, 500.0, 12.0, "Saxon."),
        ]);
        assert_eq!(
            told(&[byline, first, second]),
            [
                "By Jane Roe",
                "The harbour-master of the old port says that the keyhole is Anglo-Saxon."
            ]
        );
    }
}
