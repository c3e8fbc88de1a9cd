//! What the fuzz targets share: reading bytes as containers and as formats,
//! and holding what comes out against what the rooms promise.

use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::time::Duration;

use morgue::article::Article;
use morgue::format::{Claim, FORMATS, Format, HEAD_BYTES, Head, Options, Parsed};
use morgue::record::{Hint, Parts};
use morgue::source::{CONTAINERS, Input, Limits, Member};

/// Caps small enough that no input may rightly take long.
const LIMITS: Limits = Limits {
    record_bytes: 1 << 20,
    member_bytes: 4 << 20,
    total_bytes: 16 << 20,
    members: 1_000,
    nesting: 4,
    ratio: 200,
};

/// Reads bytes with each of the named containers that claims them, every
/// member to its end.
pub fn read_containers(bytes: &[u8], names: &[&str]) {
    let hint = Hint::named("archive/file");
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    for container in CONTAINERS {
        if !names.contains(&container.name()) || !container.claims(&hint, head) {
            continue;
        }
        let _ = container.visit(Input::stream(bytes), &hint, &LIMITS, &mut |member| {
            if let Member::File { mut input, .. } | Member::Record { mut input, .. } = member {
                let read = io::copy(&mut input.by_ref(), &mut io::sink());
                assert!(read.unwrap_or_default() <= LIMITS.member_bytes);
            }
            ControlFlow::Continue(())
        });
    }
}

/// Reads bytes with each of the named formats, under the file name beside it,
/// that claims them so.
pub fn read_formats(bytes: &[u8], names: &[(&str, &str)]) {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    for (name, file) in names {
        let format = FORMATS.iter().find(|format| format.name() == *name);
        let format = *format.expect("a format of this name");
        let hint = Arc::new(Hint::named(*file));
        if format.claims(&hint, &Head::new(head)) != Claim::No {
            read_format(bytes, format, &hint);
        }
    }
}

/// Reads bytes as the parts of a package, named in this order, of a media type.
pub fn read_parts(bytes: &[u8], name: &str, media_type: &str, names: &[&str]) {
    let mut package = Parts::default();
    let mut rest = bytes;
    for part in names {
        let end = rest.windows(2).position(|pair| pair == b"\0\0");
        let (content, after) = rest.split_at(end.unwrap_or(rest.len()));
        package.push(part, content);
        rest = after.get(2..).unwrap_or_default();
    }
    let hint = Arc::new(Hint {
        media_type: Some(media_type.to_owned()),
        ..Hint::named("file")
    });
    let format = FORMATS.iter().find(|format| format.name() == name);
    read_format(
        &package.into_bytes(),
        *format.expect("a format of this name"),
        &hint,
    );
}

fn read_format(bytes: &[u8], format: &dyn Format, hint: &Arc<Hint>) {
    let options = Options::default();
    let most = LIMITS.record_bytes;
    let _ = format.cut(&mut &*bytes, hint, &options, most, &mut |record| {
        if let Ok(record) = record {
            let _ = format.parse(&record, &options, &mut |parsed| {
                if let Parsed::Article(article) = parsed {
                    check(&article);
                }
            });
        }
        ControlFlow::Continue(())
    });
}

fn check(article: &Article) {
    if let Some(published) = article.published {
        check_day(published.day);
    }
    for entity in &article.entities {
        assert!(!entity.name.trim().is_empty());
    }
}

/// No day lies before the first newspapers or far ahead.
pub fn check_day(day: jiff::civil::Date) {
    assert!((1600..=2200).contains(&day.year()), "{day}");
}

/// Ranges that rise, never overlap and lie inside the text between characters.
pub fn check_ranges(text: &str, ranges: &[Range<usize>]) {
    let mut before = 0;
    for range in ranges {
        assert!(
            before <= range.start && range.start < range.end,
            "{ranges:?}"
        );
        assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
        before = range.end;
    }
}

/// Runs something and asserts that it took this thread at most a second.
pub fn within_a_second<T>(run: impl FnOnce() -> T) -> T {
    let before = thread_time();
    let result = run();
    let spent = thread_time() - before;
    assert!(spent < Duration::from_secs(1), "took {spent:?}");
    result
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
