//! What containers reserve whose limits were changed while they run. Their labels say what they reserved when they were made, and
//! Docker changes no labels; so the limit itself is read, once for each container with such labels that comes to be known.
use crate::snapshot::Snapshot;
use futures_util::{StreamExt, stream};
use shipyard_engine::Connection;
use shipyard_model::container::{LABEL_CPUS, LABEL_MEMORY};
use shipyard_model::{Capacity, ContainerRef};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// Containers that are asked about at once, over the whole fleet.
const AT_ONCE: usize = 8;
/// How often new ones are looked for.
const EVERY: Duration = Duration::from_secs(1);

/// Reads limits for as long as it is awaited, and tells those that differ from the labels.
pub(crate) async fn read(
    snapshot: impl Fn() -> Arc<Snapshot>,
    mut changes: watch::Receiver<u64>,
    tell: impl Fn(&ContainerRef, Capacity),
) {
    let mut known = BTreeSet::new();
    loop {
        let now = snapshot();
        let new = unread(&now, &known);
        known.retain(|at| now.container(at).is_some());
        let asked = stream::iter(new).map(|(at, labels, connection)| async move {
            let limits = connection.limits(&at.id).await.ok()?;
            Some((at, labels, limits))
        });
        let mut answers = asked.buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            let Some((at, labels, limits)) = answer else { continue };
            if let Some(reserves) = differs(labels, limits) {
                tell(&at, reserves);
            }
            known.insert(at);
        }
        sleep(EVERY).await;
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Containers with a reservation whose limits were not read, with how to ask.
fn unread(now: &Snapshot, known: &BTreeSet<ContainerRef>) -> Vec<(ContainerRef, Capacity, Connection)> {
    let mut new = Vec::new();
    for (id, engine) in &now.engines {
        let Some(connection) = &engine.connection else { continue };
        for container in engine.containers.iter() {
            if !container.labels.contains_key(LABEL_CPUS) && !container.labels.contains_key(LABEL_MEMORY) {
                continue;
            }
            let at = ContainerRef {
                engine: id.clone(),
                id: container.id.clone(),
            };
            if !known.contains(&at) {
                new.push((at, container.reservation(), connection.clone()));
            }
        }
    }
    new
}

/// What it reserves, where that is not what its labels say. A limit that somebody took away leaves the label's word.
fn differs(labels: Capacity, limits: Capacity) -> Option<Capacity> {
    let mut reserves = labels;
    if limits.cpus.nanos() > 0 && labels.cpus.nanos() > 0 {
        reserves.cpus = limits.cpus;
    }
    if limits.memory.get() > 0 && labels.memory.get() > 0 {
        reserves.memory = limits.memory;
    }
    (reserves != labels).then_some(reserves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{Bytes, Cpus};

    #[test]
    fn the_limit_counts_where_there_is_one_and_a_reservation() {
        let of = |cpus, memory| Capacity {
            cpus: Cpus::from_nanos(cpus),
            memory: Bytes::mib(memory),
        };
        assert_eq!(differs(of(1, 64), of(1, 64)), None);
        assert_eq!(differs(of(1, 64), of(2, 128)), Some(of(2, 128)));
        assert_eq!(differs(of(1, 64), of(0, 0)), None);
        assert_eq!(differs(of(0, 64), of(2, 64)), None, "no CPUs were reserved");
    }
}
