//! JSON, tables, mail, Markdown, collections and plain text end as articles or
//! as reasons.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue_fuzz::read_formats;

fuzz_target!(|data: &[u8]| {
    read_formats(
        data,
        &[
            ("json", "stories.json"),
            ("ninjs", "story.json"),
            ("jsonfeed", "feed.json"),
            ("csv", "stories.csv"),
            ("mail", "inbox.mbox"),
            ("markdown", "story.md"),
            ("collection", "stories.txt"),
            ("export", "exported.txt"),
            ("text", "17May2007Story.txt"),
        ],
    );
});
