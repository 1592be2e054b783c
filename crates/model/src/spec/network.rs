//! How a container is reached: its ports, and what it is in its networks.
use crate::container::Protocol;
use serde::{Deserialize, Serialize};

/// A port to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PortSpec {
    /// Address of the engine to bind to; empty for all.
    pub host_ip: String,
    /// Port on the engine; `None` for any free one.
    pub host: Option<u16>,
    /// Port in the container.
    pub container: u16,
    /// Protocol.
    pub protocol: Protocol,
}

/// A port that a container listens on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExposedPort {
    /// Port in the container.
    pub port: u16,
    /// Protocol.
    #[serde(default)]
    pub protocol: Protocol,
}

/// A network to join, and what the container is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Name of the network.
    pub name: String,
    /// What the container is in it.
    #[serde(default)]
    pub endpoint: EndpointSpec,
}

/// What a container is in a network; all may be left to the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EndpointSpec {
    /// Names by which others in the network find it, besides its own.
    pub aliases: Vec<String>,
    /// Its IPv4 address; empty for any free one.
    pub ipv4: String,
    /// Its IPv6 address; empty for any free one.
    pub ipv6: String,
    /// Addresses that it has besides, which are valid on this link only.
    pub link_local: Vec<String>,
    /// Its hardware address, `02:42:ac:11:00:02`; empty for any.
    pub mac: String,
    /// Options of the network's driver.
    pub options: Vec<(String, String)>,
    /// Which network its way out goes through: that of the highest number.
    pub gateway_priority: i32,
}
