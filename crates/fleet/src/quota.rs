//! Quotas of pools: the most that containers of some engines may reserve together. Checked in the same step that reserves,
//! so that two deploys at once never go beyond one together.
use crate::grow::Growth;
use crate::placement::Candidate;
use crate::snapshot::{EngineState, Snapshot};
use shipyard_model::access::Quota;
use shipyard_model::deploy::{DeployRequest, Plan};
use shipyard_model::{Bytes, Capacity, Cpus, EngineId, Problem};
use std::collections::BTreeSet;

/// A quota with the engines that it is for.
#[derive(Clone, Debug)]
pub struct PoolQuota {
    /// The pool's name.
    pub pool: String,
    /// Its engines.
    pub engines: BTreeSet<EngineId>,
    /// The most.
    pub quota: Quota,
}

/// What a plan would break.
pub(crate) fn broken(
    engines: &[Candidate],
    plan: &Plan,
    request: &DeployRequest,
    quotas: &[PoolQuota],
) -> Vec<Problem> {
    quotas
        .iter()
        .flat_map(|quota| quota.broken(engines, plan, request))
        .collect()
}

impl PoolQuota {
    fn broken(&self, engines: &[Candidate], plan: &Plan, request: &DeployRequest) -> Vec<Problem> {
        let copies = plan
            .copies
            .iter()
            .filter(|copy| self.engines.contains(&copy.engine))
            .count();
        if copies == 0 || self.quota.is_none() {
            return Vec::new();
        }
        let copies = u64::try_from(copies).unwrap_or(u64::MAX);
        let mine = engines.iter().filter(|engine| self.engines.contains(&engine.id));
        let (mut used, mut containers) = (Capacity::default(), 0_usize);
        for engine in mine {
            used.cpus += engine.reserved.cpus;
            used.memory += engine.reserved.memory;
            containers += engine.names.len();
        }
        let mut problems = Vec::new();
        let each = &request.spec;
        if let Some(most) = self.quota.cpus {
            let wanted = used
                .cpus
                .nanos()
                .saturating_add(each.cpus.nanos().saturating_mul(copies));
            if each.cpus.nanos() == 0 {
                problems.push(self.must_reserve("pool.reserve-cpus", "CPUs", "cpus"));
            } else if wanted > most.nanos() {
                problems.push(self.full("pool.quota-cpus", "CPUs", &used.cpus, &Cpus::from_nanos(wanted), &most));
            }
        }
        if let Some(most) = self.quota.memory {
            let wanted = used
                .memory
                .get()
                .saturating_add(each.memory.get().saturating_mul(copies));
            if each.memory.get() == 0 {
                problems.push(self.must_reserve("pool.reserve-memory", "memory", "memory"));
            } else if wanted > most.get() {
                problems.push(self.full("pool.quota-memory", "memory", &used.memory, &Bytes::new(wanted), &most));
            }
        }
        if let Some(most) = self.quota.containers {
            let used = u64::try_from(containers).unwrap_or(u64::MAX);
            let wanted = used.saturating_add(copies);
            if wanted > u64::from(most) {
                problems.push(self.full("pool.quota-containers", "containers", &used, &wanted, &most));
            }
        }
        problems
    }

    /// What changes of containers would break, where `taken` is what the containers of an engine reserve with all that is
    /// held there.
    pub(crate) fn broken_by(
        &self,
        fleet: &Snapshot,
        taken: &dyn Fn(&EngineState) -> Capacity,
        changes: &[Growth],
    ) -> Vec<Problem> {
        let changes: Vec<_> = changes.iter().filter(|it| self.engines.contains(&it.engine)).collect();
        if changes.is_empty() || self.quota.is_none() {
            return Vec::new();
        }
        let mut used = Capacity::default();
        for (_, engine) in fleet.engines.iter().filter(|(id, _)| self.engines.contains(id)) {
            let taken = taken(engine);
            used.cpus += taken.cpus;
            used.memory += taken.memory;
        }
        let mut wanted = used;
        for Growth { before, after, .. } in &changes {
            wanted.cpus = wanted.cpus.saturating_sub(before.cpus);
            wanted.memory = wanted.memory.saturating_sub(before.memory);
            wanted.cpus += after.cpus;
            wanted.memory += after.memory;
        }
        let mut problems = Vec::new();
        if let Some(most) = self.quota.cpus {
            let gives_up = |it: &&Growth| it.before.cpus > it.after.cpus && it.after.cpus == Cpus::ZERO;
            if changes.iter().any(gives_up) {
                problems.push(self.must_reserve("pool.reserve-cpus", "CPUs", "cpus"));
            } else if wanted.cpus > most && wanted.cpus > used.cpus {
                let full = self.full("pool.quota-cpus", "CPUs", &used.cpus, &wanted.cpus, &most);
                problems.push(full.field("cpus"));
            }
        }
        if let Some(most) = self.quota.memory {
            let gives_up = |it: &&Growth| it.before.memory > it.after.memory && it.after.memory == Bytes::ZERO;
            if changes.iter().any(gives_up) {
                problems.push(self.must_reserve("pool.reserve-memory", "memory", "memory"));
            } else if wanted.memory > most && wanted.memory > used.memory {
                let full = self.full("pool.quota-memory", "memory", &used.memory, &wanted.memory, &most);
                problems.push(full.field("memory"));
            }
        }
        problems
    }

    fn full(
        &self,
        code: &str,
        what: &str,
        used: &dyn std::fmt::Display,
        wanted: &dyn std::fmt::Display,
        most: &dyn std::fmt::Display,
    ) -> Problem {
        let pool = &self.pool;
        Problem::new(
            422,
            code,
            format!(
                "The pool “{pool}” may have {most} ({what}); {used} are taken, and with this it would be {wanted}."
            ),
        )
        .hint("Ask for less, remove what is not needed, or ask an administrator for a larger quota.")
        .arg("pool", pool)
        .arg("used", used)
        .arg("wanted", wanted)
        .arg("most", most)
    }

    fn must_reserve(&self, code: &str, what: &str, field: &str) -> Problem {
        let pool = &self.pool;
        Problem::new(
            422,
            code,
            format!("The pool “{pool}” has a quota of {what}, so each container must say how much it needs."),
        )
        .hint("Give a figure.")
        .arg("pool", pool)
        .field(field)
    }
}

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
