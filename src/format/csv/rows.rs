//! Cuts a table into rows. Quoted fields may hold line breaks; a quote that
//! opens by mistake must not swallow the rows that follow, so that each row is
//! read both ways and the one that fits the header is taken.

use std::io::BufRead;

use crate::error::Reason;

use super::dialect::Dialect;

/// A row of a table.
#[derive(Debug, PartialEq, Eq)]
pub enum Row {
    /// Its bytes, without the line end, and whether quotes are quotes in it.
    Fields(Vec<u8>, bool),
    /// Lines that are no row.
    Broken,
    /// A row over the cap.
    TooLarge,
}

/// Bytes a quoted row may span before its quote is taken for a slip.
const MAX_QUOTED: usize = 16 << 20;

/// Quotes without an end after which only single lines are rows.
const MAX_ENDLESS: u32 = 3;

/// Bytes of read rows that are kept before they are let go in one move.
const SPENT: usize = 256 * 1024;

/// A stream of rows.
pub struct Rows<'a> {
    input: &'a mut dyn BufRead,
    dialect: &'a Dialect,
    max: usize,
    kept: Vec<u8>,
    /// Where the next row starts in `kept`.
    at: usize,
    ended: bool,
    endless: u32,
    /// Whether the row before was broken: lines too short to be rows are its rest.
    broken: bool,
}

/// A row read with quotes.
struct Quoted {
    end: usize,
    fields: usize,
    /// Whether a quote stood where none can.
    dirty: bool,
}

impl<'a> Rows<'a> {
    /// The rows from where the input stands, behind the header.
    pub fn new(input: &'a mut dyn BufRead, dialect: &'a Dialect, max_record_bytes: u64) -> Self {
        Self {
            input,
            dialect,
            max: usize::try_from(max_record_bytes).unwrap_or(usize::MAX),
            kept: Vec::new(),
            at: 0,
            ended: false,
            endless: 0,
            broken: false,
        }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the input.
    pub fn next(&mut self) -> Result<Option<Row>, Reason> {
        loop {
            if self.at >= SPENT {
                self.kept.drain(..self.at);
                self.at = 0;
            }
            let start = self.at;
            let Some(end) = self.line_end(start)? else {
                self.skip_line()?;
                return Ok(Some(Row::TooLarge));
            };
            if self.ended && start == self.kept.len() {
                return Ok(None);
            }
            if self.kept[start..end].trim_ascii().is_empty() {
                self.at = (end + 1).min(self.kept.len());
                continue;
            }
            let columns = self.dialect.header.len();
            let line = &self.kept[start..end];
            let plain = 1 + memchr::memchr_iter(self.dialect.delimiter, line).count();
            let has_quotes = memchr::memchr(b'"', line).is_some();
            let line_end = end;
            let (end, quoted) = match has_quotes {
                false => (Some(end), true),
                true => self.choose(end, plain, columns)?,
            };
            let Some(end) = end else {
                self.at = (line_end + 1).min(self.kept.len());
                if std::mem::replace(&mut self.broken, true) {
                    continue;
                }
                return Ok(Some(Row::Broken));
            };
            self.at = (end + 1).min(self.kept.len());
            if self.broken && !has_quotes && plain < columns {
                continue;
            }
            self.broken = false;
            return Ok(Some(Row::Fields(self.kept[start..end].to_vec(), quoted)));
        }
    }

    /// Where the row ends that starts with a line ending at `line`, and
    /// whether its quotes count; `None` for a line that is no row.
    fn choose(
        &mut self,
        line: usize,
        plain: usize,
        columns: usize,
    ) -> Result<(Option<usize>, bool), Reason> {
        let may_span = self.endless < MAX_ENDLESS;
        let quoted = match may_span {
            true => self.quoted(self.at + MAX_QUOTED.min(self.max))?,
            false => self.quoted(line)?,
        };
        let Some(quoted) = quoted else {
            self.endless += u32::from(may_span);
            return Ok(match plain == columns {
                true => (Some(line), false),
                false => (None, false),
            });
        };
        let is_single = quoted.end <= line;
        let fits = quoted.fields == columns;
        if is_single && (fits || plain != columns) {
            return Ok((Some(quoted.end), true));
        }
        if fits
            && !is_single
            && !(plain == columns && (quoted.dirty || self.spans_rows(quoted.end)))
        {
            return Ok((Some(quoted.end), true));
        }
        if plain == columns {
            return Ok((Some(line), false));
        }
        Ok(match quoted.dirty {
            true => (None, false),
            false => (Some(quoted.end), true),
        })
    }

    /// Whether every line before `end` has as many fields as the header: text
    /// in quotes has not, and rows have.
    fn spans_rows(&self, end: usize) -> bool {
        let columns = self.dialect.header.len();
        let is_telling = self.dialect.delimiter == b'\t' || columns >= 4;
        is_telling
            && self.kept[self.at..end]
                .split(|byte| *byte == self.dialect.newline)
                .all(|line| {
                    1 + memchr::memchr_iter(self.dialect.delimiter, line).count() == columns
                })
    }

    /// Reads the next row with quotes. `None` where it does not end before
    /// `limit`.
    fn quoted(&mut self, limit: usize) -> Result<Option<Quoted>, Reason> {
        let dialect = self.dialect;
        let (mut at, mut fields, mut dirty) = (self.at, 1, false);
        loop {
            // At the start of a field.
            if self.byte(at)? == Some(b'"') {
                at += 1;
                loop {
                    if at > limit {
                        return Ok(None);
                    }
                    let Some(byte) = self.byte(at)? else {
                        return Ok(None);
                    };
                    if byte == b'\\' && dialect.backslash {
                        at += 2;
                    } else if byte != b'"' {
                        at += self.kept[at..]
                            .iter()
                            .position(|byte| matches!(byte, b'"' | b'\\'))
                            .unwrap_or(self.kept.len() - at)
                            .max(1);
                    } else if !dialect.backslash && self.byte(at + 1)? == Some(b'"') {
                        at += 2;
                    } else {
                        let mut next = at + 1;
                        while matches!(self.byte(next)?, Some(b' ')) {
                            next += 1;
                        }
                        let closes = match self.byte(next)? {
                            None | Some(b'\r') => true,
                            Some(byte) => byte == dialect.delimiter || byte == dialect.newline,
                        };
                        if closes {
                            at = next;
                            break;
                        }
                        dirty = true;
                        at += 1;
                    }
                }
            }
            loop {
                match self.byte(at)? {
                    None => {
                        return Ok(Some(Quoted {
                            end: at.min(self.kept.len()),
                            fields,
                            dirty,
                        }));
                    }
                    Some(byte) if byte == dialect.newline => {
                        return Ok(Some(Quoted {
                            end: at,
                            fields,
                            dirty,
                        }));
                    }
                    Some(byte) if byte == dialect.delimiter => break,
                    Some(_) => at += 1,
                }
            }
            fields += 1;
            at += 1;
        }
    }

    fn byte(&mut self, at: usize) -> Result<Option<u8>, Reason> {
        while at >= self.kept.len() && self.more()? {}
        Ok(self.kept.get(at).copied())
    }

    /// Where the line that starts at `from` ends; `None` beyond the cap.
    fn line_end(&mut self, from: usize) -> Result<Option<usize>, Reason> {
        let mut at = from;
        loop {
            if let Some(found) = memchr::memchr(self.dialect.newline, &self.kept[at..]) {
                return Ok(Some(at + found));
            }
            at = self.kept.len();
            if at - from > self.max {
                return Ok(None);
            }
            if !self.more()? {
                return Ok(Some(self.kept.len()));
            }
        }
    }

    /// Lets go of a line too long to be held.
    fn skip_line(&mut self) -> Result<(), Reason> {
        loop {
            let rest = &self.kept[self.at..];
            if let Some(found) = memchr::memchr(self.dialect.newline, rest) {
                self.at += found + 1;
                return Ok(());
            }
            self.kept.clear();
            self.at = 0;
            if !self.more()? {
                return Ok(());
            }
        }
    }

    fn more(&mut self) -> Result<bool, Reason> {
        if self.ended {
            return Ok(false);
        }
        let buffer = self.input.fill_buf().map_err(|e| Reason::of(&e))?;
        let length = buffer.len();
        self.kept.extend_from_slice(buffer);
        self.input.consume(length);
        self.ended = length == 0;
        Ok(!self.ended)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rows(table: &str) -> Vec<String> {
        let dialect = Dialect::sniff(table.as_bytes()).unwrap();
        let mut input = std::io::BufReader::with_capacity(5, &table.as_bytes()[dialect.body..]);
        let mut rows = Rows::new(&mut input, &dialect, 200);
        let mut read = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            read.push(match row {
                Row::Fields(bytes, quoted) => {
                    let sign = if quoted { "" } else { "plain " };
                    format!("{sign}{}", String::from_utf8_lossy(&bytes).trim_end())
                }
                Row::Broken => "broken".to_owned(),
                Row::TooLarge => "too large".to_owned(),
            });
        }
        read
    }

    #[test]
    fn quoted_fields_may_hold_line_breaks() {
        assert_eq!(
            rows("title,text\r\na,\"b\r\n\r\nc, \"\"d\"\"\"\r\n\r\ne,f"),
            ["a,\"b\r\n\r\nc, \"\"d\"\"\"", "e,f"]
        );
    }

    #[test]
    fn a_quote_that_opens_by_mistake_swallows_nothing() {
        assert_eq!(
            rows("title\ttext\ta\n\"Talks\tb\tc\nd\te\tf\n\"g\" h\ti\tj\nk\tl\"\tm\n"),
            [
                "plain \"Talks\tb\tc",
                "d\te\tf",
                "plain \"g\" h\ti\tj",
                "k\tl\"\tm"
            ]
        );
    }

    #[test]
    fn a_broken_row_costs_only_itself() {
        assert_eq!(
            rows("title,text,date\na,b,c\nd,\"e\ng,h,i\n"),
            ["a,b,c", "broken", "g,h,i"]
        );
    }

    #[test]
    fn a_row_over_the_cap_costs_only_itself() {
        let long = "x".repeat(300);
        assert_eq!(
            rows(&format!("title,text\n{long},a\nb,c\n")),
            ["too large", "b,c"]
        );
    }

    #[test]
    fn carriage_returns_alone_end_rows_too() {
        assert_eq!(rows("title,text\ra,b\rc,d\r"), ["a,b", "c,d"]);
    }
}
