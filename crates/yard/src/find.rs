//! Finding one thing by the names that people have for it.
use crate::{Actor, Yard};
use shipyard_fleet::{EngineState, Snapshot, view};
use shipyard_model::{Container, ContainerRow, EngineRow, Grant, Millis, Permission, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Length from which the beginning of an id is taken for one: shorter ones would match by accident.
const LEAST: usize = 4;

/// Labels of a container.
pub type Labels = BTreeMap<String, String>;

impl Yard {
    /// An engine by its name or id.
    ///
    /// # Errors
    /// 403; 404.
    pub fn engine_find(&self, actor: &Actor, engine: &str) -> Result<EngineRow, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        Ok(view::engine(find_engine(&fleet.snapshot(), engine)?))
    }

    /// A container of an engine by its name, its id, or a beginning of the id that no other has.
    ///
    /// # Errors
    /// 403; 404; 409 `container.ambiguous`.
    pub fn container_find(&self, actor: &Actor, engine: &str, container: &str) -> Result<ContainerRow, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let snapshot = fleet.snapshot();
        let engine = find_engine(&snapshot, engine)?;
        let found = find_container(engine, container)?;
        Ok(view::row(engine, found, &fleet.whole().usage(), Millis::now()))
    }

    /// A container of any engine by its name, its id, or a beginning of the id that no other has. A name that is on
    /// several engines is no name.
    ///
    /// # Errors
    /// 403; 404; 409 `container.ambiguous`.
    pub fn container_anywhere(&self, actor: &Actor, container: &str) -> Result<ContainerRow, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let snapshot = fleet.snapshot();
        let mut found = None;
        for engine in snapshot.engines.values() {
            match find_container(engine, container) {
                Ok(_) if found.is_some() => return Err(ambiguous(container)),
                Ok(one) => found = Some((engine, one)),
                Err(problem) if problem.status == 409 => return Err(problem),
                Err(_) => {}
            }
        }
        let (engine, one) = found.ok_or_else(|| Problem::not_found("container", container))?;
        Ok(view::row(engine, one, &fleet.whole().usage(), Millis::now()))
    }

    /// Containers with a label of this name, each with that label and those whose names go on from it after a dot.
    ///
    /// # Errors
    /// 403.
    pub fn containers_labelled(&self, actor: &Actor, label: &str) -> Result<Vec<(ContainerRow, Labels)>, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let (snapshot, usage, now) = (fleet.snapshot(), fleet.whole().usage(), Millis::now());
        let of_label = |name: &str| {
            name.strip_prefix(label)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut found = Vec::new();
        for engine in snapshot.engines.values() {
            for one in engine.containers.iter().filter(|one| one.labels.contains_key(label)) {
                let labels = one.labels.iter().filter(|(name, _)| of_label(name));
                let labels = labels
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                found.push((view::row(engine, one, &usage, now), labels));
            }
        }
        Ok(found)
    }

    /// What the actor's account was given; of a token, what its owner was given.
    pub fn grants_of(&self, actor: &Actor) -> Vec<Grant> {
        let record = self.own_record(actor);
        record.map(|record| record.account.grants.clone()).unwrap_or_default()
    }
}

pub(crate) fn find_engine<'s>(snapshot: &'s Snapshot, wanted: &str) -> Result<&'s Arc<EngineState>, Problem> {
    let by_id = || {
        snapshot
            .engines
            .values()
            .find(|engine| engine.engine.id.as_str() == wanted)
    };
    snapshot
        .engine_named(wanted)
        .or_else(by_id)
        .ok_or_else(|| Problem::not_found("engine", wanted))
}

pub(crate) fn find_container<'s>(engine: &'s EngineState, wanted: &str) -> Result<&'s Arc<Container>, Problem> {
    if let Some(found) = engine.by_name(wanted) {
        return Ok(found);
    }
    let begins = |container: &&Arc<Container>| wanted.len() >= LEAST && container.id.as_str().starts_with(wanted);
    let mut found = engine.containers.iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Problem::not_found("container", wanted)),
        (Some(_), Some(_)) => Err(ambiguous(wanted)),
    }
}

fn ambiguous(wanted: &str) -> Problem {
    let told = format!("Several containers go by “{wanted}”, or their ids begin with it.");
    let problem = Problem::new(409, "container.ambiguous", told).arg("id", wanted);
    problem.hint("Write more of the id, or the name.")
}
