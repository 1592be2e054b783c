//! An address as a person writes it, read and judged before anything is connected to.
use crate::Allowed;
use crate::reach::{Place, place};
use http::Uri;
use std::net::IpAddr;

/// Longest address.
const LONGEST: usize = 2000;

/// Why an address cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is no address of a web server.
    #[error("it is no address such as https://example.org/path")]
    Malformed,
    /// It begins with `http://`, which is for this machine itself unless the operator allows more.
    #[error("it must begin with https://")]
    NotHttps,
    /// It holds a name or password before the host.
    #[error("it holds a name or password")]
    Credentials,
    /// Its host is a number that must not be reached.
    #[error("nothing is sent to such an address")]
    OffLimits,
}

/// Where a message goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(crate) uri: Uri,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    /// It may only be this machine itself, wherever its name leads.
    pub(crate) loopback_only: bool,
}

impl Address {
    /// Reads an address. A host that is a number is judged at once, a name whenever it is looked up.
    ///
    /// # Errors
    /// See [`BadAddress`].
    pub fn parse(text: &str, allowed: Allowed) -> Result<Self, BadAddress> {
        if text.len() > LONGEST || text.contains(['#', '\\']) {
            return Err(BadAddress::Malformed);
        }
        let uri: Uri = text.parse().map_err(|_| BadAddress::Malformed)?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(BadAddress::Malformed),
        };
        let authority = uri.authority().ok_or(BadAddress::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(BadAddress::Credentials);
        }
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        if host.is_empty() {
            return Err(BadAddress::Malformed);
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str() != authority.host() => return Err(BadAddress::Malformed),
            None if tls => 443,
            None => 80,
        };
        let number: Option<IpAddr> = host.parse().ok();
        if number.is_some_and(|number| !may_reach(number, allowed)) {
            return Err(BadAddress::OffLimits);
        }
        let here = host == "localhost" || number.is_some_and(|number| place(number) == Place::Loopback);
        if !tls && !allowed.plain && !here {
            return Err(BadAddress::NotHttps);
        }
        Ok(Self {
            loopback_only: !tls && !allowed.plain,
            uri,
            host,
            port,
            tls,
        })
    }

    /// The host, which may be told where path and query may not.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Whether an address may be connected to.
pub(crate) fn may_reach(address: IpAddr, allowed: Allowed) -> bool {
    match place(address) {
        Place::Public => true,
        Place::Private | Place::Loopback => allowed.private,
        Place::OffLimits => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Allowed = Allowed {
        plain: true,
        private: true,
    };
    const PRIVATE: Allowed = Allowed {
        plain: false,
        private: true,
    };

    fn parse(text: &str, allowed: Allowed) -> Result<(String, u16, bool), BadAddress> {
        Address::parse(text, allowed).map(|address| (address.host, address.port, address.tls))
    }

    #[test]
    fn what_is_no_safe_address_is_refused() {
        let none = Allowed::default();
        for (text, allowed, wanted) in [
            ("", none, BadAddress::Malformed),
            ("/path", none, BadAddress::Malformed),
            ("example.org", none, BadAddress::Malformed),
            ("ftp://example.org/", none, BadAddress::Malformed),
            ("file:///etc/passwd", none, BadAddress::Malformed),
            ("https://", none, BadAddress::Malformed),
            ("https://example.org:99999/", none, BadAddress::Malformed),
            ("https://example.org:/", none, BadAddress::Malformed),
            ("https://example.org/#a", none, BadAddress::Malformed),
            ("https://example.org\\@evil.org/", none, BadAddress::Malformed),
            ("https://exa mple.org/", none, BadAddress::Malformed),
            ("https://ann:secret@example.org/", ALL, BadAddress::Credentials),
            ("https://ann@example.org/", ALL, BadAddress::Credentials),
            ("http://example.org/", none, BadAddress::NotHttps),
            ("http://example.org/", PRIVATE, BadAddress::NotHttps),
            ("http://10.0.0.1/", PRIVATE, BadAddress::NotHttps),
            ("https://10.0.0.1/", none, BadAddress::OffLimits),
            ("https://127.0.0.1/", none, BadAddress::OffLimits),
            ("https://[::1]/", none, BadAddress::OffLimits),
            ("https://[::ffff:169.254.169.254]/", ALL, BadAddress::OffLimits),
            ("http://169.254.169.254/latest/meta-data", ALL, BadAddress::OffLimits),
        ] {
            assert_eq!(parse(text, allowed), Err(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_one_is_read() {
        let none = Allowed::default();
        let read = |host: &str, port, tls| Ok((host.to_owned(), port, tls));
        assert_eq!(parse("https://Example.org/a?b=c", none), read("example.org", 443, true));
        assert_eq!(parse("https://1.1.1.1:8443", none), read("1.1.1.1", 8443, true));
        assert_eq!(parse("http://example.org", ALL), read("example.org", 80, false));
        assert_eq!(parse("http://[::1]:81/", PRIVATE), read("::1", 81, false));
        assert!(Address::parse("http://localhost/", PRIVATE).is_ok_and(|address| address.loopback_only));
    }
}
