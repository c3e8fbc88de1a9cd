//! Compressed streams end as bytes or as reasons.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue_fuzz::read_containers;

fuzz_target!(|data: &[u8]| {
    read_containers(
        data,
        &["gzip", "zstd", "bzip2", "xz", "lzma", "lz4", "compress"],
    );
});
