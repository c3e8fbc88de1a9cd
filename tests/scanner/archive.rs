//! The articles as `morgue inspect` prints them, cut into words.

use std::collections::{BTreeSet, HashMap};

use morgue::query::tree::Node;
use morgue::text::words::Words;
use serde_json::Value;

use super::judge::Judge;
use crate::util::Scratch;

/// A text: positions and the words there, as numbers into the vocabulary.
pub type Text = Vec<(u32, usize)>;

/// One article.
pub struct Article {
    pub id: String,
    pub title: Text,
    pub body: Text,
    pub byline: Text,
    pub publisher: Text,
    pub section: Text,
    /// Kind, words, folded name.
    pub names: Vec<(String, Text, String)>,
    pub day: Option<jiff::civil::Date>,
    pub language: Option<String>,
    pub url: Option<String>,
    /// Absolute path, and path with members.
    pub path: String,
    pub full_path: String,
}

/// All articles and their vocabulary.
#[derive(Default)]
pub struct Archive {
    pub articles: Vec<Article>,
    pub words: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Archive {
    /// Reads what `morgue inspect` prints of these paths.
    pub fn read(scratch: &Scratch, paths: &[&str]) -> Self {
        let ran = scratch.run(&[&["inspect"], paths].concat());
        assert!(ran.code <= 1, "{}", ran.stderr);
        let mut archive = Self::default();
        for line in ran.stdout.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            if value["type"] == "article" {
                let article = archive.article(scratch, &value);
                archive.articles.push(article);
            }
        }
        assert!(!archive.articles.is_empty());
        archive
    }

    pub fn len(&self) -> usize {
        self.articles.len()
    }

    /// Ids of the articles that match, found by looking at every one.
    pub fn matching(&self, query: &Node) -> BTreeSet<&str> {
        let mut judge = Judge::new(self);
        self.articles
            .iter()
            .filter(|article| judge.matches(query, article))
            .map(|article| article.id.as_str())
            .collect()
    }

    fn article(&mut self, scratch: &Scratch, value: &Value) -> Article {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let is_stated = value["title_from"] == "source";
        let title = text("title").filter(|_| is_stated).unwrap_or_default();
        let bylines: Vec<String> = value["byline"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect();
        let path = scratch.path().join(value["path"].as_str().unwrap());
        let path = path.to_str().unwrap().to_owned();
        let names = value["entities"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entity| {
                let name = entity["name"].as_str().unwrap();
                let folded = morgue::text::words::folded(name).join(" ");
                (
                    entity["kind"].as_str().unwrap().to_owned(),
                    self.cut(&[name]),
                    folded,
                )
            })
            .collect();
        Article {
            id: text("id").unwrap(),
            title: self.cut(&[&title]),
            body: self.cut(&[value["body"].as_str().unwrap_or_default()]),
            byline: self.cut(&bylines.iter().map(String::as_str).collect::<Vec<_>>()),
            publisher: self.cut(&[&text("publisher").unwrap_or_default()]),
            section: self.cut(&[&text("section").unwrap_or_default()]),
            names,
            day: text("published").map(|day| day.parse().unwrap()),
            language: text("language"),
            url: text("url"),
            full_path: match text("member") {
                Some(member) => format!("{path}!{member}"),
                None => path.clone(),
            },
            path,
        }
    }

    /// Words with their positions; values of one field lie one place apart.
    fn cut(&mut self, texts: &[&str]) -> Text {
        let mut all = Text::new();
        let mut base = 0;
        for text in texts {
            let mut words = Words::new(text);
            let mut end = base;
            while words.advance() {
                let known = self.numbers.get(words.word()).copied();
                let number = known.unwrap_or_else(|| {
                    self.words.push(words.word().to_owned());
                    self.numbers
                        .insert(words.word().to_owned(), self.words.len() - 1);
                    self.words.len() - 1
                });
                all.push((base + words.position(), number));
                end = base + words.position() + 1;
            }
            base = end + 1;
        }
        all
    }
}
