//! A newer image for containers that exist: one after the other on each engine, engines beside each other.
//!
//! The old container is put aside under another name until the new one is well. Whatever goes wrong before that, it gets
//! its name back and runs again; what was pulled stays.
use crate::calls::while_up;
use crate::fleet::Fleet;
use crate::operations::Running;
use crate::pull::{Halt, Pull};
use crate::well::until_well;
use futures_util::{StreamExt, stream};
use shipyard_engine::Connection;
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::operation::{Step, TargetState};
use shipyard_model::{ContainerId, ContainerRef, ContainerVerb, EngineId, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// Engines that are worked on at once.
const ENGINES_AT_ONCE: usize = 8;
/// How long an engine that went away is waited for, to put the old container back.
const PATIENCE: Duration = Duration::from_secs(60);

/// A container to be made anew.
#[derive(Clone, Debug)]
pub struct Item {
    /// The container.
    pub at: ContainerRef,
    /// Its name, which the new one gets.
    pub name: String,
    /// Docker's id of the image that it runs.
    pub image_id: String,
    /// What the new one is made from, with the image that is pulled for it; policy has judged it.
    pub spec: ContainerSpec,
    /// Labels that the new one bears besides.
    pub labels: Vec<(String, String)>,
}

/// Containers that are being made anew: two rolls at once never work on the same one.
#[derive(Clone, Default)]
pub(crate) struct Claims(Arc<Mutex<BTreeSet<ContainerRef>>>);

pub(crate) struct Claim {
    claims: Claims,
    at: ContainerRef,
}

impl Claims {
    fn all<T>(&self, work: impl FnOnce(&mut BTreeSet<ContainerRef>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn claim(&self, at: &ContainerRef) -> Option<Claim> {
        self.all(|all| all.insert(at.clone())).then(|| Claim {
            claims: self.clone(),
            at: at.clone(),
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.all(|all| all.remove(&self.at));
    }
}

/// Carries a roll out; `items` stand in the order of the operation's targets. One that cannot be made anew is left as it
/// is, and its target says why. After a cancel, what has begun ends and nothing more begins.
pub async fn roll(fleet: &Fleet, running: &Running, items: Vec<Result<Item, Problem>>) {
    let mut engines: BTreeMap<EngineId, Vec<(usize, Item)>> = BTreeMap::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok(item) => engines.entry(item.at.engine.clone()).or_default().push((index, item)),
            Err(why) => running.failed(index, why),
        }
    }
    let lanes = engines.into_iter().map(|(engine, items)| async move {
        let lane = Lane {
            fleet,
            running,
            engine: &engine,
        };
        lane.run(&items).await;
    });
    stream::iter(lanes)
        .buffer_unordered(ENGINES_AT_ONCE)
        .collect::<()>()
        .await;
}

/// The work on one engine.
struct Lane<'l> {
    fleet: &'l Fleet,
    running: &'l Running,
    engine: &'l EngineId,
}

impl Lane<'_> {
    async fn run(&self, items: &[(usize, Item)]) {
        let mut pulled: BTreeMap<&str, Result<String, Halt>> = BTreeMap::new();
        for (index, item) in items {
            let image = item.spec.image.as_str();
            let known = match pulled.get(image) {
                Some(known) => known.clone(),
                None => {
                    let waiting = items.iter().filter(|(_, other)| other.spec.image == image);
                    let waiting: Vec<_> = waiting.map(|(index, _)| *index).collect();
                    let fresh = self.pull(image, &waiting).await;
                    // Those that are not at their turn yet have no layers to show any more.
                    waiting
                        .iter()
                        .filter(|other| *other != index)
                        .for_each(|other| self.running.state(*other, TargetState::Waiting));
                    pulled.entry(image).or_insert(fresh).clone()
                }
            };
            match self.one(*index, item, known).await {
                Ok(()) => self.running.state(*index, TargetState::Done),
                Err(Halt::Cancelled) => self.running.state(*index, TargetState::Cancelled),
                Err(Halt::Failed(why)) => self.running.failed(*index, why),
            }
        }
    }

    async fn call<T, F>(&self, call: impl FnOnce(Connection) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, shipyard_engine::CallError>>,
    {
        while_up(self.fleet, self.engine, call).await
    }

    /// Yields Docker's id of what came.
    async fn pull(&self, image: &str, targets: &[usize]) -> Result<String, Halt> {
        if self.running.cancel().is_cancelled() {
            return Err(Halt::Cancelled);
        }
        let pull = Pull {
            fleet: self.fleet,
            running: self.running,
            give_up: self.running.cancel(),
            engine: self.engine,
            image,
            targets,
        };
        pull.run().await?;
        let id = self
            .call(|connection| async move { connection.image_id(image).await })
            .await?;
        let gone = || Problem::not_found("image", image);
        Ok(id.ok_or_else(gone)?)
    }

    async fn one(&self, index: usize, item: &Item, image: Result<String, Halt>) -> Result<(), Halt> {
        if self.running.cancel().is_cancelled() {
            return Err(Halt::Cancelled);
        }
        if image? == item.image_id {
            // It runs what it would be made of.
            return Ok(());
        }
        let going_on = || {
            Problem::new(409, "roll.going-on", "Another roll is making this container anew.")
                .hint("Wait for it, then look whether this one is still needed.")
        };
        let _claim = self.fleet.rolls().claim(&item.at).ok_or_else(going_on)?;
        let (old, aside) = (&item.at.id, aside(item));
        self.running.step(index, Step::Create);
        let put_aside = aside.clone();
        self.call(|connection| async move { connection.rename(old, &put_aside).await })
            .await?;
        let mut new = None;
        if let Err(why) = self.replace(index, item, &mut new).await {
            self.running.step(index, Step::Undo);
            let back = self.put_back(item, new.as_ref()).await;
            self.running.container(index, item.at.clone());
            return Err(match back {
                Ok(()) => was_put_back(&why),
                Err(other) => was_not_put_back(&why, &other, &aside),
            }
            .into());
        }
        self.call(|connection| async move { connection.remove(old, true).await })
            .await
            .map_err(|why| old_is_left(&why, &aside).into())
    }

    /// The new container in the old one's place, until it is well.
    async fn replace(&self, index: usize, item: &Item, new: &mut Option<ContainerId>) -> Result<(), Problem> {
        let (spec, name, labels) = (&item.spec, &item.name, &item.labels);
        let (id, warnings) = self
            .call(|connection| async move { connection.create(spec, name, labels).await })
            .await?;
        let id = &*new.insert(id);
        for warning in warnings {
            tracing::info!(operation = %self.running.id(), container = id.short(), %warning, "made with a warning");
        }
        let at = ContainerRef {
            engine: self.engine.clone(),
            id: id.clone(),
        };
        self.running.container(index, at);
        self.running.step(index, Step::Start);
        // Made before the old one stops, so that what Docker refuses costs no moment of service.
        self.call(|connection| async move { connection.act(&item.at.id, ContainerVerb::Stop).await })
            .await?;
        self.call(|connection| async move { connection.start(id).await })
            .await?;
        self.running.step(index, Step::Watch);
        until_well(self.fleet, self.engine, id).await
    }

    /// The old container under its name, running, and nothing of the new one. Each step is tried whatever became of the one
    /// before: that the old one runs counts more than its name.
    async fn put_back(&self, item: &Item, new: Option<&ContainerId>) -> Result<(), Problem> {
        self.until_up().await;
        let (old, name) = (&item.at.id, item.name.as_str());
        let removed = match new {
            Some(new) => {
                self.call(|connection| async move { connection.remove(new, true).await })
                    .await
            }
            None => Ok(()),
        };
        let renamed = self
            .call(|connection| async move { connection.rename(old, name).await })
            .await;
        let started = self.call(|connection| async move { connection.start(old).await }).await;
        removed.and(renamed).and(started)
    }

    async fn until_up(&self) {
        let mut changes = self.fleet.changes();
        let up = async {
            while self.fleet.connection(self.engine).is_none() {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        // Still away: the calls that follow say so.
        let _ = timeout(PATIENCE, up).await;
    }
}

/// The name of the old container while the new one has its own: no other has it, as the id is in it.
fn aside(item: &Item) -> String {
    let name: String = item.name.chars().take(100).collect();
    format!("{name}-before-{}", item.at.id.short())
}

fn was_put_back(why: &Problem) -> Problem {
    Problem::new(
        422,
        "roll.put-back",
        format!("{} The old container runs again.", why.detail),
    )
    .hint("Look at the new image, or at its logs with docker run, before trying again.")
    .arg("why", &why.detail)
}

fn was_not_put_back(why: &Problem, other: &Problem, aside: &str) -> Problem {
    Problem::new(
        502,
        "roll.not-put-back",
        format!(
            "{} The old container could not be put back: {} It may still be on the engine as “{aside}”.",
            why.detail, other.detail
        ),
    )
    .hint("Rename and start it with the docker command.")
    .arg("why", &why.detail)
    .arg("other", &other.detail)
    .arg("name", aside)
}

fn old_is_left(why: &Problem, aside: &str) -> Problem {
    Problem::new(
        502,
        "roll.old-left",
        format!(
            "The new container runs, but the old one could not be removed: {} It is on the engine as “{aside}”.",
            why.detail
        ),
    )
    .hint("Remove it when the engine is well.")
    .arg("why", &why.detail)
    .arg("name", aside)
}
