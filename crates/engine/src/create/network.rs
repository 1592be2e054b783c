//! What a container is in its networks.
use super::{Age, entries, object, some, text};
use bollard::models::{EndpointIpamConfig, EndpointSettings, NetworkingConfig};
use serde_json::{Map, Value};
use shipyard_model::deploy::{ContainerSpec, EndpointSpec};
use std::collections::HashMap;

/// What it is in its first network; nothing where all is left to the engine.
pub(super) fn networking(spec: &ContainerSpec, age: Age) -> Option<NetworkingConfig> {
    let mut endpoint = spec.endpoint.clone();
    if !age.has_mac_of_endpoint() {
        endpoint.mac.clear();
    }
    (endpoint != EndpointSpec::default()).then(|| {
        let name = text(&spec.network).unwrap_or_else(|| "default".to_owned());
        NetworkingConfig {
            endpoints_config: Some(HashMap::from([(name, settings(&endpoint))])),
        }
    })
}

/// The networks that it joins besides.
pub(super) fn further(spec: &ContainerSpec) -> Vec<(String, Map<String, Value>)> {
    let join = |name: &str, endpoint| (name.trim().to_owned(), object(settings(endpoint)));
    spec.networks.iter().map(|it| join(&it.name, &it.endpoint)).collect()
}

fn settings(endpoint: &EndpointSpec) -> EndpointSettings {
    let ipam = EndpointIpamConfig {
        ipv4_address: text(&endpoint.ipv4),
        ipv6_address: text(&endpoint.ipv6),
        link_local_ips: some(endpoint.link_local.clone()),
    };
    EndpointSettings {
        ipam_config: (ipam != EndpointIpamConfig::default()).then_some(ipam),
        mac_address: text(&endpoint.mac),
        aliases: some(endpoint.aliases.clone()),
        driver_opts: entries(&endpoint.options),
        gw_priority: some(i64::from(endpoint.gateway_priority)),
        // The container's own links say it.
        links: None,
        // What the engine tells.
        network_id: None,
        endpoint_id: None,
        gateway: None,
        ip_address: None,
        ip_prefix_len: None,
        ipv6_gateway: None,
        global_ipv6_address: None,
        global_ipv6_prefix_len: None,
        dns_names: None,
    }
}
