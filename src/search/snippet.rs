//! Cuts a snippet: the passages that best show why an article matched, on one
//! line, with the matches marked.

use std::ops::Range;

use super::highlight::{Finder, Place, merged};
use super::passage::{Evidence, first_sentences, lead};
use super::plan::Plan;
use super::request::{Snippet, SnippetOptions};
use crate::index::stored::StoredArticle;

/// What stands for text that was left out.
const CUT: &str = "…";

/// Marks matches in titles and cuts snippets, hit after hit.
pub(crate) struct Snippets<'p> {
    /// `None` where the same is looked for in titles as in bodies.
    titles: Option<Finder<'p>>,
    bodies: Finder<'p>,
    options: Option<SnippetOptions>,
}

impl<'p> Snippets<'p> {
    pub(crate) fn new(plan: &'p Plan, options: Option<SnippetOptions>) -> Self {
        Self {
            titles: Finder::of_titles(plan),
            bodies: Finder::of_bodies(plan),
            options,
        }
    }

    /// Matches in the stated title: byte ranges, sorted, never overlapping.
    pub(crate) fn title(&mut self, article: &StoredArticle) -> Vec<Range<usize>> {
        match &article.title {
            Some(title) => {
                let finder = self.titles.as_mut().unwrap_or(&mut self.bodies);
                merged(&finder.find(title))
            }
            None => Vec::new(),
        }
    }

    /// The snippet; `None` if none are wanted or the article has no text.
    pub(crate) fn body(&mut self, article: &StoredArticle) -> Option<Snippet> {
        let options = self.options?;
        let text = article.body.as_str();
        if text.trim().is_empty() {
            return None;
        }
        let places = self.bodies.find(text);
        let weights = (0..self.bodies.leaf_count())
            .map(|leaf| self.bodies.weight(leaf))
            .collect();
        Some(cut(text, &places, weights, options))
    }
}

/// Cuts `text` to the passages that best show why it matched. The result is
/// at most `max_chars` characters long, unless whole sentences are asked for;
/// the start of the text where nothing stands in it.
fn cut(text: &str, places: &[Place], weights: Vec<f64>, options: SnippetOptions) -> Snippet {
    let max_chars = options.max_chars;
    let passages = match options.sentences {
        Some(around) => {
            let evidence = Evidence::new(text, places, weights);
            let range = evidence.sentences(around);
            vec![range.unwrap_or_else(|| first_sentences(text, around * 2 + 1))]
        }
        None if fits(text, max_chars) => std::iter::once(0..text.len()).collect(),
        None => {
            let passages = Evidence::new(text, places, weights).passages(max_chars);
            match passages.is_empty() {
                true => vec![lead(text, max_chars)],
                false => passages,
            }
        }
    };
    let mut snippet = render(text, &passages, &merged(places));
    if options.sentences.is_none() {
        shorten(&mut snippet, max_chars);
    }
    snippet
}

/// Whether the whole text, its white space folded, is short enough.
fn fits(text: &str, max_chars: usize) -> bool {
    let mut chars = 0;
    for word in text.split_whitespace() {
        chars += usize::from(chars > 0) + word.chars().count();
        if chars > max_chars {
            return false;
        }
    }
    true
}

/// The passages on one line, `…` where text is left out.
fn render(text: &str, passages: &[Range<usize>], marks: &[Range<usize>]) -> Snippet {
    let mut out = Snippet::default();
    let mut before = 0;
    for passage in passages {
        if !text[before..passage.start].trim().is_empty() {
            if !out.text.is_empty() && !out.text.ends_with(' ') {
                out.text.push(' ');
            }
            out.text.push_str(CUT);
            out.text.push(' ');
        } else if !out.text.is_empty() && !out.text.ends_with(' ') {
            out.text.push(' ');
        }
        append(&mut out, text, passage, marks);
        before = passage.end;
    }
    if !text[before..].trim().is_empty() {
        if !out.text.is_empty() && !out.text.ends_with(' ') {
            out.text.push(' ');
        }
        out.text.push_str(CUT);
    }
    out
}

/// Appends a passage, white space folded, and its marks.
fn append(out: &mut Snippet, text: &str, passage: &Range<usize>, marks: &[Range<usize>]) {
    let first = marks.partition_point(|mark| mark.end <= passage.start);
    let mut marks = marks[first..]
        .iter()
        .take_while(|mark| mark.start < passage.end)
        .peekable();
    let mut opened: Option<usize> = None;
    let mut is_blank = true;
    for (offset, c) in text[passage.clone()].char_indices() {
        let at = passage.start + offset;
        while let Some(mark) = marks.peek()
            && mark.end <= at
        {
            if let Some(start) = opened.take() {
                out.mark(start);
            }
            marks.next();
        }
        if c.is_whitespace() {
            if !is_blank {
                out.text.push(' ');
            }
            is_blank = true;
            continue;
        }
        if opened.is_none() && marks.peek().is_some_and(|mark| mark.start <= at) {
            opened = Some(out.text.len());
        }
        out.text.push(c);
        is_blank = false;
    }
    if out.text.ends_with(' ') {
        out.text.pop();
    }
    if let Some(start) = opened {
        out.mark(start);
    }
}

impl Snippet {
    /// Marks from `start` to the end of what stands there, without the blank
    /// that may follow it.
    fn mark(&mut self, start: usize) {
        let end = self.text.trim_end_matches(' ').len();
        if end > start {
            self.highlights.push(start..end);
        }
    }
}

/// Cuts what is still too long: a last guard for very small limits.
fn shorten(snippet: &mut Snippet, max_chars: usize) {
    if snippet.text.len() <= max_chars {
        return;
    }
    let Some((end, _)) = snippet.text.char_indices().nth(max_chars) else {
        return;
    };
    snippet.text.truncate(end);
    let end = snippet.text.trim_end().len();
    snippet.text.truncate(end);
    snippet.highlights.retain_mut(|mark| {
        mark.end = mark.end.min(end);
        mark.start < mark.end
    });
}

#[cfg(test)]
mod tests;
