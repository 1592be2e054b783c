//! People: accounts and what the page may know of the signed-in one.
use crate::access::Grant;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// One thing that a role may allow. Every use case of `shipyard-yard` names exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// See engines, containers and figures of the fleet.
    FleetView,
    /// Read logs of containers.
    ContainerLogs,
    /// Inspect a container: all its settings, the values of its environment hidden.
    ContainerInspect,
    /// Inspect a container with its environment's values shown.
    ContainerSecrets,
    /// Run commands inside containers.
    ContainerExec,
    /// Start, stop, restart, pause, unpause and kill containers.
    ContainerOperate,
    /// Remove containers.
    ContainerRemove,
    /// Plan and make deploys.
    Deploy,
    /// Add, edit, try and remove engines.
    EngineManage,
    /// Try an engine that is down now, rather than at its next turn.
    EngineRetry,
    /// See accounts, roles, pools and tokens.
    AccessView,
    /// Create, invite, disable and remove accounts, and revoke tokens.
    AccountManage,
    /// Change roles, pools and grants.
    GrantManage,
    /// Read and export what people did and what Docker reported.
    ActivityRead,
    /// Make, change and remove hooks, which send activity to other programs, and read what became of it.
    HookManage,
    /// Change one's own password, second factor, passkeys, tokens and preferences, end one's own sessions, and read what
    /// one did.
    OwnAccount,
}

impl Permission {
    /// All of them, in the order of the table in `docs/authorization.md`.
    pub const ALL: [Self; 16] = [
        Self::FleetView,
        Self::ContainerLogs,
        Self::ContainerInspect,
        Self::ContainerSecrets,
        Self::ContainerExec,
        Self::ContainerOperate,
        Self::ContainerRemove,
        Self::Deploy,
        Self::EngineManage,
        Self::EngineRetry,
        Self::AccessView,
        Self::AccountManage,
        Self::GrantManage,
        Self::ActivityRead,
        Self::HookManage,
        Self::OwnAccount,
    ];

    /// Whether it is of Shipyard itself and not of engines: it holds only where a grant is for the whole fleet.
    pub const fn is_global(self) -> bool {
        matches!(
            self,
            Self::EngineManage
                | Self::AccessView
                | Self::AccountManage
                | Self::GrantManage
                | Self::ActivityRead
                | Self::HookManage
        )
    }

    /// Whether it can hurt so much that a person proves anew who they are (step-up), and no token has it.
    pub const fn needs_proof(self) -> bool {
        matches!(self, Self::EngineManage | Self::AccountManage | Self::GrantManage)
    }
}

/// An account without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The name it signs in with, unique without regard to case.
    pub name: String,
    /// What it was given.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created: Millis,
    /// Whether the password must be changed before anything else opens.
    pub must_change_password: bool,
    /// Whether it may not sign in.
    #[serde(default)]
    pub disabled: bool,
    /// What its pages are to look like, in a browser that it has not been used in.
    #[serde(default)]
    pub preferences: Preferences,
}

/// What a person chose for the pages of their account. A choice that was never made is the browser's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// The language.
    pub language: Option<Language>,
    /// The colours.
    pub theme: Option<Theme>,
}

/// A language of the interface, by its code (ISO 639-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// All of them; the first is the one of a browser that asks for none of them.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

/// The colours of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the browser's system is set.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// Its name, as pages and cookies write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a page is told about who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The account's name.
    pub account: String,
    /// Names of the account's roles.
    pub role: String,
    /// What it may do somewhere: a page hides the rest, the server decides all the same.
    pub may: Vec<Permission>,
}
