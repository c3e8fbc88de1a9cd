//! How long each peer takes to index an archive, and how large its index is.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::archive::{Plain, size_of};
use super::peer::Peer;
use super::process::{Cost, measure, quantile};

/// Indexes `paths` with every peer, `rounds` times in turn, and prints a
/// table of medians.
pub fn compare(
    work: &Path,
    paths: &[PathBuf],
    peers: &[Peer],
    rounds: usize,
    are_files: bool,
) -> io::Result<()> {
    let plain = Plain::extract(paths, &work.join("plain"))?;
    println!(
        "{} articles, {:.1} MB of text, {rounds} rounds in turn, medians\n",
        plain.articles,
        plain.text as f64 / 1e6
    );
    let mut rows: Vec<(Peer, Vec<Cost>, u64)> = Vec::new();
    for _ in 0..rounds {
        for &peer in peers {
            if peer.reads_only_files() && !are_files {
                continue;
            }
            let folder = work.join(peer.key());
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            let Some(mut command) = peer.index(&folder, paths, &plain)? else {
                continue;
            };
            let (cost, ended) = measure(&mut command)?;
            let is_done = matches!(ended.code(), Some(0 | 1));
            if !is_done {
                eprintln!("{} failed: {ended}", peer.name());
            }
            let size = size_of(&folder);
            match rows.iter_mut().find(|row| row.0 == peer) {
                Some(row) => row.1.push(cost),
                None => rows.push((peer, vec![cost], size)),
            }
        }
    }
    let wall = |costs: &[Cost]| median(costs, |cost| cost.wall);
    let of = |peer: Peer| rows.iter().find(|row| row.0 == peer);
    println!(
        "| index | wall s | CPU s | articles/s | MB/s | peak MiB | index/text | wall / tantivy | wall / FTS5 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (peer, costs, size) in &rows {
        let seconds = wall(costs);
        let against = |other: Peer| match of(other) {
            Some((_, others, _)) => format!("{:.2}", seconds / wall(others)),
            None => String::new(),
        };
        println!(
            "| {} | {:.2} | {:.2} | {:.0} | {:.1} | {} | {:.2} | {} | {} |",
            peer.name(),
            seconds,
            median(costs, |cost| cost.cpu),
            plain.articles as f64 / seconds,
            plain.text as f64 / 1e6 / seconds,
            costs.iter().map(|cost| cost.peak_bytes).max().unwrap_or(0) >> 20,
            *size as f64 / plain.text as f64,
            against(Peer::Stock),
            against(Peer::Fts5),
        );
    }
    Ok(())
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> Duration) -> f64 {
    let mut values: Vec<Duration> = costs.iter().map(of).collect();
    quantile(&mut values, 0.5).as_secs_f64()
}
