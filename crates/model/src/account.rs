//! People: accounts and what the page may know of the signed-in one.
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// One thing that a role may allow. Every use case of `shipyard-yard` names exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// See engines, containers and figures of the fleet.
    FleetView,
    /// Read logs of containers.
    ContainerLogs,
    /// Inspect a container with its environment's values shown.
    ContainerSecrets,
    /// Start, stop, restart, pause, unpause and kill containers.
    ContainerOperate,
    /// Remove containers.
    ContainerRemove,
    /// Plan and make deploys.
    Deploy,
    /// Add, edit, try and remove engines.
    EngineManage,
    /// Read and export what people did and what Docker reported.
    ActivityRead,
    /// Change one's own password and end one's own sessions.
    OwnAccount,
}

impl Permission {
    /// All of them, in the order of the table in `docs/authorization.md`.
    pub const ALL: [Self; 9] = [
        Self::FleetView,
        Self::ContainerLogs,
        Self::ContainerSecrets,
        Self::ContainerOperate,
        Self::ContainerRemove,
        Self::Deploy,
        Self::EngineManage,
        Self::ActivityRead,
        Self::OwnAccount,
    ];
}

/// An account without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The name it signs in with, unique without regard to case.
    pub name: String,
    /// Name of its role.
    pub role: String,
    /// When it was made.
    pub created: Millis,
    /// Whether the password must be changed before anything else opens.
    pub must_change_password: bool,
}

/// What a page is told about who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The account's name.
    pub account: String,
    /// The account's role.
    pub role: String,
    /// What it may do: a page hides the rest, the server decides all the same.
    pub may: Vec<Permission>,
}
