//! Views: what pages show, at once and then whenever it changes. Made from memory, never from an engine.
use crate::Yard;
use crate::actor::Actor;
use crate::looking::Looking;
use crate::scoped::Scoped;
use shipyard_fleet::view::{ContainerMark, Page};
use shipyard_fleet::{Snapshot, view};
use shipyard_model::live::{Patch, View, ViewData};
use shipyard_model::page::{ContainerQuery, Facets};
use shipyard_model::{Millis, Permission, Problem};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// What changes within this time is sent together.
const TOGETHER: Duration = Duration::from_millis(25);
/// Most operations of a view.
const OPERATIONS: usize = 100;

/// What a follower of a view is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Feed {
    /// The whole, to replace what was.
    Whole(ViewData),
    /// What changed in a window of containers.
    Patch(Patch),
}

impl Yard {
    /// A view as it is now.
    ///
    /// # Errors
    /// 403.
    pub fn view(&self, actor: &Actor, view: &View) -> Result<ViewData, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        Ok(make(&fleet, &fleet.snapshot(), view))
    }

    /// A page of the table of containers: what comes after a mark, and the mark to go on from when there is more.
    ///
    /// # Errors
    /// 403.
    pub fn containers_after(
        &self,
        actor: &Actor,
        query: &ContainerQuery,
        after: Option<&ContainerMark>,
    ) -> Result<Arc<Page>, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let (snapshot, usage) = (fleet.snapshot(), fleet.whole().usage());
        if after.is_none() {
            return Ok(fleet.window(&snapshot, query));
        }
        let page = view::containers_after(&snapshot, &usage, query, after, Millis::now());
        Ok(Arc::new(page))
    }

    /// All that the facets of the table have to choose from.
    ///
    /// # Errors
    /// 403.
    pub fn facets(&self, actor: &Actor, query: &ContainerQuery) -> Result<Facets, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        Ok(view::facets(&fleet.snapshot(), query))
    }

    /// Tells that something was recorded, and nothing of what: for who makes a list anew then.
    pub fn recorded_changes(&self) -> watch::Receiver<u64> {
        self.inner.gate.recorded_changes()
    }

    /// Follows a view: whole at first, then what changes.
    ///
    /// # Errors
    /// 403.
    pub fn follow(&self, actor: &Actor, view: View) -> Result<ViewFeed, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        Ok(ViewFeed::new(fleet, view))
    }
}

fn make(fleet: &Scoped, snapshot: &Snapshot, view: &View) -> ViewData {
    let now = Millis::now();
    match view {
        View::Frame => ViewData::Frame(view::frame(snapshot, fleet.operations_going_on())),
        View::Fleet { group } => ViewData::Fleet(Box::new(view::fleet(snapshot, &fleet.whole().usage(), *group, now))),
        View::Containers { query } => ViewData::Containers(fleet.window(snapshot, query).window.clone()),
        View::Facet { of, query, find } => ViewData::Facet(view::facet(snapshot, query, *of, find)),
        View::Container { engine, name } => {
            ViewData::Container(view::container(snapshot, &fleet.whole().usage(), engine, name, now).map(Box::new))
        }
        View::Engines => ViewData::Engines(view::engines(snapshot)),
        View::Operations => {
            let list = fleet.operations(OPERATIONS);
            ViewData::Operations(list.iter().map(|operation| (**operation).clone()).collect())
        }
        View::Operation { id } => ViewData::Operation(fleet.operation(id).map(|operation| (*operation).clone())),
    }
}

/// What a view depends on.
#[derive(Clone, Copy)]
struct Depends {
    /// On engines and containers.
    facts: bool,
    /// On response times and when an engine was last heard of.
    times: bool,
    /// On what containers use.
    usage: bool,
    /// On operations.
    operations: bool,
}

fn depends(view: &View) -> Depends {
    let nothing = Depends {
        facts: false,
        times: false,
        usage: false,
        operations: false,
    };
    match view {
        View::Frame => Depends {
            facts: true,
            operations: true,
            ..nothing
        },
        View::Fleet { .. } => Depends {
            facts: true,
            times: true,
            usage: true,
            ..nothing
        },
        View::Containers { .. } | View::Container { .. } => Depends {
            facts: true,
            usage: true,
            ..nothing
        },
        View::Facet { .. } => Depends { facts: true, ..nothing },
        View::Engines => Depends {
            facts: true,
            times: true,
            ..nothing
        },
        View::Operations | View::Operation { .. } => Depends {
            operations: true,
            ..nothing
        },
    }
}

/// How often response times are sent, where there are many.
const TIMES_EVERY: Duration = Duration::from_secs(1);
/// Of as many engines they are sent whenever they change.
const FEW_ENGINES: usize = 50;

/// An operation on more targets is sent, whole as it is, less often.
const MANY_TARGETS: usize = 100;
/// What changes of it within this time is sent together.
const MANY_TOGETHER: Duration = Duration::from_millis(250);

/// Moves the window of a table that is followed: cheaper than to follow it anew, for what the reader has is not sent again.
#[derive(Clone)]
pub struct Mover {
    query: Arc<ContainerQuery>,
    to: watch::Sender<Place>,
}

/// First row and most rows of a window.
type Place = (u32, u32);

impl Mover {
    /// Takes the view up if it is another window of the same table; the newest counts. Whether it is.
    pub fn take(&self, view: &View) -> bool {
        let View::Containers { query } = view else {
            return false;
        };
        let same = *self.query == without_window(query);
        if same {
            self.to.send_replace((query.offset, query.limit));
        }
        same
    }
}

fn without_window(query: &ContainerQuery) -> ContainerQuery {
    ContainerQuery {
        offset: 0,
        limit: 0,
        ..query.clone()
    }
}

/// A view as it was made.
enum Made {
    /// A table's window, shared with all who ask for the same.
    Window(Arc<Page>),
    /// Any other.
    Data(ViewData),
}

/// Follows one view for one reader. A slow reader misses states in between, never the newest, and nothing waits for it.
pub struct ViewFeed {
    fleet: Scoped,
    view: View,
    depends: Depends,
    changes: watch::Receiver<u64>,
    usage: watch::Receiver<u64>,
    operations: watch::Receiver<u64>,
    /// What the reader has; `None` before the first time.
    last: Option<Made>,
    /// The fleet's state that it was made from.
    settled: u64,
    /// When it is made anew: set while a change waits for others.
    due: Option<Instant>,
    /// When it was made last.
    made: Instant,
    /// How long after that to wait for others: longer for views that take long to make.
    together: Duration,
    /// Where the window shall be.
    window: watch::Receiver<Place>,
    mover: Option<Mover>,
    /// What is measured for it.
    looking: Looking,
}

impl ViewFeed {
    fn new(fleet: Scoped, view: View) -> Self {
        let depends = depends(&view);
        let (place, query) = match &view {
            View::Containers { query } => ((query.offset, query.limit), Some(without_window(query))),
            _ => ((0, 0), None),
        };
        let (to, window) = watch::channel(place);
        let mover = query.map(Arc::new).map(|query| Mover { query, to });
        Self {
            changes: fleet.whole().changes(),
            usage: fleet.whole().usage_changes(),
            operations: fleet.whole().operations().changes(),
            last: None,
            settled: 0,
            due: None,
            made: Instant::now(),
            together: TOGETHER,
            window,
            mover,
            looking: Looking::at(&fleet, &view),
            depends,
            view,
            fleet,
        }
    }

    /// What moves its window, if it is a table.
    pub fn mover(&self) -> Option<Mover> {
        self.mover.clone()
    }

    /// The next thing to show: the first at once, later ones when something that the view shows has changed. Can be
    /// dropped while it waits, and called again. `None` when the fleet has ended.
    pub async fn next(&mut self) -> Option<Feed> {
        loop {
            if self.last.is_some() {
                let due = match self.due {
                    Some(due) => due,
                    None => {
                        let due = self.changed().await?;
                        *self.due.insert(due)
                    }
                };
                tokio::select! {
                    // A sleep is a millisecond at least, also one until now.
                    () = std::future::ready(()), if due <= Instant::now() => {}
                    () = sleep_until(due) => {}
                    // Where somebody scrolls to is not kept waiting for what else may change.
                    () = moved(&mut self.window, self.mover.is_some()) => {}
                }
            }
            self.due = None;
            if let Some(feed) = self.make() {
                return Some(feed);
            }
        }
    }

    /// Waits for a change of anything that the view depends on, and tells when it is to be made anew. `None` when nothing will
    /// change any more.
    async fn changed(&mut self) -> Option<Instant> {
        let mut later = None;
        loop {
            tokio::select! {
                () = moved(&mut self.window, self.mover.is_some()) => return Some(Instant::now()),
                () = sleep_until(later.unwrap_or_else(Instant::now)), if later.is_some() => return Some(Instant::now()),
                changed = self.changes.changed(), if self.depends.facts => {
                    changed.ok()?;
                    let snapshot = self.fleet.snapshot();
                    if snapshot.settled != self.settled || self.depends.times && snapshot.engines.len() <= FEW_ENGINES {
                        break;
                    }
                    // Each of many engines answers at another moment, and nobody reads so fast.
                    if self.depends.times {
                        later.get_or_insert_with(|| Instant::now() + TIMES_EVERY);
                    }
                }
                changed = self.usage.changed(), if self.depends.usage => {
                    changed.ok()?;
                    break;
                }
                changed = self.operations.changed(), if self.depends.operations => {
                    changed.ok()?;
                    break;
                }
            }
        }
        // What happens in calm is shown at once; what follows it is gathered.
        Some(Instant::now().max(self.made + self.together))
    }

    /// Makes the view anew; `None` when it is as the reader has it.
    fn make(&mut self) -> Option<Feed> {
        // Seen before it is made: what changes from here on is seen again.
        self.changes.borrow_and_update();
        self.usage.borrow_and_update();
        self.operations.borrow_and_update();
        let began = Instant::now();
        let snapshot = self.fleet.snapshot();
        if let View::Containers { query } = &mut self.view {
            (query.offset, query.limit) = *self.window.borrow_and_update();
        }
        let made = match &self.view {
            View::Containers { query } => Made::Window(self.fleet.window(&snapshot, query)),
            view => Made::Data(make(&self.fleet, &snapshot, view)),
        };
        self.settled = snapshot.settled;
        // A view of a very large fleet takes its time, and must not take all of it.
        self.together = TOGETHER.max(began.elapsed() * 3);
        self.made = Instant::now();
        let feed = match (&self.last, &made) {
            (Some(Made::Window(old)), Made::Window(new)) => Patch::between(&old.window, &new.window).map(Feed::Patch),
            (_, Made::Window(new)) => Some(Feed::Whole(ViewData::Containers(new.window.clone()))),
            (Some(Made::Data(old)), Made::Data(new)) if old == new => None,
            (_, Made::Data(new)) => Some(Feed::Whole(new.clone())),
        };
        match &made {
            // The same rows as before are looked at already.
            Made::Window(_)
                if self.last.is_some() && !matches!(&feed, Some(Feed::Patch(patch)) if patch.order.is_some()) => {}
            Made::Window(page) => self.looking.shows(page.window.rows.iter().map(|row| &**row)),
            Made::Data(ViewData::Container(row)) => self.looking.shows(row.as_deref().into_iter()),
            Made::Data(ViewData::Operation(Some(operation))) if operation.targets.len() > MANY_TARGETS => {
                self.together = self.together.max(MANY_TOGETHER);
            }
            Made::Data(_) => {}
        }
        self.last = Some(made);
        feed
    }
}

/// Waits until the window shall be elsewhere; for ever where there is none.
async fn moved(window: &mut watch::Receiver<Place>, is_table: bool) {
    // A table's sender lives as long as its feed.
    if !is_table || window.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
