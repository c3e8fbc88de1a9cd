//! Cuts a stream of XML into the elements that are items, without decoding
//! it. What stands before the first item is the head that each of them needs.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Reason;
use crate::record::{Hint, Record};

/// Most of a head that goes with each item: titles and namespaces stand at its start.
const MAX_HEAD: usize = 16 * 1024;

/// Bytes looked at ahead of a `<` to tell what it starts.
const LOOK_AHEAD: usize = 80;

/// What surrounds the place that is scanned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Markup,
    Cdata,
    Comment,
}

impl Inside {
    fn end(self) -> &'static [u8] {
        match self {
            Self::Cdata => b"]]>",
            Self::Comment | Self::Markup => b"-->",
        }
    }
}

struct Cutter<'a> {
    hint: &'a Arc<Hint>,
    /// What items are called.
    items: &'a [&'a str],
    max: u64,
    each: &'a mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    /// Bytes kept: the item that is open, or the head, up to where they were read.
    kept: Vec<u8>,
    /// Everything before is scanned.
    at: usize,
    head: Option<Arc<[u8]>>,
    /// Whether an item is open; it starts at the start of `kept`.
    open: bool,
    too_large: bool,
}

/// Hands the elements called by one of `items` to `each`.
pub fn cut(
    input: &mut dyn BufRead,
    items: &[&str],
    hint: &Arc<Hint>,
    max_record_bytes: u64,
    each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
) -> Result<(), Reason> {
    let mut cutter = Cutter {
        hint,
        items,
        max: max_record_bytes,
        each,
        kept: Vec::new(),
        at: 0,
        head: None,
        open: false,
        too_large: false,
    };
    let mut inside = Inside::Markup;
    loop {
        let buffer = input.fill_buf().map_err(|e| Reason::of(&e))?;
        let ended = buffer.is_empty();
        cutter.kept.extend_from_slice(buffer);
        let length = buffer.len();
        input.consume(length);
        if cutter.scan(&mut inside, ended).is_break() {
            return Ok(());
        }
        if ended {
            break;
        }
        cutter.forget();
    }
    if cutter.open {
        let _ = cutter.close(cutter.kept.len());
    }
    Ok(())
}

impl Cutter<'_> {
    /// Scans what was read. Near the end of the buffer it waits for more,
    /// unless nothing more comes.
    fn scan(&mut self, inside: &mut Inside, ended: bool) -> ControlFlow<()> {
        loop {
            let rest = &self.kept[self.at..];
            if *inside != Inside::Markup {
                let end = inside.end();
                let Some(found) = memchr::memmem::find(rest, end) else {
                    self.at = self.kept.len().saturating_sub(2).max(self.at);
                    return ControlFlow::Continue(());
                };
                self.at += found + end.len();
                *inside = Inside::Markup;
                continue;
            }
            let Some(found) = memchr::memchr(b'<', rest) else {
                self.at = self.kept.len();
                return ControlFlow::Continue(());
            };
            self.at += found;
            let rest = &self.kept[self.at..];
            if rest.len() < LOOK_AHEAD && !ended {
                return ControlFlow::Continue(());
            }
            if rest.starts_with(b"<!--") {
                *inside = Inside::Comment;
                self.at += 4;
            } else if rest.starts_with(b"<![CDATA[") {
                *inside = Inside::Cdata;
                self.at += 9;
            } else if self.is_item(&rest[1..]) {
                if self.open {
                    self.close(self.at)?;
                }
                self.open();
            } else if self.open && rest[1..].starts_with(b"/") && self.is_item(&rest[2..]) {
                let end = memchr::memchr(b'>', &rest[..rest.len().min(LOOK_AHEAD)]);
                let end = self.at + end.map_or(rest.len().min(LOOK_AHEAD), |end| end + 1);
                self.close(end)?;
            } else {
                self.at += 1;
            }
        }
    }

    /// Whether the name of a tag is that of an item, with a prefix or without.
    fn is_item(&self, tag: &[u8]) -> bool {
        let end = tag
            .iter()
            .take(LOOK_AHEAD)
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
            .unwrap_or(tag.len().min(LOOK_AHEAD));
        let name = &tag[..end];
        let local = memchr::memrchr(b':', name).map_or(name, |at| &name[at + 1..]);
        self.items
            .iter()
            .any(|item| local.eq_ignore_ascii_case(item.as_bytes()))
    }

    /// An item starts at `at`.
    fn open(&mut self) {
        if self.head.is_none() {
            let head = &self.kept[..self.at.min(MAX_HEAD)];
            self.head = Some(Arc::from(head));
        }
        self.kept.drain(..self.at);
        self.at = 1;
        self.open = true;
        self.too_large = false;
    }

    /// The open item ends before `end`.
    fn close(&mut self, end: usize) -> ControlFlow<()> {
        let rest = self.kept.split_off(end);
        let bytes = std::mem::replace(&mut self.kept, rest);
        self.at = 0;
        self.open = false;
        let too_large = self.too_large || bytes.len() as u64 > self.max;
        let record = match too_large {
            true => Err(Reason::TooLarge { limit: self.max }),
            false => Ok(Record {
                bytes,
                hint: Arc::clone(self.hint),
                preamble: self.head.clone().unwrap_or_else(|| Arc::from([])),
            }),
        };
        (self.each)(record)
    }

    /// Lets go of what is scanned and belongs to no item.
    fn forget(&mut self) {
        if self.open && self.kept.len() as u64 > self.max {
            self.too_large = true;
        }
        let keep_head = self.head.is_none() && self.at <= MAX_HEAD;
        if self.too_large || !(self.open || keep_head) {
            if self.head.is_none() {
                self.head = Some(Arc::from(&self.kept[..MAX_HEAD.min(self.kept.len())]));
            }
            self.kept.drain(..self.at);
            self.at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(feed: &str, max: u64, buffer: usize) -> (Vec<String>, String) {
        let mut found = Vec::new();
        let mut head = String::new();
        let mut input = std::io::BufReader::with_capacity(buffer, feed.as_bytes());
        cut(
            &mut input,
            &["item", "entry"],
            &Arc::new(Hint::default()),
            max,
            &mut |record| {
                found.push(match record {
                    Ok(record) => {
                        head = String::from_utf8_lossy(&record.preamble).into_owned();
                        String::from_utf8_lossy(&record.bytes).into_owned()
                    }
                    Err(reason) => reason.to_string(),
                });
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        (found, head)
    }

    #[test]
    fn items_are_cut_whatever_the_size_of_the_reads() {
        let feed = "<rss><title>T</title><!-- <item> --><item>a<![CDATA[</item>]]></item> x \
                    <Item>b<items/><a:item c='d'>e</a:item ></rss>";
        for buffer in [1, 7, 64, 4096] {
            let (found, head) = items(feed, 1000, buffer);
            assert_eq!(
                found,
                [
                    "<item>a<![CDATA[</item>]]></item>",
                    "<Item>b<items/>",
                    "<a:item c='d'>e</a:item >"
                ]
            );
            assert_eq!(head, "<rss><title>T</title><!-- <item> -->");
        }
    }

    #[test]
    fn an_item_over_the_cap_costs_only_itself() {
        let feed = format!("<rss><item>{}</item><item>b</item>", "x".repeat(5000));
        let (found, _) = items(&feed, 100, 64);
        assert_eq!(found, ["larger than 100 bytes", "<item>b</item>"]);
    }

    #[test]
    fn an_item_that_is_cut_off_is_kept() {
        assert_eq!(items("<rss><item>a", 100, 4).0, ["<item>a"]);
    }
}
