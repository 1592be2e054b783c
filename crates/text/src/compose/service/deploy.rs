//! How many and where, in the words that Compose has from Swarm.
use super::super::nodes::{Deploy, RestartPolicy as Restarts, Text};
use super::Reading;
use crate::{told, value};
use shipyard_model::deploy::{Copies, RestartPolicy, Strategy, Target};
use shipyard_model::{Constraint, Cpus, EngineName};

/// What stands before the key of an engine's label.
pub(in crate::compose) const LABEL: &str = "node.labels.";
/// The name of an engine.
pub(in crate::compose) const NAME: &str = "node.hostname";

impl Reading {
    pub(super) fn copies(&mut self, count: Option<u16>) {
        if let Some(count) = count {
            self.request.copies = Copies::Total(count);
        }
    }

    pub(super) fn deploy(&mut self, deploy: Deploy) {
        for (key, is_there) in [
            ("deploy.labels", deploy.labels.is_some()),
            ("deploy.update_config", deploy.update_config.is_some()),
            ("deploy.rollback_config", deploy.rollback_config.is_some()),
            ("deploy.endpoint_mode", deploy.endpoint_mode.is_some()),
        ] {
            if is_there {
                self.notes.push(told::unsaid(key));
            }
        }
        let replicas = self.read("deploy.replicas", deploy.replicas, "3", |text| text.parse().ok());
        self.copies(replicas);
        let mode = self.read("deploy.mode", deploy.mode, "replicated", |word| match word {
            "replicated" => Some(false),
            "global" => Some(true),
            _ => None,
        });
        if mode == Some(true) {
            // One on each, also on those that come later.
            self.request.copies = Copies::Daemon;
        }
        self.placed(deploy.placement.constraints);
        let mut preferences = deploy.placement.preferences.into_iter();
        if let Some(first) = preferences.next() {
            let over = self.read(
                "deploy.placement.preferences",
                Some(first.spread),
                "node.labels.zone",
                |text| {
                    text.strip_prefix(LABEL)
                        .filter(|key| !key.is_empty())
                        .map(str::to_owned)
                },
            );
            self.request.strategy = over.map(Strategy::SpreadOver).unwrap_or_default();
        }
        if preferences.next().is_some() {
            self.notes.push(told::unsaid("deploy.placement.preferences"));
        }
        let most = deploy.placement.max_replicas_per_node;
        self.request.most_per_engine = self.read("deploy.placement.max_replicas_per_node", most, "1", |text| {
            text.parse().ok()
        });
        self.amounts(deploy.resources);
        self.restarts(deploy.restart_policy);
    }

    fn placed(&mut self, constraints: Vec<Text>) {
        let (mut labels, mut names) = (Vec::new(), Vec::new());
        for constraint in constraints {
            let read = self.read(
                "deploy.placement.constraints",
                Some(constraint),
                "node.labels.zone == a",
                |text| {
                    let (key, value) = text.split_once("==").or_else(|| text.split_once("!="))?;
                    let (key, value) = (key.trim(), value.trim());
                    let not = if text.contains("!=") { "!" } else { "" };
                    if key == NAME && not.is_empty() {
                        return Some((None, Some(EngineName::parse(value).ok()?)));
                    }
                    let key = if key == NAME {
                        "engine"
                    } else {
                        key.strip_prefix(LABEL)?
                    };
                    Some((Some(Constraint::parse(&format!("{key}{not}={value}")).ok()?), None))
                },
            );
            if let Some((label, name)) = read {
                labels.extend(label);
                names.extend(name);
            }
        }
        if !names.is_empty() {
            if !labels.is_empty() {
                self.notes.push(told::unsaid(LABEL));
            }
            self.request.target = Target::Named(names);
        } else if !labels.is_empty() {
            self.request.target = Target::Labels(labels);
        }
    }

    fn amounts(&mut self, resources: super::super::nodes::Resources) {
        let (limits, reserved) = (resources.limits, resources.reservations);
        let cpus = self.read("deploy.resources.limits.cpus", limits.cpus, "0.5", |text| {
            Cpus::parse(text).ok()
        });
        let memory = self.read("deploy.resources.limits.memory", limits.memory, "256m", value::bytes);
        let pids = self.read("deploy.resources.limits.pids", limits.pids, "100", |text| {
            text.parse().ok()
        });
        let spec = &mut self.request.spec;
        spec.cpus = cpus.unwrap_or(spec.cpus);
        spec.memory = memory.unwrap_or(spec.memory);
        spec.pids_limit = pids.unwrap_or(spec.pids_limit);
        let memory = self.read(
            "deploy.resources.reservations.memory",
            reserved.memory,
            "64m",
            value::bytes,
        );
        let spec = &mut self.request.spec;
        spec.memory_reservation = memory.unwrap_or(spec.memory_reservation);
        // What is reserved is the limit, which has a word of its own.
        if reserved.cpus.is_some() {
            self.notes.push(told::unsaid("deploy.resources.reservations.cpus"));
        }
        if reserved.generic_resources.is_some() || limits.generic_resources.is_some() {
            self.notes.push(told::unsaid("deploy.resources.generic_resources"));
        }
        for chosen in reserved.devices {
            let request = self.chosen(chosen);
            self.request.spec.device_requests.push(request);
        }
    }

    fn restarts(&mut self, policy: Restarts) {
        for (key, is_there) in [("delay", policy.delay.is_some()), ("window", policy.window.is_some())] {
            if is_there {
                self.notes.push(told::unsaid(&format!("deploy.restart_policy.{key}")));
            }
        }
        let most = self.read("deploy.restart_policy.max_attempts", policy.max_attempts, "3", |text| {
            text.parse().ok()
        });
        let policy = self.read(
            "deploy.restart_policy.condition",
            policy.condition,
            "on-failure",
            |word| match word {
                "none" => Some(RestartPolicy::No),
                "on-failure" => Some(RestartPolicy::OnFailure(most.unwrap_or_default())),
                "any" => Some(RestartPolicy::Always),
                _ => None,
            },
        );
        let spec = &mut self.request.spec;
        spec.restart = policy.unwrap_or(spec.restart);
    }
}
