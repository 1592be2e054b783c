//! Where something holds: which engines, and which of their containers.
use shipyard_model::access::is_in_pool;
use shipyard_model::{Container, Labels, Narrow, Pool};
use std::sync::Arc;

/// Engines and containers for which one permission holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Each is enough. Empty: nowhere.
    areas: Vec<Area>,
}

/// A part of the fleet: engines of all these pools, and on them the containers that all these narrow it to. Without
/// either it is the whole fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Pools that an engine must be of.
    pub pools: Vec<Arc<Pool>>,
    /// What a container must meet.
    pub narrows: Vec<Narrow>,
}

impl Area {
    /// Whether it is everything there is.
    pub fn is_whole(&self) -> bool {
        self.pools.is_empty() && self.narrows.is_empty()
    }

    /// Whether an engine with these labels (given in Shipyard) is in it.
    pub fn has_engine(&self, labels: &Labels) -> bool {
        self.pools.iter().all(|pool| is_in_pool(pool, labels))
    }

    /// Whether a container on one of its engines is in it.
    pub fn admits(&self, container: &Container) -> bool {
        self.narrows.iter().all(|narrow| match narrow {
            Narrow::Stack(stack) => container.stack() == Some(stack),
            Narrow::Label { key, value } => container.labels.get(key) == Some(value),
        })
    }
}

impl Scope {
    /// Of areas each of which is enough.
    pub fn of(areas: Vec<Area>) -> Self {
        match areas.iter().find(|area| area.is_whole()) {
            Some(whole) => Self {
                areas: vec![whole.clone()],
            },
            None => Self { areas },
        }
    }

    /// The areas.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// Whether it is everything there is.
    pub fn is_whole(&self) -> bool {
        self.areas.iter().any(Area::is_whole)
    }

    /// Whether it is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// Whether an engine with these labels is in it, in part or whole.
    pub fn has_engine(&self, labels: &Labels) -> bool {
        self.areas.iter().any(|area| area.has_engine(labels))
    }

    /// Whether all containers of an engine with these labels are in it, those too that do not exist yet.
    pub fn has_whole_engine(&self, labels: &Labels) -> bool {
        self.areas
            .iter()
            .any(|area| area.narrows.is_empty() && area.has_engine(labels))
    }

    /// Whether a container of an engine with these labels is in it.
    pub fn has_container(&self, labels: &Labels, container: &Container) -> bool {
        self.areas
            .iter()
            .any(|area| area.has_engine(labels) && area.admits(container))
    }
}
