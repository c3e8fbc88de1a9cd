//! From the names found in an article, mention by mention, to its entities.
//!
//! Mentions that differ in case, article, honorific or by a known short form
//! are one name; the majority decides its kind. Then names are led to fuller
//! ones of the same article, where exactly one fits: surnames to people,
//! acronyms and short company names to organisations.

use std::borrow::Cow;
use std::collections::HashMap;

use super::hashing::hash_word;
use super::lexicon::{Lexicon, list};
use super::surface;
use crate::article::{Entity, EntityKind, Field, Mention};

/// Most entities of an article that are kept, those named most.
pub const MOST_ENTITIES: usize = 120;

/// Longest name kept, in bytes.
const LONGEST: usize = 100;

/// A name found in one of an article's texts.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The text it stands in.
    pub field: Field,
    /// First byte.
    pub start: usize,
    /// The words there.
    pub text: &'a str,
    /// What it was taken for.
    pub kind: EntityKind,
    /// Whether it stands in running text and not in capitals or a headline.
    pub running: bool,
}

/// A name on its way to an entity.
struct Group<'a> {
    name: Cow<'a, str>,
    /// Whether the name stands so in running text.
    running: bool,
    /// How often it was taken for each kind, in running text counted double.
    kinds: [u32; 3],
    count: u32,
    /// Given by the source itself.
    stated: bool,
    /// The group it is led to.
    into: Option<usize>,
}

impl Group<'_> {
    fn kind(&self) -> EntityKind {
        let mut best = 0;
        for kind in 1..3 {
            if self.kinds[kind] > self.kinds[best] {
                best = kind;
            }
        }
        EntityKind::ALL[best]
    }

    fn words(&self) -> usize {
        self.name.split(' ').count()
    }

    fn first(&self) -> &str {
        self.name.split(' ').next().unwrap_or(&self.name)
    }
}

fn place(kind: EntityKind) -> usize {
    EntityKind::ALL.iter().position(|&k| k == kind).unwrap_or(0)
}

/// Gathers mentions into entities, most named first as they first appear.
/// `stated` are those the source gives.
pub fn merge(found: &[Found<'_>], stated: Vec<Entity>, lexicon: &Lexicon) -> Vec<Entity> {
    let (mut groups, mentions) = gather(found, stated, lexicon);
    lead_people(&mut groups, lexicon);
    lead_organisations(&mut groups);
    collect(groups, mentions)
}

/// The names, and where they stand with the number of the name there.
type Gathered<'a> = (Vec<Group<'a>>, Vec<(usize, Mention)>);

fn gather<'a>(found: &[Found<'a>], stated: Vec<Entity>, lexicon: &Lexicon) -> Gathered<'a> {
    let mut groups: Vec<Group<'a>> = Vec::with_capacity(stated.len() + found.len() / 2);
    let mut mentions = Vec::with_capacity(found.len());
    let mut numbers: HashMap<String, usize> = HashMap::with_capacity(found.len());
    let mut key = String::new();
    let mut at = |groups: &mut Vec<Group<'a>>, name: Cow<'a, str>, running: bool| -> usize {
        key.clear();
        key.push_str(&name);
        match name.is_ascii() {
            true => key.make_ascii_lowercase(),
            false => key = name.to_lowercase(),
        }
        let number = numbers.get(key.as_str()).copied().unwrap_or_else(|| {
            numbers.insert(key.clone(), groups.len());
            groups.len()
        });
        match groups.get_mut(number) {
            Some(group) if running && !group.running && !group.stated => {
                group.name = name;
                group.running = true;
            }
            Some(_) => {}
            None => groups.push(Group {
                name,
                running,
                kinds: [0; 3],
                count: 0,
                stated: false,
                into: None,
            }),
        }
        number
    };
    for entity in stated {
        let full = surface::alias(&entity.name, entity.kind);
        let kind = full.map_or(entity.kind, |full| surface::alias_kind(full, entity.kind));
        let name = full.map_or(Cow::Owned(entity.name), Cow::Borrowed);
        let number = at(&mut groups, name, true);
        let group = &mut groups[number];
        group.stated = true;
        // What the source says outweighs what the text looks like.
        group.kinds[place(kind)] += 1000;
        mentions.extend(entity.mentions.into_iter().map(|mention| (number, mention)));
    }
    for mention in found {
        let range = surface::trim(mention.text, mention.kind, lexicon);
        let (start, end) = (mention.start + range.start, mention.start + range.end);
        let text = &mention.text[range];
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if letters < 2 || text.len() > LONGEST {
            continue;
        }
        let mut name = match is_joined(text) {
            true => Cow::Borrowed(text),
            false => Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        };
        let full = surface::alias(&name, mention.kind);
        if let Some(full) = full {
            name = Cow::Borrowed(full);
        } else if is_shouted(mention, &name, letters) {
            name = Cow::Owned(surface::recased(&name));
        }
        let kind = full.map_or(mention.kind, |full| surface::alias_kind(full, mention.kind));
        let number = at(&mut groups, name, mention.running || full.is_some());
        let group = &mut groups[number];
        group.kinds[place(kind)] += if mention.running { 2 } else { 1 };
        group.count += 1;
        let mention = Mention {
            field: mention.field,
            start: start as u32,
            end: end as u32,
            kind: mention.kind,
        };
        mentions.push((number, mention));
    }
    (groups, mentions)
}

/// Whether words are parted by single blanks.
fn is_joined(text: &str) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let is_single = !(byte == b' ' && before == b' ');
        before = byte;
        is_single && !matches!(byte, b'\n' | b'\t')
    })
}

/// Whether a name stands in capitals only because its place does: a headline
/// in capitals, or a dateline such as `DOHA, Nov 21`, which running text follows.
fn is_shouted(mention: &Found<'_>, name: &str, letters: usize) -> bool {
    let is_dateline = mention.kind == EntityKind::Place && letters >= 4;
    (is_dateline || !mention.running)
        && surface::is_upper(name)
        && !is_short_org(name, mention.kind)
}

/// `IBM` in a headline in capitals stays as it is, `GORTON` does not.
fn is_short_org(name: &str, kind: EntityKind) -> bool {
    kind == EntityKind::Org && name.chars().count() <= 4 && !name.contains(' ')
}

/// The only one of some numbers; `None` for none or several.
fn only(mut numbers: impl Iterator<Item = usize>) -> Option<usize> {
    let first = numbers.next()?;
    numbers.next().is_none().then_some(first)
}

/// Whether two full names are one person's: same first and last word, and
/// what one has between the other lacks or has as an initial.
fn is_same_person(a: &str, b: &str) -> bool {
    let (Some((first_a, rest_a)), Some((first_b, rest_b))) = (a.split_once(' '), b.split_once(' '))
    else {
        return false;
    };
    let ended = |rest| match str::rsplit_once(rest, ' ') {
        Some((between, last)) => (Some(between), last),
        None => (None, rest),
    };
    let ((between_a, last_a), (between_b, last_b)) = (ended(rest_a), ended(rest_b));
    if !last_a.eq_ignore_ascii_case(last_b) {
        return false;
    }
    let is_initial = |word: &str| word.trim_end_matches('.').chars().count() == 1;
    let agree = |a: &str, b: &str| {
        a.eq_ignore_ascii_case(b)
            || (is_initial(a) || is_initial(b)) && a.chars().next() == b.chars().next()
    };
    let between = match (between_a, between_b) {
        (None, None) => true,
        (None, Some(other)) | (Some(other), None) => is_initial(other),
        (Some(a), Some(b)) => {
            a.split(' ').count() == b.split(' ').count()
                && a.split(' ').zip(b.split(' ')).all(|(a, b)| agree(a, b))
        }
    };
    between && agree(first_a, first_b)
}

/// Whether two names may end in the same word: tells most apart at once.
fn may_end_alike(a: &str, b: &str) -> bool {
    let last = |name: &str| name.bytes().next_back().map(|b| b.to_ascii_lowercase());
    last(a) == last(b)
}

fn lead_people(groups: &mut [Group<'_>], lexicon: &Lexicon) {
    let full: Vec<usize> = (0..groups.len())
        .filter(|&number| groups[number].kind() == EntityKind::Person && groups[number].words() > 1)
        .collect();
    // Fuller and rarer forms of one name first.
    for (place, &number) in full.iter().enumerate() {
        let other = full[..place].iter().copied().find(|&other| {
            groups[other].into.is_none()
                && may_end_alike(&groups[other].name, &groups[number].name)
                && is_same_person(&groups[other].name, &groups[number].name)
        });
        if let Some(other) = other {
            let is_initialled = groups[other].first().trim_end_matches('.').chars().count() == 1;
            let (from, to) = if is_initialled {
                (other, number)
            } else {
                (number, other)
            };
            groups[from].into = Some(to);
        }
    }
    let whole: Vec<usize> = full
        .into_iter()
        .filter(|&number| groups[number].into.is_none())
        .collect();
    for number in 0..groups.len() {
        let group = &groups[number];
        if group.into.is_some() || whole.is_empty() {
            continue;
        }
        let kind = group.kind();
        let several = group.words() > 1;
        if several && (kind != EntityKind::Person || group.stated) {
            continue;
        }
        let lists = lexicon.get(hash_word(&group.name)).lists;
        let is_place = lists & (list::CITY | list::COUNTRY | list::REGION | list::DEMONYM) != 0;
        if kind != EntityKind::Person
            && (is_place || group.stated || lists & (list::ORG | list::TEAM) != 0)
        {
            continue;
        }
        let ends_with = |full: &str| {
            full.len() > group.name.len()
                && full.is_char_boundary(full.len() - group.name.len())
                && full[full.len() - group.name.len()..].eq_ignore_ascii_case(&group.name)
                && full[..full.len() - group.name.len()].ends_with([' ', '-'])
        };
        let others = || whole.iter().copied().filter(|&other| other != number);
        let by_last = only(others().filter(|&other| ends_with(&groups[other].name)));
        let none_by_last = others().all(|other| !ends_with(&groups[other].name));
        let by_first = || {
            let fits =
                others().filter(|&other| groups[other].first().eq_ignore_ascii_case(&group.name));
            (kind == EntityKind::Person && none_by_last && !several)
                .then(|| only(fits))
                .flatten()
        };
        groups[number].into = by_last.or_else(by_first);
    }
}

fn lead_organisations(groups: &mut [Group<'_>]) {
    let all: Vec<usize> = (0..groups.len())
        .filter(|&number| groups[number].kind() == EntityKind::Org && groups[number].into.is_none())
        .collect();
    for &number in &all {
        let name = &groups[number].name;
        let longer = || {
            all.iter()
                .copied()
                .filter(|&other| other != number && groups[other].into.is_none())
        };
        let bare = surface::without_suffix(name);
        let target = if let Some(letters) = surface::acronym(name) {
            only(longer().filter(|&other| {
                groups[other].name.contains(' ')
                    && [false, true]
                        .into_iter()
                        .any(|all| surface::initials(&groups[other].name, all).eq(letters.chars()))
            }))
        } else if bare.len() == name.len() {
            None
        } else {
            // `Gorton Mills Ltd.` to `Gorton Mills`: the form people use.
            only(longer().filter(|&other| groups[other].name.eq_ignore_ascii_case(bare)))
        };
        groups[number].into = target;
    }
    // Two forms with different suffixes, and none without.
    for (place, &number) in all.iter().enumerate() {
        if groups[number].into.is_some() {
            continue;
        }
        let bare = surface::without_suffix(&groups[number].name);
        if bare.len() == groups[number].name.len() {
            continue;
        }
        let earlier = all[..place].iter().copied().find(|&other| {
            groups[other].into.is_none()
                && surface::without_suffix(&groups[other].name).eq_ignore_ascii_case(bare)
        });
        groups[number].into = earlier;
    }
}

fn collect(mut groups: Vec<Group<'_>>, mentions: Vec<(usize, Mention)>) -> Vec<Entity> {
    // Of each name the one that its mentions go to.
    let mut goals: Vec<usize> = (0..groups.len()).collect();
    for number in 0..groups.len() {
        let Some(mut target) = groups[number].into else {
            continue;
        };
        let mut steps = 0;
        while let Some(next) = groups[target].into {
            target = next;
            steps += 1;
            if steps > groups.len() {
                break;
            }
        }
        if target == number {
            groups[number].into = None;
            continue;
        }
        goals[number] = target;
        let count = std::mem::take(&mut groups[number].count);
        let stated = groups[number].stated;
        let group = &mut groups[target];
        group.count += count;
        group.stated |= stated;
    }
    let mut held = vec![0; groups.len()];
    for (number, _) in &mentions {
        held[goals[*number]] += 1;
    }
    let mut standing: Vec<Vec<Mention>> = held.into_iter().map(Vec::with_capacity).collect();
    for (number, mention) in mentions {
        standing[goals[number]].push(mention);
    }
    let mut entities: Vec<Entity> = groups
        .into_iter()
        .zip(standing)
        .filter(|(group, _)| group.into.is_none() && (group.count > 0 || group.stated))
        .map(|(group, mut mentions)| {
            mentions.sort_by_key(|mention| (mention.field != Field::Title, mention.start));
            Entity {
                kind: group.kind(),
                name: group.name.into_owned(),
                count: group.count.max(1),
                mentions,
            }
        })
        .collect();
    if entities.len() > MOST_ENTITIES {
        let mut counts: Vec<u32> = entities.iter().map(|entity| entity.count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let least = counts[MOST_ENTITIES - 1];
        let mut spare = MOST_ENTITIES - counts.iter().filter(|&&count| count > least).count();
        entities.retain(|entity| {
            entity.count > least || entity.mentions.is_empty() || {
                let kept = entity.count == least && spare > 0;
                spare -= usize::from(kept);
                kept
            }
        });
    }
    entities
}

#[cfg(test)]
mod tests {
    use super::*;
    use EntityKind::{Org, Person, Place};

    #[test]
    fn places_in_the_capitals_of_a_dateline_are_those_of_the_text() {
        let names = [
            ("WASHINGTON", Place),
            ("Washington", Place),
            ("DOHA", Place),
        ];
        assert_eq!(merged(&names), ["Washington/place/2", "Doha/place/1"]);
    }

    /// Merges names as if found one after another; gives `name/kind/count`.
    fn merged(names: &[(&str, EntityKind)]) -> Vec<String> {
        let lexicon = Lexicon::of(
            &[
                ("mr".to_owned(), entry(list::TITLE)),
                ("paris".to_owned(), entry(list::CITY)),
            ],
            &[],
        );
        let found: Vec<Found<'_>> = names
            .iter()
            .enumerate()
            .map(|(at, &(text, kind))| Found {
                field: Field::Body,
                start: at * 100,
                text,
                kind,
                running: !surface::is_upper(text) || text.len() < 5,
            })
            .collect();
        merge(&found, Vec::new(), &lexicon)
            .iter()
            .map(|entity| format!("{}/{}/{}", entity.name, entity.kind.name(), entity.count))
            .collect()
    }

    fn entry(lists: u32) -> super::super::lexicon::Entry {
        super::super::lexicon::Entry {
            lists,
            ..Default::default()
        }
    }

    #[test]
    fn a_surname_is_the_one_person_of_that_name() {
        assert_eq!(
            merged(&[
                ("Ada Birk", Person),
                ("Birk", Person),
                ("Mr. Birk", Person),
                ("BIRK'S", Org)
            ]),
            ["Ada Birk/person/4"]
        );
        assert_eq!(
            merged(&[
                ("Ada Birk", Person),
                ("Olaf Birk", Person),
                ("Birk", Person)
            ]),
            ["Ada Birk/person/1", "Olaf Birk/person/1", "Birk/person/1"]
        );
        assert_eq!(
            merged(&[("Ada Paris", Person), ("Paris", Place)]),
            ["Ada Paris/person/1", "Paris/place/1"]
        );
    }

    #[test]
    fn middle_initials_make_no_other_person() {
        assert_eq!(
            merged(&[
                ("Ada K. Birk", Person),
                ("Ada Birk", Person),
                ("A. Birk", Person)
            ]),
            ["Ada K. Birk/person/3"]
        );
        assert_eq!(
            merged(&[("Ada Birk", Person), ("Anna Birk", Person)]),
            ["Ada Birk/person/1", "Anna Birk/person/1"]
        );
    }

    #[test]
    fn known_short_forms_are_written_in_full() {
        assert_eq!(
            merged(&[
                ("U.S.", Place),
                ("US", Place),
                ("the United States", Place),
                ("America", Place)
            ]),
            ["United States/place/4"]
        );
    }

    #[test]
    fn acronyms_and_suffixes_lead_to_the_one_organisation() {
        assert_eq!(
            merged(&[
                ("Gorton Mills Ltd.", Org),
                ("Gorton Mills", Org),
                ("Northern Herring Board", Org),
                ("NHB", Org),
            ]),
            ["Gorton Mills/org/2", "Northern Herring Board/org/2"]
        );
    }

    #[test]
    fn capitals_and_the_majority_settle_case_and_kind() {
        assert_eq!(
            merged(&[
                ("MARLOW HARBOUR", Place),
                ("Marlow Harbour", Org),
                ("Marlow Harbour", Place),
                ("The Marlow Harbour", Place)
            ]),
            ["Marlow Harbour/place/4"]
        );
    }
}
