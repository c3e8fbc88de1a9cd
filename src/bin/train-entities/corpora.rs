//! Reads the labelled corpora: GMB, WikiGold, Universal NER, CrossNER.

use std::collections::BTreeSet;
use std::io::{BufReader, Read};
use std::path::Path;

use morgue::article::EntityKind;
use morgue::enrich::entities::hashing::hash_word;

use crate::lists::Lists;
use crate::text::{Document, Name, Sentence, Word, glue};
use crate::{Outcome, Settings};

/// Sentences of a stretch of GMB that is taken for a document.
const STRETCH: usize = 12;

/// One stretch of GMB in so many is kept for scores.
const HELD_OUT: usize = 10;

/// All that is trained on.
pub fn training(settings: &Settings) -> Outcome<Vec<Document>> {
    let (data, thin) = (&settings.data, settings.thin);
    let (mut all, _) = gmb(data, settings.gmb)?;
    let mut number = 0;
    all.retain(|_| {
        number += 1;
        number % thin == 0
    });
    eprintln!("GMB: {} documents", all.len());
    let mut add = |name: &str, weight: f32, mut documents: Vec<Document>| {
        if settings
            .without
            .iter()
            .any(|left_out| name.contains(left_out.as_str()))
        {
            return;
        }
        for document in &mut documents {
            document.weight = weight;
        }
        let sentences: usize = documents.iter().map(|d| d.sentences.len()).sum();
        eprintln!(
            "{name}: {} documents, {sentences} sentences",
            documents.len()
        );
        all.extend(documents);
    };
    add(
        "WikiGold",
        1.0,
        wikigold(&data.join("ner-wikigold/data/wikigold.conll.txt"))?,
    );
    for part in ["dev", "test"] {
        let name = format!("ner-uner-ewt/en_ewt-ud-{part}.iob2");
        add("UNER EWT", settings.uner, uner(&data.join(name))?);
    }
    for field in ["politics", "literature", "music", "science", "ai"] {
        for part in ["train", "dev", "test"] {
            let name = format!("ner-crossner/{field}/{part}.txt");
            add(
                &format!("CrossNER {field}"),
                settings.cross,
                crossner(&data.join(name))?,
            );
        }
    }
    Ok(all)
}

/// The corpora that a trial leaves out, whole.
pub fn left_out(data: &Path, names: &[String]) -> Outcome<Vec<(String, Vec<Document>)>> {
    let mut all = Vec::new();
    for name in names {
        let mut documents = Vec::new();
        match name.as_str() {
            "WikiGold" => documents = wikigold(&data.join("ner-wikigold/data/wikigold.conll.txt"))?,
            "EWT" => {
                for part in ["dev", "test"] {
                    documents.extend(uner(
                        &data.join(format!("ner-uner-ewt/en_ewt-ud-{part}.iob2")),
                    )?);
                }
            }
            field => {
                for part in ["train", "dev", "test"] {
                    documents.extend(crossner(
                        &data.join(format!("ner-crossner/{field}/{part}.txt")),
                    )?);
                }
            }
        }
        all.push((name.clone(), documents));
    }
    Ok(all)
}

/// GMB: what is trained on, and what is kept for scores. Sentences of the
/// latter that stand in the former word for word are taken out of the former.
pub fn gmb(data: &Path, weight: f32) -> Outcome<(Vec<Document>, Vec<Document>)> {
    let file = BufReader::new(std::fs::File::open(
        data.join("ner-gmb/ner_dataset.csv.zip"),
    )?);
    let mut archive = zip::ZipArchive::new(file)?;
    let mut bytes = Vec::new();
    archive.by_index(0)?.read_to_end(&mut bytes)?;
    let (text, _, _) = encoding_rs::WINDOWS_1252.decode(&bytes);
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let lists = Lists::embedded();
    let mut sentences: Vec<(Vec<Word>, Vec<String>)> = Vec::new();
    for row in rows.records() {
        let row = row?;
        if !row[0].is_empty() {
            sentences.push((Vec::new(), Vec::new()));
        }
        let Some((words, tags)) = sentences.last_mut() else {
            continue;
        };
        words.push(Word {
            text: row[1].to_owned(),
            glued: false,
        });
        tags.push(row[3].to_owned());
    }
    let mut kept = (Vec::new(), Vec::new());
    let mut tested = BTreeSet::new();
    for (number, stretch) in sentences.chunks(STRETCH).enumerate() {
        let mut document = Document {
            weight,
            ..Document::default()
        };
        for (words, tags) in stretch {
            let names = spans(tags)
                .into_iter()
                .filter_map(|(start, end, tag)| gmb_name(words, start, end, &tag, &lists))
                .collect();
            document.sentences.push(sentence(words.clone(), names));
        }
        if number % HELD_OUT == HELD_OUT - 1 {
            for sentence in &document.sentences {
                tested.insert(key(sentence));
            }
            document.weight = 1.0;
            kept.1.push(document);
        } else {
            kept.0.push(document);
        }
    }
    for document in &mut kept.0 {
        document.sentences.retain(|s| !tested.contains(&key(s)));
    }
    Ok(kept)
}

fn key(sentence: &Sentence) -> u64 {
    sentence.words.iter().fold(0, |hash: u64, word| {
        hash.rotate_left(9) ^ hash_word(&word.text)
    })
}

fn sentence(mut words: Vec<Word>, names: Vec<Name>) -> Sentence {
    // An abbreviation's full stop also ends the sentence.
    if words.len() > 1
        && words[words.len() - 1].text == "."
        && words[words.len() - 2].text.ends_with('.')
    {
        words.pop();
    }
    glue(&mut words);
    let mut sentence = Sentence {
        words,
        names,
        paragraph: false,
        doubtful: false,
    };
    trim(&mut sentence);
    sentence
}

/// Takes a leading article and a trailing possessive off the names.
pub fn trim(sentence: &mut Sentence) {
    let words = &sentence.words;
    for name in &mut sentence.names {
        while name.start < name.end
            && matches!(words[name.start].text.as_str(), "the" | "The" | "THE")
        {
            name.start += 1;
        }
        while name.start < name.end
            && matches!(words[name.end - 1].text.as_str(), "'s" | "’s" | "'" | "’")
        {
            name.end -= 1;
        }
    }
    sentence
        .names
        .retain(|name| name.start < name.end && name.end <= words.len());
}

/// GMB's tags as names: titles are no part of people's, `gpe` is a country or
/// else a people, and a people is no place.
fn gmb_name(words: &[Word], start: usize, end: usize, tag: &str, lists: &Lists) -> Option<Name> {
    let (mut start, mut end) = (start, end);
    let joined = |start: usize, end: usize| {
        words[start..end]
            .iter()
            .map(|word| word.text.to_lowercase())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let kind = match tag {
        "per" => {
            while start < end && lists.is_title(&words[start].text) {
                start += 1;
            }
            while start < end && words[start].text.chars().all(|c| !c.is_uppercase()) {
                start += 1;
            }
            EntityKind::Person
        }
        "org" => EntityKind::Org,
        "geo" if end - start == 1 && lists.is_demonym(&joined(start, end)) => return None,
        "geo" => EntityKind::Place,
        "gpe" if lists.is_country(&joined(start, end)) => EntityKind::Place,
        _ => return None,
    };
    while start < end && matches!(words[end - 1].text.as_str(), "," | "." | "(" | ")" | ";") {
        end -= 1;
    }
    (start < end).then_some(Name { start, end, kind })
}

/// Ranges of equal tags: `B-x` begins one, `I-x` goes on.
fn spans(tags: &[String]) -> Vec<(usize, usize, String)> {
    let mut all: Vec<(usize, usize, String)> = Vec::new();
    for (number, tag) in tags.iter().enumerate() {
        let Some((part, kind)) = tag.split_once('-') else {
            continue;
        };
        match all.last_mut() {
            Some(last) if part == "I" && last.1 == number && last.2 == kind => last.1 += 1,
            _ => all.push((number, number + 1, kind.to_owned())),
        }
    }
    all
}

fn kind_of(tag: &str) -> Option<EntityKind> {
    Some(match tag {
        "PER" | "politician" | "person" | "writer" | "musicalartist" | "scientist"
        | "researcher" => EntityKind::Person,
        "ORG" | "organisation" | "politicalparty" | "university" | "band" | "magazine" => {
            EntityKind::Org
        }
        "LOC" | "country" | "location" => EntityKind::Place,
        _ => return None,
    })
}

fn named(tags: &[String]) -> Vec<Name> {
    spans(tags)
        .into_iter()
        .filter_map(|(start, end, tag)| {
            Some(Name {
                start,
                end,
                kind: kind_of(&tag)?,
            })
        })
        .collect()
}

/// Lines of a word and a tag; a blank line ends a sentence.
fn columns(path: &Path, separator: char) -> Outcome<Vec<Sentence>> {
    let text = std::fs::read_to_string(path)?;
    let mut all = Vec::new();
    let (mut words, mut tags) = (Vec::new(), Vec::new());
    for line in text.lines().chain([""]) {
        match line.trim_end().rsplit_once(separator) {
            Some((word, tag)) if !word.starts_with("-DOCSTART-") => {
                words.push(Word {
                    text: word.trim().to_owned(),
                    glued: false,
                });
                tags.push(tag.to_owned());
            }
            Some(_) => {}
            None if words.is_empty() => {}
            None => {
                all.push(sentence(std::mem::take(&mut words), named(&tags)));
                tags.clear();
            }
        }
    }
    Ok(all)
}

fn documents(sentences: Vec<Sentence>, each: usize) -> Vec<Document> {
    sentences
        .chunks(each)
        .map(|sentences| Document {
            sentences: sentences.to_vec(),
            weight: 1.0,
        })
        .collect()
}

fn wikigold(path: &Path) -> Outcome<Vec<Document>> {
    Ok(documents(columns(path, ' ')?, STRETCH))
}

fn crossner(path: &Path) -> Outcome<Vec<Document>> {
    // Each sentence is from a page of its own.
    Ok(documents(columns(path, '\t')?, 1))
}

/// Universal NER: words, tags, and the sentences' texts for the spacing.
pub fn uner(path: &Path) -> Outcome<Vec<Document>> {
    let text = std::fs::read_to_string(path)?;
    let mut all = vec![Document {
        weight: 1.0,
        ..Document::default()
    }];
    let (mut words, mut tags, mut plain) = (Vec::new(), Vec::new(), String::new());
    let mut paragraph = true;
    for line in text.lines().chain([""]) {
        if line.starts_with("# newdoc") {
            all.push(Document {
                weight: 1.0,
                ..Document::default()
            });
            paragraph = true;
        } else if let Some(rest) = line.strip_prefix("# text = ") {
            plain = rest.to_owned();
        } else if line.is_empty() {
            if words.is_empty() {
                continue;
            }
            let mut sentence = Sentence {
                names: named(&tags),
                words: std::mem::take(&mut words),
                paragraph: std::mem::take(&mut paragraph),
                doubtful: false,
            };
            spacing(&mut sentence.words, &plain);
            trim(&mut sentence);
            if let Some(document) = all.last_mut() {
                document.sentences.push(sentence);
            }
            tags.clear();
        } else if !line.starts_with('#') {
            let mut fields = line.split('\t');
            let (Some(number), Some(word), Some(tag)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            if number.parse::<u32>().is_ok() {
                words.push(Word {
                    text: word.to_owned(),
                    glued: false,
                });
                tags.push(tag.to_owned());
            }
        }
    }
    all.retain(|document| !document.sentences.is_empty());
    Ok(all)
}

/// Marks the words that follow the one before without a blank in `plain`.
fn spacing(words: &mut [Word], plain: &str) {
    let mut rest = plain;
    for (number, word) in words.iter_mut().enumerate() {
        let bare = rest.trim_start();
        word.glued = number > 0 && bare.len() == rest.len();
        match bare.strip_prefix(word.text.as_str()) {
            Some(after) => rest = after,
            None => return,
        }
    }
}
