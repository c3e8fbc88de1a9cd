//! Ends work that does not end. A thread cannot be ended from outside, so what
//! costs more than its limit is given up: another thread goes on in its place
//! behind the record, and the lost one runs with the least of the processor
//! until the program ends.
//!
//! The limit is in processor time: a busy machine, a slow disk or a reader
//! that waits for room costs no record its place.

use std::collections::HashMap;
use std::fs::File;
use std::io::Seek;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

/// Where a piece of work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Another number for each step that is limited by itself.
    pub step: u64,
    /// The thread that is at it.
    pub thread: Thread,
    /// How far in its file it is: taking many bytes from it is no hang.
    pub place: u64,
}

/// Work that may be given up.
pub(super) trait Work: Send + Sync {
    /// What it is at; `None` while it waits for something.
    fn standing(&self) -> Option<Standing>;

    /// Goes on behind `step` without the thread that is at it, unless that has
    /// ended meanwhile. `true` if a thread was lost.
    fn give_up(self: Arc<Self>, step: u64) -> bool;
}

/// How far reading a file has come, by a handle that shares its place.
pub(super) fn place(handle: Option<&File>) -> u64 {
    let place = handle.and_then(|mut handle| handle.stream_position().ok());
    place.unwrap_or(0)
}

/// Locks, whatever became of the last holder.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread, as its processor time is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thread(#[cfg(target_os = "linux")] rustix::thread::Pid);

#[cfg(target_os = "linux")]
impl Thread {
    /// The one that asks.
    pub(super) fn current() -> Self {
        thread_local! {
            static OURS: rustix::thread::Pid = rustix::thread::gettid();
        }
        Self(OURS.with(|id| *id))
    }

    /// Processor time it has taken; `None` where the system does not tell.
    fn time(self) -> Option<Duration> {
        let id = self.0.as_raw_nonzero();
        let text = std::fs::read_to_string(format!("/proc/self/task/{id}/schedstat")).ok()?;
        let nanos = text.split_ascii_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanos))
    }

    /// Leaves the processor to everybody else.
    fn step_back(self) {
        let _ = rustix::process::setpriority_process(Some(self.0), 19);
    }
}

#[cfg(not(target_os = "linux"))]
impl Thread {
    /// The one that asks.
    pub(super) fn current() -> Self {
        Self()
    }

    /// Not told; time on the clock is counted instead.
    fn time(self) -> Option<Duration> {
        None
    }

    fn step_back(self) {}
}

/// How often the work is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A step may take its limit again for every so many bytes it takes.
const BYTES_PER_LIMIT: u64 = 16 << 20;

/// The work that is watched.
pub(super) struct Watch {
    limit: Option<Duration>,
    next: AtomicU64,
    work: Mutex<HashMap<u64, Arc<dyn Work>>>,
    lost: AtomicUsize,
}

/// Ends the watch when it is dropped.
pub(super) struct Ending(#[expect(dead_code, reason = "is there to be dropped")] Sender<()>);

impl Watch {
    /// A watch that gives up a step after `limit`, or never.
    pub(super) fn new(limit: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            limit,
            next: AtomicU64::new(0),
            work: Mutex::default(),
            lost: AtomicUsize::new(0),
        })
    }

    /// Watches on a thread of its own until what is returned is dropped.
    pub(super) fn start(self: &Arc<Self>) -> std::io::Result<Ending> {
        let (sender, ended) = crossbeam_channel::bounded(0);
        if let Some(limit) = self.limit {
            let watch = Arc::clone(self);
            std::thread::Builder::new()
                .name("watch".to_owned())
                .spawn(move || watch.look(limit, &ended))?;
        }
        Ok(Ending(sender))
    }

    /// The limit of a step, in seconds.
    pub(super) fn seconds(&self) -> u64 {
        self.limit.map_or(0, |limit| limit.as_secs())
    }

    /// Threads that were lost.
    pub(super) fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }

    /// Watches `work` until [`Watch::remove`] with the number returned.
    pub(super) fn add(&self, work: Arc<dyn Work>) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if self.limit.is_some() {
            lock(&self.work).insert(number, work);
        }
        number
    }

    /// Watches it no more.
    pub(super) fn remove(&self, number: u64) {
        if self.limit.is_some() {
            lock(&self.work).remove(&number);
        }
    }

    fn look(&self, limit: Duration, ended: &Receiver<()>) {
        let mut seen: HashMap<u64, (Standing, Since)> = HashMap::new();
        while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            // What gives up calls for the lock itself.
            let work: Vec<(u64, Arc<dyn Work>)> = lock(&self.work)
                .iter()
                .map(|(number, work)| (*number, Arc::clone(work)))
                .collect();
            let mut still = HashMap::new();
            for (number, work) in work {
                let Some(now) = work.standing() else {
                    continue;
                };
                let (first, since) = match seen.remove(&number) {
                    Some(seen) if seen.0.step == now.step && seen.0.thread == now.thread => seen,
                    _ => (now, Since::now(now.thread)),
                };
                let factor = 1 + now.place.abs_diff(first.place) / BYTES_PER_LIMIT;
                let allowed = limit.saturating_mul(u32::try_from(factor).unwrap_or(u32::MAX));
                if since.elapsed(now.thread) <= allowed {
                    still.insert(number, (first, since));
                } else if work.give_up(now.step) {
                    now.thread.step_back();
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            seen = still;
        }
    }
}

/// When a step was seen first.
#[derive(Clone, Copy)]
struct Since {
    clock: Instant,
    processor: Option<Duration>,
}

impl Since {
    fn now(thread: Thread) -> Self {
        Self {
            clock: Instant::now(),
            processor: thread.time(),
        }
    }

    fn elapsed(&self, thread: Thread) -> Duration {
        match (self.processor, thread.time()) {
            (Some(then), Some(now)) => now.saturating_sub(then),
            _ => self.clock.elapsed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Endless {
        thread: Mutex<Option<Thread>>,
        given_up: Sender<u64>,
    }

    impl Work for Endless {
        fn standing(&self) -> Option<Standing> {
            lock(&self.thread).map(|thread| Standing {
                step: 7,
                thread,
                place: 0,
            })
        }

        fn give_up(self: Arc<Self>, step: u64) -> bool {
            *lock(&self.thread) = None;
            self.given_up.send(step).is_ok()
        }
    }

    #[test]
    fn work_that_does_not_end_is_given_up_and_work_that_waits_is_not() {
        let watch = Watch::new(Some(Duration::from_millis(300)));
        let _ending = watch.start().unwrap();
        let (given_up, seen) = crossbeam_channel::unbounded();
        let start = |work: fn()| {
            let endless = Arc::new(Endless {
                thread: Mutex::default(),
                given_up: given_up.clone(),
            });
            watch.add(Arc::clone(&endless) as Arc<dyn Work>);
            std::thread::spawn(move || {
                *lock(&endless.thread) = Some(Thread::current());
                work();
            });
        };
        if cfg!(target_os = "linux") {
            start(|| std::thread::sleep(Duration::from_secs(3600)));
        }
        start(|| {
            loop {
                std::hint::spin_loop();
            }
        });
        assert_eq!(seen.recv().unwrap(), 7);
        // The one that sleeps has been looked at as often.
        std::thread::sleep(Duration::from_millis(1000));
        assert!(seen.is_empty());
        while watch.lost() < 1 {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(watch.lost(), 1);
    }
}
