//! What is known of words before any text is read: clusters of words used
//! alike, and lists of names, as one hash table.
//!
//! The file is a zstd stream of columns: the words, sorted and front-coded;
//! two bytes of the fine cluster; one of the coarse cluster; four of list
//! bits; then the names of several words with their kind.

use super::hashing::{hash_word, mix};

/// Bits of the lists a word stands on.
pub mod list {
    /// A common first name.
    pub const FIRST: u32 = 1;
    /// A rarer first name.
    pub const FIRST_RARE: u32 = 1 << 1;
    /// A common surname.
    pub const LAST: u32 = 1 << 2;
    /// A rarer surname.
    pub const LAST_RARE: u32 = 1 << 3;
    /// A city of half a million people.
    pub const CITY: u32 = 1 << 4;
    /// A smaller city.
    pub const TOWN: u32 = 1 << 5;
    /// A country, or a common short form of one.
    pub const COUNTRY: u32 = 1 << 6;
    /// A state, province, region, continent, sea, …
    pub const REGION: u32 = 1 << 7;
    /// A people or its language: `French`.
    pub const DEMONYM: u32 = 1 << 8;
    /// A word many organisations' names end with or begin with: `Ministry`, `Inc`.
    pub const ORG_WORD: u32 = 1 << 9;
    /// An organisation of one word: `NATO`.
    pub const ORG: u32 = 1 << 10;
    /// A club or team of one word.
    pub const TEAM: u32 = 1 << 11;
    /// A title or honorific before a person's name.
    pub const TITLE: u32 = 1 << 12;
    /// A word many places' names hold: `River`.
    pub const PLACE_WORD: u32 = 1 << 13;
    /// A month or day of the week.
    pub const TIME: u32 = 1 << 14;
    /// The first word of a name of several words.
    pub const OPENS: u32 = 1 << 15;
    /// A word of sports reports.
    pub const SPORT: u32 = 1 << 16;
    /// An English function word.
    pub const FUNCTION: u32 = 1 << 17;
}

/// What the lexicon says of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Cluster among some hundreds, from 1; 0 for an unknown word.
    pub fine: u16,
    /// Cluster among some dozens, from 1; 0 for an unknown word.
    pub coarse: u8,
    /// Bits of [`list`].
    pub lists: u32,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    check: u32,
    lists: u32,
    fine: u16,
    coarse: u8,
}

/// Kinds of names of several words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phrase {
    /// A place.
    Place = 1,
    /// An organisation.
    Org = 2,
    /// A club or team.
    Team = 3,
    /// A country or state.
    Country = 4,
}

/// Words of the longest name looked up.
pub const LONGEST_PHRASE: usize = 6;

/// The lexicon, ready for look-up.
pub struct Lexicon {
    slots: Vec<Slot>,
    mask: usize,
    phrases: Vec<(u32, u8)>,
    phrase_mask: usize,
}

/// Why a lexicon or model cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the tagger's {0} is damaged")]
pub struct Damaged(pub &'static str);

/// Goes on with the hash of a name of several words.
#[inline]
pub fn phrase_hash(so_far: u64, lower: u64) -> u64 {
    mix(so_far.rotate_left(17) ^ lower)
}

fn hash_name(name: &str) -> u64 {
    name.split(' ')
        .fold(0, |hash, word| phrase_hash(hash, hash_word(word)))
}

/// A word and what is known of it, as the file holds it.
pub type Row = (String, Entry);

/// The words, and the names of several words with their kinds.
pub type Columns = (Vec<Row>, Vec<(String, u8)>);

/// Reads the columns of a decompressed file.
pub fn read(bytes: &[u8]) -> Result<Columns, Damaged> {
    let (mut words, mut names) = (Vec::new(), Vec::new());
    let (entries, kinds) = walk(
        bytes,
        &mut |word| words.push(word.to_owned()),
        &mut |name| names.push(name.to_owned()),
    )
    .ok_or(Damaged("lexicon"))?;
    Ok((
        words.into_iter().zip(entries).collect(),
        names.into_iter().zip(kinds.iter().copied()).collect(),
    ))
}

/// Hands on the words and the names of a decompressed file, and gives the
/// entries of the former and the kinds of the latter.
fn walk<'a>(
    bytes: &'a [u8],
    word: &mut dyn FnMut(&str),
    name: &mut dyn FnMut(&str),
) -> Option<(impl Iterator<Item = Entry> + use<'a>, &'a [u8])> {
    let number = |at: usize| -> Option<usize> {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(four) as usize)
    };
    let (words, names) = (number(0)?, number(4)?);
    let mut at = 8;
    front_coded(bytes, &mut at, words, word)?;
    let columns = bytes.get(at..at.checked_add(words.checked_mul(7)?)?)?;
    at += words * 7;
    front_coded(bytes, &mut at, names, name)?;
    let kinds = bytes.get(at..at.checked_add(names)?)?;
    let entries = (0..words).map(move |row| {
        let column = |index: usize| columns[index * words + row];
        Entry {
            fine: u16::from_le_bytes([column(0), column(1)]),
            coarse: column(2),
            lists: u32::from_le_bytes([column(3), column(4), column(5), column(6)]),
        }
    });
    Some((entries, kinds))
}

fn front_coded(
    bytes: &[u8],
    at: &mut usize,
    count: usize,
    each: &mut dyn FnMut(&str),
) -> Option<()> {
    let mut word: Vec<u8> = Vec::new();
    for _ in 0..count {
        let shared = usize::from(*bytes.get(*at)?);
        let rest = bytes.get(*at + 1..)?;
        let length = memchr::memchr(b'\n', rest)?;
        word.truncate(shared);
        word.extend_from_slice(&rest[..length]);
        each(std::str::from_utf8(&word).ok()?);
        *at += 1 + length + 1;
    }
    Some(())
}

/// Writes rows, sorted by word, in the form that [`read`] reads.
pub fn write(rows: &[Row], phrases: &[(String, u8)]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    out.extend_from_slice(&(phrases.len() as u32).to_le_bytes());
    write_front_coded(&mut out, rows.iter().map(|row| row.0.as_str()));
    let columns: [fn(&Entry) -> u8; 7] = [
        |e| e.fine as u8,
        |e| (e.fine >> 8) as u8,
        |e| e.coarse,
        |e| e.lists as u8,
        |e| (e.lists >> 8) as u8,
        |e| (e.lists >> 16) as u8,
        |e| (e.lists >> 24) as u8,
    ];
    for column in columns {
        out.extend(rows.iter().map(|row| column(&row.1)));
    }
    write_front_coded(&mut out, phrases.iter().map(|phrase| phrase.0.as_str()));
    out.extend(phrases.iter().map(|phrase| phrase.1));
    out
}

fn write_front_coded<'a>(out: &mut Vec<u8>, words: impl Iterator<Item = &'a str>) {
    let mut before: &[u8] = b"";
    for word in words {
        let word = word.as_bytes();
        let shared = before
            .iter()
            .zip(word)
            .take_while(|(a, b)| a == b)
            .count()
            .min(250);
        out.push(shared as u8);
        out.extend_from_slice(&word[shared..]);
        out.push(b'\n');
        before = word;
    }
}

impl Lexicon {
    /// Makes the tables of a decompressed file.
    pub fn new(bytes: &[u8]) -> Result<Self, Damaged> {
        let (mut words, mut names) = (Vec::new(), Vec::new());
        let (entries, kinds) = walk(
            bytes,
            &mut |word| words.push(hash_word(word)),
            &mut |name| names.push(hash_name(name)),
        )
        .ok_or(Damaged("lexicon"))?;
        let names: Vec<(u64, u8)> = names.into_iter().zip(kinds.iter().copied()).collect();
        Ok(Self::table(
            words.len(),
            words.into_iter().zip(entries),
            &names,
        ))
    }

    /// Makes the tables of words and names.
    pub fn of(rows: &[Row], names: &[(String, u8)]) -> Self {
        let names: Vec<(u64, u8)> = names
            .iter()
            .map(|(name, kind)| (hash_name(name), *kind))
            .collect();
        let rows_hashed = rows.iter().map(|(word, entry)| (hash_word(word), *entry));
        Self::table(rows.len(), rows_hashed, &names)
    }

    fn table(count: usize, rows: impl Iterator<Item = (u64, Entry)>, names: &[(u64, u8)]) -> Self {
        let size = (count * 8 / 5).next_power_of_two().max(16);
        let phrases = (names.len() * 2).next_power_of_two().max(16);
        let mut lexicon = Self {
            slots: vec![Slot::default(); size],
            mask: size - 1,
            phrases: vec![(0, 0); phrases],
            phrase_mask: phrases - 1,
        };
        for (hash, entry) in rows {
            lexicon.insert(hash, entry);
        }
        for &(hash, kind) in names {
            let mut at = hash as usize & lexicon.phrase_mask;
            while lexicon.phrases[at].1 != 0 {
                at = (at + 1) & lexicon.phrase_mask;
            }
            lexicon.phrases[at] = ((hash >> 32) as u32, kind);
        }
        lexicon
    }

    fn insert(&mut self, hash: u64, entry: Entry) {
        let mut at = hash as usize & self.mask;
        let check = (hash >> 32) as u32 | 1;
        while self.slots[at].check != 0 {
            if self.slots[at].check == check {
                // Two spellings of one word: `são` and `sao`.
                self.slots[at].lists |= entry.lists;
                return;
            }
            at = (at + 1) & self.mask;
        }
        self.slots[at] = Slot {
            check,
            lists: entry.lists,
            fine: entry.fine,
            coarse: entry.coarse,
        };
    }

    /// Has the memory fetch what [`Lexicon::get`] will read of some words.
    #[inline]
    pub fn fetch(&self, hashes: impl Iterator<Item = u64>) {
        let slots = hashes.map(|hash| self.slots[hash as usize & self.mask].check);
        std::hint::black_box(slots.fold(0, |all, check| all | check));
    }

    /// What is known of a word, by its [`hash_word`].
    #[inline]
    pub fn get(&self, hash: u64) -> Entry {
        let mut at = hash as usize & self.mask;
        let check = (hash >> 32) as u32 | 1;
        loop {
            let slot = &self.slots[at];
            if slot.check == check {
                return Entry {
                    fine: slot.fine,
                    coarse: slot.coarse,
                    lists: slot.lists,
                };
            }
            if slot.check == 0 {
                return Entry::default();
            }
            at = (at + 1) & self.mask;
        }
    }

    /// The kind of a name of several words, by its [`phrase_hash`]; 0 for none.
    #[inline]
    pub fn phrase(&self, hash: u64) -> u8 {
        let mut at = hash as usize & self.phrase_mask;
        loop {
            let (check, kind) = self.phrases[at];
            if kind == 0 || check == (hash >> 32) as u32 {
                return kind;
            }
            at = (at + 1) & self.phrase_mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_found() {
        let rows: Vec<Row> = [
            ("arno", 1, 2, list::FIRST),
            ("arnold", 300, 90, list::LAST | list::OPENS),
        ]
        .map(|(word, fine, coarse, lists)| {
            let entry = Entry {
                fine,
                coarse,
                lists,
            };
            (word.to_owned(), entry)
        })
        .to_vec();
        let names = vec![("arnold bay".to_owned(), Phrase::Place as u8)];
        let bytes = write(&rows, &names);
        assert_eq!(read(&bytes), Ok((rows.clone(), names)));
        let lexicon = Lexicon::new(&bytes).unwrap();
        assert_eq!(lexicon.get(hash_word("Arnold")), rows[1].1);
        assert_eq!(lexicon.get(hash_word("Arnolds")), Entry::default());
        let hash = phrase_hash(phrase_hash(0, hash_word("Arnold")), hash_word("BAY"));
        assert_eq!(lexicon.phrase(hash), Phrase::Place as u8);
        assert!(Lexicon::new(&bytes[..20]).is_err());
    }
}
