//! Labelled documents: sentences of words with their spacing and names, and
//! how they become plain text with byte ranges.

use morgue::article::EntityKind;
use morgue::enrich::entities::model::{self, Part};
use morgue::enrich::entities::tokens::Tokens;

/// A word of a labelled sentence.
#[derive(Clone, Debug)]
pub struct Word {
    pub text: String,
    /// No blank stands before it.
    pub glued: bool,
}

/// A name: words `start..end` of its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    pub start: usize,
    pub end: usize,
    pub kind: EntityKind,
}

#[derive(Clone, Debug, Default)]
pub struct Sentence {
    pub words: Vec<Word>,
    pub names: Vec<Name>,
    /// Begins a paragraph.
    pub paragraph: bool,
    /// Its labels are not to be learnt from.
    pub doubtful: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Document {
    pub sentences: Vec<Sentence>,
    /// What its labels are worth.
    pub weight: f32,
}

/// A name in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gold {
    pub start: usize,
    pub end: usize,
    pub kind: EntityKind,
}

/// A document as plain text.
pub struct Rendered {
    pub text: String,
    pub gold: Vec<Gold>,
    /// Where labels are not to be learnt from.
    pub doubtful: Vec<std::ops::Range<usize>>,
    /// Its words as given.
    pub words: Vec<(u32, u32)>,
    /// Numbers of the words that begin sentences.
    pub starts: Vec<u32>,
}

impl Document {
    /// Writes the document as text. `glue` keeps its spacing; without it
    /// every word stands alone.
    pub fn render(&self, glue: bool) -> Rendered {
        let mut out = Rendered {
            text: String::new(),
            gold: Vec::new(),
            doubtful: Vec::new(),
            words: Vec::new(),
            starts: Vec::new(),
        };
        for sentence in &self.sentences {
            let first = out.words.len();
            out.starts.push(first as u32);
            for (number, word) in sentence.words.iter().enumerate() {
                if number == 0 && sentence.paragraph && !out.text.is_empty() {
                    out.text.push_str("\n\n");
                } else if !(out.text.is_empty() || number > 0 && word.glued && glue) {
                    out.text.push(' ');
                }
                let start = out.text.len() as u32;
                out.text.push_str(&word.text);
                out.words.push((start, out.text.len() as u32));
            }
            if sentence.doubtful && first < out.words.len() {
                out.doubtful
                    .push(out.words[first].0 as usize..out.text.len());
            }
            for name in &sentence.names {
                out.gold.push(Gold {
                    start: out.words[first + name.start].0 as usize,
                    end: out.words[first + name.end - 1].1 as usize,
                    kind: name.kind,
                });
            }
        }
        out
    }
}

/// Labels of `tokens` as the names say; names that do not fall on tokens are
/// left out and counted.
pub fn labels(tokens: &Tokens, gold: &[Gold]) -> (Vec<u8>, usize) {
    let mut labels = vec![model::OUTSIDE; tokens.tokens.len()];
    let mut lost = 0;
    for name in gold {
        let all = &tokens.tokens;
        let start = all.partition_point(|token| (token.start as usize) < name.start);
        let end = all.partition_point(|token| (token.end as usize) < name.end) + 1;
        let fits = start < end
            && end <= all.len()
            && all[start].start as usize == name.start
            && all[end - 1].end as usize == name.end;
        if !fits {
            lost += 1;
            continue;
        }
        labels[start] = model::label(name.kind, Part::Begin);
        labels[start + 1..end].fill(model::label(name.kind, Part::Inside));
    }
    (labels, lost)
}

/// Marks where words were parted from signs only to count them.
pub fn glue(words: &mut [Word]) {
    let mut open_quote = false;
    let mut sticky = false;
    for number in 0..words.len() {
        let text = words[number].text.as_str();
        let (mut left, mut right) = (false, false);
        match text {
            "," | "." | ";" | ":" | "!" | "?" | ")" | "]" | "}" | "%" | "''" | "”" | "’"
            | "..." | "n't" => left = true,
            "(" | "[" | "{" | "$" | "``" | "“" | "‘" | "#" | "£" => right = true,
            "/" => (left, right) = (true, true),
            "\"" => {
                if open_quote {
                    left = true;
                } else {
                    right = true;
                }
                open_quote = !open_quote;
            }
            text if (text.starts_with('\'') || text.starts_with('’'))
                && text.chars().count() <= 3 =>
            {
                left = true;
            }
            _ => {}
        }
        words[number].glued = number > 0 && (left || sticky);
        sticky = right;
    }
}

/// A generator of numbers that look random and are the same in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit.max(1)
    }

    /// Whether something of so many in a hundred happens.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
