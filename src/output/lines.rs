//! Forms of one line a hit: ids, paths, TREC runs.

use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;

use super::{Asked, Printer, Style, clean, paths};
use crate::search::Hit;

/// The id of each hit.
pub(super) struct Ids {
    end: &'static [u8],
}

impl Ids {
    pub(super) fn new(style: &Style) -> Self {
        Self {
            end: line_end(style),
        }
    }
}

fn line_end(style: &Style) -> &'static [u8] {
    if style.has_nul { b"\0" } else { b"\n" }
}

impl Printer for Ids {
    fn hit(&mut self, out: &mut dyn Write, _: &Asked<'_>, hit: &Hit) -> io::Result<()> {
        out.write_all(hit.article.id.as_bytes())?;
        out.write_all(self.end)
    }

    fn needs_articles(&self) -> bool {
        false
    }
}

/// The path of each hit's file, in the bytes of the file system.
pub(super) struct Paths {
    end: &'static [u8],
    /// Whether a person looks at them: then they are cleaned.
    is_seen: bool,
}

impl Paths {
    pub(super) fn new(style: &Style) -> Self {
        Self {
            end: line_end(style),
            is_seen: io::stdout().is_terminal(),
        }
    }
}

impl Printer for Paths {
    fn hit(&mut self, out: &mut dyn Write, _: &Asked<'_>, hit: &Hit) -> io::Result<()> {
        let path = paths::shown(&paths::decoded(&hit.article.meta.path));
        match self.is_seen {
            true => out.write_all(clean::line(&path.to_string_lossy()).as_bytes())?,
            false => out.write_all(path.as_os_str().as_bytes())?,
        }
        out.write_all(self.end)
    }
}

/// The run format of TREC evaluations: `qid Q0 id rank score morgue`.
pub(super) struct Trec;

impl Printer for Trec {
    fn hit(&mut self, out: &mut dyn Write, asked: &Asked<'_>, hit: &Hit) -> io::Result<()> {
        // Its columns are parted by blanks.
        let id: String = asked
            .id
            .unwrap_or("1")
            .chars()
            .map(|c| if c.is_whitespace() { '_' } else { c })
            .collect();
        writeln!(
            out,
            "{id} Q0 {} {} {:.6} morgue",
            hit.article.id, hit.rank, hit.score
        )
    }

    fn needs_articles(&self) -> bool {
        false
    }
}
