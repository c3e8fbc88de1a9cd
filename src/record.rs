//! Raw material on its way to becoming articles: the bytes of one record, and
//! what is known about them from outside.

mod parts;

use std::fmt;
use std::io::{BufRead, ErrorKind};
use std::sync::Arc;

use encoding_rs::Encoding;
use jiff::civil::Date;

use crate::error::{Reason, Skip};
use crate::text::charset::{self, Decoded};

pub use parts::Parts;

/// What is known about a file, member or record from outside its bytes.
#[derive(Clone, Debug, Default)]
pub struct Hint {
    /// Path or member name with `/` separators; the last part gives the
    /// extension. Compression suffixes (`.gz`, `.zst`) are already taken off.
    pub name: String,
    /// Media type from an envelope (HTTP, MIME), lower case, without parameters.
    pub media_type: Option<String>,
    /// Charset label from an envelope.
    pub charset: Option<String>,
    /// Address from an envelope.
    pub url: Option<String>,
    /// Day a crawler saved it.
    pub captured: Option<Date>,
    /// Further files that lie beside this one and belong to it (METS beside
    /// ALTO): a loader gives them by name, bounded in size.
    pub beside: Option<Beside>,
    /// Opens a package that lies inside a record: a document that was sent along.
    pub opener: Option<Opener>,
}

/// Opens packages held in memory, as those of an archive are opened: gives
/// what is inside, in order; nothing where the bytes are no package.
#[derive(Clone)]
pub struct Opener(pub Arc<OpenPackage>);

/// Opens a package of which something is known.
pub type OpenPackage = dyn Fn(&[u8], &Hint) -> Vec<Opened> + Send + Sync;

/// What a package that was opened turned out to hold.
pub enum Opened {
    /// A document, its parts as one run of bytes.
    Document(Vec<u8>, Hint),
    /// Something that is rightly no article.
    Skipped(Skip),
    /// Something that could not be read.
    Rejected(Reason),
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener")
    }
}

/// Gives the bytes of a file that lies beside a record's own, by file name or,
/// in a folder beside its own, by `../folder/name`;
/// `None` where there is none. In a container only small members that come
/// before the record's own are known.
#[derive(Clone)]
pub struct Beside(pub Arc<LoadByName>);

/// Loads a file by its name.
pub type LoadByName = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beside")
    }
}

impl Hint {
    /// A hint that knows a name only.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Last part of the name.
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Extension in lower case without its dot; empty if there is none.
    pub fn extension(&self) -> String {
        match self.file_name().rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
            _ => String::new(),
        }
    }
}

/// The bytes of one record, cut from a file or member but not yet read.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its raw bytes, in the source's own encoding.
    pub bytes: Vec<u8>,
    /// What is known from outside; shared by the records of one member.
    pub hint: Arc<Hint>,
    /// Facts of the member's head that every record needs to be read alone: a
    /// CSV header row, a charset declared on the first line. Empty where the
    /// format needs none.
    pub preamble: Arc<[u8]>,
}

impl Record {
    /// A record that is all of its file or member.
    pub fn whole(bytes: Vec<u8>, hint: Arc<Hint>) -> Self {
        Self {
            bytes,
            hint,
            preamble: Arc::from([]),
        }
    }

    /// The record's text, in `forced` or else as its charset was declared from
    /// outside or shows.
    pub fn decoded(&self, forced: Option<&'static Encoding>) -> Decoded<'_> {
        let declared: Vec<&str> = self.hint.charset.iter().map(String::as_str).collect();
        charset::decode(&self.bytes, &declared, forced)
    }
}

/// Reads to the end, at most `max_bytes`.
///
/// # Errors
///
/// [`Reason::TooLarge`] beyond `max_bytes`; else the reason the stream's
/// reader gave, see [`Reason::of`].
pub fn read_whole(input: &mut dyn BufRead, max_bytes: u64) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    // Not `read_to_end`, which asks for a few bytes first: most records lie in
    // the buffer as a whole, and are taken from it in one piece.
    loop {
        let more = match input.fill_buf() {
            Ok(more) => more,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Reason::of(&error)),
        };
        if more.is_empty() {
            break;
        }
        if (bytes.len() + more.len()) as u64 > max_bytes {
            return Err(Reason::TooLarge { limit: max_bytes });
        }
        bytes.extend_from_slice(more);
        let length = more.len();
        input.consume(length);
    }
    Ok(bytes)
}
