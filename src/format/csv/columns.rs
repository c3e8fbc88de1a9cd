//! What the columns of a table hold, told from their values: a title and a
//! text without a header row, where the values leave no doubt which they are
//! (every other such table keeps the numbers of its columns for names); the
//! text under a header whose names are not known; the order of day and month.

use crate::format::fields::{self, Slot};
use crate::text::dates::{self, Shown};

use super::dialect::{self, Dialect};
use super::rows::{Row, Rows};

/// Fewest rows that tell what a column holds.
const FEWEST_ROWS: usize = 3;

/// Fewest words of a text without a title beside it. Shorter ones are the
/// sentences and messages of other collections.
const WORDS_WITHOUT_TITLE: usize = 50;

/// Name of a column by its place, from 1: what `--map` calls it by.
fn number(at: usize) -> String {
    (at + 1).to_string()
}

/// Names of columns by their place.
pub fn numbers(count: usize) -> Vec<String> {
    (0..count).map(number).collect()
}

/// Columns as a rejection lists them: numbers, and how their first values begin.
pub fn shown(values: &[String]) -> String {
    const LONGEST: usize = 24;
    let columns = values.iter().enumerate().map(|(at, value)| {
        let line = fields::one_line(value);
        match line.char_indices().nth(LONGEST) {
            Some((cut, _)) => format!("{} ({}…)", number(at), line[..cut].trim_end()),
            None => format!("{} ({line})", number(at)),
        }
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// Whether a first row holds values and no names.
pub fn are_values(row: &[String]) -> bool {
    let known = row.iter().filter(|name| fields::slot(name).is_some());
    let is_known = known.count() >= 2;
    row.iter().any(|value| {
        let value = value.trim();
        let words = value.split_whitespace().count();
        let is_sentence = words >= 4 && value.ends_with(['.', '!', '?', '…', '。']);
        let is_written = words >= 8 || is_sentence || is_address(value) || is_structure(value);
        let is_figure = value.bytes().any(|b| b.is_ascii_digit())
            && (value.parse::<f64>().is_ok() || is_day(value));
        is_written || is_figure && !is_known
    })
}

fn is_address(value: &str) -> bool {
    value.starts_with("http://") || value.starts_with("https://")
}

/// Whether a value is written as programs write lists and objects.
fn is_structure(value: &str) -> bool {
    value.starts_with("[{") || value.starts_with("{\"") || value.starts_with("['")
}

fn is_day(value: &str) -> bool {
    value.len() <= 40 && value.bytes().any(|b| b.is_ascii_digit()) && fields::date(value).is_some()
}

/// Words of a value; scripts without blanks have two signs a word.
fn words(value: &str) -> usize {
    let signs = value.chars().filter(|c| dialect::is_unspaced(*c)).count();
    value.split_whitespace().count() + signs / 2
}

/// Sentences that end in a value, inside or at its end.
fn sentences(value: &str) -> usize {
    let mut signs = value.chars().peekable();
    let mut ended = 0;
    while let Some(c) = signs.next() {
        let is_last = signs
            .peek()
            .is_none_or(|next| next.is_whitespace() || "\"'”’)".contains(*next));
        ended += usize::from(c == '。' || matches!(c, '.' | '!' | '?') && is_last);
    }
    ended
}

/// What the values of a column have in common.
struct Column {
    rows: usize,
    filled: usize,
    distinct: usize,
    /// Words of letters make up the value.
    prose: usize,
    /// Two words at least, and for the greater part of letters.
    phrases: usize,
    words: usize,
    chars: usize,
    sentences: usize,
    /// Ends as a sentence or a question does.
    ended: usize,
    /// Goes over several lines.
    broken: usize,
    /// Several short parts between commas, as keywords and names are listed.
    listed: usize,
    days: usize,
    addresses: usize,
    /// One word with a digit in it.
    keys: usize,
    sections: usize,
}

impl Column {
    fn of(rows: &[Vec<String>], at: usize) -> Self {
        let values: Vec<&str> = rows
            .iter()
            .map(|row| row.get(at).map_or("", |value| value.trim()))
            .collect();
        let filled: Vec<&str> = values.iter().copied().filter(|v| !v.is_empty()).collect();
        let count = |is: &dyn Fn(&str) -> bool| filled.iter().filter(|value| is(value)).count();
        let sum = |of: &dyn Fn(&str) -> usize| filled.iter().map(|value| of(value)).sum();
        let mut distinct = filled.clone();
        distinct.sort_unstable();
        distinct.dedup();
        Self {
            rows: rows.len(),
            filled: filled.len(),
            distinct: distinct.len(),
            prose: count(&dialect::is_prose),
            phrases: count(&|value| {
                let letters = value.chars().filter(|c| c.is_alphabetic()).count();
                words(value) >= 2 && letters * 2 > value.chars().count()
            }),
            words: sum(&words),
            chars: sum(&|value| value.chars().count()),
            sentences: sum(&sentences),
            ended: count(&|value| value.ends_with(['.', '?', '。', ';'])),
            broken: count(&|value| value.contains('\n')),
            listed: count(&|value| {
                let parts: Vec<&str> = value.split([',', ';', '|']).collect();
                parts.len() >= 3
                    && parts
                        .iter()
                        .all(|part| part.split_whitespace().count() <= 3)
            }),
            days: count(&is_day),
            addresses: count(&is_address),
            keys: count(&|value| {
                !value.contains(char::is_whitespace) && value.bytes().any(|b| b.is_ascii_digit())
            }),
            sections: count(&fields::is_section),
        }
    }

    /// Whether so many values are most of those there are.
    fn most(&self, count: usize) -> bool {
        self.filled > 0 && count * 10 >= self.filled * 9
    }

    /// Whether many rows have a value, and hardly two the same.
    fn is_own(&self) -> bool {
        self.most(self.distinct) && self.filled * 2 >= self.rows
    }

    fn is_text(&self) -> bool {
        self.prose * 10 >= self.filled * 8
            && self.is_own()
            && self.words >= self.filled * 10
            && self.sentences * 2 >= self.filled
    }

    fn is_title(&self) -> bool {
        let words = self.words as f64 / self.filled.max(1) as f64;
        self.is_own()
            && self.filled * 10 >= self.rows * 9
            && self.most(self.phrases)
            && (3.0..=25.0).contains(&words)
            && self.broken == 0
            && self.ended * 10 <= self.filled * 3
            && self.listed * 10 <= self.filled * 3
            && self.days == 0
            && self.addresses == 0
    }

    /// Whether its values are clearly shorter than those of another.
    fn is_shorter(&self, other: &Self) -> bool {
        self.chars * other.filled * 10 <= other.chars * self.filled * 6
    }
}

/// Names for the columns: those of articles' parts where the values tell
/// title from text beyond doubt, else numbers.
pub fn named(rows: &[Vec<String>], count: usize) -> Vec<String> {
    let mut names = numbers(count);
    if rows.len() < FEWEST_ROWS {
        return names;
    }
    let columns: Vec<Column> = (0..count).map(|at| Column::of(rows, at)).collect();
    let Some((text, is_longest)) = longest(&columns) else {
        return names;
    };
    let titles: Vec<usize> = (0..count)
        .filter(|at| *at != text && columns[*at].is_title())
        .collect();
    let longest = &columns[text];
    let stands_alone = longest.words >= longest.filled * WORDS_WITHOUT_TITLE
        && longest.sentences >= longest.filled * 3;
    match titles.as_slice() {
        [title] if is_longest => names[*title] = "title".to_owned(),
        [] if is_longest && stands_alone => {}
        _ => return names,
    }
    names[text] = "text".to_owned();
    let mut name = |slot: &str, is: &dyn Fn(&Column) -> bool| {
        let mut found = (0..count).filter(|at| is(&columns[*at]));
        if let (Some(at), None) = (found.next(), found.next()) {
            names[at] = slot.to_owned();
        }
    };
    name("date", &|column| {
        column.most(column.days) && column.days > 0
    });
    name("url", &|column| column.most(column.addresses));
    name("section", &|column| column.sections * 2 > column.filled);
    let first = &columns[0];
    if fields::slot(&names[0]).is_none() && first.distinct == first.rows && first.most(first.keys) {
        names[0] = "id".to_owned();
    }
    names
}

/// The column that holds the longest texts, and whether it clearly does.
fn longest(columns: &[Column]) -> Option<(usize, bool)> {
    let all = || columns.iter().enumerate();
    let (at, text) = all()
        .filter(|(_, column)| column.is_text())
        .max_by_key(|(_, column)| column.chars)?;
    let is_longest = all()
        .filter(|(other, column)| *other != at && column.prose > 0)
        .all(|(_, column)| column.is_shorter(text));
    Some((at, is_longest))
}

/// The column of a table with a header that holds the texts, where its name
/// does not say so: the longest, if it has a name that is not known.
pub fn text(rows: &[Vec<String>], names: &[&str]) -> Option<usize> {
    let columns: Vec<Column> = (0..names.len()).map(|at| Column::of(rows, at)).collect();
    longest(&columns)
        .filter(|(at, is_longest)| *is_longest && fields::slot(names[*at]).is_none())
        .map(|(at, _)| at)
}

/// Columns that name a day.
pub fn days<'a>(names: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
    // In other languages `data` is a day, and in English it is anything.
    let is_day = |name: &str| {
        matches!(fields::slot(name), Some((Slot::Published, _)))
            || name.eq_ignore_ascii_case("data")
                && names.iter().any(|other| fields::is_foreign(other))
    };
    names
        .iter()
        .enumerate()
        .filter(move |(_, name)| is_day(name))
        .map(|(at, _)| at)
}

/// What the days of a table show of the order in which it writes them; nothing
/// where some are written in one and some in the other.
pub fn order(dialect: &Dialect, names: &[&str], values: &[u8]) -> Shown {
    /// Rows without a day in question after which none is looked for.
    const MOST_OTHERS: usize = 20;
    let days: Vec<usize> = days(names).collect();
    if days.is_empty() {
        return Shown::Nothing;
    }
    let mut input = values;
    let mut rows = Rows::new(&mut input, dialect, u64::MAX);
    let (mut found, mut others) = (Shown::Nothing, 0);
    while let Ok(Some(row)) = rows.next() {
        let Row::Fields(bytes, quoted) = row else {
            continue;
        };
        let row = String::from_utf8_lossy(&bytes);
        let fields = dialect::split(row.trim_end(), dialect.delimiter, dialect.backslash, quoted);
        for value in days.iter().filter_map(|at| fields.get(*at)) {
            let shown = dates::shown(value);
            others += usize::from(shown == Shown::Nothing);
            let Some(both) = found.with(shown) else {
                return Shown::Nothing;
            };
            found = both;
        }
        if found == Shown::Nothing && others > MOST_OTHERS {
            break;
        }
    }
    found
}

/// Whether rows are numbered sentences: `17⇥He said so.` Not articles, though
/// a line of them reads as prose.
pub fn are_numbered(dialect: &Dialect, rows: &[Vec<String>]) -> bool {
    let number = |row: &Vec<String>| {
        row.first()
            .and_then(|value| value.trim().parse::<u64>().ok())
    };
    let follow = |pair: &[Vec<String>]| matches!((number(&pair[0]), number(&pair[1])), (Some(a), Some(b)) if a < b);
    dialect.header.len() == 2
        && !dialect
            .header
            .iter()
            .any(|name| matches!(fields::slot(name), Some((Slot::Body, _))))
        && rows.len() >= 8
        && rows.windows(2).all(follow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rows: &[&[&str]]) -> String {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|value| (*value).to_owned()).collect())
            .collect();
        named(&rows, rows[0].len()).join(" ")
    }

    #[test]
    fn title_and_text_are_told_from_their_values() {
        let topics: &[&[&str]] = &[
            &[
                "3",
                "Ferry sold to Doha line (Gulf Wire)",
                "Gulf Wire - The ferry that lay idle for a year was sold on Monday, its owners said.",
            ],
            &[
                "3",
                "Bank holds rates steady",
                "Gulf Wire - The bank kept its rate where it was and named no day for the next step.",
            ],
            &[
                "1",
                "Dam opens after ten years",
                "Gulf Wire - Water flowed through the gates of the dam on Friday after a decade of works.",
            ],
        ];
        assert_eq!(names(topics), "3 title text".replacen('3', "1", 1));
        let dated: &[&[&str]] = &[
            &[
                "N1",
                "2020-01-02",
                "sports",
                "Ferry sold to Doha line",
                "The ferry that lay idle was sold on Monday. Its owners said so.",
                "https://x.example/1",
            ],
            &[
                "N2",
                "2020-01-03",
                "news",
                "Bank holds rates",
                "",
                "https://x.example/2",
            ],
            &[
                "N3",
                "2020-01-04",
                "sports",
                "Dam opens after ten years",
                "Water flowed through the gates of the dam on Friday. It was late.",
                "https://x.example/3",
            ],
            &[
                "N4",
                "2020-01-04",
                "health",
                "Nurses vote to strike again",
                "Nurses in four towns voted for a strike on Sunday. Talks go on.",
                "https://x.example/4",
            ],
        ];
        assert_eq!(names(dated), "id date section title text url");
    }

    #[test]
    fn doubt_keeps_the_numbers() {
        let pairs: &[&[&str]] = &[
            &[
                "1",
                "A man sells an old ferry to a line in Doha.",
                "A ferry is sold by a man to a line in the Gulf.",
            ],
            &[
                "2",
                "The bank keeps the rate where it was on Monday.",
                "A bank does not change the rate it has had so far.",
            ],
            &[
                "3",
                "Water flows through the gates of a great dam.",
                "A dam is opened and the water can flow through it.",
            ],
        ];
        let two_lines: &[&[&str]] = &[
            &[
                "Ferry sold to Doha line",
                "Owners glad to see it go",
                "The ferry that lay idle for a year was sold on Monday, its owners said in Doha.",
            ],
            &[
                "Bank holds rates steady",
                "No word on a next step",
                "The bank kept its rate where it was and named no day for the next step on Friday.",
            ],
            &[
                "Dam opens after ten years",
                "Water flows through gates",
                "Water flowed through the gates of the dam on Friday after a decade of works there.",
            ],
        ];
        let sentences: &[&[&str]] = &[
            &[
                "1",
                "The ferry that lay idle for a year was sold on Monday, its owners said.",
            ],
            &[
                "2",
                "The bank kept its rate where it was and named no day for the next step.",
            ],
            &[
                "3",
                "Water flowed through the gates of the dam on Friday after a decade of works.",
            ],
        ];
        let few = &sentences[..2];
        let read = [pairs, two_lines, sentences, few].map(names);
        assert_eq!(read, ["1 2 3", "1 2 3", "1 2", "1 2"]);
    }

    #[test]
    fn long_texts_need_no_title() {
        let text =
            "The ferry that lay idle for a year was sold on Monday. Its owners said so. ".repeat(5);
        let rows: Vec<Vec<String>> = (0..4)
            .map(|at| vec!["FAKE".to_owned(), format!("{at} {text}")])
            .collect();
        assert_eq!(named(&rows, 2), ["1", "text"]);
    }

    #[test]
    fn names_are_told_from_values() {
        let row =
            |names: &[&str]| are_values(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert!(row(&["N1", "news", "Ferry sold", "https://x.example/1"]));
        assert!(row(&["3", "Ferry sold", "It sank."]));
        assert!(row(&["2020-01-02", "Ferry sold"]));
        assert!(!row(&["id", "title", "text"]));
        assert!(!row(&["", "0", "title", "text"]));
        assert!(!row(&[
            "naam",
            "verhaal",
            "aantal woorden in het hele stuk"
        ]));
    }
}
