//! What the model sees of a word in a run: hashes of the word, its
//! neighbours, what the lexicon knows of them, how they are written, and what
//! the article has shown so far.

use super::hashing::mix;
use super::lexicon::{Entry, LONGEST_PHRASE, Lexicon, list, phrase_hash};
use super::memory::{Company, Memory, Seen};
use super::runs::Run;
use super::tokens::{DIGIT, LOWER, SIGN, STOP, Sentence, Token, UPPER, WIDE};

/// Most features of one word.
pub const MOST: usize = 96;

/// The features of a run's words, one after another.
#[derive(Default)]
pub struct Features {
    /// Hashes, those of each word together. What lies beyond the last end is
    /// left over from other runs.
    pub hashes: Vec<u64>,
    /// Where each word's hashes end.
    pub ends: Vec<u32>,
}

impl Features {
    /// The hashes of all of the run's words.
    pub fn all(&self) -> &[u64] {
        &self.hashes[..self.ends.last().map_or(0, |&end| end as usize)]
    }
}

/// What the features say of one token.
#[derive(Clone, Copy, Default)]
struct Word {
    lower: u64,
    shape: u64,
    fine: u64,
    coarse: u64,
    lists: u64,
    seen: u64,
    memory: u64,
    company: u64,
    phrase: u64,
}

/// Stands for what lies beyond the sentence.
const BEYOND: Word = Word {
    lower: 0x5bd1_e995_97a1_33c7,
    shape: 61,
    fine: 1021,
    coarse: 251,
    lists: 0,
    seen: 0,
    memory: 0,
    company: 0,
    phrase: 0,
};

/// Tokens beside the run that are looked at.
const AROUND: usize = 2;

/// What surrounds the runs of one text.
pub struct Surroundings<'a> {
    /// The text.
    pub text: &'a str,
    /// Its tokens.
    pub tokens: &'a [Token],
    /// The lexicon.
    pub lexicon: &'a Lexicon,
    /// How words are written elsewhere in the article.
    pub seen: &'a Seen,
    /// What words were taken for so far.
    pub memory: &'a Memory,
    /// What words stand beside elsewhere in the article.
    pub company: &'a Company,
    /// The kind of the last name of the run before, and how far away it is.
    pub before: u64,
    /// Whether the article reports sports: 0, 1 or 2.
    pub sport: u8,
}

/// Makes features. Kept from run to run for its memory.
#[derive(Default)]
pub struct Extractor {
    words: Vec<Word>,
}

/// A feature's hash: its upper half is spread well, and is what the model looks at.
/// One product for each value, by factors that the compiler works out.
#[inline(always)]
fn feature(template: u64, a: u64, b: u64) -> u64 {
    let factor = |number: u64| mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1;
    a.wrapping_mul(factor(2 * template))
        .wrapping_add(factor(2 * template + 1).wrapping_mul(b ^ 0x5851_f42d_4c95_7f2d))
}

/// Lists whose mask is a feature as a whole.
const MASK: u32 = !list::OPENS;

impl Extractor {
    /// Replaces `out` by the features of a run's words.
    pub fn extract(
        &mut self,
        around: &Surroundings<'_>,
        sentence: Sentence,
        run: Run,
        out: &mut Features,
    ) {
        let mut filled = 0;
        out.ends.clear();
        let (start, end) = (run.start as usize, run.end as usize);
        self.words.clear();
        // Asked for first, so that the memory fetches them side by side.
        let beside = start.saturating_sub(AROUND)..(end + AROUND).min(around.tokens.len());
        let lowers = around.tokens[beside].iter().map(|token| token.lower);
        around.lexicon.fetch(lowers);
        for at in start as isize - AROUND as isize..(end + AROUND) as isize {
            let inside = at >= sentence.start as isize && at < sentence.end as isize;
            self.words.push(if inside {
                word(around, at as usize)
            } else {
                BEYOND
            });
        }
        self.mark_phrases(around, start, end);
        let length = end - start;
        let (left, right) = (self.words[AROUND - 1], self.words[AROUND + length]);
        let first = self.words[AROUND];
        let opens_sentence = run.start == sentence.start;
        let case = sentence.case as u64;
        let sport = u64::from(around.sport);
        let (left_2, right_2) = (self.words[AROUND - 2], self.words[AROUND + length + 1]);
        for number in 0..length {
            let at = AROUND + number;
            let (p2, p1, w, n1, n2) = (
                self.words[at - 2],
                self.words[at - 1],
                self.words[at],
                self.words[at + 1],
                self.words[at + 2],
            );
            if out.hashes.len() < filled + MOST {
                out.hashes.resize(filled + MOST, 0);
            }
            let hashes = &mut out.hashes[filled..filled + MOST];
            let mut count = 0;
            let mut add = |template: u64, a: u64, b: u64| {
                hashes[count] = feature(template, a, b);
                count += 1;
            };
            let begins = u64::from(opens_sentence && number == 0);
            // Templates keep their numbers; those that are missing told too little.
            add(2, w.lower, 0);
            add(3, w.lower, w.shape);
            add(4, p1.lower, 0);
            add(5, n1.lower, 0);
            add(6, p2.lower, 0);
            add(7, n2.lower, 0);
            add(9, w.lower, n1.lower);
            add(10, p1.lower, n1.lower);
            add(13, w.shape, n1.shape << 8);
            add(14, w.shape, p1.shape << 8 | n1.shape << 16);
            add(15, w.fine, 0);
            add(16, p1.fine, 0);
            add(17, n1.fine, 0);
            add(19, n2.fine, 0);
            add(20, w.coarse, w.shape);
            add(21, w.coarse, p1.coarse << 8);
            add(22, w.coarse, n1.coarse << 8);
            add(24, w.fine, p1.fine << 16);
            add(25, w.fine, n1.fine << 16);
            add(26, w.coarse, p1.coarse << 8 | n1.coarse << 16);
            add(28, w.lists, w.shape);
            add(29, w.lists, p1.lists << 24);
            add(30, w.lists, n1.lists << 24);
            if w.phrase != 0 {
                add(32, w.phrase, 0);
                add(33, w.phrase, w.lists);
            }
            add(34, p1.phrase, n1.phrase << 8 | w.lists << 16);
            add(35, left.lower, 0);
            add(37, left.fine, w.lists);
            add(
                39,
                left.coarse,
                right.coarse << 8 | (length.min(4) as u64) << 16,
            );
            if number > 0 {
                add(43, first.lower, 0);
                add(44, first.fine, 0);
            }
            let place = (number.min(3) << 4 | (length - 1 - number).min(3)) as u64;
            add(46, place, w.shape);
            add(47, place, w.lists);
            add(48, w.seen, w.shape << 8 | begins << 16 | case << 20);
            add(49, w.seen, w.lists << 8 | begins);
            if w.memory != 0 {
                add(51, w.memory, 0);
                add(52, w.memory, w.lists << 8);
            }
            add(53, p1.memory, w.memory << 8 | n1.memory << 16);
            add(54, begins, w.lists << 1);
            add(55, begins, w.fine << 1 | n1.shape << 20);
            add(56, case, w.lists << 8);
            add(57, case, w.coarse << 8 | p1.shape << 16 | n1.shape << 24);
            if sport != 0 {
                add(58, sport, w.lists << 8 | case << 40);
                add(59, sport, w.coarse << 8 | n1.shape << 16 | case << 40);
                add(60, sport, w.coarse << 8 | p1.shape << 16 | place << 24);
                add(61, sport, w.fine << 8);
                add(62, sport, w.lists << 8 | p1.shape << 40 | n1.shape << 48);
            }
            if w.company != 0 {
                add(64, w.company, 0);
                add(65, w.company, w.lists << 8);
                add(66, w.company, place << 8);
                add(67, w.company, p1.company << 8 | n1.company << 16);
            }
            add(68, around.before, left.lower);
            add(70, around.before, w.coarse << 8 | place << 16);
            add(71, left_2.lower, left.lower.rotate_left(7));
            add(73, left_2.coarse, left.fine << 8 | w.coarse << 24);
            add(74, right.fine, right_2.coarse << 16 | w.coarse << 24);
            let mut bits = w.lists;
            while bits != 0 {
                let bit = bits.trailing_zeros();
                add(63, u64::from(bit), 0);
                bits &= bits - 1;
            }
            filled += count;
            out.ends.push(filled as u32);
        }
    }

    /// Marks the names of several words that the lexicon knows, longest first.
    fn mark_phrases(&mut self, around: &Surroundings<'_>, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let opens = around.lexicon.get(around.tokens[at].lower).lists & list::OPENS != 0;
            if !opens {
                at += 1;
                continue;
            }
            let (mut hash, mut found) = (0, None);
            for (count, token) in around.tokens[at..end]
                .iter()
                .take(LONGEST_PHRASE)
                .enumerate()
            {
                hash = phrase_hash(hash, token.lower);
                let kind = around.lexicon.phrase(hash);
                if kind != 0 && count > 0 {
                    found = Some((count + 1, kind));
                }
            }
            let Some((length, kind)) = found else {
                at += 1;
                continue;
            };
            for number in 0..length {
                let part = match number {
                    0 => 0,
                    _ if number + 1 == length => 2,
                    _ => 1,
                };
                self.words[at - start + AROUND + number].phrase = u64::from(kind) << 2 | part;
            }
            at += length;
        }
    }
}

fn word(around: &Surroundings<'_>, at: usize) -> Word {
    let token = &around.tokens[at];
    let mut entry = around.lexicon.get(token.lower);
    let bytes = &around.text.as_bytes()[token.start as usize..token.end as usize];
    let shape = shape(token, bytes);
    if entry == Entry::default() && token.bits & SIGN == 0 {
        entry = parts(around, token, bytes);
    }
    let is_word = token.bits & (UPPER | LOWER) != 0;
    Word {
        lower: token.lower,
        shape,
        fine: u64::from(entry.fine),
        coarse: u64::from(entry.coarse),
        lists: u64::from(entry.lists & MASK),
        seen: if is_word {
            around.seen.get(token.lower)
        } else {
            0
        },
        memory: if token.capital {
            around.memory.get(token.lower)
        } else {
            0
        },
        company: if token.capital {
            u64::from(around.company.get(token.lower))
        } else {
            0
        },
        phrase: 0,
    }
}

/// What is known of a word that the lexicon lacks as a whole: of its last
/// part, or of it without full stops.
fn parts(around: &Surroundings<'_>, token: &Token, bytes: &[u8]) -> Entry {
    let text = &around.text[token.start as usize..token.end as usize];
    if let Some(dash) = memchr::memrchr(b'-', bytes) {
        return around
            .lexicon
            .get(super::hashing::hash_word(&text[dash + 1..]));
    }
    if token.bits & STOP != 0 {
        let mut bare = [0; 16];
        let mut length = 0;
        for &byte in bytes.iter().filter(|&&byte| byte != b'.').take(16) {
            bare[length] = byte;
            length += 1;
        }
        if let Ok(word) = std::str::from_utf8(&bare[..length]) {
            return around.lexicon.get(super::hashing::hash_word(word));
        }
    }
    Entry::default()
}

/// The form of a word: its letters as kinds, repeats as one.
fn shape(token: &Token, bytes: &[u8]) -> u64 {
    const PLAIN: u8 = LOWER | UPPER | DIGIT | STOP | WIDE;
    match token.bits & PLAIN {
        _ if token.bits & SIGN != 0 => match bytes[0] {
            b'(' | b'[' => 1,
            b')' | b']' => 2,
            b',' => 3,
            b'.' | b'!' | b'?' => 4,
            b':' | b';' => 5,
            b'\'' if bytes.len() == 2 => 6,
            b'"' | b'\'' | b'`' => 7,
            b'-' => 8,
            b'&' => 9,
            b'$' | b'%' | b'#' => 10,
            b'/' => 11,
            0xe2 if bytes.len() == 4 => 6,
            0xe2 => 7,
            _ => 12,
        },
        LOWER if memchr::memchr(b'-', bytes).is_none() => 13,
        DIGIT => 14 + (bytes.len().min(5) as u64 - 1),
        UPPER if memchr::memchr2(b'-', b'&', bytes).is_none() => {
            20 + (bytes.len().min(6) as u64 - 1)
        }
        _ => {
            let mut hash = 1u64;
            let mut before = 0;
            for &byte in bytes {
                let kind = match byte {
                    b'a'..=b'z' => 1,
                    b'A'..=b'Z' => 2,
                    b'0'..=b'9' => 3,
                    b'.' => 4,
                    b'-' => 5,
                    b'\'' => 6,
                    b'&' => 7,
                    0xc0..=0xff => 1,
                    0x80..=0xbf => before,
                    _ => 0,
                };
                if kind != before && hash < 1 << 30 {
                    hash = hash * 9 + kind;
                }
                before = kind;
            }
            // Told apart from the small numbers above.
            64 + (mix(hash) & 0x7f)
        }
    }
}
