//! What those who knock did lately: how often, and which deliveries came already. Pure but for its lock; the clock is given.
use shipyard_model::Problem;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// In this time so many are let in.
const WINDOW: Duration = Duration::from_secs(60);
/// From one address, whatever it shows.
const FROM_ADDRESS: u32 = 120;
/// With one key.
const WITH_KEY: u32 = 30;
/// Most callers that are remembered; beyond it those of the newest window alone.
const CALLERS: usize = 10_000;
/// A delivery is remembered this long: longer than its time may be off, in both directions.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);
/// Most deliveries that are remembered. More are refused, not forgotten: a forgotten one could come again.
const DELIVERIES: usize = 20_000;

#[derive(Default)]
pub(super) struct Memory(Mutex<Lately>);

#[derive(Default)]
struct Lately {
    counts: HashMap<String, (Instant, u32)>,
    seen: HashSet<(String, String)>,
    order: VecDeque<(Instant, (String, String))>,
}

impl Memory {
    fn lately(&self) -> MutexGuard<'_, Lately> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a knock from an address.
    pub(super) fn by_address(&self, address: &str, now: Instant) -> Result<(), Problem> {
        self.lately().count(format!("address {address}"), FROM_ADDRESS, now)
    }

    /// Counts a knock with a key that there is.
    pub(super) fn by_key(&self, id: &str, now: Instant) -> Result<(), Problem> {
        self.lately().count(format!("key {id}"), WITH_KEY, now)
    }

    /// Takes a delivery, once.
    pub(super) fn deliver(&self, key: &str, delivery: &str, now: Instant) -> Result<(), Problem> {
        let mut lately = self.lately();
        while let Some((at, _)) = lately.order.front()
            && now.duration_since(*at) > REMEMBERED
        {
            if let Some((_, old)) = lately.order.pop_front() {
                lately.seen.remove(&old);
            }
        }
        let place = (key.to_owned(), delivery.to_owned());
        if lately.seen.contains(&place) {
            return Err(Problem::new(409, "webhook.again", "This delivery came already."));
        }
        if lately.order.len() >= DELIVERIES {
            return Err(slow(WINDOW));
        }
        lately.seen.insert(place.clone());
        lately.order.push_back((now, place));
        Ok(())
    }
}

impl Lately {
    fn count(&mut self, who: String, most: u32, now: Instant) -> Result<(), Problem> {
        if self.counts.len() >= CALLERS && !self.counts.contains_key(&who) {
            self.counts.retain(|_, (began, _)| now.duration_since(*began) < WINDOW);
            if self.counts.len() >= CALLERS {
                return Err(slow(WINDOW));
            }
        }
        let (began, count) = self.counts.entry(who).or_insert((now, 0));
        if now.duration_since(*began) >= WINDOW {
            (*began, *count) = (now, 0);
        }
        if *count >= most {
            return Err(slow(WINDOW.saturating_sub(now.duration_since(*began))));
        }
        *count += 1;
        Ok(())
    }
}

fn slow(left: Duration) -> Problem {
    let seconds = left.as_secs().max(1);
    let detail = format!("Too many calls of webhooks. Try again in {seconds} s.");
    Problem::new(429, "webhook.slow", detail).arg("seconds", seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_slowed_and_others_are_not() {
        let (memory, now) = (Memory::default(), Instant::now());
        for _ in 0..WITH_KEY {
            memory.by_key("a", now).unwrap();
        }
        assert_eq!(memory.by_key("a", now).unwrap_err().code, "webhook.slow");
        memory.by_key("b", now).unwrap();
        memory.by_address("a", now).unwrap();
        memory.by_key("a", now + WINDOW).unwrap();
    }

    #[test]
    fn no_more_callers_are_kept_than_there_is_room_for() {
        let (memory, now) = (Memory::default(), Instant::now());
        for n in 0..CALLERS {
            memory.by_address(&n.to_string(), now).unwrap();
        }
        assert!(memory.by_address("one more", now).is_err());
        memory.by_address("7", now).unwrap();
        memory.by_address("one more", now + WINDOW).unwrap();
        assert_eq!(memory.lately().counts.len(), 1);
    }

    #[test]
    fn a_delivery_is_taken_once() {
        let (memory, now) = (Memory::default(), Instant::now());
        memory.deliver("a", "1", now).unwrap();
        assert_eq!(memory.deliver("a", "1", now).unwrap_err().code, "webhook.again");
        memory.deliver("b", "1", now).unwrap();
        memory.deliver("a", "1", now + REMEMBERED * 2).unwrap();
    }
}
