//! Running other programs: say what is done in one line, show their output, and turn a bad exit into an error.

use anyhow::{Context, Result, bail};
use std::process::{Child, Command};

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

/// A program that runs while other things are done. Dropped before its end, it is ended.
pub(crate) struct Beside {
    what: &'static str,
    name: String,
    child: Child,
}

/// Starts a program beside what comes next.
pub(crate) fn beside(what: &'static str, command: &mut Command) -> Result<Beside> {
    step(what);
    let name = name(command);
    let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    Ok(Beside { what, name, child })
}

impl Beside {
    /// Waits for its end; an exit code other than 0 is an error that names the step.
    pub(crate) fn end(mut self) -> Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("{}: {} ended with {status}", self.what, self.name);
        }
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Already at its end it is neither killed nor waited for again.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
