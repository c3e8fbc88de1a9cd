//! What can go wrong, and what people are told: [`Error`] stops a run and
//! carries a hint; [`Rejection`] costs one document and the run goes on;
//! [`Skip`] names what is no article at all.

use std::path::PathBuf;

use crate::locator::Locator;

/// Something that ends a run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder of the index or of the call could not be used.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `create`, `open`, …
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no index where one was named.
    #[error("no index at `{}`", path.display())]
    NoIndex {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The index was written with another schema or tokenizer.
    #[error("cannot open index `{}`: written with {what} {found}, this morgue reads {expected}", path.display())]
    Version {
        /// The index folder.
        path: PathBuf,
        /// `schema` or `tokenizer`.
        what: &'static str,
        /// Number in the index.
        found: u64,
        /// Number of this program.
        expected: u64,
    },
    /// Another run is writing.
    #[error("index `{}` is being written by another run{}", path.display(), holder.as_ref().map(|h| format!(" ({h})")).unwrap_or_default())]
    Locked {
        /// The index folder.
        path: PathBuf,
        /// Its process id and start, if the lock tells them.
        holder: Option<String>,
    },
    /// Too many records did not end.
    #[error("more than {limit} records took too long")]
    TooManySlow {
        /// As many are put up with.
        limit: usize,
    },
    /// There is not room enough on the disk.
    #[error("index `{}`: a rebuild may need {} MB at its peak, and {} MB are free on its disk", path.display(), needed.div_ceil(1_000_000), free / 1_000_000)]
    NoRoom {
        /// The index folder.
        path: PathBuf,
        /// Bytes that may be needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The index is damaged.
    #[error("index `{}` is damaged: {detail}", path.display())]
    Damaged {
        /// The index folder.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// tantivy refused an operation on a sound index.
    #[error("index `{}`: {source}", path.display())]
    Tantivy {
        /// The index folder.
        path: PathBuf,
        /// Its message.
        source: tantivy::TantivyError,
    },
    /// A value given by the user cannot be used.
    #[error("{message}")]
    Usage {
        /// What is wrong with it.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// An id that fits no article or several.
    #[error("{message}")]
    UnknownId {
        /// Which id and how it fails.
        message: String,
    },
}

impl Error {
    /// What a person can do about it, if anything is known to help.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoIndex { .. } => {
                Some("make one with `morgue index PATH…`, or name another with `--index DIR`".to_owned())
            }
            Self::Version { .. } => Some("rebuild it with `morgue index --rebuild PATH…`".to_owned()),
            Self::Locked { .. } => {
                Some("wait for that run to end, or add --wait to `morgue index`; searches work meanwhile".to_owned())
            }
            Self::TooManySlow { .. } => {
                Some("run again: what was done is committed, and they are passed over; or allow more with --record-time".to_owned())
            }
            Self::NoRoom { .. } => {
                Some("make room; or remove the index, if every file is still there, and index anew".to_owned())
            }
            Self::Damaged { .. } => {
                Some("see what is wrong with `morgue verify`, or rebuild with `morgue index --rebuild PATH…`".to_owned())
            }
            Self::Usage { hint, .. } => hint.clone(),
            Self::UnknownId { .. } => Some("ids are printed by `morgue search`; a unique prefix is enough".to_owned()),
            Self::Io { source, .. } => of_system(source),
            Self::Tantivy { .. } => {
                Some("what was committed stands; `morgue verify` checks the index".to_owned())
            }
        }
    }
}

/// What helps against an error of the system.
fn of_system(error: &std::io::Error) -> Option<String> {
    /// Too many open files, in the process and in the system.
    const NO_HANDLES: [i32; 2] = [24, 23];
    use std::io::ErrorKind::{OutOfMemory, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let hint = match error.kind() {
        StorageFull | QuotaExceeded => "make room and run again: what was committed stands",
        ReadOnlyFilesystem => "put the index elsewhere with `--index DIR`",
        OutOfMemory => "raise the memory limit, or use less with `--memory` and `-j 1`",
        _ if error
            .raw_os_error()
            .is_some_and(|code| NO_HANDLES.contains(&code)) =>
        {
            "allow more open files with `ulimit -n 256`, or use fewer threads with `-j 1`"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// One document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Which one.
    pub locator: Locator,
    /// How far it came.
    pub stage: Stage,
    /// Why not further.
    pub reason: Reason,
}

/// Where on the conveyor a document was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Opening, decompressing, unpacking, cutting into records.
    Read,
    /// Decoding and parsing a record.
    Parse,
    /// Adding to what was parsed.
    Enrich,
    /// Writing to the index.
    Write,
}

/// Why a document was rejected. The list is closed: scripts count by
/// [`Reason::name`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The system refused to read it.
    #[error("cannot be read: {detail}")]
    Unreadable {
        /// What the system said.
        detail: String,
    },
    /// A compressed stream or a container is cut short or damaged.
    #[error("broken {kind}: {detail}")]
    Broken {
        /// `gzip`, `zip`, `tar`, `warc`, …
        kind: &'static str,
        /// What its reader said.
        detail: String,
    },
    /// The text is not of the format it claims to be.
    #[error("malformed {kind}: {detail}")]
    Malformed {
        /// `json`, `xml`, `csv`, …
        kind: &'static str,
        /// What the parser said, with a place where it knows one.
        detail: String,
    },
    /// Read, but there is neither title nor text in it.
    #[error("no text")]
    NoText,
    /// A table none of whose columns is known to hold an article's words.
    #[error(
        "no column is known as an article's title or text; name one of `{columns}` with --map title=…,body=…"
    )]
    NoColumns {
        /// The names of its columns, parted by commas.
        columns: String,
    },
    /// An object with text under names that are not known.
    #[error(
        "no field is known as an article's title or text; name some of `{fields}` with --map title=…,body=…"
    )]
    NoFields {
        /// The names of its fields, parted by commas.
        fields: String,
    },
    /// Larger than the cap.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The cap in bytes.
        limit: u64,
    },
    /// Nested deeper than the cap.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The cap in levels.
        limit: u32,
    },
    /// More members than the cap.
    #[error("more than {limit} members")]
    TooMany {
        /// The cap.
        limit: u64,
    },
    /// Expands beyond the permitted ratio.
    #[error("expands more than {limit}-fold")]
    Ratio {
        /// The cap.
        limit: u64,
    },
    /// A charset label nobody knows.
    #[error("unknown charset `{label}`")]
    UnknownCharset {
        /// The label.
        label: String,
    },
    /// The parser panicked; the panic was caught.
    #[error("its reader failed")]
    Panicked,
    /// The parser did not end in time and was given up.
    #[error("took longer than {seconds} s of processor time")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// Reading it ended the program twice.
    #[error("ended the program when it was read")]
    Deadly,
    /// The file changed or vanished while it was read.
    #[error("changed while it was read")]
    Changed,
}

impl Reason {
    /// Short stable name for counts, e.g. `broken gzip`, `no text`.
    pub fn name(&self) -> String {
        match self {
            Self::Unreadable { .. } => "unreadable".to_owned(),
            Self::Broken { kind, .. } => format!("broken {kind}"),
            Self::Malformed { kind, .. } => format!("malformed {kind}"),
            Self::NoText => "no text".to_owned(),
            Self::NoColumns { .. } => "unknown columns".to_owned(),
            Self::NoFields { .. } => "unknown fields".to_owned(),
            Self::TooLarge { .. } => "too large".to_owned(),
            Self::TooDeep { .. } => "too deep".to_owned(),
            Self::TooMany { .. } => "too many members".to_owned(),
            Self::Ratio { .. } => "expands too far".to_owned(),
            Self::UnknownCharset { .. } => "unknown charset".to_owned(),
            Self::Panicked => "reader failed".to_owned(),
            Self::TooSlow { .. } => "too slow".to_owned(),
            Self::Deadly => "ended the program".to_owned(),
            Self::Changed => "changed while read".to_owned(),
        }
    }

    /// An I/O error as a reason. Decoders put the reason they know inside it,
    /// with [`std::io::Error::other`], and get it back here.
    pub fn of(error: &std::io::Error) -> Self {
        error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Self>())
            .cloned()
            .unwrap_or_else(|| Self::Unreadable {
                detail: error.to_string(),
            })
    }
}

/// Something that is rightly no article; counted, never an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skip {
    /// A file of a kind morgue does not read; its extension.
    Kind(String),
    /// An empty file.
    Empty,
    /// A picture, graphic, audio or video item.
    Media,
    /// A planning or event item.
    Planning,
    /// A concept, category list, or other reference item.
    Concept,
    /// An archive's record that carries no document: request, metadata, warcinfo, DNS.
    Envelope,
    /// A crawl's note that a page had not changed.
    Revisit,
    /// An answer other than success (HTTP status).
    Status(u16),
    /// An encrypted member or document.
    Encrypted,
    /// A symbolic or hard link.
    Link,
    /// A fifo, socket, device or other special file.
    Special,
    /// Metadata of a file beside it.
    Sidecar,
    /// A page of a book that only leads to others: its cover, a table of contents.
    Navigation,
    /// Pages that are pictures, in which no text was recognised.
    Scan,
}

impl Skip {
    /// Short stable name for counts and `inspect`.
    pub fn name(&self) -> String {
        match self {
            Self::Kind(extension) if extension.is_empty() => "no extension".to_owned(),
            Self::Kind(extension) => extension.clone(),
            Self::Empty => "empty".to_owned(),
            Self::Media => "media item".to_owned(),
            Self::Planning => "planning item".to_owned(),
            Self::Concept => "reference item".to_owned(),
            Self::Envelope => "envelope record".to_owned(),
            Self::Revisit => "revisit".to_owned(),
            Self::Status(status) => format!("http status {status}"),
            Self::Encrypted => "encrypted".to_owned(),
            Self::Link => "link".to_owned(),
            Self::Special => "special file".to_owned(),
            Self::Sidecar => "sidecar".to_owned(),
            Self::Navigation => "navigation page".to_owned(),
            Self::Scan => "scan without text".to_owned(),
        }
    }
}
