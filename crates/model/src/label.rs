//! Labels of engines (`zone=a`, `ssd`) and constraints on them.
use crate::id::EngineName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

mod constraint;

pub use constraint::{BadConstraint, Constraint, ENGINE, Rules, first_unmet};

/// Labels of an engine, by key. A label without a value (`ssd`) has an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Labels(pub BTreeMap<String, String>);

/// A label or constraint that cannot be read, with the text at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLabel(pub String);

impl fmt::Display for BadLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "“{}” is no label; write key=value or key, of letters, digits, '.', '_', '-' and '/', and no '-' first",
            self.0
        )
    }
}

impl std::error::Error for BadLabel {}

fn word(text: &str) -> bool {
    text.len() <= 128 && text.chars().all(is_letter)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':')
}

fn pair(text: &str) -> Result<(String, Option<String>), BadLabel> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (text, None),
    };
    // A private key that was pasted here has such a line first, and may have no other sign that is in no label.
    if key.is_empty() || key.starts_with('-') || !word(key) || !value.is_none_or(word) {
        return Err(BadLabel(text.to_owned()));
    }
    Ok((key.to_owned(), value.map(str::to_owned)))
}

impl Labels {
    /// Reads `zone=a ssd`: labels apart by spaces or commas.
    ///
    /// # Errors
    /// [`BadLabel`] with the first one that cannot be read.
    pub fn parse(text: &str) -> Result<Self, BadLabel> {
        let words = text.split([' ', ',', '\n', '\t']).filter(|w| !w.is_empty());
        let pairs = words.map(|w| pair(w).map(|(k, v)| (k, v.unwrap_or_default())));
        let mut labels = BTreeMap::new();
        for pair in pairs {
            labels.extend([pair?]);
        }
        Ok(Self(labels))
    }

    /// What an engine of this name with these labels has of a key that a constraint of a deploy names.
    pub fn value_of<'e>(&'e self, engine: &'e EngineName, key: &str) -> Option<&'e str> {
        if key == ENGINE {
            Some(engine.as_str())
        } else {
            self.0.get(key).map(String::as_str)
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each label as it is written: `zone=a`, `ssd`.
    pub fn written(&self) -> impl Iterator<Item = String> + '_ {
        self.0
            .iter()
            .map(|(k, v)| if v.is_empty() { k.clone() } else { format!("{k}={v}") })
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written().collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_and_write_the_same() {
        let labels = Labels::parse("zone=a, ssd").unwrap();
        assert_eq!(labels.to_string(), "ssd zone=a");
        assert!(Labels::parse("=a").is_err());
        assert!(Labels::parse("a<b").is_err());
        assert!(Labels::parse("-----BEGIN PRIVATE KEY-----\nMIGH").is_err());
    }
}
