//! JSON that may be looked at on a terminal: what could steer one is written
//! as an escape, which says the same to every reader of JSON.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::clean::is_harmful;

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices() {
            if is_harmful(c) {
                writer.write_all(&fragment.as_bytes()[plain..at])?;
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                plain = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

/// Writes `value` on one line, without a line break at its end.
///
/// # Errors
///
/// What writing fails with.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value
        .serialize(&mut Serializer::with_formatter(out, Escaping))
        .map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_escaped_and_reads_back_the_same() {
        let text = "a\x1b[31m\u{9b}31m\u{7f}\u{202e}é東\u{1f4f0}\n";
        let mut out = Vec::new();
        write(&mut out, &text).unwrap();
        let printed = String::from_utf8(out).unwrap();
        assert_eq!(printed, r#""a\u001b[31m\u009b31m\u007f\u202eé東📰\n""#);
        assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), text);
    }
}
