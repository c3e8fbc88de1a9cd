//! Documents of word processors, PDFs and books end as articles or as reasons. Of
//! packages the input is the parts, parted by two zeros.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue_fuzz::{read_formats, read_parts};

fuzz_target!(|data: &[u8]| {
    read_formats(data, &[("rtf", "a.rtf"), ("odt", "a.fodt"), ("pdf", "a.pdf")]);
    read_parts(
        data,
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &[
            "word/document.xml",
            "word/styles.xml",
            "docProps/core.xml",
            "word/footnotes.xml",
        ],
    );
    read_parts(
        data,
        "odt",
        "application/vnd.oasis.opendocument.text",
        &["content.xml", "meta.xml"],
    );
    read_parts(
        data,
        "epub",
        "application/epub+zip",
        &["a.html", "content.opf", "toc.ncx"],
    );
});
