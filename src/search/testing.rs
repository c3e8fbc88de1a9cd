//! A small index in memory for the tests of this room.
#![allow(clippy::unwrap_used)]

use tantivy::schema::Field;
use tantivy::{Index, IndexWriter, TantivyDocument, Term};

use super::request::Request;
use super::run::search;
use crate::article::{ArticleId, Entity, EntityKind};
use crate::index::document::digest;
use crate::index::schema::{Fields, KIND_ARTICLE, KIND_FILE, schema};
use crate::index::snapshot::{Figures, Snapshot};
use crate::index::stored::Meta;
use crate::index::tokenizer::{EntityLine, entity_lines, kind_letter, register};
use crate::query::tree::{Kind, Node, Pattern, Scope, Span};
use crate::text::words::folded;

/// An article to be indexed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) title: Option<String>,
    pub(crate) body: String,
    pub(crate) reading: u64,
    pub(crate) day: Option<i64>,
    pub(crate) byline: Vec<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) section: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) member: Option<String>,
    pub(crate) entities: Vec<(EntityKind, String)>,
}

impl Draft {
    pub(crate) fn body(body: &str) -> Self {
        Self {
            body: body.to_owned(),
            reading: 1,
            ..Self::default()
        }
    }

    pub(crate) fn titled(title: &str, body: &str) -> Self {
        Self {
            title: Some(title.to_owned()),
            ..Self::body(body)
        }
    }
}

/// Bits of the id of the article with this number: scattered, yet the same
/// wherever the article lies.
pub(crate) fn id_of(number: usize) -> ArticleId {
    let mut bits = [0u8; 16];
    let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits[..8].copy_from_slice(&mixed.to_be_bytes());
    bits[8..].copy_from_slice(&(number as u64).to_be_bytes());
    ArticleId(bits)
}

pub(crate) struct TestIndex {
    index: Index,
    fields: Fields,
    writer: IndexWriter,
    drafts: Vec<(usize, Draft)>,
    added: usize,
    pub(crate) unfinished: Vec<u64>,
}

impl TestIndex {
    pub(crate) fn new() -> Self {
        let (schema, fields) = schema();
        let index = Index::create_in_ram(schema);
        register(&index);
        let writer = index.writer_with_num_threads(1, 20_000_000).unwrap();
        writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
        Self {
            index,
            fields,
            writer,
            drafts: Vec::new(),
            added: 0,
            unfinished: Vec::new(),
        }
    }

    /// An index of these articles in one segment.
    pub(crate) fn of(drafts: &[Draft]) -> Snapshot {
        let mut index = Self::new();
        for draft in drafts {
            index.add(draft.clone());
        }
        index.snapshot()
    }

    /// An index of these bodies in one segment.
    pub(crate) fn of_bodies(bodies: &[&str]) -> Snapshot {
        let drafts: Vec<Draft> = bodies.iter().map(|body| Draft::body(body)).collect();
        Self::of(&drafts)
    }

    /// Adds an article; its number is how many were added before.
    pub(crate) fn add(&mut self, draft: Draft) {
        let number = self.added;
        self.add_as(number, draft);
        self.added += 1;
    }

    /// Adds an article under a number of one's own choice.
    pub(crate) fn add_as(&mut self, number: usize, draft: Draft) {
        let f = self.fields;
        let id = id_of(number);
        let mut doc = TantivyDocument::new();
        doc.add_u64(f.kind, KIND_ARTICLE);
        doc.add_u64(f.reading, draft.reading);
        doc.add_u64(f.order, id.order());
        doc.add_u64(f.id_tail, u64::from(id.tail()));
        let mut text = |field: Field, value: &Option<String>| {
            if let Some(value) = value {
                doc.add_text(field, value);
            }
        };
        text(f.title, &draft.title);
        text(f.publisher, &draft.publisher);
        text(f.section, &draft.section);
        text(f.language, &draft.language);
        text(f.url, &draft.url);
        text(f.member, &draft.member);
        if !draft.body.is_empty() {
            doc.add_text(f.body, &draft.body);
        }
        for name in &draft.byline {
            doc.add_text(f.byline, name);
        }
        if let Some(url) = &draft.url {
            let host = url.split('/').nth(2).unwrap_or("");
            let mut rest = Some(host);
            while let Some(site) = rest {
                doc.add_text(f.site, site);
                rest = site.split_once('.').map(|(_, parent)| parent);
            }
        }
        if !draft.entities.is_empty() {
            let names = draft.entities.iter().map(|(kind, name)| EntityLine {
                kind: *kind,
                text: name.as_str(),
                is_form: false,
            });
            doc.add_text(f.entities, entity_lines(names));
            for (kind, name) in &draft.entities {
                doc.add_text(f.names, format!("{}{name}", kind_letter(*kind)));
            }
        }
        if let Some(day) = draft.day {
            doc.add_i64(f.day, day);
        }
        let meta = Meta {
            publisher: draft.publisher.clone(),
            entities: draft
                .entities
                .iter()
                .map(|(kind, name)| Entity {
                    name: name.clone(),
                    kind: *kind,
                    count: 1,
                    mentions: Vec::new(),
                })
                .collect(),
            ..Meta::default()
        };
        let meta = serde_json::to_string(&meta).unwrap();
        doc.add_u64(f.digest, digest(draft.title.as_deref(), &draft.body, &meta));
        doc.add_text(f.meta, meta);
        self.writer.add_document(doc).unwrap();
        self.drafts.push((number, draft));
    }

    /// Adds the hidden document of a file.
    pub(crate) fn add_file(&mut self, reading: u64, path: &str) {
        let f = self.fields;
        let mut doc = TantivyDocument::new();
        doc.add_u64(f.kind, KIND_FILE);
        doc.add_u64(f.reading, reading);
        doc.add_bytes(f.file_path, path.as_bytes());
        self.writer.add_document(doc).unwrap();
    }

    /// Deletes an article by its number.
    pub(crate) fn delete(&mut self, number: usize) {
        let order = id_of(number).order();
        self.writer
            .delete_term(Term::from_field_u64(self.fields.order, order));
        self.drafts.retain(|(of, _)| *of != number);
    }

    /// Ends a segment and gives the view of all.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        self.writer.commit().unwrap();
        let reader = self.index.reader().unwrap();
        reader.reload().unwrap();
        let quantised = |text: &str| {
            use tantivy::fieldnorm::FieldNormReader as F;
            u64::from(F::id_to_fieldnorm(F::fieldnorm_to_id(
                folded(text).len() as u32
            )))
        };
        let live: Vec<&Draft> = self
            .drafts
            .iter()
            .map(|(_, draft)| draft)
            .filter(|draft| !self.unfinished.contains(&draft.reading))
            .collect();
        let mut snapshot = Snapshot::new(
            reader.searcher().segment_readers(),
            self.fields,
            self.unfinished.clone(),
        )
        .unwrap();
        snapshot.figures = Figures {
            articles: live.len() as u64,
            title_words: live
                .iter()
                .map(|draft| draft.title.as_deref().map_or(0, quantised))
                .sum(),
            body_words: live.iter().map(|draft| quantised(&draft.body)).sum(),
        };
        snapshot
    }
}

/// Printed ids of the hits, in order, read from no store.
pub(crate) fn ids(snapshot: &Snapshot, request: &Request) -> Vec<String> {
    let request = Request {
        articles: false,
        ..request.clone()
    };
    let page = search(snapshot, &request).expect("the query runs");
    page.hits.into_iter().map(|hit| hit.article.id).collect()
}

/// A node without a place.
pub(crate) fn node(kind: Kind) -> Node {
    Node {
        kind,
        span: Span::default(),
    }
}

/// Pattern from a notation: `=word` exact, `w*` wildcard, `word~1` fuzzy,
/// `/re/` regular expression, else inflected.
pub(crate) fn pattern(text: &str) -> Pattern {
    if let Some(word) = text.strip_prefix('=') {
        return Pattern::Exact(word.to_owned());
    }
    if let Some(regex) = text.strip_prefix('/') {
        return Pattern::Regex(regex.trim_end_matches('/').to_owned());
    }
    if let Some((word, edits)) = text.split_once('~') {
        return Pattern::Fuzzy {
            word: word.to_owned(),
            edits: edits.parse().unwrap_or(1),
        };
    }
    if text.contains(['*', '?']) {
        return Pattern::Wildcard(text.to_owned());
    }
    Pattern::Inflected(text.to_owned())
}

pub(crate) fn word_in(scope: Scope, text: &str) -> Node {
    node(Kind::Word {
        scope,
        pattern: pattern(text),
    })
}

pub(crate) fn word(text: &str) -> Node {
    word_in(Scope::Text, text)
}

pub(crate) fn phrase_in(scope: Scope, text: &str, slop: u32) -> Node {
    node(Kind::Phrase {
        scope,
        parts: text
            .split(' ')
            .map(|part| match pattern(part) {
                Pattern::Inflected(word) => Pattern::Exact(word),
                other => other,
            })
            .collect(),
        slop,
    })
}

pub(crate) fn phrase(text: &str) -> Node {
    phrase_in(Scope::Text, text, 0)
}

pub(crate) fn and(all: Vec<Node>) -> Node {
    node(Kind::And(all))
}

pub(crate) fn or(any: Vec<Node>) -> Node {
    node(Kind::Or(any))
}

pub(crate) fn not(inner: Node) -> Node {
    node(Kind::Not(Box::new(inner)))
}

pub(crate) fn near(left: Node, right: Node, distance: u8, ordered: bool) -> Node {
    node(Kind::Near {
        left: Box::new(left),
        right: Box::new(right),
        distance,
        ordered,
    })
}
