//! A query of the table, made ready for many containers.
use crate::digest::{Word, bit, groups};
use crate::snapshot::{EngineState, Snapshot};
use shipyard_model::Container;
use shipyard_model::label::Constraint;
use shipyard_model::page::ContainerQuery;

pub(super) const TEXT: u8 = 1;
pub(super) const STATE: u8 = 2;
pub(super) const ENGINE: u8 = 4;
pub(super) const STACK: u8 = 8;
pub(super) const LABEL: u8 = 16;

/// A query, made ready for many containers.
pub(super) struct Filter<'q> {
    query: &'q ContainerQuery,
    words: Vec<Word>,
    labels: Vec<Constraint>,
    /// Groups of states as bits; 0 for all.
    states: u8,
}

impl<'q> Filter<'q> {
    pub(super) fn new(query: &'q ContainerQuery) -> Self {
        Self {
            query,
            states: query.states.iter().fold(0, |bits, group| bits | bit(*group)),
            words: query.text.split_whitespace().map(Word::new).collect(),
            // What is no label is none that an engine could have: it filters by a label that cannot be met.
            labels: query
                .labels
                .iter()
                .map(|text| Constraint::parse(text).unwrap_or_else(|_| Constraint::key(text)))
                .collect(),
        }
    }

    /// The engines that are looked at: where some are named, those alone.
    pub(super) fn engines<'s>(&self, snapshot: &'s Snapshot) -> Box<dyn Iterator<Item = &'s EngineState> + 's> {
        if self.query.engines.is_empty() {
            return Box::new(snapshot.engines.values().map(|state| &**state));
        }
        let mut named: Vec<_> = self
            .query
            .engines
            .iter()
            .filter_map(|name| snapshot.engine_named(name))
            .collect();
        named.sort_by(|a, b| a.engine.id.cmp(&b.engine.id));
        named.dedup_by(|a, b| a.engine.id == b.engine.id);
        Box::new(named.into_iter().map(|state| &**state))
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

    /// Whether all containers of an engine pass that itself does.
    pub(super) fn leaves_all(&self, state: &EngineState) -> bool {
        self.states == 0 && self.query.stacks.is_empty() && self.missing(state).next().is_none()
    }

    /// Words that do not occur in the engine's name, which would be enough for all of its containers.
    fn missing(&self, state: &EngineState) -> impl Iterator<Item = &Word> {
        let name = state.engine.name.as_str();
        self.words.iter().filter(move |word| !word.is_in(name))
    }

    /// Runs through an engine's containers in their order: the groups of states of each, one more than the place of its stack or
    /// 0, and the filters that it fails beside those that the engine does.
    pub(super) fn each(&self, state: &EngineState, mut take: impl FnMut(u8, u16, u8)) {
        let digest = state.containers.digest();
        let texts = self.texts(state);
        let wanted: Vec<bool> = digest
            .stacks()
            .iter()
            .map(|stack| self.query.stacks.contains(stack))
            .collect();
        for (place, (groups, stack)) in digest.each().enumerate() {
            let mut fails = 0;
            if self.states != 0 && groups & self.states == 0 {
                fails |= STATE;
            }
            let is_wanted = || {
                let at = usize::from(stack).checked_sub(1);
                at.is_some_and(|at| wanted.get(at) == Some(&true))
            };
            if !self.query.stacks.is_empty() && !is_wanted() {
                fails |= STACK;
            }
            if texts.as_ref().is_some_and(|texts| texts.get(place) != Some(&true)) {
                fails |= TEXT;
            }
            take(groups, stack, fails);
        }
    }

    /// Which of an engine's containers all words occur in; `None` for all of them.
    fn texts(&self, state: &EngineState) -> Option<Vec<bool>> {
        let words: Vec<_> = self.missing(state).collect();
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

fn occurs(word: &Word, engine: &EngineState, container: &Container, stack: Option<&str>) -> bool {
    let is_label = |(k, v): (&str, &str)| match word.pair() {
        Some((key, value)) => k.to_lowercase() == key && value.is_in(v),
        None => word.is_in(k) || word.is_in(v),
    };
    word.is_in(&container.name)
        || word.is_in(&container.image)
        || word.is_in(engine.engine.name.as_str())
        || stack.is_some_and(|stack| word.is_in(stack))
        || word.may_be_id() && container.id.as_str().starts_with(word.as_str())
        || container.labels.iter().any(is_label)
}
