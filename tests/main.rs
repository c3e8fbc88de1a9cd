//! The one test binary. Its modules drive the real program and compare whole
//! outputs; rules are tested beside the code.

#![allow(clippy::unwrap_used, clippy::expect_used)]

/// A scratch folder, the `morgue` command, output filters.
mod util;

/// What becomes of collections of agency formats, on request.
mod agencies;
/// Batches of queries, and the same hits whatever the history of an index.
mod batches;
mod beside;
/// What each command prints and how it exits.
mod commands;
/// Counts of whole archives beside what they say of themselves.
mod counts;
/// Damaged files of an index.
mod damage;
/// Records that hang or end the program.
mod deaths;
/// Documents of word processors, and books.
mod documents;
/// Kills, signals, missing handles, memory and room.
mod faults;
/// Files from strangers: bombs, lies, damage, what is no file.
mod hostile;
/// How well real web pages are read.
mod html_marks;
/// Running again: what is new, changed, gone, half read.
mod incremental;
/// What each construct of the query language finds and says.
mod language;
/// Searches while an index is written, read-only indexes, rebuilds.
mod meanwhile;
/// People, organisations and places of whole articles.
mod naming;
/// How well judged queries are answered.
mod ranking;
/// What the index remembers of its PATHs.
mod remembered;
/// The index against a scanner that has none.
mod scanner;
/// Whole files in the shapes that people have.
mod shapes;
/// What never steers a terminal.
mod terminal;
/// An index that follows its archive.
mod watch;
