//! The table of containers: filter, facets, order and window over the whole fleet.
//!
//! A hundred thousand containers are looked at for each window, so nothing is copied before it is known to be shown,
//! and only as much is sorted as lies before the end of the window.
use super::mark::{self, ContainerMark, Ranked, order};
use super::{count, row};
use crate::digest::{bit, groups};
use crate::order::natural;
use crate::snapshot::{EngineState, Snapshot};
use crate::stats::UsageMap;
use shipyard_model::label::Constraint;
use shipyard_model::live::ContainerWindow;
use shipyard_model::page::{ContainerQuery, Facets, SortKey};
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
    key: Option<&'s [u8]>,
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
    let limit = if query.limit == 0 {
        USUAL
    } else {
        query.limit.min(ContainerQuery::MOST)
    };
    let start = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let end = start.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX));
    let by_usage = matches!(query.sort, SortKey::Cpu | SortKey::Memory);
    let mut first = First::new(query, after, end);
    let mut tally = Tally::default();
    for engine in snapshot.engines.values() {
        let passed = tally.engine(&filter, engine);
        if !passed.contains(&true) {
            continue;
        }
        let (digest, list) = (engine.containers.digest(), engine.containers.as_slice());
        let places = digest.by_name().filter(|place| passed.get(*place) == Some(&true));
        for place in places {
            let Some(container) = list.get(place) else { continue };
            let used = || {
                let (engine, id) = (engine.engine.id.clone(), container.id.clone());
                usage.of(&ContainerRef { engine, id }, now)
            };
            let is_too_far = first.take(Found {
                engine,
                container,
                key: digest.key(place),
                usage: if by_usage { used() } else { None },
            });
            // Those that follow have greater names.
            if is_too_far && matches!(query.sort, SortKey::Name | SortKey::Engine) && !query.descending {
                break;
            }
        }
    }
    let (found, is_more) = first.sorted();
    let shown = found.get(start.min(found.len())..).unwrap_or_default();
    let window = ContainerWindow {
        matching: tally.matching,
        offset: query.offset,
        facets: tally.facets(),
        rows: shown.iter().map(|f| row(f.engine, f.container, usage, now)).collect(),
    };
    let mark = shown.last().filter(|_| is_more).map(|last| mark::of(query, last));
    (window, mark)
}

/// Where the first of all are kept: so many that those too many are sorted out now and then only.
const LEAST: usize = 256;

/// The first so many of what it is given, after a mark if there is one.
struct First<'s, 'q> {
    query: &'q ContainerQuery,
    after: Option<&'q ContainerMark>,
    end: usize,
    kept: Vec<Found<'s>>,
    /// Nothing from here on is among the first, once there are more than enough.
    worst: Option<Found<'s>>,
    dropped: bool,
}

impl<'s, 'q> First<'s, 'q> {
    fn new(query: &'q ContainerQuery, after: Option<&'q ContainerMark>, end: usize) -> Self {
        Self {
            query,
            after,
            end,
            kept: Vec::new(),
            worst: None,
            dropped: false,
        }
    }

    /// Takes one. Whether it comes after all that can be among the first.
    fn take(&mut self, one: Found<'s>) -> bool {
        if self.after.is_some_and(|after| order(self.query, &one, after).is_le()) {
            return false;
        }
        if self
            .worst
            .as_ref()
            .is_some_and(|worst| order(self.query, &one, worst).is_ge())
        {
            self.dropped = true;
            return true;
        }
        self.kept.push(one);
        if self.kept.len() >= self.end.saturating_mul(2).max(LEAST) {
            self.cut();
        }
        false
    }

    fn cut(&mut self) {
        if self.kept.len() <= self.end {
            return;
        }
        let query = self.query;
        self.kept.select_nth_unstable_by(self.end, |a, b| order(query, a, b));
        self.dropped = true;
        self.kept.truncate(self.end.saturating_add(1));
        self.worst = self.kept.pop();
    }

    /// The first, in order, and whether there were more.
    fn sorted(mut self) -> (Vec<Found<'s>>, bool) {
        self.cut();
        let query = self.query;
        self.kept.sort_unstable_by(|a, b| order(query, a, b));
        (self.kept, self.dropped)
    }
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
    /// Groups of states as bits; 0 for all.
    states: u8,
}

impl<'q> Filter<'q> {
    pub(super) fn new(query: &'q ContainerQuery) -> Self {
        Self {
            query,
            states: query.states.iter().fold(0, |bits, group| bits | bit(*group)),
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

    /// Which of an engine's containers all words occur in; `None` for all of them.
    fn texts(&self, state: &EngineState) -> Option<Vec<bool>> {
        let missing = |word: &&String| !has(state.engine.name.as_str(), word);
        let words: Vec<_> = self.words.iter().filter(missing).collect();
        if words.is_empty() {
            return None;
        }
        let (digest, list) = (state.containers.digest(), state.containers.as_slice());
        let mut matches = vec![true; list.len()];
        for word in words {
            digest.retain(word, list, &mut matches);
        }
        Some(matches)
    }

    /// The filters that a container fails.
    pub(super) fn fails(&self, on_engine: u8, engine: &EngineState, container: &Container) -> u8 {
        let mut fails = on_engine;
        if self.states != 0 && groups(container) & self.states == 0 {
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
    fn key(&self) -> Option<&[u8]> {
        self.key
    }

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
    matching: u32,
    counts: Facets,
    /// Of each group of states.
    groups: [u32; 4],
    engines: Vec<(&'s str, u32)>,
    stacks: HashMap<&'s str, u32>,
    labels: Vec<(&'s EngineState, u32)>,
}

impl<'s> Tally<'s> {
    /// Counts an engine with its containers. Tells which of them pass.
    fn engine(&mut self, filter: &Filter<'_>, engine: &'s EngineState) -> Vec<bool> {
        let on = filter.engine(engine);
        if !engine.health.is_up() {
            self.counts.engines_down += 1;
        }
        let mut passed = Vec::new();
        let (mut of_engine, mut of_label) = (0, 0);
        // One that is out by two filters counts nowhere.
        if on.count_ones() < 2 {
            let digest = engine.containers.digest();
            let texts = filter.texts(engine);
            let wanted: Vec<bool> = digest
                .stacks()
                .iter()
                .map(|stack| filter.query.stacks.contains(stack))
                .collect();
            let mut stacks = vec![0_u32; wanted.len()];
            for (place, (groups, stack)) in digest.each().enumerate() {
                let stack = usize::from(stack).checked_sub(1);
                let mut fails = on;
                if filter.states != 0 && groups & filter.states == 0 {
                    fails |= STATE;
                }
                let is_wanted = stack.is_some_and(|at| wanted.get(at) == Some(&true));
                if !filter.query.stacks.is_empty() && !is_wanted {
                    fails |= STACK;
                }
                if texts.as_ref().is_some_and(|texts| texts.get(place) != Some(&true)) {
                    fails |= TEXT;
                }
                let but = |own: u8| fails & !own == 0;
                if but(STATE) {
                    for (shift, count) in self.groups.iter_mut().enumerate() {
                        *count += u32::from(groups >> shift & 1);
                    }
                }
                of_engine += u32::from(but(ENGINE));
                of_label += u32::from(but(LABEL));
                if but(STACK)
                    && let Some(count) = stack.and_then(|at| stacks.get_mut(at))
                {
                    *count += 1;
                }
                self.matching += u32::from(fails == 0);
                passed.push(fails == 0);
            }
            for (stack, count) in digest.stacks().iter().zip(stacks).filter(|(_, count)| *count > 0) {
                *self.stacks.entry(stack).or_default() += count;
            }
        }
        self.counts.all += count(engine.containers.len());
        self.engines.push((engine.engine.name.as_str(), of_engine));
        self.labels.push((engine, of_label));
        passed
    }

    fn facets(self) -> Facets {
        let [running, stopped, paused, unhealthy] = self.groups;
        let mut labels: HashMap<String, u32> = HashMap::new();
        for (engine, containers) in &self.labels {
            for label in engine.engine.labels.written() {
                *labels.entry(label).or_default() += containers;
            }
        }
        Facets {
            engines: sorted(self.engines.into_iter().map(|(name, n)| (name.to_owned(), n))),
            stacks: sorted(self.stacks.into_iter().map(|(name, n)| (name.to_owned(), n))),
            labels: sorted(labels),
            running,
            stopped,
            paused,
            unhealthy,
            ..self.counts
        }
    }
}

fn sorted(values: impl IntoIterator<Item = (String, u32)>) -> Vec<(String, u32)> {
    let mut values: Vec<_> = values.into_iter().collect();
    if values.iter().all(|(name, _)| name.is_ascii()) {
        values.sort_by_cached_key(|(name, _)| crate::order::key(name));
    } else {
        values.sort_by(|(a, _), (b, _)| natural(a, b));
    }
    values
}

#[cfg(test)]
#[path = "run_through_tests.rs"]
mod tests;
