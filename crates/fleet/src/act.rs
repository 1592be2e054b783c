//! A verb on many containers: in parallel over the engines, few at once on each, a result for each.
use crate::calls::{down, while_up};
use crate::fleet::Fleet;
use crate::operations::Running;
use futures_util::{StreamExt, stream};
use shipyard_model::operation::{Step, TargetState};
use shipyard_model::{ContainerRef, ContainerVerb, EngineId, Problem};
use std::collections::BTreeMap;
use tokio::sync::Semaphore;

/// Calls at once on one engine.
pub(crate) const PER_ENGINE: usize = 4;
/// Calls at once in one operation.
pub(crate) const IN_ALL: usize = 64;

/// Carries the verb out on each target of a running operation; `targets` stand in the order of the operation's. Those
/// of a dead engine fail at once and hold nobody up. After a cancel, what has begun ends and nothing more begins.
pub async fn act(fleet: &Fleet, running: &Running, verb: ContainerVerb, targets: Vec<ContainerRef>) {
    let mut engines: BTreeMap<EngineId, Vec<(usize, ContainerRef)>> = BTreeMap::new();
    for (index, target) in targets.into_iter().enumerate() {
        engines.entry(target.engine.clone()).or_default().push((index, target));
    }
    let permits = &Semaphore::new(IN_ALL);
    let lanes = engines.into_iter().map(|(engine, targets)| async move {
        let calls = targets
            .into_iter()
            .map(|target| one(fleet, running, verb, &engine, target, permits));
        stream::iter(calls).buffer_unordered(PER_ENGINE).collect::<()>().await;
    });
    futures_util::future::join_all(lanes).await;
}

async fn one(
    fleet: &Fleet,
    running: &Running,
    verb: ContainerVerb,
    engine: &EngineId,
    (index, target): (usize, ContainerRef),
    permits: &Semaphore,
) {
    // A dead engine's targets need no permit to fail.
    if fleet.connection(engine).is_none() {
        return running.failed(index, down(fleet, engine));
    }
    let permit = permits.acquire().await;
    if running.cancel().is_cancelled() || permit.is_err() {
        return running.state(index, TargetState::Cancelled);
    }
    running.step(index, Step::Act);
    match do_it(fleet, verb, target).await {
        Ok(()) => running.state(index, TargetState::Done),
        Err(why) => running.failed(index, why),
    }
}

async fn do_it(fleet: &Fleet, verb: ContainerVerb, target: ContainerRef) -> Result<(), Problem> {
    let ContainerRef { engine, id } = target;
    while_up(
        fleet,
        &engine,
        |connection| async move { connection.act(&id, verb).await },
    )
    .await
}
