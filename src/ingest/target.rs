//! Where a run writes: an index, or, on trial, nowhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::options::Options;
use super::plan::Job;
use crate::error::{Error, Skip};
use crate::index::document::{FileState, Prepared};
use crate::index::payload::{Root, path_of};
use crate::index::schema::{Fields, schema};
use crate::index::writer::Reading;
use crate::index::{Catalogue, FileEntry, Index, Snapshot, Writer, WriterOptions};

/// Where a run writes: an index, or nowhere.
pub(super) enum Target {
    Index(Box<Writer>),
    Nowhere {
        catalogue: Arc<Catalogue>,
        snapshot: Option<Box<Snapshot>>,
        roots: Vec<Root>,
        forgotten: Vec<String>,
    },
}

impl Target {
    pub(super) fn open(folder: &Path, options: &Options) -> Result<Self, Error> {
        if !options.dry_run {
            let writer = Writer::open(
                folder,
                WriterOptions {
                    threads: options.threads,
                    memory_bytes: options.memory_bytes,
                    rebuild: options.rebuild,
                    merge: options.merge,
                },
            )?;
            return Ok(Self::Index(Box::new(writer)));
        }
        let index = match Index::open(folder) {
            Err(Error::NoIndex { .. }) => None,
            other => Some(other?),
        };
        let Some(index) = index.filter(|_| !options.rebuild) else {
            return Ok(Self::Nowhere {
                catalogue: Arc::default(),
                snapshot: None,
                roots: Vec::new(),
                forgotten: Vec::new(),
            });
        };
        let snapshot = index.snapshot()?;
        let catalogue = Catalogue::read(&snapshot, folder)?;
        let payload = index.payload()?;
        Ok(Self::Nowhere {
            catalogue: Arc::new(catalogue),
            snapshot: Some(Box::new(snapshot)),
            roots: payload.roots,
            forgotten: payload.forgotten,
        })
    }

    pub(super) fn catalogue(&self) -> Arc<Catalogue> {
        match self {
            Self::Index(writer) => writer.catalogue(),
            Self::Nowhere { catalogue, .. } => Arc::clone(catalogue),
        }
    }

    pub(super) fn snapshot(&self) -> Option<Snapshot> {
        match self {
            Self::Index(writer) => writer.snapshot().cloned(),
            Self::Nowhere { snapshot, .. } => snapshot.as_deref().cloned(),
        }
    }

    pub(super) fn roots(&self) -> Vec<Root> {
        match self {
            Self::Index(writer) => writer.roots().to_vec(),
            Self::Nowhere { roots, .. } => roots.clone(),
        }
    }

    pub(super) fn forgotten(&self) -> Vec<PathBuf> {
        let forgotten = match self {
            Self::Index(writer) => writer.forgotten(),
            Self::Nowhere { forgotten, .. } => forgotten,
        };
        forgotten.iter().map(|path| path_of(path)).collect()
    }

    pub(super) fn fields(&self) -> Fields {
        schema().1
    }

    pub(super) fn begin(&mut self, job: &Job) -> Reading {
        match self {
            Self::Index(writer) => writer.begin(
                Arc::clone(&job.key),
                job.before.map(|before| before.reading),
            ),
            Self::Nowhere { .. } => Reading::detached(Arc::clone(&job.key)),
        }
    }

    pub(super) fn add(&mut self, reading: &mut Reading, article: Prepared) -> Result<(), Error> {
        match self {
            Self::Index(writer) => writer.add(reading, article).map(|_| ()),
            Self::Nowhere { .. } => {
                reading.identify(article.members(), article.own_id());
                Ok(())
            }
        }
    }

    pub(super) fn finish(
        &mut self,
        reading: Reading,
        state: &FileState,
        skip: Option<&Skip>,
    ) -> Result<(), Error> {
        match self {
            Self::Index(writer) => writer.finish(reading, state, skip),
            Self::Nowhere { .. } => Ok(()),
        }
    }

    pub(super) fn remove(&mut self, entry: &FileEntry) {
        if let Self::Index(writer) = self {
            writer.remove(entry);
        }
    }

    pub(super) fn set_roots(&mut self, roots: Vec<Root>, forgotten: &[PathBuf]) {
        if let Self::Index(writer) = self {
            writer.set_roots(roots, forgotten);
        }
    }

    pub(super) fn commit(&mut self) -> Result<(), Error> {
        match self {
            Self::Index(writer) if writer.is_dirty() => writer.commit(),
            _ => Ok(()),
        }
    }

    pub(super) fn close(self, interrupted: &AtomicBool) -> Result<(), Error> {
        match self {
            Self::Index(writer) => writer.close_unless(interrupted),
            Self::Nowhere { .. } => Ok(()),
        }
    }

    /// Commits what an interrupted run has done, unless it was a rebuild.
    pub(super) fn stop(self) -> Result<(), Error> {
        match self {
            Self::Index(writer) => writer.stop(),
            Self::Nowhere { .. } => Ok(()),
        }
    }
}
