//! The index on disk: the only room besides `search` that knows tantivy.
//!
//! ```text
//! DIR/lock             held while a run writes; names its process and start
//! DIR/CURRENT          names the generation in use
//! DIR/in-flight/       what a run is reading, DIR/struck.json what none reads
//!                      any more; see [`journal`]
//! DIR/<generation>/    a tantivy index, `meta.kept` (a second copy of its
//!                      `meta.json`), `morgue.json` (versions) and
//!                      `figures.json` (sums for ranking, rebuilt when absent);
//!                      `<segment>.champions` and `.pairs`, see [`beside`]
//! ```

pub(crate) mod alive;
pub(crate) mod beside;
mod builders;
mod bytes;
pub mod catalogue;
pub(crate) mod champions;
pub(crate) mod dictionary;
pub mod directory;
pub(crate) mod disk;
pub mod document;
pub mod folder;
pub(crate) mod gate;
pub mod generation;
pub(crate) mod inflect;
pub mod journal;
pub(crate) mod keeping;
pub(crate) mod lists;
pub mod lock;
mod merge_check;
mod merging;
pub mod overview;
pub(crate) mod pairs;
pub mod payload;
mod pieces;
pub mod repair;
pub mod schema;
mod segment;
pub mod snapshot;
mod store;
pub mod stored;
mod streamed;
pub mod tokenizer;
pub mod verify;
pub mod writer;

pub use catalogue::{Catalogue, FileEntry};
pub use folder::Index;
pub use overview::Overview;
pub use snapshot::{Figures, Snapshot};
pub use stored::StoredArticle;
pub use writer::{Writer, WriterOptions};
