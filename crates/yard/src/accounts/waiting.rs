//! What was shown to somebody and waits for an answer: in memory, for some minutes, and not too many at once.
use shipyard_model::Millis;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long an answer is waited for.
const WAITS_MS: i64 = 15 * 60 * 1000;
/// How many wait at once. Who is not signed in may make some wait, so the oldest must give way.
const MOST: usize = 10_000;

/// What waits, by a name.
pub(super) struct Waiting<T>(Mutex<HashMap<String, (Millis, T)>>);

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Waiting<T> {
    /// Has something wait, in the place of what waits under the same name.
    pub(super) fn put(&self, name: &str, what: T) {
        let now = Millis::now();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST {
            waiting.retain(|_, (since, _)| now.since(*since) < WAITS_MS);
        }
        if waiting.len() >= MOST {
            let oldest = waiting.iter().min_by_key(|(_, (since, _))| *since);
            let oldest = oldest.map(|(name, _)| name.clone());
            oldest.and_then(|name| waiting.remove(&name));
        }
        waiting.insert(name.to_lowercase(), (now, what));
    }

    /// What waits, and goes on waiting.
    pub(super) fn get(&self, name: &str) -> Option<T> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, what) = waiting.get(&name.to_lowercase())?;
        (Millis::now().since(*since) < WAITS_MS).then(|| what.clone())
    }

    /// What waited. It is answered once.
    pub(super) fn take(&self, name: &str) -> Option<T> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, what) = waiting.remove(&name.to_lowercase())?;
        (Millis::now().since(since) < WAITS_MS).then_some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_once_and_the_oldest_gives_way() {
        let waiting = Waiting::default();
        for n in 0..=MOST {
            waiting.put(&format!("N{n}"), n);
        }
        assert_eq!(waiting.0.lock().unwrap().len(), MOST);
        let newest = format!("n{MOST}");
        assert_eq!((waiting.get(&newest), waiting.take(&newest)), (Some(MOST), Some(MOST)));
        assert_eq!(waiting.take(&newest), None);
    }
}
