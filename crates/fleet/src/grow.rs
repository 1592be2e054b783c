//! Room that changes of containers take: held from the moment they are judged until the model shows it, so that two at once,
//! or one beside a deploy, never go beyond an engine or a quota together.
use crate::fleet::Fleet;
use crate::pending::AFTER;
use crate::quota::PoolQuota;
use crate::recreate::beside;
use crate::snapshot::{EngineState, Snapshot, holds_reservation};
use shipyard_model::{Capacity, ContainerId, EngineId, OperationId, Problem};
use std::time::Instant;

/// What a change makes of one container's reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Its engine.
    pub engine: EngineId,
    /// The container as it is now.
    pub container: ContainerId,
    /// Its name, which stays.
    pub name: String,
    /// What counts of it before: nothing while it stands still.
    pub before: Capacity,
    /// What counts of it then.
    pub after: Capacity,
}

impl Growth {
    /// The most of the two: what is given back is there again once the change is done, and not before, as it may be undone.
    fn most(&self) -> Capacity {
        Capacity {
            cpus: self.before.cpus.max(self.after.cpus),
            memory: self.before.memory.max(self.after.memory),
        }
    }
}

/// A growth that is held for an operation.
pub(crate) struct Held {
    operation: OperationId,
    growth: Growth,
    ended: Option<Instant>,
}

impl Held {
    /// Whether it is over: the model shows it, or had time enough to.
    fn is_over(&self, snapshot: &Snapshot) -> bool {
        let Some(at) = self.ended else { return false };
        let engine = snapshot.engines.get(&self.growth.engine);
        at.elapsed() >= AFTER || engine.is_none_or(|engine| self.counted(engine) == self.growth.after)
    }

    /// What the model counts now for the container and for what takes its place: while one is made anew, both are there.
    fn counted(&self, engine: &EngineState) -> Capacity {
        let Growth { name, container, .. } = &self.growth;
        let names = [
            name.clone(),
            beside(name, "by", self.operation.as_str()),
            beside(name, "before", container.short()),
        ];
        let mut sum = Capacity::default();
        let its = engine
            .containers
            .iter()
            .filter(|it| holds_reservation(it) && names.contains(&it.name));
        for one in its.map(|it| engine.reserves(it)) {
            sum.cpus += one.cpus;
            sum.memory += one.memory;
        }
        sum
    }
}

/// Growths that are held.
#[derive(Default)]
pub(crate) struct Grown(Vec<Held>);

impl Grown {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn tidy(&mut self, snapshot: &Snapshot) {
        self.0.retain(|held| !held.is_over(snapshot));
    }

    pub(crate) fn hold(&mut self, operation: &OperationId, changes: &[Growth]) {
        self.0.extend(changes.iter().map(|growth| Held {
            operation: operation.clone(),
            growth: growth.clone(),
            ended: None,
        }));
    }

    /// The operation ended: what is done shows soon, and the rest is given back.
    pub(crate) fn end(&mut self, operation: &OperationId, is_done: &dyn Fn(&Growth) -> bool) {
        let is_its = |held: &Held| held.operation == *operation;
        self.0.retain(|held| !is_its(held) || is_done(&held.growth));
        let now = Instant::now();
        self.0
            .iter_mut()
            .filter(|held| is_its(held))
            .for_each(|held| held.ended = Some(now));
    }

    /// What they take on an engine beyond what the model counts.
    pub(crate) fn beyond(&self, engine: &EngineState) -> Capacity {
        let mut sum = Capacity::default();
        for held in self.0.iter().filter(|held| held.growth.engine == engine.engine.id) {
            let (most, counted) = (held.growth.most(), held.counted(engine));
            sum.cpus += most.cpus.saturating_sub(counted.cpus);
            sum.memory += most.memory.saturating_sub(counted.memory);
        }
        sum
    }
}

/// What speaks against changes, where `taken` is what each engine's containers take with all that is held.
pub(crate) fn problems(
    snapshot: &Snapshot,
    taken: &dyn Fn(&EngineState) -> Capacity,
    changes: &[Growth],
    quotas: &[PoolQuota],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let Some(engine) = snapshot.engines.get(&change.engine) else {
            continue;
        };
        let earlier = changes.iter().take(at).filter(|it| it.engine == change.engine);
        problems.extend(room(engine, taken(engine), earlier, change));
    }
    for quota in quotas {
        problems.extend(quota.broken_by(snapshot, taken, changes));
    }
    problems
}

/// What of an engine is not enough for a change that comes after others of the same operation.
fn room<'c>(
    engine: &EngineState,
    mut taken: Capacity,
    earlier: impl Iterator<Item = &'c Growth>,
    change: &Growth,
) -> Vec<Problem> {
    for it in earlier {
        taken.cpus += it.after.cpus.saturating_sub(it.before.cpus);
        taken.memory += it.after.memory.saturating_sub(it.before.memory);
    }
    let (has, mine) = (engine.capacity(), change.before);
    let free = Capacity {
        cpus: has.cpus.saturating_sub(taken.cpus.saturating_sub(mine.cpus)),
        memory: has.memory.saturating_sub(taken.memory.saturating_sub(mine.memory)),
    };
    let name = &engine.engine.name;
    let mut problems = Vec::new();
    let mut lacks = |field: &str, what: &str, free: String, of: String| {
        let detail = format!("“{name}” has not enough {what}: {free} of {of} free.");
        problems.push(
            Problem::new(422, "change.no-room", detail)
                .field(field)
                .arg("engine", name)
                .arg("free", free)
                .arg("of", of),
        );
    };
    if change.after.cpus > change.before.cpus && change.after.cpus > free.cpus {
        lacks("cpus", "CPUs", free.cpus.to_string(), has.cpus.to_string());
    }
    if change.after.memory > change.before.memory && change.after.memory > free.memory {
        lacks("memory", "memory", free.memory.to_string(), has.memory.to_string());
    }
    problems
}

/// Room that a change of containers holds. Dropped, all of it is given back.
pub struct Growing {
    fleet: Fleet,
    operation: OperationId,
    /// Whether its end was told.
    ended: bool,
}

impl Growing {
    /// Takes the room of changes for an operation.
    ///
    /// # Errors
    /// What speaks against them now; nothing is held then.
    pub fn take(
        fleet: &Fleet,
        operation: &OperationId,
        changes: &[Growth],
        quotas: &[PoolQuota],
    ) -> Result<Self, Vec<Problem>> {
        let problems = fleet
            .pending()
            .grow(&|| fleet.snapshot(), changes, quotas, Some(operation));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            fleet: fleet.clone(),
            operation: operation.clone(),
            ended: false,
        })
    }

    /// What would speak against taking the room now.
    pub fn problems(fleet: &Fleet, changes: &[Growth], quotas: &[PoolQuota]) -> Vec<Problem> {
        fleet.pending().grow(&|| fleet.snapshot(), changes, quotas, None)
    }

    /// The change ended: what is done counts until the model shows it, the rest is given back.
    pub fn end(mut self, is_done: &dyn Fn(&Growth) -> bool) {
        self.ended = true;
        self.fleet.pending().grown(&self.operation, is_done);
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        if !self.ended {
            self.fleet.pending().grown(&self.operation, &|_| false);
        }
    }
}

#[cfg(test)]
#[path = "grow_tests.rs"]
mod tests;
