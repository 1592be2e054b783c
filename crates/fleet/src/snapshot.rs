//! The fleet at one moment, as readers get it: immutable blocks, shared, never locked.
use shipyard_engine::Connection;
use shipyard_model::engine::EngineProbe;
use shipyard_model::page::{Attention, Happening};
use shipyard_model::{Capacity, Container, ContainerId, ContainerRef, Engine, EngineHealth, EngineId, Millis};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The containers of one engine, sorted by id. A clone copies pointers only, which is what makes a snapshot cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Containers(Vec<Arc<Container>>);

impl Containers {
    /// Sorts a full list; of two with one id the later one stays.
    pub fn new<C: Into<Arc<Container>>>(list: impl IntoIterator<Item = C>) -> Self {
        let by_id: BTreeMap<_, Arc<Container>> = list.into_iter().map(Into::into).map(|c| (c.id.clone(), c)).collect();
        Self(by_id.into_values().collect())
    }

    fn place(&self, id: &ContainerId) -> Result<usize, usize> {
        self.0.binary_search_by(|c| c.id.cmp(id))
    }

    /// Finds one by its id.
    pub fn get(&self, id: &ContainerId) -> Option<&Arc<Container>> {
        self.place(id).ok().and_then(|at| self.0.get(at))
    }

    /// Adds one or takes its place. Tells whether anything changed.
    pub fn put(&mut self, container: Arc<Container>) -> bool {
        match self.place(&container.id) {
            Ok(at) => match self.0.get_mut(at) {
                Some(old) if *old != container => {
                    *old = container;
                    true
                }
                _ => false,
            },
            Err(at) => {
                self.0.insert(at, container);
                true
            }
        }
    }

    /// Takes one away. Tells whether it was there.
    pub fn remove(&mut self, id: &ContainerId) -> bool {
        self.place(id).map(|at| self.0.remove(at)).is_ok()
    }

    /// Those that are to be kept.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Container) -> bool) -> Self {
        Self(self.0.iter().filter(|container| keep(container)).cloned().collect())
    }

    /// All, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Container>> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is known of one engine.
#[derive(Clone)]
pub struct EngineState {
    /// As it is kept.
    pub engine: Engine,
    /// Whether it answers.
    pub health: EngineHealth,
    /// When something was last heard of it.
    pub last_seen: Option<Millis>,
    /// What its daemon said of itself when it was last connected to.
    pub probe: Option<EngineProbe>,
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
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
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
    pub engines: BTreeMap<EngineId, Arc<EngineState>>,
    /// What happened, newest first, at most 200.
    pub recent: Arc<VecDeque<Happening>>,
    /// What needs a person beside the engines and containers themselves, by what it is about.
    pub troubles: Arc<BTreeMap<String, Trouble>>,
    /// Counts the snapshots that were published.
    pub version: u64,
    /// The version at which something other than a response time last changed: a view of containers made since then
    /// is still right.
    pub settled: u64,
}

impl Snapshot {
    /// Finds an engine by the name that people gave it.
    pub fn engine_named(&self, name: &str) -> Option<&Arc<EngineState>> {
        self.engines.values().find(|e| e.engine.name.as_str() == name)
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
