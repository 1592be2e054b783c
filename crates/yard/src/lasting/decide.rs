//! What is to be done for lasting deploys, by what is known at a moment. Pure: it knows no clock, and asks nobody.
use shipyard_model::deploy::Copies;
use shipyard_model::{ContainerRef, EngineId, Millis};
use shipyard_store::{KnownCopy, LastingRecord, MovedCopy};
use std::collections::BTreeMap;

/// The first wait after a failure, and the longest.
const FIRST_MS: i64 = 30_000;
const LONGEST_MS: i64 = 30 * 60_000;

/// Whether an engine can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It answers.
    Up,
    /// It does not, since then.
    Down(Millis),
    /// It was not connected to yet.
    Unknown,
    /// It is no engine of the fleet any more.
    Forgotten,
}

/// The copies that are to be made elsewhere now, by the engine that is away.
pub(super) fn overdue(
    record: &LastingRecord,
    reach: impl Fn(&EngineId) -> Reach,
    now: Millis,
) -> BTreeMap<EngineId, Vec<KnownCopy>> {
    let mut due: BTreeMap<EngineId, Vec<KnownCopy>> = BTreeMap::new();
    let Some(wish) = record.request.reschedule.filter(|_| !record.ended) else {
        return due;
    };
    if !matches!(record.request.copies, Copies::Total(_)) {
        return due;
    }
    let after = i64::from(wish.after_seconds).saturating_mul(1000);
    for copy in &record.copies {
        let away = match reach(&copy.at.engine) {
            Reach::Down(since) => now.since(since),
            Reach::Up | Reach::Unknown | Reach::Forgotten => continue,
        };
        // Once for each: what was made elsewhere is a copy of its own from then on.
        if away >= after && !record.moved.iter().any(|moved| moved.from == copy.at) {
            due.entry(copy.at.engine.clone()).or_default().push(copy.clone());
        }
    }
    due
}

/// What is known of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It runs.
    Runs,
    /// It is there and does not run.
    Stands,
    /// It is not there.
    Gone,
    /// Its engine does not say.
    Unknown,
}

/// What becomes of a container that was made elsewhere while it was out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tidy {
    /// Nothing yet.
    Wait,
    /// It is one too many, and removed.
    Remove,
    /// It stays as it is; it is a copy like any other.
    Keep,
}

/// What becomes of it: it is removed only when the one that took its place runs, or when nobody wants either (`nobody`).
pub(super) fn tidy(nobody: bool, from: Seen, to: Seen) -> Tidy {
    match (from, to) {
        (Seen::Unknown, _) => Tidy::Wait,
        (Seen::Gone, _) => Tidy::Keep,
        (Seen::Runs | Seen::Stands, _) if nobody => Tidy::Remove,
        (_, Seen::Unknown) => Tidy::Wait,
        (_, Seen::Runs) => Tidy::Remove,
        (_, Seen::Stands | Seen::Gone) => Tidy::Keep,
    }
}

/// Whether a copy of a name was made elsewhere already, where that was not written down any more.
pub(super) fn found<'c>(
    moved: &MovedCopy,
    mut copies: impl Iterator<Item = (&'c ContainerRef, &'c str)>,
) -> Option<ContainerRef> {
    let is_it = |(at, name): &(&ContainerRef, &str)| at.engine != moved.from.engine && *name == moved.name;
    copies.find(is_it).map(|(at, _)| at.clone())
}

/// What failed, and when it is tried again: later and later, until it works.
#[derive(Default)]
pub(super) struct Waits(BTreeMap<(String, EngineId), (u32, Millis)>);

impl Waits {
    /// Whether something may be done for a deploy and an engine.
    pub(super) fn are_over(&self, deploy: &str, engine: &EngineId, now: Millis) -> bool {
        let key = (deploy.to_owned(), engine.clone());
        self.0.get(&key).is_none_or(|(_, until)| now >= *until)
    }

    /// It failed.
    pub(super) fn failed(&mut self, deploy: &str, engine: &EngineId, now: Millis) {
        let entry = self.0.entry((deploy.to_owned(), engine.clone()));
        let (tries, until) = entry.or_insert((0, now));
        let wait = FIRST_MS.saturating_mul(1_i64 << (*tries).min(10)).min(LONGEST_MS);
        (*tries, *until) = (tries.saturating_add(1), Millis(now.0.saturating_add(wait)));
    }

    /// It worked.
    pub(super) fn worked(&mut self, deploy: &str, engine: &EngineId) {
        self.0.remove(&(deploy.to_owned(), engine.clone()));
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
