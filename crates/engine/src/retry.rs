//! How long to wait before the next try: full jitter, so that a thousand engines do not come back in step.
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// Below this a retry would be a busy loop.
const SHORTEST: Duration = Duration::from_millis(200);

/// Waits that grow with each failure.
#[derive(Default)]
pub struct Retry {
    failures: u32,
}

impl Retry {
    /// The next wait: between 0.2 s and a bound that doubles from 0.5 s to 30 s.
    pub fn wait(&mut self) -> Duration {
        self.next()
    }

    pub(crate) fn next(&mut self) -> Duration {
        let bound = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(random()).max(SHORTEST)
    }

    /// All is well again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// About so long: between 70 % and 130 %.
pub(crate) fn about(time: Duration) -> Duration {
    time.mul_f64(0.7 + 0.6 * random())
}

/// Evenly between 0 and 1. Without the system's random numbers the middle is good enough for a wait.
fn random() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound() {
        let mut retry = Retry::default();
        for _ in 0..100 {
            let wait = retry.next();
            assert!(wait >= SHORTEST && wait <= LONGEST);
        }
        retry.reset();
        assert!(retry.next() <= FIRST);
    }
}
