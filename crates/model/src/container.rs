//! Containers as lists show them.
use crate::engine::Capacity;
use crate::id::{ContainerId, ContainerRef, EngineName};
use crate::unit::{Bytes, Cpus, Millis};
use serde::{Deserialize, Serialize};

mod labels;

pub use labels::ContainerLabels;

/// What all labels begin with that are Shipyard's own: nobody else gives them.
pub const LABELS_OWN: &str = "shipyard.";
/// Label on a container that keeps its CPU reservation, in billionths of a CPU.
pub const LABEL_CPUS: &str = "shipyard.cpus";
/// Label on a container that keeps its memory reservation, in bytes.
pub const LABEL_MEMORY: &str = "shipyard.memory";
/// Label on a container that names the deploy (an operation's id) which made it.
pub const LABEL_DEPLOY: &str = "shipyard.deploy";
/// Label on a container that keeps how its deploy is placed, as JSON of a [`crate::moving::Placing`].
pub const LABEL_PLACE: &str = "shipyard.place";
/// Label by which Docker Compose names the project of a container.
pub const LABEL_COMPOSE_PROJECT: &str = "com.docker.compose.project";
/// Label by which `docker stack deploy` names the stack of a container.
pub const LABEL_SWARM_STACK: &str = "com.docker.stack.namespace";

/// Docker's state of a container (`State.Status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    /// Runs.
    Running,
    /// Runs, frozen.
    Paused,
    /// Ended, to be started again by its restart policy.
    Restarting,
    /// Made, never started.
    Created,
    /// Being removed.
    Removing,
    /// Ended.
    Exited,
    /// Could not be removed whole.
    Dead,
}

impl ContainerState {
    /// Whether processes of it exist.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }

    /// The word that Docker has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Created => "created",
            Self::Removing => "removing",
            Self::Exited => "exited",
            Self::Dead => "dead",
        }
    }
}

/// What the container's health check last said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Within its start period.
    Starting,
    /// Passes.
    Healthy,
    /// Fails.
    Unhealthy,
}

/// Transport protocol of a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// As Docker writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

/// A port that a container exposes or publishes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Port {
    /// Address on the engine that it is bound to; empty for none.
    pub host_ip: String,
    /// Port on the engine; `None` when it is only exposed.
    pub host: Option<u16>,
    /// Port in the container.
    pub container: u16,
    /// Protocol.
    pub protocol: Protocol,
}

/// A container as the fleet holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Container {
    /// Docker's id.
    pub id: ContainerId,
    /// Name without the leading slash.
    pub name: String,
    /// Image as it was asked for.
    pub image: String,
    /// Command line, as Docker's list shows it.
    pub command: String,
    /// State.
    pub state: ContainerState,
    /// Health; `None` without a health check.
    pub health: Option<Health>,
    /// Exit code of the newest run, when it ended.
    pub exit_code: Option<i64>,
    /// When it was made.
    pub created: Millis,
    /// Ports.
    pub ports: Vec<Port>,
    /// Labels.
    pub labels: ContainerLabels,
    /// Networks that it is in, by name.
    pub networks: Vec<String>,
}

impl Container {
    /// The Compose project or swarm stack that it belongs to.
    pub fn stack(&self) -> Option<&str> {
        let label = |key| self.labels.get(key).filter(|v| !v.is_empty());
        label(LABEL_COMPOSE_PROJECT).or_else(|| label(LABEL_SWARM_STACK))
    }

    /// What it reserves: the figures on its labels, nothing where there are none.
    pub fn reservation(&self) -> Capacity {
        let figure = |key| self.labels.get(key).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
        Capacity {
            cpus: Cpus::from_nanos(figure(LABEL_CPUS)),
            memory: Bytes::new(figure(LABEL_MEMORY)),
        }
    }
}

/// What a container uses at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Share of one CPU in percent: 150 is one and a half CPUs, as `docker stats` shows it.
    pub cpu_percent: f32,
    /// Memory without the page cache, as `docker stats` shows it.
    pub memory: Bytes,
    /// The container's memory limit, or the engine's memory where it has none.
    pub memory_limit: Bytes,
}

/// A container as a table shows it: what is known of it, where it is, what it uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContainerRow {
    /// Which container.
    pub at: ContainerRef,
    /// Name of its engine.
    pub engine: EngineName,
    /// Host for links to published ports: the engine's host, or empty for a local socket (the page's own host then).
    pub host: String,
    /// Name.
    pub name: String,
    /// Image.
    pub image: String,
    /// State.
    pub state: ContainerState,
    /// Health.
    pub health: Option<Health>,
    /// Exit code of the newest run.
    pub exit_code: Option<i64>,
    /// Stack.
    pub stack: Option<String>,
    /// Published and exposed ports.
    pub ports: Vec<Port>,
    /// When it was made.
    pub created: Millis,
    /// Use of CPU and memory, when it was measured in the last half minute.
    pub usage: Option<Usage>,
    /// When its engine was last heard of, if it does not answer now: what this row says is as old as that.
    pub stale_since: Option<Millis>,
    /// What it reserves.
    #[serde(default)]
    pub reserved: Capacity,
}

/// What can be done to a container that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ContainerVerb {
    /// Start it.
    Start,
    /// Ask it to end, kill it after its grace period.
    Stop,
    /// Stop and start.
    Restart,
    /// Freeze it.
    Pause,
    /// Unfreeze it.
    Unpause,
    /// End it at once (SIGKILL).
    Kill,
    /// Remove it, by force when it runs; anonymous volumes stay.
    Remove,
}

impl ContainerVerb {
    /// All of them, in the order that menus show.
    pub const ALL: [Self; 7] = [
        Self::Start,
        Self::Stop,
        Self::Restart,
        Self::Pause,
        Self::Unpause,
        Self::Kill,
        Self::Remove,
    ];

    /// The verb in lower case, as in page texts' keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Kill => "kill",
            Self::Remove => "remove",
        }
    }

    /// Whether it makes sense for a container in this state.
    pub fn fits(self, state: ContainerState) -> bool {
        use ContainerState::{Created, Dead, Exited, Paused, Removing, Restarting, Running};
        match self {
            Self::Start => matches!(state, Created | Exited | Dead),
            Self::Stop | Self::Kill => matches!(state, Running | Paused | Restarting),
            Self::Restart => !matches!(state, Removing | Dead | Paused),
            Self::Pause => state == Running,
            Self::Unpause => state == Paused,
            Self::Remove => state != Removing,
        }
    }
}
