//! The command line: one file per command, each turning its arguments into a
//! request to the rooms below and the answer into output and an exit code.

// The macros of the standard library end the program where stderr is a pipe
// that nobody reads any more or a file on a full disk; no run is worth that.
#![deny(clippy::print_stderr)]

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::error::Error;
use crate::ingest;
use crate::output::{clean, json};

/// Prints text on stderr, if that can be written to.
macro_rules! tell {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = write!(std::io::stderr(), $($text)*);
    }};
}

/// Prints a line on stderr, if that can be written to.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($line)*);
    }};
}

mod config;
mod entities;
mod explain;
mod fault;
mod first;
mod forget;
mod hits;
mod index;
mod info;
mod inspect;
mod machine;
mod numbers;
mod pages;
mod plain;
mod question;
mod search;
mod show;
mod similar;
mod terminal;
mod timeline;
mod verify;
mod watch;

/// What a command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Something was found; all is well.
    Found,
    /// Nothing was found, or some inputs were rejected.
    Lacking,
    /// A batch of queries held a bad one.
    Faulty,
    /// Ended by a signal, after what was done had been made durable.
    Interrupted(i32),
    /// A child of another run tells it something.
    Child(u8),
}

impl Outcome {
    fn code(self) -> u8 {
        match self {
            Self::Found => 0,
            Self::Lacking => 1,
            Self::Faulty => 2,
            Self::Child(code) => code,
            Self::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(130),
        }
    }
}

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The library says why.
    #[error(transparent)]
    Library(#[from] Error),
    /// The reader of our output went away: a quiet success.
    #[error("broken pipe")]
    BrokenPipe,
    /// Output could not be written.
    #[error("cannot write output: {0}")]
    Output(io::Error),
    /// Already in its final form, such as a query with a caret.
    #[error("{0}")]
    Rendered(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Output(error),
        }
    }
}

impl Failure {
    fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Library(Error::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        })
    }
}

/// Full-text search over news archives, from the shell.
///
/// Reads folders of article files, whatever their format, into an index, and
/// answers queries with ranked articles and the passages that match.
#[derive(Parser)]
#[command(name = "morgue", version, max_term_width = 100, after_help = AFTER_HELP, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 found, or all read; 1 nothing found, or some inputs rejected; 2 error.
Start with `morgue index FOLDER`, then `morgue search WORDS`.";

/// The folder of the index unless told otherwise, and what tells it but a flag.
const INDEX: &str = "index";
const INDEX_VARIABLE: &str = "MORGUE_INDEX";

#[derive(Args, Clone, Debug)]
struct Common {
    /// Folder of the index [env: MORGUE_INDEX] [default: index]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = INDEX_VARIABLE,
        hide_env = true,
        default_value = INDEX,
        hide_default_value = true
    )]
    index: PathBuf,
    /// When to use colour and bold [default: auto]
    ///
    /// `auto` uses them on a terminal, unless NO_COLOR is set; CLICOLOR_FORCE
    /// forces them.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    color: When,
    /// When to link titles to their files on the terminal [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    hyperlink: When,
    /// Print nothing on stderr but errors
    #[arg(long, global = true)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Read the article files under PATHs into the index (only what changed)
    Index(index::IndexArgs),
    /// Print ranked hits with snippets
    Search(search::SearchArgs),
    /// List the people, organisations and places most named in matching articles
    Entities(entities::EntitiesArgs),
    /// Count matching articles per day, week, month, quarter or year
    Timeline(timeline::TimelineArgs),
    /// Print the earliest article that matches, or the earliest of each source
    First(first::FirstArgs),
    /// Print articles like a given one
    Similar(similar::SimilarArgs),
    /// Print whole articles
    Show(show::ShowArgs),
    /// Read files and print their articles as JSON lines; no index is touched
    Inspect(inspect::InspectArgs),
    /// Print what is in the index, and the problems of the last run
    Info(info::InfoArgs),
    /// Check the index; --repair mends what can be mended
    Verify(verify::VerifyArgs),
    /// Keep the index fresh while files come, change and go
    Watch(watch::WatchArgs),
    /// Drop what lies below PATHs from the index
    Forget(forget::ForgetArgs),
    /// Print a completion script for a shell
    Completions(pages::CompletionsArgs),
    /// Print the manual page
    Man(pages::ManArgs),
    /// Read what another run tells on stdin, and die of it if need be
    #[command(name = ingest::alone::COMMAND, hide = true)]
    ReadAlone,
}

/// Runs the command line `args` (the program's name first) and returns the
/// process's exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    fault::silence_panics();
    allow_open_files();
    let args = args.into_iter().collect();
    ExitCode::from(fault::guard(|| match parse(args) {
        Ok(cli) => finish(dispatch(&cli)),
        Err(code) => code,
    }))
}

/// [`Cli`] as far as a search needs it: to build the flags of all the other
/// commands takes as long as finding the words of a query.
#[derive(Parser)]
#[command(name = "morgue")]
struct SearchCli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: SearchCommand,
}

#[derive(Subcommand)]
enum SearchCommand {
    Search(search::SearchArgs),
}

/// What is plainly a search; whatever is wrong or wants help is for [`parse`] to
/// tell.
fn parse_search(args: &[OsString]) -> Option<Cli> {
    if !args.iter().any(|arg| arg == "search") || config::is_there() {
        return None;
    }
    let mut command = SearchCli::command();
    let matches = command.try_get_matches_from_mut(args).ok()?;
    let SearchCli {
        common,
        command: SearchCommand::Search(search),
    } = SearchCli::from_arg_matches(&matches).ok()?;
    // The process is short; what it holds ends with it.
    std::mem::forget((command, matches));
    Some(Cli {
        common,
        command: Command::Search(search),
    })
}

fn parse(args: Vec<OsString>) -> Result<Cli, u8> {
    if let Some(cli) = plain::parse(&args).or_else(|| parse_search(&args)) {
        return Ok(cli);
    }
    let command = match config::apply(Cli::command()) {
        Ok(command) => command,
        Err(failure) => return Err(finish(Err(failure))),
    };
    let parsed = command
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| {
        if !error.use_stderr() {
            let _ = error.print();
            return 0;
        }
        // One form for every error: clap's own lead is replaced by ours.
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        tell!("morgue: {}", clean::lines(text));
        2
    })
}

fn dispatch(cli: &Cli) -> Result<Outcome, Failure> {
    let common = &cli.common;
    match &cli.command {
        Command::Index(args) => index::run(args, common),
        Command::Search(args) => search::run(args, common),
        Command::Entities(args) => entities::run(args, common),
        Command::Timeline(args) => timeline::run(args, common),
        Command::First(args) => first::run(args, common),
        Command::Similar(args) => similar::run(args, common),
        Command::Show(args) => show::run(args, common),
        Command::Inspect(args) => inspect::run(args),
        Command::Info(args) => info::run(args, common),
        Command::Verify(args) => verify::run(args, common),
        Command::Watch(args) => watch::run(args, common),
        Command::Forget(args) => forget::run(args, common),
        Command::Completions(args) => pages::completions(args),
        Command::Man(args) => pages::man(args),
        Command::ReadAlone => Ok(Outcome::Child(ingest::alone::read_alone(
            io::stdin(),
            io::stdout(),
        ))),
    }
}

fn finish(result: Result<Outcome, Failure>) -> u8 {
    match result {
        Ok(outcome) => outcome.code(),
        Err(Failure::BrokenPipe) => 0,
        Err(Failure::Rendered(text)) => {
            say!("{}", clean::lines(&text));
            2
        }
        Err(failure) => {
            say!("morgue: {}", clean::lines(&failure.to_string()));
            if let Failure::Library(error) = &failure
                && let Some(hint) = error.hint()
            {
                say!("hint: {}", clean::lines(&hint));
            }
            2
        }
    }
}

/// An index of many segments and many threads needs more files at a time than
/// the usual soft limit; the hard one is what the user means.
fn allow_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // Where it is refused the soft limit stays.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

impl Common {
    /// Prints a notice on stderr, unless it is to be quiet.
    fn note(&self, text: &str) {
        if !self.quiet {
            say!("morgue: {}", clean::lines(text));
        }
    }

    /// Whether what goes to stdout may be styled.
    fn is_styled(&self) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                let set =
                    |name| std::env::var_os(name).is_some_and(|value: OsString| !value.is_empty());
                if set("NO_COLOR") {
                    return false;
                }
                let forced = std::env::var_os("CLICOLOR_FORCE")
                    .is_some_and(|value| value != "0" && !value.is_empty());
                let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                forced || io::stdout().is_terminal() && !is_dumb
            }
        }
    }
}

/// Buffered standard output; errors come out when it is flushed.
fn stdout() -> io::BufWriter<io::Stdout> {
    io::BufWriter::with_capacity(64 * 1024, io::stdout())
}

/// Writes JSON and a line break.
fn write_json(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Failure> {
    json::write(out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}
