//! The yard from outside: accounts and engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails where it stands")]

mod access;
mod accounts;
mod activity;
mod engines;
mod hooks;
mod nodes;
mod passkeys;
mod place;
mod policy;
