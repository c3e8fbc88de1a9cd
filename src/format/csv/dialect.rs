//! How a table is written: what parts its fields, how quotes are escaped, what
//! its columns are called, and whether its rows are articles.

use crate::format::fields::{self, Slot};
use crate::text::charset;

use super::columns;

/// How a table is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Parts fields.
    pub delimiter: u8,
    /// Ends rows: a line feed, or a carriage return in files of old Macs.
    pub newline: u8,
    /// Whether a backslash, and not a second quote, escapes a quote.
    pub backslash: bool,
    /// Names of the columns: those of the header row, or, where there is none,
    /// what [`columns`] makes of the values.
    pub header: Vec<String>,
    /// Whether the first row names the columns.
    pub is_headed: bool,
    /// Where the first row of values starts.
    pub body: usize,
}

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Longest name of a column, in characters.
const MAX_NAME: usize = 60;

/// Rows of the head that are looked at.
const SAMPLE_ROWS: usize = 30;

impl Dialect {
    /// The dialect of a table by its first bytes, in an encoding that
    /// contains ASCII; `None` where the first line is no header.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        let newline = match (memchr::memchr(b'\n', head), memchr::memchr(b'\r', head)) {
            (None, Some(_)) => b'\r',
            _ => b'\n',
        };
        let mut start = usize::from(head.starts_with(b"\xEF\xBB\xBF")) * 3;
        let mut told = None;
        let line = line_at(head, start, newline)?;
        if let Some(rest) = line.strip_prefix(b"sep=") {
            // Excel's way of telling.
            told = rest.first().copied();
            start += line.len() + 1;
        }
        while line_at(head, start, newline)?.trim_ascii().is_empty() {
            start += line_at(head, start, newline)?.len() + 1;
        }
        if let Some(bare) = Self::without_header(head, start, newline, told) {
            return Some(bare);
        }
        let line = line_at(head, start, newline)?;
        let body = (start + line.len() + 1).min(head.len());
        let backslash = escapes_by_backslash(&head[body..]);
        let text = String::from_utf8_lossy(line);
        let header = |delimiter: u8| {
            let names = split(text.trim_end(), delimiter, backslash, true);
            let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
            let score = names
                .iter()
                .filter(|name| fields::slot(name).is_some())
                .count();
            (score, names.len(), delimiter, names)
        };
        let (_, count, delimiter, header) = match told {
            Some(delimiter) => header(delimiter),
            None => {
                // Of those that do not occur in the line one will do: all give
                // one name, and among equals the largest wins.
                let largest = DELIMITERS.into_iter().max();
                let tried = DELIMITERS.into_iter().filter(|&delimiter| {
                    Some(delimiter) == largest || memchr::memchr(delimiter, line).is_some()
                });
                tried.map(header).max()?
            }
        };
        let is_single = count == 1 && matches!(fields::slot(&header[0]), Some((Slot::Body, _)));
        (count >= 2 || is_single).then_some(Self {
            delimiter,
            newline,
            backslash,
            header,
            is_headed: true,
            body,
        })
    }

    /// The dialect of a table whose header is not the first line: among the
    /// first lines the one that names most parts of an article, three columns at least.
    pub fn below_other_lines(head: &[u8]) -> Option<Self> {
        const MOST_LINES: usize = 10;
        let mut start = 0;
        for _ in 0..MOST_LINES {
            start += line_at(head, start, b'\n')?.len() + 1;
            let Some(below) = Self::sniff(head.get(start..)?) else {
                continue;
            };
            if below.is_headed && below.has_articles() && below.header.len() >= 3 {
                let body = start + below.body;
                return Some(Self { body, ..below });
            }
        }
        None
    }

    /// The dialect of a table whose first row, from `start`, holds values;
    /// `None` where it may hold names.
    fn without_header(head: &[u8], start: usize, newline: u8, told: Option<u8>) -> Option<Self> {
        // Prose holds commas and semicolons, but hardly tabs and bars.
        const LIKELIEST: [u8; 4] = [b'\t', b'|', b',', b';'];
        let first = line_at(head, start, newline)?;
        let mut tried = told.map_or(LIKELIEST.to_vec(), |delimiter| vec![delimiter]);
        tried.retain(|&delimiter| may_begin(first, delimiter));
        tried.retain(|&delimiter| !is_uneven(&head[start..], newline, delimiter));
        if tried.is_empty() {
            return None;
        }
        let text = charset::decode(&head[start..], &[], None).text;
        let backslash = escapes_by_backslash(text.as_bytes());
        let (delimiter, rows) = tried.into_iter().find_map(|delimiter| {
            let rows = even_rows(&text, char::from(newline), delimiter, backslash)?;
            Some((delimiter, rows))
        })?;
        let count = rows[0].len();
        columns::are_values(&rows[0]).then(|| Self {
            delimiter,
            newline,
            backslash,
            header: columns::named(&rows, count),
            is_headed: false,
            body: start,
        })
    }

    /// Rows of the head, where they fit the columns.
    pub fn rows(&self, head: &[u8]) -> Vec<Vec<String>> {
        let text = charset::decode(&head[self.body.min(head.len())..], &[], None).text;
        let newline = char::from(self.newline);
        even_rows(&text, newline, self.delimiter, self.backslash).unwrap_or_default()
    }

    /// Whether the columns are those of articles: a text among them, or a
    /// title that more than a number goes with.
    pub fn has_articles(&self) -> bool {
        let slots: Vec<Slot> = self
            .header
            .iter()
            .filter_map(|name| fields::slot(name).map(|(slot, _)| slot))
            .collect();
        let has = |slot| slots.contains(&slot);
        has(Slot::Body)
            || has(Slot::Summary) && slots.len() >= 2
            || has(Slot::Title) && (has(Slot::Published) || has(Slot::Url) || has(Slot::Byline))
    }

    /// Whether the first line reads as a header rather than as data or prose.
    pub fn is_clear(&self) -> bool {
        let known = self
            .header
            .iter()
            .filter(|name| fields::slot(name).is_some())
            .count();
        let are_names = self
            .header
            .iter()
            .all(|name| name.chars().count() <= MAX_NAME);
        are_names && known >= 2 && known * 2 >= self.header.len()
    }

    /// Whether a column of the first rows holds sentences.
    pub fn has_prose(&self, head: &[u8]) -> bool {
        let rows: Vec<&[u8]> = head[self.body.min(head.len())..]
            .split(|byte| *byte == self.newline)
            .filter(|row| !row.trim_ascii().is_empty())
            .take(SAMPLE_ROWS)
            .collect();
        let prose = rows.iter().filter(|row| {
            let text = String::from_utf8_lossy(row);
            split(&text, self.delimiter, self.backslash, true)
                .iter()
                .any(|field| is_prose(field))
        });
        prose.count() * 2 > rows.len().max(1)
    }
}

/// Whether a field holds words of letters, six at least and for the greater
/// part: lists of names, keys and figures are no prose.
pub fn is_prose(field: &str) -> bool {
    let unspaced = field.chars().filter(|c| is_unspaced(*c)).count();
    if unspaced >= 12 {
        return unspaced * 2 > field.chars().count();
    }
    let is_plain = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        !bare.is_empty() && bare.chars().all(|c| c.is_alphabetic() || "'’-".contains(c))
    };
    let all = field.split_whitespace().count();
    let plain = field
        .split_whitespace()
        .filter(|word| is_plain(word))
        .count();
    plain >= 6 && plain * 2 > all
}

/// Whether a sign is of a script that sets no blanks between words.
pub fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{0E00}'..='\u{0E7F}')
}

/// The rows of a head, if all have the same number of fields, two at least;
/// one that is cut off at the end of the head is left out.
fn even_rows(
    text: &str,
    newline: char,
    delimiter: u8,
    backslash: bool,
) -> Option<Vec<Vec<String>>> {
    let lines = text.split(newline).filter(|line| !line.trim().is_empty());
    let split = |row: &str| split(row.trim_end_matches('\r'), delimiter, backslash, true);
    even(lines.take(SAMPLE_ROWS + 1).map(split)).or_else(|| {
        let is_quoted = text.contains('"');
        is_quoted.then(|| even(joined(text, newline).map(|row| split(&row))))?
    })
}

/// Whether a backslash escapes quotes, and not another quote: `""` behind a
/// letter is an escaped quote, elsewhere it may be an empty field or a closing
/// quote behind an escaped one.
fn escapes_by_backslash(sample: &[u8]) -> bool {
    memchr::memmem::find(sample, b"\\\"").is_some()
        && !memchr::memmem::find_iter(sample, b"\"\"").any(|at| {
            at > 0
                && !matches!(
                    sample[at - 1],
                    b'\\' | b'"' | b'\n' | b'\r' | b',' | b';' | b'\t' | b'|'
                )
        })
}

/// Whether a line may be the first of a table: most texts are told by it.
fn may_begin(line: &[u8], delimiter: u8) -> bool {
    line.starts_with(b"\"") || line.contains(&delimiter)
}

/// Whether rows surely differ in their number of fields: told by the first two
/// that hold no quotes, if a third shows that neither is cut off.
fn is_uneven(head: &[u8], newline: u8, delimiter: u8) -> bool {
    let lines = head.split(|&byte| byte == newline);
    let mut fields = lines
        .filter(|line| line.iter().any(u8::is_ascii_graphic))
        .map(|line| {
            let is_quoted = memchr::memchr(b'"', line).is_some();
            (!is_quoted).then(|| memchr::memchr_iter(delimiter, line).count())
        });
    let first_three = (fields.next(), fields.next(), fields.next());
    matches!(first_three, (Some(Some(first)), Some(Some(second)), Some(_)) if first != second)
}

/// The first rows of a head whose quoted fields may hold line ends: lines are
/// joined until quotes are even.
fn joined(text: &str, newline: char) -> impl Iterator<Item = String> {
    let is_odd = |line: &str| {
        let quotes = line.matches('"').count() - line.matches("\\\"").count();
        quotes % 2 == 1
    };
    let mut lines = text.split(newline);
    let row = move || {
        let mut row = lines.find(|line| !line.trim().is_empty())?.to_owned();
        let mut is_open = is_odd(&row);
        while is_open && let Some(line) = lines.next() {
            row.push('\n');
            row.push_str(line);
            is_open ^= is_odd(line);
        }
        Some(row)
    };
    std::iter::from_fn(row).take(SAMPLE_ROWS + 1)
}

/// Rows of the same length, the last of them apart. No more are read than it
/// takes to see that they are not.
fn even(rows: impl Iterator<Item = Vec<String>>) -> Option<Vec<Vec<String>>> {
    let mut even: Vec<Vec<String>> = Vec::new();
    let mut is_cut = false;
    for row in rows {
        if is_cut {
            return None;
        }
        match even.first() {
            Some(first) if first.len() != row.len() => is_cut = true,
            _ => even.push(row),
        }
    }
    (even.first()?.len() >= 2).then_some(even)
}

fn line_at(head: &[u8], start: usize, newline: u8) -> Option<&[u8]> {
    let rest = head.get(start..).filter(|rest| !rest.is_empty())?;
    let end = memchr::memchr(newline, rest).unwrap_or(rest.len());
    Some(&rest[..end])
}

/// The fields of a row. With `quoted`, quotes around a field are its own; a
/// stray one inside is text.
pub fn split(row: &str, delimiter: u8, backslash: bool, quoted: bool) -> Vec<String> {
    let delimiter = char::from(delimiter);
    if !quoted || !row.contains('"') {
        return row.split(delimiter).map(str::to_owned).collect();
    }
    let mut fields = Vec::new();
    let mut rest = row;
    loop {
        let Some(inside) = rest.strip_prefix('"') else {
            let (field, after) = match rest.split_once(delimiter) {
                Some((field, after)) => (field, Some(after)),
                None => (rest, None),
            };
            fields.push(field.to_owned());
            match after {
                Some(after) => rest = after,
                None => return fields,
            }
            continue;
        };
        let mut field = String::new();
        let mut tail = inside;
        let after = loop {
            let Some(at) = tail.find(['"', '\\']) else {
                field.push_str(tail);
                break None;
            };
            field.push_str(&tail[..at]);
            let (sign, next) = tail[at..].split_at(1);
            if sign == "\\" {
                let escaped = backslash && next.starts_with(['"', '\\']);
                field.push_str(if escaped { &next[..1] } else { sign });
                tail = &next[usize::from(escaped)..];
            } else if !backslash && next.starts_with('"') {
                field.push('"');
                tail = &next[1..];
            } else if next.trim_end_matches(['\r', ' ']).is_empty() {
                break None;
            } else if let Some(after) = next.trim_start_matches(' ').strip_prefix(delimiter) {
                break Some(after);
            } else {
                field.push('"');
                tail = next;
            }
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return fields,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_gives_known_names() {
        let delimiters = [
            "title,text\na,b\n",
            "title\ttext, long\na\tb\n",
            "sep=;\ntitle;text\n",
            "\u{FEFF}\"title\"|\"text\"\n",
            "titel;inhalt;datum, zeit\n",
        ]
        .map(|head| Dialect::sniff(head.as_bytes()).unwrap().delimiter);
        assert_eq!(delimiters, [b',', b'\t', b';', b'|', b';']);
    }

    #[test]
    fn tables_of_numbers_and_labels_hold_no_articles() {
        let tables = [
            "Sentence #,Word,POS,Tag\n",
            "date,open,close\n",
            "Headline,Body ID,Stance\n",
            "id,text\n",
            "title,url\n",
        ]
        .map(|head| Dialect::sniff(head.as_bytes()).unwrap().has_articles());
        assert_eq!(tables, [false, false, false, true, true]);
    }

    #[test]
    fn quotes_around_fields_are_theirs_and_stray_ones_text() {
        let read = [
            r#""a ""b"", c",d"#,
            r#"a "b",c"#,
            r#""he said "no" to it",d"#,
            r#""a" ,b,"#,
        ]
        .map(|row| split(row, b',', false, true).join("|"));
        assert_eq!(
            read,
            [
                r#"a "b", c|d"#,
                r#"a "b"|c"#,
                r#"he said "no" to it|d"#,
                "a|b|"
            ]
        );
        assert_eq!(split(r#""a \"b\"",c"#, b',', true, true), [r#"a "b""#, "c"]);
        assert_eq!(split(r#""a","b"#, b',', false, false), [r#""a""#, r#""b"#]);
    }
}
