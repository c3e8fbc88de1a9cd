//! News-like articles by number: the same number always yields the same
//! article, so an archive of any size can be written, and asked about, without
//! being kept.
//!
//! What matters for an index is like real news: word frequencies follow Zipf
//! and the vocabulary goes on growing with the archive (Heaps), words return
//! within an article and within a topic, most have inflections, names are
//! written in capitals, numbers and dates occur, and some articles are near
//! copies of others.

use std::fmt::Write as _;

/// One article.
pub struct Article {
    pub title: String,
    pub body: String,
    /// `2003-04-13`.
    pub date: String,
    pub author: String,
    pub source: &'static str,
    pub section: &'static str,
    pub url: String,
}

/// A small, fast source of numbers that look random (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5851_f42d_4c95_7f2d))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// In 0..1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// In 0..below.
    pub fn below(&mut self, below: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(below)) >> 64) as u64
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const FUNCTION_WORDS: &[&str] = &[
    "the", "of", "to", "and", "a", "in", "said", "that", "for", "it", "on", "was", "is", "by",
    "with", "as", "at", "he", "be", "from", "has", "have", "an", "his", "will", "not", "are",
    "were", "its", "but", "which", "they", "had", "would", "this", "their", "been", "who", "after",
    "more", "about", "there", "also", "or", "up", "one", "her", "than", "out", "could", "into",
    "over", "she", "all", "some", "when", "last", "two", "can", "if", "no", "other", "first",
    "new", "between", "against", "under", "told", "what", "while", "where", "before", "because",
    "during", "since", "only", "then", "both", "any", "most", "such", "so", "these", "may",
    "three", "next", "many", "still", "through", "around", "them", "we", "him", "now", "down",
];

const CONSONANTS: &[&str] = &[
    "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl", "gr",
    "ch", "br",
];

const VOWELS: &[&str] = &["a", "e", "i", "o", "u"];

const CODAS: &[&str] = &["", "n", "r", "t", "l", "nd", "ck", "m"];

const FIRST_NAMES: &[&str] = &[
    "Ann", "Omar", "Maria", "David", "Li", "Sofia", "James", "Amina", "Peter", "Elena", "Carlos",
    "Ingrid", "Kofi", "Yuki", "Hannah", "Pavel", "Rosa", "Tom", "Leila", "Viktor", "Grace", "Juan",
    "Nadia", "Samuel", "Chiara", "Mehmet", "Olga", "Felix", "Zainab", "Henry",
];

const SOURCES: &[&str] = &[
    "Gulf Wire",
    "Northern Courier",
    "The Daily Ledger",
    "Coast Herald",
    "Evening Dispatch",
    "Capital Post",
    "Harbour Gazette",
    "Valley Tribune",
];

const SECTIONS: &[&str] = &[
    "World", "Business", "Politics", "Sport", "Science", "Culture",
];

/// Words among the most frequent that are drawn from a table; rarer ones
/// follow a steeper law, drawn by formula.
const TABLE: usize = 8192;

/// Writes articles.
pub struct Press {
    /// Share of all content words up to each rank.
    cumulative: Vec<f64>,
}

/// Share of content words that lie in the table.
const IN_TABLE: f64 = 0.86;

impl Press {
    pub fn new() -> Self {
        let mut cumulative = Vec::with_capacity(TABLE);
        let mut sum = 0.0;
        for rank in 0..TABLE {
            sum += 1.0 / (rank as f64 + 12.0).powf(0.95);
            cumulative.push(sum);
        }
        for share in &mut cumulative {
            *share /= sum;
        }
        Self { cumulative }
    }

    /// The number of a content word, 0 being the most frequent.
    fn rank(&self, dice: &mut Dice) -> u64 {
        let u = dice.unit();
        if u < IN_TABLE {
            let u = u / IN_TABLE;
            return self.cumulative.partition_point(|&share| share < u) as u64;
        }
        // Beyond the table frequencies fall with the power 1.7: the number of
        // different words grows with the text to the power of about 0.6.
        let u = ((u - IN_TABLE) / (1.0 - IN_TABLE)).max(1e-15);
        (TABLE as f64 * u.powf(-1.0 / 0.7)).min(1e12) as u64
    }

    /// Article number `n`.
    pub fn article(&self, n: u64) -> Article {
        let mut dice = Dice::new(n);
        let is_copy = n >= 50 && dice.below(100) < 6;
        if !is_copy {
            return self.original(n);
        }
        // An agency's story, run again by another paper with slight changes.
        let mut of = n - 1 - dice.below(40);
        while Dice::new(of).below(100) < 6 && of > 0 {
            of -= 1;
        }
        let mut article = self.original(of);
        let mut body = String::with_capacity(article.body.len() + 80);
        for word in article.body.split_inclusive(' ') {
            match dice.below(60) {
                0 => {}
                1 => {
                    self.word(&mut dice, None, &mut body);
                    body.push(' ');
                }
                _ => body.push_str(word),
            }
        }
        let _ = write!(body, "\n\nReporting by {} in the city.", article.author);
        article.body = body;
        article.source = dice.pick(SOURCES);
        article.url = url(n, &article.date);
        article
    }

    fn original(&self, n: u64) -> Article {
        let mut dice = Dice::new(n.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0xabcd);
        let topic = dice.below(600);
        let mut topic_dice = Dice::new(topic ^ 0x7070);
        let topic_words: Vec<u64> = (0..24).map(|_| topic_dice.below(20_000)).collect();
        let cast: Vec<(&str, String)> = (0..4)
            .map(|_| (dice.pick(FIRST_NAMES), name(self.rank(&mut dice))))
            .collect();
        let places: Vec<String> = (0..2).map(|_| name(dice.below(900) + 1_000_000)).collect();
        let (year, month, day) = (
            1990 + dice.below(34),
            1 + dice.below(12),
            1 + dice.below(28),
        );
        let date = format!("{year}-{month:02}-{day:02}");

        let spread = (dice.unit() + dice.unit() + dice.unit()) / 1.5;
        let wanted = 60 + (360.0 * spread * spread.max(0.4)) as u64;
        let mut body = String::with_capacity(wanted as usize * 7);
        let mut said: Vec<u64> = Vec::new();
        let mut named = 0;
        let mut words = 0;
        while words < wanted {
            let length = 7 + dice.below(20);
            for at in 0..length {
                let start = body.len();
                if at > 0 {
                    body.push(' ');
                }
                match dice.below(1000) {
                    0..430 => {
                        let u = dice.unit();
                        let rank = (FUNCTION_WORDS.len() as f64).powf(u) - 1.0;
                        body.push_str(FUNCTION_WORDS[rank as usize % FUNCTION_WORDS.len()]);
                    }
                    430..470 => {
                        let (first, last) = &cast[dice.below(4) as usize];
                        if named < 4 {
                            named += 1;
                            body.push_str(first);
                            body.push(' ');
                        }
                        body.push_str(last);
                    }
                    470..485 => body.push_str(&places[dice.below(2) as usize]),
                    485..500 => number(&mut dice, &mut body),
                    500..600 => {
                        let rank = topic_words[dice.below(24) as usize];
                        self.word(&mut dice, Some(rank), &mut body);
                    }
                    600..760 if !said.is_empty() => {
                        let rank = dice.pick(&said);
                        self.word(&mut dice, Some(rank), &mut body);
                    }
                    _ => {
                        let rank = self.rank(&mut dice);
                        said.push(rank);
                        self.word(&mut dice, Some(rank), &mut body);
                    }
                }
                if at == 0 {
                    capitalise(&mut body, start);
                } else if at + 1 < length && dice.below(12) == 0 {
                    body.push(',');
                }
                words += 1;
            }
            body.push('.');
            body.push_str(if dice.below(3) == 0 { "\n\n" } else { " " });
        }
        body.truncate(body.trim_end().len());

        let mut title = String::new();
        for at in 0..5 + dice.below(4) {
            if at > 0 {
                title.push(' ');
            }
            match dice.below(10) {
                0 => title.push_str(&cast[0].1),
                1 => title.push_str(&places[0]),
                2..5 => self.word(&mut dice, Some(topic_words[at as usize]), &mut title),
                5 | 6 => title.push_str(dice.pick(FUNCTION_WORDS)),
                _ => {
                    let rank = match said.is_empty() {
                        true => 0,
                        false => dice.pick(&said),
                    };
                    self.word(&mut dice, Some(rank), &mut title);
                }
            }
        }
        capitalise(&mut title, 0);
        Article {
            title,
            body,
            author: format!("{} {}", dice.pick(FIRST_NAMES), name(dice.below(400))),
            source: dice.pick(SOURCES),
            section: dice.pick(SECTIONS),
            url: url(n, &date),
            date,
        }
    }

    /// Writes a content word in one of its inflections.
    fn word(&self, dice: &mut Dice, rank: Option<u64>, out: &mut String) {
        let rank = rank.unwrap_or_else(|| self.rank(dice));
        stem(rank, out);
        if rank.is_multiple_of(3) {
            return;
        }
        out.push_str(match dice.below(10) {
            0 | 1 => "s",
            2 => "ed",
            3 => "ing",
            _ => "",
        });
    }
}

/// The uninflected form of the content word with this rank; no two are alike.
pub fn stem(rank: u64, out: &mut String) {
    let syllables = (CONSONANTS.len() * VOWELS.len()) as u64;
    let coda = CODAS[(rank % CODAS.len() as u64) as usize];
    let mut rest = rank / CODAS.len() as u64;
    loop {
        // Scattered, so that neighbours in rank do not look alike.
        let syllable = ((rest % syllables) * 37 + 11) % syllables;
        out.push_str(CONSONANTS[syllable as usize / VOWELS.len()]);
        out.push_str(VOWELS[syllable as usize % VOWELS.len()]);
        rest /= syllables;
        if rest == 0 {
            break;
        }
        rest -= 1;
    }
    out.push_str(if coda.is_empty() { "x" } else { coda });
}

fn name(rank: u64) -> String {
    let mut name = String::new();
    stem(rank.wrapping_mul(7) + 3, &mut name);
    name.push_str("ov");
    capitalise(&mut name, 0);
    name
}

fn number(dice: &mut Dice, out: &mut String) {
    let _ = match dice.below(4) {
        0 => write!(out, "{}", 2 + dice.below(90)),
        1 => write!(out, "{},{:03}", 1 + dice.below(90), dice.below(1000)),
        2 => write!(out, "{}.{}", dice.below(100), dice.below(10)),
        _ => write!(
            out,
            "{} {}",
            1 + dice.below(28),
            dice.pick(&["January", "March", "May", "July", "October", "December"])
        ),
    };
}

fn url(n: u64, date: &str) -> String {
    let path = date.replace('-', "/");
    format!("https://www.courier{}.example/{path}/story-{n}.html", n % 7)
}

/// Makes the first letter from `start` on a capital.
fn capitalise(text: &mut str, start: usize) {
    if let Some(at) = text[start..].find(|c: char| c.is_ascii_alphabetic()) {
        text[start + at..=start + at].make_ascii_uppercase();
    }
}
