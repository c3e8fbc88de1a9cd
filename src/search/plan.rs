//! Lowers a query's syntax tree to a [`Plan`]: leaves that are scored, posting
//! lists and tests that only filter, and how they combine. Patterns are
//! expanded and weights fixed here, once for all segments.

use super::bm25::{self, Length, TITLE_WEIGHT};
use super::expand::{Group, Slot, expand};
use super::filters::{Test, days_test, path_test, url_test};
use super::part::Part;
use super::positions::Expression;
use super::request::{Filter, Note, Request, SearchError};
use crate::article::{ArticleId, EntityKind};
use crate::index::schema::NAME_GAP;
use crate::index::snapshot::Snapshot;
use crate::index::tokenizer::kind_letter;
use crate::query::tree::{Kind, Node, Pattern, Scope, Span};

/// Below this many postings the articles of a group are counted one by one;
/// above, their number is estimated from the words' own exact counts.
const COUNT_BELOW: u64 = 20_000;

/// A query ready to run on any segment.
pub(crate) struct Plan {
    /// What must hold.
    pub(crate) root: Clause,
    /// What is scored.
    pub(crate) leaves: Vec<Leaf>,
    /// Whole names asked for, as folded words: never scored, yet marked where
    /// they stand in a text.
    pub(crate) names: Vec<Vec<String>>,
    /// What to tell about it.
    pub(crate) notes: Vec<Note>,
}

/// A condition on articles.
#[derive(Clone, Debug)]
pub(crate) enum Clause {
    /// Every article.
    All,
    /// A leaf of the plan, which scores.
    Leaf(usize),
    /// Articles with any of these terms, unscored: for each segment its lists.
    Lists(Vec<Vec<(tantivy::schema::Field, tantivy::postings::TermInfo)>>),
    /// All of `must` (every article if there are none), none of `not`, and
    /// what passes every test.
    And {
        must: Vec<Clause>,
        not: Vec<Clause>,
        tests: Vec<Test>,
    },
    /// Any of these.
    Or(Vec<Clause>),
}

/// A word, phrase or proximity that is looked up and scored as one.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Where in the query it stands.
    pub(crate) span: Span,
    /// In which texts.
    pub(crate) scope: Scope,
    /// Their fields.
    pub(crate) slots: Vec<Slot>,
    /// How many times an occurrence in each slot counts.
    pub(crate) counts: Vec<u32>,
    /// Which length it is weighed against.
    pub(crate) length: Length,
    /// The words; one group unless there is an expression.
    pub(crate) groups: Vec<Group>,
    /// How the groups must stand together.
    pub(crate) expression: Option<Expression>,
    /// Factor given by the query.
    pub(crate) boost: f32,
    /// Whether it only sets a condition, as a whole name or what stands under a
    /// `NOT` does: then it is neither scored nor highlighted.
    pub(crate) excluded: bool,
    /// How much an occurrence tells: inverse document frequency.
    pub(crate) idf: f64,
    /// The idf and boost as a factor of saturated occurrences.
    pub(crate) weight: f32,
}

impl Plan {
    /// Lowers a request.
    ///
    /// # Errors
    ///
    /// Patterns that cannot be run; what tantivy finds wrong with the index.
    pub(crate) fn new(
        snapshot: &Snapshot,
        parts: &[Part<'_>],
        request: &Request,
    ) -> Result<Self, SearchError> {
        let mut lowering = Lowering {
            snapshot,
            parts,
            any: request.any,
            leaves: Vec::new(),
            names: Vec::new(),
            notes: Vec::new(),
        };
        let root = lowering.lower(&request.query, 1.0, false)?;
        let tests = lowering.filter_tests(&request.filter)?;
        let root = if tests.is_empty() {
            root
        } else {
            conjunction(vec![root], Vec::new(), tests)
        };
        let Lowering {
            mut leaves,
            names,
            notes,
            ..
        } = lowering;
        for leaf in leaves.iter_mut().filter(|leaf| !leaf.excluded) {
            weigh(leaf, snapshot, parts)?;
        }
        Ok(Self {
            root,
            leaves,
            names,
            notes,
        })
    }
}

impl Plan {
    /// Whether a word is one of those looked for.
    pub(crate) fn asks_for(&self, word: &str) -> bool {
        self.leaves
            .iter()
            .filter(|leaf| !leaf.excluded)
            .flat_map(|leaf| &leaf.groups)
            .any(|group| {
                group
                    .words
                    .binary_search_by(|held| held.as_str().cmp(word))
                    .is_ok()
            })
    }
}

impl Leaf {
    /// Its words, where it stands for words alone.
    pub(crate) fn only_group(&self) -> Option<&Group> {
        match &self.groups[..] {
            [group] if self.expression.is_none() => Some(group),
            _ => None,
        }
    }
}

/// Fixes a leaf's weight.
pub(crate) fn weigh(
    leaf: &mut Leaf,
    snapshot: &Snapshot,
    parts: &[Part<'_>],
) -> Result<(), SearchError> {
    let articles = snapshot.figures.articles;
    let mut idfs = Vec::with_capacity(leaf.groups.len());
    for group in &leaf.groups {
        let found = articles_with(group, &leaf.slots, articles, parts)?;
        idfs.push(bm25::idf(articles, found));
    }
    leaf.idf = match &leaf.expression {
        Some(expression) => expression.sum(&|group| idfs[group]),
        None => idfs.iter().sum(),
    };
    leaf.weight = bm25::weight(leaf.idf, leaf.boost);
    Ok(())
}

/// In how many live articles a group's words occur. Exact for rare groups;
/// for frequent ones a function of the words' exact counts alone, so that
/// the answer does not depend on how the index is cut into segments.
pub(crate) fn articles_with(
    group: &Group,
    slots: &[Slot],
    articles: u64,
    parts: &[Part<'_>],
) -> Result<f64, SearchError> {
    let mut counts = vec![0u64; group.words.len() * slots.len()];
    for (part, lists) in parts.iter().zip(&group.segments) {
        for list in lists {
            counts[list.word * slots.len() + list.slot] +=
                part.live_frequency(slots[list.slot].field, &list.info)?;
        }
    }
    let used: Vec<u64> = counts.iter().copied().filter(|&count| count > 0).collect();
    if used.len() <= 1 {
        return Ok(used.iter().sum::<u64>() as f64);
    }
    if used.iter().sum::<u64>() <= COUNT_BELOW {
        let mut found = 0;
        for part in parts {
            let known = match part.champions(group, slots) {
                Some(kept) => part.live_documents(&kept, group, slots)?,
                None => None,
            };
            found += match known {
                Some(live) => live,
                None => part.live_union(part.lists_of(group, slots))? as u64,
            };
        }
        return Ok(found as f64);
    }
    // Words are taken as independent of one another; a title's words mostly
    // stand in the body too, so the larger of the two texts counts alone.
    let all = articles.max(1) as f64;
    let estimate = |slot: usize| {
        let none: f64 = counts
            .iter()
            .skip(slot)
            .step_by(slots.len())
            .map(|&count| 1.0 - (count as f64 / all).min(1.0))
            .product();
        all * (1.0 - none)
    };
    Ok((0..slots.len()).map(estimate).fold(0.0, f64::max))
}

/// `And` with its parts, flattened where a part is an `And` itself.
pub(crate) fn conjunction(parts: Vec<Clause>, not: Vec<Clause>, tests: Vec<Test>) -> Clause {
    let (mut must, mut not, mut tests) = (Vec::new(), not, tests);
    for part in parts {
        match part {
            Clause::All => {}
            Clause::And {
                must: inner,
                not: excluded,
                tests: conditions,
            } => {
                must.extend(inner);
                not.extend(excluded);
                tests.extend(conditions);
            }
            other => must.push(other),
        }
    }
    match (must.len(), not.is_empty(), tests.is_empty()) {
        (0, true, true) => Clause::All,
        (1, true, true) => must.remove(0),
        _ => Clause::And { must, not, tests },
    }
}

struct Lowering<'a> {
    snapshot: &'a Snapshot,
    parts: &'a [Part<'a>],
    any: bool,
    leaves: Vec<Leaf>,
    names: Vec<Vec<String>>,
    notes: Vec<Note>,
}

/// Whether a part only sets a condition, so that `--any` keeps demanding it.
fn is_condition(kind: &Kind) -> bool {
    match kind {
        kind if kind.is_condition() => true,
        Kind::Boost(inner, _) => is_condition(&inner.kind),
        Kind::And(all) | Kind::Or(all) => all.iter().all(|node| is_condition(&node.kind)),
        _ => false,
    }
}

impl Lowering<'_> {
    fn lower(&mut self, node: &Node, boost: f32, excluded: bool) -> Result<Clause, SearchError> {
        let fields = self.snapshot.fields;
        let test = |test| Ok(conjunction(Vec::new(), Vec::new(), vec![test]));
        match &node.kind {
            Kind::All => Ok(Clause::All),
            Kind::Word { scope, pattern } => {
                let mut leaf = self.leaf(node.span, *scope, boost, excluded);
                self.group(&mut leaf, pattern)?;
                Ok(self.keep(leaf))
            }
            Kind::Phrase { scope, .. } => {
                let mut leaf = self.leaf(node.span, *scope, boost, excluded);
                let expression = self.expression(&mut leaf, node)?;
                leaf.expression = Some(expression);
                Ok(self.keep(leaf))
            }
            Kind::Near { .. } => {
                let scope = scope_of(node).unwrap_or(Scope::Text);
                let mut leaf = self.leaf(node.span, scope, boost, excluded);
                let expression = self.expression(&mut leaf, node)?;
                leaf.expression = Some(expression);
                Ok(self.keep(leaf))
            }
            Kind::And(all) => self.and(all, boost, excluded),
            Kind::Or(any) => {
                let any = any
                    .iter()
                    .map(|node| self.lower(node, boost, excluded))
                    .collect::<Result<_, _>>()?;
                Ok(Clause::Or(any))
            }
            Kind::Not(inner) => {
                let inner = self.lower(inner, boost, true)?;
                Ok(conjunction(Vec::new(), vec![inner], Vec::new()))
            }
            Kind::Boost(inner, factor) => {
                let factor = if factor.is_finite() && *factor > 0.0 {
                    *factor
                } else {
                    1.0
                };
                self.lower(inner, boost * factor, excluded)
            }
            Kind::Days(range) => test(days_test(*range)),
            Kind::HasDate => test(Test::HasDate),
            Kind::HasEntity => test(Test::HasEntity),
            Kind::Path(text) => {
                let of_path = path_test(text, self.snapshot, self.parts)?;
                test(of_path)
            }
            Kind::Url(text) => test(url_test(text)),
            Kind::Name { kind, name } => {
                let words = name.split(' ').map(str::to_owned);
                let words: Vec<String> = words.collect();
                let mut leaf = self.leaf(node.span, Scope::Entity(*kind), boost, true);
                let groups = words.iter().map(|word| {
                    let pattern = Pattern::Exact(word.clone());
                    self.group(&mut leaf, &pattern)
                });
                leaf.expression = Some(Expression::Name(groups.collect::<Result<_, _>>()?));
                if !excluded {
                    self.names.push(words);
                }
                Ok(self.keep(leaf))
            }
            Kind::Language(code) => self.lists(fields.language, &[code.to_lowercase()]),
            Kind::Site(host) => self.lists(fields.site, &[host.to_lowercase()]),
            Kind::Id(id) => self.ids(id),
        }
    }

    fn and(&mut self, all: &[Node], boost: f32, excluded: bool) -> Result<Clause, SearchError> {
        let (mut parts, mut alternatives) = (Vec::new(), Vec::new());
        for node in all {
            let clause = self.lower(node, boost, excluded)?;
            if self.any && !is_condition(&node.kind) {
                alternatives.push(clause);
            } else {
                parts.push(clause);
            }
        }
        match alternatives.len() {
            0 => {}
            1 => parts.append(&mut alternatives),
            _ => parts.insert(0, Clause::Or(alternatives)),
        }
        Ok(conjunction(parts, Vec::new(), Vec::new()))
    }

    fn keep(&mut self, leaf: Leaf) -> Clause {
        self.leaves.push(leaf);
        Clause::Leaf(self.leaves.len() - 1)
    }

    fn leaf(&self, span: Span, scope: Scope, boost: f32, excluded: bool) -> Leaf {
        let fields = self.snapshot.fields;
        let slot = |field| Slot {
            field,
            letter: None,
        };
        let of_kind = |kind| Slot {
            field: fields.entities,
            letter: Some(kind_letter(kind)),
        };
        let (slots, length) = match scope {
            Scope::Text => (vec![slot(fields.body), slot(fields.title)], Length::Both),
            Scope::Title => (vec![slot(fields.title)], Length::Title),
            Scope::Body => (vec![slot(fields.body)], Length::Body),
            Scope::Byline => (vec![slot(fields.byline)], Length::None),
            Scope::Source => (vec![slot(fields.publisher)], Length::None),
            Scope::Section => (vec![slot(fields.section)], Length::None),
            Scope::Entity(Some(kind)) => (vec![of_kind(kind)], Length::None),
            Scope::Entity(None) => (EntityKind::ALL.map(of_kind).to_vec(), Length::None),
        };
        let counts = match scope {
            Scope::Text => vec![1, TITLE_WEIGHT],
            _ => vec![1; slots.len()],
        };
        Leaf {
            span,
            scope,
            slots,
            counts,
            length,
            groups: Vec::new(),
            expression: None,
            boost,
            excluded,
            idf: 0.0,
            weight: 0.0,
        }
    }

    /// Adds the words of a pattern to a leaf.
    fn group(&mut self, leaf: &mut Leaf, pattern: &Pattern) -> Result<usize, SearchError> {
        let group = expand(
            self.snapshot,
            &leaf.slots,
            pattern,
            leaf.span,
            &mut self.notes,
        )?;
        leaf.groups.push(group);
        Ok(leaf.groups.len() - 1)
    }

    fn expression(&mut self, leaf: &mut Leaf, node: &Node) -> Result<Expression, SearchError> {
        match &node.kind {
            Kind::Word { pattern, .. } => Ok(Expression::Word(self.group(leaf, pattern)?)),
            Kind::Phrase { parts, slop, .. } => {
                let groups = parts
                    .iter()
                    .map(|part| self.group(leaf, part))
                    .collect::<Result<_, _>>()?;
                Ok(Expression::Phrase {
                    groups,
                    slop: self.within_names(leaf.scope, *slop),
                })
            }
            Kind::Or(any) => Ok(Expression::Or(
                any.iter()
                    .map(|node| self.expression(leaf, node))
                    .collect::<Result<_, _>>()?,
            )),
            Kind::Near {
                left,
                right,
                distance,
                ordered,
            } => Ok(Expression::Near {
                left: Box::new(self.expression(leaf, left)?),
                right: Box::new(self.expression(leaf, right)?),
                distance: self.within_names(leaf.scope, u32::from(*distance)),
                ordered: *ordered,
            }),
            Kind::Boost(inner, _) => self.expression(leaf, inner),
            _ => Err(SearchError::Query {
                span: node.span,
                message: "only words and phrases can stand near one another".to_owned(),
                hint: "name words, phrases, or words joined by OR in brackets",
            }),
        }
    }

    /// Names of entities lie a gap apart: nothing reaches from one to the next,
    /// which is at least one word more between the two than are allowed for.
    fn within_names(&self, scope: Scope, distance: u32) -> u32 {
        match scope {
            Scope::Entity(_) => distance.min(NAME_GAP - 2),
            _ => distance,
        }
    }

    /// Articles with one of these terms.
    fn lists(
        &self,
        field: tantivy::schema::Field,
        terms: &[String],
    ) -> Result<Clause, SearchError> {
        let mut segments = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let mut lists = Vec::new();
            if let Some(words) = part.words(field)? {
                for term in terms {
                    lists.extend(words.get(term.as_bytes())?.map(|info| (field, info)));
                }
            }
            segments.push(lists);
        }
        Ok(Clause::Lists(segments))
    }

    /// Articles whose id starts so.
    fn ids(&self, start: &str) -> Result<Clause, SearchError> {
        let Some(ids) = ArticleId::starting(&start.to_ascii_lowercase()) else {
            return Ok(Clause::Lists(vec![Vec::new(); self.parts.len()]));
        };
        let mut segments = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let mut lists = Vec::new();
            self.snapshot.each_list_of_ids(part.reader, &ids, |list| {
                lists.push((self.snapshot.fields.order, list.clone()));
                Ok(true)
            })?;
            segments.push(lists);
        }
        let of_orders = Clause::Lists(segments);
        Ok(conjunction(
            vec![of_orders],
            Vec::new(),
            vec![Test::Ids(ids)],
        ))
    }

    fn filter_tests(&self, filter: &Filter) -> Result<Vec<Test>, SearchError> {
        let mut tests = Vec::new();
        tests.extend(filter.days.map(days_test));
        if let Some(readings) = &filter.readings {
            tests.push(Test::Readings(readings.clone()));
        }
        if !filter.below.is_empty() {
            tests.push(super::filters::below_test(
                &filter.below,
                self.snapshot,
                self.parts,
            )?);
        }
        Ok(tests)
    }
}

/// The text the words of an expression are looked for in.
fn scope_of(node: &Node) -> Option<Scope> {
    match &node.kind {
        Kind::Word { scope, .. } | Kind::Phrase { scope, .. } => Some(*scope),
        Kind::Near { left, right, .. } => scope_of(left).or_else(|| scope_of(right)),
        Kind::Or(any) => any.iter().find_map(scope_of),
        Kind::Boost(inner, _) => scope_of(inner),
        _ => None,
    }
}
