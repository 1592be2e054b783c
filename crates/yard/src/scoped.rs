//! The fleet as far as somebody's grants reach: what lies outside is not there, in no list, count or answer.
use crate::actor::Actor;
use shipyard_access::Scope;
use shipyard_engine::Connection;
use shipyard_fleet::view::Page;
use shipyard_fleet::{EngineState, Fleet, Snapshot, view};
use shipyard_model::operation::{Operation, OperationTarget};
use shipyard_model::page::{ContainerQuery, Happening};
use shipyard_model::{EngineId, EngineName, Millis, OperationId, Problem};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The fleet within one scope. A cheap clone.
#[derive(Clone)]
pub(crate) struct Scoped {
    fleet: Fleet,
    scope: Arc<Scope>,
    actor: Actor,
    /// The newest cut, by the version that it was made from: readers ask many times between two changes.
    cut: Arc<Mutex<Option<Arc<Snapshot>>>>,
}

impl Scoped {
    pub(crate) fn new(fleet: Fleet, actor: &Actor, scope: Scope) -> Self {
        Self {
            fleet,
            scope: Arc::new(scope),
            actor: actor.clone(),
            cut: Arc::default(),
        }
    }

    /// The fleet, to work on what [`Scoped::snapshot`] showed and nothing else, and for what concerns nobody's scope.
    pub(crate) fn whole(&self) -> &Fleet {
        &self.fleet
    }

    /// Where it reaches.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The state of the fleet, cut down to the scope.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        let all = self.fleet.snapshot();
        if self.scope.is_whole() {
            return all;
        }
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cut {
            Some(known) if known.version == all.version => Arc::clone(known),
            _ => Arc::clone(cut.insert(Arc::new(cut_down(&all, &self.scope, &self.actor)))),
        }
    }

    /// A window of the table of containers, of a snapshot that this gave, with the mark to go on from.
    pub(crate) fn window(&self, snapshot: &Snapshot, query: &ContainerQuery) -> Arc<Page> {
        let (usage, now) = (self.fleet.usage(), Millis::now());
        if self.scope.is_whole() {
            return self.fleet.windows().get(snapshot, &usage, query, now);
        }
        Arc::new(view::containers_after(snapshot, &usage, query, None, now))
    }

    /// The engine's connection.
    ///
    /// # Errors
    /// `engine.down`; 404 when the engine is out of scope.
    pub(crate) fn connect(&self, id: &EngineId) -> Result<Connection, Problem> {
        if !self.snapshot().engines.contains_key(id) {
            return Err(Problem::not_found("engine", id));
        }
        self.fleet.connect(id)
    }

    /// An operation, with those of its targets that are in scope. One's own is whole.
    pub(crate) fn operation(&self, id: &OperationId) -> Option<Arc<Operation>> {
        self.shown(self.fleet.operations().get(id)?)
    }

    /// The newest operations that are in scope, in part or whole.
    pub(crate) fn operations(&self, most: usize) -> Vec<Arc<Operation>> {
        let all = self.fleet.operations().list(usize::MAX);
        all.into_iter()
            .filter_map(|operation| self.shown(operation))
            .take(most)
            .collect()
    }

    /// How many of them go on.
    pub(crate) fn operations_going_on(&self) -> u32 {
        if self.scope.is_whole() {
            return self.fleet.operations().going_on();
        }
        let going_on = self
            .operations(usize::MAX)
            .iter()
            .filter(|operation| operation.finished.is_none())
            .count();
        u32::try_from(going_on).unwrap_or(u32::MAX)
    }

    fn shown(&self, operation: Arc<Operation>) -> Option<Arc<Operation>> {
        if self.scope.is_whole() || self.actor.made(&operation.actor, operation.started) {
            return Some(operation);
        }
        let snapshot = self.snapshot();
        let targets: Vec<_> = operation
            .targets
            .iter()
            .filter(|target| self.shows_target(&snapshot, target))
            .cloned()
            .collect();
        (!targets.is_empty()).then(|| {
            Arc::new(Operation {
                targets,
                ..(*operation).clone()
            })
        })
    }

    fn shows_target(&self, cut: &Snapshot, target: &OperationTarget) -> bool {
        cut.engine_named(target.engine.as_str()).is_some_and(|engine| {
            let there = target
                .container
                .as_ref()
                .is_some_and(|at| engine.containers.get(&at.id).is_some());
            there || self.scope.has_whole_engine(&engine.engine.labels)
        })
    }

    /// Whether a container of that name on an engine of that name is in scope: for texts that name one in passing.
    pub(crate) fn knows(&self, engine: &EngineName, container: &str) -> bool {
        self.snapshot().container_named(engine.as_str(), container).is_some()
    }
}

/// What of the fleet lies in a scope. What happened is told where its engine and container are; of what has no engine
/// (sign-ins, engines added) only what the account itself did.
fn cut_down(all: &Snapshot, scope: &Scope, actor: &Actor) -> Snapshot {
    let mut cut = Snapshot::default();
    (cut.version, cut.settled) = (all.version, all.settled);
    for (id, engine) in all.engines.iter().filter(|(_, e)| scope.has_engine(&e.engine.labels)) {
        cut.engines.insert(id.clone(), cut_engine(engine, scope));
    }
    let mut cut = cut.indexed();
    let shows = |happening: &&Arc<Happening>| match &happening.engine {
        None => happening
            .actor
            .as_deref()
            .is_some_and(|by| actor.made(by, happening.at)),
        Some(name) => cut.engine_named(name.as_str()).is_some_and(|engine| {
            scope.has_whole_engine(&engine.engine.labels) || engine.by_name(&happening.subject).is_some()
        }),
    };
    let recent: VecDeque<_> = all.recent.iter().filter(shows).cloned().collect();
    cut.recent = Arc::new(recent);
    let mine = all
        .troubles
        .iter()
        .filter(|(_, it)| actor.is(&it.account, it.maker_since));
    cut.troubles = Arc::new(mine.map(|(about, trouble)| (about.clone(), trouble.clone())).collect());
    cut
}

fn cut_engine(engine: &Arc<EngineState>, scope: &Scope) -> Arc<EngineState> {
    let labels = &engine.engine.labels;
    if scope.has_whole_engine(labels) {
        return Arc::clone(engine);
    }
    let mut part = (**engine).clone();
    part.containers = part
        .containers
        .filtered(|container| scope.has_container(labels, container));
    Arc::new(part)
}
