//! `morgue completions` and `morgue man`: generated from the same definition
//! as the command line itself.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure, Outcome, stdout};

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell to complete in
    shell: Shell,
}

#[derive(Args)]
pub(super) struct ManArgs {}

pub(super) fn completions(args: &CompletionsArgs) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "morgue", &mut script);
    let mut out = stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Outcome::Found)
}

pub(super) fn man(_: &ManArgs) -> Result<Outcome, Failure> {
    let mut out = stdout();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("morgue-{}", sub.get_name());
        clap_mangen::Man::new(sub.clone())
            .title(name)
            .render(&mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Found)
}
