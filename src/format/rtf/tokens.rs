//! RTF as a run of tokens: groups, control words, bytes of text.

/// What stands next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// `\word` and its number, if it has one.
    Word(&'a str, Option<i32>),
    /// `\` and a sign that is no letter.
    Sign(u8),
    /// `\'hh`: a byte in the charset of its font.
    Byte(u8),
    /// Bytes as they stand.
    Text(&'a [u8]),
}

/// Reads the tokens of a file one by one.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    rest: &'a [u8],
}

/// Longest name of a control word; the specification's limit is 32.
const LONGEST_WORD: usize = 64;

impl<'a> Tokens<'a> {
    /// The tokens of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Passes over binary data; `false` where the file ends before it does.
    pub fn pass(&mut self, bytes: usize) -> bool {
        let after = self.rest.get(bytes..);
        self.rest = after.unwrap_or_default();
        after.is_some()
    }

    fn control(&mut self) -> Option<Token<'a>> {
        let (&first, after) = self.rest.split_first()?;
        if first == b'\'' {
            let digit = |at: usize| {
                let byte = after.get(at).copied()?;
                char::from(byte).to_digit(16)
            };
            if let (Some(high), Some(low)) = (digit(0), digit(1)) {
                self.rest = &after[2..];
                return Some(Token::Byte((high * 16 + low) as u8));
            }
        }
        if !first.is_ascii_alphabetic() {
            self.rest = after;
            return Some(Token::Sign(first));
        }
        let length = self
            .rest
            .iter()
            .take(LONGEST_WORD)
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let (word, mut after) = self.rest.split_at(length);
        let sign = usize::from(after.first() == Some(&b'-'));
        let digits = after[sign..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let mut number = None;
        if digits > 0 {
            let (written, behind) = after.split_at(sign + digits);
            number = std::str::from_utf8(written)
                .ok()
                .map(|written| written.parse().unwrap_or(i32::MAX));
            after = behind;
        }
        self.rest = after.strip_prefix(b" ").unwrap_or(after);
        // Letters of ASCII alone.
        let word = std::str::from_utf8(word).unwrap_or_default();
        Some(Token::Word(word, number))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (&first, after) = self.rest.split_first()?;
            match first {
                b'{' => {
                    self.rest = after;
                    return Some(Token::Open);
                }
                b'}' => {
                    self.rest = after;
                    return Some(Token::Close);
                }
                b'\\' => {
                    self.rest = after;
                    return self.control();
                }
                // Lines of the file mean nothing.
                b'\r' | b'\n' | 0 => self.rest = after,
                _ => {
                    let end = self
                        .rest
                        .iter()
                        .position(|byte| matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0))
                        .unwrap_or(self.rest.len());
                    let (text, after) = self.rest.split_at(end);
                    self.rest = after;
                    return Some(Token::Text(text));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_take_their_number_and_one_blank() {
        let tokens: Vec<_> =
            Tokens::new(b"{\\u-8217 ?\\par\r\n\\'e9\\~a  b\\li720x}\\'zz\\").collect();
        assert_eq!(
            tokens,
            [
                Token::Open,
                Token::Word("u", Some(-8217)),
                Token::Text(b"?"),
                Token::Word("par", None),
                Token::Byte(0xE9),
                Token::Sign(b'~'),
                Token::Text(b"a  b"),
                Token::Word("li", Some(720)),
                Token::Text(b"x"),
                Token::Close,
                Token::Sign(b'\''),
                Token::Text(b"zz"),
            ]
        );
    }

    #[test]
    fn numbers_too_large_and_words_too_long_end_somewhere() {
        let long = format!("\\{}1", "a".repeat(100));
        let tokens: Vec<_> = Tokens::new(long.as_bytes()).collect();
        assert_eq!(tokens.len(), 2);
        let tokens: Vec<_> = Tokens::new(b"\\bin99999999999999 x").collect();
        assert_eq!(tokens[0], Token::Word("bin", Some(i32::MAX)));
    }
}
