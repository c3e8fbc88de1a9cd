//! Agency formats, feeds and other XML end as articles or as reasons.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue_fuzz::read_formats;

fuzz_target!(|data: &[u8]| {
    read_formats(
        data,
        &[
            ("nitf", "story.xml"),
            ("newsml", "story.xml"),
            ("newsml-g2", "story.xml"),
            ("xml", "story.xml"),
            ("tei", "issue.xml"),
            ("pam", "issue.xml"),
            ("feed", "feed.xml"),
            ("alto", "page.xml"),
            ("mets", "issue.xml"),
            ("reuters", "stories.sgm"),
            ("iptc", "story.iptc"),
        ],
    );
});
