//! A text that must never be shown: private keys, passwords, tokens.
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret text on its way from a person to the place that seals or checks it.
///
/// It has no `Debug` and no `Display`. A server cannot serialize it: only in the browser, which sends what the person
/// typed, does serialization yield the text; anywhere else it is an error, so that no answer, page or log can hold it.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(format = Password))]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the place that uses it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // Overwritten so that a freed page holds no key. Safe code cannot forbid the compiler to leave this out;
        // `shipyard-store` uses `zeroize` for what it keeps.
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl Serialize for Secret {
    #[cfg(target_arch = "wasm32")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(
            "a secret is not serialized outside the browser",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_serialize_a_secret() {
        assert!(serde_json::to_string(&Secret::new("shh")).is_err());
    }
}
