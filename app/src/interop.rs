//! The only place that touches the browser: everything else is plain Rust and signals.
pub mod browser;
pub mod clock;
pub mod socket;
