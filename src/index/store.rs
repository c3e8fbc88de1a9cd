//! The document store of a segment, as tantivy writes it: its blocks are decoded
//! by one decoder into one buffer, and what an article consists of is lent out
//! of that.
//!
//! tantivy's reader makes a decoder of zstd for every block, which takes 100 KiB
//! and questions to the processor that take 14 µs where a hypervisor answers
//! them; it decodes every block into memory that no one touched before, and maps
//! the file to find a block: a sixth of the pages that a search touched.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use tantivy::HasLen;
use tantivy::directory::{FileSlice, OwnedBytes};
use tantivy::schema::Field;
use zstd::bulk::Decompressor;

use super::bytes::{Bytes, malformed};

thread_local! {
    static BLOCK: RefCell<Option<Block>> = const { RefCell::new(None) };
}

/// Bytes at the end of a store: the version of its format (4), how far the blocks
/// reach (8), how they are compressed (1), and room for more.
pub(super) const FOOTER_BYTES: usize = 28;

/// The versions of the format. They differ in dates, which no stored field is.
pub(super) const VERSIONS: [u32; 2] = [1, 2];

/// tantivy's numbers for compressions.
pub(super) const NONE: u8 = 0;
pub(super) const ZSTD: u8 = 4;

/// Bytes of the table of blocks that are read when a store is opened. All but
/// its lowest layer fit in, which is seven eighths of it.
const TABLE_BYTES: usize = if cfg!(test) { 64 } else { 8 << 10 };

/// What nearly every block has room in: what is not used of it costs nothing.
const BLOCK_BYTES: usize = 32 << 10;

/// A larger block, of a very long article, gives its memory back to the next.
const MOST_KEPT_BYTES: usize = 1 << 20;

/// tantivy's numbers for the types of values, of those that are stored here.
pub(super) const TEXT: u8 = 0;
pub(super) const NUMBER: u8 = 1;

/// An opened document store.
pub(super) struct Store {
    blocks: FileSlice,
    is_compressed: bool,
    /// Where a document's block lies: layers, each a list of ranges of documents
    /// with the range of bytes of the layer below. Of the lowest, of the blocks.
    table: FileSlice,
    layers: Vec<Range<usize>>,
    /// The beginning of the table.
    start: OwnedBytes,
    /// No other store that is opened has it.
    number: u64,
}

/// The block that a thread has decoded last: those who read on and on read in
/// order. Any more would only be memory that every search touches anew.
#[derive(Default)]
struct Block {
    decoder: Decompressor<'static>,
    /// The store it is of, and where it begins there.
    of: Option<(u64, usize)>,
    bytes: Vec<u8>,
}

impl Block {
    /// Reads another. Where that fails, there is none.
    fn load(&mut self, store: &Store, range: &Range<usize>) -> io::Result<()> {
        let wanted = Some((store.number, range.start));
        if self.of == wanted {
            return Ok(());
        }
        self.of = None;
        self.bytes.clear();
        self.bytes.shrink_to(MOST_KEPT_BYTES);
        let block = within(&store.blocks, range)?;
        match store.is_compressed {
            true => self.inflate(&block)?,
            false => self.bytes.extend_from_slice(&block),
        }
        self.of = wanted;
        Ok(())
    }

    /// Decodes a block. Before it stands how long it is then.
    fn inflate(&mut self, block: &[u8]) -> io::Result<()> {
        let mut block = Bytes(block);
        let length = block.u32()? as usize;
        self.bytes
            .try_reserve_exact(length.max(BLOCK_BYTES))
            .map_err(|_| malformed())?;
        let decoded = self.decoder.decompress_to_buffer(block.0, &mut self.bytes);
        if decoded.is_ok_and(|decoded| decoded == length) {
            return Ok(());
        }
        // What the length of a damaged block asked for is not kept.
        self.bytes = Vec::new();
        Err(malformed())
    }
}

impl Store {
    /// Opens a document store.
    ///
    /// # Errors
    ///
    /// What the system says, or that it does not hold what it promises.
    pub(super) fn open(file: &FileSlice) -> io::Result<Self> {
        let footer_at = file.len().checked_sub(FOOTER_BYTES).ok_or_else(malformed)?;
        let footer = file.read_bytes_slice(footer_at..file.len())?;
        let mut footer = Bytes(&footer);
        let version = footer.u32()?;
        let table_at = usize::try_from(footer.u64()?).map_err(|_| malformed())?;
        let compression = footer.u8()?;
        if !VERSIONS.contains(&version)
            || ![NONE, ZSTD].contains(&compression)
            || table_at > footer_at
        {
            return Err(malformed());
        }
        let table = file.slice(table_at..footer_at);
        let start = table.read_bytes_slice(0..table.len().min(TABLE_BYTES))?;
        let mut rest = Bytes(&start);
        let mut ends = Vec::new();
        for _ in 0..rest.vint()? {
            ends.push(rest.length()?);
        }
        let offset = start.len() - rest.0.len();
        let mut layers = Vec::with_capacity(ends.len());
        let mut from = offset;
        for end in ends {
            let end = offset.checked_add(end).ok_or_else(malformed)?;
            if end < from || end > table.len() {
                return Err(malformed());
            }
            layers.push(from..end);
            from = end;
        }
        static OPENED: AtomicU64 = AtomicU64::new(0);
        Ok(Self {
            blocks: file.slice(0..table_at),
            is_compressed: compression == ZSTD,
            table,
            layers,
            start,
            number: OPENED.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// What `read` makes of a document.
    ///
    /// # Errors
    ///
    /// What the system says, that there is no such document, or that the store
    /// does not hold what it promises.
    pub(super) fn read<T>(
        &self,
        document: u32,
        read: impl FnOnce(&Document<'_>) -> T,
    ) -> io::Result<T> {
        let found = self.find(document)?;
        // Taken for a while, so that `read` may itself read.
        let mut block = BLOCK.take().unwrap_or_default();
        let loaded = block.load(self, &found.bytes);
        let place = (document - found.documents.start) as usize;
        let read = loaded
            .and_then(|()| Document::parse(document_in(&block.bytes, place)?))
            .map(|document| read(&document));
        BLOCK.set(Some(block));
        read
    }

    /// The block of a document.
    fn find(&self, document: u32) -> io::Result<Entry> {
        let mut found = Entry {
            documents: 0..u32::MAX,
            bytes: 0..self.layers.first().map_or(0, ExactSizeIterator::len),
        };
        for layer in &self.layers {
            let Range { start, end } = found.bytes;
            if start > end || end > layer.len() {
                return Err(malformed());
            }
            let list = layer.start + start..layer.start + end;
            let list = match list.end <= self.start.len() {
                true => self.start.slice(list),
                false => within(&self.table, &list)?,
            };
            found = Entry::covering(document, Bytes(&list))?;
        }
        Ok(found)
    }
}

/// One range of a layer of the table.
struct Entry {
    documents: Range<u32>,
    bytes: Range<usize>,
}

impl Entry {
    /// The entry of a list that a document falls in. A list says where its first
    /// entry begins, and of each how long it is.
    fn covering(document: u32, mut list: Bytes<'_>) -> io::Result<Self> {
        while !list.0.is_empty() {
            let entries = list.vint()?;
            if entries == 0 {
                continue;
            }
            let (mut first, mut at) = (list.number()?, list.length()?);
            for _ in 0..entries {
                let end = first.checked_add(list.number()?).ok_or_else(malformed)?;
                let until = at.checked_add(list.length()?).ok_or_else(malformed)?;
                if (first..end).contains(&document) {
                    return Ok(Self {
                        documents: first..end,
                        bytes: at..until,
                    });
                }
                (first, at) = (end, until);
            }
        }
        Err(malformed())
    }
}

/// A stored document: what was stored of which field, in the order in which it
/// was added.
pub(super) struct Document<'a>(Vec<(u32, Stored<'a>)>);

/// What is stored of a field.
enum Stored<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> Document<'a> {
    fn parse(bytes: &'a [u8]) -> io::Result<Self> {
        let mut bytes = Bytes(bytes);
        let mut values = Vec::new();
        for _ in 0..bytes.vint()? {
            let field = bytes.u32()?;
            let value = match bytes.u8()? {
                TEXT => {
                    let length = bytes.length()?;
                    let text = std::str::from_utf8(bytes.take(length)?);
                    Stored::Text(text.map_err(|_| malformed())?)
                }
                NUMBER => Stored::Number(bytes.u64()?),
                _ => return Err(malformed()),
            };
            values.push((field, value));
        }
        Ok(Self(values))
    }

    fn first(&self, field: Field) -> Option<&Stored<'a>> {
        let found = self.0.iter().find(|(id, _)| *id == field.field_id());
        found.map(|(_, value)| value)
    }

    /// The text stored of a field.
    pub(super) fn text(&self, field: Field) -> Option<&'a str> {
        match self.first(field)? {
            Stored::Text(text) => Some(text),
            Stored::Number(_) => None,
        }
    }

    /// The number stored of a field.
    pub(super) fn number(&self, field: Field) -> Option<u64> {
        match self.first(field)? {
            Stored::Number(number) => Some(*number),
            Stored::Text(_) => None,
        }
    }
}

/// The bytes of a range that may not lie within the file.
fn within(file: &FileSlice, range: &Range<usize>) -> io::Result<OwnedBytes> {
    match range.start <= range.end && range.end <= file.len() {
        true => file.read_bytes_slice(range.clone()),
        false => Err(malformed()),
    }
}

/// One of the documents in a block. Behind them stands where each begins, and how
/// many they are.
fn document_in(block: &[u8], place: usize) -> io::Result<&[u8]> {
    let (rest, count) = block.split_last_chunk().ok_or_else(malformed)?;
    let count = u32::from_le_bytes(*count) as usize;
    let starts = count
        .checked_mul(size_of::<u32>())
        .and_then(|bytes| rest.len().checked_sub(bytes))
        .ok_or_else(malformed)?;
    let (documents, starts) = rest.split_at(starts);
    let mut starts = starts.chunks_exact(size_of::<u32>()).skip(place);
    let mut next = || Some(Bytes(starts.next()?).u32().ok()? as usize);
    let start = next().ok_or_else(malformed)?;
    let end = next().unwrap_or(documents.len());
    documents.get(start..end).ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use tantivy::directory::RamDirectory;
    use tantivy::index::SegmentComponent;
    use tantivy::schema::{STORED, Schema, Value};
    use tantivy::store::{Compressor, StoreReader, ZstdCompressor};
    use tantivy::{IndexBuilder, IndexSettings, TantivyDocument};

    use super::*;

    const ZSTD_BLOCKS: Compressor = Compressor::Zstd(ZstdCompressor {
        compression_level: None,
    });

    /// A store of 300 numbered articles, in blocks of a few each, and the fields
    /// of their texts and their numbers.
    fn store(compression: Compressor) -> (FileSlice, Field, Field) {
        let mut schema = Schema::builder();
        let body = schema.add_text_field("body", STORED);
        let ordinal = schema.add_u64_field("ordinal", STORED);
        let settings = IndexSettings {
            docstore_compression: compression,
            docstore_blocksize: 1024,
            ..IndexSettings::default()
        };
        let mut writer = IndexBuilder::new()
            .schema(schema.build())
            .settings(settings)
            .single_segment_index_writer(RamDirectory::create(), 15 << 20)
            .unwrap();
        for number in 0..300 {
            let mut document = TantivyDocument::new();
            document.add_text(body, format!("{number} ").repeat(number));
            document.add_text(body, "second");
            if number % 2 == 0 {
                document.add_u64(ordinal, number as u64);
            }
            writer.add_document(document).unwrap();
        }
        let searcher = writer.finalize().unwrap().reader().unwrap().searcher();
        let segment = searcher.segment_reader(0);
        let file = segment.open_read(SegmentComponent::Store).unwrap();
        (file, body, ordinal)
    }

    #[test]
    fn every_article_reads_as_tantivy_itself_reads_it() {
        for compression in [ZSTD_BLOCKS, Compressor::None] {
            let (file, body, ordinal) = store(compression);
            let theirs = StoreReader::open(file.clone(), 1).unwrap();
            let ours = Store::open(&file).unwrap();
            assert!(ours.layers.len() > 1 && ours.table.len() > ours.start.len());
            for doc in (0..300).chain([7, 299, 0]) {
                let expected: TantivyDocument = theirs.get(doc).unwrap();
                ours.read(doc, |document| {
                    let text = expected.get_first(body).and_then(|value| value.as_str());
                    assert_eq!(document.text(body), text);
                    let number = expected.get_first(ordinal).and_then(|value| value.as_u64());
                    assert_eq!(document.number(ordinal), number);
                    assert_eq!(document.text(ordinal), None);
                })
                .unwrap();
            }
            assert!(ours.read(300, |_| ()).is_err());
        }
    }

    #[test]
    fn a_damaged_block_is_an_error() {
        let (file, ..) = store(ZSTD_BLOCKS);
        for damage in [[0xff; 8], [0; 8]] {
            let mut bytes = file.read_bytes().unwrap().to_vec();
            bytes[..8].copy_from_slice(&damage);
            // A length of 4 GiB is asked for and never touched.
            let ours = Store::open(&FileSlice::from(bytes)).unwrap();
            assert!(ours.read(0, |_| ()).is_err());
            assert!(ours.read(299, |_| ()).is_ok());
        }
    }

    /// Whatever a byte is changed to, and wherever a store is cut off.
    #[test]
    fn no_damage_ends_the_program() {
        for compression in [ZSTD_BLOCKS, Compressor::None] {
            let (file, ..) = store(compression);
            let sound = file.read_bytes().unwrap().to_vec();
            let tail = sound.len().saturating_sub(1500);
            let mut errors = 0;
            let mut read = |bytes: Vec<u8>| {
                let Ok(store) = Store::open(&FileSlice::from(bytes)) else {
                    errors += 1;
                    return;
                };
                for doc in [0, 150, 299, u32::MAX] {
                    errors += usize::from(store.read(doc, |_| ()).is_err());
                }
            };
            for at in (0..tail).step_by(997).chain(tail..sound.len()) {
                for damage in [0, 0x7f, 0x80, 0xff] {
                    let mut bytes = sound.clone();
                    bytes[at] = damage;
                    read(bytes);
                }
                read(sound[..at].to_vec());
            }
            assert!(errors > 1000, "{errors}");
        }
    }
}
