//! Files and what they contain: walking folders, decompressing, unpacking.
//! Each container is a room of its own behind [`Container`] and one line in
//! [`CONTAINERS`]. Nothing is ever written to disk, and nothing a file claims
//! about itself is believed before it is read: see [`Limits`].

mod body;
mod budget;
mod compress;
mod gzip;
mod input;
mod lz4;
mod lzw;
mod names;
mod package;
mod tar;
#[cfg(test)]
mod testing;
pub mod walk;
mod warc;
mod zip;

use std::ops::ControlFlow;
use std::sync::Arc;

pub use self::budget::Limits;
pub use self::input::{Input, ReadSeek};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Opener, Parts};

/// What a container holds, one at a time.
pub enum Member<'a> {
    /// A file to be looked at in turn.
    File {
        /// Its name in the container, decoded to text; `None` for the content
        /// of a compressed stream, which is the same file in other clothes.
        name: Option<String>,
        /// What is known of it.
        hint: Hint,
        /// Its bytes.
        input: Input<'a>,
    },
    /// One of many records that are known by their place in the file. Where it
    /// cannot be read, or holds members itself, it is named.
    Record {
        /// Its name: an address.
        name: String,
        /// What is known of it.
        hint: Hint,
        /// Its bytes.
        input: Input<'a>,
    },
    /// The file turned out to be no container, and is no document either.
    Itself {
        /// What it is.
        skip: Skip,
    },
    /// A member that is no document.
    Skipped {
        /// Its name.
        name: String,
        /// What it is.
        skip: Skip,
    },
    /// A member that could not be read.
    Rejected {
        /// Its name, or the best that can be said of where it lies.
        name: String,
        /// Why not.
        reason: Reason,
    },
}

/// A reader of one kind of container or compression. Implementations are stateless.
pub trait Container: Sync {
    /// Short stable name, used in reasons: `gzip`, `zip`, `tar`, `warc`, …
    fn name(&self) -> &'static str;

    /// Whether the file is one. `head` is its first bytes, at least 1 KiB if
    /// it has as many. Spreadsheets, programs and the like, which are zips
    /// inside, are no containers; texts and books are, and give themselves as
    /// one member.
    fn claims(&self, hint: &Hint, head: &[u8]) -> bool;

    /// Hands each member to `each`, in order, until it breaks. A member that
    /// cannot be read costs only itself where the container allows to go on.
    /// The caps of `limits` are enforced while reading, all but `nesting`,
    /// which is the caller's to count: a member beyond them ends with the
    /// [`Reason`] inside the error its input gives.
    ///
    /// # Errors
    ///
    /// The reason why the rest of the container cannot be read.
    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: &mut dyn FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> Result<(), Reason>;
}

/// Every container; the first that claims a file reads it.
pub static CONTAINERS: &[&dyn Container] = &[
    // Before gzip: it goes on behind damaged places.
    &warc::Warc,
    &compress::Gzip,
    &compress::Zstd,
    &compress::Bzip2,
    &compress::Xz,
    &compress::Lzma,
    &lz4::Lz4,
    &lzw::Compress,
    // Before zip, which its files are inside.
    &package::Package,
    &zip::Zip,
    &tar::Tar,
];

/// What is known of the member `name` of a container that `hint` tells of: its
/// folders are those of the container and its own, so that a day in the name
/// of either counts.
fn hint_of_member(hint: &Hint, name: &str) -> Hint {
    Hint {
        name: format!("{}/{name}", hint.name),
        captured: hint.captured,
        ..Hint::default()
    }
}

/// What opens the packages that lie inside records, within `limits`.
pub fn opener(limits: &Limits) -> Opener {
    let limits = *limits;
    Opener(Arc::new(move |bytes, hint| {
        package::opened(bytes, hint, &limits)
    }))
}

/// The container a file is, if it is one.
pub fn container(hint: &Hint, head: &[u8]) -> Option<&'static dyn Container> {
    // A package that was opened, whatever it is named.
    if Parts::are_in(head) {
        return None;
    }
    CONTAINERS
        .iter()
        .copied()
        .find(|container| container.claims(hint, head))
}
