//! Cuts a query into tokens: what is a word, a phrase, an operator, a field.
//! Knows nothing of what the values mean.

use super::MAX_BOOST;
use super::error::{ErrorKind, QueryError};
use super::fields::{self, Field, Target};
use super::note::{Note, NoteKind};
use super::token::{self, Token, TokenKind, digits};
use super::tree::Span;

/// All tokens of a query; remarks are added to `notes`.
pub(super) fn tokens(text: &str, notes: &mut Vec<Note>) -> Result<Vec<Token>, QueryError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        is_spaced: true,
        tokens: Vec::new(),
        notes,
    };
    while lexer.skip_blanks() {
        lexer.token()?;
    }
    Ok(lexer.tokens)
}

struct Lexer<'t, 'n> {
    text: &'t str,
    at: usize,
    is_spaced: bool,
    tokens: Vec<Token>,
    notes: &'n mut Vec<Note>,
}

/// Double quotes: any of them opens, any closes.
pub(super) fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ff02}'
    )
}

/// Marks without width that pasted text starts with.
fn is_stray_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl Lexer<'_, '_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn span(&self, start: usize) -> Span {
        Span {
            start,
            end: self.at,
        }
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Goes to the next token; `false` at the end.
    fn skip_blanks(&mut self) -> bool {
        self.is_spaced = self.at == 0;
        while let Some(c) = self.peek() {
            if !c.is_whitespace() && !is_stray_mark(c) {
                return true;
            }
            self.is_spaced |= c.is_whitespace();
            self.at += c.len_utf8();
        }
        false
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.tokens.push(Token {
            kind,
            span: self.span(start),
            is_spaced: self.is_spaced,
        });
    }

    /// The field, if its colon stands right before this place.
    fn glued_field(&self) -> Option<&'static Field> {
        match self.tokens.last() {
            Some(Token {
                kind: TokenKind::Field(field),
                ..
            }) if !self.is_spaced => Some(field),
            _ => None,
        }
    }

    fn is_glued_to_minus(&self) -> bool {
        !self.is_spaced
            && matches!(self.tokens.last(), Some(last) if matches!(last.kind, TokenKind::Not))
    }

    fn token(&mut self) -> Result<(), QueryError> {
        let start = self.at;
        let Some(c) = self.peek() else {
            return Ok(());
        };
        match c {
            '(' | ')' => {
                self.at += 1;
                let kind = if c == '(' {
                    TokenKind::Open
                } else {
                    TokenKind::Close
                };
                self.push(kind, start);
                if c == ')' {
                    self.boost_behind()?;
                }
                return Ok(());
            }
            '|' => {
                self.at += self.rest().bytes().take_while(|&b| b == b'|').count();
                self.push(TokenKind::Or, start);
                return Ok(());
            }
            _ => {}
        }
        if self.phrase()? {
            return Ok(());
        }
        let glued = self.glued_field();
        let is_raw =
            glued.is_some_and(|field| matches!(field.target, Target::Days(_) | Target::Raw(_)));
        if !is_raw && (self.minus(glued)? || self.regex()?) {
            return Ok(());
        }
        if glued.is_none() && self.field()? {
            return Ok(());
        }
        self.word(is_raw);
        let span = self.span(start);
        let can_join = glued.is_none() && !self.is_glued_to_minus();
        if can_join && let Some(kind) = token::operator(self.slice(span), span)? {
            self.push(kind, start);
            return Ok(());
        }
        self.push_word(span)
    }

    /// Reads `"…"`, `="…"` or `«…»`, with what follows it.
    fn phrase(&mut self) -> Result<bool, QueryError> {
        let start = self.at;
        let rest = self.rest();
        let unmarked = rest.strip_prefix('=').unwrap_or(rest);
        let is_whole = unmarked.len() < rest.len();
        let Some(quote) = unmarked.chars().next() else {
            return Ok(false);
        };
        let inner_start = start + usize::from(is_whole) + quote.len_utf8();
        let inside = self.text.get(inner_start..).unwrap_or_default();
        let end = if is_quote(quote) {
            inside.char_indices().find(|&(_, c)| is_quote(c))
        } else if quote == '«' {
            // Without its partner it is a sign like others.
            let end = inside
                .char_indices()
                .find(|&(_, c)| c == '»' || is_quote(c));
            match end {
                Some((_, '»')) => end,
                _ => return Ok(false),
            }
        } else {
            return Ok(false);
        };
        let Some((length, closing)) = end else {
            let span = Span {
                start,
                end: self.text.len(),
            };
            return Err(QueryError::new(ErrorKind::UnclosedQuote, span));
        };
        let inner = Span {
            start: inner_start,
            end: inner_start + length,
        };
        self.at = inner.end + closing.len_utf8();
        if self.slice(inner).trim().is_empty() {
            return Err(QueryError::new(ErrorKind::EmptyPhrase, self.span(start)));
        }
        let slop = self.slop()?;
        let kind = TokenKind::Phrase {
            inner,
            slop,
            is_whole,
        };
        self.push(kind, start);
        self.boost_behind()?;
        Ok(true)
    }

    fn slop(&mut self) -> Result<Option<u8>, QueryError> {
        if self.peek() != Some('~') {
            return Ok(None);
        }
        let start = self.at;
        self.at += 1;
        while let Some(c) = self.peek() {
            if is_end(c) || c == '^' {
                break;
            }
            self.at += c.len_utf8();
        }
        let span = self.span(start);
        let text = self.slice(span);
        match digits(&text[1..]) {
            Some(slop) => Ok(Some(slop)),
            None => Err(QueryError::new(
                ErrorKind::BadSlop {
                    text: text.to_owned(),
                },
                span,
            )),
        }
    }

    /// A `^` right behind a phrase, a regular expression or brackets.
    fn boost_behind(&mut self) -> Result<(), QueryError> {
        if self.peek() != Some('^') {
            return Ok(());
        }
        self.is_spaced = false;
        let start = self.at;
        self.at += 1;
        while let Some(c) = self.peek() {
            if is_end(c) {
                break;
            }
            self.at += c.len_utf8();
        }
        self.push_boost(self.span(start))
    }

    fn push_boost(&mut self, span: Span) -> Result<(), QueryError> {
        let text = self.slice(span);
        let number = &text[1..];
        let is_number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let factor = number.parse::<f32>().ok();
        match factor.filter(|&factor| is_number && factor > 0.0 && factor <= MAX_BOOST) {
            Some(factor) => {
                self.is_spaced = false;
                self.push(TokenKind::Boost(factor), span.start);
                Ok(())
            }
            None => Err(QueryError::new(
                ErrorKind::BadBoost {
                    text: text.to_owned(),
                },
                span,
            )),
        }
    }

    /// A `-` that excludes. Anywhere else it is a sign of the text.
    fn minus(&mut self, glued: Option<&Field>) -> Result<bool, QueryError> {
        let mut chars = self.rest().chars();
        let next = match (chars.next(), chars.next()) {
            (Some('-'), Some(next)) => next,
            _ => return Ok(false),
        };
        let is_lone = next == '-' || next == ')' || next == '|' || next.is_whitespace();
        let behind_value = !self.is_spaced
            && self.tokens.last().is_some_and(|last| {
                !matches!(
                    last.kind,
                    TokenKind::Open | TokenKind::Or | TokenKind::Field(_)
                )
            });
        if is_lone || behind_value {
            return Ok(false);
        }
        let start = self.at;
        self.at += 1;
        if glued.is_some() {
            return Err(QueryError::new(ErrorKind::ExcludedValue, self.span(start)));
        }
        self.push(TokenKind::Not, start);
        Ok(true)
    }

    /// `/…/`, if nothing else is joined to it.
    fn regex(&mut self) -> Result<bool, QueryError> {
        let Some(inside) = self.rest().strip_prefix('/') else {
            return Ok(false);
        };
        let mut is_escaped = false;
        let mut length = None;
        for (at, c) in inside.char_indices() {
            if c.is_whitespace() {
                break;
            }
            if c == '/' && !is_escaped {
                length = Some(at);
                break;
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        let Some(length) = length.filter(|&length| length > 0) else {
            return Ok(false);
        };
        let is_closed = inside[length + 1..]
            .chars()
            .next()
            .is_none_or(|c| is_end(c) || c == '^');
        if !is_closed {
            return Ok(false);
        }
        let start = self.at;
        let inner = Span {
            start: start + 1,
            end: start + 1 + length,
        };
        self.at = inner.end + 1;
        self.push(TokenKind::Regex { inner }, start);
        self.boost_behind()?;
        Ok(true)
    }

    /// A known name and its colon. An unknown one is text, unless it is so
    /// near a known one that it must be a slip.
    fn field(&mut self) -> Result<bool, QueryError> {
        let rest = self.rest();
        let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (name, behind) = rest.split_at(length);
        let Some(value) = behind.strip_prefix(':') else {
            return Ok(false);
        };
        if name.is_empty() || value.starts_with("//") {
            return Ok(false);
        }
        let start = self.at;
        if let Some(field) = fields::find(name) {
            self.at += length + 1;
            self.push(TokenKind::Field(field), start);
            return Ok(true);
        }
        let has_value = value
            .chars()
            .next()
            .is_some_and(|c| !c.is_whitespace() && c != ')' && c != '|');
        if !has_value || length < 2 {
            return Ok(false);
        }
        let name = name.to_owned();
        let span = Span {
            start,
            end: start + length + 1,
        };
        if let Some(meant) = fields::near_miss(&name) {
            let hint = format!("did you mean {meant}: (put quotes around it to search the text)");
            return Err(QueryError::hinted(
                ErrorKind::UnknownField { name },
                span,
                hint,
            ));
        }
        self.notes.push(Note {
            kind: NoteKind::NotAField(name),
            span,
        });
        Ok(false)
    }

    /// Goes to the end of a word. In addresses, and in values taken as they
    /// are, brackets that close again belong to it.
    fn word(&mut self, is_raw: bool) {
        let start = self.at;
        let (mut is_address, mut open) = (false, 0u32);
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || is_quote(c) => break,
                '(' if is_raw || is_address => open += 1,
                ')' if open > 0 => open -= 1,
                '|' if is_address => {}
                c if is_end(c) => break,
                _ => {}
            }
            self.at += c.len_utf8();
            is_address |= c == '/' && self.slice(self.span(start)).ends_with("://");
        }
        if self.at == start {
            // Nothing a word can start with: leave no way to stand still.
            self.at += self.peek().map_or(1, char::len_utf8);
        }
    }

    /// A word, and the `^n` at its end as a token of its own.
    fn push_word(&mut self, span: Span) -> Result<(), QueryError> {
        let text = self.slice(span);
        let mark = text
            .rfind('^')
            .filter(|&mark| mark > 0 && !text.contains("://"));
        let boost = mark.filter(|&mark| {
            let behind = &text[mark + 1..];
            behind.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))
                && behind.contains(|c: char| c.is_ascii_digit())
        });
        let Some(mark) = boost else {
            self.push(TokenKind::Word, span.start);
            return Ok(());
        };
        let end = span.end;
        self.at = span.start + mark;
        self.push(TokenKind::Word, span.start);
        self.at = end;
        self.push_boost(Span {
            start: span.start + mark,
            end,
        })
    }
}

/// What ends a word anywhere.
fn is_end(c: char) -> bool {
    c.is_whitespace() || is_quote(c) || matches!(c, '(' | ')' | '|')
}
