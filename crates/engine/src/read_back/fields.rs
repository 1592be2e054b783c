//! An object of Docker's, field by field: what nobody takes has to be empty.
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What is left of an object, and what of it cannot be said.
pub(super) struct Fields {
    left: Map<String, Value>,
    beyond: Vec<String>,
    lost: Vec<String>,
}

/// What of an object cannot be said.
#[derive(Default)]
pub(super) struct Unsaid {
    /// Names of fields that can be sent again as they are.
    pub(super) beyond: Vec<String>,
    /// Names of what cannot be made anew in any way.
    pub(super) lost: Vec<String>,
}

impl Fields {
    pub(super) fn of(object: &Value) -> Self {
        Self {
            left: object.as_object().cloned().unwrap_or_default(),
            beyond: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Takes a field; the default where it is missing or null. One that is not what Docker's reference says cannot be said.
    pub(super) fn take<T: DeserializeOwned + Default>(&mut self, name: &str) -> T {
        let Some(value) = self.left.remove(name) else {
            return T::default();
        };
        match serde_json::from_value::<Option<T>>(value) {
            Ok(value) => value.unwrap_or_default(),
            Err(_) => {
                self.refuse(name);
                T::default()
            }
        }
    }

    /// Fields that say nothing of how a container shall be.
    pub(super) fn pass_over(&mut self, names: &[&str]) {
        for name in names {
            self.left.remove(*name);
        }
    }

    /// What was said in this field cannot be said by us.
    pub(super) fn refuse(&mut self, name: &str) {
        self.beyond.push(name.to_owned());
    }

    /// This cannot be said, nor would it be the same if it were sent again.
    pub(super) fn lose(&mut self, name: &str) {
        self.lost.push(name.to_owned());
    }

    /// What cannot be said, with all that nobody took and is not empty, nor the same in `also`.
    pub(super) fn end(self, also: &Value) -> Unsaid {
        let unsaid = self
            .left
            .into_iter()
            .filter(|(name, value)| !is_empty(value) && also.get(name) != Some(value))
            .map(|(name, _)| name);
        Unsaid {
            beyond: self.beyond.into_iter().chain(unsaid).collect(),
            lost: self.lost,
        }
    }
}

/// Docker's ways to say nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.iter().all(is_empty),
        Value::Object(all) => all.is_empty(),
    }
}
