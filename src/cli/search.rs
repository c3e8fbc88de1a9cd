//! `morgue search`: one query or a batch, against one opened index.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::explain;
use super::hits::HitArgs;
use super::index;
use super::machine::{cores, memory_bytes};
use super::terminal::Paged;
use super::{Common, Failure, Outcome};
use crate::error::Error;
use crate::index::{Index, Snapshot};
use crate::ingest;
use crate::output::{Answered, Asked, Printer, clean};
use crate::query::{self, tree::DayRange};
use crate::search::{
    self, Aliases, Facet, Feedback, Filter, Page, Recency, Request, SearchError, Sort,
};
use crate::source::walk::absolute_key;

/// Conditions on articles; shared by every command that searches.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct FilterArgs {
    /// Only articles of this day or later: 2019, 2019-04, 2019-04-13, 7d, 6m, yesterday
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Only articles of this day or earlier; a month or year counts to its end
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

impl FilterArgs {
    /// The days they leave.
    pub(super) fn filter(&self) -> Result<Filter, Failure> {
        let day = |flag: &str,
                   text: &Option<String>,
                   until: bool|
         -> Result<Option<Date>, Failure> {
            let Some(text) = text else { return Ok(None) };
            let day = query::parse_day(text, until, today).map_err(|_| {
                Failure::usage(
                    format!("`--{flag} {text}` is no date"),
                    "write 2019, 2019-04, 2019-04-13, today, yesterday, 7d, 3w, 6m, 1y or last-month",
                )
            })?;
            Ok(Some(day))
        };
        let since = day("since", &self.since, false)?;
        let until = day("until", &self.until, true)?;
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(Failure::usage(
                format!("--since {since} is later than --until {until}"),
                "swap them, or leave one out",
            ));
        }
        let days = (since.is_some() || until.is_some()).then_some(DayRange { from: since, until });
        Ok(Filter {
            days,
            ..Filter::default()
        })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum SortArg {
    /// Best match first.
    #[default]
    Relevance,
    /// Latest first, undated last.
    Newest,
    /// Earliest first, undated last.
    Oldest,
}

impl SortArg {
    fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct SearchArgs {
    /// What to look for; several words are joined by a blank. `-` reads one query a line from stdin
    ///
    /// Words side by side must all occur. "…" is a phrase; OR, NOT, -word and
    /// brackets combine; climat* finds words that start so; title:word looks
    /// in one field; date:2019..2021 bounds the days. The README has it all.
    #[arg(value_name = "QUERY", required_unless_present = "queries")]
    query: Vec<String>,
    /// Read queries from a file, one a line, each with an optional id and a tab before it
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    queries: Option<PathBuf>,
    /// Show at most N hits, up to 100000 [default: 10]
    ///
    /// Hits are ranked before cutting, so the first N are the same for any larger N.
    #[arg(short = 'n', long, value_name = "N", default_value_t = LIMIT, hide_default_value = true, value_parser = clap::value_parser!(u64).range(0..=search::MAX_LIMIT as u64))]
    limit: u64,
    /// Show every hit
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Leave out the first N hits [default: 0]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    offset: u64,
    /// Print only how many articles match
    #[arg(long)]
    count: bool,
    /// Print nothing; the exit code tells whether anything matches
    #[arg(short, long = "silent")]
    silent: bool,
    /// Order of hits [default: relevance]
    #[arg(
        long,
        value_name = "ORDER",
        default_value = "relevance",
        hide_default_value = true
    )]
    sort: SortArg,
    /// Join words side by side by OR, for loose questions
    #[arg(long)]
    any: bool,
    /// Add words of the best hits to the query
    #[arg(long)]
    expand: bool,
    /// Let scores fade with age: half after this many days
    #[arg(long, value_name = "DAYS", value_parser = half_life)]
    recency: Option<f64>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Bring the index up to date with PATH first, and keep to hits below it
    #[arg(long = "in", value_name = "PATH")]
    within: Vec<PathBuf>,
    #[command(flatten)]
    hits: HitArgs,
    /// Count matching articles by a property; may be repeated
    ///
    /// One of source, section, byline, language, person, org, place, year.
    #[arg(long, value_name = "PROPERTY", value_delimiter = ',', value_parser = facet)]
    facet: Vec<Facet>,
    /// Show how the query was read and how many articles each part matches, on stderr
    #[arg(long)]
    explain: bool,
}

/// Hits shown unless told otherwise.
const LIMIT: u64 = 10;

impl SearchArgs {
    /// A search for words, with no flag set.
    pub(super) fn of_words(query: Vec<String>) -> Self {
        Self {
            query,
            queries: None,
            limit: LIMIT,
            all: false,
            offset: 0,
            count: false,
            silent: false,
            sort: SortArg::default(),
            any: false,
            expand: false,
            recency: None,
            filter: FilterArgs::default(),
            within: Vec::new(),
            hits: HitArgs::default(),
            facet: Vec::new(),
            explain: false,
        }
    }
}

fn half_life(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(days) if days > 0.0 && days.is_finite() => Ok(days),
        _ => Err("give a number of days over 0".to_owned()),
    }
}

fn facet(text: &str) -> Result<Facet, String> {
    Facet::ALL
        .into_iter()
        .find(|facet| facet.name() == text)
        .ok_or_else(|| {
            format!(
                "the properties are {}",
                Facet::ALL.map(Facet::name).join(", ")
            )
        })
}

/// The day relative dates count from: the same to the end of a batch.
pub(super) fn today() -> Date {
    static TODAY: OnceLock<Date> = OnceLock::new();
    *TODAY.get_or_init(|| jiff::Zoned::now().date())
}

pub(super) fn run(args: &SearchArgs, common: &Common) -> Result<Outcome, Failure> {
    keep_freed_memory();
    let is_batch = args.queries.is_some() || args.query.len() == 1 && args.query[0] == "-";
    if is_batch && args.hits.format == "text" && !args.count {
        return Err(Failure::usage(
            "a batch of queries is not printed as text",
            "add `--format jsonl`, `csv`, `tsv` or `trec`",
        ));
    }
    let mut filter = args.filter.filter()?;
    // A bad query is told before anything is read or opened.
    let text = args.query.join(" ");
    let parsed = match is_batch {
        true => None,
        false => {
            let parsed = parse(&text, args).map_err(|bad| Failure::Rendered(bad.full))?;
            Some(parsed)
        }
    };
    filter.below = bring_up_to_date(args, common)?;
    let index = Index::open(&common.index)?;
    let snapshot = index.snapshot()?;
    let printer = args.hits.printer(common)?;
    let aliases = Arc::new(Aliases::read(&common.index)?);
    let mut run = Run {
        args,
        common,
        snapshot,
        filter,
        aliases,
        printer,
        out: Paged::new(common),
    };
    let outcome = match parsed {
        None => run.batch(),
        Some(parsed) => run.single(&text, parsed),
    }?;
    let Run { snapshot, out, .. } = run;
    out.finish()?;
    // The system takes maps and memory down with the process, all at once.
    std::mem::forget(snapshot);
    Ok(outcome)
}

/// Teaches the GNU C library's allocator to keep what is freed. It gives the end
/// of the heap back to the system whenever more than 128 KiB of it are free, as
/// after each block of stored articles, and asks for it again at the next: 25
/// new pages each time. Once a large piece has come and gone it waits until
/// twice as much is free.
fn keep_freed_memory() {
    const LARGE: usize = 4 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// Reads the PATHs of `--in` into the index; returns their keys.
fn bring_up_to_date(args: &SearchArgs, common: &Common) -> Result<Vec<Vec<u8>>, Failure> {
    use std::os::unix::ffi::OsStrExt;
    if args.within.is_empty() {
        return Ok(Vec::new());
    }
    let options = ingest::Options {
        paths: args.within.clone(),
        threads: cores(),
        memory_bytes: memory_bytes(),
        rebuild: false,
        merge: false,
        dry_run: false,
        prune: None,
        way: None,
        is_named: true,
        record_time: index::TimeArgs::default().limit(),
        retry: false,
        program: index::program(),
    };
    match index::carry_out(&options, common, false, false) {
        Ok((_, Some(signal))) => {
            // The user wants out, not an answer.
            std::process::exit(128 + signal);
        }
        Ok((report, None)) => {
            let is_new = report.articles + report.removed > 0 || report.has_problems();
            if is_new && !common.quiet {
                tell!("{}", index::text(&report, false));
            }
        }
        Err(Failure::Library(error @ Error::Locked { .. })) => {
            common.note(&format!("{error}; searching what is committed"));
        }
        Err(failure) => return Err(failure),
    }
    Ok(args
        .within
        .iter()
        .map(|path| absolute_key(path).as_os_str().as_bytes().to_vec())
        .collect())
}

/// One opened index and all that holds for every query.
struct Run<'a> {
    args: &'a SearchArgs,
    common: &'a Common,
    snapshot: Snapshot,
    filter: Filter,
    aliases: Arc<Aliases>,
    printer: Box<dyn Printer>,
    out: Paged,
}

/// A note on how a query was run, for people.
fn said(query: &str, note: &search::Note) -> String {
    match note {
        search::Note::Cut { span, kept, found } => {
            let part = query.get(span.start..span.end).unwrap_or(query);
            format!("`{part}` stands for {found} words; the {kept} most frequent were searched")
        }
        search::Note::Added(words) => format!("added words of the best hits: {}", words.join(", ")),
    }
}

/// Why a query has no answer: what is wrong in full, and on one line.
struct BadQuery {
    full: String,
    line: String,
}

fn parse(text: &str, args: &SearchArgs) -> Result<query::Parsed, BadQuery> {
    let options = query::Options {
        today,
        any: args.any,
    };
    query::parse(text, &options).map_err(|error| BadQuery {
        full: error.render(text),
        line: error.kind.to_string(),
    })
}

impl Run<'_> {
    fn single(&mut self, text: &str, parsed: query::Parsed) -> Result<Outcome, Failure> {
        match self.answer(None, text, parsed)? {
            Ok(total) => Ok(if total > 0 {
                Outcome::Found
            } else {
                Outcome::Lacking
            }),
            Err(bad) => Err(Failure::Rendered(bad.full)),
        }
    }

    /// Runs every query; a bad one is reported in its place.
    fn batch(&mut self) -> Result<Outcome, Failure> {
        let reader: Box<dyn BufRead> = match &self.args.queries {
            None => Box::new(std::io::stdin().lock()),
            Some(path) => {
                let file = std::fs::File::open(path).map_err(|source| Error::Io {
                    action: "read",
                    path: path.clone(),
                    source,
                })?;
                Box::new(std::io::BufReader::new(file))
            }
        };
        let (mut found, mut bad) = (false, false);
        for (number, line) in reader.split(b'\n').enumerate() {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            let number = (number + 1).to_string();
            let (id, text) = match line.split_once('\t') {
                Some((id, text)) if !id.trim().is_empty() => (id.trim(), text),
                _ => (number.as_str(), line),
            };
            if text.trim().is_empty() {
                continue;
            }
            let answer = match parse(text, self.args) {
                Ok(parsed) => self.answer(Some(id), text, parsed)?,
                Err(bad) => Err(bad),
            };
            match answer {
                Ok(total) => found |= total > 0,
                Err(problem) => {
                    bad = true;
                    say!("morgue: line {number}: {}", clean::line(&problem.line));
                    let index = self.common.index.display().to_string();
                    let asked = Asked {
                        id: Some(id),
                        query: text,
                        index: &index,
                        sort: self.args.sort.name(),
                    };
                    self.printer.failed(&mut self.out, &asked, &problem.line)?;
                }
            }
        }
        Ok(match (bad, found) {
            (true, _) => Outcome::Faulty,
            (false, true) => Outcome::Found,
            (false, false) => Outcome::Lacking,
        })
    }

    /// Answers one query; the number of articles that match it, or of those looked at.
    fn answer(
        &mut self,
        id: Option<&str>,
        text: &str,
        parsed: query::Parsed,
    ) -> Result<Result<u64, BadQuery>, Failure> {
        let started = Instant::now();
        if id.is_none() {
            for note in &parsed.notes {
                self.common.note(&note.to_string());
            }
        }
        let request = self.request(self.aliases.widen(parsed.root));
        let page = match search::search(&self.snapshot, &request) {
            Ok(page) => page,
            Err(SearchError::Query {
                span,
                message,
                hint,
            }) => {
                let full = query::point_at(text, span, &message, Some(hint));
                return Ok(Err(BadQuery {
                    full,
                    line: message,
                }));
            }
            Err(error) => {
                return Err(Error::Damaged {
                    path: self.common.index.clone(),
                    detail: error.to_string(),
                }
                .into());
            }
        };
        if id.is_none() {
            for note in &page.notes {
                self.common.note(&said(text, note));
            }
        }
        let elapsed = started.elapsed();
        if id.is_none() && self.args.explain {
            explain::print(self.common, &self.snapshot, &request, page.total)?;
        } else if id.is_none() && page.total == 0 && !self.args.silent {
            explain::nothing_found(self.common, &self.snapshot, &request)?;
        }
        self.print(id, text, &page, elapsed)?;
        Ok(Ok(page.total))
    }

    fn print(
        &mut self,
        id: Option<&str>,
        text: &str,
        page: &Page,
        elapsed: Duration,
    ) -> Result<(), Failure> {
        if self.args.silent {
            return Ok(());
        }
        if self.args.count {
            match id {
                Some(id) => writeln!(self.out, "{}\t{}", clean::line(id), page.total)?,
                None => writeln!(self.out, "{}", page.total)?,
            }
            return Ok(());
        }
        let index = self.common.index.display().to_string();
        let asked = Asked {
            id,
            query: text,
            index: &index,
            sort: self.args.sort.name(),
        };
        self.printer.begin(&mut self.out, &asked)?;
        for hit in &page.hits {
            self.printer.hit(&mut self.out, &asked, hit)?;
        }
        let answered = Answered {
            total: page.total,
            returned: page.hits.len() as u64,
            elapsed,
            facets: &page.facets,
            added: page.added(),
        };
        self.printer.end(&mut self.out, &asked, &answered)?;
        if id.is_none()
            && self.args.hits.format == "text"
            && page.total > page.hits.len() as u64
            && !self.common.quiet
        {
            let (shown, all) = (page.hits.len(), super::numbers::grouped(page.total));
            // In one piece, for what goes to stderr is not gathered.
            let text = format!("{shown} of {all} articles; -n N shows more\n");
            tell!("{text}");
        }
        Ok(())
    }

    fn request(&self, root: query::tree::Node) -> Request {
        let args = self.args;
        let wants_hits = !args.count && !args.silent;
        Request {
            limit: match (wants_hits, args.all) {
                (false, _) => Some(0),
                (true, true) => None,
                (true, false) => Some(args.limit as usize),
            },
            offset: args.offset as usize,
            sort: match args.sort {
                SortArg::Relevance => Sort::Relevance,
                SortArg::Newest => Sort::Newest,
                SortArg::Oldest => Sort::Oldest,
            },
            filter: self.filter.clone(),
            total: args.count || args.explain || self.printer.needs_total(),
            articles: self.printer.needs_articles(),
            snippet: match wants_hits {
                true => args.hits.snippet(self.printer.as_ref()),
                false => None,
            },
            recency: args.recency.map(|half_life_days| Recency {
                half_life_days,
                today: today(),
            }),
            expand: args.expand.then(Feedback::default),
            facets: args.facet.clone(),
            aliases: Arc::clone(&self.aliases),
            ..Request::new(root)
        }
    }
}
