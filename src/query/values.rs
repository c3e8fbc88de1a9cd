//! What words, phrases and patterns ask: text cut and folded as articles are.

use super::error::ErrorKind;
use super::tree::{Kind, Pattern, Scope};
use crate::text::words::{self, Words};

/// What a bare word asks; `None` if it holds no word.
///
/// `text` is a word as written, without its weight.
pub(super) fn term(text: &str, scope: Scope) -> Result<Option<Kind>, ErrorKind> {
    if is_address(text) {
        return Ok(of_parts(exact_words(text), scope, 0, false));
    }
    let is_star = !text.is_empty() && text.bytes().all(|b| b == b'*');
    if is_star && scope == Scope::Text {
        return Ok(Some(Kind::All));
    }
    let value = text.strip_prefix('=').unwrap_or(text);
    let is_exact = value.len() < text.len();
    if let (true, Scope::Entity(kind), false) = (is_exact, scope, is_pattern(value)) {
        return Ok(name(value, kind));
    }
    Ok(of_parts(parts(value)?, scope, 0, is_exact))
}

/// What the text between quotes asks; `None` if it holds no word.
pub(super) fn phrase(
    text: &str,
    scope: Scope,
    slop: Option<u8>,
) -> Result<Option<Kind>, ErrorKind> {
    let is_question = slop.is_none() && is_question(text.split_whitespace());
    let mut all = Vec::new();
    for word in text.split_whitespace() {
        if word.bytes().all(|b| b == b'*') {
            return Err(ErrorKind::StarInPhrase);
        }
        if is_address(word) {
            all.extend(exact_words(word));
        } else if is_question {
            all.extend(parts(without_question_mark(word))?);
        } else {
            all.extend(parts(word)?);
        }
    }
    Ok(of_parts(all, scope, u32::from(slop.unwrap_or(0)), true))
}

/// A whole name: `person:="Mike Pompeo"`.
pub(super) fn name(text: &str, kind: Option<crate::article::EntityKind>) -> Option<Kind> {
    let name = words::folded(text).join(" ");
    (!name.is_empty()).then_some(Kind::Name { kind, name })
}

/// A regular expression, its letters folded as the words are that it is
/// matched against. What follows a backslash is kept: `\D` is not `\d`.
pub(super) fn regex(text: &str) -> Result<String, ErrorKind> {
    regex_syntax::parse(text).map_err(bad_regex)?;
    let folded = folded_regex(text);
    // A mark that folding drops may be all there is, or what a sign repeats.
    if folded.is_empty() {
        return Err(ErrorKind::BadRegex {
            detail: "no letter in it".to_owned(),
            at: 0,
        });
    }
    regex_syntax::parse(&folded).map_err(|error| match bad_regex(error) {
        ErrorKind::BadRegex { detail, .. } => ErrorKind::BadRegex { detail, at: 0 },
        other => other,
    })?;
    Ok(folded)
}

fn bad_regex(error: regex_syntax::Error) -> ErrorKind {
    let (detail, at) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.offset),
        regex_syntax::Error::Translate(error) => {
            (error.kind().to_string(), error.span().start.offset)
        }
        error => (error.to_string(), 0),
    };
    // The first line says what is wrong; the second, where there is one, how
    // one may have got there.
    let detail = detail.lines().next().unwrap_or_default().to_owned();
    ErrorKind::BadRegex { detail, at }
}

fn folded_regex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&words::fold_piece(&rest[..at]));
        let escaped = escape_length(&rest[at..]);
        out.push_str(&rest[at..at + escaped]);
        rest = &rest[at + escaped..];
    }
    out.push_str(&words::fold_piece(rest));
    out
}

/// Bytes of the escape that `text` starts with: `\.`, `\pL`, `\p{Greek}`.
fn escape_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let Some((at, c)) = chars.next() else {
        return text.len();
    };
    if !matches!(c, 'p' | 'P' | 'x' | 'u' | 'U') {
        return at + c.len_utf8();
    }
    match chars.next() {
        Some((_, '{')) => text.find('}').map_or(text.len(), |end| end + 1),
        Some((at, c)) if c.is_ascii_alphabetic() => at + c.len_utf8(),
        _ => at + c.len_utf8(),
    }
}

/// Whether words that carry no sign of a pattern end in a question mark: two
/// or more, the last of them with a `?`.
pub(super) fn is_question<'t>(words: impl Iterator<Item = &'t str>) -> bool {
    let (mut count, mut ends_in_mark) = (0, false);
    for word in words {
        let core = without_question_mark(word);
        let is_plain = is_address(word) || !word.starts_with('=') && !is_pattern(core);
        if !is_plain || fuzzy(word) != Fuzziness::None {
            return false;
        }
        count += 1;
        ends_in_mark = word[core.len()..].contains('?');
    }
    count >= 2 && ends_in_mark
}

/// The word without the signs that end it.
pub(super) fn without_question_mark(word: &str) -> &str {
    word.trim_end_matches(|c| c == '?' || c != '*' && !words::is_part_of_word(c))
}

/// Addresses are text: their `?`, `*`, `/` and `:` mean nothing.
fn is_address(text: &str) -> bool {
    text.contains("://")
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn exact_words(text: &str) -> Vec<Pattern> {
    words::folded(text)
        .into_iter()
        .map(Pattern::Exact)
        .collect()
}

fn of_parts(mut parts: Vec<Pattern>, scope: Scope, slop: u32, is_exact: bool) -> Option<Kind> {
    if parts.len() > 1 {
        return Some(Kind::Phrase { scope, parts, slop });
    }
    let pattern = match parts.pop()? {
        // Names have no inflections: the Johnsons are not John.
        Pattern::Exact(word) if !is_exact && !matches!(scope, Scope::Entity(_)) => {
            Pattern::Inflected(word)
        }
        pattern => pattern,
    };
    Some(Kind::Word { scope, pattern })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fuzziness {
    /// No `~` that ends the word.
    None,
    /// Any number, read where it is known what it is about.
    Edits {
        /// Byte of the `~`.
        at: usize,
    },
}

fn fuzzy(word: &str) -> Fuzziness {
    match word.rfind('~') {
        Some(at)
            if word[at + 1..].bytes().all(|b| b.is_ascii_digit())
                && word[..at].contains(words::is_part_of_word) =>
        {
            Fuzziness::Edits { at }
        }
        _ => Fuzziness::None,
    }
}

/// The words of a text without spaces, with its wildcards and `~`.
fn parts(text: &str) -> Result<Vec<Pattern>, ErrorKind> {
    if let Fuzziness::Edits { at } = fuzzy(text) {
        return fuzzy_parts(text, at);
    }
    if !is_pattern(text) {
        return Ok(exact_words(text));
    }
    let mut all = Vec::new();
    let is_sign = |c: char| !matches!(c, '*' | '?') && !words::is_part_of_word(c);
    for piece in text.split(is_sign) {
        if !is_pattern(piece) {
            all.extend(exact_words(piece));
        } else if piece.bytes().any(|b| b != b'?') {
            all.extend(wildcard_parts(piece, text)?);
        }
    }
    Ok(all)
}

fn wildcard_parts(piece: &str, text: &str) -> Result<Vec<Pattern>, ErrorKind> {
    if piece.contains(words::is_unspaced) {
        // Such text is cut into pairs of letters, so that its words end
        // nowhere: a `*` at the end says nothing, within it cannot match.
        let bare = piece.trim_end_matches('*');
        if is_pattern(bare) {
            return Err(ErrorKind::UnspacedPattern {
                text: text.to_owned(),
            });
        }
        return Ok(exact_words(bare));
    }
    let mut pattern = words::fold_piece(piece);
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
    }
    let leading = pattern.split(['*', '?']).next().unwrap_or_default();
    if leading.chars().count() < 2 {
        return Err(ErrorKind::ShortWildcard {
            text: text.to_owned(),
        });
    }
    Ok(vec![Pattern::Wildcard(pattern)])
}

fn fuzzy_parts(text: &str, mark: usize) -> Result<Vec<Pattern>, ErrorKind> {
    let (base, number) = (&text[..mark], &text[mark + 1..]);
    if is_pattern(base) {
        return Err(ErrorKind::FuzzyWildcard {
            text: text.to_owned(),
        });
    }
    if base.contains(words::is_unspaced) {
        return Err(ErrorKind::UnspacedPattern {
            text: text.to_owned(),
        });
    }
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut words = Words::new(base);
    while words.advance() {
        all.push((words.word().chars().count(), words.word().to_owned()));
    }
    let longest = all.iter().map(|&(letters, _)| letters).max().unwrap_or(0);
    let edits = match number {
        "" if longest <= 5 => 1,
        "" | "2" => 2,
        "1" => 1,
        _ => {
            return Err(ErrorKind::BadEdits {
                text: text[mark..].to_owned(),
            });
        }
    };
    let fuzzy = all.iter().position(|&(letters, _)| letters == longest);
    Ok(all
        .into_iter()
        .enumerate()
        .map(|(at, (_, word))| {
            if Some(at) == fuzzy {
                Pattern::Fuzzy { word, edits }
            } else {
                Pattern::Exact(word)
            }
        })
        .collect())
}

/// How often one clause is looked up: patterns inside phrases cost more.
pub(super) fn weight(kind: &Kind) -> usize {
    match kind {
        Kind::Phrase { parts, .. } => {
            let is_plain =
                |part: &&Pattern| matches!(part, Pattern::Exact(_) | Pattern::Inflected(_));
            1 + parts.len() - parts.iter().filter(is_plain).count()
        }
        _ => 1,
    }
}
