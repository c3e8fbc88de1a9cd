//! Finds the entities of an article and gathers them under their names.

use std::cell::RefCell;

use super::merge::{Found, merge};
use super::tagger::{Knowledge, Manner, Tagger};
use super::tokens::{Case, Tokens};
use crate::article::{Article, Field};

/// What a worker thread keeps from article to article.
#[derive(Default)]
struct Desk {
    tagger: Tagger,
    title: Tokens,
    body: Tokens,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// Added to the weight of "no name" where text was recognised from a scan:
/// its noise looks like names.
const SCANNED: i32 = 60;

/// … and where nothing is written in lower case, so that case tells nothing.
const ALL_UPPER: i32 = 25;

/// Finds who and what an English article names and adds it to what its source says.
pub fn find(article: &mut Article) {
    let Some(knowledge) = Knowledge::embedded() else {
        return;
    };
    DESK.with_borrow_mut(|desk| {
        let title = article
            .title
            .as_ref()
            .filter(|title| !title.derived)
            .map_or("", |title| title.text.as_str());
        desk.title.cut(title);
        desk.body.cut(&article.body);
        let caution = caution(&desk.body, article.scanned);
        let manner = Manner { caution };
        let texts = [
            // The body first: what it teaches helps with the headline.
            (article.body.as_str(), &desk.body, manner),
            (title, &desk.title, Manner::default()),
        ];
        let mut found = Vec::new();
        desk.tagger.tag(knowledge, &texts, &mut |number, span| {
            let (field, text) = [(Field::Body, texts[0].0), (Field::Title, texts[1].0)][number];
            found.push(Found {
                field,
                start: span.start,
                text: &text[span.start..span.end],
                kind: span.kind,
                running: span.running,
            });
        });
        let stated = std::mem::take(&mut article.entities);
        let entities = merge(&found, stated, &knowledge.lexicon);
        article.entities = entities;
    });
}

fn caution(body: &Tokens, scanned: bool) -> i32 {
    let upper = body
        .sentences
        .iter()
        .filter(|sentence| sentence.case == Case::Upper)
        .count();
    let all_upper = upper * 2 > body.sentences.len();
    let noise = if scanned { SCANNED } else { 0 };
    noise + if all_upper { ALL_UPPER } else { 0 }
}
