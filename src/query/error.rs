//! What can be wrong with a query, where, and what to write instead.

use jiff::civil::Date;

use super::caret;
use super::tree::Span;

/// A query that cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{kind}")]
pub struct QueryError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in bytes of the query.
    pub span: Span,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ErrorKind {
    /// Nothing was asked.
    #[error("empty query")]
    Empty,
    /// Signs only.
    #[error("no word to search for")]
    NoWords,
    /// More text than a query may have.
    #[error("query of {bytes} bytes is too long")]
    TooLong {
        /// Length of the query.
        bytes: usize,
    },
    /// Too many brackets within one another.
    #[error("brackets nested too deep")]
    TooDeep,
    /// Too many words, phrases and filters.
    #[error("too many words")]
    TooManyClauses,
    /// A phrase that does not end.
    #[error("unclosed quote")]
    UnclosedQuote,
    /// Quotes around nothing.
    #[error("empty phrase")]
    EmptyPhrase,
    /// A bracket that is never closed.
    #[error("unclosed bracket")]
    UnclosedBracket,
    /// A closing bracket without an opening one.
    #[error("closing bracket without an opening one")]
    UnopenedBracket,
    /// Brackets around nothing.
    #[error("empty brackets")]
    EmptyBrackets,
    /// An operator that lacks what it joins or excludes.
    #[error("`{operator}` has nothing on its {side}")]
    MissingOperand {
        /// As written.
        operator: String,
        /// `left` or `right`.
        side: &'static str,
    },
    /// A field and nothing behind it.
    #[error("`{field}:` without a value")]
    MissingValue {
        /// As written.
        field: String,
    },
    /// What looks like a field but is none.
    #[error("unknown field `{name}:`")]
    UnknownField {
        /// As written.
        name: String,
    },
    /// `title:-word`.
    #[error("`-` inside a field's value")]
    ExcludedValue,
    /// The number of a `NEAR/n` is missing or out of range.
    #[error("`{operator}` is not a distance")]
    BadDistance {
        /// As written.
        operator: String,
    },
    /// What has no position in the text cannot be near another.
    #[error("`{operator}` joins only words and phrases")]
    NotNear {
        /// As written.
        operator: String,
    },
    /// Words of two fields are never near one another.
    #[error("`{operator}` joins words of two fields")]
    NearAcrossFields {
        /// As written.
        operator: String,
    },
    /// A `~` behind a phrase without a fit number.
    #[error("`{text}` is not a number of words")]
    BadSlop {
        /// As written.
        text: String,
    },
    /// A number of edits other than 1 and 2.
    #[error("`{text}` is not a number of edits")]
    BadEdits {
        /// As written.
        text: String,
    },
    /// A `^` without a fit number.
    #[error("`{text}` is not a weight")]
    BadBoost {
        /// As written.
        text: String,
    },
    /// A wildcard that would match nearly every word.
    #[error("`{text}` has fewer than two letters before its wildcard")]
    ShortWildcard {
        /// As written.
        text: String,
    },
    /// A `*` that stands alone inside a phrase.
    #[error("`*` is not a word of a phrase")]
    StarInPhrase,
    /// `clim*te~1`.
    #[error("`{text}` has wildcards and `~`")]
    FuzzyWildcard {
        /// As written.
        text: String,
    },
    /// A pattern over letters that are not spaced into words.
    #[error("`{text}` is a pattern in a script without spaces")]
    UnspacedPattern {
        /// As written.
        text: String,
    },
    /// A regular expression that is not well formed. One that would grow too
    /// large is only known once `search` compiles it.
    #[error("bad regular expression: {detail}")]
    BadRegex {
        /// What is wrong, on one line.
        detail: String,
        /// Where, in bytes from the start of the expression.
        at: usize,
    },
    /// What no form of a date fits.
    #[error("`{text}` is not a date")]
    BadDate {
        /// As written.
        text: String,
    },
    /// A well-formed day that is on no calendar, or too far away.
    #[error("there is no day `{text}`")]
    NoSuchDay {
        /// As written.
        text: String,
    },
    /// A range that ends before it starts.
    #[error("the range ends ({last}) before it starts ({first})")]
    RangeBackwards {
        /// First day.
        first: Date,
        /// Last day.
        last: Date,
    },
    /// A range or comparison behind a field that takes one date.
    #[error("`{text}` is more than one date")]
    NotOneDate {
        /// As written.
        text: String,
    },
    /// `date:..`
    #[error("a range without a first and a last day")]
    RangeWithoutEnds,
    /// An unknown value of `has:`.
    #[error("`has:` knows no `{text}`")]
    UnknownHas {
        /// As written.
        text: String,
    },
    /// Not two letters.
    #[error("`{text}` is not a language code")]
    BadLanguage {
        /// As written.
        text: String,
    },
    /// What no id starts with.
    #[error("`{text}` is not the start of an id")]
    BadId {
        /// As written.
        text: String,
    },
    /// What is no host.
    #[error("`{text}` is not a host")]
    BadSite {
        /// As written.
        text: String,
    },
}

impl QueryError {
    /// An error at a place, with the hint that its kind has.
    pub fn new(kind: ErrorKind, span: Span) -> Self {
        let hint = kind.hint();
        Self { kind, span, hint }
    }

    /// With a hint that knows more of the place.
    pub(super) fn hinted(kind: ErrorKind, span: Span, hint: String) -> Self {
        Self {
            kind,
            span,
            hint: Some(hint),
        }
    }

    /// What a terminal shows: the message, the query with a caret under the
    /// place, the hint. `query` is the text that was parsed; long ones are cut
    /// around the place. No newline at the end.
    pub fn render(&self, query: &str) -> String {
        point_at(
            query,
            self.span,
            &self.kind.to_string(),
            self.hint.as_deref(),
        )
    }
}

/// A message with the query below it, a caret under the place and a hint; see
/// [`QueryError::render`].
pub fn point_at(query: &str, span: Span, message: &str, hint: Option<&str>) -> String {
    let mut out = format!("morgue: {}", caret::clean(message));
    if let Some((line, caret)) = caret::point(query, span.start) {
        out.push_str(&format!("\n  {line}\n  {caret}"));
    }
    if let Some(hint) = hint {
        out.push_str(&format!("\nhint: {}", caret::clean(hint)));
    }
    out
}

impl ErrorKind {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Empty => "name a word to search for; `*` is every article",
            Self::NoWords => "signs are not indexed; name a word or a number",
            Self::TooLong { .. } => "a query may have 4096 bytes",
            Self::TooDeep => "brackets may nest 64 deep",
            Self::TooManyClauses => "a query may have 128 words, phrases and filters",
            Self::UnclosedQuote => {
                "add the closing quote, or leave the quote out to search the single words"
            }
            Self::EmptyPhrase => "put words between the quotes, or leave them out",
            Self::UnclosedBracket => "add the closing `)`, or put quotes around the text",
            Self::UnopenedBracket => "remove the `)`, or put quotes around the text",
            Self::EmptyBrackets => "put a query between the brackets, or leave them out",
            Self::MissingOperand { operator, side } => {
                return Some(operand_hint(operator, side));
            }
            Self::MissingValue { field } => {
                return Some(format!(
                    "write the value behind the colon; to search the word, write \"{field}\""
                ));
            }
            Self::UnknownField { .. } => return None,
            Self::BadRegex { .. } => {
                "a `\\` before a sign makes it a plain one; to search the text, put quotes around it"
            }
            Self::ExcludedValue => "write the `-` before the field: `-title:word`",
            Self::BadDistance { .. } => "write a number from 1 to 255 behind the slash: `NEAR/5`",
            Self::NotNear { .. } => {
                "its sides may be words, phrases, and words joined by OR in brackets"
            }
            Self::NearAcrossFields { .. } => {
                "name the field before brackets: `title:(peace NEAR/3 talks)`"
            }
            Self::BadSlop { .. } => {
                "write how many words may stand between, 0 to 255: `\"peace talks\"~3`"
            }
            Self::BadEdits { .. } => "`~1` allows one wrong letter, `~2` two",
            Self::BadBoost { .. } => {
                "write a number over 0 and up to 1000: `flood^2`; to search the text, put quotes around it"
            }
            Self::ShortWildcard { .. } => "write at least two letters before `*` or `?`",
            Self::StarInPhrase => {
                "write `\"a b\"~1` for at most one word between; `*` ends or joins parts of a word"
            }
            Self::FuzzyWildcard { .. } => "use one of the two",
            Self::UnspacedPattern { .. } => {
                "leave the sign out: text in this script is found inside longer text anyway"
            }
            Self::NotOneDate { text } => {
                return Some(format!(
                    "ranges and comparisons stand behind `date:`: `date:{text}`"
                ));
            }
            Self::BadDate { text } if text == "*" => "`has:date` finds all articles with a date",
            Self::BadDate { .. } => {
                "write 2019, 2019-04, 2019-04-13, 2019..2021, today, 7d, 3w, 6m, 1y or last-month"
            }
            Self::NoSuchDay { .. } => "write year-month-day, for example 2019-04-13",
            Self::RangeBackwards { .. } => "write the earlier date first",
            Self::RangeWithoutEnds => "write 2019..2021, 2019.. or ..2021; `has:date` is any date",
            Self::UnknownHas { .. } => "write `has:date` or `has:entity`",
            Self::BadLanguage { .. } => "write the two letters of ISO 639-1: `lang:en`, `lang:fr`",
            Self::BadId { .. } => "an id is up to 16 letters and digits, as `search` prints it",
            Self::BadSite { .. } => {
                "write a host: `site:example.org`; parts of an address are found by `url:`"
            }
        };
        Some(hint.to_owned())
    }
}

fn operand_hint(operator: &str, side: &str) -> String {
    if operator == "-" || operator == "NOT" {
        return "write a word, a phrase or brackets behind it".to_owned();
    }
    if operator == "|" {
        return format!("write a word, a phrase or brackets on its {side}");
    }
    format!(
        "write a word, a phrase or brackets on its {side}; to search the word itself, write \"{operator}\""
    )
}
