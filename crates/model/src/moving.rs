//! Containers that go to other engines: draining one, and deploys that Shipyard remembers to look after them.
use crate::deploy::{Affinity, Copies, DeployRequest, EngineVerdict, Reschedule, Strategy, Target};
use crate::id::{ContainerRef, EngineName};
use crate::problem::Problem;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// How an engine is emptied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DrainOptions {
    /// Also those with volumes or paths of the engine, which stay behind: the new ones begin without what is in them.
    pub leave_volumes: bool,
}

/// What emptying an engine would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrainPlan {
    /// The engine's name.
    pub engine: EngineName,
    /// Whether it takes nothing new already.
    pub drained: bool,
    /// Containers that would go elsewhere, by name.
    pub moves: Vec<PlannedMove>,
    /// Containers that would stay, and why, by name.
    pub stays: Vec<Staying>,
}

/// A container that would go elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedMove {
    /// Its name.
    pub name: String,
    /// The container.
    pub at: ContainerRef,
    /// Name of the engine that it would go to.
    pub to: EngineName,
    /// Name that it would have there.
    pub new_name: String,
    /// What policy adds to it, as options of `docker run`.
    pub added: Vec<String>,
    /// What stays behind: volumes and paths of the engine.
    pub left: Vec<String>,
    /// Every other engine, taken or passed over, and why; the taken one first.
    pub engines: Vec<EngineVerdict>,
}

/// A container that would stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Staying {
    /// Its name.
    pub name: String,
    /// The container.
    pub at: ContainerRef,
    /// Whether Shipyard deployed it and it runs: then emptying the engine fails for it, else it is none of its matter.
    pub wanted: bool,
    /// Why it stays.
    pub why: Problem,
    /// Where there is no place for it: every other engine, and why.
    pub engines: Vec<EngineVerdict>,
}

/// How the copies of a deploy are placed: kept on each as a label, so that one that goes elsewhere goes where it may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Placing {
    /// Where they may go.
    pub target: Target,
    /// Where they rather go.
    pub strategy: Strategy,
    /// Where other containers are or are not.
    pub affinity: Vec<Affinity>,
    /// Most of them on one engine.
    pub most_per_engine: Option<u16>,
    /// One on each engine: none of them goes elsewhere.
    pub each: bool,
}

impl Placing {
    /// Of a deploy.
    pub fn of(request: &DeployRequest) -> Self {
        Self {
            target: request.target.clone(),
            strategy: request.strategy.clone(),
            affinity: request.affinity.clone(),
            most_per_engine: request.most_per_engine,
            each: !matches!(request.copies, Copies::Total(_)),
        }
    }
}

/// A deploy that Shipyard remembers, because it looks after its copies: one on each engine, or moved when theirs is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastingDeploy {
    /// Its identity: the label of its copies.
    pub id: String,
    /// Name of the copies, without number.
    pub name: String,
    /// Image.
    pub image: String,
    /// The account that made it, in whose name it is looked after.
    pub account: String,
    /// When it was made.
    pub created: Millis,
    /// Whether each engine that comes into question gets one.
    pub daemon: bool,
    /// When its copies are made elsewhere.
    pub reschedule: Option<Reschedule>,
    /// Its copies, by engine and name.
    pub copies: Vec<LastingCopy>,
    /// Engines that get none, because somebody removed theirs.
    pub left_out: Vec<EngineName>,
    /// Copies that were made elsewhere and whose old ones are on engines that are not back yet.
    pub moved: Vec<LastingCopy>,
    /// What keeps Shipyard from looking after it.
    pub problem: Option<Problem>,
}

/// A copy of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastingCopy {
    /// Its engine's name.
    pub engine: EngineName,
    /// Its name.
    pub name: String,
}
