//! What a JSON value is made of: for each place in it, which types stand there. Two answers are alike when no place is in
//! one of them alone.
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Objects whose keys are data and not fields.
const MAPS: [&str; 15] = [
    "Labels",
    "Networks",
    "Ports",
    "PortBindings",
    "ExposedPorts",
    "Attributes",
    "Containers",
    "IndexConfigs",
    "Runtimes",
    "Volumes",
    "Options",
    "Tmpfs",
    "Sysctls",
    "StorageOpt",
    "networks",
];

/// Types by place.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shape(BTreeMap<String, BTreeSet<&'static str>>);

impl Shape {
    pub(crate) fn of(value: &Value) -> Self {
        let mut shape = Self::default();
        shape.add("", value);
        shape
    }

    /// Of several values of one kind.
    pub(crate) fn of_all<'v>(values: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut shape = Self::default();
        for value in values {
            shape.add("", value);
        }
        shape
    }

    fn add(&mut self, place: &str, value: &Value) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        self.0.entry(place.to_owned()).or_default().insert(kind);
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add(&format!("{place}[]"), item)),
            Value::Object(fields) => {
                let key = place.rsplit('.').next().unwrap_or_default();
                let is_map = MAPS.contains(&key);
                for (name, field) in fields {
                    let name = if is_map { "*" } else { name };
                    self.add(&format!("{place}.{name}"), field);
                }
            }
            _ => {}
        }
    }

    /// Whether something could stand below a place: there is an object or array that is not empty.
    fn has_below(&self, place: &str) -> bool {
        self.0.keys().any(|other| {
            let below = other.strip_prefix(place);
            below.is_some_and(|rest| rest.starts_with('.') || rest.starts_with("[]"))
        })
    }

    fn parent(place: &str) -> &str {
        if let Some(list) = place.strip_suffix("[]") {
            return list;
        }
        place.rsplit_once('.').map_or("", |(parent, _)| parent)
    }

    /// Places that this has and the other lacks, though it has something beside them.
    pub(crate) fn beyond(&self, other: &Self) -> Vec<String> {
        let lacks = |place: &&String| {
            let parent = Self::parent(place);
            !other.0.contains_key(*place) && other.0.contains_key(parent) && other.has_below(parent)
        };
        self.0.keys().filter(lacks).cloned().collect()
    }

    /// Places where both have something of another type.
    pub(crate) fn conflicts(&self, other: &Self) -> Vec<String> {
        let known =
            |types: &BTreeSet<&'static str>| types.iter().copied().filter(|t| *t != "null").collect::<BTreeSet<_>>();
        let differ = |(place, types): (&String, &BTreeSet<&'static str>)| {
            let (ours, theirs) = (known(types), known(other.0.get(place)?));
            let alike = ours.is_empty() || theirs.is_empty() || ours.intersection(&theirs).next().is_some();
            (!alike).then(|| format!("{place}: {ours:?} and {theirs:?}"))
        };
        self.0.iter().filter_map(differ).collect()
    }
}

#[test]
fn a_field_too_many_is_seen() {
    let (one, two) = (
        serde_json::json!({"A": [{"B": 1}], "Labels": {"x": "y"}}),
        serde_json::json!({"A": [{"B": "1", "C": null}], "Labels": {"z": "y"}}),
    );
    let (one, two) = (Shape::of(&one), Shape::of(&two));
    assert_eq!(two.beyond(&one), [".A[].C"]);
    assert!(one.beyond(&two).is_empty());
    assert_eq!(one.conflicts(&two).len(), 1);
}
