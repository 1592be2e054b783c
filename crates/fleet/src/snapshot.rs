//! The fleet at one moment, as readers get it: immutable blocks, shared, never locked.
use crate::digest::Digest;
use crate::engines::Engines;
use crate::index::{Index, Sums};
use shipyard_engine::Connection;
use shipyard_model::engine::EngineProbe;
use shipyard_model::page::{Attention, Happening};
use shipyard_model::{Capacity, Container, ContainerId, ContainerRef, ContainerState, Engine, EngineHealth, Millis};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};

/// The containers of one engine, sorted by id. A clone shares them; the first change after it copies their pointers.
#[derive(Clone, Debug, Default)]
pub struct Containers {
    list: Arc<Vec<Arc<Container>>>,
    /// How many are in a stack.
    stacked: usize,
    /// How many run.
    running: usize,
    /// Made when a view first needs it, and kept up to date as long as only states change.
    digest: OnceLock<Arc<Digest>>,
}

impl PartialEq for Containers {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Containers {}

impl Containers {
    /// Sorts a full list; of two with one id the later one stays.
    pub fn new<C: Into<Arc<Container>>>(list: impl IntoIterator<Item = C>) -> Self {
        let by_id: BTreeMap<_, Arc<Container>> = list.into_iter().map(Into::into).map(|c| (c.id.clone(), c)).collect();
        Self::of(by_id.into_values().collect())
    }

    fn of(list: Vec<Arc<Container>>) -> Self {
        Self {
            stacked: list.iter().map(|container| is_stacked(container)).sum(),
            running: list.iter().map(|container| is_running(container)).sum(),
            list: Arc::new(list),
            digest: OnceLock::new(),
        }
    }

    /// In the same order, what views run through.
    pub(crate) fn digest(&self) -> &Digest {
        self.digest.get_or_init(|| Arc::new(Digest::new(&self.list)))
    }

    /// All, by id.
    pub(crate) fn as_slice(&self) -> &[Arc<Container>] {
        &self.list
    }

    fn place(&self, id: &ContainerId) -> Result<usize, usize> {
        self.list.binary_search_by(|c| c.id.cmp(id))
    }

    /// Finds one by its id.
    pub fn get(&self, id: &ContainerId) -> Option<&Arc<Container>> {
        self.place(id).ok().and_then(|at| self.list.get(at))
    }

    /// Adds one or takes its place. Tells whether anything changed.
    pub fn put(&mut self, container: Arc<Container>) -> bool {
        let digest = self.digest.take();
        match self.place(&container.id) {
            Ok(at) => match self.list.get(at) {
                Some(old) if *old != container => {
                    self.stacked = self.stacked + is_stacked(&container) - is_stacked(old);
                    self.running = self.running + is_running(&container) - is_running(old);
                    if let Some(next) = digest.and_then(|digest| digest.with(at, old, &container)) {
                        self.digest = OnceLock::from(Arc::new(next));
                    }
                    if let Some(place) = Arc::make_mut(&mut self.list).get_mut(at) {
                        *place = container;
                    }
                }
                _ => {
                    self.digest = digest.map(OnceLock::from).unwrap_or_default();
                    return false;
                }
            },
            Err(at) => {
                self.stacked += is_stacked(&container);
                self.running += is_running(&container);
                Arc::make_mut(&mut self.list).insert(at, container);
            }
        }
        true
    }

    /// Takes one away. Tells whether it was there.
    pub fn remove(&mut self, id: &ContainerId) -> bool {
        let Ok(at) = self.place(id) else { return false };
        let gone = Arc::make_mut(&mut self.list).remove(at);
        self.stacked -= is_stacked(&gone);
        self.running -= is_running(&gone);
        self.digest.take();
        true
    }

    /// Those that are to be kept.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Container) -> bool) -> Self {
        Self::of(self.list.iter().filter(|container| keep(container)).cloned().collect())
    }

    /// All, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Container>> {
        self.list.iter()
    }

    /// Whether they are the very same, none of them known anew since.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let same = |(one, other): (&Arc<_>, &Arc<_>)| Arc::ptr_eq(one, other);
        Arc::ptr_eq(&self.list, &other.list)
            || self.list.len() == other.list.len() && self.list.iter().zip(&*other.list).all(same)
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// How many are in a stack.
    pub(crate) fn stacked(&self) -> usize {
        self.stacked
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Whether a container runs, to be summed up.
fn is_running(container: &Container) -> usize {
    usize::from(container.state == ContainerState::Running)
}

/// Whether a container is in a stack, to be summed up.
fn is_stacked(container: &Container) -> usize {
    usize::from(container.stack().is_some())
}

/// What is known of one engine. A clone, which each sign of life makes, copies little: what changes seldom is shared.
#[derive(Clone)]
pub struct EngineState {
    /// As it is kept.
    pub engine: Arc<Engine>,
    /// Whether it answers.
    pub health: EngineHealth,
    /// When something was last heard of it.
    pub last_seen: Option<Millis>,
    /// What its daemon said of itself when it was last connected to.
    pub probe: Option<Arc<EngineProbe>>,
    /// Time of the newest ping, in microseconds.
    pub response_us: Option<u64>,
    /// Its containers. While it does not answer: the last that was known.
    pub containers: Containers,
    /// What containers take whose limits are other than their labels say.
    pub(crate) amended: BTreeMap<ContainerId, Capacity>,
    /// How often Docker told that a container's limits were changed.
    pub(crate) updates: BTreeMap<ContainerId, u64>,
    /// How often it was connected to: what happened in between was not heard.
    pub(crate) connected: u64,
    /// How to call it; `None` unless it is up.
    pub(crate) connection: Option<Connection>,
}

impl EngineState {
    /// An engine that nothing is known of yet.
    pub fn new(engine: impl Into<Arc<Engine>>) -> Self {
        Self {
            engine: engine.into(),
            health: EngineHealth::Connecting,
            last_seen: None,
            probe: None,
            response_us: None,
            containers: Containers::default(),
            amended: BTreeMap::new(),
            updates: BTreeMap::new(),
            connected: 0,
            connection: None,
        }
    }

    /// What it has: the operator's figures where given, else the daemon's.
    pub fn capacity(&self) -> Capacity {
        let said = self.probe.as_ref().map(|p| p.capacity).unwrap_or_default();
        Capacity {
            cpus: self.engine.cpus_override.unwrap_or(said.cpus),
            memory: self.engine.memory_override.unwrap_or(said.memory),
        }
    }

    /// What its containers reserve: those that run, and those that were made to run and have not yet.
    pub fn reserved(&self) -> Capacity {
        let mut sum = Capacity::default();
        for container in self.containers.iter().filter(|c| holds_reservation(c)) {
            let one = self.reserves(container);
            sum.cpus += one.cpus;
            sum.memory += one.memory;
        }
        sum
    }

    /// Changes when a container's limits may have changed.
    pub(crate) fn limits_turn(&self, id: &ContainerId) -> (u64, u64) {
        (self.connected, self.updates.get(id).copied().unwrap_or(0))
    }

    /// What one of its containers reserves: its limits, or what its labels say where it has none.
    pub fn reserves(&self, container: &Container) -> Capacity {
        let amended = self.amended.get(&container.id).copied();
        amended.unwrap_or_else(|| container.reservation())
    }

    /// Since when what is known of it may be wrong: when it was last heard of, unless it is up.
    pub fn stale_since(&self) -> Option<Millis> {
        if self.health.is_up() { None } else { self.last_seen }
    }

    /// Finds a container by its name.
    pub fn by_name(&self, name: &str) -> Option<&Arc<Container>> {
        self.containers.iter().find(|c| c.name == name)
    }
}

/// Whether a container's reservation counts: an exited one has given it back.
pub fn holds_reservation(container: &Container) -> bool {
    container.state.is_alive() || container.state == shipyard_model::ContainerState::Created
}

/// Something that needs a person, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The account that it is shown to, with those who see all of the fleet.
    pub account: String,
    /// When that account was made: an account of later may have the same name.
    pub maker_since: Millis,
    /// What it is.
    pub attention: Attention,
}

/// The whole fleet at one moment.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// Engines by identity.
    pub engines: Engines,
    /// What happened, newest first, at most 200.
    pub recent: Arc<VecDeque<Arc<Happening>>>,
    /// What needs a person beside the engines and containers themselves, by what it is about.
    pub troubles: Arc<BTreeMap<String, Trouble>>,
    /// Counts the snapshots that were published.
    pub version: u64,
    /// The version at which something other than a response time last changed: a view of containers made since then
    /// is still right.
    pub settled: u64,
    /// Sums and names, where the model's writer made this.
    pub(crate) index: Option<Arc<Index>>,
}

impl Snapshot {
    /// Makes sums and names of engines that were put together otherwise than by the model's writer.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.index = Some(Arc::new(Index::of(self.engines.values().map(|state| &**state))));
        self
    }

    /// Sums over the engines.
    pub fn sums(&self) -> Sums {
        match &self.index {
            Some(index) => index.sums,
            None => Index::of(self.engines.values().map(|state| &**state)).sums,
        }
    }

    /// Finds an engine by the name that people gave it.
    pub fn engine_named(&self, name: &str) -> Option<&Arc<EngineState>> {
        match &self.index {
            Some(index) => index.names.get(name).and_then(|id| self.engines.get(id)),
            None => self.engines.values().find(|e| e.engine.name.as_str() == name),
        }
    }

    /// Finds a container.
    pub fn container(&self, at: &ContainerRef) -> Option<(&Arc<EngineState>, &Arc<Container>)> {
        let engine = self.engines.get(&at.engine)?;
        engine.containers.get(&at.id).map(|c| (engine, c))
    }

    /// Finds a container by the names of its engine and its own.
    pub fn container_named(&self, engine: &str, name: &str) -> Option<(&Arc<EngineState>, &Arc<Container>)> {
        let engine = self.engine_named(engine)?;
        engine.by_name(name).map(|c| (engine, c))
    }
}
