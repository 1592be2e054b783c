//! What pages ask for and are given: filter, order and window of the containers; the first page.
use crate::container::{ContainerRow, ContainerState};
use crate::engine::EngineHealth;
use crate::id::{ContainerRef, EngineId, EngineName};
use crate::live::Look;
use crate::problem::Problem;
use crate::unit::{Bytes, Cpus, Millis};
use serde::{Deserialize, Serialize};

/// Filter, order and window of the table of containers. Empty lists and texts filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ContainerQuery {
    /// Words that must all occur in name, image, engine, stack, id or a label.
    pub text: String,
    /// States by group.
    pub states: Vec<StateGroup>,
    /// Names of engines.
    pub engines: Vec<String>,
    /// Stacks.
    pub stacks: Vec<String>,
    /// Labels of the engine, as constraints are written (`zone=a`).
    pub labels: Vec<String>,
    /// Order.
    pub sort: SortKey,
    /// From the end.
    pub descending: bool,
    /// First row of the window.
    pub offset: u32,
    /// Rows of the window, at most [`ContainerQuery::MOST`]; 0 means 50.
    pub limit: u32,
}

impl ContainerQuery {
    /// Most rows that a window holds.
    pub const MOST: u32 = 500;
}

/// Groups of states, as the facets show them. A container may be in several (unhealthy ones run).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum StateGroup {
    /// Running, or restarting.
    Running,
    /// Created, exited or dead.
    Stopped,
    /// Paused.
    Paused,
    /// Fails its health check.
    Unhealthy,
}

/// By what the table is sorted. Ties are broken by name and engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SortKey {
    /// Name, numbers by value (`web-2` before `web-10`).
    #[default]
    Name,
    /// State.
    State,
    /// Image.
    Image,
    /// Engine.
    Engine,
    /// Stack.
    Stack,
    /// CPU use.
    Cpu,
    /// Memory use.
    Memory,
    /// Time of creation.
    Created,
}

/// Counts for the filters: each is without its own filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    /// All containers, without any filter.
    pub all: u32,
    /// Running.
    pub running: u32,
    /// Stopped.
    pub stopped: u32,
    /// Paused.
    pub paused: u32,
    /// Unhealthy.
    pub unhealthy: u32,
    /// Engines, without any filter.
    pub engines: u32,
    /// Engines that do not answer: the list may be old for them.
    pub engines_down: u32,
    /// Whether any container is in a stack.
    pub stacks: bool,
    /// Whether any engine has a label.
    pub labels: bool,
}

/// A facet whose values are many: thousands in a large fleet, so that they are asked for only when somebody chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Engines.
    Engines,
    /// Stacks.
    Stacks,
    /// Labels of engines.
    Labels,
}

impl Facet {
    /// What of it a query chose.
    pub fn chosen(self, query: &ContainerQuery) -> &Vec<String> {
        match self {
            Self::Engines => &query.engines,
            Self::Stacks => &query.stacks,
            Self::Labels => &query.labels,
        }
    }

    /// What of it a query chose, to be changed.
    pub fn chosen_mut(self, query: &mut ContainerQuery) -> &mut Vec<String> {
        match self {
            Self::Engines => &mut query.engines,
            Self::Stacks => &mut query.stacks,
            Self::Labels => &mut query.labels,
        }
    }
}

/// Values of one [`Facet`] to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValues {
    /// Values, each with its number of containers: at most [`FacetValues::MOST`], and where there are more, the chosen ones first.
    pub values: Vec<(String, u32)>,
    /// How many there are beside these in which the wanted letters occur.
    pub more: u32,
    /// How many there are in all.
    pub all: u32,
}

impl FacetValues {
    /// Most values that are listed; the others are found by their letters.
    pub const MOST: usize = 40;
}

/// All values of the facets, each with its number of containers, counted without its own filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facets {
    /// Engines.
    pub engines: Vec<(String, u32)>,
    /// Stacks.
    pub stacks: Vec<(String, u32)>,
    /// Labels of engines with the number of containers on them.
    pub labels: Vec<(String, u32)>,
}

/// A container as far as a verb must know it, for those that somebody chose without having seen their rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    /// Which.
    pub at: ContainerRef,
    /// Its name.
    pub name: String,
    /// Its engine's name.
    pub engine: EngineName,
    /// Its state, by which verbs fit or not.
    pub state: ContainerState,
}

impl From<&ContainerRow> for Picked {
    fn from(row: &ContainerRow) -> Self {
        Self {
            at: row.at.clone(),
            name: row.name.clone(),
            engine: row.engine.clone(),
            state: row.state,
        }
    }
}

impl Picked {
    /// Most that are chosen at once: as many as one operation takes.
    pub const MOST: u32 = 1000;
}

/// How the boxes of the yard are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FleetGroup {
    /// A bay for each engine.
    #[default]
    Engine,
    /// A bay for each stack.
    Stack,
    /// A bay for each label of engines.
    Label,
}

/// The first page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FleetPage {
    /// Figures.
    pub figures: Figures,
    /// The yard; of a very large fleet those bays where something is amiss, and as many others as a page can show.
    pub bays: Vec<Bay>,
    /// How many bays are not among them.
    #[serde(default)]
    pub more_bays: u32,
    /// What needs attention, worst first.
    pub attention: Vec<Attention>,
    /// What happened, newest first, at most 12.
    pub recent: Vec<Happening>,
}

/// Figures of the fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// Engines.
    pub engines: u32,
    /// Engines that answer.
    pub engines_up: u32,
    /// Containers.
    pub containers: u32,
    /// Running ones.
    pub running: u32,
    /// Stopped ones.
    pub stopped: u32,
    /// Unhealthy ones.
    pub unhealthy: u32,
    /// CPUs of the engines that answer.
    pub cpus: Cpus,
    /// CPUs in use by containers; `None` until measured.
    pub cpus_used: Option<Cpus>,
    /// CPUs reserved.
    pub cpus_reserved: Cpus,
    /// Memory of the engines that answer.
    pub memory: Bytes,
    /// Memory in use by containers; `None` until measured.
    pub memory_used: Option<Bytes>,
    /// Memory reserved.
    pub memory_reserved: Bytes,
}

/// A group of boxes in the yard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bay {
    /// Name of the engine, stack or label; empty for containers without one.
    pub title: String,
    /// The engine, when grouped by engine.
    pub engine: Option<BayEngine>,
    /// A box for each container, or for as many as a page can show.
    pub boxes: Vec<YardBox>,
    /// How many containers have none.
    #[serde(default)]
    pub more: u32,
}

/// What a bay says of its engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BayEngine {
    /// Which.
    pub id: EngineId,
    /// Whether it answers.
    pub health: EngineHealth,
    /// When something was last heard of it.
    pub last_seen: Option<Millis>,
    /// Time of the newest ping in microseconds.
    pub response_us: Option<u64>,
    /// CPU in use, in percent of the engine.
    pub cpu_percent: Option<f32>,
    /// CPU reserved, in percent of the engine.
    pub cpu_reserved_percent: f32,
    /// Memory in use, in percent of the engine.
    pub memory_percent: Option<f32>,
    /// Memory reserved, in percent of the engine.
    pub memory_reserved_percent: f32,
    /// Labels as written.
    pub labels: Vec<String>,
    /// Whether it takes nothing new.
    #[serde(default)]
    pub drained: bool,
}

/// One container in the yard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct YardBox {
    /// Name of its engine, for the link.
    pub engine: EngineName,
    /// Name.
    pub name: String,
    /// State.
    pub state: ContainerState,
    /// Look.
    pub look: Look,
}

/// Something that needs a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Attention {
    /// An engine does not answer.
    EngineDown {
        /// Which.
        id: EngineId,
        /// Its name.
        engine: EngineName,
        /// Since when.
        since: Millis,
        /// Why.
        why: Problem,
        /// Next try.
        retry_at: Millis,
    },
    /// A container fails its health check.
    Unhealthy {
        /// Which.
        at: ContainerRef,
        /// Name.
        name: String,
        /// Its engine's name.
        engine: EngineName,
    },
    /// A container is being restarted over and over.
    Restarting {
        /// Which.
        at: ContainerRef,
        /// Name.
        name: String,
        /// Its engine's name.
        engine: EngineName,
    },
    /// A container could not be removed whole.
    Dead {
        /// Which.
        at: ContainerRef,
        /// Name.
        name: String,
        /// Its engine's name.
        engine: EngineName,
    },
    /// A deploy that Shipyard looks after, and cannot.
    DeployStuck {
        /// The deploy.
        id: String,
        /// Name of its copies, without number.
        name: String,
        /// Why.
        why: Problem,
    },
    /// A certificate ends within 30 days, or has ended.
    CertificateEnds {
        /// Engine.
        engine: EngineName,
        /// Whether it is the engine's own certificate (else the client's).
        server: bool,
        /// When.
        ends: Millis,
    },
    /// An engine is reached in the clear.
    PlainEngine {
        /// Engine.
        engine: EngineName,
    },
}

/// Something that happened: a person's act or a container's event. Kept in memory only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Happening {
    /// When.
    pub at: Millis,
    /// The account that did it; `None` for what Docker reported.
    pub actor: Option<String>,
    /// What: `start`, `stop`, `die`, `oom`, `pull`, `deploy`, `engine-added`, `engine-down`, …
    pub what: String,
    /// On what: a container's, engine's or image's name.
    pub subject: String,
    /// Its id, for a container of which Docker reported something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// On which engine, when it is not the subject.
    pub engine: Option<EngineName>,
    /// How it looks.
    pub look: Look,
    /// With what a container ended, for `die`.
    #[serde(default)]
    pub exit_code: Option<i64>,
}
