//! Changes of containers that exist, over all copies of one: so many at once, until the first that fails; what was changed
//! before may become again what it was.
use crate::calls::while_up;
use crate::fleet::Fleet;
use crate::operations::Running;
use crate::pull::{Halt, Pull, missing};
use crate::recreate::{Piece, recreate};
use futures_util::{StreamExt, stream};
use shipyard_engine::{Amend, Kept};
use shipyard_model::deploy::{ContainerSpec, PullPolicy};
use shipyard_model::operation::{Step, TargetState};
use shipyard_model::{Capacity, ContainerRef, Problem};
use tokio_util::sync::CancellationToken;

/// What is done to one container, and to those that stand on it.
#[derive(Clone, Debug)]
pub enum Task {
    /// It is so already.
    Nothing {
        /// The operation's target.
        target: usize,
    },
    /// It goes on meanwhile.
    Amend(Box<Amendment>),
    /// A new one takes its place.
    Recreate(Box<Recreation>),
}

/// A change in place.
#[derive(Clone, Debug)]
pub struct Amendment {
    /// The operation's target.
    pub target: usize,
    /// The container.
    pub at: ContainerRef,
    /// What becomes other.
    pub to: Amend,
    /// What makes that undone.
    pub back: Amend,
    /// What it reserves then, and did before; `None` for a container that reserves nothing.
    pub reserves: Option<(Capacity, Capacity)>,
}

/// Containers made anew.
#[derive(Clone, Debug)]
pub struct Recreation {
    /// The container and those that stand on it, in this order.
    pub pieces: Vec<Piece>,
    /// What each of them was made from.
    pub before: Vec<Before>,
    /// Whether the first one's image is pulled. Those of the others are there.
    pub pull: PullPolicy,
    /// Left alone if the image is this one after all.
    pub unless: Option<String>,
}

/// What a container was.
#[derive(Clone, Debug)]
pub struct Before {
    /// What it was made from.
    pub spec: ContainerSpec,
    /// Labels that it bore besides.
    pub labels: Vec<(String, String)>,
    /// Docker's id of its image.
    pub image_id: String,
    /// As in [`Piece::kept`].
    pub kept: Kept,
}

/// How a change goes over its containers.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// So many at once.
    pub at_once: usize,
    /// When one fails, those before it become what they were.
    pub roll_back: bool,
}

impl Task {
    fn targets(&self) -> Vec<usize> {
        match self {
            Self::Nothing { target } => vec![*target],
            Self::Amend(amendment) => vec![amendment.target],
            Self::Recreate(recreation) => recreation.pieces.iter().map(|piece| piece.target).collect(),
        }
    }
}

/// Carries a change out. After a failure or a cancel, what has begun ends and nothing more begins.
pub async fn change(fleet: &Fleet, running: &Running, tasks: &[Task], pace: Pace) {
    if let Err(why) = running.begin(false).await {
        for target in tasks.iter().flat_map(Task::targets) {
            running.failed(target, why.clone());
        }
        return;
    }
    let stop = running.cancel().child_token();
    let work: Vec<_> = tasks
        .iter()
        .map(|task| {
            let stop = &stop;
            async move {
                let done = one(fleet, running, task, stop).await;
                end(running, task, &done).await;
                if matches!(done, Err(Halt::Failed(_))) {
                    stop.cancel();
                }
                done.is_ok()
            }
        })
        .collect();
    let done: Vec<bool> = stream::iter(work).buffered(pace.at_once.max(1)).collect().await;
    let failed = running.now().is_some_and(|operation| operation.counts().1 > 0);
    if pace.roll_back && failed {
        let changed = tasks.iter().zip(done).filter(|(_, done)| *done).map(|(task, _)| task);
        for task in changed.collect::<Vec<_>>().into_iter().rev() {
            back(fleet, running, task).await;
        }
    }
}

async fn end(running: &Running, task: &Task, done: &Result<(), Halt>) {
    let targets = task.targets();
    for target in &targets {
        match done {
            Ok(()) => running.state(*target, TargetState::Done),
            Err(Halt::Cancelled) => running.state(*target, TargetState::Cancelled),
            Err(Halt::Failed(why)) => running.failed(*target, why.clone()),
        }
    }
    running.settle(&targets).await;
}

async fn one(fleet: &Fleet, running: &Running, task: &Task, stop: &CancellationToken) -> Result<(), Halt> {
    if stop.is_cancelled() {
        return Err(Halt::Cancelled);
    }
    match task {
        Task::Nothing { .. } => Ok(()),
        Task::Amend(amendment) => {
            let reserves = amendment.reserves.map(|(then, _)| then);
            Ok(amend(fleet, running, amendment, &amendment.to, reserves).await?)
        }
        Task::Recreate(recreation) => {
            let image = image(fleet, running, recreation, stop).await?;
            if recreation.unless.is_some() && recreation.unless == image {
                return Ok(());
            }
            recreate(fleet, running, &recreation.pieces).await
        }
    }
}

async fn amend(
    fleet: &Fleet,
    running: &Running,
    amendment: &Amendment,
    amend: &Amend,
    reserves: Option<Capacity>,
) -> Result<(), Problem> {
    running.step(amendment.target, Step::Act);
    let id = &amendment.at.id;
    while_up(
        fleet,
        &amendment.at.engine,
        |on| async move { on.amend(id, amend).await },
    )
    .await?;
    if let Some(reserves) = reserves {
        fleet.amended(&amendment.at, reserves);
    }
    Ok(())
}

/// Sees to it that the image of the first is there; yields Docker's id of it.
async fn image(
    fleet: &Fleet,
    running: &Running,
    recreation: &Recreation,
    stop: &CancellationToken,
) -> Result<Option<String>, Halt> {
    let Some(first) = recreation.pieces.first() else {
        return Ok(None);
    };
    let (engine, image) = (&first.at.engine, first.spec.image.trim());
    let ask = || while_up(fleet, engine, |on| async move { on.image_id(image).await });
    if recreation.pull != PullPolicy::Always {
        let there = ask().await?;
        let meant = match &first.image_id {
            Some(meant) if there.as_ref() != Some(meant) => {
                while_up(fleet, engine, |on| async move { on.image_id(meant).await }).await?
            }
            _ => None,
        };
        if meant.is_some() || there.is_some() {
            return Ok(meant.or(there));
        }
        if recreation.pull == PullPolicy::Never {
            return Err(missing(fleet, engine, image).into());
        }
    }
    let pull = Pull {
        fleet,
        running,
        give_up: stop,
        engine,
        image,
        targets: &[first.target],
    };
    pull.run().await?;
    Ok(ask().await?)
}

/// Makes one what it was.
async fn back(fleet: &Fleet, running: &Running, task: &Task) {
    let undone = match task {
        Task::Nothing { .. } => return,
        Task::Amend(amendment) => {
            running.step(amendment.target, Step::RollBack);
            let reserves = amendment.reserves.map(|(_, before)| before);
            amend(fleet, running, amendment, &amendment.back, reserves)
                .await
                .map_err(Halt::Failed)
        }
        Task::Recreate(recreation) => {
            let Some(pieces) = as_before(running, recreation) else {
                return;
            };
            for piece in &pieces {
                running.step(piece.target, Step::RollBack);
            }
            recreate(fleet, running, &pieces).await
        }
    };
    let targets = task.targets();
    for target in &targets {
        match &undone {
            Ok(()) => running.state(*target, TargetState::Undone),
            // Cancelled too late to matter: it stays as it was changed.
            Err(Halt::Cancelled) => running.state(*target, TargetState::Done),
            Err(Halt::Failed(why)) => running.failed(*target, why.clone()),
        }
    }
    running.settle(&targets).await;
}

/// The new containers, to be made what the old ones were; `None` when they are the old ones still.
fn as_before(running: &Running, recreation: &Recreation) -> Option<Vec<Piece>> {
    let operation = running.now()?;
    let pieces = recreation.pieces.iter().zip(&recreation.before).map(|(piece, before)| {
        let at = operation.targets.get(piece.target)?.container.clone()?;
        (at != piece.at).then(|| Piece {
            at,
            spec: before.spec.clone(),
            labels: before.labels.clone(),
            kept: before.kept.clone(),
            image_id: Some(before.image_id.clone()),
            ..piece.clone()
        })
    });
    pieces.collect()
}
