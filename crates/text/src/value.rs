//! Values as both texts write them: `8080:80/udp`, `data:/data:ro`, `1m30s`, `256m`. Each is written so that it is read back
//! as what it was.
use shipyard_model::deploy::{DeviceSpec, PortSpec, RestartPolicy, UlimitSpec};
use shipyard_model::{Bytes, Protocol};
use std::net::IpAddr;

/// Most ports that a range may have: as many as a spec.
const MOST_PORTS: u16 = 500;

fn protocol(word: &str) -> Option<Protocol> {
    match word.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

/// `80`, or `80-90`: the first and how many.
fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (number(from)?, number(to)?);
    let more = to.checked_sub(from).filter(|more| *more < MOST_PORTS)?;
    Some((from, more + 1))
}

/// Reads `80`, `8080:80/udp`, `127.0.0.1:8080:80`, `[::1]::80`, `8000-8010:80-90`.
pub(crate) fn ports(text: &str) -> Option<Vec<PortSpec>> {
    let (rest, protocol) = match text.rsplit_once('/') {
        Some((rest, word)) => (rest, protocol(word)?),
        None => (text, Protocol::Tcp),
    };
    // An IPv6 address holds colons itself: it is what is left before the last two parts.
    let (before, container) = rest.rsplit_once(':').unwrap_or(("", rest));
    let (ip, host) = before.rsplit_once(':').unwrap_or(("", before));
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    if !ip.is_empty() && ip.parse::<IpAddr>().is_err() {
        return None;
    }
    let (container, count) = range(container)?;
    let host = match host {
        "" | "0" => None,
        host => Some(range(host).filter(|(_, hosts)| *hosts == count)?.0),
    };
    let port = |nth| PortSpec {
        host_ip: ip.to_owned(),
        host: host.map(|first| first + nth),
        container: container + nth,
        protocol,
    };
    Some((0..count).map(port).collect())
}

/// A port as [`ports`] reads it.
pub(crate) fn port(port: &PortSpec) -> String {
    let host = port.host.map(|host| host.to_string()).unwrap_or_default();
    let before = match port.host_ip.as_str() {
        "" if host.is_empty() => String::new(),
        "" => format!("{host}:"),
        ip if ip.contains(':') => format!("[{ip}]:{host}:"),
        ip => format!("{ip}:{host}:"),
    };
    let after = match port.protocol {
        Protocol::Tcp => String::new(),
        other => format!("/{}", other.word()),
    };
    format!("{before}{}{after}", port.container)
}

/// Reads `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:5`.
pub(crate) fn restart(text: &str) -> Option<RestartPolicy> {
    match text.split_once(':') {
        Some(("on-failure", count)) => count.parse().ok().map(RestartPolicy::OnFailure),
        Some(_) => None,
        None => match text {
            "" | "no" => Some(RestartPolicy::No),
            "always" => Some(RestartPolicy::Always),
            "unless-stopped" => Some(RestartPolicy::UnlessStopped),
            "on-failure" => Some(RestartPolicy::OnFailure(0)),
            _ => None,
        },
    }
}

/// A restart policy as [`restart`] reads it.
pub(crate) fn restart_word(policy: RestartPolicy) -> String {
    match policy {
        RestartPolicy::No => "no".to_owned(),
        RestartPolicy::OnFailure(0) => "on-failure".to_owned(),
        RestartPolicy::OnFailure(most) => format!("on-failure:{most}"),
        RestartPolicy::Always => "always".to_owned(),
        RestartPolicy::UnlessStopped => "unless-stopped".to_owned(),
    }
}

/// Reads a size.
pub(crate) fn bytes(text: &str) -> Option<Bytes> {
    Bytes::parse(text).ok()
}

/// A size in the largest of Docker's units that says it exactly.
pub(crate) fn size(bytes: Bytes) -> String {
    let bytes = bytes.get();
    [(1_u64 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")]
        .into_iter()
        .find(|(unit, _)| bytes > 0 && bytes.is_multiple_of(*unit))
        .map_or_else(|| format!("{bytes}b"), |(unit, name)| format!("{}{name}", bytes / unit))
}

/// Reads `1m30s`, `500ms`, `1.5s`, as milliseconds.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(0);
    }
    let mut all = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after
            .find(|c: char| !c.is_ascii_alphabetic() && c != 'µ')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(letters)?;
        let milliseconds = match unit {
            "ns" => 1e-6,
            "us" | "µs" => 1e-3,
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 60e3,
            "h" => 3600e3,
            _ => return None,
        };
        all += number.parse::<f64>().ok()? * milliseconds;
        rest = next;
    }
    (!text.trim().is_empty() && all < 9e15).then(|| all.round() as u64)
}

/// A time as [`duration`] reads it.
pub(crate) fn time(milliseconds: u64) -> String {
    if milliseconds.is_multiple_of(1000) {
        format!("{}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}ms")
    }
}

/// Reads `/dev/sda`, `/dev/sda:/dev/xvda:rwm`, `/dev/sda:r`.
pub(crate) fn device(text: &str) -> Option<DeviceSpec> {
    let is_permissions = |word: &str| word.chars().all(|c| matches!(c, 'r' | 'w' | 'm'));
    let mut parts = text.split(':');
    let (host, second, third) = (parts.next()?, parts.next(), parts.next());
    let (container, permissions) = match (second, third) {
        (None, _) => ("", ""),
        (Some(word), None) if is_permissions(word) => ("", word),
        (Some(path), None) => (path, ""),
        (Some(path), Some(word)) if is_permissions(word) => (path, word),
        _ => return None,
    };
    if parts.next().is_some() || host.is_empty() {
        return None;
    }
    Some(DeviceSpec {
        host: host.to_owned(),
        container: container.to_owned(),
        permissions: permissions.to_owned(),
    })
}

/// A device as [`device`] reads it.
pub(crate) fn device_word(device: &DeviceSpec) -> String {
    let mut text = device.host.clone();
    for part in [&device.container, &device.permissions] {
        if !part.is_empty() {
            text.push(':');
            text.push_str(part);
        }
    }
    text
}

/// Reads `nofile=1024:2048`, `nproc=64`.
pub(crate) fn ulimit(text: &str) -> Option<UlimitSpec> {
    let (name, limits) = text.split_once('=')?;
    limit(name, limits)
}

/// Reads a limit's values: `1024:2048`, `64`.
pub(crate) fn limit(name: &str, limits: &str) -> Option<UlimitSpec> {
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    Some(UlimitSpec {
        name: name.to_owned(),
        soft: soft.trim().parse().ok()?,
        hard: hard.trim().parse().ok()?,
    })
}

/// A limit as [`ulimit`] reads it.
pub(crate) fn ulimit_word(limit: &UlimitSpec) -> String {
    if limit.soft == limit.hard {
        format!("{}={}", limit.name, limit.soft)
    } else {
        format!("{}={}:{}", limit.name, limit.soft, limit.hard)
    }
}

/// Reads `name=value`; without `=` the value is empty.
pub(crate) fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

/// Reads a line of a hosts file: `name:address`, `name=address`; the address may be of either kind and in brackets.
pub(crate) fn host(text: &str) -> Option<(String, String)> {
    let at = text.find('=').or_else(|| text.find(':'))?;
    let (name, address) = (text.get(..at)?, text.get(at + 1..)?);
    let address = address
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'))
        .unwrap_or(address);
    (!name.is_empty() && !address.is_empty()).then(|| (name.to_owned(), address.to_owned()))
}

/// Reads `container:name`, `container`.
pub(crate) fn link(text: &str) -> Option<(String, String)> {
    let (container, name) = text.split_once(':').unwrap_or((text, ""));
    (!container.is_empty()).then(|| (container.to_owned(), name.to_owned()))
}

/// A link as [`link`] reads it.
pub(crate) fn link_word((container, name): &(String, String)) -> String {
    if name.is_empty() {
        container.clone()
    } else {
        format!("{container}:{name}")
    }
}

/// Reads a truth, as Docker's command line does.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "t" => Some(true),
        "false" | "0" | "f" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> Option<Vec<String>> {
        ports(text).map(|all| all.iter().map(port).collect())
    }

    #[test]
    fn ports_are_read_as_docker_reads_them() {
        for (text, want) in [
            ("80", vec!["80"]),
            ("8080:80/udp", vec!["8080:80/udp"]),
            ("127.0.0.1::80", vec!["127.0.0.1::80"]),
            ("[::1]:81:80/TCP", vec!["[::1]:81:80"]),
            ("8000-8002:80-82", vec!["8000:80", "8001:81", "8002:82"]),
            ("7-8", vec!["7", "8"]),
            ("0:80", vec!["80"]),
        ] {
            assert_eq!(written(text).unwrap(), want, "{text}");
        }
        for bad in [
            "",
            "x",
            "80:",
            "0",
            "99999",
            "8000-8002:80",
            "9-8",
            "1-65535",
            "a:1:2",
            "80/quic",
            "1.2.3.4:1:2:3",
        ] {
            assert_eq!(ports(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_and_sizes_are_read_as_docker_reads_them() {
        assert_eq!(duration("1m30s"), Some(90_000));
        assert_eq!(duration("1.5s"), Some(1500));
        assert_eq!(duration("250ms"), Some(250));
        for bad in ["", "5", "s", "1x", "1..5s", "-1s"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        assert_eq!(size(Bytes::mib(1536)), "1536m");
        assert_eq!(size(Bytes::new(7)), "7b");
        assert_eq!(bytes("7b"), Some(Bytes::new(7)));
    }

    #[test]
    fn devices_limits_and_hosts_are_read() {
        let read = |text| device(text).map(|d| (d.host, d.container, d.permissions));
        assert_eq!(read("/dev/a:r"), Some(("/dev/a".into(), String::new(), "r".into())));
        assert_eq!(
            read("/dev/a:/dev/b:rw"),
            Some(("/dev/a".into(), "/dev/b".into(), "rw".into()))
        );
        assert_eq!(read("/dev/a:/b:x"), None);
        assert_eq!(ulimit("nofile=1:2").map(|limit| (limit.soft, limit.hard)), Some((1, 2)));
        assert_eq!(ulimit("nofile"), None);
        assert_eq!(host("a:[::1]"), Some(("a".into(), "::1".into())));
        assert_eq!(host("a=1.2.3.4"), Some(("a".into(), "1.2.3.4".into())));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = (ports(&text), restart(&text), duration(&text), device(&text), ulimit(&text), host(&text), link(&text));
        }

        #[test]
        fn times_come_back(milliseconds in 0_u64..1_000_000_000_000) {
            prop_assert_eq!(duration(&time(milliseconds)), Some(milliseconds));
        }

        #[test]
        fn sizes_come_back(bytes in 0_u64..(1 << 50)) {
            prop_assert_eq!(super::bytes(&size(Bytes::new(bytes))), Some(Bytes::new(bytes)));
        }
    }
}
