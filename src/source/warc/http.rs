//! An answer of HTTP as a crawler kept it: its status, what it says of its
//! body, and the body with its codings undone. Headers often speak of codings
//! that the crawler had undone already; the bytes decide.

use std::borrow::Cow;
use std::io::Read;
use std::rc::Rc;

use super::Payload;
use super::header::{fields, split_head};
use crate::error::Reason;
use crate::source::Limits;
use crate::source::budget::{Budget, Meter, Metered, Taking};
use crate::source::compress::ZSTD_WINDOW_LOG;

/// An answer, or a body that came without one.
#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) status: Option<u16>,
    /// Lower case, without parameters.
    pub(super) media_type: Option<String>,
    pub(super) charset: Option<String>,
    /// Codings of the content, in the order they were applied.
    codings: Vec<String>,
    is_chunked: bool,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// `None` if the bytes are no answer.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii_start();
        if !bytes.starts_with(b"HTTP/") && !bytes.starts_with(b"ICY ") {
            return None;
        }
        let (lines, length) = split_head(bytes).unwrap_or((bytes, bytes.len()));
        let end = memchr::memchr(b'\n', lines).unwrap_or(lines.len());
        let first = String::from_utf8_lossy(&lines[..end]);
        let mut message = Self {
            status: first
                .split_ascii_whitespace()
                .nth(1)
                .and_then(|status| status.parse().ok()),
            body: &bytes[length..],
            ..Self::default()
        };
        for (key, value) in fields(&lines[end..]) {
            match key.as_str() {
                "content-type" => message.take_type(&value),
                "content-encoding" => message.codings.extend(
                    value
                        .split(',')
                        .map(|coding| coding.trim().to_ascii_lowercase()),
                ),
                "transfer-encoding" => {
                    message.is_chunked |= value.to_ascii_lowercase().contains("chunked");
                }
                _ => {}
            }
        }
        Some(message)
    }

    /// A body without an answer around it.
    pub(super) fn bare(bytes: &'a [u8], media_type: Option<&str>) -> Self {
        let mut message = Self {
            body: bytes,
            ..Self::default()
        };
        if let Some(media_type) = media_type {
            message.take_type(media_type);
        }
        message
    }

    fn take_type(&mut self, value: &str) {
        let mut parts = value.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        self.media_type = (media_type.contains('/')).then_some(media_type);
        self.charset = parts
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case("charset"))
            .map(|(_, label)| label.trim().trim_matches(['"', '\'']).to_owned())
            .filter(|label| !label.is_empty());
    }

    /// The body with its codings undone. What could be read of a damaged one
    /// comes with the reason why there is no more.
    ///
    /// # Errors
    ///
    /// The cap it exceeds; the reason why nothing of it can be read.
    pub(super) fn payload(
        &self,
        limits: &Limits,
        budget: &Rc<Budget>,
    ) -> Result<Payload<'a>, Reason> {
        let mut payload = match self.is_chunked {
            true => unchunked(self.body),
            false => Cow::Borrowed(self.body),
        };
        let mut damage = None;
        for coding in self.codings.iter().rev() {
            let (plain, reason) = match decoded(coding, &payload, limits, budget)? {
                Some(decoded) => decoded,
                None => continue,
            };
            payload = Cow::Owned(plain);
            damage = damage.or(reason);
        }
        Ok((payload, damage))
    }

    /// What the body is if it is no text of any kind: `png`, `css`. Pages sent
    /// as something else are pages all the same.
    pub(super) fn kind_besides_text(&self, payload: &[u8]) -> Option<String> {
        let (family, kind) = self.media_type.as_deref()?.split_once('/')?;
        let head = payload[..payload.len().min(256)].trim_ascii_start();
        let head = head.to_ascii_lowercase();
        if head.starts_with(b"<!doctype html") || head.starts_with(b"<html") {
            return None;
        }
        let kind = match (family, kind) {
            (_, kind) if kind.contains("javascript") || kind.contains("ecmascript") => "js",
            ("text", "css") => "css",
            ("image", "svg+xml") => "svg",
            ("image", "jpeg" | "pjpeg") => "jpg",
            ("image", "x-icon" | "vnd.microsoft.icon") => "ico",
            ("image" | "audio" | "video" | "font", kind) => kind.trim_start_matches("x-"),
            _ => return None,
        };
        Some(kind.to_owned())
    }
}

/// A chunked body put together; as it is where it is not chunked after all.
fn unchunked(body: &[u8]) -> Cow<'_, [u8]> {
    let mut all = Vec::new();
    let mut rest = body;
    let mut is_first = true;
    while let Some((length, after)) = chunk_line(rest) {
        is_first = false;
        if length == 0 {
            break;
        }
        let some = length.min(after.len());
        all.extend_from_slice(&after[..some]);
        rest = &after[some..];
        rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    }
    match is_first {
        true => Cow::Borrowed(body),
        false => Cow::Owned(all),
    }
}

/// The length of the next chunk, and what follows that line.
fn chunk_line(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = memchr::memchr(b'\n', &bytes[..bytes.len().min(1024)])?;
    let line = std::str::from_utf8(&bytes[..end]).ok()?;
    let digits = line.split(';').next().unwrap_or_default().trim();
    let length = usize::from_str_radix(digits, 16).ok()?;
    Some((length, &bytes[end + 1..]))
}

/// Bytes, and the reason why there are no more.
type Undone = (Vec<u8>, Option<Reason>);

/// What a coding undone gives, with the reason why there is no more of it;
/// `None` if the body is not coded so.
fn decoded(
    coding: &str,
    body: &[u8],
    limits: &Limits,
    budget: &Rc<Budget>,
) -> Result<Option<Undone>, Reason> {
    let (source, taken) = Taking::new(body);
    let (kind, decoder): (&'static str, Box<dyn Read + '_>) = match coding {
        "gzip" | "x-gzip" if super::gzip::is_start(body) => (
            "gzip",
            Box::new(flate2::bufread::MultiGzDecoder::new(source)),
        ),
        "deflate" if matches!(body, [0x78, ..]) => (
            "deflate",
            Box::new(flate2::bufread::ZlibDecoder::new(source)),
        ),
        "deflate" => (
            "deflate",
            Box::new(flate2::bufread::DeflateDecoder::new(source)),
        ),
        "br" => (
            "brotli",
            Box::new(brotli_decompressor::Decompressor::new(source, 16 * 1024)),
        ),
        "zstd" if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(source).map_err(|e| Reason::of(&e))?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG)
                .map_err(|e| Reason::of(&e))?;
            ("zstd", Box::new(decoder))
        }
        _ => return Ok(None),
    };
    let meter = Meter::new(limits, budget, taken);
    let mut plain = Vec::new();
    let read = Metered::new(decoder, kind, meter)
        .take(limits.record_bytes.saturating_add(1))
        .read_to_end(&mut plain);
    if plain.len() as u64 > limits.record_bytes {
        let limit = limits.record_bytes;
        return Err(Reason::TooLarge { limit });
    }
    let Err(error) = read else {
        return Ok(Some((plain, None)));
    };
    let reason = Reason::of(&error);
    // Codings without a mark of their own were perhaps undone already.
    let has_mark = matches!(kind, "gzip" | "zstd");
    let is_text = matches!(body.trim_ascii_start(), [b'<' | b'{' | b'[', ..]);
    match reason {
        Reason::Broken { .. } if !has_mark && is_text => Ok(None),
        Reason::Broken { .. } if !plain.is_empty() => Ok(Some((plain, Some(reason)))),
        reason => Err(reason),
    }
}
