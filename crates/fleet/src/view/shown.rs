//! The rows of a window with what they were made of. Of the hundred rows that somebody looks at, a change is one's: the next window
//! takes the others over, which also tells at a glance that they are the same.
use super::row::{row, used};
use crate::snapshot::EngineState;
use crate::stats::UsageMap;
use shipyard_model::{Container, ContainerRow, Millis};
use std::sync::Arc;

/// The rows of a window, in order.
#[derive(Default)]
pub(super) struct Shown(Vec<Made>);

/// A row. What decides whether it can be taken over stands beside it: most rows can, and are not even looked at.
#[derive(Clone)]
struct Made {
    of: Arc<Container>,
    row: Arc<ContainerRow>,
    /// Until when the use that it shows counts.
    until: Millis,
    /// Whether it takes something else than its labels say.
    amended: bool,
}

/// The window before.
#[derive(Clone, Copy)]
pub(super) struct Before<'b> {
    /// Its rows.
    pub(super) shown: &'b Shown,
    /// Whether nothing was measured since.
    pub(super) same_usage: bool,
}

impl Shown {
    /// The rows of a window, those of the window before among them.
    pub(super) fn new<'s>(
        before: Option<Before<'_>>,
        found: impl Iterator<Item = (&'s EngineState, &'s Arc<Container>)>,
        usage: &UsageMap,
        now: Millis,
    ) -> Self {
        let mut taking = Taking {
            known: before.map_or(&[], |before| &before.shown.0),
            same_usage: before.is_some_and(|before| before.same_usage),
            after: 0,
            engine: None,
        };
        let rows = found.map(|(engine, container)| {
            let known = taking.over(engine, container, usage, now);
            known.unwrap_or_else(|| make(engine, container, usage, now))
        });
        Self(rows.collect())
    }

    /// The rows.
    pub(super) fn rows(&self) -> Vec<Arc<ContainerRow>> {
        self.0.iter().map(|made| Arc::clone(&made.row)).collect()
    }
}

fn make(engine: &EngineState, container: &Arc<Container>, usage: &UsageMap, now: Millis) -> Made {
    let row = row(engine, container, usage, now);
    let until = row.usage.and_then(|_| usage.until(&row.at));
    Made {
        of: Arc::clone(container),
        until: until.unwrap_or(Millis(i64::MAX)),
        amended: engine.amended.contains_key(&container.id),
        row: Arc::new(row),
    }
}

/// Takes over rows of the window before.
struct Taking<'b> {
    known: &'b [Made],
    same_usage: bool,
    /// Rows are mostly in the order in which they were: each is sought from where the last one was.
    after: usize,
    /// The engine that was asked about last, and whether rows say of it what is so.
    engine: Option<(*const EngineState, bool)>,
}

impl Taking<'_> {
    /// The row of a container, if it shows what it would if it were made anew.
    fn over(
        &mut self,
        engine: &EngineState,
        container: &Arc<Container>,
        usage: &UsageMap,
        now: Millis,
    ) -> Option<Made> {
        let places = (self.after..self.known.len()).chain(0..self.after);
        let mut known = places.filter_map(|place| Some((place, self.known.get(place)?)));
        let (place, made) = known.find(|(_, made)| Arc::ptr_eq(&made.of, container))?;
        self.after = place + 1;
        let same_engine = match self.engine {
            // All rows of a window say the same of an engine.
            Some((of, same)) if std::ptr::eq(of, engine) => same,
            _ => says_of(&made.row, engine),
        };
        self.engine = Some((engine, same_engine));
        let same_limits = || {
            let plain = !made.amended && engine.amended.is_empty();
            plain || made.row.reserved == engine.reserves(container)
        };
        let same_usage = || {
            let as_then = self.same_usage && now < made.until;
            as_then || made.row.usage == used(&made.row.at, container, usage, now)
        };
        (same_engine && same_limits() && same_usage()).then(|| made.clone())
    }
}

/// Whether a row says of its engine what is so.
fn says_of(row: &ContainerRow, engine: &EngineState) -> bool {
    row.at.engine == engine.engine.id
        && row.engine == engine.engine.name
        && row.stale_since == engine.stale_since()
        && row.host == engine.engine.address.host().unwrap_or_default()
}
