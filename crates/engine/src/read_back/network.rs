//! The networks that a container is in, and what it is there.
use super::fields::{Fields, Unsaid};
use super::{at, text};
use crate::kept::Kept;
use serde::Deserialize;
use serde_json::{Map, Value};
use shipyard_model::deploy::{ContainerSpec, EndpointSpec, NetworkSpec};
use std::collections::BTreeMap;

/// What the engine found out or gave by itself while the container ran.
const GIVEN: [&str; 10] = [
    "NetworkID",
    "EndpointID",
    "Gateway",
    "IPAddress",
    "IPPrefixLen",
    "IPv6Gateway",
    "GlobalIPv6Address",
    "GlobalIPv6PrefixLen",
    "MacAddress",
    "DNSNames",
];

/// Length of the beginning of an id that Docker shows.
const SHORT_ID: usize = 12;

/// Yields what cannot be said, and puts what of it can be sent again into `kept`.
pub(super) fn read(container: &Value, spec: &mut ContainerSpec, kept: &mut Kept) -> Unsaid {
    let mut all = Unsaid::default();
    let Some(networks) = at(container, "/NetworkSettings/Networks").as_object() else {
        return all;
    };
    let usual = match spec.network.as_str() {
        "" => "bridge",
        network => network,
    }
    .to_owned();
    let mut is_in_usual = usual.starts_with("container:");
    for (name, written) in networks {
        let (endpoint, unsaid) = endpoint(container, written);
        // By its id, where it was joined so.
        let is_usual = *name == usual || text(at(written, "/NetworkID")) == usual;
        let again: Map<String, Value> = (unsaid.beyond.iter())
            .filter_map(|field| Some((field.clone(), written.get(field)?.clone())))
            .collect();
        kept.keep_endpoint(if is_usual { &usual } else { name }, again);
        all.beyond.extend(unsaid.beyond);
        if is_usual {
            is_in_usual = true;
            let mac = std::mem::take(&mut spec.endpoint.mac);
            spec.endpoint = EndpointSpec {
                // Older daemons have it at the container.
                mac: if mac.is_empty() { endpoint.mac } else { mac },
                ..endpoint
            };
        } else {
            spec.networks.push(NetworkSpec {
                name: name.clone(),
                endpoint,
            });
        }
    }
    // It was taken out of the network that it was made in.
    if !is_in_usual {
        all.lost.push("Networks".to_owned());
    }
    all
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Ipam {
    #[serde(rename = "IPv4Address")]
    ipv4: String,
    #[serde(rename = "IPv6Address")]
    ipv6: String,
    #[serde(rename = "LinkLocalIPs")]
    link_local: Option<Vec<String>>,
}

fn endpoint(container: &Value, written: &Value) -> (EndpointSpec, Unsaid) {
    let mut fields = Fields::of(written);
    let id = text(at(container, "/Id"));
    let mut aliases: Vec<String> = fields.take("Aliases");
    // Docker itself adds the beginning of the id.
    aliases.retain(|alias| alias.len() < SHORT_ID || !id.starts_with(alias.as_str()));
    let ipam: Ipam = fields.take("IPAMConfig");
    // While it runs, it has one in any case; else only one that was asked for.
    let runs = at(container, "/State/Running") == &Value::Bool(true);
    let mac = text(at(written, "/MacAddress"));
    fields.pass_over(&GIVEN);
    let endpoint = EndpointSpec {
        aliases,
        ipv4: ipam.ipv4,
        ipv6: ipam.ipv6,
        link_local: ipam.link_local.unwrap_or_default(),
        mac: if runs { String::new() } else { mac.to_owned() },
        options: fields.take::<BTreeMap<_, _>>("DriverOpts").into_iter().collect(),
        gateway_priority: fields.take("GwPriority"),
    };
    (endpoint, fields.end(&Value::Null))
}
