//! Copies of labelled documents with other names, other spellings, and
//! sentences in capitals, so that the model knows more than its sources.

use std::collections::BTreeMap;

use morgue::article::EntityKind;

use crate::lists::Lists;
use crate::makers::Makers;
use crate::text::{Dice, Document, Name, Sentence, Word};

/// Copies of each document, changed by chance.
pub fn augmented(documents: &[Document], lists: &Lists, copies: usize) -> Vec<Document> {
    let makers = Makers::new(lists);
    let mut all = Vec::new();
    for copy in 0..copies {
        for (number, document) in documents.iter().enumerate() {
            let mut dice = Dice::new((copy * 1_000_003 + number) as u64);
            all.push(changed(document, &makers, lists, &mut dice));
        }
    }
    all
}

/// Some of the sentences as headlines, each a document of its own.
pub fn headlines(documents: &[Document], percent: usize) -> Vec<Document> {
    let mut dice = Dice::new(99);
    let mut all = Vec::new();
    for document in documents {
        for sentence in &document.sentences {
            if !dice.percent(percent) || sentence.doubtful {
                continue;
            }
            let mut sentence = sentence.clone();
            if dice.percent(50) {
                recase(&mut sentence, |word, _| word.to_uppercase());
            } else {
                recase(&mut sentence, headline_word);
            }
            without_end(&mut sentence);
            all.push(Document {
                sentences: vec![sentence],
                weight: document.weight,
            });
        }
    }
    all
}

fn without_end(sentence: &mut Sentence) {
    let ends = sentence.words.last().is_some_and(|word| word.text == ".");
    if ends
        && sentence
            .names
            .iter()
            .all(|name| name.end < sentence.words.len())
    {
        sentence.words.pop();
    }
}

fn changed(document: &Document, makers: &Makers, lists: &Lists, dice: &mut Dice) -> Document {
    let mut copy = document.clone();
    let mut swaps = BTreeMap::new();
    for sentence in &mut copy.sentences {
        swap(sentence, makers, lists, &mut swaps, dice);
    }
    if dice.percent(25) {
        copy.sentences.iter_mut().for_each(without_stops);
    }
    for sentence in &mut copy.sentences {
        match dice.below(100) {
            0..6 => recase(sentence, |word, _| word.to_uppercase()),
            6..13 => recase(sentence, headline_word),
            _ => continue,
        }
        // As a headline or a heading stands, mostly without its full stop.
        sentence.paragraph = true;
        if dice.percent(70)
            && sentence.words.last().is_some_and(|word| word.text == ".")
            && sentence
                .names
                .iter()
                .all(|name| name.end < sentence.words.len())
        {
            sentence.words.pop();
        }
    }
    if dice.percent(12) {
        copy.sentences[0] = dateline(&copy.sentences[0], makers, dice);
    }
    copy
}

/// A word as headlines write it.
fn headline_word(word: &str, first: bool) -> String {
    let small = matches!(
        word,
        "a" | "an"
            | "the"
            | "of"
            | "in"
            | "on"
            | "at"
            | "to"
            | "for"
            | "and"
            | "or"
            | "but"
            | "by"
            | "as"
            | "with"
            | "from"
            | "'s"
            | "’s"
    );
    let mut chars = word.chars();
    match chars.next() {
        Some(c) if first || !small => c.to_uppercase().chain(chars).collect(),
        _ => word.to_owned(),
    }
}

fn recase(sentence: &mut Sentence, form: impl Fn(&str, bool) -> String) {
    for (number, word) in sentence.words.iter_mut().enumerate() {
        word.text = form(&word.text, number == 0);
    }
}

/// `U.S.` as `US`, `Mr.` as `Mr`.
fn without_stops(sentence: &mut Sentence) {
    let last = sentence.words.len();
    for (number, word) in sentence.words.iter_mut().enumerate() {
        let letters = word.text.chars().filter(|c| c.is_alphabetic()).count();
        let is_short = word.text.ends_with('.') && letters > 0 && number + 1 < last;
        let is_initial = letters == 1;
        if is_short && !is_initial {
            word.text.retain(|c| c != '.');
        }
    }
}

/// Other people, cities and organisations in place of some.
fn swap(
    sentence: &mut Sentence,
    makers: &Makers,
    lists: &Lists,
    swaps: &mut BTreeMap<String, String>,
    dice: &mut Dice,
) {
    let names = std::mem::take(&mut sentence.names);
    let old = std::mem::take(&mut sentence.words);
    let mut at = 0;
    for name in names {
        sentence.words.extend_from_slice(&old[at..name.start]);
        let words = &old[name.start..name.end];
        let start = sentence.words.len();
        let replaced = match name.kind {
            EntityKind::Person => Some(person(words, makers, swaps, dice)),
            EntityKind::Place if words.len() == 1 => place(words, makers, lists, swaps, dice),
            EntityKind::Org => organisation(words, makers, swaps, dice),
            EntityKind::Place => None,
        };
        match replaced {
            Some(mut new) => {
                if let (Some(first), Some(before)) = (new.first_mut(), words.first()) {
                    first.glued = before.glued;
                }
                sentence.words.extend(new);
            }
            None => sentence.words.extend_from_slice(words),
        }
        sentence.names.push(Name {
            start,
            end: sentence.words.len(),
            kind: name.kind,
        });
        at = name.end;
    }
    sentence.words.extend_from_slice(&old[at..]);
}

fn plain(text: &str) -> Vec<Word> {
    text.split(' ')
        .map(|text| Word {
            text: text.to_owned(),
            glued: text == "'s",
        })
        .collect()
}

/// Each part of a person's name keeps its stand-in through the document.
fn person(
    words: &[Word],
    makers: &Makers,
    swaps: &mut BTreeMap<String, String>,
    dice: &mut Dice,
) -> Vec<Word> {
    let mut new = words.to_vec();
    let last = words.len() - 1;
    for (number, word) in new.iter_mut().enumerate() {
        let is_plain = word.text.len() > 2
            && word.text.starts_with(|c: char| c.is_uppercase())
            && word.text.chars().skip(1).all(|c| c.is_lowercase());
        if !is_plain {
            continue;
        }
        let other = swaps.entry(word.text.clone()).or_insert_with(|| {
            if dice.percent(50) {
                word.text.clone()
            } else if number == last {
                makers.last(dice)
            } else {
                makers.first(dice)
            }
        });
        word.text.clone_from(other);
    }
    new
}

fn place(
    words: &[Word],
    makers: &Makers,
    lists: &Lists,
    swaps: &mut BTreeMap<String, String>,
    dice: &mut Dice,
) -> Option<Vec<Word>> {
    let text = &words[0].text;
    if lists.is_country(&text.to_lowercase()) && !dice.percent(30) || text.contains('.') {
        return None;
    }
    let is_country = lists.is_country(&text.to_lowercase());
    let other = swaps.entry(text.clone()).or_insert_with(|| {
        if dice.percent(60) {
            text.clone()
        } else if is_country {
            dice.pick(&makers.countries).clone()
        } else {
            makers.city(dice)
        }
    });
    (other != text).then(|| plain(other))
}

fn organisation(
    words: &[Word],
    makers: &Makers,
    swaps: &mut BTreeMap<String, String>,
    dice: &mut Dice,
) -> Option<Vec<Word>> {
    let text = words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let other = swaps.entry(text.clone()).or_insert_with(|| {
        if dice.percent(70) {
            text.clone()
        } else {
            makers.organisation(dice)
        }
    });
    (*other != text).then(|| plain(other))
}

/// A dateline before a sentence.
fn dateline(sentence: &Sentence, makers: &Makers, dice: &mut Dice) -> Sentence {
    let city = makers.city(dice);
    let city = if dice.percent(70) {
        city.to_uppercase()
    } else {
        city
    };
    let month = dice.pick(&[
        "Jan", "February", "March", "April", "Aug.", "Sept", "October", "Nov.", "Dec",
    ]);
    let day = 1 + dice.below(28);
    let city_words = city.split(' ').count();
    let rest = match dice.below(5) {
        0 => format!(", {month} {day} -"),
        1 => format!(", {month} {day} --"),
        2 => " -".to_owned(),
        3 => " --".to_owned(),
        _ => format!(", {month} {day} -"),
    };
    let agency =
        (dice.percent(30)).then(|| dice.pick(&["Reuter", "AP", "AFP", "UPI", "Xinhua", "Reuters"]));
    let mut words = plain(&city);
    let mut names = vec![Name {
        start: 0,
        end: city_words,
        kind: EntityKind::Place,
    }];
    if let Some(agency) = agency {
        words.extend(["(", agency, ")"].map(|text| Word {
            text: (*text).to_owned(),
            glued: text == ")" || text == *agency,
        }));
        names.push(Name {
            start: city_words + 1,
            end: city_words + 2,
            kind: EntityKind::Org,
        });
    }
    for text in rest.split(' ').filter(|text| !text.is_empty()) {
        words.push(Word {
            text: text.to_owned(),
            glued: text == ",",
        });
    }
    let shift = words.len();
    words.extend(sentence.words.iter().cloned());
    names.extend(sentence.names.iter().map(|name| Name {
        start: name.start + shift,
        end: name.end + shift,
        kind: name.kind,
    }));
    Sentence {
        words,
        names,
        paragraph: sentence.paragraph,
        doubtful: sentence.doubtful,
    }
}
