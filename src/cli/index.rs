//! `morgue index`: arguments, the progress bar, the report.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::machine::{cores, memory_bytes};
use super::numbers::{counted, duration, grouped, listed, size};
use super::{Common, Failure, Outcome, stdout, write_json};
use crate::enrich;
use crate::error::{Error, Rejection};
use crate::format;
use crate::ingest::conveyor::{RECORD_TIME, Reading};
use crate::ingest::{self, Observer, Options, Report, Way};
use crate::output::{clean, paths};
use crate::source::Limits;
use crate::source::walk::WalkOptions;
use crate::text::dates::Order;

/// How files are found and read; shared by every command that reads files.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ReadingArgs {
    /// Read article fields of JSON and CSV from other names
    ///
    /// A list such as `title=headline,body=text,date=pubDate`: morgue's field
    /// on the left, the source's on the right. Fields: title, body, date,
    /// byline, publisher, section, language, url, id. Columns of a table without
    /// a header row go by number: `title=2,body=3`.
    #[arg(long, value_name = "FIELD=NAME,…", value_delimiter = ',', value_parser = mapping)]
    map: Vec<(String, String)>,
    /// Decode text in this charset, whatever files say [default: detect]
    ///
    /// Any WHATWG label, such as `windows-1252` or `shift_jis`.
    #[arg(long, value_name = "CHARSET", value_parser = charset)]
    encoding: Option<&'static encoding_rs::Encoding>,
    /// Order of day and month in dates such as 3/4/2020, where files do not show it
    ///
    /// `dmy` or `mdy`. A file that also writes dates which can only be read in one way
    /// shows it; without this option, so does the country that a page names. Else
    /// such a date is not read.
    #[arg(long, value_name = "ORDER", value_parser = date_order)]
    date_order: Option<Order>,
    /// Do not look for people, organisations and places in the text
    #[arg(long)]
    no_entities: bool,
    /// Largest record, in MiB [default: 64]
    #[arg(long, value_name = "MIB", default_value_t = 64, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=4096))]
    max_record: u64,
    /// Largest member of a container after decompression, in MiB [default: 65536]
    #[arg(long, value_name = "MIB", default_value_t = 65_536, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..))]
    max_member: u64,
    /// Most that one file may expand to in all, in MiB [default: 1048576]
    #[arg(long, value_name = "MIB", default_value_t = 1 << 20, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..))]
    max_total: u64,
    /// Most members of one file, nested ones included [default: 10000000]
    #[arg(long, value_name = "N", default_value_t = 10_000_000, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..))]
    max_members: u64,
    /// Deepest nesting of containers and compression, in levels [default: 4]
    #[arg(long, value_name = "N", default_value_t = 4, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=32))]
    max_nesting: u32,
    /// Largest expansion of a compressed file beyond its first 64 MiB, as a factor [default: 200]
    #[arg(long, value_name = "N", default_value_t = 200, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..))]
    max_ratio: u64,
}

impl ReadingArgs {
    /// The library's form of them.
    pub(super) fn reading(&self) -> Reading {
        Reading {
            limits: Limits {
                record_bytes: self.max_record << 20,
                member_bytes: self.max_member.saturating_mul(1 << 20),
                total_bytes: self.max_total.saturating_mul(1 << 20),
                members: self.max_members,
                nesting: self.max_nesting,
                ratio: self.max_ratio,
            },
            parse: format::Options {
                map: self.map.clone(),
                encoding: self.encoding,
                date_order: self.date_order,
            },
            enrich: enrich::Options {
                entities: !self.no_entities,
            },
        }
    }
}

/// How long a record may take; shared by the commands that read an archive.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct TimeArgs {
    /// Most processor time for one record, in seconds; 0 for no limit [default: 5]
    ///
    /// A record that takes longer is given up and rejected as too slow, and the
    /// run goes on. What it was read with runs on beside it, with the least of
    /// the processor, until the program ends.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    record_time: Option<u64>,
}

impl TimeArgs {
    /// The limit, if there is to be one.
    pub(super) fn limit(&self) -> Option<Duration> {
        match self.record_time {
            None => Some(RECORD_TIME),
            Some(0) => None,
            Some(seconds) => Some(Duration::from_secs(seconds)),
        }
    }
}

/// Which files are found below a PATH; shared by every command that walks.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct WalkArgs {
    /// Only files whose name or path fits this pattern; may be repeated
    ///
    /// `*` stands for any characters but `/`, `**` for any folders, `?` for
    /// one character. A pattern that starts with `!` leaves files out.
    #[arg(long, value_name = "GLOB")]
    glob: Vec<String>,
    /// Hidden files and folders too
    #[arg(long)]
    hidden: bool,
    /// Follow symbolic links
    #[arg(long)]
    follow: bool,
}

impl WalkArgs {
    pub(super) fn options(&self) -> Result<WalkOptions, Failure> {
        WalkOptions::new(self.hidden, self.follow, &self.glob).map_err(|message| {
            Failure::usage(
                message,
                "quote the pattern for the shell, as in `--glob '*.txt'`",
            )
        })
    }
}

fn mapping(text: &str) -> Result<(String, String), String> {
    const FIELDS: [&str; 9] = [
        "title",
        "body",
        "date",
        "byline",
        "publisher",
        "section",
        "language",
        "url",
        "id",
    ];
    let (field, name) = text.split_once('=').ok_or("write it as FIELD=NAME")?;
    if !FIELDS.contains(&field) {
        return Err(format!(
            "there is no field `{field}`; the fields are {}",
            FIELDS.join(", ")
        ));
    }
    Ok((field.to_owned(), name.to_owned()))
}

fn charset(label: &str) -> Result<&'static encoding_rs::Encoding, String> {
    encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(|| "no such charset".to_owned())
}

fn date_order(name: &str) -> Result<Order, String> {
    Order::named(name).ok_or_else(|| "it is `dmy` (3 April) or `mdy` (March 4)".to_owned())
}

#[derive(Args)]
pub(super) struct IndexArgs {
    /// Files and folders of articles; without any, those the index knows
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read further PATHs from a file, one a line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
    /// PATHs of --files-from end with a NUL instead of a line break
    #[arg(short = '0', long, requires = "files_from")]
    null: bool,
    /// Threads that read articles [default: number of cores]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=256))]
    threads: Option<u64>,
    /// Memory for the part of the index being built, in MiB [default: a
    /// sixteenth of the machine's, 256 to 1024]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(30..=24_000))]
    memory: Option<u64>,
    /// Build the index anew beside the old one and swap when it is whole
    ///
    /// Reads the PATHs given and those the index knows. A rebuild that fails
    /// leaves the old index in use. At its peak it needs disk space for both.
    #[arg(long)]
    rebuild: bool,
    /// At the end, merge the parts of the index into as few as may be
    ///
    /// Searches are faster then. It takes about half as long as reading all of
    /// the archive, and disk space for a second index while it lasts.
    #[arg(long)]
    merge: bool,
    /// Read everything that a run would read, but write nothing
    #[arg(long, conflicts_with = "merge")]
    dry_run: bool,
    /// Remove articles whose file is gone, even where a whole PATH is empty
    ///
    /// Articles of missing files are removed in any case, except below a PATH
    /// that now shows no file at all or lies on another device, as an
    /// unplugged disk does.
    #[arg(long, overrides_with = "no_prune")]
    prune: bool,
    /// Keep articles whose file is gone
    #[arg(long)]
    no_prune: bool,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    time: TimeArgs,
    /// Do not read PATHs with the flags they were read with before
    ///
    /// Flags that say how files are found and read are remembered with the
    /// PATH: runs without such flags, `watch` and `search --in` use them again,
    /// and a run with any such flag replaces all of them. `morgue info` shows
    /// them.
    #[arg(long)]
    forget_flags: bool,
    /// Read again what was rejected before
    ///
    /// Files with rejections are read as if they had changed, and records that
    /// no run reads any more because they ended one are given another chance.
    #[arg(long)]
    retry: bool,
    /// Wait for another run that is writing the index instead of giving up
    #[arg(long)]
    wait: bool,
    /// Print a line for each rejection as it happens
    #[arg(short, long)]
    verbose: bool,
    /// Print the report as one JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &IndexArgs, common: &Common) -> Result<Outcome, Failure> {
    let mut paths = args.paths.clone();
    if let Some(list) = &args.files_from {
        paths.extend(listed_paths(list, args.null)?);
        if paths.is_empty() {
            return Err(Failure::usage(
                "--files-from names no file",
                "give at least one PATH",
            ));
        }
    }
    let options = Options {
        paths,
        threads: args.threads.map_or_else(cores, |threads| threads as usize),
        memory_bytes: args
            .memory
            .map_or_else(memory_bytes, |memory| (memory as usize) << 20),
        rebuild: args.rebuild,
        merge: args.merge,
        dry_run: args.dry_run,
        prune: match (args.prune, args.no_prune) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        way: way(&args.walk, &args.reading, args.forget_flags)?,
        is_named: true,
        record_time: args.time.limit(),
        retry: args.retry,
        program: program(),
    };
    let (report, signal) = carry_out(&options, common, args.verbose, args.wait)?;
    if args.json {
        let mut out = stdout();
        write_json(&mut out, &report)?;
        out.flush()?;
    } else if !common.quiet {
        tell!("{}", text(&report, args.dry_run));
    }
    Ok(match signal {
        Some(signal) => Outcome::Interrupted(signal),
        None if report.has_problems() => Outcome::Lacking,
        None => Outcome::Found,
    })
}

/// How often a waiting run looks whether the other has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// How files are to be found and read; `None` where nothing is asked for and
/// what is remembered holds.
pub(super) fn way(
    walk: &WalkArgs,
    reading: &ReadingArgs,
    forget_flags: bool,
) -> Result<Option<Way>, Failure> {
    let way = Way {
        walk: walk.options()?,
        reading: reading.reading(),
    };
    Ok((forget_flags || way != Way::default()).then_some(way))
}

/// The flags that ask for a way of finding and reading files.
pub(super) fn flags(way: &Way) -> Vec<String> {
    let mut flags = Vec::new();
    let mut flag = |name: &str, value: Option<String>| {
        flags.extend([format!("--{name}")].into_iter().chain(value));
    };
    let asked = way.walk.asked();
    for glob in &asked.globs {
        flag("glob", Some(glob.clone()));
    }
    if asked.hidden {
        flag("hidden", None);
    }
    if asked.follow {
        flag("follow", None);
    }
    let Reading {
        limits,
        parse,
        enrich,
    } = &way.reading;
    if !parse.map.is_empty() {
        let map = parse.map.iter();
        let map: Vec<String> = map.map(|(field, name)| format!("{field}={name}")).collect();
        flag("map", Some(map.join(",")));
    }
    if let Some(encoding) = parse.encoding {
        flag("encoding", Some(encoding.name().to_owned()));
    }
    if let Some(order) = parse.date_order {
        flag("date-order", Some(order.name().to_owned()));
    }
    if !enrich.entities {
        flag("no-entities", None);
    }
    let usual = Limits::default();
    for (name, value, usual) in [
        (
            "max-record",
            limits.record_bytes >> 20,
            usual.record_bytes >> 20,
        ),
        (
            "max-member",
            limits.member_bytes >> 20,
            usual.member_bytes >> 20,
        ),
        (
            "max-total",
            limits.total_bytes >> 20,
            usual.total_bytes >> 20,
        ),
        ("max-members", limits.members, usual.members),
        ("max-nesting", limits.nesting.into(), usual.nesting.into()),
        ("max-ratio", limits.ratio, usual.ratio),
    ] {
        if value != usual {
            flag(name, Some(value.to_string()));
        }
    }
    flags
}

/// This program, whose children read alone what may have ended a run.
pub(super) fn program() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// Runs the conveyor with a progress bar on a terminal, once no other run is
/// writing if it is to `wait`; returns the signal that interrupted it, if any.
pub(super) fn carry_out(
    options: &Options,
    common: &Common,
    verbose: bool,
    wait: bool,
) -> Result<(Report, Option<i32>), Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let signal = Arc::new(AtomicUsize::new(0));
    for number in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second signal ends the process at once, as people expect.
        signal_hook::flag::register_conditional_default(number, Arc::clone(&interrupted))?;
        signal_hook::flag::register_usize(number, Arc::clone(&signal), number as usize)?;
        signal_hook::flag::register(number, Arc::clone(&interrupted))?;
    }
    let progress = Progress::new(common, verbose);
    let mut has_told = false;
    let report = loop {
        match ingest::index(&common.index, options, &progress, &interrupted) {
            Err(error @ Error::Locked { .. }) if wait => {
                if !std::mem::replace(&mut has_told, true) {
                    common.note(&format!("{error}; waiting"));
                }
                if interrupted.load(Ordering::Relaxed) {
                    break Err(error);
                }
                std::thread::sleep(LOOK_AGAIN);
            }
            other => break other,
        }
    };
    progress.bar.finish_and_clear();
    let signal = i32::try_from(signal.load(Ordering::Relaxed))
        .ok()
        .filter(|&signal| signal != 0);
    match (report, signal) {
        (Ok(report), _) => Ok((report, signal)),
        (Err(Error::Locked { .. }), Some(_)) => Ok((Report::default(), signal)),
        (Err(error), _) => Err(error.into()),
    }
}

/// The report for people.
pub(super) fn text(report: &Report, dry_run: bool) -> String {
    let mut text = format!(
        "{} {} from {} ({}) in {}: {} new, {} replaced, {} removed",
        if dry_run { "would index" } else { "indexed" },
        counted(report.articles, "article"),
        counted(report.files, "file"),
        size(report.bytes),
        duration(report.elapsed),
        grouped(report.new),
        grouped(report.replaced),
        grouped(report.removed),
    );
    if report.unchanged > 0 {
        text.push_str(&format!(", {} unchanged", grouped(report.unchanged)));
    }
    text.push('\n');
    if let Some(segments) = report.segments {
        text.push_str(&format!("the index is in {}\n", counted(segments, "part")));
    }
    let skipped: u64 = report.skipped.values().sum();
    if skipped > 0 {
        text.push_str(&format!(
            "skipped {} morgue does not read ({})\n",
            counted(skipped, "file"),
            clean::line(&listed(&report.skipped))
        ));
    }
    if !report.rejected.is_empty() {
        text.push_str(&format!(
            "rejected {}: {} — `morgue info --rejected` lists them\n",
            grouped(report.rejections()),
            listed(&report.rejected)
        ));
    }
    for path in &report.kept {
        text.push_str(&format!(
            "kept what is missing below {}: the folder is empty, or a disk is missing or another\n\
             hint: if it is gone for good, remove its articles with `morgue index --prune` or `morgue forget`\n",
            clean::line(path)
        ));
    }
    if report.given_up {
        text.push_str("interrupted; the rebuild is given up, the index is as it was\n");
    } else if report.interrupted {
        text.push_str("interrupted; what was done is committed, the next run goes on\n");
    }
    text
}

fn listed_paths(list: &std::path::Path, null: bool) -> Result<Vec<PathBuf>, Failure> {
    use std::os::unix::ffi::OsStrExt;
    let mut bytes = Vec::new();
    let read = match list.as_os_str() == "-" {
        true => std::io::stdin().read_to_end(&mut bytes),
        false => std::fs::File::open(list).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    read.map_err(|source| crate::error::Error::Io {
        action: "read",
        path: list.to_owned(),
        source,
    })?;
    let end = if null { 0 } else { b'\n' };
    Ok(bytes
        .split(|&byte| byte == end)
        .map(|name| {
            if null {
                name
            } else {
                name.strip_suffix(b"\r").unwrap_or(name)
            }
        })
        .filter(|name| !name.is_empty())
        .map(|name| PathBuf::from(std::ffi::OsStr::from_bytes(name)))
        .collect())
}

/// A bar on a terminal, nothing elsewhere.
struct Progress {
    bar: ProgressBar,
    verbose: bool,
    is_quiet: bool,
    found: Mutex<(u64, u64)>,
}

impl Progress {
    fn new(common: &Common, verbose: bool) -> Self {
        let is_shown = std::io::stderr().is_terminal() && !common.quiet;
        let target = if is_shown {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template(
            "{bar:24} {msg} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        ) {
            bar.set_style(style);
        }
        Self {
            bar,
            verbose: verbose && !common.quiet,
            is_quiet: common.quiet,
            found: Mutex::new((0, 0)),
        }
    }
}

/// What looking for the end of the run before came to.
pub(super) fn recovery(suspects: u64, struck: u64) -> String {
    let read = counted(suspects, "part");
    let found = match struck {
        0 => "none of them is to blame".to_owned(),
        1 => "1 of them is passed over from now on".to_owned(),
        more => format!("{} of them are passed over from now on", grouped(more)),
    };
    format!("the run before died while it read {read} of the archive; {found}")
}

impl Observer for Progress {
    fn recovered(&self, suspects: u64, struck: u64) {
        if !self.is_quiet {
            self.bar
                .suspend(|| say!("morgue: {}", recovery(suspects, struck)));
        }
    }

    fn found(&self, files: u64, bytes: u64) {
        if let Ok(mut found) = self.found.lock() {
            *found = (files, bytes);
        }
        self.bar.set_length(bytes);
    }

    fn read(&self, files: u64, bytes: u64, articles: u64) {
        if self.bar.is_hidden() {
            return;
        }
        let all = self.found.lock().map_or(0, |found| found.0);
        self.bar.set_position(bytes);
        self.bar.set_message(format!(
            "{}/{} files, {} articles",
            grouped(files),
            grouped(all),
            grouped(articles)
        ));
    }

    fn closing(&self) {
        self.bar
            .set_message("all is read; writing and merging what is left,");
    }

    fn rejected(&self, rejection: &Rejection) {
        if self.verbose {
            let line = format!(
                "morgue: rejected {}: {}",
                paths::located(&rejection.locator),
                rejection.reason
            );
            self.bar.suspend(|| say!("{}", clean::line(&line)));
        }
    }
}
