//! What is asked of a search and what comes back: `Request -> Page`. No type
//! of the index below shows through.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::aliases::Aliases;
use crate::index::stored::StoredArticle;
use crate::query::tree::{DayRange, Node, Span};

/// Most hits a page holds, unless every hit is asked for.
pub const MAX_LIMIT: usize = 100_000;

/// A search.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to look for.
    pub query: Node,
    /// Whether the parts of every `AND` are alternatives; excluded words,
    /// dates and other conditions still hold.
    pub any: bool,
    /// How many hits to return at most; cut to [`MAX_LIMIT`]. `None` returns
    /// every hit after the offset.
    pub limit: Option<usize>,
    /// How many of the first hits to leave out.
    pub offset: usize,
    /// The order of hits.
    pub sort: Sort,
    /// Conditions beside the query.
    pub filter: Filter,
    /// Whether every match is counted. Without, [`Page::total`] is what the search
    /// came upon.
    pub total: bool,
    /// Whether hits carry their articles. Without, they know the id, rank and
    /// score only, and nothing stored is read.
    pub articles: bool,
    /// How to cut snippets; `None` for none.
    pub snippet: Option<SnippetOptions>,
    /// Let scores fade with age.
    pub recency: Option<Recency>,
    /// Add words of the best hits to the query (relevance feedback).
    pub expand: Option<Feedback>,
    /// What to count over all matching articles.
    pub facets: Vec<Facet>,
    /// Values returned of each facet, most frequent first.
    pub facet_limit: usize,
    /// Which names are the same and which are not listed, in facets, in lists
    /// of names and in the hits' own.
    pub aliases: Arc<Aliases>,
}

impl Request {
    /// The ten most relevant hits of a query, with snippets.
    pub fn new(query: Node) -> Self {
        Self {
            query,
            any: false,
            limit: Some(10),
            offset: 0,
            sort: Sort::Relevance,
            filter: Filter::default(),
            total: true,
            articles: true,
            snippet: Some(SnippetOptions::default()),
            recency: None,
            expand: None,
            facets: Vec::new(),
            facet_limit: 10,
            aliases: Arc::default(),
        }
    }
}

/// The order of hits. Ties go to the newest, undated last, then by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Highest score first.
    #[default]
    Relevance,
    /// Latest day first; undated last; within a day by score.
    Newest,
    /// Earliest day first; undated last; within a day by score.
    Oldest,
}

/// Conditions that do not stand in the query.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Published on one of these days.
    pub days: Option<DayRange>,
    /// Read from a file at or below one of these absolute paths (bytes);
    /// empty for anywhere.
    pub below: Vec<Vec<u8>>,
    /// Belongs to one of these readings.
    pub readings: Option<HashSet<u64>>,
}

/// How a snippet is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnippetOptions {
    /// Longest snippet in Unicode scalar values.
    pub max_chars: usize,
    /// Instead of filling `max_chars`: whole sentences around the best place,
    /// this many on either side.
    pub sentences: Option<usize>,
}

impl Default for SnippetOptions {
    fn default() -> Self {
        Self {
            max_chars: 240,
            sentences: None,
        }
    }
}

/// How scores fade with age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recency {
    /// Days after which an article counts half; over 0. From ten half-lives
    /// on, and for undated articles, the factor stays the same.
    pub half_life_days: f64,
    /// The day from which ages count; articles of later days count whole.
    pub today: Date,
}

/// Relevance feedback (RM3): the words that tell the best hits from other
/// articles are added to the query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feedback {
    /// How many of the best hits are taken for relevant.
    pub articles: usize,
    /// How many words are added.
    pub words: usize,
    /// Share of the original query in the new one, 0 to 1.
    pub original: f64,
}

impl Default for Feedback {
    fn default() -> Self {
        Self {
            articles: 10,
            words: 20,
            original: 0.7,
        }
    }
}

/// A property to count articles by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    /// Publisher.
    Source,
    /// Section and topics.
    Section,
    /// Authors.
    Byline,
    /// Language.
    Language,
    /// Persons named.
    Person,
    /// Organisations named.
    Org,
    /// Places named.
    Place,
    /// Year of publication.
    Year,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 8] = [
        Self::Source,
        Self::Section,
        Self::Byline,
        Self::Language,
        Self::Person,
        Self::Org,
        Self::Place,
        Self::Year,
    ];

    /// The name used on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Section => "section",
            Self::Byline => "byline",
            Self::Language => "language",
            Self::Person => "person",
            Self::Org => "org",
            Self::Place => "place",
            Self::Year => "year",
        }
    }
}

/// Counts of one facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCounts {
    /// Of what.
    pub facet: Facet,
    /// Values and how many matching articles have each; most frequent first,
    /// ties by value.
    pub values: Vec<(String, u64)>,
    /// How many values there are in all.
    pub distinct: u64,
    /// Matching articles without any value.
    pub without: u64,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// How many articles match, exactly; where that was not asked for, how many of
    /// them were looked at: no fewer than are returned or left out before the first
    /// hit, and none only where none matches.
    pub total: u64,
    /// The hits asked for.
    pub hits: Vec<Hit>,
    /// Counts, in the order of the request.
    pub facets: Vec<FacetCounts>,
    /// What the reader should know about how the query was run.
    pub notes: Vec<Note>,
}

impl Page {
    /// The words that feedback added to the query.
    pub fn added(&self) -> &[String] {
        self.notes
            .iter()
            .find_map(|note| match note {
                Note::Added(words) => Some(words.as_slice()),
                Note::Cut { .. } => None,
            })
            .unwrap_or_default()
    }
}

/// One article that matches.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Place among all hits, from 1.
    pub rank: u64,
    /// Score, 0 for queries that only filter.
    pub score: f64,
    /// The article; all but its id is empty where no articles were asked for.
    pub article: StoredArticle,
    /// Why it matched; `None` if no snippets were asked for or it has no text.
    pub snippet: Option<Snippet>,
    /// Matches in the stated title: byte ranges, sorted, never overlapping.
    pub title_highlights: Vec<Range<usize>>,
}

/// A passage of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// One line of text, whitespace folded to single blanks, `…` where
    /// something was left out.
    pub text: String,
    /// Matches: byte ranges into `text`, sorted, never overlapping.
    pub highlights: Vec<Range<usize>>,
}

/// Something worth telling about how a query was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A pattern stands for more words than are looked up; the most frequent were.
    Cut {
        /// The pattern's place in the query.
        span: Span,
        /// Words looked up.
        kept: usize,
        /// Words that fit.
        found: usize,
    },
    /// Words that feedback added, most important first.
    Added(Vec<String>),
}

/// Why a search could not be run.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index's files broke the search.
    #[error("the index is damaged: {detail}")]
    Damaged {
        /// What was seen.
        detail: String,
    },
    /// The index cannot be read.
    #[error("cannot search the index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A part of the query cannot be run.
    #[error("{message}")]
    Query {
        /// Which part.
        span: Span,
        /// What is wrong with it.
        message: String,
        /// What to do about it.
        hint: &'static str,
    },
}

impl From<std::io::Error> for SearchError {
    fn from(error: std::io::Error) -> Self {
        Self::Index(error.into())
    }
}
