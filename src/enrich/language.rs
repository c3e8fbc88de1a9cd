//! Tells whether a text is English, and which language it is in otherwise.
//!
//! Function words settle nearly every text; only what they leave open is
//! handed to trigrams, which cost a hundred times more.

use whatlang::Lang;
use wide::u8x16;

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

/// Bytes that settle it for most.
const FIRST_SAMPLE: usize = 600;

/// Words that are frequent in English and rare in other languages; the last
/// lines are what company reports are made of, in which there are few others.
static ENGLISH: [u64; 48] = packed([
    "the", "of", "and", "that", "for", "with", "from", "has", "which", "are", "were", "said",
    "their", "this", "will", "would", "been", "who", "they", "but", "have", "not", "his", "by",
    "had", "its", "after", "about", "it", "to", //
    "year", "month", "shares", "stock", "profit", "loss", "sales", "prior", "qtr", "shr", "cts",
    "dlrs", "pay", "rate", "banks", "than", "there", "could",
]);

/// A bit for what each of them is hashed to: most other words have none.
static SIEVE: [u64; 8] = sieve();

const fn sieve() -> [u64; 8] {
    let (mut bits, mut at) = ([0; 8], 0);
    while at < ENGLISH.len() {
        let hash = hash(ENGLISH[at]);
        bits[hash / 64] |= 1 << (hash % 64);
        at += 1;
    }
    bits
}

/// Nine bits of a packed word.
const fn hash(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 55) as usize
}

fn is_english_word(key: u64) -> bool {
    let hash = hash(key);
    SIEVE[hash / 64] >> (hash % 64) & 1 == 1 && ENGLISH.contains(&key)
}

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

/// Bytes that are told apart at once.
const BLOCK: usize = 16;

/// Words in a text and those of them that are English function words.
fn count(text: &str) -> (u32, u32) {
    let text = text.as_bytes();
    let (mut words, mut hits) = (0, 0);
    let (mut start, mut is_within) = (0, false);
    let mut last = [0; BLOCK];
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    last[..rest.len()].copy_from_slice(rest);
    // There are zeros behind what is left over: they end the last word.
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let letters = letters(block);
        let mut changes = letters ^ (letters << 1 | u32::from(is_within));
        changes &= (1 << BLOCK) - 1;
        while changes != 0 {
            let at = number * BLOCK + changes.trailing_zeros() as usize;
            changes &= changes - 1;
            is_within = !is_within;
            if is_within {
                start = at;
            } else {
                words += 1;
                hits += u32::from(at - start < 7 && is_english_word(key(text, start, at)));
            }
        }
    }
    (words, hits)
}

/// A bit for each byte that is part of a word: a letter of ASCII, or of any
/// other sign.
fn letters(block: &[u8; BLOCK]) -> u32 {
    let lower = u8x16::new(*block) | u8x16::splat(0x20);
    let is_ascii = lower.simd_ge(u8x16::splat(b'a')) & lower.simd_le(u8x16::splat(b'z'));
    (is_ascii | lower.simd_ge(u8x16::splat(0x80))).to_bitmask()
}

/// A word of up to eight bytes, packed and in lower case.
fn key(text: &[u8], start: usize, end: usize) -> u64 {
    let mut bytes = [0; 8];
    match text[start..].first_chunk::<8>() {
        Some(all) => bytes = *all,
        None => bytes[..end - start].copy_from_slice(&text[start..end]),
    }
    let within = u64::MAX >> (64 - 8 * (end - start) as u32);
    (u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020) & within
}

fn sample(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Looks at a text. What its source states, if it states English, stands where
/// the text may well be.
///
/// ```
/// use morgue::enrich::language::{Found, detect};
/// let text = "The envoy met both delegations, and they said that the talks would go on.";
/// assert_eq!(detect(text, None), Found::English);
/// ```
pub fn detect(text: &str, stated: Option<&str>) -> Found {
    let is_english = |words, hits| hits >= 4 && hits * 12 >= words;
    let (words, hits) = count(sample(text, FIRST_SAMPLE));
    if hits >= 8 && is_english(words, hits) {
        return Found::English;
    }
    let text = sample(text, SAMPLE);
    let (words, hits) = count(text);
    if is_english(words, hits) {
        return Found::English;
    }
    // Few words name no language, whatever the trigrams say.
    let is_enough = words >= 12 || !text.is_ascii() && text.len() >= 60;
    let may_be_english = hits > 0 && hits * 12 >= words;
    if !is_enough && !may_be_english {
        return Found::Unsure;
    }
    if may_be_english && stated.is_some_and(is_english_code) {
        return Found::English;
    }
    let Some(info) = whatlang::detect(text) else {
        return Found::Unsure;
    };
    if !is_enough || !info.is_reliable() {
        return if info.lang() == Lang::Eng && may_be_english {
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

/// Whether a code of a language, such as `en` or `en-GB`, stands for English.
pub fn is_english_code(code: &str) -> bool {
    code == "en" || code.starts_with("en-")
}

/// Whether a text that [`detect`] is unsure of may pass for English: headlines
/// and tables hold few function words.
pub fn may_be_english(text: &str) -> bool {
    let text = sample(text, SAMPLE);
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_are_counted_as_one_by_one(
            text in "(the|of|And|said|[a-zA-Z@`{é]{1,9}|[ -/]{1,3}|\u{7f}|\u{a0}){0,40}",
        ) {
            let is_part = |c: char| c.is_ascii_alphabetic() || !c.is_ascii();
            let words = text.split(|c| !is_part(c)).filter(|word| !word.is_empty());
            let is_hit = |word: &&str| {
                let word = word.to_ascii_lowercase();
                packed([word.get(..word.len().min(8)).unwrap_or_default()])
                    .iter()
                    .any(|key| word.len() < 7 && ENGLISH.contains(key))
            };
            let hits = words.clone().filter(is_hit).count();
            prop_assert_eq!(count(&text), (words.count() as u32, hits as u32));
        }
    }

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
            assert_eq!(detect(text, None), found, "{text}");
        }
    }
}
