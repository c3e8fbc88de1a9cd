//! What a user may want to know about how a query was read, although nothing
//! is wrong with it.

use std::fmt;

use super::caret;
use super::tree::Span;

/// A remark on how a part of the query was read. Its `Display` is one line
/// that may be printed on a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is to be said.
    pub kind: NoteKind,
    /// Where, in bytes of the query.
    pub span: Span,
}

/// What is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// `and`, `or`, `not` are words.
    LowerCaseOperator(String),
    /// AND and OR without brackets.
    Mixed {
        /// The query with the brackets it was read with.
        read_as: String,
    },
    /// Signs that hold no word.
    Ignored(String),
    /// A `?` that ends a question, not a word with one letter more.
    QuestionMark(String),
    /// `title: word`, with a space.
    SpacedField(String),
    /// `topic:word`, where `topic` is no field.
    NotAField(String),
    /// `--word`.
    TwoDashes(String),
    /// `+word`, where words are joined by OR.
    Plus(String),
    /// `NEAR` without a number, or `near/3`.
    NotADistance(String),
    /// `2019..2021` without `date:`.
    BareRange(String),
    /// `"word"~2`.
    SlopOfOneWord(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.kind {
            NoteKind::LowerCaseOperator(word) => {
                let upper = word.to_ascii_uppercase();
                format!("`{word}` is searched as a word; the operator is `{upper}`")
            }
            NoteKind::Mixed { read_as } => {
                format!("AND binds tighter than OR: read as {read_as}")
            }
            NoteKind::Ignored(text) => format!("`{text}` holds no word and is left out"),
            NoteKind::QuestionMark(text) => format!(
                "the `?` of `{text}` is read as a question mark; inside a word it stands for one letter"
            ),
            NoteKind::SpacedField(field) => format!(
                "`{field}:` is read as a field of what follows; to search the word, write \"{field}\""
            ),
            NoteKind::NotAField(name) => format!("`{name}:` is no field and is searched as text"),
            NoteKind::TwoDashes(text) => {
                format!("`{text}` is searched; one `-` before a word excludes it")
            }
            NoteKind::Plus(text) => format!(
                "the `+` of `{text}` means nothing; write AND between words that must all occur"
            ),
            NoteKind::NotADistance(text) => {
                format!("`{text}` is searched as a word; the operator is written `NEAR/5`")
            }
            NoteKind::BareRange(text) => {
                format!("`{text}` is searched as text; days are named by `date:{text}`")
            }
            NoteKind::SlopOfOneWord(text) => {
                format!("`{text}` means nothing behind a phrase of one word")
            }
        };
        f.write_str(&caret::clean(&text))
    }
}
