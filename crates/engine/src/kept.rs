//! What Docker knows of a container and no specification can say, carried as it is to the container that takes its place.
//!
//! Nobody has judged it, so it is for those who may have anything. Each field is kept with what a specification says there,
//! which is how it is known whether the one it is added to still means the same.
use crate::create::Order;
use crate::read_back::Beyond;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fields that say the same in more than one way: kept as they were written, so that what is made anew is shown alike.
const WRITTEN: [&str; 15] = [
    "AttachStderr",
    "AttachStdin",
    "AttachStdout",
    "Binds",
    "ConsoleSize",
    "ContainerIDFile",
    "ExtraHosts",
    "Init",
    "MemorySwappiness",
    "Mounts",
    "OomKillDisable",
    "PidsLimit",
    "PortBindings",
    "RestartPolicy",
    "Tmpfs",
];

/// What Docker knows of a container besides what a specification says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Docker's names of what no specification can say, in order.
    options: Vec<String>,
    /// Of its configuration.
    config: Fields,
    /// Of its host's.
    host: Fields,
    /// Of what it is in its networks, by their names.
    endpoints: BTreeMap<String, Fields>,
}

type Fields = BTreeMap<String, Field>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Field {
    /// What a specification says here; null for nothing.
    said: Value,
    /// What Docker has.
    written: Value,
}

impl Kept {
    /// The same under the names of what no specification can say.
    pub(crate) fn named(self, options: Vec<String>) -> Self {
        Self { options, ..self }
    }

    /// What no specification can say; `None` when one says it all.
    pub fn beyond(&self) -> Option<Beyond> {
        (!self.options.is_empty()).then(|| Beyond {
            options: self.options.clone(),
        })
    }

    /// Keeps what was found of a container's configuration, beside what the specification that was read says.
    pub(crate) fn keep(&mut self, said: &Order, config: &Value, host: &Value) {
        static NOTHING: Value = Value::Null;
        self.config = self.differing(&said.body, config);
        let said = said.body.get("HostConfig").unwrap_or(&NOTHING);
        self.host = self.differing(said.as_object().unwrap_or(&Map::new()), host);
    }

    fn differing(&self, said: &Map<String, Value>, written: &Value) -> Fields {
        let mut fields = Fields::new();
        for (name, written) in written.as_object().into_iter().flatten() {
            let said = said.get(name).unwrap_or(&Value::Null);
            // Docker shows whether it was given nothing or an empty list.
            let empty =
                said.is_null() && (written == &Value::Array(Vec::new()) || written == &Value::Object(Map::new()));
            let is_kept = empty || self.options.contains(name) || WRITTEN.contains(&name.as_str());
            if is_kept && said != written {
                let (said, written) = (said.clone(), written.clone());
                fields.insert(name.clone(), Field { said, written });
            }
        }
        fields
    }

    /// Keeps what a container is in a network, as far as it cannot be said.
    pub(crate) fn keep_endpoint(&mut self, network: &str, unsaid: Map<String, Value>) {
        let field = |written| Field {
            said: Value::Null,
            written,
        };
        let fields: Fields = unsaid.into_iter().map(|(name, value)| (name, field(value))).collect();
        if !fields.is_empty() {
            self.endpoints.insert(network.to_owned(), fields);
        }
    }

    /// Whether all of it has a place in what a specification asks for.
    ///
    /// # Errors
    /// [`Beyond`] with what has none.
    pub(crate) fn add_to(&self, order: &mut Order) -> Result<(), Beyond> {
        let mut lost = Vec::new();
        self.add(&self.config, &mut order.body, &mut lost);
        if let Some(host) = child(&mut order.body, "HostConfig") {
            self.add(&self.host, host, &mut lost);
        }
        for (network, fields) in &self.endpoints {
            match endpoint(order, network) {
                Some(endpoint) => self.add(fields, endpoint, &mut lost),
                None => lost.extend(fields.keys().cloned()),
            }
        }
        lost.sort_unstable();
        lost.dedup();
        if lost.is_empty() {
            Ok(())
        } else {
            Err(Beyond { options: lost })
        }
    }

    fn add(&self, fields: &Fields, object: &mut Map<String, Value>, lost: &mut Vec<String>) {
        for (name, Field { said, written }) in fields {
            let now = object.get(name).unwrap_or(&Value::Null);
            if now == said {
                object.insert(name.clone(), written.clone());
            } else if let Some(longer) = with_more(said, now, written) {
                object.insert(name.clone(), longer);
            } else if self.options.contains(name) {
                lost.push(name.clone());
            }
        }
    }
}

/// A list to which something was added, with what was kept of it.
fn with_more(said: &Value, now: &Value, written: &Value) -> Option<Value> {
    let nothing = Vec::new();
    let said = if said.is_null() { &nothing } else { said.as_array()? };
    let more = now.as_array()?.strip_prefix(said.as_slice())?;
    let all = written.as_array()?.iter().chain(more).cloned();
    Some(Value::Array(all.collect()))
}

/// The object at a place, made if nothing is there.
fn child<'o>(object: &'o mut Map<String, Value>, name: &str) -> Option<&'o mut Map<String, Value>> {
    let child = object.entry(name).or_insert(Value::Null);
    if child.is_null() {
        *child = Value::Object(Map::new());
    }
    child.as_object_mut()
}

/// What a container will be in a network, if it joins it.
fn endpoint<'o>(order: &'o mut Order, network: &str) -> Option<&'o mut Map<String, Value>> {
    let mode = order.body.get("HostConfig")?.get("NetworkMode").and_then(Value::as_str);
    let mode = mode.unwrap_or("default").to_owned();
    if mode == network || mode == "default" && network == "bridge" {
        let networking = child(&mut order.body, "NetworkingConfig")?;
        return child(child(networking, "EndpointsConfig")?, &mode);
    }
    let further = order.networks.iter_mut().find(|(name, _)| name == network);
    further.map(|(_, endpoint)| endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order(host: Value) -> Order {
        let body = json!({ "Image": "web", "HostConfig": host });
        Order {
            body: body.as_object().unwrap().clone(),
            networks: vec![("back".to_owned(), Map::new())],
        }
    }

    fn kept(host: Value) -> Kept {
        let mut kept = Kept::default().named(vec!["Binds".to_owned(), "Newer".to_owned()]);
        let said = order(json!({ "Binds": ["/a:/b"] }));
        kept.keep(&said, &json!({ "AttachStdout": true, "Image": "web" }), &host);
        kept
    }

    #[test]
    fn what_is_kept_is_sent_as_it_was() {
        let host = json!({ "Binds": ["/a:/b", "c:/d:new"], "Newer": { "a": 1 }, "Dns": [], "Memory": 5 });
        let kept = kept(host);
        let mut order = order(json!({ "Binds": ["/a:/b", "/e:/f"], "Memory": 6 }));
        kept.add_to(&mut order).unwrap();
        let sent = json!({
            "Image": "web", "AttachStdout": true,
            "HostConfig": { "Binds": ["/a:/b", "c:/d:new", "/e:/f"], "Newer": { "a": 1 }, "Dns": [], "Memory": 6 },
        });
        assert_eq!(Value::Object(order.body), sent);
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
    }

    #[test]
    fn what_has_no_place_any_more_is_named() {
        let kept = kept(json!({ "Binds": ["/a:/b", "c:/d:new"] }));
        let lost = kept.add_to(&mut order(json!({ "Binds": ["/other:/b"] }))).unwrap_err();
        assert_eq!(lost.options, ["Binds"]);
        let mut joined = Kept::default();
        let links = json!({ "Links": ["db:database"] });
        joined.keep_endpoint("back", links.as_object().unwrap().clone());
        let joined = joined.named(vec!["Links".to_owned()]);
        let mut there = order(json!({}));
        joined.add_to(&mut there).unwrap();
        assert_eq!(there.networks[0].1["Links"][0], "db:database");
        there.networks.clear();
        assert_eq!(joined.add_to(&mut there).unwrap_err().options, ["Links"]);
    }

    #[test]
    fn what_it_is_in_its_first_network_goes_with_the_body() {
        for (mode, network) in [(json!({ "NetworkMode": "front" }), "front"), (json!({}), "bridge")] {
            let mut kept = Kept::default();
            kept.keep_endpoint(network, json!({ "Links": ["a:b"] }).as_object().unwrap().clone());
            let mut order = order(mode);
            kept.add_to(&mut order).unwrap();
            let endpoints = &order.body["NetworkingConfig"]["EndpointsConfig"];
            let name = if network == "bridge" { "default" } else { network };
            assert_eq!(endpoints[name]["Links"][0], "a:b");
        }
    }
}
