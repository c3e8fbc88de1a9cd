//! Reading without an index: what each file holds, in order, for `inspect`.

use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::conveyor::Reading;
use super::read::{self, Found};
use super::work::{Outcome, Work};
use crate::article::Article;
use crate::error::{Reason, Rejection, Skip, Stage};
use crate::index::writer::Reading as Open;
use crate::record::{Hint, Locator};
use crate::source::walk::absolute_key;
use crate::source::{Input, walk};

/// One thing found in a file.
pub enum Inspected {
    /// An article, with its id and ordinal.
    Article(Box<Article>),
    /// A document that was lost.
    Rejected(Rejection),
    /// Something that is no article.
    Skipped(Locator, Skip),
}

/// Reads a file and hands on what is in it until `each` breaks.
pub fn inspect(
    path: &std::path::Path,
    reading: &Reading,
    each: &mut dyn FnMut(Inspected) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let path = Arc::new(absolute_key(path));
    match walk::open_regular(&path) {
        Ok((file, _)) => inspect_input(
            Input::file(file),
            read::hint_of(&path),
            &path,
            reading,
            each,
        ),
        Err(error) => each(Inspected::Rejected(Rejection {
            locator: Locator {
                path,
                ..Locator::default()
            },
            stage: Stage::Read,
            reason: Reason::of(&error),
        })),
    }
}

/// As [`inspect`], for an input that lies in no file.
pub fn inspect_input(
    input: Input<'_>,
    hint: Hint,
    path: &Arc<PathBuf>,
    reading: &Reading,
    each: &mut dyn FnMut(Inspected) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let work = Work {
        parse: &reading.parse,
        enrich: &reading.enrich,
    };
    let mut open = Open::detached(Arc::from(path.as_os_str().as_bytes()));
    let mut flow = ControlFlow::Continue(());
    let cut = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        read::cut(input, hint, reading, &mut |cut| {
            let mut locator = Locator {
                path: Arc::clone(path),
                members: cut.members.to_vec(),
                ordinal: None,
            };
            flow = match cut.found {
                Found::Rejected(reason) => each(Inspected::Rejected(Rejection {
                    locator,
                    stage: Stage::Read,
                    reason,
                })),
                Found::Skipped(skip) => each(Inspected::Skipped(locator, skip)),
                Found::Record {
                    format,
                    record,
                    alone,
                } => {
                    let members = locator.member_path();
                    let mut flow = ControlFlow::Continue(());
                    let outcomes = work.read(path, &cut.members, format, &record, alone);
                    let has_place = !alone || outcomes.len() > 1;
                    for outcome in outcomes {
                        flow = match outcome {
                            Outcome::Article(mut article, _) => {
                                let (id, ordinal) =
                                    open.identify(members.as_deref(), article.own_id.as_deref());
                                article.id = id;
                                article.origin.locator.ordinal = Some(ordinal);
                                each(Inspected::Article(article))
                            }
                            Outcome::Rejected(stage, reason) => {
                                locator.ordinal = has_place.then(|| open.count(members.as_deref()));
                                each(Inspected::Rejected(Rejection {
                                    locator: locator.clone(),
                                    stage,
                                    reason,
                                }))
                            }
                            Outcome::Skipped(skip) => {
                                each(Inspected::Skipped(locator.clone(), skip))
                            }
                        };
                        if flow.is_break() {
                            break;
                        }
                    }
                    flow
                }
            };
            flow
        });
    }));
    if cut.is_err() && flow.is_continue() {
        let locator = Locator {
            path: Arc::clone(path),
            ..Locator::default()
        };
        return each(Inspected::Rejected(Rejection {
            locator,
            stage: Stage::Read,
            reason: Reason::Panicked,
        }));
    }
    flow
}
