//! How often engines are asked for a sign of life. A few are asked every three seconds, so that one which hangs is known within
//! five; of a thousand, each is asked about once a minute, as the fleet as a whole is asked no more than sixteen times a
//! second. What is asked of an engine for another reason and is not answered in time makes it be asked at once.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Time between two pings of an engine in a small fleet; with its deadline of 2 s a hung engine is known after 5 s.
const SHORTEST: Duration = Duration::from_secs(3);
/// Pings a second of the whole fleet.
const RATE: u32 = 16;

/// The pace of one fleet's followers, which share it. A clone is the same pace.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat(Arc<AtomicUsize>);

impl Heartbeat {
    /// One more engine is followed, until what is given back is dropped.
    pub(crate) fn join(&self) -> Beat {
        self.0.fetch_add(1, Ordering::Relaxed);
        Beat(Arc::clone(&self.0))
    }
}

/// One engine's part in the pace.
pub(crate) struct Beat(Arc<AtomicUsize>);

impl Beat {
    /// Time from one ping to the next.
    pub(crate) fn interval(&self) -> Duration {
        let engines = u32::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        SHORTEST.max(Duration::from_secs(1).saturating_mul(engines) / RATE)
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_fleet_is_asked_no_more_often_in_all() {
        let heartbeat = Heartbeat::default();
        let few: Vec<_> = (0..3).map(|_| heartbeat.join()).collect();
        assert_eq!(few[0].interval(), Duration::from_secs(3));
        let many: Vec<_> = (0..1597).map(|_| heartbeat.join()).collect();
        assert_eq!(few[0].interval(), Duration::from_secs(100));
        drop(many);
        assert_eq!(few[0].interval(), Duration::from_secs(3));
    }
}
