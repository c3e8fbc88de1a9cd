//! Tape archives: v7, ustar, pax, GNU and star, read as a stream, so that
//! memory does not grow with the archive. Archives that were joined or
//! appended to are read on behind their end marks.
//!
//! An own reader, because a damaged header must cost no more than its member:
//! the next header is looked for, in its place first and at any other second.
//! Only regular files are members; links, devices and fifos are named and
//! skipped, directories say nothing. Nothing is ever unpacked, so names are
//! labels here and never paths.
//!
//! Formats: POSIX.1-2001 `pax`, section "Extended Description"; the GNU tar
//! manual, "Tar Internals"; for Solaris' holes, its `tar(1)`.

mod extended;
mod header;
mod sparse;
#[cfg(test)]
mod tests;

use std::io::BufRead;
use std::ops::ControlFlow;
use std::rc::Rc;

use self::extended::Extended;
use self::header::{BLOCK, Header};
use self::sparse::Sparse;
use super::body::{Body, cut_short};
use super::budget::{Budget, Meter, Metered, Taking};
use super::names::Names;
use super::{Container, Input, Limits, Member};
use crate::error::{Reason, Skip};
use crate::record::Hint;

const KIND: &str = "tar";

/// Bytes looked at in one go when a header is searched for.
const SEARCH_BYTES: usize = 64 * 1024;

/// Tape archives.
pub(super) struct Tar;

type Each<'e> = &'e mut dyn FnMut(Member<'_>) -> ControlFlow<()>;

impl Container for Tar {
    fn name(&self) -> &'static str {
        KIND
    }

    fn claims(&self, hint: &Hint, head: &[u8]) -> bool {
        hint.extension() == "tar"
            || head
                .first_chunk::<BLOCK>()
                .is_some_and(|block| Header::read(block).is_some())
    }

    fn visit(
        &self,
        input: Input<'_>,
        hint: &Hint,
        limits: &Limits,
        each: Each<'_>,
    ) -> Result<(), Reason> {
        Reader {
            budget: input.budget(),
            input,
            at: 0,
            names: Names::default(),
            global: Extended::default(),
            hint,
            limits,
        }
        .read(each)
    }
}

struct Reader<'i, 'h> {
    input: Input<'i>,
    /// Offset of what comes next.
    at: u64,
    names: Names,
    /// What global headers say of all members that follow.
    global: Extended,
    budget: Rc<Budget>,
    hint: &'h Hint,
    limits: &'h Limits,
}

/// What stands where a header is expected.
enum Next {
    Header(Box<Header>),
    Zeros,
    Damage,
    /// Fewer bytes than a header has.
    Rest,
    End,
}

impl Reader<'_, '_> {
    fn read(mut self, each: Each<'_>) -> Result<(), Reason> {
        let mut extended = self.global.clone();
        // Zeros mark the end; what is no header behind them is padding.
        let mut zeros = 0;
        let mut headers = 0u64;
        loop {
            match self.next()? {
                Next::End => return Ok(()),
                Next::Zeros => {
                    zeros += 1;
                    self.skip(BLOCK)?;
                }
                Next::Rest if zeros >= 2 => return Ok(()),
                Next::Rest => return Err(self.rest()),
                Next::Damage => {
                    let at = self.at;
                    let found = self.search()?;
                    if headers == 0 && !found {
                        return Err(Reason::Broken {
                            kind: KIND,
                            detail: "no header in it".to_owned(),
                        });
                    }
                    extended = self.global.clone();
                    // Behind zeros, what leads to no header is padding.
                    if zeros == 0 || zeros == 1 && found {
                        let member = Member::Rejected {
                            name: format!("(byte {at})"),
                            reason: Reason::Broken {
                                kind: KIND,
                                detail: "damaged header".to_owned(),
                            },
                        };
                        if each(member).is_break() {
                            return Ok(());
                        }
                    }
                }
                Next::Header(header) => {
                    headers += 1;
                    zeros = 0;
                    self.skip(BLOCK)?;
                    if header.is_extension() {
                        self.extend(&header, &mut extended)?;
                        continue;
                    }
                    let own = std::mem::replace(&mut extended, self.global.clone());
                    if self.member(&header, own, each)?.is_break() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn next(&mut self) -> Result<Next, Reason> {
        let block = self.input.peek(BLOCK).map_err(|e| Reason::of(&e))?;
        let Some(full) = block.first_chunk::<BLOCK>() else {
            return Ok(match block {
                [] => Next::End,
                rest if rest.iter().all(|&byte| byte == 0) => Next::End,
                _ => Next::Rest,
            });
        };
        Ok(match Header::read(full) {
            Some(header) => Next::Header(Box::new(header)),
            None if full.iter().all(|&byte| byte == 0) => Next::Zeros,
            None => Next::Damage,
        })
    }

    /// Why the archive ends within a header.
    fn rest(&mut self) -> Reason {
        let rest = self.input.peek(BLOCK).map_or(0, <[u8]>::len);
        self.input.consume(rest);
        match self.input.fill_buf() {
            Err(error) => Reason::of(&error),
            Ok(_) => cut_short(KIND),
        }
    }

    fn skip(&mut self, bytes: usize) -> Result<(), Reason> {
        self.pass(bytes as u64)
            .map_or(Ok(()), |(reason, _)| Err(reason))
    }

    fn pass(&mut self, bytes: u64) -> Option<(Reason, bool)> {
        self.at += bytes;
        Body::new(&mut self.input, bytes, KIND).finish()
    }

    /// Passes over a member's padding. Its absence at the very end is no loss.
    fn pass_padding(&mut self, size: u64) {
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        let _ = self.pass(padding);
    }

    /// Goes to the next header; false if there is none.
    fn search(&mut self) -> Result<bool, Reason> {
        // Past the block that is none.
        self.skip(BLOCK)?;
        loop {
            let window = self.input.peek(SEARCH_BYTES).map_err(|e| Reason::of(&e))?;
            if window.len() < BLOCK {
                let rest = window.len();
                self.skip(rest)?;
                return Ok(false);
            }
            if let Some(found) = header::find(window) {
                self.skip(found)?;
                return Ok(true);
            }
            // The last block may hold the start of one.
            let passed = (window.len() / BLOCK - 1).max(1) * BLOCK;
            self.skip(passed)?;
        }
    }

    /// Reads what an extension header says of the members that follow.
    fn extend(&mut self, header: &Header, extended: &mut Extended) -> Result<(), Reason> {
        let held = header.size.min(extended::MAX_BYTES);
        let mut bytes = Vec::new();
        let mut body = Body::new(&mut self.input, held, KIND);
        std::io::Read::read_to_end(&mut body, &mut bytes).map_err(|e| Reason::of(&e))?;
        self.at += held;
        if let Some((reason, _)) = self.pass(header.size - held) {
            return Err(reason);
        }
        self.pass_padding(header.size);
        match header.kind {
            b'g' => {
                self.global.take_records(&bytes);
                extended.take_records(&bytes);
            }
            b'L' => extended.take_long_name(&bytes),
            b'x' | b'X' => extended.take_records(&bytes),
            // A long link target, a volume's label, access lists.
            _ => {}
        }
        Ok(())
    }

    fn member(
        &mut self,
        header: &Header,
        mut extended: Extended,
        each: Each<'_>,
    ) -> Result<ControlFlow<()>, Reason> {
        let size = extended.size.unwrap_or(header.size);
        let raw_name = extended.name().unwrap_or(&header.name);
        self.names.note(raw_name);
        let name = self.names.decode(raw_name);
        let skip = match header.kind {
            b'1' | b'2' => Some(Skip::Link),
            b'3' | b'4' | b'6' => Some(Skip::Special),
            _ => None,
        };
        let is_folder = header.is_folder() || name.ends_with('/');
        if skip.is_some() || is_folder {
            // Some write the size of what a link leads to, without the data.
            let is_bare = matches!(self.next()?, Next::Header(_) | Next::Zeros | Next::End);
            if !is_bare {
                if let Some((reason, _)) = self.pass(size) {
                    return Err(reason);
                }
                self.pass_padding(size);
            }
            return match skip.filter(|_| !is_folder) {
                Some(skip) => {
                    self.budget.admit(self.limits)?;
                    Ok(each(Member::Skipped { name, skip }))
                }
                None => Ok(ControlFlow::Continue(())),
            };
        }
        self.budget.admit(self.limits)?;
        let mut left = size;
        let sparse = match self.sparse(header, &mut extended, &mut left) {
            Ok(sparse) => sparse,
            Err(reason) => {
                let rejected = each(Member::Rejected { name, reason });
                if let Some((reason, _)) = self.pass(left) {
                    return Err(reason);
                }
                self.pass_padding(size);
                return Ok(rejected);
            }
        };
        let hint = super::hint_of_member(self.hint, &name);
        let mut body = Body::new(&mut self.input, left, KIND);
        let flow = match sparse {
            _ if left > self.limits.member_bytes => each(Member::Rejected {
                name,
                reason: Reason::TooLarge {
                    limit: self.limits.member_bytes,
                },
            }),
            None => each(Member::File {
                name: Some(name),
                hint,
                input: Input::member(&mut body, &self.budget),
            }),
            Some(map) => {
                let (taking, taken) = Taking::new(std::io::BufReader::new(&mut body));
                let meter = Meter::new(self.limits, &self.budget, taken);
                let stream = Metered::new(map.fill(taking), KIND, meter);
                each(Member::File {
                    name: Some(name),
                    hint,
                    input: Input::member(stream, &self.budget),
                })
            }
        };
        if flow.is_break() {
            return Ok(flow);
        }
        self.at += left;
        match body.finish() {
            None => {}
            // Its reader was told, and nothing follows.
            Some((_, true)) => return Ok(ControlFlow::Break(())),
            Some((reason, false)) => return Err(reason),
        }
        self.pass_padding(size);
        Ok(flow)
    }

    /// Where the data of a sparse member belongs. `left` is what remains of
    /// the member's bytes once the map is read.
    fn sparse(
        &mut self,
        header: &Header,
        extended: &mut Extended,
        left: &mut u64,
    ) -> Result<Option<Sparse>, Reason> {
        if header.kind == b'S' {
            let mut map = Sparse::of_header(header)?;
            let mut goes_on = header.sparse_goes_on;
            while goes_on {
                let mut block = [0; BLOCK];
                let mut body = Body::new(&mut self.input, BLOCK as u64, KIND);
                std::io::Read::read_exact(&mut body, &mut block).map_err(|e| Reason::of(&e))?;
                self.at += BLOCK as u64;
                goes_on = map.take_block(&block)?;
            }
            return Ok(Some(map));
        }
        if extended.map_is_in_data() {
            return Sparse::of_data(&mut self.input, left, &mut self.at, extended.real_size)
                .map(Some);
        }
        extended.sparse()
    }
}
