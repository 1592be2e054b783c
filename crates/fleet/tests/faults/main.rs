//! What goes wrong with engines, on simulated ones: the simulator is compared with a real dockerd in its own tests.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails where it stands"
)]

mod fleet;
mod many;
mod one;
mod versions;
