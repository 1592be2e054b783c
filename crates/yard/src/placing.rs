//! How a container may be placed anew: what its deploy asked for, from its own label, and what of it is its engine's alone.
use shipyard_fleet::{EngineState, Snapshot};
use shipyard_model::container::LABEL_PLACE;
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, PullPolicy, Target, VolumeSpec};
use shipyard_model::moving::Placing;
use shipyard_model::{Container, EngineName, Problem};
use std::sync::Arc;

/// The label that keeps how a deploy is placed; none where it may go anywhere as Shipyard likes.
pub(crate) fn label(request: &DeployRequest) -> Option<(String, String)> {
    let placing = Placing::of(request);
    if placing == Placing::default() {
        return None;
    }
    let written = serde_json::to_string(&placing);
    written.ok().map(|text| (LABEL_PLACE.to_owned(), text))
}

/// How a container's deploy is placed, as its label says.
///
/// # Errors
/// `move.placing` when the label cannot be read: where it may go is not known then.
pub(crate) fn of(container: &Container) -> Result<Placing, Problem> {
    let Some(text) = container.labels.get(LABEL_PLACE) else {
        return Ok(Placing::default());
    };
    serde_json::from_str(text).map_err(|_| {
        let detail = format!("What “{}” says of where it may go cannot be read.", container.name);
        Problem::new(422, "move.placing", detail)
            .hint("A newer Shipyard may have written it.")
            .arg("container", &container.name)
    })
}

/// One more copy of something, to be placed as that is.
pub(crate) fn one_more(placing: Placing, spec: ContainerSpec) -> DeployRequest {
    DeployRequest {
        spec,
        copies: Copies::Total(1),
        target: placing.target,
        strategy: placing.strategy,
        pull: PullPolicy::Missing,
        undo_on_failure: false,
        affinity: placing.affinity,
        most_per_engine: placing.most_per_engine,
        ..DeployRequest::default()
    }
}

/// What a container has that is its engine's alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ties {
    /// Volumes and paths: it can do without what is in them, if somebody says so.
    pub(crate) volumes: Vec<String>,
    /// What it cannot be made without.
    pub(crate) others: Vec<String>,
}

impl Ties {
    /// Of a container that was made from this, with these volumes that Docker made for it.
    pub(crate) fn of(spec: &ContainerSpec, own_volumes: &[VolumeSpec]) -> Self {
        let mut ties = Self::default();
        for volume in spec.volumes.iter().filter(|volume| !volume.source.is_empty()) {
            let kind = if volume.source.starts_with('/') {
                "the path"
            } else {
                "the volume"
            };
            ties.volumes.push(format!("{kind} {}", volume.source));
        }
        let own = own_volumes
            .iter()
            .map(|volume| format!("its own volume at {}", volume.target));
        ties.volumes.extend(own);
        let others = &mut ties.others;
        others.extend(spec.volumes_from.iter().map(|name| format!("the volumes of {name}")));
        others.extend(spec.links.iter().map(|(name, _)| format!("the link to {name}")));
        others.extend(spec.devices.iter().map(|device| format!("the device {}", device.host)));
        let limited = spec.blkio_devices.iter();
        others.extend(limited.map(|device| format!("a limit of the disk {}", device.path)));
        for (mode, what) in [
            (&spec.network, "the network"),
            (&spec.pid_mode, "the processes"),
            (&spec.ipc_mode, "the memory"),
        ] {
            if let Some(name) = mode.strip_prefix("container:") {
                others.push(format!("{what} of {name}"));
            }
        }
        ties
    }

    /// Why it stays where it is; `None` when it can go. `leave`: what is in its volumes may stay behind.
    pub(crate) fn problem(&self, name: &str, leave: bool) -> Option<Problem> {
        let volumes = self.volumes.iter().filter(|_| !leave);
        let all: Vec<_> = self.others.iter().chain(volumes).cloned().collect();
        if all.is_empty() {
            return None;
        }
        let what = all.join(", ");
        let problem = Problem::new(
            422,
            "move.tied",
            format!("“{name}” has what is on its engine alone: {what}."),
        );
        let problem = if self.others.is_empty() {
            problem.hint("Bring it there yourself, or say that volumes may stay behind.")
        } else {
            problem.hint("Move it yourself.")
        };
        Some(problem.arg("container", name).arg("what", what))
    }
}

/// Where something may go that joins a network of its own: where the network is known to be.
pub(crate) fn joining(target: Target, snapshot: &Snapshot, spec: &ContainerSpec) -> Target {
    let names = std::iter::once(&spec.network).chain(spec.networks.iter().map(|more| &more.name));
    let own: Vec<&String> = names
        .filter(|name| !matches!(name.as_str(), "" | "default" | "bridge" | "host" | "none"))
        .collect();
    if own.is_empty() {
        return target;
    }
    let joined = |engine: &&Arc<EngineState>| {
        let has = |network: &&String| engine.containers.iter().any(|it| it.networks.contains(network));
        own.iter().all(has)
    };
    let engines = snapshot.engines.values().filter(joined);
    let names: Vec<EngineName> = engines.map(|engine| engine.engine.name.clone()).collect();
    match target {
        Target::All => Target::Named(names),
        Target::Named(wanted) => Target::Named(wanted.into_iter().filter(|name| names.contains(name)).collect()),
        // Those that meet the constraints are found by placement; the network then has to be there.
        Target::Labels(constraints) => Target::Labels(constraints),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::DeviceSpec;
    use shipyard_model::label::Constraint;

    #[test]
    fn what_is_the_engines_alone_is_named() {
        let volume = |source: &str| VolumeSpec {
            source: source.to_owned(),
            target: "/data".to_owned(),
            ..VolumeSpec::default()
        };
        let mut spec = ContainerSpec {
            volumes: vec![volume("data"), volume("/srv"), volume("")],
            ..ContainerSpec::default()
        };
        let ties = Ties::of(&spec, &[]);
        assert_eq!(ties.volumes, ["the volume data", "the path /srv"]);
        assert_eq!(ties.problem("web", true), None);
        let told = ties.problem("web", false).unwrap();
        assert!(told.detail.contains("the volume data, the path /srv"), "{told}");
        spec.volumes.clear();
        assert_eq!(Ties::of(&spec, &[]), Ties::default());
        assert_eq!(Ties::of(&spec, &[volume("0123")]).volumes, ["its own volume at /data"]);
        spec.devices = vec![DeviceSpec {
            host: "/dev/dri".to_owned(),
            ..DeviceSpec::default()
        }];
        spec.pid_mode = "container:other".to_owned();
        let ties = Ties::of(&spec, &[]);
        assert_eq!(ties.others, ["the device /dev/dri", "the processes of other"]);
        assert!(ties.problem("web", true).is_some(), "whatever may be left");
    }

    #[test]
    fn how_a_deploy_is_placed_reads_back_from_its_label() {
        let mut request = DeployRequest::default();
        assert_eq!(label(&request), None);
        request.target = Target::Labels(vec![Constraint::parse("zone=a").unwrap()]);
        request.most_per_engine = Some(2);
        let (key, value) = label(&request).unwrap();
        let read: Placing = serde_json::from_str(&value).unwrap();
        assert_eq!((key.as_str(), read), (LABEL_PLACE, Placing::of(&request)));
    }
}
