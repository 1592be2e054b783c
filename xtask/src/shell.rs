//! Running other programs: say what is done in one line, show their output, and turn a bad exit into an error.

use anyhow::{Context, Result, bail};
use std::process::Command;

/// Says what is about to happen.
pub(crate) fn step(what: &str) {
    eprintln!("→ {what}");
}

/// Runs a program to its end; an exit code other than 0 is an error that names the step.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    step(what);
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{what}: {} ended with {status}", name(command));
    }
    Ok(())
}

/// Runs a program and takes what it writes; its errors go to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", name(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} wrote something that is no text", name(command)))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
