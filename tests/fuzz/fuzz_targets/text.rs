//! Bytes are decoded whatever their charset, and what is read from text
//! (dates, words, sentences, markup) lies where it should. The first line of
//! the input is a charset label.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue::text::{charset, dates, markup, sentences, words::Words, xml};
use morgue_fuzz::check_day;

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|&b| b == b'\n');
    let (label, bytes) = data.split_at(end.unwrap_or(0));
    let label = String::from_utf8_lossy(label);
    let _ = charset::looks_binary(bytes);
    let declared = charset::declared_in_markup(bytes);
    let _ = charset::decode_labelled(bytes, &label);
    let labels = [label.as_ref(), declared.as_deref().unwrap_or_default()];
    let decoded = charset::decode(bytes, &labels, None);
    let text = decoded.text.as_ref();
    for line in text.lines().chain([text]) {
        if let Some(stamp) = dates::parse(line) {
            check_day(stamp.day);
        }
        let days = [
            dates::from_path(line),
            dates::from_url(line),
            dates::from_dateline(line, Some(1987)),
        ];
        days.into_iter().flatten().for_each(check_day);
        if let Some(stamp) = line.parse().ok().and_then(dates::from_epoch) {
            check_day(stamp.day);
        }
    }
    let mut words = Words::new(text);
    let (mut before, mut position) = (None, None);
    while words.advance() {
        let range = words.range();
        // Pairs of letters in scripts without spaces overlap.
        assert!(before < Some(range.start) && range.start < range.end);
        assert!(text.get(range.clone()).is_some(), "{range:?}");
        assert!(!words.word().is_empty());
        assert!(position < Some(words.position()));
        position = Some(words.position());
        before = Some(range.start);
    }
    let starts = sentences::starts(text, 0..text.len());
    assert!(starts.is_sorted_by(|one, next| one < next));
    assert!(starts.iter().all(|&start| text.is_char_boundary(start)));
    let _ = markup::to_text(text);
    let _ = markup::decode_entities(text);
    let _ = xml::parse(text);
});
