//! The fleet: made, looked at, disturbed.
use crate::config::{Config, Transport};
use crate::container::Truth;
use crate::daemon::Daemon;
use crate::engine::{Engine, Shared};
use crate::fault::Fault;
use crate::later::Later;
use crate::line::Gauge;
use crate::listen::{self, Place};
use crate::load::{self, Act, Change, Load};
use crate::route::Route;
use crate::tls::{Shown, Tls, TlsMaterial};
use crate::version::Version;
use crate::world::World;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Calls by name.
pub type Counts = BTreeMap<&'static str, u64>;

/// Connections of the whole fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Open now.
    pub open: u64,
    /// Ever taken.
    pub ever: u64,
    /// TLS handshakes under way now.
    pub handshakes: u64,
    /// Most TLS handshakes at once since the last reset.
    pub handshakes_at_most: u64,
    /// TLS handshakes since the last reset, those that failed included.
    pub handshakes_ever: u64,
    /// Open streams of events.
    pub event_streams: u64,
    /// Events that were dropped because nobody took them in time.
    pub events_dropped: u64,
}

/// A simulated fleet. It ends when this is dropped.
pub struct Sim {
    engines: Vec<Arc<Engine>>,
    shared: Arc<Shared>,
    load: watch::Sender<Load>,
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.shared.end.cancel();
    }
}

impl Sim {
    /// Makes a fleet, which answers from now on. Must be called within a Tokio runtime, in which it lives.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub async fn start(config: Config) -> Result<Self> {
        let tls = matches!(config.transport, Transport::Tls(_));
        let world = Arc::new(World::new(config.seed));
        let shared = Arc::new(Shared {
            tls: if tls { Some(Tls::new()?) } else { None },
            later: Arc::new(Later::default()),
            handshakes: Gauge::default(),
            hose: AtomicU64::new(0),
            end: CancellationToken::new(),
        });
        let mut engines = Vec::with_capacity(config.engines);
        for index in 0..config.engines {
            let place = place(&config.transport, index)?;
            let engine = Arc::new(Engine::new(index, &config, &world, &shared, place));
            listen::open(&engine).await?;
            engines.push(engine);
        }
        let later = Arc::clone(&shared.later);
        let weak = engines.iter().map(Arc::downgrade).collect();
        let end = shared.end.clone();
        tokio::spawn(async move { end.run_until_cancelled(later.run(weak)).await });
        let (load, told) = watch::channel(Load::default());
        let usual = usize::try_from(config.containers).unwrap_or(usize::MAX);
        tokio::spawn(load::run(engines.clone(), usual, config.seed, told));
        Ok(Self { engines, shared, load })
    }

    /// How many engines there are.
    pub fn engines(&self) -> usize {
        self.engines.len()
    }

    /// Where an engine is, as Shipyard writes addresses; empty when there is none of this number.
    pub fn address(&self, index: usize) -> String {
        self.engines.get(index).map(|e| e.place.address()).unwrap_or_default()
    }

    /// What clients need to be let in, with TLS.
    pub fn tls_material(&self) -> Option<&TlsMaterial> {
        self.shared.tls.as_ref().map(|tls| &tls.material)
    }

    /// One engine, to be looked at and disturbed.
    pub fn engine(&self, index: usize) -> Option<EngineHandle> {
        self.engines.get(index).cloned().map(EngineHandle)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = EngineHandle> + '_ {
        self.engines.iter().cloned().map(EngineHandle)
    }

    /// Changes what happens of itself.
    pub fn set_load(&self, load: Load) {
        self.load.send_replace(load);
    }

    /// What happens of itself.
    pub fn load(&self) -> Load {
        *self.load.borrow()
    }

    /// Lets things happen for a while; then all is quiet.
    pub async fn live(&self, load: Load, time: Duration) {
        self.set_load(load);
        tokio::time::sleep(time).await;
        self.set_load(Load::default());
    }

    /// How many lines a second every container logs that is followed: 0 for one a second, `u64::MAX` for as many as are
    /// read.
    pub fn set_hose(&self, lines: u64) {
        self.shared.hose.store(lines, Ordering::Relaxed);
    }

    /// Calls to all engines.
    pub fn calls(&self) -> Counts {
        let mut sums = Counts::new();
        for engine in self.all() {
            for (name, count) in engine.calls() {
                *sums.entry(name).or_default() += count;
            }
        }
        sums
    }

    /// Counts calls and handshakes anew.
    pub fn reset(&self) {
        self.shared.handshakes.reset();
        for engine in &self.engines {
            engine.calls.reset();
        }
    }

    /// Connections of all engines.
    pub fn connections(&self) -> Connections {
        let (now, most, ever) = self.shared.handshakes.read();
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        let mut sums = Connections {
            handshakes: number(now),
            handshakes_at_most: number(most),
            handshakes_ever: number(ever),
            ..Connections::default()
        };
        for engine in &self.engines {
            sums.open += u64::try_from(engine.lines.open()).unwrap_or(0);
            sums.ever += engine.lines.ever();
            let (streams, dropped) = engine.with(|daemon| (daemon.feed.listeners(), daemon.feed.dropped()));
            sums.event_streams += u64::try_from(streams).unwrap_or(0);
            sums.events_dropped += dropped;
        }
        sums
    }
}

fn place(transport: &Transport, index: usize) -> Result<Place> {
    let port = |first: Option<u16>| match first {
        None => Ok(0),
        Some(first) => u16::try_from(usize::from(first) + index).context("there are not so many ports"),
    };
    Ok(match transport {
        Transport::Unix(folder) => {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            Place::unix(folder.join(format!("engine{index}.sock")))
        }
        Transport::Tcp(first) => Place::port(port(*first)?, false),
        Transport::Tls(first) => Place::port(port(*first)?, true),
    })
}

/// One engine of a simulated fleet.
#[derive(Clone)]
pub struct EngineHandle(Arc<Engine>);

impl EngineHandle {
    /// Its number, from 0.
    pub fn index(&self) -> usize {
        self.0.index
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.0.place.address()
    }

    /// Its `ID`.
    pub fn daemon_id(&self) -> String {
        self.0.with(|daemon| daemon.id.clone())
    }

    /// Its containers as they are, oldest first.
    pub fn containers(&self) -> Vec<Truth> {
        self.0.with(|daemon| {
            let show = |c: &crate::container::Container| c.truth(&daemon.world, daemon.engine);
            daemon.containers.iter().map(show).collect()
        })
    }

    /// Calls to it.
    pub fn calls(&self) -> Counts {
        let made = self.0.calls.made();
        made.into_iter()
            .map(|(route, count)| (route.name(), u64::from(count)))
            .collect()
    }

    /// How often one call was made to it.
    pub fn count(&self, route: Route) -> u64 {
        self.calls().get(route.name()).copied().unwrap_or(0)
    }

    /// Connections open now.
    pub fn connections(&self) -> usize {
        self.0.lines.open()
    }

    /// Streams of events open now.
    pub fn event_streams(&self) -> usize {
        self.0.with(|daemon| daemon.feed.listeners())
    }

    /// Does something to a container, by id or name, as if by somebody else; `Act::Create` makes a new one, whatever the
    /// name. `None` where Docker would refuse.
    pub fn act(&self, container: &str, act: Act) -> Option<Change> {
        self.change(act, |daemon| daemon.find(container).ok())
    }

    /// The same to the container at a place in its list, oldest first.
    pub fn act_at(&self, place: usize, act: Act) -> Option<Change> {
        self.change(act, |_| Some(place))
    }

    fn change(&self, act: Act, find: impl FnOnce(&Daemon) -> Option<usize>) -> Option<Change> {
        self.0.with(|daemon| {
            let place = match act {
                Act::Create => 0,
                _ => find(daemon)?,
            };
            let id = daemon.containers.get(place).map(|c| c.id.to_string());
            let nanos = daemon.do_to(place, act).ok()?;
            let made = daemon.containers.last().map(|c| c.id.to_string());
            Some(Change {
                engine: self.0.index,
                id: if act == Act::Create { made } else { id }.unwrap_or_default(),
                action: act.word(),
                nanos,
            })
        })
    }

    /// Gives a container, by id or name, a name as if somebody else did; `None` where Docker would refuse.
    pub fn rename(&self, container: &str, name: &str) -> Option<i64> {
        self.0.with(|daemon| {
            let place = daemon.find(container).ok()?;
            daemon.rename(place, name).ok()
        })
    }

    /// Puts something wrong with it.
    ///
    /// # Errors
    /// When it shall listen anew and cannot.
    pub async fn put(&self, fault: Fault) -> Result<()> {
        let engine = &self.0;
        match fault {
            Fault::Delay(delay) => engine.faults.set_delay(delay),
            Fault::Hang => {
                engine.faults.hang.store(true, Ordering::SeqCst);
                engine.lines.hold(true);
            }
            Fault::HalfOpen => engine.lines.hold(true),
            Fault::Refuse => engine.place.close(),
            Fault::Drop { reset } => {
                engine.lines.cut(reset);
            }
            Fault::Answer { how, route } => engine.faults.set_answer(Some((how, route))),
            Fault::Certificate(shown) => engine.faults.show(shown),
            Fault::Restart { version } => {
                engine.place.close();
                engine.with(|daemon| {
                    daemon.reboot();
                    daemon.version = version.unwrap_or(daemon.version);
                });
                engine.lines.cut(false);
                // The old listener has to be gone.
                while listen::open(engine).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            Fault::Clock(millis) => engine.with(|daemon| daemon.ahead = millis.saturating_mul(1_000_000)),
            Fault::DaemonId(id) => engine.with(|daemon| daemon.id = id),
            Fault::Blob(bytes) => engine.with(|daemon| {
                daemon.blob = bytes;
                daemon.forget_pieces();
            }),
        }
        Ok(())
    }

    /// Takes back everything that can be taken back: it answers quickly and rightly, listens, and lets flow what was held.
    /// Its id, clock and version stay as they are.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn heal(&self) -> Result<()> {
        let engine = &self.0;
        engine.faults.set_delay(Duration::ZERO);
        engine.faults.set_answer(None);
        engine.faults.show(Shown::Good);
        engine.faults.hang.store(false, Ordering::SeqCst);
        engine.lines.hold(false);
        engine.with(|daemon| {
            daemon.blob = 0;
            daemon.forget_pieces();
        });
        listen::open(engine).await
    }

    /// Which Docker it is.
    pub fn version(&self) -> Version {
        self.0.with(|daemon| daemon.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    async fn lived() -> Vec<String> {
        let config = Config {
            engines: 3,
            containers: 10,
            ..Config::default()
        };
        let sim = Sim::start(config).await.unwrap();
        let mut chance = Chance::new(9);
        let mut told: Vec<String> = (0..600)
            .filter_map(|_| load::one(&sim.engines, 10, &mut chance))
            .map(|change| format!("{} {} {}", change.engine, change.id, change.action))
            .collect();
        for engine in sim.all() {
            let all = engine.containers().into_iter();
            told.extend(all.map(|c| format!("{} {} {:?} {:?} {}", c.id, c.name, c.state, c.health, c.exit_code)));
        }
        told
    }

    #[tokio::test]
    async fn the_same_seed_lives_the_same_life() {
        let (one, two) = (lived().await, lived().await);
        assert!(one.len() > 500);
        assert_eq!(one, two);
    }
}
