//! Looks after lasting deploys: at each change of the fleet, and every few seconds for what only time brings.
use super::decide::{Reach, Seen, overdue};
use super::is_daemon;
use crate::roll::inspected;
use crate::{Inner, Yard};
use shipyard_fleet::{EngineState, Snapshot};
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::{Container, ContainerRef, EngineHealth, EngineId, Millis};
use shipyard_store::{KnownCopy, LastingRecord};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// What changes within this time is looked at together.
const TOGETHER: Duration = Duration::from_secs(1);
/// It is looked this often at least.
const EVERY: Duration = Duration::from_secs(5);
/// A copy that stands still for so long is no copy that its engine took away with it. An engine that is shut down stops its
/// containers first.
const STOPPED_MS: i64 = 60_000;

/// A copy in the model.
type Placed<'s> = (&'s Arc<EngineState>, &'s Arc<Container>);

/// Looks after them for as long as the yard lives, which this does not prolong.
pub(crate) fn keep(yard: &Arc<Inner>) {
    let (mut changes, stop) = (yard.gate.fleet_changes(), yard.lasting.stop.clone());
    let yard = Arc::downgrade(yard);
    tokio::spawn(stop.run_until_cancelled_owned(async move {
        let mut keeper = Keeper::default();
        while keeper.look(&yard).await.is_some() {
            if let Ok(Err(_)) = timeout(EVERY, changes.changed()).await {
                return;
            }
            sleep(TOGETHER).await;
            changes.borrow_and_update();
        }
    }));
}

/// What is remembered from look to look.
#[derive(Default)]
struct Keeper {
    /// Since when copies stand still.
    still: BTreeMap<ContainerRef, Millis>,
}

impl Keeper {
    /// `None` once the yard has ended.
    async fn look(&mut self, yard: &Weak<Inner>) -> Option<()> {
        let yard = Yard { inner: yard.upgrade()? };
        let records = yard.inner.lasting.all();
        if records.is_empty() {
            return Some(());
        }
        let (_, fleet) = yard.inner.gate.for_itself();
        let snapshot = fleet.snapshot();
        let groups = groups(&snapshot, &records);
        self.still.retain(|at, _| snapshot.container(at).is_some());
        for record in &records {
            let copies = groups.get(record.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            self.one(&yard, &snapshot, record, copies).await;
        }
        Some(())
    }

    async fn one(&mut self, yard: &Yard, snapshot: &Snapshot, record: &Arc<LastingRecord>, copies: &[Placed<'_>]) {
        let lasting = &yard.inner.lasting;
        // While something is done for it, what is there is not what there will be.
        let Some(turn) = lasting.turn(&record.id) else { return };
        if record.request.reschedule.is_some() && !record.ended {
            self.observe(yard, snapshot, record, copies).await;
        }
        if !record.moved.is_empty() && yard.lasting_tidy(record, snapshot, copies, &turn).await {
            return;
        }
        // As it was just written down.
        let Some(record) = lasting.get(&record.id).filter(|it| !it.ended) else {
            return turn.give_back();
        };
        let begun = if is_daemon(&record) {
            yard.lasting_complete(&record, snapshot, copies, turn).await
        } else {
            let due = overdue(&record, |id| reach(snapshot, id), Millis::now());
            yard.lasting_reschedule(&record, snapshot, due, turn).await
        };
        if let Some(turn) = begun {
            turn.give_back();
        }
    }

    /// Writes down which copies there are and how they were made, while their engines say so.
    async fn observe(&mut self, yard: &Yard, snapshot: &Snapshot, record: &LastingRecord, copies: &[Placed<'_>]) {
        let now = Millis::now();
        let (store, fleet) = yard.inner.gate.for_itself();
        let moved: BTreeSet<_> = record.moved.iter().map(|it| &it.from).collect();
        let away = |id: &EngineId| matches!(reach(snapshot, id), Reach::Down(_) | Reach::Unknown);
        let mut known: Vec<KnownCopy> = record.copies.iter().filter(|it| away(&it.at.engine)).cloned().collect();
        for (engine, container) in copies.iter().filter(|(engine, _)| engine.health.is_up()) {
            let at = at(engine, container);
            if container.state.is_alive() {
                self.still.remove(&at);
            } else if now.since(*self.still.entry(at.clone()).or_insert(now)) >= STOPPED_MS {
                continue;
            }
            if moved.contains(&at) {
                continue;
            }
            if let Some(before) = record.copies.iter().find(|it| it.at == at && it.name == container.name) {
                known.push(before.clone());
                continue;
            }
            let made = match inspected(fleet, &engine.engine.id, container).await {
                Ok(inspected) => inspected.made().ok(),
                // At the next look, or with its engine.
                Err(_) => continue,
            };
            known.push(KnownCopy {
                at,
                name: container.name.clone(),
                own_volumes: made.as_ref().is_some_and(|made| !made.anonymous.is_empty()),
                spec: made.map(|made| made.spec),
            });
        }
        known.sort_by(|a, b| a.at.cmp(&b.at));
        yard.lasting_edit(store, &record.id, |record| record.copies = known)
            .await;
    }
}

pub(super) fn at(engine: &EngineState, container: &Container) -> ContainerRef {
    ContainerRef {
        engine: engine.engine.id.clone(),
        id: container.id.clone(),
    }
}

/// Whether an engine can be reached.
pub(super) fn reach(snapshot: &Snapshot, id: &EngineId) -> Reach {
    match snapshot.engines.get(id).map(|engine| &engine.health) {
        Some(EngineHealth::Up) => Reach::Up,
        Some(EngineHealth::Down { since, .. }) => Reach::Down(*since),
        Some(EngineHealth::Connecting) => Reach::Unknown,
        None => Reach::Forgotten,
    }
}

/// What is known of a container.
pub(super) fn seen(snapshot: &Snapshot, at: &ContainerRef) -> Seen {
    match (reach(snapshot, &at.engine), snapshot.container(at)) {
        (Reach::Forgotten, _) | (Reach::Up, None) => Seen::Gone,
        (Reach::Up, Some((_, container))) if container.state.is_alive() => Seen::Runs,
        (Reach::Up, Some(_)) => Seen::Stands,
        (Reach::Down(_) | Reach::Unknown, _) => Seen::Unknown,
    }
}

/// The copies of each of these deploys.
fn groups<'s>(snapshot: &'s Snapshot, records: &'s [Arc<LastingRecord>]) -> BTreeMap<&'s str, Vec<Placed<'s>>> {
    let mut groups: BTreeMap<&str, Vec<Placed>> = records.iter().map(|it| (it.id.as_str(), Vec::new())).collect();
    for engine in snapshot.engines.values() {
        for container in engine.containers.iter() {
            let group = container.labels.get(LABEL_DEPLOY);
            if let Some(group) = group.and_then(|group| groups.get_mut(group)) {
                group.push((engine, container));
            }
        }
    }
    groups
}
