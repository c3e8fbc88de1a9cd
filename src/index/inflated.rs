//! The document store of a segment, read with one decoder for all its blocks.
//!
//! tantivy makes a decoder of zstd for every block: 100 KiB, and questions to
//! the processor that take 14 µs where a hypervisor answers them. Here tantivy
//! is shown the store as one that was never compressed, and each block that it
//! asks for is decoded on the way. What a block or the table of blocks says is
//! read by tantivy alone.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use tantivy::HasLen;
use tantivy::directory::{FileHandle, FileSlice, OwnedBytes};
use tantivy::store::StoreReader;
use zstd::bulk::Decompressor;

thread_local! {
    static DECODER: RefCell<Decompressor<'static>> = RefCell::default();
}

/// Bytes at the end of a store: its version, where the blocks end, how they are
/// compressed, and room for more.
const FOOTER_BYTES: usize = 28;

/// Where in them stands how far the blocks reach, and the compression.
const END_AT: Range<usize> = 4..12;
const COMPRESSION_AT: usize = 12;

/// tantivy's numbers for compressions.
const NONE: u8 = 0;
const ZSTD: u8 = 4;

/// Bytes before each block: how long it is when decoded.
const LENGTH_BYTES: usize = 4;

/// Opens a document store; `kept` blocks stay at hand.
pub(super) fn open(store: FileSlice, kept: usize) -> io::Result<StoreReader> {
    let footer_at = store.len().saturating_sub(FOOTER_BYTES);
    let mut footer = store.read_bytes_slice(footer_at..store.len())?.to_vec();
    if footer.get(COMPRESSION_AT) != Some(&ZSTD) {
        return StoreReader::open(store, kept);
    }
    footer[COMPRESSION_AT] = NONE;
    let mut end = [0; 8];
    end.copy_from_slice(&footer[END_AT]);
    let inflated = Inflated {
        blocks_end: u64::from_le_bytes(end) as usize,
        footer: OwnedBytes::new(footer),
        footer_at,
        store,
    };
    StoreReader::open(FileSlice::new(Arc::new(inflated)), kept)
}

#[derive(Debug)]
struct Inflated {
    store: FileSlice,
    blocks_end: usize,
    footer_at: usize,
    footer: OwnedBytes,
}

impl FileHandle for Inflated {
    /// A range among the blocks is one block: tantivy asks for no other.
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start >= self.footer_at && range.end <= self.store.len() {
            let (start, end) = (range.start - self.footer_at, range.end - self.footer_at);
            return Ok(self.footer.slice(start..end));
        }
        let bytes = self.store.read_bytes_slice(range.clone())?;
        match range.end <= self.blocks_end {
            true => inflate(&bytes).map(OwnedBytes::new),
            false => Ok(bytes),
        }
    }
}

impl HasLen for Inflated {
    fn len(&self) -> usize {
        self.store.len()
    }
}

fn inflate(block: &[u8]) -> io::Result<Vec<u8>> {
    let (length, frame) = block
        .split_first_chunk::<LENGTH_BYTES>()
        .ok_or(io::ErrorKind::InvalidData)?;
    let length = u32::from_le_bytes(*length) as usize;
    let mut inflated = Vec::new();
    inflated
        .try_reserve_exact(length)
        .map_err(|_| io::ErrorKind::InvalidData)?;
    DECODER.with_borrow_mut(|decoder| decoder.decompress_to_buffer(frame, &mut inflated))?;
    match inflated.len() == length {
        true => Ok(inflated),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use tantivy::directory::RamDirectory;
    use tantivy::index::SegmentComponent;
    use tantivy::schema::{STORED, Schema};
    use tantivy::store::{Compressor, ZstdCompressor};
    use tantivy::{IndexBuilder, IndexSettings, TantivyDocument};

    use super::*;

    /// A store of 300 numbered articles, in blocks of a few each.
    fn store(compression: Compressor) -> FileSlice {
        let mut schema = Schema::builder();
        let field = schema.add_text_field("body", STORED);
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
            document.add_text(field, format!("{number} ").repeat(number));
            writer.add_document(document).unwrap();
        }
        let searcher = writer.finalize().unwrap().reader().unwrap().searcher();
        let segment = searcher.segment_reader(0);
        segment.open_read(SegmentComponent::Store).unwrap()
    }

    #[test]
    fn every_article_reads_as_tantivy_itself_reads_it() {
        for compression in [
            Compressor::Zstd(ZstdCompressor::default()),
            Compressor::None,
        ] {
            let store = store(compression);
            let theirs = StoreReader::open(store.clone(), 1).unwrap();
            let ours = open(store, 1).unwrap();
            for doc in (0..300).chain([7, 299, 0]) {
                let read = |store: &StoreReader| store.get_document_bytes(doc).unwrap().to_vec();
                assert_eq!(read(&ours), read(&theirs));
            }
            assert!(ours.get_document_bytes(300).is_err());
        }
    }

    #[test]
    fn a_damaged_block_is_an_error() {
        let store = store(Compressor::Zstd(ZstdCompressor::default()));
        for damage in [[0xff; 8], [0; 8]] {
            let mut bytes = store.read_bytes().unwrap().to_vec();
            bytes[..8].copy_from_slice(&damage);
            // A length of 4 GiB is asked for and never touched.
            let ours = open(FileSlice::from(bytes), 1).unwrap();
            assert!(ours.get_document_bytes(0).is_err());
        }
    }
}
