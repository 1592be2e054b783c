//! Engines: one Docker daemon that Shipyard manages.
use crate::id::{EngineId, EngineName};
use crate::label::{Constraint, Labels, Rules};
use crate::problem::Problem;
use crate::secret::Secret;
use crate::unit::{Bytes, Cpus, Millis};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EngineAddress {
    /// `https://host:2376`: mutual TLS.
    Tls {
        /// Host name or IP address (IPv6 without brackets).
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `http://host:2375`: in the clear; whoever reaches the port is root on that host.
    Plain {
        /// Host name or IP address (IPv6 without brackets).
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `unix:///var/run/docker.sock`: the daemon of the machine that Shipyard runs on.
    Unix {
        /// Absolute path of the socket.
        path: String,
    },
}

/// Why a text is no [`EngineAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress;

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write an address such as https://host:2376, http://host:2375 or unix:///var/run/docker.sock")
    }
}

impl std::error::Error for BadAddress {}

impl EngineAddress {
    /// Reads `https://host[:2376]`, `http://host[:2375]`, `tcp://host:port` (TLS, unless the port is 2375), `unix:///path`.
    ///
    /// # Errors
    /// [`BadAddress`] for anything else, a path or user part included.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix://") {
            let good = path.len() > 1 && path.len() < 108 && path.starts_with('/') && !path.contains(['\0', '\n']);
            return if good {
                Ok(Self::Unix { path: path.to_owned() })
            } else {
                Err(BadAddress)
            };
        }
        let (scheme, rest) = text.split_once("://").ok_or(BadAddress)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(rest)?;
        let good = !host.is_empty()
            && host.len() <= 253
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
        if !good {
            return Err(BadAddress);
        }
        match (scheme, port) {
            ("https", port) => Ok(Self::Tls {
                host,
                port: port.unwrap_or(2376),
            }),
            ("http", port) => Ok(Self::Plain {
                host,
                port: port.unwrap_or(2375),
            }),
            ("tcp", Some(2375)) => Ok(Self::Plain { host, port: 2375 }),
            ("tcp", port) => Ok(Self::Tls {
                host,
                port: port.unwrap_or(2376),
            }),
            _ => Err(BadAddress),
        }
    }

    /// Host name or IP address; `None` for a socket.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Tls { host, .. } | Self::Plain { host, .. } => Some(host),
            Self::Unix { .. } => None,
        }
    }

    /// Whether the connection is neither encrypted nor authenticated though it crosses a network.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Plain { .. })
    }

    /// Whether certificates are needed.
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tls { .. })
    }
}

fn split_port(rest: &str) -> Result<(String, Option<u16>), BadAddress> {
    if let Some(inner) = rest.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or(BadAddress)?;
        let port = match after.strip_prefix(':') {
            Some(port) => Some(parse_port(port)?),
            None if after.is_empty() => None,
            None => return Err(BadAddress),
        };
        return Ok((host.to_owned(), port));
    }
    match rest.split_once(':') {
        Some((host, port)) => Ok((host.to_owned(), Some(parse_port(port)?))),
        None => Ok((rest.to_owned(), None)),
    }
}

fn parse_port(text: &str) -> Result<u16, BadAddress> {
    text.parse().ok().filter(|port| *port != 0).ok_or(BadAddress)
}

impl fmt::Display for EngineAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = |host: &str, port: u16| {
            if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            }
        };
        match self {
            Self::Tls { host, port } => write!(f, "https://{}", authority(host, *port)),
            Self::Plain { host, port } => write!(f, "http://{}", authority(host, *port)),
            Self::Unix { path } => write!(f, "unix://{path}"),
        }
    }
}

/// It is sent as its text.
#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for EngineAddress {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for EngineAddress {}

impl TryFrom<String> for EngineAddress {
    type Error = BadAddress;
    fn try_from(text: String) -> Result<Self, BadAddress> {
        Self::parse(&text)
    }
}

impl From<EngineAddress> for String {
    fn from(address: EngineAddress) -> Self {
        address.to_string()
    }
}

/// What an engine has to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Capacity {
    /// Processors.
    pub cpus: Cpus,
    /// Memory.
    pub memory: Bytes,
}

/// An engine as it is kept: everything but its credentials, which stay sealed in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Engine {
    /// Its identity.
    pub id: EngineId,
    /// What people call it.
    pub name: EngineName,
    /// Where it listens.
    pub address: EngineAddress,
    /// Labels for placement and filters.
    pub labels: Labels,
    /// CPUs that the operator gave instead of what the daemon says.
    pub cpus_override: Option<Cpus>,
    /// Memory that the operator gave instead of what the daemon says.
    pub memory_override: Option<Bytes>,
    /// By what a second registration of the same daemon is refused: its own id and its host's name (`docker info`), with
    /// `@` between them, because machines that were cloned from one image share the id. Empty when it has no id.
    pub daemon_id: String,
    /// End of the client certificate's validity.
    pub certificate_ends: Option<Millis>,
    /// When it was added.
    pub added: Millis,
    /// Whether it is being emptied: it takes no new containers until this is taken back.
    #[serde(default)]
    pub drained: bool,
}

impl Engine {
    /// What it has of a key that a constraint of a deploy names: the label's value, or its own name for [`crate::label::ENGINE`].
    pub fn value_of(&self, key: &str) -> Option<&str> {
        self.labels.value_of(&self.name, key)
    }

    /// The first key of a deploy's constraints that it does not satisfy.
    pub fn unmet<'c>(&self, constraints: &'c [Constraint]) -> Option<&'c str> {
        let rules = Rules::new(constraints);
        rules.unmet(|key| self.value_of(key)).map(|(key, _)| key)
    }
}

/// PEM texts for mutual TLS: what the operator pastes or uploads.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TlsCredentials {
    /// Client certificate (chain), PEM.
    pub certificate: String,
    /// Private key of the client certificate, PEM.
    pub key: Secret,
    /// Certificate authority that signed the engine's server certificate, PEM. No other authority is trusted.
    pub authority: String,
}

/// The form for adding or editing an engine.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EngineDraft {
    /// What people shall call it.
    pub name: String,
    /// Where it listens, as typed.
    pub address: String,
    /// Labels as typed: `zone=a ssd`.
    #[serde(default)]
    pub labels: String,
    /// CPUs instead of what the daemon says; empty for the daemon's.
    #[serde(default)]
    pub cpus: String,
    /// Memory instead of what the daemon says; empty for the daemon's.
    #[serde(default)]
    pub memory: String,
    /// Client certificate and the rest; on an edit, `None` keeps what is stored.
    pub tls: Option<TlsCredentials>,
}

impl fmt::Debug for EngineDraft {
    /// Shows name and address only: a log line must not hold certificates or keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineDraft")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// What a trial connection found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineProbe {
    /// The daemon's own id.
    pub daemon_id: String,
    /// The daemon's host name.
    pub hostname: String,
    /// Docker's version, such as `20.10.24`.
    pub version: String,
    /// API version in use, such as `1.41`.
    pub api_version: String,
    /// Operating system, such as `Debian GNU/Linux 12`.
    pub os: String,
    /// Machine architecture, such as `x86_64`.
    pub architecture: String,
    /// What the daemon says that it has.
    pub capacity: Capacity,
    /// Number of containers on it.
    pub containers: u32,
    /// Time that a ping took, in microseconds.
    pub response_us: u64,
    /// End of the client certificate.
    pub certificate_ends: Option<Millis>,
    /// End of the engine's server certificate.
    pub server_certificate_ends: Option<Millis>,
}

/// Whether an engine answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EngineHealth {
    /// Not tried yet, or trying again for the first time since the start.
    Connecting,
    /// Answers; what is known about it is true.
    Up,
    /// Does not answer; what is known about it is old.
    Down {
        /// Since when.
        since: Millis,
        /// Why.
        why: Problem,
        /// When it is tried again.
        retry_at: Millis,
    },
}

impl EngineHealth {
    /// Whether calls may be sent to it.
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up)
    }
}

/// An engine as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineRow {
    /// As it is kept.
    pub engine: Engine,
    /// Whether it answers.
    pub health: EngineHealth,
    /// When something was last heard of it; `None` before the first time.
    pub last_seen: Option<Millis>,
    /// Docker's version; empty until known.
    pub version: String,
    /// Operating system; empty until known.
    pub os: String,
    /// Architecture; empty until known.
    pub architecture: String,
    /// Time that the newest ping took, in microseconds.
    pub response_us: Option<u64>,
    /// What it has: the operator's figures where given, else the daemon's.
    pub capacity: Capacity,
    /// What its containers reserve.
    pub reserved: Capacity,
    /// Containers that run (paused ones included).
    pub running: u32,
    /// All containers.
    pub containers: u32,
    /// End of the server certificate.
    pub server_certificate_ends: Option<Millis>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_write_the_same() {
        for text in [
            "https://1.1.1.1:2376",
            "http://node1:2375",
            "unix:///var/run/docker.sock",
            "https://[::1]:2376",
        ] {
            assert_eq!(EngineAddress::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            EngineAddress::parse("https://a/").unwrap().to_string(),
            "https://a:2376"
        );
        assert_eq!(
            EngineAddress::parse("tcp://a:2375").unwrap().to_string(),
            "http://a:2375"
        );
    }

    #[test]
    fn anything_else_is_no_address() {
        for bad in [
            "",
            "a",
            "ftp://a",
            "https://",
            "https://a:0",
            "https://a:99999",
            "https://u@a",
            "https://a/b",
            "unix://a",
            "https://a b",
            "https://[::1",
            "https://a?b=c",
        ] {
            assert!(EngineAddress::parse(bad).is_err(), "{bad}");
        }
    }
}
