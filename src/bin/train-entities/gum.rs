//! Reads GUM's news: every mention of a person, organisation or place whose
//! head is a proper noun is a name, cut to the proper nouns about its head.

use std::path::Path;

use morgue::article::EntityKind;

use crate::Outcome;
use crate::corpora::trim;
use crate::lists::Lists;
use crate::text::{Document, Name, Sentence, Word};

struct Row {
    word: String,
    proper: bool,
    /// Number of the word it depends on, from 1; 0 for none.
    head: usize,
    /// It continues or details the word it depends on.
    close: bool,
}

/// All articles below a folder, in the order of their names.
pub fn news(folder: &Path) -> Outcome<Vec<Document>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "conllu"));
    paths.sort();
    let lists = Lists::embedded();
    paths.iter().map(|path| article(path, &lists)).collect()
}

fn article(path: &Path, lists: &Lists) -> Outcome<Document> {
    let text = std::fs::read_to_string(path)?;
    let mut document = Document {
        weight: 1.0,
        ..Document::default()
    };
    let (mut rows, mut words) = (Vec::new(), Vec::new());
    let (mut open, mut mentions) = (Vec::new(), Vec::new());
    let (mut paragraph, mut glued, mut within) = (true, false, 0usize);
    let mut glue_after = false;
    for line in text.lines().chain([""]) {
        if line.starts_with("# newpar") {
            paragraph = true;
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        if line.is_empty() {
            if !rows.is_empty() {
                let mut sentence = Sentence {
                    names: names(&rows, &mentions, lists),
                    words: std::mem::take(&mut words),
                    paragraph: std::mem::take(&mut paragraph),
                    doubtful: false,
                };
                trim(&mut sentence);
                document.sentences.push(sentence);
            }
            (rows, mentions) = (Vec::new(), Vec::new());
            open.clear();
            (glued, within) = (false, 0);
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        if fields.len() < 10 {
            continue;
        }
        let no_space = fields[9].contains("SpaceAfter=No");
        if let Some((first, last)) = fields[0].split_once('-') {
            // Its words follow, without blanks between them.
            within = last.parse::<usize>()? - first.parse::<usize>()? + 1;
            glue_after = no_space;
            continue;
        }
        let Ok(number) = fields[0].parse::<usize>() else {
            continue;
        };
        words.push(Word {
            text: fields[1].to_owned(),
            glued,
        });
        glued = match within {
            0 => no_space,
            1 => glue_after,
            _ => true,
        };
        within = within.saturating_sub(1);
        rows.push(Row {
            word: fields[1].to_owned(),
            proper: fields[3] == "PROPN" || fields[4].starts_with("NNP"),
            head: fields[6].parse().unwrap_or(0),
            close: fields[7].starts_with("flat")
                || matches!(fields[7], "compound" | "nmod:desc" | "list" | "dep"),
        });
        for part in fields[9].split('|') {
            if let Some(value) = part.strip_prefix("Entity=") {
                brackets(value, number - 1, &mut open, &mut mentions);
            }
        }
    }
    Ok(document)
}

type Mention = (usize, usize, EntityKind);

/// Reads the opening and closing brackets at a word.
fn brackets(
    value: &str,
    at: usize,
    open: &mut Vec<(String, usize, String)>,
    mentions: &mut Vec<Mention>,
) {
    let mut rest = value;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('(') {
            let end = after.find(['(', ')']).unwrap_or(after.len());
            let mut fields = after[..end].split('-');
            let id = fields.next().unwrap_or_default().to_owned();
            let kind = fields.next().unwrap_or_default().to_owned();
            // A closing bracket right behind is this mention's only if no
            // number of another stands before it, which the split shows.
            open.push((id, at, kind));
            rest = &after[end..];
            if let Some(after) = rest.strip_prefix(')') {
                close(None, at, open, mentions);
                rest = after;
            }
        } else if let Some(end) = rest.find(')') {
            close(Some(&rest[..end]), at, open, mentions);
            rest = &rest[end + 1..];
        } else {
            return;
        }
    }
}

fn close(
    id: Option<&str>,
    at: usize,
    open: &mut Vec<(String, usize, String)>,
    mentions: &mut Vec<Mention>,
) {
    let found = match id {
        Some(id) => open.iter().rposition(|mention| mention.0 == id),
        None => open.len().checked_sub(1),
    };
    let Some(found) = found else {
        return;
    };
    let (_, start, kind) = open.remove(found);
    let kind = match kind.as_str() {
        "person" => EntityKind::Person,
        "organization" => EntityKind::Org,
        "place" => EntityKind::Place,
        _ => return,
    };
    mentions.push((start, at + 1, kind));
}

fn names(rows: &[Row], mentions: &[Mention], lists: &Lists) -> Vec<Name> {
    let mut found: Vec<Name> = mentions
        .iter()
        .filter_map(|&(start, end, kind)| {
            let outside = |row: &Row| row.head < start + 1 || row.head > end;
            let head = (start..end).find(|&at| outside(&rows[at]))?;
            if !rows[head].proper {
                return None;
            }
            // A person's name is what hangs together about the head: of `ambassador
            // to Chad Ada Birk` the last two words.
            let belongs = |at: usize| {
                let mut at = at;
                for _ in 0..8 {
                    if at == head {
                        return true;
                    }
                    if !rows[at].close || !(start + 1..=end).contains(&rows[at].head) {
                        return false;
                    }
                    at = rows[at].head - 1;
                }
                false
            };
            let proper = |at: usize| {
                (start..end).contains(&at)
                    && rows[at].proper
                    && (kind != EntityKind::Person || belongs(at))
            };
            let joins = |at: usize| {
                (start..end).contains(&at)
                    && match rows[at].word.as_str() {
                        "of" | "for" | "the" => kind != EntityKind::Person,
                        "and" | "&" => kind == EntityKind::Org,
                        "-" | "de" | "la" | "." | "al" | "von" | "van" => true,
                        _ => false,
                    }
            };
            let (mut first, mut last) = (head, head + 1);
            loop {
                if first > start && proper(first - 1) {
                    first -= 1;
                } else if first > start + 1 && joins(first - 1) && proper(first - 2) {
                    first -= 2;
                } else if first > start + 2
                    && joins(first - 1)
                    && joins(first - 2)
                    && proper(first - 3)
                {
                    first -= 3;
                } else {
                    break;
                }
            }
            loop {
                if proper(last) {
                    last += 1;
                } else if joins(last) && proper(last + 1) {
                    last += 2;
                } else if joins(last) && joins(last + 1) && proper(last + 2) {
                    last += 3;
                } else {
                    break;
                }
            }
            if kind == EntityKind::Person {
                // `Home Secretary Ada Birk` is a title and a name.
                let title = (first..last)
                    .rev()
                    .find(|&at| lists.is_title(&rows[at].word));
                first = title.map_or(first, |title| title + 1);
                if first >= last {
                    return None;
                }
            }
            let text: Vec<String> = rows[first..last]
                .iter()
                .map(|row| row.word.to_lowercase())
                .collect();
            // A state that acts is an organisation to GUM; a country is a place here.
            let kind = if lists.is_country(&text.join(" ")) {
                EntityKind::Place
            } else {
                kind
            };
            Some(Name {
                start: first,
                end: last,
                kind,
            })
        })
        .collect();
    // The longest of names that overlap.
    found.sort_by_key(|name| (std::cmp::Reverse(name.end - name.start), name.start));
    let mut kept: Vec<Name> = Vec::new();
    for name in found {
        if kept
            .iter()
            .all(|other| name.end <= other.start || other.end <= name.start)
        {
            kept.push(name);
        }
    }
    kept.sort_by_key(|name| name.start);
    kept
}
