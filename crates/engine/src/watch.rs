//! One connected engine being watched: its stream of events, and the questions that keep its copy true.
use crate::call_error::CallError;
use crate::connection::Connection;
use crate::event::{Heard, hear};
use crate::mirror::Mirror;
use crate::wire::Limits;
use bollard::query_parameters::EventsOptions;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use shipyard_model::{Container, ContainerId, Millis};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Events waiting for us. Docker drops events for a subscriber that does not take them within 100 ms, so they are taken
/// at once; with more than these a list repairs what was left out.
const QUEUE: usize = 8192;
/// How far back events are asked for again. Docker confirms a subscription shortly before it takes effect, and reports a
/// `die` before its list knows it: whatever falls between is repeated.
const OVERLAP: Duration = Duration::from_secs(10);

/// An event that comes so much later than they do at best was waiting for us, and Docker may have dropped others: it keeps 1,024 for
/// each subscriber and waits 100 ms for room (<https://github.com/moby/moby/blob/v20.10.24/daemon/events/events.go>).
const LATE: Duration = Duration::from_millis(100);

/// Notices events that come late, by the engine's clock and ours, whatever the two differ by.
struct Lateness {
    /// Earlier ones are repeated from before, and late by their nature.
    since: i64,
    best: Option<i64>,
}

impl Lateness {
    /// Whether an event of that moment came late, both in nanoseconds.
    fn is_late(&mut self, at: i64, now: i64) -> bool {
        if at < self.since {
            return false;
        }
        let took = now.saturating_sub(at);
        let best = self.best.map_or(took, |best| best.min(took));
        self.best = Some(best);
        took.saturating_sub(best) > i64::try_from(LATE.as_nanos()).unwrap_or(i64::MAX)
    }
}

fn now_nanos() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// A subscription to an engine's events.
struct Events {
    /// In boxes, for a queue has room for many from the beginning, and each of a thousand engines has one.
    queue: mpsc::Receiver<Box<Heard>>,
    missed: Arc<AtomicBool>,
    _reader: AbortOnDropHandle<()>,
}

impl Events {
    /// Subscribes, and waits until the engine confirms. Events since `last` (in nanoseconds) come first, as far as
    /// Docker still has them.
    async fn subscribe(connection: &Connection, clock: Option<Millis>, last: i64) -> Result<Self, CallError> {
        let (docker, meter) = connection.wire().docker_stream(connection.version())?;
        let overlap = i64::try_from(OVERLAP.as_millis()).unwrap_or(0);
        let since = clock.map(|now| now.0.saturating_sub(overlap).saturating_mul(1_000_000).min(last).max(0));
        let kinds = ["container", "image", "network"].map(str::to_owned).to_vec();
        let options = EventsOptions {
            since: since.map(|nanos| format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)),
            until: None,
            filters: Some(HashMap::from([("type".to_owned(), kinds)])),
        };
        let mut stream = docker.events(Some(options)).boxed();
        let (sender, queue) = mpsc::channel(QUEUE);
        let missed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&missed);
        let refill = meter.clone();
        let mut lateness = Lateness {
            since: clock.unwrap_or_else(Millis::now).0.saturating_mul(1_000_000),
            best: None,
        };
        let (failure, failed) = tokio::sync::oneshot::channel();
        let reader = tokio::spawn(async move {
            while let Some(next) = stream.next().await {
                refill.refill();
                let message = match next {
                    Ok(message) => message,
                    Err(error) => {
                        tracing::debug!("the stream of events broke");
                        // Of interest only while the subscription is awaited.
                        let _ = failure.send(error);
                        return;
                    }
                };
                let Some(heard) = hear(message) else { continue };
                if lateness.is_late(heard.nanos, now_nanos()) {
                    flag.store(true, Ordering::Relaxed);
                }
                match sender.try_send(Box::new(heard)) {
                    Ok(()) => {}
                    Err(mpsc::error::TrySendError::Full(_)) => flag.store(true, Ordering::Relaxed),
                    Err(mpsc::error::TrySendError::Closed(_)) => return,
                }
            }
        });
        let events = Self {
            queue,
            missed,
            _reader: AbortOnDropHandle::new(reader),
        };
        let seconds = Limits::STREAM.deadline.as_secs();
        tokio::select! {
            () = meter.begun() => Ok(events),
            Ok(error) = failed => Err(CallError::from_docker(error, connection.wire().address(), seconds)),
            () = tokio::time::sleep(Limits::STREAM.deadline) => Err(CallError::TooSlow { seconds }),
        }
    }
}

/// The answer to a question about containers.
pub(crate) struct Answer {
    /// About which ones; `None` for all.
    asked: Option<Vec<ContainerId>>,
    list: Result<Vec<Container>, CallError>,
}

/// An engine that is up, and its copy.
pub(crate) struct Live {
    pub(crate) mirror: Mirror,
    pub(crate) connection: Connection,
    begun: Instant,
    events: Events,
}

impl Live {
    /// Subscribes, then lists; in this order nothing falls between.
    pub(crate) async fn begin(connection: &Connection, clock: Option<Millis>, last: i64) -> Result<Self, CallError> {
        let events = Events::subscribe(connection, clock, last).await?;
        let mut mirror = Mirror::of(clock.map(|clock| clock.0));
        mirror.asking(0);
        let list = connection.list().await?;
        mirror.whole(list, 0);
        Ok(Self {
            mirror,
            connection: connection.clone(),
            begun: Instant::now(),
            events,
        })
    }

    /// Milliseconds since this began: the mirror's clock.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// A moment of the mirror's clock.
    pub(crate) fn at(&self, millis: i64) -> Instant {
        self.begun + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// The next event; `None` when the stream has broken.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        self.events.queue.recv().await.map(|heard| *heard)
    }

    /// The next event, if it is here already.
    pub(crate) fn ready(&mut self) -> Option<Heard> {
        self.events.queue.try_recv().ok().map(|heard| *heard)
    }

    /// Whether something was missed that only a list of all repairs.
    pub(crate) fn must_list(&mut self) -> bool {
        let missed = self.events.missed.swap(false, Ordering::Relaxed);
        self.mirror.take_whole_wanted() || missed
    }

    /// Asks for all, or for what is due; `None` when nothing is.
    pub(crate) fn ask(&mut self, whole: bool) -> Option<BoxFuture<'static, Answer>> {
        let connection = self.connection.clone();
        if whole {
            self.mirror.asking(self.now());
            return Some(Box::pin(async move {
                Answer {
                    asked: None,
                    list: connection.list().await,
                }
            }));
        }
        let now = self.now();
        let ids = self.mirror.take_due(now);
        if ids.is_empty() {
            return None;
        }
        self.mirror.asking(self.now());
        Some(Box::pin(async move {
            let list = connection.some(&ids).await;
            Answer { asked: Some(ids), list }
        }))
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// The call's, when the engine cannot be listed.
    pub(crate) fn answered(&mut self, answer: Answer) -> Result<(), CallError> {
        let now = self.now();
        match (answer.asked, answer.list) {
            (None, Ok(list)) => self.mirror.whole(list, now),
            (Some(ids), Ok(list)) => self.mirror.some(&ids, list, now),
            (_, Err(error)) => return Err(error),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_is_what_waited_longer_than_others() {
        const MS: i64 = 1_000_000;
        let mut lateness = Lateness {
            since: 1000 * MS,
            best: None,
        };
        assert!(!lateness.is_late(10 * MS, 5000 * MS), "repeated from before");
        // The engine's clock is two seconds behind.
        assert!(!lateness.is_late(1000 * MS, 3000 * MS));
        assert!(!lateness.is_late(1100 * MS, 3110 * MS));
        assert!(lateness.is_late(1200 * MS, 3350 * MS));
        assert!(!lateness.is_late(1400 * MS, 3405 * MS));
    }
}
