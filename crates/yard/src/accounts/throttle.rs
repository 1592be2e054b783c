//! Slows guessing: after a few free failures each further one doubles the wait. Pure; the clock is given.
//!
//! Three counts for each attempt: for the account from that address (few free), for the address whatever the account,
//! and for the account from anywhere (more free, and a shorter longest wait, so that a stranger who keeps failing cannot
//! lock somebody out for long). Loopback is the address of everybody behind a proxy on this machine, so as an address
//! it is slowed late and little. An attempt counts as a failure from its beginning, so that many at once are no way
//! around. Names that do not exist are counted like those that do.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Counts that are kept at most; the oldest are forgotten beyond it.
const MOST: usize = 20_000;
/// A count without a new failure for so long is forgotten.
const MEMORY: Duration = Duration::from_secs(15 * 60);
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How a kind of count slows.
struct Limit {
    free: u32,
    longest: Duration,
}

const BOTH: Limit = Limit {
    free: 5,
    longest: Duration::from_secs(300),
};
const ADDRESS: Limit = Limit {
    free: 20,
    longest: Duration::from_secs(300),
};
const LOOPBACK: Limit = Limit {
    free: 100,
    longest: Duration::from_secs(5),
};
const ACCOUNT: Limit = Limit {
    free: 20,
    longest: Duration::from_secs(60),
};

impl Limit {
    /// The wait after so many failures.
    fn wait(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free + 1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_WAIT
                .saturating_mul(2u32.saturating_pow(doublings))
                .min(self.longest),
        }
    }
}

struct Count {
    failures: u32,
    last: Instant,
}

/// An attempt under way. Keys are hashes: an attacker's long names take no memory.
pub(crate) struct Attempt([(u64, &'static Limit); 3]);

/// The counts.
#[derive(Default)]
pub(crate) struct Throttle {
    counts: HashMap<u64, Count>,
    seed: RandomState,
}

impl Throttle {
    /// Begins an attempt, or says how long to wait.
    pub(crate) fn begin(&mut self, name: &str, from: Option<IpAddr>, now: Instant) -> Result<Attempt, Duration> {
        let name = name.trim().to_lowercase();
        let network = from.map(network);
        let local = from.is_none_or(|from| from.to_canonical().is_loopback());
        let attempt = Attempt([
            (self.seed.hash_one((0, &name, network)), &BOTH),
            (
                self.seed.hash_one((1, network)),
                if local { &LOOPBACK } else { &ADDRESS },
            ),
            (self.seed.hash_one((2, &name)), &ACCOUNT),
        ]);
        let wait = attempt.0.iter().map(|(key, limit)| self.wait(*key, limit, now)).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for (key, _) in &attempt.0 {
            let count = self.counts.entry(*key).or_insert(Count { failures: 0, last: now });
            if now.saturating_duration_since(count.last) >= MEMORY {
                count.failures = 0;
            }
            count.failures = count.failures.saturating_add(1);
            count.last = now;
        }
        self.forget(now);
        Ok(attempt)
    }

    /// The attempt was right: the account has its free failures from there again.
    pub(crate) fn succeeded(&mut self, attempt: &Attempt) {
        self.undo(attempt);
        let [(both, _), ..] = attempt.0;
        self.counts.remove(&both);
    }

    /// The attempt was no attempt.
    pub(crate) fn undo(&mut self, attempt: &Attempt) {
        for (key, _) in &attempt.0 {
            if let Some(count) = self.counts.get_mut(key) {
                count.failures = count.failures.saturating_sub(1);
            }
        }
    }

    fn wait(&self, key: u64, limit: &Limit, now: Instant) -> Duration {
        let Some(count) = self.counts.get(&key) else {
            return Duration::ZERO;
        };
        let since = now.saturating_duration_since(count.last);
        limit.wait(count.failures).saturating_sub(since)
    }

    /// Keeps the memory bounded: what is old goes, and beyond the limit the older half.
    fn forget(&mut self, now: Instant) {
        if self.counts.len() <= MOST {
            return;
        }
        self.counts
            .retain(|_, c| now.saturating_duration_since(c.last) < MEMORY);
        if self.counts.len() > MOST {
            let mut times: Vec<Instant> = self.counts.values().map(|c| c.last).collect();
            let half = times.len() / 2;
            let (_, middle, _) = times.select_nth_unstable(half);
            let middle = *middle;
            self.counts.retain(|_, c| c.last > middle);
        }
    }
}

/// An IPv6 host has a whole /64 to choose its address from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
