//! What running containers use, measured only while somebody looks.
//!
//! Measuring costs the engine, so it happens while at least one [`UsageGuard`] lives: each engine about every five
//! seconds, four containers of it at once, and never a second round before the first has ended. CPU use is a difference
//! of two measurements, hence the second round follows the first after a second.
use crate::snapshot::{EngineState, Snapshot};
use arc_swap::ArcSwap;
use futures_util::{StreamExt, stream};
use shipyard_engine::RawCpu;
use shipyard_model::{ContainerId, ContainerRef, ContainerState, EngineId, Millis, Usage};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// Time between two rounds of an engine.
const EVERY: Duration = Duration::from_secs(5);
/// Time between the first round, which has nothing to compare with, and the second.
const SECOND: Duration = Duration::from_secs(1);
/// How long a measurement counts, in milliseconds.
const FRESH_MS: i64 = 30_000;
/// Measurements at once on one engine.
const PER_ENGINE: usize = 4;
/// Measurements at once in the fleet.
const IN_ALL: usize = 64;
/// Longest time for one measurement.
const DEADLINE: Duration = Duration::from_secs(5);

/// What was measured, and when.
#[derive(Clone, Debug, Default)]
pub struct UsageMap(HashMap<ContainerRef, (Usage, Millis)>);

impl UsageMap {
    /// What a container uses, if it was measured in the half minute before `now`.
    pub fn of(&self, at: &ContainerRef, now: Millis) -> Option<Usage> {
        self.0
            .get(at)
            .filter(|(_, when)| now.since(*when) < FRESH_MS)
            .map(|(usage, _)| *usage)
    }

    /// Puts a measurement in.
    pub fn put(&mut self, at: ContainerRef, usage: Usage, when: Millis) {
        self.0.insert(at, (usage, when));
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Keeps the measuring going.
pub struct UsageGuard(watch::Sender<usize>);

impl Drop for UsageGuard {
    fn drop(&mut self) {
        self.0.send_modify(|watching| *watching = watching.saturating_sub(1));
    }
}

/// The handle to the sampler.
#[derive(Clone)]
pub(crate) struct Usages {
    watching: watch::Sender<usize>,
    map: Arc<ArcSwap<UsageMap>>,
    changes: watch::Sender<u64>,
}

impl Usages {
    /// Starts the sampler, asleep until somebody watches.
    pub(crate) fn start(stop: &CancellationToken, snapshot: impl Fn() -> Arc<Snapshot> + Send + 'static) -> Self {
        let usages = Self {
            watching: watch::channel(0).0,
            map: Arc::new(ArcSwap::from_pointee(UsageMap::default())),
            changes: watch::channel(0).0,
        };
        let sampler = usages.clone().run(snapshot);
        tokio::spawn(stop.clone().run_until_cancelled_owned(sampler));
        usages
    }

    pub(crate) fn watch(&self) -> UsageGuard {
        self.watching.send_modify(|watching| *watching += 1);
        UsageGuard(self.watching.clone())
    }

    pub(crate) fn now(&self) -> Arc<UsageMap> {
        self.map.load_full()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn run(self, snapshot: impl Fn() -> Arc<Snapshot>) {
        let mut watching = self.watching.subscribe();
        while watching.wait_for(|count| *count > 0).await.is_ok() {
            let mut session = Session::default();
            let mut tick = interval(SECOND);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while *watching.borrow_and_update() > 0 {
                tokio::select! {
                    _ = tick.tick() => {}
                    _ = watching.changed() => continue,
                }
                let measured = session.turn(&snapshot());
                if !measured.is_empty() {
                    self.publish(measured);
                }
            }
        }
    }

    fn publish(&self, measured: Vec<(ContainerRef, Usage)>) {
        let now = Millis::now();
        let mut map = UsageMap::clone(&self.map.load());
        map.0.retain(|_, (_, when)| now.since(*when) < FRESH_MS);
        map.0.extend(measured.into_iter().map(|(at, usage)| (at, (usage, now))));
        self.map.store(Arc::new(map));
        self.changes.send_modify(|version| *version += 1);
    }
}

/// What one round of an engine brought.
struct Round {
    engine: EngineId,
    measured: Vec<(ContainerId, Usage, bool, RawCpu)>,
}

/// A time in which somebody watches without a break.
struct Session {
    rounds: JoinSet<Round>,
    running: BTreeMap<EngineId, Instant>,
    due: BTreeMap<EngineId, Instant>,
    before: HashMap<EngineId, HashMap<ContainerId, RawCpu>>,
    permits: Arc<Semaphore>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            rounds: JoinSet::new(),
            running: BTreeMap::new(),
            due: BTreeMap::new(),
            before: HashMap::new(),
            permits: Arc::new(Semaphore::new(IN_ALL)),
        }
    }
}

impl Session {
    /// Gathers the rounds that ended and starts those that are due.
    fn turn(&mut self, snapshot: &Snapshot) -> Vec<(ContainerRef, Usage)> {
        let now = Instant::now();
        let mut measured = Vec::new();
        while let Some(round) = self.rounds.try_join_next() {
            let Ok(round) = round else { continue };
            self.running.remove(&round.engine);
            let first = round.measured.iter().any(|(_, _, compared, _)| !compared);
            self.due
                .insert(round.engine.clone(), now + if first { SECOND } else { EVERY });
            let mut raws = HashMap::with_capacity(round.measured.len());
            for (id, usage, compared, raw) in round.measured {
                if compared {
                    measured.push((
                        ContainerRef {
                            engine: round.engine.clone(),
                            id: id.clone(),
                        },
                        usage,
                    ));
                }
                raws.insert(id, raw);
            }
            self.before.insert(round.engine, raws);
        }
        self.before.retain(|id, _| snapshot.engines.contains_key(id));
        self.due.retain(|id, _| snapshot.engines.contains_key(id));
        // A round whose task failed must not keep its engine out for ever.
        self.running
            .retain(|_, began| now.duration_since(*began) < Duration::from_secs(120));
        for (id, engine) in &snapshot.engines {
            let due = self.due.get(id).is_none_or(|at| *at <= now);
            if due && !self.running.contains_key(id) && engine.connection.is_some() {
                self.running.insert(id.clone(), now);
                let before = self.before.remove(id).unwrap_or_default();
                self.rounds
                    .spawn(round(id.clone(), Arc::clone(engine), before, Arc::clone(&self.permits)));
            }
        }
        measured
    }
}

async fn round(
    id: EngineId,
    engine: Arc<EngineState>,
    mut before: HashMap<ContainerId, RawCpu>,
    permits: Arc<Semaphore>,
) -> Round {
    let mut running = Vec::new();
    for container in engine.containers.iter().filter(|c| c.state == ContainerState::Running) {
        running.push((container.id.clone(), before.remove(&container.id)));
    }
    let (connection, permits) = (engine.connection.as_ref(), &permits);
    let samples = stream::iter(running).map(|(container, before)| async move {
        let _permit = permits.acquire().await.ok()?;
        let (sample, raw) = timeout(DEADLINE, connection?.sample(&container, before.as_ref()))
            .await
            .ok()?
            .ok()?;
        let usage = Usage {
            cpu_percent: sample.cpu_percent,
            memory: sample.memory,
            memory_limit: sample.memory_limit,
        };
        Some((container, usage, before.is_some(), raw))
    });
    let measured = samples
        .buffer_unordered(PER_ENGINE)
        .filter_map(async |found| found)
        .collect()
        .await;
    Round { engine: id, measured }
}
