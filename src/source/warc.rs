//! Web archives: WARC 0.17 to 1.1 and ARC 1 and 2, plain, gzipped record by
//! record, or in any stream around all of them. Answers and resources are
//! handed on with their address, media type, charset and day of capture; what
//! a crawler writes beside them is skipped by name.
//!
//! An own reader, because lengths lie and files are cut: a record must end
//! where the next one starts, and after a damaged gzip member reading goes on
//! with the next `WARC/` line. A record is held in memory, up to the cap on
//! records.
//!
//! Formats: ISO 28500 (WARC 1.1); the Internet Archive's `ArcFileFormat`.

mod header;
mod http;
mod stream;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;
use std::rc::Rc;

use self::header::{Header, Kind};
use self::http::Message;
use self::stream::{End, Flavour, Stream};
use super::budget::{Budget, Meter, Metered, Taking};
use super::gzip::{self, Damages, GzipReader};
use super::{Container, Input, Limits, Member};
use crate::error::{Reason, Skip};
use crate::record::Hint;

const KIND: &str = "warc";

/// WARC and ARC files, gzipped ones too.
pub(super) struct Warc;

type Each<'e> = &'e mut dyn FnMut(Member<'_>) -> ControlFlow<()>;

impl Container for Warc {
    fn name(&self) -> &'static str {
        KIND
    }

    fn claims(&self, hint: &Hint, head: &[u8]) -> bool {
        if gzip::is_start(head) {
            let name = hint.name.to_ascii_lowercase();
            return name.ends_with(".warc.gz")
                || name.ends_with(".arc.gz")
                || Flavour::of(&inflated(head)).is_some();
        }
        Flavour::of(head).is_some() || matches!(hint.extension().as_str(), "warc" | "arc")
    }

    fn visit(
        &self,
        mut input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        let budget = input.budget();
        let is_gzip = input.peek(4).is_ok_and(gzip::is_start);
        let (input, damages) = match is_gzip {
            false => (input, Damages::default()),
            true => {
                let (taking, taken) = Taking::new(input);
                let (reader, damages) = GzipReader::mending(taking);
                let meter = Meter::new(limits, &budget, taken);
                let stream = Metered::new(reader, "gzip", meter);
                (Input::member(stream, &budget), damages)
            }
        };
        let reader = Reader {
            stream: Stream::new(input, damages),
            budget,
            hint,
            limits,
        };
        reader.read(each)
    }
}

/// The start of what a gzip file holds.
fn inflated(head: &[u8]) -> Vec<u8> {
    let mut start = Vec::new();
    // A cut head ends in an error, behind what is wanted.
    let _ = flate2::bufread::GzDecoder::new(head)
        .take(512)
        .read_to_end(&mut start);
    start
}

struct Reader<'i, 'h> {
    stream: Stream<'i>,
    budget: Rc<Budget>,
    hint: &'h Hint,
    limits: &'h Limits,
}

impl Reader<'_, '_> {
    fn read(mut self, each: Each<'_>) -> Result<(), Reason> {
        let mut records = 0u64;
        loop {
            self.stream.skip_blank();
            let at = self.stream.at();
            let reason = if let Some(reason) = self.stream.take_damage() {
                reason
            } else if self.stream.is_at_end() {
                return self.stream.error().map_or(Ok(()), Err);
            } else {
                match self.stream.header() {
                    Some(header) => {
                        records += 1;
                        self.budget.admit(self.limits)?;
                        if self.record(&header, each)?.is_break() {
                            return Ok(());
                        }
                        continue;
                    }
                    None => {
                        // Past a start that leads nowhere.
                        self.stream.consume(1);
                        broken("no record where one should start")
                    }
                }
            };
            let found = self.stream.find_record();
            if records == 0 && !found {
                return Err(reason);
            }
            let name = format!("(byte {at})");
            if each(Member::Rejected { name, reason }).is_break() {
                return Ok(());
            }
        }
    }

    fn record(&mut self, header: &Header, each: Each<'_>) -> Result<ControlFlow<()>, Reason> {
        let name = header
            .url
            .clone()
            .unwrap_or_else(|| "(no address)".to_owned());
        let (body, end) = self.stream.body(header.length, self.limits.record_bytes);
        let held = body.len();
        let flow = match skip_of(header) {
            Some(skip) => each(Member::Skipped {
                name: name.clone(),
                skip,
            }),
            None if matches!(end, End::TooLarge(_)) => ControlFlow::Continue(()),
            None => hand_on(
                header,
                &name,
                body,
                self.hint,
                self.limits,
                &self.budget,
                each,
            ),
        };
        if flow.is_break() {
            return Ok(flow);
        }
        let is_document = skip_of(header).is_none();
        self.stream.consume(held);
        let reason = match end {
            End::Border => None,
            End::TooLarge(rest) => {
                self.stream.pass(rest);
                let limit = self.limits.record_bytes;
                is_document.then_some(Reason::TooLarge { limit })
            }
            End::Early => match self.stream.take_damage() {
                Some(reason) => Some(reason),
                // Its own reason is the last word of the file, too.
                None => {
                    let error = self.stream.error();
                    let reason = error.unwrap_or_else(|| super::body::cut_short(KIND));
                    let _ = each(Member::Rejected { name, reason });
                    return Ok(ControlFlow::Break(()));
                }
            },
        };
        Ok(match reason {
            Some(reason) => each(Member::Rejected { name, reason }),
            None => flow,
        })
    }
}

/// Something is wrong with the archive.
fn broken(detail: &str) -> Reason {
    Reason::Broken {
        kind: KIND,
        detail: detail.to_owned(),
    }
}

/// Why a record is no document, as far as its header tells.
fn skip_of(header: &Header) -> Option<Skip> {
    match header.kind {
        Kind::Document => None,
        Kind::Revisit => Some(Skip::Revisit),
        Kind::Envelope => Some(Skip::Envelope),
    }
}

/// Hands on what a record says; which may be an answer of HTTP.
fn hand_on(
    header: &Header,
    name: &str,
    body: &[u8],
    outer: &Hint,
    limits: &Limits,
    budget: &Rc<Budget>,
    each: Each<'_>,
) -> ControlFlow<()> {
    let message = match Message::read(body) {
        Some(message) if header.may_be_http => message,
        _ => Message::bare(body, header.media_type.as_deref()),
    };
    let skip = |skip| Member::Skipped {
        name: name.to_owned(),
        skip,
    };
    if let Some(status) = message.status
        && !matches!(status, 200 | 203)
    {
        return each(skip(Skip::Status(status)));
    }
    let (payload, damage) = match message.payload(limits, budget) {
        Ok(payload) => payload,
        Err(reason) => {
            let name = name.to_owned();
            return each(Member::Rejected { name, reason });
        }
    };
    if let Some(kind) = message.kind_besides_text(&payload) {
        return each(skip(Skip::Kind(kind)));
    }
    let hint = Hint {
        name: header::file_name(header.url.as_deref(), message.media_type.as_deref(), outer),
        media_type: message.media_type,
        charset: message.charset,
        url: header.url.clone().filter(|url| url.starts_with("http")),
        captured: header.captured,
        beside: None,
        opener: None,
    };
    each(Member::Record {
        name: name.to_owned(),
        hint,
        input: Input::bytes(&payload, budget),
    })?;
    match damage {
        Some(reason) => each(Member::Rejected {
            name: name.to_owned(),
            reason,
        }),
        None => ControlFlow::Continue(()),
    }
}

/// What a body holds once its codings are undone, and what was wrong there.
type Payload<'a> = (Cow<'a, [u8]>, Option<Reason>);
