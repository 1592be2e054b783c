//! The reverse of `create`: what a container was made as, read from what Docker says of it and of its image.
//!
//! Docker shows a container with everything of its image and its daemon mixed in; that is taken away again, so that a new
//! image brings its own. What is set and has no place in our specification is named, never left out: a container that was
//! made anew without it would be another one. To that end every field that Docker shows is either read here or has to be
//! empty. What is named is also kept as Docker has it, for those who may have it sent again ([`Kept`]).
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::create::{Age, Order};
use crate::kept::Kept;
use crate::wire::Limits;
use serde::Deserialize;
use serde_json::Value;
use shipyard_model::deploy::{ContainerSpec, VolumeSpec};
use shipyard_model::{ContainerId, Problem};
use std::collections::BTreeSet;

mod fields;
mod host;
mod limits;
mod mounts;
mod network;
mod process;
#[cfg(test)]
mod shown;
#[cfg(test)]
mod tests;

/// How a container was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// As a specification that makes one like it. Its anonymous volumes are new ones then.
    pub spec: ContainerSpec,
    /// Docker's id of the image that it runs.
    pub image_id: String,
    /// Its labels that Shipyard and Docker's own tools gave it: no specification may bear them, but what takes its place does.
    pub kept_labels: Vec<(String, String)>,
    /// Its anonymous volumes, those that its image asks for included, by the names that Docker gave them: what takes its
    /// place mounts them by these and loses nothing.
    pub anonymous: Vec<VolumeSpec>,
    /// What Docker knows besides: for [`Connection::create_like`].
    pub kept: Kept,
}

impl Made {
    /// The specification of what takes its place: with its anonymous volumes by their names, under its own name.
    pub fn successor(&self) -> ContainerSpec {
        let mut spec = self.spec.clone();
        let is_kept = |volume: &VolumeSpec| self.anonymous.iter().any(|kept| kept.target == volume.target);
        spec.volumes.retain(|volume| !is_kept(volume));
        spec.volumes.extend(self.anonymous.iter().cloned());
        spec
    }
}

/// A container has options that our specification cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("options that a specification cannot say: {}", self.options.join(", "))]
pub struct Beyond {
    /// Docker's names of them, in order.
    pub options: Vec<String>,
}

impl Beyond {
    /// As it is told to a person.
    pub fn problem(&self, container: &str) -> Problem {
        let options = self.options.join(", ");
        Problem::new(
            422,
            "container.beyond-spec",
            format!("“{container}” has options that Shipyard cannot make anew: {options}."),
        )
        .hint("Make it anew with the tool that made it, or without these options.")
        .arg("container", container)
        .arg("options", options)
    }
}

/// What Docker says of a container, of its image and of itself, as far as it takes all three to know how it was made.
pub struct Inspected {
    container: Value,
    image: Value,
    daemon: Daemon,
    age: Age,
}

/// What the daemon gives to containers that do not say otherwise.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Daemon {
    name: String,
    logging_driver: String,
    default_runtime: String,
    cgroup_version: String,
    swap_limit: bool,
}

impl Connection {
    /// Asks for what [`Inspected::made`] is read from.
    ///
    /// # Errors
    /// [`CallError`]; 404 when the container or its image is gone.
    pub async fn inspected(&self, id: &ContainerId) -> Result<Inspected, CallError> {
        let container: Value = self
            .wire()
            .get_json(&format!("/containers/{}/json", path_id(id)?), Limits::INSPECT)
            .await?;
        let image = container.get("Image").and_then(Value::as_str).unwrap_or_default();
        crate::image::check(image)?;
        let image = self
            .wire()
            .get_json(&format!("/images/{image}/json"), Limits::INSPECT)
            .await?;
        let daemon = self.wire().get_json("/info", Limits::INSPECT).await?;
        Ok(Inspected {
            container,
            image,
            daemon,
            age: self.age(),
        })
    }
}

impl Inspected {
    /// The image that the container was asked to run, as it was written.
    pub fn image(&self) -> &str {
        text(at(&self.container, "/Config/Image"))
    }

    /// How the container was made, where a specification says it all.
    ///
    /// # Errors
    /// [`Beyond`] with every option that a specification cannot say.
    pub fn made(&self) -> Result<Made, Beyond> {
        let made = self.whole()?;
        match made.kept.beyond() {
            Some(beyond) => Err(beyond),
            None => Ok(made),
        }
    }

    /// The same with what a specification cannot say, as [`Made::kept`].
    ///
    /// # Errors
    /// [`Beyond`] with what cannot be made anew in any way: a task of Swarm's, a network that was left.
    pub fn whole(&self) -> Result<Made, Beyond> {
        let mut spec = ContainerSpec {
            name: text(at(&self.container, "/Name")).trim_start_matches('/').to_owned(),
            ..ContainerSpec::default()
        };
        let id = text(at(&self.container, "/Id"));
        let place = process::Place {
            short_id: id.get(..12).unwrap_or(id),
            machine: &self.daemon.name,
            network: text(at(&self.container, "/HostConfig/NetworkMode")),
            uts: text(at(&self.container, "/HostConfig/UTSMode")),
            published: at(&self.container, "/HostConfig/PortBindings")
                .as_object()
                .map(|all| all.keys().collect())
                .unwrap_or_default(),
        };
        let (config, host) = (at(&self.container, "/Config"), at(&self.container, "/HostConfig"));
        let process = process::read(config, at(&self.image, "/Config"), &place, &mut spec);
        let of_host = host::read(host, &self.daemon, &mut spec);
        let mut kept = Kept::default();
        let of_networks = network::read(&self.container, &mut spec, &mut kept);
        mounts::add_anonymous(&process.own_volumes, &mut spec);
        let anonymous = mounts::anonymous(at(&self.container, "/Mounts"), &process.volumes, &spec);
        let all = [process.unsaid, of_host, of_networks];
        let lost = sorted(all.iter().flat_map(|it| &it.lost));
        if !lost.is_empty() {
            return Err(Beyond { options: lost });
        }
        let mut kept = kept.named(sorted(all.iter().flat_map(|it| &it.beyond)));
        kept.keep(&Order::of(&spec, &[], self.age), config, host);
        Ok(Made {
            spec,
            image_id: text(at(&self.container, "/Image")).to_owned(),
            kept_labels: process.kept_labels,
            anonymous,
            kept,
        })
    }
}

/// Names in order, each once.
fn sorted<'n>(names: impl Iterator<Item = &'n String>) -> Vec<String> {
    names.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What stands at a place; null where nothing does.
fn at<'v>(value: &'v Value, place: &str) -> &'v Value {
    static NOTHING: Value = Value::Null;
    value.pointer(place).unwrap_or(&NOTHING)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
