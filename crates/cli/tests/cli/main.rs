//! The real command against a real server, which has the lab's real engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking; its helpers are no tests in the eyes of clippy"
)]

mod contexts;
mod exec;
mod extensions;
mod guide;
mod hooks;
mod node;
mod original;
mod over_ssh;
mod pty;
mod scale;
mod support;
mod terminal;
mod today;
mod trust;
mod webhook_keys;
