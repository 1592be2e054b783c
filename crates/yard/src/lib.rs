//! The use cases: authorize, check, plan, do, record. The only way to the fleet and the store.
//!
//! Every surface (server functions, sockets, the sign-in page) is a thin decoder in front of [`Yard`]. A use case takes
//! an [`Actor`], which only this crate's accounts make, and reaches what it works on through the gate, which asks for the
//! permission that it names. Each file holds one group of use cases as an `impl Yard`.
#![forbid(unsafe_code)]

mod access;
mod accounts;
mod activity;
mod asking;
mod change;
mod containers;
mod deploy;
mod detail;
mod doctor;
mod drain;
mod engines;
mod exec;
mod fault;
mod figures;
mod find;
mod gate;
mod happening;
mod history;
mod hooks;
mod images;
mod journal;
mod lasting;
mod live;
mod looking;
mod nodes;
mod open;
mod placing;
mod policy;
mod roll;
mod scale;
mod scoped;
mod sessions;
mod streams;
mod templates;
mod texts;
mod usage;
mod webhooks;

pub use accounts::{ResetError, SignInError, SignedIn, Who, reset_password};
pub use activity::{ExportFormat, VerifyError, verify_activity};
pub use actor::{Actor, Via};
pub use exec::{ExecRecord, Executing};
pub use figures::{Figures, ProcessFigures};
pub use find::Labels;
pub use hooks::HookSettings;
pub use live::{Feed, Mover, ViewFeed};
pub use open::{FirstPassword, OpenError, YardSettings};
pub use sessions::Sessions;
pub use shipyard_engine::{CallTimes, Exec, ExecHandle};
pub use shipyard_fleet::order::natural;
pub use shipyard_fleet::tail::LogCursor;
pub use shipyard_fleet::view::ContainerMark;
pub use streams::LogOptions;
pub use usage::UsageOf;
pub use webhooks::Signed;

pub(crate) use accounts::actor;
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
    /// What the nodes' use cases need besides.
    pub(crate) nodes: nodes::Nodes,
    /// Keys by which registries and builds say that an image is newer.
    pub(crate) webhooks: webhooks::Webhooks,
    /// Deploys that are looked after.
    pub(crate) lasting: lasting::Lasting,
    /// Where use cases say what they do.
    pub(crate) activity: activity::Activity,
    /// Where activity is sent.
    pub(crate) hooks: hooks::Hooks,
    /// Looks after the log for as long as the yard lives.
    pub(crate) _keeper: activity::Keeper,
    /// What engines are asked for plans.
    pub(crate) asking: asking::Asking,
    /// What the doctor looks at.
    pub(crate) places: doctor::Places,
}
