//! A true copy of an engine's containers, kept by its events: pure, without clock or network, so that every order of
//! things can be tried in a test.
//!
//! A list is the truth of one moment between question and answer; events are deltas. Events that come while a list is
//! on its way are applied at once, and once more on top of the list when it arrives. Each sets fields absolutely, so
//! the last one wins, as in the engine. What an event does not say is remembered ([`memory`]) where that is possible, so
//! that a container which starts, ends or is paused costs no call.
//!
//! One thing needs care: Docker reports `die`, `pause` and `unpause` before its list knows of them (it cleans up the
//! network and writes to disk in between). A list that still tells the old state shortly after is therefore not
//! believed, and read anew.
mod change;
mod memory;

pub(crate) use change::Change;

use change::patch;
use memory::Memory;
use shipyard_model::{Container, ContainerId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// After create and start: gathers what one `docker compose up` does into one question.
const GATHER: i64 = 25;
/// After anything else: Docker has to write down that it ended (or will restart).
const SETTLE: i64 = 300;
/// For how long an event outweighs a list that still says the opposite.
const DISBELIEF: i64 = 10_000;
/// Events kept for a list on its way. With more the list is read again.
const LOG: usize = 50_000;
/// Entries with a time above which those of before are looked through.
const MANY: usize = 64;
/// Containers that one question names.
pub(crate) const AT_ONCE: usize = 100;

/// A change of state that lists may not know yet.
#[derive(Clone)]
struct Told {
    at: i64,
    change: Change,
}

/// When to ask about a container: soon, and once more when what came after that has settled.
#[derive(Clone, Copy)]
struct Due {
    next: i64,
    last: i64,
}

/// The copy. Times are milliseconds of any one clock that does not go back, but for those of events.
#[derive(Default)]
pub(crate) struct Mirror {
    containers: BTreeMap<ContainerId, Arc<Container>>,
    memory: Memory,
    touched: BTreeSet<ContainerId>,
    wanted: BTreeMap<ContainerId, Due>,
    told: BTreeMap<ContainerId, Told>,
    /// Events since the question was sent whose answer is awaited.
    log: Option<Vec<(ContainerId, Change, i64)>>,
    /// When the last question was sent: what its answer says is no newer than that for sure, however late it comes.
    asked: i64,
    whole_wanted: bool,
}

impl Mirror {
    /// Of an engine whose clock says this, in milliseconds; `None` when it does not tell.
    pub(crate) fn of(clock: Option<i64>) -> Self {
        Self {
            memory: Memory::since(clock),
            ..Self::default()
        }
    }

    /// A question is about to be sent, for all or for some. One at a time.
    pub(crate) fn asking(&mut self, now: i64) {
        self.log = Some(Vec::new());
        self.asked = now;
    }

    /// The list of all containers arrived.
    pub(crate) fn whole(&mut self, list: Vec<Container>, now: i64) {
        let listed: BTreeSet<_> = list.iter().map(|c| c.id.clone()).collect();
        let gone: Vec<_> = self
            .containers
            .keys()
            .filter(|id| !listed.contains(*id))
            .cloned()
            .collect();
        for id in gone {
            self.remove(&id);
        }
        self.take(list, now);
        self.memory.listed_all();
    }

    /// The answer about some containers arrived.
    pub(crate) fn some(&mut self, ids: &[ContainerId], list: Vec<Container>, now: i64) {
        for id in ids {
            if !list.iter().any(|c| c.id == *id) {
                self.remove(id);
            }
        }
        self.take(list, now);
    }

    fn take(&mut self, list: Vec<Container>, now: i64) {
        let log = self.log.take().unwrap_or_default();
        let ahead = log.iter().filter(|(_, change, _)| change.runs_ahead());
        let replayed: BTreeSet<_> = ahead.map(|(id, ..)| id.clone()).collect();
        for container in list {
            let again = replayed.contains(&container.id);
            self.believe(container, again, now);
        }
        for (id, change, at) in log {
            self.apply(&id, change, at, now);
        }
    }

    /// Takes a container as a list has it. What was told of it is `replayed` when it came since the question: on top of the list,
    /// and not of what it leads to. An `unpause` that comes before a `die` would find a container that has ended, without its ports.
    fn believe(&mut self, mut container: Container, replayed: bool, now: i64) {
        let id = container.id.clone();
        self.memory
            .listed(self.containers.get(&id).map(|known| &**known), &container);
        if let Some(told) = self.told.get(&id).cloned() {
            if told.change.contradicts(container.state) && self.asked - told.at < DISBELIEF {
                if !replayed {
                    patch(&mut container, &told.change);
                }
                self.want(&id, now + SETTLE);
            } else {
                self.told.remove(&id);
            }
        }
        self.put(container);
    }

    /// An event came, which happened at that time by the engine's clock.
    pub(crate) fn event(&mut self, id: &ContainerId, change: Change, at: i64, now: i64) {
        match &mut self.log {
            Some(log) if log.len() < LOG => log.push((id.clone(), change.clone(), at)),
            Some(_) => self.whole_wanted = true,
            None => {}
        }
        self.apply(id, change, at, now);
    }

    fn apply(&mut self, id: &ContainerId, change: Change, at: i64, now: i64) {
        if change == Change::Destroyed {
            self.remove(id);
            return;
        }
        if change == Change::Started {
            self.told.remove(id);
        }
        if change.runs_ahead() {
            if self.told.len() >= MANY {
                self.told.retain(|_, told| now - told.at < DISBELIEF);
            }
            let change = change.clone();
            self.told.insert(id.clone(), Told { at: now, change });
        }
        let Some(known) = self.containers.get(id) else {
            // Known by its event only: read all of it, and again when what the event says is written down.
            self.want(id, now + GATHER);
            if !matches!(change, Change::Created | Change::Started) {
                self.want(id, now + SETTLE);
            }
            return;
        };
        let must_ask = self.memory.before(known, &change, at);
        let mut container = Container::clone(known);
        patch(&mut container, &change);
        self.memory.after(&mut container, &change);
        self.put(container);
        if must_ask {
            let soon = matches!(change, Change::Created | Change::Started);
            self.want(id, now + if soon { GATHER } else { SETTLE });
        }
    }

    fn want(&mut self, id: &ContainerId, due: i64) {
        let at = self.wanted.entry(id.clone()).or_insert(Due { next: due, last: due });
        at.next = due.min(at.next);
        at.last = due.max(at.last);
    }

    fn put(&mut self, container: Container) {
        if self
            .containers
            .get(&container.id)
            .is_none_or(|known| **known != container)
        {
            self.touched.insert(container.id.clone());
            self.containers.insert(container.id.clone(), Arc::new(container));
        }
    }

    fn remove(&mut self, id: &ContainerId) {
        self.told.remove(id);
        self.memory.forget(id);
        self.wanted.remove(id);
        if self.containers.remove(id).is_some() {
            self.touched.insert(id.clone());
        }
    }

    /// A list of all is needed, because too much happened during the last one.
    pub(crate) fn take_whole_wanted(&mut self) -> bool {
        std::mem::take(&mut self.whole_wanted)
    }

    /// When the next question about some containers is due.
    pub(crate) fn due(&self) -> Option<i64> {
        self.wanted.values().map(|due| due.next).min()
    }

    /// The containers to ask about now.
    pub(crate) fn take_due(&mut self, now: i64) -> Vec<ContainerId> {
        let due = self
            .wanted
            .iter()
            .filter(|(_, due)| due.next <= now)
            .map(|(id, _)| id.clone());
        let due: Vec<_> = due.take(AT_ONCE).collect();
        for id in &due {
            match self.wanted.get_mut(id) {
                Some(later) if later.last > now => later.next = later.last,
                _ => {
                    self.wanted.remove(id);
                }
            }
        }
        due
    }

    /// What changed since the last time: what is there, and what is gone.
    pub(crate) fn take_changes(&mut self) -> (Vec<Arc<Container>>, Vec<ContainerId>) {
        let (mut put, mut gone) = (Vec::new(), Vec::new());
        for id in std::mem::take(&mut self.touched) {
            match self.containers.get(&id) {
                Some(container) => put.push(Arc::clone(container)),
                None => gone.push(id),
            }
        }
        (put, gone)
    }

    /// All containers; what changed before is thereby told.
    pub(crate) fn all(&mut self) -> Vec<Arc<Container>> {
        self.touched.clear();
        self.containers.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
