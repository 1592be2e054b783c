//! The model as its writer sees it: applies what engines report and publishes snapshots.
//!
//! Whoever writes holds the one lock around [`World`] for as long as it takes to change memory, never across an await,
//! so there is one writer at a time. Readers never see this lock: they load the last published [`Snapshot`].
use crate::engines::Engines;
use crate::index::{Index, Sums};
use crate::recent::Recent;
use crate::snapshot::{Containers, EngineState, Snapshot, Trouble};
use shipyard_engine::{Connection, Credentials, EngineEvent, Follower, Update};
use shipyard_model::engine::EngineProbe;
use shipyard_model::live::Look;
use shipyard_model::page::Happening;
use shipyard_model::{Capacity, Container, ContainerId, ContainerRef, Engine, EngineHealth, EngineId, Millis, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::WeakSender;
use tokio_util::task::AbortOnDropHandle;

/// What keeps an engine followed. Dropped, the following ends, and what was still on its way is thrown away.
pub(crate) struct Following {
    pub(crate) follower: Follower,
    /// Its queue to the writer, which ends with the follower.
    pub(crate) reports: WeakSender<(EngineId, Update)>,
    pub(crate) credentials: Option<Arc<Credentials>>,
    pub(crate) _pump: AbortOnDropHandle<()>,
}

/// How much of a snapshot is not published yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dirt {
    /// Nothing.
    None,
    /// Response times, and when what is down is tried again: these can wait a second.
    Times,
    /// Something that people watch.
    Facts,
}

/// Engines, their followers and the recent happenings, as they are now.
pub(crate) struct World {
    engines: Engines,
    index: Arc<Index>,
    following: BTreeMap<EngineId, (u64, Following)>,
    next_generation: u64,
    recent: Recent,
    troubles: Arc<BTreeMap<String, Trouble>>,
    version: u64,
    settled: u64,
    dirt: Dirt,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            engines: Engines::default(),
            index: Arc::default(),
            following: BTreeMap::new(),
            next_generation: 1,
            recent: Recent::default(),
            troubles: Arc::default(),
            version: 0,
            settled: 0,
            dirt: Dirt::None,
        }
    }

    fn soil(&mut self, dirt: Dirt) {
        self.dirt = self.dirt.max(dirt);
    }

    /// How much is not published.
    pub(crate) fn dirt(&self) -> Dirt {
        self.dirt
    }

    /// Makes the next snapshot, when there is anything new.
    pub(crate) fn snapshot(&mut self) -> Option<Snapshot> {
        if self.dirt == Dirt::None {
            return None;
        }
        self.version += 1;
        if self.dirt == Dirt::Facts {
            self.settled = self.version;
        }
        self.dirt = Dirt::None;
        Some(Snapshot {
            engines: self.engines.clone(),
            recent: self.recent.share(),
            troubles: Arc::clone(&self.troubles),
            version: self.version,
            settled: self.settled,
            index: Some(Arc::clone(&self.index)),
        })
    }

    /// Whether an engine is followed at the same address with the same credentials already.
    pub(crate) fn is_followed(&self, engine: &Engine, credentials: Option<&Arc<Credentials>>) -> bool {
        let same_address = self
            .engines
            .get(&engine.id)
            .is_some_and(|e| e.engine.address == engine.address);
        let same_credentials =
            self.following
                .get(&engine.id)
                .is_some_and(|(_, f)| match (&f.credentials, credentials) {
                    (None, None) => true,
                    (Some(old), Some(new)) => Arc::ptr_eq(old, new),
                    _ => false,
                });
        same_address && same_credentials
    }

    /// Whether an engine is in the fleet.
    pub(crate) fn is_known(&self, id: &EngineId) -> bool {
        self.engines.contains_key(id)
    }

    /// Takes an engine's settings, new or changed.
    pub(crate) fn settings(&mut self, engine: impl Into<Arc<Engine>>) {
        let engine = engine.into();
        let id = engine.id.clone();
        if let Some(known) = self.engines.get(&id) {
            let renamed = (known.engine.name != engine.name).then(|| (known.engine.name.clone(), engine.name.clone()));
            if let Some((old, new)) = renamed {
                let names = &mut Arc::make_mut(&mut self.index).names;
                // Where two have changed their names with each other, the old one may be the other's already.
                if names.get(&old) == Some(&id) {
                    names.remove(&old);
                }
                names.insert(new, id.clone());
            }
            self.change(&id, |state| {
                state.engine = engine;
                true
            });
        } else {
            let state = EngineState::new(engine);
            let index = Arc::make_mut(&mut self.index);
            index.sums.add(Sums::of(&state));
            index.names.insert(state.engine.name.clone(), id.clone());
            self.engines.insert(id, Arc::new(state));
        }
        self.soil(Dirt::Facts);
    }

    /// A number for the next following of an engine, by which reports of an earlier one are told.
    pub(crate) fn generation(&mut self) -> u64 {
        self.next_generation += 1;
        self.next_generation
    }

    /// Starts to follow an engine (anew). What was known stays, as old, until the engine is heard; without a gap, it is
    /// taken for true meanwhile, and the connection for good.
    pub(crate) fn follow(&mut self, id: &EngineId, generation: u64, following: Following, without_a_gap: bool) {
        if !without_a_gap {
            self.change(id, |state| {
                state.health = EngineHealth::Connecting;
                state.connection = None;
                true
            });
        }
        self.following.insert(id.clone(), (generation, following));
        self.soil(Dirt::Facts);
    }

    /// Forgets an engine.
    pub(crate) fn forget(&mut self, id: &EngineId) {
        self.following.remove(id);
        if let Some(state) = self.engines.remove(id) {
            let index = Arc::make_mut(&mut self.index);
            index.sums.subtract(Sums::of(&state));
            if index.names.get(&state.engine.name) == Some(id) {
                index.names.remove(&state.engine.name);
            }
            self.soil(Dirt::Facts);
        }
    }

    /// Stops following all engines.
    pub(crate) fn end(&mut self) {
        self.following.clear();
    }

    /// Reports that wait for the writer, of all engines.
    pub(crate) fn reports_waiting(&self) -> usize {
        let queues = self.following.values().filter_map(|(_, one)| one.reports.upgrade());
        queues
            .map(|queue| queue.max_capacity().saturating_sub(queue.capacity()))
            .sum()
    }

    /// Tries an engine that does not answer at once.
    pub(crate) fn retry(&self, id: &EngineId) {
        if let Some((_, following)) = self.following.get(id) {
            following.follower.retry_now();
        }
    }

    /// Takes note of what a container reserves from now on.
    pub(crate) fn amended(&mut self, at: &ContainerRef, reserves: Capacity) {
        let changed = self.change(&at.engine, |state| {
            let Some(container) = state.containers.get(&at.id) else {
                return false;
            };
            if state.reserves(container) == reserves {
                return false;
            }
            if container.reservation() == reserves {
                state.amended.remove(&at.id);
            } else {
                state.amended.insert(at.id.clone(), reserves);
            }
            true
        });
        if changed {
            self.soil(Dirt::Facts);
        }
    }

    /// Records something that happened.
    pub(crate) fn happened(&mut self, happening: Happening) {
        if self.recent.add(happening) {
            self.soil(Dirt::Facts);
        }
    }

    /// Notes what needs a person, by what it is about, or that it does not any more. Tells whether that is news.
    pub(crate) fn trouble(&mut self, about: &str, trouble: Option<Trouble>) -> bool {
        if self.troubles.get(about) == trouble.as_ref() {
            return false;
        }
        let troubles = Arc::make_mut(&mut self.troubles);
        match trouble {
            Some(trouble) => troubles.insert(about.to_owned(), trouble),
            None => troubles.remove(about),
        };
        self.soil(Dirt::Facts);
        true
    }

    /// Applies what one following of an engine reported, unless a newer following has taken its place.
    pub(crate) fn apply(&mut self, id: &EngineId, generation: u64, updates: impl IntoIterator<Item = Update>) {
        if self.following.get(id).is_none_or(|(current, _)| *current != generation) {
            return;
        }
        for update in updates {
            self.report(id, update, Millis::now());
        }
    }

    pub(crate) fn report(&mut self, id: &EngineId, update: Update, now: Millis) {
        match update {
            Update::Up {
                probe,
                connection,
                containers,
            } => self.up(id, probe, Some(connection), containers, now),
            Update::Changes { put, gone, events } => {
                let changed = self.change(id, |state| {
                    state.last_seen = Some(now);
                    let mut changed = false;
                    for container in put {
                        changed |= state.containers.put(container);
                    }
                    for id in gone {
                        changed |= state.containers.remove(&id);
                        state.amended.remove(&id);
                        state.updates.remove(&id);
                    }
                    changed
                });
                self.soil(if changed { Dirt::Facts } else { Dirt::Times });
                for event in events {
                    self.event(id, &event);
                }
            }
            Update::Pong { response } => self.pong(id, response, now),
            Update::Down { why, retry_at } => self.down(id, why, retry_at, now),
        }
    }

    fn change(&mut self, id: &EngineId, change: impl FnOnce(&mut EngineState) -> bool) -> bool {
        let Some(state) = self.engines.get_mut(id) else {
            return false;
        };
        let before = Sums::of(state);
        let changed = change(Arc::make_mut(state));
        let after = Sums::of(state);
        if before != after {
            let sums = &mut Arc::make_mut(&mut self.index).sums;
            sums.subtract(before);
            sums.add(after);
        }
        changed
    }

    pub(crate) fn up(
        &mut self,
        id: &EngineId,
        probe: impl Into<Arc<EngineProbe>>,
        connection: Option<Connection>,
        containers: Vec<Arc<Container>>,
        now: Millis,
    ) {
        let (mut back, probe) = (None, probe.into());
        self.change(id, |state| {
            if matches!(state.health, EngineHealth::Down { .. }) {
                back = Some(state.engine.name.to_string());
            }
            state.health = EngineHealth::Up;
            state.last_seen = Some(now);
            state.response_us = Some(probe.response_us);
            state.probe = Some(probe);
            state.connection = connection;
            state.containers = Containers::new(containers);
            let there = &state.containers;
            state.amended.retain(|id, _| there.get(id).is_some());
            state.updates.retain(|id, _| there.get(id).is_some());
            state.connected += 1;
            true
        });
        if let Some(name) = back {
            self.recent.add(engine_happening("engine-up", name, Look::Ok, now));
        }
        self.soil(Dirt::Facts);
    }

    pub(crate) fn pong(&mut self, id: &EngineId, response: Duration, now: Millis) {
        self.change(id, |state| {
            state.last_seen = Some(now);
            state.response_us = Some(u64::try_from(response.as_micros()).unwrap_or(u64::MAX));
            true
        });
        self.soil(Dirt::Times);
    }

    pub(crate) fn down(&mut self, id: &EngineId, why: Problem, retry_at: Millis, now: Millis) {
        let mut lost = None;
        let mut dirt = Dirt::Facts;
        self.change(id, |state| {
            let since = match &state.health {
                EngineHealth::Down { since, why: known, .. } => {
                    // It is as it was, and tried again at another time: of which there is news all the time while many are down.
                    if *known == why {
                        dirt = Dirt::Times;
                    }
                    *since
                }
                _ => {
                    lost = Some(state.engine.name.to_string());
                    now
                }
            };
            state.health = EngineHealth::Down { since, why, retry_at };
            state.connection = None;
            true
        });
        if let Some(name) = lost {
            self.recent.add(engine_happening("engine-down", name, Look::Bad, now));
        }
        self.soil(dirt);
    }

    fn event(&mut self, id: &EngineId, event: &EngineEvent) {
        if event.kind == "container" && event.action == "update" {
            self.change(id, |state| {
                *state.updates.entry(ContainerId::new(event.id.clone())).or_default() += 1;
                true
            });
            self.soil(Dirt::Facts);
        }
        let Some(name) = self.engines.get(id).map(|state| state.engine.name.clone()) else {
            return;
        };
        if let Some(happening) = crate::recent::from_event(event, name) {
            self.happened(happening);
        }
    }
}

fn engine_happening(what: &str, subject: String, look: Look, at: Millis) -> Happening {
    Happening {
        at,
        actor: None,
        what: what.to_owned(),
        subject,
        id: None,
        engine: None,
        look,
        exit_code: None,
    }
}

#[cfg(test)]
#[path = "world_tests.rs"]
mod tests;
