//! Labels of a container, held so that a hundred thousand of them need little room.
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// Labels of a container, by key. Texts may be shared with other containers: nearly all of a fleet have the same keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
pub struct ContainerLabels(Box<[(Arc<str>, Arc<str>)]>);

impl ContainerLabels {
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(one, _)| (**one).cmp(key))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let place = self.place(key).ok()?;
        self.0.get(place).map(|(_, value)| &**value)
    }

    /// Whether there is one of this key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_ok()
    }

    /// All, by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one, or gives it another value.
    pub fn insert(&mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) {
        let (key, value) = (key.into(), value.into());
        let mut all = std::mem::take(&mut self.0).into_vec();
        match all.binary_search_by(|(one, _)| one.cmp(&key)) {
            Ok(place) => {
                if let Some((_, known)) = all.get_mut(place) {
                    *known = value;
                }
            }
            Err(place) => all.insert(place, (key, value)),
        }
        self.0 = all.into();
    }
}

impl<K: Into<Arc<str>>, V: Into<Arc<str>>> FromIterator<(K, V)> for ContainerLabels {
    /// Of two with one key the later one stays.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut all: Vec<(Arc<str>, Arc<str>)> = pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        all.reverse();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all.dedup_by(|(a, _), (b, _)| a == b);
        Self(all.into())
    }
}

impl Serialize for ContainerLabels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for ContainerLabels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = ContainerLabels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry::<String, String>()? {
                    pairs.push(pair);
                }
                Ok(pairs.into_iter().collect())
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    proptest::proptest! {
        #[test]
        fn they_are_a_map(pairs: Vec<(String, String)>, more: Vec<(String, String)>) {
            let mut map: BTreeMap<_, _> = pairs.iter().cloned().collect();
            let mut labels: ContainerLabels = pairs.into_iter().collect();
            for (key, value) in more {
                map.insert(key.clone(), value.clone());
                labels.insert(key, value);
            }
            proptest::prop_assert_eq!(labels.len(), map.len());
            for (key, value) in &map {
                proptest::prop_assert_eq!(labels.get(key), Some(value.as_str()));
            }
            proptest::prop_assert!(labels.iter().eq(map.iter().map(|(key, value)| (key.as_str(), value.as_str()))));
            let text = serde_json::to_string(&labels).unwrap();
            proptest::prop_assert_eq!(&text, &serde_json::to_string(&map).unwrap());
            proptest::prop_assert_eq!(serde_json::from_str::<ContainerLabels>(&text).unwrap(), labels);
        }
    }
}
