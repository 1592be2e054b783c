//! What happens by itself after a while: a health check that says something, a process that ends. One task and one timer
//! for the whole fleet.
use crate::chance::Id;
use crate::engine::Engine;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Then {
    /// The health check of a run is content.
    Healthy { id: Id, run: u32 },
    /// A run ends.
    End { id: Id, run: u32, code: i32 },
}

type Due = Reverse<(Instant, usize, Then)>;

/// All that is planned.
#[derive(Default)]
pub(crate) struct Later {
    due: Mutex<BinaryHeap<Due>>,
    sooner: Notify,
}

impl Later {
    fn heap(&self) -> std::sync::MutexGuard<'_, BinaryHeap<Due>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, engine: usize, after: Duration, then: Then) {
        let at = Instant::now() + after;
        let mut heap = self.heap();
        let is_first = heap.peek().is_none_or(|Reverse((first, ..))| at < *first);
        heap.push(Reverse((at, engine, then)));
        drop(heap);
        if is_first {
            self.sooner.notify_one();
        }
    }

    /// Lets things happen for as long as there are engines.
    pub(crate) async fn run(self: Arc<Self>, engines: Vec<Weak<Engine>>) {
        loop {
            let next = self.heap().peek().map(|Reverse((at, ..))| *at);
            match next {
                None => self.sooner.notified().await,
                Some(at) => {
                    tokio::select! {
                        () = sleep_until(at) => {}
                        () = self.sooner.notified() => continue,
                    }
                    if !self.happen(&engines) {
                        return;
                    }
                }
            }
        }
    }

    fn happen(&self, engines: &[Weak<Engine>]) -> bool {
        let now = Instant::now();
        loop {
            let mut heap = self.heap();
            match heap.peek() {
                Some(Reverse((at, ..))) if *at <= now => {}
                _ => return true,
            }
            let Some(Reverse((_, engine, then))) = heap.pop() else {
                return true;
            };
            drop(heap);
            let Some(engine) = engines.get(engine).and_then(Weak::upgrade) else {
                return false;
            };
            engine.with(|daemon| daemon.come_true(&then));
        }
    }
}
