//! The first page: figures, the yard, what needs attention, what happened.
use super::{count, few};
use crate::order::natural;
use crate::snapshot::{EngineState, Snapshot};
use crate::stats::UsageMap;
use shipyard_model::live::Look;
use shipyard_model::page::{Attention, Bay, BayEngine, Figures, FleetGroup, FleetPage, YardBox};
use shipyard_model::{Bytes, Container, ContainerRef, ContainerState, Cpus, EngineHealth, Health, Millis};
use std::collections::BTreeMap;

/// Happenings on the page.
const RECENT: usize = 12;
/// Things that need attention on the page: more are not read, and the first are the worst.
const ATTENTION: usize = 100;
/// A certificate that ends within this time needs attention, in milliseconds.
const SOON_MS: i64 = 30 * 24 * 3600 * 1000;

/// The first page.
pub fn fleet(snapshot: &Snapshot, usage: &UsageMap, group: FleetGroup, now: Millis) -> FleetPage {
    let used: Vec<_> = snapshot
        .engines
        .values()
        .map(|e| (&**e, Used::of(e, usage, now)))
        .collect();
    let (bays, more_bays) = few::few(bays(&used, group));
    FleetPage {
        figures: figures(&used),
        bays,
        more_bays,
        attention: attention(snapshot, now),
        recent: snapshot.recent.iter().take(RECENT).map(|it| (**it).clone()).collect(),
    }
}

/// What the containers of an engine use, as far as it was measured.
#[derive(Clone, Copy, Default)]
struct Used {
    measured: bool,
    cpu_percent: f64,
    memory: Bytes,
}

impl Used {
    fn of(engine: &EngineState, usage: &UsageMap, now: Millis) -> Self {
        let mut sum = Self::default();
        if usage.is_empty() || !engine.health.is_up() {
            return sum;
        }
        let running = engine.containers.iter().filter(|c| c.state == ContainerState::Running);
        let mut any = false;
        for container in running {
            any = true;
            let at = ContainerRef {
                engine: engine.engine.id.clone(),
                id: container.id.clone(),
            };
            if let Some(one) = usage.of(&at, now) {
                sum.measured = true;
                sum.cpu_percent += f64::from(one.cpu_percent);
                sum.memory += one.memory;
            }
        }
        // Nothing runs, so nothing is used: that is known without measuring.
        sum.measured |= !any;
        sum
    }
}

fn figures(engines: &[(&EngineState, Used)]) -> Figures {
    let mut figures = Figures {
        engines: count(engines.len()),
        ..Figures::default()
    };
    let mut measured = false;
    let (mut percent, mut memory) = (0.0, Bytes::ZERO);
    for (engine, used) in engines {
        for container in engine.containers.iter() {
            figures.containers += 1;
            if container.state.is_alive() {
                figures.running += 1;
                figures.unhealthy += u32::from(container.health == Some(Health::Unhealthy));
            } else {
                figures.stopped += 1;
            }
        }
        if engine.health.is_up() {
            figures.engines_up += 1;
            let (capacity, reserved) = (engine.capacity(), engine.reserved());
            figures.cpus += capacity.cpus;
            figures.memory += capacity.memory;
            figures.cpus_reserved += reserved.cpus;
            figures.memory_reserved += reserved.memory;
        }
        measured |= used.measured;
        percent += used.cpu_percent;
        memory += used.memory;
    }
    if measured {
        figures.cpus_used = Some(Cpus::from_nanos((percent.max(0.0) * 1e7) as u64));
        figures.memory_used = Some(memory);
    }
    figures
}

fn bays(engines: &[(&EngineState, Used)], group: FleetGroup) -> Vec<Bay> {
    match group {
        FleetGroup::Engine => by_engine(engines),
        FleetGroup::Stack => grouped(engines, |_, container| {
            vec![container.stack().unwrap_or_default().to_owned()]
        }),
        FleetGroup::Label => grouped(engines, |engine, _| {
            let labels: Vec<_> = engine.engine.labels.written().collect();
            if labels.is_empty() { vec![String::new()] } else { labels }
        }),
    }
}

fn by_engine(engines: &[(&EngineState, Used)]) -> Vec<Bay> {
    let mut bays: Vec<_> = engines
        .iter()
        .map(|(engine, used)| {
            let mut boxes: Vec<_> = engine.containers.iter().map(|c| yard_box(engine, c)).collect();
            sort(&mut boxes);
            Bay {
                title: engine.engine.name.to_string(),
                engine: Some(bay_engine(engine, *used)),
                boxes,
                more: 0,
            }
        })
        .collect();
    bays.sort_by(|a, b| natural(&a.title, &b.title));
    bays
}

/// Bays by a text of each container; the bay of those without one is the last.
fn grouped(engines: &[(&EngineState, Used)], keys: impl Fn(&EngineState, &Container) -> Vec<String>) -> Vec<Bay> {
    let mut groups: BTreeMap<String, Vec<YardBox>> = BTreeMap::new();
    for (engine, _) in engines {
        for container in engine.containers.iter() {
            for key in keys(engine, container) {
                groups.entry(key).or_default().push(yard_box(engine, container));
            }
        }
    }
    let mut bays: Vec<_> = groups
        .into_iter()
        .map(|(title, mut boxes)| {
            sort(&mut boxes);
            Bay {
                title,
                engine: None,
                boxes,
                more: 0,
            }
        })
        .collect();
    bays.sort_by(|a, b| {
        a.title
            .is_empty()
            .cmp(&b.title.is_empty())
            .then_with(|| natural(&a.title, &b.title))
    });
    bays
}

fn sort(boxes: &mut [YardBox]) {
    boxes.sort_by(|a, b| natural(&a.name, &b.name).then_with(|| natural(a.engine.as_str(), b.engine.as_str())));
}

fn yard_box(engine: &EngineState, container: &Container) -> YardBox {
    YardBox {
        engine: engine.engine.name.clone(),
        name: container.name.clone(),
        state: container.state,
        look: Look::of(container.state, container.health),
    }
}

fn bay_engine(engine: &EngineState, used: Used) -> BayEngine {
    let share = |part: u64, of: u64| {
        if of == 0 {
            0.0
        } else {
            (part as f64 / of as f64 * 100.0) as f32
        }
    };
    let (capacity, reserved) = (engine.capacity(), engine.reserved());
    let known = used.measured && engine.health.is_up();
    BayEngine {
        id: engine.engine.id.clone(),
        health: engine.health.clone(),
        last_seen: engine.last_seen,
        response_us: engine.response_us,
        cpu_percent: (known && capacity.cpus != Cpus::ZERO).then(|| (used.cpu_percent / capacity.cpus.as_f64()) as f32),
        cpu_reserved_percent: share(reserved.cpus.nanos(), capacity.cpus.nanos()),
        memory_percent: (known && capacity.memory != Bytes::ZERO)
            .then(|| share(used.memory.get(), capacity.memory.get())),
        memory_reserved_percent: share(reserved.memory.get(), capacity.memory.get()),
        labels: engine.engine.labels.written().collect(),
        drained: engine.engine.drained,
    }
}

/// What needs a person, worst first: engines down, then containers dead, unhealthy, restarting, then certificates by
/// their end, then engines in the clear.
fn attention(snapshot: &Snapshot, now: Millis) -> Vec<Attention> {
    let mut all = Vec::new();
    for state in snapshot.engines.values() {
        let (engine, id) = (&state.engine.name, &state.engine.id);
        if let EngineHealth::Down { since, why, retry_at } = &state.health {
            let (since, retry_at) = (*since, *retry_at);
            all.push(Attention::EngineDown {
                id: id.clone(),
                engine: engine.clone(),
                since,
                why: why.clone(),
                retry_at,
            });
        } else {
            // Of an engine that is down the containers are not known: it is down, that says it.
            all.extend(state.containers.iter().filter_map(|c| of_container(state, c)));
        }
        let server = state.probe.as_ref().and_then(|p| p.server_certificate_ends);
        for (ends, server) in [(state.engine.certificate_ends, false), (server, true)] {
            if let Some(ends) = ends.filter(|ends| ends.0.saturating_sub(now.0) <= SOON_MS) {
                all.push(Attention::CertificateEnds {
                    engine: engine.clone(),
                    server,
                    ends,
                });
            }
        }
        if state.engine.address.is_plain() {
            all.push(Attention::PlainEngine { engine: engine.clone() });
        }
    }
    all.extend(snapshot.troubles.values().map(|trouble| trouble.attention.clone()));
    all.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| natural(subject(a), subject(b))));
    all.truncate(ATTENTION);
    all
}

fn of_container(engine: &EngineState, container: &Container) -> Option<Attention> {
    let at = ContainerRef {
        engine: engine.engine.id.clone(),
        id: container.id.clone(),
    };
    let (name, engine) = (container.name.clone(), engine.engine.name.clone());
    match (container.state, container.health) {
        (ContainerState::Dead, _) => Some(Attention::Dead { at, name, engine }),
        (ContainerState::Restarting, _) => Some(Attention::Restarting { at, name, engine }),
        (ContainerState::Running, Some(Health::Unhealthy)) => Some(Attention::Unhealthy { at, name, engine }),
        _ => None,
    }
}

fn rank(attention: &Attention) -> (u8, i64) {
    match attention {
        Attention::EngineDown { since, .. } => (0, since.0),
        Attention::Dead { .. } => (1, 0),
        Attention::Unhealthy { .. } => (2, 0),
        Attention::Restarting { .. } => (3, 0),
        Attention::DeployStuck { .. } => (4, 0),
        Attention::CertificateEnds { ends, .. } => (5, ends.0),
        Attention::PlainEngine { .. } => (6, 0),
    }
}

fn subject(attention: &Attention) -> &str {
    match attention {
        Attention::Dead { name, .. } | Attention::Unhealthy { name, .. } | Attention::Restarting { name, .. } => name,
        Attention::DeployStuck { name, .. } => name,
        Attention::EngineDown { engine, .. }
        | Attention::CertificateEnds { engine, .. }
        | Attention::PlainEngine { engine } => engine.as_str(),
    }
}
