//! Containers that go to another engine: made there, watched until they are well, and only then removed where they were.
//!
//! Whatever goes wrong before that leaves the old one as it is and nothing of the new one. Each stage is in the
//! journal (`crate::journal`) before it begins.
use crate::act::PER_ENGINE;
use crate::calls::while_up;
use crate::deploy::Bounds;
use crate::fleet::Fleet;
use crate::journal::{self, Mark, Part, Stage};
use crate::operations::{Running, new_id};
use crate::pull::{Halt, Pull};
use crate::recreate::well::until_well;
use futures_util::{StreamExt, stream};
use shipyard_engine::Connection;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::deploy::{ContainerSpec, DeployRequest, Plan, PlannedCopy, PullPolicy};
use shipyard_model::operation::{Step, TargetState};
use shipyard_model::{ContainerId, ContainerRef, ContainerVerb, EngineId, EngineName, OperationId, Problem};

/// Room that one operation takes bit by bit. Dropped, what it has counts by what the model shows.
pub struct Rooms {
    fleet: Fleet,
    id: OperationId,
    taken: Vec<PlannedCopy>,
}

impl Rooms {
    /// None yet, for an operation that has not begun.
    pub fn new(fleet: &Fleet) -> Self {
        Self {
            fleet: fleet.clone(),
            id: new_id(),
            taken: Vec::new(),
        }
    }

    /// The operation's identity.
    pub fn id(&self) -> &OperationId {
        &self.id
    }

    /// Plans copies and, when the plan has no problem, takes their room. They will bear `group` as the label of their deploy.
    pub fn take(&mut self, request: &DeployRequest, bounds: &Bounds<'_>, group: &str) -> Plan {
        let plan = self
            .fleet
            .pending()
            .reserve(&bounds.of(&self.fleet), request, &self.id, group);
        if plan.problems.is_empty() {
            self.taken.extend(plan.copies.iter().cloned());
        }
        plan
    }

    /// Gives all of it back: nothing is done with it.
    pub fn give_back(self) {
        for copy in &self.taken {
            self.fleet.pending().give_back(&self.id, copy);
        }
    }
}

impl Drop for Rooms {
    fn drop(&mut self) {
        self.fleet.pending().ended(&self.id);
    }
}

/// A container that goes elsewhere.
#[derive(Clone, Debug)]
pub struct Move {
    /// Where it was.
    pub from: ContainerRef,
    /// Name of that engine.
    pub from_engine: EngineName,
    /// Where it goes, and its name there; its room is taken.
    pub to: PlannedCopy,
    /// What the new one is made from; policy has judged it.
    pub spec: ContainerSpec,
    /// Labels that the new one bears besides.
    pub labels: Vec<(String, String)>,
    /// Pull or not.
    pub pull: PullPolicy,
    /// What becomes of the old one.
    pub old: Old,
}

/// What becomes of a container whose new one is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// It is stopped and removed.
    Removed,
    /// Its engine is away: it stays as it is, for whoever asked to see to it later.
    OutOfReach,
}

/// Carries moves out, in the order of the operation's targets. One that cannot be made is left as it is, and its target says
/// why. After a cancel, nothing more begins, and what is not well yet is taken back.
pub async fn relocate(fleet: &Fleet, running: &Running, rooms: Rooms, moves: Vec<Result<Move, Problem>>) {
    if let Err(why) = running.begin(false).await {
        return (0..moves.len()).for_each(|index| running.failed(index, why.clone()));
    }
    let rooms = &rooms;
    let all = moves.into_iter().enumerate().map(|(index, one)| async move {
        let one = match one {
            Ok(one) => one,
            Err(why) => {
                running.failed(index, why);
                return running.settle(&[index]).await;
            }
        };
        let mut work = Work {
            fleet,
            running,
            index,
            one: &one,
            mark: mark(index, &one),
        };
        match work.run().await {
            Ok(()) => running.state(index, TargetState::Done),
            Err(halt) => {
                fleet.pending().give_back(&rooms.id, &one.to);
                match halt {
                    Halt::Cancelled => running.state(index, TargetState::Cancelled),
                    Halt::Failed(why) => running.failed(index, why),
                }
            }
        }
        running.settle(&[index]).await;
    });
    stream::iter(all).buffer_unordered(PER_ENGINE).collect::<()>().await;
}

/// What the journal knows of a move.
fn mark(index: usize, one: &Move) -> Mark {
    let group = one.labels.iter().find(|(key, _)| key == LABEL_DEPLOY);
    Mark {
        stage: Stage::Making,
        parts: vec![Part {
            target: index,
            engine: one.to.engine.clone(),
            name: one.to.name.clone(),
            made_as: one.to.name.clone(),
            new: None,
            deploy: group.map(|(_, group)| group.clone()),
            old: (one.old == Old::Removed).then(|| journal::Old {
                at: one.from.clone(),
                aside: one.to.name.clone(),
                ran: true,
            }),
        }],
    }
}

/// One move.
struct Work<'m> {
    fleet: &'m Fleet,
    running: &'m Running,
    index: usize,
    one: &'m Move,
    mark: Mark,
}

impl Work<'_> {
    async fn there<T, F>(&self, call: impl FnOnce(Connection) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, shipyard_engine::CallError>>,
    {
        while_up(self.fleet, &self.one.to.engine, call).await
    }

    fn go_on(&self) -> Result<(), Halt> {
        if self.running.cancel().is_cancelled() {
            Err(Halt::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Writes down what is about to begin.
    async fn stage(&mut self, stage: Stage) -> Result<(), Problem> {
        self.mark.stage = stage;
        self.running.mark(self.index, &self.mark).await
    }

    async fn run(&mut self) -> Result<(), Halt> {
        self.go_on()?;
        let going_on = || {
            Problem::new(409, "move.going-on", "Another operation is making this container anew.")
                .hint("Wait for it, then look whether this one is still needed.")
        };
        let _claim = self
            .fleet
            .claims()
            .claim(std::iter::once(self.one.from.clone()))
            .ok_or_else(going_on)?;
        let pull = Pull {
            fleet: self.fleet,
            running: self.running,
            give_up: self.running.cancel(),
            engine: &self.one.to.engine,
            image: self.one.spec.image.trim(),
            targets: &[self.index],
        };
        pull.ensure(self.one.pull).await?;
        self.go_on()?;
        let mut new = None;
        if let Err(halt) = self.make(&mut new).await {
            return Err(self.taken_back(new.as_ref(), halt).await);
        }
        match self.one.old {
            Old::Removed => {
                if let Err(why) = self.stage(Stage::Well).await {
                    tracing::error!(operation = %self.running.id(), %why, "a step cannot be written down; it is nearly done");
                }
                self.remove_old().await.map_err(Halt::from)
            }
            Old::OutOfReach => Ok(()),
        }
    }

    /// The new container, until it is well.
    async fn make(&mut self, new: &mut Option<ContainerId>) -> Result<(), Halt> {
        let Move { to, spec, labels, .. } = self.one;
        self.stage(Stage::Making).await?;
        self.running.step(self.index, Step::Create);
        let (id, warnings) = self
            .there(|connection| async move { connection.create(spec, &to.name, labels).await })
            .await?;
        let id = &*new.insert(id);
        for warning in warnings {
            tracing::info!(operation = %self.running.id(), container = id.short(), %warning, "made with a warning");
        }
        let at = ContainerRef {
            engine: to.engine.clone(),
            id: id.clone(),
        };
        self.running.container(self.index, at);
        self.go_on()?;
        self.mark.parts.iter_mut().for_each(|part| part.new = Some(id.clone()));
        self.stage(Stage::Swapping).await?;
        self.running.step(self.index, Step::Start);
        self.there(|connection| async move { connection.start(id).await })
            .await?;
        self.stage(Stage::Watching).await?;
        self.running.step(self.index, Step::Watch);
        tokio::select! {
            well = until_well(self.fleet, &to.engine, id) => Ok(well?),
            () = self.running.cancel().cancelled() => Err(Halt::Cancelled),
        }
    }

    /// Removes what was made of the new one; the old one is the target's container again.
    async fn taken_back(&mut self, new: Option<&ContainerId>, halt: Halt) -> Halt {
        self.running.step(self.index, Step::Undo);
        if let Err(why) = self.stage(Stage::Undoing).await {
            tracing::error!(operation = %self.running.id(), %why, "a step cannot be written down; what is undone is undone all the same");
        }
        let removed = match new {
            Some(new) => {
                self.there(|connection| async move { connection.remove(new, true).await })
                    .await
            }
            None => Ok(()),
        };
        self.running.container(self.index, self.one.from.clone());
        match (halt, removed) {
            (Halt::Cancelled, Ok(())) => Halt::Cancelled,
            (Halt::Cancelled, Err(other)) => Halt::Failed(new_is_left(None, &other, self.one)),
            (Halt::Failed(why), Ok(())) => Halt::Failed(stays(&why, self.one)),
            (Halt::Failed(why), Err(other)) => Halt::Failed(new_is_left(Some(&why), &other, self.one)),
        }
    }

    async fn remove_old(&self) -> Result<(), Problem> {
        self.running.step(self.index, Step::Act);
        stop_and_remove(self.fleet, &self.one.from)
            .await
            .map_err(|why| old_is_left(&why, self.one))
    }
}

/// Removes a container that was asked to end first, and was given its time to.
///
/// # Errors
/// Why its engine does not.
pub async fn stop_and_remove(fleet: &Fleet, at: &ContainerRef) -> Result<(), Problem> {
    let (engine, id): (&EngineId, _) = (&at.engine, &at.id);
    let stopped = while_up(fleet, engine, |connection| async move {
        connection.act(id, ContainerVerb::Stop).await
    });
    stopped.await?;
    while_up(
        fleet,
        engine,
        |connection| async move { connection.remove(id, true).await },
    )
    .await
}

fn stays(why: &Problem, one: &Move) -> Problem {
    let from = &one.from_engine;
    let sentence = match one.old {
        Old::Removed => format!("{} The container still runs on {from}.", why.detail),
        Old::OutOfReach => format!(
            "{} The container of {from} was not made on {}.",
            why.detail, one.to.engine_name
        ),
    };
    Problem::new(422, "move.stays", sentence)
        .arg("why", &why.detail)
        .arg("engine", from)
        .arg("to", &one.to.engine_name)
}

fn new_is_left(why: Option<&Problem>, other: &Problem, one: &Move) -> Problem {
    let why = why.map_or("It was cancelled.", |why| &why.detail);
    let to = &one.to.engine_name;
    Problem::new(
        502,
        "move.new-left",
        format!(
            "{why} The new container could not be removed from {to}: {}",
            other.detail
        ),
    )
    .hint("Remove it when the engine is well.")
    .arg("why", why)
    .arg("other", &other.detail)
    .arg("to", to)
}

fn old_is_left(why: &Problem, one: &Move) -> Problem {
    let from = &one.from_engine;
    Problem::new(
        502,
        "move.old-left",
        format!(
            "The new container runs, but the old one could not be removed from {from}: {}",
            why.detail
        ),
    )
    .hint("Remove it when the engine is well.")
    .arg("why", &why.detail)
    .arg("engine", from)
}
