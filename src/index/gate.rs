//! A semaphore counted in bytes: what waits to be indexed is bounded by
//! its size, which tantivy itself does not look at.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Lets through what fits; see [`Gate::enter`].
pub(crate) struct Gate {
    capacity: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    held: usize,
    /// Threads that wait: where there are none, none need be woken.
    waiting: usize,
}

/// Room taken in a gate; dropping it gives the room back.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    bytes: usize,
}

impl Gate {
    /// A gate for `capacity` bytes.
    pub(crate) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            capacity,
            state: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// Waits until `bytes` fit. What is larger than the gate passes alone.
    /// `None` where `given_up` says that nobody will make room any more.
    pub(crate) fn enter(
        self: &Arc<Self>,
        bytes: usize,
        given_up: impl Fn() -> bool,
    ) -> Option<Permit> {
        let mut state = self.state();
        while state.held > 0 && state.held + bytes > self.capacity {
            state.waiting += 1;
            let (guard, timeout) = self
                .freed
                .wait_timeout(state, std::time::Duration::from_millis(200))
                .unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.waiting -= 1;
            if timeout.timed_out() && given_up() {
                return None;
            }
        }
        state.held += bytes;
        Some(Permit {
            gate: Arc::clone(self),
            bytes,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.held = state.held.saturating_sub(self.bytes);
        if state.waiting > 0 {
            self.gate.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_waits_and_what_is_larger_than_the_gate_passes_alone() {
        let gate = Gate::new(10);
        let first = gate.enter(8, || false).unwrap();
        assert!(gate.enter(8, || true).is_none());
        drop(first);
        let huge = gate.enter(100, || true).unwrap();
        assert!(gate.enter(1, || true).is_none());
        drop(huge);
        assert!(gate.enter(1, || true).is_some());
    }
}
