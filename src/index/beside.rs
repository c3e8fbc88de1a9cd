//! Lists kept beside the files of a segment, which tantivy knows nothing of: what
//! searches would else gather from it time and again, each list under a name.
//!
//! They are made at the end of a run from what the segment holds, and again where
//! they are missing. A segment never changes; documents that are deleted later are in
//! its lists to the end. Without them, a search takes longer and finds the same.
//!
//! ```text
//! file := magic:4 version:u32 documents:u32 lists:u32 length:u64
//!         key* list* digest:8
//! key  := hash-of-name:u64 at:u64                 ascending, `at` from the first list
//! list := digest:8 content
//! ```
//!
//! `length` is that of the file, which a crash may have cut short. A list's digest is
//! over its name and content.

use std::io::{self, Read, Write};
use std::sync::atomic::AtomicBool;

use tantivy::directory::{FileSlice, OwnedBytes};
use tantivy::index::SegmentId;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_64_with_seed};

use super::bytes::{Bytes, malformed};

/// What lists of a file are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// See [`super::champions`].
    Champions,
    /// See [`super::pairs`].
    Pairs,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Champions, Self::Pairs];

    /// How the files are named, behind the segment.
    fn suffix(self) -> &'static str {
        match self {
            Self::Champions => ".champions",
            Self::Pairs => ".pairs",
        }
    }

    fn magic(self) -> [u8; 4] {
        match self {
            Self::Champions => *b"mCha",
            Self::Pairs => *b"mPai",
        }
    }

    /// To be raised with what lists consist of, and with what is in them.
    fn version(self) -> u32 {
        match self {
            Self::Champions => 2,
            Self::Pairs => 1,
        }
    }
}

const HEAD_BYTES: usize = 24;
const KEY_BYTES: usize = 16;
const DIGEST_BYTES: usize = 8;

/// The name of the file of a segment.
pub(super) fn name_of(segment: SegmentId, kind: Kind) -> String {
    format!("{}{}", segment.uuid_string(), kind.suffix())
}

/// Whether a file is named as those are.
pub(super) fn is_name(name: &str) -> bool {
    Kind::ALL.iter().any(|kind| name.ends_with(kind.suffix()))
}

/// What making lists may take.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) threads: usize,
    pub(crate) memory_bytes: usize,
    /// Ends it before it is done.
    pub(crate) interrupted: &'a AtomicBool,
}

/// The lists of a file.
pub(crate) struct NamedLists {
    keys: OwnedBytes,
    lists: OwnedBytes,
}

impl NamedLists {
    /// Opens what was written for a segment of so many documents.
    pub(super) fn open(file: &FileSlice, kind: Kind, documents: u32) -> io::Result<Self> {
        let bytes = file.read_bytes()?;
        let mut head = Bytes(&bytes);
        let is_ours = head.take(kind.magic().len())? == kind.magic()
            && head.u32()? == kind.version()
            && head.u32()? == documents;
        if !is_ours {
            return Err(malformed());
        }
        let lists = head.u32()? as usize;
        if head.u64()? != bytes.len() as u64 {
            return Err(malformed());
        }
        head.take(lists.checked_mul(KEY_BYTES).ok_or_else(malformed)?)?;
        let of_lists = head.0.len().checked_sub(DIGEST_BYTES);
        let of_lists = of_lists.ok_or_else(malformed)?;
        let start = bytes.len() - head.0.len();
        Ok(Self {
            keys: bytes.slice(HEAD_BYTES..start),
            lists: bytes.slice(start..start + of_lists),
        })
    }

    /// Whether all of a file of so many bytes is as it was written. It may be large, and
    /// is not held as a whole.
    ///
    /// # Errors
    ///
    /// That it cannot be read.
    pub(super) fn is_sound(file: &mut impl Read, length: u64) -> io::Result<bool> {
        let Some(mut rest) = length.checked_sub(DIGEST_BYTES as u64) else {
            return Ok(false);
        };
        let mut of_all = Xxh3::new();
        let mut bytes = [0; 1 << 16];
        while rest > 0 {
            let count = rest.min(bytes.len() as u64) as usize;
            file.read_exact(&mut bytes[..count])?;
            of_all.update(&bytes[..count]);
            rest -= count as u64;
        }
        let mut kept = [0; DIGEST_BYTES];
        file.read_exact(&mut kept)?;
        Ok(of_all.digest() == u64::from_le_bytes(kept))
    }

    /// The content of the list of a name; `None` where there is none, or it is not as
    /// it was written.
    pub(super) fn of(&self, name: &str) -> Option<OwnedBytes> {
        let name = xxh3_64(name.as_bytes());
        let keys = self.keys.as_chunks::<KEY_BYTES>().0;
        let number = |bytes: &[u8]| Bytes(bytes).u64().unwrap_or_default();
        let found = keys.binary_search_by_key(&name, |key| number(key)).ok()?;
        let at = |key: &[u8; KEY_BYTES]| usize::try_from(number(&key[8..])).ok();
        let start = at(&keys[found])?;
        let end = keys.get(found + 1).map_or(Some(self.lists.len()), at)?;
        let (kept, content) = self.lists.get(start..end)?.split_first_chunk()?;
        let is_sound = digest_of(name, content) == u64::from_le_bytes(*kept);
        is_sound.then(|| self.lists.slice(start + DIGEST_BYTES..end))
    }
}

fn digest_of(name: u64, content: &[u8]) -> u64 {
    xxh3_64_with_seed(content, name)
}

/// A list to be written.
pub(crate) struct Made {
    name: u64,
    content: Vec<u8>,
}

impl Made {
    pub(super) fn new(name: &str, content: Vec<u8>) -> Self {
        Self {
            name: xxh3_64(name.as_bytes()),
            content,
        }
    }
}

/// Writes the file of a segment of so many documents.
pub(super) fn write(
    kind: Kind,
    documents: u32,
    mut lists: Vec<Made>,
    to: &mut dyn Write,
) -> io::Result<()> {
    lists.sort_unstable_by_key(|list| list.name);
    let length_of = |list: &Made| DIGEST_BYTES + list.content.len();
    let of_lists = lists.iter().map(|list| KEY_BYTES + length_of(list));
    let length = HEAD_BYTES + of_lists.sum::<usize>() + DIGEST_BYTES;
    let mut of_all = Xxh3::new();
    let mut put = |bytes: &[u8]| {
        of_all.update(bytes);
        to.write_all(bytes)
    };
    put(&kind.magic())?;
    for number in [kind.version(), documents, lists.len() as u32] {
        put(&number.to_le_bytes())?;
    }
    put(&(length as u64).to_le_bytes())?;
    let mut at = 0u64;
    for list in &lists {
        put(&list.name.to_le_bytes())?;
        put(&at.to_le_bytes())?;
        at += length_of(list) as u64;
    }
    for list in &lists {
        put(&digest_of(list.name, &list.content).to_le_bytes())?;
        put(&list.content)?;
    }
    to.write_all(&of_all.digest().to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind::Champions;

    fn of_lists(lists: &[(&str, &[u8])]) -> Vec<u8> {
        let made = |(name, content): &(&str, &[u8])| Made::new(name, content.to_vec());
        let mut bytes = Vec::new();
        let made = lists.iter().map(made).collect();
        write(KIND, 100_000, made, &mut bytes).unwrap();
        bytes
    }

    fn is_sound(mut bytes: &[u8]) -> bool {
        let length = bytes.len() as u64;
        NamedLists::is_sound(&mut bytes, length).unwrap()
    }

    fn opened(bytes: &[u8]) -> io::Result<NamedLists> {
        NamedLists::open(&FileSlice::from(bytes.to_vec()), KIND, 100_000)
    }

    fn of(lists: &NamedLists, name: &str) -> Option<Vec<u8>> {
        lists.of(name).map(|content| content.to_vec())
    }

    #[test]
    fn lists_are_read_as_they_were_written() {
        let lists: [(&str, &[u8]); 3] = [
            ("elect", &[7; 300]),
            ("minist", &[]),
            ("zürich", b"some content"),
        ];
        let bytes = of_lists(&lists);
        assert!(is_sound(&bytes));
        let held = opened(&bytes).unwrap();
        for (name, content) in lists {
            assert_eq!(of(&held, name).as_deref(), Some(content));
        }
        assert_eq!(of(&held, "elector"), None);
        // Those of another segment.
        assert!(NamedLists::open(&FileSlice::from(bytes), KIND, 99_999).is_err());
        assert_eq!(of(&opened(&of_lists(&[])).unwrap(), "elect"), None);
    }

    #[test]
    fn what_was_altered_is_as_good_as_not_there() {
        let content = &[3, 1, 4, 1, 5, 9][..];
        let bytes = of_lists(&[("elect", content), ("minist", &[2; 40])]);
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(!is_sound(&altered), "{at}");
            let Ok(held) = opened(&altered) else {
                continue;
            };
            let found = of(&held, "elect");
            assert!(found.is_none_or(|found| found == content), "{at}");
        }
        for length in 0..bytes.len() {
            assert!(opened(&bytes[..length]).is_err(), "{length}");
        }
    }
}
