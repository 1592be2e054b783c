//! Draining: an engine takes nothing new, and what Shipyard deployed to it goes elsewhere, as one operation.
//!
//! The engine is marked first, so that nothing comes to it meanwhile. What cannot go stays as it is, and is told with the
//! reason; so does what Shipyard did not deploy.
use crate::activity::{Intent, list};
use crate::actor::Actor;
use crate::deploy::hide_others;
use crate::fault::store_problem;
use crate::gate::Inside;
use crate::placing::{self, Ties};
use crate::scale::made_as;
use crate::scoped::Scoped;
use crate::{Inner, Yard, engines, happening, history, policy};
use futures_util::{StreamExt, stream};
use shipyard_engine::Made;
use shipyard_fleet::deploy::Bounds;
use shipyard_fleet::operations::Wanted;
use shipyard_fleet::relocate::{Move, Old, Rooms, relocate};
use shipyard_fleet::{EngineState, Fleet, Running, order};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::deploy::{DeployRequest, EngineVerdict, PlannedCopy, PullPolicy, SkipReason};
use shipyard_model::live::Look;
use shipyard_model::moving::{DrainOptions, DrainPlan, PlannedMove, Staying};
use shipyard_model::operation::{OperationTarget, TargetState, What};
use shipyard_model::page::Happening;
use shipyard_model::{
    Container, ContainerRef, ContainerState, Engine, EngineId, Millis, OperationId, Permission, Problem,
};
use shipyard_store::CredentialsChange;
use std::sync::Arc;

/// Containers that are asked about at once.
const AT_ONCE: usize = 16;

/// Why there is no place elsewhere, and what each engine lacks.
pub(crate) struct NoPlace {
    pub(crate) why: Box<Problem>,
    engines: Vec<EngineVerdict>,
}

impl From<Problem> for NoPlace {
    fn from(why: Problem) -> Self {
        Self {
            why: Box::new(why),
            engines: Vec::new(),
        }
    }
}

/// What becomes of one container of the engine.
enum Fate {
    Goes(Box<PlannedMove>, Box<Move>),
    Stays(Box<Staying>),
}

impl Yard {
    /// What emptying an engine would do now: where each container would go, and which would stay and why.
    ///
    /// # Errors
    /// 403, also when part of the engine is out of scope; 404.
    pub async fn drain_plan(
        &self,
        actor: &Actor,
        engine: &EngineId,
        options: DrainOptions,
    ) -> Result<DrainPlan, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let state = whole(&fleet, engine)?;
        let mut rooms = Rooms::new(fleet.whole());
        let fates = self.fates(actor, &fleet, &state, options, &mut rooms).await;
        rooms.give_back();
        let (mut moves, mut stays) = (Vec::new(), Vec::new());
        for fate in fates {
            match fate {
                Fate::Goes(planned, _) => moves.push(*planned),
                Fate::Stays(staying) => stays.push(*staying),
            }
        }
        Ok(DrainPlan {
            engine: state.engine.name.clone(),
            drained: state.engine.drained,
            moves,
            stays,
        })
    }

    /// Marks an engine as one that takes nothing new, and makes what Shipyard deployed to it on others, as one operation: the
    /// old container is removed once the new one is well.
    ///
    /// # Errors
    /// As [`Yard::drain_plan`]; 403 when what is on it is not the actor's to remove; the disk refuses;
    /// `operations.too-many`, and then it is marked.
    pub async fn drain(&self, actor: &Actor, engine: &EngineId, options: DrainOptions) -> Result<OperationId, Problem> {
        let inside = self.to_empty(actor, engine)?;
        let _turn = self.inner.asking.plan(actor)?;
        let state = whole(&inside.fleet, engine)?;
        let name = state.engine.name.clone();
        let deployed = state
            .containers
            .iter()
            .filter(|it| it.labels.contains_key(LABEL_DEPLOY));
        let names: Vec<_> = deployed.map(|it| it.name.clone()).collect();
        let subject = ActivitySubject::new("engine", name.as_str());
        let names = list(names.into_iter());
        let mut intent = self
            .inner
            .activity
            .begin(actor, "engine.drain", subject, &names)
            .await?;
        if let Err(problem) = self.mark(actor, &inside, engine, true).await {
            return intent.outcome(Err(problem)).await;
        }
        let fleet = &inside.fleet;
        let mut rooms = Rooms::new(fleet.whole());
        let fates = self.fates(actor, fleet, &state, options, &mut rooms).await;
        let (mut targets, mut moves) = (Vec::new(), Vec::new());
        for fate in fates {
            match fate {
                Fate::Goes(planned, one) => {
                    targets.push(Wanted {
                        name: planned.name,
                        engine: planned.to,
                        container: Some(planned.at),
                    });
                    moves.push(Ok(*one));
                }
                Fate::Stays(staying) if staying.wanted => {
                    targets.push(Wanted {
                        name: staying.name,
                        engine: name.clone(),
                        container: Some(staying.at),
                    });
                    moves.push(Err(staying.why));
                }
                Fate::Stays(_) => {}
            }
        }
        let what = What::Drain { engine: name };
        let operations = fleet.whole().operations();
        let running = match operations.start(rooms.id().clone(), what, actor.account(), targets) {
            Ok(running) => running,
            Err(problem) => {
                rooms.give_back();
                return intent.outcome(Err(problem)).await;
            }
        };
        let id = running.id().clone();
        intent.operation(&id);
        tracing::info!(account = actor.account(), operation = %id, engine = %state.engine.name, "drain");
        let account = actor.account().to_owned();
        tokio::spawn(carry_out(
            Arc::clone(&self.inner),
            running,
            rooms,
            moves,
            account,
            intent,
        ));
        Ok(id)
    }

    /// Lets an engine take new containers again. What went elsewhere stays there.
    ///
    /// # Errors
    /// 403; 404; the disk refuses.
    pub async fn undrain(&self, actor: &Actor, engine: &EngineId) -> Result<Engine, Problem> {
        let inside = self.to_empty(actor, engine)?;
        let state = whole(&inside.fleet, engine)?;
        let subject = ActivitySubject::new("engine", state.engine.name.as_str());
        let work = self.mark(actor, &inside, engine, false);
        self.recorded(actor, "engine.undrain", subject, "", work).await
    }

    /// Whoever empties an engine deploys what is on it elsewhere, and removes it there.
    fn to_empty(&self, actor: &Actor, engine: &EngineId) -> Result<Inside<'_>, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::ContainerRemove)?;
        whole(&inside.fleet, engine)?;
        self.inner.gate.enter(actor, Permission::Deploy)
    }

    async fn mark(&self, actor: &Actor, inside: &Inside<'_>, id: &EngineId, drained: bool) -> Result<Engine, Problem> {
        let _turn = self.inner.engines.turn().await;
        let (before, _) = engines::find(inside.store, id).await?;
        if before.drained == drained {
            return Ok(before);
        }
        let engine = Engine { drained, ..before };
        let kept = inside.store.put_engine(&engine, CredentialsChange::Keep).await;
        kept.map_err(|e| store_problem(&e))?;
        inside.fleet.whole().update(engine.clone());
        let what = if drained { "engine-drained" } else { "engine-undrained" };
        inside
            .fleet
            .whole()
            .happened(happening::of(actor, what, engine.name.as_str()));
        Ok(engine)
    }

    /// What becomes of each container, by name; room is taken for those that go.
    async fn fates(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        state: &Arc<EngineState>,
        options: DrainOptions,
        rooms: &mut Rooms,
    ) -> Vec<Fate> {
        let mut containers: Vec<_> = state.containers.iter().cloned().collect();
        containers.sort_by(|a, b| order::natural(&a.name, &b.name));
        let known = stream::iter(containers).map(|container| async move {
            let made = match movable(&container) {
                Err(why) => Err(why),
                Ok(()) => made_as(fleet, &(Arc::clone(state), Arc::clone(&container))).await,
            };
            (container, made)
        });
        let known: Vec<_> = known.buffered(AT_ONCE).collect().await;
        let fate = |(container, made): (Arc<Container>, Result<Made, Problem>)| {
            let goes = made.map_err(NoPlace::from);
            let goes = goes.and_then(|made| self.place(actor, fleet, state, &container, made, options, rooms));
            match goes {
                Ok((planned, one)) => Fate::Goes(Box::new(planned), Box::new(one)),
                Err(none) => Fate::Stays(Box::new(Staying {
                    name: container.name.clone(),
                    at: at(state, &container),
                    wanted: movable(&container).is_ok(),
                    why: *none.why,
                    engines: none.engines,
                })),
            }
        };
        known.into_iter().map(fate).collect()
    }

    /// A place for a container elsewhere, or why there is none, with what each engine lacks.
    #[expect(clippy::too_many_arguments, reason = "who, from where, what, how")]
    fn place(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        state: &EngineState,
        container: &Container,
        made: Made,
        options: DrainOptions,
        rooms: &mut Rooms,
    ) -> Result<(PlannedMove, Move), NoPlace> {
        let placing = placing::of(container)?;
        if placing.each {
            let detail = format!("“{}” is of a deploy that has one on each engine.", container.name);
            let why = Problem::new(409, "drain.one-on-each", detail).hint("Remove it when it is not needed here.");
            return Err(why.arg("container", &container.name).into());
        }
        let ties = Ties::of(&made.spec, &made.anonymous);
        if let Some(why) = ties.problem(&container.name, options.leave_volumes) {
            return Err(why.into());
        }
        let mut request = placing::one_more(placing, made.spec);
        request.target = placing::joining(request.target, &fleet.snapshot(), &request.spec);
        request.spec.name.clone_from(&container.name);
        let site = self.site(fleet, actor, &request);
        let judged = policy::judge(&site.grounds, &request.spec);
        policy::record(actor, &judged);
        request.spec = judged.spec;
        if let Some(refused) = judged.refused.into_iter().next() {
            return Err(refused.into());
        }
        let beyond = policy::beyond_baseline(&request.spec);
        if !beyond.is_empty() {
            return Err(not_on_its_word(&container.name, &beyond.join(", ")).into());
        }
        let mut labels = made.kept_labels;
        let group = container.labels.get(LABEL_DEPLOY).unwrap_or_default().to_owned();
        let (to, engines) = elsewhere(fleet, state, &site.bounds(), &request, rooms, &group)?;
        let more = site
            .bounds()
            .labels
            .into_iter()
            .filter(|(key, _)| !request.spec.labels.iter().any(|(k, _)| k == key));
        labels.extend(more);
        let planned = PlannedMove {
            name: container.name.clone(),
            at: at(state, container),
            to: to.engine_name.clone(),
            new_name: to.name.clone(),
            added: judged.added,
            left: ties.volumes,
            engines,
        };
        let one = Move {
            from: planned.at.clone(),
            from_engine: state.engine.name.clone(),
            to,
            spec: request.spec,
            labels,
            pull: PullPolicy::Missing,
            old: Old::Removed,
        };
        Ok((planned, one))
    }
}

/// Takes room on another engine, where the name is free.
pub(crate) fn elsewhere(
    fleet: &Scoped,
    state: &EngineState,
    bounds: &Bounds<'_>,
    request: &DeployRequest,
    rooms: &mut Rooms,
    group: &str,
) -> Result<(PlannedCopy, Vec<EngineVerdict>), NoPlace> {
    let snapshot = fleet.whole().snapshot();
    let (inside, from, name) = (bounds.engines, &state.engine.id, &request.spec.name);
    let is_taken = |id: &EngineId| snapshot.engines.get(id).is_some_and(|it| it.by_name(name).is_some());
    let there = |id: &EngineId| id != from && inside(id) && !is_taken(id);
    let bounds = Bounds {
        engines: &there,
        sees: bounds.sees,
        quotas: bounds.quotas,
        labels: bounds.labels.clone(),
        as_named: false,
        joins: None,
    };
    let mut plan = rooms.take(request, &bounds, group);
    let taken = snapshot.engines.values().filter(|it| {
        let id = &it.engine.id;
        id != from && inside(id) && is_taken(id)
    });
    plan.engines.extend(taken.map(|it| EngineVerdict {
        engine: it.engine.id.clone(),
        name: it.engine.name.clone(),
        labels: it.engine.labels.written().collect(),
        capacity: it.capacity(),
        reserved_before: it.reserved(),
        reserved_after: it.reserved(),
        copies: Vec::new(),
        skipped: Some(SkipReason::NameTaken { name: name.clone() }),
    }));
    hide_others(&mut plan, fleet);
    match (plan.problems.into_iter().next(), plan.copies.into_iter().next()) {
        (None, Some(copy)) => Ok((copy, plan.engines)),
        (why, _) => Err(NoPlace {
            why: Box::new(why.unwrap_or_else(Problem::internal)),
            engines: plan.engines,
        }),
    }
}

fn at(state: &EngineState, container: &Container) -> ContainerRef {
    ContainerRef {
        engine: state.engine.id.clone(),
        id: container.id.clone(),
    }
}

/// The engine, if all that is on it is in scope.
fn whole(fleet: &Scoped, id: &EngineId) -> Result<Arc<EngineState>, Problem> {
    let state = fleet.snapshot().engines.get(id).cloned();
    let state = state.ok_or_else(|| Problem::not_found("engine", id))?;
    if fleet.scope().has_whole_engine(&state.engine.labels) {
        return Ok(state);
    }
    let detail = "There are containers on this engine that are not yours to move.";
    Err(Problem::new(403, "drain.beyond-scope", detail).hint("Ask an administrator to empty it."))
}

/// Whether it is something that draining is about.
fn movable(container: &Container) -> Result<(), Problem> {
    let name = &container.name;
    if !container.labels.contains_key(LABEL_DEPLOY) {
        let detail = format!("Shipyard did not deploy “{name}”.");
        return Err(Problem::new(409, "drain.foreign", detail)
            .hint("Move it with the tool that made it.")
            .arg("container", name));
    }
    if matches!(container.state, ContainerState::Running | ContainerState::Restarting) {
        return Ok(());
    }
    let word = container.state.word();
    Err(Problem::new(
        409,
        "drain.not-running",
        format!("“{name}” does not run: it is {word}."),
    )
    .hint("Start it before, or remove it when it is not needed.")
    .arg("container", name)
    .arg("state", word))
}

async fn carry_out(
    inner: Arc<Inner>,
    running: Running,
    rooms: Rooms,
    moves: Vec<Result<Move, Problem>>,
    account: String,
    intent: Intent,
) {
    let (_, fleet) = inner.gate.for_itself();
    relocate(fleet, &running, rooms, moves).await;
    let Some(operation) = running.now() else { return };
    history::keep(&inner, &operation).await;
    intent.operation_ended(&operation).await;
    tell(fleet, &operation.targets, &account, "move");
}

/// Says of each container that it went elsewhere, or could not.
pub(crate) fn tell(fleet: &Fleet, targets: &[OperationTarget], account: &str, what: &str) {
    for target in targets {
        let look = match target.state {
            TargetState::Done => Look::Ok,
            TargetState::Failed { .. } => Look::Bad,
            _ => continue,
        };
        fleet.happened(Happening {
            at: Millis::now(),
            actor: Some(account.to_owned()),
            what: what.to_owned(),
            subject: target.name.clone(),
            id: None,
            engine: Some(target.engine.clone()),
            look,
            exit_code: None,
        });
    }
}

/// What a container has that may be root on the machine where it is made is not made elsewhere because its engine says so.
fn not_on_its_word(container: &str, options: &str) -> Problem {
    let detail = format!(
        "“{container}” has what the profile baseline refuses ({options}), which is made on no other engine on this one's word."
    );
    Problem::new(409, "drain.beyond-baseline", detail)
        .hint("Look at what it asks for, deploy another like it, and remove this one.")
        .arg("container", container)
        .arg("options", options)
}
