//! A simulated fleet with Shipyard's fleet on it, and whether the one knows the other's truth.
use shipyard_engine::Credentials;
use shipyard_fleet::{EngineState, Fleet};
use shipyard_model::{Engine, EngineAddress, EngineHealth, EngineId, EngineName, Labels, Millis};
use shipyard_sim::{Config, EngineHandle, Sim, Transport};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest time for what should happen soon.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Both.
pub(crate) struct Both {
    pub(crate) sim: Sim,
    pub(crate) fleet: Fleet,
    _folder: Option<tempfile::TempDir>,
}

/// What is compared of a container: name, state, health, exit code if it has ended, networks.
type Is = (String, String, String, Option<i64>, Vec<String>);

impl Both {
    /// So many engines with so many containers each, on sockets, all followed.
    pub(crate) async fn new(engines: usize, containers: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            engines,
            containers,
            transport: Transport::Unix(folder.path().to_owned()),
            ..Config::default()
        };
        let mut both = Self::with(config).await;
        both._folder = Some(folder);
        both
    }

    /// As described, all followed.
    pub(crate) async fn with(config: Config) -> Self {
        let sim = Sim::start(config).await.unwrap();
        let fleet = Fleet::new();
        let credentials = sim.tls_material().map(|tls| {
            let read = Credentials::new(&tls.certificate, &tls.key, &tls.authority);
            Arc::new(read.unwrap())
        });
        for number in 0..sim.engines() {
            fleet.put(engine(number, &sim.address(number)), credentials.clone());
        }
        Self {
            sim,
            fleet,
            _folder: None,
        }
    }

    pub(crate) fn engine(&self, number: usize) -> EngineHandle {
        self.sim.engine(number).unwrap()
    }

    /// What we know of an engine.
    pub(crate) fn known(&self, number: usize) -> Arc<EngineState> {
        Arc::clone(self.fleet.snapshot().engines.get(&id(number)).unwrap())
    }

    pub(crate) fn is_up(&self, number: usize) -> bool {
        self.known(number).health.is_up()
    }

    /// Why an engine is down.
    pub(crate) fn why(&self, number: usize) -> Option<String> {
        match &self.known(number).health {
            EngineHealth::Down { why, .. } => Some(why.code.to_string()),
            _ => None,
        }
    }

    /// Waits until something is so; how long it took.
    pub(crate) async fn until(&self, within: Duration, what: &str, so: impl Fn(&Self) -> bool) -> Duration {
        let begun = Instant::now();
        while !so(self) {
            assert!(begun.elapsed() < within, "not within {within:?}: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        begun.elapsed()
    }

    /// Waits until all engines are up.
    pub(crate) async fn all_up(&self, within: Duration) -> Duration {
        self.until(within, "all up", |both| (0..both.sim.engines()).all(|n| both.is_up(n)))
            .await
    }

    /// The containers of an engine that we know otherwise than they are.
    pub(crate) fn differences(&self, number: usize) -> Vec<String> {
        let truth: BTreeMap<String, Is> = self
            .engine(number)
            .containers()
            .into_iter()
            .map(|c| {
                let state = format!("{:?}", c.state).to_lowercase();
                let exit = (state == "exited" || state == "restarting").then_some(i64::from(c.exit_code));
                let health = if state == "running" {
                    c.health.map(|h| format!("{h:?}").to_lowercase())
                } else {
                    None
                };
                let mut networks = c.networks;
                networks.sort();
                (c.id, (c.name, state, health.unwrap_or_default(), exit, networks))
            })
            .collect();
        let known: BTreeMap<String, Is> = self
            .known(number)
            .containers
            .iter()
            .map(|c| {
                let health = c.health.map(|h| format!("{h:?}").to_lowercase()).unwrap_or_default();
                let is = (
                    c.name.clone(),
                    c.state.word().to_owned(),
                    health,
                    c.exit_code,
                    c.networks.clone(),
                );
                (c.id.to_string(), is)
            })
            .collect();
        let all: std::collections::BTreeSet<_> = truth.keys().chain(known.keys()).collect();
        all.into_iter()
            .filter(|id| truth.get(*id) != known.get(*id))
            .map(|id| format!("{number} {id}: is {:?}, known {:?}", truth.get(id), known.get(id)))
            .collect()
    }

    /// Waits until all is known as it is.
    pub(crate) async fn until_true(&self, within: Duration) {
        let begun = Instant::now();
        loop {
            let wrong: Vec<_> = (0..self.sim.engines()).flat_map(|n| self.differences(n)).collect();
            if wrong.is_empty() {
                return;
            }
            assert!(
                begun.elapsed() < within,
                "{} differ: {:#?}",
                wrong.len(),
                &wrong[..wrong.len().min(5)]
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

pub(crate) fn id(number: usize) -> EngineId {
    EngineId::new(format!("e{number}"))
}

fn engine(number: usize, address: &str) -> Engine {
    Engine {
        id: id(number),
        name: EngineName::parse(&format!("sim{number}")).unwrap(),
        address: EngineAddress::parse(address).unwrap(),
        labels: Labels::default(),
        cpus_override: None,
        memory_override: None,
        daemon_id: String::new(),
        certificate_ends: None,
        added: Millis(0),
        drained: false,
    }
}
