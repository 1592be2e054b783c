//! What is measured, by the numbers of the list of figures (`docs/performance.md`).
pub(crate) mod browser;
pub(crate) mod engine;
pub(crate) mod events;
pub(crate) mod logs;
pub(crate) mod pages;
pub(crate) mod rest;
pub(crate) mod sizes;
pub(crate) mod start;
pub(crate) mod trouble;

use crate::server::Server;
use crate::simulated::Simulated;

/// What measures work with: the fleet, a server that knows it, and somebody signed in.
pub(crate) struct Bench<'b> {
    pub(crate) simulated: &'b Simulated,
    pub(crate) server: Server,
    pub(crate) session: String,
}

/// A figure in milliseconds, as it is printed.
pub(crate) fn ms(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.2} ms")
    } else {
        format!("{value:.0} ms")
    }
}
