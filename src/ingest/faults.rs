//! Records that hang, overflow the stack, abort or eat memory, for the tests
//! of what a run does then. Not in a program built for use.

use std::sync::OnceLock;

/// Set where records may ask for a fault.
const ALLOWED: &str = "MORGUE_TEST_FAULTS";

/// Does what a record, or the name of a file to be cut, asks for, if it does
/// and is allowed to.
pub(super) fn strike(text: &[u8]) {
    static IS_ALLOWED: OnceLock<bool> = OnceLock::new();
    if !*IS_ALLOWED.get_or_init(|| std::env::var_os(ALLOWED).is_some()) {
        return;
    }
    let asks = |what: &str| memchr::memmem::find(text, what.as_bytes()).is_some();
    if asks("@@hang@@") {
        loop {
            std::hint::spin_loop();
        }
    }
    if asks("@@overflow@@") {
        println!("{}", deeper(1));
    }
    if asks("@@abort@@") {
        std::process::abort();
    }
    if asks("@@eat@@") {
        // Once the run has all its threads: one that cannot be started for want
        // of memory ends it in order, and is not what is asked for.
        std::thread::sleep(std::time::Duration::from_millis(1000));
        let mut eaten = Vec::new();
        loop {
            eaten.push(Vec::<u8>::with_capacity(64 << 20));
            std::hint::black_box(&mut eaten);
        }
    }
}

fn deeper(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    match depth {
        0 => 0,
        _ => deeper(depth + 1) + room[1],
    }
}
