//! The handle to the fleet: follows engines, publishes snapshots, lends connections.
use crate::journal::Journal;
use crate::limits::Demand;
use crate::operations::Operations;
use crate::pending::Pending;
use crate::recreate::Claims;
use crate::snapshot::{Snapshot, Trouble};
use crate::stats::{Stats, UsageMap};
use crate::tail::Tails;
use crate::view::Windows;
use crate::world::{Dirt, Following, World};
use arc_swap::ArcSwap;
use shipyard_engine::{Connection, Credentials, Heartbeat, Update};
use shipyard_model::page::Happening;
use shipyard_model::{Capacity, ContainerRef, Engine, EngineId, Problem};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

/// Reports of one engine that may wait to be applied; more, and the engine's follower waits.
const REPORTS: usize = 64;
/// At most one snapshot in this time: a storm of events becomes few snapshots.
const SNAPSHOT_EVERY: Duration = Duration::from_millis(5);
/// Response times alone are published this often.
const TIMES_EVERY: Duration = Duration::from_secs(1);

/// All engines as one live model. A clone is another handle to the same fleet; the last one dropped ends it.
#[derive(Clone)]
pub struct Fleet {
    shared: Arc<Shared>,
    heartbeat: Heartbeat,
    operations: Operations,
    stats: Stats,
    tails: Tails,
    pending: Arc<Pending>,
    claims: Claims,
    limits: Demand,
    windows: Arc<Windows>,
    stop: CancellationToken,
    _end: Arc<DropGuard>,
}

struct Shared {
    world: Mutex<World>,
    published: ArcSwap<Snapshot>,
    changes: watch::Sender<u64>,
    dirty: Notify,
    /// When facts were published last.
    facts_at: Mutex<Option<Instant>>,
}

impl Shared {
    /// The writer's lock: held for changes of memory only, never across an await.
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives what was published before: to take it apart takes a while where there are many engines, and who waits is told first.
    fn publish(&self, world: &mut World) -> Option<Arc<Snapshot>> {
        let snapshot = world.snapshot()?;
        let version = snapshot.version;
        let before = self.published.swap(Arc::new(snapshot));
        self.changes.send_replace(version);
        Some(before)
    }

    /// Gives what [`publish`](Self::publish) does.
    fn apply(
        &self,
        id: &EngineId,
        generation: u64,
        updates: impl IntoIterator<Item = Update>,
    ) -> Option<Arc<Snapshot>> {
        let mut world = self.world();
        world.apply(id, generation, updates);
        // In calm there is nobody to wait for.
        if world.dirt() == Dirt::Facts && self.facts_due().is_none() {
            self.publish_facts(&mut world)
        } else {
            drop(world);
            self.dirty.notify_one();
            None
        }
    }

    /// When facts may be published, unless at once.
    fn facts_due(&self) -> Option<Instant> {
        let last = *self.facts_at.lock().unwrap_or_else(PoisonError::into_inner);
        last.map(|last| last + SNAPSHOT_EVERY)
            .filter(|due| *due > Instant::now())
    }

    fn publish_facts(&self, world: &mut World) -> Option<Arc<Snapshot>> {
        let before = self.publish(world);
        *self.facts_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        before
    }
}

impl Default for Fleet {
    fn default() -> Self {
        Self::new()
    }
}

impl Fleet {
    /// An empty fleet. Needs a tokio runtime, on which its tasks run until the last handle is dropped.
    pub fn new() -> Self {
        Self::with(Operations::new())
    }

    /// An empty fleet whose operations are written down. Needs a tokio runtime as well.
    pub fn with_journal(journal: Arc<dyn Journal>) -> Self {
        Self::with(Operations::with_journal(journal))
    }

    fn with(operations: Operations) -> Self {
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new()),
            published: ArcSwap::from_pointee(Snapshot::default()),
            changes: watch::channel(0).0,
            dirty: Notify::new(),
            facts_at: Mutex::default(),
        });
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(publisher(Arc::clone(&shared))));
        let (seen, told) = (Arc::clone(&shared), Arc::clone(&shared));
        let demand = Demand::new();
        let limits = crate::limits::read(
            move || seen.published.load_full(),
            shared.changes.subscribe(),
            demand.clone(),
            move |at, reserves| {
                told.world().amended(at, reserves);
                told.dirty.notify_one();
            },
        );
        tokio::spawn(stop.clone().run_until_cancelled_owned(limits));
        let snapshots = Arc::clone(&shared);
        let stats = Stats::start(&stop, move || snapshots.published.load_full());
        let snapshots = Arc::clone(&shared);
        let tails = Tails::new(
            &stop,
            move || snapshots.published.load_full(),
            shared.changes.subscribe(),
        );
        Self {
            shared,
            heartbeat: Heartbeat::default(),
            operations,
            stats,
            tails,
            pending: Arc::default(),
            claims: Claims::default(),
            limits: demand,
            windows: Arc::default(),
            _end: Arc::new(stop.clone().drop_guard()),
            stop,
        }
    }

    /// Takes an engine into the fleet and follows it, or follows it anew when its address or credentials changed.
    /// Credentials count as the same when they are the same `Arc`; use [`Fleet::update`] for a change of anything else.
    pub fn put(&self, engine: Engine, credentials: Option<Arc<Credentials>>) {
        self.take(engine, credentials, false);
    }

    /// Takes new credentials of an engine that is followed at the same address. Until the connection with them stands, calls
    /// go over the one before, and what was under way on it comes to its end: nobody notices. The new ones must have been
    /// tried.
    pub fn renew(&self, engine: Engine, credentials: Arc<Credentials>) {
        self.take(engine, Some(credentials), true);
    }

    fn take(&self, engine: Engine, credentials: Option<Arc<Credentials>>, without_a_gap: bool) {
        let mut world = self.shared.world();
        let id = engine.id.clone();
        if world.is_followed(&engine, credentials.as_ref()) {
            world.settings(engine);
        } else {
            let address = engine.address.clone();
            world.settings(engine);
            let generation = world.generation();
            let (sender, receiver) = mpsc::channel(REPORTS);
            let waiting = sender.downgrade();
            let pump = tokio::spawn(pump(Arc::clone(&self.shared), id.clone(), generation, receiver));
            let follower = shipyard_engine::follow(id.clone(), address, credentials.clone(), &self.heartbeat, sender);
            let following = Following {
                follower,
                reports: waiting,
                credentials,
                _pump: AbortOnDropHandle::new(pump),
            };
            world.follow(&id, generation, following, without_a_gap);
        }
        self.shared.publish(&mut world);
    }

    /// Reports of engines that wait for the writer.
    pub fn reports_waiting(&self) -> usize {
        self.shared.world().reports_waiting()
    }

    /// Takes a new name, labels or figures of an engine that is in the fleet; its connection stays. An engine that is
    /// not in the fleet is left alone.
    pub fn update(&self, engine: Engine) {
        let mut world = self.shared.world();
        if world.is_known(&engine.id) {
            world.settings(engine);
            self.shared.publish(&mut world);
        }
    }

    /// Stops following an engine and forgets what was known of it.
    pub fn forget(&self, id: &EngineId) {
        let mut world = self.shared.world();
        world.forget(id);
        self.shared.publish(&mut world);
    }

    /// Tries an engine that does not answer now, instead of at its next turn.
    pub fn retry(&self, id: &EngineId) {
        self.shared.world().retry(id);
    }

    /// The fleet as it is now. Never waits.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.published.load_full()
    }

    /// The version of the newest snapshot; changes with each.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// How to call an engine; `None` unless it is up.
    pub fn connection(&self, id: &EngineId) -> Option<Connection> {
        self.snapshot().engines.get(id).and_then(|e| e.connection.clone())
    }

    /// How to call an engine.
    ///
    /// # Errors
    /// `engine.down`, `engine.connecting`, or 404 when it is not in the fleet.
    pub fn connect(&self, id: &EngineId) -> Result<Connection, Problem> {
        self.connection(id).ok_or_else(|| crate::calls::down(self, id))
    }

    /// Sees to it that containers which were started elsewhere count with their limits; the first time this takes a moment, at most a
    /// few seconds. Whoever asks for CPUs or memory waits for it before they plan.
    pub async fn limits_known(&self) {
        self.limits.ask().await;
    }

    /// Takes note of what a container reserves from now on, as its limits were changed while it runs: its labels say what it
    /// reserved when it was made.
    pub(crate) fn amended(&self, at: &ContainerRef, reserves: Capacity) {
        let mut world = self.shared.world();
        world.amended(at, reserves);
        self.shared.publish(&mut world);
    }

    /// Records what a person did, for the list of recent happenings.
    pub fn happened(&self, happening: Happening) {
        let mut world = self.shared.world();
        world.happened(happening);
        self.shared.publish(&mut world);
    }

    /// Notes what needs a person, by what it is about, or with `None` that it does not any more. Tells whether that is news.
    pub fn trouble(&self, about: &str, trouble: Option<Trouble>) -> bool {
        let mut world = self.shared.world();
        let news = world.trouble(about, trouble);
        self.shared.publish(&mut world);
        news
    }

    /// What goes on and went on.
    pub fn operations(&self) -> &Operations {
        &self.operations
    }

    /// Reservations of deploys that go on, which the model does not show yet.
    pub(crate) fn pending(&self) -> &Arc<Pending> {
        &self.pending
    }

    /// The logs that are followed.
    pub(crate) fn tails(&self) -> &Tails {
        &self.tails
    }

    /// The containers that are being made anew.
    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Cancelled at the end of the fleet's life.
    pub(crate) fn stopped(&self) -> &CancellationToken {
        &self.stop
    }

    /// Windows of the table of containers that were made lately.
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// What containers use and used.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// What running containers use, as far as it was measured lately.
    pub fn usage(&self) -> Arc<UsageMap> {
        self.stats.now()
    }

    /// Changes when new measurements are there, at most once a second.
    pub fn usage_changes(&self) -> watch::Receiver<u64> {
        self.stats.changes()
    }

    /// Cancels operations, stops following and sampling. What is known stays readable.
    pub fn shutdown(&self) {
        self.operations.cancel_all();
        self.stop.cancel();
        self.shared.world().end();
    }
}

/// Applies what one engine reports, all that waits at once.
async fn pump(shared: Arc<Shared>, id: EngineId, generation: u64, mut reports: mpsc::Receiver<(EngineId, Update)>) {
    let mut batch = Vec::new();
    while reports.recv_many(&mut batch, REPORTS).await > 0 {
        let before = shared.apply(&id, generation, batch.drain(..).map(|(_, update)| update));
        if before.is_some() {
            // Whoever shows it may be of this thread.
            yield_now().await;
        }
    }
}

/// Publishes what was applied and could not be at once: facts not more often than [`SNAPSHOT_EVERY`], response times each second.
async fn publisher(shared: Arc<Shared>) {
    let mut times_at = Instant::now();
    loop {
        let due = match shared.world().dirt() {
            Dirt::None => None,
            Dirt::Times => Some(times_at),
            Dirt::Facts => Some(shared.facts_due().unwrap_or_else(Instant::now)),
        };
        match due {
            Some(due) if due <= Instant::now() => {
                let before = shared.publish_facts(&mut shared.world());
                // The writer's lock is free by now.
                drop(before);
                times_at = Instant::now() + TIMES_EVERY;
            }
            Some(due) => {
                tokio::select! {
                    () = shared.dirty.notified() => {}
                    () = sleep_until(due) => {}
                }
            }
            None => shared.dirty.notified().await,
        }
    }
}
