//! Tokens to syntax tree. Recursion follows the brackets of the query, whose
//! depth is capped; everything else is a loop.

use jiff::civil::Date;

use super::error::{ErrorKind, QueryError};
use super::fields::{Days, Field, Target};
use super::join::{self, Item, Join, Joined, NoPositions, near_scope};
use super::note::{Note, NoteKind};
use super::property::property;
use super::token::{Token, TokenKind};
use super::tree::{Kind, Node, Pattern, Scope, Span};
use super::{MAX_BYTES, MAX_CLAUSES, MAX_DEPTH, Options, Parsed, dates, lex, print, values};
use crate::text::words;

type Result<T> = std::result::Result<T, QueryError>;

/// What a query may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caps {
    pub(super) bytes: usize,
    pub(super) depth: usize,
    pub(super) clauses: usize,
}

const CAPS: Caps = Caps {
    bytes: MAX_BYTES,
    depth: MAX_DEPTH,
    clauses: MAX_CLAUSES,
};

pub(super) fn parse(text: &str, options: &Options) -> Result<Parsed> {
    parse_within(text, options, CAPS)
}

pub(super) fn parse_within(text: &str, options: &Options, caps: Caps) -> Result<Parsed> {
    if text.len() > caps.bytes {
        let span = Span {
            start: super::caret::floor(text, caps.bytes),
            end: text.len(),
        };
        return Err(QueryError::new(
            ErrorKind::TooLong { bytes: text.len() },
            span,
        ));
    }
    let mut notes = Vec::new();
    let tokens = lex::tokens(text, &mut notes)?;
    let whole = Span {
        start: 0,
        end: text.len(),
    };
    if tokens.is_empty() {
        return Err(QueryError::new(ErrorKind::Empty, whole));
    }
    let mut parser = Parser {
        text,
        is_question: is_question(text, &tokens),
        tokens,
        at: 0,
        today: options.today,
        any: options.any,
        caps,
        depth: 0,
        clauses: 0,
        notes,
    };
    let root = parser.level(None, None)?;
    let root = root.ok_or_else(|| QueryError::new(ErrorKind::NoWords, whole))?;
    let mut notes = parser.notes;
    notes.sort_by_key(|note| note.span.start);
    let mut said: Vec<Note> = Vec::new();
    for note in notes {
        if said.iter().all(|earlier| earlier.kind != note.kind) {
            said.push(note);
        }
    }
    Ok(Parsed { root, notes: said })
}

/// The day that a date behind `since:` (its first) or `until:` (its last) means.
pub(super) fn parse_day(text: &str, until: bool, today: fn() -> Date) -> Result<Date> {
    let field = if until { Days::Until } else { Days::From };
    let span = Span {
        start: 0,
        end: text.len(),
    };
    let range = dates::read(field, text, today).map_err(|kind| QueryError::new(kind, span))?;
    range.from.or(range.until).ok_or_else(|| {
        let text = text.to_owned();
        QueryError::new(ErrorKind::BadDate { text }, span)
    })
}

/// Whether the whole query is a question in plain words.
fn is_question(text: &str, tokens: &[Token]) -> bool {
    let ends_in_word = tokens
        .last()
        .is_some_and(|last| matches!(last.kind, TokenKind::Word));
    let is_prose = tokens.iter().all(|token| {
        matches!(
            token.kind,
            TokenKind::Word
                | TokenKind::Phrase { slop: None, .. }
                | TokenKind::Open
                | TokenKind::Close
        )
    });
    ends_in_word
        && is_prose
        && values::is_question(tokens.iter().filter_map(|token| match token.kind {
            TokenKind::Word => Some(slice(text, token.span)),
            // Whatever is quoted counts as a word without signs.
            TokenKind::Phrase { .. } => Some("q"),
            _ => None,
        }))
}

/// The place of an error in a token: all of it, unless the error knows better.
fn within(token: Token, error: &ErrorKind) -> Span {
    match (token.kind, error) {
        (TokenKind::Regex { inner }, ErrorKind::BadRegex { at, .. }) => Span {
            start: (inner.start + at).min(inner.end),
            end: token.span.end,
        },
        _ => token.span,
    }
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or_default()
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    today: fn() -> Date,
    any: bool,
    is_question: bool,
    caps: Caps,
    depth: usize,
    clauses: usize,
    notes: Vec<Note>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn note(&mut self, kind: NoteKind, span: Span) {
        self.notes.push(Note { kind, span });
    }

    fn missing(&self, operator: Token, side: &'static str) -> QueryError {
        let written = match operator.kind {
            TokenKind::Or if slice(self.text, operator.span).starts_with('|') => "|",
            _ => slice(self.text, operator.span),
        };
        let operator_text = written.to_owned();
        QueryError::new(
            ErrorKind::MissingOperand {
                operator: operator_text,
                side,
            },
            operator.span,
        )
    }

    /// A whole query, or what stands between brackets; `None` if no word does.
    fn level(&mut self, field: Option<&'static Field>, open: Option<Span>) -> Result<Option<Node>> {
        let mut items: Vec<Item> = Vec::new();
        let mut operator: Option<Token> = None;
        let is_closed = loop {
            let Some(token) = self.peek() else {
                break false;
            };
            match token.kind {
                TokenKind::Close => {
                    if open.is_none() {
                        return Err(QueryError::new(ErrorKind::UnopenedBracket, token.span));
                    }
                    self.at += 1;
                    break true;
                }
                TokenKind::And | TokenKind::Or => {
                    if let Some(earlier) = operator {
                        return Err(self.missing(earlier, "right"));
                    }
                    if items.is_empty() {
                        return Err(self.missing(token, "left"));
                    }
                    operator = Some(token);
                    self.at += 1;
                }
                TokenKind::Near { .. } => {
                    return Err(match operator {
                        Some(earlier) => self.missing(earlier, "right"),
                        None => self.missing(token, "left"),
                    });
                }
                _ => {
                    let join = match operator.take().map(|token| token.kind) {
                        Some(TokenKind::And) => Join::And,
                        Some(_) => Join::Or,
                        None => Join::Side,
                    };
                    let node = self.near(field)?;
                    items.push(Item { join, node });
                }
            }
        };
        if let Some(operator) = operator {
            return Err(self.missing(operator, "right"));
        }
        if let Some(open) = open {
            if !is_closed {
                return Err(QueryError::new(ErrorKind::UnclosedBracket, open));
            }
            if items.is_empty() {
                return Err(QueryError::new(ErrorKind::EmptyBrackets, open));
            }
        }
        let Joined { node, is_mixed } = join::join(items, self.any);
        if let (true, Some(node)) = (is_mixed, &node) {
            let read_as = print::bracketed(node);
            self.note(NoteKind::Mixed { read_as }, node.span);
        }
        Ok(node)
    }

    /// Operands joined by `NEAR/n`, from left to right.
    fn near(&mut self, field: Option<&'static Field>) -> Result<Option<Node>> {
        let mut left = self.unary(field)?;
        while let Some(operator) = self.peek() {
            let TokenKind::Near {
                distance,
                is_ordered,
            } = operator.kind
            else {
                break;
            };
            self.at += 1;
            if !self.peek().is_some_and(|next| next.kind.starts_operand()) {
                return Err(self.missing(operator, "right"));
            }
            let right = self.unary(field)?;
            left = match (left, right) {
                (Some(left), Some(right)) => {
                    self.check_near(operator, &left, &right)?;
                    let span = Span {
                        start: left.span.start,
                        end: right.span.end,
                    };
                    let kind = Kind::Near {
                        left: Box::new(left),
                        right: Box::new(right),
                        distance,
                        ordered: is_ordered,
                    };
                    Some(Node { kind, span })
                }
                (left, right) => left.or(right),
            };
        }
        Ok(left)
    }

    fn check_near(&self, operator: Token, left: &Node, right: &Node) -> Result<()> {
        let text = || slice(self.text, operator.span).to_owned();
        let scope_of = |node: &Node| {
            near_scope(node).map_err(|reason| match reason {
                NoPositions::Kind(span) => {
                    QueryError::new(ErrorKind::NotNear { operator: text() }, span)
                }
                NoPositions::Scopes(span) => {
                    QueryError::new(ErrorKind::NearAcrossFields { operator: text() }, span)
                }
            })
        };
        if scope_of(left)? != scope_of(right)? {
            let kind = ErrorKind::NearAcrossFields { operator: text() };
            return Err(QueryError::new(kind, operator.span));
        }
        Ok(())
    }

    fn unary(&mut self, field: Option<&'static Field>) -> Result<Option<Node>> {
        let Some(not) = self
            .peek()
            .filter(|token| matches!(token.kind, TokenKind::Not))
        else {
            return self.boosted(field);
        };
        self.at += 1;
        let next = self.peek().map(|token| token.kind);
        if !next.is_some_and(|next| next.starts_operand() && !matches!(next, TokenKind::Not)) {
            return Err(self.missing(not, "right"));
        }
        let Some(node) = self.boosted(field)? else {
            return Ok(None);
        };
        let span = Span {
            start: not.span.start,
            end: node.span.end,
        };
        Ok(Some(Node {
            kind: Kind::Not(Box::new(node)),
            span,
        }))
    }

    fn boosted(&mut self, field: Option<&'static Field>) -> Result<Option<Node>> {
        let node = self.primary(field)?;
        let Some(Token {
            kind: TokenKind::Boost(factor),
            span: behind,
            ..
        }) = self.peek()
        else {
            return Ok(node);
        };
        self.at += 1;
        Ok(node.map(|node| Node {
            span: Span {
                start: node.span.start,
                end: behind.end,
            },
            kind: Kind::Boost(Box::new(node), factor),
        }))
    }

    fn primary(&mut self, field: Option<&'static Field>) -> Result<Option<Node>> {
        let Some(mut token) = self.peek() else {
            return Ok(None);
        };
        self.at += 1;
        let (mut field, start) = (field, token.span.start);
        if let TokenKind::Field(named) = token.kind {
            let written = slice(self.text, token.span)
                .trim_end_matches(':')
                .to_owned();
            let Some(value) = self.peek().filter(|next| next.kind.starts_value()) else {
                let kind = ErrorKind::MissingValue { field: written };
                return Err(QueryError::new(kind, token.span));
            };
            if value.is_spaced {
                self.note(NoteKind::SpacedField(written), token.span);
            }
            self.at += 1;
            field = Some(named);
            token = value;
        }
        if matches!(token.kind, TokenKind::Open) {
            if self.depth >= self.caps.depth {
                return Err(QueryError::new(ErrorKind::TooDeep, token.span));
            }
            self.depth += 1;
            let node = self.level(field, Some(token.span))?;
            self.depth -= 1;
            return Ok(node);
        }
        let span = Span {
            start,
            end: token.span.end,
        };
        let target = field.map_or(Target::Words(Scope::Text), |field| field.target);
        let kind = self.value(token, target, field.is_some()).map_err(|kind| {
            let span = within(token, &kind);
            QueryError::new(kind, span)
        })?;
        let Some(kind) = kind else {
            let text = slice(self.text, token.span).to_owned();
            self.note(NoteKind::Ignored(text), token.span);
            return Ok(None);
        };
        self.clauses += values::weight(&kind);
        if self.clauses > self.caps.clauses {
            return Err(QueryError::new(ErrorKind::TooManyClauses, token.span));
        }
        Ok(Some(Node { kind, span }))
    }

    /// What one value asks of the texts or properties it is aimed at.
    fn value(
        &mut self,
        token: Token,
        target: Target,
        in_field: bool,
    ) -> std::result::Result<Option<Kind>, ErrorKind> {
        let Target::Words(scope) = target else {
            let inner = match token.kind {
                TokenKind::Phrase { inner, .. } => inner,
                _ => token.span,
            };
            let text = slice(self.text, inner);
            // Between slashes a quote may stand that a value cannot hold.
            if text.contains(lex::is_quote) {
                return Err(ErrorKind::UnclosedQuote);
            }
            return property(text, target, self.today).map(Some);
        };
        match token.kind {
            TokenKind::Phrase {
                inner,
                is_whole: true,
                ..
            } if matches!(scope, Scope::Entity(_)) => {
                let Scope::Entity(kind) = scope else {
                    return Ok(None);
                };
                Ok(values::name(slice(self.text, inner), kind))
            }
            TokenKind::Phrase { inner, slop, .. } => {
                let text = slice(self.text, inner);
                if slop.is_none() && values::is_question(text.split_whitespace()) {
                    self.note_question_mark(
                        text.split_whitespace().next_back().unwrap_or_default(),
                        token.span,
                    );
                }
                let kind = values::phrase(text, scope, slop)?;
                if let (Some(slop), Some(Kind::Word { .. })) = (slop, &kind) {
                    self.note(NoteKind::SlopOfOneWord(format!("~{slop}")), token.span);
                }
                Ok(kind)
            }
            TokenKind::Regex { inner } => {
                let pattern = Pattern::Regex(values::regex(slice(self.text, inner))?);
                Ok(Some(Kind::Word { scope, pattern }))
            }
            _ => {
                let written = slice(self.text, token.span);
                let mut text = written;
                if self.is_question && written.contains('?') && !written.contains("://") {
                    text = values::without_question_mark(written);
                    self.note_question_mark(written, token.span);
                }
                let kind = values::term(text, scope)?;
                if let Some(kind) = &kind {
                    self.remarks(written, kind, token.span, in_field);
                }
                Ok(kind)
            }
        }
    }

    fn note_question_mark(&mut self, word: &str, span: Span) {
        if word.contains(words::is_part_of_word) {
            self.note(NoteKind::QuestionMark(word.to_owned()), span);
        }
    }

    /// Remarks on words that look like something else.
    fn remarks(&mut self, text: &str, kind: &Kind, span: Span, in_field: bool) {
        let lower_near = text.split_once('/').is_some_and(|(name, number)| {
            name.eq_ignore_ascii_case("near") && number.bytes().all(|b| b.is_ascii_digit())
        });
        let remark = match text {
            "and" | "or" | "not" => NoteKind::LowerCaseOperator(text.to_owned()),
            "NEAR" => NoteKind::NotADistance(text.to_owned()),
            _ if lower_near => NoteKind::NotADistance(text.to_owned()),
            _ if text.starts_with("--") => NoteKind::TwoDashes(text.to_owned()),
            _ if self.any && text.starts_with('+') => NoteKind::Plus(text.to_owned()),
            _ if !in_field
                && matches!(kind, Kind::Phrase { .. } | Kind::Word { .. })
                && dates::is_range_of_dates(text, self.today) =>
            {
                NoteKind::BareRange(text.to_owned())
            }
            _ => return,
        };
        self.note(remark, span);
    }
}
