//! Finds the running text of a page. The extractor's choice is the rule; where
//! it comes back with little, the element that the page itself marks as the
//! text, the body its JSON-LD states, or everything that reads as prose stand in.

use dom_query::{Document, NodeRef};
use dom_smoothie::{Config, Readability};

use super::names;
use super::paragraphs::{self, Block, Kind};

/// Words of names of the element that holds an article's text, best first.
const TEXTS: &[&str] = &[
    "article-body",
    "articlebody",
    "article-text",
    "article-content",
    "articletext",
    "story-body",
    "storybody",
    "story-content",
    "entry-content",
    "entrycontent",
    "post-content",
    "postcontent",
    "post-body",
    "post-entry",
    "content-body",
    "body-content",
    "article-main",
    "news-content",
    "field-name-body",
    "td-post-content",
    "text-content",
    "main-content",
    "maincontent",
    "artikel",
    "article",
    "entry",
    "post",
    "story",
    "content",
    "inhalt",
    "text",
];

/// The text of a page's own choosing, of the extractor's and of JSON-LD's, to
/// be weighed against each other.
pub fn find(
    document: Document,
    linked: Option<&str>,
    title: Option<&str>,
    bylines: &[String],
) -> Vec<Block> {
    let Some(body) = document.body() else {
        return Vec::new();
    };
    let clean = |blocks| paragraphs::clean(blocks, title, bylines);
    let own = clean(marked(&body));
    let all = clean(prose(paragraphs::blocks(&body)));
    let extracted = clean(extract(document));
    let stated = linked
        .map(|text| clean(as_blocks(text)))
        .unwrap_or_default();
    let weigh = |blocks: &[Block]| paragraphs::weight(blocks);
    let (best, mine, stated_weight, whole) =
        (weigh(&extracted), weigh(&own), weigh(&stated), weigh(&all));
    // What the page states is whole, if long; but it has lost its paragraphs.
    if stated_weight >= 250 && best * 10 < stated_weight * 7 {
        return if mine * 10 >= stated_weight * 8 && mine * 10 <= stated_weight * 13 {
            own
        } else {
            stated
        };
    }
    let confirmed = stated_weight >= 250;
    if !confirmed && best < 600 && mine > best * 2 {
        return own;
    }
    if !confirmed && mine > 400 && mine * 10 > best * 15 && best * 3 < whole {
        return own;
    }
    if best < 250 && whole > best * 2 && mine < 250 {
        return all;
    }
    if extracted.is_empty() {
        return if own.is_empty() { all } else { own };
    }
    extracted
}

/// The extractor's choice.
fn extract(document: Document) -> Vec<Block> {
    let config = Config {
        keep_classes: true,
        disable_json_ld: true,
        ..Config::default()
    };
    let Ok(mut reader) = Readability::with_document(document, None, Some(config)) else {
        return Vec::new();
    };
    if reader.parse().is_err() {
        return Vec::new();
    }
    let root = reader.doc.select_single("#readability-page-1");
    root.nodes()
        .first()
        .map(paragraphs::blocks)
        .unwrap_or_default()
}

/// The element that the page marks as the text: the one that weighs most
/// among the best-named.
fn marked(body: &NodeRef) -> Vec<Block> {
    let mut best: Option<(usize, usize, Vec<Block>)> = None;
    let mut looked_at = 0;
    for node in body.descendants_it() {
        let Some(rank) = rank(&node) else { continue };
        looked_at += 1;
        if looked_at > 60 {
            break;
        }
        let blocks = without_lists(paragraphs::blocks(&node));
        let weight = paragraphs::weight(&blocks);
        // A better name counts unless it holds much less text.
        let better = best.as_ref().is_none_or(|(known_rank, known, _)| {
            if rank < *known_rank {
                weight * 2 >= *known
            } else if rank == *known_rank {
                weight > *known
            } else {
                weight > known * 2
            }
        });
        if weight > 0 && better {
            best = Some((rank, weight, blocks));
        }
    }
    best.map(|(_, _, blocks)| blocks).unwrap_or_default()
}

fn rank(node: &NodeRef) -> Option<usize> {
    let element = node.element_ref()?;
    let tag = &*element.name.local;
    if !matches!(tag, "div" | "article" | "section" | "main" | "td" | "span") {
        return None;
    }
    if names::value(&element, "itemprop")
        .is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody"))
    {
        return Some(0);
    }
    let words = names::words(&element);
    TEXTS
        .iter()
        .position(|name| names::any(&words, &[name]))
        .map(|at| at + 1)
        .or_else(|| (tag == "article").then_some(10))
        .or_else(|| (tag == "main").then_some(20))
}

/// Blocks without runs of links and loose words.
fn without_lists(blocks: Vec<Block>) -> Vec<Block> {
    blocks
        .into_iter()
        .filter(|block| {
            let length = block.text.chars().count();
            block.kind == Kind::Heading || block.linked * 2 < length || length > 400
        })
        .collect()
}

/// Of all blocks of a page, those that read as sentences.
fn prose(blocks: Vec<Block>) -> Vec<Block> {
    let reads = |block: &Block| {
        let length = block.text.chars().count();
        let unspaced = block
            .text
            .chars()
            .any(|c| matches!(c, '\u{3000}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'));
        let words = block.text.split_whitespace().count();
        block.linked * 3 < length && (words >= 8 || unspaced && length >= 20)
    };
    let kept: Vec<bool> = blocks.iter().map(reads).collect();
    if !kept.contains(&true) {
        return without_lists(blocks);
    }
    blocks
        .into_iter()
        .zip(kept)
        .filter_map(|(block, keep)| keep.then_some(block))
        .collect()
}

/// Paragraphs of a text without markup as blocks.
pub fn as_blocks(text: &str) -> Vec<Block> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| Block {
            kind: Kind::Paragraph,
            text: text.to_owned(),
            linked: 0,
        })
        .collect()
}
