//! The query language: text to syntax tree, with errors that point at the
//! place. Knows nothing of an index.
//!
//! ```text
//! query   := or
//! or      := and ( ("OR" | "|") and )*
//! and     := near ( "AND"? near )*
//! near    := unary ( ("NEAR" | "W" | "PRE") "/" n unary )*    n from 1 to 255; W is NEAR
//! unary   := ("NOT" | "-")? primary ("^" number)?
//! primary := "(" query ")" | field ":" value | value
//! value   := "(" query ")" | phrase | range | regex | term
//! phrase  := '"' words '"' ("~" n)?         straight, curly or French quotes
//! term    := word | word with * or ? | word "~" [12]? | "=" word
//! range   := a ".." b | ">" v | ">=" v | "<" v | "<=" v      of days only
//! regex   := "/" … "/"                      against single words
//! ```
//!
//! What the grammar leaves open:
//!
//! - **Signs.** What holds no letter and no digit (`&`, `…`, a `-` between
//!   spaces) is left out with a note; a query of nothing else is an error.
//! - **Dashes.** `-` excludes only right before a word and after a space, an
//!   opening bracket or `|`. `--x` is the word `x`, with a note.
//! - **Questions.** `?` stands for one letter, so `colo?r`. But where a query
//!   of two or more plain words ends in `?`, it is a question, and a `?` at the
//!   end of a word is a question mark, with a note: `What happened to
//!   O'Brien's ship?` asks for `ship`. Operators, fields, weights or further
//!   wildcards make it a pattern again (`(wom?n) OR ship?`). Inside quotes
//!   the same holds of the phrase; `"green pla?"~0` is a pattern.
//! - **Fuzzy.** `word~` is `~1` for words of up to five letters, else `~2`. Of a
//!   word of several parts (`O'Brien~1`) the longest is fuzzy.
//! - **Names.** In `entity:`, `person:`, `org:` and `place:` words have no
//!   inflections; `=` compares the whole name.
//! - **Fields.** A space behind the colon is allowed, with a note. A field before
//!   brackets holds for all of them, unless a field inside says otherwise.
//! - **`any`.** Side by side, words are joined by OR; excluded words and filters
//!   (days, `has:`, `lang:`, `site:`, `url:`, `path:`, `id:`) still hold for
//!   every article of their bracket.
//! - **Caps.** [`MAX_BYTES`], [`MAX_DEPTH`] and [`MAX_CLAUSES`] bound what a query costs.

mod caret;
mod dates;
mod error;
mod fields;
mod join;
mod lex;
mod note;
mod parse;
mod print;
mod property;
#[cfg(test)]
mod tests;
mod token;
pub mod tree;
mod values;

use jiff::civil::Date;

pub use error::{ErrorKind, QueryError, point_at};
pub use fields::{FIELDS, Field};
pub use note::{Note, NoteKind};
use tree::Node;

/// Longest query, in bytes.
pub const MAX_BYTES: usize = 4096;

/// Deepest nesting of brackets.
pub const MAX_DEPTH: usize = 64;

/// Most words, phrases and filters of a query. A pattern inside a phrase
/// counts as one more.
pub const MAX_CLAUSES: usize = 128;

/// Largest number behind `^`.
pub const MAX_BOOST: f32 = 1000.0;

/// What a query does not say itself.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The day that `today`, `7d` and `last-month` count from. Asked for only where
    /// it matters: to tell a day takes the system's time zone.
    pub today: fn() -> Date,
    /// Whether words side by side are joined by OR (`--any`).
    pub any: bool,
}

/// A query as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What is asked.
    pub root: Node,
    /// Remarks on how it was read, in the order of their places.
    pub notes: Vec<Note>,
}

/// Reads a query.
///
/// # Errors
///
/// What is wrong first, with its place: see [`ErrorKind`].
///
/// ```
/// use jiff::civil::date;
/// use morgue::query::{Options, parse};
///
/// let options = Options { today: || date(2021, 3, 31), any: false };
/// let parsed = parse("climat* \"green deal\" since:2019", &options)?;
/// assert_eq!(parsed.root.to_query(), "climat* AND \"green deal\" AND date:2019-01-01..");
///
/// let error = parse("titel:x", &options).unwrap_err();
/// assert_eq!(
///     error.render("titel:x"),
///     "morgue: unknown field `titel:`\n  titel:x\n  ^\nhint: did you mean title: (put quotes around it to search the text)"
/// );
/// # Ok::<(), morgue::query::QueryError>(())
/// ```
pub fn parse(text: &str, options: &Options) -> Result<Parsed, QueryError> {
    parse::parse(text, options)
}

/// Reads one date as `--since` and `--until` take it: `since` its first day,
/// `until` its last. `text` is as behind `since:` and `until:`.
///
/// # Errors
///
/// If `text` is not a date; the span is within `text`.
pub fn parse_day(text: &str, until: bool, today: fn() -> Date) -> Result<Date, QueryError> {
    parse::parse_day(text, until, today)
}
