//! The names written down for this project, in `names.txt`.

use std::collections::{BTreeMap, BTreeSet};

pub struct Lists {
    lists: BTreeMap<String, Vec<String>>,
    titles: BTreeSet<String>,
    demonyms: BTreeSet<String>,
    countries: BTreeSet<String>,
}

/// Countries as GMB and sources write them in full.
const COUNTRIES: &str = include_str!("countries.txt");

impl Lists {
    pub fn embedded() -> Self {
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in include_str!("names.txt").lines() {
            if line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                current = name.trim_end_matches(']').to_owned();
                continue;
            }
            let names = line
                .split(';')
                .map(str::trim)
                .filter(|name| !name.is_empty());
            lists
                .entry(current.clone())
                .or_default()
                .extend(names.map(str::to_owned));
        }
        let countries = COUNTRIES
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        lists.insert("country".to_owned(), countries.map(str::to_owned).collect());
        let lower = |names: &[&str]| -> BTreeSet<String> {
            names
                .iter()
                .filter_map(|name| lists.get(*name))
                .flatten()
                .map(|name| name.to_lowercase())
                .collect()
        };
        Self {
            titles: lower(&["title"]),
            demonyms: lower(&["demonym"]),
            countries: lower(&["country", "country-extra"]),
            lists,
        }
    }

    /// The names of a list, in the order written.
    pub fn get(&self, list: &str) -> &[String] {
        self.lists.get(list).map_or(&[], Vec::as_slice)
    }

    pub fn is_title(&self, word: &str) -> bool {
        self.titles
            .contains(word.to_lowercase().trim_end_matches('.'))
    }

    pub fn is_demonym(&self, name: &str) -> bool {
        self.demonyms.contains(name)
    }

    pub fn is_country(&self, name: &str) -> bool {
        self.countries.contains(name)
    }
}
