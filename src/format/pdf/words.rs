//! Glyphs put together to words, in the order in which they are set.

use super::direction;

/// Where a glyph stands on a page, in points from its upper left corner.
pub struct Place {
    /// Where it starts on its baseline.
    pub start: (f64, f64),
    /// Where the next one starts.
    pub end: (f64, f64),
    /// The direction of the line.
    pub along: (f64, f64),
    /// The size of its font.
    pub height: f64,
    /// Whether that is bold.
    pub is_bold: bool,
}

/// A word, or a part of one that was set by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Its characters.
    pub text: String,
    /// Where it starts and ends.
    pub left: f64,
    /// Where it ends.
    pub right: f64,
    /// How far down its baseline lies.
    pub baseline: f64,
    /// The size of its font.
    pub size: f64,
    /// Whether that is bold.
    pub is_bold: bool,
    /// Whether a blank follows.
    pub is_ended: bool,
    /// Quarters of a turn to the right that its line makes; its place is told
    /// with the page turned back by as many.
    pub turns: u8,
}

impl Word {
    /// How far down its highest letters reach.
    pub fn top(&self) -> f64 {
        self.baseline - 0.75 * self.size
    }

    /// How far down its lowest letters reach.
    pub fn bottom(&self) -> f64 {
        self.baseline + 0.2 * self.size
    }
}

/// The size of font that most of some text is set in: of each part its size and length.
pub fn usual_size(parts: impl Iterator<Item = (f64, usize)>) -> f64 {
    let mut sizes: Vec<(f64, usize)> = parts.collect();
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

/// Part of the size of a font that parts two words.
pub const GAP: f64 = 0.15;

/// Gathers the words of a page.
pub struct Words {
    width: f64,
    height: f64,
    words: Vec<Word>,
    open: Option<Word>,
}

impl Words {
    /// For a page of a size.
    pub fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            words: Vec::new(),
            open: None,
        }
    }

    /// Adds a glyph.
    pub fn add(&mut self, text: &str, place: &Place) {
        let (start, end) = (place.start, place.end);
        let is_somewhere = [start.0, start.1, end.0, end.1, place.height]
            .iter()
            .all(|number| number.is_finite());
        // What lies beside the page is for its printers.
        let is_outside = start.0 < -1.0
            || start.1 < -1.0
            || start.0 > self.width + 1.0
            || start.1 > self.height + 1.0;
        if !is_somewhere || is_outside || place.height < 0.1 {
            return;
        }
        let (x, y) = place.along;
        let (turns, left, right, baseline) = match (x.abs() >= y.abs(), x >= 0.0, y >= 0.0) {
            (true, true, _) => (0, start.0, end.0, start.1),
            (false, _, true) => (1, start.1, end.1, -start.0),
            (true, false, _) => (2, -start.0, -end.0, -start.1),
            (false, _, false) => (3, -start.1, -end.1, start.0),
        };
        let right = right.max(left);
        let is_blank = !text.is_empty() && text.chars().all(char::is_whitespace);
        // Letters that run to the left may be set one before the other.
        let is_leftward = direction::has_leftward(text);
        let overlap = if is_leftward { 0.12 } else { 0.35 };
        let goes_on = self.open.as_ref().is_some_and(|word| {
            let size = word.size.max(place.height);
            let gap = left - word.right;
            word.turns == turns
                && (word.baseline - baseline).abs() < 0.05 * size + 0.1
                && gap < GAP * size
                && gap > -overlap * size
        });
        if !goes_on {
            self.end();
        }
        if is_blank {
            if let Some(word) = &mut self.open {
                word.is_ended = true;
            }
            self.end();
            return;
        }
        // A glyph of several letters is seen the other way round.
        let seen: String = match is_leftward {
            true => text.trim().chars().rev().collect(),
            false => text.to_owned(),
        };
        match &mut self.open {
            Some(word) => {
                word.text.push_str(&seen);
                word.right = word.right.max(right);
                word.size = word.size.max(place.height);
            }
            None if text.is_empty() => {}
            None => {
                self.open = Some(Word {
                    text: seen,
                    left,
                    right,
                    baseline,
                    size: place.height,
                    is_bold: place.is_bold,
                    is_ended: false,
                    turns,
                });
            }
        }
        // Text that stands for many glyphs may hold blanks.
        if text.ends_with(char::is_whitespace) {
            if let Some(word) = &mut self.open {
                word.text.truncate(word.text.trim_end().len());
                word.is_ended = true;
            }
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(mut word) = self.open.take().filter(|word| !word.text.is_empty()) {
            if direction::has_leftward(&word.text) {
                word.text = direction::as_read(&word.text);
            }
            self.words.push(word);
        }
    }

    /// All of them.
    pub fn finish(mut self) -> Vec<Word> {
        self.end();
        self.words
    }
}
