//! Options by which a container is reached and reaches others.
use super::{Judge, Rule};
use shipyard_model::spec::PortSpec;
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

    pub(super) fn network(&mut self, network: &str) {
        let name = network.trim();
        // A colon is in `container:x`, and in whatever a later Docker may call somebody else's.
        if name == "host" || name.contains([':', '/']) {
            let message = format!("“{name}” is a network that the engine or another container has for itself");
            self.refuse("network", Rule::NetworkOwn, network, message);
            return;
        }
        let usual = matches!(name, "" | "default" | "bridge" | "none");
        let listed = &self.rules.networks;
        if !usual && !listed.is_empty() && !listed.iter().any(|it| it == name) {
            let message = format!("the network {name} is not among those that may be joined");
            self.refuse("network", Rule::NetworkListed, network, message);
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
