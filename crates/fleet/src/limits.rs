//! What containers take of an engine besides what their labels say: those that were started elsewhere have no labels but may have
//! limits, and labels do not change when limits are changed while a container runs. Docker's lists say nothing of limits, so they
//! are read, once for each container that comes to be known, and again when Docker tells of an update. Those of foreign containers
//! are read once somebody asks for room: an installation that only looks makes no such call.
use crate::snapshot::{EngineState, Snapshot, holds_reservation};
use futures_util::{StreamExt, stream};
use shipyard_engine::Connection;
use shipyard_model::container::{LABEL_CPUS, LABEL_MEMORY};
use shipyard_model::{Capacity, ContainerId, ContainerRef, EngineId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Containers that are asked about at once, over the whole fleet.
const AT_ONCE: usize = 8;
/// How often new ones are looked for.
const EVERY: Duration = Duration::from_secs(1);

/// Longest time that who asks for room waits for the limits of foreign containers.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the limits of foreign containers are asked for, and whether they were read once since.
#[derive(Clone)]
pub(crate) struct Demand {
    wanted: watch::Sender<bool>,
    read: watch::Sender<bool>,
}

impl Demand {
    pub(crate) fn new() -> Self {
        Self {
            wanted: watch::channel(false).0,
            read: watch::channel(false).0,
        }
    }

    /// Asks for the limits of foreign containers, and waits until those that there are were read, a few seconds at most.
    pub(crate) async fn ask(&self) {
        self.wanted.send_if_modified(|wanted| !std::mem::replace(wanted, true));
        let mut read = self.read.subscribe();
        // Who does not answer in time counts when it does.
        let _ = timeout(PATIENCE, read.wait_for(|read| *read)).await;
    }
}

/// Tells when a container's limits were read whether they are still the same.
type Turn = (u64, u64);

/// Reads limits for as long as it is awaited, and tells what each container takes.
pub(crate) async fn read(
    snapshot: impl Fn() -> Arc<Snapshot>,
    mut changes: watch::Receiver<u64>,
    demand: Demand,
    tell: impl Fn(&ContainerRef, Capacity),
) {
    let mut known = Known::new();
    let mut wanted = demand.wanted.subscribe();
    loop {
        let foreign = *wanted.borrow_and_update();
        let new = unread(&snapshot(), &mut known, foreign);
        let asked = stream::iter(new).map(
            |Unread {
                 at,
                 turn,
                 labels,
                 connection,
             }| async move {
                let limits = connection.limits(&at.id).await.ok()?;
                Some((at, turn, takes(labels, limits)))
            },
        );
        let mut answers = asked.buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            let Some((at, turn, takes)) = answer else { continue };
            tell(&at, takes);
            if let Some(engine) = known.get_mut(&at.engine) {
                engine.read.insert(at.id, turn);
            }
        }
        if foreign {
            demand.read.send_replace(true);
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            _ = wanted.changed() => continue,
        }
        tokio::select! {
            more = changes.changed() => if more.is_err() { return },
            _ = wanted.changed() => {}
        }
    }
}

struct Unread {
    at: ContainerRef,
    turn: Turn,
    labels: Capacity,
    connection: Connection,
}

/// What was read of each engine.
type Known = BTreeMap<EngineId, OfEngine>;

/// What was read of an engine's containers.
#[derive(Default)]
struct OfEngine {
    /// As it was when nothing of it was unread, and whether foreign containers were read then: as long as its containers are the
    /// same, nothing of them is looked at again.
    settled: Option<(Arc<EngineState>, bool)>,
    read: BTreeMap<ContainerId, Turn>,
}

/// Containers that count, whose limits were not read since they may have changed; `foreign` ones, without labels, too.
fn unread(now: &Snapshot, known: &mut Known, foreign: bool) -> Vec<Unread> {
    let mut new = Vec::new();
    for (id, engine) in now.engines.iter() {
        let known = known.entry(id.clone()).or_default();
        if let Some((state, _)) = known.settled.as_mut().filter(|(_, was)| *was == foreign) {
            if Arc::ptr_eq(state, engine) {
                continue;
            }
            // A sign of life says nothing of containers.
            if is_as_before(state, engine) {
                *state = Arc::clone(engine);
                continue;
            }
        }
        known.read.retain(|id, _| engine.containers.get(id).is_some());
        let Some(connection) = &engine.connection else { continue };
        let before = new.len();
        for container in engine.containers.iter().filter(|c| holds_reservation(c)) {
            let ours = [LABEL_CPUS, LABEL_MEMORY]
                .iter()
                .any(|label| container.labels.contains_key(label));
            if !ours && !foreign {
                continue;
            }
            let turn = engine.limits_turn(&container.id);
            if known.read.get(&container.id) != Some(&turn) {
                new.push(Unread {
                    at: ContainerRef {
                        engine: id.clone(),
                        id: container.id.clone(),
                    },
                    turn,
                    labels: container.reservation(),
                    connection: connection.clone(),
                });
            }
        }
        known.settled = (new.len() == before).then(|| (Arc::clone(engine), foreign));
    }
    // All that there are are known now: what is more has gone.
    if known.len() > now.engines.len() {
        known.retain(|id, _| now.engines.contains_key(id));
    }
    new
}

/// Whether all that is asked of an engine here is what it was.
fn is_as_before(before: &EngineState, now: &EngineState) -> bool {
    now.connection.is_some()
        && (before.connected, &before.updates) == (now.connected, &now.updates)
        && before.containers.is(&now.containers)
}

/// What it takes: its limits, and where it has none what its labels say.
fn takes(labels: Capacity, limits: Capacity) -> Capacity {
    let mut takes = labels;
    if limits.cpus.nanos() > 0 {
        takes.cpus = limits.cpus;
    }
    if limits.memory.get() > 0 {
        takes.memory = limits.memory;
    }
    takes
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{Bytes, Cpus};

    #[test]
    fn the_limit_counts_where_there_is_one() {
        let of = |cpus, memory| Capacity {
            cpus: Cpus::from_nanos(cpus),
            memory: Bytes::mib(memory),
        };
        assert_eq!(takes(of(1, 64), of(2, 128)), of(2, 128));
        assert_eq!(takes(of(1, 64), of(0, 0)), of(1, 64));
        assert_eq!(takes(of(0, 0), of(2, 64)), of(2, 64), "it was started elsewhere");
    }
}
