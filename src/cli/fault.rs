//! Panics: kept off the terminal where they cost one document, and turned
//! into one plain line where they end the program.

use std::sync::Mutex;

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the text of a panic instead of printing it.
pub(super) fn silence_panics() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or(payload.downcast_ref::<String>().map(String::as_str));
        let message = message.unwrap_or("no message").to_owned();
        let place = info
            .location()
            .map(|at| format!(" ({}:{})", at.file(), at.line()))
            .unwrap_or_default();
        if let Ok(mut last) = LAST.lock() {
            *last = Some(format!("{message}{place}"));
        }
    }));
}

/// Runs `f`; a panic in it is reported as a fault of morgue, with exit code 2.
pub(super) fn guard(f: impl FnOnce() -> u8) -> u8 {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).unwrap_or_else(|_| report())
}

/// Reports the last panic; returns the exit code.
pub(super) fn report() -> u8 {
    let text = LAST
        .lock()
        .ok()
        .and_then(|mut last| last.take())
        .unwrap_or_default();
    say!(
        "morgue: a fault in morgue itself: {}",
        crate::output::clean::lines(&text)
    );
    say!("hint: nothing that was committed is lost; `morgue verify` checks the index");
    2
}
