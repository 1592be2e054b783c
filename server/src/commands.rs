//! What the program does from the command line instead of serving. Answers go to standard output, faults to standard error.
use crate::config::{ActivityCommand, Command, Settings};
use crate::lifecycle::CONFIGURATION;
use shipyard_yard::{ResetError, VerifyError, reset_password, verify_activity};
use std::io::Write;
use std::process::ExitCode;

/// Runs a command; see [`crate::run`] for the exit codes.
pub(crate) fn run(command: &Command, settings: &Settings) -> ExitCode {
    match command {
        Command::Activity(ActivityCommand::Verify { holds }) => verify(settings, holds.as_deref()),
        Command::ResetPassword { account } => reset(settings, account),
    }
}

fn reset(settings: &Settings, account: &str) -> ExitCode {
    let work = reset_password(&settings.data_dir, &settings.key_file, account);
    let done = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            eprintln!("shipyard-server: the system gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match done {
        Ok(password) => {
            let text = format!(
                "New password of {account}: {}  (shown this once; it must be changed)\n",
                password.reveal()
            );
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("shipyard-server: {error}");
            match error {
                ResetError::Open(_) => ExitCode::from(CONFIGURATION),
                ResetError::NoAccount(_) | ResetError::Refused(_) => ExitCode::FAILURE,
            }
        }
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
