//! Reads posts of blogs as Movable Type and TypePad export them: fields, then
//! parts such as `BODY:` with a line of five hyphens below each, and eight below
//! the post. Comments are no part of it.

use crate::article::{Article, Provenance};
use crate::format::fields::{self, Slot};
use crate::text::dates::Order;

/// What the first line of a post begins with.
const FIRST: &[&str] = &["TITLE: ", "AUTHOR: ", "BASENAME: ", "STATUS: "];

const PART_END: &str = "-----";

/// Whether a line ends a post.
pub fn is_end(line: &str) -> bool {
    line.trim_end() == "--------"
}

/// Whether a text begins with a post.
pub fn is_post(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.find(|line| !line.is_empty());
    first.is_some_and(|line| FIRST.iter().any(|name| line.starts_with(name)))
        && lines.any(|line| line == PART_END)
        && text.lines().any(|line| line.trim_end() == "BODY:")
}

/// Reads a post.
pub fn article(text: &str) -> Article {
    let mut article = Article::default();
    let lines: Vec<&str> = text.lines().take_while(|line| !is_end(line)).collect();
    let mut parts = lines.split(|line| line.trim_end() == PART_END);
    let mut sections: Vec<&str> = Vec::new();
    for line in parts.next().unwrap_or_default() {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        match name {
            "TITLE" => fields::put(&mut article, Slot::Title, value),
            "AUTHOR" => fields::put(&mut article, Slot::Byline, value),
            // `11/14/2023 06:30:00 AM`, whatever the language of the blog.
            "DATE" => {
                let stamp = Order::MonthFirst.parse(value);
                article.published =
                    stamp.map(|stamp| fields::published(stamp, Provenance::Metadata));
            }
            "CATEGORY" | "PRIMARY CATEGORY" if !sections.contains(&value) => sections.push(value),
            _ => {}
        }
    }
    fields::put(&mut article, Slot::Section, &sections.join(", "));
    let bodies: Vec<String> = parts
        .filter_map(|part| {
            let (name, rest) = part.split_first()?;
            let is_text = matches!(name.trim_end(), "BODY:" | "EXTENDED BODY:");
            is_text.then(|| fields::running_text(&rest.join("\n")))
        })
        .filter(|text| !text.is_empty())
        .collect();
    article.body = bodies.join("\n\n");
    article
}
