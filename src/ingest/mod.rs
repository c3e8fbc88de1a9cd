//! The conveyor: files in, an index out.
//!
//! ```text
//! walk -> readers -> (bytes bounded) -> rayon workers -> this thread: index
//! ```
//!
//! Readers are plain threads that open, unpack and cut files one after
//! another; each sends a numbered stream of batches. Workers parse and enrich
//! batches in any order; the calling thread puts each reader's batches back in
//! order and writes them. So the articles of a file arrive in the order of
//! the file whatever the number of threads, and ids and ordinals do not depend
//! on it. What is between the readers and the calling thread is bounded in
//! bytes.
//!
//! A record that does not end is given up (`deadline`); one that ends the
//! program is found by the next run and passed over ([`alone`]).

pub mod alone;
mod arrivals;
mod beside;
mod comparison;
pub mod conveyor;
mod deadline;
#[cfg(test)]
mod fault_tests;
#[cfg(debug_assertions)]
mod faults;
pub mod inspect;
pub mod options;
pub mod plan;
pub mod read;
mod removal;
pub mod report;
mod roots;
pub mod run;
mod target;
pub mod ways;
pub mod work;

pub use options::{Observer, Options};
pub use report::Report;
pub use run::{forget, index};
pub use ways::Way;
