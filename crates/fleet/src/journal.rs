//! What operations are about to do that would leave something behind if the server ended in the middle: written down
//! before it is done, so that the next start finishes or undoes it ([`crate::recover`]).
//!
//! The unit is what has to happen whole or not at all: a container, or one with those that stand on it. Where this is kept is
//! somebody else's business; the fleet knows no disk.
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use shipyard_model::operation::{Operation, OperationTarget};
use shipyard_model::{ContainerId, ContainerRef, EngineId, OperationId, Problem};
use std::collections::BTreeMap;

/// An answer of the journal.
pub type Written<'j, T = ()> = BoxFuture<'j, Result<T, Problem>>;

/// Where operations write what they are about to do. What was answered is on the disk.
pub trait Journal: Send + Sync {
    /// An operation begins.
    fn begun(&self, begun: Begun) -> Written<'_>;
    /// A unit of an operation is at a stage; the one that this target's unit was at before is forgotten.
    fn mark(&self, operation: &OperationId, target: usize, mark: &Mark) -> Written<'_>;
    /// Targets came to their end, and the unit of the first of them is done with.
    fn settled(&self, operation: &OperationId, targets: Vec<(usize, OperationTarget)>) -> Written<'_>;
    /// An operation ended: it is kept as history, and the rest of it forgotten.
    fn ended(&self, operation: &Operation) -> Written<'_>;
}

/// An operation at its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// As it begins.
    pub operation: Operation,
    /// What it made is removed again when not all of it came to be.
    pub all_or_none: bool,
}

/// What is known of an operation that did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// How it began.
    pub begun: Begun,
    /// Its targets that came to their end.
    pub settled: BTreeMap<usize, OperationTarget>,
    /// Its units that were in work, by their first target.
    pub marks: BTreeMap<usize, Mark>,
}

/// How far a unit is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The stage that is about to begin.
    pub stage: Stage,
    /// Its containers, those that others stand on first.
    pub parts: Vec<Part>,
}

/// Stages of a unit. Each is written down before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// New containers are made; the old ones are as they were.
    Making,
    /// The new ones, which are known by their ids, take the names of the old ones, which are stopped, and are started.
    Swapping,
    /// The new ones were started and are looked after.
    Watching,
    /// The new ones are well, and the old ones are removed.
    Well,
    /// The old ones take their places again.
    Undoing,
}

/// One container of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The operation's target.
    pub target: usize,
    /// Engine that the new one is made on.
    pub engine: EngineId,
    /// Name that it has in the end.
    pub name: String,
    /// Name that it is made under. Where that is the one of the end, `deploy` tells it from others.
    pub made_as: String,
    /// The new one, once it is known.
    pub new: Option<ContainerId>,
    /// The label of a deploy that the new one bears, where it makes a copy.
    pub deploy: Option<String>,
    /// What the new one takes the place of; `None` for a further copy.
    pub old: Option<Old>,
}

/// A container whose place is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Old {
    /// Where it is.
    pub at: ContainerRef,
    /// The name that it has meanwhile; its own where the new one is on another engine.
    pub aside: String,
    /// Whether it ran.
    pub ran: bool,
}

/// Keeps nothing: for a fleet whose operations need not survive.
pub struct NoJournal;

impl Journal for NoJournal {
    fn begun(&self, _: Begun) -> Written<'_> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn mark(&self, _: &OperationId, _: usize, _: &Mark) -> Written<'_> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn settled(&self, _: &OperationId, _: Vec<(usize, OperationTarget)>) -> Written<'_> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, _: &Operation) -> Written<'_> {
        Box::pin(std::future::ready(Ok(())))
    }
}
