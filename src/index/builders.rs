//! The threads that build segments: documents go in, and at each commit the
//! segments come out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use tantivy::index::SegmentMeta;
use tantivy::{Index, TantivyError};

use super::document::Queued;
use super::segment::SegmentBuilder;

/// Lots of documents waiting, at most; their bytes are bounded by a gate before it.
const WAITING: usize = 64;

/// Another thread is started once this many wait: a run over a few files
/// shall leave one segment behind and not one a thread.
const MANY_WAITING: usize = 2;

/// The threads, started as they are needed.
pub(super) struct Builders {
    index: Index,
    most: usize,
    bytes: usize,
    threads: Vec<JoinHandle<tantivy::Result<Vec<SegmentMeta>>>>,
    queue: Option<(Sender<Queued>, Receiver<Queued>)>,
    signals: Arc<Signals>,
}

#[derive(Default)]
struct Signals {
    /// A thread ended early; what it said is known once it is joined.
    has_failed: AtomicBool,
    /// What was built is not wanted.
    is_given_up: AtomicBool,
}

impl Builders {
    /// Up to `most` threads, each of which fills about `bytes` of memory
    /// before it writes a segment.
    pub(super) fn new(index: &Index, most: usize, bytes: usize) -> Self {
        Self {
            index: index.clone(),
            most,
            bytes,
            threads: Vec::new(),
            queue: None,
            signals: Arc::default(),
        }
    }

    /// Tells, now and later, whether a thread has failed.
    pub(super) fn failure(&self) -> impl Fn() -> bool + 'static {
        let signals = Arc::clone(&self.signals);
        move || signals.has_failed.load(Ordering::Relaxed)
    }

    /// Adds documents.
    ///
    /// # Errors
    ///
    /// What stopped a thread; nothing can be added any more then.
    pub(super) fn add(&mut self, documents: Queued) -> tantivy::Result<()> {
        if self.signals.has_failed.load(Ordering::Relaxed) {
            return Err(self.error());
        }
        let (sender, receiver) = self.queue.get_or_insert_with(|| bounded(WAITING));
        let is_needed = self.threads.is_empty() || sender.len() >= MANY_WAITING;
        if is_needed && self.threads.len() < self.most {
            let (index, receiver) = (self.index.clone(), receiver.clone());
            let (signals, bytes) = (Arc::clone(&self.signals), self.bytes);
            let thread = std::thread::Builder::new()
                .name(format!("segment-{}", self.threads.len()))
                .spawn(move || build(&index, &receiver, bytes, &signals))?;
            self.threads.push(thread);
        }
        match sender.send(documents) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.error()),
        }
    }

    /// Ends the segments under way and returns all since the last time.
    ///
    /// # Errors
    ///
    /// What stopped a thread.
    pub(super) fn finish(&mut self) -> tantivy::Result<Vec<SegmentMeta>> {
        self.queue = None;
        let mut built = Vec::new();
        let mut failed = None;
        for thread in self.threads.drain(..) {
            match thread.join() {
                Ok(Ok(segments)) => built.extend(segments),
                Ok(Err(error)) => failed = failed.or(Some(error)),
                Err(_) => failed = failed.or(Some(panicked())),
            }
        }
        match failed {
            None => Ok(built),
            Some(error) => Err(error),
        }
    }

    fn error(&mut self) -> TantivyError {
        self.signals.is_given_up.store(true, Ordering::Relaxed);
        self.finish().err().unwrap_or_else(panicked)
    }
}

impl Drop for Builders {
    fn drop(&mut self) {
        self.signals.is_given_up.store(true, Ordering::Relaxed);
        let _ = self.finish();
    }
}

fn panicked() -> TantivyError {
    TantivyError::ErrorInThread("a thread that builds segments panicked".to_owned())
}

/// Builds segments of what comes, until nothing more can come.
fn build(
    index: &Index,
    queue: &Receiver<Queued>,
    bytes: usize,
    signals: &Signals,
) -> tantivy::Result<Vec<SegmentMeta>> {
    let built = catch_unwind(AssertUnwindSafe(|| {
        let mut segments = Vec::new();
        while let Ok(first) = queue.recv() {
            let mut builder = SegmentBuilder::new(index)?;
            let rest = std::iter::from_fn(|| queue.recv().ok());
            for queued in std::iter::once(first).chain(rest) {
                if signals.is_given_up.load(Ordering::Relaxed) {
                    return Ok(Vec::new());
                }
                for document in &queued.documents {
                    builder.add(document)?;
                }
                drop(queued);
                if builder.is_full() || builder.memory() >= bytes {
                    break;
                }
            }
            if signals.is_given_up.load(Ordering::Relaxed) {
                return Ok(Vec::new());
            }
            segments.push(builder.finish()?);
        }
        Ok(segments)
    }))
    .unwrap_or_else(|_| Err(panicked()));
    if built.is_err() {
        signals.has_failed.store(true, Ordering::Relaxed);
    }
    built
}
