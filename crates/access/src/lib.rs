//! Who may do what: roles and permissions as one table, and what a container may be, without input or output.
//!
//! It exists as a crate of its own so that the server and the page decide by the same table: the server refuses, the
//! page hides what would be refused. It compiles to WASM. `docs/authorization.md` is rendered from the table by a test.
#![forbid(unsafe_code)]

pub mod policy;
mod role;
mod table;

pub use role::{Role, UnknownRole};
pub use table::{allows, permissions, render};
