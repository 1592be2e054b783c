//! The project's build tool: one program instead of scripts in three languages, so that people and CI run the same steps.
//! `./x` installs what is missing and then calls it; each command is a module.

mod bench;
mod build;
mod files;
mod lab;
mod lint;
mod project;
mod shell;
mod site;
mod sizes;
mod split;
mod tally;
mod test;
mod tidy;
mod watch;

use anyhow::{Result, bail};
use build::Mode;
use project::Project;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: ./x COMMAND

  run [-- ARGS]          build, then start the server (ARGS go to it; try `./x run -- --help`)
  watch [-- ARGS]        the same, quick to build, and again at each change
  build [app]            build the server and what the browser downloads, or that alone, and show the sizes
  test [rust|browser]    run all tests against real engines; ends with `N passed, N failed`
  bench [NAME [ARG…]]    measure what has to be quick, against a baseline of the same run: placement, schedules, fleet
  lint                   formatting, clippy, docs, dependencies, TypeScript, CSS, and tidy
  format                 format Rust, TypeScript, CSS and JSON
  tidy                   only the rules of this repository: layers, texts, styles
  lab up|down|…          the real engines that tests run against (see end2end/lab.sh)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    dispatch(&args.iter().map(String::as_str).collect::<Vec<_>>()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn dispatch(args: &[&str]) -> Result<ExitCode> {
    let project = Project::find()?;
    match args {
        [] | ["help" | "-h" | "--help"] => println!("{HELP}"),
        ["build"] => {
            build::build(&project, Mode::Release)?;
        }
        ["build", "app"] => {
            build::app(&project, Mode::Release)?;
        }
        ["run", rest @ ..] => return run(&project, server_args(rest)),
        ["watch", rest @ ..] => watch::watch(&project, server_args(rest))?,
        ["test"] => return test::test(&project, test::Part::All),
        ["test", "rust"] => return test::test(&project, test::Part::Rust),
        ["test", "browser"] => return test::test(&project, test::Part::Browser),
        ["bench"] => bench::bench(&project, None, &[])?,
        ["bench", name, arguments @ ..] => bench::bench(&project, Some(name), arguments)?,
        ["lint"] => lint::lint(&project)?,
        ["format"] => lint::format(&project)?,
        ["tidy"] => tidy::tidy(&project)?,
        ["lab", rest @ ..] => lab::run(&project, rest)?,
        _ => bail!("no such command: {}\n\n{HELP}", args.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}

fn server_args<'a>(args: &'a [&'a str]) -> &'a [&'a str] {
    args.strip_prefix(&["--"]).unwrap_or(args)
}

/// Becomes the server, so that signals reach it and nothing stands between it and the terminal.
fn run(project: &Project, args: &[&str]) -> Result<ExitCode> {
    let built = build::build(project, Mode::Release)?;
    let error = Command::new(&built.server)
        .arg("--site-dir")
        .arg(&built.site)
        .args(args)
        .exec();
    bail!("cannot start {}: {error}", built.server.display())
}
