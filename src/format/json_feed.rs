//! Reads JSON Feed 1.0 and 1.1: an article for each item with a title, a
//! content or a summary. Publisher, language and authors that only the feed
//! states are those of its items.

use serde_json::{Map, Value};

use crate::article::{Article, Provenance, Title};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};

use super::feed::html;
use super::{Claim, Format, Head, Options, Parsed, fields, json};

/// The reader of JSON Feed.
pub struct JsonFeed;

impl Format for JsonFeed {
    fn name(&self) -> &'static str {
        "jsonfeed"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let text = head.text();
        let is_object = text.trim_start().starts_with('{');
        let says_so = text.contains("jsonfeed.org/version")
            || hint.media_type.as_deref() == Some("application/feed+json");
        match is_object && says_so {
            true => Claim::Certain,
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
        let feed = json::value(&decoded.text)?;
        let Some(items) = feed.get("items").and_then(Value::as_array) else {
            return Err(Reason::Malformed {
                kind: "json",
                detail: "a JSON Feed without `items`".to_owned(),
            });
        };
        if items.is_empty() {
            emit(Parsed::Skipped(Skip::Empty));
        }
        for item in items {
            let article = item
                .as_object()
                .and_then(|item| article(item, &feed, &record.hint));
            emit(match article {
                Some(mut article) => {
                    article.origin.encoding = Some(decoded.encoding);
                    Parsed::Article(Box::new(article))
                }
                None => Parsed::Rejected(Reason::NoText),
            });
        }
        Ok(())
    }
}

/// Reads an item; `None` if it has neither title nor text.
fn article(item: &Map<String, Value>, feed: &Value, hint: &Hint) -> Option<Article> {
    let text = |name: &str| {
        let value = item.get(name).and_then(Value::as_str);
        value.filter(|text| !text.trim().is_empty())
    };
    let mut article = Article::default();
    let title = text("title").map(html::line);
    article.title = title.filter(|title| !title.is_empty()).map(Title::stated);
    let bodies = [
        text("content_html").map(html::paragraphs),
        text("content_text").map(html::plain),
        text("summary").map(html::plain),
    ];
    article.body = bodies
        .into_iter()
        .flatten()
        .find(|body| !body.is_empty())
        .unwrap_or_default();
    if fields::is_empty(&article) {
        return None;
    }
    article.published = ["date_published", "date_modified"]
        .into_iter()
        .find_map(|name| fields::date(text(name)?))
        .map(|stamp| fields::published(stamp, Provenance::Feed));
    article.url = ["url", "id", "external_url"]
        .into_iter()
        .find_map(|name| fields::address(text(name)?));
    article.own_id = match item.get("id") {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => text("id").map(str::to_owned),
    };
    article.bylines = authors(item.get("authors").or_else(|| item.get("author")));
    if article.bylines.is_empty() {
        article.bylines = authors(feed.get("authors").or_else(|| feed.get("author")));
    }
    let publisher = feed.get("title").and_then(Value::as_str).map(html::line);
    article.publisher = publisher.filter(|name| !name.is_empty());
    let tags: Vec<&str> = item
        .get("tags")
        .and_then(Value::as_array)
        .map(|tags| tags.iter().filter_map(Value::as_str).take(20).collect())
        .unwrap_or_default();
    article.section = (!tags.is_empty()).then(|| tags.join(", "));
    article.language = text("language")
        .or_else(|| feed.get("language").and_then(Value::as_str))
        .and_then(fields::language);
    fields::complete(&mut article, hint);
    Some(article)
}

/// The names of `[{"name": …}]` and of version 1.0's single object.
fn authors(value: Option<&Value>) -> Vec<String> {
    let all = match value {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    all.iter()
        .filter_map(|author| author.get("name")?.as_str())
        .flat_map(fields::names)
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::{articles, reasons};

    #[test]
    fn items_inherit_what_only_the_feed_states() {
        let feed = br#"{"version": "https://jsonfeed.org/version/1.1", "title": "Mill &amp; Lane", "language": "en-GB",
            "authors": [{"name": "Jane Roe"}], "items": [
            {"id": 7, "url": "https://x.example/7", "title": "Ferry sold", "content_html": "<p>One.</p><script>x()</script><p>Two.</p>",
             "date_published": "2020-11-21T23:00:00-05:00", "tags": ["Shipping", "Money"]},
            {"id": "8", "summary": "No title.", "authors": [{"name": "Ali Khan"}]},
            {"id": "9"}]}"#;
        let read = articles(&JsonFeed, "a.json", feed);
        let [first, second] = read.as_slice() else {
            unreachable!("two articles");
        };
        assert_eq!(first.title, Some(Title::stated("Ferry sold")));
        assert_eq!(first.body, "One.\n\nTwo.");
        assert_eq!(first.published.unwrap().day.to_string(), "2020-11-21");
        assert_eq!(first.publisher.as_deref(), Some("Mill & Lane"));
        assert_eq!(first.section.as_deref(), Some("Shipping, Money"));
        assert_eq!(first.bylines, ["Jane Roe"]);
        assert_eq!(first.own_id.as_deref(), Some("7"));
        assert_eq!(second.bylines, ["Ali Khan"]);
        assert_eq!(second.language.as_deref(), Some("en"));
        assert_eq!(second.title, Some(Title::derived("No title.")));
        assert_eq!(reasons(&JsonFeed, "a.json", feed), ["no text"]);
    }
}
