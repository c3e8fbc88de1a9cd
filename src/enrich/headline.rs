//! A stand-in for a missing headline: the start of the text.

/// Longest derived title, in characters.
const MOST_CHARS: usize = 100;

/// The first sentence of a body, cut at a word if it is long. `None` if the
/// body is blank.
///
/// ```
/// use morgue::enrich::headline::derive;
/// assert_eq!(derive("Ferry sinks. Nobody was hurt.").as_deref(), Some("Ferry sinks."));
/// ```
pub fn derive(body: &str) -> Option<String> {
    let line = body.lines().map(str::trim).find(|line| !line.is_empty())?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut title = String::new();
    for (number, word) in words.iter().enumerate() {
        let chars = title.chars().count() + word.chars().count() + 1;
        if chars > MOST_CHARS && number > 0 {
            title.push('…');
            return Some(title);
        }
        if number > 0 {
            title.push(' ');
        }
        title.extend(word.chars().take(MOST_CHARS));
        if ends_sentence(word, words.get(number + 1)) {
            break;
        }
    }
    Some(title)
}

/// Whether a sentence ends behind `word`: not behind an initial or an
/// abbreviation, nor where the next word goes on in lower case.
fn ends_sentence(word: &str, next: Option<&&str>) -> bool {
    let bare = word.trim_end_matches(['"', '\'', '”', '’', ')']);
    if bare.ends_with(['!', '?', '。', '！', '？']) {
        return true;
    }
    let Some(stem) = bare.strip_suffix('.') else {
        return false;
    };
    let is_short = stem.chars().count() <= 3 && stem.starts_with(char::is_uppercase);
    let goes_on =
        next.is_some_and(|next| next.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()));
    !is_short && !stem.contains('.') && !goes_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_do_not_end_a_sentence() {
        assert_eq!(
            derive("Dr. Smith met U.S. envoys on Nov. 3. They talked.").as_deref(),
            Some("Dr. Smith met U.S. envoys on Nov. 3.")
        );
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_word() {
        let body = "word ".repeat(60);
        let title = derive(&body).unwrap();
        assert!(
            title.chars().count() <= MOST_CHARS + 1 && title.ends_with("word…"),
            "{title}"
        );
    }

    #[test]
    fn a_blank_body_has_no_title() {
        assert_eq!(derive(" \n\t"), None);
    }
}
