//! `morgue verify`: checks the index, and mends what can be mended.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::index::{carry_out, cores, text};
use super::numbers::{counted, size};
use super::{Common, Failure, Outcome, stdout, write_json};
use crate::index::verify::{self, Findings};
use crate::ingest;
use crate::output::clean;

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
    print(args, common, &findings)?;
    let is_sound = findings.damage.is_empty();
    if !args.repair || is_sound && findings.strays.is_empty() {
        return Ok(if is_sound {
            Outcome::Found
        } else {
            Outcome::Lacking
        });
    }
    // Mending one thing may bring another to light.
    const MOST_ROUNDS: usize = 4;
    for _ in 0..MOST_ROUNDS {
        let repairs = verify::repair(&common.index, &findings)?;
        for step in &repairs.steps {
            common.note(step);
        }
        if repairs.must_read {
            let options = ingest::Options {
                paths: Vec::new(),
                threads: cores(),
                memory_bytes: 512 << 20,
                rebuild: false,
                dry_run: false,
                prune: Some(false),
                walk: crate::source::walk::WalkOptions::default(),
                reading: ingest::conveyor::Reading::default(),
            };
            let (report, signal) = carry_out(&options, common, false)?;
            if !common.quiet {
                eprint!("{}", text(&report, false));
            }
            if let Some(signal) = signal {
                return Ok(Outcome::Interrupted(signal));
            }
        }
        findings = verify::verify(&common.index, args.deep)?;
        if findings.damage.is_empty() {
            common.note("the index is sound again");
            return Ok(Outcome::Found);
        }
    }
    print(args, common, &findings)?;
    common.note("some damage could not be mended; `morgue index --rebuild` builds the index anew");
    Ok(Outcome::Lacking)
}

fn print(args: &VerifyArgs, common: &Common, findings: &Findings) -> Result<(), Failure> {
    if args.json {
        let mut out = stdout();
        let sound = findings.damage.is_empty();
        let mut object = json!({ "sound": sound });
        if let (Some(object), Ok(serde_json::Value::Object(rest))) =
            (object.as_object_mut(), serde_json::to_value(findings))
        {
            object.extend(rest);
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
        eprintln!(
            "checked {} ({}), {what} {}: {verdict}",
            counted(findings.files, "file"),
            size(findings.bytes),
            counted(findings.articles, "article"),
        );
        if !findings.damage.is_empty() && !args.repair {
            eprintln!("hint: `morgue verify --repair` drops what is damaged and reads it again");
        }
    }
    Ok(())
}
