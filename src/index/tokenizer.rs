//! Lends morgue's words to tantivy: [`WordsTokenizer`] for texts,
//! [`EntitiesTokenizer`] for lists of names, [`NameTokenizer`] for a name as a
//! whole. None allocates per word.
//!
//! Tokenizers are not stored in an index: [`register`] them before any use.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::schema::{ENTITIES, ENTITY_GAP, NAME, WORDS};
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
    index.tokenizers().register(NAME, NameTokenizer::default());
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
/// `pMike Pompeo` yields `pmike` and `ppompeo` at adjacent positions; the next
/// name, or the next form of one, starts [`ENTITY_GAP`] positions after it.
#[derive(Clone, Default)]
pub struct EntitiesTokenizer {
    token: Token,
    buffer: String,
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
    buffer: &'a mut String,
}

impl Tokenizer for EntitiesTokenizer {
    type TokenStream<'a> = EntitiesStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> EntitiesStream<'a> {
        self.token.reset();
        EntitiesStream {
            rest: text,
            rest_at: 0,
            words: Words::with_buffer("", std::mem::take(&mut self.buffer)),
            line_at: 0,
            letter: ' ',
            base: 0,
            next: 0,
            token: &mut self.token,
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
            if kind_of_letter(letter).is_none() {
                continue;
            }
            let old = std::mem::replace(&mut self.words, Words::new(""));
            self.words = Words::with_buffer(chars.as_str(), old.into_buffer());
            self.line_at = line_at + letter.len_utf8();
            self.letter = letter;
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
                self.token.offset_from = self.line_at + range.start;
                self.token.offset_to = self.line_at + range.end;
                self.token.position = self.base + self.words.position() as usize;
                self.token.text.clear();
                self.token.text.push(self.letter);
                self.token.text.push_str(self.words.word());
                self.next = self.token.position + 1;
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

/// Makes one word of a name led by its kind's letter: `pMike Pompeo` yields
/// `pmike pompeo`, and a name without words nothing.
#[derive(Clone, Default)]
pub struct NameTokenizer {
    token: Token,
    buffer: String,
}

/// The one word of a name.
pub struct NameStream<'a> {
    token: &'a mut Token,
    is_due: bool,
}

impl Tokenizer for NameTokenizer {
    type TokenStream<'a> = NameStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> NameStream<'a> {
        self.token.reset();
        let mut chars = text.chars();
        let letter = chars.next();
        let mut words = Words::with_buffer(chars.as_str(), std::mem::take(&mut self.buffer));
        let whole = &mut self.token.text;
        whole.extend(letter);
        let mut count = 0;
        while words.advance() {
            if count > 0 {
                whole.push(' ');
            }
            whole.push_str(words.word());
            count += 1;
        }
        self.buffer = words.into_buffer();
        self.token.offset_to = text.len();
        self.token.position = 0;
        NameStream {
            token: &mut self.token,
            is_due: count > 0,
        }
    }
}

impl TokenStream for NameStream<'_> {
    fn advance(&mut self) -> bool {
        std::mem::take(&mut self.is_due)
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
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
    fn names_yield_lettered_words_and_lie_a_gap_apart() {
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
                (1 + gap, "oat".to_owned(), "AT"),
                (2 + gap, "ot".to_owned(), "T"),
                (2 + 2 * gap, "llodz".to_owned(), "Łódź"),
            ]
        );
    }

    #[test]
    fn further_forms_yield_their_words_only() {
        assert_eq!(
            cut(EntitiesTokenizer::default(), "lUnited Kingdom\nlBritain")
                .into_iter()
                .map(|(_, word, _)| word)
                .collect::<Vec<_>>(),
            ["lunited", "lkingdom", "lbritain"]
        );
    }

    #[test]
    fn a_whole_name_is_one_folded_word_led_by_its_letter() {
        let whole = |name| cut(NameTokenizer::default(), name);
        assert_eq!(
            whole("lŁódź-Bałuty"),
            [(0, "llodz baluty".to_owned(), "lŁódź-Bałuty")]
        );
        assert_eq!(whole("oAT&T"), [(0, "oat t".to_owned(), "oAT&T")]);
        assert_eq!([whole(""), whole("p"), whole("p…")], [[], [], []]);
    }

    #[test]
    fn names_without_words_leave_no_trace() {
        assert_eq!(
            cut(EntitiesTokenizer::default(), "\np…\n\npOman")
                .into_iter()
                .map(|(position, word, _)| (position, word))
                .collect::<Vec<_>>(),
            [(0, "poman".to_owned())]
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
