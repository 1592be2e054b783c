//! The real engines that tests run against. `end2end/lab.sh` starts and ends them; this only calls it.

use crate::project::Project;
use crate::shell;
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where the lab keeps its files; the script has the same default.
pub(crate) fn dir() -> PathBuf {
    std::env::var_os("SHIPYARD_LAB").map_or_else(|| "/tmp/shipyard-lab".into(), PathBuf::from)
}

fn script(project: &Project) -> Command {
    let mut command = Command::new(project.path("end2end/lab.sh"));
    command.current_dir(&project.root).env("SHIPYARD_LAB", dir());
    command
}

/// Passes a command on to the script.
pub(crate) fn run(project: &Project, args: &[&str]) -> Result<()> {
    // The script explains itself better than "ended with 1" would.
    if !script(project).args(args).status()?.success() {
        bail!("lab {} failed", args.join(" "));
    }
    Ok(())
}

/// A lab for the duration of a test run. One that was up before belongs to whoever started it, and stays.
pub(crate) struct Lab<'a> {
    project: &'a Project,
    ours: bool,
}

impl<'a> Lab<'a> {
    /// Starts the lab, or joins the one that is up.
    pub(crate) fn up(project: &'a Project) -> Result<Self> {
        let was_up = script(project).arg("status").stdout(Stdio::null()).status()?.success();
        // Made before `up`, so that a lab that fails half way is taken down as well.
        let lab = Self { project, ours: !was_up };
        if !was_up {
            shell::run("lab: up", script(project).arg("up").stdout(Stdio::null()))?;
        }
        Ok(lab)
    }
}

impl Drop for Lab<'_> {
    fn drop(&mut self) {
        if self.ours
            && let Err(error) = shell::run("lab: down", script(self.project).arg("down"))
        {
            eprintln!("error: {error:#}");
        }
    }
}
