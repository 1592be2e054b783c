//! Containers made anew: a container, or one with those that stand on it, as a whole or not at all.
//!
//! The new ones are made beside the old ones, under names of their own, so that what Docker refuses costs no moment of
//! service. Then names are exchanged, the old ones stop, the new ones start and are looked after. When all are well the old
//! ones are removed; whatever goes wrong before that, the old ones get their names back and run again. Each stage is in the
//! [journal](crate::journal) before it begins. What was pulled stays.
use crate::calls::while_up;
use crate::fleet::Fleet;
use crate::halt::between_steps;
use crate::journal::{Mark, Old, Part, Stage};
use crate::operations::Running;
use crate::pull::Halt;
use shipyard_engine::{CallError, Connection, Kept};
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::operation::Step;
use shipyard_model::{ContainerId, ContainerRef, ContainerVerb, EngineId, Problem};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) mod back;
mod told;
pub(crate) mod well;

/// A container to be made anew.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The operation's target.
    pub target: usize,
    /// The container.
    pub at: ContainerRef,
    /// Its name, which the new one gets.
    pub name: String,
    /// What the new one is made from; policy has judged it.
    pub spec: ContainerSpec,
    /// Labels that the new one bears besides.
    pub labels: Vec<(String, String)>,
    /// What Docker knows of it and no specification can say: nothing, but for those who may have anything.
    pub kept: Kept,
    /// Docker's id of the image that is meant, where the reference may stand for another one by now.
    pub image_id: Option<String>,
}

/// Containers that are being made anew: two operations at once never work on the same one.
#[derive(Clone, Default)]
pub(crate) struct Claims(Arc<Mutex<BTreeSet<ContainerRef>>>);

/// Holds containers until it is dropped.
pub(crate) struct Claim {
    claims: Claims,
    held: Vec<ContainerRef>,
}

impl Claims {
    fn all<T>(&self, work: impl FnOnce(&mut BTreeSet<ContainerRef>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes all of these, or none.
    pub(crate) fn claim(&self, wanted: impl Iterator<Item = ContainerRef>) -> Option<Claim> {
        let held: Vec<_> = wanted.collect();
        self.all(|all| {
            let free = !held.iter().any(|at| all.contains(at));
            if free {
                all.extend(held.iter().cloned());
            }
            free
        })
        .then(|| Claim {
            claims: self.clone(),
            held,
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.all(|all| {
            for at in &self.held {
                all.remove(at);
            }
        });
    }
}

/// Makes containers of one engine anew, those that others stand on first. Afterwards the targets' containers are the new ones,
/// or after a failure the old ones; how they stand, and that they came to their end, is for the caller to say.
pub(crate) async fn recreate(fleet: &Fleet, running: &Running, pieces: &[Piece]) -> Result<(), Halt> {
    let Some(first) = pieces.first() else { return Ok(()) };
    if running.cancel().is_cancelled() {
        return Err(Halt::Cancelled);
    }
    let claim = fleet.claims().claim(pieces.iter().map(|piece| piece.at.clone()));
    let _claim = claim.ok_or_else(told::going_on)?;
    let mut unit = Unit {
        fleet,
        running,
        engine: &first.at.engine,
        mark: Mark {
            stage: Stage::Making,
            parts: pieces.iter().map(|piece| part(fleet, running, piece)).collect(),
        },
        pieces,
    };
    Ok(unit.run().await?)
}

fn part(fleet: &Fleet, running: &Running, piece: &Piece) -> Part {
    let snapshot = fleet.snapshot();
    let ran = snapshot.container(&piece.at).is_none_or(|(_, it)| it.state.is_alive());
    Part {
        target: piece.target,
        engine: piece.at.engine.clone(),
        name: piece.name.clone(),
        made_as: beside(&piece.name, "by", running.id().as_str()),
        new: None,
        deploy: None,
        old: Some(Old {
            aside: beside(&piece.name, "before", piece.at.id.short()),
            at: piece.at.clone(),
            ran,
        }),
    }
}

/// A name that no other container has, as an identity is in it.
pub(crate) fn beside(name: &str, word: &str, identity: &str) -> String {
    let name: String = name.chars().take(80).collect();
    format!("{name}-{word}-{identity}")
}

/// The work on one unit.
struct Unit<'u> {
    fleet: &'u Fleet,
    running: &'u Running,
    engine: &'u EngineId,
    pieces: &'u [Piece],
    mark: Mark,
}

impl Unit<'_> {
    async fn call<T, F>(&self, call: impl FnOnce(Connection) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        between_steps().await;
        while_up(self.fleet, self.engine, call).await
    }

    fn step(&self, step: Step) {
        for piece in self.pieces {
            self.running.step(piece.target, step);
        }
    }

    async fn stage(&mut self, stage: Stage) -> Result<(), Problem> {
        between_steps().await;
        self.mark.stage = stage;
        let first = self.mark.parts.first().map_or(0, |part| part.target);
        self.running.mark(first, &self.mark).await
    }

    async fn run(&mut self) -> Result<(), Problem> {
        if let Err(why) = self.replace().await {
            return Err(self.undo(why).await);
        }
        if let Err(why) = self.stage(Stage::Well).await {
            tracing::error!(operation = %self.running.id(), %why, "a step cannot be written down; it is nearly done");
        }
        self.remove_old().await
    }

    /// The new containers in the old ones' places, until all are well.
    async fn replace(&mut self) -> Result<(), Problem> {
        self.stage(Stage::Making).await?;
        self.step(Step::Create);
        for index in 0..self.pieces.len() {
            self.make(index).await?;
        }
        self.stage(Stage::Swapping).await?;
        self.step(Step::Start);
        let parts = self.mark.parts.clone();
        for part in &parts {
            let (Some(old), Some(new)) = (&part.old, &part.new) else {
                continue;
            };
            self.call(|it| async move { it.rename(&old.at.id, &old.aside).await })
                .await?;
            self.call(|it| async move { it.rename(new, &part.name).await }).await?;
        }
        // Those that stand on others stop before these.
        for old in parts
            .iter()
            .rev()
            .filter_map(|part| part.old.as_ref())
            .filter(|old| old.ran)
        {
            self.call(|it| async move { it.act(&old.at.id, ContainerVerb::Stop).await })
                .await?;
        }
        let started: Vec<_> = parts.iter().filter(|part| ran(part)).collect();
        for new in started.iter().filter_map(|part| part.new.as_ref()) {
            self.call(|it| async move { it.start(new).await }).await?;
        }
        self.stage(Stage::Watching).await?;
        self.step(Step::Watch);
        for new in started.iter().filter_map(|part| part.new.as_ref()) {
            between_steps().await;
            well::until_well(self.fleet, self.engine, new).await?;
        }
        Ok(())
    }

    async fn make(&mut self, index: usize) -> Result<(), Problem> {
        let (Some(piece), Some(part)) = (self.pieces.get(index), self.mark.parts.get(index)) else {
            return Ok(());
        };
        let mut spec = piece.spec.clone();
        self.stand_on_new(&mut spec);
        if let Some(meant) = &piece.image_id {
            let image = spec.image.as_str();
            let now = self.call(|it| async move { it.image_id(image).await }).await?;
            if now.as_ref() != Some(meant) {
                spec.image.clone_from(meant);
            }
        }
        let (spec, name, labels, kept) = (&spec, &part.made_as, &piece.labels, &piece.kept);
        let (id, warnings) = self
            .call(|it| async move { it.create_like(spec, kept, name, labels).await })
            .await?;
        for warning in warnings {
            tracing::info!(operation = %self.running.id(), container = id.short(), %warning, "made with a warning");
        }
        let engine = self.engine.clone();
        self.running
            .container(piece.target, ContainerRef { engine, id: id.clone() });
        if let Some(part) = self.mark.parts.get_mut(index) {
            part.new = Some(id);
        }
        Ok(())
    }

    /// What stood on an old one of this unit stands on its new one.
    fn stand_on_new(&self, spec: &mut ContainerSpec) {
        for mode in [&mut spec.network, &mut spec.pid_mode, &mut spec.ipc_mode] {
            let Some(on) = mode.strip_prefix("container:") else {
                continue;
            };
            let new = self.mark.parts.iter().find_map(|part| {
                let old = part.old.as_ref()?;
                (is_meant(on, &part.name, &old.at.id)).then_some(part.new.as_ref()?)
            });
            if let Some(new) = new {
                *mode = format!("container:{new}");
            }
        }
    }

    async fn undo(&mut self, why: Problem) -> Problem {
        self.step(Step::Undo);
        if let Err(why) = self.stage(Stage::Undoing).await {
            tracing::error!(operation = %self.running.id(), %why, "a step cannot be written down; what is undone is undone all the same");
        }
        let back = back::put_back(self.fleet, &self.mark).await;
        for piece in self.pieces {
            self.running.container(piece.target, piece.at.clone());
        }
        match back {
            Ok(()) => told::was_put_back(&why),
            Err(other) => told::was_not_put_back(&why, &other, &self.aside()),
        }
    }

    async fn remove_old(&self) -> Result<(), Problem> {
        between_steps().await;
        let removed = back::remove_old(self.fleet, &self.mark).await;
        removed.map_err(|why| told::old_is_left(&why, &self.aside()))
    }

    fn aside(&self) -> String {
        let old = self.mark.parts.first().and_then(|part| part.old.as_ref());
        old.map(|old| old.aside.clone()).unwrap_or_default()
    }
}

fn ran(part: &Part) -> bool {
    part.old.as_ref().is_none_or(|old| old.ran)
}

/// Whether `container:…` names this container: by its name, its id, or the beginning of that.
pub fn is_meant(on: &str, name: &str, id: &ContainerId) -> bool {
    on == name || (on.len() >= 12 && id.as_str().starts_with(on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_never_work_on_one_container() {
        let claims = Claims::default();
        let at = |id: &str| ContainerRef {
            engine: EngineId::new("e"),
            id: ContainerId::new(id),
        };
        let first = claims.claim([at("a"), at("b")].into_iter()).unwrap();
        assert!(claims.claim([at("c"), at("b")].into_iter()).is_none());
        assert!(
            claims.claim([at("c")].into_iter()).is_some(),
            "nothing is held by halves"
        );
        drop(first);
        assert!(claims.claim([at("b")].into_iter()).is_some());
    }

    #[test]
    fn a_name_beside_another_is_one_of_dockers() {
        let name = beside(&"x".repeat(128), "by", "op-19ae0c1b2d3-0123456789ab");
        assert!(crate::names::is_valid(&name), "{name}");
        assert!(is_meant("web", "web", &ContainerId::new("0123456789abcdef")));
        assert!(is_meant("0123456789ab", "web", &ContainerId::new("0123456789abcdef")));
        assert!(!is_meant("0", "web", &ContainerId::new("0123456789abcdef")));
    }
}
