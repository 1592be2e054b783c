//! What pages are shown, made from a snapshot: pure functions that never wait and call nobody.
mod containers;
mod engines;
mod facet;
mod few;
mod filter;
mod fleet_page;
mod mark;
mod picked;
mod row;

pub use containers::{containers, containers_after};
pub use engines::{engine, engines};
pub use facet::{facet, facets};
pub use fleet_page::fleet;
pub use mark::ContainerMark;
pub use picked::{picked, still_picked};
pub use row::{container, row};

use crate::snapshot::Snapshot;
use shipyard_model::live::Frame;

/// A count as the pages' types hold it.
fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// Counts for the frame of every page; `operations` are those that go on.
pub fn frame(snapshot: &Snapshot, operations: u32) -> Frame {
    Frame {
        containers: count(snapshot.engines.values().map(|e| e.containers.len()).sum()),
        engines: count(snapshot.engines.len()),
        engines_up: count(snapshot.engines.values().filter(|e| e.health.is_up()).count()),
        operations,
    }
}

#[cfg(test)]
pub(crate) mod tests;
