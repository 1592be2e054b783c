//! Faults of what a container is in its networks.
use super::options::{invalid, is_host, is_text, pairs, twice};
use super::{fault, in_row, is_shared};
use crate::names;
use shipyard_model::Problem;
use shipyard_model::deploy::{ContainerSpec, EndpointSpec};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that every engine has, in which nobody has a name or an address of their own.
const GIVEN: [&str; 3] = ["", "default", "bridge"];

pub(super) fn check(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let first = spec.network.trim();
    let is_alone = matches!(first, "host" | "none") || is_shared(first);
    endpoint("endpoint", first, &spec.endpoint, problems);
    let mut seen = HashSet::from([if GIVEN.contains(&first) { "bridge" } else { first }]);
    for (row, network) in spec.networks.iter().enumerate() {
        let name = network.name.trim();
        if matches!(name, "host" | "none" | "default") || is_alone {
            let alone = if is_alone { first } else { name };
            let detail = format!("The network “{alone}” cannot be had besides another one.");
            problems.push(in_row("networks", "deploy.network-alone", row, alone, detail));
        } else if !names::is_valid(name) {
            let detail = format!("“{name}” is no network name.");
            problems.push(in_row("networks", "deploy.network-invalid", row, name, detail));
        } else if !seen.insert(name) {
            problems.push(twice("networks", row, name));
        }
        endpoint("networks", name, &network.endpoint, problems);
    }
    for (row, port) in spec.expose.iter().enumerate().filter(|(_, port)| port.port == 0) {
        let detail = "A port in the container is a number from 1 to 65535.".to_owned();
        problems.push(in_row("expose", "deploy.port-zero", row, port.port, detail));
    }
    let bad = |option: &&String| option.is_empty() || !is_text(option) || option.contains(char::is_whitespace);
    let options = spec.dns_options.iter().filter(bad);
    problems.extend(options.map(|option| invalid("dns_options", option)));
}

fn endpoint(field: &str, network: &str, endpoint: &EndpointSpec, problems: &mut Vec<Problem>) {
    let EndpointSpec {
        aliases,
        ipv4,
        ipv6,
        link_local,
        mac,
        options,
        gateway_priority: _,
    } = endpoint;
    let (ipv4, ipv6, mac) = (ipv4.trim(), ipv6.trim(), mac.trim());
    let has_own = !aliases.is_empty() || !ipv4.is_empty() || !ipv6.is_empty() || !link_local.is_empty();
    let has_none = matches!(network, "host" | "none") || is_shared(network);
    if has_own && (GIVEN.contains(&network) || has_none) || has_none && !mac.is_empty() {
        let name = if network.is_empty() { "bridge" } else { network };
        let detail =
            format!("Nobody has a name or an address of their own in the network “{name}”; use one that you made.");
        problems.push(fault(field, "deploy.network-without-addresses", detail).arg("value", name));
    }
    for alias in aliases.iter().filter(|alias| !is_host(alias)) {
        let detail = format!("“{alias}” is no host name; use letters, digits, '-' and '.'.");
        problems.push(fault(field, "deploy.hostname-invalid", detail).arg("value", alias));
    }
    let mut addresses = Vec::new();
    if !ipv4.is_empty() && ipv4.parse::<Ipv4Addr>().is_err() {
        addresses.push((ipv4, "IPv4"));
    }
    if !ipv6.is_empty() && ipv6.parse::<Ipv6Addr>().is_err() {
        addresses.push((ipv6, "IPv6"));
    }
    let links = link_local.iter().filter(|address| address.parse::<IpAddr>().is_err());
    addresses.extend(links.map(|address| (address.as_str(), "IP")));
    for (address, kind) in addresses {
        let detail = format!("“{address}” is no {kind} address.");
        problems.push(
            fault(field, "deploy.address-invalid", detail)
                .arg("value", address)
                .arg("kind", kind),
        );
    }
    if !mac.is_empty() && !is_mac(mac) {
        let detail = format!("“{mac}” is no hardware address; write one such as 02:42:ac:11:00:02.");
        problems.push(fault(field, "deploy.mac-invalid", detail).arg("value", mac));
    }
    pairs(field, options, |name| !name.is_empty() && is_text(name), problems);
}

fn is_mac(text: &str) -> bool {
    let is_pair = |part: &str| part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit());
    text.split(':').count() == 6 && text.split(':').all(is_pair)
}
