//! Cuts a stream of JSON into values without parsing it, and mends the small
//! faults that programs write.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::Value;

use crate::error::Reason;
use crate::record::{Hint, Record};

/// How a file is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One value a line.
    Lines,
    /// Elements of the array that is the file.
    Array,
    /// Values one after the other; most often one.
    Values,
}

/// Leads each value of a JSON text sequence.
pub const RECORD_SEPARATOR: u8 = 0x1e;

/// Whether a byte between values means nothing.
fn is_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || *byte == RECORD_SEPARATOR
}

impl Mode {
    /// The mode of a file by its head and its extension.
    pub fn of(head: &[u8], extension: &str) -> Self {
        let start = head.iter().position(|byte| !is_blank(byte)).unwrap_or(0);
        let head = &head[start..];
        if matches!(extension, "jsonl" | "ndjson") {
            return Self::Lines;
        }
        if head.first() == Some(&b'[') {
            return Self::Array;
        }
        let mut scan = Scan::default();
        for (at, &byte) in head.iter().enumerate() {
            if scan.feed(byte) == Step::Closed && scan.depth == 0 {
                let first_line = !head[..at].contains(&b'\n');
                return if first_line {
                    Self::Lines
                } else {
                    Self::Values
                };
            }
        }
        if memchr::memchr(b'\n', head).is_some() {
            Self::Values
        } else {
            Self::Lines
        }
    }
}

/// What a byte did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Opened,
    Closed,
    Other,
}

/// Depth of brackets outside strings.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    fn feed(&mut self, byte: u8) -> Step {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Step::Other;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                self.depth += 1;
                return Step::Opened;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return Step::Closed;
            }
            _ => {}
        }
        Step::Other
    }
}

/// Hands the values of a stream to `each`.
pub fn cut(
    input: &mut dyn BufRead,
    mode: Mode,
    hint: &Arc<Hint>,
    max_record_bytes: u64,
    each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
) -> Result<(), Reason> {
    match mode {
        Mode::Lines => lines(input, hint, max_record_bytes, each),
        Mode::Array | Mode::Values => values(input, mode, hint, max_record_bytes, each),
    }
}

fn lines(
    input: &mut dyn BufRead,
    hint: &Arc<Hint>,
    max_record_bytes: u64,
    each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
) -> Result<(), Reason> {
    let mut number = 0u64;
    loop {
        let mut line = Vec::new();
        let mut too_large = false;
        number += 1;
        // A line is read in pieces, so that one without an end is not held.
        loop {
            let buffer = input.fill_buf().map_err(|e| Reason::of(&e))?;
            let end = memchr::memchr(b'\n', buffer);
            let take = end.map_or(buffer.len(), |end| end + 1);
            if take == 0 {
                break;
            }
            if line.len() as u64 + take as u64 > max_record_bytes {
                too_large = true;
                line = Vec::new();
            }
            if !too_large {
                line.extend_from_slice(&buffer[..take]);
            }
            input.consume(take);
            if end.is_some() {
                break;
            }
        }
        if line.is_empty() && !too_large {
            return Ok(());
        }
        let bare = line.trim_ascii();
        let behind = bare.strip_prefix(&[RECORD_SEPARATOR]);
        let bare = behind.map_or(bare, <[u8]>::trim_ascii_start);
        let bare = bare.strip_suffix(b",").unwrap_or(bare);
        let next = if too_large {
            Err(Reason::TooLarge {
                limit: max_record_bytes,
            })
        } else if bare.is_empty() {
            continue;
        } else if bare.starts_with(b"{") || bare.starts_with(b"[") {
            Ok(Record::whole(bare.to_vec(), Arc::clone(hint)))
        } else if serde_json::from_slice::<Value>(bare).is_ok() {
            Err(Reason::NoText)
        } else {
            Err(Reason::Malformed {
                kind: "json",
                detail: format!("line {number} holds no object"),
            })
        };
        if each(next).is_break() {
            return Ok(());
        }
    }
}

fn values(
    input: &mut dyn BufRead,
    mode: Mode,
    hint: &Arc<Hint>,
    max_record_bytes: u64,
    each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
) -> Result<(), Reason> {
    let outer = usize::from(mode == Mode::Array);
    let mut scan = Scan::default();
    let mut value: Vec<u8> = Vec::new();
    let (mut inside, mut too_large, mut found, mut ended) = (false, false, false, false);
    let mut at = 0u64;
    loop {
        let buffer = input.fill_buf().map_err(|e| Reason::of(&e))?;
        if buffer.is_empty() {
            break;
        }
        let length = buffer.len();
        let mut from = 0;
        for (index, &byte) in buffer.iter().enumerate() {
            let step = scan.feed(byte);
            if !inside {
                if ended && !is_blank(&byte) {
                    let detail = format!(
                        "text after the end of the array, at byte {}",
                        at + index as u64
                    );
                    return Err(Reason::Malformed {
                        kind: "json",
                        detail,
                    });
                }
                if step == Step::Opened && scan.depth == outer + 1 {
                    (inside, found, too_large, from) = (true, true, false, index);
                    value.clear();
                } else if step == Step::Closed && scan.depth == 0 && outer == 1 {
                    ended = true;
                } else if outer == 0 && step != Step::Closed && !is_blank(&byte) && byte != b',' {
                    let detail = format!("no object or array at byte {}", at + index as u64);
                    return Err(Reason::Malformed {
                        kind: "json",
                        detail,
                    });
                }
                continue;
            }
            if step == Step::Closed && scan.depth == outer {
                inside = false;
                let next = if too_large
                    || value.len() as u64 + (index + 1 - from) as u64 > max_record_bytes
                {
                    Err(Reason::TooLarge {
                        limit: max_record_bytes,
                    })
                } else {
                    value.extend_from_slice(&buffer[from..=index]);
                    Ok(Record::whole(std::mem::take(&mut value), Arc::clone(hint)))
                };
                if each(next).is_break() {
                    return Ok(());
                }
            }
        }
        if inside {
            if value.len() as u64 + (length - from) as u64 > max_record_bytes {
                too_large = true;
                value = Vec::new();
            }
            if !too_large {
                value.extend_from_slice(&buffer[from..]);
            }
        }
        input.consume(length);
        at += length as u64;
    }
    if inside && !too_large {
        // What is left of a file cut short; its parser says where.
        let _ = each(Ok(Record::whole(value, Arc::clone(hint))));
    } else if inside {
        let _ = each(Err(Reason::TooLarge {
            limit: max_record_bytes,
        }));
    } else if outer == 1 && !ended {
        return Err(Reason::Malformed {
            kind: "json",
            detail: "the array has no end".to_owned(),
        });
    } else if !found {
        let _ = each(Err(Reason::NoText));
    }
    Ok(())
}

/// Parses a text once more after mending what programs get wrong: `NaN` for
/// no value, halves of surrogate pairs, raw control characters in strings.
/// `None` if that does not help.
pub fn mend(text: &str) -> Option<Value> {
    let mut mended = String::with_capacity(text.len() + 16);
    let (mut in_string, mut rest) = (false, text);
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '"' => {
                in_string = !in_string;
                mended.push(c);
            }
            '\\' if in_string => {
                let unit = surrogate(rest);
                let is_pair = matches!(unit, Some(0xD800..=0xDBFF))
                    && matches!(rest.get(6..).and_then(surrogate), Some(0xDC00..=0xDFFF));
                if is_pair {
                    length = 12;
                    mended.push_str(&rest[..12]);
                } else if unit.is_some() {
                    length = 6;
                    mended.push('\u{FFFD}');
                } else {
                    length += rest[1..].chars().next().map_or(0, char::len_utf8);
                    mended.push_str(&rest[..length]);
                }
            }
            c if in_string && c.is_ascii_control() => mended.push(' '),
            c if in_string => mended.push(c),
            _ => {
                let word = ["-Infinity", "Infinity", "NaN"]
                    .into_iter()
                    .find(|word| rest.starts_with(word));
                length = word.map_or(length, str::len);
                mended.push_str(if word.is_some() {
                    "null"
                } else {
                    &rest[..length]
                });
            }
        }
        rest = &rest[length..];
    }
    serde_json::from_str(&mended).ok()
}

/// The number of a `\uD8xx` escape that stands at the start of a text.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    (0xD800..=0xDFFF).contains(&unit).then_some(unit)
}
