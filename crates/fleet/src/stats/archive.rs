//! The past of containers, of engines and of the fleet, within a bound of memory for all of it.
use super::figures::{COUNTED, One, Sum};
use super::series::{Past, SLOT_MS, Series};
use crate::snapshot::Snapshot;
use shipyard_model::usage::{UsageHistory, UsageSpan};
use shipyard_model::{Capacity, ContainerRef, EngineId, Millis};
use std::collections::HashMap;
use std::hash::Hash;

/// Most memory for all series together, in bytes: a full hour and day of a thousand containers and of two hundred engines.
pub(crate) const BUDGET: usize = 64 * 1024 * 1024;
/// What of a container that does not run is forgotten after this long, in milliseconds.
const DAY_MS: i64 = 24 * 3600 * 1000;
/// What a series takes besides its values: its key, its place in the table.
const OVERHEAD: usize = 512;

/// A series, and when somebody last looked at it: the number of a slot.
#[derive(Debug, Default)]
struct Kept<const N: usize> {
    series: Series<N>,
    looked: i64,
}

impl<const N: usize> Kept<N> {
    fn bytes(&self) -> usize {
        self.series.bytes() + OVERHEAD
    }
}

/// What a slot brought.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    pub(crate) containers: Vec<(ContainerRef, One)>,
    /// Of engines that answer.
    pub(crate) engines: Vec<(EngineId, Sum)>,
    pub(crate) fleet: Option<Sum>,
}

/// All that is kept.
#[derive(Debug)]
pub(crate) struct Archive {
    containers: HashMap<ContainerRef, Kept<6>>,
    engines: HashMap<EngineId, Kept<8>>,
    fleet: Series<8>,
    budget: usize,
}

impl Archive {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            containers: HashMap::new(),
            engines: HashMap::new(),
            fleet: Series::default(),
            budget,
        }
    }

    /// Takes a slot in that is over.
    pub(crate) fn close(&mut self, slot: i64, closed: Closed) {
        for (at, one) in closed.containers {
            self.containers.entry(at).or_default().series.push(slot, one);
        }
        for (id, sum) in closed.engines {
            if says_something(&sum) || self.engines.contains_key(&id) {
                self.engines.entry(id).or_default().series.push(slot, sum);
            }
        }
        if let Some(sum) = closed.fleet {
            self.fleet.push(slot, sum);
        }
        self.fit();
    }

    /// Notes that somebody looks at these now.
    pub(crate) fn looked_at<'r>(
        &mut self,
        slot: i64,
        containers: impl IntoIterator<Item = &'r ContainerRef>,
        engines: impl IntoIterator<Item = &'r EngineId>,
    ) {
        for at in containers {
            if let Some(kept) = self.containers.get_mut(at) {
                kept.looked = slot;
            }
        }
        for id in engines {
            if let Some(kept) = self.engines.get_mut(id) {
                kept.looked = slot;
            }
        }
    }

    /// Forgets what was removed, and what has not been measured for a day. An engine that does not answer may still have
    /// what it had.
    pub(crate) fn tidy(&mut self, snapshot: &Snapshot, now: Millis) {
        let recent = |ends: Option<Millis>| ends.is_some_and(|ends| now.since(ends) < DAY_MS);
        self.containers
            .retain(|at, kept| snapshot.container(at).is_some() && recent(kept.series.ends()));
        self.engines
            .retain(|id, kept| snapshot.engines.contains_key(id) && recent(kept.series.ends()));
    }

    /// Forgets those that nobody has looked at for longest, until the rest is within the bound.
    fn fit(&mut self) {
        let over = self.bytes().saturating_sub(self.budget);
        if over == 0 {
            return;
        }
        let mut freed = drop_oldest(&mut self.containers, over);
        if freed < over {
            freed += drop_oldest(&mut self.engines, over - freed);
        }
        tracing::debug!(freed, "history of use was let go to stay within its bound");
    }

    /// Memory of all series.
    pub(crate) fn bytes(&self) -> usize {
        self.containers.values().map(Kept::bytes).sum::<usize>()
            + self.engines.values().map(Kept::bytes).sum::<usize>()
            + self.fleet.bytes()
    }

    /// How many containers have a past.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.containers.len()
    }

    /// A container's past; empty where there is none.
    pub(crate) fn container(&self, at: &ContainerRef, span: UsageSpan, now: Millis) -> UsageHistory {
        let past = self.containers.get(at).map(|kept| kept.series.past(span, now));
        columns(span, past.unwrap_or_else(|| nothing(now)))
    }

    /// The fleet's.
    pub(crate) fn fleet(&self, span: UsageSpan, now: Millis) -> Past<8> {
        self.fleet.past(span, now)
    }

    /// One slot of the fleet's.
    pub(crate) fn fleet_at(&self, slot: i64) -> Past<8> {
        one(slot, self.fleet.at(slot))
    }

    /// One slot of an engine's.
    pub(crate) fn engine_at(&self, id: &EngineId, slot: i64) -> Past<8> {
        one(slot, self.engines.get(id).and_then(|kept| kept.series.at(slot)))
    }

    /// An engine's.
    pub(crate) fn engine(&self, id: &EngineId, span: UsageSpan, now: Millis) -> Past<8> {
        let past = self.engines.get(id).map(|kept| kept.series.past(span, now));
        past.unwrap_or_else(|| nothing(now))
    }
}

/// Whether anything was counted: a sum of nothing begins no series.
fn says_something(sum: &Sum) -> bool {
    sum.get(COUNTED).is_some_and(|counted| *counted > 0.0)
}

fn one(slot: i64, value: Option<Sum>) -> Past<8> {
    Past {
        begins: begin_of(slot),
        values: value.into_iter().collect(),
    }
}

fn nothing<const N: usize>(now: Millis) -> Past<N> {
    Past {
        begins: now,
        values: Vec::new(),
    }
}

/// Drops until so many bytes are free; tells how many became so.
fn drop_oldest<K: Clone + Eq + Hash + Ord, const N: usize>(all: &mut HashMap<K, Kept<N>>, over: usize) -> usize {
    let mut order: Vec<_> = all
        .iter()
        .map(|(key, kept)| (kept.looked, key.clone(), kept.bytes()))
        .collect();
    order.sort_unstable();
    let mut freed = 0;
    for (_, key, bytes) in order {
        if freed >= over {
            break;
        }
        all.remove(&key);
        freed += bytes;
    }
    freed
}

/// Adds up the pasts of several engines: slots that one of them has nothing of are sums of the others, and what runs on it now
/// counts as not counted there.
pub(crate) fn add_up(pasts: impl IntoIterator<Item = (Past<8>, u32)>, span: UsageSpan, now: Millis) -> Past<8> {
    let length = i64::from(span.every()) * 1000;
    let pasts: Vec<_> = pasts.into_iter().collect();
    let begun = pasts.iter().filter(|(past, _)| !past.values.is_empty());
    let Some(first) = begun.clone().map(|(past, _)| past.begins).min() else {
        return nothing(now);
    };
    let place = |past: &Past<8>| usize::try_from(past.begins.since(first) / length).unwrap_or(0);
    let steps = begun
        .map(|(past, _)| place(past) + past.values.len())
        .max()
        .unwrap_or(0);
    let mut values = vec![[f32::NAN; 8]; steps.min(span.points() as usize)];
    for (past, running) in &pasts {
        let from = place(past);
        for (step, sum) in values.iter_mut().enumerate() {
            let had = step.checked_sub(from).and_then(|n| past.values.get(n)).copied();
            let mut one = had.unwrap_or([f32::NAN; 8]);
            let [.., counted, all] = &mut one;
            if all.is_nan() {
                (*counted, *all) = (0.0, *running as f32);
            }
            for (sum, more) in sum.iter_mut().zip(one).filter(|(_, more)| more.is_finite()) {
                *sum = if sum.is_nan() { more } else { *sum + more };
            }
        }
    }
    Past { begins: first, values }
}

/// The past as columns. How many were counted stands with the figures of several alone.
pub(crate) fn columns<const N: usize>(span: UsageSpan, past: Past<N>) -> UsageHistory {
    let column = |at: usize| {
        let values = past.values.iter().map(|value| value.get(at).copied());
        values.map(|value| value.filter(|value| value.is_finite())).collect()
    };
    let count = |at: usize| -> Vec<Option<u32>> {
        if at < N {
            let values = past.values.iter().map(|value| value.get(at).copied());
            let whole = |value: f32| value.is_finite().then_some(value.round() as u32);
            values.map(|value| value.and_then(whole)).collect()
        } else {
            Vec::new()
        }
    };
    UsageHistory {
        span,
        every: span.every(),
        begins: past.begins,
        cpu_percent: column(0),
        memory: column(1),
        net_in: column(2),
        net_out: column(3),
        disk_read: column(4),
        disk_write: column(5),
        counted: count(COUNTED),
        running: count(COUNTED + 1),
        capacity: None::<Capacity>,
    }
}

/// When a slot begins.
pub(crate) fn begin_of(slot: i64) -> Millis {
    Millis(slot.saturating_mul(SLOT_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::tests::{container, engine};
    use shipyard_model::{ContainerId, ContainerState};
    use std::sync::Arc;

    const START: i64 = 340_000_000;

    fn at(n: usize) -> ContainerRef {
        ContainerRef {
            engine: EngineId::new("e"),
            id: ContainerId::new(format!("{n:064}")),
        }
    }

    fn of(containers: impl IntoIterator<Item = usize>) -> Closed {
        Closed {
            containers: containers.into_iter().map(|n| (at(n), [1.0; 6])).collect(),
            ..Closed::default()
        }
    }

    #[test]
    fn memory_stays_within_its_bound_and_what_is_looked_at_stays() {
        let budget = 4 * (Series::<6>::MOST_BYTES + OVERHEAD);
        let mut archive = Archive::new(budget);
        // A day and more of ten containers, where four have room; the last two are looked at now and then.
        for slot in 0..20_001 {
            archive.close(START + slot, of(0..10));
            if slot % 100 == 0 {
                archive.looked_at(START + slot, [&at(8), &at(9)], []);
            }
            assert!(archive.bytes() <= budget, "{slot}: {}", archive.bytes());
        }
        let now = begin_of(START + 20_001);
        for kept in [8, 9] {
            assert_eq!(
                archive.container(&at(kept), UsageSpan::Hour, now).cpu_percent.len(),
                720
            );
            assert_eq!(
                archive.container(&at(kept), UsageSpan::Day, now).cpu_percent.len(),
                1440
            );
        }
        assert!(archive.len() < 10);
    }

    #[test]
    fn what_was_removed_is_forgotten_and_what_stopped_after_a_day() {
        let (web, db) = (
            container("web", ContainerState::Running),
            container("db", ContainerState::Exited),
        );
        let refs = |id: &ContainerId| ContainerRef {
            engine: EngineId::new("id-node1"),
            id: id.clone(),
        };
        let (web_at, db_at) = (refs(&web.id), refs(&db.id));
        let with = |containers| {
            let state = engine("node1", "", containers);
            Snapshot {
                engines: [(state.engine.id.clone(), Arc::new(state))].into_iter().collect(),
                ..Snapshot::default()
            }
        };
        let mut archive = Archive::new(BUDGET);
        let closed = Closed {
            containers: vec![(web_at.clone(), [1.0; 6]), (db_at.clone(), [1.0; 6])],
            engines: vec![(web_at.engine.clone(), [1.0; 8])],
            fleet: None,
        };
        archive.close(START, closed);
        let now = begin_of(START + 1);
        let (both, one) = (with(vec![web, db.clone()]), with(vec![db]));
        archive.tidy(&both, now);
        assert_eq!(archive.len(), 2);
        archive.tidy(&one, now);
        assert_eq!(archive.container(&web_at, UsageSpan::Hour, now).memory, []);
        assert_eq!(archive.container(&db_at, UsageSpan::Hour, now).memory, [Some(1.0)]);
        archive.tidy(&one, Millis(now.0 + DAY_MS));
        assert_eq!(archive.len(), 0);
        assert!(archive.engines.is_empty());
    }

    #[test]
    fn engines_are_added_up_by_time_and_what_is_missing_is_not_counted() {
        let past = |slot: i64, values: &[f32]| Past {
            begins: Millis(slot * SLOT_MS),
            values: values.iter().map(|v| [*v, *v, *v, *v, *v, *v, 1.0, 2.0]).collect(),
        };
        let now = begin_of(START + 3);
        let sum = add_up(
            [
                (past(START, &[1.0, 2.0]), 2),
                (past(START + 1, &[10.0, 20.0]), 2),
                (nothing(now), 5),
            ],
            UsageSpan::Hour,
            now,
        );
        let history = columns(UsageSpan::Hour, sum);
        assert_eq!(history.begins, Millis(START * SLOT_MS));
        assert_eq!(history.cpu_percent, [Some(1.0), Some(12.0), Some(20.0)]);
        assert_eq!(history.counted, [Some(1), Some(2), Some(1)]);
        assert_eq!(history.running, [Some(9), Some(9), Some(9)]);
        let none = add_up([(nothing(now), 5)], UsageSpan::Hour, now);
        assert!(none.values.is_empty());
    }
}
