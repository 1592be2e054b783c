//! Sees to it each second that those are streamed who should be, and each five seconds that what came is taken into the past.
use super::archive::Closed;
use super::choose::{Choice, LIMITS, choose};
use super::figures::Adding;
use super::live::{Heard, Live};
use super::map::{FRESH_MS, Measured};
use super::series::slot_of;
use super::stream::follow;
use super::sweep::Need;
use super::{Shared, interest::What};
use crate::snapshot::{EngineState, Snapshot};
use shipyard_model::{ContainerRef, ContainerState, EngineHealth, EngineId, Millis};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

/// How often it is looked who should be streamed.
const LOOK: Duration = Duration::from_secs(1);
/// What runs in a fleet of more containers than this is counted, and its measurements are published, each five seconds only.
const LARGE: usize = 2_000;
/// At least so often it is chosen anew, whatever happened.
const CHOOSE: Duration = Duration::from_secs(5);
/// Streams of one engine that are opened in one turn: the others in the next ones.
const OPENED: usize = 50;

struct Streaming {
    live: Arc<Live>,
    _task: AbortOnDropHandle<()>,
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.live.set_streamed(false);
    }
}

pub(super) struct Keeper {
    shared: Arc<Shared>,
    streams: HashMap<ContainerRef, Streaming>,
    choice: Choice,
    /// The versions of looks and fleet that were chosen from, and when.
    chosen: Option<(u64, u64, Instant)>,
    /// How many run on each engine that answers.
    running: BTreeMap<EngineId, u32>,
    counted: Option<Instant>,
    slot: i64,
    published: Option<Instant>,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            streams: HashMap::new(),
            choice: Choice::default(),
            chosen: None,
            running: BTreeMap::new(),
            counted: None,
            slot: slot_of(Millis::now()),
            published: None,
        }
    }

    pub(super) async fn run(mut self) {
        let mut tick = interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.shared.wake.notified() => {}
            }
            self.turn(&self.shared.snapshot(), Millis::now(), Instant::now());
        }
    }

    fn turn(&mut self, snapshot: &Arc<Snapshot>, at: Millis, now: Instant) {
        let size = snapshot.sums().containers;
        let over = slot_of(at);
        let slot_is_over = over != self.slot;
        if slot_is_over || size <= LARGE || self.counted.is_none() {
            self.running = count(snapshot);
            self.counted = Some(now);
        }
        self.choose(snapshot, now);
        self.stream();
        self.tell_others(snapshot);
        self.publish(at, now, slot_is_over, size > LARGE);
        if slot_is_over {
            self.slot = over;
            self.close(snapshot, over.saturating_sub(1), at);
        }
    }

    fn choose(&mut self, snapshot: &Snapshot, now: Instant) {
        let mut book = self.shared.interest.book();
        let basis = (book.version, snapshot.settled);
        let is_fresh = |(version, settled, when)| (version, settled) == basis && now.duration_since(when) < CHOOSE;
        if self.chosen.is_some_and(is_fresh) {
            return;
        }
        book.note(now, |at| snapshot.container(at).is_some());
        let total = self.running.values().map(|n| *n as usize).sum();
        let keep = self.shared.keep.load(Ordering::Relaxed);
        self.choice = choose(&book, snapshot, total, keep, LIMITS, now);
        let need = Need {
            all: book.wants_all(),
            rest: self.choice.rest.clone(),
        };
        drop(book);
        self.chosen = Some((basis.0, basis.1, now));
        self.shared.need.send_if_modified(|before| {
            let news = *before != need;
            *before = need;
            news
        });
    }

    /// Ends the streams that nobody wants any more, and opens those that are wanted.
    fn stream(&mut self) {
        let wanted: HashSet<_> = self.choice.streams.iter().collect();
        self.streams.retain(|at, _| wanted.contains(at));
        let mut opened = HashMap::<&EngineId, usize>::new();
        for at in &self.choice.streams {
            if self.streams.contains_key(at) {
                continue;
            }
            let opened = opened.entry(&at.engine).or_default();
            if *opened >= OPENED {
                continue;
            }
            *opened += 1;
            let live = self.shared.live(at);
            live.set_streamed(true);
            let task = tokio::spawn(follow(Arc::clone(&self.shared), at.clone(), Arc::clone(&live)));
            let task = AbortOnDropHandle::new(task);
            self.streams.insert(at.clone(), Streaming { live, _task: task });
        }
    }

    /// Tells those who listen to what is not streamed why, and forgets what nobody listens to.
    fn tell_others(&self, snapshot: &Snapshot) {
        let rest: HashSet<_> = self.choice.rest.iter().collect();
        self.shared.lives().retain(|at, live| {
            if live.is_streamed() {
                return true;
            }
            if live.is_heard()
                && !rest.contains(at)
                && let Some(heard) = why_not(snapshot, at)
            {
                live.tell(heard);
            }
            live.is_heard()
        });
    }

    /// Publishes what was measured: each five seconds, and what is new in a fleet that is not large at once.
    fn publish(&mut self, at: Millis, now: Instant, slot_is_over: bool, is_large: bool) {
        let before = self.shared.map.load_full();
        let is_new = |at: &ContainerRef| !before.knows(at);
        let lives: Vec<_> = self
            .shared
            .lives()
            .iter()
            .map(|(at, live)| (at.clone(), Arc::clone(live)))
            .collect();
        let mut waiting = self.shared.waiting();
        let news = waiting.keys().any(is_new) || lives.iter().any(|(at, live)| is_new(at) && live.has_usage());
        let soon = self.published.is_none_or(|when| now.duration_since(when) >= LOOK / 2);
        if !slot_is_over && (!news || is_large || !soon) {
            return;
        }
        let mut map = (*before).clone();
        map.expire(at);
        let found = std::mem::take(&mut *waiting);
        drop(waiting);
        let mut any = !found.is_empty();
        found.into_iter().for_each(|(at, measured)| map.insert(at, measured));
        for (of, live) in lives {
            if let Some((usage, figures)) = live.take_usage() {
                any = true;
                let until = Millis(at.0.saturating_add(FRESH_MS));
                map.insert(of, Measured { usage, figures, until });
            }
        }
        self.shared.map.store(Arc::new(map));
        if any {
            self.published = Some(now);
            self.shared.changes.send_modify(|version| *version += 1);
        }
    }

    /// Takes a slot that is over into the past: of each container that is streamed, and sums of what else was measured lately
    /// as well.
    fn close(&mut self, snapshot: &Snapshot, slot: i64, at: Millis) {
        let mut closed = Closed::default();
        let mut sums = BTreeMap::<EngineId, Adding>::new();
        let lives: Vec<_> = self
            .shared
            .lives()
            .iter()
            .map(|(at, live)| (at.clone(), Arc::clone(live)))
            .collect();
        for (of, live) in lives {
            if let Some(mean) = live.close() {
                sums.entry(of.engine.clone()).or_default().add(&mean);
                closed.containers.push((of, mean));
            }
        }
        let done: HashSet<_> = closed.containers.iter().map(|(at, _)| at).collect();
        let map = self.shared.map.load();
        let mut whole = Adding::default();
        let mut running = 0_u32;
        for (id, engine) in snapshot.engines.iter().filter(|(_, engine)| engine.health.is_up()) {
            let mut sum = sums.remove(id).unwrap_or_default();
            for (container, measured) in map.on(id).filter(|(_, measured)| measured.until > at) {
                let of = ContainerRef {
                    engine: id.clone(),
                    id: container.clone(),
                };
                if !done.contains(&of) && runs(engine, &of) {
                    sum.add(&measured.figures);
                }
            }
            let here = self.running.get(id).copied().unwrap_or(0);
            running = running.saturating_add(here);
            whole.join(&sum);
            closed.engines.push((id.clone(), sum.value(here)));
        }
        if whole.counted > 0 {
            closed.fleet = Some(whole.value(running));
        }
        drop(map);
        let mut archive = self.shared.archive();
        archive.close(slot, closed);
        archive.tidy(snapshot, at);
        let book = self.shared.interest.book();
        let engines = book.looks().filter_map(|what| match what {
            What::Engine(id) => Some(id),
            _ => None,
        });
        let recently = book.looked().filter(|(_, when)| when.elapsed() < CHOOSE * 2);
        archive.looked_at(slot, recently.map(|(at, _)| at), engines);
        drop(book);
        drop(archive);
        self.shared.slots.send_replace(slot);
    }
}

fn runs(engine: &EngineState, at: &ContainerRef) -> bool {
    let found = engine.containers.get(&at.id);
    found.is_some_and(|container| container.state == ContainerState::Running)
}

fn count(snapshot: &Snapshot) -> BTreeMap<EngineId, u32> {
    let up = snapshot.engines.iter().filter(|(_, engine)| engine.health.is_up());
    up.map(|(id, engine)| {
        let running = engine.containers.running();
        (id.clone(), u32::try_from(running).unwrap_or(u32::MAX))
    })
    .collect()
}

/// Why a container that somebody listens to is not streamed; `None` when it may be soon.
fn why_not(snapshot: &Snapshot, at: &ContainerRef) -> Option<Heard> {
    let Some((engine, container)) = snapshot.container(at) else {
        return Some(Heard::Ended);
    };
    match &engine.health {
        EngineHealth::Up if super::choose::is_measured(container) => None,
        EngineHealth::Up => Some(Heard::Ended),
        EngineHealth::Down { .. } => Some(Heard::Failed(crate::calls::does_not_answer(engine))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::archive::{Archive, begin_of};
    use super::super::interest::Interest;
    use super::*;
    use crate::view::tests::{container, engine};
    use shipyard_model::stream::Sample;
    use shipyard_model::usage::UsageSpan;
    use shipyard_model::{Bytes, Usage};

    fn snapshot() -> Arc<Snapshot> {
        let engines = [("node1", 3), ("node2", 1)].map(|(name, running)| {
            let all = (0..running).map(|n| container(&format!("{name}-{n}"), ContainerState::Running));
            let state = engine(name, "", all.collect());
            (state.engine.id.clone(), Arc::new(state))
        });
        Arc::new(Snapshot {
            engines: engines.into_iter().collect(),
            ..Snapshot::default()
        })
    }

    fn named(snapshot: &Snapshot, engine: &str, name: &str) -> ContainerRef {
        let (engine, container) = snapshot.container_named(engine, name).unwrap();
        ContainerRef {
            engine: engine.engine.id.clone(),
            id: container.id.clone(),
        }
    }

    fn using(cpu: f32, memory: u64) -> Sample {
        Sample {
            at: Millis::now(),
            cpu_percent: cpu,
            memory: Bytes::new(memory),
            ..Sample::default()
        }
    }

    #[tokio::test]
    async fn a_slot_has_sums_of_what_is_streamed_and_of_what_was_measured_otherwise() {
        let (shared, all) = (Shared::of_test(), snapshot());
        let mut keeper = Keeper::new(Arc::clone(&shared));
        let streamed = named(&all, "node1", "node1-0");
        let live = shared.live(&streamed);
        live.set_streamed(true);
        live.sample(using(10.0, 100));
        live.sample(using(20.0, 100));
        let usage = Usage {
            cpu_percent: 5.0,
            memory: Bytes::new(7),
            ..Usage::default()
        };
        let at = begin_of(keeper.slot + 1);
        for (engine, name) in [("node1", "node1-1"), ("node2", "node2-0")] {
            let mut map = (*shared.map.load_full()).clone();
            map.put(named(&all, engine, name), usage, at);
            shared.map.store(Arc::new(map));
        }
        keeper.turn(&all, at, Instant::now());
        let archive = shared.archive();
        let now = Millis(at.0 + 1);
        assert_eq!(
            archive.container(&streamed, UsageSpan::Hour, now).cpu_percent,
            [Some(15.0)]
        );
        let [node1, node2] =
            ["id-node1", "id-node2"].map(|id| archive.engine(&EngineId::new(id), UsageSpan::Hour, now));
        assert_eq!((node1.values[0][0], node1.values[0][1]), (20.0, 107.0));
        assert_eq!(node1.values[0][6..], [2.0, 3.0], "two of three are counted");
        assert_eq!(node2.values[0][6..], [1.0, 1.0]);
        let fleet = archive.fleet(UsageSpan::Hour, now);
        assert_eq!((fleet.values[0][0], fleet.begins), (25.0, begin_of(slot_of(at) - 1)));
        assert_eq!(fleet.values[0][6..], [3.0, 4.0]);
        assert_eq!(
            shared.map.load().of(&streamed, at).unwrap().cpu_percent,
            20.0,
            "a table shows the newest"
        );
    }

    #[tokio::test]
    async fn who_listens_to_what_does_not_run_is_told_and_nothing_of_it_stays() {
        let (shared, all) = (Shared::of_test(), snapshot());
        let mut keeper = Keeper::new(Arc::clone(&shared));
        let gone = ContainerRef {
            engine: EngineId::new("id-node1"),
            ..named(&all, "node2", "node2-0")
        };
        let live = shared.live(&gone);
        let mut heard = live.listen();
        drop(live);
        keeper.turn(&all, Millis::now(), Instant::now());
        assert_eq!(*heard.borrow_and_update(), Heard::Ended);
        assert_eq!(shared.lives().len(), 1);
        drop(heard);
        keeper.turn(&all, Millis::now(), Instant::now());
        assert_eq!(shared.lives().len(), 0);
    }

    #[tokio::test]
    async fn one_stream_serves_all_who_look() {
        let (shared, all) = (Shared::of_test(), snapshot());
        let mut keeper = Keeper::new(Arc::clone(&shared));
        let at = named(&all, "node1", "node1-0");
        let looks: Vec<_> = (0..20)
            .map(|_| shared.interest.look(What::Container(at.clone())))
            .collect();
        keeper.turn(&all, Millis::now(), Instant::now());
        assert_eq!(keeper.streams.len(), 1);
        drop(looks);
        keeper.turn(&all, Millis::now(), Instant::now());
        assert_eq!(keeper.streams.len(), 1, "it lingers");
        let later = Instant::now() + super::super::choose::LINGER;
        keeper.turn(&all, Millis::now(), later);
        assert_eq!(keeper.streams.len(), 0);
        assert_eq!(Archive::new(0).len() + Interest::default().book().looks().count(), 0);
    }
}
