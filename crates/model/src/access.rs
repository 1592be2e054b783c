//! Roles, pools and grants: who may do what where, as people write it down and pages show it.
use crate::account::Permission;
use crate::label::{Constraint, Labels};
use crate::unit::{Bytes, Cpus, Millis};
use serde::{Deserialize, Serialize};

/// A set of permissions with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Role {
    /// The name under which it is granted.
    pub name: String,
    /// For whom it is, in a few words.
    pub meaning: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// Whether it comes with Shipyard; such a role is not edited.
    pub built_in: bool,
}

/// Engines of the fleet, chosen by the labels that Shipyard's own administrators gave them. What an engine says of
/// itself chooses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Labels that an engine must have, or must not: values of one key are alternatives, keys must all hold. Never empty.
    pub engines: Vec<Constraint>,
    /// How much may run on it.
    pub quota: Quota,
    /// The policy profile of the deploys to it that its role alone would give more: `None` leaves it to the role.
    pub profile: Option<Profile>,
    /// The finer rules of its policy, as TOML; empty where it says nothing.
    #[serde(default)]
    pub policy: String,
}

/// Most that containers of a pool may reserve. It binds everybody who deploys through Shipyard; what plain `docker` runs
/// counts, but is not stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quota {
    /// CPUs; `None` for no limit.
    pub cpus: Option<Cpus>,
    /// Memory; `None` for no limit.
    pub memory: Option<Bytes>,
    /// Containers; `None` for no limit.
    pub containers: Option<u32>,
}

impl Quota {
    /// Whether it limits anything.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How much a container may ask for. The names are those of Kubernetes' Pod Security Standards. Ordered: the first allows
/// least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What an application needs that knows of containers: no root, no host, no capabilities.
    #[default]
    Restricted,
    /// What usual images need: root in the container, Docker's usual capabilities, listed host paths.
    Baseline,
    /// Everything, up to the engine's machine itself.
    Privileged,
}

impl Profile {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Restricted, Self::Baseline, Self::Privileged];

    /// The name under which it is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::Baseline => "baseline",
            Self::Privileged => "privileged",
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Which containers of a pool a grant is narrowed to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Narrow {
    /// Those of one Compose project or swarm stack.
    Stack(String),
    /// Those with a label of this key and value.
    Label {
        /// The label's key.
        key: String,
        /// Its value.
        value: String,
    },
}

/// A role on a pool for an account or a token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    /// Name of the role.
    pub role: String,
    /// Name of the pool; `None` for the whole fleet and Shipyard itself.
    pub pool: Option<String>,
    /// The containers that it is narrowed to.
    pub narrow: Option<Narrow>,
}

impl Grant {
    /// A role on everything.
    pub fn everywhere(role: &str) -> Self {
        Self {
            role: role.to_owned(),
            pool: None,
            narrow: None,
        }
    }
}

/// An account as administrators and auditors see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountRow {
    /// Its name.
    pub name: String,
    /// What it was given.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created: Millis,
    /// Whether it may sign in.
    pub disabled: bool,
    /// Whether it has set a password; before that only its link opens it.
    pub ready: bool,
    /// Whether it signs in with a second factor.
    pub two_factor: bool,
    /// How many tokens it has.
    pub tokens: u32,
}

/// The page of accounts, roles, pools and tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessPage {
    /// Accounts by name.
    pub accounts: Vec<AccountRow>,
    /// Roles, those of Shipyard first.
    pub roles: Vec<Role>,
    /// Pools by name, each with its number of engines.
    pub pools: Vec<PoolRow>,
    /// Tokens of all accounts.
    pub tokens: Vec<TokenRow>,
}

/// A pool with what is in it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PoolRow {
    /// The pool.
    pub pool: Pool,
    /// Names of its engines.
    pub engines: Vec<String>,
    /// CPUs that its containers reserve.
    pub cpus: Cpus,
    /// Memory that its containers reserve.
    pub memory: Bytes,
    /// Its containers.
    pub containers: u32,
}

/// A token without its secret, which only its maker saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRow {
    /// Its identity, which is also the public part of its text.
    pub id: String,
    /// The account that it acts for.
    pub account: String,
    /// What it is for.
    pub description: String,
    /// What it is narrowed to; empty: all that its owner may do.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created: Millis,
    /// When it ends.
    pub expires: Millis,
    /// When it was last used, to a minute; `None` if never.
    pub used: Option<Millis>,
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub description: String,
    /// What it is narrowed to; empty: all that its owner may do.
    pub grants: Vec<Grant>,
    /// Days until it ends, 1 to 730.
    pub days: u16,
}

/// What is shown once: a token's text, or the path of a link. It is told and kept nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownOnce {
    /// The text.
    pub text: String,
    /// When it ends.
    pub expires: Millis,
}

impl std::fmt::Debug for ShownOnce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownOnce")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// One's own account, for the page of one's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnPage {
    /// What the account was given.
    pub grants: Vec<Grant>,
    /// Whether a second factor is asked for at sign-in.
    pub two_factor: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes: u32,
    /// Its passkeys, in the order in which they were made.
    pub passkeys: Vec<PasskeyRow>,
    /// Its tokens.
    pub tokens: Vec<TokenRow>,
    /// Its sessions, the newest first.
    pub sessions: Vec<SessionRow>,
}

/// A passkey of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyRow {
    /// The device's name for it: no secret.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// The host name under which it opens the account.
    pub site: String,
    /// When it was made.
    pub created: Millis,
    /// When it last opened the account.
    pub used: Option<Millis>,
}

/// A device is asked to show a passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyQuestion {
    /// Names the question in the answer.
    pub id: String,
    /// What the device is asked, as the browser wants it (`PublicKeyCredentialRequestOptionsJSON`).
    pub options: String,
}

/// A session of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRow {
    /// Names it, and opens nothing.
    pub id: String,
    /// When the person signed in.
    pub since: Millis,
    /// When it was last used, to five minutes.
    pub used: Millis,
    /// From which address, at sign-in.
    pub from: String,
    /// The browser's own words for itself, at sign-in. Untrusted.
    pub browser: String,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// A second factor that waits for its first code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TwoFactorSetup {
    /// The secret as people type it (RFC 4648 base 32).
    pub secret: String,
    /// The secret as an app scans it (`otpauth://totp/…`).
    pub address: String,
    /// The address as a square of dark (`true`) and light modules, row by row.
    pub code: Vec<Vec<bool>>,
}

/// The engines of a pool from text: `zone in (a,b) ssd`.
///
/// # Errors
/// [`crate::label::BadConstraint`] with the first that cannot be read.
pub fn constraints(text: &str) -> Result<Vec<Constraint>, crate::label::BadConstraint> {
    Constraint::parse_all(text)
}

/// Whether an engine with these labels is of a pool.
pub fn is_in_pool(pool: &Pool, labels: &Labels) -> bool {
    !pool.engines.is_empty() && crate::label::first_unmet(&pool.engines, labels).is_none()
}

/// A password or code on its way to be checked. Its text is in no log: `Debug` says only what it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Proof(pub crate::secret::Secret);

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof")
    }
}
