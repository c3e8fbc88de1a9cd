//! Writes the document store of a segment: documents gathered in blocks, the
//! blocks compressed one by one, then a table of where they lie.
//!
//! tantivy's own writer makes a new compressor of zstd for every block, which
//! takes a hundredth of an indexing run and memory that is fresh each time.
//! The files are the same, byte for byte, which a test holds against it. The
//! format is told where it is read, in `index::store`.

use std::io::{self, Write};
use std::ops::Range;

use tantivy::directory::{TerminatingWrite, WritePtr};
use tantivy::schema::document::{Document, Value};
use tantivy::schema::{Field, Schema};
use tantivy::store::Compressor;
use tantivy::{DocId, IndexSettings, TantivyDocument};
use zstd::bulk::Compressor as Zstd;

use crate::index::store::{FOOTER_BYTES, NONE, NUMBER, TEXT, VERSIONS, ZSTD};

/// Ranges of a list of the table.
const PERIOD: usize = 8;

/// A document store in the making.
pub(super) struct StoreWriter {
    file: Counted,
    /// `None` for blocks as they are.
    zstd: Option<Zstd<'static>>,
    compressed: Vec<u8>,
    block_bytes: usize,
    block: Vec<u8>,
    /// Where in the block each of its documents begins.
    starts: Vec<u32>,
    /// Documents before the block.
    before: DocId,
    table: Table,
    /// By number of the field.
    is_stored: Vec<bool>,
}

impl StoreWriter {
    pub(super) fn new(
        file: WritePtr,
        settings: &IndexSettings,
        schema: &Schema,
    ) -> io::Result<Self> {
        let zstd = match settings.docstore_compression {
            Compressor::None => None,
            Compressor::Zstd(zstd) => {
                let level = zstd.compression_level;
                Some(Zstd::new(level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL))?)
            }
        };
        Ok(Self {
            file: Counted { file, written: 0 },
            zstd,
            compressed: Vec::new(),
            block_bytes: settings.docstore_blocksize,
            block: Vec::new(),
            starts: Vec::new(),
            before: 0,
            table: Table::default(),
            is_stored: schema.fields().map(|(_, e)| e.is_stored()).collect(),
        })
    }

    /// Bytes of memory in use.
    pub(super) fn memory(&self) -> usize {
        self.block.capacity()
            + self.compressed.capacity()
            + self.starts.capacity() * size_of::<u32>()
    }

    /// Adds a document.
    pub(super) fn add(&mut self, document: &TantivyDocument) -> io::Result<()> {
        self.starts.push(self.block.len() as u32);
        let is_stored = |field: &Field| self.is_stored[field.field_id() as usize];
        let values = || {
            let all = document.iter_fields_and_values();
            all.filter(|(field, _)| is_stored(field))
        };
        vint(&mut self.block, values().count());
        for (field, value) in values() {
            self.block.extend(field.field_id().to_le_bytes());
            if let Some(text) = value.as_str() {
                self.block.push(TEXT);
                vint(&mut self.block, text.len());
                self.block.extend_from_slice(text.as_bytes());
            } else {
                // Nothing else is stored of an article, nor would be read.
                let number = value.as_u64().ok_or(io::ErrorKind::InvalidInput)?;
                self.block.push(NUMBER);
                self.block.extend(number.to_le_bytes());
            }
        }
        if self.block.len() + self.starts.len() * size_of::<usize>() > self.block_bytes {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.starts.is_empty() {
            return Ok(());
        }
        let documents = self.starts.len() as u32;
        for start in self.starts.drain(..).chain([documents]) {
            self.block.extend(start.to_le_bytes());
        }
        let from = self.file.written;
        match &mut self.zstd {
            None => self.file.write(&self.block)?,
            Some(zstd) => {
                self.compressed.clear();
                self.compressed
                    .reserve(zstd::zstd_safe::compress_bound(self.block.len()));
                zstd.compress_to_buffer(&self.block, &mut self.compressed)?;
                self.file.write(&(self.block.len() as u32).to_le_bytes())?;
                self.file.write(&self.compressed)?;
            }
        }
        self.table.add(Entry {
            documents: self.before..self.before + documents,
            bytes: from..self.file.written,
        });
        self.before += documents;
        self.block.clear();
        Ok(())
    }

    /// Writes what is left, the table, and where it lies.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.flush()?;
        let mut footer = VERSIONS[1].to_le_bytes().to_vec();
        footer.extend((self.file.written as u64).to_le_bytes());
        footer.push(match self.zstd {
            None => NONE,
            Some(_) => ZSTD,
        });
        footer.resize(FOOTER_BYTES, 0);
        self.file.write(&self.table.finish())?;
        self.file.write(&footer)?;
        self.file.file.terminate()
    }
}

/// A file, and how much was written to it.
struct Counted {
    file: WritePtr,
    written: usize,
}

impl Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len();
        self.file.write_all(bytes)
    }
}

/// Where some documents lie: among the blocks, or in the layer below.
#[derive(Clone)]
struct Entry {
    documents: Range<DocId>,
    bytes: Range<usize>,
}

/// The table of blocks, the lowest layer first.
#[derive(Default)]
struct Table(Vec<Layer>);

#[derive(Default)]
struct Layer {
    lists: Vec<u8>,
    /// The list under way.
    list: Vec<Entry>,
}

impl Table {
    /// Adds a block; a layer's full list becomes an entry of the next.
    fn add(&mut self, entry: Entry) {
        let mut entry = Some(entry);
        for number in 0.. {
            let Some(one) = entry else { return };
            if number == self.0.len() {
                self.0.push(Layer::default());
            }
            let layer = &mut self.0[number];
            layer.list.push(one);
            entry = (layer.list.len() >= PERIOD)
                .then(|| layer.flush())
                .flatten();
        }
    }

    /// The whole of it, the highest layer first, led by where each layer ends.
    fn finish(mut self) -> Vec<u8> {
        let mut last = None;
        for layer in &mut self.0 {
            layer.list.extend(last);
            last = layer.flush();
        }
        let mut table = Vec::new();
        vint(&mut table, self.0.len());
        let mut end = 0;
        for layer in self.0.iter().rev() {
            end += layer.lists.len();
            vint(&mut table, end);
        }
        for layer in self.0.iter().rev() {
            table.extend_from_slice(&layer.lists);
        }
        table
    }
}

impl Layer {
    /// Ends the list under way; an entry for it.
    fn flush(&mut self) -> Option<Entry> {
        let (first, last) = (self.list.first()?.clone(), self.list.last()?.clone());
        let from = self.lists.len();
        vint(&mut self.lists, self.list.len());
        vint(&mut self.lists, first.documents.start as usize);
        vint(&mut self.lists, first.bytes.start);
        for entry in self.list.drain(..) {
            vint(&mut self.lists, entry.documents.len());
            vint(&mut self.lists, entry.bytes.len());
        }
        Some(Entry {
            documents: first.documents.start..last.documents.end,
            bytes: from..self.lists.len(),
        })
    }
}

/// Adds a number of seven bits a byte, the lowest first; the highest bit marks
/// the last.
fn vint(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 & 0x7f);
        number >>= 7;
    }
    bytes.push(number as u8 | 0x80);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tantivy::Directory;
    use tantivy::directory::RamDirectory;
    use tantivy::schema::{STORED, TEXT as INDEXED};
    use tantivy::store::ZstdCompressor;

    use super::*;

    #[test]
    fn a_store_is_what_tantivy_writes_byte_for_byte() {
        let mut builder = Schema::builder();
        let body = builder.add_text_field("body", STORED);
        let other = builder.add_text_field("other", INDEXED);
        let ordinal = builder.add_u64_field("ordinal", STORED);
        let schema = builder.build();
        let documents: Vec<TantivyDocument> = (0..2000)
            .map(|number| {
                let mut document = TantivyDocument::new();
                document.add_text(body, format!("{number} ").repeat(number % 300));
                document.add_text(other, "not stored");
                if number % 3 == 0 {
                    document.add_u64(ordinal, number as u64);
                }
                document
            })
            .collect();
        let level = |compression_level| Compressor::Zstd(ZstdCompressor { compression_level });
        for compression in [level(None), level(Some(2)), Compressor::None] {
            for count in [0, 1, 7, 2000] {
                let settings = IndexSettings {
                    docstore_compression: compression,
                    docstore_blocksize: 1024,
                    ..IndexSettings::default()
                };
                let folder = RamDirectory::create();
                let file = |name: &str| folder.open_write(Path::new(name)).unwrap();
                let mut ours = StoreWriter::new(file("ours"), &settings, &schema).unwrap();
                let mut theirs =
                    tantivy::store::StoreWriter::new(file("theirs"), compression, 1024, false)
                        .unwrap();
                for document in &documents[..count] {
                    ours.add(document).unwrap();
                    theirs.store(document, &schema).unwrap();
                }
                ours.close().unwrap();
                theirs.close().unwrap();
                let bytes = |name: &str| folder.atomic_read(Path::new(name)).unwrap();
                assert!(bytes("ours") == bytes("theirs"), "{compression:?} {count}");
            }
        }
    }
}
