//! What placement needs to know of each engine, from a snapshot and the deploys that go on.
use crate::placement::{Candidate, TakenPort};
use crate::snapshot::{EngineState, Snapshot, holds_reservation};
use shipyard_model::Container;

/// Whether whoever deploys may see a container of an engine.
pub(crate) type Sees<'s> = &'s (dyn Fn(&EngineState, &Container) -> bool + Sync);

/// The engines as placement sees them, by identity, without what deploys in work have reserved.
pub(crate) fn from_snapshot(snapshot: &Snapshot, sees: Sees<'_>) -> Vec<Candidate> {
    let engines = snapshot.engines.values();
    engines.map(|engine| candidate(engine, sees)).collect()
}

fn candidate(state: &EngineState, sees: Sees<'_>) -> Candidate {
    let alive = state.containers.iter().filter(|c| c.state.is_alive());
    let ports = alive.flat_map(|container| {
        container.ports.iter().filter_map(|port| {
            Some(TakenPort {
                ip: port.host_ip.clone(),
                port: port.host?,
                protocol: port.protocol,
                by: container.name.clone(),
            })
        })
    });
    Candidate {
        id: state.engine.id.clone(),
        name: state.engine.name.clone(),
        labels: state.engine.labels.clone(),
        capacity: state.capacity(),
        reserved: state.reserved(),
        health: state.health.clone(),
        drained: state.engine.drained,
        containers: state
            .containers
            .iter()
            .filter(|container| holds_reservation(container) && sees(state, container))
            .cloned()
            .collect(),
        names: state.containers.iter().map(|c| c.name.clone()).collect(),
        ports: ports.collect(),
    }
}
