//! Follows one engine for as long as somebody wants it: connected or trying, and its containers always true.
use crate::call_error::CallError;
use crate::connect_error::ConnectError;
use crate::connection::Connection;
use crate::credentials::Credentials;
use crate::event::{EngineEvent, Heard};
use crate::heartbeat::{Beat, Heartbeat};
use crate::retry::{Retry, about};
use crate::watch::{Answer, Live};
use futures_util::future::BoxFuture;
use shipyard_model::engine::EngineProbe;
use shipyard_model::{Container, ContainerId, EngineAddress, EngineId, Millis, Problem};
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

/// Time between two lists when nothing went wrong: a net under the events, not a means.
const LIST_EVERY: Duration = Duration::from_secs(600);
/// Time from one list to the next, when events may be missing: in a storm of them they are all the time.
const LISTS_APART: Duration = Duration::from_secs(1);
/// An engine that was up for less is not trusted to stay, so that waits go on growing.
const STABLE: Duration = Duration::from_secs(5);
/// Events handled before anything else gets its turn.
const BATCH: usize = 1024;

/// What became of an engine.
#[derive(Clone)]
pub enum Update {
    /// It answers. Comes again after each reconnection, always with the whole truth.
    Up {
        /// What it is.
        probe: Box<EngineProbe>,
        /// For calls, as long as it is up.
        connection: Connection,
        /// All its containers.
        containers: Vec<Arc<Container>>,
    },
    /// Containers changed, or Docker reported something: both in one, so that what an event says and what it changed are seen
    /// together.
    Changes {
        /// New or changed.
        put: Vec<Arc<Container>>,
        /// Gone.
        gone: Vec<ContainerId>,
        /// What was reported, in its order. Events that happened while the engine was cut off come afterwards, as far as Docker
        /// still has them.
        events: Vec<EngineEvent>,
    },
    /// A sign of life.
    Pong {
        /// How long it took.
        response: Duration,
    },
    /// It does not answer.
    Down {
        /// Why.
        why: Problem,
        /// When it is tried again.
        retry_at: Millis,
    },
}

/// Ends the following when dropped.
pub struct Follower {
    wake: Arc<Notify>,
    _task: AbortOnDropHandle<()>,
}

impl Follower {
    /// Try now instead of at the next try's time. On an engine that is up, its list is read anew.
    pub fn retry_now(&self) {
        self.wake.notify_one();
    }
}

/// Follows an engine. Updates go to the channel, named by the engine; a slow receiver slows only this engine down.
/// Must be called within a Tokio runtime.
pub fn follow(
    engine: EngineId,
    address: EngineAddress,
    credentials: Option<Arc<Credentials>>,
    heartbeat: &Heartbeat,
    updates: mpsc::Sender<(EngineId, Update)>,
) -> Follower {
    let wake = Arc::new(Notify::new());
    let task = Task {
        engine,
        address,
        credentials,
        updates,
        wake: Arc::clone(&wake),
        beat: heartbeat.join(),
        last_event: 0,
    };
    Follower {
        wake,
        _task: AbortOnDropHandle::new(tokio::spawn(task.run())),
    }
}

/// Why a session ended.
enum Ended {
    /// Nobody listens any more.
    Unheard,
    /// It could not be reached, or did not answer.
    Failed(Problem),
    /// The stream of events broke; the engine may well be there.
    Broken,
}

struct Task {
    engine: EngineId,
    address: EngineAddress,
    credentials: Option<Arc<Credentials>>,
    updates: mpsc::Sender<(EngineId, Update)>,
    wake: Arc<Notify>,
    beat: Beat,
    /// Time of the newest event that was told, in the engine's nanoseconds; 0 before the first connection.
    last_event: i64,
}

impl Task {
    async fn run(mut self) {
        let mut retry = Retry::default();
        loop {
            let begun = Instant::now();
            let ended = self.session().await;
            let stable = begun.elapsed() > STABLE;
            if stable {
                retry.reset();
            }
            let why = match ended {
                Ended::Unheard => return,
                Ended::Broken if stable => continue,
                Ended::Broken => ConnectError::Closed {
                    address: self.address.to_string(),
                }
                .problem(),
                Ended::Failed(why) => why,
            };
            let wait = retry.next();
            tracing::debug!(engine = %self.engine, code = why.code, ?wait, "engine is down");
            let retry_at = Millis(
                Millis::now()
                    .0
                    .saturating_add(i64::try_from(wait.as_millis()).unwrap_or(0)),
            );
            if self.tell(Update::Down { why, retry_at }).await.is_err() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => {}
                () = self.updates.closed() => return,
            }
        }
    }

    async fn tell(&self, update: Update) -> Result<(), Ended> {
        self.updates
            .send((self.engine.clone(), update))
            .await
            .map_err(|_| Ended::Unheard)
    }

    /// Connects, subscribes, lists, and keeps the copy true until something fails.
    async fn session(&mut self) -> Ended {
        match self.connected().await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn connected(&mut self) -> Result<Infallible, Ended> {
        let opened = Connection::open_with_clock(&self.address, self.credentials.as_deref()).await;
        let (connection, probe, clock) = opened.map_err(|e| Ended::Failed(e.problem()))?;
        // What happened before we first came is not for our history; a clock that was set back must not mute it.
        let clock_nanos = clock.unwrap_or_else(Millis::now).0.saturating_mul(1_000_000);
        if self.last_event == 0 || self.last_event > clock_nanos {
            self.last_event = clock_nanos;
        }
        let mut live = Live::begin(&connection, clock, self.last_event)
            .await
            .map_err(|e| failed(&e))?;
        let containers = live.mirror.all();
        self.tell(Update::Up {
            probe: Box::new(probe),
            connection,
            containers,
        })
        .await?;
        self.keep(live).await
    }

    async fn keep(&mut self, mut live: Live) -> Result<Infallible, Ended> {
        let connection = live.connection.clone();
        let mut reading: Option<BoxFuture<'static, Answer>> = None;
        let mut pinging: Option<BoxFuture<'static, Result<Duration, CallError>>> = None;
        let mut next_ping = Instant::now() + about(self.beat.interval());
        let mut listed = Instant::now();
        let mut next_list = listed + about(LIST_EVERY);
        let mut events = Vec::new();
        loop {
            if reading.is_none() {
                if live.must_list() {
                    next_list = next_list.min(listed + LISTS_APART);
                }
                let whole = next_list <= Instant::now();
                if whole {
                    listed = Instant::now();
                    next_list = listed + about(LIST_EVERY);
                }
                reading = live.ask(whole);
            }
            let due = live.mirror.due().filter(|_| reading.is_none()).map(|due| live.at(due));
            tokio::select! {
                heard = live.next() => {
                    let heard = heard.ok_or(Ended::Broken)?;
                    self.hear(&mut live, heard, &mut events);
                }
                answer = done(&mut reading) => {
                    reading = None;
                    live.answered(answer).map_err(|e| failed(&e))?;
                }
                pong = done(&mut pinging) => {
                    let response = pong.map_err(|e| failed_ping(&e, &self.address))?;
                    pinging = None;
                    next_ping = Instant::now() + about(self.beat.interval());
                    self.tell(Update::Pong { response }).await?;
                }
                () = sleep_until(next_ping), if pinging.is_none() => {
                    let connection = connection.clone();
                    pinging = Some(Box::pin(async move { connection.ping().await }));
                }
                () = connection.wire().late(), if pinging.is_none() => next_ping = Instant::now(),
                () = sleep_until(due.unwrap_or(next_list)), if reading.is_none() => {}
                () = self.wake.notified() => next_list = Instant::now(),
            }
            let (put, gone) = live.mirror.take_changes();
            if !put.is_empty() || !gone.is_empty() || !events.is_empty() {
                let events = std::mem::take(&mut events);
                self.tell(Update::Changes { put, gone, events }).await?;
            }
        }
    }

    /// Takes an event and those that are there behind it.
    fn hear(&mut self, live: &mut Live, first: Heard, events: &mut Vec<EngineEvent>) {
        let mut next = Some(first);
        for _ in 0..BATCH {
            let Some(heard) = next else { break };
            if let Some((id, change)) = heard.change {
                let now = live.now();
                live.mirror.event(&id, change, heard.nanos / 1_000_000, now);
            }
            if heard.nanos > self.last_event {
                self.last_event = heard.nanos;
                events.extend(heard.event);
            }
            next = live.ready();
        }
    }
}

/// The end of a future, if there is one; else never.
async fn done<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

fn failed(error: &CallError) -> Ended {
    Ended::Failed(error.problem())
}

/// An engine that takes our connection and says nothing hangs.
fn failed_ping(error: &CallError, address: &EngineAddress) -> Ended {
    match error {
        CallError::TooSlow { seconds } => {
            let late = ConnectError::TimedOut {
                address: address.to_string(),
                seconds: *seconds,
            };
            Ended::Failed(late.problem())
        }
        CallError::Connect(ConnectError::Closed { .. }) => Ended::Broken,
        other => failed(other),
    }
}
