//! Copies whose engine is away are made elsewhere; when it is back, the old ones there are one too many and removed.
use super::decide::{Reach, Seen, Tidy, found, tidy};
use super::keeper::{at, reach, seen};
use super::{Turn, labels, name_of};
use crate::Yard;
use crate::activity::list;
use crate::actor::Actor;
use crate::drain::{elsewhere, tell};
use crate::placing::{self, Ties};
use crate::scoped::Scoped;
use crate::{history, policy};
use shipyard_fleet::operations::{Wanted, new_id};
use shipyard_fleet::relocate::{Move, Old, Rooms, relocate, stop_and_remove};
use shipyard_fleet::{EngineState, Running, Snapshot};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest};
use shipyard_model::operation::{Step, TargetState, What};
use shipyard_model::{Container, ContainerRef, ContainerVerb, EngineId, Millis, Permission, Problem};
use shipyard_store::{KnownCopy, LastingRecord, MovedCopy};
use std::collections::BTreeMap;
use std::sync::Arc;

const ACTION: &str = "deploy.reschedule";
const TIDY: &str = "deploy.tidy";

/// What a copy is made from elsewhere: what its engine said of it, as it may have been changed since it was deployed. But an engine
/// is not trusted: where it tells of more than the profile baseline allows, the deploy is made as it was asked for.
fn believed<'s>(told: Option<&'s ContainerSpec>, asked: &'s ContainerSpec) -> &'s ContainerSpec {
    told.filter(|spec| policy::beyond_baseline(spec).is_empty())
        .unwrap_or(asked)
}

impl Yard {
    /// Makes copies elsewhere, those of one engine at a time. Gives the turn back when there is nothing to do.
    pub(super) async fn lasting_reschedule(
        &self,
        record: &Arc<LastingRecord>,
        snapshot: &Snapshot,
        due: BTreeMap<EngineId, Vec<KnownCopy>>,
        turn: Turn,
    ) -> Option<Turn> {
        if due.is_empty() {
            self.lasting_trouble(record, ACTION, None);
            return Some(turn);
        }
        let now = Millis::now();
        let next = due
            .iter()
            .find(|(id, _)| self.inner.lasting.waits().are_over(&record.id, id, now));
        let Some((engine, copies)) = next.and_then(|(id, copies)| Some((snapshot.engines.get(id)?, copies))) else {
            return Some(turn);
        };
        let mut turn = Some(turn);
        match self.reschedule(record, engine, copies, &mut turn).await {
            Ok(()) => None,
            Err(why) => {
                self.inner.lasting.waits().failed(&record.id, &engine.engine.id, now);
                self.lasting_trouble(record, ACTION, Some(why));
                turn
            }
        }
    }

    async fn reschedule(
        &self,
        record: &Arc<LastingRecord>,
        engine: &Arc<EngineState>,
        copies: &[KnownCopy],
        turn: &mut Option<Turn>,
    ) -> Result<(), Problem> {
        let actor = self.lasting_actor(record)?;
        let inside = self.inner.gate.enter(&actor, Permission::Deploy)?;
        let (store, fleet) = (inside.store, &inside.fleet);
        let mut rooms = Rooms::new(fleet.whole());
        let moves: Vec<_> = copies
            .iter()
            .map(|copy| self.move_of(&actor, fleet, record, engine, copy, &mut rooms))
            .collect();
        if let Some(why) = first_problem(&moves) {
            rooms.give_back();
            return Err(why);
        }
        let name = name_of(record);
        let from = &engine.engine.name;
        let names = list(copies.iter().map(|copy| copy.name.clone()));
        let subject = ActivitySubject::new("deploy", &name).on(from.as_str());
        let mut intent = match self.inner.activity.begin(&actor, ACTION, subject, &names).await {
            Ok(intent) => intent,
            Err(why) => {
                rooms.give_back();
                return Err(why);
            }
        };
        // Before anything is made: after a crash it is known that there may be two.
        let begun = copies.iter().map(|copy| MovedCopy {
            from: copy.at.clone(),
            engine: from.clone(),
            name: copy.name.clone(),
            to: None,
        });
        let begun: Vec<_> = begun.collect();
        let change = |record: &mut LastingRecord| record.moved.extend(begun);
        let kept = self.inner.lasting.edit(store, &record.id, change).await;
        let started = kept.and_then(|()| {
            let targets = copies.iter().zip(&moves).map(|(copy, one)| Wanted {
                name: copy.name.clone(),
                engine: one
                    .as_ref()
                    .map_or_else(|_| from.clone(), |one| one.to.engine_name.clone()),
                container: Some(copy.at.clone()),
            });
            let what = What::Reschedule {
                name: name.clone(),
                engine: from.clone(),
            };
            let operations = fleet.whole().operations();
            operations.start(rooms.id().clone(), what, actor.account(), targets.collect())
        });
        let running = match started {
            Ok(running) => running,
            Err(why) => {
                rooms.give_back();
                self.lasting_edit(store, &record.id, |record| {
                    record.moved.retain(|it| !copies.iter().any(|copy| copy.at == it.from));
                })
                .await;
                return intent.outcome(Err(why)).await;
            }
        };
        intent.operation(running.id());
        tracing::info!(account = actor.account(), operation = %running.id(), deploy = record.id, engine = %from, "reschedule");
        let (yard, record, account) = (self.clone(), Arc::clone(record), actor.account().to_owned());
        let (fleet, from, turn) = (fleet.whole().clone(), engine.engine.id.clone(), turn.take());
        tokio::spawn(async move {
            relocate(&fleet, &running, rooms, moves).await;
            if let Some(operation) = running.now() {
                yard.rescheduled(&record, &from, &operation.targets).await;
                history::keep(&yard.inner, &operation).await;
                intent.operation_ended(&operation).await;
                tell(&fleet, &operation.targets, &account, "reschedule");
            }
            drop(turn);
        });
        Ok(())
    }

    /// How a copy is made elsewhere.
    fn move_of(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        record: &LastingRecord,
        engine: &EngineState,
        copy: &KnownCopy,
        rooms: &mut Rooms,
    ) -> Result<Move, Problem> {
        let spec = believed(copy.spec.as_ref(), &record.request.spec).clone();
        let mut ties = Ties::of(&spec, &[]);
        if copy.own_volumes {
            ties.volumes.push("volumes of its own".to_owned());
        }
        let leave = record.request.reschedule.is_some_and(|wish| wish.leave_volumes);
        if let Some(why) = ties.problem(&copy.name, leave) {
            return Err(why);
        }
        let mut request = DeployRequest {
            spec,
            copies: Copies::Total(1),
            undo_on_failure: false,
            reschedule: None,
            ..record.request.clone()
        };
        request.target = placing::joining(request.target, &fleet.snapshot(), &request.spec);
        request.spec.name.clone_from(&copy.name);
        let site = self.site_bearing(fleet, actor, &request, &record.labels)?;
        let judged = policy::judge(&site.grounds, &request.spec);
        policy::record(actor, &judged);
        request.spec = judged.spec;
        if let Some(refused) = judged.refused.into_iter().next() {
            return Err(refused);
        }
        let bounds = site.bounds();
        let (to, _) = elsewhere(fleet, engine, &bounds, &request, rooms, &record.id).map_err(|none| *none.why)?;
        let labels = shipyard_fleet::deploy::labels(&request.spec, &record.id, labels(record, bounds.labels));
        Ok(Move {
            from: copy.at.clone(),
            from_engine: engine.engine.name.clone(),
            to,
            spec: request.spec,
            labels,
            pull: record.request.pull,
            old: Old::OutOfReach,
        })
    }

    async fn rescheduled(
        &self,
        record: &LastingRecord,
        engine: &EngineId,
        targets: &[shipyard_model::operation::OperationTarget],
    ) {
        let (store, _) = self.inner.gate.for_itself();
        let made: BTreeMap<&str, Option<&ContainerRef>> = targets
            .iter()
            .map(|target| {
                let to = target.container.as_ref().filter(|_| target.state == TargetState::Done);
                (target.name.as_str(), to)
            })
            .collect();
        self.lasting_edit(store, &record.id, |record| {
            for moved in record
                .moved
                .iter_mut()
                .filter(|it| it.from.engine == *engine && it.to.is_none())
            {
                moved.to = made.get(moved.name.as_str()).copied().flatten().cloned();
            }
            record.moved.retain(|it| it.from.engine != *engine || it.to.is_some());
        })
        .await;
        let failed = targets.iter().find_map(|target| match &target.state {
            TargetState::Failed { why } => Some(why.clone()),
            _ => None,
        });
        let all = targets.iter().all(|target| target.state == TargetState::Done);
        let mut waits = self.inner.lasting.waits();
        if all {
            waits.worked(&record.id, engine);
        } else {
            waits.failed(&record.id, engine, Millis::now());
        }
        drop(waits);
        self.lasting_trouble(record, ACTION, failed);
    }

    /// Sees to what was made elsewhere and whose engines are back. Whether something was changed: then it is looked anew.
    pub(super) async fn lasting_tidy(
        &self,
        record: &Arc<LastingRecord>,
        snapshot: &Snapshot,
        copies: &[(&Arc<EngineState>, &Arc<Container>)],
        _turn: &Turn,
    ) -> bool {
        let (store, _) = self.inner.gate.for_itself();
        let there: Vec<_> = copies
            .iter()
            .map(|(engine, one)| (at(engine, one), one.name.as_str()))
            .collect();
        // Its copies were removed, and not only that it is looked after.
        let nobody = record.ended && record.copies.is_empty();
        let (mut kept, mut surplus) = (Vec::new(), Vec::new());
        for moved in &record.moved {
            let mut moved = moved.clone();
            if moved.to.is_none() {
                // Cut off in the middle, and perhaps made all the same.
                moved.to = found(&moved, there.iter().map(|(at, name)| (at, *name)));
                if moved.to.is_none() {
                    let all_known = snapshot
                        .engines
                        .values()
                        .all(|engine| engine.health.is_up() || engine.engine.id == moved.from.engine);
                    if !all_known {
                        kept.push(moved);
                    }
                    continue;
                }
            }
            let to = moved.to.as_ref().map_or(Seen::Gone, |to| seen(snapshot, to));
            let from = seen(snapshot, &moved.from);
            let is_copy = record.copies.iter().any(|copy| copy.at == moved.from);
            if (from, to) == (Seen::Unknown, Seen::Gone) && is_copy && !record.ended {
                // What was made is gone again, and nobody removed it here: as if it had not been made.
                continue;
            }
            match tidy(nobody, from, to) {
                Tidy::Wait => kept.push(moved),
                Tidy::Keep => {}
                Tidy::Remove if reach(snapshot, &moved.from.engine) == Reach::Up => {
                    surplus.push(moved.clone());
                    kept.push(moved);
                }
                Tidy::Remove => kept.push(moved),
            }
        }
        let now = Millis::now();
        surplus.retain(|it| self.inner.lasting.waits().are_over(&record.id, &it.from.engine, now));
        let removed = match self.tidy_up(record, &surplus).await {
            Ok(removed) => removed,
            Err(why) => {
                let mut waits = self.inner.lasting.waits();
                surplus
                    .iter()
                    .for_each(|it| waits.failed(&record.id, &it.from.engine, now));
                drop(waits);
                self.lasting_trouble(record, TIDY, Some(why));
                Vec::new()
            }
        };
        kept.retain(|it| !removed.contains(&it.from));
        if kept == record.moved {
            return !removed.is_empty();
        }
        self.lasting_edit(store, &record.id, |record| record.moved = kept).await;
        true
    }

    /// Removes what is one too many, as one operation; yields what is gone.
    async fn tidy_up(&self, record: &LastingRecord, surplus: &[MovedCopy]) -> Result<Vec<ContainerRef>, Problem> {
        if surplus.is_empty() {
            return Ok(Vec::new());
        }
        let actor = self.lasting_actor(record)?;
        let fleet = self.inner.gate.enter(&actor, Permission::Deploy)?.fleet;
        // What is not its maker's any more stays.
        let now = fleet.snapshot();
        if let Some(beyond) = surplus.iter().find(|it| now.container(&it.from).is_none()) {
            return Err(Problem::not_found("container", &beyond.name));
        }
        let targets = surplus.iter().map(|it| Wanted {
            name: it.name.clone(),
            engine: it.engine.clone(),
            container: Some(it.from.clone()),
        });
        let targets: Vec<_> = targets.collect();
        let names = list(targets.iter().map(|it| format!("{} on {}", it.name, it.engine)));
        let subject = ActivitySubject::new("deploy", name_of(record));
        let mut intent = self.inner.activity.begin(&actor, TIDY, subject, &names).await?;
        let what = What::Containers {
            verb: ContainerVerb::Remove,
        };
        let operations = fleet.whole().operations();
        let running: Running = match operations.start(new_id(), what, actor.account(), targets) {
            Ok(running) => running,
            Err(why) => return intent.outcome(Err(why)).await,
        };
        intent.operation(running.id());
        tracing::info!(account = actor.account(), operation = %running.id(), deploy = record.id, "tidy up");
        let mut gone = Vec::new();
        for (index, one) in surplus.iter().enumerate() {
            running.step(index, Step::Act);
            match stop_and_remove(fleet.whole(), &one.from).await {
                Ok(()) => {
                    running.state(index, TargetState::Done);
                    self.inner.lasting.waits().worked(&record.id, &one.from.engine);
                    gone.push(one.from.clone());
                }
                Err(why) => {
                    running.failed(index, why);
                    self.inner
                        .lasting
                        .waits()
                        .failed(&record.id, &one.from.engine, Millis::now());
                }
            }
        }
        if let Some(operation) = running.now() {
            intent.operation_ended(&operation).await;
            tell(fleet.whole(), &operation.targets, actor.account(), "tidy");
        }
        Ok(gone)
    }
}

/// Why none of them can be made; `None` when some can.
fn first_problem(moves: &[Result<Move, Problem>]) -> Option<Problem> {
    if moves.iter().any(Result::is_ok) {
        return None;
    }
    moves.iter().find_map(|one| one.as_ref().err().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_word_goes_as_far_as_baseline() {
        let asked = ContainerSpec {
            image: "web:1".to_owned(),
            privileged: true,
            ..ContainerSpec::default()
        };
        let changed = ContainerSpec {
            image: "web:2".to_owned(),
            ..ContainerSpec::default()
        };
        assert_eq!(believed(Some(&changed), &asked), &changed);
        let more = ContainerSpec {
            privileged: true,
            ..changed
        };
        assert_eq!(believed(Some(&more), &asked), &asked);
        assert_eq!(believed(None, &asked), &asked);
    }
}
