//! Paths as they are printed.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::locator::Locator;

/// A path of an index.
pub use crate::index::payload::path_of as decoded;

/// A path relative to the working folder where it lies below it.
pub fn shown(path: &Path) -> PathBuf {
    static HERE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let here = HERE.get_or_init(|| std::env::current_dir().ok());
    match here.as_ref().and_then(|here| path.strip_prefix(here).ok()) {
        Some(below) if !below.as_os_str().is_empty() => below.to_owned(),
        _ => path.to_owned(),
    }
}

/// Where a document lies, for people.
pub fn located(locator: &Locator) -> String {
    let locator = Locator {
        path: Arc::new(shown(&locator.path)),
        ..locator.clone()
    };
    locator.to_string()
}

/// A path for JSON: text, or `{"bytes": base64}` where it is not UTF-8.
pub fn json(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => json!(text),
        None => {
            json!({"bytes": base64::engine::general_purpose::STANDARD.encode(path.as_os_str().as_bytes())})
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_path_that_is_not_utf8_is_given_as_bytes() {
        assert_eq!(
            json(Path::new(OsStr::from_bytes(b"a\xff"))),
            json!({"bytes": "Yf8="})
        );
        assert_eq!(json(Path::new("a")), json!("a"));
    }
}
