//! What the program does from the command line instead of serving. Answers go to standard output, faults to standard error.
use crate::config::{ActivityCommand, Command, Settings};
use crate::lifecycle::CONFIGURATION;
use shipyard_yard::{VerifyError, verify_activity};
use std::io::Write;
use std::process::ExitCode;

/// Runs a command; see [`crate::run`] for the exit codes.
pub(crate) fn run(command: &Command, settings: &Settings) -> ExitCode {
    match command {
        Command::Activity(ActivityCommand::Verify { holds }) => verify(settings, holds.as_deref()),
    }
}

fn verify(settings: &Settings, holds: Option<&str>) -> ExitCode {
    let chain = match verify_activity(&settings.data_dir, &settings.key_file, holds) {
        Ok(chain) => chain,
        Err(error) => {
            eprintln!("shipyard-server: {error}");
            return match error {
                VerifyError::Key(_) => ExitCode::from(CONFIGURATION),
                VerifyError::Fault(_) => ExitCode::FAILURE,
            };
        }
    };
    let mut text = format!("{} records, chain intact, last {}\n", chain.records, chain.hash);
    if chain.dropped > 0 {
        text.push_str(&format!("{} older ones were dropped as configured\n", chain.dropped));
    }
    if chain.unfinished > 0 {
        text.push_str(&format!(
            "{} bytes of a write that never ended are behind the last record; the next start removes them\n",
            chain.unfinished
        ));
    }
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}
