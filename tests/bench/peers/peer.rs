//! The programs that are compared, and how each is run. A peer that is not
//! installed is left out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::archive::Plain;
use super::process::is_installed;
use super::queries::Query;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// morgue with entities.
    Morgue,
    /// morgue without.
    Bare,
    Stock,
    Fts5,
    Xapian,
    Recoll,
    Ripgrep,
}

impl Peer {
    pub const ALL: [Self; 7] = [
        Self::Morgue,
        Self::Bare,
        Self::Stock,
        Self::Fts5,
        Self::Xapian,
        Self::Recoll,
        Self::Ripgrep,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Morgue => "morgue",
            Self::Bare => "morgue --no-entities",
            Self::Stock => "tantivy, en_stem",
            Self::Fts5 => "SQLite FTS5, porter",
            Self::Xapian => "Xapian omega",
            Self::Recoll => "recoll",
            Self::Ripgrep => "ripgrep",
        }
    }

    /// The short name of the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Morgue => "morgue",
            Self::Bare => "bare",
            Self::Stock => "stock",
            Self::Fts5 => "fts5",
            Self::Xapian => "xapian",
            Self::Recoll => "recoll",
            Self::Ripgrep => "rg",
        }
    }

    pub fn is_installed(self) -> bool {
        match self {
            Self::Morgue | Self::Bare | Self::Stock => true,
            Self::Fts5 => is_installed("sqlite3"),
            Self::Xapian => is_installed("omindex") && is_installed("quest"),
            Self::Recoll => is_installed("recollindex") && is_installed("recollq"),
            Self::Ripgrep => is_installed("rg"),
        }
    }

    /// Whether it can only read files that hold one article each.
    pub fn reads_only_files(self) -> bool {
        matches!(self, Self::Xapian | Self::Recoll | Self::Ripgrep)
    }

    /// The command that indexes an archive into `folder`, which is empty.
    /// `None` for what keeps no index.
    pub fn index(
        self,
        folder: &Path,
        paths: &[PathBuf],
        plain: &Plain,
    ) -> std::io::Result<Option<Command>> {
        Ok(Some(match self {
            Self::Morgue | Self::Bare => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
                command.arg("--index").arg(folder).arg("index").args(paths);
                if self == Self::Bare {
                    command.arg("--no-entities");
                }
                command
            }
            Self::Stock => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("stock-index").arg(folder).arg(&plain.lines);
                command
            }
            Self::Fts5 => {
                std::fs::create_dir_all(folder)?;
                let script = folder.join("import.sql");
                let mut file = std::fs::File::create(&script)?;
                writeln!(
                    file,
                    "create virtual table t using fts5(title, body, tokenize='porter');\n.mode ascii\nbegin;\n.import {} t\ncommit;",
                    plain.columns.display()
                )?;
                let mut command = Command::new("sqlite3");
                command
                    .arg(folder.join("t.db"))
                    .stdin(Stdio::from(std::fs::File::open(script)?));
                command
            }
            Self::Xapian => {
                let mut command = Command::new("omindex");
                command
                    .arg("--db")
                    .arg(folder)
                    .args(["--url", "/"])
                    .args(paths);
                command
            }
            Self::Recoll => {
                std::fs::create_dir_all(folder)?;
                let topdirs: Vec<String> = paths
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect();
                std::fs::write(
                    folder.join("recoll.conf"),
                    format!("topdirs = {}\n", topdirs.join(" ")),
                )?;
                let mut command = Command::new("recollindex");
                command.arg("-c").arg(folder);
                command
            }
            Self::Ripgrep => return Ok(None),
        }))
    }

    /// The command that prints the ten best hits of a query, with snippets
    /// where the peer can. `None` where it cannot be asked.
    pub fn search(self, folder: &Path, paths: &[PathBuf], query: &Query) -> Option<Command> {
        let mut command = match self {
            Self::Morgue | Self::Bare => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
                command
                    .arg("--index")
                    .arg(folder)
                    .arg("search")
                    .arg(query.for_morgue());
                command
            }
            Self::Stock => {
                let mut command = Command::new(std::env::current_exe().ok()?);
                command
                    .arg("stock-search")
                    .arg(folder)
                    .arg(query.for_stock());
                command
            }
            Self::Fts5 => {
                let mut command = Command::new("sqlite3");
                command.arg(folder.join("t.db")).arg(query.for_fts5()?);
                command
            }
            Self::Xapian => {
                let mut command = Command::new("quest");
                command
                    .arg("-d")
                    .arg(folder)
                    .args(["-m", "10"])
                    .arg(query.for_xapian()?);
                command
            }
            Self::Recoll => {
                let mut command = Command::new("recollq");
                command
                    .arg("-c")
                    .arg(folder)
                    .args(["-n", "10", "-A"])
                    .arg(query.for_recoll()?);
                command
            }
            Self::Ripgrep => {
                let mut command = Command::new("rg");
                command
                    .args(["-i", "-l"])
                    .arg(query.for_ripgrep()?)
                    .args(paths);
                command
            }
        };
        command.env_remove("MORGUE_INDEX");
        Some(command)
    }
}
