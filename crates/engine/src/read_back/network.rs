//! The networks that a container is in: ours has one, by its name alone.
use super::{at, text};
use serde_json::Value;

/// Yields what cannot be said.
pub(super) fn read(container: &Value, network: &str) -> Vec<String> {
    let mut beyond = Vec::new();
    let Some(networks) = at(container, "/NetworkSettings/Networks").as_object() else {
        return beyond;
    };
    let usual = if network.is_empty() { "bridge" } else { network };
    let id = text(at(container, "/Id"));
    for (name, endpoint) in networks {
        // By its id, where it was joined so.
        if name != usual && text(at(endpoint, "/NetworkID")) != usual {
            beyond.push("Networks".to_owned());
        }
        let aliases = at(endpoint, "/Aliases")
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        // Docker itself adds the beginning of the id.
        if aliases.iter().any(|alias| !id.starts_with(text(alias))) {
            beyond.push("Aliases".to_owned());
        }
        for more in ["IPAMConfig", "Links", "DriverOpts", "GwPriority"] {
            let said = match endpoint.get(more).unwrap_or(&Value::Null) {
                Value::Null => false,
                Value::Object(all) => !all.is_empty(),
                Value::Array(all) => !all.is_empty(),
                other => other != 0,
            };
            if said {
                beyond.push(more.to_owned());
            }
        }
    }
    beyond
}
