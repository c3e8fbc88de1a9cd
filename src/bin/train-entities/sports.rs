//! Documents made from patterns: results and tables of sports, wire reports of
//! companies, and other forms that the labelled corpora lack. Patterns and
//! fillings are this project's own.

use morgue::article::EntityKind;

use crate::lists::Lists;
use crate::makers::{Makers, US_TEAM_CITIES};
use crate::patterns::{PROSE, TABLES};
use crate::text::{Dice, Document, Name, Sentence, Word, glue};

/// Documents of patterns, weighed below what people labelled.
pub fn documents(lists: &Lists, count: usize, weight: f32) -> Vec<Document> {
    let makers = Makers::new(lists);
    (0..count)
        .map(|number| {
            let mut dice = Dice::new(0x5000_0000 + number as u64);
            let mut document = Document {
                weight,
                ..Document::default()
            };
            if number % 5 < 2 {
                for (line, pattern) in dice.pick(TABLES).iter().enumerate() {
                    let copies = if line >= 3 { 1 + dice.below(2) } else { 1 };
                    for _ in 0..copies {
                        document.sentences.push(filled(pattern, &makers, &mut dice));
                    }
                }
                if dice.percent(60) {
                    for _ in 0..4 {
                        let pattern = PROSE[dice.below(18)];
                        document.sentences.push(filled(pattern, &makers, &mut dice));
                    }
                }
            } else {
                for _ in 0..5 {
                    let pattern = PROSE[dice.below(PROSE.len())];
                    document.sentences.push(filled(pattern, &makers, &mut dice));
                }
            }
            document
        })
        .collect()
}

fn filled(pattern: &str, makers: &Makers, dice: &mut Dice) -> Sentence {
    let upper = pattern.starts_with("^ ");
    let title = pattern.starts_with("! ");
    let mut sentence = Sentence {
        paragraph: true,
        ..Sentence::default()
    };
    for part in pattern
        .trim_start_matches(['^', '!'])
        .split(' ')
        .filter(|part| !part.is_empty())
    {
        let loud = upper || part.starts_with('^');
        let part = part.trim_start_matches('^');
        let (slot, tail) = match part.strip_prefix('$') {
            Some(slot) => {
                let end = slot
                    .find(|c: char| !c.is_ascii_uppercase())
                    .unwrap_or(slot.len());
                let end = if slot.starts_with("DATE") {
                    4
                } else {
                    end.min(1)
                };
                slot.split_at(end)
            }
            None => ("", part),
        };
        let (text, kind) = match slot {
            "P" => (makers.person(dice), Some(EntityKind::Person)),
            "L" => (makers.last(dice), Some(EntityKind::Person)),
            "I" => (makers.initialled(dice), Some(EntityKind::Person)),
            "T" => (makers.team(dice), Some(EntityKind::Org)),
            "A" => (
                (*dice.pick(&US_TEAM_CITIES)).to_owned(),
                Some(EntityKind::Org),
            ),
            "C" => (
                dice.pick(&makers.countries).clone(),
                Some(EntityKind::Place),
            ),
            "B" => (makers.facility(dice), Some(EntityKind::Place)),
            "Y" => (makers.city(dice), Some(EntityKind::Place)),
            "O" => (makers.organisation(dice), Some(EntityKind::Org)),
            "N" => (format!("{}", 1 + dice.below(95)), None),
            "S" => (format!("{}-{}", dice.below(6), dice.below(4)), None),
            "D" => (
                (*dice.pick(&[
                    "Monday",
                    "Tuesday",
                    "Wednesday",
                    "Thursday",
                    "Friday",
                    "Saturday",
                    "Sunday",
                ]))
                .to_owned(),
                None,
            ),
            "M" => (
                (*dice.pick(&["January", "March", "May", "June", "September", "November"]))
                    .to_owned(),
                None,
            ),
            "F" => (dice.pick(&makers.demonyms).clone(), None),
            "H" => {
                let place = match dice.percent(50) {
                    true => makers.city(dice),
                    false => dice.pick(&makers.countries).clone(),
                };
                let tail = *dice.pick(&["based", "led", "backed", "born", "run", "bound", "owned"]);
                (format!("{place}-{tail}"), None)
            }
            "DATE" => (
                format!(
                    "199{}-{:02}-{:02}",
                    dice.below(10),
                    1 + dice.below(12),
                    1 + dice.below(28)
                ),
                None,
            ),
            _ => ("$".repeat(usize::from(part == "$")), None),
        };
        let start = sentence.words.len();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            sentence.words.push(Word {
                text: if loud {
                    word.to_uppercase()
                } else {
                    word.to_owned()
                },
                glued: false,
            });
        }
        if let Some(kind) = kind {
            sentence.names.push(Name {
                start,
                end: sentence.words.len(),
                kind,
            });
        }
        let tail = if slot.is_empty() && part == "$" {
            ""
        } else {
            tail
        };
        if tail.is_empty() {
            continue;
        }
        let text = match (title, loud) {
            (true, _) => {
                let mut chars = tail.chars();
                let first = chars
                    .next()
                    .map(|c| c.to_uppercase().to_string())
                    .unwrap_or_default();
                let small = matches!(tail, "in" | "as" | "and" | "over");
                if small {
                    tail.to_owned()
                } else {
                    first + chars.as_str()
                }
            }
            (false, true) => tail.to_uppercase(),
            _ => tail.to_owned(),
        };
        let last = sentence.words.last_mut();
        match last {
            // `$C'S` and `.45` belong to what stands before.
            Some(last) if !slot.is_empty() && kind.is_none() => last.text.push_str(&text),
            _ => sentence.words.push(Word { text, glued: false }),
        }
    }
    glue(&mut sentence.words);
    sentence
}
