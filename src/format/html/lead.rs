//! Gives a text back the lead that a page prints above it: often in another
//! element than the text, and under no name that says so. The description in
//! the page's head tells which block it is.

use super::paragraphs::{Block, Kind};

/// Shortest lead, and how much of two texts must be the same for one to be
/// the start of the other, in letters and digits.
const LEAST: usize = 40;

/// Longest lead in characters.
const MOST: usize = 900;

/// Blocks between a lead and the text that are looked at: bylines, pictures.
const BETWEEN: usize = 12;

/// Shortest paragraph between a lead and the text that belongs to both, in characters.
const PARAGRAPH: usize = 100;

/// Puts the lead of a page, and the paragraphs between it and the text, before
/// the text where they are missing. `page` holds all blocks of the page. What
/// says no more than the title is no lead.
pub fn add(text: &mut Vec<Block>, page: &[Block], descriptions: &[&str], title: Option<&str>) {
    let descriptions: Vec<String> = descriptions
        .iter()
        .map(|description| letters(description))
        .filter(|letters| letters.len() >= LEAST)
        .collect();
    if descriptions.is_empty() || text.is_empty() {
        return;
    }
    let title = title.map(letters).unwrap_or_default();
    let heads: Vec<String> = page.iter().map(|block| head(&block.text)).collect();
    let starts = |block: &Block| {
        let own = head(&block.text);
        heads
            .iter()
            .position(|known| !own.is_empty() && *known == own)
    };
    let Some(first) = text.iter().take(3).find_map(starts) else {
        return;
    };
    let is_lead = |block: &Block| {
        let length = block.text.chars().count();
        if length > MOST || block.linked * 2 > length {
            return false;
        }
        let own = letters(&block.text);
        let is_title = title.contains(&own) || !title.is_empty() && own.contains(&title);
        own.len() >= LEAST
            && !is_title
            && descriptions.iter().any(|description| {
                description.contains(&own) || same_start(description, &own) >= LEAST
            })
    };
    let earliest = first.saturating_sub(BETWEEN);
    let Some(lead) = (earliest..first).find(|&at| is_lead(&page[at])) else {
        return;
    };
    let held: Vec<String> = text.iter().map(|block| letters(&block.text)).collect();
    let is_missing = |block: &Block| {
        let own = letters(&block.text);
        !held.iter().any(|held| held.contains(&own))
    };
    let missing: Vec<Block> = (lead..first)
        .filter(|&at| at == lead || is_paragraph(&page[at]))
        .map(|at| &page[at])
        .filter(|block| is_missing(block))
        .map(|block| Block {
            kind: Kind::Paragraph,
            ..block.clone()
        })
        .collect();
    text.splice(0..0, missing);
}

/// Whether a block reads as a paragraph of running text.
fn is_paragraph(block: &Block) -> bool {
    block.kind == Kind::Paragraph
        && block.weight() >= PARAGRAPH
        && block
            .text
            .trim_end_matches(['"', '”', '“', '»', '’', ')'])
            .ends_with(['.', '!', '?', '…', '。'])
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The start of a block, by which it is known again.
fn head(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .take(60)
        .collect()
}

/// Bytes from the start that two texts share.
fn same_start(one: &str, other: &str) -> usize {
    let both = one.bytes().zip(other.bytes());
    both.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(texts: &[&str]) -> Vec<Block> {
        let block = |text: &&str| Block {
            kind: Kind::Paragraph,
            text: (*text).to_owned(),
            linked: 0,
        };
        texts.iter().map(block).collect()
    }

    const PAGE: [&str; 5] = [
        "Subscribers read more about harbours, cranes and the ships that wait for them.",
        "A crane has closed the harbour, and eleven ships wait outside for pilots.",
        "By Jane Roe",
        "The crane was to be scrapped next spring, and the port had sold it to a yard in the south of the bay.",
        "Nobody was hurt when it fell across the only channel on Monday, the port said.",
    ];

    #[test]
    fn the_lead_that_the_head_describes_comes_back_with_what_follows_it() {
        let page = blocks(&PAGE);
        let mut text = blocks(&PAGE[4..]);
        let described = "A crane has closed the harbour, and eleven ships wait outside …";
        add(&mut text, &page, &[described], Some("Crane closes harbour"));
        assert_eq!(text, blocks(&[PAGE[1], PAGE[3], PAGE[4]]));
        add(&mut text, &page, &[described], None);
        assert_eq!(text.len(), 3);
        text = blocks(&PAGE[4..]);
        add(&mut text, &page, &[described], Some(PAGE[1]));
        assert_eq!(text.len(), 1);
    }

    #[test]
    fn nothing_is_added_that_the_head_does_not_describe() {
        let page = blocks(&PAGE);
        for described in [
            "News of harbours, cranes and ships since the year 1961.",
            "A crane",
        ] {
            let mut text = blocks(&PAGE[4..]);
            add(&mut text, &page, &[described], None);
            assert_eq!(text.len(), 1, "{described}");
        }
    }
}
