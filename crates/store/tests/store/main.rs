//! The store from outside: what it keeps, what it refuses, and what a kill does to it.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod activity;
mod full;
mod guards;
mod kill;
mod operations;
mod place;
mod records;
