//! Web pages end as articles or as reasons.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue_fuzz::read_formats;

fuzz_target!(|data: &[u8]| read_formats(data, &[("html", "page.html")]));
