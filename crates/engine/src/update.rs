//! What Docker changes of a container while it runs: its limits, and what happens when it ends.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::create::{number, restart, some, text};
use crate::wire::Limits;
use bollard::models::ContainerUpdateBody;
use serde::Deserialize;
use shipyard_model::deploy::{ContainerSpec, RestartPolicy, Swap};
use shipyard_model::{Bytes, Capacity, ContainerId, Cpus};

/// What is to be changed; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amend {
    /// CPUs that it may use.
    pub cpus: Option<Cpus>,
    /// The engine's CPUs that it may run on.
    pub cpuset_cpus: Option<String>,
    /// Memory that it may use.
    pub memory: Option<Bytes>,
    /// Memory and swap together that it may use, where that changes with the memory.
    pub memory_swap: Option<Swap>,
    /// Most processes; zero for no limit.
    pub pids_limit: Option<u32>,
    /// What happens when it ends.
    pub restart: Option<RestartPolicy>,
}

impl Amend {
    /// Fields of a specification that this can change.
    pub const FIELDS: [&str; 5] = ["cpus", "cpuset_cpus", "memory", "pids_limit", "restart"];

    /// Whether Docker can bring a field from one specification's value to the other's. It takes a limit that is zero or empty for
    /// one that shall stay, so no limit can be taken away but that of processes.
    pub fn can(field: &str, to: &ContainerSpec) -> bool {
        match field {
            "cpus" => to.cpus != Cpus::ZERO,
            "cpuset_cpus" => !to.cpuset_cpus.is_empty(),
            "memory" => to.memory.get() > 0,
            "pids_limit" | "restart" => true,
            _ => false,
        }
    }

    /// What makes one specification of the other; what else differs is left out.
    pub fn between(from: &ContainerSpec, to: &ContainerSpec) -> Self {
        fn changed<T: PartialEq + Clone>(from: &T, to: &T) -> Option<T> {
            (from != to).then(|| to.clone())
        }
        Self {
            cpus: changed(&from.cpus, &to.cpus),
            cpuset_cpus: changed(&from.cpuset_cpus, &to.cpuset_cpus),
            memory: changed(&from.memory, &to.memory),
            memory_swap: (from.memory != to.memory).then_some(to.memory_swap),
            pids_limit: changed(&from.pids_limit, &to.pids_limit),
            restart: changed(&from.restart, &to.restart),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Inspect {
    host_config: HostConfig,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct HostConfig {
    nano_cpus: u64,
    cpu_quota: i64,
    cpu_period: i64,
    memory: u64,
}

impl HostConfig {
    /// `--cpus`, or what `--cpu-quota` and `--cpu-period` come to; the kernel's usual period is 100 ms
    /// (<https://docs.kernel.org/scheduler/sched-bwc.html>).
    fn cpus(&self) -> Cpus {
        let quota = u64::try_from(self.cpu_quota).unwrap_or(0);
        let period = u64::try_from(self.cpu_period).ok().filter(|period| *period > 0);
        if self.nano_cpus > 0 {
            return Cpus::from_nanos(self.nano_cpus);
        }
        Cpus::from_nanos(quota.saturating_mul(1_000_000_000) / period.unwrap_or(100_000))
    }
}

impl Connection {
    /// The CPUs and the memory that a container may use; zero for no limit.
    ///
    /// # Errors
    /// [`CallError`]; 404 when it is gone.
    pub async fn limits(&self, id: &ContainerId) -> Result<Capacity, CallError> {
        let path = format!("/containers/{}/json", path_id(id)?);
        let now: Inspect = self.wire().get_json(&path, Limits::INSPECT).await?;
        Ok(Capacity {
            cpus: now.host_config.cpus(),
            memory: Bytes::new(now.host_config.memory),
        })
    }

    /// Changes a container that goes on meanwhile.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason.
    pub async fn amend(&self, id: &ContainerId, amend: &Amend) -> Result<(), CallError> {
        let (id, docker) = (path_id(id)?, self.docker(Limits::ACT)?);
        let _turn = self.turn().await;
        self.wire()
            .call(Limits::ACT, docker.update_container(id, body(amend)))
            .await
    }
}

fn body(amend: &Amend) -> ContainerUpdateBody {
    ContainerUpdateBody {
        nano_cpus: amend.cpus.and_then(|cpus| some(number(cpus.nanos()))),
        cpuset_cpus: amend.cpuset_cpus.as_deref().and_then(text),
        memory: amend.memory.and_then(|memory| some(number(memory.get()))),
        memory_swap: swap(amend),
        pids_limit: amend.pids_limit.map(i64::from),
        restart_policy: amend.restart.map(restart),
        ..ContainerUpdateBody::default()
    }
}

/// Docker refuses memory beyond the swap that was counted with the old figure, so the new one is said with it.
fn swap(amend: &Amend) -> Option<i64> {
    let memory = amend.memory?;
    match amend.memory_swap? {
        // As much again, as Docker gives it by itself.
        Swap::Usual => some(number(memory.get().saturating_mul(2))),
        Swap::Total(total) => some(number(total.get())),
        Swap::Unlimited => Some(-1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_sent() {
        let from = ContainerSpec {
            memory: Bytes::mib(64),
            pids_limit: 10,
            ..ContainerSpec::default()
        };
        let to = ContainerSpec {
            memory: Bytes::mib(128),
            restart: RestartPolicy::Always,
            pids_limit: 0,
            ..from.clone()
        };
        let sent = body(&Amend::between(&from, &to));
        assert_eq!(
            (sent.memory, sent.memory_swap, sent.pids_limit, sent.nano_cpus),
            (Some(128 << 20), Some(256 << 20), Some(0), None)
        );
        assert!(sent.restart_policy.is_some());
        let capped = ContainerSpec {
            memory_swap: Swap::Total(Bytes::mib(128)),
            ..to.clone()
        };
        assert_eq!(body(&Amend::between(&from, &capped)).memory_swap, Some(128 << 20));
        assert_eq!(body(&Amend::between(&from, &from)), ContainerUpdateBody::default());
    }

    #[test]
    fn a_quota_is_a_number_of_cpus() {
        let cpus = |nano_cpus, cpu_quota, cpu_period| {
            let limits = HostConfig {
                nano_cpus,
                cpu_quota,
                cpu_period,
                memory: 0,
            };
            limits.cpus().nanos()
        };
        assert_eq!(cpus(5, 100, 100), 5);
        assert_eq!(cpus(0, 150_000, 0), 1_500_000_000);
        assert_eq!(cpus(0, 25_000, 50_000), 500_000_000);
        assert_eq!(cpus(0, -1, 0), 0);
    }

    #[test]
    fn limits_cannot_be_taken_away_in_place() {
        let none = ContainerSpec::default();
        let can: Vec<_> = Amend::FIELDS.iter().filter(|field| Amend::can(field, &none)).collect();
        assert_eq!(can, [&"pids_limit", &"restart"]);
        assert!(!Amend::can("env", &none));
    }
}
