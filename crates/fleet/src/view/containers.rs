//! The table of containers: filter, facets, order and window over the whole fleet.
//!
//! A hundred thousand containers are looked at for each window, so nothing is copied before it is known to be shown,
//! and only as much is sorted as lies before the end of the window.
use super::mark::{self, ContainerMark, Ranked, order};
use super::{count, row};
use crate::order::natural;
use crate::snapshot::{EngineState, Snapshot};
use crate::stats::UsageMap;
use shipyard_model::label::Constraint;
use shipyard_model::live::ContainerWindow;
use shipyard_model::page::{ContainerQuery, Facets, SortKey, StateGroup};
use shipyard_model::{Bytes, Container, ContainerRef, ContainerState, Health, Millis, Usage};
use std::collections::HashMap;

/// Rows of a window when the query does not say.
const USUAL: u32 = 50;
/// Length from which a word of the filter may be the start of a container's id: shorter ones would match by accident.
const LEAST_ID: usize = 4;

/// A container that passed, with what it is sorted by.
struct Found<'s> {
    engine: &'s EngineState,
    container: &'s Container,
    usage: Option<Usage>,
}

/// The window of the table that a query asks for.
pub fn containers(snapshot: &Snapshot, usage: &UsageMap, query: &ContainerQuery, now: Millis) -> ContainerWindow {
    containers_after(snapshot, usage, query, None, now).0
}

/// The window of what comes after a mark, in the query's order, whatever came or went before it; and the mark of its last
/// row, when there is more.
pub fn containers_after(
    snapshot: &Snapshot,
    usage: &UsageMap,
    query: &ContainerQuery,
    after: Option<&ContainerMark>,
    now: Millis,
) -> (ContainerWindow, Option<ContainerMark>) {
    let filter = Filter::new(query);
    let sorts_by_usage = matches!(query.sort, SortKey::Cpu | SortKey::Memory);
    let mut found = Vec::new();
    let mut tally = Tally::default();
    for engine in snapshot.engines.values() {
        let on = filter.engine(engine);
        tally.engine(engine);
        for container in engine.containers.iter() {
            let fails = filter.fails(on, engine, container);
            tally.container(engine, container, fails);
            if fails == 0 {
                let used = || {
                    usage.of(
                        &ContainerRef {
                            engine: engine.engine.id.clone(),
                            id: container.id.clone(),
                        },
                        now,
                    )
                };
                let usage = if sorts_by_usage { used() } else { None };
                found.push(Found {
                    engine,
                    container,
                    usage,
                });
            }
        }
    }
    let matching = count(found.len());
    if let Some(after) = after {
        found.retain(|one| order(query, one, after).is_gt());
    }
    let order = |a: &Found, b: &Found| order(query, a, b);
    let limit = if query.limit == 0 {
        USUAL
    } else {
        query.limit.min(ContainerQuery::MOST)
    };
    let start = usize::try_from(query.offset).unwrap_or(usize::MAX).min(found.len());
    let end = start
        .saturating_add(usize::try_from(limit).unwrap_or(usize::MAX))
        .min(found.len());
    let is_more = end < found.len();
    if end > 0 && is_more {
        found.select_nth_unstable_by(end, order);
        found.truncate(end);
    }
    found.sort_unstable_by(order);
    let shown = found.get(start..end).unwrap_or_default();
    let window = ContainerWindow {
        matching,
        offset: query.offset,
        facets: tally.facets(),
        rows: shown.iter().map(|f| row(f.engine, f.container, usage, now)).collect(),
    };
    let mark = shown.last().filter(|_| is_more).map(|last| mark::of(query, last));
    (window, mark)
}

const TEXT: u8 = 1;
const STATE: u8 = 2;
const ENGINE: u8 = 4;
const STACK: u8 = 8;
const LABEL: u8 = 16;

/// A query, made ready for many containers.
pub(super) struct Filter<'q> {
    query: &'q ContainerQuery,
    words: Vec<String>,
    labels: Vec<Constraint>,
}

impl<'q> Filter<'q> {
    pub(super) fn new(query: &'q ContainerQuery) -> Self {
        Self {
            query,
            words: query.text.split_whitespace().map(str::to_lowercase).collect(),
            // What is no label is none that an engine could have: it filters by a label that cannot be met.
            labels: query
                .labels
                .iter()
                .map(|text| Constraint::parse(text).unwrap_or_else(|_| Constraint::key(text)))
                .collect(),
        }
    }

    /// The filters that all containers of an engine fail.
    pub(super) fn engine(&self, state: &EngineState) -> u8 {
        let mut fails = 0;
        if !self.query.engines.is_empty() && !self.query.engines.iter().any(|e| e == state.engine.name.as_str()) {
            fails |= ENGINE;
        }
        if state.engine.unmet(&self.labels).is_some() {
            fails |= LABEL;
        }
        fails
    }

    /// The filters that a container fails.
    pub(super) fn fails(&self, on_engine: u8, engine: &EngineState, container: &Container) -> u8 {
        let mut fails = on_engine;
        if !self.query.states.is_empty() && !self.query.states.iter().any(|group| is_in(*group, container)) {
            fails |= STATE;
        }
        let stack = container.stack();
        if !self.query.stacks.is_empty() && !stack.is_some_and(|stack| self.query.stacks.iter().any(|s| s == stack)) {
            fails |= STACK;
        }
        if !self.words.iter().all(|word| occurs(word, engine, container, stack)) {
            fails |= TEXT;
        }
        fails
    }
}

fn is_in(group: StateGroup, container: &Container) -> bool {
    use ContainerState::{Created, Dead, Exited, Paused, Restarting, Running};
    match group {
        StateGroup::Running => matches!(container.state, Running | Restarting),
        StateGroup::Stopped => matches!(container.state, Created | Exited | Dead),
        StateGroup::Paused => container.state == Paused,
        StateGroup::Unhealthy => container.state.is_alive() && container.health == Some(Health::Unhealthy),
    }
}

fn occurs(word: &str, engine: &EngineState, container: &Container, stack: Option<&str>) -> bool {
    let (key, value) = word
        .split_once('=')
        .map_or((word, None), |(key, value)| (key, Some(value)));
    has(&container.name, word)
        || has(&container.image, word)
        || has(engine.engine.name.as_str(), word)
        || stack.is_some_and(|stack| has(stack, word))
        || word.len() >= LEAST_ID && container.id.as_str().starts_with(word)
        || container.labels.iter().any(|(k, v)| match value {
            Some(value) => k.eq_ignore_ascii_case(key) && has(v, value),
            None => has(k, word) || has(v, word),
        })
}

/// Whether a small-letter word occurs in a text, without regard to case.
fn has(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        return word.is_empty() || text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    }
    text.to_lowercase().contains(word)
}

impl Ranked for Found<'_> {
    fn name(&self) -> &str {
        &self.container.name
    }

    fn engine(&self) -> &str {
        self.engine.engine.name.as_str()
    }

    fn id(&self) -> &str {
        self.container.id.as_str()
    }

    fn image(&self) -> &str {
        &self.container.image
    }

    fn stack(&self) -> Option<&str> {
        self.container.stack()
    }

    fn severity(&self) -> u8 {
        severity(self.container)
    }

    fn cpu(&self) -> Option<f32> {
        self.usage.map(|usage| usage.cpu_percent)
    }

    fn memory(&self) -> Option<Bytes> {
        self.usage.map(|usage| usage.memory)
    }

    fn created(&self) -> Millis {
        self.container.created
    }
}

/// States in the order of how much they need a person.
fn severity(container: &Container) -> u8 {
    match (container.state, container.health) {
        (ContainerState::Dead, _) => 0,
        (ContainerState::Running, Some(Health::Unhealthy)) => 1,
        (ContainerState::Restarting, _) => 2,
        (ContainerState::Paused, _) => 3,
        (ContainerState::Running, Some(Health::Starting)) => 4,
        (ContainerState::Running, _) => 5,
        (ContainerState::Created, _) => 6,
        (ContainerState::Exited, _) => 7,
        (ContainerState::Removing, _) => 8,
    }
}

/// Counts for the facets: each counts what passes all filters but its own.
#[derive(Default)]
struct Tally<'s> {
    counts: Facets,
    engines: HashMap<&'s str, u32>,
    stacks: HashMap<&'s str, u32>,
    on_engine: HashMap<&'s str, (&'s EngineState, u32)>,
}

impl<'s> Tally<'s> {
    fn engine(&mut self, engine: &'s EngineState) {
        self.engines.insert(engine.engine.name.as_str(), 0);
        self.on_engine.insert(engine.engine.id.as_str(), (engine, 0));
        if !engine.health.is_up() {
            self.counts.engines_down += 1;
        }
    }

    fn container(&mut self, engine: &'s EngineState, container: &'s Container, fails: u8) {
        let but = |own: u8| fails & !own == 0;
        self.counts.all += 1;
        if but(STATE) {
            for (group, counter) in [
                (StateGroup::Running, &mut self.counts.running),
                (StateGroup::Stopped, &mut self.counts.stopped),
                (StateGroup::Paused, &mut self.counts.paused),
                (StateGroup::Unhealthy, &mut self.counts.unhealthy),
            ] {
                if is_in(group, container) {
                    *counter += 1;
                }
            }
        }
        if but(ENGINE)
            && let Some(counter) = self.engines.get_mut(engine.engine.name.as_str())
        {
            *counter += 1;
        }
        if but(STACK)
            && let Some(stack) = container.stack()
        {
            *self.stacks.entry(stack).or_default() += 1;
        }
        if but(LABEL)
            && let Some((_, counter)) = self.on_engine.get_mut(engine.engine.id.as_str())
        {
            *counter += 1;
        }
    }

    fn facets(self) -> Facets {
        let mut labels: HashMap<String, u32> = HashMap::new();
        for (engine, containers) in self.on_engine.values() {
            for label in engine.engine.labels.written() {
                *labels.entry(label).or_default() += containers;
            }
        }
        Facets {
            engines: sorted(self.engines.into_iter().map(|(name, n)| (name.to_owned(), n))),
            stacks: sorted(self.stacks.into_iter().map(|(name, n)| (name.to_owned(), n))),
            labels: sorted(labels),
            ..self.counts
        }
    }
}

fn sorted(values: impl IntoIterator<Item = (String, u32)>) -> Vec<(String, u32)> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(|(a, _), (b, _)| natural(a, b));
    values
}
