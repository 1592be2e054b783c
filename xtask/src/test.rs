//! All tests, against real engines and the build that is shipped, with one count at the end.

use crate::build::Mode;
use crate::lab::Lab;
use crate::project::Project;
use crate::tally::Tally;
use crate::{build, files, lab, shell, tidy};
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

/// Which tests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything.
    All,
    /// What cargo tests.
    Rust,
    /// What a person does in a browser, with pictures of it in `end2end/artifacts`.
    Browser,
}

/// Runs the tests. One step that fails does not keep the others from running; the last line is the count over all.
pub(crate) fn test(project: &Project, part: Part) -> Result<ExitCode> {
    let mut sum = Tally::default();
    {
        let mut count = |what: &str, result: Result<Tally>| {
            sum += result.unwrap_or_else(|error| {
                eprintln!("error: {what}: {error:#}");
                Tally::FAILED
            });
        };
        if part != Part::Browser {
            count("tidy", tidy::tidy(project).map(|()| Tally::default()));
        }
        // Goes down at the end of this block, before the last line is printed.
        match Lab::up(project) {
            Ok(_lab) => {
                if part != Part::Browser {
                    count("cargo test", rust(project));
                }
                if part != Part::Rust {
                    count("browser", browser(project, part == Part::Browser));
                }
            }
            Err(error) => count("lab", Err(error)),
        }
    }
    println!("{sum}");
    Ok(if sum.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn rust(project: &Project) -> Result<Tally> {
    // The browser's half is a different set of features that must not meet the server's; its own pure functions are
    // tested natively, in a run of their own.
    let all = [
        "test",
        "--workspace",
        "--exclude",
        "shipyard-frontend",
        "--exclude",
        "shipyard-app",
        "--no-fail-fast",
    ];
    let app = [
        "test",
        "--package",
        "shipyard-app",
        "--features",
        "csr",
        "--lib",
        "--no-fail-fast",
    ];
    let mut sum = Tally::default();
    for (what, args) in [("tests: server, crates, xtask", all.as_slice()), ("tests: app", &app)] {
        shell::step(what);
        let mut tests = project.cargo(args);
        // They wait for engines, kills and grace periods more than they compute.
        tests.env("RUST_TEST_THREADS", "4");
        sum += counted(tests.env("SHIPYARD_LAB", lab::dir()))?;
    }
    Ok(sum)
}

/// Runs cargo with its output shown as it comes, and adds up the summaries in it.
fn counted(command: &mut Command) -> Result<Tally> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut sum = Tally::default();
    let output = child.stdout.take().context("cargo has no output")?;
    for line in BufReader::new(output).split(b'\n') {
        // A test may print anything, so a line need not be text.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(tally) = Tally::from_cargo(&line) {
            sum += tally;
        }
    }
    if !child.wait()?.success() && sum.failed == 0 {
        // It did not compile, or a test binary died: nothing was counted for that.
        sum += Tally::FAILED;
    }
    Ok(sum)
}

/// The browser's tests. What is for people to look at, screenshots and the trace of what failed, takes as long as the tests
/// themselves.
fn browser(project: &Project, to_be_looked_at: bool) -> Result<Tally> {
    let built = build::build(project, Mode::Release)?;
    shell::step("tests: browser");
    let report = project.target.join("playwright.json");
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let mut tests = project.node("end2end/node_modules/@playwright/test/cli.js");
    if to_be_looked_at {
        tests.env("SHIPYARD_PICTURES", "yes");
    }
    let status = tests
        .current_dir(project.path("end2end"))
        .args(["test", "--reporter=list,json"])
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .env("SHIPYARD_SERVER", &built.server)
        .env("SHIPYARD_SITE_DIR", &built.site)
        .env("SHIPYARD_LAB", lab::dir())
        .env("CHROMIUM", chromium)
        .env("SCHEMATHESIS", project.target.join("schemathesis/bin/schemathesis"))
        .status()
        .context("cannot start Playwright")?;
    let mut sum = Tally::from_playwright(&files::read(&report)?)?;
    if !status.success() && sum.failed == 0 {
        sum += Tally::FAILED;
    }
    Ok(sum)
}
