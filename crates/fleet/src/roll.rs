//! A newer image for containers that exist: one after the other on each engine, engines beside each other.
//!
//! The image is pulled once on each engine; each container is then [made anew](crate::recreate), whatever becomes of the
//! others.
use crate::calls::while_up;
use crate::fleet::Fleet;
use crate::operations::Running;
use crate::pull::{Halt, Pull};
use crate::recreate::{Piece, recreate};
use futures_util::{StreamExt, stream};
use shipyard_engine::Kept;
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::operation::TargetState;
use shipyard_model::{ContainerRef, EngineId, Problem};
use std::collections::BTreeMap;

/// Engines that are worked on at once.
const ENGINES_AT_ONCE: usize = 8;

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
    /// What Docker knows of it and no specification can say: nothing, but for those who may have anything.
    pub kept: Kept,
}

/// Carries a roll out; `items` stand in the order of the operation's targets. One that cannot be made anew is left as it
/// is, and its target says why. After a cancel, what has begun ends and nothing more begins.
pub async fn roll(fleet: &Fleet, running: &Running, items: Vec<Result<Item, Problem>>) {
    if let Err(why) = running.begin(false).await {
        return (0..items.len()).for_each(|index| running.failed(index, why.clone()));
    }
    let mut engines: BTreeMap<EngineId, Vec<(usize, Item)>> = BTreeMap::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok(item) => engines.entry(item.at.engine.clone()).or_default().push((index, item)),
            Err(why) => {
                running.failed(index, why);
                running.settle(&[index]).await;
            }
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
            self.running.settle(&[*index]).await;
        }
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
        let id = while_up(self.fleet, self.engine, |on| async move { on.image_id(image).await }).await?;
        let gone = || Problem::not_found("image", image);
        Ok(id.ok_or_else(gone)?)
    }

    async fn one(&self, target: usize, item: &Item, image: Result<String, Halt>) -> Result<(), Halt> {
        if self.running.cancel().is_cancelled() {
            return Err(Halt::Cancelled);
        }
        if image? == item.image_id {
            // It runs what it would be made of.
            return Ok(());
        }
        let piece = Piece {
            target,
            at: item.at.clone(),
            name: item.name.clone(),
            spec: item.spec.clone(),
            labels: item.labels.clone(),
            kept: item.kept.clone(),
            image_id: None,
        };
        recreate(self.fleet, self.running, &[piece]).await
    }
}
