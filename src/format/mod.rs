//! Bytes to articles. Each format is a room of its own behind [`Format`] and
//! one line in [`FORMATS`]; [`detect`] chooses by content first and by name
//! second.
//!
//! To add a format: write `src/format/x.rs` with a unit struct that implements
//! [`Format`], add it to [`FORMATS`], and put a sample into `corpus/`.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::article::Article;
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record, read_whole};

/// How sure a format is that a file is its own. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// Not its own.
    No,
    /// Only the name (or media type) says so, and the content does not speak against it.
    Name,
    /// The content looks like it, though other formats may look so too.
    Likely,
    /// The content says so beyond doubt.
    Certain,
}

/// What parsing a record brings forth, in the order of the source.
#[derive(Clone, Debug)]
pub enum Parsed {
    /// An article.
    Article(Box<Article>),
    /// Something that is rightly no article.
    Skipped(Skip),
    /// A part that should have been an article and could not be read.
    Rejected(Reason),
}

/// How users told morgue to read, apart from what files say themselves. Part
/// of the digest that decides whether a file must be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Names of JSON and CSV fields: `(article field, source field)`, from `--map`.
    pub map: Vec<(String, String)>,
    /// Charset that overrules every other, from `--encoding`.
    pub encoding: Option<&'static encoding_rs::Encoding>,
}

/// A reader of one format. Implementations are stateless.
pub trait Format: Sync {
    /// Short stable name, printed by `inspect`: `text`, `json`, `nitf`, …
    fn name(&self) -> &'static str;

    /// Whether the file is of this format. `head` is its first
    /// [`HEAD_BYTES`] at most, in the file's own encoding (a BOM, NULs or bad
    /// bytes may occur), cut anywhere.
    fn claims(&self, hint: &Hint, head: &[u8]) -> Claim;

    /// Cuts a file into records without reading them: the cheap, sequential
    /// part, run on a reader thread. Large files must not be held in memory
    /// where the format allows to cut them. A record that cannot be cut is
    /// handed to `each` as a reason and costs only itself; `Err` gives up the
    /// rest of the file. Stops early when `each` breaks.
    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let bytes = read_whole(input, max_record_bytes)?;
        let _ = each(Ok(Record::whole(bytes, Arc::clone(hint))));
        Ok(())
    }

    /// Reads a record: the expensive part, run on the workers. `Err` rejects
    /// the record; what was emitted before stays.
    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason>;
}

/// Changes whenever a format may read the same file otherwise: files read by
/// an older one are read again.
pub const VERSION: u32 = 1;

/// Bytes of a file that [`detect`] and [`Format::claims`] look at.
pub const HEAD_BYTES: usize = 8 * 1024;

/// Every format, most specific first: among equal claims the first wins.
pub static FORMATS: &[&dyn Format] = &[];

/// The format of a file, by the strongest claim; `None` where no format
/// claims it.
pub fn detect(hint: &Hint, head: &[u8]) -> Option<&'static dyn Format> {
    let mut best: Option<(&'static dyn Format, Claim)> = None;
    for &format in FORMATS {
        let claim = format.claims(hint, head);
        if claim > best.map_or(Claim::No, |(_, best)| best) {
            best = Some((format, claim));
        }
        if claim == Claim::Certain {
            break;
        }
    }
    best.map(|(format, _)| format)
}
