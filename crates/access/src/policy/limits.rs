//! How much a container may take from those beside it.
use super::{Judge, Rule};
use shipyard_model::spec::{BlockDeviceSpec, Swap, UlimitSpec};
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

/// What a container weighs that says nothing, with CPUs and at disks.
pub(super) const USUAL_SHARES: u32 = 1024;
pub(super) const USUAL_DISK_WEIGHT: u32 = 500;

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

    /// Who weighs more takes from those beside it.
    pub(super) fn weight(&mut self, option: &'static str, weight: u32, usual: u32) {
        if weight > usual {
            let message = format!("{weight} is more than the {usual} that a container has usually");
            self.refuse(option, Rule::WeightUsual, weight, message);
        }
    }

    pub(super) fn memory_nodes(&mut self, nodes: &str) {
        if self.strict() && !nodes.is_empty() {
            let message = "memory comes from whichever node of the machine has some";
            self.refuse("cpuset_mems", Rule::MemoryNodes, nodes, message);
        }
    }

    /// What Docker gives by itself is as much again as there is memory.
    pub(super) fn swap(&mut self, swap: Swap, memory: Bytes) {
        let most = memory.get().saturating_mul(2);
        let good = match swap {
            Swap::Usual => true,
            Swap::Total(total) => total.get() <= most,
            Swap::Unlimited => false,
        };
        if !good {
            let message = "it could fill the swap of the engine's machine";
            self.refuse("memory_swap", Rule::SwapBounded, swap, message);
        }
    }

    pub(super) fn out_of_memory(&mut self, is_spared: bool, score: i16) {
        let message = "others would be killed in its place when memory is short";
        if is_spared {
            self.refuse("oom_kill_disable", Rule::OomUsual, is_spared, message);
        }
        if score < 0 {
            self.refuse("oom_score_adj", Rule::OomUsual, score, message);
        }
    }

    pub(super) fn disks(&mut self, disks: &[BlockDeviceSpec]) {
        for BlockDeviceSpec {
            path,
            weight: _,
            read_bps: _,
            write_bps: _,
            read_iops: _,
            write_iops: _,
        } in disks
        {
            let message = "disks belong to the engine's machine";
            self.refuse("blkio_devices", Rule::NoDevice, path, message);
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
