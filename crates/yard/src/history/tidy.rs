//! What is forgotten once it is nobody's any more: what containers were, some time after they are gone, and templates of accounts
//! that are.
use super::key;
use crate::{Inner, templates};
use shipyard_fleet::Snapshot;
use shipyard_model::container::LABEL_DEPLOY;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// How long a container of the same name may take to come back, or its engine to be added again.
const AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// It is looked this often.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Looks for as long as the yard lives, which this does not prolong.
pub(crate) fn keep(yard: &Arc<Inner>) {
    let stop = yard.lasting.stopped();
    let yard = Arc::downgrade(yard);
    tokio::spawn(stop.run_until_cancelled_owned(async move {
        let (mut gone, mut turns) = (Gone::default(), interval(EVERY));
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            let Some(yard) = yard.upgrade() else { return };
            let (store, fleet) = yard.gate.for_itself();
            let is_there = |name: &str, since| {
                let found = yard.accounts.find(name);
                found.is_some_and(|it| it.account.created == since)
            };
            if let Err(problem) = templates::tidy(store, is_there).await {
                tracing::error!(%problem, "templates of accounts that are gone are not removed");
            }
            let Some(there) = there(&fleet.snapshot()) else {
                continue;
            };
            let done = match store.histories().await {
                Ok(all) => store.remove_histories(gone.due(all, &there, Instant::now())).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::error!(%error, "what gone containers were is not forgotten");
            }
        }
    }));
}

/// What names the containers that there are; `None` while there is an engine whose containers are not known.
fn there(snapshot: &Snapshot) -> Option<BTreeSet<String>> {
    let mut there = BTreeSet::new();
    for (id, engine) in snapshot.engines.iter() {
        engine.last_seen?;
        let keys = engine.containers.iter().map(|it| {
            let deploy = it.labels.get(LABEL_DEPLOY);
            key(id, deploy, &it.name)
        });
        there.extend(keys);
    }
    Some(there)
}

/// Since when containers are gone that something is kept of.
#[derive(Default)]
struct Gone(BTreeMap<String, Instant>);

impl Gone {
    /// Those that are gone for long enough, of all that something is kept of.
    fn due(&mut self, kept: Vec<String>, there: &BTreeSet<String>, now: Instant) -> Vec<String> {
        let before = std::mem::take(&mut self.0);
        let mut due = Vec::new();
        for of in kept.into_iter().filter(|of| !there.contains(of)) {
            let since = before.get(&of).copied().unwrap_or(now);
            if now.duration_since(since) >= AFTER {
                due.push(of);
            } else {
                self.0.insert(of, since);
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_for_a_day_is_due() {
        let mut gone = Gone::default();
        let begin = Instant::now();
        let kept = || vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let there = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let nothing = Vec::<String>::new();
        assert_eq!(gone.due(kept(), &there(&["a"]), begin), nothing);
        // One comes back for a moment, and begins anew.
        assert_eq!(gone.due(kept(), &there(&["a", "c"]), begin + AFTER / 2), nothing);
        assert_eq!(gone.due(kept(), &there(&["a"]), begin + AFTER), ["b"]);
        let rest = vec!["a".to_owned(), "c".to_owned()];
        assert_eq!(gone.due(rest.clone(), &there(&["a"]), begin + AFTER * 3 / 2), nothing);
        assert_eq!(gone.due(rest, &there(&["a"]), begin + AFTER * 2), ["c"]);
    }
}
