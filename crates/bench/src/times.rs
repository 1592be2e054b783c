//! Times that were measured, and what is said of them.
use std::time::Duration;

/// Times, in the order of their length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Times {
    /// The time that this share of them did not exceed, in milliseconds; not a number when there are none.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let place = (share * last as f64).round() as usize;
        self.0.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }

    /// Half of them took no longer, in milliseconds.
    pub(crate) fn p50(&self) -> f64 {
        self.at(0.5)
    }

    /// 99 of 100 took no longer, in milliseconds.
    pub(crate) fn p99(&self) -> f64 {
        self.at(0.99)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_the_sorted_times() {
        let times: Times = (1..=101).rev().map(Duration::from_millis).collect();
        assert_eq!((times.p50(), times.p99(), times.at(1.0)), (51.0, 100.0, 101.0));
        assert!(Times::default().p50().is_nan());
    }
}
