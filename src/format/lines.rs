//! Cuts a file of lines into records at the lines that start one.

use std::io::{BufRead, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Reason;
use crate::record::{Hint, Record};

/// Hands on each record from a line that `starts` names up to the next one.
/// What comes before the first is none's. `starts` sees every line in order,
/// its end included, and may change what is kept of it. A record over
/// `max_record_bytes` costs itself.
pub fn cut(
    input: &mut dyn BufRead,
    hint: &Arc<Hint>,
    max_record_bytes: u64,
    mut starts: impl FnMut(&mut Vec<u8>) -> bool,
    each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
) -> Result<(), Reason> {
    let mut held: Vec<u8> = Vec::new();
    let (mut started, mut too_large) = (false, false);
    loop {
        let mut line = Vec::new();
        // A line without an end is not held beyond the cap.
        let read = Read::take(&mut *input, max_record_bytes.saturating_add(1))
            .read_until(b'\n', &mut line)
            .map_err(|e| Reason::of(&e))?;
        let ended = read == 0;
        let starts = !ended && starts(&mut line);
        if started && (starts || ended) {
            let bytes = std::mem::take(&mut held);
            let next = match std::mem::take(&mut too_large) {
                true => Err(Reason::TooLarge {
                    limit: max_record_bytes,
                }),
                false => Ok(Record::whole(bytes, Arc::clone(hint))),
            };
            if each(next).is_break() {
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
        started |= starts;
        if held.len() as u64 + line.len() as u64 > max_record_bytes {
            too_large = true;
            held = Vec::new();
        }
        if started && !too_large {
            held.extend_from_slice(&line);
        }
    }
}
