//! Where in an archive something lies: a file, a member of a container, a record.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a record lies: `news/a.tar.gz!1987/reut2-003.sgm#17`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Locator {
    /// The file in the file system, as it is shown to people.
    pub path: Arc<PathBuf>,
    /// Names of nested members, outermost first, as the containers hold them
    /// (bytes decoded to text). Compressed files that
    /// hold one stream add no member.
    pub members: Vec<Arc<str>>,
    /// Position in its file or member, from 1. `None` until the conveyor
    /// has counted, and in what is printed where a file holds one article.
    pub ordinal: Option<u64>,
}

impl Locator {
    /// The locator of a whole file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: Arc::new(path.into()),
            members: Vec::new(),
            ordinal: None,
        }
    }

    /// The locator of a member below this one.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let mut members = self.members.clone();
        members.push(Arc::from(name));
        Self {
            path: Arc::clone(&self.path),
            members,
            ordinal: None,
        }
    }

    /// Members joined by `!`; `None` for a plain file.
    pub fn member_path(&self) -> Option<String> {
        (!self.members.is_empty()).then(|| self.members.join("!"))
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        for member in &self.members {
            write!(f, "!{member}")?;
        }
        if let Some(ordinal) = self.ordinal {
            write!(f, "#{ordinal}")?;
        }
        Ok(())
    }
}
