//! Deploys: what a file describes, or what `run` made of its flags; planned, carried out, followed.
use super::containers;
use crate::api::Api;
use crate::error::{Exit, Failure, Outcome, exit_of};
use crate::out::table::{Cell, Column, Tabled, Tone, column};
use crate::out::{self, Out, Output, escape};
use crate::spec::place::Place;
use crate::{progress, spec};
use hyper::Method;
use serde::Serialize;
use serde_json::Value;
use shipyard_model::deploy::{DeployRequest, EngineVerdict, Plan, SkipReason};
use shipyard_model::operation::Operation;
use shipyard_model::{Bytes, Cpus};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Help of `deploy`.
pub const HELP: &str = "\
The file says what shall run, how often and where, in JSON or YAML; a Compose file with one service or a docker run line
is taken too. What is left out is as usual:

  spec:
    image: nginx:1.27
    name: web
    env: [[MODE, production]]
    ports: [{host_ip: '', host: 80, container: 80, protocol: tcp}]
    cpus: 500000000        # billionths of a CPU
    memory: 268435456      # bytes
  copies: {total: 3}       # or: each-engine, daemon
  target: {labels: ['zone in (a,b)', 'engine!=node1']}   # or: all, {named: [node1]}
  strategy: {spread-over: zone}   # or: spread, fill
  most_per_engine: 2
  affinity: [{with: false, containers: {name: db}}]   # or: {image: redis}, {label: {key: app, value: web}}

Flags that say where it goes are added to what the file says.

Examples:
  shipyard deploy -f web.yaml --plan
  shipyard deploy -f compose.yaml
  shipyard deploy -f web.yaml --constraint zone=a --most-per-engine 1
  shipyard deploy -f - < web.json
  shipyard run --name nginx --count 3 --print-request -o yaml > web.yaml";

/// `deploy`.
#[derive(Debug, clap::Args)]
pub struct Deploy {
    /// File with the request, a Compose file or a docker run line; - for standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    how: How,
}

/// How a deploy is carried out.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct How {
    /// Only say where each would go, and for every engine why
    #[arg(long)]
    pub plan: bool,
    /// Only print the request, for `deploy -f`
    #[arg(long, conflicts_with = "plan")]
    pub print_request: bool,
    /// Do not wait: print the operation's id
    #[arg(short, long)]
    pub detach: bool,
}

/// Most that a file may have.
const MOST: u64 = 4 * 1024 * 1024;

/// Reads a file, or standard input.
pub fn read(path: &Path) -> Outcome<String> {
    let mut text = String::new();
    let done = if path == Path::new("-") {
        std::io::stdin().lock().take(MOST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text))
    };
    done.map_err(|e| Failure::usage(format!("“{}” cannot be read.", path.display())).because(&e))?;
    Ok(text)
}

/// Deploys what a file describes.
///
/// # Errors
/// When it cannot be read, there is no place, or something failed.
pub async fn run(api: &Api, out: &Out, args: &Deploy) -> Outcome {
    let (mut request, notes) = spec::request::any(&read(&args.file)?)?;
    notes.iter().for_each(|note| out::note(&escape::line(note)));
    args.place.apply(&mut request)?;
    carry_out(api, out, &request, &args.how).await
}

fn body(request: &DeployRequest) -> Outcome<Value> {
    serde_json::to_value(request).map_err(|e| Failure::failed("The request cannot be written.").because(&e))
}

/// Asks what a deploy would do.
///
/// # Errors
/// When the server refuses.
pub async fn plan(api: &Api, request: &DeployRequest) -> Outcome<Plan> {
    let bytes = api.act(Method::POST, "/api/v1/plans", Some(&body(request)?)).await?;
    crate::http::read(&bytes)
}

/// Plans a deploy, or carries it out.
///
/// # Errors
/// When there is no place, or something failed.
pub async fn carry_out(api: &Api, out: &Out, request: &DeployRequest, how: &How) -> Outcome {
    if how.print_request {
        return out.data(request);
    }
    if how.plan {
        let plan = plan(api, request).await?;
        show(out, &plan)?;
        return no_problem(&plan);
    }
    let operation: Operation = match api.make("/api/v1/deploys", &body(request)?).await {
        // Why there is no place is in the plan.
        Err(failure) if failure.exit == Exit::NoPlace => {
            return Err(failure.hint("Add --plan to see why, for every engine."));
        }
        told => told?,
    };
    if how.detach {
        return super::ops::begun(out, &operation);
    }
    let ended = progress::follow(api, operation.id.as_str(), |target| {
        match (&target.container, out.form()) {
            (_, Output::Json | Output::Yaml) => Ok(()),
            (_, Output::Name) => out::print(&format!("{}/{}\n", target.engine, escape::line(&target.name))),
            (Some(at), _) => out::print(&format!(
                "started {} on {}\n",
                escape::line(at.id.short()),
                target.engine
            )),
            (None, _) => containers::done("started", &target.name),
        }
    })
    .await?;
    if out.is_data() {
        out.data(&ended)?;
    }
    progress::verdict(&ended)
}

/// The first problem of a plan, if it has one.
fn no_problem(plan: &Plan) -> Outcome {
    let Some(problem) = plan.problems.first() else {
        return Ok(());
    };
    let mut failure = Failure::from(problem.clone());
    if exit_of(problem) == Exit::Failed && problem.status == 409 {
        failure.exit = Exit::NoPlace;
    }
    Err(failure)
}

/// An engine of a plan in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(EngineVerdict);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("Engine"),
        column("Copies"),
        column("Cpus"),
        column("Memory"),
        column("Labels"),
        column("Reason"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let v = &self.0;
        let why = match &v.skipped {
            None => Cell::toned("has room", Tone::Good),
            Some(SkipReason::NotNeeded) if !v.copies.is_empty() => Cell::toned("taken", Tone::Good),
            Some(why) => Cell::toned(
                why.to_string(),
                if v.copies.is_empty() { Tone::Dim } else { Tone::Good },
            ),
        };
        vec![
            v.name.as_str().into(),
            if v.copies.is_empty() {
                "-".to_owned()
            } else {
                v.copies.join(", ")
            }
            .into(),
            change(v.reserved_before.cpus, v.reserved_after.cpus, v.capacity.cpus).into(),
            change_bytes(v.reserved_before.memory, v.reserved_after.memory, v.capacity.memory).into(),
            v.labels.join(",").into(),
            why,
        ]
    }

    fn name(&self) -> String {
        self.0.name.to_string()
    }
}

fn change(before: Cpus, after: Cpus, of: Cpus) -> String {
    if before == after {
        format!("{after} of {of}")
    } else {
        format!("{before} → {after} of {of}")
    }
}

fn change_bytes(before: Bytes, after: Bytes, of: Bytes) -> String {
    if before == after {
        format!("{after} of {of}")
    } else {
        format!("{before} → {after} of {of}")
    }
}

fn show(out: &Out, plan: &Plan) -> Outcome {
    if out.is_data() {
        return out.data(plan);
    }
    if out.form() == Output::Name {
        let line =
            |copy: &shipyard_model::deploy::PlannedCopy| format!("{}/{}\n", copy.engine_name, escape::line(&copy.name));
        return out::print(&plan.copies.iter().map(line).collect::<String>());
    }
    let engines: Vec<Shown> = plan.engines.iter().cloned().map(Shown).collect();
    out.list(&engines)?;
    let mut text = format!("\nProfile: {}\n", plan.profile);
    if !plan.added.is_empty() {
        text.push_str(&format!("Added by policy: {}\n", escape::line(&plan.added.join(" "))));
    }
    for problem in plan.problems.iter().skip(1) {
        text.push_str(&format!("Problem: {}\n", escape::line(&problem.to_string())));
    }
    out::print(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_with_problems_is_no_success() {
        let mut plan: Plan =
            serde_json::from_str(r#"{"copies":[],"engines":[],"problems":[],"profile":"restricted","added":[]}"#)
                .unwrap();
        assert_eq!(no_problem(&plan), Ok(()));
        plan.problems
            .push(shipyard_model::Problem::new(409, "deploy.no-room", "There is no room."));
        assert_eq!(no_problem(&plan).unwrap_err().exit, Exit::NoPlace);
    }
}
