//! Lends morgue's words to tantivy: [`WordsTokenizer`] for texts,
//! [`EntitiesTokenizer`] for lists of names. Neither allocates per word.
//!
//! Tokenizers are not stored in an index: [`register`] them before any use.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::schema::{ENTITIES, ENTITY_GAP, WORDS};
use crate::article::EntityKind;
use crate::text::words::Words;

/// Makes the schema's tokenizers known to an index; needed for reading and writing.
pub fn register(index: &tantivy::Index) {
    index
        .tokenizers()
        .register(WORDS, WordsTokenizer::default());
    index
        .tokenizers()
        .register(ENTITIES, EntitiesTokenizer::default());
}

/// The letter that leads every word of an entity of this kind in the index.
pub fn kind_letter(kind: EntityKind) -> char {
    match kind {
        EntityKind::Person => 'p',
        EntityKind::Org => 'o',
        EntityKind::Place => 'l',
    }
}

/// The kind a leading letter stands for.
pub fn kind_of_letter(letter: char) -> Option<EntityKind> {
    EntityKind::ALL
        .into_iter()
        .find(|&kind| kind_letter(kind) == letter)
}

/// The value of `Fields::entities` for these names, one a line.
pub fn entity_lines<'a>(names: impl IntoIterator<Item = (EntityKind, &'a str)>) -> String {
    let mut lines = String::new();
    for (kind, name) in names {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push(kind_letter(kind));
        // A line break within a name would cut it in two.
        lines.extend(name.chars().map(|c| if c == '\n' { ' ' } else { c }));
    }
    lines
}

/// Cuts texts with [`Words`].
#[derive(Clone, Default)]
pub struct WordsTokenizer {
    token: Token,
    buffer: String,
}

/// The words of one text.
pub struct WordsStream<'a> {
    words: Words<'a>,
    token: &'a mut Token,
    /// Where the buffer of `words` goes back to, for the next text.
    buffer: &'a mut String,
}

impl Tokenizer for WordsTokenizer {
    type TokenStream<'a> = WordsStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordsStream<'a> {
        self.token.reset();
        WordsStream {
            words: Words::with_buffer(text, std::mem::take(&mut self.buffer)),
            token: &mut self.token,
            buffer: &mut self.buffer,
        }
    }
}

impl TokenStream for WordsStream<'_> {
    fn advance(&mut self) -> bool {
        if !self.words.advance() {
            return false;
        }
        let range = self.words.range();
        self.token.offset_from = range.start;
        self.token.offset_to = range.end;
        self.token.position = self.words.position() as usize;
        self.words.swap_word(&mut self.token.text);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

impl Drop for WordsStream<'_> {
    fn drop(&mut self) {
        let words = std::mem::replace(&mut self.words, Words::new(""));
        *self.buffer = words.into_buffer();
    }
}

/// Cuts lists of names: one a line, led by its kind's letter.
///
/// A letter in upper case leads a further form of the name before it: its words
/// are found, but it is no name of its own. `pMike Pompeo` yields `pmike` and `ppompeo` at adjacent positions and
/// `=pmike pompeo` at the position of the last; the next name starts
/// [`ENTITY_GAP`] positions after it.
#[derive(Clone, Default)]
pub struct EntitiesTokenizer {
    token: Token,
    buffer: String,
    whole: String,
}

/// The words of one list of names.
pub struct EntitiesStream<'a> {
    rest: &'a str,
    /// Where `rest` begins in the whole value.
    rest_at: usize,
    words: Words<'a>,
    line_at: usize,
    letter: char,
    /// Position of the first word of the current name.
    base: usize,
    /// Position after the last word given.
    next: usize,
    token: &'a mut Token,
    /// `=`, the kind's letter and the words of the name so far.
    whole: &'a mut String,
    words_in_name: usize,
    is_further_form: bool,
    buffer: &'a mut String,
}

impl Tokenizer for EntitiesTokenizer {
    type TokenStream<'a> = EntitiesStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> EntitiesStream<'a> {
        self.token.reset();
        self.whole.clear();
        EntitiesStream {
            rest: text,
            rest_at: 0,
            words: Words::with_buffer("", std::mem::take(&mut self.buffer)),
            line_at: 0,
            letter: ' ',
            base: 0,
            next: 0,
            token: &mut self.token,
            whole: &mut self.whole,
            words_in_name: 0,
            is_further_form: false,
            buffer: &mut self.buffer,
        }
    }
}

impl EntitiesStream<'_> {
    /// Goes to the next line that names something; `false` at the end.
    fn next_name(&mut self) -> bool {
        loop {
            if self.rest.is_empty() {
                return false;
            }
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            let line = &self.rest[..end];
            let line_at = self.rest_at;
            let after = (end + 1).min(self.rest.len());
            self.rest = &self.rest[after..];
            self.rest_at += after;
            let mut chars = line.chars();
            let Some(letter) = chars.next() else { continue };
            let is_further_form = letter.is_ascii_uppercase();
            let letter = letter.to_ascii_lowercase();
            if kind_of_letter(letter).is_none() {
                continue;
            }
            let old = std::mem::replace(&mut self.words, Words::new(""));
            self.words = Words::with_buffer(chars.as_str(), old.into_buffer());
            self.line_at = line_at + letter.len_utf8();
            self.letter = letter;
            self.is_further_form = is_further_form;
            self.whole.clear();
            self.whole.push('=');
            self.whole.push(letter);
            self.words_in_name = 0;
            self.base = match self.next {
                0 => 0,
                next => next - 1 + ENTITY_GAP as usize,
            };
            return true;
        }
    }
}

impl TokenStream for EntitiesStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            if self.words.advance() {
                let range = self.words.range();
                if self.words_in_name > 0 {
                    self.whole.push(' ');
                }
                self.whole.push_str(self.words.word());
                self.words_in_name += 1;
                self.token.offset_from = self.line_at + range.start;
                self.token.offset_to = self.line_at + range.end;
                self.token.position = self.base + self.words.position() as usize;
                self.token.text.clear();
                self.token.text.push(self.letter);
                self.token.text.push_str(self.words.word());
                self.next = self.token.position + 1;
                return true;
            }
            if std::mem::take(&mut self.words_in_name) > 0 && !self.is_further_form {
                std::mem::swap(&mut self.token.text, self.whole);
                return true;
            }
            if !self.next_name() {
                return false;
            }
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

impl Drop for EntitiesStream<'_> {
    fn drop(&mut self) {
        let words = std::mem::replace(&mut self.words, Words::new(""));
        *self.buffer = words.into_buffer();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut<T: Tokenizer>(mut tokenizer: T, text: &str) -> Vec<(usize, String, &str)> {
        let mut stream = tokenizer.token_stream(text);
        let mut all = Vec::new();
        while stream.advance() {
            let token = stream.token();
            let bytes = &text[token.offset_from..token.offset_to];
            all.push((token.position, token.text.clone(), bytes));
        }
        all
    }

    #[test]
    fn texts_yield_folded_words_with_positions_and_bytes() {
        assert_eq!(
            cut(WordsTokenizer::default(), "Doha's U.S. envoy"),
            [
                (0, "doha".to_owned(), "Doha's"),
                (1, "us".to_owned(), "U.S."),
                (2, "envoy".to_owned(), "envoy"),
            ]
        );
    }

    #[test]
    fn names_yield_lettered_words_then_the_whole_name_and_lie_a_gap_apart() {
        let lines = entity_lines([
            (EntityKind::Person, "Mike Pompeo"),
            (EntityKind::Org, "AT&T"),
            (EntityKind::Place, "Łódź"),
        ]);
        let gap = ENTITY_GAP as usize;
        assert_eq!(
            cut(EntitiesTokenizer::default(), &lines),
            [
                (0, "pmike".to_owned(), "Mike"),
                (1, "ppompeo".to_owned(), "Pompeo"),
                (1, "=pmike pompeo".to_owned(), "Pompeo"),
                (1 + gap, "oat".to_owned(), "AT"),
                (2 + gap, "ot".to_owned(), "T"),
                (2 + gap, "=oat t".to_owned(), "T"),
                (2 + 2 * gap, "llodz".to_owned(), "Łódź"),
                (2 + 2 * gap, "=llodz".to_owned(), "Łódź"),
            ]
        );
    }

    #[test]
    fn further_forms_yield_their_words_only() {
        assert_eq!(
            cut(EntitiesTokenizer::default(), "lUnited Kingdom\nLBritain")
                .into_iter()
                .map(|(_, word, _)| word)
                .collect::<Vec<_>>(),
            ["lunited", "lkingdom", "=lunited kingdom", "lbritain"]
        );
    }

    #[test]
    fn names_without_words_leave_no_trace() {
        assert_eq!(
            cut(EntitiesTokenizer::default(), "\np…\n\npOman")
                .into_iter()
                .map(|(position, word, _)| (position, word))
                .collect::<Vec<_>>(),
            [(0, "poman".to_owned()), (0, "=poman".to_owned())]
        );
    }

    #[test]
    fn a_tokenizer_can_be_used_again() {
        let mut tokenizer = WordsTokenizer::default();
        for _ in 0..2 {
            let mut stream = tokenizer.token_stream("a bc");
            let mut positions = Vec::new();
            while stream.advance() {
                positions.push(stream.token().position);
            }
            assert_eq!(positions, [0, 1]);
        }
    }
}
