//! How long calls to engines take, of all engines together since the start, for monitoring. Streams without end are not among
//! them: they take as long as somebody looks.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper ends of the times that are told apart, in seconds.
const ENDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];

static ANSWERED: Times = Times::new();
static FAILED: Times = Times::new();

/// Counts of calls by the time that they took.
struct Times {
    /// One for each of [`ENDS`], and one for what took longer.
    buckets: [AtomicU64; ENDS.len() + 1],
    micros: AtomicU64,
}

/// The same at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTimes {
    /// Upper end of each bucket in seconds, and how many calls are in it alone; the last has no end.
    pub buckets: Vec<(f64, u64)>,
    /// How many calls there were.
    pub count: u64,
    /// Seconds that all of them took.
    pub sum: f64,
}

impl Times {
    const fn new() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; ENDS.len() + 1],
            micros: AtomicU64::new(0),
        }
    }

    fn took(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let place = ENDS.iter().position(|end| seconds <= *end).unwrap_or(ENDS.len());
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn now(&self) -> CallTimes {
        let counts = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let buckets: Vec<_> = ENDS.into_iter().chain([f64::MAX]).zip(counts).collect();
        CallTimes {
            count: buckets.iter().map(|(_, count)| count).sum(),
            sum: Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64(),
            buckets,
        }
    }
}

/// Notes a call that came to its end.
pub(crate) fn note(time: Duration, answered: bool) {
    if answered { &ANSWERED } else { &FAILED }.took(time);
}

/// The calls that were answered, and those that failed: refused, broken off, or too slow.
pub fn call_times() -> (CallTimes, CallTimes) {
    (ANSWERED.now(), FAILED.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_in_one_bucket() {
        let times = Times::new();
        for micros in [500, 1_000, 1_001, 30_000, 61_000_000] {
            times.took(Duration::from_micros(micros));
        }
        let now = times.now();
        let counts: Vec<u64> = now.buckets.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!((now.count, now.sum > 61.0), (5, true));
    }
}
