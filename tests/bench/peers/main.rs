//! Measures morgue beside its peers, in one run and in turn, so that a busy
//! machine slows all of them alike; what counts is the ratios.
//!
//! ```text
//! cargo bench --bench peers -- index [--articles N] [--files] [PATH…]
//! cargo bench --bench peers -- search [--articles N] [--files]
//! cargo bench --bench peers -- warm [--articles N]
//! cargo bench --bench peers -- write FOLDER [--articles N] [--files]
//! cargo bench --bench peers -- queries [--articles N]
//! ```
//!
//! `index` prints wall and processor time, peak memory and size over text;
//! `search` the time from process start to ten hits printed; `warm` the time
//! within one process against tantivy, both merged first. `--articles` (default
//! 10000) says how many articles are generated, as JSON lines or with `--files`
//! one to a file; PATHs are read instead where given. `--peers a,b` chooses among morgue,
//! bare (morgue without entities), stock, fts5, xapian, recoll, rg; `--rounds N`
//! (default 3) and `--each N` (queries a class, default 20) how often.
//!
//! Peers: stock tantivy is part of this program. On Debian the others come
//! with `apt-get install sqlite3 ripgrep xapian-omega recollcmd`; what is not
//! installed is left out. Xapian, recoll and ripgrep read only `--files`.
//!
//! Everything is kept below `$MORGUE_BENCH_DIR`, else the system's temporary
//! folder, and used again: remove it to start afresh.

mod archive;
mod articles;
mod indexing;
mod peer;
mod process;
mod queries;
mod searching;
mod stock;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use peer::Peer;

/// The command line.
struct Asked {
    command: String,
    rest: Vec<String>,
    articles: u64,
    rounds: usize,
    each: usize,
    are_files: bool,
    peers: Vec<Peer>,
}

impl Asked {
    fn read() -> Option<Self> {
        // cargo itself adds `--bench`.
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        let mut asked = Self {
            command: args.next()?,
            rest: Vec::new(),
            articles: 10_000,
            rounds: 3,
            each: 20,
            are_files: false,
            peers: Peer::ALL.to_vec(),
        };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--articles" => asked.articles = args.next()?.parse().ok()?,
                "--rounds" => asked.rounds = args.next()?.parse().ok()?,
                "--each" => asked.each = args.next()?.parse().ok()?,
                "--files" => asked.are_files = true,
                "--peers" => {
                    let names = args.next()?;
                    asked
                        .peers
                        .retain(|peer| names.split(',').any(|name| name == peer.key()));
                }
                _ => asked.rest.push(arg),
            }
        }
        asked.peers.retain(|peer| peer.is_installed());
        Some(asked)
    }

    /// A folder for what is measured with this archive.
    fn work(&self) -> PathBuf {
        let root = std::env::var_os("MORGUE_BENCH_DIR")
            .map_or_else(|| std::env::temp_dir().join("morgue-bench"), PathBuf::from);
        let form = if self.are_files { "files" } else { "lines" };
        match self.rest.is_empty() {
            true => root.join(format!("{}-{form}", self.articles)),
            false => root.join("given"),
        }
    }

    /// The archive: what was named, or generated articles.
    fn paths(&self, work: &Path) -> std::io::Result<Vec<PathBuf>> {
        if !self.rest.is_empty() {
            return self.rest.iter().map(std::fs::canonicalize).collect();
        }
        let archive = work.join("archive");
        if !archive.exists() {
            write(&archive, self.articles, self.are_files)?;
        }
        Ok(vec![archive])
    }
}

fn write(folder: &Path, articles: u64, are_files: bool) -> std::io::Result<()> {
    match are_files {
        true => archive::write_files(folder, articles),
        false => archive::write_lines(folder, articles),
    }
}

fn run(asked: &Asked) -> Result<(), Box<dyn std::error::Error>> {
    let work = asked.work();
    let rest: Vec<&str> = asked.rest.iter().map(String::as_str).collect();
    match (asked.command.as_str(), &rest[..]) {
        ("write", [folder]) => write(Path::new(folder), asked.articles, asked.are_files)?,
        ("queries", []) => searching::list(asked.articles, asked.each),
        ("index", _) => {
            let paths = asked.paths(&work)?;
            let are_files = asked.are_files || !rest.is_empty();
            indexing::compare(&work, &paths, &asked.peers, asked.rounds, are_files)?;
        }
        ("search", []) => {
            let paths = asked.paths(&work)?;
            let peers = searching::prepare(&work, &paths, &asked.peers, asked.are_files)?;
            searching::cold(&work, &paths, &peers, asked.articles, asked.each)?;
        }
        ("warm", []) => {
            let paths = asked.paths(&work)?;
            searching::prepare(&work, &paths, &[Peer::Bare, Peer::Stock], asked.are_files)?;
            searching::merge(&work)?;
            searching::warm(&work, asked.articles, asked.each)?;
        }
        ("stock-index", [folder, lines]) => stock::index(Path::new(folder), Path::new(lines))?,
        ("stock-search", [folder, query]) => stock::Stock::open(Path::new(folder))?.print(query)?,
        _ => return Err("see the head of tests/bench/peers/main.rs".into()),
    }
    Ok(())
}

fn main() -> ExitCode {
    // Run by `cargo bench` without a word on what to measure: nothing to do.
    let Some(asked) = Asked::read() else {
        eprintln!("usage: cargo bench --bench peers -- index|search|warm …");
        return ExitCode::SUCCESS;
    };
    match run(&asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
