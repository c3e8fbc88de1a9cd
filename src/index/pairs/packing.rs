//! A posting list with frequencies as tantivy would write it, made from one document
//! after the other. The blocks of a search read it.

use bitpacking::{BitPacker, BitPacker4x};
use tantivy::DocId;

/// Documents of a whole block.
const BLOCK: usize = BitPacker4x::BLOCK_LEN;

/// A list that grows.
pub(crate) struct PackedList {
    /// Documents so far.
    documents: u32,
    /// The last one of the last whole block.
    before: DocId,
    entries: Vec<u8>,
    blocks: Vec<u8>,
    /// What no block has yet been made of: documents, and less one how often.
    docs: Vec<DocId>,
    freqs: Vec<u32>,
}

impl PackedList {
    pub(crate) fn new() -> Self {
        Self {
            documents: 0,
            before: 0,
            entries: Vec::new(),
            blocks: Vec::new(),
            docs: Vec::new(),
            freqs: Vec::new(),
        }
    }

    /// How many documents it holds.
    pub(crate) fn documents(&self) -> u32 {
        self.documents
    }

    /// Adds a document behind all others, in which there are so many, at least one.
    #[inline]
    pub(crate) fn add(&mut self, packer: &BitPacker4x, doc: DocId, freq: u32) {
        self.documents += 1;
        self.docs.push(doc);
        self.freqs.push(freq - 1);
        if self.docs.len() == BLOCK {
            self.pack(packer);
        }
    }

    /// Makes a block; how many bytes that takes.
    fn pack(&mut self, packer: &BitPacker4x) {
        let Some(&last) = self.docs.last() else {
            return;
        };
        let before = Some(self.before).filter(|&before| before > 0);
        let doc_bits = packer.num_bits_strictly_sorted(before, &self.docs);
        let freq_bits = packer.num_bits(&self.freqs);
        let mut packed = [0; 4 * BLOCK];
        let length = packer.compress_strictly_sorted(before, &self.docs, &mut packed, doc_bits);
        self.blocks.extend(&packed[..length]);
        let length = packer.compress(&self.freqs, &mut packed, freq_bits);
        self.blocks.extend(&packed[..length]);
        self.entries.extend(last.to_le_bytes());
        // Nobody asks for the bound of scores, which comes last.
        self.entries.extend([doc_bits, freq_bits, 0, 0]);
        self.before = last;
        self.docs.clear();
        self.freqs.clear();
    }

    /// Bytes of what is packed.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.len() + self.blocks.len()
    }

    /// Adds the whole list to bytes.
    pub(crate) fn finish(mut self, bytes: &mut Vec<u8>) {
        if !self.entries.is_empty() {
            integer(self.entries.len() as u32, bytes);
            bytes.append(&mut self.entries);
            bytes.append(&mut self.blocks);
        }
        let mut before = self.before;
        for doc in self.docs {
            integer(doc - before, bytes);
            before = doc;
        }
        self.freqs.iter().for_each(|&freq| integer(freq + 1, bytes));
    }
}

/// Writes seven bits a byte, the lowest first; the last byte is marked by its highest
/// bit.
fn integer(mut value: u32, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 & 0x7f);
        value >>= 7;
    }
    bytes.push(value as u8 | 0x80);
}
