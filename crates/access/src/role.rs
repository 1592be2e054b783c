//! The roles that come with Shipyard. Custom ones are made of the same permissions.
use std::fmt;
use std::str::FromStr;

/// A set of permissions with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuiltIn {
    /// Everything.
    Admin,
    /// Runs what is there: deploys, operates, removes, sees secrets.
    Operator,
    /// Ships: deploys and operates, removes nothing.
    Deployer,
    /// Looks, logs included.
    Viewer,
    /// Looks at state and figures only, as a screen on a wall does.
    Observer,
    /// Reads what people did; sees no containers.
    Auditor,
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRole(
    /// The text.
    pub String,
);

impl fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no role “{}”", self.0)
    }
}

impl std::error::Error for UnknownRole {}

impl BuiltIn {
    /// All of them, the most powerful first.
    pub const ALL: [Self; 6] = [
        Self::Admin,
        Self::Operator,
        Self::Deployer,
        Self::Viewer,
        Self::Observer,
        Self::Auditor,
    ];

    /// The name under which it is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Deployer => "deployer",
            Self::Viewer => "viewer",
            Self::Observer => "observer",
            Self::Auditor => "auditor",
        }
    }

    /// For whom it is, in a few words.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Admin => "everything",
            Self::Operator => "runs what is there: deploys, operates, removes, sees secrets",
            Self::Deployer => "ships: deploys and operates, removes nothing",
            Self::Viewer => "looks, logs included",
            Self::Observer => "looks at state and figures only, as a screen on a wall does",
            Self::Auditor => "reads what people did; sees no containers",
        }
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BuiltIn {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
