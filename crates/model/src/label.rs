//! Labels of engines (`zone=a`, `ssd`) and constraints on them.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

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
            "“{}” is no label; write key=value or key, of letters, digits, '.', '_', '-' and '/'",
            self.0
        )
    }
}

impl std::error::Error for BadLabel {}

fn word(text: &str) -> bool {
    text.len() <= 128
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':'))
}

fn pair(text: &str) -> Result<(String, Option<String>), BadLabel> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (text, None),
    };
    if key.is_empty() || !word(key) || !value.is_none_or(word) {
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

/// What an engine must have to be chosen: `zone=a`, or `ssd` with any value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Constraint {
    /// The label's key.
    pub key: String,
    /// The wanted value; `None` when the key alone is asked for.
    pub value: Option<String>,
}

impl Constraint {
    /// Reads `zone=a` or `ssd`.
    ///
    /// # Errors
    /// [`BadLabel`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, BadLabel> {
        let (key, value) = pair(text.trim())?;
        Ok(Self {
            key,
            value: value.filter(|v| !v.is_empty()),
        })
    }

    /// Whether the labels satisfy this one constraint.
    pub fn met_by(&self, labels: &Labels) -> bool {
        labels
            .0
            .get(&self.key)
            .is_some_and(|have| self.value.as_ref().is_none_or(|want| want == have))
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

/// The first key that the labels do not satisfy, or `None` when they satisfy all. Constraints with the same key are
/// alternatives (`zone=a zone=b` is met by either); different keys must all hold.
pub fn first_unmet<'c>(constraints: &'c [Constraint], labels: &Labels) -> Option<&'c str> {
    let mut keys: Vec<&str> = constraints.iter().map(|c| c.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .find(|key| !constraints.iter().any(|c| c.key == *key && c.met_by(labels)))
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
    }

    #[test]
    fn values_of_a_key_are_alternatives_and_keys_all_hold() {
        let labels = Labels::parse("zone=a ssd").unwrap();
        let all = |words: &[&str]| words.iter().map(|w| Constraint::parse(w).unwrap()).collect::<Vec<_>>();
        assert_eq!(first_unmet(&all(&["zone=a", "zone=b", "ssd"]), &labels), None);
        assert_eq!(first_unmet(&all(&["zone=b"]), &labels), Some("zone"));
        assert_eq!(first_unmet(&all(&["gpu", "ssd"]), &labels), Some("gpu"));
    }
}
