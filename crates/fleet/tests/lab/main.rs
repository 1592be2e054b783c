//! The fleet against real Docker engines: `SHIPYARD_LAB` names the folder of a lab that `end2end/lab.sh up` has started.
//!
//! Tests that need all three engines as they are share a lock; those that pause one have it alone.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it stands"
)]

mod acts;
mod deploys;
mod engines;
mod help;
mod logs;
mod placement;
mod proxy;
mod stats;
