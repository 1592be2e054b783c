//! The original's JSON: its field names, its units. What it has and must not be told (hashes, keys) is left out.
use serde::{Deserialize, Serialize};
use shipyard_model::Secret;
use std::collections::BTreeMap;

/// Bytes of the original's unit of memory.
const MEGABYTE: f64 = 1024.0 * 1024.0;

/// Memory as the original counts it: megabytes.
pub(super) fn megabytes(bytes: shipyard_model::Bytes) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "memory of engines is far below 2^53 bytes")]
    let bytes = bytes.get() as f64;
    bytes / MEGABYTE
}

/// A role, granted as a whole.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) name: String,
}

/// An account; its password is read and never told.
#[derive(Serialize)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) role: Role,
}

/// An account to be made, or to be given another password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NewAccount {
    pub(super) username: String,
    pub(super) password: Secret,
    pub(super) role: Option<Role>,
}

/// An engine, with what Shipyard itself knows of it.
#[derive(Serialize)]
pub(super) struct Engine {
    pub(super) id: String,
    pub(super) engine: Inner,
    pub(super) health: Health,
    pub(super) docker_version: String,
}

/// An engine by its name, which the original calls its id.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Inner {
    pub(super) id: String,
    pub(super) addr: String,
    pub(super) cpus: f64,
    /// In megabytes.
    pub(super) memory: f64,
    pub(super) labels: Option<Vec<String>>,
}

/// Whether an engine answers.
#[derive(Serialize)]
pub(super) struct Health {
    /// `pending`, `up` or `down`.
    pub(super) status: &'static str,
    /// In nanoseconds; 0 when it is down.
    pub(super) response_time: u64,
}

/// An engine to be added.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NewEngine {
    pub(super) ssl_cert: String,
    pub(super) ssl_key: Secret,
    pub(super) ca_cert: String,
    pub(super) engine: Inner,
}

/// What a container is to be, or is: the original calls it its image.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) cpus: f64,
    pub(super) cpuset: String,
    /// In megabytes.
    pub(super) memory: f64,
    pub(super) entrypoint: Option<Vec<String>>,
    pub(super) environment: Option<BTreeMap<String, String>>,
    pub(super) hostname: String,
    pub(super) domain: String,
    pub(super) args: Option<Vec<String>>,
    /// The way of placing it: `service`, `unique`, `multi` or `host`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) labels: Option<Vec<String>>,
    pub(super) bind_ports: Option<Vec<Port>>,
    #[serde(skip_serializing)]
    pub(super) user_data: Option<serde_json::Value>,
    pub(super) volumes: Option<Vec<String>>,
    pub(super) links: Option<BTreeMap<String, String>>,
    pub(super) restart_policy: RestartPolicy,
    pub(super) publish: bool,
    pub(super) privileged: bool,
    pub(super) network_mode: String,
    pub(super) container_name: String,
}

/// What serves the fleet itself, in containers.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Extension {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) image: String,
    pub(super) author: String,
    pub(super) description: String,
    pub(super) version: String,
    pub(super) url: String,
    pub(super) config: ExtensionConfig,
}

/// How its containers are run.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ExtensionConfig {
    pub(super) container_name: String,
    pub(super) cpus: f64,
    /// In megabytes.
    pub(super) memory: f64,
    /// Read, and not told: a list tells no secret.
    #[serde(skip_serializing)]
    pub(super) environment: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing)]
    pub(super) links: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing)]
    pub(super) args: Option<Vec<String>>,
    #[serde(skip_serializing)]
    pub(super) volumes: Option<Vec<String>>,
    pub(super) ports: Option<Vec<Port>>,
    pub(super) deploy_per_engine: bool,
}

/// A published port.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Port {
    pub(super) proto: String,
    pub(super) host_ip: String,
    /// On the host; 0 for one that Docker chooses.
    pub(super) port: u16,
    pub(super) container_port: u16,
}

/// What happens when a container ends.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RestartPolicy {
    /// `no`, `always`, `on-failure`; empty for `no`.
    pub(super) name: String,
    pub(super) maximum_retry: u32,
}

/// A container.
#[derive(Serialize)]
pub(super) struct Container {
    pub(super) id: String,
    /// With the `/` that Docker puts before it.
    pub(super) name: String,
    pub(super) image: Image,
    pub(super) engine: Inner,
    /// `running` or `stopped`.
    pub(super) state: &'static str,
    pub(super) ports: Vec<Port>,
}

/// Something that happened.
#[derive(Serialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) container: Option<serde_json::Value>,
    pub(super) engine: Option<serde_json::Value>,
    /// RFC 3339.
    pub(super) time: String,
    pub(super) message: String,
    pub(super) tags: &'static [&'static str],
}

/// Totals.
#[derive(Serialize)]
pub(super) struct ClusterInfo {
    pub(super) cpus: f64,
    /// In megabytes.
    pub(super) memory: f64,
    /// Running ones.
    pub(super) container_count: u32,
    pub(super) engine_count: u32,
    /// Images that containers are made of.
    pub(super) image_count: usize,
    pub(super) reserved_cpus: f64,
    /// In megabytes.
    pub(super) reserved_memory: f64,
    pub(super) version: &'static str,
}

/// A key for programs.
#[derive(Serialize, Deserialize)]
pub(super) struct ServiceKey {
    #[serde(default)]
    pub(super) key: String,
    #[serde(default)]
    pub(super) description: String,
}

/// A key that Docker Hub knocks with.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct WebhookKey {
    pub(super) id: String,
    pub(super) image: String,
    pub(super) key: String,
}
