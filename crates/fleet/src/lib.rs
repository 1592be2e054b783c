//! All engines as one live model in memory: what changes it, what reads it, and what acts through it.
//!
//! [`Fleet`] follows each engine and keeps the last known truth of each as an immutable block behind an `Arc`. Readers
//! take a [`Snapshot`] and never wait, neither for each other nor for an engine. Everything that answers a question
//! from a snapshot ([`view`], [`placement`]) is a pure function of it. What takes time ([`act`], [`deploy`]) runs as an
//! [operation](operations), bounded in number and time, so that a slow or dead engine delays nobody but itself. Logs that
//! several read come over one stream ([`tail`]).
#![forbid(unsafe_code)]

pub mod act;
mod calls;
mod candidates;
pub mod change;
pub mod deploy;
mod digest;
mod engines;
mod fleet;
pub mod grow;
mod halt;
mod index;
pub mod journal;
mod limits;
pub mod names;
pub mod operations;
pub mod order;
mod pending;
pub mod placement;
mod pull;
pub mod quota;
mod recent;
pub mod recover;
pub mod recreate;
pub mod relocate;
pub mod roll;
pub mod snapshot;
pub mod stats;
pub mod tail;
pub mod validate;
pub mod view;
mod world;

pub use calls::while_up;
pub use engines::Engines;
pub use fleet::Fleet;
pub use operations::{Operations, Running};
pub use snapshot::{Containers, EngineState, Snapshot, Trouble};
pub use stats::{Stats, UsageMap};

#[cfg(test)]
mod tests {
    use super::*;

    fn can_be_spawned(_: impl Send + 'static) {}

    #[test]
    fn long_work_can_be_spawned() {
        let _ = |fleet: Fleet, running: Running, deploy: deploy::Prepared| {
            can_be_spawned(deploy.run());
            can_be_spawned(async move {
                act::act(&fleet, &running, shipyard_model::ContainerVerb::Stop, Vec::new()).await;
            });
        };
    }
}
