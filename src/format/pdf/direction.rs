//! Text that runs from right to left. Glyphs are set by their place, so words
//! of Arabic and Hebrew stand in a file as they are seen; they are turned to
//! the order in which they are read, and figures in them stay as they are.

use super::words::Word;

/// Whether a character is of a script that runs from right to left.
pub fn is_leftward(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

/// Whether any character is.
pub fn has_leftward(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(is_leftward)
}

/// A word as it is read, from one as it is seen.
pub fn as_read(seen: &str) -> String {
    let mut read = String::with_capacity(seen.len());
    // Figures and other scripts, as they are seen.
    let mut kept: Vec<char> = Vec::new();
    for c in seen.chars().rev() {
        let is_inside = matches!(c, '.' | ',' | ':' | '/' | '-') && !kept.is_empty();
        if c.is_alphanumeric() && !is_leftward(c) || is_inside {
            kept.push(c);
            continue;
        }
        keep(&mut read, &mut kept);
        read.push(mirrored(c));
    }
    keep(&mut read, &mut kept);
    read
}

/// Adds what is kept in its own order, signs that end it behind it.
fn keep(read: &mut String, kept: &mut Vec<char>) {
    let end = kept
        .iter()
        .rposition(|c| c.is_alphanumeric())
        .map_or(0, |last| last + 1);
    let signs = kept.split_off(end);
    read.extend(kept.drain(..).rev());
    read.extend(signs);
}

fn mirrored(c: char) -> char {
    match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '«' => '»',
        '»' => '«',
        c => c,
    }
}

/// Turns a page as a mirror does if most of its letters run from right to left:
/// its margins and columns are then those of other pages. Tells whether it did.
pub fn mirror(words: &mut [Word]) -> bool {
    let (mut letters, mut leftward) = (0, 0);
    for c in words.iter().flat_map(|word| word.text.chars()) {
        letters += usize::from(c.is_alphabetic());
        leftward += usize::from(is_leftward(c));
    }
    let is_mirrored = leftward * 2 > letters;
    if is_mirrored {
        for word in words {
            (word.left, word.right) = (-word.right, -word.left);
        }
    }
    is_mirrored
}

/// Whether a word runs against the direction of its page.
fn is_against(word: &Word, is_mirrored: bool) -> bool {
    let is_leftward = has_leftward(&word.text);
    match is_mirrored {
        true => !is_leftward && word.text.contains(char::is_alphanumeric),
        false => is_leftward,
    }
}

/// Adds the part of a word that stands behind it on the line.
pub fn append(word: &mut Word, part: Word, is_mirrored: bool) {
    match is_against(word, is_mirrored) && is_against(&part, is_mirrored) {
        true => word.text.insert_str(0, &part.text),
        false => word.text.push_str(&part.text),
    }
    word.right = word.right.max(part.right);
    word.is_ended = part.is_ended;
}

/// Puts words of a line, told as they stand along it, in the order in which
/// they are read: those that run against the page are in the other order.
pub fn reorder(words: &mut [Word], is_mirrored: bool) {
    let is_against = |word: &Word| is_against(word, is_mirrored);
    for run in words.chunk_by_mut(|one, next| is_against(one) && is_against(next)) {
        run.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_turned_and_figures_in_them_are_not() {
        assert_eq!(as_read("םולש"), "שלום");
        assert_eq!(as_read(".םולש"), "שלום.");
        assert_eq!(as_read("(3.5-ב)"), "(ב-3.5)");
    }
}
