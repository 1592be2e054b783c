//! What containers take of an engine besides what their labels say: those that were started elsewhere have no labels but may have
//! limits, and labels do not change when limits are changed while a container runs. Docker's lists say nothing of limits, so they
//! are read, once for each container that comes to be known, and again when Docker tells of an update. Those of foreign containers
//! are read once somebody asks for room: an installation that only looks makes no such call.
use crate::snapshot::{Snapshot, holds_reservation};
use futures_util::{StreamExt, stream};
use shipyard_engine::Connection;
use shipyard_model::container::{LABEL_CPUS, LABEL_MEMORY};
use shipyard_model::{Capacity, ContainerRef};
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
    let mut known = BTreeMap::new();
    let mut wanted = demand.wanted.subscribe();
    loop {
        let foreign = *wanted.borrow_and_update();
        let now = snapshot();
        let new = unread(&now, &known, foreign);
        known.retain(|at, _| now.container(at).is_some());
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
            known.insert(at, turn);
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

/// Containers that count, whose limits were not read since they may have changed; `foreign` ones, without labels, too.
fn unread(now: &Snapshot, known: &BTreeMap<ContainerRef, Turn>, foreign: bool) -> Vec<Unread> {
    let mut new = Vec::new();
    for (id, engine) in &now.engines {
        let Some(connection) = &engine.connection else { continue };
        for container in engine.containers.iter().filter(|c| holds_reservation(c)) {
            let ours = [LABEL_CPUS, LABEL_MEMORY]
                .iter()
                .any(|label| container.labels.contains_key(*label));
            if !ours && !foreign {
                continue;
            }
            let at = ContainerRef {
                engine: id.clone(),
                id: container.id.clone(),
            };
            let turn = engine.limits_turn(&container.id);
            if known.get(&at) != Some(&turn) {
                new.push(Unread {
                    at,
                    turn,
                    labels: container.reservation(),
                    connection: connection.clone(),
                });
            }
        }
    }
    new
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
