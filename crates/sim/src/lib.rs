//! A simulated fleet: one process that is many Docker engines, for benches of Shipyard and for tests of what can go wrong
//! with an engine.
//!
//! It knows nothing of Shipyard, and Shipyard cannot tell it from dockerd 20.10 as far as it asks: a test makes the same
//! requests to both and compares (`tests/real`). What it is not:
//! - It runs no command. A few are known, such as `exit 3`, `sleep 5`, `echo`; all others run until they are stopped. They
//!   heed a signal at once.
//! - Restart policies are not followed, and health checks are content after their first interval, without the `exec_*`
//!   events that real ones make.
//! - Its list is copied from bytes that are there, some 180 times quicker than dockerd's. For a claim about the whole way
//!   from an engine to a page, give it a delay ([`Fault::Delay`]): dockerd needs about 50 µs a container.
//! - Docker's older way to take over a connection, without `Upgrade`, is answered in chunks.
#![forbid(unsafe_code)]

pub mod admin;
mod answer;
mod api;
mod chance;
mod changes;
mod clock;
mod config;
mod container;
mod daemon;
mod engine;
mod event;
mod exec;
mod fault;
mod feed;
mod filters;
mod later;
mod line;
mod listen;
mod load;
mod route;
mod serve;
mod sim;
mod spec;
mod summary;
mod tls;
mod version;
mod world;

pub use config::{Config, Transport};
pub use container::{Health, State, Truth};
pub use fault::{Fault, Misanswer};
pub use load::{Act, Change, Load};
pub use route::Route;
pub use sim::{Connections, Counts, EngineHandle, Sim};
pub use tls::{Shown, TlsMaterial};
pub use version::Version;
