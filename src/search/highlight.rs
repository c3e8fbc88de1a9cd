//! Which places of an article's title and body made it match: the words a
//! leaf stands for, and phrases and proximities only where they really stand.
//! What is excluded is never marked.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::occurrences::{Occurrence, occurrences};
use super::plan::{Leaf, Plan};
use super::positions::Expression;
use crate::query::tree::Scope;
use crate::text::words::{Starts, Words};

/// Bytes of a text after which looking stops once something was found.
const ENOUGH_BYTES: usize = 512 << 10;

/// Bytes of a text after which looking stops for good.
const MOST_BYTES: usize = 16 << 20;

/// How much a whole name tells: as much as two rare words.
const NAME_WEIGHT: f64 = 20.0;

/// One place that made an article match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// First byte.
    pub(crate) start: usize,
    /// Byte after the last.
    pub(crate) end: usize,
    /// Index of the leaf among those of its [`Finder`].
    pub(crate) leaf: usize,
}

/// Looks for what a plan's leaves stand for in one kind of text.
pub(crate) struct Finder<'p> {
    /// For each wanted word the groups it belongs to.
    words: HashMap<&'p str, Vec<usize>>,
    starts: Starts,
    leaves: Vec<Wanted<'p>>,
    /// The leaf of each group.
    owners: Vec<usize>,
    // Reused from text to text.
    positions: Vec<Vec<u32>>,
    tokens: Vec<(u32, Range<usize>)>,
    buffer: String,
}

/// A leaf that may stand in the text.
struct Wanted<'p> {
    expression: Option<Cow<'p, Expression>>,
    groups: Range<usize>,
    weight: f64,
}

/// Whether words of a leaf are looked for in the title, in the body.
fn shown_in(scope: Scope) -> (bool, bool) {
    match scope {
        // Names stand in the text, whoever tagged them.
        Scope::Text | Scope::Entity(_) => (true, true),
        Scope::Title => (true, false),
        Scope::Body => (false, true),
        Scope::Byline | Scope::Source | Scope::Section => (false, false),
    }
}

impl<'p> Finder<'p> {
    /// For stated titles; `None` where it were the same as for bodies.
    pub(crate) fn of_titles(plan: &'p Plan) -> Option<Self> {
        let differs = |leaf: &Leaf| shown_in(leaf.scope).0 != shown_in(leaf.scope).1;
        let wanted = plan.leaves.iter().any(differs);
        wanted.then(|| Self::new(plan, |leaf| shown_in(leaf.scope).0))
    }

    /// For bodies.
    pub(crate) fn of_bodies(plan: &'p Plan) -> Self {
        Self::new(plan, |leaf| shown_in(leaf.scope).1)
    }

    fn new(plan: &'p Plan, is_wanted: impl Fn(&Leaf) -> bool) -> Self {
        let mut finder = Self {
            words: HashMap::new(),
            starts: Starts::default(),
            leaves: Vec::new(),
            owners: Vec::new(),
            positions: Vec::new(),
            tokens: Vec::new(),
            buffer: String::new(),
        };
        for leaf in plan.leaves.iter().filter(|leaf| !leaf.excluded) {
            if !is_wanted(leaf) {
                continue;
            }
            let first = finder.owners.len();
            for group in &leaf.groups {
                let number = finder.owners.len();
                finder.owners.push(finder.leaves.len());
                for word in &group.words {
                    finder.starts.add(word);
                    finder.words.entry(word).or_default().push(number);
                }
            }
            finder.leaves.push(Wanted {
                expression: leaf.expression.as_ref().map(Cow::Borrowed),
                groups: first..finder.owners.len(),
                // A word of every article still shows why one matched.
                weight: f64::from(leaf.weight).max(1e-6),
            });
        }
        for name in &plan.names {
            finder.want_name(name);
        }
        finder.positions = vec![Vec::new(); finder.owners.len()];
        finder
    }

    /// Wants the words of a name where they stand side by side.
    fn want_name(&mut self, name: &'p [String]) {
        let first = self.owners.len();
        for word in name {
            self.starts.add(word);
            self.words.entry(word).or_default().push(self.owners.len());
            self.owners.push(self.leaves.len());
        }
        self.leaves.push(Wanted {
            expression: Some(Cow::Owned(Expression::Phrase {
                groups: (0..name.len()).collect(),
                slop: 0,
            })),
            groups: first..self.owners.len(),
            weight: NAME_WEIGHT,
        });
    }

    /// How many leaves are looked for.
    pub(crate) fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// How much a leaf tells.
    pub(crate) fn weight(&self, leaf: usize) -> f64 {
        self.leaves[leaf].weight
    }

    /// Every place in `text`, ascending; very long texts are not read to
    /// their end.
    pub(crate) fn find(&mut self, text: &str) -> Vec<Place> {
        let mut found = Vec::new();
        if self.words.is_empty() {
            return found;
        }
        self.tokens.clear();
        self.positions.iter_mut().for_each(Vec::clear);
        let mut words = Words::with_buffer(text, std::mem::take(&mut self.buffer));
        while words.advance_to(&self.starts) {
            let range = words.range();
            if range.start > ENOUGH_BYTES && (!found.is_empty() || range.start > MOST_BYTES) {
                break;
            }
            let Some(groups) = self.words.get(words.word()) else {
                continue;
            };
            let position = words.position();
            let mut is_part = false;
            for &group in groups {
                let leaf = self.owners[group];
                if self.leaves[leaf].expression.is_some() {
                    self.positions[group].push(position);
                    is_part = true;
                } else {
                    found.push(Place {
                        start: range.start,
                        end: range.end,
                        leaf,
                    });
                }
            }
            if is_part {
                self.tokens.push((position, range));
            }
        }
        self.buffer = words.into_buffer();
        for (number, leaf) in self.leaves.iter().enumerate() {
            let Some(expression) = &leaf.expression else {
                continue;
            };
            for Occurrence { runs, .. } in
                occurrences(expression, &self.positions[leaf.groups.clone()])
            {
                found.extend(runs.iter().filter_map(|&run| {
                    let range = bytes_of(&self.tokens, run)?;
                    Some(Place {
                        start: range.start,
                        end: range.end,
                        leaf: number,
                    })
                }));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The bytes from the first to the last word of a run.
fn bytes_of(tokens: &[(u32, Range<usize>)], (first, last): (u32, u32)) -> Option<Range<usize>> {
    let token = |position| {
        let at = tokens.binary_search_by_key(&position, |&(p, _)| p).ok()?;
        Some(tokens[at].1.clone())
    };
    Some(token(first)?.start..token(last)?.end)
}

/// Ranges that neither overlap nor go back, from places in ascending order.
pub(crate) fn merged(places: &[Place]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for place in places {
        match ranges.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => ranges.push(place.start..place.end),
        }
    }
    ranges
}
