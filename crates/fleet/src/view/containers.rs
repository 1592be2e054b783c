//! The table of containers: filter, counts, order and window over the whole fleet.
//!
//! A hundred thousand containers are looked at for each window, so nothing is copied before it is known to be shown,
//! and only as much is sorted as lies before the end of the window.
use super::count;
use super::filter::{Filter, STATE};
use super::mark::{self, ContainerMark, Ranked, order};
use super::shown::{Before, Shown};
use crate::digest::{By, severity};
use crate::index::Sums;
use crate::snapshot::{EngineState, Snapshot};
use crate::stats::UsageMap;
use rayon::prelude::*;
use shipyard_model::live::ContainerWindow;
use shipyard_model::page::{ContainerQuery, Counts, SortKey};
use shipyard_model::{Bytes, Container, ContainerRef, Millis, Usage};
use std::sync::Arc;

/// Engines that one processor looks at, one after the other: fewer are not worth the way to another. Tests have few.
const TOGETHER: usize = if cfg!(test) { 2 } else { 128 };
/// Rows of a window when the query does not say.
const USUAL: u32 = 50;

/// A container that passed, with what it is sorted by.
struct Found<'s> {
    engine: &'s EngineState,
    container: &'s Arc<Container>,
    key: Option<&'s [u8]>,
    usage: Option<Usage>,
}

/// A window of the table, and where to go on behind it.
pub struct Page {
    /// The window.
    pub window: ContainerWindow,
    /// The mark of its last row, when there is more.
    pub mark: Option<ContainerMark>,
    /// What its rows were made of.
    pub(super) shown: Shown,
}

/// The window of the table that a query asks for.
pub fn containers(snapshot: &Snapshot, usage: &UsageMap, query: &ContainerQuery, now: Millis) -> ContainerWindow {
    containers_after(snapshot, usage, query, None, now).window
}

/// The window of what comes after a mark, in the query's order, whatever came or went before it; and the mark of its last
/// row, when there is more.
pub fn containers_after(
    snapshot: &Snapshot,
    usage: &UsageMap,
    query: &ContainerQuery,
    after: Option<&ContainerMark>,
    now: Millis,
) -> Page {
    page(snapshot, usage, query, after, None, now)
}

/// The same, with the rows of a page of before where they are as they were.
pub(super) fn page<'s>(
    snapshot: &'s Snapshot,
    usage: &UsageMap,
    query: &ContainerQuery,
    after: Option<&ContainerMark>,
    before: Option<Before<'_>>,
    now: Millis,
) -> Page {
    let filter = Filter::new(query);
    let limit = if query.limit == 0 {
        USUAL
    } else {
        query.limit.min(ContainerQuery::MOST)
    };
    let start = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let end = start.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX));
    let engines: Vec<&'s EngineState> = filter.engines(snapshot).collect();
    let look = |engines: &[&'s EngineState]| {
        let (mut tally, mut first) = (Tally::default(), First::new(query, after, end));
        for engine in engines {
            let passed = tally.engine(&filter, engine);
            first.engine(engine, &passed, usage, now);
        }
        (tally, first)
    };
    let (tally, first) = if engines.len() <= TOGETHER {
        look(&engines)
    } else {
        // What is found of each part is put together: which engines are in which makes no difference.
        let parts = engines.par_chunks(TOGETHER).map(look);
        parts.reduce(|| (Tally::default(), First::new(query, after, end)), together)
    };
    let (found, is_more) = first.sorted();
    let found = found.get(start.min(found.len())..).unwrap_or_default();
    let shown = Shown::new(before, found.iter().map(|one| (one.engine, one.container)), usage, now);
    let window = ContainerWindow {
        matching: tally.matching,
        offset: query.offset,
        counts: tally.counts(snapshot.sums()),
        rows: shown.rows(),
    };
    let mark = found.last().filter(|_| is_more).map(|last| mark::of(query, last));
    Page { window, mark, shown }
}

fn together<'s, 'q>(
    (mut tally, mut first): (Tally, First<'s, 'q>),
    (more, others): (Tally, First<'s, 'q>),
) -> (Tally, First<'s, 'q>) {
    tally.add(&more);
    first.add(others);
    (tally, first)
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
            kept: Vec::with_capacity(end.min(LEAST)),
            worst: None,
            dropped: false,
        }
    }

    /// Takes an engine's containers, as far as they can be among the first.
    fn engine(&mut self, engine: &'s EngineState, passed: &Passed, usage: &UsageMap, now: Millis) {
        if passed.is_none() {
            return;
        }
        let by = match self.query.sort {
            SortKey::State => By::Severity,
            SortKey::Image => By::Image,
            SortKey::Stack => By::Stack,
            SortKey::Created => By::Created,
            SortKey::Name | SortKey::Engine | SortKey::Cpu | SortKey::Memory => By::Name,
        };
        let by_usage = matches!(self.query.sort, SortKey::Cpu | SortKey::Memory);
        // Those of one engine are alike in being on it.
        let descending = self.query.descending && !by_usage && self.query.sort != SortKey::Engine;
        let (digest, list) = (engine.containers.digest(), engine.containers.as_slice());
        for place in digest.places(by, descending) {
            let place = *place as usize;
            if !passed.has(place) {
                continue;
            }
            let Some(container) = list.get(place) else { continue };
            let used = || {
                let (engine, id) = (engine.engine.id.clone(), container.id.clone());
                usage.of(&ContainerRef { engine, id }, now)
            };
            let is_too_far = self.take(Found {
                engine,
                container,
                key: digest.key(place),
                usage: if by_usage { used() } else { None },
            });
            // In the query's order those that follow come after it, but where it goes by use.
            if is_too_far && !by_usage {
                break;
            }
        }
    }

    /// Takes what was kept of others.
    fn add(&mut self, others: Self) {
        self.dropped |= others.dropped;
        self.kept.extend(others.kept);
        if self.kept.len() >= self.end.saturating_mul(2).max(LEAST) {
            self.cut();
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

/// What is counted of all engines.
#[derive(Default)]
struct Tally {
    matching: u32,
    /// Of each group of states.
    groups: [u32; 4],
}

impl Tally {
    /// Counts an engine with its containers. Tells which of them pass.
    fn engine(&mut self, filter: &Filter<'_>, engine: &EngineState) -> Passed {
        if filter.engine(engine) != 0 {
            return Passed::None;
        }
        let digest = engine.containers.digest();
        if filter.leaves_all(engine) {
            for (sum, here) in self.groups.iter_mut().zip(digest.in_groups()) {
                *sum += here;
            }
            self.matching += count(digest.len());
            return Passed::All;
        }
        let mut passed = Vec::with_capacity(digest.len());
        filter.each(engine, |groups, _, fails| {
            if fails & !STATE == 0 {
                for (shift, count) in self.groups.iter_mut().enumerate() {
                    *count += u32::from(groups >> shift & 1);
                }
            }
            self.matching += u32::from(fails == 0);
            passed.push(fails == 0);
        });
        Passed::Some(passed)
    }

    /// Adds what was counted of others.
    fn add(&mut self, others: &Self) {
        self.matching += others.matching;
        for (sum, more) in self.groups.iter_mut().zip(others.groups) {
            *sum += more;
        }
    }

    fn counts(&self, sums: Sums) -> Counts {
        let [running, stopped, paused, unhealthy] = self.groups;
        Counts {
            running,
            stopped,
            paused,
            unhealthy,
            all: count(sums.containers),
            engines: count(sums.engines),
            engines_down: count(sums.engines - sums.up),
            stacks: sums.stacked > 0,
            labels: sums.labelled > 0,
        }
    }
}

/// Which of an engine's containers pass.
enum Passed {
    None,
    All,
    /// By their places.
    Some(Vec<bool>),
}

impl Passed {
    fn has(&self, place: usize) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(each) => each.get(place) == Some(&true),
        }
    }

    fn is_none(&self) -> bool {
        match self {
            Self::None => true,
            Self::All => false,
            Self::Some(each) => !each.contains(&true),
        }
    }
}

#[cfg(test)]
#[path = "run_through_tests.rs"]
mod tests;
