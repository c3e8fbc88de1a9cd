//! Hits for people: title, facts, snippet.

use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;

use unicode_width::UnicodeWidthChar;

use super::{Answered, Asked, Printer, Style, clean, paths};
use crate::search::Hit;

pub(super) struct Text {
    style: Style,
    is_first: bool,
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const MATCH: &str = "\x1b[1;31m";
const PLAIN: &str = "\x1b[0m";

impl Text {
    pub(super) fn new(style: &Style) -> Self {
        Self {
            style: style.clone(),
            is_first: true,
        }
    }

    /// Writes `text` behind `indent` blanks, wrapped to the width, its
    /// `marks` in the match style.
    fn wrapped(
        &self,
        out: &mut dyn Write,
        indent: usize,
        text: &str,
        marks: &[Range<usize>],
    ) -> io::Result<()> {
        let blanks = " ".repeat(indent);
        let mut marks = marks.to_vec();
        let text = clean_marked(text, &mut marks);
        for line in lines(
            &text,
            self.style
                .width
                .map(|width| width.saturating_sub(indent).max(20)),
        ) {
            out.write_all(blanks.as_bytes())?;
            let mut at = line.start;
            if self.style.is_styled {
                for mark in marks
                    .iter()
                    .filter(|mark| mark.end > line.start && mark.start < line.end)
                {
                    let (start, end) = (mark.start.max(line.start), mark.end.min(line.end));
                    if start < at {
                        continue;
                    }
                    write!(
                        out,
                        "{}{MATCH}{}{PLAIN}",
                        &text[at..start],
                        &text[start..end]
                    )?;
                    at = end;
                }
            }
            writeln!(out, "{}", &text[at..line.end])?;
        }
        Ok(())
    }
}

/// Cleans a text for the terminal; `marks` follow its new bytes.
fn clean_marked(text: &str, marks: &mut [Range<usize>]) -> String {
    let cleaned = clean::line(text);
    if cleaned.len() != text.len() {
        // Cleaning replaces characters one by one.
        let place = |byte: usize| {
            let chars = text.get(..byte).map_or(0, |before| before.chars().count());
            cleaned
                .char_indices()
                .nth(chars)
                .map_or(cleaned.len(), |(at, _)| at)
        };
        for mark in marks {
            *mark = place(mark.start)..place(mark.end);
        }
    }
    cleaned
}

/// A title for a bold line, its `marks` in the match style.
fn marked_title(title: &str, marks: &[Range<usize>]) -> String {
    let mut marks = marks.to_vec();
    let title = clean_marked(title, &mut marks);
    let mut out = String::new();
    let mut at = 0;
    for mark in marks {
        out.push_str(&title[at..mark.start]);
        out.push_str(MATCH);
        out.push_str(&title[mark.clone()]);
        out.push_str(PLAIN);
        out.push_str(BOLD);
        at = mark.end;
    }
    out.push_str(&title[at..]);
    out
}

/// Cuts a text into lines of at most `width` columns, at blanks.
fn lines(text: &str, width: Option<usize>) -> Vec<Range<usize>> {
    let Some(width) = width else {
        return std::iter::once(0..text.len()).collect();
    };
    let mut all = Vec::new();
    let (mut start, mut columns, mut blank) = (0, 0, None);
    for (at, c) in text.char_indices() {
        let wide = c.width().unwrap_or(0);
        if c == ' ' {
            blank = Some(at);
        }
        if columns + wide > width && at > start {
            let (end, next) = match blank {
                Some(blank) if blank > start => (blank, blank + 1),
                _ => (at, at),
            };
            all.push(start..end);
            start = next.min(at.max(next));
            columns = text
                .get(start..at)
                .map_or(0, |held| held.chars().map(|c| c.width().unwrap_or(0)).sum());
            blank = None;
        }
        columns += wide;
    }
    if start < text.len() || all.is_empty() {
        all.push(start..text.len());
    }
    all
}

/// The file of a hit as an address for OSC 8.
fn file_url(path: &std::path::Path) -> String {
    let mut url = "file://".to_owned();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte))
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

impl Printer for Text {
    fn hit(&mut self, out: &mut dyn Write, _: &Asked<'_>, hit: &Hit) -> io::Result<()> {
        if !std::mem::take(&mut self.is_first) {
            out.write_all(b"\n")?;
        }
        let styled = self.style.is_styled;
        let article = &hit.article;
        let path = paths::decoded(&article.meta.path);
        let rank = format!("{}  ", hit.rank);
        let (bold, plain) = if styled { (BOLD, PLAIN) } else { ("", "") };
        let title = article.shown_title().unwrap_or("(untitled)");
        let title = match styled {
            true => marked_title(title, &hit.title_highlights),
            false => clean::line(title),
        };
        match self.style.has_links {
            true => writeln!(
                out,
                "{rank}{bold}\x1b]8;;{}\x1b\\{title}\x1b]8;;\x1b\\{plain}",
                file_url(&path)
            )?,
            false => writeln!(out, "{rank}{bold}{title}{plain}")?,
        }
        let mut place = paths::shown(&path).to_string_lossy().into_owned();
        for member in &article.meta.members {
            place.push('!');
            place.push_str(member);
        }
        if !article.meta.alone {
            place.push_str(&format!("#{}", article.meta.ordinal));
        }
        let facts: Vec<String> = [
            article
                .meta
                .published
                .map(|published| published.day.to_string()),
            article.meta.publisher.clone(),
            (!article.meta.bylines.is_empty()).then(|| article.meta.bylines.join(", ")),
            Some(place),
            Some(article.id.clone()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let dim = if styled { DIM } else { "" };
        writeln!(
            out,
            "{}{dim}{}{plain}",
            " ".repeat(rank.len()),
            clean::line(&facts.join(" · "))
        )?;
        if let Some(snippet) = &hit.snippet {
            self.wrapped(out, rank.len(), &snippet.text, &snippet.highlights)?;
        }
        Ok(())
    }

    fn end(
        &mut self,
        out: &mut dyn Write,
        _: &Asked<'_>,
        answered: &Answered<'_>,
    ) -> io::Result<()> {
        for counts in answered.facets {
            writeln!(out, "\n{}:", counts.facet.name())?;
            let wide = counts
                .values
                .iter()
                .map(|(_, count)| *count)
                .chain([counts.without])
                .map(|count| count.to_string().len())
                .max()
                .unwrap_or(1);
            for (value, count) in &counts.values {
                writeln!(out, "  {count:>wide$}  {}", clean::line(value))?;
            }
            let shown = counts.values.len() as u64;
            if counts.distinct > shown {
                writeln!(out, "  … and {} more", counts.distinct - shown)?;
            }
            if counts.without > 0 {
                writeln!(out, "  {:>wide$}  (none)", counts.without)?;
            }
        }
        Ok(())
    }

    fn needs_total(&self) -> bool {
        true
    }

    fn needs_snippets(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, width: usize) -> Vec<&str> {
        lines(text, Some(width))
            .into_iter()
            .map(|line| &text[line])
            .collect()
    }

    #[test]
    fn lines_break_at_blanks_and_long_words_where_they_must() {
        assert_eq!(
            cut("the envoy met both sides", 10),
            ["the envoy", "met both", "sides"]
        );
        assert_eq!(cut("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(cut("", 4), [""]);
    }

    #[test]
    fn wide_characters_count_two_columns() {
        assert_eq!(cut("東京都知事", 4), ["東京", "都知", "事"]);
    }

    #[test]
    fn cleaning_moves_the_marks_with_the_text() {
        let mut marks = vec![0..1, 4..5];
        assert_eq!(
            clean_marked("\x1b\x1b xy", &mut marks),
            "\u{fffd}\u{fffd} xy"
        );
        assert_eq!(marks, [0..3, 8..9]);
    }
}
