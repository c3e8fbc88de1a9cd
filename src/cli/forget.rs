//! `morgue forget`: takes what lies below PATHs out of the index.

use std::path::PathBuf;

use clap::Args;

use super::numbers::counted;
use super::{Common, Failure, Outcome};
use crate::ingest;
use crate::output::clean;

#[derive(Args)]
pub(super) struct ForgetArgs {
    /// Files and folders to drop; they need not exist any more
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

pub(super) fn run(args: &ForgetArgs, common: &Common) -> Result<Outcome, Failure> {
    let report = ingest::forget(&common.index, &args.paths, 64 << 20)?;
    if !common.quiet {
        say!(
            "removed {} of {}; the files themselves are untouched",
            counted(report.removed, "article"),
            counted(report.files, "file")
        );
        for path in &report.forgotten {
            say!(
                "{} stays out until `morgue index` names it",
                clean::line(path)
            );
        }
    }
    Ok(if report.files > 0 {
        Outcome::Found
    } else {
        Outcome::Lacking
    })
}
