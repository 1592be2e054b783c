//! Which containers have a stream of their own: those that somebody looks at, then those whose past is kept, within limits.
use super::interest::{Book, What};
use crate::snapshot::Snapshot;
use shipyard_model::{Container, ContainerRef, ContainerState, EngineId};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// How long a stream goes on after the last one who looked has left.
pub(crate) const LINGER: Duration = Duration::from_secs(10);

/// Most streams at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Over the whole fleet.
    pub(crate) all: usize,
    /// Of one engine, each of which is a connection to it.
    pub(crate) engine: usize,
}

pub(crate) const LIMITS: Limits = Limits {
    all: 1_000,
    engine: 250,
};

/// What was chosen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Those with a stream, the most wanted first.
    pub(crate) streams: Vec<ContainerRef>,
    /// Those that are looked at and have none, as there are too many.
    pub(crate) rest: Vec<ContainerRef>,
}

/// Whether Docker measures it.
pub(crate) fn is_measured(container: &Container) -> bool {
    matches!(container.state, ContainerState::Running | ContainerState::Paused)
}

struct Choosing<'s> {
    snapshot: &'s Snapshot,
    limits: Limits,
    seen: HashSet<&'s ContainerRef>,
    on: BTreeMap<&'s EngineId, usize>,
    choice: Choice,
}

impl<'s> Choosing<'s> {
    fn take(&mut self, at: &'s ContainerRef, is_looked_at: bool) {
        let measured = |snapshot: &Snapshot| {
            let found = snapshot.container(at);
            found.is_some_and(|(engine, container)| engine.health.is_up() && is_measured(container))
        };
        if self.seen.contains(at) || !measured(self.snapshot) {
            return;
        }
        self.seen.insert(at);
        let on = self.on.entry(&at.engine).or_default();
        if self.choice.streams.len() < self.limits.all && *on < self.limits.engine {
            *on += 1;
            self.choice.streams.push(at.clone());
        } else if is_looked_at {
            self.choice.rest.push(at.clone());
        }
    }
}

/// What runs on engines that answer, of those that pass.
fn running(snapshot: &Snapshot, passes: impl Fn(&EngineId) -> bool) -> Vec<ContainerRef> {
    let engines = snapshot
        .engines
        .iter()
        .filter(|(id, engine)| engine.health.is_up() && passes(id));
    let running = engines.flat_map(|(id, engine)| {
        let containers = engine
            .containers
            .iter()
            .filter(|one| one.state == ContainerState::Running);
        containers.map(|one| ContainerRef {
            engine: id.clone(),
            id: one.id.clone(),
        })
    });
    running.collect()
}

/// Chooses. `total` is how many run in the fleet, `keep` of how many the past is kept: of all of them if they are no more, else
/// of those that were looked at most recently.
pub(crate) fn choose(
    book: &Book,
    snapshot: &Snapshot,
    total: usize,
    keep: usize,
    limits: Limits,
    now: Instant,
) -> Choice {
    let engines: HashSet<_> = book
        .looks()
        .filter_map(|what| match what {
            What::Engine(id) => Some(id),
            _ => None,
        })
        .collect();
    let on_engines = running(snapshot, |id| engines.contains(id));
    let kept = if keep > 0 && total <= keep {
        running(snapshot, |_| true)
    } else {
        Vec::new()
    };
    let mut looked: Vec<_> = book.looked().collect();
    looked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut choosing = Choosing {
        snapshot,
        limits,
        seen: HashSet::new(),
        on: BTreeMap::new(),
        choice: Choice::default(),
    };
    for what in book.looks() {
        if let What::Container(at) = what {
            choosing.take(at, true);
        }
    }
    for what in book.looks() {
        if let What::Rows(rows) = what {
            rows.iter().for_each(|at| choosing.take(at, true));
        }
    }
    on_engines.iter().for_each(|at| choosing.take(at, true));
    let left = looked.iter().filter(|(_, when)| now.duration_since(*when) < LINGER);
    left.for_each(|(at, _)| choosing.take(at, false));
    kept.iter().for_each(|at| choosing.take(at, false));
    if kept.is_empty() {
        let runs = |at: &ContainerRef| {
            let found = snapshot.container(at);
            found.is_some_and(|(_, container)| container.state == ContainerState::Running)
        };
        let recent = looked.iter().filter(|(at, _)| runs(at)).take(keep);
        recent.for_each(|(at, _)| choosing.take(at, false));
    }
    choosing.choice
}

#[cfg(test)]
mod tests {
    use super::super::interest::Interest;
    use super::*;
    use crate::view::tests::{container, engine};
    use std::sync::Arc;

    fn fleet(engines: usize, each: usize) -> Snapshot {
        let engines = (0..engines).map(|n| {
            let name = format!("node{n}");
            let mut all: Vec<_> = (0..each)
                .map(|c| container(&format!("{n}-{c}"), ContainerState::Running))
                .collect();
            all.push(container(&format!("{n}-old"), ContainerState::Exited));
            let state = engine(&name, "", all);
            (state.engine.id.clone(), Arc::new(state))
        });
        Snapshot {
            engines: engines.collect(),
            ..Snapshot::default()
        }
    }

    fn named(snapshot: &Snapshot, name: &str) -> ContainerRef {
        let engine = format!("node{}", name.split('-').next().unwrap());
        let (engine, container) = snapshot.container_named(&engine, name).unwrap();
        ContainerRef {
            engine: engine.engine.id.clone(),
            id: container.id.clone(),
        }
    }

    const FEW: Limits = Limits { all: 5, engine: 3 };

    #[tokio::test]
    async fn nothing_is_streamed_that_nobody_looks_at_or_keeps() {
        let (interest, snapshot) = (Interest::default(), fleet(2, 3));
        let chosen = |keep| choose(&interest.book(), &snapshot, 6, keep, LIMITS, Instant::now());
        assert_eq!(chosen(0), Choice::default());
        assert_eq!(
            chosen(5),
            Choice::default(),
            "more run than are kept, and none was looked at"
        );
        assert_eq!(chosen(6).streams.len(), 6);
    }

    #[tokio::test]
    async fn who_is_looked_at_closely_comes_first_and_what_is_beyond_the_limits_is_said() {
        let (interest, snapshot) = (Interest::default(), fleet(3, 4));
        let chosen = || choose(&interest.book(), &snapshot, 12, 12, FEW, Instant::now());
        assert_eq!(chosen().streams.len(), 5);
        let _engine = interest.look(What::Engine(EngineId::new("id-node0")));
        let choice = chosen();
        assert_eq!(
            choice.streams[..3]
                .iter()
                .filter(|at| at.engine.as_str() == "id-node0")
                .count(),
            3
        );
        assert_eq!(choice.rest.len(), 1, "{choice:?}");
        let last = choice.rest[0].clone();
        let one = interest.look(What::Container(last.clone()));
        let choice = chosen();
        assert_eq!((&choice.streams[0], choice.rest.len()), (&last, 1));
        assert_ne!(choice.rest[0], last);
        drop(one);
        let rows = interest.look(What::Rows(Vec::new()));
        rows.rows(vec![named(&snapshot, "1-old"), named(&snapshot, "2-0")]);
        assert_eq!(
            chosen().streams[0],
            named(&snapshot, "2-0"),
            "what does not run is not measured"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_lingers_and_the_past_is_of_those_looked_at_last() {
        let (interest, snapshot) = (Interest::default(), fleet(2, 5));
        let chosen = |keep| choose(&interest.book(), &snapshot, 10, keep, LIMITS, Instant::now()).streams;
        for name in ["0-0", "0-1", "0-2"] {
            drop(interest.look(What::Container(named(&snapshot, name))));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(chosen(0).len(), 3);
        tokio::time::advance(LINGER).await;
        assert_eq!(chosen(0).len(), 0);
        assert_eq!(chosen(2), [named(&snapshot, "0-2"), named(&snapshot, "0-1")]);
    }

    #[tokio::test]
    async fn an_engine_that_does_not_answer_has_no_streams() {
        let (interest, mut snapshot) = (Interest::default(), fleet(2, 2));
        let id = EngineId::new("id-node0");
        let mut state = EngineState::clone(snapshot.engines.get(&id).unwrap());
        state.health = shipyard_model::EngineHealth::Connecting;
        snapshot.engines.insert(id.clone(), Arc::new(state));
        let choice = choose(&interest.book(), &snapshot, 2, 10, LIMITS, Instant::now());
        assert!(choice.streams.iter().all(|at| at.engine != id));
        assert_eq!(choice.streams.len(), 2);
    }

    use crate::snapshot::EngineState;
}
