//! A run of bytes of a container that holds one member: no more is read than
//! the container says, and less is an error.

use std::io::{self, BufRead, Read};

use super::Input;
use crate::error::Reason;

/// The next `left` bytes of a container.
pub(super) struct Body<'b, 'i> {
    input: &'b mut Input<'i>,
    left: u64,
    kind: &'static str,
    failed: Option<Reason>,
}

impl<'b, 'i> Body<'b, 'i> {
    /// `kind` is named in [`Reason::Broken`].
    pub(super) fn new(input: &'b mut Input<'i>, bytes: u64, kind: &'static str) -> Self {
        Self {
            input,
            left: bytes,
            kind,
            failed: None,
        }
    }

    /// Passes over what was not read. `None` once the end of the body is
    /// reached; else the reason why it cannot be, and whether whoever read the
    /// body was told of it.
    pub(super) fn finish(mut self) -> Option<(Reason, bool)> {
        if let Some(reason) = self.failed {
            return Some((reason, true));
        }
        while self.left > 0 {
            let ready = match self.input.fill_buf() {
                Ok([]) => return Some((cut_short(self.kind), false)),
                Ok(ready) => ready.len(),
                Err(error) => return Some((Reason::of(&error), false)),
            };
            let passed = usize::try_from(self.left).map_or(ready, |left| left.min(ready));
            self.input.consume(passed);
            self.left -= passed as u64;
        }
        None
    }
}

impl Read for Body<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = &self.failed {
            return Err(io::Error::other(reason.clone()));
        }
        let most = usize::try_from(self.left).map_or(out.len(), |left| out.len().min(left));
        if most == 0 {
            return Ok(0);
        }
        let reason = match self.input.read(&mut out[..most]) {
            Ok(0) => cut_short(self.kind),
            Ok(read) => {
                self.left -= read as u64;
                return Ok(read);
            }
            Err(error) => Reason::of(&error),
        };
        self.failed = Some(reason.clone());
        Err(io::Error::other(reason))
    }
}

/// A container that ends before its content does.
pub(super) fn cut_short(kind: &'static str) -> Reason {
    Reason::Broken {
        kind,
        detail: "ends too early".to_owned(),
    }
}
