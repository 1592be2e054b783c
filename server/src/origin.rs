//! Which host a request may name, and which origin may open a socket.
//!
//! A page of another site can make a browser send requests here, and with DNS rebinding even under the other site's own
//! name. A name that we do not know is refused before anything else looks at the request.
use crate::config::Settings;
use http::{HeaderMap, Uri, header};
use std::net::IpAddr;

/// What the operator said about names, ready to compare with.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    public_origin: Option<String>,
    allowed: Vec<String>,
}

impl Names {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut allowed = settings.allowed_hosts.clone();
        let public_host = settings
            .public_origin
            .as_deref()
            .and_then(|origin| origin.split_once("://"))
            .map(|(_, host)| host);
        allowed.extend(public_host.map(|host| without_port(host).to_owned()));
        Self {
            public_origin: settings.public_origin.clone(),
            allowed,
        }
    }

    /// The origin that the operator gave.
    pub(crate) fn public_origin(&self) -> Option<&str> {
        self.public_origin.as_deref()
    }

    /// Whether the operator named a host.
    pub(crate) fn has_some(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Whether a request may name this host. An IP address cannot be rebound, so it always may.
    pub(crate) fn may_name(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        let address = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .is_ok();
        address || name == "localhost" || name.ends_with(".localhost") || self.allowed.contains(&name)
    }

    /// Whether the page that opens a socket is one of ours: its origin is the public one or names the request's host.
    /// Browsers always send an origin with a socket, so a request without one is refused.
    pub(crate) fn may_open_socket(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
            return false;
        };
        if self.public_origin.as_deref() == Some(origin) {
            return true;
        }
        let named = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        named.is_some() && named == host_of(headers, uri)
    }
}

/// The host that a request names.
pub(crate) fn host_of<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<&'r str> {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    authority.or_else(|| headers.get(header::HOST).and_then(|value| value.to_str().ok()))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Reads the public URL into an origin as browsers write it.
///
/// # Errors
/// A sentence that says what is expected.
pub(crate) fn parse_public_url(text: &str) -> Result<String, String> {
    let bad = || format!("“{text}” is no public URL: write it as https://shipyard.example.org, without a path");
    let uri: Uri = text.trim().parse().map_err(|_| bad())?;
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(bad());
    };
    if authority.as_str().contains('@') || authority.host().is_empty() || uri.path() != "/" || uri.query().is_some() {
        return Err(bad());
    }
    let host = authority.host().to_ascii_lowercase();
    let default = if scheme == "https" { 443 } else { 80 };
    Ok(match authority.port_u16().filter(|port| *port != default) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(allowed: &[&str]) -> Names {
        let allowed = allowed.iter().map(|&name| name.to_owned()).collect();
        Names {
            public_origin: Some("https://yard.example".into()),
            allowed,
        }
    }

    #[test]
    fn a_rebound_name_is_refused_and_an_address_is_not() {
        let names = names(&["yard.example"]);
        for good in [
            "127.0.0.1:8080",
            "localhost",
            "[::1]:8080",
            "a.localhost:1",
            "Yard.example",
            "10.0.0.1",
        ] {
            assert!(names.may_name(good), "{good}");
        }
        for bad in ["evil.example:8080", "127.0.0.1.evil.example", "", "localhost.evil"] {
            assert!(!names.may_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_socket_opens_for_our_own_pages_only() {
        let ask = |origin: Option<&str>, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            names(&[]).may_open_socket(&headers, &Uri::from_static("/socket/live"))
        };
        assert!(ask(Some("http://127.0.0.1:8080"), "127.0.0.1:8080"));
        assert!(ask(Some("https://yard.example"), "10.0.0.1:8080"));
        for bad in [
            None,
            Some("null"),
            Some("http://evil"),
            Some("http://127.0.0.1:80801"),
            Some("127.0.0.1:8080"),
        ] {
            assert!(!ask(bad, "127.0.0.1:8080"), "{bad:?}");
        }
    }
}
