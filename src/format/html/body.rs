//! Finds the running text of a page. The extractor's choice is the rule; where
//! it comes back with little, the element that the page itself marks as the
//! text, the body its JSON-LD states, or everything that reads as prose stand in.

use std::cmp::Ordering;

use dom_query::{Document, Element};
use dom_smoothie::{Config, Readability};

use super::names::{self, NAMED_AS_TEXT};
use super::paragraphs::{self, Block, Kind, Mark};

/// The blocks of a page, and the elements that may hold its text.
pub fn blocks(document: &Document) -> (Vec<Block>, Vec<Mark>) {
    match document.body() {
        Some(body) => paragraphs::marked_blocks(&body, rank),
        None => (Vec::new(), Vec::new()),
    }
}

/// The extractor's choice, the page's own and JSON-LD's weighed against each
/// other, each as `clean` leaves it.
pub fn find(
    document: Document,
    blocks: &[Block],
    marks: &[Mark],
    linked: Option<&str>,
    clean: &dyn Fn(Vec<Block>) -> Vec<Block>,
) -> Vec<Block> {
    let (own_rank, own) = marked(blocks, marks);
    let own = clean(own);
    let all = clean(prose(blocks));
    let extracted = clean(extract(document));
    let stated = linked
        .map(|text| clean(as_blocks(text)))
        .unwrap_or_default();
    let weigh = |blocks: &[Block]| paragraphs::weight(blocks);
    let (best, mine, stated_weight, whole) =
        (weigh(&extracted), weigh(&own), weigh(&stated), weigh(&all));
    // What the page states is whole, if long; but it has lost its paragraphs.
    if stated_weight >= 250 {
        if best * 10 >= stated_weight * 7 {
            return extracted;
        }
        let fits = mine * 10 >= stated_weight * 8 && mine * 10 <= stated_weight * 13;
        return if fits { own } else { stated };
    }
    let is_named = own_rank <= NAMED_AS_TEXT;
    let is_poor = best < 600 && mine > best * 2 || best * 3 < whole && mine * 10 > best * 15;
    if is_named && is_poor && mine >= 250 || best < 200 && mine > best * 3 {
        return own;
    }
    if best < 250 && whole > best * 2 && mine < 250 {
        return all;
    }
    match (extracted.is_empty(), own.is_empty()) {
        (false, _) => extracted,
        (true, false) => own,
        (true, true) => all,
    }
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
fn marked(blocks: &[Block], marks: &[Mark]) -> (usize, Vec<Block>) {
    let mut sums = vec![0];
    for block in blocks {
        sums.push(sums[sums.len() - 1] + block.weight());
    }
    let mut best: Option<(&Mark, usize)> = None;
    for mark in marks {
        let weight = sums[mark.end] - sums[mark.start];
        // A better name counts unless it holds much less text.
        let better = best.is_none_or(|(known, most)| match mark.rank.cmp(&known.rank) {
            Ordering::Less => weight * 2 >= most,
            Ordering::Equal => weight > most,
            Ordering::Greater => weight > most * 2,
        });
        if weight > 0 && better {
            best = Some((mark, weight));
        }
    }
    best.map(|(mark, _)| {
        let own = &blocks[mark.start..mark.end];
        (mark.rank, without_lists(own))
    })
    .unwrap_or((usize::MAX, Vec::new()))
}

fn rank(element: &Element) -> Option<usize> {
    if names::value(element, "itemprop")
        .is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody"))
    {
        return Some(0);
    }
    let by_name = match names::meaning(element) & names::TEXT {
        0 => None,
        _ => names::text_rank(element),
    };
    by_name.or(match &*element.name.local {
        "article" => Some(10),
        "main" => Some(20),
        _ => None,
    })
}

/// Blocks without runs of links and loose words.
fn without_lists(blocks: &[Block]) -> Vec<Block> {
    blocks
        .iter()
        .filter(|block| {
            let length = block.text.chars().count();
            block.kind == Kind::Heading || block.linked * 2 < length || length > 400
        })
        .cloned()
        .collect()
}

/// Of all blocks of a page, those that read as sentences.
fn prose(blocks: &[Block]) -> Vec<Block> {
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
        .iter()
        .zip(kept)
        .filter(|(_, keep)| *keep)
        .map(|(block, _)| block.clone())
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
