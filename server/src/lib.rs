//! The server: decodes what comes over HTTP and sockets, asks the yard, and encodes the answer.
//!
//! It knows cookies, HTML, sockets and files; it does not know Docker, sled or roles. Every way in is listed in
//! `router`, every layer around them in `middleware`, and everything that acts goes through
//! [`Yard`](shipyard_yard::Yard) with an actor that `guards` authenticated.
#![forbid(unsafe_code)]

mod accept;
mod activity;
mod api;
mod assets;
mod commands;
pub mod config;
mod functions;
mod guards;
mod health;
mod lifecycle;
mod metrics;
mod middleware;
mod origin;
mod pages;
mod preferences;
mod problem;
mod router;
mod sessions;
mod sockets;
mod state;
mod telemetry;
mod texts;
pub mod tls;
mod v2;
mod webhooks;

use std::process::ExitCode;

/// Reads the configuration, runs the server until it is told to stop, and says how it went.
///
/// Exit codes: 0 after an orderly end, 2 for wrong flags, 78 (`EX_CONFIG`) for a configuration or data folder that
/// cannot be used, 1 for anything else. `activity verify` exits with 1 when the record is not what was written.
pub fn run() -> ExitCode {
    lifecycle::run()
}

/// The table of all settings as Markdown, for the README.
pub fn configuration_table() -> String {
    config::table::render()
}
