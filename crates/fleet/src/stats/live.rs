//! One container's measurements as they come: the newest for all who look, and what a slot of its past is made of.
use super::figures::{Mean, One, figures};
use super::interest::Look;
use shipyard_model::stream::Sample;
use shipyard_model::{Problem, Usage};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What is heard of a container.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Nothing yet.
    Waiting,
    /// A measurement.
    Sample(Sample),
    /// It does not run.
    Ended,
    /// It cannot be measured.
    Failed(Problem),
}

/// A container that is measured.
#[derive(Debug)]
pub(crate) struct Live {
    newest: watch::Sender<Heard>,
    gathered: Mutex<Gathered>,
    streamed: AtomicBool,
}

#[derive(Debug, Default)]
struct Gathered {
    before: Option<Sample>,
    mean: Mean<6>,
    /// The newest since it was last taken.
    usage: Option<(Usage, One)>,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            newest: watch::channel(Heard::Waiting).0,
            gathered: Mutex::default(),
            streamed: AtomicBool::new(false),
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a measurement in whose CPU share is known.
    pub(crate) fn sample(&self, sample: Sample) {
        let mut gathered = self.gathered();
        let figures = figures(gathered.before.as_ref(), &sample);
        gathered.mean.add(figures);
        gathered.usage = Some((usage(&sample), figures));
        gathered.before = Some(sample);
        drop(gathered);
        self.newest.send_replace(Heard::Sample(sample));
    }

    /// Tells those who look, unless they know.
    pub(crate) fn tell(&self, heard: Heard) {
        self.newest.send_if_modified(|now| {
            let news = *now != heard;
            *now = heard;
            news
        });
    }

    /// The newest measurement, once.
    pub(crate) fn take_usage(&self) -> Option<(Usage, One)> {
        self.gathered().usage.take()
    }

    /// Whether there is a measurement to take.
    pub(crate) fn has_usage(&self) -> bool {
        self.gathered().usage.is_some()
    }

    /// The mean since the last time.
    pub(crate) fn close(&self) -> Option<One> {
        let mean = std::mem::take(&mut self.gathered().mean);
        (!mean.is_empty()).then(|| mean.value())
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        self.newest.receiver_count() > 0
    }

    /// Whether it has a stream of its own.
    pub(crate) fn is_streamed(&self) -> bool {
        self.streamed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_streamed(&self, streamed: bool) {
        self.streamed.store(streamed, Ordering::Relaxed);
    }

    /// Somebody more listens. What ended before they came may go on by now: they wait for what is heard next.
    pub(crate) fn listen(&self) -> watch::Receiver<Heard> {
        self.newest.send_if_modified(|now| match now {
            Heard::Ended | Heard::Failed(_) => {
                *now = Heard::Waiting;
                false
            }
            Heard::Waiting | Heard::Sample(_) => false,
        });
        let mut receiver = self.newest.subscribe();
        receiver.mark_changed();
        receiver
    }
}

/// What of a measurement a table shows.
pub(crate) fn usage(sample: &Sample) -> Usage {
    Usage {
        cpu_percent: sample.cpu_percent,
        memory: sample.memory,
        memory_limit: sample.memory_limit,
    }
}

/// Follows one container's measurements. Who is slow misses some, never the newest. Dropping it ends it.
pub struct Viewer {
    pub(crate) heard: watch::Receiver<Heard>,
    pub(crate) _live: Arc<Live>,
    pub(crate) _look: Look,
}

impl Viewer {
    /// What is heard next: at once what is known, then as it comes, about once a second.
    pub async fn next(&mut self) -> Heard {
        loop {
            if self.heard.changed().await.is_err() {
                return Heard::Ended;
            }
            let heard = self.heard.borrow_and_update().clone();
            if heard != Heard::Waiting {
                return heard;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{Bytes, Millis};

    fn at(ms: i64, cpu: f32, net: u64) -> Sample {
        Sample {
            at: Millis(ms),
            cpu_percent: cpu,
            memory: Bytes::new(10),
            net_in: Bytes::new(net),
            ..Sample::default()
        }
    }

    #[test]
    fn a_slot_is_the_mean_of_what_came_in_it() {
        let live = Live::new();
        assert_eq!(live.close(), None);
        live.sample(at(1000, 10.0, 0));
        live.sample(at(2000, 20.0, 500));
        assert_eq!(live.take_usage().unwrap().0.cpu_percent, 20.0);
        assert!(live.take_usage().is_none(), "once");
        let mean = live.close().unwrap();
        assert_eq!((mean[0], mean[1], mean[2]), (15.0, 10.0, 500.0));
        assert_eq!(live.close(), None);
        live.sample(at(4000, 1.0, 1500));
        assert_eq!(live.close().unwrap()[2], 500.0, "from the one in the slot before");
    }

    #[test]
    fn who_comes_late_is_told_the_newest_and_no_end_of_before() {
        let live = Live::new();
        live.sample(at(1000, 10.0, 0));
        let mut first = live.listen();
        assert!(first.has_changed().unwrap());
        assert_eq!(*first.borrow_and_update(), Heard::Sample(at(1000, 10.0, 0)));
        live.tell(Heard::Ended);
        assert_eq!(*first.borrow_and_update(), Heard::Ended);
        live.tell(Heard::Ended);
        assert!(!first.has_changed().unwrap(), "once");
        let mut second = live.listen();
        assert_eq!(*second.borrow_and_update(), Heard::Waiting);
        live.tell(Heard::Ended);
        assert!(second.has_changed().unwrap(), "it has indeed ended");
    }
}
