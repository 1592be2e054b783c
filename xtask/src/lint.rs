//! Everything that can be said about the code without running it. Every check runs; the end names those that failed.

use crate::build::{WASM, cargo_home, wasm_rustflags};
use crate::project::Project;
use crate::{shell, tidy};
use anyhow::{Result, bail};
use std::io::IsTerminal;
use std::process::Command;

const DENY_VERSION: &str = "0.20.2";

/// A check, given its own name to say what it does.
type Check = fn(&Project, &str) -> Result<()>;

/// Runs all checks.
pub(crate) fn lint(project: &Project) -> Result<()> {
    let checks: [(&str, Check); 9] = [
        ("format: Rust", |project, what| {
            shell::run(what, &mut project.cargo(&["fmt", "--all", "--check"]))
        }),
        ("tidy", |project, _| tidy::tidy(project)),
        ("lint and format: TypeScript, CSS, JSON", biome),
        ("types: frontend", |project, what| types(project, what, "frontend")),
        ("types: end2end", |project, what| types(project, what, "end2end")),
        ("clippy: browser", clippy_browser),
        ("clippy: server, crates, xtask", clippy_native),
        ("docs", docs),
        ("dependencies", deny),
    ];
    let mut failed = Vec::new();
    for (what, check) in checks {
        if let Err(error) = check(project, what) {
            eprintln!("error: {error:#}");
            failed.push(what);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(" · "));
    }
    eprintln!("lint: all well");
    Ok(())
}

fn biome(project: &Project, what: &str) -> Result<()> {
    // It colours its output even where nobody can see it, one escape sequence for each character.
    let colours = if std::io::stderr().is_terminal() {
        "--colors=force"
    } else {
        "--colors=off"
    };
    shell::run(
        what,
        biome_command(project).args(["ci", "--error-on-warnings", colours]),
    )
}

fn biome_command(project: &Project) -> Command {
    let mut command = Command::new(project.path("frontend/node_modules/.bin/biome"));
    command.current_dir(&project.root);
    command
}

/// Formats everything that `lint` checks the format of, and mends what biome can.
pub(crate) fn format(project: &Project) -> Result<()> {
    shell::run("format: Rust", &mut project.cargo(&["fmt", "--all"]))?;
    shell::run(
        "format: TypeScript, CSS, JSON",
        biome_command(project).args(["check", "--write", "--colors=off"]),
    )
}

fn types(project: &Project, what: &str, folder: &str) -> Result<()> {
    let mut command = project.node("frontend/node_modules/typescript/bin/tsc");
    shell::run(what, command.arg("--project").arg(project.path(folder)))
}

/// The browser's half is checked for the browser, and never in one run with the server's: cargo would unite the features.
fn clippy_browser(project: &Project, what: &str) -> Result<()> {
    let packages = [
        "--package",
        "shipyard-frontend",
        "--package",
        "shipyard-app",
        "--features",
        "shipyard-app/split",
    ];
    let (variable, flags) = wasm_rustflags(project)?;
    let mut command = project.cargo(&["clippy", "--quiet", "--target", WASM]);
    shell::run(
        what,
        command
            .args(packages)
            .args(["--", "-D", "warnings"])
            .env(variable, flags),
    )
}

fn clippy_native(project: &Project, what: &str) -> Result<()> {
    let packages = ["--workspace", "--exclude", "shipyard-frontend", "--all-targets"];
    let mut command = project.cargo(&["clippy", "--quiet"]);
    shell::run(what, command.args(packages).args(["--", "-D", "warnings"]))
}

fn docs(project: &Project, what: &str) -> Result<()> {
    let packages = [
        "--workspace",
        "--exclude",
        "shipyard-frontend",
        "--exclude",
        "xtask",
        "--lib",
    ];
    let mut command = project.cargo(&["doc", "--quiet", "--no-deps", "--document-private-items"]);
    shell::run(what, command.args(packages).env("RUSTDOCFLAGS", "-D warnings"))
}

fn deny(project: &Project, what: &str) -> Result<()> {
    let tools = project.target.join("tools");
    let program = tools.join("bin/cargo-deny");
    let installed = Command::new(&program).arg("--version").output();
    if !installed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim().ends_with(DENY_VERSION)) {
        let install = [
            "install",
            "--quiet",
            "--locked",
            // It runs for a second: optimising it would take minutes.
            "--debug",
            "--version",
            DENY_VERSION,
            "cargo-deny",
            "--root",
        ];
        shell::run(
            &format!("installing cargo-deny {DENY_VERSION}"),
            project.cargo(&install).arg(&tools),
        )?;
    }
    let mut command = Command::new(&program);
    command.current_dir(&project.root).args([
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "-D",
        "unmatched-skip",
        "-D",
        "unnecessary-skip",
    ]);
    // Advisories live in a git repository. Reading a stale copy beats nothing, and no network must not fail a build.
    if cargo_home()?.join("advisory-dbs").is_dir() {
        command.args(["--disable-fetch", "advisories"]);
    } else {
        eprintln!("advisories are not checked: no database on this machine (`cargo deny fetch db` gets one)");
    }
    shell::run(what, command.args(["bans", "licenses", "sources"]))
}
