//! A scratch folder, the `morgue` command in it, and filters that take what
//! differs from run to run out of its output.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// A folder that goes away with the test.
pub struct Scratch {
    folder: tempfile::TempDir,
}

/// What a run of the program printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Exit code; -1 for a signal.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Runs a command to its end; times are taken out of its notes.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: filtered(&String::from_utf8_lossy(&output.stderr)),
        }
    }
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, its folders made as needed.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Writes a file that was last changed long ago.
    pub fn write_old(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.write(name, content);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(
            std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000),
        )
        .unwrap();
        path
    }

    /// The program, to be run in this folder, free of the caller's settings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null());
        for name in [
            "MORGUE_INDEX",
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "PAGER",
            "MORGUE_PAGER",
        ] {
            command.env_remove(name);
        }
        command
            .env("XDG_CONFIG_HOME", self.path().join(".config"))
            .env("HOME", self.path());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// Runs and expects success.
    pub fn ok(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran
    }

    /// The ids of every article a query finds, in rank order.
    pub fn ids(&self, query: &str) -> Vec<String> {
        let ran = self.run(&["search", "--all", "--format", "ids", query]);
        assert!(ran.code <= 1, "{query}: {ran:?}");
        ran.stdout.lines().map(str::to_owned).collect()
    }

    /// A value of the report of `morgue index --json`.
    pub fn index_json(&self, args: &[&str]) -> serde_json::Value {
        let ran = self.run(&[&["index", "--json"], args].concat());
        assert!(ran.code <= 1, "{args:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

/// Takes times out of a text.
pub fn filtered(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    // ` in 0.012 s:` becomes ` in [time]:`.
    while let Some(at) = rest.find(" in ") {
        let (before, after) = rest.split_at(at + 4);
        out.push_str(before);
        let number = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                .len();
        match after[number..].strip_prefix(" s:") {
            Some(tail) if number > 0 => {
                out.push_str("[time]:");
                rest = tail;
            }
            _ => rest = after,
        }
    }
    out.push_str(rest);
    out
}

/// The sample archive of the project.
#[allow(dead_code, reason = "not every module of tests needs it")]
pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Copies a folder with everything in it.
#[allow(dead_code, reason = "not every module of tests needs it")]
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The folder of real archives that `MORGUE_TEST_DATA` names.
pub fn test_data() -> PathBuf {
    let folder = std::env::var_os("MORGUE_TEST_DATA")
        .expect("MORGUE_TEST_DATA must name the folder of test archives");
    PathBuf::from(folder)
}

/// What the golden file of that name holds; with `UPDATE_GOLDEN=1` in the
/// environment it is written anew.
pub fn golden(name: &str, shown: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    std::fs::read_to_string(&path).unwrap_or_default()
}

/// Compares `shown` with the golden file of that name, line by line.
pub fn assert_golden(name: &str, shown: &str) {
    let expected = golden(name, shown);
    let differs = expected
        .lines()
        .zip(shown.lines())
        .position(|(one, other)| one != other)
        .unwrap_or(expected.lines().count().min(shown.lines().count()));
    assert!(
        expected == shown,
        "{name} differs from line {}: expected {:?}, shown {:?}; UPDATE_GOLDEN=1 writes it anew",
        differs + 1,
        expected.lines().nth(differs),
        shown.lines().nth(differs)
    );
}

/// A zip of these members; `mimetype` lies in it as it is.
pub fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        let method = match *name {
            "mimetype" => CompressionMethod::Stored,
            _ => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
