//! What an index holds, in figures.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tantivy::SegmentReader;

use super::document::day_of;
use super::folder::{Index, damaged, guarded};
use super::schema::SCHEMA_VERSION;
use super::snapshot::Snapshot;
use crate::error::Error;

/// Figures of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Live articles.
    pub articles: u64,
    /// Earliest day of publication.
    pub first_day: Option<Date>,
    /// Latest day of publication.
    pub last_day: Option<Date>,
    /// Articles without a day.
    pub undated: u64,
    /// Articles by language; the empty name for none.
    pub languages: BTreeMap<String, u64>,
    /// Articles by the format they were read with.
    pub formats: BTreeMap<String, u64>,
    /// Articles by publisher; the empty name for none.
    pub publishers: BTreeMap<String, u64>,
    /// Bytes of the index on disk.
    pub bytes: u64,
    /// Segments.
    pub segments: u64,
    /// Version of the schema.
    pub schema: u64,
}

impl Overview {
    /// Counts a commit of `index`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn count(index: &Index, snapshot: &Snapshot) -> Result<Self, Error> {
        let mut overview = Self {
            bytes: size_of(index.generation()),
            segments: snapshot.segments.len() as u64,
            schema: SCHEMA_VERSION,
            ..Self::default()
        };
        for segment in snapshot.segments.iter() {
            guarded(index.folder(), || {
                overview
                    .add(snapshot, segment)
                    .map_err(|e| damaged(index.folder(), &e))
            })?;
        }
        Ok(overview)
    }

    fn add(&mut self, snapshot: &Snapshot, segment: &SegmentReader) -> tantivy::Result<()> {
        let mut docs = Vec::new();
        snapshot.each_article(segment, |doc| docs.push(doc))?;
        self.articles += docs.len() as u64;
        // A column that no document of a segment fills does not exist.
        let days = segment.fast_fields().i64("day").ok();
        let (mut first, mut last) = (None, None);
        for &doc in &docs {
            match days.as_ref().and_then(|days| days.first(doc)) {
                None => self.undated += 1,
                Some(day) => {
                    first = Some(first.map_or(day, |first: i64| first.min(day)));
                    last = Some(last.map_or(day, |last: i64| last.max(day)));
                }
            }
        }
        let (first, last) = (first.and_then(day_of), last.and_then(day_of));
        self.first_day = [self.first_day, first].into_iter().flatten().min();
        self.last_day = [self.last_day, last].into_iter().flatten().max();
        count_values(segment, "language", &docs, &mut self.languages)?;
        count_values(segment, "format", &docs, &mut self.formats)?;
        count_values(segment, "publisher", &docs, &mut self.publishers)
    }
}

fn count_values(
    segment: &SegmentReader,
    field: &str,
    docs: &[u32],
    counts: &mut BTreeMap<String, u64>,
) -> tantivy::Result<()> {
    let Some(column) = segment.fast_fields().str(field)? else {
        *counts.entry(String::new()).or_default() += docs.len() as u64;
        return Ok(());
    };
    let mut by_ord = vec![0u64; column.num_terms()];
    let mut without = 0u64;
    for &doc in docs {
        match column
            .term_ords(doc)
            .next()
            .and_then(|ord| by_ord.get_mut(ord as usize))
        {
            Some(count) => *count += 1,
            None => without += 1,
        }
    }
    let mut name = String::new();
    for (ord, count) in by_ord
        .into_iter()
        .enumerate()
        .filter(|&(_, count)| count > 0)
    {
        name.clear();
        column.ord_to_str(ord as u64, &mut name)?;
        *counts.entry(name.clone()).or_default() += count;
    }
    if without > 0 {
        *counts.entry(String::new()).or_default() += without;
    }
    Ok(())
}

/// Bytes of the files in a folder.
pub(super) fn size_of(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}
