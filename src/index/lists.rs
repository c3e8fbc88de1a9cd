//! The bytes of a field's posting lists and positions in one segment, for who
//! decodes them otherwise than tantivy does.

use std::io;

use tantivy::directory::{CompositeFile, FileSlice, OwnedBytes};
use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption, Schema};

/// What leads the posting lists of a field: its number of words.
const HEAD_BYTES: usize = 8;

/// Where the lists of all fields of a segment lie.
pub(super) struct ListFiles {
    postings: CompositeFile,
    positions: CompositeFile,
}

impl ListFiles {
    /// Reads the tables of contents of a segment's files.
    pub(super) fn open(postings: &FileSlice, positions: &FileSlice) -> io::Result<Self> {
        Ok(Self {
            postings: CompositeFile::open(postings)?,
            positions: CompositeFile::open(positions)?,
        })
    }

    /// The lists of a field; a segment may have none of them.
    pub(super) fn of(&self, field: Field, schema: &Schema) -> Lists {
        let kind = schema.get_field_entry(field).field_type();
        let postings = self.postings.open_read(field);
        Lists {
            postings: postings.map_or_else(FileSlice::empty, |all| all.slice_from(HEAD_BYTES)),
            positions: self
                .positions
                .open_read(field)
                .unwrap_or_else(FileSlice::empty),
            holds: kind
                .get_index_record_option()
                .unwrap_or(IndexRecordOption::Basic),
        }
    }
}

/// The lists of one field in one segment.
pub(crate) struct Lists {
    postings: FileSlice,
    positions: FileSlice,
    /// What they hold beside documents.
    pub(crate) holds: IndexRecordOption,
}

impl Lists {
    /// A word's posting list.
    pub(crate) fn postings(&self, info: &TermInfo) -> io::Result<OwnedBytes> {
        self.postings.read_bytes_slice(info.postings_range.clone())
    }

    /// A word's positions.
    pub(crate) fn positions(&self, info: &TermInfo) -> io::Result<OwnedBytes> {
        self.positions
            .read_bytes_slice(info.positions_range.clone())
    }
}
