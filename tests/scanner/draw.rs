//! Queries drawn at random from what the articles hold, over every operator,
//! so that most of them find something.

use super::archive::{Archive, Article, Text};

pub struct Draw<'a> {
    archive: &'a Archive,
    state: u64,
}

impl<'a> Draw<'a> {
    pub fn new(archive: &'a Archive, seed: u64) -> Self {
        Self {
            archive,
            state: seed,
        }
    }

    /// A whole query.
    pub fn query(&mut self) -> String {
        self.group(2)
    }

    fn below(&mut self, end: usize) -> usize {
        // xorshift*; the quality of chance matters little here.
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let mixed = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d);
        ((mixed >> 33) as usize) % end.max(1)
    }

    fn one_of(&mut self, all: &[&str]) -> String {
        all[self.below(all.len())].to_owned()
    }

    fn article(&mut self) -> &'a Article {
        let at = self.below(self.archive.articles.len());
        &self.archive.articles[at]
    }

    fn group(&mut self, depth: usize) -> String {
        // Parts from one article, so that they occur together.
        let article = self.article();
        let count = 1 + self.below(3);
        let mut parts = Vec::new();
        for number in 0..count {
            let part = match self.below(12) {
                0 | 1 if depth > 0 => format!("({})", self.group(depth - 1)),
                2 if number > 0 => {
                    let other = self.article();
                    format!("{}({})", self.one_of(&["NOT ", "-"]), self.leaf(other))
                }
                3 => format!("({})^2.5", self.leaf(article)),
                _ => self.leaf(article),
            };
            parts.push(part);
        }
        let joint = self.one_of(&[" ", " AND ", " OR ", " | "]);
        parts.join(&joint)
    }

    fn leaf(&mut self, article: &'a Article) -> String {
        match self.below(30) {
            0 => self.days(article),
            1 => "has:date".to_owned(),
            2 => "has:entity".to_owned(),
            3 => match &article.language {
                Some(language) => format!("lang:{language}"),
                None => "*".to_owned(),
            },
            4 => format!("id:{}", &article.id[..1 + self.below(4)]),
            5 => {
                let name = article.path.rsplit('/').next().unwrap_or_default();
                let is_plain = name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
                match is_plain && name.len() > 3 {
                    true => format!("path:{}*{}", &name[..2], &name[name.len() - 2..]),
                    false => "path:a".to_owned(),
                }
            }
            6 => match article.url.as_deref().and_then(|url| url.split('/').nth(2)) {
                Some(host) if self.below(2) == 0 => format!("site:{host}"),
                Some(host) => format!("url:{host}"),
                None => "has:date".to_owned(),
            },
            7 | 8 => self.named(article),
            9 => self.scoped("title", &article.title),
            10 => self.scoped("body", &article.body),
            11 => self.scoped("byline", &article.byline),
            12 => self.scoped("source", &article.publisher),
            13 => self.scoped("section", &article.section),
            _ => self.words(&article.body),
        }
    }

    fn scoped(&mut self, field: &str, text: &'a Text) -> String {
        match text.is_empty() {
            true => "*".to_owned(),
            false => format!("{field}:({})", self.words(text)),
        }
    }

    fn named(&mut self, article: &'a Article) -> String {
        if article.names.is_empty() {
            return "has:entity".to_owned();
        }
        let (kind, words, folded) = &article.names[self.below(article.names.len())];
        if words.is_empty() {
            return "has:entity".to_owned();
        }
        let field = match self.below(2) {
            0 => "entity".to_owned(),
            _ => kind.clone(),
        };
        match self.below(3) {
            0 => format!("{field}:=\"{folded}\""),
            1 => format!("{field}:\"{folded}\""),
            _ => format!("{field}:{}", self.archive.words[words[0].1]),
        }
    }

    fn days(&mut self, article: &Article) -> String {
        let Some(day) = article.day else {
            return "-has:date".to_owned();
        };
        match self.below(5) {
            0 => format!("date:{day}"),
            1 => format!("date:{:04}-{:02}", day.year(), day.month()),
            2 => format!("date:{:04}..{day}", day.year()),
            3 => format!("after:{day}"),
            _ => format!("before:{day}"),
        }
    }

    /// Words, patterns, phrases and proximity that stand in a text.
    fn words(&mut self, text: &'a Text) -> String {
        if text.is_empty() {
            return "*".to_owned();
        }
        let start = self.below(text.len());
        let at = |offset: usize| {
            let (_, word) = text[(start + offset).min(text.len() - 1)];
            self.archive.words[word].clone()
        };
        let (one, two, three) = (at(0), at(1), at(2));
        let far = at(3 + start % 5);
        let wild = |word: &str, tail: &str| {
            let letters: Vec<char> = word.chars().collect();
            let is_long = letters.len() > 3 && letters.iter().all(|c| c.is_alphabetic());
            match is_long {
                true => letters[..3].iter().collect::<String>() + tail,
                false => word.to_owned(),
            }
        };
        match self.below(16) {
            0 => format!("={one}"),
            1 => wild(&one, "*"),
            2 => wild(&one, "?*"),
            3 => format!("\"{one} {two}\""),
            4 => format!("\"{one} {two} {three}\""),
            5 => format!("\"{one} {three}\"~1"),
            6 => format!("\"{one} {far}\"~{}", 1 + self.below(6)),
            7 => format!("\"{} {two}\"", wild(&one, "*")),
            8 => format!("{one} NEAR/{} {far}", 1 + self.below(9)),
            9 => format!("{far} W/{} {one}", 1 + self.below(9)),
            10 => format!("{one} PRE/{} {three}", 1 + self.below(4)),
            11 => format!("({one} OR \"{two} {three}\") NEAR/6 {far}"),
            12 if one.chars().count() > 3 => format!("{one}~{}", 1 + self.below(2)),
            13 if one.chars().all(|c| c.is_ascii_lowercase()) && one.len() > 3 => {
                format!("/{}[a-z]*/", &one[..2])
            }
            _ => one,
        }
    }
}
