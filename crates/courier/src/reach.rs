//! What kind of place an IP address is, whatever spelling it has.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far away an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the internet.
    Public,
    /// In a network of one's own.
    Private,
    /// This machine itself.
    Loopback,
    /// Nowhere that anything is sent: the cloud's metadata and all else that is link-local, multicast, “this network”.
    OffLimits,
}

/// Services of a cloud's own that are not link-local: Azure's and Alibaba's by IPv4, Amazon's by IPv6.
const CLOUD: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

/// The place of an address. Of an IPv6 address that stands for an IPv4 one, the place of that one.
pub(crate) fn place(address: IpAddr) -> Place {
    let address = embedded(address.to_canonical());
    if CLOUD.contains(&address) {
        return Place::OffLimits;
    }
    match address {
        IpAddr::V4(v4) => place_v4(v4),
        IpAddr::V6(v6) => place_v6(v6),
    }
}

/// The registry of special addresses: IANA, RFC 6890.
fn place_v4(v4: Ipv4Addr) -> Place {
    let [a, b, c, _] = v4.octets();
    match (a, b, c) {
        (127, ..) => Place::Loopback,
        (0, ..) | (169, 254, _) => Place::OffLimits,
        _ if v4.is_multicast() || v4.is_broadcast() => Place::OffLimits,
        _ if v4.is_private() || v4.is_documentation() => Place::Private,
        // Carrier-grade NAT, protocol assignments, benchmarks, and what is reserved.
        (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _) | (240.., ..) => Place::Private,
        _ => Place::Public,
    }
}

fn place_v6(v6: Ipv6Addr) -> Place {
    let first = v6.segments().first().copied().unwrap_or_default();
    if v6.is_loopback() {
        return Place::Loopback;
    }
    if v6.is_unspecified() || v6.is_multicast() || v6.is_unicast_link_local() {
        return Place::OffLimits;
    }
    // Unique local (RFC 4193) and site-local, which it took the place of; documentation; all else outside 2000::/3 is not
    // given out.
    let given_out = first & 0xe000 == 0x2000;
    if !given_out || v6.segments().starts_with(&[0x2001, 0x0db8]) {
        return Place::Private;
    }
    Place::Public
}

/// The IPv4 address that an IPv6 address stands for: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380), and
/// IPv4-compatible ones (RFC 4291).
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    let join = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => join(high, low),
        [0x2002, high, low, ..] => join(high, low),
        [0x2001, 0, _, _, _, _, high, low] => join(!high, !low),
        [0, 0, 0, 0, 0, 0, high, low] if !v6.is_loopback() && !v6.is_unspecified() => join(high, low),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_place_is_that_place() {
        for (wanted, addresses) in [
            (
                Place::OffLimits,
                "169.254.169.254 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 64:ff9b:1::a9fe:a9fe 2002:a9fe:a9fe::1 \
                 2001:0:1:2:3:4:5601:5601 ::169.254.169.254 fe80::1 febf::1 fd00:ec2::254 168.63.129.16 100.100.100.200 \
                 0.0.0.0 0.1.2.3 :: 224.0.0.1 255.255.255.255 ff02::1",
            ),
            (
                Place::Loopback,
                "127.0.0.1 127.8.9.1 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::",
            ),
            (
                Place::Private,
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.2 100.64.0.1 198.18.0.1 192.0.0.8 203.0.113.9 240.0.0.1 \
                 fd00::1 fc00::1 fec0::1 2001:db8::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1:: 4000::1",
            ),
            (
                Place::Public,
                "1.1.1.1 172.32.0.1 192.169.0.1 100.128.0.1 8.8.8.8 2606:4700::1111 ::ffff:1.1.1.1 64:ff9b::101:101",
            ),
        ] {
            for text in addresses.split_whitespace() {
                assert_eq!(place(text.parse().unwrap()), wanted, "{text}");
            }
        }
    }
}
