//! The only place that touches the browser: everything else is plain Rust and signals.
pub mod address;
pub mod browser;
pub mod chart;
pub mod clock;
pub mod file;
pub mod passkey;
pub mod paste;
pub mod popover;
pub mod roving;
pub mod rows;
pub mod scroll;
pub mod socket;
