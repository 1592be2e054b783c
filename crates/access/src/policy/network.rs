//! Options by which a container is reached and reaches others.
use super::{Judge, PortRange, Rule};
use shipyard_model::spec::{EndpointSpec, NetworkSpec, PortSpec};
use std::net::IpAddr;

/// Below this a port takes a privileged process on Linux, as it would be a well-known service.
const FIRST_HIGH_PORT: u16 = 1024;

impl Judge<'_> {
    pub(super) fn ports(&mut self, ports: &[PortSpec]) {
        for PortSpec {
            host_ip,
            host,
            container: _,
            protocol: _,
        } in ports
        {
            if let Some(port) = *host {
                if self.strict() && port < FIRST_HIGH_PORT {
                    let message = format!("port {port} of the engine is below {FIRST_HIGH_PORT}");
                    self.refuse("ports", Rule::PortNotLow, port, message);
                }
                let range = self.rules.ports;
                if !range.contains(port) {
                    let message = format!("port {port} of the engine is not from {} to {}", range.from, range.to);
                    self.refuse("ports", Rule::PortRange, port, message);
                }
            }
            let allowed = &self.rules.host_ips;
            let good = allowed.is_empty()
                || host_ip
                    .trim()
                    .parse::<IpAddr>()
                    .is_ok_and(|address| allowed.contains(&address));
            if !good {
                let all = allowed.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
                self.refuse(
                    "ports",
                    Rule::PortAddress,
                    host_ip,
                    format!("ports are published on {all} alone"),
                );
            }
        }
    }

    /// Nobody chooses these, so they cannot be kept within what a pool lists.
    pub(super) fn all_ports(&mut self, publish_all: bool) {
        if !publish_all {
            return;
        }
        if self.strict() {
            let message = "whatever the image exposes would be open; name the ports";
            self.refuse("publish_all", Rule::PortsNamed, publish_all, message);
        }
        let (ports, addresses) = (self.rules.ports != PortRange::default(), &self.rules.host_ips);
        if ports {
            let message = "the pool lists which ports of an engine may be published";
            self.refuse("publish_all", Rule::PortRange, publish_all, message);
        }
        if !addresses.is_empty() {
            let message = "the pool lists on which addresses of an engine ports may be published";
            self.refuse("publish_all", Rule::PortAddress, publish_all, message);
        }
    }

    pub(super) fn links(&mut self, links: &[(String, String)]) {
        for (container, _) in links {
            let message = "it would see the environment of another container";
            self.refuse("links", Rule::NoLinks, container, message);
        }
    }

    pub(super) fn network(&mut self, option: &'static str, network: &str) {
        let name = network.trim();
        // A colon is in `container:x`, and in whatever a later Docker may call somebody else's.
        if name == "host" || name.contains([':', '/']) {
            let message = format!("“{name}” is a network that the engine or another container has for itself");
            self.refuse(option, Rule::NetworkOwn, network, message);
            return;
        }
        let usual = matches!(name, "" | "default" | "bridge" | "none");
        let listed = &self.rules.networks;
        if !usual && !listed.is_empty() && !listed.iter().any(|it| it == name) {
            let message = format!("the network {name} is not among those that may be joined");
            self.refuse(option, Rule::NetworkListed, network, message);
        }
    }

    pub(super) fn networks(&mut self, networks: &[NetworkSpec]) {
        for NetworkSpec { name, endpoint } in networks {
            self.network("networks", name);
            self.endpoint("networks", endpoint);
        }
    }

    /// Whoever chooses an address can choose that of another that is stopped, and answer in its place.
    pub(super) fn endpoint(&mut self, option: &'static str, endpoint: &EndpointSpec) {
        let EndpointSpec {
            aliases: _,
            ipv4,
            ipv6,
            link_local,
            mac,
            options,
            gateway_priority: _,
        } = endpoint;
        for address in [ipv4, ipv6, mac].into_iter().chain(link_local) {
            if !self.strict() || address.is_empty() {
                continue;
            }
            let message = format!("“{address}” is an address of its own choice; the engine gives one");
            self.refuse(option, Rule::AddressGiven, address, message);
        }
        self.driver_options(option, options);
    }

    /// Drivers run on the engine's machine, and read options as they like: one sets kernel parameters, another mounts any path.
    pub(super) fn driver_options(&mut self, option: &'static str, options: &[(String, String)]) {
        for (key, _) in options {
            let message = format!("{key} is an option for a driver on the engine");
            self.refuse(option, Rule::NoDriverOptions, key, message);
        }
    }

    pub(super) fn hosts(&mut self, hosts: &[(String, String)]) {
        for (name, to) in hosts {
            if self.strict() && to.trim().parse::<IpAddr>().is_err() {
                let message = format!("{name} must lead to an address; “{to}” leads to the engine");
                self.refuse("extra_hosts", Rule::NoHostGateway, to, message);
            }
        }
    }
}
