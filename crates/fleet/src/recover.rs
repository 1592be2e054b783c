//! Operations that the server's end cut off: each unit that was in work is finished or undone, once its engines answer, and the
//! operation says which.
//!
//! What had not begun is not begun now: the request is no longer in hand, and whoever made it may have gone on otherwise. A
//! copy of a deploy that was never started is removed; one that runs is there. Of containers being made anew the new ones are
//! kept when they were started and are well, else the old ones take their places again.
use crate::calls::while_up;
use crate::fleet::Fleet;
use crate::journal::{Entry, Mark, Part, Stage};
use crate::operations::Running;
use crate::recreate::{back, well};
use futures_util::{StreamExt, stream};
use shipyard_model::operation::{Recovered, Step, TargetState};
use shipyard_model::{ContainerRef, EngineId, OperationId, Problem};
use std::time::Duration;
use tokio::time::sleep;

/// Units that are looked after at once.
const AT_ONCE: usize = 16;
/// How long it is waited before an engine that failed meanwhile is asked again.
const AGAIN: Duration = Duration::from_secs(5);

/// An operation of an earlier life that is gone on with.
pub struct Recovery {
    fleet: Fleet,
    running: Running,
    entry: Entry,
}

/// Takes an operation in again, as it was left.
///
/// # Errors
/// `operations.too-many`.
pub fn resume(fleet: &Fleet, entry: Entry) -> Result<Recovery, Problem> {
    let mut operation = entry.begun.operation.clone();
    for (index, target) in operation.targets.iter_mut().enumerate() {
        if let Some(settled) = entry.settled.get(&index) {
            target.clone_from(settled);
        }
    }
    for part in entry.marks.values().flat_map(|mark| &mark.parts) {
        if let Some(target) = operation.targets.get_mut(part.target) {
            target.state = TargetState::Working { step: Step::Recover };
        }
    }
    for target in operation
        .targets
        .iter_mut()
        .filter(|it| it.state == TargetState::Waiting)
    {
        target.state = TargetState::Cancelled;
        target.recovered = Some(Recovered::NotBegun);
    }
    Ok(Recovery {
        running: fleet.operations().take_in(operation)?,
        fleet: fleet.clone(),
        entry,
    })
}

impl Recovery {
    /// The operation.
    pub fn id(&self) -> &OperationId {
        self.running.id()
    }

    /// How it stands.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Finishes or undoes what was in work; whether it came to its end. At the fleet's end it is left as it is, for the next start.
    pub async fn run(&self) -> bool {
        let stopped = self.fleet.stopped().clone();
        stopped.run_until_cancelled(self.whole()).await.is_some()
    }

    async fn whole(&self) {
        let units: Vec<_> = self
            .entry
            .marks
            .values()
            .map(|mark| async move {
                // What is being looked after here is nobody else's.
                let old = mark.parts.iter().filter_map(|part| part.old.as_ref());
                let _claim = self.fleet.claims().claim(old.map(|old| old.at.clone()));
                self.unit(mark).await;
            })
            .collect();
        stream::iter(units).buffer_unordered(AT_ONCE).collect::<()>().await;
        if self.entry.begun.all_or_none {
            self.remove_all().await;
        }
    }

    async fn unit(&self, mark: &Mark) {
        loop {
            let gone = self.engines_up(mark).await;
            if let Some(engine) = gone {
                return self.end(mark, Err(engine_gone(&engine))).await;
            }
            let ended = self.settle(mark).await;
            let away = matches!(&ended, Err(why) if why.code.starts_with("engine."));
            if !away {
                return self.end(mark, ended).await;
            }
            sleep(AGAIN).await;
        }
    }

    /// Waits until all engines of a unit are up; yields one that is in the fleet no more.
    async fn engines_up(&self, mark: &Mark) -> Option<EngineId> {
        let old = mark.parts.iter().filter_map(|part| part.old.as_ref());
        let mut engines: Vec<_> = old.map(|old| &old.at.engine).collect();
        engines.extend(mark.parts.iter().map(|part| &part.engine));
        let mut changes = self.fleet.changes();
        loop {
            let snapshot = self.fleet.snapshot();
            let is_gone = |id: &&&EngineId| !snapshot.engines.contains_key(id);
            if let Some(gone) = engines.iter().find(is_gone) {
                return Some((**gone).clone());
            }
            if engines.iter().all(|id| self.fleet.connection(id).is_some()) {
                return None;
            }
            if changes.changed().await.is_err() {
                return None;
            }
        }
    }

    async fn settle(&self, mark: &Mark) -> Result<Recovered, Problem> {
        match mark.stage {
            Stage::Well => {
                back::remove_old(&self.fleet, mark).await?;
                Ok(Recovered::Finished)
            }
            Stage::Watching if self.all_well(mark).await? => {
                back::remove_old(&self.fleet, mark).await?;
                Ok(Recovered::Finished)
            }
            Stage::Swapping if self.copies_run(mark).await? => Ok(Recovered::Finished),
            _ => {
                back::put_back(&self.fleet, mark).await?;
                Ok(Recovered::PutBack)
            }
        }
    }

    /// Whether the new ones are there and well.
    async fn all_well(&self, mark: &Mark) -> Result<bool, Problem> {
        for part in &mark.parts {
            let Some(new) = back::find_new(&self.fleet, part).await? else {
                return Ok(false);
            };
            if part.old.as_ref().is_some_and(|old| !old.ran) {
                continue;
            }
            match well::until_well(&self.fleet, &part.engine, &new.id).await {
                Ok(()) => {}
                Err(why) if why.code.starts_with("engine.") => return Err(why),
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Whether these are further copies, and all of them run.
    async fn copies_run(&self, mark: &Mark) -> Result<bool, Problem> {
        for part in &mark.parts {
            let new = back::find_new(&self.fleet, part).await?;
            if part.old.is_some() || !new.is_some_and(|new| new.runs) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn end(&self, mark: &Mark, ended: Result<Recovered, Problem>) {
        for part in &mark.parts {
            let there = self.there(part, &ended).await;
            if let Some(there) = there {
                self.running.container(part.target, there);
            }
            match &ended {
                Ok(Recovered::Finished) => self.running.state(part.target, TargetState::Done),
                Ok(_) if part.old.is_none() => self.running.state(part.target, TargetState::Undone),
                Ok(_) => self.running.failed(part.target, interrupted()),
                Err(why) => self.running.failed(part.target, why.clone()),
            }
            if let Ok(how) = &ended {
                self.running.recovered(part.target, *how);
            }
        }
        let targets: Vec<_> = mark.parts.iter().map(|part| part.target).collect();
        self.running.settle(&targets).await;
    }

    /// The container that a target is now.
    async fn there(&self, part: &Part, ended: &Result<Recovered, Problem>) -> Option<ContainerRef> {
        if let Ok(Recovered::Finished) = ended {
            let new = back::find_new(&self.fleet, part).await.ok()??;
            let engine = part.engine.clone();
            return Some(ContainerRef { engine, id: new.id });
        }
        part.old.as_ref().map(|old| old.at.clone())
    }

    /// Removes what a deploy made that wanted all or none, unless all is there.
    async fn remove_all(&self) {
        let Some(operation) = self.running.now() else { return };
        if operation.counts().0 == operation.targets.len() {
            return;
        }
        for (index, target) in operation.targets.iter().enumerate() {
            let (TargetState::Done, Some(at)) = (&target.state, &target.container) else {
                continue;
            };
            self.running.step(index, Step::Undo);
            back::until_up(&self.fleet, &at.engine).await;
            let removed = while_up(
                &self.fleet,
                &at.engine,
                |on| async move { on.remove(&at.id, true).await },
            );
            match removed.await {
                Ok(()) => self.running.state(index, TargetState::Undone),
                Err(why) => self.running.failed(index, why),
            }
            self.running.recovered(index, Recovered::PutBack);
            self.running.settle(&[index]).await;
        }
    }
}

fn interrupted() -> Problem {
    Problem::new(
        503,
        "operation.interrupted",
        "Shipyard ended in the middle of this; after its restart the old container was put back.",
    )
    .hint("Do it again if it is still wanted.")
}

fn engine_gone(engine: &EngineId) -> Problem {
    Problem::new(
        404,
        "operation.engine-gone",
        "Shipyard ended in the middle of this, and the engine is in the fleet no more.",
    )
    .hint("Look there with the docker command for what was left.")
    .arg("engine", engine)
}
