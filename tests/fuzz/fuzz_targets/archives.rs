//! Zip, tar, WARC and ARC files and packages end as members or as reasons.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue_fuzz::read_containers;

fuzz_target!(|data: &[u8]| read_containers(data, &["package", "zip", "tar", "warc"]));
