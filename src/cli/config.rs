//! The config file: defaults for flags, below the environment and the command
//! line. TOML at `$XDG_CONFIG_HOME/morgue/config.toml`, keys are the flags'
//! long names.

use std::path::PathBuf;

use clap::Command;
use clap::builder::OsStr;

use super::Failure;

/// Where the file lies, if the environment says where to look.
fn path() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("morgue").join("config.toml"))
}

/// Whether there is a file to read.
pub(super) fn is_there() -> bool {
    path().is_some_and(|path| path.exists())
}

/// Puts the file's values under the flags' own defaults.
pub(super) fn apply(command: Command) -> Result<Command, Failure> {
    let Some(path) = path() else {
        return Ok(command);
    };
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(command);
    };
    apply_text(command, &text).map_err(|(message, hint)| {
        Failure::usage(format!("config file `{}`: {message}", path.display()), hint)
    })
}

fn apply_text(mut command: Command, text: &str) -> Result<Command, (String, String)> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        (
            e.message().to_owned(),
            "it is TOML, a flag a line: `limit = 20`".to_owned(),
        )
    })?;
    for (key, value) in table {
        let values: Vec<OsStr> = match &value {
            toml::Value::String(text) => vec![OsStr::from(text.clone())],
            toml::Value::Integer(number) => vec![OsStr::from(number.to_string())],
            toml::Value::Float(number) => vec![OsStr::from(number.to_string())],
            toml::Value::Boolean(flag) => vec![OsStr::from(flag.to_string())],
            toml::Value::Array(items) => items
                .iter()
                .filter_map(|item| item.as_str().map(|text| OsStr::from(text.to_owned())))
                .collect(),
            _ => {
                return Err((
                    format!("`{key}` has a value no flag takes"),
                    "give a word, a number or true".to_owned(),
                ));
            }
        };
        let mut is_known = false;
        command = with_default(command, &key, &values, &mut is_known);
        let names: Vec<String> = command
            .get_subcommands()
            .map(|sub| sub.get_name().to_owned())
            .collect();
        for name in names {
            command =
                command.mut_subcommand(name, |sub| with_default(sub, &key, &values, &mut is_known));
        }
        if !is_known {
            return Err((
                format!("there is no flag `--{key}`"),
                "keys are the long names of flags, without dashes".to_owned(),
            ));
        }
    }
    Ok(command)
}

fn with_default(command: Command, key: &str, values: &[OsStr], is_known: &mut bool) -> Command {
    let id = command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(key))
        .map(|arg| arg.get_id().clone());
    match id {
        Some(id) => {
            *is_known = true;
            let values = values.to_vec();
            command.mut_arg(id, |arg| arg.default_values(values))
        }
        None => command,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_key_that_is_no_flag_is_an_error() {
        let (message, _) = apply_text(super::super::Cli::command(), "limt = 3")
            .err()
            .unwrap();
        assert_eq!(message, "there is no flag `--limt`");
    }

    #[test]
    fn the_file_sets_defaults_that_flags_overrule() {
        let command =
            apply_text(super::super::Cli::command(), "limit = 3\nindex = \"kept\"").unwrap();
        let matches = command
            .clone()
            .try_get_matches_from(["morgue", "search", "x"])
            .unwrap();
        let search = matches.subcommand_matches("search").unwrap();
        assert_eq!(search.get_one::<u64>("limit"), Some(&3));
        assert_eq!(
            search.get_one::<PathBuf>("index"),
            Some(&PathBuf::from("kept"))
        );
        let matches = command
            .try_get_matches_from(["morgue", "search", "-n", "7", "x"])
            .unwrap();
        assert_eq!(
            matches
                .subcommand_matches("search")
                .unwrap()
                .get_one::<u64>("limit"),
            Some(&7)
        );
    }
}
