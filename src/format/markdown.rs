//! Reads Markdown, one article a file: fields from the front matter, the title
//! from there or from the first heading, and of the text what a reader of the rendered
//! page would read.

use std::sync::Arc;

use crate::article::{Article, Title};
use crate::error::Reason;
use crate::record::{Hint, Record};
use crate::text::dates::Order;
use crate::text::markup;

use super::{Claim, Format, Head, Options, Parsed, fields, front_matter};

mod inline;

/// The reader of Markdown.
pub struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let named = matches!(
            hint.extension().as_str(),
            "md" | "markdown" | "mdown" | "mkd" | "mdx" | "rmd" | "qmd"
        );
        let sent = hint.media_type.as_deref() == Some("text/markdown");
        match (named || sent) && !head.is_binary() {
            true => Claim::Likely,
            false => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let decoded = record.decoded(options.encoding);
        let mut article = read(&decoded.text, &record.hint, options.date_order);
        article.origin.encoding = Some(decoded.encoding);
        if fields::is_empty(&article) {
            return Err(Reason::NoText);
        }
        emit(Parsed::Article(Box::new(article)));
        Ok(())
    }
}

fn read(text: &str, hint: &Arc<Hint>, order: Option<Order>) -> Article {
    let mut article = Article::default();
    let text = text.replace("\r\n", "\n");
    let head = front_matter::split(&text).or_else(|| front_matter::split_headers(&text));
    let text = match head {
        Some((pairs, rest)) => {
            front_matter::apply(&pairs, &mut article, order);
            rest
        }
        None => text.as_str(),
    };
    let mut blocks = blocks(text);
    let stated = article.title.as_ref().map(|title| title.text.clone());
    let first = blocks.first().filter(|block| block.heading);
    if let Some(heading) = first {
        // A heading that says the title again is no paragraph of the text.
        let again = stated.as_ref().is_none_or(|title| {
            let (title, heading) = (title.to_lowercase(), heading.text.to_lowercase());
            title.contains(&heading) || heading.contains(&title)
        });
        if again {
            let heading = blocks.remove(0);
            article
                .title
                .get_or_insert_with(|| Title::stated(heading.text));
        }
    }
    if article.title.is_none()
        && let Some(at) = blocks.iter().position(|block| block.top)
    {
        article.title = Some(Title::stated(blocks.remove(at).text));
    }
    let paragraphs: Vec<String> = blocks.into_iter().map(|block| block.text).collect();
    article.body = paragraphs.join("\n\n");
    fields::complete(&mut article, hint);
    article
}

/// A paragraph, heading, list item or the like, as plain text.
struct Block {
    text: String,
    heading: bool,
    /// A heading of the first level.
    top: bool,
}

/// The blocks of a text, without its markup.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut comment = false;
    let lines: Vec<&str> = text.lines().collect();
    for line in lines {
        let bare = line.trim();
        if let Some((sign, length)) = fence {
            let closing = bare.chars().take_while(|c| *c == sign).count();
            if closing >= length && bare.chars().all(|c| c == sign) {
                fence = None;
                close(&mut open, &mut blocks);
            } else if !bare.is_empty() {
                // Code is shown as it is.
                blocks.push(Block {
                    text: bare.to_owned(),
                    heading: false,
                    top: false,
                });
            }
            continue;
        }
        if comment {
            comment = !line.contains("-->");
            continue;
        }
        let bare = quoted(bare);
        if let Some(opened) = fence_of(bare) {
            close(&mut open, &mut blocks);
            fence = Some(opened);
        } else if bare.starts_with("<!--") && !bare.contains("-->") {
            comment = true;
        } else if bare.is_empty() {
            close(&mut open, &mut blocks);
        } else if let Some((level, heading)) = heading(bare) {
            close(&mut open, &mut blocks);
            push(heading, Some(level), &mut blocks);
        } else if is_underline(bare) && open.len() == 1 {
            let heading = open.remove(0);
            let level = if bare.starts_with('=') { 1 } else { 2 };
            push(heading, Some(level), &mut blocks);
        } else if is_rule(bare) || is_reference(bare) || is_table_rule(bare) || is_directive(bare) {
            close(&mut open, &mut blocks);
        } else if let Some(item) = item(bare) {
            close(&mut open, &mut blocks);
            open.push(item);
        } else {
            if bare.starts_with('|') {
                close(&mut open, &mut blocks);
            }
            open.push(bare);
        }
    }
    close(&mut open, &mut blocks);
    blocks
}

fn close(open: &mut Vec<&str>, blocks: &mut Vec<Block>) {
    if !open.is_empty() {
        push(&open.join("\n"), None, blocks);
        open.clear();
    }
}

/// Adds a block, unless nothing of it is text: a picture alone, a shortcode.
fn push(text: &str, level: Option<usize>, blocks: &mut Vec<Block>) {
    let html = inline::to_html(text);
    for paragraph in markup::to_text(&html).split("\n\n") {
        let line = fields::one_line(&inline::restore(paragraph));
        if !line.is_empty() {
            blocks.push(Block {
                text: line,
                heading: level.is_some(),
                top: level == Some(1),
            });
        }
    }
}

/// A line without the `>` of a quotation.
fn quoted(line: &str) -> &str {
    let mut line = line;
    while let Some(rest) = line.strip_prefix('>') {
        line = rest.trim_start();
    }
    line
}

fn fence_of(line: &str) -> Option<(char, usize)> {
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.chars().take_while(|c| *c == sign).count();
    let inline = sign == '`' && line[length..].contains('`');
    (length >= 3 && !inline).then_some((sign, length))
}

/// `## Heading ##` as its level and words.
fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let rest = &line[level..];
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let rest = rest.trim().trim_end_matches('#').trim_end();
    // `## Heading {#anchor}`
    let rest = match rest.rfind("{#") {
        Some(at) if rest.ends_with('}') => rest[..at].trim_end(),
        _ => rest,
    };
    Some((level, rest))
}

fn is_underline(line: &str) -> bool {
    line.len() >= 2 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

fn is_rule(line: &str) -> bool {
    let signs: String = line.split_whitespace().collect();
    let Some(first) = signs.chars().next() else {
        return false;
    };
    signs.len() >= 3 && matches!(first, '-' | '*' | '_' | '=') && signs.chars().all(|c| c == first)
}

/// `[1]: https://x.example "Title"`, the target of links elsewhere.
fn is_reference(line: &str) -> bool {
    line.starts_with('[')
        && line.split_once("]:").is_some_and(|(label, target)| {
            !label.contains("](") && !target.trim().contains("  ") && {
                let target = target.trim();
                target.contains("://") || target.starts_with(['/', '#', '<', '.'])
            }
        })
}

fn is_table_rule(line: &str) -> bool {
    line.contains('|')
        && line.contains("--")
        && line.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' '))
}

/// Lines that site generators replace: `{% include x %}`, `{{< figure >}}`, `:::`.
fn is_directive(line: &str) -> bool {
    (line.starts_with("{%") && line.ends_with("%}"))
        || (line.starts_with("{{") && line.ends_with("}}"))
        || line.starts_with(":::")
        || (line.starts_with("{:") && line.ends_with('}'))
}

/// The text of a list item, or of a footnote.
fn item(line: &str) -> Option<&str> {
    let bulleted = ["- ", "* ", "+ "]
        .iter()
        .find_map(|sign| line.strip_prefix(sign));
    let numbered = || {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &line[digits..];
        let rest = rest
            .strip_prefix(". ")
            .or_else(|| rest.strip_prefix(") "))?;
        // `1987. That year …` is prose.
        (1..=3).contains(&digits).then_some(rest)
    };
    let footnote = || {
        line.strip_prefix("[^")?
            .split_once("]: ")
            .map(|(_, rest)| rest)
    };
    let text = bulleted.or_else(numbered).or_else(footnote)?;
    let text = text.trim_start();
    let task = ["[ ] ", "[x] ", "[X] "]
        .iter()
        .find_map(|sign| text.strip_prefix(sign));
    Some(task.unwrap_or(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::articles;

    fn one(text: &str) -> Article {
        let mut all = articles(&Markdown, "a.md", text.as_bytes());
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn front_matter_gives_the_fields_and_the_text_loses_its_markup() {
        let article = one(
            "---\ntitle: \"Ferry sold: *at last*\"\ndate: 2020-11-21\nauthor: Jane Roe\ntags: [a, b]\n---\n\n\
             # Ferry sold\n\nThe **ferry** of [Marlow](https://x.example/a_b_c) was _sold_,\nsaid `J_R`.\n\n\
             ![The ferry](ferry.png)\n\n> It was\n> old.\n\n- One\n- Two\n\n```\ncode()\n```\n\n<div>Three &amp; *four*</div>\n\n[1]: https://x.example\n",
        );
        assert_eq!(article.title, Some(Title::stated("Ferry sold: *at last*")));
        assert_eq!(
            article.body,
            "The ferry of Marlow was sold, said J_R.\n\nIt was old.\n\nOne\n\nTwo\n\ncode()\n\nThree & four"
        );
        assert_eq!(article.bylines, ["Jane Roe"]);
    }

    #[test]
    fn fields_are_read_as_toml_json_and_headers_too() {
        let heads = [
            "+++\ntitle = \"Ferry sold\"\ndate = 2020-11-21T10:00:00Z\ntags = [\n  \"a\",\n  \"b\",\n]\nauthors = [\"Jane Roe\"]\n\
             [params]\n  math = true\n+++\n",
            "{\n  \"title\": \"Ferry sold\",\n  \"date\": \"2020-11-21\",\n  \"draft\": false,\n  \"authors\": [\"Jane Roe\"]\n}\n",
            "Title: Ferry sold\nDate: 2020-11-21 10:00\nAuthor: Jane Roe\nSlug: ferry\n",
            "---\ntitle: Ferry sold\ndate: 2020-11-21\ntags: [a,\n  b]\nauthor: Jane Roe\n---\n",
        ];
        for head in heads {
            let text = format!("{head}\nIt was *old*.\n");
            let format = crate::format::detect(&Hint::named("a.md"), text.as_bytes()).unwrap();
            assert_eq!(format.name(), "markdown", "{head}");
            let article = one(&text);
            assert_eq!(article.title, Some(Title::stated("Ferry sold")), "{head}");
            assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
            assert_eq!(article.bylines, ["Jane Roe"]);
            assert_eq!(article.body, "It was old.");
        }
    }

    #[test]
    fn the_first_heading_is_the_title_where_no_field_states_one() {
        let hash = one("# Ferry sold\n\nIt was old.\n\n## Why\n\nRust.\n");
        assert_eq!(hash.title, Some(Title::stated("Ferry sold")));
        assert_eq!(hash.body, "It was old.\n\nWhy\n\nRust.");
        let underlined = one("Ferry sold\n==========\n\nIt was old.\n");
        assert_eq!(underlined.title, Some(Title::stated("Ferry sold")));
        let none = one("It was old, and it was sold on Monday.\n");
        assert!(none.title.unwrap().derived);
    }

    #[test]
    fn what_only_looks_like_markup_stays() {
        let article = one(
            "# A\n\n2 * 3 * 4, snake_case_name, 5 < 6, a\\*b, C# and #1.\n\n1987. That year.\n",
        );
        assert_eq!(
            article.body,
            "2 * 3 * 4, snake_case_name, 5 < 6, a*b, C# and #1.\n\n1987. That year."
        );
    }
}
