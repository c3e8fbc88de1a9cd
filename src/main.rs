//! The `morgue` command.

fn main() {}
