//! Docker's inspect answer as groups of settings that a person can read. Pure: JSON in, page out.
//!
//! What an engine sends is not trusted to have any shape: whatever is missing or of another kind is left out. Keys are
//! words in kebab-case, for which pages have texts; names that people chose (networks, labels, paths) are keys as they are.
use serde_json::Value;
use shipyard_model::ContainerRow;
use shipyard_model::detail::{ContainerDetail, SettingGroup};
use shipyard_model::{Bytes, Cpus};

mod groups;

/// Stands for a value that was not asked for.
const MASK: &str = "••••••";

/// Makes a container's page of Docker's answer. Without `reveal` no value of its environment is in it.
pub(crate) fn detail(row: ContainerRow, mut inspect: Value, reveal: bool) -> ContainerDetail {
    let env = take_environment(&mut inspect, reveal);
    ContainerDetail {
        row,
        groups: groups::all(&inspect),
        env,
        raw: serde_json::to_string_pretty(&inspect).unwrap_or_default(),
    }
}

fn take_environment(inspect: &mut Value, reveal: bool) -> Vec<(String, Option<String>)> {
    let Some(Value::Array(entries)) = inspect.pointer_mut("/Config/Env") else {
        return Vec::new();
    };
    let mut env = Vec::with_capacity(entries.len());
    for entry in entries {
        let text = entry.as_str().unwrap_or_default();
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        env.push((key.to_owned(), reveal.then(|| value.to_owned())));
        if !reveal {
            // Whatever it is, it does not pass as it is.
            *entry = Value::String(format!("{key}={MASK}"));
        }
    }
    env
}

/// A group in the making, of one answer.
struct Group<'v> {
    inspect: &'v Value,
    key: &'static str,
    settings: Vec<(String, String)>,
}

impl<'v> Group<'v> {
    fn new(inspect: &'v Value, key: &'static str) -> Self {
        Self {
            inspect,
            key,
            settings: Vec::new(),
        }
    }

    /// The value at a path such as `/State/Pid`.
    fn at(&self, path: &str) -> Option<&'v Value> {
        self.inspect.pointer(path)
    }

    /// Adds a value, unless it is empty.
    fn add(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.settings.push((key.into(), value));
        }
    }

    /// Adds what stands at a path, unless it is missing, empty, false or zero.
    fn show(&mut self, key: &str, path: &str) {
        if let Some(value) = self.at(path).and_then(text) {
            self.add(key, value);
        }
    }

    /// Adds a number at a path in the words that `words` has for it, unless it is missing, zero or less.
    fn number(&mut self, key: &str, path: &str, words: impl FnOnce(u64) -> String) {
        if let Some(number) = self.at(path).and_then(Value::as_u64).filter(|n| *n > 0) {
            self.add(key, words(number));
        }
    }

    fn bytes(&mut self, key: &str, path: &str) {
        self.number(key, path, |bytes| Bytes::new(bytes).to_string());
    }

    fn cpus(&mut self, key: &str, path: &str) {
        self.number(key, path, |nanos| Cpus::from_nanos(nanos).to_string());
    }

    /// Adds a moment at a path, unless it is Docker's word for never.
    fn time(&mut self, key: &str, path: &str) {
        if let Some(time) = self
            .at(path)
            .and_then(Value::as_str)
            .filter(|time| !time.starts_with("0001-"))
        {
            self.add(key, time);
        }
    }

    /// Adds a command line at a path, its parts quoted where they have to be.
    fn command(&mut self, key: &str, path: &str) {
        if let Some(Value::Array(parts)) = self.at(path) {
            let parts: Vec<_> = parts.iter().filter_map(Value::as_str).map(quoted).collect();
            self.add(key, parts.join(" "));
        } else {
            self.show(key, path);
        }
    }

    /// The entries of the array or object at a path.
    fn each(&self, path: &str) -> Vec<(&'v str, &'v Value)> {
        match self.at(path) {
            Some(Value::Array(list)) => list.iter().map(|value| ("", value)).collect(),
            Some(Value::Object(map)) => map.iter().map(|(key, value)| (key.as_str(), value)).collect(),
            _ => Vec::new(),
        }
    }

    fn finish(self) -> Option<SettingGroup> {
        (!self.settings.is_empty()).then(|| SettingGroup {
            key: self.key.to_owned(),
            settings: self.settings,
        })
    }
}

/// A scalar or a list of scalars as text; `None` when there is nothing to say.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) | Value::Object(_) => None,
        Value::Bool(true) => Some("true".to_owned()),
        Value::Number(number) => Some(number.to_string()).filter(|n| n != "0"),
        Value::String(text) => Some(text.clone()).filter(|t| !t.is_empty()),
        Value::Array(list) => {
            let list: Vec<_> = list.iter().filter_map(text).collect();
            Some(list.join(", ")).filter(|t| !t.is_empty())
        }
    }
}

/// The text of a field of an object, empty when there is none.
fn field(value: &Value, key: &str) -> String {
    value.get(key).and_then(text).unwrap_or_default()
}

/// A part of a command line as a shell would need it.
fn quoted(part: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=,@%+".contains(c);
    if !part.is_empty() && part.chars().all(plain) {
        part.to_owned()
    } else {
        format!("'{}'", part.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
