//! What deploys in work have reserved and the model does not show yet, so that two at once never take the same room.
use crate::candidates;
use crate::placement::{Candidate, TakenPort, plan};
use crate::quota::{self, PoolQuota};
use crate::snapshot::Snapshot;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::deploy::{DeployRequest, Plan, PlannedCopy};
use shipyard_model::{Capacity, EngineId, OperationId};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a reservation outlives its operation, for the model to show the container.
const AFTER: Duration = Duration::from_secs(30);

/// Reservations in the order they were made.
#[derive(Default)]
pub(crate) struct Pending(Mutex<Vec<Held>>);

struct Held {
    operation: OperationId,
    /// Value of the label by which its container is known.
    group: String,
    copy: PlannedCopy,
    room: Capacity,
    ports: Vec<TakenPort>,
    /// Set when the operation ended.
    ended: Option<Instant>,
}

impl Held {
    fn shows(&self, snapshot: &Snapshot) -> bool {
        let container = snapshot
            .engines
            .get(&self.copy.engine)
            .and_then(|e| e.by_name(&self.copy.name));
        container.is_some_and(|c| {
            c.labels.get(LABEL_DEPLOY).map(String::as_str) == Some(self.group.as_str())
                // Ports show when it runs, so until then this entry keeps them.
                && (self.ports.is_empty() || c.state.is_alive() || self.ended.is_some())
        })
    }
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, Vec<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans with what is reserved taken into account, and reserves nothing.
    pub(crate) fn plan(&self, fleet: &Within<'_>, request: &DeployRequest) -> Plan {
        fleet.plan(&mut self.lock(), request)
    }

    /// Plans and, when the plan has no problem, reserves what it needs, in one step. Its containers will bear `group` as
    /// their label.
    pub(crate) fn reserve(
        &self,
        fleet: &Within<'_>,
        request: &DeployRequest,
        operation: &OperationId,
        group: &str,
    ) -> Plan {
        let mut held = self.lock();
        let plan = fleet.plan(&mut held, request);
        if plan.problems.is_empty() {
            held.extend(plan.copies.iter().map(|copy| Held {
                operation: operation.clone(),
                group: group.to_owned(),
                copy: copy.clone(),
                room: Capacity {
                    cpus: request.spec.cpus,
                    memory: request.spec.memory,
                },
                ports: ports(request, &copy.name),
                ended: None,
            }));
        }
        plan
    }

    /// Gives back what one copy reserved: it failed.
    pub(crate) fn give_back(&self, operation: &OperationId, copy: &PlannedCopy) {
        self.lock()
            .retain(|held| held.operation != *operation || held.copy != *copy);
    }

    /// The operation ended: what it made shows soon.
    pub(crate) fn ended(&self, operation: &OperationId) {
        let now = Instant::now();
        for held in self.lock().iter_mut().filter(|held| held.operation == *operation) {
            held.ended = Some(now);
        }
    }
}

/// The fleet as one deploy may use it.
pub(crate) struct Within<'f> {
    /// Everything.
    pub(crate) all: &'f Snapshot,
    /// The engines that it may go to.
    pub(crate) engines: &'f (dyn Fn(&EngineId) -> bool + Sync),
    /// What it may not go beyond.
    pub(crate) quotas: &'f [PoolQuota],
}

impl Within<'_> {
    fn plan(&self, held: &mut Vec<Held>, request: &DeployRequest) -> Plan {
        let all = with_held(self.all, held);
        let mine: Vec<_> = all
            .iter()
            .filter(|engine| (self.engines)(&engine.id))
            .cloned()
            .collect();
        let mut plan = plan(&mine, request);
        plan.problems.extend(quota::broken(&all, &plan, request, self.quotas));
        plan
    }
}

fn ports(request: &DeployRequest, by: &str) -> Vec<TakenPort> {
    let fixed = request.spec.ports.iter().filter_map(|port| {
        Some(TakenPort {
            ip: port.host_ip.trim().to_owned(),
            port: port.host?,
            protocol: port.protocol,
            by: by.to_owned(),
        })
    });
    fixed.collect()
}

fn with_held(snapshot: &Snapshot, held: &mut Vec<Held>) -> Vec<Candidate> {
    held.retain(|held| held.ended.is_none_or(|at| at.elapsed() < AFTER) && !held.shows(snapshot));
    let mut candidates = candidates::from_snapshot(snapshot);
    for held in held {
        let Some(candidate) = candidates.iter_mut().find(|c| c.id == held.copy.engine) else {
            continue;
        };
        // One that the model shows already, but without its ports, is counted once only.
        if candidate.names.insert(held.copy.name.clone()) {
            candidate.reserved.cpus += held.room.cpus;
            candidate.reserved.memory += held.room.memory;
        }
        candidate.ports.extend(held.ports.iter().cloned());
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::new_id;
    use crate::view::tests::{container, engine};
    use shipyard_model::deploy::{ContainerSpec, Copies, PortSpec, PullPolicy, Strategy, Target};
    use shipyard_model::{ContainerState, Cpus};
    use std::sync::Arc;

    fn request(cpus: u32, host: Option<u16>) -> DeployRequest {
        let spec = ContainerSpec {
            image: "web".to_owned(),
            cpus: Cpus::whole(cpus),
            ports: host
                .map(|_| PortSpec {
                    host,
                    container: 80,
                    ..PortSpec::default()
                })
                .into_iter()
                .collect(),
            ..ContainerSpec::default()
        };
        DeployRequest {
            spec,
            copies: Copies::Total(1),
            target: Target::All,
            strategy: Strategy::Spread,
            pull: PullPolicy::Missing,
            undo_on_failure: false,
            ..DeployRequest::default()
        }
    }

    fn one_engine(containers: Vec<shipyard_model::Container>) -> Snapshot {
        let engine = engine("node1", "", containers);
        Snapshot {
            engines: [(engine.engine.id.clone(), Arc::new(engine))].into(),
            ..Snapshot::default()
        }
    }

    fn all(snapshot: &Snapshot) -> Within<'_> {
        Within {
            all: snapshot,
            engines: &|_| true,
            quotas: &[],
        }
    }

    #[test]
    fn two_deploys_at_once_do_not_take_the_same_room() {
        let (pending, fleet) = (Pending::default(), one_engine(Vec::new()));
        let (first, second) = (new_id(), new_id());
        let plan = pending.reserve(&all(&fleet), &request(3, None), &first, first.as_str());
        assert_eq!((plan.problems.len(), &*plan.copies[0].name), (0, "web"));
        assert_eq!(
            pending
                .reserve(&all(&fleet), &request(3, None), &second, second.as_str())
                .problems[0]
                .code,
            "deploy.no-room"
        );
        let small = pending.reserve(&all(&fleet), &request(1, None), &second, second.as_str());
        assert_eq!(small.copies[0].name, "web-1", "the name is taken too");
        pending.give_back(&first, &plan.copies[0]);
        assert_eq!(pending.plan(&all(&fleet), &request(3, None)).problems, []);
    }

    #[test]
    fn a_port_is_held_until_the_model_shows_it() {
        let (pending, id) = (Pending::default(), new_id());
        pending.reserve(&all(&one_engine(Vec::new())), &request(3, Some(80)), &id, id.as_str());
        let mut made = container("web", ContainerState::Created);
        made.labels.insert(LABEL_DEPLOY.to_owned(), id.to_string());
        made.labels.insert(
            shipyard_model::container::LABEL_CPUS.to_owned(),
            Cpus::whole(3).nanos().to_string(),
        );
        let fleet = one_engine(vec![made.clone()]);
        assert_eq!(
            pending.plan(&all(&fleet), &request(1, None)).problems,
            [],
            "counted once"
        );
        assert_eq!(
            pending.plan(&all(&fleet), &request(1, Some(80))).problems[0].code,
            "deploy.no-room"
        );
        made.state = ContainerState::Running;
        assert_eq!(
            pending
                .plan(&all(&one_engine(vec![made])), &request(1, Some(80)))
                .problems,
            [],
            "the model knows now"
        );
    }

    #[test]
    fn two_deploys_at_once_do_not_break_a_quota_together() {
        let (pending, fleet) = (Pending::default(), one_engine(Vec::new()));
        let quota = PoolQuota {
            pool: "web".to_owned(),
            engines: fleet.engines.keys().cloned().collect(),
            quota: shipyard_model::access::Quota {
                cpus: Some(Cpus::whole(2)),
                ..Default::default()
            },
        };
        let within = Within {
            quotas: std::slice::from_ref(&quota),
            ..all(&fleet)
        };
        let id = new_id();
        assert_eq!(
            pending.reserve(&within, &request(2, None), &id, id.as_str()).problems,
            []
        );
        let second = pending.reserve(&within, &request(1, None), &new_id(), "x");
        assert_eq!(second.problems[0].code, "pool.quota-cpus");
        pending.ended(&id);
        let copies = pending.plan(&within, &request(0, None));
        assert_eq!(copies.problems[0].code, "pool.reserve-cpus");
    }

    #[test]
    fn an_engine_out_of_bounds_is_not_in_the_plan() {
        let (pending, fleet) = (Pending::default(), one_engine(Vec::new()));
        let nowhere = Within {
            engines: &|_| false,
            ..all(&fleet)
        };
        let plan = pending.plan(&nowhere, &request(1, None));
        assert!(plan.engines.is_empty() && plan.copies.is_empty() && !plan.problems.is_empty());
    }
}
