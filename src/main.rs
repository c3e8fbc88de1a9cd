//! The `morgue` command: the exit code of `cli::run`, nothing else.

fn main() -> std::process::ExitCode {
    morgue::cli::run(std::env::args_os())
}
