//! Reads feeds: RSS 0.9 to 2.0, RSS 1.0 in RDF, Atom 0.3 and 1.0, CDF, news
//! sitemaps and WordPress exports. Each item with a title, a content or a
//! summary is an article; the whole text is preferred to the summary.
//!
//! Feeds are often ill-formed, so that an own tolerant scanner reads them and
//! no XML parser. A small feed is one record; of a large one each item is, with the
//! feed's head beside it, so that exports of any size stream.

use std::io::{BufRead, Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Reason, Skip};
use crate::record::{Hint, Record, read_whole};
use crate::text::charset;

use super::{Claim, Format, Head, Options, Parsed};
use elements::Elements;
use item::{Channel, Context};
use names::{Names, local};
use scan::{Declared, Scan, Token};

mod cutter;
mod elements;
pub(super) mod html;
mod item;
mod links;
mod names;
mod scan;

/// The reader of feeds.
pub struct Feed;

/// Feeds up to this size are one record.
const WHOLE_BYTES: u64 = 256 * 1024;

/// What items are called, by the root of the feed.
const ITEMS: &[&str] = &["item", "entry"];
const SITEMAP_ITEMS: &[&str] = &["url"];

impl Format for Feed {
    fn name(&self) -> &'static str {
        "feed"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let is_named = matches!(hint.extension().as_str(), "rss" | "atom" | "rdf")
            || hint.media_type.as_deref().is_some_and(|kind| {
                matches!(
                    kind,
                    "application/rss+xml" | "application/atom+xml" | "application/rdf+xml"
                )
            });
        let text = head.text();
        claim_of_root(text).unwrap_or(match is_named {
            true if text.trim_start().starts_with('<') => Claim::Name,
            _ => Claim::No,
        })
    }

    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        _: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let mut head = Vec::new();
        Read::take(&mut *input, WHOLE_BYTES + 1)
            .read_to_end(&mut head)
            .map_err(|e| Reason::of(&e))?;
        let probe = charset::decode(&head[..head.len().min(super::HEAD_BYTES)], &[], None);
        let is_whole = head.len() as u64 <= WHOLE_BYTES;
        // Tags are found by bytes; other texts are rare enough to be held.
        let is_ascii_like = memchr::memmem::find(&head, b"<").is_some()
            && !probe.encoding.starts_with("utf-16")
            && !probe.encoding.starts_with("utf-32");
        let items = match root(&probe.text).as_deref() {
            Some("urlset") => SITEMAP_ITEMS,
            _ => ITEMS,
        };
        let mut rest = Cursor::new(head).chain(input);
        if is_whole || !is_ascii_like {
            let bytes = read_whole(&mut rest, max_record_bytes)?;
            let _ = each(Ok(Record::whole(bytes, Arc::clone(hint))));
            return Ok(());
        }
        cutter::cut(&mut rest, items, hint, max_record_bytes, each)
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let bytes = [&record.preamble[..], &record.bytes].concat();
        let in_file = charset::declared_in_markup(&bytes);
        let declared: Vec<&str> = [&record.hint.charset, &in_file]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let decoded = charset::decode(&bytes, &declared, options.encoding);
        read(&decoded.text, decoded.encoding, &record.hint, emit);
        Ok(())
    }
}

/// The local name of the first element.
fn root(text: &str) -> Option<String> {
    Scan::new(text).find_map(|token| match token {
        Token::Start(tag) => Some(local(tag.name)),
        _ => None,
    })
}

/// How sure the first element of a file makes that it is a feed; `None` for
/// one that says nothing.
fn claim_of_root(text: &str) -> Option<Claim> {
    let tag = Scan::new(text)
        // Prose may hold a tag somewhere; a feed starts with it.
        .take_while(|token| match token {
            Token::Text(text) => text.trim_matches(['\u{FEFF}', '\0']).trim().is_empty(),
            _ => true,
        })
        .find_map(|token| match token {
            Token::Start(tag) => Some(tag),
            _ => None,
        })?;
    let lower = text.to_ascii_lowercase();
    let is_atom = lower.contains("w3.org/2005/atom") || lower.contains("purl.org/atom");
    let has =
        |name: &str| lower.contains(&format!("<{name}>")) || lower.contains(&format!("<{name} "));
    let claim = match local(tag.name).as_str() {
        "rss" | "urlset" | "sitemapindex" => Claim::Certain,
        "feed" if is_atom => Claim::Certain,
        "feed" if has("entry") || has("title") || has("link") => Claim::Likely,
        "feed" => Claim::Name,
        "entry" if is_atom => Claim::Certain,
        "rdf" if lower.contains("purl.org/rss") || lower.contains("netscape.com/rdf") => {
            Claim::Certain
        }
        "rdf" if has("channel") || has("item") => Claim::Likely,
        "channel" if has("item") || has("title") || has("abstract") || lower.contains("href=") => {
            Claim::Likely
        }
        _ => return None,
    };
    Some(claim)
}

/// Reads all that a text holds of a feed.
fn read(text: &str, encoding: &'static str, hint: &Hint, emit: &mut dyn FnMut(Parsed)) {
    let mut names = Names::new();
    let mut declared = Declared::default();
    let mut channel = Channel::default();
    let mut elements = Elements::new(text);
    let mut items = Vec::new();
    for token in Scan::new(&text[..text.len().min(floor(text, super::HEAD_BYTES))]) {
        match token {
            Token::Doctype(inside) => declared.read(inside),
            Token::Start(_) => break,
            _ => {}
        }
    }
    let root = root(text);
    let sitemap = matches!(root.as_deref(), Some("urlset" | "sitemapindex"));
    while let Some(tag) = elements.tag() {
        names.note(&tag);
        let name = local(tag.name);
        let is_item = match sitemap {
            true => SITEMAP_ITEMS.contains(&name.as_str()),
            false => ITEMS.contains(&name.as_str()),
        };
        if is_item {
            let inside = elements.item(&tag);
            // Namespaces may be declared where they are used.
            if inside.contains("xmlns:") {
                note_all(&mut names, inside);
            }
            items.push((tag, inside));
            continue;
        }
        match name.as_str() {
            "rss" | "rdf" | "feed" | "channel" | "urlset" | "sitemapindex" => {
                for (name, value) in tag.attributes() {
                    match name.to_ascii_lowercase().as_str() {
                        "xml:lang" => channel.language = Some(value.into_owned()),
                        "xml:base" => channel.base = Some(value.into_owned()),
                        _ => {}
                    }
                }
            }
            // Picture and search box of a channel have titles of their own,
            // and would hide the items where they do not end.
            _ => item::channel_element(&tag, &mut elements, &names, &declared, &mut channel),
        }
    }
    let is_index = root.as_deref() == Some("sitemapindex");
    if items.is_empty() {
        emit(Parsed::Skipped(match is_index {
            true => Skip::Concept,
            false => Skip::Empty,
        }));
    }
    let context = Context {
        channel: &channel,
        names: &names,
        declared: &declared,
        hint,
        sitemap,
        encoding,
    };
    for (tag, inside) in items {
        emit(context.item(&tag, inside));
    }
}

/// Notes every prefix that is declared below an item.
fn note_all(names: &mut Names, text: &str) {
    for token in Scan::new(text) {
        if let Token::Start(tag) = token {
            names.note(&tag);
        }
    }
}

/// The last border of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
