//! One container as a table shows it.
use crate::snapshot::{EngineState, Snapshot};
use crate::stats::UsageMap;
use shipyard_model::{Container, ContainerRef, ContainerRow, ContainerState, Millis, Usage};

/// A container as a table shows it, with what it used lately.
pub fn row(engine: &EngineState, container: &Container, usage: &UsageMap, now: Millis) -> ContainerRow {
    let at = ContainerRef {
        engine: engine.engine.id.clone(),
        id: container.id.clone(),
    };
    ContainerRow {
        usage: used(&at, container, usage, now),
        at,
        engine: engine.engine.name.clone(),
        host: engine.engine.address.host().unwrap_or_default().to_owned(),
        name: container.name.clone(),
        image: container.image.clone(),
        state: container.state,
        health: container.health,
        exit_code: container.exit_code,
        stack: container.stack().map(str::to_owned),
        ports: container.ports.clone(),
        created: container.created,
        stale_since: engine.stale_since(),
        reserved: engine.reserves(container),
    }
}

/// What a container uses, while it runs.
pub(super) fn used(at: &ContainerRef, container: &Container, usage: &UsageMap, now: Millis) -> Option<Usage> {
    usage.of(at, now).filter(|_| container.state == ContainerState::Running)
}

/// The container of a page's address, by the names of its engine and its own.
pub fn container(snapshot: &Snapshot, usage: &UsageMap, engine: &str, name: &str, now: Millis) -> Option<ContainerRow> {
    let (engine, container) = snapshot.container_named(engine, name)?;
    Some(row(engine, container, usage, now))
}
