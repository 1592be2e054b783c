//! What a container may be: every option of a specification judged by a profile and its rules, before an engine is asked.
//!
//! Whoever may make a container on an engine could make one that owns its machine. So a specification passes here first,
//! whatever way it came. Judgement is by lists of what is allowed: what no list knows is refused to everyone but those who
//! have [`Profile::Privileged`]. [`check`] takes a specification apart field by field, so a new option does not compile
//! until it is judged. `docs/policy.md` is rendered from [`OPTIONS`] by a test.
//!
//! It knows no person, no pool and no engine: which profile and rules hold is decided by who calls. What a path on an
//! engine really leads to (links) or what a named volume was made with cannot be seen from here.
use shipyard_model::spec::ContainerSpec;
use shipyard_model::{Problem, Profile};
use std::fmt;

mod capability;
mod harden;
mod image;
mod isolation;
mod limits;
mod network;
mod options;
mod path;
mod process;
mod rule;
mod rules;
mod storage;
#[cfg(test)]
mod tests;

use limits::{USUAL_DISK_WEIGHT, USUAL_SHARES};

pub use harden::{added, harden};
pub use options::{EXAMPLE, OPTIONS, OptionLine, render};
pub use rule::Rule;
pub use rules::{HostPath, PortRange, Rules};

/// One thing in a specification that a rule does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The option: the field's name in [`ContainerSpec`].
    pub option: &'static str,
    /// The rule that refuses it.
    pub rule: Rule,
    /// The value at fault, as it was given; empty when one is missing. Never a value that may be a secret.
    pub value: String,
    /// What is wrong, in English, as the end of a sentence.
    pub message: String,
}

impl Violation {
    /// As it is told to a person: `policy.refused`, at the option's field, with `option`, `rule`, `profile` and `value`.
    pub fn problem(&self, profile: Profile) -> Problem {
        let Self {
            option,
            rule,
            value,
            message,
        } = self;
        let detail = format!("The profile {profile} refuses this {option}: {message} (rule {rule}).");
        Problem::new(403, "policy.refused", detail)
            .hint("Change the option, or ask an administrator, who may deploy it or change the rules.")
            .field(option)
            .arg("option", option)
            .arg("rule", rule)
            .arg("profile", profile)
            .arg("value", value)
    }
}

/// Judges a specification as it will be sent, hence after [`harden()`]. Yields everything that is refused; nothing when it
/// may be made.
pub fn check(spec: &ContainerSpec, profile: Profile, rules: &Rules) -> Vec<Violation> {
    if profile == Profile::Privileged {
        return Vec::new();
    }
    let mut judge = Judge {
        profile,
        rules,
        found: Vec::new(),
    };
    // No `..` here: an option that is not judged must not compile.
    let ContainerSpec {
        image,
        name: _,
        command: _,
        entrypoint: _,
        env: _,
        user,
        group_add,
        working_dir: _,
        hostname: _,
        domainname: _,
        tty: _,
        open_stdin: _,
        stdin_once: _,
        init: _,
        stop_signal: _,
        stop_timeout: _,
        healthcheck,
        restart: _,
        auto_remove: _,
        ports,
        publish_all,
        expose: _,
        network,
        endpoint,
        networks,
        extra_hosts,
        dns: _,
        dns_search: _,
        dns_options: _,
        links,
        volumes,
        volume_driver,
        volumes_from,
        tmpfs,
        read_only: _,
        storage_opt,
        cpus,
        cpuset_cpus: _,
        cpuset_mems,
        cpu_shares,
        cpu_period: _,
        cpu_quota: _,
        memory,
        memory_reservation: _,
        memory_swap,
        memory_swappiness: _,
        oom_kill_disable,
        oom_score_adj,
        shm_size,
        pids_limit,
        ulimits,
        blkio_weight,
        blkio_devices,
        privileged,
        cap_add,
        cap_drop,
        security_opt,
        devices,
        device_requests,
        device_cgroup_rules,
        sysctls,
        pid_mode,
        ipc_mode,
        uts_mode,
        userns_mode,
        cgroupns_mode,
        cgroup_parent,
        runtime,
        logging,
        labels,
        annotations,
    } = spec;
    judge.image(image);
    judge.user(user);
    judge.groups(group_add);
    judge.healthcheck(healthcheck.as_ref());
    judge.ports(ports);
    judge.all_ports(*publish_all);
    judge.network("network", network);
    judge.endpoint("endpoint", endpoint);
    judge.networks(networks);
    judge.hosts(extra_hosts);
    judge.links(links);
    judge.volumes(volumes);
    judge.volume_driver("volume_driver", volume_driver);
    judge.volumes_from(volumes_from);
    judge.tmpfs(tmpfs);
    judge.storage(storage_opt);
    judge.cpus(*cpus);
    judge.memory_nodes(cpuset_mems);
    judge.weight("cpu_shares", *cpu_shares, USUAL_SHARES);
    judge.memory(*memory, *shm_size);
    judge.swap(*memory_swap, *memory);
    judge.out_of_memory(*oom_kill_disable, *oom_score_adj);
    judge.pids(*pids_limit);
    judge.ulimits(ulimits);
    judge.weight("blkio_weight", u32::from(*blkio_weight), USUAL_DISK_WEIGHT);
    judge.disks(blkio_devices);
    judge.privileged(*privileged);
    judge.capabilities(cap_add, cap_drop);
    judge.security(security_opt);
    judge.devices(devices);
    judge.device_requests(device_requests);
    judge.device_rules(device_cgroup_rules);
    judge.sysctls(sysctls);
    judge.namespace("pid_mode", pid_mode, &[]);
    judge.namespace("ipc_mode", ipc_mode, &["none", "private"]);
    judge.namespace("uts_mode", uts_mode, &[]);
    judge.namespace("userns_mode", userns_mode, &[]);
    judge.namespace("cgroupns_mode", cgroupns_mode, &["private"]);
    judge.cgroup_parent(cgroup_parent);
    judge.runtime(runtime);
    judge.logging(logging);
    judge.labels(labels);
    judge.annotations(annotations);
    judge.found
}

/// A judgement in the making. Its methods, one for each kind of option, are in the files beside this.
struct Judge<'r> {
    profile: Profile,
    rules: &'r Rules,
    found: Vec<Violation>,
}

impl Judge<'_> {
    /// Whether the narrowest profile holds.
    fn strict(&self) -> bool {
        self.profile == Profile::Restricted
    }

    fn refuse(&mut self, option: &'static str, rule: Rule, value: impl fmt::Display, message: impl Into<String>) {
        self.found.push(Violation {
            option,
            rule,
            value: value.to_string(),
            message: message.into(),
        });
    }
}
