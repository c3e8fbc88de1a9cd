//! The one test binary. Its modules drive the real program and compare whole
//! outputs; rules are tested beside the code.

#![allow(clippy::unwrap_used, clippy::expect_used)]

/// A scratch folder, the `morgue` command, output filters.
mod util;

/// What becomes of collections of agency formats, on request.
mod agencies;
/// What each command prints and how it exits.
mod commands;
/// Counts of whole archives beside what they say of themselves.
mod counts;
/// Damaged files of an index.
mod damage;
/// Kills, signals, missing handles, memory and room.
mod faults;
/// How well real web pages are read.
mod html_marks;
/// Running again: what is new, changed, gone, half read.
mod incremental;
/// Searches while an index is written, read-only indexes, rebuilds.
mod meanwhile;
/// People, organisations and places of whole articles.
mod naming;
/// What never steers a terminal.
mod terminal;
/// An index that follows its archive.
mod watch;
