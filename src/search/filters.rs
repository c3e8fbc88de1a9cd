//! Conditions that are checked article by article in columns: days, files,
//! addresses. They filter and never score.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use tantivy::DocId;
use tantivy::columnar::{Column, StrColumn};

use super::part::Part;
use super::request::SearchError;
use crate::article::ArticleId;
use crate::index::document::day_number;
use crate::index::schema::KIND_FILE;
use crate::index::snapshot::{Ids, Snapshot};
use crate::query::tree::DayRange;

/// A condition, the same for all segments.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// Published from the first to the last of these days since 1970.
    Days(i64, i64),
    /// Has a day.
    HasDate,
    /// Names somebody or something.
    HasEntity,
    /// Belongs to one of these readings.
    Readings(HashSet<u64>),
    /// The path, or path and member, contains the text.
    Path {
        /// The text.
        text: Substring,
        /// Readings whose file's path alone contains it.
        whole: HashSet<u64>,
        /// Paths of the other readings.
        paths: HashMap<u64, Vec<u8>>,
    },
    /// The address contains the text.
    Url(Substring),
    /// The id is one of these.
    Ids(RangeInclusive<ArticleId>),
}

/// Pieces of text that must follow one another, whatever lies between;
/// ASCII letters in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Substring(Vec<Vec<u8>>);

impl Substring {
    /// From a text in which `*` stands for anything.
    pub(crate) fn new(text: &str) -> Self {
        Self(
            text.split('*')
                .filter(|piece| !piece.is_empty())
                .map(|piece| piece.to_ascii_lowercase().into_bytes())
                .collect(),
        )
    }

    /// Whether `bytes` contains the pieces in order.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let lower = bytes.to_ascii_lowercase();
        let mut rest = lower.as_slice();
        self.0
            .iter()
            .all(|piece| match memchr::memmem::find(rest, piece) {
                Some(at) => {
                    rest = &rest[at + piece.len()..];
                    true
                }
                None => false,
            })
    }
}

/// Published within a range of days; a range without ends still wants a date.
pub(crate) fn days_test(range: DayRange) -> Test {
    Test::Days(
        range.from.map_or(i64::MIN, day_number),
        range.until.map_or(i64::MAX, day_number),
    )
}

/// The address contains a text.
pub(crate) fn url_test(text: &str) -> Test {
    Test::Url(Substring::new(text))
}

/// Calls `each` with the reading and path of every live file.
fn each_file(parts: &[Part<'_>], mut each: impl FnMut(u64, &[u8])) -> Result<(), SearchError> {
    let mut path = Vec::new();
    for part in parts {
        let columns = part.reader.fast_fields();
        let (Some(paths), Some(readings)) = (
            columns.bytes("file_path")?,
            columns.column_opt::<u64>("reading")?,
        ) else {
            continue;
        };
        for doc in part.documents_of_kind(KIND_FILE)? {
            let (Some(ord), Some(reading)) = (paths.term_ords(doc).next(), readings.first(doc))
            else {
                continue;
            };
            path.clear();
            if paths.ord_to_bytes(ord, &mut path)? {
                each(reading, &path);
            }
        }
    }
    Ok(())
}

/// The path contains a text; `snapshot`'s unfinished readings are left out by
/// the parts.
pub(crate) fn path_test(
    text: &str,
    _snapshot: &Snapshot,
    parts: &[Part<'_>],
) -> Result<Test, SearchError> {
    let text = Substring::new(text);
    let (mut whole, mut paths) = (HashSet::new(), HashMap::new());
    each_file(parts, |reading, path| {
        if text.is_in(path) {
            whole.insert(reading);
        } else {
            paths.insert(reading, path.to_vec());
        }
    })?;
    Ok(Test::Path { text, whole, paths })
}

/// Read from a file at or below one of these paths.
pub(crate) fn below_test(
    roots: &[Vec<u8>],
    _snapshot: &Snapshot,
    parts: &[Part<'_>],
) -> Result<Test, SearchError> {
    let mut readings = HashSet::new();
    each_file(parts, |reading, path| {
        let is_below = roots.iter().any(|root| {
            let root = root.strip_suffix(b"/").unwrap_or(root);
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        });
        if is_below {
            readings.insert(reading);
        }
    })?;
    Ok(Test::Readings(readings))
}

/// A test bound to the columns of one segment.
pub(crate) enum BoundTest<'a> {
    Days(Option<Column<i64>>, i64, i64),
    HasEntity(Option<StrColumn>),
    Readings(Option<Column<u64>>, &'a HashSet<u64>),
    Path {
        readings: Option<Column<u64>>,
        members: Option<StrColumn>,
        text: &'a Substring,
        whole: &'a HashSet<u64>,
        paths: &'a HashMap<u64, Vec<u8>>,
        /// Answers given, by reading and member.
        known: RefCell<HashMap<(u64, u64), bool>>,
    },
    /// The column and which of its values fit, ascending.
    Ordinals(Option<StrColumn>, Vec<u64>),
    Ids(Ids, &'a RangeInclusive<ArticleId>),
}

impl<'a> BoundTest<'a> {
    pub(crate) fn new(test: &'a Test, part: &Part<'_>) -> Result<Self, SearchError> {
        let columns = part.reader.fast_fields();
        let readings = || columns.column_opt::<u64>("reading");
        Ok(match test {
            Test::Days(from, until) => Self::Days(part.days()?.clone(), *from, *until),
            Test::HasDate => Self::Days(part.days()?.clone(), i64::MIN, i64::MAX),
            Test::HasEntity => Self::HasEntity(columns.str("names")?),
            Test::Readings(wanted) => Self::Readings(readings()?, wanted),
            Test::Path { text, whole, paths } => Self::Path {
                readings: readings()?,
                members: columns.str("member")?,
                text,
                whole,
                paths,
                known: RefCell::new(HashMap::new()),
            },
            Test::Ids(wanted) => Self::Ids(part.ids()?.clone(), wanted),
            Test::Url(text) => {
                let column = columns.str("url")?;
                let mut fitting = Vec::new();
                if let Some(column) = &column {
                    let mut stream = column.dictionary().stream()?;
                    while stream.advance() {
                        if text.is_in(stream.key()) {
                            fitting.push(stream.term_ord());
                        }
                    }
                }
                Self::Ordinals(column, fitting)
            }
        })
    }

    /// Whether a document passes.
    pub(crate) fn passes(&self, doc: DocId) -> bool {
        match self {
            Self::Days(column, from, until) => column
                .as_ref()
                .and_then(|column| column.first(doc))
                .is_some_and(|day| *from <= day && day <= *until),
            Self::HasEntity(column) => column
                .as_ref()
                .is_some_and(|column| column.ords().first(doc).is_some()),
            Self::Readings(column, wanted) => column
                .as_ref()
                .and_then(|column| column.first(doc))
                .is_some_and(|reading| wanted.contains(&reading)),
            Self::Ordinals(column, fitting) => column
                .as_ref()
                .and_then(|column| column.ords().first(doc))
                .is_some_and(|ord| fitting.binary_search(&ord).is_ok()),
            Self::Ids(ids, wanted) => ids.of(doc).is_some_and(|id| wanted.contains(&id)),
            Self::Path {
                readings,
                members,
                text,
                whole,
                paths,
                known,
            } => {
                let Some(reading) = readings.as_ref().and_then(|column| column.first(doc)) else {
                    return false;
                };
                if whole.contains(&reading) {
                    return true;
                }
                let Some(members) = members else { return false };
                let (Some(member), Some(path)) = (members.ords().first(doc), paths.get(&reading))
                else {
                    return false;
                };
                *known
                    .borrow_mut()
                    .entry((reading, member))
                    .or_insert_with(|| {
                        let mut name = String::new();
                        let is_named = members.ord_to_str(member, &mut name).unwrap_or(false);
                        let mut full = path.clone();
                        full.push(b'!');
                        full.extend_from_slice(name.as_bytes());
                        is_named && text.is_in(&full)
                    })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_substring_follow_one_another_in_any_case() {
        assert!(Substring::new("Reut2*.SGM").is_in(b"/data/reut2-003.sgm"));
        assert!(!Substring::new(".sgm*reut2").is_in(b"/data/reut2-003.sgm"));
        assert!(Substring::new("*").is_in(b""));
    }
}
