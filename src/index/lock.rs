//! One writer at a time: an advisory lock that the system drops with the
//! process, and that says who holds it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::error::Error;

/// Held while a run writes; dropping it lets the next run in.
#[derive(Debug)]
pub struct WriteLock {
    _file: File,
}

impl WriteLock {
    /// Takes the lock at once or fails.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] where another process holds it; [`Error::Io`].
    pub fn take(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("lock");
        let io = |action: &'static str| {
            let path = path.clone();
            move |source: std::io::Error| Error::Io {
                action,
                path,
                source,
            }
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io("open"))?;
        // A look at who holds the lock holds it for a moment itself.
        const ATTEMPTS: usize = 3;
        let mut attempt = 1;
        while let Err(errno) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if errno != rustix::io::Errno::WOULDBLOCK {
                return Err(io("lock")(errno.into()));
            }
            if attempt == ATTEMPTS {
                return Err(Error::Locked {
                    path: folder.to_owned(),
                    holder: holder(&mut file),
                });
            }
            attempt += 1;
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        let holder = format!("process {}, started {now}\n", std::process::id());
        // Only to tell others; a full disk need not end the run here.
        let _ = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(holder.as_bytes()));
        Ok(Self { _file: file })
    }
}

impl WriteLock {
    /// Whether another run is writing, as far as can be told. Nothing is written.
    pub(super) fn is_held(folder: &Path) -> bool {
        let Ok(file) = File::open(folder.join("lock")) else {
            return false;
        };
        flock(&file, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK)
    }
}

/// Who holds the lock. A run that has just taken it may yet have to say so.
fn holder(file: &mut File) -> Option<String> {
    const LOOKS: usize = 10;
    for _ in 0..LOOKS {
        let mut text = String::new();
        let read = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| file.read_to_string(&mut text));
        if read.is_ok() && !text.trim().is_empty() {
            return Some(text.trim().to_owned());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = WriteLock::take(folder.path()).unwrap();
        let refused = WriteLock::take(folder.path()).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
        drop(first);
        WriteLock::take(folder.path()).unwrap();
    }
}
