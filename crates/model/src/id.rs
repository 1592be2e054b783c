//! Names and identities. A newtype for each, so that an engine's name never stands where its identity is meant.
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text that is known to be an identity of this kind.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The identity as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// Identity of an engine: made by Shipyard when the engine is added and never used again, so that a rename
    /// or a change of address keeps everything that refers to it.
    EngineId
}
text_id! {
    /// Docker's identity of a container: 64 hexadecimal digits.
    ContainerId
}
text_id! {
    /// Identity of an [operation](crate::operation::Operation).
    OperationId
}

impl ContainerId {
    /// The first twelve digits, as Docker's own command line shows it.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

/// One container of the fleet: container ids are unique to an engine only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContainerRef {
    /// The engine that runs it.
    pub engine: EngineId,
    /// Its id there.
    pub id: ContainerId,
}

/// What an operator calls an engine: unique in the fleet, used in addresses of pages and on the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "String", into = "String")]
pub struct EngineName(String);

impl std::borrow::Borrow<str> for EngineName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Why a text is no [`EngineName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEngineName;

impl fmt::Display for BadEngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an engine's name has 1 to 63 letters, digits, '.', '_' or '-', and starts with a letter or digit")
    }
}

impl std::error::Error for BadEngineName {}

impl EngineName {
    /// Checks a text typed by a person.
    ///
    /// # Errors
    /// [`BadEngineName`] when it is empty, longer than 63 bytes, or has a character that a page address cannot hold.
    pub fn parse(text: &str) -> Result<Self, BadEngineName> {
        let good = text.len() <= 63
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadEngineName)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EngineName {
    type Error = BadEngineName;
    fn try_from(text: String) -> Result<Self, BadEngineName> {
        Self::parse(&text)
    }
}

impl From<EngineName> for String {
    fn from(name: EngineName) -> Self {
        name.0
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_names_fit_in_a_page_address() {
        for good in ["node1", "a", "edge-lyon.2", "N_1"] {
            assert!(EngineName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".", "a b", "é", "a/b", &"x".repeat(64)] {
            assert!(EngineName::parse(bad).is_err(), "{bad}");
        }
    }
}
