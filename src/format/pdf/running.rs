//! Leaves out what stands above and below the text of most pages: the name of
//! the paper, its day, numbers of pages.

use std::collections::HashMap;

use super::lines::Line;

/// Lines at the top and at the bottom of a page that are looked at.
const MOST_LINES: usize = 3;

/// Levels that lie as near as this are the same, in points.
const NEAR: f64 = 6.0;

/// A line as others like it are counted: at the top or the bottom, its level,
/// its words without figures.
type Key = (bool, i64, String);

/// Removes the lines that repeat on the pages of a document, each told as the
/// blocks of its lines.
pub fn remove(pages: &mut [Vec<Vec<Line>>]) {
    let written = pages.iter().filter(|page| !page.is_empty()).count();
    if written < 2 {
        return;
    }
    let mut counts: HashMap<Key, usize> = HashMap::new();
    for page in pages.iter() {
        let mut keys: Vec<Key> = edges(page).into_iter().map(|(key, _)| key).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    // Left and right pages differ, and first ones have none.
    let enough = (written * 3).div_ceil(10).max(2);
    for page in pages {
        let repeated: Vec<(f64, String)> = edges(page)
            .into_iter()
            .filter(|(key, _)| {
                let (is_top, level, text) = key;
                let near = (-1..=1).map(|by| {
                    counts
                        .get(&(*is_top, level + by, text.clone()))
                        .copied()
                        .unwrap_or(0)
                });
                near.sum::<usize>() >= enough
            })
            .map(|(_, line)| (line.baseline, line.text.clone()))
            .collect();
        for block in page.iter_mut() {
            block.retain(|line| {
                !repeated
                    .iter()
                    .any(|(baseline, text)| *baseline == line.baseline && *text == line.text)
            });
        }
        page.retain(|block| !block.is_empty());
    }
}

/// The uppermost and lowermost lines of a page.
fn edges(page: &[Vec<Line>]) -> Vec<(Key, &Line)> {
    let mut lines: Vec<&Line> = page.iter().flatten().collect();
    lines.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let key = |is_top, line: &Line| {
        let mut text = String::new();
        for c in line.text.chars().filter(|c| !c.is_whitespace()).take(160) {
            match c.is_numeric() {
                true if text.ends_with('#') => {}
                true => text.push('#'),
                false => text.extend(c.to_lowercase()),
            }
        }
        (is_top, (line.baseline / NEAR).round() as i64, text)
    };
    let top = lines.iter().take(MOST_LINES);
    let mut edges: Vec<(Key, &Line)> = top.map(|line| (key(true, line), *line)).collect();
    let below = lines.iter().skip(MOST_LINES).rev().take(MOST_LINES);
    edges.extend(below.map(|line| (key(false, line), *line)));
    edges
}
