//! Names of members, which containers store as bytes in whatever encoding the
//! machine that made them used, and seldom say which.

use crate::text::charset;

/// Bytes of names that the guess looks at.
const SEEN_BYTES: usize = 16 * 1024;

/// The names of one container that are not UTF-8, so that all of them together
/// tell the encoding.
#[derive(Default)]
pub(super) struct Names {
    seen: Vec<u8>,
    /// Encoding guessed from what was seen so far.
    label: Option<&'static str>,
    /// Whether DOS made the container, so that Latin letters are in its page.
    is_dos: bool,
}

impl Names {
    /// Names of a container made by DOS or Windows.
    pub(super) fn of_dos(is_dos: bool) -> Self {
        Self {
            is_dos,
            ..Self::default()
        }
    }

    /// Takes note of a name; names that are UTF-8 tell nothing.
    pub(super) fn note(&mut self, name: &[u8]) {
        if std::str::from_utf8(name).is_err() && self.seen.len() < SEEN_BYTES {
            self.seen.extend_from_slice(name);
            self.seen.push(b'\n');
            self.label = None;
        }
    }

    /// A name as text, by what has been noted so far.
    pub(super) fn decode(&mut self, name: &[u8]) -> String {
        if let Ok(text) = std::str::from_utf8(name) {
            return text.to_owned();
        }
        let label = *self
            .label
            .get_or_insert_with(|| guess(&self.seen, self.is_dos));
        charset::decode_labelled(name, label)
            .unwrap_or_else(|| String::from_utf8_lossy(name).into_owned())
    }
}

/// The encoding of names: what letter frequencies say where the script is not
/// Latin, and DOS's own page for Latin names that DOS wrote.
fn guess(names: &[u8], is_dos: bool) -> &'static str {
    let guessed = charset::decode(names, &[], None).encoding;
    let is_latin = guessed.starts_with("windows-125")
        && !matches!(
            guessed,
            "windows-1251" | "windows-1253" | "windows-1255" | "windows-1256"
        )
        || guessed.starts_with("iso-8859-1")
        || guessed.starts_with("ibm85")
        || matches!(
            guessed,
            "iso-8859-2" | "iso-8859-3" | "iso-8859-4" | "macintosh" | "utf-8"
        );
    // Names in other scripts consist of little else.
    let few = names.iter().filter(|byte| !byte.is_ascii()).count() * 4 < names.len();
    match is_dos && (is_latin || few) {
        true => "ibm437",
        false => guessed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(is_dos: bool, names: &[&[u8]]) -> Vec<String> {
        let mut all = Names::of_dos(is_dos);
        for name in names {
            all.note(name);
        }
        names.iter().map(|name| all.decode(name)).collect()
    }

    #[test]
    fn names_in_utf_8_are_kept_beside_others() {
        let names = ["møte.txt".as_bytes(), b"gr\x81n.txt"];
        assert_eq!(decoded(true, &names), ["møte.txt", "grün.txt"]);
    }

    #[test]
    fn cyrillic_and_japanese_names_are_recognised() {
        let (russian, _, _) = encoding_rs::KOI8_R.encode("Новости недели.txt");
        assert_eq!(decoded(false, &[&russian]), ["Новости недели.txt"]);
        let (japanese, _, _) = encoding_rs::SHIFT_JIS.encode("新しい橋の開通.txt");
        assert_eq!(decoded(true, &[&japanese]), ["新しい橋の開通.txt"]);
    }
}
