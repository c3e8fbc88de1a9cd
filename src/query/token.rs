//! What a query is cut into.

use super::error::{ErrorKind, QueryError};
use super::fields::Field;
use super::tree::Span;

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
    /// Whether a space (or the start) comes before it.
    pub(super) is_spaced: bool,
}

/// What a token is.
#[derive(Clone, Copy, Debug)]
pub(super) enum TokenKind {
    /// Anything without spaces, as written.
    Word,
    /// Text between quotes.
    Phrase {
        /// The text.
        inner: Span,
        /// The number behind `~`.
        slop: Option<u8>,
        /// Whether `=` stands before it.
        is_whole: bool,
    },
    /// Text between slashes.
    Regex { inner: Span },
    /// `(`
    Open,
    /// `)`
    Close,
    /// `AND`
    And,
    /// `OR`, `|`
    Or,
    /// `NOT`, `-`
    Not,
    /// `NEAR/n`, `W/n`, `PRE/n`
    Near { distance: u8, is_ordered: bool },
    /// A known field and its colon.
    Field(&'static Field),
    /// `^n`, behind a value.
    Boost(f32),
}

impl TokenKind {
    /// Whether an operand can start with it.
    pub(super) fn starts_operand(self) -> bool {
        matches!(self, Self::Not | Self::Field(_)) || self.starts_value()
    }

    /// Whether a field's value can start with it.
    pub(super) fn starts_value(self) -> bool {
        matches!(
            self,
            Self::Word | Self::Phrase { .. } | Self::Regex { .. } | Self::Open
        )
    }
}

/// The operator that a whole word is.
pub(super) fn operator(text: &str, span: Span) -> Result<Option<TokenKind>, QueryError> {
    match text {
        "AND" => return Ok(Some(TokenKind::And)),
        "OR" => return Ok(Some(TokenKind::Or)),
        "NOT" => return Ok(Some(TokenKind::Not)),
        _ => {}
    }
    let Some((name, number)) = text.split_once('/') else {
        return Ok(None);
    };
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let is_operator = name == "NEAR" || matches!(name, "W" | "PRE") && is_number;
    if !is_operator {
        return Ok(None);
    }
    match digits(number) {
        Some(distance) if distance > 0 => Ok(Some(TokenKind::Near {
            distance,
            is_ordered: name == "PRE",
        })),
        _ => Err(QueryError::new(
            ErrorKind::BadDistance {
                operator: text.to_owned(),
            },
            span,
        )),
    }
}

/// A number up to 255, of digits only.
pub(super) fn digits(text: &str) -> Option<u8> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
