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
mod shown;
mod windows;

pub use containers::{Page, containers, containers_after};
pub use engines::{engine, engines};
pub use facet::{facet, facets};
pub use fleet_page::fleet;
pub use mark::ContainerMark;
pub use picked::{picked, still_picked};
pub use row::{container, row};
pub use windows::Windows;

use crate::snapshot::Snapshot;
use shipyard_model::live::Frame;

/// A count as the pages' types hold it.
fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// Counts for the frame of every page; `operations` are those that go on.
pub fn frame(snapshot: &Snapshot, operations: u32) -> Frame {
    let sums = snapshot.sums();
    Frame {
        containers: count(sums.containers),
        engines: count(sums.engines),
        engines_up: count(sums.up),
        operations,
    }
}

#[cfg(test)]
pub(crate) mod tests;
