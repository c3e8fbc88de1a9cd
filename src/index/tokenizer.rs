//! Lends morgue's words to tantivy: [`WordsTokenizer`] for texts,
//! [`EntitiesTokenizer`] for lists of names. Neither allocates per word.
//!
//! Tokenizers are not stored in an index: [`register`] them before any use.

use std::ops::Range;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::schema::{ENTITIES, NAME_GAP, NAME_STRIDE, WORDS};
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

/// One line of `Fields::entities`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityLine<'a> {
    /// What is named.
    pub kind: EntityKind,
    /// The name, or a further form of the one before.
    pub text: &'a str,
    /// Whether it is only a further form.
    pub is_form: bool,
}

/// The value of `Fields::entities` for these names, one a line. The letter of a
/// further form is a capital.
pub fn entity_lines<'a>(lines: impl IntoIterator<Item = EntityLine<'a>>) -> String {
    let mut value = String::new();
    for line in lines {
        if !value.is_empty() {
            value.push('\n');
        }
        let letter = kind_letter(line.kind);
        value.push(match line.is_form {
            true => letter.to_ascii_uppercase(),
            false => letter,
        });
        // A line break within a name would cut it in two.
        let chars = line.text.chars();
        value.extend(chars.map(|c| if c == '\n' { ' ' } else { c }));
    }
    value
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
/// `pMike Pompeo` yields `pmike` and `ppompeo` at adjacent positions, of which
/// the first tells that the name has two words: see [`name_starts`]. The next
/// name, or the next form of one, lies at least [`NAME_GAP`] positions on.
#[derive(Clone, Default)]
pub struct EntitiesTokenizer {
    token: Token,
    buffer: String,
    line: Line,
}

/// The words of one line.
#[derive(Clone, Default)]
struct Line {
    /// The words, each led by the kind's letter.
    words: String,
    /// For each word where it ends in `words`, and its bytes in the value.
    places: Vec<(usize, Range<usize>)>,
}

/// The words of one list of names.
pub struct EntitiesStream<'a> {
    rest: &'a str,
    /// Where `rest` begins in the whole value.
    rest_at: usize,
    /// The next word of the line.
    next: usize,
    /// Position of the line's first word.
    base: u32,
    /// Position from which on the next line may begin.
    free: u32,
    of: &'a mut EntitiesTokenizer,
}

impl Tokenizer for EntitiesTokenizer {
    type TokenStream<'a> = EntitiesStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> EntitiesStream<'a> {
        self.token.reset();
        self.line.places.clear();
        EntitiesStream {
            rest: text,
            rest_at: 0,
            next: 0,
            base: 0,
            free: 0,
            of: self,
        }
    }
}

impl EntitiesStream<'_> {
    /// Goes to the next line that names something; `false` at the end.
    fn next_line(&mut self) -> bool {
        while !self.rest.is_empty() {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            let line = &self.rest[..end];
            let line_at = self.rest_at;
            let after = (end + 1).min(self.rest.len());
            self.rest = &self.rest[after..];
            self.rest_at += after;
            let mut chars = line.chars();
            let Some(first) = chars.next() else { continue };
            let letter = first.to_ascii_lowercase();
            if kind_of_letter(letter).is_none() {
                continue;
            }
            let held = &mut self.of.line;
            held.words.clear();
            held.places.clear();
            let buffer = std::mem::take(&mut self.of.buffer);
            let mut words = Words::with_buffer(chars.as_str(), buffer);
            let text_at = line_at + letter.len_utf8();
            while words.advance() {
                held.words.push(letter);
                held.words.push_str(words.word());
                let Range { start, end } = words.range();
                let bytes = text_at + start..text_at + end;
                held.places.push((held.words.len(), bytes));
            }
            self.of.buffer = words.into_buffer();
            let count = held.places.len();
            if count == 0 {
                continue;
            }
            let is_form = first != letter;
            let remainder = match is_form {
                true => FORM_START,
                false => name_start(count),
            };
            self.base = first_after(self.free, remainder);
            self.free = self.base + count as u32 - 1 + NAME_GAP;
            self.next = 0;
            return true;
        }
        false
    }
}

impl TokenStream for EntitiesStream<'_> {
    fn advance(&mut self) -> bool {
        if self.next == self.of.line.places.len() && !self.next_line() {
            return false;
        }
        let EntitiesTokenizer { token, line, .. } = &mut *self.of;
        let start = match self.next {
            0 => 0,
            next => line.places[next - 1].0,
        };
        let (end, bytes) = &line.places[self.next];
        token.offset_from = bytes.start;
        token.offset_to = bytes.end;
        token.position = self.base as usize + self.next;
        token.text.clear();
        token.text.push_str(&line.words[start..*end]);
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.of.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.of.token
    }
}

/// What the position of a form's first word leaves when divided by [`NAME_STRIDE`].
const FORM_START: u32 = NAME_STRIDE / 2;

/// What the position of a whole name's first word leaves when divided by
/// [`NAME_STRIDE`]: how many words it has. So a name is told from a part of
/// another or of a form, whose words stand where names of more words start. Names
/// of 31 words or more are told apart by their words alone.
fn name_start(words: usize) -> u32 {
    words.min(FORM_START as usize - 1) as u32
}

/// The first position from `free` on that leaves `remainder`.
fn first_after(free: u32, remainder: u32) -> u32 {
    free + (NAME_STRIDE + remainder - free % NAME_STRIDE) % NAME_STRIDE
}

/// Whether a name of so many words, and not a part of one, starts at `position`.
pub fn name_starts(position: u32, words: usize) -> bool {
    position % NAME_STRIDE == name_start(words)
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

    fn name(kind: EntityKind, text: &str) -> EntityLine<'_> {
        EntityLine {
            kind,
            text,
            is_form: false,
        }
    }

    #[test]
    fn names_yield_lettered_words_and_start_where_their_number_of_words_shows() {
        let form = EntityLine {
            is_form: true,
            ..name(EntityKind::Org, "Bell")
        };
        let lines = entity_lines([
            name(EntityKind::Person, "Mike Pompeo"),
            name(EntityKind::Org, "AT&T"),
            form,
            name(EntityKind::Place, "Łódź"),
        ]);
        assert_eq!(
            cut(EntitiesTokenizer::default(), &lines),
            [
                (2, "pmike".to_owned(), "Mike"),
                (3, "ppompeo".to_owned(), "Pompeo"),
                (66, "oat".to_owned(), "AT"),
                (67, "ot".to_owned(), "T"),
                (160, "obell".to_owned(), "Bell"),
                (257, "llodz".to_owned(), "Łódź"),
            ]
        );
        assert!(name_starts(2, 2) && name_starts(66, 2) && name_starts(257, 1));
    }

    #[test]
    fn no_part_of_a_name_or_form_is_a_name() {
        for (words, is_form) in (1..32).flat_map(|words| [(words, false), (words, true)]) {
            let text = "a ".repeat(words);
            let line = EntityLine {
                is_form,
                ..name(EntityKind::Place, &text)
            };
            let mut tokenizer = EntitiesTokenizer::default();
            let lines = entity_lines([line]);
            let mut stream = tokenizer.token_stream(&lines);
            for first in 0..words {
                assert!(stream.advance());
                let at = stream.token().position as u32;
                for part in 1..=words - first {
                    let is_whole = part == words && !is_form;
                    assert_eq!(name_starts(at, part), is_whole, "{first} {part} of {words}");
                }
            }
        }
    }

    #[test]
    fn names_of_any_length_lie_a_gap_apart() {
        let mut free = 0;
        for words in (1..200).chain([5, 63, 64, 1000, 1, 34]) {
            let start = first_after(free, name_start(words));
            assert!(start >= free && start - free < NAME_STRIDE && name_starts(start, words));
            free = start + words as u32 - 1 + NAME_GAP;
        }
    }

    #[test]
    fn names_without_words_leave_no_trace() {
        assert_eq!(
            cut(EntitiesTokenizer::default(), "\np…\n\npOman")
                .into_iter()
                .map(|(position, word, _)| (position, word))
                .collect::<Vec<_>>(),
            [(1, "poman".to_owned())]
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
