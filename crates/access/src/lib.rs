//! Who may do what, and what a container may be: roles, pools, grants, policy and what follows from them, without input
//! or output.
//!
//! It exists as a crate of its own so that the server and the page decide by the same rules: the server refuses, the
//! page hides what would be refused. It compiles to WASM. `docs/authorization.md` is rendered from the table by a test.
#![forbid(unsafe_code)]

mod check;
pub mod policy;
mod rights;
mod role;
mod scope;
mod table;

pub use check::{check_grants, check_name, check_pool, check_role};
pub use rights::{Clause, Ground, Rights, Rules};
pub use role::{BuiltIn, UnknownRole};
pub use scope::{Area, Scope};
pub use table::{allows, built_in, permissions, render};
