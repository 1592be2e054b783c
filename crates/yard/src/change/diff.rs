//! What differs between two specifications, field by field, and the same difference on another one. By the fields' own names as
//! they are written, so that a field that is new to specifications is told and carried over without a word here.
use serde_json::{Map, Value};
use shipyard_engine::Amend;
use shipyard_model::change::{FieldChange, HIDDEN_VALUE};
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::{Bytes, Cpus, Problem};

/// Every field but the name, as written.
fn fields(spec: &ContainerSpec) -> Map<String, Value> {
    match serde_json::to_value(spec) {
        Ok(Value::Object(mut all)) => {
            all.remove("name");
            all
        }
        _ => Map::new(),
    }
}

/// What differs, by the fields' names. Values of the environment are not told.
pub(crate) fn diff(before: &ContainerSpec, after: &ContainerSpec) -> Vec<FieldChange> {
    let (was, is) = (fields(before), fields(after));
    let mut changes = Vec::new();
    for (field, value) in &is {
        let old = was.get(field).unwrap_or(&Value::Null);
        if old == value {
            continue;
        }
        let in_place = Amend::FIELDS.contains(&field.as_str()) && Amend::can(field, after);
        let change = |item: &str, before: Option<String>, after: Option<String>| {
            let hidden = field == "env";
            let shown = |value: Option<String>| value.map(|it| if hidden { HIDDEN_VALUE.to_owned() } else { it });
            FieldChange {
                field: field.clone(),
                item: item.to_owned(),
                before: shown(before),
                after: shown(after),
                hidden,
                in_place,
            }
        };
        match (pairs(old), pairs(value)) {
            (Some(old), Some(new)) => {
                let known = changes.len();
                for (key, before) in &old {
                    let after = new
                        .iter()
                        .find(|(other, _)| other == key)
                        .map(|(_, value)| value.clone());
                    if after.as_ref() != Some(before) {
                        changes.push(change(key, Some(before.clone()), after));
                    }
                }
                for (key, after) in new.iter().filter(|(key, _)| !old.iter().any(|(other, _)| other == key)) {
                    changes.push(change(key, None, Some(after.clone())));
                }
                if changes.len() == known {
                    // The same entries in another order.
                    let list = |all: &[(String, String)]| {
                        all.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", ")
                    };
                    changes.push(change("", Some(list(&old)), Some(list(&new))));
                }
            }
            _ => changes.push(change("", text(field, old), text(field, value))),
        }
    }
    changes
}

/// A list of pairs of texts; `None` for anything else.
fn pairs(value: &Value) -> Option<Vec<(String, String)>> {
    let all = value.as_array()?;
    let pair = |one: &Value| match one.as_array()?.as_slice() {
        [Value::String(key), Value::String(value)] => Some((key.clone(), value.clone())),
        _ => None,
    };
    all.iter().map(pair).collect()
}

/// A value for people; `None` for what stands for nothing.
fn text(field: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "true".to_owned(),
        Value::Number(number) => match number.as_u64() {
            Some(0) => String::new(),
            Some(nanos) if field == "cpus" => Cpus::from_nanos(nanos).to_string(),
            Some(bytes) if field.contains("memory") || field == "shm_size" || field == "size" => {
                Bytes::new(bytes).to_string()
            }
            _ => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(all) if matches!(field, "command" | "entrypoint") => {
            let words: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            words.join(" ")
        }
        Value::Array(all) => {
            let all: Vec<_> = all.iter().filter_map(|one| text(field, one)).collect();
            all.join(", ")
        }
        Value::Object(all) => object(field, all),
    };
    (!text.is_empty()).then_some(text)
}

/// Ports and volumes as after `docker run`; anything else as its parts.
fn object(field: &str, all: &Map<String, Value>) -> String {
    let part = |name: &str| all.get(name).and_then(|value| text(name, value)).unwrap_or_default();
    let joined = |parts: &[String]| {
        let parts: Vec<_> = parts
            .iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect();
        parts.join(":")
    };
    match field {
        "ports" => {
            let host = part("host");
            let bound = if host.is_empty() && !part("host_ip").is_empty() {
                format!("{}:", part("host_ip"))
            } else {
                joined(&[part("host_ip"), host])
            };
            format!("{}/{}", joined(&[bound, part("container")]), part("protocol"))
        }
        "volumes" if all.contains_key("target") => {
            let read_only = if part("read_only").is_empty() { "" } else { "ro" };
            joined(&[part("source"), part("target"), read_only.to_owned()])
        }
        _ if all.len() == 1 => {
            let one = all.iter().next();
            one.map(|(name, value)| joined(&[name.clone(), text(name, value).unwrap_or_default()]))
                .unwrap_or_default()
        }
        _ => {
            let told = all
                .iter()
                .filter_map(|(name, value)| Some(format!("{name}={}", text(name, value)?)));
            told.collect::<Vec<_>>().join(" ")
        }
    }
}

/// Another specification with what differs between these two: whole fields, and of lists with named entries those entries.
///
/// # Errors
/// When the result is none, which fields of one specification never are.
pub(crate) fn carried_over(
    from: &ContainerSpec,
    to: &ContainerSpec,
    other: &ContainerSpec,
) -> Result<ContainerSpec, Problem> {
    let (was, is, mut all) = (fields(from), fields(to), fields(other));
    for (field, value) in is {
        let old = was.get(&field).unwrap_or(&Value::Null);
        if *old == value {
            continue;
        }
        let there = all.get(&field).and_then(pairs);
        let merged = match (pairs(old), pairs(&value), there) {
            (Some(old), Some(new), Some(there)) => merged(&old, &new, there),
            _ => value,
        };
        all.insert(field, merged);
    }
    all.insert("name".to_owned(), Value::String(other.name.clone()));
    serde_json::from_value(Value::Object(all)).map_err(|error| {
        tracing::error!(%error, "a difference cannot be carried over");
        Problem::internal()
    })
}

fn merged(old: &[(String, String)], new: &[(String, String)], mut there: Vec<(String, String)>) -> Value {
    there.retain(|(key, _)| new.iter().any(|(other, _)| other == key) || !old.iter().any(|(other, _)| other == key));
    for pair in new.iter().filter(|pair| !old.contains(pair)) {
        match there.iter_mut().find(|(key, _)| *key == pair.0) {
            Some(known) => known.1.clone_from(&pair.1),
            None => there.push(pair.clone()),
        }
    }
    let all = there
        .into_iter()
        .map(|(key, value)| Value::Array(vec![key.into(), value.into()]));
    Value::Array(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::{PortSpec, RestartPolicy, VolumeSpec};

    fn web() -> ContainerSpec {
        ContainerSpec {
            image: "web:1".to_owned(),
            name: "web".to_owned(),
            env: vec![("A".to_owned(), "secret".to_owned()), ("B".to_owned(), "2".to_owned())],
            memory: Bytes::mib(64),
            ..ContainerSpec::default()
        }
    }

    #[test]
    fn each_thing_that_differs_is_told_once() {
        let mut new = web();
        new.image = "web:2".to_owned();
        new.memory = Bytes::mib(128);
        new.restart = RestartPolicy::OnFailure(3);
        new.env = vec![("A".to_owned(), "other".to_owned()), ("C".to_owned(), "3".to_owned())];
        new.ports = vec![PortSpec {
            host: Some(8080),
            container: 80,
            ..PortSpec::default()
        }];
        new.volumes = vec![VolumeSpec {
            source: "data".to_owned(),
            target: "/data".to_owned(),
            read_only: true,
            ..VolumeSpec::default()
        }];
        let told: Vec<_> = diff(&web(), &new)
            .into_iter()
            .map(|it| (it.field, it.item, it.before, it.after, it.in_place))
            .collect();
        let line = |field: &str, item: &str, before: Option<&str>, after: Option<&str>, in_place| {
            let owned = |it: Option<&str>| it.map(str::to_owned);
            (field.to_owned(), item.to_owned(), owned(before), owned(after), in_place)
        };
        let hidden = Some(HIDDEN_VALUE);
        assert_eq!(
            told,
            [
                line("env", "A", hidden, hidden, false),
                line("env", "B", hidden, None, false),
                line("env", "C", None, hidden, false),
                line("image", "", Some("web:1"), Some("web:2"), false),
                line(
                    "memory",
                    "",
                    Some(&Bytes::mib(64).to_string()),
                    Some(&Bytes::mib(128).to_string()),
                    true
                ),
                line("ports", "", None, Some("8080:80/tcp"), false),
                line("restart", "", Some("no"), Some("on-failure:3"), true),
                line("volumes", "", None, Some("data:/data:ro"), false),
            ]
        );
        assert!(diff(&web(), &web()).is_empty());
    }

    #[test]
    fn a_difference_is_carried_over_to_a_copy_and_nothing_else_is() {
        let mut new = web();
        new.image = "web:2".to_owned();
        new.env = vec![("A".to_owned(), "other".to_owned())];
        let copy = ContainerSpec {
            name: "web-2".to_owned(),
            env: vec![
                ("A".to_owned(), "secret".to_owned()),
                ("B".to_owned(), "2".to_owned()),
                ("NUMBER".to_owned(), "2".to_owned()),
            ],
            hostname: "two".to_owned(),
            ..web()
        };
        let carried = carried_over(&web(), &new, &copy).unwrap();
        assert_eq!(
            carried,
            ContainerSpec {
                image: "web:2".to_owned(),
                env: vec![
                    ("A".to_owned(), "other".to_owned()),
                    ("NUMBER".to_owned(), "2".to_owned())
                ],
                ..copy
            }
        );
    }
}
