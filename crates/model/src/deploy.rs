//! Deploys: what shall run, how often and where; and the plan that says where it will go, before it goes.
use crate::access::Profile;
use crate::engine::Capacity;
use crate::id::{EngineId, EngineName};
use crate::label::Constraint;
use crate::problem::Problem;
use crate::unit::{Bytes, Cpus};
use serde::{Deserialize, Serialize};

mod words;

pub use crate::spec::{
    BlockDeviceSpec, ContainerSpec, DeviceRequestSpec, DeviceSpec, EndpointSpec, ExposedPort, HealthcheckSpec, LogSpec,
    NetworkSpec, PortSpec, Propagation, Relabel, RestartPolicy, Swap, TmpfsSpec, UlimitSpec, VolumeSpec,
};

/// Which engines come into question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// All of the fleet.
    #[default]
    All,
    /// Those that meet the constraints (values of one key are alternatives, keys must all hold).
    Labels(Vec<Constraint>),
    /// These.
    Named(Vec<EngineName>),
}

/// How many copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Copies {
    /// So many in all, placed by the strategy.
    Total(u16),
    /// One on each engine that comes into question.
    EachEngine,
    /// One on each engine that comes into question, now and whenever one is added or comes to meet the constraints.
    Daemon,
}

impl Default for Copies {
    fn default() -> Self {
        Self::Total(1)
    }
}

/// Which of the engines with room is preferred.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The one with fewest copies of this deploy, then the least reserved.
    #[default]
    Spread,
    /// The fullest that still has room (bin packing, as the original did).
    Fill,
    /// As evenly as can be over the values of this label of engines (`zone`), then as [`Strategy::Spread`]. An engine
    /// without the label is in no zone: it gets a copy only when no engine with the label takes one.
    SpreadOver(String),
}

/// Containers, as a deploy's affinity means them: those that run or were made to run, as far as whoever deploys may see
/// them. What they may not see neither draws copies nor keeps them away, so that no plan tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Selector {
    /// The one of this name; what Shipyard deployed is meant by the name without number too (`web` for `web-3`).
    Name(String),
    /// Those that run this image; without a tag, any of its tags.
    Image(String),
    /// Those with this label of the container.
    Label {
        /// The label's key.
        key: String,
        /// Its value; `None` for any.
        value: Option<String>,
    },
}

/// Whether copies go where other containers are, or where they are not.
///
/// Copies of the same deploy are kept apart as others are: away from their own name, image or label there is one on each
/// engine. But they do not draw each other: `with` means what is there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Affinity {
    /// Only onto engines that have one of them; `false`: only onto engines that have none.
    pub with: bool,
    /// Which containers.
    pub containers: Selector,
}

/// A deploy's wish to be moved when its engine does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// Seconds without an answer after which its copies are made elsewhere.
    pub after_seconds: u32,
    /// Also when they have volumes or paths of their engine, which are not moved with them.
    pub leave_volumes: bool,
}

/// Whether the image is pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PullPolicy {
    /// When the engine does not have it.
    #[default]
    Missing,
    /// Always, to get the newest of its tag.
    Always,
    /// Never: the engine must have it.
    Never,
}

/// Everything that a deploy needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeployRequest {
    /// What.
    pub spec: ContainerSpec,
    /// How many.
    pub copies: Copies,
    /// Where it may go.
    pub target: Target,
    /// Where it rather goes.
    pub strategy: Strategy,
    /// Pull or not.
    pub pull: PullPolicy,
    /// When one copy fails, remove the ones that this deploy made.
    pub undo_on_failure: bool,
    /// Where other containers are or are not; all must hold.
    #[serde(default)]
    pub affinity: Vec<Affinity>,
    /// Most copies of this on one engine; `None` for no limit. What Shipyard deployed under the same name before counts.
    #[serde(default)]
    pub most_per_engine: Option<u16>,
    /// Moved when its engine is away for long; `None`: never.
    #[serde(default)]
    pub reschedule: Option<Reschedule>,
}

/// What a deploy would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    /// Each copy with its place, in order.
    pub copies: Vec<PlannedCopy>,
    /// Every engine of the fleet, taken or skipped, and why; taken ones first.
    pub engines: Vec<EngineVerdict>,
    /// What keeps the deploy from happening; empty when it can.
    pub problems: Vec<Problem>,
    /// How far its containers may reach: the profile that whoever asks has where they go.
    pub profile: Profile,
    /// What that profile and a narrowed grant add to each container, as options of `docker run`.
    pub added: Vec<String>,
}

/// One copy in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedCopy {
    /// Name that it will have.
    pub name: String,
    /// Engine that it will run on.
    pub engine: EngineId,
    /// That engine's name.
    pub engine_name: EngineName,
}

/// What became of one engine in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineVerdict {
    /// The engine.
    pub engine: EngineId,
    /// Its name.
    pub name: EngineName,
    /// Its labels, as written.
    pub labels: Vec<String>,
    /// What it has.
    pub capacity: Capacity,
    /// What was reserved on it before.
    pub reserved_before: Capacity,
    /// What will be reserved on it.
    pub reserved_after: Capacity,
    /// Names of the copies that it gets.
    pub copies: Vec<String>,
    /// Why it gets none, or no more; `None` when nothing spoke against it.
    pub skipped: Option<SkipReason>,
}

/// Why an engine is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// It does not answer.
    Unreachable {
        /// The problem's sentence.
        detail: String,
    },
    /// It was not connected to yet.
    Connecting,
    /// Its labels are not as asked for.
    Label {
        /// The key in question; `engine` is the engine's name.
        key: String,
        /// Its value there; `None` when it has no such label.
        #[serde(default)]
        has: Option<String>,
        /// What is asked for of this key, as written.
        #[serde(default)]
        wanted: Vec<String>,
    },
    /// It is not among the named ones.
    NotNamed,
    /// Not enough CPUs are free.
    Cpus {
        /// Free.
        free: Cpus,
        /// All that it has.
        of: Cpus,
    },
    /// Not enough memory is free.
    Memory {
        /// Free.
        free: Bytes,
        /// All that it has.
        of: Bytes,
    },
    /// A fixed host port is taken.
    Port {
        /// The port.
        port: u16,
        /// Name of the container that has it.
        by: String,
    },
    /// It takes nothing new: it is being emptied.
    Drained,
    /// It has as many copies as may be on one engine.
    MostPerEngine {
        /// How many.
        most: u16,
    },
    /// None of the containers that the copies go with is there.
    NotWith {
        /// Those containers, as they were meant.
        containers: Selector,
    },
    /// A container that the copies keep away from is there, or one of themselves will be.
    With {
        /// Its name; that of the copies without number.
        name: String,
    },
    /// A container of the wanted name is there.
    NameTaken {
        /// The name.
        name: String,
    },
    /// Nothing spoke against it, others were preferred.
    NotNeeded,
}
