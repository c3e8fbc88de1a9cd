//! Tells whether a text is English, and which language it is in otherwise.
//!
//! Function words settle nearly every text; only what they leave open is
//! handed to trigrams, which cost a hundred times more.

use whatlang::Lang;

/// What a text was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// English, surely.
    English,
    /// Another language, with its ISO 639-1 code.
    Other(&'static str),
    /// Too little text to tell, or a language without a code.
    Unsure,
}

/// Bytes of the text that are looked at.
const SAMPLE: usize = 3000;

/// Words that are frequent in English and rare in other languages.
static ENGLISH: [u64; 30] = packed([
    "the", "of", "and", "that", "for", "with", "from", "has", "which", "are", "were", "said",
    "their", "this", "will", "would", "been", "who", "they", "but", "have", "not", "his", "by",
    "had", "its", "after", "about", "it", "to",
]);

const fn packed<const N: usize>(words: [&str; N]) -> [u64; N] {
    let (mut all, mut at) = ([0; N], 0);
    while at < N {
        let word = words[at].as_bytes();
        let mut byte = 0;
        while byte < word.len() {
            all[at] |= (word[byte] as u64) << (8 * byte);
            byte += 1;
        }
        at += 1;
    }
    all
}

/// Words in a text and those of them that are English function words.
fn count(text: &str) -> (u32, u32) {
    let (mut words, mut hits) = (0, 0);
    let (mut key, mut length) = (0u64, 0u32);
    for byte in text.bytes().chain([b' ']) {
        if byte.is_ascii_alphabetic() || byte >= 0x80 {
            if length < 8 {
                key |= u64::from(byte | 0x20) << (8 * length);
            }
            length += 1;
        } else if length > 0 {
            words += 1;
            hits += u32::from(length < 7 && ENGLISH.contains(&key));
            (key, length) = (0, 0);
        }
    }
    (words, hits)
}

fn sample(text: &str) -> &str {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Looks at a text.
///
/// ```
/// use morgue::enrich::language::{Found, detect};
/// let text = "The envoy met both delegations, and they said that the talks would go on.";
/// assert_eq!(detect(text), Found::English);
/// ```
pub fn detect(text: &str) -> Found {
    let text = sample(text);
    let (words, hits) = count(text);
    if hits >= 4 && hits * 12 >= words {
        return Found::English;
    }
    let Some(info) = whatlang::detect(text) else {
        return Found::Unsure;
    };
    // Few words name no language, whatever the trigrams say.
    let is_enough = words >= 12 || !text.is_ascii() && text.len() >= 60;
    if !is_enough || !info.is_reliable() {
        return if info.lang() == Lang::Eng && hits * 12 >= words && hits > 0 {
            Found::English
        } else {
            Found::Unsure
        };
    }
    match info.lang() {
        Lang::Eng => Found::English,
        other => code(other).map_or(Found::Unsure, Found::Other),
    }
}

/// Whether a text that [`detect`] is unsure of may pass for English: headlines
/// and tables hold few function words.
pub fn may_be_english(text: &str) -> bool {
    let text = sample(text);
    let ascii = text.bytes().filter(u8::is_ascii).count();
    ascii * 50 >= text.len() * 49
}

/// The two-letter code of a language.
fn code(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        let cases = [
            (
                "Die Verhandlungen über die Fangquoten wurden am Mittwoch vertagt, weil sich die \
                 Minister nicht auf eine gemeinsame Haltung einigen konnten, hieß es in Bremen.",
                Found::Other("de"),
            ),
            (
                "Les pourparlers ont repris samedi dans la capitale, où les deux délégations se \
                 sont retrouvées pour la première fois depuis le mois de septembre.",
                Found::Other("fr"),
            ),
            ("Ferry sinks", Found::Unsure),
            ("", Found::Unsure),
        ];
        for (text, found) in cases {
            assert_eq!(detect(text), found, "{text}");
        }
    }
}
