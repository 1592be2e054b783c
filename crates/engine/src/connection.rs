//! A connected engine: the handle over which all calls go.
use crate::call_error::CallError;
use crate::connect_error::ConnectError;
use crate::credentials::Credentials;
use crate::probe;
use crate::wire::{Limits, Wire};
use bollard::{ClientVersion, Docker};
use shipyard_model::engine::EngineProbe;
use shipyard_model::{ContainerId, EngineAddress, Millis};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Changes asked of one engine at once; more wait, so that a deploy does not smother its daemon.
const ACTS_AT_ONCE: usize = 8;

struct Inner {
    wire: Wire,
    version: ClientVersion,
    acts: Semaphore,
}

/// A connected engine, its API version negotiated. A clone is cheap and shares the kept-alive connections.
///
/// Every call has a deadline and a size limit. Dropping a call's future ends it on our side; what Docker was asked to
/// do may still happen.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

impl Connection {
    /// Connects and finds out what is there.
    ///
    /// # Errors
    /// [`ConnectError`], one kind for each cause.
    pub async fn open(
        address: &EngineAddress,
        credentials: Option<&Credentials>,
    ) -> Result<(Self, EngineProbe), ConnectError> {
        let (connection, probe, _) = Self::open_with_clock(address, credentials).await?;
        Ok((connection, probe))
    }

    /// The same, with the engine's clock.
    pub(crate) async fn open_with_clock(
        address: &EngineAddress,
        credentials: Option<&Credentials>,
    ) -> Result<(Self, EngineProbe, Option<Millis>), ConnectError> {
        let found = probe::find(address, credentials).await?;
        let inner = Inner {
            wire: found.wire,
            version: found.version,
            acts: Semaphore::new(ACTS_AT_ONCE),
        };
        Ok((Self(Arc::new(inner)), found.probe, found.engine_time))
    }

    /// Asks for a sign of life, for at most 2 s.
    ///
    /// # Errors
    /// [`CallError`] when none came.
    pub async fn ping(&self) -> Result<Duration, CallError> {
        let begun = Instant::now();
        self.0.wire.ping(Limits::PING).await?;
        Ok(begun.elapsed())
    }

    /// Docker's own answer about a container, with all that it says; at most 4 MiB.
    ///
    /// # Errors
    /// [`CallError`]; 404 when there is none of this id.
    pub async fn inspect(&self, id: &ContainerId) -> Result<serde_json::Value, CallError> {
        let path = format!("/containers/{}/json", path_id(id)?);
        self.0.wire.get_json(&path, Limits::INSPECT).await
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.0.wire
    }

    pub(crate) fn version(&self) -> &ClientVersion {
        &self.0.version
    }

    pub(crate) fn docker(&self, limits: Limits) -> Result<Docker, CallError> {
        self.0.wire.docker(&self.0.version, limits)
    }

    /// Waits for a turn to change something; `None` never comes, as the semaphore is not closed.
    pub(crate) async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.0.acts.acquire().await.ok()
    }
}

/// A container id that may stand in a request's path.
pub(crate) fn path_id(id: &ContainerId) -> Result<&str, CallError> {
    let text = id.as_str();
    if is_id(text) {
        Ok(text)
    } else {
        Err(CallError::docker(404, "No such container"))
    }
}

/// Whether a text has the shape of Docker's ids, full or shortened.
pub(crate) fn is_id(text: &str) -> bool {
    (12..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}
