//! One engine: its state, its connections, and what is wrong with it.
use crate::config::Config;
use crate::daemon::Daemon;
use crate::fault::Faults;
use crate::later::Later;
use crate::line::{Gauge, Lines};
use crate::listen::Place;
use crate::route::Calls;
use crate::tls::Tls;
use crate::world::World;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What all engines share.
pub(crate) struct Shared {
    pub(crate) tls: Option<Tls>,
    pub(crate) later: Arc<Later>,
    /// TLS handshakes.
    pub(crate) handshakes: Gauge,
    /// Log lines a second of every container; 0 for the usual, `u64::MAX` for as many as are read.
    pub(crate) hose: AtomicU64,
    /// Cancelled when the fleet ends.
    pub(crate) end: CancellationToken,
}

pub(crate) struct Engine {
    pub(crate) index: usize,
    daemon: Mutex<Daemon>,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    pub(crate) lines: Arc<Lines>,
    pub(crate) place: Place,
    pub(crate) shared: Arc<Shared>,
    /// Told after each change of a container.
    pub(crate) changed: Notify,
}

impl Engine {
    pub(crate) fn new(index: usize, config: &Config, world: &Arc<World>, shared: &Arc<Shared>, place: Place) -> Self {
        let daemon = Daemon::new(
            Arc::clone(world),
            index,
            config.containers,
            config.running,
            config.version,
        );
        Self {
            index,
            daemon: Mutex::new(daemon),
            faults: Faults::default(),
            calls: Calls::new(),
            lines: Arc::default(),
            place,
            shared: Arc::clone(shared),
            changed: Notify::new(),
        }
    }

    /// Looks at its state, or changes it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Daemon) -> T) -> T {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        let before = daemon.changes();
        let seen = look(&mut daemon);
        let changed = daemon.changes() != before;
        let planned = std::mem::take(&mut daemon.planned);
        drop(daemon);
        for (after, then) in planned {
            self.shared.later.add(self.index, after, then);
        }
        if changed {
            self.changed.notify_waiters();
        }
        seen
    }
}
