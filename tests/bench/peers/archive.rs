//! Writes archives of generated articles, and reads articles back for those
//! peers that cannot read morgue's formats.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::articles::Press;

/// Articles as JSON lines, one file for every 10,000.
pub fn write_lines(folder: &Path, articles: u64) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let press = Press::new();
    for first in (0..articles).step_by(10_000) {
        let path = folder.join(format!("wire-{:05}.jsonl", first / 10_000));
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        for n in first..articles.min(first + 10_000) {
            let article = press.article(n);
            let line = serde_json::json!({
                "title": article.title,
                "text": article.body,
                "date": article.date,
                "author": article.author,
                "source": article.source,
                "section": article.section,
                "url": article.url,
            });
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    Ok(())
}

/// Articles as text files, 1,000 to a folder; the day is in the path.
pub fn write_files(folder: &Path, articles: u64) -> io::Result<()> {
    let press = Press::new();
    for n in 0..articles {
        let article = press.article(n);
        let inner = folder.join(format!("{:04}", n / 1000));
        if n % 1000 == 0 {
            std::fs::create_dir_all(&inner)?;
        }
        let path = inner.join(format!("{}-{n}.txt", article.date));
        std::fs::write(path, format!("{}\n\n{}\n", article.title, article.body))?;
    }
    Ok(())
}

/// What stock tantivy and SQLite are given: the same articles as morgue, cut
/// from their formats beforehand.
pub struct Plain {
    /// JSON lines with `title`, `body`, `published`, `path`.
    pub lines: PathBuf,
    /// Title and body, parted by 0x1f and ended by 0x1e, for `.import`.
    pub columns: PathBuf,
    pub articles: u64,
    /// Bytes of titles and bodies.
    pub text: u64,
}

impl Plain {
    /// Reads `paths` with `morgue inspect` and keeps what it prints in `folder`.
    pub fn extract(paths: &[PathBuf], folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut plain = Self {
            lines: folder.join("plain.jsonl"),
            columns: folder.join("plain.columns"),
            articles: 0,
            text: 0,
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_morgue"))
            .args(["inspect", "--no-entities"])
            .args(paths)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let Some(stdout) = child.stdout.take() else {
            return Ok(plain);
        };
        let mut lines = BufWriter::with_capacity(1 << 20, File::create(&plain.lines)?);
        let mut columns = BufWriter::with_capacity(1 << 20, File::create(&plain.columns)?);
        for line in BufReader::with_capacity(1 << 20, stdout).lines() {
            let line = line?;
            let Ok(value) = serde_json::from_str::<serde_json::Value>(&line) else {
                continue;
            };
            if value["type"] != "article" {
                continue;
            }
            let is_derived = value["title_from"]
                .as_str()
                .is_some_and(|from| from.starts_with("derived"));
            let title = match is_derived {
                // sqlite3 reads an empty column as none.
                true => " ",
                false => value["title"].as_str().unwrap_or(" "),
            };
            let body = value["body"].as_str().unwrap_or("");
            plain.articles += 1;
            plain.text += (title.len() + body.len()) as u64;
            let kept = serde_json::json!({
                "title": title,
                "body": body,
                "published": value["published"],
                "path": value["path"],
            });
            serde_json::to_writer(&mut lines, &kept)?;
            lines.write_all(b"\n")?;
            let clean = |text: &str| text.replace(['\u{1e}', '\u{1f}', '\0'], " ");
            write!(columns, "{}\u{1f}{}\u{1e}", clean(title), clean(body))?;
        }
        lines.flush()?;
        columns.flush()?;
        child.wait()?;
        Ok(plain)
    }
}

/// Bytes of all files below `folder`.
pub fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return std::fs::metadata(folder).map_or(0, |metadata| metadata.len());
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
