//! The syntax tree of a query: what was asked, in folded words and resolved
//! dates, every node with the bytes of the query it came from. `search`
//! lowers it; nothing here knows an index.

use jiff::civil::Date;

use crate::article::EntityKind;

/// Bytes of the query text, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it asks.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What a part of a query asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Every article (`*`).
    All,
    /// A word, or a pattern that stands for several words.
    Word {
        /// Where to look.
        scope: Scope,
        /// What to look for.
        pattern: Pattern,
    },
    /// Words one after another; at least two.
    Phrase {
        /// Where to look.
        scope: Scope,
        /// The words in order.
        parts: Vec<Pattern>,
        /// How many other words may stand between them in all.
        slop: u32,
    },
    /// Both operands within `distance` positions of one another, adjacent
    /// words being 1 apart. Operands are words, phrases, further `Near`s, or
    /// `Or`s of those, all of one scope.
    Near {
        /// The first operand.
        left: Box<Node>,
        /// The second operand.
        right: Box<Node>,
        /// Largest distance, 1 to 255.
        distance: u8,
        /// Whether `left` must come first (`PRE`).
        ordered: bool,
    },
    /// Articles that match all; at least two.
    And(Vec<Node>),
    /// Articles that match any; at least two.
    Or(Vec<Node>),
    /// Articles that do not match.
    Not(Box<Node>),
    /// The same articles, their score times a factor over 0.
    Boost(Box<Node>, f32),
    /// Published on one of these days, both ends included.
    Days(DayRange),
    /// Has a publication date.
    HasDate,
    /// Names at least one entity.
    HasEntity,
    /// Names exactly this entity (compared folded), of the given kind or any.
    Name {
        /// `None` for `entity:`.
        kind: Option<EntityKind>,
        /// The whole name, as `text::words` folds its words, joined by one space.
        name: String,
    },
    /// Written in this language (ISO 639-1, lower case).
    Language(String),
    /// The printed id or the start of it.
    Id(String),
    /// Published on this host or a subdomain of it (lower case).
    Site(String),
    /// The path (with members) contains this text; `*` stands for any text.
    Path(String),
    /// The address contains this text; `*` stands for any text.
    Url(String),
}

/// The texts in which words can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Title or body, where no field is named.
    Text,
    /// The headline.
    Title,
    /// The running text.
    Body,
    /// Authors.
    Byline,
    /// Publisher.
    Source,
    /// Section and topics.
    Section,
    /// Names of entities: of one kind, or any. Plain words here are
    /// [`Pattern::Exact`]: names have no inflections.
    Entity(Option<EntityKind>),
}

/// What one position of the text may hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// A folded word and its inflections.
    Inflected(String),
    /// This folded form only.
    Exact(String),
    /// Folded text in which `*` stands for any letters and `?` for one; it
    /// starts with at least two letters.
    Wildcard(String),
    /// Words within this many edits (1 or 2) of the folded word.
    Fuzzy {
        /// The word.
        word: String,
        /// Largest edit distance.
        edits: u8,
    },
    /// A regular expression over whole folded words, its own letters folded;
    /// well formed, but not yet compiled: it may turn out too large.
    Regex(String),
}

impl Kind {
    /// Whether it asks something of the article and not of its words: it
    /// narrows what words find and scores nothing.
    pub fn is_condition(&self) -> bool {
        matches!(
            self,
            Self::Not(_)
                | Self::Days(_)
                | Self::HasDate
                | Self::HasEntity
                | Self::Language(_)
                | Self::Id(_)
                | Self::Site(_)
                | Self::Path(_)
                | Self::Url(_)
        )
    }
}

/// A span of days; an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayRange {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}
