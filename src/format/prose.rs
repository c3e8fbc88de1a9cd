//! Running text as people type it: paragraphs from lines, a headline from a
//! first line. Shared by the formats that hold plain text.

use std::borrow::Cow;

use wide::u8x16;

use crate::article::Title;

/// Longest first line, in characters, that can be a headline.
const LONGEST_HEADLINE: usize = 200;

/// Longest derived title, in characters.
const LONGEST_DERIVED: usize = 100;

/// Text without control characters, each run of blanks one blank, lines
/// trimmed at their end and blank lines kept. A line that was indented starts with one blank.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut start = 0;
    let ends = memchr::memchr3_iter(b'\n', b'\r', 0x0C, text.as_bytes());
    for end in ends.chain([text.len()]) {
        let line = &text[start..end];
        start = end + 1;
        if line.is_ascii() {
            clean_ascii(line, &mut cleaned);
            cleaned.push('\n');
            continue;
        }
        for line in line.split(['\u{85}', '\u{2028}', '\u{2029}']) {
            clean_any(line, &mut cleaned);
            cleaned.push('\n');
        }
    }
    cleaned
}

/// Appends a line without control characters and with single blanks.
fn clean_any(line: &str, cleaned: &mut String) {
    let start = cleaned.len();
    let mut blank = false;
    for c in line.chars() {
        if c.is_whitespace() {
            blank = true;
        } else if !c.is_control() && c != '\u{FEFF}' {
            if blank {
                cleaned.push(' ');
                blank = false;
            }
            cleaned.push(c);
        }
    }
    if cleaned[start..].trim().is_empty() {
        cleaned.truncate(start);
    }
}

/// The same for a line of ASCII: whole stretches at a time.
fn clean_ascii(line: &str, cleaned: &mut String) {
    // To Unicode the vertical tab is a blank and the separators are not.
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | 0x0B);
    let bytes = line.as_bytes();
    // Most lines are clean but for a blank at their end; both loops are run
    // many bytes at a time.
    let is_plain = bytes
        .iter()
        .fold(true, |so_far, byte| so_far & matches!(byte, 0x20..0x7F));
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    if is_plain && pairs.fold(true, |single, (a, b)| single & !(*a == b' ' && *b == b' ')) {
        cleaned.push_str(line.trim_ascii_end());
        return;
    }
    let mut at = 0;
    let mut blank = false;
    while at < bytes.len() {
        let byte = bytes[at];
        if is_blank(byte) {
            blank = true;
            at += 1;
        } else if byte.is_ascii_control() {
            at += 1;
        } else {
            // One blank and the words up to the next run of two.
            let start = at;
            while at < bytes.len()
                && (bytes[at].is_ascii_graphic()
                    || bytes[at] == b' ' && bytes.get(at + 1).is_some_and(u8::is_ascii_graphic))
            {
                at += 1;
            }
            if std::mem::take(&mut blank) {
                cleaned.push(' ');
            }
            cleaned.push_str(&line[start..at]);
        }
    }
}

/// Paragraphs of cleaned text. Blank lines part them; lines of much the same
/// width were broken by a typist and are joined, an indented one among them
/// starts a paragraph; so are the lines of a column in which words are divided,
/// and the words with them. Otherwise each line is a paragraph.
pub fn paragraphs(cleaned: &str) -> Vec<Cow<'_, str>> {
    let lines: Vec<&str> = cleaned.lines().collect();
    let column = column_width(&lines);
    let wrapped = column.is_some() || is_wrapped(&lines);
    // A line of wrapped text that ends a sentence well before the margin.
    let margin = column.map_or(45, |width| width * 4 / 5);
    let is_short =
        |line: &str| line.ends_with(['.', '!', '?', '"', '”']) && line.chars().count() < margin;
    let mut paragraphs: Vec<Cow<'_, str>> = Vec::new();
    let mut open = false;
    for (at, line) in lines.iter().enumerate() {
        if line.is_empty() {
            open = false;
            continue;
        }
        let indented = line.starts_with(' ') && at > 0 && !lines[at - 1].starts_with(' ');
        let item = ["- ", "* ", "• ", "– "]
            .iter()
            .any(|sign| line.trim_start().starts_with(sign));
        let after_short = at > 0 && is_short(lines[at - 1]);
        match paragraphs.last_mut() {
            Some(last) if open && wrapped && !indented && !item && !after_short => {
                let last = last.to_mut();
                match column.is_some() && is_divided(lines[at - 1], line) {
                    true => last.truncate(last.trim_end_matches(DIVIDERS).len()),
                    false => last.push(' '),
                }
                last.push_str(line.trim());
            }
            _ => paragraphs.push(Cow::Borrowed(line.trim())),
        }
        open = true;
    }
    paragraphs
}

/// Signs at the end of a line that divide a word.
const DIVIDERS: [char; 3] = ['-', '¬', '\u{AD}'];

/// Whether a word begins at the end of a line and ends on the next.
fn is_divided(line: &str, next: &str) -> bool {
    line.ends_with(DIVIDERS)
        && line
            .trim_end_matches(DIVIDERS)
            .ends_with(char::is_alphabetic)
        && next.trim_start().starts_with(char::is_lowercase)
}

/// The usual width of a column as newspapers set and scanners read it: words
/// are divided at the ends of its lines, one line in 25 at least. A typist
/// breaks lines only where a word has a hyphen of its own, which is rarer.
fn column_width(lines: &[&str]) -> Option<usize> {
    const FEWEST: usize = 2;
    const ONE_IN: usize = 25;
    let pairs = || lines.windows(2).filter(|pair| !pair[1].is_empty());
    let divided = pairs().filter(|pair| is_divided(pair[0], pair[1])).count();
    if divided < FEWEST {
        return None;
    }
    let followed = pairs().filter(|pair| !pair[0].is_empty());
    let (mut all, mut chars) = (0, 0);
    for pair in followed {
        all += 1;
        chars += pair[0].chars().count();
    }
    (divided * ONE_IN >= all).then(|| chars / all.max(1))
}

/// Longest line of a screen, in characters.
const WIDEST: usize = 120;

/// Whether lines were broken at a margin: of the lines that another follows,
/// most are nearly as long as the longest, which is no longer than a screen.
fn is_wrapped(lines: &[&str]) -> bool {
    let width = |line: &str| line.chars().count();
    // A character has four bytes at most.
    if lines.iter().any(|line| line.len() > 4 * WIDEST) {
        return false;
    }
    let longest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    if !(30..=WIDEST).contains(&longest) {
        return false;
    }
    let followed = lines
        .windows(2)
        .filter(|pair| !pair[0].is_empty() && !pair[1].is_empty())
        .map(|pair| width(pair[0]));
    let (mut full, mut all) = (0, 0);
    for width in followed {
        all += 1;
        full += usize::from(width * 10 >= longest * 7);
    }
    all >= 2 && full * 10 >= all * 6
}

/// A cleaned text parted into its headline and the rest: a first line that is
/// short, ends no sentence, and is set off by a blank line or followed by paragraphs longer
/// than itself. `None` where the text starts with its lead.
pub fn split_headline(cleaned: &str) -> Option<(&str, &str)> {
    let start = cleaned.find(|c: char| c != '\n')?;
    let text = &cleaned[start..];
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let headline = first.trim();
    let length = headline.chars().count();
    // Long lines that end in `Inc.` are sentences, short ones may be headlines.
    let ended = ends_sentence(headline)
        || length > 60 && headline.ends_with('.') && !headline.ends_with("..");
    if length == 0 || length > LONGEST_HEADLINE || ended || !has_words(headline) {
        return None;
    }
    if headline.ends_with([',', ';', ':']) || headline.starts_with(['-', '*', '•', '<', '{', '#'])
    {
        return None;
    }
    let next = rest.lines().find(|line| !line.is_empty());
    let Some(next) = next else {
        // Nothing but one line: a brief.
        return Some((headline, ""));
    };
    let set_off = rest.starts_with('\n');
    let next_length = next.trim().chars().count();
    let followed =
        next_length * 2 >= length * 3 || next.starts_with(' ') && !first.starts_with(' ');
    // A line that goes on in small letters was no headline.
    if !set_off && next.trim_start().starts_with(char::is_lowercase) {
        return None;
    }
    let shouted = !headline.chars().any(char::is_lowercase) && next.chars().any(char::is_lowercase);
    // The first line of wrapped text is as long as the second.
    let is_first_of_wrapped = || length > 50 && is_wrapped(&rest.lines().collect::<Vec<_>>());
    let fits = set_off || shouted || followed && !is_first_of_wrapped();
    fits.then_some((headline, rest))
}

/// Whether a line ends as a sentence does, inside quotes or not. Dots that
/// trail off do not count.
pub fn ends_sentence(line: &str) -> bool {
    let bare = line.trim_end_matches(['"', '\'', '”', '’', '»', ')', ' ']);
    let abbreviated = [
        "U.S.", "U.K.", "U.N.", "E.U.", "D.C.", "Inc.", "Co.", "Corp.", "Jr.", "a.m.", "p.m.",
    ];
    bare.ends_with(['.', '。', '።', '।'])
        && !bare.ends_with("..")
        && !abbreviated.iter().any(|short| bare.ends_with(short))
}

fn has_words(line: &str) -> bool {
    line.chars().filter(|c| c.is_alphabetic()).count() >= 2
}

/// A stand-in for a missing headline: the first sentence, cut at a word.
/// `None` for a text without letters or digits.
pub fn derived_title(body: &str) -> Option<Title> {
    let start = body
        .lines()
        .find(|line| line.chars().any(char::is_alphanumeric))?;
    let sentence = first_sentence(start.trim());
    if sentence.chars().count() <= LONGEST_DERIVED {
        return Some(Title::derived(sentence));
    }
    let cut = sentence
        .char_indices()
        .nth(LONGEST_DERIVED - 1)
        .map_or(sentence.len(), |(at, _)| at);
    let head = &sentence[..cut];
    // Scripts without blanks are cut where they are.
    let word = head
        .rfind(char::is_whitespace)
        .filter(|at| *at > cut / 2)
        .unwrap_or(cut);
    let head = head[..word].trim_end_matches([' ', ',', ';', ':', '-', '–', '—']);
    Some(Title::derived(format!("{head}…")))
}

/// The first sentence of a line, full stop included.
fn first_sentence(line: &str) -> &str {
    for (at, c) in line.char_indices() {
        let end = at + c.len_utf8();
        if matches!(c, '。' | '።' | '।') {
            return &line[..end];
        }
        if !matches!(c, '.' | '!' | '?') {
            continue;
        }
        let rest = line[end..].trim_start_matches(['"', '”', '\'', '’', ')']);
        let end = line.len() - rest.len();
        let begins = rest
            .strip_prefix(' ')
            .is_some_and(|next| next.starts_with(|c: char| !c.is_lowercase()));
        if begins && !(c == '.' && is_abbreviation(&line[..at])) {
            return &line[..end];
        }
    }
    line
}

/// Whether the word before a full stop is shortened: `Sen`, `U.S`, `J`.
fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit([' ', '(', '"', '“']).next().unwrap_or(before);
    let titles = [
        "Mr", "Mrs", "Ms", "Dr", "Sen", "Rep", "Gov", "Gen", "Lt", "Col", "Sgt", "Capt", "Rev",
        "Hon", "St", "Prof", "Jr", "Sr", "No", "vs", "Co", "Inc", "Corp", "Ltd", "Jan", "Feb",
        "Mar", "Apr", "Aug", "Sept", "Oct", "Nov", "Dec",
    ];
    word.contains('.') || word.chars().count() == 1 || titles.contains(&word)
}

/// Whether text reads as prose: words of letters in lines that hold several,
/// and few signs that code and tables are made of.
pub fn looks_like_prose(text: &str) -> bool {
    let counts = match text.is_ascii() {
        true => count_ascii(text),
        false => count_any(text),
    };
    let unspaced = || {
        text.chars().any(|c| matches!(c, '\u{3000}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{0E00}'..='\u{0E7F}'))
    };
    let all = counts.all;
    all >= 20
        && counts.letters * 10 >= all * 6
        && counts.signs * 25 <= all
        && (counts.blanks * 20 >= all || unspaced())
}

/// Kinds of characters in a text.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    all: usize,
    letters: usize,
    blanks: usize,
    /// What code and tables are made of.
    signs: usize,
}

fn count_any(text: &str) -> Counts {
    let mut counts = Counts::default();
    for c in text.chars() {
        counts.all += 1;
        match c {
            c if c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c) => {
                counts.letters += 1
            }
            c if c.is_whitespace() => counts.blanks += 1,
            '{' | '}' | '<' | '>' | '=' | ';' | '|' | '\\' | '_' | '$' | '#' | '@' | '~' | '^' => {
                counts.signs += 1
            }
            _ => {}
        }
    }
    counts
}

/// The same for ASCII, in blocks short enough for counters of a byte, which
/// add up many at a time.
fn count_ascii(text: &str) -> Counts {
    let mut counts = Counts {
        all: text.len(),
        ..Counts::default()
    };
    for block in text.as_bytes().chunks(255) {
        let (mut letters, mut blanks, mut signs) = (0u8, 0u8, 0u8);
        for &byte in block {
            letters += u8::from(byte.is_ascii_alphabetic());
            blanks += u8::from(matches!(byte, b'\t'..=b'\r' | b' '));
            signs += u8::from(matches!(
                byte,
                b'{' | b'}'
                    | b'<'
                    | b'>'
                    | b'='
                    | b';'
                    | b'|'
                    | b'\\'
                    | b'_'
                    | b'$'
                    | b'#'
                    | b'@'
                    | b'~'
                    | b'^'
            ));
        }
        counts.letters += usize::from(letters);
        counts.blanks += usize::from(blanks);
        counts.signs += usize::from(signs);
    }
    counts
}

/// Lines that are looked at to tell a table or a list from a text.
const TABLE_LINES: usize = 200;

/// Whether text is a table or a list and no text: a word and its tag on each
/// line, as corpora for taggers are written; numbers; single words.
pub fn is_tabular(text: &str) -> bool {
    let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let most = (breaks + 1).min(TABLE_LINES);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (mut all, mut others) = (0, 0);
    for line in lines.take(TABLE_LINES) {
        all += 1;
        others += usize::from(!is_row(line));
        // More than a table may hold, whatever comes.
        if others * 10 > most {
            return false;
        }
    }
    all >= 8 && others * 10 <= all
}

/// Whether a line is one of a table: a word with its label, mostly numbers, or
/// a word alone.
fn is_row(line: &str) -> bool {
    !is_sentence(line.as_bytes()) && has_cells(line)
}

fn has_cells(line: &str) -> bool {
    let (mut words, mut numbers, mut last) = (0, 0, "");
    for word in line.split_whitespace() {
        words += 1;
        numbers += usize::from(is_number(word));
        last = word;
    }
    let tagged = (2..=12).contains(&words) && is_tag(last);
    // Scripts without blanks have long words.
    let single = words == 1 && last.is_ascii();
    tagged || numbers * 2 >= words || single
}

/// Whether a line has more words than a labelled one and most of them start
/// with a letter: told at a glance for most lines of most texts.
fn is_sentence(line: &[u8]) -> bool {
    let (blocks, rest) = line.as_chunks::<16>();
    let mut last = [b' '; 16];
    last[..rest.len()].copy_from_slice(rest);
    let (mut words, mut letters, mut was_blank, mut above) = (0, 0, 1, u8x16::ZERO);
    for block in blocks.iter().chain([&last]) {
        let bytes = u8x16::new(*block);
        above |= bytes;
        let control = bytes.simd_ge(u8x16::splat(0x09)) & bytes.simd_le(u8x16::splat(0x0D));
        let blanks = (control | bytes.simd_eq(u8x16::splat(b' '))).to_bitmask();
        let starts = !blanks & (blanks << 1 | was_blank) & 0xFFFF;
        let lower = bytes | u8x16::splat(0x20);
        let letter = lower.simd_ge(u8x16::splat(b'a')) & lower.simd_le(u8x16::splat(b'z'));
        words += starts.count_ones();
        letters += (starts & letter.to_bitmask()).count_ones();
        was_blank = blanks >> 15;
    }
    words > 12 && letters * 2 > words && above.to_array().is_ascii()
}

fn is_tag(word: &str) -> bool {
    word == "O"
        || word.split_once('-').is_some_and(|(sign, kind)| {
            "BIESLU".contains(sign) && sign.len() == 1 && !kind.is_empty()
        })
}

/// Most words are told by their first byte to be none.
fn is_number(word: &str) -> bool {
    let may_be = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.');
    word.as_bytes().first().is_some_and(may_be) && word.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ascii_is_cleaned_and_counted_as_any_text(line in "[ -~\\t\x0B\x00\x1c\x7f]{0,40}") {
            let (mut fast, mut slow) = (String::new(), String::new());
            clean_ascii(&line, &mut fast);
            clean_any(&line, &mut slow);
            prop_assert_eq!(fast, slow);
            prop_assert_eq!(count_ascii(&line), count_any(&line));
        }

        #[test]
        fn what_is_told_at_a_glance_to_be_no_row_is_none(
            words in proptest::collection::vec("[a-z]{1,3}|[0-9.+-]{1,3}|é|O|B-per", 10..18),
            blank in "[ \t\x0B]{1,2}",
        ) {
            let line = words.join(&blank);
            prop_assert!(!(is_sentence(line.as_bytes()) && has_cells(&line)));
        }
    }

    proptest! {
        #[test]
        fn sentences_are_told_as_byte_by_byte(
            line in "([a-zA-Z]{1,4}|[0-9%(.]{1,3}|[ \t\u{b}]{1,3}| ){0,60}é?",
        ) {
            let is_blank = |c: char| matches!(c, ' ' | '\u{9}'..='\u{d}');
            let words: Vec<&str> = line.split(is_blank).filter(|word| !word.is_empty()).collect();
            let letters = words.iter().filter(|word| word.as_bytes()[0].is_ascii_alphabetic());
            let told = words.len() > 12 && letters.count() * 2 > words.len() && line.is_ascii();
            prop_assert_eq!(is_sentence(line.as_bytes()), told);
        }
    }

    #[test]
    fn words_divided_in_columns_are_joined() {
        let scanned = "THE ECHO, TUESDAY, NOVEMBER 14, 1899.      3\n\nPIER CLOSED.\n\nThe harbour author-\n\
                       ity said on Tues-\nday that the pier is\nclosed.\nFishermen were told\nnothing.\n";
        assert_eq!(
            paragraphs(&clean(scanned)),
            [
                "THE ECHO, TUESDAY, NOVEMBER 14, 1899. 3",
                "PIER CLOSED.",
                "The harbour authority said on Tuesday that the pier is closed.",
                "Fishermen were told nothing."
            ]
        );
        // One hyphen of its own among lines that a typist broke.
        let typed = "The river fell by two metres in the night, and twenty-\nfive carts passed the bridge that the board \
                     had\nclosed for them in the week before the great flood.\n";
        assert_eq!(
            paragraphs(&clean(typed)),
            [
                "The river fell by two metres in the night, and twenty- five carts passed the bridge that the board had \
              closed for them in the week before the great flood."
            ]
        );
    }

    #[test]
    fn tables_and_lists_are_told_from_texts() {
        let tagged = "The O\nGulf B-org\nWire I-org\nsaid O\n\nso O\n. O\nAli B-per\nran O\n. O\n";
        let numbers = "1 0 268 1\n".repeat(9);
        let words = "ABOUT\n\nABOVE\n\n".repeat(9);
        let text = "Talks resume\n\nThey met on Monday in the hall.\n".repeat(9);
        let read = [tagged, &numbers, &words, &text].map(is_tabular);
        assert_eq!(read, [true, true, true, false]);
        // Three lines of twenty are sentences; blank lines count for nothing.
        let mixed = format!(
            "{}{}",
            "1 0 268 1\n\n".repeat(17),
            "They met on Monday in the hall.\n\n".repeat(3)
        );
        assert!(!is_tabular(&mixed));
    }
}
