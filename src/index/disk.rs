//! How files of an index are put in place so that a crash leaves the old or
//! the new one, and the points where the tests make the system refuse.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Opening it, or reading what it holds.
    Read,
    /// Making it.
    Create,
    /// Writing to it.
    Write,
    /// Making what was written last.
    Sync,
    /// Giving it its name.
    Rename,
    /// Removing it.
    Remove,
}

impl Operation {
    /// As it stands in ``cannot … `file` ``.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Rename => "rename",
            Self::Remove => "remove",
        }
    }
}

/// Stands before each operation on a file of an index: there a test may have
/// the system refuse it, or the process die.
#[cfg(not(test))]
#[inline]
pub(super) fn point(_: Operation, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use faults::point;

/// Replaces a small file so that a crash leaves the old or the new one.
pub(super) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.tmp"));
    point(Operation::Create, &temporary)?;
    let mut file = File::create(&temporary)?;
    point(Operation::Write, &temporary)?;
    file.write_all(bytes)?;
    point(Operation::Sync, &temporary)?;
    file.sync_all()?;
    point(Operation::Rename, &temporary)?;
    fs::rename(&temporary, folder.join(name))?;
    sync_folder(folder)
}

/// Replaces a file that can be made again at any time. It is not made to last: a
/// crash may cut it short.
pub(super) fn put(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.tmp"));
    let written = File::create(&temporary).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()
    });
    written
        .and_then(|()| fs::rename(&temporary, folder.join(name)))
        .inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })
}

/// Makes renames and new files in a folder last.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    point(Operation::Sync, folder)?;
    File::open(folder)?.sync_all()
}

/// Makes a folder and those above it, and makes their names last.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = match folder.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    create_folder(above)?;
    point(Operation::Create, folder)?;
    match fs::create_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        other => other?,
    }
    // What lies above may be closed to us; then the name's fate is the system's.
    match sync_folder(above) {
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

/// Makes operations fail, in tests.
#[cfg(test)]
pub(crate) mod faults {
    use std::io;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex, PoisonError};

    use super::Operation;

    /// What happens at the point.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Fault {
        /// The process dies.
        Abort,
        /// The system refuses with this code, once or from then on.
        Refuse {
            /// `ENOSPC` counts operations that take room only.
            code: i32,
            for_good: bool,
        },
    }

    /// No room left on the device.
    pub(crate) const NO_SPACE: i32 = 28;

    /// The device failed.
    pub(crate) const IO: i32 = 5;

    struct Plan {
        folder: PathBuf,
        at: u64,
        fault: Fault,
        seen: AtomicU64,
    }

    static PLANS: Mutex<Vec<Arc<Plan>>> = Mutex::new(Vec::new());

    /// A plan in force until it is dropped.
    pub(crate) struct Armed(Arc<Plan>);

    impl Armed {
        /// Whether as many operations were seen as the plan let pass.
        pub(crate) fn has_struck(&self) -> bool {
            self.0.seen.load(Ordering::SeqCst) > self.0.at
        }
    }

    impl Drop for Armed {
        fn drop(&mut self) {
            let mut plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
            plans.retain(|plan| !Arc::ptr_eq(plan, &self.0));
        }
    }

    /// Lets `at` operations below `folder` pass; then `fault` strikes.
    pub(crate) fn arm(folder: &Path, at: u64, fault: Fault) -> Armed {
        let plan = Arc::new(Plan {
            folder: folder.to_owned(),
            at,
            fault,
            seen: AtomicU64::new(0),
        });
        PLANS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&plan));
        Armed(plan)
    }

    pub(in crate::index) fn point(operation: Operation, path: &Path) -> io::Result<()> {
        let plan = {
            let plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
            plans
                .iter()
                .find(|plan| path.starts_with(&plan.folder))
                .cloned()
        };
        let Some(plan) = plan else {
            return Ok(());
        };
        let takes_room = !matches!(operation, Operation::Read | Operation::Remove);
        match plan.fault {
            Fault::Refuse { code: NO_SPACE, .. } if !takes_room => return Ok(()),
            _ => {}
        }
        let number = plan.seen.fetch_add(1, Ordering::SeqCst);
        match plan.fault {
            Fault::Abort if number == plan.at => std::process::abort(),
            Fault::Refuse { code, for_good }
                if number == plan.at || number > plan.at && for_good =>
            {
                Err(io::Error::from_raw_os_error(code))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_is_the_old_or_the_new_one_wherever_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        replace(folder.path(), "file", b"old").unwrap();
        for at in 0.. {
            let fault = faults::Fault::Refuse {
                code: faults::NO_SPACE,
                for_good: true,
            };
            let armed = faults::arm(folder.path(), at, fault);
            let replaced = replace(folder.path(), "file", b"new");
            let content = fs::read(folder.path().join("file")).unwrap();
            if !armed.has_struck() {
                replaced.unwrap();
                assert_eq!(content, b"new");
                break;
            }
            replaced.unwrap_err();
            assert!([&b"old"[..], b"new"].contains(&&content[..]));
        }
    }

    #[test]
    fn folders_are_made_with_those_above_them() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        create_folder(&deep).unwrap();
        create_folder(&deep).unwrap();
        assert!(deep.is_dir());
    }
}
