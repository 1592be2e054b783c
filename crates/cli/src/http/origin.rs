//! Addresses of servers, as people type them.
use std::fmt;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Over TLS.
    pub tls: bool,
    /// Host name or IP address (IPv6 without brackets).
    pub host: String,
    /// Port.
    pub port: u16,
    /// What stands before `/api/v1`, without a slash at its end; usually empty.
    pub base: String,
}

impl Origin {
    /// Reads `https://host[:port][/base]`, `http://…`, or a bare host: https, and http for this machine.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let want = || format!("“{text}” is no address of a server: write https://host or https://host:port");
        let trimmed = text.trim();
        let (tls, rest) = match trimmed.split_once("://") {
            Some(("https", rest)) => (Some(true), rest),
            Some(("http", rest)) => (Some(false), rest),
            Some(_) => return Err(want()),
            None => (None, trimmed),
        };
        let (authority, base) = match rest.split_once('/') {
            Some((authority, base)) => (authority, base.trim_matches('/')),
            None => (rest, ""),
        };
        let (host, port) = split(authority).ok_or_else(want)?;
        let good = !host.is_empty()
            && host.len() <= 253
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
        let good_base = base
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'));
        if !good || !good_base {
            return Err(want());
        }
        let tls = tls.unwrap_or_else(|| !is_loopback(host));
        Ok(Self {
            tls,
            host: host.to_owned(),
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            base: if base.is_empty() {
                String::new()
            } else {
                format!("/{base}")
            },
        })
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_in_the_clear(&self) -> bool {
        !self.tls && !self.is_loopback()
    }

    /// Host and port, as the header `Host` has them.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == if self.tls { 443 } else { 80 } {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.base)
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Host and port.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port != 0);
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        return match after.strip_prefix(':') {
            Some(text) => Some((host, Some(port(text)?))),
            None => after.is_empty().then_some((host, None)),
        };
    }
    match authority.split_once(':') {
        Some((host, text)) => Some((host, Some(port(text)?))),
        None => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, written) in [
            ("https://a", "https://a"),
            ("https://a:443/", "https://a"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://[::1]:8443/yard/", "https://[::1]:8443/yard"),
            ("shipyard.example.org", "https://shipyard.example.org"),
            ("localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), written);
        }
        for bad in [
            "",
            "ftp://a",
            "https://",
            "https://u:p@a",
            "https://a:0",
            "https://a b",
            "https://a/?x",
            "https://[a]",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        let clear = |text: &str| Origin::parse(text).unwrap().is_in_the_clear();
        assert!(!clear("http://127.0.0.1:8080") && !clear("http://localhost") && !clear("http://[::1]"));
        assert!(!clear("https://10.0.0.1"));
        assert!(clear("http://10.0.0.1") && clear("http://localhost.example.org"));
    }

    proptest! {
        #[test]
        fn what_is_read_reads_the_same_again(text in "(https?://)?[a-z0-9.]{1,9}(:[0-9]{1,5})?(/[a-z]{0,5})?") {
            if let Ok(origin) = Origin::parse(&text) {
                prop_assert_eq!(Origin::parse(&origin.to_string()), Ok(origin));
            }
        }
    }
}
