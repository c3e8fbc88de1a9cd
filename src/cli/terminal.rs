//! What standard output is: its width, and a pager for what does not fit.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use super::{Common, Failure, When};

/// Columns and rows of the terminal behind stdout; `None` where it is none.
pub(super) fn size() -> Option<(usize, usize)> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (width, height) = terminal_size::terminal_size_of(io::stdout())?;
    Some((usize::from(width.0), usize::from(height.0)))
}

/// Whether titles may be links.
pub(super) fn has_links(common: &Common) -> bool {
    match common.hyperlink {
        When::Always => true,
        When::Never => false,
        When::Auto => common.is_styled() && size().is_some(),
    }
}

/// Standard output that goes through a pager where it is a terminal and the
/// text is longer than it.
pub(super) enum Paged {
    /// Straight through, buffered.
    Plain(io::BufWriter<io::Stdout>),
    /// Kept until [`Paged::finish`] knows how long it is.
    Kept(Vec<u8>, usize),
}

impl Paged {
    pub(super) fn new(_: &Common) -> Self {
        match size() {
            Some((_, rows)) => Self::Kept(Vec::new(), rows),
            None => Self::Plain(super::stdout()),
        }
    }

    /// Prints what was kept.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Plain(mut out) => out.flush()?,
            Self::Kept(text, rows) => {
                let is_long = text.iter().filter(|&&byte| byte == b'\n').count() >= rows;
                if !(is_long && page(&text)) {
                    let mut out = io::stdout().lock();
                    out.write_all(&text)?;
                    out.flush()?;
                }
            }
        }
        Ok(())
    }
}

impl Write for Paged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Kept(text, _) => text.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Kept(..) => Ok(()),
        }
    }
}

/// Shows `text` in the user's pager; `false` if there is none that starts.
fn page(text: &[u8]) -> bool {
    let set = |name| {
        std::env::var(name)
            .ok()
            .filter(|pager: &String| !pager.trim().is_empty())
    };
    let pager = set("MORGUE_PAGER").or_else(|| set("PAGER"));
    let mut command = match &pager {
        Some(pager) => {
            let mut command = Command::new("sh");
            command.args(["-c", pager]);
            command
        }
        None => {
            let mut command = Command::new("less");
            command.arg("-FRX");
            command
        }
    };
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Leaving the pager early breaks the pipe, which is no fault.
        let _ = input.write_all(text);
    }
    child.wait().is_ok_and(|status| status.code() != Some(127))
}
