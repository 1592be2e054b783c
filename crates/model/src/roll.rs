//! Rolls and scaling: a newer image for containers that exist, and more or fewer containers like one.
use crate::deploy::Plan;
use crate::id::{ContainerRef, EngineName};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// Which containers are to run a newer image.
///
/// Those that run, and were made from this image: each is made anew from the newest state of its own tag, or of the one
/// given in `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RollRequest {
    /// Image without tag, `registry.example/team/web`. Others of which this is a part are not meant.
    pub image: String,
    /// Only containers with such a tag; `*` stands for any letters, `?` for one. Left out: with any.
    #[serde(default)]
    pub tag: Option<String>,
    /// Tag that they get. Left out: each keeps its own.
    #[serde(default)]
    pub to: Option<String>,
    /// Only on these engines, by name or id; empty: on all.
    #[serde(default)]
    pub engines: Vec<String>,
}

/// What a roll would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RollPlan {
    /// The containers, in the order in which they are made anew on each engine.
    pub containers: Vec<PlannedRoll>,
}

/// One container of a roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedRoll {
    /// Its name, which the new one gets.
    pub name: String,
    /// Its engine's name.
    pub engine: EngineName,
    /// The container.
    pub at: ContainerRef,
    /// Image that it was made from.
    pub from: String,
    /// Image that is pulled and that the new one is made from.
    pub to: String,
    /// What policy adds to the new one, as options of `docker run`.
    pub added: Vec<String>,
    /// What keeps it from being made anew; it is left as it is then.
    pub problem: Option<Problem>,
}

/// How many containers like one there shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScaleRequest {
    /// So many in all, that one included; at least 1.
    pub count: u16,
}

/// What scaling would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScalePlan {
    /// How many there are, the named one included.
    pub now: u16,
    /// Containers that would be removed, the newest first; never the named one.
    pub remove: Vec<Surplus>,
    /// Where further ones would go; `None` when there are enough.
    pub deploy: Option<Plan>,
    /// Ports of the engines that the named one has for itself: copies get any free ones instead.
    pub random_ports: Vec<u16>,
}

/// A container that is one too many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Surplus {
    /// Its name.
    pub name: String,
    /// Its engine's name.
    pub engine: EngineName,
    /// The container.
    pub at: ContainerRef,
}
