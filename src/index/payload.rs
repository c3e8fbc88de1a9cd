//! What each commit carries besides documents, so that a killed run can be
//! resumed from the commit alone.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::generation::Versions;

/// The payload of a commit, as JSON in tantivy's `meta.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// Number the next reading of a file will bear. Numbers are never used
    /// twice, so that deleting one reading cannot hit another.
    pub next_reading: u64,
    /// Readings under way at the commit, in ascending order. Their documents
    /// are left out of answers, and dropped by the next run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<u64>,
    /// What it was written with, should `morgue.json` be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<Versions>,
    /// Every PATH that was ever read into the index and not forgotten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<Root>,
    /// Paths below them that are not read, by [`encode_path`]: they were told
    /// to be forgotten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<String>,
}

/// A PATH given to `morgue index`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Absolute path, encoded as in [`encode_path`].
    pub path: String,
    /// Device it lay on: another device under the same name may be an
    /// unplugged disk's empty mount point.
    pub device: u64,
    /// Devices of the files below it, in ascending order: one that is seen no
    /// more may be an unplugged disk, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<u64>,
    /// How it is read, where that is not the default; of `ingest`'s making.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<serde_json::Value>,
}

impl Default for Payload {
    fn default() -> Self {
        Self {
            next_reading: 1,
            unfinished: Vec::new(),
            versions: None,
            roots: Vec::new(),
            forgotten: Vec::new(),
        }
    }
}

/// A path as text for JSON: itself where it is UTF-8, else base 64 behind a
/// NUL, which no path contains.
pub fn encode_path(path: &[u8]) -> String {
    use base64::Engine as _;
    match std::str::from_utf8(path) {
        Ok(text) => text.to_owned(),
        Err(_) => format!(
            "\0{}",
            base64::engine::general_purpose::STANDARD.encode(path)
        ),
    }
}

/// The bytes of a path encoded by [`encode_path`].
pub fn decode_path(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    match text.strip_prefix('\0') {
        Some(encoded) => base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .unwrap_or_default(),
        None => text.as_bytes().to_vec(),
    }
}

/// The path encoded by [`encode_path`].
pub fn path_of(text: &str) -> PathBuf {
    PathBuf::from(OsString::from_vec(decode_path(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_are_not_utf8_come_back() {
        for path in [&b"/news/a.txt"[..], b"/news/\xff\xfe.txt"] {
            assert_eq!(decode_path(&encode_path(path)), path);
        }
    }
}
