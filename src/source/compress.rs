//! Compressed files: gzip, zstd, bzip2, xz and lzma. Each holds one stream,
//! which is the same file in other clothes, so its member bears no name and
//! its hint the name without the suffix. What could be read of a damaged
//! stream is handed out before the reason.

use std::io::{self, Read};
use std::ops::ControlFlow;

use bzip2::bufread::MultiBzDecoder;
use liblzma::bufread::XzDecoder;

use super::budget::{Budget, Meter, Metered, Taking};
use super::gzip::{self, GzipReader};
use super::{Container, Input, Limits, Member};
use crate::error::Reason;
use crate::record::Hint;

/// Largest window of a zstd frame, as a power of two, and memory for decoding
/// xz: what the strongest usual settings need.
pub(super) const ZSTD_WINDOW_LOG: u32 = 27;
pub(super) const XZ_MEMORY_BYTES: u64 = 256 << 20;

/// gzip (RFC 1952), all members.
pub(super) struct Gzip;
/// zstd, all frames, skippable ones too.
pub(super) struct Zstd;
/// bzip2, all streams.
pub(super) struct Bzip2;
/// xz, all streams, and lzip.
pub(super) struct Xz;
/// The old lzma form, which has no signature: known by its name.
pub(super) struct Lzma;

type Decoded<'a> = Box<dyn Read + 'a>;
type Each<'e> = &'e mut dyn FnMut(Member<'_>) -> ControlFlow<()>;

/// Hands on what `decoder` makes of the input as the only member.
pub(super) fn visit_stream<'a>(
    container: &dyn Container,
    suffixes: &[(&str, &str)],
    input: Input<'a>,
    hint: &Hint,
    limits: &Limits,
    each: Each<'_>,
    decoder: impl FnOnce(Taking<Input<'a>>) -> io::Result<Decoded<'a>>,
) -> Result<(), Reason> {
    let budget = input.budget();
    budget.admit(limits)?;
    let (input, taken) = Taking::new(input);
    let decoded =
        decoder(input).map_err(|e| Reason::of(&super::budget::broken(container.name(), e)))?;
    let meter = Meter::new(limits, &budget, taken);
    let stream = Metered::new(decoded, container.name(), meter);
    hand_on(stream, &budget, without_suffix(hint, suffixes), each);
    Ok(())
}

fn hand_on<'a>(stream: impl Read + 'a, budget: &std::rc::Rc<Budget>, hint: Hint, each: Each<'_>) {
    let input = Input::member(stream, budget);
    // The only member: there is nothing to break off.
    let _ = each(Member::File {
        name: None,
        hint,
        input,
    });
}

/// The hint for what a compressed file holds: its name without the suffix
/// (`.tgz` becomes `.tar`), and no media type, which was that of the
/// compressed form.
fn without_suffix(hint: &Hint, suffixes: &[(&str, &str)]) -> Hint {
    let mut hint = hint.clone();
    hint.media_type = None;
    for (suffix, replacement) in suffixes {
        let Some(at) = hint.name.len().checked_sub(suffix.len()) else {
            continue;
        };
        let ends_so = hint
            .name
            .get(at..)
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix));
        if ends_so {
            hint.name.truncate(at);
            hint.name.push_str(replacement);
            break;
        }
    }
    hint
}

impl Container for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn claims(&self, _hint: &Hint, head: &[u8]) -> bool {
        gzip::is_start(head)
    }

    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        let suffixes = [
            (".gz", ""),
            (".gzip", ""),
            (".tgz", ".tar"),
            (".taz", ".tar"),
            (".svgz", ".svg"),
        ];
        visit_stream(self, &suffixes, input, hint, limits, each, |input| {
            Ok(Box::new(GzipReader::new(input)))
        })
    }
}

impl Container for Zstd {
    fn name(&self) -> &'static str {
        "zstd"
    }

    fn claims(&self, _hint: &Hint, head: &[u8]) -> bool {
        matches!(
            head,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]
        )
    }

    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        let suffixes = [
            (".zst", ""),
            (".zstd", ""),
            (".tzst", ".tar"),
            (".tzs", ".tar"),
        ];
        visit_stream(self, &suffixes, input, hint, limits, each, |input| {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Ok(Box::new(decoder))
        })
    }
}

impl Container for Bzip2 {
    fn name(&self) -> &'static str {
        "bzip2"
    }

    fn claims(&self, _hint: &Hint, head: &[u8]) -> bool {
        // Followed by the mark of a block, or of the end in an empty file.
        matches!(
            head,
            [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x31,
                0x41,
                0x59,
                0x26,
                0x53,
                0x59,
                ..
            ] | [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x17,
                0x72,
                0x45,
                0x38,
                0x50,
                0x90,
                ..
            ]
        )
    }

    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        let suffixes = [
            (".bz2", ""),
            (".bz", ""),
            (".tbz2", ".tar"),
            (".tbz", ".tar"),
        ];
        visit_stream(self, &suffixes, input, hint, limits, each, |input| {
            Ok(Box::new(MultiBzDecoder::new(input)))
        })
    }
}

impl Container for Xz {
    fn name(&self) -> &'static str {
        "xz"
    }

    fn claims(&self, _hint: &Hint, head: &[u8]) -> bool {
        head.starts_with(b"\xfd7zXZ\0") || is_lzip(head)
    }

    fn visit(
        &self,
        mut input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        let suffixes = [(".xz", ""), (".txz", ".tar"), (".lz", ""), (".tlz", ".tar")];
        let is_lzip = is_lzip(input.peek(5).map_err(|e| Reason::of(&e))?);
        visit_stream(self, &suffixes, input, hint, limits, each, |input| {
            let all = liblzma::stream::CONCATENATED;
            let stream = if is_lzip {
                liblzma::stream::Stream::new_lzip_decoder(XZ_MEMORY_BYTES, all)?
            } else {
                liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_BYTES, all)?
            };
            Ok(Box::new(XzDecoder::new_stream(input, stream)))
        })
    }
}

fn is_lzip(head: &[u8]) -> bool {
    matches!(head, [b'L', b'Z', b'I', b'P', 0 | 1, ..])
}

impl Container for Lzma {
    fn name(&self) -> &'static str {
        "lzma"
    }

    fn claims(&self, hint: &Hint, head: &[u8]) -> bool {
        // Properties byte, then a dictionary size that is a power of two.
        let named = matches!(hint.extension().as_str(), "lzma" | "tlz");
        named
            && matches!(head, [0..225, 0, 0, size, high, ..] if *high < 16 && (*size > 0 || *high > 0))
    }

    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        let suffixes = [(".lzma", ""), (".tlz", ".tar")];
        visit_stream(self, &suffixes, input, hint, limits, each, |input| {
            let stream = liblzma::stream::Stream::new_lzma_decoder(XZ_MEMORY_BYTES)?;
            Ok(Box::new(XzDecoder::new_stream(input, stream)))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Read, Write};

    use super::super::gzip::tests::gz;
    use super::super::{Limits, container};
    use super::*;

    /// What a compressed file holds: its name, its text, and why no more.
    fn open_with(name: &str, bytes: &[u8], limits: &Limits) -> (String, Vec<u8>, Option<Reason>) {
        let hint = Hint::named(name);
        let mut held = Vec::new();
        container(&hint, bytes)
            .unwrap()
            .visit(Input::stream(bytes), &hint, limits, &mut |member| {
                let Member::File {
                    name: None,
                    hint,
                    mut input,
                } = member
                else {
                    unreachable!()
                };
                let mut text = Vec::new();
                let result = input.read_to_end(&mut text);
                held.push((hint.name, text, result.err().map(|e| Reason::of(&e))));
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(held.len(), 1);
        held.remove(0)
    }

    fn open(name: &str, bytes: &[u8]) -> (String, Vec<u8>, Option<Reason>) {
        open_with(name, bytes, &Limits::default())
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    fn bz2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(text: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn lzma(text: &[u8]) -> Vec<u8> {
        let options = liblzma::stream::LzmaOptions::new_preset(1).unwrap();
        let stream = liblzma::stream::Stream::new_lzma_encoder(&options).unwrap();
        let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_streams_of_a_file_are_read() {
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let frames = [skippable.clone(), zst(b"one "), skippable, zst(b"two")].concat();
        let both = |name: &str| (name.to_owned(), b"one two".to_vec(), None);
        assert_eq!(open("a.json.zst", &frames), both("a.json"));
        assert_eq!(
            open("a.json.gz", &[gz(b"one "), gz(b"two")].concat()),
            both("a.json")
        );
        assert_eq!(
            open("a.json.bz2", &[bz2(b"one "), bz2(b"two")].concat()),
            both("a.json")
        );
        assert_eq!(
            open("a.json.xz", &[xz(b"one "), vec![0; 8], xz(b"two")].concat()),
            both("a.json")
        );
        assert_eq!(open("a.json.lzma", &lzma(b"one two")), both("a.json"));
    }

    #[test]
    fn short_suffixes_stand_for_a_tar() {
        let name = |name: &str, bytes: &[u8]| open(name, bytes).0;
        assert_eq!(name("d/a.tgz", &gz(b"")), "d/a.tar");
        assert_eq!(name("a.TBZ2", &bz2(b"")), "a.tar");
        assert_eq!(name("a.txz", &xz(b"")), "a.tar");
        assert_eq!(name("a.tzst", &zst(b"")), "a.tar");
        assert_eq!(name("a.tlz", &lzma(b"")), "a.tar");
        assert_eq!(name("no suffix", &gz(b"")), "no suffix");
    }

    #[test]
    fn cut_streams_are_broken_of_their_kind() {
        let text: Vec<u8> = (0..50_000u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        for (kind, stream) in [
            ("gzip", gz(&text)),
            ("zstd", zst(&text)),
            ("bzip2", bz2(&text)),
            ("xz", xz(&text)),
        ] {
            let (_, read, reason) = open("a", &stream[..stream.len() - 5]);
            assert!(text.starts_with(&read), "{kind}");
            let detail = "ends too early".to_owned();
            assert_eq!(reason, Some(Reason::Broken { kind, detail }));
        }
    }

    #[test]
    fn a_bomb_ends_at_the_ratio() {
        let limits = Limits::default();
        let zeros = vec![0; 80 << 20];
        let (_, text, reason) = open_with("a", &gz(&zeros), &limits);
        assert_eq!(
            reason,
            Some(Reason::Ratio {
                limit: limits.ratio
            })
        );
        let read = text.len() as u64;
        assert!(read <= Limits::RATIO_FREE_BYTES, "{read}");
    }

    #[test]
    fn a_member_ends_at_its_cap() {
        let limits = Limits {
            member_bytes: 1000,
            ..Limits::default()
        };
        let fits = open_with("a", &gz(&[b'x'; 1000]), &limits);
        assert_eq!(fits, ("a".to_owned(), vec![b'x'; 1000], None));
        let (_, _, reason) = open_with("a", &gz(&[b'x'; 1001]), &limits);
        assert_eq!(reason, Some(Reason::TooLarge { limit: 1000 }));
    }
}
