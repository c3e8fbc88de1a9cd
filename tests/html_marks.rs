//! How well web pages are read, on public collections of real pages that are
//! too large, and not ours, to lie in the repository. Set `MORGUE_TEST_DATA` to the folder
//! that holds `html-trafilatura/` (`html.tar.zst`, `evaldata.json`),
//! `html-readability.tar.zst` and `html-site-samples.tar.zst`, then
//! `cargo test --release html_marks -- --ignored --nocapture`.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use morgue::article::Article;
use morgue::format::html::Html;
use morgue::format::{Format, Options, Parsed};
use morgue::record::{Hint, Record};
use morgue::text::markup;

const NEEDS: &str = "set MORGUE_TEST_DATA to the folder of the collections";

fn data() -> PathBuf {
    PathBuf::from(std::env::var_os("MORGUE_TEST_DATA").expect(NEEDS))
}

/// The files of a packed folder by their names.
fn unpack(path: &Path) -> HashMap<String, Vec<u8>> {
    let file = std::fs::File::open(path).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).unwrap());
    let mut files = HashMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.header().entry_type().is_file() {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.insert(name, bytes);
        }
    }
    files
}

/// Time this thread has spent on a processor.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

#[derive(Default)]
struct Clock {
    pages: u32,
    bytes: usize,
    spent: Duration,
    slowest: Duration,
}

impl Clock {
    fn read(&mut self, url: Option<&str>, bytes: &[u8]) -> Article {
        let hint = Hint {
            url: url.map(str::to_owned),
            ..Hint::named("page.html")
        };
        let record = Record::whole(bytes.to_vec(), Arc::new(hint));
        let mut found = None;
        let started = processor_time();
        let _ = Html.parse(&record, &Options::default(), &mut |part| {
            if let Parsed::Article(article) = part {
                found = Some(*article);
            }
        });
        let took = processor_time() - started;
        self.pages += 1;
        self.bytes += bytes.len();
        self.spent += took;
        self.slowest = self.slowest.max(took);
        found.unwrap_or_default()
    }

    fn print(&self, set: &str) {
        let seconds = self.spent.as_secs_f64().max(1e-9);
        println!(
            "{set}: {} pages, {:.0} pages and {:.1} MB per CPU-second, slowest {:.0} ms",
            self.pages,
            f64::from(self.pages) / seconds,
            self.bytes as f64 / 1e6 / seconds,
            self.slowest.as_secs_f64() * 1e3
        );
    }
}

fn folded(text: &str) -> String {
    let text = markup::decode_entities(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether two titles hold the same letters and digits, or one holds the other's.
fn same_title(found: &str, expected: &str) -> bool {
    let (found, expected) = (letters(found), letters(&markup::decode_entities(expected)));
    !found.is_empty()
        && !expected.is_empty()
        && (found.contains(&expected) || expected.contains(&found))
}

#[derive(Default)]
struct Share(u32, u32);

impl Share {
    fn add(&mut self, right: bool) {
        self.0 += u32::from(right);
        self.1 += 1;
    }

    fn value(&self) -> f64 {
        f64::from(self.0) / f64::from(self.1.max(1))
    }
}

fn print_misses() -> bool {
    std::env::var_os("MORGUE_TEST_MISSES").is_some()
}

#[test]
#[ignore = "reads the collections below MORGUE_TEST_DATA"]
fn marked_strings_titles_and_dates() {
    let folder = data().join("html-trafilatura");
    let pages = unpack(&folder.join("html.tar.zst"));
    let expected: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&std::fs::read(folder.join("evaldata.json")).unwrap()).unwrap();
    let (mut with, mut without) = (Share::default(), Share::default());
    let (mut titles, mut dates, mut authors) =
        (Share::default(), Share::default(), Share::default());
    let mut clock = Clock::default();
    for (url, expected) in &expected {
        let file = format!("html/{}", expected["file"].as_str().unwrap());
        let Some(bytes) = pages.get(&file) else {
            continue;
        };
        let article = clock.read(Some(url), bytes);
        let body = folded(&article.body);
        let text = |value: &serde_json::Value| folded(value.as_str().unwrap_or_default());
        for (key, share) in [("with", &mut with), ("without", &mut without)] {
            for part in expected[key].as_array().into_iter().flatten() {
                let right = body.contains(&text(part)) == (key == "with");
                share.add(right);
                if !right && print_misses() {
                    println!("{key}\t{file}\t{}", text(part));
                }
            }
        }
        let stated = |key: &str| {
            expected
                .get(key)
                .map(text)
                .filter(|value| !value.is_empty())
        };
        if let Some(title) = stated("title") {
            let found = article.title.as_ref().map_or("", |title| &title.text);
            let right = same_title(found, &title);
            titles.add(right);
            if !right && print_misses() {
                println!("title\t{file}\t{title}\t{found}");
            }
        }
        if let Some(date) = stated("date") {
            let found = article
                .published
                .map(|p| p.day.to_string())
                .unwrap_or_default();
            dates.add(found == date);
            if found != date && print_misses() {
                println!(
                    "date\t{file}\t{date}\t{found}\t{:?}",
                    article.published.map(|p| p.provenance)
                );
            }
        }
        if let Some(author) = stated("author") {
            let found = article.bylines.join("; ");
            let right = author.split(';').any(|name| same_title(&found, name));
            authors.add(right);
            if !right && print_misses() {
                println!("author\t{file}\t{author}\t{found}");
            }
        }
    }
    let precision = f64::from(with.0) / f64::from((with.0 + without.1 - without.0).max(1));
    let f1 = 2.0 * precision * with.value() / (precision + with.value());
    println!(
        "html-trafilatura: kept {:.3}, dropped {:.3}, F1 {f1:.3}; titles {:.3}, dates {:.3}, authors {:.3}",
        with.value(),
        without.value(),
        titles.value(),
        dates.value(),
        authors.value()
    );
    clock.print("html-trafilatura");
    assert!(f1 >= 0.90, "F1 {f1}");
    assert!(titles.value() >= 0.84, "titles {}", titles.value());
    assert!(dates.value() >= 0.78, "dates {}", dates.value());
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if !word.is_empty() {
            *words.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    words
}

/// F1 of the words of two texts, each as often as it occurs.
fn word_f1(found: &str, expected: &str) -> f64 {
    let (found, expected) = (words(found), words(expected));
    let shared: usize = found
        .iter()
        .map(|(word, count)| (*count).min(expected.get(word).copied().unwrap_or(0)))
        .sum();
    let all = found.values().sum::<usize>() + expected.values().sum::<usize>();
    if all == 0 {
        1.0
    } else {
        2.0 * shared as f64 / all as f64
    }
}

#[test]
#[ignore = "reads the collections below MORGUE_TEST_DATA"]
fn bodies_titles_bylines_and_days() {
    let files = unpack(&data().join("html-readability.tar.zst"));
    let mut folders: Vec<&str> = files
        .keys()
        .filter_map(|name| name.strip_suffix("/source.html"))
        .collect();
    folders.sort_unstable();
    let mut clock = Clock::default();
    let mut bodies = 0.0;
    let (mut titles, mut exact, mut bylines, mut days) = (
        Share::default(),
        Share::default(),
        Share::default(),
        Share::default(),
    );
    for folder in &folders {
        let article = clock.read(None, &files[&format!("{folder}/source.html")]);
        let expected = String::from_utf8_lossy(&files[&format!("{folder}/expected.html")]);
        let f1 = word_f1(&article.body, &markup::to_text(&expected));
        bodies += f1;
        if f1 < 0.9 && print_misses() {
            println!("body\t{folder}\t{f1:.3}");
        }
        let metadata: serde_json::Value =
            serde_json::from_slice(&files[&format!("{folder}/expected-metadata.json")]).unwrap();
        let stated = |key: &str| metadata[key].as_str().filter(|value| !value.is_empty());
        if let Some(title) = stated("title") {
            let found = article.title.as_ref().map_or("", |title| &title.text);
            let right = same_title(found, title);
            titles.add(right);
            exact.add(letters(found) == letters(title));
            if !right && print_misses() {
                println!("title\t{folder}\t{title}\t{found}");
            }
        }
        if let Some(byline) = stated("byline") {
            let found = article.bylines.join(" ");
            let right = same_title(&found, byline)
                || article.bylines.iter().any(|name| same_title(name, byline));
            bylines.add(right);
            if !right && print_misses() {
                println!("byline\t{folder}\t{byline}\t{found}");
            }
        }
        if let Some(time) = stated("publishedTime") {
            let found = article
                .published
                .map(|p| p.day.to_string())
                .unwrap_or_default();
            let right = morgue::text::dates::parse(time)
                .map_or(time.starts_with(&found), |stamp| {
                    stamp.day.to_string() == found
                });
            days.add(right);
            if !right && print_misses() {
                println!("day\t{folder}\t{time}\t{found}");
            }
        }
    }
    let f1 = bodies / folders.len().max(1) as f64;
    println!(
        "html-readability: body F1 {f1:.3}; titles {:.3} (letter for letter {:.3}), bylines {:.3}, days {:.3}",
        titles.value(),
        exact.value(),
        bylines.value(),
        days.value()
    );
    clock.print("html-readability");
    assert!(f1 >= 0.92, "F1 {f1}");
    assert!(titles.value() >= 0.90, "titles {}", titles.value());
}

#[test]
#[ignore = "reads the collections below MORGUE_TEST_DATA"]
fn saved_pages_of_many_sites_have_a_title_and_text() {
    let files = unpack(&data().join("html-site-samples.tar.zst"));
    let mut clock = Clock::default();
    let (mut titles, mut bodies, mut days, mut bylines) = (
        Share::default(),
        Share::default(),
        Share::default(),
        Share::default(),
    );
    for (name, bytes) in &files {
        if !name.ends_with(".html") {
            continue;
        }
        let article = clock.read(None, bytes);
        titles.add(article.title.as_ref().is_some_and(|title| !title.derived));
        bodies.add(article.body.len() >= 200);
        days.add(article.published.is_some());
        bylines.add(!article.bylines.is_empty());
        if print_misses() {
            println!(
                "{name}\t{:?}\t{}\t{:?}\t{:?}",
                article.title.as_ref().map(|title| &title.text),
                article.body.len(),
                article.published.map(|p| p.day.to_string()),
                article.bylines
            );
        }
    }
    println!(
        "html-site-samples: with a title {:.3}, with text {:.3}, with a day {:.3}, with a byline {:.3}",
        titles.value(),
        bodies.value(),
        days.value(),
        bylines.value()
    );
    clock.print("html-site-samples");
    assert!(titles.value() >= 0.95 && bodies.value() >= 0.90);
}

/// Every file below a folder.
fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

#[test]
#[ignore = "reads the collections below MORGUE_TEST_DATA"]
fn any_hostile_file_read_as_a_page_ends_in_time() {
    let mut paths = Vec::new();
    for folder in [
        "hostile-encodings",
        "hostile-feeds",
        "hostile-html5lib",
        "hostile-json",
        "hostile-xml",
    ] {
        files_below(&data().join(folder), &mut paths);
    }
    assert!(!paths.is_empty(), "{NEEDS}");
    let mut clock = Clock::default();
    for path in paths {
        clock.read(None, &std::fs::read(&path).unwrap());
        assert!(
            clock.slowest < Duration::from_secs(10),
            "{}",
            path.display()
        );
    }
    clock.print("hostile files as pages");
}
