//! Addresses at which no engine is, but something that Shipyard must not be led to: whoever may add an engine could
//! otherwise have Shipyard knock at what only its own machine can reach (OWASP: server-side request forgery).
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Services of a cloud's own that are not link-local: Azure's and Alibaba's by IPv4, Amazon's by IPv6.
const CLOUD: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

/// Whether nothing may be connected to there: the cloud's metadata and all else that is link-local, multicast, and “this
/// network”. Loopback and private networks are where engines are.
pub(crate) fn is_off_limits(address: IpAddr) -> bool {
    let address = embedded(address.to_canonical());
    CLOUD.contains(&address)
        || match address {
            IpAddr::V4(v4) => {
                v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.octets().first() == Some(&0)
            }
            IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_multicast() || v6.is_unspecified(),
        }
}

/// The IPv4 address that a NAT64 address stands for (RFC 6052, `64:ff9b::/96`).
fn embedded(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.segments().starts_with(&[0x64, 0xff9b, 0, 0, 0, 0]) => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_on_machines_and_not_in_the_link_or_the_cloud() {
        for text in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "168.63.129.16",
            "100.100.100.200",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
        ] {
            assert!(is_off_limits(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "::1",
            "10.210.0.11",
            "192.168.1.2",
            "203.0.113.9",
            "fd00::1",
            "2001:db8::1",
        ] {
            assert!(!is_off_limits(text.parse().unwrap()), "{text}");
        }
    }
}
