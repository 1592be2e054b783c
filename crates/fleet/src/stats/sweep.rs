//! Single measurements of what has no stream of its own, round by round, for who wants sums over all or looks at more than is
//! streamed: at most so many calls a second over the whole fleet, and few at once on one engine.
use super::Shared;
use super::choose::is_measured;
use super::figures::{One, figures};
use super::live::usage;
use super::map::{FRESH_MS, Measured};
use crate::snapshot::{EngineState, Snapshot};
use shipyard_engine::{Connection, RawCpu};
use shipyard_model::stream::Sample;
use shipyard_model::{ContainerId, ContainerRef, ContainerState, EngineId, Millis};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Most calls a second over the fleet.
const RATE: usize = 100;
/// The calls are handed out in so many parts of a second.
const PARTS: usize = 10;
/// Measurements at once on one engine.
const PER_ENGINE: usize = 4;
/// Measurements at once in the fleet.
const IN_ALL: usize = 64;
/// Shortest time from the beginning of one round to that of the next.
const EVERY: Duration = Duration::from_secs(5);
/// Time between a container's first measurement, which has nothing to compare with, and its second.
const SECOND: Duration = Duration::from_secs(1);
/// Longest time for one measurement.
const DEADLINE: Duration = Duration::from_secs(5);

/// What has to be measured so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// All that runs.
    pub(super) all: bool,
    /// These first.
    pub(super) rest: Vec<ContainerRef>,
}

impl Need {
    fn is_any(&self) -> bool {
        self.all || !self.rest.is_empty()
    }
}

/// A round over all engines, each from its first container to its last.
#[derive(Debug, Default)]
struct Round {
    /// Where each engine that is not done goes on.
    places: BTreeMap<EngineId, usize>,
    /// The engine that was served last: the one after it is next.
    served: Option<EngineId>,
}

impl Round {
    fn new(snapshot: &Snapshot) -> Self {
        let up = snapshot.engines.iter().filter(|(_, engine)| engine.health.is_up());
        Self {
            places: up.map(|(id, _)| (id.clone(), 0)).collect(),
            served: None,
        }
    }

    fn is_over(&self) -> bool {
        self.places.is_empty()
    }

    /// The next container, of engines that have room.
    fn next(
        &mut self,
        snapshot: &Snapshot,
        has_room: impl Fn(&EngineId) -> bool,
        wanted: impl Fn(&ContainerRef) -> bool,
    ) -> Option<ContainerRef> {
        // Each turn finds something, or is the last of an engine.
        while let Some(id) = self.engine(&has_room) {
            let from = self.places.get(&id).copied().unwrap_or(0);
            let found = snapshot
                .engines
                .get(&id)
                .and_then(|engine| next_on(engine, from, &wanted));
            let Some((place, at)) = found else {
                self.places.remove(&id);
                continue;
            };
            self.places.insert(id.clone(), place + 1);
            self.served = Some(id);
            return Some(at);
        }
        None
    }

    fn engine(&self, has_room: impl Fn(&EngineId) -> bool) -> Option<EngineId> {
        let after = self.served.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let later = self.places.range((after, Bound::Unbounded));
        let mut order = later.chain(&self.places).map(|(id, _)| id);
        order.find(|id| has_room(id)).cloned()
    }
}

fn next_on(engine: &EngineState, from: usize, wanted: impl Fn(&ContainerRef) -> bool) -> Option<(usize, ContainerRef)> {
    let containers = engine.containers.iter().enumerate().skip(from);
    let running = containers.filter(|(_, one)| one.state == ContainerState::Running);
    let mut refs = running.map(|(place, one)| {
        let at = ContainerRef {
            engine: engine.engine.id.clone(),
            id: one.id.clone(),
        };
        (place, at)
    });
    refs.find(|(_, at)| wanted(at))
}

/// What a measurement is compared with.
#[derive(Clone, Copy, Debug)]
struct Before {
    raw: RawCpu,
    sample: Sample,
}

struct Job {
    at: ContainerRef,
    /// What was measured, and the figures when there was something to compare with.
    found: Option<(Before, Option<One>)>,
}

pub(super) struct Sweeper {
    shared: Arc<Shared>,
    round: Round,
    began: Option<Instant>,
    /// Those that were measured for the first time, and when they are measured again.
    again: VecDeque<(Instant, ContainerRef)>,
    first: VecDeque<ContainerRef>,
    first_began: Option<Instant>,
    before: HashMap<EngineId, HashMap<ContainerId, Before>>,
    busy: HashMap<EngineId, usize>,
    jobs: JoinSet<Job>,
    /// How long what this round finds counts, in milliseconds.
    fresh: i64,
}

impl Sweeper {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            round: Round::default(),
            began: None,
            again: VecDeque::new(),
            first: VecDeque::new(),
            first_began: None,
            before: HashMap::new(),
            busy: HashMap::new(),
            jobs: JoinSet::new(),
            fresh: FRESH_MS,
        }
    }

    pub(super) async fn run(mut self) {
        let mut need = self.shared.need.subscribe();
        while need.wait_for(Need::is_any).await.is_ok() {
            let mut tick = interval(Duration::from_secs(1) / PARTS as u32);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                let need = need.borrow_and_update().clone();
                if !need.is_any() {
                    break;
                }
                self.turn(&need);
            }
            // What was measured long ago is nothing to compare with.
            self = Self::new(self.shared);
        }
    }

    fn turn(&mut self, need: &Need) {
        self.gather();
        let snapshot = self.shared.snapshot();
        let now = Instant::now();
        let is_due = |began: Option<Instant>| began.is_none_or(|began| now.duration_since(began) >= EVERY);
        if self.first.is_empty() && is_due(self.first_began) {
            self.first.extend(need.rest.iter().cloned());
            self.first_began = Some(now);
        }
        if !need.all {
            self.round = Round::default();
        } else if self.round.is_over() && is_due(self.began) {
            self.begin(&snapshot, now);
        }
        let streamed = self.shared.streamed();
        let mut left = RATE / PARTS;
        while left > 0 && self.jobs.len() < IN_ALL {
            let Some(at) = self.pick(&snapshot, &streamed, now) else {
                break;
            };
            let connection = snapshot
                .engines
                .get(&at.engine)
                .and_then(|engine| engine.connection.clone());
            let Some(connection) = connection else { continue };
            let before = self.before.get(&at.engine).and_then(|of| of.get(&at.id)).copied();
            left -= 1;
            *self.busy.entry(at.engine.clone()).or_default() += 1;
            self.jobs.spawn(measure(connection, at, before));
        }
    }

    /// Begins a round: what it finds counts until the next has come past, however long that takes.
    fn begin(&mut self, snapshot: &Snapshot, now: Instant) {
        self.round = Round::new(snapshot);
        self.began = Some(now);
        let runs = |at: &EngineId, id: &ContainerId| {
            let found = snapshot.engines.get(at).and_then(|engine| engine.containers.get(id));
            found.is_some_and(|one| is_measured(one))
        };
        self.before.retain(|engine, of| {
            of.retain(|id, _| runs(engine, id));
            !of.is_empty()
        });
        let all: usize = snapshot.engines.values().map(|engine| engine.containers.len()).sum();
        let round = i64::try_from(all / RATE).unwrap_or(i64::MAX).saturating_mul(1000);
        self.fresh = FRESH_MS.max(round.saturating_mul(3));
    }

    fn pick(&mut self, snapshot: &Snapshot, streamed: &HashSet<ContainerRef>, now: Instant) -> Option<ContainerRef> {
        let has_room = |engine: &EngineId| self.busy.get(engine).is_none_or(|busy| *busy < PER_ENGINE);
        let due = self.again.iter().take_while(|(when, _)| *when <= now);
        if let Some(place) = due.map(|(_, at)| at).position(|at| has_room(&at.engine)) {
            return self.again.remove(place).map(|(_, at)| at);
        }
        if let Some(place) = self.first.iter().position(|at| has_room(&at.engine)) {
            return self.first.remove(place);
        }
        self.round.next(snapshot, has_room, |at| !streamed.contains(at))
    }

    /// Takes in what was measured.
    fn gather(&mut self) {
        while let Some(job) = self.jobs.try_join_next() {
            let Ok(Job { at, found }) = job else {
                // A job that broke has not said whose it was: nobody is kept out for it.
                self.busy.clear();
                continue;
            };
            if let Some(busy) = self.busy.get_mut(&at.engine) {
                *busy = busy.saturating_sub(1);
            }
            let Some((now, figures)) = found else { continue };
            let sample = now.sample;
            self.before
                .entry(at.engine.clone())
                .or_default()
                .insert(at.id.clone(), now);
            let Some(figures) = figures else {
                self.again.push_back((Instant::now() + SECOND, at));
                continue;
            };
            if let Some(live) = self.shared.find(&at) {
                live.sample(sample);
                continue;
            }
            let measured = Measured {
                usage: usage(&sample),
                figures,
                until: Millis(sample.at.0.saturating_add(self.fresh)),
            };
            self.shared.found(at, measured);
        }
    }
}

async fn measure(connection: Connection, at: ContainerRef, before: Option<Before>) -> Job {
    let call = connection.sample(&at.id, before.as_ref().map(|before| &before.raw));
    let found = timeout(DEADLINE, call).await.ok().and_then(Result::ok);
    let found = found.map(|(sample, raw)| {
        let figures = before.map(|before| figures(Some(&before.sample), &sample));
        (Before { raw, sample }, figures)
    });
    Job { at, found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::tests::{container, engine};

    #[test]
    fn a_round_serves_engines_in_turn_each_container_once_and_none_that_is_busy() {
        let engines = [("node1", 5), ("node2", 1), ("node3", 2)].map(|(name, running)| {
            let mut all: Vec<_> = (0..running)
                .map(|n| container(&format!("{name}-{n}"), ContainerState::Running))
                .collect();
            all.push(container(&format!("{name}-old"), ContainerState::Exited));
            let state = engine(name, "", all);
            (state.engine.id.clone(), Arc::new(state))
        });
        let snapshot = Snapshot {
            engines: engines.into_iter().collect(),
            ..Snapshot::default()
        };
        let left_out = {
            let (engine, one) = snapshot.container_named("node3", "node3-1").unwrap();
            ContainerRef {
                engine: engine.engine.id.clone(),
                id: one.id.clone(),
            }
        };
        let mut round = Round::new(&snapshot);
        let free = |id: &EngineId| id.as_str() != "id-node2";
        let mut found = Vec::new();
        while let Some(at) = round.next(&snapshot, free, |at| *at != left_out) {
            found.push(at);
        }
        assert!(!round.is_over(), "node2 was busy");
        let at_last = round.next(&snapshot, |_| true, |at| *at != left_out).unwrap();
        assert_eq!(at_last.engine.as_str(), "id-node2");
        assert!(round.next(&snapshot, |_| true, |_| true).is_none());
        assert!(round.is_over());
        let engines: Vec<_> = found.iter().map(|at| at.engine.as_str()).collect();
        assert_eq!(engines[..3], ["id-node1", "id-node3", "id-node1"]);
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), 6);
        assert_eq!(found.len(), 6);
    }
}
