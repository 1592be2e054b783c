//! Nodes: hosts that Shipyard itself makes into engines, with certificates of its own authority; and what is wrong or weak
//! on an installation and its engines.
use crate::engine::Engine;
use crate::id::EngineName;
use crate::problem::Problem;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// What a person asks for to make a host an engine.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodeDraft {
    /// What the engine shall be called.
    pub name: String,
    /// Where Shipyard reaches it: a host name or an IP address, with `:port` where it is not 2376.
    pub address: String,
    /// Labels of the engine, as typed: `zone=a ssd`.
    pub labels: String,
    /// Addresses and networks that may reach the Docker port, apart by spaces or commas; empty for the address by which
    /// Shipyard reaches the node.
    pub allow_from: String,
    /// Addresses and networks that may reach SSH; empty to leave SSH as it is.
    pub ssh_from: String,
    /// Where the node reaches Shipyard, when that is not where the person does: `https://shipyard.example.org`.
    pub shipyard_url: String,
}

/// A node on its way: what is to be run on it. The texts hold a secret that opens one enrolment, within its time.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePrepared {
    /// What the engine will be called.
    pub name: String,
    /// One line to paste on the node, as root; `None` where Shipyard is not reached by https, because a script that comes
    /// in the clear may be anybody's.
    pub command: Option<String>,
    /// The script, to be brought there by other means.
    pub script: String,
    /// The secret in both, for whoever runs the script's steps by hand (`X-Shipyard-Enrol`).
    pub secret: String,
    /// Addresses that the node will let reach its Docker port.
    pub allow_from: Vec<String>,
    /// When the secret ends.
    pub expires: Millis,
}

/// How far a prepared node has come, by what it asked Shipyard for.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// It asked for nothing yet.
    Waiting,
    /// It fetched the script.
    Fetched,
    /// It got its certificate, and sets Docker and its firewall up.
    Signed,
    /// It asked to be added, and Shipyard tries it.
    Trying,
    /// What it asked for last failed; it may ask again.
    Failed {
        /// Whether it has its certificate.
        signed: bool,
        /// Why.
        why: Problem,
    },
    /// It is an engine.
    Added {
        /// What the engine is called.
        engine: EngineName,
    },
}

/// What Shipyard knows of an engine that it made one.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// End of the newest server certificate that the host was given.
    pub server_ends: Millis,
    /// Whether the host is given a new one when it asks next.
    pub server_asked: bool,
}

/// What a renewal did.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRenewed {
    /// The engine, with the new end of its client certificate.
    pub engine: Engine,
    /// Whether the node was told to fetch a new server certificate when it asks next (once a day).
    pub server_asked: bool,
}

/// A node that was forgotten, and how to undo on it what was done.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRemoved {
    /// The script that leaves no trace on the node. It holds no secret.
    pub script: String,
    /// What does the same on the node by what lies there.
    pub command: String,
}

/// Shipyard's own authority.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityRow {
    /// The certificates that are trusted, PEM, the newest first.
    pub certificates: String,
    /// Which one it is, counted from 1.
    pub generation: u32,
    /// When the newest ends.
    pub ends: Millis,
    /// Nodes whose server certificate is not of the newest yet.
    pub behind: Vec<String>,
}

/// How much a finding matters.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Somebody can get in, or something stops soon.
    Bad,
    /// Weaker than it could be.
    Warn,
    /// Worth knowing.
    Note,
}

/// Something that is wrong or weak, and how to mend it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Stable name of the kind: `engine-open`.
    pub code: String,
    /// What it is about: `engine node1`, `account admin`, `the data folder`.
    pub subject: String,
    /// What is the case, in a sentence.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}
