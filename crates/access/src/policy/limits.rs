//! How much a container may take from those beside it.
use super::{Judge, Rule};
use shipyard_model::spec::UlimitSpec;
use shipyard_model::{Bytes, Cpus};

/// Limits that only bound what a process does to itself. Missing are those by which it could be preferred to others on
/// the machine (`rtprio`, `nice`).
const ULIMITS: [&str; 13] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nofile",
    "nproc",
    "rss",
    "rttime",
    "sigpending",
    "stack",
];

impl Judge<'_> {
    pub(super) fn cpus(&mut self, cpus: Cpus) {
        let most = self.rules.most_cpus;
        if most != Cpus::ZERO && (cpus > most || cpus == Cpus::ZERO) {
            self.refuse(
                "cpus",
                Rule::CpusMost,
                cpus,
                format!("at most {most} CPUs are allowed, and some must be reserved"),
            );
        }
    }

    pub(super) fn memory(&mut self, memory: Bytes, shm: Bytes) {
        if self.strict() && memory == Bytes::ZERO {
            let message = "memory must be reserved, so that it cannot take that of others";
            self.refuse("memory", Rule::MemoryRequired, memory, message);
        }
        let most = self.rules.most_memory;
        if most != Bytes::ZERO && (memory > most || memory == Bytes::ZERO) {
            self.refuse(
                "memory",
                Rule::MemoryMost,
                memory,
                format!("at most {most} are allowed, and some must be reserved"),
            );
        }
        if most != Bytes::ZERO && shm > most {
            self.refuse("shm_size", Rule::MemoryMost, shm, format!("at most {most} are allowed"));
        }
    }

    pub(super) fn pids(&mut self, pids: u32) {
        if self.strict() && pids == 0 {
            let message = "the number of processes must have a limit";
            self.refuse("pids_limit", Rule::PidsRequired, pids, message);
        }
        let most = self.rules.most_pids;
        if most != 0 && (pids > most || pids == 0) {
            self.refuse(
                "pids_limit",
                Rule::PidsMost,
                pids,
                format!("at most {most} processes are allowed"),
            );
        }
    }

    pub(super) fn ulimits(&mut self, limits: &[UlimitSpec]) {
        for UlimitSpec { name, soft: _, hard: _ } in limits {
            if !ULIMITS.contains(&name.as_str()) {
                let message = format!("the limit {name} is not among those that may be set");
                self.refuse("ulimits", Rule::UlimitListed, name, message);
            }
        }
    }
}
