//! What is done to containers that exist.
use super::containers;
use crate::api::Api;
use crate::error::Outcome;
use crate::find;
use crate::out::Out;
use crate::progress;
use serde_json::json;
use shipyard_model::operation::Operation;
use shipyard_model::{ContainerRow, ContainerVerb};

/// Help of `scale`.
pub const SCALE_HELP: &str = "\
Copies are containers of the same image, memory and CPUs. More are made where there is room, without fixed ports of the
engine; of too many the newest go first.

Example:
  shipyard scale --id 4b2a --count 3";

/// Containers that are worked on.
#[derive(Debug, clap::Args)]
pub struct Targets {
    /// Names, ids or beginnings of ids; engine/name where several engines have it
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Do not wait: print the operation's id
    #[arg(short, long)]
    detach: bool,
}

/// The word that a command prints for what it did.
fn past(verb: ContainerVerb) -> &'static str {
    match verb {
        ContainerVerb::Start => "started",
        ContainerVerb::Stop => "stopped",
        ContainerVerb::Restart => "restarted",
        ContainerVerb::Pause => "paused",
        ContainerVerb::Unpause => "unpaused",
        ContainerVerb::Kill => "killed",
        ContainerVerb::Remove => "destroyed",
    }
}

/// Does it, and says so of each container.
///
/// # Errors
/// When a container is not there, or something failed.
pub async fn run(api: &Api, out: &Out, verb: ContainerVerb, args: &Targets) -> Outcome {
    if args.ids.is_empty() {
        return Err(containers::none_named());
    }
    let rows = find::containers(api, &args.ids).await?;
    let operation = begin(api, verb, &rows).await?;
    if args.detach {
        return super::ops::begun(out, &operation);
    }
    let ended = progress::follow(api, operation.id.as_str(), |target| {
        if out.is_data() {
            return Ok(());
        }
        // A removed container is none any more: its id is the one that was named.
        let id = target
            .container
            .as_ref()
            .map(|at| at.id.as_str().to_owned())
            .or_else(|| {
                let row = rows
                    .iter()
                    .find(|row| row.name == target.name && row.engine == target.engine)?;
                Some(row.at.id.as_str().to_owned())
            });
        containers::done(past(verb), id.as_deref().unwrap_or(&target.name))
    })
    .await?;
    if out.is_data() {
        out.data(&ended)?;
    }
    progress::verdict(&ended)
}

/// Begins an operation on containers.
///
/// # Errors
/// When the server refuses.
pub async fn begin(api: &Api, verb: ContainerVerb, rows: &[ContainerRow]) -> Outcome<Operation> {
    let targets: Vec<_> = rows
        .iter()
        .map(|row| json!({ "engine": row.engine, "id": row.at.id }))
        .collect();
    api.make(
        "/api/v1/containers/actions",
        &json!({ "verb": verb, "targets": targets }),
    )
    .await
}

/// `scale`.
#[derive(Debug, clap::Args)]
pub struct Scale {
    /// One of the copies: name, id or beginning of the id
    #[arg(long)]
    id: String,
    /// How many there shall be
    #[arg(long)]
    count: u16,
    /// Do not wait: print the operation's id
    #[arg(short, long)]
    detach: bool,
}

/// Brings the copies of a container to a number.
///
/// # Errors
/// When it is not there, or something failed.
pub async fn scale(api: &Api, out: &Out, args: &Scale) -> Outcome {
    let row = find::container(api, &args.id).await?;
    let operation = scale_call(api, &row, args.count).await?;
    if args.detach {
        return super::ops::begun(out, &operation);
    }
    let ended = progress::follow(api, operation.id.as_str(), |_| Ok(())).await?;
    progress::verdict(&ended)?;
    if out.is_data() {
        return out.data(&ended);
    }
    crate::out::print(&format!("scaled {} to {}\n", row.at.id.short(), args.count))
}

/// The one call of scaling.
async fn scale_call(api: &Api, row: &ContainerRow, count: u16) -> Outcome<Operation> {
    api.make(&format!("{}/scale", find::path(row)), &json!({ "count": count }))
        .await
}
