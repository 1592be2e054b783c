//! The server as its users meet it: a real process, over real connections. One program for all of these tests, so that
//! it is linked once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; its helpers are no tests in the eyes of clippy"
)]

mod activity;
mod api;
mod crash;
mod entry;
mod exec;
mod hooks;
mod incidents;
mod lab;
mod lists;
mod logs;
mod matrix;
mod metrics;
mod nodes;
mod pages;
mod peers;
mod people;
mod process;
mod refusals;
mod reset;
mod revoke;
mod secrets;
mod socket;
mod support;
mod survival;
mod texts;
mod tls;
mod v2;
mod webhooks;
