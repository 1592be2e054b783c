//! What deploys in work have reserved and the model does not show yet, so that two at once never take the same room.
use crate::candidates;
use crate::placement::{Candidate, TakenPort, plan};
use crate::snapshot::Snapshot;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::deploy::{DeployRequest, Plan, PlannedCopy};
use shipyard_model::{Capacity, OperationId};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a reservation outlives its operation, for the model to show the container.
const AFTER: Duration = Duration::from_secs(30);

/// Reservations in the order they were made.
#[derive(Default)]
pub(crate) struct Pending(Mutex<Vec<Held>>);

struct Held {
    operation: OperationId,
    copy: PlannedCopy,
    room: Capacity,
    ports: Vec<TakenPort>,
    /// Set when the operation ended.
    ended: Option<Instant>,
}

impl Held {
    fn shows(&self, snapshot: &Snapshot) -> bool {
        let container = snapshot.engines.get(&self.copy.engine).and_then(|e| e.by_name(&self.copy.name));
        container.is_some_and(|c| {
            c.labels.get(LABEL_DEPLOY).map(String::as_str) == Some(self.operation.as_str())
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
    pub(crate) fn plan(&self, snapshot: &Snapshot, request: &DeployRequest) -> Plan {
        plan(&with_held(snapshot, &mut self.lock()), request)
    }

    /// Plans and, when the plan has no problem, reserves what it needs, in one step.
    pub(crate) fn reserve(&self, snapshot: &Snapshot, request: &DeployRequest, operation: &OperationId) -> Plan {
        let mut held = self.lock();
        let plan = plan(&with_held(snapshot, &mut held), request);
        if plan.problems.is_empty() {
            held.extend(plan.copies.iter().map(|copy| Held {
                operation: operation.clone(),
                copy: copy.clone(),
                room: Capacity { cpus: request.spec.cpus, memory: request.spec.memory },
                ports: ports(request, &copy.name),
                ended: None,
            }));
        }
        plan
    }

    /// Gives back what one copy reserved: it failed.
    pub(crate) fn give_back(&self, operation: &OperationId, copy: &PlannedCopy) {
        self.lock().retain(|held| held.operation != *operation || held.copy != *copy);
    }

    /// The operation ended: what it made shows soon.
    pub(crate) fn ended(&self, operation: &OperationId) {
        let now = Instant::now();
        for held in self.lock().iter_mut().filter(|held| held.operation == *operation) {
            held.ended = Some(now);
        }
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
        let Some(candidate) = candidates.iter_mut().find(|c| c.id == held.copy.engine) else { continue };
        // One that the model shows already, but without its ports, is counted once only.
        if candidate.names.insert(held.copy.name.clone()) {
            candidate.reserved.cpus += held.room.cpus;
            candidate.reserved.memory += held.room.memory;
        }
        candidate.ports.extend(held.ports.iter().cloned());
    }
    candidates
}
