//! What containers use: one stream for each container that somebody looks at or whose past is kept, shared by all who look, and
//! the past of containers, engines and the fleet in bounded memory.
//!
//! A stream costs an engine a connection and a measurement each second, so who has one is chosen (`choose`) within limits.
//! Sums over all need every container: what has no stream is measured round by round (`sweep`), slowly, and only while somebody
//! wants such sums. `docs/decisions/0011-stats.md` has the reasons.
mod archive;
mod choose;
mod figures;
mod interest;
mod keeper;
mod live;
mod map;
mod ring;
mod series;
mod stream;
mod sweep;

pub use interest::Look;
pub use live::{Heard, Viewer};
pub use map::UsageMap;

use crate::snapshot::{EngineState, Snapshot};
use arc_swap::ArcSwap;
use archive::{Archive, BUDGET, add_up, begin_of, columns};
use interest::{Interest, What};
use keeper::Keeper;
use live::Live;
use map::Measured;
use series::Past;
use shipyard_model::usage::{UsageHistory, UsageSpan, UsageSum};
use shipyard_model::{Capacity, ContainerRef, ContainerState, EngineId, Millis};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sweep::{Need, Sweeper};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// What is measured and was, of a fleet.
#[derive(Clone)]
pub struct Stats {
    shared: Arc<Shared>,
}

type Seen = Box<dyn Fn() -> Arc<Snapshot> + Send + Sync>;

/// What the tasks and those who look share. Each lock is held for changes of memory only.
struct Shared {
    seen: Seen,
    interest: Interest,
    /// Of how many containers the past is kept though nobody looks.
    keep: AtomicUsize,
    lives: Mutex<HashMap<ContainerRef, Arc<Live>>>,
    /// What was measured without a stream and waits to be published.
    waiting: Mutex<HashMap<ContainerRef, Measured>>,
    archive: Mutex<Archive>,
    map: ArcSwap<UsageMap>,
    changes: watch::Sender<u64>,
    /// The newest slot that is over.
    slots: watch::Sender<i64>,
    need: watch::Sender<Need>,
    wake: Notify,
    /// Streams that are open to engines.
    open: AtomicUsize,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn new(seen: Seen) -> Self {
        Self {
            seen,
            interest: Interest::default(),
            keep: AtomicUsize::new(0),
            lives: Mutex::default(),
            waiting: Mutex::default(),
            archive: Mutex::new(Archive::new(BUDGET)),
            map: ArcSwap::from_pointee(UsageMap::default()),
            changes: watch::channel(0).0,
            slots: watch::channel(series::slot_of(Millis::now()).saturating_sub(1)).0,
            need: watch::channel(Need::default()).0,
            wake: Notify::new(),
            open: AtomicUsize::new(0),
        }
    }

    #[cfg(test)]
    fn of_test() -> Arc<Self> {
        Arc::new(Self::new(Box::new(Arc::default)))
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        (self.seen)()
    }

    fn lives(&self) -> MutexGuard<'_, HashMap<ContainerRef, Arc<Live>>> {
        locked(&self.lives)
    }

    fn archive(&self) -> MutexGuard<'_, Archive> {
        locked(&self.archive)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<ContainerRef, Measured>> {
        locked(&self.waiting)
    }

    /// The container's measurements, which there are from now on.
    fn live(&self, at: &ContainerRef) -> Arc<Live> {
        let mut lives = self.lives();
        let live = lives.entry(at.clone()).or_insert_with(|| Arc::new(Live::new()));
        Arc::clone(live)
    }

    fn find(&self, at: &ContainerRef) -> Option<Arc<Live>> {
        self.lives().get(at).cloned()
    }

    /// Those that have a stream.
    fn streamed(&self) -> HashSet<ContainerRef> {
        let lives = self.lives();
        let streamed = lives.iter().filter(|(_, live)| live.is_streamed());
        streamed.map(|(at, _)| at.clone()).collect()
    }

    /// Takes in what was measured without a stream.
    fn found(&self, at: ContainerRef, measured: Measured) {
        self.waiting().insert(at, measured);
    }
}

impl Stats {
    /// Of how many containers the past is kept unless told otherwise.
    pub const KEPT: u32 = 200;
    /// Most that can be told.
    pub const MOST_KEPT: u32 = 1_000;

    /// Starts the tasks, which do nothing until somebody looks or [`Stats::keep`] is told a number.
    pub(crate) fn start(stop: &CancellationToken, seen: impl Fn() -> Arc<Snapshot> + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared::new(Box::new(seen)));
        let keeper = Keeper::new(Arc::clone(&shared)).run();
        tokio::spawn(stop.clone().run_until_cancelled_owned(keeper));
        let sweeper = Sweeper::new(Arc::clone(&shared)).run();
        tokio::spawn(stop.clone().run_until_cancelled_owned(sweeper));
        Self { shared }
    }

    /// Says of how many containers the past is kept though nobody looks at them: of all that run, if they are no more, else of
    /// those looked at most recently. At most [`Stats::MOST_KEPT`]; 0 for none.
    pub fn keep(&self, containers: u32) {
        let keep = containers.min(Self::MOST_KEPT) as usize;
        self.shared.keep.store(keep, Ordering::Relaxed);
        self.shared.wake.notify_one();
    }

    /// Follows a container's measurements.
    pub fn view(&self, at: &ContainerRef) -> Viewer {
        let look = self.shared.interest.look(What::Container(at.clone()));
        let mut lives = self.shared.lives();
        let live = Arc::clone(lives.entry(at.clone()).or_insert_with(|| Arc::new(Live::new())));
        // Under the lock: what nobody listens to is forgotten.
        let heard = live.listen();
        drop(lives);
        self.shared.wake.notify_one();
        Viewer {
            heard,
            _live: live,
            _look: look,
        }
    }

    /// For a table, which says with [`Look::rows`] what of it is on the screen.
    pub fn look_at_rows(&self) -> Look {
        self.shared.interest.look(What::Rows(Vec::new()))
    }

    /// For sums of an engine.
    pub fn look_at_engine(&self, id: &EngineId) -> Look {
        let look = self.shared.interest.look(What::Engine(id.clone()));
        self.shared.wake.notify_one();
        look
    }

    /// For sums over all containers, or their order by what they use.
    pub fn look_at_all(&self) -> Look {
        self.shared.interest.look(What::All)
    }

    /// What containers use at present.
    pub fn now(&self) -> Arc<UsageMap> {
        self.shared.map.load_full()
    }

    /// Changes when new measurements are published, at most once a second.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Changes when five seconds are over and what they brought is in the past.
    pub fn slots(&self) -> watch::Receiver<i64> {
        self.shared.slots.subscribe()
    }

    /// How many streams are open to engines.
    pub fn open_streams(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// Memory that the past takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.shared.archive().bytes()
    }

    /// What a container used; empty where nothing is known.
    pub fn of_container(&self, at: &ContainerRef, span: UsageSpan) -> UsageHistory {
        self.shared.archive().container(at, span, Millis::now())
    }

    /// What the containers of some engines used together.
    pub fn of_engines<'e>(&self, engines: impl IntoIterator<Item = &'e EngineState>, span: UsageSpan) -> UsageHistory {
        let (mut capacity, now) = (Capacity::default(), Millis::now());
        let mut pasts = Vec::new();
        for engine in engines {
            add_capacity(&mut capacity, engine);
            // The lock is let go between them: there may be many.
            let past = self.shared.archive().engine(&engine.engine.id, span, now);
            pasts.push((past, runs_on(engine)));
        }
        UsageHistory {
            capacity: Some(capacity),
            ..columns(span, add_up(pasts, span, now))
        }
    }

    /// What all containers of the fleet used.
    pub fn of_fleet(&self, span: UsageSpan) -> UsageHistory {
        let past = self.shared.archive().fleet(span, Millis::now());
        UsageHistory {
            capacity: Some(capacity(
                self.shared.snapshot().engines.values().map(|engine| &**engine),
            )),
            ..columns(span, past)
        }
    }

    /// The newest five seconds of some engines together.
    pub fn sum_of_engines<'e>(&self, engines: impl IntoIterator<Item = &'e EngineState>) -> UsageSum {
        let (mut capacity, now, slot) = (Capacity::default(), Millis::now(), *self.shared.slots.borrow());
        let mut pasts = Vec::new();
        for engine in engines {
            add_capacity(&mut capacity, engine);
            let past = self.shared.archive().engine_at(&engine.engine.id, slot);
            pasts.push((past, runs_on(engine)));
        }
        sum(add_up(pasts.clone(), UsageSpan::Hour, now), &pasts, slot, capacity)
    }

    /// The newest five seconds of the fleet.
    pub fn sum_of_fleet(&self) -> UsageSum {
        let slot = *self.shared.slots.borrow();
        let past = self.shared.archive().fleet_at(slot);
        let snapshot = self.shared.snapshot();
        let engines = || snapshot.engines.values().map(|engine| &**engine);
        let running = engines().map(runs_on).sum();
        sum(past.clone(), &[(past, running)], slot, capacity(engines()))
    }
}

fn sum(all: Past<8>, of: &[(Past<8>, u32)], slot: i64, capacity: Capacity) -> UsageSum {
    let value = all.values.first().copied().unwrap_or([f32::NAN; 8]);
    let [cpu_percent, memory, .., counted, running] = value;
    let known = |value: f32| value.is_finite().then_some(value);
    let now = of.iter().map(|(_, running)| *running).sum();
    UsageSum {
        at: begin_of(slot),
        cpu_percent: known(cpu_percent),
        memory: known(memory),
        counted: known(counted).map_or(0, |counted| counted as u32),
        running: known(running).map_or(now, |running| running as u32),
        capacity,
    }
}

fn runs_on(engine: &EngineState) -> u32 {
    if !engine.health.is_up() {
        return 0;
    }
    let running = engine
        .containers
        .iter()
        .filter(|one| one.state == ContainerState::Running);
    u32::try_from(running.count()).unwrap_or(u32::MAX)
}

fn add_capacity(sum: &mut Capacity, engine: &EngineState) {
    if engine.health.is_up() {
        let has = engine.capacity();
        sum.cpus += has.cpus;
        sum.memory += has.memory;
    }
}

fn capacity<'e>(engines: impl Iterator<Item = &'e EngineState>) -> Capacity {
    let mut sum = Capacity::default();
    engines.for_each(|engine| add_capacity(&mut sum, engine));
    sum
}
