//! `morgue verify`: checks the index, and mends what can be mended.

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::index::{TimeArgs, carry_out, program, text};
use super::machine::{cores, memory_bytes};
use super::numbers::{counted, size};
use super::{Common, Failure, Outcome, stdout, write_json};
use crate::index::verify::{self, Findings};
use crate::index::{Index, repair};
use crate::ingest::{self, Way};
use crate::output::{clean, paths};

#[derive(Args)]
pub(super) struct VerifyArgs {
    /// Read every stored article and hold it against its digest
    #[arg(long)]
    deep: bool,
    /// Mend what is damaged, and read again what that takes from the index
    ///
    /// Restores `meta.json` from its copy, drops damaged segments, removes
    /// strays, and reads the files whose articles were lost from the archive.
    #[arg(long)]
    repair: bool,
    /// Print the findings as one JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyArgs, common: &Common) -> Result<Outcome, Failure> {
    let mut findings = verify::verify(&common.index, args.deep)?;
    if !args.repair || findings.damage.is_empty() && findings.strays.is_empty() {
        print(args, common, &findings, &[])?;
        return Ok(match findings.damage.is_empty() {
            true => Outcome::Found,
            false => Outcome::Lacking,
        });
    }
    if !args.json {
        print(args, common, &findings, &[])?;
    }
    let held = repair::articles_by_file(&common.index);
    let mut steps = Vec::new();
    // Mending one thing may bring another to light.
    const MOST_ROUNDS: usize = 6;
    let mut must_read = false;
    for _ in 0..MOST_ROUNDS {
        let repairs = repair::repair(&common.index, &findings)?;
        must_read |= repairs.must_read;
        for step in repairs.steps {
            common.note(&step);
            steps.push(step);
        }
        findings = verify::verify(&common.index, args.deep)?;
        if findings.damage.is_empty() {
            break;
        }
    }
    let is_mended = findings.damage.is_empty();
    let mut is_whole = true;
    if must_read && is_mended {
        match read_again(common)? {
            Read::Done => {}
            Read::Interrupted(signal) => return Ok(Outcome::Interrupted(signal)),
            Read::Otherwise => is_whole = false,
        }
        let now = repair::articles_by_file(&common.index);
        for (key, articles) in &held {
            if !now.contains_key(key) && is_whole {
                let path = paths::shown(Path::new(std::ffi::OsStr::from_bytes(key)));
                let step = format!(
                    "lost {} of {}: the file is no more, or cannot be read",
                    counted(*articles, "article"),
                    path.display()
                );
                common.note(&step);
                steps.push(step);
                is_whole = false;
            }
        }
        findings = verify::verify(&common.index, args.deep)?;
    }
    if args.json || !is_mended {
        print(args, common, &findings, &steps)?;
    }
    if !findings.damage.is_empty() {
        common.note(
            "some damage could not be mended; `morgue index --rebuild` builds the index anew",
        );
        return Ok(Outcome::Lacking);
    }
    common.note("the index is sound again");
    Ok(match is_whole {
        true => Outcome::Found,
        false => Outcome::Lacking,
    })
}

/// What came of reading the archive again.
enum Read {
    Done,
    Interrupted(i32),
    /// The archive was read in ways that are not ours to guess.
    Otherwise,
}

/// Reads again what mending has taken from the index.
fn read_again(common: &Common) -> Result<Read, Failure> {
    let roots = Index::open(&common.index).and_then(|index| index.payload());
    let roots = roots.map(|payload| payload.roots).unwrap_or_default();
    let ours: BTreeSet<u64> = roots.iter().map(|root| Way::of(root).digest()).collect();
    if !repair::options_in_use(&common.index).is_subset(&ours) {
        common.note(
            "files were read with flags such as --map or --encoding: run `morgue index PATH…` \
             with them to have everything back",
        );
        return Ok(Read::Otherwise);
    }
    let options = ingest::Options {
        paths: Vec::new(),
        threads: cores(),
        memory_bytes: memory_bytes(),
        rebuild: false,
        merge: false,
        dry_run: false,
        prune: Some(false),
        way: None,
        is_named: false,
        record_time: TimeArgs::default().limit(),
        retry: false,
        program: program(),
    };
    let (report, signal) = carry_out(&options, common, false, false)?;
    if !common.quiet {
        tell!("{}", text(&report, false));
    }
    Ok(signal.map_or(Read::Done, Read::Interrupted))
}

fn print(
    args: &VerifyArgs,
    common: &Common,
    findings: &Findings,
    steps: &[String],
) -> Result<(), Failure> {
    if args.json {
        let mut out = stdout();
        let sound = findings.damage.is_empty();
        let mut object = json!({ "sound": sound });
        if let (Some(object), Ok(serde_json::Value::Object(rest))) =
            (object.as_object_mut(), serde_json::to_value(findings))
        {
            object.extend(rest);
            if args.repair {
                object.insert("steps".to_owned(), json!(steps));
            }
        }
        write_json(&mut out, &object)?;
        out.flush()?;
        return Ok(());
    }
    let mut out = stdout();
    for damage in &findings.damage {
        writeln!(out, "damaged: {}", clean::line(&damage.to_string()))?;
    }
    for stray in &findings.strays {
        writeln!(out, "stray: {}", clean::line(&stray.display().to_string()))?;
    }
    out.flush()?;
    if !common.quiet {
        let verdict = match findings.damage.len() {
            0 => "sound".to_owned(),
            more => format!("damaged in {}", counted(more as u64, "place")),
        };
        let what = if args.deep { "read" } else { "counted" };
        say!(
            "checked {} ({}), {what} {}: {verdict}",
            counted(findings.files, "file"),
            size(findings.bytes),
            counted(findings.articles, "article"),
        );
        if !findings.damage.is_empty() && !args.repair {
            say!("hint: `morgue verify --repair` drops what is damaged and reads it again");
        }
    }
    Ok(())
}
