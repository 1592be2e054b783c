//! Operations: what takes time.
use crate::api::Api;
use crate::args::Listing;
use crate::error::Outcome;
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, Output, time};
use crate::{filter, follow, http, progress};
use hyper::Method;
use serde::Serialize;
use shipyard_model::operation::{Operation, OperationTarget, TargetState, What};

/// Help of `ops`.
pub const HELP: &str = "\
Examples:
  shipyard ops
  shipyard ops follow 7f3a          until it ends; exit code 1 when something failed
  shipyard ops cancel 7f3a";

/// `ops`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Ops {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    listing: Listing,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show an operation with its targets
    Show {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Follow an operation to its end
    Follow {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Cancel an operation: what was not begun is not done
    Cancel {
        /// Its id, or the beginning of it
        id: String,
    },
}

/// An operation in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Operation);

/// What is done, in a few words.
fn what(what: &What) -> String {
    match what {
        What::Containers { verb } => verb.word().to_owned(),
        What::Deploy { image, name } => format!("deploy {name} ({image})"),
        What::Roll { image } => format!("roll {image}"),
        What::Drain { engine } => format!("drain {engine}"),
        What::Reschedule { name, engine } => format!("reschedule {name} of {engine}"),
        What::Scale { name, copies } => format!("scale {name} to {copies}"),
        What::Change { name } => format!("change {name}"),
        What::RollBack { name } => format!("roll back {name}"),
    }
}

fn state(operation: &Operation) -> Cell {
    let (done, failed, all) = operation.counts();
    match (operation.finished, operation.cancelled) {
        (None, true) => Cell::toned("cancelling", Tone::Warn),
        (None, false) => Cell::toned("running", Tone::Warn),
        (Some(_), _) if done == all => Cell::toned("done", Tone::Good),
        (Some(_), true) if failed == 0 => Cell::toned("cancelled", Tone::Dim),
        (Some(_), _) => Cell::toned("failed", Tone::Bad),
    }
}

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("What"),
        column("State"),
        column("Done"),
        column("By"),
        column("Started"),
        wide("Finished"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let (done, _, all) = self.0.counts();
        vec![
            self.0.id.as_str().into(),
            what(&self.0.what).into(),
            state(&self.0),
            format!("{done}/{all}").into(),
            self.0.actor.clone().into(),
            time::plain(self.0.started).into(),
            self.0.finished.map_or_else(|| "-".to_owned(), time::plain).into(),
        ]
    }

    fn name(&self) -> String {
        self.0.id.to_string()
    }
}

/// A target in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Target(OperationTarget);

impl Tabled for Target {
    const COLUMNS: &'static [Column] = &[
        column("Name"),
        column("Engine"),
        column("Container"),
        column("State"),
        column("Why"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let tone = match self.0.state {
            TargetState::Done => Tone::Good,
            TargetState::Failed { .. } => Tone::Bad,
            TargetState::Working { .. } => Tone::Warn,
            _ => Tone::Dim,
        };
        let why = match &self.0.state {
            TargetState::Failed { why } => why.to_string(),
            _ => String::new(),
        };
        vec![
            self.0.name.clone().into(),
            self.0.engine.as_str().into(),
            self.0.container.as_ref().map_or("-", |at| at.id.short()).into(),
            Cell::toned(progress::state(&self.0.state), tone),
            why.into(),
        ]
    }

    fn name(&self) -> String {
        format!("{}/{}", self.0.engine, self.0.name)
    }
}

/// Says that an operation was begun.
///
/// # Errors
/// When the output is closed.
pub fn begun(out: &Out, operation: &Operation) -> Outcome {
    if out.is_data() {
        out.data(operation)
    } else {
        out::print(&format!("{}\n", operation.id))
    }
}

/// The operation that is meant.
async fn find(api: &Api, text: &str) -> Outcome<Operation> {
    let told = api.get(format!("/api/v1/operations/{}", http::piece(text))).await;
    if told
        .as_ref()
        .is_err_and(|failure: &crate::error::Failure| failure.exit == crate::error::Exit::NotFound)
    {
        let all: Vec<Operation> = api.all("/api/v1/operations", &[], usize::MAX).await?;
        let mut found = all
            .into_iter()
            .filter(|operation| operation.id.as_str().starts_with(text));
        if let (Some(one), None) = (found.next(), found.next()) {
            return Ok(one);
        }
    }
    told
}

/// Lists operations, or does something with one.
///
/// # Errors
/// When the server refuses, or the operation that is followed fails.
pub async fn run(api: &Api, out: &Out, args: &Ops) -> Outcome {
    match &args.verb {
        None if args.listing.watch => follow::whole(api, out, "/api/v1/operations", &args.listing.filter, Shown).await,
        None => {
            let all: Vec<Operation> = api.all("/api/v1/operations", &[], usize::MAX).await?;
            out.list(&filter::keep(
                all.into_iter().map(Shown).collect(),
                &args.listing.filter,
            )?)
        }
        Some(Verb::Show { id }) => {
            let operation = find(api, id).await?;
            if out.is_data() {
                return out.data(&operation);
            }
            let targets: Vec<Target> = operation.targets.iter().cloned().map(Target).collect();
            if out.form() != Output::Name {
                let head = Shown(operation);
                out.list(&[head])?;
                out::print("\n")?;
            }
            out.list(&targets)
        }
        Some(Verb::Follow { id }) => {
            let operation = find(api, id).await?;
            let ended = progress::follow(api, operation.id.as_str(), |target| {
                if out.is_data() {
                    return Ok(());
                }
                out::print(&format!(
                    "done {} on {}\n",
                    out::escape::line(&target.name),
                    target.engine
                ))
            })
            .await?;
            if out.is_data() {
                out.data(&ended)?;
            }
            progress::verdict(&ended)
        }
        Some(Verb::Cancel { id }) => {
            let operation = find(api, id).await?;
            let path = format!("/api/v1/operations/{}/cancel", http::piece(operation.id.as_str()));
            api.act(Method::POST, path, None).await?;
            out::print(&format!("cancelled {}\n", operation.id))
        }
    }
}
