//! Measurements of what has to be quick, built as for release: programs in the crates' `benches`, as many random schedules of the
//! model as are asked for, and the whole server with a simulated fleet (`crates/bench`).

use crate::build::{self, Mode};
use crate::lab::{self, Lab};
use crate::project::Project;
use crate::shell;
use anyhow::{Result, bail};
use std::process::Command;

/// Schedules of events, cuts and lists that the model is driven through.
const SCHEDULES: &str = "100000";

/// A measurement, given the arguments after its name.
type Measure = fn(&Project, &[&str]) -> Result<()>;

/// Each by its name.
const ALL: [(&str, Measure); 3] = [("placement", placement), ("schedules", schedules), ("fleet", fleet)];

/// Measures one, or all of them.
pub(crate) fn bench(project: &Project, wanted: Option<&str>, arguments: &[&str]) -> Result<()> {
    let mut chosen = ALL
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name))
        .peekable();
    if chosen.peek().is_none() {
        let names: Vec<_> = ALL.iter().map(|(name, _)| *name).collect();
        bail!("no such measurement; there are: {}", names.join(", "));
    }
    for (_, measure) in chosen {
        measure(project, arguments)?;
    }
    Ok(())
}

fn placement(project: &Project, _: &[&str]) -> Result<()> {
    let args = [
        "bench",
        "--quiet",
        "--package",
        "shipyard-fleet",
        "--bench",
        "placement",
    ];
    shell::run("measuring: placement", &mut project.cargo(&args))
}

fn schedules(project: &Project, _: &[&str]) -> Result<()> {
    let args = [
        "test",
        "--release",
        "--quiet",
        "--package",
        "shipyard-engine",
        "--lib",
        "mirror",
    ];
    let mut test = project.cargo(&args);
    shell::run(
        &format!("{SCHEDULES} random schedules of the model"),
        test.env("SHIPYARD_SCHEDULES", SCHEDULES),
    )
}

fn fleet(project: &Project, arguments: &[&str]) -> Result<()> {
    let built = build::build(project, Mode::Release)?;
    let programs = [
        "build",
        "--release",
        "--package",
        "shipyard-bench",
        "--package",
        "shipyard-sim",
    ];
    shell::run(
        "building: the bench and the simulated fleet",
        &mut project.cargo(&programs),
    )?;
    let script = project.target.join("bench.mjs");
    let mut esbuild = Command::new(project.path("frontend/node_modules/.bin/esbuild"));
    esbuild
        .arg(project.path("end2end/bench/list.ts"))
        .args(["--format=esm", "--platform=node", "--log-level=warning"])
        .arg(format!("--outfile={}", script.display()));
    shell::run("building: what measures in the browser", &mut esbuild)?;
    let _lab = Lab::up(project)?;
    shell::step("measuring: the server with a fleet");
    let release = project.target.join("release");
    // A connection for each engine's events and one for calls, on both sides.
    let mut measure = Command::new("sh");
    measure
        .args(["-c", "ulimit -n 16384 && exec \"$@\"", "sh"])
        .arg(release.join("shipyard-bench"))
        .arg("--server")
        .arg(&built.server)
        .arg("--site")
        .arg(&built.site)
        .arg("--simulator")
        .arg(release.join("shipyard-sim"))
        .arg("--browser")
        .arg(&script)
        .arg("--packages")
        .arg(project.path("end2end"))
        .arg("--lab")
        .arg(lab::dir())
        .args(arguments);
    if !measure.status()?.success() {
        bail!("the measurement failed");
    }
    Ok(())
}
