//! What an engine reports: the last 256 events, and who listens.
//!
//! As in dockerd (`daemon/events`, `pkg/pubsub`): a listener's queue holds 1,024 events; what waits behind it for longer
//! than 100 ms is dropped, and nobody is told. In dockerd one that waits also holds up all that come after it; here it
//! does not.
use crate::event::{Actor, Event};
use crate::filters::Filters;
use crate::world::World;
use bytes::{Bytes, BytesMut};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Events kept.
const KEPT: usize = 256;
/// Events that wait for one listener.
const QUEUE: usize = 1024;
/// How long one may wait for a place in the queue.
const PATIENCE: Duration = Duration::from_millis(100);
/// Events are put together into frames of about this size when many wait.
const FRAME: usize = 32 * 1024;

#[derive(Default)]
struct Waiting {
    events: VecDeque<(Instant, Bytes)>,
    dropped: u64,
    over: bool,
}

/// A listener's queue.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    more: Notify,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: Bytes) {
        let mut waiting = self.lock();
        waiting.forget();
        waiting.events.push_back((Instant::now(), event));
        drop(waiting);
        self.more.notify_one();
    }

    /// Ends the stream.
    fn end(&self) {
        self.lock().over = true;
        self.more.notify_one();
    }

    /// All that waits, up to a frame; `None` at the end.
    pub(crate) async fn next(&self) -> Option<Bytes> {
        loop {
            if let Some(ready) = self.take() {
                return ready;
            }
            self.more.notified().await;
        }
    }

    fn take(&self) -> Option<Option<Bytes>> {
        let mut waiting = self.lock();
        waiting.forget();
        let Some((_, first)) = waiting.events.pop_front() else {
            return waiting.over.then_some(None);
        };
        if waiting.events.is_empty() {
            return Some(Some(first));
        }
        let mut frame = BytesMut::from(first);
        while frame.len() < FRAME {
            let Some((_, event)) = waiting.events.pop_front() else {
                break;
            };
            frame.extend_from_slice(&event);
        }
        Some(Some(frame.freeze()))
    }
}

impl Waiting {
    /// Drops what waited too long for a place in the queue.
    fn forget(&mut self) {
        while let Some((since, _)) = self.events.get(QUEUE)
            && since.elapsed() > PATIENCE
        {
            self.events.remove(QUEUE);
            self.dropped += 1;
        }
    }
}

struct Listener {
    filters: Filters,
    queue: Arc<Queue>,
}

/// An engine's events.
#[derive(Default)]
pub(crate) struct Feed {
    kept: VecDeque<Event>,
    listeners: Vec<Listener>,
    dropped: u64,
    /// Time of the newest: no two have the same.
    last: i64,
}

impl Feed {
    /// Reports something; yields its time.
    pub(crate) fn publish(
        &mut self,
        world: &World,
        engine: usize,
        now: i64,
        action: Cow<'static, str>,
        actor: Actor,
    ) -> i64 {
        // A clock that was set back is not hidden, but two events of one moment are.
        let nanos = if now <= self.last && self.last - now < 1_000_000 {
            self.last + 1
        } else {
            now
        };
        self.last = nanos;
        let event = Event { nanos, action, actor };
        self.listeners.retain(|listener| {
            let heard = Arc::strong_count(&listener.queue) > 1;
            if !heard {
                self.dropped += listener.queue.lock().dropped;
            }
            heard
        });
        let mut text = None;
        for listener in &self.listeners {
            if listener.filters.take_event(&event, world, engine) {
                let text = text.get_or_insert_with(|| event.encode(world, engine));
                listener.queue.push(text.clone());
            }
        }
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
        nanos
    }

    /// Begins to listen: what is kept since then comes first, where that is asked for.
    pub(crate) fn listen(&mut self, filters: Filters, since: Option<i64>, world: &World, engine: usize) -> Arc<Queue> {
        let queue = Arc::new(Queue::default());
        if since.is_some() {
            for event in self.past(&filters, since, None, world, engine) {
                queue.push(event);
            }
        }
        self.listeners.push(Listener {
            filters,
            queue: Arc::clone(&queue),
        });
        queue
    }

    /// What is kept of a span of time.
    pub(crate) fn past(
        &self,
        filters: &Filters,
        since: Option<i64>,
        until: Option<i64>,
        world: &World,
        engine: usize,
    ) -> Vec<Bytes> {
        let within = |event: &&Event| since.is_none_or(|s| event.nanos >= s) && until.is_none_or(|u| event.nanos <= u);
        let wanted = self.kept.iter().filter(within);
        wanted
            .filter(|event| filters.take_event(event, world, engine))
            .map(|event| event.encode(world, engine))
            .collect()
    }

    /// Streams open now.
    pub(crate) fn listeners(&self) -> usize {
        self.listeners
            .iter()
            .filter(|l| Arc::strong_count(&l.queue) > 1)
            .count()
    }

    /// Events that listeners lost.
    pub(crate) fn dropped(&self) -> u64 {
        self.listeners
            .iter()
            .fold(self.dropped, |sum, listener| sum + listener.queue.lock().dropped)
    }

    /// As after a restart: nothing is kept, nobody listens.
    pub(crate) fn reset(&mut self) {
        for listener in self.listeners.drain(..) {
            listener.queue.end();
        }
        self.kept.clear();
    }
}
