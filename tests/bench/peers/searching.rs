//! How long each peer takes to answer: from the start of a process to the ten
//! best hits printed, and within one process with everything warm.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use morgue::index::Index;
use morgue::query;
use morgue::search::{self, Request};

use super::archive::Plain;
use super::peer::Peer;
use super::process::{quantile, time};
use super::queries::{Class, queries};
use super::stock::{self, Stock};

/// Makes the indexes that are not there yet.
pub fn prepare(
    work: &Path,
    paths: &[PathBuf],
    peers: &[Peer],
    are_files: bool,
) -> io::Result<Vec<Peer>> {
    let mut plain: Option<Plain> = None;
    let mut ready = Vec::new();
    for &peer in peers {
        if peer.reads_only_files() && !are_files {
            continue;
        }
        let folder = work.join(peer.key());
        if !folder.exists() {
            if plain.is_none() {
                plain = Some(Plain::extract(paths, &work.join("plain"))?);
            }
            let Some(plain) = &plain else { continue };
            if let Some(mut command) = peer.index(&folder, paths, plain)? {
                eprintln!("indexing with {}", peer.name());
                command.stdout(Stdio::null()).stderr(Stdio::null());
                command.status()?;
            }
        }
        ready.push(peer);
    }
    Ok(ready)
}

/// Runs every query in a process of its own, peer by peer in turn.
pub fn cold(
    work: &Path,
    paths: &[PathBuf],
    peers: &[Peer],
    articles: u64,
    each: usize,
) -> io::Result<()> {
    let all = queries(articles, each);
    let mut times: Vec<(Peer, Class, Duration)> = Vec::new();
    for round in 0..3 {
        for query in &all {
            for &peer in peers {
                let Some(mut command) = peer.search(&work.join(peer.key()), paths, query) else {
                    continue;
                };
                let took = time(&mut command)?;
                // The first round only warms the page cache.
                if round > 0 {
                    times.push((peer, query.class, took));
                }
            }
        }
    }
    println!(
        "\nProcess start to ten hits printed with snippets, {articles} articles, ms, median / p95 of {} queries a class\n",
        each
    );
    heading(peers.iter().map(|peer| peer.name()));
    for class in Class::ALL.map(Some).into_iter().chain([None]) {
        print!("| {} |", class.map_or("all", Class::name));
        for &peer in peers {
            let mut of: Vec<Duration> = times
                .iter()
                .filter(|time| time.0 == peer && class.is_none_or(|class| time.1 == class))
                .map(|time| time.2)
                .collect();
            print_cell(&mut of, 1e3, 1);
        }
        println!();
    }
    Ok(())
}

/// Merges the segments of both indexes: where they were cut is chance, and each
/// costs every search.
pub fn merge(work: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let folder = work.join(Peer::Bare.key());
    let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
    command
        .args(["index", "--merge", "--quiet", "--index"])
        .arg(folder);
    if !command.status()?.success() {
        return Err("morgue does not merge".into());
    }
    stock::merge(&work.join(Peer::Stock.key()))?;
    Ok(())
}

/// Asks morgue and stock tantivy in this process, query by query in turn: each for
/// the best alone, and for the best and how many match.
pub fn warm(work: &Path, articles: u64, each: usize) -> Result<(), Box<dyn std::error::Error>> {
    let index = Index::open(&work.join(Peer::Bare.key()))
        .or_else(|_| Index::open(&work.join(Peer::Morgue.key())))?;
    let snapshot = index.snapshot()?;
    let stock = Stock::open(&work.join(Peer::Stock.key()))?;
    let today = || jiff::civil::date(2026, 1, 1);
    let all = queries(articles, each);
    let mut times: Vec<(Class, [Duration; 4])> = Vec::new();
    for query in &all {
        let theirs = stock.query(&query.for_stock())?;
        let text = query.for_morgue();
        let ours = |total| {
            let options = query::Options { today, any: false };
            let parsed = query::parse(&text, &options).ok()?;
            let request = Request {
                total,
                articles: false,
                snippet: None,
                ..Request::new(parsed.root)
            };
            search::search(&snapshot, &request).ok()
        };
        let mut best = [Duration::MAX; 4];
        for _ in 0..5 {
            let took = [
                timed(|| ours(false)),
                timed(|| stock.top(&*theirs, false).ok()),
                timed(|| ours(true)),
                timed(|| stock.top(&*theirs, true).ok()),
            ];
            for (best, took) in best.iter_mut().zip(took) {
                *best = took.min(*best);
            }
        }
        times.push((query.class, best));
    }
    println!(
        "\nWarm, ten best ids, {articles} articles, µs, median / p95 of {each} queries a class (best of 5 each); tantivy on one thread, morgue on more where it takes them\n"
    );
    heading(
        [
            "morgue",
            "tantivy",
            "p95 / tantivy",
            "morgue with count",
            "tantivy with count",
            "p95 / tantivy",
        ]
        .into_iter(),
    );
    for class in Class::ALL {
        print!("| {} |", class.name());
        for columns in [[0, 1], [2, 3]] {
            let worst = columns.map(|column| {
                let of_class = times.iter().filter(|time| time.0 == class);
                let mut of: Vec<Duration> = of_class.map(|time| time.1[column]).collect();
                print_cell(&mut of, 1e6, 0);
                quantile(&mut of, 0.95).as_secs_f64()
            });
            print!(" {:.2} |", worst[0] / worst[1]);
        }
        println!();
    }
    Ok(())
}

fn timed<T>(run: impl FnOnce() -> Option<T>) -> Duration {
    let started = Instant::now();
    std::hint::black_box(run());
    started.elapsed()
}

fn heading<'a>(names: impl Iterator<Item = &'a str> + Clone) {
    println!(
        "| query | {} |",
        names.clone().collect::<Vec<_>>().join(" | ")
    );
    println!("|---|{}", names.map(|_| "---|").collect::<String>());
}

fn print_cell(values: &mut [Duration], unit: f64, decimals: usize) {
    if values.is_empty() {
        print!(" |");
        return;
    }
    let median = quantile(values, 0.5).as_secs_f64() * unit;
    let high = quantile(values, 0.95).as_secs_f64() * unit;
    print!(" {median:.decimals$} / {high:.decimals$} |");
}

/// Prints what the warm comparison asks, for looking at single queries.
pub fn list(articles: u64, each: usize) {
    for query in queries(articles, each) {
        println!("{}\t{}", query.class.name(), query.for_morgue());
    }
}
