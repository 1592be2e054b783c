//! What a tail has to know of its engine: how to call it, and when that is over. It holds no fleet, which would live on for
//! as long as somebody reads.
use crate::calls::lost;
use crate::snapshot::Snapshot;
use shipyard_engine::Connection;
use shipyard_model::{EngineId, Problem};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// The engines, as the fleet's snapshots show them.
#[derive(Clone)]
pub(super) struct Engines {
    now: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>,
    changes: watch::Receiver<u64>,
}

/// An engine that can be called.
pub(super) struct Up {
    /// How.
    pub(super) connection: Connection,
    /// Changes with each connection to it.
    pub(super) turn: u64,
    /// Whether it was waited for.
    pub(super) waited: bool,
}

impl Engines {
    pub(super) fn new(now: impl Fn() -> Arc<Snapshot> + Send + Sync + 'static, changes: watch::Receiver<u64>) -> Self {
        Self {
            now: Arc::new(now),
            changes,
        }
    }

    /// Waits until an engine is up, at most until then.
    ///
    /// # Errors
    /// 404 when it is not in the fleet (any more); `engine.lost` when its time is over.
    pub(super) async fn up(&mut self, id: &EngineId, until: Instant) -> Result<Up, Problem> {
        let mut waited = false;
        loop {
            self.changes.borrow_and_update();
            let snapshot = (self.now)();
            let Some(state) = snapshot.engines.get(id) else {
                return Err(Problem::not_found("engine", id));
            };
            if let Some(connection) = state.connection.clone() {
                let turn = state.connected;
                return Ok(Up {
                    connection,
                    turn,
                    waited,
                });
            }
            waited = true;
            match timeout_at(until, self.changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(lost()),
            }
        }
    }

    /// Waits until an engine is down, or was connected to anew.
    pub(super) async fn turned(&mut self, id: &EngineId, turn: u64) {
        loop {
            self.changes.borrow_and_update();
            let snapshot = (self.now)();
            let is_same = |state: &Arc<crate::EngineState>| state.connection.is_some() && state.connected == turn;
            if !snapshot.engines.get(id).is_some_and(is_same) || self.changes.changed().await.is_err() {
                return;
            }
        }
    }
}
