//! The `shipyard` command: the fleet from a terminal.
//!
//! It speaks to a Shipyard server over `/api/v1` alone and holds no rule of its own about who may do what: it asks, shows
//! the answer, and says in its exit code what became of it. What an engine or a server sends is text that a terminal
//! must not act on ([`out::escape`]), save what a command writes that one runs there oneself (`exec`); a password or a token is on no command line, in no log and in no history.
//!
//! `http` knows the wire, `api` the routes, `config` the contexts, `out` how things are shown; `commands` has a file for
//! each group of commands, and only those know all of them.
#![forbid(unsafe_code)]

pub mod api;
pub mod args;
pub mod ask;
pub mod commands;
pub mod config;
pub mod error;
pub mod filter;
pub mod find;
pub mod follow;
pub mod http;
pub mod keyring;
pub mod out;
pub mod progress;
pub mod spec;

use std::io::IsTerminal;
use std::process::ExitCode;

/// Reads the command line, does what it says, and tells by its exit code how it went (see [`error::Exit`]).
pub fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    if words.len() == 1 && std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return commands::prompt::run();
    }
    // The original's way to ask for its commands; scripts for bash that were written for it call this.
    if words.last().is_some_and(|word| word == "--generate-bash-completion") {
        commands::shell::list_commands();
        return ExitCode::SUCCESS;
    }
    match args::Cli::read(words) {
        Ok(cli) => commands::run_to_end(&cli),
        Err(told) => {
            // To a closed pipe nothing can be told.
            let _ = told.print();
            let code = if told.use_stderr() {
                error::Exit::Usage
            } else {
                error::Exit::Done
            };
            ExitCode::from(code.code())
        }
    }
}
