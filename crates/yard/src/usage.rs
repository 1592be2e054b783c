//! What was used over time, within what an actor sees: a container in their scope, and sums of engines that they see whole.
//!
//! A sum is kept over all containers of an engine, so it is shown to nobody who sees only some of them: it would tell of the others.
use crate::Yard;
use crate::actor::Actor;
use crate::find::{find_container, find_engine};
use crate::scoped::Scoped;
use futures_util::{Stream, stream};
use shipyard_fleet::stats::{Look, Stats};
use shipyard_fleet::{EngineState, Snapshot};
use shipyard_model::stream::StatsMessage;
use shipyard_model::usage::{UsageHistory, UsageSpan, UsageSum};
use shipyard_model::{ContainerRef, EngineId, Permission, Problem};
use std::sync::Arc;
use tokio::sync::watch;

/// Whose use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageOf {
    /// Of one container, by name or id, as its engine.
    Container {
        /// Its engine.
        engine: String,
        /// The container.
        name: String,
    },
    /// Of an engine's containers together.
    Engine {
        /// Name or id.
        name: String,
    },
    /// Of all containers that the actor sees together.
    Fleet,
}

/// What a sum is of.
#[derive(Clone)]
enum Whole {
    Engine(EngineId),
    /// All there is.
    Fleet,
    /// The engines that somebody sees, each of them whole.
    Engines,
}

impl Yard {
    /// What a container, an engine or the fleet used. Where nothing was measured there is nothing, which is no error.
    ///
    /// # Errors
    /// 403, also `usage.in-part` for the sum of an engine, or of engines, that the actor does not see all containers of; 404.
    pub fn usage_history(&self, actor: &Actor, of: &UsageOf, span: UsageSpan) -> Result<UsageHistory, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let (snapshot, stats) = (fleet.snapshot(), fleet.whole().stats());
        let engine = match of {
            UsageOf::Container { engine, name } => {
                let engine = find_engine(&snapshot, engine)?;
                let at = ContainerRef {
                    engine: engine.engine.id.clone(),
                    id: find_container(engine, name)?.id.clone(),
                };
                return Ok(stats.of_container(&at, span));
            }
            UsageOf::Engine { name } => Some(name),
            UsageOf::Fleet => None,
        };
        Ok(match whole(&fleet, &snapshot, engine)? {
            Whole::Fleet => stats.of_fleet(span),
            of => stats.of_engines(engines(&snapshot, &of), span),
        })
    }

    /// What the containers of an engine, or of the fleet where none is named, use: now, and each five seconds anew. They are
    /// measured for as long as the stream is held.
    ///
    /// # Errors
    /// As [`Yard::usage_history`].
    pub fn usage_follow(
        &self,
        actor: &Actor,
        engine: Option<&str>,
    ) -> Result<impl Stream<Item = StatsMessage> + Send + use<>, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let of = whole(&fleet, &fleet.snapshot(), engine)?;
        let stats = fleet.whole().stats();
        let look = match &of {
            Whole::Engine(id) => stats.look_at_engine(id),
            Whole::Fleet | Whole::Engines => stats.look_at_all(),
        };
        let mut slots = stats.slots();
        slots.mark_changed();
        let following = Following {
            fleet,
            of,
            slots,
            _look: look,
        };
        Ok(stream::unfold(Some(following), async |following| {
            let mut following = following?;
            following.slots.changed().await.ok()?;
            Some(match following.sum() {
                Some(sum) => (StatsMessage::Sum { sum }, Some(following)),
                None => (StatsMessage::End, None),
            })
        }))
    }
}

struct Following {
    fleet: Scoped,
    of: Whole,
    slots: watch::Receiver<i64>,
    _look: Look,
}

impl Following {
    /// The newest sum; `None` when the engine is gone, or is not seen whole any more.
    fn sum(&self) -> Option<UsageSum> {
        let (snapshot, stats): (_, &Stats) = (self.fleet.snapshot(), self.fleet.whole().stats());
        match &self.of {
            Whole::Fleet => Some(stats.sum_of_fleet()),
            of => {
                let engines: Vec<_> = engines(&snapshot, of).collect();
                let gone = engines.is_empty() && matches!(of, Whole::Engine(_));
                let all = engines.iter().all(|engine| is_whole(&self.fleet, engine));
                (all && !gone).then(|| stats.sum_of_engines(engines))
            }
        }
    }
}

/// What a sum is of, if all of it is seen.
fn whole(fleet: &Scoped, snapshot: &Snapshot, engine: Option<impl AsRef<str>>) -> Result<Whole, Problem> {
    if let Some(engine) = engine {
        let engine = find_engine(snapshot, engine.as_ref())?;
        return if is_whole(fleet, engine) {
            Ok(Whole::Engine(engine.engine.id.clone()))
        } else {
            Err(in_part(engine))
        };
    }
    if fleet.scope().is_whole() {
        return Ok(Whole::Fleet);
    }
    match snapshot.engines.values().find(|engine| !is_whole(fleet, engine)) {
        Some(engine) => Err(in_part(engine)),
        None => Ok(Whole::Engines),
    }
}

fn is_whole(fleet: &Scoped, engine: &EngineState) -> bool {
    fleet.scope().has_whole_engine(&engine.engine.labels)
}

fn engines<'s>(snapshot: &'s Snapshot, of: &Whole) -> impl Iterator<Item = &'s EngineState> {
    let one = match of {
        Whole::Engine(id) => Some(id.clone()),
        Whole::Fleet | Whole::Engines => None,
    };
    let engines = snapshot.engines.iter();
    engines
        .filter(move |(id, _)| one.as_ref().is_none_or(|one| one == *id))
        .map(|(_, engine): (_, &Arc<EngineState>)| &**engine)
}

fn in_part(engine: &EngineState) -> Problem {
    let name = &engine.engine.name;
    Problem::new(
        403,
        "usage.in-part",
        format!("You do not see all containers of the engine “{name}”, so not what they use together."),
    )
    .hint("Look at the containers that you see one by one.")
    .arg("engine", name)
}
