//! What deploys and changes in work have reserved and the model does not show yet, so that two at once never take the same
//! room.
use crate::candidates::{self, Sees};
use crate::grow::{self, Grown, Growth};
use crate::placement::{self, Candidate, TakenPort};
use crate::quota::{self, PoolQuota};
use crate::snapshot::{EngineState, Snapshot};
use shipyard_model::container::{ContainerLabels, LABEL_DEPLOY, LABELS_OWN};
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, Plan, PlannedCopy};
use shipyard_model::{Capacity, Container, ContainerId, ContainerState, EngineId, Millis, OperationId, Problem};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a reservation outlives its operation, for the model to show the container.
pub(crate) const AFTER: Duration = Duration::from_secs(30);

/// Reservations in the order they were made.
#[derive(Default)]
pub(crate) struct Pending(Mutex<All>);

#[derive(Default)]
struct All {
    copies: Vec<Held>,
    grown: Grown,
}

struct Held {
    operation: OperationId,
    copy: PlannedCopy,
    /// As it will be in the model.
    container: Arc<Container>,
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
            c.labels.get(LABEL_DEPLOY) == self.container.labels.get(LABEL_DEPLOY)
                // Ports show when it runs, so until then this entry keeps them.
                && (self.ports.is_empty() || c.state.is_alive() || self.ended.is_some())
        })
    }
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans with what is reserved taken into account, and reserves nothing.
    pub(crate) fn plan(&self, within: &Within<'_>, request: &DeployRequest) -> Plan {
        within.plan(&mut self.lock(), request)
    }

    /// Plans and, when the plan has no problem, reserves what it needs, in one step. Its containers will bear `group` as
    /// their label.
    pub(crate) fn reserve(
        &self,
        within: &Within<'_>,
        request: &DeployRequest,
        operation: &OperationId,
        group: &str,
    ) -> Plan {
        let mut held = self.lock();
        let plan = within.plan(&mut held, request);
        if plan.problems.is_empty() {
            let spec = &request.spec;
            held.copies.extend(plan.copies.iter().map(|copy| Held {
                operation: operation.clone(),
                copy: copy.clone(),
                container: Arc::new(to_be(copy, spec, within.labels, group)),
                room: Capacity {
                    cpus: spec.cpus,
                    memory: spec.memory,
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
            .copies
            .retain(|held| held.operation != *operation || held.copy != *copy);
    }

    /// The operation ended: what it made shows soon.
    pub(crate) fn ended(&self, operation: &OperationId) {
        let now = Instant::now();
        for held in self
            .lock()
            .copies
            .iter_mut()
            .filter(|held| held.operation == *operation)
        {
            held.ended = Some(now);
        }
    }

    /// What speaks against changes of containers; when nothing does, an operation that is given takes their room.
    pub(crate) fn grow(
        &self,
        snapshot: &dyn Fn() -> Arc<Snapshot>,
        changes: &[Growth],
        quotas: &[PoolQuota],
        operation: Option<&OperationId>,
    ) -> Vec<Problem> {
        let mut held = self.lock();
        let snapshot = snapshot();
        held.tidy(&snapshot);
        let taken = |engine: &EngineState| held.taken(engine);
        let problems = grow::problems(&snapshot, &taken, changes, quotas);
        if let Some(operation) = operation.filter(|_| problems.is_empty()) {
            held.grown.hold(operation, changes);
        }
        problems
    }

    /// The operation that took room for changes ended.
    pub(crate) fn grown(&self, operation: &OperationId, is_done: &dyn Fn(&Growth) -> bool) {
        self.lock().grown.end(operation, is_done);
    }
}

impl All {
    fn tidy(&mut self, snapshot: &Snapshot) {
        let is_due = |held: &Held| held.ended.is_none_or(|at| at.elapsed() < AFTER);
        self.copies.retain(|held| is_due(held) && !held.shows(snapshot));
        self.grown.tidy(snapshot);
    }

    /// What an engine's containers reserve, with all that is held there.
    fn taken(&self, engine: &EngineState) -> Capacity {
        let (mut taken, grown) = (engine.reserved(), self.grown.beyond(engine));
        taken.cpus += grown.cpus;
        taken.memory += grown.memory;
        for held in self.copies.iter().filter(|held| held.copy.engine == engine.engine.id) {
            // One that the model shows already, but without its ports, is counted once only.
            if engine.by_name(&held.copy.name).is_none() {
                taken.cpus += held.room.cpus;
                taken.memory += held.room.memory;
            }
        }
        taken
    }
}

/// The fleet as one deploy may use it.
pub(crate) struct Within<'f> {
    /// Everything, as it is at the moment of asking: an older state than the one that a reservation was let go for would
    /// show neither the reservation nor the container.
    pub(crate) all: Box<dyn Fn() -> Arc<Snapshot> + 'f>,
    /// The engines that it may go to.
    pub(crate) engines: &'f (dyn Fn(&EngineId) -> bool + Sync),
    /// The containers that its affinity may know of.
    pub(crate) sees: Sees<'f>,
    /// What it may not go beyond.
    pub(crate) quotas: &'f [PoolQuota],
    /// What its containers bear besides their own labels.
    pub(crate) labels: &'f [(String, String)],
    /// As in [`crate::deploy::Bounds::as_named`].
    pub(crate) as_named: bool,
}

impl Within<'_> {
    fn plan(&self, held: &mut All, request: &DeployRequest) -> Plan {
        let snapshot = (self.all)();
        let all = with_held(&snapshot, held, self.sees);
        let mine = all.iter().filter(|engine| (self.engines)(&engine.id));
        let mut plan = placement::plan(mine, &self.labelled(request));
        plan.problems.extend(quota::broken(&all, &plan, request, self.quotas));
        let taken = self.own_name(request, &mut plan, &all);
        plan.problems.extend(taken);
        plan
    }

    /// Gives a single copy the name that was asked for, which others may have on other engines; says why it cannot have it.
    fn own_name(&self, request: &DeployRequest, plan: &mut Plan, all: &[Candidate]) -> Option<Problem> {
        let (name, [copy]) = (request.spec.name.trim(), plan.copies.as_mut_slice()) else {
            return None;
        };
        if !self.as_named || name.is_empty() || request.copies != Copies::Total(1) || copy.name == name {
            return None;
        }
        let engine = all.iter().find(|engine| engine.id == copy.engine)?;
        if engine.names.contains(name) {
            // By whom is not told: it may be out of scope.
            let detail = format!("The name “{name}” is taken on “{}”.", engine.name);
            let taken = Problem::new(409, "deploy.name-taken", detail)
                .hint("Choose another one, or leave it empty to have it made of the image's.");
            return Some(taken.arg("name", name).arg("engine", &engine.name).field("name"));
        }
        name.clone_into(&mut copy.name);
        for verdict in plan.engines.iter_mut().filter(|verdict| verdict.engine == copy.engine) {
            verdict.copies = vec![copy.name.clone()];
        }
        None
    }

    /// The request with all labels of its containers, where affinity may ask for them.
    fn labelled<'r>(&self, request: &'r DeployRequest) -> Cow<'r, DeployRequest> {
        if request.affinity.is_empty() || self.labels.is_empty() {
            return Cow::Borrowed(request);
        }
        let mut request = request.clone();
        // Those of Shipyard's own are no matter of affinity, and not for anybody to ask for.
        for (key, value) in self.labels.iter().filter(|(key, _)| !key.starts_with(LABELS_OWN)) {
            let labels = &mut request.spec.labels;
            if !labels.iter().any(|(known, _)| known == key) {
                labels.push((key.clone(), value.clone()));
            }
        }
        Cow::Owned(request)
    }
}

/// A copy as the model will show it once it is made.
fn to_be(copy: &PlannedCopy, spec: &ContainerSpec, more: &[(String, String)], group: &str) -> Container {
    let mut labels: ContainerLabels = spec.labels.iter().chain(more).cloned().collect();
    labels.insert(LABEL_DEPLOY, group);
    Container {
        id: ContainerId::new(String::new()),
        name: copy.name.clone(),
        image: spec.image.trim().to_owned(),
        command: String::new(),
        state: ContainerState::Created,
        health: None,
        exit_code: None,
        created: Millis(0),
        ports: Vec::new(),
        labels,
        networks: Vec::new(),
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

/// The engines, by identity, with what deploys and changes in work have reserved on them.
fn with_held(snapshot: &Snapshot, held: &mut All, sees: Sees<'_>) -> Vec<Candidate> {
    held.tidy(snapshot);
    let mut candidates = candidates::from_snapshot(snapshot, sees);
    if !held.grown.is_empty() {
        for (candidate, engine) in candidates.iter_mut().zip(snapshot.engines.values()) {
            let grown = held.grown.beyond(engine);
            candidate.reserved.cpus += grown.cpus;
            candidate.reserved.memory += grown.memory;
        }
    }
    for held in &held.copies {
        let at = candidates.binary_search_by(|candidate| candidate.id.cmp(&held.copy.engine));
        let candidate = at.ok().and_then(|at| candidates.get_mut(at));
        let (Some(candidate), Some(engine)) = (candidate, snapshot.engines.get(&held.copy.engine)) else {
            continue;
        };
        // One that the model shows already, but without its ports, is counted once only.
        if candidate.names.insert(held.copy.name.clone()) {
            candidate.reserved.cpus += held.room.cpus;
            candidate.reserved.memory += held.room.memory;
            if sees(engine, &held.container) {
                candidate.containers.push(Arc::clone(&held.container));
            }
        }
        candidate.ports.extend(held.ports.iter().cloned());
    }
    candidates
}

#[cfg(test)]
#[path = "pending_tests.rs"]
mod tests;
