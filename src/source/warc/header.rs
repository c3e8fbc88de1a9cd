//! What stands in front of a record: the lines of WARC, the one line of ARC.

use jiff::civil::Date;

use crate::record::Hint;

/// What a record is to a reader of articles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An answer, a resource, or a text made of one.
    Document,
    /// A note that a page had not changed.
    Revisit,
    /// What a crawler writes beside.
    Envelope,
}

/// The header of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    /// Whether the body is an answer of HTTP, with headers of its own.
    pub(super) may_be_http: bool,
    pub(super) url: Option<String>,
    pub(super) captured: Option<Date>,
    pub(super) media_type: Option<String>,
    /// Bytes of the body; `None` where none or nonsense is told.
    pub(super) length: Option<u64>,
}

/// Whether this is the first line of a WARC record: `WARC/1.0`.
pub(super) fn starts_warc(bytes: &[u8]) -> bool {
    let Some(version) = bytes.strip_prefix(b"WARC/") else {
        return false;
    };
    let version = &version[..version.len().min(16)];
    let end = version
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n' | b' '))
        .unwrap_or(version.len());
    (3..=6).contains(&end)
        && version[..end]
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// A WARC header and its length with the blank line behind; `None` if no
/// blank line is in sight.
pub(super) fn read_warc(bytes: &[u8]) -> Option<(Header, usize)> {
    let (lines, length) = split_head(bytes)?;
    let mut header = Header {
        kind: Kind::Envelope,
        may_be_http: false,
        url: None,
        captured: None,
        media_type: None,
        length: None,
    };
    let mut is_dns = false;
    for (key, value) in fields(lines) {
        match key.as_str() {
            "warc-type" => {
                let kind = value.to_ascii_lowercase();
                header.kind = match kind.as_str() {
                    "response" | "resource" | "conversion" => Kind::Document,
                    "revisit" => Kind::Revisit,
                    _ => Kind::Envelope,
                };
                header.may_be_http = kind == "response";
            }
            "warc-target-uri" => {
                // Some crawlers wrote it in angle brackets.
                let url = value.trim_matches(['<', '>']).trim();
                is_dns = url.starts_with("dns:") || url.starts_with("metadata:");
                header.url = (!url.is_empty()).then(|| url.to_owned());
            }
            "warc-date" => header.captured = day(&value),
            "content-type" => header.media_type = Some(value),
            "content-length" => header.length = value.parse().ok(),
            _ => {}
        }
    }
    if is_dns && header.kind == Kind::Document {
        header.kind = Kind::Envelope;
    }
    Some((header, length))
}

/// An ARC header and its length; the block of the file itself has its lines
/// in the body.
pub(super) fn read_arc(bytes: &[u8]) -> Option<(Header, usize)> {
    let end = memchr::memchr(b'\n', bytes)?;
    let [url, date, media_type, length] = arc_line(bytes)?;
    let is_beside = url.starts_with("filedesc:") || url.starts_with("dns:");
    let header = Header {
        kind: match is_beside {
            true => Kind::Envelope,
            false => Kind::Document,
        },
        may_be_http: true,
        captured: day(&date),
        media_type: Some(media_type),
        length: length.parse().ok(),
        url: Some(url),
    };
    Some((header, end + 1))
}

/// Address, date, media type and length of the first line, if it is the header
/// of an ARC record. The address may hold blanks, so the line is read from its
/// end: version 1 has three fields behind the host's number, version 2 eight.
pub(super) fn arc_line(bytes: &[u8]) -> Option<[String; 4]> {
    let end = memchr::memchr(b'\n', bytes)?;
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    // Cheap, before the line is looked at closely.
    if line.len() < 20 || !line[..line.len().min(40)].contains(&b':') {
        return None;
    }
    let line = std::str::from_utf8(line).map_or_else(
        |_| line.iter().map(|&byte| char::from(byte)).collect(),
        str::to_owned,
    );
    let parts: Vec<&str> = line.split(' ').collect();
    [4, 9].into_iter().find_map(|fields| {
        let at = parts.len().checked_sub(fields).filter(|&at| at > 0)?;
        let [host, date, media_type] = parts[at..].first_chunk()?;
        let is_host = host.contains(['.', ':'])
            && host
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
        let is_date = date.len() >= 8 && date.bytes().all(|byte| byte.is_ascii_digit());
        let url = parts[..at].join(" ");
        let scheme = url.split_once(':')?.0;
        let is_url = !scheme.is_empty()
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        (is_host && is_date && is_url).then(|| {
            let length = parts.last().copied().unwrap_or_default();
            [
                url,
                (*date).to_owned(),
                (*media_type).to_owned(),
                length.to_owned(),
            ]
        })
    })
}

/// The lines before the first blank one, and the length with that.
pub(super) fn split_head(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        let line = bytes[start..end]
            .strip_suffix(b"\r")
            .unwrap_or(&bytes[start..end]);
        if line.is_empty() {
            return Some((&bytes[..start], end + 1));
        }
        start = end + 1;
    }
    None
}

/// Names, in lower case, and values of header lines; a line that starts with a
/// blank goes on with the one before.
pub(super) fn fields(lines: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(lines).map_or_else(
        |_| lines.iter().map(|&byte| char::from(byte)).collect(),
        str::to_owned,
    );
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = all.last_mut()
        {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((key, value)) = line.split_once(':') {
            all.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    all
}

/// The day that a date of either form starts with: `2019-03-02T10:00:00Z`,
/// `20190302100000`.
fn day(date: &str) -> Option<Date> {
    let digits: Vec<i16> = date
        .bytes()
        .filter(u8::is_ascii_digit)
        .take(8)
        .map(|digit| i16::from(digit - b'0'))
        .collect();
    let [a, b, c, d, e, f, g, h] = digits.try_into().ok()?;
    let part = |tens: i16, ones: i16| i8::try_from(tens * 10 + ones).ok();
    Date::new(a * 1000 + b * 100 + c * 10 + d, part(e, f)?, part(g, h)?).ok()
}

/// A name for what an address led to: its path, with an extension of its
/// media type where it has none that says what it is.
pub(super) fn file_name(url: Option<&str>, media_type: Option<&str>, outer: &Hint) -> String {
    let Some(url) = url else {
        return format!("{}/", outer.name);
    };
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let extension = Hint::named(path).extension();
    let is_script = matches!(
        extension.as_str(),
        "" | "php" | "asp" | "aspx" | "jsp" | "cgi" | "cfm" | "do" | "pl" | "com" | "org" | "net"
    );
    let suffix = match media_type {
        Some("text/html" | "application/xhtml+xml") => "html",
        Some("application/pdf") => "pdf",
        Some("application/json") => "json",
        Some("text/xml" | "application/xml") => "xml",
        Some("application/rss+xml") => "rss",
        Some("application/atom+xml") => "atom",
        _ => return path.to_owned(),
    };
    match is_script {
        true => format!("{path}.{suffix}"),
        false => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arc_lines_of_both_versions_are_told_from_text() {
        let line = |text: &str| arc_line(text.as_bytes()).map(|[url, .., length]| (url, length));
        assert_eq!(
            line("http://a.example/x y 10.0.0.1 20140216050221 text/html 1591\n"),
            Some(("http://a.example/x y".to_owned(), "1591".to_owned()))
        );
        assert_eq!(
            line("http://a.example/ 10.0.0.1 20140216050221 text/html 200 abc - 0 f.arc.gz 77\n"),
            Some(("http://a.example/".to_owned(), "77".to_owned()))
        );
        assert_eq!(
            line("Note: he was 10.0 at 20140216 and that was it\n"),
            None
        );
    }

    #[test]
    fn days_are_read_from_either_form() {
        let day = |text: &str| day(text).map(|day| day.to_string());
        assert_eq!(day("2019-03-02T10:00:00Z").as_deref(), Some("2019-03-02"));
        assert_eq!(day("20190302100000").as_deref(), Some("2019-03-02"));
        assert_eq!(day("2019-13-02"), None);
        assert_eq!(day("2019"), None);
    }
}
