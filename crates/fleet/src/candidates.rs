//! What placement needs to know of each engine, from a snapshot and the deploys that go on.
use crate::placement::{Candidate, TakenPort};
use crate::snapshot::{EngineState, Snapshot};

/// The engines as placement sees them, without what deploys in work have reserved.
pub(crate) fn from_snapshot(snapshot: &Snapshot) -> Vec<Candidate> {
    snapshot.engines.values().map(|engine| candidate(engine)).collect()
}

fn candidate(state: &EngineState) -> Candidate {
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
        names: state.containers.iter().map(|c| c.name.clone()).collect(),
        ports: ports.collect(),
    }
}
