//! What a pool may say about the rules: data, kept with it as TOML and changed by administrators alone.
//!
//! The rules widen what [`Profile::Baseline`](super::Profile) allows and narrow what both lower profiles do. Some things no
//! rule can open: those take the profile privileged.
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use shipyard_model::spec::LogSpec;
use shipyard_model::{Bytes, Cpus};
use std::net::IpAddr;

/// Most processes of a container where nothing else is said: plenty for an application, too few for a fork bomb.
pub(super) const MOST_PIDS: u32 = 4096;

/// The data of the rules. The default is what a pool has that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Registries and repositories that images may come from: `registry.example`, `ghcr.io/team`,
    /// `docker.io/library`. Empty: any.
    pub images: Vec<String>,
    /// Images must be named by digest.
    pub digest_only: bool,
    /// Ports of the engine that may be published.
    pub ports: PortRange,
    /// Addresses of the engine that ports may be published on; the first is filled in where none is given. Empty: any.
    pub host_ips: Vec<IpAddr>,
    /// Networks that may be joined besides Docker's default and `none`. Empty: any that is not the engine's own.
    pub networks: Vec<String>,
    /// Folders of the engine that baseline may mount. An engine follows links in them, so list only what
    /// administrators alone can write to.
    pub host_paths: Vec<HostPath>,
    /// Capabilities that baseline may add besides Docker's usual ones, of those that stay inside a container.
    pub capabilities: Vec<String>,
    /// AppArmor profiles that baseline may choose, besides `docker-default`.
    pub apparmor: Vec<String>,
    /// Runtimes that baseline may choose.
    pub runtimes: Vec<String>,
    /// Baseline may have graphics cards.
    pub graphics: bool,
    /// Log drivers that baseline may choose besides those that keep output on the engine; their options, an address
    /// for instance, exactly as here.
    pub logging: Vec<LogSpec>,
    /// Prefixes of labels that are allowed though other programs take orders from them: `traefik.`.
    pub labels: Vec<String>,
    /// Most CPUs of one container, as a person writes them: `"1.5"`; zero for any.
    #[serde(deserialize_with = "cpus")]
    pub most_cpus: Cpus,
    /// Most memory of one container, as a person writes it: `"512m"`; zero for any.
    #[serde(deserialize_with = "memory")]
    pub most_memory: Bytes,
    /// Most processes of one container, and what is filled in where none is given; zero for any.
    pub most_pids: u32,
}

fn cpus<'de, D: Deserializer<'de>>(from: D) -> Result<Cpus, D::Error> {
    Cpus::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
    Bytes::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            images: Vec::new(),
            digest_only: false,
            ports: PortRange::default(),
            host_ips: Vec::new(),
            networks: Vec::new(),
            host_paths: Vec::new(),
            capabilities: Vec::new(),
            apparmor: Vec::new(),
            runtimes: Vec::new(),
            graphics: false,
            logging: Vec::new(),
            labels: Vec::new(),
            most_cpus: Cpus::ZERO,
            most_memory: Bytes::ZERO,
            most_pids: MOST_PIDS,
        }
    }
}

/// Ports from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortRange {
    /// The first.
    pub from: u16,
    /// The last.
    pub to: u16,
}

impl Default for PortRange {
    fn default() -> Self {
        Self { from: 1, to: u16::MAX }
    }
}

impl PortRange {
    /// Whether a port is in it.
    pub fn contains(self, port: u16) -> bool {
        (self.from..=self.to).contains(&port)
    }
}

/// A folder of the engine that may be mounted, with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostPath {
    /// Its absolute path.
    pub path: String,
    /// It may be written to; else it is mounted read-only or not at all.
    pub writable: bool,
}
