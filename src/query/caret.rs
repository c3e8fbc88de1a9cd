//! A query as it may be shown on a terminal, with a caret under one place.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of the query that are shown.
const COLUMNS: usize = 72;

/// Columns shown before the place, where the query is cut.
const BEFORE: usize = 32;

/// Bytes looked at on either side of the place: more than fill the columns,
/// however long the query.
const REACH: usize = 1024;

/// The query on one line, cut around `at` (a byte) with `…`, and a line with a
/// caret under that place. `None` for a blank query.
pub(super) fn point(query: &str, at: usize) -> Option<(String, String)> {
    let is_blank = |c: char| c.is_whitespace() || UnicodeWidthChar::width(c) == Some(0);
    if query.chars().all(is_blank) {
        return None;
    }
    let at = floor(query, at);
    let first = floor(query, at.saturating_sub(REACH));
    let last = floor(query, at.saturating_add(REACH));
    let cells = cells(&query[first..last]);
    let place = cells
        .iter()
        .position(|cell| at < first + cell.end)
        .unwrap_or(cells.len());

    // To the left until the share is used up, to the right until the line is
    // full, then to the left again with what is left over.
    let fits_whole = first == 0
        && last == query.len()
        && cells.iter().map(|cell| cell.width).sum::<usize>() <= COLUMNS;
    let (mut from, mut to, mut used) = (place, place, 0);
    let grow_left = |from: &mut usize, used: &mut usize, limit: usize| {
        while let Some(cell) = from.checked_sub(1).and_then(|before| cells.get(before)) {
            if *used + cell.width > limit {
                break;
            }
            *used += cell.width;
            *from -= 1;
        }
    };
    let room = if fits_whole { COLUMNS } else { COLUMNS - 2 };
    grow_left(&mut from, &mut used, BEFORE);
    while let Some(cell) = cells.get(to) {
        if used + cell.width > room {
            break;
        }
        used += cell.width;
        to += 1;
    }
    grow_left(&mut from, &mut used, room);

    let mut line = String::new();
    let mut column = 0;
    if from > 0 || first > 0 {
        line.push('…');
        column += 1;
    }
    for (number, cell) in cells.iter().enumerate().take(to).skip(from) {
        if number < place {
            column += cell.width;
        }
        line.push_str(&cell.text);
    }
    if to < cells.len() || last < query.len() {
        line.push('…');
    }
    Some((line.trim_end().to_owned(), " ".repeat(column) + "^"))
}

/// Text without the characters that would move a terminal's cursor or turn
/// its writing around.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            '\u{fffd}'
        }
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// What takes its columns as one: a character with the marks that follow it.
struct Cell {
    text: String,
    /// Byte after it, in the text that was cut.
    end: usize,
    width: usize,
}

fn cells(text: &str) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let shown = visible(c);
        let width = UnicodeWidthStr::width(shown.encode_utf8(&mut [0; 4]) as &str);
        match cells.last_mut() {
            Some(cell) if width == 0 || cell.text.ends_with('\u{200d}') => {
                cell.text.push(shown);
                cell.end = end;
                cell.width = cell.text.width();
            }
            _ => cells.push(Cell {
                text: shown.to_string(),
                end,
                width,
            }),
        }
    }
    cells
}

/// The last border between characters at or before `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pointed(query: &str, at: usize) -> String {
        let (line, caret) = point(query, at).unwrap();
        format!("{line}\n{caret}")
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(
            pointed("climate \"green deal", 8),
            "climate \"green deal\n        ^"
        );
        assert_eq!(pointed("a OR", 4), "a OR\n    ^");
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(pointed("東京 (a", 7), "東京 (a\n     ^");
        assert_eq!(pointed("👩\u{200d}💻 (a", 12), "👩\u{200d}💻 (a\n   ^");
    }

    #[test]
    fn combining_marks_take_no_column() {
        assert_eq!(pointed("cafe\u{301} (a", 7), "cafe\u{301} (a\n     ^");
        assert_eq!(pointed("e\u{301}", 1), "e\u{301}\n^");
    }

    #[test]
    fn controls_and_bidi_marks_are_not_printed() {
        assert_eq!(
            pointed("a\tb\u{1b}[31m\u{202e}(", 11),
            "a b\u{fffd}[31m\u{fffd}(\n         ^"
        );
    }

    #[test]
    fn a_long_query_is_cut_around_the_place() {
        let long = format!("{}({}", "a".repeat(100), "b".repeat(5000));
        assert_eq!(
            pointed(&long, 100),
            format!(
                "…{}({}…\n{}^",
                "a".repeat(32),
                "b".repeat(37),
                " ".repeat(33)
            )
        );
    }

    #[test]
    fn a_place_near_an_end_leaves_the_columns_to_the_other_side() {
        let long = format!("({}", "b".repeat(100));
        assert_eq!(pointed(&long, 0), format!("({}…\n^", "b".repeat(69)));
        let long = format!("{}(", "b".repeat(100));
        assert_eq!(
            pointed(&long, 100),
            format!("…{}(\n{}^", "b".repeat(69), " ".repeat(70))
        );
    }

    #[test]
    fn wide_letters_are_never_cut_in_two() {
        let long = "東".repeat(100);
        assert_eq!(
            pointed(&long, 150),
            format!("…{}…\n{}^", "東".repeat(35), " ".repeat(33))
        );
    }

    #[test]
    fn a_blank_query_has_no_place() {
        assert_eq!(point(" ", 0), None);
    }
}
