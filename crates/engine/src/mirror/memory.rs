//! What the mirror remembers of containers beside the list: enough that an event need not be asked about.
//!
//! A `start` does not say which ports and whether a health check come with it, but they are those of the run before. A `die`
//! does not say whether Docker will start the container again, but whoever stopped it ended that; and else the restart comes
//! within 100 ms, and is heard, unless the run was shorter than ten seconds
//! (<https://github.com/moby/moby/blob/v20.10.24/restartmanager/restartmanager.go>).
use super::change::Change;
use shipyard_model::{Container, ContainerId, ContainerState, Health, Port};
use std::collections::{BTreeMap, BTreeSet};

/// Docker gives ports of its own choice from here on: others at each start.
const EPHEMERAL: u16 = 32768;
/// Runs that are shorter make Docker wait before it starts the container again: ten seconds, and what our clock may be late.
const SHORT_RUN: i64 = 12_000;
/// For how long a signal or `stop` explains the end that comes after it, and times are remembered at all.
const LONGEST: i64 = 60_000;
/// For how long after the end of a container its networks are let go.
const CLEANUP: i64 = 10_000;
/// A time that is not known: what depends on it is asked about.
const UNKNOWN: i64 = i64::MAX;
/// Entries with a time above which those of before are looked through.
const MANY: usize = 64;

/// What a container has whenever it runs.
#[derive(Clone)]
struct Run {
    ports: Vec<Port>,
    checked: bool,
}

/// The memory. All times are milliseconds of the engine's clock, as its events have them: how late we hear of them changes nothing.
#[derive(Default)]
pub(super) struct Memory {
    /// A moment before the first list: what ran then may have begun shortly before.
    begun: Option<i64>,
    listed: bool,
    runs: BTreeMap<ContainerId, Run>,
    /// Health before a pause, which it has again after.
    paused: BTreeMap<ContainerId, Option<Health>>,
    /// Those whose ports and health are not known, though they run.
    unread: BTreeSet<ContainerId>,
    started: BTreeMap<ContainerId, i64>,
    ending: BTreeMap<ContainerId, i64>,
    /// Networks that are about to be let go, as their container ended.
    ended: BTreeMap<ContainerId, (i64, Vec<String>)>,
}

impl Memory {
    /// Of an engine whose clock said this before it was listed.
    pub(super) fn since(begun: Option<i64>) -> Self {
        Self {
            begun,
            ..Self::default()
        }
    }

    /// A list told of a container, which was `known` so before.
    pub(super) fn listed(&mut self, known: Option<&Container>, listed: &Container) {
        if !listed.state.is_alive() {
            return;
        }
        // Lists do not tell the health of one that is paused.
        if listed.state == ContainerState::Paused && !self.paused.contains_key(&listed.id) {
            self.unread.insert(listed.id.clone());
        } else {
            self.unread.remove(&listed.id);
        }
        let is_news = !known.is_some_and(|known| known.state.is_alive());
        if is_news && self.listed {
            self.started.entry(listed.id.clone()).or_insert(UNKNOWN);
        }
    }

    /// A list of all was taken.
    pub(super) fn listed_all(&mut self) {
        self.listed = true;
    }

    /// An event of that moment is about to change a container. Tells whether to ask about it.
    pub(super) fn before(&mut self, container: &Container, change: &Change, at: i64) -> bool {
        let id = &container.id;
        match change {
            Change::Created => true,
            Change::Started => {
                note(&mut self.started, id, at);
                self.ending.remove(id);
                !self.runs.contains_key(id) && {
                    self.unread.insert(id.clone());
                    true
                }
            }
            Change::Killed { ends } => {
                if *ends {
                    note(&mut self.ending, id, at);
                }
                false
            }
            Change::Stopped => {
                note(&mut self.ending, id, at);
                false
            }
            Change::Died { .. } => self.died(container, at),
            // What is known knows of its end already, of which the event is still to come: what it runs with until then is not known.
            Change::Paused | Change::Unpaused if !has_run(container) => {
                self.unread.insert(id.clone());
                true
            }
            Change::Paused => {
                if self.unread.contains(id) {
                    self.paused.remove(id);
                } else if container.state == ContainerState::Running {
                    self.paused.insert(id.clone(), container.health);
                }
                false
            }
            Change::Unpaused => !self.paused.contains_key(id),
            Change::Connected { network } => {
                // It came after the end: what lets it go is another event than the one that follows an end.
                if let Some((_, networks)) = self.ended.get_mut(id) {
                    networks.retain(|one| one != network);
                }
                let is_news = container.networks.binary_search(network).is_err();
                if is_news {
                    self.runs.remove(id);
                }
                is_news
            }
            Change::Disconnected { network } => {
                let by_its_end = self.ended.get_mut(id).is_some_and(|(ended, networks)| {
                    let place = networks.iter().position(|one| one == network);
                    at.saturating_sub(*ended) < CLEANUP && place.map(|place| networks.swap_remove(place)).is_some()
                });
                if !by_its_end {
                    self.runs.remove(id);
                }
                !by_its_end
            }
            Change::Renamed { .. } | Change::Health(_) | Change::Destroyed => false,
        }
    }

    /// An event has changed a container: it gets what is remembered of it.
    pub(super) fn after(&mut self, container: &mut Container, change: &Change) {
        match change {
            Change::Started => {
                if let Some(run) = self.runs.get(&container.id) {
                    container.ports.clone_from(&run.ports);
                    container.health = run.checked.then_some(Health::Starting);
                }
            }
            Change::Unpaused => {
                if let Some(health) = self.paused.remove(&container.id) {
                    container.health = health;
                }
            }
            _ => {}
        }
    }

    fn died(&mut self, container: &Container, at: i64) -> bool {
        let id = &container.id;
        self.ran(container);
        if self.ended.len() >= MANY {
            self.ended.retain(|_, (ended, _)| at.saturating_sub(*ended) < CLEANUP);
        }
        self.ended.insert(id.clone(), (at, container.networks.clone()));
        let within = |time: Option<i64>, limit| time.is_some_and(|time| at.saturating_sub(time) < limit);
        let was_asked = within(self.ending.remove(id), LONGEST);
        let started = self.started.remove(id).or(self.begun).or(Some(UNKNOWN));
        !was_asked && within(started, SHORT_RUN)
    }

    /// Keeps what a container had while it ran, unless that was not known, or will be other ports the next time.
    fn ran(&mut self, container: &Container) {
        if !has_run(container) {
            return;
        }
        let id = &container.id;
        let chosen = |port: &Port| port.host.is_some_and(|host| host >= EPHEMERAL);
        if self.unread.remove(id) || container.ports.iter().any(chosen) {
            self.runs.remove(id);
            return;
        }
        let health = match container.state {
            ContainerState::Paused => self.paused.get(id).copied(),
            _ => Some(container.health),
        };
        match health {
            Some(health) => {
                let (ports, checked) = (container.ports.clone(), health.is_some());
                self.runs.insert(id.clone(), Run { ports, checked });
            }
            None => {
                self.runs.remove(id);
            }
        }
    }

    /// A container is gone.
    pub(super) fn forget(&mut self, id: &ContainerId) {
        self.runs.remove(id);
        self.paused.remove(id);
        self.unread.remove(id);
        self.started.remove(id);
        self.ending.remove(id);
        self.ended.remove(id);
    }
}

/// Whether it has what it has whenever it runs.
fn has_run(container: &Container) -> bool {
    matches!(container.state, ContainerState::Running | ContainerState::Paused)
}

/// Notes a time, and forgets those that are of no use any more.
fn note(times: &mut BTreeMap<ContainerId, i64>, id: &ContainerId, at: i64) {
    if times.len() >= MANY {
        times.retain(|_, time| at.saturating_sub(*time) < LONGEST);
    }
    times.insert(id.clone(), at);
}
