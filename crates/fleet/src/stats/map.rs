//! What containers use at present, as views read it: blocks by engine, so that a new version copies only what changed.
use super::figures::One;
use shipyard_model::{ContainerId, ContainerRef, EngineId, Millis, Usage};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How long a measurement counts, in milliseconds, unless the next is known to come later.
pub(crate) const FRESH_MS: i64 = 30_000;

/// A measurement, and until when it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) usage: Usage,
    pub(crate) figures: One,
    pub(crate) until: Millis,
}

/// What was measured lately.
#[derive(Clone, Debug, Default)]
pub struct UsageMap(BTreeMap<EngineId, Arc<HashMap<ContainerId, Measured>>>);

impl UsageMap {
    /// What a container uses, if it was measured lately: in the half minute before `now`, or, in a fleet so large that a round
    /// takes longer, in the last rounds.
    pub fn of(&self, at: &ContainerRef, now: Millis) -> Option<Usage> {
        let one = self.0.get(&at.engine)?.get(&at.id)?;
        (now < one.until).then_some(one.usage)
    }

    /// Until when what is known of a container counts.
    pub(crate) fn until(&self, at: &ContainerRef) -> Option<Millis> {
        self.0.get(&at.engine)?.get(&at.id).map(|one| one.until)
    }

    /// Puts a measurement in.
    pub fn put(&mut self, at: ContainerRef, usage: Usage, when: Millis) {
        let figures = [
            usage.cpu_percent,
            usage.memory.get() as f32,
            f32::NAN,
            f32::NAN,
            f32::NAN,
            f32::NAN,
        ];
        let until = Millis(when.0.saturating_add(FRESH_MS));
        self.insert(at, Measured { usage, figures, until });
    }

    pub(crate) fn insert(&mut self, at: ContainerRef, measured: Measured) {
        Arc::make_mut(self.0.entry(at.engine).or_default()).insert(at.id, measured);
    }

    /// Whether a measurement of this container is there, however old.
    pub(crate) fn knows(&self, at: &ContainerRef) -> bool {
        self.0.get(&at.engine).is_some_and(|of| of.contains_key(&at.id))
    }

    /// Forgets what does not count any more.
    pub(crate) fn expire(&mut self, now: Millis) {
        self.0.retain(|_, of| {
            if of.values().any(|one| one.until <= now) {
                Arc::make_mut(of).retain(|_, one| one.until > now);
            }
            !of.is_empty()
        });
    }

    /// What is known of an engine's containers.
    pub(crate) fn on(&self, engine: &EngineId) -> impl Iterator<Item = (&ContainerId, &Measured)> {
        self.0.get(engine).into_iter().flat_map(|of| of.iter())
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::Bytes;

    #[test]
    fn what_is_old_is_forgotten_and_an_earlier_version_stays_as_it_was() {
        let at = |engine: &str| ContainerRef {
            engine: EngineId::new(engine),
            id: ContainerId::new("c"),
        };
        let usage = Usage {
            cpu_percent: 1.0,
            memory: Bytes::mib(1),
            memory_limit: Bytes::mib(2),
        };
        let mut map = UsageMap::default();
        map.put(at("a"), usage, Millis(0));
        map.put(at("b"), usage, Millis(10_000));
        let before = map.clone();
        map.expire(Millis(30_000));
        assert!(!map.knows(&at("a")) && map.knows(&at("b")));
        assert!(before.knows(&at("a")));
        assert_eq!(before.of(&at("a"), Millis(29_999)), Some(usage));
        assert_eq!(before.of(&at("a"), Millis(30_000)), None);
        map.expire(Millis(50_000));
        assert!(map.is_empty());
    }
}
