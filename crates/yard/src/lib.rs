//! The use cases: authorize, check, plan, do, record. The only way to the fleet and the store.
//!
//! Every surface (server functions, sockets, the sign-in page) is a thin decoder in front of [`Yard`]. A use case takes
//! an [`Actor`], which only [`Yard::actor`] hands out, and reaches what it works on through the gate, which asks for the
//! one permission that it names. Each file holds one group of use cases as an `impl Yard`.
#![forbid(unsafe_code)]

mod access;
mod accounts;
mod activity;
mod actor;
mod containers;
mod deploy;
mod detail;
mod engines;
mod fault;
mod figures;
mod gate;
mod happening;
mod live;
mod open;
mod policy;
mod scoped;
mod sessions;
mod streams;

pub use accounts::{ResetError, SignInError, SignedIn, Who, reset_password};
pub use activity::{ExportFormat, VerifyError, verify_activity};
pub use actor::{Actor, Via};
pub use figures::Figures;
pub use live::{Feed, ViewFeed};
pub use open::{FirstPassword, OpenError, YardSettings};
pub use sessions::Sessions;
pub use shipyard_engine::LogOptions;

use std::sync::Arc;

/// The yard: all that can be done with engines and containers. A cheap clone.
#[derive(Clone)]
pub struct Yard {
    pub(crate) inner: Arc<Inner>,
}

/// What all use cases share.
pub(crate) struct Inner {
    /// The way to fleet and store.
    pub(crate) gate: gate::Gate,
    /// Who may sign in.
    pub(crate) accounts: accounts::Accounts,
    /// What the engines' use cases need besides.
    pub(crate) engines: engines::Engines,
    /// Where use cases say what they do.
    pub(crate) activity: activity::Activity,
    /// Looks after the log for as long as the yard lives.
    pub(crate) _keeper: activity::Keeper,
}
