//! A search without flags, `morgue [--index DIR] [--quiet] search WORD…`, as it
//! is mostly asked for: read by hand. To build the parser of the flags is a
//! twenty-fifth of such a search.

use std::ffi::OsString;
use std::path::PathBuf;

use super::search::SearchArgs;
use super::{Cli, Command, Common, INDEX, INDEX_VARIABLE, When, config};

/// The command line if it is a plain search; whatever else it is, and whatever
/// is wrong with it, is for the full parser to tell.
pub(super) fn parse(args: &[OsString]) -> Option<Cli> {
    let (common, words) = read(args, std::env::var_os(INDEX_VARIABLE))?;
    if config::is_there() {
        return None;
    }
    Some(Cli {
        common,
        command: Command::Search(SearchArgs::of_words(words)),
    })
}

fn read(args: &[OsString], variable: Option<OsString>) -> Option<(Common, Vec<String>)> {
    let mut args = args.get(1..)?.iter().map(|arg| arg.to_str());
    let mut index = None;
    let mut quiet = false;
    let mut words: Option<Vec<String>> = None;
    while let Some(arg) = args.next() {
        match (arg?, &mut words) {
            ("--index", _) if index.is_none() => {
                index = Some(args.next()??).filter(|value| !value.starts_with('-'));
                index?;
            }
            ("--quiet", _) if !quiet => quiet = true,
            (flag, _) if flag.starts_with('-') => return None,
            ("search", words @ None) => *words = Some(Vec::new()),
            (word, Some(words)) => words.push(word.to_owned()),
            (_, None) => return None,
        }
    }
    let words = words.filter(|words| !words.is_empty())?;
    let index = match (index, variable) {
        (Some(index), _) => index.into(),
        (None, Some(variable)) => variable,
        (None, None) => INDEX.into(),
    };
    let common = Common {
        index: PathBuf::from(index),
        color: When::Auto,
        hyperlink: When::Auto,
        quiet,
    };
    (!common.index.as_os_str().is_empty()).then_some((common, words))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn line(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_plain_search_reads_as_the_full_parser_reads_it() {
        for text in [
            "morgue search oil",
            "morgue search oil  prices",
            "morgue search search index",
            "morgue --index x search \"green deal\" since:2019",
            "morgue search --index search oil --quiet prices",
            "morgue --quiet search grüne*",
        ] {
            let (common, words) = read(&line(text), None).unwrap();
            let full = Cli::try_parse_from(line(text)).unwrap_or_else(|e| panic!("{e}"));
            let Command::Search(search) = full.command else {
                panic!("{text} is no search");
            };
            assert_eq!(
                (
                    format!("{common:?}"),
                    format!("{:?}", SearchArgs::of_words(words))
                ),
                (format!("{:?}", full.common), format!("{search:?}")),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_full_parser() {
        for text in [
            "morgue",
            "morgue search",
            "morgue searches oil",
            "morgue info search",
            "morgue search -n 5 oil",
            "morgue search oil --count",
            "morgue search -",
            "morgue search -- oil",
            "morgue search oil --index",
            "morgue search oil --index -x",
            "morgue --index  search oil",
            "morgue --index x --index y search oil",
            "morgue --quiet --quiet search oil",
            "morgue help search",
        ] {
            assert!(read(&line(text), None).is_none(), "{text}");
        }
    }

    #[test]
    fn the_environment_names_the_index_where_no_flag_does() {
        let index = |text: &str, variable: &str| {
            read(&line(text), Some(variable.into())).map(|(common, _)| common.index)
        };
        assert_eq!(index("morgue search oil", "kept"), Some("kept".into()));
        let named = index("morgue search oil --index x", "kept");
        assert_eq!(named, Some("x".into()));
        assert_eq!(index("morgue search oil", ""), None);
    }
}
