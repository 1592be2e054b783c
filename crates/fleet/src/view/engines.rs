//! Engines as their list shows them.
use super::count;
use crate::order::natural;
use crate::snapshot::{EngineState, Snapshot};
use shipyard_model::EngineRow;

/// All engines, by name.
pub fn engines(snapshot: &Snapshot) -> Vec<EngineRow> {
    let mut rows: Vec<_> = snapshot.engines.values().map(|e| engine(e)).collect();
    rows.sort_by(|a, b| natural(a.engine.name.as_str(), b.engine.name.as_str()));
    rows
}

/// One engine.
pub fn engine(state: &EngineState) -> EngineRow {
    let probe = state.probe.as_ref();
    EngineRow {
        engine: (*state.engine).clone(),
        health: state.health.clone(),
        last_seen: state.last_seen,
        version: probe.map(|p| p.version.clone()).unwrap_or_default(),
        os: probe.map(|p| p.os.clone()).unwrap_or_default(),
        architecture: probe.map(|p| p.architecture.clone()).unwrap_or_default(),
        response_us: state.response_us,
        capacity: state.capacity(),
        reserved: state.reserved(),
        running: count(state.containers.iter().filter(|c| c.state.is_alive()).count()),
        containers: count(state.containers.len()),
        server_certificate_ends: probe.and_then(|p| p.server_certificate_ends),
    }
}
