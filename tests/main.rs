//! The one test binary. Its modules drive the real program and compare whole
//! outputs; rules are tested beside the code.

#![allow(clippy::unwrap_used, clippy::expect_used)]

/// A scratch folder, the `morgue` command, output filters.
mod util;

/// What each command prints and how it exits.
mod commands;
/// Kills, signals, missing handles, damaged files.
mod faults;
/// Files from strangers: bombs, lies, damage, what is no file.
mod hostile;
/// Running again: what is new, changed, gone, half read.
mod incremental;
