//! The words of a field in one segment, as tantivy wrote them, for who looks for
//! many at once: the branches of the dictionary on which they can lie are walked
//! directly.
//!
//! tantivy's own streams do the same, and compare with their bounds at every
//! step: a search that looks for the inflections of its words in the
//! dictionaries of all segments would spend a third of its time on that. Layout:
//!
//! ```text
//! dictionary := fst infos length-of-infos:u64 version:u32 kind:u32
//! infos      := length-of-blocks:u64 words:u64 block* packed
//! block      := at:u64 info bits-of-documents:u8 bits-of-postings:u8
//!               bits-of-positions:u8
//! info       := documents:u32 postings:u64 length:u32 positions:u64 length:u32
//! ```
//!
//! The fst leads from a word to its number. A block tells the first of 256 words
//! in full; of the others `packed` holds, from the block's `at` on and in so many
//! bits each, how far behind the first one's their postings and positions begin,
//! and their documents.

use std::io;

use tantivy::HasLen;
use tantivy::directory::{FileSlice, OwnedBytes};
use tantivy::postings::TermInfo;
use tantivy_fst::Automaton;
use tantivy_fst::raw::{Fst, Node, Output, Transition};

use super::bytes::Bytes;

/// What this program and its version of tantivy write.
const VERSION: u32 = 1;
const KIND: u32 = 1;

/// Bytes behind the infos.
const FOOTER_BYTES: usize = 16;

/// Bytes before the blocks.
const HEAD_BYTES: usize = 16;

/// Words of a block.
const BLOCK_WORDS: u64 = 256;

/// Bytes of a block.
const BLOCK_BYTES: usize = 8 + 28 + 3;

/// A field's words in one segment.
pub(crate) struct Dictionary {
    fst: Fst<OwnedBytes>,
    blocks: OwnedBytes,
    packed: OwnedBytes,
}

/// Where a walk has come to.
struct Step<'f, S> {
    node: Node<'f>,
    /// The next of its branches.
    branch: usize,
    /// The number of the words so far.
    number: u64,
    state: S,
}

impl Dictionary {
    /// Opens what a segment holds of a field.
    pub(super) fn open(file: &FileSlice) -> io::Result<Self> {
        let body = file.len().checked_sub(FOOTER_BYTES).ok_or_else(malformed)?;
        let footer = file.slice_from(body).read_bytes()?;
        let mut footer = Bytes(&footer);
        let of_infos = footer.u64()? as usize;
        if footer.u32()? != VERSION || footer.u32()? != KIND {
            return Err(malformed());
        }
        let of_fst = body.checked_sub(of_infos).ok_or_else(malformed)?;
        let fst = file.slice_to(of_fst).read_bytes()?;
        let infos = file.slice(of_fst..body).read_bytes()?;
        if infos.len() < HEAD_BYTES {
            return Err(malformed());
        }
        let (head, infos) = infos.split(HEAD_BYTES);
        let of_blocks = Bytes(&head).u64()? as usize;
        if of_blocks > infos.len() {
            return Err(malformed());
        }
        let (blocks, packed) = infos.split(of_blocks);
        Ok(Self {
            fst: Fst::new(fst).map_err(|_| malformed())?,
            blocks,
            packed,
        })
    }

    /// How many words there are.
    pub(super) fn len(&self) -> u64 {
        self.fst.len() as u64
    }

    /// Calls `each` with every word that stands in so many documents at least, and where
    /// its lists lie.
    pub(super) fn each_frequent(
        &self,
        least: u64,
        mut each: impl FnMut(&str, TermInfo),
    ) -> io::Result<()> {
        for number in 0..self.len() {
            let info = self.info(number)?;
            if u64::from(info.doc_freq) < least {
                continue;
            }
            if let Ok(word) = std::str::from_utf8(&self.word(number)?) {
                each(word, info);
            }
        }
        Ok(())
    }

    /// The word of a number.
    pub(super) fn word(&self, number: u64) -> io::Result<Vec<u8>> {
        let mut node = self.fst.root();
        let mut rest = number;
        let mut word = Vec::new();
        // A word comes before those that begin with it, and so has the least number.
        while !(node.is_final() && node.final_output().value() == rest) {
            let fitting = node.transitions().take_while(|on| on.out.value() <= rest);
            let on = fitting.last().ok_or_else(malformed)?;
            word.push(on.inp);
            let (next, less) = self.follow(&node, &on)?;
            node = next;
            rest -= less;
        }
        Ok(word)
    }

    /// A word's number.
    pub(crate) fn find(&self, word: &[u8]) -> Option<u64> {
        self.fst.get(word).map(Output::value)
    }

    /// Where a word occurs.
    pub(crate) fn get(&self, word: &[u8]) -> io::Result<Option<TermInfo>> {
        self.find(word).map(|number| self.info(number)).transpose()
    }

    /// Calls `each` with the words that start with `from` and that the automaton,
    /// which reads them from their first byte on, takes; with their numbers, in
    /// ascending order.
    pub(crate) fn each<A: Automaton, E: From<io::Error>>(
        &self,
        from: &[u8],
        automaton: &A,
        mut each: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut top = Step {
            node: self.fst.root(),
            branch: 0,
            number: 0,
            state: automaton.start(),
        };
        for &byte in from {
            let Some(branch) = top.node.find_input(byte) else {
                return Ok(());
            };
            let (node, more) = self.follow(&top.node, &top.node.transition(branch))?;
            top.node = node;
            top.number = top.number.wrapping_add(more);
            top.state = automaton.accept(&top.state, byte);
        }
        let mut word = from.to_vec();
        let mut offer = |step: &Step<'_, A::State>, word: &[u8]| {
            if step.node.is_final() && automaton.is_match(&step.state) {
                let last = step.node.final_output().value();
                return each(word, step.number.wrapping_add(last));
            }
            Ok(())
        };
        if !automaton.can_match(&top.state) {
            return Ok(());
        }
        offer(&top, &word)?;
        let mut path = vec![top];
        while let Some(top) = path.last_mut() {
            if top.branch == top.node.len() {
                path.pop();
                word.pop();
                continue;
            }
            let branch = top.node.transition(top.branch);
            let state = automaton.accept(&top.state, branch.inp);
            top.branch += 1;
            if !automaton.can_match(&state) {
                continue;
            }
            let (node, more) = self.follow(&top.node, &branch)?;
            let step = Step {
                node,
                branch: 0,
                number: top.number.wrapping_add(more),
                state,
            };
            word.push(branch.inp);
            offer(&step, &word)?;
            path.push(step);
        }
        Ok(())
    }

    /// Where a branch leads, and what it adds to the number.
    fn follow<'f>(&'f self, node: &Node<'f>, branch: &Transition) -> io::Result<(Node<'f>, u64)> {
        // What a branch leads to was written before it: there are no circles.
        if branch.addr >= node.addr() {
            return Err(malformed());
        }
        Ok((self.fst.node(branch.addr), branch.out.value()))
    }

    /// Where the word of a number occurs.
    pub(crate) fn info(&self, word: u64) -> io::Result<TermInfo> {
        let at = (word / BLOCK_WORDS) as usize * BLOCK_BYTES;
        let block = self.blocks.get(at..at + BLOCK_BYTES);
        let block = block.ok_or_else(malformed)?;
        let mut block = Bytes(block);
        let at = block.u64()? as usize;
        let doc_freq = block.u32()?;
        let (postings, of_first_postings) = (block.u64()?, block.u32()?);
        let (positions, of_first_positions) = (block.u64()?, block.u32()?);
        let range = |from: u64, to: u64| from as usize..to as usize;
        let Some(place) = (word % BLOCK_WORDS).checked_sub(1) else {
            let end = |from: u64, length: u32| from.wrapping_add(u64::from(length));
            return Ok(TermInfo {
                doc_freq,
                postings_range: range(postings, end(postings, of_first_postings)),
                positions_range: range(positions, end(positions, of_first_positions)),
            });
        };
        let [of_documents, of_postings, of_positions] = [block.u8()?, block.u8()?, block.u8()?];
        let of_all = [of_documents, of_postings, of_positions].map(u64::from);
        let of_all: u64 = of_all.iter().sum();
        let packed = self.packed.get(at..).ok_or_else(malformed)?;
        let here = place * of_all;
        // A list ends where the next word's begins.
        let next = here + of_all;
        let before = u64::from(of_postings);
        let behind = |from: u64, at: u64, bits: u8| {
            bits_at(packed, at, bits).map(|more| from.wrapping_add(more))
        };
        let postings_at = |at| behind(postings, at, of_postings);
        let positions_at = |at| behind(positions, at + before, of_positions);
        let documents_at = here + before + u64::from(of_positions);
        Ok(TermInfo {
            doc_freq: bits_at(packed, documents_at, of_documents)? as u32,
            postings_range: range(postings_at(here)?, postings_at(next)?),
            positions_range: range(positions_at(here)?, positions_at(next)?),
        })
    }
}

/// A number of so many bits, the lowest first, `at` so many bits from the start.
fn bits_at(bytes: &[u8], at: u64, bits: u8) -> io::Result<u64> {
    let bytes = bytes.get((at / 8) as usize..).ok_or_else(malformed)?;
    let mut word = [0; 8];
    let length = bytes.len().min(8);
    word[..length].copy_from_slice(&bytes[..length]);
    let mask = 1u64.checked_shl(u32::from(bits)).map_or(!0, |bit| bit - 1);
    Ok(u64::from_le_bytes(word) >> (at % 8) & mask)
}

fn malformed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a dictionary of the index is malformed",
    )
}

#[cfg(test)]
mod tests {
    use tantivy::termdict::{TermDictionary, TermDictionaryBuilder};
    use tantivy_fst::automaton::AlwaysMatch;

    use super::*;

    /// Words with postings of all lengths, and the dictionary tantivy makes of them.
    fn dictionary(words: &[String]) -> FileSlice {
        let mut builder = TermDictionaryBuilder::create(Vec::new()).unwrap();
        let (mut postings, mut positions) = (7, 0);
        for (number, word) in words.iter().enumerate() {
            let (of_postings, of_positions) = (number % 90 + 1, number * number % 4000);
            let info = TermInfo {
                doc_freq: (number * 31 % 70_000) as u32 + 1,
                postings_range: postings..postings + of_postings,
                positions_range: positions..positions + of_positions,
            };
            postings = info.postings_range.end;
            positions = info.positions_range.end;
            builder.insert(word, &info).unwrap();
        }
        FileSlice::from(builder.finish().unwrap())
    }

    fn words() -> Vec<String> {
        let mut words: Vec<String> = (0..3000u64)
            .map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44))
            .chain(["elect", "elected", "election", "zürich", "é"].map(str::to_owned))
            .collect();
        words.sort();
        words.dedup();
        words
    }

    #[test]
    fn every_word_is_found_as_tantivy_itself_finds_it() {
        let words = words();
        for count in [1, 255, 256, 257, words.len()] {
            let words = &words[..count];
            let file = dictionary(words);
            let ours = Dictionary::open(&file).unwrap();
            let theirs = TermDictionary::open(file).unwrap();
            for word in words {
                let bytes = word.as_bytes();
                assert_eq!(
                    ours.get(bytes).unwrap(),
                    theirs.get(bytes).unwrap(),
                    "{word}"
                );
                let number = ours.find(bytes).unwrap();
                assert_eq!(ours.word(number).unwrap(), bytes, "{word}");
                let longer = format!("{word}q");
                assert!(ours.get(longer.as_bytes()).unwrap().is_none());
            }
            let mut all = Vec::new();
            let mut each = |word: &[u8], number: u64| {
                assert_eq!(number, all.len() as u64);
                all.push(String::from_utf8(word.to_vec()).unwrap());
                Ok::<_, io::Error>(())
            };
            ours.each(b"", &AlwaysMatch, &mut each).unwrap();
            assert_eq!(all, words);
            assert_eq!(ours.len(), words.len() as u64);
            assert!(ours.word(ours.len()).is_err());
        }
        let empty = Dictionary::open(&dictionary(&[])).unwrap();
        assert!(empty.get(b"").unwrap().is_none() && empty.get(b"a").unwrap().is_none());
    }

    /// Words of so many bytes.
    struct AtMost(usize);

    impl Automaton for AtMost {
        type State = usize;

        fn start(&self) -> usize {
            0
        }

        fn is_match(&self, _: &usize) -> bool {
            true
        }

        fn can_match(&self, length: &usize) -> bool {
            *length <= self.0
        }

        fn accept(&self, length: &usize, _: u8) -> usize {
            length + 1
        }
    }

    #[test]
    fn a_walk_keeps_to_what_starts_as_asked_and_what_the_automaton_takes() {
        let words = words();
        let dictionary = Dictionary::open(&dictionary(&words)).unwrap();
        for from in ["", "e", "el", "elect", "electi", "f", "zz", "é"] {
            let mut all = Vec::new();
            let each = |word: &[u8], _| {
                all.push(String::from_utf8(word.to_vec()).unwrap());
                Ok::<_, io::Error>(())
            };
            dictionary
                .each(from.as_bytes(), &AlwaysMatch, each)
                .unwrap();
            let expected = words.iter().filter(|word| word.starts_with(from));
            assert_eq!(all, expected.cloned().collect::<Vec<_>>(), "{from}");
        }
        let mut found = Vec::new();
        let each = |word: &[u8], _| {
            found.push(String::from_utf8(word.to_vec()).unwrap());
            Ok::<_, io::Error>(())
        };
        dictionary.each(b"ele", &AtMost(7), each).unwrap();
        assert_eq!(found, ["elect", "elected"]);
    }

    #[test]
    fn what_was_cut_short_is_refused() {
        let bytes = dictionary(&words()).read_bytes().unwrap();
        for length in [0, 15, 16, 40, bytes.len() / 2, bytes.len() - 1] {
            let cut = FileSlice::from(bytes[..length].to_vec());
            assert!(Dictionary::open(&cut).is_err(), "{length}");
        }
    }
}
