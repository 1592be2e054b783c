//! What `run` takes, in the original's notation, read into the model's types.
pub mod options;
pub mod place;
pub mod request;

use shipyard_model::Protocol;
use shipyard_model::deploy::{PortSpec, RestartPolicy, VolumeSpec};

fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port != 0)
}

/// Reads `tcp/10.1.2.3:80:8080`: protocol, address, port on the engine, port in the container. All but the last may be
/// empty: `tcp/::8080`, `::8080`; the shorter `80:8080` and `8080` are understood too, and `8080/udp` as Docker has it.
///
/// # Errors
/// A sentence that says what is expected.
pub fn port(text: &str) -> Result<PortSpec, String> {
    let want = || {
        format!(
            "“{text}” is no port: write proto/host-ip:host-port:container-port, with empty parts as you like (tcp/::8080)"
        )
    };
    let text = text.trim();
    let protocol = |word: &str| match word {
        "" | "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    };
    let (protocol, rest) = match text.split_once('/') {
        None => (Protocol::Tcp, text),
        Some((first, rest)) => match protocol(&first.to_ascii_lowercase()) {
            Some(known) => (known, rest),
            // Docker's order.
            None => (protocol(&rest.to_ascii_lowercase()).ok_or_else(want)?, first),
        },
    };
    // An IPv6 address holds colons itself: it is what is left before the last two parts.
    let (before, container) = rest.rsplit_once(':').unwrap_or(("", rest));
    let (ip, host) = before.rsplit_once(':').unwrap_or(("", before));
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    if !ip.is_empty() && ip.parse::<std::net::IpAddr>().is_err() {
        return Err(want());
    }
    let host = match host {
        "" | "0" => None,
        host => Some(number(host).ok_or_else(want)?),
    };
    Ok(PortSpec {
        host_ip: ip.to_owned(),
        host,
        container: number(container).ok_or_else(want)?,
        protocol,
    })
}

/// Reads `key=value`; the value may hold `=`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("“{text}” is no pair: write key=value")),
    }
}

/// Reads `container:name` or `container`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn link(text: &str) -> Result<(String, String), String> {
    match text.split_once(':').unwrap_or((text, "")) {
        ("", _) => Err(format!("“{text}” is no link: write container:name")),
        (container, name) => Ok((container.to_owned(), name.to_owned())),
    }
}

/// Reads `/host:/container`, `name:/container`, `/container`, each of the first two with `:ro` at its end.
///
/// # Errors
/// A sentence that says what is expected.
pub fn volume(text: &str) -> Result<VolumeSpec, String> {
    let want =
        || format!("“{text}” is no volume: write /host/path:/container/path, name:/container/path or /container/path");
    let (rest, read_only) = match text.strip_suffix(":ro") {
        Some(rest) => (rest, true),
        None => (text.strip_suffix(":rw").unwrap_or(text), false),
    };
    let (source, target) = rest.split_once(':').unwrap_or(("", rest));
    if !target.starts_with('/') || target.contains(':') || (rest.contains(':') && source.is_empty()) {
        return Err(want());
    }
    Ok(VolumeSpec {
        source: source.to_owned(),
        target: target.to_owned(),
        read_only,
        ..VolumeSpec::default()
    })
}

/// Reads `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:5`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn restart(text: &str) -> Result<RestartPolicy, String> {
    let want =
        || format!("“{text}” is no restart policy: write no, always, unless-stopped, on-failure or on-failure:5");
    match text.split_once(':') {
        Some(("on-failure", count)) => count.parse().map(RestartPolicy::OnFailure).map_err(|_| want()),
        Some(_) => Err(want()),
        None => match text {
            "" | "no" => Ok(RestartPolicy::No),
            "always" => Ok(RestartPolicy::Always),
            "unless-stopped" => Ok(RestartPolicy::UnlessStopped),
            "on-failure" => Ok(RestartPolicy::OnFailure(0)),
            _ => Err(want()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec(protocol: Protocol, host_ip: &str, host: Option<u16>, container: u16) -> PortSpec {
        PortSpec {
            host_ip: host_ip.to_owned(),
            host,
            container,
            protocol,
        }
    }

    #[test]
    fn ports_may_have_empty_parts() {
        use Protocol::{Sctp, Tcp, Udp};
        for (text, want) in [
            ("tcp/::8080", spec(Tcp, "", None, 8080)),
            ("tcp/:80:8080", spec(Tcp, "", Some(80), 8080)),
            ("tcp/10.1.2.3:80:8080", spec(Tcp, "10.1.2.3", Some(80), 8080)),
            ("udp/10.1.2.3::53", spec(Udp, "10.1.2.3", None, 53)),
            ("/::8080", spec(Tcp, "", None, 8080)),
            ("::8080", spec(Tcp, "", None, 8080)),
            ("80:8080", spec(Tcp, "", Some(80), 8080)),
            ("8080", spec(Tcp, "", None, 8080)),
            ("53:53/udp", spec(Udp, "", Some(53), 53)),
            ("sctp/[fe80::1]:80:90", spec(Sctp, "fe80::1", Some(80), 90)),
            ("tcp/:0:8080", spec(Tcp, "", None, 8080)),
        ] {
            assert_eq!(port(text), Ok(want), "{text}");
        }
        for bad in [
            "",
            "tcp/",
            "tcp/::",
            "tcp/::0",
            "tcp/::99999",
            "tcp/a:80:80",
            "quic/::80",
            "tcp/1.2.3.4:80:80:80",
            "-1:80",
        ] {
            assert!(port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_may_hold_equals_signs() {
        assert_eq!(pair("A=b=c"), Ok(("A".to_owned(), "b=c".to_owned())));
        assert_eq!(pair("A="), Ok(("A".to_owned(), String::new())));
        assert!(pair("A").is_err() && pair("=b").is_err());
    }

    #[test]
    fn volumes_and_restart_policies_are_read() {
        let read = |text| volume(text).map(|v| (v.source, v.target, v.read_only));
        assert_eq!(read("/a:/b"), Ok(("/a".into(), "/b".into(), false)));
        assert_eq!(read("data:/b:ro"), Ok(("data".into(), "/b".into(), true)));
        assert_eq!(read("/b"), Ok((String::new(), "/b".into(), false)));
        assert!(read("b").is_err() && read(":/b").is_err() && read("/a:/b:/c").is_err() && read("").is_err());
        assert_eq!(restart("on-failure:5"), Ok(RestartPolicy::OnFailure(5)));
        assert!(restart("sometimes").is_err() && restart("always:3").is_err() && restart("on-failure:x").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = (port(&text), pair(&text), volume(&text), restart(&text));
        }

        #[test]
        fn whole_ports_are_read(a: [u8; 4], host in 1_u16.., container in 1_u16.., protocol in 0..3_usize) {
            let (word, protocol) = [("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("sctp", Protocol::Sctp)][protocol];
            let ip = std::net::Ipv4Addr::from(a).to_string();
            let text = format!("{word}/{ip}:{host}:{container}");
            prop_assert_eq!(port(&text), Ok(spec(protocol, &ip, Some(host), container)));
        }
    }
}
