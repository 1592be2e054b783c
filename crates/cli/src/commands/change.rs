//! Changes of containers that exist: another specification, a newer image, the same anew, and back to what was.
use super::engines::{cpus, memory};
use crate::api::Api;
use crate::error::{Failure, Outcome};
use crate::out::table::{Cell, Column, Tabled, Tone, column};
use crate::out::{self, Out, escape, time};
use crate::{find, progress, spec};
use serde::Serialize;
use shipyard_model::change::{ChangePlan, ChangeRequest, ChangeTo, Editable, FieldChange, HistoryRow, How};
use shipyard_model::deploy::{ContainerSpec, PortSpec, PullPolicy, RestartPolicy, VolumeSpec};
use shipyard_model::operation::Operation;
use shipyard_model::{Bytes, ContainerRow, Cpus};

/// Help of `edit`.
pub const EDIT_HELP: &str = "\
What can be changed while the container runs is (CPUs, memory, processes, restart policy). For anything else a new one takes
its place: the old one is kept until the new one is well, and put back if it is not.

Examples:
  shipyard edit web --memory 512 --plan             what would change, and how
  shipyard edit web --env MODE=test --unset-env OLD
  shipyard edit web-1 --copies --at-once 2 --image nginx:1.28 --roll-back-on-failure";

/// Help of `update`.
pub const UPDATE_HELP: &str = "\
The image is pulled; a container that runs its newest state already stays as it is.

Examples:
  shipyard update web
  shipyard update web-1 --copies --image nginx:1.28";

/// Help of `rollback`.
pub const ROLLBACK_HELP: &str = "\
Without --to: what it was before the newest change. An operation's id in place of a container: all that it changed.

Examples:
  shipyard history web
  shipyard rollback web
  shipyard rollback web --to 3
  shipyard rollback op-19ae0c1b2d3-0123456789ab";

/// How a change goes over its containers.
#[derive(Clone, Debug, clap::Args)]
pub struct Going {
    /// Change all of its deploy, not this one alone
    #[arg(long)]
    copies: bool,
    /// So many at once; the others wait until these are well
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    at_once: u16,
    /// When one fails, make those before it what they were
    #[arg(long)]
    roll_back_on_failure: bool,
    /// Only say what would be done
    #[arg(long)]
    plan: bool,
    /// Do not wait: print the operation's id
    #[arg(short, long)]
    detach: bool,
}

/// `edit`.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// Name, id or beginning of the id
    #[arg(value_name = "ID")]
    id: String,
    /// Image
    #[arg(long)]
    image: Option<String>,
    /// CPUs; 0 for no limit
    #[arg(long, value_parser = cpus)]
    cpus: Option<Cpus>,
    /// Memory in MB or with a unit; 0 for no limit
    #[arg(long, value_parser = memory)]
    memory: Option<Bytes>,
    /// Most processes; 0 for no limit
    #[arg(long)]
    pids_limit: Option<u32>,
    /// What happens when it ends: no, always, unless-stopped, on-failure, on-failure:5
    #[arg(long, value_parser = spec::restart)]
    restart: Option<RestartPolicy>,
    /// Set an environment variable
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    env: Vec<(String, String)>,
    /// Take an environment variable away
    #[arg(long, value_name = "KEY")]
    unset_env: Vec<String>,
    /// Set a label of the container
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    container_label: Vec<(String, String)>,
    /// Ports in place of all that it publishes
    #[arg(long, value_name = "PORT", value_parser = spec::port)]
    port: Vec<PortSpec>,
    /// Volumes in place of all that it mounts
    #[arg(long, value_name = "VOLUME", value_parser = spec::volume)]
    vol: Vec<VolumeSpec>,
    /// Arguments in place of the command that it has
    #[arg(long, allow_hyphen_values = true)]
    arg: Vec<String>,
    /// Make it anew even where it could be changed in place
    #[arg(long)]
    recreate: bool,
    #[command(flatten)]
    how: Going,
}

/// `update`.
#[derive(Debug, clap::Args)]
pub struct Update {
    /// Name, id or beginning of the id
    #[arg(value_name = "ID")]
    id: String,
    /// Another image [default: the newest state of its own]
    #[arg(long)]
    image: Option<String>,
    #[command(flatten)]
    how: Going,
}

/// `recreate`.
#[derive(Debug, clap::Args)]
pub struct Recreate {
    /// Name, id or beginning of the id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    how: Going,
}

/// `history`.
#[derive(Debug, clap::Args)]
pub struct History {
    /// Name, id or beginning of the id
    #[arg(value_name = "ID")]
    id: String,
}

/// `rollback`.
#[derive(Debug, clap::Args)]
pub struct Rollback {
    /// Name, id or beginning of the id; or an operation's id
    #[arg(value_name = "ID")]
    id: String,
    /// Entry of its history [default: the one before the newest]
    #[arg(long, value_name = "NUMBER")]
    to: Option<u64>,
    #[command(flatten)]
    how: Going,
}

impl Edit {
    fn apply(&self, spec: &mut ContainerSpec) {
        fn set<T: Clone>(field: &mut T, wanted: Option<&T>) {
            if let Some(wanted) = wanted {
                field.clone_from(wanted);
            }
        }
        fn put(into: &mut Vec<(String, String)>, pairs: &[(String, String)]) {
            for (key, value) in pairs {
                match into.iter_mut().find(|(known, _)| known == key) {
                    Some(known) => known.1.clone_from(value),
                    None => into.push((key.clone(), value.clone())),
                }
            }
        }
        set(&mut spec.image, self.image.as_ref());
        set(&mut spec.cpus, self.cpus.as_ref());
        set(&mut spec.memory, self.memory.as_ref());
        set(&mut spec.pids_limit, self.pids_limit.as_ref());
        set(&mut spec.restart, self.restart.as_ref());
        spec.env.retain(|(key, _)| !self.unset_env.contains(key));
        put(&mut spec.env, &self.env);
        put(&mut spec.labels, &self.container_label);
        if !self.port.is_empty() {
            spec.ports.clone_from(&self.port);
        }
        if !self.vol.is_empty() {
            spec.volumes.clone_from(&self.vol);
        }
        if !self.arg.is_empty() {
            spec.command.clone_from(&self.arg);
        }
    }
}

/// Changes what a container is.
///
/// # Errors
/// When it is not there, the server refuses, or something failed.
pub async fn edit(api: &Api, out: &Out, args: &Edit) -> Outcome {
    let row = find::container(api, &args.id).await?;
    let editable: Editable = api.get(format!("{}/spec", find::path(&row))).await?;
    let mut spec = editable.spec;
    args.apply(&mut spec);
    let request = ChangeRequest {
        to: ChangeTo::Spec(Box::new(spec)),
        recreate: args.recreate,
        ..ChangeRequest::default()
    };
    carry_out(api, out, &row, request, &args.how).await
}

/// Brings a container to a newer image.
///
/// # Errors
/// When it is not there, the server refuses, or something failed.
pub async fn update(api: &Api, out: &Out, args: &Update) -> Outcome {
    let row = find::container(api, &args.id).await?;
    let request = ChangeRequest {
        to: args.image.clone().map_or(ChangeTo::Same, ChangeTo::Image),
        pull: PullPolicy::Always,
        ..ChangeRequest::default()
    };
    carry_out(api, out, &row, request, &args.how).await
}

/// Makes a container anew as it is.
///
/// # Errors
/// When it is not there, the server refuses, or something failed.
pub async fn recreate(api: &Api, out: &Out, args: &Recreate) -> Outcome {
    let row = find::container(api, &args.id).await?;
    let request = ChangeRequest {
        recreate: true,
        ..ChangeRequest::default()
    };
    carry_out(api, out, &row, request, &args.how).await
}

/// Makes a container what it was, or all that an operation changed.
///
/// # Errors
/// When it is not there, there is nothing to go back to, or something failed.
pub async fn rollback(api: &Api, out: &Out, args: &Rollback) -> Outcome {
    if args.id.starts_with("op-") {
        let path = format!("/api/v1/operations/{}/roll-back", crate::http::piece(&args.id));
        let operation: Operation = api.make(&path, &serde_json::Value::Null).await?;
        return follow(api, out, &operation, args.how.detach).await;
    }
    let row = find::container(api, &args.id).await?;
    let number = match args.to {
        Some(number) => number,
        None => {
            let all: Vec<HistoryRow> = api.get(format!("{}/history", find::path(&row))).await?;
            let before = all.get(1).ok_or_else(|| {
                Failure::failed("There is nothing before what it is now.")
                    .hint("`shipyard history` shows what there is.")
            })?;
            before.number
        }
    };
    let request = ChangeRequest {
        to: ChangeTo::Former(number),
        ..ChangeRequest::default()
    };
    carry_out(api, out, &row, request, &args.how).await
}

/// What a container was.
///
/// # Errors
/// When it is not there.
pub async fn history(api: &Api, out: &Out, args: &History) -> Outcome {
    let row = find::container(api, &args.id).await?;
    let all: Vec<HistoryRow> = api.get(format!("{}/history", find::path(&row))).await?;
    out.list(&all.into_iter().map(Was).collect::<Vec<_>>())
}

async fn carry_out(api: &Api, out: &Out, row: &ContainerRow, mut request: ChangeRequest, how: &Going) -> Outcome {
    request.copies = how.copies;
    request.at_once = how.at_once;
    request.roll_back_on_failure = how.roll_back_on_failure;
    let body = serde_json::to_value(&request)
        .map_err(|error| Failure::failed("The request cannot be written.").because(&error))?;
    if how.plan {
        let plan: ChangePlan = {
            let path = format!("{}/change/plan", find::path(row));
            let bytes = api.act(hyper::Method::POST, path, Some(&body)).await?;
            crate::http::read(&bytes)?
        };
        return show(out, &plan);
    }
    let operation: Operation = api.make(&format!("{}/change", find::path(row)), &body).await?;
    follow(api, out, &operation, how.detach).await
}

async fn follow(api: &Api, out: &Out, operation: &Operation, detach: bool) -> Outcome {
    if detach {
        return super::ops::begun(out, operation);
    }
    let ended = progress::follow(api, operation.id.as_str(), |target| {
        if out.is_data() {
            return Ok(());
        }
        let name = escape::line(&target.name);
        out::print(&format!("changed {name} on {}\n", target.engine))
    })
    .await?;
    if out.is_data() {
        out.data(&ended)?;
    }
    progress::verdict(&ended)
}

/// The plan, and as a failure the first problem that it has.
fn show(out: &Out, plan: &ChangePlan) -> Outcome {
    if out.is_data() {
        out.data(plan)?;
    } else {
        for one in &plan.containers {
            let how = match one.how {
                How::Nothing => "is so already".to_owned(),
                How::InPlace => "is changed while it runs".to_owned(),
                How::Recreate => format!("is made anew, away for at most {} s", one.away_ms.div_ceil(1000)),
                How::RecreateIfNewer => "is made anew if its image is another by then".to_owned(),
            };
            out::print(&format!("{} on {} {how}\n", escape::line(&one.name), one.engine))?;
            for change in &one.fields {
                out::print(&format!("  {}\n", line(change)))?;
            }
            for dependant in &one.dependants {
                let name = escape::line(&dependant.name);
                out::print(&format!("  with it {name}, which stands on it ({})\n", dependant.field))?;
            }
        }
    }
    match plan.problems.first() {
        None => Ok(()),
        Some(problem) => Err(problem.clone().into()),
    }
}

fn line(change: &FieldChange) -> String {
    let name = match change.item.as_str() {
        "" => change.field.clone(),
        item => format!("{} {item}", change.field),
    };
    let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "(nothing)".to_owned());
    escape::line(&format!("{name}: {} → {}", side(&change.before), side(&change.after))).into_owned()
}

/// An entry of a history in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Was(HistoryRow);

impl Tabled for Was {
    const COLUMNS: &'static [Column] = &[
        column("Number"),
        column("Since"),
        column("By"),
        column("What"),
        column("Image"),
        column("Changes"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut names: Vec<_> = self.0.changes.iter().map(|change| change.field.as_str()).collect();
        names.dedup();
        vec![
            self.0.number.to_string().into(),
            time::plain(self.0.at).into(),
            self.0.actor.clone().into(),
            Cell::toned(self.0.what.clone(), Tone::Dim),
            self.0.image.clone().into(),
            names.join(", ").into(),
        ]
    }

    fn name(&self) -> String {
        self.0.number.to_string()
    }
}
