//! Operations: what takes time, with its progress and a result for each target.
use crate::container::ContainerVerb;
use crate::id::{ContainerRef, EngineName, OperationId};
use crate::problem::Problem;
use crate::unit::{Bytes, Millis};
use serde::{Deserialize, Serialize};

/// Something that takes time and can be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    /// Its identity.
    pub id: OperationId,
    /// What is done.
    pub what: What,
    /// The account that asked for it.
    pub actor: String,
    /// When it began.
    pub started: Millis,
    /// When it ended; `None` while it goes on.
    pub finished: Option<Millis>,
    /// Whether somebody asked to cancel it.
    pub cancelled: bool,
    /// One for each thing that it works on.
    pub targets: Vec<OperationTarget>,
}

impl Operation {
    /// Targets that are done, failed and all.
    pub fn counts(&self) -> (usize, usize, usize) {
        let done = self.targets.iter().filter(|t| t.state == TargetState::Done).count();
        let failed = self
            .targets
            .iter()
            .filter(|t| matches!(t.state, TargetState::Failed { .. }))
            .count();
        (done, failed, self.targets.len())
    }
}

/// The kinds of operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A verb on containers.
    Containers {
        /// The verb.
        verb: ContainerVerb,
    },
    /// A deploy.
    Deploy {
        /// Image.
        image: String,
        /// Name of the copies, without number.
        name: String,
    },
    /// A newer image for the containers that run it, one after the other on each engine.
    Roll {
        /// Image without tag.
        image: String,
    },
    /// More or fewer containers like one.
    Scale {
        /// Name of that one.
        name: String,
        /// How many there shall be in all.
        copies: u16,
    },
    /// An engine is emptied: its containers are made on others, then removed.
    Drain {
        /// The engine's name.
        engine: EngineName,
    },
    /// Copies of a deploy are made elsewhere, because their engine is away.
    Reschedule {
        /// Name of the copies, without number.
        name: String,
        /// The engine that is away.
        engine: EngineName,
    },
    /// Another specification or image for one container, or for it and its copies.
    Change {
        /// Name of that one.
        name: String,
    },
    /// What was changed becomes what it was before.
    RollBack {
        /// Name of the container.
        name: String,
    },
}

/// One thing that an operation works on, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationTarget {
    /// Name of the container.
    pub name: String,
    /// Its engine's name.
    pub engine: EngineName,
    /// The container, once it exists.
    pub container: Option<ContainerRef>,
    /// Where it stands.
    pub state: TargetState,
    /// Layers being pulled; empty when nothing is.
    pub layers: Vec<Layer>,
    /// What a restart of Shipyard did about it, when it was in work then.
    #[serde(default)]
    pub recovered: Option<Recovered>,
}

/// What became of a target that was in work when Shipyard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Recovered {
    /// It was brought to its end after the restart.
    Finished,
    /// It was made what it was before, after the restart.
    PutBack,
    /// It had not begun, and was not after the restart either.
    NotBegun,
}

/// Where a target of an operation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TargetState {
    /// Not begun.
    Waiting,
    /// In work.
    Working {
        /// What is being done.
        step: Step,
    },
    /// Done.
    Done,
    /// Failed.
    Failed {
        /// Why.
        why: Problem,
    },
    /// Not done, because the operation was cancelled.
    Cancelled,
    /// Was done, and then undone because another target failed.
    Undone,
}

impl TargetState {
    /// Whether nothing more will happen to it.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Working { .. })
    }
}

/// Steps of work on a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The verb is being carried out.
    Act,
    /// The image is being pulled.
    Pull,
    /// The container is being made.
    Create,
    /// The container is being started.
    Start,
    /// It was started and is looked after, until it is well.
    Watch,
    /// What was made is being removed.
    Undo,
    /// What it was before takes its place again, because another target failed.
    RollBack,
    /// Shipyard began again and looks what became of it.
    Recover,
}

/// One layer of an image that is being pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Layer {
    /// Short digest.
    pub id: String,
    /// Docker's word for where it stands (`Downloading`, `Extracting`, `Pull complete`, …).
    pub status: String,
    /// Bytes so far.
    pub current: Bytes,
    /// Bytes in all; zero while unknown.
    pub total: Bytes,
}
